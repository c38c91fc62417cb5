/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/lost.h"

#include "decode/segment.h"
#include "model/connection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ISN_CLIENT = 0xfffffff0u, ISN_SERVER = 5000 }; /* the client's numbers wrap */

static struct kept_segment segment(uint64_t frame, uint8_t side, uint32_t relative, uint32_t length, uint16_t flags) {
    return (struct kept_segment){.connection = 1,
                                 .frame = frame,
                                 .time = (int64_t)frame * 1000,
                                 .seq = (side == SIDE_CLIENT ? ISN_CLIENT : ISN_SERVER) + relative,
                                 .length = length,
                                 .flags = flags,
                                 .side = side};
}

static struct two_points points;
static struct kept_segment at[2][8];

static int begin(void **state) {
    (void)state;
    points = (struct two_points){
        .segments = {at[0], at[1]}, .isn = {ISN_CLIENT, ISN_SERVER}, .nearer = {0, 1}}; /* the first near the client */
    return 0;
}

static void add(int point, struct kept_segment kept) {
    at[point][points.count[point]++] = kept;
}

/* What is lost, as "a1 between-points" for frame 1 at the first point. */
static void assert_lost(const char *wanted) {
    json_t *lost = json_array();
    uint64_t count = 99;
    char seen[256] = "", one[48];

    assert_true(lost_between(&points, lost, &count));
    for (size_t i = 0; i < json_array_size(lost); i++) {
        const json_t *entry = json_array_get(lost, i);
        const char *where = json_string_value(json_object_get(entry, "where"));
        snprintf(one, sizeof one, "%s%s%d %s", i > 0 ? ", " : "", json_string_value(json_object_get(entry, "seen")),
                 (int)json_integer_value(json_object_get(entry, "frame")), where != NULL ? where : "?");
        strcat(seen, one);
    }
    assert_string_equal(seen, wanted);
    assert_int_equal(count, json_array_size(lost));
    json_decref(lost);
}

static void all_is_there(void **state) {
    (void)state;
    assert_lost("");
    for (int point = 0; point < 2; point++) {
        add(point, segment(1 + 10 * (uint64_t)point, SIDE_CLIENT, 0, 0, TCP_SYN));
        add(point, segment(2 + 10 * (uint64_t)point, SIDE_CLIENT, 1, 100, TCP_ACK));
    }
    assert_lost("");
}

static void one_is_lost(void **state) {
    (void)state;
    add(0, segment(1, SIDE_CLIENT, 1, 100, TCP_ACK));
    add(0, segment(2, SIDE_SERVER, 1, 0, TCP_ACK));
    assert_lost("a1 between-points, a2 not-captured"); /* the server is on the other side */
    points.nearer[SIDE_CLIENT] = points.nearer[SIDE_SERVER] = -1;
    assert_lost("a1 ?, a2 ?");
}

/* Both passed the first point, one the second: the identification says which; without it the first was lost. */
static void of_two_equal_ones(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        add(0, segment(1 + (uint64_t)i, SIDE_CLIENT, 1, 100, TCP_ACK));
        at[0][i].ip_id = 70 + (uint32_t)i;
    }
    add(1, segment(9, SIDE_CLIENT, 1, 100, TCP_ACK));
    at[1][0].ip_id = 70;
    assert_lost("a2 between-points");
    at[1][0].ip_id = 1; /* rewritten on the way */
    assert_lost("a1 between-points");
    at[1][0].flags |= TCP_PSH; /* no difference */
    assert_lost("a1 between-points");
    at[1][0].ack = 7; /* another segment */
    at[1][0].length = 0;
    assert_lost("a1 between-points, a2 between-points, b9 not-captured");
}

static void put_together(void **state) {
    (void)state;
    add(0, segment(1, SIDE_CLIENT, 10, 100, TCP_ACK)); /* across the wrap */
    add(0, segment(2, SIDE_CLIENT, 110, 100, TCP_ACK | TCP_FIN));
    add(1, segment(3, SIDE_CLIENT, 10, 200, TCP_ACK | TCP_FIN));
    assert_lost("");
    at[1][0].flags = TCP_ACK; /* the FIN did not arrive */
    assert_lost("a2 between-points");
    at[1][0] = segment(3, SIDE_CLIENT, 10, 150, TCP_ACK);
    assert_lost("a2 between-points"); /* half of it is not all of it */
}

static void no_more_than_some_are_listed(void **state) {
    (void)state;
    enum { MANY = 40 };
    static struct kept_segment many[MANY];
    json_t *lost = json_array();
    uint64_t count = 0;

    for (uint32_t i = 0; i < MANY; i++)
        many[i] = segment(i + 1, SIDE_CLIENT, 1 + 10 * i, 10, TCP_ACK);
    points.segments[0] = many;
    points.count[0] = MANY;
    assert_true(lost_between(&points, lost, &count));
    assert_int_equal(count, MANY);
    assert_int_equal(json_array_size(lost), LOST_LISTED);
    json_decref(lost);
}

static void connections_that_were_parts(void **state) {
    (void)state;
    struct segments segments = {0};
    struct connection connection = {.id = 4};
    struct segment seen = {.frame = 4, .flags = TCP_ACK, .ack = 9};
    struct observation observation = {.segment = &seen, .connection = &connection};
    size_t count;

    assert_true(segments_add(&segments, &observation));
    observation.facts = FACT_COPY; /* recorded twice */
    assert_true(segments_add(&segments, &observation));
    observation.facts = 0;
    connection.id = seen.frame = 6;
    assert_true(segments_add(&segments, &observation));
    connection.id = seen.frame = 8;
    assert_true(segments_add(&segments, &observation));
    observation.segment = NULL; /* an ICMP error */
    assert_true(segments_add(&segments, &observation));
    assert_true(segments_join(&segments, 8, 6));
    assert_true(segments_join(&segments, 6, 4));
    segments_sort(&segments);
    const struct kept_segment *kept = segments_of(&segments, 4, &count);
    assert_int_equal(count, 3);
    assert_int_equal(kept[0].frame, 4);
    assert_int_equal(kept[2].frame, 8);
    assert_null(segments_of(&segments, 8, &count));
    assert_int_equal(count, 0);
    segments_free(&segments);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_is_there, begin),
        cmocka_unit_test_setup(one_is_lost, begin),
        cmocka_unit_test_setup(of_two_equal_ones, begin),
        cmocka_unit_test_setup(put_together, begin),
        cmocka_unit_test_setup(no_more_than_some_are_listed, begin),
        cmocka_unit_test(connections_that_were_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
