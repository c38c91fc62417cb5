/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs packet-by-packet scenarios: see tests/scenarios/README.md.
 *
 * usage: scenario [--show] [FILE…]         compares what is seen with what is expected; without FILE all of them, also
 *                                          with the golden texts of tests/golden/told
 *        scenario --quick                  all of them, up to the first that fails, without captures and variants
 *        scenario --update                 writes the golden texts; read the difference before you commit it
 *        scenario --changes FILE…          every such change with a digest: hold it against another program's
 *        scenario --change WORD N FILE     the whole story where "WORD N" (a line of the golden text) happens
 *        scenario --write-pcap DIR FILE…   writes DIR/NAME.pcap for each and compares nothing
 */
#include "expect.h"
#include "golden.h"
#include "variants.h"
#include "wire.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct session {
    struct workspace workspace;
    struct later_ids later;
    unsigned divisor;
    bool show;
    bool quick;           /* no captures, no variants, and an end at the first scenario that fails */
    struct golden golden; /* folder NULL: not compared */
    unsigned passed;
    unsigned failed;
    struct variant_counts variants;
};

static void count(struct session *session, const char *name, const char *what, bool good) {
    if (good)
        session->passed++;
    else
        session->failed++;
    if (!good)
        printf("FAILED %s: %s\n", name, what);
    fflush(stdout);
}

/* Both ways must show the same to the last word. */
static bool agree(struct run *direct, const struct trace *trace, const struct workspace *workspace) {
    struct run *captured = run_by_capture(trace, workspace);
    char *expected = run_text(direct, DETAIL_ALL);
    char *seen = captured == NULL ? NULL : run_text(captured, DETAIL_ALL);
    bool good = expected != NULL && seen != NULL && strcmp(expected, seen) == 0;
    if (!good && expected != NULL && seen != NULL)
        print_difference(stdout, expected, seen);
    free(expected);
    free(seen);
    if (captured != NULL)
        run_free(captured);
    return good;
}

static void show(const struct run *run) {
    char *text = run_text(run, DETAIL_ALL);
    fputs(text == NULL ? "" : text, stdout);
    free(text);
}

static void test_other_ways(struct session *session, const struct script *script, const struct trace *trace,
                            struct run *run, uint32_t seed) {
    count(session, script->name, "the way through a capture", agree(run, trace, &session->workspace));
    unsigned before = session->variants.different;
    variants_run(stdout, script, &session->workspace, session->divisor, seed, &session->variants);
    count(session, script->name, "variants", session->variants.different == before);
}

static void test(struct session *session, const struct script *script, uint32_t seed) {
    struct trace *trace = trace_new(script, &plain_layout);
    struct run *run = trace == NULL ? NULL : run_direct(trace);
    if (run != NULL) {
        count(session, script->name, script->title, expect_compare(stdout, run, &session->later) == 0);
        if (session->show)
            show(run);
        if (!session->quick)
            test_other_ways(session, script, trace, run, seed);
        run_free(run);
    } else {
        count(session, script->name, "out of memory", false);
    }
    if (trace != NULL)
        trace_free(trace);
}

static int write_captures(const char *folder, char *const *files, int count_of_files) {
    char path[512];
    for (int i = 0; i < count_of_files; i++) {
        struct script *script = script_read(files[i]);
        if (script == NULL)
            return 1;
        struct trace *trace = trace_new(script, &plain_layout);
        snprintf(path, sizeof path, "%s/%s.pcap", folder, script->name);
        bool good = trace != NULL && wire_write(trace, path, 1, trace->frames);
        if (!good)
            perror(path);
        if (trace != NULL)
            trace_free(trace);
        script_free(script);
        if (!good)
            return 1;
    }
    return 0;
}

static int list_changes(char *const *files, int count_of_files) {
    for (int i = 0; i < count_of_files; i++) {
        struct script *script = script_read(files[i]);
        if (script == NULL)
            return 1;
        golden_list(stdout, script);
        script_free(script);
    }
    return 0;
}

static int show_change(const char *word, const char *frame, const char *path) {
    struct script *script = script_read(path);
    bool good = script != NULL && golden_show(stdout, script, word, strtoul(frame, NULL, 10));
    if (script != NULL)
        script_free(script);
    return good ? 0 : 1;
}

static int scenarios_only(const struct dirent *entry) {
    return strstr(entry->d_name, ".scenario") != NULL;
}

