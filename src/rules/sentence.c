/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"
#include "rules/said.h"

/* Most findings are told what they say when they are raised. Those that come by the million in a capture that is cut,
 * ends early or shows a flood are looked at again when somebody reads it, which mostly nobody does. */

typedef void say_function(const struct connection *connection, const struct finding *finding, char *text);

static say_function *later(enum anomaly_id id) {
    switch (id) {
    case ANOMALY_MSS_MISSING:
        return say_mss_missing;
    case ANOMALY_SYN_SEQ_CHANGED:
        return say_syn_seq_changed;
    case ANOMALY_SYN_UNANSWERED:
        return say_syn_unanswered;
    case ANOMALY_CAPTURE_ENDED_OPEN:
        return say_capture_ended_open;
    default:
        return NULL;
    }
}

const char *finding_sentence(const struct connection *connection, const struct finding *finding,
                             char buffer[FINDING_SENTENCE]) {
    if (finding->said != NULL) {
        said_write(finding->said, buffer, FINDING_SENTENCE);
        return buffer;
    }
    say_function *say = later((enum anomaly_id)finding->id);
    if (say != NULL)
        say(connection, finding, buffer);
    else if (!recording_say(connection, finding, buffer))
        return anomaly_row((enum anomaly_id)finding->id)->title;
    return buffer;
}
