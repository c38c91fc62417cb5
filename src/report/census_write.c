/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/census_write.h"

#include "report/time_text.h"

#include <inttypes.h>
#include <stdio.h>

enum { GAP = 2, DECIMALS = 6 };

/* In the order in which a connection goes through them, as netstat's readers know them. */
static const uint8_t order[] = {STATE_SYN_SENT,   STATE_SYN_RECEIVED, STATE_ESTABLISHED, STATE_FIN_WAIT_1,
                                STATE_FIN_WAIT_2, STATE_CLOSE_WAIT,   STATE_CLOSING,     STATE_LAST_ACK,
                                STATE_TIME_WAIT,  STATE_UNKNOWN};
enum { COLUMNS = sizeof order };

struct table {
    bool shown[COLUMNS];
    unsigned width[COLUMNS];
    unsigned time_width;
    unsigned address_width; /* 0: no such column */
};

static unsigned at_least(unsigned width, const char *text) {
    unsigned columns = text_columns(text);
    return columns > width ? columns : width;
}

static const char *address_or_rest(const struct census *census, size_t group, char text[ADDRESS_TEXT_SIZE]) {
    const struct address *address = census_address(census, group);
    return address != NULL ? address_text(address, text) : "others";
}

static const char *number_text(uint32_t number, char text[TIME_TEXT_SIZE]) {
    snprintf(text, TIME_TEXT_SIZE, "%" PRIu32, number);
    return text;
}

/* A side whose state nobody knows yet, with nothing in its favour, is in no column but UNKNOWN. */
static void measure_row(struct table *table, const uint32_t *states) {
    char text[TIME_TEXT_SIZE];
    for (int i = 0; i < COLUMNS; i++) {
        uint32_t number = states[order[i]];
        table->shown[i] = table->shown[i] || number > 0;
        table->width[i] = at_least(table->width[i], number_text(number, text));
    }
}

static struct table measure(const struct census *census, bool by_address) {
    struct table table = {.time_width = at_least(0, "time")};
    char address[ADDRESS_TEXT_SIZE];
    char time[TIME_TEXT_SIZE];
    for (int i = 0; i < COLUMNS; i++) {
        table.width[i] = at_least(0, state_name((enum tcp_state)order[i]));
    }
    for (size_t k = 0; k < census_moments(census); k++) {
        table.time_width = at_least(table.time_width, seconds_text(census_time(census, k), DECIMALS, time));
        for (size_t group = 0; group < census_groups(census); group++) {
            measure_row(&table, census_states(census, group, k));
        }
    }
    for (size_t group = 0; by_address && group < census_groups(census); group++) {
        table.address_width = at_least(table.address_width, address_or_rest(census, group, address));
    }
    return table;
}

static void print_heads(struct style *style, const struct table *table) {
    style_cell_right(style, BOLD, "time", table->time_width);
    if (table->address_width > 0) {
        style_blanks(style, GAP);
        style_cell(style, BOLD, "address", table->address_width);
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (table->shown[i]) {
            style_blanks(style, GAP);
            style_cell_right(style, BOLD, state_name((enum tcp_state)order[i]), table->width[i]);
        }
    }
    style_newline(style);
}

static void print_row(struct style *style, const struct table *table, const struct census *census, size_t group,
                      size_t moment) {
    const uint32_t *states = census_states(census, group, moment);
    char address[ADDRESS_TEXT_SIZE];
    char text[TIME_TEXT_SIZE];
    style_cell_right(style, PLAIN, seconds_text(census_time(census, moment), DECIMALS, text), table->time_width);
    if (table->address_width > 0) {
        style_blanks(style, GAP);
        style_cell(style, PLAIN, address_or_rest(census, group, address), table->address_width);
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (table->shown[i]) {
            style_blanks(style, GAP);
            style_cell_right(style, states[order[i]] == 0 ? DIM : PLAIN, number_text(states[order[i]], text),
                             table->width[i]);
        }
    }
    style_newline(style);
}

