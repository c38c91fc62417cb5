/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/capture.h"

#include "capture/filter.h"
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct capture {
    struct source *source;
    struct filter *filter;      /* NULL: every frame is wanted */
    enum capture_status status; /* CAPTURE_FRAME while the source is open, then how it ended */
    char *path;
    struct message failure;
    struct capture_info info;
};

struct capture *capture_open(const char *path, struct message *error) {
    struct capture *capture = calloc(1, sizeof *capture);

    if (capture == NULL || (capture->path = strdup(path)) == NULL) {
        message_set(error, "cannot be opened: out of memory");
        free(capture);
        return NULL;
    }
    capture->source = mapped_open(path);
    if (capture->source == NULL)
        capture->source = savefile_open(path, error);
    if (capture->source == NULL) {
        capture_free(capture);
        return NULL;
    }
    capture->status = CAPTURE_FRAME;
    capture->info.path = capture->path;
    capture->info.format = capture->source->format;
    capture->info.interfaces = capture->source->interfaces;
    capture->info.interface_count = capture->source->interface_count;
    capture_number_from(capture, 1);
    return capture;
}

void capture_free(struct capture *capture) {
    if (capture == NULL)
        return;
    if (capture->source != NULL && capture->status == CAPTURE_FRAME)
        capture->source->methods->close(capture->source);
    free(capture->source);
    filter_free(capture->filter);
    free(capture->path);
    free(capture);
}

void capture_number_from(struct capture *capture, uint64_t first_frame) {
    capture->info.first_frame = first_frame;
    capture->source->number = first_frame;
}

bool capture_filter(struct capture *capture, const char *expression, struct message *error) {
    struct filter *filter = filter_new(expression, capture->info.interfaces[0].link_type, error);

    if (filter == NULL)
        return false;
    filter_free(capture->filter);
    capture->filter = filter;
    return true;
}

bool capture_filter_is_valid(const char *expression, struct message *error) {
    return filter_is_valid(expression, error);
}

static void account(struct capture_info *info, const struct frame *frame) {
    if (info->frames == 0 || frame->time < info->first_time)
        info->first_time = frame->time;
    if (info->frames == 0 || frame->time > info->last_time)
        info->last_time = frame->time;
    info->frames++;
    info->bytes += frame->wire_length;
}

static void note_failure(struct capture *capture) {
    const struct source_failure *failure = &capture->source->failure;

    capture->failure = failure->reason;
    capture->info.failed = true;
    capture->info.truncated = failure->truncated;
    capture->info.error_offset_known = true;
    capture->info.error_offset = failure->offset;
    capture->info.error = capture->failure.text;
}

/* Times of which the sum of any two, and some hours, can be told in 64 bits: from 1824 to 2116. */
static int64_t bounded_time(int64_t time) {
    const int64_t limit = INT64_MAX / 2 - 1000000000000000;

    return time > limit ? limit : time < -limit ? -limit : time;
}

unsigned capture_next_batch(struct capture *capture, struct frame *frames, unsigned room, enum capture_status *status) {
    struct source *source = capture->source;
    unsigned count = 0;

    if (capture->status == CAPTURE_FRAME) {
        count = source->methods->next(source, frames, room, &capture->status);
        if (count == 0) {
            if (capture->status == CAPTURE_ERROR)
                note_failure(capture);
            source->methods->close(source);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        frames[i].time = bounded_time(frames[i].time);
        account(&capture->info, &frames[i]);
        if (capture->filter != NULL)
            frames[i].filtered = !filter_wants(capture->filter, &frames[i]);
    }
    *status = capture->status;
    return count;
}

enum capture_status capture_next(struct capture *capture, struct frame *frame) {
    enum capture_status status;

    if (capture_next_batch(capture, frame, 1, &status) == 0)
        return status;
    return frame->filtered ? CAPTURE_FILTERED : CAPTURE_FRAME;
}

const struct capture_info *capture_info(const struct capture *capture) {
    return &capture->info;
}

size_t capture_link_types(const struct capture *capture, int *link_types, size_t room) {
    const struct capture_info *info = &capture->info;
    size_t count = 0;

    for (size_t i = 0; i < info->interface_count; i++) {
        size_t earlier = 0;

        while (earlier < i && info->interfaces[earlier].link_type != info->interfaces[i].link_type)
            earlier++;
        if (earlier < i)
            continue;
        if (count < room)
            link_types[count] = info->interfaces[i].link_type;
        count++;
    }
    return count;
}

const char *capture_link_type_name(int link_type, char text[LINK_TYPE_NAME_SIZE]) {
    const char *name = pcap_datalink_val_to_name(link_type);

    if (name != NULL)
        return name;
    snprintf(text, LINK_TYPE_NAME_SIZE, "%d", link_type);
    return text;
}
