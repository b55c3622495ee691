#define _XOPEN_SOURCE 700 /* realpath */

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { READ_BYTES = 1 << 16, PARTIAL_NAMES = 100 };

#ifdef FLC_TEST_HOOKS
static long fail_countdown;
static int fail_errno;

void flc_file_fail_after(long n, int errno_value)
{
    fail_countdown = n;
    fail_errno = errno_value;
}

static bool fails_now(void)
{
    if (fail_countdown <= 0 || --fail_countdown > 0)
        return false;
    errno = fail_errno;
    return true;
}
#else
static bool fails_now(void)
{
    return false;
}
#endif

/* What the user can do about an errno. */
static const char *remedy(int code)
{
    switch (code) {
    case ENOENT:
        return "check the spelling, or create the folder first";
    case EACCES:
    case EPERM:
        return "change its permissions, or choose another place";
    case EROFS:
        return "this file system is read-only; choose another place";
    case EISDIR:
        return "this is a folder; give the name of a file";
    case ENOTDIR:
        return "a part of the path is a file, not a folder; check the spelling";
    case ENOSPC:
    case EDQUOT:
        return "free some space or raise the quota, or choose another place";
    case EFBIG:
        return "raise the limit on file sizes (ulimit -f), or choose another place";
    case ENAMETOOLONG:
        return "choose a shorter name";
    case ELOOP:
        return "the symbolic links form a circle; choose another path";
    case EMFILE:
    case ENFILE:
        return "too many files are open; raise the limit (ulimit -n)";
    default:
        return "check the disk or choose another place";
    }
}

static flc_status cannot(flc_error *error, flc_status status, const char *verb, const char *path)
{
    int code = errno;
    return flc_error_set(error, status, "%.1024s: cannot %s: %s; %s", path, verb, strerror(code),
                         remedy(code));
}

static flc_status cannot_write(flc_error *error, const char *path)
{
    return cannot(error, FLC_ERROR_OUTPUT, "write", path);
}

/* ---- reading ---- */

static flc_status open_to_read(int *descriptor, size_t *expected, const char *path,
                               flc_error *error)
{
    struct stat about;
    *descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (*descriptor < 0)
        return cannot(error, FLC_ERROR_INPUT, "open", path);
    if (fstat(*descriptor, &about) != 0)
        return cannot(error, FLC_ERROR_INPUT, "read", path);
    errno = EISDIR;
    if (S_ISDIR(about.st_mode))
        return cannot(error, FLC_ERROR_INPUT, "read", path);
    *expected = S_ISREG(about.st_mode) && about.st_size > 0 ? (size_t)about.st_size : 0;
    return FLC_OK;
}

/* Read until the end or until `room` bytes are there. */
static flc_status read_some(char *bytes, size_t *length, size_t room, int descriptor,
                            const char *path, flc_error *error)
{
    while (*length < room) {
        ssize_t got = read(descriptor, bytes + *length, room - *length);
        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cannot(error, FLC_ERROR_INPUT, "read", path);
        *length += (size_t)got;
    }
    return FLC_OK;
}

/* The first buffer fits what the file system says; the file may still be longer (a pipe, or a file
 * that grows), so a full buffer is doubled until the end is seen. One byte is kept for the NUL. */
static flc_status read_all(void **bytes, size_t *length, int descriptor, size_t expected,
                           const char *path, size_t limit, flc_error *error)
{
    size_t capacity = 0;
    flc_status status = flc_reserve(bytes, &capacity, expected + READ_BYTES, 1, error);
    while (status == FLC_OK) {
        status = read_some(*bytes, length, capacity - 1, descriptor, path, error);
        if (status != FLC_OK || *length < capacity - 1 || *length > limit)
            break;
        status = flc_reserve(bytes, &capacity, capacity + 1, 1, error);
    }
    if (status == FLC_OK)
        ((char *)*bytes)[*length] = '\0';
    return status;
}

flc_status flc_file_read(char **bytes, size_t *length, const char *path, size_t limit,
                         flc_error *error)
{
    int descriptor = -1;
    size_t expected = 0;
    void *buffer = NULL;
    *bytes = NULL;
    *length = 0;
    flc_status status = open_to_read(&descriptor, &expected, path, error);
    if (status == FLC_OK && expected <= limit)
        status = read_all(&buffer, length, descriptor, expected, path, limit, error);
    if (status == FLC_OK && (expected > limit || *length > limit))
        status = flc_error_set(error, FLC_ERROR_INPUT,
                               "%.1024s: longer than the %zu bytes allowed here; is this the right "
                               "file?",
                               path, limit);
    if (descriptor >= 0)
        close(descriptor);
    if (status == FLC_OK) {
        *bytes = buffer;
    } else {
        flc_free(buffer);
        *length = 0;
    }
    return status;
}

