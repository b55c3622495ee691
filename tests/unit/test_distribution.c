/* Families of distributions (distribution/distribution.h): known quantiles, laws of all families,
 * refusals. */
#include "distribution/distribution.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "random/draws.h"
#include "support/assertions.h"
#include "support/families.h"

#include "known_quantiles.h"

enum { CASES = sizeof known_quantiles / sizeof *known_quantiles };

/* Parameters at the ends of what is allowed, beside those of known_quantiles. */
static const char *const extremes[][2] = {
    {"beta", "a=0.1 b=0.1"},
    {"beta", "a=1e6 b=0.1"},
    {"beta", "a=1e6 b=1e6"},
    {"beta", "a=1 b=1"},
    {"gamma", "shape=0.02 scale=1"},
    {"gamma", "shape=1e6 scale=1e-6"},
    {"weibull", "shape=0.05 scale=1"},
    {"weibull", "shape=1000 scale=1"},
    {"student_t", "df=0.5"},
    {"student_t", "df=1e6"},
    {"pert", "min=0 mode=1 max=1 shape=1e6"},
    {"pert", "min=1e-9 mode=1.0000001e-9 max=1e9"},
    {"triangular", "min=-3 mode=-1 max=-1"},
    {"triangular", "min=-3 mode=0 max=1e-8"},
    {"loguniform", "min=1e-300 max=1e300"},
    {"loguniform", "min=1 max=1.0000000001"},
    {"uniform", "min=-8e307 max=8e307"},
    {"truncated_normal", "mean=0 sd=1 min=36"},
    {"truncated_normal", "mean=0 sd=1 min=1 max=1.0001"},
    {"truncated_normal", "mean=1 sd=2"},
    {"metalog", "p10=0 p50=0.167 p90=1"},
    {"metalog", "p10=1 p50=10 p90=1000 lower=0"},
    {"discrete", "values=-1,0,7 weights=0,1e-12,3"},
    {"discrete", "values=2 weights=5"},
    {"discrete", "values=1,2,3,4,5,6,7,8,9 weights=1,1,1,1,1,1,1,1,1"},
};

enum { EXTREMES = sizeof extremes / sizeof *extremes, ALL = CASES + EXTREMES };

static flc_distribution *case_number(size_t i)
{
    return i < CASES ? must_make(known_quantiles[i].family, known_quantiles[i].arguments)
                     : must_make(extremes[i - CASES][0], extremes[i - CASES][1]);
}

static const char *case_name(size_t i)
{
    return i < CASES ? known_quantiles[i].arguments : extremes[i - CASES][1];
}

static double quantile(const flc_distribution *distribution, double u)
{
    double x;
    flc_distribution_quantile(distribution, FLC_ISA_GENERIC, &x, &u, 1);
    return x;
}

/* Probabilities over the whole range of the draws, ascending, denser in the tails. */
enum { GRID = 1200 };
static void fill_grid(double *u)
{
    for (int i = 0; i < GRID; i++) {
        const double s = (i + 0.5) / GRID; /* 2^-53 at 0, 1/2 in the middle */
        const double tail = exp2(-53.0 + 52.0 * (s < 0.5 ? 2.0 * s : 2.0 - 2.0 * s));
        u[i] = s < 0.5 ? tail : 1.0 - tail;
    }
    u[0] = 0x1p-53;
    u[GRID - 1] = 1.0 - 0x1p-53;
}

/* What rounding may do to a value near 0 that is a sum, like mean + sd z; products have no such
 * limit. */
static double rounding(const flc_distribution *distribution)
{
    const char *family = flc_distribution_family(distribution)->key;
    const int is_sum = strcmp(family, "normal") == 0 || strcmp(family, "truncated_normal") == 0 ||
                       strcmp(family, "metalog") == 0;
    return is_sum ? 4e-15 * flc_distribution_sd(distribution) : 0.0;
}

static void quantiles_are_those_of_an_independent_system(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        flc_distribution *distribution = case_number(i);
        for (size_t k = 0; k < KNOWN_POINTS; k++) {
            const double u = known_points[k], x = quantile(distribution, u);
            const int tail = u < 1e-3 || u > 1.0 - 1e-3;
            print_message("%s at %g\n", known_quantiles[i].arguments, u);
            ASSERT_NEAR(x, known_quantiles[i].x[k], tail ? 1e-12 : 2e-14, rounding(distribution));
        }
        flc_distribution_free(distribution);
    }
}

