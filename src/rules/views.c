/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/views.h"

#include <stdlib.h>

/* What a device between both points delays, ns. */
static const int64_t LONGEST_DELAY = 1000000000;

/* How a connection was opened. */
struct opening {
    struct passage_of_syn syn;
    struct passage_of_syn answer;
    struct address address[SIDES];
    uint16_t port[SIDES];
};

/* What is known of a connection that is not over. */
struct known {
    uint64_t connection; /* id; 0: free */
    struct other_view others[SIDES];
};

/* What was answered last with some numbers, as little as tells in vain: most are asked for and are not there. */
struct answered {
    uint16_t tag;     /* of the numbers */
    uint16_t opening; /* plus 1; 0: none */
};

enum { PLACES = 4 * VIEWS_OPENINGS, AWAITED = 32 };

/* The openings stand in the order of their SYNs, and so do their places, for an id is the number of a frame: an answer
 * finds its own among those that were in use just now. */
struct views {
    uint16_t places[PLACES];                 /* by connection: which opening may be its */
    uint64_t connections[VIEWS_OPENINGS];    /* ids of the openings, apart: most are asked for in vain; 0: free */
    struct opening openings[VIEWS_OPENINGS]; /* a ring */
    struct answered by_numbers[VIEWS_OPENINGS];
    uint64_t opened;                         /* openings so far */
    struct opening_segment awaited[AWAITED]; /* not looked at yet */
    unsigned waits;                          /* of them */
    bool failed;                             /* memory was out */
    struct known *known;                     /* owned: open addressing, at most half full */
    size_t count;
    size_t capacity; /* a power of two */
    size_t most;     /* that capacity may come to */
};

enum { FIRST_CAPACITY = 64 };

struct views *views_new(size_t octets) {
    struct views *views = calloc(1, sizeof *views);
    if (views == NULL)
        return NULL;
    views->most = FIRST_CAPACITY;
    while (2 * views->most <= octets / sizeof *views->known)
        views->most *= 2;
    return views;
}

void views_free(struct views *views) {
    if (views != NULL) {
        free(views->known);
        free(views);
    }
}

static uint64_t mix(uint64_t value) {
    value *= UINT64_C(0x9E3779B97F4A7C15);
    return value ^ value >> 32;
}

_Static_assert(VIEWS_OPENINGS < UINT16_MAX, "a place holds the number of an opening");

static uint16_t *place_for(struct views *views, uint64_t connection) {
    return &views->places[connection % PLACES];
}

/* NULL: it is not remembered. */
static struct opening *opening_of(struct views *views, uint64_t connection) {
    size_t at = *place_for(views, connection);
    return views->connections[at] == connection ? &views->openings[at] : NULL;
}

static struct opening *open_anew(struct views *views, uint64_t connection) {
    size_t at = views->opened++ % VIEWS_OPENINGS;
    *place_for(views, connection) = (uint16_t)at;
    views->connections[at] = connection;
    struct opening *opening = &views->openings[at];
    opening->syn.frame = opening->answer.frame = 0;
    return opening;
}

/* --- what is known --- */

static size_t place_of(const struct views *views, uint64_t connection) {
    size_t at = mix(connection) & (views->capacity - 1);
    while (views->known[at].connection != 0 && views->known[at].connection != connection)
        at = (at + 1) & (views->capacity - 1);
    return at;
}

static bool grow(struct views *views) {
    struct known *old = views->known;
    size_t capacity = views->capacity;
    size_t larger = capacity == 0 ? FIRST_CAPACITY : 2 * capacity;
    struct known *known = calloc(larger, sizeof *known);
    if (known == NULL)
        return false;
    views->known = known;
    views->capacity = larger;
    for (size_t i = 0; i < capacity; i++) {
        if (old[i].connection != 0)
            known[place_of(views, old[i].connection)] = old[i];
    }
    free(old);
    return true;
}

/* Those that stand behind move up, so that they are still found. */
static void forget(struct views *views, size_t hole) {
    size_t mask = views->capacity - 1;
    views->count--;
    for (size_t at = (hole + 1) & mask; views->known[at].connection != 0; at = (at + 1) & mask) {
        size_t wanted = mix(views->known[at].connection) & mask;
        if (((at - wanted) & mask) >= ((at - hole) & mask)) {
            views->known[hole] = views->known[at];
            hole = at;
        }
    }
    views->known[hole] = (struct known){0};
}

static bool note(struct views *views, uint64_t connection, enum side toward, const struct other_view *other) {
    if (2 * (views->count + 1) > views->capacity && !grow(views))
        return false;
    struct known *known = &views->known[place_of(views, connection)];
    views->count += known->connection == 0;
    known->connection = connection;
    known->others[toward] = *other;
    return true;
}

