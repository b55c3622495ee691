#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

void flc_buffer_init(flc_buffer *buffer, flc_error *error)
{
    *buffer = (flc_buffer){.error = error};
}

void flc_buffer_clear(flc_buffer *buffer)
{
    flc_free(buffer->text);
    *buffer = (flc_buffer){.error = buffer->error};
}

/* Room for `more` bytes and a NUL at the end. */
static char *reserve(flc_buffer *buffer, size_t more)
{
    if (!buffer->status)
        buffer->status = flc_reserve((void **)&buffer->text, &buffer->capacity,
                                     buffer->length + more + 1, 1, buffer->error);
    return buffer->status ? NULL : buffer->text + buffer->length;
}

void flc_buffer_append(flc_buffer *buffer, const char *text, size_t length)
{
    char *end = reserve(buffer, length);
    if (!end)
        return;
    memcpy(end, text, length);
    end[length] = '\0';
    buffer->length += length;
}

void flc_buffer_add(flc_buffer *buffer, const char *text)
{
    flc_buffer_append(buffer, text, strlen(text));
}

void flc_buffer_printf(flc_buffer *buffer, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *end = length < 0 ? NULL : reserve(buffer, (size_t)length);
    if (end) {
        vsnprintf(end, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void flc_buffer_spaces(flc_buffer *buffer, size_t count)
{
    char *end = reserve(buffer, count);
    if (!end)
        return;
    memset(end, ' ', count);
    end[count] = '\0';
    buffer->length += count;
}

void flc_buffer_cut(flc_buffer *buffer, size_t length)
{
    if (buffer->status || length >= buffer->length)
        return;
    buffer->length = length;
    buffer->text[length] = '\0';
}

void flc_buffer_number(flc_buffer *buffer, double value)
{
    char text[FLC_NUMBER_TEXT];
    flc_buffer_add(buffer, flc_number_print(text, value));
}
