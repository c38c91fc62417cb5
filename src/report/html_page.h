/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_HTML_PAGE_H
#define FINWAIT_REPORT_HTML_PAGE_H

#include "report/output.h"

/* The page around the data. What is in it was written for it: nothing of a capture. */

/* The sources as make-page.awk joined them, static. */
extern const char html_page_style[];
extern const char html_page_body[];
extern const char html_page_script[];

/* Up to where the blocks of data come, and what stands behind them. The policy of the page allows its own style and
 * script, known by their digests, and nothing else. */
void html_page_begin(struct output *output);
void html_page_end(struct output *output);

/* A block of data: a text, which is deflated. False when memory is out. */
bool html_page_data(struct output *output, const char *id, const struct output *text);

/* The same of what is deflated already. */
void html_page_packed(struct output *output, const char *id, const struct output *packed);

#endif
