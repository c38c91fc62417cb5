/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which connections of a report an expectation means. */

static json_int_t id_of(const json_t *connection) {
    return json_integer_value(json_object_get(connection, "id"));
}

static int by_id(const void *one, const void *other) {
    json_int_t a = id_of(*(json_t *const *)one);
    json_int_t b = id_of(*(json_t *const *)other);

    return (a > b) - (a < b);
}

static bool is_end(const json_t *side, const json_t *address, const json_t *port) {
    return (address == NULL || is_as_expected(address, json_object_get(side, "address"))) &&
           (port == NULL || is_as_expected(port, json_object_get(side, "port")));
}

static bool is_selected(const json_t *connection, const json_t *select) {
    const json_t *id = json_object_get(select, "id");
    const json_t *address = json_object_get(select, "address");
    const json_t *port = json_object_get(select, "port");

    return (id == NULL || is_as_expected(id, json_object_get(connection, "id"))) &&
           (is_end(json_object_get(connection, "client"), address, port) ||
            is_end(json_object_get(connection, "server"), address, port));
}

/* True when the member is written as one value, not as a bound. */
static bool names(const json_t *side, const char *member) {
    const json_t *value = json_object_get(side, member);

    return value != NULL && !json_is_object(value);
}

/* What an expectation says of addresses, ports and id selects as well: the members of the connection itself. */
static bool is_likely(const json_t *connection, const json_t *wanted) {
    static const char *const sides[] = {"client", "server"};
    static const char *const ends[] = {"address", "port"};

    if (names(wanted, "id") && !json_equal(json_object_get(wanted, "id"), json_object_get(connection, "id")))
        return false;
    for (size_t i = 0; i < 2; i++) {
        const json_t *said = json_object_get(wanted, sides[i]);
        const json_t *seen = json_object_get(connection, sides[i]);
        for (size_t k = 0; k < 2; k++)
            if (names(said, ends[k]) && !json_equal(json_object_get(said, ends[k]), json_object_get(seen, ends[k])))
                return false;
    }
    return true;
}

static bool says_which(const json_t *wanted) {
    const json_t *client = json_object_get(wanted, "client");
    const json_t *server = json_object_get(wanted, "server");

    return (names(client, "address") && names(client, "port") && names(server, "address") && names(server, "port"));
}

/* Addresses and ports of a connection, as written in an expectation or seen in a report. */
static void key_of_ends(const json_t *connection, char *key, size_t size) {
    const json_t *client = json_object_get(connection, "client");
    const json_t *server = json_object_get(connection, "server");
    const char *from = json_string_value(json_object_get(client, "address"));
    const char *to = json_string_value(json_object_get(server, "address"));

    snprintf(key, size, "%s %" JSON_INTEGER_FORMAT " %s %" JSON_INTEGER_FORMAT, from != NULL ? from : "",
             json_integer_value(json_object_get(client, "port")), to != NULL ? to : "",
             json_integer_value(json_object_get(server, "port")));
}

enum { KEY_SIZE = 160 };

/* Reports list connections in the order of their ends; people count them by their beginnings. */
bool selector_begin(struct selector *selector, const json_t *report, const json_t *list) {
    const json_t *connections = json_object_get(report, "connections");
    char key[KEY_SIZE];

    *selector = (struct selector){.list = list, .count = json_array_size(connections)};
    selector->sorted = calloc(selector->count + 1, sizeof(json_t *));
    selector->by_ends = json_object();
    selector->taken = json_object();
    if (selector->sorted == NULL || selector->by_ends == NULL || selector->taken == NULL)
        return false;
    for (size_t i = 0; i < selector->count; i++)
        selector->sorted[i] = json_array_get(connections, i);
    qsort(selector->sorted, selector->count, sizeof(json_t *), by_id);
    for (size_t i = 0; i < selector->count; i++) {
        key_of_ends(selector->sorted[i], key, sizeof key);
        json_t *same = json_object_get(selector->by_ends, key);
        if (same == NULL && json_object_set_new(selector->by_ends, key, same = json_array()) != 0)
            return false;
        if (json_array_append(same, selector->sorted[i]) != 0)
            return false;
    }
    return true;
}

void selector_end(struct selector *selector) {
    free(selector->sorted);
    json_decref(selector->by_ends);
    json_decref(selector->taken);
    *selector = (struct selector){0};
}

static json_t *by_order(const struct selector *selector, json_int_t index) {
    return index >= 0 && (uint64_t)index < selector->count ? selector->sorted[index] : NULL;
}

/* The one with the id, if it is what else the element says. */
static json_t *by_its_id(const struct selector *selector, const json_t *wanted) {
    const json_t **found = bsearch(&wanted, selector->sorted, selector->count, sizeof(json_t *), by_id);

    return found != NULL && is_likely(*found, wanted) ? (json_t *)(uintptr_t)*found : NULL;
}

/* Incarnations have the same addresses and ports: each element of the list that names them means the next one. */
static json_t *next_incarnation(struct selector *selector, const json_t *wanted) {
    char key[KEY_SIZE];

    key_of_ends(wanted, key, sizeof key);
    json_int_t earlier = json_integer_value(json_object_get(selector->taken, key));
    json_object_set_new(selector->taken, key, json_integer(earlier + 1));
    return json_array_get(json_object_get(selector->by_ends, key), (size_t)earlier);
}

static json_t *one_of_its_own(struct selector *selector, size_t index, const json_t *wanted) {
    if (names(wanted, "id"))
        return by_its_id(selector, wanted);
    return says_which(wanted) ? next_incarnation(selector, wanted) : by_order(selector, (json_int_t)index);
}

json_t *selector_criteria(const json_t *wanted, size_t index) {
    static const char *const members[] = {"id", "client", "server"};
    json_t *select = json_object_get(wanted, "select");

    if (select != NULL)
        return json_incref(select);
    if (!names(wanted, "id") && !says_which(wanted))
        return json_pack("{s: I}", "order", (json_int_t)index + 1);
    json_t *criteria = json_object();
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *member = json_object_get(wanted, members[i]);
        json_t *named = json_is_object(member) ? json_object() : json_incref(member);
        if (names(member, "address"))
            json_object_set(named, "address", json_object_get(member, "address"));
        if (names(member, "port"))
            json_object_set(named, "port", json_object_get(member, "port"));
        if (!json_is_object(named) || json_object_size(named) > 0)
            json_object_set(criteria, members[i], named);
        json_decref(named);
    }
    return criteria;
}

json_t *selector_next(struct selector *selector) {
    size_t index = selector->next++;
    const json_t *wanted = json_array_get(selector->list, index);
    const json_t *select = json_object_get(wanted, "select");
    const json_t *order = json_object_get(select, "order");
    json_t *selected = json_array();

    if (select == NULL) {
        json_array_append(selected, one_of_its_own(selector, index, wanted));
        return selected;
    }
    for (size_t i = 0; i < selector->count; i++) {
        json_t *place = order != NULL ? json_integer((json_int_t)i + 1) : NULL;
        if ((order == NULL || is_as_expected(order, place)) && is_selected(selector->sorted[i], select))
            json_array_append(selected, selector->sorted[i]);
        json_decref(place);
    }
    return selected;
}
