/* UTF-8 as YAML allows it. */
#ifndef FLC_STUDY_UTF8_H
#define FLC_STUDY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode the character at `text` (`length` > 0 bytes left): its code point, and its bytes in
 * *bytes. UINT32_MAX with *bytes 1 where the bytes are not UTF-8 (overlong, surrogate, beyond
 * U+10FFFF, cut). */
uint32_t flc_utf8_decode(size_t *bytes, const char *text, size_t length);

/* Whether a code point may stand as it is in a YAML file: tab, newlines and what is printable. */
bool flc_utf8_printable(uint32_t code);

#endif
