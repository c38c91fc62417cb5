/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct packet) == 24, "packets are compared as bytes");
_Static_assert(sizeof(struct peer) == 96, "peers are compared as bytes");
_Static_assert(WORLD_KEY_SIZE == 2 * 96 + UNDER_WAY * 24 + 8, "worlds are compared as bytes");

/* The way through the choices: the world as it is now, and what it has to do with the segments that were just sent. */
struct walk {
    const struct beginning *beginnings;
    const struct channel *channel;
    struct continuations *out;
};
static void run(const struct walk *walk, struct world *world);

/* --- the channel ------------------------------------------------------------------------------------------------- */

static bool put(struct world *world, const struct packet *packet, uint32_t at) {
    if (world->packets == UNDER_WAY) {
        return false;
    }
    uint8_t place = world->packets++;
    while (place > 0 && world->packet[place - 1].at > at) {
        world->packet[place] = world->packet[place - 1];
        place--;
    }
    world->packet[place] = *packet;
    world->packet[place].at = at;
    return true;
}

/* Segments that enter a leg one after the other, and what is done when each has its fate. */
struct entry {
    const struct packet *packets;
    uint8_t count;
    bool seen; /* they have just passed the point: the world pauses then */
    const struct sighting *sighting;
};
static void enter_leg(const struct walk *walk, struct world *world, const struct entry *entry, uint8_t index);

static void give(struct continuations *out, const struct sighting *sighting, const struct world *world) {
    if (out->count == out->capacity) {
        size_t capacity = out->capacity == 0 ? 64 : out->capacity * 2;
        struct continuation *items = realloc(out->items, capacity * sizeof *items);
        if (items == NULL) {
            out->out_of_room = true;
            return;
        }
        out->items = items;
        out->capacity = capacity;
    }
    out->items[out->count].seen = *sighting;
    out->items[out->count++].world = *world;
}

static bool spend(struct budget *budget, unsigned side, enum fault fault) {
    if (budget->total == 0 || budget->left[side][fault] == 0) {
        return false;
    }
    budget->total--;
    budget->left[side][fault]--;
    return true;
}

static unsigned side_of_leg(const struct packet *packet) {
    return packet->leg == 0 ? packet->sender : 1u - packet->sender;
}

/* The segment reaches the end of its leg at each of these times. */
static void deliver_at(const struct walk *walk, const struct world *world, const struct entry *entry, uint8_t index,
                       const uint32_t *times, unsigned copies) {
    struct world next = *world;
    for (unsigned i = 0; i < copies; i++) {
        walk->out->out_of_room = !put(&next, &entry->packets[index], times[i]) || walk->out->out_of_room;
    }
    enter_leg(walk, &next, entry, (uint8_t)(index + 1));
}

/* The segment reaches the end of its leg after each of the given percentages of the delay. */
static void deliver(const struct walk *walk, const struct world *world, const struct entry *entry, uint8_t index,
                    const unsigned *percents, unsigned copies, uint32_t late) {
    const struct packet *packet = &entry->packets[index];
    uint32_t times[2];
    for (unsigned i = 0; i < copies; i++) {
        times[i] = packet->at + walk->channel->leg[side_of_leg(packet)] / 100 * percents[i] + late;
    }
    deliver_at(walk, world, entry, index, times, copies);
}

static bool looks_alike(const struct packet *one, const struct packet *other) {
    return one->sender == other->sender && one->flags == other->flags && one->seq == other->seq &&
           one->ack == other->ack && one->length == other->length && one->tsval == other->tsval &&
           one->tsecr == other->tsecr && one->raw_zero == other->raw_zero;
}

/* The times at which this segment may reach the end of its leg in an execution that is looked for. */
enum { TIMES_MAX = 8 };
static unsigned fitting_times(const struct walk *walk, const struct world *world, const struct packet *packet,
                              uint32_t times[TIMES_MAX]) {
    const struct search *search = walk->out->search;
    uint32_t percent = walk->channel->leg[side_of_leg(packet)] / 100;
    unsigned count = 0;
    if (packet->leg == 1) {
        times[count++] = packet->at + percent * 80;
        times[count++] = packet->at + percent * 100;
        times[count++] = packet->at + percent * 120;
        return count;
    }
    for (uint8_t i = world->frames; i < search->frames && count < TIMES_MAX; i++) {
        uint32_t at = search->seen[i].at;
        if (at >= packet->at + percent * 80 && at <= packet->at + percent * 120 &&
            looks_alike(packet, &search->seen[i].packet)) {
            times[count++] = at;
        }
    }
    return count;
}

