/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace.h"

#include "wire.h"

#include "decode/checksum.h"
#include "decode/oddities.h"
#include "decode/options.h"

#include <stdlib.h>
#include <string.h>

const struct layout plain_layout = {.start = INT64_C(1700000000000000000)};

enum { PATTERN = 256, LENGTH_MAX = 65536 };
static const int64_t copy_delay = 100000; /* ns */

const uint8_t *trace_payload(uint32_t relative_seq) {
    static uint8_t pattern[PATTERN + LENGTH_MAX];
    if (pattern[1] == 0)
        for (size_t i = 0; i < sizeof pattern; i++)
            pattern[i] = (uint8_t)i;
    return pattern + relative_seq % PATTERN;
}

uint8_t options_octets(const struct tcp_options *options) {
    unsigned octets = 0;
    octets += (options->present & OPTION_MSS) != 0 ? 4 : 0;
    octets += (options->present & OPTION_WINDOW_SCALE) != 0 ? 3 : 0;
    octets += (options->present & OPTION_SACK_PERMITTED) != 0 ? 2 : 0;
    octets += (options->present & OPTION_TIMESTAMPS) != 0 ? 10 : 0;
    octets += (options->present & OPTION_FAST_OPEN) != 0 ? 2u + options->fast_open_cookie_length : 0;
    octets += (options->present & OPTION_SACK) != 0 ? 2u + 8u * options->sack_count : 0;
    return (uint8_t)((octets + 3) / 4 * 4);
}

/* State while the lines become packets. */
struct builder {
    struct trace *trace;
    unsigned room;
    uint32_t isn[WHOS];
    uint32_t ip_id[WHOS];
    unsigned second_sent; /* packets of the second connection */
    uint32_t random;
};

static struct packet *next_packet(struct builder *builder, enum packet_kind kind, int64_t time) {
    struct trace *trace = builder->trace;
    if (trace->count == builder->room) {
        builder->room = builder->room * 2 + 32;
        struct packet *larger = realloc(trace->packets, builder->room * sizeof *larger);
        if (larger == NULL)
            return NULL;
        trace->packets = larger;
    }
    struct packet *packet = &trace->packets[trace->count++];
    memset(packet, 0, sizeof *packet);
    packet->kind = kind;
    packet->time = time;
    packet->line = NO_LINE;
    packet->data_offset = -1;
    if (kind == PACKET_SEGMENT || kind == PACKET_ICMP)
        packet->frame = ++trace->frames;
    packet->segment.frame = packet->frame;
    packet->segment.time = time;
    return packet;
}

static void address_segment(const struct builder *builder, struct segment *segment, enum who sender) {
    const struct trace *trace = builder->trace;
    segment->source = trace->address[sender];
    segment->destination = trace->address[1 - sender];
    segment->source_port = trace->port[sender];
    segment->destination_port = trace->port[1 - sender];
}

static void number_segment(struct builder *builder, struct segment *segment, const struct line *line) {
    uint32_t own = builder->isn[line->sender];
    uint32_t peer = builder->isn[1 - line->sender];
    segment->seq = own + line->seq;
    segment->ack = (line->flags & TCP_ACK) != 0 ? peer + line->ack : 0;
    segment->options = line->options;
    for (unsigned i = 0; i < line->options.sack_count; i++) {
        segment->options.sack[i].begin = peer + line->sack[i][0];
        segment->options.sack[i].end = peer + line->sack[i][1];
    }
    segment->header_octets = (uint8_t)(20 + options_octets(&segment->options));
}

/* An IPv6 header has no identification; what stands in for it is the flow label, the same for all of one sender. */
static uint32_t identification(struct builder *builder, const struct line *line) {
    if (builder->trace->address[0].version == 6)
        return 0x12340u + (uint32_t)line->sender;
    if (line->ip_id >= 0)
        return (uint32_t)line->ip_id;
    return line->copy ? builder->ip_id[line->sender] : ++builder->ip_id[line->sender];
}

/* Relative number of the first octet of payload: a SYN has one to itself. */
static uint32_t first_octet(const struct line *line) {
    return line->seq + ((line->flags & TCP_SYN) != 0);
}

