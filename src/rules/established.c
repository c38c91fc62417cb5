/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/kept.h"
#include "rules/rule.h"

#include <inttypes.h>

/* What goes on while a connection is open (RFC 9293 3.8, 3.10.7.4). */

/* Before the first number seen of a connection that was picked up midstream: only late, not seen before. */
static bool is_before_capture(const struct observation *seen) {
    return seen->connection->midstream && sender_of(seen)->isn_known != ISN_SEEN && seen->seq < 1;
}

/* The frame in which that octet of the sender passed first; 0: it is kept no more, or was not captured. */
static uint64_t first_frame_of(const struct endpoint *sender, int64_t seq) {
    const struct kept *kept = sender->kept;
    for (uint32_t i = 0; kept != NULL && i < kept->room; i++) {
        const struct kept_segment *segment = &kept->ring[i];
        if (segment->captured != 0 && segment->begin <= seq && seq < segment->begin + (int64_t)segment->captured)
            return segment->frame;
    }
    return 0;
}

/* The first time that octets are sent again is told of: what its receiver said before, and which frame had them. */
static void say_cause(struct rules *rules, const struct observation *seen, struct finding *finding, uint64_t first) {
    const struct finding *asked = find_finding(seen->connection, ANOMALY_DUPLICATE_ACK);
    const char *name = side_name((enum side)seen->sender);
    struct words octets = octets_words(seen->repeated_octets);
    if (asked != NULL && asked->side == receiver_side(seen) && asked->last_frame > first)
        finding_say(rules, finding,
                    "The %s sent %s again from relative sequence number %" PRId64 " on (frame %" PRIu64
                    "), after duplicate ACKs up to frame %" PRIu64 " had asked for them.",
                    name, octets.text, seen->seq, first, asked->last_frame);
    else
        finding_say(rules, finding,
                    "The %s sent %s again from relative sequence number %" PRId64 " on (frame %" PRIu64
                    "), which nothing had asked for: %s.",
                    name, octets.text, seen->seq, first,
                    sender_of(seen)->acknowledged > seen->seq ? "they were acknowledged already" : "no ACK had come");
}

void rule_data_retransmitted(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (is_before_capture(seen))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    uint64_t first = seen->provoked_by != 0 ? seen->provoked_by : first_frame_of(sender_of(seen), seen->seq);
    finding_add_frame(finding, first);
    if (seen->repeated_octets < (int64_t)seen->segment->length)
        finding_say(rules, finding,
                    "The %s sent %s from relative sequence number %" PRId64 " on, of which %" PRId64
                    " had passed here before.",
                    side_name((enum side)seen->sender), octets_words(seen->segment->length).text, seen->seq,
                    seen->repeated_octets);
    else if (first != 0)
        say_cause(rules, seen, finding, first);
    else
        finding_say(rules, finding, "The %s sent %s again from relative sequence number %" PRId64 " on.",
                    side_name((enum side)seen->sender), octets_words(seen->repeated_octets).text, seen->seq);
}

/* Where the hole begins that ends at this segment. */
static int64_t hole_begin(const struct observation *seen) {
    const struct ranges *holes = &sender_of(seen)->holes;
    for (unsigned i = 0; i < holes->count; i++) {
        if (holes->items[i].end == seen->seq)
            return holes->items[i].begin;
    }
    return seen->seq;
}

/* The hole is raised when it opens; when it is filled later, the octets were lost on the wire before the capture. */
void rule_sequence_hole(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->facts & FACT_HOLE) == 0) {
        struct finding *filled = find_finding(seen->connection, id);
        if (filled != NULL && filled->side == seen->sender) {
            finding_add_frame(filled, seen->frame);
            filled->location = LOCATION_BEFORE;
        }
        return;
    }
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    int64_t begin = hole_begin(seen);
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, begin);
    finding_say(rules, finding,
                "%s of the %s %s missing here: expected relative sequence number %" PRId64 ", seen %" PRId64 ".",
                octets_words(seen->seq - begin).text, side_name((enum side)seen->sender),
                seen->seq - begin == 1 ? "is" : "are", begin, seen->seq);
}

/* Nothing stands behind a FIN: an ACK beyond it proves by itself that it covers octets which do not exist. */
static bool runs_beyond_fin(const struct observation *seen) {
    const struct endpoint *receiver = receiver_of(seen);
    return (seen->facts & FACT_ACK_UNSEEN) != 0 && receiver->fin_frame != 0 && seen->ack > receiver->fin + 1;
}

