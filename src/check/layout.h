/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_LAYOUT_H
#define FINWAIT_CHECK_LAYOUT_H

#include "report/output.h"

#include <jansson.h>

/* Writes JSON for people to read and to edit: what fits on a line of 120 columns stands on one. */
void layout_json(struct output *output, const json_t *value);

#endif
