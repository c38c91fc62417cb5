/* SPDX-License-Identifier: BSD-3-Clause */
/* IP datagrams in fragments. */
#include "decoding.h"

#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

/* A fragment as a test describes it. */
struct piece {
    uint32_t begin, end; /* octets of the datagram behind its IP header */
    bool last;
};

static struct octets whole4, whole6; /* a segment with 100 octets of payload */
static uint64_t number;
static int64_t now;

static int start(void **state) {
    uint32_t ip, tcp;

    for (unsigned version = 4; version <= 6; version += 2) {
        struct octets *whole = version == 4 ? &whole4 : &whole6;

        whole->length = 0;
        ip = version == 4 ? put_ipv4(whole, 6, NULL, 0) : put_ipv6(whole, 6);
        tcp = put_tcp(whole, TCP_ACK | TCP_PSH, NULL, 0);
        for (unsigned i = 0; i < 100; i++)
            put8(whole, i * 7);
        if (version == 4)
            finish_ipv4(whole, ip);
        else
            finish_ipv6(whole, ip);
        finish_tcp(whole, ip, tcp);
    }
    number = 0;
    now = 1000 * SECOND;
    return decoder_set_up(state);
}

enum { LENGTH = 120 }; /* of the datagrams, behind the IP header */

static enum decode_result decode(const struct octets *octets, uint32_t captured) {
    struct frame frame = {
        .number = ++number, .time = now, .bytes = octets->at, .captured = captured, .wire_length = octets->length};

    frame.link_type = RAW;
    memset(&decoded, 0xa5, sizeof decoded);
    return decode_frame(decoder, &frame, &decoded);
}

static void put_piece(struct octets *frame, unsigned version, uint32_t id, struct piece piece) {
    uint32_t ip;

    if (version == 4) {
        ip = put_ipv4(frame, 6, NULL, 0);
        set16(frame, ip + 4, id);
        set16(frame, ip + 6, piece.begin / 8 | (piece.last ? 0 : 0x2000));
        put(frame, whole4.at + 20 + piece.begin, piece.end - piece.begin);
        finish_ipv4(frame, ip);
    } else {
        ip = put_ipv6(frame, 44);
        put16(frame, 0x0600);
        put16(frame, piece.begin | (piece.last ? 0 : 1));
        put32(frame, id);
        put(frame, whole6.at + 40 + piece.begin, piece.end - piece.begin);
        finish_ipv6(frame, ip);
    }
}

static enum decode_result send(unsigned version, uint32_t id, uint32_t begin, uint32_t end, bool last) {
    static struct octets frame;

    frame.length = 0;
    put_piece(&frame, version, id, (struct piece){begin, end, last});
    return decode(&frame, frame.length);
}

static void assert_held(enum decode_result result) {
    assert_int_equal(result, DECODE_SKIPPED);
    assert_string_equal(skip_name(decoded.skipped), "fragment");
    assert_int_equal(decoded.joined, 0);
}

/* The datagram is there, with that many frames before this one. */
static void assert_whole(enum decode_result result, uint32_t joined) {
    const struct segment *segment = &decoded.segment;

    assert_int_equal(result, DECODE_SEGMENT);
    assert_int_equal(decoded.joined, joined);
    assert_int_equal(segment->frame, number);
    assert_int_equal(segment->time, now);
    assert_int_equal(segment->source_port, 40000);
    assert_int_equal(segment->destination_port, 80);
    assert_int_equal(segment->seq, 0x10203040);
    assert_int_equal(segment->length, 100);
    assert_int_equal(segment->checksum, CHECKSUM_GOOD);
    assert_int_equal(segment->payload_captured, 100);
    assert_memory_equal(segment->payload, segment->source.version == 4 ? whole4.at + 40 : whole6.at + 60, 100);
    assert_int_equal(segment->source.octets[segment->source.version == 4 ? 3 : 15], 1);
    assert_int_equal(segment->destination.octets[segment->source.version == 4 ? 3 : 15], 2);
}

