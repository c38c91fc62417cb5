/* SPDX-License-Identifier: BSD-3-Clause */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_A = 40000, PORT_B = 80, CAPTURE_GOES_ON_US = 300000000 };
enum { GRANTED_PLACES = 1 << 14 };
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
    /* Appeals that were granted, without the times: what differs in those only is not explained anew. A table open to
     * the next free place, 0 where it is free. */
    uint64_t granted[GRANTED_PLACES];
};
enum { IN_VAIN_MOST = 20 };

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

/* States that may follow, at once or later (RFC 9293 3.3.2). */
static bool leads_to(uint8_t from, uint8_t to) {
    enum { CLOSES = 1 << REF_CLOSED, AFTER_FIN_WAIT_2 = 1 << REF_TIME_WAIT | CLOSES };
    enum { AFTER_FIN_WAIT_1 = 1 << REF_FIN_WAIT_2 | 1 << REF_CLOSING | AFTER_FIN_WAIT_2 };
    enum { AFTER_CLOSE_WAIT = 1 << REF_LAST_ACK | CLOSES };
    enum { AFTER_ESTABLISHED = 1 << REF_FIN_WAIT_1 | AFTER_FIN_WAIT_1 | 1 << REF_CLOSE_WAIT | AFTER_CLOSE_WAIT };
    enum { AFTER_SYN_RECEIVED = 1 << REF_ESTABLISHED | AFTER_ESTABLISHED };
    static const uint16_t after[REF_STATES] = {
        [REF_SYN_SENT] = 1 << REF_SYN_RECEIVED | AFTER_SYN_RECEIVED,
        [REF_SYN_RECEIVED] = AFTER_SYN_RECEIVED,
        [REF_ESTABLISHED] = AFTER_ESTABLISHED,
        [REF_FIN_WAIT_1] = AFTER_FIN_WAIT_1,
        [REF_FIN_WAIT_2] = AFTER_FIN_WAIT_2,
        [REF_CLOSE_WAIT] = AFTER_CLOSE_WAIT,
        [REF_CLOSING] = AFTER_FIN_WAIT_2,
        [REF_LAST_ACK] = CLOSES,
        [REF_TIME_WAIT] = CLOSES,
    };
    return (after[from] >> to & 1) != 0;
}

