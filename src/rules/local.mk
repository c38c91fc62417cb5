# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/rules/catalogue.h src/rules/findings.h src/rules/rules.h src/rules/rule.h
libfinwait_a_SOURCES += src/rules/catalogue.def src/rules/catalogue.c src/rules/rules.c src/rules/raise.c src/rules/words.c
libfinwait_a_SOURCES += src/rules/sentence.c src/rules/said.c src/rules/said.h
libfinwait_a_SOURCES += src/rules/handshake.c src/rules/handshake_ack.c src/rules/handshake_options.c
libfinwait_a_SOURCES += src/rules/established.c src/rules/teardown.c src/rules/reset.c
libfinwait_a_SOURCES += src/rules/time_wait.c src/rules/reuse.c src/rules/keepalive.c src/rules/window.c
libfinwait_a_SOURCES += src/rules/selection.c src/rules/selection.h
libfinwait_a_SOURCES += src/rules/capture_quality.c src/rules/recording.c src/rules/disorder.c
libfinwait_a_SOURCES += src/rules/across.c src/rules/subjects.c src/rules/subjects.h
libfinwait_a_SOURCES += src/rules/watch.c src/rules/watch.h src/rules/watch_internal.h
libfinwait_a_SOURCES += src/rules/watch_flood.c src/rules/watch_pile.c src/rules/watch_scan.c
libfinwait_a_SOURCES += src/rules/views.c src/rules/views.h
libfinwait_a_SOURCES += src/rules/attack.c src/rules/malformed.c
libfinwait_a_SOURCES += src/rules/explanation.c src/rules/explanation.h src/rules/explanations.def
libfinwait_a_SOURCES += src/rules/mapping.c src/rules/mapping.h src/rules/mappings.def
