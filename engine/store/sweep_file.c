#include "store/sweep_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "store/facts.h"
#include "store/result.h"

enum { DIMENSIONS_ROOM = FLC_GRID_LEVERS * FLC_GRID_NAME + 64 };

struct writing {
    const flc_sweep *sweep;
    const flc_scenarios *scenarios;
    const flc_summary *summary;
    const flc_sweep_findings *findings;
    flc_datafile *file;
    size_t points, outputs;
    char dimensions[DIMENSIONS_ROOM]; /* of a value at every point */
    double *numbers;                  /* room for outputs * points * 3 * FLC_RESULT_QUANTILES */
    const char **texts;
};

static const flc_study *base_of(const struct writing *writing)
{
    return flc_scenarios_study(writing->scenarios, 0);
}

static void write_doubles(const struct writing *writing, const char *name, const char *dimensions,
                          const double *numbers, const char *sentence, const char *unit)
{
    flc_datafile_variable(writing->file, "", name, FLC_DATA_DOUBLE, dimensions, numbers, sentence,
                          unit);
}

static void write_texts(const struct writing *writing, const char *name, const char *dimension,
                        const char *sentence)
{
    flc_datafile_variable(writing->file, "", name, FLC_DATA_TEXT, dimension, writing->texts,
                          sentence, NULL);
}

/* ---- axes ------------------------------------------------------------------------------------ */

/* Along its own axis in a full grid, along the points in a list. */
static void write_lever(const struct writing *writing, const flc_lever *lever)
{
    bool full = flc_grid_is_full(writing->sweep->grid);
    const void *values = lever->numbers ? (const void *)lever->numbers : lever->values;
    flc_data_type type = lever->numbers ? FLC_DATA_DOUBLE : FLC_DATA_TEXT;
    if (full)
        flc_datafile_coordinate(writing->file, "", lever->name, type, values, lever->count,
                                "value of the lever", NULL);
    else
        flc_datafile_variable(writing->file, "", lever->name, type, "point", values,
                              "value of the lever at the point", NULL);
    flc_datafile_attribute_text(writing->file, "", lever->name, "path", lever->path);
}

static void write_levers(struct writing *writing)
{
    const flc_grid *grid = writing->sweep->grid;
    bool full = flc_grid_is_full(grid);
    size_t used = 0;
    if (!full) {
        flc_datafile_dimension(writing->file, "", "point", writing->points);
        snprintf(writing->dimensions, DIMENSIONS_ROOM, "point");
    }
    for (size_t l = 0; l < flc_grid_levers(grid); l++) {
        const flc_lever *lever = flc_grid_lever(grid, l);
        write_lever(writing, lever);
        if (full)
            used += (size_t)snprintf(writing->dimensions + used, DIMENSIONS_ROOM - used, "%s%s",
                                     l ? " " : "", lever->name);
    }
}

static void write_outputs(struct writing *writing, const flc_output_label *labels)
{
    static const char *const names[3] = {"output_unit", "output_sentence", "output_better"};
    static const char *const meanings[3] = {"unit of the output", "what the output is",
                                            "whether more of it is better"};
    const flc_sweep *sweep = writing->sweep;
    flc_datafile_coordinate(writing->file, "", "output", FLC_DATA_TEXT, sweep->names,
                            sweep->output_count, "output: program/metric/...", NULL);
    for (int v = 0; v < 3; v++) {
        for (size_t o = 0; o < sweep->output_count; o++) {
            const flc_output_label *label = &labels[sweep->outputs[o]];
            flc_better better = label->metric ? label->metric->better : FLC_BETTER_NEITHER;
            writing->texts[o] = v == 0   ? flc_metrics_label_unit(&base_of(writing)->metrics, label)
                                : v == 1 ? flc_metrics_label_sentence(label)
                                : better == FLC_BETTER_HIGHER ? "higher"
                                : better == FLC_BETTER_LOWER  ? "lower"
                                                              : "neither";
        }
        write_texts(writing, names[v], "output", meanings[v]);
    }
}

