/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/schema.h"

#include "base/nearest.h"
#include "check/schema_text.h"
#include "report/output.h"
#include "rules/catalogue.h"

#include <stdlib.h>
#include <string.h>

struct expectation_schema {
    json_t *root; /* owned */
};

/* What only expectations have. @NAMES@: ids, groups and severities. */
static const char additions_text[] =
    "{\"side\": {\"path\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/state\"},"
    "   \"description\": \"its states in order, refuted ones left out\"}},"
    " \"connection\": {"
    "   \"select\": {\"$ref\": \"#/$defs/select\"}, \"require\": {\"$ref\": \"#/$defs/required\"},"
    "   \"forbid\": {\"$ref\": \"#/$defs/chosen\"}, \"allow\": {\"$ref\": \"#/$defs/chosen\"}},"
    " \"root\": {\"require\": {\"$ref\": \"#/$defs/required\"}, \"forbid\": {\"$ref\": \"#/$defs/chosen\"},"
    "   \"allow\": {\"$ref\": \"#/$defs/chosen\"}},"
    " \"defs\": {"
    "   \"select\": {\"type\": \"object\", \"additionalProperties\": false, \"x-exact\": true,"
    "     \"description\": \"which connections are meant: an address and port stand for either side\","
    "     \"properties\": {\"id\": {\"$ref\": \"#/$defs/frame\"},"
    "       \"order\": {\"type\": \"integer\", \"minimum\": 1, \"description\": \"by first frame, from 1\"},"
    "       \"address\": {\"type\": \"string\"}, \"port\": {\"$ref\": \"#/$defs/port\"}}},"
    "   \"required\": {\"type\": \"array\", \"x-exact\": true, \"items\": {\"anyOf\": [{\"$ref\": "
    "\"#/$defs/anomalyId\"},"
    "     {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"id\"], \"x-exact\": true,"
    "      \"properties\": {\"id\": {\"$ref\": \"#/$defs/anomalyId\"}, \"count\": {\"$ref\": \"#/$defs/count\"}}}]}},"
    "   \"anomalyChoice\": {\"enum\": []},"
    "   \"chosen\": {\"type\": \"array\", \"x-exact\": true, \"items\": {\"anyOf\": [{\"$ref\": "
    "\"#/$defs/anomalyChoice\"},"
    "     {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"id\"], \"x-exact\": true,"
    "      \"properties\": {\"id\": {\"$ref\": \"#/$defs/anomalyChoice\"},"
    "        \"count\": {\"$ref\": \"#/$defs/count\"}}}]}}}}";

/* --- making --- */

static json_t *load_report_schema(void) {
    struct output *text = output_to_memory();
    json_t *root = NULL;

    for (size_t i = 0; text != NULL && report_schema_lines[i] != NULL; i++)
        output_text(text, report_schema_lines[i]);
    if (text != NULL && output_error(text) == 0)
        root = json_loadb(text->bytes, text->used, 0, NULL);
    output_free(text);
    return root;
}

static bool in_list(const json_t *list, const char *word) {
    size_t i;
    json_t *element;

    json_array_foreach(list, i, element) {
        if (strcmp(json_string_value(element), word) == 0)
            return true;
    }
    return false;
}

/* Everything by which anomalies can be chosen. */
static bool list_choices(json_t *list) {
    bool good = true;

    for (int id = 0; id < ANOMALIES; id++)
        good = json_array_append_new(list, json_string(anomaly_row((enum anomaly_id)id)->id)) == 0 && good;
    for (int id = 0; id < ANOMALIES; id++) {
        const char *group = anomaly_row((enum anomaly_id)id)->group;
        if (!in_list(list, group))
            good = json_array_append_new(list, json_string(group)) == 0 && good;
    }
    for (int severity = 0; severity < SEVERITIES; severity++)
        good = json_array_append_new(list, json_string(severity_name((enum severity)severity))) == 0 && good;
    return good;
}

