/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/analyser.h"

#include <stdlib.h>
#include <string.h>

struct analyser {
    struct model *models[PARTITIONS_MAX]; /* of its own partitions, by number; NULL: nothing has come for it yet */
    int64_t quiet_until[PARTITIONS_MAX];  /* ns: nothing ends there before */
    int64_t due;                          /* and nowhere before that: the least of these, or less */
    unsigned partitions;
    unsigned step;
    unsigned first;
    struct model_settings model;   /* of one partition */
    struct model_records *records; /* of all of them */
    struct model_events model_events;
    struct rules *rules;
    struct analyser_events events;
    struct place place; /* in PHASE_FRAME but while it ends something: then a frame changes only its number */
    bool keeps_ended;
    bool closing; /* being freed */
    bool failed;  /* where that could not be said */
};

/* --- partitions --- */

unsigned partitions_under(const struct model_settings *settings) {
    const uint64_t least_octets = UINT64_C(64) << 20;
    const uint32_t least_connections = 16384;
    unsigned partitions = PARTITIONS_MAX;

    while (partitions > 1 && (settings->memory_budget / partitions < least_octets ||
                              settings->max_connections / partitions < least_connections))
        partitions /= 2;
    return partitions;
}

/* --- what the models tell --- */

static bool observed(void *context, const struct observation *observation) {
    const struct analyser *analyser = context;

    return rules_observe(analyser->rules, observation) &&
           (analyser->events.observed == NULL || analyser->events.observed(analyser->events.context, observation));
}

static bool applied(void *context, const struct observation *observation) {
    const struct analyser *analyser = context;

    return analyser->events.applied(analyser->events.context, observation);
}

static void began(void *context, const struct connection *connection) {
    struct analyser *analyser = context;

    (void)connection;
    if (!analyser->events.began(analyser->events.context))
        analyser->failed = true;
}

static void forget_findings(struct connection *connection) {
    findings_free(connection->findings);
    connection->findings = NULL;
}

void analyser_forget(struct analyser *analyser, struct connection *connection) {
    unsigned partition = partition_of(&connection->address[SIDE_CLIENT], connection->port[SIDE_CLIENT],
                                      &connection->address[SIDE_SERVER], connection->port[SIDE_SERVER]);

    forget_findings(connection);
    model_forget(analyser->models[partition & (analyser->partitions - 1)], connection);
}

static bool ended(void *context, struct connection *connection) {
    struct analyser *analyser = context;
    bool good = rules_end(analyser->rules, connection, connection->end_time);

    if (analyser->keeps_ended) {
        if (!good)
            analyser_forget(analyser, connection);
        return good && analyser->events.ended(analyser->events.context, connection);
    }
    good = good && analyser->events.ended(analyser->events.context, connection);
    forget_findings(connection);
    return good;
}

static bool alike(void *context, const struct ordinary_end *end, bool *enough) {
    const struct analyser *analyser = context;

    *enough = rules_have_kind(analyser->rules, end->kind) && analyser->events.alike(analyser->events.context, end);
    return !*enough || rules_end_alike(analyser->rules, end);
}

static void dropped(void *context, struct connection *connection) {
    struct analyser *analyser = context;

    if (!analyser->closing) {
        rules_dropped(analyser->rules, connection);
        if (!analyser->events.dropped(analyser->events.context, connection))
            analyser->failed = true;
    }
    forget_findings(connection);
}

/* --- birth and end --- */

/* A share of the limits of all. */
static struct model_settings share_of(const struct model_settings *settings, unsigned partitions) {
    struct model_settings share = *settings;

    share.max_connections = settings->max_connections / partitions;
    share.memory_budget = settings->memory_budget / partitions;
    share.max_awake_attempts = (settings->max_awake_attempts + partitions - 1) / partitions;
    share.max_idle_awake = settings->max_idle_awake / partitions;
    share.max_kept = settings->max_kept / partitions;
    return share;
}

