/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/judge.h"

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

/* Reports list connections in the order of their ends; people count them by their beginnings. */
static const json_t *by_order(const json_t *connections, size_t index) {
    size_t count = json_array_size(connections);
    const json_t **sorted = malloc((count + 1) * sizeof *sorted);
    const json_t *found = NULL;

    if (sorted == NULL || index >= count) {
        free(sorted);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(connections, i);
    qsort(sorted, count, sizeof *sorted, by_id);
    found = sorted[index];
    free(sorted);
    return found;
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

    return names(wanted, "id") ||
           (names(client, "address") && names(client, "port") && names(server, "address") && names(server, "port"));
}

/* True when both say the same of who they are. */
static bool same_ends(const json_t *one, const json_t *other) {
    static const char *const sides[] = {"client", "server"};
    static const char *const ends[] = {"address", "port"};

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++) {
            const json_t *mine = json_object_get(json_object_get(one, sides[i]), ends[k]);
            const json_t *its = json_object_get(json_object_get(other, sides[i]), ends[k]);
            if (!json_equal(mine, its))
                return false;
        }
    return json_object_get(other, "select") == NULL && json_object_get(other, "id") == NULL;
}

/* Incarnations have the same addresses and ports: each entry of the list means the next one. */
static const json_t *next_incarnation(const json_t *report, const json_t *list, size_t index) {
    const json_t *wanted = json_array_get(list, index);
    const json_t *connections = json_object_get(report, "connections");
    size_t earlier = 0;

    for (size_t i = 0; i < index; i++)
        earlier += same_ends(wanted, json_array_get(list, i));
    for (size_t i = 0; i < json_array_size(connections); i++) {
        const json_t *connection = by_order(connections, i);
        if (is_likely(connection, wanted) && earlier-- == 0)
            return connection;
    }
    return NULL;
}

json_t *select_connections(const json_t *report, const json_t *list, size_t index) {
    const json_t *connections = json_object_get(report, "connections");
    const json_t *wanted = json_array_get(list, index);
    const json_t *select = json_object_get(wanted, "select");
    const json_t *order = json_object_get(select, "order");
    json_t *selected = json_array();
    size_t i;
    json_t *connection;

    if (select == NULL || order != NULL) {
        const json_t *found = order != NULL        ? by_order(connections, (size_t)json_integer_value(order) - 1)
                              : says_which(wanted) ? next_incarnation(report, list, index)
                                                   : by_order(connections, index);
        if (found != NULL && (order == NULL || is_selected(found, select)))
            json_array_append(selected, (json_t *)(uintptr_t)found);
        return selected;
    }
    json_array_foreach(connections, i, connection) {
        if (is_selected(connection, select))
            json_array_append(selected, connection);
    }
    return selected;
}
