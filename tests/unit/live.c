/* SPDX-License-Identifier: BSD-3-Clause */
/* Interfaces whose frames and whose clocks the test makes: the functions of libpcap and of libc that live.c asks stand
 * here. */
#include "capture/live.h"
#include "engine/run.h"

#include "frames.h"

#include <pcap/pcap.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

enum { LONGEST = 64 };

struct pcap {
    bool open;
    uint8_t octets[FRAMES][LONGEST];
    uint32_t length[FRAMES];
    int64_t stamp[FRAMES];   /* that the kernel gave */
    int64_t arrival[FRAMES]; /* monotonic */
    unsigned count, at;
};

static struct pcap interfaces[INTERFACES];

/* A frame passes now; the kernel hands it over when its buffer is old enough. */
static void brings(int interface, const uint8_t *octets, uint32_t length) {
    struct pcap *pcap = &interfaces[interface];

    assert_true(pcap->count < FRAMES && length <= LONGEST);
    memcpy(pcap->octets[pcap->count], octets, length);
    pcap->length[pcap->count] = length;
    pcap->stamp[pcap->count] = real;
    pcap->arrival[pcap->count++] = monotonic;
}

static void arrives(int interface) {
    brings(interface, (const uint8_t *)"", 1);
}

static bool is_ready(const struct pcap *pcap) {
    return pcap->at < pcap->count && monotonic >= pcap->arrival[pcap->at] + MS(BUFFER_DELAY_MS);
}

/* --- what is to happen --- */

/* A segment of a connection between two ports, a step of the clock, or a time for which the process gets no CPU. */
struct event {
    int64_t at; /* ms of the monotonic clock since the beginning */
    bool by_server;
    uint16_t port; /* of the client; 0: real time is set */
    int64_t step;  /* s */
    unsigned flags;
    uint32_t seq, ack;
};

static const struct event *events;
static size_t event_count, next_event;
static int64_t first_moment;

static void send_segment(const struct event *event) {
    struct octets frame = {.length = 0};
    uint32_t ip, tcp;

    put_ethernet(&frame, 0x0800);
    ip = put_ipv4(&frame, 6, NULL, 0);
    tcp = frame.length;
    put16(&frame, event->by_server ? 80 : event->port);
    put16(&frame, event->by_server ? event->port : 80);
    put32(&frame, event->seq);
    put32(&frame, event->ack);
    put16(&frame, 0x5000 | event->flags);
    put16(&frame, 1000);
    put32(&frame, 0);
    if (event->by_server) {
        memcpy(frame.at + ip + 12, "\xc6\x33\x64\x02\xc0\0\x02\x01", 8);
    }
    finish_ipv4(&frame, ip);
    finish_tcp(&frame, ip, tcp);
    brings(0, frame.at, frame.length);
}

static void come_true(void) {
    while (next_event < event_count && monotonic >= first_moment + MS(events[next_event].at)) {
        const struct event *event = &events[next_event++];

        if (event->port == 0 && event->flags != 0)
            pass(MS(event->seq));
        else if (event->port == 0)
            real += S(event->step);
        else
            send_segment(event);
    }
}

/* Whoever is woken for nothing again and again is busy all the time. */
enum { MANY_POLLS = 5000 };
static unsigned polls;

int poll(struct pollfd *polled, nfds_t count, int wait) {
    int64_t until = monotonic + MS(wait);

    assert_true(polls++ < MANY_POLLS);
    while (monotonic < until) {
        for (nfds_t i = 0; i < count; i++)
            if (polled[i].fd >= 0 && is_ready(&interfaces[polled[i].fd]))
                return 1;
        pass(MS(1));
        come_true();
    }
    return 0;
}

