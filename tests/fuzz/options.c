/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of a TCP header: the first octet tells how many octets of them the snapshot length has cut away. */
#include "fuzz.h"

#include "decode/options.h"

#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 40 };

static void look(const struct tcp_options *options) {
    if (options->sack_count > TCP_SACK_BLOCKS)
        fuzz_fail("more SACK blocks than a header has room for");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tcp_options options = {0}, again;

    if (size == 0 || size - 1 > OPTIONS_MAX)
        return -1;
    uint32_t captured = (uint32_t)size - 1;
    uint8_t *octets = malloc(captured == 0 ? 1 : captured);
    if (octets == NULL)
        return 0;
    memcpy(octets, data + 1, captured);
    uint32_t length = captured + data[0] % (OPTIONS_MAX - captured + 1);
    options_read(&options, octets, captured, length);
    look(&options);
    memset(&again, 0xff, sizeof again);
    options_read(&again, octets, captured, length);
    if (again.present != options.present || again.sack_count != options.sack_count || again.mss != options.mss)
        fuzz_fail("options depend on what was there before");
    free(octets);
    return 0;
}