static uint64_t hash(uint64_t h, const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        h = (h ^ bits) * UINT64_C(0x100000001b3);
        h ^= h >> 29;
    }
    return h;
}

static void all_instruction_sets_give_the_same_bits(void **state)
{
    (void)state;
    double u[GRID], expected[GRID], got[GRID];
    fill_grid(u);
    for (size_t i = 0; i < ALL; i++) {
        flc_distribution *distribution = case_number(i);
        flc_distribution_quantile(distribution, FLC_ISA_GENERIC, expected, u, GRID);
        for (int isa = 0; isa < FLC_ISA_COUNT; isa++) {
            if (!flc_isa_available((flc_isa)isa))
                continue;
            flc_distribution_quantile(distribution, (flc_isa)isa, got, u, GRID);
            assert_memory_equal(got, expected, sizeof got);
        }
        flc_distribution_free(distribution);
    }
}

/* Pins the bits across compilers and versions. Whoever changes them on purpose says so in the
 * changelog. */
static void bits_are_pinned(void **state)
{
    (void)state;
    double u[GRID], x[GRID];
    uint64_t h = 0;
    for (int i = 0; i < GRID; i++)
        u[i] = (i + 0.5) / GRID;
    for (size_t i = 0; i < ALL; i++) {
        flc_distribution *distribution = case_number(i);
        flc_distribution_quantile(distribution, FLC_ISA_GENERIC, x, u, GRID);
        h = hash(h, x, GRID);
        flc_distribution_free(distribution);
    }
    if (h != UINT64_C(0x17b234ec11e9b3f5))
        fail_msg("hash of all quantiles is %016llx", (unsigned long long)h);
}

static void any_count_and_place_give_the_same_values(void **state)
{
    (void)state;
    double u[GRID], whole[GRID], parts[GRID];
    fill_grid(u);
    for (size_t i = 0; i < ALL; i++) {
        flc_distribution *distribution = case_number(i);
        flc_distribution_quantile(distribution, flc_isa_select(), whole, u, GRID);
        for (size_t done = 0, part = 1; done < GRID; done += part, part = part % 7 + 1) {
            const size_t count = done + part < GRID ? part : GRID - done;
            flc_distribution_quantile(distribution, flc_isa_select(), parts + done, u + done,
                                      count);
        }
        assert_memory_equal(parts, whole, sizeof whole);
        memcpy(parts, u, sizeof parts);
        flc_distribution_quantile(distribution, flc_isa_select(), parts, parts, GRID);
        assert_memory_equal(parts, whole, sizeof whole);
        flc_distribution_free(distribution);
    }
}

/* Up to rounding: a quantile may fall by a few units in the last place of the largest part of its
 * formula. */
static void quantile_rises_with_u(void **state)
{
    (void)state;
    double u[GRID], x[GRID];
    fill_grid(u);
    for (size_t i = 0; i < ALL; i++) {
        flc_distribution *distribution = case_number(i);
        flc_distribution_quantile(distribution, flc_isa_select(), x, u, GRID);
        for (int k = 1; k < GRID; k++)
            if (!(x[k] >= x[k - 1] - 1e-15 * fabs(x[k]) - rounding(distribution)))
                fail_msg("%s: falls from %a to %a at %a", case_name(i), x[k - 1], x[k], u[k]);
        flc_distribution_free(distribution);
    }
}

static void quantiles_are_within_the_support_and_finite(void **state)
{
    (void)state;
    double u[GRID], x[GRID];
    fill_grid(u);
    for (size_t i = 0; i < ALL; i++) {
        flc_distribution *distribution = case_number(i);
        flc_distribution_quantile(distribution, flc_isa_select(), x, u, GRID);
        for (int k = 0; k < GRID; k++)
            if (!(x[k] >= flc_distribution_low(distribution) &&
                  x[k] <= flc_distribution_high(distribution) && isfinite(x[k])))
                fail_msg("%s: %a at %a", case_name(i), x[k], u[k]);
        flc_distribution_free(distribution);
    }
}

/* cdf and quantile are computed by different means (series and fractions, tables), so that this
 * checks both: the error of the CDF in units of the smaller tail. Where values next to each other
 * are further apart in probability than that, either side may be taken. */
