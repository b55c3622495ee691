/* Student's t with `df` degrees of freedom, moved by `location` and stretched by `scale`.
 *
 * With t = sqrt(df) sinh(y), s = tanh(y):
 *   y' = w,  s' = (1 - s^2) w,  w' = w(-z + df s w),  w = phi(z) cosh(y)^df B(df/2, 1/2),
 * all polynomial, so that their Taylor coefficients follow from each other (curve.h). The table
 * holds T(z) = log(t/z), even and smooth also at 0, so that t = z exp(T) is exact in sign and keeps
 * its relative accuracy near 0. Tails: P(T > t) = P(Beta(df/2, 1/2) < df/(df + t^2))/2. Mean:
 * location for df > 1, else undefined; sd: infinite for 1 < df <= 2, undefined below. */
#include "distribution/families.h"

#include <math.h>

#include "base/elementary.h"
#include "distribution/curve.h"
#include "distribution/special.h"

#define LOG_TWO     0.69314718055994530942
#define LOG_ROOT_PI 0.57236494292470008707

/* For y > 0. */
static double log_sinh(double y)
{
    return y + flc_log(-flc_expm1(-2.0 * y)) - LOG_TWO;
}

static double log_cosh(double y)
{
    const double away = flc_abs(y);
    if (away > 0.5)
        return away + flc_log1p(flc_exp(-2.0 * away)) - LOG_TWO;
    const double sinh_y = 0.5 * (flc_expm1(away) - flc_expm1(-away));
    return 0.5 * flc_log1p(sinh_y * sinh_y);
}

/* P(T > t) for t > 0. */
static flc_tail above(const void *numbers, double y)
{
    const double df = *(const double *)numbers;
    const double logit = -2.0 * log_sinh(y); /* of df/(df + t^2) */
    const flc_tail tail = flc_special_beta_below(0.5 * df, 0.5, logit - flc_log(df));
    const double slope = 2.0 * (1.0 + flc_exp(-2.0 * y)) / -flc_expm1(-2.0 * y); /* -d logit/dy */
    return (flc_tail){tail.log - LOG_TWO, tail.rate * slope};
}

/* log g(y) = -log B(df/2, 1/2) - df log cosh(y) */
static double density(double df, double y)
{
    const double a = 0.5 * df;
    return a * flc_log1p(0.5 / a) + 0.5 * flc_log(a) - 0.5 - LOG_ROOT_PI +
           flc_special_stirling(a + 0.5) - flc_special_stirling(a) - df * log_cosh(y);
}

static void expand_one(double series[FLC_CURVE_TERMS], double z, double y, const void *numbers)
{
    enum { N = FLC_CURVE_TERMS };
    const double df = *(const double *)numbers;
    double s[N], flat[N], w[N], rate[N]; /* flat = 1 - s^2 */
    const double e = flc_exp(-2.0 * flc_abs(y));
    s[0] = (y < 0.0 ? 1.0 : -1.0) * flc_expm1(-2.0 * flc_abs(y)) / (1.0 + e);
    flat[0] = 4.0 * e / ((1.0 + e) * (1.0 + e));
    w[0] = flc_exp(flc_curve_log_phi(z) - density(df, y));
    series[0] = y;
    for (int n = 0; n + 1 < N; n++) {
        rate[n] = df * flc_series_product(s, w, n) - (n == 0 ? z : n == 1 ? 1.0 : 0.0);
        series[n + 1] = w[n] / (n + 1);
        s[n + 1] = flc_series_product(flat, w, n) / (n + 1);
        flat[n + 1] = -flc_series_product(s, s, n + 1);
        w[n + 1] = flc_series_product(w, rate, n) / (n + 1);
    }
}

static void expand(double series[2][FLC_CURVE_TERMS], const double z[2], const double y[2],
                   const void *numbers)
{
    for (int s = 0; s < 2; s++)
        expand_one(series[s], z[s], y[s], numbers);
}

/* sinh of a series */
static void sinh_series(double sinh_y[FLC_CURVE_TERMS], const double y[FLC_CURVE_TERMS])
{
    double cosh_y[FLC_CURVE_TERMS], slope[FLC_CURVE_TERMS];
    for (int n = 0; n + 1 < FLC_CURVE_TERMS; n++)
        slope[n] = (n + 1) * y[n + 1];
    sinh_y[0] = 0.5 * (flc_expm1(y[0]) - flc_expm1(-y[0]));
    cosh_y[0] = 0.5 * (flc_exp(y[0]) + flc_exp(-y[0]));
    for (int n = 0; n + 1 < FLC_CURVE_TERMS; n++) {
        sinh_y[n + 1] = flc_series_product(cosh_y, slope, n) / (n + 1);
        cosh_y[n + 1] = flc_series_product(sinh_y, slope, n) / (n + 1);
    }
}

