# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/capture/capture.c src/capture/capture.h src/capture/frame.h
libfinwait_a_SOURCES += src/capture/reading.c src/capture/reading.h src/capture/listing.c
libfinwait_a_SOURCES += src/capture/filter.c src/capture/filter.h src/capture/filter_words.c
libfinwait_a_SOURCES += src/capture/input.c src/capture/input.h src/capture/unpack.c src/capture/unpack.h
libfinwait_a_SOURCES += src/capture/mapping.c src/capture/mapping.h
libfinwait_a_SOURCES += src/capture/source.c src/capture/source.h src/capture/link_type.c
libfinwait_a_SOURCES += src/capture/pcap.c src/capture/pcapng.c src/capture/pcapng.h
libfinwait_a_SOURCES += src/capture/writer.c src/capture/writer.h
libfinwait_a_SOURCES += src/capture/live.c src/capture/live.h src/capture/live_filter.c src/capture/live_list.c
libfinwait_a_SOURCES += src/capture/live_clock.c src/capture/live_clock.h
libfinwait_a_SOURCES += src/capture/snoop.c src/capture/erf.c
if HAVE_LIBARCHIVE
libfinwait_a_SOURCES += src/capture/unarchive.c
endif
if HAVE_ZLIB
libfinwait_a_SOURCES += src/capture/inflate.c
endif
