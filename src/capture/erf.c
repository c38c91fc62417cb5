/* SPDX-License-Identifier: BSD-3-Clause */
/* The format of Endace's capture cards. It has no file header: every record says of what kind of link it is, and its
 * time counts in 2^-32 s. Numbers are big endian but for the time. */
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdlib.h>

enum {
    RECORD_HEADER = 16,
    EXTENSION = 8,       /* octets of an extension header; the highest bit of its first octet: another follows */
    MORE_HEADERS = 0x80, /* likewise in the record's type */
    PORT = 0x03,         /* bits of the flags: on which port of the card */
    PORTS = 4,
    LONGEST_RECORD = 65535 /* 16 bits */
};

static const struct kind {
    uint8_t type;
    uint8_t padding;      /* octets before the frame */
    uint8_t check_octets; /* of the link's check sequence, which the wire length counts */
    bool counts_lost;     /* frames lost in front of it; other kinds have a colour there */
    int link_type;
} kinds[] = {
    {1, 0, 4, true, DLT_C_HDLC}, /* or PPP: see kind_of_record */
    {1, 0, 4, true, DLT_PPP},      {2, 2, 4, true, DLT_EN10MB},   {11, 2, 4, false, DLT_EN10MB},
    {16, 2, 4, false, DLT_EN10MB}, {20, 2, 4, false, DLT_EN10MB}, {22, 0, 0, true, DLT_IPV4},
    {23, 0, 0, true, DLT_IPV6},
};
enum { KINDS = sizeof kinds / sizeof *kinds, LAST_TYPE = 48 };

struct erf_reader {
    struct source source;
    size_t count;
    struct capture_interface interfaces[KINDS * PORTS]; /* in the order met */
    uint8_t owners[KINDS * PORTS];                      /* kind * PORTS + port of each */
};

static uint32_t big16(const uint8_t *octets) {
    return (uint32_t)octets[0] << 8 | octets[1];
}

/* Octets of the headers, or 0 where they do not fit into the record. */
static uint32_t headers_of(const uint8_t *record, uint32_t length) {
    uint32_t headers = RECORD_HEADER;
    uint8_t more = record[8] & MORE_HEADERS;

    while (more != 0) {
        if (headers + EXTENSION > length)
            return 0;
        more = record[headers] & MORE_HEADERS;
        headers += EXTENSION;
    }
    return headers;
}

static bool is_possible(const uint8_t *record) {
    uint8_t type = record[8] & ~MORE_HEADERS;

    return type >= 1 && type <= LAST_TYPE && big16(record + 10) >= RECORD_HEADER;
}

/* Without a magic number, only what cannot be anything else is taken: the first record is of a kind that is read, its
 * lengths fit, and a time between 1990 and 2106 stands in it. */
bool erf_fits(const uint8_t *head, size_t length) {
    const uint32_t year_1990 = 631152000;
    uint32_t seconds;

    if (length < RECORD_HEADER || !is_possible(head) || big16(head + 10) == RECORD_HEADER)
        return false;
    memcpy(&seconds, head + 4, sizeof seconds);
    if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
        seconds = __builtin_bswap32(seconds);
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].type == (head[8] & ~MORE_HEADERS))
            return seconds >= year_1990 && big16(head + 14) != 0 &&
                   big16(head + 14) + RECORD_HEADER + EXTENSION + 64 >= big16(head + 10);
    return false;
}

/* NULL: a kind of record that holds no frame, or of a link that is not read. */
static const struct kind *kind_of_record(const uint8_t *record, const uint8_t *frame, uint32_t captured) {
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].type == (record[8] & ~MORE_HEADERS)) {
            bool ppp = kinds[i].link_type == DLT_C_HDLC && captured >= 2 && frame[0] == 0xff && frame[1] == 0x03;
            return &kinds[ppp ? i + 1 : i];
        }
    return NULL;
}

