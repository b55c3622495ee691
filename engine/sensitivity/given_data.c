#include "sensitivity/given_data.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/elementary.h"
#include "sensitivity/given_data_state.h"

/* ---- Making -------------------------------------------------------------------------------------
 */

static size_t classes_of(const flc_given_data_plan *plan)
{
    return plan->classes ? plan->classes : FLC_GIVEN_DATA_CLASSES;
}

static size_t cells_of(const flc_given_data_plan *plan)
{
    return plan->cells ? plan->cells : FLC_GIVEN_DATA_CELLS;
}

static flc_status check_plan(const flc_given_data_plan *plan, flc_error *error)
{
    const size_t classes = classes_of(plan), cells = cells_of(plan);
    if (classes % 2 != 0 || classes > FLC_GIVEN_DATA_MOST || cells < 2 ||
        cells > FLC_GIVEN_DATA_MOST)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "%zu classes and %zu cells: take an even number of classes, and from "
                             "2 to %d of both",
                             classes, cells, FLC_GIVEN_DATA_MOST);
    for (size_t q = 0; q < plan->inputs.quantities; q++)
        for (size_t i = 0; i < plan->reach[q].count; i++)
            if (plan->reach[q].outputs[i] >= plan->outputs)
                return flc_error_set(error, FLC_ERROR_INTERNAL,
                                     "quantity %zu reaches output %zu of %zu", q,
                                     plan->reach[q].outputs[i], plan->outputs);
    return FLC_OK;
}

/* Whether two ascending lists have something in common. */
static bool share(const flc_reach *a, const flc_reach *b)
{
    for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
        if (a->outputs[i] == b->outputs[k])
            return true;
        if (a->outputs[i] < b->outputs[k])
            i++;
        else
            k++;
    }
    return false;
}

static size_t products_of(const flc_given_data_plan *plan)
{
    size_t count = 1;
    for (size_t q = 0; q < plan->inputs.quantities; q++) {
        count += 2;
        for (size_t j = 0; j < q && !plan->without_regression; j++)
            count += share(&plan->reach[q], &plan->reach[j]);
    }
    return count;
}

static flc_status make_pattern(struct flc_given_pattern *pattern, const flc_given_data_plan *plan,
                               flc_error *error)
{
    const size_t count = products_of(plan);
    pattern->columns = 1 + plan->inputs.quantities;
    pattern->start = FLC_NEW(size_t, pattern->columns + 1, error);
    pattern->with = FLC_NEW(uint32_t, count, error);
    if (!pattern->start || !pattern->with)
        return FLC_ERROR_MEMORY;
    size_t at = 1;
    for (size_t q = 0; q < plan->inputs.quantities; q++) {
        pattern->start[q + 1] = at;
        pattern->with[at++] = 0;
        for (size_t j = 0; j < q && !plan->without_regression; j++)
            if (share(&plan->reach[q], &plan->reach[j]))
                pattern->with[at++] = (uint32_t)j + 1;
        pattern->with[at++] = (uint32_t)q + 1;
    }
    pattern->start[pattern->columns] = at;
    return FLC_OK;
}

/* Which quantities reach each output. */
static flc_status list_pairs(struct flc_given_data *own, const flc_given_data_plan *plan,
                             flc_error *error)
{
    for (size_t q = 0; q < own->quantities; q++)
        for (size_t i = 0; i < plan->reach[q].count; i++)
            own->output[plan->reach[q].outputs[i]].pairs++;
    for (size_t o = 0; o < own->outputs; o++) {
        own->output[o].quantities = FLC_NEW(uint32_t, own->output[o].pairs, error);
        if (!own->output[o].quantities)
            return FLC_ERROR_MEMORY;
        own->output[o].pairs = 0;
    }
    for (size_t q = 0; q < own->quantities; q++)
        for (size_t i = 0; i < plan->reach[q].count; i++) {
            struct flc_given_output *output = &own->output[plan->reach[q].outputs[i]];
            output->quantities[output->pairs++] = (uint32_t)q;
        }
    return FLC_OK;
}

