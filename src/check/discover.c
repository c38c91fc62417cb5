/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check/discover.h"

#include "check/expectation.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64 }; /* directories within one another */

bool captures_note(struct captures *captures, const char *path, struct message *error) {
    if (captures->count == captures->capacity) {
        size_t capacity = captures->capacity == 0 ? 16 : captures->capacity * 2;
        char **paths = realloc(captures->paths, capacity * sizeof *paths);
        if (paths == NULL) {
            message_set(error, "out of memory");
            return false;
        }
        captures->paths = paths;
        captures->capacity = capacity;
    }
    captures->paths[captures->count] = strdup(path);
    if (captures->paths[captures->count] == NULL) {
        message_set(error, "out of memory");
        return false;
    }
    captures->count++;
    return true;
}

static const char expectation_ending[] = ".expect.json";

static bool ends_with(const char *name, const char *ending) {
    size_t length = strlen(name), size = strlen(ending);

    return length > size && strcmp(name + length - size, ending) == 0;
}

static bool is_called_like_one(const char *name) {
    static const char *const endings[] = {".pcap", ".pcapng", ".cap", ".ntar", ".snoop", ".erf", ".dmp"};
    static const char *const compressions[] = {"", ".gz", ".zst", ".xz", ".bz2", ".lz4"};
    char ending[16];

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        for (size_t k = 0; k < sizeof compressions / sizeof *compressions; k++) {
            snprintf(ending, sizeof ending, "%s%s", endings[i], compressions[k]);
            if (ends_with(name, ending))
                return true;
        }
    return false;
}

/* The magic numbers of pcap in both orders, with nanoseconds and modified, of pcapng and of snoop. */
static bool begins_like_one(const char *path) {
    static const unsigned char magics[][4] = {
        {0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d}, {0x4d, 0x3c, 0xb2, 0xa1},
        {0xa1, 0xb2, 0xcd, 0x34}, {0x34, 0xcd, 0xb2, 0xa1}, {0x0a, 0x0d, 0x0d, 0x0a}, {'s', 'n', 'o', 'o'},
    };
    unsigned char head[4];
    FILE *file = fopen(path, "re");
    bool found = false;

    if (file == NULL)
        return false;
    if (fread(head, 1, sizeof head, file) == sizeof head)
        for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
            found = found || memcmp(head, magics[i], sizeof head) == 0;
    fclose(file);
    return found;
}

/* To be freed; NULL when memory is out. */
static char *path_below(const char *directory, const char *name) {
    char *path;

    return asprintf(&path, "%s%s%s", directory, ends_with(directory, "/") ? "" : "/", name) < 0 ? NULL : path;
}

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* By octets: scandir's alphasort depends on the locale. */
static int by_name(const struct dirent **one, const struct dirent **other) {
    return strcmp((*one)->d_name, (*other)->d_name);
}

bool captures_is_expectation(const char *path) {
    return ends_with(path, expectation_ending);
}

static bool add_below(struct captures *captures, const char *directory, int depth, struct message *error);

