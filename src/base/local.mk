# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/base/address.h
