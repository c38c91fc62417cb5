/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "base/order.h"
#include "base/pack.h"
#include "base/pool.h"
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

/* What the model keeps its connections in: each held against the simplest thing that does the same, over long seeded
 * sequences of operations. */

enum { MANY = 3000, STEPS = 40000 };

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static struct connection *many_connections(void) {
    struct connection *connections = calloc(MANY, sizeof *connections);
    assert_non_null(connections);
    for (uint64_t i = 0; i < MANY; i++)
        connections[i].id = i + 1;
    return connections;
}

/* --- deadlines --- */

static const struct connection *first_by_hand(const struct connection *all, const bool *held) {
    const struct connection *first = NULL;
    for (size_t i = 0; i < MANY; i++)
        if (held[i] && (first == NULL || all[i].deadline < first->deadline ||
                        (all[i].deadline == first->deadline && all[i].id < first->id)))
            first = &all[i];
    return first;
}

static unsigned count_by_hand(const bool *held) {
    unsigned count = 0;
    for (size_t i = 0; i < MANY; i++)
        count += held[i];
    return count;
}

/* Of one in the lane its last segment tells when it ends. */
static void test_deadlines_in_lane(void **state) {
    struct connection waits = {.id = 1, .deadline = 45}, lane = {.id = 2, .in_lane = true, .last_time = 10};
    struct deadline_heap *heap = deadlines_new(30);
    (void)state;
    assert_non_null(heap);
    assert_true(deadlines_add(heap, &waits) && deadlines_add(heap, &lane));
    assert_ptr_equal(deadlines_first(heap), &lane);
    assert_int_equal(deadlines_none_before(heap), 40);
    lane.last_time = 20;
    assert_ptr_equal(deadlines_first(heap), &waits);
    deadlines_remove(heap, &waits);
    assert_ptr_equal(deadlines_first(heap), &lane);
    assert_int_equal(deadlines_none_before(heap), 50);
    deadlines_free(heap);
}

static void test_deadlines(void **state) {
    struct connection *all = many_connections();
    struct deadline_heap *heap = deadlines_new(0);
    static bool held[MANY];
    uint32_t random = 1;
    (void)state;
    assert_non_null(heap);
    assert_null(deadlines_first(heap));
    assert_true(deadlines_none_before(heap) == INT64_MAX);
    for (unsigned step = 0; step < STEPS; step++) {
        size_t at = next_random(&random) % MANY;
        int64_t deadline = next_random(&random) % 50;
        if (!held[at]) {
            all[at].deadline = deadline;
            assert_true(deadlines_add(heap, &all[at]));
            held[at] = true;
        } else if (next_random(&random) % 3 == 0) {
            deadlines_remove(heap, &all[at]);
            held[at] = false;
        } else if (next_random(&random) % 2 == 0) {
            all[at].deadline = deadline;
            deadlines_moved(heap, &all[at]);
        } else {
            all[at].deadline += deadline; /* the heap finds out by itself */
        }
        if (step % 37 != 0)
            continue;
        assert_int_equal(deadlines_count(heap), count_by_hand(held));
        const struct connection *first = first_by_hand(all, held);
        assert_ptr_equal(deadlines_first(heap), first);
        assert_true(first == NULL || deadlines_none_before(heap) >= first->deadline);
        assert_true(first == NULL || deadlines_none_before(heap) <= first->deadline);
    }
    struct connection *first;
    const struct connection *before = NULL;
    while ((first = deadlines_first(heap)) != NULL) {
        assert_true(before == NULL || before->deadline < first->deadline ||
                    (before->deadline == first->deadline && before->id < first->id));
        before = first;
        deadlines_remove(heap, first);
    }
    assert_int_equal(deadlines_count(heap), 0);
    deadlines_free(heap);
    free(all);
}

static void test_equal_deadlines_go_by_id(void **state) {
    struct connection *all = many_connections();
    struct deadline_heap *heap = deadlines_new(0);
    (void)state;
    for (size_t i = MANY; i > 0; i--)
        assert_true(deadlines_add(heap, &all[i - 1]));
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(deadlines_first(heap), &all[i]);
        deadlines_remove(heap, &all[i]);
    }
    deadlines_free(heap);
    free(all);
}

/* --- the flow table --- */

