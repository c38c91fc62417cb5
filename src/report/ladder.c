/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/ladder.h"

#include "report/ladder_rows.h"
#include "report/time_text.h"
#include "rules/findings.h"

#include <stdio.h>

enum {
    INDENT = 4,
    FRAME_WIDTH = 9, /* all of these grow with what is in them */
    TIME_WIDTH = 8,
    STATE_WIDTH = 14,  /* "SYN_RECEIVED ~" */
    ARROW_WIDTH = 36,  /* and on a narrow terminal: */
    FRAME_NARROW = 5,  /* "frame" */
    ARROW_NARROW = 20, /* "SYN ACK 0, 1" */
    MARKS_WIDTH = 8,   /* of two findings */
    WHOLE_WIDTH =
        INDENT + FRAME_WIDTH + 2 + TIME_WIDTH + 2 + STATE_WIDTH + 1 + ARROW_WIDTH + 2 + STATE_WIDTH + MARKS_WIDTH,
    LABEL_MARGIN = 7, /* of an arrow beside its label */
    NUMBER_SIZE = 21
};

struct ladder {
    struct style *style;
    const struct connection *connection;
    const struct log_entry *rows;
    unsigned row_count;
    int64_t origin;
    struct column columns[SIDES];
    unsigned frame_width;
    unsigned time_width;
    unsigned arrow_width;
    uint64_t later_drawn; /* last frame, of this connection or a later one, whose findings are marked */
};

/* --- preparation --- */

static void widen(unsigned *width, size_t columns) {
    if (columns > *width) {
        *width = (unsigned)columns;
    }
}

/* Takes what is too much from a width, as far as that is above the least. */
static void narrow(unsigned *width, unsigned least, unsigned *excess) {
    unsigned taken = *excess < *width - least ? *excess : *width - least;

    *width -= taken;
    *excess -= taken;
}

static void set_least_widths(struct ladder *ladder) {
    unsigned excess = ladder->style->width < WHOLE_WIDTH ? WHOLE_WIDTH - ladder->style->width : 0;

    ladder->frame_width = FRAME_WIDTH;
    ladder->time_width = TIME_WIDTH;
    ladder->arrow_width = ARROW_WIDTH;
    narrow(&ladder->frame_width, FRAME_NARROW, &excess);
    narrow(&ladder->arrow_width, ARROW_NARROW, &excess);
}

static void ladder_measure(struct ladder *ladder) {
    const struct findings *findings = ladder->connection->findings;
    char label[ROW_LABEL_SIZE], time[TIME_TEXT_SIZE], number[NUMBER_SIZE];

    set_least_widths(ladder);
    for (unsigned i = 0; i < ladder->row_count; i++) {
        const struct log_entry *row = &ladder->rows[i];

        snprintf(number, sizeof number, "%llu", (unsigned long long)row->frame);
        row_label(ladder->connection, row, label);
        widen(&ladder->frame_width, strlen(number));
        widen(&ladder->time_width, strlen(seconds_text(row->time - ladder->origin, 6, time)));
        widen(&ladder->arrow_width, strlen(label) + LABEL_MARGIN);
    }
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        if (findings->items[i].frame <= ladder->connection->last_frame) {
            continue;
        }
        snprintf(number, sizeof number, "%llu", (unsigned long long)findings->items[i].frame);
        widen(&ladder->frame_width, strlen(number));
        widen(&ladder->time_width, strlen(seconds_text(findings->items[i].time - ladder->origin, 6, time)));
    }
    for (int side = 0; side < SIDES; side++) {
        const struct column *column = &ladder->columns[side];

        for (size_t i = 0; i < column->count; i++) {
            widen(&ladder->time_width, strlen(seconds_text(column->steps[i].time - ladder->origin, 6, time)));
        }
    }
}

/* --- rows --- */

static void draw_head(struct ladder *ladder) {
    struct style *style = ladder->style;

    style_blanks(style, INDENT);
    style_cell_right(style, DIM, "frame", ladder->frame_width);
    style_blanks(style, 2);
    style_cell_right(style, DIM, "time", ladder->time_width);
    style_blanks(style, 2);
    style_cell(style, DIM, side_name(SIDE_CLIENT), STATE_WIDTH + ladder->arrow_width + 3);
    style_text(style, DIM, side_name(SIDE_SERVER));
    style_newline(style);
}

