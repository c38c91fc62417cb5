/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

#include <stdlib.h>

/* Segments that are not as they were on the wire. A capture may hold nothing else, so they are counted where they pass
 * (steady.c too), and only what is new goes to the rules. */

enum { DEFAULT_MSS = 536, COUNTED = ODD_CUT | ODD_OFFLOADED | ODD_NO_LENGTH };

bool is_oversized(const struct endpoint *x, const struct segment *segment) {
    return (segment->odd & ODD_NO_LENGTH) != 0 || (x->length_limit != 0 && segment->length > x->length_limit);
}

static bool is_header_cut(const struct segment *segment) {
    return (segment->options.present & OPTION_CUT) != 0;
}

static void count(struct oddities *oddities, const struct endpoint *x, const struct segment *segment) {
    if ((segment->odd & ODD_CUT) != 0) {
        segment_tally_add(&oddities->cut, segment->frame, segment->time);
    }
    if (is_header_cut(segment)) {
        segment_tally_add(&oddities->cut_headers, segment->frame, segment->time);
    }
    if ((segment->odd & ODD_OFFLOADED) != 0) {
        segment_tally_add(&oddities->offloaded, segment->frame, segment->time);
    }
    if (is_oversized(x, segment)) {
        segment_tally_add(&oddities->oversized, segment->frame, segment->time);
        oddities->longest = segment->length > oddities->longest ? segment->length : oddities->longest;
    }
}

bool oddities_are_known(const struct connection *connection, enum side side, const struct segment *segment) {
    const struct endpoint *x = &connection->side[side];
    const struct oddities *oddities = connection->oddities;
    if ((segment->odd & ~COUNTED) != 0 || oddities == NULL || is_header_cut(segment)) {
        return false;
    }
    oddities += side;
    return ((segment->odd & ODD_CUT) == 0 || oddities->cut.count > 0) &&
           ((segment->odd & ODD_OFFLOADED) == 0 || oddities->offloaded.count > 0) &&
           (!is_oversized(x, segment) || oddities->oversized.count >= SEVERAL);
}

void oddities_count_more(struct connection *connection, enum side side, const struct segment *segment) {
    count(&connection->oddities[side], &connection->side[side], segment);
}

/* What y may send in one segment is up to x (RFC 9293 3.7.1). Stacks do not believe in less than the default. */
static void learn_limit(struct arrival *arrival) {
    const struct tcp_options *options = &arrival->segment->options;
    if (arrival->syn && (options->present & OPTION_MSS) != 0) {
        arrival->y->length_limit = options->mss < DEFAULT_MSS ? DEFAULT_MSS : options->mss;
    }
}

bool oddities_note(struct arrival *arrival) {
    const struct segment *segment = arrival->segment;
    learn_limit(arrival);
    struct connection *connection = arrival->connection;
    uint64_t *more = &arrival->observation->more;
    if ((segment->odd & ~COUNTED) != 0) {
        *more |= MORE_ODD_HEADER;
    }
    if ((segment->odd & COUNTED) == 0 && !is_oversized(arrival->x, segment)) {
        return true;
    }
    connection->oddities = connection->first_oddities;
    struct oddities *oddities = &connection->oddities[arrival->side];
    const struct oddities before = *oddities;
    count(oddities, arrival->x, segment);
    *more |= before.cut.count < oddities->cut.count && before.cut.count == 0 ? MORE_CUT : 0;
    *more |= before.cut_headers.count < oddities->cut_headers.count && before.cut_headers.count == 0 ? MORE_CUT : 0;
    *more |= before.offloaded.count < oddities->offloaded.count && before.offloaded.count == 0 ? MORE_OFFLOADED : 0;
    *more |= before.oversized.count < oddities->oversized.count && before.oversized.count == SEVERAL - 1
                 ? MORE_SUPER_SEGMENT
                 : 0;
    return true;
}
