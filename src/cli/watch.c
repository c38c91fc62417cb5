/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/watch.h"

#include "capture/live.h"
#include "cli/complain.h"
#include "cli/confine.h"
#include "cli/destination.h"
#include "cli/interrupt.h"
#include "cli/privileges.h"
#include "cli/progress.h"
#include "cli/running.h"
#include "cli/terminal.h"
#include "engine/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LARGEST_SNAPLEN = 262144,
    STATUS_MS = 1000,
    STATES_ROOM = 320, /* octets: every state, with long numbers */
    LINE_ROOM = 640,
    REASON_ROOM = 160
};

static const char application[] = PACKAGE_NAME " " PACKAGE_VERSION;

/* What is open while it goes on. */
struct watch {
    const struct options *options;
    struct live *live;
    struct output *output;
    int descriptor; /* of the report */
    int saved;      /* of the frames; -1: none are saved */
    FILE *file;     /* likewise, where every frame is */
    struct writer *writer;
    struct evidence *evidence;
    const char *interfaces; /* as the capture is called */

    int64_t shown; /* ns running, when the status was shown last */
    uint64_t shown_frames;
};

static void complain_sentence(void *context, const char *sentence) {
    (void)context;
    complain("%s", sentence);
}

/* --- what is told besides the report --- */

/* The states of RFC 9293 that any side of an open connection is in, and how many are. */
static void list_states(const uint64_t *sides, char *text, size_t size) {
    size_t used = 0;

    *text = '\0';
    for (int state = 0; state < TCP_STATES && used < size; state++)
        if (sides[state] != 0)
            used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64 " %s", used > 0 ? ", " : "", sides[state],
                                     state_name((enum tcp_state)state));
}

/* What matters first: a narrow terminal shows only the beginning. */
static void status_line(struct watch *watch, const struct live_state *state, char *line, size_t size) {
    char sides[STATES_ROOM];
    const struct engine_open *open = &state->open;
    uint64_t held = open->opening + open->open + open->closed;
    int64_t span = state->running - watch->shown;
    uint64_t rate = span <= 0 ? 0 : (uint64_t)((double)(state->frames - watch->shown_frames) * 1e9 / (double)span);
    const uint64_t *found = state->summary->severities;

    watch->shown = state->running;
    watch->shown_frames = state->frames;
    list_states(open->sides, sides, sizeof sides);
    snprintf(line, size,
             "%" PRId64 " s  %" PRIu64 " frames, %" PRIu64 "/s  dropped: %" PRIu64
             "  longest pause: %.1f ms  findings: %" PRIu64 " error, %" PRIu64 " warning, %" PRIu64
             " notice  connections: %" PRIu64 " open, %" PRIu64 " over%s%s",
             state->running / 1000000000, state->frames, rate, state->dropped, (double)state->longest_pause / 1e6,
             found[SEVERITY_ERROR], found[SEVERITY_WARNING], found[SEVERITY_NOTICE], held, state->summary->connections,
             *sides != '\0' ? "  sides: " : "", sides);
}

static bool is_file(const char *path) {
    return path != NULL && strcmp(path, "-") != 0;
}

/* A report of one document would be cut in two. */
static bool is_stream(const struct options *options) {
    return options->report.format == REPORT_TEXT || options->report.format == REPORT_NDJSON;
}

/* Whether there is a file that SIGHUP can mean; without one it says that the terminal is gone. Frames of connections
 * with findings are written at the end. */
static bool has_files(const struct options *options) {
    return is_file(options->output) || (is_file(options->write) && options->report.all);
}

static void reopen_frames(const struct watch *watch) {
    const char *path = watch->options->write;

    fflush(watch->file);
    if (!destination_reopen(path, fileno(watch->file)))
        return;
    if (dup3(fileno(watch->file), watch->saved, O_CLOEXEC) < 0 || !writer_begin_anew(watch->writer, application))
        complain("%s: %s", path, strerror(errno));
}

/* The files may have been moved away since: new ones begin where they were. */
static void reopen(const struct watch *watch) {
    const struct options *options = watch->options;

    if (is_file(options->output) && !is_stream(options)) {
        complain("%s: is one document, and is written on", options->output);
    } else if (is_file(options->output)) {
        output_flush(watch->output);
        destination_reopen(options->output, watch->descriptor);
    }
    if (watch->writer != NULL && is_file(options->write))
        reopen_frames(watch);
}

