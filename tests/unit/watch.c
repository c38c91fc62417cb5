/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "rules/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Findings of the capture, of which only so many are kept of one id. */

enum { VICTIMS = WATCH_FINDINGS + 44, SYNS = 40, FLOODED = 3, ROUND = VICTIMS * SYNS }; /* FLOODED: seconds */

struct told {
    unsigned findings;
    bool said_more;
};

/* Each finding is about a port of its own and the SYNs for it, whatever came for others. */
static bool check(void *context, const struct capture_finding *finding) {
    struct told *told = context;
    told->findings++;
    assert_int_equal(finding->id, ANOMALY_SYN_FLOOD_SUSPECTED);
    assert_int_equal(finding->count, FLOODED);
    assert_int_equal(finding->port, told->findings);
    assert_int_equal(finding->frame, (told->findings - 1) * SYNS + 1);
    assert_int_equal(finding->last_frame, (FLOODED - 1) * ROUND + told->findings * SYNS);
    assert_int_equal(finding->connection_count, FLOODED * SYNS);
    if (strstr(finding->message, " There are 44 more such findings.") != NULL)
        told->said_more = true;
    return true;
}

/* A port that is flooded for several seconds is one finding, also where there is no place for it. */
static void test_findings_beyond_the_bound(void **state) {
    const uint64_t key[2] = {1, 2};
    struct rule_settings settings;
    struct watch_event event = {.kind = WATCH_SYN, .address = {.version = 4, .octets = {10, 0, 0, 1}}};
    struct told told = {0, false};
    (void)state;
    rule_settings_default(&settings);
    settings.syn_flood = SYNS - 1;
    struct watch *watch = watch_new(&settings, key);
    assert_non_null(watch);
    for (unsigned second = 0; second <= FLOODED; second++) { /* what comes in the next second closes the last */
        for (uint16_t port = 1; port <= VICTIMS; port++) {
            event.port = port;
            for (unsigned i = 0; i < (second < FLOODED ? SYNS : 1); i++) {
                event.frame++;
                event.source = event.frame;
                event.time = (int64_t)second * 1500000000 + (int64_t)event.frame * 1000;
                assert_true(watch_take(watch, &event));
            }
        }
    }
    assert_true(watch_finish(watch, check, &told));
    assert_int_equal(told.findings, WATCH_FINDINGS);
    assert_true(told.said_more);
    watch_free(watch);
}

/* --- one watch, and what it found --- */

enum { FOUND_MOST = 8, FEW_SYNS = 20, FEW_PORTS = 20, FEW_HELD = 3 };
static const int64_t SECOND = 1000000000;

struct fixture {
    struct watch *watch;
    uint64_t frame;
    unsigned count;
    struct capture_finding found[FOUND_MOST];
};

static void begin(struct fixture *fixture) {
    const uint64_t key[2] = {3, 4};
    struct rule_settings settings;
    rule_settings_default(&settings);
    settings.syn_flood = FEW_SYNS;
    settings.scan_ports = FEW_PORTS;
    settings.pile_up = FEW_HELD;
    memset(fixture, 0, sizeof *fixture);
    fixture->watch = watch_new(&settings, key);
    assert_non_null(fixture->watch);
}

static void take(struct fixture *fixture, struct watch_event event) {
    event.frame = event.frame == 0 ? ++fixture->frame : event.frame;
    event.connection = event.connection == 0 ? event.frame : event.connection;
    event.address.version = 4;
    event.address.octets[0] = 10;
    assert_true(watch_take(fixture->watch, &event));
}

static bool keep(void *context, const struct capture_finding *finding) {
    struct fixture *fixture = context;
    assert_true(fixture->count < FOUND_MOST);
    fixture->found[fixture->count++] = *finding;
    return true;
}

/* How many findings there are. */
static unsigned finish(struct fixture *fixture) {
    assert_true(watch_finish(fixture->watch, keep, fixture));
    watch_free(fixture->watch);
    return fixture->count;
}

/* --- floods --- */

static void syn(struct fixture *fixture, int64_t time, uint64_t source) {
    take(fixture, (struct watch_event){.kind = WATCH_SYN, .time = time, .port = 80, .source = source});
}

static void completed(struct fixture *fixture, int64_t syn_time) {
    take(fixture, (struct watch_event){.kind = WATCH_COMPLETED, .time = syn_time + 1, .since = syn_time, .port = 80});
}

