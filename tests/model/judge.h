/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_JUDGE_H
#define TESTS_MODEL_JUDGE_H

#include "model/model.h"
#include "world.h"

/* Holds what finwait says of an observation against the true paths of every execution that looks like it. */

enum violation {
    VIOLATION_CERTAIN_FALSE, /* certain or confirmed, and not so in some execution */
    VIOLATION_REFUTED_TRUE,  /* refuted, and so in some execution */
    VIOLATION_LEFT_STANDING, /* so in no execution, and not refuted */
    VIOLATION_ILLEGAL_EDGE,
    VIOLATION_BROKEN_PATH, /* a step does not begin where the one before it ended */
    VIOLATION_CONNECTIONS, /* finwait made more or less than one connection of it */
    VIOLATIONS
};
extern const char *const violation_names[VIOLATIONS];

/* Steps that are so in no execution and that the observation alone does not refute: judge.c argues each. */
enum unknowable { UNKNOWABLE_SOON, UNKNOWABLE_CROSSED, UNKNOWABLES };
extern const char *const unknowable_names[UNKNOWABLES];

enum { FRAMES_MAX = 48, STEPS_MAX = 24, WITNESSES_MAX = 96 };

/* What finwait says of one side. */
struct account {
    uint8_t count;
    struct step step[STEPS_MAX];
};

/* The smallest example of one kind of violation. Holds no pointers: processes hand it on through shared memory. */
struct witness {
    uint8_t violation;
    uint8_t side;
    uint8_t step; /* index in the account; meaningless for some kinds */
    bool midway;  /* judged when the capture ended in the middle of the execution */
    uint8_t faults;
    uint8_t frames;
    uint16_t beginning;
    uint64_t times; /* how often this kind was met */
    struct account account[PEERS];
    struct peer truth[PEERS];
    struct sighting seen[FRAMES_MAX];
};

struct totals {
    uint64_t executions;   /* judged; those with the same future had been merged */
    uint64_t observations; /* distinct, of whole executions */
    uint64_t distinct;     /* distinct (observation, both paths of states) */
    uint64_t midway;       /* observations judged while the execution went on */
    uint64_t violations[VIOLATIONS];
    uint64_t true_steps;              /* true in every execution of their observation */
    uint64_t presumed;                /* of these: not settled */
    uint64_t unseen;                  /* edges of every execution of an observation that finwait does not show */
    uint64_t doubtful;                /* left standing within the bound, but so in an execution beyond it */
    uint64_t undecided;               /* left standing within the bound, and too much to explore beyond it */
    uint64_t unknowable[UNKNOWABLES]; /* left standing, and not for the observer to tell */
    bool out_of_time;
    bool out_of_room;
    uint8_t witnesses;
    struct witness witness[WITNESSES_MAX];
};

struct judge;                           /* finwait's model, and where it reports to */
struct judge *judge_new(uint64_t seed); /* the initial sequence numbers come from the seed */
void judge_free(struct judge *judge);

/* One group: worlds that have shown exactly this. midway: their executions go on, and the capture ends here. */
struct group {
    const struct sighting *seen;
    uint8_t frames;
    bool midway;
    const struct world *const *worlds;
    size_t count;
    uint8_t faults_allowed;
};

/* Whether an explanation beyond the bound has that step; asked before VIOLATION_LEFT_STANDING is pronounced. */
enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };
struct appeal {
    enum answer (*has_step)(void *context, const struct group *group, unsigned side, const struct step *step);
    void *context;
};
void judge_group(struct judge *judge, const struct group *group, const struct appeal *appeal, struct totals *totals);

/* Whether this step happened there, at a time that fits the frame to which it is attributed. */
bool step_is_true(const struct peer *peer, const struct step *step);

/* Whether it has happened, or may yet after so many frames. */
bool step_may_become_true(const struct peer *peer, uint8_t frames, const struct step *step);

void totals_add(struct totals *sum, const struct totals *part);

#endif
