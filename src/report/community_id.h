/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_COMMUNITY_ID_H
#define FINWAIT_REPORT_COMMUNITY_ID_H

#include "model/connection.h"

enum { COMMUNITY_ID_SIZE = 31 }; /* octets, with the terminating zero */

/* Writes the Community ID of the connection's addresses and ports (version 1, seed 0), the identifier under which
 * Zeek, Suricata, Arkime and others know the same flow: "1:" and 28 characters. Returns text. */
const char *community_id(const struct connection *connection, char text[COMMUNITY_ID_SIZE]);

#endif
