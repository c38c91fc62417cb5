/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* libarchive is loaded where something is to be unpacked by it: with the libraries that it needs itself it took more
 * than half of the time in which a small capture is read. */
#define EACH_FUNCTION(ROW)                                                                                             \
    ROW(archive_error_string)                                                                                          \
    ROW(archive_filter_code)                                                                                           \
    ROW(archive_read_data_block)                                                                                       \
    ROW(archive_read_free)                                                                                             \
    ROW(archive_read_new)                                                                                              \
    ROW(archive_read_next_header)                                                                                      \
    ROW(archive_read_open)                                                                                             \
    ROW(archive_read_support_filter_bzip2)                                                                             \
    ROW(archive_read_support_filter_gzip)                                                                              \
    ROW(archive_read_support_filter_lz4)                                                                               \
    ROW(archive_read_support_filter_xz)                                                                                \
    ROW(archive_read_support_filter_zstd)                                                                              \
    ROW(archive_read_support_format_empty)                                                                             \
    ROW(archive_read_support_format_raw)

static struct {
    bool loaded;
#define ROW(name) __typeof__(name) *name;
    EACH_FUNCTION(ROW)
#undef ROW
} library;

struct unarchive {
    struct supply supply;
    const struct compression *compression;
    struct input *packed; /* owned */
    struct archive *archive;
    const uint8_t *block; /* what libarchive unpacked last and was not taken yet; its own */
    size_t held;
    bool ended;
};

static void load(void) {
    void *handle = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL); /* since 2011 */
    void *symbol;

    library.loaded = handle != NULL;
#define ROW(name)                                                                                                      \
    symbol = library.loaded ? dlsym(handle, #name) : NULL;                                                             \
    library.loaded = symbol != NULL;                                                                                   \
    memcpy(&library.name, &symbol, sizeof symbol);
    EACH_FUNCTION(ROW)
#undef ROW
}

bool unarchive_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return library.loaded;
}

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

/* libarchive wants more octets than the magic number to know a kind again (14 of bzip2). What it does not know it would
 * give as it is. */
static bool is_recognised(const struct unarchive *unpack) {
    return library.archive_filter_code(unpack->archive, 0) != ARCHIVE_FILTER_NONE;
}

static bool explain(const struct unarchive *unpack, struct message *failure) {
    enum { LONGEST_HEADER = 32 }; /* octets, of any kind: what is longer and not known again is damaged */
    const char *reason = unpack->archive == NULL ? "out of memory" : library.archive_error_string(unpack->archive);

    if (unpack->archive != NULL && reason == NULL && unpack->packed->read > LONGEST_HEADER && !is_recognised(unpack)) {
        message_set(failure, "the %s data are damaged in their header, at offset 0 of the compressed file",
                    unpack->compression->name);
        return false;
    }
    return unpack_explain(unpack->compression, unpack->packed, reason != NULL ? reason : "no reason is given", failure);
}

/* Block by block: archive_read_data would drop the blocks before a failure. */
static ssize_t unarchive_read(struct supply *supply, uint8_t *room, size_t size, struct message *failure) {
    struct unarchive *unpack = (struct unarchive *)supply;
    la_int64_t offset;

    while (unpack->held == 0 && !unpack->ended) {
        int status =
            library.archive_read_data_block(unpack->archive, (const void **)&unpack->block, &unpack->held, &offset);

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

    library.archive_read_free(unpack->archive);
    input_free(unpack->packed);
    free(unpack);
}

/* No format: a stream of octets comes out. */
static bool start(struct unarchive *unpack) {
    struct archive_entry *entry;
    int status;

    unpack->archive = library.archive_read_new();
    if (unpack->archive == NULL)
        return false;
    library.archive_read_support_filter_gzip(unpack->archive);
    library.archive_read_support_filter_zstd(unpack->archive);
    library.archive_read_support_filter_xz(unpack->archive);
    library.archive_read_support_filter_bzip2(unpack->archive);
    library.archive_read_support_filter_lz4(unpack->archive);
    library.archive_read_support_format_raw(unpack->archive);
    library.archive_read_support_format_empty(unpack->archive);
    if (library.archive_read_open(unpack->archive, unpack, NULL, give_packed, NULL) < ARCHIVE_WARN)
        return false;
    status = library.archive_read_next_header(unpack->archive, &entry);
    unpack->ended = status == ARCHIVE_EOF;
    return (status >= ARCHIVE_WARN && is_recognised(unpack)) || unpack->ended;
}

struct supply *unarchive_open(const struct compression *compression, struct input *packed, struct message *error) {
    struct unarchive *unpack = unarchive_load() ? calloc(1, sizeof *unpack) : NULL;
    struct message reason;

    if (unpack == NULL) {
        if (library.loaded)
            message_set(error, "cannot be opened: out of memory");
        else
            message_set(error,
                        "is compressed by %s, and libarchive is not installed: unpack it first, as in \"%s -dc FILE | "
                        "finwait -\"",
                        compression->name, compression->name);
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
