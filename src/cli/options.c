/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/options.h"

#include "cli/complain.h"
#include "cli/configuration.h"
#include "cli/habits.h"
#include "cli/operands.h"
#include "cli/option_table.h"
#include "cli/setters.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_OUTPUT_WAIT INT64_C(30000000000) /* ns */
enum { DEFAULT_BUFFER = 8192 };                  /* KiB */
enum { DEFAULT_TOLERANCE = 20 };                 /* percent */
enum { CODE_FIRST = 256, TABLE_MAX = 128 };      /* getopt's code for row i is CODE_FIRST + i; letters are themselves */

/* An option as it was given. */
struct given {
    const struct option_row *row;
    const char *argument; /* NULL: none */
    bool by_letter;
};

/* The arguments, collected before any of them is applied: the configuration comes first, and one of them names it. */
struct arguments {
    struct given *given; /* owned */
    size_t given_count;
    const char **words; /* owned: operands before "--" */
    size_t word_count;
    char **tail; /* what stood after "--" */
    size_t tail_count;
};

/* How to ask for the command's help. */
static const char *help_of(enum command command) {
    switch (command) {
    case COMMAND_EXPLAIN:
        return "finwait explain --help";
    case COMMAND_CHECK:
        return "finwait check --help";
    case COMMAND_DIFF:
        return "finwait diff --help";
    case COMMAND_ANALYZE:
        break;
    }
    return "finwait --help";
}

/* "--all, --at, --append": the options that a word is short for; returns how many there are. */
static size_t options_that_begin(enum command command, const char *beginning, char *list, size_t size) {
    size_t count = 0, length = 0;

    list[0] = '\0';
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->name == NULL || (row->commands & command) == 0 ||
            strncmp(row->name, beginning, strlen(beginning)) != 0)
            continue;
        if (length < size)
            length += (size_t)snprintf(list + length, size - length, "%s--%s", count > 0 ? ", " : "", row->name);
        count++;
    }
    return count;
}

static void complain_of_letter(enum command command, int code) {
    const char *instead = command == COMMAND_ANALYZE ? habit_letter(optopt) : NULL;

    if (code != ':' && instead != NULL)
        complain("there is no option -%c: %s", optopt, instead);
    else
        complain(code == ':' ? "-%c needs an argument; see %s" : "unknown option -%c; see %s", optopt,
                 help_of(command));
}

/* Says what is wrong with an option that getopt refused; word is the argument it stood in. */
static void complain_of_option(enum command command, int code, const char *word) {
    if (word[0] != '-' || word[1] != '-') {
        complain_of_letter(command, code);
        return;
    }
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    if (code == ':') {
        complain("--%.*s needs an argument; see %s", (int)length, name, help_of(command));
        return;
    }
    if (optopt >= CODE_FIRST) {
        complain("--%s takes no argument", option_table[optopt - CODE_FIRST].name);
        return;
    }
    char mistyped[64], several[512];
    snprintf(mistyped, sizeof mistyped, "%.*s", (int)length, name);
    const char *nearest = option_nearest(mistyped, command);
    const char *instead = command == COMMAND_ANALYZE ? habit_name(mistyped) : NULL;
    if (instead != NULL)
        complain("there is no option --%s: %s", mistyped, instead);
    else if (options_that_begin(command, mistyped, several, sizeof several) > 1)
        complain("--%s is short for several options: %s", mistyped, several);
    else if (nearest != NULL)
        complain("unknown option --%s; did you mean --%s?", mistyped, nearest);
    else
        complain("unknown option --%s; see %s=all", mistyped, help_of(command));
}

static int argument_of(const struct option_row *row) {
    if (row->argument == NULL)
        return no_argument;
    return row->argument[0] == '[' ? optional_argument : required_argument;
}

static void make_getopt_tables(enum command command, struct option longs[TABLE_MAX], char shorts[2 * TABLE_MAX]) {
    size_t count = 0;
    char *end = shorts;

    *end++ = '-'; /* operands in their order, so that what stands after "--" can be told apart */
    *end++ = ':'; /* tell a missing argument from an unknown option */
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if ((row->commands & command) == 0)
            continue;
        if (row->name != NULL)
            longs[count++] = (struct option){row->name, argument_of(row), NULL, CODE_FIRST + (int)i};
        if (row->letter != 0) {
            *end++ = row->letter;
            if (argument_of(row) == required_argument)
                *end++ = ':';
        }
    }
    longs[count] = (struct option){0};
    *end = '\0';
}

static const struct option_row *row_of_code(enum command command, int code) {
    if (code >= CODE_FIRST)
        return &option_table[code - CODE_FIRST];
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].letter == code && (option_table[i].commands & command) != 0)
            return &option_table[i];
    return NULL;
}

