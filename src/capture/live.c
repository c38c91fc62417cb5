/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/live.h"

#include "capture/filter.h"
#include "capture/live_clock.h"

#include <errno.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HELD = 64,             /* frames taken of an interface at a time */
    BUFFER_DELAY_MS = 100, /* the kernel hands a buffer over when it is full, or so old */
    MARGIN_MS = 50,        /* and needs so long for it */
    CHECK_MS = 500         /* between two looks at the state of the interfaces */
};

/* An interface, and the frames of it that were not given yet. */
struct tap {
    pcap_t *pcap;
    char *name; /* owned */
    int link_type;
    bool is_device;         /* it has a state of its own: "any" has not */
    int64_t complete_until; /* ns: everything older has been taken from the kernel */
    int64_t limit;          /* ns: what bears a later time was stamped before the clock was set back */
    unsigned count;
    unsigned at; /* the first frame not given yet */
    struct frame frames[HELD];
    size_t offsets[HELD]; /* of their octets */
    uint8_t *octets;      /* owned */
    size_t used;
    size_t room;
    bool no_memory;
};

struct live {
    struct tap *taps; /* owned */
    size_t count;
    struct capture_interface *interfaces; /* owned */
    char *path;                           /* owned: the names */
    int64_t delay;                        /* ns: no frame comes later than that */
    struct live_clock clock;
    int socket;            /* to ask for the state of interfaces */
    int64_t next_check;    /* ns, monotonic */
    struct pollfd *polled; /* owned */
    int64_t stop_time;     /* ns since 1970 */
    bool stopped;
    struct message failure;
    struct capture_info info;
};

/* --- opening --- */

static void explain_refusal(const char *name, pcap_t *pcap, int code, struct message *error) {
    const char *reason = pcap_geterr(pcap);

    if (*reason == '\0')
        reason = pcap_statustostr(code);
    if (code == PCAP_ERROR_PERM_DENIED || code == PCAP_ERROR_PROMISC_PERM_DENIED)
        message_set(error,
                    "%s: capturing is not permitted. Run as root, or let root give the program the right: "
                    "setcap cap_net_raw,cap_net_admin+ep \"$(command -v finwait)\"; to let only a group have it, first "
                    "chgrp GROUP and chmod 750 the program",
                    name);
    else if (code == PCAP_ERROR_NO_SUCH_DEVICE)
        message_set(error, "%s: there is no such interface; finwait -D lists them", name);
    else if (code == PCAP_ERROR_IFACE_NOT_UP)
        message_set(error, "%s: the interface is down", name);
    else
        message_set(error, "%s: %s", name, reason);
}

static bool activate(struct tap *tap, const struct live_settings *settings, struct message *error) {
    char reason[PCAP_ERRBUF_SIZE];
    int code;

    tap->pcap = pcap_create(tap->name, reason);
    if (tap->pcap == NULL) {
        message_set(error, "%s: %s", tap->name, reason);
        return false;
    }
    pcap_set_snaplen(tap->pcap, (int)settings->snaplen);
    pcap_set_promisc(tap->pcap, settings->promiscuous && strcmp(tap->name, "any") != 0);
    pcap_set_timeout(tap->pcap, BUFFER_DELAY_MS);
    pcap_set_immediate_mode(tap->pcap, settings->immediate);
    if (settings->buffer != 0)
        pcap_set_buffer_size(tap->pcap, (int)settings->buffer);
    pcap_set_tstamp_precision(tap->pcap, PCAP_TSTAMP_PRECISION_NANO);
    code = pcap_activate(tap->pcap);
    if (code < 0)
        explain_refusal(tap->name, tap->pcap, code, error);
    return code >= 0;
}

