/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/mapping.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
enum { MADV_POPULATE_READ = 22 }; /* of Linux 5.14 */
#endif

enum {
    FETCHED = 8 << 20, /* octets that the system is asked to fetch ahead */
    LEAD = 1 << 16, /* octets beyond what is to be read that a reader may call for: without a page that has no effect */
};

/* What the handler of SIGBUS may look at: one for each mapping there can be at a time. */
struct place {
    atomic_uintptr_t start; /* 0: free */
    atomic_uintptr_t end;
    atomic_bool cut;
};

struct mapping {
    uint8_t *octets;
    size_t size;
    size_t given_up; /* octets from the start, whole pages */
    size_t called;   /* octets from the start, whole pages unless it is all */
    size_t fetched;  /* the same */
    struct place *place;
};

static struct place places[16];
static struct sigaction others;
static uintptr_t page;

/* --- SIGBUS --- */

/* mmap is no function that POSIX lets handlers call, but is a plain call of the system where there is MAP_ANONYMOUS. */
static bool put_zeros(uintptr_t from, uintptr_t end) {
    return mmap((void *)from, end - from, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
           MAP_FAILED;
}

static void take_fault(int signal, siginfo_t *info, void *context) {
    uintptr_t at = (uintptr_t)info->si_addr & ~(page - 1);
    int error = errno;

    (void)signal;
    (void)context;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct place *place = &places[i];

        if (at < atomic_load(&place->start) || at >= atomic_load(&place->end))
            continue;
        atomic_store(&place->cut, true);
        if (put_zeros(at, atomic_load(&place->end))) {
            errno = error;
            return;
        }
    }
    /* A fault comes again when this returns, and is theirs then; what was sent does not. */
    sigaction(SIGBUS, &others, NULL);
    if (info->si_code <= 0)
        raise(SIGBUS);
    errno = error;
}

/* Whoever took the signal since the last time is passed on to from now on. */
static void take_signal(void) {
    struct sigaction action = {.sa_sigaction = take_fault, .sa_flags = SA_SIGINFO}, before;

    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, NULL, &before) != 0 || before.sa_sigaction == take_fault)
        return;
    others = before;
    sigaction(SIGBUS, &action, NULL);
}

/* --- mappings --- */

static struct place *take_place(uintptr_t start, uintptr_t end) {
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        uintptr_t none = 0;

        if (!atomic_compare_exchange_strong(&places[i].start, &none, start))
            continue;
        atomic_store(&places[i].cut, false);
        atomic_store(&places[i].end, end);
        return &places[i];
    }
    return NULL;
}

static void free_place(struct place *place) {
    atomic_store(&place->end, 0);
    atomic_store(&place->start, 0);
}

struct mapping *mapping_new(int descriptor, size_t size) {
    struct mapping *mapping = calloc(1, sizeof *mapping);
    void *octets;

    if (mapping == NULL)
        return NULL;
    page = (uintptr_t)sysconf(_SC_PAGESIZE);
    take_signal();
    octets = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
    if (octets != MAP_FAILED) {
        mapping->place = take_place((uintptr_t)octets, ((uintptr_t)octets + size + page - 1) & ~(page - 1));
        if (mapping->place != NULL) {
            mapping->octets = octets;
            mapping->size = size;
            return mapping;
        }
        munmap(octets, size);
    }
    free(mapping);
    return NULL;
}

void mapping_free(struct mapping *mapping) {
    if (mapping == NULL)
        return;
    free_place(mapping->place);
    munmap(mapping->octets, mapping->size);
    free(mapping);
}

uint8_t *mapping_octets(struct mapping *mapping) {
    return mapping->octets;
}

size_t mapping_size(const struct mapping *mapping) {
    return mapping->size;
}

static bool is_in_memory(const struct mapping *mapping, size_t at) {
    unsigned char is_there = 0;

    return mincore(mapping->octets + (at & ~(page - 1)), 1, &is_there) == 0 && (is_there & 1) != 0;
}

/* A file whose later part is there is taken to be there: to go through its pages costs more than all else that is done
 * for them here. Only advice: nothing depends on whether the system follows it. */
static void fetch_ahead(struct mapping *mapping) {
    size_t left = mapping->size - mapping->called, from = mapping->fetched;

    mapping->fetched = mapping->called + (left < FETCHED ? left : FETCHED);
    if (!is_in_memory(mapping, mapping->fetched - 1))
        madvise(mapping->octets + from, mapping->fetched - from, MADV_WILLNEED);
}

/* A system that does not know how to call for pages brings them one by one when they are touched. */
static bool call_for(const struct mapping *mapping, size_t end) {
    return madvise(mapping->octets + mapping->called, end - mapping->called, MADV_POPULATE_READ) == 0 ||
           errno == EINVAL || errno == ENOSYS;
}

bool mapping_move(struct mapping *mapping, size_t start, size_t end) {
    start &= ~(page - 1);
    end = (end + LEAD + page - 1) & ~(page - 1);
    end = end < mapping->size ? end : mapping->size;
    if (start > mapping->given_up) {
        madvise(mapping->octets + mapping->given_up, start - mapping->given_up, MADV_DONTNEED);
        mapping->given_up = start;
    }
    if (end > mapping->called) {
        if (!call_for(mapping, end))
            return false;
        mapping->called = end;
        fetch_ahead(mapping);
    }
    return true;
}

bool mapping_is_cut(const struct mapping *mapping) {
    return atomic_load_explicit(&mapping->place->cut, memory_order_relaxed);
}