/* --- recognising --- */

static uint8_t changes(const struct opening *near, const struct opening *far) {
    uint8_t changed = 0;
    for (int i = 0; i < SIDES; i++) {
        changed |= address_equal(&near->address[i], &far->address[i]) ? 0 : (uint8_t)(VIEW_ADDRESS << 2 * i);
        changed |= near->port[i] == far->port[i] ? 0 : (uint8_t)(VIEW_PORT << 2 * i);
    }
    return changed;
}

/* The SYN passes the point near the client first, the answer to it last. */
static bool is_nested(const struct opening *near, const struct opening *far) {
    return near->syn.frame < far->syn.frame && far->syn.frame < far->answer.frame &&
           far->answer.frame < near->answer.frame && llabs(far->syn.time - near->syn.time) <= LONGEST_DELAY &&
           llabs(near->answer.time - far->answer.time) <= LONGEST_DELAY;
}

static bool has_same_stamp(const struct passage_of_syn *one, const struct passage_of_syn *other) {
    return one->stamped && other->stamped && one->tsval == other->tsval && one->tsval != 0;
}

static bool differs_in_stamp(const struct passage_of_syn *one, const struct passage_of_syn *other) {
    return one->stamped != other->stamped || one->tsval != other->tsval;
}

/* Numbers that programs write by hand say nothing. */
static bool is_drawn(uint32_t number) {
    return number > UINT16_MAX;
}

/* How sure it is that both are one; CERTAINTY_REFUTED: not at all. */
static enum certainty judge(const struct opening *near, const struct opening *far) {
    bool syn_falls = far->syn.hop_limit < near->syn.hop_limit;
    bool answer_falls = near->answer.hop_limit < far->answer.hop_limit;
    bool rises = far->syn.hop_limit > near->syn.hop_limit || near->answer.hop_limit > far->answer.hop_limit;
    bool same_stamps = has_same_stamp(&near->syn, &far->syn) && has_same_stamp(&near->answer, &far->answer);
    bool other_stamps = differs_in_stamp(&near->syn, &far->syn) || differs_in_stamp(&near->answer, &far->answer);
    bool one_end_stays = (changes(near, far) & (VIEW_ADDRESS | VIEW_PORT) << 2 * SIDE_CLIENT) == 0 ||
                         (changes(near, far) & (VIEW_ADDRESS | VIEW_PORT) << 2 * SIDE_SERVER) == 0;
    if (!is_nested(near, far) || !is_drawn(near->syn.seq) || !is_drawn(near->answer.seq) || rises || other_stamps)
        return CERTAINTY_REFUTED;
    if (same_stamps && syn_falls && answer_falls)
        return CERTAINTY_CERTAIN;
    return same_stamps || (one_end_stays && syn_falls && answer_falls) ? CERTAINTY_PRESUMED : CERTAINTY_REFUTED;
}

static uint64_t *connection_of(struct views *views, const struct opening *opening) {
    return &views->connections[opening - views->openings];
}

static bool link_both(struct views *views, const struct opening *near, const struct opening *far) {
    uint64_t near_id = *connection_of(views, near), far_id = *connection_of(views, far);
    struct other_view view = {.certainty = (uint8_t)judge(near, far), .changed = changes(near, far)};
    if (view.certainty == CERTAINTY_REFUTED || 2 * (views->count + SIDES) > views->most)
        return true;
    view.connection = far_id;
    if (!note(views, near_id, SIDE_SERVER, &view))
        return false;
    view.connection = near_id;
    return note(views, far_id, SIDE_CLIENT, &view);
}

static uint64_t mix_numbers(uint32_t syn, uint32_t answer) {
    return mix((uint64_t)syn << 32 | answer);
}

/* The one before it with these numbers, if it is another and is not over, else NULL; this one takes its place. */
static const struct opening *exchange(struct views *views, const struct opening *opening) {
    uint64_t mixed = mix_numbers(opening->syn.seq, opening->answer.seq);
    uint16_t tag = (uint16_t)(mixed >> 16);
    struct answered *place = &views->by_numbers[mixed % VIEWS_OPENINGS];
    struct answered before = *place;
    *place = (struct answered){.tag = tag, .opening = (uint16_t)(opening - views->openings + 1)};
    if (before.opening == 0 || before.tag != tag)
        return NULL;
    const struct opening *other = &views->openings[before.opening - 1];
    uint64_t id = *connection_of(views, other);
    bool held = id != 0 && id != *connection_of(views, opening);
    return held && other->syn.seq == opening->syn.seq && other->answer.seq == opening->answer.seq ? other : NULL;
}

