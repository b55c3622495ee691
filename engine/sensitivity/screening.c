#include "sensitivity/screening.h"

#include "base/memory.h"
#include "sensitivity/frame.h"

/* One table; its kinds, d = c - a and s its sign. */
enum { OF_S_D = 0, OF_SIZE = 1, OF_D_D = 2, KINDS = 3 };

#define METHOD UINT64_C(0x014952524f4d4346) /* "FCMORRI", format 1 */

struct screening {
    flc_frame frame;
    double step;
};

static struct screening *self(flc_collector *collector)
{
    return (struct screening *)(void *)collector;
}

/* ---- Blocks -------------------------------------------------------------------------------------
 */

static flc_status add_factor(flc_frame *frame, const struct flc_sensitivity_kernels *kernels,
                             size_t factor, flc_error *error)
{
    const flc_rows *rows = frame->rows;
    flc_sums *sums = &frame->tables[0].sums;
    const double *values = flc_frame_row(frame, factor, true);
    const double *signs = rows->direction ? rows->direction(rows->context, factor) : NULL;
    for (size_t k = 0; k < rows->reach[factor].count; k++) {
        const size_t o = rows->reach[factor].outputs[k], slot = frame->tables[0].first[factor] + k;
        const struct flc_frame_output *of = &frame->outputs[o];
        struct flc_sums_target target;
        flc_sums_aim(&target, sums, slot);
        if (!signs)
            flc_sums_undefine(sums, slot, OF_S_D);
        const unsigned flags = kernels->effect(&target, flc_rows_lanes(rows, values, o),
                                               frame->za[o], signs, &of->grid, of->hits);
        if (flags && flc_sums_settle(sums, slot, flags, &target, of->hits, error) != FLC_OK)
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

static flc_status add(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error)
{
    flc_frame *frame = flc_frame_of(collector);
    const struct flc_sensitivity_kernels *kernels = FLC_ISA_PICK(flc_sensitivity_kernels, isa);
    flc_status status =
        flc_frame_begin(frame, kernels, values, first, count, FLC_REPLICATES, error);
    for (size_t f = 0; f < frame->rows->factors && status == FLC_OK; f++)
        status = add_factor(frame, kernels, f, error);
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
    flc_frame_release(flc_frame_of(collector));
    flc_free(self(collector));
}

static const struct flc_collector_operations operations = {add,
                                                           flc_frame_records,
                                                           flc_frame_record_bytes,
                                                           flc_frame_record_write,
                                                           flc_frame_record_merge,
                                                           clear,
                                                           free_all};

flc_collector *flc_screening_create(const flc_rows *rows, const double *pilot, double step,
                                    flc_error *error)
{
    struct screening *own = FLC_NEW(struct screening, 1, error);
    if (!own)
        return NULL;
    own->step = step;
    if (flc_frame_init(&own->frame, &operations, rows, pilot, METHOD, flc_bits(step), false,
                       error) != FLC_OK ||
        flc_frame_add_table(&own->frame, KINDS, NULL, error) != FLC_OK) {
        free_all(&own->frame.collector);
        return NULL;
    }
    return &own->frame.collector;
}

size_t flc_screening_bytes(const flc_rows *rows)
{
    const size_t slots = flc_frame_slots(rows, NULL), kinds = KINDS;
    return flc_frame_bytes(rows, &slots, &kinds, 1);
}

size_t flc_screening_rows(const flc_rows *rows)
{
    return rows->factors + 1;
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

flc_analysed flc_screening_output(const flc_collector *collector, size_t output)
{
    return flc_frame_analysed(flc_frame_const(collector), output);
}

size_t flc_screening_count(const flc_collector *collector, size_t output)
{
    const size_t *begin = flc_frame_const(collector)->tables[0].begin;
    return begin[output + 1] - begin[output];
}

/* mu, mu* and sigma in all resamples; `unit` is that of z over the step. */
struct effects {
    double mu[FLC_RESAMPLED], mu_star[FLC_RESAMPLED], sigma[FLC_RESAMPLED];
};

static void read_slot(struct effects *effects, const flc_frame *frame, size_t slot, bool directed,
                      double unit, const struct flc_frame_moments *moments)
{
    const flc_table *table = &frame->tables[0];
    double share[FLC_RESAMPLED], squares[FLC_RESAMPLED];
    flc_frame_resample(effects->mu, frame, table, slot, OF_S_D);
    flc_frame_resample(effects->mu_star, frame, table, slot, OF_SIZE);
    flc_frame_resample(squares, frame, table, slot, OF_D_D);
    flc_frame_share(share, frame, table, slot, 1, moments);
    for (int i = 0; i < FLC_RESAMPLED; i++) {
        const double n = moments->count[i] / share[i];
        const double sum = directed ? effects->mu[i] : effects->mu_star[i];
        const double square = (squares[i] - sum * sum / n) / (n - 1);
        effects->mu[i] *= unit / n;
        effects->mu_star[i] *= unit / n;
        effects->sigma[i] = unit * sqrt(square < 0 ? 0.0 : square);
    }
}

void flc_screening_read(flc_screening_effect *effects, const flc_collector *collector,
                        size_t output, double level)
{
    const flc_frame *frame = flc_frame_const(collector);
    const flc_table *table = &frame->tables[0];
    const double step = ((const struct screening *)(const void *)collector)->step;
    const double unit = flc_two_to(frame->outputs[output].grid.exponent) / step;
    struct flc_frame_moments moments;
    flc_frame_moments(&moments, frame, output);
    for (size_t k = 0; k < flc_screening_count(collector, output); k++) {
        const size_t place = table->begin[output] + k, slot = table->slots[place];
        const bool directed = flc_sums_is_defined(&table->sums, slot, OF_S_D);
        struct effects read;
        read_slot(&read, frame, slot, directed, unit, &moments);
        effects[k] = (flc_screening_effect){
            .factor = table->factors[place],
            .directed = directed,
            .mu = flc_bootstrap_estimate(read.mu, level),
            .mu_star = flc_bootstrap_estimate(read.mu_star, level),
            .sigma = flc_bootstrap_estimate(read.sigma, level),
            .left_out =
                frame->outputs[output].left_out + flc_sums_missing_count(&table->sums, slot),
        };
    }
}
