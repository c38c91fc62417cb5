/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/simulation.h"

#include <string.h>

/* One end of a TCP connection. The section numbers are RFC 9293's where no other RFC is named. */

enum { RETRANSMISSION, DELAYED_ACK };

static const int64_t MS = 1000000;
/* Linux: the variance term of the RTO is at least 200 ms. */
static const int64_t RTO_VARIANCE_MIN = 200 * MS;
static const int64_t RTO_INITIAL = 1000 * MS;
/* RFC 6298 5.7: after a repeated SYN, and without a sample. */
static const int64_t RTO_AFTER_SYN_LOSS = 3000 * MS;
static const int64_t ACK_DELAY = 40 * MS;
enum { DUPLICATE_ACKS = 3, INITIAL_SEGMENTS = 10, SYN_WINDOW_MAX = 64240, SCALE = 7, SCALE_STEP = 1 << SCALE };

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

/* --- timers --- */

static void timer_set(struct simulation *simulation, struct connection *connection, enum side side, int which,
                      int64_t deadline) {
    struct timer *timer = &connection->ends[side].timers[which];
    timer->deadline = deadline;
    if (timer->event != 0 && timer->event <= deadline)
        return;
    timer->event = deadline;
    connection_event(simulation, connection, deadline, which == RETRANSMISSION ? EVENT_RETRANSMIT : EVENT_DELAYED_ACK,
                     side);
}

static void timer_stop(struct endpoint *end, int which) {
    end->timers[which].deadline = 0;
}

/* Whether the timer has really run out now, and not been moved since the event was put. */
static bool timer_fires(struct simulation *simulation, struct connection *connection, enum side side, int which) {
    struct timer *timer = &connection->ends[side].timers[which];
    if (timer->event != simulation->now)
        return false;
    timer->event = 0;
    if (timer->deadline == 0)
        return false;
    if (timer->deadline > simulation->now) {
        timer_set(simulation, connection, side, which, timer->deadline);
        return false;
    }
    timer->deadline = 0;
    return true;
}

/* RFC 6298 2.2, 2.3. */
static void take_sample(struct endpoint *end, int64_t sample) {
    if (end->srtt == 0) {
        end->srtt = sample;
        end->rttvar = sample / 2;
    } else {
        int64_t difference = end->srtt > sample ? end->srtt - sample : sample - end->srtt;
        end->rttvar = (3 * end->rttvar + difference) / 4;
        end->srtt = (7 * end->srtt + sample) / 8;
    }
    end->rto = end->srtt + (4 * end->rttvar > RTO_VARIANCE_MIN ? 4 * end->rttvar : RTO_VARIANCE_MIN);
}

static void retransmission_timer_restart(struct simulation *simulation, struct connection *connection, enum side side) {
    struct endpoint *end = &connection->ends[side];
    if (end->una == end->next)
        timer_stop(end, RETRANSMISSION);
    else
        timer_set(simulation, connection, side, RETRANSMISSION, simulation->now + (end->rto << end->backoff));
}

/* --- sending --- */

static uint16_t window_field(const struct simulation *simulation, const struct plan *plan, uint8_t flags) {
    if ((flags & FLAG_SYN) != 0 || !plan->scaling)
        return (uint16_t)smaller(simulation->workload->receive_window, SYN_WINDOW_MAX);
    return (uint16_t)(simulation->workload->receive_window >> SCALE);
}

static uint32_t clock_now(const struct simulation *simulation, const struct endpoint *end) {
    return end->ts_offset + (uint32_t)(simulation->now / MS);
}

/* RFC 2018: what is held beyond a hole, a FIN among it. */
static void fill_sack(struct segment *segment, const struct endpoint *end) {
    bool fin = end->has_held_fin;
    for (unsigned i = 0; i < end->held_count && segment->sack_count < 3; i++) {
        struct range range = end->held[i];
        if (fin && range.to == end->held_fin) {
            range.to++;
            fin = false;
        }
        segment->sack[segment->sack_count++] = range;
    }
    if (fin && segment->sack_count < 3)
        segment->sack[segment->sack_count++] = (struct range){end->held_fin, end->held_fin + 1};
}

