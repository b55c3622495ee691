#include "sensitivity/frame.h"

#include <string.h>

#include "base/memory.h"
#include "statistics/summary_state.h"

enum { OWN_KINDS = 5, OF_A = 0, OF_B = 1, OF_AA = 2, OF_BB = 3, OF_AB = 4 };

/* ---- Making -------------------------------------------------------------------------------------
 */

static void clear_output(struct flc_frame_output *own)
{
    *own = (struct flc_frame_output){.grid = own->grid, .low = INFINITY, .high = -(double)INFINITY};
}

flc_status flc_frame_init(flc_frame *frame, const struct flc_collector_operations *operations,
                          const flc_rows *rows, const double *pilot, uint64_t method,
                          uint64_t parameter, bool pairs, flc_error *error)
{
    frame->collector.operations = operations;
    frame->rows = rows;
    frame->method = method;
    frame->parameter = parameter;
    frame->pairs = pairs;
    frame->outputs = FLC_NEW(struct flc_frame_output, rows->outputs, error);
    frame->za = flc_allocate(rows->outputs, sizeof *frame->za, error);
    frame->zb = flc_allocate(rows->outputs, sizeof *frame->zb, error);
    frame->inside = FLC_NEW(double, FLC_BLOCK, error);
    frame->released = FLC_NEW(bool, rows->factors, error);
    frame->bootstrap = FLC_NEW(flc_bootstrap, 1, error);
    if (flc_sums_init(&frame->own, rows->outputs, OWN_KINDS, error) != FLC_OK || !frame->outputs ||
        !frame->za || !frame->zb || !frame->inside || !frame->released || !frame->bootstrap)
        return FLC_ERROR_MEMORY;
    flc_bootstrap_init(frame->bootstrap);
    for (size_t o = 0; o < rows->outputs; o++) {
        frame->outputs[o].grid =
            flc_summary_pilot(flc_rows_lanes(rows, pilot, o), FLC_RESOLUTION_FINE);
        clear_output(&frame->outputs[o]);
    }
    return FLC_OK;
}

void flc_frame_clear(flc_frame *frame)
{
    flc_sums_clear(&frame->own);
    for (size_t t = 0; t < frame->table_count; t++)
        flc_sums_clear(&frame->tables[t].sums);
    for (size_t o = 0; o < frame->rows->outputs; o++)
        clear_output(&frame->outputs[o]);
}

void flc_frame_release(flc_frame *frame)
{
    for (size_t t = 0; t < FLC_FRAME_TABLES; t++) {
        flc_table *table = &frame->tables[t];
        flc_sums_free(&table->sums);
        flc_free(table->first);
        flc_free(table->begin);
        flc_free(table->slots);
        flc_free(table->factors);
    }
    flc_sums_free(&frame->own);
    flc_free(frame->outputs);
    flc_free(frame->za);
    flc_free(frame->zb);
    flc_free(frame->inside);
    flc_free(frame->released);
    flc_free(frame->bootstrap);
}

/* ---- Tables -------------------------------------------------------------------------------------
 */

static size_t reached(const flc_rows *rows, const bool *which, size_t factor)
{
    return !which || which[factor] ? rows->reach[factor].count : 0;
}

size_t flc_frame_slots(const flc_rows *rows, const bool *which)
{
    size_t slots = 0;
    for (size_t f = 0; f < rows->factors; f++)
        slots += reached(rows, which, f);
    return slots;
}

/* Places by output: count, add up, then deal the slots out, which moves each begin to the next. */
static void list_by_output(flc_table *table, const flc_rows *rows, const bool *which)
{
    for (size_t f = 0; f < rows->factors; f++)
        for (size_t k = 0; k < reached(rows, which, f); k++)
            table->begin[rows->reach[f].outputs[k] + 1]++;
    for (size_t o = 0; o < rows->outputs; o++)
        table->begin[o + 1] += table->begin[o];
    for (size_t f = 0; f < rows->factors; f++)
        for (size_t k = 0; k < reached(rows, which, f); k++) {
            const size_t place = table->begin[rows->reach[f].outputs[k]]++;
            table->slots[place] = table->first[f] + k;
            table->factors[place] = f;
        }
    for (size_t o = rows->outputs; o > 0; o--)
        table->begin[o] = table->begin[o - 1];
    table->begin[0] = 0;
}

flc_status flc_frame_add_table(flc_frame *frame, size_t kinds, const bool *which, flc_error *error)
{
    const flc_rows *rows = frame->rows;
    const size_t slots = flc_frame_slots(rows, which);
    flc_table *table = &frame->tables[frame->table_count++];
    table->first = FLC_NEW(size_t, rows->factors + 1, error);
    table->begin = FLC_NEW(size_t, rows->outputs + 1, error);
    table->slots = FLC_NEW(size_t, slots, error);
    table->factors = FLC_NEW(size_t, slots, error);
    if (flc_sums_init(&table->sums, slots, kinds, error) != FLC_OK || !table->first ||
        !table->begin || !table->slots || !table->factors)
        return FLC_ERROR_MEMORY;
    for (size_t f = 0; f < rows->factors; f++)
        table->first[f + 1] = table->first[f] + reached(rows, which, f);
    list_by_output(table, rows, which);
    return FLC_OK;
}