int pcap_dispatch(pcap_t *pcap, int count, pcap_handler handler, u_char *context) {
    int taken = 0;

    for (; is_ready(pcap) && taken < count; taken++) {
        unsigned at = pcap->at++;
        int64_t stamp = pcap->stamp[at];
        struct pcap_pkthdr header = {.caplen = pcap->length[at], .len = LONGEST};

        header.ts.tv_sec = stamp / 1000000000;
        header.ts.tv_usec = stamp % 1000000000;
        handler(context, &header, pcap->octets[at]);
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

/* --- whole runs --- */

static void complain(void *context, const char *sentence) {
    (void)context;
    fail_msg("%s", sentence);
}

/* A report without what it says of the capture itself. Freed by the caller. */
static char *without_capture(const struct output *output) {
    char *text = calloc(1, output->used + 1), *at = text;

    assert_non_null(text);
    for (const char *line = output->bytes, *end = line + output->used; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)(next == NULL ? end - line : next + 1 - line);

        if (strncmp(line, "{\"type\":\"capture\"", 17) != 0) {
            memcpy(at, line, length);
            at += length;
        }
        line += length;
    }
    return text;
}

/* What is told of these events live, for so many seconds; of the frames that were saved the same must be told. Freed by
 * the caller. */
static char *watch_and_compare(const struct event *list, size_t count, int64_t seconds) {
    char path[] = "/tmp/finwait-live-XXXXXX";
    const char *const paths[] = {path};
    FILE *file = fdopen(mkstemp(path), "w");
    struct live *live = open_interfaces(1);
    struct report_settings report;
    struct report_summary summary;
    struct writer *writer = writer_new(file, "test");
    const struct live_run live_run = {
        .live = live, .duration = S(seconds), .writer = writer, .writer_name = path, .file = file};
    struct run_settings settings = {.live = &live_run, .report = &report, .summary = &summary, .complain = complain};
    struct output *output = output_to_memory(), *again = output_to_memory();
    char *told, *of_file;

    report_settings_default(&report);
    report.format = REPORT_NDJSON;
    events = list;
    event_count = count;
    next_event = 0;
    first_moment = monotonic;
    assert_int_equal(run_files(&settings, output), RUN_DONE);
    assert_int_equal(next_event, count);
    writer_free(writer);
    fclose(file);
    live_free(live);

    settings.live = NULL;
    settings.prompt = true; /* as it is live */
    settings.files = paths;
    settings.file_count = 1;
    settings.end = (struct run_moment){true, true, summary.end_time};
    assert_int_equal(run_files(&settings, again), RUN_DONE);
    unlink(path);
    told = without_capture(output);
    of_file = without_capture(again);
    assert_string_equal(told, of_file);
    free(of_file);
    output_free(output);
    output_free(again);
    return told;
}

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

/* clang-format off */
#define OPENS(at, port) \
    {(at), false, (port), 0, SYN, 1000, 0}, {(at) + 10, true, (port), 0, SYN | ACK, 5000, 1001}, \
    {(at) + 20, false, (port), 0, ACK, 1001, 5001}
#define CLOSES(at, port) \
    {(at), false, (port), 0, FIN | ACK, 1001, 5001}, {(at) + 10, true, (port), 0, FIN | ACK, 5001, 1002}, \
    {(at) + 20, false, (port), 0, ACK, 1002, 5002}
#define SLEEPS(at, seconds) {(at), false, 0, (seconds), 0, 0, 0}
/* clang-format on */
#define COUNT(list) (sizeof(list) / sizeof *(list))

static unsigned count_of(const char *text, const char *part) {
    unsigned count = 0;

    for (; (text = strstr(text, part)) != NULL; text++)
        count++;
    return count;
}

/* Nothing comes any more: TIME_WAIT ends, and an attempt without an answer. */
static void test_time_passes(void **state) {
    static const struct event list[] = {OPENS(100, 40001), CLOSES(500, 40001), {600, false, 40002, 0, SYN, 1, 0}};
    char *told = watch_and_compare(list, COUNT(list), 200);

    (void)state;
    assert_int_equal(count_of(told, "\"end\":\"closed\""), 1);
    assert_int_equal(count_of(told, "\"end\":\"capture-end\""), 0);
    free(told);
}

/* The lid is closed while a connection is in TIME_WAIT, another open, and a frame not handed over yet. */
static void test_machine_sleeps(void **state) {
    static const struct event list[] = {OPENS(100, 40001), CLOSES(500, 40001),     OPENS(600, 40002),
                                        OPENS(980, 40003), SLEEPS(1010, 8 * 3600), OPENS(3000, 40004)};
    char *told = watch_and_compare(list, COUNT(list), 10);

    (void)state;
    assert_int_equal(count_of(told, "\"end\":\"closed\""), 1);
    assert_int_equal(count_of(told, "\"end\":\"idle\""), 2);
    assert_int_equal(count_of(told, "\"end\":\"capture-end\""), 1);
    assert_int_equal(count_of(told, "\"type\":\"connection\""), 4);
    free(told);
}

/* NTP sets the clock back while one connection is open and another waits; what opens later ends in its own time. */
static void test_clock_is_corrected(void **state) {
    static const struct event list[] = {OPENS(100, 40001),   CLOSES(500, 40001), OPENS(600, 40002),
                                        SLEEPS(2000, -3600), OPENS(3000, 40003), CLOSES(4000, 40003),
                                        CLOSES(5000, 40002), SLEEPS(6000, 1),    OPENS(6500, 40004)};
    char *told = watch_and_compare(list, COUNT(list), 100);

    (void)state;
    assert_int_equal(count_of(told, "\"type\":\"connection\""), 4);
    assert_int_equal(count_of(told, "\"outcome\":\"complete\""), 4);
    assert_true(count_of(told, "capture-timestamp-backward") > 0);
    free(told);
}

/* Others have the CPU for long, just after the end was asked for: what passed until then is in the kernel still. */
static void test_end_without_cpu(void **state) {
    enum { ATTEMPTS = 100 };
    struct event list[ATTEMPTS + 2] = {{9900, false, 39999, 0, SYN, 1000, 0}};
    char *told;

    (void)state;
    for (uint16_t i = 0; i < ATTEMPTS; i++)
        list[1 + i] = (struct event){9950, false, (uint16_t)(40000 + i), 0, SYN, 1000, 0};
    list[ATTEMPTS + 1] = (struct event){10020, false, 0, 0, 1, 3000, 0};
    told = watch_and_compare(list, COUNT(list), 10);
    assert_int_equal(count_of(told, "\"type\":\"connection\""), ATTEMPTS + 1);
    free(told);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_clock_set_back_while_a_frame_is_held),
        cmocka_unit_test(test_clock_set_forward),
        cmocka_unit_test(test_order_over_a_clock_set_forward),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_time_passes),
        cmocka_unit_test(test_machine_sleeps),
        cmocka_unit_test(test_clock_is_corrected),
        cmocka_unit_test(test_end_without_cpu),
    };

    return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
