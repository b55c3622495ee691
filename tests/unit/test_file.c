/* Whole files: a reader sees the old contents or the new, whatever fails. */
#include "support/assertions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

static char folder[] = "/tmp/fulcrum_file_XXXXXX";
static char path[64];

static int enter(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/result", folder);
    return chdir(folder);
}

static int leave(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

static void write_ok(const char *where, const char *text)
{
    flc_error error = {0};
    assert_int_equal(flc_file_write_atomically(where, text, strlen(text), &error), FLC_OK);
    assert_string_equal(error.text, "");
}

static void assert_holds(const char *where, const char *text)
{
    char *bytes;
    size_t length;
    flc_error error = {0};
    assert_int_equal(flc_file_read(&bytes, &length, where, 1000, &error), FLC_OK);
    assert_int_equal(length, strlen(text));
    assert_string_equal(bytes, text);
    flc_free(bytes);
}

static size_t files_in_folder(void)
{
    FILE *list = popen("ls -A | wc -l", "r");
    size_t count = 0;
    assert_int_equal(fscanf(list, "%zu", &count), 1);
    pclose(list);
    return count;
}

static void assert_write_fails(const char *where, const char *reason)
{
    flc_error error = {0};
    assert_int_equal(flc_file_write_atomically(where, "new", 3, &error), FLC_ERROR_OUTPUT);
    assert_ptr_equal(strstr(error.text, where), error.text);
    assert_non_null(strstr(error.text, reason));
    assert_non_null(strstr(error.text, "; "));
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    write_ok(path, "");
    assert_holds(path, "");
    write_ok("result", "first");
    assert_holds(path, "first");
    write_ok("./result", "second");
    assert_holds(path, "second");
    assert_int_equal(files_in_folder(), 1);
}

static void bytes_of_a_large_file_survive(void **state)
{
    (void)state;
    enum { LENGTH = 3000001 };
    char *out = FLC_NEW(char, LENGTH, NULL), *in;
    size_t length;
    flc_error error;
    for (size_t i = 0; i < LENGTH; i++)
        out[i] = (char)(i * 2654435761u >> 13);
    assert_int_equal(flc_file_write_atomically(path, out, LENGTH, &error), FLC_OK);
    assert_int_equal(flc_file_read(&in, &length, path, LENGTH, &error), FLC_OK);
    assert_int_equal(length, LENGTH);
    assert_memory_equal(in, out, LENGTH);
    assert_int_equal(in[LENGTH], 0);
    flc_free(in);
    flc_free(out);
}

static void pieces_become_one_file_or_none(void **state)
{
    (void)state;
    const flc_file_piece pieces[] = {{"one ", 4}, {"", 0}, {"two ", 4}, {"three", 5}};
    flc_status status = FLC_ERROR_OUTPUT;
    long n = 1;
    for (; status != FLC_OK; n++) {
        flc_error error = {0};
        write_ok(path, "old");
        flc_file_fail_after(n, ENOSPC);
        status = flc_file_write_pieces(path, pieces, 4, &error);
        flc_file_fail_after(0, 0);
        bool renamed = strstr(error.text, "its folder cannot be synced") != NULL;
        assert_holds(path, status == FLC_OK || renamed ? "one two three" : "old");
        assert_int_equal(files_in_folder(), 1);
    }
    assert_int_equal(n, 10);
}

static void a_limit_is_kept_exactly(void **state)
{
    (void)state;
    char *bytes;
    size_t length;
    flc_error error;
    write_ok(path, "12345");
    assert_int_equal(flc_file_read(&bytes, &length, path, 5, &error), FLC_OK);
    flc_free(bytes);
    assert_int_equal(flc_file_read(&bytes, &length, path, 4, &error), FLC_ERROR_INPUT);
    assert_non_null(strstr(error.text, "longer than the 4 bytes"));
    assert_null(bytes);
    assert_int_equal(flc_file_read(&bytes, &length, "/dev/zero", 100000, &error), FLC_ERROR_INPUT);
    assert_null(bytes);
}

static void a_pipe_is_read_to_its_end(void **state)
{
    (void)state;
    int ends[2];
    char name[64], *bytes;
    size_t length;
    flc_error error;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "from a pipe", 11), 11);
    close(ends[1]);
    snprintf(name, sizeof name, "/proc/self/fd/%d", ends[0]);
    assert_int_equal(flc_file_read(&bytes, &length, name, 100, &error), FLC_OK);
    assert_string_equal(bytes, "from a pipe");
    flc_free(bytes);
    close(ends[0]);
}

static void unreadable_paths_are_named(void **state)
{
    (void)state;
    char *bytes;
    size_t length;
    flc_error error;
    assert_int_equal(flc_file_read(&bytes, &length, "absent", 10, &error), FLC_ERROR_INPUT);
    assert_string_equal(error.text, "absent: cannot open: No such file or directory; check the "
                                    "spelling, or create the folder first");
    assert_int_equal(flc_file_read(&bytes, &length, folder, 10, &error), FLC_ERROR_INPUT);
    assert_non_null(strstr(error.text, "Is a directory; this is a folder"));
    write_ok(path, "x");
    assert_int_equal(flc_file_read(&bytes, &length, "result/x", 10, &error), FLC_ERROR_INPUT);
    assert_non_null(strstr(error.text, "Not a directory"));
    assert_null(bytes);
}

static void unwritable_paths_are_named(void **state)
{
    (void)state;
    char longer[400];
    write_ok(path, "old");
    assert_write_fails("absent/result", "No such file or directory");
    assert_write_fails(folder, "Is a directory");
    assert_write_fails("result/x", "Not a directory");
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_write_fails(longer, "File name too long; choose a shorter name");
    assert_holds(path, "old");
    assert_int_equal(files_in_folder(), 1);
}

