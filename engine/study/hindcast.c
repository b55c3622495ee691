#include "study/hindcast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"
#include "base/place.h"
#include "random/streams.h"
#include "study/csv.h"

const double flc_hindcast_quantiles[FLC_HINDCAST_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

/* What is summed for each observation; with weights, each but the prediction times the sample's
 * weight (the spread times both samples'), and the weights themselves in three rows more at the
 * end. */
enum { PREDICTION, PIT, DENSITY, DISTANCE, SPREAD, MEAN, SQUARE, ROWS };
enum { WEIGHT, WEIGHT_SQUARE, WEIGHT_PAIR, WEIGHT_ROWS };

struct flc_hindcast {
    const flc_study *study;
    flc_isa isa;
    flc_evaluator *evaluator;
    flc_csv csv;
    flc_observation *observations;
    flc_stream *streams;
    size_t count;
    bool weighted;
    double reference; /* log weight that counts as 0: the largest of the first block */
    double *outputs;  /* [count][ROWS][FLC_BLOCK], then [WEIGHT_ROWS][FLC_BLOCK] */
};

static size_t output_count(const flc_hindcast *hindcast)
{
    return hindcast->count * ROWS + WEIGHT_ROWS;
}

/* ---- reading --------------------------------------------------------------------------------- */

enum { PROGRAM, OUTPUT, FISCAL_YEAR, VALUE, ERROR, SPLIT, SOURCE, COLUMNS };
static const char *const headings[COLUMNS] = {"program", "output", "fiscal_year", "value",
                                              "error",   "split",  "source"};

static const char *field(const flc_hindcast *hindcast, size_t row, size_t column)
{
    return hindcast->csv.fields[row * COLUMNS + column];
}

static flc_status read_year(const flc_hindcast *hindcast, size_t row, int64_t *year,
                            flc_error *error)
{
    double number = FLC_NO_FISCAL_YEAR;
    if (!*field(hindcast, row, FISCAL_YEAR)) {
        *year = FLC_NO_FISCAL_YEAR;
        return FLC_OK;
    }
    flc_status status = flc_csv_number(&hindcast->csv, row, FISCAL_YEAR, &number, error);
    if (!status && (number != flc_floor(number) || number < 1 || number > 9999))
        status = flc_place_error(error, FLC_ERROR_STUDY, flc_csv_mark(&hindcast->csv, row), NULL,
                                 "fiscal_year must be a year, not %g", number);
    *year = (int64_t)number;
    return status;
}

static flc_status read_split(const flc_hindcast *hindcast, size_t row, flc_split *split,
                             flc_error *error)
{
    const char *word = field(hindcast, row, SPLIT);
    if (strcmp(word, "calibration") != 0 && strcmp(word, "score") != 0)
        return flc_place_error(error, FLC_ERROR_STUDY, flc_csv_mark(&hindcast->csv, row), NULL,
                               "split must be calibration or score, not '%.40s'", word);
    *split = strcmp(word, "score") == 0 ? FLC_SPLIT_SCORE : FLC_SPLIT_CALIBRATION;
    return FLC_OK;
}

static flc_status find_output(const flc_hindcast *hindcast, size_t row,
                              flc_observation *observation, flc_error *error)
{
    char name[256];
    flc_error cause;
    snprintf(name, sizeof name, "%s/%s", observation->program, observation->output);
    flc_status status = flc_metrics_find(&hindcast->study->metrics, &observation->number, name,
                                         observation->fiscal_year, &cause);
    return status ? flc_place_error(error, status, flc_csv_mark(&hindcast->csv, row), NULL, "%s",
                                    cause.text)
                  : FLC_OK;
}

static flc_status read_observation(const flc_hindcast *hindcast, size_t row,
                                   flc_observation *observation, flc_error *error)
{
    observation->program = field(hindcast, row, PROGRAM);
    observation->output = field(hindcast, row, OUTPUT);
    observation->source = field(hindcast, row, SOURCE);
    flc_status status = read_year(hindcast, row, &observation->fiscal_year, error);
    if (status ||
        (status = flc_csv_number(&hindcast->csv, row, VALUE, &observation->value, error)) ||
        (status = flc_csv_number(&hindcast->csv, row, ERROR, &observation->error, error)) ||
        (status = read_split(hindcast, row, &observation->split, error)))
        return status;
    if (observation->error < 0)
        return flc_place_error(error, FLC_ERROR_STUDY, flc_csv_mark(&hindcast->csv, row), NULL,
                               "error is a standard deviation and must be >= 0, not %g",
                               observation->error);
    if (hindcast->weighted && observation->error == 0.0 &&
        observation->split == FLC_SPLIT_CALIBRATION)
        return flc_place_error(error, FLC_ERROR_STUDY, flc_csv_mark(&hindcast->csv, row), NULL,
                               "weights need an error > 0 for each calibration observation");
    return find_output(hindcast, row, observation, error);
}

static flc_status read_observations(flc_hindcast *hindcast, uint64_t seed, flc_error *error)
{
    hindcast->count = hindcast->csv.rows;
    hindcast->observations = FLC_NEW(flc_observation, hindcast->count, error);
    hindcast->streams = FLC_NEW(flc_stream, hindcast->count, error);
    hindcast->outputs = FLC_NEW(double, output_count(hindcast) * FLC_BLOCK, error);
    if (!hindcast->observations || !hindcast->streams || !hindcast->outputs)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < hindcast->count; i++) {
        char name[40];
        flc_status status = read_observation(hindcast, i, &hindcast->observations[i], error);
        if (status)
            return status;
        snprintf(name, sizeof name, "hindcast/%zu", i);
        flc_stream_init(&hindcast->streams[i], seed, name);
    }
    return FLC_OK;
}

