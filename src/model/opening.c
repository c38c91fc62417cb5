/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

enum { SYN_AGAIN_SOONEST = 400000000 }; /* ns: no stack repeats a refused SYN sooner, so that it may be missing here */

/* SYN and SYN/ACK at both sides (RFC 9293 3.5, 3.10.7.1 to 3.10.7.4; tables ). */

static bool append(struct arrival *arrival, struct endpoint *endpoint, enum event_kind kind, enum certainty certainty) {
    struct path_event event = event_of(arrival, kind, certainty);
    return path_append(&endpoint->path, &event);
}

static void note_options(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    const struct tcp_options *options = &segment->options;
    facts_offer(arrival);
    x->options_present = options->present;
    x->mss = options->mss;
    x->window_scale = options->window_scale > 14 ? 14 : options->window_scale;
    x->fast_open_cookie_length = options->fast_open_cookie_length;
    x->ecn_setup =
        (segment->flags & TCP_ECE) != 0 && ((segment->flags & TCP_ACK) != 0 || (segment->flags & TCP_CWR) != 0);
}

/* Scales count only when both SYN and SYN/ACK were seen with the option; both seen and not both with it: none (RFC
 * 7323 2.2). */
static void settle_scales(struct connection *connection) {
    struct endpoint *client = &connection->side[SIDE_CLIENT];
    struct endpoint *server = &connection->side[SIDE_SERVER];
    bool both_seen = client->isn_known == ISN_SEEN && server->isn_known == ISN_SEEN;
    bool cut = ((client->options_present | server->options_present) & OPTION_CUT) != 0;
    bool both_offer = (client->options_present & server->options_present & OPTION_WINDOW_SCALE) != 0;
    bool disputed = client->scale_disputed || server->scale_disputed;
    for (int i = 0; i < SIDES; i++) {
        struct endpoint *side = &connection->side[i];
        side->scale_known = both_seen && !cut && !disputed;
        side->window_scale = both_seen && !cut && !both_offer ? 0 : side->window_scale;
    }
}

/* The FIN on a SYN that was answered: its sender leaves ESTABLISHED with the segment that brings it there, whichever
 * that turns out to be. */
static bool place_fin_of_syn(struct endpoint *client) {
    const struct path_event *opened = path_find(&client->path, EVENT_RECEIVED_SYN_ACK);
    bool in_place = event_precedes(client, EVENT_RECEIVED_SYN_ACK, EVENT_SENT_FIN);
    if (client->fin_frame == 0 || client->fin_frame != client->syn_frame || in_place) {
        return true;
    }
    bool opens = opened != NULL;
    struct path_event sent = opens ? *opened : (struct path_event){0};
    path_remove(&client->path, EVENT_SENT_FIN);
    path_remove(&client->path, EVENT_RECEIVED_ACK_OF_FIN);
    struct path_event acknowledged = sent;
    sent.kind = EVENT_SENT_FIN;
    sent.certainty = CERTAINTY_CERTAIN;
    sent.inferred = 1;
    acknowledged.kind = EVENT_RECEIVED_ACK_OF_FIN;
    return !opens || (path_append(&client->path, &sent) && path_append(&client->path, &acknowledged));
}

/* --- SYN --- */

/* The SYN was sent again after a RST or an ICMP error had ended the attempt: that did not arrive. Nothing else came
 * from x by which its round trip could have been measured; a SYN goes out again after a second (RFC 6298 2.1), and a
 * copy that comes sooner is the network's. */
static bool attempt_goes_on(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    enum event_kind kind = is_pending(x, EVENT_RECEIVED_RST) ? EVENT_RECEIVED_RST : EVENT_RECEIVED_ICMP;
    const struct path_event *ended = path_find(&x->path, kind);
    int64_t guard = x->round_trip != 0 ? guard_of(x) : guard_of(x) / 2;
    if (endpoint_state(x) != STATE_CLOSED || ended == NULL || ended->certainty > CERTAINTY_PRESUMED ||
        ended->time >= arrival->sent - guard) {
        return true;
    }
    arrival->connection->filtered = false;
    return refute(arrival, x, kind, NULL, 0);
}