static size_t pairs_of(size_t factors)
{
    return factors < 2 ? 0 : factors * (factors - 1) / 2;
}

size_t flc_frame_pair_slots(const flc_rows *rows)
{
    size_t slots = 0;
    for (size_t f = 1; f < rows->factors; f++)
        for (size_t g = 0; g < f; g++) {
            const flc_reach *a = &rows->reach[f], *b = &rows->reach[g];
            for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
                slots += a->outputs[i] == b->outputs[j];
                if (a->outputs[i] < b->outputs[j])
                    i++;
                else
                    j++;
            }
        }
    return slots;
}

flc_status flc_frame_add_pairs(flc_frame *frame, flc_error *error)
{
    const size_t outputs = frame->rows->outputs, *begin = frame->tables[0].begin;
    flc_table *table = &frame->tables[frame->table_count++];
    table->begin = FLC_NEW(size_t, outputs + 1, error);
    if (!table->begin)
        return FLC_ERROR_MEMORY;
    for (size_t o = 0; o < outputs; o++)
        table->begin[o + 1] = table->begin[o] + pairs_of(begin[o + 1] - begin[o]);
    table->slots = FLC_NEW(size_t, table->begin[outputs], error);
    if (flc_sums_init(&table->sums, table->begin[outputs], 1, error) != FLC_OK || !table->slots)
        return FLC_ERROR_MEMORY;
    for (size_t slot = 0; slot < table->sums.slots; slot++)
        table->slots[slot] = slot;
    return FLC_OK;
}

size_t flc_frame_bytes(const flc_rows *rows, const size_t *slots, const size_t *kinds,
                       size_t tables)
{
    const double lanes = 2 * FLC_BLOCK * sizeof(double);
    double bytes = sizeof(flc_frame) + sizeof(flc_bootstrap) + (double)rows->factors +
                   (double)rows->outputs * (lanes + (double)sizeof(struct flc_frame_output) +
                                            (double)flc_sums_slot_bytes(OWN_KINDS));
    for (size_t t = 0; t < tables; t++)
        bytes += (double)slots[t] * (double)(flc_sums_slot_bytes(kinds[t]) + 2 * sizeof(size_t));
    return bytes < 0x1p62 ? (size_t)bytes : SIZE_MAX;
}

/* ---- Blocks -------------------------------------------------------------------------------------
 */

static const double *evaluate_b(flc_frame *frame)
{
    memset(frame->released, true, frame->rows->factors);
    const double *values = frame->rows->evaluate(frame->rows->context, frame->released);
    memset(frame->released, false, frame->rows->factors);
    return values;
}

static void count_lanes(struct flc_frame_output *own, const struct flc_lanes_facts *facts,
                        size_t count)
{
    uint64_t hits = 0;
    for (size_t r = 0; r < FLC_REPLICATES; r++) {
        own->hits[r] = facts->hits[r];
        own->counts[r] += (uint64_t)facts->hits[r];
        hits += (uint64_t)facts->hits[r];
    }
    own->left_out += count - hits;
    own->low = facts->low < own->low ? facts->low : own->low;
    own->high = facts->high > own->high ? facts->high : own->high;
}

static flc_status begin_output(flc_frame *frame, const struct flc_sensitivity_kernels *kernels,
                               size_t output, const double *a, const double *b, size_t count,
                               flc_error *error)
{
    struct flc_frame_output *own = &frame->outputs[output];
    struct flc_sums_target target;
    struct flc_lanes_facts facts;
    flc_sums_aim(&target, &frame->own, output);
    const unsigned flags = kernels->begin(&target, &facts, frame->za[output], frame->zb[output], a,
                                          b, frame->inside, &own->grid);
    count_lanes(own, &facts, count);
    return flags ? flc_sums_settle(&frame->own, output, flags, &target, NULL, error) : FLC_OK;
}

flc_status flc_frame_begin(flc_frame *frame, const struct flc_sensitivity_kernels *kernels,
                           const double *values, uint64_t first, size_t count, size_t unit,
                           flc_error *error)
{
    const flc_rows *rows = frame->rows;
    if (count < 1 || count > FLC_BLOCK || first % unit != 0)
        return flc_error_set(error, FLC_ERROR_INTERNAL,
                             "a block of %zu samples from %llu on is not one that sensitivity can "
                             "add: report this",
                             count, (unsigned long long)first);
    for (size_t l = 0; l < FLC_BLOCK; l++)
        frame->inside[l] = l < count ? 0.0 : (double)NAN;
    const double *b = frame->pairs ? evaluate_b(frame) : values;
    for (size_t o = 0; o < rows->outputs; o++)
        if (begin_output(frame, kernels, o, flc_rows_lanes(rows, values, o),
                         flc_rows_lanes(rows, b, o), count, error) != FLC_OK)
            return FLC_ERROR_MEMORY;
    return FLC_OK;
}

