/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_HTML_INDEX_H
#define FINWAIT_REPORT_HTML_INDEX_H

#include "report/json_emitter.h"
#include "report/writer.h"

/* The index of a page: of each connection what its list shows, searches and sorts by, as one array:
 *   [id, position in the report from 0, client's address, port, server's address, port, start_ns, duration_ns,
 *    handshake, teardown, client's state, server's state, frames, octets of the client, of the server,
 *    rtt_server_ns or null, [finding, ...]]
 * handshake, teardown and states are numbers of the lists in words; a finding is 4 times the number of its id and its
 * severity. */
void html_index_row(struct emitter *json, const struct report *report, const struct connection *connection,
                    const struct verdict *verdict, uint64_t position);

/* Writes the member "words": the lists. */
void html_index_words(struct emitter *json);

#endif
