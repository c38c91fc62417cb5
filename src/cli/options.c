/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/options.h"

#include "cli/complain.h"
#include "cli/help.h"
#include "cli/value.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_FIRST = 256, TABLE_MAX = 64 }; /* getopt's code for row i is CODE_FIRST + i; letters stand for themselves */

/* What is collected before it is known what the operands are. */
struct operands {
    const char **words; /* before "--", or anywhere after -r */
    size_t count;
    bool read; /* -r was given: all operands are the filter */
};

static bool out_of_memory(void) {
    complain("out of memory");
    return false;
}

/* Joins words by blanks into *text, which it then owns. Nothing to join leaves *text as it is. */
static bool join(char **text, const char *const *words, size_t count) {
    size_t size = 1;

    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    char *joined = malloc(size);
    if (joined == NULL)
        return out_of_memory();
    char *end = joined;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *end++ = ' ';
        end = stpcpy(end, words[i]);
    }
    *text = joined;
    return true;
}

static bool set_filter(struct options *options, const char *const *words, size_t count) {
    if (count > 0 && options->filter != NULL) {
        complain("there are two filters; join them in one expression with 'and'");
        return false;
    }
    return join(&options->filter, words, count);
}

static bool bad_value(const struct option_row *row, const char *text, const char *wanted) {
    complain("--%s: '%s' is not %s", row->name, text, wanted);
    return false;
}

static bool set_choice(const struct option_row *row, const char *text, int *member) {
    char wanted[128] = "one of";

    for (int i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(text, row->choices[i]) == 0) {
            *member = i;
            return true;
        }
        strncat(wanted, i > 0 ? ", " : " ", sizeof wanted - strlen(wanted) - 1);
        strncat(wanted, row->choices[i], sizeof wanted - strlen(wanted) - 1);
    }
    return bad_value(row, text, wanted);
}

static bool set_format(const struct option_row *row, const char *text, enum report_format *member) {
    return report_format_from_name(text, member) || bad_value(row, text, "text or json");
}

static bool set_profile(const struct option_row *row, const char *text, enum profile *member) {
    if (!profile_from_name(text, member) || (*member != PROFILE_LINUX && *member != PROFILE_RFC))
        return bad_value(row, text, "linux or rfc");
    return true;
}

static bool set_count(const struct option_row *row, const char *text, uint64_t *member) {
    if (!value_count(text, member))
        return bad_value(row, text, "a number");
    if (*member < (uint64_t)row->value)
        return bad_value(row, text, "a number from 1 up");
    return true;
}

static bool set_once(const struct option_row *row, const char *text, uint64_t *member) {
    if (*member != 0) {
        complain("--%s is given twice; a run prints one", row->name);
        return false;
    }
    return set_count(row, text, member);
}

static bool set_seconds(const struct option_row *row, const char *text, int64_t *member) {
    if (!value_seconds(text, member))
        return bad_value(row, text, "a number of seconds, such as 30 or 0.5");
    if (*member == 0 && row->value > 0)
        return bad_value(row, text, "above 0");
    return true;
}

/* Applies one option of the kinds that set a member or end the run. */
static enum options_result apply(struct options *options, const struct option_row *row, const char *argument) {
    void *member = (char *)options + row->offset;
    bool good = true;

    switch ((enum option_kind)row->kind) {
    case OPTION_LADDER:
        *(enum report_ladder *)member = (enum report_ladder)row->value;
        break;
    case OPTION_SWITCH:
        *(bool *)member = true;
        break;
    case OPTION_TEXT:
        *(const char **)member = argument;
        break;
    case OPTION_CHOICE:
        good = set_choice(row, argument, member);
        break;
    case OPTION_FORMAT:
        good = set_format(row, argument, member);
        break;
    case OPTION_PROFILE:
        good = set_profile(row, argument, member);
        break;
    case OPTION_LIMIT:
        options->report.limited = true;
        good = set_count(row, argument, member);
        break;
    case OPTION_ONLY:
        good = set_once(row, argument, member);
        break;
    case OPTION_SECONDS:
        good = set_seconds(row, argument, member);
        break;
    case OPTION_READ:
        options->files[options->file_count++] = argument;
        break;
    case OPTION_FILTER:
        good = set_filter(options, &argument, 1);
        break;
    case OPTION_HELP:
        if (argument != NULL && strcmp(argument, "all") != 0)
            good = bad_value(row, argument, "all");
        else
            return help_print(argument != NULL) ? OPTIONS_DONE : OPTIONS_FAILED;
        break;
    case OPTION_VERSION:
        return help_print_version() ? OPTIONS_DONE : OPTIONS_FAILED;
    case OPTION_IGNORED:
        break;
    }
    return good ? OPTIONS_RUN : OPTIONS_FAILED;
}

