/* fulcrum compare: a base study and policies on the same draws. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "command/alternatives.h"
#include "command/compare_table.h"
#include "command/until.h"
#include "statistics/distributions.h"
#include "store/compare_file.h"

enum { SCENARIOS_MOST = 1000 };

struct settings {
    struct cli_job job; /* first, as its options say */
    struct cli_texts decide, margin, show, until;
    const char *design;
    flc_points points; /* from `design`, seed and number */
};

static const struct cli_option options[] = {
    CLI_JOB_OPTIONS,
    {0, "decide", "OUTPUT", CLI_TEXTS, offsetof(struct settings, decide),
     "rank by this output; repeatable (portfolio/leverage_ratio, portfolio/npv)"},
    {0, "margin", "OUTPUT=X", CLI_TEXTS, offsetof(struct settings, margin),
     "how likely is it worse than the base by more than X; repeatable"},
    {0, "design", "NAME", CLI_TEXT, offsetof(struct settings, design), CLI_DESIGN_HELP},
    {0, "until", "PRECISION", CLI_TEXTS, offsetof(struct settings, until),
     "stop when known: 'POLICY:portfolio/npv mean 1%' of a difference; repeatable"},
    {0, "show", "OUTPUT", CLI_TEXTS, offsetof(struct settings, show),
     "outputs in the table, such as MEP/federal/2030 (default: those that decide)"},
};

enum { DEFAULT_DECISIONS = 2 };

/* Everything of a comparison; on every rank. */
struct comparing {
    struct cli_simulation simulation;
    struct cli_alternatives given;
    flc_decision *decisions;
    char default_names[DEFAULT_DECISIONS][FLC_OUTPUT_NAME];
    const char *default_list[DEFAULT_DECISIONS];
    flc_margin *margins;
    double *margin_values;
    const char **margin_outputs;
    char (*margin_texts)[FLC_OUTPUT_NAME];
    size_t *shown;
    flc_compare_facts facts;
    flc_scenarios *scenarios;
    flc_buffer question;
    struct cli_until until;
};

/* ---- questions ------------------------------------------------------------------------------- */

static flc_status find_output(const flc_study *base, size_t *output, flc_better *better,
                              const char *option, const char *name, flc_error *error)
{
    flc_status status = flc_metrics_find(&base->metrics, output, name, FLC_NO_FISCAL_YEAR, error);
    if (status)
        return flc_error_prefix(error, "%s", option);
    flc_output_label *labels =
        FLC_NEW(flc_output_label, flc_metrics_outputs(&base->metrics), error);
    if (!labels)
        return FLC_ERROR_MEMORY;
    flc_metrics_labels(&base->metrics, labels);
    *better = labels[*output].metric ? labels[*output].metric->better : FLC_BETTER_NEITHER;
    flc_free(labels);
    return FLC_OK;
}

static flc_status require_better(flc_better better, const char *option, const char *name,
                                 flc_error *error)
{
    if (better != FLC_BETTER_NEITHER)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "%s %s: more of it is neither better nor worse; choose an output such as "
                         "portfolio/leverage_ratio",
                         option, name);
}

static flc_status take_decisions(struct comparing *all, const struct cli_texts *given,
                                 flc_error *error)
{
    const flc_study *base = all->simulation.study;
    size_t defaults =
        flc_metrics_defaults(&base->metrics, true, all->default_names, DEFAULT_DECISIONS);
    for (size_t d = 0; d < DEFAULT_DECISIONS; d++)
        all->default_list[d] = all->default_names[d];
    all->facts.decisions = given->count ? given->text : all->default_list;
    all->facts.decision_count = given->count ? given->count : defaults;
    all->decisions = FLC_NEW(flc_decision, all->facts.decision_count, error);
    flc_status status = all->decisions ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t d = 0; d < all->facts.decision_count && !status; d++) {
        const char *name = all->facts.decisions[d];
        flc_decision *decision = &all->decisions[d];
        status = find_output(base, &decision->output, &decision->better, "--decide", name, error);
        if (!status)
            status = require_better(decision->better, "--decide", name, error);
    }
    return status;
}

/* "MEP/leverage_ratio=0.1" */
static flc_status take_margin(struct comparing *all, size_t m, const char *text, flc_error *error)
{
    const char *equals = strrchr(text, '=');
    char *end = NULL, *name = all->margin_texts[m];
    flc_margin *margin = &all->margins[m];
    if (equals && (size_t)(equals - text) < FLC_OUTPUT_NAME) {
        memcpy(name, text, (size_t)(equals - text));
        margin->margin = strtod(equals + 1, &end);
    }
    if (!end || end == equals + 1 || *end || !(margin->margin >= 0 && margin->margin < INFINITY))
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--margin %s: an output and a number from 0 on, such as "
                             "MEP/leverage_ratio=0.1",
                             text);
    all->margin_outputs[m] = name;
    all->margin_values[m] = margin->margin;
    flc_status status = find_output(all->simulation.study, &margin->output, &margin->better,
                                    "--margin", name, error);
    return status ? status : require_better(margin->better, "--margin", name, error);
}

