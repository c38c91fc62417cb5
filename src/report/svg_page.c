/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/svg_page.h"

#include "report/markup.h"

static const char style[] =
    "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1c2430}"
    ".ground{fill:#fff}.dim{fill:#5b6675}.middle{text-anchor:middle}.end{text-anchor:end}"
    ".title{font-size:15px;font-weight:600}.strong{font-weight:600}.small{font-size:11px}"
    ".label{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}"
    ".arrow{stroke:#1c2430;stroke-width:1.3;fill:none}.head{fill:#1c2430}.missing{stroke-dasharray:5 4}"
    ".guide{stroke:#d3d9e1}.point{stroke:#8b93a1;stroke-dasharray:2 5}"
    ".cross{stroke:#b91c1c;stroke-width:2;fill:none}.lost{fill:#b91c1c}"
    ".refuted{text-decoration:line-through;fill:#5b6675;font-size:11px}"
    ".hatch{fill:url(#presumed)}.dots{fill:url(#assumed)}.stripe{fill:#fff}"
    ".badge{stroke-width:1.5;fill:#fff}.error{stroke:#b91c1c}.warning{stroke:#b45309}.notice{stroke:#2563eb}"
    ".info{stroke:#64748b}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e8ee}.ground,.badge,.stripe{fill:#12161c}.dim,.refuted{fill:#"
    "9aa6b5}"
    ".label{stroke:#12161c}.arrow{stroke:#e4e8ee}.head{fill:#e4e8ee}.guide{stroke:#303844}.cross{stroke:#f87171}"
    ".lost{fill:#f87171}.error{stroke:#f87171}.warning{stroke:#fbbf24}.notice{stroke:#60a5fa}.info{stroke:#94a3b8}}";

static const struct {
    const char *state;
    const char *light;
    const char *dark;
} palette[] = {
#define COLOR(state, light, dark) {#state, light, dark},
#include "report/palette.def"
#undef COLOR
};

static void write_palette(struct output *output) {
    for (size_t i = 0; i < sizeof palette / sizeof *palette; i++) {
        markup_print(output, ".%s{fill:%s}", palette[i].state, palette[i].light);
    }
    output_text(output, "@media(prefers-color-scheme:dark){");
    for (size_t i = 0; i < sizeof palette / sizeof *palette; i++) {
        markup_print(output, ".%s{fill:%s}", palette[i].state, palette[i].dark);
    }
    output_text(output, "}");
}

void svg_page_begin(struct output *output, int height, const char *title) {
    markup_print(output,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" height=\"%d\" "
                 "viewBox=\"0 0 %d %d\">\n<title>",
                 SVG_WIDTH, height, SVG_WIDTH, height);
    markup_text(output, title);
    output_text(output, "</title>\n<style>");
    output_text(output, style);
    write_palette(output);
    output_text(output, "</style>\n<defs>\n"
                        "<pattern id=\"presumed\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
                        "patternTransform=\"rotate(45)\"><rect class=\"stripe\" width=\"3\" height=\"6\"/></pattern>\n"
                        "<pattern id=\"assumed\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">"
                        "<rect class=\"stripe\" width=\"5\" height=\"3\"/>"
                        "<rect class=\"stripe\" width=\"2\" height=\"5\"/></pattern>\n"
                        "<marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" "
                        "markerHeight=\"8\" orient=\"auto\"><path class=\"head\" d=\"M0 1 10 5 0 9z\"/></marker>\n"
                        "</defs>\n");
    markup_print(output, "<rect class=\"ground\" width=\"%d\" height=\"%d\"/>\n", SVG_WIDTH, height);
}

void svg_page_end(struct output *output) {
    output_text(output, "</svg>\n");
}

void svg_text_at(struct output *output, int x, int y, const char *css, const char *text) {
    markup_print(output, "<text x=\"%d\" y=\"%d\"", x, y);
    if (*css != '\0') {
        markup_print(output, " class=\"%s\"", css);
    }
    output_text(output, ">");
    markup_text(output, text);
    output_text(output, "</text>\n");
}

enum { CHARACTER_WIDTH = 74, LINE_SIZE = 160 }; /* tenths of px, of the widest font that is asked for */

int svg_paragraph(struct output *output, int x, int y, const char *css, const char *text) {
    size_t fit = (size_t)((SVG_WIDTH - SVG_MARGIN - x) * 10 / CHARACTER_WIDTH);
    char line[LINE_SIZE];

    fit = fit < LINE_SIZE ? fit : LINE_SIZE - 1;
    while (*text != '\0') {
        size_t length = strlen(text);
        if (length > fit) {
            length = fit;
            while (length > 0 && text[length] != ' ') {
                length--;
            }
            length = length > 0 ? length : fit;
        }
        memcpy(line, text, length);
        line[length] = '\0';
        svg_text_at(output, x, y, css, line);
        text += length + (text[length] == ' ');
        y += SVG_LINE;
    }
    return y;
}
