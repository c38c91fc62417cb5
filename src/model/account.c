/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* Octets, acknowledgements and windows of a connection (RFC 9293 3.4, 3.8). */

/* ns; a timer of 1 s may fire a tick sooner; a timestamp clock of 1 ms does not show the same after two. */
enum { SECOND = 1000000000, TIMER_TICK = 10000000, TIMESTAMP_MOVES = 2000000 };

int64_t contiguous_end(const struct endpoint *sender, const struct endpoint *receiver) {
    int64_t end = ranges_first(&sender->holes, sender->next);
    return end > receiver->ack_sent ? end : receiver->ack_sent;
}

const struct recent_segment *recent_newest(const struct endpoint *endpoint) {
    return &endpoint->recent[endpoint->recent_latest];
}

void remember_segment(struct endpoint *x, const struct segment *segment, bool rejected, bool keep_alive) {
    *recent_next(x) = (struct recent_segment){
        .frame = segment->frame,
        .flags = segment->flags,
        .hop_limit = segment->hop_limit,
        .rejected = rejected,
        .keep_alive = keep_alive,
        .time = segment->time,
        .raw_seq = segment->seq,
        .raw_ack = segment->ack,
        .length = segment->length,
        .ip_id = segment->ip_id,
        .tsval = segment->options.timestamp_value,
        .window = segment->window,
        .imprint = segment_imprint(segment),
    };
}

void account_recent(struct arrival *arrival, bool rejected) {
    remember_segment(arrival->x, arrival->segment, rejected, (arrival->observation->facts & FACT_KEEP_ALIVE) != 0);
}

/* Where the IP ID proves nothing (0, or a flow label), only a segment that occupies sequence space is told from an
 * honest repetition, by what would have called for that. No timer does so soon: something of y has passed in between,
 * no sooner than x can have taken it, and the sender's clock has moved on by a round trip. */
static bool is_uncalled_for(const struct arrival *arrival, const struct recent_segment *earlier, int64_t age) {
    const struct segment *segment = arrival->segment;
    int64_t near = arrival->x->round_trip;
    int64_t far = arrival->y->round_trip;
    bool occupies = segment->length > 0 || (segment->flags & (TCP_SYN | TCP_FIN)) != 0;
    bool stamped = (segment->options.present & OPTION_TIMESTAMPS) != 0 && near != 0 && far != 0;
    return occupies && (near == 0 || age < near / 2 || (stamped && near + far > TIMESTAMP_MOVES) ||
                        recent_newest(arrival->y)->frame < earlier->frame);
}

static bool is_copy_of(const struct arrival *arrival, const struct recent_segment *earlier) {
    const struct segment *segment = arrival->segment;
    int64_t window = arrival->model->settings.duplicate_window;
    int64_t age = segment->time - earlier->time;
    if (age < 0 || age > window || !recent_may_be_packet(earlier, segment)) {
        return false;
    }
    bool identified = segment->source.version == 4 && segment->ip_id != 0;
    bool further_on = segment->hop_limit < earlier->hop_limit;
    return identified || further_on || is_uncalled_for(arrival, earlier, age);
}

static const struct recent_segment *original_among(const struct arrival *arrival, const struct recent_segment *recent) {
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        if (is_copy_of(arrival, &recent[i])) {
            return &recent[i];
        }
    }
    return NULL;
}

static bool originates(struct arrival *arrival, uint64_t frame, int64_t time) {
    bool older = frame != 0 && arrival->segment->time <= time;
    if (older) {
        arrival->observation->provoked_by = frame;
        arrival->observation->provoked_time = time;
    }
    return older;
}

/* What its sender repeats, it repeats later. A SYN or FIN no later than the first of its kind, recorded behind segments
 * that are later, is the first once more: the capture holds its packets twice, one pass behind the other. */
static bool is_of_second_pass(struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    if (segment->time >= arrival->connection->last_time || (segment->flags & TCP_RST) != 0) {
        return false;
    }
    if (arrival->syn) {
        return segment->seq == x->isn && (arrival->has_ack ? originates(arrival, x->syn_ack_frame, x->syn_ack_time)
                                                           : originates(arrival, x->syn_frame, x->syn_time));
    }
    return arrival->fin && arrival->fin_octet == x->fin && originates(arrival, x->fin_frame, x->fin_time);
}

