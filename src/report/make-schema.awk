# SPDX-License-Identifier: BSD-3-Clause
# usage: awk -f make-schema.awk catalogue.def thresholds.def finwait-report.schema.json.in
#
# Fills the names of the anomalies, of their groups and of the thresholds into the schema, so that each has one list.

function add(list, name) {
    return list (list == "" ? "" : ", ") "\"" name "\""
}

/^ROW\(/ && FILENAME ~ /catalogue\.def$/ {
    split($0, part, "\"")
    ids = add(ids, part[2])
    if (!(part[4] in seen))
        groups = add(groups, part[4])
    seen[part[4]] = 1
}
/^THRESHOLD\(/ && FILENAME ~ /thresholds\.def$/ {
    split($0, part, /[(, ]+/)
    thresholds = add(thresholds, part[2])
    kind = part[4] == "SECONDS" ? "seconds" : "count"
    properties = properties (properties == "" ? "" : ",\n") "        \"" part[2] "\": {\"$ref\": \"#/$defs/" kind "\"}"
}
FILENAME ~ /\.def$/ {
    next
}

/@THRESHOLD_PROPERTIES@/ {
    print properties
    next
}
{
    sub(/@ANOMALY_IDS@/, ids)
    sub(/@ANOMALY_GROUPS@/, groups)
    sub(/@THRESHOLDS@/, thresholds)
    print
}
