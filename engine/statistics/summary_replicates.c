/* What a summary keeps by replicate, and what it tells.
 *
 * Sums are exact as those over all samples (superaccumulator.h), of block sums rounded to 2^-64 of
 * the output's unit 2^e. Quantiles: the distribution
 * function F at 15 fixed thresholds, quantiles of the pilot, is a share with an error from
 * replicates, hence an effect, its number of samples over that of independent ones. At p the effect
 * is interpolated between the thresholds whose F are next to p, towards 1 at the far ends, where
 * nothing is known; the interval of the quantile is the whole sample's order statistics at the
 * ranks of a test of F = p (Woodruff 1952, "Confidence intervals for medians and other position
 * measures"). */
#include <string.h>

#include "statistics/replicated.h"
#include "statistics/summary_state.h"

struct flc_replicate_tally *flc_summary_replicates_new(flc_error *error)
{
    return FLC_NEW(struct flc_replicate_tally, 1, error);
}

void flc_summary_replicates_clear(struct flc_replicate_tally *own)
{
    flc_free(own->wide);
    own->wide = NULL;
    own->additions = 0;
    own->recent = (struct flc_replicate_recent){.blocks = 0};
    memset(own->sums, 0, sizeof own->sums);
    memset(own->counts, 0, sizeof own->counts);
    memset(own->overflow, 0, sizeof own->overflow);
}

void flc_summary_replicates_free(struct flc_replicate_tally *own)
{
    if (own)
        flc_free(own->wide);
    flc_free(own);
}

/* ---- Adding and merging -------------------------------------------------------------------------
 */

static void carry(struct flc_replicate_tally *own, uint32_t more)
{
    if (own->additions + more > FLC_SUPERACCUMULATOR_ADDS) {
        for (size_t k = 0; k < FLC_REPLICATE_POWERS; k++)
            for (size_t r = 0; r < FLC_REPLICATES; r++) {
                flc_superaccumulator_carry(own->sums[k][r], FLC_SUPERACCUMULATOR_NARROW);
                if (own->wide)
                    flc_superaccumulator_carry(own->wide->sums[k][r], FLC_SUPERACCUMULATOR_WIDE);
            }
        own->additions = 1;
    }
    own->additions += more;
}

flc_status flc_summary_replicates_widen(struct flc_replicate_tally *own, flc_error *error)
{
    if (!own->wide)
        own->wide = FLC_NEW(struct flc_replicate_wide, 1, error);
    return own->wide ? FLC_OK : FLC_ERROR_MEMORY;
}

static flc_status add_sum(struct flc_replicate_tally *own, size_t k, size_t r, double x,
                          flc_error *error)
{
    if (!flc_is_finite(x)) {
        own->overflow[k] = true;
    } else if (flc_superaccumulator_is_narrow(x)) {
        flc_superaccumulator_add_narrow(own->sums[k][r], x);
    } else {
        if (flc_summary_replicates_widen(own, error) != FLC_OK)
            return FLC_ERROR_MEMORY;
        flc_superaccumulator_add_wide(own->wide->sums[k][r], x);
    }
    return FLC_OK;
}

/* 2^-64 is the unit of limb 2 of a narrow sum; each number goes to two limbs. */
static void add_parts(int64_t *limbs, const struct flc_replicate_recent *recent, size_t k, size_t r)
{
    enum { UNIT = (1088 - 64) / 32 - FLC_SUPERACCUMULATOR_NARROW_AT };
    const int64_t parts[2] = {recent->low[k][r], recent->high[k][r]};
    for (size_t i = 0; i < 2; i++) {
        const int64_t digit = (int64_t)((uint64_t)parts[i] & UINT64_C(0xffffffff));
        limbs[UNIT + i] += digit;
        limbs[UNIT + i + 1] += (parts[i] - digit) / (INT64_C(1) << 32);
    }
}