/* A payload that is the usual one only up to an octet. */
static const uint8_t *other_payload(struct trace *trace, const struct line *line) {
    unsigned at = 0;
    while (at < OTHER_PAYLOADS && trace->other_payloads[at] != NULL)
        at++;
    uint8_t *octets = at < OTHER_PAYLOADS ? calloc(line->length + 2, 1) : NULL; /* a change may ask for one more */
    if (octets == NULL)
        return NULL;
    memcpy(octets, trace_payload(first_octet(line)), line->length);
    for (uint32_t i = (uint32_t)line->other; i < line->length; i++)
        octets[i] ^= 0xff;
    trace->other_payloads[at] = octets;
    return octets;
}

static void shorten(struct segment *segment, uint32_t captured) {
    if (captured < segment->length) {
        segment->payload_captured = captured;
        segment->checksum = CHECKSUM_UNVERIFIED;
    }
}

static void use_raw_options(struct packet *packet, const struct line *line) {
    packet->raw_options = line->raw_options;
    packet->segment.header_octets = (uint8_t)(20 + line->raw_option_count);
    options_read(&packet->segment.options, line->raw_options, line->raw_option_count, line->raw_option_count);
}

/* As the decoder finds it: only Ethernet tells. */
static uint64_t link_source(const struct trace *trace, const struct line *line) {
    uint64_t address = line->mac > 255 ? line->mac : UINT64_C(0x020000000000) | line->mac;
    return trace->layout.link == LINK_ETHERNET ? address : 0;
}

static struct packet *add_segment(struct builder *builder, const struct line *line, int64_t time) {
    struct packet *packet = next_packet(builder, PACKET_SEGMENT, time);
    if (packet == NULL)
        return NULL;
    struct segment *segment = &packet->segment;
    address_segment(builder, segment, line->sender);
    if (line->from != 0)
        *(line->sender == WHO_A ? &segment->source_port : &segment->destination_port) = line->from;
    if (line->to != 0)
        *(line->sender == WHO_A ? &segment->destination_port : &segment->source_port) = line->to;
    number_segment(builder, segment, line);
    segment->flags = line->flags;
    segment->window = line->window;
    segment->checksum = line->bad_checksum ? CHECKSUM_BAD : line->offloaded ? CHECKSUM_OFFLOADED : CHECKSUM_GOOD;
    segment->hop_limit = (uint8_t)(line->hop_limit >= 0 ? line->hop_limit : line->copy ? 63 : 64);
    segment->length = line->length;
    segment->ip_id = identification(builder, line);
    segment->payload = trace_payload(first_octet(line));
    if (line->other >= 0 && (segment->payload = other_payload(builder->trace, line)) == NULL)
        return NULL;
    segment->payload_captured = line->length;
    segment->urgent = line->urgent;
    segment->ack |= line->ack_field;
    packet->script_frame = line->frame;
    packet->data_offset = line->data_offset;
    if (line->raw_option_count > 0)
        use_raw_options(packet, line);
    wire_checksum(packet);
    if (line->cut >= 0)
        shorten(segment, (uint32_t)line->cut);
    segment->payload_sum = checksum_add(0, segment->payload, segment->payload_captured);
    segment->link_source = link_source(builder->trace, line);
    segment->odd = segment_oddities(segment);
    return packet;
}

static bool add_icmp(struct builder *builder, const struct line *line, int64_t time) {
    struct packet *packet = next_packet(builder, PACKET_ICMP, time);
    if (packet == NULL)
        return false;
    const struct trace *trace = builder->trace;
    for (unsigned i = 0; i < trace->count; i++)
        if (trace->packets[i].script_frame == line->quoted && trace->packets[i].kind == PACKET_SEGMENT)
            packet->segment = trace->packets[i].segment;
    packet->icmp_type = line->icmp_type;
    packet->icmp_code = line->icmp_code;
    if (trace->address[0].version == 6) { /* RFC 4443 3.3: the hop limit; 3.1: the port, or no route */
        bool expired = line->icmp_type == 11;
        packet->icmp_type = expired ? 3 : 1;
        packet->icmp_code = !expired && line->icmp_code == 3 ? 4 : 0;
    }
    packet->script_frame = line->frame;
    return true;
}

