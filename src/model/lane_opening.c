/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_opening.h"

#include "model/lane.h"

#include <stdlib.h>
#include <string.h>

/* What connections are alike in. Compared and hashed as octets. */
struct traits {
    struct ordinary_side offer[SIDES];
    uint16_t flags[OPENING];
    uint8_t checksum[OPENING];
    uint8_t version; /* of IP */
    uint16_t window; /* of the ACK */
    uint8_t stamped; /* options of the ACK */
    uint8_t good_checksums;
    uint16_t linked; /* it is known from where the segments of a side come: bits */
};
_Static_assert(sizeof(struct traits) % sizeof(uint64_t) == 0, "made of words, without padding");

struct likeness {
    struct traits traits;
    enum { FREE, MET, PROVED, UNUSABLE } standing;
    struct connection record; /* as it stood behind the latest opening that went through the model */
};

enum { LIKENESS_BITS = 6, LIKENESSES = 1 << LIKENESS_BITS, TRIES = 4 };
struct lane_openings {
    struct likeness table[LIKENESSES]; /* by hash */
    struct connection again;           /* what would have been put down */
};

struct lane_openings *lane_openings_new(void) {
    return calloc(1, sizeof(struct lane_openings));
}

void lane_openings_free(struct lane_openings *openings) {
    free(openings);
}

static unsigned place_of(const struct traits *traits) {
    const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t words[sizeof *traits / sizeof(uint64_t)], mixed = 0;
    memcpy(words, traits, sizeof words);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        mixed = (mixed ^ words[i]) * factor;
        mixed ^= mixed >> 32;
    }
    return (unsigned)(mixed * factor >> (64 - LIKENESS_BITS));
}

/* Where there is no room for another, it takes the place of the one that stands first. */
static struct likeness *likeness_of(struct lane_openings *openings, const struct traits *traits) {
    unsigned place = place_of(traits), free = place;
    for (unsigned i = 0; i < TRIES; i++) {
        struct likeness *likeness = &openings->table[(place + i) % LIKENESSES];
        if (likeness->standing == FREE) {
            free = place + i;
            break;
        }
        if (memcmp(&likeness->traits, traits, sizeof *traits) == 0) {
            return likeness;
        }
    }
    struct likeness *likeness = &openings->table[free % LIKENESSES];
    likeness->traits = *traits;
    likeness->standing = FREE;
    return likeness;
}

/* --- reading --- */

static struct opening_step step_of(const struct segment *segment) {
    return (struct opening_step){.frame = segment->frame,
                                 .time = segment->time,
                                 .seq = segment->seq,
                                 .ack = segment->ack,
                                 .ip_id = segment->ip_id,
                                 .tsval = segment->options.timestamp_value,
                                 .tsecr = segment->options.timestamp_echo,
                                 .imprint = segment_imprint(segment)};
}

/* One without octets and not odd in any way. */
static bool is_bare(const struct segment *segment, uint16_t flags) {
    return segment->flags == flags && segment->length == 0 && segment->odd == 0 && segment->options.sack_count == 0;
}

static bool fit_together(const struct opening *opening) {
    const struct opening_step *syn = &opening->syn, *syn_ack = &opening->syn_ack, *ack = &opening->ack;
    bool in_order = syn_ack->ack == syn->seq + 1 && ack->seq == syn->seq + 1 && ack->ack == syn_ack->seq + 1;
    bool clock_goes_on =
        (opening->latest->options.present & OPTION_TIMESTAMPS) == 0 || (int32_t)(ack->tsval - syn->tsval) >= 0;
    return in_order && clock_goes_on && syn->time < syn_ack->time && syn_ack->time < ack->time &&
           ack->time - syn->time < LIVENESS_SILENCE;
}

