/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* One segment, from its numbers to its facts. */

static const int64_t longest_first_timeout = INT64_C(3000000000); /* ns: RFC 6298 2.1 */

/* x's numbers were inferred, and wrongly: its SYN/ACK overrides them (inference.md A.3). */
static void start_anew(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    ranges_free(&x->holes);
    x->isn_set = false;
    x->next_acked = x->acknowledged_time = x->unseen_fin = 0;
    x->timed_end = y->timed_end = 0;
    x->missing_bytes = 0;
    if (x->fin_frame != 0) {
        path_remove(&x->path, EVENT_SENT_FIN);
        path_remove(&y->path, EVENT_RECEIVED_FIN);
        x->fin_frame = x->fin_last_frame = 0;
        y->fin_passed = y->fin_passed_first = (struct passed){0};
        x->closing_seen = false;
    }
    y->ack_sent = y->last_ack = y->window_edge = 0;
    y->sack_edge = 0;
}

/* The latest SYN/ACK of y that this segment of x acknowledges, where y has answered with other numbers before: a
 * listener that has forgotten its first answer gives another, and the client tells which one it took. NULL: none. */
static struct recent_segment *other_answer(const struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    const struct segment *segment = arrival->segment;
    const uint16_t opens = TCP_SYN | TCP_ACK;
    if (y->syn_ack_frame == 0 || y->next > 1 || arrival->connection->handshake_ack_frame != 0 ||
        (segment->flags & (TCP_ACK | TCP_SYN | TCP_RST)) != TCP_ACK || segment->ack == y->isn + 1) {
        return NULL;
    }
    struct recent_segment *answer = NULL;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        struct recent_segment *recent = &y->recent[i];
        bool fits =
            recent->frame > y->syn_ack_frame && (recent->flags & opens) == opens && recent->raw_seq + 1 == segment->ack;
        answer = fits && (answer == NULL || recent->frame > answer->frame) ? recent : answer;
    }
    return answer;
}

/* That SYN/ACK takes the place of the one before it. */
static void take_other_answer(struct arrival *arrival, struct recent_segment *answer) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    struct path_change change;
    answer->rejected = 0;
    answer->challenged = 0;
    y->isn = answer->raw_seq;
    y->next = y->acknowledged = 1;
    y->next_acked = 0;
    y->syn_ack_frame = answer->frame;
    y->syn_ack_time = y->syn_ack_last_time = answer->time;
    y->syn_ack_count++; /* which of them the client answers is open: no round trip */
    x->ack_sent = x->last_ack = x->window_edge = 0;
    if (!is_pending(x, EVENT_RECEIVED_SYN_ACK) || !path_change_begin(&change, &x->path)) {
        return;
    }
    struct path_event taken = *path_find(&x->path, EVENT_RECEIVED_SYN_ACK);
    taken.frame = answer->frame;
    taken.time = answer->time;
    path_remove(&x->path, EVENT_RECEIVED_SYN_ACK);
    bool ok = path_append(&x->path, &taken);
    arrival->model->out_of_memory |= !path_change_end(&change, &x->path, arrival->segment->frame) || !ok;
}

bool numbers_are_proven(const struct endpoint *x, const struct endpoint *y) {
    return x->isn_set && x->next > 1 && y->ack_sent > 1 && y->ack_sent <= x->next;
}

static void learn_numbers(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    const struct segment *segment = arrival->segment;
    bool opens = arrival->syn && !arrival->has_ack;
    bool reset = (segment->flags & TCP_RST) != 0;
    bool before_syn = x->syn_frame != 0 && endpoint_offset(x, segment->seq) < 1; /* nothing that follows its SYN */
    if (!y->isn_set && arrival->has_ack && !opens && !reset && !before_syn) {
        y->isn = segment->ack - 1;
        y->isn_set = true;
        y->isn_known = x->isn_known == ISN_SEEN && x->syn_frame != 0 ? ISN_INFERRED : ISN_UNKNOWN;
        y->next = y->acknowledged = 1;
    }
    bool crosses = arrival->side == SIDE_SERVER && x->syn_frame == 0;
    if (arrival->syn && (arrival->has_ack || crosses) && x->isn_set && x->isn_known != ISN_SEEN &&
        x->syn_ack_frame == 0 && segment->seq != x->isn && !numbers_are_proven(x, y)) {
        start_anew(arrival); /* what it was taken from was no segment of this connection */
    }
    struct recent_segment *answer = x->isn_set && y->isn_set ? other_answer(arrival) : NULL;
    if (answer != NULL) {
        take_other_answer(arrival, answer);
    }
    if (x->isn_set) {
        return;
    }
    if (reset) {
        return; /* it may be a stranger's; what follows tells the number */
    }
    bool acceptable = !arrival->syn || opens || endpoint_offset(y, segment->ack) <= opening_edge(y);
    acceptable = acceptable && (opens || !arrival->syn || endpoint_offset(y, segment->ack) >= 1);
    x->isn = arrival->syn ? segment->seq : segment->seq - 1;
    x->isn_set = acceptable;
    x->next = arrival->syn ? 0 : 1;
    x->acknowledged = x->next;
}

