/* Making, filling and merging summaries. */
#include "statistics/summary.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "statistics/summary_state.h"

static flc_status check_targets(const flc_target *targets, size_t count, size_t outputs,
                                flc_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (targets[i].output >= outputs || flc_is_nan(targets[i].threshold) ||
            (targets[i].side != FLC_AT_LEAST && targets[i].side != FLC_AT_MOST))
            return flc_error_set(error, FLC_ERROR_INTERNAL,
                                 "target %zu is not one: output %zu of %zu, threshold %g", i,
                                 targets[i].output, outputs, targets[i].threshold);
    return FLC_OK;
}

static flc_status take_resolutions(flc_summary *summary, const flc_resolution *resolutions,
                                   flc_error *error)
{
    for (size_t i = 0; i < summary->outputs; i++) {
        if ((unsigned)resolutions[i] >= FLC_RESOLUTION_COUNT)
            return flc_error_set(error, FLC_ERROR_INTERNAL, "output %zu: no resolution %d", i,
                                 (int)resolutions[i]);
        summary->tallies[i].resolution = resolutions[i];
        flc_summary_tally_clear(&summary->tallies[i]);
    }
    return FLC_OK;
}

flc_summary *flc_summary_create(const flc_resolution *resolutions, size_t outputs,
                                const flc_target *targets, size_t target_count, flc_error *error)
{
    if (check_targets(targets, target_count, outputs, error) != FLC_OK)
        return NULL;
    flc_summary *summary = FLC_NEW(flc_summary, 1, error);
    if (!summary)
        return NULL;
    summary->outputs = outputs;
    summary->target_count = target_count;
    summary->tallies = FLC_NEW(struct flc_tally, outputs, error);
    summary->targets = FLC_NEW(flc_target, target_count, error);
    summary->met = FLC_NEW(uint64_t, target_count, error);
    if (!summary->tallies || !summary->targets || !summary->met ||
        take_resolutions(summary, resolutions, error) != FLC_OK) {
        flc_summary_free(summary);
        return NULL;
    }
    if (target_count)
        memcpy(summary->targets, targets, target_count * sizeof *targets);
    return summary;
}

void flc_summary_free(flc_summary *summary)
{
    if (!summary)
        return;
    for (size_t i = 0; summary->tallies && i < summary->outputs; i++) {
        flc_summary_tally_clear(&summary->tallies[i]);
        flc_summary_replicates_free(summary->tallies[i].replicates);
    }
    flc_free(summary->tallies);
    flc_free(summary->met_by);
    flc_free(summary->targets);
    flc_free(summary->met);
    flc_free(summary);
}

flc_status flc_summary_keep_replicates(flc_summary *summary, flc_error *error)
{
    for (size_t i = 0; i < summary->outputs; i++)
        if (summary->tallies[i].has_pilot)
            return flc_error_set(error, FLC_ERROR_INTERNAL,
                                 "replicates are kept from the pilot on, which is taken already");
    for (size_t i = 0; i < summary->outputs; i++) {
        struct flc_tally *tally = &summary->tallies[i];
        if (!tally->replicates && !(tally->replicates = flc_summary_replicates_new(error)))
            return FLC_ERROR_MEMORY;
    }
    if (!summary->met_by)
        summary->met_by = flc_allocate(summary->target_count, sizeof *summary->met_by, error);
    summary->replicated = summary->met_by;
    return summary->replicated ? FLC_OK : FLC_ERROR_MEMORY;
}

bool flc_summary_keeps_replicates(const flc_summary *summary)
{
    return summary->replicated;
}

void flc_summary_clear(flc_summary *summary)
{
    for (size_t i = 0; i < summary->outputs; i++)
        flc_summary_tally_clear(&summary->tallies[i]);
    memset(summary->met, 0, summary->target_count * sizeof *summary->met);
    if (summary->replicated)
        memset(summary->met_by, 0, summary->target_count * sizeof *summary->met_by);
}

size_t flc_summary_outputs(const flc_summary *summary)
{
    return summary->outputs;
}

size_t flc_summary_targets(const flc_summary *summary)
{
    return summary->target_count;
}

