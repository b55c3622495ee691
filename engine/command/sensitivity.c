/* fulcrum sensitivity: which uncertain quantities and shocks drive which outputs. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "command/sensitivity_table.h"
#include "command/simulation.h"
#include "store/sensitivity_file.h"

enum { SHOWN = 10, SAMPLES = 4096 };

struct settings {
    struct cli_job job; /* first, as its options say */
    struct cli_texts method, of, group, show;
    const char *by, *design;
    bool second_order;
    flc_points points; /* from `design`, seed and number */
};

static const struct cli_option options[] = {
    CLI_JOB_OPTIONS,
    {0, "method", "NAME", CLI_TEXTS, offsetof(struct settings, method),
     "shapley, sobol (default: both), screening or given_data; repeatable"},
    {0, "of", "OUTPUT", CLI_TEXTS, offsetof(struct settings, of),
     "outputs to analyse: MEP/leverage_ratio, 'MEP/*', '*'; repeatable"},
    {0, "by", "WHAT", CLI_TEXT, offsetof(struct settings, by),
     "factors: each quantity (default), or together by section, program or kind"},
    {0, "group", "NAME=PATTERN", CLI_TEXTS, offsetof(struct settings, group),
     "one factor of all whose path matches: 'match=programs/*/match/*'; repeatable"},
    {0, "second-order", NULL, CLI_FLAG, offsetof(struct settings, second_order),
     "with sobol: interactions of every two factors"},
    {0, "design", "NAME", CLI_TEXT, offsetof(struct settings, design), CLI_DESIGN_HELP},
    {0, "show", "OUTPUT", CLI_TEXTS, offsetof(struct settings, show),
     "outputs to print, such as MEP/leverage_ratio or MEP/match; repeatable"},
};

/* Everything of an analysis; on every rank. */
struct analysing {
    struct cli_simulation simulation;
    flc_analysis_question asked;
    flc_analysis *analysis;
    flc_buffer question;
    size_t *shown; /* analysed outputs */
    bool *all_years;
    size_t shown_count;
};

/* ---- what is asked --------------------------------------------------------------------------- */

static flc_status read_methods(flc_analysis_question *asked, const struct cli_texts *given,
                               flc_error *error)
{
    if (given->count == 0)
        asked->methods[FLC_METHOD_SOBOL] = asked->methods[FLC_METHOD_SHAPLEY] = true;
    for (size_t i = 0; i < given->count; i++) {
        flc_method method;
        if (flc_method_find(&method, given->text[i], error))
            return flc_error_prefix(error, "--method");
        asked->methods[method] = true;
    }
    if (asked->second_order && !asked->methods[FLC_METHOD_SOBOL])
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--second-order belongs to --method sobol; add that");
    return FLC_OK;
}

static flc_status read_question(flc_analysis_question *asked, const struct settings *settings,
                                flc_error *error)
{
    *asked = (flc_analysis_question){.second_order = settings->second_order,
                                     .groups = settings->group.text,
                                     .group_count = settings->group.count,
                                     .outputs = settings->of.text,
                                     .output_count = settings->of.count};
    flc_status status = flc_factors_find_by(&asked->by, settings->by, error);
    if (status)
        return flc_error_prefix(error, "--by");
    return read_methods(asked, &settings->method, error);
}

/* What a checkpoint must agree in. */
static flc_status tell_question(struct analysing *all, const struct settings *settings,
                                flc_error *error)
{
    flc_buffer *text = &all->question;
    char design[FLC_DESIGN_QUESTION];
    flc_buffer_init(text, error);
    flc_buffer_printf(text, "%s; ", flc_design_question(design, &settings->points));
    for (int m = 0; m < FLC_METHOD_ORIGIN; m++)
        if (all->asked.methods[m])
            flc_buffer_printf(text, "%s; ", flc_method_readers[m]->name);
    flc_buffer_printf(text, "by %s; ", flc_factors_by_name(all->asked.by));
    if (all->asked.second_order)
        flc_buffer_printf(text, "second order; ");
    for (size_t i = 0; i < settings->group.count; i++)
        flc_buffer_printf(text, "group %s; ", settings->group.text[i]);
    for (size_t i = 0; i < settings->of.count; i++)
        flc_buffer_printf(text, "of %s; ", settings->of.text[i]);
    if (!text->status)
        all->simulation.facts.question = text->text;
    return text->status;
}

