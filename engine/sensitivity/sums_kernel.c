/* See sums_kernel.h. Sixteen lanes side by side, twelve rows in order. Choices are made by
 * comparing doubles, as every instruction set can select doubles by that. */
#include "sensitivity/sums_kernel.h"

#include <stddef.h>

enum { LANES = FLC_REPLICATES, ROWS = FLC_BLOCK / LANES };

/* The whole number nearest to x, |x| < 2^51. */
static inline int64_t whole(double x)
{
    const double magic = 0x1.8p52, shifted = x + magic;
    return (int64_t)(flc_bits(shifted) - flc_bits(magic));
}

static unsigned take(int64_t *restrict sums, double *restrict rest, const double *restrict partial)
{
    double left = 0;
    uint64_t tops = 0;
    for (int lane = 0; lane < LANES; lane++) {
        const double fits = flc_abs(partial[lane]) < 0x1p18 ? 1.0 : 0.0;
        const double taken = fits != 0.0 ? partial[lane] : 0.0;
        rest[lane] = fits != 0.0 ? 0.0 : partial[lane];
        sums[lane] += whole(taken * 0x1p32);
        tops |= (uint64_t)sums[lane] ^ (uint64_t)sums[lane] << 1; /* top bits differ from 2^62 on */
    }
    for (int lane = 0; lane < LANES; lane++)
        left += rest[lane] == 0.0 ? 0.0 : 1.0;
    return (left > 0 ? FLC_SUMS_OUT : 0U) | (tops >> 63 ? FLC_SUMS_FULL : 0U);
}

static unsigned shortage(const double *restrict hits, const double *restrict of)
{
    double missing = 0;
    for (int lane = 0; lane < LANES; lane++)
        missing += of[lane] - hits[lane];
    return missing > 0 ? FLC_SUMS_SHORT : 0U;
}

/* 0 for a finite x, else NaN. */
static inline double nothing(double x)
{
    return x - x;
}

