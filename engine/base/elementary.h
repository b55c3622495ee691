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
 * products (Dekker 1971); the normal CDF by exp(x^2/2) Phi(-x) as a polynomial in (x-c)/(x+c) over
 * x+c (Schonfelder 1978; Shepherd and Laframboise 1981); its inverse by rational functions in the
 * variables of Wichura (1988, AS 241). The coefficients are our own, from Remez exchanges at 40 to
 * 60 digits.
 *
 * Errors given are the largest seen in millions of arguments, in units in the last place (ULP) of
 * the exact result; tests/unit/test_elementary.c holds them to it.
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

/* Minimax coefficients of exp(r), by power; those of 1 and r are 1. */
#define FLC_EXP_2  0x1.0000000000001p-1
#define FLC_EXP_3  0x1.5555555555558p-3
#define FLC_EXP_4  0x1.5555555553d62p-5
#define FLC_EXP_5  0x1.111111110f803p-7
#define FLC_EXP_6  0x1.6c16c1788c0b6p-10
#define FLC_EXP_7  0x1.a01a01b00c602p-13
#define FLC_EXP_8  0x1.a019b90c837fdp-16
#define FLC_EXP_9  0x1.71ddf6b37121cp-19
#define FLC_EXP_10 0x1.2891860f119d7p-22
#define FLC_EXP_11 0x1.af632bae1c31ep-26

/* exp(r) - 1 - r for the reduced argument; error 2e-17. Terms are taken in pairs (Estrin 1960),
 * which makes the chain of operations half as long as one after the other. */
static inline double flc_exp_series(double r)
{
    const double s = r * r, t = s * s;
    const double even_2 = (FLC_EXP_6 + FLC_EXP_8 * s) + FLC_EXP_10 * t;
    const double odd_2 = (FLC_EXP_7 + FLC_EXP_9 * s) + FLC_EXP_11 * t;
    const double even = (FLC_EXP_2 + FLC_EXP_4 * s) + t * even_2;
    const double odd = (FLC_EXP_3 + FLC_EXP_5 * s) + t * odd_2;
    return s * (even + odd * r);
}

