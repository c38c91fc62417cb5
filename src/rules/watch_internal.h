/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_WATCH_INTERNAL_H
#define FINWAIT_RULES_WATCH_INTERNAL_H

#include "base/slab.h"
#include "rules/rule.h"
#include "rules/subjects.h"
#include "rules/watch.h"

/* Shared between the files that watch_take calls. */

enum { WATCH_WAITING = 32 };

struct watch {
    struct rule_settings settings;
    struct watch_queue queue;
    struct watch_event waiting[WATCH_WAITING]; /* what it leads to: not taken yet */
    struct subjects *targets;                  /* addresses and ports that SYNs go to: watch_flood.c */
    struct subjects *scanners;                 /* addresses that attempts come from: watch_scan.c */
    struct subjects *holders;                  /* addresses with sides in CLOSE_WAIT or TIME_WAIT: watch_pile.c */
    struct slab *piles;                        /* of these */
    struct subjects *tables[WATCH_KINDS]; /* in which of them an event is looked up; NULL: it is about no address */
    struct capture_finding *findings;
    size_t count;
    size_t capacity;
    uint32_t of_id[ANOMALIES]; /* findings of an id, those without a place included */

    /* capture-drop */
    uint64_t octets;
    uint64_t missing;
    uint64_t dropped; /* frames, as the captures say themselves */
    bool one_lacks_much;
    struct capture_finding lacking; /* what there is to say of it so far */

    int64_t farthest_back; /* ns, of a step of the clock: capture-timestamp-backward */
};

/* Places that findings stand at are found again by number: the array moves. Number 0 is no finding yet, WATCH_NO_PLACE
 * one that is only counted, since there are too many of its id already: NULL for both. */
#define WATCH_NO_PLACE SIZE_MAX
struct capture_finding *watch_finding(struct watch *watch, size_t number);

/* A new finding of that id with address and port, raised by the event; *number is where it stands, or WATCH_NO_PLACE.
 * False when memory is out. */
bool watch_raise(struct watch *watch, enum anomaly_id id, const struct subject *about, const struct watch_event *event,
                 size_t *number);

/* Adds a frame, once and in order, or a connection; 0 is ignored. */
void evidence_add_frame(struct capture_evidence *evidence, uint64_t frame);
void evidence_add_connection(struct capture_evidence *evidence, uint64_t connection);
void capture_finding_say(struct capture_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each of the following takes an event about the address whose hash it is; false when memory is out. The hints before
 * that, with the record that subjects_approach returned, fetch what else will be looked at. */

/* watch_flood.c */
struct subjects *flood_targets_new(struct watch *watch, const uint64_t key[2]);
bool flood_take(struct watch *watch, uint64_t hash, const struct watch_event *event);
void flood_approach(const struct subject *subject);

/* watch_scan.c */
struct subjects *scanners_new(struct watch *watch, const uint64_t key[2]);
bool scan_take(struct watch *watch, uint64_t hash, const struct watch_event *event);

/* watch_pile.c */
struct subjects *holders_new(struct watch *watch, const uint64_t key[2]);
void holders_free(struct watch *watch);
bool pile_take(struct watch *watch, uint64_t hash, const struct watch_event *event);
void pile_approach(const struct subject *subject, const struct watch_event *event);

#endif
