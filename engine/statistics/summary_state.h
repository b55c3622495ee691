/* The inside of a summary, for the files of this floor named summary*.c. */
#ifndef FLC_STATISTICS_SUMMARY_STATE_H
#define FLC_STATISTICS_SUMMARY_STATE_H

#include "base/memory.h"
#include "statistics/replicates_kernel.h"
#include "statistics/sketch.h"
#include "statistics/statistics_kernel.h"
#include "statistics/summary.h"
#include "statistics/superaccumulator.h"

/* Counts and extremes of the samples seen. Before any: counts 0, min +inf, max -inf, sample numbers
 * UINT64_MAX, `whole` true. */
struct flc_seen {
    uint64_t finite, undefined, plus_infinite, minus_infinite;
    uint64_t below_zero, zero, center; /* of the finite; center: equal to c, 0 where c is 0 */
    uint64_t first_undefined;
    double min, max;
    uint64_t min_sample, max_sample, min_count, max_count;
    bool whole;
    bool overflow[FLC_POWERS]; /* a block's sum of z^k was not finite: that moment is undefined */
};

/* Sums that leave the narrow range. */
struct flc_wide_sums {
    int64_t power[FLC_POWERS][FLC_SUPERACCUMULATOR_WIDE];
};

/* Sums of replicates that leave the narrow range. */
struct flc_replicate_wide {
    int64_t sums[FLC_REPLICATE_POWERS][FLC_REPLICATES][FLC_SUPERACCUMULATOR_WIDE];
};

/* What one output keeps by replicate. */
struct flc_replicate_tally {
    /* The latest blocks; all that follows is of those before, and to be added. */
    _Alignas(FLC_ALIGNMENT) struct flc_replicate_recent recent;
    /* Of z and z^2 over the finite values. */
    _Alignas(FLC_ALIGNMENT)
        int64_t sums[FLC_REPLICATE_POWERS][FLC_REPLICATES][FLC_SUPERACCUMULATOR_NARROW];
    uint64_t counts[FLC_REPLICATE_ROWS][FLC_REPLICATES];
    double thresholds[FLC_REPLICATE_THRESHOLDS]; /* finite, ascending; from the pilot */
    struct flc_replicate_wide *wide;             /* what is not narrow, to be added; or NULL */
    uint32_t additions;                          /* to the sums since carries were passed on */
    bool overflow[FLC_REPLICATE_POWERS]; /* a block's sum was not finite: that error is undefined */
};

/* Counters of the sketch, by how many bits they have: 16, 32, 64. A value is counted in one level;
 * no level has more values than its counters hold. What is not needed yet is NULL; where there are
 * octaves, the first is there. Slots below FLC_SKETCH_DUMPS mean nothing. */
enum { FLC_CELLS_LATEST, FLC_CELLS_EARLIER, FLC_CELLS_OLDEST, FLC_CELL_LEVELS };
struct flc_cells {
    void *level[FLC_CELL_LEVELS]; /* of uint16_t, uint32_t, uint64_t */
    uint64_t taken[FLC_CELL_LEVELS];
    uint32_t octaves, slots;
};

/* One output. What pointers lead to is its own. */
struct flc_tally {
    /* Of z^1 ... z^4 over the finite values; a cache line each. */
    _Alignas(FLC_ALIGNMENT) int64_t sums[FLC_POWERS][FLC_SUPERACCUMULATOR_NARROW];
    struct flc_wide_sums *wide;             /* what is not narrow, to be added; or NULL */
    struct flc_replicate_tally *replicates; /* NULL: not kept */
    struct flc_cells cells;                 /* the sketch */
    uint32_t additions;                     /* to the sums since carries were passed on */
    struct flc_grid grid;
    flc_resolution resolution;
    bool has_pilot;
    struct flc_seen seen;
};

struct flc_summary {
    size_t outputs, target_count;
    struct flc_tally *tallies;
    flc_target *targets;                /* in the caller's order */
    uint64_t *met;                      /* per target */
    uint64_t (*met_by)[FLC_REPLICATES]; /* the same by replicate, where these are kept */
    bool replicated;
};

/* summary_tally.c */
void flc_summary_tally_clear(struct flc_tally *tally);
/* Room for wide sums. */
flc_status flc_summary_tally_widen(struct flc_tally *tally, flc_error *error);
/* Before `more` additions to the sums. */
void flc_summary_tally_carry(struct flc_tally *tally, uint32_t more);
/* Add one value to the sum of power k (0 ... 3). */
flc_status flc_summary_tally_sum(struct flc_tally *tally, size_t k, double x, flc_error *error);
/* The whole sum of power k. */
void flc_summary_tally_total(int64_t total[FLC_SUPERACCUMULATOR_WIDE],
                             const struct flc_tally *tally, size_t k);
