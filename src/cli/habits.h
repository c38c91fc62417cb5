/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_HABITS_H
#define FINWAIT_CLI_HABITS_H

/* Options that people know from tcpdump, tshark and dumpcap and that finwait has not. */

/* What finwait has in the place of such a letter, or of such a long name without dashes, as a sentence's end; NULL: it
 * is none of them. */
const char *habit_letter(int letter);
const char *habit_name(const char *name);

#endif
