/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/check.h"

#include "capture/unpack.h"
#include "check/discover.h"
#include "check/expectation.h"
#include "check/words.h"
#include "check/writer.h"
#include "cli/complain.h"
#include "cli/confine.h"
#include "cli/destination.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/terminal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOBS_MAX = 256 };

/* An operand, with what its own .finwait says. */
struct tree {
    struct options options;
    char *policy_file; /* owned; NULL: none */
    bool parsed;
    size_t first; /* of its captures */
    size_t count;
    json_t *trouble; /* owned: what is reported in place of captures; NULL: nothing is wrong */
};

/* The work of all threads. */
struct work {
    struct tree *trees; /* owned */
    size_t tree_count;
    struct captures captures;
    struct captures inputs; /* all that is read: captures and expectations; none of it must be written over */
    json_t **results;       /* owned: by capture; NULL: not there yet */
    struct expectation_schema *schema;
    size_t next; /* capture that nobody has begun */
    pthread_mutex_t lock;
    pthread_cond_t finished;
};

static const struct tree *tree_of(const struct work *work, size_t capture) {
    size_t i = 0;

    while (capture < work->trees[i].first || capture >= work->trees[i].first + work->trees[i].count)
        i++;
    return &work->trees[i];
}

static json_t *check_one(const struct work *work, size_t index) {
    const struct options *options = &tree_of(work, index)->options;
    const struct check_settings settings = {
        .report = &options->report,
        .filter = options->filter,
        .expectation = options->expectation,
        .policy = options->policy,
        .schema = work->schema,
        .update = options->update,
        .stop = &interrupt_signal,
    };
    const char *path = work->captures.paths[index];

    return captures_is_expectation(path) ? check_trouble(path, "there is no capture beside this expectation")
                                         : check_capture(&settings, path);
}

/* A thread: takes captures until none is left. */
static void *check_some(void *context) {
    struct work *work = context;

    pthread_mutex_lock(&work->lock);
    while (work->next < work->captures.count && interrupt_signal == 0) {
        size_t index = work->next++;
        pthread_mutex_unlock(&work->lock);
        json_t *result = check_one(work, index);
        pthread_mutex_lock(&work->lock);
        work->results[index] = result != NULL ? result : json_null();
        pthread_cond_broadcast(&work->finished);
    }
    pthread_cond_broadcast(&work->finished);
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

/* The result of a capture once it is there; NULL when the check was interrupted before. */
static json_t *wait_for(struct work *work, size_t index) {
    pthread_mutex_lock(&work->lock);
    while (work->results[index] == NULL && !(interrupt_signal != 0 && work->next <= index))
        pthread_cond_wait(&work->finished, &work->lock);
    json_t *result = work->results[index];
    pthread_mutex_unlock(&work->lock);
    return result;
}

static size_t start_threads(struct work *work, uint32_t wanted, pthread_t threads[JOBS_MAX]) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t jobs = wanted != 0 ? wanted : processors > 0 ? (size_t)processors : 1;
    size_t started = 0;

    jobs = jobs > work->captures.count ? work->captures.count : jobs;
    jobs = jobs > JOBS_MAX ? JOBS_MAX : jobs;
    while (started < jobs && pthread_create(&threads[started], NULL, check_some, work) == 0)
        started++;
    return started;
}

/* --- telling --- */

/* A slip of whoever wrote the expectation, most likely: a test that cannot fail. */
static void warn_of_no_condition(const json_t *result) {
    const char *expectation = json_string_value(json_object_get(result, "expectation"));
    bool holds = strcmp(json_string_value(json_object_get(result, "outcome")), "holds") == 0; /* and is not "updated" */

    if (expectation != NULL && holds && json_integer_value(json_object_get(result, "conditions")) == 0)
        complain("%s: has no condition for %s, which is as expected whatever it holds", expectation,
                 json_string_value(json_object_get(result, "capture")));
}

static void tell(struct work *work, struct check_page *page, const struct check_writer *writer, json_t *results) {
    for (size_t i = 0; i < work->tree_count; i++) {
        const struct tree *tree = &work->trees[i];
        if (tree->trouble != NULL)
            check_page_add(page, writer, results, tree->trouble);
        for (size_t k = 0; k < tree->count; k++) {
            json_t *result = wait_for(work, tree->first + k);
            if (result == NULL)
                return;
            warn_of_no_condition(result);
            check_page_add(page, writer, results, result);
        }
    }
}

static size_t lines_to_come(const struct work *work) {
    size_t count = work->captures.count;

    for (size_t i = 0; i < work->tree_count; i++)
        count += work->trees[i].trouble != NULL;
    return count;
}

