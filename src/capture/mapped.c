/* SPDX-License-Identifier: BSD-3-Clause */
/* Plain pcap files, walked through a block of the file that moves on with the reading. A mapping would cost the same,
 * and the life of the program where another cuts the file meanwhile. What is at all unusual, the end of the file
 * included, is handed over to libpcap for good, from the first record that is not plain on: so there is one judge of
 * what a damaged, cut or growing file means, and one wording. */
#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    RECORD_HEADER = 16,
    LONGEST_FRAME = 262144,  /* libpcap takes frames of this length of every link type */
    WINDOW = 1 << 20,        /* octets read at once: a whole record always fits */
    READ_AHEAD = 8 * WINDOW, /* octets that the system is asked to fetch beyond the window */
};

struct mapped {
    struct source source;
    struct source *rest; /* libpcap on the rest of the file, once it has taken over */
    struct capture_interface interface;
    int fd; /* -1: closed, or libpcap's */
    bool swapped;
    int64_t fraction_unit; /* ns */
    uint32_t longest;      /* octets captured of a plain frame */
    uint8_t *window;       /* owned, WINDOW octets; NULL until the first is read */
    size_t window_length;  /* octets */
    uint64_t window_start; /* offset in the file */
    uint64_t at;           /* offset of the next record */
    uint64_t read_ahead;   /* offset up to which the system was asked to fetch */
    uint8_t header[PCAP_HEADER];
};

static inline uint32_t field(const uint8_t *octets, bool swapped) {
    uint32_t value;

    memcpy(&value, octets, sizeof value);
    return swapped ? __builtin_bswap32(value) : value;
}

/* Takes the plain records that are whole within the window. */
static inline unsigned walk(struct mapped *mapped, struct frame *frames, unsigned room, bool swapped) {
    const uint8_t *record = mapped->window + (mapped->at - mapped->window_start);
    const uint8_t *end = mapped->window + mapped->window_length;
    const int link_type = mapped->interface.link_type;
    const uint32_t longest = mapped->longest;
    unsigned count = 0;

    while (count < room && end - record >= RECORD_HEADER) {
        uint32_t fraction = field(record + 4, swapped);
        uint32_t captured = field(record + 8, swapped);

        /* libpcap reads a fraction beyond 2^31 as negative or not, depending on the byte order. */
        if (captured > longest || captured > (size_t)(end - record) - RECORD_HEADER || fraction > INT32_MAX)
            break;
        frames[count++] = (struct frame){
            .number = mapped->source.number++,
            .time = (int64_t)field(record, swapped) * 1000000000 + fraction * mapped->fraction_unit,
            .bytes = record + RECORD_HEADER,
            .captured = captured,
            .wire_length = field(record + 12, swapped),
            .link_type = link_type,
        };
        record += RECORD_HEADER + captured;
    }
    mapped->at = mapped->window_start + (uint64_t)(record - mapped->window);
    return count;
}

static unsigned take_frames(struct mapped *mapped, struct frame *frames, unsigned room) {
    if (mapped->window == NULL)
        return 0;
    return mapped->swapped ? walk(mapped, frames, room, true) : walk(mapped, frames, room, false);
}

/* Only advice: nothing depends on whether the system follows it. */
static void ask_ahead(struct mapped *mapped) {
    uint64_t until = mapped->window_start + mapped->window_length + READ_AHEAD;

    posix_fadvise(mapped->fd, (off_t)mapped->read_ahead, (off_t)(until - mapped->read_ahead), POSIX_FADV_WILLNEED);
    mapped->read_ahead = until;
}

/* Moves the window to the next record, as far as the file goes at this moment. false: there is nothing more to be read.
 */
static bool move_window(struct mapped *mapped) {
    ssize_t length;

    if (mapped->window == NULL && (mapped->window = malloc(WINDOW)) == NULL)
        return false;
    mapped->window_start = mapped->at;
    mapped->window_length = 0;
    do
        length = pread(mapped->fd, mapped->window, WINDOW, (off_t)mapped->at);
    while (length < 0 && errno == EINTR);
    if (length <= 0)
        return false;
    mapped->window_length = (size_t)length;
    ask_ahead(mapped);
    return true;
}

static void forget_window(struct mapped *mapped) {
    free(mapped->window);
    mapped->window = NULL;
    mapped->window_length = 0;
}

