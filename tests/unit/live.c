/* SPDX-License-Identifier: BSD-3-Clause */
/* Interfaces whose frames and whose clocks the test makes: the functions of libpcap and of libc that live.c asks stand
 * here. */
#include "capture/live.h"

#include <pcap/pcap.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MS(n)  ((int64_t)(n)*1000000)
#define S(n)   (MS(n) * 1000)
#define BEGIN  S(1700000000)
#define PASSES S(20) /* longer than anything may wait */

/* --- the clocks --- */

static int64_t monotonic, real; /* ns */

static void pass(int64_t span) {
    monotonic += span;
    real += span;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int64_t now = clock == CLOCK_REALTIME ? real : monotonic;

    time->tv_sec = now / 1000000000;
    time->tv_nsec = now % 1000000000;
    return 0;
}

/* --- the interfaces --- */

enum { INTERFACES = 2, FRAMES = 256, BUFFER_DELAY_MS = 100 };

struct pcap {
    bool open;
    int64_t stamp[FRAMES];   /* that the kernel gave */
    int64_t arrival[FRAMES]; /* monotonic */
    unsigned count, at;
};

static struct pcap interfaces[INTERFACES];

/* A frame passes now; the kernel hands it over when its buffer is old enough. */
static void arrives(int interface) {
    struct pcap *pcap = &interfaces[interface];

    assert_true(pcap->count < FRAMES);
    pcap->stamp[pcap->count] = real;
    pcap->arrival[pcap->count++] = monotonic;
}

static bool is_ready(const struct pcap *pcap) {
    return pcap->at < pcap->count && monotonic >= pcap->arrival[pcap->at] + MS(BUFFER_DELAY_MS);
}

/* Whoever is woken for nothing again and again is busy all the time. */
enum { MANY_POLLS = 1000 };
static unsigned polls;

int poll(struct pollfd *polled, nfds_t count, int wait) {
    int64_t until = monotonic + MS(wait);

    assert_true(polls++ < MANY_POLLS);
    while (monotonic < until) {
        for (nfds_t i = 0; i < count; i++)
            if (polled[i].fd >= 0 && is_ready(&interfaces[polled[i].fd]))
                return 1;
        pass(MS(1));
    }
    return 0;
}

int pcap_dispatch(pcap_t *pcap, int count, pcap_handler handler, u_char *context) {
    int taken = 0;

    for (; is_ready(pcap) && taken < count; taken++) {
        int64_t stamp = pcap->stamp[pcap->at++];
        struct pcap_pkthdr header = {.caplen = 1, .len = 60};

        header.ts.tv_sec = stamp / 1000000000;
        header.ts.tv_usec = stamp % 1000000000;
        handler(context, &header, (const u_char *)"");
    }
    return taken;
}

pcap_t *pcap_create(const char *name, char *error) {
    struct pcap *pcap = &interfaces[name[strlen(name) - 1] - '0'];

    (void)error;
    *pcap = (struct pcap){.open = true};
    return pcap;
}

void pcap_close(pcap_t *pcap) {
    pcap->open = false;
}

/* What looks at filters opens one that is none. */
pcap_t *pcap_open_dead_with_tstamp_precision(int link_type, int snaplen, u_int precision) {
    static struct pcap dead;

    (void)link_type;
    (void)snaplen;
    (void)precision;
    return &dead;
}

int pcap_stats(pcap_t *pcap, struct pcap_stat *counts) {
    (void)pcap;
    *counts = (struct pcap_stat){0};
    return 0;
}

#define ALWAYS(name, value, ...)                                                                                       \
    int name(__VA_ARGS__) {                                                                                            \
        return value;                                                                                                  \
    }
#pragma GCC diagnostic ignored "-Wunused-parameter"
ALWAYS(pcap_set_snaplen, 0, pcap_t *pcap, int octets)
ALWAYS(pcap_set_promisc, 0, pcap_t *pcap, int on)
ALWAYS(pcap_set_timeout, 0, pcap_t *pcap, int span)
ALWAYS(pcap_set_immediate_mode, 0, pcap_t *pcap, int on)
ALWAYS(pcap_set_buffer_size, 0, pcap_t *pcap, int octets)
ALWAYS(pcap_set_tstamp_precision, 0, pcap_t *pcap, int precision)
ALWAYS(pcap_activate, 0, pcap_t *pcap)
ALWAYS(pcap_datalink, DLT_EN10MB, pcap_t *pcap)
ALWAYS(pcap_compile, 0, pcap_t *pcap, struct bpf_program *program, const char *text, int optimize, bpf_u_int32 mask)
ALWAYS(pcap_setfilter, 0, pcap_t *pcap, struct bpf_program *program)
ALWAYS(pcap_setnonblock, 0, pcap_t *pcap, int on, char *error)

int pcap_get_selectable_fd(pcap_t *pcap) {
    return (int)(pcap - interfaces);
}

void pcap_freecode(struct bpf_program *program) {
}

/* --- what is tried --- */

static struct live *open_interfaces(size_t count) {
    static const char *const names[INTERFACES] = {"finwait-test0", "finwait-test1"};
    const struct live_settings settings = {.interfaces = names, .count = count, .snaplen = 96};
    struct message error;
    struct live *live;

    monotonic = S(1000);
    real = BEGIN;
    polls = 0;
    live = live_open(&settings, &error);
    assert_non_null(live);
    return live;
}

