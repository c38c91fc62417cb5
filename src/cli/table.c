/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/completions.h"
#include "cli/help.h"
#include "cli/option_table.h"
#include "cli/setters.h"

#include "base/nearest.h"

#include <string.h>

/* Adding an option is adding a row here, or in report/thresholds.def. */

static const char *const census_names[] = {"all", "address", NULL}; /* enum census_by */
static const char *const color_names[] = {"auto", "always", "never", NULL};

enum {
    EVERY = COMMAND_ANALYZE | COMMAND_EXPLAIN | COMMAND_CHECK | COMMAND_DIFF,
    JUDGING = COMMAND_ANALYZE | COMMAND_CHECK,
    READING = JUDGING | COMMAND_DIFF,
};

#define MEMBER(member) offsetof(struct options, member)
#define ANALYZE(name, letter, argument, help, set, ...)                                                                \
    { name, letter, argument, help, set, .commands = COMMAND_ANALYZE, __VA_ARGS__ }
#define ALWAYS(name, letter, argument, help, set, ...)                                                                 \
    { name, letter, argument, help, set, .commands = EVERY, __VA_ARGS__ }

#define CHECK(name, letter, argument, help, set, ...)                                                                  \
    { name, letter, argument, help, set, .commands = COMMAND_CHECK, __VA_ARGS__ }
#define BOTH(name, letter, argument, help, set, ...)                                                                   \
    { name, letter, argument, help, set, .commands = JUDGING, __VA_ARGS__ }

#define READS(name, letter, argument, help, set, ...)                                                                  \
    { name, letter, argument, help, set, .commands = READING, __VA_ARGS__ }

