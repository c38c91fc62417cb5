/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "model/deadlines.h"
#include "model/ended.h"
#include "model/flow_table.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Where connections stand: found by their tuple, due by their deadline, remembered after their end. */

enum { COUNT = 3000 };

static struct connection *make(uint64_t id, uint16_t client_port, int64_t deadline) {
    struct connection *connection = calloc(1, sizeof *connection);
    assert_non_null(connection);
    connection->id = id;
    connection->deadline = deadline;
    connection->address[SIDE_CLIENT] = (struct address){.version = 4, .octets = {192, 0, 2, 1}};
    connection->address[SIDE_SERVER] = (struct address){.version = 4, .octets = {192, 0, 2, 2}};
    connection->port[SIDE_CLIENT] = client_port;
    connection->port[SIDE_SERVER] = 80;
    return connection;
}

static uint64_t hash_of(const struct flow_table *table, const struct connection *connection) {
    return flow_hash(table, &connection->address[SIDE_CLIENT], connection->port[SIDE_CLIENT],
                     &connection->address[SIDE_SERVER], connection->port[SIDE_SERVER], 0);
}

static struct connection *find(const struct flow_table *table, const struct connection *like, enum side from) {
    return flow_table_find(table, like->hash, &like->address[from], like->port[from], &like->address[other_side(from)],
                           like->port[other_side(from)], 0);
}

/* --- flow_table --- */

static void both_directions_find_one_flow(void **state) {
    (void)state;
    struct flow_table table;
    const uint64_t seed[2] = {1, 2};
    assert_true(flow_table_init(&table, seed, false));
    struct connection *connection = make(1, 40000, 0);
    connection->hash = hash_of(&table, connection);
    assert_true(connection->hash ==
                flow_hash(&table, &connection->address[SIDE_SERVER], 80, &connection->address[SIDE_CLIENT], 40000, 0));
    assert_null(find(&table, connection, SIDE_CLIENT));
    assert_true(flow_table_add(&table, connection->hash, connection));
    assert_ptr_equal(find(&table, connection, SIDE_CLIENT), connection);
    assert_ptr_equal(find(&table, connection, SIDE_SERVER), connection);
    assert_ptr_equal(flow_table_seek(&table, connection->hash), connection);
    flow_table_remove(&table, connection->hash, connection);
    assert_null(find(&table, connection, SIDE_SERVER));
    assert_false(flow_table_holds(&table, connection->hash, connection));
    free(connection);
    flow_table_free(&table);
}

/* One hash is no flow: the tuple decides. */
static void equal_hashes_are_told_apart(void **state) {
    (void)state;
    struct flow_table table;
    const uint64_t seed[2] = {3, 4};
    assert_true(flow_table_init(&table, seed, false));
    struct connection *one = make(1, 40000, 0);
    struct connection *other = make(2, 40001, 0);
    one->hash = other->hash = UINT64_C(0x123456789abcdef0);
    assert_true(flow_table_add(&table, one->hash, one));
    assert_null(find(&table, other, SIDE_CLIENT));
    assert_true(flow_table_add(&table, other->hash, other));
    assert_ptr_equal(find(&table, one, SIDE_SERVER), one);
    assert_ptr_equal(find(&table, other, SIDE_SERVER), other);
    flow_table_remove(&table, one->hash, one);
    assert_ptr_equal(find(&table, other, SIDE_CLIENT), other);
    free(one);
    free(other);
    flow_table_free(&table);
}

static void the_table_grows_and_forgets(void **state) {
    (void)state;
    static struct connection *all[COUNT];
    struct flow_table table;
    const uint64_t seed[2] = {5, 6};
    assert_true(flow_table_init(&table, seed, false));
    for (unsigned i = 0; i < COUNT; i++) {
        all[i] = make(i + 1, (uint16_t)(20000 + i), 0);
        all[i]->hash = hash_of(&table, all[i]);
        assert_true(flow_table_add(&table, all[i]->hash, all[i]));
    }
    assert_int_equal(table.count, COUNT);
    for (unsigned i = 0; i < COUNT; i += 2) {
        flow_table_remove(&table, all[i]->hash, all[i]);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        assert_ptr_equal(find(&table, all[i], SIDE_CLIENT), i % 2 == 0 ? NULL : all[i]);
    }
    struct connection *newer = make(COUNT + 1, all[1]->port[SIDE_CLIENT], 0);
    newer->hash = all[1]->hash;
    flow_table_replace(&table, newer->hash, all[1], newer);
    assert_ptr_equal(find(&table, all[1], SIDE_SERVER), newer);
    for (unsigned i = 0; i < COUNT; i++) {
        free(all[i]);
    }
    free(newer);
    flow_table_free(&table);
}

