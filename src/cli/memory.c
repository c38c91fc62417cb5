/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/memory.h"

#include "cli/complain.h"
#include "model/flow_table.h"

#include <jansson.h>

#include <stdlib.h>
#include <sys/mman.h>
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

/* Connections are taken from mappings (slab.h), and where one of these is tells where the others will be. That there is
 * none is for whoever needs one to say. */
bool memory_is_in_reach(void) {
    enum { SAMPLE = 65536 };
    void *sample = mmap(NULL, SAMPLE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (sample == MAP_FAILED)
        return true;
    munmap(sample, SAMPLE);
    if (flow_slot_reaches(sample))
        return true;
    complain("this system gives programs memory above 2^48 octets, where finwait cannot hold connections");
    return false;
}
