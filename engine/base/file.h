/* Whole files: read with a limit, written so that a reader sees the old contents or the new, never
 * a mixture, whatever fails and whenever the process is killed.
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

/* Would flc_file_write_atomically be allowed to write there? Creates and removes an empty partial
 * file, so that a long run can refuse at its start instead of failing at its end. */
flc_status flc_file_check_target(const char *path, flc_error *error);

/* Test hook: the n-th system call of a write from now on fails with this errno (0: none). Not for
 * use outside tests. */
void flc_file_fail_after(long n, int errno_value);

#endif