flc_status flc_hindcast_create(flc_hindcast **hindcast_out, const flc_study *study, uint64_t seed,
                               flc_isa isa, bool weighted, char *text, size_t length,
                               const char *name, flc_error *error)
{
    flc_hindcast *hindcast = FLC_NEW(flc_hindcast, 1, error);
    if (!hindcast) {
        flc_free(text);
        return FLC_ERROR_MEMORY;
    }
    hindcast->study = study;
    hindcast->isa = isa;
    hindcast->weighted = weighted;
    flc_status status = flc_csv_take(&hindcast->csv, text, length, name, headings, COLUMNS, error);
    if (!status)
        status = read_observations(hindcast, seed, error);
    if (!status && !(hindcast->evaluator = flc_evaluator_create(study, seed, isa, error)))
        status = flc_error_of_null(error);
    if (status)
        flc_hindcast_free(hindcast);
    else
        *hindcast_out = hindcast;
    return status;
}

void flc_hindcast_free(flc_hindcast *hindcast)
{
    if (!hindcast)
        return;
    flc_evaluator_free(hindcast->evaluator);
    flc_csv_clear(&hindcast->csv);
    flc_free(hindcast->observations);
    flc_free(hindcast->streams);
    flc_free(hindcast->outputs);
    flc_free(hindcast);
}

size_t flc_hindcast_count(const flc_hindcast *hindcast)
{
    return hindcast->count;
}

const flc_observation *flc_hindcast_observation(const flc_hindcast *hindcast, size_t i)
{
    return &hindcast->observations[i];
}

/* ---- evaluating ------------------------------------------------------------------------------ */

/* y = x + e z of the block, into `y`. */
static void predict(const flc_hindcast *hindcast, size_t i, uint64_t first, const double *x,
                    double *y)
{
    double error = hindcast->observations[i].error, z[FLC_BLOCK];
    if (error == 0.0) {
        memcpy(y, x, FLC_BLOCK * sizeof *y);
        return;
    }
    for (uint64_t l = 0; l < FLC_BLOCK; l++)
        z[l] = flc_uniform_of(flc_stream_output(&hindcast->streams[i], (first + l) * FLC_INDICES));
    flc_normal_quantile_block(hindcast->isa, z, z, FLC_BLOCK);
    for (size_t l = 0; l < FLC_BLOCK; l++)
        y[l] = x[l] + error * z[l];
}

/* The chance that y <= v given x, and the density of y at v. NaN stays NaN. */
static void compare(const flc_observation *observation, const double *x, double *pit,
                    double *density)
{
    const double root_two_pi = 0x1.40d931ff62706p+1;
    double v = observation->value, e = observation->error;
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        double scaled = (v - x[l]) / e;
        double step = x[l] < v ? 1.0 : x[l] == v ? 0.5 : x[l] - x[l];
        pit[l] = e > 0.0 ? flc_normal_cdf(scaled) : step;
        density[l] = e > 0.0 ? flc_exp(-0.5 * scaled * scaled) / (e * root_two_pi) : (double)NAN;
    }
}

/* log w of the block: the likelihood of the calibration observations, into `logs`. A sample that
 * leaves one of them undefined cannot have made it. */
static void log_weights(const flc_hindcast *hindcast, const double *outputs, double *logs)
{
    memset(logs, 0, FLC_BLOCK * sizeof *logs);
    for (size_t i = 0; i < hindcast->count && hindcast->weighted; i++) {
        const flc_observation *observation = &hindcast->observations[i];
        const double *x = outputs + observation->number * FLC_BLOCK;
        if (observation->split != FLC_SPLIT_CALIBRATION)
            continue;
        for (size_t l = 0; l < FLC_BLOCK; l++) {
            double scaled = (observation->value - x[l]) / observation->error;
            logs[l] -= flc_is_nan(scaled) ? (double)INFINITY : 0.5 * scaled * scaled;
        }
    }
}

