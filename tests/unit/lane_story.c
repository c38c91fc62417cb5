/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

uint8_t payload[OCTETS];

/* --- what was seen --- */

static void mix(uint64_t *digest, uint64_t value) {
    *digest = (*digest ^ value) * UINT64_C(0x100000001b3);
    *digest ^= *digest >> 29;
}

static void mix_octets(uint64_t *digest, const void *octets, size_t count) {
    for (size_t i = 0; i < count; i++)
        mix(digest, ((const uint8_t *)octets)[i]);
}

static void mix_segment(uint64_t *digest, const struct segment *segment) {
    const uint64_t values[] = {segment->frame,
                               (uint64_t)segment->time,
                               segment->source_port,
                               segment->destination_port,
                               segment->seq,
                               segment->ack,
                               segment->flags,
                               segment->window,
                               segment_imprint(segment),
                               segment->checksum,
                               segment->hop_limit,
                               segment->odd,
                               segment->length,
                               segment->ip_id,
                               segment->encapsulation,
                               segment->network,
                               segment->options.present,
                               segment->options.mss,
                               segment->options.window_scale,
                               segment->options.timestamp_value,
                               segment->options.timestamp_echo,
                               segment->link_source,
                               segment->payload_captured,
                               segment->payload_captured > KEPT_HEAD ? segment->payload_sum : 0};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        mix(digest, values[i]);
    mix_octets(digest, segment->source.octets, sizeof segment->source.octets);
    mix_octets(digest, segment->destination.octets, sizeof segment->destination.octets);
    mix_octets(digest, segment->payload, segment->payload_captured < KEPT_HEAD ? segment->payload_captured : KEPT_HEAD);
}

static void mix_recent(uint64_t *digest, const struct recent_segment *recent) {
    const uint64_t values[] = {recent->frame,   recent->flags,          recent->hop_limit, recent->rejected,
                               recent->raw_seq, (uint64_t)recent->time, recent->raw_ack,   recent->length,
                               recent->ip_id,   recent->tsval,          recent->window,    recent->imprint};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        mix(digest, values[i]);
}