/* The octet by which a closed window was probed (RFC 9293 3.8.6.1) counts once it is acknowledged, or its sender goes
 * on behind it. */
static void count_probe(struct endpoint *prober, bool taken) {
    if (prober->probed && taken) {
        prober->probed = false;
        prober->next++;
    }
}

static void place(struct arrival *arrival) {
    const struct segment *segment = arrival->segment;
    arrival->has_ack = (segment->flags & TCP_ACK) != 0;
    arrival->syn = (segment->flags & TCP_SYN) != 0;
    arrival->fin = (segment->flags & TCP_FIN) != 0 && (segment->flags & (TCP_RST | TCP_SYN)) == 0;
    arrival->old_duplicate = is_old_duplicate(arrival);
    if (!arrival->old_duplicate) {
        learn_numbers(arrival);
    }
    arrival->seq = arrival->x->isn_set ? endpoint_offset(arrival->x, segment->seq) : 0;
    arrival->data = arrival->seq + arrival->syn;
    arrival->fin_octet = arrival->data + segment->length;
    arrival->end = arrival->fin_octet + arrival->fin;
    arrival->ack = arrival->has_ack && arrival->y->isn_set ? endpoint_offset(arrival->y, segment->ack) : 0;
    if (!arrival->old_duplicate && (segment->flags & TCP_RST) == 0) {
        count_probe(arrival->x, arrival->seq == arrival->x->next + 1);
        count_probe(arrival->y, arrival->has_ack && arrival->ack == arrival->y->next + 1);
    }
    arrival->next_before = arrival->x->next;
    arrival->sent = time_sent(arrival->x, segment);
    arrival->observation->seq = arrival->seq;
    arrival->observation->ack = arrival->ack;
}

void arrival_prepare(struct arrival *arrival, struct model *model, struct connection *connection,
                     const struct segment *segment, enum side sender, struct observation *observation) {
    static const struct arrival no_arrival; /* copied, for that is done sooner than clearing by `rep stos` begins */
    static const struct observation no_observation;
    *arrival = no_arrival;
    arrival->model = model;
    arrival->connection = connection;
    arrival->segment = segment;
    arrival->observation = observation;
    arrival->x = &connection->side[sender];
    arrival->y = &connection->side[other_side(sender)];
    arrival->side = sender;
    *observation = no_observation;
    observation->segment = segment;
    observation->connection = connection;
    observation->frame = segment->frame;
    observation->time = segment->time;
    observation->sender = (uint8_t)sender;
    observation->replayed = model->replaying;
    for (int i = 0; i < SIDES; i++) {
        observation->before[i] = snapshot_of(&connection->side[i]);
        observation->guard[i] = guard_of(&connection->side[i]);
    }
    place(arrival);
}

/* x goes on with later octets, longer than any retransmission timeout, and has not sent the damaged ones again: they
 * have been acknowledged, seen here or not. */
static bool was_not_damaged(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    return x->damaged_until != 0 && arrival->segment->length > 0 && arrival->seq >= x->damaged_until &&
           arrival->segment->time - x->damaged_time > longest_first_timeout;
}

/* A damaged segment is discarded by its receiver, unless the receiver has shown that it takes such segments: then it is
 * the capture whose checksums are wrong. So they are where a card has joined segments: what it hands on bears the
 * checksum of the first of them. */
