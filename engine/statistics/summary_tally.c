/* One output's tally: room, sums, counts. */
#include <string.h>

#include "base/memory.h"
#include "statistics/summary_state.h"

void flc_summary_tally_clear(struct flc_tally *tally)
{
    memset(tally->sums, 0, sizeof tally->sums);
    flc_free(tally->wide);
    flc_summary_cells_clear(&tally->cells);
    if (tally->replicates)
        flc_summary_replicates_clear(tally->replicates);
    tally->wide = NULL;
    tally->additions = 0;
    tally->seen = (struct flc_seen){.first_undefined = UINT64_MAX,
                                    .min = (double)INFINITY,
                                    .max = -(double)INFINITY,
                                    .min_sample = UINT64_MAX,
                                    .max_sample = UINT64_MAX,
                                    .whole = true};
}

flc_status flc_summary_tally_widen(struct flc_tally *tally, flc_error *error)
{
    if (!tally->wide)
        tally->wide = FLC_NEW(struct flc_wide_sums, 1, error);
    return tally->wide ? FLC_OK : FLC_ERROR_MEMORY;
}

void flc_summary_tally_carry(struct flc_tally *tally, uint32_t more)
{
    if (tally->additions + more > FLC_SUPERACCUMULATOR_ADDS) {
        for (size_t k = 0; k < FLC_POWERS; k++) {
            flc_superaccumulator_carry(tally->sums[k], FLC_SUPERACCUMULATOR_NARROW);
            if (tally->wide)
                flc_superaccumulator_carry(tally->wide->power[k], FLC_SUPERACCUMULATOR_WIDE);
        }
        tally->additions = 1;
    }
    tally->additions += more;
}

flc_status flc_summary_tally_sum(struct flc_tally *tally, size_t k, double x, flc_error *error)
{
    if (flc_superaccumulator_is_narrow(x)) {
        flc_superaccumulator_add_narrow(tally->sums[k], x);
        return FLC_OK;
    }
    if (flc_summary_tally_widen(tally, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    flc_superaccumulator_add_wide(tally->wide->power[k], x);
    return FLC_OK;
}

void flc_summary_tally_total(int64_t total[FLC_SUPERACCUMULATOR_WIDE],
                             const struct flc_tally *tally, size_t k)
{
    memset(total, 0, FLC_SUPERACCUMULATOR_WIDE * sizeof *total);
    if (tally->wide)
        memcpy(total, tally->wide->power[k], sizeof tally->wide->power[k]);
    for (size_t i = 0; i < FLC_SUPERACCUMULATOR_NARROW; i++)
        total[FLC_SUPERACCUMULATOR_NARROW_AT + i] += tally->sums[k][i];
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void combine_min(struct flc_seen *seen, const struct flc_seen *other)
{
    if (other->min < seen->min) {
        seen->min = other->min;
        seen->min_count = other->min_count;
        seen->min_sample = other->min_sample;
    } else if (other->min == seen->min) {
        seen->min_count += other->min_count;
        seen->min_sample = smaller(seen->min_sample, other->min_sample);
    }
}

static void combine_max(struct flc_seen *seen, const struct flc_seen *other)
{
    if (other->max > seen->max) {
        seen->max = other->max;
        seen->max_count = other->max_count;
        seen->max_sample = other->max_sample;
    } else if (other->max == seen->max) {
        seen->max_count += other->max_count;
        seen->max_sample = smaller(seen->max_sample, other->max_sample);
    }
}

void flc_summary_tally_combine(struct flc_seen *seen, const struct flc_seen *other)
{
    seen->finite += other->finite;
    seen->undefined += other->undefined;
    seen->plus_infinite += other->plus_infinite;
    seen->minus_infinite += other->minus_infinite;
    seen->below_zero += other->below_zero;
    seen->zero += other->zero;
    seen->center += other->center;
    seen->first_undefined = smaller(seen->first_undefined, other->first_undefined);
    seen->whole = seen->whole && other->whole;
    for (size_t k = 0; k < FLC_POWERS; k++)
        seen->overflow[k] = seen->overflow[k] || other->overflow[k];
    combine_min(seen, other);
    combine_max(seen, other);
}

flc_status flc_summary_tally_room(struct flc_tally *tally, const struct flc_tally *other,
                                  flc_error *error)
{
    size_t level;
    if (other->wide && flc_summary_tally_widen(tally, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    if (other->replicates && other->replicates->wide &&
        flc_summary_replicates_widen(tally->replicates, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    if (flc_summary_cells_reach(&tally->cells, other->cells.octaves, other->grid.bits, error) !=
        FLC_OK)
        return FLC_ERROR_MEMORY;
    return flc_summary_cells_room(&tally->cells, &level, other->seen.finite, error);
}

static void merge_sums(struct flc_tally *tally, const struct flc_tally *other)
{
    for (size_t k = 0; k < FLC_POWERS; k++) {
        for (size_t i = 0; i < FLC_SUPERACCUMULATOR_NARROW; i++)
            tally->sums[k][i] += other->sums[k][i];
        for (size_t i = 0; other->wide && i < FLC_SUPERACCUMULATOR_WIDE; i++)
            tally->wide->power[k][i] += other->wide->power[k][i];
    }
}

void flc_summary_tally_merge(struct flc_tally *tally, const struct flc_tally *other)
{
    flc_summary_tally_carry(tally, other->additions);
    merge_sums(tally, other);
    flc_summary_cells_merge(&tally->cells, &other->cells, other->seen.finite);
    flc_summary_tally_combine(&tally->seen, &other->seen);
    if (tally->replicates)
        flc_summary_replicates_merge(tally->replicates, other->replicates);
}