static uint32_t interface_of(struct erf_reader *reader, const struct kind *kind, unsigned port) {
    uint8_t owner = (uint8_t)((size_t)(kind - kinds) * PORTS + port);
    size_t index = 0;

    while (index < reader->count && reader->owners[index] != owner)
        index++;
    if (index == reader->count) {
        reader->owners[index] = owner;
        reader->interfaces[index] =
            (struct capture_interface){.link_type = kind->link_type, .ticks = (uint64_t)1 << 32};
        reader->source.interface_count = ++reader->count;
    }
    return (uint32_t)index;
}

static void note_lost(struct erf_reader *reader, uint32_t interface, uint32_t lost) {
    reader->interfaces[interface].dropped += lost;
    reader->interfaces[interface].drops_known = reader->source.drops_known = true;
    reader->source.dropped += lost;
}

/* false: the record holds no frame. */
static bool read_record(struct erf_reader *reader, const uint8_t *record, uint32_t length, struct frame *frame) {
    uint32_t headers = headers_of(record, length), room = length - headers, wire;
    const struct kind *kind = headers == 0 ? NULL : kind_of_record(record, record + headers, room);
    uint64_t ticks = 0;

    if (kind == NULL || room < kind->padding)
        return false;
    for (int i = 7; i >= 0; i--)
        ticks = ticks << 8 | record[i];
    wire = big16(record + 14);
    wire = wire > kind->check_octets ? wire - kind->check_octets : 0;
    room -= kind->padding;
    *frame = (struct frame){
        .number = reader->source.number++,
        .time = (int64_t)(ticks >> 32) * 1000000000 + (int64_t)((ticks & 0xffffffff) * 1000000000 >> 32),
        .ticks = ticks,
        .bytes = record + headers + kind->padding,
        .captured = room < wire ? room : wire, /* the rest fills the record up */
        .wire_length = wire,
        .link_type = kind->link_type,
        .interface = interface_of(reader, kind, record[9] & PORT),
    };
    if (kind->counts_lost)
        note_lost(reader, frame->interface, big16(record + 12));
    return true;
}

/* Octets of the next record, all of which lie in the window. Only for the first of a batch the window may move: the
 * frames already taken lie in it. 0: there is none; then *end says how the capture ended if it was the first. */
static uint32_t find_record(struct source *source, bool first, enum capture_status *end) {
    struct input *input = source->input;
    uint32_t length;

    if (first ? !input_need(input, RECORD_HEADER) : input_held(input) < RECORD_HEADER) {
        if (first)
            *end = source_end(source, input_held(input) > 0);
        return 0;
    }
    if (!is_possible(input->at)) {
        if (first) {
            source_note(
                source, input_offset(input),
                "damaged at offset %llu, before frame %llu: no record of the ERF format is like that; where the "
                "next begins cannot be known",
                (unsigned long long)input_offset(input), (unsigned long long)source->number);
            *end = CAPTURE_ERROR;
        }
        return 0;
    }
    length = big16(input->at + 10);
    if (first ? input_need(input, length) : input_held(input) >= length)
        return length;
    if (first)
        *end = source_end(source, true);
    return 0;
}

static unsigned erf_next(struct source *source, struct frame *frames, unsigned room, enum capture_status *end) {
    struct erf_reader *reader = (struct erf_reader *)source;
    unsigned count = 0;
    uint32_t length;

    while (count < room && (length = find_record(source, count == 0, end)) != 0) {
        count += read_record(reader, source->input->at, length, &frames[count]);
        source->input->at += length;
    }
    return count;
}

static void erf_free(struct source *source) {
    free(source);
}

struct source *erf_open_source(struct input *input, struct message *error) {
    static const struct source_methods methods = {.next = erf_next, .free = erf_free};
    struct erf_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL) {
        message_set(error, "cannot be opened: out of memory");
        return NULL;
    }
    reader->source.methods = &methods;
    reader->source.format = "erf";
    reader->source.input = input;
    reader->source.interfaces = reader->interfaces;
    return &reader->source;
}
