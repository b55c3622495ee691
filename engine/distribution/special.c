#include "distribution/special.h"

#include <math.h>

#include "base/elementary.h"

#define HALF_LOG_TWO_PI 0.91893853320467274178
enum { LAST_STEP = 1000000 }; /* of a series or fraction: they need a few times sqrt(shape) */

double flc_special_stirling(double x)
{
    /* From x + 1 down to x: delta(x) = delta(x+1) + (x + 1/2) log(1 + 1/x) - 1. */
    double shifted = 0.0;
    for (; x < 16.0; x += 1.0)
        shifted += (x + 0.5) * flc_log1p(1.0 / x) - 1.0;
    /* Bernoulli numbers B_2k/(2k(2k-1)), k = 1 ... 7: error below 1e-18 at 16. */
    static const double terms[] = {1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                                   1.0 / 1188, -691.0 / 360360, 1.0 / 156};
    const double square = 1.0 / (x * x);
    double sum = terms[6];
    for (int i = 5; i >= 0; i--)
        sum = sum * square + terms[i];
    return sum / x + shifted;
}

double flc_special_log_gamma(double x)
{
    return (x - 0.5) * flc_log(x) - x + HALF_LOG_TWO_PI + flc_special_stirling(x);
}

double flc_special_exp_rest(double y)
{
    if (flc_abs(y) > 0.25)
        return flc_expm1(y) - y;
    double sum = 0.0;
    for (int n = 16; n >= 3; n--)
        sum = (sum + 1.0) * y / n;
    return (sum + 1.0) * y * y / 2;
}

/* v - log(1 + v) */
static double log_rest(double v)
{
    if (flc_abs(v) > 0.25)
        return v - flc_log1p(v);
    const double r = v / (2.0 + v), square = r * r;
    double sum = 0.0;
    for (int n = 21; n >= 3; n -= 2)
        sum = sum * square + 1.0 / n;
    return r * (v - 2.0 * square * sum);
}

double flc_special_gamma_peak(double k)
{
    return 0.5 * flc_log(k) - HALF_LOG_TWO_PI - flc_special_stirling(k);
}

double flc_special_gamma_density(double k, double y)
{
    return flc_special_gamma_peak(k) - k * flc_special_exp_rest(y);
}

/* Sum of x^j/((k+1) ... (k+j)) */
static double gamma_series(double k, double x)
{
    double sum = 1.0, term = 1.0;
    for (int j = 1; j < LAST_STEP && term > 1e-17 * sum; j++) {
        term *= x / (k + j);
        sum += term;
    }
    return sum;
}

/* 1/(x+1-k - 1(1-k)/(x+3-k - 2(2-k)/(x+5-k - ...))) */
static double gamma_fraction(double k, double x)
{
    const double tiny = 1e-280;
    double b = x + 1.0 - k;
    double c = 1.0 / tiny, d = 1.0 / b, value = d;
    for (int i = 1; i < LAST_STEP; i++) {
        const double a = -i * (i - k);
        b += 2.0;
        d = a * d + b;
        d = 1.0 / (flc_abs(d) < tiny ? tiny : d);
        c = b + a / c;
        c = flc_abs(c) < tiny ? tiny : c;
        value *= d * c;
        if (flc_abs(d * c - 1.0) < 2e-16)
            break;
    }
    return value;
}

/* One tail from the other: 1 - exp(log), with the rate of the same density. */
static flc_tail other_tail(flc_tail tail)
{
    const double rest = -flc_expm1(tail.log);
    return (flc_tail){flc_log(rest), tail.rate * flc_exp(tail.log) / rest};
}

static flc_tail from_series(double k, double y)
{
    const double sum = gamma_series(k, k * flc_exp(y));
    return (flc_tail){flc_special_gamma_density(k, y) - flc_log(k) + flc_log(sum), k / sum};
}

static flc_tail from_fraction(double k, double y)
{
    const double value = gamma_fraction(k, k * flc_exp(y));
    return (flc_tail){flc_special_gamma_density(k, y) + flc_log(value), 1.0 / value};
}

static int gamma_uses_series(double k, double y)
{
    return k * flc_exp(y) < k + 1.0;
}

