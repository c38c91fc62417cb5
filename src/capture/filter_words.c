/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the words of a filter expression that libpcap would look up as the name of a host or a network. It cuts the
 * expression into the same words as libpcap does and knows those that mean something by themselves; a word that is
 * left over may only stand where libpcap searches the local lists of services and protocols, or its own tables. */
#include "capture/filter.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What a word that is neither known nor a number may be here. */
enum place {
    PLACE_HOST,    /* the name of a host: refused */
    PLACE_SERVICE, /* a service or a protocol: "port http or https" carries on over "or" */
    PLACE_TABLE,   /* one word of a table within libpcap: "type mgt" */
};

static const char service_words[] = " port portrange proto protochain ";
static const char table_words[] = " type subtype dir direction on ifname reason action rset ruleset llc ";
static const char joining_words[] = " and or not ";
static const char other_words[] =
    " dst src link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp radio"
    " ip6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp snp csnp"
    " psnp clnp stp ipx netbeui host net mask gateway address1 addr1 address2 addr2 address3 addr3 address4"
    " addr4 ra ta less greater byte broadcast multicast len length inbound outbound ifindex vlan mpls pppoed"
    " pppoes geneve lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect rnr"
    " rulenum srnr subrulenum fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls tcpflags"
    " tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr icmptype icmpcode icmp-echoreply"
    " icmp-unreach icmp-sourcequench icmp-redirect icmp-echo icmp-routeradvert icmp-routersolicit"
    " icmp-timxceed icmp-paramprob icmp-tstamp icmp-tstampreply icmp-ireq icmp-ireqreply icmp-maskreq"
    " icmp-maskreply icmp6type icmp6code icmp6-destinationunreach icmp6-packettoobig icmp6-timeexceeded"
    " icmp6-parameterproblem icmp6-echo icmp6-echoreply icmp6-routersolicit icmp6-routeradvert"
    " icmp6-neighborsolicit icmp6-neighboradvert icmp6-redirect ";

enum { LONGEST_WORD = 40 };

/* list: words, each between two blanks. */
static bool listed(const char *list, const char *word, size_t length) {
    char framed[LONGEST_WORD + 3];

    if (length > LONGEST_WORD)
        return false;
    framed[0] = ' ';
    memcpy(framed + 1, word, length);
    framed[length + 1] = ' ';
    framed[length + 2] = '\0';
    return strstr(list, framed) != NULL;
}

/* The length of the word at `at`: letters, digits, and within it also points, hyphens and underscores. */
static size_t word_length(const char *at) {
    size_t length = 0;

    for (size_t i = 0; isalnum((unsigned char)at[i]) || (i > 0 && at[i] != '\0' && strchr("-_.", at[i])); i++)
        if (at[i] != '-' && at[i] != '_')
            length = i + 1;
    return length;
}

/* Six groups of one or two hexadecimal digits with the same sign between them. */
static bool is_ethernet_address(const char *text) {
    size_t digits = 0, groups = 0;
    char separator = '\0';

    for (; *text != '\0'; text++) {
        if (isxdigit((unsigned char)*text)) {
            groups += digits == 0;
            if (++digits > 2)
                return false;
            continue;
        }
        if (digits == 0 || (separator != '\0' && *text != separator))
            return false;
        separator = *text;
        digits = 0;
    }
    return groups == 6 && digits > 0;
}

/* The length of the IPv6 or Ethernet address at `at`, 0 if there is none. */
static size_t address_length(const char *at) {
    bool hyphens = at[1] == '-' || (at[1] != '\0' && at[2] == '-');
    size_t length = strspn(at, hyphens ? "0123456789abcdefABCDEF-" : "0123456789abcdefABCDEF:.");
    char text[INET6_ADDRSTRLEN + 1];
    struct in6_addr address;

    if (length == 0 || length >= sizeof text)
        return 0;
    memcpy(text, at, length);
    text[length] = '\0';
    return is_ethernet_address(text) || inet_pton(AF_INET6, text, &address) == 1 ? length : 0;
}

/* A number, or up to four of them with points between: an IPv4 address or network. */
static bool is_number(const char *word, size_t length) {
    size_t digits = 0, points = 0;

    if (length > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
        for (size_t i = 2; i < length; i++)
            if (!isxdigit((unsigned char)word[i]))
                return false;
        return true;
    }
    for (size_t i = 0; i < length; i++) {
        if (isdigit((unsigned char)word[i])) {
            digits++;
            continue;
        }
        if (word[i] != '.' || digits == 0 || ++points > 3)
            return false;
        digits = 0;
    }
    return digits > 0;
}

static enum place place_after(enum place place, const char *word, size_t length) {
    if (listed(service_words, word, length))
        return PLACE_SERVICE;
    if (listed(table_words, word, length))
        return PLACE_TABLE;
    if (listed(joining_words, word, length))
        return place == PLACE_SERVICE ? PLACE_SERVICE : PLACE_HOST;
    return PLACE_HOST;
}

static bool is_known(const char *word, size_t length) {
    return listed(service_words, word, length) || listed(table_words, word, length) ||
           listed(joining_words, word, length) || listed(other_words, word, length);
}

static bool refuse(struct message *error, const char *word, size_t length) {
    message_set(error,
                "filter: \"%.*s\" is no word of pcap-filter(7), and as a name it would have to be looked up; "
                "write addresses in numbers",
                (int)(length > 100 ? 100 : length), word);
    return false;
}

/* The length of a sign that is no word. Signs that join conditions leave the place as it is. */
static size_t skip_sign(const char *at, enum place *place) {
    if (*at == '$')
        return 1 + strspn(at + 1, "0123456789abcdefABCDEF");
    if (strchr(" \t\r\n(!&|", *at) == NULL)
        *place = PLACE_HOST;
    return 1;
}

/* services: set where a word may be one of the local lists. */
static bool check_words(const char *expression, bool *services, struct message *error) {
    enum place place = PLACE_HOST;
    const char *at = expression;

    while (*at != '\0') {
        bool escaped = *at == '\\';
        size_t length = escaped ? 1 + strcspn(at + 1, " !()\n\t") : word_length(at);
        size_t address = address_length(at);

        if (address > length) {
            length = address;
        } else if (length == 0) {
            length = skip_sign(at, &place);
        } else if (!escaped && is_known(at, length)) {
            place = place_after(place, at, length);
        } else if (escaped || (address != length && !is_number(at, length))) {
            if (place == PLACE_HOST)
                return refuse(error, at, length);
            bool range = strspn(at, "0123456789-") >= length; /* of ports */
            *services = *services || (place == PLACE_SERVICE && !range);
            if (place == PLACE_TABLE)
                place = PLACE_HOST;
        }
        at += length;
    }
    return true;
}

bool filter_is_numeric(const char *expression, struct message *error) {
    bool services = false;

    return check_words(expression, &services, error);
}

bool filter_names_services(const char *expression) {
    struct message unused;
    bool services = false;

    return check_words(expression, &services, &unused) && services;
}
