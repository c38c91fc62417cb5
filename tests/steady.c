/* SPDX-License-Identifier: BSD-3-Clause */
#include "captures.h"
#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* usage: steady PATH...
 *
 * Ordinary segments take a short way through the model (src/model/steady.c), which must come to the same as the long
 * one. Reads each capture, or each below a folder, by both and compares the reports, which must agree to the octet.
 * Where every segment is asked for, all take the long way. */

static unsigned passed;
static unsigned failed;
static uint64_t short_ways; /* segments that a run over the short way was not asked for: it must not be unused */

static void ignore(void *context, const char *sentence) {
    (void)context;
    (void)sentence;
}

static bool count(void *context, const struct observation *observation) {
    uint64_t *segments = context;
    *segments += observation->segment != NULL;
    return true;
}

static void joined(void *context, uint64_t connection, uint64_t other) {
    (void)context;
    (void)connection;
    (void)other;
}

/* The report of one capture, owned by the caller; NULL when memory is out. */
static struct output *report_on(const char *file, enum report_format format, enum profile profile, bool long_way) {
    uint64_t segments = 0;
    struct report_settings report;
    const char *const files[] = {file};
    struct run_settings settings = {.files = files,
                                    .file_count = 1,
                                    .report = &report,
                                    .context = &segments,
                                    .complain = ignore,
                                    .applied = long_way ? count : NULL,
                                    .joined = long_way ? joined : NULL};
    struct output *output = output_to_memory();
    report_settings_default(&report);
    report.format = format;
    report.version = "0";
    report.all = true;
    report.model.profile = profile;
    report.model.msl = profile_msl(profile);
    report.model.max_idle_awake = long_way ? 0 : report.model.max_idle_awake;
    if (output != NULL && run_files(&settings, output) == RUN_NO_MEMORY) {
        output_free(output);
        return NULL;
    }
    short_ways += long_way ? segments : 0;
    return output;
}

static void compare(const char *file) {
    static const enum profile profiles[] = {PROFILE_LINUX, PROFILE_RFC};
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        enum report_format format = i == 0 ? REPORT_JSON : REPORT_TEXT;
        struct output *one = report_on(file, format, profiles[i], false);
        struct output *other = report_on(file, format, profiles[i], true);
        bool same = one != NULL && other != NULL && one->used == other->used &&
                    memcmp(one->bytes, other->bytes, one->used) == 0;
        if (!same) {
            printf("FAILED %s: the short way and the long way differ, profile %s\n", file, profile_name(profiles[i]));
        }
        passed += same;
        failed += !same;
        output_free(one);
        output_free(other);
    }
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        captures_walk(argv[i], compare);
    }
    if (short_ways == 0) {
        puts("FAILED no capture was read");
        failed++;
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