static flc_status make_outputs(struct flc_given_data *own, const flc_given_data_plan *plan,
                               flc_error *error)
{
    flc_status status = list_pairs(own, plan, error);
    for (size_t o = 0; status == FLC_OK && o < own->outputs; o++) {
        struct flc_given_output *output = &own->output[o];
        output->place = plan->place[o];
        output->counts = FLC_NEW(uint32_t, output->pairs * flc_given_table(own), error);
        output->by_class =
            flc_allocate(output->pairs * own->classes, sizeof *output->by_class, error);
        output->products =
            flc_allocate(output->pairs * FLC_GIVEN_KINDS, sizeof *output->products, error);
        if (!output->counts || !output->by_class || !output->products)
            status = FLC_ERROR_MEMORY;
    }
    return status;
}

static flc_status make_inputs(struct flc_given_data *own, flc_error *error)
{
    const size_t columns = own->pattern.columns;
    for (int kind = 0; kind < FLC_GIVEN_KINDS; kind++) {
        own->gram[kind] = flc_allocate(own->pattern.start[columns], sizeof *own->gram[kind], error);
        own->lanes[kind] = FLC_NEW(double, columns *FLC_BLOCK, error);
        if (!own->gram[kind] || !own->lanes[kind])
            return FLC_ERROR_MEMORY;
    }
    own->masked = FLC_NEW(double, columns *FLC_BLOCK, error);
    own->first = FLC_NEW(uint32_t, columns, error);
    own->center = FLC_NEW(double, columns, error);
    own->factor = FLC_NEW(double, columns, error);
    own->codes = flc_allocate(own->quantities, sizeof *own->codes, error);
    own->pilot = FLC_NEW(double, (own->outputs + own->quantities) * FLC_GIVEN_PILOT_SAMPLES, error);
    if (!own->masked || !own->first || !own->center || !own->factor || !own->codes || !own->pilot)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < columns; i++)
        own->first[i] = (uint32_t)i;
    return FLC_OK;
}

static uint64_t hash_plan(const struct flc_given_data *own)
{
    uint64_t hash = flc_given_hash(flc_given_hash(own->outputs, own->quantities), own->classes);
    hash = flc_given_hash(flc_given_hash(hash, own->cells), own->without_regression);
    for (size_t o = 0; o < own->outputs; o++) {
        hash = flc_given_hash(hash, own->output[o].pairs);
        for (size_t k = 0; k < own->output[o].pairs; k++)
            hash = flc_given_hash(hash, own->output[o].quantities[k]);
    }
    return hash;
}

static void free_output(struct flc_given_output *output)
{
    for (int kind = 0; kind < FLC_GIVEN_KINDS; kind++)
        flc_free(output->missing[kind]);
    flc_free(output->quantities);
    flc_free(output->counts);
    flc_free(output->before);
    flc_free(output->by_class);
    flc_free(output->products);
}

static void free_all(flc_collector *collector)
{
    struct flc_given_data *own = flc_given_self(collector);
    for (size_t o = 0; own->output && o < own->outputs; o++)
        free_output(&own->output[o]);
    for (int kind = 0; kind < FLC_GIVEN_KINDS; kind++) {
        flc_free(own->gram[kind]);
        flc_free(own->lanes[kind]);
    }
    flc_free(own->output);
    flc_free(own->pattern.start);
    flc_free(own->pattern.with);
    flc_free(own->pilot);
    flc_free(own->center);
    flc_free(own->factor);
    flc_free(own->codes);
    flc_free(own->masked);
    flc_free(own->first);
    flc_free(own);
}

size_t flc_given_data_bytes(const flc_given_data_plan *plan)
{
    const size_t classes = classes_of(plan), columns = cells_of(plan) + FLC_GIVEN_EXTRA;
    const size_t inputs = 1 + plan->inputs.quantities;
    const size_t pair = classes * columns * sizeof(uint32_t) + classes * 2 * sizeof(int64_t) +
                        FLC_GIVEN_KINDS * sizeof(flc_given_sums) + sizeof(uint32_t);
    size_t pairs = 0;
    for (size_t q = 0; q < plan->inputs.quantities; q++)
        pairs += plan->reach[q].count;
    return pairs * pair + plan->outputs * sizeof(struct flc_given_output) +
           products_of(plan) * (FLC_GIVEN_KINDS * sizeof(flc_given_sums) + sizeof(uint32_t)) +
           inputs * FLC_BLOCK * (3 * sizeof(double) + sizeof(uint32_t)) +
           (inputs + plan->outputs) * FLC_GIVEN_PILOT_SAMPLES * sizeof(double);
}

/* ---- The pilot ----------------------------------------------------------------------------------
 */

