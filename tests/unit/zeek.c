/* SPDX-License-Identifier: BSD-3-Clause */
#include "exchange.h"

#include <stdio.h>

/* Connections in Zeek's words: conn_state and history, as scripts/base/protocols/conn describes them.
 *
 * A story is a row of segments: > for the client, < for the server, then
 *   S SYN   H SYN/ACK   A ACK   D 10 octets   T the last 10 octets again
 *   F FIN   R RST without ACK   r RST with ACK   W ACK that closes the window
 *   C 10 octets with a wrong checksum   G 10 octets that the capture lacks   Q SYN and FIN   I FIN and RST
 *   E RST with 10 octets   0 ACK of the number 0
 * a digit repeats the one before so many times in all. J and L go 2^20 numbers on and back, + and - one. Numbers of the
 * client begin 16 below 0, behind a ^ 2^20 below 0 with its SYN. */

struct walk {
    struct fixture fixture;
    struct zeek zeek; /* after the latest segment */
    uint32_t next[SIDES];
    uint32_t shift; /* of the client's numbers */
};

static void segment(struct walk *walk, enum side side, char kind) {
    static const char kinds[] = "SHADTFRrWCQIE0";
    static const uint16_t flags[] = {TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK,           TCP_ACK, TCP_ACK,
                                     TCP_ACK | TCP_FIN, TCP_RST,           TCP_RST | TCP_ACK, TCP_ACK, TCP_ACK,
                                     TCP_SYN | TCP_FIN, TCP_FIN | TCP_RST, TCP_RST,           TCP_ACK};
    const char *at = strchr(kinds, kind);
    assert_non_null(at);
    uint16_t flag = flags[at - kinds];
    uint32_t *next = &walk->next[side];
    bool octets = kind == 'D' || kind == 'C' || kind == 'T' || kind == 'E';
    uint32_t seq = kind == 'T' ? *next - 10 : *next;
    struct segment made = of(&walk->fixture, side, flag, seq, walk->next[other_side(side)], octets ? 10 : 0);
    made.window = kind == 'W' ? 0 : made.window;
    made.seq += side == SIDE_CLIENT ? walk->shift : 0;
    made.ack += side == SIDE_SERVER && (flag & TCP_ACK) != 0 ? walk->shift : 0;
    made.ack = kind == '0' ? 0 : made.ack;
    made.checksum = kind == 'C' ? CHECKSUM_BAD : CHECKSUM_GOOD;
    take(&walk->fixture, 10 * MILLISECOND, &made);
    walk->zeek = walk->fixture.last.connection->zeek;
    *next = seq + made.length + ((flag & (TCP_SYN | TCP_FIN)) != 0);
}

static void tell(const char *story, char *words, size_t size) {
    static const char steps[] = "GJL+-";
    static const uint32_t by[] = {10, 1 << 20, -(1u << 20), 1, UINT32_MAX};
    struct walk walk = {.next = {0, 0}};
    enum side side = SIDE_CLIENT;
    begin(&walk.fixture, PROFILE_LINUX);
    for (char last = 0; *story != '\0'; story++) {
        if (*story == '>' || *story == '<') {
            side = *story == '>' ? SIDE_CLIENT : SIDE_SERVER;
        } else if (*story == '^') {
            walk.shift = -(1u << 20) - 1 - ISN_CLIENT;
        } else if (strchr(steps, *story) != NULL) {
            walk.next[side] += by[strchr(steps, *story) - steps];
        } else if (*story >= '2' && *story <= '9') {
            for (int i = 1; i < *story - '0'; i++)
                segment(&walk, side, last);
        } else if (*story != ' ') {
            segment(&walk, side, *story);
            last = *story;
        }
    }
    snprintf(words, size, "%s %s", zeek_conn_state(&walk.zeek), walk.zeek.history);
    end(&walk.fixture);
}

