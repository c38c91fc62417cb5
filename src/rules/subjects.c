/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/subjects.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct in_line {
    uint64_t asked;
    size_t number;
};

/* Records stand one behind the other, and are found through places of four octets, at most half of which are taken: few
 * addresses stay in few lines of the cache. To be asked for is to be stamped; only where one must give way are they put
 * in order, oldest first. That order serves until it is used up, for whoever was asked for since has another stamp. */
struct subjects {
    size_t size; /* a multiple of SUBJECTS_LINE */
    size_t most;
    size_t count;
    uint64_t key[2];
    uint64_t asked; /* stamps handed out so far */
    subject_forget *forget;
    void *context;
    char *records;
    size_t capacity;
    uint32_t *places;   /* 0: free, or the number of a record plus 1, behind as much of its hash as there is room for */
    size_t place_count; /* a power of two */
    struct in_line *line; /* all records, oldest first; NULL: there was no need yet */
    size_t next_in_line;
};

enum { FIRST_RECORDS = 64, NUMBER_BITS = 15, TAG_BITS = 32 - NUMBER_BITS };
_Static_assert(SUBJECTS_MOST < 1 << NUMBER_BITS && 2 * SUBJECTS_MOST <= 1 << TAG_BITS, "a place holds that");

struct subjects *subjects_new(size_t size, size_t most, const uint64_t key[2]) {
    struct subjects *subjects = calloc(1, sizeof *subjects);
    if (subjects == NULL)
        return NULL;
    subjects->size = (size + SUBJECTS_LINE - 1) / SUBJECTS_LINE * SUBJECTS_LINE;
    subjects->most = most;
    subjects->key[0] = key[0];
    subjects->key[1] = key[1];
    subjects->capacity = FIRST_RECORDS < most ? FIRST_RECORDS : most;
    subjects->place_count = 2 * subjects->capacity;
    subjects->records = aligned_alloc(SUBJECTS_LINE, subjects->capacity * subjects->size);
    subjects->places = calloc(subjects->place_count, sizeof *subjects->places);
    if (subjects->records == NULL || subjects->places == NULL) {
        subjects_free(subjects);
        return NULL;
    }
    memset(subjects->records, 0, subjects->size); /* for subjects_approach */
    return subjects;
}

void subjects_on_forget(struct subjects *subjects, subject_forget *forget, void *context) {
    subjects->forget = forget;
    subjects->context = context;
}

/* --- places --- */

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

static struct subject *record_at(const struct subjects *subjects, size_t number) {
    return (struct subject *)(subjects->records + number * subjects->size);
}

static uint32_t tag_of(uint64_t hash) {
    return (uint32_t)(hash >> (64 - TAG_BITS));
}

static size_t home_of(const struct subjects *subjects, uint32_t tag) {
    return tag & (subjects->place_count - 1);
}

static size_t place_after(const struct subjects *subjects, size_t at) {
    return (at + 1) & (subjects->place_count - 1);
}

static size_t number_in(uint32_t place) {
    return (place & ((1U << NUMBER_BITS) - 1)) - 1;
}

static void put(struct subjects *subjects, uint32_t tag, size_t number) {
    size_t at = home_of(subjects, tag);
    while (subjects->places[at] != 0)
        at = place_after(subjects, at);
    subjects->places[at] = tag << NUMBER_BITS | (uint32_t)(number + 1);
}

/* Those that stand behind move up, so that they are still found. */
static void take_out(struct subjects *subjects, size_t number) {
    const struct subject *subject = record_at(subjects, number);
    size_t mask = subjects->place_count - 1;
    size_t hole = home_of(subjects, tag_of(hash_of(subjects, &subject->address, subject->port)));
    while (number_in(subjects->places[hole]) != number)
        hole = place_after(subjects, hole);
    for (size_t at = place_after(subjects, hole); subjects->places[at] != 0; at = place_after(subjects, at)) {
        size_t home = home_of(subjects, subjects->places[at] >> NUMBER_BITS);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            subjects->places[hole] = subjects->places[at];
            hole = at;
        }
    }
    subjects->places[hole] = 0;
}

/* --- room --- */

/* Room for twice as many records. False when memory is out. */
static bool grow(struct subjects *subjects) {
    struct subjects larger = *subjects;
    larger.capacity *= 2;
    larger.place_count *= 2;
    larger.records = aligned_alloc(SUBJECTS_LINE, larger.capacity * larger.size);
    larger.places = calloc(larger.place_count, sizeof *larger.places);
    if (larger.records == NULL || larger.places == NULL) {
        free(larger.records);
        free(larger.places);
        return false;
    }
    memcpy(larger.records, subjects->records, subjects->count * subjects->size);
    for (size_t i = 0; i < subjects->place_count; i++) {
        if (subjects->places[i] != 0)
            put(&larger, subjects->places[i] >> NUMBER_BITS, number_in(subjects->places[i]));
    }
    free(subjects->records);
    free(subjects->places);
    *subjects = larger;
    return true;
}

