# SPDX-License-Identifier: BSD-3-Clause
finwait_SOURCES += src/cli/main.c
