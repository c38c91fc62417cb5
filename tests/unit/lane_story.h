/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_UNIT_LANE_STORY_H
#define FINWAIT_TESTS_UNIT_LANE_STORY_H

#include "config.h"

#include "decode/checksum.h"
#include "model/kept.h"
#include "model/model.h"
#include "model/watch_event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A story of one ordinary connection, or nearly, told to a model with the lane and to one without it: after each
 * segment both hold the same connections in the same states until the same time, and at the end they have seen the
 * same. */

#define SECOND      INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)

enum { ISN_CLIENT = 1000, ISN_SERVER = 9000, SEEN_MOST = 400, STORY_MOST = 320, OCTETS = 1600 };
enum {
    SYN,
    SYN_ACK,
    HANDSHAKE_ACK,
    ASK,
    ASK_ACK,
    ANSWER,
    ANSWER_ACK,
    FIRST_FIN,
    FIN_ACK,
    SECOND_FIN,
    LAST_ACK,
    ORDINARY
};

/* Beyond what is kept of a payload, so that a sum has to do for the rest. */
extern uint8_t payload[OCTETS];

struct story {
    struct segment segments[STORY_MOST];
    unsigned count;
    int64_t end;  /* ns after the last segment; below 0: before it */
    int64_t idle; /* ns: how long a connection that is open may be; 0: the default */
    enum profile profile;
};

struct witness {
    struct model *model;
    struct story *story;
    uint64_t seen[SEEN_MOST]; /* a digest each of what was observed, and of connections that ended */
    unsigned count;
    unsigned ended;
    unsigned alike;
    bool enough; /* nobody needs more of a connection than its kind */
    int64_t end_time;
    uint64_t octets;
    struct ordinary_kind kind;
    struct watch_queue queue; /* of one event: */
    struct watch_event event;
    char passed[400]; /* what is told across connections, in words */
};

/* Adds a segment 10 ms later; numbers are relative. */
struct segment *say(struct story *story, enum side side, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t length);

/* The client asks in 300 octets, the server answers with 500; then the client closes and the server follows. */
void ordinary(struct story *story);

/* Tells the story to both; what the one with the lane saw is the outcome, whose model is the caller's to free. Both
 * have seen the same, as long as the kind of a connection is not enough. */
struct witness tell(struct story *story, bool enough);

/* A group's set-up: octets that differ from their neighbours, so that one taken for another is seen. */
int fill_payload(void **state);

/* The segment's checksum is of that kind, and odd accordingly. */
void set_checksum(struct segment *segment, enum checksum_status checksum);

/* Both sides offer timestamps and send them, those of the client past their wrap. */
void add_timestamps(struct story *story);

enum outcome { LEFT, ORDINARY_WITHOUT_KIND, OF_A_KIND };
enum outcome outcome_of(struct story *story);

/* The segment and all behind it come later by so much. */
void delay(struct story *story, unsigned from, int64_t by);

#endif
