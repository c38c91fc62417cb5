/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_SIMULATION_H
#define BENCH_SIMULATION_H

#include "bench/events.h"
#include "bench/random.h"
#include "bench/savefile.h"

/*
 * Many TCP connections between clients and servers, with one capture point on the way:
 *
 *     client ── leg 0 ── capture point ── leg 1 ── server
 *
 * network.c carries segments, endpoint.c is one end of a TCP connection, workload.c is the applications and what is
 * planned to go wrong. Nothing is scripted packet by packet: numbers, acknowledgements, windows, timestamps and
 * repetitions come out of two ends that run RFC 9293, 6298, 5681, 6675 (in part) and 7323. Connections live only as
 * long as an event of theirs is outstanding.
 */

enum side { CLIENT, SERVER };

enum tcp_state {
    STATE_CLOSED,
    STATE_LISTEN,
    STATE_SYN_SENT,
    STATE_SYN_RECEIVED,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT_1,
    STATE_FIN_WAIT_2,
    STATE_CLOSE_WAIT,
    STATE_CLOSING,
    STATE_LAST_ACK,
    STATE_TIME_WAIT
};

/* What a connection is made to show; workload.c has a row on each. */
enum phenomenon {
    PLAIN,
    FINAL_ACK_MISSING,  /* the last ACK arrives, but is not in the capture */
    FIN_IN_TIME_WAIT,   /* the last ACK is lost beyond the capture point, so the FIN is repeated */
    RST_ON_LATE_FIN,    /* the second FIN comes late and meets a socket that is gone */
    SYN_REPEATED,       /* the first SYN is lost beyond the capture point */
    REFUSED,            /* RST in answer to the SYN */
    UNANSWERED,         /* no SYN gets an answer; the client goes on trying */
    RESET,              /* one side aborts */
    SIMULTANEOUS_CLOSE, /* the FINs cross */
    NOT_CLOSED,         /* still open at the end of the capture */
    REUSED_LATER,       /* a plain connection whose port pair comes again */
    REUSING,            /* the connection that comes again on it */
    SPOOFED             /* one SYN, no answer, no repetition */
};

/* What becomes of a segment after its sender. */
enum fate { DELIVERED, LOST_BEYOND_POINT, NOT_CAPTURED };

/* Octets [from, to) of a stream. Stream offsets count from the ISN: the SYN is 0, the first octet of data 1. */
struct range {
    uint32_t from, to;
};

enum { RANGES = 4, TIMERS = 2, EXCHANGES = 3 };

/* A timer is set by writing its deadline; events that come too early are put again, and stale ones ignored. */
struct timer {
    int64_t deadline; /* 0: not running */
    int64_t event;    /* time of the event that counts, 0: none */
};

/* One end of one connection. Offsets of what it sends count from its own ISN, of what it receives from the peer's. */
struct endpoint {
    struct timer timers[TIMERS]; /* retransmission, delayed ACK */
    int64_t rto, srtt, rttvar;   /* ns; srtt 0: no sample yet (RFC 6298) */
    int64_t timed_at;            /* when the segment that is being timed was sent, 0: none is (Karn's algorithm) */
    uint32_t timed_end;          /* the acknowledgement that ends the timing */
    uint32_t iss, ts_offset;
    uint32_t una, next, written; /* SND.UNA, SND.NXT, end of what the application has written */
    uint32_t peer_edge;          /* right edge of the window the peer offers */
    uint32_t window, ssthresh;   /* congestion window and threshold (RFC 5681), octets */
    uint32_t recover;            /* in loss recovery until this is acknowledged */
    uint32_t retransmit_next;    /* recovery has repeated everything missing below this */
    uint32_t rcv_next, last_ack_sent, ts_recent, held_fin;
    uint16_t ip_id;
    uint8_t state, duplicate_acks, backoff, unacknowledged_segments;
    bool closed; /* the application has closed: a FIN follows what is written */
    bool fin_sent, recovering, ack_now, has_held_fin;
    uint8_t sacked_count, held_count;
    struct range sacked[RANGES]; /* the peer has these, in order */
    struct range held[RANGES];   /* received beyond a hole, the newest first */
};

/* Decided when a connection begins. */
struct plan {
    uint8_t phenomenon, exchanges;
    uint8_t closer;     /* the side that closes (or aborts) first */
    bool close_at_once; /* the other side closes as soon as it sees the FIN: three segments, not four */
    bool fin_with_data; /* a server that closes first sends its FIN on the last data */
    bool ipv6, timestamps, sack, scaling;
    uint8_t hops[2]; /* routers between each side and the capture point */
    uint16_t client_port, server_port, mss;
    uint32_t client_number, server_number;
    uint32_t request_end[EXCHANGES], response_end[EXCHANGES]; /* stream offsets */
    int64_t leg[2];      /* ns one way: client to capture point, capture point to server */
    int64_t think[2];    /* ns the client takes between two exchanges, the server for an answer */
    int64_t close_after; /* ns the second side takes to close */
    int64_t close_time;  /* 0, or when the first side closes, whatever came before */
};

