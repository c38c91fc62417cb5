/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_DISCOVER_H
#define FINWAIT_CHECK_DISCOVER_H

#include "base/message.h"

#include <stdbool.h>
#include <stddef.h>

/* Captures to be checked, by path. */
struct captures {
    char **paths; /* owned */
    size_t count;
    size_t capacity;
    bool expectations; /* of a directory those that no capture in it has are added, too */
};

/* Adds a regular file, whatever is in it, or the captures below a directory, in the order of their names: files that
 * begin like a capture or are called like one. Links to directories are not followed, names that begin with a dot are
 * passed over. False with a message when something cannot be read, or a directory holds no capture. */
bool captures_add(struct captures *captures, const char *path, struct message *error);

/* Called like an expectation: *.expect.json. */
bool captures_is_expectation(const char *path);

/* Adds a path as it is, whether there is anything or not. */
bool captures_note(struct captures *captures, const char *path, struct message *error);

void captures_free(struct captures *captures);

/* The file .finwait that speaks for a path: in the directory itself (that of a file), or the nearest one above it up to
 * the top of its repository (where .git is): *file, to be freed; NULL when there is none. False: memory is out. */
bool policy_file_for(const char *path, char **file);

#endif
