/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_INTERNAL_H
#define FINWAIT_MODEL_INTERNAL_H

#include "base/order.h"
#include "base/pool.h"
#include "base/slab.h"
#include "model/deadlines.h"
#include "model/ended.h"
#include "model/flow_table.h"
#include "model/kept.h"
#include "model/lane_links.h"
#include "model/model.h"

/* Shared between the files of the model only. */

/* Connections wait for their end in one of these queues, which differ in how long they wait and in which goes first
 * when room is needed. */
enum queue { QUEUE_EMBRYONIC, QUEUE_CLOSED, QUEUE_OPEN, QUEUES };

/* Connections that are awake, in the order in which they were woken or looked at last. */
enum { AWAKE_CLOSED, AWAKE_EMBRYONIC, AWAKE_OPEN, AWAKE_LISTS };
struct awake {
    struct connection *first;
    struct connection *last;
    uint64_t count;
    int64_t due; /* ns: before that none of them can have waited long enough */
};

/* What connections take of the memory budget: budget.c. */
struct budget {
    uint64_t units[QUEUES];
    uint64_t awake_most; /* connections that were awake at one time */
    bool tight;
    uint64_t headroom;            /* units that may be added to any queue before it can be tight */
    uint64_t most;                /* octets of all that is held */
    uint64_t attempt_units_most;  /* units of attempts */
    uint64_t awake_attempts_most; /* of those that are awake */
    uint64_t awake_share;         /* connections that are awake */
    uint64_t idle_awake_most;     /* as many of them do not rest because of the time alone */
};

/* A segment takes no more octets than that in the log of the lane. */
enum { LANE_ENTRY_MOST = 160 };

/* Until then, ns, no octets before the FIN of a connection that is closing may count as lacking: lane_may_lack_text. */
struct lane_patience {
    uint64_t connection; /* id; 0: free */
    int64_t until;
};
enum { LANE_PATIENCES = 64 };

/* Connections that are left at the end whose logs are called for ahead. */
enum { LEFT_CALLED = 8 };

struct model {
    struct model_settings settings;
    const struct tcp_stack *stack; /* of settings.profile */
    struct model_events events;
    struct flow_table table;
    struct flow_table tuples; /* connections by their 4-tuple alone; empty unless tuples_used (carriage.h) */
    struct deadline_heap *queues[QUEUES];
    struct ended_flows *ended;
    struct model_records *own_records; /* NULL: they are shared */
    struct slab *connections;
    struct pool *pool;     /* connections at rest, and what connections own */
    struct numbered *left; /* owned: what model_finish_next ends, by id; NULL before */
    size_t left_next;
    size_t left_count;
    uint8_t *left_called[LEFT_CALLED];             /* marks of the pieces of logs that were called for; NULL: none */
    struct slab *lanes;                            /* connections in the lane (lane.h), */
    struct lane_pieces *lane_pieces;               /* and what is written down of them */
    uint8_t lane_entry[LANE_ENTRY_MOST];           /* where a segment is put together before it is */
    struct lane_patience patience[LANE_PATIENCES]; /* by id of the connection */
    struct links *links;                           /* from where their segments come */
    struct lane_openings *openings;                /* how those began that were read back */
    struct connection *spare; /* for those that are at rest when the model is freed, or in the lane when they end */
    struct awake awake[AWAKE_LISTS];
    uint64_t awake_count; /* in all lists */
    int64_t rest_due;     /* ns: before that none of them can have waited long enough, or is to rest */
    int64_t end_due;      /* ns: before that no connection is due in any queue */
    struct budget budget;
    uint64_t states[TCP_STATES]; /* sides of what is held in each */
    uint64_t held;
    uint64_t peak;
    uint64_t evicted;
    int64_t evicted_time; /* ns: when the latest segment came of those that were evicted */
    uint64_t ordinary;    /* connections that ended in the lane */
    uint64_t latest;      /* id of the connection applied to last, 0: none */
    uint64_t kept;        /* places in the rings of all endpoints, beyond the first of each */
    uint64_t uncompared;  /* see model_uncompared */
    uint32_t network;     /* of the first segment */
    bool network_known;
    bool tuples_used;
    bool lane;             /* in use: model_settings.lane */
    bool replaying;        /* a connection leaves the lane */
    bool compares_nothing; /* and octets of it are not sent again before it is over */
    bool out_of_memory;
    bool seen_good_checksum; /* any: without, the capture has had its addresses rewritten, and a wrong one tells nothing
                              */
};

