#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What the shells offer after each word: bash as it would call the completion, zsh and fish where they are installed.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

PATH=$work/bin:$PATH
mkdir bin captures
ln -s "$finwait" bin/finwait
touch captures/one.pcap captures/two.pcap
for shell in bash zsh fish; do
    run --completions "$shell"
    expect "a completion for $shell" 0 err empty out finwait
    cp out "completion.$shell"
done
run --completions csh
expect 'an unknown shell' 2 out empty err "'csh' is not bash, zsh or fish"
"$finwait" --completions bash >/dev/full 2>err && status=0 || status=$?
expect 'a full disk' 2 err 'No space left'

# --- bash: tab WORD... is what it offers for the last word; out has an offer a line ---
tab() {
    # As bash splits a line: = is a word of its own.
    status=0
    bash --norc --noprofile -c '
        compopt() { :; }
        . ./completion.bash
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMPREPLY=()
        _finwait
        printf "%s\n" "${COMPREPLY[@]}"' bash "$@" >out 2>err || status=$?
}
tab finwait --min
expect 'bash: an option' 0 err empty out '^--min-severity$' out '!^--m[^i]'
tab finwait ''
expect 'bash: commands and files' 0 err empty out '^check$' out '^captures$'
tab finwait check ''
expect 'bash: no command behind a command' 0 out '^captures$' out '!^explain$'
tab finwait check --up
expect 'bash: an option of check' 0 out '^--update$'
tab finwait --up
expect 'bash: which only check has' 0 out '!update'
tab finwait --format ''
expect 'bash: formats' 0 out '^json$' out '!^tap$'
tab finwait check --format t
expect 'bash: formats of check' 0 out '^tap$' out '^text$' out '!^json$'
tab finwait --format = j
expect 'bash: behind =' 0 out '^json$'
tab finwait --format =
expect 'bash: right behind =' 0 out '^json$' out '^text$'
tab finwait --profile ''
expect 'bash: profiles' 0 out '^rfc$'
tab finwait --ignore fin-un
expect 'bash: anomalies' 0 out '^fin-unanswered$' out '!^syn'
tab finwait --ignore syn-refused,fin-un
expect 'bash: a list' 0 out '^syn-refused,fin-unanswered$'
tab finwait --fail-on war
expect 'bash: a severity' 0 out '^warning$'
tab finwait --read captures/o
expect 'bash: a file' 0 out '^captures/one.pcap$' out '!two'
tab finwait -w captures/t
expect 'bash: a file behind a letter' 0 out '^captures/two.pcap$'
"$finwait" -D 2>/dev/null | cut -d ' ' -f 2 >interfaces
for option in -i --interface; do
    tab finwait $option ''
    [ "$(sort -u out)" = "$(sort -u interfaces)" ] || fail "bash: interfaces behind $option"
    expect "bash: no file behind $option" 0 err empty out '!captures'
done
tab finwait --limit ''
expect 'bash: a number' 0 out '!.'
tab finwait explain TIME_
expect 'bash: a state to be explained' 0 out '^TIME_WAIT$'
tab finwait explain fin-unans
expect 'bash: an anomaly to be explained' 0 out '^fin-unanswered$'
tab finwait diff captures/
expect 'bash: captures of diff' 0 out '^captures/one.pcap$'
run --help=all
grep -oE -- '--[a-z][-a-z0-9]*' out | sort -u >options
while read -r option; do
    tab finwait "$option"
    expect "bash: $option" 0 out "^$option\$"
done <options

# --- zsh and fish ---
if command -v zsh >zsh.path; then
    zsh -n completion.zsh >out 2>err && status=0 || status=$?
    expect 'zsh reads it' 0 out empty err empty
    expect 'zsh: options of each command' 0 completion.zsh '--update\[' completion.zsh '--tolerance='
else
    echo 'completions.sh: no zsh here, its completion was not read'
fi
if command -v fish >fish.path; then
    HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work XDG_CACHE_HOME=$work fish -n completion.fish >out 2>err && status=0 || status=$?
    expect 'fish reads it' 0 out empty err empty
    offered() { # COMMAND LINE
        HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work XDG_CACHE_HOME=$work fish --no-config -c "source completion.fish; complete -C '$1'" >out 2>err && status=0 || status=$?
    }
    offered 'finwait check --up'
    expect 'fish: an option of check' 0 out '^--update'
    offered 'finwait --format '
    expect 'fish: formats' 0 out '^json' out '!^tap'
    offered 'finwait --up'
    expect 'fish: which only check has' 0 out '!--update'
    offered 'finwait explain TIME_'
    expect 'fish: a state to be explained' 0 out '^TIME_WAIT'
    offered 'finwait --only teardo'
    expect 'fish: a group' 0 out '^teardown'
    offered 'finwait --only teardown,fin-unans'
    expect 'fish: one more of a list' 0 out '^teardown,fin-unanswered'
    offered 'finwait chec'
    expect 'fish: a command' 0 out '^check'
else
    echo 'completions.sh: no fish here, its completion was not read'
fi
finish
