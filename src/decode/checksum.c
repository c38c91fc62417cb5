/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/checksum.h"

#include <arpa/inet.h>
#include <string.h>

static uint64_t load(const uint8_t *octets) {
    uint64_t word;

    memcpy(&word, octets, sizeof word);
    return word;
}

/* Addition with end-around carry; any wider word serves, because 2^16 is 1 modulo 65535. */
static uint64_t add(uint64_t sum, uint64_t word) {
    sum += word;
    return sum + (sum < word);
}

static uint64_t add_tail(uint64_t sum, const uint8_t *octets, uint32_t length) {
    uint64_t word = 0;

    memcpy(&word, octets, length);
    return add(sum, word);
}

uint64_t checksum_add(uint64_t sum, const uint8_t *octets, uint32_t length) {
    uint64_t second = 0;

    /* Two sums, so that one addition need not wait for the carry of the other. */
    for (; length >= 32; octets += 32, length -= 32) {
        sum = add(sum, load(octets));
        second = add(second, load(octets + 8));
        sum = add(sum, load(octets + 16));
        second = add(second, load(octets + 24));
    }
    for (; length >= 8; octets += 8, length -= 8)
        sum = add(sum, load(octets));
    if (length != 0)
        sum = add_tail(sum, octets, length);
    return add(sum, second);
}

uint64_t checksum_add_number(uint64_t sum, uint32_t number) {
    return add(sum, htonl(number));
}

uint16_t checksum_fold(uint64_t sum) {
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}
