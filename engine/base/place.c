#include "base/place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Longest file name or path shown, so that the message behind it always has room. */
enum { SHOWN = 400 };

static int print_place(char *text, size_t size, flc_mark mark)
{
    if (!mark.file)
        return 0;
    if (mark.line)
        return snprintf(text, size, "%.*s:%u:%u: ", SHOWN, mark.file, mark.line, mark.column);
    if (mark.column)
        return snprintf(text, size, "%.*s, column %u: ", SHOWN, mark.file, mark.column);
    return snprintf(text, size, "%.*s: ", SHOWN, mark.file);
}

flc_status flc_place_error(flc_error *error, flc_status status, flc_mark mark, const char *path,
                           const char *format, ...)
{
    if (!error)
        return status;
    /* The message may quote error->text itself, so it is made aside. */
    char message[FLC_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    size_t used = (size_t)print_place(error->text, sizeof error->text, mark);
    if (path && *path)
        used +=
            (size_t)snprintf(error->text + used, sizeof error->text - used, "%.*s: ", SHOWN, path);
    snprintf(error->text + used, sizeof error->text - used, "%.*s",
             (int)(sizeof error->text - used - 1), message);
    error->status = status;
    return status;
}

bool flc_place_before(flc_mark a, flc_mark b)
{
    if (!a.line != !b.line)
        return a.line != 0;
    if (a.line && a.file && b.file && strcmp(a.file, b.file) != 0)
        return false;
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}
