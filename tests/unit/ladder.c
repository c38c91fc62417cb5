/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/ladder.h"

#include "handmade.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct drawing {
    struct handmade handmade;
    struct output *output;
    struct style style;
};

static int setup(void **state) {
    static struct drawing drawing;

    handmade_make(&drawing.handmade);
    drawing.output = output_to_memory();
    drawing.style = style_new(drawing.output, false, false);
    *state = &drawing;
    return drawing.output == NULL;
}

static int teardown(void **state) {
    struct drawing *drawing = *state;

    handmade_free(&drawing->handmade);
    output_free(drawing->output);
    return 0;
}

static void draw(struct drawing *drawing) {
    ladder_draw(&drawing->style, &drawing->handmade.connection, drawing->handmade.rows, drawing->handmade.row_count,
                HANDMADE_ORIGIN);
}

static void test_the_whole_ladder(void **state) {
    struct drawing *drawing = *state;

    draw(drawing);
    expect_output(
        drawing->output,
        "        frame      time  client                                               server\n"
        "           17  0.000000  SYN_SENT       ── SYN 0 ──────────────────────────▶  SYN_RECEIVED ~\n"
        "           18  0.000020  ESTABLISHED ~  ◀─────────────────── SYN ACK 0, 1 ──\n"
        "           19  0.000120                 ── ACK 1, 1 ───────────────────────▶  ESTABLISHED ~\n"
        "            …  16 segments, 2 + 10 bytes\n"
        "           36  0.200000  FIN_WAIT_1     ── FIN 3, 11 ──────────────────────▶  CLOSE_WAIT ~\n"
        "           37  0.200100  FIN_WAIT_2 ~   ◀────────────────────── ACK 11, 4 ──\n"
        "           38  0.200200  TIME_WAIT ~    ◀────────────────────── FIN 11, 4 ──  LAST_ACK\n"
        "           39  0.201000                 ── ACK 4, 12 ──────────────────────▶\n"
        "           40  0.801000                 ◀────────────────────── FIN 11, 4 ──                  ◀ 1\n");
    assert_true(drawing->style.marks_used);
}

static void test_ascii(void **state) {
    struct drawing *drawing = *state;

    drawing->style = style_new(drawing->output, true, false);
    draw(drawing);
    expect_output(
        drawing->output,
        "        frame      time  client                                               server\n"
        "           17  0.000000  SYN_SENT       -- SYN 0 -------------------------->  SYN_RECEIVED ~\n"
        "           18  0.000020  ESTABLISHED ~  <------------------- SYN ACK 0, 1 --\n"
        "           19  0.000120                 -- ACK 1, 1 ----------------------->  ESTABLISHED ~\n"
        "          ...  16 segments, 2 + 10 bytes\n"
        "           36  0.200000  FIN_WAIT_1     -- FIN 3, 11 ---------------------->  CLOSE_WAIT ~\n"
        "           37  0.200100  FIN_WAIT_2 ~   <---------------------- ACK 11, 4 --\n"
        "           38  0.200200  TIME_WAIT ~    <---------------------- FIN 11, 4 --  LAST_ACK\n"
        "           39  0.201000                 -- ACK 4, 12 ---------------------->\n"
        "           40  0.801000                 <---------------------- FIN 11, 4 --                  < 1\n");
}

/* A terminal of 80 columns has room for all of it, markers included. */
static void test_a_narrow_terminal(void **state) {
    struct drawing *drawing = *state;

    style_fit(&drawing->style, 80);
    draw(drawing);
    expect_output(drawing->output, "    frame      time  client                               server\n"
                                   "       17  0.000000  SYN_SENT       ── SYN 0 ──────────▶  SYN_RECEIVED ~\n"
                                   "       18  0.000020  ESTABLISHED ~  ◀─── SYN ACK 0, 1 ──\n"
                                   "       19  0.000120                 ── ACK 1, 1 ───────▶  ESTABLISHED ~\n"
                                   "        …  16 segments, 2 + 10 bytes\n"
                                   "       36  0.200000  FIN_WAIT_1     ── FIN 3, 11 ──────▶  CLOSE_WAIT ~\n"
                                   "       37  0.200100  FIN_WAIT_2 ~   ◀────── ACK 11, 4 ──\n"
                                   "       38  0.200200  TIME_WAIT ~    ◀────── FIN 11, 4 ──  LAST_ACK\n"
                                   "       39  0.201000                 ── ACK 4, 12 ──────▶\n"
                                   "       40  0.801000                 ◀────── FIN 11, 4 ──                  ◀ 1\n");
}

