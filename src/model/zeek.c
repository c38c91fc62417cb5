/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/zeek.h"

#include "model/internal.h"

#include <string.h>

/* Numbers of a SYN or RST that are farther off than this are not believed. */
enum { FAR = 1048576 };

enum letter { LETTER_SYN, LETTER_FIN, LETTER_RESET, LETTER_DATA, LETTER_ACK, LETTER_FIN_RESET, LETTER_MANY };

/* A segment on its way, as Zeek looks at it. */
struct passing {
    struct zeek *zeek;
    struct zeek_side *x; /* sender */
    struct zeek_side *y;
    bool client; /* it is the originator's */
    bool syn, fin, reset, ack;
    uint32_t length; /* payload */
    uint32_t seq;
    uint32_t end; /* after its last octet; the payload of a RST does not count */
};

/* --- history --- */

static void write_letter(struct passing *step, char letter) {
    struct zeek *zeek = step->zeek;
    char written = step->client || letter == '^' ? letter : (char)(letter - 'A' + 'a');
    if (zeek->length < ZEEK_HISTORY_MAX) {
        zeek->history[zeek->length++] = written;
    } else {
        zeek->history[zeek->length - 1] = step->client ? 'X' : 'x';
    }
}

/* True when it was there before. */
static bool write_once(struct passing *step, enum letter which, char letter) {
    if ((step->x->letters >> which & 1) != 0) {
        return true;
    }
    step->x->letters = (uint8_t)(step->x->letters | 1u << which);
    write_letter(step, letter);
    return false;
}

static bool is_power_of_ten(uint32_t count) {
    while (count >= 10 && count % 10 == 0) {
        count /= 10;
    }
    return count == 1;
}

static void write_counted(struct passing *step, struct zeek_side *side, enum zeek_count which, char letter) {
    if (is_power_of_ten(++side->counts[which])) {
        write_letter(step, letter);
    }
}

/* Written again where the number is not that of the latest one. */
static void write_numbered(struct passing *step, enum letter which, char letter, uint32_t *latest, uint32_t number) {
    if (write_once(step, which, letter) && *latest != number) {
        write_letter(step, letter);
    }
    *latest = number;
}

static void write_flags(struct passing *step) {
    struct zeek_side *x = step->x;
    int flags = step->syn + step->fin + step->reset;
    if (flags > 1) {
        bool fin_reset = step->fin && step->reset;
        write_once(step, fin_reset ? LETTER_FIN_RESET : LETTER_MANY, fin_reset ? 'I' : 'Q');
    } else if (step->syn) {
        write_numbered(step, LETTER_SYN, step->ack ? 'H' : 'S', &x->last_syn, step->seq - x->start);
    } else if (step->fin) {
        write_numbered(step, LETTER_FIN, 'F', &x->last_fin, step->seq - x->start + step->length);
    } else if (step->reset) {
        write_numbered(step, LETTER_RESET, 'R', &x->last_reset, step->seq - x->start);
    } else if (step->length > 0) {
        write_once(step, LETTER_DATA, 'D');
    } else if (step->ack) {
        write_once(step, LETTER_ACK, 'A');
    }
}

/* --- numbers --- */

static void begin_numbers(struct passing *step) {
    struct zeek_side *x = step->x;
    bool inactive = x->state == ZEEK_INACTIVE;
    bool anew = x->state != ZEEK_CLOSED && (x->state != ZEEK_RESET || x->state_before == ZEEK_INACTIVE);
    if (step->syn && (inactive || anew)) {
        x->start = x->acked = step->seq;
        x->end = step->end;
    } else if (inactive) {
        x->start = x->acked = step->seq - 1;
        x->end = step->seq;
    }
}

static void advance_end(struct passing *step) {
    struct zeek_side *x = step->x;
    int32_t ahead = (int32_t)(step->end - x->end);
    if ((step->syn || step->reset) && (ahead > FAR || ahead < -FAR)) {
        return;
    }
    if (step->fin && x->end == x->start + 1) {
        x->end = step->end;
    } else if (x->state == ZEEK_RESET) {
        return;
    } else if (ahead > 0) {
        x->end = step->end;
    } else if (step->length > 0) {
        write_counted(step, x, ZEEK_REPEATS, 'T');
    }
}

