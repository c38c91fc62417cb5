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
    uint64_t skipped;   /* octets of the file between the head and what follows it */
    size_t head_length;
    uint8_t head[STREAM_OWN_HEAD];
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
    *offset = (off64_t)(source->skipped + source->delivered);
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

/* Takes fd, also when it answers NULL. */
static struct descriptor *descriptor_new(int fd, struct message *error) {
    struct descriptor *source = malloc(sizeof *source);

    if (source == NULL) {
        message_set(error, "cannot be opened: out of memory");
        if (fd != STDIN_FILENO)
            close(fd);
        return NULL;
    }
    source->fd = fd;
    source->delivered = 0;
    source->skipped = 0;
    source->head_length = 0;
    memset(source->head, 0, sizeof source->head);
    return source;
}

/* Takes source, also when it answers false. */
static bool start(struct stream *stream, struct descriptor *source, struct message *error) {
    stream->head_length = source->head_length < STREAM_HEAD ? source->head_length : STREAM_HEAD;
    memcpy(stream->head, source->head, sizeof stream->head);
    stream->file = open_cookie(source, error);
    return stream->file != NULL;
}

bool stream_open(struct stream *stream, const char *path, struct message *error) {
    int fd = open_path(path, error);
    struct descriptor *source = fd < 0 ? NULL : descriptor_new(fd, error);

    if (source == NULL)
        return false;
    if (!read_head(source, error)) {
        descriptor_close(source);
        return false;
    }
    return start(stream, source, error);
}

bool stream_resume(struct stream *stream, int fd, const uint8_t *head, size_t head_length, uint64_t offset,
                   struct message *error) {
    struct descriptor *source = descriptor_new(fd, error);

    if (source == NULL)
        return false;
    if (lseek(fd, (off_t)offset, SEEK_SET) < 0) {
        message_set(error, "cannot be read at offset %llu: %s", (unsigned long long)offset, strerror(errno));
        descriptor_close(source);
        return false;
    }
    source->skipped = offset - head_length;
    source->head_length = head_length;
    memcpy(source->head, head, head_length);
    return start(stream, source, error);
}
