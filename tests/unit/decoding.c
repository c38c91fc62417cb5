/* SPDX-License-Identifier: BSD-3-Clause */
#include "decoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct decoder *decoder;
struct decoded decoded;

int decoder_set_up(void **state) {
    (void)state;
    decoder = decoder_new();
    return decoder == NULL;
}

int decoder_tear_down(void **state) {
    (void)state;
    decoder_free(decoder);
    return 0;
}

/* Decodes the first `captured` octets from a buffer of just that size, so that a sanitizer sees every read beyond. */
enum decode_result decode_cut(int link_type, const struct octets *octets, uint32_t captured, uint32_t wire) {
    static uint8_t *held; /* the payload pointer of the result stays valid until the next call */
    struct frame frame = {
        .number = 7, .time = 1234567890, .captured = captured, .wire_length = wire, .link_type = link_type};
    enum decode_result result;

    free(held);
    held = malloc(captured == 0 ? 1 : captured);
    assert_non_null(held);
    memcpy(held, octets->at, captured);
    frame.bytes = captured == 0 ? held + 1 : held; /* the end: of nothing, not even the first octet may be read */
    memset(&decoded, 0xa5, sizeof decoded);
    result = decode_frame(decoder, &frame, &decoded);
    if (result == DECODE_SEGMENT && decoded.segment.payload_captured > 0 && !decoded.transient)
        assert_true(decoded.segment.payload + decoded.segment.payload_captured <= held + captured);
    if (captured == 0) {
        free(held);
        held = NULL;
    }
    return result;
}

enum decode_result decode_whole(int link_type, const struct octets *octets) {
    return decode_cut(link_type, octets, octets->length, octets->length);
}

void assert_skipped(int link_type, const struct octets *octets, enum skip_reason reason) {
    assert_int_equal(decode_whole(link_type, octets), DECODE_SKIPPED);
    assert_string_equal(skip_name(decoded.skipped), skip_name(reason));
}

/* What every frame below says in its TCP header. */
void assert_segment(void) {
    const struct segment *segment = &decoded.segment;

    assert_int_equal(segment->frame, 7);
    assert_int_equal(segment->time, 1234567890);
    assert_int_equal(segment->source_port, 40000);
    assert_int_equal(segment->destination_port, 80);
    assert_int_equal(segment->seq, 0x10203040);
    assert_int_equal(segment->ack, 0x50607080);
    assert_int_equal(segment->flags, TCP_ACK | TCP_PSH);
    assert_int_equal(segment->window, 8192);
    assert_int_equal(segment->length, DATA);
}

void assert_good_segment(int link_type, const struct octets *octets) {
    assert_int_equal(decode_whole(link_type, octets), DECODE_SEGMENT);
    assert_segment();
    assert_int_equal(decoded.segment.checksum, CHECKSUM_GOOD);
    assert_int_equal(decoded.segment.payload_captured, DATA);
    assert_memory_equal(decoded.segment.payload, "hello", DATA);
}

void put_tcp4(struct octets *frame) {
    uint32_t ip = put_ipv4(frame, 6, NULL, 0), tcp = put_tcp(frame, TCP_ACK | TCP_PSH, NULL, 0);

    put(frame, "hello", DATA);
    finish_ipv4(frame, ip);
    finish_tcp(frame, ip, tcp);
}

void put_tcp6(struct octets *frame) {
    uint32_t ip = put_ipv6(frame, 6), tcp = put_tcp(frame, TCP_ACK | TCP_PSH, NULL, 0);

    put(frame, "hello", DATA);
    finish_ipv6(frame, ip);
    finish_tcp(frame, ip, tcp);
}

void assert_layers(unsigned count, const char *const *texts) {
    const struct encapsulation *entry =
        encapsulations_get(decoder_encapsulations(decoder), decoded.segment.encapsulation);
    char text[ENCAPSULATION_TEXT_SIZE];

    assert_int_equal(entry->count, count);
    for (unsigned i = 0; i < count; i++)
        assert_string_equal(encapsulation_text(entry, i, text), texts[i]);
}

void assert_broken(int link_type, const struct octets *octets, enum header_fault fault, uint32_t length) {
    assert_int_equal(decode_whole(link_type, octets), DECODE_BROKEN);
    assert_int_equal(decoded.skipped, SKIP_MALFORMED);
    assert_int_equal(decoded.broken.frame, 7);
    assert_int_equal(decoded.broken.time, 1234567890);
    assert_int_equal(decoded.broken.source_port, 40000);
    assert_int_equal(decoded.broken.destination_port, 80);
    assert_int_equal(decoded.broken.fault, fault);
    assert_int_equal(decoded.broken.octets, length);
}

uint32_t put_chain(struct octets *frame, unsigned first, const void *chain, uint32_t chain_octets) {
    uint32_t ip = put_ipv6(frame, first), tcp;

    put(frame, chain, chain_octets);
    tcp = put_tcp(frame, TCP_ACK | TCP_PSH, NULL, 0);
    put(frame, "hello", DATA);
    finish_ipv6(frame, ip);
    finish_tcp(frame, ip, tcp);
    return ip;
}
