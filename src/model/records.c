/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"
#include "model/lane.h"
#include "model/lane_opening.h"

#include <stdlib.h>

struct model_records {
    struct slab *connections;
    struct slab *lanes;
    struct lane_pieces *lane_pieces;
    struct links *links;
    struct lane_openings *openings;
};

struct model_records *model_records_new(void) {
    struct model_records *records = calloc(1, sizeof *records);
    if (records == NULL) {
        return NULL;
    }
    records->connections = slab_new(sizeof(struct connection));
    records->lanes = slab_new(LANE_RECORD);
    records->lane_pieces = lane_pieces_new();
    records->links = links_new();
    records->openings = lane_openings_new();
    if (records->connections == NULL || records->lanes == NULL || records->lane_pieces == NULL ||
        records->links == NULL || records->openings == NULL) {
        model_records_free(records);
        return NULL;
    }
    return records;
}

void model_records_free(struct model_records *records) {
    if (records != NULL) {
        slab_free(records->connections);
        slab_free(records->lanes);
        lane_pieces_free(records->lane_pieces);
        links_free(records->links);
        lane_openings_free(records->openings);
        free(records);
    }
}

bool records_init(struct model *model) {
    const struct model_records *records = model->settings.records;
    if (records == NULL) {
        records = model->own_records = model_records_new();
    }
    if (records == NULL) {
        return false;
    }
    model->connections = records->connections;
    model->lanes = records->lanes;
    model->lane_pieces = records->lane_pieces;
    model->links = records->links;
    model->openings = records->openings;
    return true;
}
