/* SPDX-License-Identifier: BSD-3-Clause */
#include "run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

char certainty_mark(enum certainty certainty) {
    switch (certainty) {
    case CERTAINTY_CERTAIN:
    case CERTAINTY_CONFIRMED:
        return '!';
    case CERTAINTY_PRESUMED:
        return '~';
    case CERTAINTY_ASSUMED:
        return '?';
    case CERTAINTY_REFUTED:
        break;
    }
    return 'x';
}

const char *which_name(const struct seen_connection *seen, enum which_side which) {
    switch (which) {
    case WHICH_CLIENT:
        return seen->side[WHO_A] == SIDE_CLIENT ? "A" : "B";
    case WHICH_SERVER:
        return seen->side[WHO_A] == SIDE_SERVER ? "A" : "B";
    case WHICH_BOTH:
        return "both";
    case WHICH_NONE:
        return "none";
    case WHICH_UNKNOWN:
        break;
    }
    return "unknown";
}

static const char *number_text(char *buffer, size_t size, int64_t number) {
    snprintf(buffer, size, "%" PRId64, number);
    return buffer;
}

/* Seconds without zeros at the end; "unknown" for a negative time. */
static const char *seconds_text(char *buffer, size_t size, int64_t ns) {
    if (ns < 0)
        return "unknown";
    int length = snprintf(buffer, size, "%" PRId64 ".%09" PRId64, ns / 1000000000, ns % 1000000000);
    while (length > 1 && buffer[length - 1] == '0' && buffer[length - 2] != '.')
        buffer[--length] = '\0';
    return buffer;
}

static const char *word_text(const struct seen_connection *seen, const char *key) {
    const struct verdict *verdict = &seen->verdict;
    const struct {
        const char *key;
        const char *value;
    } words[] = {
        {"handshake", handshake_outcome_name(verdict->handshake)},
        {"handshake_certainty", certainty_name(verdict->handshake_certainty)},
        {"teardown", teardown_outcome_name(verdict->teardown)},
        {"teardown_certainty", certainty_name(verdict->teardown_certainty)},
        {"closed_first", which_name(seen, verdict->closed_first)},
        {"reset_by", which_name(seen, verdict->reset_by)},
        {"reset_in_state", state_name(verdict->reset_in_state)},
        {"time_wait", which_name(seen, verdict->time_wait)},
        {"two_msl", two_msl_name(verdict->two_msl)},
        {"end", connection_end_name(seen->end)},
        {"initiator", seen->initiator_seen ? "seen" : "assumed"},
        {"cookies_suspected", verdict->cookies_suspected ? "yes" : "no"},
        {"zeek_conn_state", zeek_conn_state(&seen->zeek)},
        {"zeek_history", seen->zeek.history},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].key, key) == 0)
            return words[i].value == NULL ? "unknown" : words[i].value;
    return NULL;
}

const char *verdict_text(const struct seen_connection *seen, const char *key) {
    static char buffer[48];
    const struct verdict *verdict = &seen->verdict;
    const struct {
        const char *key;
        int64_t value;
        bool is_time;
    } numbers[] = {
        {"syn_count", verdict->syn_count, false},
        {"syn_ack_count", verdict->syn_ack_count, false},
        {"segments", verdict->segments, false},
        {"half_close_bytes", (int64_t)verdict->half_close_bytes, false},
        {"restarts", verdict->time_wait_details.restarts, false},
        {"incarnation", seen->incarnation, false},
        {"previous", (int64_t)seen->previous, false},
        {"handshake_duration", verdict->handshake_duration, true},
        {"rtt_client", verdict->rtt_client, true},
        {"rtt_server", verdict->rtt_server, true},
        {"close_wait", verdict->close_wait, true},
        {"teardown_duration", verdict->teardown_duration, true},
        {"idle_before_close", verdict->idle_before_close, true},
        {"time_wait_elapsed", verdict->time_wait_details.elapsed, true},
        {"time_wait_ended_by", verdict->time_wait_details.ended_by, false},
        {"syn_frame", (int64_t)verdict->syn_frame, false},
        {"syn_ack_frame", (int64_t)verdict->syn_ack_frame, false},
        {"ack_frame", (int64_t)verdict->ack_frame, false},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i].key, key) != 0)
            continue;
        return numbers[i].is_time ? seconds_text(buffer, sizeof buffer, numbers[i].value)
                                  : number_text(buffer, sizeof buffer, numbers[i].value);
    }
    return word_text(seen, key);
}

