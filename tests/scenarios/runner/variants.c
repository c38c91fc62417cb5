/* SPDX-License-Identifier: BSD-3-Clause */
#include "variants.h"

#include "wire.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum way { BY_CAPTURE, BY_TWO_CAPTURES, DIRECT };

/* The variants of one scenario. */
struct variation {
    FILE *out;
    const struct script *script;
    const struct workspace *workspace;
    struct variant_counts *counts;
    unsigned divisor;
    uint32_t next; /* of the variants, counted from the seed */
    unsigned printed;
    char *plain[DETAIL_ALL]; /* text of the plain run, by detail */
};

enum { PRINTED_MAX = 3 };

/* --- texts ------------------------------------------------------------------------------------------------------- */

void print_difference(FILE *out, const char *expected, const char *seen) {
    for (;;) {
        size_t a = strcspn(expected, "\n");
        size_t b = strcspn(seen, "\n");
        if (a != b || memcmp(expected, seen, a) != 0) {
            fprintf(out, "    plain: %.*s\n    here:  %.*s\n", (int)a, expected, (int)b, seen);
            return;
        }
        if (expected[a] == '\0' || seen[b] == '\0')
            break;
        expected += a + 1;
        seen += b + 1;
    }
    fputs("    (one text is longer)\n", out);
}

/* Takes out the lines that hold a word: what was recorded twice may say so. */
static void without_lines(char *text, const char *word) {
    char *to = text;
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        length += line[length] == '\n';
        const char *hit = strstr(line, word);
        if (hit == NULL || hit >= line + length) {
            memmove(to, line, length);
            to += length;
        }
        line += length;
    }
    *to = '\0';
}

static char *comparable_text(const struct run *run, enum detail detail) {
    char *text = run_text(run, detail);
    if (text != NULL)
        without_lines(text, " capture-duplicate ");
    return text;
}

/* --- one variant ------------------------------------------------------------------------------------------------- */

static bool written(const struct trace *trace, const char *path, uint64_t first, uint64_t last) {
    if (wire_write(trace, path, first, last))
        return true;
    perror(path);
    return false;
}

struct run *run_by_capture(const struct trace *trace, const struct workspace *workspace) {
    const char *const paths[] = {workspace->first};
    return written(trace, paths[0], 1, trace->frames) ? run_captures(trace, paths, 1) : NULL;
}

static struct run *run_by_two(const struct trace *trace, const struct workspace *workspace, uint64_t last_of_first) {
    const char *const paths[] = {workspace->first, workspace->second};
    if (!written(trace, paths[0], 1, last_of_first) || !written(trace, paths[1], last_of_first + 1, trace->frames))
        return NULL;
    return run_captures(trace, paths, 2);
}

static void complain(struct variation *variation, const char *name, const char *expected, const char *seen) {
    variation->counts->different++;
    if (variation->printed++ >= PRINTED_MAX)
        return;
    fprintf(variation->out, "  %s: %s: differs\n", variation->script->name, name);
    if (seen == NULL)
        fputs("    it could not be run\n", variation->out);
    else
        print_difference(variation->out, expected, seen);
}

static void vary(struct variation *variation, const char *name, const struct layout *layout, enum way way,
                 uint64_t split, enum detail detail) {
    if (variation->next++ % variation->divisor != 0) {
        variation->counts->left_out++;
        return;
    }
    variation->counts->run++;
    struct trace *trace = trace_new(variation->script, layout);
    struct run *run = NULL;
    if (trace != NULL && way == DIRECT)
        run = run_direct(trace);
    else if (trace != NULL)
        run = way == BY_CAPTURE ? run_by_capture(trace, variation->workspace)
                                : run_by_two(trace, variation->workspace, split);
    char *text = run == NULL ? NULL : comparable_text(run, detail);
    if (text == NULL || strcmp(text, variation->plain[detail]) != 0)
        complain(variation, name, variation->plain[detail], text);
    free(text);
    if (run != NULL)
        run_free(run);
    if (trace != NULL)
        trace_free(trace);
}

/* --- the families ------------------------------------------------------------------------------------------------ */

