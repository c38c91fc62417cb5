/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/census.h"

#include "base/room.h"

#include <stdlib.h>
#include <string.h>

/* A row per moment. While counting a row holds by how many the number changes there; census_finish adds them up. */
typedef uint32_t row[TCP_STATES];

struct group {
    struct address address; /* version 0: of the rest, or of all */
    row *rows;              /* owned */
};

struct census {
    struct census_settings settings;
    int64_t interval;     /* ns; 0: one moment */
    size_t moments;       /* known at the end */
    int64_t moment;       /* ns from the first frame, of the only one */
    int64_t end;          /* ns from the first frame; known at the end */
    bool cut;             /* the moment that was asked for lies behind that */
    struct group *groups; /* owned; the first is that of the rest, or of all; then in the order of the addresses */
    size_t count;
    size_t capacity;
};

enum { FIRST_GROUPS = 8 };

static bool add_group(struct census *census, size_t at, const struct address *address) {
    struct group *groups =
        room_for_one_more(census->groups, census->count, &census->capacity, FIRST_GROUPS, sizeof *groups);
    if (groups == NULL) {
        return false;
    }
    census->groups = groups;
    /* One more than there are moments: what ends after the last one ends there. */
    size_t rows = census->interval != 0 ? CENSUS_MOMENTS + 1 : 1;
    struct group group = {.rows = calloc(rows, sizeof(row))};
    if (group.rows == NULL) {
        return false;
    }
    if (address != NULL) {
        group.address = *address;
    }
    memmove(census->groups + at + 1, census->groups + at, (census->count - at) * sizeof *census->groups);
    census->groups[at] = group;
    census->count++;
    return true;
}

struct census *census_new(const struct census_settings *settings) {
    struct census *census = calloc(1, sizeof *census);
    if (census == NULL) {
        return NULL;
    }
    census->settings = *settings;
    census->interval = settings->interval;
    if (!add_group(census, 0, NULL)) {
        census_free(census);
        return NULL;
    }
    return census;
}

void census_free(struct census *census) {
    if (census == NULL) {
        return;
    }
    for (size_t i = 0; i < census->count; i++) {
        free(census->groups[i].rows);
    }
    free(census->groups);
    free(census);
}

static int compare_addresses(const struct address *one, const struct address *other) {
    return one->version != other->version ? one->version - other->version
                                          : memcmp(one->octets, other->octets, sizeof one->octets);
}

