/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/direct.h"
#include "model/internal.h"
#include "model/lane.h"
#include "model/watch_event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What is taken of an open connection without being opened, and what is left. */

#define SECOND      INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)

enum { ISN_CLIENT = 1000, ISN_SERVER = 9000 };
enum { TCP = 20, STAMPS = 12, LONGEST = 1500, HOP_LIMIT = 64, LINK = 7, WINDOW = 400, TOLD = 60 };

/* All tests are run for either version of IP. */
static unsigned version = 4;
static unsigned ip = DIRECT_IPV4; /* octets of its header */

static int of_ipv6(void **state) {
    (void)state;
    version = 6;
    ip = DIRECT_IPV6;
    return 0;
}

/* A packet, and what was found out about it; the octets of the segment stand behind the IP header. */
struct packet {
    uint8_t octets[DIRECT_IPV6 + LONGEST];
    struct direct direct;
};

static void put16(uint8_t *at, unsigned number) {
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

static void put32(uint8_t *at, uint32_t number) {
    put16(at, number >> 16);
    put16(at + 2, number & UINT16_MAX);
}

static void sum_up(struct packet *packet) {
    const unsigned ends = version == 4 ? 8 : 32;
    uint8_t *tcp = packet->octets + ip;
    uint64_t sum = checksum_add_number(checksum_add(0, tcp - ends, ends), 6 + packet->direct.claimed);
    put16(tcp + 16, 0);
    put16(tcp + 16, (uint16_t)~ntohs(checksum_fold(checksum_add(sum, tcp, packet->direct.claimed))));
}

/* Numbers are relative; the time is so many ms after the first. */
static struct packet packet_of(enum side side, unsigned flags, uint32_t seq, uint32_t ack, uint32_t length,
                               bool stamped, unsigned at) {
    static uint64_t frames;
    struct packet packet = {.octets = {[0] = 0x45, [8] = HOP_LIMIT, [9] = 6}};
    const struct packet packet6 = {.octets = {[0] = 0x60, [6] = 6, [7] = HOP_LIMIT}};
    const unsigned header = stamped ? TCP + STAMPS : TCP;
    packet = version == 4 ? packet : packet6;
    uint8_t *tcp = packet.octets + ip, *source = tcp - (version == 4 ? 5 : 17), *destination = tcp - 1;
    *source = side == SIDE_CLIENT ? 1 : 2;
    *destination = side == SIDE_CLIENT ? 2 : 1;
    put16(packet.octets + (version == 4 ? 4 : 2), version == 4 ? at : at / 4);
    put16(tcp, side == SIDE_CLIENT ? 40000 : 80);
    put16(tcp + 2, side == SIDE_CLIENT ? 80 : 40000);
    put32(tcp + 4, (side == SIDE_CLIENT ? ISN_CLIENT : ISN_SERVER) + seq);
    put32(tcp + 8, (flags & TCP_ACK) == 0 ? 0 : (side == SIDE_CLIENT ? ISN_SERVER : ISN_CLIENT) + ack);
    tcp[12] = (uint8_t)(header << 2);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, WINDOW);
    if (stamped) {
        put32(tcp + 20, 0x0101080a);
        put32(tcp + 24, 1000 + at);
        put32(tcp + 28, 1000 + at / 2);
    }
    for (uint32_t i = 0; i < length; i++)
        tcp[header + i] = (uint8_t)(i * 31 + seq);
    packet.direct = (struct direct){.frame = ++frames,
                                    .time = 1000 * SECOND + at * MILLISECOND,
                                    .link_source = LINK,
                                    .captured = header + length,
                                    .claimed = header + length,
                                    .header = header,
                                    .version = (uint8_t)version};
    sum_up(&packet);
    return packet;
}

static const struct direct *looked_at(struct packet *packet) {
    packet->direct.packet = packet->octets;
    return &packet->direct;
}

/* --- two models, one of which is given opened segments alone --- */

struct models {
    struct model *direct;
    struct model *opened;
};

/* Nobody listens. */
static bool ignore(void *context, struct watch_queue *queue) {
    queue->next = context;
    return true;
}

static bool observed(void *context, const struct observation *observation) {
    (void)context;
    (void)observation;
    return true;
}

static void dropped(void *context, struct connection *connection) {
    (void)context;
    (void)connection;
}

