/* The inside of a summary, for the files of this floor named summary*.c. */
#ifndef FLC_STATISTICS_SUMMARY_STATE_H
#define FLC_STATISTICS_SUMMARY_STATE_H

#include "base/memory.h"
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

/* One output. `cells` and `wide` are its own. */
struct flc_tally {
    /* Of z^1 ... z^4 over the finite values; a cache line each. */
    _Alignas(FLC_ALIGNMENT) int64_t sums[FLC_POWERS][FLC_SUPERACCUMULATOR_NARROW];
    struct flc_wide_sums *wide; /* what is not narrow, to be added; or NULL */
    uint64_t *cells;            /* the sketch */
    uint32_t octaves;           /* that `cells` holds */
    uint32_t additions;         /* to the sums since carries were passed on */
    struct flc_grid grid;
    flc_resolution resolution;
    bool has_pilot;
    struct flc_seen seen;
};

struct flc_summary {
    size_t outputs, target_count;
    struct flc_tally *tallies;
    flc_target *targets; /* in the caller's order */
    uint64_t *met;       /* per target */
};

/* summary_tally.c */
void flc_summary_tally_clear(struct flc_tally *tally);
/* Room for `octaves` octaves of the sketch; for wide sums. */
flc_status flc_summary_tally_reach(struct flc_tally *tally, uint32_t octaves, flc_error *error);
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

enum { FLC_SUMMARY_EXPONENT_LIMIT = 1000 }; /* |e|: 2^-e and 2^e are normal numbers */

/* summary_pilot.c: the grid of an output from its pilot values[FLC_BLOCK]. */
struct flc_grid flc_summary_pilot(const double *values, flc_resolution resolution);
struct flc_grid flc_summary_grid(double center, int exponent, flc_resolution resolution);

#endif
