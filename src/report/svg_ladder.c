/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/svg_ladder.h"

#include "report/ladder_rows.h"
#include "report/markup.h"
#include "report/svg_page.h"
#include "report/time_text.h"
#include "rules/findings.h"

#include <inttypes.h>
#include <stdio.h>

/* px; x of what is right-aligned is its right end */
enum {
    FRAME_X = 82,
    TIME_X = 170,
    CLIENT_X = 300,
    SERVER_X = 690,
    MIDDLE_X = (CLIENT_X + SERVER_X) / 2,
    LOST_ROOM = 10, /* for the words below an arrow */
    BADGE_X = 834,
    BADGE = 22,
    TOP = 128,
    ROW = 36,
    GAP_ROW = 30,
    GHOST_ROW = 30,
    BAR = 10, /* width of a lifeline */
    SLANT = 8,
    LABEL_GAP = 12, /* between a lifeline and the words beside it */
    BASELINE = 4
};

/* The stretch of a lifeline that is being drawn. */
struct bar {
    int from;
    enum tcp_state state;
    enum certainty certainty;
};

struct drawing {
    struct output *under; /* lifelines: what is drawn first */
    struct output *over;
    const struct connection *connection;
    const struct log_entry *rows;
    unsigned row_count;
    int64_t origin;
    struct column columns[SIDES];
    struct step refuted[SIDES][PATH_STEPS_MAX];
    size_t refuted_count[SIDES];
    struct step inferred[SIDES][PATH_STEPS_MAX];
    size_t inferred_count[SIDES];
    struct bar bars[SIDES];
    uint64_t later_drawn; /* last frame, of this connection or a later one, whose findings are marked */
    bool lossy;           /* something did not get through: where the capture was taken matters */
    int y;                /* of the next row */
};

static int lifeline(enum side side) {
    return side == SIDE_CLIENT ? CLIENT_X : SERVER_X;
}

/* +1 from the client to the server. */
static int direction(enum side sender) {
    return sender == SIDE_CLIENT ? 1 : -1;
}

/* --- lifelines --- */

static void bar_close(struct drawing *drawing, enum side side, int y) {
    const struct bar *bar = &drawing->bars[side];
    const char *shade = bar->certainty == CERTAINTY_PRESUMED  ? "hatch"
                        : bar->certainty == CERTAINTY_ASSUMED ? "dots"
                                                              : NULL;

    if (y <= bar->from) {
        return;
    }
    markup_print(drawing->under, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                 state_name(bar->state), lifeline(side) - BAR / 2, bar->from, BAR, y - bar->from);
    if (shade != NULL) {
        markup_print(drawing->under, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", shade,
                     lifeline(side) - BAR / 2 + 1, bar->from, BAR - 2, y - bar->from);
    }
}

static void draw_state(struct drawing *drawing, enum side side, int y, const char *css, const char *text) {
    char classes[32];
    bool client = side == SIDE_CLIENT;

    snprintf(classes, sizeof classes, "%s%s", css, client ? " end" : "");
    svg_text_at(drawing->over, lifeline(side) + (client ? -LABEL_GAP : LABEL_GAP), y + BASELINE, classes, text);
}

static const char *certainty_mark(enum certainty certainty) {
    return certainty == CERTAINTY_PRESUMED ? " ~" : certainty == CERTAINTY_ASSUMED ? " ?" : "";
}

static void take_step(struct drawing *drawing, enum side side, int y, const struct step *step) {
    char text[32];

    bar_close(drawing, side, y);
    drawing->bars[side] = (struct bar){y, (enum tcp_state)step->to, (enum certainty)step->certainty};
    snprintf(text, sizeof text, "%s%s", state_name((enum tcp_state)step->to),
             certainty_mark((enum certainty)step->certainty));
    draw_state(drawing, side, y, "strong", text);
}

