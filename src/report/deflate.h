/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_DEFLATE_H
#define FINWAIT_REPORT_DEFLATE_H

#include "report/output.h"

/* Appends a text to output (memory) in the DEFLATE format (RFC 1951), without header or checksum: DecompressionStream
 * calls it "deflate-raw". Where zlib was left out of the program the text stays as long as it is, in blocks that are
 * stored. False when memory is out. */
bool deflate_write(struct output *output, const char *text, size_t size);

/* Appends what deflate_write packed to output (memory). False when memory is out. */
bool inflate_write(struct output *output, const char *packed, size_t size);

#endif
