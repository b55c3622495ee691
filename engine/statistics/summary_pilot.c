/* Shift and scale of an output, from the first full block of the design.
 *
 * c is the mean of the finite values, kept inside their range so that a constant output has exactly
 * its value; 0 if there is none. 2^e is the largest power of two not above the spread: half the
 * interquartile range; where that is 0 (an atom holds half the values), the mean distance from c;
 * where that is 0 too (a constant), |c|; and 1 if c is 0. A spread so small that the farthest pilot
 * value would use more than half the octaves is raised, so that heavy tails stay in the sketch. Any
 * choice gives correct results; this one gives fine cells where values are.
 */
#include <string.h>

#include "statistics/summary_state.h"

/* The only place of these numbers; the table in summary.h repeats them. */
static const struct {
    uint32_t bits, octaves;
} resolutions[FLC_RESOLUTION_COUNT] = {
    [FLC_RESOLUTION_FINE] = {9, 30},
    [FLC_RESOLUTION_COARSE] = {5, 20},
};

struct flc_grid flc_summary_grid(double center, int exponent, flc_resolution resolution)
{
    return flc_sketch_grid(center, exponent, resolutions[resolution].bits,
                           resolutions[resolution].octaves);
}

/* ---- Sorting ------------------------------------------------------------------------------------
 * A summary has thousands of pilots; the library's qsort took a tenth of a short run, most of it
 * for branches that no processor can foresee. Here none depends on a value. */

enum { LIST = 8, LISTS = FLC_BLOCK / LIST, SORTED = 256 };
_Static_assert((int)FLC_BLOCK == (int)LIST * LISTS && (int)FLC_BLOCK <= (int)SORTED,
               "lists of 8 are merged two by two");

static bool is_ascending(const double *values, size_t n)
{
    size_t descents = 0;
    for (size_t i = 1; i < n; i++)
        descents += values[i] < values[i - 1];
    return descents == 0;
}

/* The smaller of each pair into `low`, the larger into `high`. */
static void order_rows(double low[restrict LISTS], double high[restrict LISTS])
{
    for (size_t c = 0; c < LISTS; c++) {
        const double a = low[c], b = high[c];
        const uint64_t swapped = (b < a ? UINT64_MAX : 0) & (flc_bits(a) ^ flc_bits(b));
        low[c] = flc_from_bits(flc_bits(a) ^ swapped);
        high[c] = flc_from_bits(flc_bits(b) ^ swapped);
    }
}

/* Lists of eight, each a column, by 19 comparisons (Knuth 1973, section 5.3.4). */
static void sort_lists(double rows[LIST][LISTS])
{
    static const unsigned char pairs[19][2] = {
        {0, 2}, {1, 3}, {4, 6}, {5, 7}, {0, 4}, {1, 5}, {2, 6}, {3, 7}, {0, 1}, {2, 3},
        {4, 5}, {6, 7}, {2, 4}, {3, 5}, {1, 4}, {3, 6}, {1, 2}, {3, 4}, {5, 6}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++)
        order_rows(rows[pairs[k][0]], rows[pairs[k][1]]);
}

/* Two ascending lists of one length into one: its lower half from their beginnings and its upper
 * half from their ends, so that neither runs out of a list. */
static void merge(double *merged, const double *left, const double *right, size_t length)
{
    double *end = merged + 2 * length - 1;
    const double *left_end = left + length - 1, *right_end = right + length - 1;
    ptrdiff_t at_left = 0, end_left = 0; /* taken from the left list, on either side */
    for (ptrdiff_t i = 0; i < (ptrdiff_t)length; i++) {
        const double l = left[at_left], r = right[i - at_left];
        const double l_end = left_end[-end_left], r_end = right_end[end_left - i];
        merged[i] = r < l ? r : l;
        at_left += !(r < l);
        end[-i] = r_end < l_end ? l_end : r_end;
        end_left += r_end < l_end;
    }
}

