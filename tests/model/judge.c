/* SPDX-License-Identifier: BSD-3-Clause */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_A = 40000, PORT_B = 80, CAPTURE_GOES_ON_US = 300000000 };
static const int64_t second = 1000000000;
static const int64_t epoch = INT64_C(1700000000) * 1000000000;
static const int64_t last_epoch = INT64_C(9000000000) * 1000000000;

const char *const violation_names[VIOLATIONS] = {"certain and false", "refuted and true", "false and left standing",
                                                 "illegal edge",      "broken path",      "number of connections"};

static const uint8_t reference_state[TCP_STATES] = {
    [STATE_CLOSED] = REF_CLOSED,           [STATE_LISTEN] = REF_LISTEN,
    [STATE_SYN_SENT] = REF_SYN_SENT,       [STATE_SYN_RECEIVED] = REF_SYN_RECEIVED,
    [STATE_ESTABLISHED] = REF_ESTABLISHED, [STATE_FIN_WAIT_1] = REF_FIN_WAIT_1,
    [STATE_FIN_WAIT_2] = REF_FIN_WAIT_2,   [STATE_CLOSE_WAIT] = REF_CLOSE_WAIT,
    [STATE_CLOSING] = REF_CLOSING,         [STATE_LAST_ACK] = REF_LAST_ACK,
    [STATE_TIME_WAIT] = REF_TIME_WAIT,
};

struct judge {
    struct model *model; /* owned */
    int64_t epoch; /* ns: when the hearing at hand begins; long after the one before, of which nothing must be left */
    uint32_t isn[PEERS];
    unsigned connections;
    struct account account[PEERS];
    /* how often an appeal about such a step came to nothing: after a few times it is not tried again */
    uint8_t in_vain[PEERS][TCP_STATES][TCP_STATES];
};
enum { IN_VAIN_MOST = 4 };

/* --- finwait's account ------------------------------------------------------------------------------------------- */

static bool observed(void *context, const struct observation *observation) {
    (void)context;
    (void)observation;
    return true;
}

static bool ended(void *context, struct connection *connection) {
    struct judge *judge = context;
    if (judge->connections++ > 0) {
        return true;
    }
    for (unsigned side = 0; side < SIDES; side++) {
        struct account *account = &judge->account[connection->port[side] == PORT_A ? SIDE_A : SIDE_B];
        struct step steps[PATH_STEPS_MAX];
        size_t count = path_steps(&connection->side[side].path, steps);
        account->count = (uint8_t)(count < STEPS_MAX ? count : STEPS_MAX);
        memcpy(account->step, steps, account->count * sizeof steps[0]);
    }
    return true;
}

static void dropped(void *context, struct connection *connection) {
    (void)context;
    (void)connection;
}

/* Every other seed makes the numbers of A wrap within the first octets, every third those of B. */
static void choose_isns(struct judge *judge, uint64_t seed) {
    uint64_t mixed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    judge->isn[SIDE_A] = seed % 2 == 1 ? 0u - 1 - (uint32_t)(mixed >> 32) % 200 : (uint32_t)(mixed >> 32);
    judge->isn[SIDE_B] = seed % 3 == 1 ? 0u - 1 - (uint32_t)(mixed >> 16) % 200 : (uint32_t)(mixed >> 16);
}

/* A model that has heard nothing yet, in the place of the one before. */
static bool begin_anew(struct judge *judge) {
    struct model_settings settings;
    model_settings_default(&settings);
    settings.profile = PROFILE_RFC;
    settings.msl = profile_msl(PROFILE_RFC);
    struct model_events events = {judge, observed, ended, dropped};
    model_free(judge->model);
    judge->model = model_new(&settings, &events);
    judge->epoch = epoch;
    return judge->model != NULL;
}

struct judge *judge_new(uint64_t seed) {
    struct judge *judge = calloc(1, sizeof *judge);
    if (judge != NULL) {
        choose_isns(judge, seed);
    }
    if (judge == NULL || !begin_anew(judge)) {
        free(judge);
        return NULL;
    }
    return judge;
}

void judge_free(struct judge *judge) {
    if (judge != NULL) {
        model_free(judge->model);
        free(judge);
    }
}

static struct address address_of(unsigned side) {
    return (struct address){.version = 4, .octets = {192, 0, 2, (uint8_t)(1 + side)}};
}

static int64_t time_of(const struct judge *judge, uint32_t at) {
    return judge->epoch + (int64_t)at * 1000;
}

