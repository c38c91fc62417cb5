/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "cli/privileges.h"

#include "cli/complain.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#else
#include <linux/capability.h>
#include <sys/syscall.h>
#endif

static const char unprivileged[] = "nobody";

/* Who called sudo; -1: nobody did. */
static uid_t caller(void) {
    const char *text = getenv("SUDO_UID");
    char *end;
    unsigned long number;

    if (text == NULL || *text == '\0')
        return (uid_t)-1;
    errno = 0;
    number = strtoul(text, &end, 10);
    return errno != 0 || *end != '\0' || number >= (uid_t)-1 ? (uid_t)-1 : (uid_t)number;
}

static const struct passwd *find_user(const char *name) {
    const struct passwd *user;

    errno = 0;
    if (name != NULL) {
        user = getpwnam(name);
    } else {
        uid_t number = caller();
        user = number == (uid_t)-1 || number == 0 ? NULL : getpwuid(number);
        if (user == NULL)
            user = getpwnam(name = unprivileged);
    }
    if (user == NULL)
        complain("-Z %s: %s", name, errno != 0 ? strerror(errno) : "there is no such user");
    return user;
}

static bool become(const struct passwd *user) {
    if (user->pw_uid == geteuid())
        return true;
    if (initgroups(user->pw_name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0)
        return true;
    complain("the rights of %s cannot be taken on: %s; -Z root keeps those of root", user->pw_name, strerror(errno));
    return false;
}

/* Also those that a program which is started could have; there is none, but nothing is left to chance. */
static bool drop_capabilities(void) {
#ifdef HAVE_LIBCAP_NG
    capng_clear(CAPNG_SELECT_ALL);
    return capng_apply(CAPNG_SELECT_CAPS) == 0;
#else
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

    return syscall(SYS_capset, &header, none) == 0;
#endif
}

/* While the right to do so is there. */
static void drop_bounds(void) {
#ifdef HAVE_LIBCAP_NG
    if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP)) {
        capng_clear(CAPNG_SELECT_BOUNDS);
        capng_apply(CAPNG_SELECT_BOUNDS);
    }
#endif
}

bool privileges_drop(const char *user) {
    const struct passwd *entry = geteuid() == 0 ? find_user(user) : NULL;

    if (geteuid() == 0) {
        if (entry == NULL)
            return false;
        drop_bounds();
        if (!become(entry))
            return false;
    } else if (user != NULL) {
        entry = getpwnam(user);
        if (entry == NULL || entry->pw_uid != geteuid()) {
            complain("-Z %s: only root can become another user", user);
            return false;
        }
    }
    if (!drop_capabilities()) {
        complain("capabilities cannot be given up: %s", strerror(errno));
        return false;
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return true;
}