/* Says what is wrong with an option that getopt refused; argument is the word it stood in. */
static void complain_of_option(int code, const char *argument) {
    if (argument[0] != '-' || argument[1] != '-') {
        complain(code == ':' ? "-%c needs an argument; see finwait --help" : "unknown option -%c; see finwait --help",
                 optopt);
        return;
    }
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    if (code == ':') {
        complain("--%.*s needs an argument; see finwait --help", (int)length, name);
        return;
    }
    if (optopt >= CODE_FIRST) {
        complain("--%s takes no argument", option_table[optopt - CODE_FIRST].name);
        return;
    }
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    const char *nearest = help_nearest_option(word);
    if (nearest != NULL)
        complain("unknown option --%s; did you mean --%s?", word, nearest);
    else
        complain("unknown option --%s; see finwait --help=all", word);
}

static void make_getopt_tables(struct option longs[TABLE_MAX], char shorts[2 * TABLE_MAX]) {
    size_t count = 0;
    char *end = shorts;

    *end++ = '-'; /* operands in their order, so that what stands after "--" can be told apart */
    *end++ = ':'; /* tell a missing argument from an unknown option */
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        bool optional = row->argument != NULL && row->argument[0] == '[';
        if (row->name != NULL)
            longs[count++] = (struct option){row->name,
                                             row->argument == NULL ? no_argument
                                             : optional            ? optional_argument
                                                                   : required_argument,
                                             NULL, CODE_FIRST + (int)i};
        if (row->letter != 0) {
            *end++ = row->letter;
            if (row->argument != NULL && !optional)
                *end++ = ':';
        }
    }
    longs[count] = (struct option){0};
    *end = '\0';
}

static const struct option_row *row_of_code(int code) {
    if (code >= CODE_FIRST)
        return &option_table[code - CODE_FIRST];
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].letter == code)
            return &option_table[i];
    return NULL;
}

/* Reads all options; operands and what stands after "--" are left to settle_operands. */
static enum options_result read_arguments(struct options *options, struct operands *operands, int argc, char **argv) {
    struct option longs[TABLE_MAX];
    char shorts[2 * TABLE_MAX];
    int code;

    make_getopt_tables(longs, shorts);
    opterr = 0;
    optind = 0; /* glibc's way to begin anew */
    for (;;) {
        const char *word = optind > 0 && optind < argc ? argv[optind] : argc > 1 ? argv[1] : "";
        code = getopt_long(argc, argv, shorts, longs, NULL);
        if (code == -1)
            return OPTIONS_RUN;
        if (code == 1) {
            operands->words[operands->count++] = optarg;
            continue;
        }
        const struct option_row *row = code == '?' || code == ':' ? NULL : row_of_code(code);
        if (row == NULL) {
            complain_of_option(code, word);
            return OPTIONS_FAILED;
        }
        operands->read = operands->read || row->kind == OPTION_READ;
        enum options_result result = apply(options, row, optarg);
        if (result != OPTIONS_RUN)
            return result;
    }
}

/* Decides which operands are files and which the filter. tail: what stood after "--". */
static bool settle_operands(struct options *options, const struct operands *operands, char **tail, int tail_count) {
    if (operands->read) {
        for (int i = 0; i < tail_count; i++)
            operands->words[operands->count + (size_t)i] = tail[i];
        return set_filter(options, operands->words, operands->count + (size_t)tail_count);
    }
    for (size_t i = 0; i < operands->count; i++)
        options->files[options->file_count++] = operands->words[i];
    if (options->file_count == 0) {
        complain("no FILE to read; see finwait --help");
        return false;
    }
    return set_filter(options, (const char *const *)tail, (size_t)tail_count);
}

/* A filter that is wrong for every capture is found before any of them, and the output, is touched. */
static bool filter_is_right(const struct options *options) {
    struct message error;

    if (options->filter == NULL || capture_filter_is_valid(options->filter, &error))
        return true;
    complain("%s", error.text);
    return false;
}

static void set_defaults(struct options *options) {
    memset(options, 0, sizeof *options);
    report_settings_default(&options->report);
    options->report.version = PACKAGE_VERSION;
}

/* The thresholds that the model and the rules share have one option, which sets the model's. */
static void share_thresholds(struct report_settings *settings) {
    settings->rules.syn_timeout = settings->model.syn_timeout;
    settings->rules.duplicate_window = settings->model.duplicate_window;
    settings->rules.reorder_window = settings->model.reorder_window;
    settings->rules.two_msl = 2 * settings->model.msl;
}

enum options_result options_parse(struct options *options, int argc, char **argv) {
    struct operands operands = {0};

    set_defaults(options);
    options->files = calloc((size_t)argc + 1, sizeof *options->files);
    operands.words = calloc((size_t)argc + 1, sizeof *operands.words);
    if (options->files == NULL || operands.words == NULL) {
        free(operands.words);
        out_of_memory();
        return OPTIONS_FAILED;
    }
    enum options_result result = read_arguments(options, &operands, argc, argv);
    if (result == OPTIONS_RUN && !settle_operands(options, &operands, argv + optind, argc - optind))
        result = OPTIONS_FAILED;
    if (result == OPTIONS_RUN && !filter_is_right(options))
        result = OPTIONS_FAILED;
    share_thresholds(&options->report);
    free(operands.words);
    return result;
}

void options_free(struct options *options) {
    free(options->files);
    free(options->filter);
    options->files = NULL;
    options->filter = NULL;
}
