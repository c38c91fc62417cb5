#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Names come from captures and from whoever named the files: none of them steers the terminal that shows them.
# shellcheck source=tests/cli/functions.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/functions.sh"

# An interface and a comment that set the title, colour, clear the screen and ring, also by the C1 controls of UTF-8.
steering=$'\e]0;owned\a\e[31m\e[2J\x9b31m\xc2\x9b31m\b\r\x7f'

# pcapng_block TYPE BODY, option CODE TEXT: in hex.
pcapng_block() {
    local length
    length=$(le32 $((${#2} / 2 + 12)))
    printf '%s' "$(le32 "$1")$length$2$length"
}
option() {
    local text
    text=$(printf '%s' "$2" | od -An -v -tx1 | tr -d ' \n')
    printf '%02x00%02x00%s' "$1" $((${#text} / 2)) "$text"
    printf '%.*s' $(((8 - ${#text} % 8) % 8)) 00000000
}

packet=$(packet '>' 40001 2 1000 0)
body=$(le32 0)$(le32 0)$(le32 1000)$(le32 $((${#packet} / 2)))$(le32 $((${#packet} / 2)))$packet$(option 1 "$steering")00000000
hex "$(pcapng_block $((16#0a0d0d0a)) "4d3c2b1a01000000ffffffffffffffff$(option 3 "$steering")$(option 4 "$steering")00000000")$(
    pcapng_block 1 "65000000$(le32 65535)$(option 2 "$steering")$(option 3 "$steering")00000000")$(
    pcapng_block 6 "$body")$(pcapng_block 5 "$(le32 0)$(le32 0)$(le32 1000)$(option 5 "$(printf '\a\a\a\a\a\a\a\a')")00000000")" \
    >interface.pcapng
name=$'bad\e]0;owned\a\e[31m\x9b\xc2\x9b\r\x7f.pcap'
hex "$pcap_header$(connection 40000 1)" >"$name"
head -c 60 "$name" >"cut$name"

# harmless WHAT STATUS ARGUMENT...: what the run prints holds no octet that steers a terminal.
harmless() {
    local what=$1 wanted=$2
    shift 2
    run "$@"
    if [ "$status" -ne "$wanted" ]; then
        fail "$what (exit status, wanted $wanted)"
    elif LC_ALL=C grep -aPq '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|(?<![\xc2-\xf4\x80-\xbf])[\x80-\x9f]' out err; then
        fail "$what: it steers the terminal"
    elif [ ! -s out ] && [ ! -s err ]; then
        fail "$what: nothing was printed"
    else
        passed=$((passed + 1))
    fi
}

harmless 'an interface, in text' 0 --all interface.pcapng
harmless 'an interface, in JSON' 0 --format json interface.pcapng
harmless 'a file, in text' 0 --all "$name"
harmless 'a file, in JSON' 0 --format json "$name"
for format in ndjson html svg dot mermaid; do
    harmless "an interface, as $format" 0 --format "$format" --connection 1 interface.pcapng
    harmless "a file, as $format" 0 --format "$format" --connection 1 "$name"
done
harmless 'a file that is cut' 2 "cut$name"
harmless 'a file that is not there' 2 "no$name"
harmless 'a place that cannot be written' 2 -o "none/$name" "$name"
harmless 'a filter' 2 -f "$steering" "$name"
harmless 'an option' 2 "--$steering" "$name"
harmless 'an argument of an option' 2 --only "$steering" "$name"
harmless 'a number' 2 --limit "$steering" "$name"
harmless 'what is to be explained' 2 explain "$steering"
for format in text tap github junit; do
    harmless "a check, as $format" 0 check --format "$format" "$name"
    harmless "a failed check, as $format" 1 check --format "$format" --require handshake=refused "$name"
    harmless "a check that cannot be made, as $format" 2 check --format "$format" "cut$name"
done
harmless 'a comparison' 0 diff "$name" "$name"
run --all -w saved.pcapng "$name"
harmless 'the frames saved of it' 0 --all saved.pcapng

# What stands in markup stays text there.
markup=$'"><script>x<!--]]>&amp;\e[31m.pcap'
cp "$name" "$markup"
run --format svg --connection 1 "$markup"
expect 'markup in a name, as SVG' 0 out '!<script>x'
if command -v xmllint >/dev/null; then
    cp out markup.svg
    xmllint --noout markup.svg 2>err || fail 'markup in a name: no XML'
fi
run --format html "$markup"
expect 'markup in a name, as HTML' 0 out '!<script>x'

finish
