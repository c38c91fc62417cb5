/* SPDX-License-Identifier: BSD-3-Clause */
#include "observing.h"

static const struct predecessor nothing_before;

int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct rule_settings settings;
    rule_settings_default(&settings);
    fixture->rules = rules_new(&settings);
    fixture->connection.id = 1;
    fixture->connection.port[SIDE_CLIENT] = 49152;
    fixture->connection.port[SIDE_SERVER] = 80;
    fixture->connection.before = &nothing_before;
    fixture->connection.initiator_seen = true;
    for (int side = 0; side < SIDES; side++) {
        struct endpoint *endpoint = &fixture->connection.side[side];
        endpoint->isn = side == SIDE_CLIENT ? 1000 : 0xfffffff0;
        endpoint->isn_known = ISN_SEEN;
        endpoint->frames = 3;
        endpoint->next = endpoint->acknowledged = 1;
        endpoint->path.state = STATE_ESTABLISHED;
        endpoint->path.certainty = CERTAINTY_CERTAIN;
    }
    fixture->connection.side[SIDE_CLIENT].syn_frame = 1;
    fixture->connection.side[SIDE_CLIENT].syn_count = 1;
    fixture->connection.side[SIDE_SERVER].syn_ack_frame = 2;
    fixture->connection.side[SIDE_SERVER].syn_ack_count = 1;
    fixture->connection.handshake_ack_frame = 3;
    *state = fixture;
    return 0;
}

int tear_down(void **state) {
    struct fixture *fixture = *state;
    findings_free(fixture->connection.findings);
    rules_free(fixture->rules);
    free(fixture);
    return 0;
}

struct observation *observe(struct fixture *fixture, uint64_t frame, int64_t ms, enum side sender, uint16_t flags) {
    memset(&fixture->segment, 0, sizeof fixture->segment);
    fixture->segment.frame = frame;
    fixture->segment.flags = flags;
    memset(&fixture->seen, 0, sizeof fixture->seen);
    struct observation *seen = &fixture->seen;
    seen->segment = &fixture->segment;
    seen->connection = &fixture->connection;
    seen->frame = frame;
    seen->time = MILLISECONDS(ms);
    seen->sender = (uint8_t)sender;
    for (int side = 0; side < SIDES; side++)
        seen->before[side].state = fixture->connection.side[side].path.state;
    fixture->connection.last_frame = frame;
    fixture->connection.last_time = seen->time;
    return seen;
}

const struct finding *only_finding(const struct fixture *fixture) {
    const struct findings *findings = fixture->connection.findings;
    assert_non_null(findings);
    assert_int_equal(findings_reported(findings), 1);
    for (uint32_t i = 0; i < findings->count; i++) {
        if (!findings->items[i].withdrawn)
            return &findings->items[i];
    }
    return NULL;
}

const char *sentence_of(const struct fixture *fixture, const struct finding *finding) {
    static char sentence[FINDING_SENTENCE];
    return finding_sentence(&fixture->connection, finding, sentence);
}

unsigned count_of(const struct fixture *fixture, enum anomaly_id id) {
    unsigned count = 0;
    const struct findings *findings = fixture->connection.findings;
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++)
        count += findings->items[i].id == id && !findings->items[i].withdrawn;
    return count;
}

void end(struct fixture *fixture, enum connection_end why, int64_t now) {
    fixture->connection.end = (uint8_t)why;
    assert_true(rules_end(fixture->rules, &fixture->connection, now));
}