static bool is_empty(const uint32_t *states) {
    for (int i = 0; i < COLUMNS; i++) {
        if (states[order[i]] != 0) {
            return false;
        }
    }
    return true;
}

static bool has_columns(const struct table *table) {
    for (int i = 0; i < COLUMNS; i++) {
        if (table->shown[i]) {
            return true;
        }
    }
    return false;
}

static void tell_that_there_is_nobody(struct style *style, const struct census *census) {
    int64_t moment = census_time(census, census_moments(census) - 1);
    char text[TIME_TEXT_SIZE];
    style_text(style, PLAIN, "No side is in any state but CLOSED at ");
    style_text(style, PLAIN, seconds_text(moment, DECIMALS, text));
    style_text(style, PLAIN, moment < 0 ? " s: that is before the first frame." : " s.");
    style_newline(style);
}

static void tell_that_it_is_cut(struct style *style, const struct census *census) {
    if (census_is_cut(census)) {
        style_text(style, DIM, "(the capture ends there, before the moment of --at)");
        style_newline(style);
    }
}

/* A table of one row is no table over time. */
static void tell_of_the_end(struct style *style, const struct census *census) {
    char text[TIME_TEXT_SIZE];
    if (census_interval(census) == 0 || census_moments(census) > 1 || census_end(census) == 0) {
        return;
    }
    style_text(style, DIM, "(the capture ends at ");
    style_text(style, DIM, seconds_text(census_end(census), DECIMALS, text));
    style_text(style, DIM, " s, before the next moment; --census without a time counts there)");
    style_newline(style);
}

void census_text(struct style *style, const struct census *census) {
    bool by_address = census_groups(census) == 0 || census_address(census, 0) != NULL;
    const struct table table = measure(census, by_address);
    if (!has_columns(&table)) {
        tell_that_there_is_nobody(style, census);
        tell_that_it_is_cut(style, census);
        return;
    }
    print_heads(style, &table);
    for (size_t k = 0; k < census_moments(census); k++) {
        for (size_t group = 0; group < census_groups(census); group++) {
            if (!by_address || !is_empty(census_states(census, group, k))) {
                print_row(style, &table, census, group, k);
            }
        }
    }
    tell_that_it_is_cut(style, census);
    tell_of_the_end(style, census);
}

/* --- JSON --- */

static void json_row(struct emitter *json, const struct census *census, size_t group, size_t moment, bool by_address) {
    const uint32_t *states = census_states(census, group, moment);
    const struct address *address = census_address(census, group);
    char text[ADDRESS_TEXT_SIZE];
    emit_newline(json);
    emit_object_begin(json);
    emit_key(json, "time_ns");
    emit_signed(json, census_time(census, moment));
    if (by_address) {
        emit_key(json, "address");
        emit_word(json, address != NULL ? address_text(address, text) : NULL);
    }
    emit_key(json, "states");
    emit_object_begin(json);
    for (int i = 0; i < COLUMNS; i++) {
        if (states[order[i]] != 0) {
            emit_key(json, state_name((enum tcp_state)order[i]));
            emit_unsigned(json, states[order[i]]);
        }
    }
    emit_object_end(json);
    emit_object_end(json);
}

void census_json_members(struct emitter *json, const struct census *census) {
    bool by_address = census_groups(census) == 0 || census_address(census, 0) != NULL;
    emit_key(json, "interval_ns");
    if (census_interval(census) == 0) {
        emit_null(json);
    } else {
        emit_signed(json, census_interval(census));
    }
    emit_key(json, "rows");
    emit_array_begin(json);
    for (size_t k = 0; k < census_moments(census); k++) {
        for (size_t group = 0; group < census_groups(census); group++) {
            json_row(json, census, group, k, by_address);
        }
    }
    emit_array_end(json);
}
