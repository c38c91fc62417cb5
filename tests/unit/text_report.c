/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "report/text_connection.h"
#include "report/text_summary.h"

#include "handmade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The writer's functions are called as report.c calls them, with verdicts written by hand. */
struct run {
    struct handmade handmade;
    struct report report;
    struct output *output;
};

static int begin(void **state, struct run *run) {
    *state = run;
    return !text_writer.begin(&run->report);
}

static int setup(void **state) {
    static struct run run;

    memset(&run, 0, sizeof run);
    handmade_make(&run.handmade);
    run.output = output_to_memory();
    run.report.writer = &text_writer;
    run.report.output = run.output;
    run.report.origin = HANDMADE_ORIGIN;
    run.report.settings.limit = 100;
    run.report.settings.ladder = LADDER_NONE;
    return run.output == NULL || begin(state, &run);
}

static int teardown(void **state) {
    struct run *run = *state;

    text_writer.free(&run->report);
    handmade_free(&run->handmade);
    output_free(run->output);
    return 0;
}

/* Reports the connection once more, under another number. */
static void report_one(struct run *run, uint64_t id, bool with_finding) {
    struct handmade *handmade = &run->handmade;

    handmade->connection.id = id;
    handmade->findings.count = with_finding;
    summary_connection(&run->report.summary, &handmade->connection, &handmade->verdict);
    run->report.summary.connection_found |= run->report.settings.connection == id; /* as report_connection does */
    assert_true(text_writer.connection(&run->report, &handmade->connection, &handmade->verdict));
}

static void end(struct run *run) {
    const struct capture_info capture = {.path = "capture.pcap",
                                         .format = "pcap",
                                         .first_frame = 1,
                                         .frames = 40,
                                         .first_time = HANDMADE_ORIGIN,
                                         .last_time = HANDMADE_ORIGIN + 801000000};

    assert_true(text_writer.capture(&run->report, &capture));
    run->report.summary.frames = 40;
    run->report.summary.tcp_segments = 24;
    run->report.summary.duration = 801000000;
    run->report.summary.skipped[SKIP_NOT_IP] = 16;
    assert_true(text_writer.end(&run->report));
}

static void test_a_connection_and_the_tables(void **state) {
    struct run *run = *state;

    report_one(run, 17, false);
    end(run);
    expect_output(run->output, "#17  10.0.0.1:52396 → 10.0.0.2:80   complete in 0.42 ms · closed by client, 4 "
                               "segments, 601 ms · TIME_WAIT at client\n"
                               "    client  CLOSED → SYN_SENT → ESTABLISHED → FIN_WAIT_1 → FIN_WAIT_2 → TIME_WAIT\n"
                               "    server  LISTEN → SYN_RECEIVED → ESTABLISHED → CLOSE_WAIT → LAST_ACK\n"
                               "\n"
                               "findings         error 0 · warning 0 · notice 0 · info 0\n"
                               "capture.pcap     40 frames · 24 TCP segments · 1 connection · 801 ms\n"
                               "first frame      2026-01-01 00:00:00.000000 UTC\n"
                               "skipped          16 not-ip\n"
                               "handshakes       1 complete\n"
                               "teardowns        1 graceful\n"
                               "states at end    client TIME_WAIT 1 · server LAST_ACK 1\n");
}

static bool output_has(const struct run *run, const char *words) {
    return memmem(run->output->bytes, run->output->used, words, strlen(words)) != NULL;
}

static void test_a_finding(void **state) {
    struct run *run = *state;

    run->handmade.finding.count = 3;
    run->handmade.finding.certainty = CERTAINTY_PRESUMED;
    report_one(run, 17, true);
    end(run);
    assert_true(output_has(run, "    1 notice  fin-retransmitted-in-time-wait ~, frame 40 (with 38, 39), 3 times\n"
                                "      The server repeated its FIN 600 ms after the ACK passed here.\n"));
    assert_true(output_has(run, anomaly_row(ANOMALY_FIN_RETRANSMITTED_IN_TIME_WAIT)->rfc));
    assert_true(output_has(run, "\n(~ presumed, not yet confirmed by that side; ? assumed)\n"));
}

