/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check/writer.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* JUnit's XML as Jenkins, GitLab and others read it: a test case a capture. The times and the host that some schemas
 * demand are constant: the same captures give the same file. */

/* Characters that XML 1.0 does not allow become '?'. */
static void print_escaped(struct output *output, const char *text) {
    static const struct {
        char character;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\n', "&#10;"}};
    enum { ENTITIES = sizeof entities / sizeof *entities };
    const char *shown;

    while (*text != '\0') {
        size_t i = 0;
        while (i < ENTITIES && entities[i].character != *text)
            i++;
        if (i < ENTITIES) {
            output_text(output, entities[i].entity);
            text++;
            continue;
        }
        unsigned size = utf8_take(&text, &shown);
        output_bytes(output, shown, size);
    }
}

static void attribute(struct output *output, const char *name, const char *value) {
    output_char(output, ' ');
    output_text(output, name);
    output_text(output, "=\"");
    print_escaped(output, value);
    output_char(output, '"');
}

static void number(struct output *output, const char *name, uint64_t value) {
    output_char(output, ' ');
    output_text(output, name);
    output_text(output, "=\"");
    output_unsigned(output, value);
    output_char(output, '"');
}

/* One <failure> or <error>, for schemas allow a test case no more: the first in its attribute, all of them inside. */
static void print_problem(struct output *output, const char *element, const char *type, const char *first,
                          const struct output *all) {
    char *text = output_error(all) == 0 ? strndup(all->bytes != NULL ? all->bytes : "", all->used) : NULL;

    if (text == NULL)
        output_fail(output, ENOMEM);
    output_text(output, "      <");
    output_text(output, element);
    attribute(output, "message", first);
    attribute(output, "type", type);
    output_char(output, '>');
    print_escaped(output, text != NULL ? text : "");
    output_text(output, "</");
    output_text(output, element);
    output_text(output, ">\n");
    free(text);
}

static void print_failures(struct output *output, const json_t *result) {
    const json_t *failures = json_object_get(result, "failures");
    struct output *all = output_to_memory();
    size_t i;
    json_t *one;

    if (all == NULL) {
        output_fail(output, ENOMEM);
        return;
    }
    json_array_foreach(failures, i, one) {
        char *line = failure_line(output, one);
        output_text(all, line != NULL ? line : "");
        output_char(all, '\n');
        free(line);
    }
    json_array_foreach(json_object_get(result, "connections"), i, one) {
        output_text(all, result_text(one, "text"));
    }
    print_problem(output, "failure", result_text(json_array_get(failures, 0), "member"),
                  result_text(json_array_get(failures, 0), "message"), all);
    output_free(all);
}

static void print_troubles(struct output *output, const json_t *result) {
    const json_t *troubles = json_object_get(result, "troubles");
    const char *first = json_string_value(json_array_get(troubles, 0));
    struct output *all = output_to_memory();
    size_t i;
    json_t *one;

    if (all == NULL) {
        output_fail(output, ENOMEM);
        return;
    }
    json_array_foreach(troubles, i, one) {
        output_text(all, json_string_value(one));
        output_char(all, '\n');
    }
    print_problem(output, "error", "trouble", first != NULL ? first : "", all);
    output_free(all);
}

static void print_case(struct output *output, const json_t *result) {
    enum check_outcome outcome = check_outcome_of(result);

    output_text(output, "    <testcase");
    attribute(output, "name", result_text(result, "capture"));
    attribute(output, "classname", "finwait.check");
    attribute(output, "time", "0");
    if (outcome == CHECK_HOLDS) {
        output_text(output, "/>\n");
        return;
    }
    output_text(output, ">\n");
    if (outcome == CHECK_FAILS)
        print_failures(output, result);
    else
        print_troubles(output, result);
    output_text(output, "    </testcase>\n");
}

static void junit_end(struct check_page *page) {
    struct output *output = page->output;
    size_t i;
    json_t *result;

    output_text(output, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite");
    attribute(output, "name", "finwait check");
    attribute(output, "package", "finwait");
    number(output, "id", 0);
    attribute(output, "timestamp", "1970-01-01T00:00:00");
    attribute(output, "hostname", "localhost");
    number(output, "tests", page->totals.captures);
    number(output, "failures", page->totals.outcomes[CHECK_FAILS]);
    number(output, "errors", page->totals.outcomes[CHECK_TROUBLE]);
    attribute(output, "time", "0");
    output_text(output, ">\n    <properties/>\n");
    json_array_foreach(page->results, i, result) {
        print_case(output, result);
    }
    output_text(output, "    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>\n");
}

const struct check_writer check_junit_writer = {"junit", NULL, NULL, junit_end};
