/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check/expectation.h"

#include "report/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OCTETS_MAX = 1 << 26 }; /* of a file; what is larger is no expectation */

static const char ending[] = ".expect.json";

/* The octets of a file with a zero behind them; NULL with errno set. */
static char *read_text(const char *path, size_t *length) {
    struct output *text = output_to_memory();
    FILE *file = fopen(path, "re");
    char block[4096];
    char *whole = NULL;
    int error = text == NULL ? ENOMEM : file == NULL ? errno : 0;

    while (error == 0) {
        errno = 0;
        size_t size = fread(block, 1, sizeof block, file);
        error = ferror(file) ? errno : 0;
        output_bytes(text, block, size);
        if (text->used > OCTETS_MAX)
            error = EFBIG;
        if (size < sizeof block || error != 0)
            break;
    }
    if (error == 0)
        error = output_error(text);
    if (error == 0) {
        whole = malloc(text->used + 1);
        error = whole == NULL ? ENOMEM : 0;
    }
    if (whole != NULL) {
        if (text->used > 0)
            memcpy(whole, text->bytes, text->used);
        whole[text->used] = '\0';
        *length = text->used;
    }
    if (file != NULL)
        fclose(file);
    output_free(text);
    errno = error;
    return whole;
}

static bool judge(const struct expectation *expectation, const struct expectation_schema *schema,
                  struct message *error) {
    struct schema_error wrong;
    char words[POINTER_SIZE];

    if (expectation_schema_allows(schema, expectation->root, &wrong))
        return true;
    pointer_words(words, wrong.pointer);
    message_set(error, "%s:%lu: %s%s%s", expectation->path, position_line(expectation->text, wrong.pointer), words,
                words[0] != '\0' ? ": " : "", wrong.message.text);
    return false;
}

bool expectation_read(struct expectation *expectation, const char *path, const struct expectation_schema *schema,
                      struct message *error) {
    json_error_t wrong;
    size_t length = 0;

    *expectation = (struct expectation){.path = strdup(path), .text = read_text(path, &length)};
    if (expectation->text == NULL || expectation->path == NULL) {
        message_set(error, "%s: %s", path, strerror(expectation->path == NULL ? ENOMEM : errno));
        expectation_free(expectation);
        return false;
    }
    expectation->root = json_loadb(expectation->text, length, JSON_REJECT_DUPLICATES, &wrong);
    if (expectation->root == NULL)
        message_set(error, "%s:%d: is no JSON: %s", path, wrong.line, wrong.text);
    if (expectation->root == NULL || !judge(expectation, schema, error)) {
        expectation_free(expectation);
        return false;
    }
    return true;
}

void expectation_free(struct expectation *expectation) {
    json_decref(expectation->root);
    free(expectation->text);
    free(expectation->path);
    *expectation = (struct expectation){0};
}

/* Octets of the path without its last ending; all of them where the name has none. */
static size_t without_ending(const char *path, size_t length) {
    for (size_t i = length; i > 1 && path[i - 1] != '/'; i--)
        if (path[i - 1] == '.' && path[i - 2] != '/')
            return i - 1;
    return length;
}

static char *with_ending(const char *path, size_t length) {
    char *name;

    return asprintf(&name, "%.*s%s", (int)length, path, ending) < 0 ? NULL : name;
}

bool expectation_beside(const char *capture, char **path) {
    size_t length = strlen(capture);

    for (;;) {
        *path = with_ending(capture, length);
        if (*path == NULL || access(*path, F_OK) == 0)
            return *path != NULL;
        free(*path);
        *path = NULL;
        size_t shorter = without_ending(capture, length);
        if (shorter == length)
            return true;
        length = shorter;
    }
}

static bool is_compression(const char *name) {
    static const char *const endings[] = {".gz", ".zst", ".xz", ".bz2", ".lz4"};

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcmp(name, endings[i]) == 0)
            return true;
    return false;
}

char *expectation_name_for(const char *capture) {
    size_t length = strlen(capture);
    size_t shorter = without_ending(capture, length);

    if (is_compression(capture + shorter))
        shorter = without_ending(capture, shorter);
    return with_ending(capture, shorter);
}