/* Memory was out for the sentence: the catalogue's title stands in. */
static void test_a_finding_without_its_sentence(void **state) {
    struct run *run = *state;

    run->handmade.finding.said = NULL;
    report_one(run, 17, true);
    assert_true(output_has(run, anomaly_row(ANOMALY_FIN_RETRANSMITTED_IN_TIME_WAIT)->title));
}

static void test_long_addresses_and_paths_break_the_line(void **state) {
    struct run *run = *state;
    struct connection *connection = &run->handmade.connection;

    handmade_ipv6(&run->handmade);
    handmade_event(connection, SIDE_CLIENT, EVENT_TIME_WAIT_TIMEOUT, CERTAINTY_PRESUMED, 0, 60201000, 0);
    connection->initiator_seen = false;
    connection->incarnation = 2;
    connection->previous = 3;
    run->handmade.verdict.half_close_bytes = 12;
    run->handmade.findings.count = 0;
    struct style style = style_new(run->output, false, false);
    text_verdict(&style, &run->report, connection, &run->handmade.verdict);
    expect_output(
        run->output,
        "#17  [dddd:dddd:dddd:dddd:dddd:dddd:dddd:ddd0]:52396 → [dddd:dddd:dddd:dddd:dddd:dddd:dddd:ddd1]:80\n"
        "    complete in 0.42 ms · closed by client, 4 segments, 601 ms · half-close with 12 bytes · TIME_WAIT at "
        "client\n"
        "    incarnation 2 after #3 · roles assumed\n"
        "    client  CLOSED → SYN_SENT → ESTABLISHED → FIN_WAIT_1 → FIN_WAIT_2 → TIME_WAIT → CLOSED ~\n"
        "    server  LISTEN → SYN_RECEIVED → ESTABLISHED → CLOSE_WAIT → LAST_ACK\n");
}

/* Prints the first line for one handshake and teardown. */
static void expect_verdict(struct run *run, enum handshake_outcome handshake, enum teardown_outcome teardown_outcome,
                           const char *expected) {
    struct style style = style_new(run->output, false, false);
    const char *line_end;
    char line[200];

    run->handmade.verdict.handshake = handshake;
    run->handmade.verdict.teardown = teardown_outcome;
    run->output->used = 0;
    text_verdict(&style, &run->report, &run->handmade.connection, &run->handmade.verdict);
    line_end = memchr(run->output->bytes, '\n', run->output->used);
    assert_non_null(line_end);
    snprintf(line, sizeof line, "%.*s", (int)(line_end - run->output->bytes), run->output->bytes);
    assert_string_equal(strstr(line, ":80   ") + 6, expected);
}

static void test_verdicts_in_words(void **state) {
    struct run *run = *state;
    struct verdict *verdict = &run->handmade.verdict;

    verdict->time_wait = WHICH_NONE;
    verdict->segments = 0;
    verdict->teardown_duration = -1;
    verdict->handshake_duration = -1;
    expect_verdict(run, HANDSHAKE_COMPLETE, TEARDOWN_GRACEFUL, "complete \u00b7 closed by client");
    verdict->closed_first = WHICH_BOTH;
    expect_verdict(run, HANDSHAKE_SIMULTANEOUS, TEARDOWN_SIMULTANEOUS, "simultaneous open \u00b7 closed by both");
    expect_verdict(run, HANDSHAKE_REFUSED, TEARDOWN_NONE, "refused");
    expect_verdict(run, HANDSHAKE_FILTERED, TEARDOWN_NONE, "filtered");
    expect_verdict(run, HANDSHAKE_ABANDONED, TEARDOWN_NONE, "abandoned by client");
    expect_verdict(run, HANDSHAKE_HALF_OPEN, TEARDOWN_NONE, "half-open, no ACK of the SYN ACK");
    expect_verdict(run, HANDSHAKE_COMPLETE, TEARDOWN_NONE, "complete \u00b7 not closed");
    expect_verdict(run, HANDSHAKE_MIDSTREAM, TEARDOWN_UNKNOWN, "began before the capture \u00b7 close unknown");
    verdict->syn_count = 5;
    expect_verdict(run, HANDSHAKE_UNANSWERED, TEARDOWN_NONE, "unanswered, 5 SYNs in 801 ms");
    verdict->reset_by = WHICH_SERVER;
    verdict->reset_in_state = STATE_CLOSE_WAIT;
    expect_verdict(run, HANDSHAKE_FAST_OPEN, TEARDOWN_RESET, "fast open \u00b7 reset by server in CLOSE_WAIT");
    expect_verdict(run, HANDSHAKE_SPLIT, TEARDOWN_LATE_RESET,
                   "split handshake \u00b7 late reset by server in CLOSE_WAIT");
    verdict->ack_frame = 0;
    verdict->teardown_certainty = CERTAINTY_ASSUMED;
    verdict->reset_by = WHICH_UNKNOWN;
    verdict->closed_first = WHICH_CLIENT;
    expect_verdict(run, HANDSHAKE_COMPLETE, TEARDOWN_INCOMPLETE,
                   "complete, its ACK not captured \u00b7 close not finished, begun by client ?");
    verdict->teardown_certainty = CERTAINTY_CERTAIN;
    verdict->closed_first = WHICH_UNKNOWN;
    expect_verdict(run, HANDSHAKE_SPLIT, TEARDOWN_INCOMPLETE, "split handshake \u00b7 close not finished");
    verdict->syn_ack_frame = 0;
    expect_verdict(run, HANDSHAKE_HALF_OPEN, TEARDOWN_NONE, "half-open");
    expect_verdict(run, HANDSHAKE_COMPLETE, TEARDOWN_NONE,
                   "complete, its SYN ACK and ACK not captured \u00b7 not closed");
    verdict->ack_frame = 19;
    expect_verdict(run, HANDSHAKE_COMPLETE, TEARDOWN_NONE, "complete, its SYN ACK not captured \u00b7 not closed");
    run->handmade.connection.end = END_IDLE;
    expect_verdict(run, HANDSHAKE_SPLIT, TEARDOWN_NONE, "split handshake \u00b7 not closed \u00b7 then idle");
}

