/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check/policy.h"

#include "base/nearest.h"
#include "rules/catalogue.h"

#include <stdlib.h>
#include <string.h>

/* Verdicts that can be demanded of every connection, and where the report has them. */
static const struct {
    const char *name;
    const char *part;
    const char *member;
} verdicts[] = {
    {"handshake", "handshake", "outcome"},        {"teardown", "teardown", "outcome"},
    {"closed-first", "teardown", "closed_first"}, {"time-wait", "teardown", "time_wait"},
    {"reset-by", "teardown", "reset_by"},         {"two-msl", "teardown", "two_msl"},
};
enum { VERDICTS = sizeof verdicts / sizeof verdicts[0] };

static json_t *list_of(json_t *object, const char *name) {
    json_t *list = json_object_get(object, name);

    if (list == NULL && json_object_set_new(object, name, json_array()) == 0)
        list = json_object_get(object, name);
    return list;
}

static json_t *object_of(json_t *object, const char *name) {
    json_t *inner = json_object_get(object, name);

    if (inner == NULL && json_object_set_new(object, name, json_object()) == 0)
        inner = json_object_get(object, name);
    return inner;
}

/* Takes the next of the words that commas part, an empty one where nothing stands between them. NULL after the last,
 * when *rest is NULL, and where memory is out, when it is not. The caller frees it. */
static char *next_word(const char **rest, char separator) {
    const char *begin = *rest;

    if (begin == NULL)
        return NULL;
    const char *end = strchrnul(begin, separator);
    char *word = strndup(begin, (size_t)(end - begin));
    if (word != NULL)
        *rest = *end == separator ? end + 1 : NULL;
    return word;
}

static bool is_choice(const char *word, struct message *error) {
    struct nearest nearest = nearest_to(word);
    enum anomaly_id id;
    bool known = anomaly_from_name(word, &id);

    for (int i = 0; i < ANOMALIES; i++) {
        known = known || strcmp(anomaly_row((enum anomaly_id)i)->group, word) == 0;
        nearest_offer(&nearest, anomaly_row((enum anomaly_id)i)->id);
        nearest_offer(&nearest, anomaly_row((enum anomaly_id)i)->group);
    }
    for (int i = 0; i < SEVERITIES; i++) {
        known = known || strcmp(severity_name((enum severity)i), word) == 0;
        nearest_offer(&nearest, severity_name((enum severity)i));
    }
    if (!known && nearest.word != NULL)
        message_set(error, "'%s' is no anomaly, group or severity; did you mean '%s'?", word, nearest.word);
    else if (!known)
        message_set(error, "'%s' is no anomaly, group or severity; finwait explain lists them", word);
    return known;
}

static bool add_choices(json_t *list, const char *words, struct message *error) {
    char *word;
    bool good = list != NULL;

    while (good && (word = next_word(&words, ',')) != NULL) {
        good = is_choice(word, error) && json_array_append_new(list, json_string(word)) == 0;
        free(word);
    }
    return good && words == NULL;
}

bool policy_forbid(json_t *policy, const char *list, struct message *error) {
    return add_choices(list_of(policy, "forbid"), list, error);
}

bool policy_allow(json_t *policy, const char *list, struct message *error) {
    return add_choices(list_of(policy, "allow"), list, error);
}

/* One value, or a bound to one of several; NULL: memory was out. */
static json_t *values_of(const char *words) {
    json_t *values = json_array();
    bool good = values != NULL;
    char *word;

    while (good && (word = next_word(&words, '|')) != NULL) {
        json_t *value = strcmp(word, "null") == 0 ? json_null() : json_string(word);

        good = json_array_append_new(values, value) == 0;
        free(word);
    }
    if (!good || words != NULL) {
        json_decref(values);
        return NULL;
    }
    if (json_array_size(values) != 1)
        return json_pack("{s: o}", "one-of", values);
    json_t *only = json_incref(json_array_get(values, 0));
    json_decref(values);
    return only;
}

/* One "name=value|value". */
static bool add_demand(json_t *connection, char *demand, struct message *error) {
    struct nearest nearest = nearest_to(demand);
    char *value = strchr(demand, '=');

    if (value == NULL || value[1] == '\0') {
        message_set(error, "'%s' is not of the form handshake=complete", demand);
        return false;
    }
    *value++ = '\0';
    for (size_t i = 0; i < VERDICTS; i++) {
        nearest_offer(&nearest, verdicts[i].name);
        if (strcmp(demand, verdicts[i].name) == 0)
            return json_object_set_new(object_of(connection, verdicts[i].part), verdicts[i].member, values_of(value)) ==
                   0;
    }
    if (nearest.word != NULL)
        message_set(error, "'%s' is no verdict; did you mean '%s'?", demand, nearest.word);
    else
        message_set(error, "'%s' is no verdict: handshake, teardown, closed-first, time-wait, reset-by and two-msl are",
                    demand);
    return false;
}

/* The values are judged as those of a file are. */
static bool demands_make_sense(const json_t *policy, struct message *error) {
    struct expectation_schema *schema = expectation_schema_new();
    struct schema_error wrong;
    bool good = schema != NULL && expectation_schema_allows(schema, policy, &wrong);

    if (schema == NULL)
        message_set(error, "out of memory");
    else if (!good)
        *error = wrong.message;
    expectation_schema_free(schema);
    return good;
}

bool policy_require(json_t *policy, const char *list, struct message *error) {
    json_t *connections = list_of(policy, "connections");
    bool good = connections != NULL;
    char *demand;

    if (good && json_array_size(connections) == 0)
        good = json_array_append_new(connections, json_pack("{s: {}}", "select")) == 0;
    while (good && (demand = next_word(&list, ',')) != NULL) {
        good = add_demand(json_array_get(connections, 0), demand, error);
        free(demand);
    }
    return good && list == NULL && demands_make_sense(policy, error);
}

bool policy_least_connections(json_t *policy, uint64_t count, struct message *error) {
    json_t *bound = json_pack("{s: I}", "min", (json_int_t)count);

    if (json_object_set_new(object_of(policy, "summary"), "connections", bound) == 0)
        return true;
    message_set(error, "out of memory");
    return false;
}

static bool is_chosen(const struct anomaly_row *row, const char *name) {
    return strcmp(row->id, name) == 0 || strcmp(row->group, name) == 0;
}

/* The summary counts by id and by severity; a severity stands for all that are at least as severe. */
static uint64_t count_chosen(const struct report_summary *summary, const char *name) {
    uint64_t count = 0;
    bool severe = false;

    for (int severity = 0; severity < SEVERITIES; severity++) {
        severe = severe || strcmp(severity_name((enum severity)severity), name) == 0;
        count += severe ? summary->severities[severity] : 0;
    }
    for (int id = 0; id < ANOMALIES && !severe; id++)
        count += is_chosen(anomaly_row((enum anomaly_id)id), name) ? summary->anomalies[id] : 0;
    return count;
}

uint64_t policy_next_broken(const json_t *policy, const struct report_summary *summary, size_t *at,
                            const char **demand) {
    const json_t *forbidden = json_object_get(policy, "forbid");
    uint64_t count = 0;

    while (count == 0 && *at < json_array_size(forbidden)) {
        *demand = json_string_value(json_array_get(forbidden, (*at)++));
        count = count_chosen(summary, *demand);
    }
    return count;
}