/* Counts and extremes of both; `other` may be `seen`. */
void flc_summary_tally_combine(struct flc_seen *seen, const struct flc_seen *other);
/* Room for all of another tally of the same pilot; then add all of it. `other` may be `tally`. */
flc_status flc_summary_tally_room(struct flc_tally *tally, const struct flc_tally *other,
                                  flc_error *error);
void flc_summary_tally_merge(struct flc_tally *tally, const struct flc_tally *other);

/* summary_cells.c. Forget all values; to begin with, cells are all zero. */
void flc_summary_cells_clear(struct flc_cells *cells);
/* Room for `octaves` octaves of 2^bits cells a side. */
flc_status flc_summary_cells_reach(struct flc_cells *cells, uint32_t octaves, uint32_t bits,
                                   flc_error *error);
/* The level that so many more values fit, and room there in all octaves. */
flc_status flc_summary_cells_room(struct flc_cells *cells, size_t *level, uint64_t values,
                                  flc_error *error);
/* Add all of `other`, so many values, with room for them. `other` may be `cells`. */
void flc_summary_cells_merge(struct flc_cells *cells, const struct flc_cells *other,
                             uint64_t values);
/* Values in so many slots. */
uint64_t flc_summary_cells_sum(const struct flc_cells *cells, size_t slot, size_t count);
/* Make the first level empty. */
flc_status flc_summary_cells_settle(struct flc_cells *cells, flc_error *error);

/* Values in a slot. */
static inline uint64_t flc_summary_cells_count(const struct flc_cells *cells, size_t slot)
{
    const uint16_t *latest = cells->level[FLC_CELLS_LATEST];
    const uint32_t *earlier = cells->level[FLC_CELLS_EARLIER];
    const uint64_t *oldest = cells->level[FLC_CELLS_OLDEST];
    uint64_t count = latest ? latest[slot] : 0;
    count += earlier ? earlier[slot] : 0;
    return count + (oldest ? oldest[slot] : 0);
}

/* More values in a slot, to a level that there is; `taken` is the caller's. */
static inline void flc_summary_cells_put(struct flc_cells *cells, size_t level, size_t slot,
                                         uint64_t values)
{
    if (level == FLC_CELLS_LATEST)
        ((uint16_t *)cells->level[level])[slot] += (uint16_t)values;
    else if (level == FLC_CELLS_EARLIER)
        ((uint32_t *)cells->level[level])[slot] += (uint32_t)values;
    else
        ((uint64_t *)cells->level[level])[slot] += values;
}

/* summary_replicates.c. An output's replicates: all nothing; forget all samples, but not the
 * thresholds; free, also NULL. */
struct flc_replicate_tally *flc_summary_replicates_new(flc_error *error);
void flc_summary_replicates_clear(struct flc_replicate_tally *own);
void flc_summary_replicates_free(struct flc_replicate_tally *own);
/* x[FLC_BLOCK], NaN in the lanes without a sample. */
flc_status flc_summary_replicates_add(struct flc_replicate_tally *own,
                                      const struct flc_replicate_kernels *kernels, const double *x,
                                      const struct flc_grid *grid, flc_error *error);
flc_status flc_summary_replicates_widen(struct flc_replicate_tally *own, flc_error *error);
/* `other`, of the same thresholds and with room made by widen where it is wide, may be `own`. */
void flc_summary_replicates_merge(struct flc_replicate_tally *own,
                                  const struct flc_replicate_tally *other);
bool flc_summary_replicates_alike(const struct flc_replicate_tally *a,
                                  const struct flc_replicate_tally *b);
/* The whole sum of power k of replicate r, and its whole count in a row. */
void flc_summary_replicates_total(int64_t total[FLC_SUPERACCUMULATOR_WIDE],
                                  const struct flc_replicate_tally *own, size_t k, size_t r);
uint64_t flc_summary_replicates_count(const struct flc_replicate_tally *own, size_t row, size_t r);
void flc_summary_replicates_counts(uint64_t counts[FLC_REPLICATES],
                                   const struct flc_replicate_tally *own, size_t row);
/* Errors of mean and standard deviation into the moments, whose mean of z is `mean`, where every
 * replicate has a finite value. */
void flc_summary_replicates_moments(flc_moments *moments, const struct flc_tally *tally,
                                    double mean);
/* How many independent values tell as much about the quantile p as these. */
double flc_summary_replicates_trials(const struct flc_replicate_tally *own, uint64_t defined,
                                     double p);

enum { FLC_SUMMARY_EXPONENT_LIMIT = 1000 }; /* |e|: 2^-e and 2^e are normal numbers */

/* summary_pilot.c: the grid of an output from its pilot values[FLC_BLOCK]. */
struct flc_grid flc_summary_pilot(const double *values, flc_resolution resolution);
struct flc_grid flc_summary_grid(double center, int exponent, flc_resolution resolution);
/* The pilot's own quantiles. */
void flc_summary_pilot_thresholds(double thresholds[FLC_REPLICATE_THRESHOLDS],
                                  const double *values);

#endif
