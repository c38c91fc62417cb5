/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/explain.h"

#include "report/style.h"
#include "rules/explanation.h"
#include "rules/mapping.h"

#include <string.h>

enum { INDENT = 4, HANGING = 2, NAME_WIDTH = 36, TOOL_WIDTH = 12, SEVERITY_WIDTH = 10 };

/* --- pieces --- */

static void line(struct style *style, enum color color, const char *text) {
    style_text(style, color, text);
    style_newline(style);
}

static void heading(struct style *style, const char *text) {
    style_newline(style);
    style_blanks(style, 2);
    line(style, BOLD, text);
}

static void paragraph(struct style *style, const char *text) {
    style_paragraph(style, text, INDENT, 0);
    style_newline(style);
}

/* Paragraphs with an empty line between them. */
static void paragraphs(struct style *style, const char *const *texts) {
    for (size_t i = 0; texts[i] != NULL; i++) {
        if (i > 0)
            style_newline(style);
        paragraph(style, texts[i]);
    }
}

static void bullets(struct style *style, const char *const *texts) {
    for (; *texts != NULL; texts++) {
        style_blanks(style, INDENT);
        style_text(style, PLAIN, "- ");
        style_paragraph(style, *texts, INDENT + HANGING, INDENT + HANGING);
        style_newline(style);
    }
}

static void see(struct style *style, const char *const *names) {
    unsigned column = 0;

    heading(style, "See also");
    for (size_t i = 0; names[i] != NULL; i++) {
        char word[64];
        size_t length = strlen(names[i]);

        if (length + 2 > sizeof word)
            continue;
        memcpy(word, names[i], length + 1);
        if (names[i + 1] != NULL)
            memcpy(word + length, ",", 2);
        column = style_paragraph(style, word, INDENT, column);
    }
    style_newline(style);
}

/* A drawing in the characters of unicode_glyphs, in those that the style has. */
static void drawing(struct style *style, const char *text) {
    static const struct {
        const char *drawn;
        const char *ascii;
    } characters[] = {{"\u2192", "->"}, {"\u2500", "-"}, {"\u25b6", ">"},
                      {"\u25c0", "<"},  {"\u00b7", "|"}, {"\u2026", "..."}};

    while (*text != '\0') {
        size_t i = 0;
        size_t count = style->ascii ? sizeof characters / sizeof *characters : 0;

        while (i < count && strncmp(text, characters[i].drawn, strlen(characters[i].drawn)) != 0)
            i++;
        if (i < count) {
            output_text(style->output, characters[i].ascii);
            text += strlen(characters[i].drawn);
        } else {
            output_char(style->output, *text++);
        }
    }
}

/* --- an anomaly --- */

/* What one tool calls it: "129:3", "history F, f". */
static void names_in_tool(struct style *style, enum tool tool, const char *id) {
    const char *kind = "";
    unsigned column = style_blanks(style, INDENT);
    bool any = false;

    column += style_cell(style, PLAIN, tool_name(tool), TOOL_WIDTH);
    for (size_t i = 0; i < mapping_count; i++) {
        const struct mapping *mapping = &mappings[i];
        if (mapping->tool != tool || !mapping_has(mapping, id))
            continue;
        bool prefixed = tool == TOOL_ZEEK && strcmp(mapping->kind, kind) != 0;
        if (any)
            column += style_text(style, PLAIN, prefixed ? ";" : ",");
        if (prefixed)
            column = style_paragraph(style, mapping->kind, INDENT + TOOL_WIDTH, column);
        column = style_paragraph(style, mapping->name, INDENT + TOOL_WIDTH, column);
        kind = mapping->kind;
        any = true;
    }
    if (!any)
        style_text(style, DIM, "-");
    style_newline(style);
}

static bool is_known_to(enum tool tool, const char *id) {
    for (size_t i = 0; i < mapping_count; i++)
        if (mappings[i].tool == tool && mapping_has(&mappings[i], id))
            return true;
    return false;
}

static void elsewhere(struct style *style, const char *id) {
    heading(style, "What others call it");
    for (int tool = 0; tool < TOOLS; tool++)
        if (tool < (int)TOOLS_EXPLAINED || is_known_to((enum tool)tool, id))
            names_in_tool(style, (enum tool)tool, id);
}