static void draw_place(struct ladder *ladder, uint64_t frame, int64_t time) {
    char text[TIME_TEXT_SIZE], number[NUMBER_SIZE] = "";

    if (frame != 0) {
        snprintf(number, sizeof number, "%llu", (unsigned long long)frame);
    }
    style_blanks(ladder->style, INDENT);
    style_cell_right(ladder->style, PLAIN, number, ladder->frame_width);
    style_blanks(ladder->style, 2);
    style_cell_right(ladder->style, PLAIN, seconds_text(time - ladder->origin, 6, text), ladder->time_width);
    style_blanks(ladder->style, 2);
}

/* The state that a step led to, as sure as it then was; blanks for NULL. */
static unsigned draw_state(struct ladder *ladder, const struct step *step) {
    char text[STATE_TEXT_SIZE];

    if (step == NULL) {
        return 0;
    }
    return style_text(ladder->style, BOLD,
                      state_text(ladder->style, (enum tcp_state)step->to, (enum certainty)step->certainty, true, text));
}

static void draw_client_state(struct ladder *ladder, const struct step *step) {
    unsigned columns = draw_state(ladder, step);

    style_blanks(ladder->style, STATE_WIDTH + 1 - columns);
}

static void draw_arrow(struct ladder *ladder, const struct log_entry *row) {
    const struct glyphs *glyphs = ladder->style->glyphs;
    struct output *output = ladder->style->output;
    char label[ROW_LABEL_SIZE];
    unsigned rest;

    row_label(ladder->connection, row, label);
    rest = ladder->arrow_width - (unsigned)strlen(label) - 5; /* head, two lines, two blanks */
    if (row->side == SIDE_CLIENT) {
        output_repeat(output, glyphs->line, 2);
    } else {
        output_text(output, glyphs->left);
        output_repeat(output, glyphs->line, rest);
    }
    style_blanks(ladder->style, 1);
    style_text(ladder->style, PLAIN, label);
    style_blanks(ladder->style, 1);
    if (row->side == SIDE_CLIENT) {
        output_repeat(output, glyphs->line, rest);
        output_text(output, glyphs->right);
    } else {
        output_repeat(output, glyphs->line, 2);
    }
}

/* The numbers of the findings that were raised at a frame, behind the server's state; column counts from the arrow. */
static void draw_markers(struct ladder *ladder, uint64_t frame, unsigned column) {
    const struct findings *findings = ladder->connection->findings;
    struct style *style = ladder->style;
    unsigned number = 0;
    bool begun = false;

    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        number += !finding->withdrawn;
        if (finding->withdrawn || finding->frame != frame) {
            continue;
        }
        if (!begun) {
            style_blanks(style, STATE_WIDTH + 4 - column);
            output_text(style->output, style->glyphs->marker);
            begun = true;
        }
        style_blanks(style, 1);
        style_unsigned(style, number);
    }
}

/* Words where other rows have a client's state and an arrow: beneath the arrows, as far as there is room for them. */
static void draw_words(struct ladder *ladder, const char *words) {
    unsigned length = (unsigned)strlen(words);
    unsigned excess = length > ladder->arrow_width ? length - ladder->arrow_width : 0;

    style_blanks(ladder->style, STATE_WIDTH + 1 - excess);
    style_cell(ladder->style, DIM, words, ladder->arrow_width + excess);
}

/* A step on a row of its own. */
static void draw_lone_step(struct ladder *ladder, enum side side) {
    struct column *column = &ladder->columns[side];
    const struct step *step = &column->steps[column->next++];

    draw_place(ladder, step->frame, step->time);
    unsigned columns = 0;
    if (side == SIDE_CLIENT) {
        draw_client_state(ladder, step);
        style_text(ladder->style, DIM, step_reason(step));
    } else {
        draw_words(ladder, step_reason(step));
        style_blanks(ladder->style, 2);
        columns = draw_state(ladder, step);
    }
    if (step->frame > ladder->later_drawn) {
        draw_markers(ladder, step->frame, columns + 2);
        ladder->later_drawn = step->frame;
    }
    style_newline(ladder->style);
}

/* Draws the lone steps that come before a row; all that are left where row is NULL. */
static void draw_lone_steps(struct ladder *ladder, const struct log_entry *row) {
    enum side side;

    while ((side = column_lone_step(ladder->columns, row)) != SIDES) {
        draw_lone_step(ladder, side);
    }
}

static bool shows_step(const struct ladder *ladder, uint64_t frame) {
    for (int side = 0; side < SIDES; side++) {
        const struct column *column = &ladder->columns[side];

        if (column->next < column->count && column->steps[column->next].frame == frame) {
            return true;
        }
    }
    return false;
}

