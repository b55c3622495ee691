#include "sensitivity/sobol_indices.h"

#include "base/memory.h"
#include "sensitivity/frame.h"

/* Tables: rows with one factor released; with all but one (where there are any); interactions.
 * Kinds of the first two, with a, b and the row c as named there, for the second with a and b
 * exchanged. */
enum { SINGLE = 0, MIRROR = 1, PAIRS = 2 };
enum { OF_B_D = 0, OF_D = 1, OF_D_D = 2, KINDS = 3 }; /* d = c - a */

#define METHOD UINT64_C(0x014c4f424f534346) /* "FCSOBOL", format 1 */

struct sobol {
    flc_frame frame;
    bool second_order;
    bool *mirrored;               /* [factors] has a row with all but it released */
    size_t *position;             /* [slots of SINGLE] place among those of its output */
    double (*effects)[FLC_BLOCK]; /* [slots of SINGLE] c - a of the block; second order only */
};

static struct sobol *self(flc_collector *collector)
{
    return (struct sobol *)(void *)collector;
}

static const struct sobol *constant_self(const flc_collector *collector)
{
    return (const struct sobol *)(const void *)collector;
}

/* ---- Blocks -------------------------------------------------------------------------------------
 */

struct block {
    struct sobol *own;
    const struct flc_sensitivity_kernels *kernels;
    flc_error *error;
};

static flc_status pick(const struct block *block, size_t t, size_t slot, size_t output,
                       const double *x, const double *za, const double *zb)
{
    flc_frame *frame = &block->own->frame;
    const struct flc_frame_output *of = &frame->outputs[output];
    struct flc_sums_target target;
    flc_sums_aim(&target, &frame->tables[t].sums, slot);
    const unsigned flags = block->kernels->pick(&target, x, za, zb, &of->grid, of->hits);
    return flags ? flc_sums_settle(&frame->tables[t].sums, slot, flags, &target, of->hits,
                                   block->error)
                 : FLC_OK;
}

static flc_status add_single(const struct block *block, size_t factor)
{
    flc_frame *frame = &block->own->frame;
    const flc_rows *rows = frame->rows;
    const double *values = flc_frame_row(frame, factor, true);
    for (size_t k = 0; k < rows->reach[factor].count; k++) {
        const size_t o = rows->reach[factor].outputs[k];
        const size_t slot = frame->tables[SINGLE].first[factor] + k;
        const double *x = flc_rows_lanes(rows, values, o);
        if (pick(block, SINGLE, slot, o, x, frame->za[o], frame->zb[o]) != FLC_OK)
            return FLC_ERROR_MEMORY;
        if (block->own->second_order)
            block->kernels->difference(block->own->effects[slot], x, frame->za[o],
                                       &frame->outputs[o].grid);
    }
    return FLC_OK;
}

/* Pairs (0,1), (0,2), ... (1,2), ... of m. */
static size_t pair_place(size_t m, size_t i, size_t j)
{
    const size_t low = i < j ? i : j, high = i < j ? j : i;
    return low * (2 * m - low - 1) / 2 + (high - low - 1);
}

