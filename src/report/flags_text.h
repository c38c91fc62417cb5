/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_FLAGS_TEXT_H
#define FINWAIT_REPORT_FLAGS_TEXT_H

#include <stdint.h>

enum { FLAGS_TEXT_SIZE = 40 }; /* octets, with the terminating zero */

/* Writes the flags of a segment (enum tcp_flag) as "SYN ACK", in that order and with the same words everywhere; "none"
 * where no flag is set. Returns text. */
const char *flags_text(uint16_t flags, char text[FLAGS_TEXT_SIZE]);

#endif