/* ---- surfaces -------------------------------------------------------------------------------- */

/* Statistics of every output at every point, in this order. */
enum { MEAN, ERROR, DEFINED, DIFFERENCE, DIFFERENCE_ERROR, STATISTICS };

static double statistic_of(const struct writing *writing, int which, size_t o, size_t point)
{
    const flc_sweep *sweep = writing->sweep;
    flc_moments own = flc_sweep_moments(sweep, writing->scenarios, writing->summary, o, point);
    flc_moments difference =
        flc_sweep_difference(sweep, writing->scenarios, writing->summary, o, point);
    size_t row = flc_scenarios_level(writing->scenarios, point + 1, sweep->outputs[o]);
    double defined =
        row == FLC_NO_OUTPUT ? 0.0 : (double)flc_summary_counts(writing->summary, row).defined;
    const double values[STATISTICS] = {own.mean, own.mean_error, defined, difference.mean,
                                       difference.mean_error};
    return values[which];
}

static void write_surfaces(const struct writing *writing)
{
    static const char *const names[STATISTICS] = {"mean", "standard_error", "defined",
                                                  "difference_mean", "difference_standard_error"};
    static const char *const meanings[STATISTICS] = {
        "mean over samples", "Monte Carlo standard error of the mean",
        "samples in which the output is defined",
        "point less the study as it stands in the same sample, mean over samples",
        "Monte Carlo standard error of the mean difference, from the pairs"};
    char dimensions[DIMENSIONS_ROOM + 16];
    snprintf(dimensions, sizeof dimensions, "output %s", writing->dimensions);
    for (int v = 0; v < STATISTICS; v++) {
        for (size_t o = 0; o < writing->outputs; o++)
            for (size_t p = 0; p < writing->points; p++)
                writing->numbers[o * writing->points + p] = statistic_of(writing, v, o, p);
        write_doubles(writing, names[v], dimensions, writing->numbers, meanings[v],
                      v == DEFINED ? "1" : "of the output");
    }
}

static void write_quantiles(const struct writing *writing)
{
    static const char *const names[3] = {"quantile_value", "quantile_low", "quantile_high"};
    static const char *const meanings[3] = {"quantile over samples",
                                            "lower end of the quantile's 95 % interval",
                                            "upper end of the quantile's 95 % interval"};
    const size_t cells = writing->outputs * writing->points, values = cells * FLC_RESULT_QUANTILES;
    char dimensions[DIMENSIONS_ROOM + 32];
    snprintf(dimensions, sizeof dimensions, "output %s quantile", writing->dimensions);
    struct flc_quantile_query query = {
        .p = flc_result_quantiles, .count = FLC_RESULT_QUANTILES, .level = FLC_RESULT_LEVEL};
    flc_quantile_estimate estimates[FLC_RESULT_QUANTILES];
    for (size_t i = 0; i < values; i++) {
        size_t cell = i / FLC_RESULT_QUANTILES, q = i % FLC_RESULT_QUANTILES;
        size_t o = cell / writing->points;
        size_t row = flc_scenarios_level(writing->scenarios, cell % writing->points + 1,
                                         writing->sweep->outputs[o]);
        if (q == 0 && row != FLC_NO_OUTPUT)
            flc_summary_quantiles(writing->summary, estimates, &query, row);
        const flc_quantile_estimate none = {NAN, NAN, NAN, NAN};
        const flc_quantile_estimate estimate = row != FLC_NO_OUTPUT ? estimates[q] : none;
        writing->numbers[i] = estimate.value;
        writing->numbers[values + i] = estimate.low;
        writing->numbers[2 * values + i] = estimate.high;
    }
    for (int v = 0; v < 3; v++)
        write_doubles(writing, names[v], dimensions, writing->numbers + (size_t)v * values,
                      meanings[v], "of the output");
}

