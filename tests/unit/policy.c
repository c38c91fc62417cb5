/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *policy;
static struct message error;

static int begin(void **state) {
    (void)state;
    policy = json_object();
    error.text[0] = '\0';
    return policy == NULL;
}

static int end(void **state) {
    (void)state;
    json_decref(policy);
    return 0;
}

static void assert_policy(const char *text) {
    json_t *wanted = json_loads(text, 0, NULL);

    assert_non_null(wanted);
    if (!json_equal(policy, wanted)) {
        char *seen = json_dumps(policy, 0);
        fail_msg("%s is not %s", seen, text);
    }
    json_decref(wanted);
}

static void lists(void **state) {
    (void)state;
    assert_true(policy_forbid(policy, "warning,syn-refused,reset", &error));
    assert_true(policy_allow(policy, "rst-abort", &error));
    assert_true(policy_forbid(policy, "error", &error)); /* a second one adds */
    assert_policy("{\"forbid\": [\"warning\", \"syn-refused\", \"reset\", \"error\"], \"allow\": [\"rst-abort\"]}");
}

static void wrong_names(void **state) {
    (void)state;
    static const char *const wrong[] = {"", ",", "warning,", "syn-refusd", "warning error"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        error.text[0] = '\0';
        assert_false(policy_forbid(policy, wrong[i], &error));
        assert_string_not_equal(error.text, "");
        assert_false(policy_allow(policy, wrong[i], &error));
    }
    assert_false(policy_forbid(policy, "syn-refusd", &error));
    assert_non_null(strstr(error.text, "syn-refused")); /* the nearest */
}

static void verdicts(void **state) {
    (void)state;
    assert_true(policy_require(policy, "handshake=complete,teardown=graceful|simultaneous", &error));
    assert_true(policy_require(policy, "reset-by=null", &error));
    assert_true(policy_least_connections(policy, 2, &error));
    assert_policy("{\"connections\": [{\"select\": {}, \"handshake\": {\"outcome\": \"complete\"},"
                  " \"teardown\": {\"outcome\": {\"one-of\": [\"graceful\", \"simultaneous\"]}, \"reset_by\": null}}],"
                  " \"summary\": {\"connections\": {\"min\": 2}}}");
}

static void wrong_verdicts(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "", "handshake", "handshake=", "=complete", "handshakes=complete", "handshake=complete,"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        error.text[0] = '\0';
        assert_false(policy_require(policy, wrong[i], &error));
        assert_string_not_equal(error.text, "");
    }
}

/* What --fail-on counts. */
static void forbidden_are_counted(void **state) {
    (void)state;
    struct report_summary summary = {0};
    const char *demand = NULL;
    size_t at = 0;

    summary_finding(&summary, ANOMALY_SYN_REFUSED, SEVERITY_WARNING);
    summary_finding(&summary, ANOMALY_RST_ABORT, SEVERITY_WARNING);
    summary_finding(&summary, ANOMALY_SYN_RETRANSMITTED, SEVERITY_NOTICE);
    assert_int_equal(policy_next_broken(policy, &summary, &at, &demand), 0);
    assert_true(policy_forbid(policy, "syn-refused,error", &error));
    assert_int_equal(policy_next_broken(policy, &summary, &at, &demand), 1);
    assert_string_equal(demand, "syn-refused");
    assert_int_equal(policy_next_broken(policy, &summary, &at, &demand), 0); /* there is no error */
    assert_true(policy_forbid(policy, "warning", &error));
    assert_int_equal(policy_next_broken(policy, &summary, &at, &demand), 2);
    assert_string_equal(demand, "warning");
    assert_int_equal(policy_next_broken(policy, &summary, &at, &demand), 0);
    assert_int_equal(policy_next_broken(NULL, &summary, &at, &demand), 0);
}

/* --- memory --- */

static int fails_at; /* counts down */

static void *failing_malloc(size_t size) {
    return --fails_at == 0 ? NULL : malloc(size);
}

/* Whichever allocation of jansson fails: a policy is made as a whole, or it is said that it is not. */
static void without_memory(void **state) {
    static const char list[] = "reset-by=client|server|null,handshake=complete";
    json_t *whole = json_object();
    bool failed = true;

    (void)state;
    assert_true(policy_require(whole, list, &error));
    for (int at = 1; failed; at += 1 + at / 100) { /* the schema it is held against takes most of them */
        json_t *one = json_object();

        fails_at = at;
        json_set_alloc_funcs(failing_malloc, free);
        bool made = policy_require(one, list, &error);
        json_set_alloc_funcs(malloc, free);
        failed = fails_at <= 0;
        assert_true(made || failed);
        assert_true(!made || json_equal(one, whole));
        json_decref(one);
    }
    json_decref(whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists, begin, end),
        cmocka_unit_test_setup_teardown(wrong_names, begin, end),
        cmocka_unit_test_setup_teardown(verdicts, begin, end),
        cmocka_unit_test_setup_teardown(wrong_verdicts, begin, end),
        cmocka_unit_test_setup_teardown(forbidden_are_counted, begin, end),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
