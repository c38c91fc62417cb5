/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_EVIDENCE_INTERNAL_H
#define FINWAIT_ENGINE_EVIDENCE_INTERNAL_H

#include "engine/evidence.h"

#include "capture/writer.h"

#include <stdio.h>

/* What evidence.c collects while the captures are read, and evidence_save.c writes when they have been. */

/* An array that grows. */
struct table {
    void *items; /* owned */
    size_t count;
    size_t room;
};

struct join {
    uint64_t connection;
    uint64_t other;
};

struct comment {
    uint64_t frame;
    size_t order; /* among those of one frame */
    char *text;   /* owned */
};

/* What is kept of a capture that cannot be read twice. */
struct spool {
    FILE *file; /* NULL: it can */
    struct writer *writer;
    int64_t start;       /* of standard input where it is a file: offset at which reading began; -1: it is none */
    uint64_t first_lost; /* frame from which on the limit kept none; 0: all are there */
    uint64_t next;       /* number of the capture's first frame; when it is read again, of the next */
};

struct evidence {
    const struct evidence_settings *settings;
    struct spool *spools; /* owned, one for each capture */
    FILE *log;            /* for each frame that belongs to a connection, two numbers: see evidence_belongs */
    uint64_t log_frame;   /* the latest in it */
    struct table chosen;  /* of uint64_t: ids of connections */
    struct table joins;   /* of struct join */
    struct table comments;
    uint8_t *wanted; /* owned: a bit for each frame up to log_frame */
    uint64_t lost;   /* frames that are wanted and were not kept */
    bool failed;
    struct message reason; /* the first failure */
};

/* Notes the first failure; error is an errno. */
void evidence_fail(struct evidence *evidence, const char *what, int error);

#endif