static bool add_what_expectations_have(json_t *root) {
    json_t *additions = json_loads(additions_text, 0, NULL);
    json_t *defs = json_object_get(root, "$defs");
    json_t *connection = json_object_get(json_object_get(defs, "connection"), "properties");
    json_t *side = json_object_get(json_object_get(defs, "sideOfConnection"), "properties");
    bool good = json_object_update(defs, json_object_get(additions, "defs")) == 0 &&
                json_object_update(connection, json_object_get(additions, "connection")) == 0 &&
                json_object_update(side, json_object_get(additions, "side")) == 0 &&
                json_object_update(json_object_get(root, "properties"), json_object_get(additions, "root")) == 0 &&
                list_choices(json_object_get(json_object_get(defs, "anomalyChoice"), "enum"));

    json_decref(additions);
    return good;
}

struct expectation_schema *expectation_schema_new(void) {
    struct expectation_schema *schema = calloc(1, sizeof *schema);

    if (schema == NULL)
        return NULL;
    schema->root = load_report_schema();
    if (schema->root == NULL || !add_what_expectations_have(schema->root)) {
        expectation_schema_free(schema);
        return NULL;
    }
    return schema;
}

void expectation_schema_free(struct expectation_schema *schema) {
    if (schema != NULL)
        json_decref(schema->root);
    free(schema);
}

/* --- judging an expectation --- */

static const char *const bound_words[] = {"min", "max", "one-of", "not", "contains"};
enum { BOUND_WORDS = sizeof bound_words / sizeof bound_words[0] };

static bool is_bound_word(const char *name) {
    for (size_t i = 0; i < BOUND_WORDS; i++)
        if (strcmp(name, bound_words[i]) == 0)
            return true;
    return false;
}

struct place {
    const json_t *root; /* of the schema */
    const char *pointer;
    struct schema_error *error; /* NULL: only whether */
};

static bool allows(const struct place *place, const json_t *value, const json_t *schema);

static const json_t *resolve(const json_t *root, const json_t *schema) {
    const char *name;

    while ((name = json_string_value(json_object_get(schema, "$ref"))) != NULL)
        schema = json_object_get(json_object_get(root, "$defs"), name + strlen("#/$defs/"));
    return schema;
}