/* A segment on its way from side x to side y of a connection: what the files of the model hand each other. */
struct arrival {
    struct model *model;
    struct connection *connection;
    const struct segment *segment;
    struct observation *observation;
    struct endpoint *x; /* sender */
    struct endpoint *y; /* receiver */
    enum side side;     /* of the sender */
    bool has_ack;
    bool syn;
    bool fin;
    int64_t seq;              /* offset of the first octet, SYN included */
    int64_t data;             /* offset of the first octet of payload */
    int64_t end;              /* offset after the last octet, FIN included */
    int64_t fin_octet;        /* offset of the FIN, if fin */
    int64_t ack;              /* offset in y's octets, if has_ack */
    int64_t next_before;      /* x->next before this segment */
    int64_t sent;             /* ns: when x sent it, as well as its timestamps tell (A.16 rule 4) */
    struct path_event lifted; /* a RST whose place in x's path is behind this segment */
    struct path_change lift;  /* under way if has_lifted */
    bool has_lifted;
    bool old_duplicate; /* of the incarnation before this one */
    bool rejected;      /* not x's doing, or nothing that y may take: changes neither side */
    bool discarded;     /* y cannot have taken it: bad checksum, unacceptable */
};

/* --- arrival.c: one segment of one connection --- */
/* Octets of x have passed, and y has acknowledged such: its numbers are those, whatever a SYN/ACK may say. */
bool numbers_are_proven(const struct endpoint *x, const struct endpoint *y);
static inline struct snapshot snapshot_of(const struct endpoint *endpoint) {
    return (struct snapshot){endpoint->path.state, endpoint->path.certainty};
}
void arrival_prepare(struct arrival *arrival, struct model *model, struct connection *connection,
                     const struct segment *segment, enum side sender, struct observation *observation);
bool arrival_apply(struct arrival *arrival);

/* --- oddities.c: what is not as it was on the wire, and headers that are not in order --- */
/* Notes it of a segment, with the facts that it makes. False when memory is out. */
bool oddities_note(struct arrival *arrival);
static inline void segment_tally_add(struct segment_tally *tally, uint64_t frame, int64_t time) {
    if (tally->count++ == 0) {
        tally->first_frame = frame;
        tally->first_time = time;
    }
    tally->last_frame = frame;
    tally->last_time = time;
}
/* It is longer than any that x can have sent on the wire. */
bool is_oversized(const struct endpoint *x, const struct segment *segment);
/* Whether those of a segment are all known of its side already, so that nobody need be told; then it is only counted.
 */
bool oddities_are_known(const struct connection *connection, enum side side, const struct segment *segment);
void oddities_count_more(struct connection *connection, enum side side, const struct segment *segment);

/* --- place.c, ack_loop.c, kept.c: what an attacker changes --- */
void place_note(struct arrival *arrival);
void ack_loop_note(struct arrival *arrival);
/* Compares payload with what passed of it before, and keeps what is new. False when memory is out. */
bool kept_note(struct arrival *arrival);
static inline bool kept_is_called_for(const struct model *model, const struct segment *segment) {
    return segment->payload_captured > 0 && !model->compares_nothing;
}
/* Room for one more segment, as long as the connections together do not keep too much; then the oldest gives way, or
 * nothing is kept: x->kept stays NULL. False when memory is out. */
bool kept_make_room(struct model *model, struct endpoint *x);
void kept_free(struct model *model, struct endpoint *endpoint);

/* --- steady.c --- */
/* Applies an ordinary segment of an established connection and returns true; false if it is anything else, with nothing
 * changed. */
bool steady_apply(struct model *model, struct connection *connection, enum side side, const struct segment *segment);
/* A steady segment leaves that as it is. replaying: it may still be presumed that the ACK of the SYN/ACK has come. */
bool steady_is_quiet(const struct connection *connection, bool replaying);
/* Of a connection that is read back: each segment of the client may be the ACK of the SYN/ACK that is still presumed to
 * have come; octets of the server, and ACKs of octets, confirm it. */
