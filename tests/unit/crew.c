/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes out of an engine is the same, call by call, whatever the number of its analysers. */
#include "decode/checksum.h"
#include "engine/analyser.h"
#include "engine/engine.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t second = 1000000000;

/* --- captures --- */

enum { FRAMES = 24000, PORTS = 4000, HEADERS = 40, LARGE = 60000 };

static uint32_t random_state;

static uint32_t draw(uint32_t below) {
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % below;
}

static void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* Whatever a step of a connection is, some of it makes sense: a client of its own port goes on with its handshake, its
 * data and its close, or begins anew. */
static uint32_t make_segment(uint8_t *octets, uint32_t client, unsigned step) {
    static const uint16_t flags[] = {0x02, 0x12, 0x10, 0x18, 0x18, 0x10, 0x11, 0x11, 0x10, 0x02, 0x04, 0x14};
    static const uint8_t by_server[] = {0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1};
    static const uint32_t seq[SIDES][12] = {{0, 0, 1, 1, 0, 101, 101, 0, 102, 5000, 0, 0},
                                            {0, 0, 0, 0, 1, 0, 0, 51, 0, 0, 52, 52}};
    static const uint16_t length[] = {0, 0, 0, 100, 50, 0, 0, 0, 0, 0, 0, 0};
    unsigned side = by_server[step];
    uint32_t octets_of_data = length[step] == 50 && draw(200) == 0 ? LARGE : length[step];
    uint32_t addresses[SIDES] = {0xc0000200 + client % 50, 0xc6336401 + client % 3};
    uint16_t ports[SIDES] = {(uint16_t)(20000 + client), 443};

    memset(octets, 0, HEADERS);
    octets[0] = 0x45;
    put16(octets + 2, HEADERS + octets_of_data);
    octets[8] = 64;
    octets[9] = 6;
    put32(octets + 12, addresses[side]);
    put32(octets + 16, addresses[1 - side]);
    put16(octets + 20, ports[side]);
    put16(octets + 22, ports[1 - side]);
    put32(octets + 24, client * 977 + seq[side][step]);
    put32(octets + 28, client * 977 + (side == SIDE_CLIENT ? 1 : 101));
    octets[32] = 0x50;
    put16(octets + 32, 0x5000 | flags[step]);
    put16(octets + 34, 60000);
    memset(octets + HEADERS, (int)client, octets_of_data);
    return HEADERS + octets_of_data;
}

/* An error of IP about the SYN of that client. */
static uint32_t make_error(uint8_t *octets, uint32_t client) {
    enum { IP = 20, ICMP = 8, QUOTED = 28 };
    uint8_t segment[HEADERS];

    make_segment(segment, client, 0);
    memset(octets, 0, IP + ICMP);
    octets[0] = 0x45;
    put16(octets + 2, IP + ICMP + QUOTED);
    octets[8] = 64;
    octets[9] = 1;
    put32(octets + 12, 0xcb007101);
    memcpy(octets + 16, segment + 12, 4);
    octets[IP] = 3;
    octets[IP + 1] = (uint8_t)draw(4);
    memcpy(octets + IP + ICMP, segment, QUOTED);
    return IP + ICMP + QUOTED;
}

struct capture_maker {
    uint8_t octets[ENGINE_BATCH][HEADERS + LARGE];
    struct frame frames[ENGINE_BATCH];
    uint8_t steps[PORTS];
    uint64_t number;
    int64_t time;
};

static void put_checksum(uint8_t *octets, uint32_t size) {
    enum { IP = 20, ADDRESSES = 12, PROTOCOL = 6, AT = 36 };
    uint64_t sum = checksum_add_number(checksum_add(0, octets + ADDRESSES, size - ADDRESSES), PROTOCOL + size - IP);
    uint16_t field = (uint16_t)~checksum_fold(sum);

    memcpy(octets + AT, &field, sizeof field);
}

