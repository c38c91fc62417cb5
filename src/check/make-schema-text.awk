# SPDX-License-Identifier: BSD-3-Clause
# Turns a text into the lines of report_schema_lines (schema_text.h).
BEGIN {
    print "/* Made from the schema of the report by make-schema-text.awk. */"
    print "#include \"check/schema_text.h\"\n"
    print "#include <stddef.h>\n"
    print "const char *const report_schema_lines[] = {"
}
{
    gsub(/[\\]/, "\\\\&")
    gsub(/"/, "\\\"")
    print "    \"" $0 "\\n\","
}
END { print "    NULL,\n};" }
