/* Log-uniform on [min, max], 0 < min: the logarithm is uniform, x = c (max/min)^(u - 1/2) with
 * c = sqrt(min max).
 *
 * With L = log(max/min): mean (max - min)/L, variance c^2 (sinh(L)/L - 2 (cosh(L) - 1)/L^2), which
 * for small L is taken as c^2 times the sum of 2k L^2k/(2k+2)!, which does not cancel. */
#include "distribution/families.h"

#include "base/elementary.h"

/* log(max/min) without overflow, and accurate where they are close */
static double log_of_ratio(double min, double max)
{
    const double excess = (max - min) / min;
    return flc_is_finite(excess) ? flc_log1p(excess) : flc_log(max) - flc_log(min);
}

static double cdf(const flc_distribution *distribution, double x)
{
    return log_of_ratio(distribution->curve.low, x) / distribution->curve.loguniform.log_ratio;
}

/* sd over the geometric mean */
static double relative_sd(double log_ratio)
{
    const double square = log_ratio * log_ratio;
    if (log_ratio > 4.0)
        return sqrt((flc_exp(log_ratio) - flc_exp(-log_ratio)) / (2.0 * log_ratio) -
                    (flc_exp(log_ratio) + flc_exp(-log_ratio) - 2.0) / square);
    double sum = 0.0, term = 0.5;
    for (int k = 1; k < 25; k++) {
        term *= square / ((2 * k + 1) * (2 * k + 2));
        sum += 2 * k * term;
    }
    return sqrt(sum);
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_loguniform, arguments, error);
    if (status != FLC_OK)
        return status;
    const double min = arguments[0].values[0], max = arguments[1].values[0];
    status = flc_family_check_positive("min", min, error);
    if (status == FLC_OK)
        status = flc_family_check_range(min, max, error);
    if (status != FLC_OK)
        return status;
    const double log_ratio = log_of_ratio(min, max);
    if (log_ratio > 1400.0)
        return flc_error_set(error, FLC_ERROR_STUDY, "max/min must be below 1e608");
    flc_distribution *made =
        flc_distribution_new(&flc_family_loguniform, FLC_SHAPE_LOGUNIFORM, 0, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    made->curve.low = min;
    made->curve.high = max;
    made->curve.loguniform.middle = sqrt(min) * sqrt(max);
    made->curve.loguniform.log_ratio = log_ratio;
    made->mean = (max - min) / log_ratio;
    made->sd = made->curve.loguniform.middle * relative_sd(log_ratio);
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static const flc_family_parameter parameters[] = {
    {"min", false, false, "the smallest value, > 0"},
    {"max", false, false, "the largest value"},
};

const flc_family flc_family_loguniform = {
    "loguniform",
    "the logarithm is uniform: every order of magnitude between min and max is equally likely",
    parameters, sizeof parameters / sizeof *parameters, create};
