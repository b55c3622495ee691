/* Where a value is counted: cells by the bits of v = 1 + |z|, z = x 2^-e - c 2^-e.
 *
 * Cell t of a side (x < c, x > c) is the leading bits of v: its exponent k >= 0 and the first r
 * bits of its mantissa, t = k 2^r + m. In octave k cells are 2^(k-r) wide in z, hence at most 2^-r
 * (|x - c| + 2^e) in x. Only integer operations after one multiplication and two additions, all
 * monotone in x; so cells are exact intervals of doubles and need no tolerance. Values beyond the
 * last octave are in the last cell. (A relative sketch as DDSketch, Masson, Rim and Lee 2019, with
 * bits for the logarithm as in HdrHistogram, Tene, and the shift and scale of the data for its
 * origin and unit.)
 *
 * Positions number the cells in ascending order: -1 - t below c, 0 is x = c itself, 1 + t above. In
 * memory each octave is 2^r cells above c and then 2^r below, after FLC_SKETCH_DUMPS slots for
 * values counted elsewhere (several, so that runs of such values do not wait for one counter).
 */
#ifndef FLC_STATISTICS_SKETCH_H
#define FLC_STATISTICS_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/elementary.h"

enum { FLC_SKETCH_DUMPS = 8 };

/* What is constant about an output's sketch and sums once its pilot is known. */
struct flc_grid {
    double center;        /* c, in the output's unit */
    double scale;         /* 2^-e, per unit */
    double scaled_center; /* c 2^-e */
    double limit;         /* the largest v below the last octave's end */
    int32_t exponent;     /* e */
    uint32_t bits;        /* r */
    uint32_t octaves;     /* at most */
};

struct flc_grid flc_sketch_grid(double center, int exponent, uint32_t bits, uint32_t octaves);

static inline double flc_sketch_scaled(const struct flc_grid *grid, double x)
{
    return x * grid->scale - grid->scaled_center;
}

/* Cell t on its side of a value whose z is known. */
static inline uint64_t flc_sketch_cell(double z, double limit, uint32_t bits)
{
    const double reach = 1.0 + flc_abs(z);
    const double v = reach < limit ? reach : limit;
    return (flc_bits(v) >> (52 - bits)) - (UINT64_C(1023) << bits);
}

/* Place in memory of cell t, below c or not. */
static inline uint64_t flc_sketch_index(uint64_t cell, uint64_t below, uint32_t bits)
{
    const uint64_t mask = (UINT64_C(1) << bits) - 1;
    return FLC_SKETCH_DUMPS + cell + (cell & ~mask) + (below << bits);
}

/* Slots in memory for the first `octaves` octaves. */
static inline size_t flc_sketch_slots(uint32_t octaves, uint32_t bits)
{
    return FLC_SKETCH_DUMPS + ((size_t)octaves << (bits + 1));
}

/* Octaves needed to hold finite values from min to max. */
uint32_t flc_sketch_octaves(const struct flc_grid *grid, double min, double max);

/* The position of a finite value, and the smallest double whose position is at least `position`
 * (infinite beyond the last). So the cell at `position` is [edge(position), edge(position + 1)). */
int64_t flc_sketch_position(const struct flc_grid *grid, double x);
double flc_sketch_edge(const struct flc_grid *grid, int64_t position);

/* The next smaller and next larger finite double. */
double flc_sketch_before(double x);
double flc_sketch_after(double x);

/* Place in memory of a position other than 0. */
size_t flc_sketch_slot(const struct flc_grid *grid, int64_t position);

#endif
