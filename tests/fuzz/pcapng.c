/* SPDX-License-Identifier: BSD-3-Clause */
/* Captures as blocks: pcapng. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 4 || memcmp(data, "\x0a\x0d\x0d\x0a", 4) != 0)
        return -1;
    fuzz_read(data, size);
    return 0;
}
