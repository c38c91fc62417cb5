/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "model/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The states, their edges, and the way of a side through them, without any segment. */

/* --- states --- */

/* RFC 9293 3.3.2 and 3.10, and the beginning of a capture; to CLOSED a side gets from everywhere. */
static const uint8_t edges[][2] = {
    {STATE_CLOSED, STATE_LISTEN},
    {STATE_CLOSED, STATE_SYN_SENT},
    {STATE_LISTEN, STATE_SYN_RECEIVED},
    {STATE_LISTEN, STATE_SYN_SENT},
    {STATE_SYN_SENT, STATE_SYN_RECEIVED},
    {STATE_SYN_SENT, STATE_ESTABLISHED},
    {STATE_SYN_RECEIVED, STATE_ESTABLISHED},
    {STATE_SYN_RECEIVED, STATE_FIN_WAIT_1},
    {STATE_SYN_RECEIVED, STATE_LISTEN},
    {STATE_ESTABLISHED, STATE_FIN_WAIT_1},
    {STATE_ESTABLISHED, STATE_CLOSE_WAIT},
    {STATE_FIN_WAIT_1, STATE_FIN_WAIT_2},
    {STATE_FIN_WAIT_1, STATE_CLOSING},
    {STATE_FIN_WAIT_2, STATE_TIME_WAIT},
    {STATE_CLOSE_WAIT, STATE_LAST_ACK},
    {STATE_CLOSING, STATE_TIME_WAIT},
};

static bool listed(enum tcp_state from, enum tcp_state to) {
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        if (edges[i][0] == from && edges[i][1] == to)
            return true;
    return from == STATE_UNKNOWN || to == STATE_CLOSED;
}

static void test_edges(void **state) {
    (void)state;
    for (int from = 0; from < TCP_STATES; from++)
        for (int to = 0; to < TCP_STATES; to++)
            assert_int_equal(state_edge_is_legal((enum tcp_state)from, (enum tcp_state)to),
                             from != to && listed((enum tcp_state)from, (enum tcp_state)to));
    assert_false(state_edge_is_legal(TCP_STATES, STATE_CLOSED));
    assert_false(state_edge_is_legal(STATE_UNKNOWN, TCP_STATES));
}

/* Whatever happens in a state leads along legal edges-> */
static void test_events_follow_edges(void **state) {
    (void)state;
    for (int from = 0; from < TCP_STATES; from++) {
        for (int event = 0; event < EVENT_KINDS; event++) {
            for (int request = 0; request < 2; request++) {
                const struct state_edges *made =
                    state_after((enum tcp_state)from, (enum event_kind)event, request != 0);
                int at = from;
                for (int i = 0; i < made->count; i++) {
                    assert_true(state_edge_is_legal((enum tcp_state)at, (enum tcp_state)made->to[i]));
                    at = made->to[i];
                }
            }
        }
    }
    assert_int_equal(state_after(STATE_SYN_RECEIVED, EVENT_SENT_FIN, true)->to[1], STATE_FIN_WAIT_1);
    assert_int_equal(state_after(STATE_SYN_RECEIVED, EVENT_SENT_FIN, true)->count, 2);
    assert_int_equal(state_after(STATE_SYN_RECEIVED, EVENT_SENT_FIN, false)->count, 1);
    assert_int_equal(state_after(STATE_ESTABLISHED, EVENT_SENT_FIN, true)->count, 1);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(state_name(STATE_UNKNOWN), "UNKNOWN");
    assert_string_equal(state_name(STATE_TIME_WAIT), "TIME_WAIT");
    assert_string_equal(state_name(TCP_STATES), "UNKNOWN");
    assert_string_equal(certainty_name(CERTAINTY_ASSUMED), "assumed");
    assert_string_equal(certainty_name(CERTAINTY_REFUTED), "refuted");
    assert_string_equal(step_cause_name(CAUSE_SENT), "sent");
    assert_string_equal(step_cause_name(CAUSE_INFERRED), "inferred");
    assert_true(!state_is_synchronised(STATE_SYN_RECEIVED) && state_is_synchronised(STATE_ESTABLISHED));
}

