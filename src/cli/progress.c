/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PROGRESS_DELAY_MS = 500, PROGRESS_INTERVAL_MS = 100 };

/* The terminal is one thing of the whole process, and so is this. */
static struct {
    bool enabled;
    bool shown;
    int64_t next; /* ms: no update before */
} progress;

static int64_t now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool progress_enable(bool report_to_terminal) {
    progress.enabled = isatty(STDERR_FILENO) && !report_to_terminal;
    progress.next = now_ms() + PROGRESS_DELAY_MS;
    return progress.enabled;
}

void progress_update(uint64_t octets, uint64_t octets_total, uint64_t frames) {
    if (!progress.enabled)
        return;
    int64_t now = now_ms();
    if (now < progress.next)
        return;
    progress.next = now + PROGRESS_INTERVAL_MS;
    progress.shown = true;
    if (octets_total > 0) {
        unsigned percent = octets >= octets_total ? 100 : (unsigned)(100.0 * (double)octets / (double)octets_total);
        fprintf(stderr, "\r\033[K%3u %%  %" PRIu64 " frames", percent, frames);
    } else {
        fprintf(stderr, "\r\033[K%" PRIu64 " frames", frames);
    }
    fflush(stderr);
}

/* A line that goes on in the next row of the terminal could not be written over. */
static int columns_for(const char *line) {
    struct winsize size;
    int length = (int)strlen(line);

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2 || length < size.ws_col)
        return length;
    return size.ws_col - 1;
}

void progress_show(const char *line) {
    if (!isatty(STDERR_FILENO))
        return;
    progress.shown = true;
    fprintf(stderr, "\r\033[K%.*s", columns_for(line), line);
    fflush(stderr);
}

void progress_clear(void) {
    if (!progress.shown)
        return;
    progress.shown = false;
    fputs("\r\033[K", stderr);
    fflush(stderr);
}