/* Where a little is lacking the frame numbers give way, and the arrows stay as they are in a file. */
static void test_a_little_less_than_the_whole_width(void **state) {
    struct drawing *drawing = *state;

    style_fit(&drawing->style, 98);
    draw(drawing);
    expect_output(drawing->output,
                  "      frame      time  client                                               server\n"
                  "         17  0.000000  SYN_SENT       ── SYN 0 ──────────────────────────▶  SYN_RECEIVED ~\n"
                  "         18  0.000020  ESTABLISHED ~  ◀─────────────────── SYN ACK 0, 1 ──\n"
                  "         19  0.000120                 ── ACK 1, 1 ───────────────────────▶  ESTABLISHED ~\n"
                  "          …  16 segments, 2 + 10 bytes\n"
                  "         36  0.200000  FIN_WAIT_1     ── FIN 3, 11 ──────────────────────▶  CLOSE_WAIT ~\n"
                  "         37  0.200100  FIN_WAIT_2 ~   ◀────────────────────── ACK 11, 4 ──\n"
                  "         38  0.200200  TIME_WAIT ~    ◀────────────────────── FIN 11, 4 ──  LAST_ACK\n"
                  "         39  0.201000                 ── ACK 4, 12 ──────────────────────▶\n"
                  "         40  0.801000                 ◀────────────────────── FIN 11, 4 ──                  ◀ 1\n");
}

/* What has no arrow may begin beneath the client's states, so that the server's keep their column. */
static void test_words_on_a_narrow_terminal(void **state) {
    struct drawing *drawing = *state;
    struct connection *connection = &drawing->handmade.connection;

    handmade_event(connection, SIDE_SERVER, EVENT_REPLACED, CERTAINTY_PRESUMED, 99, 1000000, TCP_SYN);
    drawing->handmade.row_count = 1;
    connection->side[SIDE_CLIENT].path.count = 0;
    style_fit(&drawing->style, 80);
    draw(drawing);
    expect_output(drawing->output, "    frame      time  client                               server\n"
                                   "       17  0.000000                 ── SYN 0 ──────────▶  SYN_RECEIVED ~\n"
                                   "        …  23 segments, 2 + 10 bytes\n"
                                   "       19  0.000120                                       ESTABLISHED ~\n"
                                   "       36  0.200000                                       CLOSE_WAIT ~\n"
                                   "       38  0.200200                                       LAST_ACK\n"
                                   "       99  1.000000    a newer connection took its place  CLOSED ~\n");
}

/* Numbers and times of a long capture widen all rows alike. */
static void test_wide_numbers_keep_the_columns(void **state) {
    struct drawing *drawing = *state;
    struct log_entry *row = &drawing->handmade.rows[3];

    row->frame = 12345678901;
    row->time += INT64_C(1000000) * 1000000000;
    row->seq = INT64_C(123456789012);
    row->ack = INT64_C(210987654321);
    row->length = 1460;
    row->window = 0;
    drawing->handmade.finding.frame = row->frame;
    drawing->handmade.connection.last_frame = row->frame;
    drawing->handmade.row_count = 4;
    drawing->handmade.connection.side[SIDE_CLIENT].path.count = 2;
    drawing->handmade.connection.side[SIDE_SERVER].path.count = 2;
    draw(drawing);
    expect_output(
        drawing->output,
        "          frame            time  client                                                                      "
        "server\n"
        "             17        0.000000  SYN_SENT       ── SYN 0 ─────────────────────────────────────────────────▶  "
        "SYN_RECEIVED ~\n"
        "             18        0.000020  ESTABLISHED ~  ◀────────────────────────────────────────── SYN ACK 0, 1 ──\n"
        "             19        0.000120                 ── ACK 1, 1 ──────────────────────────────────────────────▶  "
        "ESTABLISHED ~\n"
        "              …  16 segments, 2 + 10 bytes\n"
        "    12345678901  1000000.200000                 ── FIN 123456789012, 210987654321, 1460 bytes, window 0 ──▶   "
        "               ◀ 1\n"
        "              …  4 segments, 0 + 0 bytes\n");
}

