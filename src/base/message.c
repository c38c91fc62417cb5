/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/message.h"

#include "base/utf8.h"

#include <stdio.h>

void message_vset(struct message *message, const char *format, va_list values) {
    if (vsnprintf(message->text, sizeof message->text, format, values) < 0)
        message->text[0] = '\0';
    utf8_tame(message->text);
}

void message_set(struct message *message, const char *format, ...) {
    va_list values;

    va_start(values, format);
    message_vset(message, format, values);
    va_end(values);
}