const double *flc_frame_row(flc_frame *frame, size_t factor, bool released)
{
    frame->released[factor] = released;
    const double *values = frame->rows->evaluate(frame->rows->context, frame->released);
    frame->released[factor] = !released;
    return values;
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

/* Below 2^-24 of the pilot's spread, squared, a variance is of rounding. */
static const double least_variance = 0x1p-24;

static void resample_own(double resampled[FLC_RESAMPLED], const flc_frame *frame, size_t output,
                         size_t kind)
{
    double sums[FLC_REPLICATES];
    flc_sums_read(sums, &frame->own, output, kind);
    flc_bootstrap_sums(resampled, frame->bootstrap, sums);
}

void flc_frame_moments(struct flc_frame_moments *moments, const flc_frame *frame, size_t output)
{
    double counts[FLC_REPLICATES], b[FLC_RESAMPLED], bb[FLC_RESAMPLED];
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        counts[r] = (double)frame->outputs[output].counts[r];
    flc_bootstrap_sums(moments->count, frame->bootstrap, counts);
    resample_own(moments->mean, frame, output, OF_A);
    resample_own(b, frame, output, OF_B);
    resample_own(moments->square, frame, output, OF_AA);
    resample_own(bb, frame, output, OF_BB);
    resample_own(moments->chance, frame, output, OF_AB);
    for (int i = 0; i < FLC_RESAMPLED; i++) {
        const double n = moments->count[i], mean = (moments->mean[i] + b[i]) / (2 * n);
        const double square = (moments->square[i] + bb[i]) / 2 - n * mean * mean;
        moments->mean[i] = mean;
        moments->square[i] = square > n * least_variance ? square : (double)NAN;
        moments->chance[i] -= n * mean * mean;
    }
}

static double sum_of(const flc_frame *frame, size_t output, size_t kind)
{
    double sums[FLC_REPLICATES], sum = 0;
    flc_sums_read(sums, &frame->own, output, kind);
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        sum += sums[r];
    return sum;
}

flc_analysed flc_frame_analysed(const flc_frame *frame, size_t output)
{
    const struct flc_frame_output *own = &frame->outputs[output];
    const double unit = flc_two_to(own->grid.exponent), center = own->grid.center;
    uint64_t samples = 0;
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        samples += own->counts[r];
    const double n = (double)samples, values = frame->pairs ? 2 * n : n;
    const double mean = (sum_of(frame, output, OF_A) + sum_of(frame, output, OF_B)) / (2 * n);
    const double squares = (sum_of(frame, output, OF_AA) + sum_of(frame, output, OF_BB)) / (2 * n);
    const double variance = (squares - mean * mean) * (values / (values - 1));
    return (flc_analysed){
        .samples = samples,
        .left_out = own->left_out,
        .mean = center + mean * unit,
        .variance = (variance < 0 ? 0.0 : variance) * unit * unit,
        .smallest = samples ? center + own->low * unit : (double)NAN,
        .largest = samples ? center + own->high * unit : (double)NAN,
    };
}

void flc_frame_resample(double resampled[FLC_RESAMPLED], const flc_frame *frame,
                        const flc_table *table, size_t slot, size_t kind)
{
    double sums[FLC_REPLICATES];
    flc_sums_read(sums, &table->sums, slot, kind);
    flc_bootstrap_sums(resampled, frame->bootstrap, sums);
}

void flc_frame_share(double share[FLC_RESAMPLED], const flc_frame *frame, const flc_table *table,
                     size_t slot, double times, const struct flc_frame_moments *moments)
{
    double missing[FLC_REPLICATES], short_of[FLC_RESAMPLED] = {0};
    if (flc_sums_missing(missing, &table->sums, slot))
        flc_bootstrap_sums(short_of, frame->bootstrap, missing);
    for (int i = 0; i < FLC_RESAMPLED; i++)
        share[i] = moments->count[i] / (times * moments->count[i] - short_of[i]);
}

double flc_frame_looseness(const flc_frame *frame, size_t output, uint64_t left_out,
                           const struct flc_frame_moments *moments)
{
    const struct flc_frame_output *own = &frame->outputs[output];
    const double range = own->high - own->low;
    return left_out ? (double)left_out * range * range / moments->square[0]
                    : moments->square[0] * 0;
}

flc_interval flc_frame_bounds(double value, double looseness)
{
    const double q = looseness, low = value - q, high = value + q;
    return (flc_interval){low > 0 ? low / (1 + q) : low, high < 0 ? high / (1 + q) : high};
}
