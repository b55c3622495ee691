#include "fulcrum/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

flc_status flc_error_set(flc_error *error, flc_status status, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return status;
}

flc_status flc_error_prefix(flc_error *error, const char *format, ...)
{
    if (!error)
        return FLC_ERROR_INTERNAL;
    char prefix[FLC_ERROR_TEXT / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    size_t room = sizeof error->text - strlen(prefix) - 3;
    char rest[FLC_ERROR_TEXT];
    memcpy(rest, error->text, sizeof rest);
    snprintf(error->text, sizeof error->text, "%s: %.*s", prefix, (int)room, rest);
    return error->status;
}

flc_status flc_error_of_null(const flc_error *error)
{
    return error && error->status ? error->status : FLC_ERROR_MEMORY;
}
