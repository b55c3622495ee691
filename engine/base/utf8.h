/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef FLC_BASE_UTF8_H
#define FLC_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"

/* Bytes (1 to 4) of the character at `text`, 0 where no valid character begins or at the NUL. */
size_t flc_utf8_character(const char *text);

/* The code point at `text`, which ends with a NUL (itself code point 0), and its bytes; UINT32_MAX
 * with *bytes 1 where no valid character begins. */
uint32_t flc_utf8_decode(size_t *bytes, const char *text);

/* Whether YAML lets a code point stand in a file as it is: tab, newlines and what is printable. */
bool flc_utf8_printable(uint32_t code);

/* `text` itself if it is valid, otherwise a copy in *copy (the caller frees it with flc_free) with
 * U+FFFD in place of each byte that is not part of a character. NULL when there is no memory. */
const char *flc_utf8_repair(char **copy, const char *text, flc_error *error);

#endif
