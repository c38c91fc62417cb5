/* SPDX-License-Identifier: BSD-3-Clause */
#include "observing.h"

/* The rows of the catalogue, and the words that messages are made of. */

static void test_catalogue_names(void **state) {
    (void)state;
    for (unsigned i = 0; i < ANOMALIES; i++) {
        enum anomaly_id id;
        assert_true(anomaly_from_name(anomaly_row((enum anomaly_id)i)->id, &id));
        assert_int_equal(id, i);
    }
    enum anomaly_id id;
    assert_false(anomaly_from_name("fin", &id));
    assert_false(anomaly_from_name("", &id));
    assert_string_equal(severity_name(SEVERITY_INFO), "info");
    assert_string_equal(severity_name(SEVERITY_ERROR), "error");
}

static void test_words(void **state) {
    (void)state;
    assert_string_equal(duration_words(0).text, "no measurable time");
    assert_string_equal(duration_words(-5).text, "no measurable time");
    assert_string_equal(duration_words(1).text, "1 ns");
    assert_string_equal(duration_words(420).text, "420 ns");
    assert_string_equal(duration_words(999).text, "999 ns");
    assert_string_equal(duration_words(99999).text, "0.1 ms");
    assert_string_equal(duration_words(100000).text, "0.1 ms");
    assert_string_equal(duration_words(104000).text, "0.1 ms");
    assert_string_equal(duration_words(94000).text, "0.094 ms");
    assert_string_equal(duration_words(9994999).text, "9.99 ms");
    assert_string_equal(duration_words(MILLISECONDS(10) + 40000).text, "10 ms");
    assert_string_equal(duration_words(MILLISECONDS(99) + 940000).text, "99.9 ms");
    assert_string_equal(duration_words(MILLISECONDS(100) + 400000).text, "100 ms");
    assert_string_equal(duration_words(SECONDS(1) - 500001).text, "999 ms");
    assert_string_equal(duration_words(SECONDS(1) - 499999).text, "1 s");
    assert_string_equal(duration_words(MILLISECONDS(9994)).text, "9.99 s");
    assert_string_equal(duration_words(MILLISECONDS(10040)).text, "10 s");
    assert_string_equal(duration_words(MILLISECONDS(99940)).text, "99.9 s");
    assert_string_equal(duration_words(MILLISECONDS(100400)).text, "100 s");
    assert_string_equal(duration_words(SECONDS(172799)).text, "48 hours");
    assert_string_equal(duration_words(SECONDS(100000)).text, "27.8 hours");
    assert_string_equal(duration_words(SECONDS(172800)).text, "2 days");
    assert_string_equal(duration_words(1000).text, "0.001 ms");
    assert_string_equal(duration_words(42000).text, "0.042 ms");
    assert_string_equal(duration_words(420000).text, "0.42 ms");
    assert_string_equal(duration_words(MILLISECONDS(10) - 1).text, "10 ms");
    assert_string_equal(duration_words(MILLISECONDS(12) + 340000).text, "12.3 ms");
    assert_string_equal(duration_words(MILLISECONDS(600)).text, "600 ms");
    assert_string_equal(duration_words(MILLISECONDS(999)).text, "999 ms");
    assert_string_equal(duration_words(SECONDS(1) - 500000).text, "1 s");
    assert_string_equal(duration_words(MILLISECONDS(1021)).text, "1.02 s");
    assert_string_equal(duration_words(MILLISECONDS(74880)).text, "74.9 s");
    assert_string_equal(duration_words(SECONDS(425)).text, "425 s");
    assert_string_equal(duration_words(SECONDS(7199)).text, "7199 s");
    assert_string_equal(duration_words(SECONDS(7200)).text, "2 hours");
    assert_string_equal(duration_words(SECONDS(1162755)).text, "13.5 days");
    assert_string_equal(states_words(STATE_ESTABLISHED, STATE_ESTABLISHED).text, "both sides in ESTABLISHED");
    assert_string_equal(states_words(STATE_SYN_SENT, STATE_CLOSED).text,
                        "the client in SYN_SENT and the server in CLOSED");
    assert_string_equal(octets_words(1).text, "1 octet");
    assert_string_equal(octets_words(0).text, "0 octets");
    assert_string_equal(times_words(1).text, "once");
    assert_string_equal(times_words(2).text, "twice");
    assert_string_equal(times_words(7).text, "7 times");
    assert_string_equal(repeats_words(1).text, "");
    assert_string_equal(repeats_words(2).text, " for the 2nd time");
    assert_string_equal(repeats_words(3).text, " for the 3rd time");
    assert_string_equal(repeats_words(4).text, " for the 4th time");
    assert_string_equal(repeats_words(10).text, " for the 10th time");
    assert_string_equal(repeats_words(11).text, " for the 11th time");
    assert_string_equal(repeats_words(12).text, " for the 12th time");
    assert_string_equal(repeats_words(19).text, " for the 19th time");
    assert_string_equal(repeats_words(20).text, " for the 20th time");
    assert_string_equal(repeats_words(21).text, " for the 21st time");
    assert_string_equal(repeats_words(22).text, " for the 22nd time");
    assert_string_equal(repeats_words(23).text, " for the 23rd time");
    assert_string_equal(repeats_words(111).text, " for the 111th time");
    assert_string_equal(repeats_words(101).text, " for the 101st time");
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_names),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
