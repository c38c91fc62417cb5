/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/news.h"

#include "rules/findings.h"

#include <stdlib.h>
#include <string.h>

/* The steps of a connection that were told, side by side. */
struct told {
    uint64_t connection; /* id; 0: a free place */
    size_t count[SIDES];
    struct step *steps; /* owned: those of the client, then those of the server */
};

/* Open addressing, with room for a power of two. */
struct news {
    struct report *report;
    bool steps;
    struct told *table;
    size_t room;
    size_t count;
};

enum { FIRST_ROOM = 64 };

struct news *news_new(struct report *report, bool steps) {
    struct news *news = calloc(1, sizeof *news);

    if (news == NULL)
        return NULL;
    news->report = report;
    news->steps = steps;
    news->room = FIRST_ROOM;
    news->table = calloc(news->room, sizeof *news->table);
    if (news->table == NULL) {
        free(news);
        return NULL;
    }
    return news;
}

void news_free(struct news *news) {
    if (news == NULL)
        return;
    for (size_t i = 0; i < news->room; i++)
        free(news->table[i].steps);
    free(news->table);
    free(news);
}

/* --- findings --- */

/* What took the place of a finding: raised by the same frame, of the same side, and not told yet. */
static enum anomaly_id successor(const struct findings *findings, const struct finding *withdrawn, uint64_t frame) {
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        if (!finding->withdrawn && !finding->told && finding->last_frame == frame && finding->side == withdrawn->side)
            return (enum anomaly_id)finding->id;
    }
    return ANOMALIES;
}

static bool tell_withdrawn(const struct news *news, const struct connection *connection, struct finding *finding,
                           uint64_t frame, int64_t time, enum anomaly_id replaced_by) {
    const struct report_event event = {.kind = REPORT_WITHDRAWN,
                                       .connection = connection,
                                       .frame = frame,
                                       .time = time,
                                       .finding = finding,
                                       .replaced_by = replaced_by};

    finding->told_withdrawn = true;
    return report_event(news->report, &event);
}

static bool tell_findings(const struct news *news, const struct connection *connection, uint64_t frame, int64_t time,
                          bool at_end) {
    const struct findings *findings = connection->findings;
    bool good = true;

    for (uint32_t i = 0; findings != NULL && i < findings->count && good; i++) {
        struct finding *finding = &findings->items[i];

        if (finding->withdrawn && finding->told && !finding->told_withdrawn)
            good = tell_withdrawn(news, connection, finding, frame, time, successor(findings, finding, frame));
    }
    for (uint32_t i = 0; findings != NULL && i < findings->count && good; i++) {
        struct finding *finding = &findings->items[i];
        const struct report_event event = {.kind = REPORT_RAISED,
                                           .connection = connection,
                                           .frame = frame,
                                           .time = time,
                                           .finding = finding,
                                           .final = at_end || !finding->provisional};

        if (finding->withdrawn || finding->told)
            continue;
        finding->told = true;
        good = report_event(news->report, &event);
    }
    return good;
}

/* --- steps --- */

