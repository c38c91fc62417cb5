/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/verdict.h"
#include "rules/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Resets (RFC 9293 3.5.2, RFC 5961 3). The model tells why a RST came; exactly one row here takes each (B.2 rule 3). */

/* Raises id if the RST is of that kind, with the segment that it answers as evidence; NULL if it is not. */
static struct finding *raise_reset(struct rules *rules, const struct observation *seen, enum anomaly_id id,
                                   enum reset_kind kind) {
    if (seen->reset != kind)
        return NULL;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return NULL;
    finding_add_frame(finding, seen->provoked_by);
    finding->provisional = seen->reset_applied; /* its sender may go on: rst-contradicted */
    bool bare = (seen->segment->flags & TCP_ACK) == 0 && seen->provoked_by == 0; /* as a forgery from off the path */
    bool elsewhere = seen->other_hop_limit != 0;                                 /* as one from somewhere on it */
    if ((bare || elsewhere) && seen->reset_applied)
        finding->certainty = CERTAINTY_PRESUMED;
    return finding;
}

static const char *sender_name(const struct observation *seen) {
    return side_name((enum side)seen->sender);
}

static const char *receiver_name(const struct observation *seen) {
    return side_name(receiver_side(seen));
}

/* Octets of a side that passed and that its peer never acknowledged, its FIN not counted. */
static int64_t unacknowledged(const struct endpoint *endpoint) {
    int64_t end = endpoint->fin_frame != 0 ? endpoint->fin : endpoint->next;
    int64_t begin = endpoint->acknowledged > 1 ? endpoint->acknowledged : 1;
    return end > begin ? end - begin : 0;
}

void rule_syn_refused(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *opener = receiver_of(seen);
    struct finding *finding = raise_reset(rules, seen, id, RESET_REFUSED);
    if (finding == NULL)
        return;
    finding_add_frame(finding, opener->syn_frame);
    finding_say(rules, finding, "The SYN of frame %" PRIu64 " was answered by a RST %s later (hop limit %u).",
                opener->syn_frame, duration_words(seen->time - opener->syn_last_time).text, seen->segment->hop_limit);
}

/* What a RST is found to be: not its companions, which say something more of it or of what it ended. */
static bool says_what_it_is(const struct finding *finding) {
    switch ((enum anomaly_id)finding->id) {
    case ANOMALY_SYNACK_WRONG_DIRECTION:
    case ANOMALY_CLOSE_WAIT_LONG:
    case ANOMALY_FIN_WAIT_2_TIMEOUT:
    case ANOMALY_RST_CONTRADICTED:
    case ANOMALY_RST_STORM:
    case ANOMALY_RST_WITH_DATA:
        return false;
    default:
        return (anomaly_row((enum anomaly_id)finding->id)->facts & FACT_RST) != 0;
    }
}

/* Also counts up the finding of an earlier RST when the same side sends another after its connection is gone: several
 * segments that were under way draw one each, and that is one event. */
static void count_repeated_reset(const struct observation *seen) {
    const struct findings *findings = seen->connection->findings;
    for (uint32_t i = findings != NULL ? findings->count : 0; i-- > 0;) {
        struct finding *finding = &findings->items[i];
        if (!finding->withdrawn && finding->side == seen->sender && says_what_it_is(finding)) {
            repeat_finding(finding, seen);
            return;
        }
    }
}

/* Whether it is open what the RST did to its sender: a bare one may come from a socket that was closing already. */
static bool is_step_presumed(const struct observation *seen) {
    const struct path_event *step = path_find(&sender_of(seen)->path, EVENT_SENT_RST);
    return step != NULL && step->frame == seen->frame && step->certainty == CERTAINTY_PRESUMED;
}