bool step_may_become_true(const struct peer *peer, uint8_t frames, const struct step *step) {
    if (step_is_true(peer, step)) {
        return true;
    }
    if (step->frame != 0 && step->cause != CAUSE_RECEIVED && frames >= step->frame) {
        return false;
    }
    if (peer->truths == 0 || step->from == STATE_LISTEN) {
        return true;
    }
    uint8_t state = peer->truth[peer->truths - 1].to;
    return state == reference_state[step->from] || leads_to(state, reference_state[step->from]);
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

static uint64_t mixed(uint64_t hash, uint64_t value) {
    return (hash ^ value) * UINT64_C(0x100000001b3);
}

static uint64_t case_of(const struct group *group, unsigned side, const struct step *step) {
    uint64_t hash = mixed(mixed(UINT64_C(0xcbf29ce484222325), side), step->from * 16u + step->to);
    hash = mixed(mixed(hash, step->frame), step->cause);
    for (uint8_t i = 0; i < group->frames; i++) {
        const struct packet *packet = &group->seen[i].packet;
        hash = mixed(mixed(hash, packet->sender * 256u + packet->flags), packet->seq * 65536u + packet->ack);
        hash = mixed(hash, packet->length);
    }
    return hash | 1;
}

/* The place of that case in the table, or where it would be; NULL: the table is full. */
static uint64_t *find_granted(struct judge *judge, uint64_t hash) {
    for (unsigned i = 0; i < GRANTED_PLACES; i++) {
        uint64_t *place = &judge->granted[(hash >> 20 ^ i) % GRANTED_PLACES];
        if (*place == 0 || *place == hash) {
            return place;
        }
    }
    return NULL;
}

/* --- what an observer with bounded memory cannot know ------------------------------------------------------------- */

/* us, the least time from a SYN or SYN/ACK toward that side to its answer: what the point knows of the legs. 0:
 * nothing. */
static uint32_t least_round_trip(const struct group *group, unsigned side) {
    uint32_t least = 0;
    for (uint8_t i = 0; i + 1 < group->frames; i++) {
        const struct sighting *asked = &group->seen[i];
        if (asked->packet.sender == side || (asked->packet.flags & BIT_SYN) == 0) {
            continue;
        }
        for (uint8_t k = (uint8_t)(i + 1); k < group->frames; k++) {
            const struct sighting *answer = &group->seen[k];
            if (answer->packet.sender == side && (answer->packet.flags & BIT_ACK) != 0 && answer->packet.ack == 1) {
                uint32_t took = answer->at - asked->at;
                least = least == 0 || took < least ? took : least;
                break;
            }
        }
    }
    return least;
}

/* The RST of the side that names what came before it, without ACK and so by nobody's call; NULL: there is none. */
static const struct sighting *find_bare_reset(const struct group *group, unsigned side, uint8_t from_frame) {
    for (uint8_t i = from_frame; i < group->frames; i++) {
        const struct packet *packet = &group->seen[i].packet;
        if (packet->sender == side && (packet->flags & (BIT_RST | BIT_ACK)) == BIT_RST) {
            return &group->seen[i];
        }
    }
    return NULL;
}

/* A FIN passes, and then a bare RST that names its ACK. Whether it answers the FIN or something before it, the time
 * between them tells: the reference knows its legs, and where the RST came sooner than they allow for it answers what
 * was before, and the FIN met no connection. An observer who has seen one round trip knows that delays differ by 20 %
 * to either side, so that another may take two thirds of it (0.8 / 1.2): from there on both are possible. */
static bool answers_soon(const struct hearing *at, unsigned side, const struct step *step) {
    const struct group *group = at->group;
    if (step->frame == 0 || step->frame > group->frames) {
        return false;
    }
    const struct account *account = &at->judge->account[side];
    uint8_t fin = 0; /* of the step into CLOSE_WAIT, if it still stands */
    for (uint8_t i = 0; i < account->count; i++) {
        const struct step *other = &account->step[i];
        if (other->to == STATE_CLOSE_WAIT && other->certainty == CERTAINTY_PRESUMED) {
            fin = (uint8_t)other->frame;
        }
    }
    bool about_it = step->to == STATE_CLOSE_WAIT || (step->from == STATE_CLOSE_WAIT && step->to == STATE_CLOSED);
    const struct sighting *reset = fin == 0 ? NULL : find_bare_reset(group, side, fin);
    uint32_t least = least_round_trip(group, side);
    return about_it && reset != NULL && least != 0 && reset->packet.seq == group->seen[fin - 1].packet.ack &&
           (uint64_t)(reset->at - group->seen[fin - 1].at) * 3 >= (uint64_t)least * 2;
}

/* The SYNs crossed. Whether a SYN/ACK then opens SYN_RECEIVED, although it lies below RCV.NXT (RFC 9293 figure 7
 * against 3.10.7.4), and which TSval is echoed (RFC 7323 4.3), differ between implementations: a reference stack that
 * does one of them and not the other makes the first segment behind it tell which step was taken. An observer does not
 * know the stack. */
static bool syns_crossed(const struct hearing *at, unsigned side, const struct step *step) {
    const struct group *group = at->group;
    bool syn[PEERS] = {false, false};
    for (uint8_t i = 0; i < group->frames; i++) {
        const struct packet *packet = &group->seen[i].packet;
        syn[packet->sender] |= (packet->flags & (BIT_SYN | BIT_ACK)) == BIT_SYN;
    }
    bool opening = (step->from == STATE_SYN_SENT && step->to == STATE_SYN_RECEIVED) ||
                   (step->from == STATE_SYN_RECEIVED && step->to == STATE_ESTABLISHED);
    (void)side;
    return syn[SIDE_A] && syn[SIDE_B] && opening;
}

static const struct {
    bool (*applies)(const struct hearing *at, unsigned side, const struct step *step);
} unknowables[UNKNOWABLES] = {[UNKNOWABLE_SOON] = {answers_soon}, [UNKNOWABLE_CROSSED] = {syns_crossed}};
const char *const unknowable_names[UNKNOWABLES] = {
    [UNKNOWABLE_SOON] = "RST after less than a round trip, and more than two thirds of it",
    [UNKNOWABLE_CROSSED] = "SYNs crossed, and the stacks differ"};

/* A class that is not for the observer to tell, or UNKNOWABLES. */
static unsigned unknowable_class(const struct hearing *at, unsigned side, const struct step *step) {
    unsigned class = 0;
    while (class < UNKNOWABLES && !unknowables[class].applies(at, side, step)) {
        class ++;
    }
    return class;
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
    uint64_t hash = case_of(at->group, side, step);
    uint64_t *place = find_granted(at->judge, hash);
    if (place != NULL && *place == hash) {
        return ANSWER_YES;
    }
    enum answer answer = appeal->has_step(appeal->context, at->group, side, step);
    if (answer == ANSWER_YES && place != NULL) {
        *place = hash;
    }
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
        unsigned class = unknowable_class(at, side, step);
        if (class < UNKNOWABLES) {
            at->totals->unknowable[class]++;
            return;
        }
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
    for (int i = 0; i < UNKNOWABLES; i++) {
        sum->unknowable[i] += part->unknowable[i];
    }
    sum->out_of_time = sum->out_of_time || part->out_of_time;
    sum->out_of_room = sum->out_of_room || part->out_of_room;
    for (int i = 0; i < VIOLATIONS; i++) {
        sum->violations[i] += part->violations[i];
    }
    for (uint8_t i = 0; i < part->witnesses; i++) {
        keep_witness(sum, &part->witness[i]);
    }
}