/* The weights' own rows: w, w^2, and w times the neighbour's. */
static void weigh(flc_hindcast *hindcast, const double *outputs)
{
    double *rows = hindcast->outputs + hindcast->count * ROWS * FLC_BLOCK;
    double *weight = rows + WEIGHT * FLC_BLOCK;
    log_weights(hindcast, outputs, weight);
    for (size_t l = 0; l < FLC_BLOCK; l++)
        weight[l] = flc_exp(weight[l] - hindcast->reference);
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        rows[WEIGHT_SQUARE * FLC_BLOCK + l] = weight[l] * weight[l];
        rows[WEIGHT_PAIR * FLC_BLOCK + l] = weight[l] * weight[l ^ 1];
    }
}

/* What is summed for observation i. */
static void fill_rows(const flc_hindcast *hindcast, size_t i, uint64_t first, const double *outputs)
{
    const flc_observation *observation = &hindcast->observations[i];
    const double *x = outputs + observation->number * FLC_BLOCK;
    const double *weight = hindcast->outputs + hindcast->count * ROWS * FLC_BLOCK;
    double *rows = hindcast->outputs + i * ROWS * FLC_BLOCK;
    double *y = rows + PREDICTION * FLC_BLOCK;
    predict(hindcast, i, first, x, y);
    compare(observation, x, rows + PIT * FLC_BLOCK, rows + DENSITY * FLC_BLOCK);
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        double w = weight[l];
        rows[PIT * FLC_BLOCK + l] *= w;
        rows[DENSITY * FLC_BLOCK + l] *= w;
        rows[DISTANCE * FLC_BLOCK + l] = w * flc_abs(y[l] - observation->value);
        rows[SPREAD * FLC_BLOCK + l] = w * weight[l ^ 1] * flc_abs(y[l] - y[l ^ 1]);
        rows[MEAN * FLC_BLOCK + l] = w * y[l];
        rows[SQUARE * FLC_BLOCK + l] = w * y[l] * y[l];
    }
}

flc_status flc_hindcast_failure(const flc_hindcast *hindcast, flc_error *error)
{
    return flc_evaluator_failure(hindcast->evaluator, error);
}

const double *flc_hindcast_block(flc_hindcast *hindcast, uint64_t first)
{
    const double *outputs = flc_evaluator_block(hindcast->evaluator, first, NULL);
    weigh(hindcast, outputs);
    for (size_t i = 0; i < hindcast->count; i++)
        fill_rows(hindcast, i, first, outputs);
    return hindcast->outputs;
}

/* The largest log weight of the first block is where weights are measured from, on every rank the
 * same. */
static void set_reference(flc_hindcast *hindcast)
{
    double logs[FLC_BLOCK];
    log_weights(hindcast, flc_evaluator_block(hindcast->evaluator, 0, NULL), logs);
    hindcast->reference = logs[0];
    for (size_t l = 1; l < FLC_BLOCK; l++)
        hindcast->reference = logs[l] > hindcast->reference ? logs[l] : hindcast->reference;
    if (!flc_is_finite(hindcast->reference))
        hindcast->reference = 0.0;
}

flc_summary *flc_hindcast_summary(flc_hindcast *hindcast, flc_error *error)
{
    size_t outputs = output_count(hindcast);
    set_reference(hindcast);
    flc_resolution *resolutions = FLC_NEW(flc_resolution, outputs, error);
    if (!resolutions)
        return NULL;
    for (size_t i = 0; i < outputs; i++)
        resolutions[i] = i < hindcast->count * ROWS && i % ROWS == PREDICTION
                             ? FLC_RESOLUTION_FINE
                             : FLC_RESOLUTION_COARSE;
    flc_summary *summary = flc_summary_create(resolutions, outputs, NULL, 0, error);
    flc_free(resolutions);
    if (summary && (flc_summary_set_pilot(summary, flc_hindcast_block(hindcast, 0), error) ||
                    flc_hindcast_failure(hindcast, error))) {
        flc_summary_free(summary);
        return NULL;
    }
    return summary;
}

/* ---- scores ---------------------------------------------------------------------------------- */

static double mean_of(const flc_summary *summary, size_t output)
{
    return flc_summary_moments(summary, output).mean;
}

/* The weighted mean of a row of observation i, over the samples that define it. */
static double average(const flc_hindcast *hindcast, const flc_summary *summary, size_t i, int row)
{
    size_t weights = hindcast->count * ROWS + (row == SPREAD ? WEIGHT_PAIR : WEIGHT);
    double mean = mean_of(summary, i * ROWS + (size_t)row);
    return hindcast->weighted ? mean / mean_of(summary, weights) : mean;
}

