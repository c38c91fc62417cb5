/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_STYLE_H
#define FINWAIT_REPORT_STYLE_H

#include "model/state.h"
#include "report/output.h"
#include "rules/catalogue.h"

/* How the text report looks: its characters, colours and marks. Everything that it prints passes through here, so that
 * no control character of a file name or a message reaches a terminal. */

enum {
    TEXT_WIDTH = 112, /* columns that paragraphs are broken to, */
    LEAST_WIDTH = 40, /* and the least, however narrow the terminal: its words would stand alone */
};

/* Each takes one column, in ASCII up to three. */
struct glyphs {
    const char *arrow; /* between two addresses or states */
    const char *line;
    const char *right; /* head of a line */
    const char *left;
    const char *dot; /* between two facts */
    const char *more;
    const char *marker; /* points at a row of the ladder */
};

enum color { PLAIN, BOLD, DIM, RED, YELLOW, CYAN, COLORS };

struct style {
    struct output *output; /* borrowed */
    const struct glyphs *glyphs;
    bool ascii;
    bool color;
    bool marks_used; /* a ~ or ? was printed: the legend explains them */
    unsigned width;  /* columns that paragraphs are broken to */
};

/* ascii: no character outside ASCII is printed; color: terminal colours are. */
struct style style_new(struct output *output, bool ascii, bool color);

/* Breaks paragraphs to the columns of a terminal, where it is narrower than TEXT_WIDTH; 0: it is none. */
void style_fit(struct style *style, unsigned columns);

enum color severity_color(enum severity severity);

/* Columns that a text takes, all of its characters being one column wide. */
unsigned text_columns(const char *text);

/* Prints a text, in a colour. What steers a terminal, and what the style cannot show, becomes '?'. Returns the columns
 * that it took, as do the others. */
unsigned style_text(struct style *style, enum color color, const char *text);

/* Prints a text and blanks up to a width; no blank where it is longer. right: the blanks come first. */
unsigned style_cell(struct style *style, enum color color, const char *text, unsigned width);
unsigned style_cell_right(struct style *style, enum color color, const char *text, unsigned width);

unsigned style_blanks(struct style *style, unsigned count);
unsigned style_unsigned(struct style *style, uint64_t value);

/* How many columns style_unsigned takes for value. */
unsigned unsigned_columns(uint64_t value);

/* "1 frame", "2 frames". */
unsigned style_count(struct style *style, uint64_t count, const char *noun);

/* Prints a paragraph broken into lines at blanks, each indented; returns the column where it ended, without a newline.
 * column: where the cursor stands now. */
unsigned style_paragraph(struct style *style, const char *text, unsigned indent, unsigned column);

void style_newline(struct style *style);

enum { STATE_TEXT_SIZE = 16 };
/* "ESTABLISHED ~": a state with its mark. then: what was confirmed later is shown as presumed, as it then was. Returns
 * text and notes that a mark is used. */
const char *state_text(struct style *style, enum tcp_state state, enum certainty certainty, bool then,
                       char text[STATE_TEXT_SIZE]);

#endif
