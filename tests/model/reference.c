/* SPDX-License-Identifier: BSD-3-Clause */
#include "beginnings.h"
#include "belief.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The judge judged: the reference pair must do what the figures of RFC 9293 3.5 and 3.6 show, and the channel must
 * neither forget nor invent an execution. */

static const struct channel channel = {.leg = {9700, 11300}, .syn_percent = 100, .percent = 100};
static unsigned passed;
static unsigned failed;

static void check(bool good, const char *what, const char *detail) {
    passed += good;
    failed += !good;
    if (!good) {
        printf("FAILED: %s: %s\n", what, detail);
    }
}

/* Every end of the executions that the budget allows, by following them one by one. */
static void follow(const struct world *world, const struct beginning *beginnings, struct continuations *ends) {
    struct continuations next = {0};
    world_continue(world, beginnings, &channel, &next);
    for (size_t i = 0; i < next.count; i++) {
        if (next.items[i].seen.packet.frame != 0) {
            follow(&next.items[i].world, beginnings, ends);
            continue;
        }
        ends->items = realloc(ends->items, (ends->count + 1) * sizeof *ends->items);
        if (ends->items == NULL) {
            exit(99);
        }
        ends->items[ends->count++] = next.items[i];
    }
    if (next.out_of_room) {
        check(false, "room", beginnings->name);
    }
    free(next.items);
}

static struct continuations ends_of(const char *behaviour, const struct budget *budget) {
    struct variety variety = {.only = behaviour};
    uint16_t count;
    struct beginning *beginnings = beginnings_make(&variety, &count);
    struct continuations ends = {0};
    check(beginnings != NULL && count == 1, behaviour, "no such behaviour");
    if (beginnings != NULL && count == 1) {
        struct world world;
        world_begin(&world, beginnings, 0, budget);
        follow(&world, beginnings, &ends);
    }
    free(beginnings);
    return ends;
}

static void path_text(const struct peer *peer, char *text, size_t size) {
    size_t length = 0;
    text[0] = '\0';
    for (uint8_t i = 0; i < peer->truths && length < size; i++) {
        length += (size_t)snprintf(text + length, size - length, "%s%s", i == 0 ? "" : " ",
                                   reference_state_names[peer->truth[i].to]);
    }
}

/* Without faults there is one execution. */
static void check_figure(const char *behaviour, unsigned frames, const char *path_a, const char *path_b) {
    static const struct budget none;
    struct continuations ends = ends_of(behaviour, &none);
    check(ends.count == 1, behaviour, "not exactly one execution without faults");
    if (ends.count == 1) {
        const struct world *world = &ends.items[0].world;
        char text[2][256];
        path_text(&world->peer[SIDE_A], text[0], sizeof text[0]);
        path_text(&world->peer[SIDE_B], text[1], sizeof text[1]);
        check(strcmp(text[0], path_a) == 0, behaviour, text[0]);
        check(strcmp(text[1], path_b) == 0, behaviour, text[1]);
        check(world->frames == frames, behaviour, "number of segments");
    }
    free(ends.items);
}

static void check_figures(void) {
    /* figures 6 and 12, the FIN of B on its ACK */
    check_figure("a-closes", 6, "SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED",
                 "SYN_RECEIVED ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED");
    check_figure("a-closes-b-later", 7, "SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED",
                 "SYN_RECEIVED ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED");
    check_figure("b-closes-a-later", 7, "SYN_SENT ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED",
                 "SYN_RECEIVED ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED");
    /* figure 13 */
    check_figure("both-close", 7, "SYN_SENT ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT CLOSED",
                 "SYN_RECEIVED ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT CLOSED");
    /* figure 7, closed by one side */
    check_figure("both-open-a-closes", 9, "SYN_SENT SYN_RECEIVED ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED",
                 "SYN_SENT SYN_RECEIVED ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED");
    check_figure("a-aborts", 4, "SYN_SENT ESTABLISHED CLOSED", "SYN_RECEIVED ESTABLISHED CLOSED");
    check_figure("refused", 2, "SYN_SENT CLOSED", "");
}

static int compare_ends(const void *one, const void *other) {
    return memcmp(&((const struct continuation *)one)->world, &((const struct continuation *)other)->world,
                  WORLD_KEY_SIZE);
}

static size_t distinct(struct continuations *ends) {
    if (ends->count == 0) {
        return 0;
    }
    qsort(ends->items, ends->count, sizeof *ends->items, compare_ends);
    size_t count = 1;
    for (size_t i = 1; i < ends->count; i++) {
        count += compare_ends(&ends->items[i - 1], &ends->items[i]) != 0;
    }
    return count;
}

/* One fault at most: each of the two legs of each segment may have it, or none. A loss changes what follows, so these
 * numbers are of the first fault alone. */
static void check_fates(void) {
    static const unsigned segments = 6;
    static const struct {
        enum fault fault;
        unsigned ways; /* of one fault on one leg */
    } kinds[] = {{FAULT_LOSS, 1}, {FAULT_DUPLICATE, 1}, {FAULT_REORDER, 2}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct budget budget = {.total = 1};
        budget.left[SIDE_A][kinds[i].fault] = 1;
        budget.left[SIDE_B][kinds[i].fault] = 1;
        struct continuations ends = ends_of("a-closes", &budget);
        char text[64];
        snprintf(text, sizeof text, "%zu executions, %zu distinct ends", ends.count, distinct(&ends));
        check(ends.count == 1 + 2 * segments * kinds[i].ways, "fates of one fault", text);
        free(ends.items);
    }
}

/* Whatever the channel does, a loss here and there does not keep the pair from closing. */
static void check_recovery(void) {
    static const struct budget budget = {.left = {{1, 1, 1}, {1, 1, 1}}, .total = 2};
    struct continuations ends = ends_of("both-close", &budget);
    bool closed = ends.count > 100;
    for (size_t i = 0; i < ends.count; i++) {
        const struct world *world = &ends.items[i].world;
        closed = closed && world->peer[SIDE_A].state == REF_CLOSED && world->peer[SIDE_B].state == REF_CLOSED &&
                 world->packets == 0;
    }
    check(closed, "recovery", "an execution does not end in CLOSED at both sides");
    free(ends.items);
}

int main(void) {
    check_figures();
    check_fates();
    check_recovery();
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
