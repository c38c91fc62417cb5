/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/operands.h"

#include "base/nearest.h"
#include "cli/complain.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The words with blanks between them, owned by the caller; NULL: memory was out. */
static char *join(const char *const *words, size_t count) {
    size_t size = 1;

    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    char *joined = calloc(1, size);
    char *end = joined;
    for (size_t i = 0; i < count && joined != NULL; i++) {
        if (i > 0)
            *end++ = ' ';
        end = stpcpy(end, words[i]);
    }
    return joined;
}

bool filter_from_words(struct options *options, const char *const *words, size_t count) {
    if (count == 0)
        return true;
    if (options->filter != NULL) {
        complain("there are two filters; join them in one expression with 'and'");
        return false;
    }
    options->filter = join(words, count);
    if (options->filter == NULL) {
        complain("out of memory");
        return false;
    }
    return true;
}

/* --- files --- */

static bool is_standard_input(const char *word) {
    return strcmp(word, "-") == 0;
}

static bool is_there(const char *word) {
    return is_standard_input(word) || access(word, F_OK) == 0;
}

/* Operands at the end that are no files and together a filter were meant as one, as other programs take it: that is
 * said beside what becomes of them as files. */
static void hint_at_filter(const struct operands *operands) {
    size_t first = operands->word_count;
    struct message unused;

    while (first > 0 && !is_there(operands->words[first - 1]))
        first--;
    if (first == 0 || first == operands->word_count || operands->tail_count > 0)
        return;
    char *filter = join(operands->words + first, operands->word_count - first);
    if (filter != NULL && capture_filter_is_valid(filter, &unused))
        complain("'%s' is no file but could be a filter, which stands behind --: finwait FILE -- %s", filter, filter);
    free(filter);
}

/* The first operand may have been meant for a command: that too is said beside what becomes of it as a file. */
static void hint_at_command(const struct operands *operands) {
    static const struct {
        const char *word;
        const char *meant;
    } commands[] = {
        {"check", "check"}, {"diff", "diff"}, {"explain", "explain"}, {"help", "--help"}, {"version", "--version"}};

    if (operands->word_count == 0 || is_there(operands->words[0]))
        return;
    struct nearest nearest = nearest_to(operands->words[0]);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        nearest_offer(&nearest, commands[i].word);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (nearest.word == commands[i].word)
            complain("'%s' is no file; did you mean finwait %s?", operands->words[0], commands[i].meant);
}

static void add_files(struct options *options, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        options->files[options->file_count++] = words[i];
}

static bool standard_input_is_named_once(const struct options *options) {
    size_t count = 0;

    for (size_t i = 0; i < options->file_count; i++)
        count += is_standard_input(options->files[i]);
    if (count > 1)
        complain("standard input (-) is named twice, and can be read only once");
    return count <= 1;
}

void operands_hint_at_empty_name(const struct options *options) {
    for (size_t i = 0; i < options->file_count; i++)
        if (*options->files[i] == '\0')
            complain("an operand is empty, where the name of a file should stand: has a variable no value?");
}

bool operands_settle(struct options *options, const struct operands *operands) {
    const bool analyze = options->command == COMMAND_ANALYZE;

    if (analyze && operands->are_filter) {
        /* With "--" or without, before an option or behind it: the words are one expression. */
        const size_t count = operands->word_count + operands->tail_count;
        const char **words = calloc(count + 1, sizeof *words);
        bool good = words != NULL;

        for (size_t i = 0; i < count && good; i++)
            words[i] = i < operands->word_count ? operands->words[i] : operands->tail[i - operands->word_count];
        if (!good)
            complain("out of memory");
        good = good && filter_from_words(options, words, count);
        free(words);
        return good && standard_input_is_named_once(options);
    }
    add_files(options, operands->words, operands->word_count);
    if (!analyze)
        add_files(options, operands->tail, operands->tail_count);
    if (analyze && options->file_count == 0) {
        if (operands->tail_count > 0)
            complain(
                "no FILE to read: what stands behind -- is the filter; a file whose name begins with - is ./-NAME");
        else
            complain("no FILE to read; see finwait --help");
        return false;
    }
    if (analyze) {
        hint_at_filter(operands);
        hint_at_command(operands);
    }
    return (!analyze || filter_from_words(options, operands->tail, operands->tail_count)) &&
           (options->command == COMMAND_EXPLAIN || standard_input_is_named_once(options));
}

/* --- the filter --- */

/* A word of the filter that is a file; NULL: none is. */
static const char *file_in_filter(const struct operands *operands) {
    for (size_t i = 0; i < operands->word_count && operands->are_filter; i++)
        if (access(operands->words[i], F_OK) == 0)
            return operands->words[i];
    return NULL;
}

bool operands_filter_is_right(const struct options *options, const struct operands *operands) {
    struct message error;

    if (options->filter == NULL || capture_filter_is_valid(options->filter, &error))
        return true;
    const char *file = file_in_filter(operands);
    if (file != NULL && options->interface_count > 0)
        complain("%s is a file, and with -i all operands are the filter; leave out -i to read files", file);
    else if (file != NULL)
        complain("%s is a file, and with -r all operands are the filter; give each file a -r, or leave out -r", file);
    else
        complain("%s", error.text);
    return false;
}
