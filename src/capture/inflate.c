/* SPDX-License-Identifier: BSD-3-Clause */
#include <config.h>

#include "capture/unpack.h"

#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW_BITS = 15 + 16 };

struct inflate {
    struct supply supply;
    const struct compression *compression;
    struct input *packed; /* owned */
    z_stream stream;
    bool within; /* a member of the file, which may have several, that has not ended */
    bool ended;
    bool followed; /* by what is neither a member nor padding */
};

static void inflate_close(struct supply *supply) {
    struct inflate *unpack = (struct inflate *)supply;

    inflateEnd(&unpack->stream);
    input_free(unpack->packed);
    free(unpack);
}

/* Zeros, as blocks of a tape are filled with; what is not in the window yet is taken for the same. */
static bool is_padding(const struct input *packed) {
    for (const uint8_t *at = packed->at; at < packed->end; at++)
        if (*at != 0)
            return false;
    return true;
}

/* After the end of a member: another may follow, or padding. Of anything else gzip warns, too. */
static bool begin_member(struct inflate *unpack) {
    struct input *packed = unpack->packed;

    input_need(packed, COMPRESSION_MAGIC);
    unpack->within = compression_of(packed->at, input_held(packed)) == unpack->compression;
    unpack->ended = !unpack->within;
    unpack->followed = unpack->ended && !is_padding(packed);
    return unpack->within && inflateReset(&unpack->stream) == Z_OK;
}

/* Unpacks what is there of the packed octets, as far as there is room. */
static bool take_held(struct inflate *unpack) {
    struct input *packed = unpack->packed;
    int result;

    unpack->stream.next_in = packed->at;
    unpack->stream.avail_in = (uInt)input_held(packed);
    result = inflate(&unpack->stream, Z_SYNC_FLUSH);
    packed->at = packed->end - unpack->stream.avail_in;
    if (result == Z_STREAM_END)
        unpack->within = false;
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
}

static ssize_t inflate_read(struct supply *supply, uint8_t *room, size_t size, struct message *failure) {
    struct inflate *unpack = (struct inflate *)supply;
    const uInt asked = size > INPUT_LONGEST ? INPUT_LONGEST : (uInt)size;
    z_stream *stream = &unpack->stream;
    bool good = true;

    stream->next_out = room;
    stream->avail_out = asked;
    while (good && stream->avail_out == asked) {
        if ((unpack->ended || (!unpack->within && !begin_member(unpack))) && !unpack->packed->failed) {
            if (unpack->followed)
                message_set(failure,
                            "behind the gzip data, from offset %llu of the compressed file on, is something else",
                            (unsigned long long)input_offset(unpack->packed));
            return unpack->followed ? -1 : 0;
        }
        good = input_need(unpack->packed, 1) && take_held(unpack);
    }
    /* What came before the end or the damage is given first; the next call meets the same again. */
    if (stream->avail_out == asked) {
        supply->cut_short = unpack_explain(unpack->compression, unpack->packed,
                                           stream->msg != NULL ? stream->msg : "no gzip data", failure);
        return -1;
    }
    return (ssize_t)(asked - stream->avail_out);
}

struct supply *inflate_open(const struct compression *compression, struct input *packed, struct message *error) {
    struct inflate *unpack = calloc(1, sizeof *unpack);

    if (unpack == NULL || inflateInit2(&unpack->stream, GZIP_WINDOW_BITS) != Z_OK) {
        message_set(error, "cannot be opened: out of memory");
        free(unpack);
        input_free(packed);
        return NULL;
    }
    unpack->supply = (struct supply){.read = inflate_read, .close = inflate_close};
    unpack->compression = compression;
    unpack->packed = packed;
    unpack->within = true;
    return &unpack->supply;
}
