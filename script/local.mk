# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += script/functions.sh script/run script/setup script/test script/test-dist script/test-totals
