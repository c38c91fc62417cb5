/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "capture/capture.h"
#include "engine/engine.h"
#include "engine/run.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A connection of the sample that opens and closes properly. */
static char sample[1024];

static int find_sample(void **state) {
    const char *source = getenv("srcdir");

    (void)state;
    snprintf(sample, sizeof sample, "%s/samples/normal-close-by-client.pcap", source != NULL ? source : ".");
    return access(sample, R_OK);
}

/* --- the engine --- */

struct seen {
    unsigned connections;
    unsigned observations;
    uint64_t id;
    unsigned stop_at; /* the sink says stop at that connection; 0: never */
};

static bool count_connection(void *context, const struct connection *connection) {
    struct seen *seen = context;

    seen->connections++;
    seen->id = connection->id;
    return seen->connections != seen->stop_at;
}

static bool count_observation(void *context, const struct observation *observation) {
    struct seen *seen = context;

    assert_non_null(observation->connection);
    seen->observations++;
    return true;
}

static struct engine *new_engine(struct seen *seen) {
    const struct engine_sink sink = {seen, count_connection, count_observation};
    struct engine_settings settings = {.no_tunnels = false};

    model_settings_default(&settings.model);
    rule_settings_default(&settings.rules);
    struct engine *engine = engine_new(&settings, &sink);
    assert_non_null(engine);
    return engine;
}

/* Feeds the sample to engines side by side; returns its number of frames. */
static uint64_t feed(struct engine *const *engines, size_t count, bool filtered) {
    struct message reason;
    struct frame frame;
    struct capture *capture = capture_open(sample, &reason);

    assert_non_null(capture);
    while (capture_next(capture, &frame) == CAPTURE_FRAME) {
        frame.filtered = filtered;
        for (size_t i = 0; i < count; i++)
            assert_int_equal(engine_frames(engines[i], &frame, 1), ENGINE_OK);
    }
    uint64_t frames = capture_info(capture)->frames;
    capture_free(capture);
    return frames;
}

static void test_engine_counts_and_reports(void **state) {
    struct seen seen = {0};
    struct engine *engine = new_engine(&seen);

    (void)state;
    uint64_t frames = feed(&engine, 1, false);
    assert_int_equal(engine_finish(engine), ENGINE_OK);
    struct engine_totals totals = engine_totals(engine);
    uint64_t skipped = 0;
    for (int reason = 0; reason < SKIP_REASONS; reason++)
        skipped += totals.skipped[reason];
    assert_int_equal(totals.frames, frames);
    assert_int_equal(totals.tcp_segments + skipped, frames);
    assert_true(totals.tcp_segments >= 7);
    assert_true(totals.last_time > totals.first_time);
    assert_int_equal(totals.peak_connections, 1);
    assert_int_equal(seen.connections, 1);
    assert_true(seen.observations >= 5);
    engine_free(engine);
}

/* Feeds a frame of Ethernet, IPv4 and TCP as two fragments, the first of which holds but eight octets of the segment;
 * without the second it is lost. */
static void feed_fragments(struct engine *engine, const struct frame *frame, bool both) {
    enum { IP = 14, PAYLOAD = 34, FIRST = 8, ROOM = 2048 };
    uint8_t octets[2][ROOM];
    struct frame part[2] = {*frame, *frame};
    uint32_t total = (uint32_t)frame->bytes[IP + 2] << 8 | frame->bytes[IP + 3];

    assert_true(frame->captured < ROOM && frame->bytes[IP] == 0x45 && total > PAYLOAD - IP + FIRST);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t length = i == 0 ? FIRST : total - (PAYLOAD - IP) - FIRST;
        memcpy(octets[i], frame->bytes, PAYLOAD);
        memcpy(octets[i] + PAYLOAD, frame->bytes + PAYLOAD + (i == 0 ? 0 : FIRST), length);
        octets[i][IP + 2] = (uint8_t)((length + 20) >> 8);
        octets[i][IP + 3] = (uint8_t)(length + 20);
        octets[i][IP + 6] = i == 0 ? 0x20 : 0;
        octets[i][IP + 7] = i == 0 ? 0 : FIRST / 8;
        part[i].bytes = octets[i];
        part[i].captured = part[i].wire_length = PAYLOAD + length;
        part[i].number = 2 * frame->number - 1 + i;
    }
    assert_int_equal(engine_frames(engine, part, both ? 2 : 1), ENGINE_OK);
}

/* Every segment of the sample in two fragments: the connection is the same, and no frame is counted as skipped but
 * those of a datagram that stays incomplete. */