static struct model *make_with(bool no_lane) {
    static struct watch_event event;
    static struct watch_queue queue = {&event, &event + 1, ignore, &event};
    const struct model_events events = {.observed = observed, .dropped = dropped, .queue = &queue};
    struct model_settings settings;
    model_settings_default(&settings);
    settings.late = settings.may_move = true;
    settings.no_lane = no_lane;
    struct model *model = model_new(&settings, &events);
    assert_non_null(model);
    return model;
}

static struct model *make(void) {
    return make_with(false);
}

static uint64_t hash_of(const struct segment *segment, const struct model *model) {
    return flow_hash(&model->table, &segment->source, segment->source_port, &segment->destination,
                     segment->destination_port, segment->network);
}

static void give_opened(struct model *model, struct packet *packet) {
    struct segment segment;
    direct_open(looked_at(packet), &segment);
    assert_true(model_segment(model, &segment));
}

static void give_both_opened(const struct models *models, struct packet packet) {
    give_opened(models->direct, &packet);
    give_opened(models->opened, &packet);
}

/* Until its handshake is complete. */
static struct models begin_with(bool no_lane, bool stamped) {
    struct models models = {make_with(no_lane), make_with(no_lane)};
    give_both_opened(&models, packet_of(SIDE_CLIENT, TCP_SYN, 0, 0, 0, stamped, 0));
    give_both_opened(&models, packet_of(SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0, stamped, 1));
    give_both_opened(&models, packet_of(SIDE_CLIENT, TCP_ACK, 1, 1, 0, stamped, 2));
    return models;
}

static struct models begin(bool stamped) {
    return begin_with(false, stamped);
}

static void end(const struct models *models) {
    model_free(models->direct);
    model_free(models->opened);
}

static struct connection *held(const struct model *model) {
    struct packet packet = packet_of(SIDE_CLIENT, TCP_ACK, 1, 1, 0, false, 0);
    struct segment segment;
    direct_open(looked_at(&packet), &segment);
    return flow_table_seek(&model->table, hash_of(&segment, model));
}

static enum model_direct give(struct model *model, struct packet *packet) {
    struct packet plain = packet_of(SIDE_CLIENT, TCP_ACK, 1, 1, 0, false, 0);
    struct segment segment; /* of the connection: the packet may be of another with that hash */
    direct_open(looked_at(&plain), &segment);
    const struct model_place place = {.hash = hash_of(&segment, model)};
    return model_take_direct(model, looked_at(packet), &place);
}

static void assert_same(const struct models *models) {
    const struct connection *one = held(models->direct), *other = held(models->opened);
    const struct lane *lane = lane_in(one), *lane2 = lane_in(other);
    uint8_t logs[2][LANE_LOG_MOST];
    const uint8_t *end = logs[0] + LANE_LOG_MOST, *end2 = logs[1] + LANE_LOG_MOST;
    const uint8_t *log = lane_log_copy(&lane->log, logs[0] + LANE_LOG_MOST);
    const uint8_t *log2 = lane_log_copy(&lane2->log, logs[1] + LANE_LOG_MOST);
    struct lane copy = *lane;
    assert_memory_equal(one, other, LANE_HEAD);
    assert_int_equal(lane_log_room(&lane->log), lane_log_room(&lane2->log));
    assert_int_equal(end - log, end2 - log2);
    assert_memory_equal(log, log2, (size_t)(end - log) - lane_log_room(&lane->log));
    copy.log = lane2->log;
    assert_memory_equal(&copy, lane2, sizeof copy);
    assert_int_equal(model_latest_connection(models->direct), model_latest_connection(models->opened));
    assert_int_equal(models->direct->seen_good_checksum, models->opened->seen_good_checksum);
}

/* --- where it belongs --- */