static bool tick(void *context, const struct live_state *state) {
    struct watch *watch = context;
    char line[LINE_ROOM];

    if (interrupt_reopen != 0) {
        interrupt_reopen = 0;
        reopen(watch);
    }
    if (interrupt_statistics != 0) {
        interrupt_statistics = 0;
        status_line(watch, state, line, sizeof line);
        complain("%s: %s", watch->interfaces, line);
    } else if (isatty(STDERR_FILENO) && state->running - watch->shown >= (int64_t)STATUS_MS * 1000000) {
        status_line(watch, state, line, sizeof line);
        progress_show(line);
    }
    return true;
}

/* --- opening --- */

static struct live *open_interfaces(const struct options *options) {
    const struct live_settings settings = {
        .interfaces = (const char *const *)options->interfaces,
        .count = options->interface_count,
        .filter = options->filter,
        .no_tunnels = options->report.no_tunnels,
        .snaplen = options->snaplen == 0 || options->snaplen > LARGEST_SNAPLEN ? LARGEST_SNAPLEN : options->snaplen,
        .buffer = options->buffer > INT_MAX / 1024 ? INT_MAX : options->buffer * 1024,
        .promiscuous = !options->no_promiscuous,
        .immediate = options->immediate,
    };
    struct message error;
    struct live *live = live_open(&settings, &error);

    if (live == NULL)
        complain("%s", error.text);
    return live;
}

/* Where it is no file, its flags are also those of whoever else writes there. */
static int open_destination(const struct options *options, const char *path) {
    int descriptor = options->append ? destination_open_at_end(path) : destination_open(path, NULL, 0);

    if (is_file(path) && !options->append && descriptor >= 0)
        destination_append(descriptor);
    return descriptor;
}

/* With --all every frame is written as it comes; else those of connections with findings, when that is known. */
static bool open_saving(struct watch *watch, struct evidence_settings *settings) {
    const struct options *options = watch->options;
    struct message error;

    if (options->write == NULL)
        return true;
    watch->saved = open_destination(options, options->write);
    if (watch->saved < 0)
        return false;
    if (options->report.all) {
        int copy = fcntl(watch->saved, F_DUPFD_CLOEXEC, 3);

        watch->file = copy < 0 ? NULL : fdopen(copy, "w");
        watch->writer = watch->file == NULL ? NULL : writer_new(watch->file, settings->application);
        if (watch->writer == NULL)
            complain("%s: %s", options->write, strerror(errno));
        return watch->writer != NULL;
    }
    settings->descriptor = watch->saved;
    watch->evidence = evidence_new(settings, &error);
    if (watch->evidence == NULL)
        complain("%s", error.text);
    return watch->evidence != NULL;
}

/* Where the counters of an interface are. */
static void allow_counters(struct sandbox *sandbox, const char *interface) {
    char path[PATH_MAX], *folder;

    if (strchr(interface, '/') != NULL ||
        snprintf(path, sizeof path, "/sys/class/net/%s/statistics", interface) >= (int)sizeof path)
        return;
    folder = realpath(path, NULL);
    if (folder != NULL)
        sandbox_allow_reading(sandbox, folder);
    free(folder);
}

/* Everything is open: gives up all that is not needed any more. */
static bool give_up_rights(const struct watch *watch, const char *folder) {
    const struct options *options = watch->options;
    struct sandbox sandbox;

    if (!privileges_drop(options->user))
        return false;
    confine_begin(&sandbox, options);
    sandbox.live = true;
    for (size_t i = 0; i < options->interface_count; i++)
        allow_counters(&sandbox, options->interfaces[i]);
    if (watch->evidence != NULL)
        sandbox_allow_directory(&sandbox, folder);
    confine(&sandbox, options);
    return true;
}

/* --- the run --- */

/* Says why the output ended, and what is not in it. */
static void complain_of_output(const struct watch *watch, uint64_t untold) {
    const struct options *options = watch->options;
    const struct output *output = watch->output;
    const char *path = is_file(options->output) ? options->output : "standard output";
    char reason[REASON_ROOM];

    if (output_error(output) == ETIMEDOUT)
        snprintf(reason, sizeof reason, "blocked for %g s", (double)options->output_wait / 1e9);
    else
        snprintf(reason, sizeof reason, "%s", strerror(output_error(output)));
    live_count_drops(watch->live);
    complain("%s: %s: the report ends here; lost: %zu bytes of it (line ends: %zu), %" PRIu64
             " connections that it does not tell of, and %" PRIu64 " frames that the kernel dropped",
             path, reason, output->lost, output->lost_lines, untold, live_info(watch->live)->dropped_by_kernel);
}