static void cdf_undoes_quantile(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALL; i++) {
        flc_distribution *distribution = case_number(i);
        for (int k = 1; k < 400 && !flc_distribution_atoms(distribution); k++) {
            const double u = k / 400.0, x = quantile(distribution, u);
            const double near = 4e-16 * fabs(x);
            const double below = flc_distribution_cdf(distribution, x - near);
            const double above = flc_distribution_cdf(distribution, x + near);
            if (!(u >= below - 1e-12 && u <= above + 1e-12))
                fail_msg("%s: cdf of quantile(%a) is in %a ... %a", case_name(i), u, below, above);
        }
        flc_distribution_free(distribution);
    }
}

static void cdf_of_atoms_jumps_at_the_values(void **state)
{
    (void)state;
    flc_distribution *discrete = must_make("discrete", "values=0,1,2.5 weights=1,2,1");
    ASSERT_SAME_BITS(flc_distribution_cdf(discrete, -0.1), 0.0);
    ASSERT_SAME_BITS(flc_distribution_cdf(discrete, 0.0), 0.25);
    ASSERT_SAME_BITS(flc_distribution_cdf(discrete, 0.9), 0.25);
    ASSERT_SAME_BITS(flc_distribution_cdf(discrete, 1.0), 0.75);
    ASSERT_SAME_BITS(flc_distribution_cdf(discrete, 2.5), 1.0);
    flc_distribution_free(discrete);
    flc_distribution *empirical = must_make("empirical", "values=5,1,2,2,9");
    ASSERT_SAME_BITS(flc_distribution_cdf(empirical, 0.5), 0.0);
    ASSERT_SAME_BITS(flc_distribution_cdf(empirical, 2.0), 0.6);
    ASSERT_SAME_BITS(flc_distribution_cdf(empirical, 8.9), 0.8);
    ASSERT_SAME_BITS(flc_distribution_cdf(empirical, 9.0), 1.0);
    flc_distribution_free(empirical);
}

/* MODEL section 10: value j for cum_{j-1} <= u < cum_j, in the order of the study. */
static void discrete_keeps_the_order_of_the_study(void **state)
{
    (void)state;
    flc_distribution *discrete = must_make("discrete", "values=3,1,2,1 weights=2,2,2,2");
    ASSERT_SAME_BITS(quantile(discrete, 0.125), 3.0);
    ASSERT_SAME_BITS(quantile(discrete, 0.25), 1.0);
    ASSERT_SAME_BITS(quantile(discrete, 0.625), 2.0);
    ASSERT_SAME_BITS(quantile(discrete, 0.875), 1.0);
    ASSERT_SAME_BITS(flc_distribution_cdf(discrete, 0.5), 0.0);
    ASSERT_SAME_BITS(flc_distribution_cdf(discrete, 1.0), 0.5);
    ASSERT_SAME_BITS(flc_distribution_cdf(discrete, 2.0), 0.75);
    ASSERT_SAME_BITS(flc_distribution_cdf(discrete, 3.0), 1.0);
    ASSERT_SAME_BITS(flc_distribution_low(discrete), 1.0);
    ASSERT_SAME_BITS(flc_distribution_high(discrete), 3.0);
    ASSERT_NEAR(flc_distribution_mean(discrete), 1.75, 1e-15, 0.0);
    flc_distribution_free(discrete);
}

static void discrete_takes_value_j_from_its_lower_limit_on(void **state)
{
    (void)state;
    flc_distribution *discrete = must_make("discrete", "values=0,1,2.5 weights=1,2,1");
    ASSERT_SAME_BITS(quantile(discrete, nextafter(0.25, 0.0)), 0.0);
    ASSERT_SAME_BITS(quantile(discrete, 0.25), 1.0);
    ASSERT_SAME_BITS(quantile(discrete, nextafter(0.75, 0.0)), 1.0);
    ASSERT_SAME_BITS(quantile(discrete, 0.75), 2.5);
    flc_distribution_free(discrete);
}

static void values_without_weight_are_never_drawn(void **state)
{
    (void)state;
    flc_distribution *discrete = must_make("discrete", "values=-1,0,1,2 weights=0,1,0,1");
    ASSERT_SAME_BITS(flc_distribution_low(discrete), 0.0);
    ASSERT_SAME_BITS(quantile(discrete, 0x1p-53), 0.0);
    ASSERT_SAME_BITS(quantile(discrete, 0.5), 2.0);
    flc_distribution_free(discrete);
}

