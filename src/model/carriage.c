/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/carriage.h"

#include "model/lane.h"
#include "model/rest.h"

static bool carried_differently(const struct connection *connection) {
    return !connection->in_lane && connection->network_back != connection->network;
}

/* Of several connections on one 4-tuple the one that began last is found. */
static bool tuple_add(struct model *model, struct connection *connection) {
    uint64_t hash = flow_tuple_hash(&model->tuples, connection);
    const struct address client = connection_address(connection, SIDE_CLIENT);
    const struct address server = connection_address(connection, SIDE_SERVER);
    const struct connection *other = flow_table_find(&model->tuples, hash, &client, connection->port[SIDE_CLIENT],
                                                     &server, connection->port[SIDE_SERVER], ANY_NETWORK);
    if (other == NULL) {
        return flow_table_add(&model->tuples, hash, connection);
    }
    flow_table_replace(&model->tuples, hash, other, connection);
    return true;
}

static bool index_tuples(struct model *model) {
    for (uint64_t i = 0; i < model->table.slot_count; i++) {
        struct connection *connection = flow_slot_connection(model->table.slots[i]);
        if (connection != NULL && !tuple_add(model, connection)) {
            return false;
        }
    }
    model->tuples_used = true;
    return true;
}

/* Any network but the first calls for the index. */
static bool note_network(struct model *model, uint32_t network) {
    if (!model->network_known) {
        model->network_known = true;
        model->network = network;
    }
    return model->tuples_used || network == model->network || index_tuples(model);
}

static struct connection *find_tuple(const struct model *model, const struct address *source, uint16_t source_port,
                                     const struct address *destination, uint16_t destination_port) {
    uint64_t hash = flow_hash(&model->tuples, source, source_port, destination, destination_port, ANY_NETWORK);
    return flow_table_find(&model->tuples, hash, source, source_port, destination, destination_port, ANY_NETWORK);
}

/* The sender y of the segment answers x, all that has been seen of the connection: it acknowledges what x has sent and
 * nothing else, and its own number is where x expects it. */
static bool fits(const struct endpoint *x, const struct endpoint *y, const struct segment *segment) {
    enum { NEAR = 1 << 20 }; /* octets: what may be under way, or missing here */
    if (y->frames != 0 || x->frames == 0 || !x->isn_set) {
        return false;
    }
    int64_t seq = y->isn_set ? endpoint_offset(y, segment->seq) - x->ack_sent : 0;
    if ((segment->flags & (TCP_ACK | TCP_SYN)) == TCP_SYN) {
        return y->isn_set ? segment->seq == y->isn : endpoint_state(x) == STATE_SYN_SENT; /* late, or crossing x's */
    }
    if ((segment->flags & TCP_ACK) == 0) {
        const struct recent_segment *answered = recent_newest(x);
        return (segment->flags & TCP_RST) != 0 && (answered->flags & TCP_ACK) != 0 && answered->raw_ack == segment->seq;
    }
    int64_t ack = endpoint_offset(x, segment->ack);
    int64_t missing = endpoint_state(x) == STATE_SYN_SENT ? 0 : NEAR; /* octets of x that the capture may lack */
    return seq > -NEAR && seq < NEAR && ack >= 1 && ack <= x->next + missing && ack > x->next - NEAR;
}

/* It fits none that is in the lane unless that has been seen from the other side alone, which is the client's: to be
 * told apart without waking it, or connections of one 4-tuple in ever other networks would all leave the lane. */
static bool may_fit(const struct connection *connection, const struct segment *segment) {
    return !connection->in_lane ||
           (lane_in(connection)->phase == LANE_SYN && connection_side(connection, segment) == SIDE_SERVER);
}

bool carriage_adopt(struct model *model, const struct segment *segment, uint64_t hash, struct connection **adopted) {
    *adopted = NULL;
    if (!note_network(model, segment->network)) {
        return false;
    }
    struct connection *connection = !model->tuples_used ? NULL
                                                        : find_tuple(model, &segment->source, segment->source_port,
                                                                     &segment->destination, segment->destination_port);
    if (connection == NULL || carried_differently(connection) || !may_fit(connection, segment)) {
        return true;
    }
    connection = connection_awake(model, connection);
    if (connection == NULL) {
        return false;
    }
    enum side side = connection_side(connection, segment);
    if (!fits(&connection->side[other_side(side)], &connection->side[side], segment)) {
        return true;
    }
    if (!flow_table_add(&model->table, hash, connection)) {
        return false;
    }
    connection->encapsulation_back = segment->encapsulation;
    connection->network_back = segment->network;
    connection->hash_back = hash;
    *adopted = connection;
    return true;
}

struct connection *carriage_quoted(struct model *model, const struct icmp_error *error) {
    struct connection *connection = NULL;
    if (note_network(model, error->network) && model->tuples_used) {
        connection =
            find_tuple(model, &error->source, error->source_port, &error->destination, error->destination_port);
    }
    connection = connection_awake(model, connection);
    const struct endpoint *client = connection == NULL ? NULL : &connection->side[SIDE_CLIENT];
    bool its_syn = client != NULL && error->source_port == connection->port[SIDE_CLIENT] && client->isn_set &&
                   error->seq == client->isn && connection->side[SIDE_SERVER].frames == 0;
    return its_syn ? connection : NULL;
}

/* A newer incarnation is carried as the one before it. */
static void inherit_carriage(struct connection *connection, const struct connection *older) {
    bool turned = carried_differently(older) && connection->network == older->network_back;
    connection->hash = turned ? older->hash_back : older->hash;
    connection->network_back = turned ? older->network : older->network_back;
    connection->encapsulation_back = turned ? older->encapsulation : older->encapsulation_back;
    connection->hash_back = turned ? older->hash : older->hash_back;
}

static void leave(struct flow_table *table, uint64_t hash, struct connection *connection) {
    if (!connection->in_lane && connection->older != NULL) {
        flow_table_replace(table, hash, connection, connection->older);
    } else {
        flow_table_remove(table, hash, connection);
    }
}

static void leave_table(struct model *model, struct connection *connection) {
    leave(&model->table, connection->hash, connection);
    if (carried_differently(connection)) {
        leave(&model->table, connection->hash_back, connection);
    }
}

static bool enter_table(struct model *model, struct connection *connection, const struct connection *older) {
    if (older == NULL) {
        return flow_table_add(&model->table, connection->hash, connection);
    }
    inherit_carriage(connection, older);
    flow_table_replace(&model->table, older->hash, older, connection);
    if (carried_differently(older)) {
        flow_table_replace(&model->table, older->hash_back, older, connection);
    }
    return true;
}

bool carriage_enter(struct model *model, struct connection *connection, const struct connection *older) {
    if (!enter_table(model, connection, older)) {
        return false;
    }
    if (model->tuples_used && !tuple_add(model, connection)) {
        leave_table(model, connection);
        return false;
    }
    return true;
}

void carriage_leave(struct model *model, struct connection *connection) {
    leave_table(model, connection);
    uint64_t hash = model->tuples_used ? flow_tuple_hash(&model->tuples, connection) : 0;
    if (model->tuples_used && flow_table_holds(&model->tuples, hash, connection)) {
        leave(&model->tuples, hash, connection);
    }
}

void carriage_moved(struct model *model, const struct connection *from, struct connection *to) {
    uint64_t hash = model->tuples_used ? flow_tuple_hash(&model->tuples, to) : 0;
    if (model->tuples_used && flow_table_holds(&model->tuples, hash, from)) {
        flow_table_replace(&model->tuples, hash, from, to);
    }
}
