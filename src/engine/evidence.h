/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_EVIDENCE_H
#define FINWAIT_ENGINE_EVIDENCE_H

#include "capture/reading.h"
#include "rules/rules.h"

/* Saves the frames of chosen connections as pcapng, with comments that name what was found in them. Which connections
 * those are is known only when they have ended; the captures are therefore read a second time. Meanwhile it is noted in
 * a file that has no name which connection each frame belongs to, and what cannot be read twice (a pipe) is kept in
 * another, up to a limit. */
struct evidence;

struct evidence_settings {
    int descriptor;           /* where the frames are written; borrowed */
    const char *directory;    /* where the files without a name are made */
    const char *application;  /* what writes the frames */
    uint64_t spool_limit;     /* octets kept of each capture that cannot be read twice */
    bool all;                 /* save every connection, */
    uint64_t connection;      /* else the one of this id; 0: */
    const char *const *paths; /* else those with a finding that is reported */
    size_t count;
    bool merge; /* as in reading.h */
    bool live;  /* paths are no files: nothing can be read twice */
};

/* NULL: *error says why. settings and what they point to are borrowed until evidence_free. */
struct evidence *evidence_new(const struct evidence_settings *settings, struct message *error);
void evidence_free(struct evidence *evidence); /* may be NULL */

/* Frames that have been read, in their order: keeps those that cannot be read again. */
void evidence_frames(struct evidence *evidence, const struct frame *frames, unsigned count,
                     const struct reading *reading);

/* The same of frames that come from elsewhere; info is of the one capture that there is. */
void evidence_live_frames(struct evidence *evidence, const struct frame *frames, unsigned count,
                          const struct capture_info *info);

/* That frame belongs to the connection of that id, or to the fragments of that number (engine.h). Frames come in their
 * order. */
void evidence_belongs(struct evidence *evidence, uint64_t frame, uint64_t connection);

/* What was taken for a connection belongs to another one, as fragments do that are whole now. */
void evidence_joins(struct evidence *evidence, uint64_t connection, uint64_t other);

/* A connection has ended; its findings that are not reported are marked as withdrawn. */
void evidence_connection(struct evidence *evidence, const struct connection *connection);

/* All captures have been read: writes the frames. false: *error says why it is not all, or nothing. */
bool evidence_save(struct evidence *evidence, struct message *error);

#endif
