/* A disk that fails on demand: preloaded (LD_PRELOAD) into the program under test, it counts the
 * calls that write below one folder and lets the chosen one fail, or kills the process there.
 *
 *     FAULT_FOLDER  absolute path; calls on files below it (and on itself) are counted
 *     FAULT_AT      number of the first call that fails, from 1
 *     FAULT_COUNT   how many calls fail from there on (default 1)
 *     FAULT_ERRNO   what they fail with; 0: the process is killed instead of the call
 *     FAULT_HALF    if set, a write that fails or kills writes half of its bytes first
 *     FAULT_MARK    a file that is created when the first call fails
 *
 * Counted are open for writing, write, pwrite, fsync, ftruncate, rename, close, and unlink where it
 * kills (what cannot be taken away stays, and nobody can help it).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_FILES = 4096 };
static bool watched[MOST_FILES]; /* by file descriptor */
static long calls;

static long setting(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : otherwise;
}

static bool is_below(const char *path)
{
    const char *folder = getenv("FAULT_FOLDER");
    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static bool is_watched(int file)
{
    return file >= 0 && file < MOST_FILES && watched[file];
}

/* Is it this call's turn? */
static bool is_due(void)
{
    long number = ++calls, at = setting("FAULT_AT", LONG_MAX);
    return number >= at && number < at + setting("FAULT_COUNT", 1);
}

static int fail(void)
{
    if (getenv("FAULT_MARK"))
        syscall(SYS_openat, AT_FDCWD, getenv("FAULT_MARK"), O_CREAT | O_WRONLY, 0600);
    if (setting("FAULT_ERRNO", 0) == 0)
        kill(getpid(), SIGKILL);
    errno = (int)setting("FAULT_ERRNO", 0);
    return -1;
}

static int open_watched(const char *path, int flags, mode_t mode)
{
    bool below = is_below(path);
    if (below && (flags & O_ACCMODE) != O_RDONLY && is_due())
        return fail();
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (file >= 0 && file < MOST_FILES)
        watched[file] = below;
    return file;
}

static mode_t mode_of(int flags, va_list list)
{
    return flags & O_CREAT ? va_arg(list, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    return open_watched(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    return open_watched(path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    if (!is_watched(file) || !is_due())
        return syscall(SYS_write, file, bytes, length);
    if (getenv("FAULT_HALF") && syscall(SYS_write, file, bytes, length / 2) < 0)
        return -1;
    return fail();
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t place)
{
    if (!is_watched(file) || !is_due())
        return syscall(SYS_pwrite64, file, bytes, length, place);
    if (getenv("FAULT_HALF") && syscall(SYS_pwrite64, file, bytes, length / 2, place) < 0)
        return -1;
    return fail();
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t place)
{
    return pwrite(file, bytes, length, place);
}

int fsync(int file)
{
    return is_watched(file) && is_due() ? fail() : (int)syscall(SYS_fsync, file);
}

int ftruncate(int file, off_t length)
{
    return is_watched(file) && is_due() ? fail() : (int)syscall(SYS_ftruncate, file, length);
}

int ftruncate64(int file, off64_t length)
{
    return ftruncate(file, length);
}

int rename(const char *from, const char *to)
{
    return is_below(to) && is_due() ? fail()
                                    : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    return setting("FAULT_ERRNO", 0) == 0 && is_below(path) && is_due()
               ? fail()
               : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

/* The file is closed all the same, as Linux does. */
int close(int file)
{
    bool due = is_watched(file) && is_due();
    if (file >= 0 && file < MOST_FILES)
        watched[file] = false;
    int code = (int)syscall(SYS_close, file);
    return due ? fail() : code;
}
