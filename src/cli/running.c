/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/running.h"

#include "check/policy.h"
#include "cli/complain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void run_choose_hash_key(struct model_settings *settings) {
    uint64_t key[2];

    if (getrandom(key, sizeof key, GRND_NONBLOCK) == (ssize_t)sizeof key)
        memcpy(settings->hash_key, key, sizeof key);
}

bool run_lacks_connection(const struct options *options, const struct report_summary *summary) {
    if (options->report.connection == 0 || summary->connection_found)
        return false;
    complain("--connection %" PRIu64 ": no connection begins with that frame", options->report.connection);
    return true;
}

bool run_fails(const struct options *options, const struct report_summary *summary) {
    const char *demand = NULL;
    size_t at = 0;
    uint64_t count;
    bool fails = false;

    while ((count = policy_next_broken(options->policy, summary, &at, &demand)) > 0) {
        complain("--fail-on %s: %" PRIu64 " found", demand, count);
        fails = true;
    }
    return fails;
}

void run_folder_of(const char *path, char *folder, size_t size) {
    const char *temporary = getenv("TMPDIR");
    const char *slash = strrchr(path, '/');

    if (strcmp(path, "-") == 0)
        snprintf(folder, size, "%s", temporary != NULL && *temporary != '\0' ? temporary : "/tmp");
    else if (slash == NULL)
        snprintf(folder, size, ".");
    else
        snprintf(folder, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

bool run_places_differ(const struct options *options) {
    const char *output = options->output == NULL ? "-" : options->output;

    if (options->write == NULL || strcmp(options->write, output) != 0)
        return true;
    if (strcmp(output, "-") == 0)
        complain("-w - writes frames to standard output: say with -o FILE where the report goes");
    else
        complain("%s: is where both the frames (-w) and the report (-o) would go", output);
    return false;
}