void steady_settle_opening(struct connection *connection, enum side side, uint32_t length, int64_t ack, uint64_t frame,
                           int64_t time);
/* The same as model_take_direct, of a connection that is not in the lane. */
enum model_direct steady_take_direct(struct model *model, struct connection *connection, const struct direct *direct);
/* The same of a connection that is read back. *quiet: the segment before it was applied so, false at first. news: made
 * ready, for its observation, where the segment is odd in a way that is new of its side, and the rules are to be told;
 * left alone otherwise. */
bool steady_replay(struct model *model, struct connection *connection, enum side side, const struct segment *segment,
                   bool *quiet, struct arrival *news);

/* --- timing.c --- */

/* Round trip capture point - side - capture point plus a margin; 1 s while not measured (A.16 rule 4). */
int64_t guard_for(int64_t round_trip);
int64_t guard_of(const struct endpoint *endpoint);
/* The same with the latest round trip: a way may have become a longer one. */
int64_t guard_of_late(const struct endpoint *endpoint);
/* No answer of that side passes sooner, ns after what it answers, where each way takes as long as ever within 20 %:
 * 0.8 / 1.2 of the round trip. 0 while that is not known. */
int64_t soonest_answer(const struct endpoint *endpoint);
void clock_note(struct endpoint *endpoint, const struct segment *segment);
/* The same, with a timestamp that is not the first. */
void clock_tick(struct endpoint *endpoint, uint32_t tsval, int64_t time);
int64_t time_sent(const struct endpoint *endpoint, const struct segment *segment);
/* So soon after that time, ns, when a copy of it passed, no timer has sent the segment again: it is the copy that was
 * late, or the network doubled it, and it left its sender when that one did. */
bool is_too_soon_for_timer(const struct arrival *arrival, int64_t earlier);
bool clock_is_trusted(const struct endpoint *endpoint, int64_t now);
/* Of all so far, ns, with one more; 0: none. */
int64_t shortest_round_trip(int64_t shortest, int64_t sample);
void round_trip_sample(struct endpoint *endpoint, int64_t sample);
/* The capture was made on the host of x: nothing is lost between the two. */
bool is_at_host(const struct endpoint *x);
/* Whether at that time, ns, x may have been sending its latest octets again without a trace here: the ACK of them that
 * passed was lost beyond, and so was what x repeated, before it could pass. Then its congestion window is closed, and a
 * FIN waits. Nothing that has passed before tells that this way loses nothing. */
bool may_repeat_unseen(const struct endpoint *x, int64_t time);
/* Something of x was lost: its congestion window may be one segment, and the ACK that would open it lost, too. */
bool has_lost(const struct endpoint *x);
/* Everything that x has sent was acknowledged so long before that time, ns, that x knew. */
bool knows_all_acknowledged(const struct endpoint *x, int64_t time);
void time_octets(struct arrival *arrival);

/* --- account.c: octets, acknowledgements, windows (RFC 9293 3.4, 3.8) --- */
/* An ACK that ran ahead of what had passed: settles whether those octets exist. Comes before account_octets. */
void account_early_ack(struct arrival *arrival);
void account_octets(struct arrival *arrival);
void account_ack(struct arrival *arrival);
void account_window(struct arrival *arrival);
/* So many octets of a window may be lost to its scale (RFC 7323 2.3). */
int64_t window_rounding(const struct endpoint *endpoint);
void account_recent(struct arrival *arrival, bool rejected);
void remember_segment(struct endpoint *x, const struct segment *segment, bool rejected, bool keep_alive);
/* Presumed RCV.NXT of y: the end of what passed without a hole, never below what it has acknowledged. */
int64_t contiguous_end(const struct endpoint *sender, const struct endpoint *receiver);
/* Where the next one goes, which is the newest from now on. */
static inline struct recent_segment *recent_next(struct endpoint *endpoint) {
    bool last = endpoint->recent_latest + 1 == RECENT_SEGMENTS;
    endpoint->recent_latest = last ? 0 : (uint8_t)(endpoint->recent_latest + 1);
    return &endpoint->recent[endpoint->recent_latest];
}
const struct recent_segment *recent_newest(const struct endpoint *endpoint);
bool is_capture_copy(struct arrival *arrival);

