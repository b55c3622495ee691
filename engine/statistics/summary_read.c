/* Reading a summary. Nothing here is fast or needs to be: a quantile walks the cells once.
 *
 * Finite values in ascending order fill, position by position, the cells of the sketch; the cell
 * that holds 0 is split at 0, whose rank is known from the exact counts of negative values and
 * zeros. */
#include "statistics/intervals.h"
#include "statistics/replicated.h"
#include "statistics/summary_state.h"

flc_counts flc_summary_counts(const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    return (flc_counts){
        .defined = tally->seen.finite + tally->seen.plus_infinite + tally->seen.minus_infinite,
        .undefined = tally->seen.undefined,
        .finite = tally->seen.finite,
        .plus_infinite = tally->seen.plus_infinite,
        .minus_infinite = tally->seen.minus_infinite,
        .below_zero = tally->seen.below_zero,
        .zero = tally->seen.zero,
        .first_undefined = tally->seen.first_undefined,
    };
}

flc_extremes flc_summary_extremes(const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    return (flc_extremes){
        .min = tally->seen.finite ? tally->seen.min : (double)NAN,
        .max = tally->seen.finite ? tally->seen.max : (double)NAN,
        .min_sample = tally->seen.min_sample,
        .max_sample = tally->seen.max_sample,
        .min_count = tally->seen.min_count,
        .max_count = tally->seen.max_count,
        .whole = tally->seen.finite && tally->seen.whole,
    };
}

/* ---- Moments ------------------------------------------------------------------------------------
 */

/* The sum of z^(k+1), NaN where a power overflowed. */
static double power_sum(const struct flc_tally *tally, size_t k)
{
    int64_t total[FLC_SUPERACCUMULATOR_WIDE];
    if (tally->seen.overflow[k])
        return (double)NAN;
    flc_summary_tally_total(total, tally, k);
    const double sum = flc_superaccumulator_round(total);
    return flc_is_finite(sum) ? sum : (double)NAN;
}

static double clamp(double x, double low, double high)
{
    const double raised = x < low ? low : x;
    return raised > high ? high : raised;
}

/* NaN stays; rounding below 0 does not. */
static double not_negative(double x)
{
    return x < 0 ? 0 : x;
}

static double sd_error(double n, double m2, double m4, double sd)
{
    const double variance = (m4 - m2 * m2 * (n - 3) / (n - 1)) / n;
    return sqrt(not_negative(variance)) / (2 * sd);
}

/* Of at least one finite value; errors as of independent samples. The mean of z too. */
static flc_moments moments_of(const struct flc_tally *tally, double *mean_of_z)
{
    const double nan = (double)NAN, n = (double)tally->seen.finite;
    flc_moments moments = {tally->seen.finite,    nan, nan, nan, nan, nan, nan,
                           tally->seen.finite - 1};
    const double unit = flc_two_to(tally->grid.exponent);
    const double s1 = power_sum(tally, 0), s2 = power_sum(tally, 1);
    const double s3 = power_sum(tally, 2), s4 = power_sum(tally, 3);
    const double mean = *mean_of_z = s1 / n; /* of z, and so all below */
    moments.mean = clamp(tally->grid.center + mean * unit, tally->seen.min, tally->seen.max);
    if (tally->seen.finite < 2)
        return moments;
    const double second = not_negative(s2 - s1 * mean);
    const double third = s3 - mean * (3 * s2 - 2 * s1 * mean);
    const double fourth = s4 - mean * (4 * s3 - mean * (6 * s2 - 3 * s1 * mean));
    const double sd = sqrt(second / (n - 1)), m2 = second / n;
    moments.sd = sd * unit;
    moments.mean_error = moments.sd / sqrt(n);
    if (!(second > 0))
        return moments;
    moments.skewness = third / n / (m2 * sqrt(m2));
    moments.kurtosis = fourth / n / (m2 * m2) - 3;
    if (tally->seen.finite >= 4)
        moments.sd_error = sd_error(n, m2, fourth / n, sd) * unit;
    return moments;
}

flc_moments flc_summary_moments(const flc_summary *summary, size_t output)
{
    const struct flc_tally *tally = &summary->tallies[output];
    const double nan = (double)NAN;
    double mean;
    if (tally->seen.finite == 0)
        return (flc_moments){0, nan, nan, nan, nan, nan, nan, 0};
    flc_moments moments = moments_of(tally, &mean);
    if (tally->replicates)
        flc_summary_replicates_moments(&moments, tally, mean);
    return moments;
}

/* ---- Ranks
 * --------------------------------------------------------------------------------------- */

/* The finite values number before+1 ... before+count in ascending order are in [low, high]. */
struct span {
    double low, high;
    uint64_t before, count;
};

static int64_t last_position(const struct flc_tally *tally)
{
    return (int64_t)tally->octaves << tally->grid.bits;
}

