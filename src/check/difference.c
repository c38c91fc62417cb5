/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check/difference.h"

#include "check/judge.h"
#include "check/lost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- connections, by their first frames --- */

static json_int_t id_of(const json_t *connection) {
    return json_integer_value(json_object_get(connection, "id"));
}

static int by_id(const void *one, const void *other) {
    json_int_t a = id_of(*(json_t *const *)one), b = id_of(*(json_t *const *)other);

    return (a > b) - (a < b);
}

struct list {
    const json_t **connections; /* owned array of borrowed ones; those that were matched become NULL */
    size_t count;
};

static bool list_connections(struct list *list, const json_t *report) {
    const json_t *connections = json_object_get(report, "connections");

    list->count = json_array_size(connections);
    list->connections = calloc(list->count + 1, sizeof(const json_t *));
    if (list->connections == NULL)
        return false;
    for (size_t i = 0; i < list->count; i++)
        list->connections[i] = json_array_get(connections, i);
    qsort(list->connections, list->count, sizeof(const json_t *), by_id);
    return true;
}

static const json_t *member(const json_t *connection, const char *part, const char *name) {
    return json_object_get(json_object_get(connection, part), name);
}

enum { KEY_SIZE = 160 }; /* octets, room for two addresses */

/* As a name, and as a key: its addresses and ports. */
static void write_name(const json_t *connection, char *name, size_t size) {
    const char *client = json_string_value(member(connection, "client", "address"));
    const char *server = json_string_value(member(connection, "server", "address"));

    snprintf(name, size, "%s:%d > %s:%d", client != NULL ? client : "?",
             (int)json_integer_value(member(connection, "client", "port")), server != NULL ? server : "?",
             (int)json_integer_value(member(connection, "server", "port")));
}

/* --- matching --- */

/* Writes what two connections must have in common to be matched; an empty key matches nothing. */
typedef void key_function(const json_t *connection, char *key, size_t size);

static void key_of_numbers(const json_t *connection, char *key, size_t size) {
    const json_t *client = member(connection, "client", "isn");
    const json_t *server = member(connection, "server", "isn");

    key[0] = '\0';
    if (json_is_integer(client) && json_is_integer(server))
        snprintf(key, size, "%" JSON_INTEGER_FORMAT " %" JSON_INTEGER_FORMAT, json_integer_value(client),
                 json_integer_value(server));
}

static void key_of_order(const json_t *connection, char *key, size_t size) {
    const char *client = json_string_value(member(connection, "client", "address"));
    const char *server = json_string_value(member(connection, "server", "address"));

    snprintf(key, size, "%s %s %d", client != NULL ? client : "", server != NULL ? server : "",
             (int)json_integer_value(member(connection, "server", "port")));
}

struct keyed {
    char key[KEY_SIZE];
    size_t index;
};

