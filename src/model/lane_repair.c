/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/budget.h"
#include "model/lane.h"

#include <string.h>

/* What octets sent again, SACK blocks and ACKs that ask once more come to in a connection that closed in an ordinary
 * way behind them: which findings, not how often and what these say. Where that takes more than the numbers of the
 * segments tell, nothing is told, and the connection is of no kind. */

/* A segment as a copy of it by the capture is told from one that was sent again (account.c). */
struct passed_lately {
    int64_t time;
    uint32_t seq;
    uint32_t ack;
    uint32_t length;
    uint16_t imprint;
    bool there;
};

struct repaired_side {
    struct passed_lately lately[RECENT_SEGMENTS]; /* a ring */
    unsigned latest;
    unsigned repeats; /* ACKs that moved nothing on */
    uint16_t flags;   /* of the segment before */
    uint16_t window;  /* likewise */
};

/* Octets as they passed. */
struct passed_octets {
    uint32_t seq;
    uint32_t length;
    uint32_t captured;
    uint8_t side; /* enum side */
    const uint8_t *payload;
    uint64_t sum;
};

struct repair_walk {
    int64_t duplicate_window;
    struct repaired_side side[SIDES];
    struct lane_repairs repairs;
    unsigned count;                         /* of what follows */
    struct passed_octets octets[UINT8_MAX]; /* as many as lane.segments can count */
};

static bool may_be_copy(const struct repair_walk *walk, const struct repaired_side *x, const struct segment *segment) {
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct passed_lately *earlier = &x->lately[i];
        if (earlier->there && segment->time - earlier->time <= walk->duplicate_window && earlier->seq == segment->seq &&
            earlier->ack == segment->ack && earlier->length == segment->length &&
            earlier->imprint == segment_imprint(segment)) {
            return true;
        }
    }
    return false;
}

static void remember(struct repair_walk *walk, enum side side, const struct segment *segment) {
    struct repaired_side *x = &walk->side[side];
    x->latest = x->latest + 1 == RECENT_SEGMENTS ? 0 : x->latest + 1;
    x->lately[x->latest] = (struct passed_lately){
        segment->time, segment->seq, segment->ack, segment->length, segment_imprint(segment), true};
    x->flags = segment->flags;
    x->window = segment->window;
    if (segment->length > 0) {
        walk->octets[walk->count++] = (struct passed_octets){segment->seq,  segment->length,  segment->payload_captured,
                                                             (uint8_t)side, segment->payload, segment->payload_sum};
    }
}

static bool meets(const struct passed_octets *one, const struct segment *other) {
    return (int32_t)(one->seq - (other->seq + other->length)) < 0 &&
           (int32_t)(other->seq - (one->seq + one->length)) < 0;
}

static bool is_same(const struct passed_octets *one, const struct segment *other) {
    return one->seq == other->seq && one->length == other->length && one->captured == other->payload_captured &&
           memcmp(one->payload, other->payload, one->captured < KEPT_HEAD ? one->captured : KEPT_HEAD) == 0 &&
           (one->captured <= KEPT_HEAD || one->sum == other->payload_sum);
}

/* Each segment of that side before this one that has octets in common with it is the same. */
static bool repeats_exactly(const struct repair_walk *walk, enum side side, const struct segment *segment) {
    for (unsigned i = 0; i < walk->count; i++) {
        const struct passed_octets *earlier = &walk->octets[i];
        if (earlier->side == side && meets(earlier, segment) && !is_same(earlier, segment)) {
            return false;
        }
    }
    return true;
}

/* A block may tell that octets came twice (RFC 2883 4). */
static bool may_report_duplicate(const struct tcp_options *options, uint32_t ack) {
    if ((options->present & OPTION_SACK) == 0 || options->sack_count == 0) {
        return false;
    }
    bool within_second = options->sack_count > 1 && (int32_t)(options->sack[0].begin - options->sack[1].begin) >= 0 &&
                         (int32_t)(options->sack[1].end - options->sack[0].end) >= 0;
    return (int32_t)(options->sack[0].end - ack) <= 0 || within_second;
}

/* Nothing that the receiver had acknowledged, which might be in vain; and with the same octets. */
static bool note_again(struct repair_walk *walk, enum side side, uint32_t acked, const struct segment *segment) {
    walk->repairs.marks |= REPAIR_SENT_AGAIN;
    walk->repairs.octets_again += segment->length;
    return (int32_t)(acked - (segment->seq + segment->length)) < 0 && !may_be_copy(walk, &walk->side[side], segment) &&
           repeats_exactly(walk, side, segment);
}

/* An ACK of what was acknowledged before. One that offers another window does so for its sake, and the window of a
 * SYN/ACK cannot be compared. */
static bool note_repeated_ack(struct repair_walk *walk, enum side side, uint32_t next, const struct segment *segment) {
    struct repaired_side *x = &walk->side[side];
    walk->repairs.marks |= next != segment->ack ? REPAIR_ASKED_FOR : 0;
    return x->window == segment->window && (x->flags & TCP_SYN) == 0 && !may_be_copy(walk, x, segment) &&
           ++x->repeats < ACK_LOOP;
}

/* before: how both sides stood. False: there is no telling. */
static bool note(struct repair_walk *walk, const struct lane_side before[SIDES], enum side side,
                 const struct segment *segment) {
    const struct lane_side *x = &before[side], *y = &before[other_side(side)];
    bool ok = !may_report_duplicate(&segment->options, segment->ack);
    if (segment->seq != x->next) {
        ok = ok && note_again(walk, side, x->acked, segment);
    } else if (segment->length == 0 && (segment->flags & TCP_FIN) == 0 && segment->ack == y->acked) {
        ok = ok && note_repeated_ack(walk, side, y->next, segment);
    }
    remember(walk, side, segment);
    return ok;
}

bool lane_repairs(const struct model *model, const struct connection *connection, struct lane_repairs *repairs) {
    uint8_t log[LANE_LOG_MOST + LANE_COPY_SLACK];
    const uint8_t *at = lane_log_copy(&lane_in(connection)->log, log + LANE_LOG_MOST);
    struct repair_walk walk;
    struct lane_walk walked = lane_walk_from_begin(connection);
    struct segment segment;
    enum side side;
    memset(&walk, 0, offsetof(struct repair_walk, octets));
    walk.duplicate_window = model->settings.duplicate_window;
    for (uint64_t read = 0; read < lane_in(connection)->segments; read++) {
        const struct lane_side before[SIDES] = {walked.side[0], walked.side[1]};
        at = lane_log_read(at, &walked, &segment, &side);
        if (read > 0 && !note(&walk, before, side, &segment)) {
            return false;
        }
    }
    *repairs = walk.repairs;
    repairs->marks |= lane_in(connection)->refilled ? REPAIR_AT_CLOSE : 0;
    return true;
}
