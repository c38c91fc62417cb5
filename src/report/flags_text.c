/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/flags_text.h"

#include "decode/segment.h"

#include <string.h>

static const struct {
    uint16_t flag;
    char name[4];
} words[] = {
    {TCP_SYN, "SYN"}, {TCP_FIN, "FIN"}, {TCP_RST, "RST"}, {TCP_PSH, "PSH"}, {TCP_ACK, "ACK"},
    {TCP_URG, "URG"}, {TCP_ECE, "ECE"}, {TCP_CWR, "CWR"}, {TCP_AE, "AE"},
};

const char *flags_text(uint16_t flags, char text[FLAGS_TEXT_SIZE]) {
    char *at = text;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (flags & words[i].flag) {
            size_t size = strlen(words[i].name);

            if (at > text) {
                *at++ = ' ';
            }
            memcpy(at, words[i].name, size);
            at += size;
        }
    }
    *at = '\0';
    return at > text ? text : strcpy(text, "none");
}
