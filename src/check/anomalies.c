/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/judge.h"

#include "check/position.h"
#include "rules/catalogue.h"

#include <stdlib.h>
#include <string.h>

/* The lists require, forbid and allow. */

static const char *text_of(const json_t *object, const char *member) {
    const char *text = json_string_value(json_object_get(object, member));

    return text != NULL ? text : "";
}

static int rank_of(const char *name) {
    for (int severity = 0; severity < SEVERITIES; severity++)
        if (strcmp(name, severity_name((enum severity)severity)) == 0)
            return severity;
    return -1;
}

/* An element of a list is a name, or an object with one and a count. */
static const char *name_of(const json_t *element) {
    return json_is_string(element) ? json_string_value(element) : text_of(element, "id");
}

/* An id, a group, or a severity, which stands for all that are at least as severe. */
static bool is_chosen(const json_t *anomaly, const char *name) {
    int rank = rank_of(name);

    return strcmp(name, text_of(anomaly, "id")) == 0 || strcmp(name, text_of(anomaly, "group")) == 0 ||
           (rank >= 0 && rank_of(text_of(anomaly, "severity")) >= rank);
}

static bool is_in(const json_t *list, const json_t *anomaly) {
    size_t i;
    json_t *element;

    json_array_foreach(list, i, element) {
        if (is_chosen(anomaly, name_of(element)))
            return true;
    }
    return false;
}

/* Every anomaly that the lists speak of: of one connection, or of all of them and the capture. A new array. */
static json_t *anomalies_of(const json_t *report, const json_t *connection) {
    json_t *all = json_array();
    size_t i;
    json_t *one;

    if (connection != NULL) {
        json_array_extend(all, json_object_get(connection, "anomalies"));
        return all;
    }
    json_array_foreach(json_object_get(report, "connections"), i, one) {
        json_array_extend(all, json_object_get(one, "anomalies"));
    }
    json_array_extend(all, json_object_get(report, "findings"));
    return all;
}

/* How often the chosen ones occurred; adds their frames. */
static json_int_t occurrences(const json_t *anomalies, const char *name, const json_t *except, const json_t *but,
                              json_t *frames) {
    json_int_t count = 0;
    size_t i;
    json_t *anomaly;

    json_array_foreach(anomalies, i, anomaly) {
        if (!is_chosen(anomaly, name) || is_in(except, anomaly) || is_in(but, anomaly))
            continue;
        count += json_integer_value(json_object_get(anomaly, "count"));
        if (json_array_size(frames) < 16)
            json_array_extend(frames, json_object_get(anomaly, "frames"));
    }
    return count;
}

/* The words of the first chosen one, for a message. */
static const json_t *first_chosen(const json_t *anomalies, const char *name, const json_t *except, const json_t *but) {
    size_t i;
    json_t *anomaly;

    json_array_foreach(anomalies, i, anomaly) {
        if (is_chosen(anomaly, name) && !is_in(except, anomaly) && !is_in(but, anomaly))
            return anomaly;
    }
    return NULL;
}

/* The connection that an anomaly is of; NULL for a finding of the capture. */
static const json_t *connection_of(const json_t *report, const json_t *anomaly) {
    size_t i, k;
    json_t *connection, *one;

    json_array_foreach(json_object_get(report, "connections"), i, connection) {
        json_array_foreach(json_object_get(connection, "anomalies"), k, one) {
            if (one == anomaly)
                return connection;
        }
    }
    return NULL;
}

static void judge_required(struct judge *judge, const struct subject *subject, const json_t *element,
                           const json_t *anomalies) {
    const char *name = name_of(element);
    const json_t *wanted = json_object_get(element, "count");
    json_t *frames = json_array();
    json_t *count = json_integer(occurrences(anomalies, name, NULL, NULL, frames));

    judge->conditions++;
    if (wanted != NULL ? is_as_expected(wanted, count) : json_integer_value(count) > 0) {
        json_decref(frames);
    } else if (wanted == NULL) {
        judge_fail(judge, subject, element, count, frames, "%s was not found", name);
    } else {
        char *words = json_dumps(wanted, JSON_ENCODE_ANY);
        judge_fail(judge, subject, element, count, frames, "%s was found %" JSON_INTEGER_FORMAT " time%s, not %s", name,
                   json_integer_value(count), json_integer_value(count) == 1 ? "" : "s",
                   words != NULL ? words : "as often as expected");
        free(words);
    }
    json_decref(count);
}

static bool is_too_often(const json_t *limit, const json_t *count) {
    if (limit == NULL)
        return json_integer_value(count) > 0;
    return json_is_integer(limit) ? json_integer_value(count) >= json_integer_value(limit)
                                  : is_as_expected(limit, count);
}

static void judge_forbidden(struct judge *judge, const struct subject *subject, const json_t *element,
                            const json_t *anomalies, const json_t *expectation) {
    const char *name = name_of(element);
    const json_t *allowed = json_object_get(expectation, "allow");
    const json_t *required = json_object_get(expectation, "require");
    json_t *frames = json_array();
    json_t *count = json_integer(occurrences(anomalies, name, allowed, required, frames));

    judge->conditions++;
    if (is_too_often(json_object_get(element, "count"), count)) {
        const json_t *first = first_chosen(anomalies, name, allowed, required);
        struct subject about = *subject;
        if (about.connection == NULL)
            about.connection = connection_of(judge->report, first);
        judge_fail(judge, &about, element, count, frames, "%s is forbidden: %s%s%s: %s", name,
                   text_of(first, "severity"), strcmp(name, text_of(first, "id")) == 0 ? "" : " ",
                   strcmp(name, text_of(first, "id")) == 0 ? "" : text_of(first, "id"), text_of(first, "message"));
    } else {
        json_decref(frames);
    }
    json_decref(count);
}

void judge_anomalies(struct judge *judge, const json_t *expectation, const json_t *connection, const char *pointer,
                     const char *why) {
    static const char *const lists[] = {"require", "forbid"};
    json_t *anomalies = anomalies_of(judge->report, connection);
    char list[POINTER_SIZE], place[POINTER_SIZE];
    size_t i;
    json_t *element;

    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        pointer_to_member(list, pointer, lists[k]);
        json_array_foreach(json_object_get(expectation, lists[k]), i, element) {
            const char *own = json_string_value(json_object_get(element, "why"));
            pointer_to_element(place, list, i);
            const struct subject subject = {connection, place, lists[k], own != NULL ? own : why};
            if (k == 0)
                judge_required(judge, &subject, element, anomalies);
            else
                judge_forbidden(judge, &subject, element, anomalies, expectation);
        }
    }
    json_decref(anomalies);
}
