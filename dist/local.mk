# SPDX-License-Identifier: BSD-3-Clause

# The unit of systemd that watches an interface all the time.
systemdsystemunitdir = $(prefix)/lib/systemd/system
systemdsystemunit_DATA = dist/finwait@.service
CLEANFILES += dist/finwait@.service
EXTRA_DIST += dist/finwait@.service.in
dist/finwait@.service: dist/finwait@.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/dist/finwait@.service.in >$@.new && mv $@.new $@
