# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/engine/engine.c src/engine/engine.h src/engine/run.c src/engine/run.h
libfinwait_a_SOURCES += src/engine/analyser.c src/engine/analyser.h src/engine/arrived.h src/engine/look.c src/engine/look.h src/engine/partition.h
libfinwait_a_SOURCES += src/engine/batch.c src/engine/batch.h src/engine/crew.c src/engine/crew.h src/engine/crew_internal.h src/engine/merge.c src/engine/notes.c src/engine/notes.h src/engine/kinds.c src/engine/kinds.h
libfinwait_a_SOURCES += src/engine/live_run.c src/engine/run_internal.h
libfinwait_a_SOURCES += src/engine/news.c src/engine/news.h
libfinwait_a_SOURCES += src/engine/evidence.c src/engine/evidence_internal.h src/engine/evidence_save.c src/engine/evidence.h
