/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/destination.h"

#include "cli/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_standard_output(const char *path) {
    return path == NULL || strcmp(path, "-") == 0;
}

static bool is_input(const char *path, const char *const *inputs, size_t input_count) {
    struct stat output;
    struct stat input;

    if (stat(path, &output) != 0 || !S_ISREG(output.st_mode))
        return false;
    for (size_t i = 0; i < input_count; i++) {
        int failed = strcmp(inputs[i], "-") == 0 ? fstat(STDIN_FILENO, &input) : stat(inputs[i], &input);
        if (failed == 0 && input.st_dev == output.st_dev && input.st_ino == output.st_ino)
            return true;
    }
    return false;
}

static int open_file(const char *path, int flags) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);

    if (descriptor < 0)
        complain("%s: %s", *path == '\0' ? "''" : path, strerror(errno));
    return descriptor;
}

int destination_open_at_end(const char *path) {
    return is_standard_output(path) ? STDOUT_FILENO : open_file(path, O_APPEND);
}

int destination_open(const char *path, const char *const *inputs, size_t input_count) {
    if (is_standard_output(path))
        return STDOUT_FILENO;
    if (is_input(path, inputs, input_count)) {
        complain("%s: is a capture to be read; it would be overwritten", path);
        return -1;
    }
    return open_file(path, O_TRUNC);
}

/* A pipe that nobody reads would not be opened before somebody does. */
bool destination_reopen(const char *path, int descriptor) {
    int opened = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0666);
    bool good = opened >= 0 && fcntl(opened, F_SETFL, O_APPEND) == 0 && dup3(opened, descriptor, O_CLOEXEC) >= 0;

    if (!good)
        complain("%s: cannot be opened anew%s, and is written on: %s", path,
                 errno == EACCES ? " with the rights that were kept (see -Z)" : "", strerror(errno));
    if (opened >= 0)
        close(opened);
    return good;
}

void destination_append(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);

    if (flags >= 0)
        fcntl(descriptor, F_SETFL, flags | O_APPEND);
}

bool destination_close(const char *path, int descriptor, bool say_why) {
    if (close(descriptor) == 0)
        return true;
    if (say_why)
        destination_complain(path, errno);
    return false;
}

void destination_complain(const char *path, int error) {
    if (!is_standard_output(path))
        complain("%s: %s", path, strerror(error));
    else if (error != EPIPE)
        complain("standard output: %s", strerror(error));
}
