/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/value.h"

#include <string.h>

bool value_count(const char *text, uint64_t *value) {
    uint64_t number = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *value = number;
    return true;
}

bool value_size(const char *text, uint64_t *value) {
    static const char units[] = "kKmMgGtT";
    uint64_t number = 0;
    unsigned shift = 0;
    bool any = false;

    for (; *text >= '0' && *text <= '9'; text++, any = true) {
        unsigned digit = (unsigned)(*text - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (*text != '\0') {
        const char *unit = strchr(units, *text++);
        if (unit == NULL)
            return false;
        shift = 10 * (unsigned)((unit - units) / 2 + 1);
    }
    if (!any || *text != '\0' || number > UINT64_MAX >> shift)
        return false;
    *value = number << shift;
    return true;
}

bool value_seconds(const char *text, int64_t *value) {
    enum { DIGITS = 9 };
    int64_t number = 0;
    int whole = 0;
    int fraction = 0;

    for (; *text >= '0' && *text <= '9' && whole <= DIGITS; text++, whole++)
        number = number * 10 + (*text - '0');
    if (whole > DIGITS)
        return false;
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9' && fraction <= DIGITS; text++, fraction++)
            number = number * 10 + (*text - '0');
    if (*text != '\0' || whole + fraction == 0 || whole > DIGITS || fraction > DIGITS)
        return false;
    for (; fraction < DIGITS; fraction++)
        number *= 10;
    *value = number;
    return true;
}