/* Create, write, sync, close, rename, sync of the folder: each is made to fail once. */
static void any_failure_leaves_the_old_file_or_the_whole_new_one(void **state)
{
    (void)state;
    static const int codes[] = {ENOSPC, EIO, EDQUOT};
    for (size_t c = 0; c < 3; c++) {
        long n = 1;
        for (flc_status status = FLC_ERROR_OUTPUT; status != FLC_OK; n++) {
            flc_error error = {0};
            write_ok(path, "old");
            flc_file_fail_after(n, codes[c]);
            status = flc_file_write_atomically(path, "new", 3, &error);
            flc_file_fail_after(0, 0);
            bool renamed = strstr(error.text, "its folder cannot be synced") != NULL;
            assert_holds(path, status == FLC_OK || renamed ? "new" : "old");
            assert_int_equal(files_in_folder(), 1);
            if (status != FLC_OK)
                assert_non_null(strstr(error.text, strerror(codes[c])));
        }
        assert_int_equal(n, 8);
    }
}

static void no_memory_is_an_error_and_leaves_nothing(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t length;
    write_ok(path, "old");
    flc_status status = FLC_ERROR_MEMORY;
    for (long n = 1; status != FLC_OK; n++) {
        flc_memory_fail_after(n);
        status = flc_file_write_atomically(path, "new", 3, NULL);
        flc_memory_fail_after(0);
        assert_int_equal(files_in_folder(), 1);
    }
    flc_memory_fail_after(1);
    assert_int_equal(flc_file_read(&bytes, &length, path, 10, NULL), FLC_ERROR_MEMORY);
    assert_null(bytes);
}

/* In a child: what flc_file_write_atomically returns under a limit of 1000 bytes a file. */
static int limited_write(void)
{
    static const char bytes[5000];
    struct rlimit limit = {1000, 1000};
    flc_error error = {0};
    setrlimit(RLIMIT_FSIZE, &limit);
    flc_status status = flc_file_write_atomically(path, bytes, sizeof bytes, &error);
    return status == FLC_ERROR_OUTPUT && strstr(error.text, "ulimit -f") ? 0 : 1;
}

static void a_limit_on_file_sizes_is_an_error_not_a_signal(void **state)
{
    (void)state;
    int how;
    write_ok(path, "old");
    pid_t child = fork();
    if (child == 0)
        _exit(limited_write());
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
    assert_holds(path, "old");
    assert_int_equal(files_in_folder(), 1);
}

static void permissions_of_the_old_file_are_kept(void **state)
{
    (void)state;
    struct stat about;
    mode_t before = umask(022);
    unlink(path);
    write_ok(path, "old");
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0644);
    assert_int_equal(chmod(path, 0664), 0);
    write_ok(path, "new");
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0664);
    umask(before);
}

static void a_link_stays_and_its_target_is_replaced(void **state)
{
    (void)state;
    struct stat about;
    write_ok(path, "old");
    assert_int_equal(symlink("result", "link"), 0);
    write_ok("link", "through the link");
    assert_holds(path, "through the link");
    assert_int_equal(lstat("link", &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    unlink("link");
}

static void a_pipe_is_written_to_and_never_replaced(void **state)
{
    (void)state;
    char got[16] = {0};
    struct stat about;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    int reader = open("pipe", O_RDONLY | O_NONBLOCK);
    write_ok("pipe", "through");
    assert_int_equal(read(reader, got, sizeof got), 7);
    assert_string_equal(got, "through");
    assert_int_equal(stat("pipe", &about), 0);
    assert_true(S_ISFIFO(about.st_mode));
    close(reader);
    unlink("pipe");
}

static void a_left_partial_file_of_another_process_is_not_touched(void **state)
{
    (void)state;
    char left[128];
    snprintf(left, sizeof left, "result.partial-%ld", (long)getpid());
    write_ok(left, "theirs");
    write_ok(path, "mine");
    assert_holds(path, "mine");
    assert_holds(left, "theirs");
    unlink(left);
    assert_int_equal(files_in_folder(), 1);
}

static void a_target_can_be_checked_before_the_work(void **state)
{
    (void)state;
    flc_error error = {0};
    write_ok(path, "old");
    assert_int_equal(flc_file_check_target(path, &error), FLC_OK);
    assert_int_equal(flc_file_check_target("new", &error), FLC_OK);
    assert_int_equal(flc_file_check_target("absent/new", &error), FLC_ERROR_OUTPUT);
    assert_int_equal(flc_file_check_target(folder, &error), FLC_ERROR_OUTPUT);
    assert_holds(path, "old");
    assert_int_equal(files_in_folder(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(bytes_of_a_large_file_survive),
        cmocka_unit_test(pieces_become_one_file_or_none),
        cmocka_unit_test(a_limit_is_kept_exactly),
        cmocka_unit_test(a_pipe_is_read_to_its_end),
        cmocka_unit_test(unreadable_paths_are_named),
        cmocka_unit_test(unwritable_paths_are_named),
        cmocka_unit_test(any_failure_leaves_the_old_file_or_the_whole_new_one),
        cmocka_unit_test(no_memory_is_an_error_and_leaves_nothing),
        cmocka_unit_test(a_limit_on_file_sizes_is_an_error_not_a_signal),
        cmocka_unit_test(permissions_of_the_old_file_are_kept),
        cmocka_unit_test(a_link_stays_and_its_target_is_replaced),
        cmocka_unit_test(a_pipe_is_written_to_and_never_replaced),
        cmocka_unit_test(a_left_partial_file_of_another_process_is_not_touched),
        cmocka_unit_test(a_target_can_be_checked_before_the_work),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
