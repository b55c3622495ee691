/* Weibull: P(X > x) = exp(-(x/scale)^shape), x = scale (-log(1-u))^(1/shape).
 *
 * mean scale Gamma(1 + 1/shape), variance scale^2 (Gamma(1 + 2/shape) - Gamma(1 + 1/shape)^2). */
#include "distribution/families.h"

#include "base/elementary.h"
#include "distribution/special.h"

static double cdf(const flc_distribution *distribution, double x)
{
    if (!(x > 0.0))
        return 0.0;
    const double power =
        flc_log(x / distribution->curve.weibull.scale) / distribution->curve.weibull.per_shape;
    return -flc_expm1(-flc_exp(power));
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_weibull, arguments, error);
    if (status != FLC_OK)
        return status;
    const double shape = arguments[0].values[0], scale = arguments[1].values[0];
    status = flc_family_check_between("shape", shape, 0.05, 1000.0, error);
    if (status == FLC_OK)
        status = flc_family_check_positive("scale", scale, error);
    if (status == FLC_OK) /* log(-log 2^-53) = 3.603 */
        status = flc_family_check_reach("the largest value", scale * flc_exp(3.61 / shape), error);
    if (status != FLC_OK)
        return status;
    flc_distribution *made = flc_distribution_new(&flc_family_weibull, FLC_SHAPE_WEIBULL, 0, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    const double log_one = flc_special_log_gamma(1.0 + 1.0 / shape);
    const double log_two = flc_special_log_gamma(1.0 + 2.0 / shape);
    made->curve.low = 0.0;
    made->curve.weibull.scale = scale;
    made->curve.weibull.per_shape = 1.0 / shape;
    made->mean = scale * flc_exp(log_one);
    made->sd = made->mean * sqrt(flc_expm1(log_two - 2.0 * log_one));
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static const flc_family_parameter parameters[] = {
    {"shape", false, false, "the shape, 0.05 ... 1000"},
    {"scale", false, false, "the 63 % quantile, > 0"},
};

const flc_family flc_family_weibull = {
    "weibull", "waiting times with a rate that rises (shape > 1) or falls (shape < 1)", parameters,
    sizeof parameters / sizeof *parameters, create};
