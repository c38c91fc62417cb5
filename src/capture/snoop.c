/* SPDX-License-Identifier: BSD-3-Clause */
/* The format of Solaris' snoop, RFC 1761: everything is big endian. */
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdlib.h>

enum { FILE_HEADER = 16, RECORD_HEADER = 24, LONGEST = LONGEST_FRAME + 4096 /* padding of any kind */ };

static const char magic[8] = "snoop\0\0";

struct snoop_reader {
    struct source source;
    struct capture_interface interface;
};

bool snoop_fits(const uint8_t *head, size_t length) {
    return length >= sizeof magic && memcmp(head, magic, sizeof magic) == 0;
}

/* How the file numbers link types, and libpcap's. */
static bool read_link_type(struct snoop_reader *reader, uint32_t number, struct message *error) {
    static const struct {
        uint32_t number;
        int link_type;
    } rows[] = {{0, DLT_EN10MB}, {2, DLT_IEEE802}, {4, DLT_EN10MB}, {8, DLT_FDDI}, {26, DLT_IPNET}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].number == number) {
            reader->interface.link_type = rows[i].link_type;
            return true;
        }
    message_set(error, "is a snoop capture of link type %u, at offset 12, which is not known", number);
    return false;
}

/* The record's lengths hold together. */
static bool is_possible(uint32_t captured, uint32_t record) {
    return record >= RECORD_HEADER && record <= LONGEST && captured <= record - RECORD_HEADER;
}

/* Octets of the next record, all of which lie in the window. Only for the first of a batch the window may move: the
 * frames already taken lie in it. 0: there is none; then *end says how the capture ended if it was the first. */
static uint32_t find_record(struct source *source, bool first, enum capture_status *end) {
    struct input *input = source->input;
    uint32_t record;

    if (first ? !input_need(input, RECORD_HEADER) : input_held(input) < RECORD_HEADER) {
        if (first)
            *end = source_end(source, input_held(input) > 0);
        return 0;
    }
    record = big32(input->at + 8);
    if (!is_possible(big32(input->at + 4), record)) {
        if (first) {
            source_note(source, input_offset(input),
                        "damaged at offset %llu: the lengths of frame %llu contradict each other; where the next "
                        "frame begins cannot be known",
                        (unsigned long long)input_offset(input), (unsigned long long)source->number);
            *end = CAPTURE_ERROR;
        }
        return 0;
    }
    if (first ? input_need(input, record) : input_held(input) >= record)
        return record;
    if (first)
        *end = source_end(source, true);
    return 0;
}

static unsigned snoop_next(struct source *source, struct frame *frames, unsigned room, enum capture_status *end) {
    struct snoop_reader *reader = (struct snoop_reader *)source;
    struct input *input = source->input;
    unsigned count = 0;
    uint32_t record;

    while (count < room && (record = find_record(source, count == 0, end)) != 0) {
        frames[count++] = (struct frame){
            .number = source->number++,
            .time = (int64_t)big32(input->at + 16) * 1000000000 + (int64_t)big32(input->at + 20) * 1000,
            .bytes = input->at + RECORD_HEADER,
            .captured = big32(input->at + 4),
            .wire_length = big32(input->at),
            .link_type = reader->interface.link_type,
        };
        source->dropped = reader->interface.dropped = big32(input->at + 12);
        input->at += record;
    }
    return count;
}

static void snoop_free(struct source *source) {
    free(source);
}

struct source *snoop_open_source(struct input *input, struct message *error) {
    static const struct source_methods methods = {.next = snoop_next, .free = snoop_free};
    struct snoop_reader *reader;

    if (!input_need(input, FILE_HEADER)) {
        source_header_missing(input, FILE_HEADER, error);
        return NULL;
    }
    if (big32(input->at + 8) != 2) {
        message_set(error, "is a snoop capture of version %u, at offset 8: only version 2 can be read",
                    big32(input->at + 8));
        return NULL;
    }
    reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        message_set(error, "cannot be opened: out of memory");
        return NULL;
    }
    if (!read_link_type(reader, big32(input->at + 12), error)) {
        free(reader);
        return NULL;
    }
    reader->interface.ticks = 1000000;
    reader->interface.drops_known = reader->source.drops_known = true;
    reader->source.methods = &methods;
    reader->source.format = "snoop";
    reader->source.input = input;
    reader->source.interfaces = &reader->interface;
    reader->source.interface_count = 1;
    input->at += FILE_HEADER;
    return &reader->source;
}