/* Numbers of frames are spread well enough by a multiplication. */
static size_t place_of(const struct news *news, uint64_t connection) {
    return (size_t)(connection * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (news->room - 1);
}

static struct told *find(const struct news *news, uint64_t connection) {
    size_t at = place_of(news, connection);

    while (news->table[at].connection != 0 && news->table[at].connection != connection)
        at = (at + 1) & (news->room - 1);
    return &news->table[at];
}

static bool grow(struct news *news) {
    struct news larger = {.room = 2 * news->room};

    larger.table = calloc(larger.room, sizeof *larger.table);
    if (larger.table == NULL)
        return false;
    for (size_t i = 0; i < news->room; i++)
        if (news->table[i].connection != 0)
            *find(&larger, news->table[i].connection) = news->table[i];
    free(news->table);
    news->table = larger.table;
    news->room = larger.room;
    return true;
}

/* NULL: memory is out. */
static struct told *find_or_add(struct news *news, uint64_t connection) {
    struct told *told = find(news, connection);

    if (told->connection != 0)
        return told;
    if (2 * (news->count + 1) > news->room) {
        if (!grow(news))
            return NULL;
        told = find(news, connection);
    }
    news->count++;
    told->connection = connection;
    return told;
}

/* Takes one out; those behind it that it stood in the way of move up. */
static void forget(struct news *news, uint64_t connection) {
    struct told *told = find(news, connection);
    size_t hole = (size_t)(told - news->table), mask = news->room - 1;

    if (told->connection == 0)
        return;
    free(told->steps);
    news->count--;
    for (size_t at = (hole + 1) & mask; news->table[at].connection != 0; at = (at + 1) & mask) {
        size_t wanted = place_of(news, news->table[at].connection);

        if (((at - wanted) & mask) >= ((at - hole) & mask)) {
            news->table[hole] = news->table[at];
            hole = at;
        }
    }
    news->table[hole] = (struct told){0};
}

static bool is_same(const struct step *one, const struct step *other) {
    return one->frame == other->frame && one->from == other->from && one->to == other->to &&
           one->event == other->event && one->cause == other->cause;
}

static bool is_settled(const struct step *step) {
    return step->certainty == CERTAINTY_CONFIRMED || step->certainty == CERTAINTY_REFUTED;
}

static const struct step *find_step(const struct step *steps, size_t count, const struct step *wanted) {
    for (size_t i = 0; i < count; i++)
        if (is_same(&steps[i], wanted))
            return &steps[i];
    return NULL;
}

/* How long the side was in the state that a step leaves: since the step before that is not refuted. */
static int64_t time_in_state(const struct step *steps, size_t index) {
    for (size_t i = index; i-- > 0;)
        if (steps[i].certainty != CERTAINTY_REFUTED)
            return steps[index].time - steps[i].time;
    return -1;
}

/* Tells of the steps that differ from those told before. */
static bool tell_side(const struct news *news, const struct report_event *event, const struct step *steps, size_t count,
                      const struct step *before, size_t before_count) {
    struct report_event told = *event;
    bool good = true;

    for (size_t i = 0; i < count && good; i++) {
        const struct step *known = find_step(before, before_count, &steps[i]);

        told.step = &steps[i];
        told.spent = time_in_state(steps, i);
        told.kind = REPORT_TRANSITION;
        if (known == NULL)
            good = report_event(news->report, &told);
        told.kind = REPORT_SETTLED;
        if (known != NULL && is_settled(&steps[i]) && steps[i].certainty != known->certainty)
            good = report_event(news->report, &told);
    }
    return good;
}

static bool tell_steps(struct news *news, const struct connection *connection, uint64_t frame, int64_t time) {
    struct step steps[SIDES * PATH_STEPS_MAX];
    struct told *told = find_or_add(news, connection->id);
    size_t count[SIDES], before = 0, all = 0;
    bool good = told != NULL;

    for (int side = 0; side < SIDES && good; side++) {
        const struct report_event event = {
            .connection = connection, .frame = frame, .time = time, .side = (enum side)side};

        count[side] = path_steps(&connection->side[side].path, steps + all);
        good = tell_side(news, &event, steps + all, count[side], told->steps + before, told->count[side]);
        before += told->count[side];
        all += count[side];
    }
    if (!good)
        return false;
    struct step *kept = realloc(told->steps, (all + 1) * sizeof *kept);
    if (kept == NULL)
        return false;
    memcpy(kept, steps, all * sizeof *kept);
    told->steps = kept;
    memcpy(told->count, count, sizeof count);
    return true;
}

bool news_applied(struct news *news, const struct observation *observation) {
    return !news->steps || tell_steps(news, observation->connection, observation->frame, observation->time);
}

/* An ICMP error moves states too, and is not applied. */
bool news_observed(struct news *news, const struct observation *observation) {
    bool good = !news->steps || observation->segment != NULL ||
                tell_steps(news, observation->connection, observation->frame, observation->time);

    return good && tell_findings(news, observation->connection, observation->frame, observation->time, false);
}

/* --- the end --- */

bool news_ended(struct news *news, const struct connection *connection) {
    bool good =
        !news->steps || tell_steps(news, connection, connection->end == END_REPLACED ? connection->last_frame : 0,
                                   connection->end_time);

    good = good && tell_findings(news, connection, connection->last_frame, connection->end_time, true);
    forget(news, connection->id);
    return good;
}

bool news_dropped(struct news *news, const struct connection *connection) {
    struct findings *findings = connection->findings;
    bool good = true;

    for (uint32_t i = 0; findings != NULL && i < findings->count && good; i++) {
        struct finding *finding = &findings->items[i];

        if (finding->told && !finding->told_withdrawn)
            good = tell_withdrawn(news, connection, finding, connection->last_frame, connection->last_time, ANOMALIES);
    }
    forget(news, connection->id);
    return good;
}
