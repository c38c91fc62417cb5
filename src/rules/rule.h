/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_RULE_H
#define FINWAIT_RULES_RULE_H

#include "rules/rules.h"

/* What the files of this folder share: a rule, how it raises a finding, and how it says so. */

/* A bit of observation.more that no segment has: the connection is over and absence can be judged (catalogue B.2
 * rule 6). segment is NULL then, frame and time are those of the connection's last frame and of its end. */
#define MORE_AT_END (UINT64_C(1) << 31)
/* Set with it, unless all that there is of the connection are SYNs without payload that nothing answered: of those,
 * which come by the million, most rules have nothing to say. */
#define MORE_AT_END_SPOKEN (UINT64_C(1) << 30)

/* Set with it, unless each side has sent its FIN and all of its octets with that were acknowledged: most connections
 * miss nothing then that is part of a close. */
#define MORE_AT_END_UNCLOSED (UINT64_C(1) << 29)
/* Calls a row at the end only where a finding of its id has been raised before, to be counted out or settled. */
#define MORE_AT_END_RAISED (UINT64_C(1) << 28)

enum { ROW_WORDS = (ANOMALIES + 63) / 64, FACT_BITS = 32, MORE_BITS = 64 };

/* ns: what is ordinary for so long is of a kind (ordinary_kind). */
#define KIND_PATIENCE INT64_C(1000000000)

struct rules {
    struct rule_settings settings;
    struct watch_queue *queue; /* NULL: nobody wants to know */
    uint32_t facts;            /* union of all rows: what no row asks for costs one test */
    uint64_t more;
    uint64_t rows_of_fact[FACT_BITS][ROW_WORDS]; /* bit sets of enum anomaly_id */
    uint64_t rows_of_more[MORE_BITS][ROW_WORDS];
    uint64_t singles[ROW_WORDS]; /* of which each event is a finding: anomaly_is_single */
    bool has_kinds;              /* no threshold is below KIND_PATIENCE */
    bool failed;                 /* memory was out: the run stops */
    bool told_already;           /* what the observation tells across connections was told when its segment came */

    bool begin_known;
    int64_t begin;        /* ns since 1970: when the capture began */
    uint64_t dropped;     /* frames that the capture lacks, as far as it says so */
    int64_t dropped_time; /* ns since 1970: none of them passed later */

    /* valid at MORE_AT_END */
    bool one_direction; /* only one side was captured although the other acted */
    bool decidable;     /* absence means something: both directions captured, no state merely assumed, not evicted */
};

/* Looks at an observation that has one of the facts of its row, and raises id if its predicate holds. */
typedef void rule_function(struct rules *rules, const struct observation *seen, enum anomaly_id id);

#define ROW(name, id, severity, group, facts, more, title, rfc, explanation, advice, rule) rule_function rule;
#include "rules/catalogue.def"
#undef ROW

/* --- small words that every rule needs --- */

static inline const struct endpoint *sender_of(const struct observation *seen) {
    return &seen->connection->side[seen->sender];
}
static inline const struct endpoint *receiver_of(const struct observation *seen) {
    return &seen->connection->side[other_side((enum side)seen->sender)];
}
static inline enum side receiver_side(const struct observation *seen) {
    return other_side((enum side)seen->sender);
}
/* State of the sender, or of the receiver, before the segment. */
static inline enum tcp_state sender_state(const struct observation *seen) {
    return (enum tcp_state)seen->before[seen->sender].state;
}
static inline enum tcp_state receiver_state(const struct observation *seen) {
    return (enum tcp_state)seen->before[other_side((enum side)seen->sender)].state;
}
/* Nothing that passed has shown its state: the connection is older than the capture. */
static inline bool is_assumed(const struct endpoint *endpoint) {
    return endpoint->path.certainty == CERTAINTY_ASSUMED;
}
/* What the segment showed not to have reached its sender. */
static inline const struct refuted *refuted_at_sender(const struct observation *seen, enum event_kind event) {
    const struct refuted *refuted = &seen->refuted[seen->sender];
    return (refuted->events & EVENT_BIT(event)) != 0 ? refuted : NULL;
}

/* --- rules.c --- */

/* How long an ACK may be missing before that means something, ns: T_ack, or three retransmission timeouts where the
 * path is slow. */
int64_t patience(const struct rules *rules, const struct connection *connection);

/* State at the end of a connection, before a newer incarnation took its place: for what is missing, END is also the
 * next incarnation. */
enum tcp_state state_at_end(const struct endpoint *endpoint);

/* --- across.c --- */

/* A header that cannot be read, of no known connection: a finding of the capture. */
void tell_stray(struct rules *rules, const struct broken_segment *broken, enum anomaly_id id);

/* --- raise.c --- */

enum { SINGLES_MAX = 64 }; /* findings of one id on a connection, where each event is a finding */

/* Each reset and each reuse of the ports is an event of its own (B.2 rule 8); a storm is one of many. */
bool anomaly_is_single(enum anomaly_id id);

