/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef FLC_BASE_UTF8_H
#define FLC_BASE_UTF8_H

#include <stddef.h>

#include "fulcrum/status.h"

/* Bytes (1 to 4) of the character at `text`, 0 where no valid character begins or at the NUL. */
size_t flc_utf8_character(const char *text);

/* `text` itself if it is valid, otherwise a copy in *copy (the caller frees it with flc_free) with
 * U+FFFD in place of each byte that is not part of a character. NULL when there is no memory. */
const char *flc_utf8_repair(char **copy, const char *text, flc_error *error);

#endif