/* --- facts.c: what rules ask of a segment that moves no state --- */
/* True when the segment fits the numbers of the incarnation before and not those of this one. */
bool is_old_duplicate(const struct arrival *arrival);
/* Of a segment other than SYN and RST, before anything of it counts. */
void facts_before(struct arrival *arrival);
/* And after: the model's numbers include it. */
void facts_after(struct arrival *arrival);
void facts_offer(struct arrival *arrival);
/* A RST: before x->sent_rst is set. */
void facts_reset(struct arrival *arrival);
/* What the endpoint offers is known in octets, and counts for this connection alone: the subflows of Multipath TCP
 * share one window (RFC 8684 3.3.1). */
bool window_is_own(const struct endpoint *endpoint);
/* The incidents of an endpoint, to be changed; NULL, noted in the model, when memory is out. */
struct incidents *incidents_for(struct arrival *arrival, struct endpoint *endpoint);
struct passage passage_of(const struct arrival *arrival, int64_t begin, int64_t end);

/* --- liveness.c: silence and what breaks it --- */
/* Takes note of the segment if it ends a silence. Call before the connection's last_time moves on. */
bool liveness_note(struct arrival *arrival);
/* A silence shorter than this leaves no trace, ns. */
enum { LIVENESS_SILENCE = 1000000000 };

/* ns: of two FINs that passed further apart, the first was lost beyond, or not read: they did not cross on their way.
 */
enum { LONGEST_CROSSING = 1000000000 };

enum { LEAST_FIRST_TIMEOUT = 900000000 }; /* ns: RFC 6298 2.1 has 1 s for a SYN or SYN/ACK, and a timer may be early */

/* --- sending.c: what a segment proves of its sender (table A-1) --- */
bool sending_apply(struct arrival *arrival);
/* This FIN is the first of x, and left as soon as x was closed. */
bool fin_is_too_soon_to_be_repeated(const struct arrival *arrival);
/* What is remembered of a segment that moves no state. */
void sending_note(struct arrival *arrival);
/* The event turned out not to have happened at that endpoint when this segment was sent. Where a later copy of the same
 * effect passed so recently that it may be under way, the event is presumed again with that copy. False when memory is
 * out. */
bool refute(struct arrival *arrival, struct endpoint *endpoint, enum event_kind kind, const struct passed *latest,
            int64_t since);

/* --- confirm.c: what a segment confirms of its sender (A.4 rule 3, A.16 rule 2) --- */
bool confirm_open(struct arrival *arrival);
bool confirm_close(struct arrival *arrival);
void settle_idle_cover(struct arrival *arrival);
bool never_had_to_wait(const struct arrival *arrival);
/* The SYN/ACK by which x answered a SYN of y that did not pass here; NULL: there is none. */
const struct recent_segment *answer_to_unseen_syn(const struct endpoint *x, const struct endpoint *y);
/* x, which had acknowledged so much of y, knew that nothing of it was in flight. */
bool knows_by_octets(const struct arrival *arrival, int64_t ack);
/* What the receiver had acknowledged before the octets were recorded (a capture out of order) it confirms at once. */
void confirm_in_arrears(struct arrival *arrival);
/* True when the event stands before the other in the endpoint's path; both must be there. */
bool event_precedes(const struct endpoint *endpoint, enum event_kind one, enum event_kind other);
/* True when x's segment acknowledges the FIN of y. */
bool covers_fin(const struct arrival *arrival);
/* The last octet of y that x has acknowledged did not pass here: it may be the FIN of y. */
bool may_have_unseen_fin(const struct endpoint *x, const struct endpoint *y);

/* --- receiving.c: what a segment is presumed to do to its receiver (table A-2) --- */
bool receiving_apply(struct arrival *arrival);
/* A FIN of x had been acknowledged before it was recorded. */
bool receive_early_ack_of_fin(struct arrival *arrival);

