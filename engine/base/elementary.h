/* Elementary functions with the same bits on every machine.
 *
 * C libraries choose their exp, log and pow by processor, so results would differ in the last bit
 * from host to host. These use + - * / sqrt and integer operations only, which IEEE 754 defines
 * exactly, in a fixed order; with contraction off (see the Makefile) every compiler and vector
 * width gives the same bits. They are branch-free, so that a loop over them is vectorised (gcc -O3:
 * also for plain SSE2). Domain, overflow, underflow, denormals, infinities and NaN are those of C's
 * functions; no errno.
 *
 * Methods: exponentials by x = k ln 2 + r with ln 2 in two pieces and a minimax polynomial on |r|
 * <= ln2/2 (Cody and Waite 1980); logarithms by x = 2^k m, s = (m-1)/(m+1) and the odd series in s
 * (Ng 1993, as in fdlibm); powers through a logarithm of about 68 bits and exact splitting of
 * products (Dekker 1971); the normal CDF by exp(x^2/2) Phi(-x) as a polynomial in (x-5)/(x+5) over
 * (x+5), after Schonfelder (1978) and Shepherd and Laframboise (1981); its inverse by Wichura
 * (1988), AS 241, PPND16. The minimax coefficients of the first four are our own (Remez exchange at
 * 60 digits).
 *
 * Errors given are the largest measured by tests/unit/test_elementary.c, in units in the last place
 * (ULP) of the exact result. A result is monotone wherever the test says so, otherwise to within
 * its error.
 */
#ifndef FLC_BASE_ELEMENTARY_H
#define FLC_BASE_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t flc_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double flc_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline int flc_is_nan(double x)
{
    return x != x;
}

static inline int flc_is_finite(double x)
{
    return x - x == 0;
}

/* |x| by clearing the sign bit; exact. */
static inline double flc_abs(double x)
{
    return flc_from_bits(flc_bits(x) & UINT64_C(0x7fffffffffffffff));
}

/* The magnitude of `magnitude` with the sign of `sign`. */
static inline double flc_copy_sign(double magnitude, double sign)
{
    const uint64_t top = UINT64_C(0x8000000000000000);
    return flc_from_bits((flc_bits(magnitude) & ~top) | (flc_bits(sign) & top));
}

/* The largest whole number <= x; exact. Adding 2^52 rounds a smaller magnitude to a whole number.
 */
static inline double flc_floor(double x)
{
    const double a = flc_abs(x);
    const double near = flc_copy_sign((a + 0x1p52) - 0x1p52, x);
    const double below = near > x ? near - 1.0 : near;
    return a < 0x1p52 ? below : x;
}

/* The upper 26 bits of x; x minus it has 27, so products of pieces are exact (Dekker 1971). */
static inline double flc_upper_half(double x)
{
    return flc_from_bits(flc_bits(x) & UINT64_C(0xfffffffff8000000));
}

/* ln 2 in two pieces: 42 bits, so that k times the first is exact for |k| < 2^11, and the rest. */
#define FLC_LN2_HIGH 0x1.62e42fefa3800p-1
#define FLC_LN2_LOW  0x1.ef35793c76730p-45

/* 2^k for a whole number -1022 <= k <= 1023. */
static inline double flc_two_to(double k)
{
    return flc_from_bits(flc_bits(k + (0x1.8p52 + 1023)) << 52);
}

/* x + tail = k ln 2 + r + rest with |r| <= 0.3466 and rest below r's last place; |x| <= 746. */
static inline void flc_exp_reduce(double *k, double *r, double *rest, double x, double tail)
{
    *k = (x * 0x1.71547652b82fep+0 + 0x1.8p52) - 0x1.8p52;
    const double high = x - *k * FLC_LN2_HIGH;
    const double low = *k * FLC_LN2_LOW - tail;
    *r = high - low;
    *rest = (high - *r) - low;
}

/* exp(r + rest) - 1 for the reduced argument; polynomial error 2e-17. */
static inline double flc_exp_reduced(double r, double rest)
{
    double p = 0x1.af632bae1c31ep-26;
    p = p * r + 0x1.2891860f119d7p-22;
    p = p * r + 0x1.71ddf6b37121cp-19;
    p = p * r + 0x1.a019b90c837fdp-16;
    p = p * r + 0x1.a01a01b00c602p-13;
    p = p * r + 0x1.6c16c1788c0b6p-10;
    p = p * r + 0x1.111111110f803p-7;
    p = p * r + 0x1.5555555553d62p-5;
    p = p * r + 0x1.5555555555558p-3;
    p = p * r + 0x1.0000000000001p-1;
    return r + (rest + (r * r) * p);
}