static void draw_cross(struct drawing *drawing, int x, int y) {
    markup_print(drawing->over, "<circle class=\"ground\" cx=\"%d\" cy=\"%d\" r=\"8\"/>\n", x, y);
    markup_print(drawing->over, "<path class=\"cross\" d=\"M%d %dl10 10m0-10l-10 10\"/>\n", x - 5, y - 5);
}

/* The steps that a frame was once taken to have caused, crossed out, with what refuted them. */
static void draw_refuted(struct drawing *drawing, enum side side, uint64_t frame, int y) {
    char text[64];

    for (size_t i = 0; i < drawing->refuted_count[side]; i++) {
        const struct step *step = &drawing->refuted[side][i];

        if (step->frame != frame) {
            continue;
        }
        snprintf(text, sizeof text, "%s", state_name((enum tcp_state)step->to));
        draw_state(drawing, side, y, "refuted", text);
        if (step->settled_by != 0) {
            snprintf(text, sizeof text, "not so: frame %" PRIu64, step->settled_by);
            draw_state(drawing, side, y + SVG_LINE - 5, "small dim", text);
        }
        draw_cross(drawing, lifeline(side), y);
        return;
    }
}

/* --- rows --- */

static void draw_place(struct drawing *drawing, uint64_t frame, int64_t time) {
    char text[TIME_TEXT_SIZE];

    if (frame != 0) {
        snprintf(text, sizeof text, "%" PRIu64, frame);
        svg_text_at(drawing->over, FRAME_X, drawing->y + BASELINE, "end", text);
    }
    svg_text_at(drawing->over, TIME_X, drawing->y + BASELINE, "end dim", seconds_text(time - drawing->origin, 6, text));
}

/* The numbers of the findings that were raised at a frame, in circles of their severity's colour. */
static void draw_badges(struct drawing *drawing, uint64_t frame) {
    const struct findings *findings = drawing->connection->findings;
    unsigned number = 0;
    int x = BADGE_X;
    char text[12];

    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        number += !finding->withdrawn;
        if (finding->withdrawn || finding->frame != frame || x > SVG_WIDTH - BADGE) {
            continue;
        }
        snprintf(text, sizeof text, "%u", number);
        markup_print(drawing->over,
                     "<circle class=\"badge %s\" cx=\"%d\" cy=\"%d\" r=\"9\"><title>%s</title></circle>\n",
                     severity_name((enum severity)finding->severity), x, drawing->y,
                     anomaly_row((enum anomaly_id)finding->id)->id);
        svg_text_at(drawing->over, x, drawing->y + BASELINE, "middle small strong", text);
        x += BADGE;
    }
}

/* True when the receiver did not take the segment of a frame: a step that it was to cause is refuted, and none stands.
 */
static bool was_not_taken(const struct drawing *drawing, enum side receiver, uint64_t frame) {
    const struct column *column = &drawing->columns[receiver];
    bool refuted = false;

    for (size_t i = 0; i < drawing->refuted_count[receiver]; i++) {
        const struct step *step = &drawing->refuted[receiver][i];
        refuted = refuted || (step->frame == frame && step->cause == CAUSE_RECEIVED);
    }
    for (size_t i = 0; i < column->count; i++) {
        refuted = refuted && !(column->steps[i].frame == frame && column->steps[i].cause == CAUSE_RECEIVED);
    }
    return refuted;
}

/* A line from a sender's lifeline, over the given share (in eighths) of the way to the other. */
static void draw_line(struct drawing *drawing, enum side sender, int y, int eighths, const char *css) {
    int way = direction(sender) * (SERVER_X - CLIENT_X - BAR) * eighths / 8;
    int from = lifeline(sender) + direction(sender) * BAR / 2;

    markup_print(drawing->over, "<path class=\"arrow%s\" d=\"M%d %dL%d %d\"%s/>\n", css, from, y, from + way,
                 y + SLANT * eighths / 8, eighths == 8 ? " marker-end=\"url(#head)\"" : "");
    if (eighths < 8) {
        draw_cross(drawing, from + way, y + SLANT * eighths / 8);
    }
}

