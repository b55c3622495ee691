/* Quantiles of a summary.
 *
 * Finite values in ascending order fill, position by position, the cells of the sketch; the cell
 * that holds 0 is split at 0, whose rank is known from the exact counts of negative values and
 * zeros. All ranks asked for are found in one walk over the cells, in ascending order; it steps
 * over octaves that hold none of them. */
#include "base/check.h"
#include "statistics/intervals.h"
#include "statistics/replicated.h"
#include "statistics/summary_state.h"

/* The finite values number before+1 ... before+count in ascending order are in [low, high]. */
struct span {
    double low, high;
    uint64_t before, count;
};

/* A walk over the positions, at one of them, all before it counted. */
struct walk {
    const struct flc_tally *tally;
    int64_t position, last, zero_at;
    uint64_t before;
};

static struct walk begin_walk(const struct flc_tally *tally)
{
    const int64_t last = (int64_t)tally->cells.octaves << tally->grid.bits;
    return (struct walk){tally, -last, last, flc_sketch_position(&tally->grid, 0.0), 0};
}

/* Cell of a position other than 0 on its side. */
static uint64_t cell_at(int64_t position)
{
    return (uint64_t)(position < 0 ? -1 - position : position - 1);
}

/* Values at the walk's position. */
static uint64_t count_here(const struct walk *walk)
{
    const struct flc_tally *tally = walk->tally;
    const int64_t position = walk->position;
    const uint64_t zeros = position == walk->zero_at ? tally->seen.zero : 0;
    if (position == 0)
        return tally->seen.center + zeros;
    const size_t slot = flc_sketch_index(cell_at(position), position < 0, tally->grid.bits);
    return flc_summary_cells_count(&tally->cells, slot) + zeros;
}

/* Does an octave begin at the walk's position? */
static bool at_octave(const struct walk *walk)
{
    const uint64_t mask = (UINT64_C(1) << walk->tally->grid.bits) - 1;
    const uint64_t cell = cell_at(walk->position);
    return walk->position != 0 && ((walk->position < 0 ? cell + 1 : cell) & mask) == 0;
}

/* Values in the octave that begins at the walk's position. */
static uint64_t count_octave(const struct walk *walk)
{
    const struct flc_tally *tally = walk->tally;
    const uint64_t cells = UINT64_C(1) << tally->grid.bits, below = walk->position < 0;
    const int64_t end = walk->position + (int64_t)cells;
    const uint64_t first = cell_at(below ? end - 1 : walk->position);
    const size_t slot = flc_sketch_index(first, below, tally->grid.bits);
    const bool zeros = walk->position <= walk->zero_at && walk->zero_at < end;
    return flc_summary_cells_sum(&tally->cells, slot, cells) + (zeros ? tally->seen.zero : 0);
}

/* On to the position that holds the finite value number `rank`; returns the values there. */
static uint64_t seek(struct walk *walk, uint64_t rank)
{
    for (;;) {
        FLC_ASSERT(walk->position <= walk->last);
        const uint64_t octave = at_octave(walk) ? count_octave(walk) : UINT64_MAX;
        if (octave < rank - walk->before) {
            walk->before += octave;
            walk->position += INT64_C(1) << walk->tally->grid.bits;
            continue;
        }
        const uint64_t here = count_here(walk);
        if (rank - walk->before <= here)
            return here;
        walk->before += here;
        walk->position++;
    }
}

/* The part of the cell at `position` (c excluded) that holds value number `rank`; span covers the
 * cell. */
static void split_at_zero(struct span *span, const struct flc_tally *tally, uint64_t rank)
{
    const uint64_t end = span->before + span->count;
    const uint64_t zeros_end = tally->seen.below_zero + tally->seen.zero;
    if (rank <= tally->seen.below_zero) {
        span->high = flc_sketch_before(0.0);
        span->count = tally->seen.below_zero - span->before;
    } else if (rank <= zeros_end) {
        *span = (struct span){0, 0, tally->seen.below_zero, tally->seen.zero};
    } else {
        *span = (struct span){flc_sketch_after(0.0), span->high, zeros_end, end - zeros_end};
    }
}

