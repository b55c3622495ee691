/* Exact sums by replicate at the ends of their range, and the bootstrap over replicates. */
#include "sensitivity/sums.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "sensitivity/bootstrap.h"
#include "support/assertions.h"

/* ---- Sums ------------------------------------------------------------------------------------ */

enum { SLOTS = 2 };

/* Adds a block to a slot of one kind whose lanes are all x: 12 x^2 for each replicate. */
static flc_status add_squares(flc_sums *sums, size_t slot, double x)
{
    const struct flc_sensitivity_kernels *kernels =
        FLC_ISA_PICK(flc_sensitivity_kernels, flc_isa_select());
    struct flc_sums_target target;
    double lanes[FLC_BLOCK], of[FLC_REPLICATES];
    for (size_t l = 0; l < FLC_BLOCK; l++)
        lanes[l] = x;
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        of[r] = 12;
    flc_sums_aim(&target, sums, slot);
    const unsigned flags = kernels->product(&target, lanes, lanes, of);
    return flags ? flc_sums_settle(sums, slot, flags, &target, of, NULL) : FLC_OK;
}

static void assert_sum(const flc_sums *sums, size_t slot, double expected)
{
    double values[FLC_REPLICATES];
    flc_sums_read(values, sums, slot, 0);
    for (size_t r = 0; r < FLC_REPLICATES; r++)
        ASSERT_SAME_BITS(values[r], expected);
}

static void sums_are_exact_from_their_unit_to_their_bound(void **state)
{
    (void)state;
    flc_sums sums;
    assert_int_equal(flc_sums_init(&sums, SLOTS, 1, NULL), FLC_OK);
    add_squares(&sums, 0, 0x1p-16); /* 12 units of 2^-32 */
    assert_sum(&sums, 0, 0x1.8p-29);
    assert_null(sums.far[0]);
    add_squares(&sums, 0, 0x1p7); /* 12 * 2^14 < 2^18: near; 2^18 is not */
    assert_null(sums.far[0]);
    add_squares(&sums, 0, 0x1p8);
    assert_non_null(sums.far[0]);
    add_squares(&sums, 0, 0x1p33);                                   /* 12 * 2^66 */
    assert_sum(&sums, 0, 12 * (0x1p66 + 0x1p16 + 0x1p14 + 0x1p-32)); /* rounded once, to 2^66 */
    assert_true(flc_sums_is_defined(&sums, 0, 0));
    assert_sum(&sums, 1, 0);
    add_squares(&sums, 0, 0x1p36);
    assert_false(flc_sums_is_defined(&sums, 0, 0));
    assert_sum(&sums, 0, (double)NAN);
    flc_sums_clear(&sums);
    assert_sum(&sums, 0, 0);
    flc_sums_free(&sums);
}

static void long_sums_leave_64_bits_unharmed(void **state)
{
    (void)state;
    enum { TIMES = 1 << 15 };
    flc_sums sums;
    const double x = 0x1.2p7 + 0x1p-20; /* 12 x^2 just below 2^18: 2^15 of them are 2^65 units */
    const double units = 12 * x * x * 0x1p32;
    flc_sums_init(&sums, SLOTS, 1, NULL);
    for (int i = 0; i < TIMES; i++)
        add_squares(&sums, 1, x);
    assert_non_null(sums.far[1]);
    assert_sum(&sums, 1, nearbyint(units) * 0x1p-32 * TIMES);
    flc_sums_free(&sums);
}

static void merging_equals_adding_for_every_size(void **state)
{
    (void)state;
    static const double sizes[] = {0, 0x1p-16, 1.7, 0x1.1p7, 0x1.3p8, 1e4, 0x1.7p20, 1e9, 1e12};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    for (size_t i = 0; i < SIZES; i++)
        for (size_t j = 0; j < SIZES; j++) {
            flc_sums both, one, other;
            unsigned char bytes[4096], merged[4096];
            flc_sums_init(&both, 1, 1, NULL);
            flc_sums_init(&one, 1, 1, NULL);
            flc_sums_init(&other, 1, 1, NULL);
            add_squares(&both, 0, sizes[i]);
            add_squares(&both, 0, sizes[j]);
            add_squares(&one, 0, sizes[i]);
            add_squares(&other, 0, sizes[j]);
            const size_t length = flc_sums_write(bytes, &other, 0);
            assert_int_equal(flc_sums_measure(&one, bytes, length), length);
            assert_int_equal(flc_sums_measure(&one, bytes, length - 1), 0);
            assert_int_equal(flc_sums_room(&one, 0, bytes, NULL), FLC_OK);
            flc_sums_merge(&one, 0, bytes);
            const size_t whole = flc_sums_write(bytes, &both, 0);
            assert_int_equal(flc_sums_write(merged, &one, 0), whole);
            assert_memory_equal(bytes, merged, whole);
            flc_sums_free(&both);
            flc_sums_free(&one);
            flc_sums_free(&other);
        }
}

