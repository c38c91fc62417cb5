/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check/judge.h"

#include "base/message.h"
#include "check/position.h"
#include "check/schema.h"
#include "check/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- values --- */

static bool equal(const json_t *expected, const json_t *seen) {
    if (json_is_number(expected) && json_is_number(seen))
        return json_number_value(expected) == json_number_value(seen);
    return json_equal(expected, seen);
}

static bool has_element(const json_t *list, const json_t *wanted) {
    size_t i;
    json_t *element;

    json_array_foreach(list, i, element) {
        if (is_as_expected(wanted, element))
            return true;
    }
    return false;
}

static bool contains(const json_t *wanted, const json_t *seen) {
    size_t i;
    json_t *element;

    if (json_is_string(seen))
        return json_is_string(wanted) && strstr(json_string_value(seen), json_string_value(wanted)) != NULL;
    if (!json_is_array(wanted))
        return has_element(seen, wanted);
    json_array_foreach(wanted, i, element) {
        if (!has_element(seen, element))
            return false;
    }
    return json_is_array(seen);
}

static bool is_one_of(const json_t *choices, const json_t *seen) {
    size_t i;
    json_t *choice;

    json_array_foreach(choices, i, choice) {
        if (is_as_expected(choice, seen))
            return true;
    }
    return false;
}

static bool is_within(const json_t *bound, const json_t *seen) {
    const json_t *least = json_object_get(bound, "min");
    const json_t *most = json_object_get(bound, "max");
    const json_t *choices = json_object_get(bound, "one-of");
    const json_t *other = json_object_get(bound, "not");
    const json_t *part = json_object_get(bound, "contains");

    if ((least != NULL || most != NULL) && !json_is_number(seen))
        return false;
    return (least == NULL || json_number_value(seen) >= json_number_value(least)) &&
           (most == NULL || json_number_value(seen) <= json_number_value(most)) &&
           (choices == NULL || is_one_of(choices, seen)) && (other == NULL || !is_as_expected(other, seen)) &&
           (part == NULL || contains(part, seen));
}

static bool members_as_expected(const json_t *expected, const json_t *seen) {
    const char *name;
    json_t *member;

    json_object_foreach((json_t *)(uintptr_t)expected, name, member) {
        if (strcmp(name, "why") != 0 && !is_as_expected(member, json_object_get(seen, name)))
            return false;
    }
    return json_is_object(seen);
}

bool is_as_expected(const json_t *expected, const json_t *seen) {
    size_t i;
    json_t *element;

    if (is_bound(expected))
        return is_within(expected, seen);
    if (json_is_object(expected))
        return members_as_expected(expected, seen);
    if (!json_is_array(expected))
        return seen != NULL && equal(expected, seen);
    if (json_array_size(expected) != json_array_size(seen) || !json_is_array(seen))
        return false;
    json_array_foreach(expected, i, element) {
        if (!is_as_expected(element, json_array_get(seen, i)))
            return false;
    }
    return true;
}

/* --- failures --- */

void judge_fail(struct judge *judge, const struct subject *subject, const json_t *expected, const json_t *seen,
                json_t *frames, const char *format, ...) {
    struct message sentence;
    json_t *failure = json_object();
    va_list values;
    bool good = true;

    if (json_array_size(judge->failures) >= FAILURES_MAX) {
        judge->omitted++;
        json_decref(failure);
        json_decref(frames);
        return;
    }
    va_start(values, format);
    message_vset(&sentence, format, values);
    va_end(values);
    good = json_object_set(failure, "connection",
                           subject->connection != NULL ? json_object_get(subject->connection, "id") : json_null()) == 0;
    good = json_object_set_new(failure, "member", json_words(subject->member)) == 0 && good;
    good = json_object_set(failure, "expected", expected != NULL ? (json_t *)(uintptr_t)expected : json_null()) == 0 &&
           good;
    good = json_object_set(failure, "seen", seen != NULL ? (json_t *)(uintptr_t)seen : json_null()) == 0 && good;
    good = json_object_set_new(failure, "frames", frames != NULL ? frames : json_array()) == 0 && good;
    good = json_object_set_new(failure, "message", json_words(sentence.text)) == 0 && good;
    if (subject->why != NULL)
        good = json_object_set_new(failure, "why", json_string(subject->why)) == 0 && good;
    if (judge->text != NULL) {
        unsigned long line = position_line(judge->text, subject->pointer);
        good = json_object_set_new(failure, "file", json_words(judge->source)) == 0 && good;
        good = json_object_set_new(failure, "line", json_integer((json_int_t)line)) == 0 && good;
    }
    good = json_array_append_new(judge->failures, failure) == 0 && good;
    judge->out_of_memory = judge->out_of_memory || !good;
}

