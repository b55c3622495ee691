#include "statistics/contrast.h"

#include <stdbool.h>

#include "base/elementary.h"
#include "statistics/intervals.h"

static const double infinity = (double)INFINITY, undefined = (double)NAN;

/* Settles what needs no standard error: equal, undefined, infinite. */
static bool is_plain(flc_contrast *contrast, const double value[2])
{
    bool first = flc_is_nan(value[0]), second = flc_is_nan(value[1]);
    if (first || second)
        *contrast = (flc_contrast){undefined, undefined, first && second ? 0.0 : infinity};
    else if (value[0] == value[1])
        *contrast = (flc_contrast){0.0, 0.0, 0.0};
    else if (!flc_is_finite(value[1] - value[0]))
        *contrast = (flc_contrast){value[1] - value[0], undefined,
                                   flc_copy_sign(infinity, value[1] - value[0])};
    else
        return false;
    return true;
}

/* Spread and difference of a constant that is computed with rounding. */
static bool is_rounding(const double value[2], double standard_error)
{
    const double a = flc_abs(value[0]), b = flc_abs(value[1]);
    const double least = 0x1p-36 * (a > b ? a : b);
    return standard_error > 0 && standard_error <= least && flc_abs(value[1] - value[0]) <= least;
}

static flc_contrast divide(const double value[2], double standard_error)
{
    const double difference = value[1] - value[0];
    if (is_rounding(value, standard_error))
        return (flc_contrast){difference, 0.0, 0.0};
    double z =
        standard_error > 0 ? difference / standard_error : flc_copy_sign(infinity, difference);
    return (flc_contrast){difference, standard_error, flc_is_nan(standard_error) ? undefined : z};
}

/* Standard deviation of one value; NaN where one sample cannot tell. */
static double spread_of(double error, uint64_t n)
{
    return n < 2 ? undefined : error * sqrt((double)n);
}

/* Where a run has no spread of its own, the other's. */
static double error_of_difference(const double error[2], const uint64_t n[2])
{
    double spread[2], sum = 0;
    for (int i = 0; i < 2; i++)
        spread[i] = spread_of(error[i], n[i]);
    for (int i = 0; i < 2; i++) {
        const double own = spread[i], other = spread[1 - i];
        const double taken = other > 0 || flc_is_nan(own) ? other : own;
        sum += own > 0 ? error[i] * error[i] : taken * taken / (double)n[i];
    }
    return sqrt(sum);
}

flc_contrast flc_contrast_means(const double mean[2], const double error[2], const uint64_t n[2])
{
    flc_contrast contrast;
    bool plain = is_plain(&contrast, mean);
    if (!plain)
        return divide(mean, error_of_difference(error, n));
    const double standard_error = n[0] && n[1] ? error_of_difference(error, n) : undefined;
    if (contrast.z == 0 && !is_rounding(mean, standard_error))
        contrast.standard_error = standard_error;
    return contrast;
}

flc_contrast flc_contrast_shares(const uint64_t met[2], const uint64_t of[2])
{
    double share[2];
    flc_contrast contrast;
    for (int i = 0; i < 2; i++)
        share[i] = of[i] ? (double)met[i] / (double)of[i] : undefined;
    bool plain = is_plain(&contrast, share);
    if (!of[0] || !of[1])
        return contrast;
    const double n = (double)of[0] + (double)of[1];
    const double p = ((double)met[0] + (double)met[1]) / n;
    const double error = sqrt(p * (1 - p) * (1 / (double)of[0] + 1 / (double)of[1]));
    contrast.standard_error = error;
    return plain ? contrast : divide(share, error);
}

flc_contrast flc_contrast_quantiles(const double quantile[2], const double low[2],
                                    const double high[2], double level)
{
    flc_contrast contrast;
    const bool plain = is_plain(&contrast, quantile);
    if (plain && flc_is_nan(contrast.difference))
        return contrast;
    const double z = flc_intervals_normal(level), difference = quantile[1] - quantile[0];
    const int lower = quantile[1] < quantile[0], upper = 1 - lower;
    const double up = high[lower] - quantile[lower], down = quantile[upper] - low[upper];
    const double error = sqrt(up * up + down * down) / z;
    if (plain && contrast.z == 0)
        return (flc_contrast){0.0, error >= 0 && !is_rounding(quantile, error) ? error : 0.0, 0.0};
    if (plain) /* one is infinite */
        return high[lower] < low[upper] ? contrast : (flc_contrast){difference, infinity, 0.0};
    if (error > 0)
        return divide(quantile, error);
    return (flc_contrast){difference, 0.0, flc_copy_sign(sqrt(2.0) * z, difference)};
}

double flc_contrast_chance(double z)
{
    return 2 * flc_normal_cdf(-z);
}

double flc_contrast_largest(uint64_t count, double probability)
{
    /* Each of them within z: P(|Z| <= z)^count = probability. The complement keeps its digits. */
    const double beyond = -flc_expm1(flc_log(probability) / (double)count);
    return count ? -flc_normal_quantile(beyond / 2) : 0.0;
}
