# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/capture/capture.h src/capture/frame.h
