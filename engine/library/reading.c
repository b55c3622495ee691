/* Statistics of a session, at any time.
 *
 * An exceedance that is no target of the study comes from the sketch (statistics/sketch.h): the
 * order statistics number a + 1 ... b lie in the cell of the threshold, so that between n - b and
 * n - a values reach it; the value given counts the cell's by equal distances. Wilson's intervals
 * (1927) of both ends are joined. */
#include <math.h>

#include "library/session.h"
#include "statistics/distributions.h"
#include "statistics/intervals.h"
#include "statistics/sequences.h"

#define REFUSE(error, ...) flc_error_set(error, FLC_ERROR_USAGE, __VA_ARGS__)

static flc_status check(const flc_session *session, const void *place, size_t output,
                        flc_error *error)
{
    flc_status status = flc_session_require(session, place, error);
    if (!status && output >= session->output_count)
        status = REFUSE(error, "output %zu: there are %zu, counted from 0", output,
                        session->output_count);
    return status;
}

/* The same where an interval is asked for. */
static flc_status check_level(const flc_session *session, const void *place, size_t output,
                              double level, flc_error *error)
{
    flc_status status = check(session, place, output, error);
    if (!status && !(level > 0.0 && level < 1.0))
        status = REFUSE(error, "level: a confidence between 0 and 1, such as 0.95");
    return status;
}

static const flc_summary *summary_of(const flc_session *session)
{
    return flc_distributions_summary(session->collector);
}

flc_status flc_session_read_moments(const flc_session *session, flc_session_moments *result,
                                    size_t output, flc_error *error)
{
    flc_status status = check(session, result, output, error);
    if (status)
        return status;
    const flc_counts counts = flc_summary_counts(summary_of(session), output);
    const flc_moments moments = flc_summary_moments(summary_of(session), output);
    const flc_extremes extremes = flc_summary_extremes(summary_of(session), output);
    *result = (flc_session_moments){
        .defined = counts.defined,
        .undefined = counts.undefined,
        .finite = counts.finite,
        .plus_infinite = counts.plus_infinite,
        .minus_infinite = counts.minus_infinite,
        .mean = moments.mean,
        .sd = moments.sd,
        .skewness = moments.skewness,
        .kurtosis = moments.kurtosis,
        .mean_error = moments.mean_error,
        .sd_error = moments.sd_error,
        .min = extremes.min,
        .max = extremes.max,
        .min_sample = extremes.min_sample,
        .max_sample = extremes.max_sample,
        .first_undefined = counts.first_undefined,
    };
    return FLC_OK;
}

/* ---- means ----------------------------------------------------------------------------------- */

flc_status flc_session_read_mean(const flc_session *session, flc_session_estimate *mean,
                                 size_t output, double level, flc_error *error)
{
    flc_status status = check_level(session, mean, output, level, error);
    if (status)
        return status;
    const flc_moments moments = flc_summary_moments(summary_of(session), output);
    const flc_interval interval =
        flc_intervals_mean(moments.mean, moments.mean_error, moments.degrees + 1, level);
    *mean = (flc_session_estimate){moments.mean, interval.low, interval.high, 0};
    return FLC_OK;
}

flc_status flc_session_read_mean_always(const flc_session *session, flc_session_estimate *mean,
                                        size_t output, double level, flc_error *error)
{
    flc_status status = check_level(session, mean, output, level, error);
    if (status)
        return status;
    if (session->points.design != FLC_DESIGN_MC)
        return REFUSE(error, "an interval for all looks needs design mc; this session has %s",
                      flc_design_name(session->points.design));
    const flc_moments moments = flc_summary_moments(summary_of(session), output);
    const flc_interval interval =
        flc_sequences_mean(moments.mean, moments.sd, moments.n, 1.0 - level);
    *mean = (flc_session_estimate){moments.mean, interval.low, interval.high, 0};
    return FLC_OK;
}

/* ---- quantiles ------------------------------------------------------------------------------- */

flc_status flc_session_read_quantile(const flc_session *session, flc_session_estimate *quantile,
                                     size_t output, double p, double level, flc_error *error)
{
    flc_status status = check_level(session, quantile, output, level, error);
    if (status)
        return status;
    if (!(p >= 0.0 && p <= 1.0))
        return REFUSE(error, "p: a probability from 0 to 1");
    const flc_quantile_estimate estimate =
        flc_summary_quantile(summary_of(session), output, p, level);
    *quantile = (flc_session_estimate){estimate.value, estimate.low, estimate.high, estimate.bound};
    return FLC_OK;
}

/* ---- exceedances ----------------------------------------------------------------------------- */

/* Does order statistic number `rank` reach the threshold: surely, or perhaps? */
static bool reaches(const flc_summary *summary, size_t output, uint64_t rank, double threshold,
                    bool surely)
{
    const flc_order order = flc_summary_order(summary, output, rank);
    return (surely ? order.low : order.high) >= threshold;
}

/* How many of the n values reach it; both bounds rise with the rank. */
static uint64_t count_reaching(const flc_summary *summary, size_t output, uint64_t n,
                               double threshold, bool surely)
{
    uint64_t low = 0, high = n; /* ranks up to `low` do not reach it, those behind `high` do */
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (reaches(summary, output, middle + 1, threshold, surely))
            high = middle;
        else
            low = middle + 1;
    }
    return n - low;
}

/* The share of a cell's values that reach the threshold inside it. */
static double share_above(flc_order cell, double threshold)
{
    double share = (cell.high - threshold) / (cell.high - cell.low);
    return share >= 0.0 && share <= 1.0 ? share : 0.5;
}

static flc_session_estimate from_sketch(const flc_summary *summary, size_t output, double threshold,
                                        double level)
{
    const double nan = (double)NAN;
    const uint64_t n = flc_summary_counts(summary, output).defined;
    if (n == 0)
        return (flc_session_estimate){nan, nan, nan, nan};
    uint64_t least = count_reaching(summary, output, n, threshold, true);
    uint64_t most = count_reaching(summary, output, n, threshold, false);
    double met = (double)least;
    if (most > least)
        met += (double)(most - least) *
               share_above(flc_summary_order(summary, output, n - least), threshold);
    double above = (double)most - met, below = met - (double)least;
    return (flc_session_estimate){met / (double)n, flc_intervals_wilson(least, n, level).low,
                                  flc_intervals_wilson(most, n, level).high,
                                  (above > below ? above : below) / (double)n};
}

static bool is_that(const flc_target *target, size_t output, double threshold)
{
    return target->output == output && target->side == FLC_AT_LEAST &&
           target->threshold == threshold;
}

flc_status flc_session_read_exceedance(const flc_session *session,
                                       flc_session_estimate *probability, size_t output,
                                       double threshold, double level, flc_error *error)
{
    flc_status status = check_level(session, probability, output, level, error);
    if (status)
        return status;
    if (threshold != threshold)
        return REFUSE(error, "threshold: a number, not NaN");
    for (size_t t = 0; t < session->study->target_count; t++) {
        if (!is_that(&session->study->targets[t], output, threshold))
            continue;
        const flc_exceedance exact = flc_summary_exceedance(summary_of(session), t, level);
        *probability = (flc_session_estimate){exact.probability, exact.low, exact.high, 0};
        return FLC_OK;
    }
    *probability = from_sketch(summary_of(session), output, threshold, level);
    return FLC_OK;
}
