/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/help.h"

#include "cli/complain.h"
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "Usage: finwait [OPTION]... FILE... [-- EXPRESSION]\n"
                            "       finwait [OPTION]... -r FILE [EXPRESSION]\n"
                            "Tells from packet captures what happened at both ends of each TCP connection.\n"
                            "FILE is pcap or pcapng, - is standard input; several are read as one capture.\n\n";

static const struct {
    const char *title; /* NULL: none */
    int name_width;    /* columns for the names, so that the longest fits */
} groups[OPTION_GROUPS] = {
    [GROUP_MAIN] = {NULL, 26},
    [GROUP_THRESHOLDS] = {"Thresholds, in seconds of the capture's time:", 34},
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

static void print_group(enum option_group group) {
    if (groups[group].title != NULL)
        printf("\n%s\n", groups[group].title);
    for (size_t i = 0; i < option_count; i++) {
        if (option_table[i].group != group)
            continue;
        print_names(&option_table[i]);
        printf(" %s\n", option_table[i].help);
    }
}

static bool written(void) {
    if (fflush(stdout) == 0)
        return true;
    if (errno != EPIPE)
        complain("standard output: %s", strerror(errno));
    return false;
}

bool help_print(bool all_options) {
    fputs(usage, stdout);
    for (int group = 0; group < (all_options ? OPTION_GROUPS : GROUP_MAIN + 1); group++)
        print_group((enum option_group)group);
    return written();
}

bool help_print_version(void) {
    puts(PACKAGE_STRING);
    return written();
}

/* Levenshtein's distance; words longer than the row are as far as can be. */
static size_t distance(const char *a, const char *b) {
    enum { LONGEST = 63 };
    size_t row[LONGEST + 1];
    size_t width = strlen(b);

    if (width > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            size_t replaced = diagonal + (a[i] != b[j]);
            size_t least = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;
            diagonal = row[j + 1];
            row[j + 1] = replaced < least ? replaced : least;
        }
    }
    return row[width];
}

const char *help_nearest_option(const char *mistyped) {
    const char *nearest = NULL;
    size_t least = strlen(mistyped) / 3 + 2; /* a third of the letters wrong is another word */

    for (size_t i = 0; i < option_count; i++) {
        if (option_table[i].name == NULL)
            continue;
        size_t away = distance(mistyped, option_table[i].name);
        if (away < least) {
            least = away;
            nearest = option_table[i].name;
        }
    }
    return nearest;
}
