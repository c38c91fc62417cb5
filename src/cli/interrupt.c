/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/interrupt.h"

#include <stddef.h>

volatile sig_atomic_t interrupt_signal;
volatile sig_atomic_t interrupt_statistics;
volatile sig_atomic_t interrupt_reopen;

static void note(int number);

/* Back to the default action, unless the signal is ignored. */
static void stop_noting(int number) {
    struct sigaction action;

    if (sigaction(number, NULL, &action) == 0 && action.sa_handler == note)
        signal(number, SIG_DFL);
}

/* Whichever of them comes second ends the program. */
static void note(int number) {
    interrupt_signal = number;
    stop_noting(SIGINT);
    stop_noting(SIGTERM);
}

static void catch_signal(int number, void (*handler)(int)) {
    struct sigaction action;

    if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        return;
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    action.sa_flags = 0; /* no SA_RESTART: a read from a pipe must not go on waiting */
    sigaction(number, &action, NULL);
}

void interrupt_install(void) {
    catch_signal(SIGINT, note);
    catch_signal(SIGTERM, note);
    catch_signal(SIGHUP, note); /* the terminal is gone; a report in a file is still wanted */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static void note_wish(int number) {
    if (number == SIGUSR1)
        interrupt_statistics = 1;
    else
        interrupt_reopen = 1;
}

void interrupt_install_live(bool can_reopen) {
    catch_signal(SIGUSR1, note_wish);
    if (can_reopen)
        catch_signal(SIGHUP, note_wish);
}
