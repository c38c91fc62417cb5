/* SPDX-License-Identifier: BSD-3-Clause */
#include "show.h"

#include <string.h>

static const char *flags_of(const struct packet *packet, char text[8]) {
    static const struct {
        uint8_t bit;
        char letter;
    } letters[] = {{BIT_FIN, 'F'}, {BIT_SYN, 'S'}, {BIT_RST, 'R'}, {BIT_PSH, 'P'}, {BIT_ACK, '.'}};
    size_t length = 0;
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if ((packet->flags & letters[i].bit) != 0) {
            text[length++] = letters[i].letter;
        }
    }
    text[length] = '\0';
    return text;
}

/* In a scenario A is the sender of the first SYN that passed. */
static bool is_swapped(const struct witness *witness) {
    return witness->seen[0].packet.sender == SIDE_B && (witness->seen[0].packet.flags & BIT_ACK) == 0;
}

static char letter_of(const struct witness *witness, unsigned side) {
    return (side == SIDE_A) != is_swapped(witness) ? 'A' : 'B';
}

static void print_packet(FILE *out, const struct witness *witness, const struct sighting *seen) {
    char flags[8];
    const struct packet *packet = &seen->packet;
    bool has_ack = (packet->flags & BIT_ACK) != 0;
    unsigned seq = packet->raw_zero ? 0 : packet->seq;
    fprintf(out, "%u.%06u %c>%c %-3s %3u ", seen->at / 1000000, seen->at % 1000000, letter_of(witness, packet->sender),
            letter_of(witness, 1u - packet->sender), flags_of(packet, flags), seq);
    if (has_ack) {
        fprintf(out, "%3u", packet->ack);
    } else {
        fputs("  -", out);
    }
    fprintf(out, " %3u", packet->length);
    if (packet->tsval != 0) {
        fprintf(out, " ts=%u/%u", packet->tsval, packet->tsecr);
    }
}

static void print_truth(FILE *out, const struct peer *peer, bool with_order) {
    fputs(peer->truths > 0 && peer->truth[0].to == REF_SYN_RECEIVED ? "LISTEN" : "CLOSED", out);
    for (uint8_t i = 0; i < peer->truths; i++) {
        const struct truth *truth = &peer->truth[i];
        fprintf(out, " > %s", reference_state_names[truth->to]);
        if (truth->frame != 0) {
            fprintf(out, "@%u", truth->frame);
        }
        if (with_order) {
            fprintf(out, " (after %u)", truth->after);
        }
    }
    fputc('\n', out);
}

static void print_account(FILE *out, const struct account *account) {
    for (uint8_t i = 0; i < account->count; i++) {
        const struct step *step = &account->step[i];
        fprintf(out, "      %-12s > %-12s @%-3u %-9s %-9s", state_name((enum tcp_state)step->from),
                state_name((enum tcp_state)step->to), (unsigned)step->frame,
                step_cause_name((enum step_cause)step->cause), certainty_name((enum certainty)step->certainty));
        if (step->settled_by != 0) {
            fprintf(out, " by %u", (unsigned)step->settled_by);
        }
        fputc('\n', out);
    }
}

void show_witness(FILE *out, const struct witness *witness, const struct beginning *beginning) {
    const struct step *step = &witness->account[witness->side].step[witness->step];
    fprintf(out, "VIOLATION %s: %c %s > %s @%u %s %s%s; %llu times, here with %u faults of the channel\n",
            violation_names[witness->violation], "AB"[witness->side], state_name((enum tcp_state)step->from),
            state_name((enum tcp_state)step->to), (unsigned)step -> frame,
            step_cause_name((enum step_cause)step->cause), certainty_name((enum certainty)step->certainty),
            witness -> midway ? ", the capture ends midway" : "", (unsigned long long)witness->times, witness->faults);
    fprintf(out, "  behaviour %s%s%s%s%s%s\n", beginning->name, beginning->stack[0].delayed_ack ? ", delayed ACK" : "",
            beginning->stack[0].timestamps ? ", timestamps" : "",
            beginning->stack[0].reads_old_ack ? ", reads old ACK" : "",
            beginning->stack[0].abort_with_ack ? ", RST,ACK" : "", beginning->stack[0].coalesces ? ", coalesces" : "");
    for (uint8_t i = 0; i < witness->frames; i++) {
        fprintf(out, "  %3u  ", i + 1u);
        print_packet(out, witness, &witness->seen[i]);
        fputc('\n', out);
    }
    for (unsigned side = 0; side < PEERS; side++) {
        fprintf(out, "    %c truth: ", letter_of(witness, side));
        print_truth(out, &witness->truth[side], true);
        print_account(out, &witness->account[side]);
    }
}

bool write_scenario(const char *path, const struct witness *witness, const struct beginning *beginning) {
    FILE *out = fopen(path, "w");
    if (out == NULL) {
        return false;
    }
    const struct step *step = &witness->account[witness->side].step[witness->step];
    fprintf(out,
            "# SPDX-License-Identifier: BSD-3-Clause\ntitle: Found by the model check: %s, %c %s > %s\nprofile: rfc\n",
            violation_names[witness->violation], letter_of(witness, witness->side),
            state_name((enum tcp_state)step->from), state_name((enum tcp_state)step->to));
    fprintf(out, "# One execution that looks like this (%s, %u faults of the channel) went through\n", beginning->name,
            witness->faults);
    for (unsigned side = 0; side < PEERS; side++) {
        fprintf(out, "# %c: ", letter_of(witness, side));
        print_truth(out, &witness->truth[side], false);
    }
    fputc('\n', out);
    for (uint8_t i = 0; i < witness->frames; i++) {
        print_packet(out, witness, &witness->seen[i]);
        fputs(" | A: *  B: *\n", out);
    }
    return fclose(out) == 0;
}