enum { WHOLE_WAY = 8, BEYOND = 6, BEFORE = 2 };

static void draw_arrow(struct drawing *drawing, const struct log_entry *row) {
    enum side sender = (enum side)row->side;
    bool lost = !row->icmp && was_not_taken(drawing, other_side(sender), row->frame);
    char label[ROW_LABEL_SIZE];

    draw_line(drawing, sender, drawing->y, lost ? BEYOND : WHOLE_WAY, "");
    row_label(drawing->connection, row, label);
    svg_text_at(drawing->over, MIDDLE_X, drawing->y - 2, "middle label", label);
    if (lost) {
        svg_text_at(drawing->over, lifeline(sender) + direction(sender) * (SERVER_X - CLIENT_X) * BEYOND / 8,
                    drawing->y + 24, "middle small lost", "lost or not taken");
        drawing->lossy = true;
        drawing->y += LOST_ROOM;
    }
}

/* A segment that has no frame. */
static void draw_ghost(struct drawing *drawing, enum side sender, int eighths, const char *label) {
    svg_text_at(drawing->over, MIDDLE_X, drawing->y - 7, "middle label small dim", label);
    draw_line(drawing, sender, drawing->y, eighths, " missing");
    drawing->lossy = true;
    drawing->y += GHOST_ROW;
}

/* What a side did with a segment that a row shows, or proves to have been sent, as its step tells. */
static const struct inferred_segment {
    uint8_t event;
    bool sent;
    uint16_t flag;
    const char *name;
} inferred_segments[] = {
    {EVENT_SENT_SYN, true, TCP_SYN, "SYN"},      {EVENT_SENT_SYN_ACK, true, TCP_SYN, "SYN ACK"},
    {EVENT_SENT_FIN, true, TCP_FIN, "FIN"},      {EVENT_SENT_RST, true, TCP_RST, "RST"},
    {EVENT_RECEIVED_SYN, false, TCP_SYN, "SYN"}, {EVENT_RECEIVED_SYN_ACK, false, TCP_SYN, "SYN ACK"},
    {EVENT_RECEIVED_FIN, false, TCP_FIN, "FIN"}, {EVENT_RECEIVED_ACK_OF_SYN, false, TCP_ACK, "ACK"},
    {EVENT_RECEIVED_RST, false, TCP_RST, "RST"}, {EVENT_RECEIVED_ACK_OF_FIN, false, TCP_ACK, "ACK of the FIN"},
};

/* The name of the segment that the capture lacks; sender: who sent it. NULL: there is none, for the row is that segment
 * itself where the step is only assumed. */
static const char *lacking_segment(enum side side, const struct step *step, const struct log_entry *row,
                                   enum side *sender) {
    for (size_t i = 0; i < sizeof inferred_segments / sizeof *inferred_segments; i++) {
        const struct inferred_segment *segment = &inferred_segments[i];

        if (segment->event == step->event) {
            *sender = segment->sent ? side : other_side(side);
            return row->side == *sender && (row->flags & segment->flag) != 0 ? NULL : segment->name;
        }
    }
    return NULL;
}

/* Segments that a frame proves to have been sent, and that the capture lacks. One tells of both its ends. */
static void draw_inferred(struct drawing *drawing, const struct log_entry *row) {
    const char *drawn[SIDES] = {NULL, NULL};
    char label[64];

    for (int side = 0; side < SIDES; side++) {
        for (size_t i = 0; i < drawing->inferred_count[side]; i++) {
            const struct step *step = &drawing->inferred[side][i];
            enum side sender;
            const char *segment = lacking_segment((enum side)side, step, row, &sender);

            if (segment == NULL || step->frame != row->frame || drawn[sender] == segment) {
                continue;
            }
            drawn[sender] = segment;
            snprintf(label, sizeof label, "%s, not captured", segment);
            draw_ghost(drawing, sender, WHOLE_WAY, label);
        }
    }
}

