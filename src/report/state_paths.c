/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/markup.h"
#include "report/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The ways through the states, as a graph: of one connection its steps in order, of all how many sides went where. */

/* How often an edge was gone. */
struct edge {
    uint64_t certain;
    uint64_t presumed; /* not confirmed, or assumed */
};

struct paths {
    struct edge edges[SIDES][TCP_STATES][TCP_STATES];
    uint64_t connections;
    struct step steps[SIDES][PATH_STEPS_MAX]; /* of the one connection that was asked for */
    size_t step_count[SIDES];
};

/* What a language of graphs is to this file. */
struct graph_language {
    void (*begin)(struct output *output, const char *title);
    void (*begin_side)(struct output *output, enum side side);
    void (*node)(struct output *output, enum side side, enum tcp_state state);
    void (*edge)(struct output *output, enum side side, enum tcp_state from, enum tcp_state to, bool certain,
                 const char *label);
    void (*end_side)(struct output *output);
    void (*end)(struct output *output);
};

static bool paths_begin(struct report *report) {
    report->state = calloc(1, sizeof(struct paths));
    return report->state != NULL;
}

static void paths_free(struct report *report) {
    free(report->state);
}

static bool is_certain(const struct step *step) {
    return step->certainty == CERTAINTY_CERTAIN || step->certainty == CERTAINTY_CONFIRMED;
}

static bool paths_connection(struct report *report, const struct connection *connection,
                             const struct verdict *verdict) {
    struct paths *paths = report->state;
    bool wanted = report->settings.connection == connection->id;

    (void)verdict;
    if (report->settings.connection != 0 && !wanted) {
        return true;
    }
    paths->connections++;
    for (int side = 0; side < SIDES; side++) {
        struct step *steps = paths->steps[side];
        size_t count = path_steps(&connection->side[side].path, steps);

        paths->step_count[side] = wanted ? count : 0;
        for (size_t i = 0; i < count; i++) {
            struct edge *edge = &paths->edges[side][steps[i].from][steps[i].to];
            bool refuted = steps[i].certainty == CERTAINTY_REFUTED;
            edge->certain += !refuted && is_certain(&steps[i]);
            edge->presumed += !refuted && !is_certain(&steps[i]);
        }
    }
    return true;
}

static bool paths_capture(struct report *report, const struct capture_info *capture) {
    (void)report;
    (void)capture;
    return true;
}

static bool paths_finding(struct report *report, const struct report_finding *finding) {
    (void)report;
    (void)finding;
    return true;
}

/* --- one connection: a step an edge, numbered along the path --- */

static void step_label(char *label, size_t size, unsigned number, const struct step *step) {
    if (step->frame == 0) {
        snprintf(label, size, "%u. %s", number, step_cause_name((enum step_cause)step->cause));
        return;
    }
    snprintf(label, size, "%u. %s, frame %" PRIu64 "%s", number, step_cause_name((enum step_cause)step->cause),
             step->frame, is_certain(step) ? "" : " ~");
}

static void write_steps(const struct graph_language *language, struct output *output, const struct paths *paths,
                        enum side side) {
    unsigned number = 0;
    char label[96];

    for (size_t i = 0; i < paths->step_count[side]; i++) {
        const struct step *step = &paths->steps[side][i];

        if (step->certainty == CERTAINTY_REFUTED) {
            continue;
        }
        step_label(label, sizeof label, ++number, step);
        language->edge(output, side, (enum tcp_state)step->from, (enum tcp_state)step->to, is_certain(step), label);
    }
}

/* --- all of them: an edge once, with how many went there --- */

static void write_counts(const struct graph_language *language, struct output *output, const struct paths *paths,
                         enum side side) {
    char label[64];

    for (int from = 0; from < TCP_STATES; from++) {
        for (int to = 0; to < TCP_STATES; to++) {
            const struct edge *edge = &paths->edges[side][from][to];

            if (edge->certain > 0) {
                snprintf(label, sizeof label, "%" PRIu64, edge->certain);
                language->edge(output, side, (enum tcp_state)from, (enum tcp_state)to, true, label);
            }
            if (edge->presumed > 0) {
                snprintf(label, sizeof label, "%" PRIu64 " ~", edge->presumed);
                language->edge(output, side, (enum tcp_state)from, (enum tcp_state)to, false, label);
            }
        }
    }
}

static bool is_visited(const struct paths *paths, enum side side, int state) {
    for (int other = 0; other < TCP_STATES; other++) {
        const struct edge *out = &paths->edges[side][state][other];
        const struct edge *in = &paths->edges[side][other][state];

        if (out->certain + out->presumed + in->certain + in->presumed > 0) {
            return true;
        }
    }
    return false;
}

