/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_RULES_H
#define FINWAIT_RULES_RULES_H

#include "model/model.h"
#include "rules/findings.h"

/* Thresholds, ns; the names are those of report-format.md, SETTINGS. */
struct rule_settings {
    int64_t ack_timeout;       /* T_ack: at least this, or 3 retransmission timeouts */
    int64_t syn_timeout;       /* T_syn */
    int64_t fin_timeout;       /* T_fin */
    int64_t close_wait_notice; /* T_cw */
    int64_t close_wait_warning;
    int64_t fin_wait_2_timeout; /* T_fw2 */
    int64_t slow_handshake;     /* T_hs */
    int64_t duplicate_window;   /* T_dup */
    int64_t reorder_window;     /* T_reo */
    int64_t two_msl;
    uint32_t reset_storm; /* N_storm: more RSTs of one side within a second */
    uint32_t syn_flood;   /* N_syn: more SYNs for one port within a second, few of which complete, are a flood */
    uint32_t scan_ports;  /* N_ports: more ports that one source tried in vain are a scan */
    uint32_t pile_up;     /* more sides of one address in CLOSE_WAIT, or TIME_WAIT, at one time are a pile */
};
void rule_settings_default(struct rule_settings *settings);

struct rules;
struct watch_queue;
struct rules *rules_new(const struct rule_settings *settings); /* NULL when memory is out */
void rules_free(struct rules *rules);

/* Where events go that matter beyond one connection (watch.h), in the order in which the rules are called: borrowed.
 * Without a queue they go nowhere. */
void rules_tell(struct rules *rules, struct watch_queue *queue);

/* Raises what an observation shows; findings go to observation->connection->findings. False when memory is out. */
bool rules_observe(struct rules *rules, const struct observation *observation);

/* Whether under these thresholds no finding depends on how long an opening took that took less than a second. */
bool rules_pass_openings(const struct rule_settings *settings);

/* Whether connections of that kind (model.h) all have the same outcome, under these thresholds and by what the capture
 * says of itself so far. */
bool rules_have_kind(const struct rules *rules, const struct ordinary_kind *kind);

/* The end of a connection whose outcome is known by its kind: tells what is told of it across connections. False when
 * memory is out. */
bool rules_end_alike(struct rules *rules, const struct ordinary_end *end);

/* Raises what only the end shows (B.2 rule 6: absence), and settles what was provisional. now: END or the deadline, ns
 * since 1970; connection->end says why it is over. False when memory is out. */
bool rules_end(struct rules *rules, struct connection *connection, int64_t now);

/* When the capture began, ns since 1970: what led to a segment soon after may have passed before that. */
void rules_note_begin(struct rules *rules, int64_t time);

/* The capture lacks so many frames, the latest of which passed no later than that time (INT64_MAX: not known): what
 * seems not to have come from now on may have been among them. */
void rules_note_dropped(struct rules *rules, uint64_t frames, int64_t time);

/* A provisional connection turned out not to exist: takes back what was told of it. */
void rules_dropped(struct rules *rules, struct connection *connection);

/* Of no connection: a frame that is older than the one before it, whose time is `before`; a segment whose header cannot
 * be read. False when memory is out. */
bool rules_backward(struct rules *rules, uint64_t frame, int64_t time, int64_t before);
bool rules_broken(struct rules *rules, const struct broken_segment *broken);

#endif
