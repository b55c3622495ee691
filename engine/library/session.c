/* Sessions: opening, the loop, the end. */
#include "library/session.h"

#include <string.h>

#include "base/memory.h"
#include "base/plain_locale.h"
#include "statistics/distributions.h"

_Static_assert((int)FLC_SESSION_BLOCK == (int)FLC_BLOCK,
               "blocks of the interface are the engine's");

/* ---- options --------------------------------------------------------------------------------- */

static const flc_session_options standard = {.seed = 1, .parts = 1};

void flc_session_options_init(flc_session_options *options, size_t size)
{
    if (!options || size < sizeof options->size)
        return;
    size_t known = size < sizeof standard ? size : sizeof standard;
    memset(options, 0, size);
    memcpy(options, &standard, known);
    options->size = size;
}

#define REFUSE(error, ...) flc_error_set(error, FLC_ERROR_USAGE, __VA_ARGS__)

/* Members that an older host does not know keep their standard. */
static flc_status take_options(flc_session_options *options, const flc_session_options *given,
                               flc_error *error)
{
    if (!given)
        return REFUSE(error, "flc_session_open: no options (NULL)");
    if (given->size < sizeof given->size || given->size > sizeof *options)
        return REFUSE(error,
                      "flc_session_options of %zu bytes, this library knows %zu; fill them with "
                      "flc_session_options_init, and use the library that the host is made for",
                      given->size, sizeof *options);
    *options = standard;
    memcpy(options, given, given->size);
    return FLC_OK;
}

static flc_status check_study(const flc_session_options *options, flc_error *error)
{
    if (!options->study && !options->text && !options->model)
        return REFUSE(error, "no study: set `study`, `text` or `model` of the options");
    if (options->text && (options->overlay || options->assignment_count > 0))
        return REFUSE(error, "a study given as text takes no overlay and no assignments; resolve "
                             "them where the text is made");
    if (!options->study && !options->text && options->overlay)
        return REFUSE(error, "an overlay needs a study to lie over; set `study`");
    if (options->assignment_count > 0 && !options->assignments)
        return REFUSE(error, "%zu assignments, but no list of them (NULL)",
                      options->assignment_count);
    for (size_t i = 0; i < options->assignment_count; i++)
        if (!options->assignments[i])
            return REFUSE(error, "assignment %zu is NULL", i);
    return FLC_OK;
}

static flc_status check_part(const flc_session_options *options, flc_error *error)
{
    if (options->parts == 0 || options->part >= options->parts || options->parts > UINT32_MAX)
        return REFUSE(error, "part %llu of %llu: parts count from 0, and there are 1 to 4294967295",
                      (unsigned long long)options->part, (unsigned long long)options->parts);
    return FLC_OK;
}

static flc_status take_points(flc_session *session, const flc_session_options *options,
                              flc_error *error)
{
    flc_points *points = &session->points;
    *points = (flc_points){.seed = options->seed, .samples = options->samples};
    if (options->seed > INT64_MAX)
        return REFUSE(error, "seed: a whole number from 0 to 9223372036854775807");
    flc_status status =
        flc_design_find(&points->design, options->design ? options->design : "mc", error);
    if (status)
        return flc_error_prefix(error, "design");
    if (points->samples == 0 && points->design != FLC_DESIGN_MC)
        return REFUSE(error, "design %s needs its number of samples; only mc is open-ended",
                      flc_design_name(points->design));
    if (points->samples > 0 && (status = flc_design_check(points->design, points->samples, error)))
        return flc_error_prefix(error, "design");
    flc_design_question(session->question, points);
    return FLC_OK;
}

static flc_status take_instructions(flc_session *session, const char *wish, flc_error *error)
{
    session->isa = flc_isa_select();
    if (!wish)
        return FLC_OK;
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++) {
        if (strcmp(wish, flc_isa_name((flc_isa)isa)) != 0)
            continue;
        session->isa = (flc_isa)isa;
        return flc_isa_available(session->isa)
                   ? FLC_OK
                   : REFUSE(error, "instructions %s: this processor does not have them", wish);
    }
    return REFUSE(error, "instructions '%.100s': generic, v3 or v4", wish);
}

/* ---- the study ------------------------------------------------------------------------------- */

static flc_status parse_text(flc_session *session, const flc_session_options *options,
                             flc_error *error)
{
    const char *name = options->study ? options->study : "study";
    return flc_study_parse_with(&session->study, options->text, options->text_length, name,
                                options->model, NULL, error);
}