/* It has fewer hops left than what its sender sends, and nothing new. Of what passed so shortly before that this may be
 * a second record of it, no more is remembered than the last few. */
static bool is_from_further_on(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    const struct recent_segment *oldest = &x->recent[(x->recent_latest + 1) % RECENT_SEGMENTS];
    int64_t age = segment->time - oldest->time;
    bool further_on = segment->hop_limit < x->hop_limit && segment->hop_limit + MOST_HOPS_BETWEEN >= x->hop_limit;
    bool new = arrival->end > x->next || arrival->ack > x->ack_sent;
    return further_on && !new && arrival->has_ack && (segment->flags & (TCP_SYN | TCP_RST)) == 0 &&
           oldest->frame != 0 && age >= 0 && age <= arrival->model->settings.duplicate_window;
}

/* The capture holds what passed at two points: the hardware address from which a segment comes tells nothing. */
static void note_other_point(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    x->provenance.several |= arrival->segment->link_source != x->link_source;
}

/* The original may have gone to the incarnation before this one, which may just have ended. */
bool is_capture_copy(struct arrival *arrival) {
    const struct connection *connection = arrival->connection;
    const struct connection *older = connection->older;
    const struct recent_segment *last = &connection->before->last_segment[arrival->side];
    int then = arrival->side == SIDE_CLIENT ? connection->opener_in_older : 1 - connection->opener_in_older;
    const struct recent_segment *original = original_among(arrival, arrival->x->recent);
    if (original == NULL && is_copy_of(arrival, last)) {
        original = last;
    }
    if (original == NULL && older != NULL) {
        original = original_among(arrival, older->side[then].recent);
    }
    if (original != NULL) {
        arrival->observation->provoked_by = original->frame;
        arrival->observation->provoked_time = original->time;
    }
    bool copy = original != NULL || is_from_further_on(arrival) || is_of_second_pass(arrival);
    if (copy) {
        note_other_point(arrival);
    }
    return copy;
}

static bool everything_acknowledged(const struct endpoint *endpoint) {
    return endpoint->acknowledged >= endpoint->next;
}

/* RFC 9293 3.8.4, A.16 rule 14 */
static bool is_keep_alive(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    return arrival->segment->length <= 1 && arrival->seq == x->next - 1 && !arrival->syn && !arrival->fin &&
           x->fin_frame == 0 && x->sent_any && everything_acknowledged(x) && !arrival->y->window_zero &&
           arrival->segment->time - arrival->connection->last_time >= SECOND - TIMER_TICK;
}

/* RFC 9293 3.8.6.1 */
static bool is_window_probe(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    uint32_t length = arrival->segment->length;
    if (!arrival->y->window_zero || arrival->syn || arrival->fin) {
        return false;
    }
    return (length == 1 && (arrival->seq == x->next || arrival->seq == x->acknowledged)) ||
           (length == 0 && arrival->seq == x->acknowledged - 1);
}

/* Returns true for a probe: its octets count for nothing else. */
static bool account_probe(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (is_keep_alive(arrival)) {
        arrival->observation->facts |= FACT_KEEP_ALIVE | (x->keep_alives_unanswered > 0 ? FACT_KEEP_ALIVE_REPEATED : 0);
        x->keep_alives++;
        x->keep_alives_unanswered++;
        return true;
    }
    if (is_window_probe(arrival)) {
        arrival->observation->facts |= FACT_WINDOW_PROBE;
        x->probed = x->probed || (arrival->segment->length == 1 && arrival->seq == x->next);
        return true;
    }
    return false;
}

/* Octets that were acknowledged before they passed here, or never passed: not holes, but missing from the capture. */
static void skip_to(struct arrival *arrival, int64_t seq) {
    struct endpoint *x = arrival->x;
    int64_t known = x->next_acked > x->next ? x->next_acked : x->next;
    int64_t missed = (known < seq ? known : seq) - x->next;
    x->missing_bytes += missed > 0 ? (uint64_t)missed : 0;
    if (seq > known) {
        arrival->observation->facts |= FACT_HOLE;
        struct incidents *incidents = incidents_for(arrival, x);
        if (incidents != NULL) {
            incidents->ahead = passage_of(arrival, seq, arrival->end);
        }
        if (!ranges_add(&x->holes, known, seq)) {
            arrival->model->out_of_memory = true;
        }
    }
}

