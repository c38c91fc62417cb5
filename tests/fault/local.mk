# SPDX-License-Identifier: BSD-3-Clause

# Failing allocations. The library to be preloaded is a program to automake: it needs no libtool for that.
check_PROGRAMS += tests/fault/failing.so
tests_fault_failing_so_SOURCES = tests/fault/failing.c
tests_fault_failing_so_CFLAGS = $(WARNING_CFLAGS) $(WERROR_CFLAGS) -fPIC
tests_fault_failing_so_LDFLAGS = -shared
tests_fault_failing_so_LDADD =
script_tests += tests/fault/allocations.sh
