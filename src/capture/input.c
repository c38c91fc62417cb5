/* SPDX-License-Identifier: BSD-3-Clause */
/* A mapping of the file would cost the same as reading it in blocks, and the life of the program where another cuts the
 * file meanwhile. */
#include "capture/input.h"

#include "capture/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WINDOW = 1 << 20,        /* octets read at once */
    SMALLEST_READ = 1 << 16, /* where less room is left, what the window still holds is moved to its start */
    READ_AHEAD = 8 * WINDOW, /* octets that the system is asked to fetch beyond what was read */
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
    descriptor->supply = (struct supply){.read = descriptor_read, .close = descriptor_close};
    descriptor->fd = fd;
    descriptor->regular = S_ISREG(status.st_mode);
    return &descriptor->supply;
}

/* --- the window --- */

struct input *input_of_supply(struct supply *supply, struct message *error) {
    struct input *input = calloc(1, sizeof *input);

    if (input == NULL) {
        message_set(error, "cannot be opened: out of memory");
        supply->close(supply);
        return NULL;
    }
    input->supply = supply;
    return input;
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
    free(input->window);
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
        free(input->window);
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

bool input_need(struct input *input, size_t octets) {
    if (input_held(input) >= octets)
        return true;
    if (input->supply == NULL || input->failed)
        return false;
    /* What is left of the window may still do: a pipe gives little at a time, and moving has its price. */
    if (input->window == NULL || (size_t)(input->window + input->room - input->at) < octets + SMALLEST_READ)
        if (!make_room(input, octets))
            return false;
    while (input_held(input) < octets)
        if (!read_more(input))
            return false;
    return true;
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
