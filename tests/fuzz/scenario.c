/* SPDX-License-Identifier: BSD-3-Clause */
/* Scenarios, changed line by line (tests/scenarios/README.md has the notation): their segments go to the model and its
 * rules, then as a capture to a report. Numbers that only move must not matter: with all sequence
 * numbers moved by as much, and at another time, the story is the same. */
#include "fuzz.h"

#include "run.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_MAX = 80, TEXT_MAX = 1 << 14, LENGTH_MAX = 60000 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t room, unsigned seed);

/* --- running --- */

/* Where the scenario and its capture lie: beside a link to the scenario that others begin with. */
static struct {
    char folder[64];
    char scenario[96];
    char capture[96];
} place;

static void remove_place(void) {
    char base[96];

    snprintf(base, sizeof base, "%s/D00.scenario", place.folder);
    unlink(base);
    unlink(place.scenario);
    unlink(place.capture);
    rmdir(place.folder);
}

static void make_place(void) {
    const char *source = getenv("srcdir");
    char base[4096], link[96];
    char *absolute;

    snprintf(place.folder, sizeof place.folder, "/tmp/finwait-fuzz-XXXXXX");
    if (mkdtemp(place.folder) == NULL)
        fuzz_fail("no folder for scenarios");
    snprintf(base, sizeof base, "%s/tests/scenarios/D00.scenario", source == NULL ? "." : source);
    snprintf(link, sizeof link, "%s/D00.scenario", place.folder);
    snprintf(place.scenario, sizeof place.scenario, "%s/x.scenario", place.folder);
    snprintf(place.capture, sizeof place.capture, "%s/x.pcap", place.folder);
    absolute = realpath(base, NULL);
    if (absolute == NULL || symlink(absolute, link) != 0)
        fuzz_fail("no tests/scenarios/D00.scenario: srcdir must be set");
    free(absolute);
    atexit(remove_place);
}

static struct script *parse(const uint8_t *data, size_t size) {
    FILE *file = fopen(place.scenario, "w");

    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        fuzz_fail("the scenario cannot be written");
    return script_read(place.scenario);
}

/* Numbers of a side whose first one was never seen are raw. */
static void leave_out_numbers(char *text) {
    static const char *const before[] = {" seq ", " ack "};

    for (size_t i = 0; text != NULL && i < sizeof before / sizeof *before; i++)
        for (char *at = strstr(text, before[i]); at != NULL; at = strstr(at, before[i])) {
            at += strlen(before[i]);
            size_t digits = strspn(at, "-0123456789");
            memmove(at, at + digits, strlen(at + digits) + 1);
        }
}

/* All that is told of the scenario in that layout; NULL: it has no meaning there. Owned by the caller. */
static char *told(const struct script *script, const struct layout *layout) {
    struct trace *trace = trace_new(script, layout);
    struct run *run = trace == NULL ? NULL : run_direct(trace);
    char *text = run == NULL || run->failure[0] != '\0' ? NULL : run_text(run, DETAIL_FINDINGS);

    leave_out_numbers(text);
    if (run != NULL)
        run_free(run);
    if (trace != NULL)
        trace_free(trace);
    return text;
}

static void hold_against_moved(const struct script *script) {
    struct layout moved = plain_layout;
    char *plain = told(script, &plain_layout);

    moved.move_isn = true;
    for (int who = 0; who < WHOS; who++)
        moved.isn[who] = script->isn[who] + 0xfff00000;
    moved.start += INT64_C(86400000000000);
    char *other = plain == NULL || script->absolute ? NULL : told(script, &moved);
    if (other != NULL && strcmp(plain, other) != 0) {
        fprintf(stderr, "--- as written\n%s--- with its numbers moved\n%s", plain, other);
        fuzz_fail("numbers that only move matter");
    }
    free(plain);
    free(other);
}

