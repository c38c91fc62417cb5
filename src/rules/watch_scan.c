/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/watch_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One source that tries many ports and gets nowhere. Of one that tried once little is kept: in a flood each is another.
 */

enum { PORTS = 65536, WORDS = PORTS / 64, FEW = 32 };

struct tried {
    uint32_t ports;    /* distinct ones */
    size_t finding;    /* number, 0: none */
    uint16_t few[FEW]; /* the ports, while there are no more */
    uint64_t *all;     /* owned; a bit for each port, once there are more */
    struct capture_evidence evidence;
};

struct scanner {
    struct subject subject;
    uint32_t attempts; /* connections that failed */
    uint16_t port;     /* of the first */
    uint64_t frame;
    uint64_t connection;
    struct tried *tried; /* owned; NULL while there is one attempt */
};

static void forget(void *context, struct subject *subject) {
    struct tried *tried = ((struct scanner *)subject)->tried;
    (void)context;
    if (tried == NULL)
        return;
    free(tried->all);
    free(tried);
}

struct subjects *scanners_new(struct watch *watch, const uint64_t key[2]) {
    struct subjects *scanners = subjects_new(sizeof(struct scanner), WATCH_SUBJECTS, key);
    if (scanners != NULL)
        subjects_on_forget(scanners, forget, watch);
    return scanners;
}

static void set(struct tried *tried, uint16_t port) {
    tried->all[port / 64] |= UINT64_C(1) << port % 64;
}

static bool is_known(const struct tried *tried, uint16_t port) {
    if (tried->all != NULL)
        return (tried->all[port / 64] >> port % 64 & 1) != 0;
    for (uint32_t i = 0; i < tried->ports; i++) {
        if (tried->few[i] == port)
            return true;
    }
    return false;
}

static bool note_port(struct tried *tried, uint16_t port) {
    if (is_known(tried, port))
        return true;
    if (tried->all == NULL && tried->ports == FEW) {
        tried->all = calloc(WORDS, sizeof *tried->all);
        if (tried->all == NULL)
            return false;
        for (uint32_t i = 0; i < FEW; i++)
            set(tried, tried->few[i]);
    }
    if (tried->all != NULL)
        set(tried, port);
    else
        tried->few[tried->ports] = port;
    tried->ports++;
    return true;
}

static void tell(struct watch *watch, struct scanner *scanner, const struct watch_event *event) {
    struct capture_finding *finding = watch_finding(watch, scanner->tried->finding);
    char address[ADDRESS_TEXT_SIZE];
    if (finding == NULL)
        return;
    finding->evidence = scanner->tried->evidence;
    finding->connection_count = finding->count = scanner->attempts;
    finding->last_frame = event->frame > finding->last_frame ? event->frame : finding->last_frame;
    capture_finding_say(finding,
                        "%s tried %" PRIu32 " different ports in %" PRIu32
                        " attempts that were refused, never answered, broken off or made no sense.",
                        address_text(&scanner->subject.address, address), scanner->tried->ports, scanner->attempts);
}

static bool note(struct tried *tried, uint16_t port, uint64_t frame, uint64_t connection) {
    evidence_add_frame(&tried->evidence, frame);
    evidence_add_connection(&tried->evidence, connection);
    return note_port(tried, port);
}

/* What it tried, beginning with the one attempt that there was. False when memory is out. */
static bool begin_list(struct scanner *scanner) {
    scanner->tried = calloc(1, sizeof *scanner->tried);
    return scanner->tried != NULL && note(scanner->tried, scanner->port, scanner->frame, scanner->connection);
}

bool scan_take(struct watch *watch, uint64_t hash, const struct watch_event *event) {
    struct scanner *scanner = (struct scanner *)subjects_get(watch->scanners, hash, &event->address, 0);
    if (scanner == NULL)
        return false;
    if (scanner->attempts++ == 0) {
        scanner->port = event->port;
        scanner->frame = event->frame;
        scanner->connection = event->connection;
        return true;
    }
    if ((scanner->tried == NULL && !begin_list(scanner)) ||
        !note(scanner->tried, event->port, event->frame, event->connection))
        return false;
    if (scanner->tried->ports <= watch->settings.scan_ports)
        return true;
    if (scanner->tried->finding == 0 &&
        !watch_raise(watch, ANOMALY_SCAN_SUSPECTED, &scanner->subject, event, &scanner->tried->finding))
        return false;
    tell(watch, scanner, event);
    return true;
}
