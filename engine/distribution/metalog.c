/* Metalog of three terms from the 10 %, 50 % and 90 % quantiles (Keelin 2016, "The metalog
 * distributions").
 *
 *   M(u) = a1 + (a2 + a3 (u - 1/2)) L, L = log(u/(1-u))
 *
 * stands for x itself (unbounded), for log(x - lower) or -log(upper - x) (one bound), or for
 * log((x - lower)/(upper - x)). With m10, m50, m90 the given quantiles so transformed, d = m90 -
 * m10 and r = (m50 - m10)/d,
 *
 *   a1 = m50, a2 = d/(2 log 9), a3 = d (1 - 2r)/(0.8 log 9)
 *
 * M rises everywhere iff |a3/a2| < 1.667: M'(u) u (1-u) = a2 + a3 ((u - 1/2) + u (1-u) L), and the
 * bracket is largest where (2u - 1) L = 2, there 0.5998. So p50 must leave more than 16.66 % of the
 * (transformed) distance from p10 to p90 on either side.
 *
 * Moments: closed (unbounded), or the integral over L of x^j u (1-u), by the trapezoidal rule,
 * whose error for a function analytic in |Im L| < pi is e^(-2 pi^2/h); for one bound the last terms
 * are a geometric series. */
#include "distribution/families.h"

#include <math.h>

#include "base/elementary.h"

#define LOG_NINE 2.19722457733621938279
#define PI       3.14159265358979323846
/* Largest value of u - 1/2 + u (1-u) log(u/(1-u)), reached where (2u - 1) log(u/(1-u)) = 2. */
#define LARGEST_BEND 0.5998393201288669

typedef struct metalog {
    flc_shape shape;
    double a1, a2, a3;
    double origin, sign, width;
} metalog;

static double m_at(const metalog *law, double logit)
{
    const double u = flc_logistic(logit);
    return law->a1 + (law->a2 + law->a3 * (u - 0.5)) * logit;
}

/* M as a function of x, and x as a function of M. */
static double transform(const metalog *law, double x)
{
    if (law->shape == FLC_SHAPE_METALOG)
        return x;
    if (law->shape == FLC_SHAPE_METALOG_LOG)
        return law->sign * flc_log(law->sign * (x - law->origin));
    return flc_log(x - law->origin) - flc_log(law->origin + law->width - x);
}

static double transform_back(const metalog *law, double m)
{
    if (law->shape == FLC_SHAPE_METALOG)
        return m;
    if (law->shape == FLC_SHAPE_METALOG_LOG)
        return law->origin + law->sign * flc_exp(law->sign * m);
    return law->origin + law->width * flc_logistic(m);
}

static metalog of_curve(const flc_curve *curve)
{
    return (metalog){curve->shape,        curve->metalog.a1,     curve->metalog.a2,
                     curve->metalog.a3,   curve->metalog.origin, curve->metalog.sign,
                     curve->metalog.width};
}

/* By bisection of the logit of the probability. */
static double cdf(const flc_distribution *distribution, double x)
{
    const metalog law = of_curve(&distribution->curve);
    if (!(x > distribution->curve.low))
        return 0.0;
    const double m = transform(&law, x);
    double from = -745.0, to = 745.0;
    for (int i = 0; i < 70; i++) {
        const double middle = 0.5 * (from + to);
        if (m_at(&law, middle) < m)
            from = middle;
        else
            to = middle;
    }
    return flc_logistic(0.5 * (from + to));
}

/* The bounds as a shape: none, one (its side in `sign`), or both. */
static flc_status choose_shape(metalog *law, const flc_argument *lower, const flc_argument *upper,
                               flc_error *error)
{
    *law = (metalog){FLC_SHAPE_METALOG, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0};
    if (lower->count && upper->count) {
        law->shape = FLC_SHAPE_METALOG_LOGIT;
        law->origin = lower->values[0];
        law->width = upper->values[0] - lower->values[0];
        return flc_family_check_reach("upper - lower", law->width, error);
    }
    if (!lower->count && !upper->count)
        return FLC_OK;
    law->shape = FLC_SHAPE_METALOG_LOG;
    law->sign = lower->count ? 1.0 : -1.0;
    law->origin = lower->count ? lower->values[0] : upper->values[0];
    return FLC_OK;
}

static flc_status check_order(const flc_argument *arguments, flc_error *error)
{
    static const char *const keys[] = {"lower", "p10", "p50", "p90", "upper"};
    static const int places[] = {3, 0, 1, 2, 4};
    int before = -1;
    for (int i = 0; i < 5; i++) {
        const flc_argument *argument = &arguments[places[i]];
        if (!argument->count)
            continue;
        if (before >= 0 && !(argument->values[0] > arguments[places[before]].values[0]))
            return flc_error_set(error, FLC_ERROR_STUDY, "%s (%.10g) must be above %s (%.10g)",
                                 keys[i], argument->values[0], keys[before],
                                 arguments[places[before]].values[0]);
        before = i;
    }
    return FLC_OK;
}

