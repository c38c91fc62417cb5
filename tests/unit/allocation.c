/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "model/model.h"
#include "rules/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Lets the i-th allocation of model and rules fail, for every i: the run must stop with false, lose nothing and touch
 * nothing that is not there. The linker hands every allocation to the functions here. */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

static unsigned long until_failure; /* 0: none fails */
static bool failed;
static long held;

/* Only that one fails: what is asked for afterwards is there. */
static bool fails_now(void) {
    bool now = until_failure > 0 && --until_failure == 0;
    failed = failed || now;
    return now;
}

void *__wrap_malloc(size_t size) {
    void *block = fails_now() ? NULL : __real_malloc(size);
    held += block != NULL;
    return block;
}

void *__wrap_calloc(size_t count, size_t size) {
    void *block = fails_now() ? NULL : __real_calloc(count, size);
    held += block != NULL;
    return block;
}

void *__wrap_realloc(void *old, size_t size) {
    void *block = fails_now() ? NULL : __real_realloc(old, size);
    held += block != NULL && old == NULL;
    return block;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    void *block = fails_now() ? NULL : __real_aligned_alloc(alignment, size);
    held += block != NULL;
    return block;
}

char *__wrap_strdup(const char *text) {
    char *copy = fails_now() ? NULL : __real_strdup(text);
    held += copy != NULL;
    return copy;
}

void __wrap_free(void *block) {
    held -= block != NULL;
    __real_free(block);
}

/* --- the segments: an opening, holes in both directions, repeats, resets, reuse, many findings --- */

struct story {
    struct model *model;
    struct rules *rules;
    uint64_t frame;
    int64_t time;
    int64_t pause; /* before each segment, ns */
    bool good;
    uint64_t told; /* a digest of what was known at the end of each connection */
};

static void fold(struct story *story, uint64_t word) {
    story->told = (story->told ^ word) * UINT64_C(0x100000001b3);
    story->told ^= story->told >> 29;
}

static void fold_path(struct story *story, const struct path *path) {
    struct step steps[PATH_STEPS_MAX];
    size_t count = path_steps(path, steps);
    for (size_t i = 0; i < count; i++) {
        fold(story, steps[i].frame);
        fold(story, (uint64_t)steps[i].time);
        fold(story, steps[i].settled_by);
        fold(story, (uint64_t)steps[i].from << 24 | (uint64_t)steps[i].to << 16 | (uint64_t)steps[i].certainty << 8);
    }
}

static void fold_log(struct story *story, const struct connection *connection) {
    struct log_entry rows[LOG_ROWS_MAX];
    unsigned count = connection_log(connection, rows);
    for (unsigned i = 0; i < count; i++) {
        fold(story, rows[i].frame);
        fold(story, (uint64_t)rows[i].seq);
        fold(story, (uint64_t)rows[i].ack);
        fold(story, rows[i].segments_before);
    }
}

static void fold_connection(struct story *story, const struct connection *connection) {
    fold(story, connection->id);
    fold(story, connection->end);
    fold(story, (uint64_t)connection->end_time);
    fold_log(story, connection);
    for (int i = 0; i < SIDES; i++) {
        const struct endpoint *side = &connection->side[i];
        fold_path(story, &side->path);
        fold(story, (uint64_t)side->next);
        fold(story, (uint64_t)side->time_wait_since);
        fold(story, side->holes.count);
    }
    const struct findings *findings = connection->findings;
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        fold(story, findings->items[i].id);
        fold(story, findings->items[i].frame);
        fold(story, findings->items[i].count);
    }
}

static bool observed(void *context, const struct observation *observation) {
    struct story *story = context;
    return rules_observe(story->rules, observation);
}

static bool ended(void *context, struct connection *connection) {
    struct story *story = context;
    bool good = rules_end(story->rules, connection, connection->end_time);
    fold_connection(story, connection);
    findings_free(connection->findings);
    connection->findings = NULL;
    return good;
}

static void dropped(void *context, struct connection *connection) {
    (void)context;
    findings_free(connection->findings);
    connection->findings = NULL;
}

static void pass(struct story *story, bool from_client, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t length) {
    struct segment segment = {.frame = ++story->frame,
                              .flags = flags,
                              .seq = seq + (from_client ? 1000 : 5000),
                              .ack = (flags & TCP_ACK) != 0 ? ack + (from_client ? 5000 : 1000) : 0,
                              .length = length,
                              .window = 65000,
                              .checksum = CHECKSUM_GOOD,
                              .hop_limit = 64,
                              .header_octets = 20};
    story->time += story->pause;
    segment.time = story->time;
    segment.ip_id = (uint32_t)story->frame;
    segment.source = segment.destination = (struct address){.version = 4};
    (from_client ? &segment.source : &segment.destination)->octets[3] = 1;
    (from_client ? &segment.destination : &segment.source)->octets[3] = 2;
    segment.source_port = from_client ? 4000 : 80;
    segment.destination_port = from_client ? 80 : 4000;
    story->good = story->good && model_segment(story->model, &segment);
}

static void open_it(struct story *story, uint32_t isn) {
    pass(story, true, TCP_SYN, isn, 0, 0);
    pass(story, false, TCP_SYN | TCP_ACK, 0, isn + 1, 0);
    pass(story, true, TCP_ACK, isn + 1, 1, 0);
}