static void enter_leg_searching(const struct walk *walk, struct world *world, const struct entry *entry,
                                uint8_t index) {
    const struct packet *packet = &entry->packets[index];
    uint32_t times[TIMES_MAX];
    unsigned count = fitting_times(walk, world, packet, times);
    struct world next = *world;
    if (spend(&next.budget, side_of_leg(packet), FAULT_LOSS)) {
        enter_leg(walk, &next, entry, (uint8_t)(index + 1));
    }
    for (unsigned i = 0; i < count; i++) {
        deliver_at(walk, world, entry, index, &times[i], 1);
        /* before the point two copies at one time would be another sighting; beyond it they may stay together */
        for (unsigned k = packet->leg == 1 ? i : i + 1; k < count; k++) {
            next = *world;
            if (spend(&next.budget, side_of_leg(packet), FAULT_DUPLICATE)) {
                deliver_at(walk, &next, entry, index, (uint32_t[]){times[i], times[k]}, 2);
            }
        }
    }
}

/* Every fate of segment number index, and for each every fate of those after it. */
static void enter_leg(const struct walk *walk, struct world *world, const struct entry *entry, uint8_t index) {
    if (index == entry->count) {
        if (entry->seen) {
            give(walk->out, entry->sighting, world);
        } else {
            run(walk, world);
        }
        return;
    }
    if (walk->out->search != NULL) {
        enter_leg_searching(walk, world, entry, index);
        return;
    }
    const struct packet *packet = &entry->packets[index];
    unsigned side = side_of_leg(packet);
    unsigned usual = (packet->flags & BIT_SYN) != 0 ? walk->channel->syn_percent : walk->channel->percent;
    static const unsigned fast = 80;
    static const unsigned slow = 120;
    struct world next = *world;
    if (spend(&next.budget, side, FAULT_LOSS)) {
        enter_leg(walk, &next, entry, (uint8_t)(index + 1));
    }
    next = *world;
    if (spend(&next.budget, side, FAULT_DUPLICATE)) {
        deliver(walk, &next, entry, index, (unsigned[]){usual < slow ? usual : fast, slow}, 2, 0);
    }
    next = *world;
    if (spend(&next.budget, side, FAULT_REORDER)) {
        if (usual < slow || walk->channel->late > 0) {
            deliver(walk, &next, entry, index, &slow, 1, walk->channel->late);
        }
        if (usual > fast) {
            deliver(walk, &next, entry, index, &fast, 1, 0);
        }
    }
    deliver(walk, world, entry, index, &usual, 1, 0);
}

/* --- events ------------------------------------------------------------------------------------------------------ */

static struct packet take_first(struct world *world) {
    struct packet first = world->packet[0];
    world->packets--;
    memmove(&world->packet[0], &world->packet[1], world->packets * sizeof world->packet[0]);
    memset(&world->packet[world->packets], 0, sizeof world->packet[0]);
    return first;
}

static bool is_wanted(const struct continuations *out, const struct world *world, const struct sighting *sighting) {
    static const struct sighting nothing;
    const struct search *search = out->search;
    return search == NULL ||
           sighting_compare(world->frames < search->frames ? &search->seen[world->frames] : &nothing, sighting) == 0;
}

static void pass_point(const struct walk *walk, struct world *world) {
    struct packet packet = take_first(world);
    world->now = packet.at;
    struct sighting sighting = {.at = packet.at, .packet = packet};
    sighting.packet.frame = (uint8_t)(world->frames + 1);
    if (!is_wanted(walk->out, world, &sighting)) {
        return;
    }
    packet.frame = ++world->frames;
    packet.leg = 1;
    struct entry entry = {.packets = &packet, .count = 1, .seen = true, .sighting = &sighting};
    enter_leg(walk, world, &entry, 0);
}

static struct turn turn_of(const struct walk *walk, struct world *world, uint8_t side) {
    const struct beginning *beginning = &walk->beginnings[world->beginning];
    return (struct turn){.peer = &world->peer[side],
                         .app = &beginning->app[side],
                         .stack = &beginning->stack[side],
                         .side = side,
                         .frames = world->frames,
                         .now = world->now};
}

