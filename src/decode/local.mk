# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/decode/decode.c src/decode/decode.h src/decode/segment.h src/decode/walk.h
libfinwait_a_SOURCES += src/decode/encapsulation.c src/decode/encapsulation.h src/decode/encapsulation_table.h
libfinwait_a_SOURCES += src/decode/pairing.c src/decode/pairing.h
libfinwait_a_SOURCES += src/decode/link.c src/decode/lan.c src/decode/wireless.c src/decode/recorded.c
libfinwait_a_SOURCES += src/decode/ethertype.c src/decode/ppp.c src/decode/mpls.c
libfinwait_a_SOURCES += src/decode/ip.c src/decode/protocol.c src/decode/fragments.c src/decode/fragments.h
libfinwait_a_SOURCES += src/decode/gre.c src/decode/udp.c src/decode/ipcomp.c src/decode/ipcomp.h src/decode/l2tp.c src/decode/icmp.c
libfinwait_a_SOURCES += src/decode/checksum.c src/decode/checksum.h
libfinwait_a_SOURCES += src/decode/oddities.c src/decode/oddities.h
libfinwait_a_SOURCES += src/decode/options.c src/decode/options.h
libfinwait_a_SOURCES += src/decode/tcp.c src/decode/tcp.h src/decode/direct.c src/decode/direct.h
