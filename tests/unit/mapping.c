/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "capture/mapping.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Files that stand in memory, and are cut while they do. */

enum { PAGES = 40, MAPPINGS_MOST = 16 };

static size_t page;
static size_t size; /* not whole pages */

static uint8_t octet_at(size_t at) {
    return (uint8_t)(at * 31 + at / page + 1);
}

static int learn_page(void **state) {
    (void)state;
    page = (size_t)sysconf(_SC_PAGESIZE);
    size = PAGES * page - page / 3;
    return 0;
}

static FILE *make_file(void) {
    FILE *file = tmpfile();
    assert_non_null(file);
    for (size_t i = 0; i < size; i++)
        putc(octet_at(i), file);
    assert_int_equal(fflush(file), 0);
    return file;
}

static void assert_octets(struct mapping *mapping, size_t from, size_t end) {
    const uint8_t *octets = mapping_octets(mapping);
    for (size_t i = from; i < end; i++)
        if (octets[i] != octet_at(i))
            fail_msg("octet %zu is not that of the file", i);
}

static void test_read(void **state) {
    (void)state;
    FILE *file = make_file();
    struct mapping *mapping = mapping_new(fileno(file), size);
    assert_non_null(mapping);
    assert_int_equal(mapping_size(mapping), size);
    const uint8_t *begin = mapping_octets(mapping);
    for (size_t at = 0; at < size; at += 3 * page / 2) {
        size_t end = at + 2 * page < size ? at + 2 * page : size;
        assert_true(mapping_move(mapping, at, end));
        assert_octets(mapping, at, end);
    }
    assert_true(mapping_move(mapping, size, size));
    assert_octets(mapping, 0, size); /* what was given up comes back */
    assert_ptr_equal(mapping_octets(mapping), begin);
    assert_false(mapping_is_cut(mapping));
    mapping_free(mapping);
    mapping_free(NULL);
    fclose(file);
}

/* What is written stays with the program. */
static void test_written(void **state) {
    (void)state;
    FILE *file = make_file();
    struct mapping *mapping = mapping_new(fileno(file), size);
    assert_non_null(mapping);
    mapping_octets(mapping)[5] ^= 0xff;
    uint8_t octet = 0;
    assert_int_equal(pread(fileno(file), &octet, 1, 5), 1);
    assert_int_equal(octet, octet_at(5));
    mapping_free(mapping);
    fclose(file);
}

/* Only the one whose file is cut says so; it reads as zeros from there on. */
static void test_cut(void **state) {
    (void)state;
    FILE *file = make_file(), *other = make_file();
    struct mapping *mapping = mapping_new(fileno(file), size), *whole = mapping_new(fileno(other), size);
    assert_true(mapping != NULL && whole != NULL);
    assert_int_equal(ftruncate(fileno(file), (off_t)(3 * page)), 0);
    assert_octets(mapping, 0, 3 * page);
    assert_false(mapping_is_cut(mapping));
    const volatile uint8_t *octets = mapping_octets(mapping);
    assert_int_equal(octets[7 * page + 1], 0);
    assert_true(mapping_is_cut(mapping));
    assert_int_equal(octets[3 * page], 0);
    assert_int_equal(octets[size - 1], 0);
    assert_octets(mapping, 0, 3 * page);
    assert_false(mapping_is_cut(whole));
    assert_octets(whole, 0, size);
    mapping_free(mapping);
    mapping_free(whole);
    mapping = mapping_new(fileno(other), size); /* in the place of the one that was cut */
    assert_non_null(mapping);
    assert_false(mapping_is_cut(mapping));
    mapping_free(mapping);
    fclose(file);
    fclose(other);
}

/* Where two stand side by side in memory, what happens to one leaves the other alone, in whatever order they came. */
static void test_neighbours(void **state) {
    (void)state;
    const size_t whole = (PAGES - 1) * page;
    for (unsigned second = 0; second <= 1; second++) {
        for (unsigned which = 0; which <= 1; which++) {
            FILE *files[] = {make_file(), make_file()};
            void *room = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            struct mapping *mappings[2];
            mappings[0] = mapping_new(fileno(files[0]), whole);
            if (second == 1)
                munmap(room, whole); /* the next takes its place, where the system puts one below another */
            mappings[1] = mapping_new(fileno(files[1]), whole);
            assert_true(mappings[0] != NULL && mappings[1] != NULL);
            assert_int_equal(ftruncate(fileno(files[which]), 0), 0);
            const volatile uint8_t *octets = mapping_octets(mappings[which]);
            assert_int_equal(octets[whole - 1], 0);
            assert_int_equal(octets[0], 0);
            assert_true(mapping_is_cut(mappings[which]));
            assert_false(mapping_is_cut(mappings[1 - which]));
            assert_octets(mappings[1 - which], 0, whole);
            mapping_free(mappings[0]);
            mapping_free(mappings[1]);
            if (second == 0)
                munmap(room, whole);
            fclose(files[0]);
            fclose(files[1]);
        }
    }
}