/* ---- Bootstrap ------------------------------------------------------------------------------- */

static void resamples_draw_sixteen_sets_each(void **state)
{
    (void)state;
    flc_bootstrap *bootstrap = FLC_NEW(flc_bootstrap, 1, NULL);
    double ones[FLC_REPLICATES], sums[FLC_RESAMPLED], twice = 0;
    flc_bootstrap_init(bootstrap);
    for (int r = 0; r < FLC_REPLICATES; r++) {
        ones[r] = 1;
        for (int b = 1; b < FLC_RESAMPLED; b++)
            twice += bootstrap->weights[r][b] * (bootstrap->weights[r][b] - 1);
        ASSERT_SAME_BITS(bootstrap->weights[r][0], 1.0);
    }
    flc_bootstrap_sums(sums, bootstrap, ones);
    for (int b = 0; b < FLC_RESAMPLED; b++)
        ASSERT_SAME_BITS(sums[b], 16.0);
    ASSERT_NEAR(twice / FLC_RESAMPLES, 15, 0.05,
                0); /* 16 * 15 pairs of draws, 1/16 of them equal */
    flc_free(bootstrap);
}

static void the_error_of_a_mean_is_that_of_replicates(void **state)
{
    (void)state;
    flc_bootstrap *bootstrap = FLC_NEW(flc_bootstrap, 1, NULL);
    double values[FLC_REPLICATES], mean[FLC_RESAMPLED];
    flc_bootstrap_init(bootstrap);
    for (int r = 0; r < FLC_REPLICATES; r++)
        values[r] = sin(r * r);
    const flc_replicates expected = flc_replicates_estimate(values);
    flc_bootstrap_sums(mean, bootstrap, values);
    for (int b = 0; b < FLC_RESAMPLED; b++)
        mean[b] /= FLC_REPLICATES;
    const flc_estimate estimate = flc_bootstrap_estimate(mean, 0.95);
    ASSERT_NEAR(estimate.value, expected.mean, 1e-14, 0);
    ASSERT_NEAR(estimate.error, expected.error, 0.1, 0); /* 200 resamples: 5 % */
    ASSERT_NEAR(estimate.high - estimate.value, 2.13145 * estimate.error, 1e-4, 0);
    ASSERT_NEAR(estimate.value - estimate.low, 2.13145 * estimate.error, 1e-4, 0);
    flc_free(bootstrap);
}

static void undefined_resamples_are_passed_over_up_to_half(void **state)
{
    (void)state;
    double index[FLC_RESAMPLED];
    for (int b = 0; b < FLC_RESAMPLED; b++)
        index[b] = b % 2;
    const double error = flc_bootstrap_error(index);
    ASSERT_NEAR(error, sqrt(0.25 * 200 / 199 * 16 / 15), 1e-12, 0);
    for (int b = 1; b <= 100; b++)
        index[b] = (double)NAN;
    ASSERT_NEAR(flc_bootstrap_error(index), sqrt(0.25 * 100 / 99 * 16 / 15), 1e-12, 0);
    index[150] = (double)INFINITY;
    ASSERT_NAN(flc_bootstrap_error(index));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_exact_from_their_unit_to_their_bound),
        cmocka_unit_test(long_sums_leave_64_bits_unharmed),
        cmocka_unit_test(merging_equals_adding_for_every_size),
        cmocka_unit_test(resamples_draw_sixteen_sets_each),
        cmocka_unit_test(the_error_of_a_mean_is_that_of_replicates),
        cmocka_unit_test(undefined_resamples_are_passed_over_up_to_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
