/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/difference_text.h"

#include "check/writer.h"
#include "report/style.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* For people: a block a pair of connections that differs, first against second. */

static bool is_time(const char *member) {
    size_t length = strlen(member);

    return length > 3 && strcmp(member + length - 3, "_ns") == 0;
}

/* What a member without a value means: mostly that there is nothing of the kind; beside a verdict that says just this,
 * that it is not known. */
static const char *words_of_nothing(const char *member, const json_t *other) {
    const char *verdict = json_string_value(other);

    if (strncmp(member, "anomalies.", 10) == 0)
        return "absent";
    return verdict != NULL && strcmp(verdict, "none") == 0 ? "unknown" : "none";
}

/* A value as a person reads it: times in milliseconds, states behind arrows. other: what it differs from. */
static char *words_of(const char *member, const json_t *value, const json_t *other) {
    struct output *text = output_to_memory();
    char *words = NULL;
    size_t i;
    json_t *element;

    if (text == NULL)
        return NULL;
    if (json_is_null(value)) {
        output_text(text, words_of_nothing(member, other));
    } else if (is_time(member) && json_is_integer(value)) {
        char number[48];
        snprintf(number, sizeof number, "%.3f ms", (double)json_integer_value(value) / 1e6);
        output_text(text, number);
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, element) {
            output_text(text, i > 0 ? " > " : "");
            output_text(text, json_string_value(element));
        }
    } else if (json_is_string(value)) {
        output_text(text, json_string_value(value));
    } else {
        char *plain = json_dumps(value, JSON_ENCODE_ANY);
        output_text(text, plain != NULL ? plain : "?");
        free(plain);
    }
    if (output_error(text) == 0)
        words = strndup(text->bytes != NULL ? text->bytes : "", text->used);
    output_free(text);
    return words;
}

/* NULL: memory was out. */
static void print_words(struct style *style, enum color color, const char *words) {
    if (words != NULL)
        style_text(style, color, words);
    else
        output_fail(style->output, ENOMEM);
}

static void print_side(struct style *style, const char *mark, enum color color, const char *member, const json_t *value,
                       const json_t *other) {
    char *words = words_of(member, value, other);

    style_blanks(style, 6);
    style_text(style, color, mark);
    style_text(style, PLAIN, " ");
    print_words(style, color, words);
    style_newline(style);
    free(words);
}

static void print_difference(struct style *style, const json_t *difference) {
    const char *member = result_text(difference, "member");
    const json_t *a = json_object_get(difference, "a"), *b = json_object_get(difference, "b");
    char name[128];

    snprintf(name, sizeof name, "%.*s", (int)(strlen(member) - (is_time(member) ? 3 : 0)), member);
    style_blanks(style, 4);
    style_text(style, PLAIN, name);
    style_newline(style);
    print_side(style, "-", RED, member, a, b);
    print_side(style, "+", CYAN, member, b, a);
}

static void print_delay(struct style *style, const json_t *delays, const char *name, const char *what) {
    const json_t *delay = json_object_get(delays, name);
    const json_t *a = json_object_get(delay, "a"), *b = json_object_get(delay, "b");

    if (!json_is_integer(a) || !json_is_integer(b))
        return;
    char *one = words_of("_ns_ns", a, b), *other = words_of("_ns_ns", b, a);
    style_blanks(style, 4);
    style_text(style, DIM, what);
    print_words(style, PLAIN, one);
    style_text(style, DIM, " from the first point, ");
    print_words(style, PLAIN, other);
    style_text(style, DIM, " from the second (there and back)");
    style_newline(style);
    free(one);
    free(other);
}

/* What is known of where it is: in which capture, and whether the other lacks it or its path did. */
static void print_where_lost(struct style *style, const json_t *lost) {
    bool first = strcmp(result_text(lost, "seen"), "a") == 0;
    const char *where = result_text(lost, "where");

    style_text(style, PLAIN, first ? " of the first capture, " : " of the second capture, ");
    if (strcmp(where, "between-points") == 0)
        style_text(style, PLAIN, "was lost between the points");
    else if (strcmp(where, "not-captured") == 0)
        style_text(style, PLAIN, first ? "was not recorded in the second" : "was not recorded in the first");
    else
        style_text(style, PLAIN, first ? "is not in the second" : "is not in the first");
}

