/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/explain.h"

#include "rules/explanation.h"
#include "rules/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* True when an item of the list begins with the state's name and a colon. */
static bool tells_of(const char *const *list, enum tcp_state state) {
    const char *name = state_name(state);

    for (; *list != NULL; list++)
        if (strncmp(*list, name, strlen(name)) == 0 && (*list)[strlen(name)] == ':')
            return true;
    return false;
}

static unsigned items_of(const char *const *list) {
    unsigned count = 0;

    while (list[count] != NULL)
        count++;
    return count;
}

/* What an event leads to from a state, as a bit set; only the first of two steps is one from here. */
static uint32_t leads_to(enum tcp_state from) {
    uint32_t to = 0;

    for (int event = 0; event < EVENT_KINDS; event++)
        for (int request_socket = 0; request_socket < 2; request_socket++) {
            const struct state_edges *edges = state_after(from, (enum event_kind)event, request_socket != 0);
            if (edges->count > 0)
                to |= 1u << edges->to[0];
        }
    return to;
}

/* Each edge of the model is told at both of its ends, and what is told is an edge that RFC 9293 has. */
static void states_tell_the_edges(void **state) {
    unsigned edges = 0;

    (void)state;
    for (unsigned from = 0; from < TCP_STATES; from++) {
        uint32_t to = leads_to((enum tcp_state)from);
        for (unsigned next = 0; next < TCP_STATES; next++) {
            bool out = tells_of(explain_state((enum tcp_state)from)->out, (enum tcp_state)next);
            bool in = tells_of(explain_state((enum tcp_state)next)->in, (enum tcp_state)from);
            if ((to >> next & 1) != 0 && from != next && (!out || !in))
                fail_msg("%s > %s: out %d, in %d", state_name((enum tcp_state)from), state_name((enum tcp_state)next),
                         out, in);
            if (out && !state_edge_is_legal((enum tcp_state)from, (enum tcp_state)next))
                fail_msg("%s > %s is no edge", state_name((enum tcp_state)from), state_name((enum tcp_state)next));
            edges += out;
        }
        assert_int_not_equal(items_of(explain_state((enum tcp_state)from)->in), 0);
        assert_int_not_equal(items_of(explain_state((enum tcp_state)from)->see), 0);
        assert_true(strlen(explain_state((enum tcp_state)from)->meaning) > 40);
    }
    assert_true(edges > 20);
}

static void expect_one(const char *name, enum explain_kind kind, unsigned index) {
    struct explain_item items[EXPLAIN_KINDS];
    size_t count = explain_find(name, items);

    for (size_t i = 0; i < count; i++)
        if (items[i].kind == kind && items[i].index == index)
            return;
    fail_msg("%s: not found", name);
}

static void states_have_many_names(void **state) {
    (void)state;
    expect_one("TIME_WAIT", EXPLAIN_STATE, STATE_TIME_WAIT);
    expect_one("TIME-WAIT", EXPLAIN_STATE, STATE_TIME_WAIT);
    expect_one("time-wait", EXPLAIN_STATE, STATE_TIME_WAIT);
    expect_one("Time Wait", EXPLAIN_STATE, STATE_TIME_WAIT);
    expect_one("FIN_WAIT1", EXPLAIN_STATE, STATE_FIN_WAIT_1);
    expect_one("fin-wait-1", EXPLAIN_STATE, STATE_FIN_WAIT_1);
    expect_one("estab", EXPLAIN_STATE, STATE_ESTABLISHED);
    expect_one("SYN-RECV", EXPLAIN_STATE, STATE_SYN_RECEIVED);
    expect_one("SYN_RECV", EXPLAIN_STATE, STATE_SYN_RECEIVED);
    expect_one("SYN_RCVD", EXPLAIN_STATE, STATE_SYN_RECEIVED);
    expect_one("LISTENING", EXPLAIN_STATE, STATE_LISTEN);
    expect_one("TimeWait", EXPLAIN_STATE, STATE_TIME_WAIT);
    expect_one("FINWAIT2", EXPLAIN_STATE, STATE_FIN_WAIT_2);
    expect_one("unknown", EXPLAIN_STATE, STATE_UNKNOWN);
}

/* Each thing is found by its own name, and no name stands for two of one kind. */
static void everything_is_found(void **state) {
    static struct explain_item items[EXPLAIN_MAX];
    size_t count = explain_everything(items);

    (void)state;
    assert_true(count <= EXPLAIN_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *names[EXPLAIN_KINDS] = {0};
        names[items[i].kind] = items[i].kind == EXPLAIN_STATE     ? state_name((enum tcp_state)items[i].index)
                               : items[i].kind == EXPLAIN_ANOMALY ? anomaly_row((enum anomaly_id)items[i].index)->id
                               : items[i].kind == EXPLAIN_TOPIC   ? topics[items[i].index].name
                                                                  : explain_group(items[i].index);
        expect_one(names[items[i].kind], items[i].kind, items[i].index);
    }
    expect_one("three-way-handshake", EXPLAIN_TOPIC, 0);
    expect_one("why-three", EXPLAIN_TOPIC, 0);
}

/* What a report says of a connection in a word can be asked for. */
static void words_of_reports(void **state) {
    static const char *const words[] = {"complete",   "fast-open",  "split",           "half-open",  "refused",
                                        "unanswered", "filtered",   "abandoned",       "midstream",  "graceful",
                                        "reset",      "late-reset", "half-open-reset", "timed-out",  "incomplete",
                                        "replaced",   "idle",       "evicted",         "capture-end"};
    struct explain_item items[EXPLAIN_KINDS];

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_true(explain_find(words[i], items) > 0);
}

static void unknown_names(void **state) {
    struct explain_item items[EXPLAIN_KINDS];

    (void)state;
    assert_int_equal(explain_find("", items), 0);
    assert_int_equal(explain_find("time", items), 0);
    assert_int_equal(explain_find("time-wait-", items), 0);
    assert_int_equal(explain_find("-time-wait", items), 0);
    assert_int_equal(explain_find("time--wait", items), 0);
    assert_int_equal(explain_find("-", items), 0);
    assert_int_equal(explain_find("why", items), 0);
    assert_string_equal(explain_nearest("TIMEWAITT"), "TIME_WAIT");
    assert_string_equal(explain_nearest("fin-unansered"), "fin-unanswered");
    assert_string_equal(explain_nearest("halfclose"), "half-close");
    assert_null(explain_nearest("zzzzzzzzzz"));
}

static void ids_of_a_mapping(void **state) {
    const struct mapping mapping = {.ids = "keep-alive-reset fin-retransmitted-in-time-wait zero-window"};

    (void)state;
    assert_true(mapping_has(&mapping, "keep-alive-reset"));
    assert_true(mapping_has(&mapping, "fin-retransmitted-in-time-wait"));
    assert_true(mapping_has(&mapping, "zero-window"));
    assert_false(mapping_has(&mapping, "keep-alive"));
    assert_false(mapping_has(&mapping, "fin-retransmitted"));
    assert_false(mapping_has(&mapping, "alive-reset"));
    assert_false(mapping_has(&mapping, "window"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_tell_the_edges), cmocka_unit_test(states_have_many_names),
        cmocka_unit_test(everything_is_found),   cmocka_unit_test(words_of_reports),
        cmocka_unit_test(unknown_names),         cmocka_unit_test(ids_of_a_mapping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
