/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_BASE64_H
#define FINWAIT_REPORT_BASE64_H

#include "report/output.h"

/* Writes octets in base64 (RFC 4648 4), padded, in one line. */
void base64_write(struct output *output, const uint8_t *octets, size_t size);

#endif
