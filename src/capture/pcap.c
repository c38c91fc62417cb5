/* SPDX-License-Identifier: BSD-3-Clause */
/* The pcap format in all its versions: microseconds and nanoseconds, either byte order, and the longer records of the
 * libpcap that Linux distributions patched in 1999. */
#include "capture/source.h"

#include <stdlib.h>

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    PATCHED_RECORD_HEADER = 24, /* interface index, protocol and packet type behind the usual fields */
    LONGEST = INPUT_LONGEST - PATCHED_RECORD_HEADER,
};

/* Programs before version 2.4 did not agree on which of the two lengths comes first. */
enum lengths { CAPTURED_FIRST, WIRE_FIRST, SHORTER_IS_CAPTURED };

static const struct magic {
    uint32_t number;
    int64_t unit; /* ns, of the fraction of a second */
    unsigned record_header;
} magics[] = {
    {0xa1b2c3d4, 1000, RECORD_HEADER},
    {0xa1b23c4d, 1, RECORD_HEADER},
    {0xa1b2cd34, 1000, PATCHED_RECORD_HEADER},
};

struct pcap_reader {
    struct source source;
    struct capture_interface interface;
    bool swapped;
    bool plain;     /* record headers of the usual form */
    bool dependent; /* octets of the frames depend on the byte order */
    int64_t unit;
    unsigned record_header;
    enum lengths lengths;
    uint32_t kept;    /* octets of a frame, at most */
    uint32_t longest; /* octets captured that a record can have: more is damage */
};

static const struct magic *magic_of(const uint8_t *head, bool *swapped) {
    for (size_t i = 0; i < 2 * (sizeof magics / sizeof *magics); i++) {
        *swapped = i % 2 == 1;
        if (field32(head, *swapped) == magics[i / 2].number)
            return &magics[i / 2];
    }
    return NULL;
}

bool pcap_fits(const uint8_t *head, size_t length) {
    bool swapped;

    return length >= 4 && magic_of(head, &swapped) != NULL;
}

bool pcap_is_header(const uint8_t *head) {
    bool swapped;

    return magic_of(head, &swapped) != NULL && field16(head + 4, swapped) == 2 && field16(head + 6, swapped) == 4;
}

/* Times cannot be out of the bounds of frame.time here: seconds have 32 bits. */
static inline void fill(struct frame *frame, const uint8_t *record, bool swapped, int64_t unit, int link_type) {
    *frame = (struct frame){
        .time = (int64_t)field32(record, swapped) * 1000000000 + field32(record + 4, swapped) * unit,
        .captured = field32(record + 8, swapped),
        .wire_length = field32(record + 12, swapped),
        .bytes = record + RECORD_HEADER,
        .link_type = link_type,
    };
}

/* Where the next record stands is known when this one has come, so that each would wait for the one before. Those of
 * short frames, or of frames that are cut short, lie that close together. */
static inline void call_ahead(const uint8_t *record) {
    enum { AHEAD = 1024, LINE = 64 };

    __builtin_prefetch(record + AHEAD);
    __builtin_prefetch(record + AHEAD + LINE);
}

/* Takes the plain records that are whole within the window. What stays the same is not looked up for each of them. */
static inline unsigned walk(struct pcap_reader *reader, struct frame *frames, unsigned room, bool swapped) {
    struct input *input = reader->source.input;
    const int64_t unit = reader->unit;
    const int link_type = reader->interface.link_type;
    const uint32_t longest = reader->kept;
    const struct frame *full = frames + room;
    uint64_t number = reader->source.number;
    size_t left = input_held(input);
    const uint8_t *record = input->at;
    struct frame *frame = frames;

    for (; frame < full && left >= RECORD_HEADER; frame++) {
        uint32_t captured = field32(record + 8, swapped);

        call_ahead(record);
        left -= RECORD_HEADER;
        if (captured - 1 >= longest || captured > left) /* of 0 octets it may be no record: take_any looks */
            break;
        fill(frame, record, swapped, unit, link_type);
        frame->number = number++;
        record += RECORD_HEADER + captured;
        left -= captured;
    }
    reader->source.number = number;
    input->at = input_octets(input, record);
    return (unsigned)(frame - frames);
}

static unsigned take_plain(struct pcap_reader *reader, struct frame *frames, unsigned room) {
    if (!reader->plain || reader->source.input->at == NULL)
        return 0;
    return reader->swapped ? walk(reader, frames, room, true) : walk(reader, frames, room, false);
}