/* Bytewise, so that the order is the same everywhere. */
static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void test_file(struct session *session, const char *path, uint32_t seed) {
    struct script *script = script_read(path);
    if (script == NULL) {
        count(session, path, "cannot be read", false);
        return;
    }
    test(session, script, seed);
    if (session->golden.folder != NULL)
        count(session, script->name, "its golden text", golden_test(stdout, &session->golden, script));
    script_free(script);
}

static void update_file(struct session *session, const char *path) {
    struct script *script = script_read(path);
    count(session, path, "its golden text", script != NULL && golden_test(stdout, &session->golden, script));
    if (script != NULL)
        script_free(script);
}

static void test_entry(struct session *session, const char *path, uint32_t seed) {
    if (session->quick && session->failed > 0)
        return;
    if (session->golden.update)
        update_file(session, path);
    else
        test_file(session, path, seed);
}

static void test_folder(struct session *session, const char *folder) {
    struct dirent **entries;
    char path[1024];
    int found = scandir(folder, &entries, scenarios_only, by_name);
    if (found <= 0)
        count(session, folder, "holds no scenario", false);
    for (int i = 0; i < found; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        test_entry(session, path, (uint32_t)i * 7);
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
}

/* All that the scenarios expect before the first golden text, which costs a hundred times as much. */
static void test_folder_quickly(struct session *session, const char *folder) {
    struct golden golden = session->golden;
    session->golden = (struct golden){0};
    test_folder(session, folder);
    session->golden = golden;
    if (session->failed == 0)
        test_folder(session, folder);
}

static bool make_workspace(struct workspace *workspace, char *folder, size_t size) {
    const char *parent = getenv("TMPDIR");
    snprintf(folder, size, "%s/finwait-scenario-XXXXXX", parent == NULL ? "/tmp" : parent);
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return false;
    }
    snprintf(workspace->first, sizeof workspace->first, "%.200s/first.pcap", folder);
    snprintf(workspace->second, sizeof workspace->second, "%.200s/second.pcap", folder);
    return true;
}

static unsigned divisor_wanted(void) {
    const char *text = getenv("FINWAIT_TEST_DIVISOR");
    unsigned long divisor = text == NULL ? 1 : strtoul(text, NULL, 10);
    return divisor == 0 ? 1 : (unsigned)divisor;
}

int main(int argc, char **argv) {
    char folder[512];
    char path[600];
    char golden[600];
    char temporary[256];
    struct session session = {.divisor = divisor_wanted()};
    int first = 1;
    if (argc > 3 && strcmp(argv[1], "--write-pcap") == 0)
        return write_captures(argv[2], argv + 3, argc - 3);
    if (argc > 2 && strcmp(argv[1], "--changes") == 0)
        return list_changes(argv + 2, argc - 2);
    if (argc == 5 && strcmp(argv[1], "--change") == 0)
        return show_change(argv[2], argv[3], argv[4]);
    if (argc > 1 && strcmp(argv[1], "--show") == 0) {
        session.show = true;
        first = 2;
    }
    bool update = argc == 2 && strcmp(argv[1], "--update") == 0;
    session.quick = argc == 2 && strcmp(argv[1], "--quick") == 0;
    first += update || session.quick;
    const char *source = getenv("srcdir");
    snprintf(folder, sizeof folder, "%s/tests/scenarios", source == NULL ? "." : source);
    snprintf(golden, sizeof golden, "%s/tests/golden", source == NULL ? "." : source);
    if (first >= argc && !golden_open(&session.golden, golden, update))
        return 99;
    snprintf(path, sizeof path, "%s/states-only.list", folder);
    bool listed = later_ids_read(&session.later, path);
    if (!make_workspace(&session.workspace, temporary, sizeof temporary))
        return 99;
    count(&session, "states-only.list", "holds only ids that the catalogue lacks", listed);
    if (first < argc)
        for (int i = first; i < argc; i++)
            test_file(&session, argv[i], 0);
    else if (session.quick)
        test_folder_quickly(&session, folder);
    else
        test_folder(&session, folder);
    unlink(session.workspace.first);
    unlink(session.workspace.second);
    rmdir(temporary);
    later_ids_free(&session.later);
    if (!golden_close(&session.golden))
        count(&session, "tests/golden/digests", "cannot be written", false);
    printf("%u variants, %u of them different, %u left out\n", session.variants.run, session.variants.different,
           session.variants.left_out);
    printf("%u passed, %u failed\n", session.passed, session.failed);
    return session.failed == 0 ? 0 : 1;
}