static const uint64_t seed[2] = {7, 11};

static struct address address(uint8_t version, uint8_t last) {
    struct address made = {.version = version};
    made.octets[version == 6 ? 15 : 3] = last;
    return made;
}

/* Every octet of both addresses, every bit of both ports, the network and the seed count; the direction does not. */
static void test_hash(void **state) {
    struct flow_table table, other;
    const uint64_t other_seeds[2][2] = {{8, 11}, {7, 12}};
    (void)state;
    assert_true(flow_table_init(&table, seed, false));
    for (uint8_t version = 4; version <= 6; version += 2) {
        struct address a = address(version, 1), b = address(version, 2);
        uint64_t plain = flow_hash(&table, &a, 1000, &b, 80, 3);
        assert_true(plain == flow_hash(&table, &b, 80, &a, 1000, 3));
        assert_true(plain != flow_hash(&table, &a, 80, &b, 1000, 3));
        assert_true(plain != flow_hash(&table, &a, 1000, &b, 80, 4));
        assert_true(flow_hash(&table, &a, 80, &b, 80, 3) == flow_hash(&table, &b, 80, &a, 80, 3));
        assert_true(flow_hash(&table, &a, 80, &a, 80, 3) != flow_hash(&table, &b, 80, &b, 80, 3));
        for (int octet = 0; octet < (version == 6 ? 16 : 4); octet++) {
            struct address changed = a;
            changed.octets[octet] ^= 0x80;
            assert_true(plain != flow_hash(&table, &changed, 1000, &b, 80, 3));
            changed = b;
            changed.octets[octet] ^= 0x80;
            assert_true(plain != flow_hash(&table, &a, 1000, &changed, 80, 3));
        }
        for (int bit = 0; bit < 16; bit++) {
            assert_true(plain != flow_hash(&table, &a, (uint16_t)(1000 ^ 1 << bit), &b, 80, 3));
            assert_true(plain != flow_hash(&table, &a, 1000, &b, (uint16_t)(80 ^ 1 << bit), 3));
        }
        for (int i = 0; i < 2; i++) {
            assert_true(flow_table_init(&other, other_seeds[i], false));
            assert_true(plain != flow_hash(&other, &a, 1000, &b, 80, 3));
            flow_table_free(&other);
        }
    }
    struct address four = address(4, 1), six = {.version = 6};
    memcpy(six.octets, four.octets, sizeof six.octets);
    assert_true(flow_hash(&table, &four, 1000, &four, 80, 3) != flow_hash(&table, &six, 1000, &six, 80, 3));
    flow_table_free(&table);
}

/* Hashes of few values: long runs of taken slots, across the end of the table too. */
static uint64_t crowded_hash(size_t at) {
    return ((uint64_t)(at % 13) * 97 + 1000) << 16 | (at % 2);
}

static struct connection *look_up(const struct flow_table *table, uint64_t hash, const struct connection *wanted,
                                  bool backward) {
    return flow_table_find(table, hash, &wanted->address[backward], wanted->port[backward], &wanted->address[!backward],
                           wanted->port[!backward], wanted->network);
}

static void test_flow_table(void **state) {
    struct connection *all = many_connections();
    struct flow_table table;
    static bool held[MANY];
    uint64_t count = 0;
    uint32_t random = 5;
    (void)state;
    assert_true(flow_table_init(&table, seed, false));
    for (size_t i = 0; i < MANY; i++) {
        all[i].address[0] = address(4, 1);
        all[i].address[1] = address(4, (uint8_t)(i >> 8));
        all[i].port[0] = (uint16_t)(i % 256);
        all[i].port[1] = 80;
        all[i].hash = crowded_hash(i);
    }
    for (unsigned step = 0; step < STEPS / 4; step++) {
        size_t at = next_random(&random) % (step < STEPS / 8 ? 200 : MANY);
        uint64_t hash = crowded_hash(at);
        if (held[at]) {
            flow_table_remove(&table, hash, &all[at]);
            count--;
        } else {
            assert_true(flow_table_add(&table, hash, &all[at]));
            count++;
        }
        held[at] = !held[at];
        assert_true(table.count == count && 2 * count <= table.slot_count);
        at = next_random(&random) % MANY;
        const struct connection *expected = held[at] ? &all[at] : NULL;
        assert_ptr_equal(look_up(&table, crowded_hash(at), &all[at], false), expected);
        assert_ptr_equal(look_up(&table, crowded_hash(at), &all[at], true), expected);
        assert_int_equal(flow_table_holds(&table, crowded_hash(at), &all[at]), held[at]);
    }
    flow_table_free(&table);
    free(all);
}

