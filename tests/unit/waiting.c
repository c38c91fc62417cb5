/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "model/deadlines.h"
#include "model/ended.h"
#include "model/flow_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
        cmocka_unit_test(the_earliest_is_first_then_the_lowest_id),
        cmocka_unit_test(any_may_be_removed),
        cmocka_unit_test(deadlines_may_move),
        cmocka_unit_test(an_ended_flow_is_found_until_it_is_forgotten),
        cmocka_unit_test(the_oldest_is_forgotten_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
