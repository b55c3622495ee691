/* Normal of mean `mean` and standard deviation `sd` before truncation, kept within [min, max].
 *
 * With a = (min - mean)/sd, b = (max - mean)/sd and probabilities below and above both ends, the
 * probability below x is p = Phi(a)(1-u) + Phi(b) u, above it q = Phi(-a)(1-u) + Phi(-b) u: sums of
 * positive terms, so that the smaller one, of which the normal quantile is taken, keeps its
 * relative accuracy in both tails. Mean and sd by Simpson's rule over where the density is above
 * e^-40 of its largest value. Limit: an interval more than 37 sd away from the mean holds no
 * probability that a double can express. */
#include "distribution/families.h"

#include "base/elementary.h"

/* Phi(to) - Phi(from), from <= to, by the tails of the side they are on */
static double between(double from, double to)
{
    return from > 0.0 ? flc_normal_cdf(-from) - flc_normal_cdf(-to)
                      : flc_normal_cdf(to) - flc_normal_cdf(from);
}

static double cdf(const flc_distribution *distribution, double x)
{
    const double from = distribution->numbers[0], to = distribution->numbers[1];
    const double at = (x - distribution->curve.truncated.mean) / distribution->curve.truncated.sd;
    return between(from, at) / between(from, to);
}

/* Mean and sd of the standard normal kept within [from, to]. */
static void moments(double *mean, double *sd, double from, double to)
{
    enum { PARTS = 2000 };
    const double peak = from > 0.0 ? from : to < 0.0 ? to : 0.0;
    const double far = sqrt(peak * peak + 80.0);
    const double left = from > -far ? from : -far, right = to < far ? to : far;
    const double step = (right - left) / PARTS;
    double mass = 0.0, first = 0.0, second = 0.0;
    for (int i = 0; i <= PARTS; i++) {
        const double away = (left - peak) + i * step, t = peak + away;
        const double weight = (i == 0 || i == PARTS ? 1.0
                               : i % 2              ? 4.0
                                                    : 2.0) *
                              flc_exp(-0.5 * (t - peak) * (t + peak));
        mass += weight;
        first += weight * away;
        second += weight * away * away;
    }
    *mean = peak + first / mass;
    *sd = sqrt(second / mass - (first / mass) * (first / mass));
}

static flc_status check(double mean, double sd, double min, double max, flc_error *error)
{
    flc_status status = flc_family_check_positive("sd", sd, error);
    if (status == FLC_OK && min > -(double)INFINITY && max < (double)INFINITY)
        status = flc_family_check_range(min, max, error);
    if (status == FLC_OK)
        status = flc_family_check_reach("mean + 9 sd", flc_abs(mean) + 9.0 * sd, error);
    if (status != FLC_OK)
        return status;
    if (!(between((min - mean) / sd, (max - mean) / sd) > 1e-290))
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "there is practically no probability between min and max: they are "
                             "more than 36 sd away from the mean, or closer together than doubles "
                             "around the mean can tell apart");
    return FLC_OK;
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_truncated_normal, arguments, error);
    if (status != FLC_OK)
        return status;
    const double mean = arguments[0].values[0], sd = arguments[1].values[0];
    const double min = flc_family_number(&arguments[2], -(double)INFINITY);
    const double max = flc_family_number(&arguments[3], (double)INFINITY);
    status = check(mean, sd, min, max, error);
    if (status != FLC_OK)
        return status;
    flc_distribution *made =
        flc_distribution_new(&flc_family_truncated_normal, FLC_SHAPE_TRUNCATED, 0, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    const double from = (min - mean) / sd, to = (max - mean) / sd;
    flc_curve *curve = &made->curve;
    curve->low = min;
    curve->high = max;
    curve->truncated.mean = mean;
    curve->truncated.sd = sd;
    curve->truncated.below_min = flc_normal_cdf(from);
    curve->truncated.below_max = flc_normal_cdf(to);
    curve->truncated.above_min = flc_normal_cdf(-from);
    curve->truncated.above_max = flc_normal_cdf(-to);
    made->numbers[0] = from;
    made->numbers[1] = to;
    moments(&made->mean, &made->sd, from, to);
    made->mean = mean + sd * made->mean;
    made->sd *= sd;
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static const flc_family_parameter parameters[] = {
    {"mean", false, false, "the mean before truncation"},
    {"sd", false, false, "the standard deviation before truncation, > 0"},
    {"min", false, true, "the smallest value (default: none)"},
    {"max", false, true, "the largest value (default: none)"},
};

const flc_family flc_family_truncated_normal = {
    "truncated_normal", "a normal of which only the part between min and max is kept", parameters,
    sizeof parameters / sizeof *parameters, create};
