/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_OPTIONS_H
#define FINWAIT_CLI_OPTIONS_H

#include "report/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* What a person asked for. */
struct options {
    const char **files; /* owned array of borrowed names, in the order given; "-" is standard input */
    size_t file_count;
    char *filter;       /* owned pcap-filter expression, NULL: all frames */
    const char *output; /* borrowed; NULL: standard output */
    int color;          /* enum color */
    struct report_settings report;
};

/* What parsing came to. */
enum options_result {
    OPTIONS_RUN,    /* go on */
    OPTIONS_DONE,   /* help or the version was printed: exit 0, or 2 if it could not be */
    OPTIONS_FAILED, /* a message was printed: exit 2 */
};

/* Reads the arguments of a command (argv[0] is not looked at) into options, which options_free releases in any case. */
enum options_result options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

/* --- the table, for help, man page check and completion --- */

enum option_group { GROUP_MAIN, GROUP_THRESHOLDS, OPTION_GROUPS };

enum option_kind {
    OPTION_LADDER,  /* enum report_ladder: stores value */
    OPTION_SWITCH,  /* stores true (a bool) */
    OPTION_IGNORED, /* accepted, does nothing */
    OPTION_TEXT,    /* const char * */
    OPTION_CHOICE,  /* int: index into choices */
    OPTION_FORMAT,  /* enum report_format, by name */
    OPTION_PROFILE, /* enum profile, by name */
    OPTION_LIMIT,   /* uint64_t; says that it was given */
    OPTION_ONLY,    /* uint64_t from 1 up, given once */
    OPTION_SECONDS, /* int64_t ns; 0 only where value is 0 */
    OPTION_READ,    /* adds a file; operands become the filter */
    OPTION_FILTER,
    OPTION_HELP,
    OPTION_VERSION,
};

struct option_row {
    const char *name;     /* long name, without dashes */
    char letter;          /* 0: none */
    const char *argument; /* its name in the help; NULL: takes none; "[WORD]": may be left out */
    const char *help;     /* one line */
    uint8_t group;        /* enum option_group */
    uint8_t kind;         /* enum option_kind */
    int value;
    const char *const *choices; /* ends with NULL */
    size_t offset;              /* of the member of struct options that it sets */
};

extern const struct option_row option_table[];
extern const size_t option_count;

#endif