/* The three segments, one after the other: each side's are read to the same place. */
static bool read_steps(const uint8_t *from, struct segment *const segments[SIDES], struct opening *opening,
                       struct traits *traits) {
    static const struct {
        uint8_t sender;
        uint16_t flags;
    } expected[OPENING] = {{SIDE_CLIENT, TCP_SYN}, {SIDE_SERVER, TCP_SYN | TCP_ACK}, {SIDE_CLIENT, TCP_ACK}};
    struct opening_step *const steps[OPENING] = {&opening->syn, &opening->syn_ack, &opening->ack};
    enum side side;
    for (int i = 0; i < OPENING; i++) {
        from = lane_log_next(from, &opening->walk, segments, &side);
        if (side != expected[i].sender || !is_bare(segments[side], expected[i].flags)) {
            return false;
        }
        *steps[i] = step_of(segments[side]);
        traits->flags[i] = segments[side]->flags;
        traits->checksum[i] = segments[side]->checksum;
        opening->stamped[side] = i == OPENING - 1 ? opening->stamped[side] : segments[side]->options.present != 0;
    }
    opening->behind = from;
    return true;
}

bool lane_opening_read(const struct model *model, const struct connection *connection, const uint8_t *from,
                       const struct lane_walk *walk, struct segment *const segments[SIDES], struct opening *opening) {
    const struct lane *lane = lane_in(connection);
    if (!model->settings.openings_alike || !model->settings.no_log || lane->segments < OPENING) {
        return false;
    }
    struct traits traits = {.offer = {lane->offer[SIDE_CLIENT], lane->offer[SIDE_SERVER]},
                            .version = lane_version(connection),
                            .good_checksums = model->seen_good_checksum};
    opening->walk = *walk;
    opening->latest = segments[SIDE_CLIENT];
    if (!read_steps(from, segments, opening, &traits) || !fit_together(opening)) {
        return false;
    }
    traits.window = opening->latest->window;
    traits.stamped = (uint8_t)opening->latest->options.present;
    for (int i = 0; i < SIDES; i++) {
        traits.offer[i].traits = 0;
        opening->link_source[i] = segments[i]->link_source;
        opening->hop_limit[i] = segments[i]->hop_limit;
        traits.linked |= (uint16_t)((segments[i]->link_source != 0) << i);
    }
    opening->likeness = likeness_of(model->openings, &traits);
    return true;
}

/* --- putting down --- */

static void put_event(struct path_event *event, const struct opening_step *step, const struct opening_step *settled) {
    event->frame = step->frame;
    event->time = step->time;
    event->settled_by = settled != NULL ? settled->frame : 0;
}

static void put_recent(struct recent_segment *recent, const struct opening_step *step, uint8_t hop_limit) {
    recent->frame = step->frame;
    recent->hop_limit = hop_limit;
    recent->time = step->time;
    recent->raw_seq = step->seq;
    recent->raw_ack = step->ack;
    recent->ip_id = step->ip_id;
    recent->tsval = step->tsval;
    recent->imprint = step->imprint;
}

/* Of either side: first and latest that it sent, and the latest of its peer. */
static void put_side(struct endpoint *x, const struct opening *opening, enum side side,
                     const struct opening_step *first, const struct opening_step *latest,
                     const struct opening_step *peer) {
    x->path.events = x->first_events;
    x->isn = first->seq;
    x->acknowledged_time = peer->time;
    x->acknowledged_frame = peer->frame;
    x->opening = (struct passed){peer->frame, peer->time};
    x->last_sent_time = latest->time;
    x->last_sent_frame = latest->frame;
    x->octets_frame = first->frame;
    x->octets_time = x->text_time = first->time;
    x->text_passed = true;
    x->link_source = x->provenance.link_source = opening->link_source[side];
    x->hop_limit = x->provenance.hop_limit = opening->hop_limit[side];
    if (opening->stamped[side]) {
        x->tsval_max = first->tsval;
        x->clock_first_tsval = first->tsval;
        x->clock_first_time = first->time;
    }
}

