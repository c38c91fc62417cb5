/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/run_internal.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    WAIT_MS = 250,          /* for a frame: so long may a signal go unnoticed */
    TICK_MS = 200,          /* between two calls of tick, about */
    FLUSH_MS = 100,         /* the longest that a line waits under load */
    CLOCK_MARGIN_MS = 1000, /* time passes so much later than it does: no frame may come that is older */
    LAST_WAIT_MS = 1000,    /* for what passed before the end, if nothing comes that passed later */
    LAST_READING_MS = 10000 /* of what passed before the end, by a clock that was set back */
};
#define MS(n) ((int64_t)(n)*1000000)

struct watching {
    struct run *run;
    const struct live_run *settings;
    int64_t started; /* monotonic, as all others */
    int64_t next_tick;
    int64_t next_flush;
    uint64_t dropped; /* frames, as far as the engine knows */
    int64_t taken;    /* when the interfaces were read last */
    int64_t longest_pause;
    bool stopping;
    int64_t give_up; /* waiting for what passed before, once nothing more of it is there */
    bool over;
};

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void begin_to_stop(struct watching *watching) {
    if (watching->stopping)
        return;
    watching->stopping = true;
    live_stop_at(watching->settings->live, clock_ns(CLOCK_REALTIME));
    watching->give_up = clock_ns(CLOCK_MONOTONIC) + MS(LAST_WAIT_MS);
}

/* --- frames --- */

/* By errno. Ends it at once: without the frames that were to be kept the rest is worth little. */
static void saving_failed(struct watching *watching) {
    struct message sentence;

    message_set(&sentence, "%s: %s", watching->settings->writer_name, strerror(errno));
    run_complain(watching->run, sentence.text);
    begin_to_stop(watching);
    watching->over = true;
}

static void save(struct watching *watching, const struct frame *frames, unsigned count) {
    const struct live_run *settings = watching->settings;
    const struct run_settings *run_settings = watching->run->settings;
    const struct capture_info *info = live_info(settings->live);

    if (run_settings->evidence != NULL)
        evidence_live_frames(run_settings->evidence, frames, count, info);
    for (unsigned i = 0; settings->writer != NULL && i < count; i++)
        if (!writer_frame(settings->writer, &frames[i], info, NULL, 0)) {
            saving_failed(watching);
            return;
        }
}

static enum engine_result take(struct watching *watching, const struct frame *frames, unsigned count) {
    save(watching, frames, count);
    return run_take(watching->run, frames, count);
}

/* Nothing came: what is due by now ends, as it would with the next frame. */
static enum engine_result pass_time(struct watching *watching) {
    int64_t until = live_complete_until(watching->settings->live);

    if (until == 0 || !watching->run->origin_known)
        return ENGINE_OK;
    return engine_pass_time(watching->run->engine, until - MS(CLOCK_MARGIN_MS));
}

/* --- besides --- */

/* What was lost since the last time, before now: by the clock, or by frames that it was set back behind. */
static void count_drops(struct run *run, struct live *live, uint64_t *dropped) {
    const struct capture_info *info = live_info(live);
    uint64_t before = *dropped;
    int64_t now = clock_ns(CLOCK_REALTIME);

    live_count_drops(live);
    *dropped = info->dropped_by_kernel;
    if (*dropped > before)
        engine_note_dropped(run->engine, *dropped - before, now > info->last_time ? now : info->last_time);
}

static void tick(struct watching *watching, int64_t now) {
    struct run *run = watching->run;
    const struct capture_info *info = live_info(watching->settings->live);
    struct live_state state = {.running = now - watching->started};

    if (now < watching->next_tick || watching->settings->tick == NULL)
        return;
    watching->next_tick = now + MS(TICK_MS);
    count_drops(run, watching->settings->live, &watching->dropped);
    state.frames = info->frames;
    state.dropped = info->dropped_by_kernel;
    state.longest_pause = watching->longest_pause;
    state.open = engine_open(run->engine);
    state.summary = report_summary(run->report);
    if (!watching->settings->tick(run->settings->context, &state))
        begin_to_stop(watching);
}

/* What is known is written at once, but for a flood of frames not with each of them. */
static void flush(struct watching *watching, int64_t now, bool quiet) {
    if (!quiet && now < watching->next_flush)
        return;
    watching->next_flush = now + MS(FLUSH_MS);
    report_flush(watching->run->report);
    if (watching->settings->file != NULL && !watching->over && fflush(watching->settings->file) != 0)
        saving_failed(watching);
}

static void look_around(struct watching *watching, bool quiet) {
    const struct live_run *settings = watching->settings;
    const volatile sig_atomic_t *stop = watching->run->settings->stop;
    int64_t now = clock_ns(CLOCK_MONOTONIC);

    flush(watching, now, quiet);
    tick(watching, now);
    now = clock_ns(CLOCK_MONOTONIC);
    if (now - watching->taken > watching->longest_pause)
        watching->longest_pause = now - watching->taken;
    if ((stop != NULL && *stop != 0) || (settings->duration != 0 && now - watching->started >= settings->duration))
        begin_to_stop(watching);
    if (settings->count != 0 && live_info(settings->live)->frames >= settings->count)
        watching->over = true;
}

static unsigned room_for(const struct live_run *settings) {
    uint64_t left = settings->count - live_info(settings->live)->frames;

    return settings->count != 0 && left < ENGINE_BATCH ? (unsigned)left : ENGINE_BATCH;
}

/* An interface that is down or gone ends the watching with a message; all that was seen is reported. */
static enum engine_result report_interfaces(struct run *run, struct live *live, uint64_t dropped) {
    const struct capture_info *info = live_info(live);
    struct message sentence;

    count_drops(run, live, &dropped);
    if (info->failed) {
        message_set(&sentence, "%s: %s", info->path, info->error);
        run_complain(run, sentence.text);
    }
    return report_capture(run->report, info) ? ENGINE_OK : ENGINE_NO_MEMORY;
}

/* Whether everything that passed before the end has been taken. A wait that began before may have been one for the CPU:
 * then what the kernel has is still to be read. */
static bool has_all(const struct watching *watching, int64_t asked, unsigned count) {
    if (!watching->stopping)
        return false;
    return count == 0 ? asked >= watching->give_up : asked >= watching->give_up + MS(LAST_READING_MS);
}

enum engine_result run_live(struct run *run) {
    const struct live_run *settings = run->settings->live;
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    struct watching watching = {.run = run, .settings = settings, .started = now, .next_tick = now};
    enum engine_result result = ENGINE_OK;
    struct frame frames[ENGINE_BATCH];
    enum live_status status;

    do {
        int wait = watching.stopping ? TICK_MS / 4 : WAIT_MS;
        int64_t asked = clock_ns(CLOCK_MONOTONIC);
        unsigned count = live_next(settings->live, frames, room_for(settings), wait, &status);

        watching.taken = clock_ns(CLOCK_MONOTONIC);
        watching.over = has_all(&watching, asked, count);
        result = count > 0 ? take(&watching, frames, count) : pass_time(&watching);
        look_around(&watching, count < ENGINE_BATCH);
    } while (result == ENGINE_OK && status != LIVE_ENDED && status != LIVE_STOPPED && !watching.over &&
             !report_failed(run->report));
    return result != ENGINE_OK ? result : report_interfaces(run, settings->live, watching.dropped);
}
