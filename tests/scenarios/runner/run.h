/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_SCENARIO_RUN_H
#define FINWAIT_SCENARIO_RUN_H

#include "model/verdict.h"
#include "rules/rules.h"
#include "rules/watch.h"
#include "trace.h"

#include <stdio.h>

/* What model and rules made of a trace, kept after the connections are freed. */

enum { CONNECTIONS_MAX = 8, RAISED_MAX = 256, FOUND_MAX = 8 };

struct side_state {
    enum tcp_state state;
    enum certainty certainty;
};

/* An id raised at a frame. Repeats of one finding are one of these each. */
struct raised {
    enum anomaly_id id;
    unsigned finding; /* index in the connection's findings */
    uint64_t frame;   /* of the scenario */
    unsigned line;    /* index of the line at which it came to light */
    bool withdrawn;
    unsigned matched; /* used by whoever compares */
};

struct seen_connection {
    uint64_t id;
    const struct connection *live; /* NULL once it is over */
    bool dropped;                  /* a provisional incarnation that never was */
    enum side side[WHOS];
    struct side_state now[WHOS];
    bool initiator_seen;
    enum connection_end end;
    uint32_t incarnation;
    uint64_t previous;
    struct step steps[WHOS][PATH_STEPS_MAX];
    size_t step_count[WHOS];
    struct verdict verdict;
    struct zeek zeek;
    struct endpoint endpoint[WHOS]; /* its plain members; what they point to is gone */
    int64_t durations[WHOS][TCP_STATES];
    struct log_entry log[LOG_ROWS_MAX];
    unsigned log_count;
    struct finding *findings; /* owned; withdrawn ones included */
    char **sentences;         /* owned: what each says */
    unsigned finding_count;
    unsigned counted; /* findings that raised[] knows of, while it lives */
    uint32_t counts[RAISED_MAX];
    enum anomaly_id counted_ids[RAISED_MAX];
    struct raised raised[RAISED_MAX];
    unsigned raised_count;
};

/* States of all connections after one line; those that did not exist yet have state STATE_UNKNOWN twice and id 0. */
struct row {
    bool reached;
    unsigned count;
    struct {
        unsigned connection; /* index */
        bool over;
        struct side_state now[WHOS];
    } shown[CONNECTIONS_MAX];
};

struct run {
    const struct trace *trace;
    struct seen_connection connections[CONNECTIONS_MAX];
    unsigned count;
    struct capture_finding found[FOUND_MAX]; /* of the capture, with its own frame numbers */
    unsigned found_count;
    struct row *rows;  /* one per line of the script */
    unsigned line;     /* being applied */
    uint32_t observed; /* digest of all that the model told the rules, and of what it knew of the sides in the end */
    char failure[512]; /* empty, or why the run is no run */
};

/* Hands the segments of a trace to the model and its observations to the rules. NULL when memory is out. */
struct run *run_direct(const struct trace *trace);

/* The same by way of capture files (written by wire_write, read one after the other) and the decoder. */
struct run *run_captures(const struct trace *trace, const char *const *paths, unsigned count);
void run_free(struct run *run);

/* The certainty as one of '!' '~' '?' 'x'. */
char certainty_mark(enum certainty certainty);

/* "A", "B", "both", "none" for what a verdict says of client and server. */
const char *which_name(const struct seen_connection *seen, enum which_side which);

/* The value of one key of a verdict as scenarios write it; NULL when there is no such key. Valid until the next call.
 */
const char *verdict_text(const struct seen_connection *seen, const char *key);

/* The steps of a side, refuted ones too, one a line. */
void print_steps(FILE *out, const struct run *run, const struct seen_connection *seen, enum who who);

/* Everything that a run showed as text, with frames and relative numbers of the scenario; without_ids leaves out ids
 * and messages, all_of_it adds what depends on addresses and raw numbers. Owned by the caller. */
enum detail { DETAIL_STATES, DETAIL_FINDINGS, DETAIL_ALL };
char *run_text(const struct run *run, enum detail detail);

#endif
