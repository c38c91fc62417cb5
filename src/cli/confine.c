/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/confine.h"

#include "capture/filter.h"
#include "capture/unpack.h"
#include "cli/complain.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

void confine_begin(struct sandbox *sandbox, const struct options *options) {
    *sandbox = (struct sandbox){.ruleset = -1};
    if (options->no_sandbox)
        return;
    sandbox_begin(sandbox);
    sandbox_allow_output(sandbox, options->output);
    sandbox_allow_output(sandbox, options->write);
    sandbox_allow_output(sandbox, options->junit);
    /* A filter is compiled again for the link types that captures turn out to have. */
    if (options->filter != NULL && filter_names_services(options->filter)) {
        sandbox_allow_reading(sandbox, "/etc/services");
        sandbox_allow_reading(sandbox, "/etc/protocols");
    }
}

/* A directory of captures may hold links to those of another. */
static void follow_links(struct sandbox *sandbox, const char *path) {
    DIR *directory = sandbox->ruleset < 0 ? NULL : opendir(path);
    const struct dirent *entry;
    char link[4096];

    while (directory != NULL && (entry = readdir(directory)) != NULL)
        if (entry->d_type == DT_LNK && snprintf(link, sizeof link, "%s/%s", path, entry->d_name) < (int)sizeof link)
            sandbox_allow_reading(sandbox, link);
    if (directory != NULL)
        closedir(directory);
}

void confine_to_input(struct sandbox *sandbox, const char *path) {
    unpack_prepare(path);
    sandbox_allow_reading(sandbox, path);
    follow_links(sandbox, path);
}

void confine(struct sandbox *sandbox, const struct options *options) {
    const int abi = sandbox->abi;
    unsigned layers = options->no_sandbox ? 0 : sandbox_enter(sandbox);

    if (getenv("FINWAIT_DEBUG") != NULL)
        complain("sandbox: Landlock %s (version %d), seccomp %s", (layers & SANDBOX_FILES) != 0 ? "on" : "off", abi,
                 (layers & SANDBOX_CALLS) != 0 ? "on" : "off");
}
