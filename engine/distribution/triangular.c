/* Triangular on [min, max] with its peak at `mode`.
 *
 *   F(x) = (x - min)^2/((max - min)(mode - min)) below the mode,
 *          1 - (max - x)^2/((max - min)(max - mode)) above it
 *
 * Variance (w^2 - w m + m^2)/18 with w = max - min, m = mode - min. */
#include "distribution/families.h"

#include "base/elementary.h"

static double cdf(const flc_distribution *distribution, double x)
{
    const double min = distribution->curve.low, max = distribution->curve.high;
    const double mode = distribution->curve.triangular.mode, width = max - min;
    if (x < mode)
        return (x - min) / width * ((x - min) / (mode - min));
    /* 1 - (max - x)^2/... around the mode: does not cancel where min = mode */
    return distribution->curve.triangular.at_mode +
           (x - mode) / width * (((max - x) + (max - mode)) / (max - mode));
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_triangular, arguments, error);
    if (status != FLC_OK)
        return status;
    const double min = arguments[0].values[0], mode = arguments[1].values[0];
    const double max = arguments[2].values[0], width = max - min;
    status = flc_family_check_range(min, max, error);
    if (status == FLC_OK)
        status = flc_family_check_mode(min, mode, max, error);
    if (status == FLC_OK)
        status = flc_family_check_reach("(max - min)^2", width * width, error);
    if (status != FLC_OK)
        return status;
    flc_distribution *made =
        flc_distribution_new(&flc_family_triangular, FLC_SHAPE_TRIANGULAR, 0, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    made->curve.low = min;
    made->curve.high = max;
    made->curve.triangular.mode = mode;
    made->curve.triangular.at_mode = (mode - min) / width;
    made->mean = min + (width + (mode - min)) / 3.0;
    made->sd = sqrt((width * width - width * (mode - min) + (mode - min) * (mode - min)) / 18.0);
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static const flc_family_parameter parameters[] = {
    {"min", false, false, "the smallest value"},
    {"mode", false, false, "the most likely value, between min and max"},
    {"max", false, false, "the largest value"},
};

const flc_family flc_family_triangular = {
    "triangular", "a straight rise from min to the mode and a straight fall to max", parameters,
    sizeof parameters / sizeof *parameters, create};