flc_tail flc_special_gamma_below(double k, double y)
{
    return gamma_uses_series(k, y) ? from_series(k, y) : other_tail(from_fraction(k, y));
}

flc_tail flc_special_gamma_above(double k, double y)
{
    return gamma_uses_series(k, y) ? other_tail(from_series(k, y)) : from_fraction(k, y);
}

/* log(1 - m + m e^y) - m y for m = a/(a+b): the cumulant function of a centred Bernoulli variable.
 * Its two parts cancel where m is near 1, so the side with m <= 1/2 is taken. */
static double bernoulli_rest(double a, double b, double y)
{
    if (a > b)
        return bernoulli_rest(b, a, -y);
    const double m = a / (a + b);
    if (y > 30.0)
        return (b / (a + b)) * y + flc_log(m + (b / (a + b)) * flc_exp(-y));
    const double v = m * flc_expm1(y);
    return v > 1.0 ? flc_log1p(v) - m * y : m * flc_special_exp_rest(y) - log_rest(v);
}

double flc_special_beta_peak(double a, double b)
{
    const double n = a + b;
    return 0.5 * flc_log(a / n * b) - HALF_LOG_TWO_PI + flc_special_stirling(n) -
           flc_special_stirling(a) - flc_special_stirling(b);
}

double flc_special_beta_drop(double a, double b, double y)
{
    return (a + b) * bernoulli_rest(a, b, y);
}

double flc_special_beta_density(double a, double b, double y)
{
    return flc_special_beta_peak(a, b) - flc_special_beta_drop(a, b, y);
}

void flc_special_beta_parts(double *x, double *rest, double *centred, double a, double b, double y)
{
    const double m = a / (a + b), m1 = b / (a + b);
    const double e = flc_exp(-flc_abs(y)), drop = -flc_expm1(-flc_abs(y));
    const double below = y > 0.0 ? m : m * e, above = y > 0.0 ? m1 * e : m1;
    const double sum = below + above;
    *x = below / sum;
    *rest = above / sum;
    *centred = (y > 0.0 ? a : -a) * m1 * drop / sum;
}

/* I_x(a,b) = x^a (1-x)^b/B(a,b) times 1/(beta_0 + alpha_1/(beta_1 + alpha_2/(beta_2 + ...))) */
static double beta_fraction(double a, double b, double y)
{
    const double tiny = 1e-280;
    double x, rest, centred;
    flc_special_beta_parts(&x, &rest, &centred, a, b, y);
    double value = a / (a + 1.0) * (1.0 - centred), c = value, d = 0.0;
    for (int n = 1; n < LAST_STEP; n++) {
        const double middle = a + 2.0 * n;
        const double once = n * (b - n) * x / (middle - 1.0);
        const double alpha = (a + n - 1.0) * (a + b + n - 1.0) * x / (middle - 1.0) * once;
        const double beta =
            n + once + (a + n) / (middle + 1.0) * (1.0 - centred + n * (1.0 + rest));
        d = beta + alpha * d;
        d = 1.0 / (flc_abs(d) < tiny ? tiny : d);
        c = beta + alpha / c;
        c = flc_abs(c) < tiny ? tiny : c;
        value *= d * c;
        if (flc_abs(d * c - 1.0) < 2e-16)
            break;
    }
    return 1.0 / value;
}

static flc_tail beta_side(double a, double b, double y)
{
    const double value = beta_fraction(a, b, y);
    return (flc_tail){flc_special_beta_density(a, b, y) + flc_log(value), 1.0 / value};
}

flc_tail flc_special_beta_below(double a, double b, double y)
{
    return y <= 0.0 ? beta_side(a, b, y) : other_tail(beta_side(b, a, -y));
}

double flc_special_solve(flc_tail_function *tail, const void *numbers, int direction, double target,
                         double y)
{
    for (int i = 0; i < 500; i++) {
        const flc_tail at = tail(numbers, y);
        const double step = direction * (target - at.log) / at.rate;
        y += step;
        if (flc_abs(step) <= 1e-15 * (1.0 + flc_abs(y)))
            break;
    }
    return y;
}
