#include "statistics/intervals.h"

#include <stdbool.h>

#include "base/elementary.h"

double flc_intervals_normal(double level)
{
    return -flc_normal_quantile((1 - level) / 2);
}

double flc_intervals_student(double level, uint64_t degrees)
{
    if (degrees < 8)
        return (double)INFINITY;
    const double n = (double)degrees, z = flc_intervals_normal(level), s = z * z;
    const double first = (s + 1) / 4;
    const double second = ((5 * s + 16) * s + 3) / 96;
    const double third = (((3 * s + 19) * s + 17) * s - 15) / 384;
    const double fourth = ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92160;
    return z * (1 + (first + (second + (third + fourth / n) / n) / n) / n);
}

flc_interval flc_intervals_score(double share, double trials, double z)
{
    const double spread = z * z / trials;
    const double center = (share + spread / 2) / (1 + spread);
    const double half =
        z / (1 + spread) * sqrt(share * (1 - share) / trials + spread / (4 * trials));
    const flc_interval interval = {share <= 0 ? 0.0 : center - half,
                                   share >= 1 ? 1.0 : center + half};
    return interval;
}

flc_interval flc_intervals_wilson(uint64_t met, uint64_t n, double level)
{
    const double trials = (double)n;
    return flc_intervals_score((double)met / trials, trials, flc_intervals_normal(level));
}

flc_interval flc_intervals_mean(double mean, double mean_error, uint64_t n, double level)
{
    const double infinity = (double)INFINITY;
    if (n < 9)
        return (flc_interval){-infinity, infinity};
    const double half = flc_intervals_student(level, n - 1) * mean_error;
    return (flc_interval){mean - half, mean + half};
}

/* Weights of the binomial relative to its mode, by the ratios of neighbours; `odds` = p/(1-p). */
static double up(double weight, uint64_t k, uint64_t n, double odds)
{
    return weight * ((double)(n - k) / (double)(k + 1)) * odds;
}

static double down(double weight, uint64_t k, uint64_t n, double odds)
{
    return weight * ((double)k / (double)(n - k + 1)) / odds;
}

static const double negligible = 0x1p-70;

struct tail {
    uint64_t k;            /* the farthest with a weight that matters */
    double weight, beside; /* its weight; the sum of weights from the mode (not included) to it */
};

static struct tail lower_tail(uint64_t mode, uint64_t n, double odds)
{
    struct tail tail = {mode, 1.0, 0.0};
    while (tail.k > 0 && tail.weight > negligible) {
        tail.weight = down(tail.weight, tail.k--, n, odds);
        tail.beside += tail.weight;
    }
    return tail;
}

static struct tail upper_tail(uint64_t mode, uint64_t n, double odds)
{
    struct tail tail = {mode, 1.0, 0.0};
    while (tail.k < n && tail.weight > negligible) {
        tail.weight = up(tail.weight, tail.k++, n, odds);
        tail.beside += tail.weight;
    }
    return tail;
}

static flc_ranks exact_ranks(uint64_t n, double p, double level)
{
    const double odds = p / (1 - p);
    const uint64_t near = (uint64_t)((double)n * p), mode = near > n ? n : near;
    const struct tail left = lower_tail(mode, n, odds), right = upper_tail(mode, n, odds);
    /* A little less than the tail's share, so that rounding never makes the interval too narrow. */
    const double allowed = (1 - level) / 2 * (1 - 1e-12) * (left.beside + 1 + right.beside);
    uint64_t low = left.k, high = right.k + 1;
    double weight = left.weight, sum = left.weight;
    for (; sum <= allowed; sum += weight) /* sum = P(B <= low) */
        weight = up(weight, low++, n, odds);
    weight = sum = right.weight;
    for (; sum <= allowed; sum += weight) { /* sum = P(B >= high - 1) */
        high--;
        weight = down(weight, high, n, odds);
    }
    return (flc_ranks){low, high};
}

static flc_ranks expanded_ranks(uint64_t n, double p, double level)
{
    const double z = flc_intervals_normal(level), trials = (double)n;
    const double sd = sqrt(trials * p * (1 - p)), skew = (z * z - 1) * (1 - 2 * p) / 6;
    const double middle = trials * p + skew - 0.5;
    const double low = flc_floor(middle - z * sd), high = flc_floor(middle + z * sd) + 3;
    return (flc_ranks){low > 0 ? (uint64_t)low : 0, high > trials ? n + 1 : (uint64_t)high};
}

flc_ranks flc_intervals_ranks(uint64_t n, double p, double level)
{
    if (p <= 0 || p >= 1) /* the end of the support: no bound on its far side */
        return p <= 0 ? (flc_ranks){0, 1} : (flc_ranks){n, n + 1};
    return (double)n * p * (1 - p) <= 2500 ? exact_ranks(n, p, level) : expanded_ranks(n, p, level);
}

flc_ranks flc_intervals_ranks_of(uint64_t n, double p, double level, double trials)
{
    if (p <= 0 || p >= 1)
        return flc_intervals_ranks(n, p, level);
    const double most = 0x1p50, fewer = trials < 1 ? 1 : trials;
    const uint64_t whole = (uint64_t)(fewer > most ? most : fewer);
    const flc_ranks ranks = flc_intervals_ranks(whole, p, level);
    const double scale = (double)n / (double)whole;
    const double low = flc_floor((double)ranks.low * scale);
    const double high = -flc_floor(-(double)ranks.high * scale);
    const bool unbounded = ranks.high > whole || high > (double)n;
    return (flc_ranks){(uint64_t)low, unbounded ? n + 1 : (uint64_t)high};
}
