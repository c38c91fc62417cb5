/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_links.h"

bool link_number(struct links *links, uint64_t source, uint16_t *number) {
    uint64_t mixed = source * UINT64_C(0x9e3779b97f4a7c15);
    *number = 0;
    for (unsigned i = 0; i < LINK_TRIES && source != 0; i++) {
        uint16_t place = (uint16_t)((mixed >> 48) + i);
        place = place == 0 ? 1 : place;
        if (links->source[place] == 0 || links->source[place] == source) {
            links->source[place] = source;
            *number = place;
            return true;
        }
    }
    return source == 0;
}
