/* Summaries of streams of evaluated samples: exact, mergeable, of bounded memory, for thousands of
 * outputs.
 *
 * A summary takes blocks double values[outputs][FLC_BLOCK] and keeps, for each output, counts, sums
 * of powers, extremes and a quantile sketch. What it holds is a function of the set of blocks it
 * was given and of nothing else: not of their order, of how they were split over summaries that
 * were merged later, nor of the vector instructions used. flc_summary_record_write gives equal
 * bytes for equal sets.
 *
 * How. Sums of one block are made in a fixed order and enter an exact accumulator
 * (superaccumulator.h); all else is integer counts, minima and maxima. A block that is not full
 * (count < FLC_BLOCK) is its own block: a state that shall later be extended must be saved before
 * the last, partial block of a run is added, and that block is then evaluated again in full.
 *
 * What values mean. NaN: the sample has no answer (a ratio without denominator); counted as
 * undefined, not in any statistic. +inf and -inf are answers ("never"): they are counted, take part
 * in quantiles and exceedances, and not in moments, extremes or histograms. -0 is 0.
 *
 * The pilot. Before its first block every output gets a shift c and a scale 2^e, both from one and
 * the same full block (samples 0 ... FLC_BLOCK-1 of the design, whatever the number of samples of
 * the run), so that every rank has the same: c is the mean of the finite values, 2^e a power of two
 * about the half interquartile range (summary_pilot.c). Sums are of z = (x - c) 2^-e, so a mean
 * much larger than the spread costs no accuracy, and a constant output has mean exactly its value
 * and sd exactly 0. Pilots are part of the state; merging across different pilots is refused.
 *
 * The sketch counts values in cells by the bits of 1 + |z| (sketch.h): linear near c, logarithmic
 * outside.
 *
 *   resolution   cells per octave   octaves   cell width at x             bytes per octave
 *   fine         2^9                30        <= 2^-9 (|x - c| + 2^e)     2048, 6144, 14336
 *   coarse       2^5                20        <= 2^-5 (|x - c| + 2^e)     128, 384, 896
 *
 * A cell has a counter of 16 bits, beyond 65,535 values one more of 32, beyond 2^32 one of 64
 * (summary_cells.c). Octaves are reached as values come (a normal output reaches 4 or 5, a
 * lognormal about 8); values beyond the last octave share its last cell. An output costs 512 bytes,
 * plus its octaves, plus 2176 where a sum leaves 2^-128 ... 2^96. Values equal to 0, to c, to the
 * smallest and to the largest value are counted exactly, and so is how many are below 0; where all
 * values are whole numbers quantiles are whole numbers.
 *
 * Replicates. A summary can be told to keep, beside all this, what its samples give by replicate
 * (design/design.h: lane l of a block is of replicate l mod 16), so that errors are those of points
 * that are not independent of each other: for each output 16 sums of z and z^2 and 16 counts of
 * values that are finite, defined, and at most each of 15 thresholds, quantiles of the pilot; for
 * each target 16 counts. An output costs 5.5 kB more, plus 17 kB where a block's sum leaves 2^-24
 * ... 2^16. Standard errors and intervals then come from the spread over replicates (replicated.h)
 * with Student's t of 15 degrees of freedom, those of quantiles from that of the distribution
 * function (summary_replicates.c); as of independent samples only where a replicate has no value.
 *
 * Not safe for concurrent calls on one summary. Reading functions change nothing. No function
 * communicates.
 */
#ifndef FLC_STATISTICS_SUMMARY_H
#define FLC_STATISTICS_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/isa.h"
#include "fulcrum/status.h"
#include "random/draws.h"
#include "statistics/intervals.h"

typedef struct flc_summary flc_summary;

typedef enum flc_resolution {
    FLC_RESOLUTION_FINE,   /* outputs over the horizon */
    FLC_RESOLUTION_COARSE, /* outputs by fiscal year */
    FLC_RESOLUTION_COUNT
} flc_resolution;

