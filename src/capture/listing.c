/* SPDX-License-Identifier: BSD-3-Clause */
#include <config.h> /* for strcasestr */

#include "capture/reading.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
    char *path;
    bool timed; /* it has a frame */
    int64_t time;
};

struct entries {
    struct entry *items;
    size_t count;
    size_t room;
};

/* Takes path, also when it answers false (memory is out). */
static bool add(struct entries *entries, char *path, bool timed, int64_t time) {
    if (path != NULL && entries->count == entries->room) {
        size_t room = entries->room == 0 ? 16 : 2 * entries->room;
        struct entry *items = realloc(entries->items, room * sizeof *items);

        if (items == NULL) {
            free(path);
            return false;
        }
        entries->items = items;
        entries->room = room;
    }
    if (path == NULL)
        return false;
    entries->items[entries->count++] = (struct entry){path, timed, time};
    return true;
}

static int by_time(const void *one, const void *other) {
    const struct entry *a = one, *b = other;

    if (a->timed != b->timed)
        return a->timed ? 1 : -1;
    if (a->timed && a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return strcmp(a->path, b->path);
}

static char *join(const char *directory, const char *name) {
    size_t length = strlen(directory), size = length + strlen(name) + 2;
    char *path = malloc(size);

    if (path != NULL)
        snprintf(path, size, "%s%s%s", directory, length > 0 && directory[length - 1] == '/' ? "" : "/", name);
    return path;
}

/* "dump.pcap", "dump.pcap17", "dump.cap.gz": what should be a capture and is none must not be passed over. */
static bool is_called_capture(const char *name) {
    return strcasestr(name, ".pcap") != NULL || strcasestr(name, ".cap") != NULL || strcasestr(name, ".dmp") != NULL ||
           strcasestr(name, ".snoop") != NULL || strcasestr(name, ".erf") != NULL;
}

/* Adds a file of a directory if it is a capture. Takes path. */
static bool add_file(struct entries *entries, const char *name, char *path) {
    struct message unused;
    struct stat status;
    struct capture *capture;
    struct frame frame;
    bool timed = false;

    if (path == NULL)
        return false;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        free(path);
        return true;
    }
    capture = capture_open(path, &unused);
    if (capture == NULL && !is_called_capture(name)) {
        free(path);
        return true;
    }
    if (capture != NULL)
        timed = capture_next(capture, &frame) == CAPTURE_FRAME;
    bool added = add(entries, path, timed, timed ? frame.time : 0);
    capture_free(capture);
    return added;
}

/* false: *error is set, empty where memory is out. */
static bool add_directory(struct entries *entries, const char *path, struct message *error) {
    const size_t first = entries->count;
    DIR *directory = opendir(path);
    struct dirent *entry;
    bool good = true;

    if (directory == NULL) {
        message_set(error, "%s: cannot be opened: %s", path, strerror(errno));
        return false;
    }
    while (good && (entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            good = add_file(entries, entry->d_name, join(path, entry->d_name));
    closedir(directory);
    if (good && entries->count == first)
        return add(entries, strdup(path), false, 0);
    if (good)
        qsort(entries->items + first, entries->count - first, sizeof *entries->items, by_time);
    return good;
}

static bool is_directory(const char *path) {
    struct stat status;

    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool listing_make(struct listing *listing, const char *const *paths, size_t count, struct message *error) {
    struct entries entries = {0};
    bool good = true;

    message_set(error, "out of memory");
    for (size_t i = 0; i < count && good; i++)
        good = is_directory(paths[i]) ? add_directory(&entries, paths[i], error)
                                      : add(&entries, strdup(paths[i]), false, 0);
    *listing = (struct listing){calloc(entries.count + 1, sizeof *listing->paths), 0};
    for (size_t i = 0; i < entries.count; i++) {
        if (listing->paths != NULL)
            listing->paths[listing->count++] = entries.items[i].path;
        else
            free(entries.items[i].path);
    }
    free(entries.items);
    if (!good || listing->paths == NULL) {
        listing_free(listing);
        return false;
    }
    return true;
}

void listing_free(struct listing *listing) {
    for (size_t i = 0; i < listing->count; i++)
        free((char *)(uintptr_t)listing->paths[i]);
    free(listing->paths);
    *listing = (struct listing){0};
}