static void pass(struct passage_of_syn *passage, const struct passage_of_syn *again) {
    uint64_t first = passage->frame;
    *passage = *again;
    passage->frame = first == 0 ? again->frame : first;
}

static void take_syn(struct views *views, const struct opening_segment *syn) {
    /* of one that begins with it nothing is known: where it would be is far away in memory */
    bool first = syn->connection == syn->passage.frame;
    struct opening *opening = first ? NULL : opening_of(views, syn->connection);
    if (opening == NULL || opening->syn.seq != syn->passage.seq || opening->port[SIDE_CLIENT] != syn->source_port) {
        opening = open_anew(views, syn->connection);
        opening->address[SIDE_CLIENT] = syn->source;
        opening->address[SIDE_SERVER] = syn->destination;
        opening->port[SIDE_CLIENT] = syn->source_port;
        opening->port[SIDE_SERVER] = syn->destination_port;
    }
    if (opening->answer.frame == 0)
        pass(&opening->syn, &syn->passage);
}

static bool take_answer(struct views *views, const struct opening_segment *answer) {
    struct opening *opening = opening_of(views, answer->connection);
    if (opening == NULL || opening->answer.frame != 0 || answer->ack != opening->syn.seq + 1)
        return true;
    pass(&opening->answer, &answer->passage);
    const struct opening *far = exchange(views, opening);
    return far == NULL || link_both(views, opening, far);
}

/* What an answer is held against is mostly far away in memory, one behind the other: it is called for together.
 * Inline, for a call of a function that gives nothing back and does nothing but this is left out by the compiler. */
__attribute__((always_inline)) static inline void call_for_awaited(const struct views *views) {
    for (unsigned i = 0; i < views->waits; i++) {
        const struct opening_segment *awaited = &views->awaited[i];
        __builtin_prefetch(&views->places[awaited->connection % PLACES]);
        if (awaited->answers)
            __builtin_prefetch(&views->by_numbers[mix_numbers(awaited->ack - 1, awaited->passage.seq) % VIEWS_OPENINGS],
                               1);
    }
    for (unsigned i = 0; i < views->waits; i++) {
        size_t at = views->places[views->awaited[i].connection % PLACES];
        if (!views->awaited[i].answers)
            continue;
        __builtin_prefetch(&views->connections[at]);
        __builtin_prefetch(&views->openings[at].syn);
        __builtin_prefetch(&views->openings[at].answer, 1);
    }
}

static bool take_all_awaited(struct views *views) {
    bool good = !views->failed;
    call_for_awaited(views);
    for (unsigned i = 0; i < views->waits && good; i++) {
        const struct opening_segment *awaited = &views->awaited[i];
        if (awaited->answers)
            good = take_answer(views, awaited);
        else
            take_syn(views, awaited);
    }
    views->waits = 0;
    views->failed = !good;
    return good;
}

bool views_ask(const struct segment *segment, uint64_t connection, struct opening_segment *asked) {
    const uint16_t kind = segment->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN);
    bool answers = kind == (TCP_SYN | TCP_ACK);
    if (connection == 0 || (segment->options.present & OPTION_CUT) != 0 || (kind != TCP_SYN && !answers))
        return false;
    *asked = (struct opening_segment){.connection = connection,
                                      .passage = {.frame = segment->frame,
                                                  .time = segment->time,
                                                  .seq = segment->seq,
                                                  .tsval = segment->options.timestamp_value,
                                                  .stamped = (segment->options.present & OPTION_TIMESTAMPS) != 0,
                                                  .hop_limit = segment->hop_limit},
                                      .ack = segment->ack,
                                      .source_port = segment->source_port,
                                      .destination_port = segment->destination_port,
                                      .source = segment->source,
                                      .destination = segment->destination,
                                      .answers = answers};
    return true;
}

static bool await_one_more(struct views *views) {
    return ++views->waits < AWAITED || take_all_awaited(views);
}

bool views_segment(struct views *views, const struct segment *segment, uint64_t connection) {
    return !views_ask(segment, connection, &views->awaited[views->waits]) || await_one_more(views);
}

bool views_take(struct views *views, const struct opening_segment *asked) {
    views->awaited[views->waits] = *asked;
    return await_one_more(views);
}

bool views_end(struct views *views, uint64_t connection, struct other_view others[SIDES]) {
    if (views->failed || (views->waits > 0 && !take_all_awaited(views)))
        return false;
    uint64_t *held = &views->connections[*place_for(views, connection)];
    if (*held == connection)
        *held = 0;
    if (views->count == 0)
        return true;
    size_t at = place_of(views, connection);
    if (views->known[at].connection == 0)
        return true;
    for (int i = 0; i < SIDES && others != NULL; i++)
        others[i] = views->known[at].others[i];
    forget(views, at);
    return true;
}
