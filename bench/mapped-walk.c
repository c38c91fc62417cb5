/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The floor under every reader: from record to record of a mapped pcap file of this machine's byte order, touching
 * nothing but the record headers. Prints what libpcap-loop prints.
 */

enum { FILE_HEADER = 24, RECORD_HEADER = 16, CAPTURED_LENGTH = 8 };

static int walk(const unsigned char *file, size_t size) {
    uint64_t frames = 0, octets = 0;
    size_t at = FILE_HEADER;
    while (size - at >= RECORD_HEADER) {
        uint32_t captured;
        memcpy(&captured, file + at + CAPTURED_LENGTH, sizeof captured);
        if (captured > size - at - RECORD_HEADER)
            break;
        at += RECORD_HEADER + captured;
        frames++;
        octets += captured;
    }
    printf("%" PRIu64 " frames %" PRIu64 " octets\n", frames, octets);
    return at == size ? 0 : 2;
}

static int fail(const char *path) {
    fprintf(stderr, "mapped-walk: ");
    perror(path);
    return 2;
}

int main(int argc, char **argv) {
    static const uint32_t magics[2] = {0xa1b2c3d4, 0xa1b23c4d};
    if (argc != 2) {
        fputs("usage: mapped-walk FILE\n", stderr);
        return 2;
    }
    struct stat status;
    int descriptor = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return fail(argv[1]);
    size_t size = (size_t)status.st_size;
    unsigned char *file = size < FILE_HEADER ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (file == MAP_FAILED)
        return fail(argv[1]);
    if (memcmp(file, &magics[0], 4) != 0 && memcmp(file, &magics[1], 4) != 0) {
        fprintf(stderr, "mapped-walk: %s: not a pcap file of this machine's byte order\n", argv[1]);
        return 2;
    }
    int result = madvise(file, size, MADV_SEQUENTIAL) == 0 ? walk(file, size) : fail(argv[1]);
    munmap(file, size);
    close(descriptor);
    return result;
}