static int by_key(const void *one, const void *other) {
    const struct keyed *a = one, *b = other;
    int order = strcmp(a->key, b->key);

    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* The keys of those that are not matched yet, sorted; NULL when memory is out. */
static struct keyed *keys_of(const struct list *list, key_function *key, size_t *count) {
    struct keyed *keys = calloc(list->count + 1, sizeof *keys);

    *count = 0;
    for (size_t i = 0; keys != NULL && i < list->count; i++) {
        if (list->connections[i] == NULL)
            continue;
        key(list->connections[i], keys[*count].key, KEY_SIZE);
        keys[*count].index = i;
        *count += keys[*count].key[0] != '\0';
    }
    if (keys != NULL)
        qsort(keys, *count, sizeof *keys, by_key);
    return keys;
}

struct comparison {
    const struct difference_settings *settings;
    struct list a;
    struct list b;
    json_t *connections; /* borrowed */
    uint64_t matched;
    uint64_t different;
    bool out_of_memory;
};

static void compare(struct comparison *comparison, const json_t *a, const json_t *b, const char *matched_by);

/* Both lists are sorted by key, then by first frame: the first of one is the first of the other. */
static void match(struct comparison *comparison, key_function *key, const char *matched_by) {
    size_t count_a, count_b, i = 0, k = 0;
    struct keyed *a = keys_of(&comparison->a, key, &count_a);
    struct keyed *b = keys_of(&comparison->b, key, &count_b);

    comparison->out_of_memory = comparison->out_of_memory || a == NULL || b == NULL;
    while (a != NULL && b != NULL && i < count_a && k < count_b) {
        int order = strcmp(a[i].key, b[k].key);
        if (order == 0) {
            const json_t **one = &comparison->a.connections[a[i].index];
            const json_t **other = &comparison->b.connections[b[k].index];
            compare(comparison, *one, *other, matched_by);
            *one = *other = NULL;
        }
        i += order <= 0;
        k += order >= 0;
    }
    free(a);
    free(b);
}

/* --- what differs between two connections --- */

static void note(json_t *differences, const char *name, const json_t *a, const json_t *b) {
    json_t *difference = json_object();

    json_object_set_new(difference, "member", json_string(name));
    json_object_set(difference, "a", a != NULL ? (json_t *)(uintptr_t)a : json_null());
    json_object_set(difference, "b", b != NULL ? (json_t *)(uintptr_t)b : json_null());
    json_array_append_new(differences, difference);
}

static bool same(const json_t *a, const json_t *b) {
    return a == b || (a != NULL && b != NULL && json_equal(a, b));
}

static const struct {
    const char *part;
    const char *name;
} compared[] = {
    {"handshake", "outcome"},
    {"handshake", "syn_count"},
    {"handshake", "syn_ack_count"},
    {"teardown", "outcome"},
    {"teardown", "closed_first"},
    {"teardown", "reset_by"},
    {"teardown", "segments"},
    {"teardown", "reset_in_state"},
    {"teardown", "time_wait"},
    {"teardown", "two_msl"},
    {"client", "bytes"},
    {"client", "retransmitted_frames"},
    {"client", "missing_bytes"},
    {"server", "bytes"},
    {"server", "retransmitted_frames"},
    {"server", "missing_bytes"},
};

static void compare_members(json_t *differences, const json_t *a, const json_t *b) {
    char name[64];

    for (size_t i = 0; i < sizeof compared / sizeof *compared; i++) {
        const json_t *one = member(a, compared[i].part, compared[i].name);
        const json_t *other = member(b, compared[i].part, compared[i].name);
        snprintf(name, sizeof name, "%s.%s", compared[i].part, compared[i].name);
        if (!same(one, other))
            note(differences, name, one, other);
    }
}

static void compare_paths(json_t *differences, const json_t *a, const json_t *b) {
    static const char *const sides[] = {"client", "server"};
    char name[64];

    for (size_t i = 0; i < 2; i++) {
        json_t *one = path_of_side(json_object_get(a, sides[i]));
        json_t *other = path_of_side(json_object_get(b, sides[i]));
        snprintf(name, sizeof name, "%s.path", sides[i]);
        if (!json_equal(one, other))
            note(differences, name, one, other);
        json_decref(one);
        json_decref(other);
    }
}

/* {"id": count} of its anomalies. */
static json_t *counts_of(const json_t *connection) {
    json_t *counts = json_object();
    size_t i;
    json_t *anomaly;

    json_array_foreach(json_object_get(connection, "anomalies"), i, anomaly) {
        const char *id = json_string_value(json_object_get(anomaly, "id"));
        json_int_t before = json_integer_value(json_object_get(counts, id));
        json_int_t count = json_integer_value(json_object_get(anomaly, "count"));
        json_object_set_new(counts, id, json_integer(before + count));
    }
    return counts;
}

static void compare_anomalies(json_t *differences, const json_t *a, const json_t *b) {
    json_t *one = counts_of(a), *other = counts_of(b);
    const char *id;
    json_t *count;
    char name[96];

    json_object_foreach(one, id, count) {
        snprintf(name, sizeof name, "anomalies.%s", id);
        if (!same(count, json_object_get(other, id)))
            note(differences, name, count, json_object_get(other, id));
    }
    json_object_foreach(other, id, count) {
        snprintf(name, sizeof name, "anomalies.%s", id);
        if (json_object_get(one, id) == NULL)
            note(differences, name, NULL, count);
    }
    json_decref(one);
    json_decref(other);
}

static const struct {
    const char *part; /* NULL: of the connection itself */
    const char *name;
} times[] = {
    {"handshake", "duration_ns"},  {"handshake", "rtt_server_ns"}, {"handshake", "rtt_client_ns"},
    {"teardown", "close_wait_ns"}, {"teardown", "duration_ns"},    {NULL, "duration_ns"},
};

static const json_t *time_of(const json_t *connection, size_t i) {
    return times[i].part != NULL ? member(connection, times[i].part, times[i].name)
                                 : json_object_get(connection, times[i].name);
}

static bool is_near(const struct difference_settings *settings, const json_t *a, const json_t *b) {
    if (!json_is_integer(a) || !json_is_integer(b))
        return same(a, b);
    double one = json_number_value(a), other = json_number_value(b);
    double apart = one > other ? one - other : other - one;
    return apart < (double)settings->least_time || apart * 100 < (one > other ? one : other) * settings->least_percent;
}

static void compare_times(const struct difference_settings *settings, json_t *differences, const json_t *a,
                          const json_t *b) {
    char name[64];

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        snprintf(name, sizeof name, "%s%s%s", times[i].part != NULL ? times[i].part : "",
                 times[i].part != NULL ? "." : "", times[i].name);
        if (!is_near(settings, time_of(a, i), time_of(b, i)))
            note(differences, name, time_of(a, i), time_of(b, i));
    }
}

