/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check/writer.h"
#include "report/style.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* For people: a line a capture; under one that fails, expected beside seen, and the connections it is about. */

static void print_value(struct style *style, const char *label, const json_t *value) {
    char *text = json_is_null(value) ? strdup("nothing") : json_dumps(value, JSON_ENCODE_ANY);

    style_blanks(style, 6);
    style_cell(style, DIM, label, 10);
    if (text != NULL)
        style_text(style, PLAIN, text);
    else
        output_fail(style->output, ENOMEM);
    style_newline(style);
    free(text);
}

static void print_failure(struct style *style, const json_t *failure) {
    const char *why = result_text(failure, "why");
    const bool is_forbidden = strcmp(result_text(failure, "member"), "forbid") == 0;
    char *line = failure_line(style->output, failure);

    style_blanks(style, 4);
    style_text(style, PLAIN, line != NULL ? line : "");
    style_newline(style);
    free(line);
    print_value(style, is_forbidden ? "forbidden" : "expected", json_object_get(failure, "expected"));
    print_value(style, "seen", json_object_get(failure, "seen"));
    if (*why != '\0') {
        style_blanks(style, 6);
        style_cell(style, DIM, "why", 10);
        style_text(style, PLAIN, why);
        style_newline(style);
    }
    if (json_object_get(failure, "file") != NULL) {
        style_blanks(style, 6);
        style_cell(style, DIM, "written", 10);
        style_text(style, PLAIN, result_text(failure, "file"));
        style_text(style, PLAIN, ":");
        style_unsigned(style, (uint64_t)json_integer_value(json_object_get(failure, "line")));
        style_newline(style);
    }
}

/* The text report of a connection, line by line behind a margin. */
static void print_connection(struct style *style, const char *text) {
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length);
        if (line == NULL)
            output_fail(style->output, ENOMEM);
        if (length > 0)
            style_blanks(style, 4);
        style_text(style, PLAIN, line != NULL ? line : "");
        style_newline(style);
        free(line);
        text += length + (text[length] == '\n');
    }
}

static void print_sentences(struct style *style, const json_t *sentences) {
    size_t i;
    json_t *sentence;

    json_array_foreach(sentences, i, sentence) {
        style_blanks(style, 4);
        style_text(style, PLAIN, json_string_value(sentence));
        style_newline(style);
    }
}

static void print_heading(struct style *style, const json_t *result) {
    static const struct {
        const char *outcome;
        const char *word;
        enum color color;
    } words[] = {
        {"holds", "ok", PLAIN}, {"updated", "updated", PLAIN}, {"fails", "FAILS", RED}, {"trouble", "TROUBLE", RED}};
    const char *outcome = result_text(result, "outcome");

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(outcome, words[i].outcome) != 0)
            continue;
        bool unchanged = i == 1 && json_array_size(json_object_get(result, "changes")) == 0;
        style_cell(style, words[i].color, unchanged ? "unchanged" : words[i].word, 10);
    }
    const char *capture = result_text(result, "capture");
    style_text(style, BOLD, *capture != '\0' ? capture : "''");
    if (strcmp(outcome, "holds") == 0) {
        style_text(style, DIM, "  ");
        style_count(style, (uint64_t)json_integer_value(json_object_get(result, "conditions")), "condition");
    }
    style_newline(style);
}

static void text_capture(struct check_page *page, const json_t *result) {
    struct style style = style_new(page->output, page->ascii, page->color);
    const json_t *failures = json_object_get(result, "failures");
    const json_t *connections = json_object_get(result, "connections");
    size_t i;
    json_t *one;

    print_heading(&style, result);
    print_sentences(&style, json_object_get(result, "troubles"));
    print_sentences(&style, json_object_get(result, "changes"));
    json_array_foreach(failures, i, one) {
        print_failure(&style, one);
    }
    if (json_array_size(connections) > 0)
        style_newline(&style);
    json_array_foreach(connections, i, one) {
        print_connection(&style, result_text(one, "text"));
    }
    output_flush(page->output);
}

static void text_end(struct check_page *page) {
    struct style style = style_new(page->output, page->ascii, page->color);
    const struct check_totals *totals = &page->totals;

    style_count(&style, totals->captures, "capture");
    style_text(&style, PLAIN, ": ");
    if (totals->updated > 0) {
        style_unsigned(&style, totals->updated);
        style_text(&style, PLAIN, " looked at for their expectations");
    } else {
        style_unsigned(&style, totals->outcomes[CHECK_HOLDS]);
        style_text(&style, PLAIN, totals->outcomes[CHECK_HOLDS] == 1 ? " is as expected" : " are as expected");
    }
    if (totals->outcomes[CHECK_FAILS] > 0) {
        style_text(&style, PLAIN, ", ");
        style_unsigned(&style, totals->outcomes[CHECK_FAILS]);
        style_text(&style, RED, totals->outcomes[CHECK_FAILS] == 1 ? " fails" : " fail");
    }
    if (totals->outcomes[CHECK_TROUBLE] > 0) {
        style_text(&style, PLAIN, ", ");
        style_unsigned(&style, totals->outcomes[CHECK_TROUBLE]);
        style_text(&style, RED, " could not be judged");
    }
    style_newline(&style);
}

const struct check_writer check_text_writer = {"text", NULL, text_capture, text_end};
