#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Options, operands and filters; every mistake has exit status 2 and says what to do.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

hex "$pcap_header$(connection 40001 100)$(connection 40002 101)" >both.pcap

run
expect 'nothing to read' 2 out empty err '^finwait: no FILE to read; see finwait --help$'
run -- -both.pcap
expect 'a file behind --' 2 out empty err '^finwait: no FILE to read: what stands behind -- is the filter; a file .* is \./-NAME$'
run -i ''
expect 'an interface without a name' 2 out empty err "^finwait: -i: '' is not the name of an interface; finwait -D lists them$"
run both.pcap ''
expect 'an operand that is empty, beside one that is read' 2 out '14 frames' err '^finwait: an operand is empty, where the name of a file should stand'
run -r ''
expect '-r and an empty name' 2 out empty err "^finwait: -r: '' is not the name of a file$"
for words in 'check' 'diff both.pcap'; do
    # shellcheck disable=SC2086 # a command and its operand
    run $words ''
    expect "an empty operand: $words" 2 err '^finwait: an operand is empty'
    [ "$(grep -c 'operand is empty' err)" -eq 1 ] && passed=$((passed + 1)) || fail "said once: $words"
done
run check ''
expect 'a name that is empty is seen as such' 2 out "^TROUBLE +''$" out "^    '': No such file"
for option in --config --output --write; do
    run "$option" '' both.pcap
    expect "$option and an empty name" 2 out empty err "^finwait: $option: '' is no name of a file$"
done
run -Z '' -i lo
expect '-Z and an empty name' 2 out empty err "^finwait: -Z: '' is no name of a user$"
run -c 0 both.pcap
expect 'an option is named as it was typed, by its letter' 2 out empty err "^finwait: -c: '0' is not a number from 1 up$"
run --count 0 both.pcap
expect 'or in full' 2 out empty err "^finwait: --count: '0' is not a number from 1 up$"
run -c 1 -c 2 both.pcap
expect 'a number given twice' 2 out empty err '^finwait: -c is given twice; it has one value$'

# What other programs have is told what stands in its place.
while read -r option instead; do
    run "$option" both.pcap
    expect "what people know as $option" 2 out empty err "^finwait: there is no option ${option:0:2}.*: .*$instead"
done <<'END'
-v --details
-q --summary
-t first frame
-tttt first frame
-e ladder
-A ladder
-X ladder
-C SIGHUP
-W SIGHUP
-Y -f
-T --format
-L link type
-V --details
-S --format json
-y link type
-a --duration
--immediate-mode --immediate$
--print ladder
--absolute-tcp-sequence-numbers json
END
run check -v both.pcap
expect 'in a command they are unknown' 2 out empty err '^finwait: unknown option -v; see finwait check --help$'
for option in -l -U -nlU; do
    run "$option" --summary both.pcap
    expect "$option does nothing" 0 err empty out '14 frames'
done

# What is for interfaces only does not pass in silence where files are read.
run -s 0 -B 4 --no-promiscuous-mode --summary both.pcap
expect 'options of interfaces, with files' 0 err '^finwait: -s, -B, --no-promiscuous-mode: of no effect on files, only with -i$' out '14 frames'
mkdir -p home/finwait && echo 'snapshot-length = 64' >home/finwait/config
XDG_CONFIG_HOME=$PWD/home run --summary both.pcap
expect 'a configuration may have them' 0 err empty out '14 frames'
run -Z nobody both.pcap
expect 'another user, with files' 2 out empty err '^finwait: -Z goes with -i; files are read with another'
run --fromat json both.pcap
expect 'a mistyped option' 2 out empty err '^finwait: unknown option --fromat; did you mean --format\?$'
run --xyzzy both.pcap
expect 'an option like no other' 2 out empty err '^finwait: unknown option --xyzzy; see finwait --help=all$'
run -k both.pcap
expect 'an unknown letter' 2 out empty err '^finwait: unknown option -k; see'
run both.pcap --filter
expect 'a missing argument' 2 out empty err '^finwait: --filter needs an argument; see'
run both.pcap -o
expect 'a missing argument of a letter' 2 out empty err '^finwait: -o needs an argument; see'
run --all=yes both.pcap
expect 'an argument too many' 2 out empty err '^finwait: --all takes no argument$'
for option in --format=xml --color=blue --profile=beos --msl=0 --msl=-1 --msl=1e3 --msl=inf --msl= --limit=1x \
    --limit=99999999999999999999 --connection=0 --ack-timeout=0 --idle-timeout=9999999999; do
    run "$option" both.pcap
    expect "the value of $option" 2 out empty err "^finwait: ${option%%=*}: '${option#*=}' is not "
