/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/writer.h"

#include "handmade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

/* The writer's functions are called as report.c calls them, with verdicts written by hand; what they write is read back
 * by another library. */
struct run {
    struct handmade handmade;
    struct report report;
    struct output *output;
    json_t *document;
};

static int setup(void **state) {
    static struct run run;

    memset(&run, 0, sizeof run);
    handmade_make(&run.handmade);
    run.output = output_to_memory();
    run.report.writer = &json_writer;
    run.report.output = run.output;
    run.report.origin = HANDMADE_ORIGIN;
    report_settings_default(&run.report.settings);
    run.report.settings.version = "1.2.3";
    *state = &run;
    return run.output == NULL || !json_writer.begin(&run.report);
}

static int teardown(void **state) {
    struct run *run = *state;

    json_writer.free(&run->report);
    handmade_free(&run->handmade);
    output_free(run->output);
    json_decref(run->document);
    return 0;
}

static void report_one(struct run *run) {
    struct handmade *handmade = &run->handmade;

    for (int i = 0; i < SIDES; i++) {
        struct side_steps *walked = &handmade->verdict.walked[i];

        walked->count = path_steps(&handmade->connection.side[i].path, walked->steps);
    }
    summary_connection(&run->report.summary, &handmade->connection, &handmade->verdict);
    assert_true(json_writer.connection(&run->report, &handmade->connection, &handmade->verdict));
}

/* Ends the report and reads it back. */
static json_t *finish(struct run *run) {
    json_error_t error;

    assert_true(json_writer.end(&run->report));
    run->document = json_loadb(run->output->bytes, run->output->used, JSON_REJECT_DUPLICATES, &error);
    if (run->document == NULL) {
        fprintf(stderr, "%s at %d\n%.*s\n", error.text, error.position, (int)run->output->used, run->output->bytes);
    }
    assert_non_null(run->document);
    return run->document;
}

static json_t *only_connection(struct run *run) {
    json_t *connections;

    report_one(run);
    connections = json_object_get(finish(run), "connections");
    assert_int_equal(json_array_size(connections), 1);
    return json_array_get(connections, 0);
}

/* An object's members in the order in which they were written. */
static void expect_members(json_t *object, const char *expected) {
    char names[1000] = "";
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value) {
        strcat(strcat(names, names[0] != '\0' ? " " : ""), name);
    }
    assert_string_equal(names, expected);
}

/* A value as text without blanks. */
static void expect_member(json_t *object, const char *name, const char *expected) {
    char *text = json_dumps(json_object_get(object, name), JSON_COMPACT | JSON_ENCODE_ANY);

    assert_non_null(text);
    if (strcmp(text, expected) != 0) {
        fprintf(stderr, "%s: %s\n", name, text);
    }
    assert_string_equal(text, expected);
    free(text);
}

static void test_an_empty_document(void **state) {
    json_t *document = finish(*state);

    expect_members(document, "schema tool connections findings captures settings summary");
    expect_member(document, "schema", "\"finwait-report/1\"");
    expect_member(document, "tool", "{\"name\":\"finwait\",\"version\":\"1.2.3\"}");
    expect_member(document, "connections", "[]");
    expect_member(document, "findings", "[]");
    expect_member(document, "captures", "[]");
}

