/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/simulation.h"

#include <string.h>

static const int64_t US = 1000, MS = 1000000, SECOND = 1000000000;

enum {
    PERIOD = 200,   /* connections among which each phenomenon comes once: 5 in 1,000 */
    PER_CLIENT = 8, /* connections of one client address */
    SERVERS_MIN = 256,
    PER_SERVER = 400,   /* with more, the TIME_WAIT states of a server would be a finding of their own */
    FIRST_PORT = 32768, /* Linux: 32768 to 60999 */
    CLIENT_PORTS = 16384,
    SYN_TRIES = 4 /* at 0, 1, 3 and 7 s */
};

static const struct workload workloads[] = {
    {
        .name = "web",
        .defaults = {.connections = 200000, .rate = 11700, .loss_per_million = 10000},
        .snaplen = 96,
        .receive_window = 65152,
        .response_min = 120,
        .response_max = 27500,
        .exchanges_max = 2,
        .client_leg_min = 1000000,
        .client_leg_max = 80000000,
        .server_leg_min = 100000,
        .server_leg_max = 15000000,
        .client_think_max = 250000000,
        .server_think_max = 60000000,
        .timestamps = true,
        .phenomena = true,
    },
    {
        .name = "bulk",
        .defaults = {.connections = 50, .rate = 100, .loss_per_million = 100},
        .snaplen = 65535,
        .receive_window = 4194304,
        .response_min = 27900000,
        .response_max = 27900000,
        .exchanges_max = 1,
        .client_leg_min = 200000,
        .client_leg_max = 2000000,
        .server_leg_min = 100000,
        .server_leg_max = 1000000,
        .client_think_max = 1000000,
        .server_think_max = 1000000,
    },
    {
        .name = "flood",
        .defaults = {.connections = 5000000, .rate = 250000},
        .snaplen = 96,
        .receive_window = 65152,
        .exchanges_max = 1,
        .client_leg_min = 1000000,
        .client_leg_max = 80000000,
        .server_leg_min = 100000,
        .server_leg_max = 15000000,
        .spoofed = true,
    },
    {
        .name = "long",
        .defaults = {.connections = 1000000, .rate = 50000, .loss_per_million = 10000},
        .snaplen = 96,
        .receive_window = 65152,
        .close_together = true,
        .response_min = 120,
        .response_max = 6000,
        .exchanges_max = 1,
        .client_leg_min = 1000000,
        .client_leg_max = 40000000,
        .server_leg_min = 100000,
        .server_leg_max = 15000000,
        .client_think_max = 50000000,
        .server_think_max = 20000000,
        .timestamps = true,
        .phenomena = true,
    },
};

const struct workload *workload_find(const char *name) {
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++) {
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    }
    return NULL;
}

/* --- planning a connection --- */

static int64_t opening_time(const struct settings *settings) {
    return (int64_t)settings->connections * SECOND / settings->rate;
}

/* Connection by connection, not by chance: a small capture has all of them, a large one exactly 5 in 1,000 of each. */
static enum phenomenon phenomenon_of(const struct simulation *simulation, uint32_t index) {
    if (simulation->workload->spoofed)
        return SPOOFED;
    if (!simulation->workload->phenomena || simulation->settings.plain)
        return PLAIN;
    enum { KINDS = REUSED_LATER - PLAIN, STEP = PERIOD / KINDS, OFFSET = 7 };
    uint32_t slot = index % PERIOD;
    if (slot % STEP != OFFSET)
        return PLAIN;
    enum phenomenon phenomenon = (enum phenomenon)(PLAIN + 1 + slot / STEP);
    /* A connection that comes again would have its exchange among the others' FINs. */
    return phenomenon == REUSED_LATER && simulation->workload->close_together ? PLAIN : phenomenon;
}

