/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/help.h"

#include "capture/live.h"
#include "check/layout.h"
#include "check/schema.h"
#include "cli/complain.h"
#include "cli/option_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char usage_of_analyze[] = "Usage: finwait [OPTION]... FILE... [-- EXPRESSION]\n"
                                       "       finwait [OPTION]... -r FILE [EXPRESSION]\n"
                                       "       finwait [OPTION]... -i INTERFACE [EXPRESSION]\n"
                                       "       finwait check|diff|explain ... (--help of each tells more)\n"
                                       "Tells from packet captures what happened at both ends of each TCP connection.\n"
                                       "FILE is a capture or a folder of them, - standard input; several are as one.\n";

static const char usage_of_explain[] =
    "Usage: finwait explain [OPTION]... [ANOMALY|STATE|TOPIC]...\n"
    "Explains what finwait reports: an anomaly such as fin-unanswered, a state such as\n"
    "TIME_WAIT, or a topic such as half-close. Without a name it lists all of them.\n";

static const char usage_of_check[] =
    "Usage: finwait check [OPTION]... PATH...\n"
    "Holds captures against what is expected of them: NAME.expect.json beside each, and the\n"
    "demands of the options. PATH is a capture or a directory with captures in it.\n"
    "Exit status: 0 all is as expected, 1 something is not, 2 something could not be judged.\n";

static const char usage_of_diff[] =
    "Usage: finwait diff [OPTION]... FILE FILE\n"
    "Compares two captures, of a test before and after a change or of one path at two points.\n"
    "Exit status: 0 nothing differs, 1 something does, 2 something could not be read.\n";

static const struct {
    const char *title; /* NULL: none */
    int name_width;    /* columns for the names, so that the longest fits */
} groups[OPTION_GROUPS] = {
    [GROUP_MAIN] = {NULL, 26},
    [GROUP_CAPTURES] = {"Captures:", 26},
    [GROUP_REPORT] = {"The report:", 26},
    [GROUP_LIVE] = {"On an interface:", 33},
    [GROUP_CHOOSING] = {"Choosing findings; ID is an anomaly or a group of them (finwait explain):", 30},
    [GROUP_SETTING_UP] = {"Setting up:", 26},
    [GROUP_THRESHOLDS] = {"Thresholds; times are seconds of the capture's time:", 34},
};

/* "  -o, --output FILE" and the like. */
static void print_names(const struct option_row *row) {
    char names[64];
    int length = 0;

    if (row->letter != 0)
        length = snprintf(names, sizeof names, "-%c%s", row->letter, row->name != NULL ? ", " : "");
    else
        length = snprintf(names, sizeof names, "    ");
    if (row->name != NULL)
        length += snprintf(names + length, sizeof names - (size_t)length, "--%s", row->name);
    if (row->argument != NULL && row->argument[0] == '[')
        snprintf(names + length, sizeof names - (size_t)length, "[=%s", row->argument + 1);
    else if (row->argument != NULL)
        snprintf(names + length, sizeof names - (size_t)length, " %s", row->argument);
    printf("  %-*s", groups[row->group].name_width, names);
}

static void print_group(enum command command, enum option_group group) {
    bool begun = false;

    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->group != group || (row->commands & command) == 0)
            continue;
        if (!begun && groups[group].title != NULL)
            printf("\n%s", groups[group].title);
        if (!begun)
            putchar('\n');
        begun = true;
        print_names(row);
        printf(" %s\n", row->help);
    }
}

static bool written(void) {
    if (fflush(stdout) == 0)
        return true;
    if (errno != EPIPE)
        complain("standard output: %s", strerror(errno));
    return false;
}

static const char *usage_of(enum command command) {
    switch (command) {
    case COMMAND_EXPLAIN:
        return usage_of_explain;
    case COMMAND_CHECK:
        return usage_of_check;
    case COMMAND_DIFF:
        return usage_of_diff;
    case COMMAND_ANALYZE:
        break;
    }
    return usage_of_analyze;
}

bool set_help(const struct setting *setting) {
    bool all = setting->argument != NULL;
    enum command command = setting->options->command;

    if (all && strcmp(setting->argument, "all") != 0) {
        complain("%s: '%s' is not all", setting->where, setting->argument);
        return false;
    }
    fputs(usage_of(command), stdout);
    for (int group = 0; group < (all ? OPTION_GROUPS : GROUP_MAIN + 1); group++)
        print_group(command, (enum option_group)group);
    return written();
}

bool set_version(const struct setting *setting) {
    (void)setting;
    puts(PACKAGE_STRING);
    return written();
}

static void print_interface(void *context, const char *line) {
    (void)context;
    puts(line);
}

bool set_list_interfaces(const struct setting *setting) {
    struct message error;

    (void)setting;
    if (!live_list(print_interface, NULL, &error)) {
        complain("%s", error.text);
        return false;
    }
    return written();
}

bool set_schema(const struct setting *setting) {
    struct expectation_schema *schema = expectation_schema_new();
    json_t *document = schema != NULL ? expectation_schema_document(schema) : NULL;
    struct output *output = output_to_memory();
    bool good = document != NULL && output != NULL;

    if (good)
        layout_json(output, document);
    good = good && output_error(output) == 0;
    if (good)
        fwrite(output->bytes, 1, output->used, stdout);
    else
        complain("%s: out of memory", setting->where);
    output_free(output);
    json_decref(document);
    expectation_schema_free(schema);
    return written() && good;
}