/* --- the way of a side --- */

static struct path_event event(enum event_kind kind, uint64_t frame, enum certainty certainty) {
    return (struct path_event){
        .frame = frame, .time = (int64_t)frame * 10, .kind = (uint8_t)kind, .certainty = (uint8_t)certainty};
}

static void add(struct path *path, enum event_kind kind, uint64_t frame, enum certainty certainty) {
    struct path_event added = event(kind, frame, certainty);
    assert_true(path_append(path, &added));
}

/* A client that has opened and closed: frames 1 to 6. */
static void walk(struct path *path, struct path_event *storage) {
    path_init(path, STATE_CLOSED, storage);
    add(path, EVENT_SENT_SYN, 1, CERTAINTY_CERTAIN);
    add(path, EVENT_RECEIVED_SYN_ACK, 2, CERTAINTY_PRESUMED);
    add(path, EVENT_SENT_FIN, 4, CERTAINTY_CERTAIN);
    add(path, EVENT_RECEIVED_ACK_OF_FIN, 5, CERTAINTY_PRESUMED);
}

static void assert_steps(const struct path *path, const char *expected) {
    struct step steps[PATH_STEPS_MAX];
    char text[2000] = "";
    size_t count = path_steps(path, steps);
    for (size_t i = 0; i < count; i++) {
        char line[100];
        snprintf(line, sizeof line, "%s%s>%s@%d%s", i > 0 ? " " : "", state_name((enum tcp_state)steps[i].from),
                 state_name((enum tcp_state)steps[i].to), (int)steps[i].frame,
                 certainty_name((enum certainty)steps[i].certainty));
        strncat(text, line, sizeof text - strlen(text) - 1);
        if (steps[i].settled_by != 0) {
            snprintf(line, sizeof line, "/%d", (int)steps[i].settled_by);
            strncat(text, line, sizeof text - strlen(text) - 1);
        }
    }
    assert_string_equal(text, expected);
}

static void test_a_way(void **state) {
    struct path_event storage[PATH_EVENTS_INLINE];
    struct path path;
    (void)state;
    walk(&path, storage);
    assert_int_equal(path.state, STATE_FIN_WAIT_2);
    assert_int_equal(path.certainty, CERTAINTY_PRESUMED);
    assert_steps(&path, "CLOSED>SYN_SENT@1certain SYN_SENT>ESTABLISHED@2presumed "
                        "ESTABLISHED>FIN_WAIT_1@4presumed FIN_WAIT_1>FIN_WAIT_2@5presumed");
    assert_true(path_confirm(&path, EVENT_RECEIVED_SYN_ACK, 3));
    assert_false(path_confirm(&path, EVENT_RECEIVED_SYN_ACK, 4)); /* it is */
    assert_false(path_confirm(&path, EVENT_SENT_SYN, 4));
    assert_false(path_confirm(&path, EVENT_RECEIVED_FIN, 4));
    assert_steps(&path, "CLOSED>SYN_SENT@1certain SYN_SENT>ESTABLISHED@2confirmed/3 "
                        "ESTABLISHED>FIN_WAIT_1@4certain FIN_WAIT_1>FIN_WAIT_2@5presumed");
    assert_int_equal(path.certainty, CERTAINTY_PRESUMED);
    assert_true(path_pending(&path, EVENT_RECEIVED_ACK_OF_FIN) && !path_pending(&path, EVENT_RECEIVED_SYN_ACK));
    assert_true(path_confirm(&path, EVENT_RECEIVED_ACK_OF_FIN, 6));
    assert_int_equal(path.certainty, CERTAINTY_CONFIRMED);
    assert_false(path_pending(&path, EVENT_RECEIVED_ACK_OF_FIN));
    path_free(&path);
}

