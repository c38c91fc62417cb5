/* SPDX-License-Identifier: BSD-3-Clause */
#include "appeal.h"

#include "beginnings.h"
#include "belief.h"

#include <stdlib.h>

/* Each search is as wide as its row: the plainest explanation is found soonest, and the last row is all there is. */
static const struct width {
    uint8_t more_faults; /* than the observation needs */
    uint8_t deeds;       /* of both applications together */
} widths[] = {{0, 2}, {0, 4}, {1, 3}, {2, 4}, {2, 255}};
enum { WIDTHS = sizeof widths / sizeof widths[0], MORE_FAULTS = 2 };

/* What is looked for: a world in which that side has the step, or one with the same states on both sides. */
struct goal {
    unsigned side;
    const struct step *step;  /* NULL: the other */
    const struct world *like; /* NULL: the one */
};

/* Of every kind of fault as many as the run allows and some more, of all together so many. */
static struct budget richer(const struct budget *budget, uint8_t total, uint8_t deeds) {
    struct budget rich = *budget;
    rich.total = total;
    rich.deeds = deeds;
    for (int side = 0; side < PEERS; side++) {
        for (int fault = 0; fault < FAULTS; fault++) {
            rich.left[side][fault] = (uint8_t)(rich.left[side][fault] + MORE_FAULTS);
        }
    }
    return rich;
}

static uint8_t faults_of(const struct group *group, const struct world *world) {
    return (uint8_t)(group->faults_allowed - world->budget.total);
}

/* The world that took the fewest faults. */
static const struct world *simplest_of(const struct group *group) {
    const struct world *simplest = group->worlds[0];
    for (size_t i = 1; i < group->count; i++) {
        if (faults_of(group, group->worlds[i]) < faults_of(group, simplest)) {
            simplest = group->worlds[i];
        }
    }
    return simplest;
}

static bool begins_like(const struct peer *peer, const struct peer *like) {
    bool same = peer->truths <= like->truths;
    for (uint8_t i = 0; same && i < peer->truths; i++) {
        same = peer->truth[i].to == like->truth[i].to;
    }
    return same;
}

static bool may_lead_there(const void *context, const struct world *world) {
    const struct goal *goal = context;
    if (goal->step != NULL) {
        return step_may_become_true(&world->peer[goal->side], world->frames, goal->step);
    }
    return begins_like(&world->peer[SIDE_A], &goal->like->peer[SIDE_A]) &&
           begins_like(&world->peer[SIDE_B], &goal->like->peer[SIDE_B]);
}

static bool is_there(const struct goal *goal, const struct world *world) {
    if (goal->step != NULL) {
        return step_is_true(&world->peer[goal->side], goal->step);
    }
    return may_lead_there(goal, world) && world->peer[SIDE_A].truths == goal->like->peer[SIDE_A].truths &&
           world->peer[SIDE_B].truths == goal->like->peer[SIDE_B].truths;
}

/* Takes the belief over. */
static enum answer follow(struct explainer *explainer, const struct group *group, const struct goal *goal,
                          const struct beginning *beginnings, struct belief *belief) {
    struct search search = {group->seen, group->frames, may_lead_there, goal};
    for (unsigned frame = 0; belief->count > 0; frame++) {
        struct futures futures;
        bool ok = belief->count <= explainer->effort;
        explainer->effort -= ok ? belief->count : explainer->effort;
        ok = ok && belief_continue(belief, beginnings, &explainer->run->channel, &search, &futures);
        belief_free(belief);
        if (!ok) {
            return ANSWER_UNKNOWN;
        }
        enum answer answer = ANSWER_NO;
        for (size_t i = 0; frame == group->frames && i < futures.count && answer == ANSWER_NO; i++) {
            answer = is_there(goal, &futures.sorted[i]->world) ? ANSWER_YES : ANSWER_NO;
        }
        ok = frame == group->frames || belief_after(belief, &futures, 0, futures.count);
        futures_free(&futures);
        if (!ok || frame == group->frames) {
            return ok ? answer : ANSWER_UNKNOWN;
        }
    }
    belief_free(belief);
    return ANSWER_NO;
}

/* One beginning after the other, so that what is open at once stays little. */
static enum answer search_for(struct explainer *explainer, const struct group *group, const struct goal *goal,
                              struct width width) {
    uint8_t faults = (uint8_t)(faults_of(group, simplest_of(group)) + width.more_faults);
    struct budget budget = richer(explainer->budget, faults, width.deeds);
    uint16_t count;
    struct beginning *beginnings =
        beginnings_free(&explainer->run->variety, &explainer->run->channel, group->seen, group->frames, &count);
    enum answer answer = beginnings == NULL ? ANSWER_UNKNOWN : ANSWER_NO;
    for (uint16_t i = 0; beginnings != NULL && i < count && answer != ANSWER_YES; i++) {
        struct belief belief;
        enum answer one = ANSWER_UNKNOWN;
        if (belief_begin(&belief, &beginnings[i], 1, &budget)) {
            one = follow(explainer, group, goal, &beginnings[i], &belief);
        }
        answer = one == ANSWER_NO ? answer : one;
    }
    free(beginnings);
    return answer;
}

enum answer explain(struct explainer *explainer, const struct group *group, unsigned side, const struct step *step) {
    struct goal goal = {.side = side, .step = step};
    enum answer answer = ANSWER_UNKNOWN;
    for (unsigned i = 0; i < WIDTHS && answer != ANSWER_YES; i++) {
        answer = search_for(explainer, group, &goal, widths[i]);
    }
    if (answer != ANSWER_NO) {
        return answer;
    }
    struct goal itself = {.like = simplest_of(group)};
    for (unsigned i = 0; i < WIDTHS; i++) {
        if (search_for(explainer, group, &itself, widths[i]) == ANSWER_YES) {
            return ANSWER_NO;
        }
    }
    return ANSWER_UNKNOWN;
}
