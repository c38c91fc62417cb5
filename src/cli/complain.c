/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/complain.h"

#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...) {
    va_list arguments;

    progress_clear();
    fputs("finwait: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
