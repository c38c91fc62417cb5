/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/complain.h"

#include "base/message.h"
#include "base/utf8.h"

#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void complain(const char *format, ...) {
    va_list arguments;

    struct message message; /* cut, where there is no memory for all of it */
    char *text = NULL;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    va_start(arguments, format);
    message_vset(&message, format, arguments);
    va_end(arguments);
    if (text != NULL)
        utf8_tame(text);
    progress_clear();
    fprintf(stderr, "finwait: %s\n", text != NULL ? text : message.text);
    free(text);
}
