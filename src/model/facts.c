/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

#include <stdlib.h>

/* What a segment shows that moves no state: facts that only rules ask for. */

enum { SECOND = 1000000000, ECN_FLAGS = TCP_ECE | TCP_CWR | TCP_AE };

const struct incidents *endpoint_incidents(const struct endpoint *endpoint) {
    static const struct incidents none;
    return endpoint->incidents != NULL ? endpoint->incidents : &none;
}

struct incidents *incidents_for(struct arrival *arrival, struct endpoint *endpoint) {
    if (endpoint->incidents == NULL) {
        endpoint->incidents = calloc(1, sizeof *endpoint->incidents);
        arrival->model->out_of_memory = arrival->model->out_of_memory || endpoint->incidents == NULL;
    }
    return endpoint->incidents;
}

struct passage passage_of(const struct arrival *arrival, int64_t begin, int64_t end) {
    const struct segment *segment = arrival->segment;
    return (struct passage){
        .frame = segment->frame,
        .time = segment->time,
        .begin = begin,
        .end = end,
        .ip_id = segment->source.version == 4 ? segment->ip_id : 0,
        .tsval = segment->options.timestamp_value,
        .stamped = (segment->options.present & OPTION_TIMESTAMPS) != 0,
    };
}

/* --- of the incarnation before this one (RFC 9293 3.4.3) --- */

/* SEQ lies in what x had sent in the incarnation before, and in nothing that it may send now. */
static bool fits_older_numbers(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    const struct predecessor *before = arrival->connection->before;
    const struct segment *segment = arrival->segment;
    uint32_t into = segment->seq - before->isn[arrival->side];
    if (into > before->next[arrival->side] - before->isn[arrival->side]) {
        return false;
    }
    if (!x->isn_set) { /* nothing but an answer to the SYN is to come */
        uint32_t ack = segment->ack - y->isn;
        bool answers = (segment->flags & TCP_ACK) != 0 && ack >= 1 && ack <= (uint32_t)y->next + 1;
        return y->syn_frame != 0 && !answers;
    }
    int64_t offset = endpoint_offset(x, segment->seq);
    int64_t edge = y->window_edge > x->next ? y->window_edge : x->next;
    return offset < 0 || offset > edge;
}

/* Its timestamp is older than the first of this incarnation, and one of the incarnation before. */
static bool has_older_timestamp(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct predecessor *before = arrival->connection->before;
    uint32_t value = arrival->segment->options.timestamp_value;
    return (arrival->segment->options.present & OPTION_TIMESTAMPS) != 0 && x->timestamps_seen && before->timestamps &&
           (int32_t)(value - x->clock_first_tsval) < 0 && (int32_t)(value - before->tsval[arrival->side]) <= 0;
}

bool is_old_duplicate(const struct arrival *arrival) {
    if (arrival->connection->before->last_frame == 0 || (arrival->segment->flags & (TCP_SYN | TCP_RST)) != 0) {
        return false;
    }
    return fits_older_numbers(arrival) || has_older_timestamp(arrival);
}

/* --- before it counts --- */

static bool both_offered(const struct connection *connection) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    return client->syn_frame != 0 && (server->syn_ack_frame != 0 || server->syn_frame != 0);
}

