/* Text that grows. The first failure sticks and is returned at the end, so that a writer of many
 * pieces checks once. */
#ifndef FLC_BASE_BUFFER_H
#define FLC_BASE_BUFFER_H

#include <stddef.h>

#include "fulcrum/status.h"

typedef struct flc_buffer {
    char *text; /* `length` bytes and a NUL; NULL while empty */
    size_t length, capacity;
    flc_status status;
    flc_error *error;
} flc_buffer;

void flc_buffer_init(flc_buffer *buffer, flc_error *error);
void flc_buffer_clear(flc_buffer *buffer);

void flc_buffer_append(flc_buffer *buffer, const char *text, size_t length);
void flc_buffer_add(flc_buffer *buffer, const char *text);
void flc_buffer_printf(flc_buffer *buffer, const char *format, ...) FLC_PRINTF(2, 3);
void flc_buffer_spaces(flc_buffer *buffer, size_t count);
/* Keep only the first `length` bytes. */
void flc_buffer_cut(flc_buffer *buffer, size_t length);
void flc_buffer_number(flc_buffer *buffer, double value); /* as flc_number_print */

#endif
