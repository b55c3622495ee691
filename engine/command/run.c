/* fulcrum run: simulate a study and write its distributions, or the state of a shard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "command/kept.h"
#include "command/table.h"
#include "command/until.h"
#include "run/checkpoint.h"
#include "store/result.h"

struct settings {
    struct cli_job job; /* first, as its options say */
    const char *shard, *design;
    flc_points points; /* from `design`, seed and number */
    char question[FLC_DESIGN_QUESTION];
    struct cli_texts keep, until;
    bool extend, samples;
    uint64_t k, K; /* from `shard`; 1 of 1 */
};

static const struct cli_option options[] = {
    CLI_JOB_OPTIONS,
    {0, "design", "NAME", CLI_TEXT, offsetof(struct settings, design), CLI_DESIGN_HELP},
    {0, "extend", NULL, CLI_FLAG, offsetof(struct settings, extend),
     "the output is a finished, shorter run: go on from it to N samples"},
    {0, "shard", "K/OF", CLI_TEXT, offsetof(struct settings, shard),
     "only part K of OF, for fulcrum merge; each may run on another machine"},
    {0, "samples", NULL, CLI_FLAG, offsetof(struct settings, samples),
     "keep every sample too: baseline.samples.h5 beside baseline.h5"},
    {0, "keep", "PATTERN", CLI_TEXTS, offsetof(struct settings, keep),
     "of the outputs keep only those like MEP/* or */leverage_ratio; repeatable"},
    {0, "until", "PRECISION", CLI_TEXTS, offsetof(struct settings, until),
     "end once known so well: 'MEP/leverage_ratio mean 0.5%'; repeatable"},
};

/* ---- shards ---------------------------------------------------------------------------------- */

static flc_status read_shard(struct settings *settings, flc_error *error)
{
    const char *text = settings->shard;
    settings->k = settings->K = 1;
    if (!text)
        return FLC_OK;
    char *slash, *end = NULL;
    settings->k = strtoull(text, &slash, 10);
    if (*slash == '/')
        settings->K = strtoull(slash + 1, &end, 10);
    if (!end || *end || settings->k < 1 || settings->k > settings->K || settings->K > 1000000)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--shard %s: part and number of parts, such as 3/8", text);
    if (settings->extend)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--shard and --extend exclude each other; extend the merged result");
    return FLC_OK;
}

static flc_status read_design(struct settings *settings, flc_error *error)
{
    flc_points *points = &settings->points;
    flc_status status = cli_read_points(points, &settings->job, settings->design, error);
    if (status)
        return status;
    if (settings->extend && !flc_design_extends(points->design))
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--extend: points of design %s belong to one number of samples; begin "
                             "anew, or take design sobol",
                             settings->design);
    flc_design_question(settings->question, points);
    return FLC_OK;
}

/* Intervals of --until are for samples that come one by one, from the first. */
static flc_status check_until(struct settings *settings, flc_error *error)
{
    const bool until = settings->until.count > 0;
    if (until && (settings->extend || settings->shard))
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--until begins at the first sample and sees all of them: leave out "
                             "--%s",
                             settings->extend ? "extend" : "shard");
    return cli_until_check(&settings->job, &settings->until, settings->design, error);
}

static flc_status check_settings(struct settings *settings, flc_error *error)
{
    flc_status status = check_until(settings, error);
    if (status || (status = read_design(settings, error)))
        return status;
    if (settings->keep.count > 0 && !settings->samples)
        return flc_error_set(error, FLC_ERROR_USAGE, "--keep: of what samples? give --samples too");
    return read_shard(settings, error);
}

/* "baseline.yaml" with part 3 of 8: baseline.shard-3-of-8 */
static void name_shard(char *suffix, size_t room, const struct settings *settings)
{
    if (settings->shard)
        snprintf(suffix, room, ".shard-%llu-of-%llu", (unsigned long long)settings->k,
                 (unsigned long long)settings->K);
    else
        snprintf(suffix, room, ".h5");
}

static void set_range(struct cli_simulation *simulation, const struct settings *settings)
{
    simulation->range = flc_shard_range(settings->job.samples, settings->k, settings->K);
    simulation->facts.shards = settings->K;
    simulation->facts.question = settings->question;
}

/* ---- is it done already? --------------------------------------------------------------------- */

/* The state in the output, a result or a shard; NULL if there is none that can be read. */
static flc_state *read_output(const struct cli_simulation *simulation,
                              const struct settings *settings)
{
    flc_state *state = NULL;
    flc_error unread;
    if (settings->shard)
        flc_state_read(&state, simulation->output, &unread);
    else
        flc_result_state(&state, simulation->output, &unread);
    return state;
}