static void advance_acked(struct passing *step, uint32_t ack) {
    struct zeek_side *y = step->y;
    if (!step->ack) {
        return;
    }
    if (y->state == ZEEK_INACTIVE) {
        y->start = y->acked = y->end = ack - 1;
    } else if (!step->reset && (int32_t)(ack - y->acked) > 0 && (ack != 0 || ack - y->acked <= FAR)) {
        y->acked = ack;
    }
}

static uint32_t size_of(const struct zeek_side *side, const struct zeek_side *other) {
    if (side->state_before == ZEEK_SYN_SENT && side->state == ZEEK_RESET && other->state == ZEEK_INACTIVE &&
        side->acked != side->start) {
        return 0;
    }
    uint32_t size = ((int32_t)(side->end - side->acked) > 0 ? side->end : side->acked) - side->start;
    size -= size > 0;
    return side->fin_sent && size > 0 ? size - 1 : size;
}

/* --- states --- */

static void enter(struct zeek_side *side, enum zeek_state state) {
    if (side->state != state) {
        side->state_before = side->state;
        side->state = (uint8_t)state;
    }
}

static void syn_from_inactive(struct passing *step) {
    if (!step->client) {
        if (step->y->state == ZEEK_SYN_SENT) {
            enter(step->y, ZEEK_ESTABLISHED);
        }
        enter(step->x, ZEEK_ESTABLISHED);
    } else if (step->y->state == ZEEK_ESTABLISHED) {
        enter(step->x, ZEEK_ESTABLISHED); /* the SYN/ACK was recorded before it */
    } else {
        enter(step->x, step->ack ? ZEEK_SYN_ACK_SENT : ZEEK_SYN_SENT);
    }
}

static void leave_inactive(struct passing *step) {
    if (step->syn) {
        syn_from_inactive(step);
    }
    if (step->fin) {
        enter(step->x, ZEEK_CLOSED);
    }
    if (step->reset) {
        enter(step->x, ZEEK_RESET);
    }
    if (step->x->state != ZEEK_INACTIVE) {
        return;
    }
    if (!step->client && step->length == 0 && step->y->state == ZEEK_SYN_SENT) {
        return; /* acknowledges the SYN before it answers it */
    }
    /* The SYN was missed where an ACK follows a SYN/ACK. */
    enter(step->x, step->ack && step->y->state == ZEEK_ESTABLISHED ? ZEEK_ESTABLISHED : ZEEK_PARTIAL);
}

static void leave_established(struct passing *step) {
    struct zeek_side *y = step->y;
    if (step->syn && !step->ack && step->x->state == ZEEK_PARTIAL && y->state == ZEEK_INACTIVE) {
        enter(step->x, ZEEK_SYN_SENT);
    }
    if (step->fin && !step->reset) {
        enter(step->x, ZEEK_CLOSED);
        if (y->state == ZEEK_RESET && y->state_before == ZEEK_CLOSED) {
            enter(y, ZEEK_CLOSED); /* its FIN came first: the RST was part of an ordinary end */
        }
    }
    if (step->reset) {
        enter(step->x, ZEEK_RESET);
    }
}

static void move(struct passing *step) {
    switch ((enum zeek_state)step->x->state) {
    case ZEEK_INACTIVE:
        leave_inactive(step);
        break;
    case ZEEK_SYN_SENT:
    case ZEEK_SYN_ACK_SENT:
        if (step->reset || step->fin) {
            enter(step->x, step->reset ? ZEEK_RESET : ZEEK_CLOSED);
        }
        break;
    case ZEEK_PARTIAL:
    case ZEEK_ESTABLISHED:
        leave_established(step);
        break;
    case ZEEK_CLOSED:
        if (step->reset && step->y->state != ZEEK_CLOSED) {
            enter(step->x, ZEEK_RESET);
        }
        break;
    case ZEEK_RESET:
        break;
    }
}

/* --- one segment --- */

