/* fulcrum trace: one or a few samples as full ledgers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "command/options.h"
#include "store/trace_file.h"
#include "study/trace.h"

struct settings {
    const char *sample, *output, *at, *program, *unit, *csv, *design;
    uint64_t samples, seed;
    flc_points points; /* from the two and `design` */
    double quantile;
    struct cli_texts set;
};

static const struct cli_option options[] = {
    {0, "sample", "I,J,...", CLI_TEXT, offsetof(struct settings, sample),
     "numbers of the samples, from 0 (default 0)"},
    {0, "at", "OUTPUT", CLI_TEXT, offsetof(struct settings, at),
     "instead: the sample at a quantile of this output, e.g. MEP/leverage_ratio"},
    {0, "quantile", "P", CLI_NUMBER, offsetof(struct settings, quantile),
     "which quantile, with --at (default 0.05)"},
    {'n', "number", "N", CLI_COUNT, offsetof(struct settings, samples),
     "samples of the run, with --at or --design lhs (default 100000)"},
    {0, "design", "NAME", CLI_TEXT, offsetof(struct settings, design),
     "points of the run: mc (default), lhs, sobol"},
    {'o', "output", "FILE", CLI_TEXT, offsetof(struct settings, output),
     "write everything to this HDF5 file (else print a ledger)"},
    {0, "csv", "FILE", CLI_TEXT, offsetof(struct settings, csv),
     "write the printed ledger as CSV, '-' for the terminal"},
    {'p', "program", "KEY", CLI_TEXT, offsetof(struct settings, program),
     "program whose accounts are printed (default: the first)"},
    {'u', "unit", "NAME", CLI_TEXT, offsetof(struct settings, unit),
     "unit of that program whose ledger is printed, e.g. 1988.17"},
    {0, "seed", "S", CLI_COUNT, offsetof(struct settings, seed), CLI_SEED_HELP},
    {0, "set", "PATH=VALUE", CLI_TEXTS, offsetof(struct settings, set),
     "change one value of the study; may be repeated"},
    CLI_MODEL_OPTION(struct settings, set),
};

enum { MOST_SAMPLES = 1000, TEXT_ROOM = 256 };

static flc_status read_samples(const char *text, uint64_t *samples, size_t *count, flc_error *error)
{
    *count = 0;
    for (const char *next = text ? text : "0"; *next;) {
        size_t digits = strspn(next, "0123456789");
        if (digits == 0 || digits > 18 || (next[digits] && next[digits] != ',') ||
            *count == MOST_SAMPLES)
            return flc_error_set(error, FLC_ERROR_USAGE,
                                 "--sample %s: numbers from 0, separated by commas, at most %d",
                                 text, MOST_SAMPLES);
        samples[(*count)++] = strtoull(next, NULL, 10);
        next += digits + (next[digits] == ',');
    }
    return *count ? FLC_OK : flc_error_set(error, FLC_ERROR_USAGE, "--sample: no number given");
}

/* ---- the printed ledger ---------------------------------------------------------------------- */

static flc_status find_program(const flc_study *study, const char *key, size_t *program,
                               flc_error *error)
{
    size_t count = flc_model_programs(study->model) + 1;
    *program = 0;
    if (!key)
        return FLC_OK;
    const char **keys = FLC_NEW(const char *, count, error);
    for (size_t p = 0; keys && p < count; p++)
        keys[p] = flc_model_program_key(study->model, p);
    flc_status status =
        keys ? flc_suggest_place(program, "program", key, keys, count,
                                 "; fulcrum check prints the study with its programs",
                                 FLC_ERROR_USAGE, error)
             : FLC_ERROR_MEMORY;
    flc_free(keys);
    if (status)
        flc_error_prefix(error, "--program");
    return status;
}

static flc_status find_unit(const flc_study *study, size_t program, const char *name, size_t *unit,
                            flc_error *error)
{
    char text[32];
    for (*unit = 0; *unit < flc_model_units(study->model, program); (*unit)++) {
        flc_model_unit_name(study->model, program, *unit, text);
        if (strcmp(text, name) == 0)
            return FLC_OK;
    }
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "--unit %s: %s has no such unit; units are named <start>.<number>, as %s",
                         name, flc_model_program_key(study->model, program),
                         *unit ? text : "(none)");
}