/* What no segment shows stands on rows of its own, at its time. */
static void test_timers_and_replacement(void **state) {
    struct drawing *drawing = *state;
    struct connection *connection = &drawing->handmade.connection;

    handmade_event(connection, SIDE_CLIENT, EVENT_TIME_WAIT_TIMEOUT, CERTAINTY_PRESUMED, 0, 60201000, 0);
    handmade_event(connection, SIDE_SERVER, EVENT_REPLACED, CERTAINTY_PRESUMED, 99, 70000000, TCP_SYN);
    connection->side[SIDE_SERVER].frames += 3;
    connection->side[SIDE_SERVER].bytes += 1;
    draw(drawing);
    expect_output(drawing->output,
                  "        frame       time  client                                               server\n"
                  "           17   0.000000  SYN_SENT       ── SYN 0 ──────────────────────────▶  SYN_RECEIVED ~\n"
                  "           18   0.000020  ESTABLISHED ~  ◀─────────────────── SYN ACK 0, 1 ──\n"
                  "           19   0.000120                 ── ACK 1, 1 ───────────────────────▶  ESTABLISHED ~\n"
                  "            …  16 segments, 2 + 10 bytes\n"
                  "           36   0.200000  FIN_WAIT_1     ── FIN 3, 11 ──────────────────────▶  CLOSE_WAIT ~\n"
                  "           37   0.200100  FIN_WAIT_2 ~   ◀────────────────────── ACK 11, 4 ──\n"
                  "           38   0.200200  TIME_WAIT ~    ◀────────────────────── FIN 11, 4 ──  LAST_ACK\n"
                  "           39   0.201000                 ── ACK 4, 12 ──────────────────────▶\n"
                  "           40   0.801000                 ◀────────────────────── FIN 11, 4 ──                  ◀ 1\n"
                  "            …  3 segments, 0 + 1 byte\n"
                  "               60.201000  CLOSED ~       2MSL have passed\n"
                  "           99  70.000000                 a newer connection took its place     CLOSED ~\n");
}

/* A finding at a frame of the next connection has a row, or shares that of the step for which the frame stands. */
static void test_findings_of_a_later_connection(void **state) {
    struct drawing *drawing = *state;
    struct connection *connection = &drawing->handmade.connection;
    struct finding two[2] = {drawing->handmade.finding, drawing->handmade.finding};
    const char *later =
        "           98  69.000000                 a frame of a later connection                         ◀ 1\n";
    const char *replaced =
        "           99  70.000000                 a newer connection took its place     CLOSED ~        ◀ 2\n";

    two[0].frame = 98;
    two[0].time = HANDMADE_ORIGIN + INT64_C(69000000000);
    two[1].frame = 99;
    two[1].time = HANDMADE_ORIGIN + INT64_C(70000000000);
    drawing->handmade.findings.items = two;
    drawing->handmade.findings.count = 2;
    handmade_event(connection, SIDE_CLIENT, EVENT_TIME_WAIT_TIMEOUT, CERTAINTY_PRESUMED, 0, 60201000, 0);
    handmade_event(connection, SIDE_SERVER, EVENT_REPLACED, CERTAINTY_PRESUMED, 99, 70000000, TCP_SYN);
    draw(drawing);
    output_char(drawing->output, '\0');
    const char *timer = strstr(drawing->output->bytes, "2MSL have passed\n");
    assert_non_null(timer);
    assert_memory_equal(strchr(timer, '\n') + 1, later, strlen(later));
    assert_string_equal(strchr(timer, '\n') + 1 + strlen(later), replaced);
}

