#include "run/share.h"

#include <string.h>

#include "base/memory.h"

/* Make the study from rank 0's text, and compare its name with rank 0's. */
static flc_status parse_shared(const flc_comm *comm, flc_study **study, const char *path,
                               const char *text, size_t length, const char *hash,
                               const char *library, const flc_study *like, flc_error *error)
{
    flc_status status = flc_study_parse_with(study, text, length, path, library, like, error);
    if (!status && memcmp((*study)->hash, hash, FLC_STUDY_HASH) != 0)
        status = flc_error_set(error, FLC_ERROR_INTERNAL,
                               "rank %d reads the study differently from rank 0", comm->rank);
    return status;
}

/* "" of the portfolio. */
static const char *library_of(const flc_study *study)
{
    const char *library = flc_study_library(study);
    return library ? library : "";
}

flc_status flc_share_study(const flc_comm *comm, flc_study **study, const char *path,
                           const char *overlay, const char *const *assignments,
                           size_t assignment_count, const flc_study *like, flc_error *error)
{
    flc_status status = FLC_OK;
    char *text = NULL, *hash = NULL, *library = NULL;
    size_t length = 0, hash_length = FLC_STUDY_HASH, library_length = 0;
    if (comm->rank == 0) {
        status =
            flc_study_load_like(study, path, overlay, assignments, assignment_count, like, error);
        if (!status) {
            text = (char *)(uintptr_t)(*study)->resolved;
            length = (*study)->resolved_length;
            hash = (*study)->hash;
            library = (char *)(uintptr_t)library_of(*study);
            library_length = strlen(library) + 1;
        }
    }
    if ((status = flc_comm_agree(comm, status, error)) ||
        (status = flc_comm_share(comm, &text, &length, error)) ||
        (status = flc_comm_share(comm, &hash, &hash_length, error)) ||
        (status = flc_comm_share(comm, &library, &library_length, error)))
        return status;
    if (comm->rank != 0) {
        status = parse_shared(comm, study, path, text, length, hash, *library ? library : NULL,
                              like, error);
        flc_free(library);
        flc_free(text);
        flc_free(hash);
    }
    return status;
}
