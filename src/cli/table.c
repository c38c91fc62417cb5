/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/options.h"

/* Adding an option is adding a row: the parser, the help and the test of the manual page read them. */

static const char *const color_names[] = {"auto", "always", "never", NULL};

#define MEMBER(member) offsetof(struct options, member)
#define SECONDS(name, member, help, least)                                                                             \
    { name, 0, "SECONDS", help, GROUP_THRESHOLDS, OPTION_SECONDS, least, NULL, MEMBER(member) }

const struct option_row option_table[] = {
    {"read", 'r', "FILE", "read FILE; all operands are then the filter", GROUP_MAIN, OPTION_READ, 0, NULL, 0},
    {"filter", 'f', "EXPRESSION", "look only at frames that pcap-filter(7) selects", GROUP_MAIN, OPTION_FILTER, 0, NULL,
     0},
    {"output", 'o', "FILE", "write the report to FILE", GROUP_MAIN, OPTION_TEXT, 0, NULL, MEMBER(output)},
    {"format", 0, "FORMAT", "text (the default) or json", GROUP_MAIN, OPTION_FORMAT, 0, NULL, MEMBER(report.format)},
    {"all", 0, NULL, "print every connection", GROUP_MAIN, OPTION_SWITCH, 0, NULL, MEMBER(report.all)},
    {"limit", 0, "N", "print at most N connections (100)", GROUP_MAIN, OPTION_LIMIT, 0, NULL, MEMBER(report.limit)},
    {"connection", 0, "ID", "print the connection whose first frame is ID", GROUP_MAIN, OPTION_ONLY, 1, NULL,
     MEMBER(report.connection)},
    {"summary", 0, NULL, "print no connection, only findings and totals", GROUP_MAIN, OPTION_SWITCH, 0, NULL,
     MEMBER(report.summary_only)},
    {"ladder", 0, NULL, "draw the ladder of every connection printed", GROUP_MAIN, OPTION_LADDER, LADDER_ALL, NULL,
     MEMBER(report.ladder)},
    {"no-ladder", 0, NULL, "draw no ladder", GROUP_MAIN, OPTION_LADDER, LADDER_NONE, NULL, MEMBER(report.ladder)},
    {"color", 0, "WHEN", "auto (the default), always or never", GROUP_MAIN, OPTION_CHOICE, 0, color_names,
     MEMBER(color)},
    {"msl", 0, "SECONDS", "TIME_WAIT lasts twice that (30)", GROUP_MAIN, OPTION_SECONDS, 1, NULL,
     MEMBER(report.model.msl)},
    {"profile", 0, "STACK", "whose choices to assume: linux (the default) or rfc", GROUP_MAIN, OPTION_PROFILE, 0, NULL,
     MEMBER(report.model.profile)},
    {NULL, 'n', NULL, "accepted; no name is ever looked up", GROUP_MAIN, OPTION_IGNORED, 0, NULL, 0},
    {"help", 'h', "[all]", "print this, or with --help=all every option", GROUP_MAIN, OPTION_HELP, 0, NULL, 0},
    {"version", 0, NULL, "print the version", GROUP_MAIN, OPTION_VERSION, 0, NULL, 0},

    SECONDS("ack-timeout", report.rules.ack_timeout, "octets not acknowledged for so long (3)", 1),
    SECONDS("syn-timeout", report.model.syn_timeout, "an attempt silent for so long is over (130)", 1),
    SECONDS("fin-timeout", report.rules.fin_timeout, "a FIN that draws no FIN for so long (60)", 1),
    SECONDS("close-wait-notice", report.rules.close_wait_notice, "CLOSE_WAIT for longer is a notice (5)", 0),
    SECONDS("close-wait-warning", report.rules.close_wait_warning, "CLOSE_WAIT for longer is a warning (60)", 0),
    SECONDS("fin-wait-2-timeout", report.rules.fin_wait_2_timeout, "age at which FIN_WAIT_2 is discarded (60)", 1),
    SECONDS("slow-handshake", report.rules.slow_handshake, "a handshake that takes longer is slow (1)", 0),
    SECONDS("duplicate-window", report.model.duplicate_window, "greatest distance of two copies (0.001)", 0),
    SECONDS("reorder-window", report.model.reorder_window, "greatest disorder of the frames (0.003)", 0),
    SECONDS("idle-timeout", report.model.idle_timeout, "open but silent for so long is over (7440)", 1),
};
const size_t option_count = sizeof option_table / sizeof *option_table;
