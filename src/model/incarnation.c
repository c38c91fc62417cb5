/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* A SYN on a 4-tuple that is in use opens a further incarnation, provisionally: until its peer answers it, or shows
 * that it still holds the old connection, or its sender goes on with the old one (inference.md A.8, A.16 rule 12). */

static bool is_opening_syn(const struct segment *segment) {
    return (segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* The peer waits for an answer to its SYN. What this side has sent before may be an ACK of that, as in the long form of
 * the split handshake (SYN, ACK, SYN, SYN/ACK, ACK), and tells nothing of its numbers. */
static bool is_crossing(const struct endpoint *x, const struct endpoint *y) {
    return x->syn_frame == 0 && x->syn_ack_frame == 0 && x->next <= 1 && y->syn_frame != 0 &&
           endpoint_state(y) == STATE_SYN_SENT;
}

/* The SYN is the one already known, or crosses the peer's. */
static bool is_same_attempt(const struct connection *connection, enum side sender, const struct segment *segment) {
    const struct endpoint *x = &connection->side[sender];
    const struct endpoint *y = &connection->side[other_side(sender)];
    if (sender == SIDE_SERVER && is_crossing(x, y)) {
        return true;
    }
    return x->isn_set && !connection->midstream && segment->seq == x->isn;
}

/* RFC 6191 2 and what stacks make of it: whether y in TIME_WAIT takes a new SYN of x. RCV.NXT of y is one past x's FIN:
 * RFC 6191 asks for an ISN above the FIN, stacks for one above RCV.NXT. */
static bool time_wait_accepts(const struct model *model, const struct endpoint *x, const struct segment *segment) {
    enum time_wait_reuse reuse = model->stack->reuse;
    int32_t above = (int32_t)(segment->seq - endpoint_raw(x, x->next));
    bool higher = reuse == REUSE_BY_TIMESTAMP ? above >= 0 : above > 0;
    bool stamped = (segment->options.present & OPTION_TIMESTAMPS) != 0;
    if (reuse == REUSE_BY_NUMBER || !stamped) {
        return higher;
    }
    if (!x->tsval_known) {
        return reuse == REUSE_BY_TIMESTAMP || higher;
    }
    int32_t age = (int32_t)(segment->options.timestamp_value - x->tsval_max);
    return age > 0 || (age == 0 && higher);
}

static bool surely_closed(const struct endpoint *side) {
    return endpoint_state(side) == STATE_CLOSED &&
           (side->path.certainty == CERTAINTY_CONFIRMED || side->path.certainty == CERTAINTY_CERTAIN);
}

static bool is_time_wait(const struct endpoint *side) {
    return endpoint_state(side) == STATE_TIME_WAIT;
}

static bool is_alive(const struct endpoint *side) {
    return endpoint_state(side) != STATE_CLOSED && !is_time_wait(side);
}

static bool replace_side(struct endpoint *side, uint64_t frame, int64_t time, enum certainty certainty) {
    if (endpoint_state(side) == STATE_CLOSED) {
        return true;
    }
    struct path_event event = {.frame = frame,
                               .time = time,
                               .flags = TCP_SYN,
                               .kind = EVENT_REPLACED,
                               .certainty = (uint8_t)certainty,
                               .inferred = true};
    return path_append(&side->path, &event);
}

bool incarnation_commit(struct model *model, struct connection *newest, int64_t time) {
    struct connection *older = newest->older;
    newest->disputed = false;
    if (older == NULL) {
        return true;
    }
    for (int i = 0; i < SIDES; i++) {
        struct endpoint *side = &older->side[i];
        bool opens_anew = newest->opener_in_older == i;
        enum certainty certainty = opens_anew && is_time_wait(side) ? CERTAINTY_CERTAIN : CERTAINTY_PRESUMED;
        if (!replace_side(side, newest->id, newest->first_time, certainty)) {
            return false;
        }
    }
    struct predecessor *before = predecessor_of(newest);
    before->last_segment[SIDE_CLIENT] = *recent_newest(&older->side[newest->opener_in_older]);
    before->last_segment[SIDE_SERVER] = *recent_newest(&older->side[1 - newest->opener_in_older]);
    newest->older = NULL;
    return connection_end(model, older, END_REPLACED, time);
}

/* A SYN with another number: a further incarnation. */
static struct choice begin(struct model *model, struct connection *newest, enum side sender,
                           const struct segment *segment) {
    const struct endpoint *x = &newest->side[sender];
    const struct endpoint *y = &newest->side[other_side(sender)];
    struct choice choice = {0};
    bool renewed = endpoint_state(x) == STATE_SYN_SENT && y->syn_ack_frame == 0;
    bool over = !is_alive(x) && !is_alive(y);
    bool taken = over && (!is_time_wait(y) || time_wait_accepts(model, x, segment));
    bool certain = over && surely_closed(x) && surely_closed(y);
    if (!renewed && !incarnation_commit(model, newest, segment->time)) {
        return choice; /* three disputing one tuple: the oldest goes */
    }
    choice.connection = connection_begin(model, segment, newest->hash, newest);
    if (choice.connection == NULL) {
        return choice;
    }
    choice.connection->opener_in_older = (uint8_t)sender;
    choice.connection->reuse_told = renewed || taken;
    choice.more = renewed ? MORE_SYN_SEQ_CHANGED : taken ? MORE_PORT_REUSED : 0;
    if (renewed || certain) {
        struct connection *stale = newest->older; /* an attempt renewed twice: what it disputed is still open */
        uint8_t stale_opener = newest->opener_in_older;
        newest->older = NULL;
        bool ok = incarnation_commit(model, choice.connection, segment->time);
        if (choice.connection->older == NULL) {
            choice.connection->older = stale;
            choice.connection->opener_in_older = stale != NULL ? stale_opener : choice.connection->opener_in_older;
        }
        choice.connection = ok ? choice.connection : NULL;
        return choice;
    }
    choice.challenged = !over ? newest : NULL;
    return choice;
}

static bool acknowledges_syn(const struct endpoint *opener, const struct segment *segment) {
    int64_t ack = endpoint_offset(opener, segment->ack);
    return (segment->flags & TCP_ACK) != 0 && ack >= 1 && ack <= opener->next;
}

/* A RST had ended the older incarnation at y before the SYN came, and this had left before. */
static bool left_before_reset(const struct connection *newest, const struct endpoint *y,
                              const struct segment *segment) {
    const struct path_event *reset = path_find(&y->path, EVENT_RECEIVED_RST);
    return reset != NULL && reset->frame < newest->id && segment->time - reset->time < guard_of(y);
}

/* A segment of the side that was asked to open anew. */
static struct choice answer(const struct connection *newest, const struct segment *segment) {
    struct connection *older = newest->older;
    struct choice choice = {.connection = older};
    const struct endpoint *y = &older->side[1 - newest->opener_in_older];
    if ((segment->flags & TCP_ACK) != 0 && !acknowledges_syn(&newest->side[SIDE_CLIENT], segment)) {
        bool pure = segment->length == 0 && (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;
        choice.more = pure && is_time_wait(y) ? MORE_TIME_WAIT_REJECTS_SYN : 0;
        choice.forgets_syn = !left_before_reset(newest, y, segment);
    } else {
        choice.connection = NULL; /* the newer one's */
    }
    return choice;
}

/* A segment of the side that sent the SYN. */
static struct choice continuation(const struct model *model, const struct connection *newest,
                                  const struct segment *segment) {
    struct connection *older = newest->older;
    const struct endpoint *opener = &newest->side[SIDE_CLIENT];
    const struct endpoint *x = &older->side[newest->opener_in_older];
    const struct endpoint *y = &older->side[1 - newest->opener_in_older];
    struct choice choice = {0};
    bool reset = (segment->flags & TCP_RST) != 0;
    bool bare = (segment->flags & TCP_ACK) == 0;
    const struct recent_segment *challenge = recent_newest(y);
    if (reset && bare && challenge->frame > newest->id && challenge->raw_ack == segment->seq) {
        choice.connection = older;
        choice.resets_older = !is_time_wait(y) || model->stack->time_wait_obeys_rst;
        choice.ends_older = choice.resets_older;
        return choice;
    }
    int64_t offset = endpoint_offset(x, segment->seq);
    bool fits_newer = segment->seq - opener->isn <= (uint32_t)opener->next;
    bool fits_older = x->isn_set && offset >= x->acknowledged - 1 && offset <= x->next;
    if (fits_older && !fits_newer && opener->syn_count > 0 && endpoint_state(opener) == STATE_SYN_SENT) {
        choice.connection = older;
        choice.drops_newer = !reset && is_alive(x);
    }
    return choice;
}

bool incarnation_begins(const struct connection *newest, const struct segment *segment) {
    return is_opening_syn(segment) && !is_same_attempt(newest, connection_side(newest, segment), segment);
}

struct choice incarnation_choose(struct model *model, struct connection *newest, const struct segment *segment) {
    enum side sender = connection_side(newest, segment);
    if (is_opening_syn(segment)) {
        return is_same_attempt(newest, sender, segment) ? (struct choice){.connection = newest}
                                                        : begin(model, newest, sender, segment);
    }
    if (newest->older == NULL) {
        return (struct choice){.connection = newest};
    }
    struct choice choice = sender == SIDE_CLIENT ? continuation(model, newest, segment) : answer(newest, segment);
    if (choice.connection == NULL) {
        choice.connection = newest;
        choice.ends_older = sender == SIDE_SERVER;
    }
    return choice;
}
