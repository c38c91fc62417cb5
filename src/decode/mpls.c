/* SPDX-License-Identifier: BSD-3-Clause */
/* MPLS (RFC 3032) and the Ethernet pseudowires in it (RFC 4448). */
#include "decode/walk.h"

enum {
    LABEL = 4,
    BOTTOM = 0x100,
    CONTROL_WORD = 4,
};

/* Nothing says what follows the last label. An IP packet begins with its version; a pseudowire may begin with a control
 * word, whose first four bits are 0, and may not; and an Ethernet address may begin with anything. */
enum decode_result walk_pseudowire(struct walk *walk) {
    const uint8_t *word;
    enum cursor_status status = cursor_check(&walk->rest, 1);
    uint8_t first;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    first = walk->rest.at[0] >> 4;
    if ((first == 4 || first == 6) && !looks_like_frame_with_ip(&walk->rest, 0) &&
        (looks_like_ip(&walk->rest, 0) || !looks_like_ethernet(&walk->rest, 0)))
        return walk_ip(walk);
    if (first == 0 && (looks_like_ethernet(&walk->rest, CONTROL_WORD) || !looks_like_ethernet(&walk->rest, 0))) {
        word = walk_open(walk, CONTROL_WORD);
        return word == NULL ? DECODE_SKIPPED : walk_ethernet(walk);
    }
    return looks_like_ethernet(&walk->rest, 0) ? walk_ethernet(walk) : walk_skip(walk, SKIP_NOT_IP);
}

/* A stack of labels is noted as one layer, by its last label: the one that names what is inside. */
enum decode_result walk_mpls(struct walk *walk) {
    const uint8_t *header;
    uint32_t label;

    do {
        header = walk_open(walk, LABEL);
        if (header == NULL)
            return DECODE_SKIPPED;
        label = octets_u32(header);
    } while ((label & BOTTOM) == 0);
    if (!walk_note(walk, ENCAPSULATION_MPLS, label >> 12))
        return DECODE_SKIPPED;
    return walk_pseudowire(walk);
}