struct analyser *analyser_new(const struct analyser_settings *settings, const struct analyser_events *events) {
    struct analyser *analyser = calloc(1, sizeof *analyser);

    if (analyser == NULL)
        return NULL;
    analyser->model = share_of(settings->model, settings->partitions);
    analyser->model.keeps_ended = analyser->keeps_ended = settings->keeps_ended;
    analyser->model.openings_alike = rules_pass_openings(settings->rules);
    analyser->model.late = settings->late || events->observed == NULL;
    analyser->partitions = settings->partitions;
    analyser->step = settings->analysers;
    analyser->first = settings->number;
    analyser->events = *events;
    analyser->due = INT64_MAX;
    analyser->place.phase = PHASE_FRAME;
    for (unsigned i = 0; i < PARTITIONS_MAX; i++)
        analyser->quiet_until[i] = INT64_MAX;
    analyser->model_events = (struct model_events){
        .context = analyser,
        .observed = observed,
        .began = began,
        .ended = ended,
        .dropped = dropped,
        .applied = events->applied != NULL ? applied : NULL,
        .queue = events->queue,
        .alike = events->alike != NULL ? alike : NULL,
    };
    analyser->model.records = analyser->records = model_records_new();
    analyser->rules = rules_new(settings->rules);
    if (analyser->records == NULL || analyser->rules == NULL) {
        analyser_free(analyser);
        return NULL;
    }
    rules_tell(analyser->rules, events->queue);
    return analyser;
}

void analyser_free(struct analyser *analyser) {
    if (analyser == NULL)
        return;
    analyser->closing = true;
    for (unsigned i = 0; i < analyser->partitions; i++)
        model_free(analyser->models[i]);
    model_records_free(analyser->records);
    rules_free(analyser->rules);
    free(analyser);
}

/* --- time --- */

/* The partition in which the next one ends that is due at that time; PARTITIONS_MAX: none is, and analyser->due is the
 * next time at which one may be. */
static unsigned next_due(struct analyser *analyser, int64_t time, struct model_end *next) {
    unsigned partition = PARTITIONS_MAX;
    int64_t due = INT64_MAX;
    struct model_end end = {0, 0};

    for (unsigned i = analyser->first; i < analyser->partitions; i += analyser->step) {
        int64_t *quiet_until = &analyser->quiet_until[i];
        if (*quiet_until <= time)
            *quiet_until = model_next_end(analyser->models[i], &end) ? end.deadline : INT64_MAX;
        due = *quiet_until < due ? *quiet_until : due;
        if (*quiet_until > time)
            continue;
        if (partition == PARTITIONS_MAX || end.deadline < next->deadline ||
            (end.deadline == next->deadline && end.id < next->id)) {
            partition = i;
            *next = end;
        }
    }
    analyser->due = due;
    return partition;
}

static bool end_due(struct analyser *analyser, uint32_t at, int64_t time) {
    struct model_end next = {0, 0};

    for (unsigned i; (i = next_due(analyser, time, &next)) != PARTITIONS_MAX;) {
        analyser->place = (struct place){at, PHASE_DUE, next.deadline, next.id};
        if (!model_end_next(analyser->models[i]))
            return false;
        analyser->quiet_until[i] = model_quiet_until(analyser->models[i]);
    }
    analyser->place = (struct place){at, PHASE_FRAME, 0, 0};
    return !analyser->failed;
}

bool analyser_pass(struct analyser *analyser, uint32_t at, int64_t time) {
    return time < analyser->due || end_due(analyser, at, time);
}

bool analyser_is_due(const struct analyser *analyser, int64_t time) {
    return time >= analyser->due;
}

/* The partitions in which connections are left, by the id of the first: a heap. */
struct left {
    struct {
        uint64_t id;
        struct model *model;
    } partitions[PARTITIONS_MAX + 1]; /* from 1 on */
    unsigned count;
};

