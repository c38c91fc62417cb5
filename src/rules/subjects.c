/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/subjects.h"

#include <stdbool.h>
#include <stdlib.h>

struct place {
    uint64_t asked;
    struct subject *subject;
};

/* Records are chained by their hash, in as many buckets as suffice for those there are: few addresses stay in few lines
 * of the cache. To be asked for is to be stamped; only where one must give way are they put in order, oldest first.
 * That order serves until it is used up, for whoever was asked for since has another stamp. */
struct subjects {
    size_t size;
    size_t most;
    size_t count;
    uint64_t key[2];
    uint64_t asked; /* stamps handed out so far */
    subject_forget *forget;
    void *context;
    struct place *line; /* oldest first; NULL as long as nobody had to give way */
    size_t in_line;
    size_t next_in_line;
    struct subject **buckets;
    size_t bucket_count; /* a power of two */
};

enum { FIRST_BUCKETS = 256 };

struct subjects *subjects_new(size_t size, size_t most, const uint64_t key[2]) {
    struct subjects *subjects = calloc(1, sizeof *subjects);
    if (subjects == NULL)
        return NULL;
    subjects->size = size;
    subjects->most = most;
    subjects->key[0] = key[0];
    subjects->key[1] = key[1];
    subjects->bucket_count = FIRST_BUCKETS;
    subjects->buckets = calloc(FIRST_BUCKETS, sizeof *subjects->buckets);
    if (subjects->buckets != NULL)
        return subjects;
    free(subjects);
    return NULL;
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

static uint64_t hash_of(const struct subjects *subjects, const struct address *address, uint16_t port) {
    uint64_t halves[2];
    memcpy(halves, address->octets, sizeof halves);
    uint64_t hash = mix(halves[0] ^ subjects->key[0] ^ UINT64_C(0xa0761d6478bd642f), halves[1] ^ subjects->key[1]);
    return mix(hash ^ subjects->key[1] ^ UINT64_C(0xe7037ed1a0b428db), (uint64_t)port << 8 ^ address->version ^ hash);
}

static struct subject **bucket_of(const struct subjects *subjects, uint64_t hash) {
    return &subjects->buckets[hash & (subjects->bucket_count - 1)];
}

static void link_in(struct subjects *subjects, struct subject *subject, uint64_t hash) {
    struct subject **bucket = bucket_of(subjects, hash);
    subject->next_in_bucket = *bucket;
    *bucket = subject;
}

/* Twice the buckets. Without memory the chains grow longer instead. */
static void grow(struct subjects *subjects) {
    struct subjects larger = *subjects;
    larger.bucket_count *= 2;
    larger.buckets = calloc(larger.bucket_count, sizeof *larger.buckets);
    if (larger.buckets == NULL)
        return;
    for (size_t i = 0; i < subjects->bucket_count; i++) {
        for (struct subject *subject = subjects->buckets[i], *next; subject != NULL; subject = next) {
            next = subject->next_in_bucket;
            link_in(&larger, subject, hash_of(subjects, &subject->address, subject->port));
        }
    }
    free(subjects->buckets);
    *subjects = larger;
}

static int by_stamp(const void *one, const void *other) {
    const struct place *a = one, *b = other;
    return a->asked < b->asked ? -1 : a->asked > b->asked;
}

/* Puts all records in order. False when memory is out. */
static bool line_up(struct subjects *subjects) {
    if (subjects->line == NULL)
        subjects->line = malloc(subjects->most * sizeof *subjects->line);
    if (subjects->line == NULL)
        return false;
    subjects->in_line = subjects->next_in_line = 0;
    for (size_t i = 0; i < subjects->bucket_count; i++)
        for (struct subject *subject = subjects->buckets[i]; subject != NULL; subject = subject->next_in_bucket)
            subjects->line[subjects->in_line++] = (struct place){subject->asked, subject};
    if (subjects->in_line > 1)
        qsort(subjects->line, subjects->in_line, sizeof *subjects->line, by_stamp);
    return true;
}

static void take_out(struct subjects *subjects, struct subject *subject) {
    struct subject **link = bucket_of(subjects, hash_of(subjects, &subject->address, subject->port));
    while (*link != subject)
        link = &(*link)->next_in_bucket;
    *link = subject->next_in_bucket;
    if (subjects->forget != NULL)
        subjects->forget(subjects->context, subject);
    subjects->count--;
}

/* Takes the oldest record out, to be used anew. There is one. NULL when memory is out. */
static struct subject *take_oldest(struct subjects *subjects) {
    for (;;) {
        while (subjects->next_in_line < subjects->in_line) {
            const struct place *place = &subjects->line[subjects->next_in_line++];
            if (place->asked == place->subject->asked) {
                take_out(subjects, place->subject);
                return place->subject;
            }
        }
        if (!line_up(subjects))
            return NULL;
    }
}

/* What is left is forgotten, oldest first, and without memory in any order. */
void subjects_free(struct subjects *subjects) {
    if (subjects == NULL)
        return;
    bool in_order = line_up(subjects);
    for (size_t i = 0; in_order && i < subjects->in_line; i++) {
        take_out(subjects, subjects->line[i].subject);
        free(subjects->line[i].subject);
    }
    for (size_t i = 0; i < subjects->bucket_count; i++) {
        while (subjects->buckets[i] != NULL) {
            struct subject *subject = subjects->buckets[i];
            take_out(subjects, subject);
            free(subject);
        }
    }
    free(subjects->line);
    free(subjects->buckets);
    free(subjects);
}

static struct subject *find(struct subjects *subjects, uint64_t hash, const struct address *address, uint16_t port) {
    struct subject *subject = *bucket_of(subjects, hash);
    while (subject != NULL && (subject->port != port || !address_equal(&subject->address, address)))
        subject = subject->next_in_bucket;
    if (subject != NULL)
        subject->asked = ++subjects->asked;
    return subject;
}

struct subject *subjects_find(struct subjects *subjects, const struct address *address, uint16_t port) {
    return find(subjects, hash_of(subjects, address, port), address, port);
}

struct subject *subjects_get(struct subjects *subjects, const struct address *address, uint16_t port) {
    uint64_t hash = hash_of(subjects, address, port);
    struct subject *subject = find(subjects, hash, address, port);
    if (subject != NULL)
        return subject;
    subject = subjects->count == subjects->most ? take_oldest(subjects) : malloc(subjects->size);
    if (subject == NULL)
        return NULL;
    memset(subject, 0, subjects->size);
    subject->address = *address;
    subject->port = port;
    subject->asked = ++subjects->asked;
    subjects->count++;
    if (subjects->count > subjects->bucket_count)
        grow(subjects);
    link_in(subjects, subject, hash);
    return subject;
}

uint64_t subjects_expect(const struct subjects *subjects, const struct address *address, uint16_t port) {
    uint64_t hash = hash_of(subjects, address, port);
    __builtin_prefetch(bucket_of(subjects, hash));
    return hash;
}

void subjects_approach(const struct subjects *subjects, uint64_t expected) {
    enum { LINE = 64, LINES = 4 }; /* counters stand in the first of a record */
    const char *first = (const char *)*bucket_of(subjects, expected);
    for (int i = 0; first != NULL && i < LINES; i++)
        __builtin_prefetch(first + i * LINE, 1);
}