static void mix_step(uint64_t *digest, const struct step *step) {
    const uint64_t values[] = {
        step->frame, (uint64_t)step->time, step->settled_by, step->flags, step->from,
        step->to,    step->cause,          step->certainty,  step->event,
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        mix(digest, values[i]);
}

/* What each steady segment leaves, of which the next asks. */
static void mix_progress(uint64_t *digest, const struct endpoint *side) {
    const uint64_t values[] = {side->acknowledged_frame,
                               (uint64_t)side->ack_sent,
                               (uint64_t)side->last_ack,
                               (uint64_t)side->timed_end,
                               (uint64_t)side->timed_at,
                               (uint64_t)side->round_trip_latest,
                               (uint64_t)side->last_sent_time,
                               side->last_sent_frame,
                               side->link_source,
                               side->hop_limit,
                               side->octets_frame,
                               (uint64_t)side->octets_time,
                               side->after_silence,
                               side->repeats_without_progress,
                               side->data_seen,
                               side->pure_ack_seen,
                               (uint64_t)side->sack_edge,
                               side->recent_latest};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        mix(digest, values[i]);
}

static void mix_clock(uint64_t *digest, const struct endpoint *side) {
    const uint64_t values[] = {side->tsval_known,
                               side->tsval_recent_known,
                               side->tsval_recent,
                               side->clock_first_tsval,
                               (uint64_t)side->clock_first_time,
                               (uint64_t)side->clock_least,
                               side->clock_proved,
                               side->fresh_known,
                               side->fresh_tsval,
                               (uint64_t)side->fresh_time,
                               side->fresh_all_acknowledged};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        mix(digest, values[i]);
}

static void mix_kept(uint64_t *digest, const struct kept *kept) {
    for (uint32_t i = 0; kept != NULL && i < kept->room; i++) {
        const struct kept_segment *place = &kept->ring[i];
        mix(digest, place->frame);
        mix(digest, place->captured);
        if (place->captured > 0) {
            mix(digest, (uint64_t)place->begin);
            mix_octets(digest, place->head, place->captured < KEPT_HEAD ? place->captured : KEPT_HEAD);
        }
        mix(digest, place->captured > KEPT_HEAD ? place->sum : 0);
    }
}

static void mix_tally(uint64_t *digest, const struct segment_tally *tally) {
    mix(digest, tally->count);
    mix(digest, tally->first_frame);
    mix(digest, tally->last_frame);
    mix(digest, (uint64_t)tally->first_time);
    mix(digest, (uint64_t)tally->last_time);
}

static void mix_oddities(uint64_t *digest, const struct oddities *oddities) {
    for (unsigned i = 0; oddities != NULL && i < SIDES; i++) {
        mix_tally(digest, &oddities[i].cut);
        mix_tally(digest, &oddities[i].offloaded);
        mix_tally(digest, &oddities[i].oversized);
    }
}

static void mix_side(uint64_t *digest, const struct endpoint *side) {
    const uint64_t values[] = {(uint64_t)side->next,
                               (uint64_t)side->acknowledged,
                               (uint64_t)side->acknowledged_time,
                               (uint64_t)side->window_edge,
                               (uint64_t)side->round_trip,
                               side->frames,
                               side->bytes,
                               side->isn,
                               side->window,
                               side->window_max,
                               side->window_room,
                               side->tsval_max,
                               side->tsecr_sent,
                               side->length_limit,
                               side->opening.frame,
                               (uint64_t)side->opening.time,
                               side->was_established,
                               side->path.state,
                               side->path.certainty,
                               side->path.pending};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        mix(digest, values[i]);
    for (int i = 0; i < RECENT_SEGMENTS; i++)
        mix_recent(digest, &side->recent[i]);
    struct step steps[PATH_STEPS_MAX];
    size_t count = path_steps(&side->path, steps);
    for (size_t i = 0; i < count; i++)
        mix_step(digest, &steps[i]);
    mix_kept(digest, side->kept);
    mix_progress(digest, side);
    mix_clock(digest, side);
}

static void add(struct witness *witness, uint64_t digest) {
    assert_true(witness->count < SEEN_MOST);
    witness->seen[witness->count++] = digest;
}

static bool observed(void *context, const struct observation *observation) {
    uint64_t digest = observation->facts;
    const uint64_t values[] = {observation->more,
                               observation->frame,
                               (uint64_t)observation->time,
                               observation->sender,
                               (uint64_t)observation->seq,
                               (uint64_t)observation->ack,
                               (uint64_t)observation->fresh_octets,
                               (uint64_t)observation->repeated_octets,
                               (uint64_t)observation->guard[0],
                               (uint64_t)observation->guard[1],
                               observation->after[0].state,
                               observation->after[0].certainty,
                               observation->after[1].state,
                               observation->after[1].certainty};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        mix(&digest, values[i]);
    if (observation->segment != NULL)
        mix_segment(&digest, observation->segment);
    add(context, digest);
    return true;
}

static void mix_predecessor(uint64_t *digest, const struct predecessor *before) {
    const uint64_t values[] = {(uint64_t)before->time_wait_since,
                               before->time_wait_side,
                               before->ended,
                               before->timestamps,
                               before->last_frame,
                               (uint64_t)before->last_time};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        mix(digest, values[i]);
    for (int i = 0; i < SIDES; i++) {
        mix(digest, before->isn[i]);
        mix(digest, before->next[i]);
        mix(digest, before->tsval[i]);
    }
}

static bool ended(void *context, struct connection *connection) {
    struct witness *witness = context;
    uint64_t digest = connection->id;
    const uint64_t values[] = {connection->frames_seen,
                               (uint64_t)connection->first_time,
                               (uint64_t)connection->last_time,
                               connection->last_frame,
                               connection->end,
                               (uint64_t)connection->end_time,
                               connection->incarnation,
                               connection->liveness != NULL,
                               connection->network,
                               connection->encapsulation,
                               connection->oddities != NULL};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        mix(&digest, values[i]);
    mix_predecessor(&digest, connection->before);
    mix_octets(&digest, connection->zeek.history, connection->zeek.length);
    mix_oddities(&digest, connection->oddities);
    mix_side(&digest, &connection->side[0]);
    mix_side(&digest, &connection->side[1]);
    add(witness, digest);
    witness->ended++;
    return true;
}

static void dropped(void *context, struct connection *connection) {
    (void)connection;
    add(context, 1);
}

static const char *side_of(const struct witness *witness, const struct watch_event *event) {
    return event->port == witness->story->segments[0].source_port ? "client" : "server";
}

static bool passed(void *context, struct watch_queue *queue) {
    static const char *const words[WATCH_KINDS] = {
        [WATCH_SYN] = "opened", [WATCH_COMPLETED] = "completed", [WATCH_ENTERED] = "entered", [WATCH_LEFT] = "left"};
    struct witness *witness = context;
    const struct watch_event *event = &witness->event;
    size_t used = strlen(witness->passed);
    bool moved = event->kind == WATCH_ENTERED || event->kind == WATCH_LEFT;
    queue->next = &witness->event;
    snprintf(witness->passed + used, sizeof witness->passed - used, "%llu %s%s%s%s%s\n",
             (unsigned long long)event->frame, words[event->kind], moved ? " by the " : "",
             moved ? side_of(witness, event) : "", moved ? ": " : "",
             moved ? state_name((enum tcp_state)event->state) : "");
    for (unsigned i = 0; i < witness->story->count && event->kind == WATCH_COMPLETED; i++) {
        const struct segment *syn = &witness->story->segments[i];
        if (syn->frame == event->connection)
            assert_int_equal(event->since, syn->time);
    }
    return true;
}

static bool alike(void *context, const struct ordinary_end *end, bool *enough) {
    struct witness *witness = context;
    witness->end_time = end->time;
    witness->octets = end->octets;
    witness->kind = *end->kind;
    witness->alike++;
    *enough = witness->enough;
    return true;
}

/* --- the story --- */

struct segment *say(struct story *story, enum side side, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t length) {
    const struct address client = {.version = 4, .octets = {10, 0, 0, 1}};
    const struct address server = {.version = 4, .octets = {192, 0, 2, 1}};
    bool up = side == SIDE_CLIENT;
    assert_true(story->count < STORY_MOST && length <= OCTETS);
    struct segment *segment = &story->segments[story->count++];
    *segment = (struct segment){
        .frame = story->count * 3,
        .time = 1000 * SECOND + story->count * 10 * MILLISECOND,
        .source = up ? client : server,
        .destination = up ? server : client,
        .source_port = up ? 40000 : 443,
        .destination_port = up ? 443 : 40000,
        .seq = (up ? ISN_CLIENT : ISN_SERVER) + seq,
        .ack = (flags & TCP_ACK) == 0 ? 0 : (up ? ISN_SERVER : ISN_CLIENT) + ack,
        .flags = flags,
        .window = 20000,
        .checksum_seen = (uint16_t)(story->count * 7),
        .checksum = CHECKSUM_GOOD,
        .hop_limit = up ? 64 : 57,
        .length = length,
        .payload_captured = length,
        .payload = length > 0 ? payload : NULL,
        .ip_id = (up ? 700 : 30000) + story->count,
        .encapsulation = 3,
        .link_source = up ? 0x112233 : 0x445566,
        .payload_sum = checksum_add(0, payload, length),
    };
    if ((flags & TCP_SYN) != 0) {
        segment->options.present = OPTION_MSS;
        segment->options.mss = up ? 1400 : 1460;
    }
    return segment;
}

void ordinary(struct story *story) {
    *story = (struct story){.end = 300 * SECOND};
    say(story, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    say(story, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 1, 1, 0);
    say(story, SIDE_CLIENT, TCP_ACK | TCP_PSH, 1, 1, 300);
    say(story, SIDE_SERVER, TCP_ACK, 1, 301, 0);
    say(story, SIDE_SERVER, TCP_ACK | TCP_PSH, 1, 301, 500);
    say(story, SIDE_CLIENT, TCP_ACK, 301, 501, 0);
    say(story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, 501, 0);
    say(story, SIDE_SERVER, TCP_ACK, 501, 302, 0);
    say(story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 302, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 302, 502, 0);
}

static void begin(struct witness *witness, struct story *story, bool lane, bool enough) {
    const struct model_events events = {.context = witness,
                                        .observed = observed,
                                        .ended = ended,
                                        .dropped = dropped,
                                        .queue = &witness->queue,
                                        .alike = alike};
    struct model_settings settings;
    *witness = (struct witness){.story = story, .enough = enough};
    witness->queue = (struct watch_queue){&witness->event, &witness->event + 1, passed, witness};
    model_settings_default(&settings);
    settings.late = settings.may_move = true;
    settings.no_lane = !lane;
    settings.profile = story->profile;
    settings.max_idle_awake = 0;
    settings.idle_timeout = story->idle != 0 ? story->idle : settings.idle_timeout;
    witness->model = model_new(&settings, &events);
    assert_non_null(witness->model);
}

static void assert_same_now(const struct witness *one, const struct witness *other) {
    uint64_t opening[2], open[2], closed[2];
    const uint64_t *states[] = {model_side_states(one->model), model_side_states(other->model)};
    for (int i = 0; i < TCP_STATES; i++)
        assert_int_equal(states[0][i], states[1][i]);
    model_count_open(one->model, &opening[0], &open[0], &closed[0]);
    model_count_open(other->model, &opening[1], &open[1], &closed[1]);
    assert_int_equal(opening[0], opening[1]);
    assert_int_equal(open[0], open[1]);
    assert_int_equal(closed[0], closed[1]);
    struct model_end next[2] = {{0, 0}, {0, 0}};
    assert_int_equal(model_next_end(one->model, &next[0]), model_next_end(other->model, &next[1]));
    assert_int_equal(next[0].deadline, next[1].deadline);
    assert_int_equal(model_latest_connection(one->model), model_latest_connection(other->model));
}

static int by_value(const void *one, const void *other) {
    const uint64_t *a = one, *b = other;
    return (*a > *b) - (*a < *b);
}

/* In whatever order: of several connections those in the lane tell later. */
static void assert_same_seen(const struct witness *one, const struct witness *other) {
    uint64_t seen[2][SEEN_MOST];
    assert_int_equal(one->count, other->count);
    memcpy(seen[0], one->seen, sizeof seen[0]);
    memcpy(seen[1], other->seen, sizeof seen[1]);
    qsort(seen[0], one->count, sizeof seen[0][0], by_value);
    qsort(seen[1], one->count, sizeof seen[0][0], by_value);
    for (unsigned i = 0; i < one->count; i++)
        assert_int_equal(seen[0][i], seen[1][i]);
}

struct witness tell(struct story *story, bool enough) {
    static struct witness one, other;
    begin(&one, story, true, enough);
    begin(&other, story, false, false);
    for (unsigned i = 0; i < story->count; i++) {
        assert_true(model_segment(one.model, &story->segments[i]));
        assert_true(model_segment(other.model, &story->segments[i]));
        assert_same_now(&one, &other);
    }
    int64_t end = story->segments[story->count - 1].time + story->end;
    assert_true(model_advance(one.model, end) && model_advance(other.model, end));
    assert_same_now(&one, &other);
    assert_true(model_finish(one.model, end) && model_finish(other.model, end));
    assert_int_equal(model_ordinary(other.model), 0);
    assert_int_equal(other.alike, 0);
    assert_int_equal(other.ended, one.ended + (enough ? one.alike : 0));
    if (!enough)
        assert_same_seen(&one, &other);
    model_free(other.model);
    return one;
}

enum outcome outcome_of(struct story *story) {
    struct witness witness = tell(story, false);
    uint64_t stayed = model_ordinary(witness.model);
    model_free(witness.model);
    assert_true(witness.alike <= stayed && stayed <= 1);
    return stayed == 0 ? LEFT : witness.alike == 0 ? ORDINARY_WITHOUT_KIND : OF_A_KIND;
}

void delay(struct story *story, unsigned from, int64_t by) {
    for (unsigned i = from; i < story->count; i++)
        story->segments[i].time += by;
}

int fill_payload(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 31 + i / 256);
    return 0;
}

void set_checksum(struct segment *segment, enum checksum_status checksum) {
    segment->checksum = (uint8_t)checksum;
    segment->odd = (uint16_t)((segment->odd & ~ODD_OFFLOADED) | (checksum == CHECKSUM_OFFLOADED ? ODD_OFFLOADED : 0));
}

void add_timestamps(struct story *story) {
    for (unsigned i = 0; i < story->count; i++) {
        bool up = story->segments[i].source_port == 40000;
        story->segments[i].options.present |= OPTION_TIMESTAMPS;
        story->segments[i].options.timestamp_value = (up ? UINT32_MAX - 40 : 70000) + 10 * i;
        story->segments[i].options.timestamp_echo = i == 0 ? 0 : (up ? 70000 : UINT32_MAX - 40) + 10 * (i - 1);
    }
}
