/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool wants_color(enum color_choice color, int descriptor) {
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    if (color != COLOR_AUTO)
        return color == COLOR_ALWAYS;
    return isatty(descriptor) && (no_color == NULL || *no_color == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

/* Terminals show UTF-8 unless a locale is named that says otherwise. Files and pipes get the same octets everywhere. */
bool wants_ascii(int descriptor) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; isatty(descriptor) && i < sizeof names / sizeof names[0]; i++) {
        const char *locale = getenv(names[i]);
        if (locale != NULL && *locale != '\0')
            return strcasestr(locale, "UTF-8") == NULL && strcasestr(locale, "UTF8") == NULL;
    }
    return false;
}

unsigned terminal_columns(int descriptor) {
    struct winsize size;

    return isatty(descriptor) && ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