/* Puts that partition where `at` has become free, or below, behind those whose ids are less. */
static void sift_down(struct left *left, unsigned at, struct model *model, uint64_t id) {
    for (unsigned child = 2 * at; child <= left->count; child = 2 * at) {
        child += child < left->count && left->partitions[child + 1].id < left->partitions[child].id;
        if (id < left->partitions[child].id)
            break;
        left->partitions[at] = left->partitions[child];
        at = child;
    }
    left->partitions[at].id = id;
    left->partitions[at].model = model;
}

static bool find_left(const struct analyser *analyser, struct left *left) {
    left->count = 0;
    for (unsigned i = 0; i < analyser->partitions; i++) {
        struct model *model = analyser->models[i];
        if (model != NULL && !model_finish_begin(model))
            return false;
        if (model == NULL || model_finish_id(model) == 0)
            continue;
        left->partitions[++left->count].model = model;
        left->partitions[left->count].id = model_finish_id(model);
    }
    for (unsigned i = left->count / 2; i > 0; i--)
        sift_down(left, i, left->partitions[i].model, left->partitions[i].id);
    return true;
}

bool analyser_finish(struct analyser *analyser, uint32_t at, int64_t end_time) {
    struct left left;

    if (!analyser_pass(analyser, at, end_time) || !find_left(analyser, &left))
        return false;
    while (left.count > 0) {
        struct model *model = left.partitions[1].model;
        analyser->place = (struct place){at, PHASE_LEFT, 0, left.partitions[1].id};
        if (!model_finish_next(model, end_time))
            return false;
        uint64_t id = model_finish_id(model);
        if (id != 0) {
            sift_down(&left, 1, model, id);
        } else {
            left.count--;
            sift_down(&left, 1, left.partitions[left.count + 1].model, left.partitions[left.count + 1].id);
        }
    }
    return !analyser->failed;
}

/* --- segments --- */

void analyser_expect_any(struct analyser *analyser, struct arrived *arrived) {
    struct model **model = &analyser->models[arrived->partition];

    if (*model == NULL)
        *model = model_new(&analyser->model, &analyser->model_events);
    if (*model == NULL)
        analyser->failed = true; /* also where there is memory for it a moment later */
    arrived->model = *model;
    arrived->place.slot = NULL;
    if (arrived->result == DECODE_SEGMENT && *model != NULL)
        model_expect(*model, &arrived->place);
}

void analyser_expect(struct analyser *analyser, struct arrived *arrived) {
    arrived->model = analyser->models[arrived->partition];
    if (arrived->model != NULL)
        model_expect(arrived->model, &arrived->place);
    else
        analyser_expect_any(analyser, arrived);
}

void analyser_approach(struct arrived *arrived, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (arrived[i].place.slot != NULL)
            model_approach(arrived[i].model, &arrived[i].place);
        else
            arrived[i].place.connection = NULL;
    }
    for (unsigned i = 0; i < count; i++)
        if (arrived[i].place.connection != NULL)
            model_reach(arrived[i].place.connection);
}

static bool has_seen_good_checksum(const struct analyser *analyser) {
    for (unsigned i = 0; i < analyser->partitions; i++)
        if (analyser->models[i] != NULL && model_seen_good_checksum(analyser->models[i]))
            return true;
    return false;
}

/* Opened or not. Of the analyser's own frames the models know whether one had a good checksum. */
static bool take_segment(const struct analyser *analyser, struct model *model, const struct arrived *arrived) {
    const struct segment *segment = arrived->of.segment;
    struct segment opened;

    if (arrived->unopened) {
        direct_open(&arrived->direct, &opened);
        segment = &opened;
    }
    if (!model_advance(model, segment->time))
        return false;
    if (segment->checksum == CHECKSUM_GOOD ||
        (segment->checksum == CHECKSUM_BAD && (arrived->good_checksum || has_seen_good_checksum(analyser))))
        model_note_good_checksum(model);
    return model_expected_segment(model, segment, &arrived->place);
}