static bool add_entry(struct captures *captures, const char *path, const char *name, int depth, struct message *error) {
    struct stat status;

    if (lstat(path, &status) != 0) {
        message_set(error, "%s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode))
        return add_below(captures, path, depth + 1, error);
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return true;
    return !(is_called_like_one(name) || begins_like_one(path)) || captures_note(captures, path, error);
}

static int compare_name(const void *name, const void *entry) {
    return strcmp(name, (*(struct dirent *const *)entry)->d_name);
}

/* Which of these are the expectations of captures that stand among them. False when memory is out. */
static bool mark_spoken_for(const struct captures *captures, size_t first, const char *directory,
                            struct dirent **entries, int count, bool *marks) {
    size_t length = strlen(directory) + !ends_with(directory, "/");

    for (size_t i = first; i < captures->count; i++) {
        char *beside;
        if (!expectation_beside(captures->paths[i], &beside))
            return false;
        if (beside != NULL) {
            struct dirent **found =
                bsearch(beside + length, entries, (size_t)count, sizeof *entries, compare_name); /* none, if deeper */
            if (found != NULL)
                marks[found - entries] = true;
        }
        free(beside);
    }
    return true;
}

/* Expectations without a capture, as happens when that is renamed: what they demand would be held no more, and nobody
 * be told. */
static bool add_forlorn(struct captures *captures, size_t first, const char *directory, struct dirent **entries,
                        int count, struct message *error) {
    bool *marks = calloc((size_t)count + 1, sizeof *marks);
    bool good = marks != NULL && mark_spoken_for(captures, first, directory, entries, count, marks);

    if (!good)
        message_set(error, "out of memory");
    for (int i = 0; good && i < count; i++) {
        char *path;
        if (marks[i] || !captures_is_expectation(entries[i]->d_name))
            continue;
        path = path_below(directory, entries[i]->d_name);
        if (path == NULL)
            message_set(error, "out of memory");
        good = path != NULL && captures_note(captures, path, error);
        free(path);
    }
    free(marks);
    return good;
}

static bool add_below(struct captures *captures, const char *directory, int depth, struct message *error) {
    size_t first = captures->count;
    struct dirent **entries;
    int count = depth > DEPTH_MAX ? -1 : scandir(directory, &entries, visible, by_name);
    bool good = count >= 0;

    if (!good) {
        message_set(error, "%s: %s", directory,
                    depth > DEPTH_MAX ? "directories are nested too deep" : strerror(errno));
        return false;
    }
    for (int i = 0; i < count; i++) {
        char *path = good ? path_below(directory, entries[i]->d_name) : NULL;
        if (good && path == NULL)
            message_set(error, "out of memory");
        good = path != NULL && add_entry(captures, path, entries[i]->d_name, depth, error);
        free(path);
    }
    good = good && (!captures->expectations || add_forlorn(captures, first, directory, entries, count, error));
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return good;
}

bool captures_add(struct captures *captures, const char *path, struct message *error) {
    struct stat status;
    size_t before = captures->count;

    if (strcmp(path, "-") == 0) {
        message_set(error, "-: standard input cannot be checked, since a check reads a capture more than once");
        return false;
    }
    if (stat(path, &status) != 0) {
        message_set(error, "%s: %s", *path != '\0' ? path : "''", strerror(errno));
        return false;
    }
    if (S_ISREG(status.st_mode) && captures_is_expectation(path)) {
        message_set(error, "%s: is an expectation and no capture: name its capture, or the directory of both", path);
        return false;
    }
    if (S_ISREG(status.st_mode))
        return captures_note(captures, path, error);
    if (!S_ISDIR(status.st_mode)) {
        message_set(error, "%s: is neither a file nor a directory; a check reads a capture more than once", path);
        return false;
    }
    if (!add_below(captures, path, 0, error))
        return false;
    if (captures->count == before) {
        message_set(error, "%s: there is no capture in this directory", path);
        return false;
    }
    return true;
}

void captures_free(struct captures *captures) {
    for (size_t i = 0; i < captures->count; i++)
        free(captures->paths[i]);
    free(captures->paths);
    *captures = (struct captures){0};
}

static bool is_there(const char *directory, const char *name) {
    char path[PATH_MAX + NAME_MAX];

    return snprintf(path, sizeof path, "%s/%s", directory, name) < (int)sizeof path && access(path, F_OK) == 0;
}

/* Shortens a path by its last name; false when it is at the root. */
static bool go_up(char *directory) {
    char *slash = strrchr(directory, '/');

    if (slash == NULL || directory[1] == '\0')
        return false;
    slash[slash == directory] = '\0';
    return true;
}

/* Outside of a repository a file above the directory that was named is somebody else's. */
static bool in_repository(const char *directory) {
    char above[PATH_MAX];
    bool found = is_there(directory, ".git");

    snprintf(above, sizeof above, "%s", directory);
    while (!found && go_up(above))
        found = is_there(above, ".git");
    return found;
}

bool policy_file_for(const char *path, char **file) {
    static const char name[] = ".finwait";
    char directory[PATH_MAX];
    struct stat status;

    *file = NULL;
    if (realpath(path, directory) == NULL || stat(directory, &status) != 0)
        return errno != ENOMEM;
    if (!S_ISDIR(status.st_mode))
        go_up(directory);
    bool repository = in_repository(directory);
    while (!is_there(directory, name) && repository && !is_there(directory, ".git") && go_up(directory))
        continue;
    if (!is_there(directory, name))
        return true;
    if (asprintf(file, "%s/%s", directory, name) < 0)
        *file = NULL;
    return *file != NULL;
}