/* The numbers of the connections that were printed, in their order. */
static void expect_printed(const struct run *run, const char *expected) {
    char *text = strndup(run->output->bytes, run->output->used);
    char printed[1000] = "";

    for (char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == '#') {
            strncat(printed, line, strcspn(line, " "));
        }
    }
    free(text);
    assert_string_equal(printed, expected);
}

static void test_twenty_connections_are_all_printed(void **state) {
    struct run *run = *state;

    for (uint64_t id = 1; id <= 20; id++) {
        report_one(run, id, id == 7);
    }
    end(run);
    expect_printed(run, "#1#2#3#4#5#6#7#8#9#10#11#12#13#14#15#16#17#18#19#20");
    assert_false(output_has(run, "not printed"));
}

static void test_of_more_only_those_with_a_finding(void **state) {
    struct run *run = *state;

    for (uint64_t id = 1; id <= 21; id++) {
        report_one(run, id, id == 7 || id == 21);
    }
    end(run);
    expect_printed(run, "#7#21");
    assert_true(output_has(run, "19 connections with nothing of notice or above to show, not printed"));
    assert_true(output_has(run, "  2  notice   fin-retransmitted-in-time-wait   #7 #21\n"));
}

static void test_information_alone_is_no_reason(void **state) {
    struct run *run = *state;

    run->handmade.finding.severity = SEVERITY_INFO;
    for (uint64_t id = 1; id <= 30; id++) {
        report_one(run, id, true);
    }
    end(run);
    expect_printed(run, "");
    assert_true(output_has(run, "fin-retransmitted-in-time-wait   #1 #2 #3 #4 #5 \u2026 30 connections\n"));
}

static void test_a_connection_with_a_finding_does_not_wait(void **state) {
    struct run *run = *state;

    report_one(run, 1, true);
    expect_printed(run, "#1");
    report_one(run, 2, false);
    report_one(run, 3, true); /* must not overtake the one before it */
    expect_printed(run, "#1");
    end(run);
    expect_printed(run, "#1#2#3");
}

static void test_the_limit(void **state) {
    struct run *run = *state;

    run->report.settings.limit = 3;
    for (uint64_t id = 1; id <= 30; id++) {
        report_one(run, id, id % 5 == 0);
    }
    end(run);
    expect_printed(run, "#5#10#15");
    assert_true(output_has(run, "3 more connections with something to show, not printed"));
}

static void test_all(void **state) {
    struct run *run = *state;

    run->report.settings.limit = 3;
    run->report.settings.all = true;
    for (uint64_t id = 1; id <= 22; id++) {
        report_one(run, id, false);
    }
    end(run);
    expect_printed(run, "#1#2#3#4#5#6#7#8#9#10#11#12#13#14#15#16#17#18#19#20#21#22");
}

