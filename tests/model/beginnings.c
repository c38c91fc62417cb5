/* SPDX-License-Identifier: BSD-3-Clause */
#include "beginnings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MILLISECOND = 1000, PAUSE = 200 * MILLISECOND, MOMENT = 3 * MILLISECOND, OPENS_AT = 10 * MILLISECOND };

/* Each is written once; where DATA stands the variety puts so many segments, or none. */
#define DATA 255
#define LISTENS                                                                                                        \
    { ACT_LISTEN, AT_ONCE, 0, 0 }
#define OPENS                                                                                                          \
    { ACT_OPEN, AT_ONCE, 0, OPENS_AT }
#define TALKS                                                                                                          \
    { ACT_SEND, WHEN_ESTABLISHED, DATA, 0 }

static const struct behaviour {
    const char *name;
    struct app_step step[PEERS][APP_STEPS];
} behaviours[] = {
    {"a-closes", {{OPENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}, {LISTENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, 0}}}},
    {"a-closes-b-later",
     {{OPENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}, {LISTENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, PAUSE}}}},
    {"b-closes", {{OPENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, 0}}, {LISTENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}}},
    {"b-closes-a-later",
     {{OPENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, MOMENT}}, {LISTENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}}},
    {"a-closes-at-once",
     {{OPENS, TALKS, {ACT_CLOSE, WHEN_ESTABLISHED, 0, 0}}, {LISTENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, 0}}}},
    {"b-closes-at-once",
     {{OPENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, 0}}, {LISTENS, TALKS, {ACT_CLOSE, WHEN_ESTABLISHED, 0, 0}}}},
    {"both-close",
     {{OPENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}, {LISTENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE - MOMENT}}}},
    {"half-close-b-talks",
     {{OPENS, {ACT_CLOSE, WHEN_ESTABLISHED, 0, PAUSE}},
      {LISTENS, {ACT_SEND, WHEN_FIN, DATA, MOMENT}, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}}},
    {"half-close-a-talks",
     {{OPENS, {ACT_SEND, WHEN_FIN, DATA, MOMENT}, {ACT_CLOSE, AT_ONCE, 0, MOMENT}},
      {LISTENS, {ACT_CLOSE, WHEN_ESTABLISHED, 0, PAUSE}}}},
    {"a-aborts", {{OPENS, TALKS, {ACT_ABORT, AT_ONCE, 0, PAUSE}}, {LISTENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, 0}}}},
    {"b-aborts", {{OPENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, 0}}, {LISTENS, TALKS, {ACT_ABORT, AT_ONCE, 0, PAUSE}}}},
    {"a-aborts-at-once",
     {{OPENS, TALKS, {ACT_ABORT, WHEN_ESTABLISHED, 0, MOMENT}}, {LISTENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}}},
    {"a-closes-then-aborts",
     {{OPENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}, {ACT_ABORT, AT_ONCE, 0, PAUSE}},
      {LISTENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, 2 * PAUSE}}}},
    {"a-closes-b-aborts",
     {{OPENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}, {LISTENS, TALKS, {ACT_ABORT, WHEN_FIN, 0, MOMENT}}}},
    {"a-closes-b-aborts-about-then",
     {{OPENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}, {LISTENS, TALKS, {ACT_ABORT, AT_ONCE, 0, PAUSE - MOMENT}}}},
    {"both-open-a-closes",
     {{OPENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}, {OPENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, 0}}}},
    {"both-open-both-close",
     {{OPENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}, {OPENS, TALKS, {ACT_CLOSE, AT_ONCE, 0, PAUSE}}}},
    {"both-open-b-aborts",
     {{OPENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, 0}}, {OPENS, TALKS, {ACT_ABORT, AT_ONCE, 0, PAUSE}}}},
    {"b-closes-before-established",
     {{OPENS, TALKS, {ACT_CLOSE, WHEN_FIN, 0, MOMENT}}, {LISTENS, {ACT_CLOSE, WHEN_SYN_RECEIVED, 0, 0}}}},
    {"refused", {{OPENS, TALKS}, {{ACT_NONE, 0, 0, 0}}}},
    {"half-open", {{OPENS, TALKS}, {LISTENS, TALKS, {ACT_ABORT, WHEN_DATA, 0, 0}}}},
};
enum { BEHAVIOURS = sizeof behaviours / sizeof behaviours[0] };

static const struct stack stacks[] = {
    {.reads_old_ack = true, .abort_with_ack = true},
    {.reads_old_ack = false, .abort_with_ack = false},
    {.reads_old_ack = true, .abort_with_ack = true, .delayed_ack = true, .coalesces = true},
};
enum { STACKS = sizeof stacks / sizeof stacks[0] };

static bool is_named(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *at = list; at != NULL && *at != '\0'; at = strchr(at, ','), at = at == NULL ? NULL : at + 1) {
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return list == NULL;
}

static bool talks(const struct app_step *steps) {
    for (int i = 0; i < APP_STEPS; i++) {
        if (steps[i].act == ACT_SEND) {
            return true;
        }
    }
    return false;
}

static void fill(struct app *app, uint8_t segments) {
    for (int i = 0; i < APP_STEPS; i++) {
        if (app->step[i].act == ACT_SEND) {
            app->step[i].segments = segments;
        }
    }
}

