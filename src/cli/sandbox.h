/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_SANDBOX_H
#define FINWAIT_CLI_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* Gives up what the run has no need of, before the first octet of a capture is read: of the files only those that were
 * named stay within reach (Landlock), and of the system calls only what reading, computing and writing need (seccomp):
 * no network, no other program. What the kernel does not have is left out without a word; so is what a sanitizer or
 * coverage counters would trip over in a build with these. */

/* Sanitizers look at the process itself through /proc when it ends, and stop it with calls that no filter foresees. */
#if defined __SANITIZE_ADDRESS__
#define UNDER_SANITIZER 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

/* What the run will need. Begin, allow, enter; or begin and abandon. */
struct sandbox {
    int ruleset;    /* -1: files cannot be confined */
    int abi;        /* of the kernel's Landlock; 0: it has none */
    uint64_t files; /* ways of access that are refused unless allowed */
    bool live;      /* frames are taken of interfaces that are open */
};

enum sandbox_layer { SANDBOX_FILES = 1 << 0, SANDBOX_CALLS = 1 << 1 };

/* Confines nothing yet. Where the kernel has no Landlock there is no ruleset, and files will not be confined. */
void sandbox_begin(struct sandbox *sandbox);

/* These may be called with names of what is not there, or "-" or NULL, and then change nothing. */
void sandbox_allow_reading(struct sandbox *sandbox, const char *path); /* a file, or a directory and all beneath it */
/* A file to be made, or emptied and written: it, and what lies in its directory. Of what exists and is no regular file
 * (a terminal, a pipe) only it. */
void sandbox_allow_output(struct sandbox *sandbox, const char *path);
/* Files made, replaced and read in a directory. */
void sandbox_allow_directory(struct sandbox *sandbox, const char *path);

/* Confines the calling thread and all that it starts from now on; returns the layers that are in force. Descriptors
 * that are open stay usable. */
unsigned sandbox_enter(struct sandbox *sandbox);
void sandbox_abandon(struct sandbox *sandbox);

#endif
