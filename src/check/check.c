/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/check.h"

#include "check/expectation.h"
#include "check/judge.h"
#include "check/update.h"
#include "check/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One capture on its way through a check. */
struct run {
    const struct check_settings *settings;
    const char *capture;
    json_t *result;   /* owned until it is returned */
    json_t *troubles; /* borrowed from result */
    json_t *report;   /* owned; NULL: there is none */
    bool troubled;    /* also where memory was out for saying so */
};

static void note_trouble(void *context, const char *sentence) {
    struct run *run = context;

    run->troubled = true;
    json_array_append_new(run->troubles, json_words(sentence));
}

static void set_member(struct run *run, const char *name, json_t *value) {
    if (json_object_set_new(run->result, name, value) != 0)
        note_trouble(run, "out of memory");
}

/* The capture's report in a format, as text; NULL when memory is out or the run was stopped. Where it is read again,
 * only what has gone wrong since is trouble. */
static struct output *report_text(struct run *run, const struct report_settings *report, bool again) {
    struct output *text = output_to_memory();
    struct run second = {.troubles = json_array()};
    const struct run_settings settings = {
        .files = &run->capture,
        .file_count = 1,
        .filter = run->settings->filter,
        .report = report,
        .stop = run->settings->stop,
        .context = again ? &second : run,
        .complain = note_trouble,
    };

    enum run_result result = RUN_NO_MEMORY;
    if (text != NULL && second.troubles != NULL)
        result = run_files(&settings, text);
    if (second.troubled && !run->troubled)
        note_trouble(run, json_string_value(json_array_get(second.troubles, 0)));
    if (result == RUN_NO_MEMORY || result == RUN_OUTPUT_FAILED || result == RUN_STOPPED) {
        note_trouble(run, result == RUN_STOPPED ? "interrupted" : "out of memory");
        output_free(text);
        text = NULL;
    }
    json_decref(second.troubles);
    return text;
}

static bool make_report(struct run *run) {
    struct report_settings settings = *run->settings->report;
    settings.format = REPORT_JSON;
    struct output *text = report_text(run, &settings, false);

    if (text == NULL)
        return false;
    run->report = json_loadb(text->bytes, text->used, 0, NULL);
    output_free(text);
    if (run->report == NULL)
        note_trouble(run, "out of memory");
    return run->report != NULL;
}

/* The text report of a connection: what a person would look at next. */
static void show_connection(struct run *run, const json_t *id) {
    struct report_settings settings = *run->settings->report;
    settings.format = REPORT_TEXT;
    settings.ladder = LADDER_ALL;
    settings.connection = (uint64_t)json_integer_value(id);
    settings.color = settings.ascii = false;
    settings.connections_only = true;
    struct output *text = report_text(run, &settings, true);

    if (text == NULL)
        return;
    json_t *shown = json_pack("{s: O, s: s#}", "id", id, "text", text->bytes != NULL ? text->bytes : "", text->used);
    if (json_array_append_new(json_object_get(run->result, "connections"), shown) != 0)
        note_trouble(run, "out of memory");
    output_free(text);
}

enum { SHOWN_MAX = 8 }; /* connections; each costs another look at the capture */

static void show_failed_connections(struct run *run, const json_t *failures) {
    const json_t *shown = json_object_get(run->result, "connections");
    size_t i, k;
    json_t *failure, *one;

    json_array_foreach(failures, i, failure) {
        const json_t *id = json_object_get(failure, "connection");
        bool known = !json_is_integer(id) || json_array_size(shown) >= SHOWN_MAX;
        json_array_foreach(shown, k, one) {
            known = known || json_equal(json_object_get(one, "id"), id);
        }
        if (!known)
            show_connection(run, id);
    }
}

/* What is expected where nobody said what. */
static json_t *default_policy(void) {
    return json_pack("{s: [s]}", "forbid", "error");
}

