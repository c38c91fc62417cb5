/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_FINDINGS_H
#define FINWAIT_RULES_FINDINGS_H

#include "model/observation.h"
#include "rules/catalogue.h"

enum { FINDING_FRAMES = 16, FINDING_FIRST_FRAMES = 12, FINDING_IDS = (ANOMALIES + 63) / 64 };

struct said; /* said.h */

/* The numbers of a segment, as expected or as seen; raw and relative to the ISNs. */
struct numbers {
    bool has_seq;
    bool has_ack;
    uint32_t seq;
    uint32_t ack;
    int64_t relative_seq;
    int64_t relative_ack;
};

/* One anomaly of one connection: report-format.md, ANOMALY. */
struct finding {
    uint8_t id;          /* enum anomaly_id */
    uint8_t severity;    /* enum severity, of this case */
    uint8_t side;        /* enum side: whose doing it is */
    uint8_t certainty;   /* CERTAINTY_CERTAIN or CERTAINTY_PRESUMED */
    uint8_t location;    /* enum location */
    bool withdrawn;      /* provisional, and refuted later: not reported */
    bool provisional;    /* may still be withdrawn or replaced */
    bool absence;        /* raised at the end since something did not come */
    bool told;           /* the reader knows of it, */
    bool told_withdrawn; /* and that it is withdrawn; both are the reader's to set */
    bool keeps_message;  /* counted up last by what the other side did, or where each event has a finding of its own
                            until there are too many: message and numbers are still those of frame */
    bool frames_omitted; /* there is more evidence than frames[] has room for */
    bool lowered;        /* one level below its own severity: it may be the capture's fault */
    uint8_t frame_count; /* of frames[] */
    uint32_t count;      /* how often; exact */
    uint64_t frame;      /* where it was raised first */
    uint64_t last_frame;
    int64_t time;                    /* ns since 1970, of frame */
    int64_t last_time;               /* of last_frame */
    uint64_t frames[FINDING_FRAMES]; /* evidence in frame order: the first 12 and the last 4 */
    struct snapshot states[SIDES];   /* before frame */
    struct numbers expected;
    struct numbers seen;
    struct said *said; /* owned; NULL where what it says is known without: see finding_sentence */
};

/* All findings of a connection, in the order in which they were raised. Owned by the rules; freed by findings_free. */
struct findings {
    struct finding *items; /* of the same allocation */
    uint8_t *ids;          /* likewise: of each */
    uint32_t count;
    uint32_t capacity;
    uint32_t charged;             /* as many are charged for: the room that those take which are not withdrawn */
    uint64_t raised[FINDING_IDS]; /* a bit set of enum anomaly_id: of others there is none */
};
void findings_free(struct findings *findings);

/* Findings of a connection that are reported (not withdrawn), and the highest severity among them (-1: none). */
uint32_t findings_reported(const struct findings *findings);
int findings_worst(const struct findings *findings);

/* What a finding of this connection says, in one sentence with the numbers of the case, to be asked for when the
 * connection is over. Borrowed: from the catalogue or the buffer. */
enum { FINDING_SENTENCE = 512 };
const char *finding_sentence(const struct connection *connection, const struct finding *finding,
                             char buffer[FINDING_SENTENCE]);

#endif
