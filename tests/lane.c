/* SPDX-License-Identifier: BSD-3-Clause */
#include "captures.h"
#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* usage: lane PATH...
 *
 * Connections that do nothing out of the ordinary are only written down (src/model/lane.h) until more is asked of them,
 * which must change no report. Reads each capture, or each below a folder, with the lane and without it and compares
 * the reports, which must agree to the octet. Only where lines of several connections are told as they come to be known
 * may they stand in another order, those of each connection apart. */

/* What a report is asked for. */
struct variant {
    const char *name;
    enum report_format format;
    enum profile profile;
    bool all;
    bool summary_only;
    bool events;
    bool census;
    bool prompt;
    unsigned limit;           /* of the connections printed; 0: the default */
    uint32_t max_connections; /* 0: any number */
    uint64_t memory_budget;   /* 0: the default */
};

static const struct variant variants[] = {
    {.name = "text"},
    {.name = "text, three printed", .limit = 3},
    {.name = "text, all", .all = true},
    {.name = "text, all, few held", .all = true, .max_connections = 4},
    {.name = "summary, bsd", .profile = PROFILE_BSD, .summary_only = true},
    {.name = "summary, few held", .summary_only = true, .max_connections = 4},
    {.name = "json", .format = REPORT_JSON},
    {.name = "json, rfc", .format = REPORT_JSON, .profile = PROFILE_RFC},
    {.name = "json, windows, few held", .format = REPORT_JSON, .profile = PROFILE_WINDOWS, .max_connections = 7},
    {.name = "ndjson", .format = REPORT_NDJSON},
    {.name = "ndjson, rfc, few held", .format = REPORT_NDJSON, .profile = PROFILE_RFC, .max_connections = 4},
    {.name = "ndjson, at once", .format = REPORT_NDJSON, .prompt = true},
    {.name = "census", .census = true},
    {.name = "events", .events = true},
};

static unsigned passed;
static unsigned failed;
static uint64_t ordinary; /* connections that stayed in the lane: it must not be unused */

static void ignore(void *context, const char *sentence) {
    (void)context;
    (void)sentence;
}

/* The report of one capture, owned by the caller; NULL when memory is out. */
static struct output *report_on(const char *file, const struct variant *variant, bool no_lane) {
    struct report_settings report;
    struct report_summary summary = {0};
    const char *const files[] = {file};
    struct run_settings settings = {.files = files,
                                    .file_count = 1,
                                    .report = &report,
                                    .complain = ignore,
                                    .steps = variant->events,
                                    .prompt = variant->prompt,
                                    .summary = &summary};
    struct output *output = output_to_memory();
    report_settings_default(&report);
    report.format = variant->format;
    report.version = "0";
    report.all = variant->all;
    report.summary_only = variant->summary_only;
    report.lines = variant->events;
    report.census.wanted = variant->census;
    report.model.profile = variant->profile;
    report.model.msl = profile_msl(variant->profile);
    report.model.no_lane = no_lane;
    report.limit = variant->limit != 0 ? variant->limit : report.limit;
    report.model.no_log = variant->format == REPORT_JSON || variant->format == REPORT_NDJSON || variant->summary_only;
    report.model.max_idle_awake = no_lane ? 0 : report.model.max_idle_awake; /* nor does it matter who rests */
    if (variant->max_connections != 0) {
        report.model.max_connections = variant->max_connections;
    }
    if (variant->memory_budget != 0) {
        report.model.memory_budget = variant->memory_budget;
    }
    if (output != NULL && run_files(&settings, output) == RUN_NO_MEMORY) {
        output_free(output);
        return NULL;
    }
    ordinary += summary.ordinary;
    return output;
}

/* --- lines --- */

struct line {
    const char *text;
    size_t octets;
    bool is_of_end;                /* not told before a connection has ended */
    unsigned long long connection; /* id; 0: of none */
    size_t number;
};

/* The number behind a prefix, or 0. */
static unsigned long long number_behind(const char *text, size_t octets, const char *prefix) {
    size_t size = strlen(prefix);
    return octets > size && memcmp(text, prefix, size) == 0 ? strtoull(text + size, NULL, 10) : 0;
}

