/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* Openings that are alike leave the same whether they are repeated from memory or go through the model. */

enum { CONNECTIONS = 12, UNLESS_MET = 2 /* so many go through the model */, SEGMENTS = 11 };

/* Changes what is told of a connection. */
typedef void variation(struct segment *segments, unsigned number);

struct seen {
    struct connection records[CONNECTIONS]; /* as they ended, without what is elsewhere in memory */
    unsigned ended;
    unsigned openings; /* observed: their SYNs */
    unsigned marked;   /* the observer marks so many connections, each in its way */
    struct findings *found;
};

static bool observed(void *context, const struct observation *observation) {
    struct seen *seen = context;
    if ((observation->facts & FACT_SYN) == 0)
        return true;
    seen->openings++;
    observation->connection->findings = seen->found;
    if (seen->openings <= seen->marked)
        observation->connection->told_states[0] = (uint8_t)(seen->openings + 1);
    return true;
}

/* Without what is elsewhere in memory, and what waits elsewhere. */
static struct connection without_place(const struct connection *connection) {
    struct connection record = *connection;
    memset(&record, 0, offsetof(struct connection, frames_seen));
    record.id = connection->id;
    record.last_time = connection->last_time;
    record.last_frame = connection->last_frame;
    record.initiator_seen = connection->initiator_seen;
    for (int i = 0; i < SIDES; i++) {
        assert_true(connection->side[i].path.events == connection->side[i].first_events);
        record.side[i].path.events = NULL;
    }
    assert_true(connection->log.rows == connection->first_rows);
    record.log.rows = NULL;
    assert_true(connection->oddities == NULL || connection->oddities == connection->first_oddities);
    record.oddities = NULL;
    return record;
}

static bool ended(void *context, struct connection *connection) {
    struct seen *seen = context;
    assert_true(seen->ended < CONNECTIONS);
    seen->records[seen->ended++] = without_place(connection);
    connection->findings = NULL;
    return true;
}

static void dropped(void *context, struct connection *connection) {
    (void)context;
    connection->findings = NULL;
}

/* Nobody listens. */
static bool ignore(void *context, struct watch_queue *queue) {
    queue->next = context;
    return true;
}

/* Numbers, times and ends of its own, and between two of them enough time that all are in order. */
static void tell_of(struct story *story, unsigned number) {
    ordinary(story);
    add_timestamps(story);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        struct segment *segment = &story->segments[i];
        bool up = segment->source_port != 443;
        uint32_t mine = number * 77777777, theirs = number * 55555555;
        segment->frame += number * 100;
        segment->time += number * SECOND + i * number * MILLISECOND + number * number;
        segment->seq += up ? mine : theirs;
        segment->ack += (segment->flags & TCP_ACK) == 0 ? 0 : up ? theirs : mine;
        segment->source.octets[3] = (uint8_t)(segment->source.octets[3] + (up ? number : 0));
        segment->destination.octets[3] = (uint8_t)(segment->destination.octets[3] + (up ? 0 : number));
        segment->options.timestamp_value += (up ? 1000 : 3000) * number;
        segment->options.timestamp_echo += (segment->flags & TCP_ACK) == 0 ? 0 : (up ? 3000 : 1000) * number;
        segment->hop_limit = (uint8_t)(segment->hop_limit - number);
        segment->link_source += number;
        segment->ip_id += number * 999;
    }
}

static void tell_to(struct seen *seen, bool alike, bool no_log, variation *vary) {
    struct watch_event event;
    struct watch_queue queue = {&event, &event + 1, ignore, &event};
    const struct model_events events = {
        .context = seen, .observed = observed, .ended = ended, .dropped = dropped, .queue = &queue};
    struct model_settings settings;
    static struct story story;
    model_settings_default(&settings);
    settings.late = settings.may_move = true;
    settings.no_log = no_log;
    settings.openings_alike = alike;
    struct model *model = model_new(&settings, &events);
    assert_non_null(model);
    for (unsigned number = 0; number < CONNECTIONS; number++) {
        tell_of(&story, number);
        if (vary != NULL)
            vary(story.segments, number);
        for (unsigned i = 0; i < SEGMENTS; i++)
            assert_true(model_segment(model, &story.segments[i]));
    }
    assert_true(model_finish(model, story.segments[SEGMENTS - 1].time + 300 * SECOND));
    model_free(model);
    assert_int_equal(seen->ended, CONNECTIONS);
}

/* How many of them went through the model; all leave what they leave without any memory. */
static unsigned openings_of(variation *vary) {
    static struct seen one, other;
    memset(&one, 0, sizeof one);
    memset(&other, 0, sizeof other);
    tell_to(&one, true, true, vary);
    tell_to(&other, false, true, vary);
    assert_int_equal(other.openings, CONNECTIONS);
    for (unsigned i = 0; i < CONNECTIONS; i++)
        assert_memory_equal(&one.records[i], &other.records[i], sizeof one.records[i]);
    return one.openings;
}

/* --- alike --- */

static void test_numbers_and_times_differ(void **state) {
    (void)state;
    assert_int_equal(openings_of(NULL), UNLESS_MET);
}