/* Bounds of the cell at span's position, inside the extremes. */
static void bound(struct span *span, const struct flc_tally *tally, int64_t position)
{
    if (position == 0) {
        span->low = span->high = tally->grid.center;
        return;
    }
    const double low = flc_sketch_edge(&tally->grid, position);
    const double high = flc_sketch_before(flc_sketch_edge(&tally->grid, position + 1));
    span->low = low < tally->seen.min ? tally->seen.min : low;
    span->high = high > tally->seen.max ? tally->seen.max : high;
}

/* Where the finite value number `rank` (1 ... finite) is, not before where the walk is. Atoms at
 * the extremes are exact. */
static struct span locate(struct walk *walk, uint64_t rank)
{
    const struct flc_tally *tally = walk->tally;
    const uint64_t n = tally->seen.finite;
    if (rank <= tally->seen.min_count)
        return (struct span){tally->seen.min, tally->seen.min, 0, tally->seen.min_count};
    if (rank > n - tally->seen.max_count)
        return (struct span){tally->seen.max, tally->seen.max, n - tally->seen.max_count,
                             tally->seen.max_count};
    const uint64_t here = seek(walk, rank);
    struct span span = {.before = walk->before, .count = here};
    bound(&span, tally, walk->position);
    if (walk->position == walk->zero_at && walk->position != 0)
        split_at_zero(&span, tally, rank);
    return span;
}

static double clamp(double x, double low, double high)
{
    const double raised = x < low ? low : x;
    return raised > high ? high : raised;
}

/* Value number `rank`, by equal distances inside its span; whole where all values are. */
static double inside(const struct span *span, uint64_t rank, bool whole)
{
    const double share = ((double)(rank - span->before) - 0.5) / (double)span->count;
    const double value = span->low + share * (span->high - span->low);
    const double nearest = flc_floor(value + 0.5);
    const double wished = whole ? nearest : value;
    return clamp(wished, span->low, span->high);
}

/* The smallest and largest value that a span can hold. */
static void tighten(struct span *span, bool whole)
{
    if (!whole || span->low == span->high)
        return;
    span->low = -flc_floor(-span->low);
    span->high = flc_floor(span->high);
}

/* Where number `rank` of all defined values is; infinite ones first and last. */
static struct span locate_defined(struct walk *walk, uint64_t rank)
{
    const struct flc_tally *tally = walk->tally;
    const double infinity = (double)INFINITY;
    if (rank <= tally->seen.minus_infinite)
        return (struct span){-infinity, -infinity, 0, tally->seen.minus_infinite};
    rank -= tally->seen.minus_infinite;
    if (rank > tally->seen.finite)
        return (struct span){infinity, infinity, tally->seen.finite, tally->seen.plus_infinite};
    struct span span = locate(walk, rank);
    tighten(&span, tally->seen.whole);
    return span;
}

flc_order flc_summary_order(const flc_summary *summary, size_t output, uint64_t rank)
{
    struct walk walk = begin_walk(&summary->tallies[output]);
    const struct span span = locate_defined(&walk, rank);
    return (flc_order){span.low, span.high};
}

/* ---- Quantiles ----------------------------------------------------------------------------------
 */

/* ceil(p n), where a p n within rounding of a whole number is that number. */
static uint64_t rank_of(double p, uint64_t n)
{
    const double exact = p * (double)n, near = flc_floor(exact + 0.5);
    const double up = -flc_floor(-exact);
    const double rank = flc_abs(exact - near) <= 4e-16 * exact ? near : up;
    return rank < 1 ? 1 : rank >= (double)n ? n : (uint64_t)rank;
}