static void tell(struct story *story) {
    const uint16_t fin = TCP_FIN | TCP_ACK;
    open_it(story, 0);
    for (uint32_t i = 0; i < 40; i++)
        pass(story, i % 2 == 0, TCP_ACK, 101 + 200 * i, 1, 50); /* a hole before each */
    for (uint32_t i = 0; i < 40; i++)
        pass(story, i % 2 == 0, TCP_ACK, 101 + 200 * i, 1, 50);
    for (uint32_t i = 0; i < 40; i++)
        pass(story, true, TCP_RST, 900000 + i, 0, 0); /* each a finding, and a row of the log */
    pass(story, true, TCP_SYN, 70000, 0, 0);          /* another incarnation, which is dropped */
    pass(story, false, TCP_ACK, 7951, 1, 0);
    pass(story, true, TCP_ACK, 7901, 1, 0);
    pass(story, true, fin, 7901, 1, 0);
    pass(story, true, fin, 7901, 1, 0);
    pass(story, false, TCP_ACK, 7951, 7902, 0);
    pass(story, true, fin, 7901, 1, 0);
    pass(story, false, fin, 7951, 7902, 0);
    pass(story, true, TCP_ACK, 7902, 7952, 0);
    open_it(story, 90000); /* in TIME_WAIT */
    pass(story, true, TCP_RST, 90001, 0, 0);
    pass(story, false, TCP_ACK, 1, 90001, 0);
    open_it(story, 200000);
    story->time += INT64_C(200000000000);
    open_it(story, 300000); /* long after */
    pass(story, true, TCP_RST | TCP_ACK, 300001, 1, 0);
    story->time += INT64_C(20000000000);
    open_it(story, 400000); /* after one that is over and forgotten but for its numbers */
    story->time += INT64_C(20000000000000);
    pass(story, true, TCP_SYN, 500000, 0, 0); /* SYNs that cross, and that of the client was lost beyond here */
    pass(story, false, TCP_SYN, 500000, 0, 0);
    pass(story, true, TCP_SYN | TCP_ACK, 500000, 500001, 0);
    pass(story, false, TCP_ACK, 500001, 500001, 0);
}

/* True when nothing was missed: every call said that all went well. With a pause connections lie down between any two
 * segments, if they may. */
static bool run(unsigned long fail_at, int64_t pause, bool may_move, uint64_t *told) {
    struct story story = {.time = 1, .good = true, .pause = pause};
    const struct model_events events = {&story, observed, ended, dropped};
    struct model_settings settings;
    struct rule_settings thresholds;
    model_settings_default(&settings);
    settings.may_move = may_move;
    settings.max_idle_awake = 0;
    rule_settings_default(&thresholds);
    failed = false;
    until_failure = fail_at;
    story.model = model_new(&settings, &events);
    story.rules = story.model == NULL ? NULL : rules_new(&thresholds);
    bool good = story.model != NULL && story.rules != NULL;
    if (good) {
        tell(&story);
        good = story.good && model_finish(story.model, story.time + 1000000000);
    }
    if (story.model != NULL)
        model_free(story.model);
    if (story.rules != NULL)
        rules_free(story.rules);
    *told = story.told;
    return good;
}

enum { BRISK = 20000000 };
static const int64_t slow = 5000000000;

/* Resting changes nothing. */
static void test_rest(void **state) {
    const int64_t pauses[] = {BRISK, 150000000, slow};
    (void)state;
    for (unsigned i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        uint64_t still, moved;
        assert_true(run(0, pauses[i], false, &still));
        assert_true(run(0, pauses[i], true, &moved));
        assert_int_equal(still, moved);
    }
}

/* One that cannot lie down stays as it is, unnoticed; one that cannot get up stops the run. */
static void test_every_allocation_at_rest(void **state) {
    enum { MOST = 20000, STEP = 3 };
    long before = held;
    uint64_t told;
    (void)state;
    unsigned long at = 1;
    for (; at < MOST; at += STEP) {
        run(at, slow, true, &told);
        if (held != before)
            fail_msg("allocation %lu: %ld blocks were lost", at, held - before);
        if (!failed)
            break;
    }
    assert_in_range(at, 50, MOST - 1);
}

static void test_every_allocation(void **state) {
    enum { MOST = 20000 };
    unsigned unnoticed = 0;
    long before = held;
    (void)state;
    uint64_t told;
    assert_true(run(0, BRISK, false, &told));
    assert_int_equal(held, before);
    unsigned long at = 1;
    for (; at < MOST; at++) {
        bool good = run(at, BRISK, false, &told);
        if (held != before)
            fail_msg("allocation %lu: %ld blocks were lost", at, held - before);
        if (!failed) {
            assert_true(good);
            break;
        }
        unnoticed += good;
    }
    assert_in_range(at, 50, MOST - 1);
    /* Numbers of an ended connection may be forgotten, and a table that cannot grow goes on as it is. */
    assert_in_range(unnoticed, 0, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation), cmocka_unit_test(test_rest),
                                       cmocka_unit_test(test_every_allocation_at_rest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
