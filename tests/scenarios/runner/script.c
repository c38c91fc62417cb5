/* SPDX-License-Identifier: BSD-3-Clause */
#include "script.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct script *script;
    const char *path;
    unsigned number;
    uint64_t frames;
};

static bool complain(const struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool complain(const struct reader *reader, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%u: ", reader->path, reader->number);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}

static char *trimmed(char *text) {
    while (*text == ' ' || *text == '\t')
        text++;
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

static void *grown(void *items, unsigned count, size_t size) {
    void *larger = realloc(items, (count + 1) * size);
    if (larger == NULL) {
        fputs("out of memory\n", stderr);
        exit(99);
    }
    memset((char *)larger + count * size, 0, size);
    return larger;
}

static char *copied(const char *text) {
    char *copy = strdup(text);
    if (copy == NULL)
        exit(99);
    return copy;
}

bool state_from_name(const char *name, size_t length, enum tcp_state *state) {
    for (int i = 0; i < TCP_STATES; i++) {
        const char *known = state_name((enum tcp_state)i);
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            *state = (enum tcp_state)i;
            return true;
        }
    }
    return false;
}

/* --- one packet -------------------------------------------------------------------------------------------------- */

static bool parse_time(const char *word, int64_t *time) {
    char *rest;
    long long seconds = strtoll(word, &rest, 10);
    int64_t fraction = 0;
    int64_t unit = 100000000;
    if (rest == word)
        return false;
    if (*rest == '.') {
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
            fraction += (*rest - '0') * unit;
    }
    *time = (int64_t)seconds * 1000000000 + fraction;
    return *rest == '\0';
}

static bool parse_number(const char *word, uint32_t *number) {
    char *rest;
    unsigned long long value = strtoull(word, &rest, 10);
    *number = (uint32_t)value;
    return rest != word && *rest == '\0' && value <= UINT32_MAX;
}

static bool parse_flags(const char *word, uint16_t *flags) {
    static const char letters[] = "FSRP.UEWA"; /* in the order of the bits */
    *flags = 0;
    if (strcmp(word, "-") == 0)
        return true;
    for (; *word != '\0'; word++) {
        const char *letter = strchr(letters, *word);
        if (letter == NULL)
            return false;
        *flags |= (uint16_t)(1u << (letter - letters));
    }
    return true;
}

static bool parse_pair(const char *value, char separator, uint32_t *first, uint32_t *second) {
    char *rest;
    *first = (uint32_t)strtoull(value, &rest, 10);
    if (rest == value || *rest != separator)
        return false;
    return parse_number(rest + 1, second);
}

static bool parse_sack(struct line *line, const char *value) {
    unsigned count = line->options.sack_count;
    if (count == TCP_SACK_BLOCKS || !parse_pair(value, '-', &line->sack[count][0], &line->sack[count][1]))
        return false;
    line->options.sack_count++;
    line->options.present |= OPTION_SACK;
    return true;
}

static bool parse_flagged_option(struct line *line, const char *word) {
    if (strcmp(word, "dup") == 0)
        line->copy = true;
    else if (strcmp(word, "badsum") == 0)
        line->bad_checksum = true;
    else if (strcmp(word, "nosum") == 0)
        line->offloaded = true;
    else if (strcmp(word, "sack_permitted") == 0)
        line->options.present |= OPTION_SACK_PERMITTED;
    else
        return false;
    return true;
}

/* The SYN options are present by default, so "none" takes one away. */
static bool parse_syn_option(struct line *line, uint16_t option, const char *value, uint32_t *number) {
    if (strcmp(value, "none") == 0) {
        line->options.present &= (uint16_t)~option;
        return true;
    }
    line->options.present |= option;
    return parse_number(value, number);
}

/* "0101ff": octets of the option list; padded with zeros, the end of the list, to a multiple of four. */
static bool parse_raw_options(struct line *line, const char *value) {
    unsigned count = 0;
    for (; value[0] != '\0' && value[1] != '\0' && count < RAW_OPTIONS; value += 2) {
        unsigned octet;
        if (sscanf(value, "%2x", &octet) != 1)
            return false;
        line->raw_options[count++] = (uint8_t)octet;
    }
    line->raw_option_count = (uint8_t)((count + 3) / 4 * 4);
    return value[0] == '\0' && count > 0;
}

/* What no ordinary segment has. */
static bool parse_oddity(struct line *line, const char *word, const char *value) {
    uint32_t number = 0;
    if (strcmp(word, "options") == 0)
        return parse_raw_options(line, value);
    if (strcmp(word, "mac") == 0 && strlen(value) == 12)
        return sscanf(value, "%12" SCNx64, &line->mac) == 1;
    if (!parse_number(value, &number))
        return false;
    if (strcmp(word, "urg") == 0)
        line->urgent = (uint16_t)number;
    else if (strcmp(word, "doff") == 0)
        line->data_offset = (int)(number & 15);
    else if (strcmp(word, "from") == 0)
        line->from = (uint16_t)number;
    else if (strcmp(word, "to") == 0)
        line->to = (uint16_t)number;
    else if (strcmp(word, "mac") == 0)
        line->mac = number & 255;
    else if (strcmp(word, "ackfield") == 0)
        line->ack_field = number;
    else if (strcmp(word, "cut") == 0)
        line->cut = (int32_t)number;
    else if (strcmp(word, "other") == 0)
        line->other = (int32_t)number;
    else
        return false;
    return true;
}

static bool parse_option(struct line *line, char *word) {
    char *value = strchr(word, '=');
    if (value == NULL)
        return parse_flagged_option(line, word);
    *value++ = '\0';
    uint32_t number = 0;
    bool good = false;
    if (strcmp(word, "win") == 0) {
        good = parse_number(value, &number) && number <= UINT16_MAX;
        line->window = (uint16_t)number;
    } else if (strcmp(word, "mss") == 0) {
        number = line->options.mss;
        good = parse_syn_option(line, OPTION_MSS, value, &number);
        line->options.mss = (uint16_t)number;
    } else if (strcmp(word, "wscale") == 0) {
        good = parse_syn_option(line, OPTION_WINDOW_SCALE, value, &number);
        line->options.window_scale = (uint8_t)number;
    } else if (strcmp(word, "tfo") == 0) {
        good = parse_number(value, &number) && number <= 16;
        line->options.present |= OPTION_FAST_OPEN;
        line->options.fast_open_cookie_length = (uint8_t)number;
    } else if (strcmp(word, "ts") == 0) {
        good = parse_pair(value, '/', &line->options.timestamp_value, &line->options.timestamp_echo);
        line->options.present |= OPTION_TIMESTAMPS;
    } else if (strcmp(word, "sack") == 0) {
        good = parse_sack(line, value);
    } else if (strcmp(word, "ipid") == 0) {
        good = parse_number(value, &number) && number <= UINT16_MAX;
        line->ip_id = (int32_t)number;
    } else if (strcmp(word, "ttl") == 0) {
        good = parse_number(value, &number) && number <= UINT8_MAX;
        line->hop_limit = (int)number;
    } else {
        good = parse_oddity(line, word, value);
    }
    return good;
}

static bool parse_segment(struct reader *reader, struct line *line, char *direction, char **words) {
    line->kind = LINE_SEGMENT;
    line->window = 65535;
    line->ip_id = -1;
    line->hop_limit = -1;
    line->cut = line->other = -1;
    line->mac = 1;
    line->data_offset = -1;
    if (strcmp(direction, "A>B") == 0)
        line->sender = WHO_A;
    else if (strcmp(direction, "B>A") == 0)
        line->sender = WHO_B;
    else
        return complain(reader, "\"%s\" is neither A>B, B>A, ICMP, CHECK nor END", direction);
    const char *fields[4];
    for (int i = 0; i < 4; i++)
        if ((fields[i] = strtok_r(NULL, " \t", words)) == NULL)
            return complain(reader, "a segment has flags, seq, ack and len");
    if (!parse_flags(fields[0], &line->flags))
        return complain(reader, "flags \"%s\"", fields[0]);
    bool has_ack = strcmp(fields[2], "-") != 0;
    if (!parse_number(fields[1], &line->seq) || (has_ack && !parse_number(fields[2], &line->ack)) ||
        !parse_number(fields[3], &line->length))
        return complain(reader, "seq, ack or len is not a number");
    if (has_ack != ((line->flags & TCP_ACK) != 0))
        return complain(reader, "an ack and the flag \".\" belong together");
    if ((line->flags & TCP_SYN) != 0) {
        line->options.present = OPTION_MSS | OPTION_WINDOW_SCALE;
        line->options.mss = 1460;
    }
    for (char *word; (word = strtok_r(NULL, " \t", words)) != NULL;)
        if (!parse_option(line, word))
            return complain(reader, "option \"%s\"", word);
    line->frame = ++reader->frames;
    return true;
}

static bool parse_icmp(struct reader *reader, struct line *line, char **words) {
    const char *kind = strtok_r(NULL, " \t", words);
    const char *frame = strtok_r(NULL, " \t", words);
    uint32_t type;
    uint32_t code;
    uint32_t quoted;
    if (kind == NULL || frame == NULL || strncmp(frame, "frame=", 6) != 0 || !parse_pair(kind, '/', &type, &code) ||
        !parse_number(frame + 6, &quoted))
        return complain(reader, "an ICMP error reads: ICMP TYPE/CODE frame=N");
    line->kind = LINE_ICMP;
    line->icmp_type = (uint8_t)type;
    line->icmp_code = (uint8_t)code;
    line->quoted = quoted;
    line->frame = ++reader->frames;
    return true;
}

static bool parse_event(struct reader *reader, struct line *line, char *text) {
    char *words;
    const char *time = strtok_r(text, " \t", &words);
    char *direction = strtok_r(NULL, " \t", &words);
    if (time == NULL || direction == NULL || !parse_time(time, &line->time))
        return complain(reader, "a line begins with a time and a direction");
    if (strcmp(direction, "ICMP") == 0)
        return parse_icmp(reader, line, &words);
    if (strcmp(direction, "CHECK") == 0 || strcmp(direction, "END") == 0) {
        line->kind = direction[0] == 'C' ? LINE_CHECK : LINE_END;
        return strtok_r(NULL, " \t", &words) == NULL || complain(reader, "nothing follows %s", direction);
    }
    return parse_segment(reader, line, direction, &words);
}

/* --- what is expected after it ----------------------------------------------------------------------------------- */

/* "*" stands for any state. */
static bool parse_state(const char *word, enum tcp_state *state, char *mark) {
    size_t length = word == NULL ? 0 : strlen(word);
    if (length == 1 && word[0] == '*') {
        *mark = '*';
        return true;
    }
    if (length < 2 || strchr("!~?", word[length - 1]) == NULL)
        return false;
    *mark = word[length - 1];
    return state_from_name(word, length - 1, state);
}

static bool parse_incarnation(struct reader *reader, struct expected_states *expected, char *text) {
    text = trimmed(text);
    char *words;
    for (int who = 0; who < WHOS; who++) {
        const char *label = strtok_r(who == 0 ? text : NULL, " \t", &words);
        if (label == NULL || strcmp(label, who == WHO_A ? "A:" : "B:") != 0 ||
            !parse_state(strtok_r(NULL, " \t", &words), &expected->state[who], &expected->mark[who]))
            return complain(reader, "states read: A: STATE! B: STATE~");
    }
    return strtok_r(NULL, " \t", &words) == NULL || complain(reader, "more than two states");
}

static bool parse_states(struct reader *reader, struct line *line, char *text) {
    while (text != NULL) {
        char *next = strstr(text, "//");
        if (next != NULL) {
            *next = '\0';
            next += 2;
        }
        if (line->incarnations == INCARNATIONS_MAX)
            return complain(reader, "too many incarnations");
        if (!parse_incarnation(reader, &line->expected[line->incarnations++], text))
            return false;
        text = next;
    }
    return true;
}

static bool parse_ids(struct reader *reader, struct line *line, char *text) {
    text = trimmed(text);
    if (strncmp(text, "ids:", 4) != 0)
        return complain(reader, "the last column reads: ids: ID, ID");
    char *words;
    for (char *word = strtok_r(text + 4, " ,\t", &words); word != NULL; word = strtok_r(NULL, " ,\t", &words)) {
        if (line->id_count == IDS_MAX || strlen(word) >= NAME_SIZE)
            return complain(reader, "too many ids, or one too long");
        memcpy(line->ids[line->id_count++], word, strlen(word) + 1);
    }
    return true;
}

static bool parse_line(struct reader *reader, char *text) {
    struct script *script = reader->script;
    script->lines = grown(script->lines, script->line_count, sizeof *script->lines);
    struct line *line = &script->lines[script->line_count++];
    line->number = reader->number;
    line->text = copied(text);
    char *states = strchr(text, '|');
    char *ids = NULL;
    if (states != NULL) {
        *states++ = '\0';
        ids = strchr(states, '|');
        if (ids != NULL)
            *ids++ = '\0';
    }
    if (!parse_event(reader, line, text))
        return false;
    if (script->line_count > 1 && line->time < line[-1].time && !script->backward)
        return complain(reader, "time runs backward");
    return (states == NULL || parse_states(reader, line, states)) && (ids == NULL || parse_ids(reader, line, ids));
}

/* --- directives -------------------------------------------------------------------------------------------------- */

static bool read_file(struct reader *reader, const char *path);

static bool include_base(struct reader *reader) {
    char path[1024];
    const char *slash = strrchr(reader->path, '/');
    int folder = slash == NULL ? 0 : (int)(slash - reader->path) + 1;
    snprintf(path, sizeof path, "%.*sD00.scenario", folder, reader->path);
    const char *own_path = reader->path;
    unsigned own_number = reader->number;
    char *own_title = reader->script->title;
    reader->script->title = NULL;
    bool good = read_file(reader, path);
    free(reader->script->title);
    reader->script->title = own_title;
    reader->path = own_path;
    reader->number = own_number;
    /* What D00 asks of its own end does not hold for what goes on. */
    for (unsigned i = 0; i < reader->script->demand_count; i++)
        free(reader->script->demands[i].text);
    reader->script->demand_count = 0;
    return good;
}

static bool parse_address(struct reader *reader, enum who who, const char *value) {
    char text[INET6_ADDRSTRLEN + 1];
    unsigned port;
    struct address *address = &reader->script->address[who];
    memset(address, 0, sizeof *address);
    if (sscanf(value, "%46s %u", text, &port) != 2 || port > UINT16_MAX)
        return complain(reader, "an address reads: address A: 10.0.0.1 40000");
    address->version = strchr(text, ':') != NULL ? 6 : 4;
    reader->script->port[who] = (uint16_t)port;
    return inet_pton(address->version == 6 ? AF_INET6 : AF_INET, text, address->octets) == 1 ||
           complain(reader, "address \"%s\"", text);
}

static bool add_demand(struct reader *reader, const char *key, const char *value) {
    struct script *script = reader->script;
    script->demands = grown(script->demands, script->demand_count, sizeof *script->demands);
    struct demand *demand = &script->demands[script->demand_count++];
    demand->number = reader->number;
    demand->incarnation = 1;
    demand->text = copied(value);
    demand->is_path = key[0] == 'p';
    if (demand->is_path && strncmp(key, "path ", 5) == 0 && (key[5] == 'A' || key[5] == 'B'))
        demand->side = key[5] == 'A' ? WHO_A : WHO_B;
    else if (demand->is_path || strncmp(key, "verdict", 7) != 0)
        return complain(reader, "\"%s\" is not known", key);
    const char *rest = key + (demand->is_path ? 6 : 7);
    if (*rest == '#')
        demand->incarnation = (unsigned)strtoul(rest + 1, NULL, 10);
    return (*rest == '#' || *rest == '\0') || complain(reader, "\"%s\" is not known", key);
}

static bool add_never(struct reader *reader, char *value) {
    struct script *script = reader->script;
    char *words;
    for (char *word = strtok_r(value, " ,\t", &words); word != NULL; word = strtok_r(NULL, " ,\t", &words)) {
        if (strlen(word) >= NAME_SIZE)
            return complain(reader, "id \"%s\" is too long", word);
        script->never = grown(script->never, script->never_count, sizeof *script->never);
        memcpy(script->never[script->never_count++], word, strlen(word) + 1);
    }
    return true;
}

static bool parse_setting(struct reader *reader, const char *key, char *value) {
    struct script *script = reader->script;
    if (strcmp(key, "title") == 0) {
        free(script->title);
        script->title = copied(value);
        return true;
    }
    if (strcmp(key, "profile") == 0)
        return profile_from_name(value, &script->profile) || complain(reader, "profile \"%s\"", value);
    if (strcmp(key, "few") == 0)
        return parse_number(value, &script->few) || complain(reader, "few \"%s\"", value);
    if (strcmp(key, "msl") == 0)
        return parse_time(value, &script->msl) || complain(reader, "msl \"%s\"", value);
    if (strcmp(key, "isn") == 0)
        return sscanf(value, "%" SCNu32 " %" SCNu32, &script->isn[WHO_A], &script->isn[WHO_B]) == 2 ||
               complain(reader, "isn reads: isn: A B");
    if (strcmp(key, "address A") == 0 || strcmp(key, "address B") == 0)
        return parse_address(reader, key[8] == 'A' ? WHO_A : WHO_B, value);
    if (strcmp(key, "never") == 0 || strcmp(key, "near-miss") == 0)
        return add_never(reader, value);
    return add_demand(reader, key, value);
}

static bool parse_directive(struct reader *reader, char *text) {
    if (strcmp(text, "base") == 0)
        return include_base(reader);
    if (strcmp(text, "backward") == 0 || strcmp(text, "keep few") == 0) {
        *(*text == 'b' ? &reader->script->backward : &reader->script->keep_few) = true;
        return true;
    }
    if (strcmp(text, "needs identification") == 0) {
        reader->script->needs_identification = true;
        return true;
    }
    if (strcmp(text, "absolute") == 0 || strcmp(text, "needs options") == 0) {
        *(*text == 'a' ? &reader->script->absolute : &reader->script->needs_options) = true;
        return true;
    }
    char *colon = strchr(text, ':');
    if (colon == NULL)
        return complain(reader, "\"%s\" is not known", text);
    *colon = '\0';
    return parse_setting(reader, trimmed(text), trimmed(colon + 1));
}

static bool read_file(struct reader *reader, const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        return false;
    }
    char buffer[1024];
    bool good = true;
    reader->path = path;
    for (reader->number = 1; good && fgets(buffer, sizeof buffer, file) != NULL; reader->number++) {
        char *text = trimmed(buffer);
        if (*text == '\0' || *text == '#')
            continue;
        good = (*text >= '0' && *text <= '9') ? parse_line(reader, text) : parse_directive(reader, text);
    }
    fclose(file);
    return good;
}

static void set_defaults(struct script *script, const char *path) {
    const char *slash = strrchr(path, '/');
    snprintf(script->name, sizeof script->name, "%s", slash == NULL ? path : slash + 1);
    char *ending = strstr(script->name, ".scenario");
    if (ending != NULL)
        *ending = '\0';
    script->profile = PROFILE_LINUX;
    script->isn[WHO_A] = 1000000;
    script->isn[WHO_B] = 2000000;
    static const uint8_t octets[WHOS][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};
    for (int who = 0; who < WHOS; who++) {
        script->address[who].version = 4;
        memcpy(script->address[who].octets, octets[who], 4);
    }
    script->port[WHO_A] = 40000;
    script->port[WHO_B] = 80;
}

struct script *script_read(const char *path) {
    struct script *script = grown(NULL, 0, sizeof *script);
    struct reader reader = {.script = script};
    set_defaults(script, path);
    bool good = read_file(&reader, path);
    if (script->msl == 0)
        script->msl = profile_msl(script->profile);
    if (good && script->line_count > 0 && script->title != NULL)
        return script;
    if (script->line_count == 0 || script->title == NULL)
        fprintf(stderr, "%s: no title or no packet\n", path);
    script_free(script);
    return NULL;
}

void script_free(struct script *script) {
    for (unsigned i = 0; i < script->line_count; i++)
        free(script->lines[i].text);
    for (unsigned i = 0; i < script->demand_count; i++)
        free(script->demands[i].text);
    free(script->lines);
    free(script->demands);
    free(script->never);
    free(script->title);
    free(script);
}

int64_t script_end(const struct script *script) {
    return script->lines[script->line_count - 1].time;
}
