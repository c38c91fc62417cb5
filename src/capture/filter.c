/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <nss.h>
#endif

struct filter {
    struct bpf_program program;
};

enum { SNAPLEN = 262144 }; /* what a matching program returns; only zero or not matters here */

/* Services and protocols are to be found in /etc alone, and no name server asked. The C library keeps this for
 * the process, so it is asked only where such a name is to be looked up; nothing else in the process looks up any. */
static void look_up_in_files(void) {
#ifdef __GLIBC__
    static const char *const databases[] = {"hosts", "networks", "services", "protocols"};

    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
        __nss_configure_lookup(databases[i], "files");
#endif
}

static bool compile(struct filter *filter, const char *expression, int link_type, struct message *error) {
    pcap_t *pcap = pcap_open_dead_with_tstamp_precision(link_type, SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
    bool compiled;

    if (pcap == NULL) {
        message_set(error, "filter: out of memory");
        return false;
    }
    if (filter_names_services(expression))
        look_up_in_files();
    compiled = pcap_compile(pcap, &filter->program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!compiled)
        message_set(error, "filter \"%s\": %s; see pcap-filter(7)", expression, pcap_geterr(pcap));
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

/* --- several link types --- */

enum { LINK_TYPES = 32 }; /* kept at a time; a capture with more of them has some compiled again and again */

struct filters {
    char *expression;
    size_t count;
    struct {
        int link_type;
        struct filter *filter; /* NULL: does not compile */
        struct message reason;
    } rows[LINK_TYPES]; /* the one used last comes first */
};

struct filters *filters_new(const char *expression) {
    struct filters *filters = calloc(1, sizeof *filters);

    if (filters != NULL && (filters->expression = strdup(expression)) == NULL) {
        free(filters);
        return NULL;
    }
    return filters;
}

void filters_free(struct filters *filters) {
    if (filters == NULL)
        return;
    for (size_t i = 0; i < filters->count; i++)
        filter_free(filters->rows[i].filter);
    free(filters->expression);
    free(filters);
}

/* Exchanges a row with the first. */
static void bring_forward(struct filters *filters, size_t index) {
    __typeof__(filters->rows[0]) row = filters->rows[index];

    filters->rows[index] = filters->rows[0];
    filters->rows[0] = row;
}

const struct filter *filters_for(struct filters *filters, int link_type, struct message *error) {
    size_t index = 0;

    while (index < filters->count && filters->rows[index].link_type != link_type)
        index++;
    if (index == filters->count) {
        if (index == LINK_TYPES)
            filter_free(filters->rows[--index].filter);
        filters->rows[index].link_type = link_type;
        filters->rows[index].filter = filter_new(filters->expression, link_type, &filters->rows[index].reason);
        filters->count = index + 1;
    }
    if (index != 0)
        bring_forward(filters, index);
    if (filters->rows[0].filter == NULL && error != NULL)
        *error = filters->rows[0].reason;
    return filters->rows[0].filter;
}
