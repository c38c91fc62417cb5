/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "report/deflate.h"

#ifdef HAVE_ZLIB
#include <zlib.h>

enum { RAW_WINDOW_BITS = -15, MEMORY_LEVEL = 8, STEP = 65536 };

/* z_stream's members for input are not const, though zlib only reads. */
static void feed(z_stream *stream, const char *text, size_t size) {
    union {
        const char *given;
        Bytef *taken;
    } input = {text};

    stream->next_in = input.taken;
    stream->avail_in = (uInt)size;
}

/* Calls deflate or inflate until all of the input is taken and all of its output is kept. */
static bool drain(struct output *output, z_stream *stream, int (*work)(z_stream *stream, int flush)) {
    int result;

    do {
        if (!output_reserve_quickly(output, STEP)) {
            return false;
        }
        stream->next_out = (Bytef *)(output->bytes + output->used);
        stream->avail_out = STEP;
        result = work(stream, Z_FINISH);
        output->used += STEP - stream->avail_out;
    } while (result == Z_OK || (result == Z_BUF_ERROR && stream->avail_out == 0));
    return result == Z_STREAM_END;
}

bool deflate_write(struct output *output, const char *text, size_t size) {
    z_stream stream = {0};

    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        return false;
    }
    feed(&stream, text, size);
    bool done = drain(output, &stream, deflate);
    deflateEnd(&stream);
    return done;
}

bool inflate_write(struct output *output, const char *packed, size_t size) {
    z_stream stream = {0};

    if (inflateInit2(&stream, RAW_WINDOW_BITS) != Z_OK) {
        return false;
    }
    feed(&stream, packed, size);
    bool done = drain(output, &stream, inflate);
    inflateEnd(&stream);
    return done;
}

#else

enum { STORED_MAX = 65535, HEADER_SIZE = 5 };

bool deflate_write(struct output *output, const char *text, size_t size) {
    do {
        size_t length = size < STORED_MAX ? size : STORED_MAX;
        output_char(output, size == length); /* the last block; type 0: stored */
        output_char(output, (char)(length & 0xff));
        output_char(output, (char)(length >> 8));
        output_char(output, (char)(~length & 0xff));
        output_char(output, (char)(~length >> 8 & 0xff));
        output_bytes(output, text, length);
        text += length;
        size -= length;
    } while (size > 0);
    return output_error(output) == 0;
}

bool inflate_write(struct output *output, const char *packed, size_t size) {
    while (size >= HEADER_SIZE) {
        size_t length = (unsigned char)packed[1] | (size_t)(unsigned char)packed[2] << 8;
        output_bytes(output, packed + HEADER_SIZE, length);
        packed += HEADER_SIZE + length;
        size -= HEADER_SIZE + length;
    }
    return output_error(output) == 0;
}

#endif
