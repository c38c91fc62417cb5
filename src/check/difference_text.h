/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_DIFFERENCE_TEXT_H
#define FINWAIT_CHECK_DIFFERENCE_TEXT_H

#include "check/difference.h"
#include "report/output.h"

/* Prints what difference_of_reports found, for people. */
void difference_print(struct output *output, const json_t *difference, bool ascii, bool color);

#endif
