/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/interrupt.h"

#include <stddef.h>

volatile sig_atomic_t interrupt_signal;

static void note(int number) {
    interrupt_signal = number;
    /* Whichever of the two comes second finds the default action. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

static void catch_signal(int number) {
    struct sigaction action;

    if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        return;
    action.sa_handler = note;
    sigemptyset(&action.sa_mask);
    action.sa_flags = 0; /* no SA_RESTART: a read from a pipe must not go on waiting */
    sigaction(number, &action, NULL);
}

void interrupt_install(void) {
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    signal(SIGPIPE, SIG_IGN);
}