/* Sizes that are no power of two, and neighbours of 1. */
static void empirical_index_is_floor_of_u_n(void **state)
{
    (void)state;
    for (size_t n = 2; n < 60; n++) {
        double values[64];
        for (size_t i = 0; i < n; i++)
            values[i] = (double)(n - 1 - i);
        const flc_argument argument = {values, n};
        flc_distribution *distribution = NULL;
        assert_int_equal(flc_family_find("empirical")->create(&distribution, &argument, NULL), 0);
        ASSERT_SAME_BITS(quantile(distribution, 1.0 - 0x1p-53), (double)(n - 1));
        for (int k = 1; k < 200; k++)
            ASSERT_SAME_BITS(quantile(distribution, k / 200.0), floor(k / 200.0 * (double)n));
        flc_distribution_free(distribution);
    }
}

static void elicited_quantiles_come_back(void **state)
{
    (void)state;
    static const char *const bounds[] = {"", " lower=0.5", " upper=8", " lower=0.5 upper=8"};
    for (int i = 0; i < 4; i++) {
        char arguments[80];
        snprintf(arguments, sizeof arguments, "p10=1 p50=2 p90=4%s", bounds[i]);
        flc_distribution *distribution = must_make("metalog", arguments);
        ASSERT_NEAR(quantile(distribution, 0.1), 1.0, 1e-14, 0.0);
        ASSERT_NEAR(quantile(distribution, 0.5), 2.0, 1e-14, 0.0);
        ASSERT_NEAR(quantile(distribution, 0.9), 4.0, 1e-14, 0.0);
        flc_distribution_free(distribution);
    }
    flc_distribution *lognormal = must_make("lognormal", "median=25 p95=36");
    ASSERT_NEAR(quantile(lognormal, 0.5), 25.0, 1e-15, 0.0);
    ASSERT_NEAR(quantile(lognormal, 0.95), 36.0, 2e-15, 0.0);
    flc_distribution_free(lognormal);
}

/* Mean and sd against the integral of the quantile function, by the midpoint rule on a transformed
 * u. */
static void moments_are_integrals_of_the_quantile(void **state)
{
    (void)state;
    enum { POINTS = 40000 };
    double *u = FLC_NEW(double, 3 * POINTS, NULL), *x = u + POINTS, *weight = x + POINTS;
    for (int i = 0; i < POINTS; i++) { /* u = logistic(l), l from -36 to 36 */
        const double l = 36.0 * ((2.0 * i + 1.0) / POINTS - 1.0);
        u[i] = 1.0 / (1.0 + exp(-l));
        weight[i] = u[i] * (1.0 / (1.0 + exp(l))) * 72.0 / POINTS;
    }
    for (size_t i = 0; i < CASES; i++) {
        flc_distribution *distribution = case_number(i);
        const double mean = flc_distribution_mean(distribution);
        const double sd = flc_distribution_sd(distribution);
        double first = 0.0, second = 0.0;
        flc_distribution_quantile(distribution, flc_isa_select(), x, u, POINTS);
        for (int k = 0; k < POINTS && isfinite(sd); k++) {
            first += weight[k] * x[k];
            second += weight[k] * (x[k] - mean) * (x[k] - mean);
        }
        const double error = flc_distribution_atoms(distribution) ? 1e-3 : 1e-6;
        print_message("%s\n", case_name(i));
        if (isfinite(sd)) {
            ASSERT_NEAR(first, mean, error, error * sd);
            ASSERT_NEAR(sqrt(second), sd, 100.0 * error, 0.0);
        }
        flc_distribution_free(distribution);
    }
    flc_free(u);
}

static void undefined_moments_are_not_numbers(void **state)
{
    (void)state;
    flc_distribution *cauchy = must_make("student_t", "df=1");
    ASSERT_NAN(flc_distribution_mean(cauchy));
    ASSERT_NAN(flc_distribution_sd(cauchy));
    flc_distribution_free(cauchy);
    flc_distribution *heavy = must_make("student_t", "df=1.5 location=3");
    ASSERT_SAME_BITS(flc_distribution_mean(heavy), 3.0);
    ASSERT_SAME_BITS(flc_distribution_sd(heavy), INFINITY);
    flc_distribution_free(heavy);
}

