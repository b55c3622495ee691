#include "store/result.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "store/datareader.h"
#include "store/facts.h"
#include "store/labels.h"
#include "store/until_table.h"
#include "study/resolved.h"

const double flc_result_quantiles[FLC_RESULT_QUANTILES] = {0.01, 0.025, 0.05, 0.1,   0.25, 0.5,
                                                           0.75, 0.9,   0.95, 0.975, 0.99};

enum { NAME_ROOM = 160, SENTENCE_ROOM = 512, EDGES = FLC_HISTOGRAM_BINS + 1 };

/* A metric's cells: programs x members x years, slowest first; `output` FLC_NO_OUTPUT where empty.
 */
struct cells {
    const flc_study *study;
    const flc_summary *summary;
    const flc_metric *metric;
    flc_datafile *file;
    size_t *output;
    size_t count;
    char dimensions[NAME_ROOM];
    double *numbers; /* room for most * EDGES */
    int64_t *integers;
};

static void choose_metric(struct cells *cells, const flc_metric *metric)
{
    const flc_metrics *metrics = &cells->study->metrics;
    size_t programs = flc_model_programs(cells->study->model) + 1;
    size_t members = flc_metrics_members(metrics, metric->member);
    size_t years = metric->by_year ? flc_model_years(cells->study->model) : 1;
    cells->metric = metric;
    cells->count = 0;
    for (size_t p = 0; p < programs; p++)
        for (size_t k = 0; k < members; k++)
            for (size_t t = 0; t < years; t++)
                cells->output[cells->count++] = flc_metrics_output(metrics, metric, p, k, t);
    snprintf(cells->dimensions, sizeof cells->dimensions, "%s", flc_labels_dimensions(metric));
}

/* ---- one variable ---------------------------------------------------------------------------- */

/* A statistic of a metric: suffix of the variable's name, and what it is. */
struct statistic {
    const char *suffix, *meaning;
    const char *unit;        /* NULL: the metric's */
    const char *cell_method; /* CF, or NULL */
    const char *dimension;   /* behind the metric's own: " quantile", or "" */
};

static void describe(struct cells *cells, const char *name, const struct statistic *statistic)
{
    if (strcmp(statistic->suffix, "mean") == 0) {
        char partners[2 * NAME_ROOM + 32];
        snprintf(partners, sizeof partners, "%s_standard_error %s_defined", cells->metric->name,
                 cells->metric->name);
        flc_datafile_attribute_text(cells->file, "", name, "ancillary_variables", partners);
    }
    if (statistic->cell_method)
        flc_datafile_attribute_text(cells->file, "", name, "cell_methods", statistic->cell_method);
    if (!statistic->unit && strncmp(cells->metric->unit, "USD", 3) == 0) {
        flc_datafile_attribute_text(cells->file, "", name, "currency", "USD");
        flc_datafile_attribute_text(cells->file, "", name, "price_basis",
                                    cells->metric->by_year ? "nominal" : "base year");
    }
}

static void write_variable(struct cells *cells, const struct statistic *statistic,
                           flc_data_type type, const void *data)
{
    char name[NAME_ROOM], sentence[SENTENCE_ROOM], dimensions[NAME_ROOM + 32];
    snprintf(name, sizeof name, "%s_%s", cells->metric->name, statistic->suffix);
    snprintf(sentence, sizeof sentence, "%s: %s", cells->metric->sentence, statistic->meaning);
    snprintf(dimensions, sizeof dimensions, "%s%s", cells->dimensions, statistic->dimension);
    flc_datafile_variable(cells->file, "", name, type, dimensions, data, sentence,
                          statistic->unit ? statistic->unit : cells->metric->unit);
    describe(cells, name, statistic);
}

/* ---- moments, extremes, counts --------------------------------------------------------------- */

enum moment { MEAN, STANDARD_ERROR, SD, SD_ERROR, SKEWNESS, KURTOSIS, MOMENTS };

static double pick_moment(const flc_moments *moments, enum moment moment)
{
    const double values[MOMENTS] = {moments->mean,     moments->mean_error, moments->sd,
                                    moments->sd_error, moments->skewness,   moments->kurtosis};
    return values[moment];
}

