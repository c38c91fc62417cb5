/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* TIME_WAIT and its 2MSL on the capture's clock (RFC 9293 3.4.2, 3.6.1; inference.md A.8). */

int64_t two_msl(const struct model *model) {
    return 2 * model->settings.msl;
}

static int64_t entered(const struct path *path) {
    const struct path_event *latest = NULL;
    for (uint8_t i = 0; i < path->count; i++) {
        const struct path_event *event = &path->events[i];
        bool leads_there = event->kind == EVENT_RECEIVED_FIN || event->kind == EVENT_RECEIVED_ACK_OF_FIN;
        latest = leads_there && (latest == NULL || event->time > latest->time) ? event : latest;
    }
    return latest == NULL ? 0 : latest->time;
}

/* A repeated FIN restarts 2MSL everywhere; any other segment that draws an ACK does on some stacks. */
static bool restarts(const struct arrival *arrival) {
    if ((arrival->observation->facts & FACT_FIN_REPEATED) != 0) {
        return true;
    }
    return arrival->model->stack->restart == RESTART_BY_ANY_ACK && arrival->has_ack && !arrival->syn &&
           (arrival->segment->flags & TCP_RST) == 0;
}

static void note_receiver(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    if (arrival->segment->time < y->time_wait_started) {
        return; /* recorded late: it came before TIME_WAIT began */
    }
    bool stray = arrival->segment->length > 0 || arrival->seq < arrival->next_before;
    if (stray && (arrival->segment->flags & (TCP_FIN | TCP_RST | TCP_SYN)) == 0) {
        arrival->observation->more |= MORE_TIME_WAIT_DATA;
    }
    if (restarts(arrival)) {
        y->time_wait_since = arrival->segment->time;
        y->time_wait_restarts++;
    }
}

void time_wait_note(struct arrival *arrival) {
    for (int i = 0; i < SIDES; i++) {
        struct endpoint *side = &arrival->connection->side[i];
        bool was = arrival->observation->before[i].state == STATE_TIME_WAIT;
        bool is = endpoint_state(side) == STATE_TIME_WAIT;
        if (is && (!was || !side->waited)) {
            side->waited = true;
            side->time_wait_since = side->time_wait_started = entered(&side->path);
            side->time_wait_restarts = 0;
        } else if (is && side == arrival->y && (arrival->observation->facts & FACT_CHECKSUM_BAD) == 0) {
            note_receiver(arrival);
        } else if (is && side == arrival->x && covers_fin(arrival) &&
                   arrival->y->fin_last_frame > arrival->y->fin_frame) {
            arrival->observation->more |= MORE_TIME_WAIT_REACKED;
        }
    }
}

bool time_wait_expire(struct model *model, struct connection *connection, int64_t time) {
    for (int i = 0; i < SIDES; i++) {
        struct endpoint *side = &connection->side[i];
        int64_t due = side->time_wait_since + two_msl(model);
        if (endpoint_state(side) != STATE_TIME_WAIT || due > time) {
            continue;
        }
        struct path_event event = {.time = due, .kind = EVENT_TIME_WAIT_TIMEOUT, .certainty = CERTAINTY_PRESUMED};
        if (!path_append(&side->path, &event)) {
            return false;
        }
    }
    return true;
}