static void whole_is_said_of_whole_values_only(void **state)
{
    (void)state;
    static const struct {
        const char *family, *arguments;
        bool whole, atoms;
    } cases[] = {
        {"discrete", "values=1,2,3 weights=1,1,1", true, true},
        {"discrete", "values=1,2.5,3 weights=1,1,1", false, true},
        {"empirical", "values=3,-1,0", true, true},
        {"empirical", "values=3,0.5", false, true},
        {"uniform", "min=0 max=1", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flc_distribution *distribution = must_make(cases[i].family, cases[i].arguments);
        assert_int_equal(flc_distribution_whole(distribution), cases[i].whole);
        assert_int_equal(flc_distribution_atoms(distribution), cases[i].atoms);
        flc_distribution_free(distribution);
    }
}

static void special_cases_agree(void **state)
{
    (void)state;
    static const struct {
        const char *family, *arguments, *other_family, *other_arguments;
    } same[] = {
        {"beta", "a=1 b=1 min=-1 max=3", "uniform", "min=-1 max=3"},
        {"gamma", "shape=1 scale=2", "weibull", "shape=1 scale=2"},
        {"pert", "min=0 mode=0.25 max=1", "beta", "a=2 b=4"},
        {"truncated_normal", "mean=1 sd=2", "normal", "mean=1 sd=2"},
        {"lognormal", "mu=0 sigma=0.5", "lognormal", "median=1 p95=2.276016608514317"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        flc_distribution *one = must_make(same[i].family, same[i].arguments);
        flc_distribution *other = must_make(same[i].other_family, same[i].other_arguments);
        for (int k = 1; k < 100; k++)
            ASSERT_NEAR(quantile(one, k / 100.0), quantile(other, k / 100.0), 1e-14, 2e-15);
        ASSERT_NEAR(flc_distribution_mean(one), flc_distribution_mean(other), 1e-14, 0.0);
        ASSERT_NEAR(flc_distribution_sd(one), flc_distribution_sd(other), 1e-14, 0.0);
        flc_distribution_free(one);
        flc_distribution_free(other);
    }
}

static void symmetric_families_are_symmetric_to_the_bit(void **state)
{
    (void)state;
    flc_distribution *t = must_make("student_t", "df=3");
    for (int k = 1; k < 256; k++)
        ASSERT_SAME_BITS(quantile(t, k / 512.0), -quantile(t, 1.0 - k / 512.0));
    ASSERT_SAME_BITS(quantile(t, 0.5), 0.0);
    flc_distribution_free(t);
}

/* Family, wrong parameters, and what the message must say. */
static const char *const wrong[][3] = {
    {"uniform", "min=1", "max is missing"},
    {"uniform", "", "min is missing"},
    {"uniform", "min=2 max=1", "min (2) must be below max (1)"},
    {"uniform", "min=1 max=1", "write the number itself"},
    {"uniform", "min=nan max=1", "min must be finite"},
    {"uniform", "min=0 max=inf", "max must be finite"},
    {"uniform", "min=0,1 max=2", "min must be one number, not a list of 2"},
    {"uniform", "min=-1.7e308 max=1.7e308", "max - min is too large"},
    {"loguniform", "min=0 max=1", "min must be > 0, not 0"},
    {"loguniform", "min=-1 max=1", "min must be > 0, not -1"},
    {"loguniform", "min=3 max=3", "write the number itself"},
    {"loguniform", "min=3 max=2", "min (3) must be below max (2)"},
    {"loguniform", "min=1e-307 max=1e307", "max/min must be below"},
    {"normal", "mean=0 sd=0", "write the number itself"},
    {"normal", "mean=0 sd=-1", "sd must be > 0, not -1"},
    {"normal", "mean=0", "sd is missing"},
    {"normal", "mean=nan sd=1", "mean must be finite"},
    {"normal", "mean=0 sd=1e308", "too large"},
    {"truncated_normal", "mean=0 sd=-2 min=0", "sd must be > 0"},
    {"truncated_normal", "mean=0 sd=1 min=1 max=1", "write the number itself"},
    {"truncated_normal", "mean=0 sd=1 min=2 max=1", "min (2) must be below max (1)"},
    {"truncated_normal", "mean=0 sd=1 min=40", "36 sd away"},
    {"truncated_normal", "mean=0 sd=1 max=-50", "36 sd away"},
    {"truncated_normal", "mean=0 sd=1 min=inf", "min must be finite"},
    {"lognormal", "", "parameters are missing"},
    {"lognormal", "median=1", "median needs p95"},
    {"lognormal", "p95=1", "p95 needs median"},
    {"lognormal", "sigma=1", "sigma needs mu"},
    {"lognormal", "median=1 sd=2", "contradicts"},
    {"lognormal", "median=1 p95=2 mu=0 sigma=1", "mu contradicts median"},
    {"lognormal", "mean=1 sd=1 sigma=1", "sigma contradicts mean"},
    {"lognormal", "median=0 p95=2", "median must be > 0"},
    {"lognormal", "median=3 p95=2", "p95 (2) must be above median (3)"},
    {"lognormal", "median=3 p95=3", "write the number itself"},
    {"lognormal", "mean=-1 sd=1", "mean must be > 0"},
    {"lognormal", "mean=1 sd=0", "write the number itself"},
    {"lognormal", "mu=0 sigma=-0.5", "sigma must be > 0"},
    {"lognormal", "mu=800 sigma=1", "mu must be between"},
    {"lognormal", "mu=0 sigma=100", "too large"},
    {"triangular", "min=0 mode=2 max=1", "mode must be between min and max (0 ... 1), not 2"},
    {"triangular", "min=0 mode=-1 max=1", "mode must be between"},
    {"triangular", "min=1 mode=1 max=1", "write the number itself"},
    {"triangular", "min=0 max=1", "mode is missing"},
    {"triangular", "min=0 mode=1e200 max=1e200", "too large"},
    {"pert", "min=0 mode=2 max=1", "mode must be between"},
    {"pert", "min=1 mode=1 max=1", "write the number itself"},
    {"pert", "min=0 mode=0.5 max=1 shape=0", "shape must be between"},
    {"pert", "min=0 mode=0.5 max=1 shape=-4", "shape must be between"},
    {"beta", "a=0 b=1", "a must be between"},
    {"beta", "a=1 b=-1", "b must be between"},
    {"beta", "a=1 b=2e6", "b must be between"},
    {"beta", "a=1 b=1 min=1 max=0", "min (1) must be below max (0)"},
    {"beta", "a=1 b=1 min=1", "min and max are both 1"},
    {"beta", "a=1", "b is missing"},
    {"gamma", "shape=0 scale=1", "shape must be between"},
    {"gamma", "shape=1 scale=0", "scale must be > 0"},
    {"gamma", "shape=1e6 scale=1e305", "too large"},
    {"gamma", "shape=nan scale=1", "shape must be finite"},
    {"weibull", "shape=0.01 scale=1", "shape must be between"},
    {"weibull", "shape=1 scale=-3", "scale must be > 0"},
    {"weibull", "shape=0.05 scale=1e300", "too large"},
    {"student_t", "df=0", "df must be between"},
    {"student_t", "df=3 scale=0", "scale must be > 0"},
    {"student_t", "df=3 location=inf", "location must be finite"},
    {"student_t", "df=0.5 scale=1e290", "too large"},
    {"discrete", "values=1,2 weights=1", "2 values and 1 weights"},
    {"discrete", "values=1,2 weights=1,-1", "weights must be >= 0, not -1 (number 2)"},
    {"discrete", "values=1,2 weights=0,0", "the sum of weights must be > 0"},
    {"discrete", "weights=1", "values is missing"},
    {"discrete", "values=1,nan weights=1,1", "values must be finite"},
    {"discrete", "values=1,2 weights=1e308,1e308", "too large"},
    {"empirical", "", "values is missing"},
    {"empirical", "values=2,2,2", "write the number itself"},
    {"empirical", "values=2", "write the number itself"},
    {"metalog", "p10=1 p50=2", "p90 is missing"},
    {"metalog", "p10=3 p50=2 p90=4", "p50 (2) must be above p10 (3)"},
    {"metalog", "p10=1 p50=2 p90=2", "p90 (2) must be above p50 (2)"},
    {"metalog", "p10=1 p50=2 p90=3 lower=1", "p10 (1) must be above lower (1)"},
    {"metalog", "p10=1 p50=2 p90=3 upper=2.5", "upper (2.5) must be above p90 (3)"},
    {"metalog", "p10=0 p50=0.16 p90=1", "p50 must be between 0.166577 and 0.833423"},
    {"metalog", "p10=0 p50=0.9 p90=1", "no metalog has these quantiles"},
    {"metalog", "p10=1 p50=90 p90=100 lower=0", "and these bounds, p50 must be between"},
};

static void wrong_parameters_are_refused_with_the_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        flc_distribution *distribution = NULL;
        flc_error error = {0};
        const flc_status status =
            make_distribution(&distribution, wrong[i][0], wrong[i][1], &error);
        if (status != FLC_ERROR_STUDY || distribution || !strstr(error.text, wrong[i][2]))
            fail_msg("%s %s: status %d, \"%s\", expected \"%s\"", wrong[i][0], wrong[i][1], status,
                     error.text, wrong[i][2]);
    }
}