static void send(struct simulation *simulation, struct connection *connection, enum side side, uint8_t flags,
                 struct range octets, enum fate fate) {
    struct endpoint *end = &connection->ends[side];
    struct segment *segment = segment_new(simulation);
    if (segment == NULL)
        return;
    segment->connection = connection->number;
    segment->side = (uint8_t)side;
    segment->flags = flags;
    segment->fate = (uint8_t)fate;
    segment->offset = octets.from;
    segment->length = octets.to - octets.from;
    segment->window = window_field(simulation, &connection->plan, flags);
    segment->timestamps = connection->plan.timestamps;
    segment->tsval = clock_now(simulation, end);
    if ((flags & FLAG_ACK) != 0) {
        segment->ack = end->rcv_next;
        segment->tsecr = end->ts_recent;
        end->last_ack_sent = end->rcv_next;
        end->ack_now = false;
        end->unacknowledged_segments = 0;
        timer_stop(end, DELAYED_ACK);
    }
    if (flags == FLAG_ACK && segment->length == 0 && connection->plan.sack)
        fill_sack(segment, end);
    if (flags != (FLAG_SYN | FLAG_ACK)) /* Linux answers a SYN with IP ID 0 */
        segment->ip_id = end->ip_id++;
    network_send(simulation, connection, segment);
}

static struct range nothing_at(uint32_t offset) {
    return (struct range){offset, offset};
}

static void send_ack(struct simulation *simulation, struct connection *connection, enum side side, enum fate fate) {
    send(simulation, connection, side, FLAG_ACK, nothing_at(connection->ends[side].next), fate);
}

/* 3.10.7.1: the answer of a host that has no such connection. Linux: IP ID 0, window 0, no options. */
static void send_bare_rst(struct simulation *simulation, struct connection *connection, enum side side,
                          const struct segment *cause) {
    struct segment *segment = segment_new(simulation);
    if (segment == NULL)
        return;
    segment->connection = connection->number;
    segment->side = (uint8_t)side;
    segment->flags = FLAG_RST;
    segment->offset = cause->ack;
    if ((cause->flags & FLAG_ACK) == 0) {
        segment->flags = FLAG_RST | FLAG_ACK;
        segment->ack = cause->offset + cause->length + ((cause->flags & FLAG_SYN) != 0);
    }
    network_send(simulation, connection, segment);
}

/* Segments that carry data are lost at the workload's rate; those with a FIN are not, their loss is a phenomenon. */
static enum fate data_fate(struct simulation *simulation, uint8_t flags) {
    bool lost = random_happens(&simulation->random, simulation->settings.loss_per_million);
    return lost && (flags & FLAG_FIN) == 0 ? LOST_BEYOND_POINT : DELIVERED;
}

static void fin_goes_out(struct endpoint *end) {
    end->fin_sent = true;
    end->next++;
    end->state = end->state == STATE_CLOSE_WAIT ? STATE_LAST_ACK : STATE_FIN_WAIT_1;
}

static uint32_t in_flight(const struct endpoint *end) {
    uint32_t octets = end->next - end->una;
    for (unsigned i = 0; i < end->sacked_count; i++)
        octets -= end->sacked[i].to - end->sacked[i].from;
    return octets;
}

static void send_new_data(struct simulation *simulation, struct connection *connection, enum side side,
                          uint32_t length) {
    struct endpoint *end = &connection->ends[side];
    struct range octets = {end->next, end->next + length};
    bool last = octets.to == end->written;
    bool fin = last && end->closed;
    uint8_t flags = (uint8_t)(FLAG_ACK | (last ? FLAG_PSH : 0) | (fin ? FLAG_FIN : 0));
    send(simulation, connection, side, flags, octets, data_fate(simulation, flags));
    simulation->data_segments++;
    end->next = octets.to;
    if (end->timed_at == 0) {
        end->timed_at = simulation->now;
        end->timed_end = end->next;
    }
    if (fin)
        fin_goes_out(end);
}

/* Sends what the windows allow, then the FIN if there is one to send. */
static void send_pending(struct simulation *simulation, struct connection *connection, enum side side) {
    struct endpoint *end = &connection->ends[side];
    if ((end->state != STATE_ESTABLISHED && end->state != STATE_CLOSE_WAIT) || end->fin_sent)
        return;
    bool idle = end->una == end->next;
    uint32_t mss = connection->plan.mss - (connection->plan.timestamps ? 12u : 0u);
    while (end->next < end->written && !end->fin_sent) {
        uint32_t length = smaller(mss, end->written - end->next);
        if (end->next + length > end->peer_edge || in_flight(end) + length > end->window)
            break;
        send_new_data(simulation, connection, side, length);
    }
    if (end->closed && !end->fin_sent && end->next == end->written) {
        send(simulation, connection, side, FLAG_FIN | FLAG_ACK, nothing_at(end->next), DELIVERED);
        fin_goes_out(end);
    }
    if (idle && end->una != end->next)
        retransmission_timer_restart(simulation, connection, side);
}

