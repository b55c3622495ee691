#include "statistics/sketch.h"

#include <float.h>

struct flc_grid flc_sketch_grid(double center, int exponent, uint32_t bits, uint32_t octaves)
{
    struct flc_grid grid = {.center = center, .exponent = exponent, .bits = bits};
    grid.scale = flc_two_to(-exponent);
    grid.scaled_center = center * grid.scale;
    grid.octaves = octaves;
    grid.limit = flc_from_bits(flc_bits(flc_two_to(octaves)) - 1);
    return grid;
}

static uint64_t cell_of(const struct flc_grid *grid, double x)
{
    return flc_sketch_cell(flc_sketch_scaled(grid, x), grid->limit, grid->bits);
}

uint32_t flc_sketch_octaves(const struct flc_grid *grid, double min, double max)
{
    const uint64_t low = cell_of(grid, min), high = cell_of(grid, max);
    return (uint32_t)((low > high ? low : high) >> grid->bits) + 1;
}

int64_t flc_sketch_position(const struct flc_grid *grid, double x)
{
    if (x == grid->center)
        return 0;
    const int64_t cell = (int64_t)cell_of(grid, x);
    return x < grid->center ? -1 - cell : 1 + cell;
}

/* Doubles in order as integers, and back. */
static int64_t rank_of(double x)
{
    const int64_t bits = (int64_t)flc_bits(flc_abs(x));
    return x < 0 ? -bits : bits;
}

static double ranked(int64_t rank)
{
    return rank < 0 ? -flc_from_bits((uint64_t)-rank) : flc_from_bits((uint64_t)rank);
}

/* Roughly where the edge is: within a few roundings of c and of 1 + |z|. */
static double guess(const struct flc_grid *grid, int64_t position)
{
    const uint64_t cell = (uint64_t)(position > 0 ? position - 1 : -position);
    const double v = flc_from_bits((cell + (UINT64_C(1023) << grid->bits)) << (52 - grid->bits));
    const double distance = (v - 1) * flc_two_to(grid->exponent);
    const double x = grid->center + (position > 0 ? distance : -distance);
    if (x > DBL_MAX)
        return DBL_MAX;
    return x < -DBL_MAX ? -DBL_MAX : x;
}

static int64_t wider(int64_t step)
{
    return step < INT64_MAX / 16 ? 8 * step : step;
}

double flc_sketch_edge(const struct flc_grid *grid, int64_t position)
{
    const int64_t first = rank_of(-DBL_MAX), last = rank_of(DBL_MAX);
    if (flc_sketch_position(grid, DBL_MAX) < position)
        return (double)INFINITY;
    int64_t low = rank_of(guess(grid, position)), high = low, step = 16;
    while (low > first && flc_sketch_position(grid, ranked(low)) >= position) {
        low = low > first + step ? low - step : first;
        step = wider(step);
    }
    for (step = 16; flc_sketch_position(grid, ranked(high)) < position; step = wider(step))
        high = high < last - step ? high + step : last;
    while (low < high) { /* the edge is in low ... high */
        const int64_t middle = low + (int64_t)(((uint64_t)high - (uint64_t)low) / 2);
        if (flc_sketch_position(grid, ranked(middle)) >= position)
            high = middle;
        else
            low = middle + 1;
    }
    return ranked(low);
}

double flc_sketch_before(double x)
{
    return ranked(rank_of(x) - 1);
}

double flc_sketch_after(double x)
{
    return ranked(rank_of(x) + 1);
}

size_t flc_sketch_slot(const struct flc_grid *grid, int64_t position)
{
    const uint64_t cell = (uint64_t)(position < 0 ? -1 - position : position - 1);
    return (size_t)flc_sketch_index(cell, position < 0, grid->bits);
}
