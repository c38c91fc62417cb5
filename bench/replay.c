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
 * Sends the frames of a capture out of an interface at a steady rate, from memory, as often as is wanted, and prints
 * how many there were and how fast they went. What was captured of a frame is what is sent; each time over, its
 * addresses are others, so that its connections are.
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

/* --- other addresses --- */

enum { ETHERNET = 14, TAG = 4, IPV4 = 0x0800, IPV6 = 0x86dd, VLAN = 0x8100 };

static unsigned get16(const uint8_t *octets) {
    return (unsigned)octets[0] << 8 | octets[1];
}

/* One more, in the arithmetic of the Internet checksum, or one less. */
static void add16(uint8_t *octets, unsigned more) {
    unsigned value = (get16(octets) + more) % 0xffff;

    octets[0] = (uint8_t)(value >> 8);
    octets[1] = (uint8_t)value;
}

/* Both words together stay what they were to every checksum over them. */
static void change_address(uint8_t *address) {
    add16(address, 0xffff - 1);
    add16(address + 2, 1);
}

static void change_addresses(struct iovec *frame) {
    uint8_t *octets = frame->iov_base;
    size_t at = ETHERNET;

    if (frame->iov_len < ETHERNET + 2 * TAG + 40)
        return;
    while (get16(octets + at - 2) == VLAN && at < ETHERNET + 2 * TAG)
        at += TAG;
    if (get16(octets + at - 2) == IPV4) {
        change_address(octets + at + 12);
        change_address(octets + at + 16);
    } else if (get16(octets + at - 2) == IPV6) {
        change_address(octets + at + 8);
        change_address(octets + at + 24);
    }
}

/* --- at a rate --- */

static void wait_until(int64_t due) {
    int64_t ahead = due - now_ns();
    struct timespec span = {ahead / 1000000000, ahead % 1000000000};

    if (ahead > 0)
        nanosleep(&span, NULL);
}

/* Sends all frames once; *sent counts on from one time to the next. */
static int send_all(int handle, struct frames *frames, double rate, int64_t begun, uint64_t *sent) {
    for (size_t i = 0; i < frames->count; i += BATCH) {
        size_t left = frames->count - i;
        unsigned count = left < BATCH ? (unsigned)left : BATCH;

        wait_until(begun + (int64_t)((double)*sent * 1e9 / rate));
        if (!send_batch(handle, &frames->list[i], count))
            return 0;
        for (unsigned k = 0; k < count; k++)
            change_addresses(&frames->list[i + k]);
        *sent += count;
    }
    return 1;
}

int main(int argc, char **argv) {
    struct frames frames = {0};
    double rate = argc >= 4 ? strtod(argv[3], NULL) : 0;
    long times = argc == 5 ? strtol(argv[4], NULL, 10) : 1;
    uint64_t sent = 0;
    int handle;

    if (rate <= 0 || times <= 0 || argc > 5) {
        fputs("usage: replay FILE INTERFACE FRAMES-A-SECOND [TIMES]\n", stderr);
        return 2;
    }
    if (!load(argv[1], &frames) || (handle = open_interface(argv[2])) < 0)
        return 2;
    int64_t begun = now_ns();
    for (; times > 0; times--)
        if (!send_all(handle, &frames, rate, begun, &sent)) {
            fprintf(stderr, "replay: %s takes no more\n", argv[2]);
            return 2;
        }
    printf("%llu frames %.0f a second\n", (unsigned long long)sent, (double)sent * 1e9 / (double)(now_ns() - begun));
    close(handle);
    return 0;
}
