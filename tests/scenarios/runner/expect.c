/* SPDX-License-Identifier: BSD-3-Clause */
#include "expect.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One comparison under way. */
struct comparison {
    FILE *out;
    struct run *run;
    const struct script *script;
    const struct later_ids *later;
    unsigned differences;
};

/* --- ids of a later catalogue ------------------------------------------------------------------------------------ */

static bool add_later(struct later_ids *later, const char *path, const char *name) {
    enum anomaly_id id;
    if (anomaly_from_name(name, &id) || strlen(name) >= NAME_SIZE) {
        fprintf(stderr, "%s: the catalogue has %s, take it off the list\n", path, name);
        return false;
    }
    void *larger = realloc(later->names, (later->count + 1) * sizeof *later->names);
    if (larger == NULL)
        return false;
    later->names = larger;
    memcpy(later->names[later->count++], name, strlen(name) + 1);
    return true;
}

bool later_ids_read(struct later_ids *later, const char *path) {
    char text[256];
    bool good = true;
    memset(later, 0, sizeof *later);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return true;
    while (fgets(text, sizeof text, file) != NULL) {
        char *rest;
        const char *name = strtok_r(text, " \t\n", &rest);
        if (name != NULL && name[0] != '#')
            good = add_later(later, path, name) && good;
    }
    fclose(file);
    return good;
}

void later_ids_free(struct later_ids *later) {
    free(later->names);
}

static bool comes_later(const struct later_ids *later, const char *name) {
    for (unsigned i = 0; i < later->count; i++)
        if (strcmp(later->names[i], name) == 0)
            return true;
    return false;
}

/* --- states ------------------------------------------------------------------------------------------------------ */

static void begin_difference(struct comparison *comparison, unsigned number) {
    comparison->differences++;
    fprintf(comparison->out, "  %s:%u: ", comparison->script->name, number);
}

static bool same_state(const struct expected_states *expected, const struct side_state *seen, enum who who) {
    if (expected->mark[who] == '*')
        return true;
    return expected->state[who] == seen[who].state && expected->mark[who] == certainty_mark(seen[who].certainty);
}

static void compare_side(struct comparison *comparison, const struct line *line, unsigned incarnation, enum who who,
                         unsigned connection) {
    const struct row *row = &comparison->run->rows[line - comparison->script->lines];
    const struct expected_states *expected = &line->expected[incarnation];
    const struct side_state *seen = NULL;
    for (unsigned i = 0; i < row->count; i++)
        if (row->shown[i].connection == connection)
            seen = row->shown[i].now;
    if (seen == NULL || same_state(expected, seen, who))
        return;
    begin_difference(comparison, line->number);
    fprintf(comparison->out, "%s\n    %c expected %s%c, seen %s%c; its steps:\n", line->text, who == WHO_A ? 'A' : 'B',
            state_name(expected->state[who]), expected->mark[who], state_name(seen[who].state),
            certainty_mark(seen[who].certainty));
    print_steps(comparison->out, comparison->run, &comparison->run->connections[connection], who);
}

/* The last incarnations are those that a line names; earlier ones it may leave out once they are over. */
static void compare_states(struct comparison *comparison, const struct line *line) {
    const struct row *row = &comparison->run->rows[line - comparison->script->lines];
    if (line->incarnations == 0)
        return;
    unsigned skipped = row->count - line->incarnations;
    bool right = row->reached && row->count >= line->incarnations;
    for (unsigned i = 0; right && i < skipped; i++)
        right = row->shown[i].over;
    if (!right) {
        begin_difference(comparison, line->number);
        fprintf(comparison->out, "%s\n    expected %u incarnations (earlier ones over), seen %u\n", line->text,
                line->incarnations, row->count);
        return;
    }
    for (unsigned i = 0; i < line->incarnations; i++) {
        for (int who = 0; who < WHOS; who++)
            compare_side(comparison, line, i, (enum who)who, row->shown[skipped + i].connection);
    }
}

/* --- ids --------------------------------------------------------------------------------------------------------- */

/* An id belongs to the frame that it names. What is missing names the segment that waited in vain, so there the line at
 * which it came to light will do. */
static bool raised_here(const struct comparison *comparison, const struct raised *raised, const struct line *line,
                        bool by_frame) {
    if (by_frame)
        return line->frame != 0 && raised->frame == line->frame;
    return (unsigned)(line - comparison->script->lines) == raised->line;
}