/* The study as it stands, and which study each point is. */
static void write_studies(const struct writing *writing)
{
    static const char *const names[2] = {"base_mean", "base_standard_error"};
    static const char *const meanings[2] = {"mean over samples of the study as it stands",
                                            "Monte Carlo standard error of this mean"};
    for (int v = 0; v < 2; v++) {
        for (size_t o = 0; o < writing->outputs; o++) {
            size_t row = flc_scenarios_level(writing->scenarios, 0, writing->sweep->outputs[o]);
            flc_moments moments = flc_summary_moments(writing->summary, row);
            writing->numbers[o] = v ? moments.mean_error : moments.mean;
        }
        write_doubles(writing, names[v], "output", writing->numbers, meanings[v], "of the output");
    }
    for (size_t p = 0; p < writing->points; p++)
        writing->texts[p] = flc_scenarios_study(writing->scenarios, p + 1)->hash;
    write_texts(writing, "point_sha256", writing->dimensions, "SHA-256 of the study at the point");
    writing->texts[0] = base_of(writing)->resolved;
    write_texts(writing, "base_resolved", "", "the study as it stands, with all defaults (YAML)");
}

/* ---- break-evens and the Pareto set ---------------------------------------------------------- */

/* "MEP/leverage_ratio", path of the lever, the other levers' values. */
static flc_status write_lines(const struct writing *writing, flc_error *error)
{
    static const char *const names[3] = {"break_even_output", "break_even_lever",
                                         "break_even_others"};
    static const char *const meanings[3] = {"output whose mean crosses the level",
                                            "path of the lever that moves",
                                            "values of the other levers"};
    const flc_sweep *sweep = writing->sweep;
    size_t count = writing->findings->break_even_count;
    flc_status status = FLC_OK;
    flc_buffer others; /* each behind its NUL, as places first: the text moves as it grows */
    flc_buffer_init(&others, error);
    size_t *places = FLC_NEW(size_t, count, error);
    if (!places)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const flc_break_even *found = &writing->findings->break_evens[i];
        const char *separator = "";
        places[i] = others.length;
        for (size_t l = 0; l < flc_grid_levers(sweep->grid); l++) {
            if (l == found->lever)
                continue;
            flc_buffer_printf(&others, "%s%s", separator,
                              flc_grid_assignment(sweep->grid, found->point, l));
            separator = ", ";
        }
        flc_buffer_append(&others, "", 1);
    }
    status = others.status;
    for (int v = 0; v < 3 && !status; v++) {
        for (size_t i = 0; i < count; i++) {
            const flc_break_even *found = &writing->findings->break_evens[i];
            writing->texts[i] = v == 0   ? sweep->names[sweep->levels[found->level].output]
                                : v == 1 ? flc_grid_lever(sweep->grid, found->lever)->path
                                         : others.text + places[i];
        }
        write_texts(writing, names[v], "break_even", meanings[v]);
    }
    flc_free(places);
    flc_buffer_clear(&others);
    return status;
}

static flc_status write_break_evens(const struct writing *writing, flc_error *error)
{
    enum { LEVEL, AT, LOW, HIGH, DIRECTION, NUMBERS };
    static const char *const names[NUMBERS] = {"break_even_level", "break_even_value",
                                               "break_even_low", "break_even_high",
                                               "break_even_direction"};
    static const char *const meanings[NUMBERS] = {
        "level that the mean crosses", "value of the lever there; NaN: the means do not cross",
        "lower end of the 95 % interval; -inf: no end within the points; NaN: none excluded",
        "upper end of the 95 % interval; inf: no end within the points; NaN: none excluded",
        "1: the mean rises through the level as the lever rises, -1: it falls, 0: neither"};
    size_t count = writing->findings->break_even_count;
    if (count == 0)
        return FLC_OK;
    flc_datafile_dimension(writing->file, "", "break_even", count);
    flc_status status = write_lines(writing, error);
    for (int v = 0; v < NUMBERS && !status; v++) {
        for (size_t i = 0; i < count; i++) {
            const flc_break_even *found = &writing->findings->break_evens[i];
            const double values[NUMBERS] = {
                writing->sweep->levels[found->level].level, found->crossing.at, found->crossing.low,
                found->crossing.high, (double)found->crossing.direction};
            writing->numbers[i] = values[v];
        }
        write_doubles(writing, names[v], "break_even", writing->numbers, meanings[v],
                      v == LEVEL       ? "of the output"
                      : v == DIRECTION ? "1"
                                       : "of the lever");
    }
    return status;
}

