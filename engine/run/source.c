#include "run/source.h"

#include "statistics/distributions.h"

flc_status flc_source_block(const flc_source *source, const double **values, uint64_t first,
                            flc_error *error)
{
    *values = source->block(source->context, first);
    return source->failure ? source->failure(source->context, error) : FLC_OK;
}

/* ---- by one process alone -------------------------------------------------------------------- */

static flc_status keep_stripe(const flc_keeper *keeper, uint64_t stripe, flc_error *error)
{
    const void *bytes;
    size_t length;
    flc_status status = keeper->pack(keeper->context, &bytes, &length, error);
    return status ? status : keeper->append(keeper->context, stripe, bytes, length, error);
}

/* Blocks first ... end-1, the last with `count` samples: into the collector from `collected` on,
 * and all to the keeper (NULL: none) as parts of one stripe. */
static flc_status evaluate_alone(const flc_source *source, flc_isa isa, uint64_t first,
                                 uint64_t end, size_t count, uint64_t collected,
                                 const flc_keeper *keeper, flc_collector *collector,
                                 flc_error *error)
{
    flc_status status = FLC_OK;
    for (uint64_t b = first; b < end && !status; b++) {
        const double *values;
        size_t lanes = b + 1 < end ? FLC_BLOCK : count;
        status = flc_source_block(source, &values, b * FLC_BLOCK, error);
        if (!status && b >= collected)
            status = flc_collector_add(collector, isa, values, b * FLC_BLOCK, lanes, error);
        if (!status && keeper)
            status = keeper->take(keeper->context, values, (size_t)(b - first), lanes, error);
    }
    return status || !keeper || first == end ? status
                                             : keep_stripe(keeper, first / FLC_STRIPE, error);
}

flc_status flc_source_stripe(const flc_source *source, flc_isa isa, uint64_t *begin, uint64_t end,
                             const flc_keeper *keeper, flc_collector *collector, flc_error *error)
{
    uint64_t first = *begin - *begin % FLC_STRIPE, collected = *begin;
    if (first == *begin || first + FLC_STRIPE > end)
        return FLC_OK;
    *begin = first + FLC_STRIPE;
    return evaluate_alone(source, isa, first, *begin, FLC_BLOCK, collected, keeper, collector,
                          error);
}

flc_status flc_source_rest(const flc_source *source, flc_isa isa, uint64_t samples,
                           const flc_keeper *keeper, flc_collector *collector, flc_error *error)
{
    uint64_t full = samples / FLC_BLOCK, first = keeper ? full - full % FLC_STRIPE : full;
    size_t rest = (size_t)(samples % FLC_BLOCK);
    return evaluate_alone(source, isa, first, full + (rest > 0), rest ? rest : FLC_BLOCK, full,
                          keeper, collector, error);
}

/* ---- a study as a source --------------------------------------------------------------------- */

static const double *evaluator_block(void *context, uint64_t first)
{
    return flc_evaluator_block(context, first, NULL);
}

static flc_collector *evaluator_collector(void *context, flc_error *error)
{
    return flc_distributions_take(flc_evaluator_summary(context, error), error);
}

static flc_status evaluator_failure(void *context, flc_error *error)
{
    return flc_evaluator_failure(context, error);
}

flc_source flc_evaluator_source(flc_evaluator *evaluator)
{
    return (flc_source){evaluator, evaluator_block, evaluator_collector, evaluator_failure};
}
