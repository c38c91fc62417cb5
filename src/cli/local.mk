# SPDX-License-Identifier: BSD-3-Clause
finwait_SOURCES += src/cli/main.c
finwait_SOURCES += src/cli/analyze.c src/cli/analyze.h src/cli/check.c src/cli/check.h src/cli/diff.c src/cli/diff.h src/cli/completions.c src/cli/completions.h src/cli/terminal.c src/cli/terminal.h
finwait_SOURCES += src/cli/running.c src/cli/running.h src/cli/watch.c src/cli/watch.h src/cli/privileges.c src/cli/privileges.h
finwait_SOURCES += src/cli/explain.c src/cli/explain.h
finwait_SOURCES += src/cli/options.c src/cli/options.h src/cli/configuration.c src/cli/configuration.h
finwait_SOURCES += src/cli/option_table.h src/cli/table.c src/cli/setters.c src/cli/setters.h src/cli/value.c src/cli/value.h
finwait_SOURCES += src/cli/habits.c src/cli/habits.h src/cli/help.c src/cli/help.h src/cli/operands.c src/cli/operands.h
finwait_SOURCES += src/cli/memory.c src/cli/memory.h
finwait_SOURCES += src/cli/confine.c src/cli/confine.h src/cli/sandbox.c src/cli/sandbox.h
finwait_SOURCES += src/cli/complain.c src/cli/complain.h src/cli/progress.c src/cli/progress.h
finwait_SOURCES += src/cli/destination.c src/cli/destination.h src/cli/interrupt.c src/cli/interrupt.h

# Completions of the shells come from the program's own table of options, the schema of expectations from that of reports, so only a program that runs here can give them.
if NATIVE
completions = src/cli/completions/finwait src/cli/completions/_finwait src/cli/completions/finwait.fish
bashcompletiondir = $(datadir)/bash-completion/completions
bashcompletion_DATA = src/cli/completions/finwait
zshcompletiondir = $(datadir)/zsh/site-functions
zshcompletion_DATA = src/cli/completions/_finwait
fishcompletiondir = $(datadir)/fish/vendor_completions.d
fishcompletion_DATA = src/cli/completions/finwait.fish
CLEANFILES += $(completions) src/cli/finwait-expect.schema.json
pkgdata_DATA += src/cli/finwait-expect.schema.json
src/cli/finwait-expect.schema.json: finwait$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ./finwait$(EXEEXT) check --schema >$@.new && mv $@.new $@
src/cli/completions/finwait: finwait$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ./finwait$(EXEEXT) --completions bash >$@.new && mv $@.new $@
src/cli/completions/_finwait: finwait$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ./finwait$(EXEEXT) --completions zsh >$@.new && mv $@.new $@
src/cli/completions/finwait.fish: finwait$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ./finwait$(EXEEXT) --completions fish >$@.new && mv $@.new $@
endif
