/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_REPORT_H
#define FINWAIT_REPORT_REPORT_H

#include "capture/capture.h"
#include "decode/encapsulation.h"
#include "model/model.h"
#include "report/census.h"
#include "report/output.h"
#include "report/summary.h"
#include "rules/rules.h"
#include "rules/selection.h"

/* What the engine tells a reader: connections as they end, captures as they have been read, and at last what is known
 * only then. The formats differ in the writer behind; all are fed the same facts in the same order. */
struct report;

enum report_format {
    REPORT_TEXT,
    REPORT_JSON,
    REPORT_NDJSON,
    REPORT_HTML,
    REPORT_SVG,
    REPORT_DOT,
    REPORT_MERMAID,
    REPORT_FORMATS
};
const char *report_format_name(enum report_format format);
bool report_format_from_name(const char *name, enum report_format *format);

enum report_ladder {
    LADDER_AUTO, /* of connections with a finding */
    LADDER_ALL,
    LADDER_NONE
};

struct report_settings {
    enum report_format format;
    const char *version; /* of the program */

    struct selection selection; /* of the findings; states and verdicts are the same whatever it is */

    struct census_settings census; /* printed instead of connections, findings and totals; in JSON beside them */

    /* --- text only --- */
    bool lines; /* a line for each thing as it happens, instead of connections as they are printed otherwise */
    enum report_ladder ladder;
    bool details;          /* all that is known of a connection, round trips and durations of states among it */
    bool all;              /* print every connection, without limit unless one was asked for */
    bool summary_only;     /* print none */
    bool connections_only; /* print nothing else */
    bool lines_notable;    /* with lines: none for a finding below notice */
    uint64_t limit;        /* print at most so many; 0 is none */
    bool limited;          /* the limit was asked for */
    uint64_t connection;   /* print only the one of this id; 0: any */
    bool color;            /* terminal colours */
    bool ascii;            /* draw without characters outside ASCII */
    unsigned columns;      /* of the terminal that the text goes to; 0: none, or not known */

    uint64_t html_limit; /* connections that a page holds at most */

    /* --- printed as the settings of the run --- */
    bool no_tunnels; /* packets in packets stay closed */
    struct model_settings model;
    struct rule_settings rules;
};
/* Text, ladders where there are findings, at most 100 connections, no colour; the defaults of model and rules. */
void report_settings_default(struct report_settings *settings);

/* A finding of the whole capture, not of one connection (report-format.md, FINDING). Borrowed during the call. */
struct report_finding {
    enum anomaly_id id;
    enum severity severity;   /* of this case */
    enum certainty certainty; /* CERTAINTY_CERTAIN or CERTAINTY_PRESUMED */
    enum location location;
    uint32_t count;
    uint64_t frame;
    uint64_t last_frame;
    int64_t time;           /* ns since 1970, of frame */
    const uint64_t *frames; /* at most FINDING_FRAMES, in order */
    size_t frame_count;
    const struct address *address; /* NULL: none */
    uint32_t port;                 /* 0: none */
    const uint64_t *connections;   /* ids, the first 16 */
    size_t connections_listed;
    uint64_t connection_count;
    const char *message; /* one sentence; NULL: the catalogue's title is printed */
};

/* What happens before a connection ends. */
enum report_event_kind {
    REPORT_RAISED,     /* a finding, for the first time */
    REPORT_WITHDRAWN,  /* a finding that was raised turned out not to be one */
    REPORT_TRANSITION, /* a step of a side */
    REPORT_SETTLED,    /* a step that was told of is confirmed or refuted now */
};

/* Borrowed during the call. */
struct report_event {
    enum report_event_kind kind;
    const struct connection *connection;
    uint64_t frame;                /* that brought it about; 0: none did, it was a deadline */
    int64_t time;                  /* ns since 1970, likewise */
    const struct finding *finding; /* of a finding, */
    bool final;                    /* raised: nothing will withdraw it */
    enum anomaly_id replaced_by;   /* withdrawn: what is said in its place; ANOMALIES: nothing */
    enum side side;                /* of a step, */
    const struct step *step;
    int64_t spent; /* ns in the state that the step leaves; -1: not known */
};

/* Begins a report. settings are copied, version and encapsulations (NULL: none) borrowed until report_free; the output
 * likewise. NULL when memory is out. Write errors stay in the output: see output_error. */
struct report *report_new(const struct report_settings *settings, const struct encapsulations *encapsulations,
                          struct output *output);
void report_free(struct report *report); /* may be NULL */

/* Says when (ns since 1970) the first frame of the first capture was recorded: all relative times count from there.
 * Called once, before the first connection; without a call they count from 1970. */
void report_origin(struct report *report, int64_t time);

/* Reports a connection that has ended (connection->end and end_time are set) and adds it to the summary; findings that
 * the selection does not want are withdrawn from it first. Nothing of it is kept. These three return false when memory
 * is out. */
bool report_connection(struct report *report, const struct connection *connection);

/* Reports one of that kind and id between these ends if that is all that is needed of it, or returns false, with
 * nothing reported: then it comes to report_connection. */
bool report_alike(struct report *report, const struct ordinary_kind *kind, uint64_t id,
                  const struct address ends[SIDES]);

/* Reports a capture that has been read, or could not be: then path, failed and error suffice. */
bool report_capture(struct report *report, const struct capture_info *capture);
bool report_finding(struct report *report, const struct report_finding *finding);

/* Whether the format tells of things as they happen; where it does not, report_event does nothing. Findings that the
 * selection does not want are passed over. False when memory is out. */
bool report_wants_events(const struct report *report);
bool report_would_want_events(const struct report_settings *settings);

/* Whether there are connections of which a report with these settings needs no more than their kind. */
bool report_would_take_alike(const struct report_settings *settings);
bool report_event(struct report *report, const struct report_event *event);

/* What has been counted; the engine adds to it what only the engine knows (see summary.h). */
struct report_summary *report_summary(struct report *report);

/* Writes out what has been reported so far. */
void report_flush(struct report *report);

/* Writes what is known only at the end and flushes the output. Call it last, once. */
bool report_end(struct report *report);

/* True once the output has failed: what follows will not be written, the run may as well stop. */
bool report_failed(const struct report *report);

#endif
