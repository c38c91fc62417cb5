#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# --format html without a browser: the page holds the report, says what it leaves out, runs nothing but its own script,
# and is of use for captures that are not.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"
source=$(cd "$here" && cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 1
samples=$source/samples

# same WHAT PAGE REPORT: the page holds what the report says.
same() {
    if "$source/tests/page/rebuild" "$2" "$3" >out 2>&1; then
        passed=$((passed + 1))
    else
        fail "$1: the page is another report"
    fi
}

# strict PAGE: its policy allows two digests, they are those of its style and its script, and nothing else may run.
strict() {
    if python3 - "$1" >out 2>&1 <<'EOF'; then
import base64, hashlib, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text).group(1)
rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
digest = lambda part: "'sha256-%s'" % base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
script, = re.findall(r"<script>(.*?)</script>", text, re.S)
style, = re.findall(r"<style>(.*?)</style>", text, re.S)
assert rules["default-src"] == "'none'", rules
assert rules["script-src"] == digest(script) and rules["style-src"] == digest(style), rules
assert set(rules) == {"default-src", "script-src", "style-src", "base-uri", "form-action",
                      "require-trusted-types-for", "trusted-types"}, rules
body = text.replace(script, "").replace(style, "")
assert not re.search(r"\bon[a-z]+=|style=|https?:|javascript:|src=|<link|<img|<iframe", body), "something is fetched or runs"
data = re.findall(r'<script type="text/plain" id="[-a-z0-9]+">([^<]*)</script>', body)
assert len(data) >= 4 and all(re.fullmatch(r"[A-Za-z0-9+/=]*", part) for part in data), "data are not in base64"
assert not re.search(r"\binnerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)
EOF
        passed=$((passed + 1))
    else
        fail "the page $1 allows too much"
    fi
}

if ! command -v python3 >/dev/null; then
    echo "html: no python3 here, the page was not taken apart"
    exit 77
fi

for capture in "$samples"/*.pcap "$samples"; do
    run --format html -o page.html "$capture"
    expect "the page of ${capture##*/}" 0 out empty err empty page.html '^</html>$'
    run --format json --segments -o report.json "$capture"
    same "${capture##*/}" page.html report.json
done
strict page.html
for limit in 1 7 22; do
    run --format html --html-limit $limit -o page.html "$samples"
    same "at most $limit" page.html report.json
done
for limit in 0 -1 1.5 many ''; do
    run --format html --html-limit "$limit" -o refused.html "$samples/abort.pcap"
    expect "a page for '$limit' connections" 2 out empty err "^finwait: --html-limit: '$limit' is not a number( from 1 up)?$"
    if [ -e refused.html ]; then
        fail "a page for '$limit' connections is begun"
    fi
done

run --format html --only rst-abort --connection 1 --summary -o page.html "$samples"
run --format json --segments --only rst-abort -o report.json "$samples"
same 'chosen findings' page.html report.json
run --format html --census -o page.html "$samples/abort.pcap"
run --format json --segments --census -o report.json "$samples/abort.pcap"
same 'with a census' page.html report.json

# Names are as hostile as a file system allows.
mkdir names
cp "$samples/abort.pcap" 'names/"><img src=x onerror=alert(1)>&amp;'$'\x1b''[31m.pcap'
run --format html -o page.html names
expect 'a hostile name' 0 page.html '!<img' page.html '^</html>$'
strict page.html

printf 'garbage' >garbage.pcap
run --format html -o page.html garbage.pcap
expect 'garbage' 2 page.html '^</html>$' err 'garbage.pcap'
strict page.html
run --format json -o report.json garbage.pcap
same garbage page.html report.json
hex $pcap_header >empty.pcap
run --format html -o page.html empty.pcap
expect 'nothing' 0 page.html '^</html>$' err empty
run --format json --segments -o report.json empty.pcap
same nothing page.html report.json
run --format html -o page.html missing.pcap
expect 'no capture' 2 page.html '^</html>$' err 'No such file'
run --format html "$samples/abort.pcap"
expect 'standard output' 0 err empty out '^<!DOCTYPE html>$' out '^</html>$'
finish