static void report_capture_of(const struct script *script, size_t way) {
    struct trace *trace = trace_new(script, &plain_layout);

    if (trace != NULL && wire_write(trace, place.capture, 1, trace->frames))
        fuzz_report(place.capture, way);
    if (trace != NULL)
        trace_free(trace);
}

/* An ICMP error quotes a segment that came before it. */
static bool quotes_well(const struct script *script, unsigned icmp) {
    for (unsigned i = 0; i < icmp; i++)
        if (script->lines[i].kind == LINE_SEGMENT && script->lines[i].frame == script->lines[icmp].quoted)
            return true;
    return false;
}

/* Without what the notation has no meaning for. */
static bool is_sane(const struct script *script) {
    const int64_t years = INT64_C(3600) * 24 * 365 * 1000000000;

    if (script->line_count > LINES_MAX)
        return false;
    for (unsigned i = 0; i < script->line_count; i++) {
        const struct line *line = &script->lines[i];
        if (line->kind == LINE_ICMP && !quotes_well(script, i))
            return false;
        if (line->time < 0 || line->time > years || line->length > LENGTH_MAX)
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > TEXT_MAX)
        return -1;
    if (place.folder[0] == '\0')
        make_place();
    struct script *script = parse(data, size);
    if (script == NULL)
        return -1;
    if (is_sane(script)) {
        hold_against_moved(script);
        report_capture_of(script, size);
    }
    script_free(script);
    return 0;
}

/* --- changing --- */

/* A text as its lines. */
struct lines {
    struct {
        const char *at;
        size_t length;
    } line[LINES_MAX];
    unsigned count;
};

static struct lines split(const uint8_t *data, size_t size) {
    struct lines lines = {.count = 0};
    const char *at = (const char *)data, *end = at + size;

    while (at < end && lines.count < LINES_MAX) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline == NULL ? end : newline + 1;
        lines.line[lines.count].at = at;
        lines.line[lines.count++].length = (size_t)((newline == NULL ? end : newline) - at);
        at = next;
    }
    return lines;
}

static size_t put_text(char *out, size_t used, size_t room, const char *text, size_t length) {
    if (used + length + 1 > room)
        return used;
    memcpy(out + used, text, length);
    out[used + length] = '\n';
    return used + length + 1;
}

/* xorshift; never 0. */
static uint32_t next_random(uint32_t *random) {
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return *random;
}

static const char *const values[] = {
    "0",     "1",     "2",     "100",        "101",        "102",        "201",        "536",        "1460",
    "29200", "65535", "99999", "2147483647", "2147483648", "2147483649", "4294967294", "4294967295",
};
static const char *const flags[] = {"S",   "S.", ".",  "P.", "F.", "F",   "R",  "R.",
                                    "FP.", "SF", "SR", "U.", "SE", "S.E", ".EW"};
static const char *const options[] = {
    "ts=1/1",         "ts=5000/1", "ts=0/0",    "ts=4294967295/1", "sack=1-2",     "sack=101-201", "sack=201-101",
    "win=0",          "win=1",     "win=65535", "wscale=14",       "wscale=255",   "mss=0",        "mss=65535",
    "sack_permitted", "dup",       "badsum",    "nosum",           "ttl=1",        "ipid=0",       "cut=0",
    "urg=1",          "other=0",   "doff=4",    "ackfield=7",      "options=0300", "options=08",   "tfo=8",
};
#define ONE_OF(list, random) list[next_random(random) % (sizeof list / sizeof *list)]

/* The words of a segment's line; options, states and ids follow. */
enum word { WORD_TIME, WORD_DIRECTION, WORD_FLAGS, WORD_SEQ, WORD_ACK, WORD_LENGTH, WORD_OPTION, WORDS = 24 };

