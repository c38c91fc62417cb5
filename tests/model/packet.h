/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_PACKET_H
#define TESTS_MODEL_PACKET_H

#include <stdbool.h>
#include <stdint.h>

/* The two ends of the reference pair: A opens first (or both do), B is the other. */
enum { SIDE_A, SIDE_B, PEERS };

/* Flags of the reference's segments, in the places of RFC 9293 3.1. */
enum { BIT_FIN = 0x01, BIT_SYN = 0x02, BIT_RST = 0x04, BIT_PSH = 0x08, BIT_ACK = 0x10 };

/* A segment of the reference pair. Numbers are relative to the initial sequence numbers: a SYN is 0. No padding: it is
 * compared and hashed as bytes. */
struct packet {
    uint32_t at;    /* us: when it reaches the end of its leg; while it waits to be sent: when it departs */
    uint32_t tsval; /* ms clock of its sender; 0 without timestamps */
    uint32_t tsecr;
    uint16_t seq;
    uint16_t ack;
    uint16_t length; /* octets of payload */
    uint8_t flags;
    uint8_t sender;   /* SIDE_A or SIDE_B */
    uint8_t leg;      /* 0: on its way to the capture point, 1: beyond it */
    uint8_t frame;    /* number that it was given when it passed the capture point; 0 before */
    uint8_t raw_zero; /* its sequence number is 0 as it stands, not relative (RFC 9293 3.10.7.1) */
    uint8_t unused;
};

#endif