/* Of what stands in it under two hashes, whose last bits are alike, either finds it however large the table grows. */
static void test_flow_table_grows(void **state) {
    const uint64_t one = 7 << 16 | 5, other = 8 << 16 | 5;
    struct connection *all = many_connections();
    struct flow_table table, tuples;
    (void)state;
    assert_true(flow_table_init(&table, seed, false) && flow_table_init(&tuples, seed, true));
    for (size_t i = 0; i < MANY; i++) {
        all[i].address[0] = address(4, 1);
        all[i].address[1] = address(4, (uint8_t)(i >> 8));
        all[i].port[0] = (uint16_t)(1000 + i % 256);
        all[i].port[1] = 80;
        all[i].hash = i == 0 ? one : crowded_hash(i);
        assert_true(flow_table_add(&table, all[i].hash, &all[i]));
        assert_true(flow_table_add(&tuples, flow_tuple_hash(&tuples, &all[i]), &all[i]));
        if (i == 0) {
            assert_true(flow_table_add(&table, other, &all[0]));
            all[0].network_back = 9;
            all[0].hash_back = other;
        }
    }
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(look_up(&table, all[i].hash, &all[i], false), &all[i]);
        assert_ptr_equal(look_up(&tuples, flow_tuple_hash(&tuples, &all[i]), &all[i], true), &all[i]);
    }
    assert_true(flow_table_holds(&table, other, &all[0]));
    flow_table_remove(&table, one, &all[0]);
    assert_false(flow_table_holds(&table, one, &all[0]));
    assert_true(flow_table_holds(&table, other, &all[0]));
    flow_table_remove(&table, other, &all[0]);
    assert_false(flow_table_holds(&table, other, &all[0]));
    assert_int_equal(table.count, MANY - 1);
    flow_table_free(&table);
    flow_table_free(&tuples);
    free(all);
}

static void test_what_is_a_flow(void **state) {
    struct connection *all = many_connections();
    struct flow_table table;
    struct address a = address(4, 1), b = address(4, 2), c = address(4, 3);
    (void)state;
    assert_true(flow_table_init(&table, seed, false));
    all[0].address[0] = a;
    all[0].address[1] = b;
    all[0].port[0] = 1000;
    all[0].port[1] = 80;
    all[0].network = 3;
    all[0].network_back = 4;
    assert_null(flow_table_seek(&table, 77));
    uint64_t changes = table.changes;
    assert_true(changes != 0);
    assert_true(flow_table_add(&table, 77, &all[0]));
    assert_ptr_equal(flow_table_find(&table, 77, &a, 1000, &b, 80, 3), &all[0]);
    assert_ptr_equal(flow_table_find(&table, 77, &b, 80, &a, 1000, 4), &all[0]);
    assert_ptr_equal(flow_table_find(&table, 77, &b, 80, &a, 1000, ANY_NETWORK), &all[0]);
    assert_null(flow_table_find(&table, 77, &a, 1000, &b, 80, 5));
    assert_null(flow_table_find(&table, 78, &a, 1000, &b, 80, 3));
    assert_null(flow_table_find(&table, 77, &a, 1001, &b, 80, 3));
    assert_null(flow_table_find(&table, 77, &a, 1000, &b, 81, 3));
    assert_null(flow_table_find(&table, 77, &c, 1000, &b, 80, 3));
    assert_null(flow_table_find(&table, 77, &a, 1000, &c, 80, 3));
    assert_null(flow_table_find(&table, 77, &a, 80, &b, 1000, 3));
    assert_null(flow_table_find(&table, 77, &c, 80, &a, 1000, 3));
    assert_null(flow_table_find(&table, 77, &b, 80, &c, 1000, 3));
    assert_ptr_equal(flow_table_seek(&table, 77), &all[0]);
    assert_null(flow_table_seek(&table, 78));
    assert_true(table.changes != changes);
    changes = table.changes;
    flow_table_replace(&table, 77, &all[0], &all[1]);
    assert_true(table.changes != changes);
    changes = table.changes;
    assert_false(flow_table_holds(&table, 77, &all[0]));
    assert_true(flow_table_holds(&table, 77, &all[1]));
    assert_ptr_equal(flow_table_seek(&table, 77), &all[1]);
    assert_true(table.changes == changes);
    flow_table_remove(&table, 77, &all[1]);
    assert_true(table.changes != changes);
    changes = table.changes;
    flow_table_empty(&table);
    assert_true(table.changes != changes);
    flow_table_free(&table);
    free(all);
}