static void without_timestamps(struct segment *segments, unsigned number) {
    (void)number;
    for (unsigned i = 0; i < SEGMENTS; i++) {
        segments[i].options.present &= (uint16_t)~OPTION_TIMESTAMPS;
        segments[i].options.timestamp_value = segments[i].options.timestamp_echo = 0;
    }
}

static void test_without_timestamps(void **state) {
    (void)state;
    assert_int_equal(openings_of(without_timestamps), UNLESS_MET);
}

static void only_syn_is_stamped(struct segment *segments, unsigned number) {
    struct tcp_options syn = segments[0].options;
    without_timestamps(segments, number);
    segments[0].options = syn;
}

static void test_timestamps_that_only_the_client_offers(void **state) {
    (void)state;
    assert_int_equal(openings_of(only_syn_is_stamped), UNLESS_MET);
}

/* Half a second more for the SYN/ACK, and for every second one for the ACK. */
static void take_longer(struct segment *segments, unsigned number) {
    for (unsigned i = 1; i < SEGMENTS; i++)
        segments[i].time += 500 * MILLISECOND + (i > 1 && number % 2 == 1 ? 300 * MILLISECOND : 0);
}

static void test_round_trips_of_half_a_second(void **state) {
    (void)state;
    assert_int_equal(openings_of(take_longer), UNLESS_MET);
}

static void from_nowhere(struct segment *segments, unsigned number) {
    for (unsigned i = 0; i < SEGMENTS && number % 2 == 0; i++)
        segments[i].link_source = 0;
}

static void test_hardware_addresses_that_are_not_known(void **state) {
    (void)state;
    assert_int_equal(openings_of(from_nowhere), 2 * UNLESS_MET);
}

static void other_windows(struct segment *segments, unsigned number) {
    segments[number % 3].window = (uint16_t)(segments[number % 3].window + 3 + number % 3);
}

static void test_each_window_is_another_likeness(void **state) {
    (void)state;
    assert_int_equal(openings_of(other_windows), 3 * UNLESS_MET);
}

/* --- not alike --- */

static void wait_for_a_second(struct segment *segments, unsigned number) {
    (void)number;
    for (unsigned i = 2; i < SEGMENTS; i++)
        segments[i].time += SECOND;
}

static void test_an_opening_of_a_second_goes_through_the_model(void **state) {
    (void)state;
    assert_int_equal(openings_of(wait_for_a_second), CONNECTIONS);
}

static void all_at_once(struct segment *segments, unsigned number) {
    (void)number;
    segments[1].time = segments[0].time;
}

static void test_so_does_one_that_took_no_time(void **state) {
    (void)state;
    assert_int_equal(openings_of(all_at_once), CONNECTIONS);
}

static void turn_clock_back(struct segment *segments, unsigned number) {
    (void)number;
    segments[2].options.timestamp_value = segments[0].options.timestamp_value - 1;
}

static void test_so_does_one_with_a_clock_that_runs_back(void **state) {
    (void)state;
    assert_int_equal(openings_of(turn_clock_back), CONNECTIONS);
}

static void leave_checksum(struct segment *segments, unsigned number) {
    (void)number;
    set_checksum(&segments[0], CHECKSUM_OFFLOADED);
}

static void test_so_does_one_that_is_odd(void **state) {
    (void)state;
    assert_int_equal(openings_of(leave_checksum), CONNECTIONS);
}

static void test_nothing_is_remembered_unless_that_may_be(void **state) {
    static struct seen seen;
    (void)state;
    tell_to(&seen, true, false, NULL);
    assert_int_equal(seen.openings, CONNECTIONS);
}

static void test_nothing_that_findings_stand_on(void **state) {
    static struct seen seen;
    (void)state;
    seen.found = (struct findings *)&seen;
    tell_to(&seen, true, true, NULL);
    assert_int_equal(seen.openings, CONNECTIONS);
}

/* As it would be if the model came to know something that is not in the log. */
static void test_nothing_that_did_not_come_to_the_same(void **state) {
    static struct seen seen;
    (void)state;
    seen.marked = 2;
    tell_to(&seen, true, true, NULL);
    assert_int_equal(seen.openings, CONNECTIONS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_and_times_differ),
        cmocka_unit_test(test_without_timestamps),
        cmocka_unit_test(test_timestamps_that_only_the_client_offers),
        cmocka_unit_test(test_round_trips_of_half_a_second),
        cmocka_unit_test(test_hardware_addresses_that_are_not_known),
        cmocka_unit_test(test_each_window_is_another_likeness),
        cmocka_unit_test(test_an_opening_of_a_second_goes_through_the_model),
        cmocka_unit_test(test_so_does_one_that_took_no_time),
        cmocka_unit_test(test_so_does_one_with_a_clock_that_runs_back),
        cmocka_unit_test(test_so_does_one_that_is_odd),
        cmocka_unit_test(test_nothing_is_remembered_unless_that_may_be),
        cmocka_unit_test(test_nothing_that_findings_stand_on),
        cmocka_unit_test(test_nothing_that_did_not_come_to_the_same),
    };
    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
