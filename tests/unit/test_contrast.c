/* Differences of means, shares and quantiles in units of standard error. */
#include "statistics/contrast.h"

#include <math.h>

#include "support/assertions.h"

static const double infinite = (double)INFINITY, nothing = (double)NAN;

static void means_have_the_sum_of_their_variances(void **state)
{
    (void)state;
    const double mean[2] = {10, 11.5}, error[2] = {0.3, 0.4};
    const uint64_t n[2] = {100, 400};
    flc_contrast found = flc_contrast_means(mean, error, n);
    ASSERT_NEAR(found.difference, 1.5, 0, 1e-15);
    ASSERT_NEAR(found.standard_error, 0.5, 0, 1e-15);
    ASSERT_NEAR(found.z, 3, 0, 1e-14);
}

static void swapped_runs_change_the_sign_and_nothing_else(void **state)
{
    (void)state;
    const double mean[2][2] = {{2, 3}, {3, 2}}, error[2][2] = {{0, 0.1}, {0.1, 0}};
    const uint64_t n[2][2] = {{10, 1000}, {1000, 10}};
    flc_contrast one = flc_contrast_means(mean[0], error[0], n[0]);
    flc_contrast two = flc_contrast_means(mean[1], error[1], n[1]);
    ASSERT_SAME_BITS(one.z, -two.z);
    ASSERT_SAME_BITS(one.standard_error, two.standard_error);
    const uint64_t met[2][2] = {{3, 70}, {70, 3}}, of[2][2] = {{50, 900}, {900, 50}};
    ASSERT_SAME_BITS(flc_contrast_shares(met[0], of[0]).z, -flc_contrast_shares(met[1], of[1]).z);
    const double low[2][2] = {{1.8, 2.9}, {2.9, 1.8}}, high[2][2] = {{2.3, 3.3}, {3.3, 2.3}};
    ASSERT_SAME_BITS(flc_contrast_quantiles(mean[0], low[0], high[0], 0.95).z,
                     -flc_contrast_quantiles(mean[1], low[1], high[1], 0.95).z);
}

static void run_without_spread_takes_that_of_the_other(void **state)
{
    (void)state;
    /* sd of B = 0.1 sqrt(400) = 2; se = 2 sqrt(1/16 + 1/400) */
    const double mean[2] = {0, 1}, error[2][2] = {{0, 0.1}, {nothing, 0.1}};
    const uint64_t n[2][2] = {{16, 400}, {1, 400}};
    flc_contrast found = flc_contrast_means(mean, error[0], n[0]);
    ASSERT_NEAR(found.standard_error, 2 * sqrt(1.0 / 16 + 1.0 / 400), 0, 1e-14);
    found = flc_contrast_means(mean, error[1], n[1]);
    ASSERT_NEAR(found.standard_error, 2 * sqrt(1 + 1.0 / 400), 0, 1e-14);
}

static void equality_decides_where_nothing_varies(void **state)
{
    (void)state;
    const double same[2] = {2, 2}, other[2] = {2, 1}, none[2] = {0, 0};
    const uint64_t n[2] = {50, 60}, single[2] = {1, 1};
    ASSERT_SAME_BITS(flc_contrast_means(same, none, n).z, 0);
    ASSERT_SAME_BITS(flc_contrast_means(other, none, n).z, -infinite);
    const double unknown[2] = {nothing, nothing};
    assert_true(isnan(flc_contrast_means(other, unknown, single).z));
    ASSERT_SAME_BITS(flc_contrast_means(same, unknown, single).z, 0);
}

static void undefined_is_equal_to_undefined_only(void **state)
{
    (void)state;
    const double both[2] = {nothing, nothing}, one[2] = {nothing, 1}, error[2] = {nothing, 0.1};
    const uint64_t n[2] = {0, 9}, met[2] = {0, 3}, of[2] = {0, 9}, no[2] = {0, 0};
    ASSERT_SAME_BITS(flc_contrast_means(both, error, n).z, 0);
    flc_contrast found = flc_contrast_means(one, error, n);
    assert_true(isnan(found.difference) && isinf(found.z));
    found = flc_contrast_shares(met, of);
    assert_true(isnan(found.difference) && isinf(found.z));
    ASSERT_SAME_BITS(flc_contrast_shares(no, no).z, 0);
    found = flc_contrast_quantiles(one, one, one, 0.95);
    assert_true(isnan(found.difference) && isinf(found.z));
    ASSERT_SAME_BITS(flc_contrast_quantiles(both, both, both, 0.95).z, 0);
}

