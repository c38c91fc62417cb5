/* SPDX-License-Identifier: BSD-3-Clause */
/* What a process that has confined itself can still do. Each try is a process of its own. */
#include "config.h"

#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Landlock; see cli/sandbox.c. */
enum {
    CREATE_RULESET = 444,
    RESTRICT_SELF = 446,
    CREATE_RULESET_VERSION = 1,
    ABI_WITH_TRUNCATE = 3,
    ABI_WITH_NETWORK = 4
};

/* A folder with in/named, in/other and out/. */
static char folder[64], named[96], other[96], in[96], out[96], beside[96];

static void make_file(const char *path) {
    int descriptor = open(path, O_WRONLY | O_CREAT, 0700);

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

/* What the kernel and this build have of it, asked without the sandbox: what it fails to put in force must not pass for
 * what is not there. */
static unsigned available(void) {
    unsigned layers = 0;

#ifdef SANDBOX
    layers |= syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION) >= 1 ? SANDBOX_FILES : 0;
#if defined HAVE_LIBSECCOMP && !UNDER_SANITIZER
    layers |= prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 && errno == EFAULT ? SANDBOX_CALLS : 0;
#endif
#endif
    return layers;
}

static unsigned expected; /* asked before anything is confined */

/* A way to confine the process; false: not all is in force that should be. */
typedef bool (*confinement)(void);

/* To reading `named` and writing `beside`. */
static void allow_some(struct sandbox *sandbox) {
    sandbox_begin(sandbox);
    sandbox_allow_reading(sandbox, named);
    sandbox_allow_output(sandbox, beside);
}

static bool confined(void) {
    struct sandbox sandbox;

    allow_some(&sandbox);
    return sandbox_enter(&sandbox) == expected;
}

static bool confined_live(void) {
    struct sandbox sandbox;

    allow_some(&sandbox);
    sandbox.live = true;
    return sandbox_enter(&sandbox) == expected;
}

/* Beneath a directory. */
static bool confined_to_folder(void) {
    struct sandbox sandbox;

    sandbox_begin(&sandbox);
    sandbox_allow_reading(&sandbox, in);
    return sandbox_enter(&sandbox) == expected;
}

/* The files only, without the filter of calls that would refuse much of it anyway. */
static bool confined_in_files(void) {
    struct sandbox sandbox;

    allow_some(&sandbox);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(RESTRICT_SELF, sandbox.ruleset, 0) == 0;
}

/* Confined so, calls what it is given; the exit status is what that returns: 0 or errno. Skipped where the kernel or
 * the build is without this layer. */
static int tried(confinement confine, int (*attempt)(void), enum sandbox_layer layer) {
    enum { NOT_CONFINED = 255 };
    int status = -1;

    if ((expected & layer) == 0)
        skip();
    pid_t child = fork();
    if (child == 0)
        _exit(confine() ? attempt() : NOT_CONFINED);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), NOT_CONFINED);
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
/* A file that cannot be opened may have been made all the same. */
static int write_into_input(void) {
    char path[128];
    struct stat status;

    snprintf(path, sizeof path, "%s/new", in);
    int refused = open_as(path, O_WRONLY | O_CREAT);
    return refused != 0 && stat(path, &status) == 0 ? 0 : refused;
}
static int remove_input(void) {
    return unlink(other) == 0 ? 0 : errno;
}
static int cut_input(void) {
    return truncate(named, 0) == 0 ? 0 : errno;
}
static int take_input_away(void) {
    return rename(named, beside) == 0 ? 0 : errno;
}
static int change_mode_of_output(void) {
    return write_output() != 0 ? 0 : chmod(beside, 0777) == 0 ? 0 : errno;
}
static int replace_output(void) {
    char path[128];

    snprintf(path, sizeof path, "%s.new", beside);
    int made = open_as(path, O_WRONLY | O_CREAT);
    return made != 0 ? made : rename(path, beside) == 0 ? 0 : errno;
}

static void only_named_files_can_be_read(void **state) {
    (void)state;
    assert_int_equal(tried(confined, read_named, SANDBOX_FILES), 0);
    assert_int_equal(tried(confined, read_other, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined, read_elsewhere, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined, list_folder, SANDBOX_FILES), EACCES);
}

static void a_directory_is_all_beneath_it(void **state) {
    (void)state;
    assert_int_equal(tried(confined_to_folder, list_folder, SANDBOX_FILES), 0);
    assert_int_equal(tried(confined_to_folder, read_other, SANDBOX_FILES), 0);
    assert_int_equal(tried(confined_to_folder, read_elsewhere, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined_to_folder, write_into_input, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined_to_folder, write_output, SANDBOX_FILES), EACCES);
}