static bool write_graph(struct report *report, const struct graph_language *language) {
    const struct paths *paths = report->state;
    struct output *output = report->output;
    char title[128];

    if (report->settings.connection == 0) {
        snprintf(title, sizeof title, "%" PRIu64 " connection%s", paths->connections,
                 paths->connections == 1 ? "" : "s");
    } else {
        snprintf(title, sizeof title, "%sconnection %" PRIu64, paths->connections == 0 ? "no " : "",
                 report->settings.connection);
    }
    language->begin(output, title);
    for (int side = 0; side < SIDES && paths->connections > 0; side++) {
        language->begin_side(output, (enum side)side);
        for (int state = 0; state < TCP_STATES; state++) {
            if (is_visited(paths, (enum side)side, state)) {
                language->node(output, (enum side)side, (enum tcp_state)state);
            }
        }
        if (report->settings.connection != 0) {
            write_steps(language, output, paths, (enum side)side);
        } else {
            write_counts(language, output, paths, (enum side)side);
        }
        language->end_side(output);
    }
    language->end(output);
    return true;
}

/* --- DOT, of Graphviz --- */

static const char *state_color(enum tcp_state state) {
    static const char *const colors[] = {
#define COLOR(state, light, dark) [STATE_##state] = light,
#include "report/palette.def"
#undef COLOR
    };
    return colors[state];
}

static void dot_begin(struct output *output, const char *title) {
    output_text(output, "digraph finwait {\n    label=\"");
    dot_text(output, title);
    output_text(output, "  (dashed, ~: presumed)\";\n    labelloc=t;\n    fontname=\"sans-serif\";\n"
                        "    node [shape=box, style=\"rounded,filled\", fillcolor=white, penwidth=2, "
                        "fontname=\"sans-serif\"];\n"
                        "    edge [fontname=\"sans-serif\", fontsize=11];\n");
}

static void dot_begin_side(struct output *output, enum side side) {
    markup_print(output, "    subgraph cluster_%s {\n        label=\"%s\";\n", side_name(side), side_name(side));
}

static void dot_node(struct output *output, enum side side, enum tcp_state state) {
    markup_print(output, "        %s_%s [label=\"%s\", color=\"%s\"];\n", side_name(side), state_name(state),
                 state_name(state), state_color(state));
}

static void dot_edge(struct output *output, enum side side, enum tcp_state from, enum tcp_state to, bool certain,
                     const char *label) {
    markup_print(output, "        %s_%s -> %s_%s [label=\"", side_name(side), state_name(from), side_name(side),
                 state_name(to));
    dot_text(output, label);
    markup_print(output, "\"%s];\n", certain ? "" : ", style=dashed");
}

static void dot_end_side(struct output *output) {
    output_text(output, "    }\n");
}

static void dot_end(struct output *output) {
    output_text(output, "}\n");
}

static bool dot_report_end(struct report *report) {
    static const struct graph_language dot = {dot_begin, dot_begin_side, dot_node, dot_edge, dot_end_side, dot_end};

    return write_graph(report, &dot);
}

/* --- Mermaid --- */

static void mermaid_begin(struct output *output, const char *title) {
    markup_print(output, "---\ntitle: %s (~ presumed)\n---\nstateDiagram-v2\n", title);
}

static void mermaid_begin_side(struct output *output, enum side side) {
    markup_print(output, "    state %s {\n", side_name(side));
}

static void mermaid_node(struct output *output, enum side side, enum tcp_state state) {
    markup_print(output, "        state \"%s\" as %s_%s\n", state_name(state), side_name(side), state_name(state));
}

static void mermaid_edge(struct output *output, enum side side, enum tcp_state from, enum tcp_state to, bool certain,
                         const char *label) {
    (void)certain; /* the label has the mark: its arrows have one style */
    markup_print(output, "        %s_%s --> %s_%s : %s\n", side_name(side), state_name(from), side_name(side),
                 state_name(to), label);
}

static void mermaid_end_side(struct output *output) {
    output_text(output, "    }\n");
}

static void mermaid_end(struct output *output) {
    (void)output;
}

static bool mermaid_report_end(struct report *report) {
    static const struct graph_language mermaid = {mermaid_begin, mermaid_begin_side, mermaid_node,
                                                  mermaid_edge,  mermaid_end_side,   mermaid_end};

    return write_graph(report, &mermaid);
}

const struct report_writer dot_writer = {
    "dot", paths_begin, paths_connection, paths_capture, paths_finding, dot_report_end, paths_free,
};

const struct report_writer mermaid_writer = {
    "mermaid", paths_begin, paths_connection, paths_capture, paths_finding, mermaid_report_end, paths_free,
};
