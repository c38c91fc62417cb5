/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check/update.h"

#include "check/judge.h"
#include "check/layout.h"
#include "check/position.h"
#include "check/schema.h"
#include "check/words.h"
#include "rules/catalogue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- what a report shows, as a strict expectation --- */

static json_t *pick(const json_t *from, const char *const *members) {
    json_t *picked = json_object();

    for (; *members != NULL; members++)
        json_object_set(picked, *members, json_object_get(from, *members));
    return picked;
}

static json_t *strict_side(const json_t *side) {
    static const char *const members[] = {"address", "port", NULL};
    json_t *strict = pick(side, members);

    json_object_set_new(strict, "path", path_of_side(side));
    return strict;
}

/* True when it is of notice or above: what is only worth a note may come and go. */
static bool counts(const json_t *anomaly) {
    const char *severity = json_string_value(json_object_get(anomaly, "severity"));

    return severity != NULL && strcmp(severity, severity_name(SEVERITY_INFO)) != 0;
}

static json_t *strict_requirements(const json_t *anomalies) {
    json_t *required = json_array();
    size_t i, k;
    json_t *anomaly, *one;

    json_array_foreach(anomalies, i, anomaly) {
        bool known = !counts(anomaly);
        json_array_foreach(required, k, one) {
            if (!known && json_equal(json_object_get(one, "id"), json_object_get(anomaly, "id"))) {
                json_int_t sum = json_integer_value(json_object_get(one, "count")) +
                                 json_integer_value(json_object_get(anomaly, "count"));
                json_object_set_new(one, "count", json_integer(sum));
                known = true;
            }
        }
        if (!known)
            json_array_append_new(required, json_pack("{s: O, s: O}", "id", json_object_get(anomaly, "id"), "count",
                                                      json_object_get(anomaly, "count")));
    }
    return required;
}

static json_t *strict_connection(const json_t *connection) {
    static const char *const handshake[] = {"outcome", NULL};
    static const char *const teardown[] = {"outcome", "closed_first", "reset_by", "time_wait", "segments", NULL};
    json_t *strict = json_object();

    json_object_set_new(strict, "client", strict_side(json_object_get(connection, "client")));
    json_object_set_new(strict, "server", strict_side(json_object_get(connection, "server")));
    json_object_set_new(strict, "handshake", pick(json_object_get(connection, "handshake"), handshake));
    json_object_set_new(strict, "teardown", pick(json_object_get(connection, "teardown"), teardown));
    json_object_set_new(strict, "require", strict_requirements(json_object_get(connection, "anomalies")));
    json_object_set_new(strict, "forbid", json_pack("[s]", severity_name(SEVERITY_NOTICE)));
    return strict;
}

static json_t *strict_summary(const json_t *report) {
    static const char *const members[] = {"frames", "tcp_segments", "connections", NULL};

    return pick(json_object_get(report, "summary"), members);
}

/* --- refreshing --- */

struct refresh {
    json_t *changes;
};

