# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of the command line share: tiny captures, and a way to run finwait and look at what it did.

finwait=${FINWAIT:-./finwait}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
here=$PWD
export XDG_CONFIG_HOME=/nonexistent # whoever runs the tests may have a configuration
export LC_ALL=C.UTF-8               # or none: then no pattern's dot matches a character beyond ASCII
case $finwait in /*) ;; *) finwait=$here/$finwait ;; esac
cd "$work" || exit 1

passed=0
failed=0
status=0

# run ARGUMENT...: runs finwait; leaves its exit status in $status, its output in the files out and err.
run() {
    status=0
    "$finwait" "$@" >out 2>err </dev/null || status=$?
}

# fail WHAT: counts a failure and shows what the last run left.
fail() {
    failed=$((failed + 1))
    printf 'FAILED: %s\n  exit status %s\n' "$1" "$status"
    sed 's/^/  stdout: /' out | head -n 30
    sed 's/^/  stderr: /' err | head -n 30
}

# expect WHAT STATUS [FILE PATTERN]...: checks the last run. PATTERN is an extended regular expression that some line of
# FILE (out, err, or another) must match; "!PATTERN": none may; "empty": the file has no octet.
expect() {
    local what=$1 wanted=$2 file pattern
    shift 2
    if [ "$status" -ne "$wanted" ]; then
        fail "$what (exit status, wanted $wanted)"
        return
    fi
    while [ $# -gt 0 ]; do
        file=$1 pattern=$2
        shift 2
        case $pattern in
        empty) [ ! -s "$file" ] || { fail "$what ($file is not empty)"; return; } ;;
        !*) ! grep -Eq -e "${pattern#!}" "$file" || { fail "$what ($file has '${pattern#!}')"; return; } ;;
        *) grep -Eq -e "$pattern" "$file" || { fail "$what ($file lacks '$pattern')"; return; } ;;
        esac
    done
    passed=$((passed + 1))
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

# hex DIGITS: writes the octets.
hex() {
    # shellcheck disable=SC2001,SC2059 # the digits are the format
    printf "$(sed 's/../\\x&/g' <<<"${1// /}")"
}

le32() {
    printf '%02x%02x%02x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# checksum DIGITS: the Internet checksum of an even number of octets.
checksum() {
    local sum=0 i
    for ((i = 0; i < ${#1}; i += 4)); do
        sum=$((sum + 16#${1:i:4}))
    done
    while ((sum > 65535)); do
        sum=$(((sum & 65535) + (sum >> 16)))
    done
    printf '%04x' $((65535 - sum))
}

# packet DIRECTION PORT FLAGS SEQ ACK: an IPv4 packet in hex between 192.0.2.1:PORT and 192.0.2.2:80, ">" from the
# first to the second, without payload.
packet() {
    local source=c0000201 destination=c0000202 ports ip tcp sum
    ports=$(printf '%04x%04x' "$2" 80)
    if [ "$1" = '<' ]; then
        source=c0000202 destination=c0000201 ports=$(printf '%04x%04x' 80 "$2")
    fi
    sum=$(checksum "45000028000140004006""0000$source$destination")
    ip=45000028000140004006$sum$source$destination
    tcp=$(printf '%s%08x%08x50%02x2000' "$ports" "$4" "$5" "$3")
    sum=$(checksum "$source$destination""00060014${tcp}00000000")
    printf '%s' "$ip$tcp${sum}0000"
}

# record SECONDS MICROSECONDS PACKET: a record of a pcap file, in hex.
record() {
    local length=$((${#3} / 2))
    printf '%s' "$(le32 "$1")$(le32 "$2")$(le32 "$length")$(le32 "$length")$3"
}

# shellcheck disable=SC2034 # for those who source this
pcap_header=d4c3b2a1020004000000000000000000ffff000065000000 # microseconds, raw IP

# connection PORT SECOND: the seven records of a connection that opens and closes properly, in hex.
connection() {
    record "$2" 0 "$(packet '>' "$1" 2 1000 0)"
    record "$2" 1000 "$(packet '<' "$1" 18 5000 1001)"
    record "$2" 2000 "$(packet '>' "$1" 16 1001 5001)"
    record "$2" 3000 "$(packet '>' "$1" 17 1001 5001)"
    record "$2" 4000 "$(packet '<' "$1" 16 5001 1002)"
    record "$2" 5000 "$(packet '<' "$1" 17 5001 1002)"
    record "$2" 6000 "$(packet '>' "$1" 16 1002 5002)"
}

# expect_sandbox: leaves in $in_force how finwait must say with FINWAIT_DEBUG=1 what confines it, as a pattern, and in
# $files and $calls whether they are: on or off. The kernel and the build are asked by another program, for where the
# sandbox fails it could say that there is none; where that program is not built, finwait is believed.
expect_sandbox() {
    local asker available
    asker=$(dirname "$finwait")/tests/unit/sandbox
    if [ -x "$asker" ]; then
        available=$("$asker" --available)
    else
        available=$(FINWAIT_DEBUG=1 "$finwait" explain syn-refused 2>&1 >/dev/null |
            sed -n 's/Landlock on/files/; s/seccomp on/calls/; /sandbox/p')
    fi
    files=off calls=off
    [[ $available != *files* ]] || files=on
    [[ $available != *calls* ]] || calls=on
    # shellcheck disable=SC2034 # for those who source this
    in_force="^finwait: sandbox: Landlock $files \\(version [0-9]+\\), seccomp $calls\$"
}