/* Stretches of y's octets below the ACK that never passed, and have not been acknowledged before. */
unsigned zeek_gaps(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    const struct zeek_side *side = &arrival->connection->zeek.side[other_side(arrival->side)];
    if (!arrival->has_ack || !y->isn_set || side->state == ZEEK_INACTIVE) {
        return 0;
    }
    int64_t acked = endpoint_offset(y, side->acked);
    int64_t known = y->next_acked > y->next ? y->next_acked : y->next;
    unsigned gaps = y->fin_frame == 0 && arrival->ack > known;
    for (uint32_t i = 0; i < y->holes.count && y->holes.items[i].begin < arrival->ack; i++) {
        gaps += y->holes.items[i].begin >= acked;
    }
    return gaps;
}

static bool is_clean(const struct zeek_side *side) {
    return side->state == ZEEK_ESTABLISHED || (side->state == ZEEK_CLOSED && side->state_before == ZEEK_ESTABLISHED);
}

static struct passing step_of(struct arrival *arrival) {
    const struct segment *segment = arrival->segment;
    struct zeek *zeek = &arrival->connection->zeek;
    bool reset = (segment->flags & TCP_RST) != 0;
    bool fin = (segment->flags & TCP_FIN) != 0;
    return (struct passing){.zeek = zeek,
                            .x = &zeek->side[arrival->side],
                            .y = &zeek->side[other_side(arrival->side)],
                            .client = arrival->side == SIDE_CLIENT,
                            .syn = arrival->syn,
                            .fin = fin,
                            .reset = reset,
                            .ack = arrival->has_ack,
                            .length = segment->length,
                            .seq = segment->seq,
                            .end = segment->seq + arrival->syn + fin + (reset ? 0 : segment->length)};
}

/* On the fast path SND.NXT has gone on alone. */
static void catch_up(struct zeek_side *side, const struct connection *connection, const struct endpoint *x,
                     int64_t next_before) {
    uint32_t next = endpoint_raw(x, next_before);
    if (x->pure_ack_seen + x->data_seen > 0 && !connection->midstream && side->state == ZEEK_ESTABLISHED &&
        (int32_t)(next - side->end) > 0) {
        side->end = next;
    }
}

/* The checksums of that side turned out to be the capture's fault: its letter of damage gives way to that of payload,
 * which damaged segments hold as a rule. */
static void take_damage_back(struct zeek *zeek, enum side sender) {
    struct zeek_side *side = &zeek->side[sender];
    char damage = sender == SIDE_CLIENT ? 'C' : 'c';
    uint8_t kept = 0;
    for (uint8_t i = 0; i < zeek->length; i++) {
        char letter = zeek->history[i];
        if (letter == damage && (side->letters >> LETTER_DATA & 1) == 0) {
            side->letters = (uint8_t)(side->letters | 1u << LETTER_DATA);
            letter = sender == SIDE_CLIENT ? 'D' : 'd';
        }
        if (letter != damage) {
            zeek->history[kept++] = letter;
        }
    }
    memset(&zeek->history[kept], 0, sizeof zeek->history - kept);
    zeek->length = kept;
    side->counts[ZEEK_DAMAGED] = 0;
}

bool zeek_goes_on(struct connection *connection, enum side side, uint32_t seq, uint32_t length, uint32_t ack,
                  int64_t next) {
    struct zeek *zeek = &connection->zeek;
    struct zeek_side *x = &zeek->side[side], *y = &zeek->side[other_side(side)];
    struct endpoint *sender = &connection->side[side];
    bool open = x->state >= ZEEK_PARTIAL && x->state <= ZEEK_CLOSED && y->state != ZEEK_INACTIVE;
    if (!open || zeek->length == 0 || x->counts[ZEEK_DAMAGED] + y->counts[ZEEK_DAMAGED] > 0) {
        return false;
    }
    catch_up(x, connection, sender, next);
    uint32_t end = seq + length;
    if (length > 0 && (int32_t)(end - x->end) <= 0) {
        return false; /* again */
    }
    struct passing step = {.zeek = zeek, .x = x, .y = y, .client = side == SIDE_CLIENT, .ack = true};
    x->end = (int32_t)(end - x->end) > 0 ? end : x->end;
    advance_acked(&step, ack);
    if (length > 0) {
        write_once(&step, LETTER_DATA, 'D');
        sender->data_seen = true;
    } else {
        write_once(&step, LETTER_ACK, 'A');
        sender->pure_ack_seen = true;
    }
    return true;
}