static size_t add_sizes(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

flc_summary_memory flc_summary_bytes(const flc_resolution *resolutions, size_t outputs,
                                     size_t target_count)
{
    enum { EXPECTED_OCTAVES = 6 };
    enum { FEW = sizeof(uint16_t) + sizeof(uint32_t), MANY = FEW + sizeof(uint64_t) };
    const size_t per_target = sizeof(flc_target) + sizeof(uint64_t);
    const size_t wide = sizeof(struct flc_wide_sums);
    const size_t fixed = sizeof(flc_summary) + 4 * FLC_ALIGNMENT;
    flc_summary_memory memory = {fixed, fixed};
    if (target_count > (SIZE_MAX - fixed) / per_target)
        return (flc_summary_memory){SIZE_MAX, SIZE_MAX};
    memory.expected = memory.most = fixed + target_count * per_target;
    for (size_t i = 0; i < outputs; i++) {
        const struct flc_grid grid = flc_summary_grid(0.0, 0, resolutions[i]);
        const size_t expected = flc_sketch_slots(EXPECTED_OCTAVES, grid.bits) * FEW;
        const size_t most = flc_sketch_slots(grid.octaves, grid.bits) * MANY;
        memory.expected = add_sizes(memory.expected, sizeof(struct flc_tally) + expected);
        memory.most = add_sizes(memory.most, sizeof(struct flc_tally) + most + wide);
    }
    return memory;
}

size_t flc_summary_replicate_bytes(size_t outputs, size_t target_count)
{
    const size_t per_output = sizeof(struct flc_replicate_tally);
    const size_t per_target = FLC_REPLICATES * sizeof(uint64_t);
    if (outputs > SIZE_MAX / per_output || target_count > SIZE_MAX / per_target)
        return SIZE_MAX;
    return add_sizes(outputs * per_output, target_count * per_target);
}

flc_status flc_summary_set_pilot(flc_summary *summary, const double *values, flc_error *error)
{
    for (size_t i = 0; i < summary->outputs; i++)
        if (summary->tallies[i].has_pilot)
            return flc_error_set(error, FLC_ERROR_INTERNAL,
                                 "output %zu of the summary already has a pilot", i);
    for (size_t i = 0; i < summary->outputs; i++) {
        struct flc_tally *tally = &summary->tallies[i];
        tally->grid = flc_summary_pilot(values + i * FLC_BLOCK, tally->resolution);
        tally->has_pilot = true;
        if (tally->replicates)
            flc_summary_pilot_thresholds(tally->replicates->thresholds, values + i * FLC_BLOCK);
    }
    return FLC_OK;
}

/* ---- Adding a block -----------------------------------------------------------------------------
 */

static uint64_t first_sample(const double *x, double value, uint64_t first)
{
    size_t lane = 0;
    while (x[lane] != value)
        lane++;
    return first + lane;
}

static uint64_t first_undefined(const double *x, uint64_t first)
{
    size_t lane = 0;
    while (!flc_is_nan(x[lane]))
        lane++;
    return first + lane;
}

/* How many values are equal to this extreme. */
static uint64_t times(const struct flc_statistics_kernels *kernels,
                      const struct flc_block_facts *facts, const double *x, double extreme)
{
    return facts->min == facts->max ? facts->finite : kernels->count_equal(x, extreme);
}

/* Counts and extremes of a block, to be combined with those `seen`; how often and where it has its
 * extremes only if that can matter. */
static struct flc_seen block_seen(const struct flc_seen *seen,
                                  const struct flc_statistics_kernels *kernels,
                                  const struct flc_block_facts *facts, const double *x,
                                  uint64_t first, size_t count)
{
    struct flc_seen block = {.finite = facts->finite,
                             .undefined = facts->undefined - (FLC_BLOCK - count),
                             .plus_infinite = facts->plus_infinite,
                             .minus_infinite = facts->minus_infinite,
                             .below_zero = facts->below_zero,
                             .zero = facts->zero,
                             .center = facts->center,
                             .first_undefined = UINT64_MAX,
                             .min = facts->min,
                             .max = facts->max,
                             .min_sample = UINT64_MAX,
                             .max_sample = UINT64_MAX,
                             .whole = facts->whole};
    if (facts->min <= seen->min && facts->finite)
        block.min_count = times(kernels, facts, x, facts->min);
    if (facts->max >= seen->max && facts->finite)
        block.max_count = times(kernels, facts, x, facts->max);
    if (block.min_count && (facts->min < seen->min || first < seen->min_sample))
        block.min_sample = first_sample(x, facts->min, first);
    if (block.max_count && (facts->max > seen->max || first < seen->max_sample))
        block.max_sample = first_sample(x, facts->max, first);
    if (block.undefined && first < seen->first_undefined)
        block.first_undefined = first_undefined(x, first);
    return block;
}

static flc_status add_sums(struct flc_tally *tally, const double *sums, flc_error *error)
{
    flc_summary_tally_carry(tally, 1);
    for (size_t k = 0; k < FLC_POWERS; k++) {
        if (!flc_is_finite(sums[k]))
            tally->seen.overflow[k] = true;
        else if (flc_summary_tally_sum(tally, k, sums[k], error) != FLC_OK)
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

static flc_status add_cells(struct flc_tally *tally, const struct flc_block_facts *facts,
                            flc_error *error)
{
    const uint32_t octaves = flc_sketch_octaves(&tally->grid, facts->min, facts->max);
    struct flc_cells *cells = &tally->cells;
    if (flc_summary_cells_reach(cells, octaves, tally->grid.bits, error) != FLC_OK ||
        (cells->taken[FLC_CELLS_LATEST] > UINT16_MAX - FLC_BLOCK &&
         flc_summary_cells_settle(cells, error) != FLC_OK))
        return FLC_ERROR_MEMORY;
    uint16_t *latest = cells->level[FLC_CELLS_LATEST];
    for (size_t i = 0; i < FLC_BLOCK; i++)
        latest[facts->index[i]]++;
    cells->taken[FLC_CELLS_LATEST] += FLC_BLOCK;
    return FLC_OK;
}

/* x[FLC_BLOCK], NaN in the lanes from `count` on. */
static flc_status add_block(struct flc_tally *tally, const struct flc_statistics_kernels *kernels,
                            const double *x, uint64_t first, size_t count, flc_error *error)
{
    struct flc_block_facts facts;
    kernels->examine(&facts, x, &tally->grid, tally->seen.whole);
    const struct flc_seen block = block_seen(&tally->seen, kernels, &facts, x, first, count);
    flc_summary_tally_combine(&tally->seen, &block);
    if (facts.constant)
        return FLC_OK;
    const flc_status status = add_sums(tally, facts.sums, error);
    return status == FLC_OK ? add_cells(tally, &facts, error) : status;
}

/* The lanes that count, NaN in the others. */
static const double *padded(double *room, const double *x, size_t count)
{
    if (count == FLC_BLOCK)
        return x;
    for (size_t i = 0; i < FLC_BLOCK; i++)
        room[i] = i < count ? x[i] : (double)NAN;
    return room;
}

static void count_targets(flc_summary *summary, flc_isa isa, const double *values, size_t count)
{
    const struct flc_statistics_kernels *kernels = FLC_ISA_PICK(flc_statistics_kernels, isa);
    const struct flc_replicate_kernels *by = FLC_ISA_PICK(flc_replicate_kernels, isa);
    double room[FLC_BLOCK];
    for (size_t i = 0; i < summary->target_count; i++) {
        const flc_target *target = &summary->targets[i];
        const double *x = padded(room, values + target->output * FLC_BLOCK, count);
        summary->met[i] += target->side == FLC_AT_LEAST
                               ? kernels->count_at_least(x, target->threshold)
                               : kernels->count_at_most(x, target->threshold);
        if (summary->replicated && target->side == FLC_AT_LEAST)
            by->count_at_least(summary->met_by[i], x, target->threshold);
        else if (summary->replicated)
            by->count_at_most(summary->met_by[i], x, target->threshold);
    }
}

static inline void fetch(const void *memory, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += FLC_ALIGNMENT)
        __builtin_prefetch((const char *)memory + at, 1);
}

/* Into the cache, while there is other work: the first cells of the next output, where most values
 * are, and the tally of the one after, which says where its cells are. */
static inline void fetch_ahead(const struct flc_tally *tally)
{
    enum { MOST = 1024 };
    const struct flc_cells *cells = &tally[1].cells;
    const size_t bytes = cells->slots * sizeof(uint16_t);
    fetch(cells->level[FLC_CELLS_LATEST], bytes < MOST ? bytes : MOST);
    fetch(&tally[2], sizeof *tally);
}

flc_status flc_summary_add(flc_summary *summary, flc_isa isa, const double *values, uint64_t first,
                           size_t count, flc_error *error)
{
    const struct flc_statistics_kernels *kernels = FLC_ISA_PICK(flc_statistics_kernels, isa);
    const struct flc_replicate_kernels *by = FLC_ISA_PICK(flc_replicate_kernels, isa);
    double room[FLC_BLOCK];
    if (count == 0 || count > FLC_BLOCK)
        return flc_error_set(error, FLC_ERROR_INTERNAL, "a block of %zu samples; 1 to %d fit",
                             count, FLC_BLOCK);
    if (summary->replicated && first % FLC_REPLICATES != 0)
        return flc_error_set(error, FLC_ERROR_INTERNAL,
                             "a block from sample %" PRIu64 " on begins in the middle of the "
                             "replicates",
                             first);
    for (size_t i = 0; i < summary->outputs; i++) {
        struct flc_tally *tally = &summary->tallies[i];
        if (i + 2 < summary->outputs)
            fetch_ahead(tally);
        if (!tally->has_pilot)
            return flc_error_set(error, FLC_ERROR_INTERNAL,
                                 "output %zu of the summary has no pilot yet", i);
        const double *x = padded(room, values + i * FLC_BLOCK, count);
        flc_status status = add_block(tally, kernels, x, first, count, error);
        if (status == FLC_OK && tally->replicates)
            status = flc_summary_replicates_add(tally->replicates, by, x, &tally->grid, error);
        if (status != FLC_OK)
            return status;
    }
    count_targets(summary, isa, values, count);
    return FLC_OK;
}

/* ---- Merging ------------------------------------------------------------------------------------
 */

static bool same_target(const flc_target *a, const flc_target *b)
{
    return a->output == b->output && a->side == b->side &&
           flc_bits(a->threshold) == flc_bits(b->threshold);
}

static flc_status check_shapes(const flc_summary *a, const flc_summary *b, flc_error *error)
{
    if (a->outputs != b->outputs || a->target_count != b->target_count)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "summaries of %zu and %zu outputs, %zu and %zu targets do not merge",
                             a->outputs, b->outputs, a->target_count, b->target_count);
    if (a->replicated != b->replicated)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "summaries do not merge: one of them keeps no replicates");
    for (size_t i = 0; i < a->target_count; i++)
        if (!same_target(&a->targets[i], &b->targets[i]))
            return flc_error_set(error, FLC_ERROR_STUDY,
                                 "summaries do not merge: target %zu differs", i);
    for (size_t i = 0; i < a->outputs; i++) {
        const struct flc_tally *x = &a->tallies[i], *y = &b->tallies[i];
        if (x->resolution != y->resolution || x->has_pilot != y->has_pilot ||
            x->grid.exponent != y->grid.exponent ||
            flc_bits(x->grid.center) != flc_bits(y->grid.center) ||
            !flc_summary_replicates_alike(x->replicates, y->replicates))
            return flc_error_set(error, FLC_ERROR_STUDY,
                                 "summaries do not merge: output %zu has another resolution or "
                                 "pilot (use the same study, seed and version)",
                                 i);
    }
    return FLC_OK;
}

/* All memory first, so that an error changes nothing. */
static flc_status make_room(flc_summary *summary, const flc_summary *other, flc_error *error)
{
    for (size_t i = 0; i < summary->outputs; i++) {
        const struct flc_tally *source = &other->tallies[i];
        if (flc_summary_tally_room(&summary->tallies[i], source, error) != FLC_OK)
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

flc_status flc_summary_merge(flc_summary *summary, const flc_summary *other, flc_error *error)
{
    flc_status status = check_shapes(summary, other, error);
    if (status == FLC_OK)
        status = make_room(summary, other, error);
    if (status != FLC_OK)
        return status;
    for (size_t i = 0; i < summary->outputs; i++)
        flc_summary_tally_merge(&summary->tallies[i], &other->tallies[i]);
    for (size_t i = 0; i < summary->target_count; i++)
        summary->met[i] += other->met[i];
    for (size_t i = 0; summary->replicated && i < summary->target_count; i++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            summary->met_by[i][r] += other->met_by[i][r];
    return FLC_OK;
}