static void in_order_and_not(void **state) {
    (void)state;
    for (unsigned version = 4; version <= 6; version += 2) {
        assert_held(send(version, 1, 0, 64, false));
        assert_held(send(version, 1, 64, 80, false));
        assert_whole(send(version, 1, 80, LENGTH, true), 2);
        assert_held(send(version, 2, 80, LENGTH, true));
        assert_held(send(version, 2, 0, 64, false));
        assert_whole(send(version, 2, 64, 80, false), 2);
    }
}

/* Eight octets each: the TCP header itself comes in three. */
static void smallest_fragments(void **state) {
    (void)state;
    for (unsigned version = 4; version <= 6; version += 2) {
        for (uint32_t begin = 0; begin < LENGTH - 8; begin += 8)
            assert_held(send(version, 3, begin, begin + 8, false));
        assert_whole(send(version, 3, LENGTH - 8, LENGTH, true), LENGTH / 8 - 1);
        for (uint32_t begin = LENGTH - 8; begin > 0; begin -= 8)
            assert_held(send(version, 4, begin, begin + 8, begin == LENGTH - 8));
        assert_whole(send(version, 4, 0, 8, false), LENGTH / 8 - 1);
    }
}

static void several_at_once(void **state) {
    (void)state;
    for (uint32_t id = 0; id < 500; id++)
        assert_held(send(id % 2 == 0 ? 4 : 6, id, 0, 64, false));
    for (uint32_t id = 0; id < 500; id++)
        assert_whole(send(id % 2 == 0 ? 4 : 6, id, 64, LENGTH, true), 1);
}

/* RFC 5722: overlapping fragments end the datagram, and so do those that come later. */
static void overlaps_are_refused(void **state) {
    static const struct piece cases[][3] = {
        {{0, 64, false}, {56, LENGTH, true}},                /* over the end */
        {{64, LENGTH, true}, {0, 72, false}},                /* over the beginning */
        {{0, 64, false}, {8, 16, false}},                    /* within */
        {{0, 8, false}, {0, 64, false}},                     /* around */
        {{64, 80, true}, {80, 88, false}},                   /* beyond the end */
        {{72, 80, false}, {64, 72, true}},                   /* an end before what was there */
        {{64, 80, true}, {64, LENGTH, true}},                /* two ends */
        {{64, 72, false}, {72, 80, false}, {64, 80, false}}, /* one over two */
    };

    (void)state;
    for (unsigned version = 4; version <= 6; version += 2)
        for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            for (unsigned j = 0; j < 3 && cases[i][j].end != 0; j++)
                assert_held(send(version, 100 + i, cases[i][j].begin, cases[i][j].end, cases[i][j].last));
            assert_held(send(version, 100 + i, 0, 64, false));
            assert_held(send(version, 100 + i, 64, LENGTH, true));
            now += 31 * SECOND; /* then the number is free again */
            assert_held(send(version, 100 + i, 0, 64, false));
            assert_whole(send(version, 100 + i, 64, LENGTH, true), 1);
        }
}

/* A mirror port records frames twice: the copies of fragments do no harm. */
static void copies_do_no_harm(void **state) {
    (void)state;
    for (unsigned version = 4; version <= 6; version += 2) {
        assert_held(send(version, 5, 0, 64, false));
        assert_held(send(version, 5, 0, 64, false));
        assert_whole(send(version, 5, 64, LENGTH, true), 1);
        now += 100000;
        assert_held(send(version, 5, 64, LENGTH, true));
        now += SECOND / 10; /* all of them again, from another point of the way */
        assert_held(send(version, 5, 0, 64, false));
        assert_whole(send(version, 5, 64, LENGTH, true), 1);
        now += SECOND / 10;
        assert_held(send(version, 5, 64, LENGTH, true));
        assert_whole(send(version, 5, 0, 64, false), 1);
    }
}

static void fragments_that_come_too_late(void **state) {
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) { /* the clock may have been set back */
        now += SECOND;
        assert_held(send(4, 6, 0, 64, false));
        now += sign * 29 * SECOND;
        assert_whole(send(4, 6, 64, LENGTH, true), 1);
        now += SECOND;
        assert_held(send(4, 6, 0, 64, false));
        now += sign * 31 * SECOND;
        assert_held(send(4, 6, 64, LENGTH, true));
        assert_whole(send(4, 6, 0, 64, false), 1);
    }
}

