/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_STEADY_STEP_H
#define FINWAIT_MODEL_STEADY_STEP_H

#include "model/internal.h"

/* What an ordinary segment of an established connection (steady.c) asks of its two ends and does to them, in numbers:
 * of a segment as it passes, or of one that is read back from a log (lane_run.c). Inline, for most segments are such.
 */
struct steady_step {
    uint64_t frame;
    int64_t time;
    int64_t ack; /* offset */
    uint32_t length;
    uint32_t tsval; /* if it is stamped */
    uint32_t tsecr;
    uint16_t window; /* as in the header */
    bool stamped;
    bool after_silence; /* its connection was silent for LEAST_TIMEOUT */
};

/* The receiver's window is used up, or the sender's own gives back what it had granted. */
static inline __attribute__((always_inline)) bool steady_is_at_the_edge(const struct endpoint *x,
                                                                        const struct endpoint *y, uint32_t length,
                                                                        uint16_t window, int64_t ack) {
    if (!x->scale_known) {
        return false;
    }
    int64_t edge = ack + ((int64_t)window << x->window_scale);
    return x->next + length >= y->window_edge || edge + window_rounding(x) < x->last_ack + x->window;
}

static inline __attribute__((always_inline)) bool steady_timestamps_go_on(const struct endpoint *x, bool stamped,
                                                                          uint32_t tsval) {
    return stamped == x->tsval_known && (!stamped || (int32_t)(tsval - x->tsval_max) >= 0);
}

static inline __attribute__((always_inline)) void steady_send_on(struct endpoint *x, struct endpoint *y,
                                                                 const struct steady_step *step) {
    if (step->length == 0) {
        return;
    }
    x->next += step->length;
    x->bytes += step->length;
    x->octets_frame = step->frame;
    x->octets_time = step->time;
    x->after_silence = step->after_silence;
    if (y->timed_end == 0) {
        y->timed_end = x->next;
        y->timed_at = step->time;
    }
}

static inline __attribute__((always_inline)) void steady_offer_window(struct endpoint *x,
                                                                      const struct steady_step *step) {
    uint32_t window = (uint32_t)step->window << (x->scale_known ? x->window_scale : 0);
    if (x->window_room == 0 || window < x->window_room - 1) {
        x->window_room = window + 1;
    }
    x->window = window;
    x->window_max = window > x->window_max ? window : x->window_max;
    x->window_edge = step->ack + window > x->window_edge ? step->ack + window : x->window_edge;
}

static inline __attribute__((always_inline)) void steady_acknowledge(struct endpoint *x, struct endpoint *y,
                                                                     const struct steady_step *step) {
    if (x->timed_end != 0 && step->ack >= x->timed_end) {
        round_trip_sample(x, step->time - x->timed_at);
        x->timed_end = 0;
    }
    if (step->ack > y->acknowledged) {
        y->acknowledged = step->ack;
        y->acknowledged_time = step->time;
        y->acknowledged_frame = step->frame;
        y->repeats_without_progress = 0;
    }
    x->ack_sent = step->ack > x->ack_sent ? step->ack : x->ack_sent;
    x->last_ack = step->ack;
    x->sack_edge = 0; /* it has no blocks */
}

/* seq: offset. */
static inline __attribute__((always_inline)) void steady_stamp(struct endpoint *x, const struct endpoint *y,
                                                               const struct steady_step *step, int64_t seq) {
    if (!step->stamped) {
        return;
    }
    clock_tick(x, step->tsval, step->time);
    x->tsval_max = step->tsval;
    x->tsecr_sent = step->tsecr;
    if (seq <= y->ack_sent) {
        x->tsval_recent = step->tsval;
        x->tsval_recent_known = true;
    }
    x->fresh_tsval = step->tsval;
    x->fresh_time = step->time;
    x->fresh_known = true;
    x->fresh_all_acknowledged = knows_all_acknowledged(x, step->time);
}

/* x has sent it, and it comes to y. */
static inline __attribute__((always_inline)) void steady_take_step(struct endpoint *x, struct endpoint *y,
                                                                   const struct steady_step *step) {
    int64_t seq = x->next;
    x->frames++;
    steady_send_on(x, y, step);
    steady_offer_window(x, step);
    steady_acknowledge(x, y, step);
    steady_stamp(x, y, step, seq);
}

#endif
