/* Lognormal: log x is normal of mean mu and standard deviation sigma, x = exp(mu) exp(sigma z).
 *
 * Given as one of three pairs:
 *   median, p95:  mu = log(median), sigma = log(p95/median)/1.6449 (the normal quantile of 0.95)
 *   mean, sd:     of x itself: sigma^2 = log(1 + (sd/mean)^2), median = mean/sqrt(1 + (sd/mean)^2)
 *   mu, sigma:    of log x */
#include "distribution/families.h"

#include "base/elementary.h"

#define NORMAL_P95 1.64485362695147271486

enum { MEDIAN, P95, MEAN, SD, MU, SIGMA };

static double cdf(const flc_distribution *distribution, double x)
{
    const double median = distribution->curve.lognormal.median;
    return x <= 0.0 ? 0.0
                    : flc_normal_cdf(flc_log(x / median) / distribution->curve.lognormal.sigma);
}

/* Exactly one of the three pairs, and whole: its first parameter. */
static flc_status choose_pair(int *pair, const flc_argument *arguments, flc_error *error)
{
    static const char *const keys[] = {"median", "p95", "mean", "sd", "mu", "sigma"};
    *pair = -1;
    for (int first = MEDIAN; first < SIGMA; first += 2) {
        const size_t one = arguments[first].count, other = arguments[first + 1].count;
        if (!one && !other)
            continue;
        if (*pair >= 0)
            return flc_error_set(error, FLC_ERROR_STUDY,
                                 "%s contradicts %s: give one of the pairs median and p95, mean "
                                 "and sd, mu and sigma",
                                 keys[one ? first : first + 1],
                                 keys[arguments[*pair].count ? *pair : *pair + 1]);
        *pair = first;
    }
    if (*pair < 0)
        return flc_error_set(
            error, FLC_ERROR_STUDY,
            "parameters are missing: give median and p95, mean and sd, or mu and sigma");
    if (!arguments[*pair].count || !arguments[*pair + 1].count)
        return flc_error_set(error, FLC_ERROR_STUDY, "%s needs %s beside it",
                             keys[arguments[*pair].count ? *pair : *pair + 1],
                             keys[arguments[*pair].count ? *pair + 1 : *pair]);
    return FLC_OK;
}

static flc_status from_median(double *median, double *sigma, double p95, flc_error *error)
{
    flc_status status = flc_family_check_positive("median", *median, error);
    if (status != FLC_OK)
        return status;
    if (!(p95 > *median))
        return flc_error_set(error, FLC_ERROR_STUDY, "p95 (%.10g) must be above median (%.10g)%s",
                             p95, *median,
                             p95 == *median ? "; for a fixed value, write the number itself" : "");
    *sigma = flc_log(p95 / *median) / NORMAL_P95;
    return flc_family_check_reach("p95/median", p95 / *median, error);
}

static flc_status from_moments(double *median, double *sigma, double mean, double sd,
                               flc_error *error)
{
    flc_status status = flc_family_check_positive("mean", mean, error);
    if (status == FLC_OK)
        status = flc_family_check_positive("sd", sd, error);
    if (status != FLC_OK)
        return status;
    const double square = (sd / mean) * (sd / mean);
    *sigma = sqrt(flc_log1p(square));
    *median = mean / sqrt(1.0 + square);
    return flc_family_check_reach("sd/mean", square, error);
}

static flc_status from_logarithm(double *median, double mu, double sigma, flc_error *error)
{
    *median = flc_exp(mu);
    flc_status status = flc_family_check_positive("sigma", sigma, error);
    return status == FLC_OK ? flc_family_check_between("mu", mu, -700.0, 700.0, error) : status;
}

static flc_status resolve(double *median, double *sigma, const flc_argument *arguments,
                          flc_error *error)
{
    int pair;
    flc_status status = choose_pair(&pair, arguments, error);
    if (status != FLC_OK)
        return status;
    const double one = arguments[pair].values[0], other = arguments[pair + 1].values[0];
    *median = one;
    *sigma = other;
    if (pair == MEDIAN)
        status = from_median(median, sigma, other, error);
    else if (pair == MEAN)
        status = from_moments(median, sigma, one, other, error);
    else
        status = from_logarithm(median, one, other, error);
    if (status != FLC_OK)
        return status;
    return flc_family_check_reach("the value 9 sigma above the median",
                                  *median * flc_exp(9.0 * *sigma), error);
}

static flc_status create(flc_distribution **distribution, const flc_argument *arguments,
                         flc_error *error)
{
    double median, sigma;
    flc_status status = flc_family_check(&flc_family_lognormal, arguments, error);
    if (status == FLC_OK)
        status = resolve(&median, &sigma, arguments, error);
    if (status != FLC_OK)
        return status;
    flc_distribution *made =
        flc_distribution_new(&flc_family_lognormal, FLC_SHAPE_LOGNORMAL, 0, error);
    if (!made)
        return FLC_ERROR_MEMORY;
    made->curve.low = 0.0;
    made->curve.lognormal.median = median;
    made->curve.lognormal.sigma = sigma;
    made->mean = median * flc_exp(0.5 * sigma * sigma);
    made->sd = made->mean * sqrt(flc_expm1(sigma * sigma));
    made->cdf = cdf;
    *distribution = made;
    return FLC_OK;
}

static const flc_family_parameter parameters[] = {
    {"median", false, true, "the median, > 0; with p95"},
    {"p95", false, true, "the 95 % quantile, above the median"},
    {"mean", false, true, "the mean, > 0; with sd"},
    {"sd", false, true, "the standard deviation, > 0"},
    {"mu", false, true, "the mean of the logarithm; with sigma"},
    {"sigma", false, true, "the standard deviation of the logarithm, > 0"},
};

const flc_family flc_family_lognormal = {"lognormal",
                                         "the logarithm is normal: positive and skewed to the "
                                         "right; give median and p95, mean and sd, or mu and sigma",
                                         parameters, sizeof parameters / sizeof *parameters,
                                         create};
