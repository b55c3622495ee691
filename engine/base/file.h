/* Files: read whole with a limit, written so that a reader sees the old contents or the new, never
 * a mixture, whatever fails and whenever the process is killed; and, at any offset, files too large
 * for memory.
 *
 * Writing goes to "<path>.partial-<process>" in the same folder, is synced, renamed over the final
 * name, and the folder is synced. Any failure leaves the old file as it was and no partial file;
 * only a kill can leave one. A symbolic link is followed (its target is replaced, not the link),
 * the permissions of a file that is replaced are kept, and devices and pipes (/dev/null,
 * /dev/stdout) are written directly. Every message names the path, the system's reason and a
 * remedy.
 */
#ifndef FLC_BASE_FILE_H
#define FLC_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"

/* Read all of `path` (a file, pipe or device), at most `limit` bytes, into *bytes, which the caller
 * frees with flc_free. A NUL follows the last byte, for text. *bytes is NULL after an error. */
flc_status flc_file_read(char **bytes, size_t *length, const char *path, size_t limit,
                         flc_error *error);

/* Whether two paths lead to the same file; false where one leads to none. */
bool flc_file_same(const char *a, const char *b);

/* Make `path` hold exactly these bytes. */
flc_status flc_file_write_atomically(const char *path, const void *bytes, size_t length,
                                     flc_error *error);

/* The same of bytes that are not in one piece of memory. */
typedef struct flc_file_piece {
    const void *bytes;
    size_t length;
} flc_file_piece;
flc_status flc_file_write_pieces(const char *path, const flc_file_piece *pieces, size_t count,
                                 flc_error *error);

/* Give a file another name in the same folder, in place of what had it. */
flc_status flc_file_rename(const char *from, const char *to, flc_error *error);

/* Would flc_file_write_atomically be allowed to write there? Creates and removes an empty partial
 * file, so that a long run can refuse at its start instead of failing at its end. */
flc_status flc_file_check_target(const char *path, flc_error *error);

/* An open file, for what does not fit into memory. The first failure to write is kept: all later
 * writes return it again, so that one check at the end is enough, and it cannot be lost on the way
 * through a library (flc_file_fault). */
typedef struct flc_file flc_file;

/* Open a file that is there; to change it (`change`), it must be a regular file, and is made where
 * there is none. */
flc_status flc_file_open(flc_file **file, const char *path, bool change, flc_error *error);
/* Begin a file aside, readable and writable; flc_file_commit puts it in its place. The target must
 * be a regular file or not be there. */
flc_status flc_file_begin(flc_file **file, const char *path, flc_error *error);
/* Sync and rename, then free `file`; on failure the old file is as it was and nothing is left. */
flc_status flc_file_commit(flc_file *file, flc_error *error);
/* Close and free `file` (NULL is allowed). One that was begun and not committed is removed. What
 * must be on disk is synced before. */
void flc_file_free(flc_file *file);

const char *flc_file_path(const flc_file *file); /* as given, not that of the partial file */
uint64_t flc_file_size(const flc_file *file);
flc_status flc_file_fault(const flc_file *file,
                          flc_error *error); /* the first failure, or FLC_OK */
flc_status flc_file_put(flc_file *file, uint64_t offset, const void *bytes, size_t length,
                        flc_error *error);
/* Exactly `length` bytes; fewer are an error. */
flc_status flc_file_get(const flc_file *file, uint64_t offset, void *bytes, size_t length,
                        flc_error *error);
flc_status flc_file_resize(flc_file *file, uint64_t size, flc_error *error);
flc_status flc_file_sync(flc_file *file, flc_error *error);
/* Take a file away; that there is none is no error. */
flc_status flc_file_remove(const char *path, flc_error *error);

/* Test hook: the n-th system call of a write from now on fails with this errno (0: none). Not for
 * use outside tests. */
void flc_file_fail_after(long n, int errno_value);

#endif