static void write_pareto(const struct writing *writing)
{
    const flc_sweep *sweep = writing->sweep;
    if (sweep->goal_count == 0)
        return;
    flc_datafile_dimension(writing->file, "", "goal", sweep->goal_count);
    for (size_t g = 0; g < sweep->goal_count; g++)
        writing->texts[g] = sweep->names[sweep->goals[g]];
    write_texts(writing, "pareto_output", "goal", "outputs of the Pareto set");
    for (size_t p = 0; p < writing->points; p++)
        writing->numbers[p] = writing->findings->pareto[p];
    write_doubles(writing, "pareto", writing->dimensions, writing->numbers,
                  "1 where no other point has means that are at least as good in all of "
                  "pareto_output and better in one",
                  "1");
}

/* ---- the file -------------------------------------------------------------------------------- */

static flc_status write_all(struct writing *writing, const flc_points *points, flc_error *error)
{
    const flc_study *base = base_of(writing);
    flc_facts facts = {"A study at many points of its levers, on the same draws",
                       base->file,
                       "fulcrum_sweep_format",
                       FLC_SWEEP_FORMAT,
                       *points,
                       points->samples};
    flc_output_label *labels =
        FLC_NEW(flc_output_label, flc_metrics_outputs(&base->metrics), error);
    if (!labels)
        return FLC_ERROR_MEMORY;
    flc_metrics_labels(&base->metrics, labels);
    flc_facts_write(base, &facts, writing->file);
    flc_datafile_attribute_double(writing->file, "", NULL, "interval_level", FLC_RESULT_LEVEL);
    write_outputs(writing, labels);
    flc_free(labels);
    write_levers(writing);
    flc_datafile_coordinate(writing->file, "", "quantile", FLC_DATA_DOUBLE, flc_result_quantiles,
                            FLC_RESULT_QUANTILES, "probability of the quantile", "1");
    write_surfaces(writing);
    write_quantiles(writing);
    write_studies(writing);
    write_pareto(writing);
    return write_break_evens(writing, error);
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

flc_status flc_sweep_file_save(const char *path, const flc_sweep *sweep,
                               const flc_scenarios *scenarios, const flc_summary *summary,
                               const flc_sweep_findings *findings, const flc_points *points,
                               flc_error *error)
{
    struct writing writing = {.sweep = sweep,
                              .scenarios = scenarios,
                              .summary = summary,
                              .findings = findings,
                              .points = flc_grid_points(sweep->grid),
                              .outputs = sweep->output_count};
    size_t texts = most(most(writing.points, writing.outputs), findings->break_even_count);
    size_t numbers = writing.points * writing.outputs * 3 * FLC_RESULT_QUANTILES;
    writing.numbers = FLC_NEW(double, most(numbers, texts), error);
    writing.texts = FLC_NEW(const char *, texts, error);
    flc_status status = FLC_ERROR_MEMORY;
    if (writing.numbers && writing.texts)
        status = flc_datafile_create(&writing.file, error);
    if (!status)
        status = write_all(&writing, points, error);
    if (!status)
        status = flc_datafile_save(writing.file, path, error);
    flc_datafile_free(writing.file);
    flc_free(writing.texts);
    flc_free(writing.numbers);
    return status;
}
