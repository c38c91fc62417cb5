/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/capture.h"

#include "capture/filter.h"
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct capture {
    struct input *input;
    struct source *source;
    struct filters *filters;    /* NULL: every frame is wanted */
    enum capture_status status; /* CAPTURE_FRAME while the input is open, then how it ended */
    char *path;
    struct message failure;
    struct capture_info info;
};

static void note_interfaces(struct capture *capture) {
    capture->info.interfaces = capture->source->interfaces;
    capture->info.interface_count = capture->source->interface_count;
    capture->info.drops_known = capture->source->drops_known;
    capture->info.dropped_by_kernel = capture->source->dropped;
}

/* Takes the input, also when it answers NULL. */
static struct capture *open_input(const char *path, struct input *input, struct message *error) {
    struct capture *capture = calloc(1, sizeof *capture);

    if (capture == NULL || (capture->path = strdup(path)) == NULL) {
        message_set(error, "cannot be opened: out of memory");
        input_free(input);
        free(capture);
        return NULL;
    }
    capture->input = input;
    capture->source = source_open(input, error);
    if (capture->source == NULL) {
        capture_free(capture);
        return NULL;
    }
    capture->status = CAPTURE_FRAME;
    capture->info.path = capture->path;
    capture->info.format = capture->source->format;
    capture->info.compression = input->compression;
    note_interfaces(capture);
    capture_number_from(capture, 1);
    return capture;
}

struct capture *capture_open(const char *path, struct message *error) {
    struct input *input = input_open(path, error);

    return input == NULL ? NULL : open_input(path, input, error);
}

struct capture *capture_open_descriptor(const char *path, int descriptor, struct message *error) {
    struct input *input = input_of_descriptor(descriptor, error);

    return input == NULL ? NULL : open_input(path, input, error);
}

void capture_free(struct capture *capture) {
    if (capture == NULL)
        return;
    if (capture->source != NULL)
        capture->source->methods->free(capture->source);
    input_free(capture->input);
    filters_free(capture->filters);
    free(capture->path);
    free(capture);
}

void capture_number_from(struct capture *capture, uint64_t first_frame) {
    capture->info.first_frame = first_frame;
    capture->source->number = first_frame;
}

bool capture_filter(struct capture *capture, const char *expression, struct message *error) {
    const struct capture_info *info = &capture->info;
    bool fits = info->interface_count == 0;
    struct filters *filters;

    if (!filter_is_numeric(expression, error))
        return false;
    filters = filters_new(expression);
    if (filters == NULL) {
        message_set(error, "filter: out of memory");
        return false;
    }
    for (size_t i = 0; i < info->interface_count && !fits; i++)
        fits = filters_for(filters, info->interfaces[i].link_type, error) != NULL;
    if (!fits) {
        filters_free(filters);
        return false;
    }
    filters_free(capture->filters);
    capture->filters = filters;
    return true;
}

bool capture_filter_is_valid(const char *expression, struct message *error) {
    return filter_is_valid(expression, error);
}

static void account(struct capture_info *info, const struct frame *frames, unsigned count) {
    int64_t first = info->frames == 0 ? INT64_MAX : info->first_time;
    int64_t last = info->frames == 0 ? INT64_MIN : info->last_time;
    uint64_t bytes = 0;

    if (count == 0)
        return;
    for (unsigned i = 0; i < count; i++) {
        int64_t time = frames[i].time;

        first = time < first ? time : first;
        last = time > last ? time : last;
        bytes += frames[i].wire_length;
    }
    info->first_time = first;
    info->last_time = last;
    info->frames += count;
    info->bytes += bytes;
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

/* A frame of a link type for which the filter does not compile is not wanted, but that is not passed over in silence.
 */
static void filter_frame(struct capture *capture, struct frame *frame) {
    struct message reason;
    const struct filter *filter = filters_for(capture->filters, frame->link_type, &reason);

    frame->filtered = filter == NULL || !filter_wants(filter, frame);
    if (filter == NULL && !capture->source->failed) {
        char name[LINK_TYPE_NAME_SIZE];

        source_note(capture->source, input_offset(capture->input),
                    "frame %llu and others of its link type, %s, were left out: %s", (unsigned long long)frame->number,
                    capture_link_type_name(frame->link_type, name), reason.text);
    }
}

/* Frames of which nothing is left, because another process cut the file under its reader, are none. */
static unsigned leave_out_cut(struct capture *capture, const struct frame *frames, unsigned count) {
    struct source *source = capture->source;
    const uint8_t *start = capture->input->window;
    uint64_t left = input_size_if_mapped(capture->input);

    if (left >= input_offset(capture->input))
        return count;
    for (; count > 0; count--, source->number--)
        if ((uint64_t)(frames[count - 1].bytes - start) + frames[count - 1].captured <= left)
            return count;
    source->failed = false; /* what is odd of zeros is no failure of the file */
    source_note(source, left,
                "cut short: another program cut the file at offset %llu, within frame %llu or what stands before it, "
                "while it was read, so that the last frames before may have been read as zeros",
                (unsigned long long)left, (unsigned long long)source->number);
    source->failure.truncated = true;
    capture->status = CAPTURE_ERROR;
    return 0;
}

unsigned capture_next_batch(struct capture *capture, struct frame *frames, unsigned room, enum capture_status *status) {
    struct source *source = capture->source;
    unsigned count = 0;

    if (capture->status == CAPTURE_FRAME) {
        count = source->methods->next(source, frames, room, &capture->status);
        /* Where a mapped file is cut, zeros follow up to the end of the page: at those, a source gives less. */
        if (count < room || input_is_cut(capture->input))
            count = leave_out_cut(capture, frames, count);
        note_interfaces(capture);
        if (count == 0) {
            if (capture->status == CAPTURE_ERROR)
                note_failure(capture);
            input_close(capture->input);
        }
    }
    account(&capture->info, frames, count);
    for (unsigned i = 0; i < count && capture->filters != NULL; i++)
        filter_frame(capture, &frames[i]);
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
