/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_OPTION_TABLE_H
#define FINWAIT_CLI_OPTION_TABLE_H

#include "cli/options.h"

/* The one list of options: the parser, the help, the configuration, the test of the manual page and completions read
 * it. */

enum option_group {
    GROUP_MAIN,
    GROUP_CAPTURES,
    GROUP_REPORT,
    GROUP_LIVE,
    GROUP_CHOOSING,
    GROUP_THRESHOLDS,
    GROUP_SETTING_UP,
    OPTION_GROUPS
};

/* Where an option may stand, and what it does to the run. */
enum option_flag {
    FLAG_ARGUMENTS_ONLY = 1 << 0, /* not in a configuration: it belongs to one run */
    FLAG_ENDS = 1 << 1,           /* prints something and ends the run, whatever else was asked for */
    FLAG_OPERANDS_ARE_FILTER = 1 << 2,
};

struct option_row;

/* One use of an option. */
struct setting {
    struct options *options;
    const struct option_row *row;
    const char *argument; /* NULL: none was given */
    const char *where;    /* for a complaint: "--msl", or "FILE:3: msl" */
};

/* Sets what the option sets. False when the argument is wrong; then it has complained. */
typedef bool option_setter(const struct setting *setting);

struct option_row {
    const char *name;     /* long name, without dashes */
    char letter;          /* 0: none */
    const char *argument; /* its name in the help; NULL: takes none; "[WORD]": may be left out */
    const char *help;     /* one line */
    option_setter *set;
    size_t offset;              /* of the member of struct options that it sets */
    int value;                  /* what that means is the setter's: a value to store, or the least that is allowed */
    const char *const *choices; /* ends with NULL: the only arguments there are; NULL: any */
    uint8_t commands;           /* enum command */
    uint8_t group;              /* enum option_group */
    uint8_t flags;              /* enum option_flag */
};

extern const struct option_row option_table[];
extern const size_t option_count;

/* The row of a long name, without dashes, that the command takes; NULL: none. */
const struct option_row *option_by_name(const char *name, enum command command);

/* The long name of the command that looks most like a mistyped one; NULL when none is near. */
const char *option_nearest(const char *mistyped, enum command command);

#endif
