/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_INPUT_H
#define FINWAIT_CAPTURE_INPUT_H

#include "base/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mapping;

/* Where the octets of an input come from: a descriptor, or what unpacks another input. The head of the supplier's own
 * record. */
struct supply {
    /* Puts up to `size` (at least 1) octets into room and says how many, as soon as there are any. 0: that was all.
     * Below 0: they cannot be read; *failure says why. */
    ssize_t (*read)(struct supply *supply, uint8_t *room, size_t size, struct message *failure);
    void (*close)(struct supply *supply); /* releases the supply too */
    bool cut_short;                       /* it failed because there should have been more */

    /* What can be looked at where it stands, from the first octet on, instead of being read; the input's once there is
     * one. NULL: nothing. Of a supply that has it: skip has read go on at that offset (false: errno says why not), and
     * size tells how many octets there are now. */
    struct mapping *mapping;
    bool (*skip)(struct supply *supply, uint64_t offset);
    uint64_t (*size)(struct supply *supply);
};

/* Octets in the order of a file, a pipe or the like, read block by block into a window that moves on with the reader,
 * or mapped where the file is large: that saves a copy. The window holds what lies from `at` up to `end`; the reader
 * moves `at`. */
struct input {
    uint8_t *at;
    uint8_t *end;

    /* --- input.c's own --- */
    struct supply *supply;   /* owned; NULL: closed */
    struct mapping *mapping; /* owned; NULL: there is none, or what it holds has been passed */
    uint8_t *window;         /* owned, or the mapping's; NULL until the first octet is wanted */
    size_t room;             /* octets of a window of its own */
    uint64_t read;           /* octets read so far: the offset of `end` */

    /* --- for the reader to look at --- */
    const char *compression; /* how the file is compressed, "gzip"; NULL: it is not. Offsets are of what is unpacked */
    bool failed;             /* the supply ended with a failure */
    bool cut_short;          /* namely because there should have been more */
    struct message failure;  /* its reason */
};

enum { INPUT_LONGEST = 1 << 24 }; /* octets that input_need can be asked for */

/* Opens path ("-": standard input), also where it is a compressed file. NULL: *error says why not, without the path. */
struct input *input_open(const char *path, struct message *error);

/* The same of an open descriptor, which is the input's from now on, also when the answer is NULL. Standard input is
 * never closed. */
struct input *input_of_descriptor(int descriptor, struct message *error);

/* An input over that supply, which is the input's from now on, also when the answer is NULL (memory is out). */
struct input *input_of_supply(struct supply *supply, struct message *error);

/* Closes the file; what the window holds stays until input_free. */
void input_close(struct input *input);
void input_free(struct input *input); /* may be NULL */

/* Sees to it that at least so many octets (up to INPUT_LONGEST) lie from `at` on; what lies before `at` is gone. false:
 * there are fewer; then those that are there can be read, and `failed` tells the end of the file from a failure. */
bool input_need(struct input *input, size_t octets);

/* Whether octets of the mapping were touched that another process had cut off the file. Not every cut is noticed: what
 * is left of the page in which the file ends by then reads as zeros. */
bool input_is_cut(const struct input *input);

/* Octets of the file by now, while `at` stands in its mapping. UINT64_MAX: it does not. */
uint64_t input_size_if_mapped(const struct input *input);

/* Steps over that many octets, however many. false: there are fewer. */
bool input_skip(struct input *input, uint64_t octets);

/* Octets from the start of what is read to `at`. */
static inline uint64_t input_offset(const struct input *input) {
    return input->read - (uint64_t)(input->end - input->at);
}

static inline size_t input_held(const struct input *input) {
    return (size_t)(input->end - input->at);
}

/* The same place of the window, to be written to. */
static inline uint8_t *input_octets(struct input *input, const uint8_t *octets) {
    return input->window + (octets - input->window);
}

#endif