static void raise_ack_beyond_fin(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *receiver = receiver_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, receiver->fin_frame);
    finding_expect_ack(finding, seen->connection, (enum side)seen->sender, receiver->fin + 1);
    finding_say(rules, finding,
                "The ACK number %" PRId64 " lies beyond the FIN of the %s (frame %" PRIu64 "), which ends at %" PRId64
                ": there is nothing to acknowledge.",
                seen->ack, side_name(receiver_side(seen)), receiver->fin_frame, receiver->fin + 1);
}

/* This segment proves that the ACK of an earlier frame covered octets which did not exist: that one is the anomaly. */
void rule_ack_of_unsent_data(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (runs_beyond_fin(seen))
        raise_ack_beyond_fin(rules, seen, id);
    if ((seen->more & MORE_ACK_OF_UNSENT) == 0)
        return;
    struct connection *connection = seen->connection;
    uint64_t frame = sender_of(seen)->early_ack_frame;
    if (find_finding_at(connection, id, frame) != NULL)
        return;
    struct finding *unseen = find_finding_at(connection, ANOMALY_ACKED_UNSEEN_SEGMENT, frame);
    struct numbers numbers = {0};
    if (unseen != NULL) {
        numbers = unseen->seen;
        withdraw_occurrence(unseen, frame);
    }
    if (connection->midstream) /* it may have begun with a keep-alive, one octet back */
        return;
    struct finding *finding =
        raise_absence(rules, seen, id, receiver_side(seen), frame, sender_of(seen)->early_ack_time);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->frame);
    if (finding->count > 1)
        return;
    finding->seen = numbers;
    finding_expect_ack(finding, connection, receiver_side(seen), seen->seq);
    finding_say(rules, finding,
                "Frame %" PRIu64
                " acknowledges octets that the %s had not sent: it goes on at relative sequence number "
                "%" PRId64 " in frame %" PRIu64 ".",
                frame, side_name((enum side)seen->sender), seen->seq, seen->frame);
}

void rule_duplicate_ack(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding, "The %s asks again for relative sequence number %" PRId64 ".",
                    side_name((enum side)seen->sender), seen->ack);
}

static bool is_live(enum tcp_state state) {
    return state_is_synchronised(state) && state != STATE_TIME_WAIT;
}

/* A side of which nothing is known, because only a stray segment of the other passed before, does not look alive. */
void rule_syn_in_established(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (!is_live(sender_state(seen)) && !is_live(receiver_state(seen)))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    const struct connection *connection = seen->connection;
    finding->provisional = true; /* the answer decides: reuse, a forgotten connection, or neither */
    finding_say(
        rules, finding,
        "A new SYN from the %s, at sequence number %" PRIu32 ", with %s: its next octet would have been %" PRIu32 ".",
        side_name((enum side)seen->sender), seen->segment->seq,
        states_words((enum tcp_state)seen->before[SIDE_CLIENT].state, (enum tcp_state)seen->before[SIDE_SERVER].state)
            .text,
        endpoint_raw(sender_of(seen), sender_of(seen)->next));
    finding_expect_seq(finding, connection, (enum side)seen->sender, connection->side[seen->sender].next);
}

/* A SYN/ACK of another number after the connection was over: a listener answers an old duplicate of the peer's SYN. */
static bool answers_old_syn(const struct observation *seen) {
    return (seen->segment->flags & TCP_ACK) != 0 && seen->seq != 0;
}

/* Some hosts try again soon after a RST, and a RST that passed here need not have come: then it is no copy. */
static bool may_try_again(const struct observation *seen) {
    const struct endpoint *peer = receiver_of(seen);
    bool attempted = (seen->segment->flags & TCP_ACK) == 0 && peer->syn_frame == 0 && peer->syn_ack_frame == 0 &&
                     seen->connection->handshake_ack_frame == 0;
    return attempted && sender_state(seen) == STATE_CLOSED &&
           seen->before[seen->sender].certainty < CERTAINTY_CONFIRMED;
}

void rule_syn_duplicate_late(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    bool answer = (seen->segment->flags & TCP_ACK) != 0;
    if (answers_old_syn(seen)) {
        if (sender_state(seen) != STATE_CLOSED)
            return; /* synack-seq-changed */
        struct finding *finding = raise_finding(rules, seen, id, receiver_side(seen));
        if (finding == NULL)
            return;
        finding_add_frame(finding, receiver_of(seen)->syn_frame);
        finding_say(rules, finding,
                    "A listener answers a SYN of the %s again, after the connection was over: an old copy of that SYN "
                    "has arrived.",
                    side_name(receiver_side(seen)));
        return;
    }
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, answer ? sender->syn_ack_frame : sender->syn_frame);
    if (may_try_again(seen)) {
        finding->certainty = CERTAINTY_PRESUMED;
        finding_say(rules, finding,
                    "The SYN of frame %" PRIu64 " comes again %s later, behind its refusal: a copy, unless the %s "
                    "tries again.",
                    sender->syn_frame, duration_words(seen->time - sender->syn_time).text,
                    side_name((enum side)seen->sender));
        return;
    }
    finding_say(rules, finding, "A copy of the %s's %s of frame %" PRIu64 " comes %s later, when that side is past it.",
                side_name((enum side)seen->sender), answer ? "SYN/ACK" : "SYN",
                answer ? sender->syn_ack_frame : sender->syn_frame,
                duration_words(seen->time - (answer ? sender->syn_ack_time : sender->syn_time)).text);
}