static double *pilot_of(const struct flc_given_data *own, size_t i)
{
    return own->pilot + i * FLC_GIVEN_PILOT_SAMPLES;
}

static void use_pilot(struct flc_given_data *own)
{
    for (size_t o = 0; o < own->outputs; o++) {
        struct flc_given_cells *cells = &own->output[o].cells;
        flc_given_cells_set(cells, pilot_of(own, o), FLC_GIVEN_PILOT_SAMPLES, own->cells);
        own->plan = flc_given_hash(own->plan, flc_bits(cells->center));
        own->plan = flc_given_hash(own->plan, flc_bits(cells->factor));
        for (uint32_t k = 0; k < cells->used; k++)
            own->plan = flc_given_hash(own->plan, flc_bits(cells->edges[k]));
    }
    for (size_t q = 0; q < own->quantities; q++) {
        flc_given_scale_set(&own->center[q], &own->factor[q], pilot_of(own, own->outputs + q),
                            FLC_GIVEN_PILOT_SAMPLES);
        own->plan = flc_given_hash(own->plan, flc_bits(own->center[q]));
        own->plan = flc_given_hash(own->plan, flc_bits(own->factor[q]));
    }
    flc_free(own->pilot);
    own->pilot = NULL;
}

flc_status flc_given_data_pilot(flc_collector *collector, const double *values, flc_error *error)
{
    struct flc_given_data *own = flc_given_self(collector);
    if (own->pilots == FLC_GIVEN_DATA_PILOT)
        return flc_error_set(error, FLC_ERROR_INTERNAL, "the pilot of given data is whole already");
    const size_t at = own->pilots++ * FLC_BLOCK;
    for (size_t o = 0; o < own->outputs; o++)
        memcpy(pilot_of(own, o) + at, values + own->output[o].place * FLC_BLOCK,
               FLC_BLOCK * sizeof *values);
    const double *x = own->quantities ? own->inputs.values(own->inputs.context) : NULL;
    for (size_t q = 0; q < own->quantities; q++)
        memcpy(pilot_of(own, own->outputs + q) + at, x + q * FLC_BLOCK, FLC_BLOCK * sizeof *x);
    if (own->pilots == FLC_GIVEN_DATA_PILOT)
        use_pilot(own);
    return FLC_OK;
}

/* ---- Adding a block -----------------------------------------------------------------------------
 */

flc_status flc_given_make_room(const struct flc_given_data *own, struct flc_given_output *output,
                               uint64_t more, flc_error *error)
{
    const size_t size = output->pairs * flc_given_table(own);
    if (more > FLC_GIVEN_SAMPLES_MOST - output->samples)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "sensitivity from given data takes up to %" PRIu64 " samples",
                             FLC_GIVEN_SAMPLES_MOST);
    if (output->counted + more <= UINT32_MAX)
        return FLC_OK;
    if (!output->before && !(output->before = FLC_NEW(uint64_t, size, error)))
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < size; i++) {
        output->before[i] += output->counts[i];
        output->counts[i] = 0;
    }
    output->counted = 0;
    return FLC_OK;
}

flc_status flc_given_miss(struct flc_given_output *output, int kind, flc_error *error)
{
    const size_t count = flc_given_triangle(1 + output->pairs);
    if (!output->missing[kind])
        output->missing[kind] = flc_allocate(count, sizeof(flc_given_sums), error);
    return output->missing[kind] ? FLC_OK : FLC_ERROR_MEMORY;
}

/* Inputs of the block, 0 in lanes without a sample. */
static void take_inputs(struct flc_given_data *own, const struct flc_given_kernels *kernels,
                        size_t count)
{
    const double *u = own->quantities ? own->inputs.uniforms(own->inputs.context) : NULL;
    double *ranks = own->lanes[FLC_GIVEN_RANKS], *values = own->lanes[FLC_GIVEN_VALUES];
    for (size_t i = 0; i < FLC_BLOCK; i++)
        ranks[i] = values[i] = i < count ? 1.0 : 0.0;
    for (size_t q = 0; q < own->quantities; q++) {
        double *to = ranks + (1 + q) * FLC_BLOCK;
        kernels->classify(own->codes[q], u + q * FLC_BLOCK, (double)own->classes);
        for (size_t i = 0; i < FLC_BLOCK; i++)
            to[i] = (u[q * FLC_BLOCK + i] - 0.5) * ranks[i];
    }
    const double *x = own->quantities ? own->inputs.values(own->inputs.context) : NULL;
    for (size_t q = 0; q < own->quantities; q++) {
        double *to = values + (1 + q) * FLC_BLOCK;
        const double center = own->center[q], factor = own->factor[q];
        for (size_t i = 0; i < FLC_BLOCK; i++)
            to[i] = values[i] != 0.0 ? (x[q * FLC_BLOCK + i] - center) * factor : 0.0;
    }
}

