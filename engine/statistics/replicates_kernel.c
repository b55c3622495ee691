/* See replicates_kernel.h. Sixteen lanes side by side, twelve rows in order; counts in doubles, as
 * every instruction set can select doubles by comparing doubles. */
#include "statistics/replicates_kernel.h"

enum { LANES = FLC_REPLICATES, ROWS = FLC_BLOCK / LANES };

static void sum_powers(double *restrict first, double *restrict second, const double *restrict x,
                       const struct flc_grid *grid)
{
    const double factor = grid->scale, shift = grid->scaled_center;
    for (int lane = 0; lane < LANES; lane++) {
        double one = 0, two = 0;
        for (int row = 0; row < ROWS; row++) {
            const double value = x[row * LANES + lane];
            const double nothing = value - value; /* 0 for a finite value, else NaN */
            const double scaled = value * factor - shift;
            const double z = nothing == 0.0 ? scaled : 0.0;
            one += z;
            two += z * z;
        }
        first[lane] = one;
        second[lane] = two;
    }
}

enum condition { FINITE, DEFINED, AT_LEAST, AT_MOST };

static inline bool holds(enum condition condition, double x, double threshold)
{
    switch (condition) {
    case FINITE:
        return x - x == 0.0;
    case DEFINED:
        return x == x;
    case AT_LEAST:
        return x >= threshold;
    default:
        return x <= threshold;
    }
}

static inline void hit(double *restrict hits, enum condition condition, const double *restrict x,
                       double threshold)
{
    for (int lane = 0; lane < LANES; lane++) {
        double count = 0;
        for (int row = 0; row < ROWS; row++)
            count += holds(condition, x[row * LANES + lane], threshold) ? 1.0 : 0.0;
        hits[lane] = count;
    }
}

static inline void count_recent(uint16_t *restrict counts, enum condition condition,
                                const double *restrict x, double threshold)
{
    double hits[LANES];
    hit(hits, condition, x, threshold);
    for (int lane = 0; lane < LANES; lane++)
        counts[lane] = (uint16_t)(counts[lane] + (uint16_t)(int32_t)hits[lane]);
}

/* The whole number nearest to x, |x| < 2^51, and what is left of x. */
static inline int64_t take_whole(double *x)
{
    const double magic = 0x1.8p52, shifted = *x + magic;
    *x -= shifted - magic;
    return (int64_t)(flc_bits(shifted) - flc_bits(magic));
}

/* Returns how many sums are left in `rest`. */
static double add_sums(int64_t *restrict high, int64_t *restrict low, double *restrict rest,
                       const double *restrict sums)
{
    double left = 0;
    for (int lane = 0; lane < LANES; lane++) {
        const double size = flc_abs(sums[lane]);
        const double fits = size < 0x1p16 ? size >= 0x1p-24 ? 1.0 : 0.0 : 0.0;
        const double taken = fits != 0.0 ? sums[lane] : 0.0;
        double part = taken * 0x1p32;
        high[lane] += take_whole(&part);
        part *= 0x1p32;
        low[lane] += take_whole(&part);
        rest[lane] = fits != 0.0 ? 0.0 : sums[lane];
    }
    for (int lane = 0; lane < LANES; lane++)
        left += rest[lane] == 0.0 ? 0.0 : 1.0;
    return left;
}

static bool add(struct flc_replicate_recent *recent,
                double rest[FLC_REPLICATE_POWERS][FLC_REPLICATES], const double *x,
                const struct flc_grid *grid, const double thresholds[FLC_REPLICATE_THRESHOLDS])
{
    double sums[FLC_REPLICATE_POWERS][FLC_REPLICATES], left = 0;
    sum_powers(sums[0], sums[1], x, grid);
    for (int k = 0; k < FLC_REPLICATE_POWERS; k++)
        left += add_sums(recent->high[k], recent->low[k], rest[k], sums[k]);
    count_recent(recent->counts[FLC_REPLICATE_FINITE], FINITE, x, 0.0);
    count_recent(recent->counts[FLC_REPLICATE_DEFINED], DEFINED, x, 0.0);
    for (int j = 0; j < FLC_REPLICATE_THRESHOLDS; j++)
        count_recent(recent->counts[FLC_REPLICATE_AT_MOST + j], AT_MOST, x, thresholds[j]);
    recent->blocks++;
    return left > 0;
}

static inline void count(uint64_t *restrict counts, enum condition condition,
                         const double *restrict x, double threshold)
{
    double hits[LANES];
    hit(hits, condition, x, threshold);
    for (int lane = 0; lane < LANES; lane++)
        counts[lane] += (uint32_t)(int32_t)hits[lane];
}

static void count_at_least(uint64_t counts[FLC_REPLICATES], const double *x, double threshold)
{
    count(counts, AT_LEAST, x, threshold);
}

static void count_at_most(uint64_t counts[FLC_REPLICATES], const double *x, double threshold)
{
    count(counts, AT_MOST, x, threshold);
}

FLC_API const struct flc_replicate_kernels FLC_ISA_TABLE(flc_replicate_kernels) = {
    .add = add,
    .count_at_least = count_at_least,
    .count_at_most = count_at_most,
};
