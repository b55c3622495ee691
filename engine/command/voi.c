/* fulcrum voi: what it is worth to know something before choosing among policies.
 *
 * Two stages: the first samples are kept on rank 0, which learns rules from them and gives them to
 * all ranks; the others value the rules. Only the second stage is saved: one that goes on from a
 * checkpoint learns again, which costs as many samples as at first and gives the same rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "command/alternatives.h"
#include "command/voi_table.h"
#include "run/signals.h"

enum { LEARNED_SHARE = 4, LEARNED_MOST = 170, BLOCKS_LEAST = 5, TOP = 20 }; /* blocks */
static const double LEFT_OUT_MOST = 0.05;

struct settings {
    struct cli_job job; /* first, as its options say */
    const char *utility;
    struct cli_texts groups;
    uint64_t learn, top;
};

static const struct cli_option options[] = {
    CLI_JOB_OPTIONS,
    {0, "utility", "SUM", CLI_TEXT, offsetof(struct settings, utility),
     "what is wanted, in USD million (default portfolio/npv; see above)"},
    {0, "group", "NAME=PATTERN", CLI_TEXTS, offsetof(struct settings, groups),
     "quantities known together: NAME=PATTERN,PATTERN over paths; repeatable"},
    {0, "learn", "N", CLI_COUNT, offsetof(struct settings, learn),
     "samples to learn rules from (default a quarter, at most 32640)"},
    {0, "top", "K", CLI_COUNT, offsetof(struct settings, top),
     "quantities in the table (default 20; the file has all)"},
};

struct informing {
    struct cli_simulation simulation;
    struct cli_alternatives given;
    flc_prospects *prospects;
    uint64_t learned;       /* blocks */
    flc_collector *lessons; /* on rank 0 */
    flc_voi_rule *rule;
    flc_buffer question;
};

/* ---- preparing ------------------------------------------------------------------------------- */

/* How many blocks to learn from. */
static flc_status divide(uint64_t *blocks, const struct settings *settings, flc_error *error)
{
    const uint64_t all = settings->job.samples / FLC_BLOCK, share = all / LEARNED_SHARE;
    const uint64_t given = (settings->learn + FLC_BLOCK - 1) / FLC_BLOCK;
    if (all < BLOCKS_LEAST)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--number: at least %d samples, as rules are learned from some and "
                             "valued on the others",
                             BLOCKS_LEAST * FLC_BLOCK);
    *blocks = settings->learn != CLI_NOT_GIVEN ? given
              : share < LEARNED_MOST           ? share
                                               : LEARNED_MOST;
    if (settings->learn == 0 || *blocks >= all)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--learn: at least 1 sample, and at most %llu, so that some are left "
                             "to value what is learned",
                             (unsigned long long)((all - 1) * FLC_BLOCK));
    return FLC_OK;
}

/* What a checkpoint must agree in. */
static flc_status ask(struct informing *all, const struct settings *settings, flc_error *error)
{
    flc_buffer *text = &all->question;
    flc_buffer_init(text, error);
    cli_alternatives_question(&all->given, text);
    flc_buffer_printf(text, "utility %s; learn %llu; ", flc_prospects_utility(all->prospects)->text,
                      (unsigned long long)(all->learned * FLC_BLOCK));
    for (size_t g = 0; g < settings->groups.count; g++)
        flc_buffer_printf(text, "group %s; ", settings->groups.text[g]);
    if (!text->status)
        all->simulation.facts.question = text->text;
    return text->status;
}

static flc_status prepare(struct informing *all, const struct settings *settings, flc_error *error)
{
    const flc_points points = {
        .design = FLC_DESIGN_MC, .seed = settings->job.seed, .samples = settings->job.samples};
    flc_status status = divide(&all->learned, settings, error);
    if (!status)
        status = flc_prospects_create(&all->prospects, (const flc_study *const *)all->given.studies,
                                      all->given.files, all->given.count, settings->utility,
                                      settings->groups.text, settings->groups.count, &points,
                                      flc_isa_select(), error);
    if (!status)
        status = ask(all, settings, error);
    return flc_comm_agree(&all->simulation.comm, status, error);
}

