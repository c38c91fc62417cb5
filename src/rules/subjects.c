/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/subjects.h"

#include <stdlib.h>

struct subjects {
    size_t size;
    size_t most;
    size_t count;
    uint64_t key[2];
    subject_forget *forget;
    void *context;
    struct subject *newest;
    struct subject *oldest;
    struct subject *buckets[]; /* as many as there may be records */
};

struct subjects *subjects_new(size_t size, size_t most, const uint64_t key[2]) {
    struct subjects *subjects = calloc(1, sizeof *subjects + most * sizeof(struct subject *));
    if (subjects == NULL)
        return NULL;
    subjects->size = size;
    subjects->most = most;
    subjects->key[0] = key[0];
    subjects->key[1] = key[1];
    return subjects;
}

void subjects_on_forget(struct subjects *subjects, subject_forget *forget, void *context) {
    subjects->forget = forget;
    subjects->context = context;
}

/* A multiplication whose upper half comes back down, as in wyhash. */
static uint64_t mix(uint64_t one, uint64_t other) {
    unsigned __int128 product = (unsigned __int128)one * other;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static struct subject **bucket_of(struct subjects *subjects, const struct address *address, uint16_t port) {
    uint64_t halves[2];
    memcpy(halves, address->octets, sizeof halves);
    uint64_t hash = mix(halves[0] ^ subjects->key[0] ^ UINT64_C(0xa0761d6478bd642f), halves[1] ^ subjects->key[1]);
    hash = mix(hash ^ subjects->key[1] ^ UINT64_C(0xe7037ed1a0b428db), (uint64_t)port << 8 ^ address->version ^ hash);
    return &subjects->buckets[hash & (subjects->most - 1)];
}

static void take_out_of_line(struct subjects *subjects, struct subject *subject) {
    *(subject->newer != NULL ? &subject->newer->older : &subjects->newest) = subject->older;
    *(subject->older != NULL ? &subject->older->newer : &subjects->oldest) = subject->newer;
}

static void put_in_front(struct subjects *subjects, struct subject *subject) {
    subject->newer = NULL;
    subject->older = subjects->newest;
    *(subjects->newest != NULL ? &subjects->newest->newer : &subjects->oldest) = subject;
    subjects->newest = subject;
}

/* Takes the oldest record out, for good or to be used anew. */
static struct subject *take_oldest(struct subjects *subjects) {
    struct subject *oldest = subjects->oldest;
    struct subject **link = bucket_of(subjects, &oldest->address, oldest->port);
    while (*link != oldest)
        link = &(*link)->next_in_bucket;
    *link = oldest->next_in_bucket;
    take_out_of_line(subjects, oldest);
    if (subjects->forget != NULL)
        subjects->forget(subjects->context, oldest);
    subjects->count--;
    return oldest;
}

void subjects_free(struct subjects *subjects) {
    while (subjects != NULL && subjects->oldest != NULL)
        free(take_oldest(subjects));
    free(subjects);
}

struct subject *subjects_find(struct subjects *subjects, const struct address *address, uint16_t port) {
    struct subject *subject = *bucket_of(subjects, address, port);
    while (subject != NULL && (subject->port != port || !address_equal(&subject->address, address)))
        subject = subject->next_in_bucket;
    if (subject != NULL && subject != subjects->newest) {
        take_out_of_line(subjects, subject);
        put_in_front(subjects, subject);
    }
    return subject;
}

struct subject *subjects_get(struct subjects *subjects, const struct address *address, uint16_t port) {
    struct subject *subject = subjects_find(subjects, address, port);
    if (subject != NULL)
        return subject;
    subject = subjects->count == subjects->most ? take_oldest(subjects) : malloc(subjects->size);
    if (subject == NULL)
        return NULL;
    memset(subject, 0, subjects->size);
    subject->address = *address;
    subject->port = port;
    struct subject **bucket = bucket_of(subjects, address, port);
    subject->next_in_bucket = *bucket;
    *bucket = subject;
    put_in_front(subjects, subject);
    subjects->count++;
    return subject;
}