static void write_moments(struct cells *cells)
{
    static const struct statistic statistics[MOMENTS] = {
        {"mean", "mean over samples", NULL, "realization: mean", ""},
        {"standard_error", "Monte Carlo standard error of the mean", NULL, NULL, ""},
        {"sd", "standard deviation over samples", NULL, "realization: standard_deviation", ""},
        {"sd_standard_error", "Monte Carlo standard error of the standard deviation", NULL, NULL,
         ""},
        {"skewness", "skewness over samples", "1", NULL, ""},
        {"kurtosis", "excess kurtosis over samples", "1", NULL, ""}};
    for (size_t i = 0; i < cells->count; i++) {
        flc_moments moments = {.n = 0};
        if (cells->output[i] != FLC_NO_OUTPUT)
            moments = flc_summary_moments(cells->summary, cells->output[i]);
        for (int m = 0; m < MOMENTS; m++)
            cells->numbers[(size_t)m * cells->count + i] =
                cells->output[i] == FLC_NO_OUTPUT ? NAN : pick_moment(&moments, (enum moment)m);
    }
    for (int m = 0; m < MOMENTS; m++)
        write_variable(cells, &statistics[m], FLC_DATA_DOUBLE,
                       cells->numbers + (size_t)m * cells->count);
}

/* Sample numbers fit int64; -1 where there is none. */
static int64_t sample_number(uint64_t sample)
{
    return sample == UINT64_MAX ? -1 : (int64_t)sample;
}

static void write_extreme(struct cells *cells, bool largest)
{
    static const struct statistic statistics[2][2] = {
        {{"minimum", "smallest value over samples", NULL, "realization: minimum", ""},
         {"minimum_sample", "number of the first sample with the smallest value; -1: none", "1",
          NULL, ""}},
        {{"maximum", "largest value over samples", NULL, "realization: maximum", ""},
         {"maximum_sample", "number of the first sample with the largest value; -1: none", "1",
          NULL, ""}}};
    for (size_t i = 0; i < cells->count; i++) {
        cells->numbers[i] = NAN;
        cells->integers[i] = -1;
        if (cells->output[i] == FLC_NO_OUTPUT)
            continue;
        flc_extremes extremes = flc_summary_extremes(cells->summary, cells->output[i]);
        cells->numbers[i] = largest ? extremes.max : extremes.min;
        cells->integers[i] = sample_number(largest ? extremes.max_sample : extremes.min_sample);
    }
    write_variable(cells, &statistics[largest][0], FLC_DATA_DOUBLE, cells->numbers);
    write_variable(cells, &statistics[largest][1], FLC_DATA_INT64, cells->integers);
}

static void write_counts(struct cells *cells)
{
    static const struct statistic statistics[3] = {
        {"defined", "samples with an answer", "1", NULL, ""},
        {"undefined", "samples without an answer (a ratio without denominator, or refused)", "1",
         NULL, ""},
        {"infinite", "samples whose answer is infinite (never)", "1", NULL, ""}};
    for (int s = 0; s < 3; s++) {
        for (size_t i = 0; i < cells->count; i++) {
            cells->integers[i] = 0;
            if (cells->output[i] == FLC_NO_OUTPUT)
                continue;
            flc_counts counts = flc_summary_counts(cells->summary, cells->output[i]);
            const uint64_t values[3] = {counts.defined, counts.undefined,
                                        counts.plus_infinite + counts.minus_infinite};
            cells->integers[i] = (int64_t)values[s];
        }
        write_variable(cells, &statistics[s], FLC_DATA_INT64, cells->integers);
    }
}

/* ---- quantiles and histogram ----------------------------------------------------------------- */