static void add_gram(struct flc_given_data *own, const struct flc_given_kernels *kernels, int kind)
{
    const struct flc_given_pattern *pattern = &own->pattern;
    const double *lanes = own->lanes[kind];
    for (size_t i = 0; i < pattern->columns; i++) {
        const size_t begin = pattern->start[i], last = pattern->start[i + 1] - 1;
        const double *a = lanes + i * FLC_BLOCK;
        kernels->products(own->gram[kind] + begin, a, lanes, pattern->with + begin, last - begin);
        kernels->squares(own->gram[kind][last], a);
    }
}

/* Products of the inputs over the samples that are not `there`. */
static flc_status add_missing(struct flc_given_data *own, struct flc_given_output *output,
                              const struct flc_given_kernels *kernels, int kind,
                              const double *there, flc_error *error)
{
    double missing[FLC_BLOCK], any = 0.0;
    for (size_t i = 0; i < FLC_BLOCK; i++)
        any += missing[i] = own->lanes[kind][i] - there[i];
    if (any == 0.0 || own->without_regression)
        return FLC_OK;
    if (flc_given_miss(output, kind, error) != FLC_OK)
        return FLC_ERROR_MEMORY;
    flc_given_sums *sums = output->missing[kind];
    for (size_t k = 0; k <= output->pairs; k++) {
        const size_t column = k ? 1 + output->quantities[k - 1] : 0;
        const double *from = own->lanes[kind] + column * FLC_BLOCK;
        double *to = own->masked + k * FLC_BLOCK;
        for (size_t i = 0; i < FLC_BLOCK; i++)
            to[i] = missing[i] != 0.0 ? from[i] : 0.0;
        kernels->products(sums, to, own->masked, own->first, k);
        kernels->squares(sums[k], to);
        sums += k + 1;
    }
    return FLC_OK;
}

static void add_own(struct flc_given_data *own, struct flc_given_output *output,
                    const struct flc_given_kernels *kernels, const struct flc_given_block *block,
                    size_t count)
{
    const double *ones = own->lanes[FLC_GIVEN_VALUES];
    kernels->products(&output->own[FLC_GIVEN_Z], block->z, ones, own->first, 1);
    kernels->products(&output->own[FLC_GIVEN_R], block->rank, ones, own->first, 1);
    kernels->squares(output->own[FLC_GIVEN_ZZ], block->z);
    kernels->squares(output->own[FLC_GIVEN_RR], block->rank);
    kernels->by_cell(output->cell_sums, block, count);
    for (size_t i = 0; i < count; i++)
        if (block->column[i] >= own->cells)
            output->special[block->column[i] - own->cells]++;
    output->samples += count;
    output->counted += count;
}

static flc_status add_output(struct flc_given_data *own, struct flc_given_output *output,
                             const struct flc_given_kernels *kernels, const double *values,
                             size_t count, flc_error *error)
{
    struct flc_given_block block;
    flc_status status = flc_given_make_room(own, output, count, error);
    if (status != FLC_OK)
        return status;
    kernels->examine(&block, values + output->place * FLC_BLOCK, &output->cells, count);
    add_own(own, output, kernels, &block, count);
    for (size_t k = 0; k < output->pairs; k++) {
        const size_t q = output->quantities[k];
        const struct flc_given_lanes lanes = {own->codes[q],
                                              own->lanes[FLC_GIVEN_VALUES] + (1 + q) * FLC_BLOCK,
                                              own->lanes[FLC_GIVEN_RANKS] + (1 + q) * FLC_BLOCK};
        const struct flc_given_pair pair = {output->counts + k * flc_given_table(own),
                                            output->by_class + k * own->classes,
                                            output->products + k * FLC_GIVEN_KINDS};
        kernels->add(&pair, &block, &lanes, count, own->classes, own->columns,
                     k + 1 == output->pairs);
    }
    status = add_missing(own, output, kernels, FLC_GIVEN_VALUES, block.finite, error);
    if (status == FLC_OK)
        status = add_missing(own, output, kernels, FLC_GIVEN_RANKS, block.defined, error);
    return status;
}