static void show_anomaly(struct style *style, unsigned id) {
    const struct anomaly_row *row = anomaly_row((enum anomaly_id)id);
    const struct explanation *explanation = anomaly_explanation((enum anomaly_id)id);
    const struct example *example = explain_example(row->id);

    style_text(style, BOLD, row->id);
    style_text(style, PLAIN, "   ");
    style_text(style, severity_color(row->severity), severity_name(row->severity));
    style_text(style, DIM, "   group ");
    line(style, DIM, row->group);
    heading(style, row->title);
    paragraph(style, row->explanation);
    if (explanation != NULL) {
        heading(style, "Raised when");
        paragraph(style, explanation->predicate);
        heading(style, "Likely causes");
        bullets(style, explanation->causes);
    }
    heading(style, "What to look at next");
    paragraph(style, row->advice);
    if (explanation != NULL)
        bullets(style, explanation->next);
    heading(style, "Where it is written");
    paragraph(style, row->rfc);
    elsewhere(style, row->id);
    if (example != NULL) {
        heading(style, "What it looks like");
        drawing(style, example->ladder);
    }
}

/* --- a state, a topic, a group --- */

static void show_state(struct style *style, unsigned state) {
    const struct state_text *text = explain_state((enum tcp_state)state);

    line(style, BOLD, state_name((enum tcp_state)state));
    heading(style, "What it means");
    paragraph(style, text->meaning);
    heading(style, "How a side gets in");
    bullets(style, text->in);
    heading(style, "How it gets out");
    bullets(style, text->out);
    heading(style, "How long it lasts");
    paragraph(style, text->duration);
    heading(style, "What one sees on the host");
    if (*text->ss != '\0') {
        style_blanks(style, INDENT);
        style_text(style, PLAIN, "ss ");
        style_text(style, BOLD, text->ss);
        style_text(style, PLAIN, ", netstat ");
        line(style, BOLD, text->netstat);
    }
    paragraph(style, text->host);
    heading(style, "Where it is written");
    paragraph(style, text->rfc);
    see(style, text->see);
}

static void show_topic(struct style *style, unsigned index) {
    const struct topic *topic = &topics[index];

    style_text(style, BOLD, topic->name);
    style_text(style, PLAIN, "   ");
    line(style, BOLD, topic->question);
    style_newline(style);
    paragraphs(style, topic->answer);
    heading(style, "Where it is written");
    paragraph(style, topic->rfc);
    see(style, topic->see);
}

static void list_group(struct style *style, const char *group) {
    line(style, BOLD, group);
    for (unsigned id = 0; id < ANOMALIES; id++) {
        const struct anomaly_row *row = anomaly_row((enum anomaly_id)id);
        if (strcmp(row->group, group) != 0)
            continue;
        style_blanks(style, 2);
        style_cell(style, PLAIN, row->id, NAME_WIDTH);
        style_cell(style, severity_color(row->severity), severity_name(row->severity), SEVERITY_WIDTH);
        line(style, PLAIN, row->title);
    }
}

static void show_group(struct style *style, unsigned index) {
    style_text(style, DIM, "anomalies of the group ");
    list_group(style, explain_group(index));
}

void explain_text(struct output *output, bool ascii, bool color, unsigned columns, const struct explain_item *items,
                  size_t count) {
    static void (*const show[EXPLAIN_KINDS])(struct style * style, unsigned index) = {
        [EXPLAIN_STATE] = show_state,
        [EXPLAIN_ANOMALY] = show_anomaly,
        [EXPLAIN_TOPIC] = show_topic,
        [EXPLAIN_GROUP] = show_group,
    };
    struct style style = style_new(output, ascii, color);

    style_fit(&style, columns);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            style_newline(&style);
        show[items[i].kind](&style, items[i].index);
    }
}

void explain_list_text(struct output *output, bool ascii, bool color, unsigned columns) {
    struct style style = style_new(output, ascii, color);

    style_fit(&style, columns);
    for (unsigned group = 0; explain_group(group) != NULL; group++) {
        list_group(&style, explain_group(group));
        style_newline(&style);
    }
    line(&style, BOLD, "states");
    style_blanks(&style, 2);
    for (unsigned state = 0, column = 2; state < TCP_STATES; state++)
        column = style_paragraph(&style, state_name((enum tcp_state)state), 2, column);
    style_newline(&style);
    style_newline(&style);
    line(&style, BOLD, "topics");
    for (unsigned i = 0; i < topic_count; i++) {
        style_blanks(&style, 2);
        style_cell(&style, PLAIN, topics[i].name, NAME_WIDTH);
        line(&style, PLAIN, topics[i].question);
    }
    style_newline(&style);
    line(&style, PLAIN, "finwait explain NAME tells more of any of them.");
}
