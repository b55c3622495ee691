/* Hindcast: a study with a past base year, held against observed figures.
 *
 * An observation v of an output x is taken as y = x + e z with z standard normal and e the standard
 * deviation of the measurement error, so the predictive distribution of y is what v is compared
 * with: PIT         P(y <= v) = E Phi((v - x)/e); with e = 0, P(x < v) + P(x = v)/2       (Dawid
 * 1984) CRPS        E|y - v| - E|y - y'|/2, y' an independent copy, in the output's unit  (Gneiting
 * and Raftery 2007) log score   -log E phi((v - x)/e)/e, undefined with e = 0 (Good 1952) and
 * whether v lies in the central 50 % and 90 % intervals. All are means over samples, so they are
 * summed exactly and do not depend on ranks. y' is the neighbouring sample's y. z of observation j
 * is the stream `hindcast/<j>`, index 0.
 *
 * With weights, each sample counts in proportion to the likelihood of the calibration observations,
 * w = exp(sum of -((v - x)/e)^2/2), up to a factor; means become ratios of means of w times what is
 * averaged. The effective sample size (sum w)^2/sum w^2 (Kish 1965) says what is left of the
 * samples; below FLC_HINDCAST_LEAST the scores are refused. Quantiles are not kept with weights.
 *
 * The observations file is CSV with the columns program, output, fiscal_year (empty: over the
 * horizon), value, error, split (calibration or score) and source.
 */
#ifndef FLC_STUDY_HINDCAST_H
#define FLC_STUDY_HINDCAST_H

#include "study/study.h"

typedef enum flc_split { FLC_SPLIT_CALIBRATION, FLC_SPLIT_SCORE } flc_split;

typedef struct flc_observation {
    const char *program, *output, *source;
    int64_t fiscal_year; /* FLC_NO_FISCAL_YEAR: over the horizon */
    double value, error; /* in the output's unit */
    flc_split split;
    size_t number; /* of the study's output */
} flc_observation;

typedef struct flc_hindcast flc_hindcast;

/* Smallest effective sample size that weighted scores are given for. */
#define FLC_HINDCAST_LEAST 100.0

/* Read the observations from text (flc_allocate'd with room for a NUL behind, taken over also on
 * error). Errors are placed in the file `name`. */
flc_status flc_hindcast_create(flc_hindcast **hindcast, const flc_study *study, uint64_t seed,
                               flc_isa isa, bool weighted, char *text, size_t length,
                               const char *name, flc_error *error);
void flc_hindcast_free(flc_hindcast *hindcast);

size_t flc_hindcast_count(const flc_hindcast *hindcast);
const flc_observation *flc_hindcast_observation(const flc_hindcast *hindcast, size_t i);

/* As a source of blocks (run/simulate.h): what the scores are means of. */
const double *flc_hindcast_block(flc_hindcast *hindcast, uint64_t first);
flc_summary *flc_hindcast_summary(flc_hindcast *hindcast, flc_error *error);
/* Why a plug-in model failed, or FLC_OK. */
flc_status flc_hindcast_failure(const flc_hindcast *hindcast, flc_error *error);

/* Effective sample size of a weighted hindcast; the number of samples without weights. */
double flc_hindcast_effective(const flc_hindcast *hindcast, const flc_summary *summary);
/* FLC_ERROR_STUDY, with the remedy, where weights have collapsed onto too few samples. */
flc_status flc_hindcast_check(const flc_hindcast *hindcast, const flc_summary *summary,
                              flc_error *error);

/* Scores of one observation. Undefined values are NaN. */
enum { FLC_HINDCAST_QUANTILES = 5 };
extern const double flc_hindcast_quantiles[FLC_HINDCAST_QUANTILES]; /* 0.05 0.25 0.5 0.75 0.95 */
typedef struct flc_score {
    uint64_t defined; /* samples with a prediction */
    double mean, sd;  /* of y */
    double quantile[FLC_HINDCAST_QUANTILES];
    double pit, pit_error, crps, log_score;
    bool inside_50, inside_90;
} flc_score;
flc_score flc_hindcast_score(const flc_hindcast *hindcast, const flc_summary *summary, size_t i);

/* Over the observations of a split (those with a score). */
typedef struct flc_calibration {
    size_t count, inside_50, inside_90;
    double mean_pit;
    double pit_distance;    /* Kolmogorov's distance of the PIT values from uniform */
    double mean_crps_share; /* mean of CRPS over |value|, where value is not 0 */
    double mean_log_score;  /* of those that have one */
} flc_calibration;
flc_calibration flc_hindcast_calibration(const flc_hindcast *hindcast, const flc_summary *summary,
                                         flc_split split);

#endif