static void judge_checksum(struct arrival *arrival) {
    const struct segment *segment = arrival->segment;
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    if (y->damaged_until != 0 && arrival->has_ack && arrival->ack >= y->damaged_until) {
        y->checksums_unusable = true;
        y->damaged_until = 0;
        arrival->observation->more |= MORE_CHECKSUM_VOID;
    }
    if (was_not_damaged(arrival)) {
        x->checksums_unusable = true;
        arrival->observation->more |= MORE_CHECKSUM_VOID;
    }
    x->checksums_unusable = x->checksums_unusable || (segment->checksum == CHECKSUM_BAD && is_oversized(x, segment));
    struct model *model = arrival->model;
    model->seen_good_checksum = model->seen_good_checksum || segment->checksum == CHECKSUM_GOOD;
    if (segment->checksum != CHECKSUM_BAD || x->checksums_unusable) {
        bool sent_again = arrival->seq < x->damaged_until && arrival->end >= x->damaged_until;
        x->damaged_until = sent_again || x->checksums_unusable ? 0 : x->damaged_until;
        return;
    }
    if (arrival->end > x->next) {
        x->damaged_until = arrival->end;
        x->damaged_time = segment->time;
    }
    if (model->seen_good_checksum) {
        arrival->observation->facts |= FACT_CHECKSUM_BAD;
        arrival->discarded = true;
    }
}

/* Octets that no receiver may take: beyond the window with a gap before them, or behind the sender's own FIN. */
static bool is_out_of_place(struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    bool occupies = arrival->segment->length > 0 || arrival->fin;
    if (!occupies || arrival->syn) {
        return false;
    }
    if (x->fin_frame != 0 && arrival->end > x->fin + 1) {
        arrival->observation->facts |= arrival->segment->length > 0 ? FACT_DATA_AFTER_FIN : 0;
        arrival->observation->facts |= arrival->fin ? FACT_FIN_MOVED : 0;
        return true;
    }
    bool window_known = y->window_edge > 0 && y->frames > 0 && y->scale_known;
    if (window_known && x->sent_any && arrival->seq >= y->window_edge && arrival->seq > x->next &&
        arrival->seq > x->next_acked) {
        arrival->observation->more |= MORE_OUT_OF_WINDOW;
        return true;
    }
    return false;
}

/* RFC 5961 5.2: older than any window allows. */
static bool has_ancient_ack(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    if (!arrival->has_ack || !arrival->x->scale_known ||
        arrival->ack >= y->acknowledged - (int64_t)arrival->x->window_max || arrival->x->window_max == 0) {
        return false;
    }
    arrival->observation->more |= MORE_ACK_TOO_OLD;
    arrival->observation->expected_ack = y->acknowledged;
    return true;
}

/* RFC 7323 5.3: octets that y would take, with a timestamp older than one it has taken. That one passed here proves
 * nothing, for it may have been lost beyond or overtaken; y has taken it when it echoes it. */
static bool fails_paws(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    bool occupies = segment->length > 0 || arrival->fin;
    uint32_t value = segment->options.timestamp_value;
    uint32_t echoed = arrival->y->tsecr_sent;
    bool taken = echoed != 0 && (int32_t)(echoed - value) > 0 && (int32_t)(echoed - x->tsval_max) <= 0;
    if ((segment->options.present & OPTION_TIMESTAMPS) == 0 || !x->tsval_recent_known || !occupies || !taken ||
        arrival->end <= arrival->y->ack_sent || (int32_t)(value - x->tsval_recent) >= 0) {
        return false;
    }
    arrival->observation->more |= MORE_PAWS_REJECTED;
    return true;
}

static void note_recent_timestamp(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    uint32_t value = arrival->segment->options.timestamp_value;
    if ((arrival->segment->options.present & OPTION_TIMESTAMPS) != 0 && arrival->seq <= arrival->y->ack_sent &&
        (!x->tsval_recent_known || (int32_t)(value - x->tsval_recent) > 0)) {
        x->tsval_recent = value;
        x->tsval_recent_known = true;
    }
}

/* Entirely below what y has acknowledged: y answers and drops it (RFC 9293 3.10.7.4), so nothing else of it counts
 * there. */
static void judge_age(struct arrival *arrival) {
    if (arrival->end < arrival->y->ack_sent) {
        arrival->discarded = true;
    }
}

