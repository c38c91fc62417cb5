/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/talkers.h"

#include <stdbool.h>
#include <string.h>

void talkers_add(struct talkers *talkers, const struct address *address) {
    struct talker *rarest = NULL;

    for (unsigned i = 0; i < talkers->count; i++) {
        struct talker *talker = &talkers->items[i];
        if (memcmp(&talker->address, address, sizeof *address) == 0) {
            talker->count++;
            return;
        }
        rarest = rarest == NULL || talker->count < rarest->count ? talker : rarest;
    }
    if (talkers->count < TALKERS)
        talkers->items[talkers->count++] = (struct talker){*address, 1, 0};
    else
        *rarest = (struct talker){*address, rarest->count + 1, rarest->count};
}

static bool comes_before(const struct talker *one, const struct talker *other) {
    uint64_t a = one->count - one->over, b = other->count - other->over;

    return a != b ? a > b : memcmp(&one->address, &other->address, sizeof one->address) < 0;
}

unsigned talkers_first(const struct talkers *talkers, const struct talker *first[TALKERS_TOLD],
                       uint64_t least[TALKERS_TOLD]) {
    unsigned told = 0;
    uint64_t all = 0;

    for (unsigned i = 0; i < talkers->count; i++)
        all += talkers->items[i].count;
    for (unsigned i = 0; i < talkers->count; i++) {
        const struct talker *talker = &talkers->items[i];
        unsigned at = told;
        if ((talker->count - talker->over) * TALKERS_SHARE < all)
            continue;
        while (at > 0 && comes_before(talker, first[at - 1]))
            at--;
        if (at == TALKERS_TOLD)
            continue;
        told += told < TALKERS_TOLD;
        memmove(&first[at + 1], &first[at], (told - at - 1) * sizeof first[0]);
        first[at] = talker;
    }
    for (unsigned i = 0; i < told; i++)
        least[i] = first[i]->count - first[i]->over;
    return told;
}