/* So many SYNs in the first second, from so many sources in turn, of which so many led to a connection. */
static unsigned flooded(unsigned syns, unsigned changes, unsigned connections, int64_t last) {
    struct fixture fixture;
    begin(&fixture);
    for (unsigned i = 0; i < syns; i++)
        syn(&fixture, i + 1 == syns ? 1 + last : 1 + i, i < changes ? i : changes);
    for (unsigned i = 0; i < connections; i++)
        completed(&fixture, 1 + i);
    return finish(&fixture);
}

static void test_flood_begins(void **state) {
    (void)state;
    assert_int_equal(flooded(FEW_SYNS, 100, 0, 500), 0);
    assert_int_equal(flooded(FEW_SYNS + 1, 100, 0, 500), 1);
    assert_int_equal(flooded(FEW_SYNS + 1, 100, 0, SECOND - 1), 1);
    assert_int_equal(flooded(FEW_SYNS + 1, 100, 0, SECOND), 0); /* the last comes a second later */
    assert_int_equal(flooded(FEW_SYNS + 1, 8, 0, 500), 0);      /* from nine sources */
    assert_int_equal(flooded(FEW_SYNS + 1, 9, 0, 500), 1);      /* from ten */
    assert_int_equal(flooded(FEW_SYNS + 1, 100, 2, 500), 1);
    assert_int_equal(flooded(FEW_SYNS + 1, 100, 3, 500), 0);
    assert_int_equal(flooded(30, 100, 3, 500), 0); /* one in ten */
    assert_int_equal(flooded(31, 100, 3, 500), 1);
}

/* The first SYN of a port may be complete before there is a second one. */
static void test_flood_counts_the_first(void **state) {
    (void)state;
    for (unsigned more = 0; more <= 1; more++) {
        struct fixture fixture;
        begin(&fixture);
        syn(&fixture, 5, 1000);
        completed(&fixture, 5);
        for (unsigned i = 0; i < FEW_SYNS; i++)
            syn(&fixture, 10 + i, i);
        completed(&fixture, 10);
        for (unsigned i = 0; i < more; i++)
            completed(&fixture, 11);
        assert_int_equal(finish(&fixture), more == 0);
        if (more == 0) {
            assert_int_equal(fixture.found[0].frame, 1);
            assert_int_equal(fixture.found[0].time, 5);
            assert_int_equal(fixture.found[0].connection_count, FEW_SYNS + 1);
            assert_non_null(strstr(fixture.found[0].message, ", 2 led to a connection."));
        }
    }
}

static void test_flood_of_several_seconds(void **state) {
    static const unsigned syns[] = {25, 10, 40, 30}; /* the second one is none */
    struct fixture fixture;
    (void)state;
    begin(&fixture);
    for (unsigned second = 0; second < 4; second++)
        for (unsigned i = 0; i < syns[second]; i++)
            syn(&fixture, 7 + second * SECOND + i, i);
    completed(&fixture, 7 + 2 * SECOND);
    completed(&fixture, 7 + SECOND); /* of no flood */
    assert_int_equal(finish(&fixture), 1);
    const struct capture_finding *finding = &fixture.found[0];
    assert_string_equal(finding->message,
                        "40 SYNs for 10.0.0.0 port 80 came within a second, from changing sources; of "
                        "all 95 in 3 such seconds, 1 led to a connection.");
    assert_int_equal(finding->id, ANOMALY_SYN_FLOOD_SUSPECTED);
    assert_int_equal(finding->certainty, CERTAINTY_PRESUMED);
    assert_int_equal(finding->count, 3);
    assert_int_equal(finding->connection_count, 95);
    assert_int_equal(finding->frame, 1);
    assert_int_equal(finding->time, 7);
    assert_int_equal(finding->last_frame, 25 + 10 + 40 + 30);
    assert_int_equal(finding->port, 80);
}

/* Of a second that was judged long ago nothing is known any more. */
static void test_flood_where_the_clock_goes_back(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture);
    syn(&fixture, 1, 0);
    syn(&fixture, 1 + 4 * SECOND, 1);
    for (unsigned i = 0; i < 2 * FEW_SYNS; i++)
        syn(&fixture, 2 + i, i);
    assert_int_equal(finish(&fixture), 0);
    begin(&fixture);
    syn(&fixture, 1, 0);
    syn(&fixture, 1 + 3 * SECOND, 1); /* but of three seconds before, it is */
    for (unsigned i = 0; i < 2 * FEW_SYNS; i++)
        syn(&fixture, 2 + i, i);
    assert_int_equal(finish(&fixture), 1);
    assert_int_equal(fixture.found[0].connection_count, 2 * FEW_SYNS + 1);
}