/* n values, with room for FLC_BLOCK. */
static void sort(double *values, size_t n)
{
    double rows[LIST][LISTS], one[SORTED], other[SORTED], *from = one, *into = other;
    if (is_ascending(values, n))
        return;
    for (size_t i = n; i < FLC_BLOCK; i++)
        values[i] = (double)INFINITY;
    memcpy(rows, values, sizeof rows);
    sort_lists(rows);
    for (size_t c = 0; c < LISTS; c++)
        for (size_t i = 0; i < LIST; i++)
            from[c * LIST + i] = rows[i][c];
    for (size_t i = FLC_BLOCK; i < SORTED; i++)
        from[i] = (double)INFINITY;
    for (size_t length = LIST; length < SORTED; length *= 2) {
        for (size_t at = 0; at < SORTED; at += 2 * length)
            merge(into + at, from + at, from + at + length, length);
        double *merged = into;
        into = from;
        from = merged;
    }
    memcpy(values, from, n * sizeof *values);
}

/* ---- Shift and scale ----------------------------------------------------------------------------
 */

/* Finite values in ascending order, -0 as 0. */
static size_t sorted_finite(double *sorted, const double *values)
{
    size_t n = 0;
    for (size_t i = 0; i < FLC_BLOCK; i++)
        if (flc_is_finite(values[i]))
            sorted[n++] = values[i] + 0.0;
    sort(sorted, n);
    return n;
}

static double mean_of(const double *sorted, size_t n)
{
    double sum = 0, shares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += sorted[i];
        shares += sorted[i] / (double)n; /* cannot overflow */
    }
    const double mean = flc_is_finite(sum) ? sum / (double)n : shares;
    const double raised = mean < sorted[0] ? sorted[0] : mean;
    return raised > sorted[n - 1] ? sorted[n - 1] : raised;
}

static double spread_of(const double *sorted, size_t n, double center)
{
    const double quartiles = sorted[n - 1 - n / 4] / 2 - sorted[n / 4] / 2;
    if (quartiles > 0)
        return quartiles;
    double distance = 0;
    for (size_t i = 0; i < n; i++)
        distance += flc_abs(sorted[i] / (double)n - center / (double)n);
    if (sorted[n - 1] > sorted[0] && distance > 0)
        return distance;
    return center == 0 ? 1.0 : flc_abs(center);
}

/* e with 2^e <= x < 2^(e+1), within the limits. */
static int exponent_of(double x)
{
    const int exponent = (int)(flc_bits(x) >> 52 & 0x7ff) - 1023;
    if (exponent < -FLC_SUMMARY_EXPONENT_LIMIT)
        return -FLC_SUMMARY_EXPONENT_LIMIT;
    return exponent > FLC_SUMMARY_EXPONENT_LIMIT ? FLC_SUMMARY_EXPONENT_LIMIT : exponent;
}

struct flc_grid flc_summary_pilot(const double *values, flc_resolution resolution)
{
    double sorted[FLC_BLOCK];
    const size_t n = sorted_finite(sorted, values);
    if (n == 0)
        return flc_summary_grid(0.0, 0, resolution);
    const double center = mean_of(sorted, n);
    const double below = center / 2 - sorted[0] / 2, above = sorted[n - 1] / 2 - center / 2;
    const double farthest = above > below ? above : below;
    int exponent = exponent_of(spread_of(sorted, n, center));
    const int least = exponent_of(farthest) + 1 - (int)resolutions[resolution].octaves / 2;
    if (farthest > 0 && exponent < least)
        exponent = least > FLC_SUMMARY_EXPONENT_LIMIT ? FLC_SUMMARY_EXPONENT_LIMIT : least;
    return flc_summary_grid(center, exponent, resolution);
}

void flc_summary_pilot_thresholds(double thresholds[FLC_REPLICATE_THRESHOLDS], const double *values)
{
    static const double p[FLC_REPLICATE_THRESHOLDS] = {
        0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99};
    double sorted[FLC_BLOCK];
    const size_t n = sorted_finite(sorted, values);
    for (size_t j = 0; j < FLC_REPLICATE_THRESHOLDS; j++)
        thresholds[j] = n ? sorted[(size_t)(p[j] * (double)n)] : 0.0;
}
