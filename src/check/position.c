/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/position.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* jansson tells no positions of what it has read, so the text is walked once more, for the one member that a message
 * is about. */

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t\r\n");
}

static const char *skip_string(const char *at) {
    for (at++; *at != '"' && *at != '\0'; at++)
        if (*at == '\\' && at[1] != '\0')
            at++;
    return *at == '"' ? at + 1 : at;
}

/* Past a value: brackets are counted, so that nesting costs no stack. */
static const char *skip_value(const char *at) {
    long depth = 0;

    do {
        at = skip_blanks(at);
        if (*at == '"') {
            at = skip_string(at);
        } else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        } else if (*at == '}' || *at == ']') {
            depth--;
            at++;
        } else if (*at == ',' || *at == ':') {
            at++;
        } else {
            at += strcspn(at, " \t\r\n,:{}[]\"");
        }
    } while (depth > 0 && *at != '\0');
    return at;
}

/* True when the string at `at`, in quotes, is the first step of the pointer (names of members need no escape but that
 * of RFC 6901 3). */
static bool is_step(const char *at, const char *step, size_t length) {
    at++;
    for (size_t i = 0; i < length; i++, at++) {
        char wanted = step[i];
        if (wanted == '~' && i + 1 < length)
            wanted = step[++i] == '1' ? '/' : '~';
        if (*at != wanted)
            return false;
    }
    return *at == '"';
}

/* The value of the member that the step names, and in *place where it begins; NULL when it is not there. */
static const char *enter_object(const char *at, const char *step, size_t length, const char **place) {
    for (at = skip_blanks(at + 1); *at == '"'; at = skip_blanks(at)) {
        const char *name = at;
        at = skip_blanks(skip_blanks(skip_string(at)) + 1);
        if (is_step(name, step, length)) {
            *place = name;
            return at;
        }
        at = skip_blanks(skip_value(at));
        if (*at == ',')
            at++;
    }
    return NULL;
}

static const char *enter_array(const char *at, const char *step, const char **place) {
    unsigned long index = strtoul(step, NULL, 10);

    for (at = skip_blanks(at + 1); *at != ']' && *at != '\0'; at = skip_blanks(at)) {
        if (index-- == 0) {
            *place = at;
            return at;
        }
        at = skip_blanks(skip_value(at));
        if (*at == ',')
            at++;
    }
    return NULL;
}

unsigned long position_line(const char *text, const char *pointer) {
    const char *at = skip_blanks(text);
    const char *place = at;
    unsigned long line = 1;

    while (at != NULL && *pointer == '/') {
        const char *step = pointer + 1;
        size_t length = strcspn(step, "/");
        if (*at == '{')
            at = enter_object(at, step, length, &place);
        else
            at = *at == '[' ? enter_array(at, step, &place) : NULL;
        pointer = step + length;
    }
    for (const char *c = text; c < place; c++)
        line += *c == '\n';
    return line;
}

void pointer_to_member(char pointer[POINTER_SIZE], const char *parent, const char *name) {
    size_t used = strlen(parent);

    memmove(pointer, parent, used + 1);
    if (used + 1 < POINTER_SIZE)
        pointer[used++] = '/';
    for (; *name != '\0' && used + 2 < POINTER_SIZE; name++) {
        if (*name == '~' || *name == '/') {
            pointer[used++] = '~';
            pointer[used++] = *name == '/' ? '1' : '0';
        } else {
            pointer[used++] = *name;
        }
    }
    pointer[used] = '\0';
}

void pointer_to_element(char pointer[POINTER_SIZE], const char *parent, size_t index) {
    char number[24];

    snprintf(number, sizeof number, "%zu", index);
    pointer_to_member(pointer, parent, number);
}

void pointer_words(char words[POINTER_SIZE], const char *pointer) {
    size_t used = 0;

    while (*pointer == '/' && used + 2 < POINTER_SIZE) {
        size_t length = strcspn(pointer + 1, "/");
        bool index = length > 0 && strspn(pointer + 1, "0123456789") >= length;
        if (index || used == 0)
            used += (size_t)snprintf(words + used, POINTER_SIZE - used, index ? "[%.*s]" : "%.*s", (int)length,
                                     pointer + 1);
        else
            used += (size_t)snprintf(words + used, POINTER_SIZE - used, ".%.*s", (int)length, pointer + 1);
        pointer += 1 + length;
        used = used < POINTER_SIZE ? used : POINTER_SIZE - 1;
    }
    words[used] = '\0';
}
