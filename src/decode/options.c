/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/options.h"

enum {
    KIND_END = 0,
    KIND_NO_OPERATION = 1,
    MPTCP_JOIN = 1,
    MPTCP_JOIN_SYN_LENGTH = 12, /* RFC 8684 3.2 */
    FAST_OPEN_MAGIC = 0xf989,   /* RFC 7413 4.1.1: of the option as it was an experiment */
};

/* A reader takes an option whose length is within its row's limits, and returns the flag to set: OPTION_MALFORMED when
 * the length is wrong all the same, 0 when the option is none of ours. */
typedef uint16_t option_reader(struct tcp_options *options, const uint8_t *option, unsigned length);

static uint16_t read_mss(struct tcp_options *options, const uint8_t *option, unsigned length) {
    (void)length;
    options->mss = octets_u16(option + 2);
    return OPTION_MSS;
}

static uint16_t read_window_scale(struct tcp_options *options, const uint8_t *option, unsigned length) {
    (void)length;
    options->window_scale = option[2];
    return OPTION_WINDOW_SCALE;
}

static uint16_t read_sack_permitted(struct tcp_options *options, const uint8_t *option, unsigned length) {
    (void)options;
    (void)option;
    (void)length;
    return OPTION_SACK_PERMITTED;
}

static uint16_t read_sack(struct tcp_options *options, const uint8_t *option, unsigned length) {
    if (length % 8 != 2)
        return OPTION_MALFORMED;
    options->sack_count = (uint8_t)(length / 8);
    for (unsigned i = 0; i < options->sack_count; i++) {
        options->sack[i].begin = octets_u32(option + 2 + 8 * i);
        options->sack[i].end = octets_u32(option + 6 + 8 * i);
    }
    return OPTION_SACK;
}

static uint16_t read_timestamps(struct tcp_options *options, const uint8_t *option, unsigned length) {
    (void)length;
    options->timestamp_value = octets_u32(option + 2);
    options->timestamp_echo = octets_u32(option + 6);
    return OPTION_TIMESTAMPS;
}

static uint16_t read_user_timeout(struct tcp_options *options, const uint8_t *option, unsigned length) {
    (void)options;
    (void)option;
    (void)length;
    return OPTION_USER_TIMEOUT;
}

static uint16_t read_mptcp(struct tcp_options *options, const uint8_t *option, unsigned length) {
    options->mptcp_subtype = option[2] >> 4;
    options->mptcp_version = option[2] & 0xf;
    bool joins = options->mptcp_subtype == MPTCP_JOIN && length == MPTCP_JOIN_SYN_LENGTH;
    options->mptcp_token = joins ? octets_u32(option + 4) : 0;
    return OPTION_MPTCP;
}

/* No cookie, or 4 to 16 octets in an even number (RFC 7413 4.1.1). */
static uint16_t read_cookie(struct tcp_options *options, unsigned length) {
    if (length != 0 && (length < 4 || length > 16 || length % 2 != 0))
        return OPTION_MALFORMED;
    options->fast_open_cookie_length = (uint8_t)length;
    return OPTION_FAST_OPEN;
}

static uint16_t read_fast_open(struct tcp_options *options, const uint8_t *option, unsigned length) {
    (void)option;
    return read_cookie(options, length - 2);
}

static uint16_t read_experiment(struct tcp_options *options, const uint8_t *option, unsigned length) {
    if (length < 4 || octets_u16(option + 2) != FAST_OPEN_MAGIC)
        return 0;
    return read_cookie(options, length - 4);
}

/* The options by their kinds, with their lengths in octets, kind and length included. A kind that is not here may have
 * any length. */
