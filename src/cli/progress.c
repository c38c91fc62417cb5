/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PROGRESS_DELAY_MS = 500, PROGRESS_INTERVAL_MS = 100, BAR_COLUMNS = 20, LINE_ROOM = 160 };

/* The terminal is one thing of the whole process, and so is this. */
static struct {
    bool enabled;
    bool shown;
    int64_t began; /* ms */
    int64_t next;  /* ms: no update before */
} terminal;

static int64_t now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool progress_enable(void) {
    terminal.enabled = isatty(STDERR_FILENO);
    terminal.began = now_ms();
    terminal.next = terminal.began + PROGRESS_DELAY_MS;
    return terminal.enabled;
}

static int put_rate(char *text, size_t size, const struct progress *progress) {
    double rate = progress->elapsed <= 0 ? 0 : (double)progress->frames * 1000 / (double)progress->elapsed;

    return rate >= 1e6 ? snprintf(text, size, "%" PRIu64 " frames, %.1f M/s", progress->frames, rate / 1e6)
                       : snprintf(text, size, "%" PRIu64 " frames, %.0f/s", progress->frames, rate);
}

static void put_time_left(char *text, size_t size, const struct progress *progress, double part) {
    double seconds = (double)progress->elapsed / 1000 * (1 - part) / part;

    if (seconds < 60)
        snprintf(text, size, ", %.0f s left", seconds);
    else if (seconds < 100 * 3600)
        snprintf(text, size, ", %.0f min left", seconds / 60);
}

void progress_words(const struct progress *progress, char *line, size_t size) {
    static const char bar[] = "####################--------------------";
    double part = progress->octets_total == 0 ? 0 : (double)progress->octets / (double)progress->octets_total;
    int done, length = 0;

    part = part > 1 ? 1 : part;
    done = (int)(part * BAR_COLUMNS);
    if (progress->octets_total > 0)
        length = snprintf(line, size, "[%.*s] %3d %%  ", BAR_COLUMNS, bar + BAR_COLUMNS - done, (int)(100 * part));
    length += put_rate(line + length, size - (size_t)length, progress);
    if (part > 0 && part < 1)
        put_time_left(line + length, size - (size_t)length, progress, part);
}

void progress_update(const struct progress *latest) {
    struct progress now = *latest;
    int64_t time = now_ms();
    char line[LINE_ROOM];

    if (!terminal.enabled || time < terminal.next)
        return;
    terminal.next = time + PROGRESS_INTERVAL_MS;
    now.elapsed = time - terminal.began;
    progress_words(&now, line, sizeof line);
    progress_show(line);
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
    terminal.shown = true;
    fprintf(stderr, "\r\033[K%.*s", columns_for(line), line);
    fflush(stderr);
}

void progress_clear(void) {
    if (!terminal.shown)
        return;
    terminal.shown = false;
    fputs("\r\033[K", stderr);
    fflush(stderr);
}

void progress_end(void) {
    progress_clear();
    terminal.enabled = false;
}