/* Add recent blocks, of this output or another, to those before. */
static void pour(struct flc_replicate_tally *own, const struct flc_replicate_recent *recent)
{
    carry(own, 2);
    for (size_t k = 0; k < FLC_REPLICATE_POWERS; k++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            add_parts(own->sums[k][r], recent, k, r);
    for (size_t row = 0; row < FLC_REPLICATE_ROWS; row++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            own->counts[row][r] += recent->counts[row][r];
}

static void settle(struct flc_replicate_tally *own)
{
    pour(own, &own->recent);
    own->recent = (struct flc_replicate_recent){.blocks = 0};
}

flc_status flc_summary_replicates_add(struct flc_replicate_tally *own,
                                      const struct flc_replicate_kernels *kernels, const double *x,
                                      const struct flc_grid *grid, flc_error *error)
{
    double rest[FLC_REPLICATE_POWERS][FLC_REPLICATES];
    if (own->recent.blocks == FLC_REPLICATE_RECENT)
        settle(own);
    if (!kernels->add(&own->recent, rest, x, grid, own->thresholds))
        return FLC_OK;
    carry(own, 1);
    for (size_t k = 0; k < FLC_REPLICATE_POWERS; k++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            if (add_sum(own, k, r, rest[k][r], error) != FLC_OK)
                return FLC_ERROR_MEMORY;
    return FLC_OK;
}

static void merge_sums(struct flc_replicate_tally *own, const struct flc_replicate_tally *other,
                       size_t k, size_t r)
{
    for (size_t i = 0; i < FLC_SUPERACCUMULATOR_NARROW; i++)
        own->sums[k][r][i] += other->sums[k][r][i];
    for (size_t i = 0; other->wide && i < FLC_SUPERACCUMULATOR_WIDE; i++)
        own->wide->sums[k][r][i] += other->wide->sums[k][r][i];
}

void flc_summary_replicates_merge(struct flc_replicate_tally *own,
                                  const struct flc_replicate_tally *other)
{
    settle(own);
    pour(own, &other->recent);
    carry(own, other->additions);
    for (size_t k = 0; k < FLC_REPLICATE_POWERS; k++) {
        own->overflow[k] = own->overflow[k] || other->overflow[k];
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            merge_sums(own, other, k, r);
    }
    for (size_t row = 0; row < FLC_REPLICATE_ROWS; row++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            own->counts[row][r] += other->counts[row][r];
}

bool flc_summary_replicates_alike(const struct flc_replicate_tally *a,
                                  const struct flc_replicate_tally *b)
{
    return !a == !b && (!a || memcmp(a->thresholds, b->thresholds, sizeof a->thresholds) == 0);
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

void flc_summary_replicates_total(int64_t total[FLC_SUPERACCUMULATOR_WIDE],
                                  const struct flc_replicate_tally *own, size_t k, size_t r)
{
    memset(total, 0, FLC_SUPERACCUMULATOR_WIDE * sizeof *total);
    if (own->wide)
        memcpy(total, own->wide->sums[k][r], sizeof own->wide->sums[k][r]);
    for (size_t i = 0; i < FLC_SUPERACCUMULATOR_NARROW; i++)
        total[FLC_SUPERACCUMULATOR_NARROW_AT + i] += own->sums[k][r][i];
    add_parts(total + FLC_SUPERACCUMULATOR_NARROW_AT, &own->recent, k, r);
}

uint64_t flc_summary_replicates_count(const struct flc_replicate_tally *own, size_t row, size_t r)
{
    return own->counts[row][r] + own->recent.counts[row][r];
}

void flc_summary_replicates_counts(uint64_t counts[FLC_REPLICATES],
                                   const struct flc_replicate_tally *own, size_t row)
{
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        counts[r] = flc_summary_replicates_count(own, row, r);
}

/* NaN where a block's sum overflowed. */
static void power_sums(double sums[FLC_REPLICATES], const struct flc_replicate_tally *own, size_t k)
{
    int64_t total[FLC_SUPERACCUMULATOR_WIDE];
    for (size_t r = 0; r < FLC_REPLICATES; r++) {
        flc_summary_replicates_total(total, own, k, r);
        sums[r] = own->overflow[k] ? (double)NAN : flc_superaccumulator_round(total);
    }
}

/* Sums of (z - mean)^2. */
static void center(double squares[FLC_REPLICATES], const double sums[FLC_REPLICATES],
                   const double counts[FLC_REPLICATES], double mean)
{
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        squares[r] -= mean * (2 * sums[r] - mean * counts[r]);
}

void flc_summary_replicates_moments(flc_moments *moments, const struct flc_tally *tally,
                                    double mean)
{
    const struct flc_replicate_tally *own = tally->replicates;
    const double unit = flc_two_to(tally->grid.exponent);
    double counts[FLC_REPLICATES], sums[FLC_REPLICATES], squares[FLC_REPLICATES];
    for (size_t r = 0; r < FLC_REPLICATES; r++) {
        counts[r] = (double)flc_summary_replicates_count(own, FLC_REPLICATE_FINITE, r);
        if (!(counts[r] > 0))
            return;
    }
    power_sums(sums, own, 0);
    power_sums(squares, own, 1);
    center(squares, sums, counts, mean);
    moments->degrees = FLC_REPLICATES - 1;
    moments->mean_error = flc_replicated_error(sums, counts) * unit;
    if (moments->sd > 0)
        moments->sd_error =
            flc_replicated_error(squares, counts) * unit / (2 * (moments->sd / unit));
}

/* F at a threshold, and the effect there: the variance of F over that of independent samples. */
struct node {
    double share, effect;
};

static struct node node_at(const struct flc_replicate_tally *own, size_t threshold,
                           const uint64_t of[FLC_REPLICATES], double defined)
{
    uint64_t met[FLC_REPLICATES];
    double sum = 0;
    flc_summary_replicates_counts(met, own, FLC_REPLICATE_AT_MOST + threshold);
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        sum += (double)met[r];
    const double trials = flc_replicated_share_of(met, of).trials;
    return (struct node){sum / defined, defined / trials};
}

double flc_summary_replicates_trials(const struct flc_replicate_tally *own, uint64_t defined,
                                     double p)
{
    const double n = (double)defined;
    struct node before = {0, 1}, after = {1, 1};
    uint64_t of[FLC_REPLICATES];
    flc_summary_replicates_counts(of, own, FLC_REPLICATE_DEFINED);
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        if (of[r] == 0)
            return n;
    for (size_t j = 0; j < FLC_REPLICATE_THRESHOLDS; j++) {
        const struct node node = node_at(own, j, of, n);
        if (node.share >= p) {
            after = node;
            break;
        }
        before = node;
    }
    const double width = after.share - before.share;
    const double part = width > 0 ? (p - before.share) / width : 1;
    return n / (before.effect + part * (after.effect - before.effect));
}
