/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_RUN_INTERNAL_H
#define FINWAIT_ENGINE_RUN_INTERNAL_H

#include "engine/engine.h"
#include "engine/news.h"
#include "engine/run.h"

/* A run, as run.c has it for files and live_run.c for interfaces. */
struct run {
    const struct run_settings *settings;
    struct engine *engine;
    struct report *report;
    struct news *news; /* NULL: nothing is told before it has ended */
    uint64_t octets;   /* of the files, about */
    uint64_t chosen;   /* frames of the files that the filter chose */
    bool origin_known;
    bool incomplete;
    bool no_memory;
    bool stopped;    /* not everything was read, for a signal came */
    uint64_t untold; /* connections that ended after the output had failed, or in the middle of whose lines it did */
};

/* Analyses frames. */
enum engine_result run_take(struct run *run, const struct frame *frames, unsigned count);

/* Says what could not be read, or written; the run is incomplete. */
void run_complain(struct run *run, const char *sentence);

/* Watches the interfaces until it is to end, and reports them as a capture. */
enum engine_result run_live(struct run *run);

#endif
