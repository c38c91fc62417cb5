/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/memory.h"

#include "cli/complain.h"

#include <jansson.h>

#include <stdlib.h>
#include <unistd.h>

/* No destructor is run: other threads may be at work. */
static void *take(size_t size) {
    void *block = malloc(size);

    if (block == NULL) {
        complain("out of memory: a filter (-f) leaves fewer connections to hold");
        _exit(EXIT_TROUBLE);
    }
    return block;
}

void memory_guard_json(void) {
    json_set_alloc_funcs(take, free);
}
