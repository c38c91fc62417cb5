/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/selection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Which findings are shown, and how severe they are said to be: the later and the more special word counts. */

static const enum anomaly_id named = ANOMALY_FIN_RETRANSMITTED;
static const enum anomaly_id of_same_group = ANOMALY_FIN_UNANSWERED;
static const enum anomaly_id of_another = ANOMALY_SYN_UNANSWERED;
static const char group[] = "teardown";
static const char id[] = "fin-retransmitted";

static bool shows(const struct selection *selection, enum anomaly_id which) {
    return selection_shows(selection, which, SEVERITY_NOTICE);
}

static void test_nothing_chosen(void **state) {
    const struct selection selection = {0};
    (void)state;
    for (unsigned i = 0; i < ANOMALIES; i++) {
        assert_true(shows(&selection, (enum anomaly_id)i));
        assert_int_equal(selection_severity(&selection, (enum anomaly_id)i, SEVERITY_INFO), SEVERITY_INFO);
    }
}

static void test_least_severity(void **state) {
    struct selection selection = {.least = SEVERITY_WARNING};
    (void)state;
    assert_false(selection_shows(&selection, named, SEVERITY_NOTICE));
    assert_true(selection_shows(&selection, named, SEVERITY_WARNING));
    assert_true(selection_shows(&selection, named, SEVERITY_ERROR));
    assert_true(selection_show(&selection, id)); /* to name it does not make it more severe */
    assert_false(selection_shows(&selection, named, SEVERITY_NOTICE));
}

static void test_show(void **state) {
    struct selection selection = {0};
    (void)state;
    assert_true(selection_show(&selection, group));
    assert_true(shows(&selection, named) && shows(&selection, of_same_group) && !shows(&selection, of_another));
    selection = (struct selection){0};
    assert_true(selection_show(&selection, id));
    assert_true(shows(&selection, named) && !shows(&selection, of_same_group) && !shows(&selection, of_another));
}

static void test_hide(void **state) {
    struct selection selection = {0};
    (void)state;
    assert_true(selection_hide(&selection, group));
    assert_true(!shows(&selection, named) && !shows(&selection, of_same_group) && shows(&selection, of_another));
    assert_true(selection_show(&selection, id)); /* outranks its group, */
    assert_true(shows(&selection, named) && !shows(&selection, of_same_group));
    assert_true(selection_hide(&selection, group)); /* also where that is named later */
    assert_true(shows(&selection, named));
    assert_true(selection_hide(&selection, id));
    assert_false(shows(&selection, named));
    selection = (struct selection){0};
    assert_true(selection_hide(&selection, group) && selection_show(&selection, group)); /* the later of two groups */
    assert_true(shows(&selection, named));
}

static void test_unknown_names_change_nothing(void **state) {
    const struct selection nothing = {0};
    struct selection selection = {0};
    (void)state;
    assert_false(selection_show(&selection, "no-such-id"));
    assert_false(selection_hide(&selection, ""));
    assert_false(selection_set_severity(&selection, "teardow", SEVERITY_ERROR));
    assert_memory_equal(&selection, &nothing, sizeof selection);
}

static void test_severity(void **state) {
    struct selection selection = {0};
    (void)state;
    assert_true(selection_set_severity(&selection, group, SEVERITY_INFO));
    assert_int_equal(selection_severity(&selection, named, SEVERITY_ERROR), SEVERITY_INFO);
    assert_int_equal(selection_severity(&selection, of_same_group, SEVERITY_ERROR), SEVERITY_INFO);
    assert_int_equal(selection_severity(&selection, of_another, SEVERITY_ERROR), SEVERITY_ERROR);
    assert_true(selection_set_severity(&selection, id, SEVERITY_WARNING));
    assert_int_equal(selection_severity(&selection, named, SEVERITY_ERROR), SEVERITY_WARNING);
    assert_true(selection_set_severity(&selection, group, SEVERITY_NOTICE));
    assert_int_equal(selection_severity(&selection, named, SEVERITY_ERROR), SEVERITY_WARNING);
    assert_int_equal(selection_severity(&selection, of_same_group, SEVERITY_ERROR), SEVERITY_NOTICE);
}

static void test_applied(void **state) {
    struct {
        struct findings findings;
        struct finding items[3];
    } all = {.findings = {.count = 3, .capacity = 3},
             .items = {{.id = named, .severity = SEVERITY_NOTICE},
                       {.id = of_same_group, .severity = SEVERITY_NOTICE},
                       {.id = of_another, .severity = SEVERITY_NOTICE}}};
    struct selection selection = {.least = SEVERITY_NOTICE};
    (void)state;
    all.findings.items = all.items;
    assert_true(selection_set_severity(&selection, id, SEVERITY_ERROR));
    assert_true(selection_set_severity(&selection, "syn-unanswered", SEVERITY_INFO));
    selection_apply(&selection, &all.findings);
    assert_int_equal(all.items[0].severity, SEVERITY_ERROR);
    assert_int_equal(all.items[1].severity, SEVERITY_NOTICE);
    assert_true(!all.items[0].withdrawn && !all.items[1].withdrawn && all.items[2].withdrawn);
    selection_apply(&selection, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_chosen), cmocka_unit_test(test_least_severity),
        cmocka_unit_test(test_show),           cmocka_unit_test(test_hide),
        cmocka_unit_test(test_severity),       cmocka_unit_test(test_unknown_names_change_nothing),
        cmocka_unit_test(test_applied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
