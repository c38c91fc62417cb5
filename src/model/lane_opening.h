/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_OPENING_H
#define FINWAIT_MODEL_LANE_OPENING_H

#include "model/internal.h"
#include "model/lane_log.h"

/* Most connections that are read back begin with the same three segments, SYN, SYN/ACK and ACK, which differ in numbers
 * and times alone. What the model came to behind them is remembered for each likeness, and put down again with other
 * numbers and times. A likeness that is met again goes through the model as well, and only one that came to the same
 * then, to the octet, is ever used: what this file does not know of makes openings slow, not wrong. */

struct lane_openings;
struct lane_openings *lane_openings_new(void);           /* NULL when memory is out */
void lane_openings_free(struct lane_openings *openings); /* may be NULL */

/* What differs. */
struct opening {
    struct opening_step {
        uint64_t frame;
        int64_t time;
        uint32_t seq;
        uint32_t ack;
        uint32_t ip_id;
        uint32_t tsval;
        uint32_t tsecr;
        uint16_t imprint;
    } syn, syn_ack, ack;
    uint64_t link_source[SIDES];
    uint8_t hop_limit[SIDES];
    bool stamped[SIDES];          /* its SYN */
    const struct segment *latest; /* the ACK */
    const uint8_t *behind;        /* where the log goes on */
    struct lane_walk walk;        /* there */
    struct likeness *likeness;
};
enum { OPENING = 3 }; /* segments of it */

/* Reads the opening of a connection; false if it is another than that. The segments are as lane_log_next leaves them.
 */
bool lane_opening_read(const struct model *model, const struct connection *connection, const uint8_t *from,
                       const struct lane_walk *walk, struct segment *const segments[SIDES], struct opening *opening);

/* Makes the record as it stands behind the opening, if that may be done. */
bool lane_opening_recall(const struct opening *opening, const struct connection *connection, struct connection *record);

/* The same went through the model: the record is what it came to. */
void lane_opening_note(const struct model *model, const struct opening *opening, const struct connection *connection,
                       const struct connection *record);

#endif
