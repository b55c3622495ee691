#define _XOPEN_SOURCE 700 /* access, unlink */

#include "run/checkpoint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

/* Name of the one before (flc_free). */
static char *previous_name(const char *path, flc_error *error)
{
    size_t room = strlen(path) + sizeof ".previous";
    char *name = FLC_NEW(char, room, error);
    if (name)
        snprintf(name, room, "%s.previous", path);
    return name;
}

static flc_status write_image(const char *path, const char *previous, const char *bytes,
                              size_t length, flc_error *error)
{
    flc_status status = FLC_OK;
    if (access(path, F_OK) == 0)
        status = flc_file_rename(path, previous, error);
    return status ? status : flc_file_write_atomically(path, bytes, length, error);
}

flc_status flc_checkpoint_save(const char *path, const flc_state_facts *facts,
                               const flc_collector *collector, flc_error *error)
{
    char *bytes = NULL, *previous = previous_name(path, error);
    size_t length;
    if (!previous)
        return FLC_ERROR_MEMORY;
    flc_status status = flc_state_image(&bytes, &length, facts, collector, error);
    if (!status)
        status = write_image(path, previous, bytes, length, error);
    flc_free(bytes);
    flc_free(previous);
    return status;
}

bool flc_checkpoint_exists(const char *path)
{
    char *previous = previous_name(path, NULL);
    bool exists = access(path, F_OK) == 0 || (previous && access(previous, F_OK) == 0);
    flc_free(previous);
    return exists;
}

/* The one before, where the newer one is not there, damaged or cannot be read; a damaged one is
 * taken away, or the next checkpoint would make it the one before. */
static flc_status load_previous(flc_state **state, const char *path, const char *previous,
                                bool damaged, flc_error *warning, flc_error *error)
{
    flc_error first = *error;
    flc_status status = flc_state_read(state, previous, error);
    if (status && damaged)
        *error = first;
    if (!status && damaged) {
        *warning = first;
        if (first.status == FLC_ERROR_STUDY)
            unlink(path);
    }
    if (!status)
        (*state)->name = path;
    return status;
}

flc_status flc_checkpoint_load(flc_state **state, const char *path, flc_error *warning,
                               flc_error *error)
{
    *warning = (flc_error){FLC_OK, ""};
    char *previous = previous_name(path, error);
    if (!previous)
        return FLC_ERROR_MEMORY;
    bool there = access(path, F_OK) == 0;
    flc_status status = there ? flc_state_read(state, path, error) : FLC_ERROR_STUDY;
    bool unusable = status == FLC_ERROR_STUDY || status == FLC_ERROR_INPUT; /* or unreadable */
    if (unusable && (!there || access(previous, F_OK) == 0))
        status = load_previous(state, path, previous, there, warning, error);
    flc_free(previous);
    return status;
}

void flc_checkpoint_remove(const char *path)
{
    char *previous = previous_name(path, NULL);
    unlink(path);
    if (previous)
        unlink(previous);
    flc_free(previous);
}
