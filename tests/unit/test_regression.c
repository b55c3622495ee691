/* Regression from sums by replicate (sensitivity/regression.h).
 * tests/sensitivity/test_given_data.py compares it with numpy; here are its own laws. */
#include "sensitivity/regression.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "random/streams.h"
#include "support/assertions.h"

enum { MOST = 6, SAMPLES = 4800 };

struct problem {
    size_t p;
    double (*products)[FLC_REPLICATES];
};

static void setup(struct problem *problem, size_t p)
{
    problem->p = p;
    problem->products = flc_allocate(flc_regression_products(p), sizeof *problem->products, NULL);
    assert_non_null(problem->products);
}

/* One sample: the constant, x, y. */
static void add(struct problem *problem, size_t sample, const double *x, double y)
{
    double column[MOST + 2] = {1.0};
    memcpy(column + 1, x, problem->p * sizeof *x);
    column[problem->p + 1] = y;
    size_t at = 0;
    for (size_t i = 0; i < problem->p + 2; i++)
        for (size_t j = 0; j <= i; j++)
            problem->products[at++][sample % FLC_REPLICATES] += column[i] * column[j];
}

static flc_regression_fit solve(struct problem *problem, flc_regression_coefficient *coefficients)
{
    flc_regression_fit fit;
    const flc_regression_sums sums = {problem->p,
                                      (const double(*)[FLC_REPLICATES])problem->products};
    assert_int_equal(flc_regression_solve(&fit, coefficients, &sums, NULL), FLC_OK);
    flc_free(problem->products);
    return fit;
}

static double uniform(flc_pcg64 *generator)
{
    return flc_uniform_of(flc_pcg64_next(generator));
}

/* y = 3 x_0 - 2 x_1 exactly: the coefficients are the shares of the standard deviation. */
static void an_exact_model_has_share_one_and_no_error(void **state)
{
    (void)state;
    struct problem problem;
    flc_regression_coefficient b[2];
    flc_pcg64 generator = flc_stream_generator(1, "exact");
    setup(&problem, 2);
    double sums[4] = {0};
    for (size_t i = 0; i < SAMPLES; i++) {
        const double x[2] = {uniform(&generator) - 0.5, uniform(&generator) + 1};
        const double y = 3 * x[0] - 2 * x[1];
        add(&problem, i, x, y);
        sums[0] += y;
        sums[1] += y * y;
        sums[2] += x[0];
        sums[3] += x[0] * x[0];
    }
    const flc_regression_fit fit = solve(&problem, b);
    const double n = SAMPLES, sd_y = sqrt(sums[1] / n - sums[0] * sums[0] / (n * n));
    const double sd_x = sqrt(sums[3] / n - sums[2] * sums[2] / (n * n));
    ASSERT_NEAR(fit.plain, 1.0, 1e-12, 0);
    ASSERT_NEAR(fit.error, 0.0, 0, 1e-12);
    ASSERT_NEAR(b[0].value, 3 * sd_x / sd_y, 1e-9, 0);
    assert_true(b[1].value < 0 && b[0].error > 0); /* sd(x)/sd(y) is not known exactly */
}

static void redundant_columns_are_named_and_change_nothing(void **state)
{
    (void)state;
    struct problem all, few;
    flc_regression_coefficient b[5], c[2];
    flc_pcg64 generator = flc_stream_generator(2, "redundant");
    setup(&all, 5);
    setup(&few, 2);
    for (size_t i = 0; i < SAMPLES; i++) {
        const double u = uniform(&generator), v = uniform(&generator);
        const double x[5] = {7.5, u, u - 3, v, u + 2 * v}, z[2] = {u, v};
        const double y = u * u + v + uniform(&generator);
        add(&all, i, x, y);
        add(&few, i, z, y);
    }
    const flc_regression_fit fit = solve(&all, b), other = solve(&few, c);
    const bool redundant[5] = {true, false, true, false, true};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(b[i].redundant, redundant[i]);
        assert_int_equal(isnan(b[i].value), redundant[i]);
    }
    ASSERT_NEAR(b[1].value, c[0].value, 1e-9, 0);
    ASSERT_NEAR(b[3].error, c[1].error, 1e-6, 0);
    ASSERT_NEAR(fit.adjusted, other.adjusted, 1e-9, 0);
}

static void without_influence_the_adjusted_share_is_zero_in_the_mean(void **state)
{
    (void)state;
    double plain = 0, adjusted = 0;
    enum { TIMES = 200, FEW = 160 };
    for (uint64_t seed = 0; seed < TIMES; seed++) {
        struct problem problem;
        flc_regression_coefficient b[MOST];
        flc_pcg64 generator = flc_stream_generator(seed, "nothing");
        setup(&problem, MOST);
        for (size_t i = 0; i < FEW; i++) {
            double x[MOST];
            for (size_t k = 0; k < MOST; k++)
                x[k] = uniform(&generator);
            add(&problem, i, x, uniform(&generator));
        }
        const flc_regression_fit fit = solve(&problem, b);
        plain += fit.plain / TIMES;
        adjusted += fit.adjusted / TIMES;
    }
    ASSERT_NEAR(plain, (double)MOST / (FEW - 1), 0, 0.008); /* sd of the mean 0.0015 */
    ASSERT_NEAR(adjusted, 0.0, 0, 0.008);
}

static void without_samples_or_variance_nothing_is_known(void **state)
{
    (void)state;
    struct problem problem;
    flc_regression_coefficient b[2];
    setup(&problem, 2);
    flc_regression_fit fit = solve(&problem, b);
    ASSERT_NAN(fit.plain);
    ASSERT_NAN(b[1].value);
    setup(&problem, 2);
    for (size_t i = 0; i < 64; i++)
        add(&problem, i, (const double[]){(double)(i % 3), (double)(i % 5)}, 4.0);
    fit = solve(&problem, b);
    ASSERT_NAN(fit.adjusted);
    ASSERT_NAN(b[0].value);
    assert_false(b[0].redundant);
    setup(&problem, 0);
    add(&problem, 0, (const double[]){0}, 1.0);
    add(&problem, 1, (const double[]){0}, 2.0);
    ASSERT_NEAR(solve(&problem, b).plain, 0.0, 0, 1e-15);
}

#ifdef FLC_TEST_HOOKS
static void running_out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    for (long n = 1;; n++) {
        struct problem problem;
        flc_regression_coefficient b[2];
        flc_regression_fit fit;
        setup(&problem, 2);
        const flc_regression_sums sums = {2, (const double(*)[FLC_REPLICATES])problem.products};
        flc_memory_fail_after(n);
        const flc_status status = flc_regression_solve(&fit, b, &sums, NULL);
        flc_memory_fail_after(0);
        flc_free(problem.products);
        if (status == FLC_OK)
            break;
        assert_int_equal(status, FLC_ERROR_MEMORY);
        assert_true(n < 100);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exact_model_has_share_one_and_no_error),
        cmocka_unit_test(redundant_columns_are_named_and_change_nothing),
        cmocka_unit_test(without_influence_the_adjusted_share_is_zero_in_the_mean),
        cmocka_unit_test(without_samples_or_variance_nothing_is_known),
#ifdef FLC_TEST_HOOKS
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
#endif
    };
    return cmocka_run_group_tests_name("regression", tests, NULL, NULL);
}
