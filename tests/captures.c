/* SPDX-License-Identifier: BSD-3-Clause */
#include "captures.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_capture(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcmp(dot, ".pcap") == 0 || strcmp(dot, ".pcapng") == 0);
}

void captures_walk(const char *path, void (*compare)(const char *file)) {
    DIR *folder = opendir(path);
    if (folder == NULL) {
        compare(path);
        return;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char below[4096];
        bool fits = snprintf(below, sizeof below, "%s/%s", path, entry->d_name) < (int)sizeof below;
        if (!fits || entry->d_name[0] == '.') {
            continue;
        }
        DIR *nested = opendir(below);
        if (nested != NULL) {
            closedir(nested);
            captures_walk(below, compare);
        } else if (is_capture(entry->d_name)) {
            compare(below);
        }
    }
    closedir(folder);
}