void rule_rst_abort(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (seen->reset == RESET_REPEATED) {
        count_repeated_reset(seen);
        return;
    }
    struct finding *finding = raise_reset(rules, seen, id, RESET_ABORT);
    if (finding == NULL)
        return;
    if (is_step_presumed(seen))
        finding->certainty = CERTAINTY_PRESUMED;
    char other[40] = "";
    if (seen->other_hop_limit != 0)
        snprintf(other, sizeof other, ", of its segment before it %u", seen->other_hop_limit);
    finding_say(
        rules, finding,
        "The %s reset the connection in %s; %s of the %s and %s of the %s were not acknowledged (hop limit %u%s).",
        sender_name(seen), state_name(sender_state(seen)), octets_words(unacknowledged(sender_of(seen))).text,
        sender_name(seen), octets_words(unacknowledged(receiver_of(seen))).text, receiver_name(seen),
        seen->segment->hop_limit, other);
}

void rule_rst_after_fin(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    /* A stack whose TIME_WAIT ignores RST is not harmed by one (time-wait-assassinated): it is only a late one. */
    bool ignored = seen->reset == RESET_TIME_WAIT && !seen->reset_applied;
    struct finding *finding = raise_reset(rules, seen, id, ignored ? RESET_TIME_WAIT : RESET_AFTER_FIN);
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender->fin_frame);
    finding_say(rules, finding, "The %s sent a RST in %s, %s after its own FIN of frame %" PRIu64 ".",
                sender_name(seen), state_name(sender_state(seen)), duration_words(seen->time - sender->fin_time).text,
                sender->fin_frame);
}

void rule_rst_on_late_fin(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    const struct endpoint *peer = receiver_of(seen);
    struct finding *finding = raise_reset(rules, seen, id, RESET_ON_LATE_FIN);
    if (finding == NULL)
        return;
    finding_add_frame(finding, peer->fin_frame);
    finding_add_frame(finding, sender->fin_frame);
    uint64_t late = seen->provoked_by != 0 ? seen->provoked_by : peer->fin_last_frame;
    char loss[WORDS_SIZE + 32] = "";
    if (unacknowledged(peer) > 0)
        snprintf(loss, sizeof loss, "; %s of the %s were lost", octets_words(unacknowledged(peer)).text,
                 receiver_name(seen));
    if (sender->fin_frame != 0)
        finding_say(
            rules, finding,
            "The FIN of frame %" PRIu64 " met a RST of the %s, which had sent its own FIN %s before (frame %" PRIu64
            ") and had no socket for it any more%s.",
            late, sender_name(seen), duration_words(seen->time - sender->fin_time).text, sender->fin_frame, loss);
    else
        finding_say(rules, finding,
                    "The FIN of frame %" PRIu64 " met a RST of the %s, which had left the connection before%s.", late,
                    sender_name(seen), loss);
}

void rule_rst_answers_fin(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *peer = receiver_of(seen);
    struct finding *finding = raise_reset(rules, seen, id, RESET_ANSWERS_FIN);
    if (finding == NULL)
        return;
    finding_add_frame(finding, peer->fin_frame);
    bool bare = (seen->segment->flags & TCP_ACK) == 0;
    if (bare && seen->before[seen->sender].certainty == CERTAINTY_ASSUMED)
        finding_lower(finding); /* it may have closed before the capture began: rst-on-late-fin */
    finding_say(rules, finding, "The %s answered the FIN of frame %" PRIu64 " by a RST %s later: %s.",
                sender_name(seen), peer->fin_frame, duration_words(seen->time - peer->fin_time).text,
                bare ? "without an ACK flag, so it was gone before the FIN came"
                     : "with an ACK, so it aborted instead of closing");
}

void rule_rst_data_after_close(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    struct finding *finding = raise_reset(rules, seen, id, RESET_DATA_AFTER_CLOSE);
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender->fin_frame);
    finding_say(rules, finding,
                "Data of frame %" PRIu64 " reached the %s after it had closed (FIN in frame %" PRIu64
                "); it reset the connection and %s of the %s were lost.",
                seen->provoked_by, sender_name(seen), sender->fin_frame,
                octets_words(unacknowledged(receiver_of(seen))).text, receiver_name(seen));
}

void rule_rst_out_of_window(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_reset(rules, seen, id, RESET_OUT_OF_WINDOW);
    if (finding == NULL)
        return;
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, seen->expected_seq);
    char window[64] = "";
    const struct endpoint *receiver = receiver_of(seen);
    if (receiver->scale_known && receiver->window_edge > seen->expected_seq + 1)
        snprintf(window, sizeof window, ", in a window up to %" PRId64 ",", receiver->window_edge - 1);
    finding_say(rules, finding,
                "The %s's RST stands at relative sequence number %" PRId64 "; the %s expects %" PRId64
                "%s and has to drop it without a word.",
                sender_name(seen), seen->seq, receiver_name(seen), seen->expected_seq, window);
}

