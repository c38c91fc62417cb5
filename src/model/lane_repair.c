/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/budget.h"
#include "model/lane.h"

#include <string.h>

/* What octets sent again, SACK blocks and ACKs that ask once more come to in a connection that closed in an ordinary
 * way behind them: which findings, not how often and what these say. Where that takes more than the numbers of the
 * segments tell, nothing is told, and the connection is of no kind. */

struct repair_walk {
    int64_t duplicate_window;
    struct lane_repairs repairs;
    unsigned repeats[SIDES];              /* ACKs that moved nothing on */
    unsigned count;                       /* of what has passed behind the first */
    struct lane_passed passed[UINT8_MAX]; /* as many as lane.segments can count */
};

/* The latest segment of that side before the one at `at`; NULL: none. */
static const struct lane_passed *before(const struct repair_walk *walk, unsigned at, enum side side) {
    while (at > 0) {
        if (walk->passed[--at].side == side) {
            return &walk->passed[at];
        }
    }
    return NULL;
}

/* As a copy of it by the capture is told from one that was sent again (account.c). */
static bool may_be_copy(const struct repair_walk *walk, const struct lane_passed *passed) {
    const struct lane_passed *earlier = passed;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        earlier = before(walk, (unsigned)(earlier - walk->passed), (enum side)passed->side);
        if (earlier == NULL || passed->time - earlier->time > walk->duplicate_window) {
            return false;
        }
        if (earlier->seq == passed->seq && earlier->ack == passed->ack && earlier->length == passed->length &&
            earlier->imprint == passed->imprint) {
            return true;
        }
    }
    return false;
}

static bool meets(const struct lane_passed *one, const struct lane_passed *other) {
    return one->length > 0 && (int32_t)(one->seq - (other->seq + other->length)) < 0 &&
           (int32_t)(other->seq - (one->seq + one->length)) < 0;
}

static bool is_same(const struct lane_passed *one, const struct lane_passed *other) {
    return one->seq == other->seq && one->length == other->length && one->captured == other->captured &&
           memcmp(one->payload, other->payload, lane_passed_octets(one)) == 0;
}

/* Each segment of its side before this one that has octets in common with it is the same. */
static bool repeats_exactly(const struct repair_walk *walk, const struct lane_passed *passed) {
    for (const struct lane_passed *earlier = walk->passed; earlier < passed; earlier++) {
        if (earlier->side == passed->side && meets(earlier, passed) && !is_same(earlier, passed)) {
            return false;
        }
    }
    return true;
}

/* A block may tell that octets came twice (RFC 2883 4). */
static bool may_report_duplicate(const struct lane_passed *passed) {
    struct tcp_options options;
    lane_passed_blocks(passed, &options);
    if (options.sack_count == 0) {
        return false;
    }
    bool within_second = options.sack_count > 1 && (int32_t)(options.sack[0].begin - options.sack[1].begin) >= 0 &&
                         (int32_t)(options.sack[1].end - options.sack[0].end) >= 0;
    return (int32_t)(options.sack[0].end - passed->ack) <= 0 || within_second;
}

/* Nothing that the receiver had acknowledged, which might be in vain; and with the same octets. */
static bool note_again(struct repair_walk *walk, uint32_t acked, const struct lane_passed *passed) {
    walk->repairs.marks |= REPAIR_SENT_AGAIN;
    walk->repairs.octets_again += passed->length;
    return (int32_t)(acked - (passed->seq + passed->length)) < 0 && !may_be_copy(walk, passed) &&
           repeats_exactly(walk, passed);
}

/* An ACK of what was acknowledged before. One that offers another window does so for its sake, and the window of a
 * SYN/ACK cannot be compared. */
static bool note_repeated_ack(struct repair_walk *walk, uint32_t next, const struct lane_passed *passed) {
    const struct lane_passed *last = before(walk, (unsigned)(passed - walk->passed), (enum side)passed->side);
    walk->repairs.marks |= next != passed->ack ? REPAIR_ASKED_FOR : 0;
    return last != NULL && last->window == passed->window && !last->opens && !may_be_copy(walk, passed) &&
           ++walk->repeats[passed->side] < ACK_LOOP;
}

/* sides: as they stand behind it. False: there is no telling. */
static bool note(struct repair_walk *walk, const struct lane_side sides[SIDES], const struct lane_passed *passed) {
    bool ok = passed->blocks == NULL || !may_report_duplicate(passed);
    if (passed->again) {
        return ok && note_again(walk, sides[passed->side].acked, passed);
    }
    return ok && (!passed->repeats || note_repeated_ack(walk, sides[1 - passed->side].next, passed));
}

bool lane_repairs(const struct model *model, const struct connection *connection, struct lane_repairs *repairs) {
    uint8_t log[LANE_LOG_MOST + LANE_COPY_SLACK];
    const uint8_t *at = lane_copy(connection, log + LANE_LOG_MOST);
    struct repair_walk walk;
    struct lane_walk walked = lane_walk_from_begin(connection);
    memset(&walk, 0, offsetof(struct repair_walk, passed));
    walk.duplicate_window = model->settings.duplicate_window;
    for (unsigned read = 0; read < lane_in(connection)->segments; read++) {
        struct lane_passed *passed = &walk.passed[read];
        at = lane_log_pass(at, &walked, passed);
        if (read > 0 && !note(&walk, walked.side, passed)) {
            return false;
        }
    }
    *repairs = walk.repairs;
    repairs->marks |= lane_in(connection)->refilled ? REPAIR_AT_CLOSE : 0;
    return true;
}