/* Octets that are missing before a frame, drawn to where they were lost. */
static void draw_holes(struct drawing *drawing, uint64_t frame) {
    const struct findings *findings = drawing->connection->findings;
    char label[80];

    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        int64_t octets = finding->seen.relative_seq - finding->expected.relative_seq;
        bool before = finding->location == LOCATION_BEFORE;

        if (finding->withdrawn || finding->frame != frame || !finding->expected.has_seq || !finding->seen.has_seq ||
            octets <= 0 || (!before && finding->location != LOCATION_CAPTURE)) {
            continue;
        }
        snprintf(label, sizeof label, "%" PRId64 " octet%s, %s", octets, octets == 1 ? "" : "s",
                 before ? "lost before the capture point" : "not captured");
        draw_ghost(drawing, (enum side)finding->side, before ? BEFORE : WHOLE_WAY, label);
    }
}

static void draw_steps(struct drawing *drawing, const struct log_entry *row) {
    for (int side = 0; side < SIDES; side++) {
        const struct step *step = column_advance(&drawing->columns[side], row->frame);
        int y = drawing->y + (side == row->side ? 0 : SLANT);

        if (step != NULL) {
            take_step(drawing, (enum side)side, y, step);
        } else {
            draw_refuted(drawing, (enum side)side, row->frame, y);
        }
    }
}

static void draw_row(struct drawing *drawing, const struct log_entry *row) {
    draw_inferred(drawing, row);
    draw_holes(drawing, row->frame);
    draw_place(drawing, row->frame, row->time);
    draw_steps(drawing, row);
    draw_badges(drawing, row->frame);
    draw_arrow(drawing, row);
    drawing->y += ROW;
}

static void draw_lone_step(struct drawing *drawing, enum side side) {
    struct column *column = &drawing->columns[side];
    const struct step *step = &column->steps[column->next++];

    draw_place(drawing, step->frame, step->time);
    take_step(drawing, side, drawing->y, step);
    svg_text_at(drawing->over, MIDDLE_X, drawing->y + BASELINE, "middle dim", step_reason(step));
    if (step->frame > drawing->later_drawn) {
        draw_badges(drawing, step->frame);
        drawing->later_drawn = step->frame;
    }
    drawing->y += ROW;
}

static void draw_lone_steps(struct drawing *drawing, const struct log_entry *row) {
    enum side side;

    while ((side = column_lone_step(drawing->columns, row)) != SIDES) {
        draw_lone_step(drawing, side);
    }
}

static void draw_gap(struct drawing *drawing, const struct passed_count *from, const struct passed_count *to) {
    struct passed_count passed = passed_between(from, to);
    char text[96];

    if (passed.segments == 0) {
        return;
    }
    snprintf(text, sizeof text, "%" PRIu64 " segment%s, %" PRIu64 " + %" PRIu64 " octets", passed.segments,
             passed.segments == 1 ? "" : "s", passed.bytes[SIDE_CLIENT], passed.bytes[SIDE_SERVER]);
    svg_text_at(drawing->over, FRAME_X, drawing->y + BASELINE, "end dim", "\xe2\x80\xa6");
    svg_text_at(drawing->over, MIDDLE_X, drawing->y + BASELINE, "middle dim", text);
    drawing->y += GAP_ROW;
}

/* Findings at frames of a later connection, which are no segments of this one. */
static void draw_later_frames(struct drawing *drawing) {
    const struct findings *findings = drawing->connection->findings;

    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        if (finding->withdrawn || finding->frame <= drawing->later_drawn) {
            continue;
        }
        const struct log_entry place = {.frame = finding->frame, .time = finding->time};
        draw_lone_steps(drawing, &place);
        if (finding->frame <= drawing->later_drawn) {
            continue;
        }
        draw_place(drawing, finding->frame, finding->time);
        svg_text_at(drawing->over, MIDDLE_X, drawing->y + BASELINE, "middle dim", "a frame of a later connection");
        draw_badges(drawing, finding->frame);
        drawing->later_drawn = finding->frame;
        drawing->y += ROW;
    }
}