/* ---- learning -------------------------------------------------------------------------------- */

static const double *block(void *context, uint64_t first)
{
    const struct informing *all = context;
    return flc_prospects_block(all->prospects, first);
}

static flc_status failure(void *context, flc_error *error)
{
    const struct informing *all = context;
    return flc_scenarios_failure(flc_prospects_scenarios(all->prospects), error);
}

static flc_collector *lessons(void *context, flc_error *error)
{
    const struct informing *all = context;
    return flc_voi_lessons_create(flc_prospects_problem(all->prospects), all->learned, error);
}

static flc_collector *values(void *context, flc_error *error)
{
    const struct informing *all = context;
    return flc_voi_values_create(all->rule, error);
}

/* On rank 0: nothing of this stage is saved. */
static flc_status stop(const struct informing *all, flc_error *error)
{
    const char *signal = flc_signals_name();
    unlink(all->simulation.stop);
    return flc_error_set(error, FLC_ERROR_REQUEUE,
                         "stopped%s%s while it learned from the first %llu samples, which are not "
                         "saved: give the same command with --resume to do it again",
                         *signal ? " by " : "", signal,
                         (unsigned long long)(all->learned * FLC_BLOCK));
}

/* Collective: the first blocks, all on rank 0 in the end. */
static flc_status gather_lessons(struct informing *all, flc_error *error)
{
    struct cli_simulation *simulation = &all->simulation;
    const flc_source source = {all, block, lessons, failure};
    const flc_run_options run = {.isa = flc_isa_select(),
                                 .end = all->learned,
                                 .interval = simulation->terminal ? 0.5 : 10.0,
                                 .stop_file = simulation->stop,
                                 .context = simulation,
                                 .progress = cli_show_progress};
    flc_run_end end = {0, false, false};
    flc_status status = FLC_OK;
    flc_signals_catch();
    if (simulation->comm.rank == 0 && !(all->lessons = lessons(all, error)))
        status = FLC_ERROR_MEMORY;
    status = flc_comm_agree(&simulation->comm, status, error);
    if (!status)
        status = flc_simulate(&simulation->comm, &source, &run, all->lessons, &end, error);
    cli_end_progress(simulation);
    if (!status && end.stopped) {
        if (simulation->comm.rank == 0)
            status = stop(all, error);
        status = flc_comm_agree(&simulation->comm, status, error);
    }
    return status;
}

/* On rank 0. */
static flc_status learn(struct informing *all, flc_error *error)
{
    uint64_t kept, left_out;
    flc_voi_lessons_count(all->lessons, &kept, &left_out);
    if ((double)left_out > LEFT_OUT_MOST * (double)kept)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "in %.1f %% of the first %llu samples '%.500s' of some alternative is "
                             "no number (undefined, or never); at most %.0f %% can be left out: "
                             "choose outputs that are always defined, such as portfolio/npv",
                             100.0 * (double)left_out / (double)kept, (unsigned long long)kept,
                             flc_prospects_utility(all->prospects)->text, 100 * LEFT_OUT_MOST);
    return flc_voi_learn(&all->rule, all->lessons, error);
}

/* Collective: rank 0's rule on every rank. */
static flc_status share_rule(struct informing *all, flc_error *error)
{
    const flc_comm *comm = &all->simulation.comm;
    const flc_voi_problem *problem = flc_prospects_problem(all->prospects);
    char *bytes = NULL;
    size_t length = 0;
    flc_status status = FLC_OK;
    if (comm->rank == 0 && comm->size > 1)
        status = flc_voi_rule_pack(&bytes, &length, all->rule, error);
    status = flc_comm_agree(comm, status, error);
    if (!status && comm->size > 1)
        status = flc_comm_share(comm, &bytes, &length, error);
    if (!status && comm->rank != 0)
        status = flc_voi_rule_unpack(&all->rule, problem, bytes, length, error);
    flc_free(bytes);
    return flc_comm_agree(comm, status, error);
}

