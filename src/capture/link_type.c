/* SPDX-License-Identifier: BSD-3-Clause */
/* What libpcap alone knows of link types: how files number them, and which of their octets depend on the machine. */
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdio.h>

/* libpcap does not export its table; it uses it when it opens a file. */
int link_type_of_file(uint32_t link_type) {
    enum { HEADER = 24, LINK_TYPE = 20 };
    uint8_t header[HEADER] = {0};
    char reason[PCAP_ERRBUF_SIZE];
    const uint32_t magic = 0xa1b2c3d4, snaplen = 65535;
    const uint16_t version[2] = {2, 4};
    int dlt = (int)(link_type & 0xffff);

    if (link_type == DLT_EN10MB)
        return DLT_EN10MB;
    memcpy(header, &magic, sizeof magic);
    memcpy(header + 4, version, sizeof version);
    memcpy(header + 16, &snaplen, sizeof snaplen);
    memcpy(header + LINK_TYPE, &link_type, sizeof link_type);
    FILE *file = fmemopen(header, sizeof header, "r");
    pcap_t *pcap = file == NULL ? NULL : pcap_fopen_offline(file, reason);
    if (pcap != NULL) {
        dlt = pcap_datalink(pcap);
        pcap_close(pcap);
    } else if (file != NULL) {
        fclose(file);
    }
    return dlt;
}

bool pseudo_header_depends(int link_type) {
    return link_type == DLT_NFLOG || link_type == DLT_PFLOG;
}

static void swap16(uint8_t *octets) {
    uint8_t first = octets[0];

    octets[0] = octets[1];
    octets[1] = first;
}

static void swap32(uint8_t *octets) {
    uint32_t value;

    memcpy(&value, octets, sizeof value);
    value = __builtin_bswap32(value);
    memcpy(octets, &value, sizeof value);
}

/* Attributes of a length and a type, each padded to four octets, up to the packet. */
static void swap_nflog(uint8_t *bytes, uint32_t captured) {
    enum { HEADER = 4, ATTRIBUTE = 4 };
    uint32_t at = HEADER;

    if (captured < HEADER || bytes[1] != 0)
        return;
    while (captured - at >= ATTRIBUTE) {
        uint16_t length;

        swap16(bytes + at);
        swap16(bytes + at + 2);
        memcpy(&length, bytes + at, sizeof length);
        if (length < ATTRIBUTE || ((uint32_t)length + 3) / 4 * 4 > captured - at)
            return;
        at += ((uint32_t)length + 3) / 4 * 4;
    }
}

/* The user and process ids, and the rule numbers are big endian. */
static void swap_pflog(uint8_t *bytes, uint32_t captured) {
    enum { FIRST_ID = 44, END = 60, SHORT_HEADER = 61 };

    if (captured < 1 || bytes[0] < SHORT_HEADER)
        return;
    for (uint32_t at = FIRST_ID; at + 4 <= END && at + 4 <= captured; at += 4)
        swap32(bytes + at);
}

void pseudo_header_swap(int link_type, uint8_t *bytes, uint32_t captured) {
    if (link_type == DLT_NFLOG)
        swap_nflog(bytes, captured);
    if (link_type == DLT_PFLOG)
        swap_pflog(bytes, captured);
}