/* Takes frames until so many have come, or for so long; the times of the latest, and how long after its arrival. */
static unsigned take(struct live *live, unsigned wanted, int64_t span, int64_t *time) {
    int64_t until = monotonic + span;
    struct frame frames[8];
    enum live_status status;
    unsigned taken = 0;

    while (taken < wanted && monotonic < until) {
        unsigned count = live_next(live, frames, 8, 250, &status);

        for (unsigned i = 0; i < count; i++)
            *time++ = frames[i].time;
        taken += count;
    }
    return taken;
}

/* Of two interfaces frames come in the order of their times, and no later than the buffers are old. */
static void test_order(void **state) {
    struct live *live = open_interfaces(2);
    int64_t times[8], begun;

    (void)state;
    for (int i = 0; i < 3; i++) {
        arrives(1);
        pass(MS(10));
        arrives(0);
        pass(MS(10));
    }
    begun = monotonic;
    assert_int_equal(take(live, 6, PASSES, times), 6);
    assert_true(monotonic - begun < MS(500));
    for (int i = 0; i < 6; i++)
        assert_int_equal(times[i], BEGIN + MS(10) * i);
    live_free(live);
}

/* The clock is set back by an hour while the frame of one interface waits for those of the other: it does not wait for
 * an hour, and neither do those behind it. */
static void test_clock_set_back(void **state) {
    int64_t times[FRAMES], begun;

    (void)state;
    for (int other = 0; other < 2; other++) { /* is the other interface silent, or busy? */
        struct live *live = open_interfaces(2);

        arrives(0);
        pass(MS(120));
        real -= S(3600);
        begun = monotonic;
        arrives(0);
        for (int i = 0; i < 50; i++) {
            if (other != 0)
                arrives(1);
            pass(MS(20));
        }
        assert_int_equal(take(live, other != 0 ? 52 : 2, PASSES, times), other != 0 ? 52 : 2);
        assert_true(monotonic - begun < S(3));
        live_free(live);
    }
}

/* The same where the frame has been taken of the kernel when the clock is set. */
static void test_clock_set_back_while_a_frame_is_held(void **state) {
    struct live *live = open_interfaces(2);
    int64_t times[FRAMES], begun, stamp;
    enum live_status status;
    struct frame frames[8];
    unsigned taken = 0;

    (void)state;
    take(live, 1, MS(300), times);
    stamp = real;
    arrives(0);
    pass(MS(101));
    assert_int_equal(live_next(live, frames, 8, 0, &status), 0);
    real -= S(3600);
    begun = monotonic;
    for (int i = 0; i < 50; i++) {
        arrives(1);
        pass(MS(20));
        taken += take(live, 1, MS(1), times + taken);
    }
    taken += take(live, 51 - taken, PASSES, times + taken);
    assert_int_equal(taken, 51);
    assert_int_equal(times[0], stamp);
    assert_true(monotonic - begun < S(3));
    live_free(live);
}

/* The machine slept for eight hours, or the clock was set forward: what had passed before comes after, and until it has
 * come nobody may believe that it is eight hours later. */
static void test_clock_set_forward(void **state) {
    struct live *live = open_interfaces(1);
    int64_t times[2], until, stamp;
    enum live_status status;
    struct frame frames[8];

    (void)state;
    assert_int_equal(take(live, 1, S(1), times), 0);
    until = live_complete_until(live);
    assert_true(until > BEGIN && until < real);
    stamp = real;
    arrives(0);
    pass(MS(1));
    real += S(8 * 3600);
    assert_int_equal(live_next(live, frames, 8, 50, &status), 0);
    assert_true(live_complete_until(live) <= stamp);
    assert_int_equal(take(live, 1, MS(200), times), 1);
    assert_int_equal(times[0], stamp);
    assert_int_equal(take(live, 1, S(1), times), 0);
    assert_true(live_complete_until(live) > BEGIN + S(8 * 3600));
    live_free(live);
}

/* With two interfaces what passed before stays before what passed after. */
static void test_order_over_a_clock_set_forward(void **state) {
    struct live *live = open_interfaces(2);
    int64_t times[2];

    (void)state;
    assert_int_equal(take(live, 1, S(1), times), 0);
    pass(MS(100));
    arrives(0);
    pass(MS(50));
    arrives(1);
    real += S(8 * 3600);
    assert_int_equal(take(live, 2, S(1), times), 2);
    assert_true(times[0] < times[1]);
    live_free(live);
}

/* The end comes within a second, whatever the clock does; frames of before it are still handed over. */
static void test_stop(void **state) {
    static const int64_t steps[] = {0, S(-3600), S(3600)};

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct live *live = open_interfaces(2);
        enum live_status status = LIVE_IDLE;
        struct frame frames[8];
        unsigned taken = 0;

        arrives(0);
        real += steps[i];
        pass(MS(1));
        arrives(1);
        pass(MS(1));
        live_stop_at(live, real);
        for (int64_t until = monotonic + S(1); monotonic < until && status != LIVE_STOPPED;)
            taken += live_next(live, frames, 8, 50, &status);
        assert_int_equal(status, LIVE_STOPPED);
        assert_int_equal(taken, 2);
        live_free(live);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_clock_set_back_while_a_frame_is_held),
        cmocka_unit_test(test_clock_set_forward),
        cmocka_unit_test(test_order_over_a_clock_set_forward),
        cmocka_unit_test(test_stop),
    };

    return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