static void test_connection(void **state) {
    json_t *connection = only_connection(*state);

    expect_members(connection,
                   "id incarnation previous community_id ip_version encapsulation initiator_seen client server "
                   "first_frame last_frame first_time start_ns duration_ns handshake teardown "
                   "time_wait_details zeek_conn_state zeek_history idle_before_close_ns keep_alive heartbeat end "
                   "anomalies");
    expect_member(connection, "id", "17");
    expect_member(connection, "previous", "null");
    expect_member(connection, "ip_version", "4");
    expect_member(connection, "encapsulation", "[]");
    expect_member(connection, "initiator_seen", "true");
    expect_member(connection, "first_frame", "17");
    expect_member(connection, "last_frame", "40");
    expect_member(connection, "first_time", "\"2026-01-01T00:00:00.000000000Z\"");
    expect_member(connection, "start_ns", "0");
    expect_member(connection, "duration_ns", "801000000");
    expect_member(connection, "time_wait_details",
                  "{\"started_ns\":200200000,\"restarts\":1,\"elapsed_ns\":601000000,\"ended_by\":null}");
    expect_member(connection, "zeek_conn_state", "\"OTH\"");
    expect_member(connection, "zeek_history", "\"\"");
    expect_member(connection, "idle_before_close_ns", "null");
    expect_member(connection, "keep_alive", "null");
    expect_member(connection, "heartbeat", "null");
    expect_member(connection, "end", "\"capture-end\"");
}

/* A last probe or beat counts as answered once its receiver has sent anything since. */
static void test_keep_alives_and_heartbeats(void **state) {
    struct run *run = *state;
    struct connection *connection = &run->handmade.connection;
    struct liveness liveness = {0};
    liveness.keep_alive[SIDE_CLIENT] =
        (struct keep_alive_rhythm){.probes = 4, .unanswered = 2, .idle = 100, .interval = 75, .last_frame = 39};
    liveness.heartbeat[SIDE_SERVER] = liveness.beating[SIDE_SERVER] = (struct heartbeat){.beats = 5,
                                                                                         .answered = 3,
                                                                                         .octets = 12,
                                                                                         .first_time = 1000,
                                                                                         .last_time = 1400,
                                                                                         .gap_least = 98,
                                                                                         .gap_most = 103,
                                                                                         .last_frame = 30,
                                                                                         .last_answered_frame = 28};
    connection->side[SIDE_CLIENT].keep_alives_unanswered = 1;
    connection->side[SIDE_CLIENT].last_sent_frame = 31;
    connection->liveness = &liveness;
    json_t *written = only_connection(*state);
    connection->liveness = NULL;

    expect_member(written, "keep_alive",
                  "{\"client\":{\"probes\":4,\"answered\":1,\"idle_ns\":100,\"interval_ns\":75,\"last_frame\":39},"
                  "\"server\":null}");
    expect_member(written, "heartbeat",
                  "{\"client\":null,\"server\":{\"beats\":5,\"answered\":4,\"bytes\":12,\"period_ns\":100,"
                  "\"jitter_ns\":5,\"last_frame\":30,\"last_answered_frame\":30}}");
}

static void test_side(void **state) {
    json_t *client = json_object_get(only_connection(*state), "client");

    expect_members(client, "address port isn isn_known mss window_scale sack_permitted timestamps ecn fast_open frames "
                           "bytes retransmitted_frames retransmitted_bytes missing_bytes state certainty transitions "
                           "state_durations_ns");
    expect_member(client, "address", "\"10.0.0.1\"");
    expect_member(client, "port", "52396");
    expect_member(client, "isn", "123456");
    expect_member(client, "isn_known", "\"seen\"");
    expect_member(client, "mss", "1460");
    expect_member(client, "window_scale", "7");
    expect_member(client, "sack_permitted", "true");
    expect_member(client, "timestamps", "false");
    expect_member(client, "state", "\"TIME_WAIT\"");
    expect_member(client, "certainty", "\"certain\""); /* confirmed counts as certain */
}

static void test_transitions(void **state) {
    json_t *client = json_object_get(only_connection(*state), "client");
    json_t *transitions = json_object_get(client, "transitions");

    assert_int_equal(json_array_size(transitions), 5);
    expect_members(json_array_get(transitions, 0), "frame time_ns from to cause segment certainty settled_by");
    json_object_set(client, "first", json_array_get(transitions, 0));
    json_object_set(client, "second", json_array_get(transitions, 1));
    expect_member(client, "first",
                  "{\"frame\":17,\"time_ns\":0,\"from\":\"CLOSED\",\"to\":\"SYN_SENT\",\"cause\":\"sent\","
                  "\"segment\":\"SYN\",\"certainty\":\"certain\",\"settled_by\":null}");
    expect_member(client, "second",
                  "{\"frame\":18,\"time_ns\":20000,\"from\":\"SYN_SENT\",\"to\":\"ESTABLISHED\",\"cause\":\"received\","
                  "\"segment\":\"SYN ACK\",\"certainty\":\"confirmed\",\"settled_by\":19}");
}

