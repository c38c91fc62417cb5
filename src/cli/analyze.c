/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/analyze.h"

#include "capture/reading.h"
#include "capture/unpack.h"
#include "cli/complain.h"
#include "cli/confine.h"
#include "cli/destination.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/running.h"
#include "cli/terminal.h"
#include "cli/watch.h"
#include "engine/run.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void complain_sentence(void *context, const char *sentence) {
    (void)context;
    complain("%s", sentence);
}

static void show_progress(void *context, uint64_t octets, uint64_t frames) {
    const uint64_t *octets_total = context;

    progress_update(&(struct progress){.octets = octets, .octets_total = *octets_total, .frames = frames});
}

/* Octets of all files together, 0 when one of them is a pipe or the like: nobody knows how much that will be. */
static uint64_t size_of_files(const struct options *options) {
    uint64_t total = 0;

    for (size_t i = 0; i < options->file_count; i++) {
        struct stat status;
        bool standard_input = strcmp(options->files[i], "-") == 0;
        if ((standard_input ? fstat(STDIN_FILENO, &status) : stat(options->files[i], &status)) != 0)
            continue;
        if (!S_ISREG(status.st_mode))
            return 0;
        total += (uint64_t)status.st_size;
    }
    return total;
}

/* Of what is compressed nobody knows how much it will be, either. */
static uint64_t octets_to_come(const struct options *options, uint64_t size) {
    for (size_t i = 0; i < options->file_count; i++)
        if (unpack_is_needed(options->files[i]))
            return 0;
    return size;
}

/* The exit status for what a run came to, with a message where none was printed. */
static int status_of(enum run_result result, const struct options *options, const struct output *output) {
    switch (result) {
    case RUN_DONE:
        return EXIT_DONE;
    case RUN_OUTPUT_FAILED:
        destination_complain(options->output, output_error(output));
        return EXIT_TROUBLE;
    case RUN_NO_MEMORY:
        complain("out of memory: the report is cut off; a filter (-f) leaves fewer connections to hold");
        return EXIT_TROUBLE;
    case RUN_STOPPED:
        return 128 + interrupt_signal;
    case RUN_INCOMPLETE:
        break;
    }
    return EXIT_TROUBLE;
}

/* Most often by mistake, and of all mistakes this one is hardest to see: tags and tunnels hide what a filter names. */
static void warn_of_filter(const struct options *options, const struct report_summary *summary) {
    if (options->filter != NULL && summary->frames > 0 && summary->skipped[SKIP_FILTERED] == summary->frames)
        complain("the filter chooses none of the %" PRIu64
                 " frames; it looks at the outermost packet, and behind a VLAN "
                 "tag only as in \"vlan and tcp\"",
                 summary->frames);
}

/* *written: nothing was lost on the way to the descriptor so far. */
static int run(struct options *options, int descriptor, struct evidence *evidence, bool *written) {
    const uint64_t size = size_of_files(options);
    const bool on_terminal = progress_enable();
    uint64_t octets_total = on_terminal ? octets_to_come(options, size) : 0;
    struct report_summary summary = {0};
    struct output *output = output_to_descriptor(descriptor);
    const struct run_settings settings = {
        .files = options->files,
        .file_count = options->file_count,
        .analysers = options->jobs,
        .filter = options->filter,
        .frame_limit = options->frame_limit,
        .merge = options->merge,
        .end = options->end,
        .steps = options->events,
        .prompt = size == 0, /* of a pipe, more may come much later */
        .evidence = evidence,
        .evidence_name = options->write,
        .report = &options->report,
        .stop = &interrupt_signal,
        .summary = &summary,
        .context = &octets_total,
        .complain = complain_sentence,
        .progress = on_terminal ? show_progress : NULL,
    };

    if (output == NULL)
        return status_of(RUN_NO_MEMORY, options, NULL);
    output->before = isatty(descriptor) ? progress_end : NULL;
    enum run_result result = run_files(&settings, output);
    progress_clear();
    int status = status_of(result, options, output);
    warn_of_filter(options, &summary);
    if (status == EXIT_DONE && run_lacks_connection(options, &summary))
        status = EXIT_TROUBLE;
    else if (status == EXIT_DONE && run_fails(options, &summary))
        status = EXIT_FAILED;
    *written = result != RUN_OUTPUT_FAILED;
    output_free(output);
    return status;
}

