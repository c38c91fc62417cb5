/* SPDX-License-Identifier: BSD-3-Clause */
/* What the line of progress says; tests/cli/terminal.sh looks at where it stands. */
#include "cli/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void expect(const struct progress *progress, const char *expected) {
    char line[100];

    progress_words(progress, line, sizeof line);
    assert_string_equal(line, expected);
}

static void a_bar_where_the_end_is_known(void **state) {
    const struct {
        struct progress progress;
        const char *line;
    } rows[] = {
        {{0, 1000, 0, 0}, "[--------------------]   0 %  0 frames, 0/s"},
        {{1, 1000, 4096, 500}, "[--------------------]   0 %  4096 frames, 8192/s, 8 min left"},
        {{250, 1000, 999999, 1000}, "[#####---------------]  25 %  999999 frames, 999999/s, 3 s left"},
        {{500, 1000, 3000000, 2000}, "[##########----------]  50 %  3000000 frames, 1.5 M/s, 2 s left"},
        {{999, 1000, 8000000, 2000}, "[###################-]  99 %  8000000 frames, 4.0 M/s, 0 s left"},
        {{1000, 1000, 8000000, 2000}, "[####################] 100 %  8000000 frames, 4.0 M/s"},
        {{2000, 1000, 8000000, 2000}, "[####################] 100 %  8000000 frames, 4.0 M/s"}, /* it has grown since */
        {{1, UINT64_MAX, 1, 1000}, "[--------------------]   0 %  1 frames, 1/s"}, /* years tell nobody anything */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(&rows[i].progress, rows[i].line);
}

static void frames_alone_where_it_is_not(void **state) {
    (void)state;
    expect(&(struct progress){500, 0, 8192, 2000}, "8192 frames, 4096/s");
}

static void never_beyond_its_room(void **state) {
    const struct progress progress = {1, UINT64_MAX, UINT64_MAX, INT64_MAX};
    char line[160];

    (void)state;
    progress_words(&progress, line, sizeof line);
    assert_in_range(strlen(line), 1, 159);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bar_where_the_end_is_known),
        cmocka_unit_test(frames_alone_where_it_is_not),
        cmocka_unit_test(never_beyond_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
