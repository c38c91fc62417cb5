/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rules.h"
#include "rules/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS(n)      ((n)*INT64_C(1000000000))
#define MILLISECONDS(n) ((n)*INT64_C(1000000))

static rule_function *const functions[ANOMALIES] = {
#define ROW(name, id, severity, group, facts, more, title, rfc, explanation, advice, rule) rule,
#include "rules/catalogue.def"
#undef ROW
};

void rule_settings_default(struct rule_settings *settings) {
    *settings = (struct rule_settings){
        .ack_timeout = SECONDS(3),
        .syn_timeout = SECONDS(130),
        .fin_timeout = SECONDS(60),
        .close_wait_notice = SECONDS(5),
        .close_wait_warning = SECONDS(60),
        .fin_wait_2_timeout = SECONDS(60),
        .slow_handshake = SECONDS(1),
        .duplicate_window = MILLISECONDS(1),
        .reorder_window = MILLISECONDS(3),
        .two_msl = SECONDS(60),
        .reset_storm = 100,
        .syn_flood = 100,
        .scan_ports = 20,
        .pile_up = 1000,
    };
}

void rules_tell(struct rules *rules, struct watch_queue *queue) {
    rules->queue = queue;
}

/* Notes the row in the set of each bit of mask. */
static void note_row(uint64_t sets[][ROW_WORDS], uint64_t mask, unsigned id) {
    for (; mask != 0; mask &= mask - 1)
        sets[__builtin_ctzll(mask)][id / 64] |= UINT64_C(1) << id % 64;
}

static bool has_kinds(const struct rule_settings *settings) {
    const int64_t least = KIND_PATIENCE;
    return settings->ack_timeout >= least && settings->syn_timeout >= least && settings->fin_timeout >= least &&
           settings->close_wait_notice >= least && settings->close_wait_warning >= least &&
           settings->fin_wait_2_timeout >= least && settings->slow_handshake >= least;
}

struct rules *rules_new(const struct rule_settings *settings) {
    struct rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL)
        return NULL;
    rules->settings = *settings;
    rules->has_kinds = has_kinds(settings);
    for (unsigned id = 0; id < ANOMALIES; id++) {
        const struct anomaly_row *row = anomaly_row((enum anomaly_id)id);
        rules->facts |= row->facts;
        rules->more |= row->more;
        note_row(rules->rows_of_fact, row->facts, id);
        note_row(rules->rows_of_more, row->more, id);
        note_row(&rules->singles, anomaly_is_single((enum anomaly_id)id), id);
    }
    return rules;
}

void rules_free(struct rules *rules) {
    free(rules);
}

/* Adds to due the rows that any bit of mask calls. */
static void gather(uint64_t due[ROW_WORDS], const uint64_t sets[][ROW_WORDS], uint64_t mask) {
    for (; mask != 0; mask &= mask - 1) {
        const uint64_t *set = sets[__builtin_ctzll(mask)];
        for (unsigned word = 0; word < ROW_WORDS; word++)
            due[word] |= set[word];
    }
}

/* And those that only look at what they have raised. */
static void gather_raised(uint64_t due[ROW_WORDS], const struct rules *rules, const struct findings *findings) {
    const uint64_t *set = rules->rows_of_more[__builtin_ctzll(MORE_AT_END_RAISED)];
    for (unsigned word = 0; word < ROW_WORDS && findings != NULL; word++)
        due[word] |= set[word] & findings->raised[word];
}

/* Calls the rows that the facts ask for, each once, in the order of the catalogue. */
static void call_rows(struct rules *rules, const struct observation *seen) {
    uint64_t due[ROW_WORDS] = {0};
    gather(due, rules->rows_of_fact, seen->facts & rules->facts);
    gather(due, rules->rows_of_more, seen->more & rules->more);
    if ((seen->more & MORE_AT_END) != 0)
        gather_raised(due, rules, seen->connection->findings);
    for (unsigned word = 0; word < ROW_WORDS; word++) {
        for (uint64_t bits = due[word]; bits != 0; bits &= bits - 1) {
            unsigned id = word * 64 + (unsigned)__builtin_ctzll(bits);
            functions[id](rules, seen, (enum anomaly_id)id);
        }
    }
}

bool rules_observe(struct rules *rules, const struct observation *observation) {
    if ((observation->facts & rules->facts) == 0 && (observation->more & rules->more) == 0)
        return true;
    rules->told_already = observation->replayed;
    call_rows(rules, observation);
    rules->told_already = false;
    return !rules->failed;
}

/* True when one side never passed although the other acknowledges what it sends. */
static bool is_one_direction(const struct connection *connection) {
    for (unsigned side = 0; side < SIDES; side++) {
        const struct endpoint *captured = &connection->side[side];
        const struct endpoint *absent = &connection->side[other_side((enum side)side)];
        if (captured->frames == 0 || absent->frames > 0)
            continue;
        bool opened = captured->syn_frame != 0 || captured->syn_ack_frame != 0;
        bool opened_and_closed = opened && captured->fin_frame != 0;
        /* The number of a peer that is not there is learned from the first ACK, which seems to cover a SYN. */
        bool acks_advance = captured->last_ack > (captured->syn_frame != 0 ? 0 : 1);
        return acks_advance && (captured->frames >= 5 || opened_and_closed);
    }
    return false;
}

enum tcp_state state_at_end(const struct endpoint *endpoint) {
    const struct path *path = &endpoint->path;
    if (path->count == 0 || path->events[path->count - 1].kind != EVENT_REPLACED)
        return endpoint_state(endpoint);
    struct step steps[PATH_STEPS_MAX];
    for (size_t i = path_steps(path, steps); i-- > 0;) {
        if (steps[i].event == EVENT_REPLACED && steps[i].certainty != CERTAINTY_REFUTED)
            return (enum tcp_state)steps[i].from;
    }
    return endpoint_state(endpoint);
}

