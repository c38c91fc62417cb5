/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_MODEL_H
#define FINWAIT_MODEL_MODEL_H

#include "model/observation.h"
#include "model/profile.h"

/* Where models have the records of their connections. Those that run in one thread may share them: each alone would
 * take chunks of its own for a few. */
struct model_records;
struct model_records *model_records_new(void);          /* NULL when memory is out */
void model_records_free(struct model_records *records); /* after its models; may be NULL */

/* All times in ns. */
struct model_settings {
    enum profile profile;
    int64_t msl;                 /* maximum segment lifetime; TIME_WAIT lasts twice that (RFC 9293 3.4.2) */
    int64_t syn_timeout;         /* an attempt without a frame for so long is over */
    int64_t idle_timeout;        /* an established connection likewise (RFC 5382) */
    int64_t long_silence;        /* a connection that is idle for so long may be forgotten by what it passes */
    int64_t duplicate_window;    /* two records of one packet are no further apart */
    int64_t reorder_window;      /* frames may be recorded out of order by as much */
    uint32_t max_connections;    /* held at once; the one longest without a frame is evicted, embryonic ones first */
    uint64_t memory_budget;      /* octets that connections may take, those that have ended and what is kept of payload
                                    included: more, and connections are evicted in that order (budget.h) */
    uint32_t max_awake_attempts; /* before they rest, whatever time has passed: by default as many records as a
                                    second-level cache holds */
    uint32_t max_idle_awake; /* so many are spared from rest however long they wait, as long as that is a small part of
                                the memory budget */
    uint32_t max_kept;    /* segments whose octets are kept for comparison, beyond the first few of each side: a bound
                             beside the budget's share */
    bool keep_segments;   /* in the log of a connection, as far as it has room: for a list of its segments */
    bool no_log;          /* nobody asks for the log of a connection: none is kept */
    bool openings_alike;  /* whoever observes openings of less than a second does not look at how long they took */
    bool may_move;        /* a connection may stand elsewhere after model_advance or model_segment than before: the
                             memory for those that only wait is a fraction then */
    bool keeps_ended;     /* a connection stays when it has ended, until model_forget */
    uint64_t hash_key[2]; /* secret: captures can be hostile */
    struct model_records *records; /* borrowed; NULL: the model has its own */

    /* Not even connections that do nothing out of the ordinary are only written down (lane.h). It changes nothing but
     * time and memory; so tests can tell. */
    bool no_lane;
    /* Whoever takes observations may get them later than the segments came. The lane is used where that is so, may_move
     * and events.queue are there, and keep_segments and events.applied are not. */
    bool late;
};
void model_settings_default(struct model_settings *settings);

/* What the outcome of a connection depends on that was ordinary to its end (lane.h): complete from SYN to the last ACK,
 * without a pause of a second in which anybody waited for something, with each window respected; or a SYN alone.
 * Two of one kind end in the same states and with the same verdict and ids, as long as no threshold of a rule is
 * shorter than a second: only numbers, times and sentences differ. Plain value, to be compared as octets. */
enum ordinary_trait {
    TRAIT_DATA = 1,
    TRAIT_FIN_WITH_DATA = 2,
    TRAIT_CUT = 4,
    TRAIT_OFFLOADED = 8,
    TRAIT_ACKED_UP_TO_FIN = 16, /* its ACK of what stands before the first FIN passed behind that */
};
enum ordinary_repair {
    REPAIR_SENT_AGAIN = 1, /* octets, of either side, before they were acknowledged */
    REPAIR_ASKED_FOR = 2,  /* by an ACK that was sent once more */
    REPAIR_AT_CLOSE = 4,   /* behind the first FIN, of octets before that */
};
enum ordinary_progress {
    PROGRESS_CLOSED,
    PROGRESS_ATTEMPT,  /* its SYN is all there was */
    PROGRESS_OPEN,     /* everything is acknowledged, less than three seconds ago */
    PROGRESS_SILENT,   /* likewise, nine round trips and at least three seconds ago: nobody waits for anything */
    PROGRESS_LAST_ACK, /* that ACK has not passed; everything else is acknowledged */
};
struct ordinary_kind {
    struct ordinary_side {
        uint16_t options; /* of its SYN or SYN/ACK: enum tcp_option_flag. Of a kind only those that findings ask for */
        uint16_t mss;     /* of a kind: 0 */
        uint16_t window;  /* likewise */
        uint8_t window_scale; /* of a kind: above 14, or 0 */
        uint8_t traits;       /* enum ordinary_trait */
    } side[SIDES];
    uint8_t closer;      /* enum side: who sent the first FIN */
    uint8_t half_closed; /* it was acknowledged before the other FIN came */
    uint8_t version;     /* of IP */
    uint8_t end;         /* enum connection_end */
    uint8_t waited;      /* how long after its last segment, in powers of two of a second: of an attempt; of one in
                            LAST_ACK, whether it was more than one */
    uint8_t progress;    /* enum ordinary_progress */
    uint8_t repairs;     /* enum ordinary_repair */
    uint8_t unused;      /* 0 */
};

/* The same for the same kind in any run: for tables of kinds. */
uint64_t ordinary_kind_hash(const struct ordinary_kind *kind);

/* Borrowed during the call. */
struct ordinary_end {
    const struct connection *connection; /* only what stands before `side` is there */
    const struct ordinary_kind *kind;
    int64_t time;    /* ns since 1970, of the end */
    uint64_t octets; /* of payload, of both sides */
};