/* name "*": every id. */
static bool match_id(struct comparison *comparison, const struct line *line, const char *name, bool by_frame) {
    struct run *run = comparison->run;
    bool found = false;
    for (unsigned i = 0; i < run->count; i++) {
        struct seen_connection *seen = &run->connections[i];
        for (unsigned j = 0; !seen->dropped && j < seen->raised_count; j++) {
            struct raised *raised = &seen->raised[j];
            if (raised->withdrawn || (strcmp(name, "*") != 0 && strcmp(anomaly_row(raised->id)->id, name) != 0))
                continue;
            if (raised_here(comparison, raised, line, by_frame)) {
                raised->matched++;
                found = true;
            }
        }
    }
    return found;
}

/* A finding of the capture belongs to each frame that it names. */
static bool is_found(const struct comparison *comparison, const struct line *line, const char *name) {
    const struct run *run = comparison->run;
    for (unsigned i = 0; i < run->found_count; i++) {
        const struct capture_finding *finding = &run->found[i];
        if (strcmp(anomaly_row((enum anomaly_id)finding->id)->id, name) != 0)
            continue;
        for (unsigned j = 0; j < finding->evidence.frame_count; j++)
            if (line->frame != 0 && trace_script_frame(run->trace, finding->evidence.frames[j]) == line->frame)
                return true;
    }
    return false;
}

/* True when the line's expectation of this id is met, or cannot be met yet. */
static bool id_is_met(struct comparison *comparison, const struct line *line, const char *name) {
    enum anomaly_id id;
    if (strcmp(name, "*") == 0) {
        match_id(comparison, line, name, true);
        return true;
    }
    if (!anomaly_from_name(name, &id))
        return comes_later(comparison->later, name);
    return match_id(comparison, line, name, true) || match_id(comparison, line, name, false) ||
           is_found(comparison, line, name);
}

static void expect_ids(struct comparison *comparison, const struct line *line) {
    for (unsigned i = 0; i < line->id_count; i++) {
        enum anomaly_id id;
        if (id_is_met(comparison, line, line->ids[i]))
            continue;
        begin_difference(comparison, line->number);
        fprintf(comparison->out, "%s\n    %s is not raised%s\n", line->text, line->ids[i],
                anomaly_from_name(line->ids[i], &id) ? "" : " (neither the catalogue nor states-only.list has it)");
    }
}

static enum severity severity_of(const struct seen_connection *seen, const struct raised *raised) {
    if (raised->finding < seen->finding_count)
        return (enum severity)seen->findings[raised->finding].severity;
    return anomaly_row(raised->id)->severity;
}

/* Everything of severity notice and above must have been expected. */
static void refuse_others(struct comparison *comparison) {
    const struct run *run = comparison->run;
    for (unsigned i = 0; i < run->count; i++) {
        const struct seen_connection *seen = &run->connections[i];
        for (unsigned j = 0; !seen->dropped && j < seen->raised_count; j++) {
            const struct raised *raised = &seen->raised[j];
            if (raised->withdrawn || raised->matched > 0 || severity_of(seen, raised) < SEVERITY_NOTICE)
                continue;
            const struct line *line = &comparison->script->lines[raised->line];
            begin_difference(comparison, line->number);
            fprintf(comparison->out, "%s\n    %s was raised (frame %" PRIu64 ") and not expected\n", line->text,
                    anomaly_row(raised->id)->id, raised->frame);
        }
    }
}

static void refuse_never(struct comparison *comparison) {
    const struct run *run = comparison->run;
    for (unsigned k = 0; k < comparison->script->never_count; k++) {
        const char *name = comparison->script->never[k];
        enum anomaly_id id;
        if (!anomaly_from_name(name, &id)) {
            if (!comes_later(comparison->later, name)) {
                begin_difference(comparison, 0);
                fprintf(comparison->out, "never: %s is no id\n", name);
            }
            continue;
        }
        for (unsigned i = 0; i < run->found_count; i++)
            if (run->found[i].id == id) {
                begin_difference(comparison, 0);
                fprintf(comparison->out, "%s must never be found in this capture\n", name);
            }
        for (unsigned i = 0; i < run->count; i++)
            for (unsigned j = 0; j < run->connections[i].raised_count; j++) {
                const struct raised *raised = &run->connections[i].raised[j];
                if (raised->withdrawn || raised->id != id || run->connections[i].dropped)
                    continue;
                begin_difference(comparison, comparison->script->lines[raised->line].number);
                fprintf(comparison->out, "%s must never be raised here (frame %" PRIu64 ")\n", name, raised->frame);
            }
    }
}

/* --- verdicts and paths ------------------------------------------------------------------------------------------ */

static void compare_verdict(struct comparison *comparison, const struct demand *demand,
                            const struct seen_connection *seen) {
    char words[512];
    char *rest;
    snprintf(words, sizeof words, "%s", demand->text);
    for (char *word = strtok_r(words, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest)) {
        char *value = strchr(word, '=');
        if (value != NULL)
            *value++ = '\0';
        const char *found = verdict_text(seen, word);
        if (found != NULL && value != NULL && strcmp(found, value) == 0)
            continue;
        begin_difference(comparison, demand->number);
        fprintf(comparison->out, "verdict %s: expected %s, seen %s\n", word, value == NULL ? "(nothing)" : value,
                found == NULL ? "(no such key)" : found);
    }
}

