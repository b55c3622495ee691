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

enum { NO_OFFSET = -1 }; /* a pipe or device is written in order */

static bool write_bytes(int descriptor, const char *bytes, size_t length, off_t offset)
{
    struct held_signal held;
    bool written = true;
    hold_size_signal(&held);
    while (length > 0 && written) {
        ssize_t done = fails_now()           ? -1
                       : offset == NO_OFFSET ? write(descriptor, bytes, length)
                                             : pwrite(descriptor, bytes, length, offset);
        if (done > 0) {
            bytes += done;
            length -= (size_t)done;
            offset += offset == NO_OFFSET ? 0 : done;
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
            fails_now() ? -1 : open(target->partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
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

static flc_status write_directly(const char *path, const flc_file_piece *pieces, size_t count,
                                 flc_error *error)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return cannot_write(error, path);
    bool written = true;
    for (size_t i = 0; i < count && written; i++)
        written = write_bytes(descriptor, pieces[i].bytes, pieces[i].length, NO_OFFSET);
    return close_after(descriptor, written) ? FLC_OK : cannot_write(error, path);
}

flc_status flc_file_write_pieces(const char *path, const flc_file_piece *pieces, size_t count,
                                 flc_error *error)
{
    struct target target = {.path = path};
    flc_file *file = NULL;
    flc_status status = target_examine(&target, error);
    bool direct = target.direct;
    target_clear(&target);
    if (status != FLC_OK)
        return status;
    if (direct)
        return write_directly(path, pieces, count, error);
    if ((status = flc_file_begin(&file, path, error)) != FLC_OK)
        return status;
    for (size_t i = 0; i < count && status == FLC_OK; i++)
        status = flc_file_put(file, flc_file_size(file), pieces[i].bytes, pieces[i].length, error);
    if (status == FLC_OK)
        return flc_file_commit(file, error);
    flc_file_free(file);
    return status;
}

flc_status flc_file_write_atomically(const char *path, const void *bytes, size_t length,
                                     flc_error *error)
{
    const flc_file_piece piece = {bytes, length};
    return flc_file_write_pieces(path, &piece, 1, error);
}

flc_status flc_file_rename(const char *from, const char *to, flc_error *error)
{
    if (!fails_now() && rename(from, to) == 0)
        return FLC_OK;
    return cannot(error, FLC_ERROR_OUTPUT, "rename", from);
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

/* ---- open files ---- */

struct flc_file {
    struct target target; /* target.partial: a file begun aside, not yet in its place */
    char *path;
    int descriptor;
    uint64_t size;
    flc_error error; /* the first failure; its status is FLC_OK while all is well */
};

static flc_file *file_new(const char *path, flc_error *error)
{
    flc_file *file = FLC_NEW(flc_file, 1, error);
    if (!file)
        return NULL;
    file->descriptor = -1;
    file->path = FLC_NEW(char, strlen(path) + 1, error);
    if (!file->path) {
        flc_free(file);
        return NULL;
    }
    memcpy(file->path, path, strlen(path) + 1);
    file->target.path = file->path;
    return file;
}

void flc_file_free(flc_file *file)
{
    if (!file)
        return;
    if (file->descriptor >= 0)
        close(file->descriptor);
    if (file->target.partial)
        unlink(file->target.partial);
    target_clear(&file->target);
    flc_free(file->path);
    flc_free(file);
}

static flc_status refuse_special(const flc_file *file, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_OUTPUT,
                         "%.1024s: this is a device or pipe, and a file is needed that can be "
                         "written anywhere; give the name of a file",
                         file->path);
}

static flc_status open_existing(flc_file *file, bool change, flc_error *error)
{
    struct stat about;
    const flc_status kind = change ? FLC_ERROR_OUTPUT : FLC_ERROR_INPUT;
    file->descriptor =
        open(file->path, (change ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC | O_NONBLOCK, 0666);
    if (file->descriptor < 0 || fstat(file->descriptor, &about) != 0)
        return cannot(error, kind, "open", file->path);
    errno = EISDIR;
    if (S_ISDIR(about.st_mode))
        return cannot(error, kind, "open", file->path);
    if (!S_ISREG(about.st_mode))
        return refuse_special(file, error);
    file->size = (uint64_t)about.st_size;
    return FLC_OK;
}

static flc_status begin_aside(flc_file *file, flc_error *error)
{
    flc_status status = target_examine(&file->target, error);
    if (status == FLC_OK && file->target.direct)
        status = refuse_special(file, error);
    if (status == FLC_OK)
        status = target_create(&file->descriptor, &file->target, error);
    if (status != FLC_OK && file->descriptor < 0) {
        flc_free(file->target.partial); /* of a name that was never made, or is another's */
        file->target.partial = NULL;
    }
    return status;
}

static flc_status open_or_free(flc_file **file, flc_status status)
{
    if (status != FLC_OK) {
        flc_file_free(*file);
        *file = NULL;
    }
    return status;
}

flc_status flc_file_open(flc_file **file, const char *path, bool change, flc_error *error)
{
    *file = file_new(path, error);
    return *file ? open_or_free(file, open_existing(*file, change, error)) : FLC_ERROR_MEMORY;
}

flc_status flc_file_begin(flc_file **file, const char *path, flc_error *error)
{
    *file = file_new(path, error);
    return *file ? open_or_free(file, begin_aside(*file, error)) : FLC_ERROR_MEMORY;
}

const char *flc_file_path(const flc_file *file)
{
    return file->path;
}

uint64_t flc_file_size(const flc_file *file)
{
    return file->size;
}

flc_status flc_file_fault(const flc_file *file, flc_error *error)
{
    if (file->error.status != FLC_OK && error)
        *error = file->error;
    return file->error.status;
}

/* Keep the first failure, whose errno is still there. */
static flc_status file_result(flc_file *file, bool good, flc_error *error)
{
    if (!good)
        cannot_write(&file->error, file->path);
    return flc_file_fault(file, error);
}

flc_status flc_file_put(flc_file *file, uint64_t offset, const void *bytes, size_t length,
                        flc_error *error)
{
    if (file->error.status != FLC_OK)
        return flc_file_fault(file, error);
    bool written = write_bytes(file->descriptor, bytes, length, (off_t)offset);
    if (written && offset + length > file->size)
        file->size = offset + length;
    return file_result(file, written, error);
}

flc_status flc_file_get(const flc_file *file, uint64_t offset, void *bytes, size_t length,
                        flc_error *error)
{
    for (size_t have = 0; have < length;) {
        ssize_t got =
            pread(file->descriptor, (char *)bytes + have, length - have, (off_t)(offset + have));
        if (got == 0)
            return flc_error_set(error, FLC_ERROR_INPUT,
                                 "%.1024s: ends at byte %llu, before what should be read; it was "
                                 "cut off",
                                 file->path, (unsigned long long)(offset + have));
        if (got < 0 && errno != EINTR)
            return cannot(error, FLC_ERROR_INPUT, "read", file->path);
        have += got > 0 ? (size_t)got : 0;
    }
    return FLC_OK;
}

flc_status flc_file_resize(flc_file *file, uint64_t size, flc_error *error)
{
    if (file->error.status != FLC_OK)
        return flc_file_fault(file, error);
    struct held_signal held;
    hold_size_signal(&held);
    bool resized = !fails_now() && ftruncate(file->descriptor, (off_t)size) == 0;
    release_size_signal(&held);
    if (resized)
        file->size = size;
    return file_result(file, resized, error);
}

flc_status flc_file_sync(flc_file *file, flc_error *error)
{
    if (file->error.status != FLC_OK)
        return flc_file_fault(file, error);
    return file_result(file, sync_descriptor(file->descriptor), error);
}

static bool put_in_place(flc_file *file)
{
    struct target *target = &file->target;
    bool good = (target->mode == 0 || fchmod(file->descriptor, target->mode) == 0) &&
                sync_descriptor(file->descriptor);
    good = close_after(file->descriptor, good);
    file->descriptor = -1;
    return good && !fails_now() && rename(target->partial, target->final) == 0;
}

flc_status flc_file_commit(flc_file *file, flc_error *error)
{
    flc_status status = flc_file_fault(file, error);
    if (status == FLC_OK)
        status = file_result(file, put_in_place(file), error);
    if (status == FLC_OK) {
        flc_free(file->target.partial);
        file->target.partial = NULL;
        status = sync_folder(&file->target, error);
    }
    flc_file_free(file);
    return status;
}

flc_status flc_file_remove(const char *path, flc_error *error)
{
    return unlink(path) == 0 || errno == ENOENT ? FLC_OK
                                                : cannot(error, FLC_ERROR_OUTPUT, "remove", path);
}
