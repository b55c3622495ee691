#include "study/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

static flc_status read_error(const char *path, const char *what, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_INPUT, "%.400s: %s", path, what);
}

/* Not told by the size from stat: pipes have none. */
static flc_status read_stream(char **text, size_t *length, FILE *stream, const char *path,
                              size_t limit, const char *too_large, flc_error *error)
{
    size_t capacity = 0, got = 1;
    while (got > 0) {
        if (flc_reserve((void **)text, &capacity, *length + (1 << 16), 1, error))
            return FLC_ERROR_MEMORY;
        got = fread(*text + *length, 1, capacity - *length, stream);
        *length += got;
        if (*length > limit)
            return flc_error_set(error, FLC_ERROR_STUDY, "%.400s: larger than %zu MiB; %s", path,
                                 limit >> 20, too_large);
    }
    return ferror(stream) ? read_error(path, strerror(errno), error) : FLC_OK;
}

flc_status flc_file_read(char **text, size_t *length, const char *path, size_t limit,
                         const char *too_large, flc_error *error)
{
    *text = NULL;
    *length = 0;
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return read_error(path, strerror(errno), error);
    struct stat about;
    flc_status status = FLC_OK;
    if (fstat(fileno(stream), &about) == 0 && S_ISDIR(about.st_mode))
        status = read_error(path, "is a directory, not a file", error);
    if (!status)
        status = read_stream(text, length, stream, path, limit, too_large, error);
    fclose(stream);
    if (status) {
        flc_free(*text);
        *text = NULL;
    }
    return status;
}