/* The frames of a later connection at which something was found that concerns this one. They are no segments of it and
 * have no row in its log. */
static void draw_later_frames(struct ladder *ladder) {
    const struct findings *findings = ladder->connection->findings;

    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        const struct log_entry place = {.frame = finding->frame, .time = finding->time};

        if (finding->withdrawn || finding->frame <= ladder->later_drawn) {
            continue;
        }
        draw_lone_steps(ladder, &place);
        if (shows_step(ladder, finding->frame)) {
            continue;
        }
        draw_place(ladder, finding->frame, finding->time);
        draw_words(ladder, "a frame of a later connection");
        draw_markers(ladder, finding->frame, 0);
        style_newline(ladder->style);
        ladder->later_drawn = finding->frame;
    }
}

static void draw_row(struct ladder *ladder, const struct log_entry *row) {
    const struct step *client = column_advance(&ladder->columns[SIDE_CLIENT], row->frame);
    const struct step *server = column_advance(&ladder->columns[SIDE_SERVER], row->frame);
    unsigned column = 0;

    draw_place(ladder, row->frame, row->time);
    draw_client_state(ladder, client);
    draw_arrow(ladder, row);
    if (server != NULL) {
        column = style_blanks(ladder->style, 2);
        column += draw_state(ladder, server);
    }
    draw_markers(ladder, row->frame, column);
    style_newline(ladder->style);
}

/* --- gaps --- */

static void draw_gap(struct ladder *ladder, const struct passed_count *from, const struct passed_count *to) {
    struct style *style = ladder->style;
    struct passed_count passed = passed_between(from, to);

    if (passed.segments == 0) {
        return;
    }
    style_blanks(style, INDENT);
    style_cell_right(style, DIM, style->glyphs->more, ladder->frame_width);
    style_blanks(style, 2);
    style_count(style, passed.segments, "segment");
    style_text(style, PLAIN, ", ");
    style_unsigned(style, passed.bytes[SIDE_CLIENT]);
    style_text(style, PLAIN, " + ");
    style_count(style, passed.bytes[SIDE_SERVER], "byte");
    style_newline(style);
}

static bool has_row(const struct ladder *ladder, uint64_t frame) {
    for (unsigned i = 0; i < ladder->row_count; i++) {
        if (ladder->rows[i].frame == frame) {
            return true;
        }
    }
    return false;
}

/* Once all rows that the log keeps for findings are taken, later ones have none. */
static void draw_findings_without_row(struct ladder *ladder) {
    const struct findings *findings = ladder->connection->findings;
    unsigned kept = 0, missing = 0;

    for (unsigned i = 0; i < ladder->row_count; i++) {
        kept += ladder->rows[i].pinned;
    }
    for (uint32_t i = 0; kept >= LOG_ROWS_PINNED && findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        missing +=
            !finding->withdrawn && finding->frame <= ladder->connection->last_frame && !has_row(ladder, finding->frame);
    }
    if (missing == 0) {
        return;
    }
    style_blanks(ladder->style, INDENT);
    style_cell_right(ladder->style, DIM, ladder->style->glyphs->more, ladder->frame_width);
    style_blanks(ladder->style, 2);
    style_count(ladder->style, missing, "finding");
    style_text(ladder->style, PLAIN, " more at frames for which the ladder has no room");
    style_newline(ladder->style);
}

void ladder_draw(struct style *style, const struct connection *connection, const struct log_entry *rows,
                 unsigned row_count, int64_t origin) {
    struct ladder ladder = {style, connection, rows, row_count, origin};
    struct passed_count passed = {0, {0, 0}};
    struct passed_count all = passed_in_all(connection);

    column_prepare(&ladder.columns[SIDE_CLIENT], &connection->side[SIDE_CLIENT].path);
    column_prepare(&ladder.columns[SIDE_SERVER], &connection->side[SIDE_SERVER].path);
    ladder_measure(&ladder);
    ladder.later_drawn = connection->last_frame;
    draw_head(&ladder);
    for (unsigned i = 0; i < ladder.row_count; i++) {
        const struct log_entry *row = &ladder.rows[i];
        const struct passed_count before = passed_before(row);

        draw_gap(&ladder, &passed, &before);
        draw_lone_steps(&ladder, row);
        draw_row(&ladder, row);
        passed = passed_with(row);
    }
    draw_gap(&ladder, &passed, &all);
    draw_findings_without_row(&ladder);
    draw_later_frames(&ladder);
    draw_lone_steps(&ladder, NULL);
}
