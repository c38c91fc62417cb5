#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: FINWAIT=PROGRAM tests/cli/terminal.sh
#
# What a terminal gets and a file does not: colour, and ASCII where the locale is not UTF-8. Skipped without script(1),
# which lends a terminal.
# shellcheck source=tests/cli/functions.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/functions.sh"

if ! command -v script >/dev/null; then
    echo "terminal: no script(1) here, nothing was shown on a terminal"
    exit 77
fi
if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    echo "terminal: no pseudo-terminal to be had here, nothing was shown on a terminal"
    exit 77
fi
hex "$pcap_header$(connection 40000 1)" >capture.pcap

# terminal LOCALE OPTIONS: runs finwait on a terminal; leaves what that got in out.
terminal() {
    status=0
    : >err
    LC_ALL=$1 TERM=xterm NO_COLOR='' script -qec "'$finwait' $2 --ladder capture.pcap" /dev/null </dev/null >out \
        2>/dev/null || status=$?
}

# grep_out WHAT yes|no PATTERN: whether out has octets that a Perl pattern matches.
grep_out() {
    local found=no
    if LC_ALL=C grep -aPq "$3" out; then found=yes; fi
    if [ "$found" = "$2" ]; then passed=$((passed + 1)); else fail "$1"; fi
}

terminal C.UTF-8 ''
grep_out "colour on a terminal" yes '\x1b\['
grep_out "arrows where the locale has them" yes '\xe2\x96\xb6'
terminal C '--color=never'
grep_out "no colour where it is unwanted" no '\x1b\['
grep_out "ASCII where the locale has no more" no '[\x80-\xff]'
grep_out "arrows in ASCII" yes '\-- SYN 0 -+>'
terminal '' ''
grep_out "arrows where no locale is named" yes '\xe2\x96\xb6'

terminal C.UTF-8 '--format html'
grep_out "no page for a terminal" yes '^finwait: --format html writes a page for a browser: say with -o FILE where it goes'

LC_ALL=C run --ladder capture.pcap
grep_out "a file gets the same in every locale" yes '\xe2\x96\xb6'
grep_out "no colour in a file" no '\x1b\['
run --color=always capture.pcap
grep_out "colour in a file that wants it" yes '\x1b\['
# Words are not broken where the terminal ends; a file is as wide everywhere.
status=0
LC_ALL=C TERM=dumb script -qec "stty cols 60; '$finwait' explain half-close" /dev/null </dev/null | tr -d '\r' >out 2>/dev/null || status=$?
grep_out 'text within a narrow terminal' no '^    [a-zA-Z].{56,}$'
status=0
LC_ALL=C TERM=dumb script -qec "stty cols 60; '$finwait' explain half-close >file" /dev/null </dev/null >out 2>/dev/null || status=$?
cp file out
grep_out 'text of a file beside a narrow terminal' yes '^    [a-zA-Z].{90,}$'

# A connection fits into the 80 columns that terminals mostly have.
status=0
LC_ALL=C TERM=dumb script -qec "stty cols 80; '$finwait' --all capture.pcap" /dev/null </dev/null | tr -d '\r' >out 2>/dev/null || status=$?
grep_out 'a ladder within 80 columns' yes '^ +[0-9]+ +[0-9.]+  SYN_SENT +-- SYN 0 -+>  SYN_RECEIVED'
grep_out 'no line beyond them' no '^.{81,}$'

status=0
LC_ALL=C TERM=dumb script -qec "stty cols 60; '$finwait' --details --no-ladder capture.pcap" /dev/null </dev/null | tr -d '\r' >out 2>/dev/null || status=$?
grep_out 'details on a narrow terminal' yes '^    server was +SYN_RECEIVED 2 ms'
grep_out 'no line of them beyond it' no '^    .{57,}$'
# Nor are the heads of findings longer, where they can be broken; a file has each in a line.
status=0
LC_ALL=C TERM=dumb script -qec "stty cols 40; '$finwait' --no-ladder capture.pcap" /dev/null </dev/null | tr -d '\r' >out 2>/dev/null || status=$?
grep_out 'the head of a finding on a narrow terminal' yes '^    1 info  mss-missing, frame 1$'
grep_out 'its other frames below it' yes '^      \(with 2\), 2 times$'
run --no-ladder capture.pcap
grep_out 'in a file all in a line' yes '^    1 info  mss-missing, frame 1 \(with 2\), 2 times$'

# A long run says how far it is, until the report takes the terminal. On a pipe the end is not known.
hex "$(for second in 2 3 4 5; do connection 40000 $second; done)" >records
for _ in 1 2 3 4 5 6 7 8 9 10; do
    cat records records >doubled
    mv doubled records
done
# progress COMMAND: runs it on a terminal; what that gets is left in out.
progress() {
    status=0
    LC_ALL=C TERM=dumb script -qec "{ cat capture.pcap records; sleep 0.8; cat records; } | $1" /dev/null </dev/null >out \
        2>/dev/null || status=$?
}
progress "'$finwait' --summary -"
grep_out 'frames so far' yes '\r\x1b\[K[0-9]+ frames, [0-9]+/s'
grep_out 'nothing is left of them' yes '\r\x1b\[Kfindings  '
progress "'$finwait' --summary - >file"
grep_out 'beside a report in a file too' yes '\r\x1b\[K[0-9]+ frames, [0-9]+/s'
progress "'$finwait' --all - 2>file"
cp file out
grep_out 'none in a file' no 'frames'

finish
