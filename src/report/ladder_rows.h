/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_LADDER_ROWS_H
#define FINWAIT_REPORT_LADDER_ROWS_H

#include "model/connection.h"

/* What a ladder shows, whatever it is drawn with: the label of a row, the steps that go with it, what was passed over
 * between two rows. */

enum { ROW_LABEL_SIZE = 112 };

/* "SYN ACK 0, 1", "ACK 1, 11, 10 bytes", "ICMP 3/1". */
void row_label(const struct connection *connection, const struct log_entry *row, char label[ROW_LABEL_SIZE]);

/* One side's way through its states, as far as it has been drawn. */
struct column {
    struct step steps[PATH_STEPS_MAX]; /* those not refuted */
    uint64_t shown_at[PATH_STEPS_MAX]; /* first frame at which the step can be shown: no step before its predecessor */
    size_t count;
    size_t next;
};
void column_prepare(struct column *column, const struct path *path);

/* A step that no segment of this connection shows: a timer, or a newer connection in its place. */
bool step_stands_alone(const struct step *step);

/* The last of the steps that a side has taken by a frame and that are not drawn yet; NULL: none. */
const struct step *column_advance(struct column *column, uint64_t frame);

/* The side whose next step is to be drawn alone before a row, or at the end where row is NULL; SIDES: neither. */
enum side column_lone_step(const struct column columns[SIDES], const struct log_entry *row);

/* Why it stands alone, as a note; empty where there is nothing to say. */
const char *step_reason(const struct step *step);

struct passed_count {
    uint64_t segments;
    uint64_t bytes[SIDES];
};
struct passed_count passed_before(const struct log_entry *row);
struct passed_count passed_with(const struct log_entry *row);
struct passed_count passed_in_all(const struct connection *connection);

/* What lies between two places; nothing is ever negative. */
struct passed_count passed_between(const struct passed_count *from, const struct passed_count *to);

#endif
