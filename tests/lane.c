/* SPDX-License-Identifier: BSD-3-Clause */
#include "captures.h"
#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* usage: lane PATH...
 *
 * Connections that do nothing out of the ordinary are only written down (src/model/lane.h) until more is asked of them,
 * which must change no report. Reads each capture, or each below a folder, with the lane and without it and compares
 * the reports, which must agree to the octet. */

/* What a report is asked for. */
struct variant {
    const char *name;
    enum report_format format;
    enum profile profile;
    bool all;
    bool summary_only;
    bool events;
    bool census;
    uint32_t max_connections; /* 0: any number */
};

static const struct variant variants[] = {
    {.name = "text"},
    {.name = "text, all", .all = true},
    {.name = "text, all, few held", .all = true, .max_connections = 4},
    {.name = "summary, bsd", .profile = PROFILE_BSD, .summary_only = true},
    {.name = "summary, few held", .summary_only = true, .max_connections = 4},
    {.name = "json", .format = REPORT_JSON},
    {.name = "json, rfc", .format = REPORT_JSON, .profile = PROFILE_RFC},
    {.name = "json, windows, few held", .format = REPORT_JSON, .profile = PROFILE_WINDOWS, .max_connections = 7},
    {.name = "ndjson", .format = REPORT_NDJSON},
    {.name = "census", .census = true},
    {.name = "events", .events = true},
};

static unsigned passed;
static unsigned failed;
static uint64_t ordinary; /* connections that stayed in the lane: it must not be unused */

static void ignore(void *context, const char *sentence) {
    (void)context;
    (void)sentence;
}

/* The report of one capture, owned by the caller; NULL when memory is out. */
static struct output *report_on(const char *file, const struct variant *variant, bool no_lane) {
    struct report_settings report;
    struct report_summary summary = {0};
    const char *const files[] = {file};
    struct run_settings settings = {.files = files,
                                    .file_count = 1,
                                    .report = &report,
                                    .complain = ignore,
                                    .steps = variant->events,
                                    .summary = &summary};
    struct output *output = output_to_memory();
    report_settings_default(&report);
    report.format = variant->format;
    report.version = "0";
    report.all = variant->all;
    report.summary_only = variant->summary_only;
    report.lines = variant->events;
    report.census.wanted = variant->census;
    report.model.profile = variant->profile;
    report.model.msl = profile_msl(variant->profile);
    report.model.no_lane = no_lane;
    report.model.max_idle_awake = no_lane ? 0 : report.model.max_idle_awake; /* nor does it matter who rests */
    if (variant->max_connections != 0) {
        report.model.max_connections = variant->max_connections;
    }
    if (output != NULL && run_files(&settings, output) == RUN_NO_MEMORY) {
        output_free(output);
        return NULL;
    }
    ordinary += summary.ordinary;
    return output;
}

static void compare(const char *file) {
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        struct output *one = report_on(file, &variants[i], false);
        struct output *other = report_on(file, &variants[i], true);
        bool same = one != NULL && other != NULL && one->used == other->used &&
                    memcmp(one->bytes, other->bytes, one->used) == 0;
        if (!same) {
            printf("FAILED %s: with the lane and without it differ, %s\n", file, variants[i].name);
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
    if (ordinary == 0) {
        puts("FAILED no connection was ordinary");
        failed++;
    }
    printf("%llu connections to their end in the lane\n%u passed, %u failed\n", (unsigned long long)ordinary, passed,
           failed);
    return failed > 0;
}