static void families_are_found_by_key(void **state)
{
    (void)state;
    assert_int_equal(flc_family_count(), 14);
    for (size_t i = 0; i < flc_family_count(); i++) {
        const flc_family *family = flc_families[i];
        assert_ptr_equal(flc_family_find(family->key), family);
        assert_true(strlen(family->description) > 0);
        for (size_t k = 0; k < family->parameter_count; k++)
            assert_true(strlen(family->parameters[k].description) > 0);
    }
    assert_null(flc_family_find("cauchy"));
    assert_null(flc_family_find(""));
}

static void every_family_has_known_quantiles(void **state)
{
    (void)state;
    for (size_t i = 0; i < flc_family_count(); i++) {
        size_t found = 0;
        for (size_t k = 0; k < CASES; k++)
            found += strcmp(known_quantiles[k].family, flc_families[i]->key) == 0;
        if (!found)
            fail_msg("%s is not in known_quantiles", flc_families[i]->key);
    }
}

#ifdef FLC_TEST_HOOKS
static void running_out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALL; i++)
        for (long n = 1;; n++) {
            flc_distribution *distribution = NULL;
            flc_error error = {0};
            flc_memory_fail_after(n);
            const flc_status status =
                i < CASES ? make_distribution(&distribution, known_quantiles[i].family,
                                              known_quantiles[i].arguments, &error)
                          : make_distribution(&distribution, extremes[i - CASES][0],
                                              extremes[i - CASES][1], &error);
            flc_memory_fail_after(0);
            flc_distribution_free(distribution);
            if (status == FLC_OK)
                break;
            assert_int_equal(status, FLC_ERROR_MEMORY);
            assert_null(distribution);
        }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_an_independent_system),
        cmocka_unit_test(all_instruction_sets_give_the_same_bits),
        cmocka_unit_test(bits_are_pinned),
        cmocka_unit_test(any_count_and_place_give_the_same_values),
        cmocka_unit_test(quantile_rises_with_u),
        cmocka_unit_test(quantiles_are_within_the_support_and_finite),
        cmocka_unit_test(cdf_undoes_quantile),
        cmocka_unit_test(cdf_of_atoms_jumps_at_the_values),
        cmocka_unit_test(discrete_takes_value_j_from_its_lower_limit_on),
        cmocka_unit_test(values_without_weight_are_never_drawn),
        cmocka_unit_test(empirical_index_is_floor_of_u_n),
        cmocka_unit_test(elicited_quantiles_come_back),
        cmocka_unit_test(moments_are_integrals_of_the_quantile),
        cmocka_unit_test(undefined_moments_are_not_numbers),
        cmocka_unit_test(whole_is_said_of_whole_values_only),
        cmocka_unit_test(special_cases_agree),
        cmocka_unit_test(symmetric_families_are_symmetric_to_the_bit),
        cmocka_unit_test(wrong_parameters_are_refused_with_the_remedy),
        cmocka_unit_test(families_are_found_by_key),
        cmocka_unit_test(discrete_keeps_the_order_of_the_study),
        cmocka_unit_test(every_family_has_known_quantiles),
#ifdef FLC_TEST_HOOKS
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
#endif
    };
    return cmocka_run_group_tests_name("distribution", tests, NULL, NULL);
}