void rule_rst_in_window_inexact(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_reset(rules, seen, id, RESET_INEXACT);
    if (finding == NULL)
        return;
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, seen->expected_seq);
    finding_say(rules, finding,
                "The %s's RST stands at relative sequence number %" PRId64
                ", inside the window of the %s but not at %" PRId64 ": it should only draw a challenge ACK.",
                sender_name(seen), seen->seq, receiver_name(seen), seen->expected_seq);
}

void rule_rst_unacceptable_in_syn_sent(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *opener = receiver_of(seen);
    struct finding *finding = raise_reset(rules, seen, id, RESET_UNACCEPTABLE);
    if (finding == NULL)
        return;
    finding_add_frame(finding, opener->syn_frame);
    finding_expect_ack(finding, seen->connection, (enum side)seen->sender, 1);
    if ((seen->segment->flags & TCP_ACK) == 0)
        finding_say(rules, finding,
                    "The %s sent a RST without ACK while the %s waits for the answer to its SYN: it is ignored.",
                    sender_name(seen), receiver_name(seen));
    else
        finding_say(rules, finding,
                    "The %s's RST acknowledges %" PRIu32 "; the SYN of frame %" PRIu64 " asked for %" PRIu32 ".",
                    sender_name(seen), seen->segment->ack, opener->syn_frame, endpoint_raw(opener, 1));
}

void rule_rst_answers_bad_ack(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_reset(rules, seen, id, RESET_ANSWERS_BAD_ACK);
    if (finding == NULL)
        return;
    if (sender_state(seen) == STATE_CLOSED) {
        finding_say(rules, finding,
                    "The %s rejects the ACK of frame %" PRIu64 ", which means nothing to it: it has no connection.",
                    sender_name(seen), seen->provoked_by);
        return;
    }
    if (seen->connection->disputed_by != 0) {
        finding_say(rules, finding,
                    "The %s rejects the ACK of frame %" PRIu64
                    ", which means nothing to it, and goes on with the SYN of frame %" PRIu64 ".",
                    sender_name(seen), seen->provoked_by, seen->connection->disputed_by);
        return;
    }
    finding_say(rules, finding,
                "The %s rejects the ACK of frame %" PRIu64 ", which means nothing to it, and keeps its own state %s.",
                sender_name(seen), seen->provoked_by, state_name(sender_state(seen)));
}

enum { REASON = 60 }; /* characters of a payload that are quoted */

/* ": \"Go away!\"", where the payload, as far as it was captured, is text; else nothing. */
static void quote_reason(const struct segment *segment, char text[REASON + 16]) {
    size_t length = segment->payload_captured;
    while (length > 0 && (segment->payload[length - 1] == '\r' || segment->payload[length - 1] == '\n'))
        length--; /* of a line */
    text[0] = '\0';
    for (size_t i = 0; i < length; i++) {
        if (segment->payload[i] < ' ' || segment->payload[i] > '~')
            return;
    }
    if (length == 0)
        return;
    size_t quoted = length > REASON ? REASON : length;
    char *end = stpcpy(text, ": \"");
    memcpy(end, segment->payload, quoted);
    stpcpy(end + quoted, length > REASON ? "...\"" : "\"");
}

void rule_rst_with_data(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (seen->segment->length == 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    char reason[REASON + 16];
    if (finding == NULL || finding->keeps_message)
        return;
    quote_reason(seen->segment, reason);
    finding_say(rules, finding, "The RST of the %s carries %s%s.", sender_name(seen),
                octets_words(seen->segment->length).text, reason);
}

void rule_rst_no_connection(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_reset(rules, seen, id, RESET_NO_CONNECTION);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->connection->id);
    if ((seen->facts & FACT_FIRST) != 0)
        finding_say(rules, finding, "The first segment seen of this connection is a RST of the %s.", sender_name(seen));
    else
        finding_say(rules, finding,
                    "All that is seen of the %s is a RST, after that of the %s in frame %" PRIu64
                    " with which this connection begins here.",
                    sender_name(seen), receiver_name(seen), seen->connection->id);
}

