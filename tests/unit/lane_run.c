/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* Connections that go on steadily for long and then leave the lane: what was written down is read back in runs, and the
 * model then stands as if it had seen each segment. */

/* As payload, but for one octet. */
static uint8_t altered[OCTETS];

struct talk {
    struct story story;
    uint64_t chance;
    bool stamped;
    bool forgets; /* to stamp some */
    bool ipv6;
    bool strains;         /* its windows are so small that octets may fill them, or more is sent than they take */
    bool offloads;        /* the client's checksums are left to its card, as the capture saw */
    unsigned cut_from;    /* segments from that one on are captured as far as `captured` */
    uint32_t captured;    /* octets */
    uint32_t next[SIDES]; /* relative */
    uint32_t acked[SIDES];
    uint32_t tsval[SIDES];
    uint32_t ip_id[SIDES];
    uint16_t window[SIDES];
};

static uint32_t roll(struct talk *talk, uint32_t sides) {
    talk->chance = talk->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(talk->chance >> 33) % sides;
}

/* Mostly soon; around where a peer may have waited too long, and where the connection has been silent. */
static int64_t pause_before(struct talk *talk) {
    static const int64_t rare[] = {200 * MILLISECOND - 1, 200 * MILLISECOND, SECOND - 1,  SECOND,       59 * SECOND,
                                   60 * SECOND - 1,       60 * SECOND,       61 * SECOND, 5000 * SECOND};
    if (roll(talk, 12) == 0)
        return rare[roll(talk, sizeof rare / sizeof rare[0])];
    return roll(talk, 3) == 0 ? 0 : roll(talk, 30 * 1000 * 1000);
}

static void stamp(struct talk *talk, enum side side, struct segment *segment) {
    talk->tsval[side] += roll(talk, 3) == 0 ? 0 : roll(talk, roll(talk, 2) ? 40 : 20000);
    segment->options.present |= OPTION_TIMESTAMPS;
    segment->options.timestamp_value = talk->tsval[side];
    segment->options.timestamp_echo = talk->tsval[1 - side] - (roll(talk, 4) ? 0 : roll(talk, 50));
}

static void address_by_ipv6(struct segment *segment) {
    segment->source.version = segment->destination.version = 6;
    segment->ip_id &= 0xfffff;
}

static struct segment *speak(struct talk *talk, enum side side, uint16_t flags, uint32_t length) {
    struct story *story = &talk->story;
    const struct segment *before = story->count > 0 ? &story->segments[story->count - 1] : NULL;
    int64_t time = before != NULL ? before->time + pause_before(talk) : 1000 * SECOND;
    uint64_t frame = before != NULL ? before->frame + 1 + roll(talk, roll(talk, 9) ? 3 : 100000) : 1;
    struct segment *segment = say(story, side, flags, talk->next[side], talk->acked[1 - side], length);
    segment->time = time;
    segment->frame = frame;
    talk->ip_id[side] += roll(talk, 4) ? 1 : roll(talk, 70000);
    segment->ip_id = talk->ipv6 ? talk->ip_id[side] : talk->ip_id[side] & UINT16_MAX;
    uint16_t least = talk->strains ? 1000 : 30000;
    talk->window[side] = roll(talk, 3) ? talk->window[side] : (uint16_t)(least + roll(talk, least));
    segment->window = talk->window[side];
    if (talk->stamped && (story->count < 4 || !talk->forgets || roll(talk, 6)))
        stamp(talk, side, segment);
    if (talk->ipv6)
        address_by_ipv6(segment);
    if (talk->offloads && side == SIDE_CLIENT && roll(talk, 3))
        set_checksum(segment, CHECKSUM_OFFLOADED);
    if (story->count > talk->cut_from && length > talk->captured) {
        segment->payload_captured = talk->captured;
        segment->payload_sum = checksum_add(0, payload, talk->captured);
        set_checksum(segment, CHECKSUM_UNVERIFIED);
        segment->odd |= ODD_CUT;
    }
    talk->next[side] += length + ((flags & (TCP_SYN | TCP_FIN)) != 0);
    return segment;
}

static void acknowledge(struct talk *talk, enum side side) {
    enum side peer = other_side(side);
    uint32_t open = talk->next[peer] - talk->acked[peer];
    talk->acked[peer] += roll(talk, 3) || open == 0 ? open : 1 + roll(talk, open);
}

