/* SPDX-License-Identifier: BSD-3-Clause */
#include "golden.h"

#include "run.h"
#include "variants.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How the golden texts call what happens to a frame; CHANGE_NONE: the capture lacks it. */
static const char *const change_words[CHANGES] = {
    [CHANGE_NONE] = "without",
    [CHANGE_AGAIN] = "again",
    [CHANGE_LATE] = "late",
    [CHANGE_RESET] = "reset",
    [CHANGE_RESET_ANSWER] = "reset-answer",
    [CHANGE_FIN] = "fin",
    [CHANGE_SYN] = "syn",
    [CHANGE_SEQ_LOWER] = "seq-lower",
    [CHANGE_SEQ_HIGHER] = "seq-higher",
    [CHANGE_ACK_LOWER] = "ack-lower",
    [CHANGE_ACK_HIGHER] = "ack-higher",
    [CHANGE_LONGER] = "longer",
    [CHANGE_SHORTER] = "shorter",
    [CHANGE_WINDOW] = "window",
    [CHANGE_BARE] = "bare",
    [CHANGE_PAUSE] = "pause",
    [CHANGE_HURRY] = "hurry",
};

static const char rich_prefix[] = "rich-";
enum { WORD_SIZE = 32 };

/* --- one scenario ------------------------------------------------------------------------------------------------ */

static void print_finding_ids(FILE *out, const struct seen_connection *seen) {
    for (unsigned i = 0; i < seen->finding_count; i++) {
        const struct finding *finding = &seen->findings[i];
        if (finding->withdrawn)
            continue;
        fprintf(out, " %s", anomaly_row((enum anomaly_id)finding->id)->id);
        if (finding->count > 1)
            fprintf(out, "*%u", finding->count);
    }
}

/* In a line: the states at the end, the verdict in four words and the findings. */
static void print_outcome(FILE *out, const struct seen_connection *seen) {
    static const char *const keys[] = {"handshake",          "handshake_certainty", "teardown",
                                       "teardown_certainty", "closed_first",        "end"};
    fputs(" |", out);
    for (int who = 0; who < WHOS; who++)
        fprintf(out, " %s%c", state_name(seen->now[who].state), certainty_mark(seen->now[who].certainty));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fprintf(out, " %s", verdict_text(seen, keys[i]));
    fputs(":", out);
    print_finding_ids(out, seen);
}

/* FNV-1a */
static uint32_t digest(uint32_t sum, const char *text) {
    for (; *text != '\0'; text++)
        sum = (sum ^ (unsigned char)*text) * 16777619u;
    return sum;
}

/* Adds to the digest everything that is told and that the model told the rules, and prints the outcomes; only "=" where
 * nothing differs from plain. */
static void print_outcomes(FILE *out, const struct run *run, const char *plain, uint32_t *sum) {
    char *text = run_text(run, DETAIL_ALL);
    *sum = text == NULL ? 0 : (digest(*sum, text) ^ run->observed) * 16777619u;
    if (out == NULL) {
        free(text);
        return;
    }
    if (text != NULL && strcmp(text, plain) == 0)
        fputs(" =", out);
    else
        for (unsigned i = 0; i < run->count; i++)
            if (!run->connections[i].dropped)
                print_outcome(out, &run->connections[i]);
    fputc('\n', out);
    free(text);
}

/* A word that begins with "rich-" means the same change where the segments have all options. */
static struct layout layout_with(const char *word, uint64_t frame) {
    struct layout layout = plain_layout;
    layout.rich = strncmp(word, rich_prefix, sizeof rich_prefix - 1) == 0;
    word += layout.rich ? sizeof rich_prefix - 1 : 0;
    for (int change = CHANGE_NONE + 1; change < CHANGES; change++) {
        if (strcmp(change_words[change], word) == 0) {
            layout.change = (enum change)change;
            layout.changed = frame;
        }
    }
    if (strcmp(change_words[CHANGE_NONE], word) == 0)
        layout.left_out = frame;
    return layout;
}

static void print_changed(FILE *out, const struct script *script, const char *plain, const char *word, uint64_t frame,
                          uint32_t *sum) {
    struct layout layout = layout_with(word, frame);
    struct trace *trace = trace_new(script, &layout);
    struct run *run = trace == NULL ? NULL : run_direct(trace);
    if (out != NULL)
        fprintf(out, "%s %" PRIu64 "%s", word, frame, run == NULL ? " could not be run\n" : "");
    if (run != NULL)
        print_outcomes(out, run, plain, sum);
    if (run != NULL)
        run_free(run);
    if (trace != NULL)
        trace_free(trace);
}

static const char *rich_word(int change, char word[WORD_SIZE]) {
    snprintf(word, WORD_SIZE, "%s%s", rich_prefix, change_words[change]);
    return word;
}