/* --- loss recovery (RFC 6582, and 6675 where SACK is on) --- */

/* The first octets from FROM on that the peer is not known to have, one segment of them at most. */
static struct range first_missing(const struct endpoint *end, uint32_t from, uint32_t mss) {
    struct range missing = {from, smaller(end->written, end->next)};
    for (unsigned i = 0; i < end->sacked_count; i++) {
        if (missing.from >= end->sacked[i].from && missing.from < end->sacked[i].to)
            missing.from = end->sacked[i].to;
        else if (end->sacked[i].from > missing.from)
            missing.to = smaller(missing.to, end->sacked[i].from);
        if (missing.to == end->sacked[i].from)
            break;
    }
    missing.to = smaller(missing.to, missing.from + mss);
    return missing;
}

static void repeat(struct simulation *simulation, struct connection *connection, enum side side, struct range octets) {
    struct endpoint *end = &connection->ends[side];
    uint8_t flags = (uint8_t)(FLAG_ACK | (octets.to == end->written ? FLAG_PSH : 0));
    send(simulation, connection, side, flags, octets, data_fate(simulation, flags));
    connection->data_repeated++;
    end->retransmit_next = octets.to;
    end->timed_at = 0;
}

static void enter_recovery(struct simulation *simulation, struct connection *connection, enum side side) {
    struct endpoint *end = &connection->ends[side];
    uint32_t mss = connection->plan.mss;
    end->recovering = true;
    end->recover = end->next;
    end->retransmit_next = end->una;
    end->ssthresh = end->window = larger(in_flight(end) / 2, 2 * mss);
    repeat(simulation, connection, side, first_missing(end, end->una, mss - (connection->plan.timestamps ? 12u : 0u)));
    retransmission_timer_restart(simulation, connection, side);
}

/* Each ACK in recovery repeats one more segment, if the peer is seen to lack one. */
static void continue_recovery(struct simulation *simulation, struct connection *connection, enum side side,
                              bool advanced) {
    struct endpoint *end = &connection->ends[side];
    if (end->una >= end->recover) {
        end->recovering = false;
        return;
    }
    uint32_t mss = connection->plan.mss - (connection->plan.timestamps ? 12u : 0u);
    struct range missing = first_missing(end, larger(end->una, end->retransmit_next), mss);
    bool below_sacked = end->sacked_count != 0 && missing.from < end->sacked[end->sacked_count - 1].from;
    bool partial = advanced && missing.from == end->una;
    if (missing.from < missing.to && missing.to <= end->recover && (below_sacked || partial))
        repeat(simulation, connection, side, missing);
}

static void retransmission_timeout(struct simulation *simulation, struct connection *connection, enum side side) {
    struct endpoint *end = &connection->ends[side];
    end->timed_at = 0;
    if (end->state == STATE_SYN_SENT) {
        if (!workload_retries_syn(simulation, connection))
            return;
        connection->tries++;
        enum fate fate = connection->plan.phenomenon == UNANSWERED ? LOST_BEYOND_POINT : DELIVERED;
        send(simulation, connection, side, FLAG_SYN, nothing_at(0), fate);
    } else if (end->state == STATE_SYN_RECEIVED) {
        send(simulation, connection, side, FLAG_SYN | FLAG_ACK, nothing_at(0), DELIVERED);
    } else if (end->una < end->written) {
        end->backoff++;
        end->duplicate_acks = 0;
        enter_recovery(simulation, connection, side);
        end->window = connection->plan.mss;
        return;
    } else {
        send(simulation, connection, side, FLAG_FIN | FLAG_ACK, nothing_at(end->written), DELIVERED);
    }
    end->backoff++;
    retransmission_timer_restart(simulation, connection, side);
}

void endpoint_timer(struct simulation *simulation, struct connection *connection, enum side side,
                    enum event_kind kind) {
    if (kind == EVENT_RETRANSMIT && timer_fires(simulation, connection, side, RETRANSMISSION))
        retransmission_timeout(simulation, connection, side);
    else if (kind == EVENT_DELAYED_ACK && timer_fires(simulation, connection, side, DELAYED_ACK))
        send_ack(simulation, connection, side, DELIVERED);
}

