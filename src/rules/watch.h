/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_WATCH_H
#define FINWAIT_RULES_WATCH_H

#include "model/watch_event.h"
#include "rules/rules.h"

/* Rules across connections. The rules of a connection tell what matters beyond it as events; a watch takes the events
 * of all connections in the order of the frames that caused them, whoever found them, and comes to findings of the
 * capture (report-format.md, FINDING). Its memory is bounded: of addresses beyond WATCH_SUBJECTS the one that was
 * silent longest is forgotten, and of findings beyond WATCH_FINDINGS of one id only the number is known. */
enum { WATCH_SUBJECTS = 16384, WATCH_FINDINGS = 256 };

enum { CAPTURE_FINDING_IDS = 16, CAPTURE_FINDING_TEXT = 256 };

struct capture_evidence {
    uint8_t frame_count;
    uint8_t connections_listed;
    uint64_t frames[FINDING_FRAMES]; /* the first 12 and the last 4 */
    uint64_t connections[CAPTURE_FINDING_IDS];
};

/* Plain value. */
struct capture_finding {
    uint8_t id;        /* enum anomaly_id */
    uint8_t certainty; /* enum certainty */
    uint8_t location;  /* enum location */
    bool has_address;
    struct address address;
    uint16_t port; /* 0: none */
    uint32_t count;
    uint64_t frame; /* where it was raised */
    uint64_t last_frame;
    int64_t time; /* of frame */
    struct capture_evidence evidence;
    uint64_t connection_count;
    char message[CAPTURE_FINDING_TEXT];
};

struct watch;

/* key: a secret, against captures made to collide. NULL when memory is out. */
struct watch *watch_new(const struct rule_settings *settings, const uint64_t key[2]);
void watch_free(struct watch *watch); /* may be NULL */

/* The one that leads to this watch, as long as that is there. A failure to put an event down may be about one before.
 */
struct watch_queue *watch_queue(struct watch *watch);

/* The same for an event that stands elsewhere, and for frames that were dropped, which takes no memory. event: borrowed
 * during the call. */
bool watch_take(struct watch *watch, const struct watch_event *event);

/* Everything has been taken: hands out the findings, by frame, id, address and port. False: the callee said stop, or
 * memory is out. */
bool watch_finish(struct watch *watch, bool (*found)(void *context, const struct capture_finding *finding),
                  void *context);

#endif
