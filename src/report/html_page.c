/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/html_page.h"

#include "base/sha256.h"
#include "report/base64.h"
#include "report/deflate.h"

/* 'sha256-...', by which Content Security Policy knows an element. */
static void write_digest(struct output *output, const char *text) {
    uint8_t digest[SHA256_SIZE];

    sha256((const uint8_t *)text, strlen(text), digest);
    output_text(output, "'sha256-");
    base64_write(output, digest, sizeof digest);
    output_char(output, '\'');
}

static void write_policy(struct output *output) {
    output_text(output, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src ");
    write_digest(output, html_page_script);
    output_text(output, "; style-src ");
    write_digest(output, html_page_style);
    output_text(output, "; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
                        "trusted-types 'none'\">\n");
}

void html_page_begin(struct output *output) {
    output_text(output, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    write_policy(output);
    output_text(output, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                        "<meta name=\"color-scheme\" content=\"light dark\">\n"
                        "<meta name=\"referrer\" content=\"no-referrer\">\n"
                        "<title>finwait</title>\n<style>");
    output_text(output, html_page_style);
    output_text(output, "</style>\n</head>\n<body>\n");
    output_text(output, html_page_body);
}

void html_page_end(struct output *output) {
    output_text(output, "<script>");
    output_text(output, html_page_script);
    output_text(output, "</script>\n</body>\n</html>\n");
}

void html_page_packed(struct output *output, const char *id, const struct output *packed) {
    output_text(output, "<script type=\"text/plain\" id=\"");
    output_text(output, id);
    output_text(output, "\">");
    base64_write(output, (const uint8_t *)packed->bytes, packed->used);
    output_text(output, "</script>\n");
}

bool html_page_data(struct output *output, const char *id, const struct output *text) {
    struct output *packed = output_to_memory();
    bool done = packed != NULL && output_error(text) == 0 && deflate_write(packed, text->bytes, text->used);

    if (done) {
        html_page_packed(output, id, packed);
    }
    output_free(packed);
    return done;
}
