/* SPDX-License-Identifier: BSD-3-Clause */
#include <config.h>

#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 18 };

struct descriptor {
    int fd;
    uint64_t delivered; /* octets given to stdio so far */
    size_t head_length;
    uint8_t head[STREAM_HEAD];
    char buffer[BUFFER_SIZE]; /* of stdio */
};

static ssize_t descriptor_read(void *cookie, char *buffer, size_t size) {
    struct descriptor *source = cookie;
    ssize_t got;

    if (source->delivered < source->head_length) {
        size_t left = source->head_length - (size_t)source->delivered;

        got = (ssize_t)(size < left ? size : left);
        memcpy(buffer, source->head + source->delivered, (size_t)got);
    } else {
        /* A signal that is caught ends the read for good: whoever caught it wants to stop. */
        got = read(source->fd, buffer, size);
    }
    if (got > 0)
        source->delivered += (uint64_t)got;
    return got;
}

/* Only tells where the stream is: what a pipe has given cannot be had again. */
static int descriptor_seek(void *cookie, off64_t *offset, int whence) {
    const struct descriptor *source = cookie;

    if (whence != SEEK_CUR || *offset != 0) {
        errno = ESPIPE;
        return -1;
    }
    *offset = (off64_t)source->delivered;
    return 0;
}

static int descriptor_close(void *cookie) {
    struct descriptor *source = cookie;

    if (source->fd != STDIN_FILENO)
        close(source->fd);
    free(source);
    return 0;
}

static int open_path(const char *path, struct message *error) {
    struct stat status;
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &status) != 0) {
        message_set(error, "cannot be opened: %s", strerror(errno));
        return -1;
    }
    if (S_ISDIR(status.st_mode)) {
        message_set(error, "is a directory: name the capture files in it");
        close(fd);
        return -1;
    }
    return fd;
}

/* The first octets are read ahead, because a pipe cannot be rewound after a look at its magic number. */
static bool read_head(struct descriptor *source, struct message *error) {
    while (source->head_length < STREAM_HEAD) {
        ssize_t got = read(source->fd, source->head + source->head_length, STREAM_HEAD - source->head_length);

        if (got < 0) {
            message_set(error, "cannot be read at offset %zu: %s", source->head_length, strerror(errno));
            return false;
        }
        if (got == 0)
            break;
        source->head_length += (size_t)got;
    }
    return true;
}

static FILE *open_cookie(struct descriptor *source, struct message *error) {
    static const cookie_io_functions_t functions = {
        .read = descriptor_read, .seek = descriptor_seek, .close = descriptor_close};
    FILE *file = fopencookie(source, "r", functions);

    if (file == NULL || setvbuf(file, source->buffer, _IOFBF, BUFFER_SIZE) != 0) {
        message_set(error, "cannot be opened: out of memory");
        if (file != NULL)
            fclose(file);
        else
            descriptor_close(source);
        return NULL;
    }
    return file;
}

bool stream_open(struct stream *stream, const char *path, struct message *error) {
    struct descriptor *source;
    int fd = open_path(path, error);

    if (fd < 0)
        return false;
    source = malloc(sizeof *source);
    if (source == NULL) {
        message_set(error, "cannot be opened: out of memory");
        close(fd);
        return false;
    }
    source->fd = fd;
    source->delivered = 0;
    source->head_length = 0;
    memset(source->head, 0, sizeof source->head);
    if (!read_head(source, error)) {
        descriptor_close(source);
        return false;
    }
    stream->head_length = source->head_length;
    memcpy(stream->head, source->head, sizeof stream->head);
    stream->file = open_cookie(source, error);
    return stream->file != NULL;
}
