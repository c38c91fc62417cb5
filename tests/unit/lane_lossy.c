/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

#include "model/verdict.h"
#include "rules/rules.h"

/* Connections that lose octets, by chance: whatever of it is only written down must come to the same at each segment.
 */

struct talk {
    struct story story;
    uint64_t chance;
    uint32_t next[SIDES]; /* relative */
    uint32_t acked[SIDES];
    uint32_t begins[SIDES][STORY_MOST]; /* of the segments so far */
    uint32_t lengths[SIDES][STORY_MOST];
    unsigned sent[SIDES];
};

static uint32_t roll(struct talk *talk, uint32_t sides) {
    talk->chance = talk->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(talk->chance >> 33) % sides;
}

/* Speaks, some time after what was said before: mostly soon. */
static struct segment *speak(struct talk *talk, enum side side, uint16_t flags, uint32_t seq, uint32_t length) {
    static const int64_t pauses[] = {MILLISECOND / 10, 3 * MILLISECOND, 30 * MILLISECOND, 400 * MILLISECOND,
                                     2 * SECOND};
    struct story *story = &talk->story;
    int64_t before = story->segments[story->count - 1].time;
    struct segment *segment = say(story, side, flags, seq, talk->acked[1 - side], length);
    segment->time = before + pauses[roll(talk, 5) * roll(talk, 5) / 4] + roll(talk, 1000);
    return segment;
}

static void send_on(struct talk *talk, enum side side) {
    uint32_t length = 1 + roll(talk, roll(talk, 2) ? 30 : 700);
    speak(talk, side, TCP_ACK | (roll(talk, 2) ? TCP_PSH : 0), talk->next[side], length);
    talk->begins[side][talk->sent[side]] = talk->next[side];
    talk->lengths[side][talk->sent[side]++] = length;
    talk->next[side] += length;
}

static void send_again(struct talk *talk, enum side side) {
    if (talk->sent[side] == 0)
        return;
    unsigned latest = roll(talk, 4);
    unsigned which = latest < talk->sent[side] ? talk->sent[side] - 1 - latest : 0;
    uint32_t length = talk->lengths[side][which];
    speak(talk, side, TCP_ACK, talk->begins[side][which], roll(talk, 8) ? length : 1 + length / 2);
}

static void name_block(struct segment *segment, enum side of, uint32_t begin, uint32_t end) {
    uint32_t isn = of == SIDE_CLIENT ? ISN_CLIENT : ISN_SERVER;
    segment->options.present |= OPTION_SACK;
    segment->options.sack_count = 1;
    segment->options.sack[0].begin = isn + begin;
    segment->options.sack[0].end = isn + end;
}

/* Of some of what the other side has sent, perhaps with a block of what is behind. */
static void acknowledge(struct talk *talk, enum side side) {
    enum side peer = other_side(side);
    unsigned which = talk->sent[peer] > 0 ? talk->sent[peer] - 1 - roll(talk, 3) % talk->sent[peer] : 0;
    uint32_t end = talk->sent[peer] > 0 ? talk->begins[peer][which] + talk->lengths[peer][which] : 1;
    if (roll(talk, 3) > 0 && end > talk->acked[peer])
        talk->acked[peer] = end;
    struct segment *segment = speak(talk, side, TCP_ACK, talk->next[side], 0);
    if (roll(talk, 3) == 0 && end > talk->acked[peer])
        name_block(segment, peer, talk->begins[peer][which], end);
}

/* The closer has sent its FIN; of the octets before that some were lost behind the capture, which the receiver tells by
 * blocks, once or more, and gets them. */
static void refill(struct talk *talk, enum side closer) {
    enum side last = other_side(closer);
    unsigned lost = 0;
    while (lost < talk->sent[closer] && talk->begins[closer][lost] < talk->acked[closer])
        lost++;
    for (unsigned i = lost; i + 1 < talk->sent[closer]; i++) {
        for (unsigned k = roll(talk, 3); k > 0; k--)
            name_block(speak(talk, last, TCP_ACK, talk->next[last], 0), closer, talk->begins[closer][i + 1],
                       talk->next[closer] - 1);
        speak(talk, closer, TCP_ACK, talk->begins[closer][i], talk->lengths[closer][i]);
        if (roll(talk, 3))
            break;
        talk->acked[closer] = talk->begins[closer][i + 1];
        speak(talk, last, TCP_ACK, talk->next[last], 0);
    }
}