/* exp(x + tail), |tail| at most a few units in the last place of x. 2^k goes in as two factors, so
 * that k may leave the range of exponents and a denormal result is rounded once. */
static inline double flc_exp_sum(double x, double tail)
{
    double k, r, rest;
    const double below = x > 710.0 ? 710.0 : x;
    const double inside = below < -746.0 ? -746.0 : below;
    flc_exp_reduce(&k, &r, &rest, inside, tail);
    const double half = (0.5 * k + 0x1.8p52) - 0x1.8p52;
    return (1.0 + flc_exp_reduced(r, rest)) * flc_two_to(half) * flc_two_to(k - half);
}

/* e^x. 0.94 ULP. */
static inline double flc_exp(double x)
{
    return flc_exp_sum(x, 0.0);
}

/* e^x - 1. 1.7 ULP. */
static inline double flc_expm1(double x)
{
    double k, r, rest;
    const double below = x > 710.0 ? 710.0 : x;
    const double inside = below < -40.0 ? -40.0 : below;
    flc_exp_reduce(&k, &r, &rest, inside, 0.0);
    const double p = flc_exp_reduced(r, rest);
    const double scale = flc_two_to(k - 1.0); /* half of 2^k, which may overflow */
    const double far = 2.0 * (scale * p + (scale - 0.5));
    const double near = x == 0.0 ? x : p;
    return k == 0.0 ? near : far;
}

/* x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2); 0 < x < infinity, denormals included. */
static inline void flc_log_reduce(double *k, double *f, double x)
{
    const double lift = x < 0x1p-1022 ? 54.0 : 0.0;
    const uint64_t bits = flc_bits(x < 0x1p-1022 ? x * 0x1p54 : x);
    const uint64_t root = UINT64_C(0x3fe6a09e667f3bcd); /* sqrt(1/2) */
    const uint64_t moved = bits + (UINT64_C(0x3ff0000000000000) - root);
    *k = flc_from_bits((moved >> 52) | UINT64_C(0x4330000000000000)) - (0x1p52 + 1023 + lift);
    *f = flc_from_bits((moved & UINT64_C(0x000fffffffffffff)) + root) - 1.0;
}

/* (log((1+s)/(1-s)) - 2s)/s as a function of z = s^2; error 5e-18 of the logarithm. */
static inline double flc_log_series(double z)
{
    double p = 0x1.2b5fc0c734e05p-3;
    p = p * z + 0x1.39fdb9173ca66p-3;
    p = p * z + 0x1.7462ba29cd8fap-3;
    p = p * z + 0x1.c71c62d03623bp-3;
    p = p * z + 0x1.2492492e03ec0p-2;
    p = p * z + 0x1.9999999995223p-2;
    p = p * z + 0x1.5555555555558p-1;
    return p * z;
}

/* k ln 2 + log(1 + f) + rest for the reduced argument. */
static inline double flc_log_reduced(double k, double f, double rest)
{
    const double s = f / (2.0 + f);
    const double square = 0.5 * f * f;
    const double series = s * (square + flc_log_series(s * s));
    return k * FLC_LN2_HIGH - ((square - (series + (k * FLC_LN2_LOW + rest))) - f);
}

/* The natural logarithm. 0.87 ULP. */
static inline double flc_log(double x)
{
    double k, f;
    flc_log_reduce(&k, &f, x);
    const double inside = flc_log_reduced(k, f, 0.0);
    const double positive = x < (double)INFINITY ? inside : x; /* infinity and NaN stay */
    const double from_zero = x == 0.0 ? -(double)INFINITY : positive;
    return x < 0.0 ? (double)NAN : from_zero;
}

/* log(1 + x). 0.83 ULP. */
static inline double flc_log1p(double x)
{
    double k, f;
    const double u = 1.0 + x;
    flc_log_reduce(&k, &f, u);
    const double lost = u - x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
    const double inside = flc_log_reduced(k, k == 0.0 ? x : f, k == 0.0 ? 0.0 : lost / u);
    const double nonzero = x == 0.0 ? x : inside;
    const double positive = x < (double)INFINITY ? nonzero : x;
    const double from_zero = x == -1.0 ? -(double)INFINITY : positive;
    return x < -1.0 ? (double)NAN : from_zero;
}

