/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_LIVE_H
#define FINWAIT_CAPTURE_LIVE_H

#include "capture/capture.h"

/* Frames of network interfaces as they pass, of one or of several in the order of their times. What is handed over is
 * whole in memory: an interface that brings more than is taken makes the kernel drop frames, which it counts. */
struct live;

struct live_settings {
    const char *const *interfaces; /* names; "any" is all of them */
    size_t count;
    const char *filter; /* pcap-filter(7); NULL: what may hold TCP, see live_default_filter */
    bool no_tunnels;    /* the default filter leaves out what carries other networks */
    uint32_t snaplen;   /* octets kept of a frame, at least 1 */
    uint32_t buffer;    /* octets that the kernel keeps meanwhile, for each interface; 0: as libpcap thinks fit */
    bool promiscuous;   /* take frames for others too */
    bool immediate;     /* have each frame at once, at the price of more work */
};
enum { LIVE_SNAPLEN = 512 /* octets: all headers, and what a tunnel puts before them */ };

/* NULL: *error says why, naming the interface, and the remedy where there is one. settings are borrowed for the call.
 */
struct live *live_open(const struct live_settings *settings, struct message *error);
void live_free(struct live *live); /* may be NULL */

enum live_status {
    LIVE_FRAMES,
    LIVE_IDLE,    /* nothing came for so long, or a signal did */
    LIVE_STOPPED, /* everything until the time of live_stop_at has been handed over */
    LIVE_ENDED,   /* an interface is down or gone, or cannot be read: live_info tells, in failed and error */
};

/* The next frames, up to `room` of them, as capture_next_batch. Waits so many milliseconds for the first. Returns how
 * many; where that is 0, *status says why. */
unsigned live_next(struct live *live, struct frame *frames, unsigned room, int wait, enum live_status *status);

/* No frame that passes later than that (ns since 1970) is wanted any more. */
void live_stop_at(struct live *live, int64_t time);

/* Every frame that passed before that time (ns since 1970) has been handed over. 0: that cannot be said of any. */
int64_t live_complete_until(const struct live *live);

/* Borrowed, until live_free. Its counts of dropped frames are those of the latest live_count_drops. */
const struct capture_info *live_info(const struct live *live);
void live_count_drops(struct live *live);

/* The expression that stands where none was given, for a link type: TCP and the ICMP errors that quote it, also in
 * VLANs and, unless no_tunnels, in what the decoder opens. NULL: no such expression compiles for that link type.
 * Borrowed. */
const char *live_default_filter(int link_type, bool no_tunnels);

/* Writes a line for each interface that frames can be taken from: number, name, state, addresses, description. false:
 * *error says why there is none. */
bool live_list(void (*print)(void *context, const char *line), void *context, struct message *error);

enum { LIVE_NAME_SIZE = 64 };

/* The name of the interface that live_list gives that number. false: *error says why there is none. */
bool live_numbered(uint64_t number, char name[LIVE_NAME_SIZE], struct message *error);
bool live_is_there(const char *name); /* an interface is called so */

#endif