/* An ACK that a side waiting for its handshake must refuse (RFC 9293 3.10.7.3, 3.10.7.4). */
static bool has_wrong_ack(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    enum tcp_state state = endpoint_state(y);
    bool opening = state == STATE_SYN_SENT || state == STATE_SYN_RECEIVED;
    return opening && arrival->has_ack && y->isn_known == ISN_SEEN && (arrival->ack < 1 || arrival->ack > y->next);
}

static void note_half_close(struct arrival *arrival) {
    if (arrival->observation->fresh_octets > 0 && covers_fin(arrival)) {
        arrival->observation->facts |= FACT_HALF_CLOSE_DATA;
        arrival->connection->half_close_bytes += (uint64_t)arrival->observation->fresh_octets;
    }
}

static void note_excluded_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    if (y->fin_frame != 0 && arrival->has_ack && arrival->ack == y->fin && x->ack_sent <= y->fin && !x->excludes_fin &&
        arrival->sent > y->fin_time + guard_of(x) && arrival->seq >= arrival->next_before) {
        x->excludes_fin = true;
        arrival->observation->more |= MORE_ACK_EXCLUDES_FIN;
    }
}

/* RFC 5961 3 to 5: the receiver of a segment that it must not believe asks for confirmation. */
static void note_challenge_ack(struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct recent_segment *provoking = recent_newest(arrival->y);
    bool pure = arrival->segment->length == 0 && (arrival->segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;
    if (pure && provoking->challenged && provoking->frame > x->last_sent_frame &&
        arrival->seq == arrival->next_before && arrival->segment->time - provoking->time < guard_of(x)) {
        arrival->observation->facts |= FACT_CHALLENGE_ACK;
        arrival->observation->more &= ~(uint64_t)MORE_DUPLICATE_ACK;
        arrival->observation->provoked_by = provoking->frame;
        arrival->observation->provoked_time = provoking->time;
    }
}

/* Until y goes on, what x holds of it was sent before the capture began (RFC 2018 3). */
static void note_sack_of_unseen(const struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    if (arrival->connection->midstream && !y->went_on && arrival->x->sack_edge > y->next) {
        y->next = arrival->x->sack_edge;
    }
}

static void note_sack(struct arrival *arrival) {
    const struct tcp_options *options = &arrival->segment->options;
    arrival->x->sack_edge = 0;
    for (uint8_t i = 0; i < options->sack_count && arrival->y->isn_set; i++) {
        int64_t end = endpoint_offset(arrival->y, options->sack[i].end);
        arrival->x->sack_edge = end > arrival->x->sack_edge ? end : arrival->x->sack_edge;
    }
    note_sack_of_unseen(arrival);
}

/* Both sides are known to be ESTABLISHED and nothing of a close has been seen: the segment can move no state. */
static bool is_steady(const struct arrival *arrival) {
    const struct path *x = &arrival->x->path;
    const struct path *y = &arrival->y->path;
    return x->state == STATE_ESTABLISHED && y->state == STATE_ESTABLISHED && !arrival->fin && x->pending == 0 &&
           y->pending == 0 && x->certainty != CERTAINTY_ASSUMED && arrival->x->fin_frame == 0 &&
           arrival->y->fin_frame == 0;
}

static bool move_states(struct arrival *arrival) {
    if (is_steady(arrival)) {
        sending_note(arrival);
        return true;
    }
    bool ok = sending_apply(arrival) && receiving_apply(arrival);
    confirm_in_arrears(arrival);
    note_half_close(arrival);
    note_excluded_fin(arrival);
    return ok;
}

static bool apply_ordinary(struct arrival *arrival) {
    facts_before(arrival);
    if (arrival->old_duplicate) {
        arrival->rejected = true;
        return true;
    }
    /* A segment without ACK is dropped (RFC 9293 3.10.7.4), and no TCP sends one. */
    if (!arrival->has_ack || is_out_of_place(arrival) || has_wrong_ack(arrival) || has_ancient_ack(arrival) ||
        fails_paws(arrival)) {
        arrival->rejected = true;
        return true;
    }
    judge_age(arrival);
    if (!reset_lift(arrival)) {
        return false;
    }
    account_early_ack(arrival);
    account_octets(arrival);
    account_window(arrival);
    account_ack(arrival);
    bool ok = move_states(arrival);
    time_octets(arrival);
    note_recent_timestamp(arrival);
    note_challenge_ack(arrival);
    facts_after(arrival);
    if ((arrival->segment->options.present & OPTION_SACK) != 0 || arrival->x->sack_edge != 0) {
        note_sack(arrival);
    }
    return ok && reset_restore(arrival) && hold_fin(arrival) && note_excluded(arrival);
}

static bool apply_opening(struct arrival *arrival) {
    bool ok = arrival->has_ack ? opening_syn_ack(arrival) : opening_syn(arrival);
    const uint32_t strange = FACT_SYN_ACK_REJECTED | FACT_SYN_LATE;
    if (!ok || (arrival->observation->facts & strange) != 0) {
        arrival->rejected = true;
        return ok;
    }
    account_octets(arrival);
    account_window(arrival);
    account_ack(arrival);
    return true;
}

/* What every segment leaves behind at its sender. */
static void remember(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    bool reset = (segment->flags & TCP_RST) != 0;
    account_recent(arrival, arrival->rejected || (arrival->discarded && !reset) ||
                                (reset && !arrival->observation->reset_applied));
    bool inexact = reset && arrival->observation->reset == RESET_INEXACT;
    x->recent[x->recent_latest].challenged = arrival->rejected || inexact;
    x->noted = arrival->rejected || arrival->discarded || reset || x->damaged_until != 0;
    x->closing_seen = x->closing_seen || x->fin_frame != 0 || reset;
    x->noted = x->noted || x->unseen_fin != 0;
    if (arrival->rejected || reset) {
        return;
    }
    x->sent_any = true;
    x->last_sent_frame = segment->frame;
    x->last_sent_time = segment->time;
    if (arrival->end > arrival->seq) {
        bool fin_alone = arrival->fin && segment->length == 0;
        if (!fin_alone || x->fin_frame == segment->frame) {
            x->text_passed = !fin_alone || x->octets_frame != 0;
            x->text_time = fin_alone ? x->octets_time : segment->time;
        }
        x->after_silence = segment->time - arrival->connection->last_time >= LEAST_TIMEOUT && !arrival->syn;
        x->octets_frame = segment->frame;
        x->octets_time = segment->time;
    }
    if ((segment->options.present & OPTION_TIMESTAMPS) != 0) {
        bool newer = !x->tsval_known || (int32_t)(segment->options.timestamp_value - x->tsval_max) > 0;
        x->tsval_max = newer ? segment->options.timestamp_value : x->tsval_max;
        x->tsecr_sent = arrival->has_ack ? segment->options.timestamp_echo : 0;
        x->tsval_known = true;
    }
}

static bool apply(struct arrival *arrival) {
    const struct segment *segment = arrival->segment;
    if (arrival->connection->frames_seen == 0) {
        arrival->observation->facts |= FACT_FIRST;
        bool opens = arrival->syn && (segment->flags & TCP_RST) == 0;
        if (!opens && !opening_midstream(arrival)) {
            return false;
        }
    }
    judge_checksum(arrival);
    clock_note(arrival->x, segment);
    if ((segment->flags & TCP_RST) != 0) {
        return reset_apply(arrival);
    }
    return arrival->syn ? apply_opening(arrival) : apply_ordinary(arrival);
}

bool arrival_apply(struct arrival *arrival) {
    struct connection *connection = arrival->connection;
    arrival->x->frames++;
    arrival->x->bytes += arrival->segment->length;
    unsigned gaps = zeek_gaps(arrival);
    if (is_capture_copy(arrival)) {
        zeek_note(arrival, gaps);
        arrival->observation->facts |= FACT_COPY;
        connection->copies++;
        arrival->x->copies++;
        arrival->observation->after[0] = arrival->observation->before[0];
        arrival->observation->after[1] = arrival->observation->before[1];
        return true;
    }
    bool ok = apply(arrival) && liveness_note(arrival) && oddities_note(arrival) && kept_note(arrival);
    place_note(arrival);
    ack_loop_note(arrival);
    remember(arrival);
    zeek_note(arrival, gaps);
    time_wait_note(arrival);
    connection->frames_seen++;
    for (int i = 0; i < SIDES; i++) {
        arrival->observation->after[i] = snapshot_of(&connection->side[i]);
    }
    return ok && !arrival->model->out_of_memory;
}
