/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

struct unarchive {
    struct supply supply;
    const struct compression *compression;
    struct input *packed; /* owned */
    struct archive *archive;
    const uint8_t *block; /* what libarchive unpacked last and was not taken yet; its own */
    size_t held;
    bool ended;
};

static la_ssize_t give_packed(struct archive *archive, void *context, const void **octets) {
    struct input *packed = ((struct unarchive *)context)->packed;
    size_t held;

    (void)archive;
    if (!input_need(packed, 1))
        return packed->failed ? ARCHIVE_FATAL : 0;
    held = input_held(packed);
    *octets = packed->at;
    packed->at = packed->end;
    return (la_ssize_t)held;
}

static bool explain(const struct unarchive *unpack, struct message *failure) {
    const char *reason = unpack->archive == NULL ? "out of memory" : archive_error_string(unpack->archive);

    return unpack_explain(unpack->compression, unpack->packed, reason != NULL ? reason : "no reason is given", failure);
}

/* Block by block: archive_read_data would drop the blocks before a failure. */
static ssize_t unarchive_read(struct supply *supply, uint8_t *room, size_t size, struct message *failure) {
    struct unarchive *unpack = (struct unarchive *)supply;
    la_int64_t offset;

    while (unpack->held == 0 && !unpack->ended) {
        int status = archive_read_data_block(unpack->archive, (const void **)&unpack->block, &unpack->held, &offset);

        if (status < ARCHIVE_WARN) {
            supply->cut_short = explain(unpack, failure);
            return -1;
        }
        unpack->ended = status == ARCHIVE_EOF;
    }
    size = size < unpack->held ? size : unpack->held;
    if (size == 0)
        return 0;
    memcpy(room, unpack->block, size);
    unpack->block += size;
    unpack->held -= size;
    return (ssize_t)size;
}

static void unarchive_close(struct supply *supply) {
    struct unarchive *unpack = (struct unarchive *)supply;

    archive_read_free(unpack->archive);
    input_free(unpack->packed);
    free(unpack);
}

/* No format: a stream of octets comes out. */
static bool start(struct unarchive *unpack) {
    struct archive_entry *entry;
    int status;

    unpack->archive = archive_read_new();
    if (unpack->archive == NULL)
        return false;
    archive_read_support_filter_gzip(unpack->archive);
    archive_read_support_filter_zstd(unpack->archive);
    archive_read_support_filter_xz(unpack->archive);
    archive_read_support_filter_bzip2(unpack->archive);
    archive_read_support_filter_lz4(unpack->archive);
    archive_read_support_format_raw(unpack->archive);
    archive_read_support_format_empty(unpack->archive);
    if (archive_read_open(unpack->archive, unpack, NULL, give_packed, NULL) < ARCHIVE_WARN)
        return false;
    status = archive_read_next_header(unpack->archive, &entry);
    unpack->ended = status == ARCHIVE_EOF;
    return status >= ARCHIVE_WARN || unpack->ended;
}

struct supply *unarchive_open(const struct compression *compression, struct input *packed, struct message *error) {
    struct unarchive *unpack = calloc(1, sizeof *unpack);
    struct message reason;

    if (unpack == NULL) {
        message_set(error, "cannot be opened: out of memory");
        input_free(packed);
        return NULL;
    }
    unpack->supply = (struct supply){.read = unarchive_read, .close = unarchive_close};
    unpack->compression = compression;
    unpack->packed = packed;
    if (start(unpack))
        return &unpack->supply;
    bool cut_short = explain(unpack, &reason);
    message_set(error, "%s: %s", cut_short ? "cut short" : "cannot be unpacked", reason.text);
    unarchive_close(&unpack->supply);
    return NULL;
}