static bool collect(struct arguments *arguments, enum command command, int argc, char **argv) {
    struct option longs[TABLE_MAX];
    char shorts[2 * TABLE_MAX];

    make_getopt_tables(command, longs, shorts);
    opterr = 0;
    optind = 0; /* glibc's way to begin anew */
    for (;;) {
        const char *word = optind > 0 && optind < argc ? argv[optind] : argc > 1 ? argv[1] : "";
        int code = getopt_long(argc, argv, shorts, longs, NULL);
        if (code == -1)
            break;
        if (code == 1) {
            arguments->words[arguments->word_count++] = optarg;
            continue;
        }
        const struct option_row *row = code == '?' || code == ':' ? NULL : row_of_code(command, code);
        if (row == NULL) {
            complain_of_option(command, code, word);
            return false;
        }
        arguments->given[arguments->given_count++] = (struct given){row, optarg, code < CODE_FIRST};
    }
    arguments->tail = argv + optind;
    arguments->tail_count = (size_t)(argc - optind);
    return true;
}

/* As it was typed. */
static void name_of(const struct given *given, char *name, size_t size) {
    if (given->by_letter)
        snprintf(name, size, "-%c", given->row->letter);
    else
        snprintf(name, size, "--%s", given->row->name);
}

static bool apply(struct options *options, const struct given *given) {
    char where[64];
    const struct setting setting = {options, given->row, given->argument, where};

    name_of(given, where, sizeof where);
    return given->row->set(&setting);
}

/* Options that end the run need nothing else to be right. */
static enum options_result apply_endings(struct options *options, const struct arguments *arguments) {
    for (size_t i = 0; i < arguments->given_count; i++)
        if ((arguments->given[i].row->flags & FLAG_ENDS) != 0)
            return apply(options, &arguments->given[i]) ? OPTIONS_DONE : OPTIONS_FAILED;
    return OPTIONS_RUN;
}

/* The configuration comes before the arguments, which have the last word. */
static bool apply_all(struct options *options, const struct arguments *arguments) {
    static const char config[] = "config";

    for (size_t i = 0; i < arguments->given_count; i++)
        if (arguments->given[i].row->name != NULL && strcmp(arguments->given[i].row->name, config) == 0 &&
            !apply(options, &arguments->given[i]))
            return false;
    if (!configuration_read(options))
        return false;
    for (size_t i = 0; i < arguments->given_count; i++)
        if (!apply(options, &arguments->given[i]))
            return false;
    return true;
}

static bool operands_are_filter(const struct arguments *arguments) {
    for (size_t i = 0; i < arguments->given_count; i++)
        if ((arguments->given[i].row->flags & FLAG_OPERANDS_ARE_FILTER) != 0)
            return true;
    return false;
}

/* What the profile decides and no option has decided otherwise, in whatever order they were given. */
static void follow_profile(struct report_settings *settings) {
    const struct tcp_stack *stack = profile_stack(settings->model.profile);

    if (settings->model.msl == 0)
        settings->model.msl = stack->msl;
    if (settings->rules.fin_wait_2_timeout == 0)
        settings->rules.fin_wait_2_timeout = stack->fin_wait_2_timeout;
}

/* The thresholds that the model and the rules share have one option, which sets the model's. */
static void share_thresholds(struct report_settings *settings) {
    settings->rules.syn_timeout = settings->model.syn_timeout;
    settings->rules.duplicate_window = settings->model.duplicate_window;
    settings->rules.reorder_window = settings->model.reorder_window;
    settings->rules.two_msl = 2 * settings->model.msl;
}

/* What goes with --census goes with nothing else, and a drawing has no place for what it counts. */
static bool census_is_right(const struct options *options) {
    const struct census_settings *census = &options->report.census;
    const enum report_format format = options->report.format;
    const char *alone = census->at_given ? "--at" : census->by != CENSUS_ALL ? "--census-by" : NULL;

    if (!census->wanted && alone != NULL) {
        complain("%s goes with --census", alone);
        return false;
    }
    if (census->at_given && census->interval != 0) {
        complain("--census=SECONDS counts at many moments, --at at one: give only one of them");
        return false;
    }
    if (census->wanted && (format == REPORT_SVG || format == REPORT_DOT || format == REPORT_MERMAID)) {
        complain("--census does not go with --format svg, dot and mermaid, which draw connections");
        return false;
    }
    return true;
}

/* What a format needs to be told, and what it shows without being asked. */
static bool format_is_right(struct report_settings *settings) {
    if (settings->format == REPORT_SVG && settings->connection == 0) {
        complain("--format svg draws one connection: say which with --connection ID");
        return false;
    }
    settings->model.keep_segments =
        settings->model.keep_segments || settings->format == REPORT_SVG || settings->format == REPORT_HTML;
    bool no_ladder = settings->format == REPORT_TEXT && (settings->summary_only || settings->ladder == LADDER_NONE);
    bool no_rows = settings->format == REPORT_JSON || settings->format == REPORT_NDJSON || no_ladder;
    settings->model.no_log = !settings->model.keep_segments && no_rows;
    return true;
}

/* Of what goes with interfaces alone, most does no harm where files are read, and is said. Who gives -Z for them
 * relies on it. */
