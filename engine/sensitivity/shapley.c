#include "sensitivity/shapley.h"

#include <string.h>

#include "base/memory.h"
#include "random/streams.h"
#include "sensitivity/frame.h"

/* One table; its kinds: by replicate, and by pair of blocks modulo FLC_REPLICATES. */
enum { BY_REPLICATE = 0, BY_ORDER = 1, KINDS = 2 };

#define METHOD UINT64_C(0x01594c5048534346) /* "FCSHPLY", format 1 */

struct shapley {
    flc_frame frame;
    uint64_t seed;
    size_t *order; /* [factors] of the block at hand */
};

static struct shapley *self(flc_collector *collector)
{
    return (struct shapley *)(void *)collector;
}

/* ---- Orders -------------------------------------------------------------------------------------
 */

/* Uniform on 0 ... count-1: draws above the last whole multiple of count are drawn again. */
static size_t pick_below(flc_pcg64 *generator, size_t count)
{
    const uint64_t spare = (UINT64_MAX % count + 1) % count;
    uint64_t draw = flc_pcg64_next(generator);
    while (draw > UINT64_MAX - spare)
        draw = flc_pcg64_next(generator);
    return (size_t)(draw % count);
}

static void reverse(size_t *order, size_t factors)
{
    for (size_t i = 0; i < factors / 2; i++) {
        const size_t kept = order[i];
        order[i] = order[factors - 1 - i];
        order[factors - 1 - i] = kept;
    }
}

/* A shuffle after Durstenfeld 1964, by draws from number 2^32 k on for pair of blocks k. */
void flc_shapley_order(size_t *order, size_t factors, uint64_t seed, uint64_t block)
{
    flc_pcg64 generator = flc_stream_generator(seed, "shapley/permutation");
    flc_pcg64_advance(&generator, (flc_u128)(block / 2) << 32);
    for (size_t i = 0; i < factors; i++)
        order[i] = i;
    for (size_t i = factors; i > 1; i--) {
        const size_t at = pick_below(&generator, i), kept = order[i - 1];
        order[i - 1] = order[at];
        order[at] = kept;
    }
    if (block % 2)
        reverse(order, factors);
}

/* ---- Blocks -------------------------------------------------------------------------------------
 */