static void test_one_connection_by_number(void **state) {
    struct run *run = *state;

    run->report.settings.connection = 25;
    for (uint64_t id = 1; id <= 30; id++) {
        report_one(run, id, true);
    }
    end(run);
    expect_printed(run, "#25");
    assert_false(output_has(run, "No connection"));
}

static void test_a_number_that_is_none(void **state) {
    struct run *run = *state;

    run->report.settings.connection = 99;
    report_one(run, 1, true);
    end(run);
    expect_printed(run, "");
    assert_true(output_has(run, "No connection has the number 99"));
}

static void test_summary_only(void **state) {
    struct run *run = *state;

    run->report.settings.summary_only = true;
    report_one(run, 1, true);
    end(run);
    expect_output(run->output, "findings         error 0 · warning 0 · notice 1 · info 0\n"
                               "  1  notice   fin-retransmitted-in-time-wait   #1\n"
                               "capture.pcap     40 frames · 24 TCP segments · 1 connection · 801 ms\n"
                               "first frame      2026-01-01 00:00:00.000000 UTC\n"
                               "skipped          16 not-ip\n"
                               "handshakes       1 complete\n"
                               "teardowns        1 graceful\n"
                               "states at end    client TIME_WAIT 1 · server LAST_ACK 1\n");
}

static void test_several_captures_and_their_troubles(void **state) {
    struct run *run = *state;
    const struct capture_info missing = {
        .path = "gone\033.pcap", .first_frame = 1, .failed = true, .error = "No such file or directory"};
    const struct capture_info cut = {.path = "a/long/way/down/to/a.pcapng",
                                     .format = "pcapng",
                                     .first_frame = 1,
                                     .frames = 1,
                                     .failed = true,
                                     .truncated = true,
                                     .error_offset_known = true,
                                     .error_offset = 812,
                                     .error = "the file ends within a frame",
                                     .drops_known = true,
                                     .dropped_by_kernel = 3};

    run->report.settings.summary_only = true;
    assert_true(text_writer.capture(&run->report, &missing));
    assert_true(text_writer.capture(&run->report, &cut));
    run->report.summary.interrupted = true;
    run->report.summary.evicted = 2;
    run->report.summary.uncompared = 1;
    end(run);
    expect_output(
        run->output,
        "findings         error 0 · warning 0 · notice 0 · info 0\n"
        "gone?.pcap       0 frames · No such file or directory\n"
        "a/long/way/down/to/a.pcapng  1 frame · 0 ms · 3 dropped while capturing · the file ends within "
        "a frame\n"
        "capture.pcap     40 frames · 801 ms\n"
        "total            40 frames · 24 TCP segments · 0 connections · 801 ms · 2 evicted · interrupted\n"
        "first frame      2026-01-01 00:00:00.000000 UTC\n"
        "evicted          2 connections · 0 before their handshake was complete\n"
        "not compared     1 segment · too much was unacknowledged at once to hold a second copy against each\n"
        "skipped          16 not-ip\n");
}

/* Which link types they were is said where frames of such were there, each once, and of the first few only. */
static void test_links_that_are_not_read(void **state) {
    struct run *run = *state;
    struct capture_interface interfaces[7] = {{.link_type = 1}};
    const struct capture_info capture = {
        .path = "radio.pcapng", .format = "pcapng", .first_frame = 41, .interfaces = interfaces, .interface_count = 7};

    for (int i = 1; i < 7; i++)
        interfaces[i].link_type = i < 3 ? 100001 : 99999 + i; /* no numbers of any */
    run->report.settings.summary_only = true;
    run->report.summary.skipped[SKIP_UNSUPPORTED_LINK] = 5;
    assert_true(text_writer.capture(&run->report, &capture));
    end(run);
    expect_output(run->output, "findings         error 0 · warning 0 · notice 0 · info 0\n"
                               "radio.pcapng     0 frames\n"
                               "capture.pcap     40 frames · 801 ms\n"
                               "total            40 frames · 24 TCP segments · 0 connections · 801 ms\n"
                               "first frame      2026-01-01 00:00:00.000000 UTC\n"
                               "skipped          16 not-ip · 5 unsupported-link\n"
                               "unread links     100001 · 100002 · 100003 · 100004\n");
}