/* --- flows that have ended --- */

static void describe(struct connection *connection, size_t at) {
    connection->hash = (uint64_t)(at % 100) << 16;
    connection->network = (uint32_t)(at % 3);
    connection->address[0] = address(4, (uint8_t)(at >> 8));
    connection->address[1] = address(4, 200);
    connection->port[0] = (uint16_t)(1000 + at % 256);
    connection->port[1] = 80;
    connection->incarnation = (uint32_t)at;
    connection->last_frame = 2 * at;
    connection->last_time = (int64_t)at * 10 - 5;
    connection->end_time = (int64_t)at * 10;
    connection->first_time = INT64_MAX;
}

static void test_ended_flows(void **state) {
    struct connection *all = many_connections();
    struct ended_flows *flows = ended_flows_new(UINT64_MAX);
    bool same_roles;
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        describe(&all[i], i);
        ended_flows_add(flows, &all[i]);
    }
    for (size_t i = 0; i < MANY; i++) {
        const struct ended_flow *found = ended_flows_find(flows, &all[i], -1, &same_roles);
        assert_non_null(found);
        assert_true(same_roles && found->id == all[i].id && found->incarnation == i && found->last_frame == 2 * i);
        assert_true(found->last_time == all[i].last_time && found->end_time == all[i].end_time);
        assert_null(ended_flows_find(flows, &all[i], all[i].end_time, &same_roles));
        assert_non_null(ended_flows_find(flows, &all[i], all[i].end_time - 1, &same_roles));
        struct connection other = all[i];
        other.address[0] = all[i].address[1];
        other.address[1] = all[i].address[0];
        other.port[0] = all[i].port[1];
        other.port[1] = all[i].port[0];
        assert_true(ended_flows_find(flows, &other, -1, &same_roles) == found && !same_roles);
        other.first_time = all[i].end_time;
        assert_non_null(ended_flows_find(flows, &other, -1, &same_roles));
        other.first_time--;
        assert_null(ended_flows_find(flows, &other, -1, &same_roles));
        for (int changed = 0; changed < 5; changed++) {
            other = all[i];
            other.hash += changed == 0;
            other.network += changed == 1 ? 5 : 0;
            other.port[0] = (uint16_t)(other.port[0] + (changed == 2 ? 500 : 0));
            other.address[0].octets[0] = changed == 3;
            other.port[1] = (uint16_t)(other.port[1] + (changed == 4));
            assert_null(ended_flows_find(flows, &other, -1, &same_roles));
        }
    }
    ended_flows_forget(flows, 1000 * 10);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(ended_flows_find(flows, &all[i], -1, &same_roles) != NULL, i > 1000);
    ended_flows_forget(flows, INT64_MAX);
    for (size_t i = 0; i < MANY; i++)
        assert_null(ended_flows_find(flows, &all[i], -1, &same_roles));
    ended_flows_add(flows, &all[5]);
    assert_non_null(ended_flows_find(flows, &all[5], -1, &same_roles));
    ended_flows_free(flows);
    free(all);
}