static flc_ranks replicated_ranks(const struct flc_tally *tally, uint64_t n, double p, double level)
{
    const double widened = flc_replicated_student(level) / flc_intervals_normal(level);
    const double trials = flc_summary_replicates_trials(tally->replicates, n, p);
    return flc_intervals_ranks_of(n, p, level, trials / (widened * widened));
}

/* The ranks of the intervals; they depend on the number of values alone, unless by replicate. */
static void find_ranks(struct flc_quantile_query *query, const struct flc_tally *tally, uint64_t n)
{
    if (!tally->replicates && query->n == n)
        return;
    for (size_t i = 0; i < query->count; i++)
        query->ranks[i] = tally->replicates ? replicated_ranks(tally, n, query->p[i], query->level)
                                            : flc_intervals_ranks(n, query->p[i], query->level);
    query->n = n;
}

enum end { VALUE, LOW, HIGH, ENDS };

/* One rank to find, for an end of estimate number `of`. */
struct wanted {
    uint64_t rank;
    size_t of;
    enum end end;
};

/* All ranks to find, in ascending order; returns how many. Nearly in order already. */
static size_t list_wanted(struct wanted *wanted, const struct flc_quantile_query *query, uint64_t n)
{
    size_t listed = 0;
    for (size_t i = 0; i < query->count; i++) {
        const flc_ranks ranks = query->ranks[i];
        const uint64_t asked[ENDS] = {rank_of(query->p[i], n), ranks.low,
                                      ranks.high <= n ? ranks.high : 0};
        for (enum end end = VALUE; end < ENDS; end++) {
            size_t at = asked[end] ? listed++ : 0;
            for (; asked[end] && at > 0 && wanted[at - 1].rank > asked[end]; at--)
                wanted[at] = wanted[at - 1];
            if (asked[end])
                wanted[at] = (struct wanted){asked[end], i, end};
        }
    }
    return listed;
}

static void take_value(flc_quantile_estimate *estimate, const struct span *span, uint64_t rank,
                       const struct flc_tally *tally)
{
    estimate->value = span->low;
    estimate->bound = 0;
    if (!(span->low < span->high))
        return;
    estimate->value = inside(span, rank - tally->seen.minus_infinite, tally->seen.whole);
    const double above = span->high - estimate->value, below = estimate->value - span->low;
    estimate->bound = above > below ? above : below;
}

void flc_summary_quantiles(const flc_summary *summary, flc_quantile_estimate *estimates,
                           struct flc_quantile_query *query, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    const uint64_t n = tally->seen.finite + tally->seen.plus_infinite + tally->seen.minus_infinite;
    const double nan = (double)NAN, infinity = (double)INFINITY;
    struct wanted wanted[ENDS * FLC_QUANTILES];
    FLC_ASSERT(query->count <= FLC_QUANTILES);
    for (size_t i = 0; i < query->count; i++)
        estimates[i] = n ? (flc_quantile_estimate){nan, nan, -infinity, infinity}
                         : (flc_quantile_estimate){nan, nan, nan, nan};
    if (n == 0)
        return;
    find_ranks(query, tally, n);
    const size_t count = list_wanted(wanted, query, n);
    struct walk walk = begin_walk(tally);
    for (size_t i = 0; i < count; i++) {
        const struct span span = locate_defined(&walk, wanted[i].rank);
        flc_quantile_estimate *estimate = &estimates[wanted[i].of];
        if (wanted[i].end == VALUE)
            take_value(estimate, &span, wanted[i].rank, tally);
        else if (wanted[i].end == LOW)
            estimate->low = span.low;
        else
            estimate->high = span.high;
    }
}

flc_quantile_estimate flc_summary_quantile(const flc_summary *summary, size_t output, double p,
                                           double level)
{
    struct flc_quantile_query query = {.p = &p, .count = 1, .level = level};
    flc_quantile_estimate estimate;
    flc_summary_quantiles(summary, &estimate, &query, output);
    return estimate;
}
