/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/sandbox.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- files: Landlock --- */

/* linux/landlock.h as far as it is needed; that of an older system lacks what a newer kernel has. The numbers are the
 * same on all architectures. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, RULE_PATH_BENEATH = 1, CREATE_RULESET_VERSION = 1 };

#define FS_EXECUTE     (UINT64_C(1) << 0)
#define FS_WRITE_FILE  (UINT64_C(1) << 1)
#define FS_READ_FILE   (UINT64_C(1) << 2)
#define FS_READ_DIR    (UINT64_C(1) << 3)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_REG    (UINT64_C(1) << 8)
#define FS_MAKE_SYM    (UINT64_C(1) << 12)
#define FS_REFER       (UINT64_C(1) << 13) /* ABI 2 */
#define FS_TRUNCATE    (UINT64_C(1) << 14) /* ABI 3 */
#define FS_FIRST_ABI   ((FS_MAKE_SYM << 1) - 1)
#define FS_OF_FILES    (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)
#define NET_BIND_TCP   (UINT64_C(1) << 0) /* ABI 4 */
#define NET_CONNECT    (UINT64_C(1) << 1)

struct ruleset_attributes {
    uint64_t files;
    uint64_t network;
};

struct path_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

static uint64_t files_of_abi(int abi) {
    return FS_FIRST_ABI | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0);
}

void sandbox_begin(struct sandbox *sandbox) {
    enum { ABI_WITH_NETWORK = 4 };
    struct ruleset_attributes attributes = {0};

    *sandbox = (struct sandbox){.ruleset = -1};
#ifdef SANDBOX
    long abi = syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
    if (abi < 1)
        return;
    attributes.files = files_of_abi((int)abi);
    attributes.network = abi >= ABI_WITH_NETWORK ? NET_BIND_TCP | NET_CONNECT : 0;
    size_t size = abi >= ABI_WITH_NETWORK ? sizeof attributes : offsetof(struct ruleset_attributes, network);
    sandbox->ruleset = (int)syscall(CREATE_RULESET, &attributes, size, 0);
    sandbox->abi = sandbox->ruleset < 0 ? 0 : (int)abi;
#endif
    sandbox->files = attributes.files;
}

/* A rule that cannot be made is one that the kernel does not need (a pipe), or shows when the file cannot be opened. */
static void allow(struct sandbox *sandbox, const char *path, uint64_t access) {
    struct stat status;

    if (sandbox->ruleset < 0 || path == NULL || strcmp(path, "-") == 0)
        return;
    struct path_beneath rule = {.parent = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent < 0)
        return;
    rule.allowed = access & sandbox->files;
    if (fstat(rule.parent, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed &= FS_OF_FILES;
    if (rule.allowed != 0)
        syscall(ADD_RULE, sandbox->ruleset, RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent);
}

void sandbox_allow_reading(struct sandbox *sandbox, const char *path) {
    allow(sandbox, path, FS_READ_FILE | FS_READ_DIR);
}

void sandbox_allow_directory(struct sandbox *sandbox, const char *path) {
    allow(sandbox, path, FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_REMOVE_FILE);
}

void sandbox_allow_output(struct sandbox *sandbox, const char *path) {
    const uint64_t writing = FS_WRITE_FILE | FS_TRUNCATE;
    char directory[4096];
    struct stat status;

    if (path == NULL || strcmp(path, "-") == 0)
        return;
    allow(sandbox, path, writing);
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return;
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    if (snprintf(directory, sizeof directory, "%.*s", length, slash == NULL ? "." : path) < (int)sizeof directory)
        allow(sandbox, directory, writing | FS_MAKE_REG | FS_REMOVE_FILE);
}

static bool confine_files(const struct sandbox *sandbox) {
    return sandbox->ruleset >= 0 && syscall(RESTRICT_SELF, sandbox->ruleset, 0) == 0;
}

/* --- system calls: seccomp --- */

#if defined SANDBOX && defined HAVE_LIBSECCOMP && !UNDER_SANITIZER
#include <errno.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>

/* What reading, computing, writing, threads and allocation need, in what any libc makes of it. */
static const char calls[] =
    "read readv pread64 preadv write writev pwrite64 lseek _llseek close dup dup3 open openat stat fstat lstat "
    "newfstatat fstatat64 stat64 fstat64 lstat64 statx access faccessat faccessat2 readlink readlinkat getcwd "
    "getdents getdents64 fcntl fcntl64 ftruncate ftruncate64 fallocate fadvise64 fsync fdatasync rename "
    "renameat renameat2 unlink unlinkat umask mmap mmap2 munmap mremap mprotect madvise mincore brk memfd_create futex "
    "futex_time64 set_robust_list get_robust_list rseq membarrier sched_yield sched_getaffinity getpid gettid "
    "tgkill rt_sigaction rt_sigprocmask rt_sigreturn sigreturn sigaltstack restart_syscall poll ppoll "
    "ppoll_time64 select pselect6 pselect6_time64 clock_gettime clock_gettime64 clock_getres clock_nanosleep "
    "clock_nanosleep_time64 nanosleep gettimeofday time getrandom prlimit64 getrlimit ugetrlimit getrusage "
    "sysinfo uname getuid geteuid getgid getegid exit exit_group";

/* What taking frames of sockets that are open needs besides. */
static const char live_calls[] = "recvfrom recvmsg getsockopt setsockopt";

static bool allow_calls(scmp_filter_ctx filter, const char *list) {
    char names[sizeof calls], *rest = NULL;

    snprintf(names, sizeof names, "%s", list);
    for (const char *name = strtok_r(names, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest)) {
        int number = seccomp_syscall_resolve_name(name);
        /* What this architecture has not cannot be called. */
        if (number >= 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0)
            return false;
    }
    return true;
}

/* Threads, not processes; questions to a terminal, not orders. clone3 hides its flags from a filter: libc falls back to
 * clone where there is none. */
static bool allow_parts_of_calls(scmp_filter_ctx filter, bool live) {
    static const unsigned long questions[] = {TCGETS, TIOCGWINSZ, SIOCGIFFLAGS};
    size_t count = sizeof questions / sizeof *questions - (live ? 0 : 1); /* the last is about an interface */

    for (size_t i = 0; i < count; i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, questions[i])) != 0)
            return false;
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

static bool confine_calls(bool live) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool good = filter != NULL && allow_calls(filter, calls) && (!live || allow_calls(filter, live_calls)) &&
                allow_parts_of_calls(filter, live) && seccomp_load(filter) == 0;

    if (filter != NULL)
        seccomp_release(filter);
    return good;
}
#else
static bool confine_calls(bool live) {
    (void)live;
    return false;
}
#endif

/* --- both --- */

unsigned sandbox_enter(struct sandbox *sandbox) {
    unsigned layers = 0;

    if (UNDER_SANITIZER)
        sandbox_allow_reading(sandbox, "/proc");
#ifdef SANDBOX
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    layers |= confine_files(sandbox) ? SANDBOX_FILES : 0;
    sandbox_abandon(sandbox);
    layers |= confine_calls(sandbox->live) ? SANDBOX_CALLS : 0;
#endif
    sandbox_abandon(sandbox);
    return layers;
}

void sandbox_abandon(struct sandbox *sandbox) {
    if (sandbox->ruleset >= 0)
        close(sandbox->ruleset);
    sandbox->ruleset = -1;
}