static void test_place(void **state) {
    (void)state;
    struct model *model = make();
    struct packet syn = packet_of(SIDE_CLIENT, TCP_SYN, 0, 0, 0, false, 0), other = syn;
    struct packet answer = packet_of(SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0, false, 1);
    struct packet ack = packet_of(SIDE_CLIENT, TCP_ACK, 1, 1, 0, false, 2);
    struct packet octets = packet_of(SIDE_CLIENT, TCP_ACK, 1, 1, 10, false, 3);
    struct packet more = packet_of(SIDE_CLIENT, TCP_ACK, 11, 1, 10, false, 4);
    struct segment segment;
    direct_open(looked_at(&octets), &segment);
    struct model_place before = {.hash = hash_of(&segment, model)}, place = before;
    model_expect(model, &before);
    model_approach(model, &before);
    assert_null(before.connection);
    give_opened(model, &syn);
    give_opened(model, &answer);
    give_opened(model, &ack);
    assert_int_equal(model_take_direct(model, looked_at(&octets), &before), MODEL_DIRECT_TAKEN);
    model_expect(model, &place);
    model_approach(model, &place);
    assert_ptr_equal(place.connection, held(model));
    put16(other.octets + ip, 40001);
    sum_up(&other);
    give_opened(model, &other);
    assert_true(place.changes != model->table.changes);
    place.connection = NULL; /* it must not be believed any more */
    assert_int_equal(model_take_direct(model, looked_at(&more), &place), MODEL_DIRECT_TAKEN);
    model_free(model);
}

/* --- what is taken --- */

static void take_as(const struct models *models, struct packet packet, enum model_direct how) {
    assert_true(direct_is_usual(looked_at(&packet), version));
    assert_int_equal(give(models->direct, &packet), how);
    give_opened(models->opened, &packet);
    assert_same(models);
}

static void take(const struct models *models, struct packet packet) {
    take_as(models, packet, MODEL_DIRECT_TAKEN);
}

static void test_taken(void **state) {
    const uint32_t lengths[] = {0, 1, 7, 8, 15, 16, 17, 33, 40, 41, 300, 1400};
    (void)state;
    for (int stamped = 0; stamped <= 1; stamped++) {
        struct models models = begin(stamped);
        uint32_t asked = 1, answered = 1;
        unsigned at = 3;
        for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            take(&models, packet_of(SIDE_CLIENT, TCP_ACK | TCP_PSH, asked, answered, lengths[i], stamped, at++));
            asked += lengths[i];
            take(&models, packet_of(SIDE_SERVER, TCP_ACK, answered, asked, lengths[i] / 2, stamped, at += 300));
            answered += lengths[i] / 2;
        }
        end(&models);
    }
}

static void test_cut(void **state) {
    const uint32_t captured[] = {0, 1, 30, 40, 41, 299};
    (void)state;
    struct models models = begin(true);
    for (unsigned i = 0; i < sizeof captured / sizeof *captured; i++) {
        struct packet packet = packet_of(SIDE_SERVER, TCP_ACK, 1 + 300 * i, 1, 300, true, 5 + i);
        packet.direct.captured = packet.direct.header + captured[i];
        packet.octets[ip + 16] ^= 1; /* nobody can tell */
        take(&models, packet);
    }
    end(&models);
}

static struct packet with_window(struct packet packet, unsigned window) {
    put16(packet.octets + ip + 14, window);
    sum_up(&packet);
    return packet;
}

/* Of some octets some are acknowledged, with a window that may be less than before, or very small; and what comes then
 * leaves of it an octet, or nothing, or takes one more than there is. Whether that is like others stands in the lane.
 */
static void windows_of(enum side sender, unsigned window, unsigned sent, unsigned acked) {
    const enum side receiver = other_side(sender);
    for (int beyond = -1; beyond <= 1; beyond++) {
        const int room = (int)(acked + window) - (int)sent + beyond;
        struct models models = begin(false);
        take(&models, packet_of(sender, TCP_ACK, 1, 1, sent, false, 5));
        take(&models, with_window(packet_of(receiver, TCP_ACK, 1, 1 + acked, 0, false, 6), window));
        if (room > 1)
            take(&models, packet_of(sender, TCP_ACK, sent + 1, 1, (uint32_t)room - 1, false, 7));
        if (room > 0)
            take(&models, packet_of(sender, TCP_ACK, sent + (uint32_t)room, 1, 1, false, 8));
        take(&models, with_window(packet_of(receiver, TCP_ACK, 1, 1 + acked, 0, false, 9), window));
        end(&models);
    }
}

static void test_windows(void **state) {
    const unsigned windows[] = {1, 63, 64, 65, 299, 300, 301, 399, 400, 401, 500};
    (void)state;
    for (unsigned i = 0; i < sizeof windows / sizeof *windows; i++) {
        for (unsigned acked = 0; acked <= 390; acked += 39) {
            windows_of(SIDE_CLIENT, windows[i], acked <= 100 ? 100 : 390, acked);
            windows_of(SIDE_SERVER, windows[i], acked <= 100 ? 100 : 390, acked);
        }
    }
}

