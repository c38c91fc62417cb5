/* SPDX-License-Identifier: BSD-3-Clause */
/* usage: make-pages man|anomalies|mappings
 *
 * Prints a page that says what the tables of the program say: finwait-anomalies(7) in mdoc, docs/anomalies.md, or
 * tests/mappings.md. `make update-texts` writes all three; tests/check-texts demands that they are what this prints. */
#include "report/explain.h"
#include "rules/catalogue.h"
#include "rules/explanation.h"
#include "rules/mapping.h"

#include <stdio.h>
#include <string.h>

/* --- mdoc --- */

enum { MDOC_WIDTH = 76 };

/* A word of text, with what mdoc would read as a command written so that it does not. Returns its length. */
static size_t mdoc_word(const char *text, char word[256]) {
    size_t length = strcspn(text, " ");
    size_t used = 0;

    for (size_t i = 0; i < length && used < 250; i++) {
        if (i == 0 && (text[i] == '.' || text[i] == '\'')) {
            word[used++] = '\\';
            word[used++] = '&';
        }
        if (text[i] == '\\') {
            word[used++] = '\\';
            word[used++] = 'e';
            continue;
        }
        if (text[i] == '-' && (text[i + 1] == '-' || (i > 0 && text[i - 1] == '-')))
            word[used++] = '\\';
        word[used++] = text[i];
    }
    word[used] = '\0';
    return length;
}

static bool ends_sentence(const char *word) {
    size_t length = strlen(word);

    while (length > 0 && strchr(")\"'", word[length - 1]) != NULL)
        length--;
    return length > 0 && strchr(".!?:", word[length - 1]) != NULL && word[length - 1] != ':';
}

/* "close()," on a line of its own, as mdoc wants functions; false when the word is none. */
static bool mdoc_function(const char *word, bool at_line_start) {
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz_");
    const char *rest = word + length + 2;

    if (length == 0 || strncmp(word + length, "()", 2) != 0)
        return false;
    printf("%s.Fn %.*s", at_line_start ? "" : "\n", (int)length, word);
    if (*rest != '\0' && strspn(rest, ".,;:") != strlen(rest))
        printf(" Ns %s", rest);
    else if (*rest != '\0')
        printf(" %s", rest);
    putchar('\n');
    return true;
}

/* Text in lines, each sentence on a new one. */
static void mdoc_text(const char *text) {
    size_t column = 0;

    while (*text != '\0') {
        char word[256];
        text += mdoc_word(text, word);
        text += strspn(text, " ");
        if (mdoc_function(word, column == 0)) {
            column = 0;
            continue;
        }
        if (column > 0 && column + 1 + strlen(word) > MDOC_WIDTH) {
            putchar('\n');
            column = 0;
        }
        column += (size_t)printf("%s%s", column > 0 ? " " : "", word);
        if (ends_sentence(word) && *text != '\0') {
            putchar('\n');
            column = 0;
        }
    }
    if (column > 0)
        putchar('\n');
}

