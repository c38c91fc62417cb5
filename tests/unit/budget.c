/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "model/budget.h"
#include "model/kept.h"
#include "rules/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

/* Memory for connections is bounded in octets; attempts go first, and what goes depends on the segments alone. */

static const int64_t MILLISECOND = 1000000;
static const uint64_t MIB = 1 << 20;
enum { SERVED = 200, HUNDRED = 100, SYNS = 60000, EACH = 3, UNIT = 16 };

/* Whether the peak of the memory says anything: AddressSanitizer keeps what is freed. */
#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

struct fixture {
    struct model *model;
    uint64_t frame;
    int64_t time;
    uint64_t ended;
    uint64_t evicted;
    uint64_t evicted_served; /* connections that were complete */
    uint64_t reused;
    uint64_t last_evicted;
    uint64_t order;  /* a digest of what was evicted, and when */
    unsigned charge; /* of the one seen last, and the rows that its log had room for */
    unsigned rows;
    bool beyond; /* more is kept than there are places for */
};

static void note_places(struct fixture *fixture, const struct connection *connection) {
    for (int side = 0; side < SIDES; side++) {
        const struct kept *kept = connection->side[side].kept;
        fixture->beyond = fixture->beyond || (kept != NULL && kept->room < kept->size && kept->next > kept->room);
    }
}

static bool observed(void *context, const struct observation *observation) {
    struct fixture *fixture = context;
    fixture->reused += (observation->more & MORE_PORT_REUSED) != 0;
    fixture->charge = observation->connection->charge; /* as it was after the segment before this one */
    fixture->rows = observation->connection->log.capacity;
    note_places(fixture, observation->connection);
    return true;
}

static bool ended(void *context, struct connection *connection) {
    struct fixture *fixture = context;
    fixture->ended++;
    note_places(fixture, connection);
    if (connection->end != END_EVICTED)
        return true;
    fixture->evicted++;
    fixture->evicted_served += connection->handshake_ack_frame != 0;
    fixture->last_evicted = connection->id;
    fixture->order = fixture->order * 31 + connection->id * 7 + fixture->frame;
    return true;
}

static void dropped(void *context, struct connection *connection) {
    (void)context;
    (void)connection;
}

static void begin(struct fixture *fixture, uint64_t budget) {
    const struct model_events events = {fixture, observed, ended, dropped, NULL};
    struct model_settings settings;
    memset(fixture, 0, sizeof *fixture);
    model_settings_default(&settings);
    settings.memory_budget = budget;
    settings.may_move = true;
    fixture->model = model_new(&settings, &events);
    assert_non_null(fixture->model);
}

static void finish(struct fixture *fixture) {
    assert_true(model_finish(fixture->model, fixture->time));
    model_free(fixture->model);
}

/* A segment of a client, or of the server to it; a millisecond passes for ten of them. */
static void send(struct fixture *fixture, uint32_t client, bool by_client, uint16_t flags, uint32_t seq, uint32_t ack) {
    struct address one = {.version = 4, .octets = {10}};
    const struct address server = {.version = 4, .octets = {192, 0, 2, 1}};
    for (int i = 0; i < 3; i++)
        one.octets[3 - i] = (uint8_t)(client >> 8 * i);
    struct segment segment = {.frame = ++fixture->frame,
                              .time = fixture->time += MILLISECOND / 10,
                              .source = by_client ? one : server,
                              .destination = by_client ? server : one,
                              .source_port = by_client ? 40000 : 80,
                              .destination_port = by_client ? 80 : 40000,
                              .flags = flags,
                              .seq = seq,
                              .ack = ack,
                              .window = 65535,
                              .hop_limit = 64};
    assert_true(model_segment(fixture->model, &segment));
}

/* Octets of a client, the same each time. */
static void send_octets(struct fixture *fixture, uint32_t client, uint16_t flags, uint32_t seq) {
    static const uint8_t octets[HUNDRED];
    struct segment segment = {.frame = ++fixture->frame,
                              .time = fixture->time += MILLISECOND / 10,
                              .source = {.version = 4, .octets = {10, 0, 0, (uint8_t)client}},
                              .destination = {.version = 4, .octets = {192, 0, 2, 1}},
                              .source_port = 40000,
                              .destination_port = 80,
                              .flags = flags,
                              .seq = seq,
                              .ack = 5001,
                              .window = 65535,
                              .hop_limit = 64,
                              .length = HUNDRED,
                              .payload = octets,
                              .payload_captured = HUNDRED};
    assert_true(model_segment(fixture->model, &segment));
}

static void serve(struct fixture *fixture, uint32_t client) {
    send(fixture, client, true, TCP_SYN, 1000, 0);
    send(fixture, client, false, TCP_SYN | TCP_ACK, 5000, 1001);
    send(fixture, client, true, TCP_ACK, 1001, 5001);
}