/* A path as written: "CLOSED > SYN_SENT! (> ESTABLISHED@2) > CLOSED!@5". */
struct path_reader {
    const char *next;
    enum tcp_state at;     /* state reached */
    enum tcp_state before; /* state where the parenthesis opened */
    bool refuted;          /* inside a parenthesis */
};

static bool read_state(struct path_reader *reader, enum tcp_state *state) {
    const char *begin = reader->next;
    while (isupper((unsigned char)*reader->next) || isdigit((unsigned char)*reader->next) || *reader->next == '_')
        reader->next++;
    return state_from_name(begin, (size_t)(reader->next - begin), state);
}

static void skip_to_step(struct path_reader *reader) {
    for (; *reader->next != '\0'; reader->next++) {
        if (*reader->next == '(') {
            reader->refuted = true;
            reader->before = reader->at;
        } else if (*reader->next == ')') {
            reader->refuted = false;
            reader->at = reader->before;
        } else if (*reader->next != ' ' && *reader->next != '>') {
            return;
        }
    }
}

/* Reads one step and holds it against the seen one; false when they differ. */
static bool same_step(struct path_reader *reader, const struct run *run, const struct step *seen) {
    enum tcp_state to;
    enum tcp_state from = reader->at;
    if (!read_state(reader, &to))
        return false;
    reader->at = to;
    char mark = reader->refuted ? 'x' : '\0';
    if (*reader->next != '\0' && strchr("!~?", *reader->next) != NULL)
        mark = *reader->next++;
    uint64_t frame = 0;
    bool framed = *reader->next == '@';
    if (framed)
        frame = strtoull(reader->next + 1, (char **)(uintptr_t)&reader->next, 10);
    return seen != NULL && seen->from == from && seen->to == to &&
           (mark == '\0' || mark == certainty_mark((enum certainty)seen->certainty)) &&
           (!framed || frame == (seen->frame == 0 ? 0 : trace_script_frame(run->trace, seen->frame)));
}

static bool same_path(const struct comparison *comparison, const struct demand *demand,
                      const struct seen_connection *seen) {
    struct path_reader reader = {.next = demand->text};
    bool with_refuted = strchr(demand->text, '(') != NULL;
    size_t index = 0;
    size_t count = seen->step_count[demand->side];
    const struct step *steps = seen->steps[demand->side];
    if (!read_state(&reader, &reader.at))
        return false;
    for (;;) {
        while (!with_refuted && index < count && steps[index].certainty == CERTAINTY_REFUTED)
            index++;
        skip_to_step(&reader);
        if (*reader.next == '\0')
            return index == count;
        if (!same_step(&reader, comparison->run, index < count ? &steps[index] : NULL))
            return false;
        index++;
    }
}

static void compare_demand(struct comparison *comparison, const struct demand *demand) {
    const struct run *run = comparison->run;
    unsigned number = 0;
    const struct seen_connection *seen = NULL;
    for (unsigned i = 0; i < run->count && seen == NULL; i++)
        if (!run->connections[i].dropped && ++number == demand->incarnation)
            seen = &run->connections[i];
    if (seen == NULL) {
        begin_difference(comparison, demand->number);
        fprintf(comparison->out, "there is no incarnation %u\n", demand->incarnation);
        return;
    }
    if (!demand->is_path) {
        compare_verdict(comparison, demand, seen);
    } else if (!same_path(comparison, demand, seen)) {
        begin_difference(comparison, demand->number);
        fprintf(comparison->out, "path %c expected: %s\n    seen:\n", demand->side == WHO_A ? 'A' : 'B', demand->text);
        print_steps(comparison->out, run, seen, demand->side);
    }
}

unsigned expect_compare(FILE *out, struct run *run, const struct later_ids *later) {
    struct comparison comparison = {out, run, run->trace->script, later, 0};
    if (run->failure[0] != '\0') {
        fprintf(out, "  %s: %s\n", comparison.script->name, run->failure);
        return 1;
    }
    for (unsigned i = 0; i < comparison.script->line_count; i++) {
        compare_states(&comparison, &comparison.script->lines[i]);
        expect_ids(&comparison, &comparison.script->lines[i]);
    }
    refuse_others(&comparison);
    refuse_never(&comparison);
    for (unsigned i = 0; i < comparison.script->demand_count; i++)
        compare_demand(&comparison, &comparison.script->demands[i]);
    return comparison.differences;
}
