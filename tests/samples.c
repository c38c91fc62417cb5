/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs the program on every capture in samples/ and compares its JSON report with the expectation beside the capture
 * (samples/README.md says what the members mean). $FINWAIT names the program, $srcdir the top of the sources.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>
#include <jansson.h>

#define EXPECTATION ".expect.json"

/* What is being compared, for messages, and how often it differed. */
struct comparison {
    const char *sample;
    size_t connection; /* index, in the order of the first frames */
    unsigned differences;
};

static void differ(struct comparison *comparison, const char *what, const json_t *expected, const json_t *seen) {
    char *left = expected ? json_dumps(expected, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *right = seen ? json_dumps(seen, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    print_error("%s, connection %zu: %s: expected %s, reported %s\n", comparison->sample, comparison->connection, what,
                left ? left : "nothing", right ? right : "nothing");
    free(left);
    free(right);
    comparison->differences++;
}

static void compare(struct comparison *comparison, const char *what, const json_t *expected, const json_t *seen) {
    if (expected && (!seen || !json_equal(expected, seen)))
        differ(comparison, what, expected, seen);
}

/* The states of a side in order: its transitions that were not refuted. A gap shows as two states in a row. */
static json_t *path_of(const json_t *side) {
    json_t *path = json_array();
    json_t *refuted = json_string("refuted");
    size_t index;
    json_t *step;

    json_array_foreach(json_object_get(side, "transitions"), index, step) {
        const json_t *last = json_array_get(path, json_array_size(path) - 1);
        json_t *from = json_object_get(step, "from");

        if (json_equal(json_object_get(step, "certainty"), refuted))
            continue;
        if (!last || !json_equal(last, from))
            json_array_append(path, from);
        json_array_append(path, json_object_get(step, "to"));
    }
    json_decref(refuted);
    return path;
}

static void compare_side(struct comparison *comparison, const char *name, const json_t *expected, const json_t *seen) {
    static const char *const members[] = {"address", "port", "state"};
    const json_t *path = json_object_get(expected, "path");
    size_t length = json_array_size(path);

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        compare(comparison, members[i], json_object_get(expected, members[i]), json_object_get(seen, members[i]));
    if (length > 0) {
        json_t *walked = path_of(seen);

        compare(comparison, name, path, walked);
        compare(comparison, "state", json_array_get(path, length - 1), json_object_get(seen, "state"));
        json_decref(walked);
    }
}

static void compare_verdicts(struct comparison *comparison, const json_t *expected, const json_t *seen) {
    static const struct {
        const char *name, *part, *member;
    } verdicts[] = {
        {"handshake", "handshake", "outcome"},        {"teardown", "teardown", "outcome"},
        {"closed_first", "teardown", "closed_first"}, {"time_wait", "teardown", "time_wait"},
        {"segments", "teardown", "segments"},         {"reset_by", "teardown", "reset_by"},
    };

    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        compare(comparison, verdicts[i].name, json_object_get(expected, verdicts[i].name),
                json_object_get(json_object_get(seen, verdicts[i].part), verdicts[i].member));
}

static int severity_rank(const json_t *severity) {
    static const char *const names[] = {"info", "notice", "warning", "error"};
    const char *name = json_string_value(severity);

    for (int rank = 0; name && rank < (int)(sizeof names / sizeof *names); rank++)
        if (strcmp(name, names[rank]) == 0)
            return rank;
    fail_msg("no severity: %s", name ? name : "(none)");
    return -1;
}

static int contains(const json_t *array, const json_t *value) {
    size_t index;
    json_t *element;

    json_array_foreach(array, index, element) {
        if (json_equal(element, value))
            return 1;
    }
    return 0;
}

static void compare_anomalies(struct comparison *comparison, const json_t *expected, const json_t *seen) {
    const json_t *required = json_object_get(expected, "require");
    int level = severity_rank(json_object_get(expected, "no_others_at_or_above"));
    json_t *ids = json_array();
    size_t index;
    json_t *element;

    json_array_foreach(seen, index, element) {
        json_t *id = json_object_get(element, "id");

        json_array_append(ids, id);
        if (severity_rank(json_object_get(element, "severity")) >= level && !contains(required, id) &&
            !contains(json_object_get(expected, "allow"), id))
            differ(comparison, "anomalies", NULL, id);
    }
    json_array_foreach(required, index, element) {
        if (!contains(ids, element))
            differ(comparison, "anomalies", element, ids);
    }
    json_decref(ids);
}

/* The connection whose first frame is the (index + 1)th: reports are in the order of the ends. */
static const json_t *connection_at(const json_t *connections, size_t index) {
    size_t i;
    json_t *one;

    json_array_foreach(connections, i, one) {
        json_int_t id = json_integer_value(json_object_get(one, "id"));
        size_t before = 0, j;
        json_t *other;

        json_array_foreach(connections, j, other) {
            before += json_integer_value(json_object_get(other, "id")) < id;
        }
        if (before == index)
            return one;
    }
    return NULL;
}

/* The program's report of a capture. The caller owns it. */
static json_t *report_of(const char *capture) {
    const char *program = getenv("FINWAIT");
    char *command;
    json_error_t error;
    FILE *output;
    json_t *report;

    assert_true(asprintf(&command, "'%s' --format json '%s'", program ? program : "./finwait", capture) > 0);
    output = popen(command, "r");
    assert_non_null(output);
    report = json_loadf(output, 0, &error);
    assert_int_equal(pclose(output), 0);
    if (!report)
        fail_msg("%s: no JSON: %s", command, error.text);
    free(command);
    return report;
}

static void sample_is_as_expected(void **state) {
    const char *path = *state;
    json_error_t error;
    json_t *expected = json_load_file(path, 0, &error);
    char *capture;
    struct comparison comparison = {path, 0, 0};
    const json_t *wanted, *connections;
    json_t *report;

    assert_non_null(expected);
    assert_true(asprintf(&capture, "%.*s.pcap", (int)(strlen(path) - strlen(EXPECTATION)), path) > 0);
    report = report_of(capture);
    free(capture);
    wanted = json_object_get(expected, "connections");
    connections = json_object_get(report, "connections");
    assert_true(json_array_size(wanted) > 0);
    assert_int_equal(json_array_size(connections), json_array_size(wanted));
    compare(&comparison, "frames", json_object_get(expected, "frames"),
            json_object_get(json_object_get(report, "summary"), "frames"));
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const json_t *one = json_array_get(wanted, i);
        const json_t *seen = connection_at(connections, i);

        comparison.connection = i;
        compare_side(&comparison, "client", json_object_get(one, "client"), json_object_get(seen, "client"));
        compare_side(&comparison, "server", json_object_get(one, "server"), json_object_get(seen, "server"));
        compare_verdicts(&comparison, one, seen);
        compare_anomalies(&comparison, one, json_object_get(seen, "anomalies"));
    }
    json_decref(report);
    json_decref(expected);
    assert_int_equal(comparison.differences, 0);
}

/* Finds the files in samples/ that end with the suffix; ends the program where there is none. */
static void find(const char *suffix, glob_t *found) {
    const char *sources = getenv("srcdir");
    char pattern[4096];

    snprintf(pattern, sizeof pattern, "%s/samples/*%s", sources ? sources : ".", suffix);
    if (glob(pattern, 0, NULL, found) != 0) {
        fprintf(stderr, "samples: nothing matches %s\n", pattern);
        exit(1);
    }
}

int main(void) {
    glob_t expectations, captures;
    struct CMUnitTest *tests;
    int failed;

    find(EXPECTATION, &expectations);
    find(".pcap", &captures);
    if (expectations.gl_pathc != captures.gl_pathc) {
        fprintf(stderr, "samples: %zu captures and %zu expectations\n", captures.gl_pathc, expectations.gl_pathc);
        return 1;
    }
    tests = calloc(expectations.gl_pathc, sizeof *tests);
    if (!tests)
        return 1;
    for (size_t i = 0; i < expectations.gl_pathc; i++) {
        const char *name = strrchr(expectations.gl_pathv[i], '/') + 1;

        tests[i] = (struct CMUnitTest){name, sample_is_as_expected, NULL, NULL, expectations.gl_pathv[i]};
    }
    failed = _cmocka_run_group_tests("samples", tests, expectations.gl_pathc, NULL, NULL);
    free(tests);
    globfree(&expectations);
    globfree(&captures);
    return failed != 0;
}
