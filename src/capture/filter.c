/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/filter.h"

#include <nss.h>
#include <pcap/pcap.h>
#include <stdlib.h>

struct filter {
    struct bpf_program program;
};

enum { SNAPLEN = 262144 }; /* what a matching program returns; only zero or not matters here */

/* Services and protocols are found in /etc alone, without a socket to any daemon. For hosts and networks this is a
 * second lock behind filter_is_numeric. finwait resolves no names anywhere else, so nothing in the process depends on
 * it. */
static void forbid_name_servers(void) {
    static const char *const databases[] = {"hosts", "networks", "services", "protocols"};

    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
        __nss_configure_lookup(databases[i], "files");
}

static bool compile(struct filter *filter, const char *expression, int link_type, struct message *error) {
    pcap_t *pcap = pcap_open_dead_with_tstamp_precision(link_type, SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
    bool compiled;

    if (pcap == NULL) {
        message_set(error, "filter: out of memory");
        return false;
    }
    forbid_name_servers();
    compiled = pcap_compile(pcap, &filter->program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!compiled)
        message_set(error, "filter \"%s\": %s", expression, pcap_geterr(pcap));
    pcap_close(pcap);
    return compiled;
}

struct filter *filter_new(const char *expression, int link_type, struct message *error) {
    struct filter *filter;

    if (!filter_is_numeric(expression, error))
        return NULL;
    filter = malloc(sizeof *filter);
    if (filter == NULL) {
        message_set(error, "filter: out of memory");
        return NULL;
    }
    if (!compile(filter, expression, link_type, error)) {
        free(filter);
        return NULL;
    }
    return filter;
}

void filter_free(struct filter *filter) {
    if (filter == NULL)
        return;
    pcap_freecode(&filter->program);
    free(filter);
}

/* Each has words that no other link type knows. */
bool filter_is_valid(const char *expression, struct message *error) {
    static const int link_types[] = {DLT_EN10MB, DLT_RAW, DLT_IEEE802_11_RADIO, DLT_LINUX_SLL,
                                     DLT_PFLOG,  DLT_PPP, DLT_SUNATM,           DLT_MTP2};
    struct message unused;

    for (size_t i = 0; i < sizeof link_types / sizeof *link_types; i++) {
        struct filter *filter = filter_new(expression, link_types[i], i == 0 ? error : &unused);
        if (filter != NULL) {
            filter_free(filter);
            return true;
        }
    }
    return false;
}

bool filter_wants(const struct filter *filter, const struct frame *frame) {
    /* The time is of no use to a program. */
    struct pcap_pkthdr header = {.caplen = frame->captured, .len = frame->wire_length};

    return pcap_offline_filter(&filter->program, &header, frame->bytes) != 0;
}
