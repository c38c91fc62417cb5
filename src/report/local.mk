# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/report/output.c src/report/output.h
libfinwait_a_SOURCES += src/report/utf8.c src/report/utf8.h
libfinwait_a_SOURCES += src/report/time_text.c src/report/time_text.h
libfinwait_a_SOURCES += src/report/flags_text.c src/report/flags_text.h
libfinwait_a_SOURCES += src/report/json_emitter.c src/report/json_emitter.h
libfinwait_a_SOURCES += src/report/report.h src/report/summary.h