/* `model` is one more assignment, "model=PATH" (study/study.h). */
static flc_status load_with_model(flc_session *session, const flc_session_options *options,
                                  flc_error *error)
{
    static const char key[] = "model=";
    size_t count = options->assignment_count, length = strlen(options->model);
    const char **assignments = FLC_NEW(const char *, count + 1, error);
    char *model = FLC_NEW(char, sizeof key + length, error);
    flc_status status = FLC_ERROR_MEMORY;
    if (assignments && model) {
        memcpy(model, key, sizeof key - 1);
        memcpy(model + sizeof key - 1, options->model, length);
        if (count > 0)
            memcpy(assignments, options->assignments, count * sizeof *assignments);
        assignments[count] = model;
        status = flc_study_load_overlay(&session->study,
                                        options->study ? options->study : options->model,
                                        options->overlay, assignments, count + 1, error);
    }
    flc_free(model);
    flc_free(assignments);
    return status;
}

static flc_status load_study(flc_session *session, const flc_session_options *options,
                             flc_error *error)
{
    if (options->text)
        return parse_text(session, options, error);
    if (options->model)
        return load_with_model(session, options, error);
    return flc_study_load_overlay(&session->study, options->study, options->overlay,
                                  options->assignments, options->assignment_count, error);
}

/* ---- begin and end --------------------------------------------------------------------------- */

static flc_status make_parts(flc_session *session, flc_error *error)
{
    session->evaluator =
        flc_evaluator_create_at(session->study, &session->points, session->isa, error);
    if (!session->evaluator)
        return flc_error_of_null(error);
    session->source = flc_evaluator_source(session->evaluator);
    session->collector = session->source.collector(session->source.context, error);
    if (!session->collector)
        return flc_error_of_null(error);
    return flc_session_describe(session, error);
}

static flc_status open(flc_session *session, const flc_session_options *options, flc_error *error)
{
    flc_status status = flc_library_check(error);
    if (status || (status = check_study(options, error)) || (status = check_part(options, error)) ||
        (status = take_points(session, options, error)) ||
        (status = take_instructions(session, options->instructions, error)) ||
        (status = load_study(session, options, error)))
        return status;
    session->part = options->part;
    session->parts = options->parts;
    session->current = FLC_SESSION_NO_BLOCK;
    return make_parts(session, error);
}

flc_status flc_session_open(flc_session **session, const flc_session_options *given,
                            flc_error *error)
{
    flc_error own;
    flc_error *heard = flc_session_listen(error, &own);
    flc_session_options options;
    if (!session)
        return REFUSE(heard, "flc_session_open: no place for the session (NULL)");
    *session = NULL;
    flc_status status = take_options(&options, given, heard);
    if (status)
        return status;
    flc_session *made = FLC_NEW(flc_session, 1, heard);
    if (!made)
        return FLC_ERROR_MEMORY;
    const flc_plain_locale locale = flc_plain_locale_begin();
    status = open(made, &options, heard);
    flc_plain_locale_end(locale);
    if (status)
        flc_session_free(made);
    else
        *session = made;
    return status;
}

void flc_session_free(flc_session *session)
{
    if (!session)
        return;
    flc_free(session->image);
    flc_free(session->full);
    flc_block_set_clear(&session->done);
    flc_collector_free(session->collector);
    flc_evaluator_free(session->evaluator);
    flc_study_free(session->study);
    flc_arena_free(session->arena);
    flc_free(session);
}

flc_status flc_session_require(const flc_session *session, bool arguments, flc_error *error)
{
    if (!session)
        return REFUSE(error, "no session (NULL): open one with flc_session_open");
    if (!arguments)
        return REFUSE(error, "an argument is NULL that must not be (fulcrum/fulcrum.h)");
    if (session->broken)
        return REFUSE(error, "an earlier call ran out of memory or met a failing model and left "
                             "this session undone; free it");
    return FLC_OK;
}

/* ---- where the session is -------------------------------------------------------------------- */

uint64_t flc_session_full_blocks(const flc_session *session)
{
    return flc_full_blocks(session->points.samples ? session->points.samples : UINT64_MAX);
}

size_t flc_session_rest(const flc_session *session)
{
    return (size_t)(session->points.samples % FLC_BLOCK);
}

uint64_t flc_session_samples(const flc_session *session)
{
    return session ? session->points.samples : 0;
}