static bool take_broken(const struct analyser *analyser, struct model *model, const struct broken_segment *broken) {
    bool known;

    return model_advance(model, broken->time) && model_broken_segment(model, broken, &known) &&
           (known || rules_broken(analyser->rules, broken));
}

/* Not a segment. */
__attribute__((noinline)) static bool take_other(const struct analyser *analyser, struct model *model,
                                                 const struct arrived *arrived) {
    if (arrived->result == DECODE_ICMP_ERROR)
        return model_advance(model, arrived->of.icmp_error->time) && model_icmp_error(model, arrived->of.icmp_error);
    return arrived->result != DECODE_BROKEN || take_broken(analyser, model, arrived->of.broken);
}

/* A connection that it holds may end at another time than before, or is new. */
static bool note_quiet(struct analyser *analyser, const struct model *model, unsigned partition) {
    int64_t quiet_until = model_quiet_until(model);

    analyser->quiet_until[partition] = quiet_until;
    analyser->due = quiet_until < analyser->due ? quiet_until : analyser->due;
    return !analyser->failed;
}

__attribute__((noinline)) static bool take(struct analyser *analyser, struct model *model,
                                           const struct arrived *arrived) {
    bool good = arrived->result == DECODE_SEGMENT ? take_segment(analyser, model, arrived)
                                                  : take_other(analyser, model, arrived);

    return note_quiet(analyser, model, arrived->partition) && good;
}

/* Whatever it is; an unopened one has been passed, and its model was asked first. */
__attribute__((noinline)) static bool take_further(struct analyser *analyser, const struct arrived *arrived,
                                                   enum model_direct how) {
    if (how == MODEL_DIRECT_LEFT)
        return take(analyser, arrived->model, arrived);
    return how != MODEL_DIRECT_FAILED && note_quiet(analyser, arrived->model, arrived->partition);
}

/* Unopened. */
static inline bool take_direct(struct analyser *analyser, const struct arrived *arrived) {
    enum model_direct how = model_take_direct(arrived->model, &arrived->direct, &arrived->place);

    return how == MODEL_DIRECT_TAKEN || take_further(analyser, arrived, how);
}

bool analyser_take(struct analyser *analyser, uint32_t at, const struct arrived *arrived) {
    if (arrived->model == NULL)
        return false; /* analyser_expect had no memory for it */
    analyser->place.at = at;
    return arrived->unopened ? take_direct(analyser, arrived) : take(analyser, arrived->model, arrived);
}

bool analyser_take_unopened(struct analyser *analyser, const struct arrived *arrived) {
    return arrived->model != NULL &&
           (arrived->direct.time < analyser->due || end_due(analyser, 0, arrived->direct.time)) &&
           take_direct(analyser, arrived);
}

uint64_t analyser_owner(const struct analyser *analyser, const struct arrived *arrived) {
    return model_latest_connection(analyser->models[arrived->partition]);
}

/* --- besides --- */

void analyser_note_begin(struct analyser *analyser, int64_t time) {
    rules_note_begin(analyser->rules, time);
}

void analyser_note_dropped(struct analyser *analyser, uint64_t frames, int64_t time) {
    rules_note_dropped(analyser->rules, frames, time);
}

const struct place *analyser_place(const struct analyser *analyser) {
    return &analyser->place;
}

void analyser_count(const struct analyser *analyser, struct analyser_counts *counts) {
    for (unsigned i = 0; i < analyser->partitions; i++) {
        const struct model *model = analyser->models[i];
        uint64_t opening, open, closed;

        if (model == NULL)
            continue;
        model_count_open(model, &opening, &open, &closed);
        counts->opening += opening;
        counts->open += open;
        counts->closed += closed;
        counts->evicted += model_evicted(model);
        counts->ordinary += model_ordinary(model);
        counts->uncompared += model_uncompared(model);
        for (int state = 0; state < TCP_STATES; state++)
            counts->sides[state] += model_side_states(model)[state];
    }
}