static int status_of(const struct watch *watch, enum run_result result, uint64_t untold) {
    switch (result) {
    case RUN_DONE:
    case RUN_STOPPED:
        return EXIT_DONE;
    case RUN_OUTPUT_FAILED:
        complain_of_output(watch, untold);
        return EXIT_TROUBLE;
    case RUN_NO_MEMORY:
        complain("out of memory: the report is cut off; --max-connections or a filter hold fewer connections");
        return EXIT_TROUBLE;
    case RUN_INCOMPLETE:
        break;
    }
    return EXIT_TROUBLE;
}

static int run(struct watch *watch, bool *written) {
    const struct options *options = watch->options;
    struct report_summary summary = {0};
    uint64_t untold = 0;
    const struct live_run live = {
        .live = watch->live,
        .count = options->frame_limit,
        .duration = options->duration,
        .writer = watch->writer,
        .writer_name = options->write,
        .file = watch->file,
        .tick = tick,
    };
    const struct run_settings settings = {
        .live = &live,
        .steps = options->events,
        .evidence = watch->evidence,
        .evidence_name = options->write,
        .report = &options->report,
        .stop = &interrupt_signal,
        .summary = &summary,
        .untold = &untold,
        .context = watch,
        .complain = complain_sentence,
    };
    enum run_result result;
    int status;

    watch->output->patience = (int)(options->output_wait / 1000000);
    watch->output->before = progress_clear;
    result = run_files(&settings, watch->output);
    progress_clear();
    status = status_of(watch, result, untold);
    *written = result != RUN_OUTPUT_FAILED;
    if (status == EXIT_DONE && run_lacks_connection(options, &summary))
        return EXIT_TROUBLE;
    return status == EXIT_DONE && run_fails(options, &summary) ? EXIT_FAILED : status;
}

/* Closes what was saved; false after a message. */
static bool close_saving(struct watch *watch) {
    bool good = true;

    writer_free(watch->writer);
    evidence_free(watch->evidence);
    bool lost = watch->file != NULL && ferror(watch->file);
    if ((watch->file != NULL && fclose(watch->file) != 0) || lost) {
        complain("%s: %s", watch->options->write,
                 lost ? "frames are missing: they could not be written" : strerror(errno));
        good = false;
    }
    return (watch->saved < 0 || destination_close(watch->options->write, watch->saved, good)) && good;
}

static int watch_to_destination(struct options *options, struct watch *watch) {
    char folder[PATH_MAX] = "";
    bool written = true;
    int status = EXIT_TROUBLE;

    if (options->write != NULL)
        run_folder_of(options->write, folder, sizeof folder);
    struct evidence_settings settings = {
        .directory = folder,
        .application = application,
        .spool_limit = options->spool_limit,
        .connection = options->report.connection,
        .paths = &watch->interfaces,
        .count = 1,
        .live = true,
    };
    watch->descriptor = open_destination(options, options->output);
    if (watch->descriptor < 0)
        return EXIT_TROUBLE;
    options->report.color = wants_color((enum color_choice)options->color, watch->descriptor);
    options->report.ascii = wants_ascii(watch->descriptor);
    run_choose_hash_key(&options->report.model);
    watch->output = output_to_descriptor(watch->descriptor);
    if (watch->output == NULL)
        complain("out of memory");
    else if (open_saving(watch, &settings) && give_up_rights(watch, folder))
        status = run(watch, &written);
    output_free(watch->output);
    bool saved = close_saving(watch);
    bool closed = destination_close(options->output, watch->descriptor, written);
    return saved && closed ? status : EXIT_TROUBLE;
}

int watch_interfaces(struct options *options) {
    struct watch watch = {.options = options, .saved = -1};
    int status = EXIT_TROUBLE;

    if (!run_places_differ(options))
        return EXIT_TROUBLE;
    if (options->append && is_file(options->output) && !is_stream(options)) {
        complain("--append goes with --format text and ndjson: other reports are one document");
        return EXIT_TROUBLE;
    }
    interrupt_install_live(has_files(options));
    watch.live = open_interfaces(options);
    if (watch.live != NULL) {
        watch.interfaces = live_info(watch.live)->path;
        status = watch_to_destination(options, &watch);
    }
    live_free(watch.live);
    return status;
}
