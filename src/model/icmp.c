/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/carriage.h"
#include "model/internal.h"
#include "model/rest.h"

/* ICMP errors about connections (RFC 1122 4.2.3.9). */

/* Errors that end a connection attempt: by RFC 1122 4.2.3.9 only the hard ones, elsewhere others too. */
static bool ends_attempt(const struct model *model, const struct icmp_error *error) {
    const struct icmp_hard *hard = &model->stack->icmp;
    bool six = error->source.version == 6;
    enum { CODES = 16 };
    if (error->type == (six ? 1 : 3)) {
        uint16_t codes = six ? hard->unreachable_6 : hard->unreachable;
        return error->code < CODES && (codes >> error->code & 1) != 0;
    }
    return error->type == (six ? 3 : 11) ? hard->time_exceeded
                                         : hard->parameter_problem && error->type == (six ? 4 : 12);
}

static bool end_attempt(struct connection *connection, const struct icmp_error *error) {
    struct endpoint *client = &connection->side[SIDE_CLIENT];
    struct endpoint *server = &connection->side[SIDE_SERVER];
    struct path_event event = {
        .frame = error->frame, .time = error->time, .kind = EVENT_RECEIVED_ICMP, .certainty = CERTAINTY_PRESUMED};
    struct path_change change;
    connection->filtered = true;
    if (!path_append(&client->path, &event) || !path_change_begin(&change, &server->path)) {
        return false;
    }
    path_remove(&server->path, EVENT_RECEIVED_SYN);
    return path_change_end(&change, &server->path, error->frame);
}

bool model_icmp_error(struct model *model, const struct icmp_error *error) {
    uint64_t hash = flow_hash(&model->table, &error->source, error->source_port, &error->destination,
                              error->destination_port, error->network);
    struct connection *connection = flow_table_find(&model->table, hash, &error->source, error->source_port,
                                                    &error->destination, error->destination_port, error->network);
    if (connection != NULL && (connection = connection_awake(model, connection)) == NULL) {
        return false;
    }
    connection = connection != NULL ? connection : carriage_quoted(model, error);
    model->latest = connection == NULL ? 0 : connection->id;
    if (connection == NULL) {
        return true;
    }
    struct endpoint *client = &connection->side[SIDE_CLIENT];
    bool about_syn = error->source_port == connection->port[SIDE_CLIENT] && client->isn_set &&
                     error->seq == client->isn && endpoint_state(client) == STATE_SYN_SENT;
    struct observation observation = {.icmp_error = error,
                                      .connection = connection,
                                      .frame = error->frame,
                                      .time = error->time,
                                      .sender = SIDE_CLIENT,
                                      .more = MORE_ICMP,
                                      .provoked_by = client->syn_frame};
    for (int i = 0; i < SIDES; i++) {
        observation.before[i] = (struct snapshot){connection->side[i].path.state, connection->side[i].path.certainty};
    }
    if (about_syn) {
        connection->icmp_type = error->type;
        connection->icmp_code = error->code;
        if (ends_attempt(model, error) && !end_attempt(connection, error)) {
            return false;
        }
    }
    for (int i = 0; i < SIDES; i++) {
        observation.after[i] = (struct snapshot){connection->side[i].path.state, connection->side[i].path.certainty};
    }
    return log_note_icmp(connection, error, SIDE_SERVER) &&
           model->events.observed(model->events.context, &observation) && connection_requeue(model, connection, true);
}
