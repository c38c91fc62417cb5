/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_SAVEFILE_H
#define BENCH_SAVEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FLAG_FIN = 0x01, FLAG_SYN = 0x02, FLAG_RST = 0x04, FLAG_PSH = 0x08, FLAG_ACK = 0x10 };

/* One end as it appears in the headers. */
struct wire_end {
    uint32_t network; /* which of the generator's networks: 0 clients, 1 servers */
    uint32_t number;  /* host in that network, below 2^20 for servers, 2^24 for clients */
    uint16_t port;
};

/* A TCP segment before it becomes octets; numbers are those of the wire. */
struct wire_segment {
    struct wire_end source, destination;
    uint32_t seq, ack;
    uint32_t payload_length;   /* octets */
    uint32_t payload_position; /* where in the endless pattern of payload octets it starts */
    uint16_t window, ip_id;
    uint8_t flags, hop_limit;
    uint8_t option_length; /* a multiple of 4, at most 40 */
    uint8_t options[40];
    bool ipv6;
};

/* A pcap file that is being written: Ethernet, written in the machine's byte order. */
struct savefile {
    FILE *stream;
    uint8_t *buffer;
    size_t used;
    uint32_t snaplen;
    bool nanoseconds;
    uint64_t frames, bytes; /* written so far; bytes of the file */
    uint8_t *pattern;       /* payload octets, any stretch of which is payload */
    uint64_t *sums;         /* sums[i]: the first i octets of the pattern added up as 16-bit words */
};

/* Creates PATH. False, with errno set, when that fails; nothing is left to close then. */
bool savefile_open(struct savefile *file, const char *path, uint32_t snaplen, bool nanoseconds);
/* Appends the segment as one frame with right checksums, cut at the snap length. False on a write error. */
bool savefile_write(struct savefile *file, int64_t time_ns, const struct wire_segment *segment);
/* Writes what is left and closes. False when any of it could not be written. */
bool savefile_close(struct savefile *file);
/* The address of an end in text, RFC 5952 form for IPv6. TEXT holds at least 48 octets. */
void wire_end_address(const struct wire_end *end, bool ipv6, char *text, size_t size);

#endif
