/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_ENGINE_H
#define FINWAIT_ENGINE_ENGINE_H

#include "capture/frame.h"
#include "decode/decode.h"
#include "model/model.h"
#include "rules/rules.h"
#include "rules/watch.h"

/* One shard: frames in, finished connections with their findings out (decode, model and rules behind one another). It
 * reads no file and writes no report; run.h does. */
struct engine;

struct engine_settings {
    bool no_tunnels;    /* see decoder_close_tunnels */
    unsigned analysers; /* threads that analyse, beside the caller's: what comes out is the same, but frames wait for
                           others to come, so that the sink is called later. Up to one: none, and all is done at once.
                           So it is whatever this says where the sink wants observed, applied or dropped. */
    bool late;          /* the sink may be told of what was observed of a connection later than it happened: when more
                           than something ordinary happens to it, or when it ends */
    struct model_settings model;
    struct rule_settings rules;
};

/* Where the results go. A false return stops the engine: the call that led to it returns ENGINE_STOPPED. */
struct engine_sink {
    void *context;
    /* A connection has ended; its findings are complete. It is freed after the call. */
    bool (*connection)(void *context, const struct connection *connection);
    /* After the rules have looked at a segment or an ICMP error that had any fact; of one connection in the order of
     * the frames, and of all connections so where engine_settings.late is not set. May be NULL. */
    bool (*observed)(void *context, const struct observation *observation);
    /* What was taken for a connection was none; it and its findings are freed after the call. May be NULL. */
    void (*dropped)(void *context, const struct connection *connection);
    /* Every segment that belongs to a connection, before the rules have looked at it. May be NULL; costs time. */
    bool (*applied)(void *context, const struct observation *observation);
    /* A finding of the capture, at its end. May be NULL. */
    bool (*finding)(void *context, const struct capture_finding *finding);
    /* A frame belongs to the connection of that id, which may not be reported in the end: then joined says to which
     * other one its frames belong. Frames come in their order. May be NULL, both or neither.
     *
     * A frame with a fragment of a datagram belongs to the number of the frame that held the first that came, which is
     * no connection's: made_whole says to what those frames belong, if ever, a connection or other such fragments. NULL
     * if belongs is. */
    void (*belongs)(void *context, uint64_t frame, uint64_t connection);
    void (*joined)(void *context, uint64_t connection, uint64_t other);
    void (*made_whole)(void *context, uint64_t fragments, uint64_t owner);
    /* A connection of some kind has ended (model.h) between these: true if that is all that has to be known of it; else
     * it is handed to `connection`. Once true of a kind it must stay so. May be NULL: all are handed there. */
    bool (*alike)(void *context, const struct ordinary_kind *kind, uint64_t id, const struct address ends[SIDES]);
};

enum engine_result { ENGINE_OK, ENGINE_STOPPED, ENGINE_NO_MEMORY };

/* What the engine has counted. */
struct engine_totals {
    uint64_t frames; /* filtered-out ones included */
    uint64_t tcp_segments;
    uint64_t skipped[SKIP_REASONS]; /* frames that gave no segment, alone or as fragments of one; an ICMP error counts
                                       as not TCP */
    int64_t first_time;             /* ns since 1970, of the first frame; 0 without frames */
    int64_t last_time;              /* the latest time of any frame, or see engine_last_until: END */
    uint64_t evicted;               /* with other analysers known at the end, as are the next two */
    uint64_t ordinary;              /* connections, see model_ordinary */
    uint64_t uncompared;            /* segments, see model_uncompared */
    uint64_t peak_connections;
};

/* NULL when memory is out. settings and sink are copied. */
struct engine *engine_new(const struct engine_settings *settings, const struct engine_sink *sink);
void engine_free(struct engine *engine); /* may be NULL; connections still held are not reported */

/* Takes up to ENGINE_BATCH frames whose bytes are all readable; those marked as filtered only move the clock. Before
 * each frame everything that is due by its time is ended, however many come at once. */
enum { ENGINE_BATCH = 32 };
enum engine_result engine_frames(struct engine *engine, const struct frame *frames, unsigned count);

/* Waits until everything has been done with the frames so far, and the sink has been called for it. */
enum engine_result engine_settle(struct engine *engine);

/* A capture says that it lacks so many (more) frames, which were never recorded and passed no later than that time, ns
 * since 1970; INT64_MAX: not known. Call engine_settle before. */
void engine_note_dropped(struct engine *engine, uint64_t frames, int64_t time);

/* No frame will come that is older than that time (ns since 1970): ends what is due by then, as a frame of that time
 * would. Without other analysers only. END is then no earlier than the latest of these deadlines. */
enum engine_result engine_pass_time(struct engine *engine, int64_t time);

/* Connections that are held: all that the sink has not been told of, and of those, without other analysers, the ones
 * still opening, open, and closed but waiting for the end of 2MSL. */
struct engine_open {
    uint64_t held;
    uint64_t opening;
    uint64_t open;
    uint64_t closed;
    const uint64_t *sides; /* in each state, TCP_STATES numbers; borrowed from the engine until the next call */
};
struct engine_open engine_open(struct engine *engine);

/* The capture lasted until that time (ns since 1970) at least, within the bounds of a frame's time. */
void engine_last_until(struct engine *engine, int64_t time);

/* The capture is over: ends every connection that is left, at the latest time of any frame. */
enum engine_result engine_finish(struct engine *engine);

/* All that was counted so far, by all analysers together. */
struct engine_totals engine_totals(const struct engine *engine);

/* The table that segments and connections point into; lives as long as the engine. */
const struct encapsulations *engine_encapsulations(const struct engine *engine);

#endif