/* Octets in order, or an ACK, which now and then tells nothing new. */
static void go_on(struct talk *talk) {
    enum side side = roll(talk, 4) ? SIDE_SERVER : SIDE_CLIENT;
    bool sends = roll(talk, 2) && talk->next[side] - talk->acked[side] < 6000;
    side = sends ? side : other_side(side);
    if (!sends || roll(talk, 2))
        acknowledge(talk, side);
    uint32_t length = !sends ? 0 : 1 + roll(talk, roll(talk, 2) ? 2 * KEPT_HEAD : 1400);
    speak(talk, side, TCP_ACK | (roll(talk, 2) ? TCP_PSH : 0), length);
}

static void open_up(struct talk *talk, uint64_t chance) {
    *talk = (struct talk){.chance = chance, .window = {20000, 20000}, .captured = 1};
    talk->story.end = 300 * SECOND;
    talk->stamped = roll(talk, 2);
    talk->forgets = roll(talk, 4) == 0;
    talk->ipv6 = roll(talk, 3) == 0;
    talk->offloads = roll(talk, 4) == 0;
    talk->cut_from = roll(talk, 3) ? STORY_MOST : roll(talk, 12);
    talk->captured = roll(talk, 2) ? KEPT_HEAD / 2 : 2 * KEPT_HEAD;
    talk->tsval[SIDE_CLIENT] = (uint32_t)-roll(talk, 20000);
    talk->strains = roll(talk, 3) == 0;
    unsigned scales = roll(talk, 3);
    uint16_t mss = roll(talk, 3) ? 1400 : (uint16_t)(400 + roll(talk, 1000));
    for (unsigned i = 0; i < 3; i++) {
        enum side side = i == 1 ? SIDE_SERVER : SIDE_CLIENT;
        if (i > 0)
            talk->acked[1 - side] = 1;
        struct segment *segment = speak(talk, side, i == 0 ? TCP_SYN : i == 1 ? TCP_SYN | TCP_ACK : TCP_ACK, 0);
        segment->options.mss = i < 2 ? mss : 0;
        if (i < 2 && scales > 0) {
            segment->options.present |= OPTION_WINDOW_SCALE;
            segment->options.window_scale = (uint8_t)(scales + i);
        }
    }
}

/* Octets that have passed, as they were or with another one among them, which what is kept of them tells. */
static void send_again(struct talk *talk) {
    struct story *story = &talk->story;
    const struct segment before = story->segments[3 + roll(talk, story->count - 3)];
    if (before.length == 0)
        return;
    struct segment *again = speak(talk, before.source_port == 443 ? SIDE_SERVER : SIDE_CLIENT, before.flags, 0);
    again->seq = before.seq;
    again->odd = before.odd;
    again->checksum = before.checksum;
    again->length = before.length;
    again->payload_captured = before.payload_captured;
    again->payload = roll(talk, 2) ? altered : payload;
    again->payload_sum = checksum_add(0, again->payload, again->payload_captured);
}

/* A segment that the lane does not take: all before it is read back, and some come behind it. */
static void leave(struct talk *talk) {
    struct segment *segment = speak(talk, roll(talk, 2) ? SIDE_SERVER : SIDE_CLIENT, TCP_ACK, 20);
    segment->flags |= roll(talk, 2) ? TCP_URG : 0x0100;
    memcpy(altered, payload, OCTETS);
    altered[roll(talk, roll(talk, 2) ? KEPT_HEAD : 60)] ^= 1;
    for (unsigned i = roll(talk, 12); i > 0; i--)
        (roll(talk, 2) ? go_on : send_again)(talk);
}

static void test_steady_by_chance(void **state) {
    enum { STORIES = 3000, TURNS = 60 };
    unsigned outcomes[3] = {0};
    (void)state;
    for (uint64_t i = 0; i < STORIES; i++) {
        struct talk talk;
        open_up(&talk, i * 7919 + 3);
        for (unsigned k = roll(&talk, TURNS); k > 0; k--)
            go_on(&talk);
        if (roll(&talk, 8))
            leave(&talk);
        outcomes[outcome_of(&talk.story)]++;
    }
    assert_in_range(outcomes[LEFT], STORIES / 2, STORIES);
    assert_in_range(outcomes[ORDINARY_WITHOUT_KIND] + outcomes[OF_A_KIND], STORIES / 20, STORIES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady_by_chance),
    };
    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
