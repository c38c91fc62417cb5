# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += script/archive script/functions.sh script/fuzz script/release script/mutate script/run script/setup script/test script/test-dist script/test-package script/test-threads script/test-totals script/test-valgrind
# What script/test-kernel has beside the parts of script/make-samples.
EXTRA_DIST += script/samplekit/judge.py script/samplekit/record.py script/samplekit/rough.py script/samplekit/stacks.py script/samplekit/traffic.py