/* Protocol and addresses belong to the number. */
static void other_datagrams_of_that_number(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    assert_held(send(4, 7, 0, 64, false));
    put_piece(&frame, 4, 7, (struct piece){64, LENGTH, true});
    frame.at[9] = 17;
    assert_held(decode(&frame, frame.length));
    frame.at[9] = 6;
    frame.at[15] = 77;
    assert_held(decode(&frame, frame.length));
    assert_whole(send(4, 7, 64, LENGTH, true), 1);
}

static void fragments_of_what_is_not_opened(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_piece(&frame, 4, 8, (struct piece){0, 64, false});
    frame.at[9] = 132;
    assert_int_equal(decode(&frame, frame.length), DECODE_SKIPPED);
    assert_int_equal(decoded.skipped, SKIP_NOT_TCP);
}

/* Fragments that no sender makes. */
static void malformed_fragments(void **state) {
    static struct octets large;
    uint32_t ip;

    (void)state;
    for (unsigned version = 4; version <= 6; version += 2) {
        assert_int_equal(send(version, 9, 0, 63, false), DECODE_SKIPPED); /* no multiple of eight */
        assert_int_equal(decoded.skipped, SKIP_MALFORMED);
        assert_int_equal(send(version, 9, 64, 64, true), DECODE_SKIPPED); /* empty */
        assert_int_equal(decoded.skipped, SKIP_MALFORMED);
        struct octets endless = {.length = 0}; /* without a length: whether a trailer belongs to it is not to be told */
        put_piece(&endless, version, 9, (struct piece){0, 64, false});
        set16(&endless, version == 4 ? 2 : 4, 0);
        assert_int_equal(decode(&endless, endless.length), DECODE_SKIPPED);
        assert_int_equal(decoded.skipped, SKIP_MALFORMED);
    }
    large.length = 0; /* beyond 65,535 octets in all */
    ip = put_ipv4(&large, 6, NULL, 0);
    set16(&large, ip + 6, 0x1fff);
    put_zeros(&large, 8);
    finish_ipv4(&large, ip);
    assert_int_equal(decode(&large, large.length), DECODE_SKIPPED);
    assert_int_equal(decoded.skipped, SKIP_MALFORMED);
}

/* RFC 6946: a fragment that is all of its packet, beside others of the same number. */
static void atomic_fragments(void **state) {
    (void)state;
    assert_held(send(6, 10, 0, 64, false));
    assert_whole(send(6, 10, 0, LENGTH, true), 0);
    assert_whole(send(6, 10, 64, LENGTH, true), 1);
}

/* Of each fragment only the first octets were captured: the segment is as long as it is, its header can be read. */
static void fragments_cut_short(void **state) {
    (void)state;
    for (uint32_t captured = 0; captured <= 64; captured++) {
        struct octets frame = {.length = 0};

        put_piece(&frame, 4, 200 + captured, (struct piece){0, 64, false});
        assert_held(decode(&frame, 20 + captured));
        frame.length = 0;
        put_piece(&frame, 4, 200 + captured, (struct piece){64, LENGTH, true});
        if (captured < 20) {
            assert_int_equal(decode(&frame, 20), captured < 4 ? DECODE_SKIPPED : DECODE_BROKEN);
            assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
            assert_int_equal(decoded.joined, 1);
            continue;
        }
        assert_int_equal(decode(&frame, 30), DECODE_SEGMENT);
        assert_int_equal(decoded.segment.length, 100);
        assert_int_equal(decoded.segment.payload_captured, captured < 64 ? captured - 20 : 64 + 10 - 20);
        assert_int_equal(decoded.segment.checksum, CHECKSUM_UNVERIFIED);
    }
}

