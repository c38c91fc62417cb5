/* SPDX-License-Identifier: BSD-3-Clause */
/* The pcapng format: sections of either byte order, each with interfaces of its own link types and clocks. */
#include "capture/source.h"

#include "capture/pcapng.h"

#include <stdlib.h>

enum {
    BYTE_ORDER_MARK = 0x1a2b3c4d,  /* in the header of a section, behind its type and length */
    LARGEST_BLOCK = INPUT_LONGEST, /* octets that are looked into; a longer one is stepped over */
    MOST_INTERFACES = 65536,       /* of all sections: more is an attack on the memory */
    LONGEST_NAME = 255             /* octets kept of an interface's name */
};

/* How the times of one interface become nanoseconds since 1970. */
struct clock {
    uint64_t ticks;  /* a second */
    uint64_t factor; /* ns per tick where that is whole; else 0 */
    uint64_t plain;  /* fewer ticks than that are a time that takes no more than to multiply by factor */
    int64_t offset;  /* s */
};

struct pcapng_reader {
    struct source source;
    struct capture_interface *interfaces; /* owned, with their names */
    struct clock *clocks;                 /* owned, one for each interface */
    size_t count;
    size_t room;
    size_t first; /* interface of this section */
    bool swapped;
    bool dependent; /* the frames of some interface depend on the byte order */
    int64_t latest; /* time of the frame before: simple packets have none */
};

bool pcapng_fits(const uint8_t *head, size_t length) {
    /* The same in both byte orders. */
    return length >= 4 && memcmp(head, "\x0a\x0d\x0d\x0a", 4) == 0;
}

bool pcapng_is_header(const uint8_t *head) {
    return pcapng_fits(head, 4) &&
           (field32(head + 8, false) == BYTE_ORDER_MARK || field32(head + 8, true) == BYTE_ORDER_MARK);
}

/* --- options --- */

bool pcapng_option_next(struct pcapng_options *options, struct pcapng_option *option) {
    uint32_t padded;

    if (options->octets < PCAPNG_OPTION_HEADER)
        return false;
    option->code = field16(options->at, options->swapped);
    option->length = field16(options->at + 2, options->swapped);
    option->value = options->at + PCAPNG_OPTION_HEADER;
    padded = PCAPNG_OPTION_HEADER + pcapng_padded(option->length);
    if (option->code == PCAPNG_END_OF_OPTIONS || (uint32_t)PCAPNG_OPTION_HEADER + option->length > options->octets)
        return false;
    if (padded > options->octets)
        padded = options->octets;
    options->at += padded;
    options->octets -= padded;
    return true;
}

static uint64_t field64(const uint8_t *octets, bool swapped) {
    uint64_t value;

    memcpy(&value, octets, sizeof value);
    return swapped ? __builtin_bswap64(value) : value;
}

/* --- interfaces --- */

static bool make_room(struct pcapng_reader *reader) {
    size_t room = reader->room == 0 ? 4 : 2 * reader->room;
    struct capture_interface *interfaces;
    struct clock *clocks;

    if (reader->count < reader->room)
        return true;
    interfaces = realloc(reader->interfaces, room * sizeof *interfaces);
    if (interfaces == NULL)
        return false;
    reader->interfaces = interfaces;
    reader->source.interfaces = interfaces;
    clocks = realloc(reader->clocks, room * sizeof *clocks);
    if (clocks == NULL)
        return false;
    reader->clocks = clocks;
    reader->room = room;
    return true;
}

/* if_tsresol: a power of 10, or of 2 where the highest bit is set. false: finer than 64 bits can tell. */
static bool read_resolution(uint8_t value, struct clock *clock) {
    enum { POWER_OF_2 = 0x80, FINEST_10 = 19, FINEST_2 = 63 };
    unsigned power = value & ~POWER_OF_2;

    if (power > (value & POWER_OF_2 ? FINEST_2 : FINEST_10))
        return false;
    clock->ticks = 1;
    for (unsigned i = 0; i < power; i++)
        clock->ticks *= value & POWER_OF_2 ? 2 : 10;
    return true;
}

