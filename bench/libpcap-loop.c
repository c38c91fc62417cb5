/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

/*
 * The yardstick of script/bench: what merely reading a capture with libpcap costs. Prints the number of frames and of
 * octets captured in them.
 */
int main(int argc, char **argv) {
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const u_char *data;
    uint64_t frames = 0, octets = 0;
    int status;

    if (argc != 2) {
        fputs("usage: libpcap-loop FILE\n", stderr);
        return 2;
    }
    /* Asking for the precision that the file has spares libpcap a division for each packet. */
    pcap_t *pcap = pcap_open_offline_with_tstamp_precision(argv[1], PCAP_TSTAMP_PRECISION_NANO, error);
    if (pcap == NULL) {
        fprintf(stderr, "libpcap-loop: %s\n", error);
        return 2;
    }
    while ((status = pcap_next_ex(pcap, &header, &data)) == 1) {
        frames++;
        octets += header->caplen;
    }
    if (status != PCAP_ERROR_BREAK)
        fprintf(stderr, "libpcap-loop: %s: %s\n", argv[1], pcap_geterr(pcap));
    pcap_close(pcap);
    printf("%" PRIu64 " frames %" PRIu64 " octets\n", frames, octets);
    return status == PCAP_ERROR_BREAK ? 0 : 2;
}