done
for option in --msl=0.5 --duplicate-window=0 --limit=0 --profile=rfc --profile=bsd --profile=windows --profile=macos \
    --color=never -n --ladder --no-ladder --all --syn-timeout=.5; do
    run "$option" both.pcap
    expect "$option" 0 err empty out '14 frames'
done
run --format json --msl 0.5 --close-wait-notice 7 --reorder-window 0.25 both.pcap
expect 'thresholds reach the report' 0 out '"msl": ?0\.5[,}]' out '"close_wait_notice": ?7[,}]' \
    out '"reorder_window": ?0\.25[,}]'

run --format json --profile macos both.pcap
expect 'the profile decides' 0 out '"profile":"macos","msl":15,' out '"fin_wait_2_timeout":60,'
run --format json --msl 7 --profile windows both.pcap
expect 'an option before the profile' 0 out '"profile":"windows","msl":7,' out '"fin_wait_2_timeout":120,'
run --format json --profile windows --fin-wait-2-timeout 9 both.pcap
expect 'an option after the profile' 0 out '"msl":60,' out '"fin_wait_2_timeout":9,'

for all in 'port 40003' 'ip6'; do
    run --summary -r both.pcap "$all"
    expect "a filter that chooses nothing, $all" 0 out '14 filtered' err '^finwait: the filter chooses none of the 14 frames; it looks at the outermost'
done
run --summary -r both.pcap port 40001
expect 'a filter that chooses something' 0 out '7 filtered' err empty
run --all --limit 1 both.pcap
expect '--all does not lift a limit' 0 err empty out '^#1 ' out '!^#8 ' out '^1 more connection, not printed: a higher --limit'
run --limit 1 both.pcap
expect 'a limit, which --all would not lift' 0 err empty out '^1 more connection .*, not printed: a higher --limit prints more$'
run --all --limit 2 both.pcap
expect 'a limit that is not reached' 0 err empty out '^#1 ' out '^#8 ' out '!not printed'
run --connection 8 both.pcap
expect 'one connection' 0 err empty out '!^#1 ' out '^#8 '
run chekc both.pcap
expect 'a command that is mistyped' 2 err "^finwait: 'chekc' is no file; did you mean finwait check\\?$" \
    err '^finwait: chekc: cannot be opened' out '^#1 '
run help
expect 'a command that is an option here' 2 err "^finwait: 'help' is no file; did you mean finwait --help\\?$"
run lost.pcap
expect 'a file that is like no command' 2 err '!did you mean' err '^finwait: lost.pcap: cannot be opened'
cp both.pcap chekc
run chekc
expect 'a file with such a name' 0 err empty out '^#1 '
run --connection 9 both.pcap
expect 'a connection that is none' 2 err '^finwait: --connection 9: no connection begins with that frame$' \
    out 'No connection has the number 9:'
run --connection 9 --format json -w none.pcapng both.pcap
expect 'nor in another format' 2 err '^finwait: --connection 9: ' out '"id":8,'
run --connection 8 --format json both.pcap
expect 'one that is there' 0 err empty
run --summary --connection 8 both.pcap
expect 'a connection that is there and not printed' 0 err empty out '!^#8 ' out '!No connection'
run --connection 1 --connection 8 both.pcap
expect 'two connections' 2 out empty err '^finwait: --connection is given twice; it has one value$'

run --help
expect 'help' 0 err empty out '^Usage: finwait ' out '--help\[=all\]' out '!--ack-timeout'
run -h both.pcap
expect 'help by its letter' 0 err empty out '^Usage: finwait '
run --help=all
expect 'all of the help' 0 err empty out '--ack-timeout SECONDS'
run --version
expect 'the version' 0 err empty out '^finwait [0-9]+\.[0-9]+'

run -f 'tcp port 40001' both.pcap
expect '-f' 0 err empty out '40001' out '!40002' out '14 frames'
run both.pcap -- tcp port 40002
expect 'a filter after --' 0 err empty out '!40001' out '40002' out '14 frames'
run -r both.pcap tcp port 40002
expect 'a filter after -r FILE' 0 err empty out '!40001' out '40002' out '14 frames'
run tcp -nr both.pcap port 40002
expect 'a filter around -r FILE' 0 err empty out '!40001' out '40002' out '14 frames'
run -r both.pcap
expect '-r without a filter' 0 err empty out '40001' out '40002'
run both.pcap tcp
expect 'an operand is a file and never a filter' 2 err '^finwait: tcp: .*No such file' out '14 frames'
run --format json -f 'tcp port 40001' both.pcap
expect 'filtered frames keep their number and are counted' 0 out '"filtered": ?7[,}]' out '"tcp_segments": ?7[,}]' \
    out '"frames": ?14[,}]'