/* One connection, seen twice: both ends chose their numbers once. */
static bool is_two_points(const json_t *a, const json_t *b) {
    char one[KEY_SIZE], other[KEY_SIZE];

    key_of_numbers(a, one, sizeof one);
    key_of_numbers(b, other, sizeof other);
    return one[0] != '\0' && strcmp(one, other) == 0;
}

/* How far the points are from the ends, where both captures measured it. */
static json_t *delays_of(const json_t *a, const json_t *b) {
    static const char *const trips[] = {"rtt_client_ns", "rtt_server_ns"};
    json_t *delays = json_object();

    for (size_t i = 0; i < 2; i++) {
        const json_t *one = member(a, "handshake", trips[i]);
        const json_t *other = member(b, "handshake", trips[i]);
        json_object_set_new(
            delays, trips[i],
            json_pack("{s: O, s: O}", "a", one != NULL ? one : json_null(), "b", other != NULL ? other : json_null()));
    }
    return delays;
}

/* The point that is nearer to a side: the round trip to it is the shorter one. */
static int nearer_point(const json_t *a, const json_t *b, const char *round_trip) {
    const json_t *one = member(a, "handshake", round_trip);
    const json_t *other = member(b, "handshake", round_trip);

    if (!json_is_integer(one) || !json_is_integer(other) || json_equal(one, other))
        return -1;
    return json_integer_value(one) < json_integer_value(other) ? 0 : 1;
}

/* Where the round trips to both sides agree on which point is where, and only there, that is known. */
static uint64_t find_lost(struct comparison *comparison, const json_t *a, const json_t *b, json_t *lost) {
    const struct segments *const *segments = comparison->settings->segments;
    int client = nearer_point(a, b, "rtt_client_ns");
    int server = nearer_point(a, b, "rtt_server_ns");
    bool known = client >= 0 && server == 1 - client;
    uint64_t count = 0;

    if (segments[0] == NULL || segments[1] == NULL)
        return 0;
    struct two_points points = {
        .isn = {(uint32_t)json_integer_value(member(a, "client", "isn")),
                (uint32_t)json_integer_value(member(a, "server", "isn"))},
        .nearer = {known ? client : -1, known ? server : -1},
    };
    points.segments[0] = segments_of(segments[0], (uint64_t)id_of(a), &points.count[0]);
    points.segments[1] = segments_of(segments[1], (uint64_t)id_of(b), &points.count[1]);
    if (!lost_between(&points, lost, &count))
        comparison->out_of_memory = true;
    return count;
}

