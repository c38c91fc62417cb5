/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/input.h"

#include "capture/mapping.h"
#include "capture/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WINDOW = 1 << 20,         /* octets read at once */
    SMALLEST_READ = 1 << 16,  /* where less room is left, what the window still holds is moved to its start */
    READ_AHEAD = 8 * WINDOW,  /* octets that the system is asked to fetch beyond what was read */
    MAPPED_FROM = 4 * WINDOW, /* octets of a file that is worth a mapping */
    MAPPED_STEP = WINDOW / 2, /* octets of it called for at once */
};

/* --- descriptors --- */

struct descriptor {
    struct supply supply;
    int fd;
    bool regular;
    uint64_t delivered;
    uint64_t read_ahead; /* offset up to which the system was asked to fetch */
};

/* Only advice: nothing depends on whether the system follows it. */
static void ask_ahead(struct descriptor *descriptor) {
    uint64_t until = descriptor->delivered + READ_AHEAD;

    posix_fadvise(descriptor->fd, (off_t)descriptor->read_ahead, (off_t)(until - descriptor->read_ahead),
                  POSIX_FADV_WILLNEED);
    descriptor->read_ahead = until;
}

static ssize_t descriptor_read(struct supply *supply, uint8_t *room, size_t size, struct message *failure) {
    struct descriptor *descriptor = (struct descriptor *)supply;
    /* A signal that is caught ends the read for good: whoever caught it wants to stop. */
    ssize_t got = read(descriptor->fd, room, size);

    if (got < 0)
        message_set(failure, "%s", strerror(errno));
    if (got > 0) {
        descriptor->delivered += (uint64_t)got;
        if (descriptor->regular)
            ask_ahead(descriptor);
    }
    return got;
}

static bool descriptor_skip(struct supply *supply, uint64_t offset) {
    struct descriptor *descriptor = (struct descriptor *)supply;

    descriptor->delivered = offset;
    descriptor->read_ahead = offset;
    return lseek(descriptor->fd, (off_t)offset, SEEK_SET) >= 0;
}

