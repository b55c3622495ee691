#include "study/forecast.h"

#include <math.h>

#include "base/elementary.h"
#include "statistics/intervals.h"

static const flc_forecast unknown = {(double)INFINITY, (double)INFINITY, (double)INFINITY, ""};

static flc_forecast because(const char *remark)
{
    flc_forecast forecast = unknown;
    forecast.remark = remark;
    return forecast;
}

/* Half width wanted, in the output's unit. */
static double half_wanted(const flc_goal *goal, double estimate)
{
    return goal->relative ? goal->wanted * flc_abs(estimate) : goal->wanted;
}

/* `samples` with a relative error `e` of the half width that they come from. */
static flc_forecast with_error(double samples, double e)
{
    const double z = flc_intervals_normal(FLC_GOALS_LEVEL);
    const double low = z * e < 1 ? 1 - z * e : 0, high = 1 + z * e;
    return (flc_forecast){samples, samples * low * low, samples * high * high, ""};
}

static flc_forecast of_mean(const flc_goal *goal, const flc_summary *summary, uint64_t samples)
{
    const double z = flc_intervals_normal(FLC_GOALS_LEVEL);
    const flc_moments moments = flc_summary_moments(summary, goal->target.output);
    const double ratio = z * moments.sd / half_wanted(goal, moments.mean);
    if (moments.sd == 0)
        return with_error(0, 0);
    if (!flc_is_finite(ratio) || !flc_is_finite(moments.sd_error))
        return because("too few values, or a mean of 0");
    const double spread = moments.sd_error / moments.sd;
    const double centre = goal->relative ? moments.mean_error / flc_abs(moments.mean) : 0;
    return with_error(ratio * ratio * (double)samples / (double)moments.n,
                      __builtin_sqrt(spread * spread + centre * centre));
}

static flc_forecast of_quantile(const flc_goal *goal, const flc_summary *summary, uint64_t samples)
{
    const double z = flc_intervals_normal(FLC_GOALS_LEVEL);
    const double n = (double)flc_summary_counts(summary, goal->target.output).defined;
    const flc_quantile_estimate estimate =
        flc_summary_quantile(summary, goal->target.output, goal->p, FLC_GOALS_LEVEL);
    const double above = estimate.high - estimate.value, below = estimate.value - estimate.low;
    const double half = half_wanted(goal, estimate.value);
    const double ratio = (above > below ? above : below) / half;
    if (!flc_is_finite(ratio))
        return because("too few values for an interval");
    if (half < estimate.bound)
        return because("finer than the sketch can tell");
    const double inside = z * __builtin_sqrt(n * goal->p * (1 - goal->p));
    return with_error(ratio * ratio * (double)samples, 1 / __builtin_sqrt(inside));
}

static double trials(const flc_goal *goal, double p)
{
    const double ratio = flc_intervals_normal(FLC_GOALS_LEVEL) / half_wanted(goal, p);
    return p > 0 && p < 1 ? ratio * ratio * p * (1 - p) : 0;
}

static flc_forecast of_probability(const flc_goal *goal, uint64_t samples)
{
    if (goal->values == 0 || (goal->relative && goal->met == 0))
        return because("never seen so far");
    const double share = (double)samples / (double)goal->values;
    const flc_interval p = flc_intervals_wilson(goal->met, goal->values, FLC_GOALS_LEVEL);
    const double a = trials(goal, p.low), b = trials(goal, p.high);
    flc_forecast forecast = {trials(goal, goal->estimate), a < b ? a : b, a < b ? b : a, ""};
    if (!goal->relative && p.low < 0.5 && p.high > 0.5)
        forecast.high = trials(goal, 0.5);
    forecast.samples *= share;
    forecast.low *= share;
    forecast.high *= share;
    return forecast;
}

flc_forecast flc_forecast_goal(const flc_goal *goal, const flc_summary *summary, uint64_t samples)
{
    if (goal->values == 0)
        return because("no sample defines it");
    if (goal->kind == FLC_GOAL_MEAN)
        return of_mean(goal, summary, samples);
    if (goal->kind == FLC_GOAL_QUANTILE)
        return of_quantile(goal, summary, samples);
    return of_probability(goal, samples);
}
