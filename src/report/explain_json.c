/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/explain.h"

#include "report/json_emitter.h"
#include "rules/explanation.h"
#include "rules/mapping.h"

#include <string.h>

#define EXPLAIN_SCHEMA "finwait-explain/1"

static void member(struct emitter *json, const char *key, const char *text) {
    emit_key(json, key);
    emit_string(json, text);
}

/* The same, with null for an empty text. */
static void member_or_null(struct emitter *json, const char *key, const char *text) {
    member(json, key, *text != '\0' ? text : NULL);
}

static void list(struct emitter *json, const char *key, const char *const *items) {
    emit_key(json, key);
    emit_array_begin(json);
    for (; *items != NULL; items++)
        emit_string(json, *items);
    emit_array_end(json);
}

/* Parts of a text, as an array. */
static void parts(struct emitter *json, const char *key, const char *text, const char *separator) {
    char part[1024]; /* more than the widest line of a ladder */

    emit_key(json, key);
    emit_array_begin(json);
    while (*text != '\0') {
        const char *end = strstr(text, separator);
        size_t length = end != NULL ? (size_t)(end - text) : strlen(text);
        size_t copied = length < sizeof part ? length : sizeof part - 1;
        memcpy(part, text, copied);
        part[copied] = '\0';
        emit_string(json, part);
        text += length + (end != NULL ? strlen(separator) : 0);
    }
    emit_array_end(json);
}

static void elsewhere(struct emitter *json, const char *id) {
    emit_key(json, "elsewhere");
    emit_array_begin(json);
    for (size_t i = 0; i < mapping_count; i++) {
        const struct mapping *mapping = &mappings[i];
        if (!mapping_has(mapping, id))
            continue;
        emit_object_begin(json);
        member(json, "tool", tool_name(mapping->tool));
        member(json, "kind", mapping->kind);
        parts(json, "names", mapping->name, ", ");
        member(json, "when", mapping->when);
        member_or_null(json, "remark", mapping->remark);
        emit_object_end(json);
    }
    emit_array_end(json);
}

static void example(struct emitter *json, const char *id) {
    const struct example *example = explain_example(id);

    emit_key(json, "example");
    if (example == NULL) {
        emit_null(json);
        return;
    }
    emit_object_begin(json);
    member(json, "scenario", example->scenario);
    parts(json, "ladder", example->ladder, "\n");
    emit_object_end(json);
}

static void anomaly(struct emitter *json, unsigned id) {
    static const char *const none[] = {NULL};
    const struct anomaly_row *row = anomaly_row((enum anomaly_id)id);
    const struct explanation *explanation = anomaly_explanation((enum anomaly_id)id);

    member(json, "id", row->id);
    member(json, "group", row->group);
    member(json, "severity", severity_name(row->severity));
    member(json, "title", row->title);
    member(json, "meaning", row->explanation);
    member(json, "raised_when", explanation != NULL ? explanation->predicate : NULL);
    list(json, "causes", explanation != NULL ? explanation->causes : none);
    member(json, "advice", row->advice);
    list(json, "next", explanation != NULL ? explanation->next : none);
    member(json, "rfc", row->rfc);
    elsewhere(json, row->id);
    example(json, row->id);
}

static void state(struct emitter *json, unsigned state) {
    const struct state_text *text = explain_state((enum tcp_state)state);

    member(json, "name", state_name((enum tcp_state)state));
    member(json, "meaning", text->meaning);
    list(json, "in", text->in);
    list(json, "out", text->out);
    member(json, "duration", text->duration);
    member(json, "host", text->host);
    member_or_null(json, "ss", text->ss);
    member_or_null(json, "netstat", text->netstat);
    member(json, "rfc", text->rfc);
    list(json, "see", text->see);
}

static void topic(struct emitter *json, unsigned index) {
    const struct topic *topic = &topics[index];

    member(json, "name", topic->name);
    parts(json, "aliases", topic->aliases, " ");
    member(json, "question", topic->question);
    list(json, "answer", topic->answer);
    member(json, "rfc", topic->rfc);
    list(json, "see", topic->see);
}

static void group(struct emitter *json, unsigned index) {
    const char *name = explain_group(index);

    member(json, "name", name);
    emit_key(json, "anomalies");
    emit_array_begin(json);
    for (unsigned id = 0; id < ANOMALIES; id++)
        if (strcmp(anomaly_row((enum anomaly_id)id)->group, name) == 0)
            emit_string(json, anomaly_row((enum anomaly_id)id)->id);
    emit_array_end(json);
}

void explain_json(struct output *output, const struct explain_item *items, size_t count) {
    static const struct {
        const char *key;
        void (*write)(struct emitter *json, unsigned index);
    } kinds[EXPLAIN_KINDS] = {
        [EXPLAIN_STATE] = {"states", state},
        [EXPLAIN_ANOMALY] = {"anomalies", anomaly},
        [EXPLAIN_TOPIC] = {"topics", topic},
        [EXPLAIN_GROUP] = {"groups", group},
    };
    struct emitter json = emitter_to(output);

    emit_object_begin(&json);
    member(&json, "schema", EXPLAIN_SCHEMA);
    for (int kind = 0; kind < EXPLAIN_KINDS; kind++) {
        emit_newline(&json);
        emit_key(&json, kinds[kind].key);
        emit_array_begin(&json);
        for (size_t i = 0; i < count; i++) {
            if ((int)items[i].kind != kind)
                continue;
            emit_newline(&json);
            emit_object_begin(&json);
            kinds[kind].write(&json, items[i].index);
            emit_object_end(&json);
        }
        emit_array_end(&json);
    }
    emit_object_end(&json);
    output_char(output, '\n');
}
