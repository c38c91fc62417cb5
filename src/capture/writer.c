/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/writer.h"

#include "capture/pcapng.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_OPTION = 65532 /* octets: 16 bits, and padding that must fit too */ };

/* The interfaces of a capture: numbers that they have in the file, plus 1; 0: not in it yet. */
struct known {
    uint32_t *numbers; /* owned */
    size_t room;
};

struct writer {
    FILE *file; /* borrowed */
    uint64_t octets;
    struct known *known; /* owned, one for each capture */
    size_t room;
    uint32_t interfaces; /* in the file */
    uint8_t *block;      /* owned: the block that is put together */
    size_t length;
    size_t block_room;
    bool failed; /* memory was out while it was */
};

/* --- a block --- */

static void put(struct writer *writer, const void *octets, size_t count) {
    if (writer->length + count > writer->block_room) {
        size_t room = 2 * (writer->length + count) + 256;
        uint8_t *block = realloc(writer->block, room);

        if (block == NULL) {
            writer->failed = true;
            return;
        }
        writer->block = block;
        writer->block_room = room;
    }
    if (count != 0)
        memcpy(writer->block + writer->length, octets, count);
    writer->length += count;
}

static void put16(struct writer *writer, uint16_t value) {
    put(writer, &value, sizeof value);
}

static void put32(struct writer *writer, uint32_t value) {
    put(writer, &value, sizeof value);
}

static void put_padding(struct writer *writer, size_t count) {
    static const uint8_t zeros[4];

    put(writer, zeros, pcapng_padded((uint32_t)count) - count);
}

static void put_option(struct writer *writer, uint16_t code, const void *value, size_t length) {
    if (length > LONGEST_OPTION)
        length = LONGEST_OPTION;
    put16(writer, code);
    put16(writer, (uint16_t)length);
    put(writer, value, length);
    put_padding(writer, length);
}

static void begin_block(struct writer *writer, uint32_t type) {
    writer->length = 0;
    writer->failed = false;
    put32(writer, type);
    put32(writer, 0);
}

/* True when a flush of the file has failed since: what it held then is gone. Why, a new flush says in errno. */
static bool was_lost(struct writer *writer) {
    if (!ferror(writer->file))
        return false;
    errno = EIO;
    fflush(writer->file);
    return true;
}

static bool end_block(struct writer *writer) {
    uint32_t length = (uint32_t)writer->length + PCAPNG_TRAILER;

    put32(writer, length);
    if (writer->failed) {
        errno = ENOMEM;
        return false;
    }
    memcpy(writer->block + 4, &length, sizeof length);
    writer->octets += length;
    return fwrite(writer->block, 1, length, writer->file) == length && !was_lost(writer);
}

static bool write_section(struct writer *writer, const char *application) {
    static const uint64_t unknown_length = UINT64_MAX;

    begin_block(writer, PCAPNG_SECTION_HEADER);
    put32(writer, 0x1a2b3c4d);
    put16(writer, 1);
    put16(writer, 0);
    put(writer, &unknown_length, sizeof unknown_length);
    put_option(writer, PCAPNG_SHB_USERAPPL, application, strlen(application));
    put_option(writer, PCAPNG_END_OF_OPTIONS, NULL, 0);
    return end_block(writer);
}

/* --- interfaces --- */

/* if_tsresol of a clock: a power of 10 or of 2, as any that was read. */
static uint8_t resolution_of(uint64_t ticks) {
    uint64_t value = 1;

    for (uint8_t power = 0; power < 20; power++, value *= 10)
        if (value == ticks)
            return power;
    for (uint8_t power = 0; power < 64; power++)
        if (ticks == (uint64_t)1 << power)
            return 0x80 | power;
    return 9;
}

/* Files number a few link types otherwise than libpcap does. */
static uint16_t link_type_in_file(int link_type) {
    static const struct {
        int link_type;
        uint16_t number;
    } rows[] = {
        {DLT_ATM_RFC1483, 100}, {DLT_RAW, 101},    {DLT_SLIP_BSDOS, 102}, {DLT_PPP_BSDOS, 103},
        {DLT_ATM_CLIP, 106},    {DLT_PFSYNC, 246}, {DLT_PKTAP, 258},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].link_type == link_type)
            return rows[i].number;
    return (uint16_t)link_type;
}

static bool write_interface(struct writer *writer, const struct capture_interface *interface) {
    uint8_t resolution = resolution_of(interface->ticks);

    begin_block(writer, PCAPNG_INTERFACE);
    put16(writer, link_type_in_file(interface->link_type));
    put16(writer, 0);
    put32(writer, interface->snaplen);
    if (interface->name != NULL)
        put_option(writer, PCAPNG_IF_NAME, interface->name, strlen(interface->name));
    put_option(writer, PCAPNG_IF_TSRESOL, &resolution, 1);
    if (interface->clock_offset != 0)
        put_option(writer, PCAPNG_IF_TSOFFSET, &interface->clock_offset, sizeof interface->clock_offset);
    put_option(writer, PCAPNG_END_OF_OPTIONS, NULL, 0);
    return end_block(writer);
}

