/* Saving, and going on from what was saved. */
#include "run/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/simulation.h"

/* ---- when to save ---------------------------------------------------------------------------- */

flc_status cli_read_interval(struct cli_simulation *simulation, flc_error *error)
{
    const char *text = simulation->job->checkpoint;
    char *end;
    double number = strtod(text, &end);
    bool good = end != text && number >= 0 && number < 9e15;
    if (good && *end == '\0') { /* samples */
        simulation->save_blocks = (uint64_t)(number / FLC_BLOCK);
        if (number > 0 && simulation->save_blocks == 0)
            simulation->save_blocks = 1;
        return FLC_OK;
    }
    if (cli_read_duration(&simulation->save_seconds, text))
        return FLC_OK;
    return flc_error_set(
        error, FLC_ERROR_USAGE,
        "--checkpoint %s: a time such as 300s, 10min, 2h or 1d, a number of samples "
        "such as 1e6, or 0",
        text);
}

/* ---- saving ---------------------------------------------------------------------------------- */

void cli_set_done(struct cli_simulation *simulation, uint64_t next)
{
    simulation->done = (flc_block_range){simulation->range.begin, next};
    simulation->facts.ranges = &simulation->done;
    simulation->facts.range_count = next > simulation->range.begin;
}

flc_status cli_save_checkpoint(struct cli_simulation *simulation, uint64_t next, flc_error *error)
{
    const flc_keeper *keeper = simulation->keeper;
    flc_status status = FLC_OK;
    cli_set_done(simulation, next);
    if (keeper)
        status = keeper->sync(keeper->context, &simulation->facts.kept, error);
    if (!status)
        status = flc_checkpoint_save(simulation->checkpoint, &simulation->facts,
                                     simulation->collector, error);
    return status;
}

void cli_save_now(void *context, const flc_collector *collector, uint64_t next)
{
    struct cli_simulation *simulation = context;
    flc_error error;
    (void)collector; /* the simulation's own */
    if (!cli_save_checkpoint(simulation, next, &error))
        return;
    cli_end_progress(simulation);
    fprintf(stderr, "fulcrum %s: warning: no checkpoint now: %s\n", simulation->command->name,
            error.text);
}

/* ---- going on -------------------------------------------------------------------------------- */

flc_status cli_check_checkpoint(const struct cli_simulation *simulation, flc_error *error)
{
    const struct cli_job *job = simulation->job;
    if (job->resume && job->restart)
        return flc_error_set(error, FLC_ERROR_USAGE, "--resume and --restart exclude each other");
    if (job->resume || job->restart || !flc_checkpoint_exists(simulation->checkpoint))
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "%.1024s is there, of a run that was stopped: --resume goes on with it, "
                         "--restart begins anew",
                         simulation->checkpoint);
}

static flc_status refuse(const flc_state *state, flc_error *error, const char *why)
{
    return flc_error_set(error, FLC_ERROR_STUDY, "%.1024s: %s", state->name, why);
}

/* A checkpoint and a run agree in whether samples are kept; the state in a result does not say. */
static flc_status require_kept(const struct cli_simulation *simulation, const flc_state *state,
                               flc_error *error)
{
    if ((state->facts.kept == FLC_NOT_KEPT) == (simulation->facts.kept == FLC_NOT_KEPT))
        return FLC_OK;
    return refuse(state, error,
                  state->facts.kept == FLC_NOT_KEPT
                      ? "its samples were not kept; leave out --samples, or --restart"
                      : "its samples were kept; give --samples, or --restart");
}

/* Is the state the beginning of what is to be done? */
static flc_status require_beginning(const struct cli_simulation *simulation, const flc_state *state,
                                    flc_error *error)
{
    const flc_state_facts *own = &state->facts;
    flc_status status = flc_state_require(state, &simulation->facts, error);
    if (status)
        return status;
    if (own->shards != simulation->facts.shards ||
        (own->shards > 1 && own->samples != simulation->facts.samples))
        return refuse(state, error,
                      "of a run cut into other shards, or of another --number; give those it "
                      "belongs to, or --restart");
    if (own->range_count > 1 ||
        (own->range_count == 1 && own->ranges[0].begin != simulation->range.begin))
        return refuse(state, error, "of another shard; give the one it belongs to, or --restart");
    if (own->range_count == 1 && own->ranges[0].end > simulation->range.end)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%.1024s: has %llu samples already; a higher --number, or --restart",
                             state->name, (unsigned long long)(own->ranges[0].end * FLC_BLOCK));
    return FLC_OK;
}

static flc_status take_state(struct cli_simulation *simulation, const flc_state *state,
                             uint64_t *begin, flc_error *error)
{
    flc_status status = require_beginning(simulation, state, error);
    if (!status)
        status = flc_state_merge(state, simulation->collector, error);
    if (status || state->facts.range_count == 0)
        return status;
    *begin = state->facts.ranges[0].end;
    if (!simulation->job->quiet)
        fprintf(stderr, "fulcrum %s: going on after %llu samples (%s)\n", simulation->command->name,
                (unsigned long long)(simulation->spent +
                                     (*begin - simulation->range.begin) * FLC_BLOCK),
                state->name);
    return FLC_OK;
}

flc_status cli_take_up(struct cli_simulation *simulation, const flc_state *earlier, uint64_t *begin,
                       flc_error *error)
{
    flc_state *state = NULL;
    flc_error warning;
    *begin = simulation->range.begin;
    if (!simulation->job->resume || !flc_checkpoint_exists(simulation->checkpoint))
        return earlier ? take_state(simulation, earlier, begin, error) : FLC_OK;
    flc_status status = flc_checkpoint_load(&state, simulation->checkpoint, &warning, error);
    if (!status)
        status = require_kept(simulation, state, error);
    if (!status && warning.status)
        fprintf(stderr, "fulcrum %s: warning: %s; going on from the one before it\n",
                simulation->command->name, warning.text);
    if (!status && !(status = take_state(simulation, state, begin, error)))
        simulation->facts.kept = state->facts.kept;
    flc_state_free(state);
    return status;
}

/* A checkpoint of a longer run, on the way from this very result, is still needed. */
void cli_clear_checkpoint(struct cli_simulation *simulation)
{
    flc_state *state = NULL;
    flc_error warning, ignored;
    if (flc_checkpoint_exists(simulation->checkpoint) &&
        !flc_checkpoint_load(&state, simulation->checkpoint, &warning, &ignored) &&
        state->facts.samples == simulation->facts.samples &&
        !flc_state_require(state, &simulation->facts, &ignored))
        flc_checkpoint_remove(simulation->checkpoint);
    flc_state_free(state);
}