/* --- opening.c: SYN and SYN/ACK --- */
bool opening_syn(struct arrival *arrival);
bool opening_syn_ack(struct arrival *arrival);
/* The highest offset that an answer to the SYN of this side may acknowledge: what the SYN carried, a FIN too. */
int64_t opening_edge(const struct endpoint *endpoint);
bool opening_midstream(struct arrival *arrival);
/* It had opened actively, before all that was seen of it: its SYN did not pass, and was answered (inferred), or passes
 * only now. */
bool put_syn_first(struct arrival *arrival, struct endpoint *side, bool inferred);

/* --- reset.c: RST (A.9, A.16 rule 7) --- */
bool reset_apply(struct arrival *arrival);
/* A segment other than SYN or RST after a RST: contradiction, or refutation. Call before and after the sender's own
 * step. */
bool reset_lift(struct arrival *arrival);
bool reset_restore(struct arrival *arrival);

/* --- time_wait.c --- */
void time_wait_note(struct arrival *arrival);
/* Ends a TIME_WAIT whose 2MSL is over at time. */
bool time_wait_expire(struct model *model, struct connection *connection, int64_t time);
int64_t two_msl(const struct model *model);

/* --- incarnation.c: a SYN on a used 4-tuple (A.8, A.16 rule 12) --- */
struct choice {
    struct connection *connection; /* to which the segment belongs; NULL: memory is out, or a callback said stop */
    struct connection *challenged; /* the segment is a SYN on this older incarnation, which is alive; or NULL */
    uint64_t more;                 /* facts for the observation: enum more_fact */
    bool ends_older;               /* the older incarnation is over once this segment has been applied */
    bool forgets_syn;              /* the segment shows that y never took the SYN of the newer incarnation */
    bool drops_newer;              /* the opener goes on with the old numbers: its SYN was forged or stale */
    bool resets_older;             /* a RST for the receiver in the older incarnation, and for nobody else */
};
/* True when the segment is a SYN that calls for a further incarnation. */
bool incarnation_begins(const struct connection *newest, const struct segment *segment);
struct choice incarnation_choose(struct model *model, struct connection *newest, const struct segment *segment);
/* Ends the incarnation before this one, which has taken its place. */
bool incarnation_commit(struct model *model, struct connection *newest, int64_t time);

/* --- zeek.c --- */
/* Stretches of the receiver's octets that this segment acknowledges and that never passed: to be counted before the
 * segment is applied, and handed to zeek_note after it. */
unsigned zeek_gaps(const struct arrival *arrival);
void zeek_note(struct arrival *arrival, unsigned gaps);
/* The same of octets that go on behind next, or an ACK alone, of a side that has opened: all that they leave is their
 * letter. False, with no letter written, for any other segment. */
bool zeek_note_ordinary(struct connection *connection, enum side side, const struct segment *segment, int64_t next);
/* The same, of one that is known to be that, with a window and not damaged. */
bool zeek_goes_on(struct connection *connection, enum side side, uint32_t seq, uint32_t length, uint32_t ack,
                  int64_t next);

/* --- excluded.c: what an ACK shows its sender not to have received --- */
/* Notes it of a segment, once that is applied. False when memory is out. */
bool note_excluded(struct arrival *arrival);
/* The FIN of y waits behind octets that x shows to lack (RFC 9293 3.10.7.4): what it was presumed to do is put aside.
 * To be called once the segment is applied. False when memory is out. */
bool hold_fin(struct arrival *arrival);
/* A segment toward y fills that gap. */
bool releases_fin(const struct arrival *arrival);
/* x acknowledges the FIN all the same, or sooner than what filled the gap can have come: the octets were only late.
 * False when memory is out. */
bool restore_held_fin(struct arrival *arrival);
/* Refutes what was noted of x and is still presumed. False when memory is out. */
bool settle_excluded(struct endpoint *x);

/* --- log.c --- */
/* ordinary: the first to go when room is needed. */
bool log_note(struct arrival *arrival, bool ordinary);
bool log_note_icmp(struct connection *connection, const struct icmp_error *error, enum side reporter_side);
void log_forget_newest_unless_pinned(struct connection *connection);
void log_init(struct connection *connection);
void log_free(struct log *log);
/* The connection was copied here: rows of its own stand in it. */
void log_moved(struct connection *connection);

/* --- records.c --- */
/* Takes the records of model->settings, or makes its own. False when memory is out. */
bool records_init(struct model *model);

