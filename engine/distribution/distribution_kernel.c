/* Inverse CDFs over blocks (formulas in distribution_kernel.h), compiled once per instruction set.
 *
 * Where a formula has several elementary functions, each gets its own loop over the block: together
 * they would need more registers than there are. */
#include "distribution/distribution_kernel.h"

#include <stdint.h>

#include "base/elementary.h"
#include "distribution/curve.h"
#include "random/draws.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* Two instructions where the compiler does not know the limits; of constants gcc 12 makes nine. */
static inline double within(double x, double low, double high)
{
    const double above = x < low ? low : x;
    return above > high ? high : above;
}

static void uniform(double *restrict x, const double *restrict u, const double *restrict z,
                    size_t count, const flc_curve *curve)
{
    (void)z;
    const double min = curve->uniform.min, width = curve->uniform.width;
    const double low = curve->low, high = curve->high;
    for (size_t i = 0; i < count; i++)
        x[i] = within(min + width * u[i], low, high);
}

static void loguniform(double *restrict x, const double *restrict u, const double *restrict z,
                       size_t count, const flc_curve *curve)
{
    (void)z;
    const double middle = curve->loguniform.middle, log_ratio = curve->loguniform.log_ratio;
    const double low = curve->low, high = curve->high;
    for (size_t i = 0; i < count; i++)
        x[i] = within(middle * flc_exp(log_ratio * (u[i] - 0.5)), low, high);
}

static void normal(double *restrict x, const double *restrict u, const double *restrict z,
                   size_t count, const flc_curve *curve)
{
    (void)u;
    const double mean = curve->normal.mean, sd = curve->normal.sd;
    for (size_t i = 0; i < count; i++)
        x[i] = mean + sd * z[i];
}

static void truncated(double *restrict x, const double *restrict u, const double *restrict z,
                      size_t count, const flc_curve *curve)
{
    const double mean = curve->truncated.mean, sd = curve->truncated.sd;
    const double below_min = curve->truncated.below_min, below_max = curve->truncated.below_max;
    const double above_min = curve->truncated.above_min, above_max = curve->truncated.above_max;
    const double low = curve->low, high = curve->high;
    for (size_t i = 0; i < count; i++) {
        const double below = below_min * (1.0 - u[i]) + below_max * u[i];
        const double above = above_min * (1.0 - u[i]) + above_max * u[i];
        x[i] = within(mean + sd * (below <= above ? z[i] : -z[i]), low, high);
    }
}

static void tail(double *restrict out, const double *restrict u, size_t count,
                 const flc_curve *curve)
{
    const double below_min = curve->truncated.below_min, below_max = curve->truncated.below_max;
    const double above_min = curve->truncated.above_min, above_max = curve->truncated.above_max;
    for (size_t i = 0; i < count; i++) {
        const double below = below_min * (1.0 - u[i]) + below_max * u[i];
        const double above = above_min * (1.0 - u[i]) + above_max * u[i];
        out[i] = below <= above ? below : above;
    }
}

static void lognormal(double *restrict x, const double *restrict u, const double *restrict z,
                      size_t count, const flc_curve *curve)
{
    (void)u;
    const double median = curve->lognormal.median, sigma = curve->lognormal.sigma;
    for (size_t i = 0; i < count; i++)
        x[i] = median * flc_exp(sigma * z[i]);
}

static void triangular(double *restrict x, const double *restrict u, const double *restrict z,
                       size_t count, const flc_curve *curve)
{
    (void)z;
    const double min = curve->low, mode = curve->triangular.mode, max = curve->high;
    const double width = max - min, at_mode = curve->triangular.at_mode;
    const double per_below = at_mode > 0.0 ? 1.0 / at_mode : 0.0;
    const double per_above = at_mode < 1.0 ? 1.0 / (1.0 - at_mode) : 0.0;
    for (size_t i = 0; i < count; i++) {
        const int left = u[i] < at_mode;
        const double share = left ? u[i] * per_below : (1.0 - u[i]) * per_above;
        const double s = sqrt(share);
        const double from_end = (left ? mode - min : mode - max) * s;
        const double from_mode = width * (u[i] - at_mode) / (1.0 + s);
        x[i] = within(s < 0.5 ? (left ? min : max) + from_end : mode + from_mode, min, max);
    }
}

static void weibull(double *restrict x, const double *restrict u, const double *restrict z,
                    size_t count, const flc_curve *curve)
{
    (void)z;
    const double scale = curve->weibull.scale, per_shape = curve->weibull.per_shape;
    for (size_t i = 0; i < count; i++) {
        /* -log(1-u); 1-u is exact for draws, but not for the uniforms of a copula */
        const double rest = 1.0 - u[i], lost = (1.0 - rest) - u[i];
        x[i] = -(flc_log(rest) + lost / rest);
    }
    for (size_t i = 0; i < count; i++)
        x[i] = flc_log(x[i]) * per_shape;
    for (size_t i = 0; i < count; i++)
        x[i] = scale * flc_exp(x[i]);
}