/* The row before is kept in zb: B has been looked at. */
static flc_status add_step(struct shapley *own, const struct flc_sensitivity_kernels *kernels,
                           size_t factor, size_t batch, flc_error *error)
{
    flc_frame *frame = &own->frame;
    const flc_rows *rows = frame->rows;
    flc_sums *sums = &frame->tables[0].sums;
    frame->released[factor] = true;
    const double *values = rows->evaluate(rows->context, frame->released);
    for (size_t k = 0; k < rows->reach[factor].count; k++) {
        const size_t o = rows->reach[factor].outputs[k], slot = frame->tables[0].first[factor] + k;
        const struct flc_frame_output *of = &frame->outputs[o];
        struct flc_sums_target target;
        flc_sums_aim(&target, sums, slot);
        const unsigned flags = kernels->step(&target, frame->zb[o], flc_rows_lanes(rows, values, o),
                                             frame->za[o], &of->grid, batch, of->hits);
        if (flags && flc_sums_settle(sums, slot, flags, &target, of->hits, error) != FLC_OK)
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

static flc_status add(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error)
{
    struct shapley *own = self(collector);
    flc_frame *frame = &own->frame;
    const struct flc_sensitivity_kernels *kernels = FLC_ISA_PICK(flc_sensitivity_kernels, isa);
    const uint64_t block = first / FLC_BLOCK;
    const size_t batch = (size_t)(block / 2 % FLC_REPLICATES);
    flc_status status = flc_frame_begin(frame, kernels, values, first, count, FLC_BLOCK, error);
    if (status != FLC_OK)
        return status;
    memcpy(frame->zb, frame->za, frame->rows->outputs * sizeof *frame->za);
    flc_shapley_order(own->order, frame->rows->factors, own->seed, block);
    for (size_t k = 0; k < frame->rows->factors && status == FLC_OK; k++)
        status = add_step(own, kernels, own->order[k], batch, error);
    return status;
}

/* ---- Making -------------------------------------------------------------------------------------
 */

static void clear(flc_collector *collector)
{
    flc_frame_clear(flc_frame_of(collector));
}

static void free_all(flc_collector *collector)
{
    struct shapley *own = self(collector);
    flc_frame_release(&own->frame);
    flc_free(own->order);
    flc_free(own);
}

static const struct flc_collector_operations operations = {add,
                                                           flc_frame_records,
                                                           flc_frame_record_bytes,
                                                           flc_frame_record_write,
                                                           flc_frame_record_merge,
                                                           clear,
                                                           free_all};

flc_collector *flc_shapley_create(const flc_rows *rows, const double *pilot, uint64_t seed,
                                  flc_error *error)
{
    struct shapley *own = FLC_NEW(struct shapley, 1, error);
    if (!own)
        return NULL;
    own->seed = seed;
    own->order = FLC_NEW(size_t, rows->factors, error);
    if (flc_frame_init(&own->frame, &operations, rows, pilot, METHOD, seed, true, error) !=
            FLC_OK ||
        !own->order || flc_frame_add_table(&own->frame, KINDS, NULL, error) != FLC_OK) {
        free_all(&own->frame.collector);
        return NULL;
    }
    return &own->frame.collector;
}

size_t flc_shapley_bytes(const flc_rows *rows)
{
    const size_t slots = flc_frame_slots(rows, NULL), kinds = KINDS;
    return flc_frame_bytes(rows, &slots, &kinds, 1);
}

size_t flc_shapley_rows(const flc_rows *rows)
{
    return rows->factors + 2;
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

static size_t count_of(const flc_frame *frame, size_t output)
{
    const size_t *begin = frame->tables[0].begin;
    return begin[output + 1] - begin[output];
}

/* The variance times n in all resamples: the sum of what all factors add. */
static void add_up(double whole[FLC_RESAMPLED], const flc_frame *frame, size_t output, size_t kind)
{
    double sums[FLC_REPLICATES], total[FLC_REPLICATES] = {0};
    const flc_table *table = &frame->tables[0];
    for (size_t i = table->begin[output]; i < table->begin[output + 1]; i++) {
        flc_sums_read(sums, &table->sums, table->slots[i], kind);
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            total[r] += sums[r];
    }
    flc_bootstrap_sums(whole, frame->bootstrap, total);
}

flc_analysed flc_shapley_output(const flc_collector *collector, size_t output)
{
    const flc_frame *frame = flc_frame_const(collector);
    flc_analysed analysed = flc_frame_analysed(frame, output);
    const double unit = flc_two_to(frame->outputs[output].grid.exponent);
    double whole[FLC_RESAMPLED];
    add_up(whole, frame, output, BY_REPLICATE);
    analysed.variance = whole[0] / (double)analysed.samples * unit * unit;
    return analysed;
}

size_t flc_shapley_count(const flc_collector *collector, size_t output)
{
    return count_of(flc_frame_const(collector), output);
}

/* Fewer sets than FLC_REPLICATES have seen blocks where these are few: the bootstrap's correction
 * is that of those that have. */
static double correction(const flc_frame *frame, size_t output)
{
    const flc_table *table = &frame->tables[0];
    bool seen[FLC_REPLICATES] = {false};
    double sums[FLC_REPLICATES], sets = 0;
    for (size_t i = table->begin[output]; i < table->begin[output + 1]; i++) {
        flc_sums_read(sums, &table->sums, table->slots[i], BY_ORDER);
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            seen[r] = seen[r] || sums[r] != 0;
    }
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        sets += seen[r];
    return sqrt(sets / (sets - 1) * (FLC_REPLICATES - 1) / FLC_REPLICATES);
}

/* Shares of the variance in all resamples. */
static void shares_of(double shares[FLC_RESAMPLED], const flc_frame *frame, size_t slot,
                      size_t kind, const double whole[FLC_RESAMPLED])
{
    flc_frame_resample(shares, frame, &frame->tables[0], slot, kind);
    for (int i = 0; i < FLC_RESAMPLED; i++)
        shares[i] /= whole[i];
}

static flc_estimate effect_of(const flc_frame *frame, size_t slot,
                              double whole[KINDS][FLC_RESAMPLED], double corrected, double level)
{
    double shares[FLC_RESAMPLED], orders[FLC_RESAMPLED];
    shares_of(shares, frame, slot, BY_REPLICATE, whole[BY_REPLICATE]);
    shares_of(orders, frame, slot, BY_ORDER, whole[BY_ORDER]);
    const double first = flc_bootstrap_error(shares),
                 second = flc_bootstrap_error(orders) * corrected;
    return flc_bootstrap_interval(shares[0], second > first ? second : first, level);
}

void flc_shapley_read(flc_shapley_effect *effects, const flc_collector *collector, size_t output,
                      double level)
{
    const flc_frame *frame = flc_frame_const(collector);
    const flc_table *table = &frame->tables[0];
    struct flc_frame_moments moments;
    double whole[KINDS][FLC_RESAMPLED];
    flc_frame_moments(&moments, frame, output);
    for (size_t kind = 0; kind < KINDS; kind++)
        add_up(whole[kind], frame, output, kind);
    for (int i = 0; i < FLC_RESAMPLED; i++) /* no variance: no shares */
        whole[BY_REPLICATE][i] += moments.square[i] * 0;
    const double corrected = correction(frame, output);
    for (size_t k = 0; k < count_of(frame, output); k++) {
        const size_t place = table->begin[output] + k, slot = table->slots[place];
        const uint64_t held = flc_sums_missing_count(&table->sums, slot);
        const uint64_t left_out = frame->outputs[output].left_out + held;
        effects[k] = (flc_shapley_effect){.factor = table->factors[place],
                                          .effect = effect_of(frame, slot, whole, corrected, level),
                                          .held = held};
        effects[k].bounds = flc_frame_bounds(
            effects[k].effect.value, flc_frame_looseness(frame, output, left_out, &moments) / 2);
    }
}