bool flc_file_same(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* ---- writing ---- */

/* A write beyond RLIMIT_FSIZE sends SIGXFSZ, which would end the process with the partial file in
 * place. It is held back while we write and taken away if it came, so that the write fails with
 * EFBIG. */
struct held_signal {
    sigset_t set, before;
    bool was_pending;
};

static bool size_signal_pending(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1;
}

static void hold_size_signal(struct held_signal *held)
{
    held->was_pending = size_signal_pending();
    sigemptyset(&held->set);
    sigaddset(&held->set, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &held->set, &held->before);
}

static void release_size_signal(const struct held_signal *held)
{
    int taken;
    int code = errno;
    if (!held->was_pending && size_signal_pending())
        sigwait(&held->set, &taken);
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
    errno = code;
}

static bool write_bytes(int descriptor, const char *bytes, size_t length)
{
    struct held_signal held;
    bool written = true;
    hold_size_signal(&held);
    while (length > 0 && written) {
        ssize_t done = fails_now() ? -1 : write(descriptor, bytes, length);
        if (done > 0) {
            bytes += done;
            length -= (size_t)done;
        } else if (done == 0 || errno != EINTR) {
            errno = done == 0 ? EIO : errno;
            written = false;
        }
    }
    release_size_signal(&held);
    return written;
}

/* Where the bytes go: `final` is `path` with links resolved (malloc'd by realpath, or NULL for
 * `path`). */
struct target {
    const char *path;
    char *resolved;
    const char *final;
    char *partial;
    mode_t mode; /* of the file to be replaced; 0: a new file */
    bool direct; /* not a regular file: write to it, never replace it */
};

static void target_clear(struct target *target)
{
    free(target->resolved);
    flc_free(target->partial);
}

static flc_status target_examine(struct target *target, flc_error *error)
{
    struct stat about;
    target->final = target->path;
    if (stat(target->path, &about) != 0)
        return errno == ENOENT ? FLC_OK : cannot_write(error, target->path);
    errno = EISDIR;
    if (S_ISDIR(about.st_mode) || access(target->path, W_OK) != 0)
        return cannot_write(error, target->path);
    target->direct = !S_ISREG(about.st_mode);
    target->mode = about.st_mode & 07777;
    if (target->direct)
        return FLC_OK;
    target->final = target->resolved = realpath(target->path, NULL);
    return target->resolved ? FLC_OK : cannot_write(error, target->path);
}

/* Create the partial file under a name that nobody uses: another process with the same number may
 * be writing to the same folder from another host, or may have been killed there. */
static flc_status target_create(int *descriptor, struct target *target, flc_error *error)
{
    size_t room = strlen(target->final) + 64;
    target->partial = FLC_NEW(char, room, error);
    if (!target->partial)
        return FLC_ERROR_MEMORY;
    for (int attempt = 0; attempt < PARTIAL_NAMES; attempt++) {
        snprintf(target->partial, room, "%s.partial-%ld", target->final, (long)getpid());
        if (attempt > 0)
            snprintf(target->partial + strlen(target->partial), 16, "-%d", attempt);
        *descriptor =
            fails_now() ? -1 : open(target->partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*descriptor >= 0)
            return FLC_OK;
        if (errno != EEXIST)
            break;
    }
    return cannot_write(error, target->path);
}

/* Some file systems have nothing to sync and say so. */
static bool sync_descriptor(int descriptor)
{
    if (!fails_now() && fsync(descriptor) == 0)
        return true;
    return errno == EINVAL || errno == ENOTSUP;
}

/* The rename itself is safe only when the folder is on disk too. A folder that may be written but
 * not opened cannot be synced; that is the owner's choice. */
static flc_status sync_folder(const struct target *target, flc_error *error)
{
    const char *slash = strrchr(target->final, '/');
    size_t length = !slash ? 1 : slash == target->final ? 1 : (size_t)(slash - target->final);
    char *folder = FLC_NEW(char, length + 1, error);
    if (!folder)
        return FLC_ERROR_MEMORY;
    memcpy(folder, slash ? target->final : ".", length);
    int descriptor = open(folder, O_RDONLY | O_CLOEXEC);
    bool synced = descriptor < 0 || sync_descriptor(descriptor);
    int code = errno;
    if (descriptor >= 0)
        close(descriptor);
    flc_free(folder);
    if (synced)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_OUTPUT,
                         "%.1024s: written, but its folder cannot be synced: %s; the file may be "
                         "lost if the machine stops now; check the disk",
                         target->path, strerror(code));
}

/* Close, and say whether everything up to here went well; errno is that of the first failure. */
static bool close_after(int descriptor, bool written)
{
    int code = errno;
    bool fault = written && fails_now();
    bool closed = close(descriptor) == 0 && !fault;
    if (!written)
        errno = code;
    return written && closed;
}

static bool fill_partial(int descriptor, const struct target *target, const void *bytes,
                         size_t length)
{
    bool written = (target->mode == 0 || fchmod(descriptor, target->mode) == 0) &&
                   write_bytes(descriptor, bytes, length) && sync_descriptor(descriptor);
    return close_after(descriptor, written) && !fails_now() &&
           rename(target->partial, target->final) == 0;
}

static flc_status write_directly(const char *path, const void *bytes, size_t length,
                                 flc_error *error)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return cannot_write(error, path);
    bool written = write_bytes(descriptor, bytes, length);
    return close_after(descriptor, written) ? FLC_OK : cannot_write(error, path);
}

static flc_status write_beside(struct target *target, const void *bytes, size_t length,
                               flc_error *error)
{
    int descriptor;
    flc_status status = target_create(&descriptor, target, error);
    if (status != FLC_OK)
        return status;
    if (!fill_partial(descriptor, target, bytes, length)) {
        status = cannot_write(error, target->path);
        unlink(target->partial);
        return status;
    }
    return sync_folder(target, error);
}

flc_status flc_file_write_atomically(const char *path, const void *bytes, size_t length,
                                     flc_error *error)
{
    struct target target = {.path = path};
    flc_status status = target_examine(&target, error);
    if (status == FLC_OK && target.direct)
        status = write_directly(path, bytes, length, error);
    else if (status == FLC_OK)
        status = write_beside(&target, bytes, length, error);
    target_clear(&target);
    return status;
}

flc_status flc_file_check_target(const char *path, flc_error *error)
{
    struct target target = {.path = path};
    int descriptor = -1;
    flc_status status = target_examine(&target, error);
    if (status == FLC_OK && !target.direct)
        status = target_create(&descriptor, &target, error);
    if (descriptor >= 0) {
        close(descriptor);
        unlink(target.partial);
    }
    target_clear(&target);
    return status;
}