/* The same SYN again: its sender has received nothing that passed longer than the guard ago. */
static bool repeated_syn(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    int64_t since = arrival->sent - guard_of(x);
    bool ok = attempt_goes_on(arrival);
    struct path_change change = {0};
    if (x->syn_fin && !path_change_begin(&change, &x->path)) {
        return false;
    }
    static const uint8_t opened_by[] = {EVENT_RECEIVED_SYN_ACK, EVENT_RECEIVED_SYN};
    for (unsigned i = 0; i < sizeof opened_by; i++) {
        const struct path_event *event = path_find(&x->path, (enum event_kind)opened_by[i]);
        if (event != NULL && event->certainty <= CERTAINTY_PRESUMED && event->time < since) {
            ok = ok && refute(arrival, x, (enum event_kind)opened_by[i], &x->opening, since);
        }
    }
    ok = place_fin_of_syn(x) && ok;
    ok = path_change_end(&change, &x->path, arrival->segment->frame) && ok;
    bool opening = endpoint_state(x) == STATE_SYN_SENT || is_pending(x, EVENT_RECEIVED_SYN_ACK) ||
                   is_pending(x, EVENT_RECEIVED_SYN);
    arrival->observation->facts |= opening ? FACT_SYN_REPEATED : FACT_SYN_LATE;
    if (opening) {
        const struct tcp_options *options = &arrival->segment->options;
        bool stamped = (options->present & OPTION_TIMESTAMPS) != 0;
        x->syn_count++;
        /* With the same timestamp it is the network's copy: which of the two is answered, the echo does not tell. */
        if (!stamped || options->timestamp_value != x->syn_last_tsval) {
            x->syn_last_time = arrival->segment->time;
        }
        x->syn_last_tsval = arrival->segment->options.timestamp_value;
        note_options(arrival);
    }
    return ok;
}

/* What it sent was thought to answer a SYN/ACK; now a SYN may have come before that. */
static void doubt_open(struct endpoint *endpoint) {
    struct path_event *opened = path_find(&endpoint->path, EVENT_RECEIVED_SYN_ACK);
    if (opened != NULL && opened->certainty >= CERTAINTY_CONFIRMED) {
        opened->certainty = CERTAINTY_PRESUMED;
        opened->settled_by = 0;
        path_update(&endpoint->path);
    }
}

bool put_syn_first(struct arrival *arrival, struct endpoint *side, bool inferred) {
    static const uint8_t later[] = {EVENT_RECEIVED_SYN, EVENT_SENT_SYN_ACK, EVENT_RECEIVED_SYN_ACK,
                                    EVENT_RECEIVED_ACK_OF_SYN, EVENT_RECEIVED_RST};
    struct path_event sent = event_of(arrival, EVENT_SENT_SYN, CERTAINTY_CERTAIN);
    struct path_event *before = path_find(&side->path, EVENT_SENT_SYN);
    struct path_change change;
    sent.inferred = inferred;
    if (before != NULL) { /* that one was inferred */
        *before = sent;
        path_update(&side->path);
        return true;
    }
    if (!path_change_begin(&change, &side->path)) {
        return false;
    }
    side->path.request_socket = false;
    bool ok = path_append(&side->path, &sent);
    for (unsigned i = 0; ok && i < sizeof later; i++) {
        path_move_last(&side->path, (enum event_kind)later[i]);
    }
    side->path.initial = STATE_CLOSED;
    path_update(&side->path);
    return path_change_end(&change, &side->path, arrival->segment->frame) && ok;
}

/* The SYNs crossed, and the responder answered before its own SYN was recorded: the other may have had that SYN, too,
 * before the answer. */
static bool syn_behind_its_syn_ack(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    struct path_event received = event_of(arrival, EVENT_RECEIVED_SYN, CERTAINTY_PRESUMED);
    struct path_change change;
    if (!put_syn_first(arrival, arrival->x, false)) {
        return false;
    }
    if (has_event(y, EVENT_RECEIVED_SYN) || !is_pending(y, EVENT_RECEIVED_SYN_ACK)) {
        return true; /* or has gone on before */
    }
    if (!path_change_begin(&change, &y->path)) {
        return false;
    }
    bool ok = path_append(&y->path, &received);
    path_move_last(&y->path, EVENT_RECEIVED_SYN_ACK);
    return path_change_end(&change, &y->path, arrival->segment->frame) && ok;
}

