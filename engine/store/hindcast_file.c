#include "store/hindcast_file.h"

#include <stdio.h>

#include "base/memory.h"
#include "store/datafile.h"

/* Columns of the table, one value per observation. */
enum column { VALUE, MEASUREMENT_ERROR, MEAN, SD, PIT, PIT_ERROR, CRPS, LOG_SCORE, COLUMNS };
static const char *const column_names[COLUMNS] = {
    "observed", "measurement_error",  "predicted_mean", "predicted_sd",
    "pit",      "pit_standard_error", "crps",           "log_score"};
static const char *const column_meanings[COLUMNS] = {
    "observed value",
    "standard deviation of its measurement error",
    "mean of the predictive distribution, measurement error included",
    "standard deviation of the predictive distribution",
    "probability integral transform of the observation (Dawid 1984)",
    "Monte Carlo standard error of the PIT",
    "continuous ranked probability score, in the output's unit (Gneiting and Raftery 2007)",
    "minus the logarithm of the predictive density at the observation (Good 1952)"};

static double cell(const flc_observation *observation, const flc_score *score, int column)
{
    const double values[COLUMNS] = {observation->value, observation->error, score->mean,
                                    score->sd,          score->pit,         score->pit_error,
                                    score->crps,        score->log_score};
    return values[column];
}

static void write_numbers(flc_datafile *file, const flc_hindcast *hindcast, const flc_score *scores,
                          double *numbers)
{
    size_t count = flc_hindcast_count(hindcast);
    for (int c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < count; i++)
            numbers[i] = cell(flc_hindcast_observation(hindcast, i), &scores[i], c);
        flc_datafile_variable(file, "", column_names[c], FLC_DATA_DOUBLE, "observation", numbers,
                              column_meanings[c],
                              c == PIT || c == PIT_ERROR || c == LOG_SCORE ? "1" : NULL);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t q = 0; q < FLC_HINDCAST_QUANTILES; q++)
            numbers[i * FLC_HINDCAST_QUANTILES + q] = scores[i].quantile[q];
    flc_datafile_variable(file, "", "predicted_quantile", FLC_DATA_DOUBLE, "observation quantile",
                          numbers, "quantiles of the predictive distribution", NULL);
}

static void write_flags(flc_datafile *file, const flc_hindcast *hindcast, const flc_score *scores,
                        int32_t *flags)
{
    static const char *const names[3] = {"fiscal_year", "inside_50", "inside_90"};
    static const char *const meanings[3] = {
        "fiscal year of the observation; 0: over the horizon",
        "1 where the observation lies in the central 50 % interval",
        "1 where the observation lies in the central 90 % interval"};
    for (int f = 0; f < 3; f++) {
        for (size_t i = 0; i < flc_hindcast_count(hindcast); i++)
            flags[i] = f == 0   ? (int32_t)flc_hindcast_observation(hindcast, i)->fiscal_year
                       : f == 1 ? scores[i].inside_50
                                : scores[i].inside_90;
        flc_datafile_variable(file, "", names[f], FLC_DATA_INT32, "observation", flags, meanings[f],
                              "1");
    }
}

static void write_texts(flc_datafile *file, const flc_hindcast *hindcast, const char **texts)
{
    static const char *const names[4] = {"program", "output", "split", "source"};
    static const char *const meanings[4] = {"program", "output observed",
                                            "calibration: used to set the study; score: held out",
                                            "where the observation comes from"};
    for (int c = 0; c < 4; c++) {
        for (size_t i = 0; i < flc_hindcast_count(hindcast); i++) {
            const flc_observation *observation = flc_hindcast_observation(hindcast, i);
            const char *values[4] = {observation->program, observation->output,
                                     observation->split == FLC_SPLIT_SCORE ? "score"
                                                                           : "calibration",
                                     observation->source};
            texts[i] = values[c];
        }
        flc_datafile_variable(file, "", names[c], FLC_DATA_TEXT, "observation", texts, meanings[c],
                              NULL);
    }
}

