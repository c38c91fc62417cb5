# SPDX-License-Identifier: BSD-3-Clause
dist_man_MANS += man/finwait.1
dist_man_MANS += man/finwait-check.1 man/finwait-diff.1 man/finwait-report.5
dist_man_MANS += man/finwait-anomalies.7
