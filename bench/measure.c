/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Runs a command with its output thrown away and prints CPU seconds (user and system) and peak memory in KiB. The
 * peak of a process starts from that of the one it was forked from, so the parent must be small: a script will not do.
 */

static int run(char **command) {
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
        return 127;
    execv(command[0], command);
    perror(command[0]);
    return 127;
}

int main(int argc, char **argv) {
    struct rusage usage;
    int status;
    if (argc < 2) {
        fputs("usage: measure PROGRAM [ARGUMENT]...\n", stderr);
        return 2;
    }
    pid_t child = fork();
    if (child == 0)
        _exit(run(argv + 1));
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        perror("measure");
        return 2;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "measure: %s: %s %d\n", argv[1], WIFEXITED(status) ? "status" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        return 2;
    }
    printf("%ld.%06ld %ld.%06ld %ld\n", (long)usage.ru_utime.tv_sec, (long)usage.ru_utime.tv_usec,
           (long)usage.ru_stime.tv_sec, (long)usage.ru_stime.tv_usec, usage.ru_maxrss);
    return 0;
}