static void write_quantiles(struct cells *cells)
{
    static const struct statistic statistics[4] = {
        {"quantile", "quantile over samples", NULL, NULL, " quantile"},
        {"quantile_low", "lower end of the 95 % interval of the quantile", NULL, NULL, " quantile"},
        {"quantile_high", "upper end of the 95 % interval of the quantile", NULL, NULL,
         " quantile"},
        {"quantile_bound", "guaranteed bound on the distance to the exact sample quantile", NULL,
         NULL, " quantile"}};
    size_t values = cells->count * FLC_RESULT_QUANTILES;
    double *tables[4];
    for (int s = 0; s < 4; s++)
        tables[s] = cells->numbers + (size_t)s * values;
    struct flc_quantile_query query = {
        .p = flc_result_quantiles, .count = FLC_RESULT_QUANTILES, .level = FLC_RESULT_LEVEL};
    flc_quantile_estimate estimates[FLC_RESULT_QUANTILES];
    for (size_t i = 0; i < values; i++) {
        size_t output = cells->output[i / FLC_RESULT_QUANTILES], q = i % FLC_RESULT_QUANTILES;
        if (q == 0 && output != FLC_NO_OUTPUT)
            flc_summary_quantiles(cells->summary, estimates, &query, output);
        const flc_quantile_estimate none = {NAN, NAN, NAN, NAN};
        const flc_quantile_estimate estimate = output != FLC_NO_OUTPUT ? estimates[q] : none;
        tables[0][i] = estimate.value;
        tables[1][i] = estimate.low;
        tables[2][i] = estimate.high;
        tables[3][i] = estimate.bound;
    }
    for (int s = 0; s < 4; s++)
        write_variable(cells, &statistics[s], FLC_DATA_DOUBLE, tables[s]);
}

static void write_histogram(struct cells *cells)
{
    static const struct statistic edges = {
        "histogram_edge", "edges of the histogram's bins; NaN: unused", NULL, NULL, " edge"};
    static const struct statistic counts = {
        "histogram_count", "samples in each bin of the histogram", "1", NULL, " bin"};
    for (size_t i = 0; i < cells->count; i++) {
        double *edge = &cells->numbers[i * EDGES];
        int64_t *count = &cells->integers[i * FLC_HISTOGRAM_BINS];
        flc_histogram histogram = {.bins = 0};
        if (cells->output[i] != FLC_NO_OUTPUT)
            histogram = flc_summary_histogram(cells->summary, cells->output[i]);
        for (size_t b = 0; b < EDGES; b++)
            edge[b] = histogram.bins && b <= histogram.bins ? histogram.edges[b] : NAN;
        for (size_t b = 0; b < FLC_HISTOGRAM_BINS; b++)
            count[b] = b < histogram.bins ? (int64_t)histogram.counts[b] : 0;
    }
    write_variable(cells, &edges, FLC_DATA_DOUBLE, cells->numbers);
    write_variable(cells, &counts, FLC_DATA_INT64, cells->integers);
}

static void write_metric(struct cells *cells, const flc_metric *metric)
{
    choose_metric(cells, metric);
    write_moments(cells);
    write_quantiles(cells);
    write_extreme(cells, false);
    write_extreme(cells, true);
    write_counts(cells);
    write_histogram(cells);
}

/* ---- the rest of the file -------------------------------------------------------------------- */

static void write_axes(flc_datafile *file)
{
    flc_datafile_coordinate(file, "", "quantile", FLC_DATA_DOUBLE, flc_result_quantiles,
                            FLC_RESULT_QUANTILES, "probability of the quantile", "1");
    flc_datafile_dimension(file, "", "edge", EDGES);
    flc_datafile_dimension(file, "", "bin", FLC_HISTOGRAM_BINS);
}