static void append_frame(json_t *frames, const json_t *frame) {
    if (json_is_integer(frame) && !has_element(frames, frame))
        json_array_append(frames, (json_t *)(uintptr_t)frame);
}

/* Frames of the segments that opened (or, for a close, ended) the connection: those that moved a state. */
static void append_steps(json_t *frames, const json_t *side, bool closing) {
    size_t i;
    json_t *step;

    json_array_foreach(json_object_get(side, "transitions"), i, step) {
        const char *flags = json_string_value(json_object_get(step, "segment"));
        bool ends = flags != NULL && (strstr(flags, "FIN") != NULL || strstr(flags, "RST") != NULL);
        if (!closing || ends)
            append_frame(frames, json_object_get(step, "frame"));
    }
}

/* The frames that a person would look at for this member of a connection: a new array. */
static json_t *frames_for(const json_t *connection, const char *member) {
    static const char *const handshake_frames[] = {"syn_frame", "syn_ack_frame", "ack_frame"};
    json_t *frames = json_array();
    const json_t *handshake = json_object_get(connection, "handshake");

    if (connection == NULL)
        return frames;
    if (strncmp(member, "handshake", strlen("handshake")) == 0) {
        for (size_t i = 0; i < sizeof handshake_frames / sizeof *handshake_frames; i++)
            append_frame(frames, json_object_get(handshake, handshake_frames[i]));
    } else if (strncmp(member, "teardown", strlen("teardown")) == 0) {
        append_steps(frames, json_object_get(connection, "client"), true);
        append_steps(frames, json_object_get(connection, "server"), true);
    } else if (strncmp(member, "client", strlen("client")) == 0) {
        append_steps(frames, json_object_get(connection, "client"), false);
    } else if (strncmp(member, "server", strlen("server")) == 0) {
        append_steps(frames, json_object_get(connection, "server"), false);
    }
    if (json_array_size(frames) == 0) {
        append_frame(frames, json_object_get(connection, "first_frame"));
        append_frame(frames, json_object_get(connection, "last_frame"));
    }
    return frames;
}

/* --- members --- */

json_t *path_of_side(const json_t *side) {
    json_t *path = json_array();
    size_t i;
    json_t *step;

    json_array_foreach(json_object_get(side, "transitions"), i, step) {
        const json_t *last = json_array_get(path, json_array_size(path) - 1);
        json_t *from = json_object_get(step, "from");
        const char *certainty = json_string_value(json_object_get(step, "certainty"));
        if (certainty != NULL && strcmp(certainty, "refuted") == 0)
            continue;
        if (last == NULL || !json_equal(last, from))
            json_array_append(path, from);
        json_array_append(path, json_object_get(step, "to"));
    }
    return path;
}