struct connection {
    struct plan plan;
    struct endpoint ends[2];
    int64_t pass_clock[2], arrive_clock[2]; /* by sending side: segments do not overtake each other */
    int64_t first_time, last_time;          /* of its frames */
    uint64_t first_frame;                   /* 0: none yet */
    uint32_t frames[2], data_repeated;
    uint32_t number, references; /* outstanding events and segments */
    uint8_t requests, responses, tries;
    bool busy;     /* an exchange's next write is already an event */
    bool vanished; /* the first closer's socket is gone: RST for whatever comes */
    bool successor_planned;
};

/* A segment on its way. */
struct segment {
    uint32_t connection, next_free;
    uint32_t offset, ack, length; /* offsets: of the sender's stream, of the receiver's */
    uint32_t tsval, tsecr;
    uint16_t window, ip_id;
    uint8_t flags, side, fate, sack_count;
    bool timestamps;
    struct range sack[3];
};

struct pool {
    void **chunks;
    size_t chunk_count, item_size;
    uint32_t used, free; /* items handed out ever; head of the list of returned ones, 0: none (numbers start at 1) */
};

struct workload;

struct settings {
    uint64_t seed;
    uint32_t connections, rate; /* how many, new ones a second */
    uint32_t loss_per_million;  /* of data segments */
    uint32_t ipv6_percent;
    bool plain; /* nothing goes wrong in any connection */
};

struct simulation {
    struct settings settings;
    const struct workload *workload;
    struct random random;
    struct event_queue events;
    struct pool connections, segments;
    struct savefile *output;
    FILE *truth;         /* NULL: not wanted */
    int64_t now;         /* ns since the start */
    int64_t last_frame;  /* its time, ns */
    uint32_t started;    /* connections begun or promised */
    uint32_t unexpected; /* segments that met an end which could not take them: a defect of the generator */
    uint32_t live, peak_live;
    uint64_t lifetimes, data_segments, data_repeated; /* ns and segments, over all connections */
    bool failed;                                      /* out of memory or a write error: stop */
};

/* --- network.c --- */

/* Runs until nothing is left to happen. False when memory or the output failed. */
bool simulation_run(struct simulation *simulation);
/* Releases what simulation_run left. */
void simulation_free(struct simulation *simulation);
/* A new connection, all zero but for its number, or NULL when memory has run out. It lives until its last event. */
struct connection *connection_new(struct simulation *simulation);
/* Puts an event of a connection, which keeps it alive until then. */
void connection_event(struct simulation *simulation, struct connection *connection, int64_t time, enum event_kind kind,
                      enum side side);
/* A segment to fill and to hand to network_send, or NULL. */
struct segment *segment_new(struct simulation *simulation);
/* Sends SEGMENT (owned by the network from here on) from its side toward the other. */
void network_send(struct simulation *simulation, struct connection *connection, struct segment *segment);

/* --- endpoint.c --- */

/* Sends the SYN. */
void endpoint_connect(struct simulation *simulation, struct connection *connection);
void endpoint_receive(struct simulation *simulation, struct connection *connection, enum side side,
                      const struct segment *segment);
void endpoint_timer(struct simulation *simulation, struct connection *connection, enum side side, enum event_kind kind);
/* The application writes up to stream offset END. */
void endpoint_write(struct simulation *simulation, struct connection *connection, enum side side, uint32_t end);
void endpoint_close(struct simulation *simulation, struct connection *connection, enum side side);
/* RST and no further ado. */
void endpoint_abort(struct simulation *simulation, struct connection *connection, enum side side);
/* Both ends have everything the other sent, and know it. */
bool connection_is_quiet(const struct connection *connection);

/* --- workload.c --- */

struct workload {
    const char *name;
    struct settings defaults; /* seed aside */
    uint32_t snaplen;
    uint32_t receive_window; /* of both sides, octets; a multiple of 128 */
    bool close_together;     /* every exchange comes before any FIN */
    uint32_t response_min, response_max, exchanges_max;
    int64_t client_leg_min, client_leg_max, server_leg_min, server_leg_max; /* ns */
    int64_t client_think_max, server_think_max;
    bool timestamps; /* in 80 of 100; else in none */
    bool phenomena;  /* ten of them, each in 5 of 1,000 connections */
    bool spoofed;    /* nothing but SYNs */
};

/* NULL for an unknown name. */
const struct workload *workload_find(const char *name);
/* Begins the next connection and puts the event for the one after it. */
void workload_start(struct simulation *simulation);
/* An application event (EVENT_REQUEST … EVENT_RECONNECT). */
void workload_event(struct simulation *simulation, struct connection *connection, const struct event *event);
/* SIDE is ESTABLISHED, or has taken in-order data. */
void workload_progress(struct simulation *simulation, struct connection *connection, enum side side);
/* SIDE has taken the peer's FIN. */
void workload_peer_closed(struct simulation *simulation, struct connection *connection, enum side side);
/* SIDE went from LAST_ACK to CLOSED. */
void workload_ended(struct simulation *simulation, struct connection *connection, enum side side);
/* Whether a SYN may be repeated at all, and again. */
bool workload_retries_syn(const struct simulation *simulation, const struct connection *connection);
void wire_ends(const struct connection *connection, struct wire_end ends[2]);

/* --- truth.c --- */

void truth_header(FILE *truth);
/* One line on a connection that has come to its end. */
void truth_write(struct simulation *simulation, const struct connection *connection);

#endif
