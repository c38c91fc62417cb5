# SPDX-License-Identifier: BSD-3-Clause
# usage: awk -f make-page.awk palette.def style.css body.html SCRIPT.js...
#
# Joins the sources of the page to the three texts of html_page.h. The scripts are modules for whoever reads or tests
# them; in the page they are one, so that the words `import` and `export` go. They are given in the order in which each
# finds what it needs while it is loaded.

function quoted(line) {
    gsub(/[\\]/, "\\\\&", line)
    gsub(/"/, "\\\"", line)
    gsub(/\?/, "\\?", line)
    return "    \"" line "\\n\""
}

function begin_text(name) {
    if (current != "")
        print "    ;\n"
    current = name
    print "const char " name "[] ="
}

function kind_of(file) {
    sub(/.*\./, "", file)
    return file == "def" || file == "css" ? "html_page_style" : file == "html" ? "html_page_body" : "html_page_script"
}

BEGIN {
    print "/* Made from the sources of the page by make-page.awk. */"
    print "#include \"report/html_page.h\"\n"
}

FNR == 1 && kind_of(FILENAME) != current {
    begin_text(kind_of(FILENAME))
    if (current == "html_page_script")
        print quoted("\"use strict\";")
}

FILENAME ~ /\.def$/ {
    if ($0 !~ /^COLOR\(/)
        next
    split($0, part, /[(,") ]+/)
    print quoted(".state-" part[2] "{--state:light-dark(" part[3] "," part[4] ")}")
    next
}

/SPDX-License-Identifier/ || /^import / || /^ *\/\/ / || /^$/ { next }

FILENAME ~ /\.js$/ { sub(/^export /, "") }
{
    if (FILENAME !~ /\.html$/)
        sub(/^ +/, "")
    print quoted($0)
}

END { print "    ;" }
