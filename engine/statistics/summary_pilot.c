/* Shift and scale of an output, from the first full block of the design.
 *
 * c is the mean of the finite values, kept inside their range so that a constant output has exactly
 * its value; 0 if there is none. 2^e is the largest power of two not above the spread: half the
 * interquartile range; where that is 0 (an atom holds half the values), the mean distance from c;
 * where that is 0 too (a constant), |c|; and 1 if c is 0. A spread so small that the farthest pilot
 * value would use more than half the octaves is raised, so that heavy tails stay in the sketch. Any
 * choice gives correct results; this one gives fine cells where values are.
 */
#include <string.h>

#include "statistics/summary_state.h"

/* The only place of these numbers; the table in summary.h repeats them. */
static const struct {
    uint32_t bits, octaves;
} resolutions[FLC_RESOLUTION_COUNT] = {
    [FLC_RESOLUTION_FINE] = {9, 30},
    [FLC_RESOLUTION_COARSE] = {5, 20},
};

struct flc_grid flc_summary_grid(double center, int exponent, flc_resolution resolution)
{
    return flc_sketch_grid(center, exponent, resolutions[resolution].bits,
                           resolutions[resolution].octaves);
}

/* Two ascending lists into one; without branches on values, which no processor can foresee. */
static void merge(double *merged, const double *left, size_t lefts, const double *right,
                  size_t rights)
{
    while (lefts > 0 && rights > 0) {
        const size_t takes_right = *right < *left;
        *merged++ = takes_right ? *right : *left;
        right += takes_right;
        rights -= takes_right;
        left += 1 - takes_right;
        lefts -= 1 - takes_right;
    }
    memcpy(merged, left, lefts * sizeof *merged);
    memcpy(merged + lefts, right, rights * sizeof *merged);
}

static bool is_ascending(const double *values, size_t n)
{
    size_t descents = 0;
    for (size_t i = 1; i < n; i++)
        descents += values[i] < values[i - 1];
    return descents == 0;
}

/* n <= FLC_BLOCK values, by merging lists of 1, 2, 4, ... of them. A summary has thousands of
 * pilots, many of them constant; the library's qsort took a tenth of a short run. */
static void sort(double *values, size_t n)
{
    double other[FLC_BLOCK], *from = values, *into = other;
    if (is_ascending(values, n))
        return;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            const size_t lefts = n - at < width ? n - at : width, rest = n - at - lefts;
            merge(into + at, from + at, lefts, from + at + lefts, rest < width ? rest : width);
        }
        double *merged = into;
        into = from;
        from = merged;
    }
    if (from != values)
        memcpy(values, from, n * sizeof *values);
}

/* Finite values in ascending order, -0 as 0. */
static size_t sorted_finite(double *sorted, const double *values)
{
    size_t n = 0;
    for (size_t i = 0; i < FLC_BLOCK; i++)
        if (flc_is_finite(values[i]))
            sorted[n++] = values[i] + 0.0;
    sort(sorted, n);
    return n;
}

static double mean_of(const double *sorted, size_t n)
{
    double sum = 0, shares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += sorted[i];
        shares += sorted[i] / (double)n; /* cannot overflow */
    }
    const double mean = flc_is_finite(sum) ? sum / (double)n : shares;
    const double raised = mean < sorted[0] ? sorted[0] : mean;
    return raised > sorted[n - 1] ? sorted[n - 1] : raised;
}

static double spread_of(const double *sorted, size_t n, double center)
{
    const double quartiles = sorted[n - 1 - n / 4] / 2 - sorted[n / 4] / 2;
    if (quartiles > 0)
        return quartiles;
    double distance = 0;
    for (size_t i = 0; i < n; i++)
        distance += flc_abs(sorted[i] / (double)n - center / (double)n);
    if (sorted[n - 1] > sorted[0] && distance > 0)
        return distance;
    return center == 0 ? 1.0 : flc_abs(center);
}

/* e with 2^e <= x < 2^(e+1), within the limits. */
static int exponent_of(double x)
{
    const int exponent = (int)(flc_bits(x) >> 52 & 0x7ff) - 1023;
    if (exponent < -FLC_SUMMARY_EXPONENT_LIMIT)
        return -FLC_SUMMARY_EXPONENT_LIMIT;
    return exponent > FLC_SUMMARY_EXPONENT_LIMIT ? FLC_SUMMARY_EXPONENT_LIMIT : exponent;
}

struct flc_grid flc_summary_pilot(const double *values, flc_resolution resolution)
{
    double sorted[FLC_BLOCK];
    const size_t n = sorted_finite(sorted, values);
    if (n == 0)
        return flc_summary_grid(0.0, 0, resolution);
    const double center = mean_of(sorted, n);
    const double below = center / 2 - sorted[0] / 2, above = sorted[n - 1] / 2 - center / 2;
    const double farthest = above > below ? above : below;
    int exponent = exponent_of(spread_of(sorted, n, center));
    const int least = exponent_of(farthest) + 1 - (int)resolutions[resolution].octaves / 2;
    if (farthest > 0 && exponent < least)
        exponent = least > FLC_SUMMARY_EXPONENT_LIMIT ? FLC_SUMMARY_EXPONENT_LIMIT : least;
    return flc_summary_grid(center, exponent, resolution);
}

void flc_summary_pilot_thresholds(double thresholds[FLC_REPLICATE_THRESHOLDS], const double *values)
{
    static const double p[FLC_REPLICATE_THRESHOLDS] = {
        0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99};
    double sorted[FLC_BLOCK];
    const size_t n = sorted_finite(sorted, values);
    for (size_t j = 0; j < FLC_REPLICATE_THRESHOLDS; j++)
        thresholds[j] = n ? sorted[(size_t)(p[j] * (double)n)] : 0.0;
}