static const struct option_row {
    uint8_t shortest;
    uint8_t longest;     /* 0: no row */
    option_reader *read; /* NULL: only the length is checked */
} rows[UINT8_MAX + 1] = {
    [2] = {4, 4, read_mss},            /* RFC 9293 3.2 */
    [3] = {3, 3, read_window_scale},   /* RFC 7323 2.2 */
    [4] = {2, 2, read_sack_permitted}, /* RFC 2018 2 */
    [5] = {10, 34, read_sack},         /* RFC 2018 3 */
    [8] = {10, 10, read_timestamps},   /* RFC 7323 3.2 */
    [19] = {18, 18, NULL},             /* RFC 2385: MD5 signature */
    [28] = {4, 4, read_user_timeout},  /* RFC 5482 3 */
    [29] = {4, 40, NULL},              /* RFC 5925: authentication */
    [30] = {3, 40, read_mptcp},        /* RFC 8684 3 */
    [34] = {2, 18, read_fast_open},    /* RFC 7413 4.1.1 */
    [254] = {2, 40, read_experiment},  /* RFC 6994 */
};

static uint16_t read_option(struct tcp_options *options, const uint8_t *option, unsigned length) {
    const struct option_row *row = &rows[option[0]];

    if (row->longest == 0)
        return 0;
    if (length < row->shortest || length > row->longest)
        return OPTION_MALFORMED;
    return row->read == NULL ? 0 : row->read(options, option, length);
}

/* Several Multipath TCP options in one segment are in order (RFC 8684 3); no other option may come twice. */
static void note(struct tcp_options *options, uint16_t flag, uint8_t kind, uint8_t length) {
    if ((options->present & flag & ~OPTION_MPTCP) != 0)
        flag |= OPTION_REPEATED;
    if ((flag & (OPTION_REPEATED | OPTION_MALFORMED)) != 0) {
        options->odd_kind = kind;
        options->odd_length = length;
    }
    options->present |= flag;
}

/* The options of nearly all SYNs, each as it should be, without the detour by the table: takes one of which that many
 * octets are there, and returns its length. 0: it is for the table. */
static inline unsigned read_usual(struct tcp_options *options, const uint8_t *option, uint32_t room) {
    unsigned length = room < 2 ? 0 : option[1];
    uint16_t flag;

    if (length > room)
        return 0;
    switch (length == 0 ? 0 : octets_u16(option)) {
    case 0x0204:
        flag = read_mss(options, option, length);
        break;
    case 0x0303:
        flag = read_window_scale(options, option, length);
        break;
    case 0x0402:
        flag = read_sack_permitted(options, option, length);
        break;
    case 0x080a:
        flag = read_timestamps(options, option, length);
        break;
    default:
        return 0;
    }
    if ((options->present & flag) != 0)
        return 0;
    options->present |= flag;
    return length;
}

/* The options of a SYN of Linux, all five in one look: what they are is the same octets each time. */
static bool read_linux_syn(struct tcp_options *options, const uint8_t *octets, uint32_t captured, uint32_t length) {
    enum { ALL = 20 };
    const uint64_t kinds = UINT64_C(0xffff0000ffffffff), four = UINT64_C(0x020400000402080a);

    if (length != ALL || captured != ALL || (octets_u64(octets) & kinds) != four ||
        octets_u32(octets + 16) >> 8 != 0x010303)
        return false;
    options->mss = octets_u16(octets + 2);
    options->timestamp_value = octets_u32(octets + 8);
    options->timestamp_echo = octets_u32(octets + 12);
    options->window_scale = octets[19];
    options->present = OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS | OPTION_WINDOW_SCALE;
    return true;
}

void options_read_each(struct tcp_options *options, const uint8_t *octets, uint32_t captured, uint32_t length) {
    if (read_linux_syn(options, octets, captured, length))
        return;
    for (uint32_t at = 0; at < captured;) {
        unsigned option;

        if (octets[at] == KIND_END)
            return;
        if (octets[at] == KIND_NO_OPERATION) {
            at++;
            continue;
        }
        option = read_usual(options, octets + at, captured - at);
        if (option != 0) {
            at += option;
            continue;
        }
        if (at + 2 > captured && captured < length)
            break;
        option = at + 2 > length ? 0 : octets[at + 1];
        if (option < 2 || at + option > length) {
            note(options, OPTION_MALFORMED, octets[at], at + 2 > length ? 0 : octets[at + 1]);
            return;
        }
        if (at + option > captured)
            break;
        note(options, read_option(options, octets + at, option), octets[at], (uint8_t)option);
        if ((options->present & OPTION_MALFORMED) != 0)
            return;
        at += option;
    }
    if (captured < length)
        options->present |= OPTION_CUT;
}