double flc_hindcast_effective(const flc_hindcast *hindcast, const flc_summary *summary)
{
    size_t rows = hindcast->count * ROWS;
    flc_moments weight = flc_summary_moments(summary, rows + WEIGHT);
    return (double)weight.n * weight.mean * weight.mean / mean_of(summary, rows + WEIGHT_SQUARE);
}

flc_status flc_hindcast_check(const flc_hindcast *hindcast, const flc_summary *summary,
                              flc_error *error)
{
    double effective = flc_hindcast_effective(hindcast, summary);
    if (!hindcast->weighted || effective >= FLC_HINDCAST_LEAST)
        return FLC_OK;
    return flc_error_set(
        error, FLC_ERROR_STUDY,
        "the weights have collapsed: the calibration observations leave an effective "
        "sample size of %.1f, and %.0f are needed; take more samples (--number), a wider "
        "study, or larger measurement errors, or score without weights",
        flc_is_nan(effective) ? 0.0 : effective, FLC_HINDCAST_LEAST);
}

flc_score flc_hindcast_score(const flc_hindcast *hindcast, const flc_summary *summary, size_t i)
{
    flc_score score;
    double value = hindcast->observations[i].value;
    score.defined = flc_summary_moments(summary, i * ROWS + PREDICTION).n;
    score.mean = average(hindcast, summary, i, MEAN);
    double variance = average(hindcast, summary, i, SQUARE) - score.mean * score.mean;
    score.sd = hindcast->weighted ? __builtin_sqrt(variance > 0.0 ? variance : 0.0)
                                  : flc_summary_moments(summary, i * ROWS + PREDICTION).sd;
    for (int q = 0; q < FLC_HINDCAST_QUANTILES; q++)
        score.quantile[q] = hindcast->weighted
                                ? (double)NAN
                                : flc_summary_quantile(summary, i * ROWS + PREDICTION,
                                                       flc_hindcast_quantiles[q], 0.95)
                                      .value;
    score.pit = average(hindcast, summary, i, PIT);
    score.pit_error = hindcast->weighted ? __builtin_sqrt(score.pit * (1.0 - score.pit) /
                                                          flc_hindcast_effective(hindcast, summary))
                                         : flc_summary_moments(summary, i * ROWS + PIT).mean_error;
    score.crps =
        average(hindcast, summary, i, DISTANCE) - average(hindcast, summary, i, SPREAD) / 2.0;
    score.log_score = -flc_log(average(hindcast, summary, i, DENSITY));
    bool weighted = hindcast->weighted;
    score.inside_50 = weighted ? score.pit >= 0.25 && score.pit <= 0.75
                               : value >= score.quantile[1] && value <= score.quantile[3];
    score.inside_90 = weighted ? score.pit >= 0.05 && score.pit <= 0.95
                               : value >= score.quantile[0] && value <= score.quantile[4];
    return score;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's distance between the values' distribution and the uniform. */
static double uniform_distance(double *values, size_t count)
{
    double distance = 0.0;
    qsort(values, count, sizeof *values, ascending);
    for (size_t i = 0; i < count; i++) {
        double below = values[i] - (double)i / (double)count;
        double above = (double)(i + 1) / (double)count - values[i];
        distance = below > distance ? below : distance;
        distance = above > distance ? above : distance;
    }
    return count ? distance : (double)NAN;
}

flc_calibration flc_hindcast_calibration(const flc_hindcast *hindcast, const flc_summary *summary,
                                         flc_split split)
{
    flc_calibration sum = {.pit_distance = (double)NAN};
    double logs = 0.0, crps = 0.0, pits = 0.0;
    size_t logged = 0, shared = 0;
    double *pit = FLC_NEW(double, hindcast->count, NULL);
    for (size_t i = 0; i < hindcast->count; i++) {
        flc_score score = flc_hindcast_score(hindcast, summary, i);
        if (hindcast->observations[i].split != split || score.defined == 0)
            continue;
        if (pit)
            pit[sum.count] = score.pit;
        sum.count++;
        sum.inside_50 += score.inside_50;
        sum.inside_90 += score.inside_90;
        pits += score.pit;
        if (hindcast->observations[i].value != 0.0) {
            crps += score.crps / flc_abs(hindcast->observations[i].value);
            shared++;
        }
        if (flc_is_finite(score.log_score)) {
            logs += score.log_score;
            logged++;
        }
    }
    sum.mean_pit = sum.count ? pits / (double)sum.count : (double)NAN;
    sum.mean_crps_share = shared ? crps / (double)shared : (double)NAN;
    sum.mean_log_score = logged ? logs / (double)logged : (double)NAN;
    if (pit)
        sum.pit_distance = uniform_distance(pit, sum.count);
    flc_free(pit);
    return sum;
}
