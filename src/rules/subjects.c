/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/subjects.h"

#include "base/room.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
    struct place *line; /* all records, behind the last line_up's the new ones */
    size_t capacity;    /* of line */
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

enum { DIGIT = 11, DIGITS = 1 << DIGIT }; /* bits of a stamp, and how many values they have */

/* By one digit of how much later than the first of all each was asked for; equal ones stay in their order. */
static void order_by(const struct place *from, struct place *to, size_t count, uint64_t first, unsigned shift) {
    uint32_t starts[DIGITS + 1] = {0};
    for (size_t i = 0; i < count; i++)
        starts[((from[i].asked - first) >> shift) % DIGITS + 1]++;
    for (unsigned digit = 1; digit < DIGITS; digit++)
        starts[digit] += starts[digit - 1];
    for (size_t i = 0; i < count; i++)
        to[starts[((from[i].asked - first) >> shift) % DIGITS]++] = from[i];
}

/* Puts all records in order. A comparison for each of them with several others would cost more than all that a SYN
 * costs otherwise. False when memory is out. */
static bool line_up(struct subjects *subjects) {
    size_t count = subjects->count;
    struct place *other = malloc((count + 1) * sizeof *other);
    uint64_t first = UINT64_MAX, last = 0;
    if (other == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        uint64_t asked = subjects->line[i].asked = subjects->line[i].subject->asked;
        first = asked < first ? asked : first;
        last = asked > last ? asked : last;
    }
    for (unsigned shift = 0; count > 0 && shift < 64 && (last - first) >> shift != 0; shift += DIGIT) {
        order_by(subjects->line, other, count, first, shift);
        memcpy(subjects->line, other, count * sizeof *other);
    }
    free(other);
    subjects->next_in_line = 0;
    return true;
}

static void take_out(struct subjects *subjects, struct subject *subject) {
    struct subject **link = bucket_of(subjects, hash_of(subjects, &subject->address, subject->port));
    while (*link != subject)
        link = &(*link)->next_in_bucket;
    *link = subject->next_in_bucket;
    if (subjects->forget != NULL)
        subjects->forget(subjects->context, subject);
}

/* Takes the oldest record out, to be used anew; all places are taken. NULL when memory is out. */
static struct subject *take_oldest(struct subjects *subjects) {
    for (;;) {
        while (subjects->next_in_line < subjects->count) {
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

/* A further record. NULL when memory is out. */
static struct subject *add(struct subjects *subjects) {
    struct place *line =
        room_for_one_more(subjects->line, subjects->count, &subjects->capacity, FIRST_BUCKETS, sizeof *line);
    if (line == NULL)
        return NULL;
    subjects->line = line;
    struct subject *subject = malloc(subjects->size);
    if (subject != NULL)
        subjects->line[subjects->count++] = (struct place){0, subject}; /* it has another stamp */
    return subject;
}

/* What is left is forgotten, oldest first, and without memory in any order. */
void subjects_free(struct subjects *subjects) {
    if (subjects == NULL)
        return;
    line_up(subjects);
    for (size_t i = 0; i < subjects->count; i++) {
        take_out(subjects, subjects->line[i].subject);
        free(subjects->line[i].subject);
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
    subject = subjects->count == subjects->most ? take_oldest(subjects) : add(subjects);
    if (subject == NULL)
        return NULL;
    memset(subject, 0, subjects->size);
    subject->address = *address;
    subject->port = port;
    subject->asked = ++subjects->asked;
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