/* RFC 3168 6.1.1. Who asked for accurate ECN counts with the same flags in every segment. */
static bool ecn_is_agreed(const struct connection *connection) {
    uint16_t client = connection->side[SIDE_CLIENT].ecn_flags;
    uint16_t server = connection->side[SIDE_SERVER].ecn_flags;
    bool asked = (client & (TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR);
    return (client & TCP_AE) != 0 || (asked && (server & ECN_FLAGS) != 0);
}

static bool timestamps_are_agreed(const struct connection *connection) {
    return (connection->side[SIDE_CLIENT].options_present & connection->side[SIDE_SERVER].options_present &
            OPTION_TIMESTAMPS) != 0;
}

/* SEQ outside of what y in SYN_RECEIVED may take. One octet before it is a keep-alive; what y has taken already with
 * the SYN may come again (RFC 7413 4.2.2). */
static bool has_unfit_seq(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    return arrival->seq < 0 || (arrival->seq > y->ack_sent && arrival->seq >= y->window_edge);
}

static bool is_unfit_for_opening(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    if (endpoint_state(x) == STATE_SYN_SENT && x->syn_frame != 0) {
        return arrival->segment->length > 0 || arrival->fin;
    }
    if (endpoint_state(y) != STATE_SYN_RECEIVED || y->syn_ack_frame == 0) {
        return false;
    }
    return !arrival->has_ack || arrival->ack < 1 || arrival->ack > y->next || has_unfit_seq(arrival);
}

void facts_before(struct arrival *arrival) {
    const struct connection *connection = arrival->connection;
    struct observation *observation = arrival->observation;
    const struct segment *segment = arrival->segment;
    if (arrival->old_duplicate) {
        observation->more |= MORE_OLD_DUPLICATE;
        return;
    }
    if (is_unfit_for_opening(arrival)) {
        observation->more |= MORE_OPENING_UNFIT;
        observation->expected_seq = arrival->y->ack_sent > 1 ? arrival->y->ack_sent : 1;
        observation->expected_ack = 1;
    }
    if ((segment->flags & (TCP_ECE | TCP_CWR)) != 0 && both_offered(connection) && !ecn_is_agreed(connection)) {
        observation->more |= MORE_ECN_UNASKED;
    }
    if ((segment->options.present & (OPTION_TIMESTAMPS | OPTION_CUT | OPTION_MALFORMED)) == 0 &&
        timestamps_are_agreed(connection) && (segment->flags & TCP_ACK) != 0) {
        observation->more |= MORE_TIMESTAMP_MISSING;
    }
}

/* --- and after --- */

bool window_is_own(const struct endpoint *endpoint) {
    return endpoint->scale_known && (endpoint->options_present & OPTION_MPTCP) == 0;
}

/* RFC 2883 4: the first block lies below the ACK, or within the second. */
static bool reports_duplicate(const struct arrival *arrival) {
    const struct tcp_options *options = &arrival->segment->options;
    if (options->sack_count == 0 || !arrival->y->isn_set) {
        return false;
    }
    int64_t begin = endpoint_offset(arrival->y, options->sack[0].begin);
    int64_t end = endpoint_offset(arrival->y, options->sack[0].end);
    if (begin >= end) {
        return false;
    }
    bool within_second = options->sack_count > 1 && begin >= endpoint_offset(arrival->y, options->sack[1].begin) &&
                         end <= endpoint_offset(arrival->y, options->sack[1].end);
    return end <= arrival->ack || within_second;
}

void facts_after(struct arrival *arrival) {
    struct observation *observation = arrival->observation;
    const struct endpoint *y = arrival->y;
    int64_t data_end = arrival->data + arrival->segment->length;
    if ((observation->facts & FACT_DATA) != 0 && window_is_own(y) && data_end == y->window_edge) {
        observation->more |= MORE_WINDOW_FULL;
    }
    if (reports_duplicate(arrival)) {
        observation->more |= MORE_DUPLICATE_SACK;
    }
}

/* --- of a SYN or SYN/ACK --- */

static struct offer offer_of(const struct segment *segment) {
    const uint16_t asked = OPTION_MSS | OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS |
                           OPTION_FAST_OPEN | OPTION_MPTCP | OPTION_CUT;
    const struct tcp_options *options = &segment->options;
    return (struct offer){
        .options = options->present & asked,
        .flags = segment->flags & ECN_FLAGS,
        .mss = options->mss,
        .window = segment->window,
        .window_scale = options->window_scale,
        .cookie_length = options->fast_open_cookie_length,
    };
}

static bool offers_equal(const struct offer *one, const struct offer *other) {
    return one->options == other->options && one->flags == other->flags && one->mss == other->mss &&
           one->window == other->window && one->window_scale == other->window_scale &&
           one->cookie_length == other->cookie_length;
}

void facts_offer(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct offer offer = offer_of(arrival->segment);
    bool answer = arrival->has_ack;
    bool repeated = answer ? x->syn_ack_count > 0 && x->syn_ack_frame != arrival->segment->frame
                           : x->syn_frame != 0 && x->syn_frame != arrival->segment->frame;
    bool whole = ((offer.options | x->offer.options) & OPTION_CUT) == 0;
    if (repeated && whole && !offers_equal(&x->offer, &offer)) {
        arrival->observation->more |= MORE_OFFER_CHANGED;
        x->scale_disputed = x->scale_disputed || offer.window_scale != x->offer.window_scale ||
                            ((offer.options ^ x->offer.options) & OPTION_WINDOW_SCALE) != 0;
        struct incidents *incidents = incidents_for(arrival, x);
        if (incidents != NULL) {
            incidents->offer_before = x->offer;
        }
    }
    x->offer = offer;
    x->options_offered |= arrival->segment->options.present;
    x->ecn_flags |= offer.flags;
    if ((offer.options & OPTION_MPTCP) != 0) {
        x->mptcp_token = arrival->segment->options.mptcp_token;
    }
}

/* --- of a RST --- */

void facts_reset(struct arrival *arrival) {
    struct incidents *x = incidents_for(arrival, arrival->x);
    const struct segment *segment = arrival->segment;
    if (x == NULL) {
        return;
    }
    if (x->resets == 0 || segment->time - x->resets_since >= SECOND) {
        x->resets_since = segment->time;
        x->resets = 0;
    }
    x->resets++;
    const struct recent_segment *newest = recent_newest(arrival->y);
    bool in_spite = x->reset_last_frame != 0 && newest->frame > x->reset_last_frame &&
                    newest->time > x->reset_last_time + guard_of(arrival->y);
    x->reset_rounds = in_spite ? x->reset_rounds + 1 : x->reset_rounds;
    x->reset_last_frame = segment->frame;
    x->reset_last_time = segment->time;
}