/* Another word in the place of that one, in room where it is a new one. */
static const char *another(enum word kind, const char *word, char *room, size_t size, uint32_t *random) {
    static const unsigned long steps[] = {1, 0xffffffff, 2, 0xffffff9c, 100, 1460, 65535, 1UL << 30};

    switch (kind) {
    case WORD_TIME:
        snprintf(room, size, "%.6f", strtod(word, NULL) + next_random(random) % 1000 / 1e4);
        return room;
    case WORD_DIRECTION:
        return strcmp(word, "A>B") == 0 ? "B>A" : "A>B";
    case WORD_FLAGS:
        return ONE_OF(flags, random);
    case WORD_SEQ:
    case WORD_ACK:
    case WORD_LENGTH:
        if (strcmp(word, "-") == 0)
            return word;
        if (next_random(random) % 2 == 0)
            return ONE_OF(values, random);
        snprintf(room, size, "%lu", (strtoul(word, NULL, 10) + ONE_OF(steps, random)) & 0xffffffff);
        return room;
    default:
        return ONE_OF(options, random);
    }
}

/* A line with one of its words another one, or with an option more. */
static size_t change_words(char *out, size_t room, const char *line, size_t length, uint32_t *random) {
    char copy[256], word[32], *rest;
    const char *words[WORDS + 1];
    unsigned count = 0;
    size_t used = 0;
    enum word which = (enum word)(next_random(random) % (WORD_OPTION + 1));

    snprintf(copy, sizeof copy, "%.*s", (int)length, line);
    for (char *at = strtok_r(copy, " \t", &rest); at != NULL && count < WORDS; at = strtok_r(NULL, " \t", &rest)) {
        words[count] = count == which && which < WORD_OPTION ? another(which, at, word, sizeof word, random) : at;
        count++;
    }
    if (count < WORD_OPTION)
        return put_text(out, 0, room, line, length);
    for (unsigned i = 0; i < count; i++) {
        used += (size_t)snprintf(out + used, room - used, "%s%s", i == 0 ? "" : " ", words[i]);
        if (i == WORD_LENGTH && which == WORD_OPTION)
            used += (size_t)snprintf(out + used, room - used, " %s", ONE_OF(options, random));
    }
    out[used++] = '\n';
    return used;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed) {
    static char out[TEXT_MAX];
    uint32_t random = seed | 1;
    struct lines lines = split(data, size);
    enum { CHANGE, DOUBLE, DROP, SWAP, MOVE, ANY, WAYS };
    unsigned way = next_random(&random) % WAYS, used_lines = 0;
    size_t used = 0;

    if (lines.count < 2 || (way == ANY && next_random(&random) % 8 == 0))
        return LLVMFuzzerMutate(data, size, room);
    unsigned chosen = next_random(&random) % lines.count, other = next_random(&random) % lines.count;
    room = room < sizeof out ? room : sizeof out;
    for (unsigned i = 0; i < lines.count && used + 512 < room; i++, used_lines++) {
        unsigned from = way == SWAP && i == chosen ? other : way == SWAP && i == other ? chosen : i;
        const char *at = lines.line[from].at;
        size_t length = lines.line[from].length;
        if (way == DROP && i == chosen)
            continue;
        if ((way == CHANGE || way == ANY) && i == chosen && length < 250)
            used += change_words(out + used, 400, at, length, &random);
        else
            used = put_text(out, used, room, at, length);
        if ((way == DOUBLE && i == chosen) || (way == MOVE && i == other))
            used = put_text(out, used, room, lines.line[chosen].at, lines.line[chosen].length);
    }
    memcpy(data, out, used);
    return used;
}

/* The first lines of one and the last of another. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t room, unsigned seed) {
    uint32_t random = seed | 1;
    struct lines first = split(a, a_size), second = split(b, b_size);
    size_t used = 0;

    if (first.count == 0 || second.count == 0)
        return 0;
    unsigned upto = next_random(&random) % first.count, from = next_random(&random) % second.count;
    for (unsigned i = 0; i <= upto; i++)
        used = put_text((char *)out, used, room, first.line[i].at, first.line[i].length);
    for (unsigned i = from; i < second.count; i++)
        used = put_text((char *)out, used, room, second.line[i].at, second.line[i].length);
    return used;
}
