/* Reading a summary; its quantiles are in summary_quantiles.c. */
#include "statistics/intervals.h"
#include "statistics/replicated.h"
#include "statistics/summary_state.h"

flc_counts flc_summary_counts(const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    return (flc_counts){
        .defined = tally->seen.finite + tally->seen.plus_infinite + tally->seen.minus_infinite,
        .undefined = tally->seen.undefined,
        .finite = tally->seen.finite,
        .plus_infinite = tally->seen.plus_infinite,
        .minus_infinite = tally->seen.minus_infinite,
        .below_zero = tally->seen.below_zero,
        .zero = tally->seen.zero,
        .first_undefined = tally->seen.first_undefined,
    };
}

flc_extremes flc_summary_extremes(const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    return (flc_extremes){
        .min = tally->seen.finite ? tally->seen.min : (double)NAN,
        .max = tally->seen.finite ? tally->seen.max : (double)NAN,
        .min_sample = tally->seen.min_sample,
        .max_sample = tally->seen.max_sample,
        .min_count = tally->seen.min_count,
        .max_count = tally->seen.max_count,
        .whole = tally->seen.finite && tally->seen.whole,
    };
}

/* ---- Moments ------------------------------------------------------------------------------------
 */

/* The sum of z^(k+1), NaN where a power overflowed. */
static double power_sum(const struct flc_tally *tally, size_t k)
{
    int64_t total[FLC_SUPERACCUMULATOR_WIDE];
    if (tally->seen.overflow[k])
        return (double)NAN;
    flc_summary_tally_total(total, tally, k);
    const double sum = flc_superaccumulator_round(total);
    return flc_is_finite(sum) ? sum : (double)NAN;
}

static double clamp(double x, double low, double high)
{
    const double raised = x < low ? low : x;
    return raised > high ? high : raised;
}

/* NaN stays; rounding below 0 does not. */
static double not_negative(double x)
{
    return x < 0 ? 0 : x;
}

static double sd_error(double n, double m2, double m4, double sd)
{
    const double variance = (m4 - m2 * m2 * (n - 3) / (n - 1)) / n;
    return sqrt(not_negative(variance)) / (2 * sd);
}

/* Of at least one finite value; errors as of independent samples. The mean of z too. */
static flc_moments moments_of(const struct flc_tally *tally, double *mean_of_z)
{
    const double nan = (double)NAN, n = (double)tally->seen.finite;
    flc_moments moments = {tally->seen.finite,    nan, nan, nan, nan, nan, nan,
                           tally->seen.finite - 1};
    const double unit = flc_two_to(tally->grid.exponent);
    const double s1 = power_sum(tally, 0), s2 = power_sum(tally, 1);
    const double s3 = power_sum(tally, 2), s4 = power_sum(tally, 3);
    const double mean = *mean_of_z = s1 / n; /* of z, and so all below */
    moments.mean = clamp(tally->grid.center + mean * unit, tally->seen.min, tally->seen.max);
    if (tally->seen.finite < 2)
        return moments;
    const double second = not_negative(s2 - s1 * mean);
    const double third = s3 - mean * (3 * s2 - 2 * s1 * mean);
    const double fourth = s4 - mean * (4 * s3 - mean * (6 * s2 - 3 * s1 * mean));
    const double sd = sqrt(second / (n - 1)), m2 = second / n;
    moments.sd = sd * unit;
    moments.mean_error = moments.sd / sqrt(n);
    if (!(second > 0))
        return moments;
    moments.skewness = third / n / (m2 * sqrt(m2));
    moments.kurtosis = fourth / n / (m2 * m2) - 3;
    if (tally->seen.finite >= 4)
        moments.sd_error = sd_error(n, m2, fourth / n, sd) * unit;
    return moments;
}

flc_moments flc_summary_moments(const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    const double nan = (double)NAN;
    double mean;
    if (tally->seen.finite == 0)
        return (flc_moments){0, nan, nan, nan, nan, nan, nan, 0};
    flc_moments moments = moments_of(tally, &mean);
    if (tally->replicates)
        flc_summary_replicates_moments(&moments, tally, mean);
    return moments;
}

/* ---- Probabilities ------------------------------------------------------------------------------
 */

/* Error and interval from replicates, where each has a defined value. */
static void replicate_exceedance(flc_exceedance *exceedance, const flc_summary *summary,
                                 size_t target, double level)
{
    const struct flc_tally *tally = &summary->tallies[summary->targets[target].output];
    uint64_t of[FLC_REPLICATES];
    flc_summary_replicates_counts(of, tally->replicates, FLC_REPLICATE_DEFINED);
    const flc_replicated_share share = flc_replicated_share_of(summary->met_by[target], of);
    if (flc_is_nan(share.error))
        return;
    const flc_interval interval =
        flc_intervals_score(exceedance->probability, share.trials, flc_replicated_student(level));
    exceedance->standard_error = share.error;
    exceedance->low = interval.low;
    exceedance->high = interval.high;
}

flc_exceedance flc_summary_exceedance(const flc_summary *summary, size_t target, double level)
{
    const struct flc_tally *tally = &summary->tallies[summary->targets[target].output];
    const double nan = (double)NAN;
    flc_exceedance exceedance = {.met = summary->met[target],
                                 .defined = tally->seen.finite + tally->seen.plus_infinite +
                                            tally->seen.minus_infinite,
                                 .probability = nan,
                                 .standard_error = nan,
                                 .low = nan,
                                 .high = nan};
    if (exceedance.defined == 0)
        return exceedance;
    const double n = (double)exceedance.defined, share = (double)exceedance.met / n;
    const flc_interval wilson = flc_intervals_wilson(exceedance.met, exceedance.defined, level);
    exceedance.probability = share;
    exceedance.standard_error = sqrt(share * (1 - share) / n);
    exceedance.low = wilson.low;
    exceedance.high = wilson.high;
    if (summary->replicated)
        replicate_exceedance(&exceedance, summary, target, level);
    return exceedance;
}
