/* SPDX-License-Identifier: BSD-3-Clause */
/* Preloaded into the program: lets the allocation of number FAULT_AT fail, and with FAULT_ON all that follow, whoever
 * asks for it, or with FAULT_OWN the program itself, and mappings that stand for memory among them. At the end, the
 * number of allocations and of blocks that the program itself took and never gave back goes to descriptor FAULT_TO. For
 * glibc. */
#include <config.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static atomic_ulong number; /* of the latest allocation */
static unsigned long fails_at;
static bool fails_on;
static bool own_only;
static bool begun;

/* --- what the program holds --- */

enum { SLOTS = 1 << 18 };
static void *held[SLOTS];
static unsigned long held_count, unnoted;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static uintptr_t program_begin, program_end;

static void find_program(void) {
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "re");
    char path[400] = "";
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

    while (maps != NULL && length > 0 && fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        if (strstr(line, path) == NULL || sscanf(line, "%lx-%lx", &from, &to) != 2)
            continue;
        program_begin = program_begin == 0 ? from : program_begin;
        program_end = to;
    }
    if (maps != NULL)
        fclose(maps);
}

static size_t slot_of(const void *block) {
    return (uintptr_t)block / 16 * UINT64_C(0x9e3779b97f4a7c15) >> 46;
}

static bool is_the_programs(const void *caller) {
    return (uintptr_t)caller >= program_begin && (uintptr_t)caller < program_end;
}

static void note(void *block, const void *caller) {
    if (block == NULL || !is_the_programs(caller))
        return;
    while (atomic_flag_test_and_set(&lock)) {
    }
    size_t slot = slot_of(block);
    if (held_count < SLOTS / 2) {
        while (held[slot] != NULL)
            slot = (slot + 1) % SLOTS;
        held[slot] = block;
        held_count++;
    } else {
        unnoted++;
    }
    atomic_flag_clear(&lock);
}

/* What comes behind a slot that is emptied moves up. */
static void close_gap(size_t slot) {
    for (size_t next = (slot + 1) % SLOTS; held[next] != NULL; next = (next + 1) % SLOTS) {
        size_t home = slot_of(held[next]);
        bool stays = slot <= next ? slot < home && home <= next : slot < home || home <= next;
        if (stays)
            continue;
        held[slot] = held[next];
        held[next] = NULL;
        slot = next;
    }
}

static void forget(const void *block) {
    if (block == NULL || held_count == 0)
        return;
    while (atomic_flag_test_and_set(&lock)) {
    }
    size_t slot = slot_of(block);
    while (held[slot] != NULL && held[slot] != block)
        slot = (slot + 1) % SLOTS;
    if (held[slot] == block) {
        held[slot] = NULL;
        held_count--;
        close_gap(slot);
    }
    atomic_flag_clear(&lock);
}

/* --- allocations --- */

static bool fails(const void *caller) {
    if (!begun || (own_only && !is_the_programs(caller)))
        return false;
    unsigned long this = atomic_fetch_add(&number, 1) + 1;
    bool failing = fails_at != 0 && (fails_on ? this >= fails_at : this == fails_at);
    if (failing)
        errno = ENOMEM;
    return failing;
}

#define EXPORTED __attribute__((visibility("default")))

EXPORTED void *malloc(size_t size) {
    void *block = fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
    note(block, __builtin_return_address(0));
    return block;
}

EXPORTED void *calloc(size_t count, size_t size) {
    void *block = fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
    note(block, __builtin_return_address(0));
    return block;
}

EXPORTED void *realloc(void *block, size_t size) {
    if (fails(__builtin_return_address(0)))
        return NULL;
    forget(block);
    void *moved = __libc_realloc(block, size);
    note(moved, __builtin_return_address(0));
    return moved;
}

EXPORTED void *reallocarray(void *block, size_t count, size_t size) {
    size_t octets;

    if (__builtin_mul_overflow(count, size, &octets)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, octets);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size) {
    void *block = fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
    note(block, __builtin_return_address(0));
    return block;
}

EXPORTED int posix_memalign(void **block, size_t alignment, size_t size) {
    void *made = fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);

    note(made, __builtin_return_address(0));
    *block = made != NULL ? made : *block;
    return made != NULL ? 0 : ENOMEM;
}

EXPORTED void free(void *block) {
    forget(block);
    __libc_free(block);
}

EXPORTED void *mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset) {
    if ((flags & MAP_ANONYMOUS) != 0 && fails(__builtin_return_address(0)))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, size, protection, flags, descriptor, offset);
}

/* --- begin and end --- */

static unsigned long number_in(const char *name) {
    const char *text = getenv(name);

    return text == NULL ? 0 : strtoul(text, NULL, 10);
}

__attribute__((constructor)) static void begin(void) {
    fails_at = number_in("FAULT_AT");
    fails_on = getenv("FAULT_ON") != NULL;
    own_only = getenv("FAULT_OWN") != NULL;
    find_program();
    begun = true;
}

__attribute__((destructor)) static void end(void) {
    char line[128];
    unsigned long to = number_in("FAULT_TO");

    begun = false;
    int length = snprintf(line, sizeof line, "%lu %lu\n", (unsigned long)number, held_count + unnoted);
    if (to != 0 && write((int)to, line, (size_t)length) != length)
        _exit(99);
}
