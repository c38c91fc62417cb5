/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/explain.h"

#include "cli/complain.h"
#include "cli/confine.h"
#include "cli/destination.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "report/explain.h"

#include <stdlib.h>
#include <string.h>

/* Finds what all names stand for. NULL when one is unknown or memory is out; then it has complained. */
static struct explain_item *find_all(const struct options *options, size_t *count) {
    struct explain_item *items = calloc(EXPLAIN_KINDS * options->file_count + EXPLAIN_MAX, sizeof *items);

    *count = 0;
    if (items == NULL) {
        complain("out of memory");
        return NULL;
    }
    for (size_t i = 0; i < options->file_count; i++) {
        const char *name = options->files[i];
        size_t found = explain_find(name, items + *count);
        *count += found;
        if (found > 0)
            continue;
        const char *nearest = explain_nearest(name);
        char several[1024];
        if (*name != '\0' && explain_beginning(name, several, sizeof several) > 1)
            complain("nothing is called '%s'; so begin %s", name, several);
        else if (nearest != NULL)
            complain("nothing is called '%s'; did you mean %s?", name, nearest);
        else
            complain("nothing is called '%s'; finwait explain lists all names", name);
        free(items);
        return NULL;
    }
    if (options->file_count == 0)
        *count = explain_everything(items);
    return items;
}

static void write_items(const struct options *options, struct output *output, int descriptor,
                        const struct explain_item *items, size_t count) {
    bool ascii = wants_ascii(descriptor);
    bool color = wants_color((enum color_choice)options->color, descriptor);
    unsigned columns = terminal_columns(descriptor);

    if (options->report.format == REPORT_JSON)
        explain_json(output, items, count);
    else if (options->file_count == 0)
        explain_list_text(output, ascii, color, columns);
    else
        explain_text(output, ascii, color, columns, items, count);
}

static int write_to_destination(const struct options *options, const struct explain_item *items, size_t count) {
    int descriptor = destination_open(options->output, NULL, 0);

    if (descriptor < 0)
        return EXIT_TROUBLE;
    struct output *output = output_to_descriptor(descriptor);
    bool written = false;
    if (output != NULL) {
        write_items(options, output, descriptor, items, count);
        written = output_flush(output);
        if (!written)
            destination_complain(options->output, output_error(output));
    } else {
        complain("out of memory");
    }
    output_free(output);
    bool closed = destination_close(options->output, descriptor, written);
    return written && closed ? EXIT_DONE : EXIT_TROUBLE;
}

static int run(const struct options *options) {
    struct sandbox sandbox;
    size_t count;

    confine_begin(&sandbox, options);
    confine(&sandbox, options);
    if (options->report.format != REPORT_TEXT && options->report.format != REPORT_JSON) {
        complain("explain writes text or json, not %s", report_format_name(options->report.format));
        return EXIT_TROUBLE;
    }
    struct explain_item *items = find_all(options, &count);
    if (items == NULL)
        return EXIT_TROUBLE;
    int status = write_to_destination(options, items, count);
    free(items);
    return status;
}

int explain(int argc, char **argv) {
    struct options options;
    int status = EXIT_TROUBLE;
    enum options_result parsed = options_parse(&options, COMMAND_EXPLAIN, argc, argv);

    if (parsed == OPTIONS_DONE)
        status = EXIT_DONE;
    if (parsed == OPTIONS_RUN)
        status = run(&options);
    options_free(&options);
    return status;
}
