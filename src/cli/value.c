/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/value.h"

#include <string.h>
#include <time.h>

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

/* Reads a number of exactly so many digits and what follows it; NULL where there is something else. */
static const char *take_digits(const char *text, int digits, char follows, int *number) {
    *number = 0;
    for (int i = 0; i < digits; i++, text++) {
        if (*text < '0' || *text > '9')
            return NULL;
        *number = *number * 10 + (*text - '0');
    }
    return *text == follows ? text + 1 : NULL;
}

bool value_timestamp(const char *text, int64_t *value) {
    static const struct {
        int digits;
        char follows;
    } parts[] = {{4, '-'}, {2, '-'}, {2, 'T'}, {2, ':'}, {2, ':'}};
    int number[5];
    char seconds[16];
    int64_t span;

    for (int i = 0; i < 5; i++) {
        text = take_digits(text, parts[i].digits, parts[i].follows, &number[i]);
        if (text == NULL)
            return false;
    }
    size_t length = strlen(text);
    if (length < 3 || length >= sizeof seconds || text[length - 1] != 'Z')
        return false;
    memcpy(seconds, text, length - 1);
    seconds[length - 1] = '\0';
    struct tm parsed = {.tm_year = number[0] - 1900,
                        .tm_mon = number[1] - 1,
                        .tm_mday = number[2],
                        .tm_hour = number[3],
                        .tm_min = number[4]};
    struct tm read = parsed;
    time_t whole = timegm(&read);
    bool exists = read.tm_mon == parsed.tm_mon && read.tm_mday == parsed.tm_mday && read.tm_hour == parsed.tm_hour &&
                  read.tm_min == parsed.tm_min;
    if (!value_seconds(seconds, &span) || span >= INT64_C(61000000000) || !exists || number[0] < 1824 ||
        number[0] > 2116)
        return false;
    *value = (int64_t)whole * 1000000000 + span;
    return true;
}