/* The options of an interface; NULL or a reason why its times cannot be read. */
static const char *read_interface_options(struct pcapng_reader *reader, struct pcapng_options options,
                                          struct capture_interface *interface, struct clock *clock) {
    struct pcapng_option option;

    while (pcapng_option_next(&options, &option)) {
        if (option.code == PCAPNG_IF_NAME && interface->name == NULL) {
            interface->name =
                strndup((const char *)option.value, option.length < LONGEST_NAME ? option.length : LONGEST_NAME);
            if (interface->name == NULL)
                return "memory is out";
        }
        if (option.code == PCAPNG_IF_TSRESOL && option.length >= 1 && !read_resolution(option.value[0], clock))
            return "its clock is finer than any; its times are taken for microseconds";
        if (option.code == PCAPNG_IF_TSOFFSET && option.length >= 8)
            clock->offset = (int64_t)field64(option.value, reader->swapped);
    }
    return NULL;
}

static struct pcapng_options options_behind(const struct pcapng_reader *reader, const uint8_t *block, uint32_t fixed,
                                            uint32_t length) {
    uint32_t used = fixed + PCAPNG_TRAILER;

    return (struct pcapng_options){block + fixed, length > used ? length - used : 0, reader->swapped};
}

/* NULL, or why the frames of this interface cannot be read. */
static const char *add_interface(struct pcapng_reader *reader, const uint8_t *block, uint32_t length) {
    enum { FIXED = 16 };
    struct capture_interface interface = {0};
    struct clock clock = {.ticks = 1000000};
    const char *reason;

    if (length < FIXED + PCAPNG_TRAILER)
        return "it is too short";
    if (reader->count == MOST_INTERFACES)
        return "there are more than 65536 interfaces";
    if (!make_room(reader))
        return "memory is out";
    reason = read_interface_options(reader, options_behind(reader, block, FIXED, length), &interface, &clock);
    interface.link_type = link_type_of_file(field16(block + 8, reader->swapped));
    interface.snaplen = field32(block + 12, reader->swapped);
    interface.ticks = clock.ticks;
    interface.clock_offset = clock.offset;
    clock.factor = clock.ticks <= 1000000000 && 1000000000 % clock.ticks == 0 ? 1000000000 / clock.ticks : 0;
    clock.plain = clock.factor != 0 && clock.offset == 0 ? (uint64_t)latest_time / clock.factor : 0;
    reader->dependent = reader->dependent || (reader->swapped && pseudo_header_depends(interface.link_type));
    /* Also one whose clock cannot be read keeps its number, for the sake of those behind it. */
    reader->clocks[reader->count] = clock;
    reader->interfaces[reader->count++] = interface;
    reader->source.interface_count = reader->count;
    return reason;
}

/* --- frames that are not there --- */

/* Frames of one interface; so the sum of all has its place in 63 bits, whatever stands in the file. */
static uint64_t bounded_count(uint64_t dropped) {
    const uint64_t most = UINT64_C(1) << 40;

    return dropped < most ? dropped : most;
}

static void note_dropped(struct pcapng_reader *reader, size_t interface, uint64_t dropped) {
    struct capture_interface *of = &reader->interfaces[interface];

    dropped = bounded_count(dropped);
    reader->source.dropped += dropped - of->dropped;
    reader->source.drops_known = of->drops_known = true;
    of->dropped = dropped;
}

