/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "rules/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Findings of the capture, of which only so many are kept of one id. */

enum { VICTIMS = WATCH_FINDINGS + 44, SYNS = 40 };

struct told {
    unsigned findings;
    bool said_more;
};

/* Each finding is about a port of its own and the SYNs for it, whatever came for others. */
static bool check(void *context, const struct capture_finding *finding) {
    struct told *told = context;
    told->findings++;
    assert_int_equal(finding->id, ANOMALY_SYN_FLOOD_SUSPECTED);
    assert_int_equal(finding->count, 1);
    assert_int_equal(finding->port, told->findings);
    assert_int_equal(finding->frame, (told->findings - 1) * SYNS + 1);
    assert_int_equal(finding->last_frame, told->findings * SYNS);
    assert_int_equal(finding->connection_count, SYNS);
    if (strstr(finding->message, " There are 44 more such findings.") != NULL)
        told->said_more = true;
    return true;
}

static void test_findings_beyond_the_bound(void **state) {
    const uint64_t key[2] = {1, 2};
    struct rule_settings settings;
    struct watch_event event = {.kind = WATCH_SYN, .address = {.version = 4, .octets = {10, 0, 0, 1}}};
    struct told told = {0, false};
    (void)state;
    rule_settings_default(&settings);
    settings.syn_flood = SYNS - 1;
    struct watch *watch = watch_new(&settings, key);
    assert_non_null(watch);
    for (unsigned second = 0; second < 2; second++) { /* what comes in the next second closes the first */
        for (uint16_t port = 1; port <= VICTIMS; port++) {
            event.port = port;
            for (unsigned i = 0; i < (second == 0 ? SYNS : 1); i++) {
                event.frame++;
                event.source = event.frame;
                event.time = (int64_t)second * 1500000000 + (int64_t)event.frame * 1000;
                assert_true(watch_take(watch, &event));
            }
        }
    }
    assert_true(watch_finish(watch, check, &told));
    assert_int_equal(told.findings, WATCH_FINDINGS);
    assert_true(told.said_more);
    watch_free(watch);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_findings_beyond_the_bound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