/* The other's SYN is still under way to the responder, or lost. */
static bool syn_before_answer(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_SYN);
    struct path_event again = {0};
    bool in_flight = received != NULL && arrival->segment->time - x->opening.time < guard_of(x);
    if (received != NULL) {
        again = *received;
        again.frame = x->opening.frame;
        again.time = x->opening.time;
        path_remove(&x->path, EVENT_RECEIVED_SYN);
    }
    x->path.request_socket = false;
    bool ok = append(arrival, x, EVENT_SENT_SYN, CERTAINTY_CERTAIN) && (!in_flight || path_append(&x->path, &again));
    x->path.initial = STATE_CLOSED; /* it opened actively, though the refuted step began in LISTEN */
    path_update(&x->path);
    return ok;
}

/* The responder sends a SYN of its own: the SYNs crossed, or it answers in the split manner. */
static bool crossing_syn(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct connection *connection = arrival->connection;
    bool answered = x->syn_ack_frame != 0;
    struct path_change change;
    if (!path_change_begin(&change, &x->path)) {
        return false;
    }
    bool ok = answered || has_event(x, EVENT_SENT_SYN) ? syn_behind_its_syn_ack(arrival) : syn_before_answer(arrival);
    connection->simultaneous_open = true;
    connection->split_handshake = !answered; /* until it sends a SYN/ACK */
    arrival->observation->more |= MORE_SYN_CROSSED;
    return path_change_end(&change, &x->path, arrival->segment->frame) && ok;
}

/* The answer to this SYN was recorded before it. A SYN of the responder shows that it had opened actively, too. */
static bool syn_behind_its_answer(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    const struct path_event *answer = path_find(&y->path, EVENT_RECEIVED_SYN_ACK);
    bool crossed = arrival->side == SIDE_SERVER;
    if (crossed) {
        arrival->connection->simultaneous_open = true;
        doubt_open(y);
    }
    if ((crossed || has_event(x, EVENT_SENT_SYN)) && !put_syn_first(arrival, x, false)) {
        return false;
    }
    arrival->connection->initiator_seen = true;
    arrival->observation->more |= MORE_REORDERED;
    bool by_syn_ack = y->syn_ack_frame != 0 || answer == NULL;
    arrival->observation->provoked_by = by_syn_ack ? y->syn_ack_frame : answer->frame;
    arrival->observation->provoked_time = by_syn_ack ? y->syn_ack_time : answer->time;
    return true;
}

static bool first_syn(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    bool reordered = x->isn_known == ISN_INFERRED;
    x->isn_known = ISN_SEEN;
    x->syn_frame = segment->frame;
    x->syn_time = x->syn_last_time = segment->time;
    x->syn_last_tsval = segment->options.timestamp_value;
    x->syn_count = 1;
    x->syn_data = segment->length;
    note_options(arrival);
    arrival->observation->facts |= FACT_SYN;
    if (reordered) {
        return syn_behind_its_answer(arrival);
    }
    if (arrival->side == SIDE_SERVER) {
        return crossing_syn(arrival);
    }
    return append(arrival, x, EVENT_SENT_SYN, CERTAINTY_CERTAIN);
}

/* While an older incarnation disputes the tuple, y does not take a SYN (A.16 rule 12); behind a RST it does, though an
 * ACK of that incarnation may have passed since. */
static bool holds_older(const struct connection *connection) {
    const struct connection *older = connection->older;
    bool reset = older != NULL && has_event(&older->side[1 - connection->opener_in_older], EVENT_RECEIVED_RST);
    return connection->disputed && !reset;
}

/* What the SYN does at y. */
static bool receive_syn(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    enum tcp_state state = endpoint_state(y);
    if (state == STATE_CLOSED && y->rst_frame != 0 && (arrival->observation->facts & FACT_SYN_REPEATED) != 0) {
        return true;
    }
    y->opening = (struct passed){arrival->segment->frame, arrival->segment->time};
    if (holds_older(arrival->connection) || (state != STATE_LISTEN && state != STATE_SYN_SENT) ||
        has_event(y, EVENT_RECEIVED_SYN)) {
        return true;
    }
    return append(arrival, y, EVENT_RECEIVED_SYN, CERTAINTY_PRESUMED);
}

