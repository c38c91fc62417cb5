/* SPDX-License-Identifier: BSD-3-Clause */
#include <config.h>

#include "fuzz.h"

#include "capture/capture.h"
#include "engine/run.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEAD = 6 };

void fuzz_fail(const char *reason) {
    fprintf(stderr, "%s\n", reason);
    abort();
}

struct fuzz_frames fuzz_frames_of(const uint8_t *data, size_t size, int64_t start) {
    return (struct fuzz_frames){.data = data, .size = size, .frame = {.time = start}};
}

bool fuzz_frames_next(struct fuzz_frames *frames) {
    struct frame *frame = &frames->frame;
    const uint8_t *data = frames->data;

    free(frames->octets);
    frames->octets = NULL;
    if (frames->size < HEAD || frame->number == FUZZ_FRAMES)
        return false;
    uint32_t captured = (uint32_t)(data[2] | (data[3] & 0x7f) << 8);
    frame->link_type = data[0] | (data[1] & 1) << 8;
    frame->captured = captured < frames->size - HEAD ? captured : (uint32_t)(frames->size - HEAD);
    frame->wire_length = frame->captured + ((data[3] & 0x80) != 0 ? data[4] : 0);
    frame->time += data[5] * INT64_C(100000000);
    frame->number++;
    frame->bytes = frames->octets = malloc(frame->captured == 0 ? 1 : frame->captured);
    if (frames->octets == NULL)
        return false;
    memcpy(frames->octets, data + HEAD, frame->captured);
    frames->data += HEAD + frame->captured;
    frames->size -= HEAD + frame->captured;
    return true;
}

int fuzz_descriptor(const uint8_t *data, size_t size) {
    int descriptor = memfd_create("input", MFD_CLOEXEC);

    if (descriptor >= 0 && (write(descriptor, data, size) != (ssize_t)size || lseek(descriptor, 0, SEEK_SET) != 0)) {
        close(descriptor);
        descriptor = -1;
    }
    return descriptor;
}

/* --- captures --- */

/* A sum that nobody wants to know, so that each octet is read. */
static volatile unsigned touched;

static void touch(const uint8_t *octets, uint32_t count) {
    unsigned sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += octets[i];
    touched = sum;
}

/* What must hold of what a capture says of itself. */
static void look_at_info(const struct capture_info *info, uint64_t frames) {
    if (info->frames != frames)
        fuzz_fail("a capture counts other frames than it gave");
    if (info->failed && info->error == NULL)
        fuzz_fail("a capture failed without a reason");
    for (size_t i = 0; i < info->interface_count; i++) {
        volatile size_t length = info->interfaces[i].name != NULL ? strlen(info->interfaces[i].name) : 0;
        (void)length;
    }
}

void fuzz_read(const uint8_t *data, size_t size) {
    enum { BATCH = 7, MOST = 20000 };
    struct frame frames[BATCH];
    struct message reason;
    enum capture_status status;
    uint64_t count = 0;
    unsigned got;
    int descriptor = fuzz_descriptor(data, size);
    struct capture *capture = descriptor < 0 ? NULL : capture_open_descriptor("input", descriptor, &reason);

    if (capture == NULL)
        return;
    while (count < MOST && (got = capture_next_batch(capture, frames, BATCH, &status)) != 0) {
        for (unsigned i = 0; i < got; i++) {
            if (frames[i].number != ++count)
                fuzz_fail("frames are not numbered in their order");
            touch(frames[i].bytes, frames[i].captured);
            touch(frames[i].options, frames[i].option_octets);
        }
    }
    look_at_info(capture_info(capture), count);
    capture_free(capture);
}

/* --- reports --- */

static void ignore_complaint(void *context, const char *sentence) {
    (void)context;
    (void)sentence;
}

/* How a report is made of an input. */
struct manner {
    enum report_format format;
    bool segments;      /* listed, with few connections held */
    bool no_lane;       /* every connection goes the long way through the model (src/model/lane.h) */
    unsigned analysers; /* threads */
};

/* Owned by the caller; NULL: memory is out. */
static struct output *report_in(const char *path, const struct manner *manner) {
    struct output *output = output_to_memory();
    struct report_settings report;

    report_settings_default(&report);
    report.format = manner->format;
    report.version = "0";
    report.all = true;
    report.model.keep_segments = manner->segments;
    report.model.no_lane = manner->no_lane;
    if (manner->no_lane)
        report.model.max_idle_awake = 0;
    if (manner->segments)
        report.model.max_connections = 16;
    const struct run_settings settings = {.files = &path,
                                          .file_count = 1,
                                          .report = &report,
                                          .analysers = manner->analysers,
                                          .complain = ignore_complaint};
    if (output == NULL)
        return NULL;
    enum run_result result = run_files(&settings, output);
    if (result != RUN_DONE && result != RUN_INCOMPLETE)
        fuzz_fail("a run that nothing stopped has no report");
    return output;
}

static void hold_to_be_json(const struct output *output) {
    json_t *parsed = json_loadb(output->bytes, output->used, JSON_REJECT_DUPLICATES, NULL);

    if (parsed == NULL)
        fuzz_fail("the report in JSON is no JSON");
    json_decref(parsed);
}

static void report_once(const char *path, const struct manner *manner) {
    struct output *output = report_in(path, manner);

    if (output != NULL && manner->format == REPORT_JSON)
        hold_to_be_json(output);
    output_free(output);
}

static void hold_to_be_the_same(const char *path, const struct manner *manner, const struct manner *other_manner) {
    struct output *one = report_in(path, manner), *other = report_in(path, other_manner);

    if (one != NULL && other != NULL && (one->used != other->used || memcmp(one->bytes, other->bytes, one->used) != 0))
        fuzz_fail(manner->no_lane != other_manner->no_lane ? "the lane matters" : "threads matter");
    output_free(one);
    output_free(other);
}

void fuzz_report(const char *path, size_t way) {
    static const struct manner listed[] = {{REPORT_TEXT, .segments = true}, {REPORT_JSON, .segments = true}};
    static const struct manner plain = {REPORT_JSON}, long_way = {REPORT_JSON, .no_lane = true};
    static const struct manner text = {REPORT_TEXT}, threads = {REPORT_TEXT, .analysers = 3};

    switch (way % FUZZ_WAYS) {
    case 0:
    case 1:
        report_once(path, &listed[way % FUZZ_WAYS]);
        break;
    case 2:
        hold_to_be_the_same(path, &plain, &long_way);
        break;
    default:
        hold_to_be_the_same(path, &text, &threads);
    }
}