/* The counters are those since the beginning of the capture, with all that its packets have told of. */
static void read_statistics(struct pcapng_reader *reader, const uint8_t *block, uint32_t length) {
    enum { FIXED = 20 };
    struct pcapng_options options = options_behind(reader, block, FIXED, length);
    struct pcapng_option option;
    uint64_t dropped = 0;
    bool known = false;

    if (length < FIXED + PCAPNG_TRAILER || field32(block + 8, reader->swapped) >= reader->count - reader->first)
        return;
    while (pcapng_option_next(&options, &option))
        if ((option.code == PCAPNG_ISB_IFDROP || option.code == PCAPNG_ISB_OSDROP) && option.length >= 8) {
            dropped += bounded_count(field64(option.value, reader->swapped));
            known = true;
        }
    size_t interface = reader->first + field32(block + 8, reader->swapped);
    if (known)
        note_dropped(reader, interface,
                     dropped > reader->interfaces[interface].dropped ? dropped : reader->interfaces[interface].dropped);
}

/* What was dropped between this packet and the one before it of its interface. */
static void count_dropped_before(struct pcapng_reader *reader, const uint8_t *block, uint32_t type,
                                 const struct frame *frame) {
    enum { UNKNOWN = 0xffff };
    struct pcapng_options options = {frame->options, frame->option_octets, reader->swapped};
    struct pcapng_option option;
    const uint64_t so_far = reader->interfaces[frame->interface].dropped;

    if (type == PCAPNG_PACKET) {
        if (field16(block + 10, reader->swapped) != UNKNOWN)
            note_dropped(reader, frame->interface, so_far + field16(block + 10, reader->swapped));
        return;
    }
    while (pcapng_option_next(&options, &option))
        if (option.code == PCAPNG_EPB_DROPCOUNT && option.length >= 8)
            note_dropped(reader, frame->interface, so_far + bounded_count(field64(option.value, reader->swapped)));
}

/* --- frames --- */

static int64_t clamp(__int128 time) {
    return time > INT64_MAX ? INT64_MAX : time < INT64_MIN ? INT64_MIN : (int64_t)time;
}

static int64_t nanoseconds(const struct clock *clock, uint64_t ticks) {
    int64_t time;

    if (clock->factor != 0 && clock->offset == 0 && !__builtin_mul_overflow(ticks, clock->factor, &time))
        return time;
    return clamp((__int128)(ticks / clock->ticks) * 1000000000 +
                 (__int128)(ticks % clock->ticks) * 1000000000 / (__int128)clock->ticks +
                 (__int128)clock->offset * 1000000000);
}

/* Times that cannot be held, mostly of a wrong clock, are not made others in silence. */
static int64_t time_of_packet(struct pcapng_reader *reader, const struct clock *clock, uint64_t ticks) {
    const int64_t time = nanoseconds(clock, ticks), bounded = bounded_time(time);
    const unsigned long long offset = input_offset(reader->source.input), number = reader->source.number;

    if (bounded != time)
        source_note(
            &reader->source, offset,
            "the time of frame %llu, at offset %llu, is %s; such times are taken for the nearest that can be told",
            number, offset, time > 0 ? "later than 2116" : "earlier than 1824");
    return bounded;
}

struct packet {
    uint32_t interface; /* within the section */
    uint32_t fixed;     /* octets before the frame */
    uint32_t captured;
    uint32_t wire_length;
};

/* The three kinds of packet blocks, of at least FIXED octets with the trailer. */
static struct packet read_packet(const struct pcapng_reader *reader, const uint8_t *block, uint32_t type,
                                 uint32_t length) {
    const bool swapped = reader->swapped;

    if (type == PCAPNG_SIMPLE_PACKET) {
        uint32_t wire_length = field32(block + 8, swapped);
        uint32_t room = length - PCAPNG_SIMPLE_FIXED - PCAPNG_TRAILER;
        uint32_t snaplen = reader->count > reader->first ? reader->interfaces[reader->first].snaplen : 0;
        uint32_t captured = wire_length < room ? wire_length : room;

        return (struct packet){0, PCAPNG_SIMPLE_FIXED, snaplen != 0 && snaplen < captured ? snaplen : captured,
                               wire_length};
    }
    return (struct packet){type == PCAPNG_PACKET ? field16(block + 8, swapped) : field32(block + 8, swapped),
                           PCAPNG_PACKET_FIXED, field32(block + 20, swapped), field32(block + 24, swapped)};
}

