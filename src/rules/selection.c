/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/selection.h"

#include <string.h>

enum selection_choice { NOT_NAMED, GROUP_SHOWN, GROUP_HIDDEN, ID_SHOWN, ID_HIDDEN };

enum rank { NO_MATCH, OF_GROUP, OF_ID };

static enum rank match(enum anomaly_id id, const char *name) {
    const struct anomaly_row *row = anomaly_row(id);

    if (strcmp(row->id, name) == 0)
        return OF_ID;
    return strcmp(row->group, name) == 0 ? OF_GROUP : NO_MATCH;
}

static bool choose(struct selection *selection, const char *name, enum selection_choice of_group,
                   enum selection_choice of_id) {
    bool found = false;

    for (unsigned id = 0; id < ANOMALIES; id++) {
        enum rank rank = match((enum anomaly_id)id, name);
        if (rank == OF_ID || (rank == OF_GROUP && selection->choice[id] < ID_SHOWN))
            selection->choice[id] = (uint8_t)(rank == OF_ID ? of_id : of_group);
        found = found || rank != NO_MATCH;
    }
    return found;
}

bool selection_show(struct selection *selection, const char *name) {
    bool found = choose(selection, name, GROUP_SHOWN, ID_SHOWN);

    selection->only = selection->only || found;
    return found;
}

bool selection_hide(struct selection *selection, const char *name) {
    return choose(selection, name, GROUP_HIDDEN, ID_HIDDEN);
}

bool selection_set_severity(struct selection *selection, const char *name, enum severity severity) {
    bool found = false;

    for (unsigned id = 0; id < ANOMALIES; id++) {
        enum rank rank = match((enum anomaly_id)id, name);
        found = found || rank != NO_MATCH;
        if (rank == NO_MATCH || (rank == OF_GROUP && selection->severity_own[id]))
            continue;
        selection->severity[id] = (uint8_t)(1 + severity);
        selection->severity_own[id] = rank == OF_ID;
    }
    return found;
}

enum severity selection_severity(const struct selection *selection, enum anomaly_id id, enum severity severity) {
    return selection->severity[id] > 0 ? (enum severity)(selection->severity[id] - 1) : severity;
}

bool selection_shows(const struct selection *selection, enum anomaly_id id, enum severity severity) {
    if (severity < selection->least)
        return false;
    switch ((enum selection_choice)selection->choice[id]) {
    case GROUP_SHOWN:
    case ID_SHOWN:
        return true;
    case GROUP_HIDDEN:
    case ID_HIDDEN:
        return false;
    case NOT_NAMED:
        break;
    }
    return !selection->only;
}

void selection_apply(const struct selection *selection, struct findings *findings) {
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        struct finding *finding = &findings->items[i];
        enum anomaly_id id = (enum anomaly_id)finding->id;

        finding->severity = (uint8_t)selection_severity(selection, id, (enum severity)finding->severity);
        if (!selection_shows(selection, id, (enum severity)finding->severity))
            finding->withdrawn = true;
    }
}