/* Long rows of slots across the end of the table: what many others stand before, under either of its hashes, is found
 * whatever goes, and nothing that went. */
static void rows_of_slots_have_no_gap(void **state) {
    (void)state;
    enum { MANY = 30, STEPS = 4000 };
    static struct connection *all[MANY];
    bool there[2 * MANY] = {false};
    uint64_t hashes[2 * MANY], mixed = 1, count = 0;
    struct flow_table table;
    const uint64_t seed[2] = {7, 8};
    assert_true(flow_table_init(&table, seed, false));
    const uint64_t last = table.slot_count - FLOW_GROUP;
    for (unsigned i = 0; i < MANY; i++) {
        all[i] = make(i + 1, (uint16_t)(40000 + i), 0);
        all[i]->hash = hashes[2 * i] = (i % 3 == 0 ? 0 : last) << 16 | i;
        all[i]->hash_back = hashes[2 * i + 1] = (i % 2 == 0 ? last : last - FLOW_GROUP) << 16 | (MANY + i);
    }
    for (unsigned step = 0; step < STEPS; step++) {
        mixed = mixed * UINT64_C(6364136223846793005) + 1;
        unsigned which = (unsigned)(mixed >> 33) % (2 * MANY);
        if (!there[which])
            assert_true(flow_table_add(&table, hashes[which], all[which / 2]));
        else
            flow_table_remove(&table, hashes[which], all[which / 2]);
        count += there[which] ? (uint64_t)-1 : 1;
        there[which] = !there[which];
        assert_int_equal(table.count, count);
        for (unsigned i = 0; i < 2 * MANY; i++) {
            assert_int_equal(flow_table_holds(&table, hashes[i], all[i / 2]), there[i]);
            assert_ptr_equal(flow_table_seek(&table, hashes[i]), there[i] ? all[i / 2] : NULL);
        }
    }
    for (unsigned i = 0; i < MANY; i++) {
        free(all[i]);
    }
    flow_table_free(&table);
}

static void both_directions_are_one_over_ipv6(void **state) {
    (void)state;
    struct flow_table table;
    const uint64_t seed[2] = {11, 12};
    assert_true(flow_table_init(&table, seed, false));
    uint64_t hashes[32];
    for (unsigned at = 0; at < 32; at++) { /* the second time they differ in one octet alone */
        struct address one = {.version = 6, .octets = {0x20, 1, 13, 0xb8}}, other = one;
        one.octets[at % 16] ^= 1;
        other.octets[15 - at % 16] ^= at < 16 ? 2 : 0;
        hashes[at] = flow_hash(&table, &one, 1000, &other, 2000, 0);
        assert_true(flow_hash(&table, &other, 2000, &one, 1000, 0) == hashes[at]);
        assert_true(flow_hash(&table, &one, 2000, &other, 1000, 0) != hashes[at]);
        assert_true(flow_follows(6, one.octets, other.octets) != flow_follows(6, other.octets, one.octets));
        assert_false(flow_follows(6, one.octets, one.octets));
        for (unsigned i = 0; i < at; i++) {
            assert_true(hashes[i] != hashes[at]);
        }
    }
    flow_table_free(&table);
}

static void an_empty_table_is_small_again(void **state) {
    (void)state;
    struct flow_table table;
    const uint64_t seed[2] = {9, 10};
    assert_true(flow_table_init(&table, seed, false));
    const uint64_t first_slots = table.slot_count;
    for (unsigned count = 10; count <= COUNT; count += COUNT - 10) {
        static struct connection *all[COUNT];
        for (unsigned i = 0; i < count; i++) {
            all[i] = make(i + 1, (uint16_t)(20000 + i), 0);
            all[i]->hash = hash_of(&table, all[i]);
            assert_true(flow_table_add(&table, all[i]->hash, all[i]));
        }
        assert_int_equal(table.slot_count > first_slots, count == COUNT);
        const uint64_t changes = table.changes;
        flow_table_empty(&table);
        assert_int_equal(table.count, 0);
        assert_int_equal(table.slot_count, first_slots);
        assert_true(table.changes != changes);
        for (unsigned i = 0; i < count; i++) {
            assert_null(find(&table, all[i], SIDE_CLIENT));
            free(all[i]);
        }
    }
    flow_table_free(&table);
}

