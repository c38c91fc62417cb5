/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/explain.h"

#include "base/nearest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LIST(...) __VA_ARGS__

static const struct state_text states[TCP_STATES] = {
#define STATE(name, ss, netstat, rfc, meaning, in, out, duration, host, see)                                           \
    [STATE_##name] = {ss, netstat, rfc, meaning, {in}, {out}, duration, host, {see}},
#include "report/states.def"
#undef STATE
};

const struct state_text *explain_state(enum tcp_state state) {
    return &states[state];
}

const struct topic topics[] = {
#define TOPIC(name, aliases, question, rfc, answer, see) {name, aliases, question, rfc, {answer}, {see}},
#include "report/topics.def"
#undef TOPIC
};
const unsigned topic_count = sizeof topics / sizeof *topics;

static const struct example examples[] = {
#define EXAMPLE(id, scenario, ladder) {id, scenario, ladder},
#include "report/examples.def"
#undef EXAMPLE
};

const struct example *explain_example(const char *id) {
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        if (strcmp(examples[i].id, id) == 0)
            return &examples[i];
    return NULL;
}

/* --- groups --- */

static bool begins_group(unsigned id) {
    for (unsigned earlier = 0; earlier < id; earlier++)
        if (strcmp(anomaly_row((enum anomaly_id)earlier)->group, anomaly_row((enum anomaly_id)id)->group) == 0)
            return false;
    return true;
}

const char *explain_group(unsigned index) {
    for (unsigned id = 0; id < ANOMALIES; id++)
        if (begins_group(id) && index-- == 0)
            return anomaly_row((enum anomaly_id)id)->group;
    return NULL;
}

/* --- finding names --- */

/* Letters of any case are alike, and so are hyphen, underscore and blank. */
static char folded(char letter) {
    if (letter >= 'A' && letter <= 'Z')
        return (char)(letter - 'A' + 'a');
    return (char)(letter == '_' || letter == ' ' ? '-' : letter);
}

/* True when name is the first length octets of known, spelled in some way. */
static bool is_name(const char *name, const char *known, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (folded(name[i]) != folded(known[i]))
            return false;
    return length > 0 && name[length] == '\0';
}

static bool is_whole_name(const char *name, const char *known) {
    return is_name(name, known, strlen(known));
}

/* Where other systems say it in another word: BSD and macOS, Windows. */
static const struct {
    const char *name;
    enum tcp_state state;
} elsewhere[] = {{"SYN_RCVD", STATE_SYN_RECEIVED}, {"LISTENING", STATE_LISTEN}};

/* The same letters, and hyphens between them at will. */
static bool is_name_of_state(const char *name, const char *known) {
    while (*name != '\0' && folded(*name) == folded(*known)) {
        name++;
        known++;
        known += folded(*known) == '-' && folded(*name) != '-';
    }
    return *name == '\0' && *known == '\0';
}

static bool is_state(const char *name, unsigned state) {
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (elsewhere[i].state == state && is_name_of_state(name, elsewhere[i].name))
            return true;
    return is_name_of_state(name, state_name((enum tcp_state)state)) ||
           (*name != '\0' &&
            (is_name_of_state(name, states[state].ss) || is_name_of_state(name, states[state].netstat)));
}

static bool is_anomaly(const char *name, unsigned id) {
    return is_whole_name(name, anomaly_row((enum anomaly_id)id)->id);
}

static bool is_topic(const char *name, unsigned index) {
    const char *alias = topics[index].aliases;

    if (is_whole_name(name, topics[index].name))
        return true;
    while (*alias != '\0') {
        size_t length = strcspn(alias, " ");
        if (is_name(name, alias, length))
            return true;
        alias += length + (alias[length] == ' ');
    }
    return false;
}

static bool is_group(const char *name, unsigned index) {
    return is_whole_name(name, explain_group(index));
}

static unsigned group_count(void) {
    unsigned count = 0;

    while (explain_group(count) != NULL)
        count++;
    return count;
}

size_t explain_find(const char *name, struct explain_item items[EXPLAIN_KINDS]) {
    const struct {
        bool (*is)(const char *name, unsigned index);
        unsigned count;
    } kinds[EXPLAIN_KINDS] = {
        [EXPLAIN_STATE] = {is_state, TCP_STATES},
        [EXPLAIN_ANOMALY] = {is_anomaly, ANOMALIES},
        [EXPLAIN_TOPIC] = {is_topic, topic_count},
        [EXPLAIN_GROUP] = {is_group, group_count()},
    };
    size_t found = 0;

    for (int kind = 0; kind < EXPLAIN_KINDS; kind++) {
        unsigned index = 0;
        while (index < kinds[kind].count && !kinds[kind].is(name, index))
            index++;
        if (index < kinds[kind].count)
            items[found++] = (struct explain_item){(enum explain_kind)kind, index};
    }
    return found;
}

/* All names there are, one after the other; NULL behind the last. */
static const char *name_at(unsigned index) {
    if (index < ANOMALIES)
        return anomaly_row((enum anomaly_id)index)->id;
    index -= ANOMALIES;
    if (index < TCP_STATES)
        return state_name((enum tcp_state)index);
    index -= TCP_STATES;
    return index < topic_count ? topics[index].name : explain_group(index - topic_count);
}

const char *explain_nearest(const char *mistyped) {
    struct nearest nearest = nearest_to(mistyped);
    const char *name;

    for (unsigned i = 0; (name = name_at(i)) != NULL; i++)
        nearest_offer(&nearest, name);
    return nearest.word;
}

size_t explain_beginning(const char *beginning, char *list, size_t size) {
    size_t count = 0, length = 0;
    const char *name;

    list[0] = '\0';
    for (unsigned i = 0; (name = name_at(i)) != NULL; i++) {
        if (strncasecmp(name, beginning, strlen(beginning)) != 0)
            continue;
        if (length + strlen(name) + 3 < size)
            length += (size_t)snprintf(list + length, size - length, "%s%s", count > 0 ? ", " : "", name);
        count++;
    }
    return count;
}

size_t explain_everything(struct explain_item items[EXPLAIN_MAX]) {
    size_t count = 0;

    for (unsigned id = 0; id < ANOMALIES; id++)
        items[count++] = (struct explain_item){EXPLAIN_ANOMALY, id};
    for (unsigned state = 0; state < TCP_STATES; state++)
        items[count++] = (struct explain_item){EXPLAIN_STATE, state};
    for (unsigned i = 0; i < topic_count; i++)
        items[count++] = (struct explain_item){EXPLAIN_TOPIC, i};
    for (unsigned i = 0; i < group_count(); i++)
        items[count++] = (struct explain_item){EXPLAIN_GROUP, i};
    return count;
}