static uint64_t frame_of(const struct run *run, uint64_t frame) {
    return frame == 0 ? 0 : trace_script_frame(run->trace, frame);
}

void print_steps(FILE *out, const struct run *run, const struct seen_connection *seen, enum who who) {
    for (size_t i = 0; i < seen->step_count[who]; i++) {
        const struct step *step = &seen->steps[who][i];
        fprintf(out, "    %c %s > %s%c %s @%" PRIu64, who == WHO_A ? 'A' : 'B', state_name((enum tcp_state)step->from),
                state_name((enum tcp_state)step->to), certainty_mark((enum certainty)step->certainty),
                step_cause_name((enum step_cause)step->cause), frame_of(run, step->frame));
        fprintf(out, " %.6f", (double)(step->time - run->trace->layout.start) / 1e9);
        if (step->settled_by != 0)
            fprintf(out, " settled by %" PRIu64, frame_of(run, step->settled_by));
        fputc('\n', out);
    }
}

static void print_rows(FILE *out, const struct run *run) {
    for (unsigned i = 0; i < run->trace->script->line_count; i++) {
        const struct row *row = &run->rows[i];
        fprintf(out, "%.6f", (double)run->trace->script->lines[i].time / 1e9);
        for (unsigned j = 0; j < row->count; j++) {
            const struct side_state *now = row->shown[j].now;
            fprintf(out, "%s A %s%c B %s%c", j > 0 ? " //" : "", state_name(now[WHO_A].state),
                    certainty_mark(now[WHO_A].certainty), state_name(now[WHO_B].state),
                    certainty_mark(now[WHO_B].certainty));
        }
        fputc('\n', out);
    }
}

static void print_verdict(FILE *out, const struct seen_connection *seen, enum detail detail) {
    static const char *const keys[] = {
        "end",        "initiator",         "incarnation", "previous",   "handshake",          "handshake_certainty",
        "syn_count",  "syn_ack_count",     "rtt_client",  "rtt_server", "teardown",           "teardown_certainty",
        "segments",   "closed_first",      "reset_by",    "time_wait",  "reset_in_state",     "half_close_bytes",
        "close_wait", "teardown_duration", "two_msl",     "restarts",   "handshake_duration",
    };
    /* A frame that was recorded twice moves these. */
    static const char *const exact_keys[] = {
        "idle_before_close", "time_wait_elapsed", "time_wait_ended_by", "cookies_suspected", "syn_frame",
        "syn_ack_frame",     "ack_frame",         "zeek_conn_state",    "zeek_history",
    };
    fputs("  verdict", out);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fprintf(out, " %s=%s", keys[i], verdict_text(seen, keys[i]));
    for (size_t i = 0; detail == DETAIL_ALL && i < sizeof exact_keys / sizeof *exact_keys; i++)
        fprintf(out, " %s=%s", exact_keys[i], verdict_text(seen, exact_keys[i]));
    fputc('\n', out);
}

static void print_side(FILE *out, const struct seen_connection *seen, enum who who) {
    const struct endpoint *side = &seen->endpoint[who];
    char buffer[48];
    fprintf(out, "  %c isn %" PRIu32 " known %u frames %" PRIu64 " octets %" PRIu64 " again %" PRIu32 " %" PRIu64,
            who == WHO_A ? 'A' : 'B', side->isn, side->isn_known, side->frames, side->bytes, side->retransmitted_frames,
            side->retransmitted_bytes);
    fprintf(out, " missing %" PRIu64 " next %" PRId64 " acknowledged %" PRId64 " mss %u scale %u\n   ",
            side->missing_bytes, side->next, side->acknowledged,
            (side->options_present & OPTION_MSS) != 0 ? side->mss : 0u, side->window_scale);
    for (int state = 0; state < TCP_STATES; state++)
        if (seen->durations[who][state] != 0)
            fprintf(out, " %s %s", state_name((enum tcp_state)state),
                    seconds_text(buffer, sizeof buffer, seen->durations[who][state]));
    fputc('\n', out);
}

/* The rows of the ladder: frame, a star where a finding points to it, and what passed before it. */
static void print_log(FILE *out, const struct run *run, const struct seen_connection *seen) {
    fputs("  log", out);
    for (unsigned i = 0; i < seen->log_count; i++) {
        const struct log_entry *row = &seen->log[i];
        fprintf(out, " %s%" PRIu64 "%s", row->icmp ? "icmp " : "", frame_of(run, row->frame), row->pinned ? "*" : "");
        fprintf(out, " (%" PRId64 " %" PRId64 " %" PRIu32 " %" PRIu32 "; %" PRIu64 " %" PRIu64 " %" PRIu64 ")",
                row->seq, row->ack, row->length, row->window, row->segments_before,
                row->bytes_before[seen->side[WHO_A]], row->bytes_before[seen->side[WHO_B]]);
    }
    fputc('\n', out);
}