/* What the seed is for: who does not know it cannot tell which flows come into one row. */
static void the_hash_is_the_seeds(void **state) {
    (void)state;
    static const uint64_t seeds[][2] = {{1, 2}, {1, 3}, {2, 2}};
    enum { SEEDS = sizeof seeds / sizeof seeds[0] };
    uint64_t hashes[SEEDS];
    struct connection *connection = make(1, 40000, 0);
    for (unsigned i = 0; i < SEEDS; i++) {
        struct flow_table table, again;
        assert_true(flow_table_init(&table, seeds[i], false));
        assert_true(flow_table_init(&again, seeds[i], true));
        hashes[i] = hash_of(&table, connection);
        assert_true(hash_of(&again, connection) == hashes[i]);
        for (unsigned k = 0; k < i; k++) {
            assert_true(hashes[k] != hashes[i]);
        }
        for (unsigned k = 0; k < FLOW_KEY_WORDS; k++) {
            assert_true(k == 0 || table.key.words[k] != table.key.words[k - 1]);
        }
        flow_table_free(&table);
        flow_table_free(&again);
    }
    free(connection);
}

/* An address that a slot has no room for would be that of another connection. */
static void memory_out_of_reach_is_not_used(void **state) {
    (void)state;
    static const uint64_t addresses[] = {UINT64_C(1) << 48, UINT64_C(0xfff8000100000000), 4};
    for (unsigned i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            const uint64_t seed[2] = {1, 2};
            struct flow_table table;
            signal(SIGABRT, SIG_DFL); /* cmocka takes it */
            setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
            fclose(stderr);
            if (flow_table_init(&table, seed, true)) {
                flow_table_add(&table, 1, (struct connection *)(uintptr_t)addresses[i]);
            }
            _exit(0);
        }
        int status = 0;
        assert_true(waitpid(child, &status, 0) == child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_false(flow_slot_reaches((const void *)(uintptr_t)addresses[i]));
    }
    assert_true(flow_slot_reaches((const void *)(uintptr_t)((UINT64_C(1) << 48) - 8)));
}

/* --- deadlines --- */

static void the_earliest_is_first_then_the_lowest_id(void **state) {
    (void)state;
    struct deadline_heap *heap = deadlines_new(0);
    assert_non_null(heap);
    assert_null(deadlines_first(heap));
    assert_true(deadlines_none_before(heap) == INT64_MAX);
    uint64_t mixed = 12345;
    for (unsigned i = 0; i < COUNT; i++) {
        mixed = mixed * UINT64_C(6364136223846793005) + 1;
        assert_true(deadlines_add(heap, make(i + 1, 1, (int64_t)(mixed >> 33) % 100)));
    }
    assert_int_equal(deadlines_count(heap), COUNT);
    int64_t deadline = -1;
    uint64_t id = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        struct connection *first = deadlines_first(heap);
        assert_true(first->deadline > deadline || (first->deadline == deadline && first->id > id));
        assert_true(deadlines_none_before(heap) >= first->deadline);
        assert_true(deadlines_none_before(heap) <= first->deadline);
        deadline = first->deadline;
        id = first->id;
        deadlines_remove(heap, first);
        free(first);
    }
    assert_int_equal(deadlines_count(heap), 0);
    deadlines_free(heap);
}

/* Any of them may go at any time, whatever has moved: what is left comes in order, as from the plainest list. */
static void any_may_be_removed(void **state) {
    enum { HELD = 200, STEPS = 40000 };
    (void)state;
    struct connection *held[HELD] = {NULL};
    struct deadline_heap *heap = deadlines_new(0);
    uint64_t mixed = 99, count = 0;
    assert_non_null(heap);
    for (unsigned step = 1; step <= STEPS; step++) {
        mixed = mixed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        unsigned which = (unsigned)(mixed >> 33) % HELD;
        int64_t deadline = step / 16 + (int64_t)(mixed >> 45) % (step / 10000 % 2 == 0 ? 3 : 1000);
        if (held[which] == NULL) {
            held[which] = make(STEPS - step, 1, deadline);
            assert_true(deadlines_add(heap, held[which]));
            count++;
        } else if ((mixed >> 60) % 8 == 0) {
            bool sooner = deadline < held[which]->deadline;
            held[which]->deadline = deadline;
            if (sooner) {
                deadlines_moved(heap, held[which]);
            }
        } else {
            deadlines_remove(heap, held[which]);
            free(held[which]);
            held[which] = NULL;
            count--;
        }
        assert_int_equal(deadlines_count(heap), count);
        const struct connection *first = NULL;
        for (unsigned i = 0; i < HELD && step % 3 == 0; i++) {
            bool sooner = held[i] != NULL && (first == NULL || held[i]->deadline < first->deadline ||
                                              (held[i]->deadline == first->deadline && held[i]->id < first->id));
            first = sooner ? held[i] : first;
        }
        assert_true(first == NULL || deadlines_none_before(heap) <= first->deadline);
        assert_true(step % 3 != 0 || deadlines_first(heap) == first);
    }
    struct numbered left[HELD];
    assert_int_equal(deadlines_empty(heap, left), count);
    for (uint64_t i = 0; i < count; i++) {
        free(left[i].item);
    }
    assert_int_equal(deadlines_count(heap), 0);
    deadlines_free(heap);
}