static void test_far(void **state) {
    (void)state;
    struct models models = begin(false);
    struct packet packet = packet_of(SIDE_CLIENT, TCP_ACK, 1, 1, 100, false, 100 * 1000);
    packet.direct.frame += 1000000;
    take(&models, packet);
    end(&models);
}

/* --- what is left, though all but one thing is ordinary --- */

static void no_change(struct packet *packet) {
    (void)packet;
}
static void other_source(struct packet *packet) {
    packet->octets[ip - (version == 4 ? 5 : 17)] ^= 4;
}
static void other_destination(struct packet *packet) {
    packet->octets[ip - 1] ^= 4;
}
static void other_source_port(struct packet *packet) {
    packet->octets[ip + 1] ^= 1;
}
static void other_destination_port(struct packet *packet) {
    packet->octets[ip + 3] ^= 1;
}
static void other_network(struct packet *packet) {
    packet->direct.path.network = 1;
}
static void other_hop_limit(struct packet *packet) {
    packet->octets[version == 4 ? 8 : 7]--;
}
static void other_link(struct packet *packet) {
    packet->direct.link_source++;
}
static void no_window(struct packet *packet) {
    put16(packet->octets + ip + 14, 0);
}
static void sent_again(struct packet *packet) {
    packet->octets[ip + 7]--;
}
static void one_ahead(struct packet *packet) {
    packet->octets[ip + 7]++;
}
static void acks_unsent(struct packet *packet) {
    packet->octets[ip + 11]++;
}
static void acks_less(struct packet *packet) {
    packet->octets[ip + 11]--;
}
static void ends(struct packet *packet) {
    packet->octets[ip + 13] |= TCP_FIN;
}
static void echoes_congestion(struct packet *packet) {
    packet->octets[ip + 13] |= TCP_ECE;
}
static void stamped_before(struct packet *packet) {
    put32(packet->octets + ip + 24, 1000);
}
static void much_later(struct packet *packet) {
    packet->direct.time += INT64_C(1) << 48;
}
static void earlier(struct packet *packet) {
    packet->direct.time -= 100 * SECOND;
}

static const struct {
    const char *name;
    void (*change)(struct packet *packet);
    enum model_direct how;
} changes[] = {
    {"none", no_change, MODEL_DIRECT_TAKEN},
    {"source", other_source, MODEL_DIRECT_LEFT},
    {"destination", other_destination, MODEL_DIRECT_LEFT},
    {"source port", other_source_port, MODEL_DIRECT_LEFT},
    {"destination port", other_destination_port, MODEL_DIRECT_LEFT},
    {"network", other_network, MODEL_DIRECT_LEFT},
    {"hop limit", other_hop_limit, MODEL_DIRECT_LEFT},
    {"link source", other_link, MODEL_DIRECT_LEFT},
    {"window", no_window, MODEL_DIRECT_LEFT},
    {"octet sent again", sent_again, MODEL_DIRECT_LEFT},
    {"octet left out", one_ahead, MODEL_DIRECT_LEFT},
    {"ACK ahead", acks_unsent, MODEL_DIRECT_LEFT},
    {"ACK taken back", acks_less, MODEL_DIRECT_LEFT},
    {"FIN", ends, MODEL_DIRECT_MOVED},
    {"ECE", echoes_congestion, MODEL_DIRECT_LEFT},
    {"older timestamp", stamped_before, MODEL_DIRECT_LEFT},
    {"much later", much_later, MODEL_DIRECT_LEFT},
    {"earlier", earlier, MODEL_DIRECT_LEFT},
};

static void check_left(const struct models *models, struct packet packet) {
    assert_int_equal(give(models->direct, &packet), MODEL_DIRECT_LEFT);
    assert_same(models); /* nothing is changed */
}

static void test_left(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2 * sizeof changes / sizeof *changes; i++) {
        struct models models = begin(true);
        struct packet packet = packet_of(i % 2 == 0 ? SIDE_CLIENT : SIDE_SERVER, TCP_ACK, 1, 1, 20, true, TOLD);
        changes[i / 2].change(&packet);
        sum_up(&packet);
        if (changes[i / 2].how == MODEL_DIRECT_LEFT)
            check_left(&models, packet);
        else
            take_as(&models, packet, changes[i / 2].how);
        end(&models);
    }
}