/* A handshake whose second has been judged tells nothing of the one that took its place. */
static void test_flood_and_a_late_handshake(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture);
    for (unsigned i = 0; i < 2; i++)
        syn(&fixture, 1 + i, i);
    for (unsigned i = 0; i <= FEW_SYNS; i++)
        syn(&fixture, 1 + 4 * SECOND + i, i);
    for (unsigned i = 0; i < 5; i++)
        completed(&fixture, 1);
    assert_int_equal(finish(&fixture), 1);
    assert_int_equal(fixture.found[0].connection_count, FEW_SYNS + 1);
    assert_int_equal(fixture.found[0].frame, 3);
}

/* --- piles --- */

static void wait_in(struct fixture *fixture, bool entered, enum anomaly_id id, uint64_t connection) {
    take(fixture, (struct watch_event){.kind = entered ? WATCH_ENTERED : WATCH_LEFT,
                                       .time = (int64_t)fixture->frame * 10,
                                       .state = id == ANOMALY_TIME_WAIT_PILE_UP ? STATE_TIME_WAIT : STATE_CLOSE_WAIT,
                                       .connection = connection});
}

static void test_pile(void **state) {
    static const enum anomaly_id ids[] = {ANOMALY_CLOSE_WAIT_PILE_UP, ANOMALY_TIME_WAIT_PILE_UP};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture fixture;
        begin(&fixture);
        for (unsigned k = 1; k <= FEW_HELD; k++)
            wait_in(&fixture, true, ids[i], k);
        wait_in(&fixture, true, ids[1 - i], 70); /* which is another pile */
        wait_in(&fixture, false, ids[i], 2);
        wait_in(&fixture, true, ids[i], 10);
        assert_int_equal(fixture.frame, 6);
        wait_in(&fixture, true, ids[i], 11); /* one too many */
        wait_in(&fixture, true, ids[i], 12);
        wait_in(&fixture, false, ids[i], 10);
        wait_in(&fixture, true, ids[i], 13); /* still */
        wait_in(&fixture, false, ids[i], 1);
        wait_in(&fixture, false, ids[i], 3);
        wait_in(&fixture, true, ids[i], 14); /* once more */
        assert_int_equal(finish(&fixture), 1);
        const struct capture_finding *finding = &fixture.found[0];
        assert_int_equal(finding->id, ids[i]);
        assert_int_equal(finding->frame, 7);
        assert_int_equal(finding->count, 2);
        assert_int_equal(finding->connection_count, 5);
        assert_int_equal(finding->last_frame, 8);
        assert_int_equal(finding->evidence.connections_listed, 4);
        static const uint64_t listed[] = {1, 3, 10, 11};
        assert_memory_equal(finding->evidence.connections, listed, sizeof listed);
        char message[200];
        snprintf(message, sizeof message,
                 "From frame 7 on more than 3 connections of 10.0.0.0 were in %s at one time, up to 5.",
                 i == 0 ? "CLOSE_WAIT" : "TIME_WAIT");
        assert_string_equal(finding->message, message);
    }
}

static void test_pile_not_yet(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture);
    for (unsigned k = 1; k <= 50; k++) {
        wait_in(&fixture, true, ANOMALY_TIME_WAIT_PILE_UP, k);
        if (k >= FEW_HELD)
            wait_in(&fixture, false, ANOMALY_TIME_WAIT_PILE_UP, k + 1 - FEW_HELD);
    }
    assert_int_equal(finish(&fixture), 0);
}

/* --- scans --- */

/* Attempts at ports from `first` on, each of them so often. */
static struct fixture scanned(unsigned first, unsigned ports, unsigned times) {
    struct fixture fixture;
    begin(&fixture);
    for (unsigned again = 0; again < times; again++)
        for (unsigned i = 0; i < ports; i++)
            take(&fixture, (struct watch_event){.kind = WATCH_FAILED, .port = (uint16_t)(first + i)});
    finish(&fixture);
    return fixture;
}