/* An array of `room` items, all zero behind the first ones, that has a place for an item. False: memory is out. */
static bool make_place(void **items, size_t *room, size_t size, size_t index) {
    if (index < *room)
        return true;
    size_t larger = 2 * index + 8;
    char *moved = realloc(*items, larger * size);
    if (moved == NULL) {
        errno = ENOMEM;
        return false;
    }
    memset(moved + *room * size, 0, (larger - *room) * size);
    *items = moved;
    *room = larger;
    return true;
}

/* Where the number of a frame's interface is kept; NULL: memory is out. */
static uint32_t *number_of(struct writer *writer, const struct frame *frame) {
    void *items = writer->known;
    struct known *known;
    bool good = make_place(&items, &writer->room, sizeof *known, frame->capture);

    writer->known = items;
    if (!good)
        return NULL;
    known = &writer->known[frame->capture];
    items = known->numbers;
    good = make_place(&items, &known->room, sizeof *known->numbers, frame->interface);
    known->numbers = items;
    return good ? &known->numbers[frame->interface] : NULL;
}

/* The number of a frame's interface in the file, where it is written when it is met first. */
static bool find_interface(struct writer *writer, const struct frame *frame, const struct capture_info *info,
                           uint32_t *number) {
    uint32_t *known = number_of(writer, frame);

    if (known == NULL || (*known == 0 && !write_interface(writer, &info->interfaces[frame->interface])))
        return false;
    if (*known == 0)
        *known = ++writer->interfaces;
    *number = *known - 1;
    return true;
}

/* --- frames --- */

static uint64_t ticks_of(const struct frame *frame, const struct capture_interface *interface) {
    __int128 time = (__int128)frame->time - (__int128)interface->clock_offset * 1000000000;

    if (frame->ticks != 0)
        return frame->ticks;
    return (uint64_t)(time * (__int128)interface->ticks / 1000000000);
}

/* What the file said of the frame, but for options whose meaning is not known. */
static void put_options(struct writer *writer, const struct frame *frame) {
    struct pcapng_options options = {frame->options, frame->option_octets, frame->options_swapped};
    struct pcapng_option option;

    while (pcapng_option_next(&options, &option)) {
        if (option.code == PCAPNG_COMMENT)
            put_option(writer, PCAPNG_COMMENT, option.value, option.length);
        if (option.code == PCAPNG_EPB_FLAGS && option.length == 4) {
            uint32_t flags;

            memcpy(&flags, option.value, sizeof flags);
            if (frame->options_swapped)
                flags = __builtin_bswap32(flags);
            put_option(writer, PCAPNG_EPB_FLAGS, &flags, sizeof flags);
        }
    }
}

bool writer_frame(struct writer *writer, const struct frame *frame, const struct capture_info *info,
                  const char *const *comments, size_t comment_count) {
    uint32_t captured = frame->bytes == NULL ? 0 : frame->captured, interface;
    uint64_t ticks;

    if (!find_interface(writer, frame, info, &interface))
        return false;
    ticks = ticks_of(frame, &info->interfaces[frame->interface]);
    begin_block(writer, PCAPNG_ENHANCED_PACKET);
    put32(writer, interface);
    put32(writer, (uint32_t)(ticks >> 32));
    put32(writer, (uint32_t)ticks);
    put32(writer, captured);
    put32(writer, frame->wire_length);
    put(writer, frame->bytes, captured);
    put_padding(writer, captured);
    size_t before = writer->length;
    put_options(writer, frame);
    for (size_t i = 0; i < comment_count; i++)
        put_option(writer, PCAPNG_COMMENT, comments[i], strlen(comments[i]));
    if (writer->length != before)
        put_option(writer, PCAPNG_END_OF_OPTIONS, NULL, 0);
    return end_block(writer);
}

bool writer_begin_anew(struct writer *writer, const char *application) {
    for (size_t i = 0; i < writer->room; i++)
        if (writer->known[i].room != 0)
            memset(writer->known[i].numbers, 0, writer->known[i].room * sizeof *writer->known[i].numbers);
    writer->interfaces = 0;
    return write_section(writer, application);
}

uint64_t writer_octets(const struct writer *writer) {
    return writer->octets;
}

struct writer *writer_new(FILE *file, const char *application) {
    struct writer *writer = calloc(1, sizeof *writer);

    if (writer == NULL)
        return NULL;
    writer->file = file;
    /* A write error stays in the file, and is met again with the first frame or when it is closed. */
    write_section(writer, application);
    if (writer->failed) {
        writer_free(writer);
        return NULL;
    }
    return writer;
}

void writer_free(struct writer *writer) {
    if (writer == NULL)
        return;
    for (size_t i = 0; i < writer->room; i++)
        free(writer->known[i].numbers);
    free(writer->known);
    free(writer->block);
    free(writer);
}
