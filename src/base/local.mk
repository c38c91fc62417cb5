# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/base/address.h
libfinwait_a_SOURCES += src/base/address.c
libfinwait_a_SOURCES += src/base/cursor.h
libfinwait_a_SOURCES += src/base/decimal.c src/base/decimal.h
libfinwait_a_SOURCES += src/base/message.c src/base/message.h
libfinwait_a_SOURCES += src/base/sha1.c src/base/sha1.h
libfinwait_a_SOURCES += src/base/sha256.c src/base/sha256.h
libfinwait_a_SOURCES += src/base/ranges.c src/base/ranges.h
libfinwait_a_SOURCES += src/base/slab.c src/base/slab.h
libfinwait_a_SOURCES += src/base/pool.c src/base/pool.h
libfinwait_a_SOURCES += src/base/pack.c src/base/pack.h
libfinwait_a_SOURCES += src/base/order.c src/base/order.h
libfinwait_a_SOURCES += src/base/nearest.c src/base/nearest.h
libfinwait_a_SOURCES += src/base/room.c src/base/room.h
libfinwait_a_SOURCES += src/base/utf8.c src/base/utf8.h
