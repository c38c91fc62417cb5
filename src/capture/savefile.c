/* SPDX-License-Identifier: BSD-3-Clause */
/* Savefiles read by libpcap: pcap in all its magic numbers, and pcapng as far as libpcap goes. */
#include "capture/source.h"
#include "capture/stream.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

struct savefile {
    struct source source;
    pcap_t *pcap;
    FILE *file; /* closed by pcap_close */
    bool is_pcapng;
    struct capture_interface interface;
};

/* Files that are no pcap or pcapng, known by their first octets, and what to do about them. */
static const struct {
    const char *magic;
    size_t length;
    const char *remedy;
} foreign_formats[] = {
    {"\x1f\x8b", 2, "is compressed by gzip: unpack it first, as in \"gzip -dc FILE | finwait -\""},
    {"\x28\xb5\x2f\xfd", 4, "is compressed by zstd: unpack it first, as in \"zstd -dc FILE | finwait -\""},
    {"\xfd"
     "7zXZ",
     5, "is compressed by xz: unpack it first, as in \"xz -dc FILE | finwait -\""},
    {"BZh", 3, "is compressed by bzip2: unpack it first, as in \"bzip2 -dc FILE | finwait -\""},
    {"\x04\x22\x4d\x18", 4, "is compressed by lz4: unpack it first, as in \"lz4 -dc FILE | finwait -\""},
    {"snoop\0\0", 7, "is a snoop capture: convert it first, as in \"editcap -F pcapng FILE OUT\""},
    {"PK\x03\x04", 4, "is a zip archive: unpack it first"},
};

static const char *foreign_remedy(const struct stream *stream) {
    for (size_t i = 0; i < sizeof foreign_formats / sizeof *foreign_formats; i++)
        if (stream->head_length >= foreign_formats[i].length &&
            memcmp(stream->head, foreign_formats[i].magic, foreign_formats[i].length) == 0)
            return foreign_formats[i].remedy;
    return NULL;
}

static uint64_t offset_of(FILE *file) {
    off_t offset = ftello(file);

    return offset < 0 ? 0 : (uint64_t)offset;
}

static bool starts_like_pcapng(const struct stream *stream) {
    return stream->head_length >= 4 && memcmp(stream->head, "\x0a\x0d\x0d\x0a", 4) == 0;
}

static void explain_refusal(struct message *error, const struct stream *stream, const char *reason) {
    const char *remedy = foreign_remedy(stream);

    if (ferror(stream->file))
        message_set(error, "cannot be read at offset %llu: %s", (unsigned long long)offset_of(stream->file), reason);
    else if (stream->head_length == 0)
        message_set(error, "is empty (0 bytes): the capture was never written, or not flushed yet");
    else if (remedy != NULL)
        message_set(error, "%s", remedy);
    else if (feof(stream->file))
        message_set(error, "cut short within its file header, at offset %llu: %s",
                    (unsigned long long)offset_of(stream->file), reason);
    else if (strstr(reason, "unknown file format") != NULL)
        message_set(error, "is no pcap or pcapng capture: unknown magic number %02x %02x %02x %02x at offset 0",
                    stream->head[0], stream->head[1], stream->head[2], stream->head[3]);
    else
        message_set(error, "refused at offset %llu: %s", (unsigned long long)offset_of(stream->file), reason);
}

static int64_t nanoseconds(const struct savefile *savefile, const struct timeval *time) {
    /* The seconds of a pcap record are unsigned in the file; libpcap hands them out as signed. */
    int64_t seconds = savefile->is_pcapng ? (int64_t)time->tv_sec : (int64_t)(uint32_t)time->tv_sec;
    int64_t result;

    if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &result) ||
        __builtin_add_overflow(result, (int64_t)time->tv_usec, &result))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return result;
}

/* Reading has failed: says where and why. libpcap has read a record's header when it finds that header wrong. */
static void explain_failure(struct savefile *savefile) {
    struct source_failure *failure = &savefile->source.failure;
    unsigned long long number = savefile->source.number;
    const char *reason = pcap_geterr(savefile->pcap);

    failure->offset = offset_of(savefile->file);
    failure->truncated = feof(savefile->file) && !ferror(savefile->file);
    if (failure->truncated)
        message_set(&failure->reason, "cut short: the file ends at offset %llu, within frame %llu (%s)",
                    (unsigned long long)failure->offset, number, reason);
    else if (strstr(reason, "different from the") != NULL)
        message_set(&failure->reason,
                    "frame %llu and later cannot be read, at offset %llu: interfaces of different kinds in one file "
                    "(%s); split it first, with \"tshark -r FILE -Y frame.interface_id==N -w OUT\"",
                    number, (unsigned long long)failure->offset, reason);
    else
        message_set(&failure->reason, "damaged before or in frame %llu: reading failed at offset %llu: %s", number,
                    (unsigned long long)failure->offset, reason);
}

/* libpcap overwrites the octets of one frame with those of the next: never more than one. */
static unsigned savefile_next(struct source *source, struct frame *frame, unsigned room, enum capture_status *end) {
    struct savefile *savefile = (struct savefile *)source;
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int status = pcap_next_ex(savefile->pcap, &header, &bytes);

    (void)room;
    if (status != 1) {
        *end = status == PCAP_ERROR_BREAK ? CAPTURE_END : CAPTURE_ERROR;
        if (*end == CAPTURE_ERROR)
            explain_failure(savefile);
        return 0;
    }
    frame->number = source->number++;
    frame->time = nanoseconds(savefile, &header->ts);
    frame->bytes = bytes;
    frame->captured = header->caplen;
    frame->wire_length = header->len;
    frame->link_type = savefile->interface.link_type;
    frame->interface = 0;
    frame->filtered = false;
    return 1;
}

static void savefile_close(struct source *source) {
    struct savefile *savefile = (struct savefile *)source;

    pcap_close(savefile->pcap);
    savefile->pcap = NULL;
}

static void describe(struct savefile *savefile) {
    static const struct source_methods methods = {.next = savefile_next, .close = savefile_close};
    int snaplen = pcap_snapshot(savefile->pcap);

    savefile->interface.link_type = pcap_datalink(savefile->pcap);
    savefile->interface.snaplen = snaplen < 0 ? 0 : (uint32_t)snaplen;
    savefile->source.methods = &methods;
    savefile->source.format = savefile->is_pcapng ? "pcapng" : "pcap";
    savefile->source.interfaces = &savefile->interface;
    savefile->source.interface_count = 1;
}

/* Takes the stream, also when it answers NULL. */
static struct source *open_stream(const struct stream *stream, struct message *error) {
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct savefile *savefile = calloc(1, sizeof *savefile);

    if (savefile == NULL) {
        message_set(error, "cannot be opened: out of memory");
        fclose(stream->file);
        return NULL;
    }
    savefile->pcap = pcap_fopen_offline_with_tstamp_precision(stream->file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (savefile->pcap == NULL) {
        explain_refusal(error, stream, reason);
        fclose(stream->file);
        free(savefile);
        return NULL;
    }
    savefile->file = stream->file;
    savefile->is_pcapng = starts_like_pcapng(stream);
    describe(savefile);
    return &savefile->source;
}

struct source *savefile_open(const char *path, struct message *error) {
    struct stream stream;

    return stream_open(&stream, path, error) ? open_stream(&stream, error) : NULL;
}

struct source *savefile_resume(int fd, const uint8_t header[PCAP_HEADER], uint64_t offset, struct message *error) {
    struct stream stream;

    return stream_resume(&stream, fd, header, PCAP_HEADER, offset, error) ? open_stream(&stream, error) : NULL;
}
