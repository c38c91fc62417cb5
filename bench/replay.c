/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h" /* for sendmmsg */

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * Sends the frames of a capture out of an interface at a steady rate, from memory, and prints how many there were and
 * how fast they went. What was captured of a frame is what is sent.
 */

enum { BATCH = 64, RETRIES = 100000 };

struct frames {
    struct iovec *list;
    size_t count, room;
};

static int64_t now_ns(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int add(struct frames *frames, const u_char *octets, size_t length) {
    void *copy = malloc(length);

    if (frames->count == frames->room) {
        size_t room = 2 * frames->room + 4096;
        struct iovec *larger = realloc(frames->list, room * sizeof *larger);

        if (larger == NULL) {
            free(copy);
            return 0;
        }
        frames->list = larger;
        frames->room = room;
    }
    if (copy == NULL)
        return 0;
    frames->list[frames->count++] = (struct iovec){memcpy(copy, octets, length), length};
    return 1;
}

static int load(const char *path, struct frames *frames) {
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline(path, error);
    struct pcap_pkthdr *header;
    const u_char *octets;
    int good = pcap != NULL;

    if (pcap == NULL)
        fprintf(stderr, "replay: %s\n", error);
    while (good && pcap_next_ex(pcap, &header, &octets) == 1)
        good = add(frames, octets, header->caplen);
    if (pcap != NULL)
        pcap_close(pcap);
    return good && frames->count > 0;
}

static int open_interface(const char *name) {
    int one = 1, handle = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};

    if (handle < 0 || bind(handle, (struct sockaddr *)&address, sizeof address) != 0) {
        perror(name);
        return -1;
    }
    setsockopt(handle, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    return handle;
}

/* False when the interface takes no more. */
static int send_batch(int handle, struct iovec *first, unsigned count) {
    struct mmsghdr messages[BATCH];
    unsigned sent = 0;

    memset(messages, 0, sizeof messages);
    for (unsigned i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_iov = &first[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (unsigned tries = 0; sent < count && tries < RETRIES; tries++) {
        int done = sendmmsg(handle, messages + sent, count - sent, 0);

        sent += done > 0 ? (unsigned)done : 0;
    }
    return sent == count;
}

int main(int argc, char **argv) {
    struct frames frames = {0};
    double rate = argc == 4 ? strtod(argv[3], NULL) : 0;
    int handle;

    if (rate <= 0) {
        fputs("usage: replay FILE INTERFACE FRAMES-A-SECOND\n", stderr);
        return 2;
    }
    if (!load(argv[1], &frames) || (handle = open_interface(argv[2])) < 0)
        return 2;
    int64_t begun = now_ns();
    for (size_t i = 0; i < frames.count; i += BATCH) {
        size_t left = frames.count - i;
        int64_t due = begun + (int64_t)((double)i * 1e9 / rate), ahead = due - now_ns();

        if (ahead > 0) {
            struct timespec span = {ahead / 1000000000, ahead % 1000000000};
            nanosleep(&span, NULL);
        }
        if (!send_batch(handle, &frames.list[i], left < BATCH ? (unsigned)left : BATCH)) {
            fprintf(stderr, "replay: %s takes no more\n", argv[2]);
            return 2;
        }
    }
    printf("%zu frames %.0f a second\n", frames.count, (double)frames.count * 1e9 / (double)(now_ns() - begun));
    close(handle);
    return 0;
}