uint64_t flc_session_accumulated(const flc_session *session)
{
    if (!session)
        return 0;
    return flc_block_set_size(&session->done) * FLC_BLOCK +
           (session->rest_in ? flc_session_rest(session) : 0);
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* The first block of this part from `block` on. */
static uint64_t of_part(const flc_session *session, uint64_t block)
{
    uint64_t behind = (block - session->part) % session->parts;
    if (block < session->part)
        return session->part;
    return behind ? block + (session->parts - behind) : block;
}

/* The next block to give, which may be the one behind the last full block; NO_BLOCK: none. */
static uint64_t find_block(const flc_session *session)
{
    uint64_t full = flc_session_full_blocks(session), block = of_part(session, session->cursor);
    while (block < full) {
        uint64_t missing = flc_block_set_next(&session->done, block);
        if (missing == block)
            return block;
        block = of_part(session, missing);
    }
    bool rest = flc_session_rest(session) > 0 && !session->rest_in && block == full;
    return rest ? full : FLC_SESSION_NO_BLOCK;
}

flc_status flc_session_next(flc_session *session, const flc_session_block **block, flc_error *error)
{
    flc_error own;
    flc_error *heard = flc_session_listen(error, &own);
    flc_status status = flc_session_require(session, block, heard);
    if (block)
        *block = NULL;
    if (status)
        return status;
    uint64_t number = find_block(session);
    session->current = FLC_SESSION_NO_BLOCK;
    if (number == FLC_SESSION_NO_BLOCK)
        return FLC_OK;
    const double *outputs;
    status = flc_source_block(&session->source, &outputs, number * FLC_BLOCK, heard);
    if (status)
        return status;
    size_t count =
        number < flc_session_full_blocks(session) ? FLC_BLOCK : flc_session_rest(session);
    session->block = (flc_session_block){number * FLC_BLOCK, count, outputs, session->values};
    session->current = number;
    session->cursor = number + 1;
    session->taken = false;
    *block = &session->block;
    return FLC_OK;
}

flc_status flc_session_seek(flc_session *session, uint64_t first, flc_error *error)
{
    flc_status status = flc_session_require(session, true, error);
    if (status)
        return status;
    if (first % FLC_BLOCK != 0)
        return REFUSE(error, "sample %llu does not begin a block of %d; seek a multiple of that",
                      (unsigned long long)first, FLC_BLOCK);
    session->cursor = first / FLC_BLOCK;
    return FLC_OK;
}

/* ---- accumulating ---------------------------------------------------------------------------- */

static flc_status collect(flc_session *session, flc_error *error)
{
    const flc_session_block *block = &session->block;
    flc_status status = flc_collector_add(session->collector, session->isa, block->outputs,
                                          block->first, block->count, error);
    session->broken = status != FLC_OK;
    return status;
}

static flc_status accumulate_rest(flc_session *session, flc_error *error)
{
    flc_status status = flc_session_remember_full(session, error);
    if (!status && !(status = collect(session, error)))
        session->rest_in = true;
    return status;
}

/* The values are the evaluator's, which the rest must not overwrite before they are taken. */
static flc_status accumulate_full(flc_session *session, flc_error *error)
{
    bool was_in;
    flc_status status = flc_session_rest_out(session, &was_in, error);
    if (!status)
        status = flc_block_set_add(&session->done, session->current, error);
    session->broken |= status != FLC_OK && was_in;
    if (!status)
        status = collect(session, error);
    return status || !was_in ? status : flc_session_rest_in(session, error);
}

flc_status flc_session_accumulate(flc_session *session, flc_error *error)
{
    flc_error own;
    flc_error *heard = flc_session_listen(error, &own);
    flc_status status = flc_session_require(session, true, heard);
    if (status)
        return status;
    if (session->current == FLC_SESSION_NO_BLOCK)
        return REFUSE(heard, "no block to accumulate: flc_session_next gives one, and the calls "
                             "after which it is gone take it away");
    bool full = session->current < flc_session_full_blocks(session);
    if (session->taken ||
        (full ? flc_block_set_has(&session->done, session->current) : session->rest_in))
        return REFUSE(heard,
                      "samples from %llu on are accumulated already; go on with "
                      "flc_session_next",
                      (unsigned long long)session->block.first);
    status = full ? accumulate_full(session, heard) : accumulate_rest(session, heard);
    session->taken = !status;
    return status;
}