/* Values at a position, zeros not counted. */
static uint64_t count_at(const struct flc_tally *tally, int64_t position)
{
    return position == 0 ? tally->seen.center
                         : tally->cells[flc_sketch_slot(&tally->grid, position)];
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

/* Where the finite value number `rank` (1 ... finite) is. Atoms at the extremes are exact. */
static struct span locate(const struct flc_tally *tally, uint64_t rank)
{
    const uint64_t n = tally->seen.finite;
    if (rank <= tally->seen.min_count)
        return (struct span){tally->seen.min, tally->seen.min, 0, tally->seen.min_count};
    if (rank > n - tally->seen.max_count)
        return (struct span){tally->seen.max, tally->seen.max, n - tally->seen.max_count,
                             tally->seen.max_count};
    const int64_t zero_at = flc_sketch_position(&tally->grid, 0.0), last = last_position(tally);
    struct span span = {.before = 0};
    for (int64_t position = -last; position <= last; position++) {
        span.count = count_at(tally, position) + (position == zero_at ? tally->seen.zero : 0);
        if (rank <= span.before + span.count) {
            bound(&span, tally, position);
            if (position == zero_at && position != 0)
                split_at_zero(&span, tally, rank);
            return span;
        }
        span.before += span.count;
    }
    return span; /* not reached: the cells hold all finite values */
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
static struct span locate_defined(const struct flc_tally *tally, uint64_t rank)
{
    const double infinity = (double)INFINITY;
    if (rank <= tally->seen.minus_infinite)
        return (struct span){-infinity, -infinity, 0, tally->seen.minus_infinite};
    rank -= tally->seen.minus_infinite;
    if (rank > tally->seen.finite)
        return (struct span){infinity, infinity, tally->seen.finite, tally->seen.plus_infinite};
    struct span span = locate(tally, rank);
    tighten(&span, tally->seen.whole);
    return span;
}

/* ceil(p n), where a p n within rounding of a whole number is that number. */
static uint64_t rank_of(double p, uint64_t n)
{
    const double exact = p * (double)n, near = flc_floor(exact + 0.5);
    const double up = -flc_floor(-exact);
    const double rank = flc_abs(exact - near) <= 4e-16 * exact ? near : up;
    return rank < 1 ? 1 : rank >= (double)n ? n : (uint64_t)rank;
}

static flc_ranks ranks_of(const struct flc_tally *tally, uint64_t n, double p, double level)
{
    if (!tally->replicates)
        return flc_intervals_ranks(n, p, level);
    const double widened = flc_replicated_student(level) / flc_intervals_normal(level);
    const double trials = flc_summary_replicates_trials(tally->replicates, n, p);
    return flc_intervals_ranks_of(n, p, level, trials / (widened * widened));
}

flc_quantile_estimate flc_summary_quantile(const flc_summary *summary, size_t output, double p,
                                           double level)
{
    const struct flc_tally *tally = &summary->tallies[output];
    const uint64_t n = tally->seen.finite + tally->seen.plus_infinite + tally->seen.minus_infinite;
    const double nan = (double)NAN, infinity = (double)INFINITY;
    if (n == 0)
        return (flc_quantile_estimate){nan, nan, nan, nan};
    const uint64_t rank = rank_of(p, n);
    const struct span span = locate_defined(tally, rank);
    flc_quantile_estimate estimate = {span.low, 0, -infinity, infinity};
    if (span.low < span.high) {
        estimate.value = inside(&span, rank - tally->seen.minus_infinite, tally->seen.whole);
        const double above = span.high - estimate.value, below = estimate.value - span.low;
        estimate.bound = above > below ? above : below;
    }
    const flc_ranks ranks = ranks_of(tally, n, p, level);
    if (ranks.low > 0)
        estimate.low = locate_defined(tally, ranks.low).low;
    if (ranks.high <= n)
        estimate.high = locate_defined(tally, ranks.high).high;
    return estimate;
}

/* Error and interval from replicates, where each has a defined value. */
static void replicate_exceedance(flc_exceedance *exceedance, const flc_summary *summary,
                                 size_t target, double level)
{
    const struct flc_tally *tally = &summary->tallies[summary->targets[target].output];
    uint64_t of[FLC_REPLICATES];
    flc_summary_replicates_counts(of, tally->replicates, FLC_REPLICATE_DEFINED);
    const flc_replicated_share share = flc_replicated_share_of(summary->met_by[target], of);
    if (flc_is_nan(share.error))
        return;
    const flc_interval interval =
        flc_intervals_score(exceedance->probability, share.trials, flc_replicated_student(level));
    exceedance->standard_error = share.error;
    exceedance->low = interval.low;
    exceedance->high = interval.high;
}

flc_order flc_summary_order(const flc_summary *summary, size_t output, uint64_t rank)
{
    const struct span span = locate_defined(&summary->tallies[output], rank);
    return (flc_order){span.low, span.high};
}

flc_exceedance flc_summary_exceedance(const flc_summary *summary, size_t target, double level)
{
    const struct flc_tally *tally = &summary->tallies[summary->targets[target].output];
    const double nan = (double)NAN;
    flc_exceedance exceedance = {.met = summary->met[target],
                                 .defined = tally->seen.finite + tally->seen.plus_infinite +
                                            tally->seen.minus_infinite,
                                 .probability = nan,
                                 .standard_error = nan,
                                 .low = nan,
                                 .high = nan};
    if (exceedance.defined == 0)
        return exceedance;
    const double n = (double)exceedance.defined, share = (double)exceedance.met / n;
    const flc_interval wilson = flc_intervals_wilson(exceedance.met, exceedance.defined, level);
    exceedance.probability = share;
    exceedance.standard_error = sqrt(share * (1 - share) / n);
    exceedance.low = wilson.low;
    exceedance.high = wilson.high;
    if (summary->replicated)
        replicate_exceedance(&exceedance, summary, target, level);
    return exceedance;
}
