/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

#include <stdlib.h>

/* Silence on a connection and what breaks it. */

int64_t heartbeat_period(const struct heartbeat *heartbeat) {
    return heartbeat->beats < 2 ? 0 : (heartbeat->last_time - heartbeat->first_time) / (heartbeat->beats - 1);
}

static void note_keep_alive(struct arrival *arrival, struct keep_alive_rhythm *rhythm, int64_t silence) {
    int64_t now = arrival->segment->time;
    rhythm->probes++;
    if ((arrival->observation->facts & FACT_KEEP_ALIVE_REPEATED) != 0) {
        rhythm->unanswered++;
        rhythm->interval = now - rhythm->last_time;
    } else {
        rhythm->idle = silence;
    }
    rhythm->last_time = now;
    rhythm->last_frame = arrival->segment->frame;
}

/* The latest beat has been answered if its receiver has sent anything since. */
static void count_answer(struct heartbeat *heartbeat, const struct endpoint *receiver) {
    if (heartbeat->beats > 0 && receiver->last_sent_frame > heartbeat->last_frame) {
        heartbeat->answered++;
        heartbeat->last_answered_frame = heartbeat->last_frame;
    }
}

static bool keeps_time(const struct heartbeat *heartbeat, int64_t now) {
    int64_t gap = now - heartbeat->last_time;
    int64_t period = heartbeat_period(heartbeat);
    int64_t off = gap > period ? gap - period : period - gap;
    return heartbeat->beats < 2 || off <= period / 4;
}

static void beat(struct heartbeat *heartbeat, const struct segment *segment) {
    int64_t gap = segment->time - heartbeat->last_time;
    if (heartbeat->beats == 0) {
        heartbeat->first_time = segment->time;
    } else {
        heartbeat->gap_least = heartbeat->beats == 1 || gap < heartbeat->gap_least ? gap : heartbeat->gap_least;
        heartbeat->gap_most = gap > heartbeat->gap_most ? gap : heartbeat->gap_most;
    }
    heartbeat->beats++;
    heartbeat->octets = segment->length > heartbeat->octets ? segment->length : heartbeat->octets;
    heartbeat->last_time = segment->time;
    heartbeat->last_frame = segment->frame;
}

static void note_beat(struct arrival *arrival, struct liveness *liveness) {
    const struct segment *segment = arrival->segment;
    struct heartbeat *going = &liveness->beating[arrival->side];
    struct heartbeat *longest = &liveness->heartbeat[arrival->side];
    bool fresh = arrival->observation->fresh_octets == (int64_t)segment->length;
    if (segment->length == 0 || segment->length > HEARTBEAT_OCTETS || !fresh || arrival->fin) {
        return;
    }
    count_answer(going, arrival->y);
    if (going->beats >= HEARTBEAT_BEATS && longest->last_frame == going->last_frame) {
        *longest = *going; /* its last beat may have been answered meanwhile */
    }
    if (!keeps_time(going, segment->time)) {
        *going = (struct heartbeat){0};
    }
    beat(going, segment);
    if (going->beats >= HEARTBEAT_BEATS && going->beats >= longest->beats) {
        *longest = *going;
    }
}

/* Whoever speaks after a long silence finds out whether the path still knows the connection. A keep-alive has ids of
 * its own. */
static void note_awakening(struct arrival *arrival, struct liveness *liveness, int64_t silence) {
    const struct connection *connection = arrival->connection;
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    struct awakening *last = &liveness->awakening;
    bool answered = last->frame == 0 || last->side != arrival->side || y->last_sent_frame > last->frame;
    bool worked = x->path.pending == 0 && y->path.pending == 0 && x->sent_any && y->sent_any &&
                  x->acknowledged >= arrival->next_before;
    if (!answered || !worked || x->closing_seen || y->closing_seen || connection->reset.frame != 0) {
        return;
    }
    *last = (struct awakening){.frame = arrival->segment->frame,
                               .time = arrival->segment->time,
                               .silence = silence,
                               .next = arrival->next_before,
                               .side = (uint8_t)arrival->side};
}

bool liveness_note(struct arrival *arrival) {
    struct connection *connection = arrival->connection;
    int64_t silence = arrival->segment->time - connection->last_time;
    bool keep_alive = (arrival->observation->facts & FACT_KEEP_ALIVE) != 0;
    bool open = state_is_synchronised((enum tcp_state)arrival->observation->before[0].state) &&
                state_is_synchronised((enum tcp_state)arrival->observation->before[1].state);
    if ((silence < LIVENESS_SILENCE && !keep_alive) || !open || arrival->rejected || connection->frames_seen == 0 ||
        (arrival->segment->flags & (TCP_SYN | TCP_RST)) != 0) {
        return true;
    }
    if (connection->liveness == NULL) {
        connection->liveness = calloc(1, sizeof *connection->liveness);
        if (connection->liveness == NULL) {
            return false;
        }
    }
    struct liveness *liveness = connection->liveness;
    if (keep_alive) {
        note_keep_alive(arrival, &liveness->keep_alive[arrival->side], silence);
        return true;
    }
    note_beat(arrival, liveness);
    if (silence > arrival->model->settings.long_silence) {
        note_awakening(arrival, liveness, silence);
    }
    return true;
}

bool keep_alives_of(const struct connection *connection, unsigned side, struct keep_alive_rhythm *rhythm,
                    uint32_t *answered) {
    if (connection->liveness == NULL || connection->liveness->keep_alive[side].probes == 0) {
        return false;
    }
    *rhythm = connection->liveness->keep_alive[side];
    bool last_unanswered = connection->side[side].keep_alives_unanswered > 0;
    *answered = rhythm->probes - rhythm->unanswered - last_unanswered;
    return true;
}

bool heartbeat_of(const struct connection *connection, unsigned side, struct heartbeat *heartbeat) {
    if (connection->liveness == NULL || connection->liveness->heartbeat[side].beats == 0) {
        return false;
    }
    *heartbeat = connection->liveness->heartbeat[side];
    if (heartbeat->last_frame == connection->liveness->beating[side].last_frame) {
        count_answer(heartbeat, &connection->side[1 - side]);
    }
    return true;
}
