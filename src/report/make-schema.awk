# SPDX-License-Identifier: BSD-3-Clause
# usage: awk -f make-schema.awk catalogue.def finwait-report.schema.json.in
#
# Fills the names of the anomalies and of their groups into the schema, so that the catalogue stays their only list.

function add(list, name) {
    return list (list == "" ? "" : ", ") "\"" name "\""
}

FNR == NR {
    if (/^ROW\(/) {
        split($0, part, "\"")
        ids = add(ids, part[2])
        if (!(part[4] in seen))
            groups = add(groups, part[4])
        seen[part[4]] = 1
    }
    next
}

{
    sub(/@ANOMALY_IDS@/, ids)
    sub(/@ANOMALY_GROUPS@/, groups)
    print
}
