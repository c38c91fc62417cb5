/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "model/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Which frames of a connection are kept for its ladder: the first 24, the last 8, and what findings point to. */

enum { FIRST = 24, LAST = 8 };

static struct connection connection;
static struct log_entry rows[LOG_ROWS_MAX];

static int begin(void **state) {
    (void)state;
    memset(&connection, 0, sizeof connection);
    log_init(&connection);
    return 0;
}

static int end(void **state) {
    (void)state;
    log_free(&connection.log);
    return 0;
}

/* One segment of 10 octets of the client, as the model hands it over: counted already. */
static void note(struct model *model, uint64_t frame, uint32_t window) {
    struct segment segment = {.frame = frame, .time = (int64_t)frame, .length = 10, .flags = TCP_ACK};
    struct endpoint *x = &connection.side[SIDE_CLIENT];
    struct arrival arrival = {.model = model, .connection = &connection, .segment = &segment, .x = x};
    x->frames++;
    x->bytes += segment.length;
    x->window = window;
    assert_true(log_note(&arrival, false));
}

static void test_first_and_last(void **state) {
    (void)state;
    static struct model model;
    for (uint64_t frame = 1; frame <= 1000; frame++)
        note(&model, frame, 1);
    assert_int_equal(connection_log(&connection, rows), FIRST + LAST);
    for (unsigned i = 0; i < FIRST + LAST; i++) {
        uint64_t frame = i < FIRST ? i + 1 : 1000 - LAST - FIRST + i + 1;
        assert_int_equal(rows[i].frame, frame);
        assert_int_equal(rows[i].segments_before, frame - 1);
        assert_int_equal(rows[i].bytes_before[SIDE_CLIENT], 10 * (frame - 1));
        assert_int_equal(rows[i].bytes_before[SIDE_SERVER], 0);
    }
}

/* A row to which a finding points stays, up to a number of them. */
static void test_pinned(void **state) {
    (void)state;
    static struct model model;
    for (uint64_t frame = 1; frame <= 1000; frame++) {
        note(&model, frame, 1);
        if (frame % 10 == 0)
            connection_log_keep(&connection, frame);
    }
    unsigned count = connection_log(&connection, rows);
    unsigned pinned = 0;
    assert_true(count <= LOG_ROWS_MAX);
    for (unsigned i = 0; i < count; i++) {
        assert_true(i == 0 || rows[i - 1].frame < rows[i].frame);
        assert_int_equal(rows[i].pinned, rows[i].frame % 10 == 0 && rows[i].frame <= LOG_ROWS_PINNED * 10);
        pinned += rows[i].pinned;
    }
    assert_int_equal(pinned, LOG_ROWS_PINNED);
    log_forget_newest_unless_pinned(&connection);
    assert_int_equal(connection_log(&connection, rows), count - 1);
}

/* Windows keep their upper bits, numbers of any size their value. */
static void test_wide_values(void **state) {
    (void)state;
    static struct model model;
    connection.side[SIDE_SERVER].frames = UINT64_C(1) << 30;
    note(&model, 7, UINT32_C(0x3fffc000));
    assert_int_equal(connection_log(&connection, rows), 1);
    assert_int_equal(rows[0].window, UINT32_C(0x3fffc000));
    assert_int_equal(rows[0].segments_before, UINT64_C(1) << 30);
}

/* Where nobody asks for them there are none. */
static void test_none(void **state) {
    (void)state;
    static struct model model = {.settings = {.no_log = true}};
    for (uint64_t frame = 1; frame <= 2; frame++)
        note(&model, frame, 1);
    assert_int_equal(connection_log(&connection, rows), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_first_and_last, begin, end),
                                       cmocka_unit_test_setup_teardown(test_pinned, begin, end),
                                       cmocka_unit_test_setup_teardown(test_wide_values, begin, end),
                                       cmocka_unit_test_setup_teardown(test_none, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