/* What closes it, and octets that are sent again before that. */
static void test_moved(void **state) {
    (void)state;
    struct models models = begin(true);
    take(&models, packet_of(SIDE_CLIENT, TCP_ACK, 1, 1, 300, true, 5));
    take_as(&models, packet_of(SIDE_CLIENT, TCP_ACK, 1, 1, 300, true, 6), MODEL_DIRECT_MOVED);
    take_as(&models, packet_of(SIDE_SERVER, TCP_ACK | TCP_FIN, 1, 301, 40, true, 7), MODEL_DIRECT_MOVED);
    take_as(&models, packet_of(SIDE_CLIENT, TCP_ACK, 301, 42, 0, true, 8), MODEL_DIRECT_MOVED);
    take_as(&models, packet_of(SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, 42, 0, true, 9), MODEL_DIRECT_MOVED);
    take_as(&models, packet_of(SIDE_SERVER, TCP_ACK, 42, 302, 0, true, 10), MODEL_DIRECT_MOVED);
    end(&models);
}

/* Not what both sides have agreed on. */
static void test_options_left(void **state) {
    (void)state;
    for (int stamped = 0; stamped <= 1; stamped++) {
        struct models models = begin(stamped);
        check_left(&models, packet_of(SIDE_CLIENT, TCP_ACK, 1, 1, 20, !stamped, TOLD));
        end(&models);
    }
}

static void test_checksum_left(void **state) {
    (void)state;
    struct models models = begin(false);
    struct packet packet = packet_of(SIDE_SERVER, TCP_ACK, 1, 1, 50, false, TOLD);
    packet.octets[ip + TCP + 49] ^= 1;
    check_left(&models, packet);
    end(&models);
}

/* Whatever the connection or the model is not ready for. */
static void test_not_ready(void **state) {
    const struct packet packet = packet_of(SIDE_SERVER, TCP_ACK, 1, 1, 50, false, TOLD);
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct models models = begin(false);
        struct connection *both[] = {held(models.direct), held(models.opened)};
        struct model *model = models.direct;
        for (unsigned j = 0; j < 2; j++) {
            struct lane *lane = lane_of(both[j]);
            lane->phase = i == 0 ? LANE_OVER : i == 1 ? LANE_SYN_ACK : lane->phase;
            lane->segments = i == 2 ? UINT8_MAX : lane->segments;
            both[j]->charge = i == 3 ? BUDGET_LANE / BUDGET_UNIT : both[j]->charge;
            both[j]->ipv6 = (version == 6) != (i == 4);
        }
        model->budget.tight = i == 5;
        model->rest_due = i == 6 ? packet.direct.time : model->rest_due;
        model->end_due = i == 7 ? packet.direct.time : model->end_due;
        check_left(&models, packet);
        both[0]->ipv6 = both[1]->ipv6 = version == 6;
        end(&models);
    }
}

/* --- beside the lane --- */

static void assert_same_kept(const struct kept *one, const struct kept *other) {
    assert_int_equal(one == NULL, other == NULL);
    if (one != NULL) {
        assert_int_equal(one->next, other->next);
        assert_memory_equal(one->ring, other->ring, one->room * sizeof one->ring[0]);
    }
}

static void assert_same_awake(const struct models *models) {
    const struct connection *one = held(models->direct), *other = held(models->opened);
    assert_int_equal(one->frames_seen, other->frames_seen);
    assert_int_equal(one->last_frame, other->last_frame);
    assert_int_equal(one->last_time, other->last_time);
    assert_int_equal(one->deadline, other->deadline);
    for (int i = 0; i < SIDES; i++) {
        const struct endpoint *x = &one->side[i], *y = &other->side[i];
        assert_int_equal(x->next, y->next);
        assert_int_equal(x->bytes, y->bytes);
        assert_int_equal(x->frames, y->frames);
        assert_int_equal(x->acknowledged, y->acknowledged);
        assert_int_equal(x->window_edge, y->window_edge);
        assert_int_equal(x->tsval_max, y->tsval_max);
        assert_int_equal(x->last_sent_frame, y->last_sent_frame);
        assert_memory_equal(x->recent, y->recent, sizeof x->recent);
        assert_same_kept(x->kept, y->kept);
    }
    assert_int_equal(model_latest_connection(models->direct), model_latest_connection(models->opened));
    assert_int_equal(models->direct->seen_good_checksum, models->opened->seen_good_checksum);
}