static void compare(struct comparison *comparison, const json_t *a, const json_t *b, const char *matched_by) {
    bool two_points = is_two_points(a, b);
    json_t *differences = json_array();
    json_t *lost = json_array();
    uint64_t lost_count = two_points ? find_lost(comparison, a, b, lost) : 0;

    compare_members(differences, a, b);
    compare_paths(differences, a, b);
    compare_anomalies(differences, a, b);
    if (!two_points)
        compare_times(comparison->settings, differences, a, b);
    comparison->matched++;
    if (json_array_size(differences) > 0 || lost_count > 0) {
        char name[KEY_SIZE];
        write_name(a, name, sizeof name);
        comparison->different++;
        json_t *entry =
            json_pack("{s: O, s: O, s: s, s: s, s: b, s: O, s: O, s: I}", "a", json_object_get(a, "id"), "b",
                      json_object_get(b, "id"), "name", name, "matched_by", matched_by, "two_points", (int)two_points,
                      "differences", differences, "lost", lost, "lost_count", (json_int_t)lost_count);
        json_object_set_new(entry, "delays", two_points ? delays_of(a, b) : json_null());
        if (json_array_append_new(comparison->connections, entry) != 0)
            comparison->out_of_memory = true;
    }
    json_decref(differences);
    json_decref(lost);
}

/* --- the whole --- */

/* Those that have no counterpart. */
static json_t *left_of(const struct list *list) {
    json_t *left = json_array();

    for (size_t i = 0; i < list->count; i++) {
        if (list->connections[i] == NULL)
            continue;
        char name[KEY_SIZE];
        write_name(list->connections[i], name, sizeof name);
        json_array_append_new(
            left, json_pack("{s: O, s: s}", "id", json_object_get(list->connections[i], "id"), "name", name));
    }
    return left;
}

static const json_t *path_of(const json_t *report) {
    return json_object_get(json_array_get(json_object_get(report, "captures"), 0), "path");
}

json_t *difference_of_reports(const json_t *a, const json_t *b, const struct difference_settings *settings) {
    json_t *connections = json_array();
    struct comparison comparison = {.settings = settings, .connections = connections};
    json_t *difference = NULL;

    if (list_connections(&comparison.a, a) && list_connections(&comparison.b, b)) {
        match(&comparison, write_name, "addresses");
        match(&comparison, key_of_numbers, "numbers");
        match(&comparison, key_of_order, "order");
        json_t *only_a = left_of(&comparison.a), *only_b = left_of(&comparison.b);
        if (!comparison.out_of_memory)
            difference = json_pack(
                "{s: s, s: [O, O], s: O, s: O, s: O, s: {s: I, s: I, s: I, s: I}}", "schema", "finwait-diff/1",
                "captures", path_of(a), path_of(b), "connections", connections, "only_a", only_a, "only_b", only_b,
                "summary", "matched", (json_int_t)comparison.matched, "different", (json_int_t)comparison.different,
                "only_a", (json_int_t)json_array_size(only_a), "only_b", (json_int_t)json_array_size(only_b));
        json_decref(only_a);
        json_decref(only_b);
    }
    free(comparison.a.connections);
    free(comparison.b.connections);
    json_decref(connections);
    return difference;
}

bool difference_is_there(const json_t *difference) {
    return json_array_size(json_object_get(difference, "connections")) > 0 ||
           json_array_size(json_object_get(difference, "only_a")) > 0 ||
           json_array_size(json_object_get(difference, "only_b")) > 0;
}