bool opening_syn(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    bool ok = x->syn_frame == 0 ? first_syn(arrival) : repeated_syn(arrival);
    x->syn_fin = x->syn_fin || (arrival->segment->flags & TCP_FIN) != 0;
    settle_scales(arrival->connection);
    return ok && (arrival->discarded || (arrival->observation->facts & FACT_SYN_LATE) != 0 || receive_syn(arrival));
}

/* --- SYN/ACK --- */

int64_t opening_edge(const struct endpoint *endpoint) {
    return (endpoint->next > 1 ? endpoint->next : 1) + (endpoint->syn_fin && endpoint->fin_frame == 0);
}

/* Where the SYN/ACK acknowledges less than the SYN carried, the rest was not taken and will be sent again (RFC
 * 7413 4.2.2). */
static void settle_fast_open(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    x->fast_open_taken = arrival->ack > 1 && (y->syn_data > 0 || y->syn_fin);
    if (x->fast_open_taken) {
        x->path.request_socket = false;
    }
    if (arrival->ack < y->next && y->next == 1 + (int64_t)y->syn_data) {
        y->next = arrival->ack;
    }
}

static void measure_syn_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    bool stamped = (arrival->segment->options.present & OPTION_TIMESTAMPS) != 0;
    bool answers_last = y->syn_count == 1 || (stamped && arrival->segment->options.timestamp_echo == y->syn_last_tsval);
    if (y->syn_count > 0 && answers_last) {
        round_trip_sample(x, arrival->segment->time - y->syn_last_time);
    }
}

/* It sent a SYN and has answered one (RFC 9293 figure 7), by the SYN/ACK that passed then. */
static bool infer_answered_syn(struct arrival *arrival, struct endpoint *side, const struct passed *syn_ack) {
    struct path_event received = event_of(arrival, EVENT_RECEIVED_SYN, CERTAINTY_CERTAIN);
    struct path_change change;
    received.inferred = true;
    received.frame = syn_ack->frame;
    received.time = syn_ack->time;
    if (!path_change_begin(&change, &side->path)) {
        return false;
    }
    side->path.request_socket = false;
    doubt_open(side);
    bool ok = path_append(&side->path, &received);
    path_move_last(&side->path, EVENT_RECEIVED_SYN_ACK);
    path_confirm(&side->path, EVENT_SENT_SYN, arrival->segment->frame);
    return path_change_end(&change, &side->path, arrival->segment->frame) && ok;
}

/* x sent a SYN, and its SYN/ACK with the same number answers one, though no event tells of that: it did not pass, is
 * recorded behind this, or was thought to be lost. What opened x was recorded so shortly before that this may have come
 * first, or is not proven. */
static bool answers_unseen_syn(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct path_event *opened = path_find(&x->path, EVENT_RECEIVED_SYN_ACK);
    bool soon = opened == NULL || arrival->segment->time - opened->time <= guard_of(x);
    bool unproven = arrival->y->syn_frame != 0 && is_pending(x, EVENT_RECEIVED_SYN_ACK);
    bool opening = has_event(x, EVENT_SENT_SYN) && endpoint_state(x) != STATE_CLOSED;
    return opening && !has_event(x, EVENT_RECEIVED_SYN) && arrival->seq == 0 && (soon || unproven);
}

/* The SYNs crossed, and the capture lacks one or both: each side sends a SYN/ACK that acknowledges the number of the
 * other's. */
static bool infer_crossing(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    const struct recent_segment *answer = answer_to_unseen_syn(y, x);
    struct passed here = {arrival->segment->frame, arrival->segment->time};
    if (answers_unseen_syn(arrival)) {
        arrival->connection->simultaneous_open = true;
        return infer_answered_syn(arrival, x, &here) && (y->syn_frame != 0 || put_syn_first(arrival, y, true));
    }
    if (answer == NULL || x->syn_frame != 0 || y->syn_frame == 0 || endpoint_state(y) != STATE_SYN_SENT) {
        return true;
    }
    here = (struct passed){answer->frame, answer->time};
    y->syn_ack_frame = answer->frame;
    y->syn_ack_time = y->syn_ack_last_time = answer->time;
    y->syn_ack_count = 1;
    arrival->connection->simultaneous_open = true;
    return infer_answered_syn(arrival, y, &here) && put_syn_first(arrival, x, true);
}

