/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/live.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { LINE = 1024 };

static void append(char line[LINE], const char *before, const char *text) {
    size_t length = strlen(line);

    snprintf(line + length, LINE - length, "%s%s", before, text);
}

static void append_addresses(char line[LINE], const pcap_addr_t *first) {
    for (const pcap_addr_t *address = first; address != NULL; address = address->next) {
        char text[INET6_ADDRSTRLEN] = "";
        struct sockaddr_in four;
        struct sockaddr_in6 six;

        if (address->addr == NULL)
            continue;
        if (address->addr->sa_family == AF_INET) {
            memcpy(&four, address->addr, sizeof four);
            inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
        } else if (address->addr->sa_family == AF_INET6) {
            memcpy(&six, address->addr, sizeof six);
            inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
        }
        if (text[0] != '\0')
            append(line, " ", text);
    }
}

static void append_state(char line[LINE], uint32_t flags) {
    append(line, "  ", (flags & PCAP_IF_UP) != 0 ? "up" : "down");
    if ((flags & PCAP_IF_LOOPBACK) != 0)
        append(line, ", ", "loopback");
    else if ((flags & PCAP_IF_UP) != 0 && (flags & PCAP_IF_RUNNING) == 0)
        append(line, ", ", "no carrier");
    if ((flags & PCAP_IF_WIRELESS) != 0)
        append(line, ", ", "wireless");
}

/* The first from there on that is listed; libpcap names other things too that frames of no network come from. */
static const pcap_if_t *listed(const pcap_if_t *one) {
    while (one != NULL && strcmp(one->name, "any") != 0 && if_nametoindex(one->name) == 0)
        one = one->next;
    return one;
}

static bool find_all(pcap_if_t **all, struct message *error) {
    char reason[PCAP_ERRBUF_SIZE];
    bool good = pcap_findalldevs(all, reason) == 0;

    if (!good)
        message_set(error, "the interfaces cannot be listed: %s", reason);
    return good;
}

bool live_list(void (*print)(void *context, const char *line), void *context, struct message *error) {
    pcap_if_t *all;
    unsigned number = 0;

    if (!find_all(&all, error))
        return false;
    for (const pcap_if_t *one = listed(all); one != NULL; one = listed(one->next)) {
        char line[LINE];

        snprintf(line, sizeof line, "%u. %-15s", ++number, one->name);
        append_state(line, one->flags);
        append_addresses(line, one->addresses);
        if (one->description != NULL)
            append(line, "  ", one->description);
        print(context, line);
    }
    pcap_freealldevs(all);
    if (number == 0)
        message_set(error, "there is no interface that frames can be taken from");
    return number > 0;
}

bool live_numbered(uint64_t number, char name[LIVE_NAME_SIZE], struct message *error) {
    pcap_if_t *all;

    if (!find_all(&all, error))
        return false;
    const pcap_if_t *one = listed(all);
    for (uint64_t i = 1; one != NULL && i < number; i++)
        one = listed(one->next);
    const bool found = one != NULL && number > 0;
    if (found)
        snprintf(name, LIVE_NAME_SIZE, "%s", one->name);
    else
        message_set(error, "no interface has that number; finwait -D lists them");
    pcap_freealldevs(all);
    return found;
}

bool live_is_there(const char *name) {
    return if_nametoindex(name) != 0;
}
