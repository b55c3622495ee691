#include "distribution/distribution.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"
#include "distribution/families.h"
#include "random/draws.h"
#include "random/streams.h"

flc_distribution *flc_distribution_new(const flc_family *family, flc_shape shape,
                                       size_t table_count, flc_error *error)
{
    flc_distribution *distribution = FLC_NEW(flc_distribution, 1, error);
    if (!distribution)
        return NULL;
    distribution->family = family;
    distribution->curve.shape = shape;
    distribution->curve.low = -(double)INFINITY;
    distribution->curve.high = (double)INFINITY;
    if (table_count == 0)
        return distribution;
    distribution->table = FLC_NEW(double, table_count, error);
    if (!distribution->table) {
        flc_free(distribution);
        return NULL;
    }
    distribution->curve.table = distribution->table;
    return distribution;
}

void flc_distribution_free(flc_distribution *distribution)
{
    if (!distribution || distribution->owners-- > 0)
        return;
    flc_free(distribution->table);
    flc_free(distribution);
}

flc_distribution *flc_distribution_share(const flc_distribution *distribution)
{
    flc_distribution *shared = (flc_distribution *)(uintptr_t)distribution;
    shared->owners++;
    return shared;
}

void flc_distribution_set_atoms(flc_distribution *distribution, const double *values,
                                const double *probabilities, size_t count)
{
    double mean = 0.0, square = 0.0;
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        mean += values[i] * (probabilities ? probabilities[i] : 1.0 / (double)count);
        whole = whole && flc_floor(values[i]) == values[i];
    }
    for (size_t i = 0; i < count; i++)
        square += (values[i] - mean) * (values[i] - mean) *
                  (probabilities ? probabilities[i] : 1.0 / (double)count);
    distribution->mean = mean;
    distribution->sd = sqrt(square);
    distribution->whole = whole;
    distribution->atoms = true;
}

bool flc_distribution_of_normals(const flc_distribution *distribution)
{
    switch (distribution->curve.shape) {
    case FLC_SHAPE_NORMAL:
    case FLC_SHAPE_LOGNORMAL:
    case FLC_SHAPE_BETA:
    case FLC_SHAPE_GAMMA:
    case FLC_SHAPE_STUDENT:
        return true;
    default:
        return false;
    }
}

/* What the shape's kernel reads as z, in `z`. */
static void prepare(const flc_distribution *distribution, flc_isa isa, double *z, const double *u,
                    size_t count)
{
    const flc_curve *curve = &distribution->curve;
    if (flc_distribution_of_normals(distribution)) {
        flc_normal_quantile_block(isa, z, u, count);
    } else if (curve->shape == FLC_SHAPE_TRUNCATED) {
        FLC_ISA_PICK(flc_distribution_kernels, isa)->tail(z, u, count, curve);
        flc_normal_quantile_block(isa, z, z, count);
    }
}

void flc_distribution_quantile(const flc_distribution *distribution, flc_isa isa, double *x,
                               const double *u, size_t count)
{
    const flc_curve *curve = &distribution->curve;
    const struct flc_distribution_kernels *kernels = FLC_ISA_PICK(flc_distribution_kernels, isa);
    double z[FLC_BLOCK], at[FLC_BLOCK];
    for (size_t done = 0; done < count; done += FLC_BLOCK) {
        const size_t part = count - done < FLC_BLOCK ? count - done : FLC_BLOCK;
        prepare(distribution, isa, z, u + done, part);
        if (x != u) {
            kernels->quantile[curve->shape](x + done, u + done, z, part, curve);
            continue;
        }
        kernels->quantile[curve->shape](at, u + done, z, part, curve);
        memcpy(x + done, at, part * sizeof *x);
    }
}

void flc_distribution_at_normals(const flc_distribution *distribution, flc_isa isa, double *x,
                                 const double *z)
{
    const flc_curve *curve = &distribution->curve;
    FLC_ISA_PICK(flc_distribution_kernels, isa)->quantile[curve->shape](x, z, z, FLC_BLOCK, curve);
}

double flc_distribution_cdf(const flc_distribution *distribution, double x)
{
    if (flc_is_nan(x))
        return x;
    if (x < distribution->curve.low)
        return 0.0;
    return x >= distribution->curve.high ? 1.0 : distribution->cdf(distribution, x);
}

double flc_distribution_low(const flc_distribution *distribution)
{
    return distribution->curve.low;
}

double flc_distribution_high(const flc_distribution *distribution)
{
    return distribution->curve.high;
}

double flc_distribution_mean(const flc_distribution *distribution)
{
    return distribution->mean;
}

double flc_distribution_sd(const flc_distribution *distribution)
{
    return distribution->sd;
}

bool flc_distribution_whole(const flc_distribution *distribution)
{
    return distribution->whole;
}

bool flc_distribution_atoms(const flc_distribution *distribution)
{
    return distribution->atoms;
}

const flc_family *flc_distribution_family(const flc_distribution *distribution)
{
    return distribution->family;
}