static void test_what_is_kept_of_a_flow(void **state) {
    struct connection *all = many_connections();
    struct ended_flows *flows = ended_flows_new(UINT64_MAX);
    bool same_roles;
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        describe(&all[i], i);
        for (int side = 0; side < SIDES; side++) {
            struct endpoint *endpoint = &all[i].side[side];
            endpoint->isn = 0xfffffff0u + (uint32_t)side;
            endpoint->next = 0x20 + side;
            endpoint->tsval_max = 500 + (uint32_t)side;
            endpoint->timestamps_seen = (i >> side & 1) != 0;
            endpoint->path.state = (i >> (2 + side) & 1) != 0 ? STATE_CLOSED : STATE_ESTABLISHED;
        }
        ended_flows_add(flows, &all[i]);
        const struct ended_flow *found = ended_flows_find(flows, &all[i], -1, &same_roles);
        assert_non_null(found);
        assert_int_equal(found->timestamps, (i & 3) == 3);
        assert_int_equal(found->closed, (i & 12) == 12);
        for (uint32_t side = 0; side < SIDES; side++)
            assert_true(found->isn[side] == 0xfffffff0u + side && found->next[side] == 0x10 + 2 * side &&
                        found->tsval[side] == 500 + side);
    }
    ended_flows_free(flows);
    free(all);
}

/* --- records at rest --- */

/* Numbers that differ in any of their bits, few of them or many, each of them twice. */
static void test_order_by_number(void **state) {
    enum { MOST = 500 };
    struct numbered items[MOST], room[MOST];
    (void)state;
    for (size_t count = 0; count <= MOST; count += 1 + count / 4) {
        for (unsigned bits = 1; bits <= 64; bits++) {
            for (size_t i = 0; i < count; i++) {
                items[i].number = (i / 2 * UINT64_C(0x9e3779b97f4a7c15) + 7) >> (64 - bits);
                items[i].item = &room[i];
            }
            const struct numbered *ordered = order_by_number(items, room, count);
            assert_true(ordered == items || ordered == room);
            for (size_t i = 1; i < count; i++) {
                assert_true(ordered[i - 1].number <= ordered[i].number);
                assert_true(ordered[i - 1].number < ordered[i].number || ordered[i - 1].item < ordered[i].item);
            }
        }
    }
}

static void test_pack(void **state) {
    enum { WORDS = 77 };
    static const uint64_t few[] = {0, 1, 0xff, 0x100, 0x7fffffffffffffff, UINT64_MAX};
    const uint64_t base = 1700000000000000000;
    uint32_t random = 7;
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        uint64_t record[WORDS], copy[WORDS];
        size_t words = round % (WORDS + 1);
        for (size_t i = 0; i < words; i++) {
            uint64_t any = (uint64_t)next_random(&random) << 40 ^ (uint64_t)next_random(&random) << 16 ^ i;
            uint64_t near = base - (any >> next_random(&random) % 64);
            uint32_t kind = next_random(&random) % 4;
            record[i] = kind == 0 ? few[any % 6] : kind == 1 ? near : kind == 2 ? any >> any % 64 : base + any % 3;
        }
        uint8_t *packed = malloc(PACK_ROOM(words));
        assert_non_null(packed);
        const uint8_t *end = pack_words(packed, record, words, base);
        assert_true(end + 8 <= packed + PACK_ROOM(words));
        memset(copy, 0x5a, sizeof copy);
        assert_ptr_equal(unpack_words(packed, copy, words, base), end);
        assert_memory_equal(copy, record, words * sizeof record[0]);
        free(packed);
    }
}

/* Pieces of all sizes at once hold what was written into them, aligned, and what is given back serves again. */
static void test_pool(void **state) {
    enum { SIZES = 2500, STEP = 7 };
    static unsigned char *pieces[SIZES];
    struct pool *pool = pool_new();
    (void)state;
    assert_non_null(pool);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 1; size < SIZES; size += STEP) {
            pieces[size] = pool_take(pool, size);
            assert_non_null(pieces[size]);
            assert_int_equal((uintptr_t)pieces[size] % 16, 0);
            memset(pieces[size], (int)(size + (size_t)round), size);
        }
        for (size_t size = 1; size < SIZES; size += STEP) {
            for (size_t at = 0; at < size; at++) {
                assert_int_equal(pieces[size][at], (unsigned char)(size + (size_t)round));
            }
            pool_give(pool, pieces[size], size);
        }
    }
    pool_give(pool, NULL, 16);
    pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_order_by_number),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_deadlines_in_lane),
        cmocka_unit_test(test_equal_deadlines_go_by_id),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_flow_table),
        cmocka_unit_test(test_flow_table_grows),
        cmocka_unit_test(test_what_is_a_flow),
        cmocka_unit_test(test_ended_flows),
        cmocka_unit_test(test_what_is_kept_of_a_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