/* The group of an address, a new one if need be and there is room. NULL when memory is out. */
static struct group *group_of(struct census *census, const struct address *address) {
    if (census->settings.by == CENSUS_ALL) {
        return &census->groups[0];
    }
    size_t low = 1;
    size_t high = census->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_addresses(&census->groups[middle].address, address);
        if (order == 0) {
            return &census->groups[middle];
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    if (census->count > CENSUS_ADDRESSES) {
        return &census->groups[0];
    }
    return add_group(census, low, address) ? &census->groups[low] : NULL;
}

/* --- time --- */

/* Leaves out every second moment: what changed at one of those changes at the next that stays. */
static void thin_out(struct census *census) {
    for (size_t i = 0; i < census->count; i++) {
        row *rows = census->groups[i].rows;
        for (size_t from = 1; from <= CENSUS_MOMENTS; from++) {
            for (int state = 0; state < TCP_STATES; state++) {
                uint32_t change = rows[from][state];
                rows[from][state] = 0;
                rows[(from + 1) / 2][state] += change;
            }
        }
    }
    census->interval *= 2;
}

/* The first moment that is not before a time (ns from the first frame). */
static size_t moment_at(struct census *census, int64_t time) {
    if (time <= 0) {
        return 0;
    }
    while ((time - 1) / census->interval + 1 >= CENSUS_MOMENTS) {
        thin_out(census);
    }
    return (size_t)((time - 1) / census->interval + 1);
}

/* A side is in a state from one time on until another. */
static void count_span(struct census *census, struct group *group, enum tcp_state state, int64_t from, int64_t to) {
    bool has_socket = state != STATE_CLOSED && state != STATE_LISTEN;
    if (!has_socket || from >= to) {
        return;
    }
    if (census->interval == 0) {
        group->rows[0][state] += from <= census->moment && census->moment < to;
        return;
    }
    size_t last = moment_at(census, to); /* may thin out: before the first is looked up */
    size_t first = moment_at(census, from);
    group->rows[first][state]++;
    group->rows[last][state]--;
}

static bool count_side(struct census *census, const struct connection *connection, enum side side, int64_t origin) {
    const struct path *path = &connection->side[side].path;
    struct step steps[PATH_STEPS_MAX];
    size_t count = path_steps(path, steps);
    struct group *group = group_of(census, &connection->address[side]);
    enum tcp_state state = (enum tcp_state)path->initial;
    int64_t since = connection->first_time - origin;
    /* What the capture leaves open lasts. */
    int64_t end = connection->end == END_CAPTURE ? INT64_MAX / 2 : connection->end_time - origin;
    for (size_t i = 0; i < count && group != NULL; i++) {
        int64_t time = steps[i].time - origin;
        if (steps[i].certainty == CERTAINTY_REFUTED) {
            continue;
        }
        count_span(census, group, state, since, time < end ? time : end);
        state = (enum tcp_state)steps[i].to;
        since = time > since ? time : since;
    }
    if (group != NULL && connection->end != END_CAPTURE) {
        count_span(census, group, state, since, end);
    } else if (group != NULL) {
        /* Its moments are counted up to the end of the capture, and there are none behind. */
        count_span(census, group, state, since, census->interval == 0 ? end : connection->end_time - origin + 1);
    }
    return group != NULL;
}

bool census_connection(struct census *census, const struct connection *connection, int64_t origin) {
    const struct census_settings *settings = &census->settings;
    census->moment = settings->at_given ? settings->at - (settings->at_absolute ? origin : 0) : INT64_MAX / 4;
    return count_side(census, connection, SIDE_CLIENT, origin) && count_side(census, connection, SIDE_SERVER, origin);
}

void census_finish(struct census *census, int64_t origin, int64_t end) {
    const struct census_settings *settings = &census->settings;
    int64_t duration = end - origin;
    census->moments = 1;
    census->end = duration;
    if (census->interval == 0) {
        int64_t at = settings->at_given ? settings->at - (settings->at_absolute ? origin : 0) : duration;
        census->moment = at < duration ? at : duration;
        census->cut = at > duration;
        return;
    }
    while (duration / census->interval + 1 > CENSUS_MOMENTS) {
        thin_out(census);
    }
    census->moments = (size_t)(duration / census->interval) + 1;
    for (size_t i = 0; i < census->count; i++) {
        row *rows = census->groups[i].rows;
        for (size_t k = 1; k < census->moments; k++) {
            for (int state = 0; state < TCP_STATES; state++) {
                rows[k][state] += rows[k - 1][state];
            }
        }
    }
}

/* --- what came out --- */

size_t census_moments(const struct census *census) {
    return census->moments;
}

int64_t census_time(const struct census *census, size_t moment) {
    return census->interval == 0 ? census->moment : (int64_t)moment * census->interval;
}

int64_t census_interval(const struct census *census) {
    return census->interval;
}

int64_t census_end(const struct census *census) {
    return census->end;
}

bool census_is_cut(const struct census *census) {
    return census->cut;
}

/* The rest stands last. */
static const struct group *group_number(const struct census *census, size_t group) {
    return &census->groups[group + 1 < census->count ? group + 1 : 0];
}

static bool is_used(const struct census *census, const struct group *group) {
    for (size_t k = 0; k < census->moments; k++) {
        for (int state = 0; state < TCP_STATES; state++) {
            if (group->rows[k][state] != 0) {
                return true;
            }
        }
    }
    return false;
}

size_t census_groups(const struct census *census) {
    bool rest = census->settings.by == CENSUS_ALL || is_used(census, &census->groups[0]);
    return census->count - !rest;
}

const struct address *census_address(const struct census *census, size_t group) {
    const struct address *address = &group_number(census, group)->address;
    return address->version == 0 ? NULL : address;
}

const uint32_t *census_states(const struct census *census, size_t group, size_t moment) {
    return group_number(census, group)->rows[moment];
}