static void test_a_timeout_has_no_frame(void **state) {
    struct run *run = *state;
    json_t *client, *transitions;

    handmade_event(&run->handmade.connection, SIDE_CLIENT, EVENT_TIME_WAIT_TIMEOUT, CERTAINTY_PRESUMED, 0, 60201000, 0);
    client = json_object_get(only_connection(run), "client");
    transitions = json_object_get(client, "transitions");
    json_object_set(client, "last", json_array_get(transitions, json_array_size(transitions) - 1));
    expect_member(client, "last",
                  "{\"frame\":null,\"time_ns\":60201000000,\"from\":\"TIME_WAIT\",\"to\":\"CLOSED\","
                  "\"cause\":\"timeout\",\"segment\":\"\",\"certainty\":\"presumed\",\"settled_by\":null}");
}

static void test_handshake_and_teardown(void **state) {
    json_t *connection = only_connection(*state);

    expect_member(connection, "handshake",
                  "{\"outcome\":\"complete\",\"syn_frame\":17,\"syn_ack_frame\":18,\"ack_frame\":19,"
                  "\"certainty\":\"certain\",\"syn_count\":1,\"syn_ack_count\":1,\"duration_ns\":420000,"
                  "\"rtt_server_ns\":20000,\"rtt_client_ns\":100000,"
                  "\"options_agreed\":{\"mss\":1400,\"window_scale\":false,\"sack_permitted\":true,"
                  "\"timestamps\":false,\"ecn\":false,\"mptcp\":false},\"cookies_suspected\":false}");
    expect_member(connection, "teardown",
                  "{\"outcome\":\"graceful\",\"certainty\":\"certain\",\"segments\":4,\"closed_first\":\"client\","
                  "\"reset_by\":null,\"reset_in_state\":null,\"time_wait\":\"client\",\"half_close_bytes\":0,"
                  "\"close_wait_ns\":51000,\"duration_ns\":601000000,\"two_msl\":\"not-observed\"}");
}

/* What was not seen is null, never a guess. */
static void test_what_is_unknown_is_null(void **state) {
    struct run *run = *state;
    struct verdict *verdict = &run->handmade.verdict;
    struct endpoint *server = &run->handmade.connection.side[SIDE_SERVER];
    json_t *connection, *side;

    server->isn_known = ISN_UNKNOWN;
    server->syn_ack_frame = 0;
    server->options_present = 0;
    verdict->syn_ack_frame = 0;
    verdict->segments = 0;
    verdict->rtt_client = -1;
    verdict->close_wait = -1;
    verdict->closed_first = WHICH_NONE;
    verdict->time_wait = WHICH_NONE;
    verdict->time_wait_details.known = false;
    connection = only_connection(run);
    side = json_object_get(connection, "server");
    expect_member(side, "isn", "null");
    expect_member(side, "isn_known", "\"unknown\"");
    expect_member(side, "mss", "null");
    expect_member(side, "sack_permitted", "null");
    expect_member(side, "timestamps", "null");
    expect_member(json_object_get(connection, "handshake"), "syn_ack_frame", "null");
    expect_member(json_object_get(connection, "handshake"), "rtt_client_ns", "null");
    expect_member(json_object_get(connection, "handshake"), "options_agreed", "null");
    expect_member(json_object_get(connection, "teardown"), "segments", "null");
    expect_member(json_object_get(connection, "teardown"), "close_wait_ns", "null");
    expect_member(json_object_get(connection, "teardown"), "closed_first", "null");
    expect_member(json_object_get(connection, "teardown"), "time_wait", "\"none\"");
    expect_member(connection, "time_wait_details", "null");
}