/* RFC 6298 2: the first timeout is three round trips, and none is below a second. */
int64_t patience(const struct rules *rules, const struct connection *connection) {
    int64_t timeout = 3 * (connection->side[SIDE_CLIENT].round_trip + connection->side[SIDE_SERVER].round_trip);
    if (timeout < SECONDS(1))
        timeout = SECONDS(1);
    return 3 * timeout > rules->settings.ack_timeout ? 3 * timeout : rules->settings.ack_timeout;
}

void rules_note_begin(struct rules *rules, int64_t time) {
    rules->begin_known = true;
    rules->begin = time;
}

void rules_note_dropped(struct rules *rules, uint64_t frames, int64_t time) {
    rules->dropped += frames;
    rules->dropped_time = time;
}

/* The capture's own quality is not in doubt because it is bad. */
static bool is_about_capture(const struct finding *finding) {
    return strcmp(anomaly_row((enum anomaly_id)finding->id)->group, "capture-quality") == 0;
}

/* A segment that did not come (catalogue B.2 rule 6). */
static bool misses_a_segment(const struct finding *finding) {
    switch ((enum anomaly_id)finding->id) {
    case ANOMALY_ACK_MISSING:
    case ANOMALY_SYN_UNANSWERED:
    case ANOMALY_HANDSHAKE_ACK_MISSING:
    case ANOMALY_FIN_UNACKNOWLEDGED:
    case ANOMALY_FIN_UNANSWERED:
    case ANOMALY_FINAL_ACK_MISSING:
    case ANOMALY_TIME_WAIT_NOT_REACKED:
        return true;
    default:
        return false;
    }
}

enum { MUCH_UNSEEN = 3 }; /* segments that acknowledge what the capture lacks */

/* What did not come may have been among the frames that the capture lacks: by what it says itself, or by what the ends
 * acknowledge. */
static void doubt_absences(struct rules *rules, const struct connection *connection) {
    const struct findings *findings = connection->findings;
    bool dropped = rules->dropped > 0 && connection->first_time <= rules->dropped_time;
    char sentence[FINDING_SENTENCE], text[2 * FINDING_SENTENCE];

    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        struct finding *finding = &findings->items[i];
        bool much_unseen = connection->acked_unseen >= MUCH_UNSEEN && misses_a_segment(finding);
        if (!finding->absence || finding->withdrawn || is_about_capture(finding) || (!dropped && !much_unseen))
            continue;
        snprintf(text, sizeof text, "%s", finding_sentence(connection, finding, sentence));
        finding->keeps_message = false;
        if (dropped)
            finding_say(rules, finding,
                        "%s The capture lacks %" PRIu64 " frame%s, and what is missing may be among them.", text,
                        rules->dropped, rules->dropped == 1 ? "" : "s");
        else
            finding_say(rules, finding,
                        "%s %" PRIu32
                        " segments acknowledge octets that the capture lacks, and what is missing may be among that.",
                        text, connection->acked_unseen);
        finding->certainty = CERTAINTY_PRESUMED;
        finding_lower(finding);
    }
}

/* Nothing but SYNs of one incarnation. */
static bool is_bare_attempt(const struct connection *connection) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    return client->syn_count == client->frames && client->bytes == 0 && connection->side[SIDE_SERVER].frames == 0 &&
           connection->incarnation == 1;
}

/* Each side has, and its peer has acknowledged all of it. */
static bool is_closed(const struct connection *connection) {
    bool closed = true;
    for (unsigned side = 0; side < SIDES; side++) {
        const struct endpoint *x = &connection->side[side];
        closed = closed && x->fin_frame != 0 && x->fin_ack_passed_first.frame != 0 && x->acknowledged >= x->fin;
    }
    return closed;
}

static uint64_t what_ends(const struct connection *connection) {
    bool bare = is_bare_attempt(connection);
    return MORE_AT_END | (bare ? 0 : MORE_AT_END_SPOKEN) | (bare || is_closed(connection) ? 0 : MORE_AT_END_UNCLOSED);
}

bool rules_end(struct rules *rules, struct connection *connection, int64_t now) {
    struct observation end = {
        .connection = connection,
        .frame = connection->last_frame,
        .time = now,
        .more = what_ends(connection),
    };
    for (unsigned side = 0; side < SIDES; side++) {
        const struct path *path = &connection->side[side].path;
        end.before[side] = end.after[side] = (struct snapshot){path->state, path->certainty};
    }
    rules->one_direction = is_one_direction(connection);
    rules->decidable = !rules->one_direction && connection->end != END_EVICTED &&
                       !is_assumed(&connection->side[SIDE_CLIENT]) && !is_assumed(&connection->side[SIDE_SERVER]);
    call_rows(rules, &end);
    doubt_absences(rules, connection);
    return !rules->failed;
}

bool rules_backward(struct rules *rules, uint64_t frame, int64_t time, int64_t before) {
    const struct observation seen = {.frame = frame, .time = time, .provoked_time = before, .more = MORE_BACKWARD};
    call_rows(rules, &seen);
    return !rules->failed;
}

bool rules_broken(struct rules *rules, const struct broken_segment *broken) {
    const struct observation seen = {
        .broken = broken, .frame = broken->frame, .time = broken->time, .more = MORE_BROKEN};
    call_rows(rules, &seen);
    return !rules->failed;
}