static void test_refuted_steps_are_left_out(void **state) {
    struct drawing *drawing = *state;
    struct connection *connection = &drawing->handmade.connection;
    struct path *path = &connection->side[SIDE_SERVER].path;
    const struct path_event refuted = {.frame = 39,
                                       .time = HANDMADE_ORIGIN + 201000000,
                                       .settled_by = 40,
                                       .flags = TCP_ACK,
                                       .kind = EVENT_REFUTED_STEP,
                                       .certainty = CERTAINTY_REFUTED,
                                       .step_from = STATE_LAST_ACK,
                                       .step_to = STATE_CLOSED};

    assert_true(path_append(path, &refuted));
    draw(drawing);
    expect_output(
        drawing->output,
        "        frame      time  client                                               server\n"
        "           17  0.000000  SYN_SENT       ── SYN 0 ──────────────────────────▶  SYN_RECEIVED ~\n"
        "           18  0.000020  ESTABLISHED ~  ◀─────────────────── SYN ACK 0, 1 ──\n"
        "           19  0.000120                 ── ACK 1, 1 ───────────────────────▶  ESTABLISHED ~\n"
        "            …  16 segments, 2 + 10 bytes\n"
        "           36  0.200000  FIN_WAIT_1     ── FIN 3, 11 ──────────────────────▶  CLOSE_WAIT ~\n"
        "           37  0.200100  FIN_WAIT_2 ~   ◀────────────────────── ACK 11, 4 ──\n"
        "           38  0.200200  TIME_WAIT ~    ◀────────────────────── FIN 11, 4 ──  LAST_ACK\n"
        "           39  0.201000                 ── ACK 4, 12 ──────────────────────▶\n"
        "           40  0.801000                 ◀────────────────────── FIN 11, 4 ──                  ◀ 1\n");
}

/* A step that happened later than its segment passed is shown after the one before it. */
static void test_an_earlier_frame_does_not_turn_the_order(void **state) {
    struct drawing *drawing = *state;
    struct connection *connection = &drawing->handmade.connection;
    struct path *path = &connection->side[SIDE_SERVER].path;

    path->count = 0;
    path->initial = STATE_CLOSED;
    handmade_event(connection, SIDE_SERVER, EVENT_SENT_SYN, CERTAINTY_CERTAIN, 18, 20, TCP_SYN);
    handmade_event(connection, SIDE_SERVER, EVENT_RECEIVED_SYN, CERTAINTY_PRESUMED, 17, 0, TCP_SYN);
    drawing->handmade.row_count = 2;
    connection->side[SIDE_CLIENT].path.count = 1;
    connection->side[SIDE_CLIENT].frames = 1;
    connection->side[SIDE_SERVER].frames = 1;
    drawing->handmade.finding.frame = 18;
    draw(drawing);
    expect_output(
        drawing->output,
        "        frame      time  client                                               server\n"
        "           17  0.000000  SYN_SENT       ── SYN 0 ──────────────────────────▶\n"
        "           18  0.000020                 ◀─────────────────── SYN ACK 0, 1 ──  SYN_RECEIVED ~  ◀ 1\n");
}

static void test_findings_of_one_frame_share_a_marker(void **state) {
    struct drawing *drawing = *state;
    struct finding two[3] = {drawing->handmade.finding, drawing->handmade.finding, drawing->handmade.finding};

    two[0].withdrawn = true; /* not reported, so it takes no number */
    drawing->handmade.findings.items = two;
    drawing->handmade.findings.count = 3;
    drawing->handmade.rows[7].side = SIDE_CLIENT;
    memmove(drawing->handmade.rows, &drawing->handmade.rows[7], sizeof drawing->handmade.rows[0]);
    drawing->handmade.row_count = 1;
    drawing->handmade.connection.side[SIDE_CLIENT].path.count = 0;
    drawing->handmade.connection.side[SIDE_SERVER].path.count = 0;
    draw(drawing);
    expect_output(
        drawing->output,
        "        frame      time  client                                               server\n"
        "            …  23 segments, 2 + 10 bytes\n"
        "           40  0.801000                 ── FIN 11, 4 ──────────────────────▶                  ◀ 1 2\n");
}

