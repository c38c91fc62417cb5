/* SPDX-License-Identifier: BSD-3-Clause */
/* In the place of libFuzzer: runs a target over the files named, and over all files of the directories named. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned replayed;

static int replay(const char *path) {
    enum { LARGEST = 1 << 22 };
    static uint8_t room[LARGEST];
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t size = fread(room, 1, sizeof room, file);
    fclose(file);
    /* A buffer of just that size, so that a read beyond it is seen; and its name, should it be the last word. */
    uint8_t *data = malloc(size == 0 ? 1 : size);
    if (data == NULL)
        return 1;
    memcpy(data, room, size);
    setenv("FINWAIT_FUZZ_INPUT", path, 1);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    replayed++;
    return 0;
}

static int without_hidden(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int replay_folder(const char *folder) {
    struct dirent **entries;
    char path[1024];
    int failed = 0;
    int count = scandir(folder, &entries, without_hidden, alphasort);

    if (count < 0)
        return replay(folder);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        failed += replay(path);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

/* libFuzzer's own way to change an input, which no replay needs. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room) {
    (void)data;
    return size < room ? size : room;
}

int main(int argc, char **argv) {
    int failed = 0;

    for (int i = 1; i < argc; i++)
        failed += replay_folder(argv[i]);
    printf("%u inputs replayed\n", replayed);
    return failed != 0 || replayed == 0;
}