/* The story rests on hardware addresses, which other links do not have. */
static bool tells_hardware(const struct script *script) {
    for (unsigned i = 0; i < script->line_count; i++)
        if (script->lines[i].kind == LINE_SEGMENT && script->lines[i].mac != 1)
            return true;
    return false;
}

/* Where the directions are carried differently they are one connection only if the first answer fits what it answers.
 */
static bool first_answer_fits(const struct script *script) {
    uint32_t end = 0;
    for (unsigned i = 0; i < script->line_count; i++) {
        const struct line *line = &script->lines[i];
        uint32_t octets = line->length + ((line->flags & (TCP_SYN | TCP_FIN)) != 0);
        if (line->kind != LINE_SEGMENT)
            continue;
        if (line->sender == WHO_B)
            return (line->flags & TCP_ACK) == 0 || end == 0 || line->ack <= end;
        end = line->seq + octets > end ? line->seq + octets : end;
    }
    return true;
}

static void vary_encapsulation(struct variation *variation) {
    static const struct {
        const char *name;
        enum link link;
        bool ipv6;
        unsigned vlan_tags;
        bool tagged_from_b_only;
    } kinds[] = {
        {"IPv6", LINK_ETHERNET, true, 0, false},
        {"802.1Q", LINK_ETHERNET, false, 1, false},
        {"802.1ad", LINK_ETHERNET, false, 2, false},
        {"802.1ad, IPv6", LINK_ETHERNET, true, 2, false},
        {"802.1Q from B only", LINK_ETHERNET, false, 1, true},
        {"802.1ad from B only, IPv6", LINK_ETHERNET, true, 2, true},
        {"SLL2", LINK_SLL2, false, 0, false},
        {"SLL2, IPv6", LINK_SLL2, true, 0, false},
        {"raw IPv4", LINK_RAW, false, 0, false},
        {"raw IPv6", LINK_RAW, true, 0, false},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct layout layout = plain_layout;
        if ((kinds[i].link != LINK_ETHERNET && tells_hardware(variation->script)) ||
            (kinds[i].ipv6 && variation->script->needs_identification))
            continue;
        layout.link = kinds[i].link;
        layout.ipv6 = kinds[i].ipv6;
        layout.vlan_tags = kinds[i].vlan_tags;
        layout.tagged_from_b_only = kinds[i].tagged_from_b_only;
        if (layout.tagged_from_b_only && !first_answer_fits(variation->script))
            continue;
        vary(variation, kinds[i].name, &layout, BY_CAPTURE, 0, DETAIL_FINDINGS);
    }
}

/* Every sixth of the carriers, other ones for each scenario: all of them have their turn many times. */
static void vary_carrier(struct variation *variation) {
    enum { EVERY = 6 };
    size_t first = 0;
    if (tells_hardware(variation->script))
        return;
    for (const char *name = variation->script->name; *name != '\0'; name++)
        first = first * 31 + (unsigned char)*name;
    for (size_t i = first % EVERY; i < carrier_count; i += EVERY) {
        struct layout layout = plain_layout;
        layout.carrier = &carriers[i];
        vary(variation, carriers[i].name, &layout, BY_CAPTURE, 0, DETAIL_FINDINGS);
    }
}

static bool begins_with_syn(const struct script *script) {
    return (script->lines[0].flags & TCP_SYN) != 0;
}

/* Both sides have one address, written out. */
static bool speaks_to_itself(const struct script *script) {
    return script->address[0].version != 0 && address_equal(&script->address[0], &script->address[1]);
}

/* The moment 0 is a time as any other, and what has passed before it lies below 0: no 0 may mean "never". */
static void vary_zero(struct variation *variation) {
    enum { SEGMENTS_MOST = 8 };
    unsigned segments = 0;
    for (unsigned i = 0; i < variation->script->line_count && segments < SEGMENTS_MOST; i++) {
        if (variation->script->lines[i].kind != LINE_SEGMENT)
            continue;
        segments++;
        struct layout layout = plain_layout;
        char name[64];
        layout.start = -variation->script->lines[i].time;
        snprintf(name, sizeof name, "segment %u at the moment 0", segments);
        vary(variation, name, &layout, DIRECT, 0, DETAIL_FINDINGS);
    }
}