/* --- around them --- */

static void draw_findings(struct drawing *drawing) {
    const struct findings *findings = drawing->connection->findings;
    char sentence[FINDING_SENTENCE], text[128];
    unsigned number = 0;

    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        if (finding->withdrawn) {
            continue;
        }
        snprintf(text, sizeof text, "%u  %s  %s%s, frame %" PRIu64, ++number,
                 severity_name((enum severity)finding->severity), anomaly_row((enum anomaly_id)finding->id)->id,
                 certainty_mark((enum certainty)finding->certainty), finding->frame);
        svg_text_at(drawing->over, SVG_MARGIN, drawing->y, "strong", text);
        drawing->y = svg_paragraph(drawing->over, SVG_MARGIN + SVG_LINE, drawing->y + SVG_LINE, "",
                                   finding_sentence(drawing->connection, finding, sentence));
        drawing->y += SVG_LINE / 2;
    }
}

static void draw_legend(struct drawing *drawing) {
    static const struct {
        const char *shade;
        const char *meaning;
    } shades[] = {{NULL, "certain"}, {"hatch", "~ presumed"}, {"dots", "? assumed"}};
    int x = SVG_MARGIN;

    for (size_t i = 0; i < sizeof shades / sizeof *shades; i++) {
        markup_print(drawing->over, "<rect class=\"ESTABLISHED\" x=\"%d\" y=\"%d\" width=\"26\" height=\"10\"/>\n", x,
                     drawing->y - 9);
        if (shades[i].shade != NULL) {
            markup_print(drawing->over, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"24\" height=\"8\"/>\n",
                         shades[i].shade, x + 1, drawing->y - 8);
        }
        svg_text_at(drawing->over, x + 34, drawing->y, "small dim", shades[i].meaning);
        x += 130;
    }
    draw_cross(drawing, x + 5, drawing->y - 4);
    svg_text_at(drawing->over, x + 18, drawing->y, "small dim", "refuted, or where a segment was lost");
    if (drawing->lossy) {
        svg_text_at(drawing->over, x + 300, drawing->y, "small dim", "dotted: the capture point");
    }
}

static void end_text(const struct connection *connection, enum side side, char *text, size_t size) {
    char address[ADDRESS_TEXT_SIZE];

    snprintf(text, size, connection->address[side].version == 6 ? "[%s]:%u" : "%s:%u",
             address_text(&connection->address[side], address), connection->port[side]);
}

static void draw_head(struct output *output, const struct drawing *drawing, const char *title,
                      const struct verdict *verdict, int bottom) {
    const struct connection *connection = drawing->connection;
    char text[128], end[ADDRESS_TEXT_SIZE + 16];

    svg_text_at(output, SVG_MARGIN, 34, "title", title);
    snprintf(text, sizeof text, "handshake %s \xc2\xb7 teardown %s \xc2\xb7 finally client %s, server %s",
             handshake_outcome_name(verdict->handshake), teardown_outcome_name(verdict->teardown),
             state_name(endpoint_state(&connection->side[SIDE_CLIENT])),
             state_name(endpoint_state(&connection->side[SIDE_SERVER])));
    svg_text_at(output, SVG_MARGIN, 56, "dim", text);
    svg_text_at(output, FRAME_X, 88, "end dim small", "frame");
    svg_text_at(output, TIME_X, 88, "end dim small", "seconds");
    for (int side = 0; side < SIDES; side++) {
        svg_text_at(output, lifeline((enum side)side), 88, "middle strong", side_name((enum side)side));
        end_text(connection, (enum side)side, end, sizeof end);
        svg_text_at(output, lifeline((enum side)side), 104, "middle small dim", end);
        markup_print(output, "<path class=\"guide\" d=\"M%d 112V%d\"/>\n", lifeline((enum side)side), bottom);
    }
    if (drawing->lossy) {
        markup_print(output, "<path class=\"point\" d=\"M%d 112V%d\"/>\n", MIDDLE_X, bottom);
    }
}

