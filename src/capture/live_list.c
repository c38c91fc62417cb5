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

bool live_list(void (*print)(void *context, const char *line), void *context, struct message *error) {
    char reason[PCAP_ERRBUF_SIZE];
    pcap_if_t *all;
    bool found = false;

    if (pcap_findalldevs(&all, reason) != 0) {
        message_set(error, "the interfaces cannot be listed: %s", reason);
        return false;
    }
    for (const pcap_if_t *one = all; one != NULL; one = one->next) {
        char line[LINE];

        /* libpcap names other things too that frames of no network come from. */
        if (strcmp(one->name, "any") != 0 && if_nametoindex(one->name) == 0)
            continue;
        found = true;
        snprintf(line, sizeof line, "%-15s", one->name);
        append_state(line, one->flags);
        append_addresses(line, one->addresses);
        if (one->description != NULL)
            append(line, "  ", one->description);
        print(context, line);
    }
    pcap_freealldevs(all);
    if (!found)
        message_set(error, "there is no interface that frames can be taken from");
    return found;
}
