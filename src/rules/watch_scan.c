/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/watch_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One source that tries many ports and gets nowhere. */

enum { PORTS = 65536, WORDS = PORTS / 64, FEW = 32 };

struct scanner {
    struct subject subject;
    uint32_t ports;    /* distinct ones */
    uint32_t attempts; /* connections that failed */
    size_t finding;    /* number, 0: none */
    uint16_t few[FEW]; /* the ports, while there are no more */
    uint64_t *all;     /* owned; a bit for each port, once there are more */
    struct capture_evidence evidence;
};

static void forget(void *context, struct subject *subject) {
    (void)context;
    free(((struct scanner *)subject)->all);
}

struct subjects *scanners_new(struct watch *watch, const uint64_t key[2]) {
    struct subjects *scanners = subjects_new(sizeof(struct scanner), WATCH_SUBJECTS, key);
    if (scanners != NULL)
        subjects_on_forget(scanners, forget, watch);
    return scanners;
}

static void set(struct scanner *scanner, uint16_t port) {
    scanner->all[port / 64] |= UINT64_C(1) << port % 64;
}

static bool is_known(const struct scanner *scanner, uint16_t port) {
    if (scanner->all != NULL)
        return (scanner->all[port / 64] >> port % 64 & 1) != 0;
    for (uint32_t i = 0; i < scanner->ports; i++) {
        if (scanner->few[i] == port)
            return true;
    }
    return false;
}

static bool note_port(struct scanner *scanner, uint16_t port) {
    if (is_known(scanner, port))
        return true;
    if (scanner->all == NULL && scanner->ports == FEW) {
        scanner->all = calloc(WORDS, sizeof *scanner->all);
        if (scanner->all == NULL)
            return false;
        for (uint32_t i = 0; i < FEW; i++)
            set(scanner, scanner->few[i]);
    }
    if (scanner->all != NULL)
        set(scanner, port);
    else
        scanner->few[scanner->ports] = port;
    scanner->ports++;
    return true;
}

static void tell(struct watch *watch, struct scanner *scanner, const struct watch_event *event) {
    struct capture_finding *finding = watch_finding(watch, scanner->finding);
    char address[ADDRESS_TEXT_SIZE];
    if (finding == NULL)
        return;
    finding->evidence = scanner->evidence;
    finding->connection_count = finding->count = scanner->attempts;
    finding->last_frame = event->frame > finding->last_frame ? event->frame : finding->last_frame;
    capture_finding_say(finding,
                        "%s tried %" PRIu32 " different ports in %" PRIu32
                        " attempts that were refused, never answered, broken off or made no sense.",
                        address_text(&scanner->subject.address, address), scanner->ports, scanner->attempts);
}

bool scan_take(struct watch *watch, const struct watch_event *event) {
    struct scanner *scanner = (struct scanner *)subjects_get(watch->scanners, &event->address, 0);
    if (scanner == NULL || !note_port(scanner, event->port))
        return false;
    scanner->attempts++;
    evidence_add_frame(&scanner->evidence, event->frame);
    evidence_add_connection(&scanner->evidence, event->connection);
    if (scanner->ports <= watch->settings.scan_ports)
        return true;
    if (scanner->finding == 0 &&
        !watch_raise(watch, ANOMALY_SCAN_SUSPECTED, &scanner->subject, event, &scanner->finding))
        return false;
    tell(watch, scanner, event);
    return true;
}