static void flood(struct fixture *fixture, uint32_t syns) {
    for (uint32_t i = 0; i < syns; i++)
        send(fixture, 1000000 + i, true, TCP_SYN, i, 0);
}

/* KiB that the process had at most so far. */
static uint64_t peak(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return (uint64_t)usage.ru_maxrss;
}

static void test_flood_evicts_attempts_alone(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 32 * MIB);
    for (uint32_t i = 0; i < SERVED; i++)
        serve(&fixture, i);
    uint64_t before = peak();
    flood(&fixture, SYNS);
    if (!SANITIZED)
        assert_true(peak() - before < 16 * MIB / 1024);
    assert_true(fixture.evicted > SYNS / 2);
    assert_int_equal(fixture.evicted_served, 0);
    assert_int_equal(fixture.ended, fixture.evicted);
    assert_true(model_evicted(fixture.model) == fixture.evicted);
    send(&fixture, 3, true, TCP_ACK | TCP_PSH, 1001, 5001); /* a served one is still known */
    finish(&fixture);
    assert_int_equal(fixture.ended, SERVED + SYNS);
}

/* What a connection owns beside its record is counted: its log, once that has outgrown the record. */
static void test_log_is_charged(void **state) {
    enum { FEW = LOG_ROWS_INLINE - 4, MANY = LOG_ROWS_INLINE + 1 };
    struct fixture few, many;
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct fixture *fixture = i == 0 ? &few : &many;
        begin(fixture, 32 * MIB);
        serve(fixture, 1);
        for (uint32_t k = 0; k < (i == 0 ? FEW : MANY); k++)
            send(fixture, 1, true, TCP_RST, 900000 + k, 0); /* each a row, and none of effect */
        finish(fixture);
    }
    assert_int_equal(few.rows, LOG_ROWS_INLINE);
    assert_true(many.rows > LOG_ROWS_INLINE);
    unsigned octets = many.rows * (unsigned)sizeof(struct log_row);
    assert_in_range(many.charge - few.charge, octets / UNIT, octets / UNIT + 1);
}

/* The id of the nth connection, where all before it were served. */
static uint64_t nth(uint64_t number) {
    return 1 + EACH * (number - 1);
}

/* The one longest without a segment goes, and is told. */
static void test_too_many_open_ones(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, MIB);
    uint32_t count = 0;
    for (; fixture.evicted == 0; count++) {
        assert_true(count < SYNS);
        serve(&fixture, count);
    }
    assert_true(count > HUNDRED);
    assert_in_range(fixture.evicted_served, 1, EACH); /* none or one for each segment of the last one served */
    assert_int_equal(fixture.last_evicted, nth(fixture.evicted_served));
    serve(&fixture, count);
    serve(&fixture, count + 1);
    assert_int_equal(fixture.last_evicted, nth(fixture.evicted_served));
    finish(&fixture);
}

/* So many attempts, all but ten of them at rest. Returns what is charged for them. */
static uint64_t begin_with_attempts(struct fixture *fixture, uint64_t budget, uint32_t attempts) {
    begin(fixture, budget);
    fixture->model->budget.awake_attempts_most = 10;
    flood(fixture, attempts);
    assert_true(budget_enforce(fixture->model));
    return fixture->model->budget.units[QUEUE_EMBRYONIC];
}

/* Attempts may take all of their share, and the first octets beyond it cost the oldest. */
static void test_attempts_fill_their_share(void **state) {
    struct fixture fixture;
    (void)state;
    uint64_t share = begin_with_attempts(&fixture, 32 * MIB, HUNDRED);
    assert_int_equal(model_evicted(fixture.model), 0);
    assert_int_equal(fixture.model->awake_count, 10);
    finish(&fixture);
    assert_int_equal(begin_with_attempts(&fixture, SHARE_EMBRYONIC * UNIT * share, HUNDRED), share);
    assert_int_equal(model_evicted(fixture.model), 0);
    send(&fixture, 1, true, TCP_SYN, 77, 0);
    assert_true(budget_enforce(fixture.model));
    assert_in_range(model_evicted(fixture.model), 1, 2); /* at rest not all take the same */
    finish(&fixture);
}

/* Connections may take all of the memory that there is for them; an octet less, and the oldest goes. */
static void test_connections_fill_the_budget(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 32 * MIB);
    for (uint32_t i = 0; i < HUNDRED; i++)
        serve(&fixture, i);
    struct budget *budget = &fixture.model->budget;
    uint64_t octets = (budget->awake_most - fixture.model->awake_count) * sizeof(struct connection);
    for (int i = 0; i < QUEUES; i++)
        octets += budget->units[i] * UNIT;
    for (uint64_t less = 0; less <= 1; less++) {
        budget->most = octets - less;
        assert_true(budget_enforce(fixture.model));
        assert_int_equal(model_evicted(fixture.model) > 0, less);
    }
    finish(&fixture);
}