static bool live_options_are_heeded(const struct options *options, const struct arguments *arguments) {
    char idle[256] = "", name[64];

    for (size_t i = 0; i < arguments->given_count && options->interface_count == 0; i++) {
        const struct given *given = &arguments->given[i];

        if (given->row->group != GROUP_LIVE)
            continue;
        name_of(given, name, sizeof name);
        if (given->row->letter == 'Z') {
            complain("%s goes with -i; files are read with another user's rights where that user runs finwait", name);
            return false;
        }
        size_t length = strlen(idle);
        snprintf(idle + length, sizeof idle - length, "%s%s", length > 0 ? ", " : "", name);
    }
    if (*idle != '\0')
        complain("%s: of no effect on files, only with -i", idle);
    return true;
}

/* What goes with interfaces alone, and what does not go with them. */
static bool live_is_right(const struct options *options, const struct arguments *arguments) {
    const char *alone = options->duration != 0 ? "--duration" : options->append ? "--append" : NULL;
    const char *other = options->merge ? "--merge" : options->end.given ? "--end-time" : NULL;

    if (options->interface_count == 0 && alone != NULL) {
        complain("%s goes with -i", alone);
        return false;
    }
    if (options->interface_count > 0 && options->file_count > 0) {
        complain("-i watches an interface, and %s is a file: give only one of them", options->files[0]);
        return false;
    }
    if (options->interface_count > 0 && other != NULL) {
        complain("%s does not go with -i", other);
        return false;
    }
    return live_options_are_heeded(options, arguments);
}

static bool events_are_right(const struct options *options) {
    if (!options->events || options->report.format == REPORT_TEXT || options->report.format == REPORT_NDJSON)
        return true;
    complain("--events goes with --format ndjson, or with text");
    return false;
}

static enum options_result parse(struct options *options, struct arguments *arguments, int argc, char **argv) {
    if (!collect(arguments, options->command, argc, argv))
        return OPTIONS_FAILED;
    enum options_result ending = apply_endings(options, arguments);
    if (ending != OPTIONS_RUN)
        return ending;
    const struct operands operands = {
        .words = arguments->words,
        .word_count = arguments->word_count,
        .tail = (const char *const *)arguments->tail,
        .tail_count = arguments->tail_count,
        .are_filter = operands_are_filter(arguments),
    };
    if (!apply_all(options, arguments) || !operands_settle(options, &operands) ||
        !operands_filter_is_right(options, &operands) || !census_is_right(options) ||
        !live_is_right(options, arguments) || !events_are_right(options) || !format_is_right(&options->report))
        return OPTIONS_FAILED;
    options->report.lines = options->events || options->interface_count > 0;
    options->report.lines_notable = !options->events && !options->report.all;
    follow_profile(&options->report);
    share_thresholds(&options->report);
    return OPTIONS_RUN;
}

enum options_result options_parse(struct options *options, enum command command, int argc, char **argv) {
    enum options_result result = options_parse_in_tree(options, command, NULL, argc, argv);

    if (result == OPTIONS_RUN && command != COMMAND_EXPLAIN)
        operands_hint_at_empty_name(options); /* here: each tree of a check reads the same operands again */
    return result;
}

enum options_result options_parse_in_tree(struct options *options, enum command command, const char *tree, int argc,
                                          char **argv) {
    enum options_result result = OPTIONS_FAILED;
    size_t most = (size_t)argc * 2 + 1; /* letters can share a word, and none takes less than one octet of it */
    struct arguments arguments = {0};

    for (int i = 1; i < argc; i++)
        most += strlen(argv[i]);
    memset(options, 0, sizeof *options);
    options->command = command;
    options->tree = tree;
    options->spool_limit = (uint64_t)1 << 30;
    report_settings_default(&options->report);
    options->tolerance = DEFAULT_TOLERANCE;
    options->report.version = PACKAGE_VERSION;
    options->report.model.msl = 0; /* by the profile, unless given; 0 is no value that an option takes */
    options->report.rules.fin_wait_2_timeout = 0;
    options->files = calloc(most, sizeof *options->files);
    options->interfaces = calloc(most, sizeof *options->interfaces);
    options->snaplen = LIVE_SNAPLEN;
    options->buffer = DEFAULT_BUFFER;
    options->output_wait = DEFAULT_OUTPUT_WAIT;
    arguments.words = calloc(most, sizeof *arguments.words);
    arguments.given = calloc(most, sizeof *arguments.given);
    if (options->files != NULL && options->interfaces != NULL && arguments.words != NULL && arguments.given != NULL)
        result = parse(options, &arguments, argc, argv);
    else
        complain("out of memory");
    free(arguments.words);
    free(arguments.given);
    return result;
}

void options_free(struct options *options) {
    free(options->files);
    for (size_t i = 0; i < options->interface_count; i++)
        free(options->interfaces[i]);
    free(options->interfaces);
    options->interfaces = NULL;
    options->interface_count = 0;
    free(options->filter);
    json_decref(options->policy);
    options->policy = NULL;
    options->files = NULL;
    options->filter = NULL;
}
