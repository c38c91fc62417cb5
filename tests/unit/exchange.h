/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_UNIT_EXCHANGE_H
#define FINWAIT_TESTS_UNIT_EXCHANGE_H

#include "config.h"

#include "model/model.h"
#include "rules/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* One connection, told segment by segment to a model, and what that says of the latest. */

#define SECOND      INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)
#define TICK        INT64_C(10000000) /* timers of a stack may be early by as much */

enum { ISN_CLIENT = 0xfffffff0, ISN_SERVER = 5000, WINDOW = 4000 };

/* Whoever asks for every segment has them all go the long way through the model: ordinary ones have a shorter one. */
extern bool long_way;

struct fixture {
    struct model *model;
    uint64_t frame;
    int64_t time;
    struct observation last;     /* of the latest segment; nothing of it points anywhere */
    struct snapshot client;      /* after an ICMP error too */
    struct rules *rules;         /* NULL: nobody asks them */
    uint8_t raised[ANOMALIES];   /* how often each was, by all connections that have ended */
    uint8_t severity[ANOMALIES]; /* of the latest */
    uint32_t count[ANOMALIES];   /* how often the latest of them counts */
};

void begin(struct fixture *fixture, enum profile profile);
void end(struct fixture *fixture);

/* The same with the rules; finish ends what is held so long after the latest segment. */
void begin_with_rules(struct fixture *fixture, enum profile profile);
void finish(struct fixture *fixture, int64_t after);

/* A segment of a side; numbers are relative. */
struct segment of(struct fixture *fixture, enum side side, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t length);

/* Applies it so long after the one before. */
void take(struct fixture *fixture, int64_t after, struct segment *segment);

/* Both, after 10 ms or so long. */
void say(struct fixture *fixture, enum side side, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t length);
void say_after(struct fixture *fixture, int64_t after, enum side side, uint16_t flags, uint32_t seq, uint32_t ack,
               uint32_t length);

/* Has an ICMP error quote the segment, a millisecond later. */
void report_error(struct fixture *fixture, const struct segment *quoted, uint8_t type, uint8_t code);

/* Whether the model says any of these of the latest. */
bool is_fact(const struct fixture *fixture, uint32_t facts);
bool is_more(const struct fixture *fixture, uint64_t more);

/* After the latest segment. */
enum tcp_state state_of(const struct fixture *fixture, enum side side);

/* Open, and 100 octets of the client have been acknowledged. Each side takes 10 ms to answer. */
void open_connection(struct fixture *fixture);
void shake_hands(struct fixture *fixture); /* of a fixture that has begun */

#endif