static void test_icmp_and_reset_labels(void **state) {
    struct drawing *drawing = *state;
    struct handmade *handmade = &drawing->handmade;

    handmade->connection.icmp_type = 3;
    handmade->connection.icmp_code = 13;
    handmade->rows[1].icmp = true;
    handmade->rows[2].flags = TCP_RST;
    handmade->rows[2].segments_before = 1;
    handmade->rows[3].flags = TCP_RST | TCP_ACK;
    handmade->rows[3].segments_before = 2;
    handmade->rows[3].window = 0;
    handmade->rows[4].flags = TCP_PSH | TCP_ACK | TCP_ECE;
    handmade->rows[4].segments_before = 3;
    handmade->rows[4].length = 1;
    handmade->row_count = 5;
    handmade->connection.side[SIDE_CLIENT].path.count = 0;
    handmade->connection.side[SIDE_SERVER].path.count = 0;
    handmade->connection.side[SIDE_CLIENT].frames = 4;
    handmade->connection.side[SIDE_SERVER].frames = 0;
    draw(drawing);
    expect_output(drawing->output,
                  "        frame      time  client                                               server\n"
                  "           17  0.000000                 ── SYN 0 ──────────────────────────▶\n"
                  "           18  0.000020                 ◀────────────────────── ICMP 3/13 ──\n"
                  "           19  0.000120                 ── RST 1 ──────────────────────────▶\n"
                  "           36  0.200000                 ── RST ACK 3, 11 ──────────────────▶\n"
                  "           37  0.200100                 ◀────────── ACK ECE 11, 4, 1 byte ──\n");
}

/* All rows that the log keeps for findings are taken: what has none is counted. */
static void test_findings_without_room_are_counted(void **state) {
    struct drawing *drawing = *state;
    struct handmade *handmade = &drawing->handmade;
    struct log_entry rows[LOG_ROWS_PINNED];
    struct finding findings[4];

    for (unsigned i = 0; i < LOG_ROWS_PINNED; i++) {
        rows[i] = handmade->rows[7];
        rows[i].frame = 1 + i;
        rows[i].pinned = true;
    }
    for (unsigned i = 0; i < 4; i++) {
        findings[i] = handmade->finding;
        findings[i].frame = LOG_ROWS_PINNED + i; /* the first has a row */
    }
    findings[3].withdrawn = true;
    handmade->findings.items = findings;
    handmade->findings.count = 4;
    handmade->connection.last_frame = 100;
    ladder_draw(&drawing->style, &handmade->connection, rows, LOG_ROWS_PINNED, HANDMADE_ORIGIN);
    output_char(drawing->output, '\0');
    assert_non_null(
        strstr(drawing->output->bytes, "            …  2 findings more at frames for which the ladder has no room\n"));
    drawing->output->used = 0;
    rows[0].pinned = false;
    ladder_draw(&drawing->style, &handmade->connection, rows, LOG_ROWS_PINNED, HANDMADE_ORIGIN);
    output_char(drawing->output, '\0');
    assert_null(strstr(drawing->output->bytes, "no room"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_whole_ladder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ascii, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_narrow_terminal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_little_less_than_the_whole_width, setup, teardown),
        cmocka_unit_test_setup_teardown(test_words_on_a_narrow_terminal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wide_numbers_keep_the_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timers_and_replacement, setup, teardown),
        cmocka_unit_test_setup_teardown(test_findings_of_a_later_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuted_steps_are_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_earlier_frame_does_not_turn_the_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_findings_of_one_frame_share_a_marker, setup, teardown),
        cmocka_unit_test_setup_teardown(test_icmp_and_reset_labels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_findings_without_room_are_counted, setup, teardown),
    };

    return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
