# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/report/output.c src/report/output.h
libfinwait_a_SOURCES += src/report/report.h src/report/summary.h