static void plan_addresses(const struct simulation *simulation, struct plan *plan, uint32_t index) {
    static const uint16_t ports[4] = {80, 443, 443, 8080};
    const struct settings *settings = &simulation->settings;
    uint32_t per_client = simulation->workload->spoofed ? 1 : PER_CLIENT;
    uint32_t clients = settings->connections / per_client + 1;
    uint32_t servers = settings->connections / PER_SERVER;
    uint64_t scattered = random_scatter(settings->seed * PERIOD + index);
    if (servers < SERVERS_MIN)
        servers = SERVERS_MIN;
    plan->client_number = index % clients;
    plan->client_port = (uint16_t)(FIRST_PORT + random_scatter(plan->client_number) % CLIENT_PORTS + index / clients);
    plan->server_number = simulation->workload->spoofed ? 0 : (uint32_t)(scattered % servers);
    plan->server_port = simulation->workload->spoofed ? 80 : ports[scattered >> 62];
}

/* Sizes and places: what a connection to a web server looks like, more or less. */
static void plan_exchanges(struct simulation *simulation, struct plan *plan) {
    const struct workload *workload = simulation->workload;
    struct random *random = &simulation->random;
    uint32_t request = 1, response = 1;
    plan->exchanges = (uint8_t)random_between(random, 1, workload->exchanges_max);
    for (unsigned i = 0; i < plan->exchanges; i++) {
        request += (uint32_t)random_skewed(random, 90, 1800);
        response += (uint32_t)random_skewed(random, workload->response_min, workload->response_max);
        plan->request_end[i] = request;
        plan->response_end[i] = response;
    }
    plan->think[CLIENT] = random_between(random, 0, workload->client_think_max);
    plan->think[SERVER] = random_skewed(random, 0, workload->server_think_max);
}

static void plan_path(struct simulation *simulation, struct plan *plan) {
    const struct workload *workload = simulation->workload;
    struct random *random = &simulation->random;
    plan->leg[CLIENT] = random_skewed(random, workload->client_leg_min, workload->client_leg_max);
    plan->leg[SERVER] = random_skewed(random, workload->server_leg_min, workload->server_leg_max);
    plan->hops[CLIENT] = (uint8_t)random_between(random, 1, 20);
    plan->hops[SERVER] = (uint8_t)random_between(random, 1, 4);
    plan->ipv6 = random_below(random, 100) < simulation->settings.ipv6_percent;
    plan->timestamps = workload->timestamps && random_below(random, 100) < 80;
    plan->sack = random_below(random, 100) < 97;
    plan->scaling = workload->receive_window > 65535 || random_below(random, 100) < 95;
    plan->mss = plan->ipv6 ? 1440 : 1460;
}

static void plan_close(struct simulation *simulation, struct plan *plan) {
    struct random *random = &simulation->random;
    plan->closer = random_below(random, 100) < 60 ? CLIENT : SERVER;
    plan->close_at_once = random_below(random, 2) == 0;
    plan->fin_with_data = random_below(random, 2) == 0;
    plan->close_after = random_between(random, MS, 50 * MS);
    if (plan->phenomenon == RST_ON_LATE_FIN) {
        plan->close_at_once = false;
        plan->close_after = random_between(random, 500 * MS, 3000 * MS);
    } else if (plan->phenomenon == REUSED_LATER) {
        plan->closer = SERVER; /* it holds TIME_WAIT, and the client's port is free at once */
    }
    if (simulation->workload->close_together)
        plan->close_time = opening_time(&simulation->settings) + random_between(random, 8000 * MS, 9000 * MS) +
                           random_between(random, 0, 4000) * 4 * MS;
}

static uint64_t tuple_hash(const struct simulation *simulation, const struct plan *plan) {
    uint64_t client = (uint64_t)plan->client_number << 16 | plan->client_port;
    uint64_t server = (uint64_t)plan->server_number << 17 | (uint64_t)plan->server_port << 1 | plan->ipv6;
    return random_scatter(random_scatter(client + simulation->settings.seed) + server);
}