static const struct {
    const char *story;
    const char *words;
} stories[] = {
    {">S", "S0 S"},
    {">S4", "S0 S"},
    {">S <H", "S1 Sh"},
    {">S <H4", "S1 Sh"},
    {">S <r", "REJ Sr"},
    {">S <H >A", "S1 ShA"},
    {">S <H >A >D", "S1 ShAD"},
    {">S <H >A >D <A", "S1 ShADa"},
    {">S <H >A >D <A <D >A", "S1 ShADad"},
    {">S <H >A >D <A >F <A <F >A", "SF ShADaFf"},
    {">S <H >A >D <A >F <F >A", "SF ShADaFf"},
    {">S <H >A >D <A <F >A >F <A", "SF ShADafF"},
    {">S <H >A >F", "S2 ShAF"},
    {">S <H >A <F", "S3 ShAf"},
    {">S <H >A >R", "RSTO ShAR"},
    {">S <H >A >r", "RSTO ShAR"},
    {">S <H >A <R", "RSTR ShAr"},
    {">S <H >A <r", "RSTR ShAr"},
    {">S <H >A >F <R", "RSTR ShAFr"},
    {">S <H >A >F <r", "RSTR ShAFr"},
    {">S <H >A <F >R", "RSTO ShAfR"},
    {">S <H >A >F <F <R", "SF ShAFfr"},
    {">S <H >A >F <F >R", "SF ShAFfR"},
    {">S <H >A <R >F", "RSTR ShArF"},
    {">S <H >A >F <R <F", "RSTR ShAFrf"},
    {">S <H >R", "RSTO ShR"},
    {">S >R", "RSTOS0 SR"},
    {">S >F", "SH SF"},
    {">S >A", "S0 SA"},
    {">S >D", "S0 SD"},
    {"<H", "OTH ^h"},
    {"<H >A", "S1 ^hA"},
    {"<H >A >D", "S1 ^hAD"},
    {"<H <F", "SHR ^hf"},
    {"<H <R", "RSTRH ^hr"},
    {">S <S >H <A", "S1 Ssa"},
    {">S <S", "S1 Ss"},
    {">A", "OTH A"},
    {">A <A", "OTH Aa"},
    {">D <A", "OTH Da"},
    {"<D >A", "OTH ^dA"},
    {">D <D >F <F", "SF DdFf"},
    {">F", "SH F"},
    {">F <A", "SH Fa"},
    {">F <F", "SF Ff"},
    {"<F", "SHR ^f"},
    {">R", "OTH R"},
    {"<R", "RSTRH ^r"},
    {">D >R", "OTH DR"},
    {">D <D <R", "RSTRH Ddr"},
    {">D <D >R", "OTH DdR"},
    {">D <D >F", "SH DdF"},
    {">D <D <F", "SHR Ddf"},
    {">S <H >A >D2", "S1 ShAD"},
    {">S <H >A >D >T", "S1 ShADT"},
    {">S <H >A >D >T9", "S1 ShADT"},
    {">S <H >A >D >T9 >T", "S1 ShADTT"},
    {">S <H >A >D >T9 >T2", "S1 ShADTT"},
    {">S <H >A >W", "S1 ShAW"},
    {">S <H >A >W >D >W", "S1 ShAWD"},
    {">S <H >A <W", "S1 ShAaw"},
    {">S <H >A >C", "S1 ShAC"},
    {">S <H >A >C >D", "S1 ShACD"},
    {">S <H >A <C9", "S1 ShAc"},
    {">S <H >A <C9 <C", "S1 ShAcc"},
    {">S <H >A >G >D <A", "S1 ShADaG"},
    {">S <H >A <G <D >A", "S1 ShAdg"},
    {">S <H >A >G >D <A >D", "S1 ShADaG"},
    {">S <H >A <G >A", "S1 ShAg"},
    {">S <H >A >G <A", "S1 ShAaG"},
    {">S <H >A >D <A <D >A <D >G <A", "S1 ShADadG"},
    {">S <H >A >D >G >F <A", "S2 ShADFaG"},
    {">Q", "SH Q"},
    {">I", "OTH I"},
    {">S <H >A >I", "RSTO ShAI"},
    {">S <H >A >F2", "S2 ShAFF"},
    {">S <H >A >F >D", "S2 ShAFD"},
    {">S <H >A >R2", "RSTO ShAR"},
    {">S <H >A >D <R", "RSTR ShADr"},
    {">S <H >A <D >R", "RSTO ShAdR"},
    {">S <H <A", "S1 Sha"},
    {">S <A <H >A", "S1 SahA"},
    {">S <A", "S0 Sa"},
    {">S <D", "OTH Sd"},
    {">S <F", "S3 Sf"},
    {">S <F >A", "S3 SfA"},
    {">S <H >A >D <A >F <A", "S2 ShADaF"},
    {">S <H >A >D <A <F >A", "S3 ShADaf"},
    {">S <H >F <A <F >A", "SF ShFafA"},
    {">S <H >A >D <D >F >R <F", "SF ShADdFRf"},
    {">S <H >A >F9 F9 F9 F9 F4", "S2 ShAFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"},
    {">S <H >A >F9 F9 F9 F9 F9 F9", "S2 ShAFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFX"},
    {">S <H >A <F9 F9 F9 F9 F9 F9", "S3 ShAfffffffffffffffffffffffffffffffffffffffffffx"},
    {">S <H >A <D >T <F9", "S3 ShAdDTfffffffff"},
    {">S <H >A >D <A >R <A", "RSTO ShADaR"},
    {">S <I", "REJ Si"},
    {">S <H >W <F >W", "S3 ShAWf"},
    {">S <H >A <F >F >W", "SF ShAfF"},
    {">S <H >A <C >F <A <F", "SF ShAdFaf"},
    {">S <H >A >D G D G D <A", "S1 ShADaG"},
    {"<D >D <G <D >A", "OTH ^dDA"},
    {">S <r >F", "RSTR SrF"},
    {">S <H <R >A", "RSTR ShrA"},
    /* How far off a RST, a SYN or an ACK of 0 may be: 2^20. */
    {">S <H >J R <R", "RSTR ShRr"},
    {">S <H >J + R <R", "REJ ShRr"},
    {">S <H >A >D L E", "RSTO ShADRT"},
    {">S <H >A >D L - E", "RSTO ShADR"},
    {">S <H >A <F J - H L D", "S3 ShAfhdt"},
    {">S <H >A <F J H L - D", "S3 ShAfhd"},
    {">S <H >R J <A <R", "RSTR ShRar"},
    {">S <H >R J + <A <R", "RSTR ShRar"},
    {">S <H >R <0 <R", "RSTR ShRar"},
    {"^ >S <H >R <0 <R", "RSTR ShRar"},
    {"^ >- S <H >R <0 <R", "REJ ShRar"},
};

static void test_stories(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        char words[ZEEK_HISTORY_MAX + 16];
        tell(stories[i].story, words, sizeof words);
        if (strcmp(words, stories[i].words) != 0)
            print_error("%s\n", stories[i].story);
        assert_string_equal(words, stories[i].words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stories)};
    long_way = true; /* the model tells of every segment */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
