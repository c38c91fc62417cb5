/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/room.h"

#include <stdlib.h>

void *room_for_one_more(void *items, size_t count, size_t *capacity, size_t least, size_t size) {
    if (count < *capacity) {
        return items;
    }
    size_t larger = *capacity == 0 ? least : 2 * *capacity;
    void *moved = realloc(items, larger * size);
    if (moved != NULL) {
        *capacity = larger;
    }
    return moved;
}
