#include "statistics/dominance.h"

#include <math.h>

/* Quantiles from the worst on, turned so that more is better; and how far they can be off. */
static bool read_quantiles(double *value, double *bound, const flc_summary *summary, size_t output,
                           bool higher)
{
    for (size_t i = 0; i < FLC_DOMINANCE_POINTS; i++) {
        double p = ((double)i + 0.5) / FLC_DOMINANCE_POINTS;
        flc_quantile_estimate estimate =
            flc_summary_quantile(summary, output, higher ? p : 1.0 - p, 0.95);
        value[i] = higher ? estimate.value : -estimate.value;
        bound[i] = estimate.bound;
        if (isnan(value[i]))
            return false;
    }
    return true;
}

flc_dominance flc_dominance_of(const flc_summary *summary, size_t a, size_t b, bool higher)
{
    double x[FLC_DOMINANCE_POINTS], y[FLC_DOMINANCE_POINTS];
    double x_bound[FLC_DOMINANCE_POINTS], y_bound[FLC_DOMINANCE_POINTS];
    flc_dominance dominance = {false, false};
    if (a == b || !read_quantiles(x, x_bound, summary, a, higher) ||
        !read_quantiles(y, y_bound, summary, b, higher))
        return dominance;
    bool never_below = true, somewhere_above = false, sum_never_below = true, sum_above = false;
    double sum = 0, slack = 0;
    for (size_t i = 0; i < FLC_DOMINANCE_POINTS; i++) {
        double gap = x[i] == y[i] ? 0.0 : x[i] - y[i], bound = x_bound[i] + y_bound[i];
        never_below &= gap >= -bound;
        somewhere_above |= gap > bound;
        sum += gap;
        slack += bound;
        sum_never_below &= sum >= -slack;
        sum_above |= sum > slack;
    }
    dominance.first = never_below && somewhere_above;
    dominance.second = sum_never_below && sum_above;
    return dominance;
}