/* Everything again, as JUnit's XML. */
static bool write_junit(const struct options *options, const struct check_page *page, int descriptor) {
    struct output *output = output_to_descriptor(descriptor);

    if (output == NULL) {
        complain("out of memory");
        return false;
    }
    struct check_page copy = *page;
    copy.output = output;
    check_writer(CHECK_JUNIT)->end(&copy);
    bool good = output_flush(output);
    if (!good)
        destination_complain(options->junit, output_error(output));
    output_free(output);
    return destination_close(options->junit, descriptor, good) && good;
}

static int status_of(const struct check_totals *totals) {
    if (interrupt_signal != 0)
        return 128 + interrupt_signal;
    if (totals->outcomes[CHECK_TROUBLE] > 0)
        return EXIT_TROUBLE;
    return totals->outcomes[CHECK_FAILS] > 0 ? EXIT_FAILED : EXIT_DONE;
}

static int tell_all(struct work *work, const struct options *options, int descriptor, int junit) {
    const struct check_writer *writer = check_writer((enum check_format)options->check_format);
    struct output *output = output_to_descriptor(descriptor);
    json_t *results = json_array();
    struct check_page page = {.output = output, .version = PACKAGE_VERSION, .results = results};
    int status = EXIT_TROUBLE;

    page.color = wants_color((enum color_choice)options->color, descriptor);
    page.ascii = wants_ascii(descriptor);
    if (output != NULL && results != NULL) {
        if (writer->begin != NULL)
            writer->begin(&page, lines_to_come(work));
        tell(work, &page, writer, results);
        writer->end(&page);
        status = status_of(&page.totals);
        if (!output_flush(output)) {
            destination_complain(options->output, output_error(output));
            status = EXIT_TROUBLE;
        }
        if (junit >= 0 && !write_junit(options, &page, junit))
            status = EXIT_TROUBLE;
    } else {
        complain("out of memory");
    }
    json_decref(results);
    output_free(output);
    return status;
}

/* --- what is to be done --- */

/* Finds the captures of an operand and what its tree demands of them. False when an option is wrong. */
static bool add_tree(struct work *work, struct tree *tree, const char *path, int argc, char **argv) {
    struct message error;

    tree->first = work->captures.count;
    if (!captures_add(&work->captures, path, &error)) {
        tree->trouble = check_trouble(path, error.text);
        while (work->captures.count > tree->first)
            free(work->captures.paths[--work->captures.count]);
    }
    tree->count = work->captures.count - tree->first;
    if (!policy_file_for(path, &tree->policy_file)) {
        complain("out of memory");
        return false;
    }
    tree->parsed = true;
    return options_parse_in_tree(&tree->options, COMMAND_CHECK, tree->policy_file, argc, argv) == OPTIONS_RUN;
}

static bool prepare(struct work *work, const struct options *options, int argc, char **argv) {
    work->trees = calloc(options->file_count, sizeof *work->trees);
    work->schema = expectation_schema_new();
    json_object_seed(0); /* before there are threads */
    if (work->trees == NULL || work->schema == NULL) {
        complain("out of memory");
        return false;
    }
    work->captures.expectations = options->expectation == NULL;
    for (size_t i = 0; i < options->file_count; i++) {
        work->tree_count++;
        if (!add_tree(work, &work->trees[i], options->files[i], argc, argv))
            return false;
    }
    work->results = calloc(work->captures.count + 1, sizeof *work->results);
    if (work->results == NULL)
        complain("out of memory");
    return work->results != NULL;
}

static void release(struct work *work) {
    for (size_t i = 0; i < work->captures.count && work->results != NULL; i++)
        json_decref(work->results[i]);
    for (size_t i = 0; i < work->tree_count; i++) {
        if (work->trees[i].parsed)
            options_free(&work->trees[i].options);
        free(work->trees[i].policy_file);
        json_decref(work->trees[i].trouble);
    }
    free(work->results);
    free(work->trees);
    captures_free(&work->captures);
    captures_free(&work->inputs);
    expectation_schema_free(work->schema);
}

static int run(struct work *work, const struct options *options, int descriptor, int junit) {
    pthread_t threads[JOBS_MAX];
    size_t started = start_threads(work, options->jobs, threads);

    if (started == 0 && work->captures.count > 0)
        check_some(work);
    int status = tell_all(work, options, descriptor, junit);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return status;
}

static bool note_input(struct captures *inputs, const char *path) {
    struct message error;

    return path == NULL || captures_note(inputs, path, &error);
}