static uint32_t print_told(FILE *out, const struct script *script) {
    char word[WORD_SIZE];
    uint32_t sum = 2166136261u;
    struct trace *trace = trace_new(script, &plain_layout);
    struct run *run = trace == NULL ? NULL : run_direct(trace);
    char *text = run == NULL ? NULL : run_text(run, DETAIL_ALL);
    fprintf(out, "%s\n%s", script->title, text == NULL ? "could not be run\n" : text);
    sum ^= run == NULL ? 0 : run->observed;
    uint64_t frames = trace == NULL || text == NULL ? 0 : trace->frames;
    for (int change = CHANGE_NONE; frames > 1 && change < CHANGES; change++)
        for (uint64_t frame = 1; frame <= frames; frame++)
            print_changed(change < CHANGE_SEQ_LOWER ? out : NULL, script, text, change_words[change], frame, &sum);
    for (int change = CHANGE_NONE; frames > 1 && change < CHANGES; change++)
        for (uint64_t frame = 1; frame <= frames; frame++)
            print_changed(NULL, script, text, rich_word(change, word), frame, &sum);
    free(text);
    if (run != NULL)
        run_free(run);
    if (trace != NULL)
        trace_free(trace);
    return sum;
}

void golden_list(FILE *out, const struct script *script) {
    struct trace *trace = trace_new(script, &plain_layout);
    uint64_t frames = trace == NULL ? 0 : trace->frames;
    char rich[WORD_SIZE];
    for (int i = 0; i < 2 * CHANGES; i++) {
        const char *word = i < CHANGES ? change_words[i] : rich_word(i - CHANGES, rich);
        for (uint64_t frame = 1; frame <= frames; frame++) {
            uint32_t sum = 0;
            print_changed(NULL, script, "", word, frame, &sum);
            fprintf(out, "%s %s %" PRIu64 " %08" PRIx32 "\n", script->name, word, frame, sum);
        }
    }
    if (trace != NULL)
        trace_free(trace);
}

bool golden_show(FILE *out, const struct script *script, const char *word, uint64_t frame) {
    struct layout layout = layout_with(word, frame);
    struct trace *trace = trace_new(script, &layout);
    struct run *run = trace == NULL ? NULL : run_direct(trace);
    char *text = run == NULL ? NULL : run_text(run, DETAIL_ALL);
    bool good = text != NULL && (layout.changed != 0 || layout.left_out != 0);
    fputs(good ? text : "no such change\n", out);
    free(text);
    if (run != NULL)
        run_free(run);
    if (trace != NULL)
        trace_free(trace);
    return good;
}

/* --- the files --------------------------------------------------------------------------------------------------- */

enum { PATH_SIZE = 1200 };

static char *told(const struct script *script, uint32_t *sum) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    *sum = print_told(out, script);
    fclose(out);
    return text;
}

/* The whole file, owned by the caller; NULL where there is none. */
static char *contents(const char *path) {
    char *text = NULL;
    size_t size = 0;
    FILE *in = fopen(path, "r");
    ssize_t got = in == NULL ? -1 : getdelim(&text, &size, '\0', in);
    if (in != NULL)
        fclose(in);
    if (got >= 0)
        return text;
    free(text);
    return NULL;
}

static void path_of(char *path, const struct script *script, const char *folder) {
    snprintf(path, PATH_SIZE, "%s/told/%s.txt", folder, script->name);
}

bool golden_open(struct golden *golden, const char *folder, bool update) {
    char path[PATH_SIZE];
    *golden = (struct golden){.folder = folder, .update = update};
    snprintf(path, sizeof path, "%s/digests", folder);
    golden->digests = contents(path);
    golden->new_digests = update ? fopen(path, "w") : NULL;
    if (update && golden->new_digests == NULL)
        perror(path);
    return !update || golden->new_digests != NULL;
}

bool golden_close(struct golden *golden) {
    bool good = golden->new_digests == NULL || fclose(golden->new_digests) == 0;
    free(golden->digests);
    *golden = (struct golden){0};
    return good;
}

static bool has_digest(const struct golden *golden, const char *line) {
    const char *at = golden->digests == NULL ? NULL : strstr(golden->digests, line);
    return at != NULL && (at == golden->digests || at[-1] == '\n');
}

static bool compare(FILE *out, const char *path, const char *text) {
    char *expected = contents(path);
    bool good = expected != NULL && strcmp(expected, text) == 0;
    if (expected == NULL)
        fprintf(out, "    %s is not there; tests/scenario --update writes it\n", path);
    else if (!good)
        print_difference(out, expected, text);
    free(expected);
    return good;
}

static bool replace(FILE *out, const char *path, const char *text) {
    char *old = contents(path);
    bool same = old != NULL && strcmp(old, text) == 0;
    free(old);
    if (same)
        return true;
    FILE *file = fopen(path, "w");
    bool good = file != NULL && fputs(text, file) != EOF;
    good = file != NULL && fclose(file) == 0 && good;
    if (good)
        fprintf(out, "wrote %s\n", path);
    else
        perror(path);
    return good;
}

bool golden_test(FILE *out, struct golden *golden, const struct script *script) {
    char path[PATH_SIZE];
    char line[128];
    uint32_t sum;
    char *text = told(script, &sum);
    if (text == NULL)
        return false;
    path_of(path, script, golden->folder);
    snprintf(line, sizeof line, "%s %08" PRIx32 "\n", script->name, sum);
    bool good =
        golden->update ? replace(out, path, text) && fputs(line, golden->new_digests) != EOF : compare(out, path, text);
    if (good && !golden->update && !has_digest(golden, line)) {
        fputs("    a number or message differs where one of its frames changes (tests/scenario --change)\n", out);
        good = false;
    }
    free(text);
    return good;
}