/* "What: a; b; c." in one paragraph. */
static void mdoc_list(const char *what, const char *const *items) {
    char text[2048];
    size_t used;

    if (items[0] == NULL)
        return;
    used = (size_t)snprintf(text, sizeof text, "%s: ", what);
    for (; *items != NULL && used < sizeof text; items++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", *items, items[1] != NULL ? "; " : ".");
    puts(".Pp");
    mdoc_text(text);
}

static void mdoc_anomaly(enum anomaly_id id) {
    const struct anomaly_row *row = anomaly_row(id);
    const struct explanation *explanation = anomaly_explanation(id);
    char text[1024];

    printf(".It Cm %s\n", row->id);
    snprintf(text, sizeof text, "%s (%s; %s).", row->title, severity_name(row->severity), row->rfc);
    mdoc_text(text);
    mdoc_text(row->explanation);
    if (explanation != NULL) {
        snprintf(text, sizeof text, "Raised when: %s", explanation->predicate);
        puts(".Pp");
        mdoc_text(text);
        mdoc_list("Likely causes", explanation->causes);
    }
    puts(".Pp");
    mdoc_text(row->advice);
}

static void mdoc_group(const char *group) {
    printf(".Ss Group %s\n.Bl -tag -width Ds\n", group);
    for (unsigned id = 0; id < ANOMALIES; id++)
        if (strcmp(anomaly_row((enum anomaly_id)id)->group, group) == 0)
            mdoc_anomaly((enum anomaly_id)id);
    puts(".El");
}

static void print_man(void) {
    fputs(".\\\" SPDX-License-Identifier: BSD-3-Clause\n"
          ".\\\" Made by docs/make-pages from the catalogue; `make update-texts` makes it anew.\n"
          ".Dd November 21, 2026\n.Dt FINWAIT-ANOMALIES 7\n.Os\n.Sh NAME\n.Nm finwait-anomalies\n"
          ".Nd what finwait finds in TCP connections, and what it means\n.Sh DESCRIPTION\n",
          stdout);
    mdoc_text(
        "These are the names of all that finwait(1) reports. Each belongs to a group and has a severity: error for "
        "what no sound stack does or what breaks a connection, warning for what deserves a look, notice for what "
        "is worth knowing, info for what is normal. A healthy connection raises nothing above info. The severity "
        "is the usual one: where the case or the capture gives reason, a report has another.");
    puts(".Pp");
    mdoc_text("A finding is certain, or presumed where it rests on something that the capture suggests and does not "
              "prove. What is missing is judged when the connection or the capture has ended, and not where only one "
              "direction was captured. Among the sides, the client is the one that sent the first SYN.");
    puts(".Pp");
    puts("The same, with what other tools call it and an example, is printed by\n.Dl $ finwait explain Ar name");
    for (unsigned group = 0; explain_group(group) != NULL; group++)
        mdoc_group(explain_group(group));
    fputs(".Sh SEE ALSO\n.Xr finwait 1\n.Sh STANDARDS\n.Rs\n.%A W. Eddy\n.%T Transmission Control Protocol (TCP)\n"
          ".%R RFC 9293\n.%D August 2022\n.Re\n",
          stdout);
}

/* --- Markdown --- */

static void markdown_list(const char *const *items) {
    for (; *items != NULL; items++)
        printf("- %s\n", *items);
}

/* Names that stand in a list, each as code. */
static void markdown_codes(const char *names, const char *separator) {
    while (*names != '\0') {
        const char *end = strstr(names, separator);
        size_t length = end != NULL ? (size_t)(end - names) : strlen(names);
        printf("`%.*s`%s", (int)length, names, end != NULL ? ", " : "");
        names += length + (end != NULL ? strlen(separator) : 0);
    }
}

static void markdown_elsewhere(const char *id) {
    bool any = false;

    for (size_t i = 0; i < mapping_count; i++) {
        const struct mapping *mapping = &mappings[i];
        if (!mapping_has(mapping, id))
            continue;
        if (!any)
            fputs("\nElsewhere:\n\n", stdout);
        any = true;
        printf("- %s %s ", tool_name(mapping->tool), mapping->kind);
        markdown_codes(mapping->name, ", ");
        printf(": %s\n", mapping->when);
    }
}

static void markdown_anomaly(enum anomaly_id id) {
    const struct anomaly_row *row = anomaly_row(id);
    const struct explanation *explanation = anomaly_explanation(id);
    const struct example *example = explain_example(row->id);

    printf("\n### %s\n\n**%s** · %s · %s\n\n%s\n", row->id, row->title, severity_name(row->severity), row->rfc,
           row->explanation);
    if (explanation != NULL) {
        printf("\nRaised when: %s\n\nLikely causes:\n\n", explanation->predicate);
        markdown_list(explanation->causes);
    }
    printf("\nWhat to look at next: %s\n", row->advice);
    if (explanation != NULL && explanation->next[0] != NULL) {
        putchar('\n');
        markdown_list(explanation->next);
    }
    markdown_elsewhere(row->id);
    if (example != NULL)
        printf("\nIn the scenario %s:\n\n```\n%s```\n", example->scenario, example->ladder);
}

static void markdown_group(const char *group) {
    printf("\n## %s\n\n| anomaly | severity | |\n|---|---|---|\n", group);
    for (unsigned id = 0; id < ANOMALIES; id++) {
        const struct anomaly_row *row = anomaly_row((enum anomaly_id)id);
        if (strcmp(row->group, group) == 0)
            printf("| [%s](#%s) | %s | %s |\n", row->id, row->id, severity_name(row->severity), row->title);
    }
    for (unsigned id = 0; id < ANOMALIES; id++)
        if (strcmp(anomaly_row((enum anomaly_id)id)->group, group) == 0)
            markdown_anomaly((enum anomaly_id)id);
}

static void print_anomalies(void) {
    fputs("# What finwait finds\n\n"
          "<!-- Made by docs/make-pages from the catalogue; `make update-texts` makes it anew. -->\n\n"
          "Each finding has a name, a group, and a severity: *error* for what no sound stack does or what breaks a\n"
          "connection, *warning* for what deserves a look, *notice* for what is worth knowing, *info* for what is "
          "normal.\n"
          "`finwait explain NAME` prints the same. In the ladders `◀ 1` marks the frame at which it is raised.\n",
          stdout);
    for (unsigned group = 0; explain_group(group) != NULL; group++)
        markdown_group(explain_group(group));
}

static void mapping_row(const struct mapping *mapping) {
    fputs("| ", stdout);
    markdown_codes(mapping->name, ", ");
    printf(" | %s | ", mapping->when);
    markdown_codes(mapping->ids, " ");
    printf("%s%s |\n", mapping->ids[0] != '\0' && mapping->remark[0] != '\0' ? "; " : "", mapping->remark);
}

static void print_mappings(void) {
    fputs(
        "# What other tools report, and what finwait calls it\n\n"
        "<!-- Made by docs/make-pages from src/rules/mappings.def; `make update-texts` makes it anew. -->\n\n"
        "Everything that these tools say of the opening, the course and the closing of TCP connections has a place\n"
        "here: an anomaly ([docs/anomalies.md](../docs/anomalies.md)), a member of the report, or a reason why it is\n"
        "out of scope.\n",
        stdout);
    for (int tool = 0; tool < TOOLS; tool++) {
        const char *kind = "";
        printf("\n## %s (%s)\n", tool_name((enum tool)tool), tool_version((enum tool)tool));
        for (size_t i = 0; i < mapping_count; i++) {
            if ((int)mappings[i].tool != tool)
                continue;
            if (strcmp(mappings[i].kind, kind) != 0)
                printf("\n### %s\n\n| name | reported when | in finwait |\n|---|---|---|\n", mappings[i].kind);
            kind = mappings[i].kind;
            mapping_row(&mappings[i]);
        }
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*print)(void);
    } pages[] = {{"man", print_man}, {"anomalies", print_anomalies}, {"mappings", print_mappings}};

    for (size_t i = 0; argc == 2 && i < sizeof pages / sizeof *pages; i++) {
        if (strcmp(argv[1], pages[i].name) == 0) {
            pages[i].print();
            return fflush(stdout) == 0 ? 0 : 2;
        }
    }
    fputs("usage: make-pages man|anomalies|mappings\n", stderr);
    return 2;
}
