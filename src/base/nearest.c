/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/nearest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LONGEST = 63 };

static char lower(char letter) {
    return (char)(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
}

/* Damerau's distance with adjacent letters swapped at most once; words that are too long are as far as can be. */
static size_t distance(const char *a, const char *b) {
    size_t rows[3][LONGEST + 1]; /* of the last three letters of a, in turn */
    size_t height = strlen(a);
    size_t width = strlen(b);

    if (width > LONGEST || height > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= width; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= height; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t least = above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
            if (above[j] + 1 < least)
                least = above[j] + 1;
            if (row[j - 1] + 1 < least)
                least = row[j - 1] + 1;
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) &&
                rows[(i + 1) % 3][j - 2] + 1 < least)
                least = rows[(i + 1) % 3][j - 2] + 1;
            row[j] = least;
        }
    }
    return rows[height % 3][width];
}

struct nearest nearest_to(const char *mistyped) {
    /* with more than a third of the letters wrong it is another word */
    return (struct nearest){.mistyped = mistyped, .distance = strlen(mistyped) / 3 + 2};
}

static bool begins(const char *word, const char *beginning) {
    while (*beginning != '\0' && lower(*word) == lower(*beginning)) {
        word++;
        beginning++;
    }
    return *beginning == '\0';
}

void nearest_offer(struct nearest *nearest, const char *word) {
    enum { BEGINNING = 3 }; /* letters that say enough */
    bool begun = strlen(nearest->mistyped) >= BEGINNING && begins(word, nearest->mistyped);
    size_t away = distance(nearest->mistyped, word);

    if (begun && away > 1)
        away = 1;

    if (away < nearest->distance) {
        nearest->distance = away;
        nearest->word = word;
    }
}
