/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/habits.h"

#include <stddef.h>
#include <string.h>

static const char prints[] =
    "no packet is printed; --ladder draws those of a connection, --segments lists them in JSON";
static const char rotates[] =
    "-w and -o open their files anew at SIGHUP, as logrotate sends it, and --duration or -c end a run";
static const char times[] =
    "times count from the first frame, whose date the summary tells; each line of -i begins with the date";
static const char filters[] = "-f takes a pcap-filter(7), such as \"tcp port 443\"";
static const char links[] = "the link type is the one that the interface or the file has";

/* In the order of letters. A letter with two meanings has the hint for both. */
static const struct habit {
    char letter;      /* 0: none */
    const char *name; /* NULL: none */
    const char *hint;
} habits[] = {
    {'#', "number", prints},
    {'A', NULL, prints},
    {'C', NULL, rotates},
    {'F', NULL, "-f \"$(cat FILE)\" takes a filter from a file, and -w writes pcapng"},
    {'G', NULL, rotates},
    {'I', "monitor-mode", "the interface is watched in the mode that it is in"},
    {'J', "list-time-stamp-types", "the interface's own choice of clock is taken"},
    {'K', "dont-verify-checksums", "--ignore checksum-bad leaves out what is said of wrong checksums"},
    {'L', "list-data-link-types", links},
    {'N', NULL, "no name is ever looked up"},
    {'O', "no-optimize", "a filter is always optimised"},
    {'Q', "direction", "a filter chooses a direction: inbound, outbound or src host ADDRESS"},
    {'R', NULL, filters},
    {'S', "absolute-tcp-sequence-numbers",
     "--format json has the first sequence number of each side (isn), to which the others are relative"},
    {'T', NULL, "--format chooses the report: text, json, ndjson, html, svg, dot or mermaid"},
    {'V', NULL, "--details prints all of a connection; files are operands"},
    {'W', NULL, rotates},
    {'X', NULL, prints},
    {'Y', NULL, filters},
    {'a', NULL, "--duration SECONDS and -c N end a run"},
    {'b', NULL, rotates},
    {'e', NULL, prints},
    {'q', NULL, "--summary prints only findings and totals"},
    {'t', NULL, times},
    {'v', NULL, "--details prints all of a connection, --version the version of finwait"},
    {'x', NULL, prints},
    {'y', "linktype", links},
    {'z', NULL, "the summary counts connections, --census their states"},
    {0, "display-filter", filters},
    {0, "immediate-mode", "it is called --immediate"},
    {0, "packet-buffered", "frames are written as soon as they are seen"},
    {0, "print", prints},
    {0, "relinquish-privileges", "it is called --user"},
    {0, "time-stamp-precision", "times have nanoseconds wherever the capture has them"},
    {0, "time-stamp-type", "the interface's own choice of clock is taken"},
};
enum { HABITS = sizeof habits / sizeof *habits };

const char *habit_letter(int letter) {
    for (size_t i = 0; i < HABITS; i++)
        if (habits[i].letter != 0 && habits[i].letter == letter)
            return habits[i].hint;
    return NULL;
}

const char *habit_name(const char *name) {
    for (size_t i = 0; i < HABITS; i++)
        if (habits[i].name != NULL && strcmp(habits[i].name, name) == 0)
            return habits[i].hint;
    return NULL;
}
