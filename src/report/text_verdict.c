/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/text_connection.h"

#include "report/time_text.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    LINE_WIDTH = 120, /* unless a terminal is narrower */
    HEAD_WIDTH = 62,  /* a longer pair of addresses stands on a line of its own */
    INDENT = 4,
    SIDE_WIDTH = 8,
    FACT_SIZE = 128
};

/* --- who --- */

static unsigned print_end(struct style *style, const struct connection *connection, enum side side) {
    const struct address *address = &connection->address[side];
    char text[ADDRESS_TEXT_SIZE], whole[ADDRESS_TEXT_SIZE + 16];

    address_text(address, text);
    snprintf(whole, sizeof whole, address->version == 6 ? "[%s]:%u" : "%s:%u", text, connection->port[side]);
    return style_text(style, BOLD, whole);
}

static unsigned print_layers(struct style *style, const struct encapsulation *encapsulation) {
    char text[ENCAPSULATION_TEXT_SIZE];
    unsigned columns = 0;

    for (unsigned layer = 0; layer < encapsulation->count; layer++) {
        columns += style_blanks(style, 1);
        columns += style_text(style, DIM, encapsulation_text(encapsulation, layer, text));
    }
    return columns;
}

/* What carries it, and what the other direction where that differs: a mirror port may tag one of them. */
static unsigned print_encapsulation(struct style *style, const struct report *report,
                                    const struct connection *connection) {
    const struct encapsulation *back = report_encapsulation(report, connection->encapsulation_back);
    unsigned columns = print_layers(style, report_encapsulation(report, connection->encapsulation));

    if (connection->network_back != connection->network) {
        columns += style_blanks(style, 1);
        columns += style_text(style, DIM, back->count > 0 ? "(back:" : "(back: none");
        columns += print_layers(style, back);
        columns += style_text(style, DIM, ")");
    }
    return columns;
}

unsigned text_who(struct style *style, const struct report *report, const struct connection *connection) {
    char id[24];
    unsigned columns;

    snprintf(id, sizeof id, "#%llu", (unsigned long long)connection->id);
    columns = style_text(style, BOLD, id);
    columns += style_blanks(style, 2);
    columns += print_end(style, connection, SIDE_CLIENT);
    columns += style_blanks(style, 1);
    columns += style_text(style, PLAIN, style->glyphs->arrow);
    columns += style_blanks(style, 1);
    columns += print_end(style, connection, SIDE_SERVER);
    return columns + print_encapsulation(style, report, connection);
}

/* --- what became of it --- */

/* Facts in a row with a dot between them. Each is gathered whole, so that a line can be broken before it. */
struct facts {
    struct style *style;
    unsigned width; /* of the line; 0: it is never broken */
    unsigned column;
    bool begun;
    size_t size; /* of the one that is being gathered */
    char text[FACT_SIZE];
};

static void add(struct facts *facts, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct facts *facts, const char *format, ...) {
    va_list values;
    int size;

    va_start(values, format);
    size = vsnprintf(facts->text + facts->size, sizeof facts->text - facts->size, format, values);
    va_end(values);
    facts->size += size > 0 ? (size_t)size : 0;
    if (facts->size >= sizeof facts->text) {
        facts->size = sizeof facts->text - 1;
    }
}

static void print_fact(struct facts *facts) {
    struct style *style = facts->style;
    unsigned columns = text_columns(facts->text);

    if (columns == 0) {
        return;
    }
    if (facts->begun && facts->width != 0 && facts->column + 3 + columns > facts->width) {
        style_newline(style);
        facts->column = style_blanks(style, INDENT);
    } else if (facts->begun) {
        facts->column += style_blanks(style, 1);
        facts->column += style_text(style, PLAIN, style->glyphs->dot);
        facts->column += style_blanks(style, 1);
    }
    facts->column += style_text(style, PLAIN, facts->text);
    facts->begun = true;
    facts->size = 0;
    facts->text[0] = '\0';
}

static void next_fact(struct facts *facts, const char *words) {
    print_fact(facts);
    add(facts, "%s", words);
}

static void add_count(struct facts *facts, uint64_t count, const char *noun) {
    add(facts, "%llu %s%s", (unsigned long long)count, noun, count == 1 ? "" : "s");
}

/* before and a span; nothing where it is not known or none. */
static void add_span(struct facts *facts, const char *before, int64_t span) {
    char text[TIME_TEXT_SIZE];

    if (span > 0) {
        add(facts, "%s%s", before, duration_text(span, text));
    }
}

