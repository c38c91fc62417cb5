# SPDX-License-Identifier: BSD-3-Clause
# The model layer: both ends of each connection
libfinwait_a_SOURCES += \
	src/model/account.c \
	src/model/ack_loop.c \
	src/model/arrival.c \
	src/model/carriage.c \
	src/model/carriage.h \
	src/model/confirm.c \
	src/model/connection.h \
	src/model/connections.c \
	src/model/cookies.c \
	src/model/deadlines.c \
	src/model/deadlines.h \
	src/model/endpoint.h \
	src/model/ended.c \
	src/model/ended.h \
	src/model/facts.c \
	src/model/flow_table.c \
	src/model/flow_table.h \
	src/model/incarnation.c \
	src/model/internal.h \
	src/model/liveness.c \
	src/model/liveness.h \
	src/model/kept.c \
	src/model/kept.h \
	src/model/log.c \
	src/model/model.c \
	src/model/model.h \
	src/model/observation.h \
	src/model/oddities.c \
	src/model/opening.c \
	src/model/path.c \
	src/model/path.h \
	src/model/profile.c \
	src/model/profile.h \
	src/model/place.c \
	src/model/receiving.c \
	src/model/reset.c \
	src/model/sending.c \
	src/model/state.c \
	src/model/state.h \
	src/model/steady.c \
	src/model/time_wait.c \
	src/model/timing.c \
	src/model/verdict.c \
	src/model/verdict.h