/* 65,515 octets in fragments of eight, backwards: each costs the same, and the datagram is there at the end. */
static void largest_datagram(void **state) {
    static struct octets frame;

    (void)state;
    for (uint32_t unit = 8189;; unit--) {
        frame.length = 0;
        put_ipv4(&frame, 6, NULL, 0);
        put(&frame, unit < 2 ? whole4.at + 20 + 8 * unit : whole4.at + 36, unit == 8189 ? 3 : unit == 2 ? 4 : 8);
        if (unit == 2)
            put_zeros(&frame, 4);
        finish_ipv4(&frame, 0);
        set16(&frame, 6, unit | (unit == 8189 ? 0 : 0x2000));
        if (unit == 0)
            break;
        assert_held(decode(&frame, frame.length));
    }
    assert_int_equal(decode(&frame, frame.length), DECODE_SEGMENT);
    assert_int_equal(decoded.joined, 8189);
    assert_int_equal(decoded.segment.length, 65515 - 20);
    assert_int_equal(decoded.segment.payload_captured, 65515 - 20);
}

/* More datagrams and more octets than there is room for: the newest are put together all the same. */
static void floods_of_fragments(void **state) {
    static struct octets frame;

    (void)state;
    for (uint32_t id = 0; id < 20000; id++) {
        frame.length = 0;
        put_ipv4(&frame, 6, NULL, 0);
        set16(&frame, 4, id);
        set16(&frame, 6, 0x2000 | (id * 97 % 4000));
        put_zeros(&frame, 8 * (1 + id % 180));
        finish_ipv4(&frame, 0);
        frame.at[15] = (uint8_t)(id >> 8);
        decode(&frame, frame.length);
        if (id % 100 == 0) {
            assert_held(send(6, id, 0, 64, false));
            assert_whole(send(6, id, 64, LENGTH, true), 1);
        }
    }
}

/* Fragments of a tunnel's packet, whose own packet is a fragment: two of each. */
static void fragments_within_fragments(void **state) {
    struct octets inner[2], outer;
    static const struct piece halves[] = {{0, 64, false}, {64, LENGTH, true}};
    uint32_t frames = 0;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        inner[i].length = 0;
        put_piece(&inner[i], 4, 11, halves[i]);
        for (uint32_t begin = 0; begin < inner[i].length; begin += 40) {
            bool last = begin + 40 >= inner[i].length;

            outer.length = 0;
            put_ipv6(&outer, 44);
            put16(&outer, 0x0400);
            put16(&outer, begin | (last ? 0 : 1));
            put32(&outer, 50 + i);
            put(&outer, inner[i].at + begin, last ? inner[i].length - begin : 40);
            finish_ipv6(&outer, 0);
            frames++;
            if (i == 0 || !last) {
                assert_int_equal(decode(&outer, outer.length), DECODE_SKIPPED);
                assert_int_equal(decoded.skipped, SKIP_FRAGMENT);
            } else {
                assert_whole(decode(&outer, outer.length), frames - 1);
            }
        }
    }
    assert_layers(1, (const char *const[]){"4in6"});
}

/* What is put together may turn out to be no segment: all its frames are counted as that. */
static void whole_but_no_segment(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    assert_held(send(4, 12, 64, LENGTH, true));
    put_piece(&frame, 4, 12, (struct piece){0, 64, false});
    frame.at[32] = 0x40;
    assert_int_equal(decode(&frame, frame.length), DECODE_BROKEN);
    assert_int_equal(decoded.skipped, SKIP_MALFORMED);
    assert_int_equal(decoded.joined, 1);
}