static struct line line_at(const char *text, size_t octets, size_t number) {
    static const char *const before[] = {"{\"type\":\"anomaly\",\"connection\":",
                                         "{\"type\":\"withdrawn\",\"connection\":"};
    struct line line = {.text = text, .octets = octets, .number = number};
    for (size_t i = 0; i < sizeof before / sizeof before[0] && line.connection == 0; i++) {
        line.connection = number_behind(text, octets, before[i]);
    }
    line.is_of_end = line.connection == 0;
    if (line.is_of_end) {
        line.connection = number_behind(text, octets, "{\"type\":\"connection\",\"id\":");
    }
    return line;
}

/* By connection, and of one in the order in which they came. */
static int compare_lines(const void *one, const void *other) {
    const struct line *a = one, *b = other;
    if (a->connection != b->connection) {
        return a->connection < b->connection ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

static struct output *free_with(struct line *lines, struct output *output) {
    free(lines);
    return output;
}

/* The lines that come when connections have ended, in their order, and then all lines by connection: what must be the
 * same of a report line by line. NULL when memory is out. */
static struct output *by_connection(const struct output *report) {
    struct output *output = output_to_memory();
    struct line *lines = calloc(report->used + 1, sizeof *lines);
    size_t count = 0;
    if (output == NULL || lines == NULL) {
        output_free(output);
        return free_with(lines, NULL);
    }
    for (const char *at = report->bytes, *end = at + report->used; at < end; count++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline == NULL ? end : newline + 1;
        lines[count] = line_at(at, (size_t)(next - at), count);
        if (lines[count].is_of_end) {
            output_bytes(output, at, lines[count].octets);
        }
        at = next;
    }
    qsort(lines, count, sizeof *lines, compare_lines);
    for (size_t i = 0; i < count; i++) {
        output_bytes(output, lines[i].text, lines[i].octets);
    }
    return free_with(lines, output);
}

/* --- */

static bool are_same(const struct output *one, const struct output *other) {
    return one != NULL && other != NULL && one->used == other->used && memcmp(one->bytes, other->bytes, one->used) == 0;
}

static bool are_same_lines(const struct output *one, const struct output *other) {
    struct output *first = one == NULL ? NULL : by_connection(one);
    struct output *second = other == NULL ? NULL : by_connection(other);
    bool same = are_same(first, second);
    output_free(first);
    output_free(second);
    return same;
}

/* The CONNECTION objects of a report behind what its lines of them begin with, and without a comma at the end. NULL
 * when memory is out. */
static struct output *connections_of(const struct output *report, const char *begin) {
    struct output *output = report == NULL ? NULL : output_to_memory();
    const char *end = output == NULL ? NULL : report->bytes + report->used;
    for (const char *at = output == NULL ? NULL : report->bytes; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline == NULL ? end : newline + 1;
        size_t size = strlen(begin), octets = (size_t)(next - at);
        if (number_behind(at, octets, begin) != 0) {
            output_bytes(output, at + size, octets - size - (newline != NULL && newline[-1] == ',' ? 2 : 1));
            output_char(output, '\n');
        }
        at = next;
    }
    return output;
}

/* Of files, both formats evict the same ones where memory is short. */
static void compare_formats(const char *file) {
    static const struct variant json = {.format = REPORT_JSON, .memory_budget = 65536};
    static const struct variant ndjson = {.format = REPORT_NDJSON, .memory_budget = 65536};
    struct output *one = report_on(file, &json, false);
    struct output *other = report_on(file, &ndjson, false);
    struct output *first = connections_of(one, "{\"id\":");
    struct output *second = connections_of(other, "{\"type\":\"connection\",\"id\":");
    bool same = are_same(first, second);
    if (!same) {
        printf("FAILED %s: other connections in json and in ndjson, where memory is short\n", file);
    }
    passed += same;
    failed += !same;
    output_free(one);
    output_free(other);
    output_free(first);
    output_free(second);
}

static void compare(const char *file) {
    compare_formats(file);
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        const struct variant *variant = &variants[i];
        struct output *one = report_on(file, variant, false);
        struct output *other = report_on(file, variant, true);
        bool late = variant->format == REPORT_NDJSON && !variant->prompt;
        bool same = late ? are_same_lines(one, other) : are_same(one, other);
        if (!same) {
            printf("FAILED %s: with the lane and without it differ, %s\n", file, variant->name);
        }
        passed += same;
        failed += !same;
        output_free(one);
        output_free(other);
    }
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        captures_walk(argv[i], compare);
    }
    if (ordinary == 0) {
        puts("FAILED no connection was ordinary");
        failed++;
    }
    printf("%llu connections to their end in the lane\n%u passed, %u failed\n", (unsigned long long)ordinary, passed,
           failed);
    return failed > 0;
}
