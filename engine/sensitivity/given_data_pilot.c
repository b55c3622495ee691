/* What the pilot fixes: cells, scales and the distribution function that ranks are taken from.
 *
 * The scale of values: c is their median, 1/factor the power of two at or below half their
 * interquartile range; where that is 0 (an atom holds half of them) below their mean distance from
 * c; where that is 0 too (a constant), below |c|; else 1. But at least 2^-10 of the farthest
 * value's distance. Any choice gives correct results while sums stay within their limits.
 *
 * The edges of cells are the pilot's quantiles j/cells. A value that holds at least two of them, an
 * atom, takes two edges, itself and the next double, and so has a cell of its own. In a cell the
 * distribution function goes straight from its value below the least pilot value there to that at
 * the largest one; of an atom it is the middle of its jump, as ranks with ties have it.
 */
#include <stdlib.h>

#include "base/elementary.h"
#include "sensitivity/given_data_state.h"
#include "statistics/sketch.h"

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The finite values in ascending order, first; how many there are. */
static size_t sort_finite(double *values, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (flc_is_finite(values[i]))
            values[n++] = values[i] + 0.0;
    qsort(values, n, sizeof *values, ascending);
    return n;
}

static double spread_of(const double *sorted, size_t n, double center)
{
    const double quartiles = sorted[n - 1 - n / 4] / 2 - sorted[n / 4] / 2;
    double distance = 0;
    for (size_t i = 0; i < n; i++)
        distance += flc_abs(sorted[i] / (double)n - center / (double)n);
    const double usual = quartiles > 0 ? quartiles : distance;
    const double below = center / 2 - sorted[0] / 2, above = sorted[n - 1] / 2 - center / 2;
    const double least = (below > above ? below : above) * 0x1p-9;
    if (sorted[n - 1] > sorted[0])
        return usual > least ? usual : least;
    return center == 0 ? 1.0 : flc_abs(center);
}

/* 2^-e with 2^e <= x < 2^(e+1), |e| <= 1000. */
static double inverse_power(double x)
{
    const int exponent = (int)(flc_bits(x) >> 52 & 0x7ff) - 1023;
    const int above = exponent < -1000 ? -1000 : exponent;
    return flc_two_to(-(double)(above > 1000 ? 1000 : above));
}

static void scale_sorted(double *center, double *factor, const double *sorted, size_t n)
{
    *center = n ? sorted[n / 2] : 0.0;
    *factor = n ? inverse_power(spread_of(sorted, n, *center)) : 1.0;
}

void flc_given_scale_set(double *center, double *factor, double *values, size_t count)
{
    scale_sorted(center, factor, values, sort_finite(values, count));
}

/* Edges from quantiles, equal ones once, and twice (with the next double) where they are an atom.
 */
static void set_edges(struct flc_given_cells *cells, const double *sorted, size_t n, size_t wanted)
{
    cells->used = 0;
    for (size_t j = 1, same; n && j < wanted; j += same) {
        const double edge = sorted[j * n / wanted];
        same = 1;
        while (j + same < wanted && sorted[(j + same) * n / wanted] == edge)
            same++;
        cells->edges[cells->used++] = edge;
        if (same > 1)
            cells->edges[cells->used++] = flc_sketch_after(edge);
    }
    /* An atom's end can be the next quantile. */
    uint32_t kept = 0;
    for (uint32_t j = 0; j < cells->used; j++)
        if (kept == 0 || cells->edges[j] > cells->edges[kept - 1])
            cells->edges[kept++] = cells->edges[j];
    cells->used = kept;
}

/* The distribution function over one cell, which holds sorted[begin ... end - 1]. `below` values
 * are -inf, `n` are defined. */
static void set_cell(struct flc_given_cells *cells, uint32_t k, const double *sorted, size_t begin,
                     size_t end, size_t below, size_t n)
{
    const double low = (double)(below + begin) / (double)n - 0.5;
    const double high = (double)(below + end) / (double)n - 0.5;
    const double width = begin < end ? sorted[end - 1] - sorted[begin] : 0.0;
    cells->from[k] = begin < end ? sorted[begin] : 0.0;
    if (width > 0 && flc_is_finite((high - low) / width)) {
        cells->rank[k] = low;
        cells->rank_end[k] = high;
        cells->slope[k] = (high - low) / width;
    } else {
        cells->rank[k] = cells->rank_end[k] = 0.5 * (low + high);
        cells->slope[k] = 0.0;
    }
}

static void set_ranks(struct flc_given_cells *cells, const double *sorted, size_t finite,
                      size_t below, size_t above)
{
    const size_t n = finite + below + above, all = n ? n : 1;
    size_t begin = 0;
    for (uint32_t k = 0; k <= cells->used; k++) {
        size_t end = k < cells->used ? begin : finite;
        while (end < finite && sorted[end] < cells->edges[k])
            end++;
        set_cell(cells, k, sorted, begin, end, below, all);
        begin = end;
    }
    cells->rank_minus = 0.5 * (double)below / (double)all - 0.5;
    cells->rank_plus = 0.5 - 0.5 * (double)above / (double)all;
}

void flc_given_cells_set(struct flc_given_cells *cells, double *values, size_t count, size_t wanted)
{
    size_t below = 0, above = 0;
    for (size_t i = 0; i < count; i++) {
        below += values[i] == -(double)INFINITY;
        above += values[i] == (double)INFINITY;
    }
    const size_t finite = sort_finite(values, count);
    *cells = (struct flc_given_cells){.cells = (uint32_t)wanted};
    scale_sorted(&cells->center, &cells->factor, values, finite);
    set_edges(cells, values, finite, wanted);
    set_ranks(cells, values, finite, below, above);
}