static bool set_filter(struct tap *tap, const struct live_settings *settings, struct message *error) {
    const char *expression = settings->filter;
    struct bpf_program program;
    bool good;

    if (expression == NULL)
        expression = live_default_filter(tap->link_type, settings->no_tunnels);
    if (expression == NULL)
        return true; /* the decoder will do the choosing */
    if (!filter_is_numeric(expression, error))
        return false;
    if (pcap_compile(tap->pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        message_set(error, "%s: filter \"%s\": %s; see pcap-filter(7)", tap->name, expression, pcap_geterr(tap->pcap));
        return false;
    }
    good = pcap_setfilter(tap->pcap, &program) == 0;
    if (!good)
        message_set(error, "%s: %s", tap->name, pcap_geterr(tap->pcap));
    pcap_freecode(&program);
    return good;
}

static bool open_tap(struct tap *tap, const char *name, const struct live_settings *settings, struct message *error) {
    char reason[PCAP_ERRBUF_SIZE];

    tap->name = strdup(name);
    if (tap->name == NULL) {
        message_set(error, "%s: out of memory", name);
        return false;
    }
    if (!activate(tap, settings, error))
        return false;
    tap->link_type = pcap_datalink(tap->pcap);
    tap->is_device = if_nametoindex(name) != 0;
    if (!set_filter(tap, settings, error))
        return false;
    if (pcap_setnonblock(tap->pcap, 1, reason) != 0 || pcap_get_selectable_fd(tap->pcap) < 0) {
        message_set(error, "%s: cannot be waited for", name);
        return false;
    }
    return true;
}

static bool name_all(struct live *live, const struct live_settings *settings) {
    size_t length = 1;

    for (size_t i = 0; i < settings->count; i++)
        length += strlen(settings->interfaces[i]) + 1;
    live->path = malloc(length);
    if (live->path == NULL)
        return false;
    live->path[0] = '\0';
    for (size_t i = 0; i < settings->count; i++)
        strcat(strcat(live->path, i > 0 ? "," : ""), settings->interfaces[i]);
    return true;
}

static void describe(struct live *live, const struct live_settings *settings) {
    for (size_t i = 0; i < live->count; i++)
        live->interfaces[i] = (struct capture_interface){.name = live->taps[i].name,
                                                         .link_type = live->taps[i].link_type,
                                                         .snaplen = settings->snaplen,
                                                         .ticks = 1000000000};
    live->info = (struct capture_info){.path = live->path,
                                       .format = "live",
                                       .interfaces = live->interfaces,
                                       .interface_count = live->count,
                                       .first_frame = 1};
}

static bool open_all(struct live *live, const struct live_settings *settings, struct message *error) {
    live->taps = calloc(settings->count, sizeof *live->taps);
    live->interfaces = calloc(settings->count, sizeof *live->interfaces);
    live->polled = calloc(settings->count, sizeof *live->polled);
    if (live->taps == NULL || live->interfaces == NULL || live->polled == NULL || !name_all(live, settings)) {
        message_set(error, "out of memory");
        return false;
    }
    for (size_t i = 0; i < settings->count; i++) {
        live->count = i + 1;
        if (!open_tap(&live->taps[i], settings->interfaces[i], settings, error))
            return false;
        live->polled[i] = (struct pollfd){.fd = pcap_get_selectable_fd(live->taps[i].pcap), .events = POLLIN};
    }
    live->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    live->delay = (int64_t)((settings->immediate ? 0 : BUFFER_DELAY_MS) + MARGIN_MS) * 1000000;
    describe(live, settings);
    return true;
}

struct live *live_open(const struct live_settings *settings, struct message *error) {
    struct live *live = calloc(1, sizeof *live);

    if (live == NULL) {
        message_set(error, "out of memory");
        return NULL;
    }
    live->socket = -1;
    live->stop_time = INT64_MAX;
    if (!open_all(live, settings, error)) {
        live_free(live);
        return NULL;
    }
    return live;
}

void live_free(struct live *live) {
    if (live == NULL)
        return;
    for (size_t i = 0; i < live->count; i++) {
        if (live->taps[i].pcap != NULL)
            pcap_close(live->taps[i].pcap);
        free(live->taps[i].octets);
        free(live->taps[i].name);
    }
    if (live->socket >= 0)
        close(live->socket);
    free(live->taps);
    free(live->interfaces);
    free(live->polled);
    free(live->path);
    free(live);
}

/* --- taking frames --- */

static bool make_room(struct tap *tap, size_t octets) {
    size_t room = tap->room;
    uint8_t *larger;

    if (octets <= tap->room - tap->used)
        return true;
    while (room - tap->used < octets)
        room = 2 * room + 4096;
    larger = realloc(tap->octets, room);
    if (larger == NULL)
        return false;
    tap->octets = larger;
    tap->room = room;
    return true;
}

/* The kernel's memory is given back as soon as this returns. */
static void take(u_char *context, const struct pcap_pkthdr *header, const u_char *octets) {
    struct tap *tap = (struct tap *)context;

    if (!make_room(tap, header->caplen)) {
        tap->no_memory = true;
        pcap_breakloop(tap->pcap);
        return;
    }
    if (header->caplen != 0)
        memcpy(tap->octets + tap->used, octets, header->caplen);
    tap->offsets[tap->count] = tap->used;
    tap->used += header->caplen;
    tap->frames[tap->count++] = (struct frame){
        .time = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec, /* nanoseconds, as asked for */
        .captured = header->caplen,
        .wire_length = header->len,
        .link_type = tap->link_type,
    };
}

static void fail(struct live *live, const struct tap *tap, const char *reason) {
    if (live->count > 1)
        message_set(&live->failure, "%s: %s", tap->name, reason);
    else
        message_set(&live->failure, "%s", reason);
    live->info.failed = true;
    live->info.error = live->failure.text;
}

/* Takes what the kernel has of an interface whose frames have all been given. */
static void refill(struct live *live, struct tap *tap) {
    int taken;

    tap->count = tap->at = 0;
    tap->used = 0;
    errno = 0;
    taken = pcap_dispatch(tap->pcap, HELD, take, (u_char *)tap);
    if (tap->no_memory)
        fail(live, tap, "out of memory");
    else if (taken == PCAP_ERROR && errno != EAGAIN) /* some kinds of interface say so that there is nothing */
        fail(live, tap, pcap_geterr(tap->pcap));
    if (tap->count == 0)
        tap->complete_until = live_clock_complete(&live->clock, live->delay);
    tap->limit = live_clock_real();
}

/* What is held has passed by the clock as it is now. */
static void read_clock(struct live *live) {
    int64_t set_back = live_clock_read(&live->clock, live->delay);

    for (size_t i = 0; i < live->count; i++)
        live->taps[i].limit -= set_back;
}

/* When the next frame of an interface passed, as far as the present clock can say. */
static int64_t time_of_next(const struct tap *tap) {
    int64_t time = tap->frames[tap->at].time;

    return time < tap->limit ? time : tap->limit;
}

/* The interface with the earliest frame; NULL: none has one that may be given. A frame waits while another interface
 * may still bring an earlier one. */
static struct tap *next_tap(struct live *live) {
    struct tap *first = NULL;
    int64_t until = INT64_MAX;

    for (size_t i = 0; i < live->count; i++) {
        struct tap *tap = &live->taps[i];

        if (tap->at == tap->count)
            until = tap->complete_until < until ? tap->complete_until : until;
        else if (first == NULL || time_of_next(tap) < time_of_next(first))
            first = tap;
    }
    return first == NULL || (live->count > 1 && time_of_next(first) > until) ? NULL : first;
}

static bool passed_too_late(const struct live *live, const struct tap *tap) {
    int64_t time = tap->frames[tap->at].time;

    return time > live->stop_time && time <= tap->limit;
}

static void account(struct capture_info *info, struct frame *frame) {
    frame->number = info->first_frame + info->frames;
    if (info->frames == 0 || frame->time < info->first_time)
        info->first_time = frame->time;
    if (info->frames == 0 || frame->time > info->last_time)
        info->last_time = frame->time;
    info->frames++;
    info->bytes += frame->wire_length;
}

static unsigned give(struct live *live, struct frame *frames, unsigned room) {
    struct tap *tap;
    unsigned count = 0;

    read_clock(live);
    /* The octets of what has been given must stay until the next call. */
    for (size_t i = 0; i < live->count && !live->info.failed; i++)
        if (live->taps[i].at == live->taps[i].count)
            refill(live, &live->taps[i]);
    while (count < room && (tap = next_tap(live)) != NULL) {
        struct frame *frame = &frames[count];

        live->stopped = passed_too_late(live, tap);
        if (live->stopped)
            break;
        count++;
        *frame = tap->frames[tap->at];
        frame->bytes = tap->octets + tap->offsets[tap->at++];
        frame->interface = (uint32_t)(tap - live->taps);
        account(&live->info, frame);
        if (tap->at == tap->count && live->count > 1)
            break;
    }
    return count;
}

/* libpcap waits for an interface that is down to come up again; whoever watches wants to know. */
static bool is_up(const struct live *live, const struct tap *tap, const char **reason) {
    struct ifreq request = {0};

    if (!tap->is_device || live->socket < 0)
        return true;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", tap->name);
    if (ioctl(live->socket, SIOCGIFFLAGS, &request) != 0) {
        *reason = "the interface is gone";
        return errno == EPERM || errno == ENOSYS; /* whoever may not ask cannot tell */
    }
    *reason = "the interface is down";
    return (request.ifr_flags & IFF_UP) != 0;
}

static void check_interfaces(struct live *live) {
    int64_t now = live_clock_monotonic();
    const char *reason;

    if (now < live->next_check)
        return;
    live->next_check = now + (int64_t)CHECK_MS * 1000000;
    for (size_t i = 0; i < live->count && !live->info.failed; i++)
        if (!is_up(live, &live->taps[i], &reason))
            fail(live, &live->taps[i], reason);
}

unsigned live_next(struct live *live, struct frame *frames, unsigned room, int wait, enum live_status *status) {
    unsigned count = live->info.failed || live->stopped ? 0 : give(live, frames, room);
    bool held = false;

    *status = LIVE_FRAMES;
    if (count > 0)
        return count;
    check_interfaces(live);
    live->stopped = live->stopped || live_complete_until(live) >= live->stop_time;
    *status = live->info.failed ? LIVE_ENDED : live->stopped ? LIVE_STOPPED : LIVE_IDLE;
    if (*status != LIVE_IDLE)
        return 0;
    for (size_t i = 0; i < live->count; i++) {
        const struct tap *tap = &live->taps[i];
        bool holds = tap->at < tap->count;

        held = held || holds;
        /* What the kernel has behind frames that are held need not wake anybody. */
        live->polled[i].fd = holds ? -1 : pcap_get_selectable_fd(tap->pcap);
    }
    /* What is held waits for no more than the delay of another interface. */
    if (held && wait > MARGIN_MS)
        wait = MARGIN_MS;
    poll(live->polled, live->count, wait);
    count = give(live, frames, room);
    if (count > 0)
        *status = LIVE_FRAMES;
    return count;
}

void live_stop_at(struct live *live, int64_t time) {
    live->stop_time = time;
}

int64_t live_complete_until(const struct live *live) {
    int64_t until = INT64_MAX;

    for (size_t i = 0; i < live->count; i++) {
        const struct tap *tap = &live->taps[i];

        if (tap->at < tap->count)
            return 0;
        until = tap->complete_until < until ? tap->complete_until : until;
    }
    return until;
}

/* --- what was lost --- */

void live_count_drops(struct live *live) {
    live->info.dropped_by_kernel = 0;
    for (size_t i = 0; i < live->count; i++) {
        struct capture_interface *interface = &live->interfaces[i];
        struct pcap_stat counts;

        if (pcap_stats(live->taps[i].pcap, &counts) == 0) {
            interface->drops_known = live->info.drops_known = true;
            /* Where the interface's own counters cannot be read any more, their difference is below 0. */
            bool counted = counts.ps_ifdrop <= INT32_MAX;
            interface->dropped = (uint64_t)counts.ps_drop + (counted ? counts.ps_ifdrop : 0);
        }
        live->info.dropped_by_kernel += interface->dropped;
    }
}

const struct capture_info *live_info(const struct live *live) {
    return &live->info;
}