static uint64_t descriptor_size(struct supply *supply) {
    struct stat status;

    return fstat(((struct descriptor *)supply)->fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* What a large file holds when it is opened, where nothing of it was read before. */
static struct mapping *map(const struct descriptor *descriptor, const struct stat *status) {
    if (!descriptor->regular || status->st_size < MAPPED_FROM || (uintmax_t)status->st_size > SIZE_MAX / 2 ||
        lseek(descriptor->fd, 0, SEEK_CUR) != 0)
        return NULL;
    return mapping_new(descriptor->fd, (size_t)status->st_size);
}

static void close_descriptor(int fd) {
    if (fd != STDIN_FILENO)
        close(fd);
}

static void descriptor_close(struct supply *supply) {
    struct descriptor *descriptor = (struct descriptor *)supply;

    close_descriptor(descriptor->fd);
    free(descriptor);
}

/* Takes fd, also when it answers NULL. */
static struct supply *descriptor_new(int fd, struct message *error) {
    struct stat status;
    struct descriptor *descriptor;

    if (fstat(fd, &status) != 0) {
        message_set(error, "cannot be opened: %s", strerror(errno));
        close_descriptor(fd);
        return NULL;
    }
    if (S_ISDIR(status.st_mode)) {
        message_set(error, fd == STDIN_FILENO ? "is a directory; give its name to have the captures in it read"
                                              : "is a directory without captures in it");
        close_descriptor(fd);
        return NULL;
    }
    descriptor = calloc(1, sizeof *descriptor);
    if (descriptor == NULL) {
        message_set(error, "cannot be opened: out of memory");
        close_descriptor(fd);
        return NULL;
    }
    descriptor->supply = (struct supply){
        .read = descriptor_read,
        .skip = descriptor_skip,
        .size = descriptor_size,
        .close = descriptor_close,
    };
    descriptor->fd = fd;
    descriptor->regular = S_ISREG(status.st_mode);
    descriptor->supply.mapping = map(descriptor, &status);
    return &descriptor->supply;
}

/* --- the window --- */

struct input *input_of_supply(struct supply *supply, struct message *error) {
    struct input *input = calloc(1, sizeof *input);

    if (input == NULL) {
        message_set(error, "cannot be opened: out of memory");
        mapping_free(supply->mapping);
        supply->close(supply);
        return NULL;
    }
    input->supply = supply;
    input->mapping = supply->mapping;
    if (input->mapping != NULL)
        input->window = input->at = input->end = mapping_octets(input->mapping);
    return input;
}

static void free_window(struct input *input) {
    if (input->mapping == NULL)
        free(input->window);
    mapping_free(input->mapping);
    input->mapping = NULL;
}

void input_close(struct input *input) {
    if (input->supply != NULL)
        input->supply->close(input->supply);
    input->supply = NULL;
}

void input_free(struct input *input) {
    if (input == NULL)
        return;
    input_close(input);
    free_window(input);
    free(input);
}

/* Moves what the window holds to its start, or to a larger window where it could not hold so many octets. */
static bool make_room(struct input *input, size_t octets) {
    size_t held = input_held(input);
    uint8_t *window = input->window;
    size_t room = input->room != 0 ? input->room : WINDOW;

    while (room < octets)
        room *= 2;
    if (room != input->room && (window = malloc(room)) == NULL) {
        message_set(&input->failure, "out of memory");
        input->failed = true;
        return false;
    }
    if (held != 0)
        memmove(window, input->at, held);
    if (window != input->window)
        free_window(input);
    input->window = window;
    input->room = room;
    input->at = window;
    input->end = window + held;
    return true;
}

static bool read_more(struct input *input) {
    size_t room = input->room - (size_t)(input->end - input->window);
    ssize_t got = input->supply->read(input->supply, input->end, room, &input->failure);

    input->failed = got < 0;
    input->cut_short = input->supply->cut_short;
    if (got <= 0)
        return false;
    input->end += got;
    input->read += (uint64_t)got;
    return true;
}

/* false: the mapping has no more, and what comes behind `end` has to be read. */
static bool move_mapping(struct input *input, size_t octets) {
    size_t at = (size_t)(input->at - input->window), size = mapping_size(input->mapping);
    size_t end = size - at > octets + MAPPED_STEP ? at + octets + MAPPED_STEP : size;

    if (end - at < octets || !mapping_move(input->mapping, at, end))
        return false;
    input->end = input->window + end;
    input->read = end;
    return true;
}

static bool leave_mapping(struct input *input) {
    if (!input->supply->skip(input->supply, input->read)) {
        message_set(&input->failure, "%s", strerror(errno));
        input->failed = true;
        return false;
    }
    return true;
}

bool input_need(struct input *input, size_t octets) {
    if (input_held(input) >= octets)
        return true;
    if (input->supply == NULL || input->failed)
        return false;
    if (input->mapping != NULL) {
        if (move_mapping(input, octets))
            return true;
        if (!leave_mapping(input) || !make_room(input, octets))
            return false;
    }
    /* What is left of the window may still do: a pipe gives little at a time, and moving has its price. */
    if (input->window == NULL || (size_t)(input->window + input->room - input->at) < octets + SMALLEST_READ)
        if (!make_room(input, octets))
            return false;
    while (input_held(input) < octets)
        if (!read_more(input))
            return false;
    return true;
}

bool input_is_cut(const struct input *input) {
    return input->mapping != NULL && mapping_is_cut(input->mapping);
}

uint64_t input_size_if_mapped(const struct input *input) {
    return input->mapping == NULL || input->supply == NULL ? UINT64_MAX : input->supply->size(input->supply);
}

bool input_skip(struct input *input, uint64_t octets) {
    while (octets > input_held(input)) {
        octets -= input_held(input);
        input->at = input->end;
        if (!input_need(input, 1))
            return false;
    }
    input->at += octets;
    return true;
}

/* --- opening --- */

/* Puts what unpacks it around a compressed input. Takes the input, also when it answers NULL. */
static struct input *look_inside(struct input *input, struct message *error) {
    const struct compression *compression;
    struct supply *supply;

    input_need(input, COMPRESSION_MAGIC);
    compression = compression_of(input->at, input_held(input));
    if (compression == NULL)
        return input;
    supply = unpack_open(compression, input, error);
    if (supply == NULL)
        return NULL;
    input = input_of_supply(supply, error);
    if (input != NULL)
        input->compression = compression->name;
    return input;
}

struct input *input_of_descriptor(int descriptor, struct message *error) {
    struct supply *supply = descriptor_new(descriptor, error);
    struct input *input = supply == NULL ? NULL : input_of_supply(supply, error);

    return input == NULL ? NULL : look_inside(input, error);
}

struct input *input_open(const char *path, struct message *error) {
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        message_set(error, "cannot be opened: %s", strerror(errno));
        return NULL;
    }
    return input_of_descriptor(fd, error);
}