/* The products of an effect of B's side with all effects of A's side on the same output. */
static flc_status add_products(const struct block *block, size_t output, size_t position,
                               const double *effect)
{
    flc_frame *frame = &block->own->frame;
    const flc_table *single = &frame->tables[SINGLE];
    flc_table *pairs = &frame->tables[PAIRS];
    const double *of = frame->outputs[output].hits;
    const size_t begin = single->begin[output], m = single->begin[output + 1] - begin;
    for (size_t i = 0; i < m; i++) {
        if (i == position)
            continue;
        const size_t slot = pairs->begin[output] + pair_place(m, i, position);
        struct flc_sums_target target;
        flc_sums_aim(&target, &pairs->sums, slot);
        const unsigned flags = block->kernels->product(
            &target, block->own->effects[single->slots[begin + i]], effect, of);
        if (flags && flc_sums_settle(&pairs->sums, slot, flags, &target, of, block->error))
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

static flc_status add_mirror(const struct block *block, size_t factor)
{
    flc_frame *frame = &block->own->frame;
    const flc_rows *rows = frame->rows;
    const double *values = flc_frame_row(frame, factor, false);
    double effect[FLC_BLOCK];
    for (size_t k = 0; k < rows->reach[factor].count; k++) {
        const size_t o = rows->reach[factor].outputs[k];
        const double *x = flc_rows_lanes(rows, values, o);
        const size_t slot = frame->tables[MIRROR].first[factor] + k;
        if (pick(block, MIRROR, slot, o, x, frame->zb[o], frame->za[o]) != FLC_OK)
            return FLC_ERROR_MEMORY;
        if (!block->own->second_order)
            continue;
        const size_t position = block->own->position[frame->tables[SINGLE].first[factor] + k];
        block->kernels->difference(effect, x, frame->zb[o], &frame->outputs[o].grid);
        if (add_products(block, o, position, effect) != FLC_OK)
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

static flc_status add(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error)
{
    struct sobol *own = self(collector);
    flc_frame *frame = &own->frame;
    const struct block block = {own, FLC_ISA_PICK(flc_sensitivity_kernels, isa), error};
    flc_status status =
        flc_frame_begin(frame, block.kernels, values, first, count, FLC_REPLICATES, error);
    for (size_t f = 0; f < frame->rows->factors && status == FLC_OK; f++)
        status = add_single(&block, f);
    for (size_t f = 0; f < frame->rows->factors; f++)
        frame->released[f] = true;
    for (size_t f = 0; f < frame->rows->factors && status == FLC_OK; f++)
        if (own->mirrored[f])
            status = add_mirror(&block, f);
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
    struct sobol *own = self(collector);
    flc_frame_release(&own->frame);
    flc_free(own->mirrored);
    flc_free(own->position);
    flc_free(own->effects);
    flc_free(own);
}

static const struct flc_collector_operations operations = {add,
                                                           flc_frame_records,
                                                           flc_frame_record_bytes,
                                                           flc_frame_record_write,
                                                           flc_frame_record_merge,
                                                           clear,
                                                           free_all};

static flc_status check(const flc_rows *rows, bool second_order, flc_error *error)
{
    for (size_t f = 0; second_order && f < rows->factors; f++)
        if (rows->dependent[f])
            return flc_error_set(
                error, FLC_ERROR_USAGE,
                "second-order Sobol' indices need independent factors, and factor %zu depends on "
                "another: put what is dependent into one group, or ask for Shapley effects",
                f);
    return FLC_OK;
}

static bool is_mirrored(const flc_rows *rows, size_t factor, bool second_order)
{
    return second_order || rows->dependent[factor];
}

static flc_status add_second_order(struct sobol *own, flc_error *error)
{
    const flc_table *single = &own->frame.tables[SINGLE];
    const size_t slots = single->sums.slots;
    own->effects = flc_allocate(slots, sizeof *own->effects, error);
    own->position = FLC_NEW(size_t, slots, error);
    if (!own->effects || !own->position)
        return FLC_ERROR_MEMORY;
    for (size_t o = 0; o < own->frame.rows->outputs; o++)
        for (size_t i = single->begin[o]; i < single->begin[o + 1]; i++)
            own->position[single->slots[i]] = i - single->begin[o];
    return flc_frame_add_pairs(&own->frame, error);
}

static flc_status init(struct sobol *own, const flc_rows *rows, const double *pilot,
                       bool second_order, flc_error *error)
{
    flc_frame *frame = &own->frame;
    flc_status status =
        flc_frame_init(frame, &operations, rows, pilot, METHOD, second_order, true, error);
    own->second_order = second_order;
    own->mirrored = FLC_NEW(bool, rows->factors, error);
    if (status != FLC_OK || !own->mirrored)
        return FLC_ERROR_MEMORY;
    for (size_t f = 0; f < rows->factors; f++)
        own->mirrored[f] = is_mirrored(rows, f, second_order);
    status = flc_frame_add_table(frame, KINDS, NULL, error);
    if (status == FLC_OK)
        status = flc_frame_add_table(frame, KINDS, own->mirrored, error);
    return status == FLC_OK && second_order ? add_second_order(own, error) : status;
}

flc_collector *flc_sobol_create(const flc_rows *rows, const double *pilot, bool second_order,
                                flc_error *error)
{
    if (check(rows, second_order, error) != FLC_OK)
        return NULL;
    struct sobol *own = FLC_NEW(struct sobol, 1, error);
    if (!own)
        return NULL;
    if (init(own, rows, pilot, second_order, error) != FLC_OK) {
        free_all(&own->frame.collector);
        return NULL;
    }
    return &own->frame.collector;
}

/* Factors with a second row; their pairs in reach of outputs. */
static size_t mirrors(const flc_rows *rows, bool second_order, size_t *slots)
{
    size_t count = 0;
    *slots = 0;
    for (size_t f = 0; f < rows->factors; f++)
        if (is_mirrored(rows, f, second_order)) {
            count++;
            *slots += rows->reach[f].count;
        }
    return count;
}

size_t flc_sobol_rows(const flc_rows *rows, bool second_order)
{
    size_t slots;
    return 2 + rows->factors + mirrors(rows, second_order, &slots);
}

size_t flc_sobol_bytes(const flc_rows *rows, bool second_order)
{
    size_t slots[] = {flc_frame_slots(rows, NULL), 0,
                      second_order ? flc_frame_pair_slots(rows) : 0};
    const size_t kinds[] = {KINDS, KINDS, 1};
    mirrors(rows, second_order, &slots[MIRROR]);
    const size_t bytes = flc_frame_bytes(rows, slots, kinds, 3);
    const size_t effects = sizeof(double[FLC_BLOCK]) + sizeof(size_t);
    const double more = second_order ? (double)slots[SINGLE] * (double)effects : 0;
    return (double)bytes + more < 0x1p62 ? bytes + (size_t)more : SIZE_MAX;
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

flc_analysed flc_sobol_output(const flc_collector *collector, size_t output)
{
    return flc_frame_analysed(flc_frame_const(collector), output);
}

static size_t count_in(const flc_table *table, size_t output)
{
    return table->begin ? table->begin[output + 1] - table->begin[output] : 0;
}

size_t flc_sobol_count(const flc_collector *collector, size_t output)
{
    return count_in(&flc_frame_const(collector)->tables[SINGLE], output);
}

size_t flc_sobol_pair_count(const flc_collector *collector, size_t output)
{
    return count_in(&flc_frame_const(collector)->tables[PAIRS], output);
}

/* First and total index in all resamples. */
struct indices {
    double first[FLC_RESAMPLED], total[FLC_RESAMPLED];
};

static void read_row(struct indices *indices, const flc_frame *frame, const flc_table *table,
                     size_t slot, const struct flc_frame_moments *moments)
{
    double share[FLC_RESAMPLED], with[FLC_RESAMPLED], d[FLC_RESAMPLED], squares[FLC_RESAMPLED];
    flc_frame_resample(with, frame, table, slot, OF_B_D);
    flc_frame_resample(d, frame, table, slot, OF_D);
    flc_frame_resample(squares, frame, table, slot, OF_D_D);
    flc_frame_share(share, frame, table, slot, 1, moments);
    for (int i = 0; i < FLC_RESAMPLED; i++) {
        const double total = squares[i] * share[i] / (2 * moments->square[i]);
        const double joint = (with[i] - moments->mean[i] * d[i]) * share[i];
        indices->total[i] = total;
        indices->first[i] = (joint + total * moments->chance[i]) / moments->square[i];
    }
}

static size_t slot_of(const flc_table *table, const flc_table *single, size_t factor, size_t slot)
{
    return table->first[factor] + (slot - single->first[factor]);
}

/* Of the slot of the first table; returns how many lanes its rows miss. */
static uint64_t read_slot(struct indices *indices, const struct sobol *own, size_t factor,
                          size_t slot, const struct flc_frame_moments *moments)
{
    const flc_frame *frame = &own->frame;
    const flc_table *single = &frame->tables[SINGLE], *mirror = &frame->tables[MIRROR];
    uint64_t missing = flc_sums_missing_count(&single->sums, slot);
    read_row(indices, frame, single, slot, moments);
    if (!own->mirrored[factor])
        return missing;
    struct indices other;
    const size_t second = slot_of(mirror, single, factor, slot);
    const bool dependent = !own->second_order;
    read_row(&other, frame, mirror, second, moments);
    for (int i = 0; i < FLC_RESAMPLED; i++) {
        indices->first[i] = dependent ? other.first[i] : (indices->first[i] + other.first[i]) / 2;
        indices->total[i] =
            dependent ? indices->total[i] : (indices->total[i] + other.total[i]) / 2;
    }
    const uint64_t also = flc_sums_missing_count(&mirror->sums, second);
    return also > missing ? also : missing;
}

static flc_interval total_bounds(double total, double looseness)
{
    return (flc_interval){total / (1 + looseness), total + looseness / 2};
}

void flc_sobol_read(flc_sobol_index *indices, flc_estimate *first_sum,
                    const flc_collector *collector, size_t output, double level)
{
    const struct sobol *own = constant_self(collector);
    const flc_table *single = &own->frame.tables[SINGLE];
    struct flc_frame_moments moments;
    double sum[FLC_RESAMPLED] = {0};
    flc_frame_moments(&moments, &own->frame, output);
    for (size_t k = 0; k < count_in(single, output); k++) {
        const size_t place = single->begin[output] + k, factor = single->factors[place];
        struct indices read;
        const uint64_t left_out = own->frame.outputs[output].left_out +
                                  read_slot(&read, own, factor, single->slots[place], &moments);
        const double q = flc_frame_looseness(&own->frame, output, left_out, &moments);
        for (int i = 0; i < FLC_RESAMPLED; i++)
            sum[i] += read.first[i];
        indices[k] = (flc_sobol_index){
            .factor = factor,
            .first = flc_bootstrap_estimate(read.first, level),
            .total = flc_bootstrap_estimate(read.total, level),
            .first_bounds = flc_frame_bounds(read.first[0], q),
            .total_bounds = total_bounds(read.total[0], q),
            .left_out = left_out,
        };
    }
    if (first_sum)
        *first_sum = flc_bootstrap_estimate(sum, level);
}

static flc_sobol_pair read_pair(const struct sobol *own, size_t output, size_t slot,
                                const struct indices *left, const struct indices *right,
                                const struct flc_frame_moments *moments, double level)
{
    const flc_table *pairs = &own->frame.tables[PAIRS];
    double products[FLC_RESAMPLED], share[FLC_RESAMPLED], closed[FLC_RESAMPLED];
    flc_frame_resample(products, &own->frame, pairs, slot, 0);
    flc_frame_share(share, &own->frame, pairs, slot, 2, moments);
    for (int i = 0; i < FLC_RESAMPLED; i++) {
        products[i] *= share[i] / moments->square[i];
        closed[i] = left->first[i] + right->first[i] + products[i];
    }
    const uint64_t left_out =
        own->frame.outputs[output].left_out + (flc_sums_missing_count(&pairs->sums, slot) + 1) / 2;
    const double q = flc_frame_looseness(&own->frame, output, left_out, moments);
    return (flc_sobol_pair){
        .interaction = flc_bootstrap_estimate(products, level),
        .closed = flc_bootstrap_estimate(closed, level),
        .interaction_bounds = flc_frame_bounds(products[0], q),
        .left_out = left_out,
    };
}

void flc_sobol_read_pairs(flc_sobol_pair *pairs, const flc_collector *collector, size_t output,
                          double level)
{
    const struct sobol *own = constant_self(collector);
    const flc_table *single = &own->frame.tables[SINGLE];
    const size_t begin = single->begin[output], m = count_in(single, output);
    struct flc_frame_moments moments;
    flc_frame_moments(&moments, &own->frame, output);
    for (size_t i = 0; own->second_order && i + 1 < m; i++) {
        struct indices left, right;
        const size_t f = single->factors[begin + i];
        read_slot(&left, own, f, single->slots[begin + i], &moments);
        for (size_t j = i + 1; j < m; j++) {
            const size_t g = single->factors[begin + j], place = pair_place(m, i, j);
            read_slot(&right, own, g, single->slots[begin + j], &moments);
            pairs[place] = read_pair(own, output, own->frame.tables[PAIRS].begin[output] + place,
                                     &left, &right, &moments, level);
            pairs[place].factors[0] = f;
            pairs[place].factors[1] = g;
        }
    }
}
