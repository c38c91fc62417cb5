/* SPDX-License-Identifier: BSD-3-Clause */
/* What a process that has confined itself can still do. Each try is a process of its own. */
#include "config.h"

#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder with in/named, in/other and out/. */
static char folder[64], named[96], other[96], in[96], out[96], beside[96];

static void make_file(const char *path) {
    int descriptor = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "x", 1), 1);
    close(descriptor);
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/finwait-sandbox-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(in, sizeof in, "%s/in", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    snprintf(named, sizeof named, "%s/in/named", folder);
    snprintf(other, sizeof other, "%s/in/other", folder);
    snprintf(beside, sizeof beside, "%s/out/report", folder);
    assert_int_equal(mkdir(in, 0700), 0);
    assert_int_equal(mkdir(out, 0700), 0);
    make_file(named);
    make_file(other);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(named);
    unlink(other);
    unlink(beside);
    rmdir(in);
    rmdir(out);
    return rmdir(folder);
}

/* Confined to reading `named` and writing `beside`, calls what it is given; the exit status is what that returns: 0 or
 * errno. */
static int tried(int (*attempt)(void), unsigned layer) {
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        struct sandbox sandbox;
        sandbox_begin(&sandbox);
        sandbox_allow_reading(&sandbox, named);
        sandbox_allow_output(&sandbox, beside);
        unsigned layers = sandbox_enter(&sandbox);
        _exit((layers & layer) == layer ? attempt() : 255);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 255)
        skip(); /* a kernel or a build without this layer */
    return WEXITSTATUS(status);
}

static int open_as(const char *path, int flags) {
    return open(path, flags, 0600) >= 0 ? 0 : errno;
}

static int read_named(void) {
    return open_as(named, O_RDONLY);
}
static int write_named(void) {
    return open_as(named, O_WRONLY);
}
static int read_other(void) {
    return open_as(other, O_RDONLY);
}
static int read_elsewhere(void) {
    return open_as("/etc/passwd", O_RDONLY);
}
static int list_folder(void) {
    return open_as(in, O_RDONLY | O_DIRECTORY);
}
static int write_output(void) {
    return open_as(beside, O_WRONLY | O_CREAT | O_TRUNC);
}
static int write_into_input(void) {
    char path[128];

    snprintf(path, sizeof path, "%s/new", in);
    return open_as(path, O_WRONLY | O_CREAT);
}
static int remove_input(void) {
    return unlink(other) == 0 ? 0 : errno;
}

static void only_named_files_can_be_read(void **state) {
    (void)state;
    assert_int_equal(tried(read_named, SANDBOX_FILES), 0);
    assert_int_equal(tried(read_other, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(read_elsewhere, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(list_folder, SANDBOX_FILES), EACCES);
}

static void only_named_outputs_can_be_written(void **state) {
    (void)state;
    assert_int_equal(tried(write_output, SANDBOX_FILES), 0);
    assert_int_equal(tried(write_named, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(write_into_input, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(remove_input, SANDBOX_FILES), EACCES);
}

static int open_socket(void) {
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}
static int run_program(void) {
    char *const arguments[] = {(char *)(uintptr_t) "true", NULL};

    execv("/bin/true", arguments);
    return errno;
}
static int start_process(void) {
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    return child > 0 ? 0 : errno;
}
static void *nothing(void *context) {
    return context;
}
static int start_thread(void) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, nothing, NULL);

    return error != 0 ? error : pthread_join(thread, NULL);
}

static void no_program_can_be_run(void **state) {
    (void)state;
    assert_int_not_equal(tried(run_program, SANDBOX_FILES), 0);
    assert_int_equal(tried(run_program, SANDBOX_CALLS), EPERM);
}

static void no_network_and_no_process(void **state) {
    (void)state;
    assert_int_equal(tried(open_socket, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(start_process, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(start_thread, SANDBOX_CALLS), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_named_files_can_be_read),
        cmocka_unit_test(only_named_outputs_can_be_written),
        cmocka_unit_test(no_program_can_be_run),
        cmocka_unit_test(no_network_and_no_process),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
