/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/time_text.h"

#include <string.h>

enum { SECONDS_OF_DAY = 86400, MICROSECOND = 1000, MILLISECOND = 1000000, SECOND = 1000000000 };

#define HOUR (3600 * UINT64_C(1000000000))

static char *put_digits(char *at, uint64_t value, unsigned width) {
    for (unsigned i = width; i-- > 0; value /= 10) {
        at[i] = (char)('0' + value % 10);
    }
    return at + width;
}

static char *put_number(char *at, uint64_t value) {
    unsigned width = 1;

    for (uint64_t rest = value; rest >= 10; rest /= 10) {
        width++;
    }
    return put_digits(at, value, width);
}

static char *put_text(char *at, const char *text) {
    size_t size = strlen(text);

    memcpy(at, text, size + 1);
    return at + size;
}

/* Days since 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that a leap day is the
 * last of its year, and within eras of 400 years, which all have the same number of days. */
static char *put_date(char *at, int64_t days) {
    int64_t shifted = days + 719468; /* since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);

    at = put_digits(at, (uint64_t)year, 4);
    *at++ = '-';
    at = put_digits(at, (uint64_t)month, 2);
    *at++ = '-';
    return put_digits(at, (uint64_t)day, 2);
}

const char *timestamp_text(int64_t time, char text[TIMESTAMP_SIZE]) {
    int64_t seconds = time / SECOND;
    int64_t rest = time % SECOND;
    int64_t days, of_day;
    char *at;

    if (rest < 0) {
        rest += SECOND;
        seconds--;
    }
    days = seconds / SECONDS_OF_DAY;
    of_day = seconds % SECONDS_OF_DAY;
    if (of_day < 0) {
        of_day += SECONDS_OF_DAY;
        days--;
    }
    at = put_date(text, days);
    *at++ = 'T';
    at = put_digits(at, (uint64_t)of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, (uint64_t)of_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, (uint64_t)of_day % 60, 2);
    *at++ = '.';
    at = put_digits(at, (uint64_t)rest, 9);
    put_text(at, "Z");
    return text;
}

const char *date_text(int64_t time, char text[TIME_TEXT_SIZE]) {
    enum { BLANK = 10, MICROSECONDS_END = 26 }; /* where they are in an RFC 3339 */
    char whole[TIMESTAMP_SIZE];

    timestamp_text(time, whole);
    memcpy(text, whole, MICROSECONDS_END);
    text[BLANK] = ' ';
    put_text(text + MICROSECONDS_END, " UTC");
    return text;
}

/* size in units with at most so many decimals, rounded to the nearest; zeros at the end are cut. */
static char *put_scaled(char *at, uint64_t size, uint64_t unit, unsigned decimals) {
    uint64_t step = unit;
    uint64_t fraction;

    for (unsigned i = 0; i < decimals; i++) {
        step /= 10;
    }
    size += step / 2;
    at = put_number(at, size / unit);
    fraction = size % unit / step;
    while (decimals > 0 && fraction % 10 == 0) {
        fraction /= 10;
        decimals--;
    }
    if (decimals > 0) {
        *at++ = '.';
        at = put_digits(at, fraction, decimals);
    }
    return at;
}

/* Three significant digits, and a decimal of hours and days; the bounds lie where rounding would reach the next row. */
static const struct scale {
    uint64_t below;
    uint64_t unit;
    uint8_t decimals;
    const char *name;
} scales[] = {
    {10 * MICROSECOND, 1, 0, " ns"},
    {9995000, MILLISECOND, 2, " ms"},
    {99950000, MILLISECOND, 1, " ms"},
    {999500000, MILLISECOND, 0, " ms"},
    {UINT64_C(9995000000), SECOND, 2, " s"},
    {UINT64_C(99950000000), SECOND, 1, " s"},
    {2 * HOUR, SECOND, 0, " s"},
    {48 * HOUR, HOUR, 1, " hours"},
    {UINT64_MAX, 24 * HOUR, 1, " days"},
};

const char *duration_text(int64_t span, char text[TIME_TEXT_SIZE]) {
    uint64_t size = span < 0 ? 0 - (uint64_t)span : (uint64_t)span;
    const struct scale *scale = scales;
    char *at = text;

    while (size >= scale->below) {
        scale++;
    }
    if (span < 0) {
        *at++ = '-';
    }
    at = put_scaled(at, size, scale->unit, scale->decimals);
    put_text(at, size == 0 ? " ms" : scale->name);
    return text;
}

const char *seconds_text(int64_t span, unsigned decimals, char text[TIME_TEXT_SIZE]) {
    uint64_t size = span < 0 ? 0 - (uint64_t)span : (uint64_t)span;
    uint64_t rest = size % SECOND;
    char *at = text;

    for (unsigned i = decimals; i < 9; i++) {
        rest /= 10;
    }
    if (span < 0 && (size >= SECOND || rest > 0)) {
        *at++ = '-';
    }
    at = put_number(at, size / SECOND);
    if (decimals > 0) {
        *at++ = '.';
        at = put_digits(at, rest, decimals);
    }
    *at = '\0';
    return text;
}