/* A question whose answer is counted exactly: is output `output` >= (<=) `threshold` (its unit)? */
typedef enum flc_side { FLC_AT_LEAST, FLC_AT_MOST } flc_side;
typedef struct flc_target {
    size_t output;
    double threshold; /* in the output's unit; not NaN */
    flc_side side;
} flc_target;

/* ---- Making and filling -------------------------------------------------------------------------
 */

/* NULL and *error without memory, or where a target or a resolution is not one. Arrays are copied.
 */
flc_summary *flc_summary_create(const flc_resolution *resolutions, size_t outputs,
                                const flc_target *targets, size_t target_count, flc_error *error);
void flc_summary_free(flc_summary *summary);

/* Keep replicates: before the pilot and the first record. Blocks must then begin with a multiple of
 * 16. After an error the summary must not be used. */
flc_status flc_summary_keep_replicates(flc_summary *summary, flc_error *error);
bool flc_summary_keeps_replicates(const flc_summary *summary);

/* Memory in bytes that such a summary will have: `expected` with 6 octaves per output, `most`
 * whatever comes. SIZE_MAX where that does not fit a size_t. */
typedef struct flc_summary_memory {
    size_t expected, most;
} flc_summary_memory;
flc_summary_memory flc_summary_bytes(const flc_resolution *resolutions, size_t outputs,
                                     size_t target_count);
/* What replicates take more, for sums in range. */
size_t flc_summary_replicate_bytes(size_t outputs, size_t target_count);

/* Take shift and scale from values[outputs][FLC_BLOCK], all lanes; adds nothing. Once, and first.
 */
flc_status flc_summary_set_pilot(flc_summary *summary, const double *values, flc_error *error);

/* Add values[outputs][FLC_BLOCK], lanes 0 ... count-1 being samples first ... first+count-1;
 * 1 <= count <= FLC_BLOCK. After an error (no memory; no pilot; a bad count) the summary must not
 * be used. */
flc_status flc_summary_add(flc_summary *summary, flc_isa isa, const double *values, uint64_t first,
                           size_t count, flc_error *error);

/* Add all that `other` holds; it must have the same outputs, resolutions, targets and pilots, and
 * keep replicates or not (else an error and no change). `other` may be `summary`. */
flc_status flc_summary_merge(flc_summary *summary, const flc_summary *other, flc_error *error);

/* Forget all samples, keep pilots and targets. */
void flc_summary_clear(flc_summary *summary);

size_t flc_summary_outputs(const flc_summary *summary);
size_t flc_summary_targets(const flc_summary *summary);

/* ---- Reading: output < outputs, target < targets
 * -------------------------------------------------- */

/* Samples by kind. defined = finite + plus_infinite + minus_infinite; defined + undefined = all
 * added. first_undefined: the smallest sample number of an undefined one (UINT64_MAX: none). */
typedef struct flc_counts {
    uint64_t defined, undefined, finite, plus_infinite, minus_infinite;
    uint64_t below_zero, zero; /* of the finite */
    uint64_t first_undefined;
} flc_counts;
flc_counts flc_summary_counts(const flc_summary *summary, size_t output);

/* Moments of the n finite values. NaN: undefined (mean needs n >= 1; sd, mean_error n >= 2;
 * skewness, kurtosis sd > 0; sd_error n >= 4; and every moment whose power overflowed is NaN).
 * mean, sd, mean_error and sd_error in the output's unit, skewness and kurtosis of unit 1. sd^2 =
 * M2/(n-1);  mean_error = sd/sqrt(n);  with m_k = M_k/n, M_k the sum of (x - mean)^k: skewness =
 * m3/m2^1.5;  kurtosis = m4/m2^2 - 3 (excess); sd_error = sqrt((m4 - m2^2 (n-3)/(n-1))/n) / (2 sd)
 * (Cramer 1946, 27.4, and the delta method). From replicates: mean_error the spread of their means,
 * sd_error that of their sums of (x - mean)^2, by the delta method. `degrees` of freedom of
 * mean_error: n - 1, or 15. */
typedef struct flc_moments {
    uint64_t n;
    double mean, sd, skewness, kurtosis, mean_error, sd_error;
    uint64_t degrees;
} flc_moments;
flc_moments flc_summary_moments(const flc_summary *summary, size_t output);