/* The first octets and the first ACK of either side tell something. */
static struct models begin_awake(bool stamped) {
    struct models models = begin_with(true, stamped);
    for (unsigned i = 0; i < 2; i++) {
        give_both_opened(&models, packet_of(SIDE_CLIENT, TCP_ACK, 1 + 10 * i, 1 + 10 * i, 10, stamped, 4 + 4 * i));
        give_both_opened(&models, packet_of(SIDE_SERVER, TCP_ACK, 1 + 10 * i, 11 + 10 * i, 0, stamped, 5 + 4 * i));
        give_both_opened(&models, packet_of(SIDE_SERVER, TCP_ACK, 1 + 10 * i, 11 + 10 * i, 10, stamped, 6 + 4 * i));
        give_both_opened(&models, packet_of(SIDE_CLIENT, TCP_ACK, 11 + 10 * i, 11 + 10 * i, 0, stamped, 7 + 4 * i));
    }
    assert_false(held(models.direct)->in_lane);
    return models;
}

static void test_awake(void **state) {
    (void)state;
    for (int stamped = 0; stamped <= 1; stamped++) {
        struct models models = begin_awake(stamped);
        for (unsigned i = 0; i < 20; i++) {
            struct packet octets = packet_of(SIDE_CLIENT, TCP_ACK, 21 + 100 * i, 21, 100, stamped, TOLD + 2 * i);
            struct packet ack = packet_of(SIDE_SERVER, TCP_ACK, 21, 121 + 100 * i, 0, stamped, TOLD + 2 * i + 1);
            assert_int_equal(give(models.direct, &octets), MODEL_DIRECT_TAKEN);
            assert_int_equal(give(models.direct, &ack), MODEL_DIRECT_TAKEN);
            give_opened(models.opened, &octets);
            give_opened(models.opened, &ack);
            assert_same_awake(&models);
        }
        end(&models);
    }
}

static void test_awake_left(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2 * sizeof changes / sizeof *changes; i++) {
        struct models models = begin_awake(true);
        struct packet packet = packet_of(i % 2 == 0 ? SIDE_CLIENT : SIDE_SERVER, TCP_ACK, 21, 21, 20, true, TOLD);
        bool left = changes[i / 2].how != MODEL_DIRECT_TAKEN;
        changes[i / 2].change(&packet);
        sum_up(&packet);
        assert_int_equal(give(models.direct, &packet), left ? MODEL_DIRECT_LEFT : MODEL_DIRECT_TAKEN);
        if (!left)
            give_opened(models.opened, &packet);
        assert_same_awake(&models);
        end(&models);
    }
}

static void test_awake_not_ready(void **state) {
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct models models = begin_awake(false);
        struct packet packet = packet_of(SIDE_SERVER, TCP_ACK, 21, 21, 50, false, TOLD);
        struct model *model = models.direct;
        packet.octets[ip + TCP + 49] ^= i == 0; /* its checksum is wrong */
        held(model)->side[SIDE_SERVER].window_zero = i == 1;
        model->settings.keep_segments = i == 2;
        model->budget.tight = i == 3;
        model->end_due = i == 4 ? packet.direct.time : model->end_due;
        assert_int_equal(give(model, &packet), MODEL_DIRECT_LEFT);
        assert_same_awake(&models);
        end(&models);
    }
}

static void test_unknown(void **state) {
    (void)state;
    struct model *model = make();
    struct packet packet = packet_of(SIDE_SERVER, TCP_ACK, 1, 1, 50, false, TOLD);
    assert_int_equal(give(model, &packet), MODEL_DIRECT_LEFT);
    model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place),         cmocka_unit_test(test_taken),
        cmocka_unit_test(test_cut),           cmocka_unit_test(test_windows),
        cmocka_unit_test(test_far),           cmocka_unit_test(test_left),
        cmocka_unit_test(test_moved),         cmocka_unit_test(test_options_left),
        cmocka_unit_test(test_checksum_left), cmocka_unit_test(test_not_ready),
        cmocka_unit_test(test_unknown),       cmocka_unit_test(test_awake),
        cmocka_unit_test(test_awake_left),    cmocka_unit_test(test_awake_not_ready),
    };
    return cmocka_run_group_tests_name("IPv4", tests, NULL, NULL) +
           cmocka_run_group_tests_name("IPv6", tests, of_ipv6, NULL);
}
