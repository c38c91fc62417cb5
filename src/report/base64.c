/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four characters for up to three octets. */
static void write_group(struct output *output, const uint8_t *octets, size_t size) {
    uint32_t bits = 0;
    char text[4];

    for (size_t i = 0; i < 3; i++) {
        bits = bits << 8 | (i < size ? octets[i] : 0u);
    }
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = i <= size ? alphabet[bits >> (18 - 6 * i) & 0x3f] : '=';
    }
    output_bytes(output, text, sizeof text);
}

void base64_write(struct output *output, const uint8_t *octets, size_t size) {
    for (size_t at = 0; at < size; at += 3) {
        write_group(output, octets + at, size - at < 3 ? size - at : 3);
    }
}
