/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/writer.h"

static int write_bytes(const char *bytes, size_t size, void *context) {
    output_bytes(context, bytes, size);
    return 0;
}

static void json_end(struct check_page *page) {
    const struct check_totals *totals = &page->totals;
    json_t *document =
        json_pack("{s: s, s: {s: s, s: s}, s: O, s: {s: I, s: I, s: I, s: I, s: I}}", "schema", "finwait-check/1",
                  "tool", "name", "finwait", "version", page->version, "captures", (json_t *)(uintptr_t)page->results,
                  "summary", "captures", (json_int_t)totals->captures, "conditions", (json_int_t)totals->conditions,
                  "holds", (json_int_t)totals->outcomes[CHECK_HOLDS], "fails",
                  (json_int_t)totals->outcomes[CHECK_FAILS], "trouble", (json_int_t)totals->outcomes[CHECK_TROUBLE]);

    if (document != NULL)
        json_dump_callback(document, write_bytes, page->output, JSON_INDENT(2));
    output_char(page->output, '\n');
    json_decref(document);
}

const struct check_writer check_json_writer = {"json", NULL, NULL, json_end};
