/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_SCENARIO_SCRIPT_H
#define FINWAIT_SCENARIO_SCRIPT_H

#include "decode/segment.h"
#include "model/model.h"

/* A scenario file as read: see tests/scenarios/README.md for the notation. */

enum who { WHO_A, WHO_B, WHOS };

enum line_kind { LINE_SEGMENT, LINE_ICMP, LINE_CHECK, LINE_END };

enum { INCARNATIONS_MAX = 4, IDS_MAX = 8, NAME_SIZE = 48, RAW_OPTIONS = 40 };

/* State and mark of both sides of one incarnation. */
struct expected_states {
    enum tcp_state state[WHOS];
    char mark[WHOS]; /* '!' '~' '?', or '*': neither state nor mark is compared */
};

struct line {
    unsigned number; /* in its file */
    char *text;      /* the line as written */
    enum line_kind kind;
    int64_t time;   /* ns from the start of the scenario */
    uint64_t frame; /* from 1; 0 for CHECK and END */

    /* a segment */
    enum who sender;
    uint16_t flags;
    uint32_t seq; /* relative to the sender's ISN, modulo 2^32 (absolute scenarios: raw) */
    uint32_t ack; /* relative to the other side's ISN */
    uint32_t length;
    uint16_t window;
    struct tcp_options options;
    uint32_t sack[TCP_SACK_BLOCKS][2]; /* relative to the other side's ISN */
    bool copy;                         /* the frame before it once more, as another interface recorded it */
    bool bad_checksum;
    int32_t ip_id;   /* -1: counted */
    int hop_limit;   /* -1: 64 */
    int data_offset; /* of a header that is broken; -1: the right one */
    uint16_t from; /* port of A, and of B; 0: the scenario's. Other ports are other connections, which are not shown */
    uint16_t to;
    uint64_t mac;   /* hardware address that it comes from; below 256: the last octet of the usual one */
    bool offloaded; /* the checksum is left to the network card */
    uint16_t urgent;
    uint32_t ack_field;               /* without the ACK flag: raw */
    int32_t cut;                      /* octets of payload that were captured; -1: all */
    int32_t other;                    /* octet of the payload from which on it is not the usual one; -1: none */
    uint8_t raw_options[RAW_OPTIONS]; /* instead of options */
    uint8_t raw_option_count;

    /* an ICMP error */
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint64_t quoted; /* frame */

    unsigned incarnations; /* of expected; 0: nothing is compared */
    struct expected_states expected[INCARNATIONS_MAX];
    unsigned id_count;
    char ids[IDS_MAX][NAME_SIZE];
};

/* What a directive at the end of a file asks of one incarnation: "verdict" and "path". */
struct demand {
    unsigned number;      /* line in the file */
    unsigned incarnation; /* from 1 */
    bool is_path;
    enum who side; /* of a path */
    char *text;    /* what follows the colon */
};

struct script {
    char name[2 * NAME_SIZE]; /* file name without folder and ending */
    char *title;
    enum profile profile;
    int64_t msl;   /* ns; the profile's unless said */
    bool keep_few; /* only the first octets of each side are kept for comparison */
    uint32_t few;  /* threshold of the rules across connections; 0: as they are */
    bool backward; /* the times of the frames may run backward */
    bool absolute;
    bool needs_identification; /* the story rests on that of IPv4, which IPv6 does not have */
    bool needs_options;        /* the story rests on TCP options: 54 octets of each frame cannot tell it */
    uint32_t isn[WHOS];
    struct address address[WHOS];
    uint16_t port[WHOS];
    struct line *lines;
    unsigned line_count;
    struct demand *demands;
    unsigned demand_count;
    char (*never)[NAME_SIZE]; /* ids that must not be raised */
    unsigned never_count;
};

/* Reads a scenario. On failure prints file, line and reason to stderr and returns NULL. */
struct script *script_read(const char *path);
void script_free(struct script *script);

/* The time of the last line, ns from the start. */
int64_t script_end(const struct script *script);

/* State from a name such as "FIN_WAIT_1"; false when there is none of that name. */
bool state_from_name(const char *name, size_t length, enum tcp_state *state);

#endif