/* RFC 6528: a clock of 64 ns plus a secret of the tuple; RFC 7323 5.4 in the same manner, with 1 ms. */
static void choose_numbers(const struct simulation *simulation, struct connection *connection) {
    uint64_t hash = tuple_hash(simulation, &connection->plan);
    for (int side = CLIENT; side <= SERVER; side++) {
        struct endpoint *end = &connection->ends[side];
        hash = random_scatter(hash + 1);
        end->iss = (uint32_t)hash + (uint32_t)(simulation->now / 64);
        end->ts_offset = (uint32_t)(hash >> 32);
        end->ip_id = (uint16_t)(random_scatter(hash + end->iss) >> 48);
    }
}

static struct connection *plan_connection(struct simulation *simulation, uint32_t index, enum phenomenon phenomenon) {
    struct connection *connection = connection_new(simulation);
    if (connection == NULL)
        return NULL;
    struct plan *plan = &connection->plan;
    plan->phenomenon = (uint8_t)phenomenon;
    plan_addresses(simulation, plan, index);
    plan_exchanges(simulation, plan);
    plan_path(simulation, plan);
    plan_close(simulation, plan);
    choose_numbers(simulation, connection);
    return connection;
}

void workload_start(struct simulation *simulation) {
    const struct settings *settings = &simulation->settings;
    uint32_t index = simulation->started;
    enum phenomenon phenomenon = phenomenon_of(simulation, index);
    if (phenomenon == REUSED_LATER && index + 2 > settings->connections)
        phenomenon = PLAIN; /* no room for the second one */
    struct connection *connection = plan_connection(simulation, index, phenomenon);
    if (connection == NULL)
        return;
    simulation->started += phenomenon == REUSED_LATER ? 2 : 1;
    endpoint_connect(simulation, connection);
    if (simulation->started < settings->connections) {
        int64_t gap = random_between(&simulation->random, 0, 2 * SECOND / settings->rate);
        if (!event_put(&simulation->events, simulation->now + gap, EVENT_START, 0, CLIENT))
            simulation->failed = true;
    }
}

/* The same port pair again, as Linux does it: ISN and timestamps of the client by its clocks, the server's ISN above
 * the numbers that it used before. */
static void reconnect(struct simulation *simulation, const struct connection *before) {
    struct connection *connection = connection_new(simulation);
    if (connection == NULL)
        return;
    connection->plan = before->plan;
    connection->plan.phenomenon = REUSING;
    connection->plan.close_time = 0;
    plan_exchanges(simulation, &connection->plan);
    choose_numbers(simulation, connection);
    connection->ends[SERVER].iss = before->ends[SERVER].iss + before->ends[SERVER].next + 65537;
    endpoint_connect(simulation, connection);
}

/* --- the applications --- */

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* The client has the last response. */
static void decide_close(struct simulation *simulation, struct connection *connection) {
    const struct plan *plan = &connection->plan;
    int64_t time = later(simulation->now + plan->think[CLIENT], plan->close_time);
    if (plan->phenomenon == NOT_CLOSED)
        return;
    if (plan->phenomenon == RESET || plan->phenomenon == SIMULTANEOUS_CLOSE)
        connection_event(simulation, connection, time, EVENT_WHEN_QUIET, CLIENT);
    else if (plan->closer == CLIENT || plan->close_time != 0)
        connection_event(simulation, connection, time, EVENT_CLOSE, (enum side)plan->closer);
}

static void client_progress(struct simulation *simulation, struct connection *connection) {
    const struct plan *plan = &connection->plan;
    const struct endpoint *client = &connection->ends[CLIENT];
    if (connection->busy)
        return;
    if (connection->requests != 0 && client->rcv_next < plan->response_end[connection->requests - 1])
        return;
    connection->busy = true;
    if (connection->requests == plan->exchanges) {
        decide_close(simulation, connection);
        return;
    }
    int64_t think = connection->requests == 0 ? random_skewed(&simulation->random, 0, 2 * MS) : plan->think[CLIENT];
    connection_event(simulation, connection, simulation->now + think, EVENT_REQUEST, CLIENT);
}

