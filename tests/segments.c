/* SPDX-License-Identifier: BSD-3-Clause */
#include "segments.h"

#include <stddef.h>
#include <string.h>

struct member {
    const char *name;
    size_t offset;
    size_t size;
};

#define MEMBER(name)                                                                                                   \
    { #name, offsetof(struct segment, name), sizeof(((struct segment *)NULL)->name) }

static const struct member members[] = {
    MEMBER(frame),
    MEMBER(time),
    MEMBER(source.version),
    MEMBER(source.octets),
    MEMBER(destination.version),
    MEMBER(destination.octets),
    MEMBER(source_port),
    MEMBER(destination_port),
    MEMBER(seq),
    MEMBER(ack),
    MEMBER(flags),
    MEMBER(window),
    MEMBER(urgent),
    MEMBER(checksum_seen),
    MEMBER(checksum),
    MEMBER(hop_limit),
    MEMBER(odd),
    MEMBER(header_octets),
    MEMBER(length),
    MEMBER(ip_id),
    MEMBER(encapsulation),
    MEMBER(network),
    MEMBER(options.present),
    MEMBER(options.mss),
    MEMBER(options.window_scale),
    MEMBER(options.sack_count),
    MEMBER(options.fast_open_cookie_length),
    MEMBER(options.mptcp_subtype),
    MEMBER(options.mptcp_version),
    MEMBER(options.odd_kind),
    MEMBER(options.odd_length),
    MEMBER(options.mptcp_token),
    MEMBER(options.timestamp_value),
    MEMBER(options.timestamp_echo),
    MEMBER(link_source),
    MEMBER(payload_sum),
    MEMBER(payload),
    MEMBER(payload_captured),
};

const char *segments_differ(const struct segment *one, const struct segment *other) {
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const struct member *member = &members[i];
        if (memcmp((const char *)one + member->offset, (const char *)other + member->offset, member->size) != 0) {
            return member->name;
        }
    }
    if (one->checksum == CHECKSUM_BAD && one->checksum_expected != other->checksum_expected) {
        return "checksum_expected";
    }
    size_t blocks = one->options.sack_count * sizeof one->options.sack[0];
    return memcmp(one->options.sack, other->options.sack, blocks) != 0 ? "options.sack" : NULL;
}
