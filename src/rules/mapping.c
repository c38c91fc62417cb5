/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/mapping.h"

#include <string.h>

static const struct {
    const char *name;
    const char *version;
} tools[TOOLS] = {
    [TOOL_WIRESHARK] = {"Wireshark", "4.0.17"}, [TOOL_SURICATA] = {"Suricata", "commit 398687d"},
    [TOOL_ZEEK] = {"Zeek", "commit a13de64"},   [TOOL_SNORT] = {"Snort", "3, commit 14aeb09"},
    [TOOL_TCPTRACE] = {"tcptrace", "6.6.7"},    [TOOL_CONNTRACK] = {"nf_conntrack", "of Linux"},
};

const char *tool_name(enum tool tool) {
    return tools[tool].name;
}

const char *tool_version(enum tool tool) {
    return tools[tool].version;
}

const struct mapping mappings[] = {
#define MAPPING(tool, kind, name, when, ids, remark) {TOOL_##tool, kind, name, when, ids, remark},
#include "rules/mappings.def"
#undef MAPPING
};
const size_t mapping_count = sizeof mappings / sizeof *mappings;

bool mapping_has(const struct mapping *mapping, const char *id) {
    size_t length = strlen(id);
    const char *at = mapping->ids;

    while ((at = strstr(at, id)) != NULL) {
        if ((at == mapping->ids || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
        at += length;
    }
    return false;
}