/* Checksums are wrong but for a few in the middle: what a wrong one means depends on whether one that was right has
 * come before, in whatever connection. Some segments are cut. Time jumps ahead now and then, so that much ends at once,
 * and sometimes it goes back. */
static void make_frame(struct capture_maker *maker, unsigned i) {
    enum { DLT_RAW_IP = 12 };
    uint32_t client = draw(PORTS);
    uint8_t *octets = maker->octets[i];
    uint32_t kind = draw(1000);
    uint32_t size = kind < 5 ? make_error(octets, client) : make_segment(octets, client, maker->steps[client]);

    if (kind >= 5)
        maker->steps[client] = (uint8_t)((maker->steps[client] + 1) % 12);
    if (kind == 10)
        put16(octets + 32, 0x1010); /* a header that cannot be read */
    if (kind == 11)
        octets[9] = 17;
    if (kind > 30 && maker->number > FRAMES / 4 && maker->number < FRAMES / 4 + 3)
        put_checksum(octets, size);
    maker->time += kind == 12 && maker->number > FRAMES / 3 ? 100 * second : (int64_t)draw(3000000);
    maker->number++;
    maker->frames[i] = (struct frame){
        .number = maker->number,
        .time = maker->time - (kind > 980 ? second / 2 : 0),
        .bytes = octets,
        .captured = kind > 900 && size > HEADERS ? HEADERS + (size - HEADERS) / 2 : size,
        .wire_length = size,
        .link_type = DLT_RAW_IP,
        .filtered = kind == 13,
    };
}

/* --- what an engine tells --- */

struct told {
    uint64_t *words; /* owned */
    size_t count;
    size_t room;
    uint64_t connections;
    uint64_t stop_at; /* the sink says stop at that connection; 0: never */
};

static void note(struct told *told, uint64_t word) {
    if (told->count == told->room) {
        told->room = told->room == 0 ? 1024 : 2 * told->room;
        told->words = realloc(told->words, told->room * sizeof *told->words);
        assert_non_null(told->words);
    }
    told->words[told->count++] = word;
}

static bool tell_connection(void *context, const struct connection *connection) {
    struct told *told = context;

    note(told, connection->id);
    note(told, connection->end);
    note(told, (uint64_t)connection->end_time);
    note(told, connection->side[0].path.state * 16U + connection->side[1].path.state);
    for (uint32_t i = 0; connection->findings != NULL && i < connection->findings->count; i++)
        note(told, connection->findings->items[i].id);
    return ++told->connections != told->stop_at;
}

static bool tell_finding(void *context, const struct capture_finding *finding) {
    note(context, finding->id);
    note(context, finding->frame);
    note(context, finding->count);
    return true;
}

static void tell_belongs(void *context, uint64_t frame, uint64_t connection) {
    note(context, frame);
    note(context, connection);
}

static bool feed(struct engine *engine, unsigned frames) {
    struct capture_maker *maker = calloc(1, sizeof *maker);
    bool good = true;

    assert_non_null(maker);
    random_state = 7;
    maker->time = second;
    for (unsigned done = 0; done < frames && good; done += ENGINE_BATCH) {
        for (unsigned i = 0; i < ENGINE_BATCH; i++)
            make_frame(maker, i);
        good = engine_frames(engine, maker->frames, ENGINE_BATCH) == ENGINE_OK;
        if (done == frames / 2 && good) {
            good = engine_settle(engine) == ENGINE_OK;
            if (good)
                engine_note_dropped(engine, 5, maker->time);
        }
    }
    free(maker);
    return good;
}

static struct engine *new_engine(struct told *told, unsigned analysers, bool every_frame) {
    const struct engine_sink sink = {
        .context = told,
        .connection = tell_connection,
        .finding = tell_finding,
        .belongs = every_frame ? tell_belongs : NULL,
        .made_whole = every_frame ? tell_belongs : NULL,
        .joined = every_frame ? tell_belongs : NULL,
    };
    struct engine_settings settings = {.analysers = analysers};

