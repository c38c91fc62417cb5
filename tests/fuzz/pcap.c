/* SPDX-License-Identifier: BSD-3-Clause */
/* Captures in the formats that begin with a head of fixed size: pcap and its relatives, snoop, ERF. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size >= 4 && memcmp(data, "\x0a\x0d\x0d\x0a", 4) == 0)
        return -1;
    fuzz_read(data, size);
    return 0;
}