static void close_one_by_one(struct talk *talk, enum side closer) {
    enum side last = other_side(closer);
    speak(talk, closer, TCP_ACK | TCP_FIN, talk->next[closer]++, 0);
    bool refills = roll(talk, 3) == 0;
    if (refills)
        refill(talk, closer);
    for (unsigned i = refills ? 0 : roll(talk, 4); i > 0; i--) {
        acknowledge(talk, last);
        if (roll(talk, 3) == 0)
            send_again(talk, roll(talk, 8) ? closer : last);
    }
    talk->acked[closer] = talk->next[closer];
    if (roll(talk, 2))
        speak(talk, last, TCP_ACK, talk->next[last], 0);
    speak(talk, last, TCP_ACK | TCP_FIN, talk->next[last]++, 0);
    if (roll(talk, 3))
        talk->acked[last] = talk->next[last];
    speak(talk, closer, TCP_ACK, talk->next[closer], 0);
}

static void talk_openly(struct talk *talk, uint64_t chance) {
    *talk = (struct talk){.chance = chance, .next = {1, 1}, .acked = {1, 1}};
    ordinary(&talk->story);
    talk->story.count = ASK;
    for (unsigned i = 2 + roll(talk, 20); i > 0; i--) {
        enum side side = roll(talk, 3) ? SIDE_SERVER : SIDE_CLIENT;
        unsigned what = roll(talk, 10);
        (what < 4 ? send_on : what < 6 ? send_again : acknowledge)(talk, what < 6 ? side : other_side(side));
    }
}

static void tell_of(struct talk *talk, uint64_t chance) {
    talk_openly(talk, chance);
    close_one_by_one(talk, roll(talk, 2) ? SIDE_SERVER : SIDE_CLIENT);
}

/* Once all is acknowledged, or not, and whoever reads the RST; others may follow. */
static void reset(struct talk *talk) {
    enum side side = roll(talk, 2) ? SIDE_SERVER : SIDE_CLIENT;
    if (roll(talk, 3)) {
        for (unsigned i = 0; i < SIDES; i++)
            talk->acked[i] = talk->next[i];
        speak(talk, other_side(side), TCP_ACK, talk->next[other_side(side)], 0);
        if (roll(talk, 2))
            speak(talk, side, TCP_ACK, talk->next[side], 0);
    }
    talk->story.profile = (enum profile)roll(talk, PROFILES);
    bool bare = roll(talk, 3) == 0;
    speak(talk, side, bare ? TCP_RST : TCP_RST | TCP_ACK, talk->next[side] - (roll(talk, 8) == 0), 0)->window = 0;
    if (bare)
        talk->story.segments[talk->story.count - 1].ack = 0;
    for (unsigned i = roll(talk, 3); i > 0; i--)
        (roll(talk, 2) ? acknowledge : send_on)(talk, roll(talk, 4) ? other_side(side) : side);
}

static void test_chance(void **state) {
    enum { STORIES = 4000 };
    unsigned outcomes[3] = {0};
    (void)state;
    for (uint64_t i = 0; i < STORIES; i++) {
        struct talk talk;
        tell_of(&talk, i * 977 + 1);
        outcomes[outcome_of(&talk.story)]++;
    }
    assert_in_range(outcomes[LEFT], STORIES / 20, STORIES);
    assert_in_range(outcomes[ORDINARY_WITHOUT_KIND], STORIES / 20, STORIES);
}

static void test_resets(void **state) {
    enum { STORIES = 8000 };
    unsigned outcomes[3] = {0};
    (void)state;
    for (uint64_t i = 0; i < STORIES; i++) {
        struct talk talk;
        (i % 2 == 0 ? talk_openly : tell_of)(&talk, i * 1361 + 5);
        talk.story.count -= (unsigned)(i % 2);
        reset(&talk);
        outcomes[outcome_of(&talk.story)]++;
    }
    assert_in_range(outcomes[LEFT], STORIES / 20, STORIES);
    assert_in_range(outcomes[ORDINARY_WITHOUT_KIND], STORIES / 20, STORIES);
}

/* --- what connections of one kind come to --- */

enum { WORDS = 200, KINDS = 2000 };

/* What a report counts of a connection. */
struct ended_as {
    struct ordinary_kind kind;
    char words[WORDS];
    uint64_t octets;
};

struct judged {
    struct rules *rules;
    bool has_kind;
    struct ended_as as;
};

static bool judge_segment(void *context, const struct observation *observation) {
    struct judged *judged = context;
    return rules_observe(judged->rules, observation);
}

static int by_word(const void *one, const void *other) {
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static void put_findings(struct ended_as *as, const struct findings *findings) {
    const char *ids[16];
    unsigned count = 0;
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        assert_true(count < 16);
        if (!findings->items[i].withdrawn)
            ids[count++] = anomaly_row((enum anomaly_id)findings->items[i].id)->id;
    }
    qsort(ids, count, sizeof ids[0], by_word);
    for (unsigned i = 0; i < count; i++) {
        size_t used = strlen(as->words);
        snprintf(as->words + used, WORDS - used, " %s", ids[i]);
    }
}