static bool add_copy(struct builder *builder, const struct packet *original) {
    struct packet model = *original;
    struct packet *copy = next_packet(builder, PACKET_SEGMENT, model.time + copy_delay);
    if (copy == NULL)
        return false;
    uint64_t frame = copy->frame;
    int64_t time = copy->time;
    *copy = model;
    copy->line = NO_LINE;
    copy->frame = copy->segment.frame = frame;
    copy->time = copy->segment.time = time;
    copy->segment.hop_limit--;
    return true;
}

/* Nothing is added behind the end of the capture. */
static bool add_change(struct builder *builder, const struct packet *original) {
    const struct trace *trace = builder->trace;
    const struct line *last = &trace->script->lines[trace->script->line_count - 1];
    struct packet model = *original;
    int64_t time = model.time + (trace->layout.change == CHANGE_AGAIN ? 300000000 : 1000000);
    if (time >= trace->layout.start + last->time)
        return true;
    struct packet *added = next_packet(builder, PACKET_SEGMENT, time);
    if (added == NULL)
        return false;
    uint64_t frame = added->frame;
    *added = model;
    added->line = NO_LINE;
    added->frame = added->segment.frame = frame;
    added->time = added->segment.time = time;
    added->segment.ip_id += 1000;
    change_added(added, trace->layout.change);
    wire_checksum(added);
    return true;
}

/* The frame of line `index` comes behind the next one of the capture, if there is one. */
static void delay(struct trace *trace, unsigned index) {
    for (unsigned i = index + 1; i < trace->script->line_count; i++) {
        const struct line *line = &trace->script->lines[i];
        if (line->kind == LINE_SEGMENT || line->kind == LINE_ICMP) {
            struct packet *packet = &trace->packets[trace->count - 1];
            packet->time = packet->segment.time = trace->layout.start + line->time + 1000;
            return;
        }
    }
}

/* The second connection: an open, then data from its client and an acknowledgment in turn. */
static bool add_second(struct builder *builder, int64_t time) {
    struct packet *packet = next_packet(builder, PACKET_SEGMENT, time);
    if (packet == NULL)
        return false;
    unsigned number = builder->second_sent++;
    enum who sender = number % 2 == 0 ? WHO_A : WHO_B;
    uint32_t isn[WHOS] = {builder->random, builder->random * 69069u + 1u};
    uint32_t sent = number < 3 ? 0 : (number - 2) / 2; /* octets of the client, before this one */
    struct segment *segment = &packet->segment;
    address_segment(builder, segment, sender);
    *(sender == WHO_A ? &segment->source_port : &segment->destination_port) = 50001;
    static const uint16_t opening[] = {TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK};
    segment->flags = number < 3 ? opening[number] : TCP_ACK | TCP_PSH;
    segment->length = number >= 3 && sender == WHO_A ? 1 : 0;
    if (number >= 3 && sender == WHO_B)
        segment->flags = TCP_ACK;
    uint32_t client_next = isn[WHO_A] + (number == 0 ? 0 : 1 + sent);
    uint32_t server_next = isn[WHO_B] + (number == 1 ? 0 : 1);
    segment->seq = sender == WHO_A ? client_next - segment->length : server_next;
    segment->ack = number == 0 ? 0 : sender == WHO_A ? server_next : client_next;
    segment->window = 1000;
    segment->checksum = CHECKSUM_GOOD;
    segment->hop_limit = 64;
    segment->header_octets = 20;
    segment->ip_id = 30000u + number;
    segment->payload = trace_payload(segment->seq - isn[WHO_A]);
    segment->payload_captured = segment->length;
    wire_checksum(packet);
    return true;
}

static bool add_line(struct builder *builder, unsigned index) {
    struct trace *trace = builder->trace;
    const struct line *line = &trace->script->lines[index];
    int64_t time = trace->layout.start + line->time;
    unsigned before = trace->count;
    bool good;
    if (line->kind == LINE_SEGMENT)
        good = add_segment(builder, line, time) != NULL;
    else if (line->kind == LINE_ICMP)
        good = add_icmp(builder, line, time);
    else
        good = next_packet(builder, line->kind == LINE_END ? PACKET_END : PACKET_CHECK, time) != NULL;
    if (good)
        trace->packets[before].line = index;
    return good;
}