static bool first_syn_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    x->isn_known = ISN_SEEN;
    x->syn_ack_frame = segment->frame;
    x->syn_ack_time = x->syn_ack_last_time = segment->time;
    x->syn_ack_count = 1;
    x->syn_data = x->syn_data > 0 ? x->syn_data : segment->length;
    note_options(arrival);
    measure_syn_ack(arrival);
    settle_fast_open(arrival);
    arrival->observation->facts |= FACT_SYN_ACK;
    if (arrival->side == SIDE_SERVER) {
        arrival->connection->split_handshake = false;
    }
    if (endpoint_state(x) == STATE_CLOSED && arrival->connection->reset.kind == RESET_REFUSED) {
        /* It listens. If it was not asked again, the refusal was somebody else's; else it may have begun to listen
         * since, or dropped what an older SYN had left there. */
        bool asked_again = arrival->y->syn_last_time > x->rst_time || segment->time - x->rst_time >= SYN_AGAIN_SOONEST;
        x->path.initial = STATE_LISTEN;
        path_update(&x->path);
        arrival->connection->reset = (struct connection_reset){0};
        arrival->observation->more |= asked_again ? 0 : MORE_RST_CONTRADICTED;
        arrival->observation->provoked_by = asked_again ? 0 : x->rst_frame;
        arrival->observation->provoked_time = asked_again ? 0 : x->rst_time;
        x->rst_frame = 0;
    }
    if (!infer_crossing(arrival)) {
        return false;
    }
    if (path_confirm(&x->path, EVENT_RECEIVED_SYN, segment->frame)) {
        return true;
    }
    enum tcp_state state = endpoint_state(x);
    if (state == STATE_LISTEN || state == STATE_SYN_SENT) {
        struct path_event event = event_of(arrival, EVENT_SENT_SYN_ACK, CERTAINTY_CERTAIN);
        return path_append(&x->path, &event);
    }
    return true;
}

/* Its timestamp is no later than that of what x has sent before, and clocks do not stand still for so long: it may be
 * that segment, doubled by the network. */
static bool is_late_copy(const struct arrival *arrival) {
    const struct tcp_options *options = &arrival->segment->options;
    return (options->present & OPTION_TIMESTAMPS) != 0 && arrival->x->tsval_known &&
           (int32_t)(options->timestamp_value - arrival->x->tsval_max) <= 0;
}

static bool repeated_syn_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    bool asked_again = arrival->y->syn_count > 1;
    bool of_first = !asked_again && is_too_soon_for_timer(arrival, x->syn_ack_time);
    if (of_first || (!asked_again && is_too_soon_for_timer(arrival, x->syn_ack_last_time)) || is_late_copy(arrival)) {
        arrival->sent = of_first ? x->syn_ack_time : x->syn_ack_last_time;
    }
    int64_t since = arrival->sent - guard_of(x);
    static const uint8_t opened_by[] = {EVENT_RECEIVED_ACK_OF_SYN, EVENT_RECEIVED_SYN_ACK};
    bool past = state_is_synchronised(endpoint_state(x)) && x->path.certainty >= CERTAINTY_CONFIRMED;
    bool ok = true;
    for (unsigned i = 0; i < sizeof opened_by && !past; i++) {
        const struct path_event *event = path_find(&x->path, (enum event_kind)opened_by[i]);
        if (event != NULL && event->certainty <= CERTAINTY_PRESUMED && event->time < since) {
            ok = ok && refute(arrival, x, (enum event_kind)opened_by[i], &x->opening, since);
        }
    }
    arrival->observation->facts |= past ? FACT_SYN_LATE : FACT_SYN_ACK_REPEATED;
    if (!past) {
        facts_offer(arrival);
    }
    x->syn_ack_count++;
    x->syn_ack_last_time = arrival->segment->time;
    return ok;
}

