/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_OPTIONS_H
#define FINWAIT_CLI_OPTIONS_H

#include "engine/run.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Commands, as bits: each option of the table says which of them take it. */
enum command { COMMAND_ANALYZE = 1 << 0, COMMAND_EXPLAIN = 1 << 1, COMMAND_CHECK = 1 << 2, COMMAND_DIFF = 1 << 3 };

/* What a person asked for. */
struct options {
    enum command command;

    /* --- watching interfaces: see live.h --- */
    char **interfaces; /* owned, and the names too; none: files are read */
    size_t interface_count;
    uint32_t snaplen;     /* octets; 0: all */
    uint32_t buffer;      /* KiB */
    bool no_promiscuous;  /* only frames for this host */
    bool immediate;       /* have each frame at once */
    bool append;          /* what is written goes behind what the files hold already */
    uint64_t frame_limit; /* 0: none */
    int64_t duration;     /* ns; 0: for ever */
    int64_t output_wait;  /* ns that the output may be blocked */
    const char *user;     /* borrowed: whose rights to keep; NULL: whoever called sudo, or nobody */

    const char **files; /* owned array of borrowed names, in the order given; "-" is standard input; for the command
                           explain: what to explain */
    size_t file_count;
    char *filter;          /* owned pcap-filter expression, NULL: all frames */
    bool merge;            /* the frames of all files in the order of their times */
    bool events;           /* tell of the steps of both sides as they happen */
    struct run_moment end; /* --end-time */
    const char *write;     /* borrowed; where frames are saved; NULL: nowhere */
    uint64_t spool_limit;  /* octets */
    const char *output;    /* borrowed; NULL: standard output */
    const char *config;    /* borrowed; NULL: the user's own configuration */
    bool no_sandbox;       /* the process keeps all its rights */
    int color;             /* enum color_choice */
    struct report_settings report;
    json_t *policy; /* owned: an expectation, see check/policy.h; NULL: none was asked for */

    uint32_t jobs; /* analyze: threads that analyse; check: captures looked at at once; 0: see the options */

    /* --- check only --- */
    const char *tree;        /* borrowed: the file .finwait that speaks for what is checked; NULL: none */
    const char *expectation; /* borrowed; NULL: the one beside each capture */
    const char *junit;       /* borrowed: where JUnit's XML goes as well; NULL: nowhere */
    int check_format;        /* enum check_format */
    bool update;

    /* --- diff only --- */
    uint32_t tolerance; /* percent by which times may differ */
};

/* What parsing came to. */
enum options_result {
    OPTIONS_RUN,    /* go on */
    OPTIONS_DONE,   /* help or the version was printed: exit 0 */
    OPTIONS_FAILED, /* a message was printed: exit 2 */
};

/* Reads the configuration and then the arguments of a command (argv[0] is not looked at) into options, which
 * options_free releases in any case. tree: see struct options. */
enum options_result options_parse_in_tree(struct options *options, enum command command, const char *tree, int argc,
                                          char **argv);
enum options_result options_parse(struct options *options, enum command command, int argc, char **argv);
void options_free(struct options *options);

#endif