/* --- receiving --- */

/* Puts [from, to) into the list of RANGES, which stays in order and without overlap. A full list drops it. */
static void sacked_add(struct endpoint *end, struct range range) {
    unsigned at = 0, count = end->sacked_count;
    while (at < count && end->sacked[at].to < range.from)
        at++;
    unsigned last = at;
    for (; last < count && end->sacked[last].from <= range.to; last++) {
        range.from = smaller(range.from, end->sacked[last].from);
        range.to = larger(range.to, end->sacked[last].to);
    }
    if (last == at && count == RANGES)
        return;
    memmove(&end->sacked[at + 1], &end->sacked[last], (count - last) * sizeof range);
    end->sacked[at] = range;
    end->sacked_count = (uint8_t)(count - (last - at) + 1);
}

static void sacked_forget(struct endpoint *end) {
    unsigned kept = 0;
    for (unsigned i = 0; i < end->sacked_count; i++) {
        if (end->sacked[i].to > end->una)
            end->sacked[kept++] = end->sacked[i];
    }
    end->sacked_count = (uint8_t)kept;
}

static void acknowledged_fin(struct simulation *simulation, struct connection *connection, enum side side) {
    struct endpoint *end = &connection->ends[side];
    if (end->state == STATE_FIN_WAIT_1) {
        end->state = STATE_FIN_WAIT_2;
        connection->vanished = connection->plan.phenomenon == RST_ON_LATE_FIN;
    } else if (end->state == STATE_CLOSING) {
        end->state = STATE_TIME_WAIT;
    } else if (end->state == STATE_LAST_ACK) {
        end->state = STATE_CLOSED;
        workload_ended(simulation, connection, side);
    }
}

static void new_acknowledgement(struct simulation *simulation, struct connection *connection, enum side side,
                                const struct segment *segment) {
    struct endpoint *end = &connection->ends[side];
    uint32_t octets = segment->ack - end->una;
    end->una = segment->ack;
    end->duplicate_acks = 0;
    end->backoff = 0;
    if (end->timed_at != 0 && end->una >= end->timed_end) {
        take_sample(end, simulation->now - end->timed_at);
        end->timed_at = 0;
    } else if (end->srtt == 0 && segment->timestamps) {
        take_sample(end, (int64_t)(clock_now(simulation, end) - segment->tsecr + 1) * MS);
    } else if (end->srtt == 0) {
        end->rto = RTO_AFTER_SYN_LOSS;
    }
    sacked_forget(end);
    if (end->recovering)
        continue_recovery(simulation, connection, side, true);
    else if (end->window < end->ssthresh)
        end->window += octets;
    else
        end->window += (uint32_t)((uint64_t)connection->plan.mss * octets / end->window);
    retransmission_timer_restart(simulation, connection, side);
    if (end->fin_sent && end->una == end->next)
        acknowledged_fin(simulation, connection, side);
}

static void receive_acknowledgement(struct simulation *simulation, struct connection *connection, enum side side,
                                    const struct segment *segment) {
    struct endpoint *end = &connection->ends[side];
    uint32_t scale = connection->plan.scaling && (segment->flags & FLAG_SYN) == 0 ? SCALE : 0;
    end->peer_edge = larger(end->peer_edge, segment->ack + ((uint32_t)segment->window << scale));
    for (unsigned i = 0; i < segment->sack_count; i++)
        sacked_add(end, segment->sack[i]);
    if (segment->ack > end->una) {
        new_acknowledgement(simulation, connection, side, segment);
    } else if (segment->ack == end->una && end->una != end->next && segment->length == 0 &&
               segment->flags == FLAG_ACK) {
        end->duplicate_acks++;
        if (end->recovering)
            continue_recovery(simulation, connection, side, false);
        else if (end->duplicate_acks == DUPLICATE_ACKS && end->una < end->written)
            enter_recovery(simulation, connection, side);
    }
}