static void add_assumed(struct facts *facts, enum certainty certainty) {
    if (certainty == CERTAINTY_ASSUMED) {
        add(facts, " ?");
        facts->style->marks_used = true;
    }
}

/* The parts of a complete handshake that the capture lacks. */
static void add_missing_segments(struct facts *facts, const struct verdict *verdict) {
    bool syn_ack = verdict->syn_ack_frame != 0;
    bool ack = verdict->ack_frame != 0;

    if (verdict->handshake == HANDSHAKE_COMPLETE && !(syn_ack && ack)) {
        add(facts, ", its %s not captured", ack ? "SYN ACK" : syn_ack ? "ACK" : "SYN ACK and ACK");
    }
}

static bool goes_on(const struct connection *connection) {
    return connection->remnant && connection->previous != 0;
}

/* What else than the capture's beginning can have kept the handshake from view. */
static void add_earlier_part(struct facts *facts, const struct connection *connection) {
    if (goes_on(connection)) {
        facts->size = 0;
        add(facts, "goes on from #%llu", (unsigned long long)connection->previous);
    } else if (connection->remnant && connection->midstream) {
        add(facts, ", or was evicted");
    }
}

static void add_handshake(struct facts *facts, const struct connection *connection, const struct verdict *verdict) {
    static const char *const phrases[HANDSHAKE_OUTCOMES] = {
        [HANDSHAKE_COMPLETE] = "complete",
        [HANDSHAKE_FAST_OPEN] = "fast open",
        [HANDSHAKE_SIMULTANEOUS] = "simultaneous open",
        [HANDSHAKE_SPLIT] = "split handshake",
        [HANDSHAKE_HALF_OPEN] = "half-open",
        [HANDSHAKE_REFUSED] = "refused",
        [HANDSHAKE_UNANSWERED] = "unanswered",
        [HANDSHAKE_FILTERED] = "filtered",
        [HANDSHAKE_ABANDONED] = "abandoned by client",
        [HANDSHAKE_MIDSTREAM] = "began before the capture",
    };

    next_fact(facts, phrases[verdict->handshake]);
    add_earlier_part(facts, connection);
    if (verdict->handshake == HANDSHAKE_UNANSWERED) {
        add(facts, ", ");
        add_count(facts, verdict->syn_count, "SYN");
        add_span(facts, " in ", connection->last_time - connection->first_time);
    } else {
        add_span(facts, " in ", verdict->handshake_duration);
    }
    if (verdict->handshake == HANDSHAKE_HALF_OPEN && verdict->syn_ack_frame != 0) {
        add(facts, ", no ACK of the SYN ACK");
    }
    add_missing_segments(facts, verdict);
    if (verdict->handshake != HANDSHAKE_MIDSTREAM) {
        add_assumed(facts, verdict->handshake_certainty);
    }
}

/* Whether there was a connection that could be closed. */
static bool handshake_failed(enum handshake_outcome outcome) {
    return outcome == HANDSHAKE_HALF_OPEN || outcome == HANDSHAKE_REFUSED || outcome == HANDSHAKE_UNANSWERED ||
           outcome == HANDSHAKE_FILTERED || outcome == HANDSHAKE_ABANDONED;
}

static void add_teardown_details(struct facts *facts, const struct verdict *verdict) {
    if (verdict->reset_by != WHICH_UNKNOWN && verdict->reset_in_state != STATE_UNKNOWN) {
        add(facts, " in %s", state_name(verdict->reset_in_state));
    }
    if (verdict->segments != 0) {
        add(facts, ", ");
        add_count(facts, (uint64_t)verdict->segments, "segment");
    }
    add_span(facts, ", ", verdict->teardown_duration);
    add_assumed(facts, verdict->teardown_certainty);
}

