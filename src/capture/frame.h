/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_FRAME_H
#define FINWAIT_CAPTURE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

/* A captured frame, as the capture layer hands it over. bytes are borrowed until the next frame or batch
 * of frames is read. */
struct frame {
    uint64_t number; /* from 1 through all captures of the run, filtered-out frames counted */
    int64_t time;    /* ns since 1970 UTC, held between 1824 and 2116 */
    const uint8_t *bytes;
    uint32_t captured;    /* octets present */
    uint32_t wire_length; /* octets on the wire */
    int link_type;        /* DLT_ value of libpcap */
    uint32_t interface;   /* index of the interface within its capture */
    uint32_t capture;     /* index of the capture within the run */
    bool filtered;        /* the capture's filter does not want it */

    /* --- of pcapng frames, for those who copy them; 0 and NULL of others --- */
    bool options_swapped;   /* the options are not in this machine's byte order */
    uint32_t option_octets; /* present at options */
    const uint8_t *options; /* as in the file; borrowed like bytes */
    uint64_t ticks;         /* the time as in the file, in units of the interface's clock */
};

#endif