/* exp(r + rest) - 1 for the reduced argument. */
static inline double flc_exp_reduced(double r, double rest)
{
    return r + (rest + flc_exp_series(r));
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

/* e^x. 0.99 ULP. */
static inline double flc_exp(double x)
{
    return flc_exp_sum(x, 0.0);
}

/* -708 and 708, out of the compiler's sight: it would work out the results of both as constants
 * and choose between three, six operations where two will do. */
extern const double flc_exp_bounds[2];

/* e^x for |x| <= 708, e^-708 and e^708 beyond: where an argument of such size can only be an
 * accident, a quarter less work. One factor 2^k, added to the exponent, and a remainder in one
 * piece. 1.1 ULP. */
static inline double flc_exp_bounded(double x)
{
    const double below = x > flc_exp_bounds[1] ? flc_exp_bounds[1] : x;
    const double inside = below < flc_exp_bounds[0] ? flc_exp_bounds[0] : below;
    const double shifted = inside * 0x1.71547652b82fep+0 + 0x1.8p52;
    const double k = shifted - 0x1.8p52;
    const double r = (inside - k * FLC_LN2_HIGH) - k * FLC_LN2_LOW;
    const double p = 1.0 + (r + flc_exp_series(r));
    return flc_from_bits(flc_bits(p) + (flc_bits(shifted) << 52));
}

/* Values that are taken step by step: a function is a long chain of operations, each of which waits
 * for the one before, and compilers do not put the chains of several vectors side by side. */
enum { FLC_ABREAST = 32 };
#define FLC_FOR_ABREAST(l) for (int l = 0; l < FLC_ABREAST; l++)

/* flc_exp_bounded of FLC_ABREAST values, the same bits: 10 (AVX-512) to 25 % less time. */
static inline __attribute__((always_inline)) void flc_exp_abreast(double *restrict y,
                                                                  const double *restrict x)
{
    double shifted[FLC_ABREAST], r[FLC_ABREAST], s[FLC_ABREAST], t[FLC_ABREAST];
    double even[FLC_ABREAST], odd[FLC_ABREAST], even_2[FLC_ABREAST], odd_2[FLC_ABREAST];
    FLC_FOR_ABREAST (l) {
        const double below = x[l] > flc_exp_bounds[1] ? flc_exp_bounds[1] : x[l];
        r[l] = below < flc_exp_bounds[0] ? flc_exp_bounds[0] : below;
    }
    FLC_FOR_ABREAST (l)
        shifted[l] = r[l] * 0x1.71547652b82fep+0 + 0x1.8p52;
    FLC_FOR_ABREAST (l) {
        const double k = shifted[l] - 0x1.8p52;
        r[l] = (r[l] - k * FLC_LN2_HIGH) - k * FLC_LN2_LOW;
    }
    FLC_FOR_ABREAST (l)
        s[l] = r[l] * r[l];
    FLC_FOR_ABREAST (l)
        t[l] = s[l] * s[l];
    FLC_FOR_ABREAST (l)
        even[l] = FLC_EXP_2 + FLC_EXP_4 * s[l];
    FLC_FOR_ABREAST (l)
        odd[l] = FLC_EXP_3 + FLC_EXP_5 * s[l];
    FLC_FOR_ABREAST (l)
        even_2[l] = (FLC_EXP_6 + FLC_EXP_8 * s[l]) + FLC_EXP_10 * t[l];
    FLC_FOR_ABREAST (l)
        odd_2[l] = (FLC_EXP_7 + FLC_EXP_9 * s[l]) + FLC_EXP_11 * t[l];
    FLC_FOR_ABREAST (l)
        even[l] = even[l] + t[l] * even_2[l];
    FLC_FOR_ABREAST (l)
        odd[l] = odd[l] + t[l] * odd_2[l];
    FLC_FOR_ABREAST (l)
        even[l] = s[l] * (even[l] + odd[l] * r[l]);
    FLC_FOR_ABREAST (l)
        r[l] = 1.0 + (r[l] + even[l]);
    FLC_FOR_ABREAST (l)
        y[l] = flc_from_bits(flc_bits(r[l]) + (flc_bits(shifted[l]) << 52));
}

/* e^x - 1. 1.82 ULP. */
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
    const double w = z * z;
    double even = 0x1.2b5fc0c734e05p-3, odd = 0x1.39fdb9173ca66p-3;
    even = even * w + 0x1.7462ba29cd8fap-3;
    odd = odd * w + 0x1.c71c62d03623bp-3;
    even = even * w + 0x1.2492492e03ec0p-2;
    odd = odd * w + 0x1.9999999995223p-2;
    even = even * w + 0x1.5555555555558p-1;
    return z * (odd * z + even);
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

/* log(1 + x). 0.84 ULP. */
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
    const double scale = 1.0 / (inside + 3.75);
    const double t = (inside - 3.75) * scale;
    double p = 0x1.8ee7356c8824ep-30;
    p = p * t + 0x1.da8c25129792bp-28;
    p = p * t + 0x1.9eb57f5e57282p-30;
    p = p * t - 0x1.92cf4108dc1a3p-25;
    p = p * t - 0x1.39cd140a04207p-24;
    p = p * t + 0x1.44e23ec0baad3p-23;
    p = p * t + 0x1.1c93a328b0ad7p-21;
    p = p * t - 0x1.571b73a125cf1p-23;
    p = p * t - 0x1.72e0963d84020p-19;
    p = p * t - 0x1.ba69504eeb448p-20;
    p = p * t + 0x1.be8e5fc5986c3p-17;
    p = p * t + 0x1.1e58625ff1ad2p-16;
    p = p * t - 0x1.25eb267199d26p-14;
    p = p * t - 0x1.eb9da3149ef9dp-14;
    p = p * t + 0x1.eca55ec413b96p-12;
    p = p * t + 0x1.3fc4db5862807p-11;
    p = p * t - 0x1.10d156fdb5c8bp-8;
    p = p * t + 0x1.3246c5f97b25ep-10;
    p = p * t + 0x1.331cd053e6219p-5;
    p = p * t - 0x1.364e796e67adap-3;
    p = p * t + 0x1.696910e54b051p-2;
    p = p * t - 0x1.2d270844fc508p-1;
    p = p * t + 0x1.80268b6d87866p-1;
    const double high = flc_upper_half(inside);
    const double square = 0.5 * (high * high), rest = 0.5 * ((inside - high) * (inside + high));
    const double sum = square + rest;
    return flc_exp_sum(-sum, (sum - square) - rest) * (p * scale);
}

/* Phi(x), the standard normal CDF, with relative accuracy in the lower tail. 5.1 ULP. */
static inline double flc_normal_cdf(double x)
{
    const double tail = flc_normal_upper_tail(flc_abs(x));
    return x < 0.0 ? tail : 1.0 - tail;
}