/* Keeps what came beyond a hole: newest first (RFC 2018 section 4), joined with what it touches. */
static void hold(struct endpoint *end, struct range range) {
    unsigned kept = 0;
    struct range others[RANGES];
    for (unsigned i = 0; i < end->held_count; i++) {
        if (end->held[i].to < range.from || end->held[i].from > range.to) {
            others[kept++] = end->held[i];
        } else {
            range.from = smaller(range.from, end->held[i].from);
            range.to = larger(range.to, end->held[i].to);
        }
    }
    if (kept == RANGES)
        return; /* as if it had never come: it will be sent again */
    end->held[0] = range;
    memcpy(&end->held[1], others, kept * sizeof others[0]);
    end->held_count = (uint8_t)(kept + 1);
}

/* Takes in what is held and now in order. */
static void deliver_held(struct endpoint *end) {
    unsigned kept = 0;
    for (unsigned i = 0; i < end->held_count; i++) {
        if (end->held[i].from <= end->rcv_next)
            end->rcv_next = larger(end->rcv_next, end->held[i].to);
        else
            end->held[kept++] = end->held[i];
    }
    end->held_count = (uint8_t)kept;
}

static void receive_data(struct endpoint *end, const struct segment *segment) {
    struct range octets = {segment->offset, segment->offset + segment->length};
    if (octets.to <= end->rcv_next || octets.from > end->rcv_next) {
        if (octets.from > end->rcv_next)
            hold(end, octets);
        end->ack_now = true; /* RFC 5681 4.2 */
        return;
    }
    if (end->held_count != 0)
        end->ack_now = true; /* it fills a hole */
    end->rcv_next = octets.to;
    deliver_held(end);
    if (++end->unacknowledged_segments >= 2)
        end->ack_now = true;
}

/* The peer's FIN is next in order. */
static void receive_fin(struct simulation *simulation, struct connection *connection, enum side side) {
    struct endpoint *end = &connection->ends[side];
    uint8_t phenomenon = connection->plan.phenomenon;
    end->rcv_next++;
    end->has_held_fin = false;
    end->ack_now = true;
    if (end->state == STATE_ESTABLISHED) {
        end->state = STATE_CLOSE_WAIT;
        workload_peer_closed(simulation, connection, side);
    } else if (end->state == STATE_FIN_WAIT_1) {
        end->state = STATE_CLOSING;
    } else if (end->state == STATE_FIN_WAIT_2) {
        end->state = STATE_TIME_WAIT;
        send_ack(simulation, connection, side,
                 phenomenon == FIN_IN_TIME_WAIT    ? LOST_BEYOND_POINT
                 : phenomenon == FINAL_ACK_MISSING ? NOT_CAPTURED
                                                   : DELIVERED);
    }
}

static void receive_payload(struct simulation *simulation, struct connection *connection, enum side side,
                            const struct segment *segment) {
    struct endpoint *end = &connection->ends[side];
    uint32_t before = end->rcv_next;
    if (segment->length != 0)
        receive_data(end, segment);
    if ((segment->flags & FLAG_FIN) != 0) {
        end->held_fin = segment->offset + segment->length;
        end->has_held_fin = end->held_fin >= end->rcv_next;
        end->ack_now = true;
    }
    if (end->rcv_next != before)
        workload_progress(simulation, connection, side);
    if (end->has_held_fin && end->held_fin == end->rcv_next)
        receive_fin(simulation, connection, side);
}

static void reset(struct endpoint *end) {
    end->state = STATE_CLOSED;
    timer_stop(end, RETRANSMISSION);
    timer_stop(end, DELAYED_ACK);
}

static void end_open(struct simulation *simulation, struct connection *connection, enum side side) {
    struct endpoint *end = &connection->ends[side];
    end->una = 0;
    end->next = end->written = 1;
    end->rto = RTO_INITIAL;
    end->window = INITIAL_SEGMENTS * (uint32_t)connection->plan.mss;
    end->ssthresh = UINT32_MAX;
    end->timed_at = simulation->now;
    end->timed_end = 1;
}

/* 3.10.7.2, and 3.10.7.1 where the port is closed. */
static void receive_in_listen(struct simulation *simulation, struct connection *connection,
                              const struct segment *segment) {
    struct endpoint *server = &connection->ends[SERVER];
    if (connection->plan.phenomenon == REFUSED) {
        server->state = STATE_CLOSED;
        send_bare_rst(simulation, connection, SERVER, segment);
        return;
    }
    server->state = STATE_SYN_RECEIVED;
    server->rcv_next = 1;
    server->ts_recent = segment->tsval;
    server->peer_edge = segment->window;
    end_open(simulation, connection, SERVER);
    send(simulation, connection, SERVER, FLAG_SYN | FLAG_ACK, nothing_at(0), DELIVERED);
    retransmission_timer_restart(simulation, connection, SERVER);
}

