# SPDX-License-Identifier: BSD-3-Clause

# FINWAIT_SWITCH(NAME, HELP): --enable-NAME, off unless asked for; the answer is in enable_NAME.
AC_DEFUN([FINWAIT_SWITCH],
[AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2])], [], [enable_$1=no])])

# FINWAIT_TRY_CFLAGS(VARIABLE, FLAGS): puts into VARIABLE those of FLAGS that the compiler accepts, asked one by one.
# -Werror, because clang only warns about a flag that it does not know.
AC_DEFUN([FINWAIT_TRY_CFLAGS],
[$1=
for finwait_flag in m4_normalize([$2]); do
  AC_MSG_CHECKING([whether $CC accepts $finwait_flag])
  finwait_saved=$CFLAGS
  CFLAGS="$CFLAGS -Werror $finwait_flag"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="$$1 $finwait_flag"],
    [AC_MSG_RESULT([no])])
  CFLAGS=$finwait_saved
done])

# FINWAIT_TRY_LDFLAGS(VARIABLE, FLAGS): the same for flags of the linker.
AC_DEFUN([FINWAIT_TRY_LDFLAGS],
[$1=
for finwait_flag in m4_normalize([$2]); do
  AC_MSG_CHECKING([whether the linker accepts $finwait_flag])
  finwait_saved=$LDFLAGS
  finwait_saved_cflags=$CFLAGS
  CFLAGS="$CFLAGS $HARDENING_CFLAGS -Werror"
  LDFLAGS="$LDFLAGS $finwait_flag"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="$$1 $finwait_flag"],
    [AC_MSG_RESULT([no])])
  LDFLAGS=$finwait_saved
  CFLAGS=$finwait_saved_cflags
done])

# FINWAIT_NEED_CFLAGS(FLAGS): stops unless a program can be compiled and linked with FLAGS.
AC_DEFUN([FINWAIT_NEED_CFLAGS],
[AC_MSG_CHECKING([whether $CC links with $1])
finwait_saved=$CFLAGS
CFLAGS="$CFLAGS $1"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
  [AC_MSG_RESULT([yes])],
  [AC_MSG_RESULT([no])
   AC_MSG_ERROR([$CC cannot build with $1: install its runtime library or leave the switch out])])
CFLAGS=$finwait_saved])

# FINWAIT_LIBRARY(name, VARIABLE, module and version, help of the switch)
# An optional library: --without-NAME leaves it out, --with-NAME demands it. Sets have_NAME, VARIABLE_CFLAGS and
# VARIABLE_LIBS, defines HAVE_VARIABLE, also for the Makefile.
AC_DEFUN([FINWAIT_LIBRARY], [
  AC_ARG_WITH([$1], [AS_HELP_STRING([--without-$1], [$4])], [], [with_[]m4_translit([$1], [-], [_])=auto])
  have_[]m4_translit([$1], [-], [_])=no
  AS_IF([test "x$with_[]m4_translit([$1], [-], [_])" != xno], [
    PKG_CHECK_MODULES([$2], [$3], [have_[]m4_translit([$1], [-], [_])=yes], [
      AS_IF([test "x$with_[]m4_translit([$1], [-], [_])" != xauto], [AC_MSG_ERROR([$1 was asked for and is not there: $$2_PKG_ERRORS])])])])
  AS_IF([test "$have_[]m4_translit([$1], [-], [_])" = yes], [AC_DEFINE([HAVE_$2], [1], [whether $1 is used])])
  AM_CONDITIONAL([HAVE_$2], [test "$have_[]m4_translit([$1], [-], [_])" = yes])
])