/* From y to log(t/z): the series of sinh(y) over that of z, and its logarithm. At z = 0 the
 * division takes one degree off, which is odd there, and so 0. */
static void present(double series[FLC_CURVE_TERMS], double z, const void *numbers)
{
    enum { N = FLC_CURVE_TERMS };
    double sinh_y[N], ratio[N] = {0.0};
    sinh_series(sinh_y, series);
    for (int n = 0; n < N; n++)
        if (z != 0.0)
            ratio[n] = (sinh_y[n] - (n ? ratio[n - 1] : 0.0)) / z;
        else if (n + 1 < N)
            ratio[n] = sinh_y[n + 1];
    for (int n = 1; n < N; n++) {
        double sum = n * ratio[n];
        for (int j = 1; j < n; j++)
            sum -= j * series[j] * ratio[n - j];
        series[n] = sum / (n * ratio[0]);
    }
    series[0] = flc_log(ratio[0]) + 0.5 * flc_log(*(const double *)numbers);
}

static double cdf(const flc_distribution *distribution, double x)
{
    const double df = distribution->numbers[0];
    const double t = (x - distribution->curve.student.location) / distribution->curve.student.scale;
    if (t == 0.0)
        return 0.5;
    const double logit = flc_log(df) - 2.0 * flc_log(flc_abs(t)); /* of df/(df + t^2) */
    const double tail =
        0.5 * flc_exp(flc_special_beta_below(0.5 * df, 0.5, logit - flc_log(df)).log);
    return t < 0.0 ? tail : 1.0 - tail;
}

static void set_moments(flc_distribution *made, double df, double location, double scale)
{
    made->mean = df > 1.0 ? location : (double)NAN;
    made->sd = df > 2.0 ? scale * sqrt(df / (df - 2.0)) : df > 1.0 ? (double)INFINITY : (double)NAN;
}

static flc_status make(flc_distribution **distribution, double df, double location, double scale,
                       flc_error *error)
{
    flc_distribution *made = flc_distribution_new(&flc_family_student_t, FLC_SHAPE_STUDENT,
                                                  FLC_CURVE_DOUBLES(FLC_CURVE_USUAL), error);
    if (!made)
        return FLC_ERROR_MEMORY;
    const flc_curve_law law = {&df, expand, present};
    const double target = flc_log(flc_normal_cdf(-FLC_CURVE_REACH));
    const double end = flc_special_solve(above, &df, -1, target, 1.0 / sqrt(df));
    flc_curve_tabulate(made->table, FLC_CURVE_USUAL, &law, -end, end);
    made->curve.count = FLC_CURVE_USUAL;
    made->curve.student.location = location;
    made->curve.student.scale = scale;
    made->numbers[0] = df;
    made->cdf = cdf;
    set_moments(made, df, location, scale);
    *distribution = made;
    return FLC_OK;
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    flc_status status = flc_family_check(&flc_family_student_t, arguments, error);
    if (status != FLC_OK)
        return status;
    const double df = arguments[0].values[0];
    const double location = flc_family_number(&arguments[1], 0.0);
    const double scale = flc_family_number(&arguments[2], 1.0);
    status = flc_family_check_between("df", df, 0.5, 1e6, error);
    if (status == FLC_OK)
        status = flc_family_check_positive("scale", scale, error);
    if (status == FLC_OK) /* |t| < 10 (2^53)^(1/df) */
        status = flc_family_check_reach(
            "the largest value", flc_abs(location) + scale * (10.0 * flc_exp(37.0 / df)), error);
    return status == FLC_OK ? make(distribution, df, location, scale, error) : status;
}

static const flc_family_parameter parameters[] = {
    {"df", false, false, "the degrees of freedom, 0.5 ... 1e6: the fewer, the heavier the tails"},
    {"location", false, true, "the median (default 0)"},
    {"scale", false, true, "the scale, > 0 (default 1)"},
};

const flc_family flc_family_student_t = {"student_t", "symmetric with heavy tails", parameters,
                                         sizeof parameters / sizeof *parameters, create};