static void vary_place_and_time(struct variation *variation) {
    struct layout layout = plain_layout;
    layout.swap_addresses = true;
    vary(variation, "A has the higher address", &layout, DIRECT, 0, DETAIL_FINDINGS);
    layout.ipv6 = !variation->script->needs_identification;
    vary(variation, "A has the higher address, IPv6", &layout, BY_CAPTURE, 0, DETAIL_FINDINGS);
    /* Without a SYN the ports say who is the client, and at one address nothing else tells the sides apart. */
    if (begins_with_syn(variation->script) && !speaks_to_itself(variation->script)) {
        layout = plain_layout;
        layout.equal_ports = true;
        vary(variation, "equal ports", &layout, DIRECT, 0, DETAIL_FINDINGS);
        layout.swap_addresses = true;
        vary(variation, "equal ports, A has the higher address", &layout, BY_CAPTURE, 0, DETAIL_FINDINGS);
    }
    static const int64_t starts[] = {INT64_C(1000000000), 0, -INT64_C(1000000000000000000),
                                     INT64_C(1699999999999999000), INT64_C(4294000000123456789)};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        layout = plain_layout;
        layout.start = starts[i];
        vary(variation, "another time", &layout, i == 0 ? BY_CAPTURE : DIRECT, 0, DETAIL_FINDINGS);
    }
}

static void vary_files(struct variation *variation, uint64_t frames) {
    char name[64];
    for (uint64_t split = 3; split < frames; split += 3) {
        snprintf(name, sizeof name, "split after frame %" PRIu64, split);
        vary(variation, name, &plain_layout, BY_TWO_CAPTURES, split, DETAIL_FINDINGS);
    }
}

static void vary_company(struct variation *variation) {
    for (unsigned interval = 1; interval <= 3; interval++) {
        struct layout layout = plain_layout;
        layout.second_interval = interval;
        layout.seed = 0xfffffff0u + 7 * interval + variation->next;
        vary(variation, "a second connection in between", &layout, interval == 2 ? DIRECT : BY_CAPTURE, 0,
             DETAIL_FINDINGS);
    }
}

/* 54 octets end with the TCP header: whatever needs an option or the checksum cannot be the same. */
static bool needs_more_than_headers(const struct script *script) {
    if (script->needs_options)
        return true;
    for (unsigned i = 0; i < script->line_count; i++) {
        const struct line *line = &script->lines[i];
        if (line->kind == LINE_ICMP || line->bad_checksum || line->raw_option_count > 0 ||
            (line->options.present & ~(OPTION_MSS | OPTION_WINDOW_SCALE)) != 0)
            return true;
    }
    return false;
}

static bool has_broken_header(const struct script *script) {
    for (unsigned i = 0; i < script->line_count; i++)
        if (script->lines[i].kind == LINE_SEGMENT && script->lines[i].data_offset >= 0)
            return true;
    return false;
}

static void vary_recording(struct variation *variation) {
    enum anomaly_id id;
    struct layout layout = plain_layout;
    if (!needs_more_than_headers(variation->script)) {
        layout.snaplen = 54;
        vary(variation, "54 octets of each frame", &layout, BY_CAPTURE, 0, DETAIL_STATES);
    } /* A copy of a broken header is not told from a second one, and copies come in the order of their times. */
    if (has_broken_header(variation->script) || variation->script->backward)
        return;
    enum detail detail = anomaly_from_name("capture-duplicate", &id) ? DETAIL_FINDINGS : DETAIL_STATES;
    layout = plain_layout;
    layout.double_frames = true;
    vary(variation, "every frame twice", &layout, DIRECT, 0, detail);
    vary(variation, "every frame twice, captured", &layout, BY_CAPTURE, 0, detail);
    layout.swap_addresses = true;
    layout.start += 1;
    vary(variation, "every frame twice, A has the higher address", &layout, BY_CAPTURE, 0, detail);
}