static void add_teardown(struct facts *facts, const struct verdict *verdict) {
    static const struct {
        const char *phrase;
        bool by_closer; /* "by" whom it was closed, else by whom it was reset */
    } phrases[TEARDOWN_OUTCOMES] = {
        [TEARDOWN_GRACEFUL] = {"closed", true},
        [TEARDOWN_SIMULTANEOUS] = {"closed", true},
        [TEARDOWN_RESET] = {"reset", false},
        [TEARDOWN_LATE_RESET] = {"late reset", false},
        [TEARDOWN_HALF_OPEN_RESET] = {"reset, half-open", false},
        [TEARDOWN_TIMED_OUT] = {"timed out", false},
        [TEARDOWN_INCOMPLETE] = {"close not finished", true},
        [TEARDOWN_NONE] = {"not closed", false},
        [TEARDOWN_UNKNOWN] = {"close unknown", false},
    };
    enum which_side by = phrases[verdict->teardown].by_closer ? verdict->closed_first : verdict->reset_by;

    if (verdict->teardown == TEARDOWN_NONE && handshake_failed(verdict->handshake)) {
        return;
    }
    next_fact(facts, phrases[verdict->teardown].phrase);
    if (by != WHICH_UNKNOWN && by != WHICH_NONE) {
        add(facts, "%s by %s", verdict->teardown == TEARDOWN_INCOMPLETE ? ", begun" : "", which_side_name(by));
    }
    if (verdict->teardown != TEARDOWN_NONE && verdict->teardown != TEARDOWN_UNKNOWN) {
        add_teardown_details(facts, verdict);
    }
}

static void add_rest(struct facts *facts, const struct connection *connection, const struct verdict *verdict) {
    if (verdict->half_close_bytes > 0) {
        next_fact(facts, "half-close with ");
        add_count(facts, verdict->half_close_bytes, "byte");
    }
    if (verdict->time_wait == WHICH_CLIENT || verdict->time_wait == WHICH_SERVER || verdict->time_wait == WHICH_BOTH) {
        next_fact(facts, "TIME_WAIT at ");
        add(facts, "%s", which_side_name(verdict->time_wait));
    }
    if (connection->incarnation > 1 && !goes_on(connection)) {
        next_fact(facts, "incarnation ");
        add(facts, "%u after #%llu", connection->incarnation, (unsigned long long)connection->previous);
    }
    if (!connection->initiator_seen) {
        next_fact(facts, "roles assumed");
    }
    if (connection->end == END_IDLE || connection->end == END_EVICTED) {
        next_fact(facts, connection->end == END_IDLE ? "then idle" : "evicted");
    }
}

/* --- states --- */

static void print_path(struct style *style, const struct connection *connection, enum side side) {
    const struct path *path = &connection->side[side].path;
    unsigned arrow = text_columns(style->glyphs->arrow) + 2;
    struct step steps[PATH_STEPS_MAX];
    size_t count = path_steps(path, steps);
    char text[STATE_TEXT_SIZE];
    unsigned column;

    style_blanks(style, INDENT);
    style_cell(style, DIM, side_name(side), SIDE_WIDTH);
    column = INDENT + SIDE_WIDTH + style_text(style, PLAIN, state_name((enum tcp_state)path->initial));
    for (size_t i = 0; i < count; i++) {
        if (steps[i].certainty == CERTAINTY_REFUTED) {
            continue;
        }
        state_text(style, (enum tcp_state)steps[i].to, (enum certainty)steps[i].certainty, false, text);
        if (column + arrow + strlen(text) > style->width) {
            style_newline(style);
            column = style_blanks(style, INDENT + SIDE_WIDTH - 1);
        }
        column += style_blanks(style, 1);
        column += style_text(style, PLAIN, style->glyphs->arrow);
        column += style_blanks(style, 1);
        column += style_text(style, PLAIN, text);
    }
    style_newline(style);
}

static void print_facts(struct facts *facts, const struct connection *connection, const struct verdict *verdict) {
    add_handshake(facts, connection, verdict);
    add_teardown(facts, verdict);
    add_rest(facts, connection, verdict);
    print_fact(facts);
}

void text_outcome(struct style *style, const struct connection *connection, const struct verdict *verdict) {
    struct facts facts = {.style = style};

    print_facts(&facts, connection, verdict);
}

void text_verdict(struct style *style, const struct report *report, const struct connection *connection,
                  const struct verdict *verdict) {
    struct facts facts = {.style = style, .width = style->width < TEXT_WIDTH ? style->width : LINE_WIDTH};

    facts.column = text_who(style, report, connection);
    if (facts.column > HEAD_WIDTH) {
        style_newline(style);
        facts.column = style_blanks(style, INDENT);
    } else {
        facts.column += style_blanks(style, 3);
    }
    print_facts(&facts, connection, verdict);
    style_newline(style);
    print_path(style, connection, SIDE_CLIENT);
    print_path(style, connection, SIDE_SERVER);
}