static flc_status take_margins(struct comparing *all, const struct cli_texts *given,
                               flc_error *error)
{
    all->margins = FLC_NEW(flc_margin, given->count, error);
    all->margin_values = FLC_NEW(double, given->count, error);
    all->margin_outputs = FLC_NEW(const char *, given->count, error);
    all->margin_texts = flc_allocate(given->count, sizeof *all->margin_texts, error);
    flc_status status =
        all->margins && all->margin_values && all->margin_outputs && all->margin_texts
            ? FLC_OK
            : FLC_ERROR_MEMORY;
    for (size_t m = 0; m < given->count && !status; m++)
        status = take_margin(all, m, given->text[m], error);
    all->facts.margin_outputs = all->margin_outputs;
    all->facts.margins = all->margin_values;
    all->facts.margin_count = given->count;
    return status;
}

static flc_status take_shown(struct comparing *all, const struct cli_texts *given, flc_error *error)
{
    flc_better unused;
    all->shown = FLC_NEW(size_t, given->count + all->facts.decision_count, error);
    flc_status status = all->shown ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t i = 0; i < given->count && !status; i++)
        status = find_output(all->simulation.study, &all->shown[i], &unused, "--show",
                             given->text[i], error);
    for (size_t d = 0; d < all->facts.decision_count && !status && !given->count; d++)
        all->shown[d] = all->decisions[d].output;
    return status;
}

/* ---- scenarios ------------------------------------------------------------------------------- */

/* What a checkpoint must agree in. */
static flc_status ask(struct comparing *all, const struct settings *settings, flc_error *error)
{
    flc_buffer *text = &all->question;
    char design[FLC_DESIGN_QUESTION];
    flc_buffer_init(text, error);
    flc_buffer_printf(text, "%s; ", flc_design_question(design, &settings->points));
    cli_alternatives_question(&all->given, text);
    for (size_t d = 0; d < all->facts.decision_count; d++)
        flc_buffer_printf(text, "decide %s; ", all->facts.decisions[d]);
    for (size_t m = 0; m < settings->margin.count; m++)
        flc_buffer_printf(text, "margin %s; ", settings->margin.text[m]);
    if (!text->status)
        all->simulation.facts.question = text->text;
    return text->status;
}

static flc_status prepare(struct comparing *all, const struct settings *settings, flc_error *error)
{
    flc_status status = take_decisions(all, &settings->decide, error);
    if (!status && !(status = take_margins(all, &settings->margin, error)) &&
        !(status = take_shown(all, &settings->show, error)))
        status = ask(all, settings, error);
    flc_questions questions = {.decisions = all->decisions,
                               .decision_count = all->facts.decision_count,
                               .margins = all->margins,
                               .margin_count = all->facts.margin_count};
    if (!status)
        status = flc_scenarios_create(&all->scenarios, (const flc_study *const *)all->given.studies,
                                      all->given.files, all->given.count, &questions,
                                      &settings->points, flc_isa_select(), error);
    return flc_comm_agree(&all->simulation.comm, status, error);
}

/* ---- precision ------------------------------------------------------------------------------- */

/* The scenario that a goal is of, by what stands before the colon; the base without one. */
static flc_status find_scenario(const struct comparing *all, size_t *scenario, const char **output,
                                const char *word, flc_error *error)
{
    char key[CLI_KEY_ROOM];
    const char *colon = strchr(word, ':');
    *scenario = 0;
    *output = colon ? colon + 1 : word;
    if (!colon)
        return FLC_OK;
    snprintf(key, sizeof key, "%.*s", (int)(colon - word), word);
    return flc_suggest_place(scenario, "scenario", key, all->given.key_list, all->given.count, "",
                             FLC_ERROR_USAGE, error);
}

/* "mep_one_third:portfolio/npv" is the difference to the base, "portfolio/npv" the base's level. */
static flc_status find_goal(const void *context, size_t *row, char name[FLC_OUTPUT_NAME],
                            const char *word, flc_error *error)
{
    const struct comparing *all = context;
    const flc_goal_names names = flc_goal_names_of(&all->given.studies[0]->metrics);
    char output_name[FLC_OUTPUT_NAME];
    const char *output;
    size_t scenario;
    flc_status status = find_scenario(all, &scenario, &output, word, error);
    if (!status)
        status = names.find(names.context, row, output_name, output, error);
    if (status)
        return status;
    if (scenario == 0) {
        memcpy(name, output_name, FLC_OUTPUT_NAME);
        return FLC_OK;
    }
    snprintf(name, FLC_OUTPUT_NAME, "%s:%.*s", all->given.keys[scenario],
             FLC_OUTPUT_NAME - CLI_KEY_ROOM - 2, output_name);
    *row = flc_scenarios_difference(all->scenarios, scenario, *row);
    if (*row != FLC_NO_OUTPUT)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "%s does not touch %s: it is the same in every sample",
                         all->given.keys[scenario], output_name);
}

/* ---- the command ----------------------------------------------------------------------------- */

