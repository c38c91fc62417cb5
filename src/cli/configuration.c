/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/configuration.h"

#include "cli/complain.h"
#include "cli/option_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHERE_SIZE = 512, ANY_COMMAND = 0xff };

struct place {
    const char *path;
    unsigned long line;
};

/* A file that was asked for must be there and be read. The user's own, which was not, may be missing without a word,
 * and where it cannot be read at all a run goes on without it, as one with another user's HOME must. */
enum file_kind { FILE_ASKED_FOR, FILE_OF_USER };

static const char blanks[] = " \t\r\n\v\f";

/* The text without blanks at its ends; changes it. */
static char *trim(char *text) {
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL)
        length--;
    text[length] = '\0';
    return text;
}

static bool unknown_key(const struct place *place, const char *key) {
    const char *nearest = option_nearest(key, (enum command)ANY_COMMAND);

    if (nearest != NULL)
        complain("%s:%lu: unknown option '%s'; did you mean %s?", place->path, place->line, key, nearest);
    else
        complain("%s:%lu: unknown option '%s'; finwait --help=all lists them", place->path, place->line, key);
    return false;
}

static bool apply(struct options *options, const struct place *place, const char *key, const char *argument) {
    const struct option_row *own = option_by_name(key, options->command);
    const struct option_row *row = own != NULL ? own : option_by_name(key, (enum command)ANY_COMMAND);
    char where[WHERE_SIZE];

    if (row == NULL)
        return unknown_key(place, key);
    if ((row->flags & FLAG_ARGUMENTS_ONLY) != 0) {
        complain("%s:%lu: %s belongs to one run and stands on the command line only", place->path, place->line, key);
        return false;
    }
    if (row->argument == NULL && argument != NULL) {
        complain("%s:%lu: %s takes no argument", place->path, place->line, key);
        return false;
    }
    if (row->argument != NULL && (argument == NULL || *argument == '\0')) {
        complain("%s:%lu: %s needs an argument, as in %s = %s", place->path, place->line, key, key, row->argument);
        return false;
    }
    snprintf(where, sizeof where, "%s:%lu: %s", place->path, place->line, key);
    const struct setting setting = {options, row, argument, where};
    return row->set(&setting);
}

static bool read_line(struct options *options, const struct place *place, char *line, size_t length) {
    if (strlen(line) != length) {
        complain("%s:%lu: is no text", place->path, place->line);
        return false;
    }
    line[strcspn(line, "#")] = '\0';
    char *key = trim(line);
    if (*key == '\0')
        return true;
    char *argument = strchr(key, '=');
    if (argument != NULL)
        *argument++ = '\0';
    return apply(options, place, trim(key), argument != NULL ? trim(argument) : NULL);
}

static bool cannot_read(const char *path, enum file_kind kind) {
    complain(kind == FILE_OF_USER ? "%s: %s; going on without it" : "%s: %s", path, strerror(errno));
    return kind == FILE_OF_USER;
}

static bool read_lines(struct options *options, FILE *file, const char *path, enum file_kind kind) {
    struct place place = {path, 0};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool good = true;

    errno = 0;
    while (good && (length = getline(&line, &capacity, file)) >= 0) {
        place.line++;
        good = read_line(options, &place, line, (size_t)length);
        errno = 0;
    }
    if (good && !feof(file)) {
        good = cannot_read(path, place.line == 0 ? kind : FILE_ASKED_FOR); /* half a configuration is none */
    }
    free(line);
    return good;
}

/* The path of the user's own file, to be freed; NULL when there is none or, with *failed, memory is out. */
static char *users_path(bool *failed) {
    const char *folder = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;
    int length = 0;

    if (folder != NULL && *folder == '/') /* the specification says to ignore any other */
        length = asprintf(&path, "%s/finwait/config", folder);
    else if (home != NULL && *home != '\0')
        length = asprintf(&path, "%s/.config/finwait/config", home);
    *failed = length < 0;
    return length > 0 ? path : NULL;
}

static bool read_file(struct options *options, const char *path, enum file_kind kind) {
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        return (kind == FILE_OF_USER && missing) || cannot_read(path, kind);
    }
    bool good = read_lines(options, file, path, kind);
    fclose(file);
    return good;
}

bool configuration_read(struct options *options) {
    bool failed = false;

    if (options->tree != NULL && !read_file(options, options->tree, FILE_ASKED_FOR))
        return false;
    if (options->command == COMMAND_CHECK && options->config == NULL)
        return true;
    if (options->config != NULL)
        return read_file(options, options->config, FILE_ASKED_FOR);
    char *path = users_path(&failed);
    if (failed)
        complain("out of memory");
    bool good = !failed && (path == NULL || read_file(options, path, FILE_OF_USER));
    free(path);
    return good;
}
