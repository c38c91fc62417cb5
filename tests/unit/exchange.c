/* SPDX-License-Identifier: BSD-3-Clause */
#include "exchange.h"

bool long_way;

static const uint8_t payload[2000];

static bool noted(void *context, const struct observation *observation) {
    struct fixture *fixture = context;
    fixture->last = *observation;
    fixture->client = observation->after[SIDE_CLIENT];
    return true;
}

static bool observed(void *context, const struct observation *observation) {
    struct fixture *fixture = context;
    noted(context, observation);
    return fixture->rules == NULL || rules_observe(fixture->rules, observation);
}

static bool ended(void *context, struct connection *connection) {
    struct fixture *fixture = context;
    if (fixture->rules == NULL)
        return true;
    assert_true(rules_end(fixture->rules, connection, connection->end_time));
    for (uint32_t i = 0; connection->findings != NULL && i < connection->findings->count; i++) {
        const struct finding *finding = &connection->findings->items[i];
        if (!finding->withdrawn) {
            fixture->raised[finding->id]++;
            fixture->severity[finding->id] = finding->severity;
            fixture->count[finding->id] = finding->count;
        }
    }
    findings_free(connection->findings);
    connection->findings = NULL;
    return true;
}

static void dropped(void *context, struct connection *connection) {
    (void)context;
    findings_free(connection->findings);
    connection->findings = NULL;
}

void begin(struct fixture *fixture, enum profile profile) {
    const struct model_events events = {.context = fixture,
                                        .observed = observed,
                                        .ended = ended,
                                        .dropped = dropped,
                                        .applied = long_way ? noted : NULL};
    struct model_settings settings;
    *fixture = (struct fixture){.time = 1000 * SECOND};
    model_settings_default(&settings);
    settings.profile = profile;
    fixture->model = model_new(&settings, &events);
    assert_non_null(fixture->model);
}

void begin_with_rules(struct fixture *fixture, enum profile profile) {
    struct rule_settings settings;
    begin(fixture, profile);
    rule_settings_default(&settings);
    fixture->rules = rules_new(&settings);
    assert_non_null(fixture->rules);
}

void finish(struct fixture *fixture, int64_t after) {
    assert_true(model_finish(fixture->model, fixture->time + after));
    end(fixture);
}

void end(struct fixture *fixture) {
    rules_free(fixture->rules);
    model_free(fixture->model);
}

struct segment of(struct fixture *fixture, enum side side, uint16_t flags, uint32_t seq, uint32_t ack,
                  uint32_t length) {
    const struct address client = {.version = 4, .octets = {10, 0, 0, 1}};
    const struct address server = {.version = 4, .octets = {10, 0, 0, 2}};
    bool up = side == SIDE_CLIENT;
    fixture->frame++;
    struct segment segment = {.frame = fixture->frame,
                              .source = up ? client : server,
                              .destination = up ? server : client,
                              .source_port = up ? 40000 : 80,
                              .destination_port = up ? 80 : 40000,
                              .seq = (up ? ISN_CLIENT : ISN_SERVER) + seq,
                              .ack = (flags & TCP_ACK) == 0 ? 0 : (up ? ISN_SERVER : ISN_CLIENT) + ack,
                              .flags = flags,
                              .window = WINDOW,
                              .hop_limit = 64,
                              .ip_id = (uint32_t)fixture->frame + 100,
                              .checksum = CHECKSUM_GOOD,
                              .checksum_seen = (uint16_t)(1000 + fixture->frame),
                              .length = length,
                              .payload = payload,
                              .payload_captured = length};
    if ((flags & TCP_SYN) != 0) {
        segment.options.present = OPTION_MSS;
        segment.options.mss = 1460;
    }
    return segment;
}

void take(struct fixture *fixture, int64_t after, struct segment *segment) {
    segment->time = fixture->time += after;
    memset(&fixture->last, 0, sizeof fixture->last);
    assert_true(model_segment(fixture->model, segment));
}

void say_after(struct fixture *fixture, int64_t after, enum side side, uint16_t flags, uint32_t seq, uint32_t ack,
               uint32_t length) {
    struct segment segment = of(fixture, side, flags, seq, ack, length);
    take(fixture, after, &segment);
}

void say(struct fixture *fixture, enum side side, uint16_t flags, uint32_t seq, uint32_t ack, uint32_t length) {
    say_after(fixture, 10 * MILLISECOND, side, flags, seq, ack, length);
}

void report_error(struct fixture *fixture, const struct segment *quoted, uint8_t type, uint8_t code) {
    const struct icmp_error error = {.frame = ++fixture->frame,
                                     .time = fixture->time += MILLISECOND,
                                     .source = quoted->source,
                                     .destination = quoted->destination,
                                     .reporter = quoted->destination,
                                     .source_port = quoted->source_port,
                                     .destination_port = quoted->destination_port,
                                     .seq = quoted->seq,
                                     .type = type,
                                     .code = code};
    assert_true(model_icmp_error(fixture->model, &error));
}

bool is_fact(const struct fixture *fixture, uint32_t facts) {
    return (fixture->last.facts & facts) != 0;
}

bool is_more(const struct fixture *fixture, uint64_t more) {
    return (fixture->last.more & more) != 0;
}

enum tcp_state state_of(const struct fixture *fixture, enum side side) {
    return (enum tcp_state)fixture->last.after[side].state;
}

void shake_hands(struct fixture *fixture) {
    say(fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    say(fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    say(fixture, SIDE_CLIENT, TCP_ACK, 1, 1, 0);
    say(fixture, SIDE_CLIENT, TCP_ACK, 1, 1, 100);
    say(fixture, SIDE_SERVER, TCP_ACK, 1, 101, 0);
}

void open_connection(struct fixture *fixture) {
    begin(fixture, PROFILE_LINUX);
    shake_hands(fixture);
}
