/* One block of one output: see statistics_kernel.h. Short loops over 192 values in the first-level
 * cache, each simple enough to be vectorised. Sums run over 32 fixed lanes (value i goes to lane i
 * mod 32, in order), then over a fixed tree. Lanes without a finite value take part as c: z = 0
 * adds nothing. */
#include "statistics/statistics_kernel.h"

#include <stddef.h>
#include <string.h>

enum { LANES = 32, ROWS = FLC_BLOCK / LANES, EIGHT = 8 };

#define EXPONENT_FIELD (UINT64_C(0x7ff) << 52)
#define ONE_EXPONENT   (UINT64_C(1) << 52)

/* Whether every value is finite: adding one to a full exponent field carries into the sign. */
static bool all_finite(const double *restrict x)
{
    uint64_t carried = 0;
    for (int i = 0; i < FLC_BLOCK; i++)
        carried |= (flc_bits(x[i]) & EXPONENT_FIELD) + ONE_EXPONENT;
    return !(carried >> 63);
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

static void extremes(double *restrict min, double *restrict max, const double *restrict x)
{
    double low[EIGHT], high[EIGHT];
    for (int lane = 0; lane < EIGHT; lane++) {
        low[lane] = high[lane] = x[lane];
        for (int row = 1; row < FLC_BLOCK / EIGHT; row++) {
            low[lane] = smaller(x[row * EIGHT + lane], low[lane]);
            high[lane] = larger(x[row * EIGHT + lane], high[lane]);
        }
    }
    for (int lane = 1; lane < EIGHT; lane++) {
        low[0] = smaller(low[lane], low[0]);
        high[0] = larger(high[lane], high[0]);
    }
    *min = low[0] + 0.0; /* -0 becomes 0 */
    *max = high[0] + 0.0;
}

static void scale(double *restrict z, const double *restrict x, const struct flc_grid *grid)
{
    const double factor = grid->scale, shift = grid->scaled_center;
    for (int i = 0; i < FLC_BLOCK; i++)
        z[i] = x[i] * factor - shift;
}

/* Pairs half the lanes apart, five times. */
static inline double tree(const double *restrict lanes)
{
    double eight[EIGHT];
    for (int i = 0; i < EIGHT; i++)
        eight[i] = (lanes[i] + lanes[i + 16]) + (lanes[i + 8] + lanes[i + 24]);
    return ((eight[0] + eight[4]) + (eight[2] + eight[6])) +
           ((eight[1] + eight[5]) + (eight[3] + eight[7]));
}

static void sum_powers(double *restrict sums, const double *restrict z)
{
    double first[LANES], second[LANES], third[LANES], fourth[LANES];
    for (int lane = 0; lane < LANES; lane++) {
        double one = 0, two = 0, three = 0, four = 0;
        for (int row = 0; row < ROWS; row++) {
            const double value = z[row * LANES + lane];
            const double square = value * value;
            one += value;
            two += square;
            three += square * value;
            four += square * square;
        }
        first[lane] = one;
        second[lane] = two;
        third[lane] = three;
        fourth[lane] = four;
    }
    sums[0] = tree(first);
    sums[1] = tree(second);
    sums[2] = tree(third);
    sums[3] = tree(fourth);
}

enum condition { EQUAL, AT_LEAST, AT_MOST, NOT_WHOLE };

/* Adding 1.5 * 2^52 rounds to a whole number. */
static inline bool holds(enum condition condition, double x, double value)
{
    const double rounded = (x + 0x1.8p52) - 0x1.8p52;
    switch (condition) {
    case EQUAL:
        return x == value;
    case AT_LEAST:
        return x >= value;
    case AT_MOST:
        return x <= value;
    default:
        return rounded != x || flc_abs(x) >= 0x1p51;
    }
}

/* Counts in doubles: every instruction set can select doubles by comparing doubles. */
static inline uint32_t count(enum condition condition, const double *restrict x, double value)
{
    double hits[LANES];
    for (int lane = 0; lane < LANES; lane++) {
        double hit = 0;
        for (int row = 0; row < ROWS; row++)
            hit += holds(condition, x[row * LANES + lane], value) ? 1.0 : 0.0;
        hits[lane] = hit;
    }
    return (uint32_t)tree(hits);
}

static uint32_t count_equal(const double *x, double value)
{
    return count(EQUAL, x, value);
}

static uint32_t count_at_least(const double *x, double value)
{
    return count(AT_LEAST, x, value);
}

static uint32_t count_at_most(const double *x, double value)
{
    return count(AT_MOST, x, value);
}

static bool is_whole(double x)
{
    return flc_abs(x) < 0x1p51 && flc_floor(x) == x;
}

/* Whether every finite value is whole; the c that stands for absent ones does not count. */
static bool all_whole(const double *restrict x, double center, uint32_t absent)
{
    const uint32_t broken = count(NOT_WHOLE, x, 0.0);
    return broken == (is_whole(center) ? 0 : absent);
}

/* 1 unless x is 0 or -0. */
static inline uint64_t is_nonzero(double x)
{
    return (flc_bits(flc_abs(x)) + (UINT64_MAX >> 1)) >> 63;
}

/* Zeros and values equal to c are counted apart: they go to a dump. Choices are made by masks,
 * because plain SSE2 has no selection between 64-bit integers. */
static void place(uint32_t *restrict index, const double *restrict x, const double *restrict z,
                  const struct flc_grid *grid)
{
    const double center = grid->center, limit = grid->limit;
    const uint32_t bits = grid->bits;
    for (int i = 0; i < FLC_BLOCK; i++) {
        const double distance = x[i] - center; /* 0 only if x is c */
        const uint64_t cell = flc_sketch_cell(z[i], limit, bits);
        const uint64_t slot = flc_sketch_index(cell, flc_bits(distance) >> 63, bits);
        const uint64_t kept = is_nonzero(x[i]) & is_nonzero(distance);
        const uint64_t dump = (uint64_t)i % FLC_SKETCH_DUMPS;
        index[i] = (uint32_t)(dump + ((slot - dump) & (0 - kept)));
    }
}

/* All of the facts that need only finite values; `absent` lanes of x stand at c and are none. */
static void examine_finite(struct flc_block_facts *restrict facts, const double *restrict x,
                           const struct flc_grid *grid, uint32_t absent, bool ask_whole)
{
    double z[FLC_BLOCK];
    const double center = grid->center, min = facts->min, max = facts->max;
    facts->finite = FLC_BLOCK - absent;
    facts->constant = min == center && max == center;
    if (facts->constant) {
        facts->below_zero = center < 0.0 ? facts->finite : 0;
        facts->zero = center == 0.0 ? facts->finite : 0;
        facts->center = facts->finite - facts->zero;
        facts->whole = is_whole(center);
        return;
    }
    if (min < 0.0)
        facts->below_zero = FLC_BLOCK - count(AT_LEAST, x, 0.0) - (center < 0.0 ? absent : 0);
    if (min <= 0.0 && max >= 0.0)
        facts->zero = count(EQUAL, x, 0.0) - (center == 0.0 ? absent : 0);
    if (center != 0.0)
        facts->center = count(EQUAL, x, center) - absent;
    facts->whole = ask_whole && all_whole(x, center, absent);
    scale(z, x, grid);
    sum_powers(facts->sums, z);
    place(facts->index, x, z, grid);
}

/* Split off what is not finite, leaving c in its place; extremes of the rest. */
static uint32_t separate(struct flc_block_facts *restrict facts, double *restrict clean,
                         const double *restrict x, double center)
{
    const double infinity = (double)INFINITY;
    double low[FLC_BLOCK], high[FLC_BLOCK], unused;
    for (int i = 0; i < FLC_BLOCK; i++) {
        const double nothing = x[i] - x[i]; /* 0 for finite x, else NaN */
        clean[i] = nothing == 0.0 ? x[i] : center;
        low[i] = nothing == 0.0 ? x[i] : infinity;
        high[i] = nothing == 0.0 ? x[i] : -infinity;
    }
    extremes(&facts->min, &unused, low);
    extremes(&unused, &facts->max, high);
    facts->plus_infinite = count(EQUAL, x, infinity);
    facts->minus_infinite = count(EQUAL, x, -infinity);
    facts->undefined = FLC_BLOCK - count(AT_MOST, x, infinity);
    return facts->undefined + facts->plus_infinite + facts->minus_infinite;
}

static void examine(struct flc_block_facts *facts, const double *x, const struct flc_grid *grid,
                    bool ask_whole)
{
    memset(facts, 0, offsetof(struct flc_block_facts, index));
    if (all_finite(x)) {
        extremes(&facts->min, &facts->max, x);
        examine_finite(facts, x, grid, 0, ask_whole);
        return;
    }
    double clean[FLC_BLOCK];
    const uint32_t absent = separate(facts, clean, x, grid->center);
    if (absent == FLC_BLOCK)
        facts->constant = facts->whole = true;
    else
        examine_finite(facts, clean, grid, absent, ask_whole);
}

FLC_API const struct flc_statistics_kernels FLC_ISA_TABLE(flc_statistics_kernels) = {
    .examine = examine,
    .count_equal = count_equal,
    .count_at_least = count_at_least,
    .count_at_most = count_at_most,
};
