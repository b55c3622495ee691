/* Files read whole. */
#ifndef FLC_STUDY_FILE_H
#define FLC_STUDY_FILE_H

#include <stddef.h>

#include "fulcrum/status.h"

/* All bytes of a file, for flc_free. FLC_ERROR_INPUT where it cannot be read, FLC_ERROR_STUDY with
 * `too_large` ("put ... into ...") where it has more than `limit` bytes. */
flc_status flc_file_read(char **text, size_t *length, const char *path, size_t limit,
                         const char *too_large, flc_error *error);

#endif