/* What has the hash of a place, or NULL. */
static inline struct connection *connection_at(const struct model *model, const struct model_place *place) {
    return place->changes == model->table.changes ? place->connection : flow_table_seek(&model->table, place->hash);
}

/* --- connections.c: birth, waiting and end --- */
/* A connection begun by this segment, in the table and in its queue; older: the incarnation before it, still held, or
 * NULL. */
struct connection *connection_begin(struct model *model, const struct segment *segment, uint64_t hash,
                                    struct connection *older);
/* The same in the lane (lane.h), where a connection of which nothing is remembered may begin there: *begun. False when
 * memory is out, or a callback said stop. */
bool connection_begin_in_lane(struct model *model, const struct segment *segment, uint64_t hash, bool *begun);
/* Sets what stands from `side` on, all zero, to what it is before the first segment, which came at that time. */
void connection_init(const struct model *model, struct connection *connection, int64_t first_time);
/* Applies one segment as when it came, and nothing else: neither queues nor budget. quiet: of steady_replay. */
bool connection_replay(struct model *model, struct connection *connection, enum side side,
                       const struct segment *segment, bool *quiet);
/* When it ends if nothing more arrives, ns. */
static inline int64_t deadline_of(const struct model *model, const struct connection *connection) {
    return deadline_in(model->queues[connection->queue], connection);
}
/* That is one of those that are waited for. */
static inline void wait_for_deadline(struct model *model, const struct connection *connection) {
    int64_t deadline = deadline_of(model, connection);
    model->end_due = deadline < model->end_due ? deadline : model->end_due;
}
/* Moves it into another queue, its deadline being for that. */
bool connection_change_queue(struct model *model, struct connection *connection, enum queue queue);
/* Notes which sides have been proven ESTABLISHED. */
void connection_prove(struct connection *connection);
static inline enum side connection_side(const struct connection *connection, const struct segment *segment) {
    if (connection->port[SIDE_CLIENT] != connection->port[SIDE_SERVER]) {
        return connection->port[SIDE_CLIENT] == segment->source_port ? SIDE_CLIENT : SIDE_SERVER;
    }
    const struct address client = connection_address(connection, SIDE_CLIENT);
    return address_equal(&client, &segment->source) ? SIDE_CLIENT : SIDE_SERVER;
}
/* Puts it into the queue that its states call for, with its deadline. */
bool connection_requeue(struct model *model, struct connection *connection, bool moved);
/* Counts its sides in the states that they are in now. */
void connection_count_states(struct model *model, struct connection *connection);
bool connection_end(struct model *model, struct connection *held, enum connection_end end, int64_t time);
/* The end of the capture for one in the lane that stands in no queue any more. What only a later segment would look at
 * is left as it is: it stays in the table, and its memory goes with that of the others (slab_frees_all). */
bool connection_finish_in_lane(struct model *model, struct connection *connection, int64_t time);
/* A provisional incarnation did not exist: its frames are the older one's. */
void connection_drop(struct model *model, struct connection *connection);
void connection_free(struct model *model, struct connection *connection);
void connection_clear(struct model *model, struct connection *connection); /* frees what it owns */
/* What is noted of the incarnation before it, to be changed; NULL where there is none. */
struct predecessor *predecessor_of(struct connection *connection);

/* Small helpers. */
static inline void connection_begin_close(struct connection *connection, int64_t last_time) {
    connection->before_close_time = connection->closing ? connection->before_close_time : last_time;
    connection->closing = true;
}

static inline struct path_event event_of(const struct arrival *arrival, enum event_kind kind,
                                         enum certainty certainty) {
    return (struct path_event){.frame = arrival->segment->frame,
                               .time = arrival->segment->time,
                               .flags = arrival->segment->flags,
                               .kind = (uint8_t)kind,
                               .certainty = (uint8_t)certainty};
}

static inline bool has_event(const struct endpoint *endpoint, enum event_kind kind) {
    return path_has(&endpoint->path, kind);
}

/* The event is there and still only presumed. */
static inline bool is_pending(const struct endpoint *endpoint, enum event_kind kind) {
    return path_pending(&endpoint->path, kind);
}

#endif
