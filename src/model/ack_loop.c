/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* Two ends whose numbers no longer fit answer each other's ACK by an ACK for ever (RFC 5961 7). */

static const int64_t second = 1000000000;
enum { IN_A_ROW = 2 }; /* of one side: the capture may have swapped two */

static bool is_pure_ack(const struct segment *segment) {
    return segment->length == 0 && (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK;
}

static bool goes_on(const struct ack_run *run, const struct segment *segment) {
    return run->count > 0 && run->seq == segment->seq && run->ack == segment->ack && run->in_a_row <= IN_A_ROW &&
           segment->time - run->since <= second;
}

/* Before the segment is remembered. */
void ack_loop_note(struct arrival *arrival) {
    struct ack_run *run = &arrival->x->run;
    struct ack_run *other = &arrival->y->run;
    const struct segment *segment = arrival->segment;
    if (!is_pure_ack(segment)) {
        run->count = 0;
        return;
    }
    bool answers = recent_newest(arrival->y)->frame > recent_newest(arrival->x)->frame;
    run->in_a_row = answers ? 1 : (uint8_t)(run->in_a_row + (run->in_a_row <= IN_A_ROW));
    if (!goes_on(run, segment)) {
        *run = (struct ack_run){
            .since = segment->time, .frame = segment->frame, .seq = segment->seq, .ack = segment->ack, .in_a_row = 1};
    }
    run->count++;
    if (run->count > ACK_LOOP && other->count > ACK_LOOP && !run->told && !other->told) {
        run->told = other->told = true;
        arrival->observation->more |= MORE_ACK_LOOP;
    }
}
