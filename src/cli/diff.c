/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/diff.h"

#include "check/difference_text.h"
#include "check/layout.h"
#include "cli/complain.h"
#include "cli/confine.h"
#include "cli/destination.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CAPTURES = 2 };
static const int64_t least_time = 1000000; /* ns: what differs by less is noise, whatever the percentage */

static void complain_sentence(void *context, const char *sentence) {
    (void)context;
    complain("%s", sentence);
}

struct capture {
    struct segments segments;
    bool whole;         /* everything could be read */
    bool out_of_memory; /* while noting what was joined */
};

static bool note_segment(void *context, const struct observation *observation) {
    struct capture *capture = context;

    return !capture->out_of_memory && segments_add(&capture->segments, observation);
}

static void note_join(void *context, uint64_t connection, uint64_t other) {
    struct capture *capture = context;

    if (!segments_join(&capture->segments, connection, other))
        capture->out_of_memory = true;
}

/* The report of one capture; NULL after a message. Its segments are noted in capture. */
static json_t *report_of(const struct options *options, const char *path, struct capture *capture) {
    struct report_settings report = options->report;
    struct output *text = output_to_memory();
    json_t *parsed = NULL;
    report.format = REPORT_JSON;
    const struct run_settings settings = {
        .files = &path,
        .file_count = 1,
        .filter = options->filter,
        .report = &report,
        .stop = &interrupt_signal,
        .context = capture,
        .complain = complain_sentence,
        .applied = note_segment,
        .joined = note_join,
    };

    enum run_result result = text != NULL ? run_files(&settings, text) : RUN_NO_MEMORY;
    if ((result == RUN_DONE || result == RUN_INCOMPLETE) && !capture->out_of_memory)
        parsed = json_loadb(text->bytes, text->used, 0, NULL);
    const json_t *read = json_array_get(json_object_get(parsed, "captures"), 0);
    if (parsed == NULL && result != RUN_STOPPED) {
        complain("out of memory: a filter (-f) leaves fewer connections to hold");
    } else if (json_is_null(json_object_get(read, "format"))) {
        json_decref(parsed); /* nothing could be read: all connections of the other would seem to be missing */
        parsed = NULL;
    }
    capture->whole = result == RUN_DONE;
    segments_sort(&capture->segments);
    output_free(text);
    return parsed;
}

static bool print(const struct options *options, const json_t *difference) {
    int descriptor = destination_open(options->output, options->files, options->file_count);
    struct output *output = descriptor < 0 ? NULL : output_to_descriptor(descriptor);

    if (output == NULL) {
        if (descriptor >= 0)
            complain("out of memory");
        return false;
    }
    if (options->report.format == REPORT_JSON)
        layout_json(output, difference);
    else
        difference_print(output, difference, wants_ascii(descriptor),
                         wants_color((enum color_choice)options->color, descriptor));
    bool good = output_flush(output);
    if (!good)
        destination_complain(options->output, output_error(output));
    output_free(output);
    return destination_close(options->output, descriptor, good) && good;
}

/* A directory stands for many captures, of which nobody could say which one is meant. */
static bool is_one_capture(const char *path) {
    struct stat status;

    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return true;
    complain("%s: is a directory, and diff compares one capture with another", path);
    return false;
}

static int compare(const struct options *options) {
    struct capture captures[CAPTURES] = {0};
    const struct difference_settings settings = {
        .least_time = least_time,
        .least_percent = options->tolerance,
        .segments = {&captures[0].segments, &captures[1].segments},
    };
    struct sandbox sandbox;

    confine_begin(&sandbox, options);
    for (size_t i = 0; i < CAPTURES; i++)
        confine_to_input(&sandbox, options->files[i]);
    confine(&sandbox, options);
    json_t *a = report_of(options, options->files[0], &captures[0]);
    json_t *b = a != NULL ? report_of(options, options->files[1], &captures[1]) : NULL;
    json_t *difference = b != NULL ? difference_of_reports(a, b, &settings) : NULL;
    int status = EXIT_TROUBLE;

    if (b != NULL && difference == NULL)
        complain("out of memory");
    if (difference != NULL && print(options, difference) && captures[0].whole && captures[1].whole)
        status = difference_is_there(difference) ? EXIT_FAILED : EXIT_DONE;
    if (interrupt_signal != 0)
        status = 128 + interrupt_signal;
    for (size_t i = 0; i < CAPTURES; i++)
        segments_free(&captures[i].segments);
    json_decref(difference);
    json_decref(a);
    json_decref(b);
    return status;
}

int diff(int argc, char **argv) {
    struct options options;
    int status = EXIT_TROUBLE;
    enum options_result parsed = options_parse(&options, COMMAND_DIFF, argc, argv);

    if (parsed == OPTIONS_DONE)
        status = EXIT_DONE;
    else if (parsed == OPTIONS_RUN && options.file_count != CAPTURES)
        complain("diff compares two captures, and %zu %s named; see finwait diff --help", options.file_count,
                 options.file_count == 1 ? "was" : "were");
    else if (parsed == OPTIONS_RUN && is_one_capture(options.files[0]) && is_one_capture(options.files[1]))
        status = compare(&options);
    options_free(&options);
    return status;
}