/* What is printed of a trace: series of a group, at one place of their own dimension. */
struct ledger {
    const flc_trace *trace;
    char group[TEXT_ROOM];
    size_t sample;    /* place in the trace */
    size_t unit;      /* rows of `years` values before the unit's */
    const char *only; /* dimensions of the series that belong in it */
    flc_buffer *buffer;
    bool csv;
};

static bool belongs(const struct ledger *ledger, const flc_series *series)
{
    return strcmp(series->group, ledger->group) == 0 &&
           strcmp(series->dimensions, ledger->only) == 0 && strncmp(series->name, "draw_", 5) != 0;
}

static void print_cell(const struct ledger *ledger, double value)
{
    if (ledger->csv)
        flc_buffer_printf(ledger->buffer, isnan(value) ? "," : ",%.17g", value);
    else
        flc_buffer_printf(ledger->buffer, fabs(value) < 10000 ? "%9.3f" : "%9.0f", value);
}

static void print_row(const struct ledger *ledger, const flc_series *series)
{
    size_t years = flc_model_years(flc_trace_study(ledger->trace)->model);
    const double *values =
        series->values + ledger->sample * series->per_sample + ledger->unit * years;
    flc_buffer_printf(ledger->buffer, ledger->csv ? "%s" : "%-18s", series->name);
    if (ledger->csv)
        flc_buffer_printf(ledger->buffer, ",%s", series->unit);
    for (size_t t = 0; t < years; t++)
        print_cell(ledger, values[t]);
    flc_buffer_add(ledger->buffer, "\n");
}

static void print_ledger(const struct ledger *ledger)
{
    const flc_model *model = flc_trace_study(ledger->trace)->model;
    const flc_series *series;
    size_t count = flc_trace_series(ledger->trace, &series);
    flc_buffer_printf(ledger->buffer, ledger->csv ? "entry,unit" : "%-18s",
                      flc_model_plugin(model) ? "by fiscal year" : "USD million");
    for (size_t t = 0; t < flc_model_years(model); t++)
        flc_buffer_printf(ledger->buffer, ledger->csv ? ",%lld" : "%9lld",
                          (long long)(flc_model_base_year(model) + (int64_t)t));
    flc_buffer_add(ledger->buffer, "\n");
    for (size_t i = 0; i < count; i++)
        if (belongs(ledger, &series[i]))
            print_row(ledger, &series[i]);
}

/* The horizon's outputs of the program, below its accounts. */
static void print_outputs(const struct ledger *ledger, size_t program)
{
    const flc_series *series;
    size_t count = flc_trace_series(ledger->trace, &series);
    flc_buffer_add(ledger->buffer, "\nover the horizon\n");
    for (size_t i = 0; i < count; i++)
        if (strcmp(series[i].group, "outputs") == 0)
            flc_buffer_printf(ledger->buffer, "%-26s %12.6g  %s\n", series[i].name,
                              series[i].values[ledger->sample * series[i].per_sample + program],
                              series[i].sentence);
}

/* What a plug-in model's sample is drawn from. */
static void print_quantities(const struct ledger *ledger)
{
    const flc_quantities *quantities = flc_trace_study(ledger->trace)->quantities;
    for (size_t q = 0; q < flc_quantities_sampled_count(quantities); q++)
        flc_buffer_printf(
            ledger->buffer, "%-26s %12.6g\n",
            flc_quantities_path(quantities, flc_quantities_sampled_row(quantities, q)),
            flc_trace_quantity(ledger->trace, ledger->sample, q));
}