/* Called as things happen; context is the caller's. A false return stops the run (memory is out). */
struct model_events {
    void *context;
    /* after each segment that belongs to a connection and has any fact */
    bool (*observed)(void *context, const struct observation *observation);
    /* an observation without segment at the end of a connection, then the connection is freed (but see
     * model_settings.keeps_ended): the callee frees connection->findings */
    bool (*ended)(void *context, struct connection *connection);
    /* a provisional incarnation turned out not to exist: its findings are to be freed unreported */
    void (*dropped)(void *context, struct connection *connection);
    /* Every segment, as soon as it was applied to a connection, whether it has a fact or not; false: stop. NULL: not
     * wanted. */
    bool (*applied)(void *context, const struct observation *observation);
    /* A connection is held from now on; NULL: not wanted. */
    void (*began)(void *context, const struct connection *connection);
    /* Borrowed: where events go of a connection whose observations come later and say that these were told
     * (watch_event.h). NULL: there are no such connections. */
    struct watch_queue *queue;
    /* A connection of some kind has ended: sets *enough if nobody needs more of it than that; else `ended` follows for
     * it. False: stop. NULL: all are needed. */
    bool (*alike)(void *context, const struct ordinary_end *end, bool *enough);
};

struct model;
struct direct; /* decode/direct.h */

/* NULL when memory is out. settings and events are copied. */
struct model *model_new(const struct model_settings *settings, const struct model_events *events);
void model_free(struct model *model); /* frees connections still held without reporting them */

/* Ends all connections whose deadline is not after time (ns since 1970), by deadline then id. False: stop. */
bool model_advance(struct model *model, int64_t time);

/* The same one at a time, for who holds several models and wants the order of them all. No connection ends before
 * model_quiet_until (INT64_MAX: none does); it may be asked at any time and costs nothing. model_next_end: false where
 * there is none. */
struct model_end {
    int64_t deadline;
    uint64_t id;
};
int64_t model_quiet_until(const struct model *model);
bool model_next_end(struct model *model, struct model_end *next);
bool model_end_next(struct model *model); /* the one that model_next_end names; false: stop */

/* Frees a connection that has ended. */
void model_forget(struct model *model, struct connection *connection);

/* A segment had a good checksum, which this model may not have seen: wrong ones tell something (RFC 9293 3.1). */
void model_note_good_checksum(struct model *model);
bool model_seen_good_checksum(const struct model *model);

/* Where a segment belongs, or more precisely what else has its hash: the caller fills in the hash, and `changes` with
 * 0, which model_expect does not ask for.
 */
struct flow_slot;
struct model_place {
    uint64_t hash;                /* flow_key_hash under model_settings.hash_key */
    uint64_t changes;             /* the rest is right while nothing came, went or moved: of the flow table; 0: never */
    const struct flow_slot *slot; /* from where on it is looked for */
    struct connection *connection; /* NULL: none; found by model_approach */
};

/* Hints, so that what a segment will need is on its way from memory while others are dealt with: model_expect some
 * segments ahead, then model_approach, then model_reach, and model_expected_segment. The hints change nothing but the
 * place and may be left out from the last on; all are for before the model takes anything else, and model_reach for a
 * connection that model_approach found. model_expected_segment wants model_advance to have been called for the
 * segment's time. */
void model_expect(const struct model *model, struct model_place *place);
void model_approach(const struct model *model, struct model_place *place);
void model_reach(const struct connection *connection);
bool model_expected_segment(struct model *model, const struct segment *segment, const struct model_place *place);

/* Takes a segment that has only been looked at and is usual (direct_is_usual), as model_advance and
 * model_expected_segment would, if nothing ends or rests by its time and it is ordinary in its connection, as
 * most are; else it is left, to be opened, and nothing is changed. */
enum model_direct {
    MODEL_DIRECT_LEFT,
    MODEL_DIRECT_TAKEN, /* it moves no state: model_quiet_until is what it was, and nobody was told anything */
    MODEL_DIRECT_MOVED,
    MODEL_DIRECT_FAILED, /* memory is out, or a callback said stop */
};
enum model_direct model_take_direct(struct model *model, const struct direct *direct, const struct model_place *place);

/* Applies a segment; calls model_advance first. False: memory is out or a callback said stop. */
bool model_segment(struct model *model, const struct segment *segment);

/* Applies an ICMP error to the connection whose segment it quotes. */
bool model_icmp_error(struct model *model, const struct icmp_error *error);

/* Reports a segment whose header cannot be read to the rules, if its connection is known; it changes no state. */
bool model_broken_segment(struct model *model, const struct broken_segment *broken, bool *known);

/* The capture is over at end_time: ends every connection that is left (END_CAPTURE), by id. */
bool model_finish(struct model *model, int64_t end_time);

/* The same one at a time, once model_advance has been called for end_time: model_finish_begin (false: memory is out),
 * then model_finish_next as long as model_finish_id is not 0. */
bool model_finish_begin(struct model *model);
uint64_t model_finish_id(const struct model *model);
bool model_finish_next(struct model *model, int64_t end_time);

/* Id of the connection to which the segment or ICMP error applied last belongs; 0: to none. */
uint64_t model_latest_connection(const struct model *model);

/* Connections that are held: still opening, open, and closed but not over yet. */
void model_count_open(const struct model *model, uint64_t *opening, uint64_t *open, uint64_t *closed);

/* How many sides of these connections are in each state: TCP_STATES numbers, borrowed, kept up to date by the model.
 * The end of 2MSL alone is not counted before the next segment or the end of the connection. */
const uint64_t *model_side_states(const struct model *model);

uint64_t model_peak_connections(const struct model *model); /* the most that were held at a time */
uint64_t model_evicted(const struct model *model);  /* connections that had to make room, before they were over */
uint64_t model_ordinary(const struct model *model); /* connections that were so to their end: lane.h */

/* Segments that pushed out what its receiver may still lack, for want of max_kept: a second copy of that is compared
 * with nothing. */
uint64_t model_uncompared(const struct model *model);

#endif