static void write_targets(const flc_study *study, const flc_summary *summary, flc_datafile *file,
                          double *numbers, const char **keys)
{
    static const char *const suffixes[5] = {"probability", "standard_error", "low", "high",
                                            "threshold"};
    static const char *const meanings[5] = {"share of defined samples that meet the target",
                                            "Monte Carlo standard error of the probability",
                                            "lower end of the 95 % interval (Wilson 1927)",
                                            "upper end of the 95 % interval (Wilson 1927)",
                                            "threshold of the target, in the output's unit"};
    const struct flc_target_inputs *items = study->inputs->targets.items;
    size_t count = study->target_count;
    if (count == 0)
        return;
    flc_datafile_dimension(file, "", "target", count);
    for (int v = 0; v < 5; v++) {
        char name[NAME_ROOM];
        for (size_t i = 0; i < count; i++) {
            flc_exceedance met = flc_summary_exceedance(summary, i, FLC_RESULT_LEVEL);
            const double values[5] = {met.probability, met.standard_error, met.low, met.high,
                                      study->targets[i].threshold};
            numbers[i] = values[v];
        }
        snprintf(name, sizeof name, "target_%s", suffixes[v]);
        flc_datafile_variable(file, "", name, FLC_DATA_DOUBLE, "target", numbers, meanings[v], "1");
    }
    static const char *const sentences[4] = {"output the target asks of", "direction of the target",
                                             "name of the target", "name of the target in Chinese"};
    static const char *const texts[4] = {"target_output", "target_side", "target_name",
                                         "target_name_zh"};
    for (int v = 0; v < 4; v++) {
        for (size_t i = 0; i < count; i++) {
            const char *values[4] = {
                items[i].output, study->targets[i].side == FLC_AT_LEAST ? "at_least" : "at_most",
                items[i].info.name, items[i].info.name_zh};
            keys[i] = values[v];
        }
        flc_datafile_variable(file, "", texts[v], FLC_DATA_TEXT, "target", keys, sentences[v],
                              NULL);
    }
    int32_t *years = flc_allocate(count, sizeof *years, NULL);
    for (size_t i = 0; years && i < count; i++)
        years[i] = (int32_t)items[i].fiscal_year;
    if (years)
        flc_datafile_variable(file, "", "target_fiscal_year", FLC_DATA_INT32, "target", years,
                              "fiscal year of the target's output; 0: the horizon", "1");
    flc_free(years);
}

/* Counts of refused samples and of budgets that do not balance (there must be none). */
static void write_checks(const flc_study *study, const flc_summary *summary, flc_datafile *file,
                         int64_t *integers)
{
    static const char *const names[FLC_CHECKS] = {"refused_samples", "imbalanced_samples"};
    static const char *const meanings[FLC_CHECKS] = {
        "samples refused because a quantity left its domain",
        "samples in which some year's budget is not the sum of its uses"};
    for (int check = 0; check < flc_metrics_checks(&study->metrics); check++) {
        for (size_t p = 0; p <= flc_model_programs(study->model); p++) {
            size_t output = flc_metrics_check(&study->metrics, p, check);
            flc_counts counts = flc_summary_counts(summary, output);
            integers[p] = (int64_t)(counts.defined - counts.zero);
        }
        flc_datafile_variable(file, "", names[check], FLC_DATA_INT64, "program", integers,
                              meanings[check], "1");
    }
}

/* ---- the study inside ------------------------------------------------------------------------ */

enum { STUDY_COLUMNS = 5 };

/* A number of the study: a text for each column, or NULL. */
struct number {
    const char *columns[STUDY_COLUMNS];
};

struct numbers {
    flc_arena *arena;
    struct number *numbers;
    size_t capacity, count;
    bool incomplete; /* memory was short */
    flc_error *error;
};

static void take_number(void *context, const flc_resolved_number *number)
{
    struct numbers *numbers = context;
    const flc_origin *origin = number->origin;
    void *room = numbers->numbers;
    char plain[32];
    if (flc_reserve(&room, &numbers->capacity, numbers->count + 1, sizeof *numbers->numbers,
                    numbers->error)) {
        numbers->incomplete = true;
        return;
    }
    numbers->numbers = room;
    const char **columns = numbers->numbers[numbers->count++].columns;
    snprintf(plain, sizeof plain, "%.17g", number->value);
    const char *text = origin && origin->distribution ? origin->distribution : plain;
    const char *values[STUDY_COLUMNS] = {
        number->path, text, origin ? origin->source : NULL,
        origin && origin->unit ? origin->unit : number->option->unit, origin ? origin->note : NULL};
    for (int v = 0; v < STUDY_COLUMNS; v++) {
        columns[v] =
            values[v] ? flc_arena_copy(numbers->arena, values[v], strlen(values[v]), numbers->error)
                      : NULL;
        numbers->incomplete |= values[v] && !columns[v];
    }
}

