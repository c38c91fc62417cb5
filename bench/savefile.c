/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/savefile.h"

#include "bench/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_SIZE = 1 << 20,
    PATTERN_PERIOD = 1 << 16,
    PATTERN_SIZE = PATTERN_PERIOD + 65536, /* a payload may start anywhere in the first period */
    ETHERNET = 14,
    IPV4 = 20,
    IPV6 = 40,
    TCP = 20,
    HEADERS_MAX = ETHERNET + IPV6 + TCP + 40,
    RECORD = 16
};

/* 2026-01-01T00:00:00Z: captures start at a fixed date, whenever they are made. */
static const int64_t EPOCH = 1767225600;

static void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* The octets at AT as 16-bit words, added up. LENGTH is even. */
static uint64_t sum_words(const uint8_t *at, size_t length) {
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i += 2)
        sum += (uint32_t)at[i] << 8 | at[i + 1];
    return sum;
}

/* RFC 1071: the one's complement of the one's complement sum. */
static uint16_t checksum(uint64_t sum) {
    while (sum > 0xffff)
        sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)~sum;
}

/* A slice that starts at an odd place has its octets in the other halves of the words: swapping the sum mends that. */
static uint64_t payload_sum(const struct savefile *file, uint32_t position, uint32_t length) {
    uint64_t sum = file->sums[position + length] - file->sums[position];
    if (position % 2 == 0)
        return sum;
    while (sum > 0xffff)
        sum = (sum >> 16) + (sum & 0xffff);
    return (sum & 0xff) << 8 | sum >> 8;
}

static bool make_pattern(struct savefile *file) {
    file->pattern = malloc(PATTERN_SIZE);
    file->sums = malloc((PATTERN_SIZE + 1) * sizeof *file->sums);
    if (file->pattern == NULL || file->sums == NULL)
        return false;
    struct random random = {1};
    file->sums[0] = 0;
    for (size_t i = 0; i < PATTERN_SIZE; i++) {
        file->pattern[i] =
            i < PATTERN_PERIOD ? (uint8_t)('0' + random_below(&random, 64)) : file->pattern[i - PATTERN_PERIOD];
        file->sums[i + 1] = file->sums[i] + ((uint64_t)file->pattern[i] << (i % 2 == 0 ? 8 : 0));
    }
    return true;
}

static bool flush(struct savefile *file) {
    bool written = fwrite(file->buffer, 1, file->used, file->stream) == file->used;
    file->used = 0;
    return written;
}

static void append_file_header(struct savefile *file) {
    const uint16_t version[2] = {2, 4};
    const uint32_t magic = file->nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
    const uint32_t rest[4] = {0, 0, file->snaplen, 1}; /* zone, accuracy, snap length, LINKTYPE_ETHERNET */
    memcpy(file->buffer, &magic, 4);
    memcpy(file->buffer + 4, version, 4);
    memcpy(file->buffer + 8, rest, 16);
    file->used = file->bytes = 24;
}

bool savefile_open(struct savefile *file, const char *path, uint32_t snaplen, bool nanoseconds) {
    *file = (struct savefile){.snaplen = snaplen, .nanoseconds = nanoseconds};
    file->buffer = malloc(BUFFER_SIZE);
    if (file->buffer != NULL && make_pattern(file))
        file->stream = fopen(path, "wb");
    if (file->stream == NULL) {
        int error = errno;
        free(file->buffer);
        free(file->pattern);
        free(file->sums);
        errno = error;
        return false;
    }
    append_file_header(file);
    return true;
}

static void put_address(uint8_t *at, const struct wire_end *end, bool ipv6) {
    if (!ipv6) {
        /* 10.0.0.0/8 for clients, 172.16.0.0/12 for servers; host 0 would be the network itself. */
        put32(at, (end->network == 0 ? 0x0a000000u : 0xac100000u) + end->number + 1);
        return;
    }
    memset(at, 0, 16);
    put16(at, 0xfd00);
    put16(at + 2, end->network + 1);
    put32(at + 12, end->number + 1);
}

static void put_mac(uint8_t *at, uint32_t network) {
    static const uint8_t prefix[5] = {0x02, 0x00, 0x5e, 0x10, 0x00};
    memcpy(at, prefix, sizeof prefix);
    at[5] = (uint8_t)(network + 1);
}