static bool is_packet(uint32_t type) {
    return type == PCAPNG_ENHANCED_PACKET || type == PCAPNG_SIMPLE_PACKET || type == PCAPNG_PACKET;
}

/* NULL and the frame, or what is wrong with the packet block, all of which lies there. */
static inline const char *take_packet(struct pcapng_reader *reader, const uint8_t *block, uint32_t type,
                                      uint32_t length, struct frame *frame) {
    const uint32_t fixed = type == PCAPNG_SIMPLE_PACKET ? PCAPNG_SIMPLE_FIXED : PCAPNG_PACKET_FIXED;
    struct packet packet;
    uint32_t interface, used;
    uint64_t ticks = 0;

    if (length < fixed + PCAPNG_TRAILER)
        return "its block is too short";
    packet = read_packet(reader, block, type, length);
    if (packet.interface >= reader->count - reader->first)
        return "its interface is not described";
    if (packet.captured > length - fixed - PCAPNG_TRAILER)
        return "it does not fit into its block";
    interface = (uint32_t)reader->first + packet.interface;
    if (type != PCAPNG_SIMPLE_PACKET) {
        ticks = (uint64_t)field32(block + 12, reader->swapped) << 32 | field32(block + 16, reader->swapped);
        reader->latest = time_of_packet(reader, &reader->clocks[interface], ticks);
    }
    used = fixed + pcapng_padded(packet.captured) + PCAPNG_TRAILER;
    *frame = (struct frame){
        .number = reader->source.number++,
        .time = reader->latest,
        .bytes = block + fixed,
        .captured = packet.captured,
        .wire_length = packet.wire_length,
        .link_type = reader->interfaces[interface].link_type,
        .interface = interface,
        .options_swapped = reader->swapped,
        .option_octets = type != PCAPNG_SIMPLE_PACKET && length > used ? length - used : 0,
        .options = block + used - PCAPNG_TRAILER,
        .ticks = ticks,
    };
    return NULL;
}

/* What nearly all packets are: enhanced ones without options, in this machine's byte order, with plain times. held: so
 * many octets are there. False: it is for take_packet, or no packet at all. */
static inline bool take_plain(struct pcapng_reader *reader, const uint8_t *block, size_t held, struct frame *frame) {
    enum { AROUND = PCAPNG_PACKET_FIXED + PCAPNG_TRAILER };
    uint32_t length, captured, interface;
    const struct clock *clock;
    uint64_t ticks;

    if (reader->swapped || held < AROUND || field32(block, false) != PCAPNG_ENHANCED_PACKET)
        return false;
    length = field32(block + 4, false);
    interface = field32(block + 8, false);
    captured = field32(block + 20, false);
    if (length > held || length > LARGEST_BLOCK || captured > length || length != AROUND + pcapng_padded(captured) ||
        field32(block + length - PCAPNG_TRAILER, false) != length || interface >= reader->count - reader->first)
        return false;
    interface += (uint32_t)reader->first;
    clock = &reader->clocks[interface];
    ticks = (uint64_t)field32(block + 12, false) << 32 | field32(block + 16, false);
    if (ticks >= clock->plain)
        return false;
    *frame = (struct frame){
        .number = reader->source.number++,
        .time = reader->latest = (int64_t)(ticks * clock->factor),
        .bytes = block + PCAPNG_PACKET_FIXED,
        .captured = captured,
        .wire_length = field32(block + 24, false),
        .link_type = reader->interfaces[interface].link_type,
        .interface = interface,
        .options = block + length - PCAPNG_TRAILER,
        .ticks = ticks,
    };
    reader->source.input->at += length;
    return true;
}