static void print_numbers(FILE *out, const char *label, const struct numbers *numbers, enum detail detail) {
    if (!numbers->has_seq && !numbers->has_ack)
        return;
    fprintf(out, " %s", label);
    if (numbers->has_seq)
        fprintf(out, " seq %" PRId64, numbers->relative_seq);
    if (numbers->has_ack)
        fprintf(out, " ack %" PRId64, numbers->relative_ack);
    if (detail == DETAIL_ALL)
        fprintf(out, " (%" PRIu32 ", %" PRIu32 ")", numbers->seq, numbers->ack);
}

static void print_finding(FILE *out, const struct run *run, const struct seen_connection *seen, unsigned number,
                          enum detail detail) {
    const struct finding *finding = &seen->findings[number];
    fprintf(out, "  %s %s @%" PRIu64 " side %s x%u last @%" PRIu64 " frames",
            severity_name((enum severity)finding->severity), anomaly_row((enum anomaly_id)finding->id)->id,
            frame_of(run, finding->frame), finding->side == seen->side[WHO_A] ? "A" : "B", finding->count,
            frame_of(run, finding->last_frame));
    for (unsigned i = 0; i < finding->frame_count; i++)
        fprintf(out, " %" PRIu64, frame_of(run, finding->frames[i]));
    fprintf(out, " %s", certainty_name((enum certainty)finding->certainty));
    const char *location = location_name((enum location)finding->location);
    fprintf(out, " %s states", location == NULL ? "-" : location);
    for (int who = 0; who < WHOS; who++)
        fprintf(out, " %s", state_name((enum tcp_state)finding->states[seen->side[who]].state));
    print_numbers(out, "expected", &finding->expected, detail);
    print_numbers(out, "seen", &finding->seen, detail);
    if (detail == DETAIL_ALL)
        fprintf(out, "\n    %s", seen->sentences[number]);
    fputc('\n', out);
}

static void print_connection(FILE *out, const struct run *run, const struct seen_connection *seen, enum detail detail) {
    if (seen->dropped)
        return;
    fprintf(out, "connection #%" PRIu64 "\n", frame_of(run, seen->id));
    for (int who = 0; who < WHOS; who++)
        print_steps(out, run, seen, (enum who)who);
    print_verdict(out, seen, detail);
    for (int who = 0; detail == DETAIL_ALL && who < WHOS; who++)
        print_side(out, seen, (enum who)who);
    if (detail == DETAIL_ALL)
        print_log(out, run, seen);
    for (unsigned i = 0; detail != DETAIL_STATES && i < seen->finding_count; i++)
        if (!seen->findings[i].withdrawn)
            print_finding(out, run, seen, i, detail);
}

static void print_found(FILE *out, const struct run *run, const struct capture_finding *finding) {
    const struct anomaly_row *row = anomaly_row((enum anomaly_id)finding->id);
    char address[ADDRESS_TEXT_SIZE];
    fprintf(out, "capture %s %s @%" PRIu64 " x%" PRIu32 " frames", severity_name(row->severity), row->id,
            frame_of(run, finding->frame), finding->count);
    for (unsigned i = 0; i < finding->evidence.frame_count; i++)
        fprintf(out, " %" PRIu64, frame_of(run, finding->evidence.frames[i]));
    fprintf(out, " about %s %u, %" PRIu64 " connections:",
            finding->has_address ? address_text(&finding->address, address) : "-", finding->port,
            finding->connection_count);
    for (unsigned i = 0; i < finding->evidence.connections_listed; i++)
        fprintf(out, " #%" PRIu64, frame_of(run, finding->evidence.connections[i]));
    fprintf(out, "\n    %s\n", finding->message);
}

char *run_text(const struct run *run, enum detail detail) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    if (run->failure[0] != '\0')
        fprintf(out, "FAILED: %s\n", run->failure);
    print_rows(out, run);
    for (unsigned i = 0; i < run->count; i++)
        print_connection(out, run, &run->connections[i], detail);
    for (unsigned i = 0; detail == DETAIL_ALL && i < run->found_count; i++)
        print_found(out, run, &run->found[i]);
    fclose(out);
    return text;
}
