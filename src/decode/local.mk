# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/decode/decode.c src/decode/decode.h src/decode/segment.h src/decode/walk.h
libfinwait_a_SOURCES += src/decode/encapsulation.c src/decode/encapsulation.h src/decode/encapsulation_table.h
libfinwait_a_SOURCES += src/decode/checksum.c src/decode/checksum.h
libfinwait_a_SOURCES += src/decode/icmp.c src/decode/ip.c src/decode/link.c
libfinwait_a_SOURCES += src/decode/oddities.c
libfinwait_a_SOURCES += src/decode/options.c src/decode/options.h
libfinwait_a_SOURCES += src/decode/tcp.c