/* The quantile in three pieces. Near the centre, for q = u - 1/2 with |q| <= FLC_NORMAL_CENTRE, it
 * is q (sqrt(2 pi) + q^2 R(0.2025 - q^2)); in the tails, with root = sqrt(-log(min(u, 1 - u))),
 * its magnitude is root + R(root - c), one R up to FLC_NORMAL_MIDDLE (which holds 2^-53), one
 * beyond. The variables are Wichura's; adding a small rational to an exact main part keeps its
 * rounding errors out of the result. His centre ends at 0.425; a higher degree up to 0.45 leaves
 * 10 % of all arguments and not 15 % to the tails, which cost three times as much. */
#define FLC_NORMAL_CENTRE 0.45
#define FLC_NORMAL_MIDDLE 6.125

static inline double flc_normal_quantile_centre(double q)
{
    const double square = q * q;
    const double r = 0.2025 - square;
    const double s = r * r;
    double n = 0x1.93d001130b08ep+13, n_odd = 0x1.c8a0606709afbp+19;
    n = n * s + 0x1.21abc0c30c932p+21;
    n_odd = n_odd * s + 0x1.c1b45c2a18206p+20;
    n = n * s + 0x1.2c37f0dfd295fp+19;
    n_odd = n_odd * s + 0x1.8ad7b95ecd0adp+16;
    n = n * s + 0x1.0abb682b77fbap+13;
    n_odd = n_odd * s + 0x1.618de3fb6d026p+8;
    n = n * s + 0x1.6b03d41ed7412p+2;
    double d = 0x1.eaae95bb8a82dp+18, d_odd = 0x1.bcd40f8818337p+20;
    d = d * s + 0x1.e33d8e2468c5ep+20;
    d_odd = d_odd * s + 0x1.c67c8f746bd4cp+19;
    d = d * s + 0x1.af43d1e79453dp+17;
    d_odd = d_odd * s + 0x1.b9f7436d3472dp+14;
    d = d * s + 0x1.ed95b840e0edbp+10;
    d_odd = d_odd * s + 0x1.19849b656bfc5p+6;
    d = d * s + 1.0;
    return q * (0x1.40d931ff62706p+1 + square * ((n + n_odd * r) / (d + d_odd * r)));
}

static inline double flc_normal_quantile_middle(double root)
{
    const double r = root - 1.6;
    const double s = r * r;
    double n = 0x1.512a5aad435f4p-17, n_odd = 0x1.14580253ee60cp-11;
    n = n * s + 0x1.32188236fd066p-7;
    n = n * s + 0x1.6bbb9026dac68p-2;
    n_odd = n_odd * s + 0x1.427644cc78efep-4;
    n = n * s + 0x1.0752cdfd3ca22p+0;
    n_odd = n_odd * s + 0x1.bc1a01eb58832p-1;
    n = n * s - 0x1.6999cdd823978p-3;
    n_odd = n_odd * s + 0x1.62c0f40421523p-2;
    double d = 0x1.43870d03c7257p-10, d_odd = 0x1.96f4a8f0a73b9p-16;
    d = d * s + 0x1.53f7d9231e867p-3;
    d_odd = d_odd * s + 0x1.553479d685390p-6;
    d = d * s + 0x1.ae1556a38a22dp+0;
    d_odd = d_odd * s + 0x1.6c5a6f6628586p-1;
    d = d * s + 1.0;
    d_odd = d_odd * s + 0x1.05eecdc818d0ap+1;
    return root + (n + n_odd * r) / (d + d_odd * r);
}

static inline double flc_normal_quantile_far(double root)
{
    const double r = root - 6.0;
    double n = 0x1.067b9e53a599fp-25, d = 0x1.ce7ea416119d3p-49;
    n = n * r + 0x1.2a9f734e5f50dp-18;
    d = d * r + 0x1.3cd6a0d5ff2d3p-24;
    n = n * r + 0x1.d5e6f1e9ffd35p-13;
    d = d * r + 0x1.59a32a00e0f9cp-17;
    n = n * r + 0x1.5d4915d6aa4d9p-8;
    d = d * r + 0x1.f755da810b165p-12;
    n = n * r + 0x1.1234ae18ce366p-4;
    d = d * r + 0x1.4a505a6c08df7p-7;
    n = n * r + 0x1.d1074e68d425dp-2;
    d = d * r + 0x1.ac19fab9e8d6ep-4;
    n = n * r + 0x1.9001cf8f50e98p+0;
    d = d * r + 0x1.0b19133661d6ep-1;
    n = n * r + 0x1.0f6fa63c1c42cp+1;
    d = d * r + 1.0;
    return root + n / d;
}

/* The standard normal quantile, 0 < u < 1: -infinity at 0, infinity at 1, NaN outside. One value at
 * a time; arrays go through flc_normal_quantile_block (random/streams.h), same bits. 2.2 ULP. */
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
