/* SPDX-License-Identifier: BSD-3-Clause */
/* Compressed captures. Nothing that is changed in a compressed file would get past its checksums: of inputs that begin
 * with a zero the rest is compressed here, into a file with a head, or two of them; others are compressed files. */
#include <config.h>

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>

enum { GZIP_WINDOW_BITS = 15 + 16, MEMORY_LEVEL = 8 };

/* One gzip member; returns its octets. */
static size_t pack(uint8_t *room, size_t size, const uint8_t *data, size_t length) {
    z_stream stream = {0};

    if (deflateInit2(&stream, 1, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    stream.next_in = data;
    stream.avail_in = (uInt)length;
    stream.next_out = room;
    stream.avail_out = (uInt)size;
    int result = deflate(&stream, Z_FINISH);
    size_t packed = size - stream.avail_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? packed : 0;
}

/* In two members when the second octet says so, cut at an octet or with one changed when the third does. */
static void read_packed(const uint8_t *data, size_t size) {
    enum { HEAD = 4, MARGIN = 256 };
    size_t room = 2 * size + MARGIN;
    uint8_t *packed = size < HEAD ? NULL : malloc(room);

    if (packed == NULL)
        return;
    size_t length = size - HEAD, first = (data[1] & 1) != 0 ? length / 2 : length;
    size_t used = pack(packed, room, data + HEAD, first);
    if (first < length)
        used += pack(packed + used, room - used, data + HEAD + first, length - first);
    if ((data[2] & 1) != 0 && used > 0)
        packed[data[3] * used / 256] ^= data[2];
    fuzz_read(packed, (data[2] & 2) != 0 ? data[3] * used / 256 : used);
    free(packed);
}
#else
static void read_packed(const uint8_t *data, size_t size) {
    fuzz_read(data, size);
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 0 && data[0] == 0)
        read_packed(data, size);
    else
        fuzz_read(data, size);
    return 0;
}
