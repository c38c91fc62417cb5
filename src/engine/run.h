/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_RUN_H
#define FINWAIT_ENGINE_RUN_H

#include "capture/live.h"
#include "capture/writer.h"
#include "engine/engine.h"
#include "engine/evidence.h"
#include "model/observation.h"
#include "report/report.h"

#include <signal.h>

struct run_moment {
    bool given;
    bool absolute; /* counts from 1970, not from the first frame */
    int64_t time;  /* ns */
};

/* How things stand while interfaces are watched. */
struct live_state {
    int64_t running; /* ns */
    uint64_t frames;
    uint64_t dropped;      /* frames, by the kernel and the interfaces */
    int64_t longest_pause; /* ns between two readings of the interfaces, spent on frames or kept waiting for the CPU */
    struct engine_open open;
    const struct report_summary *summary; /* of what has ended */
};

struct live_run {
    struct live *live;     /* borrowed */
    uint64_t count;        /* end after so many frames; 0: do not */
    int64_t duration;      /* end after so long, ns; 0: do not */
    struct writer *writer; /* gets every frame; borrowed; NULL: none */
    const char *writer_name;
    FILE *file; /* of the writer */
    /* Called a few times a second, with the context of the run. False: end. */
    bool (*tick)(void *context, const struct live_state *state);
};

/* A run over savefiles: reads them as one capture, one after the other or by time, and writes one report. */
struct run_settings {
    const char *const *files; /* "-" is standard input */
    size_t file_count;
    bool merge;           /* the frames of all files in the order of their times */
    unsigned analysers;   /* threads that analyse: see engine_settings */
    const char *filter;   /* NULL: all frames; see capture_filter_is_valid */
    uint64_t frame_limit; /* read no further than so many frames that the filter chooses; 0: to the end */
    const struct report_settings *report; /* thresholds and tunnels in it are those of the run */

    const struct live_run *live; /* watch interfaces instead of files; NULL: do not */
    struct run_moment end;       /* the captures went on until then, if their frames did not last longer */
    bool steps;                  /* the report tells of the steps of both sides as they happen, if its format can */
    bool prompt;                 /* what is reported is written at once, not when there is enough of it */

    struct evidence *evidence; /* saves the frames of connections; NULL: none are */
    const char *evidence_name; /* of where they are saved */

    const volatile sig_atomic_t *stop; /* once it is not 0, reading ends and the report is finished; NULL: never */

    struct report_summary *summary; /* filled when the report has been written; NULL: not wanted */
    uint64_t *untold; /* filled when the output has failed: connections not told of, or in part; NULL: not wanted */

    void *context; /* of the functions */
    /* Something could not be read: a sentence that names it, for a person. */
    void (*complain)(void *context, const char *sentence);
    /* Now and then: octets (about) and frames read so far. May be NULL. */
    void (*progress)(void *context, uint64_t octets, uint64_t frames);
    /* As applied and joined in engine.h; false: memory is out. May be NULL, both or neither. */
    bool (*applied)(void *context, const struct observation *observation);
    void (*joined)(void *context, uint64_t connection, uint64_t other);
};

enum run_result {
    RUN_DONE,
    RUN_INCOMPLETE,    /* something could not be read (complain was called); the report holds all the rest */
    RUN_STOPPED,       /* *stop ended the reading; the report holds what had been read */
    RUN_OUTPUT_FAILED, /* see output_error */
    RUN_NO_MEMORY,     /* the report is cut off */
};

/* Reads all captures, analyses them and writes the report; the output stays the caller's, to be closed. The settings
 * are read only, but for summary and untold, which are filled. */
enum run_result run_files(const struct run_settings *settings, struct output *output);

#endif