static void note(const struct refresh *refresh, const char *pointer, const json_t *before, const json_t *now) {
    char words[POINTER_SIZE];
    struct message sentence;
    char *old = before != NULL ? json_dumps(before, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *new = now != NULL ? json_dumps(now, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    pointer_words(words, pointer);
    if (old == NULL)
        message_set(&sentence, "%s: %s, new", words, new != NULL ? new : "?");
    else
        message_set(&sentence, "%s: %s, was %s", words, new != NULL ? new : "nothing", old);
    json_array_append_new(refresh->changes, json_words(sentence.text));
    free(old);
    free(new);
}

static bool is_hand_written(const char *name) {
    static const char *const names[] = {"why", "select", "allow", "forbid"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Brings what is written about an object up to what was seen. */
static void refresh_object(const struct refresh *refresh, const char *pointer, json_t *written, const json_t *seen) {
    char inner[POINTER_SIZE];
    const char *name;
    void *next;
    json_t *member;

    json_object_foreach_safe(written, next, name, member) {
        bool path = strcmp(name, "path") == 0 && json_object_get(seen, "transitions") != NULL;
        json_t *now = path ? path_of_side(seen) : json_incref(json_object_get(seen, name));
        pointer_to_member(inner, pointer, name);
        if (is_hand_written(name) || strcmp(name, "require") == 0 ||
            (strcmp(name, "connections") == 0 && json_is_array(member)) || is_bound(member)) {
            json_decref(now);
            continue;
        }
        if (json_is_object(member) && json_is_object(now)) {
            refresh_object(refresh, inner, member, now);
        } else if (!is_as_expected(member, now)) {
            note(refresh, inner, member, now);
            if (now != NULL)
                json_object_set(written, name, now);
            else
                json_object_del(written, name);
        }
        json_decref(now);
    }
}

/* Adds the members of `strict` that are not written yet. */
static void complete(const struct refresh *refresh, const char *pointer, json_t *written, const json_t *strict) {
    char inner[POINTER_SIZE];
    const char *name;
    json_t *member;

    json_object_foreach((json_t *)(uintptr_t)strict, name, member) {
        json_t *there = json_object_get(written, name);
        pointer_to_member(inner, pointer, name);
        if (there == NULL) {
            note(refresh, inner, NULL, member);
            json_object_set(written, name, member);
        } else if (json_is_object(there) && json_is_object(member) && !is_bound(there)) {
            complete(refresh, inner, there, member);
        }
    }
}

static const char *id_of(const json_t *element) {
    const char *id = json_string_value(json_is_object(element) ? json_object_get(element, "id") : element);

    return id != NULL ? id : "";
}

static json_t *find_element(const json_t *list, const char *id) {
    size_t i;
    json_t *element;

    json_array_foreach(list, i, element) {
        if (strcmp(id_of(element), id) == 0)
            return element;
    }
    return NULL;
}

/* Elements with a bounded count, with a "why", or without a count that still hold stay. */
static void refresh_required(const struct refresh *refresh, const char *pointer, json_t *written,
                             const json_t *strict) {
    json_t *list = json_object_get(written, "require");
    char place[POINTER_SIZE], inner[POINTER_SIZE];
    size_t i;
    json_t *element;

    pointer_to_member(place, pointer, "require");
    for (i = json_array_size(list); i-- > 0;) {
        element = json_array_get(list, i);
        const json_t *seen = find_element(strict, id_of(element));
        json_t *count = json_object_get(element, "count");
        pointer_to_element(inner, place, i);
        if (json_is_object(count) || (seen != NULL && count == NULL))
            continue;
        if (seen == NULL) {
            note(refresh, inner, element, NULL);
            json_array_remove(list, i);
        } else if (!json_equal(count, json_object_get(seen, "count"))) {
            note(refresh, inner, count, json_object_get(seen, "count"));
            json_object_set(element, "count", json_object_get(seen, "count"));
        }
    }
    json_array_foreach(strict, i, element) {
        if (find_element(list, id_of(element)) == NULL) {
            note(refresh, place, NULL, element);
            json_array_append(list, element);
        }
    }
}

static void refresh_connection(const struct refresh *refresh, const char *pointer, json_t *written,
                               const json_t *seen) {
    json_t *strict = strict_connection(seen);

    refresh_object(refresh, pointer, written, seen);
    complete(refresh, pointer, written, strict);
    refresh_required(refresh, pointer, written, json_object_get(strict, "require"));
    json_decref(strict);
}

/* Refreshes the elements that are there; notes in `known`, by id, which connections they mean. */
static void refresh_elements(const struct refresh *refresh, struct selector *selector, json_t *list, json_t *known) {
    char pointer[POINTER_SIZE], id[24];
    size_t i, k;
    json_t *element, *seen;

    json_array_foreach(list, i, element) {
        json_t *selected = selector_next(selector);
        pointer_to_element(pointer, "/connections", i);
        json_array_foreach(selected, k, seen) {
            snprintf(id, sizeof id, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(seen, "id")));
            json_object_set_new(known, id, json_true());
        }
        /* One that stands for many says what they have in common: that is for its author to change. */
        if (json_array_size(selected) == 1)
            refresh_connection(refresh, pointer, element, json_array_get(selected, 0));
        json_decref(selected);
    }
}

static bool refresh_connections(const struct refresh *refresh, json_t *written, const json_t *report) {
    json_t *list = json_object_get(written, "connections");
    json_t *known = json_object();
    struct selector selector;
    char pointer[POINTER_SIZE], id[24];

    if (list == NULL) {
        list = json_array();
        json_object_set_new(written, "connections", list);
    }
    bool good = selector_begin(&selector, report, list) && list != NULL && known != NULL;
    if (good)
        refresh_elements(refresh, &selector, list, known);
    for (size_t i = 0; good && i < selector.count; i++) {
        const json_t *other = selector.sorted[i];
        snprintf(id, sizeof id, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(other, "id")));
        if (json_object_get(known, id) != NULL)
            continue;
        json_t *strict = strict_connection(other);
        pointer_to_element(pointer, "/connections", json_array_size(list));
        note(refresh, pointer, NULL, strict);
        good = json_array_append_new(list, strict) == 0;
    }
    selector_end(&selector);
    json_decref(known);
    return good;
}

/* --- the file --- */

/* Whole or not at all: written beside it and moved into its place. */
static bool write_whole(const char *path, const json_t *expectation, struct message *error) {
    char *beside;

    if (asprintf(&beside, "%s.new", path) < 0) {
        message_set(error, "out of memory");
        return false;
    }
    int descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    struct output *output = descriptor < 0 ? NULL : output_to_descriptor(descriptor);
    bool good = output != NULL;
    if (good)
        layout_json(output, expectation);
    good = good && output_flush(output);
    good = descriptor >= 0 && close(descriptor) == 0 && good;
    good = good && rename(beside, path) == 0;
    output_free(output);
    if (!good) {
        message_set(error, "%s cannot be written: %s", path, strerror(errno));
        unlink(beside);
    }
    free(beside);
    return good;
}

bool expectation_update(const char *path, const json_t *old, const json_t *report, json_t *changes,
                        struct message *error) {
    const struct refresh refresh = {changes};
    json_t *written = old != NULL ? json_deep_copy(old) : json_object();
    json_t *summary = strict_summary(report);
    json_t *strict = json_pack("{s: O}", "summary", summary);

    if (written == NULL || strict == NULL) {
        message_set(error, "out of memory");
        json_decref(written);
        json_decref(summary);
        json_decref(strict);
        return false;
    }
    refresh_object(&refresh, "", written, report);
    complete(&refresh, "", written, strict);
    bool good = refresh_connections(&refresh, written, report);
    if (!good)
        message_set(error, "out of memory");
    good = good && (json_array_size(changes) == 0 || write_whole(path, written, error));
    json_decref(written);
    json_decref(summary);
    json_decref(strict);
    return good;
}
