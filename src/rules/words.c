/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <stdio.h>
#include <string.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000, S_PER_HOUR = 3600, S_PER_DAY = 86400 };

/* --- without snprintf, which takes ten times as long --- */

/* With zeros before it where it has fewer digits. */
static char *put_number(char *to, uint64_t number, int digits) {
    char reversed[20];
    int count = 0;
    for (; number != 0 || count < digits; number /= 10)
        reversed[count++] = (char)('0' + number % 10);
    while (count > 0)
        *to++ = reversed[--count];
    *to = '\0';
    return to;
}

/* value / unit with `digits` decimals, zeros at the end cut. Integers throughout: no locale can change the point. */
static struct words decimal_words(int64_t value, int64_t unit, int digits, const char *unit_name) {
    uint64_t scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    uint64_t rounded = ((uint64_t)value * scale + (uint64_t)unit / 2) / (uint64_t)unit;
    while (digits > 0 && rounded % 10 == 0) {
        rounded /= 10;
        scale /= 10;
        digits--;
    }
    struct words words;
    char *to = put_number(words.text, rounded / scale, 1);
    if (digits > 0)
        to = put_number(stpcpy(to, "."), rounded % scale, digits);
    stpcpy(stpcpy(to, " "), unit_name);
    return words;
}

struct words duration_words(int64_t ns) {
    if (ns <= 0) /* the clock of the capture did not tick in between, or was set back */
        return (struct words){"no measurable time"};
    if (ns < NS_PER_US)
        return decimal_words(ns, 1, 0, "ns");
    if (ns < 100 * (int64_t)NS_PER_US)
        return decimal_words(ns, NS_PER_MS, 3, "ms");
    if (ns < 10 * (int64_t)NS_PER_MS)
        return decimal_words(ns, NS_PER_MS, 2, "ms");
    if (ns < 100 * (int64_t)NS_PER_MS)
        return decimal_words(ns, NS_PER_MS, 1, "ms");
    if (ns < NS_PER_S - NS_PER_MS / 2) /* the rest would round to "1000 ms" */
        return decimal_words(ns, NS_PER_MS, 0, "ms");
    if (ns < 10 * (int64_t)NS_PER_S)
        return decimal_words(ns, NS_PER_S, 2, "s");
    if (ns < 100 * (int64_t)NS_PER_S)
        return decimal_words(ns, NS_PER_S, 1, "s");
    int64_t seconds = ns / NS_PER_S;
    if (seconds < 2 * S_PER_HOUR)
        return decimal_words(seconds, 1, 0, "s");
    if (seconds < 2 * S_PER_DAY)
        return decimal_words(seconds, S_PER_HOUR, 1, "hours");
    return decimal_words(seconds, S_PER_DAY, 1, "days");
}

struct words states_words(enum tcp_state client, enum tcp_state server) {
    struct words words;
    if (client == server) {
        stpcpy(stpcpy(words.text, "both sides in "), state_name(client));
        return words;
    }
    char *to = stpcpy(stpcpy(words.text, "the client in "), state_name(client));
    stpcpy(stpcpy(to, " and the server in "), state_name(server));
    return words;
}

struct words octets_words(int64_t octets) {
    struct words words;
    char *to = octets < 0 ? stpcpy(words.text, "-") : words.text;
    to = put_number(to, octets < 0 ? 0 - (uint64_t)octets : (uint64_t)octets, 1);
    stpcpy(to, octets == 1 ? " octet" : " octets");
    return words;
}

struct words hardware_words(uint64_t address) {
    struct words words;
    snprintf(words.text, sizeof words.text, "%02x:%02x:%02x:%02x:%02x:%02x", (unsigned)(address >> 40) & 255,
             (unsigned)(address >> 32) & 255, (unsigned)(address >> 24) & 255, (unsigned)(address >> 16) & 255,
             (unsigned)(address >> 8) & 255, (unsigned)address & 255);
    return words;
}

struct words times_words(uint32_t count) {
    struct words words;
    if (count == 1)
        stpcpy(words.text, "once");
    else if (count == 2)
        stpcpy(words.text, "twice");
    else
        stpcpy(put_number(words.text, count, 1), " times");
    return words;
}

static const char *ordinal(uint32_t count) {
    bool teen = count % 100 / 10 == 1;
    return teen ? "th" : count % 10 == 1 ? "st" : count % 10 == 2 ? "nd" : count % 10 == 3 ? "rd" : "th";
}

struct words repeats_words(uint32_t count) {
    struct words words = {""};
    if (count > 1)
        stpcpy(stpcpy(put_number(stpcpy(words.text, " for the "), count, 1), ordinal(count)), " time");
    return words;
}
