# SPDX-License-Identifier: BSD-3-Clause
finwait_SOURCES += src/cli/main.c
finwait_SOURCES += src/cli/analyze.c src/cli/analyze.h src/cli/check.c src/cli/check.h src/cli/diff.c src/cli/diff.h src/cli/terminal.c src/cli/terminal.h
finwait_SOURCES += src/cli/explain.c src/cli/explain.h
finwait_SOURCES += src/cli/options.c src/cli/options.h src/cli/configuration.c src/cli/configuration.h
finwait_SOURCES += src/cli/option_table.h src/cli/table.c src/cli/setters.c src/cli/setters.h src/cli/value.c src/cli/value.h
finwait_SOURCES += src/cli/help.c src/cli/help.h
finwait_SOURCES += src/cli/complain.c src/cli/complain.h src/cli/progress.c src/cli/progress.h
finwait_SOURCES += src/cli/destination.c src/cli/destination.h src/cli/interrupt.c src/cli/interrupt.h
