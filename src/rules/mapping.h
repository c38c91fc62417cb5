/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_MAPPING_H
#define FINWAIT_RULES_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

enum tool {
    TOOL_WIRESHARK,
    TOOL_SURICATA,
    TOOL_ZEEK,
    TOOL_SNORT,
    TOOL_TCPTRACE,
    TOOL_CONNTRACK,
    TOOLS,
    TOOLS_EXPLAINED = TOOL_TCPTRACE /* those before it are named with each anomaly, even where they have nothing */
};
const char *tool_name(enum tool tool);    /* "Wireshark" */
const char *tool_version(enum tool tool); /* the one that was looked at */

/* One thing that a tool reports (mappings.def). All texts are static. */
struct mapping {
    enum tool tool;
    const char *kind;   /* "weird" */
    const char *name;   /* "SYN_seq_jump"; several have ", " between them */
    const char *when;   /* when the tool reports it */
    const char *ids;    /* of ours, a blank between them; empty: none */
    const char *remark; /* empty, or what else answers to it, or why nothing does */
};
extern const struct mapping mappings[];
extern const size_t mapping_count;

/* True when id is one of mapping->ids. */
bool mapping_has(const struct mapping *mapping, const char *id);

#endif
