/* Gamma of shape k and scale: mean k scale, variance k scale^2.
 *
 * The table holds T(z) = log(x/(k scale)). With E = e^T - 1,
 *   T' = w,  E' = (1 + E) w,  w' = w(-z + k E w),  w = phi(z)/g(T)  (g: special.h),
 * all polynomial, so that their Taylor coefficients follow from each other (curve.h). */
#include "distribution/families.h"

#include "base/elementary.h"
#include "distribution/curve.h"
#include "distribution/special.h"

struct shape {
    double k, peak; /* log g(0) */
};

static flc_tail below(const void *numbers, double y)
{
    return flc_special_gamma_below(((const struct shape *)numbers)->k, y);
}

static flc_tail above(const void *numbers, double y)
{
    return flc_special_gamma_above(((const struct shape *)numbers)->k, y);
}

static void expand_one(double series[FLC_CURVE_TERMS], double z, double y, const void *numbers)
{
    enum { N = FLC_CURVE_TERMS };
    const struct shape *shape = numbers;
    const double k = shape->k;
    double power[N], centred[N], w[N], rate[N];
    power[0] = flc_exp(y);
    centred[0] = k * flc_expm1(y);
    w[0] = flc_exp(flc_curve_log_phi(z) - (shape->peak - k * flc_special_exp_rest(y)));
    series[0] = y;
    for (int n = 0; n + 1 < N; n++) {
        rate[n] = flc_series_product(centred, w, n) - (n == 0 ? z : n == 1 ? 1.0 : 0.0);
        series[n + 1] = w[n] / (n + 1);
        power[n + 1] = flc_series_product(power, w, n) / (n + 1);
        centred[n + 1] = k * power[n + 1];
        w[n + 1] = flc_series_product(w, rate, n) / (n + 1);
    }
}

static void expand(double series[2][FLC_CURVE_TERMS], const double z[2], const double y[2],
                   const void *numbers)
{
    for (int s = 0; s < 2; s++)
        expand_one(series[s], z[s], y[s], numbers);
}

static double cdf(const flc_distribution *distribution, double x)
{
    if (!(x > 0.0))
        return 0.0;
    const double y = flc_log(x / distribution->curve.gamma.unit);
    return flc_exp(flc_special_gamma_below(distribution->numbers[0], y).log);
}

static flc_status make(flc_distribution **distribution, double k, double scale, flc_error *error)
{
    flc_distribution *made = flc_distribution_new(&flc_family_gamma, FLC_SHAPE_GAMMA,
                                                  FLC_CURVE_DOUBLES(FLC_CURVE_USUAL), error);
    if (!made)
        return FLC_ERROR_MEMORY;
    const struct shape shape = {k, flc_special_gamma_peak(k)};
    const flc_curve_law law = {&shape, expand, NULL};
    const double end = flc_log(flc_normal_cdf(-FLC_CURVE_REACH));
    flc_curve_tabulate(made->table, FLC_CURVE_USUAL, &law,
                       flc_special_solve(below, &shape, 1, end, 0.0),
                       flc_special_solve(above, &shape, -1, end, 0.0));
    made->curve.count = FLC_CURVE_USUAL;
    made->curve.low = 0.0;
    made->curve.gamma.unit = k * scale;
    made->numbers[0] = k;
    made->mean = k * scale;
    made->sd = sqrt(k) * scale;
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_gamma, arguments, error);
    if (status != FLC_OK)
        return status;
    const double k = arguments[0].values[0], scale = arguments[1].values[0];
    status = flc_family_check_between("shape", k, 0.02, 1e6, error);
    if (status == FLC_OK)
        status = flc_family_check_positive("scale", scale, error);
    if (status == FLC_OK)
        status = flc_family_check_reach("the largest value", (k + 100.0) * 10.0 * scale, error);
    return status == FLC_OK ? make(distribution, k, scale, error) : status;
}

static const flc_family_parameter parameters[] = {
    {"shape", false, false, "the shape, 0.02 ... 1e6"},
    {"scale", false, false, "the scale, > 0"},
};

const flc_family flc_family_gamma = {"gamma", "positive, skewed to the right; mean shape x scale",
                                     parameters, sizeof parameters / sizeof *parameters, create};