static void write_numbers(flc_datafile *file, const struct numbers *numbers, const char **column)
{
    static const char *const names[STUDY_COLUMNS] = {"path", "distribution", "source", "unit",
                                                     "note"};
    static const char *const meanings[STUDY_COLUMNS] = {
        "path of the number in the study", "the number, or the distribution it is drawn from",
        "where it comes from", "unit", "remark"};
    flc_datafile_dimension(file, "study", "quantity", numbers->count);
    for (int v = 0; v < STUDY_COLUMNS; v++) {
        for (size_t i = 0; i < numbers->count; i++)
            column[i] = numbers->numbers[i].columns[v];
        flc_datafile_variable(file, "study", names[v], FLC_DATA_TEXT, "quantity", column,
                              meanings[v], NULL);
    }
}

/* The study as written and as resolved, and its numbers with their sources, defaults included. */
static flc_status write_study(const flc_study *study, const flc_state_facts *facts,
                              flc_datafile *file, flc_error *error)
{
    struct numbers numbers = {.error = error};
    flc_datafile_variable(file, "study", "as_written", FLC_DATA_TEXT, "", &facts->as_written,
                          "the study as written by its authors (YAML)", NULL);
    flc_datafile_variable(file, "study", "resolved", FLC_DATA_TEXT, "", &study->resolved,
                          "the study with all defaults (YAML); its SHA-256 names the study", NULL);
    flc_status status = FLC_ERROR_MEMORY;
    if ((numbers.arena = flc_arena_create(error)))
        status = flc_resolved_visit(study->inputs, study->section, study->quantities,
                                    study->provenance, take_number, &numbers, error);
    const char **column = status ? NULL : FLC_NEW(const char *, numbers.count, error);
    if (!status && (!column || numbers.incomplete))
        status = FLC_ERROR_MEMORY;
    if (!status && numbers.count > 0)
        write_numbers(file, &numbers, column);
    flc_free(column);
    flc_free(numbers.numbers);
    flc_arena_free(numbers.arena);
    return status;
}

static void write_facts(const flc_study *study, const flc_state_facts *facts, flc_datafile *file)
{
    flc_points points = {.seed = facts->seed, .samples = facts->samples};
    flc_design_answer(&points.design, facts->question, facts->samples);
    const flc_facts common = {"Monte Carlo distributions of what public funding programs move",
                              facts->study_file,
                              "fulcrum_result_format",
                              FLC_RESULT_FORMAT,
                              points,
                              facts->samples};
    flc_facts_write(study, &common, file);
    flc_datafile_attribute_double(file, "", NULL, "interval_level", FLC_RESULT_LEVEL);
}

/* What it takes to go on from here, and to verify a part of it. */
static void write_state(flc_datafile *file, const char *state, size_t length)
{
    flc_datafile_dimension(file, "state", "byte", length);
    flc_datafile_variable(file, "state", "bytes", FLC_DATA_BYTE, "byte", state,
                          "state of the run's full blocks, for extending and verifying it", NULL);
}

static void write_all(struct cells *cells, const flc_state_facts *facts, const char **keys)
{
    const flc_study *study = cells->study;
    write_facts(study, facts, cells->file);
    flc_labels_write(study, cells->file, NULL); /* the file keeps the first failure */
    write_axes(cells->file);
    write_targets(study, cells->summary, cells->file, cells->numbers, keys);
    write_checks(study, cells->summary, cells->file, cells->integers);
    for (size_t m = 0; m < study->metrics.count; m++) {
        const flc_metric *metric = &study->metrics.metrics[m];
        if (flc_metrics_members(&study->metrics, metric->member) > 0)
            write_metric(cells, metric);
    }
}

static size_t most_cells(const flc_study *study)
{
    size_t programs = flc_model_programs(study->model) + 1;
    size_t members = 1;
    for (int m = FLC_MEMBER_NONE; m <= FLC_MEMBER_OUTCOME; m++) {
        size_t count = flc_metrics_members(&study->metrics, (flc_member)m);
        members = count > members ? count : members;
    }
    size_t years = flc_model_years(study->model);
    size_t most = programs * members * (years > 0 ? years : 1);
    most = most > study->target_count ? most : study->target_count;
    return most;
}