/* What lies before the page that is read is given up, with what was written there, and no more than that. */
static void test_given_up(void **state) {
    enum { BEFORE = 5, AGAIN = 9 };
    (void)state;
    FILE *file = make_file();
    struct mapping *mapping = mapping_new(fileno(file), size);
    assert_non_null(mapping);
    uint8_t *octets = mapping_octets(mapping);
    memset(octets, 0, size);
    assert_true(mapping_move(mapping, BEFORE * page + 100, 7 * page));
    assert_octets(mapping, 0, BEFORE * page);
    assert_int_equal(octets[BEFORE * page], 0);
    assert_true(mapping_move(mapping, AGAIN * page + page - 1, size));
    assert_octets(mapping, 0, AGAIN * page);
    for (size_t i = AGAIN * page; i < size; i++)
        assert_int_equal(octets[i], 0);
    mapping_free(mapping);
    fclose(file);
}

static bool system_calls_for_pages(struct mapping *mapping) {
    enum { POPULATE_READ = 22 };
    return madvise(mapping_octets(mapping), page, POPULATE_READ) == 0;
}

/* What is not there any more is not called for in vain. */
static void test_move_in_a_cut_file(void **state) {
    (void)state;
    FILE *file = make_file();
    struct mapping *mapping = mapping_new(fileno(file), size);
    assert_non_null(mapping);
    bool calls = system_calls_for_pages(mapping);
    assert_int_equal(ftruncate(fileno(file), (off_t)(3 * page)), 0);
    assert_int_equal(mapping_move(mapping, 0, size), !calls);
    assert_false(mapping_is_cut(mapping)); /* nothing was touched */
    mapping_free(mapping);
    fclose(file);
}

static void test_as_many_as_can_be(void **state) {
    struct mapping *mappings[MAPPINGS_MOST];
    FILE *file = make_file();
    (void)state;
    for (unsigned i = 0; i < MAPPINGS_MOST; i++) {
        mappings[i] = mapping_new(fileno(file), size);
        assert_non_null(mappings[i]);
    }
    assert_null(mapping_new(fileno(file), size));
    mapping_free(mappings[3]);
    mappings[3] = mapping_new(fileno(file), size);
    assert_non_null(mappings[3]);
    for (unsigned i = 0; i < MAPPINGS_MOST; i++)
        mapping_free(mappings[i]);
    fclose(file);
}

static void test_no_file(void **state) {
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_null(mapping_new(ends[0], page));
    assert_null(mapping_new(-1, page));
    close(ends[0]);
    close(ends[1]);
}

/* --- the signal --- */

enum { THEIRS = 7 };

static void leave(int signal) {
    (void)signal;
    _exit(THEIRS);
}

static int exit_of(void (*run)(int descriptor)) {
    FILE *file = make_file();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGBUS, leave);
        run(fileno(file));
        _exit(0);
    }
    int status = 0;
    assert_true(waitpid(child, &status, 0) == child);
    fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void send_one(int descriptor) {
    if (mapping_new(descriptor, size) != NULL)
        raise(SIGBUS);
}

static void send_one_as_others_do(int descriptor) {
    if (mapping_new(descriptor, size) != NULL)
        kill(getpid(), SIGBUS);
}

/* A second mapping takes no signal from the first. */
static void send_one_to_two(int descriptor) {
    alarm(20); /* that nothing comes of it must not last for ever */
    if (mapping_new(descriptor, size) != NULL)
        send_one_as_others_do(descriptor);
}

static void fault_elsewhere(int descriptor) {
    const volatile uint8_t *octets = mmap(NULL, page, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (octets != MAP_FAILED && mapping_new(descriptor, size) != NULL && ftruncate(descriptor, 0) == 0)
        _exit(octets[0]);
}

static void fault_here(int descriptor) {
    struct mapping *mapping = mapping_new(descriptor, size);
    if (mapping == NULL || ftruncate(descriptor, 0) != 0 || mapping_octets(mapping)[0] != 0)
        _exit(1);
}

/* What is no mapping's goes to whoever took the signal before. */
static void test_signal(void **state) {
    (void)state;
    assert_int_equal(exit_of(send_one), THEIRS);
    assert_int_equal(exit_of(send_one_as_others_do), THEIRS);
    assert_int_equal(exit_of(send_one_to_two), THEIRS);
    assert_int_equal(exit_of(fault_elsewhere), THEIRS);
    assert_int_equal(exit_of(fault_here), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_move_in_a_cut_file),
        cmocka_unit_test(test_as_many_as_can_be),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_signal),
    };
    return cmocka_run_group_tests(tests, learn_page, NULL);
}
