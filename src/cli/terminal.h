/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_TERMINAL_H
#define FINWAIT_CLI_TERMINAL_H

#include "cli/options.h"

/* True when what is written to the descriptor is to be coloured: asked for, or a terminal that can, without NO_COLOR.
 */
bool wants_color(enum color_choice color, int descriptor);

/* True when the descriptor is a terminal whose locale has no UTF-8. */
bool wants_ascii(int descriptor);

/* How wide the terminal is; 0: the descriptor is none, or it does not say. */
unsigned terminal_columns(int descriptor);

#endif
