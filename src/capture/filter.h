/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_FILTER_H
#define FINWAIT_CAPTURE_FILTER_H

#include "base/message.h"
#include "capture/frame.h"

#include <stdbool.h>

/* A compiled filter expression (pcap-filter(7)) for one link type. */
struct filter;

/* NULL: *error says why. Host and network names are refused, so that compiling never asks a name server. */
struct filter *filter_new(const char *expression, int link_type, struct message *error);
void filter_free(struct filter *filter);

/* Whether an expression compiles for any of the usual link types; else *error says why not, as for Ethernet. */
bool filter_is_valid(const char *expression, struct message *error);

/* Whether the filter selects a frame of its link type, by the octets that were captured and the length on the wire. */
bool filter_wants(const struct filter *filter, const struct frame *frame);

/* One expression for the link types of a capture, compiled for each when it is met first. */
struct filters;

/* NULL: memory is out. The expression is copied. */
struct filters *filters_new(const char *expression);
void filters_free(struct filters *filters); /* may be NULL */

/* The filter for a link type; NULL: it does not compile for that one, or memory is out; *error (may be NULL) says why.
 */
const struct filter *filters_for(struct filters *filters, int link_type, struct message *error);

/* True when the expression holds no word that libpcap would look up as the name of a host or a network. Else *error
 * names that word. What this does not know for certain it refuses. */
bool filter_is_numeric(const char *expression, struct message *error);

/* True when it names a service or a protocol ("port http"), which libpcap looks up in local lists. */
bool filter_names_services(const char *expression);

#endif
