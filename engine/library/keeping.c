/* Sessions as bytes: states out and in, and the result file. */
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/plain_locale.h"
#include "library/session.h"
#include "statistics/distributions.h"
#include "store/result.h"

#define REFUSE(error, ...) flc_error_set(error, FLC_ERROR_USAGE, __VA_ARGS__)

/* ---- what there is --------------------------------------------------------------------------- */

/* An open-ended session has as many samples as its blocks reach; without any it is one block that
 * is still to do. */
flc_state_facts flc_session_facts(const flc_session *session)
{
    const flc_block_set *done = &session->done;
    flc_points points = session->points;
    if (points.samples == 0)
        points.samples = (done->count > 0 ? done->ranges[done->count - 1].end : 1) * FLC_BLOCK;
    flc_state_facts facts = flc_state_facts_of(session->study, "run", session->question, &points);
    facts.ranges = done->ranges;
    facts.range_count = done->count;
    return facts;
}

static flc_status make_image(const flc_session *session, char **bytes, size_t *length,
                             flc_error *error)
{
    const flc_state_facts facts = flc_session_facts(session);
    return flc_state_image(bytes, length, &facts, session->collector, error);
}

/* ---- the rest -------------------------------------------------------------------------------- */

flc_status flc_session_remember_full(flc_session *session, flc_error *error)
{
    flc_free(session->full);
    return make_image(session, &session->full, &session->full_length, error);
}

/* The state from before the rest, into an empty collector. */
flc_status flc_session_rest_out(flc_session *session, bool *was_in, flc_error *error)
{
    flc_state *state;
    *was_in = session->rest_in;
    if (!session->rest_in)
        return FLC_OK;
    char *full = session->full;
    session->full = NULL;
    flc_status status = flc_state_parse(&state, full, session->full_length, "state", error);
    if (!status) {
        flc_collector_clear(session->collector);
        status = flc_state_merge(state, session->collector, error);
    }
    flc_state_free(state);
    session->rest_in = false;
    session->broken = status != FLC_OK;
    return status;
}

flc_status flc_session_rest_in(flc_session *session, flc_error *error)
{
    flc_status status = flc_session_remember_full(session, error);
    session->current = FLC_SESSION_NO_BLOCK;
    if (!status)
        status = flc_source_rest(&session->source, session->isa, session->points.samples, NULL,
                                 session->collector, error);
    session->rest_in = !status;
    session->broken = status != FLC_OK;
    return status;
}

/* ---- states out ------------------------------------------------------------------------------ */

flc_status flc_session_state(flc_session *session, const void **bytes, size_t *length,
                             flc_error *error)
{
    flc_status status = flc_session_require(session, bytes && length, error);
    if (status)
        return status;
    if (session->rest_in) {
        *bytes = session->full;
        *length = session->full_length;
        return FLC_OK;
    }
    flc_free(session->image);
    if ((status = make_image(session, &session->image, length, error)))
        return status;
    *bytes = session->image;
    return FLC_OK;
}

flc_status flc_session_save_state(flc_session *session, const char *path, flc_error *error)
{
    const void *bytes;
    size_t length;
    flc_status status = flc_session_require(session, path, error);
    if (!status)
        status = flc_session_state(session, &bytes, &length, error);
    return status ? status : flc_file_write_atomically(path, bytes, length, error);
}

/* ---- states in ------------------------------------------------------------------------------- */

static flc_status check_state(const flc_session *session, const flc_state *state, flc_error *error)
{
    const flc_state_facts facts = flc_session_facts(session), *given = &state->facts;
    flc_status status = flc_state_require(state, &facts, error);
    if (status)
        return status;
    uint64_t common = flc_block_set_common(&session->done, given->ranges, given->range_count);
    if (common != UINT64_MAX)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%.1024s: samples from %llu on are in this session already; merge "
                             "each state once",
                             state->name, (unsigned long long)(common * FLC_BLOCK));
    if (given->range_count > 0 &&
        given->ranges[given->range_count - 1].end > flc_session_full_blocks(session))
        return flc_error_set(
            error, FLC_ERROR_STUDY,
            "%.1024s: reaches to sample %llu, this session has only %llu; open it "
            "with so many",
            state->name,
            (unsigned long long)(given->ranges[given->range_count - 1].end * FLC_BLOCK),
            (unsigned long long)session->points.samples);
    return FLC_OK;
}