/* What the turn has sent enters its first leg. */
static void send_off(const struct walk *walk, struct world *world, const struct turn *turn) {
    struct entry entry = {.packets = turn->departs, .count = turn->count};
    enter_leg(walk, world, &entry, 0);
}

/* A peer's turn, once with nothing but what it must do and once with each thing that a free application might do. */
static void take_turn(const struct walk *walk, const struct world *world, uint8_t side, const struct packet *arrived) {
    static const struct deed deeds[] = {{0, true, false},
                                        {0, false, true},
                                        {1, false, false}, /* which looks like a FIN where it is not seen */
                                        {SEGMENT_OCTETS, false, false},
                                        {2 * SEGMENT_OCTETS, false, false},
                                        {SEGMENT_OCTETS, true, false},
                                        {2 * SEGMENT_OCTETS, true, false}};
    const struct app *app = &walk->beginnings[world->beginning].app[side];
    unsigned choices = app->free && world->budget.deeds > 0 ? 1 + sizeof deeds / sizeof deeds[0] : 1;
    for (unsigned i = 0; i < choices; i++) {
        struct world next = *world;
        struct turn turn = turn_of(walk, &next, side);
        turn.deed = i == 0 ? NULL : &deeds[i - 1];
        next.budget.deeds = (uint8_t)(next.budget.deeds - (i > 0));
        if (arrived != NULL) {
            tcp_arrive(&turn, arrived);
        } else {
            tcp_timer(&turn);
        }
        if (!turn.deed_is_void) {
            send_off(walk, &next, &turn);
        }
    }
}

static void arrive(const struct walk *walk, struct world *world) {
    struct packet packet = take_first(world);
    world->now = packet.at;
    take_turn(walk, world, 1 - packet.sender, &packet);
}

static void ring(const struct walk *walk, struct world *world, uint8_t side, uint32_t at) {
    world->now = at;
    take_turn(walk, world, side, NULL);
}

/* One event, and through the choices that it leaves all that follow, until a segment passes the point. */
static void run(const struct walk *walk, struct world *world) {
    const struct search *search = walk->out->search;
    if (search != NULL && search->may_lead_there != NULL && !search->may_lead_there(search->goal, world)) {
        return;
    }
    uint32_t timer[PEERS] = {tcp_next_timer(&world->peer[SIDE_A]), tcp_next_timer(&world->peer[SIDE_B])};
    uint8_t side = timer[SIDE_A] == NEVER || (timer[SIDE_B] != NEVER && timer[SIDE_B] < timer[SIDE_A]);
    if (world->packets > 0 && (timer[side] == NEVER || world->packet[0].at <= timer[side])) {
        if (world->packet[0].leg == 0) {
            pass_point(walk, world);
        } else {
            arrive(walk, world);
        }
    } else if (timer[side] != NEVER) {
        ring(walk, world, side, timer[side]);
    } else {
        struct sighting nothing = {.at = world->now};
        if (is_wanted(walk->out, world, &nothing)) {
            give(walk->out, &nothing, world);
        }
    }
}

void world_begin(struct world *world, const struct beginning *beginning, uint16_t index, const struct budget *budget) {
    memset(world, 0, sizeof *world);
    world->beginning = index;
    world->budget = *budget;
    world->now = 1;
    for (uint8_t side = 0; side < PEERS; side++) {
        struct turn turn = {.peer = &world->peer[side],
                            .app = &beginning->app[side],
                            .stack = &beginning->stack[side],
                            .side = side,
                            .now = world->now};
        tcp_start(&turn); /* a passive open, or a timer for an active one: nothing is sent yet */
    }
}

void world_continue(const struct world *world, const struct beginning *beginnings, const struct channel *channel,
                    struct continuations *continuations) {
    struct walk walk = {beginnings, channel, continuations};
    struct world next = *world;
    run(&walk, &next);
}

int sighting_compare(const struct sighting *one, const struct sighting *other) {
    if (one->packet.frame != other->packet.frame) {
        return one->packet.frame < other->packet.frame ? -1 : 1;
    }
    if (one->packet.frame == 0) {
        return 0;
    }
    if (one->at != other->at) {
        return one->at < other->at ? -1 : 1;
    }
    return memcmp(&one->packet, &other->packet, sizeof one->packet);
}