/* The same number in two VLANs: two datagrams. */
static void fragments_of_other_networks(void **state) {
    (void)state;
    for (unsigned step = 0; step < 4; step++) {
        struct octets packet = {.length = 0}, frame = {.length = 0};
        struct frame handed = {.number = ++number, .time = now, .link_type = ETHERNET};

        put_piece(&packet, 4, 13, step < 2 ? (struct piece){0, 64, false} : (struct piece){64, LENGTH, true});
        put_ethernet(&frame, 0x8100);
        put16(&frame, 1 + step % 2);
        put16(&frame, 0x0800);
        put(&frame, packet.at, packet.length);
        handed.bytes = frame.at;
        handed.captured = handed.wire_length = frame.length;
        enum decode_result result = decode_frame(decoder, &handed, &decoded);
        if (step < 2)
            assert_held(result);
        else
            assert_whole(result, 1);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, decoder_tear_down)

/* --- by way of the engine --- */

static bool ignore_connection(void *context, const struct connection *connection) {
    unsigned *different = context;

    for (unsigned i = 0; connection->findings != NULL && i < connection->findings->count; i++)
        *different += connection->findings->items[i].id == ANOMALY_OVERLAP_DIFFERENT_DATA;
    return true;
}

/* A segment of another byte stream place, whole or in two fragments, as frames of a batch. */
static unsigned put_segment(struct octets *frames, uint32_t seq, uint8_t octet, uint32_t id, bool whole) {
    static struct octets all;
    uint32_t ip, tcp;

    all.length = 0;
    ip = put_ipv4(&all, 6, NULL, 0);
    tcp = put_tcp(&all, TCP_ACK | TCP_PSH, NULL, 0);
    set16(&all, tcp + 4, seq >> 16);
    set16(&all, tcp + 6, seq & 0xffff);
    for (unsigned i = 0; i < 100; i++)
        put8(&all, octet);
    finish_ipv4(&all, ip);
    finish_tcp(&all, ip, tcp);
    if (whole) {
        frames[0] = all;
        return 1;
    }
    for (unsigned i = 0; i < 2; i++) {
        uint32_t begin = i * 64, end = i == 0 ? 64 : 120;
        frames[i].length = 0;
        uint32_t outer = put_ipv4(&frames[i], 6, NULL, 0);
        set16(&frames[i], outer + 4, id);
        set16(&frames[i], outer + 6, begin / 8 | (i == 0 ? 0x2000 : 0));
        put(&frames[i], all.at + 20 + begin, end - begin);
        finish_ipv4(&frames[i], outer);
    }
    return 2;
}

/* Two datagrams become whole within one batch: what the first one holds must be read before the second one comes. */
static void two_datagrams_in_a_batch(void **state) {
    static struct octets octets[6];
    struct engine_settings settings = {.no_tunnels = false};
    unsigned count = 0, different = 0;
    struct frame frames[6];
    const struct engine_sink sink = {.context = &different, .connection = ignore_connection};

    (void)state;
    count += put_segment(octets + count, 1000, 'a', 1, false);
    count += put_segment(octets + count, 1100, 'b', 2, false);
    count += put_segment(octets + count, 1000, 'a', 0, true);
    count += put_segment(octets + count, 1100, 'b', 0, true);
    for (unsigned i = 0; i < count; i++)
        frames[i] = (struct frame){.number = i + 1,
                                   .time = now + i * SECOND / 2,
                                   .bytes = octets[i].at,
                                   .captured = octets[i].length,
                                   .wire_length = octets[i].length,
                                   .link_type = RAW};
    model_settings_default(&settings.model);
    rule_settings_default(&settings.rules);
    struct engine *engine = engine_new(&settings, &sink);
    assert_non_null(engine);
    assert_int_equal(engine_frames(engine, frames, count), ENGINE_OK);
    assert_int_equal(engine_finish(engine), ENGINE_OK);
    assert_int_equal(engine_totals(engine).tcp_segments, 4);
    assert_int_equal(different, 0);
    engine_free(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(in_order_and_not),
        TEST(smallest_fragments),
        TEST(several_at_once),
        TEST(overlaps_are_refused),
        TEST(copies_do_no_harm),
        TEST(fragments_that_come_too_late),
        TEST(other_datagrams_of_that_number),
        TEST(fragments_of_what_is_not_opened),
        TEST(malformed_fragments),
        TEST(atomic_fragments),
        TEST(fragments_cut_short),
        TEST(largest_datagram),
        TEST(floods_of_fragments),
        TEST(fragments_within_fragments),
        TEST(whole_but_no_segment),
        TEST(fragments_of_other_networks),
        TEST(two_datagrams_in_a_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