/* Runs with the frames of connections saved. */
static int run_and_save(struct options *options, int descriptor, bool *written) {
    char folder[PATH_MAX];
    struct message error;
    int saved = destination_open(options->write, options->files, options->file_count);

    if (saved < 0)
        return EXIT_TROUBLE;
    run_folder_of(options->write, folder, sizeof folder);
    const struct evidence_settings settings = {
        .descriptor = saved,
        .directory = folder,
        .application = PACKAGE_NAME " " PACKAGE_VERSION,
        .spool_limit = options->spool_limit,
        .all = options->report.all,
        .connection = options->report.connection,
        .paths = options->files,
        .count = options->file_count,
        .merge = options->merge,
    };
    struct evidence *evidence = evidence_new(&settings, &error);
    int status = EXIT_TROUBLE;
    if (evidence == NULL)
        complain("%s", error.text);
    else
        status = run(options, descriptor, evidence, written);
    evidence_free(evidence);
    return destination_close(options->write, saved, true) ? status : EXIT_TROUBLE;
}

/* Nobody reads a page in a terminal. */
static bool is_page_for_terminal(const struct options *options) {
    bool standard_output = options->output == NULL || strcmp(options->output, "-") == 0;

    if (options->report.format != REPORT_HTML || !standard_output || !isatty(STDOUT_FILENO))
        return false;
    complain("--format html writes a page for a browser: say with -o FILE where it goes");
    return true;
}

/* Opens the destination, not before all that could be a mistake in the command has been looked at: opening empties it.
 */
static int report_to_destination(struct options *options) {
    bool written = true;
    if (!run_places_differ(options) || is_page_for_terminal(options))
        return EXIT_TROUBLE;
    int descriptor = destination_open(options->output, options->files, options->file_count);

    if (descriptor < 0)
        return interrupt_signal != 0 ? 128 + interrupt_signal : EXIT_TROUBLE;
    options->report.color = wants_color((enum color_choice)options->color, descriptor);
    options->report.ascii = wants_ascii(descriptor);
    options->report.columns = terminal_columns(descriptor);
    run_choose_hash_key(&options->report.model);
    int status =
        options->write != NULL ? run_and_save(options, descriptor, &written) : run(options, descriptor, NULL, &written);
    bool closed = destination_close(options->output, descriptor, written);
    return closed ? status : EXIT_TROUBLE;
}

/* Keeps within reach what was named, and where -w has its nameless files. */
static void confine_to_files(const struct options *options) {
    struct sandbox sandbox;
    char folder[PATH_MAX];

    confine_begin(&sandbox, options);
    for (size_t i = 0; i < options->file_count; i++)
        confine_to_input(&sandbox, options->files[i]);
    if (options->write != NULL) {
        run_folder_of(options->write, folder, sizeof folder);
        sandbox_allow_directory(&sandbox, folder);
    }
    confine(&sandbox, options);
}

/* Puts the captures of a directory in the place of its name. */
static int report_on_files(struct options *options) {
    struct message error;
    struct listing listing;
    const char **files = options->files;
    int status;

    confine_to_files(options);
    if (!listing_make(&listing, options->files, options->file_count, &error)) {
        complain("%s", error.text);
        return EXIT_TROUBLE;
    }
    options->files = listing.paths;
    options->file_count = listing.count;
    status = report_to_destination(options);
    options->files = files;
    listing_free(&listing);
    return status;
}

int analyze(int argc, char **argv) {
    struct options options;
    int status = EXIT_TROUBLE;
    enum options_result parsed = options_parse(&options, COMMAND_ANALYZE, argc, argv);

    if (parsed == OPTIONS_DONE)
        status = EXIT_DONE;
    if (parsed == OPTIONS_RUN)
        status = options.interface_count > 0 ? watch_interfaces(&options) : report_on_files(&options);
    options_free(&options);
    return status;
}
