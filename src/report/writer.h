/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_WRITER_H
#define FINWAIT_REPORT_WRITER_H

#include "report/likeness.h"
#include "report/phrases.h"
#include "report/report.h"

/* What a format is to report.c. A new one is a row in its table and a file with these functions. All return false when
 * memory is out. */
struct report_writer {
    const char *name; /* as with --format */
    bool (*begin)(struct report *report);
    bool (*connection)(struct report *report, const struct connection *connection, const struct verdict *verdict);
    bool (*capture)(struct report *report, const struct capture_info *capture);
    bool (*finding)(struct report *report, const struct report_finding *finding);
    bool (*end)(struct report *report);
    void (*free)(struct report *report); /* also after a begin that failed */
    /* What happens before a connection ends. Left out: the format does not tell. */
    bool (*event)(struct report *report, const struct report_event *event);
    /* A connection whose outcome is all that is known of it: false, with nothing counted, if more is needed. Left out:
     * it always is. */
    bool (*alike)(struct report *report, const struct outcome *outcome, uint64_t id);
};

struct report {
    const struct report_writer *writer;
    struct report_settings settings;
    const struct encapsulations *encapsulations; /* borrowed; NULL: none */
    struct output *output;                       /* borrowed */
    struct report_summary summary;
    int64_t origin;            /* ns since 1970, of the first frame of the first capture */
    struct census *census;     /* owned; NULL: none is wanted */
    struct likeness *likeness; /* owned; NULL: the format needs all of each connection */
    struct phrases *phrases;   /* of JSON; owned by report.c; NULL: none are kept */
    uint64_t awaited;          /* id of a connection of this kind, which comes next */
    struct ordinary_kind awaited_kind;
    bool brief;  /* of a CONNECTION leave out what follows from the rest: community_id and first_frame */
    void *state; /* owned by the writer */
};

extern const struct report_writer text_writer;
extern const struct report_writer lines_writer; /* text too: see report_settings.lines */
extern const struct report_writer json_writer;
extern const struct report_writer html_writer;
extern const struct report_writer svg_writer;
extern const struct report_writer dot_writer;
extern const struct report_writer mermaid_writer;
extern const struct report_writer ndjson_writer;

/* The encapsulation behind an index of a connection; count 0 where there is none. Borrowed. */
const struct encapsulation *report_encapsulation(const struct report *report, uint32_t index);

/* What a finding of the capture says. */
static inline const char *report_sentence(const struct report_finding *finding) {
    return finding->message != NULL ? finding->message : anomaly_row(finding->id)->title;
}

/* "certain", "presumed" or "assumed": of a side or a verdict, where what was confirmed is certain. */
const char *overall_certainty_name(enum certainty certainty);

#endif