/* 1/(1 + e^-x), accurate in both tails. 2.4 ULP. */
static inline double flc_logistic(double x)
{
    const double e = flc_exp(-flc_abs(x));
    return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

/* log(x) as high + low with an error below 2^-64 of it; 0 < x < infinity. The series is
 * (2/3) s (3 + z + q), z = s^2, with every factor that matters in two pieces. */
static inline void flc_log_pair(double *high, double *low, double x)
{
    double k, f;
    flc_log_reduce(&k, &f, x);
    const double t = f + 2.0, t_high = flc_upper_half(t), t_low = f - (t_high - 2.0);
    const double s = f / t, s_high = flc_upper_half(s);
    const double s_low = ((f - s_high * t_high) - s_high * t_low) / t;
    const double z = s * s, z_high = s_high * s_high;
    double q = 0x1.93f218c16bd54p-3;
    q = q * z + 0x1.976a16737d55cp-3;
    q = q * z + 0x1.d8ac73b7785d4p-3;
    q = q * z + 0x1.1745b52b69b45p-2;
    q = q * z + 0x1.5555558fd8415p-2;
    q = q * z + 0x1.b6db6db6a0512p-2;
    q = q * z + 0x1.33333333333dcp-1;
    const double more = s_low * (s_high + s) + (z * z) * q;
    const double sum_high = flc_upper_half(3.0 + z_high + more);
    const double sum_low = more - ((sum_high - 3.0) - z_high);
    const double product_high = s_high * sum_high;
    const double product_low = s_low * sum_high + s * sum_low;
    const double p_high = flc_upper_half(product_high + product_low);
    const double p_low = product_low - (p_high - product_high);
    const double log_high = 0x1.5555550000000p-1 * p_high; /* 2/3 in two pieces */
    const double log_low = 0x1.5555555555555p-27 * p_high + 0x1.5555555555555p-1 * p_low;
    const double whole = k * FLC_LN2_HIGH;
    *high = whole + log_high;
    *low = (log_high - (*high - whole)) + (k * FLC_LN2_LOW + log_low);
}

/* x^y for x >= 0 as C's pow; NaN for x < 0 (also whole y) unless y = 0. 1.1 ULP. */
static inline double flc_power(double x, double y)
{
    double log_high, log_low;
    const double infinity = (double)INFINITY;
    flc_log_pair(&log_high, &log_low, x);
    const double above =
        y > 0x1p63 ? 0x1p63 : y; /* enough for any x but 1 to reach 0 or infinity */
    const double inside = above < -0x1p63 ? -0x1p63 : above;
    const double y_high = flc_upper_half(inside), y_low = inside - y_high;
    const double l_high = flc_upper_half(log_high + log_low);
    const double l_low = log_low - (l_high - log_high);
    const double exact = y_high * l_high;
    const double rest = y_low * l_high + inside * l_low;
    const double sum = exact + rest;
    const double tail = flc_abs(sum) < 746.0 ? rest - (sum - exact) : 0.0;
    const double power = flc_exp_sum(sum, tail);
    const double grows = y > 0.0 ? infinity : 0.0; /* infinity^y and 1/0^y */
    const double at_zero = y > 0.0 ? 0.0 : infinity;
    const double positive = x < infinity ? power : grows;
    const double defined = x == 0.0 ? at_zero : positive;
    const double real = x >= 0.0 && y == y ? defined : (double)NAN;
    return x == 1.0 || y == 0.0 ? 1.0 : real;
}

/* exp(a^2/2) Phi(-a) for 0 <= a <= 39, times exp(-a^2/2). Beyond, Phi(-a) is below the smallest
 * double. */
static inline double flc_normal_upper_tail(double a)
{
    const double inside = a > 39.0 ? 39.0 : a;
    const double scale = 1.0 / (inside + 5.0);
    const double t = (inside - 5.0) * scale;
    double p = 0x1.14cb3dd23014bp-29;
    p = p * t + 0x1.ed8b76adc3908p-28;
    p = p * t - 0x1.5ed86d13a9800p-27;
    p = p * t - 0x1.188c18a945babp-24;
    p = p * t + 0x1.76a097c9f4a83p-25;
    p = p * t + 0x1.d09800eaf682cp-22;
    p = p * t - 0x1.6aa61d7603b4fp-22;
    p = p * t - 0x1.73a804be09588p-19;
    p = p * t + 0x1.0b317f75df7d6p-18;
    p = p * t + 0x1.17dcf8cdbd5b7p-16;
    p = p * t - 0x1.a171402edddb7p-15;
    p = p * t - 0x1.f2145e7ea8b53p-15;
    p = p * t + 0x1.1daf1eb6e25dcp-11;
    p = p * t - 0x1.a25037e2f338dp-11;
    p = p * t - 0x1.88590eb661edap-9;
    p = p * t + 0x1.54b4d4f4cfa71p-6;
    p = p * t - 0x1.1b1c254c93e1bp-4;
    p = p * t + 0x1.51f6329f0153ap-3;
    p = p * t - 0x1.410ed5f875b43p-2;
    p = p * t + 0x1.fb31653876f9ap-2;
    p = p * t - 0x1.54ad03f27ca16p-1;
    p = p * t + 0x1.89d3abe1f95aep-1;
    const double high = flc_upper_half(inside);
    const double square = 0.5 * (high * high), rest = 0.5 * ((inside - high) * (inside + high));
    const double sum = square + rest;
    return flc_exp_sum(-sum, (sum - square) - rest) * (p * scale);
}

/* Phi(x), the standard normal CDF, with relative accuracy in the lower tail. 8 ULP. */
static inline double flc_normal_cdf(double x)
{
    const double tail = flc_normal_upper_tail(flc_abs(x));
    return x < 0.0 ? tail : 1.0 - tail;
}

/* AS 241's three rational functions. The centre holds for q = u - 1/2, |q| <= FLC_NORMAL_CENTRE;
 * the others for r = sqrt(-log(min(u, 1 - u))) up to FLC_NORMAL_MIDDLE and beyond, and give the
 * magnitude. */
#define FLC_NORMAL_CENTRE 0.425
#define FLC_NORMAL_MIDDLE 5.0

static inline double flc_normal_quantile_centre(double q)
{
    const double r = 0.180625 - q * q;
    double a = 2.5090809287301226727e3, b = 5.2264952788528545610e3;
    a = a * r + 3.3430575583588128105e4;
    b = b * r + 2.8729085735721942674e4;
    a = a * r + 6.7265770927008700853e4;
    b = b * r + 3.9307895800092710610e4;
    a = a * r + 4.5921953931549871457e4;
    b = b * r + 2.1213794301586595867e4;
    a = a * r + 1.3731693765509461125e4;
    b = b * r + 5.3941960214247511077e3;
    a = a * r + 1.9715909503065514427e3;
    b = b * r + 6.8718700749205790830e2;
    a = a * r + 1.3314166789178437745e2;
    b = b * r + 4.2313330701600911252e1;
    a = a * r + 3.3871328727963666080e0;
    b = b * r + 1.0;
    return q * a / b;
}

static inline double flc_normal_quantile_middle(double root)
{
    const double r = root - 1.6;
    double c = 7.74545014278341407640e-4, d = 1.05075007164441684324e-9;
    c = c * r + 2.27238449892691845833e-2;
    d = d * r + 5.47593808499534494600e-4;
    c = c * r + 2.41780725177450611770e-1;
    d = d * r + 1.51986665636164571966e-2;
    c = c * r + 1.27045825245236838258e0;
    d = d * r + 1.48103976427480074590e-1;
    c = c * r + 3.64784832476320460504e0;
    d = d * r + 6.89767334985100004550e-1;
    c = c * r + 5.76949722146069140550e0;
    d = d * r + 1.67638483018380384940e0;
    c = c * r + 4.63033784615654529590e0;
    d = d * r + 2.05319162663775882187e0;
    c = c * r + 1.42343711074968357734e0;
    d = d * r + 1.0;
    return c / d;
}

static inline double flc_normal_quantile_far(double root)
{
    const double r = root - 5.0;
    double e = 2.01033439929228813265e-7, f = 2.04426310338993978564e-15;
    e = e * r + 2.71155556874348757815e-5;
    f = f * r + 1.42151175831644588870e-7;
    e = e * r + 1.24266094738807843860e-3;
    f = f * r + 1.84631831751005468180e-5;
    e = e * r + 2.65321895265761230930e-2;
    f = f * r + 7.86869131145613259100e-4;
    e = e * r + 2.96560571828504891230e-1;
    f = f * r + 1.48753612908506148525e-2;
    e = e * r + 1.78482653991729133580e0;
    f = f * r + 1.36929880922735805310e-1;
    e = e * r + 5.46378491116411436990e0;
    f = f * r + 5.99832206555887937690e-1;
    e = e * r + 6.65790464350110377720e0;
    f = f * r + 1.0;
    return e / f;
}

/* The standard normal quantile, 0 < u < 1: -infinity at 0, infinity at 1, NaN outside. One value at
 * a time; arrays go through flc_normal_quantile_block (random/streams.h), same bits. 8 ULP. */
static inline double flc_normal_quantile(double u)
{
    const double q = u - 0.5;
    if (flc_abs(q) <= FLC_NORMAL_CENTRE)
        return flc_normal_quantile_centre(q);
    if (!(u > 0.0 && u < 1.0))
        return u == 0.0 ? -(double)INFINITY : u == 1.0 ? (double)INFINITY : (double)NAN;
    const double root = sqrt(-flc_log(q < 0.0 ? u : 1.0 - u));
    const double size = root <= FLC_NORMAL_MIDDLE ? flc_normal_quantile_middle(root)
                                                  : flc_normal_quantile_far(root);
    return flc_copy_sign(size, q);
}

#endif
