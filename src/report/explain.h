/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_EXPLAIN_H
#define FINWAIT_REPORT_EXPLAIN_H

#include "model/state.h"
#include "report/output.h"
#include "rules/catalogue.h"

#include <stddef.h>

/* What finwait can explain: its anomalies and their groups, the states of TCP, and the questions people ask. */

enum explain_kind { EXPLAIN_STATE, EXPLAIN_ANOMALY, EXPLAIN_TOPIC, EXPLAIN_GROUP, EXPLAIN_KINDS };

struct explain_item {
    enum explain_kind kind;
    unsigned index; /* enum tcp_state, enum anomaly_id, of a topic, or of a group in the order of the catalogue */
};

/* Finds what a name stands for, at most one of each kind. States are known by all names they have, in any case and
 * with hyphens too: TIME_WAIT, time-wait, FIN_WAIT1, ESTAB. Returns how many; 0: nobody knows the name. */
size_t explain_find(const char *name, struct explain_item items[EXPLAIN_KINDS]);

/* The known name that is most like a mistyped one; NULL when none is near. */
const char *explain_nearest(const char *mistyped);

/* Fills list with the names that begin so, in any case, with commas between them, as far as they fit; returns how many
 * there are. */
size_t explain_beginning(const char *beginning, char *list, size_t size);

/* Everything there is: fills items, of which there are at most EXPLAIN_MAX, and returns how many. */
enum { EXPLAIN_MAX = TCP_STATES + 2 * ANOMALIES + 64 };
size_t explain_everything(struct explain_item items[EXPLAIN_MAX]);

/* --- writers; see output_error afterwards; columns: see style_fit --- */

/* For people: one line for each name there is. */
void explain_list_text(struct output *output, bool ascii, bool color, unsigned columns);

/* For people: what the items stand for, one after the other. */
void explain_text(struct output *output, bool ascii, bool color, unsigned columns, const struct explain_item *items,
                  size_t count);

/* For programs: the items as one document, schema "finwait-explain/1". */
void explain_json(struct output *output, const struct explain_item *items, size_t count);

/* --- the texts, for the writers and the makers of pages; all static, lists end with NULL --- */

enum { EXPLAIN_LIST = 12 };

struct state_text {
    const char *ss;      /* its name there; empty: it shows none */
    const char *netstat; /* likewise */
    const char *rfc;
    const char *meaning;
    const char *in[EXPLAIN_LIST + 1];
    const char *out[EXPLAIN_LIST + 1];
    const char *duration;
    const char *host; /* what one sees on the host */
    const char *see[EXPLAIN_LIST + 1];
};
const struct state_text *explain_state(enum tcp_state state);

struct topic {
    const char *name;
    const char *aliases; /* a blank between them */
    const char *question;
    const char *rfc;
    const char *answer[EXPLAIN_LIST + 1];
    const char *see[EXPLAIN_LIST + 1];
};
extern const struct topic topics[];
extern const unsigned topic_count;

/* Groups in the order of the catalogue; NULL behind the last. */
const char *explain_group(unsigned index);

/* The ladder of the shortest scenario that raises an anomaly. */
struct example {
    const char *id;
    const char *scenario;
    const char *ladder; /* lines */
};
const struct example *explain_example(const char *id); /* NULL: there is none */

#endif