/* Takes the packets that are whole within the window, up to the first block of another kind, or that is damaged. */
static unsigned walk(struct pcapng_reader *reader, struct frame *frames, unsigned room) {
    struct input *input = reader->source.input;
    unsigned count = 0;

    while (count < room && input_held(input) >= PCAPNG_SMALLEST_BLOCK) {
        const uint8_t *block = input->at;
        uint32_t type, length, padded;

        if (take_plain(reader, block, input_held(input), &frames[count])) {
            count++;
            continue;
        }
        type = field32(block, reader->swapped);
        length = field32(block + 4, reader->swapped);
        padded = pcapng_padded(length);
        if (!is_packet(type) || length < PCAPNG_SMALLEST_BLOCK || length > LARGEST_BLOCK ||
            padded > input_held(input) || field32(block + padded - 4, reader->swapped) != length ||
            take_packet(reader, block, type, padded, &frames[count]) != NULL)
            break;
        if (frames[count].option_octets != 0 || type == PCAPNG_PACKET)
            count_dropped_before(reader, block, type, &frames[count]);
        count++;
        input->at += padded;
    }
    return count;
}

/* --- blocks of other kinds, one at a time --- */

enum step { STEP_ON, STEP_END };

static enum step damaged(struct pcapng_reader *reader, uint64_t offset, const char *what) {
    source_note(&reader->source, offset,
                "damaged at offset %llu, before frame %llu: %s; where the next block begins cannot be known",
                (unsigned long long)offset, (unsigned long long)reader->source.number, what);
    return STEP_END;
}

/* A new section may have the other byte order. The octets before its byte-order mark lie there. */
static bool begin_section(struct pcapng_reader *reader) {
    const uint8_t *head = reader->source.input->at;

    reader->swapped = field32(head + 8, true) == BYTE_ORDER_MARK;
    return pcapng_is_header(head);
}

static const char *read_section(struct pcapng_reader *reader, const uint8_t *block, uint32_t length) {
    enum { FIXED = 24 };

    if (length < FIXED + PCAPNG_TRAILER)
        return "the header of a section is too short";
    if (field16(block + 12, reader->swapped) != 1)
        return "the section is of a version of pcapng that is not known";
    reader->first = reader->count;
    return NULL;
}

/* Looks into a block that lies in the window. */
static enum step read_block(struct pcapng_reader *reader, uint32_t type, uint32_t length) {
    const uint8_t *block = reader->source.input->at;
    const unsigned long long offset = input_offset(reader->source.input);
    const char *reason = NULL;

    if (type == PCAPNG_SECTION_HEADER && (reason = read_section(reader, block, length)) != NULL)
        return damaged(reader, offset, reason);
    if (type == PCAPNG_INTERFACE && (reason = add_interface(reader, block, length)) != NULL)
        source_note(&reader->source, offset, "the interface described at offset %llu cannot be read: %s", offset,
                    reason);
    if (type == PCAPNG_STATISTICS)
        read_statistics(reader, block, length);
    return STEP_ON;
}

/* Whether walk can take the packet; else it is noted. */
static bool packet_is_right(struct pcapng_reader *reader, uint32_t type, uint32_t length) {
    const unsigned long long offset = input_offset(reader->source.input), number = reader->source.number;
    struct frame frame;
    const char *reason = take_packet(reader, reader->source.input->at, type, length, &frame);

    reader->source.number = number;
    if (reason != NULL)
        source_note(&reader->source, offset,
                    "the packet at offset %llu, after frame %llu, cannot be read: %s; it was left out", offset,
                    number - 1, reason);
    return reason == NULL;
}

/* Steps over a block that is too long to be looked into. */
static enum step skip_block(struct pcapng_reader *reader, uint32_t type, uint32_t length) {
    struct input *input = reader->source.input;
    const unsigned long long offset = input_offset(input);

    if (is_packet(type))
        source_note(&reader->source, offset,
                    "the packet at offset %llu, after frame %llu, is in a block of %u bytes, which is too long; it was "
                    "left out",
                    offset, (unsigned long long)reader->source.number - 1, length);
    if (!input_skip(input, pcapng_padded(length) - PCAPNG_TRAILER) || !input_need(input, PCAPNG_TRAILER)) {
        source_end(&reader->source, true);
        return STEP_END;
    }
    if (field32(input->at, reader->swapped) != length)
        return damaged(reader, offset, "the two lengths of the block differ");
    input->at += PCAPNG_TRAILER;
    return STEP_ON;
}

