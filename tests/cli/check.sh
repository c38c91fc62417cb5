#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# finwait check: what holds, what fails, what cannot be judged, and how each format tells it.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

source=$(cd "$here" && cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
mkdir good bad broken empty
cp "$source"/samples/{abort,refused}.{pcap,expect.json} good/
cp good/* bad/
sed -i 's/"outcome": "reset"/"outcome": "graceful"/' bad/abort.expect.json
cp good/* broken/
head -c 100 good/refused.pcap >broken/refused.pcap

# --- the three outcomes ---
run check good
expect 'all is as expected' 0 err empty out '^ok +good/abort.pcap' out '^ok +good/refused.pcap' out '2 are as expected$'
run check bad
expect 'one fails' 1 err empty out '^FAILS +bad/abort.pcap' out 'teardown.outcome is "reset", not "graceful" .frame 8' \
    out 'expected +"graceful"' out 'seen +"reset"' out 'bad/abort.expect.json:[0-9]+' out 'RST ACK' out '^ok +bad/refused'
run check broken
expect 'one cannot be read' 2 out '^TROUBLE +broken/refused.pcap' out 'broken/refused.pcap: .*end' out '^ok +broken/abort'
run check empty
expect 'no capture' 2 out 'empty: there is no capture in this directory'
mkdir -p forlorn/below
cp good/* forlorn/
gzip <good/abort.pcap >forlorn/below/a.pcap.gz
cp good/abort.expect.json forlorn/below/a.expect.json
run check forlorn
expect 'each expectation has its capture' 0 out '3 are as expected$'
mv forlorn/abort.pcap forlorn/renamed.pcap
cp good/abort.expect.json forlorn/below/b.pcap.expect.json
run check forlorn
expect 'expectations whose captures are gone' 2 out '^TROUBLE +forlorn/abort.expect.json' \
    out '^TROUBLE +forlorn/below/b.pcap.expect.json' out 'there is no capture beside this expectation' \
    out '^ok +forlorn/below/a.pcap.gz' out '!forlorn/below/a.expect.json'
echo '{}' >forlorn/all.expect.json
run check --expect forlorn/all.expect.json forlorn
expect 'what stands beside is not asked' 0 out '3 are as expected$' out '!TROUBLE'
run check nowhere
expect 'no such path' 2 out 'nowhere: No such file'
run check good/abort.pcap good/abort.expect.json
expect 'an expectation in place of a capture' 2 out '^ok +good/abort.pcap' \
    out 'good/abort.expect.json: is an expectation and no capture: name its capture' out '!is no capture in'
run check
expect 'no path' 2 out empty err 'no PATH to check'
run check good bad/abort.pcap
expect 'several paths' 1 out '3 captures: 2 are as expected, 1 fails'
run check -j 1 bad good
mv out one
run check -j 7 bad good
cmp -s one out || { status=0; fail 'the number of jobs changes the output'; }
run check -j 0 good
expect 'no jobs' 2 err '.-j|--jobs.'

# --- wrong expectations ---
wrong() { # WHAT EXPECTATION PATTERN
    printf '%s\n' "$2" >expectation
    run check --expect expectation good/abort.pcap
    expect "$1" 2 out "$3"
}
wrong 'an unknown member' '{
  "connections": [
    {"handshak": {}}]}' 'expectation:3: connections\[0\].handshak: there is no member "handshak"; did you mean "handshake"'
wrong 'an unknown value' '{"connections": [{"handshake": {"outcome": "compleet"}}]}' ':1: .*did you mean "complete"'
wrong 'an unknown id' '{"require": ["rst-abot"]}' 'require\[0\]: .*did you mean "rst-abort"'
wrong 'a group is not required' '{"require": ["reset"]}' 'require\[0\]'
wrong 'a wrong type' '{"summary": {"frames": "8"}}' 'summary.frames: must be an integer'
wrong 'a bound that is misspelt' '{"summary": {"frames": {"mx": 8}}}' 'summary.frames: there is no bound "mx"; did you mean "max"\?'
wrong 'a bound on a word that is misspelt' '{"connections": [{"handshake": {"outcome": {"noot": "split"}}}]}' \
    'handshake.outcome: there is no bound "noot"; did you mean "not"\?'
wrong 'a bound like no other' '{"summary": {"frames": {"bounded": 8}}}' 'there is no bound "bounded": the bounds are min, max, '
wrong 'a bound that bounds nothing' '{"summary": {"frames": {"why": "so"}}}' 'summary.frames: needs a bound: min, max, '
wrong 'a value like no other' '{"connections": [{"teardown": {"segments": 7}}]}' 'there is no 7 here, only 3, 4 or null'
wrong 'no JSON' '{"summary": ' 'expectation:[0-9]+: is no JSON'
wrong 'one member twice' '{"summary": {}, "summary": {}}' 'is no JSON: duplicate'
wrong 'a bound that nothing keeps' '{"summary": {"frames": {"min": 9, "max": 8}}}' 'summary.frames: min is above max'
wrong 'a choice of nothing' '{"summary": {"frames": {"one-of": []}}}' 'summary.frames: one-of is an empty list'
wrong 'a bound of the wrong kind' '{"summary": {"frames": {"min": "1"}}}' 'summary.frames.min: must be a number'
wrong 'a list cannot be bounded' '{"require": {"contains": "rst-abort"}}' 'require: cannot be bounded'
wrong 'an address that is no text' '{"connections": [{"select": {"address": 1}}]}' 'select.address: must be a string'

# --- what expectations can say ---
holds() { # WHAT EXPECTATION
    printf '%s\n' "$2" >expectation
    run check --expect expectation good/abort.pcap
    expect "holds: $1" 0 out '^ok'
}
fails() { # WHAT EXPECTATION PATTERN
    printf '%s\n' "$2" >expectation
    run check --expect expectation good/abort.pcap
    expect "fails: $1" 1 out "$3"
}
for nothing in '{}' '{"connections": []}' '{"why": "so"}' '{"connections": [{"select": {}}]}'; do
    holds "nothing, $nothing" "$nothing"
    expect "nothing is demanded by $nothing" 0 err '^finwait: expectation: has no condition for good/abort.pcap, which is as expected whatever it holds$'
done
holds 'a connection that is there' '{"connections": [{"select": {"port": 80}}]}'
expect 'a connection that must be there' 0 err empty out '  1 condition$'
holds 'bounds' '{"summary": {"frames": {"min": 8, "max": 8, "not": 9, "one-of": [7, 8]}}}'
fails 'too few' '{"summary": {"frames": {"min": 9}}}' 'summary.frames is 8, not'
fails 'too many' '{"summary": {"frames": {"max": 7}}}' 'summary.frames is 8, not'
fails 'none of them' '{"summary": {"frames": {"one-of": [1, 2]}}}' 'summary.frames is 8, not'
fails 'the other' '{"summary": {"frames": {"not": 8}}}' 'summary.frames is 8, not'
holds 'an element' '{"connections": [{"client": {"path": {"contains": "ESTABLISHED"}}}]}'
holds 'all elements' '{"connections": [{"client": {"path": {"contains": ["ESTABLISHED", "CLOSED"]}}}]}'
fails 'no such element' '{"connections": [{"client": {"path": {"contains": "TIME_WAIT"}}}]}' 'client.path is'
holds 'part of a text' '{"captures": [{"path": {"contains": "abort"}}]}'
holds 'why anywhere' '{"why": "a", "connections": [{"why": "b", "handshake": {"why": "c", "outcome": "complete"}}]}'
fails 'why is shown' '{"connections": [{"teardown": {"outcome": "none", "why": "it must stay open"}}]}' 'it must stay open'
holds 'an address of either side' '{"connections": [{"select": {"address": "192.0.2.2"}, "teardown": {"outcome": "reset"}}]}'
fails 'no such connection' '{"connections": [{"select": {"port": 81}}]}' 'no connection is the one of connections\[0\]'
fails 'no second connection' '{"connections": [{}, {}]}' 'no connection is the one of connections\[1\] \{"order": 2\}'
fails 'no connection with that id' '{"connections": [{"id": 7, "handshake": {}}]}' '^      expected +\{"id": 7\}$'
holds 'how often' '{"connections": [{"require": [{"id": "rst-abort", "count": 1}]}]}'
fails 'not as often' '{"connections": [{"require": [{"id": "rst-abort", "count": {"min": 2}}]}]}' 'found 1 time, not'
fails 'not at all' '{"require": ["syn-refused"]}' 'syn-refused was not found'
fails 'a severity' '{"forbid": ["notice"]}' 'notice is forbidden: warning rst-abort'
fails 'a group' '{"forbid": ["reset"]}' 'reset is forbidden: warning rst-abort'
holds 'allowed' '{"forbid": ["notice"], "allow": ["rst-abort"]}'
holds 'required, so not forbidden' '{"forbid": ["notice"], "require": ["rst-abort"]}'
holds 'fewer than forbidden' '{"forbid": [{"id": "rst-abort", "count": 2}]}'
fails 'a connections list that is bounded' '{"connections": {"contains": {"id": 2}}}' 'connections is'

# --- policy ---
rm good/*.expect.json
run check good
expect 'no error, without anything said' 0
run check --fail-on warning good
expect '--fail-on' 1 out 'good/abort.pcap' out 'warning is forbidden' out '#1: '
expect 'what is forbidden is not called expected' 1 out '^      forbidden "warning"$' out '!^ +expected'
run check --fail-on warning --allow rst-abort,syn-refused good
expect '--allow' 0
run check --require handshake=complete good
expect '--require' 1 out '^ok +good/abort' out '^FAILS +good/refused' out 'handshake.outcome is "refused", not "complete"'
run check --require 'handshake=complete|refused' good
expect 'one of two' 0
run check --require handshake=complet good
expect 'an unknown value' 2 err 'did you mean "complete"'
run check --require handshakes=complete good
expect 'an unknown verdict' 2 err "did you mean 'handshake'"
run check --require handshake good
expect 'no value' 2 err 'not of the form'
run check --fail-on syn-refusd good
expect 'an unknown id' 2 err "did you mean 'syn-refused'"
run check --min-connections 2 good
expect '--min-connections' 1 out 'summary.connections is 1'
printf 'fail-on = warning # all\nallow = rst-abort\n' >good/.finwait
run check good/abort.pcap good
expect '.finwait speaks for its directory' 1 out '^ok +good/abort.pcap' out '^FAILS +good/refused.pcap'
mkdir -p repository/.git repository/captures
mv good/.finwait repository/
cp good/refused.pcap repository/captures/
run check repository/captures
expect '.finwait at the top of the repository' 1
rmdir repository/.git
run check repository/captures
expect 'somebody else'"'"'s .finwait' 0
printf 'fail-onn = warning\n' >repository/.finwait
run check repository
expect 'a wrong .finwait' 2 err '.finwait:1: .*did you mean fail-on'
rm repository/.finwait
mkdir -p xdg/finwait
printf 'fail-on = warning\n' >xdg/finwait/config
XDG_CONFIG_HOME=$work/xdg run check good
expect 'the configuration of a user does not matter' 0
run check --config xdg/finwait/config good
expect '--config does' 1

# --- update ---
run check --update good
expect 'new expectations' 0 out '^updated +good/abort.pcap'
run check good
expect 'hold' 0
cp good/abort.expect.json before
run check --update good
expect 'nothing changed' 0 out '^unchanged +good/abort.pcap'
cmp -s before good/abort.expect.json || { status=0; fail 'an unchanged expectation was written'; }
cat >good/abort.expect.json <<'EOF'
{"why": "kept", "summary": {"frames": {"min": 2}, "connections": 7},
 "connections": [{"teardown": {"outcome": "graceful", "why": "kept too"}, "forbid": ["error"],
                  "require": [{"id": "rst-abort", "count": {"max": 3}}, "syn-refused"]}]}
EOF
run check --update good/abort.pcap
expect 'refreshed' 0 out 'summary.connections: 1, was 7' out 'teardown.outcome: "reset", was "graceful"' \
    good/abort.expect.json '"frames": \{"min": 2\}' good/abort.expect.json '"kept"' good/abort.expect.json '"kept too"' \
    good/abort.expect.json '"forbid": \["error"\]' good/abort.expect.json '"max": 3' good/abort.expect.json '!syn-refused'
run check good/abort.pcap
expect 'and holds' 0
run check --update broken/refused.pcap
expect 'no expectation of half a capture' 2 out 'could not be read whole'
run check --update --expect new.json good/abort.pcap
expect 'an expectation that is named and not there yet' 0 out '^updated' new.json '"frames": 8'
run check --update --expect new.json good
expect 'one expectation for two captures' 2 out empty err 'would have the same expectation, new.json'
run check --update good/abort.pcap good
expect 'one capture twice' 2 out empty err 'would have the same expectation, good/abort.expect.json'
if [ "$(id -u)" -ne 0 ]; then
    mkdir readonly && cp good/abort.pcap readonly/ && chmod a-w readonly
    run check --update readonly
    expect 'a directory that cannot be written' 2 out 'abort.expect.json cannot be written: Permission denied'
    chmod u+w readonly
fi

# --- hostile input ---
wrong 'a "why" that is no text' '{"why": 7}' 'why: must be a string'
wrong 'a bound whose "why" is no text' '{"summary": {"frames": {"max": 9, "why": 7}}}' 'frames.why: must be a string'
printf '{}\0{' >expectation
run check --expect expectation good/abort.pcap
expect 'a zero octet' 2 out 'expectation:1: is no JSON'
run check --expect /dev/zero good/abort.pcap
expect 'no end' 2 out '/dev/zero: File too large'
run check --expect good good/abort.pcap
expect 'a directory' 2 out 'good: Is a directory'
printf '{"connections": [%s{}]}' "$(yes '{"handshake": {"outcome": "refused"}},' | head -n 20000)" >expectation
status=0
timeout 60 "$finwait" check --expect expectation good/abort.pcap >out 2>err || status=$?
expect 'very many failures' 1 out '19746 more do not hold' out 'written +expectation:255'
printf '{"connections": [%s' "$(yes '[' | head -n 100000 | tr -d '\n')" >expectation
run check --expect expectation good/abort.pcap
expect 'very deep' 2 out 'maximum parsing depth'
printf '{"require": ["rst-abort", "rst-abort"]}' >expectation
run check --expect expectation good/abort.pcap
expect 'an id twice' 0
mkdir strange && cp good/abort.pcap strange/$'\xff.pcap' && ln -s . strange/loop && ln -s nowhere strange/dangling.pcap
run check --require teardown=graceful strange
expect 'a name that is no UTF-8, a loop of links' 1 out '^FAILS +strange/\xef\xbf\xbd.pcap|^FAILS +strange/' out '^1 capture'
run check strange/$'\xfe'
expect 'a path that is no UTF-8 and not there' 2 out '^TROUBLE +strange/'
run check --update strange
expect 'an expectation whose name is no UTF-8' 0 out '^updated'
cp good/abort.pcap kept.pcap
run check --junit kept.pcap kept.pcap
expect 'JUnit over a capture' 2 err 'kept.pcap: is a capture to be read' out empty
cmp -s good/abort.pcap kept.pcap || { status=0; fail 'a capture was overwritten'; }
run check --junit good/abort.expect.json good/abort.pcap
expect 'JUnit over an expectation' 2 out empty
run check --junit both.xml -o both.xml good/abort.pcap
expect 'JUnit and text in one file' 2 out empty err '^finwait: both.xml: is where both '
run check --junit - good/abort.pcap
expect 'JUnit and text in one stream' 2 out empty err '^finwait: standard output: is where both '
[ ! -e both.xml ] || fail 'a file was made for both'
run check --junit nowhere/junit.xml good/abort.pcap
expect 'JUnit that cannot be written' 2 out empty err 'nowhere/junit.xml: No such file'
mkfifo pipe
status=0
timeout 20 "$finwait" check pipe good >out 2>err || status=$?
expect 'a pipe, which cannot be read twice' 2 out 'pipe: is neither a file nor a directory' out '^ok'
run check -j 1000 good
expect 'more jobs than there can be' 0
"$finwait" check good >/dev/full 2>err && status=0 || status=$?
expect 'a full disk' 2 err 'No space left'

# --- formats ---
run check --format tap bad broken
expect 'TAP' 2 out '^1\.\.4$' out '^not ok 1 - bad/abort.pcap' out '^ok 2 - bad/refused.pcap' out '^# #1: teardown.outcome'
if command -v prove >prove.path; then
    cp out saved
    prove -e cat saved >out 2>&1 && status=0 || status=$?
    expect 'TAP as prove reads it' 1 out 'Failed tests: +1, 4|Failed 2/4'
fi
driver=/usr/share/automake-1.16/tap-driver.sh
if [ -f "$driver" ]; then
    cp good/abort.pcap 'broken/a # skip \.pcap' # words of TAP in a name
    run check --format tap --fail-on warning bad broken
    cp out saved
    sh "$driver" --test-name t --log-file t.log --trs-file t.trs --color-tests no --enable-hard-errors yes \
        --expect-failure no -- cat saved >out 2>&1 && status=0 || status=$?
    expect 'TAP as the driver of automake reads it' 0 out '^FAIL: t 1 - bad/abort.pcap' out '^FAIL: t 3 - broken/a' \
        out '^PASS: t 2 |^FAIL: t 2 ' t.trs '^:global-test-result: FAIL' out '!SKIP' out '!ERROR' out '!XPASS'
    rm broken/a*skip*
else
    echo 'check.sh: no automake here, its driver did not read TAP'
fi
run check --format github bad
expect 'annotations' 1 out '^::error file=bad/abort.expect.json,line=[0-9]+,title=bad/abort.pcap::#1: teardown'
run check --format json bad
expect 'JSON' 1 out '"schema": "finwait-check/1"' out '"fails": 1'
run check --junit junit.xml bad broken
expect 'JUnit beside the text' 2 out '^FAILS' junit.xml 'tests="4" failures="1" errors="1"' junit.xml '<failure message='
if command -v xmllint >xmllint.path; then
    xmllint --noout --schema "$source/tests/junit.xsd" junit.xml >out 2>&1 && status=0 || status=$?
    expect 'JUnit is valid' 0
    cp 'good/abort.pcap' 'good/<&">.pcap'
    run check --format junit good bad
    cp out hostile.xml
    xmllint --noout --schema "$source/tests/junit.xsd" hostile.xml >out 2>&1 && status=0 || status=$?
    expect 'JUnit of a hostile name is valid' 0
fi
run check --format yaml good
expect 'an unknown format' 2 err 'text, tap, github, json or junit'
finish
