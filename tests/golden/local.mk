# SPDX-License-Identifier: BSD-3-Clause

# Expected reports, and what holds the program's against them.
EXTRA_DIST += tests/golden/compare.sh tests/golden/digests
EXTRA_DIST += $(wildcard $(srcdir)/tests/golden/*/*.txt) $(wildcard $(srcdir)/tests/golden/*/*.json)
EXTRA_DIST += $(wildcard $(srcdir)/tests/golden/drawings/*)
TESTS += tests/golden/compare.sh