static struct segment segment_of(const struct judge *judge, const struct sighting *seen, uint8_t frame) {
    const uint32_t *isn = judge->isn;
    const struct packet *packet = &seen->packet;
    unsigned from = packet->sender;
    unsigned to = 1 - from;
    bool has_ack = (packet->flags & BIT_ACK) != 0;
    bool syn = (packet->flags & BIT_SYN) != 0;
    struct segment segment = {
        .frame = frame,
        .time = time_of(judge, seen->at),
        .source = address_of(from),
        .destination = address_of(to),
        .source_port = from == SIDE_A ? PORT_A : PORT_B,
        .destination_port = from == SIDE_A ? PORT_B : PORT_A,
        .seq = packet->raw_zero ? 0 : isn[from] + packet->seq,
        .ack = has_ack ? isn[to] + packet->ack : 0,
        .flags = packet->flags,
        .window = WINDOW,
        .checksum = CHECKSUM_GOOD,
        .checksum_seen = (uint16_t)(packet->seq * 31u + packet->ack * 7u + packet->flags + packet->length),
        .hop_limit = 64,
        .length = packet->length,
        .header_octets = 20,
    };
    if (syn) {
        segment.options.present = OPTION_MSS;
        segment.options.mss = 1460;
    }
    if (packet->tsval != 0) {
        segment.options.present |= OPTION_TIMESTAMPS;
        segment.options.timestamp_value = packet->tsval;
        segment.options.timestamp_echo = packet->tsecr;
    }
    return segment;
}

/* False: memory is out. */
static bool hear(struct judge *judge, const struct group *group) {
    judge->epoch += 1000 * second;
    if (judge->epoch > last_epoch && !begin_anew(judge)) {
        return false;
    }
    judge->connections = 0;
    memset(judge->account, 0, sizeof judge->account);
    uint32_t end = group->seen[group->frames - 1].at;
    for (uint8_t i = 0; i < group->frames; i++) {
        struct segment segment = segment_of(judge, &group->seen[i], (uint8_t)(i + 1));
        if (!model_segment(judge->model, &segment)) {
            return false;
        }
    }
    return model_finish(judge->model, time_of(judge, group->midway ? end : end + CAPTURE_GOES_ON_US));
}

/* --- comparison -------------------------------------------------------------------------------------------------- */

/* The state before the first event of a side is not something a capture can show: where finwait says LISTEN, the SYN of
 * an active open may have been lost before the point. */
static bool is_edge(const struct step *step, uint8_t from, uint8_t to) {
    bool from_fits =
        reference_state[step->from] == from || (step->from == STATE_LISTEN && step->certainty != CERTAINTY_REFUTED);
    return from_fits && reference_state[step->to] == to;
}

static bool time_fits(const struct step *step, const struct truth *truth) {
    bool passed = truth->after >= step->frame;
    return step->frame == 0 || (step->cause == CAUSE_RECEIVED ? passed : !passed);
}

bool step_is_true(const struct peer *peer, const struct step *step) {
    uint8_t from = peer->truths > 0 && peer->truth[0].to == REF_SYN_RECEIVED ? REF_LISTEN : REF_CLOSED;
    for (uint8_t i = 0; i < peer->truths; i++) {
        const struct truth *truth = &peer->truth[i];
        if (is_edge(step, from, truth->to) && time_fits(step, truth)) {
            return true;
        }
        from = truth->to;
    }
    return false;
}

/* A refuted step is about one frame: the same edge may have come about by another one. */
static bool refuted_step_is_true(const struct peer *peer, const struct step *step) {
    uint8_t from = peer->truths > 0 && peer->truth[0].to == REF_SYN_RECEIVED ? REF_LISTEN : REF_CLOSED;
    for (uint8_t i = 0; i < peer->truths; i++) {
        const struct truth *truth = &peer->truth[i];
        bool same_cause = step->cause == CAUSE_RECEIVED ? truth->frame == step->frame : time_fits(step, truth);
        if (is_edge(step, from, truth->to) && same_cause) {
            return true;
        }
        from = truth->to;
    }
    return false;
}

static struct witness *witness_for(struct totals *totals, const struct witness *like) {
    const struct step *step = &like->account[like->side].step[like->step];
    for (uint8_t i = 0; i < totals->witnesses; i++) {
        struct witness *known = &totals->witness[i];
        const struct step *other = &known->account[known->side].step[known->step];
        if (known->violation == like->violation && known->side == like->side && known->midway == like->midway &&
            other->from == step->from && other->to == step->to && other->certainty == step->certainty &&
            other->cause == step->cause) {
            return known;
        }
    }
    return NULL;
}

static void keep_witness(struct totals *totals, const struct witness *witness) {
    struct witness *known = witness_for(totals, witness);
    if (known == NULL) {
        if (totals->witnesses < WITNESSES_MAX) {
            totals->witness[totals->witnesses++] = *witness;
        }
        return;
    }
    uint64_t times = known->times + witness->times;
    bool smaller =
        witness->faults < known->faults || (witness->faults == known->faults && witness->frames < known->frames);
    if (smaller) {
        *known = *witness;
    }
    known->times = times;
}