/* An ACK that ran ahead of what had passed is proven as far as the octets have now passed. */
static void believe_early_ack(struct endpoint *acknowledger, struct endpoint *sender) {
    int64_t proven = sender->next_acked < sender->next ? sender->next_acked : sender->next;
    if (proven > acknowledger->ack_sent) {
        acknowledger->ack_sent = proven;
    }
    if (sender->early_ack_frame != 0 && proven > sender->acknowledged) {
        sender->acknowledged = proven;
        sender->acknowledged_time = sender->early_ack_time;
        sender->acknowledged_frame = sender->early_ack_frame;
        sender->repeats_without_progress = 0;
    }
}

static void count_repeated(struct arrival *arrival, int64_t repeated) {
    if (repeated <= 0) {
        return;
    }
    arrival->x->retransmitted_frames++;
    arrival->x->repeats_without_progress++;
    arrival->x->retransmitted_bytes += (uint64_t)repeated;
    arrival->observation->repeated_octets = repeated;
    struct incidents *incidents = incidents_for(arrival, arrival->x);
    if (incidents != NULL) {
        incidents->repeated = passage_of(arrival, arrival->data, arrival->data + arrival->segment->length);
    }
    arrival->observation->facts |= FACT_DATA_REPEATED;
}

/* A.16 rule 13: x goes on where the ACK claimed that it had been before. Within the reorder window it is the capture's
 * disorder; and what ends with the very octet that was acknowledged, a FIN or so late that it may be a repetition, is
 * that segment once more: the capture lacks its first copy. */
static bool repeats_unseen(const struct arrival *arrival) {
    int64_t since = arrival->segment->time - arrival->x->early_ack_time;
    return arrival->end == arrival->x->next_acked && (arrival->fin || since + guard_of(arrival->y) >= LEAST_TIMEOUT);
}

/* That ACK echoes the timestamp of this segment, or of one that left with or behind it and had not passed either: the
 * answer was recorded before the question, however late the question is. */
static bool was_echoed_early(const struct arrival *arrival) {
    const struct incidents *incidents = endpoint_incidents(arrival->x);
    const struct tcp_options *options = &arrival->segment->options;
    return incidents->early_echoes && (options->present & OPTION_TIMESTAMPS) != 0 &&
           (int32_t)(incidents->early_echo - options->timestamp_value) >= 0;
}

/* So long after its answer a segment of x may be recorded. Where clocks are apart all of one direction are late, by as
 * much as those that were proven to be, give or take what answers differ. */
static int64_t longest_lag(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    int64_t window = arrival->model->settings.reorder_window;
    int64_t lag = endpoint_incidents(x)->lag;
    bool answered = x->syn_frame != 0 && y->syn_ack_frame != 0 && y->syn_frame == 0;
    int64_t of_syn = answered ? x->syn_time - y->syn_ack_time : 0;
    lag = of_syn > lag && of_syn < LEAST_FIRST_TIMEOUT ? of_syn : lag;
    return window + lag + lag / 2;
}

/* Tells whether the capture's disorder explains that the octets of x pass behind their ACK. */
static bool is_disorder(struct arrival *arrival) {
    int64_t since = arrival->segment->time - arrival->x->early_ack_time;
    if (was_echoed_early(arrival)) {
        struct incidents *incidents = arrival->x->incidents;
        incidents->lag = since > incidents->lag ? since : incidents->lag;
        return true;
    }
    return since <= longest_lag(arrival);
}

/* Of several ACKs that were recorded before the octets one is, with each segment of these, until all have passed: then
 * all are. */
static void void_early_acks(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    uint32_t some = x->early_acks > 0 ? 1 : 0;
    x->early_acks_voided = arrival->end >= x->next_acked ? x->early_acks : some;
    x->early_acks -= x->early_acks_voided;
    arrival->connection->acked_unseen -= x->early_acks_voided;
}

void account_early_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (x->next_acked <= x->next || arrival->syn || arrival->end < x->next) {
        return;
    }
    bool soon = is_disorder(arrival);
    if (arrival->fin && x->next_acked > arrival->end && !soon) { /* there is nothing behind the FIN */
        arrival->observation->more |= MORE_ACK_OF_UNSENT | MORE_ACK_WITHDRAWN;
        x->next_acked = x->next;
    }
    if (arrival->seq > x->next || x->next_acked <= x->next) {
        return;
    }
    if (arrival->end > x->next && soon) {
        arrival->observation->more |= MORE_REORDERED | MORE_ACK_WITHDRAWN;
        void_early_acks(arrival);
    } else if (arrival->seq == x->next && !soon && !repeats_unseen(arrival)) {
        arrival->observation->more |= MORE_ACK_OF_UNSENT | MORE_ACK_WITHDRAWN;
        x->next_acked = x->next;
    }
}