static void test_a_guess_is_not_confirmed(void **state) {
    struct path_event storage[PATH_EVENTS_INLINE];
    struct path path;
    struct path_event guessed = event(EVENT_RECEIVED_SYN_ACK, 2, CERTAINTY_PRESUMED);
    (void)state;
    path_init(&path, STATE_CLOSED, storage);
    add(&path, EVENT_SENT_SYN, 1, CERTAINTY_CERTAIN);
    guessed.guessed = 1;
    assert_true(path_append(&path, &guessed));
    assert_false(path_confirm(&path, EVENT_RECEIVED_SYN_ACK, 3));
    path_free(&path);
    path_init(&path, STATE_CLOSED, storage);
    add(&path, EVENT_SENT_SYN, 1, CERTAINTY_CERTAIN);
    add(&path, EVENT_RECEIVED_SYN_ACK, 2, CERTAINTY_ASSUMED);
    assert_false(path_confirm(&path, EVENT_RECEIVED_SYN_ACK, 3));
    assert_steps(&path, "CLOSED>SYN_SENT@1certain SYN_SENT>ESTABLISHED@2assumed");
    path_free(&path);
}

static void test_search(void **state) {
    struct path_event storage[PATH_EVENTS_INLINE];
    struct path path;
    (void)state;
    walk(&path, storage);
    add(&path, EVENT_SENT_SYN, 9, CERTAINTY_PRESUMED); /* moves nothing */
    assert_int_equal(path_find(&path, EVENT_SENT_SYN)->frame, 9);
    assert_int_equal(path_find(&path, EVENT_SENT_FIN)->frame, 4);
    assert_null(path_find(&path, EVENT_RECEIVED_FIN));
    assert_null(path_search(&path, EVENT_RECEIVED_FIN));
    assert_true(path_remove(&path, EVENT_SENT_SYN));
    assert_int_equal(path_find(&path, EVENT_SENT_SYN)->frame, 1);
    assert_false(path_remove(&path, EVENT_RECEIVED_FIN));
    assert_false(path_move_last(&path, EVENT_RECEIVED_FIN));
    assert_int_equal(path.count, 4);
    path_free(&path);
}

static void test_removal(void **state) {
    struct path_event storage[PATH_EVENTS_INLINE];
    struct path path;
    const uint32_t both = EVENT_BIT(EVENT_SENT_FIN) | EVENT_BIT(EVENT_RECEIVED_ACK_OF_FIN);
    (void)state;
    walk(&path, storage);
    assert_int_equal(path_remove_since(&path, both, 6), 0);
    assert_int_equal(path.count, 4);
    assert_int_equal(path_remove_since(&path, both, 5), EVENT_BIT(EVENT_RECEIVED_ACK_OF_FIN));
    assert_int_equal(path.state, STATE_FIN_WAIT_1);
    path_free(&path);
    walk(&path, storage);
    assert_int_equal(path_remove_since(&path, both, 0), both);
    assert_int_equal(path.state, STATE_ESTABLISHED);
    assert_int_equal(path.count, 2);
    assert_false(path_has(&path, EVENT_SENT_FIN));
    assert_int_equal(path_remove_since(&path, EVENT_BIT(EVENT_SENT_SYN), 1), EVENT_BIT(EVENT_SENT_SYN));
    assert_int_equal(path.state, STATE_CLOSED);
    path_free(&path);
}

static void test_moving_last(void **state) {
    struct path_event storage[PATH_EVENTS_INLINE];
    struct path path;
    (void)state;
    walk(&path, storage);
    assert_true(path_move_last(&path, EVENT_SENT_FIN)); /* the ACK of a FIN that is not sent yet moves nothing */
    assert_int_equal(path.state, STATE_FIN_WAIT_1);
    assert_int_equal(path.events[3].kind, EVENT_SENT_FIN);
    assert_steps(&path, "CLOSED>SYN_SENT@1certain SYN_SENT>ESTABLISHED@2presumed ESTABLISHED>FIN_WAIT_1@4presumed");
    path_free(&path);
}