/* 3.10.7.3 */
static void receive_in_syn_sent(struct simulation *simulation, struct connection *connection,
                                const struct segment *segment) {
    struct endpoint *client = &connection->ends[CLIENT];
    if ((segment->flags & FLAG_RST) != 0) {
        reset(client);
        return;
    }
    client->state = STATE_ESTABLISHED;
    client->rcv_next = 1;
    client->ts_recent = segment->tsval;
    receive_acknowledgement(simulation, connection, CLIENT, segment);
    send_ack(simulation, connection, CLIENT, DELIVERED);
    workload_progress(simulation, connection, CLIENT);
}

/* 3.10.7.4: all other states. */
static void receive_synchronised(struct simulation *simulation, struct connection *connection, enum side side,
                                 const struct segment *segment) {
    struct endpoint *end = &connection->ends[side];
    if ((segment->flags & FLAG_RST) != 0) {
        reset(end);
        return;
    }
    if (connection->vanished && end->state == STATE_FIN_WAIT_2) {
        send_bare_rst(simulation, connection, side, segment);
        reset(end);
        return;
    }
    /* RFC 7323 4.3; Linux leaves TS.Recent alone once in TIME_WAIT. */
    if (segment->offset <= end->last_ack_sent && end->state != STATE_TIME_WAIT)
        end->ts_recent = segment->tsval;
    if (end->state == STATE_SYN_RECEIVED)
        end->state = STATE_ESTABLISHED;
    receive_acknowledgement(simulation, connection, side, segment);
    receive_payload(simulation, connection, side, segment);
    send_pending(simulation, connection, side);
    if (end->ack_now)
        send_ack(simulation, connection, side, DELIVERED);
    else if (end->unacknowledged_segments != 0 && end->timers[DELAYED_ACK].deadline == 0)
        timer_set(simulation, connection, side, DELAYED_ACK, simulation->now + ACK_DELAY);
}

void endpoint_receive(struct simulation *simulation, struct connection *connection, enum side side,
                      const struct segment *segment) {
    uint8_t state = connection->ends[side].state;
    if (state == STATE_LISTEN)
        receive_in_listen(simulation, connection, segment);
    else if (state == STATE_SYN_SENT)
        receive_in_syn_sent(simulation, connection, segment);
    else if (state == STATE_CLOSED)
        simulation->unexpected++;
    else
        receive_synchronised(simulation, connection, side, segment);
}

/* --- what the application asks for --- */

void endpoint_connect(struct simulation *simulation, struct connection *connection) {
    uint8_t phenomenon = connection->plan.phenomenon;
    bool lost = phenomenon == SYN_REPEATED || phenomenon == UNANSWERED || phenomenon == SPOOFED;
    connection->ends[CLIENT].state = STATE_SYN_SENT;
    connection->ends[SERVER].state = STATE_LISTEN;
    connection->tries = 1;
    end_open(simulation, connection, CLIENT);
    send(simulation, connection, CLIENT, FLAG_SYN, nothing_at(0), lost ? LOST_BEYOND_POINT : DELIVERED);
    if (phenomenon != SPOOFED)
        retransmission_timer_restart(simulation, connection, CLIENT);
}

void endpoint_write(struct simulation *simulation, struct connection *connection, enum side side, uint32_t end) {
    connection->ends[side].written = end;
    send_pending(simulation, connection, side);
}

void endpoint_close(struct simulation *simulation, struct connection *connection, enum side side) {
    connection->ends[side].closed = true;
    send_pending(simulation, connection, side);
}

void endpoint_abort(struct simulation *simulation, struct connection *connection, enum side side) {
    struct endpoint *end = &connection->ends[side];
    send(simulation, connection, side, FLAG_RST | FLAG_ACK, nothing_at(end->next), DELIVERED);
    reset(end);
}

bool connection_is_quiet(const struct connection *connection) {
    const struct endpoint *client = &connection->ends[CLIENT], *server = &connection->ends[SERVER];
    return client->state == STATE_ESTABLISHED && server->state == STATE_ESTABLISHED && client->una == client->next &&
           server->una == server->next && client->next == client->written && server->next == server->written &&
           client->rcv_next == server->next && server->rcv_next == client->next;
}