/* What is read, so that nothing of it is written over. False after a message. */
static bool list_inputs(struct work *work, const struct options *options) {
    bool good = note_input(&work->inputs, options->expectation);

    for (size_t i = 0; good && i < work->tree_count; i++)
        good = note_input(&work->inputs, work->trees[i].policy_file);
    for (size_t i = 0; good && i < work->captures.count; i++) {
        char *beside = NULL;
        good = expectation_beside(work->captures.paths[i], &beside) &&
               note_input(&work->inputs, work->captures.paths[i]) && note_input(&work->inputs, beside);
        free(beside);
    }
    if (!good)
        complain("out of memory");
    return good;
}

/* NULL: memory is out. */
static char *expectation_to_write(const struct options *options, const char *capture) {
    char *path = NULL;

    if (options->expectation != NULL)
        return strdup(options->expectation);
    return expectation_beside(capture, &path) && path == NULL ? expectation_name_for(capture) : path;
}

/* Each capture needs an expectation of its own when they are written. False after a message. */
static bool expectations_are_apart(const struct work *work, const struct options *options) {
    json_t *writers = json_object(); /* indices of captures by path of expectation */
    bool good = writers != NULL;

    for (size_t i = 0; good && i < work->captures.count; i++) {
        char *path = expectation_to_write(options, work->captures.paths[i]);
        json_t *name = path != NULL ? json_words(path) : NULL;
        const json_t *other = json_object_get(writers, json_string_value(name));
        if (name == NULL)
            complain("out of memory");
        if (path != NULL && other != NULL)
            complain("--update: %s and %s would have the same expectation, %s",
                     work->captures.paths[json_integer_value(other)], work->captures.paths[i], path);
        good = other == NULL && name != NULL &&
               json_object_set_new(writers, json_string_value(name), json_integer((json_int_t)i)) == 0;
        json_decref(name);
        free(path);
    }
    json_decref(writers);
    return good;
}

/* A capture, and the expectation that is beside it or will be written there. */
static void confine_to_capture(struct sandbox *sandbox, const struct options *options, const char *capture) {
    char *beside = expectation_to_write(options, capture); /* without memory for it, no leave to open it */

    unpack_prepare(capture);
    sandbox_allow_reading(sandbox, capture);
    sandbox_allow_reading(sandbox, beside);
    if (options->update)
        sandbox_allow_output(sandbox, beside);
    free(beside);
}

/* Trees were walked and their .finwait read: only captures and expectations are left to be read, and no thread is there
 * yet that would not be confined. */
static void confine_to_captures(const struct work *work, const struct options *options) {
    struct sandbox sandbox;

    confine_begin(&sandbox, options);
    for (size_t i = 0; i < options->file_count; i++)
        sandbox_allow_reading(&sandbox, options->files[i]);
    for (size_t i = 0; i < work->captures.count; i++)
        confine_to_capture(&sandbox, options, work->captures.paths[i]);
    confine(&sandbox, options);
}

/* False after a message. */
static bool places_differ(const struct options *options) {
    const char *output = options->output == NULL ? "-" : options->output;

    if (options->junit == NULL || strcmp(options->junit, output) != 0)
        return true;
    complain("%s: is where both the XML (--junit) and the rest (-o) would go; --format junit writes the XML alone",
             strcmp(output, "-") == 0 ? "standard output" : output);
    return false;
}

static int check_all(const struct options *options, int argc, char **argv) {
    struct work work = {.lock = PTHREAD_MUTEX_INITIALIZER, .finished = PTHREAD_COND_INITIALIZER};
    int status = EXIT_TROUBLE;

    if (prepare(&work, options, argc, argv) && list_inputs(&work, options) &&
        (!options->update || expectations_are_apart(&work, options))) {
        confine_to_captures(&work, options);
        const char *const *inputs = (const char *const *)work.inputs.paths;
        /* Before the work, which may take long: what cannot be written is told at once. */
        int junit = options->junit != NULL ? destination_open(options->junit, inputs, work.inputs.count) : -1;
        int descriptor =
            options->junit == NULL || junit >= 0 ? destination_open(options->output, inputs, work.inputs.count) : -1;
        if (descriptor >= 0) {
            status = run(&work, options, descriptor, junit);
            if (!destination_close(options->output, descriptor, true))
                status = EXIT_TROUBLE;
        } else if (junit >= 0) {
            close(junit);
        }
    }
    release(&work);
    return status;
}

int check(int argc, char **argv) {
    struct options options;
    int status = EXIT_TROUBLE;
    enum options_result parsed = options_parse(&options, COMMAND_CHECK, argc, argv);

    if (parsed == OPTIONS_DONE) {
        status = EXIT_DONE;
    } else if (parsed == OPTIONS_RUN && options.file_count == 0) {
        complain("no PATH to check; see finwait check --help");
    } else if (parsed == OPTIONS_RUN && places_differ(&options)) {
        status = check_all(&options, argc, argv);
    }
    options_free(&options);
    return status;
}