/* ---- what is shown --------------------------------------------------------------------------- */

static flc_status refuse_shown(const char *name, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "--show %.200s: is not among the outputs analysed; name it with --of "
                         "too",
                         name);
}

/* Number of a study's output among those analysed. */
static bool find_analysed(const flc_analysis *analysis, size_t *place, size_t output)
{
    size_t count;
    const size_t *outputs = flc_analysis_outputs(analysis, &count);
    for (*place = 0; *place < count; ++*place)
        if (outputs[*place] == output)
            return true;
    return false;
}

/* "MEP/match" stands for all its years, of which the first is found. */
static flc_status find_shown(const struct analysing *all, size_t *place, bool *all_years,
                             const char *name, flc_error *error)
{
    const flc_study *study = all->simulation.study;
    size_t output;
    *all_years = false;
    flc_status status = flc_metrics_find(&study->metrics, &output, name, FLC_NO_FISCAL_YEAR, error);
    if (status && flc_metrics_find(&study->metrics, &output, name,
                                   flc_model_base_year(study->model), NULL) == FLC_OK) {
        *all_years = true;
        status = FLC_OK;
    }
    if (status)
        return flc_error_prefix(error, "--show");
    return find_analysed(all->analysis, place, output) ? FLC_OK : refuse_shown(name, error);
}

/* Where nothing is named: the portfolio's leverage and value, or what is analysed first. */
static void show_usual(struct analysing *all)
{
    static const char *const usual[] = {"portfolio/leverage_ratio", "portfolio/npv",
                                        "portfolio/survival_share", "portfolio/treasury_cost"};
    enum { FEW = 3 };
    size_t count;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (find_shown(all, &all->shown[all->shown_count], &all->all_years[all->shown_count],
                       usual[i], NULL) == FLC_OK)
            all->shown_count++;
    flc_analysis_outputs(all->analysis, &count);
    if (all->shown_count > 0)
        return;
    for (size_t o = 0; o < count && o < FEW; o++) {
        all->shown[o] = o;
        all->all_years[o] = false;
        all->shown_count++;
    }
}

static flc_status choose_shown(struct analysing *all, const struct cli_texts *names,
                               flc_error *error)
{
    all->shown = FLC_NEW(size_t, names->count + 4, error);
    all->all_years = FLC_NEW(bool, names->count + 4, error);
    flc_status status = all->shown && all->all_years ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t i = 0; i < names->count && !status; i++, all->shown_count++)
        status = find_shown(all, &all->shown[i], &all->all_years[i], names->text[i], error);
    if (!status && names->count == 0)
        show_usual(all);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------- */

static const double *block(void *context, uint64_t first)
{
    return flc_analysis_block(context, first);
}

static flc_collector *collector(void *context, flc_error *error)
{
    return flc_analysis_collector(context, error);
}

static flc_status failure(void *context, flc_error *error)
{
    return flc_analysis_failure(context, error);
}

static flc_status prepare(struct analysing *all, const struct settings *settings, flc_error *error)
{
    flc_status status = flc_analysis_create(&all->analysis, all->simulation.study, &all->asked,
                                            &settings->points, flc_isa_select(), error);
    if (!status && !(status = choose_shown(all, &settings->show, error)))
        status = tell_question(all, settings, error);
    if (!status && all->simulation.comm.rank == 0)
        cli_warn_of_dependence(all->analysis);
    return flc_comm_agree(&all->simulation.comm, status, error);
}

