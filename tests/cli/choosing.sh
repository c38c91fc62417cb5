#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Which findings are shown, by options and by a configuration; what is not shown changes nothing else.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

source=$(cd "$here" && cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
sample=$source/samples/fin-retransmitted-in-time-wait.pcap
late=fin-retransmitted-in-time-wait
lost=fin-ack-lost-beyond-vantage
unset XDG_CONFIG_HOME
export HOME=$work/home
mkdir -p home/.config/finwait xdg/finwait

run "$sample"
expect 'everything' 0 err empty out " 1 notice  $lost, " out " 2 notice  $late, " out 'notice 2'
for option in --ignore=$lost --ignore="x,$lost" --only=$late --only=teardown,time-wait; do
    run "${option/x,/capture-quality , }" "$sample"
    case $option in
    *only=teardown*) expect "$option" 0 err empty out "notice  $lost, " out "notice  $late, " out 'notice 2' ;;
    *) expect "$option" 0 err empty out "!$lost" out " 1 notice  $late, " out 'notice 1' ;;
    esac
done
run --ignore teardown "$sample"
expect 'a group' 0 err empty out '!notice  fin' out 'notice 0' out 'FIN_WAIT_2 → TIME_WAIT' out 'closed by client, 4 segments'
run --ignore teardown --only $late "$sample"
expect 'an id outranks its group' 0 err empty out "!$lost" out " 1 notice  $late, "
run --only $late --ignore teardown "$sample"
expect 'an id outranks its group that is named later' 0 err empty out "!$lost" out " 1 notice  $late, "
run --ignore $late --only $late "$sample"
expect 'the later of two counts' 0 err empty out "!$lost" out " 1 notice  $late, "
run --only $late --ignore $late "$sample"
expect 'the later of two counts, the other way' 0 err empty out '!notice  fin'
run --min-severity warning "$sample"
expect 'nothing below a warning' 0 err empty out '!notice  fin' out 'notice 0'
run --min-severity warning --severity $late=error "$sample"
expect 'another severity' 0 err empty out "!$lost" out " 1 error  $late, " out 'error 1 · warning 0 · notice 0'
run --severity "$late=info , teardown=warning" "$sample"
expect 'the severity of an id outranks that of its group' 0 err empty out " 1 warning  $lost" out " 2 info  $late"
run --format json --ignore $lost --severity $late=warning "$sample"
expect 'in JSON too' 0 err empty out '!beyond-vantage' out '"severity":"warning","default_severity":"notice"' \
    out '"anomalies":\{"fin-retransmitted-in-time-wait":1\},"severities":\{"warning":1\}'

run --ignore fin-retransmited "$sample"
expect 'a mistyped id' 2 out empty err "^finwait: --ignore: no anomaly or group is called 'fin-retransmited'; did you mean fin-retransmitted\?$"
run --only tear-down "$sample"
expect 'a mistyped group' 2 out empty err "^finwait: --only: .*'tear-down'; did you mean teardown\?$"
run --only "$late,,$lost" "$sample"
expect 'an empty id' 2 out empty err "^finwait: --only: no anomaly or group is called ''; finwait explain lists them$"
run --only "$(printf '%0300d' 0)" "$sample"
expect 'a very long id' 2 out empty err '^finwait: --only: no anomaly'
run --min-severity bad "$sample"
expect 'a severity that is none' 2 out empty err "^finwait: --min-severity: 'bad' is not info, notice, warning or error$"
run --severity $late "$sample"
expect 'a severity without a level' 2 out empty err "^finwait: --severity: '$late' has no severity; write it as $late=notice$"
run --severity $late=loud "$sample"
expect 'a level that is none' 2 out empty err "^finwait: --severity: 'loud' is not info"

# What is not shown does not fail either, and what is shown with another severity fails as that.
run --summary --fail-on warning --severity $lost=warning "$sample"
expect '--fail-on takes the severity that is shown' 1 err '^finwait: --fail-on warning: 1 found$'
run --summary --fail-on $late,info,teardown "$sample"
expect '--fail-on says of each how often it was found' 1 err "^finwait: --fail-on $late: 1 found\$" \
    err '^finwait: --fail-on info: 2 found$' err '^finwait: --fail-on teardown: 2 found$'
run --summary --fail-on notice --min-severity warning "$sample"
expect '--fail-on does not count what is below --min-severity' 0 err empty
run --summary --fail-on $lost --ignore $lost "$sample"
expect '--fail-on does not count what is ignored' 0 err empty

cat >home/.config/finwait/config <<EOF
# what I do not want to see

  ignore = $lost, capture-quality   # they are many
