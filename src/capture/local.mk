# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/capture/capture.c src/capture/capture.h src/capture/frame.h
libfinwait_a_SOURCES += src/capture/filter.c src/capture/filter.h src/capture/filter_words.c
libfinwait_a_SOURCES += src/capture/mapped.c src/capture/savefile.c src/capture/source.h
libfinwait_a_SOURCES += src/capture/stream.c src/capture/stream.h