static void standardize(double *restrict za, double *restrict zb, const double *restrict xa,
                        const double *restrict xb, const double *restrict inside,
                        const struct flc_grid *grid)
{
    const double factor = grid->scale, shift = grid->scaled_center;
    for (int i = 0; i < FLC_BLOCK; i++) {
        const double a = xa[i] * factor - shift, b = xb[i] * factor - shift;
        const double absent = nothing(a) + nothing(b) + inside[i]; /* 0 or NaN */
        za[i] = a + absent;
        zb[i] = b + absent;
    }
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Comparisons with NaN are false: what is kept stands second. */
static void extremes(struct flc_lanes_facts *restrict facts, const double *restrict za,
                     const double *restrict zb)
{
    double low[LANES], high[LANES];
    for (int lane = 0; lane < LANES; lane++) {
        double least = (double)INFINITY, most = -(double)INFINITY;
        for (int row = 0; row < ROWS; row++) {
            const double a = za[row * LANES + lane], b = zb[row * LANES + lane];
            least = smaller(b, smaller(a, least));
            most = larger(b, larger(a, most));
        }
        low[lane] = least;
        high[lane] = most;
    }
    facts->low = low[0];
    facts->high = high[0];
    for (int lane = 1; lane < LANES; lane++) {
        facts->low = smaller(low[lane], facts->low);
        facts->high = larger(high[lane], facts->high);
    }
    facts->low += 0.0; /* -0 becomes 0 */
    facts->high += 0.0;
}

static void begin_partial(double partial[5][LANES], double *restrict hits,
                          const double *restrict za, const double *restrict zb)
{
    double *restrict first = partial[0], *restrict second = partial[1],
                     *restrict third = partial[2];
    double *restrict fourth = partial[3], *restrict fifth = partial[4];
    for (int lane = 0; lane < LANES; lane++) {
        double count = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
        for (int row = 0; row < ROWS; row++) {
            const double left = za[row * LANES + lane], right = zb[row * LANES + lane];
            const double a = left == left ? left : 0.0, b = left == left ? right : 0.0;
            count += left == left ? 1.0 : 0.0;
            sa += a;
            sb += b;
            saa += a * a;
            sbb += b * b;
            sab += a * b;
        }
        hits[lane] = count;
        first[lane] = sa;
        second[lane] = sb;
        third[lane] = saa;
        fourth[lane] = sbb;
        fifth[lane] = sab;
    }
}

static unsigned begin(struct flc_sums_target *target, struct flc_lanes_facts *facts, double *za,
                      double *zb, const double *xa, const double *xb, const double *inside,
                      const struct flc_grid *grid)
{
    double partial[5][LANES];
    unsigned flags = 0;
    standardize(za, zb, xa, xb, inside, grid);
    begin_partial(partial, facts->hits, za, zb);
    extremes(facts, za, zb);
    for (int k = 0; k < 5; k++)
        flags |= take(target->sums[k], target->rest[k], partial[k]);
    return flags;
}

static void pick_partial(double partial[3][LANES], double *restrict hits, const double *restrict x,
                         const double *restrict za, const double *restrict zb,
                         const struct flc_grid *grid)
{
    const double factor = grid->scale, shift = grid->scaled_center;
    double *restrict first = partial[0], *restrict second = partial[1],
                     *restrict third = partial[2];
    for (int lane = 0; lane < LANES; lane++) {
        double count = 0, one = 0, two = 0, three = 0;
        for (int row = 0; row < ROWS; row++) {
            const int i = row * LANES + lane;
            const double distance = (x[i] * factor - shift) - za[i];
            const double absent = nothing(distance);
            const double with = zb[i];
            const double d = absent == 0.0 ? distance : 0.0, b = absent == 0.0 ? with : 0.0;
            count += absent == 0.0 ? 1.0 : 0.0;
            one += b * d;
            two += d;
            three += d * d;
        }
        hits[lane] = count;
        first[lane] = one;
        second[lane] = two;
        third[lane] = three;
    }
}

static unsigned pick(struct flc_sums_target *target, const double *x, const double *za,
                     const double *zb, const struct flc_grid *grid, const double of[FLC_REPLICATES])
{
    double partial[3][LANES];
    pick_partial(partial, target->hits, x, za, zb, grid);
    unsigned flags = shortage(target->hits, of);
    for (int k = 0; k < 3; k++)
        flags |= take(target->sums[k], target->rest[k], partial[k]);
    return flags;
}

static void difference(double *restrict d, const double *restrict x, const double *restrict za,
                       const struct flc_grid *grid)
{
    const double factor = grid->scale, shift = grid->scaled_center;
    for (int i = 0; i < FLC_BLOCK; i++)
        d[i] = (x[i] * factor - shift) - za[i];
}

static void product_partial(double *restrict partial, double *restrict hits,
                            const double *restrict d, const double *restrict e)
{
    for (int lane = 0; lane < LANES; lane++) {
        double count = 0, sum = 0;
        for (int row = 0; row < ROWS; row++) {
            const int i = row * LANES + lane;
            const double absent = nothing(d[i]) + nothing(e[i]);
            const double term = d[i] * e[i];
            count += absent == 0.0 ? 1.0 : 0.0;
            sum += absent == 0.0 ? term : 0.0;
        }
        hits[lane] = count;
        partial[lane] = sum;
    }
}

static unsigned product(struct flc_sums_target *target, const double *d, const double *e,
                        const double of[FLC_REPLICATES])
{
    double partial[LANES];
    product_partial(partial, target->hits, d, e);
    return shortage(target->hits, of) | take(target->sums[0], target->rest[0], partial);
}

static void step_partial(double *restrict partial, double *restrict hits, double *restrict p,
                         const double *restrict x, const double *restrict za,
                         const struct flc_grid *grid)
{
    const double factor = grid->scale, shift = grid->scaled_center;
    for (int lane = 0; lane < LANES; lane++) {
        double count = 0, sum = 0;
        for (int row = 0; row < ROWS; row++) {
            const int i = row * LANES + lane;
            const double before = p[i], now = x[i] * factor - shift;
            const double absent = nothing(now) + before; /* NaN where a or b is */
            const double after = absent == absent ? now : before;
            const double term = (za[i] - 0.5 * (before + after)) * (before - after);
            count += absent == absent ? 1.0 : 0.0;
            sum += before == before ? term : 0.0;
            p[i] = after;
        }
        hits[lane] = count;
        partial[lane] = sum;
    }
}

static unsigned step(struct flc_sums_target *target, double *p, const double *x, const double *za,
                     const struct flc_grid *grid, size_t batch, const double of[FLC_REPLICATES])
{
    double partial[LANES], whole_block[LANES] = {0};
    step_partial(partial, target->hits, p, x, za, grid);
    for (int lane = 0; lane < LANES; lane++)
        whole_block[batch] += partial[lane];
    return shortage(target->hits, of) | take(target->sums[0], target->rest[0], partial) |
           take(target->sums[1], target->rest[1], whole_block);
}

static void effect_partial(double partial[3][LANES], double *restrict hits,
                           const double *restrict x, const double *restrict za,
                           const double *restrict s, const struct flc_grid *grid)
{
    const double factor = grid->scale, shift = grid->scaled_center;
    double *restrict first = partial[0], *restrict second = partial[1],
                     *restrict third = partial[2];
    for (int lane = 0; lane < LANES; lane++) {
        double count = 0, one = 0, two = 0, three = 0;
        for (int row = 0; row < ROWS; row++) {
            const int i = row * LANES + lane;
            const double distance = (x[i] * factor - shift) - za[i];
            const double absent = nothing(distance);
            const double d = absent == 0.0 ? distance : 0.0;
            count += absent == 0.0 ? 1.0 : 0.0;
            one += s[i] * d;
            two += flc_abs(d);
            three += d * d;
        }
        hits[lane] = count;
        first[lane] = one;
        second[lane] = two;
        third[lane] = three;
    }
}

static unsigned effect(struct flc_sums_target *target, const double *x, const double *za,
                       const double *s, const struct flc_grid *grid,
                       const double of[FLC_REPLICATES])
{
    static const double none[FLC_BLOCK] = {0};
    double partial[3][LANES];
    effect_partial(partial, target->hits, x, za, s ? s : none, grid);
    unsigned flags = shortage(target->hits, of);
    for (int k = 0; k < 3; k++)
        flags |= take(target->sums[k], target->rest[k], partial[k]);
    return flags;
}

FLC_API const struct flc_sensitivity_kernels FLC_ISA_TABLE(flc_sensitivity_kernels) = {
    .begin = begin,
    .pick = pick,
    .difference = difference,
    .product = product,
    .step = step,
    .effect = effect,
};