/* The snapshot length cut the options: absence proves nothing, presence does. */
static void test_options_that_were_cut(void **state) {
    struct run *run = *state;
    json_t *side;

    run->handmade.connection.side[SIDE_CLIENT].options_present = OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_CUT;
    side = json_object_get(only_connection(run), "client");
    expect_member(side, "mss", "1460");
    expect_member(side, "window_scale", "null");
    expect_member(side, "sack_permitted", "true");
    expect_member(side, "timestamps", "null");
}

static void test_anomaly(void **state) {
    struct run *run = *state;
    json_t *anomalies = json_object_get(only_connection(run), "anomalies");
    json_t *anomaly = json_array_get(anomalies, 0);

    assert_int_equal(json_array_size(anomalies), 1);
    expect_members(anomaly, "id severity default_severity group frame time_ns side count last_frame frames states "
                            "certainty location expected seen message rfc");
    expect_member(anomaly, "id", "\"fin-retransmitted-in-time-wait\"");
    expect_member(anomaly, "severity", "\"notice\"");
    expect_member(anomaly, "group", "\"teardown\"");
    expect_member(anomaly, "frame", "40");
    expect_member(anomaly, "time_ns", "801000000");
    expect_member(anomaly, "side", "\"server\"");
    expect_member(anomaly, "frames", "[38,39,40]");
    expect_member(anomaly, "states", "{\"client\":\"TIME_WAIT\",\"server\":\"CLOSED\"}");
    expect_member(anomaly, "certainty", "\"certain\"");
    expect_member(anomaly, "location", "\"beyond-capture-point\"");
    expect_member(anomaly, "expected", "null");
    expect_member(anomaly, "seen", "{\"seq\":4000000011,\"ack\":123460,\"relative_seq\":11,\"relative_ack\":4}");
    expect_member(anomaly, "message", "\"The server repeated its FIN 600 ms after the ACK passed here.\"");
    expect_member(json_object_get(run->document, "summary"), "anomalies", "{\"fin-retransmitted-in-time-wait\":1}");
    expect_member(json_object_get(run->document, "summary"), "severities", "{\"notice\":1}");
}

static void test_withdrawn_findings_do_not_exist(void **state) {
    struct run *run = *state;
    json_t *connection;

    run->handmade.finding.withdrawn = true;
    connection = only_connection(run);
    expect_member(connection, "anomalies", "[]");
    expect_member(json_object_get(run->document, "summary"), "anomalies", "{}");
}

/* Captures of a run need not be in order of time. */
static void test_times_before_the_first_frame_are_negative(void **state) {
    struct run *run = *state;
    json_t *connection;

    run->report.origin += 1000000000;
    connection = only_connection(run);
    expect_member(connection, "start_ns", "-1000000000");
    expect_member(json_array_get(json_object_get(connection, "anomalies"), 0), "time_ns", "-199000000");
}