severity=$late=warning
summary
msl = 15
EOF
run "$sample"
expect "the user's configuration" 0 err empty out "!$lost" out "1  warning  $late" out '!^#1'
run --format json "$sample"
expect 'a threshold of the configuration' 0 err empty out '"msl":15,'
run --format json --msl 20 "$sample"
expect 'an option has the last word' 0 err empty out '"msl":20,'
run --only $lost "$sample"
expect 'so has one that chooses' 0 err empty out "1  notice   $lost" out "!1  warning"
printf 'ignore = %s' $late >other
run --config other "$sample"
expect 'another configuration in its place' 0 err empty out " 1 notice  $lost" out "!notice  $late"
run --config /dev/null "$sample"
expect 'none in its place' 0 err empty out 'notice 2'
XDG_CONFIG_HOME=$work/xdg run "$sample"
expect 'none in XDG_CONFIG_HOME' 0 err empty out 'notice 2'
cp other xdg/finwait/config
XDG_CONFIG_HOME=$work/xdg run "$sample"
expect 'one in XDG_CONFIG_HOME' 0 err empty out 'notice 1'
XDG_CONFIG_HOME=xdg run "$sample"
expect 'a relative XDG_CONFIG_HOME is ignored' 0 err empty out "1  warning  $late"
HOME='' run "$sample"
expect 'no home' 0 err empty out 'notice 2'

# mistake WHAT LINE MESSAGE: the configuration whose second line is LINE is refused with MESSAGE.
mistake() {
    printf '# first\n%b\nmsl = 1\n' "$2" >bad
    run --config bad "$sample"
    expect "$1" 2 out empty err "^finwait: bad:2: $3"
}
mistake 'an unknown key' 'ingore = teardown' "unknown option 'ingore'; did you mean ignore\?$"
mistake 'a key like no other' 'xyzzy' "unknown option 'xyzzy'; finwait --help=all lists them$"
mistake 'an unknown id' 'ignore = fin-unansered' "ignore: no anomaly or group is called 'fin-unansered'; did you mean fin-unanswered\?$"
mistake 'a wrong value' 'ack-timeout = soon' "ack-timeout: 'soon' is not a number of seconds"
mistake 'a missing value' 'ack-timeout =' 'ack-timeout needs an argument, as in ack-timeout = SECONDS$'
mistake 'no value at all' 'only' 'only needs an argument, as in only = ID,...$'
mistake 'a value too many' 'summary = yes' 'summary takes no argument$'
mistake 'an option of one run' 'read = a.pcap' 'read belongs to one run'
mistake 'a configuration of a configuration' 'config = other' 'config belongs to one run'
mistake 'no key' '= 5' "unknown option ''"
mistake 'no text' 'ms\0l = 5' 'is no text$'
mistake 'a long line' "$(printf '%05000d' 0)" "unknown option '0+'"
run --config missing "$sample"
expect 'a configuration that is not there' 2 out empty err '^finwait: missing: No such file'
run --config . "$sample"
expect 'a folder' 2 out empty err '^finwait: \.: Is a directory'
run --config other --config missing "$sample"
expect 'the last --config counts' 2 out empty err '^finwait: missing: '
echo frob >home/.config/finwait/config
run --help
expect 'help with a broken configuration' 0 err empty out '^Usage'
run "$sample"
expect 'a broken configuration' 2 out empty err "^finwait: $HOME/.config/finwait/config:1: unknown option 'frob'"
rm home/.config/finwait/config
mkdir home/.config/finwait/config
run "$sample"
expect "a folder in the place of the user's configuration" 0 out 'notice 2' err "^finwait: $HOME/.config/finwait/config: Is a directory; going on without it$"
rmdir home/.config/finwait/config
ln -s config home/.config/finwait/config
run --format json --only $lost "$sample"
expect "a user's configuration that cannot be opened" 0 out '"notice":1' err "^finwait: $HOME/.config/finwait/config: .*; going on without it$"
run --config "$HOME/.config/finwait/config" "$sample"
expect 'the same, asked for' 2 out empty err "^finwait: $HOME/.config/finwait/config: [^;]*$"
if [ "$(id -u)" -ne 0 ]; then # who may read everything is not refused
    rm home/.config/finwait/config
    cp other home/.config/finwait/config
    chmod 000 home/.config/finwait/config
    run "$sample"
    expect "a user's configuration that others keep" 0 out 'notice 2' err 'Permission denied; going on without it$'
    chmod 000 home/.config/finwait
    run "$sample"
    expect "a folder of it that others keep" 0 out 'notice 2' err 'Permission denied; going on without it$'
    chmod 700 home/.config/finwait
fi

finish