static void test_a_change(void **state) {
    struct path_event storage[PATH_EVENTS_INLINE];
    struct path path;
    struct path_change change, within;
    (void)state;
    walk(&path, storage);
    assert_true(path_change_begin(&change, &path));
    assert_true(path_change_begin(&within, &path));
    assert_true(path_remove(&path, EVENT_RECEIVED_ACK_OF_FIN));
    assert_true(path_change_end(&within, &path, 7));
    assert_int_equal(path.count, 3); /* it counts as part of the outer one */
    add(&path, EVENT_RECEIVED_ACK_OF_FIN, 8, CERTAINTY_PRESUMED);
    assert_true(path_change_end(&change, &path, 7));
    assert_steps(&path, "CLOSED>SYN_SENT@1certain SYN_SENT>ESTABLISHED@2presumed "
                        "ESTABLISHED>FIN_WAIT_1@4presumed FIN_WAIT_1>FIN_WAIT_2@5refuted/7 "
                        "FIN_WAIT_1>FIN_WAIT_2@8presumed");
    assert_int_equal(path.state, STATE_FIN_WAIT_2);
    /* Another change takes the next one back; what was refuted before is there once. */
    assert_true(path_change_begin(&change, &path));
    assert_true(path_remove(&path, EVENT_RECEIVED_ACK_OF_FIN));
    assert_true(path_change_end(&change, &path, 9));
    assert_steps(&path, "CLOSED>SYN_SENT@1certain SYN_SENT>ESTABLISHED@2presumed "
                        "ESTABLISHED>FIN_WAIT_1@4presumed FIN_WAIT_1>FIN_WAIT_2@5refuted/7 "
                        "FIN_WAIT_1>FIN_WAIT_2@8refuted/9");
    assert_true(path_change_begin(&change, &path));
    assert_true(path_change_end(&change, &path, 10));
    assert_int_equal(path.count, 5);
    path_free(&path);
}

/* Repetition without end: the bound holds, the oldest refuted steps give way, the way itself stays. */
static void test_bound(void **state) {
    struct path_event storage[PATH_EVENTS_INLINE];
    struct path path;
    struct path_change change;
    (void)state;
    walk(&path, storage);
    for (uint64_t frame = 10; frame < 300; frame++) {
        assert_true(path_change_begin(&change, &path));
        assert_true(path_remove(&path, EVENT_RECEIVED_ACK_OF_FIN));
        add(&path, EVENT_RECEIVED_ACK_OF_FIN, frame, CERTAINTY_PRESUMED);
        assert_true(path_change_end(&change, &path, frame));
        assert_int_equal(path.state, STATE_FIN_WAIT_2);
        assert_true(path.count <= PATH_EVENTS_MAX);
    }
    struct step steps[PATH_STEPS_MAX];
    size_t count = path_steps(&path, steps);
    unsigned refuted = 0;
    for (size_t i = 0; i < count; i++)
        refuted += steps[i].certainty == CERTAINTY_REFUTED;
    assert_int_equal(count, path.count);
    assert_int_equal(refuted, count - 4);
    assert_int_equal(refuted + path.omitted_refuted, 300 - 10); /* one each time */
    assert_int_equal(steps[0].to, STATE_SYN_SENT);
    assert_int_equal(steps[1].to, STATE_ESTABLISHED);
    assert_int_equal(path_find(&path, EVENT_RECEIVED_ACK_OF_FIN)->frame, 299);
    path_free(&path);
}

static void test_how_a_way_begins(void **state) {
    struct path path;
    (void)state;
    path_init(&path, STATE_UNKNOWN, NULL);
    assert_int_equal(path.certainty, CERTAINTY_ASSUMED);
    path_init(&path, STATE_LISTEN, NULL);
    assert_int_equal(path.certainty, CERTAINTY_ASSUMED);
    path_init(&path, STATE_CLOSED, NULL);
    assert_int_equal(path.certainty, CERTAINTY_CERTAIN);
    memset(&path, 0, sizeof path);
    add(&path, EVENT_MIDSTREAM, 1, CERTAINTY_ASSUMED);
    add(&path, EVENT_SENT_FIN, 1, CERTAINTY_CERTAIN);
    assert_steps(&path, "UNKNOWN>ESTABLISHED@1assumed ESTABLISHED>FIN_WAIT_1@1assumed");
    assert_true(path.owned);
    path_free(&path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_events_follow_edges),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_a_way),
        cmocka_unit_test(test_a_guess_is_not_confirmed),
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_removal),
        cmocka_unit_test(test_moving_last),
        cmocka_unit_test(test_a_change),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_how_a_way_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
