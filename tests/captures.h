/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_CAPTURES_H
#define FINWAIT_TESTS_CAPTURES_H

/* Calls `compare` for that file or, of a folder, for each .pcap and .pcapng in it and below. */
void captures_walk(const char *path, void (*compare)(const char *file));

#endif