/* So many may be awake, and no more. */
static void test_some_are_awake(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 32 * MIB);
    for (uint32_t i = 0; i < HUNDRED; i++) {
        serve(&fixture, i);
        send(&fixture, i, true, TCP_RST, 900000, 0); /* out of the ordinary, and of no effect */
    }
    for (uint64_t awake = HUNDRED; awake >= HUNDRED - 1; awake--) {
        fixture.model->budget.awake_share = awake;
        assert_true(budget_enforce(fixture.model));
        assert_int_equal(fixture.model->awake_count, awake);
    }
    finish(&fixture);
}

/* A SYN that comes again after its attempt was evicted uses no port again. */
static void test_evicted_attempt_is_forgotten(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, MIB);
    send(&fixture, 1, true, TCP_SYN, 77, 0);
    flood(&fixture, SYNS / EACH);
    assert_true(fixture.evicted > 0);
    send(&fixture, 1, true, TCP_SYN, 77, 0);
    assert_int_equal(fixture.reused, 0);
    finish(&fixture);
}

/* A larger heap, other places: the same evictions. */
static void test_where_records_stand_does_not_matter(void **state) {
    struct fixture fixture[2];
    void *ballast[HUNDRED];
    (void)state;
    for (int run = 0; run < 2; run++) {
        for (int i = 0; i < HUNDRED; i++)
            ballast[i] = run == 0 ? NULL : malloc((size_t)100 * (size_t)(i + 1));
        begin(&fixture[run], 2 * MIB);
        for (uint32_t i = 0; i < SYNS / EACH; i++) {
            serve(&fixture[run], i);
            send(&fixture[run], 2000000 + i, true, TCP_SYN, i, 0);
            if (run == 1 && i % HUNDRED == 0) {
                free(ballast[i / HUNDRED % HUNDRED]);
                ballast[i / HUNDRED % HUNDRED] = malloc(i + 1);
            }
        }
        finish(&fixture[run]);
        for (int i = 0; i < HUNDRED; i++)
            free(ballast[i]);
    }
    assert_true(fixture[0].evicted > 0 && fixture[0].evicted_served > 0);
    assert_true(fixture[0].evicted == fixture[1].evicted);
    assert_true(fixture[0].order == fixture[1].order);
}

static bool told(void *context, struct watch_queue *queue) {
    queue->next = context;
    return true;
}

/* A connection that is read back keeps more than all may; another has been given half of its first places before. */
static void test_places_that_were_promised(void **state) {
    struct fixture fixture = {.time = 1};
    struct watch_event event;
    struct watch_queue queue = {&event, &event + 1, told, &event, NULL};
    const struct model_events events = {
        .context = &fixture, .queue = &queue, .observed = observed, .ended = ended, .dropped = dropped};
    enum { LATE = 2, MANY = 6 };
    struct model_settings settings;

    (void)state;
    model_settings_default(&settings);
    settings.may_move = settings.late = true;
    settings.max_kept = 0;
    fixture.model = model_new(&settings, &events);
    assert_non_null(fixture.model);
    for (uint32_t i = 0; i < 2; i++)
        send_octets(&fixture, LATE, TCP_ACK, 1001 + i * HUNDRED);
    serve(&fixture, 1);
    for (uint32_t i = 0; i < MANY; i++)
        send_octets(&fixture, 1, TCP_ACK, 1001 + i * HUNDRED);
    send(&fixture, 1, false, TCP_ACK | TCP_URG, 5001, 1001);
    for (uint32_t i = 2; i < MANY; i++)
        send_octets(&fixture, LATE, TCP_ACK, 1001 + i * HUNDRED);
    send(&fixture, LATE, true, TCP_FIN | TCP_ACK, 1001 + MANY * HUNDRED, 5001);
    finish(&fixture);
    assert_int_equal(fixture.ended, 2);
    assert_false(fixture.beyond);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_that_were_promised),
        cmocka_unit_test(test_flood_evicts_attempts_alone),
        cmocka_unit_test(test_log_is_charged),
        cmocka_unit_test(test_too_many_open_ones),
        cmocka_unit_test(test_attempts_fill_their_share),
        cmocka_unit_test(test_connections_fill_the_budget),
        cmocka_unit_test(test_some_are_awake),
        cmocka_unit_test(test_evicted_attempt_is_forgotten),
        cmocka_unit_test(test_where_records_stand_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
