/* Normal: x = mean + sd z. */
#include "distribution/families.h"

#include "base/elementary.h"

static double cdf(const flc_distribution *distribution, double x)
{
    return flc_normal_cdf((x - distribution->mean) / distribution->sd);
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_normal, arguments, error);
    if (status != FLC_OK)
        return status;
    const double mean = arguments[0].values[0], sd = arguments[1].values[0];
    status = flc_family_check_positive("sd", sd, error);
    if (status == FLC_OK)
        status = flc_family_check_reach("mean + 9 sd", flc_abs(mean) + 9.0 * sd, error);
    if (status != FLC_OK)
        return status;
    flc_distribution *made = flc_distribution_new(&flc_family_normal, FLC_SHAPE_NORMAL, 0, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    made->curve.normal.mean = made->mean = mean;
    made->curve.normal.sd = made->sd = sd;
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static const flc_family_parameter parameters[] = {
    {"mean", false, false, "the mean"},
    {"sd", false, false, "the standard deviation, > 0"},
};

const flc_family flc_family_normal = {"normal", "the bell curve", parameters,
                                      sizeof parameters / sizeof *parameters, create};
