/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace.h"
#include "wire.h"

/* What the golden texts try on the frames of a scenario. */

static uint32_t octets_of(const struct segment *segment) {
    return segment->length + ((segment->flags & TCP_SYN) != 0) + ((segment->flags & TCP_FIN) != 0);
}

void change_added(struct packet *packet, enum change change) {
    struct segment *segment = &packet->segment;
    uint32_t end = segment->seq + octets_of(segment);
    struct segment old = *segment;
    if (change == CHANGE_AGAIN)
        return;
    segment->length = segment->payload_captured = 0;
    segment->options = (struct tcp_options){0};
    packet->raw_options = NULL;
    segment->header_octets = 20;
    segment->seq = end;
    switch (change) {
    case CHANGE_RESET:
        segment->flags = TCP_RST;
        segment->ack = 0;
        break;
    case CHANGE_RESET_ANSWER:
        segment->source = old.destination;
        segment->destination = old.source;
        segment->source_port = old.destination_port;
        segment->destination_port = old.source_port;
        segment->flags = TCP_RST | TCP_ACK;
        segment->seq = (old.flags & TCP_ACK) != 0 ? old.ack : 0;
        segment->ack = end;
        break;
    case CHANGE_FIN:
        segment->flags = (old.flags & TCP_ACK) | TCP_FIN;
        break;
    default:
        segment->flags = TCP_SYN;
        segment->seq = end + 1000000;
        segment->ack = 0;
        break;
    }
}

void change_replaced(struct packet *packet, enum change change) {
    struct segment *segment = &packet->segment;
    switch (change) {
    case CHANGE_SEQ_LOWER:
    case CHANGE_SEQ_HIGHER:
        segment->seq += change == CHANGE_SEQ_LOWER ? UINT32_MAX : 1;
        break;
    case CHANGE_ACK_LOWER:
    case CHANGE_ACK_HIGHER:
        segment->ack += (segment->flags & TCP_ACK) == 0 ? 0 : change == CHANGE_ACK_LOWER ? UINT32_MAX : 1;
        break;
    case CHANGE_LONGER:
    case CHANGE_SHORTER:
        segment->length += change == CHANGE_LONGER ? 1 : segment->length > 0 ? UINT32_MAX : 0;
        segment->payload_captured = segment->length;
        break;
    case CHANGE_WINDOW:
        segment->window = 0;
        break;
    default:
        segment->options = (struct tcp_options){0};
        packet->raw_options = NULL;
        segment->header_octets = 20;
        break;
    }
    wire_checksum(packet);
}

void change_times(struct trace *trace) {
    enum change change = trace->layout.change;
    uint64_t script_frame = trace->layout.changed;
    int64_t moved = change == CHANGE_PAUSE ? 1000000000 : 0;
    int64_t last = 0;
    bool reached = false;
    for (unsigned i = 0; i < trace->count; i++) {
        struct packet *packet = &trace->packets[i];
        if (reached && change == CHANGE_HURRY && packet->kind != PACKET_END)
            moved = last + 1000 - packet->time;
        reached = reached || packet->script_frame == script_frame;
        if (reached && (change == CHANGE_PAUSE || packet->script_frame != script_frame))
            packet->time = packet->segment.time = packet->time + moved;
        last = packet->time;
    }
}

/* A clock of milliseconds for each side, far apart, and the echo of what passed last. */
static void stamp(struct trace *trace, struct packet *packet, enum who sender, const uint32_t last[WHOS]) {
    struct tcp_options *options = &packet->segment.options;
    uint32_t milliseconds = (uint32_t)((packet->time - trace->layout.start) / 1000000);
    options->present |= OPTION_TIMESTAMPS;
    options->timestamp_value = milliseconds + (sender == WHO_A ? 100000 : 4000000000u);
    options->timestamp_echo = (packet->segment.flags & TCP_ACK) != 0 ? last[1 - sender] : 0;
}

void change_to_rich(struct trace *trace) {
    uint32_t last[WHOS] = {0, 0};
    for (unsigned i = 0; i < trace->count; i++) {
        struct packet *packet = &trace->packets[i];
        struct segment *segment = &packet->segment;
        enum who sender = address_equal(&segment->source, &trace->address[WHO_A]) ? WHO_A : WHO_B;
        if (packet->kind != PACKET_SEGMENT || packet->raw_options != NULL)
            continue;
        if ((segment->options.present & OPTION_TIMESTAMPS) == 0)
            stamp(trace, packet, sender, last);
        last[sender] = segment->options.timestamp_value;
        if ((segment->flags & TCP_SYN) != 0) {
            segment->options.present |= OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED;
            segment->options.window_scale = sender == WHO_A ? 2 : 3;
        }
        if (segment->window == 65535)
            segment->window = (uint16_t)(20000 + 1000 * (packet->script_frame * 7 % 13));
        segment->ip_id = 0;
        segment->header_octets = (uint8_t)(20 + options_octets(&segment->options));
        wire_checksum(packet);
    }
}