static bool receive_syn_ack(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    enum tcp_state state = endpoint_state(y);
    y->opening = (struct passed){arrival->segment->frame, arrival->segment->time};
    if ((state != STATE_SYN_SENT && state != STATE_SYN_RECEIVED) || has_event(y, EVENT_RECEIVED_SYN_ACK) ||
        !has_event(y, EVENT_SENT_SYN)) {
        bool presumed_open = state == STATE_SYN_SENT && !has_event(y, EVENT_RECEIVED_SYN_ACK);
        return !presumed_open || append(arrival, y, EVENT_RECEIVED_SYN_ACK, CERTAINTY_PRESUMED);
    }
    return append(arrival, y, EVENT_RECEIVED_SYN_ACK, CERTAINTY_PRESUMED);
}

/* The SYN/ACK covers a FIN that was on the SYN (RFC 9293 3.10.7.2: other controls of it are processed, too): x has
 * taken it. Whether it acts on that at once or with the ACK of its own SYN is open. */
static bool take_fin_of_syn(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    struct path_event received = event_of(arrival, EVENT_RECEIVED_FIN, CERTAINTY_PRESUMED);
    received.frame = y->syn_frame;
    received.time = y->syn_time;
    received.flags = TCP_SYN | TCP_FIN;
    received.guessed = 1;
    y->fin = y->next++;
    y->fin_frame = y->fin_last_frame = y->syn_frame;
    y->fin_time = y->fin_last_time = y->syn_time;
    y->closing_seen = true;
    x->fin_passed = x->fin_passed_first = (struct passed){y->syn_frame, y->syn_time};
    y->covering_octets = 0; /* x's SYN */
    y->covering_octets_known = true;
    connection_begin_close(arrival->connection, y->syn_time);
    return place_fin_of_syn(y) && path_append(&x->path, &received) && receiving_apply(arrival);
}

/* Nothing of the initiator was seen: its SYN must have been sent. */
static bool infer_syn(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    struct path_event event = event_of(arrival, EVENT_SENT_SYN, CERTAINTY_PRESUMED);
    event.inferred = true;
    arrival->observation->more |= MORE_SYN_ACK_WITHOUT_SYN;
    y->isn_known = ISN_INFERRED;
    return path_append(&y->path, &event);
}

bool opening_syn_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    if (y->path.count == 0 && y->frames == 0 && !infer_syn(arrival)) {
        return false;
    }
    bool acceptable = arrival->ack >= 1 && arrival->ack <= opening_edge(y);
    bool covers_fin_of_syn = arrival->ack == opening_edge(y) && arrival->ack > y->next && y->next > 0;
    bool other_number = (x->syn_ack_frame != 0 || numbers_are_proven(x, y)) && arrival->seq != 0;
    bool over = endpoint_state(x) == STATE_CLOSED && x->path.count > 0 && x->syn_ack_frame != 0;
    if (!acceptable || other_number || over) {
        /* it belongs to no incarnation in view, or answers an old duplicate of the SYN (A.16 rules 9 and 10) */
        arrival->observation->facts |= acceptable ? FACT_SYN_LATE : FACT_SYN_ACK_REJECTED;
        arrival->observation->expected_ack = y->next;
        x->stray_syn_ack = over ? arrival->segment->frame : x->stray_syn_ack;
        arrival->discarded = true;
        return true;
    }
    bool ok = x->syn_ack_frame == 0 ? first_syn_ack(arrival) : repeated_syn_ack(arrival);
    settle_scales(arrival->connection);
    if (!ok || arrival->discarded) {
        return ok;
    }
    return receive_syn_ack(arrival) && (covers_fin_of_syn ? take_fin_of_syn(arrival) : place_fin_of_syn(y));
}

/* --- picked up in the middle --- */

bool opening_midstream(struct arrival *arrival) {
    struct connection *connection = arrival->connection;
    connection->midstream = true;
    for (int i = 0; i < SIDES; i++) {
        struct path_event event = event_of(arrival, EVENT_MIDSTREAM, CERTAINTY_ASSUMED);
        event.inferred = true;
        connection->side[i].path.initial = STATE_UNKNOWN;
        connection->side[i].path.request_socket = false;
        bool reset = (arrival->segment->flags & TCP_RST) != 0;
        if (!reset && !path_append(&connection->side[i].path, &event)) {
            return false;
        }
        path_update(&connection->side[i].path);
    }
    return true;
}