static void raise_silent_abort(struct rules *rules, const struct observation *seen, enum anomaly_id id,
                               enum side side) {
    const struct connection *connection = seen->connection;
    const struct endpoint *sender = &connection->side[side];
    struct finding *finding = raise_absence(rules, seen, id, side, sender->last_sent_frame, sender->last_sent_time);
    if (finding == NULL)
        return;
    finding->certainty = CERTAINTY_PRESUMED;
    finding_add_frames_of(finding, connection, ANOMALY_DATA_RETRANSMITTED);
    finding_expect_ack(finding, connection, other_side(side), sender->next);
    finding_say(rules, finding,
                "The %s gave up: it repeated its octets from relative sequence number %" PRId64
                " on %s without progress, the last time in frame %" PRIu64 ", and fell silent for %s.",
                side_name(side), sender->acknowledged, times_words(sender->repeats_without_progress).text,
                sender->last_sent_frame, duration_words(seen->time - sender->last_sent_time).text);
}

void rule_user_timeout_abort(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->more & MORE_AT_END) != 0) {
        for (unsigned side = 0; side < SIDES; side++) {
            if (rules->decidable && side_gave_up_repeating(seen->connection, (enum side)side, seen->time))
                raise_silent_abort(rules, seen, id, (enum side)side);
        }
        return;
    }
    const struct endpoint *sender = sender_of(seen);
    struct finding *finding = raise_reset(rules, seen, id, RESET_USER_TIMEOUT);
    if (finding == NULL)
        return;
    finding_add_frames_of(finding, seen->connection, ANOMALY_DATA_RETRANSMITTED);
    finding_say(rules, finding,
                "The %s gave up: its octets from relative sequence number %" PRId64
                " on were repeated without progress, and nothing new was acknowledged for %s.",
                sender_name(seen), sender->acknowledged, duration_words(seen->time - sender->acknowledged_time).text);
}

/* RSTs that somebody else sent in a side's name, one after the other. */
struct forgeries {
    uint32_t count;
    int64_t time;    /* ns, of the last */
    unsigned listed; /* of frames: the first and the latest */
    uint64_t frames[FINDING_FRAMES];
};

static uint64_t first_of(const struct forgeries *forged) {
    return forged->frames[0];
}

static uint64_t last_of(const struct forgeries *forged) {
    return forged->frames[forged->listed - 1];
}

/* The RST of that frame, and those that it repeated or that repeated it. */
static struct forgeries forgeries_until(const struct observation *seen, uint64_t frame) {
    const struct findings *findings = seen->connection->findings;
    struct forgeries forged = {.count = 1, .time = seen->provoked_time, .listed = 1, .frames = {frame}};
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        if (finding->withdrawn || finding->side != seen->sender || frame < finding->frame ||
            frame > finding->last_frame || !says_what_it_is(finding))
            continue;
        forged.count = finding->count;
        forged.time = finding->last_time;
        for (unsigned at = 0; at < finding->frame_count; at++) {
            if (finding->frames[at] >= finding->frame) /* before it stands what the first of them answered */
                forged.listed = frames_add(forged.frames, forged.listed, finding->frames[at]);
        }
    }
    return forged;
}

/* Everything that they raised goes when their supposed sender goes on; but that there were many remains. */
static void withdraw_resets(const struct observation *seen, const struct forgeries *forged) {
    const struct findings *findings = seen->connection->findings;
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        struct finding *finding = &findings->items[i];
        const struct anomaly_row *row = anomaly_row((enum anomaly_id)finding->id);
        bool by_reset = (row->facts & FACT_RST) != 0 || (row->more & MORE_TIME_WAIT_MISSING) != 0;
        bool said_then = finding->frame >= first_of(forged) && finding->frame <= last_of(forged);
        if (by_reset && said_then && finding->side == seen->sender && finding->id != ANOMALY_RST_CONTRADICTED &&
            finding->id != ANOMALY_RST_STORM) {
            finding->withdrawn = true;
            finding->provisional = false;
        }
    }
}