    model_settings_default(&settings.model);
    rule_settings_default(&settings.rules);
    settings.model.hash_key[0] = analysers; /* no output depends on it */
    struct engine *engine = engine_new(&settings, &sink);
    assert_non_null(engine);
    return engine;
}

static struct engine_totals run(struct told *told, unsigned analysers, bool every_frame) {
    struct engine *engine = new_engine(told, analysers, every_frame);

    assert_true(feed(engine, FRAMES));
    assert_int_equal(engine_finish(engine), ENGINE_OK);
    assert_int_equal(engine_open(engine).held, 0);
    struct engine_totals totals = engine_totals(engine);
    engine_free(engine);
    return totals;
}

static void test_same_calls(void **state) {
    (void)state;
    for (int every_frame = 0; every_frame < 2; every_frame++) {
        struct told alone = {0};
        struct engine_totals totals = run(&alone, 1, every_frame != 0);

        assert_true(alone.connections > PORTS / 2 && totals.peak_connections > 100);
        for (unsigned analysers = 2; analysers <= 20; analysers += analysers < 4 ? 1 : 8) {
            struct told told = {0};
            struct engine_totals others = run(&told, analysers, every_frame != 0);
            assert_memory_equal(&others, &totals, sizeof totals);
            assert_int_equal(told.count, alone.count);
            assert_memory_equal(told.words, alone.words, alone.count * sizeof *alone.words);
            free(told.words);
        }
        free(alone.words);
    }
}

/* The sink says stop somewhere: nothing more is told. */
static void test_stops(void **state) {
    (void)state;
    for (uint64_t stop_at = 1; stop_at < 2000; stop_at = 3 * stop_at + 1) {
        for (unsigned analysers = 1; analysers < 4; analysers++) {
            struct told told = {.stop_at = stop_at};
            struct engine *engine = new_engine(&told, analysers, false);

            if (feed(engine, FRAMES))
                assert_int_equal(engine_finish(engine), ENGINE_STOPPED);
            assert_int_equal(told.connections, stop_at);
            engine_free(engine);
            free(told.words);
        }
    }
}

/* Freed in the middle, with frames that nobody has taken yet. */
static void test_left_alone(void **state) {
    (void)state;
    for (unsigned frames = 0; frames < FRAMES; frames = 4 * frames + ENGINE_BATCH) {
        struct told told = {0};
        struct engine *engine = new_engine(&told, 3, true);

        if (frames > 0)
            assert_true(feed(engine, frames));
        engine_free(engine);
        free(told.words);
    }
}

/* --- partitions --- */

static void test_partitions(void **state) {
    enum { ENDS = 4096, FEW = ENDS / PARTITIONS_MAX / 2 };
    const struct address one = {4, {192, 0, 2, 1}};
    unsigned counts[PARTITIONS_MAX] = {0};

    (void)state;
    for (unsigned i = 0; i < ENDS; i++) {
        const struct address other = {4, {198, 51, 100, (uint8_t)(i % 7)}};
        uint16_t port = (uint16_t)(1024 + i);
        unsigned partition = partition_of(&one, 80, &other, port);

        assert_int_equal(partition_of(&other, port, &one, 80), partition);
        assert_true(partition < PARTITIONS_MAX);
        counts[partition]++;
    }
    for (unsigned i = 0; i < PARTITIONS_MAX; i++)
        assert_true(counts[i] > FEW && counts[i] < 4 * FEW);
}

/* Whichever octets of the addresses are other ones. */
static void test_partitions_of_ipv6(void **state) {
    const struct address one = {6, {0x20, 1, 0xd, 0xb8, [15] = 1}};

    (void)state;
    for (unsigned at = 0; at < sizeof one.octets; at++) {
        enum { FEW = 256 / PARTITIONS_MAX / 4 };
        unsigned counts[PARTITIONS_MAX] = {0};

        for (unsigned i = 0; i < 256; i++) {
            struct address other = {6, {0x20, 1, 0xd, 0xb8, [15] = 2}};

            other.octets[at] = (uint8_t)i;
            unsigned partition = partition_of(&one, 80, &other, 40000);
            assert_int_equal(partition_of(&other, 40000, &one, 80), partition);
            counts[partition]++;
        }
        for (unsigned i = 0; i < PARTITIONS_MAX; i++)
            assert_true(counts[i] >= FEW && counts[i] <= 8 * FEW);
    }
}

