/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_ORDER_H
#define FINWAIT_BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* Something with a number, borrowed. */
struct numbered {
    uint64_t number;
    void *item;
};

/* Puts them in the order of their numbers, equal ones as they stood, with room for as many at `room`; returns where
 * they stand then: `items` or `room`. Takes time in proportion to their count, and looks at no item. */
struct numbered *order_by_number(struct numbered *items, struct numbered *room, size_t count);

#endif