/* A run that was to know something: did it end there, and is it of this study and seed? */
static bool is_answered(const struct cli_simulation *simulation, const struct settings *settings,
                        const struct cli_kept *kept)
{
    flc_error difference;
    flc_state_facts facts = simulation->facts;
    facts.question = "";
    flc_state *state = read_output(simulation, settings);
    bool answered = state && !flc_state_require(state, &facts, &difference) &&
                    (!kept->samples || cli_kept_are_there(kept, state->facts.samples)) &&
                    cli_until_is_answered(simulation->until, simulation->output, facts.samples);
    flc_state_free(state);
    return answered;
}

static bool is_finished(struct cli_simulation *simulation, const struct settings *settings,
                        const struct cli_kept *kept)
{
    flc_error difference;
    if (settings->job.resume && simulation->until)
        return is_answered(simulation, settings, kept);
    if (!settings->job.resume ||
        (kept->samples && !settings->shard && !cli_kept_are_there(kept, simulation->facts.samples)))
        return false;
    flc_state *state = read_output(simulation, settings);
    cli_set_done(simulation, simulation->range.end);
    const flc_state_facts *facts = &simulation->facts;
    bool finished =
        state && state->facts.samples == facts->samples && state->facts.shards == facts->shards &&
        state->facts.range_count == facts->range_count &&
        (facts->range_count == 0 || (state->facts.ranges[0].begin == facts->ranges[0].begin &&
                                     state->facts.ranges[0].end == facts->ranges[0].end)) &&
        !flc_state_require(state, facts, &difference);
    flc_state_free(state);
    return finished;
}

/* Collective. */
static flc_status look_for_result(struct cli_simulation *simulation,
                                  const struct settings *settings, const struct cli_kept *kept,
                                  bool *finished, flc_error *error)
{
    char own = 0, *told = &own;
    size_t length = 1;
    if (simulation->comm.rank == 0)
        own = is_finished(simulation, settings, kept);
    flc_status status = flc_comm_share(&simulation->comm, &told, &length, error);
    *finished = !status && *told;
    if (!status && told != &own)
        flc_free(told);
    if (*finished && simulation->comm.rank == 0) {
        cli_clear_checkpoint(simulation);
        if (kept->samples && !settings->shard && !flc_checkpoint_exists(simulation->checkpoint))
            cli_kept_clear(kept);
    }
    if (*finished && simulation->comm.rank == 0 && !settings->job.quiet)
        printf("%s is this very result already; nothing to do\n", simulation->output);
    return status;
}

/* ---- results --------------------------------------------------------------------------------- */

/* On rank 0: the file. The state is that before the partial block at the end, and the same whether
 * the run was to know something or not. */
static flc_status write_result(struct cli_simulation *simulation, const flc_source *source,
                               struct cli_kept *kept, flc_error *error)
{
    char *state;
    size_t length;
    simulation->facts.kept = FLC_NOT_KEPT;
    if (simulation->until)
        simulation->facts.question = "";
    flc_status status = flc_state_image(&state, &length, &simulation->facts,
                                        cli_simulation_distributions(simulation), error);
    if (!status)
        status = cli_simulation_rest(simulation, source, error);
    if (!status && kept->samples)
        status = cli_kept_finish(kept, simulation->facts.samples, error);
    if (!status && simulation->until)
        cli_until_judge(simulation, simulation->facts.samples);
    if (!status)
        status = flc_result_save(simulation->output, simulation->study,
                                 cli_simulation_summary(simulation), &simulation->facts,
                                 simulation->until ? simulation->until->goals : NULL, state, length,
                                 error);
    flc_free(state);
    if (status)
        return status;
    cli_simulation_done(simulation);
    return kept->samples ? cli_kept_done(kept, error) : FLC_OK;
}

/* On rank 0: the state, with the length of the log of kept samples. */
static flc_status write_shard(struct cli_simulation *simulation, flc_error *error)
{
    char *state = NULL;
    size_t length;
    flc_status status = FLC_OK;
    if (simulation->keeper)
        status =
            simulation->keeper->sync(simulation->keeper->context, &simulation->facts.kept, error);
    if (!status)
        status = flc_state_image(&state, &length, &simulation->facts, simulation->collector, error);
    if (!status)
        status = flc_file_write_atomically(simulation->output, state, length, error);
    flc_free(state);
    if (!status)
        cli_simulation_done(simulation);
    return status;
}

static flc_status print_result(const struct cli_simulation *simulation, const struct cli_kept *kept,
                               flc_error *error)
{
    flc_status status = cli_print_result(simulation->output, error);
    if (!status)
        printf("\nwritten to %s (fulcrum show %s)\n", simulation->output, simulation->output);
    if (!status && kept->samples)
        printf("every sample is in %s\n", kept->path);
    return status;
}

