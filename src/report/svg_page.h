/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_SVG_PAGE_H
#define FINWAIT_REPORT_SVG_PAGE_H

#include "report/output.h"

#include <stddef.h>

/* The frame of every SVG that the report draws: size, styles, patterns; px throughout. */
enum { SVG_WIDTH = 980, SVG_MARGIN = 24, SVG_LINE = 18 };

/* From the first octet up to where the drawing begins. title says what it shows to who cannot see it. */
void svg_page_begin(struct output *output, int height, const char *title);
void svg_page_end(struct output *output);

/* A line of text, escaped; css: names of classes. */
void svg_text_at(struct output *output, int x, int y, const char *css, const char *text);

/* A paragraph broken into lines that fit; returns the y behind it. */
int svg_paragraph(struct output *output, int x, int y, const char *css, const char *text);

#endif
