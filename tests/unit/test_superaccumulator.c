/* Exact sums. Run with the argument `sum` it reads raw doubles from standard input and writes their
 * sum as a hex float, for tests/statistics/test_exact_sums.py. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "statistics/superaccumulator.h"
#include "support/assertions.h"

enum { WIDE = FLC_SUPERACCUMULATOR_WIDE, NARROW = FLC_SUPERACCUMULATOR_NARROW };

/* splitmix64 (Steele, Lea and Flood 2014): enough for test data. */
static uint64_t next_bits(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Any finite double, all exponents alike. */
static double any_double(uint64_t *state)
{
    double x;
    do {
        const uint64_t bits = next_bits(state);
        memcpy(&x, &bits, sizeof x);
    } while (!isfinite(x));
    return x;
}

static double sum_of(const double *x, size_t n)
{
    int64_t limbs[WIDE] = {0};
    for (size_t i = 0; i < n; i++)
        flc_superaccumulator_add_wide(limbs, x[i]);
    return flc_superaccumulator_round(limbs);
}

static void sums_are_rounded_once(void **state)
{
    (void)state;
    /* Each by rational arithmetic: float(sum(map(Fraction, x))). */
    const struct {
        double x[4], sum;
    } cases[] = {
        {{0}, 0},
        {{1e308, 1e308, -1e308, -1e308}, 0},
        {{1e308, 1e308, -1e308, 1}, 1e308},
        {{1e308, 1, -1e308, 0}, 1},
        {{1, 0x1p-53}, 1},                      /* tie to even: down */
        {{1 + 0x1p-52, 0x1p-53}, 1 + 0x1p-51},  /* tie to even: up */
        {{1, 0x1p-53, 0x1p-1074}, 1 + 0x1p-52}, /* just above the tie */
        {{1, 0x1p-53, -0x1p-1074}, 1},          /* just below */
        {{-1, -0x1p-53, -0x1p-1074}, -1 - 0x1p-52},
        {{0x1p-1074, 0x1p-1074}, 0x1p-1073},
        {{0x1p-1022, -0x1p-1074}, 0x0.fffffffffffffp-1022}, /* normal to subnormal */
        {{0x0.fffffffffffffp-1022, 0x1p-1074}, 0x1p-1022},
        {{0x1.fffffffffffffp-1022, 0x1p-1074}, 0x1p-1021},
        {{DBL_MAX, 0x1p969}, DBL_MAX},
        {{DBL_MAX, 0x1p970}, INFINITY},
        {{-DBL_MAX, -DBL_MAX}, -INFINITY},
        {{DBL_MAX, DBL_MAX, -DBL_MAX, 0x1p-1074}, DBL_MAX},
        {{1e16, 1, 1, -1e16}, 2},
        {{0.1, 0.2, 0.3, -0.6}, 0x1p-55},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ASSERT_SAME_BITS(sum_of(cases[i].x, 4), cases[i].sum);
}

static void any_order_and_grouping_give_the_same_sum(void **state)
{
    (void)state;
    enum { N = 2000 };
    static double x[N];
    uint64_t random = 1;
    for (size_t i = 0; i < N; i++)
        x[i] = any_double(&random);
    const double forward = sum_of(x, N);
    for (size_t i = N - 1; i > 0; i--) {
        const size_t j = next_bits(&random) % (i + 1);
        const double swapped = x[i];
        x[i] = x[j];
        x[j] = swapped;
    }
    ASSERT_SAME_BITS(sum_of(x, N), forward);
    int64_t left[WIDE] = {0}, right[WIDE] = {0};
    for (size_t i = 0; i < N; i++) {
        flc_superaccumulator_add_wide(i % 3 ? left : right, x[i]);
        if (i % 97 == 0)
            flc_superaccumulator_carry(left, WIDE);
    }
    for (size_t i = 0; i < WIDE; i++)
        left[i] += right[i];
    ASSERT_SAME_BITS(flc_superaccumulator_round(left), forward);
}

static void opposite_values_leave_nothing(void **state)
{
    (void)state;
    int64_t limbs[WIDE] = {0};
    uint64_t random = 2;
    for (size_t i = 0; i < 1000; i++)
        flc_superaccumulator_add_wide(limbs, any_double(&random));
    random = 2;
    for (size_t i = 0; i < 1000; i++)
        flc_superaccumulator_add_wide(limbs, -any_double(&random));
    uint32_t digits[WIDE];
    assert_false(flc_superaccumulator_digits(digits, limbs));
    for (size_t i = 0; i < WIDE; i++)
        assert_int_equal(digits[i], 0);
}

static void narrow_sums_equal_wide_ones(void **state)
{
    (void)state;
    int64_t narrow[NARROW] = {0}, wide[WIDE] = {0};
    uint64_t random = 3;
    size_t taken = 0;
    for (size_t i = 0; i < 20000; i++) {
        const double x = any_double(&random);
        if (!flc_superaccumulator_is_narrow(x))
            continue;
        taken++;
        flc_superaccumulator_add_narrow(narrow, x);
        flc_superaccumulator_add_wide(wide, x);
    }
    assert_true(taken > 1000);
    int64_t placed[WIDE] = {0};
    memcpy(placed + FLC_SUPERACCUMULATOR_NARROW_AT, narrow, sizeof narrow);
    uint32_t a[WIDE], b[WIDE];
    assert_int_equal(flc_superaccumulator_digits(a, placed), flc_superaccumulator_digits(b, wide));
    assert_memory_equal(a, b, sizeof a);
}

static void narrow_means_inside_its_limits(void **state)
{
    (void)state;
    assert_true(flc_superaccumulator_is_narrow(0.0));
    assert_true(flc_superaccumulator_is_narrow(-0.0));
    assert_true(flc_superaccumulator_is_narrow(0x1p-76));
    assert_false(flc_superaccumulator_is_narrow(0x1.fffffffffffffp-77));
    assert_true(flc_superaccumulator_is_narrow(-0x1.fffffffffffffp95));
    assert_false(flc_superaccumulator_is_narrow(0x1p96));
    assert_false(flc_superaccumulator_is_narrow(0x1p-1074));
}

static void double_all(int64_t *limbs, size_t count, int64_t times)
{
    for (int64_t n = 1; n < times; n *= 2)
        for (size_t i = 0; i < count; i++)
            limbs[i] += limbs[i];
}

/* The promised number of additions fits before carries are passed on, and again after: additions by
 * doubling. */
static void promised_additions_fit(void **state)
{
    (void)state;
    const double x[] = {0x1.fffffffffffffp95, -0x1.fffffffffffffp95, 0x1.fffffffffffffp-25};
    for (size_t i = 0; i < 3; i++) {
        int64_t narrow[NARROW] = {0}, wide[WIDE] = {0};
        flc_superaccumulator_add_narrow(narrow, x[i]);
        flc_superaccumulator_add_wide(wide, x[i]);
        for (int round = 1; round <= 2; round++) {
            int64_t placed[WIDE] = {0};
            double_all(narrow, NARROW, FLC_SUPERACCUMULATOR_ADDS);
            double_all(wide, WIDE, FLC_SUPERACCUMULATOR_ADDS);
            flc_superaccumulator_carry(narrow, NARROW);
            flc_superaccumulator_carry(wide, WIDE);
            memcpy(placed + FLC_SUPERACCUMULATOR_NARROW_AT, narrow, sizeof narrow);
            ASSERT_SAME_BITS(flc_superaccumulator_round(wide), ldexp(x[i], 30 * round));
            ASSERT_SAME_BITS(flc_superaccumulator_round(placed), ldexp(x[i], 30 * round));
        }
    }
}

static int sum_input(void)
{
    int64_t limbs[WIDE] = {0};
    double x;
    while (fread(&x, sizeof x, 1, stdin) == 1)
        flc_superaccumulator_add_wide(limbs, x);
    printf("%a\n", flc_superaccumulator_round(limbs));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "sum") == 0)
        return sum_input();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_rounded_once),
        cmocka_unit_test(any_order_and_grouping_give_the_same_sum),
        cmocka_unit_test(opposite_values_leave_nothing),
        cmocka_unit_test(narrow_sums_equal_wide_ones),
        cmocka_unit_test(narrow_means_inside_its_limits),
        cmocka_unit_test(promised_additions_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
