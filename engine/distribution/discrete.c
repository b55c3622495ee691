/* Discrete: given values with given weights; value j for cum_{j-1} <= u < cum_j (MODEL section 10),
 * the cum_j being the partial sums of the weights over their total.
 *
 * Values keep the order of the study. Where they ascend this is the inverse CDF; in another order a
 * rank correlation ties the places in the list, not the values. */
#include "distribution/families.h"

#include <math.h>

static double cdf(const flc_distribution *distribution, double x)
{
    const flc_curve *curve = &distribution->curve;
    const double *limits = curve->table, *values = curve->table + curve->count;
    double below = 0.0;
    for (size_t j = 0; j < curve->count && limits[j] <= 1.0; j++)
        if (values[j] <= x)
            below += limits[j] - (j > 0 ? limits[j - 1] : 0.0);
    return below;
}

static flc_status check_weight(const flc_argument *weights, size_t i, flc_error *error)
{
    if (weights->values[i] < 0.0)
        return flc_error_set(error, FLC_ERROR_STUDY, "weights must be >= 0, not %.10g (number %zu)",
                             weights->values[i], i + 1);
    return FLC_OK;
}

static flc_status check(double *total, const flc_argument *values, const flc_argument *weights,
                        flc_error *error)
{
    *total = 0.0;
    if (values->count != weights->count)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "there are %zu values and %zu weights; each value needs one",
                             values->count, weights->count);
    if (values->count > 65536)
        return flc_error_set(error, FLC_ERROR_STUDY, "values has %zu entries; 65536 are allowed",
                             values->count);
    for (size_t i = 0; i < values->count; i++) {
        flc_status status = check_weight(weights, i, error);
        if (status != FLC_OK)
            return status;
        *total += weights->values[i];
    }
    flc_status status = flc_family_check_reach("the sum of weights", *total, error);
    return status == FLC_OK ? flc_family_check_positive("the sum of weights", *total, error)
                            : status;
}

/* The limits cum_j and, after them, the values they are upper limits of; a value without weight is
 * left out, and the last limit is 1 exactly. Returns how many values there are. */
static size_t fill(double *limits, double *kept, double *probabilities, const flc_argument *values,
                   const flc_argument *weights, double total)
{
    size_t count = 0;
    double sum = 0.0;
    for (size_t i = 0; i < values->count; i++) {
        if (weights->values[i] == 0.0)
            continue;
        sum += weights->values[i];
        limits[count] = sum / total;
        kept[count] = values->values[i];
        probabilities[count++] = weights->values[i] / total;
    }
    limits[count - 1] = 1.0;
    return count;
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    double total;
    flc_status status = flc_family_check(&flc_family_discrete, arguments, error);
    if (status == FLC_OK)
        status = check(&total, &arguments[0], &arguments[1], error);
    if (status != FLC_OK)
        return status;
    size_t size = 1;
    while (size < arguments[0].count)
        size *= 2;
    flc_distribution *made =
        flc_distribution_new(&flc_family_discrete, FLC_SHAPE_STEP, 3 * size, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    double *limits = made->table, *values = limits + size, *probabilities = values + size;
    const size_t count = fill(limits, values, probabilities, &arguments[0], &arguments[1], total);
    for (size_t i = count; i < size; i++) {
        limits[i] = (double)INFINITY;
        values[i] = values[count - 1];
    }
    made->curve.count = size;
    made->curve.low = made->curve.high = values[0];
    for (size_t i = 1; i < count; i++) {
        made->curve.low = values[i] < made->curve.low ? values[i] : made->curve.low;
        made->curve.high = values[i] > made->curve.high ? values[i] : made->curve.high;
    }
    flc_distribution_set_atoms(made, values, probabilities, count);
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static const flc_family_parameter parameters[] = {
    {"values", true, false, "the values"},
    {"weights", true, false, "the weight of each value, >= 0; only their proportions matter"},
};

const flc_family flc_family_discrete = {"discrete", "one of a few values, with given weights",
                                        parameters, sizeof parameters / sizeof *parameters, create};