static flc_status print_trace(const flc_trace *trace, const struct settings *settings,
                              flc_error *error)
{
    const flc_study *study = flc_trace_study(trace);
    flc_buffer buffer;
    size_t program, unit = 0;
    const uint64_t *samples;
    flc_status status = find_program(study, settings->program, &program, error);
    if (!status && settings->unit)
        status = find_unit(study, program, settings->unit, &unit, error);
    if (status)
        return status;
    flc_buffer_init(&buffer, error);
    struct ledger ledger = {.trace = trace,
                            .unit = settings->unit ? unit : 0,
                            .only =
                                settings->unit ? "sample unit fiscal_year" : "sample fiscal_year",
                            .buffer = &buffer,
                            .csv = settings->csv != NULL};
    const char *key = flc_model_program_key(study->model, program);
    snprintf(ledger.group, sizeof ledger.group, "programs/%s%s", key,
             settings->unit ? "/units" : "");
    size_t count = flc_trace_samples(trace, &samples);
    for (; ledger.sample < count; ledger.sample++) {
        if (!ledger.csv)
            flc_buffer_printf(
                &buffer, "%ssample %llu, seed %llu, %s%s%s\n", ledger.sample ? "\n" : "",
                (unsigned long long)samples[ledger.sample], (unsigned long long)settings->seed, key,
                settings->unit ? ", unit " : "", settings->unit ? settings->unit : "");
        if (flc_model_plugin(study->model) && !ledger.csv)
            print_quantities(&ledger);
        if (flc_model_years(study->model) > 0 || ledger.csv)
            print_ledger(&ledger);
        if (!settings->unit && !ledger.csv)
            print_outputs(&ledger, program);
    }
    status = buffer.status;
    if (!status && settings->csv && strcmp(settings->csv, "-") != 0)
        status = flc_file_write_atomically(settings->csv, buffer.text, buffer.length, error);
    else if (!status)
        fwrite(buffer.text, 1, buffer.length, stdout);
    flc_buffer_clear(&buffer);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* A number of samples matters to the quantile, and to lhs. */
static flc_status read_points(struct settings *settings, flc_error *error)
{
    flc_design design;
    flc_status status = flc_design_find(&design, settings->design, error);
    if (!status && (settings->at || !flc_design_extends(design)))
        status = flc_design_check(design, settings->samples, error);
    settings->points = (flc_points){design, settings->seed, settings->samples};
    return status ? flc_error_prefix(error, "--design") : FLC_OK;
}

static flc_status choose_samples(const flc_study *study, const struct settings *settings,
                                 uint64_t *samples, size_t *count, flc_error *error)
{
    size_t output;
    if (!settings->at)
        return read_samples(settings->sample, samples, count, error);
    if (!(settings->quantile >= 0 && settings->quantile <= 1))
        return flc_error_set(error, FLC_ERROR_USAGE, "--quantile: a number from 0 to 1");
    flc_status status =
        flc_metrics_find(&study->metrics, &output, settings->at, FLC_NO_FISCAL_YEAR, error);
    *count = 1;
    if (status == FLC_ERROR_STUDY)
        status = error->status = FLC_ERROR_USAGE; /* the study is good, the option is not */
    return status ? status
                  : flc_trace_quantile_sample(study, &settings->points, flc_isa_select(), output,
                                              settings->quantile, samples, error);
}

static flc_status run(int argc, char **argv, flc_error *error)
{
    struct settings settings = {
        .samples = CLI_SAMPLES, .seed = CLI_SEED, .quantile = 0.05, .design = "mc"};
    const char *path = NULL;
    size_t operands, count = 0;
    bool helped;
    flc_study *study = NULL;
    flc_trace *trace = NULL;
    uint64_t samples[MOST_SAMPLES];
    flc_status status =
        cli_read(&cli_trace, &settings, &path, &operands, &helped, argc, argv, error);
    if (status || helped)
        return status;
    if ((status = cli_self_check(error)) || (status = cli_check_seed(settings.seed, error)) ||
        (status = read_points(&settings, error)) ||
        (status = flc_study_load(&study, path, settings.set.text, settings.set.count, error)) ||
        (status = choose_samples(study, &settings, samples, &count, error)))
        goto done;
    status =
        flc_trace_create(&trace, study, &settings.points, samples, count, flc_isa_select(), error);
    if (!status && settings.output)
        status = flc_trace_file_save(settings.output, trace, error);
    if (!status && (!settings.output || settings.csv))
        status = print_trace(trace, &settings, error);
done:
    flc_trace_free(trace);
    flc_study_free(study);
    return status;
}

const struct cli_command cli_trace = {
    .name = "trace",
    .operands = "STUDY.yaml",
    .least = 1,
    .most = 1,
    .summary = "One sample as a full ledger: parameters, draws, every unit and year.",
    .details = "With --output, everything a second implementation needs to recompute the samples.",
    .example = "fulcrum trace inputs/baseline.yaml --at MEP/leverage_ratio --quantile 0.05 -p MEP "
               "-u 1988.0",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .takes_model = true,
    .run = run,
};
