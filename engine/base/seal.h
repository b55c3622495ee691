/* The last line of a file that must not change, behind its data: "\nfulcrum-sha256 <hex>\n", the
 * SHA-256 of all bytes before it. HDF5 does not look beyond the end that its first block names, and
 * a library that edits the file in place cuts the line off or writes over it: an edited file is
 * unsealed, not broken. By hand: tail -n 1 FILE, and head -c -81 FILE | sha256sum. */
#ifndef FLC_BASE_SEAL_H
#define FLC_BASE_SEAL_H

#include <stddef.h>

#include "base/sha256.h"

enum { FLC_SEAL_BYTES = 81 };

typedef enum flc_seal_state { FLC_SEAL_ABSENT, FLC_SEAL_INTACT, FLC_SEAL_BROKEN } flc_seal_state;

void flc_seal_make(char seal[FLC_SEAL_BYTES], const char *bytes, size_t length);
/* The same of bytes that were hashed piece by piece; the state is spent. */
void flc_seal_of(char seal[FLC_SEAL_BYTES], flc_sha256_state *state);

/* Of a whole file, its seal included. */
flc_seal_state flc_seal_check(const char *bytes, size_t length);

#endif