static void judge(struct run *run, const struct expectation *expectation) {
    json_t *failures = json_object_get(run->result, "failures");
    struct judge judge = {.report = run->report, .failures = failures};
    const json_t *policy = run->settings->policy;

    if (expectation->root != NULL) {
        judge.source = expectation->path;
        judge.text = expectation->text;
        judge_report(&judge, expectation->root);
        judge.text = judge.source = NULL;
    }
    if (policy != NULL)
        judge_report(&judge, policy);
    if (policy == NULL && expectation->root == NULL) {
        json_t *least = default_policy();
        judge_report(&judge, least);
        json_decref(least);
    }
    judge_end(&judge);
    set_member(run, "conditions", json_integer((json_int_t)judge.conditions));
    if (judge.out_of_memory)
        note_trouble(run, "out of memory");
    show_failed_connections(run, failures);
}

static void update(struct run *run, struct expectation *expectation) {
    struct message error;
    const char *chosen = expectation->path != NULL ? expectation->path : run->settings->expectation;
    char *path = chosen != NULL ? strdup(chosen) : expectation_name_for(run->capture);
    json_t *changes = json_object_get(run->result, "changes");

    if (path == NULL) {
        note_trouble(run, "out of memory");
    } else if (run->troubled) {
        note_trouble(run, "no expectation is written for a capture that could not be read whole");
    } else if (!expectation_update(path, expectation->root, run->report, changes, &error)) {
        note_trouble(run, error.text);
        json_array_clear(changes); /* none of them was made */
    } else {
        set_member(run, "expectation", json_words(path));
    }
    free(path);
}

static bool find_expectation(struct run *run, struct expectation *expectation) {
    struct message error;
    const char *chosen = run->settings->expectation;
    char *path = NULL;
    bool good = true;

    if (!(chosen != NULL ? (path = strdup(chosen)) != NULL : expectation_beside(run->capture, &path))) {
        note_trouble(run, "out of memory");
        return false;
    }
    /* One that is to be written need not be there yet. */
    if (path != NULL && !(run->settings->update && access(path, F_OK) != 0 && errno == ENOENT)) {
        set_member(run, "expectation", json_words(path));
        good = expectation_read(expectation, path, run->settings->schema, &error);
        if (!good)
            note_trouble(run, error.text);
    }
    free(path);
    return good;
}

static const char *outcome_name(const struct run *run) {
    if (run->troubled)
        return "trouble";
    if (run->settings->update)
        return "updated";
    return json_array_size(json_object_get(run->result, "failures")) > 0 ? "fails" : "holds";
}

json_t *check_trouble(const char *path, const char *sentence) {
    json_t *name = json_words(path);
    json_t *troubles = json_array();

    if (sentence != NULL)
        json_array_append_new(troubles, json_words(sentence));
    return json_pack("{s: o, s: n, s: s, s: i, s: o, s: [], s: [], s: []}", "capture", name, "expectation", "outcome",
                     "trouble", "conditions", 0, "troubles", troubles, "changes", "failures", "connections");
}

json_t *check_capture(const struct check_settings *settings, const char *capture) {
    struct run run = {.settings = settings, .capture = capture};
    struct expectation expectation = {0};

    run.result = check_trouble(capture, NULL);
    if (run.result == NULL)
        return NULL;
    run.troubles = json_object_get(run.result, "troubles");
    if (find_expectation(&run, &expectation) && make_report(&run)) {
        if (settings->update)
            update(&run, &expectation);
        else
            judge(&run, &expectation);
    }
    set_member(&run, "outcome", json_string(outcome_name(&run)));
    json_decref(run.report);
    expectation_free(&expectation);
    return run.result;
}

enum check_outcome check_outcome_of(const json_t *result) {
    const char *name = json_string_value(json_object_get(result, "outcome"));

    if (name == NULL || strcmp(name, "trouble") == 0)
        return CHECK_TROUBLE;
    return strcmp(name, "fails") == 0 ? CHECK_FAILS : CHECK_HOLDS;
}
