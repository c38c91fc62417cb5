/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_ENCAPSULATION_H
#define FINWAIT_DECODE_ENCAPSULATION_H

#include <stdint.h>

/* What stood between the link layer and the innermost IP header, outermost first. */
enum encapsulation_kind {
    ENCAPSULATION_VLAN = 1,
    ENCAPSULATION_BACKBONE, /* IEEE 802.1ah */
    ENCAPSULATION_MPLS,
    ENCAPSULATION_PPPOE,
    ENCAPSULATION_4IN4,
    ENCAPSULATION_6IN4,
    ENCAPSULATION_4IN6,
    ENCAPSULATION_6IN6,
    ENCAPSULATION_ETHERIP,
    ENCAPSULATION_ETHERNET_IN_IP,
    ENCAPSULATION_MINIMAL,
    ENCAPSULATION_GRE,
    ENCAPSULATION_GRE_KEY,
    ENCAPSULATION_NVGRE,
    ENCAPSULATION_ERSPAN,
    ENCAPSULATION_PPTP,
    ENCAPSULATION_VXLAN,
    ENCAPSULATION_GENEVE,
    ENCAPSULATION_GUE,
    ENCAPSULATION_GTP,
    ENCAPSULATION_L2TP,
    ENCAPSULATION_L2TPV3,
    ENCAPSULATION_TEREDO,
    ENCAPSULATION_AYIYA,
    ENCAPSULATION_CAPWAP,
    ENCAPSULATION_LISP,
    ENCAPSULATION_TZSP,
    ENCAPSULATION_FABRICPATH,
    ENCAPSULATION_TRILL,
    ENCAPSULATION_NSH,
    ENCAPSULATION_IPCOMP,
    ENCAPSULATION_OTHER = 255, /* the one entry for all that the table had no room for; it has no other layer */
};

enum { ENCAPSULATION_LAYERS = 8 };

struct encapsulation {
    uint8_t count;
    struct {
        uint8_t kind; /* enum encapsulation_kind */
        uint32_t id;  /* VLAN identifier, VNI, label, ...; 0 where the kind has none */
    } layers[ENCAPSULATION_LAYERS];
};

/* A bounded table of the distinct encapsulations of a run; a segment carries an index into it, 0 for none. */
struct encapsulations;

/* The entry behind an index; an index that was never handed out gives an entry with count 0. Borrowed. */
const struct encapsulation *encapsulations_get(const struct encapsulations *table, uint32_t index);

enum { ENCAPSULATION_TEXT_SIZE = 24 };
/* "vlan:10" for layer number `layer` (from 0) of the entry. */
const char *encapsulation_text(const struct encapsulation *entry, unsigned layer, char text[ENCAPSULATION_TEXT_SIZE]);

#endif