static flc_status make_rule(struct informing *all, flc_error *error)
{
    struct cli_simulation *simulation = &all->simulation;
    flc_status status = gather_lessons(all, error);
    if (status)
        return status;
    if (simulation->comm.rank == 0)
        status = learn(all, error);
    flc_collector_free(all->lessons);
    all->lessons = NULL;
    if (!(status = flc_comm_agree(&simulation->comm, status, error)))
        status = share_rule(all, error);
    simulation->range.begin = all->learned;
    simulation->spent = all->learned * FLC_BLOCK;
    return status;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* On rank 0: the file and the tables. */
static flc_status report(struct informing *all, const struct settings *settings, flc_error *error)
{
    struct cli_simulation *simulation = &all->simulation;
    const flc_voi_facts facts = {.keys = all->given.key_list,
                                 .points = {.design = FLC_DESIGN_MC,
                                            .seed = settings->job.seed,
                                            .samples = settings->job.samples},
                                 .learned = all->learned * FLC_BLOCK};
    flc_status status =
        flc_voi_file_save(simulation->output, all->prospects, simulation->collector, &facts, error);
    if (status)
        return status;
    cli_simulation_done(simulation);
    if (settings->job.quiet)
        return FLC_OK;
    printf("%zu alternatives on %s, %llu samples (%llu to learn from), seed %llu\n",
           all->given.count, all->given.files[0], (unsigned long long)facts.points.samples,
           (unsigned long long)facts.learned, (unsigned long long)facts.points.seed);
    cli_print_information(all->prospects, simulation->collector, &facts, (size_t)settings->top);
    printf("\nwritten to %s\n", simulation->output);
    return FLC_OK;
}

static flc_status inform(struct informing *all, const struct settings *settings, flc_error *error)
{
    const flc_source source = {all, block, values, failure};
    flc_status status = prepare(all, settings, error);
    if (!status)
        status = make_rule(all, error);
    if (!status)
        status = cli_simulation_run(&all->simulation, &source, NULL, error);
    if (!status && all->simulation.comm.rank == 0 &&
        !(status = cli_simulation_rest(&all->simulation, &source, error)))
        status = report(all, settings, error);
    return status;
}

static void clear(struct informing *all)
{
    flc_collector_free(all->lessons);
    flc_collector_free(all->simulation.collector); /* before its rule */
    all->simulation.collector = NULL;
    flc_voi_rule_free(all->rule);
    flc_prospects_free(all->prospects);
    cli_alternatives_close(&all->given);
    flc_buffer_clear(&all->question);
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {
        .job = CLI_JOB_DEFAULTS, .utility = "portfolio/npv", .learn = CLI_NOT_GIVEN, .top = TOP};
    const char *operands[FLC_VOI_ALTERNATIVES];
    struct informing all = {.lessons = NULL};
    size_t count;
    bool helped;
    flc_buffer_init(&all.question, error);
    flc_status status = cli_read(&cli_voi, &settings, operands, &count, &helped, argc, argv, error);
    if (status || helped)
        return status;
    status = cli_simulation_open(&all.simulation, &cli_voi, &settings.job, operands[0], "_voi.h5",
                                 error);
    if (!status)
        status = cli_alternatives_open(&all.given, &all.simulation, operands, count, error);
    if (!status)
        status = inform(&all, &settings, error);
    clear(&all);
    return cli_simulation_close(&all.simulation, status, error);
}

const struct cli_command cli_voi = {
    .name = "voi",
    .operands = "BASE.yaml POLICY.yaml...",
    .least = 2,
    .most = FLC_VOI_ALTERNATIVES,
    .summary = "Value of information: what is it worth to know something before choosing?",
    .details =
        "The choice is among the base and the policies; more of the utility is better. In dollars: "
        "everything known\nbefore the choice (EVPI), one quantity or a group known (EVPPI). Rules "
        "are learned from the first samples and\nvalued on the others, so values are lower bounds "
        "but for chance.\nA utility is a sum of outputs, each with a factor where its unit is not "
        "USD million:\n  'portfolio/npv - 0.5*portfolio/treasury_cost/2030 + "
        "40*MEP/survival_share'\n" CLI_STOPPING,
    .example = "fulcrum voi inputs/baseline.yaml inputs/policies/mep_one_third.yaml "
               "inputs/policies/rie_full.yaml",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .parallel = true,
    .run = run,
};