/* On rank 0, all blocks being done. */
static flc_status write_output(struct cli_simulation *simulation, const struct settings *settings,
                               const flc_source *source, struct cli_kept *kept, flc_error *error)
{
    flc_status status = settings->shard ? write_shard(simulation, error)
                                        : write_result(simulation, source, kept, error);
    if (status || settings->job.quiet)
        return status;
    if (!settings->shard)
        return print_result(simulation, kept, error);
    printf("part %llu of %llu written to %s (fulcrum merge joins them)\n",
           (unsigned long long)settings->k, (unsigned long long)settings->K, simulation->output);
    return FLC_OK;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* What the progress line shows: the portfolio's leverage, or a plug-in's first output. */
static void choose_headline(struct cli_simulation *simulation)
{
    const flc_model *model = simulation->study->model;
    const flc_metrics *metrics = &simulation->study->metrics;
    bool plugged = flc_model_plugin(model) != NULL;
    simulation->headline = plugged ? flc_metrics_output(metrics, &metrics->metrics[0], 0, 0, 0)
                                   : flc_model_horizon_output(model, flc_model_programs(model),
                                                              FLC_HORIZON_LEVERAGE_RATIO);
    simulation->headline_name = plugged ? metrics->metrics[0].name : "portfolio leverage";
}

/* Collective: with --extend from what the output holds. */
static flc_status simulate(struct cli_simulation *simulation, const struct settings *settings,
                           const flc_source *source, struct cli_kept *kept, flc_error *error)
{
    flc_state *earlier = NULL;
    flc_status status = FLC_OK;
    choose_headline(simulation);
    if (settings->extend && simulation->comm.rank == 0)
        status = flc_result_state(&earlier, simulation->output, error);
    if (!(status = flc_comm_agree(&simulation->comm, status, error)))
        status = cli_simulation_run(simulation, source, earlier, error);
    if (!status && simulation->comm.rank == 0)
        status = write_output(simulation, settings, source, kept, error);
    flc_state_free(earlier);
    return status;
}

/* Collective: the study's own outputs, unless they are there already. */
static flc_status simulate_study(struct cli_simulation *simulation, struct cli_until *until,
                                 const struct settings *settings, flc_error *error)
{
    struct cli_kept kept = {.samples = NULL};
    bool finished;
    flc_evaluator *evaluator =
        flc_evaluator_create_at(simulation->study, &settings->points, flc_isa_select(), error);
    flc_status status = evaluator ? FLC_OK : flc_error_of_null(error);
    set_range(simulation, settings);
    if (!status && settings->samples)
        status = cli_kept_open(&kept, simulation, evaluator, &settings->keep,
                               settings->shard != NULL, error);
    flc_source source = flc_evaluator_source(evaluator);
    const flc_goal_names names = flc_goal_names_of(&simulation->study->metrics);
    if (!status && settings->until.count > 0)
        status = cli_until_open(until, simulation, &names, &settings->until, &source, error);
    if (!(status = flc_comm_agree(&simulation->comm, status, error)) &&
        !(status = look_for_result(simulation, settings, &kept, &finished, error)) && !finished)
        status = simulate(simulation, settings, &source, &kept, error);
    cli_kept_close(&kept);
    flc_evaluator_free(evaluator);
    return status;
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {.job = CLI_JOB_DEFAULTS, .design = "mc"};
    settings.job.samples = CLI_NOT_GIVEN;
    struct cli_simulation simulation;
    struct cli_until until = {.goals = NULL};
    const char *study = NULL;
    char suffix[64];
    size_t operands;
    bool helped;
    flc_status status =
        cli_read(&cli_run, &settings, &study, &operands, &helped, argc, argv, error);
    if (status || helped || (status = check_settings(&settings, error)))
        return status;
    name_shard(suffix, sizeof suffix, &settings);
    status = cli_simulation_open(&simulation, &cli_run, &settings.job, study, suffix, error);
    if (!status)
        status = simulate_study(&simulation, &until, &settings, error);
    status = cli_simulation_close(&simulation, status, error);
    cli_until_close(&until);
    return status;
}

const struct cli_command cli_run = {
    .name = "run",
    .operands = "STUDY.yaml",
    .least = 1,
    .most = 1,
    .summary = "Simulate a study and write the distributions of its outputs.",
    .details = "Under mpirun or srun the samples are shared out; the result does not depend on how "
               "many ranks do it.\nBeside the result, <result>.json tells who computed it and "
               "when, and how far a run is.\n"
               "--until takes 'OUTPUT mean W', 'OUTPUT quantile P W', or 'OUTPUT probability >= X "
               "W' (or <=); the half\nwidth W is absolute, as 0.01, or relative to the estimate, "
               "as 0.5%. All intervals hold together at 95 %,\nalthough one keeps looking; "
               "--number is then the most samples (default 1e7).\n" CLI_STOPPING,
    .example = "fulcrum run inputs/baseline.yaml -n 1e6 --set programs/MEP/match/required=2 -o "
               "mep_2to1.h5",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .parallel = true,
    .takes_model = true,
    .run = run,
};
