/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/message.h"

#include <stdio.h>

void message_vset(struct message *message, const char *format, va_list values) {
    if (vsnprintf(message->text, sizeof message->text, format, values) < 0)
        message->text[0] = '\0';
    for (char *at = message->text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
}

void message_set(struct message *message, const char *format, ...) {
    va_list values;

    va_start(values, format);
    message_vset(message, format, values);
    va_end(values);
}
