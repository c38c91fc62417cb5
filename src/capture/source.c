/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/source.h"

#include "capture/unpack.h"

static const struct format {
    bool (*fits)(const uint8_t *head, size_t length);
    struct source *(*open)(struct input *input, struct message *error);
} formats[] = {
    {pcap_fits, pcap_open_source},
    {pcapng_fits, pcapng_open_source},
    {snoop_fits, snoop_open_source},
    {erf_fits, erf_open_source}, /* last: it has no magic number */
};

/* Files that are no captures, known by octets near their beginning, and what to do about them. */
enum { FOREIGN_HEAD = 512 };
static const struct {
    size_t at;
    const char *magic;
    size_t length;
    const char *remedy;
} foreign_formats[] = {
    {0, "PK\x03\x04", 4, "is a zip archive: unpack it first"},
    {0, "\x37z\xbc\xaf\x27\x1c", 6, "is a 7-Zip archive: unpack it first"},
    {257, "ustar", 5, "is a tar archive: unpack it first"},
    {0, "\x1f\x9d", 2, "is compressed by compress: unpack it first, as in \"gzip -dc FILE | finwait -\""},
    {0, "XCP\0", 4, "is a capture of NetXRay or Sniffer: convert it first, as in \"editcap -F pcapng FILE OUT\""},
    {0, "TRSNIFF data", 12, "is a capture of Sniffer: convert it first, as in \"editcap -F pcapng FILE OUT\""},
    {0, "RTSS", 4, "is a capture of Network Monitor: convert it first, as in \"editcap -F pcapng FILE OUT\""},
    {0, "ObserverPktBuffe", 16, "is a capture of Observer: convert it first, as in \"editcap -F pcapng FILE OUT\""},
    {0, "version https://git-lfs.github.com/spec/", 40,
     "is a pointer of Git LFS and not the capture: fetch that first, as in \"git lfs pull\""},
    {0, "GMBU", 4, "is a capture of Network Monitor: convert it first, as in \"editcap -F pcapng FILE OUT\""},
};

/* What was printed instead of written. */
static bool is_text(const uint8_t *head, size_t length) {
    enum { ENOUGH = 64 };

    for (size_t i = 0; i < length && i < ENOUGH; i++)
        if ((head[i] < ' ' || head[i] > '~') && head[i] != '\t' && head[i] != '\r' && head[i] != '\n')
            return false;
    return true;
}

static void explain_refusal(struct input *input, struct message *error) {
    input_need(input, FOREIGN_HEAD);
    const uint8_t *head = input->at;
    size_t length = input_held(input);

    for (size_t i = 0; i < sizeof foreign_formats / sizeof *foreign_formats; i++)
        if (length >= foreign_formats[i].at + foreign_formats[i].length &&
            memcmp(head + foreign_formats[i].at, foreign_formats[i].magic, foreign_formats[i].length) == 0) {
            message_set(error, "%s", foreign_formats[i].remedy);
            return;
        }
    if (compression_of(head, length) != NULL)
        message_set(error, "is compressed twice: unpack it once first");
    else if (input->cut_short)
        message_set(error, "cut short: %s", input->failure.text);
    else if (input->failed)
        message_set(error, "cannot be read at offset %llu: %s", (unsigned long long)input->read, input->failure.text);
    else if (length == 0)
        message_set(error, "is empty (0 bytes): the capture was never written, or not flushed yet");
    else if (length < 4)
        message_set(error, "is no capture: it ends at offset %zu, before any magic number does", length);
    else
        message_set(error,
                    "is no capture in the pcap, pcapng, snoop or ERF format: unknown magic number %02x %02x %02x %02x "
                    "at offset 0%s",
                    head[0], head[1], head[2], head[3],
                    is_text(head, length) ? "; it is text: have tcpdump or tshark write frames with -w" : "");
}

struct source *source_open(struct input *input, struct message *error) {
    input_need(input, FORMAT_HEAD);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].fits(input->at, input_held(input)))
            return formats[i].open(input, error);
    explain_refusal(input, error);
    return NULL;
}

void source_header_missing(const struct input *input, size_t octets, struct message *error) {
    if (input->failed && !input->cut_short)
        message_set(error, "cannot be read at offset %llu: %s", (unsigned long long)input->read, input->failure.text);
    else
        message_set(error, "cut short: it ends at offset %llu, within the %zu octets of its file header",
                    (unsigned long long)input->read, octets);
}

void source_note(struct source *source, uint64_t offset, const char *format, ...) {
    va_list values;

    if (source->failed)
        return;
    source->failed = true;
    source->failure.offset = offset;
    va_start(values, format);
    message_vset(&source->failure.reason, format, values);
    va_end(values);
}

bool source_note_joined(struct source *source) {
    const struct input *input = source->input;
    const char *other = pcap_is_header(input->at) ? "pcap" : pcapng_is_header(input->at) ? "pcapng" : NULL;
    unsigned long long offset = input_offset(input), number = source->number;

    if (other != NULL)
        source_note(source, offset,
                    "holds another %s file from offset %llu on, where frame %llu would stand: name both files, or join "
                    "them with mergecap",
                    other, offset, number);
    return other != NULL;
}

enum capture_status source_end(struct source *source, bool within) {
    const struct input *input = source->input;
    unsigned long long offset = input->read, number = source->number;

    if (input->failed && !source->failed && input->cut_short) {
        source_note(source, offset, "cut short: %s, offset %llu of what it holds, before or in frame %llu",
                    input->failure.text, offset, number);
        source->failure.truncated = true;
    } else if (input->failed) {
        source_note(source, offset, "cannot be read at offset %llu, before or in frame %llu: %s", offset, number,
                    input->failure.text);
    } else if (within && !source->failed) {
        source_note(source, offset,
                    "cut short: the file ends at offset %llu, within frame %llu or what stands before it", offset,
                    number);
        source->failure.truncated = true;
    }
    return source->failed ? CAPTURE_ERROR : CAPTURE_END;
}