/* The whole file, not yet written. */
static flc_status build(flc_datafile **file, const flc_study *study, const flc_summary *summary,
                        const flc_state_facts *facts, const flc_goals *goals, const char *state,
                        size_t state_length, flc_error *error)
{
    size_t most = most_cells(study);
    struct cells cells = {.study = study, .summary = summary};
    const char **keys = FLC_NEW(const char *, most, error);
    cells.output = FLC_NEW(size_t, most, error);
    cells.numbers = FLC_NEW(double, most *EDGES, error);
    cells.integers = FLC_NEW(int64_t, most * FLC_HISTOGRAM_BINS, error);
    flc_status status = FLC_ERROR_MEMORY;
    if (keys && cells.output && cells.numbers && cells.integers)
        status = flc_datafile_create(&cells.file, error);
    if (!status) {
        write_all(&cells, facts, keys);
        if (goals)
            status = flc_until_write(goals, cells.file, error);
        status = write_study(study, facts, cells.file, error);
    }
    if (!status) {
        write_state(cells.file, state, state_length);
        status = flc_datafile_status(cells.file, error);
    }
    *file = cells.file;
    flc_free(cells.integers);
    flc_free(cells.numbers);
    flc_free(cells.output);
    flc_free(keys);
    return status;
}

flc_status flc_result_save(const char *path, const flc_study *study, const flc_summary *summary,
                           const flc_state_facts *facts, const flc_goals *goals, const char *state,
                           size_t state_length, flc_error *error)
{
    flc_datafile *file = NULL;
    flc_status status = build(&file, study, summary, facts, goals, state, state_length, error);
    if (!status)
        status = flc_datafile_save(file, path, error);
    flc_datafile_free(file);
    return status;
}

flc_status flc_result_image(char **bytes, size_t *length, const flc_study *study,
                            const flc_summary *summary, const flc_state_facts *facts,
                            const flc_goals *goals, const char *state, size_t state_length,
                            flc_error *error)
{
    flc_datafile *file = NULL;
    flc_status status = build(&file, study, summary, facts, goals, state, state_length, error);
    if (!status)
        status = flc_datafile_image(file, bytes, length, error);
    flc_datafile_free(file);
    return status;
}

/* An output's statistics as they are before they are deflated, in the file's image and its copy;
 * and two states, each less than a quarter of the summary. */
size_t flc_result_bytes(const flc_study *study)
{
    const size_t numbers = MOMENTS + 4 * FLC_RESULT_QUANTILES + 2 + EDGES;
    const size_t integers = 5 + FLC_HISTOGRAM_BINS;
    size_t outputs = flc_metrics_outputs(&study->metrics);
    return 2 * outputs * (numbers * sizeof(double) + integers * sizeof(int64_t)) +
           2 * flc_study_bytes(study).summary_expected / 4;
}

/* ---- reading --------------------------------------------------------------------------------- */

static flc_status read_state(flc_state **state, flc_datareader *reader, const char *path,
                             flc_error *error)
{
    if (!flc_datareader_find(reader, "state/bytes"))
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%.1024s: no result of this version of fulcrum: it keeps no state",
                             path);
    size_t length;
    const unsigned char *bytes = flc_datareader_bytes(reader, "state/bytes", &length, error);
    char *copy = bytes ? FLC_NEW(char, length + 1, error) : NULL;
    if (!copy)
        return bytes ? FLC_ERROR_MEMORY : error->status;
    memcpy(copy, bytes, length);
    return flc_state_parse(state, copy, length, path, error);
}

flc_status flc_result_state(flc_state **state, const char *path, flc_error *error)
{
    flc_datareader *reader = NULL;
    *state = NULL;
    flc_status status = flc_datareader_open(&reader, path, error);
    if (!status)
        status = read_state(state, reader, path, error);
    flc_datareader_free(reader);
    return status;
}