enum { DIGIT = 11, DIGITS = 1 << DIGIT }; /* bits of a stamp, and how many values they have */

/* By one digit of how much later than the first of all each was asked for; equal ones stay in their order. */
static void order_by(const struct in_line *from, struct in_line *to, size_t count, uint64_t first, unsigned shift) {
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
    struct in_line *other = malloc((count + 1) * sizeof *other);
    uint64_t first = UINT64_MAX, last = 0;
    if (subjects->line == NULL)
        subjects->line = malloc((subjects->most + 1) * sizeof *subjects->line);
    if (other == NULL || subjects->line == NULL) {
        free(other);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t asked = record_at(subjects, i)->asked;
        subjects->line[i] = (struct in_line){asked, i};
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

static void forget(const struct subjects *subjects, size_t number) {
    if (subjects->forget != NULL)
        subjects->forget(subjects->context, record_at(subjects, number));
}

/* Forgets the oldest record: *number is free then; all places are taken. False when memory is out. */
static bool forget_oldest(struct subjects *subjects, size_t *number) {
    for (;;) {
        while (subjects->line != NULL && subjects->next_in_line < subjects->count) {
            const struct in_line *next = &subjects->line[subjects->next_in_line++];
            if (next->asked == record_at(subjects, next->number)->asked) {
                *number = next->number;
                take_out(subjects, *number);
                forget(subjects, *number);
                return true;
            }
        }
        if (!line_up(subjects))
            return false;
    }
}

/* A record that is free. False when memory is out. */
static bool make_room(struct subjects *subjects, size_t *number) {
    if (subjects->count == subjects->most)
        return forget_oldest(subjects, number);
    if (subjects->count == subjects->capacity && !grow(subjects))
        return false;
    *number = subjects->count++;
    return true;
}

/* What is left is forgotten, oldest first, and without memory in any order. */
void subjects_free(struct subjects *subjects) {
    if (subjects == NULL)
        return;
    bool in_order = subjects->forget != NULL && line_up(subjects);
    for (size_t i = 0; i < subjects->count; i++)
        forget(subjects, in_order ? subjects->line[i].number : i);
    free(subjects->line);
    free(subjects->records);
    free(subjects->places);
    free(subjects);
}

/* --- looking up --- */

/* The lower bits of a hash, which say nothing of the place, become the number of the record that is likely its own: the
 * first, as long as nothing is known. */
static const uint64_t LIKELY = (UINT64_C(1) << NUMBER_BITS) - 1;

uint64_t subjects_hash(const struct subjects *subjects, const struct address *address, uint16_t port) {
    uint64_t hash = hash_of(subjects, address, port) & ~LIKELY;
    __builtin_prefetch(&subjects->places[home_of(subjects, tag_of(hash))]);
    return hash;
}

/* The place from `at` on that may be that of the tag, or a free one. */
static inline size_t next_of(const struct subjects *subjects, uint32_t tag, size_t at) {
    while (subjects->places[at] != 0 && subjects->places[at] >> NUMBER_BITS != tag)
        at = place_after(subjects, at);
    return at;
}

const struct subject *subjects_approach(const struct subjects *subjects, uint64_t *hash) {
    uint32_t tag = tag_of(*hash), place = subjects->places[next_of(subjects, tag, home_of(subjects, tag))];
    size_t number = number_in(place + (place == 0));
    const struct subject *subject = record_at(subjects, number);
    __builtin_prefetch(subject, 1);
    *hash |= number;
    return subject;
}

static inline bool is_of(const struct subject *subject, const struct address *address, uint16_t port) {
    return subject->port == port && address_equal(&subject->address, address);
}

/* NULL: it is not there. */
__attribute__((noinline)) static struct subject *search(const struct subjects *subjects, uint32_t tag,
                                                        const struct address *address, uint16_t port) {
    for (size_t at = next_of(subjects, tag, home_of(subjects, tag)); subjects->places[at] != 0;
         at = next_of(subjects, tag, place_after(subjects, at))) {
        struct subject *subject = record_at(subjects, number_in(subjects->places[at]));
        if (is_of(subject, address, port))
            return subject;
    }
    return NULL;
}

struct subject *subjects_find(struct subjects *subjects, uint64_t hash, const struct address *address, uint16_t port) {
    struct subject *subject = record_at(subjects, hash & LIKELY);
    if (!is_of(subject, address, port) && (subject = search(subjects, tag_of(hash), address, port)) == NULL)
        return NULL;
    subject->asked = ++subjects->asked;
    return subject;
}

struct subject *subjects_get(struct subjects *subjects, uint64_t hash, const struct address *address, uint16_t port) {
    struct subject *subject = subjects_find(subjects, hash, address, port);
    size_t number;
    if (subject != NULL)
        return subject;
    if (!make_room(subjects, &number))
        return NULL;
    subject = record_at(subjects, number);
    memset(subject, 0, subjects->size);
    subject->address = *address;
    subject->port = port;
    subject->asked = ++subjects->asked;
    put(subjects, tag_of(hash), number);
    return subject;
}