static void test_scan(void **state) {
    (void)state;
    assert_int_equal(scanned(0, FEW_PORTS, 3).count, 0);
    static const struct {
        unsigned first, ports, times;
        const char *message;
    } scans[] = {{0, 21, 1, "10.0.0.0 tried 21 different ports in 21 attempts that"},
                 {65515, 21, 2, "10.0.0.0 tried 21 different ports in 42 attempts that"},
                 {100, 32, 2, "10.0.0.0 tried 32 different ports in 64 attempts that"},
                 {100, 33, 2, "10.0.0.0 tried 33 different ports in 66 attempts that"},
                 {60, 200, 2, "10.0.0.0 tried 200 different ports in 400 attempts that"}};
    for (size_t i = 0; i < sizeof scans / sizeof scans[0]; i++) {
        struct fixture fixture = scanned(scans[i].first, scans[i].ports, scans[i].times);
        assert_int_equal(fixture.count, 1);
        assert_non_null(strstr(fixture.found[0].message, scans[i].message));
        assert_int_equal(fixture.found[0].frame, FEW_PORTS + 1);
        assert_int_equal(fixture.found[0].last_frame, scans[i].ports * scans[i].times);
        assert_int_equal(fixture.found[0].count, scans[i].ports * scans[i].times);
        assert_int_equal(fixture.found[0].evidence.frames[0], 1);
        assert_int_equal(fixture.found[0].evidence.connections[0], 1);
        assert_int_equal(fixture.found[0].evidence.connections_listed, CAPTURE_FINDING_IDS);
    }
}

/* --- what is said of the whole run --- */

static void test_backward(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture);
    take(&fixture, (struct watch_event){.kind = WATCH_BACKWARD, .time = 8 * SECOND, .since = 10 * SECOND});
    assert_int_equal(finish(&fixture), 1);
    assert_string_equal(fixture.found[0].message, "Frame 1 is 2 s older than the one before it.");
    begin(&fixture);
    take(&fixture, (struct watch_event){.kind = WATCH_BACKWARD, .time = 9 * SECOND, .since = 10 * SECOND});
    take(&fixture, (struct watch_event){.kind = WATCH_BACKWARD, .time = 5 * SECOND, .since = 10 * SECOND});
    assert_int_equal(finish(&fixture), 1);
    assert_string_equal(fixture.found[0].message, "2 frames are older than the one before them, by up to 5 s.");
    begin(&fixture);
    take(&fixture, (struct watch_event){.kind = WATCH_BACKWARD, .time = 9 * SECOND, .since = 10 * SECOND});
    take(&fixture, (struct watch_event){.kind = WATCH_BACKWARD, .time = 7 * SECOND, .since = 10 * SECOND});
    take(&fixture, (struct watch_event){.kind = WATCH_BACKWARD, .time = 8 * SECOND, .since = 10 * SECOND});
    assert_int_equal(finish(&fixture), 1);
    assert_string_equal(fixture.found[0].message, "3 frames are older than the one before them, by up to 3 s.");
    assert_int_equal(fixture.found[0].count, 3);
    assert_int_equal(fixture.found[0].last_frame, 3);
    assert_int_equal(fixture.found[0].certainty, CERTAINTY_CERTAIN);
    assert_int_equal(fixture.found[0].location, LOCATION_CAPTURE);
}

static struct capture_finding broken_at(uint8_t host, uint16_t port, enum anomaly_id id) {
    struct fixture fixture;
    begin(&fixture);
    take(&fixture, (struct watch_event){.kind = WATCH_BROKEN, .raised_as = (uint8_t)id, .port = 80});
    take(&fixture,
         (struct watch_event){
             .kind = WATCH_BROKEN, .raised_as = (uint8_t)id, .port = port, .address = {.octets = {0, 0, 0, host}}});
    assert_int_equal(finish(&fixture), 1);
    assert_int_equal(fixture.found[0].count, 2);
    return fixture.found[0];
}

static void test_broken(void **state) {
    (void)state;
    struct capture_finding finding = broken_at(0, 80, ANOMALY_HEADER_INVALID);
    assert_true(finding.has_address && finding.port == 80 && finding.location == LOCATION_NONE);
    assert_string_equal(finding.message, "2 segments, of no known connection, have a TCP header that cannot be read.");
    finding = broken_at(0, 81, ANOMALY_HEADER_INVALID);
    assert_true(finding.has_address && finding.port == 0);
    finding = broken_at(1, 80, ANOMALY_CAPTURE_TRUNCATED);
    assert_true(!finding.has_address && finding.port == 0 && finding.location == LOCATION_CAPTURE);
    assert_string_equal(finding.message, "2 segments, of no known connection, have less than a TCP header captured.");
}