static bool hand_over(struct mapped *mapped) {
    struct source_failure *failure = &mapped->source.failure;

    forget_window(mapped);
    mapped->rest = savefile_resume(mapped->fd, mapped->header, mapped->at, &failure->reason);
    mapped->fd = -1;
    if (mapped->rest == NULL) {
        failure->offset = mapped->at;
        return false;
    }
    mapped->rest->number = mapped->source.number;
    return true;
}

static unsigned mapped_next(struct source *source, struct frame *frames, unsigned room, enum capture_status *end) {
    struct mapped *mapped = (struct mapped *)source;

    if (mapped->rest == NULL) {
        unsigned count = take_frames(mapped, frames, room);

        if (count == 0 && move_window(mapped))
            count = take_frames(mapped, frames, room);
        if (count != 0)
            return count;
        if (!hand_over(mapped)) {
            *end = CAPTURE_ERROR;
            return 0;
        }
    }
    unsigned count = mapped->rest->methods->next(mapped->rest, frames, room, end);
    if (count == 0 && *end == CAPTURE_ERROR)
        source->failure = mapped->rest->failure;
    return count;
}

static void mapped_close(struct source *source) {
    struct mapped *mapped = (struct mapped *)source;

    forget_window(mapped);
    if (mapped->rest != NULL)
        mapped->rest->methods->close(mapped->rest);
    free(mapped->rest);
    mapped->rest = NULL;
    if (mapped->fd >= 0)
        close(mapped->fd);
    mapped->fd = -1;
}

/* A look at what kind of file it is comes first: opening a pipe and closing it again would be noticed at its other end.
 */
static int open_regular(const char *path) {
    struct stat status;
    int fd;

    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return -1;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Byte order and precision from the magic number; version 2.4 alone, for those before it swapped the lengths. */
static bool read_header(struct mapped *mapped) {
    const uint8_t *header = mapped->header;
    uint16_t major, minor;
    uint32_t magic;

    if (pread(mapped->fd, mapped->header, PCAP_HEADER, 0) != PCAP_HEADER)
        return false;
    magic = field(header, false);
    mapped->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
    magic = field(header, mapped->swapped);
    memcpy(&major, header + 4, sizeof major);
    memcpy(&minor, header + 6, sizeof minor);
    mapped->fraction_unit = magic == 0xa1b2c3d4 ? 1000 : 1;
    return (magic == 0xa1b2c3d4 || magic == 0xa1b23c4d) && (mapped->swapped ? __builtin_bswap16(major) : major) == 2 &&
           (mapped->swapped ? __builtin_bswap16(minor) : minor) == 4;
}

/* libpcap itself says what it makes of the link type and the snaplen. */
static bool ask_libpcap(struct mapped *mapped) {
    char reason[PCAP_ERRBUF_SIZE];
    FILE *file = fmemopen(mapped->header, PCAP_HEADER, "r");
    pcap_t *pcap;
    int snaplen;

    if (file == NULL)
        return false;
    pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (pcap == NULL) {
        fclose(file);
        return false;
    }
    snaplen = pcap_snapshot(pcap);
    mapped->interface.link_type = pcap_datalink(pcap);
    mapped->interface.snaplen = snaplen < 0 ? 0 : (uint32_t)snaplen;
    mapped->longest = mapped->interface.snaplen < LONGEST_FRAME ? mapped->interface.snaplen : LONGEST_FRAME;
    pcap_close(pcap);
    return true;
}

/* Of some link types libpcap rewrites the octets: pseudo-headers in the byte order of the machine that captured. */
static bool octets_stay(int link_type, bool swapped) {
    switch (link_type) {
    case DLT_EN10MB:
    case DLT_IPV4:
    case DLT_IPV6:
    case DLT_LOOP:
    case DLT_NULL:
    case DLT_RAW:
        return true;
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
        return !swapped;
    default:
        return false;
    }
}

struct source *mapped_open(const char *path) {
    static const struct source_methods methods = {.next = mapped_next, .close = mapped_close};
    int fd = open_regular(path);
    struct mapped *mapped = fd < 0 ? NULL : calloc(1, sizeof *mapped);

    if (mapped == NULL) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    mapped->fd = fd;
    if (!read_header(mapped) || !ask_libpcap(mapped) || !octets_stay(mapped->interface.link_type, mapped->swapped)) {
        close(fd);
        free(mapped);
        return NULL;
    }
    mapped->at = PCAP_HEADER;
    mapped->source.methods = &methods;
    mapped->source.format = "pcap";
    mapped->source.interfaces = &mapped->interface;
    mapped->source.interface_count = 1;
    return &mapped->source;
}