/* Raises id as the doing of `side`. If the connection has a finding of that id which was not withdrawn, that one counts
 * up instead (B.2 rule 8), except for rst-* and port-reused*. A new finding has the row's severity, is certain, has no
 * location, names the frame of the observation as evidence, and has seen = the numbers of its segment. One that
 * counts up for the other side gets the evidence, but keeps its numbers and its message. NULL when memory is out
 * (rules->failed). Valid until the next call. */
struct finding *raise_finding(struct rules *rules, const struct observation *seen, enum anomaly_id id, enum side side);

/* The same, but a new finding in any case: for what is said once for each side. */
struct finding *raise_another(struct rules *rules, const struct observation *seen, enum anomaly_id id, enum side side);

/* The same as raise_finding for what is missing: frame and time are those of the segment that waited in vain, with no
 * numbers seen. */
struct finding *raise_absence(struct rules *rules, const struct observation *seen, enum anomaly_id id, enum side side,
                              uint64_t frame, int64_t time);

/* The same, but a new finding in any case: for what may be missing on both sides. */
struct finding *raise_another_absence(struct rules *rules, const struct observation *seen, enum anomaly_id id,
                                      enum side side, uint64_t frame, int64_t time);

/* Raises id as the doing of the receiver, whose segment never reached the sender although it passed here: that is
 * *lost, its frame is evidence. NULL and *lost NULL where the observation does not refute the event; else as
 * raise_finding. */
struct finding *raise_lost_beyond(struct rules *rules, const struct observation *seen, enum anomaly_id id,
                                  enum event_kind event, const struct refuted **lost);

/* Counts an existing finding up by the observation's frame. */
void repeat_finding(struct finding *finding, const struct observation *seen);

/* Adds a frame to the count that there are, in order, once, and returns how many there are then: of too many the first
 * FINDING_FIRST_FRAMES and the last ones stay. 0 is ignored. */
unsigned frames_add(uint64_t frames[FINDING_FRAMES], unsigned count, uint64_t frame);

/* Adds a frame to the evidence, in order, once; 0 is ignored. */
void finding_add_frame(struct finding *finding, uint64_t frame);

/* Adds the evidence of another finding of the same connection, if it is there. */
void finding_add_frames_of(struct finding *finding, const struct connection *connection, enum anomaly_id other);

/* Sets what was expected of a segment of `sender`, in offsets; nothing while finding->keeps_message. */
void finding_expect_seq(struct finding *finding, const struct connection *connection, enum side sender, int64_t seq);
void finding_expect_ack(struct finding *finding, const struct connection *connection, enum side sender, int64_t ack);

/* Replaces what it says; nothing while finding->keeps_message. format: see said_take. */
void finding_say(struct rules *rules, struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One level lower, info at the least; and once only, however many reasons there are. */
void finding_lower(struct finding *finding);

/* The latest finding of that id that was not withdrawn, or NULL. */
struct finding *find_finding(const struct connection *connection, enum anomaly_id id);

/* The one of them that names frame, or NULL. */
struct finding *find_finding_at(const struct connection *connection, enum anomaly_id id, uint64_t frame);

/* Takes back what was raised at frame (0: at one that it does not name): one of several occurrences, or the finding. */
void withdraw_occurrence(struct finding *finding, uint64_t frame);

/* --- handshake.c --- */

/* Whether rule_syn_unanswered raises its id on what ends as one of this kind. */
bool attempt_is_unanswered(const struct ordinary_kind *kind);

/* --- recording.c --- */

/* Writes what a finding about how the capture recorded a side says, FINDING_SENTENCE octets at most. False: it is none.
 */
bool recording_say(const struct connection *connection, const struct finding *finding, char *text);

/* --- sentence.c --- */

/* What findings that a flood raises by the million say: written when somebody asks, into FINDING_SENTENCE octets, from
 * the connection and the finding alone. */
void say_mss_missing(const struct connection *connection, const struct finding *finding, char *text);
void say_syn_seq_changed(const struct connection *connection, const struct finding *finding, char *text);
void say_syn_unanswered(const struct connection *connection, const struct finding *finding, char *text);
void say_capture_ended_open(const struct connection *connection, const struct finding *finding, char *text);

/* --- words.c --- */

enum { WORDS_SIZE = 64 };
struct words {
    char text[WORDS_SIZE];
};

/* "420 ns", "0.42 ms", "600 ms", "1.02 s", "425 s", "2.5 hours", "13.5 days"; "no measurable time" for 0 and less. */
struct words duration_words(int64_t ns);

/* "both sides in ESTABLISHED", "the client in FIN_WAIT_2 and the server in CLOSE_WAIT" */
struct words states_words(enum tcp_state client, enum tcp_state server);

/* "1 octet", "20 octets" */
struct words octets_words(int64_t octets);

/* "02:00:5e:10:00:01", of the lower 48 bits. */
struct words hardware_words(uint64_t address);

/* "once", "twice", "3 times" */
struct words times_words(uint32_t count);

/* What follows "sent again": nothing the first time, then " for the 2nd time". */
struct words repeats_words(uint32_t count);

#endif