static int by_time(const void *first, const void *second) {
    const struct packet *a = first;
    const struct packet *b = second;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->frame < b->frame ? -1 : a->frame > b->frame;
}

/* Copies may fall behind the packet after their original: sort, then number the frames anew. */
static void put_in_order(struct trace *trace) {
    uint64_t frame = 0;
    qsort(trace->packets, trace->count, sizeof *trace->packets, by_time);
    for (unsigned i = 0; i < trace->count; i++) {
        struct packet *packet = &trace->packets[i];
        if (packet->kind == PACKET_SEGMENT || packet->kind == PACKET_ICMP)
            packet->frame = packet->segment.frame = ++frame;
    }
}

static bool build(struct builder *builder) {
    struct trace *trace = builder->trace;
    const struct layout *layout = &trace->layout;
    for (unsigned i = 0; i < trace->script->line_count; i++) {
        if (layout->left_out != 0 && trace->script->lines[i].frame == layout->left_out)
            continue;
        if (!add_line(builder, i))
            return false;
        const struct packet *packet = &trace->packets[trace->count - 1];
        int64_t time = packet->time;
        bool counted = packet->kind == PACKET_SEGMENT;
        if (layout->double_frames && counted && !add_copy(builder, packet))
            return false;
        bool changed = counted && layout->changed != 0 && trace->script->lines[i].frame == layout->changed;
        if (changed && layout->change == CHANGE_LATE)
            delay(trace, i);
        else if (changed && layout->change >= CHANGE_SEQ_LOWER && layout->change < CHANGE_PAUSE)
            change_replaced(&trace->packets[trace->count - 1], layout->change);
        else if (layout->change >= CHANGE_PAUSE)
            ; /* when all are there */
        else if (changed && !add_change(builder, packet))
            return false;
        if (layout->second_interval != 0 && i % layout->second_interval == 0 && counted && !add_second(builder, time))
            return false;
    }
    if (layout->rich)
        change_to_rich(trace);
    if (layout->change >= CHANGE_PAUSE)
        change_times(trace);
    if (layout->double_frames || layout->changed != 0)
        put_in_order(trace);
    return true;
}

/* ::ffff-free documentation addresses that keep the order of the last octet (RFC 3849). */
static void use_ipv6(struct address *address) {
    static const uint8_t prefix[] = {0x20, 0x01, 0x0d, 0xb8};
    struct address mapped = {.version = 6};
    memcpy(mapped.octets, prefix, sizeof prefix);
    memcpy(mapped.octets + 12, address->octets, 4);
    *address = mapped;
}

static void place(struct trace *trace) {
    const struct script *script = trace->script;
    for (int who = 0; who < WHOS; who++) {
        int at = trace->layout.swap_addresses ? 1 - who : who;
        trace->address[who] = script->address[at];
        if (trace->layout.ipv6 && script->address[at].version == 4)
            use_ipv6(&trace->address[who]);
        trace->port[who] = trace->layout.equal_ports ? 179 : script->port[who];
    }
}

struct trace *trace_new(const struct script *script, const struct layout *layout) {
    struct trace *trace = calloc(1, sizeof *trace);
    if (trace == NULL)
        return NULL;
    trace->script = script;
    trace->layout = *layout;
    place(trace);
    struct builder builder = {.trace = trace, .ip_id = {100, 5000}, .random = layout->seed};
    for (int who = 0; who < WHOS; who++)
        builder.isn[who] = layout->move_isn ? layout->isn[who] : script->absolute ? 0 : script->isn[who];
    if (build(&builder))
        return trace;
    trace_free(trace);
    return NULL;
}

void trace_free(struct trace *trace) {
    for (unsigned i = 0; i < OTHER_PAYLOADS; i++)
        free(trace->other_payloads[i]);
    free(trace->packets);
    free(trace);
}

uint64_t trace_script_frame(const struct trace *trace, uint64_t frame) {
    for (unsigned i = 0; i < trace->count; i++)
        if (trace->packets[i].frame == frame)
            return trace->packets[i].script_frame;
    return 0;
}