bool zeek_note_ordinary(struct connection *connection, enum side side, const struct segment *segment, int64_t next) {
    const uint16_t steps = TCP_SYN | TCP_FIN | TCP_RST;
    return (segment->flags & (steps | TCP_ACK)) == TCP_ACK && segment->window != 0 &&
           segment->checksum != CHECKSUM_BAD &&
           zeek_goes_on(connection, side, segment->seq, segment->length, segment->ack, next);
}

void zeek_note(struct arrival *arrival, unsigned gaps) {
    const struct segment *segment = arrival->segment;
    if (gaps == 0 && zeek_note_ordinary(arrival->connection, arrival->side, segment, arrival->next_before)) {
        return;
    }
    struct passing step = step_of(arrival);
    for (int i = 0; i < SIDES; i++) {
        if (step.zeek->side[i].counts[ZEEK_DAMAGED] > 0 && arrival->connection->side[i].checksums_unusable) {
            take_damage_back(step.zeek, (enum side)i);
        }
    }
    bool first = step.zeek->length == 0;
    if (first && !step.client) {
        write_letter(&step, '^');
    }
    if (segment->checksum == CHECKSUM_BAD && arrival->model->seen_good_checksum && !arrival->x->checksums_unusable) {
        write_counted(&step, step.x, ZEEK_DAMAGED, 'C');
        return;
    }
    catch_up(step.x, arrival->connection, arrival->x, arrival->next_before);
    begin_numbers(&step);
    write_flags(&step);
    if (segment->window == 0 && !step.reset && step.y->state != ZEEK_CLOSED && step.x->state != ZEEK_RESET) {
        write_counted(&step, step.x, ZEEK_ZERO_WINDOWS, 'W');
    }
    step.x->fin_sent = step.x->fin_sent || step.fin;
    advance_acked(&step, segment->ack);
    advance_end(&step);
    move(&step);
    for (; gaps > 0 && is_clean(step.x) && is_clean(step.y); gaps--) {
        step.client = !step.client; /* the octets were the other side's */
        write_counted(&step, step.y, ZEEK_GAPS, 'G');
        step.client = !step.client;
    }
    arrival->x->data_seen = (step.x->letters >> LETTER_DATA & 1) != 0;
    arrival->x->pure_ack_seen = (step.x->letters >> LETTER_ACK & 1) != 0;
}

/* --- conn_state --- */

static bool is_silent(const struct zeek_side *side) {
    return side->state == ZEEK_INACTIVE || side->state == ZEEK_PARTIAL;
}

/* A SYN, then a RST, and nothing in between that only a connection has. */
static bool reset_own_syn(const char *history) {
    history += *history == '^';
    if (*history != 'S') {
        return false;
    }
    return history[strcspn(history, "HAFGIQR")] == 'R';
}

static const char *reset_by_server(const struct zeek_side *client, const struct zeek_side *server) {
    bool refused = client->state == ZEEK_RESET && size_of(client, server) == 0 && size_of(server, client) == 0;
    if (client->state == ZEEK_SYN_SENT || client->state == ZEEK_SYN_ACK_SENT || refused) {
        return "REJ";
    }
    return is_silent(client) ? "RSTRH" : "RSTR";
}

const char *zeek_conn_state(const struct zeek *zeek) {
    const struct zeek_side *client = &zeek->side[SIDE_CLIENT];
    const struct zeek_side *server = &zeek->side[SIDE_SERVER];
    if (server->state == ZEEK_RESET) {
        return reset_by_server(client, server);
    }
    if (client->state == ZEEK_RESET) {
        return !is_silent(server) ? "RSTO" : reset_own_syn(zeek->history) ? "RSTOS0" : "OTH";
    }
    if (client->state == ZEEK_CLOSED) {
        return server->state == ZEEK_CLOSED ? "SF" : is_silent(server) ? "SH" : "S2";
    }
    if (server->state == ZEEK_CLOSED) {
        return is_silent(client) ? "SHR" : "S3";
    }
    if (client->state == ZEEK_SYN_SENT && server->state == ZEEK_INACTIVE) {
        return "S0";
    }
    return client->state == ZEEK_ESTABLISHED && server->state == ZEEK_ESTABLISHED ? "S1" : "OTH";
}