void account_octets(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (account_probe(arrival)) {
        return;
    }
    int64_t data_end = arrival->data + arrival->segment->length;
    if (!x->sent_any && !arrival->syn && x->isn_known != ISN_SEEN && x->syn_ack_frame == 0 && x->syn_frame == 0 &&
        arrival->seq > x->next) {
        x->next = arrival->seq; /* picked up late: what came before is no hole */
    }
    if (arrival->seq > x->next) {
        skip_to(arrival, arrival->seq);
        x->next = arrival->seq;
    }
    int64_t filled = 0;
    if (arrival->seq < x->next && x->holes.count > 0) {
        filled = ranges_remove(&x->holes, arrival->data, data_end);
        arrival->observation->facts |= filled > 0 ? FACT_HOLE_FILLED : 0;
    }
    int64_t beyond = data_end > x->next ? data_end - (arrival->data > x->next ? arrival->data : x->next) : 0;
    if (arrival->fin && x->holes.count > 0) {
        ranges_remove(&x->holes, arrival->fin_octet, arrival->end);
    }
    if (x->unseen_fin != 0 && arrival->data < x->unseen_fin && data_end >= x->unseen_fin) {
        x->unseen_fin = 0; /* payload stands where the FIN was thought to be */
    }
    arrival->observation->fresh_octets = filled + beyond;
    arrival->observation->facts |= filled + beyond > 0 ? FACT_DATA : 0;
    count_repeated(arrival, (int64_t)arrival->segment->length - filled - beyond);
    if (arrival->end > x->next) {
        x->next = arrival->end;
        x->went_on = true;
        x->probed = false;
    }
    believe_early_ack(arrival->y, x);
}

static void note_early_echo(struct arrival *arrival) {
    const struct tcp_options *options = &arrival->segment->options;
    struct endpoint *y = arrival->y;
    bool ahead = (options->present & OPTION_TIMESTAMPS) != 0 && y->tsval_known &&
                 (int32_t)(options->timestamp_echo - y->tsval_max) > 0;
    struct incidents *incidents = ahead || y->incidents != NULL ? incidents_for(arrival, y) : NULL;
    if (incidents != NULL) {
        incidents->early_echoes = ahead;
        incidents->early_echo = options->timestamp_echo;
    }
}

static void note_early_ack(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    if (arrival->connection->midstream && arrival->x->last_ack == 0) {
        /* The first ACK tells where y stood before the capture began, and no more of what it sent. */
        y->unseen_fin = y->frames > 0 ? arrival->ack : 0;
        y->next = arrival->ack;
        y->acknowledged_time = arrival->segment->time;
        return;
    }
    bool counts = y->frames > 0 && state_is_synchronised(endpoint_state(y));
    if (y->next_acked <= y->next) {
        y->early_ack_first = arrival->segment->frame;
        y->early_acks = 0;
    }
    if (arrival->ack > y->next_acked && counts) {
        arrival->observation->facts |= FACT_ACK_UNSEEN;
        arrival->connection->acked_unseen++;
        y->early_acks++;
    }
    if (arrival->ack > y->next_acked) {
        y->next_acked = arrival->ack;
        y->early_ack_frame = arrival->segment->frame;
        y->early_ack_time = arrival->segment->time;
        note_early_echo(arrival);
    }
}

/* Octets that y had not been seen to send but that x acknowledges: the capture missed them. */
static void close_holes(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    if (y->holes.count > 0) {
        y->missing_bytes += (uint64_t)ranges_remove(&y->holes, 0, arrival->ack);
    }
}