static void print_head(const struct analysing *all, const struct settings *settings)
{
    size_t outputs;
    flc_analysis_outputs(all->analysis, &outputs);
    const flc_factors *factors = NULL;
    for (int m = 0; m < FLC_METHODS && !factors; m++)
        factors = flc_analysis_factors(all->analysis, (flc_method)m);
    printf("%zu factors and %zu outputs of %s, %llu samples, seed %llu, %zu rows a sample; about "
           "%.0f MB a rank\n",
           factors->count, outputs, all->simulation.study->file,
           (unsigned long long)all->simulation.facts.samples,
           (unsigned long long)settings->points.seed, flc_analysis_rows(all->analysis),
           (double)flc_analysis_bytes(all->analysis) / (1024.0 * 1024.0));
}

/* On rank 0: the file and the ranking. */
static flc_status report(struct analysing *all, const struct settings *settings, flc_error *error)
{
    struct cli_simulation *simulation = &all->simulation;
    flc_status status = flc_sensitivity_file_save(
        simulation->output, all->analysis, simulation->collector, simulation->facts.samples, error);
    if (status)
        return status;
    cli_simulation_done(simulation);
    if (settings->job.quiet)
        return FLC_OK;
    print_head(all, settings);
    for (size_t i = 0; i < all->shown_count && !status; i++)
        status = all->all_years[i] ? cli_print_drivers_by_year(all->analysis, simulation->collector,
                                                               all->shown[i], SHOWN, error)
                                   : cli_print_drivers(all->analysis, simulation->collector,
                                                       all->shown[i], SHOWN, error);
    cli_print_cautions();
    printf("\nwritten to %s\n", simulation->output);
    return status;
}

static flc_status analyse(struct analysing *all, const struct settings *settings, flc_error *error)
{
    flc_status status = prepare(all, settings, error);
    flc_source source = {all->analysis, block, collector, failure};
    if (!status)
        status = cli_simulation_run(&all->simulation, &source, NULL, error);
    if (!status && all->simulation.comm.rank == 0 &&
        !(status = cli_simulation_rest(&all->simulation, &source, error)))
        status = report(all, settings, error);
    return status;
}

static void clear(struct analysing *all)
{
    flc_buffer_clear(&all->question);
    flc_free(all->shown);
    flc_free(all->all_years);
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {.job = CLI_JOB_DEFAULTS, .by = "quantity", .design = "mc"};
    struct analysing all = {.analysis = NULL};
    const char *study;
    size_t operands;
    bool helped;
    settings.job.samples = SAMPLES;
    flc_buffer_init(&all.question, error);
    flc_status status =
        cli_read(&cli_sensitivity, &settings, &study, &operands, &helped, argc, argv, error);
    if (status || helped || (status = read_question(&all.asked, &settings, error)) ||
        (status = cli_read_points(&settings.points, &settings.job, settings.design, error)))
        return status;
    status = cli_simulation_open(&all.simulation, &cli_sensitivity, &settings.job, study,
                                 "_sensitivity.h5", error);
    if (!status)
        status = analyse(&all, &settings, error);
    clear(&all);
    flc_collector_free(all.simulation.collector); /* it looks at the analysis, that at the study */
    all.simulation.collector = NULL;
    flc_analysis_free(all.analysis);
    return cli_simulation_close(&all.simulation, status, error);
}

const struct cli_command cli_sensitivity = {
    .name = "sensitivity",
    .operands = "STUDY.yaml",
    .least = 1,
    .most = 1,
    .summary = "What drives which output, and how much of it nobody can know.",
    .details =
        "Factors are the study's uncertain quantities and the shocks of each program and of the "
        "macro-economy.\nShapley effects are shares of the variance that add up, also where "
        "quantities depend on each other; first\nSobol' indices are what knowing one factor would "
        "take away, total ones what it alone would leave. A sample\ntakes two evaluations and one "
        "per factor, of the programs that the factor reaches (4096 samples by default).\n"
        "Outputs by default: those over the horizon, and accounts of main interest by fiscal "
        "year.\n" CLI_STOPPING,
    .example = "fulcrum sensitivity inputs/baseline.yaml --show MEP/leverage_ratio --show "
               "MEP/match",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .parallel = true,
    .takes_model = true,
    .run = run,
};