/* Notes what is wrong at the place; returns false. */
static bool refuse(const struct place *place, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(const struct place *place, const char *format, ...) {
    va_list values;

    if (place->error != NULL) {
        snprintf(place->error->pointer, sizeof place->error->pointer, "%s", place->pointer);
        va_start(values, format);
        message_vset(&place->error->message, format, values);
        va_end(values);
    }
    return false;
}

static bool is_type(const json_t *value, const char *type) {
    if (strcmp(type, "integer") == 0)
        return json_is_integer(value);
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    if (strcmp(type, "string") == 0)
        return json_is_string(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(type, "null") == 0)
        return json_is_null(value);
    return strcmp(type, "array") == 0 ? json_is_array(value) : json_is_object(value);
}

static bool has_type(const json_t *value, const json_t *types) {
    size_t i;
    json_t *type;

    if (types == NULL)
        return true;
    if (json_is_string(types))
        return is_type(value, json_string_value(types));
    json_array_foreach(types, i, type) {
        if (is_type(value, json_string_value(type)))
            return true;
    }
    return false;
}

static bool refuse_type(const struct place *place, const json_t *types) {
    const char *type = json_string_value(json_is_array(types) ? json_array_get(types, 0) : types);
    bool vowel = type != NULL && strchr("aio", type[0]) != NULL;

    return refuse(place, "must be %s %s", vowel ? "an" : "a", type != NULL ? type : "value of another type");
}

/* An object where a value belongs is meant as a bound on it: what in it is none? */
static bool refuse_bound(const struct place *place, const json_t *value) {
    const char *name;
    json_t *unused;

    json_object_foreach((json_t *)(uintptr_t)value, name, unused) {
        struct nearest nearest = nearest_to(name);

        if (is_bound_word(name) || strcmp(name, "why") == 0)
            continue;
        for (size_t i = 0; i < BOUND_WORDS; i++)
            nearest_offer(&nearest, bound_words[i]);
        if (nearest.word != NULL)
            return refuse(place, "there is no bound \"%s\"; did you mean \"%s\"?", name, nearest.word);
        return refuse(place, "there is no bound \"%s\": the bounds are min, max, one-of, not and contains", name);
    }
    return refuse(place, "needs a bound: min, max, one-of, not or contains");
}

/* "3, 4 or null", where that fits. */
static bool choices_in_words(char *list, size_t size, const json_t *choices) {
    size_t count = json_array_size(choices), length = 0, i;
    json_t *choice;

    json_array_foreach(choices, i, choice) {
        const char *between = i == 0 ? "" : i + 1 < count ? ", " : " or ";
        char *word = json_dumps(choice, JSON_ENCODE_ANY);

        length += (size_t)snprintf(list + length, size - length, "%s%s", between, word != NULL ? word : "?");
        free(word);
        if (length >= size)
            return false;
    }
    return count > 0;
}

static bool is_one_of(const struct place *place, const json_t *value, const json_t *choices) {
    char list[160];
    struct nearest nearest = nearest_to(json_is_string(value) ? json_string_value(value) : "");
    size_t i;
    json_t *choice;

    json_array_foreach(choices, i, choice) {
        if (json_equal(choice, value))
            return true;
    }
    if (place->error == NULL)
        return false;
    json_array_foreach(choices, i, choice) {
        if (json_is_string(choice))
            nearest_offer(&nearest, json_string_value(choice));
    }
    char *seen = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (json_is_string(value) && nearest.word != NULL)
        refuse(place, "there is no %s here; did you mean \"%s\"?", seen, nearest.word);
    else if (choices_in_words(list, sizeof list, choices))
        refuse(place, "there is no %s here, only %s", seen != NULL ? seen : "such value", list);
    else
        refuse(place, "there is no %s here", seen != NULL ? seen : "such value");
    free(seen);
    return false;
}

/* The schema of a member by its name; NULL when there is no such member. */
static const json_t *schema_of_member(const struct place *place, const json_t *schema, const char *name) {
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *property = json_object_get(properties, name);
    const json_t *others = json_object_get(schema, "additionalProperties");
    const json_t *names = json_object_get(schema, "propertyNames");
    const char *key;
    json_t *unused;

    if (property != NULL)
        return property;
    struct nearest nearest = nearest_to(name);
    if (json_is_object(others)) {
        json_t *word = json_string(name);
        bool good = names == NULL || allows(place, word, names);
        json_decref(word);
        return good ? others : NULL;
    }
    json_object_foreach((json_t *)(uintptr_t)properties, key, unused) {
        nearest_offer(&nearest, key);
    }
    if (nearest.word != NULL)
        refuse(place, "there is no member \"%s\"; did you mean \"%s\"?", name, nearest.word);
    else
        refuse(place, "there is no member \"%s\"", name);
    return NULL;
}

static bool allows_members(const struct place *place, const json_t *value, const json_t *schema) {
    const char *name;
    json_t *member;
    char pointer[POINTER_SIZE];
    size_t i;
    json_t *needed;

    json_object_foreach((json_t *)(uintptr_t)value, name, member) {
        pointer_to_member(pointer, place->pointer, name);
        const struct place inner = {place->root, pointer, place->error};
        if (strcmp(name, "why") == 0) {
            if (!json_is_string(member))
                return refuse(&inner, "must be a string");
            continue;
        }
        const json_t *of_member = schema_of_member(&inner, schema, name);
        if (of_member == NULL || !allows(&inner, member, of_member))
            return false;
    }
    if (!json_is_true(json_object_get(schema, "x-exact")))
        return true;
    json_array_foreach(json_object_get(schema, "required"), i, needed) {
        if (json_object_get(value, json_string_value(needed)) == NULL)
            return refuse(place, "needs a member \"%s\"", json_string_value(needed));
    }
    return true;
}

static bool allows_elements(const struct place *place, const json_t *value, const json_t *schema) {
    const json_t *items = json_object_get(schema, "items");
    char pointer[POINTER_SIZE];
    size_t i;
    json_t *element;

    json_array_foreach(value, i, element) {
        pointer_to_element(pointer, place->pointer, i);
        const struct place inner = {place->root, pointer, place->error};
        if (items != NULL && !allows(&inner, element, items))
            return false;
    }
    return true;
}

/* Of several alternatives the one of the value's own type tells best what is wrong. */
static bool allows_any(const struct place *place, const json_t *value, const json_t *alternatives) {
    const struct place silent = {place->root, place->pointer, NULL};
    const json_t *best = NULL;
    size_t i;
    json_t *alternative;

    json_array_foreach(alternatives, i, alternative) {
        const json_t *schema = resolve(place->root, alternative);
        if (allows(&silent, value, schema))
            return true;
        const json_t *type = json_object_get(schema, "type");
        bool fits = type != NULL ? has_type(value, type) : json_is_string(value);
        if (best == NULL || fits)
            best = schema;
    }
    return allows(place, value, best);
}

static bool is_in_range(const struct place *place, const json_t *value, const json_t *schema) {
    const json_t *least = json_object_get(schema, "minimum");
    const json_t *most = json_object_get(schema, "maximum");

    if (!json_is_number(value))
        return true;
    if (least != NULL && json_number_value(value) < json_number_value(least))
        return refuse(place, "must be %.0f or more", json_number_value(least));
    if (most != NULL && json_number_value(value) > json_number_value(most))
        return refuse(place, "must be %.0f or less", json_number_value(most));
    return true;
}

static bool allows_plain(const struct place *place, const json_t *value, const json_t *schema) {
    const json_t *type = json_object_get(schema, "type");
    const json_t *choices = json_object_get(schema, "enum");
    const json_t *only = json_object_get(schema, "const");

    if (json_is_object(value) && place->error != NULL && (choices != NULL || !has_type(value, type)))
        return refuse_bound(place, value);
    if (choices != NULL)
        return is_one_of(place, value, choices);
    if (only != NULL)
        return json_equal(only, value) || refuse(place, "must be \"%s\"", json_string_value(only));
    if (!has_type(value, type))
        return refuse_type(place, type);
    if (json_is_object(value))
        return allows_members(place, value, schema);
    if (json_is_array(value))
        return allows_elements(place, value, schema);
    return is_in_range(place, value, schema);
}

/* --- bounds --- */

bool is_bound(const json_t *value) {
    const char *name;
    json_t *unused;
    bool any = false;

    json_object_foreach((json_t *)(uintptr_t)value, name, unused) {
        if (is_bound_word(name))
            any = true;
        else if (strcmp(name, "why") != 0)
            return false;
    }
    return any;
}

/* Elements of a list that is bounded, or the parts of a string. */
static bool allows_contained(const struct place *place, const json_t *value, const json_t *schema) {
    const json_t *items = json_object_get(schema, "items");

    if (json_is_array(value))
        return allows_elements(place, value, schema);
    if (items != NULL)
        return allows(place, value, items);
    return json_is_string(value) || refuse(place, "must be a string or an element of a list");
}

/* What nothing can keep is a mistake, whatever the capture. */
static bool can_be_kept(const struct place *place, const json_t *bound) {
    const json_t *least = json_object_get(bound, "min");
    const json_t *most = json_object_get(bound, "max");
    const json_t *choices = json_object_get(bound, "one-of");

    if (least != NULL && most != NULL && json_number_value(least) > json_number_value(most))
        return refuse(place, "min is above max: no number is both");
    if (choices != NULL && json_array_size(choices) == 0)
        return refuse(place, "one-of is an empty list: nothing is in it");
    return true;
}

static bool allows_bound(const struct place *place, const json_t *bound, const json_t *schema) {
    const char *name;
    json_t *limit;
    char pointer[POINTER_SIZE];
    size_t i;
    json_t *choice;

    json_object_foreach((json_t *)(uintptr_t)bound, name, limit) {
        pointer_to_member(pointer, place->pointer, name);
        const struct place inner = {place->root, pointer, place->error};
        if (name[0] == 'm' && !json_is_number(limit))
            return refuse(&inner, "must be a number");
        if (strcmp(name, "why") == 0 && !json_is_string(limit))
            return refuse(&inner, "must be a string");
        if (strcmp(name, "one-of") == 0 && !json_is_array(limit))
            return refuse(&inner, "must be a list");
        if (strcmp(name, "one-of") == 0) {
            json_array_foreach(limit, i, choice) {
                if (!allows(&inner, choice, schema))
                    return false;
            }
        }
        if (strcmp(name, "not") == 0 && !allows(&inner, limit, schema))
            return false;
        if (strcmp(name, "contains") == 0 && !allows_contained(&inner, limit, schema))
            return false;
    }
    return can_be_kept(place, bound);
}

static bool allows(const struct place *place, const json_t *value, const json_t *schema) {
    schema = resolve(place->root, schema);
    const json_t *alternatives = json_object_get(schema, "anyOf");

    if (is_bound(value) && json_is_true(json_object_get(schema, "x-exact")))
        return refuse(place, "cannot be bounded");
    if (is_bound(value))
        return allows_bound(place, value, schema);
    return alternatives != NULL ? allows_any(place, value, alternatives) : allows_plain(place, value, schema);
}

bool expectation_schema_allows(const struct expectation_schema *schema, const json_t *expectation,
                               struct schema_error *error) {
    const struct place place = {schema->root, "", error};

    return allows(&place, expectation, schema->root);
}

/* --- as a document --- */

static const char bound_text[] = "{\"type\": \"object\", \"additionalProperties\": false, \"minProperties\": 1,"
                                 " \"description\": \"stands where a value could: all of its members must hold\","
                                 " \"properties\": {\"min\": {\"type\": \"number\"}, \"max\": {\"type\": \"number\"},"
                                 " \"one-of\": {\"type\": \"array\", \"minItems\": 1}, \"not\": {}, \"contains\": {}, "
                                 "\"why\": {\"type\": \"string\"}}}";

static bool loosen(json_t *schema);

static bool loosen_each(json_t *children) {
    const char *name;
    json_t *child;
    size_t i;
    bool good = true;

    json_object_foreach(children, name, child) {
        good = loosen(child) && good;
    }
    json_array_foreach(children, i, child) {
        good = loosen(child) && good;
    }
    return good;
}

static bool is_list_of_demands(const char *name) {
    static const char *const names[] = {"select", "require", "forbid", "allow"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A member of the report may be bounded, and an object may say why. */
static bool loosen_properties(json_t *properties) {
    const char *name;
    void *next;
    json_t *property;
    bool good = loosen_each(properties);

    json_object_foreach_safe(properties, next, name, property) {
        if (is_list_of_demands(name))
            continue;
        json_t *either = json_pack("{s: [O, {s: s}]}", "anyOf", property, "$ref", "#/$defs/bound");
        good = either != NULL && json_object_set_new(properties, name, either) == 0 && good;
    }
    return json_object_set_new(properties, "why", json_pack("{s: s}", "type", "string")) == 0 && good;
}

static bool loosen(json_t *schema) {
    json_t *properties = json_object_get(schema, "properties");
    bool exact = json_is_true(json_object_get(schema, "x-exact"));
    bool good = true;

    if (!exact)
        json_object_del(schema, "required");
    json_object_del(schema, "x-exact");
    if (properties != NULL)
        good = loosen_properties(properties);
    if (json_object_get(schema, "items") != NULL)
        good = loosen(json_object_get(schema, "items")) && good;
    return loosen_each(json_object_get(schema, "anyOf")) && loosen_each(json_object_get(schema, "$defs")) && good;
}

json_t *expectation_schema_document(const struct expectation_schema *schema) {
    json_t *document = json_deep_copy(schema->root);
    json_t *bound = json_loads(bound_text, 0, NULL);
    bool good = document != NULL && bound != NULL && loosen(document);

    good = good && json_object_set_new(document, "title", json_string("finwait expectation")) == 0;
    good = good && json_object_set_new(document, "description",
                                       json_string("What a capture must show for `finwait check`: a partial report. "
                                                   "What is written must hold, what is absent is free.")) == 0;
    good = good && json_object_set(json_object_get(document, "$defs"), "bound", bound) == 0;
    json_decref(bound);
    if (!good) {
        json_decref(document);
        return NULL;
    }
    return document;
}