static void shares_are_tested_with_their_common_share(void **state)
{
    (void)state;
    /* p = 90/300, se = sqrt(p (1-p) (1/100 + 1/200)) = 0.05612486080160912 */
    const uint64_t met[2] = {40, 50}, of[2] = {100, 200};
    flc_contrast found = flc_contrast_shares(met, of);
    ASSERT_NEAR(found.difference, -0.15, 0, 1e-15);
    ASSERT_NEAR(found.standard_error, 0.05612486080160912, 0, 1e-15);
    ASSERT_NEAR(found.z, -2.6726124191242437, 0, 1e-13);
    /* Nothing in a thousand against 50 in 100000 is no surprise. */
    const uint64_t rare[2] = {0, 50}, trials[2] = {1000, 100000};
    assert_true(fabs(flc_contrast_shares(rare, trials).z) < 1);
}

static void quantiles_are_compared_by_the_sides_that_face(void **state)
{
    (void)state;
    /* se = sqrt(0.3^2 + 0.4^2) / 1.959963984540054 */
    const double quantile[2] = {1, 2}, low[2] = {-9, 1.6}, high[2] = {1.3, 99};
    flc_contrast found = flc_contrast_quantiles(quantile, low, high, 0.95);
    ASSERT_NEAR(found.standard_error, 0.5 / 1.959963984540054, 0, 1e-13);
    ASSERT_NEAR(found.z, 2 * 1.959963984540054, 0, 1e-12);
    const double wide[2] = {1, infinite}; /* the interval of the first has no upper end */
    const double open[2] = {infinite, infinite};
    ASSERT_SAME_BITS(flc_contrast_quantiles(quantile, low, open, 0.95).z, 0);
    ASSERT_SAME_BITS(flc_contrast_quantiles(wide, low, open, 0.95).z, 0);
    const double apart[2] = {1, 5}, bounded[2] = {3, infinite};
    ASSERT_SAME_BITS(flc_contrast_quantiles(wide, apart, bounded, 0.95).z, infinite);
    /* Apart, but without width: as much as two intervals apart say. */
    found = flc_contrast_quantiles(quantile, quantile, quantile, 0.95);
    ASSERT_NEAR(found.z, 2.7718076486993564, 0, 1e-12);
}

static void rounding_of_a_constant_is_no_difference(void **state)
{
    (void)state;
    const double mean[2] = {10, 10 + 0x1p-48}, error[2] = {0x1p-50, 0x1p-51};
    const uint64_t n[2] = {100, 100};
    flc_contrast found = flc_contrast_means(mean, error, n);
    ASSERT_SAME_BITS(found.z, 0);
    ASSERT_SAME_BITS(found.standard_error, 0);
    const double far[2] = {10, 10.001}; /* a constant that is another one */
    assert_true(flc_contrast_means(far, error, n).z > 1e6);
}

static void chance_is_that_of_normals(void **state)
{
    (void)state;
    /* scipy.stats: 2 norm.sf(z); norm.isf((1 - p^(1/n)) / 2) */
    ASSERT_NEAR(flc_contrast_chance(2), 0.04550026389635842, 0, 1e-15);
    ASSERT_NEAR(flc_contrast_chance(5), 5.733031437583869e-07, 0, 1e-20);
    ASSERT_NEAR(flc_contrast_largest(1, 0.95), 1.959963984540054, 0, 1e-12);
    ASSERT_NEAR(flc_contrast_largest(1000, 0.5), 3.392370405463391, 0, 1e-11);
    ASSERT_NEAR(flc_contrast_largest(1000000, 0.95), 5.446768007949678, 0, 1e-9);
    ASSERT_SAME_BITS(flc_contrast_largest(0, 0.5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_have_the_sum_of_their_variances),
        cmocka_unit_test(swapped_runs_change_the_sign_and_nothing_else),
        cmocka_unit_test(run_without_spread_takes_that_of_the_other),
        cmocka_unit_test(equality_decides_where_nothing_varies),
        cmocka_unit_test(undefined_is_equal_to_undefined_only),
        cmocka_unit_test(shares_are_tested_with_their_common_share),
        cmocka_unit_test(quantiles_are_compared_by_the_sides_that_face),
        cmocka_unit_test(rounding_of_a_constant_is_no_difference),
        cmocka_unit_test(chance_is_that_of_normals),
    };
    return cmocka_run_group_tests_name("contrast", tests, NULL, NULL);
}
