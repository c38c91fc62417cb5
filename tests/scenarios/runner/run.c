/* SPDX-License-Identifier: BSD-3-Clause */
#include "run.h"

#include "capture/capture.h"
#include "decode/decode.h"

#include <stdlib.h>
#include <string.h>

/* One pass: the model with its rules, and what they show. */
struct pass {
    struct run *run;
    struct model *model;
    struct rules *rules;
    struct watch *watch;
    int64_t latest; /* time of the frame before, 0: none */
    unsigned next;  /* packet of the trace */
};

static void fail(struct run *run, const char *reason) {
    if (run->failure[0] == '\0')
        snprintf(run->failure, sizeof run->failure, "%s", reason);
}

/* --- what the model shows ---------------------------------------------------------------------------------------- */

static bool same_address(const struct address *a, const struct address *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

/* Which of the connection's sides is A; SIDES when it is the second connection of the trace. */
static enum side side_of_a(const struct run *run, const struct connection *connection) {
    const struct trace *trace = run->trace;
    for (enum side side = SIDE_CLIENT; side < SIDES; side++) {
        if (same_address(&connection->address[side], &trace->address[WHO_A]) &&
            connection->port[side] == trace->port[WHO_A] && connection->port[1 - side] == trace->port[WHO_B])
            return side;
    }
    return SIDES;
}

static struct seen_connection *find_seen(struct run *run, const struct connection *connection) {
    for (unsigned i = 0; i < run->count; i++) {
        if (run->connections[i].live == connection)
            return &run->connections[i];
    }
    enum side side = side_of_a(run, connection);
    if (side == SIDES)
        return NULL;
    if (run->count == CONNECTIONS_MAX) {
        fail(run, "more connections than a scenario can have");
        return NULL;
    }
    struct seen_connection *seen = &run->connections[run->count++];
    seen->id = connection->id;
    seen->live = connection;
    seen->side[WHO_A] = side;
    seen->side[WHO_B] = other_side(side);
    return seen;
}

/* The roles may be changed once, by a late SYN/ACK or the like. */
static void look_at_states(struct run *run, struct seen_connection *seen) {
    enum side side = side_of_a(run, seen->live);
    if (side == SIDES)
        return;
    seen->side[WHO_A] = side;
    seen->side[WHO_B] = other_side(side);
    for (int who = 0; who < WHOS; who++) {
        const struct path *path = &seen->live->side[seen->side[who]].path;
        seen->now[who].state = (enum tcp_state)path->state;
        seen->now[who].certainty = (enum certainty)path->certainty;
    }
}

static void note_raised(struct run *run, struct seen_connection *seen, unsigned index, uint64_t frame) {
    if (seen->raised_count == RAISED_MAX) {
        fail(run, "more findings than a scenario can have");
        return;
    }
    struct raised *raised = &seen->raised[seen->raised_count++];
    raised->id = seen->counted_ids[index];
    raised->finding = index;
    raised->frame = trace_script_frame(run->trace, frame);
    raised->line = run->line;
}

static bool finding_names(const struct run *run, const struct finding *finding, uint64_t script_frame) {
    for (unsigned i = 0; i < finding->frame_count; i++)
        if (trace_script_frame(run->trace, finding->frames[i]) == script_frame)
            return true;
    return false;
}

/* One occurrence was taken back: the one whose frame the finding no longer names, else the latest. */
static void take_back(const struct run *run, struct seen_connection *seen, unsigned index,
                      const struct finding *finding) {
    struct raised *taken = NULL;
    for (unsigned i = 0; i < seen->raised_count; i++) {
        struct raised *raised = &seen->raised[i];
        if (raised->finding != index || raised->withdrawn)
            continue;
        taken = raised;
        if (!finding_names(run, finding, raised->frame))
            break;
    }
    if (taken != NULL)
        taken->withdrawn = true;
}

static void withdraw_all(struct seen_connection *seen, unsigned index) {
    for (unsigned i = 0; i < seen->raised_count; i++)
        if (seen->raised[i].finding == index)
            seen->raised[i].withdrawn = true;
}

static void look_at_finding(struct run *run, struct seen_connection *seen, unsigned index,
                            const struct finding *finding) {
    if (index < seen->counted && seen->counted_ids[index] != finding->id) {
        withdraw_all(seen, index);
        seen->counts[index] = 0;
    }
    seen->counted_ids[index] = (enum anomaly_id)finding->id;
    uint32_t known = index < seen->counted ? seen->counts[index] : 0;
    if (finding->count > known)
        note_raised(run, seen, index, known == 0 ? finding->frame : finding->last_frame);
    for (; known > finding->count; known--)
        take_back(run, seen, index, finding);
    seen->counts[index] = finding->count;
    if (finding->withdrawn)
        withdraw_all(seen, index);
}

static void look_at_findings(struct run *run, struct seen_connection *seen) {
    const struct findings *findings = seen->live->findings;
    unsigned count = findings == NULL ? 0 : findings->count;
    if (count > RAISED_MAX) {
        fail(run, "more findings than a scenario can have");
        return;
    }
    for (unsigned i = 0; i < count; i++)
        look_at_finding(run, seen, i, &findings->items[i]);
    seen->counted = count;
}

static void look_at_all(struct run *run) {
    for (unsigned i = 0; i < run->count; i++) {
        if (run->connections[i].live != NULL) {
            look_at_states(run, &run->connections[i]);
            look_at_findings(run, &run->connections[i]);
        }
    }
}

static void end_of_line(struct run *run) {
    struct row *row = &run->rows[run->line];
    row->reached = true;
    row->count = 0;
    for (unsigned i = 0; i < run->count; i++) {
        const struct seen_connection *seen = &run->connections[i];
        if (seen->dropped)
            continue;
        row->shown[row->count].connection = i;
        row->shown[row->count].over = seen->live == NULL;
        memcpy(row->shown[row->count].now, seen->now, sizeof seen->now);
        row->count++;
    }
}

/* --- callbacks --------------------------------------------------------------------------------------------------- */

/* FNV-1a */
static void add_to(uint32_t *sum, int64_t value) {
    for (int i = 0; i < 8; i++)
        *sum = (*sum ^ (uint8_t)((uint64_t)value >> (8 * i))) * 16777619u;
}

static void add_observation(uint32_t *sum, const struct observation *seen, int64_t start) {
    const int64_t values[] = {
        seen->sender,
        seen->facts,
        (int64_t)seen->more,
        seen->reset,
        seen->reset_applied,
        seen->seq,
        seen->ack,
        seen->expected_seq,
        seen->expected_ack,
        (int64_t)seen->provoked_by,
        seen->provoked_time == 0 ? 0 : seen->provoked_time - start,
        seen->fresh_octets,
        seen->repeated_octets,
        seen->edge_before,
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        add_to(sum, values[i]);
    for (int side = 0; side < SIDES; side++) {
        add_to(sum, seen->before[side].state << 8 | seen->before[side].certainty);
        add_to(sum, seen->after[side].state << 8 | seen->after[side].certainty);
        add_to(sum, seen->refuted[side].events);
        add_to(sum, (int64_t)seen->refuted[side].frame);
        add_to(sum, seen->guard[side]);
    }
}

/* What rules and report may read of a side when its connection has ended. */
static void add_side(uint32_t *sum, const struct endpoint *side) {
    const int64_t values[] = {
        side->next,
        side->next_acked,
        side->acknowledged,
        side->ack_sent,
        side->window_edge,
        side->window,
        side->window_max,
        side->round_trip,
        side->tsval_max,
        side->keep_alives,
        side->keep_alives_unanswered,
        side->repeats_without_progress,
        side->window_scale,
        side->fin_inferred,
        side->sent_rst,
        side->ecn_setup,
        side->excludes_fin,
        side->clock_proved,
        side->timestamps_seen,
        side->was_established,
        side->syn_data,
        side->options_present,
        side->options_offered,
        side->fin,
        (int64_t)side->fin_last_frame,
        (int64_t)side->rst_frame,
        side->rst_delay,
        (int64_t)side->fin_passed.frame,
        (int64_t)side->fin_passed_first.frame,
        (int64_t)side->fin_ack_passed.frame,
        (int64_t)side->fin_ack_passed_first.frame,
        (int64_t)side->early_ack_frame,
        (int64_t)side->octets_frame,
        (int64_t)side->last_sent_frame,
        side->window_zero_span,
        side->sack_edge,
        side->holes.count,
        side->time_wait_restarts,
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        add_to(sum, values[i]);
}

static bool observed(void *context, const struct observation *observation) {
    struct pass *pass = context;
    add_observation(&pass->run->observed, observation, pass->run->trace->layout.start);
    if (!rules_observe(pass->rules, observation))
        return false;
    find_seen(pass->run, observation->connection);
    return true;
}

static bool copy_findings(struct seen_connection *seen) {
    const struct findings *findings = seen->live->findings;
    if (findings == NULL || findings->count == 0)
        return true;
    seen->findings = calloc(findings->count, sizeof *seen->findings);
    seen->sentences = calloc(findings->count, sizeof *seen->sentences);
    if (seen->findings == NULL || seen->sentences == NULL)
        return false;
    for (unsigned i = 0; i < findings->count; i++) {
        char sentence[FINDING_SENTENCE];
        seen->findings[i] = findings->items[i];
        seen->findings[i].said = NULL;
        seen->sentences[i] = strdup(finding_sentence(seen->live, &findings->items[i], sentence));
        seen->finding_count++;
        if (seen->sentences[i] == NULL)
            return false;
    }
    return true;
}

static bool ended(void *context, struct connection *connection) {
    struct pass *pass = context;
    struct run *run = pass->run;
    bool good = rules_end(pass->rules, connection, connection->end_time);
    struct seen_connection *seen = find_seen(run, connection);
    if (seen != NULL) {
        look_at_states(run, seen);
        look_at_findings(run, seen);
        good = good && copy_findings(seen);
        for (int who = 0; who < WHOS; who++) {
            const struct endpoint *endpoint = &connection->side[seen->side[who]];
            seen->step_count[who] = path_steps(&endpoint->path, seen->steps[who]);
            seen->endpoint[who] = *endpoint;
            add_side(&run->observed, endpoint);
            side_durations(endpoint, connection->end_time, seen->durations[who]);
        }
        seen->zeek = connection->zeek;
        seen->log_count = connection_log(connection, seen->log);
        connection_verdict(connection, connection->end_time, &seen->verdict);
        seen->verdict.syn_frame = trace_script_frame(run->trace, seen->verdict.syn_frame);
        seen->verdict.syn_ack_frame = trace_script_frame(run->trace, seen->verdict.syn_ack_frame);
        seen->verdict.ack_frame = trace_script_frame(run->trace, seen->verdict.ack_frame);
        seen->initiator_seen = connection->initiator_seen;
        seen->end = (enum connection_end)connection->end;
        seen->incarnation = connection->incarnation;
        seen->previous = trace_script_frame(run->trace, connection->previous);
        seen->live = NULL;
    }
    findings_free(connection->findings);
    connection->findings = NULL;
    return good;
}

static void dropped(void *context, struct connection *connection) {
    struct pass *pass = context;
    struct seen_connection *seen = find_seen(pass->run, connection);
    if (seen != NULL) {
        seen->dropped = true;
        seen->live = NULL;
    }
    rules_dropped(pass->rules, connection);
    findings_free(connection->findings);
    connection->findings = NULL;
}

/* --- a pass ------------------------------------------------------------------------------------------------------ */

static struct run *run_new(const struct trace *trace) {
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return NULL;
    run->trace = trace;
    run->rows = calloc(trace->script->line_count, sizeof *run->rows);
    if (run->rows == NULL) {
        free(run);
        return NULL;
    }
    return run;
}

void run_free(struct run *run) {
    for (unsigned i = 0; i < run->count; i++) {
        struct seen_connection *seen = &run->connections[i];
        for (unsigned j = 0; j < seen->finding_count; j++)
            free(seen->sentences[j]);
        free(seen->sentences);
        free(seen->findings);
    }
    free(run->rows);
    free(run);
}

static bool found(void *context, const struct capture_finding *finding) {
    struct run *run = context;
    if (run->found_count == FOUND_MAX)
        fail(run, "more findings of the capture than a scenario can have");
    else
        run->found[run->found_count++] = *finding;
    return true;
}

static bool pass_begin(struct pass *pass, const struct trace *trace) {
    const struct model_events events = {pass, observed, ended, dropped};
    struct model_settings settings;
    struct rule_settings thresholds;
    memset(pass, 0, sizeof *pass);
    model_settings_default(&settings);
    settings.profile = trace->script->profile;
    settings.msl = trace->script->msl;
    if (trace->script->keep_few)
        settings.max_kept = 0;
    rule_settings_default(&thresholds);
    thresholds.two_msl = 2 * settings.msl;
    thresholds.fin_wait_2_timeout = profile_stack(settings.profile)->fin_wait_2_timeout;
    pass->run = run_new(trace);
    pass->model = model_new(&settings, &events);
    if (trace->script->few != 0)
        thresholds.syn_flood = thresholds.scan_ports = thresholds.pile_up = trace->script->few;
    const uint64_t key[2] = {0, 0};
    pass->rules = rules_new(&thresholds);
    pass->watch = watch_new(&thresholds, key);
    if (pass->rules != NULL && pass->watch != NULL)
        rules_tell(pass->rules, watch_queue(pass->watch));
    return pass->run != NULL && pass->model != NULL && pass->rules != NULL && pass->watch != NULL;
}

/* Moves on to the packet that a frame shows: everything before it that is no packet has its moment first. */
static void pass_until(struct pass *pass, uint64_t frame, int64_t time) {
    const struct trace *trace = pass->run->trace;
    for (; pass->next < trace->count; pass->next++) {
        const struct packet *packet = &trace->packets[pass->next];
        if (packet->frame == frame && frame != 0)
            break;
        if (packet->frame != 0 || packet->time > time)
            return;
        pass->run->line = packet->line;
        if (!model_advance(pass->model, packet->time))
            fail(pass->run, "the model stopped");
        look_at_all(pass->run);
        end_of_line(pass->run);
    }
    if (pass->next < trace->count && trace->packets[pass->next].line != NO_LINE)
        pass->run->line = trace->packets[pass->next].line;
}

static void pass_packet(struct pass *pass, bool good) {
    const struct packet *packet = &pass->run->trace->packets[pass->next++];
    if (!good)
        fail(pass->run, "the model stopped");
    look_at_all(pass->run);
    if (packet->line != NO_LINE)
        end_of_line(pass->run);
}

/* The end of the capture settles what only silence shows: an END row sees the states after that. */
static void look_once_more(struct run *run) {
    struct row *row = &run->rows[run->line];
    for (unsigned i = 0; i < row->count; i++)
        memcpy(row->shown[i].now, run->connections[row->shown[i].connection].now, sizeof row->shown[i].now);
}

static struct run *pass_end(struct pass *pass) {
    struct run *run = pass->run;
    if (run != NULL && pass->model != NULL && pass->rules != NULL) {
        const struct trace *trace = run->trace;
        int64_t end = trace->packets[trace->count - 1].time;
        pass_until(pass, 0, end);
        if (pass->next < trace->count)
            fail(run, "packets were left over");
        if (!model_finish(pass->model, end))
            fail(run, "the model stopped");
        if (!watch_finish(pass->watch, found, run))
            fail(run, "the watch stopped");
        if (trace->packets[trace->count - 1].frame == 0)
            look_once_more(run);
        for (unsigned i = 0; i < run->count; i++)
            if (run->connections[i].live != NULL)
                fail(run, "a connection never ended");
    }
    if (pass->model != NULL)
        model_free(pass->model);
    if (pass->rules != NULL)
        rules_free(pass->rules);
    watch_free(pass->watch);
    return run;
}

static struct icmp_error icmp_of(const struct packet *packet) {
    const struct segment *quoted = &packet->segment;
    struct icmp_error error = {
        .frame = packet->frame,
        .time = packet->time,
        .reporter = quoted->destination,
        .source = quoted->source,
        .destination = quoted->destination,
        .source_port = quoted->source_port,
        .destination_port = quoted->destination_port,
        .seq = quoted->seq,
        .type = packet->icmp_type,
        .code = packet->icmp_code,
    };
    error.reporter.octets[quoted->source.version == 6 ? 15 : 3] = 254;
    return error;
}

static bool take_broken(struct pass *pass, const struct broken_segment *broken) {
    bool known;
    return model_broken_segment(pass->model, broken, &known) && (known || rules_broken(pass->rules, broken));
}

/* A frame that is older than the one before it; then the clock of the pass. */
static bool advance(struct pass *pass, uint64_t frame, int64_t time) {
    if (pass->latest == 0)
        rules_note_begin(pass->rules, time);
    bool good = pass->latest == 0 || time >= pass->latest || rules_backward(pass->rules, frame, time, pass->latest);
    pass->latest = time;
    return good && model_advance(pass->model, time);
}

static struct broken_segment broken_of(const struct packet *packet) {
    const struct segment *segment = &packet->segment;
    return (struct broken_segment){
        .frame = packet->frame,
        .time = packet->time,
        .source = segment->source,
        .destination = segment->destination,
        .source_port = segment->source_port,
        .destination_port = segment->destination_port,
        .octets = segment->header_octets + segment->length,
        .offset = (uint8_t)packet->data_offset,
        .fault = packet->data_offset < 5 ? HEADER_OFFSET_LOW : HEADER_OFFSET_BEYOND,
    };
}

struct run *run_direct(const struct trace *trace) {
    struct pass pass;
    if (pass_begin(&pass, trace)) {
        for (unsigned i = 0; i < trace->count; i++) {
            const struct packet *packet = &trace->packets[i];
            if (packet->frame == 0)
                continue;
            pass_until(&pass, packet->frame, packet->time);
            bool good = advance(&pass, packet->frame, packet->time);
            if (packet->kind == PACKET_ICMP) {
                struct icmp_error error = icmp_of(packet);
                good = good && model_icmp_error(pass.model, &error);
            } else if (packet->data_offset >= 0) {
                struct broken_segment broken = broken_of(packet);
                good = good && take_broken(&pass, &broken);
            } else {
                good = good && model_segment(pass.model, &packet->segment);
            }
            pass_packet(&pass, good);
        }
    }
    return pass_end(&pass);
}

static bool apply_frame(struct pass *pass, struct decoder *decoder, const struct frame *frame) {
    struct decoded decoded;
    bool good = advance(pass, frame->number, frame->time);
    switch (decode_frame(decoder, frame, &decoded)) {
    case DECODE_SEGMENT:
        return good && model_segment(pass->model, &decoded.segment);
    case DECODE_ICMP_ERROR:
        return good && model_icmp_error(pass->model, &decoded.icmp_error);
    case DECODE_BROKEN:
        return good && take_broken(pass, &decoded.broken);
    case DECODE_SKIPPED:
        break;
    }
    return good;
}

static void read_capture(struct pass *pass, struct decoder *decoder, const char *path, uint64_t *frames) {
    struct message error;
    struct capture *capture = capture_open(path, &error);
    if (capture == NULL) {
        fail(pass->run, error.text);
        return;
    }
    const struct trace *trace = pass->run->trace;
    struct frame frame;
    enum capture_status status;
    capture_number_from(capture, *frames + 1);
    while ((status = capture_next(capture, &frame)) == CAPTURE_FRAME) {
        *frames = frame.number;
        bool packet = frame.number <= trace->frames;
        pass_until(pass, packet ? frame.number : 0, frame.time);
        bool good = apply_frame(pass, decoder, &frame);
        if (packet)
            pass_packet(pass, good);
    }
    if (status != CAPTURE_END)
        fail(pass->run, "a capture that was written here cannot be read");
    capture_free(capture);
}

struct run *run_captures(const struct trace *trace, const char *const *paths, unsigned count) {
    struct pass pass;
    if (pass_begin(&pass, trace)) {
        struct decoder *decoder = decoder_new();
        uint64_t frames = 0;
        for (unsigned i = 0; decoder != NULL && i < count; i++)
            read_capture(&pass, decoder, paths[i], &frames);
        decoder_free(decoder);
    }
    return pass_end(&pass);
}
