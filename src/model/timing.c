/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* Round trips and clocks: how long a segment may have been under way (inference.md A.16 rule 4). */

enum {
    MILLISECOND = 1000000,
    UNMEASURED_GUARD = 1000 * MILLISECOND, /* initial retransmission timeout, RFC 6298 2.1 */
    LEAST_MARGIN = 5 * MILLISECOND,
    AT_HOST = MILLISECOND / 10, /* a round trip to the side on whose host the capture was made is shorter */
    CLOCK_PROOF_SPAN = 50 * MILLISECOND,
    CLOCK_DOUBT_SPAN = 200 * MILLISECOND,
};

static const int64_t LONGEST_ROUND_TRIP = (int64_t)3600 * 1000 * MILLISECOND; /* beyond, the clock was set */

int64_t guard_for(int64_t round_trip) {
    if (round_trip == 0) {
        return UNMEASURED_GUARD;
    }
    return round_trip + (round_trip / 2 > LEAST_MARGIN ? round_trip / 2 : LEAST_MARGIN);
}

int64_t guard_of(const struct endpoint *endpoint) {
    return guard_for(endpoint->round_trip);
}

/* A first answer that took longer than the first retransmission timeout may have been the second. */
int64_t soonest_answer(const struct endpoint *endpoint) {
    return endpoint->round_trip < UNMEASURED_GUARD ? endpoint->round_trip / 3 * 2 : 0;
}

int64_t shortest_round_trip(int64_t shortest, int64_t sample) {
    bool counts = sample > 0 && sample < LONGEST_ROUND_TRIP;
    return counts && (shortest == 0 || sample < shortest) ? sample : shortest;
}

void round_trip_sample(struct endpoint *endpoint, int64_t sample) {
    if (sample > 0 && sample < LONGEST_ROUND_TRIP) {
        endpoint->round_trip = shortest_round_trip(endpoint->round_trip, sample);
        endpoint->round_trip_latest = sample;
    }
}

int64_t guard_of_late(const struct endpoint *endpoint) {
    return guard_for(endpoint->round_trip_latest);
}

bool is_at_host(const struct endpoint *x) {
    return x->round_trip != 0 && x->round_trip < AT_HOST;
}

bool may_repeat_unseen(const struct endpoint *x, int64_t time) {
    return !is_at_host(x) && time - x->octets_time >= LEAST_TIMEOUT;
}

bool has_lost(const struct endpoint *x) {
    return x->retransmitted_frames > 0 || endpoint_incidents(x)->ahead.frame != 0 || x->syn_count > 1 ||
           x->syn_ack_count > 1;
}

bool knows_all_acknowledged(const struct endpoint *x, int64_t time) {
    return x->acknowledged >= x->next && x->octets_time <= x->acknowledged_time &&
           x->acknowledged_time + guard_of(x) < time && (x->next <= 1 || !has_lost(x)) &&
           (x->next <= 1 || !may_repeat_unseen(x, time));
}

/* How far arrival runs behind the sender's timestamp clock since its first timestamp, ns. */
static int64_t clock_lag(const struct endpoint *endpoint, uint32_t tsval, int64_t time) {
    int64_t ticks = (int32_t)(tsval - endpoint->clock_first_tsval);
    return time - endpoint->clock_first_time - ticks * MILLISECOND;
}

void clock_tick(struct endpoint *endpoint, uint32_t tsval, int64_t time) {
    int64_t lag = clock_lag(endpoint, tsval, time);
    endpoint->clock_least = lag < endpoint->clock_least ? lag : endpoint->clock_least;
    int64_t elapsed = time - endpoint->clock_first_time;
    if (elapsed >= CLOCK_PROOF_SPAN && lag - endpoint->clock_least < elapsed / 10 + LEAST_MARGIN) {
        endpoint->clock_proved = true;
    }
}

void clock_note(struct endpoint *endpoint, const struct segment *segment) {
    if ((segment->options.present & OPTION_TIMESTAMPS) == 0) {
        return;
    }
    if (!endpoint->timestamps_seen) {
        endpoint->timestamps_seen = true;
        endpoint->clock_first_time = segment->time;
        endpoint->clock_first_tsval = segment->options.timestamp_value;
        return;
    }
    clock_tick(endpoint, segment->options.timestamp_value, segment->time);
}

/* A clock that ticks more slowly than once a ms makes each later segment look more delayed than the one before. Until
 * it has been seen to keep time over a while it is trusted only as long as it cannot have gone far wrong. */
bool clock_is_trusted(const struct endpoint *endpoint, int64_t now) {
    return endpoint->timestamps_seen && (endpoint->clock_proved || now - endpoint->clock_first_time < CLOCK_DOUBT_SPAN);
}

int64_t time_sent(const struct endpoint *endpoint, const struct segment *segment) {
    if ((segment->options.present & OPTION_TIMESTAMPS) == 0 || !clock_is_trusted(endpoint, segment->time)) {
        return segment->time;
    }
    int64_t extra = clock_lag(endpoint, segment->options.timestamp_value, segment->time) - endpoint->clock_least;
    /* The timestamp has a resolution of 1 ms: less than that is no delay. */
    return extra > MILLISECOND ? segment->time - extra : segment->time;
}

bool is_too_soon_for_timer(const struct arrival *arrival, int64_t earlier) {
    return arrival->sent > earlier && arrival->sent - earlier < arrival->model->stack->retransmission_least;
}

/* Takes the round trip of y, from the first passage of octets of x to the ACK that covers them, and of the octets of
 * this segment. */
void time_octets(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    if (arrival->has_ack && x->timed_end != 0 && arrival->ack >= x->timed_end) {
        round_trip_sample(x, arrival->segment->time - x->timed_at);
        x->timed_end = 0;
    }
    if (y->timed_end != 0 && arrival->seq < y->timed_end && arrival->end > arrival->seq &&
        arrival->seq < arrival->next_before) {
        y->timed_end = 0; /* sent again: which copy an ACK answers is open (RFC 6298 3) */
    }
    if (y->timed_end == 0 && arrival->end > arrival->next_before && arrival->seq >= arrival->next_before &&
        !arrival->syn) {
        y->timed_end = arrival->end;
        y->timed_at = arrival->segment->time;
    }
}