static void deadlines_may_move(void **state) {
    (void)state;
    struct deadline_heap *heap = deadlines_new(0);
    assert_non_null(heap);
    struct connection *one = make(1, 1, 10);
    struct connection *two = make(2, 2, 20);
    struct connection *three = make(3, 3, 30);
    assert_true(deadlines_add(heap, one) && deadlines_add(heap, two) && deadlines_add(heap, three));
    one->deadline = 40; /* later: found out without a word */
    assert_ptr_equal(deadlines_first(heap), two);
    three->deadline = 5; /* earlier: has to be told */
    deadlines_moved(heap, three);
    assert_ptr_equal(deadlines_first(heap), three);
    struct connection *elsewhere = make(3, 3, 5);
    elsewhere->heap_index = three->heap_index;
    deadlines_replace(heap, elsewhere);
    assert_ptr_equal(deadlines_first(heap), elsewhere);
    deadlines_remove(heap, two);
    deadlines_remove(heap, elsewhere);
    assert_ptr_equal(deadlines_first(heap), one);
    deadlines_free(heap);
    free(one);
    free(two);
    free(three);
    free(elsewhere);
}

/* --- ended --- */

static void an_ended_flow_is_found_until_it_is_forgotten(void **state) {
    (void)state;
    const int64_t end = 1000;
    struct ended_flows *flows = ended_flows_new(1 << 20);
    assert_non_null(flows);
    struct connection *over = make(7, 40000, 0);
    over->end_time = over->last_time = end;
    over->incarnation = 2;
    ended_flows_add(flows, over);
    bool same_roles = false;
    struct connection *next = make(9, 40000, 0);
    next->first_time = end - 1; /* it began before the other had ended */
    assert_null(ended_flows_find(flows, next, 0, &same_roles));
    next->first_time = end + 10;
    const struct ended_flow *found = ended_flows_find(flows, next, end - 1, &same_roles);
    assert_non_null(found);
    assert_true(same_roles);
    assert_int_equal(found->id, 7);
    assert_int_equal(found->incarnation, 2);
    assert_null(ended_flows_find(flows, next, end + 1, &same_roles));
    next->port[SIDE_CLIENT] = 40001;
    assert_null(ended_flows_find(flows, next, end - 1, &same_roles));
    next->address[SIDE_CLIENT] = over->address[SIDE_SERVER];
    next->address[SIDE_SERVER] = over->address[SIDE_CLIENT];
    next->port[SIDE_CLIENT] = 80;
    next->port[SIDE_SERVER] = 40000;
    assert_non_null(ended_flows_find(flows, next, end - 1, &same_roles));
    assert_false(same_roles);
    ended_flows_forget(flows, end + 1);
    assert_null(ended_flows_find(flows, next, end - 1, &same_roles));
    ended_flows_free(flows);
    free(over);
    free(next);
}

/* Without room for all of them the one that ended first is forgotten first. */
static void the_oldest_is_forgotten_first(void **state) {
    (void)state;
    struct ended_flows *flows = ended_flows_new(64 * 1024);
    assert_non_null(flows);
    struct connection *over = make(1, 0, 0);
    for (unsigned i = 0; i < COUNT; i++) {
        over->id = i + 1;
        over->port[SIDE_CLIENT] = (uint16_t)(10000 + i);
        over->end_time = over->last_time = (int64_t)i + 1;
        ended_flows_add(flows, over);
    }
    over->first_time = COUNT + 1;
    bool same_roles;
    assert_non_null(ended_flows_find(flows, over, 0, &same_roles));
    over->port[SIDE_CLIENT] = 10000;
    assert_null(ended_flows_find(flows, over, 0, &same_roles));
    ended_flows_free(flows);
    free(over);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_find_one_flow),
        cmocka_unit_test(equal_hashes_are_told_apart),
        cmocka_unit_test(the_table_grows_and_forgets),
        cmocka_unit_test(rows_of_slots_have_no_gap),
        cmocka_unit_test(both_directions_are_one_over_ipv6),
        cmocka_unit_test(an_empty_table_is_small_again),
        cmocka_unit_test(the_hash_is_the_seeds),
        cmocka_unit_test(memory_out_of_reach_is_not_used),
        cmocka_unit_test(the_earliest_is_first_then_the_lowest_id),
        cmocka_unit_test(any_may_be_removed),
        cmocka_unit_test(deadlines_may_move),
        cmocka_unit_test(an_ended_flow_is_found_until_it_is_forgotten),
        cmocka_unit_test(the_oldest_is_forgotten_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