static void over(struct fixture *fixture, uint64_t octets, uint64_t missing, uint32_t unseen, uint64_t frame) {
    take(fixture, (struct watch_event){
                      .kind = WATCH_ENDED, .octets = octets, .missing = missing, .unseen = unseen, .frame = frame});
}

/* More than one in a thousand octets is missing, or in one connection three segments acknowledge what is. */
static void test_drops(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture);
    over(&fixture, 99900, 100, 2, 5);
    over(&fixture, 0, 0, 0, 6);
    assert_int_equal(finish(&fixture), 0);
    begin(&fixture);
    over(&fixture, 99899, 100, 2, 5);
    assert_int_equal(finish(&fixture), 1);
    assert_string_equal(fixture.found[0].message,
                        "100 of 99999 octets were acknowledged and are not in the capture, in 1 connection.");
    assert_int_equal(fixture.found[0].certainty, CERTAINTY_PRESUMED);
    assert_int_equal(fixture.found[0].frame, 5);
    begin(&fixture);
    over(&fixture, 500000, 5, 2, 9);
    over(&fixture, 500000, 5, 3, 7);
    over(&fixture, 0, 0, 0, 3);
    assert_int_equal(finish(&fixture), 1);
    assert_string_equal(fixture.found[0].message,
                        "10 of 1000010 octets were acknowledged and are not in the capture, in 2 connections.");
    assert_int_equal(fixture.found[0].frame, 7);
    assert_int_equal(fixture.found[0].last_frame, 9);
    assert_int_equal(fixture.found[0].count, 5);
    assert_int_equal(fixture.found[0].connection_count, 2);
}

static void test_drops_that_the_capture_tells_of(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture);
    take(&fixture, (struct watch_event){.kind = WATCH_DROPPED, .missing = 3});
    take(&fixture, (struct watch_event){.kind = WATCH_DROPPED, .missing = 4});
    over(&fixture, 500000, 0, 0, 9);
    assert_int_equal(finish(&fixture), 1);
    assert_string_equal(fixture.found[0].message, "The capture says of itself that it dropped 7 frames.");
    assert_int_equal(fixture.found[0].certainty, CERTAINTY_CERTAIN);
    assert_int_equal(fixture.found[0].count, 1);
    begin(&fixture);
    take(&fixture, (struct watch_event){.kind = WATCH_DROPPED, .missing = 3});
    over(&fixture, 500000, 1, 1, 9);
    assert_int_equal(finish(&fixture), 1);
    assert_string_equal(fixture.found[0].message, "The capture says of itself that it dropped 3 frames; 1 octet that "
                                                  "it lacks was acknowledged, in 1 connection.");
}

static void test_findings_by_frame(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture);
    take(&fixture, (struct watch_event){.kind = WATCH_BROKEN, .frame = 9, .raised_as = ANOMALY_CAPTURE_TRUNCATED});
    take(&fixture, (struct watch_event){.kind = WATCH_BACKWARD, .frame = 9, .since = 1});
    take(&fixture, (struct watch_event){.kind = WATCH_BROKEN, .frame = 4, .raised_as = ANOMALY_HEADER_INVALID});
    assert_int_equal(finish(&fixture), 3);
    assert_int_equal(fixture.found[0].frame, 4);
    assert_int_equal(fixture.found[1].frame, 9);
    assert_int_equal(fixture.found[2].frame, 9);
    assert_true(fixture.found[1].id < fixture.found[2].id);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings_beyond_the_bound),
        cmocka_unit_test(test_flood_begins),
        cmocka_unit_test(test_flood_counts_the_first),
        cmocka_unit_test(test_flood_of_several_seconds),
        cmocka_unit_test(test_flood_where_the_clock_goes_back),
        cmocka_unit_test(test_flood_and_a_late_handshake),
        cmocka_unit_test(test_pile),
        cmocka_unit_test(test_pile_not_yet),
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_backward),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_drops_that_the_capture_tells_of),
        cmocka_unit_test(test_findings_by_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
