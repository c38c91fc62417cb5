/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_H
#define FINWAIT_MODEL_LANE_H

#include "model/budget.h"
#include "model/internal.h"
#include "model/lane_log.h"

#include <stddef.h>

/* Most connections do nothing out of the ordinary: SYN, SYN/ACK, ACK, octets in order, ACKs of them, FIN, ACK, FIN,
 * ACK. As long as that is all, the segments of a connection are only written down (lane_log.h), in a record of a
 * fraction of the size. With the first segment that is anything else the log is read back and each segment goes through
 * the model as it would have done when it came; so it is at the end, where the report asks for all of the connection.
 *
 * Octets of an open connection that are sent again, and SACK blocks, move no state either: they are written down, and
 * at the end they are looked at to tell the kind of the connection (lane_repair.c). So it is behind the first FIN, but
 * that its receiver holds it back while its blocks tell that it lacks octets before it. Nor does a SYN that is sent
 * again before it is answered; that connection is of no kind, nor is one that ends with the plainest of RSTs.
 *
 * The lane has no rules of TCP of its own. It knows which segments are ordinary, and of those what others are to be
 * told at once: in which states the sides of a connection are counted, in which queue it waits and for how long, and
 * the milestones that rules across connections count. All else is the model's, later, and comes to the same.
 *
 * A connection in the lane is told by connection.in_lane; of the record only what stands before `frames_seen` is there.
 */

enum lane_phase {
    LANE_SYN,         /* the client's SYN has passed */
    LANE_SYN_ACK,     /* and the server's answer */
    LANE_OPEN,        /* and the client's ACK */
    LANE_CLOSING,     /* a FIN, behind which octets before it may be sent again */
    LANE_HALF_CLOSED, /* its ACK */
    LANE_LAST_ACK,    /* the other side's FIN, which acknowledges the first */
    LANE_OVER,        /* the ACK of that */
    LANE_RESET,       /* or a RST that ended it */
};

struct lane {
    struct lane_side side[SIDES];
    union {
        int64_t first_time;  /* ns: until it is LANE_OPEN */
        uint32_t isn[SIDES]; /* raw: from then on. Before that lane_isn tells them */
    };
    struct ordinary_side offer[SIDES];
    uint16_t link[SIDES]; /* number of the link_source of all segments of a side: lane_links.h */
    uint8_t phase;        /* enum lane_phase */
    uint8_t segments;     /* that are written down */
    uint8_t present;      /* options of each segment behind the SYNs: enum tcp_option_flag */
    bool unlike : 1;      /* of no kind */
    bool closer : 1;      /* enum side: who sent the first FIN */
    bool halved : 1;      /* that was acknowledged before the other came */
    bool repaired : 1;    /* segments passed of which lane_repairs tells what they come to */
    bool held : 1;        /* the first FIN, by its receiver, which lacks octets before it: it is not closing yet */
    bool refilled : 1;    /* octets before that FIN were sent again behind it */
    bool scaled : 1;      /* the server has sent something behind its SYN/ACK: its windows are shifted */
    bool insisted : 1;    /* the client sent its SYN again before it was answered */
    struct lane_log log;  /* the end of the record */
};

enum { LANE_HEAD = offsetof(struct connection, frames_seen) };
static inline struct lane *lane_of(struct connection *connection) {
    return (struct lane *)((char *)connection + LANE_HEAD);
}
static inline const struct lane *lane_in(const struct connection *connection) {
    return (const struct lane *)((const char *)connection + LANE_HEAD);
}
/* Initial sequence number of a side, raw; 0 where that has not sent anything. */
static inline uint32_t lane_isn(const struct lane *lane, enum side side) {
    bool sent = side == SIDE_CLIENT || lane->phase != LANE_SYN;
    return lane->phase >= LANE_OPEN ? lane->isn[side] : sent ? lane->side[side].next - 1 : 0;
}
/* Addresses of IPv6 stand where the log begins without them. */
enum { LANE_IPV6 = sizeof(((struct address *)NULL)->octets) };
static inline const uint8_t *lane_octets_ipv6(const struct connection *connection, enum side side) {
    return lane_in(connection)->log.first + side * LANE_IPV6;
}
/* What finds it, to a record outside of the lane. */
void lane_copy_head(const struct connection *connection, struct connection *record);
/* It begins in the lane, with a SYN. */
void lane_set_ends(struct connection *connection, const struct segment *syn);
/* Of the SYN that a log begins with is not kept when it passed, which is said behind so many octets. */
enum { LANE_SYN_FRONT = 4, LANE_SYN_PLACE = 5 };
/* As lane_log_copy, of the log alone, with that. */
const uint8_t *lane_copy(const struct connection *connection, uint8_t *end);
/* Octets of a record. */
enum { LANE_RECORD = LANE_HEAD + sizeof(struct lane) };
_Static_assert(LANE_RECORD == (int)LANE_PIECE, "a power of two, so that a record ends where a piece may");

/* Whether a connection that this segment begins may begin in the lane. */
bool lane_opens(const struct model *model, const struct segment *segment);

/* Writes down the SYN of a connection that has just begun. False when memory is out. */
bool lane_begin(struct model *model, struct connection *connection, const struct segment *segment);

/* Takes a segment of a connection in the lane and sets *taken; leaves that as it is, with nothing changed, where the
 * segment is not ordinary. False when memory is out, or a callback said stop. */
bool lane_take(struct model *model, struct connection *connection, const struct segment *segment, bool *taken);

/* True, and *kind and *octets, payload of both sides, filled in, if it is of some kind, given how it ends. */
bool lane_kind(const struct model *model, const struct connection *connection, enum connection_end end, int64_t time,
               struct ordinary_kind *kind, uint64_t *octets);

/* What segments that are not in order come to, while a connection is open that is ordinary before and behind that. */
struct lane_repairs {
    uint64_t octets_again; /* that were sent more than once, beyond the first time */
    uint8_t marks;         /* enum ordinary_repair */
};
/* False: more than is written down decides that, or more than is worth while to look at here. */
bool lane_repairs(const struct model *model, const struct connection *connection, struct lane_repairs *repairs);

/* Whether octets before the FIN that has passed may count as lacking where an ACK of its receiver that passes at that
 * time, ns, stops short of them: then the FIN is not taken for received any more. So it may where telling takes more
 * than is worth while here. */
bool lane_may_lack_text(struct model *model, const struct connection *connection, int64_t time);
/* The FIN that has passed at that time, ns, carried octets: some time passes before that needs to be asked. */
void lane_wait_for_text(struct model *model, const struct connection *connection, int64_t passed);

/* Whether what is written down of octets that a side sends once more suffices to compare them. */
bool lane_can_compare(const struct connection *connection, enum side side, const struct segment *segment);

/* Where a walk through the log begins, at the time 0, and the octets that a log takes at most. */
enum { LANE_LOG_MOST = LANE_SYN_PLACE + LANE_FIRST + BUDGET_LANE };
struct lane_walk lane_walk_from_begin(const struct connection *connection);

/* What is remembered of it once it has ended at that time. */
struct ended_flow lane_ended_flow(const struct connection *connection, int64_t time);

/* Makes `record` what the connection would be if all of its segments had gone through the model. It stands in no list,
 * table or queue. over: no more will come; then octets of one that sent none again are not kept to be compared. False
 * when memory is out: nothing of it is left then. */
bool lane_replay(struct model *model, const struct connection *connection, bool over, struct connection *record);

void lane_free(struct model *model, struct connection *connection);

#endif
