/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_INTERRUPT_H
#define FINWAIT_CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* The number of the signal that asked the program to stop, 0 while none has. */
extern volatile sig_atomic_t interrupt_signal;

/* From now on the first SIGINT, SIGTERM or SIGHUP is only noted in interrupt_signal, so that the report can be
 * finished, and then SIGINT or SIGTERM ends the program at once. A system call that waits is woken. SIGPIPE and SIGXFSZ
 * are ignored: a reader that has gone, and a file that is as long as it may be, are seen as write errors. A signal that
 * the caller of the program had set to be ignored stays ignored. */
void interrupt_install(void);

/* SIGUSR1 has asked for statistics, SIGHUP for the output to be opened anew; whoever does that sets them to 0. */
extern volatile sig_atomic_t interrupt_statistics;
extern volatile sig_atomic_t interrupt_reopen;

/* From now on SIGUSR1 is noted, and SIGHUP is a wish to reopen where there is something to reopen. */
void interrupt_install_live(bool can_reopen);

#endif