static bool is_for_judge(const char *name) {
    static const char *const names[] = {"why", "select", "require", "forbid", "allow", "connections"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void judge_value(struct judge *judge, const struct subject *subject, const json_t *expected, const json_t *seen);

static void judge_members(struct judge *judge, const struct subject *subject, const json_t *expected,
                          const json_t *seen) {
    const char *why = json_string_value(json_object_get(expected, "why"));
    char pointer[POINTER_SIZE], member[POINTER_SIZE];
    const char *name;
    json_t *wanted;

    json_object_foreach((json_t *)(uintptr_t)expected, name, wanted) {
        bool list = strcmp(name, "connections") == 0 && !json_is_array(wanted);
        if (is_for_judge(name) && !list)
            continue;
        pointer_to_member(pointer, subject->pointer, name);
        snprintf(member, sizeof member, "%s%s%s", subject->member, subject->member[0] != '\0' ? "." : "", name);
        const struct subject inner = {subject->connection, pointer, member, why != NULL ? why : subject->why};
        bool path = strcmp(name, "path") == 0 && json_object_get(seen, "transitions") != NULL;
        json_t *walked = path ? path_of_side(seen) : NULL;
        judge_value(judge, &inner, wanted, path ? walked : json_object_get(seen, name));
        json_decref(walked);
    }
}

static void judge_value(struct judge *judge, const struct subject *subject, const json_t *expected,
                        const json_t *seen) {
    if (json_is_object(expected) && !is_bound(expected) && json_is_object(seen)) {
        judge_members(judge, subject, expected, seen);
        return;
    }
    judge->conditions++;
    if (is_as_expected(expected, seen))
        return;
    char *wanted = json_dumps(expected, JSON_ENCODE_ANY);
    char *found = seen != NULL ? json_dumps(seen, JSON_ENCODE_ANY) : NULL;
    const char *why = json_string_value(json_object_get(expected, "why"));
    struct subject about = *subject;
    about.why = why != NULL ? why : subject->why;
    judge_fail(judge, &about, expected, seen, frames_for(subject->connection, subject->member), "%s is %s, not %s",
               subject->member, found != NULL ? found : "absent", wanted != NULL ? wanted : "as expected");
    free(wanted);
    free(found);
}

/* --- connections --- */

static void judge_connection(struct judge *judge, const json_t *expected, const json_t *seen, const char *pointer) {
    const char *why = json_string_value(json_object_get(expected, "why"));
    const struct subject subject = {seen, pointer, "", why};

    judge_members(judge, &subject, expected, seen);
    judge_anomalies(judge, expected, seen, pointer, why);
}

static void fail_to_select(struct judge *judge, const json_t *wanted, size_t index, const char *pointer) {
    const struct subject subject = {NULL, pointer, "connections", json_string_value(json_object_get(wanted, "why"))};
    json_t *criteria = selector_criteria(wanted, index);
    char *words = json_dumps(criteria, 0);

    judge->conditions++;
    judge_fail(judge, &subject, criteria, NULL, NULL, "no connection is the one of connections[%zu] %s", index,
               words != NULL ? words : "");
    free(words);
    json_decref(criteria);
}

static void judge_connections(struct judge *judge, const json_t *expected, const char *parent) {
    char list[POINTER_SIZE], pointer[POINTER_SIZE];
    struct selector selector;
    size_t i, k;
    json_t *wanted, *seen;

    if (!json_is_array(expected))
        return;
    bool good = selector_begin(&selector, judge->report, expected);
    judge->out_of_memory = judge->out_of_memory || !good;
    pointer_to_member(list, parent, "connections");
    json_array_foreach(expected, i, wanted) {
        const uint64_t before = judge->conditions;

        if (!good)
            break;
        pointer_to_element(pointer, list, i);
        json_t *selected = selector_next(&selector);
        const json_t *select = json_object_get(wanted, "select");
        bool all = json_is_object(select) && json_object_size(select) == 0;
        if (json_array_size(selected) == 0 && !all)
            fail_to_select(judge, wanted, i, pointer);
        json_array_foreach(selected, k, seen) {
            judge_connection(judge, wanted, seen, pointer);
        }
        /* That there is one may be all that is demanded. */
        judge->conditions += !all && json_array_size(selected) > 0 && judge->conditions == before;
        json_decref(selected);
    }
    selector_end(&selector);
}

void judge_report(struct judge *judge, const json_t *expectation) {
    const char *why = json_string_value(json_object_get(expectation, "why"));
    const struct subject subject = {NULL, "", "", why};

    judge_members(judge, &subject, expectation, judge->report);
    judge_connections(judge, json_object_get(expectation, "connections"), "");
    judge_anomalies(judge, expectation, NULL, "", why);
}

void judge_end(struct judge *judge) {
    static const struct subject rest = {NULL, "", "", NULL};
    uint64_t omitted = judge->omitted;

    if (omitted == 0)
        return;
    json_array_remove(judge->failures, FAILURES_MAX - 1);
    judge_fail(judge, &rest, NULL, NULL, NULL, "%" PRIu64 " more do not hold", omitted + 1);
}
