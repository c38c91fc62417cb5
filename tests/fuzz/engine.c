/* SPDX-License-Identifier: BSD-3-Clause */
/* A capture all the way to a report. What does not matter here, the format of captures, has targets of its own: the
 * input is frames, which become a pcap file of the first one's link type. */
#include "fuzz.h"

#include <stdio.h>
#include <unistd.h>

struct head {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, snaplen, link_type;
};

struct record {
    uint32_t seconds, fraction, captured, length;
};

enum { LARGEST = 1 << 16 };

static void put(int descriptor, const void *octets, size_t size) {
    if (write(descriptor, octets, size) != (ssize_t)size)
        fuzz_fail("the capture cannot be written");
}

static void write_capture(int descriptor, const uint8_t *data, size_t size) {
    struct fuzz_frames frames = fuzz_frames_of(data, size, INT64_C(1700000000000000000));
    struct head head = {0xa1b23c4d, 2, 4, 0, 0, LARGEST, 0};

    while (fuzz_frames_next(&frames)) {
        const struct frame *frame = &frames.frame;
        const struct record record = {(uint32_t)(frame->time / 1000000000), (uint32_t)(frame->time % 1000000000),
                                      frame->captured, frame->wire_length};
        head.link_type = (uint32_t)frame->link_type;
        if (frame->number == 1)
            put(descriptor, &head, sizeof head);
        put(descriptor, &record, sizeof record);
        put(descriptor, frame->bytes, frame->captured);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    int descriptor = fuzz_descriptor(data, 0);

    if (descriptor < 0)
        return 0;
    write_capture(descriptor, data, size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    fuzz_report(path, size);
    close(descriptor);
    return 0;
}
