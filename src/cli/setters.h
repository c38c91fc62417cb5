/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_SETTERS_H
#define FINWAIT_CLI_SETTERS_H

#include "cli/option_table.h"

/* What options do (option_setter); row->offset names the member, row->value is what the name in brackets says. */

option_setter set_nothing;      /* accepted, does nothing */
option_setter set_switch;       /* bool: true */
option_setter set_value;        /* int, or an enum: [value] */
option_setter set_text;         /* const char *: borrowed */
option_setter set_choice;       /* int, or an enum: index into choices */
option_setter set_limit;        /* the greatest number of connections to print */
option_setter set_number;       /* uint64_t: [least] */
option_setter set_number_once;  /* uint64_t: [least], given once */
option_setter set_COUNT;        /* uint32_t: [least] */
option_setter set_SIZE;         /* uint64_t in octets, "100M": [least] */
option_setter set_SECONDS;      /* int64_t in ns: [1: above 0] */
option_setter set_census;       /* with or without an interval */
option_setter set_at;           /* a moment of the census */
option_setter set_end_time;     /* the end of the capture */
option_setter set_format;       /* enum report_format, by name */
option_setter set_plain_format; /* likewise, text and json only */
option_setter set_profile;      /* enum profile, by name */
option_setter set_interface;    /* adds an interface to watch */
option_setter set_file;         /* adds a file */
option_setter set_filter;
option_setter set_least_severity;
option_setter set_only;
option_setter set_ignore;
option_setter set_severity;
option_setter set_check_format; /* enum check_format, by name */
option_setter set_fail_on;      /* these four: see check/policy.h */
option_setter set_allow;
option_setter set_require;
option_setter set_min_connections;

#endif
