/* One block of one output: see statistics_kernel.h. Short loops over 192 values in the first-level
 * cache, each simple enough to be vectorised. Sums run over 32 fixed lanes (value i goes to lane i
 * mod 32, in order), then over a fixed tree. Lanes without a finite value take part as c: z = 0
 * adds nothing. */
#include "statistics/statistics_kernel.h"

#include <stddef.h>
#include <string.h>

enum { LANES = 32, ROWS = FLC_BLOCK / LANES };

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

static void extremes(double *restrict min, double *restrict max, const double *restrict x)
{
    double low[LANES], high[LANES];
    for (int lane = 0; lane < LANES; lane++) {
        low[lane] = high[lane] = x[lane];
        for (int row = 1; row < ROWS; row++) {
            const double value = x[row * LANES + lane];
            low[lane] = value < low[lane] ? value : low[lane];
            high[lane] = value > high[lane] ? value : high[lane];
        }
    }
    for (int half = LANES / 2; half; half /= 2)
        for (int lane = 0; lane < half; lane++) {
            low[lane] = low[lane + half] < low[lane] ? low[lane + half] : low[lane];
            high[lane] = high[lane + half] > high[lane] ? high[lane + half] : high[lane];
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

static double tree(double *restrict lanes)
{
    for (int half = LANES / 2; half; half /= 2)
        for (int lane = 0; lane < half; lane++)
            lanes[lane] += lanes[lane + half];
    return lanes[0];
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

static uint32_t count_equal(const double *x, double value)
{
    uint64_t count = 0;
    for (int i = 0; i < FLC_BLOCK; i++)
        count += x[i] == value;
    return (uint32_t)count;
}

static uint32_t count_at_least(const double *x, double value)
{
    uint64_t count = 0;
    for (int i = 0; i < FLC_BLOCK; i++)
        count += x[i] >= value;
    return (uint32_t)count;
}

static uint32_t count_at_most(const double *x, double value)
{
    uint64_t count = 0;
    for (int i = 0; i < FLC_BLOCK; i++)
        count += x[i] <= value;
    return (uint32_t)count;
}

static uint32_t count_below_zero(const double *x)
{
    uint64_t count = 0;
    for (int i = 0; i < FLC_BLOCK; i++)
        count += x[i] < 0.0;
    return (uint32_t)count;
}

static bool is_whole(double x)
{
    return flc_abs(x) < 0x1p51 && flc_floor(x) == x;
}

/* Whether every value but those equal to `exempt` is whole; adding 1.5 * 2^52 rounds to a whole
 * number. */
static bool all_whole(const double *restrict x, double exempt)
{
    uint64_t broken = 0;
    for (int i = 0; i < FLC_BLOCK; i++) {
        const double rounded = (x[i] + 0x1.8p52) - 0x1.8p52;
        const uint64_t wrong = (rounded != x[i]) | (flc_abs(x[i]) >= 0x1p51);
        broken += wrong & (x[i] != exempt);
    }
    return broken == 0;
}

/* Zeros and values equal to c are counted apart: they go to a dump. */
static void place(uint32_t *restrict index, const double *restrict x, const double *restrict z,
                  const struct flc_grid *grid)
{
    const double center = grid->center, limit = grid->limit;
    const uint32_t bits = grid->bits;
    for (int i = 0; i < FLC_BLOCK; i++) {
        const uint64_t cell = flc_sketch_cell(z[i], limit, bits);
        const uint64_t slot = flc_sketch_index(cell, x[i] < center, bits);
        const uint64_t dump = (uint64_t)i % FLC_SKETCH_DUMPS;
        const uint64_t kept = x[i] == center ? dump : slot;
        index[i] = (uint32_t)(x[i] == 0.0 ? dump : kept);
    }
}

/* All of the facts that need only finite values; `absent` lanes of x stand at c and are none. */
static void examine_finite(struct flc_block_facts *restrict facts, const double *restrict x,
                           const struct flc_grid *grid, uint32_t absent, bool ask_whole)
{
    double z[FLC_BLOCK];
    const double center = grid->center;
    facts->finite = FLC_BLOCK - absent;
    facts->below_zero = facts->min < 0.0 ? count_below_zero(x) - (center < 0.0 ? absent : 0) : 0;
    facts->zero = facts->min <= 0.0 && facts->max >= 0.0
                      ? count_equal(x, 0.0) - (center == 0.0 ? absent : 0)
                      : 0;
    facts->center = center == 0.0 ? 0 : count_equal(x, center) - absent;
    facts->whole = ask_whole && all_whole(x, center) && (facts->center == 0 || is_whole(center));
    facts->constant = facts->min == center && facts->max == center;
    if (facts->constant)
        return;
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
    uint64_t undefined = 0, plus = 0, minus = 0;
    for (int i = 0; i < FLC_BLOCK; i++) {
        const bool finite = flc_is_finite(x[i]);
        clean[i] = finite ? x[i] : center;
        low[i] = finite ? x[i] : infinity;
        high[i] = finite ? x[i] : -infinity;
        undefined += x[i] != x[i];
        plus += x[i] == infinity;
        minus += x[i] == -infinity;
    }
    extremes(&facts->min, &unused, low);
    extremes(&unused, &facts->max, high);
    facts->undefined = (uint32_t)undefined;
    facts->plus_infinite = (uint32_t)plus;
    facts->minus_infinite = (uint32_t)minus;
    return (uint32_t)(undefined + plus + minus);
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
