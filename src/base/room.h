/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_ROOM_H
#define FINWAIT_BASE_ROOM_H

#include <stddef.h>

/* An array that grows at its end. `items` (NULL where nothing was ever added) comes from malloc and holds `count` items
 * of `size` octets, with room for *capacity. Returns it with room for one more: where there was none, it is moved and
 * holds `least` items or twice as many as before. NULL when memory is out: then it is as it was. */
void *room_for_one_more(void *items, size_t count, size_t *capacity, size_t least, size_t size);

#endif
