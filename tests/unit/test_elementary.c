/* engine/base/elementary.h against the C library's long double functions, whose errors (x86: 64
 * bits of significand) are below a thousandth of the units counted here; where long double is no
 * wider than double these tests cannot judge and say so. The quantile is judged by its residual in
 * the CDF. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/elementary.h"
#include "support/assertions.h"

typedef double function(double);
typedef long double reference(long double);

enum { COUNT = 200000 };

static const long double root_half = 0.707106781186547524400844362104849039L;
static const long double root_two_pi = 2.506628274631000502415765284811045253L;

/* Error of `got` in units in the last place of `exact`. */
static double units_off(double got, long double exact)
{
    const double rounded = (double)exact;
    if (isnan(got) || isnan(exact))
        return isnan(got) && isnan(exact) ? 0.0 : INFINITY;
    if (isinf(rounded) || isinf(got) || exact == 0.0L)
        return got == rounded ? 0.0 : INFINITY;
    int exponent;
    frexpl(exact, &exponent);
    const int last = exponent - 53 < -1074 ? -1074 : exponent - 53;
    return (double)(fabsl((long double)got - exact) / ldexpl(1.0L, last));
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const uint64_t x = (*state ^ (*state >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

static double next_uniform(uint64_t *state)
{
    return ((double)(next_random(state) >> 12) + 0.5) * 0x1p-52;
}

/* Argument i of COUNT in [low, high]: by turns evenly spread, uniform, and of any exponent. */
static double argument(uint64_t *state, int i, double low, double high)
{
    if (i % 3 == 0)
        return low + (high - low) * i / COUNT;
    if (i % 3 == 1)
        return low + (high - low) * next_uniform(state);
    const double x = flc_from_bits(next_random(state));
    return x >= low && x <= high ? x : low + (high - low) * next_uniform(state);
}

static void check(function *f, reference *exact, double low, double high, double allowed)
{
    double most = 0.0, at = 0.0;
    uint64_t state = 1;
    for (int i = 0; i < COUNT; i++) {
        const double x = argument(&state, i, low, high);
        const double error = units_off(f(x), exact(x));
        if (error > most) {
            most = error;
            at = x;
        }
    }
    print_message("%.3f units, at %a in [%g, %g]\n", most, at, low, high);
    assert_true(LDBL_MANT_DIG >= 64);
    assert_true(most <= allowed);
}

static long double logistic_reference(long double x)
{
    return x < 0.0L ? expl(x) / (1.0L + expl(x)) : 1.0L / (1.0L + expl(-x));
}

static long double cdf_reference(long double x)
{
    return erfcl(-x * root_half) / 2.0L;
}

static void exponential_is_within_a_unit(void **unused)
{
    (void)unused;
    check(flc_exp, expl, -746.0, 710.0, 1.0);
    check(flc_exp, expl, -1.0, 1.0, 1.0);
    check(flc_exp_bounded, expl, -708.0, 708.0, 1.3);
    check(flc_exp_bounded, expl, -1.0, 1.0, 1.3);
}

static void expm1_is_within_two_units(void **unused)
{
    (void)unused;
    check(flc_expm1, expm1l, -50.0, 710.0, 1.9);
    check(flc_expm1, expm1l, -1.0, 1.0, 1.9);
}

static void logarithm_is_within_a_unit(void **unused)
{
    (void)unused;
    check(flc_log, logl, 0.0, DBL_MAX, 0.9);
    check(flc_log, logl, 0.5, 2.0, 0.9);
    check(flc_log, logl, 0.999, 1.001, 0.9);
    check(flc_log, logl, 0.0, 0x1p-1022, 0.9);
}

static void log1p_is_within_a_unit(void **unused)
{
    (void)unused;
    check(flc_log1p, log1pl, -1.0, DBL_MAX, 0.9);
    check(flc_log1p, log1pl, -1.0, 1.0, 0.9);
    check(flc_log1p, log1pl, -0.3, 0.5, 0.9);
}

static void logistic_is_accurate_in_both_tails(void **unused)
{
    (void)unused;
    check(flc_logistic, logistic_reference, -744.0, 50.0, 2.5);
    check(flc_logistic, logistic_reference, -5.0, 5.0, 2.5);
}

static void normal_cdf_is_accurate_relative_to_its_tail(void **unused)
{
    (void)unused;
    check(flc_normal_cdf, cdf_reference, -38.4, 9.0, 5.5);
    check(flc_normal_cdf, cdf_reference, -3.0, 3.0, 5.5);
    check(flc_normal_cdf, cdf_reference, -10.0, 0.0, 5.5);
}

static void power_is_within_a_unit(void **unused)
{
    (void)unused;
    uint64_t state = 3;
    double most = 0.0;
    for (int i = 0; i < COUNT; i++) {
        const double size = (double)(i % 4 == 0 ? 1e-3 : i % 4 == 1 ? 1.0 : i % 4 == 2 ? 30 : 700);
        const double x = exp(size * (2.0 * next_uniform(&state) - 1.0));
        const double y = (2.0 * next_uniform(&state) - 1.0) * 740.0 / size;
        most = fmax(most, units_off(flc_power(x, y), powl(x, y)));
    }
    print_message("%.3f units\n", most);
    assert_true(most <= 1.1);
}

/* The error of x as the quantile of u by one step of Halley's method in long double. */
static double quantile_off(double x, double u)
{
    const long double half = 0.5L * erfl(x * root_half), t = x;
    const long double residual = fabs(u - 0.5) < 0.25 ? half - ((long double)u - 0.5L)
                                 : u < 0.5            ? cdf_reference(t) - u
                                                      : (1.0L - u) - cdf_reference(-t);
    const long double step = residual * root_two_pi * expl(0.5L * t * t);
    int exponent;
    frexp(x, &exponent);
    return (double)(fabsl(step / (1.0L + 0.5L * t * step)) / ldexpl(1.0L, exponent - 53));
}

static void normal_quantile_is_within_three_units(void **unused)
{
    (void)unused;
    uint64_t state = 5;
    double most = 0.0;
    for (int i = 0; i < 2 * COUNT; i++) {
        const double share = next_uniform(&state);
        const double u = i % 4 == 0   ? share
                         : i % 4 == 1 ? flc_exp(-36.7 * share)
                         : i % 4 == 2 ? 1.0 - flc_exp(-36.0 * share)
                                      : 0.5 + (share < 0.5 ? 0.5 : -0.5) * flc_exp(-34.0 * share);
        most = fmax(most, quantile_off(flc_normal_quantile(u), u));
        if (i % 4 == 3) {
            const double deep = flc_exp(-708.0 * share);
            most = fmax(most, quantile_off(flc_normal_quantile(deep), deep));
        }
    }
    print_message("%.3f units\n", most);
    assert_true(most <= 3.0);
}

static void normal_quantile_is_odd_and_rises_across_its_seams(void **unused)
{
    (void)unused;
    const double seams[] = {0.05, 5.1e-17, 0.5, 0x1p-53, 0.25};
    for (size_t s = 0; s < sizeof seams / sizeof *seams; s++)
        for (int i = -2000; i < 2000; i++) {
            const double u = seams[s] * (1.0 + i * 0x1p-44);
            const double above = seams[s] * (1.0 + (i + 1) * 0x1p-44);
            assert_true(flc_normal_quantile(u) <= flc_normal_quantile(above));
        }
    for (int i = 1; i < 4096; i++)
        ASSERT_SAME_BITS(flc_normal_quantile(i * 0x1p-13), -flc_normal_quantile(1 - i * 0x1p-13));
    ASSERT_SAME_BITS(flc_normal_quantile(0.5), 0.0);
}

/* scipy.stats.norm.ppf at the ends of the uniforms' grid, and far below. */
static void normal_quantile_gives_known_values(void **unused)
{
    (void)unused;
    ASSERT_NEAR(flc_normal_quantile(0x1p-53), -8.209536151601387, 4e-16, 0.0);
    ASSERT_NEAR(flc_normal_quantile(1 - 0x1p-53), 8.209536151601387, 4e-16, 0.0);
    ASSERT_NEAR(flc_normal_quantile(1e-300), -37.0470962993612, 4e-15, 0.0);
    ASSERT_NEAR(flc_normal_quantile(0.975), 1.959963984540054, 4e-16, 0.0);
}

static void special_arguments_behave_as_in_c(void **unused)
{
    (void)unused;
    const double special[] = {0.0,     -0.0,   1.0,     -1.0,    INFINITY, -INFINITY,
                              NAN,     5e-324, -5e-324, 2.0,     -2.0,     0.5,
                              1e300,   -1e300, DBL_MIN, DBL_MAX, -DBL_MAX, 709.0,
                              -745.13, -746.0, 710.0,   -0.5,    3.0,      -3.5};
    const size_t count = sizeof special / sizeof *special;
    for (size_t i = 0; i < count; i++) {
        const double x = special[i];
        assert_true(units_off(flc_exp(x), exp(x)) <= 1.0);
        assert_true(units_off(flc_expm1(x), expm1(x)) <= 2.0);
        assert_true(units_off(flc_log(x), log(x)) <= 1.0);
        assert_true(units_off(flc_log1p(x), log1p(x)) <= 1.0);
        assert_true(units_off(flc_normal_cdf(x), cdf_reference(x)) <= 6.0);
        assert_true(units_off(flc_logistic(x), logistic_reference(x)) <= 3.0 || isinf(x));
        if (!isnan(x))
            ASSERT_SAME_BITS(flc_floor(x), floor(x));
        assert_true(isnan(flc_floor(x)) == isnan(x));
        assert_int_equal(flc_is_nan(x) != 0, isnan(x) != 0);
        assert_int_equal(flc_is_finite(x) != 0, isfinite(x) != 0);
        for (size_t j = 0; j < count; j++)
            if (!(x < 0.0) && !signbit(x))
                assert_true(units_off(flc_power(x, special[j]), pow(x, special[j])) <= 2.0);
    }
    ASSERT_SAME_BITS(flc_logistic(INFINITY), 1.0);
    ASSERT_SAME_BITS(flc_logistic(-INFINITY), 0.0);
    ASSERT_SAME_BITS(flc_expm1(-0.0), -0.0);
    ASSERT_SAME_BITS(flc_log1p(-0.0), -0.0);
    ASSERT_SAME_BITS(flc_normal_quantile(0.0), -INFINITY);
    ASSERT_SAME_BITS(flc_normal_quantile(1.0), INFINITY);
    ASSERT_NAN(flc_normal_quantile(-0.1));
    ASSERT_NAN(flc_normal_quantile(1.1));
    ASSERT_NAN(flc_normal_quantile(NAN));
    ASSERT_NAN(flc_power(-2.0, 3.0));
    ASSERT_SAME_BITS(flc_power(-2.0, 0.0), 1.0);
}

static void exact_cases_are_exact(void **unused)
{
    (void)unused;
    ASSERT_SAME_BITS(flc_exp(0.0), 1.0);
    ASSERT_SAME_BITS(flc_exp_bounded(0.0), 1.0);
    ASSERT_SAME_BITS(flc_exp_bounded(1e300), flc_exp_bounded(708.0));
    ASSERT_SAME_BITS(flc_exp_bounded((double)INFINITY), flc_exp_bounded(708.0));
    ASSERT_SAME_BITS(flc_exp_bounded(-(double)INFINITY), flc_exp_bounded(-708.0));
    assert_true(isnan(flc_exp_bounded((double)NAN)));
    ASSERT_SAME_BITS(flc_log(1.0), 0.0);
    ASSERT_SAME_BITS(flc_logistic(0.0), 0.5);
    ASSERT_SAME_BITS(flc_normal_cdf(0.0), 0.5);
    for (int k = -1000; k <= 1000; k += 8) {
        ASSERT_SAME_BITS(flc_power(2.0, k), ldexp(1.0, k));
        ASSERT_SAME_BITS(flc_power(ldexp(1.0, k), 0.5), ldexp(1.0, k / 2));
    }
    ASSERT_SAME_BITS(flc_power(3.0, 20.0), 3486784401.0);
    ASSERT_SAME_BITS(flc_power(1.5, -1.0), 1.0 / 1.5);
}

static void floor_is_exact(void **unused)
{
    (void)unused;
    uint64_t state = 9;
    for (int i = 0; i < COUNT; i++) {
        const double x = flc_from_bits(next_random(&state));
        const double y = (next_uniform(&state) - 0.5) * 1e4;
        if (!isnan(x))
            ASSERT_SAME_BITS(flc_floor(x), floor(x));
        ASSERT_SAME_BITS(flc_floor(y), floor(y));
        ASSERT_SAME_BITS(flc_floor(floor(y)), floor(y));
    }
    ASSERT_SAME_BITS(flc_floor(0x1.fffffffffffffp51), 0x1.ffffffffffffep51);
    ASSERT_SAME_BITS(flc_floor(-0x1.fffffffffffffp51), -0x1p52);
}

/* A hash of results over the whole domain: whoever changes a bit, changes the draws of every study,
 * and must do so knowingly. Compilers, optimisation and sanitizers must not. */
static uint64_t hash_of(function *f, double low, double high)
{
    uint64_t state = 1, hash = 0;
    for (int i = 0; i < COUNT / 4; i++) {
        const double y = f(argument(&state, i, low, high));
        hash = (hash ^ flc_bits(y)) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

static double power_of_seven_fifths(double y)
{
    return flc_power(1.4, y);
}

static double square_root_by_power(double x)
{
    return flc_power(x, 0.5);
}

static void values_abreast_have_the_bits_of_each(void **unused)
{
    (void)unused;
    static const double special[] = {0.0,    -0.0,     708.0,     -708.0,    709.0,  -709.0, 1e300,
                                     -1e300, INFINITY, -INFINITY, 0x1p-1074, -1e-20, 0.35,   -0.35};
    enum { SPECIAL = sizeof special / sizeof *special };
    uint64_t state = 11;
    for (int round = 0; round < 1000; round++) {
        double x[FLC_ABREAST], y[FLC_ABREAST];
        FLC_FOR_ABREAST (l)
            x[l] = (next_uniform(&state) - 0.5) * (round % 2 ? 2.0 : 1500.0);
        for (int k = 0; round == 0 && k < SPECIAL; k++)
            x[k] = special[k];
        flc_exp_abreast(y, x);
        FLC_FOR_ABREAST (l)
            ASSERT_SAME_BITS(y[l], flc_exp_bounded(x[l]));
    }
}

static void bits_are_the_pinned_ones(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        function *f;
        double low, high;
        uint64_t hash;
    } pinned[] = {
        {"exp", flc_exp, -746.0, 710.0, UINT64_C(0x166b3592a0789036)},
        {"expm1", flc_expm1, -40.0, 710.0, UINT64_C(0x7f6a24b18f534d17)},
        {"log", flc_log, 0.0, DBL_MAX, UINT64_C(0x96f52250ec46d5ea)},
        {"log near 1", flc_log, 0.5, 2.0, UINT64_C(0x831438bf6d0cadc9)},
        {"log1p", flc_log1p, -1.0, 10.0, UINT64_C(0x686d0b3c99e98d7a)},
        {"logistic", flc_logistic, -745.0, 50.0, UINT64_C(0x545520cf4ea9394f)},
        {"1.4^y", power_of_seven_fifths, -2000.0, 2000.0, UINT64_C(0xb68d7619df8f38d8)},
        {"x^0.5", square_root_by_power, 0.0, DBL_MAX, UINT64_C(0x22acf85eed919596)},
        {"normal cdf", flc_normal_cdf, -38.5, 9.0, UINT64_C(0xbb52c9c8064b089a)},
        {"normal quantile", flc_normal_quantile, 0.0, 1.0, UINT64_C(0x68903fe358a5eeb4)},
    };
    for (size_t i = 0; i < sizeof pinned / sizeof *pinned; i++) {
        const uint64_t hash = hash_of(pinned[i].f, pinned[i].low, pinned[i].high);
        if (hash != pinned[i].hash)
            fail_msg("%s: %#018" PRIx64, pinned[i].name, hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_is_within_a_unit),
        cmocka_unit_test(expm1_is_within_two_units),
        cmocka_unit_test(logarithm_is_within_a_unit),
        cmocka_unit_test(log1p_is_within_a_unit),
        cmocka_unit_test(logistic_is_accurate_in_both_tails),
        cmocka_unit_test(normal_cdf_is_accurate_relative_to_its_tail),
        cmocka_unit_test(power_is_within_a_unit),
        cmocka_unit_test(normal_quantile_is_within_three_units),
        cmocka_unit_test(normal_quantile_is_odd_and_rises_across_its_seams),
        cmocka_unit_test(normal_quantile_gives_known_values),
        cmocka_unit_test(special_arguments_behave_as_in_c),
        cmocka_unit_test(exact_cases_are_exact),
        cmocka_unit_test(floor_is_exact),
        cmocka_unit_test(values_abreast_have_the_bits_of_each),
        cmocka_unit_test(bits_are_the_pinned_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