static void vary_numbers(struct variation *variation) {
    static const uint32_t numbers[] = {0, 0x80000000u, 0xffffffffu, 0xfffffffeu, -50u, -101u, -150u, -201u};
    enum { NUMBERS = sizeof numbers / sizeof *numbers };
    char name[64];
    if (variation->script->absolute)
        return;
    for (unsigned i = 0; i < NUMBERS * NUMBERS; i++) {
        struct layout layout = plain_layout;
        layout.move_isn = true;
        layout.isn[WHO_A] = numbers[i / NUMBERS];
        layout.isn[WHO_B] = numbers[i % NUMBERS];
        snprintf(name, sizeof name, "ISNs %" PRIu32 " and %" PRIu32, layout.isn[WHO_A], layout.isn[WHO_B]);
        vary(variation, name, &layout, i % 8 == 5 ? BY_CAPTURE : DIRECT, 0, DETAIL_FINDINGS);
    }
}

/* How many findings of severity error a run has. */
static unsigned errors_of(const struct run *run) {
    unsigned errors = 0;
    for (unsigned i = 0; i < run->count; i++) {
        const struct seen_connection *seen = &run->connections[i];
        for (unsigned j = 0; !seen->dropped && j < seen->finding_count; j++)
            errors += !seen->findings[j].withdrawn && seen->findings[j].severity == SEVERITY_ERROR;
    }
    return errors;
}

/* A capture that lacks a frame must never make an error of it. */
static void lose_frame(struct variation *variation, uint64_t frame, unsigned errors) {
    struct layout layout = plain_layout;
    layout.left_out = frame;
    if (variation->next++ % variation->divisor != 0) {
        variation->counts->left_out++;
        return;
    }
    variation->counts->run++;
    struct trace *trace = trace_new(variation->script, &layout);
    struct run *run = trace == NULL ? NULL : run_direct(trace);
    if (run == NULL || run->failure[0] != '\0' || errors_of(run) > errors) {
        variation->counts->different++;
        fprintf(variation->out, "  %s: without frame %" PRIu64 ": %s\n", variation->script->name, frame,
                run == NULL               ? "it could not be run"
                : run->failure[0] != '\0' ? run->failure
                                          : "an error appears");
    }
    if (run != NULL)
        run_free(run);
    if (trace != NULL)
        trace_free(trace);
}

/* Without the SYN of a later incarnation its SYN/ACK does acknowledge what nobody sent. */
static bool opens_later_incarnation(const struct script *script, uint64_t frame) {
    for (unsigned i = 1; i < script->line_count; i++) {
        const struct line *line = &script->lines[i];
        if (line->frame == frame && (line->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
            return line->seq != script->lines[0].seq;
    }
    return false;
}

static void lose_frames(struct variation *variation, uint64_t frames, unsigned errors) {
    for (uint64_t frame = 1; frames > 1 && frame <= frames; frame++)
        if (!opens_later_incarnation(variation->script, frame))
            lose_frame(variation, frame, errors);
}

void variants_run(FILE *out, const struct script *script, const struct workspace *workspace, unsigned divisor,
                  uint32_t seed, struct variant_counts *counts) {
    struct variation variation = {.out = out, .script = script, .workspace = workspace, .counts = counts};
    variation.divisor = divisor;
    variation.next = seed;
    struct trace *trace = trace_new(script, &plain_layout);
    struct run *run = trace == NULL ? NULL : run_direct(trace);
    if (run != NULL) {
        variation.plain[DETAIL_STATES] = comparable_text(run, DETAIL_STATES);
        variation.plain[DETAIL_FINDINGS] = comparable_text(run, DETAIL_FINDINGS);
        unsigned errors = errors_of(run);
        run_free(run);
        vary_encapsulation(&variation);
        vary_carrier(&variation);
        vary_place_and_time(&variation);
        vary_zero(&variation);
        vary_files(&variation, trace->frames);
        vary_company(&variation);
        vary_recording(&variation);
        vary_numbers(&variation);
        lose_frames(&variation, trace->frames, errors);
    }
    free(variation.plain[DETAIL_STATES]);
    free(variation.plain[DETAIL_FINDINGS]);
    if (trace != NULL)
        trace_free(trace);
}