/* Smallest and largest finite value (the output's unit; NaN: none), the smallest sample number that
 * has it (UINT64_MAX: none), and how many samples have it. `whole`: every finite value is a whole
 * number. */
typedef struct flc_extremes {
    double min, max;
    uint64_t min_sample, max_sample, min_count, max_count;
    bool whole;
} flc_extremes;
flc_extremes flc_summary_extremes(const flc_summary *summary, size_t output);

/* The p-quantile as the order statistic number ceil(p n) of the n defined values, 0 <= p <= 1 (p =
 * 0: the smallest); n = 0: all NaN. |value - order statistic| <= bound, always (bound 0: exact);
 * the output's unit. [low, high] holds the distribution's p-quantile with probability >= level (0 <
 * level < 1), whatever the distribution (order statistics, Thompson 1936), if samples are
 * independent; with about that probability from replicates (Woodruff 1952); infinite where so few
 * samples give no bound. Infinite answers are order statistics
 * like others. */
typedef struct flc_quantile_estimate {
    double value, bound, low, high;
} flc_quantile_estimate;
flc_quantile_estimate flc_summary_quantile(const flc_summary *summary, size_t output, double p,
                                           double level);
/* Several p at once, which takes hardly longer than one; the same for output after output. */
enum { FLC_QUANTILES = 16 }; /* at most */
struct flc_quantile_query {
    const double *p;
    size_t count;
    double level;
    uint64_t n; /* 0 to begin with; what follows is found for so many values */
    flc_ranks ranks[FLC_QUANTILES];
};
void flc_summary_quantiles(const flc_summary *summary, flc_quantile_estimate *estimates,
                           struct flc_quantile_query *query, size_t output);

/* Bounds of the order statistic number `rank` of the n defined values, 1 <= rank <= n, n > 0: it is
 * in [low, high]; equal bounds are exact. */
typedef struct flc_order {
    double low, high;
} flc_order;
flc_order flc_summary_order(const flc_summary *summary, size_t output, uint64_t rank);

/* How often a target is met: `met` of `defined`; probability = met/defined; its standard error
 * sqrt(p(1-p)/n); Wilson's interval (1927) at `level`. From replicates both are those of the
 * effective number of samples, the error never 0 (replicated.h). NaN without defined samples. */
typedef struct flc_exceedance {
    uint64_t met, defined;
    double probability, standard_error, low, high;
} flc_exceedance;
flc_exceedance flc_summary_exceedance(const flc_summary *summary, size_t target, double level);

/* The finite values in bins[i] = [edges[i], edges[i+1]), the last closed: counts are exact and add
 * up to the number of finite values; edges[0] and edges[bins] are the smallest and largest value.
 * Up to 40 bins of about equal width span the central 99 %, wider ones the tails; whole numbers are
 * not split unevenly. A constant output has one bin of width 0; bins = 0 without finite values.
 * `zero` of them are exactly 0. */
enum { FLC_HISTOGRAM_BINS = 56 };
typedef struct flc_histogram {
    size_t bins;
    double edges[FLC_HISTOGRAM_BINS + 1]; /* the output's unit */
    uint64_t counts[FLC_HISTOGRAM_BINS];
    uint64_t zero;
} flc_histogram;
flc_histogram flc_summary_histogram(const flc_summary *summary, size_t output);

/* ---- Records: the state of one output (with its targets) as portable bytes
 * ----------------------- */

/* Size of the record of `output` now; its pilot must be set. */
size_t flc_summary_record_bytes(const flc_summary *summary, size_t output);
/* Write it: exactly flc_summary_record_bytes bytes. */
void flc_summary_record_write(const flc_summary *summary, size_t output, unsigned char *buffer);
/* Add a record to `output`. An output without pilot takes the record's. Damaged bytes, another
 * length, resolution, pilot or other targets, and replicates where the summary keeps none or none
 * where it does, are refused and change nothing. */
flc_status flc_summary_record_merge(flc_summary *summary, size_t output,
                                    const unsigned char *buffer, size_t length, flc_error *error);

#endif