static flc_status add(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error)
{
    const struct flc_given_kernels *kernels = FLC_ISA_PICK(flc_given_kernels, isa);
    struct flc_given_data *own = flc_given_self(collector);
    if (own->pilots < FLC_GIVEN_DATA_PILOT || count == 0 || count > FLC_BLOCK ||
        first % FLC_REPLICATES != 0)
        return flc_error_set(error, FLC_ERROR_INTERNAL,
                             "given data: %zu of %d pilot blocks, then %zu samples from %" PRIu64,
                             own->pilots, FLC_GIVEN_DATA_PILOT, count, first);
    take_inputs(own, kernels, count);
    for (int kind = 0; kind < FLC_GIVEN_KINDS && !own->without_regression; kind++)
        add_gram(own, kernels, kind);
    flc_status status = FLC_OK;
    for (size_t o = 0; status == FLC_OK && o < own->outputs; o++)
        status = add_output(own, &own->output[o], kernels, values, count, error);
    return status;
}

/* ---- The collector ------------------------------------------------------------------------------
 */

static void clear_output(const struct flc_given_data *own, struct flc_given_output *output)
{
    memset(output->counts, 0, output->pairs * flc_given_table(own) * sizeof *output->counts);
    memset(output->by_class, 0, output->pairs * own->classes * sizeof *output->by_class);
    memset(output->products, 0, output->pairs * FLC_GIVEN_KINDS * sizeof *output->products);
    memset(output->own, 0, sizeof output->own);
    memset(output->cell_sums, 0, sizeof output->cell_sums);
    memset(output->special, 0, sizeof output->special);
    flc_free(output->before);
    output->before = NULL;
    for (int kind = 0; kind < FLC_GIVEN_KINDS; kind++) {
        flc_free(output->missing[kind]);
        output->missing[kind] = NULL;
    }
    output->samples = output->counted = 0;
}

static void clear(flc_collector *collector)
{
    struct flc_given_data *own = flc_given_self(collector);
    for (size_t o = 0; o < own->outputs; o++)
        clear_output(own, &own->output[o]);
    for (int kind = 0; kind < FLC_GIVEN_KINDS; kind++)
        memset(own->gram[kind], 0,
               own->pattern.start[own->pattern.columns] * sizeof *own->gram[kind]);
}

static size_t records(const flc_collector *collector)
{
    return flc_given_constant_self(collector)->outputs + 1;
}

static const struct flc_collector_operations operations = {
    add,   records, flc_given_record_bytes, flc_given_record_write, flc_given_record_merge,
    clear, free_all};

flc_collector *flc_given_data_create(const flc_given_data_plan *plan, flc_error *error)
{
    if (check_plan(plan, error) != FLC_OK)
        return NULL;
    struct flc_given_data *own = FLC_NEW(struct flc_given_data, 1, error);
    if (!own)
        return NULL;
    own->collector.operations = &operations;
    own->outputs = plan->outputs;
    own->inputs = plan->inputs;
    own->quantities = plan->inputs.quantities;
    own->classes = classes_of(plan);
    own->cells = cells_of(plan);
    own->without_regression = plan->without_regression;
    own->columns = own->cells + FLC_GIVEN_EXTRA;
    own->output = FLC_NEW(struct flc_given_output, plan->outputs, error);
    if (!own->output || make_pattern(&own->pattern, plan, error) != FLC_OK ||
        make_outputs(own, plan, error) != FLC_OK || make_inputs(own, error) != FLC_OK) {
        free_all(&own->collector);
        return NULL;
    }
    own->plan = hash_plan(own);
    return &own->collector;
}

size_t flc_given_data_reaching(const flc_collector *collector, size_t output)
{
    return flc_given_constant_self(collector)->output[output].pairs;
}

void flc_given_counts(double *table, const struct flc_given_data *own,
                      const struct flc_given_output *output, size_t pair)
{
    const size_t size = flc_given_table(own), begin = pair * size;
    for (size_t i = 0; i < size; i++)
        table[i] = (double)output->counts[begin + i] +
                   (output->before ? (double)output->before[begin + i] : 0.0);
}