/* The IP header at AT; returns the part of the TCP checksum that comes from it (the pseudo-header). */
static uint64_t put_ip(uint8_t *at, const struct wire_segment *segment, uint32_t tcp_length) {
    if (segment->ipv6) {
        put32(at, 0x60000000);
        put16(at + 4, tcp_length);
        at[6] = 6;
        at[7] = segment->hop_limit;
        put_address(at + 8, &segment->source, true);
        put_address(at + 24, &segment->destination, true);
        return sum_words(at + 8, 32) + 6 + tcp_length;
    }
    put16(at, 0x4500);
    put16(at + 2, IPV4 + tcp_length);
    put16(at + 4, segment->ip_id);
    put16(at + 6, 0x4000); /* do not fragment */
    at[8] = segment->hop_limit;
    at[9] = 6;
    put16(at + 10, 0);
    put_address(at + 12, &segment->source, false);
    put_address(at + 16, &segment->destination, false);
    put16(at + 10, checksum(sum_words(at, IPV4)));
    return sum_words(at + 12, 8) + 6 + tcp_length;
}

static void put_tcp(const struct savefile *file, uint8_t *at, const struct wire_segment *segment, uint64_t pseudo) {
    uint32_t header = TCP + segment->option_length;
    put16(at, segment->source.port);
    put16(at + 2, segment->destination.port);
    put32(at + 4, segment->seq);
    put32(at + 8, segment->ack);
    at[12] = (uint8_t)(header / 4 << 4);
    at[13] = segment->flags;
    put16(at + 14, segment->window);
    put32(at + 16, 0); /* checksum, urgent pointer */
    memcpy(at + TCP, segment->options, segment->option_length);
    uint64_t payload = payload_sum(file, segment->payload_position % PATTERN_PERIOD, segment->payload_length);
    put16(at + 16, checksum(pseudo + sum_words(at, header) + payload));
}

bool savefile_write(struct savefile *file, int64_t time_ns, const struct wire_segment *segment) {
    uint8_t headers[HEADERS_MAX] = {0};
    uint32_t tcp_length = TCP + segment->option_length + segment->payload_length;
    uint32_t ip_length = segment->ipv6 ? IPV6 : IPV4;
    uint32_t header_length = ETHERNET + ip_length + TCP + segment->option_length;
    uint32_t length = ETHERNET + ip_length + tcp_length;
    uint32_t captured = length < file->snaplen ? length : file->snaplen;
    if (file->used + RECORD + captured > BUFFER_SIZE && !flush(file))
        return false;

    put_mac(headers, segment->destination.network);
    put_mac(headers + 6, segment->source.network);
    put16(headers + 12, segment->ipv6 ? 0x86dd : 0x0800);
    uint64_t pseudo = put_ip(headers + ETHERNET, segment, tcp_length);
    put_tcp(file, headers + ETHERNET + ip_length, segment, pseudo);

    const uint32_t record[4] = {(uint32_t)(EPOCH + time_ns / 1000000000),
                                (uint32_t)(time_ns % 1000000000 / (file->nanoseconds ? 1 : 1000)), captured, length};
    uint8_t *at = file->buffer + file->used;
    memcpy(at, record, RECORD);
    memcpy(at + RECORD, headers, captured < header_length ? captured : header_length);
    if (captured > header_length)
        memcpy(at + RECORD + header_length, file->pattern + segment->payload_position % PATTERN_PERIOD,
               captured - header_length);
    file->used += RECORD + captured;
    file->bytes += RECORD + captured;
    file->frames++;
    return true;
}

bool savefile_close(struct savefile *file) {
    bool written = flush(file);
    if (fclose(file->stream) != 0)
        written = false;
    free(file->buffer);
    free(file->pattern);
    free(file->sums);
    *file = (struct savefile){0};
    return written;
}

void wire_end_address(const struct wire_end *end, bool ipv6, char *text, size_t size) {
    uint8_t address[16];
    put_address(address, end, ipv6);
    if (inet_ntop(ipv6 ? AF_INET6 : AF_INET, address, text, (socklen_t)size) == NULL)
        text[0] = '\0';
}
