# SPDX-License-Identifier: BSD-3-Clause

# Texts that are made from the program's own tables and kept in the source, so that nobody needs the maker to read or
# install them. tests/check-texts demands that they are fresh.
check_PROGRAMS += docs/make-pages
docs_make_pages_SOURCES = docs/make-pages.c
docs_make_pages_LDADD = libfinwait.a $(PCAP_LIBS)
EXTRA_DIST += docs/anomalies.md docs/inference.md tests/mappings.md script/make-examples
EXTRA_DIST += docs/page-overview.png docs/page-connection.png script/make-screenshots

.PHONY: update-texts
update-texts: finwait tests/scenario
	$(srcdir)/script/make-examples $(abs_top_builddir) >examples.def.new && mv examples.def.new $(srcdir)/src/report/examples.def
	$(MAKE) finwait docs/make-pages
	docs/make-pages man >page.new && mv page.new $(srcdir)/man/finwait-anomalies.7
	docs/make-pages anomalies >page.new && mv page.new $(srcdir)/docs/anomalies.md
	docs/make-pages mappings >page.new && mv page.new $(srcdir)/tests/mappings.md

script_tests += tests/check-texts tests/cli/explain.sh