/* The polynomials of cells at[i] in zeta[i], for as many of `count` as fill vectors: coefficients
 * of four cells (two) are loaded in pairs and turned round, which beats gathering them, and taking
 * one cell after the other. Returns how many. */
#if defined(__AVX2__)
static inline __m256d pair_of(const double *a, const double *b)
{
    return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(a)), _mm_loadu_pd(b), 1);
}

static inline size_t polynomials(double *t, const double *zeta, const int32_t *at,
                                 const double *middle, size_t count)
{
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const double *a = middle + at[i], *b = middle + at[i + 1];
        const double *c = middle + at[i + 2], *d = middle + at[i + 3];
        const __m256d x = _mm256_loadu_pd(zeta + i);
        __m256d even = pair_of(a + 4, c + 4), odd = pair_of(b + 4, d + 4);
        __m256d p = _mm256_unpackhi_pd(even, odd);
        p = _mm256_add_pd(_mm256_mul_pd(p, x), _mm256_unpacklo_pd(even, odd));
        for (int k = 2; k >= 0; k -= 2) {
            even = pair_of(a + k, c + k);
            odd = pair_of(b + k, d + k);
            p = _mm256_add_pd(_mm256_mul_pd(p, x), _mm256_unpackhi_pd(even, odd));
            p = _mm256_add_pd(_mm256_mul_pd(p, x), _mm256_unpacklo_pd(even, odd));
        }
        _mm256_storeu_pd(t + i, p);
    }
    return i;
}
#elif defined(__SSE2__)
static inline size_t polynomials(double *t, const double *zeta, const int32_t *at,
                                 const double *middle, size_t count)
{
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
        const double *a = middle + at[i], *b = middle + at[i + 1];
        const __m128d x = _mm_loadu_pd(zeta + i);
        __m128d even = _mm_loadu_pd(a + 4), odd = _mm_loadu_pd(b + 4);
        __m128d p = _mm_unpackhi_pd(even, odd);
        p = _mm_add_pd(_mm_mul_pd(p, x), _mm_unpacklo_pd(even, odd));
        for (int k = 2; k >= 0; k -= 2) {
            even = _mm_loadu_pd(a + k);
            odd = _mm_loadu_pd(b + k);
            p = _mm_add_pd(_mm_mul_pd(p, x), _mm_unpackhi_pd(even, odd));
            p = _mm_add_pd(_mm_mul_pd(p, x), _mm_unpacklo_pd(even, odd));
        }
        _mm_storeu_pd(t + i, p);
    }
    return i;
}
#else
static inline size_t polynomials(double *t, const double *zeta, const int32_t *at,
                                 const double *middle, size_t count)
{
    (void)t, (void)zeta, (void)at, (void)middle, (void)count;
    return 0;
}
#endif

/* T(z): the cell whose middle is nearest, by rounding with a magic number, the low word of whose
 * bits is the cell's number. The cells are found for the whole block first. t may be z. */
static void tabulated(double *t, const double *z, size_t count, const flc_curve *curve)
{
    const int32_t cells = (int32_t)curve->count;
    const double per_unit = cells, step_of_z = 1.0 / cells;
    const double reach = FLC_CURVE_SIDE(cells) / per_unit; /* FLC_CURVE_REACH; see within */
    const double *restrict middle = curve->table + FLC_CURVE_SIDE(cells) * FLC_CURVE_STRIDE;
    double zeta[FLC_BLOCK];
    int32_t at[FLC_BLOCK];
    for (size_t i = 0; i < count; i++) {
        const double inside = within(z[i], -reach, reach);
        const double magic = inside * per_unit + 0x1.8p52;
        zeta[i] = inside - (magic - 0x1.8p52) * step_of_z;
        at[i] = (int32_t)flc_bits(magic) * FLC_CURVE_STRIDE;
    }
    for (size_t i = polynomials(t, zeta, at, middle, count); i < count; i++) {
        const double *c = middle + at[i];
        double p = c[5];
        p = p * zeta[i] + c[4];
        p = p * zeta[i] + c[3];
        p = p * zeta[i] + c[2];
        p = p * zeta[i] + c[1];
        t[i] = p * zeta[i] + c[0];
    }
}

/* e[i] = flc_exp(-|x[i]|), to the bit where |x| < 700: the power of two goes in at once. */
static void decays(double *restrict e, const double *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double k, r, rest;
        flc_exp_reduce(&k, &r, &rest, -flc_abs(x[i]), 0.0);
        const double p = 1.0 + flc_exp_reduced(r, rest);
        e[i] = flc_from_bits(flc_bits(p) + (flc_bits(k + 0x1.8p52) << 52));
    }
}

/* Shapes of 0.1 or more keep the logits of all draws below 400. Then flc_logistic to the bit, its
 * division in a loop of its own, where less waits for it. */
