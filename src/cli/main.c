/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/analyze.h"
#include "cli/check.h"
#include "cli/complain.h"
#include "cli/diff.h"
#include "cli/explain.h"
#include "cli/interrupt.h"
#include "cli/memory.h"

#include <stddef.h>
#include <string.h>

/* Commands are named by the first argument; without one, analyze is meant. */
static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"analyze", analyze},
    {"check", check},
    {"diff", diff},
    {"explain", explain},
};

int main(int argc, char **argv) {
    interrupt_install();
    memory_guard_json();
    if (!memory_is_in_reach())
        return EXIT_TROUBLE;
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return analyze(argc, argv);
}