/* Hop limit of that segment of its sender, as far as it is remembered; 0: not known. */
static unsigned hop_limit_of(const struct endpoint *sender, uint64_t frame) {
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        if (sender->recent[i].frame == frame)
            return sender->recent[i].hop_limit;
    }
    return 0;
}

static void say_contradicted(struct rules *rules, struct finding *finding, const struct observation *seen,
                             const struct forgeries *forged) {
    unsigned hop_limit = hop_limit_of(sender_of(seen), last_of(forged));
    char hops[64] = "";
    if (hop_limit == seen->segment->hop_limit)
        snprintf(hops, sizeof hops, " (hop limit %u, as that of this segment)", hop_limit);
    else if (hop_limit != 0)
        snprintf(hops, sizeof hops, " (hop limit %u, this segment's is %u)", hop_limit, seen->segment->hop_limit);
    if (forged->count == 1)
        finding_say(rules, finding,
                    "The RST of frame %" PRIu64 "%s bears the %s's address, but the %s goes on in frame %" PRIu64
                    ", %s later: it did not send that RST.",
                    last_of(forged), hops, sender_name(seen), sender_name(seen), seen->frame,
                    duration_words(seen->time - forged->time).text);
    else
        finding_say(rules, finding,
                    "The %" PRIu32 " RSTs from frame %" PRIu64 " to %" PRIu64
                    "%s bear the %s's address, but the %s goes on in frame %" PRIu64
                    ", %s after the last of them: it did not send them.",
                    forged->count, first_of(forged), last_of(forged), hops, sender_name(seen), sender_name(seen),
                    seen->frame, duration_words(seen->time - forged->time).text);
}

void rule_rst_contradicted(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    uint64_t reset = seen->provoked_by;
    if (reset == 0) /* no RST that anybody obeyed */
        return;
    struct finding *known = find_finding_at(connection, id, reset);
    if (known != NULL) {
        repeat_finding(known, seen);
        return;
    }
    const struct forgeries forged = forgeries_until(seen, reset);
    withdraw_resets(seen, &forged);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    for (unsigned i = 0; i < forged.listed; i++)
        finding_add_frame(finding, forged.frames[i]);
    finding_expect_seq(finding, connection, (enum side)seen->sender, sender_of(seen)->next);
    say_contradicted(rules, finding, seen, &forged);
}

void rule_data_after_rst(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (seen->segment->length == 0 && (seen->segment->flags & TCP_FIN) == 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, seen->provoked_by);
    finding->location = LOCATION_BEYOND;
    finding_say(rules, finding,
                "The %s went on %s after the RST of frame %" PRIu64
                " passed toward it: that RST was lost beyond the capture point, or ignored.",
                sender_name(seen), duration_words(seen->time - seen->provoked_time).text, seen->provoked_by);
}

enum { STORM_ROUNDS = 10 }; /* no sound stack needs as many to understand a RST */

/* The companion of whatever the single RSTs are: one finding that counts them. */
void rule_rst_storm(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct incidents *sender = endpoint_incidents(sender_of(seen));
    bool many = sender->resets > rules->settings.reset_storm;
    bool loops = sender->reset_rounds >= STORM_ROUNDS;
    struct finding *storm = find_finding(seen->connection, id);
    if (storm == NULL ? !many && !loops : storm->side != seen->sender)
        return;
    bool first = storm == NULL;
    storm = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (storm == NULL)
        return;
    if (first) {
        storm->count = many ? sender->resets : sender->reset_rounds + 1;
        finding_add_frame(storm, seen->connection->reset.frame);
    }
    if (many)
        finding_say(rules, storm, "The %s sent %" PRIu32 " RSTs, the last %" PRIu32 " of them within %s.",
                    sender_name(seen), storm->count, sender->resets,
                    duration_words(seen->time - sender->resets_since).text);
    else if (loops)
        finding_say(rules, storm,
                    "The %s has sent %" PRIu32
                    " RSTs, each after a segment by which the %s showed that it does not heed "
                    "the one before.",
                    sender_name(seen), storm->count, receiver_name(seen));
}
