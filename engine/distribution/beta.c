/* Beta of shapes a and b, stretched over [min, max].
 *
 * The table holds T(z) = logit of (x - min)/(max - min). With t that fraction, n = a + b,
 *   T' = w,  t' = t(1-t) w,  w' = w(-z + (n t - a) w),  w = phi(z)/g(T)  (g: special.h),
 * all polynomial, so that their Taylor coefficients follow from each other (curve.h). The
 * logit itself has its singularities at +-i pi, which are the closer in z the flatter the density
 * of T is: for small a and b the cells are made smaller, and below 0.1 the table would be too
 * large. */
#include "distribution/families.h"

#include "base/elementary.h"
#include "distribution/curve.h"
#include "distribution/special.h"

struct shapes {
    double a, b;
    double peak, offset; /* log g(0); the logit at y = 0 */
};

static flc_tail below(const void *numbers, double y)
{
    const struct shapes *shapes = numbers;
    return flc_special_beta_below(shapes->a, shapes->b, y);
}

static flc_tail above(const void *numbers, double y)
{
    const struct shapes *shapes = numbers;
    return flc_special_beta_below(shapes->b, shapes->a, -y);
}

/* The first coefficient of each series, for one of the two sides. */
static void begin_series(double t[2], double rest[2], double centred[2], double w[2], int side,
                         double z, double y, const struct shapes *shapes)
{
    flc_special_beta_parts(&t[side], &rest[side], &centred[side], shapes->a, shapes->b, y);
    w[side] = flc_exp(flc_curve_log_phi(z) -
                      (shapes->peak - flc_special_beta_drop(shapes->a, shapes->b, y)));
}

static void expand(double series[2][FLC_CURVE_TERMS], const double z[2], const double y[2],
                   const void *numbers)
{
    enum { N = FLC_CURVE_TERMS };
    const struct shapes *shapes = numbers;
    const double n_shapes = shapes->a + shapes->b;
    double t[N][2], rest[N][2], spread[N][2], centred[N][2], w[N][2], rate[N][2];
    for (int s = 0; s < 2; s++) {
        begin_series(t[0], rest[0], centred[0], w[0], s, z[s], y[s], shapes);
        series[s][0] = y[s];
    }
    for (int n = 0; n + 1 < N; n++) {
        flc_series_products(spread[n], t, rest, n);
        flc_series_products(rate[n], centred, w, n);
        for (int s = 0; s < 2; s++) {
            rate[n][s] -= n == 0 ? z[s] : n == 1 ? 1.0 : 0.0;
            series[s][n + 1] = w[n][s] / (n + 1);
        }
        flc_series_products(t[n + 1], spread, w, n);
        flc_series_products(w[n + 1], w, rate, n);
        for (int s = 0; s < 2; s++) {
            t[n + 1][s] /= n + 1;
            rest[n + 1][s] = -t[n + 1][s];
            centred[n + 1][s] = n_shapes * t[n + 1][s];
            w[n + 1][s] /= n + 1;
        }
    }
}

/* From y to the logit itself. */
static void present(double series[FLC_CURVE_TERMS], double z, const void *numbers)
{
    (void)z;
    const struct shapes *shapes = numbers;
    series[0] += shapes->offset;
}

static double cdf(const flc_distribution *distribution, double x)
{
    const double a = distribution->numbers[0], b = distribution->numbers[1];
    const double below_x = x - distribution->curve.low, above_x = distribution->curve.high - x;
    if (!(below_x > 0.0))
        return 0.0;
    const double y = flc_log(below_x) - flc_log(above_x) - (flc_log(a) - flc_log(b));
    return flc_exp(flc_special_beta_below(a, b, y).log);
}

flc_status flc_beta_make(flc_distribution **distribution, const flc_family *family, double a,
                         double b, double min, double max, flc_error *error)
{
    const int per_unit = a + b < 1.0 ? FLC_CURVE_FINE : FLC_CURVE_USUAL;
    flc_distribution *made =
        flc_distribution_new(family, FLC_SHAPE_BETA, FLC_CURVE_DOUBLES(per_unit), error);
    if (!made)
        return FLC_ERROR_MEMORY;
    const struct shapes shapes = {a, b, flc_special_beta_peak(a, b), flc_log(a) - flc_log(b)};
    const flc_curve_law law = {&shapes, expand, present};
    const double end = flc_log(flc_normal_cdf(-FLC_CURVE_REACH)), n = a + b;
    flc_curve_tabulate(made->table, per_unit, &law, flc_special_solve(below, &shapes, 1, end, 0.0),
                       flc_special_solve(above, &shapes, -1, end, 0.0));
    made->curve.count = (size_t)per_unit;
    made->curve.low = made->curve.beta.min = min;
    made->curve.high = max;
    made->curve.beta.width = max - min;
    made->numbers[0] = a;
    made->numbers[1] = b;
    made->mean = min + (max - min) * (a / n);
    made->sd = (max - min) * sqrt(a / n * (b / n) / (n + 1.0));
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_beta, arguments, error);
    if (status != FLC_OK)
        return status;
    const double a = arguments[0].values[0], b = arguments[1].values[0];
    const double min = flc_family_number(&arguments[2], 0.0);
    const double max = flc_family_number(&arguments[3], 1.0);
    status = flc_family_check_between("a", a, 0.1, 1e6, error);
    if (status == FLC_OK)
        status = flc_family_check_between("b", b, 0.1, 1e6, error);
    if (status == FLC_OK)
        status = flc_family_check_range(min, max, error);
    if (status != FLC_OK)
        return status;
    return flc_beta_make(distribution, &flc_family_beta, a, b, min, max, error);
}

static const flc_family_parameter parameters[] = {
    {"a", false, false, "the first shape, 0.1 ... 1e6"},
    {"b", false, false, "the second shape, 0.1 ... 1e6"},
    {"min", false, true, "the smallest value (default 0)"},
    {"max", false, true, "the largest value (default 1)"},
};

const flc_family flc_family_beta = {
    "beta", "between min and max, of many forms; mean min + (max - min) a/(a + b)", parameters,
    sizeof parameters / sizeof *parameters, create};