static void test_captures(void **state) {
    struct run *run = *state;
    const struct capture_interface interfaces[] = {{"et\"h", 1, 262144}, {NULL, 1, 0}, {"lo", 12, 96}};
    const struct capture_info good = {.path = "a.pcapng",
                                      .format = "pcapng",
                                      .interfaces = interfaces,
                                      .interface_count = 3,
                                      .first_frame = 1,
                                      .frames = 12,
                                      .bytes = 1043,
                                      .first_time = -1,
                                      .last_time = HANDMADE_ORIGIN,
                                      .drops_known = true,
                                      .dropped_by_kernel = 4};
    const struct capture_info cut = {.path = "b\xff\n.pcap",
                                     .format = "pcap",
                                     .first_frame = 13,
                                     .truncated = true,
                                     .failed = true,
                                     .error_offset_known = true,
                                     .error_offset = 812,
                                     .error = "the file ends within a frame"};
    json_t *captures;

    assert_true(json_writer.capture(&run->report, &good));
    report_one(run); /* connections end after captures have been read; the document has them first */
    assert_true(json_writer.capture(&run->report, &cut));
    captures = json_object_get(finish(run), "captures");
    assert_int_equal(json_array_size(captures), 2);
    expect_members(run->document, "schema tool connections findings captures settings summary");
    expect_members(json_array_get(captures, 0),
                   "path format compression link_types interfaces first_frame frames bytes "
                   "first_time last_time truncated error dropped_by_kernel");
    assert_int_equal(json_array_size(json_object_get(json_array_get(captures, 0), "link_types")), 2);
    expect_member(json_array_get(json_object_get(json_array_get(captures, 0), "interfaces"), 0), "name", "\"et\\\"h\"");
    expect_member(json_array_get(captures, 0), "first_time", "\"1969-12-31T23:59:59.999999999Z\"");
    expect_member(json_array_get(captures, 0), "error", "null");
    expect_member(json_array_get(captures, 0), "dropped_by_kernel", "4");
    expect_member(json_array_get(captures, 1), "path", "\"b\xef\xbf\xbd\\n.pcap\"");
    expect_member(json_array_get(captures, 1), "first_time", "null");
    expect_member(json_array_get(captures, 1), "truncated", "true");
    expect_member(json_array_get(captures, 1), "error",
                  "{\"offset\":812,\"message\":\"the file ends within a frame\"}");
    expect_member(json_array_get(captures, 1), "dropped_by_kernel", "null");
}

static void test_findings_of_the_capture(void **state) {
    struct run *run = *state;
    const uint64_t frames[] = {3, 5};
    const uint64_t ids[] = {1, 3};
    const struct report_finding finding = {
        .id = ANOMALY_CAPTURE_ENDED_OPEN,
        .severity = SEVERITY_WARNING,
        .certainty = CERTAINTY_CERTAIN,
        .location = LOCATION_CAPTURE,
        .count = 7,
        .frame = 3,
        .last_frame = 9,
        .time = HANDMADE_ORIGIN,
        .frames = frames,
        .frame_count = 2,
        .address = &run->handmade.connection.address[SIDE_SERVER],
        .port = 80,
        .connections = ids,
        .connections_listed = 2,
        .connection_count = 2,
    };
    json_t *written;

    assert_true(json_writer.finding(&run->report, &finding));
    written = json_array_get(json_object_get(finish(run), "findings"), 0);
    expect_members(written,
                   "id severity default_severity group frame time_ns count last_frame frames certainty location "
                   "message rfc address port connections connection_count");
    expect_member(written, "address", "\"10.0.0.2\"");
    expect_member(written, "connections", "[1,3]");
    expect_member(written, "location", "\"capture\"");
}

static void test_settings_and_summary(void **state) {
    static const char contract[] =
        "profile msl ack_timeout syn_timeout fin_timeout close_wait_notice close_wait_warning "
        "fin_wait_2_timeout slow_handshake duplicate_window reorder_window idle_timeout ";
    static const char thresholds[] = "profile"
#define THRESHOLD(name, option, unit, member, least, standard, help) " " #name
#include "report/thresholds.def"
#undef THRESHOLD
                                     " tunnels";
    struct run *run = *state;
    struct report_summary *summary = &run->report.summary;
    json_t *settings, *written;

    run->report.settings.model.msl = 30 * INT64_C(1000000000);
    run->report.settings.model.duplicate_window = 1000000;
    summary->frames = 12;
    summary->skipped[SKIP_NOT_IP] = 2;
    summary->interrupted = true;
    summary->uncompared = 7;
    report_one(run);
    settings = json_object_get(finish(run), "settings");
    written = json_object_get(run->document, "summary");
    /* The names of the contract are fixed and come first; the others are as the table has them. */
    assert_int_equal(strncmp(thresholds, contract, sizeof contract - 1), 0);
    expect_members(settings, thresholds);
    expect_member(settings, "profile", "\"linux\"");
    expect_member(settings, "msl", "30");
    expect_member(settings, "duplicate_window", "0.001");
    expect_member(settings, "tunnels", "true");
    expect_members(written, "frames tcp_segments connections duration_ns end_time skipped handshakes teardowns states "
                            "anomalies severities evicted uncompared_segments peak_connections interrupted");
    expect_member(written, "uncompared_segments", "7");
    expect_member(written, "connections", "1");
    expect_member(json_object_get(written, "skipped"), "not-ip", "2");
    expect_member(json_object_get(written, "skipped"), "malformed", "0");
    expect_member(written, "handshakes", "{\"complete\":1}");
    expect_member(written, "teardowns", "{\"graceful\":1}");
    expect_member(written, "states", "{\"client\":{\"TIME_WAIT\":1},\"server\":{\"LAST_ACK\":1}}");
    expect_member(written, "interrupted", "true");
}

