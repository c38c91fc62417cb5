/* SPDX-License-Identifier: BSD-3-Clause */
#include "captures.h"
#include "segments.h"

#include "bench/random.h"
#include "capture/capture.h"
#include "decode/direct.h"
#include "decode/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* usage: direct PATH...
 *
 * Most frames take a short way through the decoder (src/decode/direct.c), which must come to the same as the walk
 * through the layers. Reads each capture, or each below a folder, and sends its frames both ways: as they are, behind
 * other link layers, and all of these with damage: octets changed, cut off, or more of them on the wire. */

enum { FRAMES = 2000 /* of each capture */, DAMAGED = 4 /* copies of each, and of each behind another link layer */ };

/* A frame whose octets are in a buffer of just their size, so that a read beyond it is seen. */
struct copy {
    struct frame frame;
    uint8_t *octets; /* owned */
};

/* What the short way knows to stand around a packet. */
static const struct link {
    int link_type;
    uint32_t length;  /* of the header, */
    uint32_t type_at; /* in which the type of the packet stands there; beyond it: nowhere */
    uint8_t header[20];
} links[] = {
    {1, 14, 12, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}},
    {1, 18, 16, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x20, 7}},
    {1, 18, 16, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x20, 0}},
    {101, 0, 1, {0}},
    {113, 16, 14, {0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1}},
    {276, 20, 0, {0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2}},
};
enum { LINKS = sizeof links / sizeof links[0] };

static struct decoder *decoder;
static struct random chance = {.state = 1};
static unsigned passed; /* captures */
static unsigned failed;
static unsigned long differing;            /* frames */
static unsigned long short_ways[LINKS][2]; /* over IPv4 and IPv6: none may go unused */

/* --- both ways --- */

static const char *difference(enum decode_result result, const struct decoded *walked, const struct segment *direct) {
    if (result != DECODE_SEGMENT)
        return "result";
    if (walked->joined != 0 || walked->made_whole_count != 0 || walked->fragment_of != 0 || walked->transient)
        return "traces of fragments";
    return segments_differ(&walked->segment, direct);
}

/* Whether the short way was taken. */
static bool compare_frame(const char *file, const struct frame *frame) {
    struct segment direct = {0};
    struct decoded walked = {0};

    if (!decode_direct(decoder, frame, &direct))
        return false;
    const char *differs = difference(decode_walk(decoder, frame, &walked), &walked, &direct);
    if (differs != NULL) {
        printf("FAILED %s: frame %llu differs in %s\n", file, (unsigned long long)frame->number, differs);
        differing++;
    }
    return true;
}

/* --- frames that are not in the capture --- */

/* Room for a frame like that with so many octets; the octets are the caller's to fill in. */
static struct copy copy_of(const struct frame *frame, uint32_t captured) {
    struct copy copy = {.frame = *frame, .octets = malloc(captured > 0 ? captured : 1)};

    if (copy.octets == NULL)
        abort();
    copy.frame.bytes = copy.octets;
    copy.frame.captured = captured;
    return copy;
}

static struct copy behind_link(const struct frame *packet, const struct link *link) {
    struct copy copy = copy_of(packet, link->length + packet->captured);
    bool six = packet->captured > 0 && packet->bytes[0] >> 4 == 6;

    memcpy(copy.octets, link->header, link->length);
    if (link->type_at < link->length) {
        copy.octets[link->type_at] = six ? 0x86 : 0x08;
        copy.octets[link->type_at + 1] = six ? 0xdd : 0;
    }
    memcpy(copy.octets + link->length, packet->bytes, packet->captured);
    copy.frame.link_type = link->link_type;
    copy.frame.wire_length = packet->wire_length + link->length;
    return copy;
}

/* Damage that leaves some fields as they should be. */
static void compare_damaged(const char *file, const struct frame *frame) {
    enum { HEADERS = 100 };
    uint32_t cut = random_below(&chance, 3) == 0 ? random_below(&chance, frame->captured + 1) : 0;
    struct copy copy = copy_of(frame, frame->captured - cut);
    uint32_t room = copy.frame.captured < HEADERS ? copy.frame.captured : HEADERS;

    memcpy(copy.octets, frame->bytes, copy.frame.captured);
    for (uint32_t left = random_below(&chance, 4); left > 0 && room > 0; left--) {
        uint8_t *octet = &copy.octets[random_below(&chance, room)];
        *octet = (uint8_t)(random_below(&chance, 2) == 0 ? *octet ^ 1u << random_below(&chance, 8)
                                                         : random_below(&chance, 256));
    }
    if (random_below(&chance, 4) == 0)
        copy.frame.wire_length = random_below(&chance, 2 * (frame->wire_length % 4096) + 1);
    compare_frame(file, &copy.frame);
    free(copy.octets);
}

static void compare_links(const char *file, const struct frame *packet) {
    for (int i = 0; i < LINKS; i++) {
        struct copy copy = behind_link(packet, &links[i]);
        bool taken = compare_frame(file, &copy.frame);
        short_ways[i][copy.frame.captured > links[i].length && copy.octets[links[i].length] >> 4 == 6] += taken;
        for (int n = 0; n < DAMAGED; n++)
            compare_damaged(file, &copy.frame);
        free(copy.octets);
    }
}

/* The packet of a frame on Ethernet, or the frame. */
static struct frame packet_of(const struct frame *frame) {
    enum { HEADER = 14 };
    struct frame packet = *frame;

    if (frame->link_type == 1 && frame->captured >= HEADER && frame->wire_length >= HEADER) {
        packet.bytes += HEADER;
        packet.captured -= HEADER;
        packet.wire_length -= HEADER;
    }
    return packet;
}

static void compare_capture(const char *file) {
    struct message reason;
    struct frame frame;
    struct capture *capture = capture_open(file, &reason);

    if (capture == NULL)
        return; /* a sample of what is no capture */
    const unsigned long before = differing;
    for (int i = 0; i < FRAMES && capture_next(capture, &frame) == CAPTURE_FRAME; i++) {
        const struct frame packet = packet_of(&frame);

        compare_frame(file, &frame);
        for (int n = 0; n < DAMAGED; n++)
            compare_damaged(file, &frame);
        compare_links(file, &packet);
    }
    passed += differing == before;
    failed += differing != before;
    capture_free(capture);
}

int main(int argc, char **argv) {
    decoder = decoder_new();
    if (decoder == NULL)
        return 1;
    for (int i = 1; i < argc; i++)
        captures_walk(argv[i], compare_capture);
    decoder_free(decoder);
    for (int i = 0; i < LINKS; i++) {
        for (int six = 0; six < 2; six++) {
            if (short_ways[i][six] == 0) {
                printf("FAILED nothing took the short way behind link layer %d, IPv%d\n", i, six ? 6 : 4);
                failed++;
            }
        }
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
