/* SPDX-License-Identifier: BSD-3-Clause */
#include <config.h>

#include "capture/unpack.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct compression compressions[] = {
    {"gzip", "\x1f\x8b\x08", 3}, {"zstd", "\x28\xb5\x2f\xfd", 4}, {"xz", "\xfd\x37zXZ\x00", 6},
    {"bzip2", "BZh", 3},         {"lz4", "\x04\x22\x4d\x18", 4},  {"lz4", "\x02\x21\x4c\x18", 4}, /* its first format */
};

const struct compression *compression_of(const uint8_t *head, size_t length) {
    for (size_t i = 0; i < sizeof compressions / sizeof *compressions; i++)
        if (length >= compressions[i].magic_length &&
            memcmp(head, compressions[i].magic, compressions[i].magic_length) == 0)
            return &compressions[i];
    return NULL;
}

bool unpack_explain(const struct compression *compression, const struct input *packed, const char *reason,
                    struct message *failure) {
    if (packed->failed)
        message_set(failure, "%s", packed->failure.text);
    else if (input_held(packed) == 0)
        message_set(failure, "the %s data end at offset %llu of the compressed file", compression->name,
                    (unsigned long long)packed->read);
    else
        message_set(failure, "the %s data are damaged before offset %llu of the compressed file: %s", compression->name,
                    (unsigned long long)input_offset(packed), reason);
    return !packed->failed && input_held(packed) == 0;
}

/* What that descriptor will give is known before it is read: it is a file. */
static bool is_file(int descriptor) {
    struct stat status;

    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

/* Not of a pipe, which is not to be touched before it is read. */
static int open_file(const char *path) {
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

/* Below 0: it cannot be looked into before it is read. */
static ssize_t read_head(const char *path, uint8_t head[static COMPRESSION_MAGIC]) {
    bool standard_input = strcmp(path, "-") == 0;
    int descriptor = standard_input ? STDIN_FILENO : open_file(path);
    ssize_t length = -1;

    if (descriptor >= 0 && is_file(descriptor))
        length = pread(descriptor, head, COMPRESSION_MAGIC, standard_input ? lseek(descriptor, 0, SEEK_CUR) : 0);
    if (descriptor >= 0 && !standard_input)
        close(descriptor);
    return length;
}

bool unpack_is_needed(const char *path) {
    uint8_t head[COMPRESSION_MAGIC];
    ssize_t length = read_head(path, head);

    return length >= 0 && compression_of(head, (size_t)length) != NULL;
}

#ifdef HAVE_LIBARCHIVE
static bool is_unpacked_by_libarchive(const struct compression *compression) {
#ifdef HAVE_ZLIB
    return strcmp(compression->name, "gzip") != 0;
#else
    (void)compression;
    return true;
#endif
}

void unpack_prepare(const char *path) {
    uint8_t head[COMPRESSION_MAGIC];
    ssize_t length = read_head(path, head);
    const struct compression *compression = length < 0 ? NULL : compression_of(head, (size_t)length);

    if (length < 0 || (compression != NULL && is_unpacked_by_libarchive(compression)))
        unarchive_load();
}
#else
void unpack_prepare(const char *path) {
    (void)path;
}
#endif

struct supply *unpack_open(const struct compression *compression, struct input *packed, struct message *error) {
#ifdef HAVE_ZLIB
    if (strcmp(compression->name, "gzip") == 0)
        return inflate_open(compression, packed, error);
#endif
#ifdef HAVE_LIBARCHIVE
    return unarchive_open(compression, packed, error);
#else
    message_set(error,
                "is compressed by %s, which this finwait was built without: unpack it first, as in "
                "\"%s -dc FILE | finwait -\"",
                compression->name, compression->name);
    input_free(packed);
    return NULL;
#endif
}