static void put_client(struct endpoint *x, const struct opening *opening) {
    const struct opening_step *syn = &opening->syn, *syn_ack = &opening->syn_ack, *ack = &opening->ack;
    put_side(x, opening, SIDE_CLIENT, syn, ack, syn_ack);
    x->round_trip = x->round_trip_latest = ack->time - syn_ack->time;
    x->syn_frame = syn->frame;
    x->syn_time = x->syn_last_time = syn->time;
    x->syn_last_tsval = syn->tsval;
    x->run.since = ack->time;
    x->run.frame = ack->frame;
    x->run.seq = ack->seq;
    x->run.ack = ack->ack;
    put_recent(&x->recent[1], syn, x->hop_limit);
    put_recent(&x->recent[2], ack, x->hop_limit);
    put_event(&x->path.events[0], syn, NULL);
    put_event(&x->path.events[1], syn_ack, ack);
    if ((opening->latest->options.present & OPTION_TIMESTAMPS) != 0) {
        x->tsval_max = x->tsval_recent = x->fresh_tsval = ack->tsval;
        x->tsecr_sent = ack->tsecr;
        x->fresh_time = ack->time;
        x->fresh_known = true;
        x->clock_least = 0;
        x->clock_proved = false;
        clock_note(x, opening->latest);
    }
}

static void put_server(struct endpoint *x, const struct opening *opening) {
    const struct opening_step *syn = &opening->syn, *syn_ack = &opening->syn_ack, *ack = &opening->ack;
    put_side(x, opening, SIDE_SERVER, syn_ack, syn_ack, ack);
    x->round_trip = x->round_trip_latest = syn_ack->time - syn->time;
    x->syn_ack_frame = syn_ack->frame;
    x->syn_ack_time = x->syn_ack_last_time = syn_ack->time;
    x->tsecr_sent = opening->stamped[SIDE_SERVER] ? syn_ack->tsecr : x->tsecr_sent;
    put_recent(&x->recent[1], syn_ack, x->hop_limit);
    put_event(&x->path.events[0], syn, syn_ack);
    put_event(&x->path.events[1], ack, NULL);
}

static void put_zeek(struct zeek_side *side, uint32_t isn) {
    uint32_t on = isn - side->start;
    side->start += on;
    side->end += on;
    side->acked += on;
}

static void put_down(const struct opening *opening, const struct connection *connection, struct connection *record) {
    enum { HEAD = LANE_HEAD };
    memcpy((char *)record + HEAD, (const char *)&opening->likeness->record + HEAD, sizeof *record - HEAD);
    lane_copy_head(connection, record);
    record->network_back = record->network;
    record->encapsulation_back = record->encapsulation;
    record->last_frame = opening->ack.frame;
    record->last_time = opening->ack.time;
    record->first_time = opening->syn.time;
    record->handshake_ack_frame = opening->ack.frame;
    record->handshake_ack_time = opening->ack.time;
    record->log.rows = record->first_rows;
    put_client(&record->side[SIDE_CLIENT], opening);
    put_server(&record->side[SIDE_SERVER], opening);
    put_zeek(&record->zeek.side[SIDE_CLIENT], opening->syn.seq);
    put_zeek(&record->zeek.side[SIDE_SERVER], opening->syn_ack.seq);
}

bool lane_opening_recall(const struct opening *opening, const struct connection *connection,
                         struct connection *record) {
    if (opening->likeness->standing != PROVED) {
        return false;
    }
    put_down(opening, connection, record);
    return true;
}

/* --- remembering --- */

/* It owns nothing, and points to nothing but itself. */
static bool can_be_repeated(const struct connection *record) {
    bool plain = record->findings == NULL && record->liveness == NULL && record->oddities == NULL &&
                 record->older == NULL && record->log.rows == record->first_rows;
    for (int i = 0; i < SIDES; i++) {
        const struct endpoint *x = &record->side[i];
        plain = plain && x->path.events == x->first_events && x->kept == NULL && x->incidents == NULL &&
                x->holes.count == 0;
    }
    return plain;
}

void lane_opening_note(const struct model *model, const struct opening *opening, const struct connection *connection,
                       const struct connection *record) {
    struct likeness *likeness = opening->likeness;
    struct connection *again = &model->openings->again;
    if (likeness->standing == FREE) {
        likeness->record = *record;
        likeness->standing = can_be_repeated(record) ? MET : UNUSABLE;
    } else if (likeness->standing == MET) {
        put_down(opening, connection, again);
        again->side[SIDE_CLIENT].path.events = record->side[SIDE_CLIENT].path.events;
        again->side[SIDE_SERVER].path.events = record->side[SIDE_SERVER].path.events;
        again->log.rows = record->log.rows;
        likeness->standing = memcmp(again, record, sizeof *again) == 0 ? PROVED : UNUSABLE;
    }
}