/* One record of any form, which may not lie in the window yet. false: *end says how the capture ended. */
static bool take_any(struct pcap_reader *reader, struct frame *frame, enum capture_status *end) {
    struct input *input = reader->source.input;
    uint32_t captured, wire_length;

    if (!input_need(input, reader->record_header)) {
        *end = source_end(&reader->source, input_held(input) > 0);
        return false;
    }
    captured = field32(input->at + 8, reader->swapped);
    wire_length = field32(input->at + 12, reader->swapped);
    if (reader->lengths == WIRE_FIRST || (reader->lengths == SHORTER_IS_CAPTURED && captured > wire_length)) {
        uint32_t first = captured;
        captured = wire_length;
        wire_length = first;
    }
    /* As a record a header of pcap would have no octets, for the time zone in it is 0, and one of pcapng too many. */
    if ((captured == 0 || captured > reader->longest) && source_note_joined(&reader->source)) {
        *end = CAPTURE_ERROR;
        return false;
    }
    if (captured > reader->longest) {
        source_note(&reader->source, input_offset(input),
                    "damaged at offset %llu: frame %llu would have %u captured bytes, and at most %u are possible; "
                    "where the next frame begins cannot be known",
                    (unsigned long long)input_offset(input), (unsigned long long)reader->source.number, captured,
                    reader->longest);
        *end = CAPTURE_ERROR;
        return false;
    }
    if (!input_need(input, reader->record_header + captured)) {
        *end = source_end(&reader->source, true);
        return false;
    }
    /* What lies beyond the snaplen should not be there; libpcap drops it too. */
    fill(frame, input->at, reader->swapped, reader->unit, reader->interface.link_type);
    frame->bytes = input->at + reader->record_header;
    frame->captured = captured < reader->kept ? captured : reader->kept;
    frame->wire_length = wire_length;
    frame->number = reader->source.number++;
    input->at += reader->record_header + captured;
    return true;
}

static unsigned pcap_next_frames(struct source *source, struct frame *frames, unsigned room, enum capture_status *end) {
    struct pcap_reader *reader = (struct pcap_reader *)source;
    unsigned count = take_plain(reader, frames, room);

    if (count == 0 && take_any(reader, frames, end))
        count = 1 + (room > 1 ? take_plain(reader, frames + 1, room - 1) : 0);
    if (reader->dependent)
        for (unsigned i = 0; i < count; i++)
            pseudo_header_swap(frames[i].link_type, input_octets(source->input, frames[i].bytes), frames[i].captured);
    return count;
}

static void pcap_free(struct source *source) {
    free(source);
}

/* Version 2.4 is the one of all programs of this century; 543.0 wrote a tcpdump of DG/UX. */
static bool read_version(struct pcap_reader *reader, unsigned major, unsigned minor, struct message *error) {
    if (major == 2 && minor <= 4)
        reader->lengths = minor < 3 ? WIRE_FIRST : minor == 3 ? SHORTER_IS_CAPTURED : CAPTURED_FIRST;
    else if (major == 543 && minor == 0)
        reader->lengths = WIRE_FIRST;
    else {
        message_set(error, "is a pcap file of version %u.%u, at offset 4: versions up to 2.4 from 2.0 on can be read",
                    major, minor);
        return false;
    }
    return true;
}

static void read_limits(struct pcap_reader *reader, uint32_t snaplen) {
    reader->interface.snaplen = snaplen == 0 || snaplen > INT32_MAX ? LONGEST_FRAME : snaplen;
    snaplen = reader->interface.snaplen;
    reader->longest = snaplen < LONGEST_FRAME ? LONGEST_FRAME : snaplen > LONGEST ? LONGEST : snaplen;
    reader->kept = snaplen < reader->longest ? snaplen : reader->longest;
}

struct source *pcap_open_source(struct input *input, struct message *error) {
    static const struct source_methods methods = {.next = pcap_next_frames, .free = pcap_free};
    struct pcap_reader *reader;
    const struct magic *magic;

    if (!input_need(input, FILE_HEADER)) {
        source_header_missing(input, FILE_HEADER, error);
        return NULL;
    }
    reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        message_set(error, "cannot be opened: out of memory");
        return NULL;
    }
    magic = magic_of(input->at, &reader->swapped);
    if (!read_version(reader, field16(input->at + 4, reader->swapped), field16(input->at + 6, reader->swapped),
                      error)) {
        free(reader);
        return NULL;
    }
    reader->unit = magic->unit;
    reader->record_header = magic->record_header;
    reader->plain = reader->lengths == CAPTURED_FIRST && reader->record_header == RECORD_HEADER;
    read_limits(reader, field32(input->at + 16, reader->swapped));
    reader->interface.link_type = link_type_of_file(field32(input->at + 20, reader->swapped));
    reader->interface.ticks = 1000000000 / (uint64_t)magic->unit;
    reader->dependent = reader->swapped && pseudo_header_depends(reader->interface.link_type);
    reader->source.methods = &methods;
    reader->source.format = "pcap";
    reader->source.input = input;
    reader->source.interfaces = &reader->interface;
    reader->source.interface_count = 1;
    input->at += FILE_HEADER;
    return &reader->source;
}