static bool judge_end(void *context, struct connection *connection) {
    struct judged *judged = context;
    struct verdict verdict;
    assert_true(rules_end(judged->rules, connection, connection->end_time));
    connection_verdict(connection, connection->end_time, &verdict);
    snprintf(judged->as.words, WORDS, "%s %s %s %s", handshake_outcome_name(verdict.handshake),
             teardown_outcome_name(verdict.teardown), state_name(endpoint_state(&connection->side[SIDE_CLIENT])),
             state_name(endpoint_state(&connection->side[SIDE_SERVER])));
    put_findings(&judged->as, connection->findings);
    assert_true(!judged->has_kind ||
                judged->as.octets == connection->side[SIDE_CLIENT].bytes + connection->side[SIDE_SERVER].bytes);
    findings_free(connection->findings);
    connection->findings = NULL;
    return true;
}

static void judge_none(void *context, struct connection *connection) {
    (void)context;
    findings_free(connection->findings);
    connection->findings = NULL;
}

/* Nobody listens. */
static bool ignore(void *context, struct watch_queue *queue) {
    queue->next = context;
    return true;
}

static bool judge_kind(void *context, const struct ordinary_end *end, bool *enough) {
    struct judged *judged = context;
    judged->has_kind = true;
    judged->as.kind = *end->kind;
    judged->as.octets = end->octets;
    *enough = false;
    return true;
}

/* What the connection of a story comes to. */
static struct judged judge(const struct story *story) {
    struct rule_settings settings;
    struct model_settings model_settings;
    struct judged judged = {0};
    rule_settings_default(&settings);
    model_settings_default(&model_settings);
    model_settings.late = model_settings.may_move = true;
    judged.rules = rules_new(&settings);
    struct watch_event event;
    struct watch_queue queue = {&event, &event + 1, ignore, &event};
    const struct model_events events = {.context = &judged,
                                        .observed = judge_segment,
                                        .ended = judge_end,
                                        .dropped = judge_none,
                                        .queue = &queue,
                                        .alike = judge_kind};
    struct model *model = model_new(&model_settings, &events);
    assert_true(judged.rules != NULL && model != NULL);
    for (unsigned i = 0; i < story->count; i++)
        assert_true(model_segment(model, &story->segments[i]));
    assert_true(model_finish(model, story->segments[story->count - 1].time + story->end));
    model_free(model);
    rules_free(judged.rules);
    return judged;
}

/* The capture may end while the connection is open or closing, and soon or late. */
static void cut_off(struct talk *talk) {
    static const int64_t after[] = {0,           SECOND / 2,  SECOND,       SECOND + 1,  5 * SECOND / 2,
                                    3 * SECOND,  4 * SECOND,  7 * SECOND,   59 * SECOND, 59 * SECOND + SECOND / 2,
                                    60 * SECOND, 90 * SECOND, 4000 * SECOND};
    talk->story.end = after[roll(talk, sizeof after / sizeof after[0])];
    if (roll(talk, 2))
        talk->story.count -= roll(talk, 2) ? 1 : roll(talk, talk->story.count - ASK);
}

/* Whatever is of one kind comes to one and the same. */
static void test_kinds(void **state) {
    enum { STORIES = 6000 };
    static struct ended_as known[KINDS];
    unsigned kinds = 0, met = 0, repaired = 0, at_close = 0, progress[PROGRESS_LAST_ACK + 1] = {0};
    (void)state;
    for (uint64_t i = 0; i < STORIES; i++) {
        struct talk talk;
        tell_of(&talk, i * 12345 + 7);
        cut_off(&talk);
        struct judged judged = judge(&talk.story);
        unsigned at = 0;
        while (at < kinds && memcmp(&known[at].kind, &judged.as.kind, sizeof judged.as.kind) != 0)
            at++;
        if (!judged.has_kind)
            continue;
        assert_in_range(at, 0, KINDS - 1);
        known[at] = at == kinds ? judged.as : known[at];
        met += at < kinds;
        kinds += at == kinds;
        repaired += judged.as.kind.repairs != 0;
        at_close += (judged.as.kind.repairs & REPAIR_AT_CLOSE) != 0;
        progress[judged.as.kind.progress]++;
        assert_string_equal(judged.as.words, known[at].words);
    }
    assert_in_range(met, STORIES / 50, STORIES);
    assert_in_range(repaired, STORIES / 100, STORIES);
    assert_in_range(at_close, STORIES / 1000, STORIES);
    for (unsigned i = 0; i <= PROGRESS_LAST_ACK; i++)
        assert_in_range(progress[i], i == PROGRESS_ATTEMPT ? 0 : STORIES / 500, STORIES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_resets),
        cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