static flc_status fit(metalog *law, double p10, double p50, double p90, flc_error *error)
{
    const double m10 = transform(law, p10), m50 = transform(law, p50), m90 = transform(law, p90);
    const double distance = m90 - m10, place = (m50 - m10) / distance;
    law->a1 = m50;
    law->a2 = distance / (2.0 * LOG_NINE);
    law->a3 = distance * (1.0 - 2.0 * place) / (0.8 * LOG_NINE);
    if (flc_abs(law->a3) * LARGEST_BEND < law->a2)
        return flc_family_check_reach("p90 - p10", 1e3 * distance, error);
    const double margin = 0.5 - 0.2 / LARGEST_BEND; /* |1 - 2 place| < 0.4/bend */
    const double least = transform_back(law, m10 + margin * distance);
    const double most = transform_back(law, m90 - margin * distance);
    return flc_error_set(
        error, FLC_ERROR_STUDY,
        "no metalog has these quantiles: with p10 = %.10g and p90 = %.10g%s, p50 must "
        "be between %.6g and %.6g, not %.10g%s",
        p10, p90, law->shape == FLC_SHAPE_METALOG ? "" : " and these bounds", least, most, p50,
        law->shape == FLC_SHAPE_METALOG ? "; a bound (lower or upper) allows more skew" : "");
}

/* Exponent of (x - origin) as u -> 1 (or 0, for an upper bound) in L: moments of order j need j
 * times it below 1. */
static double tail_exponent(const metalog *law)
{
    return law->a2 + law->sign * 0.5 * law->a3;
}

/* Integral of (x - origin)^order for one bound, (t/width)^order for two. */
static double raw_moment(const metalog *law, int order)
{
    const int one_bound = law->shape == FLC_SHAPE_METALOG_LOG;
    const double step = 0.125;
    enum { HALF = 400 }; /* logits up to 50 */
    const double decay = one_bound ? order * tail_exponent(law) - 1.0 : -1.0;
    double sum = 0.0, last = 0.0;
    if (decay >= 0.0)
        return (double)INFINITY;
    for (int i = -HALF; i <= HALF; i++) {
        const double logit = law->sign * i * step, m = m_at(law, logit);
        const double weight = flc_logistic(logit) * flc_logistic(-logit);
        const double base = one_bound ? law->sign * m : flc_log(flc_logistic(m));
        last = weight * flc_exp(order * base);
        sum += last;
    }
    /* beyond: last, last e^(decay step), ... */
    return step * (sum + last * flc_exp(decay * step) / -flc_expm1(decay * step));
}

static void set_moments(flc_distribution *made, const metalog *law)
{
    if (law->shape == FLC_SHAPE_METALOG) {
        const double square = law->a3 * law->a3;
        made->mean = law->a1 + 0.5 * law->a3;
        made->sd = sqrt(PI * PI / 3.0 * law->a2 * law->a2 + square * (1.0 / 12.0 + PI * PI / 36.0));
        return;
    }
    const double unit = law->shape == FLC_SHAPE_METALOG_LOG ? law->sign : law->width;
    const double first = raw_moment(law, 1), second = raw_moment(law, 2);
    made->mean = law->origin + unit * first;
    made->sd = flc_is_finite(second) ? flc_abs(unit) * sqrt(second - first * first) : second;
}

static flc_status make(flc_distribution **distribution, const metalog *law, flc_error *error)
{
    flc_distribution *made = flc_distribution_new(&flc_family_metalog, law->shape, 0, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    made->curve.metalog.a1 = law->a1;
    made->curve.metalog.a2 = law->a2;
    made->curve.metalog.a3 = law->a3;
    made->curve.metalog.origin = law->origin;
    made->curve.metalog.sign = law->sign;
    made->curve.metalog.width = law->width;
    if (law->shape == FLC_SHAPE_METALOG_LOGIT) {
        made->curve.low = law->origin;
        made->curve.high = law->origin + law->width;
    } else if (law->shape == FLC_SHAPE_METALOG_LOG) {
        *(law->sign > 0.0 ? &made->curve.low : &made->curve.high) = law->origin;
    }
    made->cdf = cdf;
    set_moments(made, law);
    *distribution = made;
    return FLC_OK;
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    metalog law;
    flc_status status = flc_family_check(&flc_family_metalog, arguments, error);
    if (status == FLC_OK)
        status = check_order(arguments, error);
    if (status == FLC_OK)
        status = choose_shape(&law, &arguments[3], &arguments[4], error);
    if (status == FLC_OK)
        status = fit(&law, arguments[0].values[0], arguments[1].values[0], arguments[2].values[0],
                     error);
    if (status == FLC_OK && law.shape == FLC_SHAPE_METALOG_LOG) /* log(2^53) = 36.74 */
        status = flc_family_check_reach(
            "the largest value", law.origin + flc_exp(law.sign * m_at(&law, law.sign * 36.74)),
            error);
    return status == FLC_OK ? make(distribution, &law, error) : status;
}

static const flc_family_parameter parameters[] = {
    {"p10", false, false, "the 10 % quantile"},
    {"p50", false, false, "the median"},
    {"p90", false, false, "the 90 % quantile"},
    {"lower", false, true, "no value is below this (default: unbounded)"},
    {"upper", false, true, "no value is above this (default: unbounded)"},
};

const flc_family flc_family_metalog = {
    "metalog", "from an expert's 10 %, 50 % and 90 % quantiles, with bounds if there are any",
    parameters, sizeof parameters / sizeof *parameters, create};