static void beta(double *restrict x, const double *restrict u, const double *restrict z,
                 size_t count, const flc_curve *curve)
{
    (void)u;
    const double min = curve->beta.min, width = curve->beta.width;
    const double low = curve->low, high = curve->high;
    double e[FLC_BLOCK];
    tabulated(x, z, count, curve);
    decays(e, x, count);
    for (size_t i = 0; i < count; i++)
        x[i] = within(min + width * ((x[i] < 0.0 ? e[i] : 1.0) / (1.0 + e[i])), low, high);
}

static void gamma_(double *restrict x, const double *restrict u, const double *restrict z,
                   size_t count, const flc_curve *curve)
{
    (void)u;
    const double unit = curve->gamma.unit;
    tabulated(x, z, count, curve);
    for (size_t i = 0; i < count; i++)
        x[i] = unit * flc_exp(x[i]);
}

static void student(double *restrict x, const double *restrict u, const double *restrict z,
                    size_t count, const flc_curve *curve)
{
    (void)u;
    const double location = curve->student.location, scale = curve->student.scale;
    tabulated(x, z, count, curve);
    for (size_t i = 0; i < count; i++)
        x[i] = location + scale * (z[i] * flc_exp(x[i]));
}

/* Bisection without branches: limits up to a power of two, the last ones infinite. */
static void step(double *restrict x, const double *restrict u, const double *restrict z,
                 size_t count, const flc_curve *curve)
{
    (void)z;
    const double *restrict limits = curve->table;
    const double *restrict values = curve->table + curve->count;
    int32_t at[FLC_BLOCK] = {0};
    for (int32_t stride = (int32_t)(curve->count / 2); stride > 0; stride /= 2)
        for (size_t i = 0; i < count; i++)
            at[i] += limits[at[i] + stride - 1] <= u[i] ? stride : 0;
    for (size_t i = 0; i < count; i++)
        x[i] = values[at[i]];
}

static void empirical(double *restrict x, const double *restrict u, const double *restrict z,
                      size_t count, const flc_curve *curve)
{
    (void)z;
    const double *restrict values = curve->table;
    const double size = (double)curve->count;
    for (size_t i = 0; i < count; i++)
        x[i] = values[(int32_t)(u[i] * size)];
}

static void metalog(double *restrict x, const double *restrict u, const double *restrict z,
                    size_t count, const flc_curve *curve)
{
    (void)z;
    const double a1 = curve->metalog.a1, a2 = curve->metalog.a2, a3 = curve->metalog.a3;
    for (size_t i = 0; i < count; i++)
        x[i] = a1 + (a2 + a3 * (u[i] - 0.5)) * flc_log(u[i] / (1.0 - u[i]));
}

static void metalog_log(double *restrict x, const double *restrict u, const double *restrict z,
                        size_t count, const flc_curve *curve)
{
    const double origin = curve->metalog.origin, sign = curve->metalog.sign;
    metalog(x, u, z, count, curve);
    for (size_t i = 0; i < count; i++)
        x[i] = origin + sign * flc_exp(sign * x[i]);
}

static void metalog_logit(double *restrict x, const double *restrict u, const double *restrict z,
                          size_t count, const flc_curve *curve)
{
    const double origin = curve->metalog.origin, width = curve->metalog.width;
    const double low = curve->low, high = curve->high;
    metalog(x, u, z, count, curve);
    for (size_t i = 0; i < count; i++)
        x[i] = within(origin + width * flc_logistic(x[i]), low, high);
}

static void add(double *restrict out, const double *restrict z, double weight, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] += weight * z[i];
}

static void probability(double *u, const double *z, size_t count)
{
    for (size_t i = 0; i < count; i++)
        u[i] = within(flc_normal_cdf(z[i]), 0x1p-53, 1.0 - 0x1p-53);
}

FLC_API const struct flc_distribution_kernels FLC_ISA_TABLE(flc_distribution_kernels) = {
    .quantile =
        {
            [FLC_SHAPE_UNIFORM] = uniform,
            [FLC_SHAPE_LOGUNIFORM] = loguniform,
            [FLC_SHAPE_NORMAL] = normal,
            [FLC_SHAPE_TRUNCATED] = truncated,
            [FLC_SHAPE_LOGNORMAL] = lognormal,
            [FLC_SHAPE_TRIANGULAR] = triangular,
            [FLC_SHAPE_WEIBULL] = weibull,
            [FLC_SHAPE_BETA] = beta,
            [FLC_SHAPE_GAMMA] = gamma_,
            [FLC_SHAPE_STUDENT] = student,
            [FLC_SHAPE_STEP] = step,
            [FLC_SHAPE_EMPIRICAL] = empirical,
            [FLC_SHAPE_METALOG] = metalog,
            [FLC_SHAPE_METALOG_LOG] = metalog_log,
            [FLC_SHAPE_METALOG_LOGIT] = metalog_logit,
        },
    .tail = tail,
    .add = add,
    .probability = probability,
};
