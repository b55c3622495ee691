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

static inline void count(uint64_t *restrict counts, enum condition condition,
                         const double *restrict x, double threshold)
{
    for (int lane = 0; lane < LANES; lane++) {
        double hits = 0;
        for (int row = 0; row < ROWS; row++)
            hits += holds(condition, x[row * LANES + lane], threshold) ? 1.0 : 0.0;
        counts[lane] += (uint32_t)(int32_t)hits;
    }
}

static void add(double sums[FLC_REPLICATE_POWERS][FLC_REPLICATES],
                uint64_t counts[FLC_REPLICATE_ROWS][FLC_REPLICATES], const double *x,
                const struct flc_grid *grid, const double thresholds[FLC_REPLICATE_THRESHOLDS])
{
    sum_powers(sums[0], sums[1], x, grid);
    count(counts[FLC_REPLICATE_FINITE], FINITE, x, 0.0);
    count(counts[FLC_REPLICATE_DEFINED], DEFINED, x, 0.0);
    for (int j = 0; j < FLC_REPLICATE_THRESHOLDS; j++)
        count(counts[FLC_REPLICATE_AT_MOST + j], AT_MOST, x, thresholds[j]);
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