void account_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    const struct segment *segment = arrival->segment;
    if (!arrival->has_ack) {
        return;
    }
    if (arrival->ack < x->ack_sent) {
        arrival->observation->more |= MORE_ACK_REGRESSED;
    }
    if (arrival->ack > y->next) {
        note_early_ack(arrival);
    } else if (arrival->ack > x->ack_sent) {
        x->ack_sent = arrival->ack;
        y->acked_in_gap = y->holes.count > 0 && ranges_overlap(&y->holes, arrival->ack - 1, arrival->ack) > 0;
    }
    if (arrival->ack > y->acknowledged && arrival->ack <= y->next) {
        y->acknowledged = arrival->ack;
        y->acknowledged_time = segment->time;
        y->acknowledged_frame = segment->frame;
        y->repeats_without_progress = 0;
        close_holes(arrival);
    } else if (arrival->ack == x->last_ack && segment->length == 0 && !arrival->fin && arrival->seq == x->next &&
               y->next > arrival->ack && (arrival->observation->more & MORE_WINDOW_UPDATE) == 0) {
        arrival->observation->more |= MORE_DUPLICATE_ACK; /* a keep-alive or an empty probe stands one below x->next */
    }
    if ((arrival->observation->facts & FACT_KEEP_ALIVE) == 0) {
        y->keep_alives_unanswered = 0;
    }
    x->last_ack = arrival->ack;
}

static void window_closes(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    x->window_zero = true;
    x->window_zero_since = arrival->segment->time;
    arrival->observation->facts |= FACT_WINDOW_ZERO;
}

static void window_opens(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    x->window_zero = false;
    x->window_zero_ended = arrival->segment->time != 0 ? arrival->segment->time : 1;
    x->window_zero_span = arrival->segment->time - x->window_zero_since;
    arrival->observation->facts |= FACT_WINDOW_OPENED;
}

int64_t window_rounding(const struct endpoint *endpoint) {
    return (INT64_C(1) << endpoint->window_scale) - 1;
}

enum { IP_ID_STEPS = 256 }; /* so far the identifications of neighbours may be apart */

/* Sent after all that its sender has sent so far, as well as its timestamp and IP identification tell. Within one tick
 * of the timestamp clock a late copy looks like a new segment, unless the identification counts on. */
static bool is_newest(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    const struct recent_segment *last = recent_newest(x);
    bool stamped = (segment->options.present & OPTION_TIMESTAMPS) != 0 && x->tsval_known;
    int32_t ticks = stamped ? (int32_t)(segment->options.timestamp_value - x->tsval_max) : 0;
    if (ticks != 0) {
        return ticks > 0;
    }
    uint16_t steps = (uint16_t)(segment->ip_id - last->ip_id);
    bool counted = segment->source.version == 4 && segment->ip_id != 0 && last->ip_id != 0;
    bool behind = counted && steps >= (uint16_t)-IP_ID_STEPS;
    bool ahead = counted && steps >= 1 && steps <= IP_ID_STEPS;
    return stamped ? ahead : !behind;
}

/* The window in a SYN is never scaled (RFC 7323 2.2). */
void account_window(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    if (!arrival->has_ack) {
        return;
    }
    uint32_t window =
        arrival->syn ? segment->window : (uint32_t)segment->window << (x->scale_known ? x->window_scale : 0);
    int64_t edge = arrival->ack + window;
    int64_t edge_before = x->last_ack + x->window;
    bool newer = arrival->ack >= x->last_ack && (arrival->seq >= x->next || arrival->end > arrival->next_before);
    bool expects_more = arrival->y->fin_frame == 0 || arrival->ack <= arrival->y->fin;
    if (!arrival->syn && newer && window == 0 && !x->window_zero && x->path.state != STATE_CLOSED && expects_more) {
        window_closes(arrival);
    } else if (!arrival->syn && x->window_zero && window > 0 && newer) {
        window_opens(arrival);
    }
    if (window > 0 && segment->length == 0 && !arrival->syn && !arrival->fin && arrival->ack == x->last_ack &&
        window != x->window && arrival->seq == x->next) {
        arrival->observation->more |= MORE_WINDOW_UPDATE;
    }
    if (!arrival->syn && newer && window > 0 && is_newest(arrival) && window_is_own(x) &&
        edge + window_rounding(x) < edge_before) {
        arrival->observation->more |= MORE_WINDOW_SHRUNK;
        arrival->observation->edge_before = edge_before;
    }
    if (!arrival->syn && (x->window_room == 0 || window < x->window_room - 1)) {
        x->window_room = window + 1;
    }
    x->window = window;
    x->window_max = window > x->window_max ? window : x->window_max;
    x->window_edge = edge > x->window_edge ? edge : x->window_edge;
}