static void print_lost(struct style *style, const json_t *entry) {
    const json_t *lost = json_object_get(entry, "lost");
    uint64_t count = (uint64_t)json_integer_value(json_object_get(entry, "lost_count"));
    size_t i;
    json_t *one;

    json_array_foreach(lost, i, one) {
        style_blanks(style, 4);
        style_text(style, PLAIN, result_text(one, "side"));
        style_text(style, PLAIN, "'s ");
        style_text(style, PLAIN, result_text(one, "segment"));
        style_text(style, PLAIN, " of ");
        style_count(style, (uint64_t)json_integer_value(json_object_get(one, "length")), "octet");
        style_text(style, PLAIN, ", frame ");
        style_unsigned(style, (uint64_t)json_integer_value(json_object_get(one, "frame")));
        print_where_lost(style, one);
        style_newline(style);
    }
    if (count > json_array_size(lost)) {
        style_blanks(style, 4);
        style_unsigned(style, count - json_array_size(lost));
        style_text(style, PLAIN, " more segments are in one capture only");
        style_newline(style);
    }
}

static void print_pair(struct style *style, const json_t *entry) {
    static const struct {
        const char *by;
        const char *words;
    } ways[] = {{"numbers", ", matched by sequence numbers: other addresses in the second"},
                {"order", ", matched by order: another client port in the second"}};
    size_t i;
    json_t *one;

    style_text(style, BOLD, "#");
    style_unsigned(style, (uint64_t)json_integer_value(json_object_get(entry, "a")));
    style_text(style, BOLD, " and #");
    style_unsigned(style, (uint64_t)json_integer_value(json_object_get(entry, "b")));
    style_text(style, BOLD, "  ");
    style_text(style, BOLD, result_text(entry, "name"));
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
        if (strcmp(result_text(entry, "matched_by"), ways[k].by) == 0)
            style_text(style, DIM, ways[k].words);
    style_newline(style);
    json_array_foreach(json_object_get(entry, "differences"), i, one) {
        print_difference(style, one);
    }
    print_lost(style, entry);
    print_delay(style, json_object_get(entry, "delays"), "rtt_client_ns", "client: ");
    print_delay(style, json_object_get(entry, "delays"), "rtt_server_ns", "server: ");
    style_newline(style);
}

static void print_left(struct style *style, const json_t *left, const char *where, enum color color) {
    size_t i;
    json_t *one;

    json_array_foreach(left, i, one) {
        style_text(style, color, "#");
        style_unsigned(style, (uint64_t)json_integer_value(json_object_get(one, "id")));
        style_text(style, color, "  ");
        style_text(style, color, result_text(one, "name"));
        style_text(style, color, where);
        style_newline(style);
    }
}

void difference_print(struct output *output, const json_t *difference, bool ascii, bool color) {
    struct style style = style_new(output, ascii, color);
    const json_t *summary = json_object_get(difference, "summary");
    const json_t *captures = json_object_get(difference, "captures");
    size_t i;
    json_t *entry;

    style_text(&style, RED, "- ");
    style_text(&style, RED, json_string_value(json_array_get(captures, 0)));
    style_newline(&style);
    style_text(&style, CYAN, "+ ");
    style_text(&style, CYAN, json_string_value(json_array_get(captures, 1)));
    style_newline(&style);
    style_newline(&style);
    json_array_foreach(json_object_get(difference, "connections"), i, entry) {
        print_pair(&style, entry);
    }
    print_left(&style, json_object_get(difference, "only_a"), "  only in the first capture", RED);
    print_left(&style, json_object_get(difference, "only_b"), "  only in the second capture", CYAN);
    style_count(&style, (uint64_t)json_integer_value(json_object_get(summary, "matched")), "connection");
    style_text(&style, PLAIN, " in both: ");
    style_unsigned(&style, (uint64_t)json_integer_value(json_object_get(summary, "different")));
    style_text(&style, PLAIN,
               json_integer_value(json_object_get(summary, "different")) == 1 ? " differs; " : " differ; ");
    style_unsigned(&style, (uint64_t)json_integer_value(json_object_get(summary, "only_a")));
    style_text(&style, PLAIN, " only in the first, ");
    style_unsigned(&style, (uint64_t)json_integer_value(json_object_get(summary, "only_b")));
    style_text(&style, PLAIN, " only in the second");
    style_newline(&style);
}
