/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/report.h"

#include "report/writer.h"

#include <stdlib.h>

enum { DEFAULT_LIMIT = 100, DEFAULT_HTML_LIMIT = 50000 };

static const struct report_writer *const writers[REPORT_FORMATS] = {
    [REPORT_TEXT] = &text_writer,       [REPORT_JSON] = &json_writer, [REPORT_NDJSON] = &ndjson_writer,
    [REPORT_HTML] = &html_writer,       [REPORT_SVG] = &svg_writer,   [REPORT_DOT] = &dot_writer,
    [REPORT_MERMAID] = &mermaid_writer,
};

const char *report_format_name(enum report_format format) {
    return writers[format]->name;
}

bool report_format_from_name(const char *name, enum report_format *format) {
    for (int i = 0; i < REPORT_FORMATS; i++) {
        if (strcmp(name, writers[i]->name) == 0) {
            *format = (enum report_format)i;
            return true;
        }
    }
    return false;
}

void report_settings_default(struct report_settings *settings) {
    *settings = (struct report_settings){.format = REPORT_TEXT, .ladder = LADDER_AUTO, .limit = DEFAULT_LIMIT};
    settings->version = "";
    settings->html_limit = DEFAULT_HTML_LIMIT;
    model_settings_default(&settings->model);
    rule_settings_default(&settings->rules);
}

static const struct report_writer *writer_of(const struct report_settings *settings) {
    return settings->lines && settings->format == REPORT_TEXT ? &lines_writer : writers[settings->format];
}

bool report_would_want_events(const struct report_settings *settings) {
    return writer_of(settings)->event != NULL;
}

bool report_would_take_alike(const struct report_settings *settings) {
    return writer_of(settings)->alike != NULL && !settings->census.wanted;
}

struct report *report_new(const struct report_settings *settings, const struct encapsulations *encapsulations,
                          struct output *output) {
    struct report *report = calloc(1, sizeof *report);

    if (report == NULL) {
        return NULL;
    }
    report->settings = *settings;
    report->encapsulations = encapsulations;
    report->output = output;
    report->writer = writer_of(settings);
    report->census = settings->census.wanted ? census_new(&settings->census) : NULL;
    report->phrases = calloc(1, sizeof *report->phrases);
    bool alike = report_would_take_alike(settings);
    report->likeness = alike ? likeness_new() : NULL;
    if ((settings->census.wanted && report->census == NULL) || (alike && report->likeness == NULL) ||
        report->phrases == NULL || !report->writer->begin(report)) {
        report_free(report);
        return NULL;
    }
    return report;
}

void report_free(struct report *report) {
    if (report != NULL) {
        report->writer->free(report);
        census_free(report->census);
        likeness_free(report->likeness);
        free(report->phrases);
        free(report);
    }
}

void report_origin(struct report *report, int64_t time) {
    report->origin = time;
}

static void look_for_connection(struct report *report, uint64_t id) {
    report->summary.connection_found = report->summary.connection_found || report->settings.connection == id;
}

bool report_connection(struct report *report, const struct connection *connection) {
    struct verdict verdict;

    selection_apply(&report->settings.selection, connection->findings);
    connection_verdict(connection, connection->end_time, &verdict);
    summary_connection(&report->summary, connection, &verdict);
    look_for_connection(report, connection->id);
    if (report->census != NULL && !census_connection(report->census, connection, report->origin)) {
        return false;
    }
    if (report->likeness != NULL && connection->id == report->awaited) {
        likeness_note(report->likeness, &report->awaited_kind, connection, &verdict);
    }
    return report->writer->connection(report, connection, &verdict);
}

bool report_alike(struct report *report, const struct ordinary_kind *kind, uint64_t id,
                  const struct address ends[SIDES]) {
    const struct outcome *outcome = report->likeness == NULL ? NULL : likeness_find(report->likeness, kind);

    if (outcome == NULL || !report->writer->alike(report, outcome, id)) {
        report->awaited = id;
        report->awaited_kind = *kind;
        return false;
    }
    look_for_connection(report, id);
    summary_alike(&report->summary, outcome, (enum connection_end)kind->end, ends);
    return true;
}

bool report_capture(struct report *report, const struct capture_info *capture) {
    return report->writer->capture(report, capture);
}

bool report_finding(struct report *report, const struct report_finding *finding) {
    const struct selection *selection = &report->settings.selection;
    struct report_finding shown = *finding;

    shown.severity = selection_severity(selection, finding->id, finding->severity);
    if (!selection_shows(selection, finding->id, shown.severity)) {
        return true;
    }
    summary_finding(&report->summary, shown.id, shown.severity);
    return report->writer->finding(report, &shown);
}

bool report_wants_events(const struct report *report) {
    return report->writer->event != NULL;
}

bool report_event(struct report *report, const struct report_event *event) {
    const struct selection *selection = &report->settings.selection;
    struct report_event shown = *event;
    struct finding finding;

    if (report->writer->event == NULL) {
        return true;
    }
    if (event->finding != NULL) {
        enum anomaly_id id = (enum anomaly_id)event->finding->id;

        finding = *event->finding;
        finding.severity = (uint8_t)selection_severity(selection, id, (enum severity)finding.severity);
        if (!selection_shows(selection, id, (enum severity)finding.severity)) {
            return true;
        }
        shown.finding = &finding;
    }
    return report->writer->event(report, &shown);
}

struct report_summary *report_summary(struct report *report) {
    return &report->summary;
}

bool report_end(struct report *report) {
    if (report->census != NULL) {
        census_finish(report->census, report->origin, report->origin + report->summary.duration);
    }
    bool enough_memory = report->writer->end(report);

    output_flush(report->output);
    return enough_memory;
}

void report_flush(struct report *report) {
    output_flush(report->output);
}

bool report_failed(const struct report *report) {
    return output_error(report->output) != 0;
}

const struct encapsulation *report_encapsulation(const struct report *report, uint32_t index) {
    static const struct encapsulation none;

    if (report->encapsulations == NULL || index == 0) {
        return &none;
    }
    return encapsulations_get(report->encapsulations, index);
}

const char *overall_certainty_name(enum certainty certainty) {
    return certainty_name(certainty == CERTAINTY_CONFIRMED ? CERTAINTY_CERTAIN : certainty);
}