static uint8_t faults_of(const struct group *group, const struct world *world) {
    return (uint8_t)(group->faults_allowed - world->budget.total);
}

struct hearing { /* one group before the judge */
    struct judge *judge;
    const struct group *group;
    struct totals *totals;
};

static void pronounce(const struct hearing *at, enum violation violation, unsigned side, uint8_t step,
                      const struct world *world) {
    const struct group *group = at->group;
    at->totals->violations[violation]++;
    struct witness witness = {.violation = (uint8_t)violation,
                              .side = (uint8_t)side,
                              .step = step,
                              .midway = group->midway,
                              .faults = faults_of(group, world),
                              .frames = group->frames,
                              .beginning = world->beginning,
                              .times = 1};
    memcpy(witness.account, at->judge->account, sizeof witness.account);
    memcpy(witness.truth, world->peer, sizeof witness.truth);
    memcpy(witness.seen, group->seen, group->frames * sizeof witness.seen[0]);
    keep_witness(at->totals, &witness);
}

/* How many worlds of the group have the step, and the simplest one that has it and that has it not. */
struct tally {
    size_t true_in;
    const struct world *with;
    const struct world *without;
};

static struct tally tally_of(const struct group *group, unsigned side, const struct step *step) {
    struct tally tally = {0};
    bool refuted = step->certainty == CERTAINTY_REFUTED;
    for (size_t i = 0; i < group->count; i++) {
        const struct world *world = group->worlds[i];
        bool is_true =
            refuted ? refuted_step_is_true(&world->peer[side], step) : step_is_true(&world->peer[side], step);
        const struct world **simplest = is_true ? &tally.with : &tally.without;
        tally.true_in += is_true;
        if (*simplest == NULL || faults_of(group, world) < faults_of(group, *simplest)) {
            *simplest = world;
        }
    }
    return tally;
}

/* A kind of violation that is known by a smaller example needs no second opinion. */
static bool is_known(const struct hearing *at, unsigned side, uint8_t step, const struct world *world) {
    struct witness like = {
        .violation = VIOLATION_LEFT_STANDING, .side = (uint8_t)side, .step = step, .midway = at->group->midway};
    memcpy(like.account, at->judge->account, sizeof like.account);
    const struct witness *known = witness_for(at->totals, &like);
    uint8_t faults = faults_of(at->group, world);
    return known != NULL && (known->faults < faults || (known->faults == faults && known->frames <= at->group->frames));
}

static enum answer appeal_to(const struct hearing *at, const struct appeal *appeal, unsigned side, uint8_t index,
                             const struct world *world) {
    const struct step *step = &at->judge->account[side].step[index];
    uint8_t *in_vain = &at->judge->in_vain[side][step->from][step->to];
    if (is_known(at, side, index, world)) {
        return ANSWER_NO;
    }
    if (*in_vain >= IN_VAIN_MOST) {
        return ANSWER_UNKNOWN;
    }
    enum answer answer = appeal->has_step(appeal->context, at->group, side, step);
    *in_vain = (uint8_t)(*in_vain + (answer == ANSWER_UNKNOWN));
    return answer;
}

static void judge_step(const struct hearing *at, unsigned side, uint8_t index, const struct appeal *appeal) {
    const struct group *group = at->group;
    const struct step *step = &at->judge->account[side].step[index];
    struct tally tally = tally_of(group, side, step);
    if (step->certainty == CERTAINTY_REFUTED) {
        if (tally.true_in > 0) {
            pronounce(at, VIOLATION_REFUTED_TRUE, side, index, tally.with);
        }
        return;
    }
    bool settled = step->certainty >= CERTAINTY_CONFIRMED;
    if (settled && tally.true_in < group->count) {
        pronounce(at, VIOLATION_CERTAIN_FALSE, side, index, tally.without);
    } else if (tally.true_in == 0 && !group->midway) {
        enum answer answer = appeal_to(at, appeal, side, index, tally.without);
        at->totals->doubtful += answer == ANSWER_YES;
        at->totals->undecided += answer == ANSWER_UNKNOWN;
        if (answer == ANSWER_NO) {
            pronounce(at, VIOLATION_LEFT_STANDING, side, index, tally.without);
        }
    }
    if (tally.true_in == group->count && !group->midway) {
        at->totals->true_steps++;
        at->totals->presumed += !settled;
    }
}

