/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_INTERRUPT_H
#define FINWAIT_CLI_INTERRUPT_H

#include <signal.h>

/* The number of the signal that asked the program to stop, 0 while none has. */
extern volatile sig_atomic_t interrupt_signal;

/* From now on the first SIGINT or SIGTERM is only noted in interrupt_signal, so that the report can be finished, and a
 * second one ends the program at once. A system call that waits is woken. SIGPIPE is ignored: a reader that has gone is
 * seen as a write error. A signal that the caller of the program had set to be ignored stays ignored. */
void interrupt_install(void);

#endif