static void only_named_outputs_can_be_written(void **state) {
    (void)state;
    assert_int_equal(tried(confined, write_output, SANDBOX_FILES), 0);
    assert_int_equal(tried(confined, replace_output, SANDBOX_FILES), 0);
    assert_int_equal(tried(confined, write_named, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined, write_into_input, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined, remove_input, SANDBOX_FILES), EACCES);
    assert_int_not_equal(tried(confined, cut_input, SANDBOX_FILES), 0);
    if (syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION) >= ABI_WITH_TRUNCATE)
        assert_int_equal(tried(confined_in_files, cut_input, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined, take_input_away, SANDBOX_FILES), EACCES);
}

static void nothing_else_is_done_to_outputs(void **state) {
    (void)state;
    assert_int_equal(tried(confined, change_mode_of_output, SANDBOX_CALLS), EPERM);
}

static int run_as(const char *path) {
    char *const arguments[] = {(char *)(uintptr_t)path, NULL};

    execv(path, arguments);
    return errno;
}
static int run_program(void) {
    return run_as("/bin/true");
}
/* It can be read, and may be executed as far as its mode goes; it only has no format that could be. */
static int run_named(void) {
    return run_as(named);
}
static int start_process(void) {
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    return child > 0 ? 0 : errno;
}
/* Its flags are in memory, where no filter sees them. */
static int start_process_unseen(void) {
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);

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
    assert_int_equal(tried(confined_in_files, run_program, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined_in_files, run_named, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined, run_program, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined, run_named, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined, start_process, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined, start_process_unseen, SANDBOX_CALLS), ENOSYS);
    assert_int_equal(tried(confined, start_thread, SANDBOX_CALLS), 0);
}

/* Of every family that is there at all. */
static int open_sockets(void) {
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET};

    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (socket(families[i], SOCK_STREAM, 0) >= 0 || socket(families[i], SOCK_DGRAM, 0) >= 0 ||
            socket(families[i], SOCK_RAW, 0) >= 0)
            return 0;
    return errno;
}

/* Of a pair that was open before: what the other end has to say can be read while capturing, nothing can be sent. */
static int pair[2];
static char octet;
static int send_to_peer(void) {
    return sendto(pair[0], "x", 1, 0, NULL, 0) == 1 ? 0 : errno;
}
static int send_message_to_peer(void) {
    struct iovec vector = {&octet, 1};
    const struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

    return sendmsg(pair[0], &message, 0) == 1 ? 0 : errno;
}
static int hear_peer(void) {
    return recvfrom(pair[0], &octet, 1, MSG_DONTWAIT, NULL, NULL) == 1 ? 0 : errno;
}

/* TCP on this machine; where nobody listens it is refused unless the sandbox comes first. */
static int apart;
static int connect_somewhere(void) {
    const struct sockaddr_in peer = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    return connect(apart, (const struct sockaddr *)&peer, sizeof peer) == 0 ? 0 : errno;
}
static int bind_somewhere(void) {
    const struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    return bind(apart, (const struct sockaddr *)&own, sizeof own) == 0 ? 0 : errno;
}

static void there_is_no_network(void **state) {
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_true((apart = socket(AF_INET, SOCK_STREAM, 0)) >= 0);
    assert_int_equal(tried(confined, open_sockets, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined_live, open_sockets, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined, send_to_peer, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined_live, send_to_peer, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined_live, send_message_to_peer, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined, hear_peer, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined_live, hear_peer, SANDBOX_CALLS), EAGAIN);
    assert_int_equal(tried(confined, connect_somewhere, SANDBOX_CALLS), EPERM);
    assert_int_equal(tried(confined, bind_somewhere, SANDBOX_CALLS), EPERM);
    close(pair[0]);
    close(pair[1]);
    close(apart);
}

static void nor_where_only_files_are_confined(void **state) {
    (void)state;
    if (syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION) < ABI_WITH_NETWORK)
        skip();
    assert_true((apart = socket(AF_INET, SOCK_STREAM, 0)) >= 0);
    assert_int_equal(tried(confined_in_files, connect_somewhere, SANDBOX_FILES), EACCES);
    assert_int_equal(tried(confined_in_files, bind_somewhere, SANDBOX_FILES), EACCES);
    close(apart);
}

/* tests/cli/sandbox.sh asks with --available what must be in force. */
int main(int count, char **arguments) {
    expected = available();
    if (count == 2 && strcmp(arguments[1], "--available") == 0) {
        printf("%s%s\n", (expected & SANDBOX_FILES) != 0 ? "files " : "",
               (expected & SANDBOX_CALLS) != 0 ? "calls" : "");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_named_files_can_be_read),
        cmocka_unit_test(a_directory_is_all_beneath_it),
        cmocka_unit_test(only_named_outputs_can_be_written),
        cmocka_unit_test(nothing_else_is_done_to_outputs),
        cmocka_unit_test(no_program_can_be_run),
        cmocka_unit_test(there_is_no_network),
        cmocka_unit_test(nor_where_only_files_are_confined),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
