#include "statistics/sequences.h"

#include <stdbool.h>

#include "base/elementary.h"

static const double BEST = 32768; /* n*: where intervals are tuned to be narrowest */

/* n* rho^2. */
static double tuned(double alpha)
{
    const double doubled = -2 * flc_log(alpha);
    return doubled + flc_log1p(doubled);
}

/* ---- means ----------------------------------------------------------------------------------- */

flc_interval flc_sequences_mean(double mean, double sd, uint64_t n, double alpha)
{
    const double infinity = (double)INFINITY, samples = (double)n;
    if (n < FLC_SEQUENCES_LEAST)
        return (flc_interval){-infinity, infinity};
    const double time = samples / BEST * tuned(alpha); /* n rho^2 */
    const double logarithm = 0.5 * flc_log1p(time) - flc_log(alpha);
    const double half = sd * sqrt(2 * (time + 1) / (samples * time) * logarithm);
    return (flc_interval){mean - half, mean + half};
}

/* ---- the beta-binomial mixture --------------------------------------------------------------- */

/* (1 + x) log(1 + x) - x, x >= -1. Near 0 with s = x/(2 + x): x s + 2 (1 + x) (s^3/3 + s^5/5 ...),
 * which does not cancel (the deviance of Loader 2000, "Fast and accurate computation of binomial
 * probabilities"). */
static double deviance(double x)
{
    if (flc_abs(x) > 0.25)
        return x <= -1 ? 1.0 : (1 + x) * flc_log1p(x) - x;
    const double s = x / (2 + x), z = s * s;
    double series = 1.0 / 19;
    for (int k = 17; k >= 3; k -= 2)
        series = series * z + 1.0 / k;
    return x * s + 2 * (1 + x) * (s * z * series);
}

/* log Gamma(x) less its main part (x - 1/2) log x - x + log(2 pi)/2, x > 0: Stirling's series from
 * 10 on, relative to which smaller x are moved up. */
static double stirling(double x)
{
    double moved = 0;
    for (; x < 10; x += 1)
        moved += (x + 0.5) * flc_log1p(1 / x) - 1;
    const double y = 1 / x, z = y * y;
    double series = -691.0 / 360360;
    series = series * z + 1.0 / 1188;
    series = series * z - 1.0 / 1680;
    series = series * z + 1.0 / 1260;
    series = series * z - 1.0 / 360;
    series = series * z + 1.0 / 12;
    return moved + y * series;
}

/* With N = n + r, a = r p + met = N p + d and b = N - a, and Gamma by Stirling's formula, all large
 * terms of log M cancel but two deviances:
 *   N p dev(d/(N p)) + N q dev(-d/(N q)) + log(r p q N/(a b))/2 + rests. */
double flc_sequences_log_mixture(uint64_t met, uint64_t n, double p, double alpha)
{
    const double r = BEST / tuned(alpha) - 1, q = 1 - p, trials = (double)n;
    const double all = trials + r, d = (double)met - trials * p;
    const double a = r * p + (double)met, b = r * q + (double)(n - met);
    const double main = all * p * deviance(d / (all * p)) + all * q * deviance(-d / (all * q));
    const double rests =
        stirling(a) + stirling(b) - stirling(all) - stirling(r * p) - stirling(r * q) + stirling(r);
    return main + 0.5 * flc_log(r * p / a * (all * q / b)) + rests;
}

/* Not excluded; a doubt of rounding keeps it. */
static bool is_kept(uint64_t met, uint64_t n, double p, double alpha)
{
    return flc_sequences_log_mixture(met, n, p, alpha) <= -flc_log(alpha) + 1e-6;
}

/* The excluded p next to the kept ones, between an end and a kept p. */
static double limit(double outside, double inside, uint64_t met, uint64_t n, double alpha)
{
    for (;;) {
        const double middle = 0.5 * (outside + inside);
        if (!(middle > outside && middle < inside) && !(middle < outside && middle > inside))
            return outside;
        if (is_kept(met, n, middle, alpha))
            inside = middle;
        else
            outside = middle;
    }
}

flc_interval flc_sequences_probability(uint64_t met, uint64_t n, double alpha)
{
    const double share = n ? (double)met / (double)n : 0.5;
    if (n == 0)
        return (flc_interval){0, 1};
    return (flc_interval){met == 0 ? 0 : limit(0, share, met, n, alpha),
                          met == n ? 1 : limit(1, share, met, n, alpha)};
}

/* ---- quantiles ------------------------------------------------------------------------------- */

/* The kept count farthest from `kept` on the way to `end`. */
static uint64_t farthest(uint64_t end, uint64_t kept, uint64_t n, double p, double alpha)
{
    if (is_kept(end, n, p, alpha))
        return end;
    while (kept > end + 1 || end > kept + 1) {
        const uint64_t middle = kept / 2 + end / 2 + (kept & end & 1);
        if (is_kept(middle, n, p, alpha))
            kept = middle;
        else
            end = middle;
    }
    return kept;
}

flc_ranks flc_sequences_ranks(uint64_t n, double p, double alpha)
{
    const double near = flc_floor((double)n * p);
    const uint64_t middle = near >= (double)n ? n : (uint64_t)near;
    if (!is_kept(middle, n, p, alpha))
        return (flc_ranks){0, n + 1};
    return (flc_ranks){farthest(0, middle, n, p, alpha), farthest(n, middle, n, p, alpha) + 1};
}

/* ---- looks ----------------------------------------------------------------------------------- */

enum { FIRST = 24, STRIPE = 4 };

static uint64_t later(uint64_t look)
{
    return look + (look / (8 * STRIPE) + 1) * STRIPE;
}

uint64_t flc_sequences_next_look(uint64_t blocks)
{
    uint64_t look = FIRST;
    while (look <= blocks && look < UINT64_MAX / 4)
        look = later(look);
    return look;
}

uint64_t flc_sequences_looks(uint64_t blocks)
{
    uint64_t looks = 0;
    for (uint64_t look = FIRST; look <= blocks && look < UINT64_MAX / 4; look = later(look))
        looks++;
    return looks;
}