/* Sees to the block that walk has stopped at. A packet that is in order is only brought into the window. */
static enum step step(struct pcapng_reader *reader) {
    struct input *input = reader->source.input;
    const uint64_t offset = input_offset(input);
    uint32_t type, length, padded;

    if (!input_need(input, PCAPNG_SMALLEST_BLOCK)) {
        source_end(&reader->source, input_held(input) > 0);
        return STEP_END;
    }
    type = field32(input->at, reader->swapped);
    if (pcapng_fits(input->at, 4) && !begin_section(reader))
        return damaged(reader, offset, "the header of a section tells no byte order");
    /* As a block a header of pcap would be long, and of a type that nobody is known to use. */
    if (pcap_is_header(input->at)) {
        source_note_joined(&reader->source);
        return STEP_END;
    }
    length = field32(input->at + 4, reader->swapped);
    padded = pcapng_padded(length);
    if (length < PCAPNG_SMALLEST_BLOCK || padded < length)
        return damaged(reader, offset, "the length of the block is not possible");
    if (length > LARGEST_BLOCK)
        return skip_block(reader, type, length);
    if (!input_need(input, padded)) {
        source_end(&reader->source, true);
        return STEP_END;
    }
    if (field32(input->at + padded - PCAPNG_TRAILER, reader->swapped) != length)
        return damaged(reader, offset, "the two lengths of the block differ");
    if (is_packet(type) && packet_is_right(reader, type, padded))
        return STEP_ON;
    if (read_block(reader, type, padded) == STEP_END)
        return STEP_END;
    input->at += padded;
    return STEP_ON;
}

static unsigned pcapng_next(struct source *source, struct frame *frames, unsigned room, enum capture_status *end) {
    struct pcapng_reader *reader = (struct pcapng_reader *)source;
    unsigned count;

    while ((count = walk(reader, frames, room)) == 0)
        if (step(reader) == STEP_END) {
            *end = source->failed ? CAPTURE_ERROR : CAPTURE_END;
            return 0;
        }
    if (reader->dependent && reader->swapped)
        for (unsigned i = 0; i < count; i++)
            pseudo_header_swap(frames[i].link_type, input_octets(source->input, frames[i].bytes), frames[i].captured);
    return count;
}

static void pcapng_free(struct source *source) {
    struct pcapng_reader *reader = (struct pcapng_reader *)source;

    for (size_t i = 0; i < reader->count; i++)
        free((char *)(uintptr_t)reader->interfaces[i].name);
    free(reader->interfaces);
    free(reader->clocks);
    free(reader);
}

/* Why the first section cannot be read: no frame has a number yet. */
static void explain_opening(const struct pcapng_reader *reader, struct message *error) {
    const struct input *input = reader->source.input;

    if (reader->source.failure.truncated && !input->failed)
        message_set(error, "cut short: it ends at offset %llu, within the header of its first section",
                    (unsigned long long)input->read);
    else
        message_set(error, "%s", reader->source.failure.reason.text);
}

struct source *pcapng_open_source(struct input *input, struct message *error) {
    static const struct source_methods methods = {.next = pcapng_next, .free = pcapng_free};
    enum { HEADER = 28 };
    struct pcapng_reader *reader;

    if (!input_need(input, HEADER)) {
        source_header_missing(input, HEADER, error);
        return NULL;
    }
    reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        message_set(error, "cannot be opened: out of memory");
        return NULL;
    }
    reader->source.methods = &methods;
    reader->source.format = "pcapng";
    reader->source.input = input;
    reader->source.number = 1; /* where a message names one before it is known */
    /* The first section is read here, so that what is no pcapng after all is refused as a whole. */
    if (step(reader) == STEP_END) {
        explain_opening(reader, error);
        pcapng_free(&reader->source);
        return NULL;
    }
    return &reader->source;
}