void workload_progress(struct simulation *simulation, struct connection *connection, enum side side) {
    const struct plan *plan = &connection->plan;
    if (side == CLIENT) {
        client_progress(simulation, connection);
        return;
    }
    uint8_t next = connection->responses;
    if (connection->busy || next == plan->exchanges || connection->ends[SERVER].rcv_next < plan->request_end[next])
        return;
    connection->busy = true;
    connection_event(simulation, connection, simulation->now + plan->think[SERVER], EVENT_RESPOND, SERVER);
}

/* A server that closes first does so with its last response, or soon after. */
static void respond(struct simulation *simulation, struct connection *connection) {
    const struct plan *plan = &connection->plan;
    uint8_t number = connection->responses++;
    connection->busy = false;
    bool closes = plan->closer == SERVER && connection->responses == plan->exchanges && plan->close_time == 0 &&
                  plan->phenomenon != RESET && plan->phenomenon != SIMULTANEOUS_CLOSE && plan->phenomenon != NOT_CLOSED;
    if (closes && plan->fin_with_data)
        connection->ends[SERVER].closed = true;
    else if (closes)
        connection_event(simulation, connection,
                         simulation->now + random_skewed(&simulation->random, 100 * US, 30 * MS), EVENT_CLOSE, SERVER);
    endpoint_write(simulation, connection, SERVER, plan->response_end[number]);
}

/* Abort, or close from both sides so that the second FIN leaves before the first can have arrived. */
static void when_quiet(struct simulation *simulation, struct connection *connection) {
    const struct plan *plan = &connection->plan;
    enum side first = (enum side)plan->closer;
    if (!connection_is_quiet(connection)) {
        connection_event(simulation, connection, simulation->now + 50 * MS, EVENT_WHEN_QUIET, CLIENT);
        return;
    }
    if (plan->phenomenon == RESET) {
        endpoint_abort(simulation, connection, first);
        return;
    }
    int64_t crossing = (plan->leg[0] + plan->leg[1]) * 7 / 10;
    endpoint_close(simulation, connection, first);
    connection_event(simulation, connection, simulation->now + random_between(&simulation->random, 0, crossing),
                     EVENT_CLOSE, (enum side) !first);
}

void workload_event(struct simulation *simulation, struct connection *connection, const struct event *event) {
    if (event->kind == EVENT_REQUEST) {
        connection->busy = false;
        uint8_t number = connection->requests++;
        endpoint_write(simulation, connection, CLIENT, connection->plan.request_end[number]);
    } else if (event->kind == EVENT_RESPOND) {
        respond(simulation, connection);
    } else if (event->kind == EVENT_CLOSE) {
        endpoint_close(simulation, connection, (enum side)event->side);
    } else if (event->kind == EVENT_WHEN_QUIET) {
        when_quiet(simulation, connection);
    } else {
        reconnect(simulation, connection);
    }
}

void workload_peer_closed(struct simulation *simulation, struct connection *connection, enum side side) {
    const struct plan *plan = &connection->plan;
    if (plan->close_at_once)
        endpoint_close(simulation, connection, side);
    else
        connection_event(simulation, connection, simulation->now + plan->close_after, EVENT_CLOSE, side);
}

void workload_ended(struct simulation *simulation, struct connection *connection, enum side side) {
    if (connection->plan.phenomenon == REUSED_LATER) {
        int64_t pause = random_between(&simulation->random, 100 * MS, 1500 * MS);
        connection_event(simulation, connection, simulation->now + pause, EVENT_RECONNECT, side);
    }
}

bool workload_retries_syn(const struct simulation *simulation, const struct connection *connection) {
    return connection->tries < SYN_TRIES || simulation->now < opening_time(&simulation->settings) + 8 * SECOND;
}

void wire_ends(const struct connection *connection, struct wire_end ends[2]) {
    const struct plan *plan = &connection->plan;
    ends[CLIENT] = (struct wire_end){0, plan->client_number, plan->client_port};
    ends[SERVER] = (struct wire_end){1, plan->server_number, plan->server_port};
}