const struct option_row option_table[] = {
    ANALYZE("read", 'r', "FILE", "read FILE; all operands are then the filter", set_file,
            .flags = FLAG_ARGUMENTS_ONLY | FLAG_OPERANDS_ARE_FILTER),
    ANALYZE("interface", 'i', "NAME", "watch an interface; all operands are the filter", set_interface,
            .flags = FLAG_ARGUMENTS_ONLY | FLAG_OPERANDS_ARE_FILTER),
    READS("filter", 'f', "EXPRESSION", "look only at frames that pcap-filter(7) selects", set_filter,
          .flags = FLAG_ARGUMENTS_ONLY),
    ALWAYS("output", 'o', "FILE", "write the report to FILE", set_text, .offset = MEMBER(output),
           .flags = FLAG_ARGUMENTS_ONLY),
    ANALYZE("format", 0, "FORMAT", "text, json, ndjson, html, svg, dot, mermaid (text)", set_format,
            .offset = MEMBER(report.format)),
    {"format", 0, "FORMAT", "text (the default) or json", set_plain_format, .offset = MEMBER(report.format),
     .commands = COMMAND_EXPLAIN | COMMAND_DIFF},
    ANALYZE("write", 'w', "FILE", "save the frames of connections with findings", set_text, .offset = MEMBER(write),
            .flags = FLAG_ARGUMENTS_ONLY),
    CHECK("format", 0, "FORMAT", "text (the default), tap, github, json or junit", set_check_format),
    {"tolerance", 0, "PERCENT", "times that differ by less are the same (20)", set_COUNT, .offset = MEMBER(tolerance),
     .commands = COMMAND_DIFF},
    CHECK("expect", 0, "FILE", "what is expected of every PATH, not the file beside each", set_text,
          .offset = MEMBER(expectation), .flags = FLAG_ARGUMENTS_ONLY),
    CHECK("update", 0, NULL, "write what is seen into the expectations", set_switch, .offset = MEMBER(update),
          .flags = FLAG_ARGUMENTS_ONLY),
    CHECK("junit", 0, "FILE", "write JUnit's XML to FILE as well", set_text, .offset = MEMBER(junit),
          .flags = FLAG_ARGUMENTS_ONLY),
    CHECK("schema", 0, NULL, "print the JSON Schema of expectations", set_schema,
          .flags = FLAG_ARGUMENTS_ONLY | FLAG_ENDS),
    CHECK("jobs", 'j', "N", "look at N captures at once (as many as processors)", set_COUNT, .value = 1,
          .offset = MEMBER(jobs)),
    CHECK("require", 0, "VERDICT=VALUE,...", "each connection's handshake, teardown and so on", set_require),
    CHECK("min-connections", 0, "N", "at least N connections in each capture", set_min_connections),
    CHECK("allow", 0, "ID,...", "findings that --fail-on does not count", set_allow),
    BOTH("fail-on", 0, "ID,...", "exit 1 when these are found; ID may be a severity", set_fail_on),
    ANALYZE("all", 0, NULL, "print every connection", set_switch, .offset = MEMBER(report.all)),
    ANALYZE("limit", 0, "N", "print at most N connections (100)", set_limit, .offset = MEMBER(report.limit)),
    ANALYZE("html-limit", 0, "N", "at most N connections in a page of HTML (50000)", set_number, .value = 1,
            .offset = MEMBER(report.html_limit), .group = GROUP_REPORT),
    ANALYZE("connection", 0, "ID", "print the connection whose first frame is ID", set_number_once, .value = 1,
            .offset = MEMBER(report.connection), .flags = FLAG_ARGUMENTS_ONLY),
    ANALYZE("summary", 0, NULL, "print no connection, only findings and totals", set_switch,
            .offset = MEMBER(report.summary_only)),
    ANALYZE("census", 0, "[SECONDS]", "count the sides in each state instead", set_census, .group = GROUP_REPORT,
            .flags = FLAG_ARGUMENTS_ONLY),
    ANALYZE("at", 0, "TIME", "when to count: SECONDS, or RFC 3339 (the end)", set_at, .group = GROUP_REPORT,
            .flags = FLAG_ARGUMENTS_ONLY),
    ANALYZE("census-by", 0, "WHAT", "all (the default) or address", set_choice, .choices = census_names,
            .offset = MEMBER(report.census.by), .group = GROUP_REPORT, .flags = FLAG_ARGUMENTS_ONLY),
    ANALYZE("events", 0, NULL, "tell of findings and of each state as they come", set_switch, .offset = MEMBER(events)),
    ANALYZE("ladder", 0, NULL, "draw the ladder of every connection printed", set_value, .value = LADDER_ALL,
            .offset = MEMBER(report.ladder)),
    ANALYZE("no-ladder", 0, NULL, "draw no ladder", set_value, .value = LADDER_NONE, .offset = MEMBER(report.ladder),
            .group = GROUP_REPORT),
    ANALYZE("details", 0, NULL, "print all of a connection, as JSON has it", set_switch,
            .offset = MEMBER(report.details), .group = GROUP_REPORT),
    ANALYZE("segments", 0, NULL, "list segments in JSON, up to 80 a connection", set_switch,
            .offset = MEMBER(report.model.keep_segments), .group = GROUP_REPORT),
    ALWAYS("color", 0, "WHEN", "auto (the default), always or never", set_choice, .choices = color_names,
           .offset = MEMBER(color)),
    READS("profile", 0, "STACK", "linux (the default), rfc, bsd, windows or macos", set_profile,
          .offset = MEMBER(report.model.profile)),
    ALWAYS("help", 'h', "[all]", "print this, or with --help=all every option", set_help,
           .flags = FLAG_ARGUMENTS_ONLY | FLAG_ENDS),
    ALWAYS("version", 0, NULL, "print the version", set_version, .flags = FLAG_ARGUMENTS_ONLY | FLAG_ENDS),

    ANALYZE("jobs", 'j', "N", "analyse files with N threads (1)", set_COUNT, .value = 1, .offset = MEMBER(jobs),
            .group = GROUP_CAPTURES),
    ANALYZE("count", 'c', "N", "end after N frames", set_number_once, .value = 1, .offset = MEMBER(frame_limit),
            .group = GROUP_CAPTURES, .flags = FLAG_ARGUMENTS_ONLY),
    ANALYZE("merge", 0, NULL, "take the frames of all files in order of time", set_switch, .offset = MEMBER(merge),
            .group = GROUP_CAPTURES),
    READS("no-tunnels", 0, NULL, "do not look into tunnels: outer headers only", set_switch,
          .offset = MEMBER(report.no_tunnels), .group = GROUP_CAPTURES),
    ANALYZE("end-time", 0, "TIME", "the capture went on until SECONDS, or RFC 3339", set_end_time,
            .group = GROUP_CAPTURES, .flags = FLAG_ARGUMENTS_ONLY),
    ANALYZE("spool-limit", 0, "SIZE", "for -w, keep so much of a pipe (1G)", set_SIZE, .value = 1,
            .offset = MEMBER(spool_limit), .group = GROUP_CAPTURES),

    ANALYZE("list-interfaces", 'D', NULL, "print the interfaces that can be watched", set_list_interfaces,
            .group = GROUP_LIVE, .flags = FLAG_ARGUMENTS_ONLY | FLAG_ENDS),
    ANALYZE("duration", 0, "SECONDS", "end after so long", set_SECONDS, .value = 1, .offset = MEMBER(duration),
            .group = GROUP_LIVE, .flags = FLAG_ARGUMENTS_ONLY),
    ANALYZE("snapshot-length", 's', "N", "bytes kept of a frame, 0: all (512)", set_COUNT, .value = 0,
            .offset = MEMBER(snaplen), .group = GROUP_LIVE),
    ANALYZE("buffer-size", 'B', "KIB", "KiB that the kernel keeps meanwhile (8192)", set_COUNT, .value = 1,
            .offset = MEMBER(buffer), .group = GROUP_LIVE),
    ANALYZE("no-promiscuous-mode", 'p', NULL, "take no frames for others", set_switch, .offset = MEMBER(no_promiscuous),
            .group = GROUP_LIVE),
    ANALYZE("immediate", 0, NULL, "take each frame at once", set_switch, .offset = MEMBER(immediate),
            .group = GROUP_LIVE),
    ANALYZE("append", 0, NULL, "write behind what -o and -w hold already", set_switch, .offset = MEMBER(append),
            .group = GROUP_LIVE, .flags = FLAG_ARGUMENTS_ONLY),
    ANALYZE("output-wait", 0, "SECONDS", "end when output is blocked so long (30)", set_SECONDS, .value = 1,
            .offset = MEMBER(output_wait), .group = GROUP_LIVE),
    ANALYZE("user", 'Z', "USER", "keep this user's rights (who called sudo)", set_text, .offset = MEMBER(user),
            .group = GROUP_LIVE, .flags = FLAG_ARGUMENTS_ONLY),

    READS("min-severity", 0, "LEVEL", "no finding below info, notice, warning or error", set_least_severity,
          .group = GROUP_CHOOSING),
    READS("only", 0, "ID,...", "no finding but these", set_only, .group = GROUP_CHOOSING),
    READS("ignore", 0, "ID,...", "none of these findings", set_ignore, .group = GROUP_CHOOSING),
    READS("severity", 0, "ID=LEVEL,...", "give these findings another severity", set_severity, .group = GROUP_CHOOSING),
    READS("config", 0, "FILE", "read options from FILE, not from the user's own", set_text, .offset = MEMBER(config),
          .group = GROUP_SETTING_UP, .flags = FLAG_ARGUMENTS_ONLY),

#define ARGUMENT_SECONDS "SECONDS"
#define ARGUMENT_COUNT   "N"
#define ARGUMENT_SIZE    "SIZE"
#define THRESHOLD(name, option, unit, member, least, standard, help)                                                   \
    READS(option, 0, ARGUMENT_##unit, help " (" standard ")", set_##unit, .value = (least),                            \
          .offset = MEMBER(report.member), .group = GROUP_THRESHOLDS),
#include "report/thresholds.def"
#undef THRESHOLD

    ALWAYS("no-sandbox", 0, NULL, "do not confine the process to what was named", set_switch,
           .offset = MEMBER(no_sandbox), .group = GROUP_SETTING_UP),
    ANALYZE(NULL, 'n', NULL, "accepted; no name is ever looked up", set_nothing, .group = GROUP_SETTING_UP),
    ANALYZE(NULL, 'l', NULL, "accepted; a line is written as soon as it is known", set_nothing,
            .group = GROUP_SETTING_UP),
    ANALYZE(NULL, 'U', NULL, "accepted; with --all, -w writes frames as they come", set_nothing,
            .group = GROUP_SETTING_UP),
    ANALYZE("completions", 0, "SHELL", "print completions for bash, zsh or fish", set_completions,
            .group = GROUP_SETTING_UP, .flags = FLAG_ARGUMENTS_ONLY | FLAG_ENDS),
};
const size_t option_count = sizeof option_table / sizeof *option_table;

const struct option_row *option_by_name(const char *name, enum command command) {
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->name != NULL && (row->commands & command) != 0 && strcmp(row->name, name) == 0)
            return row;
    }
    return NULL;
}

const char *option_nearest(const char *mistyped, enum command command) {
    struct nearest nearest = nearest_to(mistyped);

    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].name != NULL && (option_table[i].commands & command) != 0)
            nearest_offer(&nearest, option_table[i].name);
    return nearest.word;
}