static const double *block(void *context, uint64_t first)
{
    return flc_scenarios_block(context, first);
}

static flc_status failure(void *context, flc_error *error)
{
    return flc_scenarios_failure(context, error);
}

static flc_collector *collector(void *context, flc_error *error)
{
    return flc_distributions_take(flc_scenarios_summary(context, error), error);
}

/* On rank 0: the file and the tables. */
static flc_status report(struct comparing *all, const struct settings *settings, flc_error *error)
{
    const flc_summary *summary = cli_simulation_summary(&all->simulation);
    const struct cli_texts *show = &settings->show;
    all->facts.keys = all->given.key_list;
    all->facts.points = settings->points;
    all->facts.points.samples = all->simulation.facts.samples;
    if (all->simulation.until) {
        cli_until_judge(&all->simulation, all->simulation.facts.samples);
        all->facts.goals = all->until.goals;
    }
    flc_status status =
        flc_compare_file_save(all->simulation.output, all->scenarios, summary, &all->facts, error);
    if (status)
        return status;
    cli_simulation_done(&all->simulation);
    if (settings->job.quiet)
        return FLC_OK;
    size_t evaluated = 0, programs = 0;
    for (size_t s = 0; s < all->given.count; s++) {
        evaluated += flc_scenarios_evaluated(all->scenarios, s);
        programs += flc_model_programs(all->given.studies[s]->model);
    }
    printf("%zu scenarios on %s, %llu samples, seed %llu; ", all->given.count - 1,
           all->given.files[0], (unsigned long long)all->facts.points.samples,
           (unsigned long long)all->facts.points.seed);
    if (programs > 0)
        printf("%zu of %zu programs evaluated, the others are the base's; ", evaluated, programs);
    printf("about %.0f MB a rank\n",
           (double)flc_scenarios_bytes(all->scenarios) / (1024.0 * 1024.0));
    cli_print_comparison(all->scenarios, summary, &all->facts, all->shown,
                         show->count ? show->text : all->facts.decisions,
                         show->count ? show->count : all->facts.decision_count);
    if (all->facts.goals)
        cli_print_goals(all->facts.goals);
    printf("\nwritten to %s\n", all->simulation.output);
    return FLC_OK;
}

static flc_status compare(struct comparing *all, const struct settings *settings, flc_error *error)
{
    flc_status status = prepare(all, settings, error);
    flc_source source = {all->scenarios, block, collector, failure};
    const flc_goal_names names = {all, find_goal};
    if (!status && settings->until.count > 0)
        status = flc_comm_agree(
            &all->simulation.comm,
            cli_until_open(&all->until, &all->simulation, &names, &settings->until, &source, error),
            error);
    if (!status)
        status = cli_simulation_run(&all->simulation, &source, NULL, error);
    if (!status && all->simulation.comm.rank == 0 &&
        !(status = cli_simulation_rest(&all->simulation, &source, error)))
        status = report(all, settings, error);
    return status;
}

static void clear(struct comparing *all)
{
    flc_scenarios_free(all->scenarios);
    cli_alternatives_close(&all->given);
    flc_buffer_clear(&all->question);
    flc_free(all->decisions);
    flc_free(all->margins);
    flc_free(all->margin_values);
    flc_free(all->margin_outputs);
    flc_free(all->margin_texts);
    flc_free(all->shown);
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {.job = CLI_JOB_DEFAULTS, .design = "mc"};
    const char *operands[SCENARIOS_MOST];
    struct comparing all = {.shown = NULL};
    size_t count;
    bool helped;
    settings.job.samples = CLI_NOT_GIVEN;
    flc_buffer_init(&all.question, error);
    flc_status status =
        cli_read(&cli_compare, &settings, operands, &count, &helped, argc, argv, error);
    if (status || helped ||
        (status = cli_until_check(&settings.job, &settings.until, settings.design, error)) ||
        (status = cli_read_points(&settings.points, &settings.job, settings.design, error)))
        return status;
    status = cli_simulation_open(&all.simulation, &cli_compare, &settings.job, operands[0],
                                 "_compare.h5", error);
    if (!status)
        status = cli_alternatives_open(&all.given, &all.simulation, operands, count, error);
    if (!status)
        status = compare(&all, &settings, error);
    clear(&all);
    status = cli_simulation_close(&all.simulation, status, error); /* the sidecar tells the goals */
    cli_until_close(&all.until);
    return status;
}

const struct cli_command cli_compare = {
    .name = "compare",
    .operands = "BASE.yaml POLICY.yaml...",
    .least = 2,
    .most = SCENARIOS_MOST,
    .summary = "Compare policies with a base study on the same draws.",
    .details = "Each sample is the same possible world in every scenario but for what the policy "
               "changes, so differences are\nmuch more precise than those of independent runs. "
               "Policies are overlays (base:, set:, remove:).\n" CLI_STOPPING,
    .example = "fulcrum compare inputs/baseline.yaml inputs/policies/mep_one_third.yaml "
               "inputs/policies/rie_full.yaml",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .parallel = true,
    .run = run,
};