run --format json -f 'tcp port 40002' both.pcap
expect 'the number of a frame behind filtered ones' 0 out '"id": ?8,'
run -f 'tcp prot 80' both.pcap
expect 'a filter that is wrong' 2 out empty err '^finwait: .*prot'
run -f 'host example.com' both.pcap
expect 'a filter with a name' 2 out empty err '^finwait: .*example\.com'
if grep -Eq '^http[[:space:]]+80/tcp' /etc/services 2>/dev/null; then
    run -f 'tcp port http' both.pcap
    expect 'a service by its name' 0 err empty out '40001' out '14 TCP segments'
    run check -f 'tcp port http' --min-connections 2 both.pcap
    expect 'a service by its name in a check' 0 out '^ok'
fi
run -f 'tcp port no-such-service' both.pcap
expect 'a service that is none' 2 out empty err 'no-such-service'
echo old >keep
for mistake in '-f frob' '--filter=tcp(' '--limit=x' '--frob'; do
    # shellcheck disable=SC2086 # an option and its argument
    run -o keep $mistake both.pcap
    expect "nothing is emptied for $mistake" 2 out empty keep '^old$'
done
run -f 'tcp prot 80' missing.pcap
expect 'a wrong filter is told before a missing file' 2 out empty err '^finwait: filter: "prot" is no word of pcap-filter.7.' err '!missing'
run -f 'wlan type mgt' both.pcap
expect 'a filter for another kind of link' 2 err '^finwait: both\.pcap: filter "wlan type mgt": ' out '0 frames'
run -f tcp both.pcap -- udp
expect 'two filters' 2 out empty err '^finwait: there are two filters'


# What a mistake was meant to be is said.
run --a both.pcap
expect 'an abbreviation of several options' 2 out empty \
    err '^finwait: --a is short for several options: --all, --at, --append, --ack-timeout$'
run --detai both.pcap
expect 'an abbreviation of one option' 0 err empty out '14 frames'
for words in 'explain --frob' 'check --frob' 'diff --frob'; do
    # shellcheck disable=SC2086 # a command and its option
    run $words
    expect "the help that is named by $words" 2 out empty err "^finwait: unknown option --frob; see finwait ${words% *} --help=all\$"
done
run -r both.pcap both.pcap
expect 'a file where -r makes operands the filter' 2 out empty err '^finwait: both\.pcap is a file, and with -r all operands'
run -i lo both.pcap
expect 'a file where -i makes operands the filter' 2 out empty err '^finwait: both\.pcap is a file, and with -i all operands'
run both.pcap tcp port 40001
expect 'a filter without --' 2 out '14 frames' err 'tcp: .*No such file' \
    err "^finwait: 'tcp port 40001' is no file but could be a filter, which stands behind --: finwait FILE -- tcp port 40001\$"
run both.pcap missing.pcap
expect 'a missing file is taken for no filter' 2 err 'missing\.pcap: .*No such file' err '!filter'
for words in '- -' '-r - -r -' 'diff - -'; do
    # shellcheck disable=SC2086 # several words
    run $words
    expect "standard input twice: $words" 2 out empty err '^finwait: standard input \(-\) is named twice'
done
run --limit 99999999999999999999 both.pcap
expect 'a number that is too large' 2 out empty err "is not below 18446744073709551616\$"
run --memory-budget 1 both.pcap
expect 'a size that is too small' 2 out empty err "^finwait: --memory-budget: '1' is too little; the least is 1048576 bytes$"
run --limit -1 both.pcap
expect 'a number that is too small' 2 out empty err "'-1' is not a number from 0 up\$"
run --msl 9999999999 both.pcap
expect 'a time that is too long' 2 out empty err 'at most nine digits'
for format in svg dot mermaid; do
    run --census --connection 1 --format "$format" both.pcap
    expect "--census and --format $format" 2 out empty err '^finwait: --census does not go with --format svg, dot and mermaid'
done
run --help=all
expect 'options of the report stand together' 0 out '^The report:$'

finish