static void add(struct beginning *beginning, const struct behaviour *behaviour, const struct stack *stack, uint8_t a,
                uint8_t b) {
    *beginning = (struct beginning){.name = behaviour->name, .stack = {*stack, *stack}};
    memcpy(beginning->app[SIDE_A].step, behaviour->step[SIDE_A], sizeof behaviour->step[SIDE_A]);
    memcpy(beginning->app[SIDE_B].step, behaviour->step[SIDE_B], sizeof behaviour->step[SIDE_B]);
    fill(&beginning->app[SIDE_A], a);
    fill(&beginning->app[SIDE_B], b);
}

struct beginning *beginnings_make(const struct variety *variety, uint16_t *count) {
    size_t most = (size_t)BEHAVIOURS * STACKS * (variety->octets_a + 1u) * (variety->octets_b + 1u);
    struct beginning *beginnings = calloc(most, sizeof *beginnings);
    *count = 0;
    for (int i = 0; i < BEHAVIOURS && beginnings != NULL; i++) {
        const struct behaviour *behaviour = &behaviours[i];
        uint8_t most_a = talks(behaviour->step[SIDE_A]) ? variety->octets_a : 0;
        uint8_t most_b = talks(behaviour->step[SIDE_B]) ? variety->octets_b : 0;
        for (int k = 0; k < (variety->stacks ? STACKS : 1) && is_named(variety->only, behaviour->name); k++) {
            struct stack stack = stacks[k];
            stack.timestamps = variety->timestamps;
            for (uint8_t a = 0; a <= most_a; a++) {
                for (uint8_t b = 0; b <= most_b; b++) {
                    add(&beginnings[(*count)++], behaviour, &stack, a, b);
                }
            }
        }
    }
    return beginnings;
}

/* --- free applications ------------------------------------------------------------------------------------------- */

static void add_wake(struct app *app, int64_t at) {
    if (at <= OPENS_AT || at > UINT32_MAX || app->wakes == WAKES_MAX) {
        return;
    }
    uint32_t time = (uint32_t)at;
    uint8_t place = app->wakes;
    while (place > 0 && app->wake[place - 1] >= time) {
        if (app->wake[place - 1] == time) {
            return;
        }
        place--;
    }
    memmove(&app->wake[place + 1], &app->wake[place], (size_t)(app->wakes - place) * sizeof app->wake[0]);
    app->wake[place] = time;
    app->wakes++;
}

static void add_wakes_for(struct app *app, const struct channel *channel, unsigned side, const struct sighting *seen) {
    static const unsigned percents[] = {80, 90, 100, 110, 120};
    const int64_t timeouts[] = {0, RTO_US, 3 * (int64_t)RTO_US};
    if (seen->packet.sender != side || (seen->packet.flags & BIT_SYN) != 0) {
        return;
    }
    bool tells = seen->packet.length > 0 || (seen->packet.flags & (BIT_FIN | BIT_RST)) != 0;
    for (unsigned i = 0; tells && i < sizeof percents / sizeof percents[0]; i++) {
        for (unsigned k = 0; k < sizeof timeouts / sizeof timeouts[0]; k++) {
            add_wake(app, (int64_t)seen->at - channel->leg[side] / 100 * percents[i] - timeouts[k]);
        }
    }
}

static void set_free(struct app *app, const struct channel *channel, unsigned side, const struct sighting *seen,
                     uint8_t frames) {
    app->free = true;
    app->most = 1;
    for (uint8_t i = 0; i < frames; i++) {
        const struct packet *packet = &seen[i].packet;
        unsigned end = packet->seq + packet->length;
        if (packet->sender == side && !packet->raw_zero && end > app->most) {
            app->most = (uint16_t)end;
        }
        if (packet->sender != side && packet->ack > app->most) {
            app->most = packet->ack;
        }
        add_wakes_for(app, channel, side, &seen[i]);
        if (i + 1 < frames) { /* what it sends then is lost */
            add_wake(app, ((int64_t)seen[i].at + seen[i + 1].at) / 2);
        }
    }
}

struct beginning *beginnings_free(const struct variety *variety, const struct channel *channel,
                                  const struct sighting *seen, uint8_t frames, uint16_t *count) {
    static const struct app_step openings[][PEERS] = {
        {OPENS, LISTENS}, {OPENS, OPENS}, {OPENS, {ACT_NONE, AT_ONCE, 0, 0}}};
    enum { OPENINGS = sizeof openings / sizeof openings[0] };
    struct beginning *beginnings = calloc((size_t)OPENINGS * STACKS * STACKS, sizeof *beginnings);
    *count = 0;
    for (unsigned i = 0; i < OPENINGS * STACKS * STACKS && beginnings != NULL; i++) {
        struct beginning *beginning = &beginnings[(*count)++];
        const unsigned kind[PEERS] = {i % STACKS, i / STACKS % STACKS};
        beginning->name = "free";
        for (unsigned side = 0; side < PEERS; side++) {
            beginning->stack[side] = stacks[kind[side]];
            beginning->stack[side].timestamps = variety->timestamps;
            beginning->app[side].step[0] = openings[i / (STACKS * STACKS)][side];
            set_free(&beginning->app[side], channel, side, seen, frames);
        }
    }
    return beginnings;
}