static flc_status add_state(flc_session *session, const flc_state *state, flc_error *error)
{
    bool was_in;
    flc_status status = flc_session_rest_out(session, &was_in, error);
    if (!status)
        status = flc_block_set_join(&session->done, state->facts.ranges, state->facts.range_count,
                                    error);
    if (!status)
        status = flc_state_merge(state, session->collector, error);
    if (!status && was_in)
        status = flc_session_rest_in(session, error);
    session->broken = status != FLC_OK;
    return status;
}

/* Frees the state. */
static flc_status take_state(flc_session *session, flc_state *state, flc_error *error)
{
    flc_status status = check_state(session, state, error);
    if (!status)
        status = add_state(session, state, error);
    flc_state_free(state);
    return status;
}

flc_status flc_session_merge(flc_session *session, const void *bytes, size_t length,
                             flc_error *error)
{
    flc_error own;
    flc_error *heard = flc_session_listen(error, &own);
    flc_state *state;
    flc_status status = flc_session_require(session, bytes, heard);
    if (status)
        return status;
    char *copy = length < SIZE_MAX ? FLC_NEW(char, length + 1, heard) : NULL;
    if (!copy)
        return FLC_ERROR_MEMORY;
    memcpy(copy, bytes, length);
    status = flc_state_parse(&state, copy, length, "state", heard);
    return status ? status : take_state(session, state, heard);
}

/* Result files are HDF5, whose signature begins so. */
static bool is_result(const char *bytes, size_t length)
{
    return length >= 4 && memcmp(bytes, "\211HDF", 4) == 0;
}

flc_status flc_session_merge_file(flc_session *session, const char *path, flc_error *error)
{
    flc_error own;
    flc_error *heard = flc_session_listen(error, &own);
    char *bytes;
    size_t length;
    flc_state *state;
    flc_status status = flc_session_require(session, path, heard);
    if (!status)
        status = flc_file_read(&bytes, &length, path, SIZE_MAX / 4, heard);
    if (status)
        return status;
    if (is_result(bytes, length)) {
        flc_free(bytes);
        status = flc_result_state(&state, path, heard);
    } else {
        status = flc_state_parse(&state, bytes, length, path, heard);
    }
    return status ? status : take_state(session, state, heard);
}

/* ---- the result ------------------------------------------------------------------------------ */

static flc_status require_all(const flc_session *session, flc_error *error)
{
    const flc_block_set *done = &session->done;
    uint64_t missing = flc_block_set_next(done, 0);
    uint64_t end = done->count > 0 ? done->ranges[done->count - 1].end : 0;
    bool open = session->points.samples == 0;
    if (open ? missing == end && end > 0 : missing >= flc_session_full_blocks(session))
        return FLC_OK;
    return REFUSE(error,
                  "samples from %llu on are missing; accumulate them, or merge the states "
                  "of those who did",
                  (unsigned long long)(missing * FLC_BLOCK));
}

flc_status flc_session_save(flc_session *session, const char *path, flc_error *error)
{
    flc_error own;
    flc_error *heard = flc_session_listen(error, &own);
    flc_status status = flc_session_require(session, path, heard);
    if (status || (status = require_all(session, heard)))
        return status;
    const void *state;
    size_t length;
    if (flc_session_rest(session) > 0 && !session->rest_in &&
        (status = flc_session_rest_in(session, heard)))
        return status;
    if ((status = flc_session_state(session, &state, &length, heard)))
        return status;
    const flc_state_facts facts = flc_session_facts(session);
    const flc_plain_locale locale = flc_plain_locale_begin();
    status = flc_result_save(path, session->study, flc_distributions_summary(session->collector),
                             &facts, NULL, state, length, heard);
    flc_plain_locale_end(locale);
    return status;
}