/* Of more than one interface it is said which. */
static void test_who_dropped(void **state) {
    struct run *run = *state;
    const struct capture_interface interfaces[] = {
        {.link_type = 1, .name = "eth0", .drops_known = true, .dropped = 12},
        {.link_type = 1, .name = "quiet", .drops_known = true},
        {.link_type = 1, .drops_known = true, .dropped = 3},
        {.link_type = 1, .name = "w\033", .drops_known = true, .dropped = 5}};
    struct capture_info capture = {.path = "both.pcapng",
                                   .format = "pcapng",
                                   .first_frame = 41,
                                   .interfaces = interfaces,
                                   .interface_count = 4,
                                   .drops_known = true,
                                   .dropped_by_kernel = 20};

    run->report.settings.summary_only = true;
    assert_true(text_writer.capture(&run->report, &capture));
    capture.path = "one.pcapng";
    capture.interface_count = 1;
    capture.dropped_by_kernel = 12;
    assert_true(text_writer.capture(&run->report, &capture));
    end(run);
    expect_output(run->output, "findings         error 0 · warning 0 · notice 0 · info 0\n"
                               "both.pcapng      0 frames · 20 dropped while capturing (eth0 12, w? 5)\n"
                               "one.pcapng       0 frames · 12 dropped while capturing\n"
                               "capture.pcap     40 frames · 801 ms\n"
                               "total            40 frames · 24 TCP segments · 0 connections · 801 ms\n"
                               "first frame      2026-01-01 00:00:00.000000 UTC\n"
                               "skipped          16 not-ip\n");
}

/* Findings of the capture and of connections under one id: the line counts the connections of all of them. */
static void test_one_id_of_several_ends(void **state) {
    struct run *run = *state;
    static const uint64_t first[] = {11, 12}, second[] = {21, 22, 23};
    struct report_finding finding = {.id = ANOMALY_FIN_RETRANSMITTED_IN_TIME_WAIT,
                                     .severity = SEVERITY_NOTICE,
                                     .message = "One end.",
                                     .connections = first,
                                     .connections_listed = 2,
                                     .connection_count = 2};

    run->report.settings.summary_only = true;
    report_one(run, 1, true);
    assert_true(text_writer.finding(&run->report, &finding));
    finding.message = "Another end.";
    finding.connections = second;
    finding.connections_listed = finding.connection_count = 3;
    assert_true(text_writer.finding(&run->report, &finding));
    finding.message = "No end.";
    finding.connections_listed = finding.connection_count = 0;
    assert_true(text_writer.finding(&run->report, &finding));
    end(run);
    assert_true(output_has(run, "  4  notice   fin-retransmitted-in-time-wait   #1 #11 #12 #21 #22 … 6 connections\n"
                                "               One end.\n"
                                "               Another end.\n"
                                "               No end.\n"));
}

static void test_links_that_were_not_needed(void **state) {
    struct run *run = *state;
    const struct capture_interface interface = {.link_type = 100001};
    const struct capture_info capture = {
        .path = "radio.pcapng", .format = "pcapng", .first_frame = 41, .interfaces = &interface, .interface_count = 1};

    run->report.settings.summary_only = true;
    assert_true(text_writer.capture(&run->report, &capture));
    end(run);
    expect_output(run->output, "findings         error 0 · warning 0 · notice 0 · info 0\n"
                               "radio.pcapng     0 frames\n"
                               "capture.pcap     40 frames · 801 ms\n"
                               "total            40 frames · 24 TCP segments · 0 connections · 801 ms\n"
                               "first frame      2026-01-01 00:00:00.000000 UTC\n"
                               "skipped          16 not-ip\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_connection_and_the_tables, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_finding, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_id_of_several_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_finding_without_its_sentence, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_addresses_and_paths_break_the_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_verdicts_in_words, setup, teardown),
        cmocka_unit_test_setup_teardown(test_twenty_connections_are_all_printed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_of_more_only_those_with_a_finding, setup, teardown),
        cmocka_unit_test_setup_teardown(test_information_alone_is_no_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_connection_with_a_finding_does_not_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_connection_by_number, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_number_that_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_summary_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_several_captures_and_their_troubles, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links_that_are_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links_that_were_not_needed, setup, teardown),
    };

    return cmocka_run_group_tests_name("text_report", tests, NULL, NULL);
}