static void test_partitions_follow_the_limits(void **state) {
    struct model_settings settings;

    (void)state;
    model_settings_default(&settings);
    assert_int_equal(partitions_under(&settings), PARTITIONS_MAX);
    settings.max_connections = 100000;
    assert_int_equal(partitions_under(&settings), 4);
    settings.max_connections = 100;
    assert_int_equal(partitions_under(&settings), 1);
    model_settings_default(&settings);
    settings.memory_budget = UINT64_C(256) << 20;
    assert_int_equal(partitions_under(&settings), 4);
}

/* The signals that a thread blocks, as a set of bits from 0 for signal 1. False: it is not known. */
static bool blocked_by(const char *task, uint64_t *signals) {
    char path[300], line[256];
    bool known = false;

    snprintf(path, sizeof path, "/proc/self/task/%s/status", task);
    FILE *file = fopen(path, "r");
    while (file != NULL && !known && fgets(line, sizeof line, file) != NULL)
        known = sscanf(line, "SigBlk: %" SCNx64, signals) == 1;
    if (file != NULL)
        fclose(file);
    return known;
}

static bool has_signal(uint64_t signals, int number) {
    return (signals >> (number - 1) & 1) != 0;
}

/* The threads that there are: of a sanitizer before any of ours. Their numbers begin anew at some point, so that a
 * later one may be less. */
struct threads {
    int numbers[16];
    unsigned count;
};

static struct threads threads_now(void) {
    struct threads threads = {.count = 0};
    DIR *tasks = opendir("/proc/self/task");

    for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;)
        if (threads.count < sizeof threads.numbers / sizeof *threads.numbers && task->d_name[0] != '.')
            threads.numbers[threads.count++] = atoi(task->d_name);
    if (tasks != NULL)
        closedir(tasks);
    return threads;
}

static bool is_among(const struct threads *threads, int number) {
    for (unsigned i = 0; i < threads->count; i++)
        if (threads->numbers[i] == number)
            return true;
    return false;
}

/* The analysers' threads take no signal that is meant for the process, and all that they bring upon themselves. */
static void test_signals_of_threads(void **state) {
    struct told told = {0};
    const struct threads others = threads_now();
    struct engine *engine = new_engine(&told, 3, false);
    enum { FEW_FRAMES = 64 };
    assert_true(feed(engine, FEW_FRAMES) && engine_settle(engine) == ENGINE_OK); /* all have begun */
    DIR *tasks = opendir("/proc/self/task");
    unsigned threads = 0;

    (void)state;
    for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        uint64_t signals;
        if (task->d_name[0] == '.' || is_among(&others, atoi(task->d_name)) || !blocked_by(task->d_name, &signals))
            continue;
        threads++;
        assert_true(has_signal(signals, SIGINT) && has_signal(signals, SIGTERM) && has_signal(signals, SIGHUP));
        assert_false(has_signal(signals, SIGSEGV) || has_signal(signals, SIGBUS) || has_signal(signals, SIGABRT));
        assert_false(has_signal(signals, SIGFPE) || has_signal(signals, SIGILL) || has_signal(signals, SIGSYS));
    }
    if (tasks != NULL)
        closedir(tasks);
    engine_free(engine);
    if (tasks != NULL)
        assert_true(threads >= 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_calls),         cmocka_unit_test(test_stops),
        cmocka_unit_test(test_left_alone),         cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_partitions_of_ipv6), cmocka_unit_test(test_partitions_follow_the_limits),
        cmocka_unit_test(test_signals_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