static void write_facts(flc_datafile *file, const flc_study *study, uint64_t samples, uint64_t seed)
{
    const char *title = study->inputs->title;
    flc_datafile_attribute_text(file, "", NULL, "title", title ? title : "Study without title");
    flc_datafile_attribute_text(file, "", NULL, "summary",
                                "Predictions of a past period against observed figures");
    flc_datafile_attribute_text(file, "", NULL, "source", "fulcrum " FLC_VERSION);
    flc_datafile_attribute_int64(file, "", NULL, "samples", (int64_t)samples);
    flc_datafile_attribute_int64(file, "", NULL, "seed", (int64_t)seed);
    flc_datafile_attribute_text(file, "", NULL, "study_sha256", study->hash);
    flc_datafile_variable(file, "study", "as_written", FLC_DATA_TEXT, "", &study->text,
                          "the study as written by its authors (YAML)", NULL);
    flc_datafile_variable(file, "study", "resolved", FLC_DATA_TEXT, "", &study->resolved,
                          "the study with all defaults (YAML)", NULL);
}

static void write_calibration(flc_datafile *file, const flc_hindcast *hindcast,
                              const flc_summary *summary)
{
    static const char *const splits[2] = {"calibration", "score"};
    for (int split = 0; split < 2; split++) {
        char group[48];
        flc_calibration sum = flc_hindcast_calibration(hindcast, summary, (flc_split)split);
        snprintf(group, sizeof group, "overall/%s", splits[split]);
        flc_datafile_group(file, group);
        flc_datafile_attribute_int64(file, group, NULL, "observations", (int64_t)sum.count);
        flc_datafile_attribute_int64(file, group, NULL, "inside_50", (int64_t)sum.inside_50);
        flc_datafile_attribute_int64(file, group, NULL, "inside_90", (int64_t)sum.inside_90);
        flc_datafile_attribute_double(file, group, NULL, "mean_pit", sum.mean_pit);
        flc_datafile_attribute_double(file, group, NULL, "pit_distance_from_uniform",
                                      sum.pit_distance);
        flc_datafile_attribute_double(file, group, NULL, "mean_crps_share", sum.mean_crps_share);
        flc_datafile_attribute_double(file, group, NULL, "mean_log_score", sum.mean_log_score);
    }
}

flc_status flc_hindcast_file_save(const char *path, const flc_study *study,
                                  const flc_hindcast *hindcast, const flc_summary *summary,
                                  uint64_t samples, uint64_t seed, flc_error *error)
{
    size_t count = flc_hindcast_count(hindcast);
    flc_datafile *file = NULL;
    flc_status status = FLC_ERROR_MEMORY;
    flc_score *scores = FLC_NEW(flc_score, count, error);
    double *numbers = FLC_NEW(double, count *FLC_HINDCAST_QUANTILES, error);
    int32_t *flags = FLC_NEW(int32_t, count, error);
    const char **texts = FLC_NEW(const char *, count, error);
    if (scores && numbers && flags && texts)
        status = flc_datafile_create(&file, error);
    if (!status) {
        for (size_t i = 0; i < count; i++)
            scores[i] = flc_hindcast_score(hindcast, summary, i);
        write_facts(file, study, samples, seed);
        flc_datafile_dimension(file, "", "observation", count);
        flc_datafile_coordinate(file, "", "quantile", FLC_DATA_DOUBLE, flc_hindcast_quantiles,
                                FLC_HINDCAST_QUANTILES, "probability of the quantile", "1");
        write_texts(file, hindcast, texts);
        write_flags(file, hindcast, scores, flags);
        write_numbers(file, hindcast, scores, numbers);
        flc_datafile_attribute_double(file, "", NULL, "effective_sample_size",
                                      flc_hindcast_effective(hindcast, summary));
        write_calibration(file, hindcast, summary);
        status = flc_datafile_save(file, path, error);
    }
    flc_datafile_free(file);
    flc_free(texts);
    flc_free(flags);
    flc_free(numbers);
    flc_free(scores);
    return status;
}
