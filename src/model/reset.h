/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_RESET_H
#define FINWAIT_MODEL_RESET_H

#include "model/internal.h"

/* What the files about RSTs share: reset.c finds out what one does to both sides, reset_kind.c what it is. */

enum validity { VALID, INEXACT, OUT_OF_WINDOW, UNACCEPTABLE, NOBODY };

/* Working notes on one RST. */
struct reset {
    struct arrival *arrival;
    const struct recent_segment *answered; /* segment of y that this answers, or NULL */
    enum validity validity;
    enum tcp_state sender_state; /* before it */
    enum tcp_state receiver_state;
    bool bare;
    bool elsewhere; /* its hop limit is not that of what its sender sent before: it may be forged */
    bool plausible;
    bool late;    /* answers the FIN of y later than the guard allows for */
    bool ignored; /* by a TIME_WAIT that obeys no RST */
    bool guessed; /* something was taken out of the sender's path without proof */
};

/* It says no more than that one segment did not belong: to the listener, or to the opening under way. */
bool reset_rejects_one_segment(const struct reset *reset);

/* Nothing listens: the RST says that there was never a connection at x (RFC 9293 3.10.7.1). */
bool reset_is_refusal(const struct reset *reset);

/* Exactly one kind for each RST, in the order of inference.md A.9. */
enum reset_kind reset_kind_of(const struct reset *reset);

#endif
