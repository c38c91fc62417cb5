/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void test_memory_grows(void **state) {
    struct output *output = output_to_memory();

    (void)state;
    assert_non_null(output);
    for (unsigned i = 0; i < 100000; i++) {
        output_text(output, "0123456789");
    }
    assert_true(output_flush(output));
    assert_int_equal(output->used, 1000000);
    for (unsigned i = 0; i < 1000000; i += 9973) {
        assert_int_equal(output->bytes[i], '0' + i % 10);
    }
    output_free(output);
}

static void test_numbers(void **state) {
    struct output *output = output_to_memory();
    static const char expected[] = "0 9 10 18446744073709551615 0 -1 -9223372036854775808 ---";

    (void)state;
    output_unsigned(output, 0);
    output_char(output, ' ');
    output_unsigned(output, 9);
    output_char(output, ' ');
    output_unsigned(output, 10);
    output_char(output, ' ');
    output_unsigned(output, UINT64_MAX);
    output_char(output, ' ');
    output_signed(output, 0);
    output_char(output, ' ');
    output_signed(output, -1);
    output_char(output, ' ');
    output_signed(output, INT64_MIN);
    output_char(output, ' ');
    output_repeat(output, "-", 3);
    assert_int_equal(output->used, strlen(expected));
    assert_memory_equal(output->bytes, expected, output->used);
    output_free(output);
}

/* More than a pipe or the buffer holds at once, read back on the other side. */
static void test_everything_arrives_in_order(void **state) {
    char name[] = "/tmp/finwait-output-XXXXXX";
    int descriptor = mkstemp(name);
    struct output *output = output_to_descriptor(descriptor);
    enum { LINES = 50000 };
    char line[32], expected[32];
    FILE *file;

    (void)state;
    assert_true(descriptor >= 0);
    unlink(name);
    for (unsigned i = 0; i < LINES; i++) {
        output_unsigned(output, i);
        output_char(output, '\n');
    }
    assert_true(output_flush(output));
    assert_int_equal(output_error(output), 0);
    output_free(output);

    assert_int_equal(lseek(descriptor, 0, SEEK_SET), 0);
    file = fdopen(descriptor, "r");
    for (unsigned i = 0; i < LINES; i++) {
        snprintf(expected, sizeof expected, "%u\n", i);
        assert_non_null(fgets(line, sizeof line, file));
        assert_string_equal(line, expected);
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
}

static void test_a_long_text_passes_a_small_buffer(void **state) {
    struct output *output = output_to_memory();
    size_t size = 300000;
    char *text = malloc(size);

    (void)state;
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)('a' + i % 26);
    }
    output_bytes(output, text, size);
    assert_int_equal(output->used, size);
    assert_memory_equal(output->bytes, text, size);
    output_free(output);
    free(text);
}

static void test_a_full_disk_is_noticed(void **state) {
    int descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct output *output;

    (void)state;
    if (descriptor < 0) {
        skip();
    }
    output = output_to_descriptor(descriptor);
    output_text(output, "a report");
    assert_int_equal(output_error(output), 0);
    assert_false(output_flush(output));
    assert_int_equal(output_error(output), ENOSPC);
    for (unsigned i = 0; i < 1000000; i++) { /* and all that follows is dropped */
        output_char(output, 'x');
        output_text(output, "yz");
    }
    assert_false(output_flush(output));
    assert_int_equal(output_error(output), ENOSPC);
    output_free(output);
    close(descriptor);
}

static void test_a_full_disk_is_noticed_without_a_flush(void **state) {
    int descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct output *output;

    (void)state;
    if (descriptor < 0) {
        skip();
    }
    output = output_to_descriptor(descriptor);
    for (unsigned i = 0; i < 100000; i++) {
        output_char(output, 'x');
    }
    assert_int_equal(output_error(output), ENOSPC);
    output_free(output);
    close(descriptor);
}

static void test_a_closed_pipe_is_noticed(void **state) {
    int ends[2];
    struct output *output;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    signal(SIGPIPE, SIG_IGN);
    output = output_to_descriptor(ends[1]);
    close(ends[0]);
    output_text(output, "a report");
    assert_false(output_flush(output));
    assert_int_equal(output_error(output), EPIPE);
    output_free(output);
    close(ends[1]);
}

/* What was buffered when it failed is counted; what comes later never was. */
static void test_what_is_lost_is_counted(void **state) {
    int ends[2];
    struct output *output;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    signal(SIGPIPE, SIG_IGN);
    output = output_to_descriptor(ends[1]);
    output_text(output, "written\n");
    assert_true(output_flush(output));
    assert_int_equal(output->lost, 0);
    close(ends[0]);
    output_text(output, "one\ntwo\nthr");
    assert_false(output_flush(output));
    output_text(output, "ee\nfour\n");
    assert_false(output_flush(output));
    assert_int_equal(output->lost, 11);
    assert_int_equal(output->lost_lines, 2);
    output_free(output);
    close(ends[1]);
}

/* A pipe that nobody reads takes what it holds; then patience ends. */
static void test_patience_ends(void **state) {
    int ends[2];
    struct output *output;
    enum { LINES = 30000, LINE = 10 };
    char octets[4096];
    size_t written = 0;
    ssize_t count;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    output = output_to_descriptor(ends[1]);
    output->patience = 20;
    for (unsigned i = 0; i < LINES && output_error(output) == 0; i++)
        output_text(output, "123456789\n");
    assert_int_equal(output_error(output), ETIMEDOUT);
    close(ends[1]);
    while ((count = read(ends[0], octets, sizeof octets)) > 0)
        written += (size_t)count;
    assert_in_range(output->lost_lines, 1, LINES);
    assert_int_equal((written + output->lost) / LINE, written / LINE + output->lost_lines);
    output_free(output);
    close(ends[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_grows),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_everything_arrives_in_order),
        cmocka_unit_test(test_a_long_text_passes_a_small_buffer),
        cmocka_unit_test(test_a_full_disk_is_noticed),
        cmocka_unit_test(test_a_full_disk_is_noticed_without_a_flush),
        cmocka_unit_test(test_a_closed_pipe_is_noticed),
        cmocka_unit_test(test_what_is_lost_is_counted),
        cmocka_unit_test(test_patience_ends),
    };

    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