static void judge_path(const struct hearing *at, unsigned side) {
    const struct account *account = &at->judge->account[side];
    uint8_t state = STATE_UNKNOWN;
    for (uint8_t i = 0; i < account->count; i++) {
        const struct step *step = &account->step[i];
        if (!state_edge_is_legal((enum tcp_state)step->from, (enum tcp_state)step->to)) {
            pronounce(at, VIOLATION_ILLEGAL_EDGE, side, i, at->group->worlds[0]);
        }
        if (step->certainty == CERTAINTY_REFUTED) {
            continue;
        }
        if (state != STATE_UNKNOWN && step->from != state) {
            pronounce(at, VIOLATION_BROKEN_PATH, side, i, at->group->worlds[0]);
        }
        state = step->to;
    }
}

/* Edges of the first world that all others have and finwait does not show. */
static void count_unseen(const struct hearing *at, unsigned side) {
    const struct account *account = &at->judge->account[side];
    const struct group *group = at->group;
    const struct peer *first = &group->worlds[0]->peer[side];
    uint8_t from = first->truth[0].to == REF_SYN_RECEIVED ? REF_LISTEN : REF_CLOSED;
    for (uint8_t i = 0; i < first->truths; from = first->truth[i++].to) {
        uint8_t to = first->truth[i].to;
        bool shown = false;
        for (uint8_t k = 0; k < account->count && !shown; k++) {
            shown = account->step[k].certainty != CERTAINTY_REFUTED && is_edge(&account->step[k], from, to);
        }
        bool everywhere = !shown;
        for (size_t w = 1; w < group->count && everywhere; w++) {
            const struct peer *peer = &group->worlds[w]->peer[side];
            uint8_t before = peer->truth[0].to == REF_SYN_RECEIVED ? REF_LISTEN : REF_CLOSED;
            bool has = false;
            for (uint8_t k = 0; k < peer->truths; before = peer->truth[k++].to) {
                has = has || (before == from && peer->truth[k].to == to);
            }
            everywhere = has;
        }
        at->totals->unseen += everywhere;
    }
}

/* --- counting ---------------------------------------------------------------------------------------------------- */

struct state_paths {
    uint8_t to[PEERS][TRUTH_MAX];
};

static int compare_paths(const void *one, const void *other) {
    return memcmp(one, other, sizeof(struct state_paths));
}

static uint64_t distinct_paths(const struct group *group) {
    struct state_paths *paths = calloc(group->count, sizeof *paths);
    if (paths == NULL) {
        return 0;
    }
    for (size_t i = 0; i < group->count; i++) {
        for (unsigned side = 0; side < PEERS; side++) {
            const struct peer *peer = &group->worlds[i]->peer[side];
            for (uint8_t k = 0; k < peer->truths; k++) {
                paths[i].to[side][k] = (uint8_t)(peer->truth[k].to + 1);
            }
        }
    }
    qsort(paths, group->count, sizeof *paths, compare_paths);
    uint64_t distinct = 1;
    for (size_t i = 1; i < group->count; i++) {
        distinct += compare_paths(&paths[i - 1], &paths[i]) != 0;
    }
    free(paths);
    return distinct;
}

void judge_group(struct judge *judge, const struct group *group, const struct appeal *appeal, struct totals *totals) {
    struct hearing at = {judge, group, totals};
    if (!hear(judge, group)) {
        totals->out_of_room = true;
        return;
    }
    if (group->midway) {
        totals->midway++;
    } else {
        totals->observations++;
        totals->executions += group->count;
        totals->distinct += distinct_paths(group);
    }
    if (judge->connections != 1) {
        pronounce(&at, VIOLATION_CONNECTIONS, 0, 0, group->worlds[0]);
    }
    for (unsigned side = 0; side < PEERS; side++) {
        for (uint8_t i = 0; i < judge->account[side].count; i++) {
            judge_step(&at, side, i, appeal);
        }
        judge_path(&at, side);
        if (!group->midway) {
            count_unseen(&at, side);
        }
    }
}

void totals_add(struct totals *sum, const struct totals *part) {
    sum->executions += part->executions;
    sum->observations += part->observations;
    sum->distinct += part->distinct;
    sum->midway += part->midway;
    sum->true_steps += part->true_steps;
    sum->presumed += part->presumed;
    sum->unseen += part->unseen;
    sum->doubtful += part->doubtful;
    sum->undecided += part->undecided;
    sum->out_of_time = sum->out_of_time || part->out_of_time;
    sum->out_of_room = sum->out_of_room || part->out_of_room;
    for (int i = 0; i < VIOLATIONS; i++) {
        sum->violations[i] += part->violations[i];
    }
    for (uint8_t i = 0; i < part->witnesses; i++) {
        keep_witness(sum, &part->witness[i]);
    }
}