/* --- the schema names the same words as the program --- */

static json_t *schema_words(json_t *schema, const char *definition) {
    json_t *words = json_object_get(json_object_get(json_object_get(schema, "$defs"), definition), "enum");

    assert_non_null(words);
    return words;
}

static void expect_word(json_t *words, size_t index, const char *name) {
    assert_string_equal(json_string_value(json_array_get(words, index)), name);
}

static void test_the_schema_knows_every_word(void **state) {
    json_t *schema = json_load_file("src/report/finwait-report.schema.json", 0, NULL);
    json_t *words;

    (void)state;
    if (schema == NULL) {
        skip(); /* not run from the top of the build tree */
    }
    words = schema_words(schema, "anomalyId");
    assert_int_equal(json_array_size(words), ANOMALIES);
    for (int id = 0; id < ANOMALIES; id++) {
        expect_word(words, (size_t)id, anomaly_row((enum anomaly_id)id)->id);
    }
    words = schema_words(schema, "state");
    assert_int_equal(json_array_size(words), TCP_STATES);
    for (int name = 0; name < TCP_STATES; name++) {
        expect_word(words, (size_t)name, state_name((enum tcp_state)name));
    }
    words = schema_words(schema, "severity");
    assert_int_equal(json_array_size(words), SEVERITIES);
    for (int name = 0; name < SEVERITIES; name++) {
        expect_word(words, (size_t)name, severity_name((enum severity)name));
    }
    words = schema_words(schema, "handshakeOutcome");
    assert_int_equal(json_array_size(words), HANDSHAKE_OUTCOMES);
    for (int name = 0; name < HANDSHAKE_OUTCOMES; name++) {
        expect_word(words, (size_t)name, handshake_outcome_name((enum handshake_outcome)name));
    }
    words = schema_words(schema, "teardownOutcome");
    assert_int_equal(json_array_size(words), TEARDOWN_OUTCOMES);
    for (int name = 0; name < TEARDOWN_OUTCOMES; name++) {
        expect_word(words, (size_t)name, teardown_outcome_name((enum teardown_outcome)name));
    }
    json_decref(schema);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_empty_document, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keep_alives_and_heartbeats, setup, teardown),
        cmocka_unit_test_setup_teardown(test_side, setup, teardown),
        cmocka_unit_test_setup_teardown(test_transitions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_timeout_has_no_frame, setup, teardown),
        cmocka_unit_test_setup_teardown(test_handshake_and_teardown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_unknown_is_null, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options_that_were_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_anomaly, setup, teardown),
        cmocka_unit_test_setup_teardown(test_withdrawn_findings_do_not_exist, setup, teardown),
        cmocka_unit_test_setup_teardown(test_times_before_the_first_frame_are_negative, setup, teardown),
        cmocka_unit_test_setup_teardown(test_captures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_findings_of_the_capture, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settings_and_summary, setup, teardown),
        cmocka_unit_test(test_the_schema_knows_every_word),
    };

    return cmocka_run_group_tests_name("json_report", tests, NULL, NULL);
}