void rule_challenge_ack(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->provoked_by);
    if (finding->count > 1)
        return;
    finding_say(rules, finding,
                "The %s answers frame %" PRIu64 ", which it cannot accept, by restating where it is: "
                "relative %" PRId64 ", expecting %" PRId64 ".",
                side_name((enum side)seen->sender), seen->provoked_by, seen->seq, seen->ack);
}

void rule_segment_out_of_window(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *receiver = receiver_of(seen);
    if (seen->segment->length == 0 || receiver_state(seen) == STATE_SYN_RECEIVED)
        return; /* fin-out-of-window, handshake-ack-wrong-seq */
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, receiver->ack_sent);
    finding_say(rules, finding,
                "%s at relative sequence number %" PRId64
                " %s outside the window of the %s, which reaches from %" PRId64 " to %" PRId64 ".",
                octets_words(seen->segment->length).text, seen->seq, seen->segment->length == 1 ? "lies" : "lie",
                side_name(receiver_side(seen)), receiver->ack_sent, receiver->window_edge - 1);
}

void rule_paws_reject(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_say(rules, finding,
                "The timestamp %" PRIu32 " of this segment is older than the %" PRIu32
                " of the %s before: its receiver drops it.",
                seen->segment->options.timestamp_value, sender_of(seen)->tsval_max, side_name((enum side)seen->sender));
}

void rule_ack_too_old(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *receiver = receiver_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_expect_ack(finding, seen->connection, (enum side)seen->sender, receiver->acknowledged);
    finding_say(rules, finding,
                "The %s acknowledges relative %" PRId64 ", although %" PRId64
                " was acknowledged long ago: more than a whole window before.",
                side_name((enum side)seen->sender), seen->ack, receiver->acknowledged);
}

void rule_half_open_detected(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct connection *connection = seen->connection;
    struct finding *syn = find_finding(connection, ANOMALY_SYN_IN_ESTABLISHED);
    if (syn != NULL)
        syn->provisional = false;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->provoked_by);
    finding_add_frame(finding, connection->disputed_by);
    finding_add_frames_of(finding, connection, ANOMALY_SYN_IN_ESTABLISHED);
    finding_add_frames_of(finding, connection, ANOMALY_CHALLENGE_ACK);
    finding_say(
        rules, finding,
        "The %s reset the %s's ACK of the old connection, %s after that began: it had forgotten the connection, "
        "the %s had not.",
        side_name((enum side)seen->sender), side_name(receiver_side(seen)),
        duration_words(seen->time - connection->first_time).text, side_name(receiver_side(seen)));
}

/* Payload only: the SYN and the FIN octet have ids of their own (B.2 rule 6). A reset explains the silence. */
void rule_ack_missing(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    if (!rules->decidable || connection->side[SIDE_CLIENT].rst_frame != 0 ||
        connection->side[SIDE_SERVER].rst_frame != 0)
        return;
    for (unsigned i = 0; i < SIDES; i++) {
        const struct endpoint *sender = &connection->side[i];
        int64_t begin = sender->acknowledged > 1 ? sender->acknowledged : 1;
        int64_t end = sender->fin_frame != 0 ? sender->fin : sender->next;
        int64_t waited = seen->time - sender->octets_time;
        if (begin >= end || !state_is_synchronised(state_at_end(sender)) || waited <= patience(rules, connection))
            continue;
        struct finding *finding =
            raise_another_absence(rules, seen, id, (enum side)i, sender->octets_frame, sender->octets_time);
        if (finding == NULL)
            return;
        finding_add_frames_of(finding, connection, ANOMALY_DATA_RETRANSMITTED);
        finding_expect_ack(finding, connection, other_side((enum side)i), end);
        finding_say(rules, finding,
                    "%s of the %s (relative %" PRId64 " to %" PRId64
                    ") were not acknowledged in the %s after frame %" PRIu64 ".",
                    octets_words(end - begin).text, side_name((enum side)i), begin, end - 1,
                    duration_words(waited).text, sender->octets_frame);
    }
}
