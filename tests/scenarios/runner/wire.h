/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_SCENARIO_WIRE_H
#define FINWAIT_SCENARIO_WIRE_H

#include "trace.h"

/* Writes frames first to last (both included, from 1) of a trace as a pcap file with nanoseconds. The last part of a
 * trace whose END or CHECK lies after its last packet ends in one ARP frame at that time. False, with errno set, when
 * the file cannot be written. */
bool wire_write(const struct trace *trace, const char *path, uint64_t first, uint64_t last);

/* Fills in the checksum that the segment has, which for CHECKSUM_BAD is not the one that it should have. */
void wire_checksum(struct packet *packet);

#endif