static void test_fragments_count_as_their_segment(void **state) {
    struct seen seen = {0};
    struct engine *engine = new_engine(&seen);
    struct message reason;
    struct frame frame;
    struct capture *capture = capture_open(sample, &reason);
    uint64_t frames = 0;

    (void)state;
    assert_non_null(capture);
    for (; capture_next(capture, &frame) == CAPTURE_FRAME; frames++) {
        feed_fragments(engine, &frame, true);
        assert_int_equal(engine_totals(engine).skipped[SKIP_FRAGMENT], 0);
    }
    capture_free(capture);
    capture = capture_open(sample, &reason);
    assert_non_null(capture);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    feed_fragments(engine, &frame, false);
    capture_free(capture);
    assert_int_equal(engine_finish(engine), ENGINE_OK);
    assert_int_equal(engine_totals(engine).frames, 2 * frames + 1);
    assert_int_equal(engine_totals(engine).tcp_segments, frames);
    assert_int_equal(engine_totals(engine).skipped[SKIP_FRAGMENT], 1);
    assert_int_equal(seen.connections, 1);
    assert_int_equal(seen.id, 2); /* the frame that completed the first segment */
    engine_free(engine);
}

static void test_filtered_frames_only_move_the_clock(void **state) {
    struct seen seen = {0};
    struct engine *engine = new_engine(&seen);

    (void)state;
    uint64_t frames = feed(&engine, 1, true);
    assert_int_equal(engine_finish(engine), ENGINE_OK);
    struct engine_totals totals = engine_totals(engine);
    assert_int_equal(totals.skipped[SKIP_FILTERED], frames);
    assert_int_equal(totals.tcp_segments, 0);
    assert_true(totals.last_time > totals.first_time);
    assert_int_equal(seen.connections, 0);
    engine_free(engine);
}

/* A clock that is set back: the capture lasts from its first frame to its latest time, whatever came behind that. */
static void test_a_clock_that_goes_back(void **state) {
    struct seen seen = {0};
    struct engine *engine = new_engine(&seen);

    (void)state;
    feed(&engine, 1, false);
    struct engine_totals before = engine_totals(engine);
    struct frame late = {.number = before.frames + 1, .time = before.first_time - 1000000000, .link_type = 1};
    assert_int_equal(engine_frames(engine, &late, 1), ENGINE_OK);
    late.number++;
    late.time = before.last_time - 1;
    assert_int_equal(engine_frames(engine, &late, 1), ENGINE_OK);
    assert_int_equal(engine_totals(engine).last_time, before.last_time);
    struct frame batch[] = {late, late, late}; /* at once: the latest time is in their midst */
    for (unsigned i = 0; i < 3; i++)
        batch[i].number = late.number + 1 + i;
    batch[1].time = before.last_time + 7;
    batch[2].time = before.last_time + 3;
    assert_int_equal(engine_frames(engine, batch, 3), ENGINE_OK);
    assert_int_equal(engine_finish(engine), ENGINE_OK);
    struct engine_totals totals = engine_totals(engine);
    assert_int_equal(totals.frames, before.frames + 5);
    assert_int_equal(totals.first_time, before.first_time);
    assert_int_equal(totals.last_time, before.last_time + 7);
    engine_free(engine);
}

static void test_engines_do_not_know_each_other(void **state) {
    struct seen seen[2] = {{0}, {0}};
    struct engine *engines[2] = {new_engine(&seen[0]), new_engine(&seen[1])};

    (void)state;
    feed(engines, 2, false);
    for (int i = 0; i < 2; i++)
        assert_int_equal(engine_finish(engines[i]), ENGINE_OK);
    assert_int_equal(seen[0].connections, 1);
    assert_memory_equal(&seen[0], &seen[1], sizeof seen[0]);
    engine_free(engines[0]);
    engine_free(engines[1]);
}

static void test_sink_can_stop_the_engine(void **state) {
    struct seen seen = {.stop_at = 1};
    struct engine *engine = new_engine(&seen);

    (void)state;
    feed(&engine, 1, false);
    assert_int_equal(engine_finish(engine), ENGINE_STOPPED);
    engine_free(engine);
}

static void test_unfinished_engine_can_be_freed(void **state) {
    struct seen seen = {0};
    struct engine *engine = new_engine(&seen);

    (void)state;
    feed(&engine, 1, false);
    engine_free(engine);
    engine_free(NULL);
}

static void test_finish_without_frames(void **state) {
    struct seen seen = {0};
    struct engine *engine = new_engine(&seen);

    (void)state;
    assert_int_equal(engine_finish(engine), ENGINE_OK);
    assert_int_equal(seen.connections, 0);
    engine_free(engine);
}

