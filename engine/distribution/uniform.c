/* Uniform on [min, max]: x = min + (max - min) u. */
#include "distribution/families.h"

#include "base/elementary.h"

static double cdf(const flc_distribution *distribution, double x)
{
    return (x - distribution->curve.uniform.min) / distribution->curve.uniform.width;
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_uniform, arguments, error);
    if (status != FLC_OK)
        return status;
    const double min = arguments[0].values[0], max = arguments[1].values[0];
    status = flc_family_check_range(min, max, error);
    if (status != FLC_OK)
        return status;
    flc_distribution *made = flc_distribution_new(&flc_family_uniform, FLC_SHAPE_UNIFORM, 0, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    made->curve.low = made->curve.uniform.min = min;
    made->curve.high = max;
    made->curve.uniform.width = max - min;
    made->mean = min + 0.5 * (max - min);
    made->sd = (max - min) / sqrt(12.0);
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static const flc_family_parameter parameters[] = {
    {"min", false, false, "the smallest value"},
    {"max", false, false, "the largest value"},
};

const flc_family flc_family_uniform = {"uniform",
                                       "every value between min and max is equally likely",
                                       parameters, sizeof parameters / sizeof *parameters, create};