static void draw_rows(struct drawing *drawing) {
    struct passed_count passed = {0, {0, 0}};
    struct passed_count all = passed_in_all(drawing->connection);

    for (unsigned i = 0; i < drawing->row_count; i++) {
        const struct passed_count before = passed_before(&drawing->rows[i]);

        draw_gap(drawing, &passed, &before);
        draw_lone_steps(drawing, &drawing->rows[i]);
        draw_row(drawing, &drawing->rows[i]);
        passed = passed_with(&drawing->rows[i]);
    }
    draw_gap(drawing, &passed, &all);
    draw_later_frames(drawing);
    draw_lone_steps(drawing, NULL);
}

static void prepare_side(struct drawing *drawing, enum side side) {
    const struct path *path = &drawing->connection->side[side].path;
    struct step steps[PATH_STEPS_MAX];
    size_t count = path_steps(path, steps);

    column_prepare(&drawing->columns[side], path);
    for (size_t i = 0; i < count; i++) {
        if (steps[i].certainty == CERTAINTY_REFUTED) {
            drawing->refuted[side][drawing->refuted_count[side]++] = steps[i];
        } else if (steps[i].cause == CAUSE_INFERRED) {
            drawing->inferred[side][drawing->inferred_count[side]++] = steps[i];
        }
    }
    drawing->bars[side] = (struct bar){TOP - 16, (enum tcp_state)path->initial, CERTAINTY_CERTAIN};
    draw_state(drawing, side, TOP - 12, "small dim", state_name((enum tcp_state)path->initial));
}

static void draw_all(struct drawing *drawing, struct output *output, const struct verdict *verdict) {
    char ends[SIDES][ADDRESS_TEXT_SIZE + 16], title[160];

    for (int side = 0; side < SIDES; side++) {
        prepare_side(drawing, (enum side)side);
        end_text(drawing->connection, (enum side)side, ends[side], sizeof *ends);
    }
    snprintf(title, sizeof title, "#%" PRIu64 "  %s \xe2\x86\x92 %s", drawing->connection->id, ends[SIDE_CLIENT],
             ends[SIDE_SERVER]);
    draw_rows(drawing);
    int bottom = drawing->y;
    bar_close(drawing, SIDE_CLIENT, bottom);
    bar_close(drawing, SIDE_SERVER, bottom);
    drawing->y += 2 * SVG_LINE;
    draw_findings(drawing);
    drawing->y += SVG_LINE / 2;
    draw_legend(drawing);
    svg_page_begin(output, drawing->y + SVG_MARGIN, title);
    draw_head(output, drawing, title, verdict, bottom);
    output_bytes(output, drawing->under->bytes, drawing->under->used);
    output_bytes(output, drawing->over->bytes, drawing->over->used);
    svg_page_end(output);
}

bool svg_ladder(struct output *output, const struct connection *connection, const struct verdict *verdict,
                const struct log_entry *rows, unsigned row_count, int64_t origin) {
    struct drawing drawing = {
        .under = output_to_memory(),
        .over = output_to_memory(),
        .connection = connection,
        .rows = rows,
        .row_count = row_count,
        .origin = origin,
        .later_drawn = connection->last_frame,
        .y = TOP + 16,
    };
    bool enough_memory = drawing.under != NULL && drawing.over != NULL;

    if (enough_memory) {
        draw_all(&drawing, output, verdict);
        enough_memory = output_error(drawing.under) == 0 && output_error(drawing.over) == 0;
    }
    output_free(drawing.under);
    output_free(drawing.over);
    return enough_memory;
}

void svg_sentence(struct output *output, const char *sentence) {
    svg_page_begin(output, 4 * SVG_LINE, sentence);
    svg_text_at(output, SVG_MARGIN, 2 * SVG_LINE + BASELINE, "", sentence);
    svg_page_end(output);
}