/* --- a run --- */

struct told {
    unsigned complaints;
    char last[MESSAGE_SIZE];
};

static void keep_complaint(void *context, const char *sentence) {
    struct told *told = context;

    told->complaints++;
    snprintf(told->last, sizeof told->last, "%s", sentence);
}

static enum run_result run(const char *const *files, size_t count, const char *filter,
                           const volatile sig_atomic_t *stop, struct told *told, struct output *output) {
    struct report_settings report;
    const struct run_settings settings = {
        .files = files,
        .file_count = count,
        .filter = filter,
        .report = &report,
        .stop = stop,
        .context = told,
        .complain = keep_complaint,
    };

    report_settings_default(&report);
    report.format = REPORT_JSON;
    report.version = "0";
    memset(told, 0, sizeof *told);
    return run_files(&settings, output);
}

/* True when the report in memory, which has no terminating zero, contains the words. */
static bool says(const struct output *output, const char *words) {
    return memmem(output->bytes, output->used, words, strlen(words)) != NULL;
}

static void test_run_of_one_file(void **state) {
    const char *files[] = {sample};
    struct told told;
    struct output *output = output_to_memory();

    (void)state;
    assert_int_equal(run(files, 1, NULL, NULL, &told, output), RUN_DONE);
    assert_int_equal(told.complaints, 0);
    assert_true(says(output, "\"connections\""));
    assert_true(says(output, "normal-close-by-client.pcap"));
    output_free(output);
}

static void test_run_with_a_missing_file(void **state) {
    const char *files[] = {"/nonexistent/first.pcap", sample};
    struct told told;
    struct output *output = output_to_memory();

    (void)state;
    assert_int_equal(run(files, 2, NULL, NULL, &told, output), RUN_INCOMPLETE);
    assert_int_equal(told.complaints, 1);
    assert_non_null(strstr(told.last, "/nonexistent/first.pcap"));
    assert_true(says(output, "/nonexistent/first.pcap"));
    assert_true(says(output, "normal-close-by-client.pcap"));
    output_free(output);
}

/* Such as words of another link type: nothing of the file can be read, and the report says so. */
static void test_run_with_a_wrong_filter(void **state) {
    const char *files[] = {sample};
    struct told told;
    struct output *output = output_to_memory();

    (void)state;
    assert_int_equal(run(files, 1, "wlan type mgt", NULL, &told, output), RUN_INCOMPLETE);
    assert_int_equal(told.complaints, 1);
    assert_non_null(strstr(told.last, sample));
    assert_true(says(output, "\"offset\":null"));
    output_free(output);
}

static void test_run_that_is_stopped(void **state) {
    const char *files[] = {sample, sample};
    const volatile sig_atomic_t stop = 2;
    struct told told;
    struct output *output = output_to_memory();

    (void)state;
    assert_int_equal(run(files, 2, NULL, &stop, &told, output), RUN_STOPPED);
    assert_int_equal(told.complaints, 0);
    assert_true(says(output, "\"interrupted\":true"));
    output_free(output);
}

static void test_run_with_a_full_disk(void **state) {
    const char *files[] = {sample};
    struct told told;
    int descriptor = open("/dev/full", O_WRONLY);

    (void)state;
    if (descriptor < 0)
        skip();
    struct output *output = output_to_descriptor(descriptor);
    assert_int_equal(run(files, 1, NULL, NULL, &told, output), RUN_OUTPUT_FAILED);
    assert_int_equal(output_error(output), ENOSPC);
    output_free(output);
    close(descriptor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_counts_and_reports),
        cmocka_unit_test(test_fragments_count_as_their_segment),
        cmocka_unit_test(test_filtered_frames_only_move_the_clock),
        cmocka_unit_test(test_a_clock_that_goes_back),
        cmocka_unit_test(test_engines_do_not_know_each_other),
        cmocka_unit_test(test_sink_can_stop_the_engine),
        cmocka_unit_test(test_unfinished_engine_can_be_freed),
        cmocka_unit_test(test_finish_without_frames),
        cmocka_unit_test(test_run_of_one_file),
        cmocka_unit_test(test_run_with_a_missing_file),
        cmocka_unit_test(test_run_with_a_wrong_filter),
        cmocka_unit_test(test_run_that_is_stopped),
        cmocka_unit_test(test_run_with_a_full_disk),
    };

    return cmocka_run_group_tests(tests, find_sample, NULL);
}
