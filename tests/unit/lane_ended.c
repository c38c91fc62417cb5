/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

#include "model/flow_table.h"

/* What is left of a connection in the lane when it is over, and of one that never was open. */

/* The SYN is all there is: at the end of the capture, or once nobody waits for an answer any more. */
static void test_attempt(void **state) {
    struct story story;
    (void)state;
    for (unsigned idle = 0; idle <= 1; idle++) {
        ordinary(&story);
        story.count = SYN_ACK;
        story.end = (idle ? 130 : 129) * SECOND;
        struct witness witness = tell(&story, false);
        assert_int_equal(witness.alike, 1);
        assert_int_equal(witness.kind.progress, PROGRESS_ATTEMPT);
        assert_int_equal(witness.kind.end, idle ? END_IDLE : END_CAPTURE);
        assert_int_equal(witness.kind.waited, 8); /* two minutes */
        assert_int_equal(witness.octets, 0);
        model_free(witness.model);
    }
    ordinary(&story); /* an answer is of no kind */
    story.count = HANDSHAKE_ACK;
    story.end = 0;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

/* Of one that was of a known kind as much is remembered as of any other: the next on its ports is its successor. Tells
 * the story of both, of which the first is of a kind and the second brings two segments. */
static void check_successor(struct story *story) {
    struct witness all = tell(story, false);
    struct witness enough = tell(story, true);
    assert_int_equal(all.alike, 1);
    assert_int_equal(enough.alike, 1);
    assert_int_equal(all.ended, enough.ended + 1);
    assert_true(enough.count > 2 && all.count > enough.count);
    for (unsigned i = 1; i <= 2; i++) /* the successor's segments, and its end */
        assert_int_equal(all.seen[all.count - i], enough.seen[enough.count - i]);
    model_free(all.model);
    model_free(enough.model);
}

static void test_successor(void **state) {
    (void)state;
    for (int stamped = 0; stamped <= 1; stamped++) {
        for (int closed = 0; closed <= 1; closed++) {
            struct story story;
            ordinary(&story);
            say(&story, SIDE_CLIENT, TCP_SYN, 5000000, 0, 0);
            say(&story, SIDE_SERVER, TCP_SYN | TCP_ACK, 7000000, 5000001, 0);
            if (stamped)
                add_timestamps(&story);
            delay(&story, ORDINARY, closed ? 61 * SECOND : 119 * SECOND);
            check_successor(&story);
        }
    }
}

/* The same of an attempt that nobody waits for any more. */
static void test_successor_of_attempt(void **state) {
    (void)state;
    for (int stamped = 0; stamped <= 1; stamped++) {
        struct story story;
        ordinary(&story);
        story.count = SYN_ACK;
        say(&story, SIDE_CLIENT, TCP_SYN, 5000000, 0, 0);
        say(&story, SIDE_SERVER, TCP_SYN | TCP_ACK, 7000000, 5000001, 0);
        if (stamped)
            add_timestamps(&story);
        delay(&story, SYN_ACK, 140 * SECOND);
        check_successor(&story);
    }
}

/* A capture that goes on behind its end finds nothing of what was held there. */
static void test_end_comes_again(void **state) {
    struct story story;
    uint64_t opening, open, closed;
    (void)state;
    ordinary(&story);
    story.count = FIRST_FIN;
    story.end = SECOND;
    struct witness witness = tell(&story, true);
    assert_int_equal(model_ordinary(witness.model), 1);
    struct segment again = story.segments[SYN];
    again.frame = 1000;
    again.time = story.segments[FIRST_FIN - 1].time + 2 * SECOND;
    assert_true(model_segment(witness.model, &again));
    model_count_open(witness.model, &opening, &open, &closed);
    assert_int_equal(opening, 1);
    assert_int_equal(open, 0);
    assert_int_equal(model_latest_connection(witness.model), 1000);
    assert_true(model_finish(witness.model, again.time));
    assert_int_equal(model_ordinary(witness.model), 2);
    assert_int_equal(model_peak_connections(witness.model), 1);
    model_free(witness.model);
}

/* --- many at once --- */

struct many {
    struct watch_queue queue;
    struct watch_event events[64];
    unsigned ended;
};

static bool pass_all(void *context, struct watch_queue *queue) {
    struct many *many = context;
    queue->next = many->events;
    return true;
}

static bool observe_any(void *context, const struct observation *observation) {
    (void)context;
    (void)observation;
    return true;
}

static bool count_ended(void *context, struct connection *connection) {
    struct many *many = context;
    (void)connection;
    many->ended++;
    return true;
}

static void drop_none(void *context, struct connection *connection) {
    (void)context;
    (void)connection;
    fail();
}

static void syn_of(uint32_t client, struct segment *syn) {
    *syn =
        (struct segment){.source = {.version = 4, .octets = {10, client >> 16 & 255, client >> 8 & 255, client & 255}},
                         .destination = {.version = 4, .octets = {192, 0, 2, 1}},
                         .source_port = 40000,
                         .destination_port = 80,
                         .flags = TCP_SYN,
                         .window = 65535,
                         .hop_limit = 64};
}

/* The next client behind that one whose connection has its home in the last group of the first table, and in the same
 * of one that is twice as large. */
static uint32_t next_crowded(const uint64_t key[2], uint32_t client) {
    struct flow_table table;
    struct segment syn;
    assert_true(flow_table_init(&table, key, false));
    uint64_t last = table.slot_count - FLOW_GROUP, slots = table.slot_count, home;
    table.slot_count *= 2;
    do {
        syn_of(++client, &syn);
        home = flow_table_home(
            &table, flow_hash(&table, &syn.source, syn.source_port, &syn.destination, syn.destination_port, 0));
    } while (home != last);
    table.slot_count = slots;
    flow_table_free(&table);
    return client;
}

/* One in the lane that has ended stands in the table until all have, among others that are taken out of it later: what
 * is behind these moves up, for which it is looked at where it is far from home. So are the first of many that go on at
 * the beginning of the table, once that has grown: they are put behind those. */
static void test_end_of_many(void **state) {
    enum { CROWD = 20, MANY = 1100, MARKED_FROM = 10 };
    struct many many = {.queue = {many.events, many.events + 64, pass_all, &many}};
    const struct model_events events = {
        .context = &many, .observed = observe_any, .ended = count_ended, .dropped = drop_none, .queue = &many.queue};
    struct model_settings settings;
    uint32_t crowded = 0;
    (void)state;
    model_settings_default(&settings);
    settings.late = settings.may_move = true;
    struct model *model = model_new(&settings, &events);
    assert_non_null(model);
    for (unsigned i = 0; i < MANY; i++) {
        struct segment syn;
        crowded = i < CROWD ? next_crowded(settings.hash_key, crowded) : crowded;
        syn_of(i < CROWD ? crowded : (UINT32_C(1) << 23) + i, &syn);
        syn.frame = i + 1;
        syn.time = i;
        syn.flags |= i >= MARKED_FROM && i < CROWD ? TCP_URG : 0; /* which is not for the lane */
        assert_true(model_segment(model, &syn));
    }
    assert_true(model_finish(model, SECOND));
    assert_int_equal(many.ended, MANY);
    assert_int_equal(model_ordinary(model), MANY - (CROWD - MARKED_FROM));
    model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempt),
        cmocka_unit_test(test_successor),
        cmocka_unit_test(test_successor_of_attempt),
        cmocka_unit_test(test_end_comes_again),
        cmocka_unit_test(test_end_of_many),
    };
    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
