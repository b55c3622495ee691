/* Intervals against scipy 1.10.1, and the coverage of all of them over repeated samples. */
#include <math.h>

#include "base/memory.h"
#include "statistics/intervals.h"
#include "statistics/summary.h"
#include "support/assertions.h"

static uint64_t next_bits(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double uniform(uint64_t *state)
{
    return ((double)(next_bits(state) >> 12) + 0.5) * 0x1p-52;
}

/* low = binom.ppf(a, n, p) and high = binom.isf(a, n, p) + 1 with a = (1-level)/2. */
static void ranks_are_those_of_the_binomial(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        double p, level;
        uint64_t low, high;
    } cases[] = {
        {1, 0.001, 0.9, 0, 1},
        {1, 0.001, 0.95, 0, 1},
        {1, 0.001, 0.999, 0, 2},
        {1, 0.05, 0.9, 0, 2},
        {1, 0.05, 0.95, 0, 2},
        {1, 0.05, 0.999, 0, 2},
        {1, 0.25, 0.9, 0, 2},
        {1, 0.25, 0.95, 0, 2},
        {1, 0.25, 0.999, 0, 2},
        {1, 0.5, 0.9, 0, 2},
        {1, 0.5, 0.95, 0, 2},
        {1, 0.5, 0.999, 0, 2},
        {1, 0.95, 0.9, 0, 2},
        {1, 0.95, 0.95, 0, 2},
        {1, 0.95, 0.999, 0, 2},
        {1, 0.999, 0.9, 1, 2},
        {1, 0.999, 0.95, 1, 2},
        {1, 0.999, 0.999, 0, 2},
        {2, 0.001, 0.95, 0, 1},
        {2, 0.001, 0.999, 0, 2},
        {2, 0.05, 0.95, 0, 2},
        {2, 0.05, 0.999, 0, 3},
        {2, 0.25, 0.95, 0, 3},
        {2, 0.25, 0.999, 0, 3},
        {2, 0.5, 0.95, 0, 3},
        {2, 0.5, 0.999, 0, 3},
        {2, 0.95, 0.95, 1, 3},
        {2, 0.95, 0.999, 0, 3},
        {2, 0.999, 0.95, 2, 3},
        {2, 0.999, 0.999, 1, 3},
        {5, 0.001, 0.9, 0, 1},
        {5, 0.001, 0.95, 0, 1},
        {5, 0.001, 0.999, 0, 2},
        {5, 0.05, 0.9, 0, 2},
        {5, 0.05, 0.95, 0, 2},
        {5, 0.05, 0.999, 0, 4},
        {5, 0.25, 0.9, 0, 4},
        {5, 0.25, 0.95, 0, 4},
        {5, 0.25, 0.999, 0, 6},
        {5, 0.5, 0.9, 1, 5},
        {5, 0.5, 0.95, 0, 6},
        {5, 0.5, 0.999, 0, 6},
        {5, 0.95, 0.9, 4, 6},
        {5, 0.95, 0.95, 4, 6},
        {5, 0.95, 0.999, 2, 6},
        {5, 0.999, 0.9, 5, 6},
        {5, 0.999, 0.95, 5, 6},
        {5, 0.999, 0.999, 4, 6},
        {10, 0.001, 0.95, 0, 1},
        {10, 0.001, 0.999, 0, 2},
        {10, 0.05, 0.95, 0, 3},
        {10, 0.05, 0.999, 0, 5},
        {10, 0.25, 0.95, 0, 6},
        {10, 0.25, 0.999, 0, 8},
        {10, 0.5, 0.95, 2, 9},
        {10, 0.5, 0.999, 0, 11},
        {10, 0.95, 0.95, 8, 11},
        {10, 0.95, 0.999, 6, 11},
        {10, 0.999, 0.95, 10, 11},
        {10, 0.999, 0.999, 9, 11},
        {59, 0.001, 0.9, 0, 2},
        {59, 0.001, 0.95, 0, 2},
        {59, 0.001, 0.999, 0, 3},
        {59, 0.05, 0.9, 1, 7},
        {59, 0.05, 0.95, 0, 8},
        {59, 0.05, 0.999, 0, 11},
        {59, 0.25, 0.9, 9, 21},
        {59, 0.25, 0.95, 9, 22},
        {59, 0.25, 0.999, 5, 27},
        {59, 0.5, 0.9, 23, 37},
        {59, 0.5, 0.95, 22, 38},
        {59, 0.5, 0.999, 17, 43},
        {59, 0.95, 0.9, 53, 59},
        {59, 0.95, 0.95, 52, 60},
        {59, 0.95, 0.999, 49, 60},
        {59, 0.999, 0.9, 58, 60},
        {59, 0.999, 0.95, 58, 60},
        {59, 0.999, 0.999, 57, 60},
        {60, 0.001, 0.9, 0, 2},
        {60, 0.001, 0.95, 0, 2},
        {60, 0.001, 0.999, 0, 3},
        {60, 0.05, 0.9, 1, 7},
        {60, 0.05, 0.95, 0, 8},
        {60, 0.05, 0.999, 0, 11},
        {60, 0.25, 0.9, 10, 22},
        {60, 0.25, 0.95, 9, 23},
        {60, 0.25, 0.999, 5, 28},
        {60, 0.5, 0.9, 24, 37},
        {60, 0.5, 0.95, 22, 39},
        {60, 0.5, 0.999, 17, 44},
        {60, 0.95, 0.9, 54, 60},
        {60, 0.95, 0.95, 53, 61},
        {60, 0.95, 0.999, 50, 61},
        {60, 0.999, 0.9, 59, 61},
        {60, 0.999, 0.95, 59, 61},
        {60, 0.999, 0.999, 58, 61},
        {100, 0.001, 0.95, 0, 2},
        {100, 0.001, 0.999, 0, 3},
        {100, 0.05, 0.95, 1, 11},
        {100, 0.05, 0.999, 0, 14},
        {100, 0.25, 0.95, 17, 35},
        {100, 0.25, 0.999, 12, 41},
        {100, 0.5, 0.95, 40, 61},
        {100, 0.5, 0.999, 34, 67},
        {100, 0.95, 0.95, 90, 100},
        {100, 0.95, 0.999, 87, 101},
        {100, 0.999, 0.95, 99, 101},
        {100, 0.999, 0.999, 98, 101},
        {192, 0.001, 0.9, 0, 2},
        {192, 0.001, 0.95, 0, 2},
        {192, 0.001, 0.999, 0, 4},
        {192, 0.05, 0.9, 5, 16},
        {192, 0.05, 0.95, 4, 17},
        {192, 0.05, 0.999, 1, 22},
        {192, 0.25, 0.9, 38, 59},
        {192, 0.25, 0.95, 36, 61},
        {192, 0.25, 0.999, 29, 69},
        {192, 0.5, 0.9, 85, 108},
        {192, 0.5, 0.95, 82, 111},
        {192, 0.5, 0.999, 73, 120},
        {192, 0.95, 0.9, 177, 188},
        {192, 0.95, 0.95, 176, 189},
        {192, 0.95, 0.999, 171, 192},
        {192, 0.999, 0.9, 191, 193},
        {192, 0.999, 0.95, 191, 193},
        {192, 0.999, 0.999, 189, 193},
        {1000, 0.001, 0.9, 0, 4},
        {1000, 0.001, 0.95, 0, 4},
        {1000, 0.001, 0.999, 0, 7},
        {1000, 0.05, 0.9, 39, 63},
        {1000, 0.05, 0.95, 37, 65},
        {1000, 0.05, 0.999, 29, 75},
        {1000, 0.25, 0.9, 228, 274},
        {1000, 0.25, 0.95, 223, 278},
        {1000, 0.25, 0.999, 206, 297},
        {1000, 0.5, 0.9, 474, 527},
        {1000, 0.5, 0.95, 469, 532},
        {1000, 0.5, 0.999, 448, 553},
        {1000, 0.95, 0.9, 938, 962},
        {1000, 0.95, 0.95, 936, 964},
        {1000, 0.95, 0.999, 926, 972},
        {1000, 0.999, 0.9, 997, 1001},
        {1000, 0.999, 0.95, 997, 1001},
        {1000, 0.999, 0.999, 994, 1001},
        {9999, 0.001, 0.95, 4, 18},
        {9999, 0.001, 0.999, 2, 23},
        {9999, 0.05, 0.95, 458, 544},
        {9999, 0.05, 0.999, 430, 574},
        {9999, 0.25, 0.95, 2415, 2586},
        {9999, 0.25, 0.999, 2358, 2644},
        {9999, 0.5, 0.95, 4902, 5098},
        {9999, 0.5, 0.999, 4835, 5165},
        {9999, 0.95, 0.95, 9456, 9542},
        {9999, 0.95, 0.999, 9426, 9570},
        {9999, 0.999, 0.95, 9982, 9996},
        {9999, 0.999, 0.999, 9977, 9998},
        {100000, 0.001, 0.9, 84, 118},
        {100000, 0.001, 0.95, 81, 121},
        {100000, 0.001, 0.999, 69, 135},
        {100000, 0.05, 0.9, 4887, 5115},
        {100000, 0.05, 0.95, 4865, 5137},
        {100000, 0.05, 0.999, 4775, 5229},
        {100000, 0.25, 0.9, 24775, 25226},
        {100000, 0.25, 0.95, 24732, 25270},
        {100000, 0.25, 0.999, 24550, 25452},
        {100000, 0.5, 0.9, 49740, 50261},
        {100000, 0.5, 0.95, 49690, 50311},
        {100000, 0.5, 0.999, 49480, 50521},
        {100000, 0.95, 0.9, 94886, 95114},
        {100000, 0.95, 0.95, 94864, 95136},
        {100000, 0.95, 0.999, 94772, 95226},
        {100000, 0.999, 0.9, 99883, 99917},
        {100000, 0.999, 0.95, 99880, 99920},
        {100000, 0.999, 0.999, 99866, 99932},
        {1000000, 0.001, 0.9, 948, 1053},
        {1000000, 0.001, 0.95, 939, 1063},
        {1000000, 0.001, 0.999, 898, 1107},
        {1000000, 0.05, 0.9, 49642, 50360},
        {1000000, 0.05, 0.95, 49573, 50429},
        {1000000, 0.05, 0.999, 49284, 50720},
        {1000000, 0.25, 0.9, 249288, 250713},
        {1000000, 0.25, 0.95, 249152, 250850},
        {1000000, 0.25, 0.999, 248576, 251427},
        {1000000, 0.5, 0.9, 499178, 500823},
        {1000000, 0.5, 0.95, 499020, 500981},
        {1000000, 0.5, 0.999, 498355, 501646},
        {1000000, 0.95, 0.9, 949641, 950359},
        {1000000, 0.95, 0.95, 949572, 950428},
        {1000000, 0.95, 0.999, 949281, 950717},
        {1000000, 0.999, 0.9, 998948, 999053},
        {1000000, 0.999, 0.95, 998938, 999062},
        {1000000, 0.999, 0.999, 998894, 999103},
        {1000000000, 0.001, 0.9, 998356, 1001645},
        {1000000000, 0.001, 0.95, 998041, 1001960},
        {1000000000, 0.001, 0.999, 996713, 1003292},
        {1000000000, 0.05, 0.9, 49988664, 50011338},
        {1000000000, 0.05, 0.95, 49986492, 50013510},
        {1000000000, 0.05, 0.999, 49977323, 50022681},
        {1000000000, 0.25, 0.9, 249977477, 250022524},
        {1000000000, 0.25, 0.95, 249973162, 250026839},
        {1000000000, 0.25, 0.999, 249954943, 250045059},
        {1000000000, 0.5, 0.9, 499973993, 500026008},
        {1000000000, 0.5, 0.95, 499969010, 500030991},
        {1000000000, 0.5, 0.999, 499947972, 500052029},
        {1000000000, 0.95, 0.9, 949988663, 950011337},
        {1000000000, 0.95, 0.95, 949986491, 950013509},
        {1000000000, 0.95, 0.999, 949977320, 950022678},
        {1000000000, 0.999, 0.9, 998998356, 999001645},
        {1000000000, 0.999, 0.95, 998998041, 999001960},
        {1000000000, 0.999, 0.999, 998996709, 999003288},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const flc_ranks ranks = flc_intervals_ranks(cases[i].n, cases[i].p, cases[i].level);
        const double p = cases[i].p;
        const bool exact = (double)cases[i].n * p * (1 - p) <= 2500;
        if (exact) {
            assert_int_equal(ranks.low, cases[i].low);
            assert_int_equal(ranks.high, cases[i].high);
        } else { /* one or two ranks wider, never narrower */
            assert_in_range(cases[i].low - ranks.low, 0, 2);
            assert_in_range(ranks.high - cases[i].high, 0, 2);
        }
    }
}

static void ranks_at_the_ends_have_no_far_bound(void **state)
{
    (void)state;
    const flc_ranks low = flc_intervals_ranks(100, 0, 0.95),
                    high = flc_intervals_ranks(100, 1, 0.95);
    assert_int_equal(low.low, 0);
    assert_int_equal(low.high, 1);
    assert_int_equal(high.low, 100);
    assert_int_equal(high.high, 101);
}

/* scipy.stats.norm.ppf((1 + level)/2), t.ppf((1 + level)/2, degrees) */
static void normal_and_student_match_scipy(void **state)
{
    (void)state;
    ASSERT_NEAR(flc_intervals_normal(0.5), 0.67448975019608171, 1e-14, 0);
    ASSERT_NEAR(flc_intervals_normal(0.9), 1.6448536269514722, 1e-14, 0);
    ASSERT_NEAR(flc_intervals_normal(0.95), 1.959963984540054, 1e-14, 0);
    ASSERT_NEAR(flc_intervals_normal(0.999), 3.2905267314919255, 1e-14, 0);
    ASSERT_NEAR(flc_intervals_student(0.95, 8), 2.3060041350333704, 0.0001, 0);
    ASSERT_NEAR(flc_intervals_student(0.99, 10), 3.169272667175838, 0.0001, 0);
    ASSERT_NEAR(flc_intervals_student(0.95, 20), 2.0859634472658364, 1e-06, 0);
    ASSERT_NEAR(flc_intervals_student(0.99, 30), 2.7499956535670305, 1e-06, 0);
    ASSERT_NEAR(flc_intervals_student(0.9, 191), 1.652870547229623, 1e-09, 0);
    assert_true(isinf(flc_intervals_student(0.95, 7)));
}

/* scipy.stats.binomtest(met, n).proportion_ci(level, "wilson") */
static void wilson_matches_scipy(void **state)
{
    (void)state;
    static const struct {
        uint64_t met, n;
        double level, low, high;
    } cases[] = {
        {0, 10, 0.95, 0, 0.27753279986288926},
        {10, 10, 0.95, 0.72246720013711085, 1},
        {3, 10, 0.9, 0.12687658390319789, 0.5583002041301649},
        {1, 1000000, 0.99, 1.174054749996328e-07, 8.5174338347555954e-06},
        {500, 1000, 0.95, 0.46906960036810419, 0.53093039963189581},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const flc_interval got = flc_intervals_wilson(cases[i].met, cases[i].n, cases[i].level);
        ASSERT_NEAR(got.low, cases[i].low, 1e-12, 1e-15);
        ASSERT_NEAR(got.high, cases[i].high, 1e-12, 0);
    }
}

/* How often the intervals of `repetitions` samples hold the truth: exponential(1) samples of n
 * values; quantile p, mean 1 and P(X >= 1) = 1/e. Within 4 standard errors of the level or above
 * it. */
enum { REPETITIONS = 1000, N = 400 };

struct coverage {
    int quantile[3], mean, wilson;
};

static const double probabilities[3] = {0.05, 0.5, 0.95};

static void cover(struct coverage *coverage, uint64_t *random)
{
    const flc_resolution fine = FLC_RESOLUTION_FINE;
    const flc_target target = {0, 1, FLC_AT_LEAST};
    double values[FLC_BLOCK];
    flc_summary *summary = flc_summary_create(&fine, 1, &target, 1, NULL);
    for (size_t first = 0; first < N; first += FLC_BLOCK) {
        for (size_t i = 0; i < FLC_BLOCK; i++)
            values[i] = -log(uniform(random));
        if (first == 0)
            flc_summary_set_pilot(summary, values, NULL);
        const size_t count = N - first < FLC_BLOCK ? N - first : FLC_BLOCK;
        flc_summary_add(summary, FLC_ISA_GENERIC, values, first, count, NULL);
    }
    for (size_t k = 0; k < 3; k++) {
        const flc_quantile_estimate q = flc_summary_quantile(summary, 0, probabilities[k], 0.9);
        const double truth = -log1p(-probabilities[k]);
        coverage->quantile[k] += q.low <= truth && truth <= q.high;
    }
    const flc_moments m = flc_summary_moments(summary, 0);
    const flc_interval mean = flc_intervals_mean(m.mean, m.mean_error, m.n, 0.9);
    coverage->mean += mean.low <= 1 && 1 <= mean.high;
    const flc_exceedance e = flc_summary_exceedance(summary, 0, 0.9);
    coverage->wilson += e.low <= exp(-1) && exp(-1) <= e.high;
    flc_summary_free(summary);
}

static void intervals_cover_as_often_as_they_say(void **state)
{
    (void)state;
    struct coverage coverage = {{0, 0, 0}, 0, 0};
    uint64_t random = 2026;
    for (int i = 0; i < REPETITIONS; i++)
        cover(&coverage, &random);
    print_message("of %d: quantiles %d %d %d, mean %d, Wilson %d\n", REPETITIONS,
                  coverage.quantile[0], coverage.quantile[1], coverage.quantile[2], coverage.mean,
                  coverage.wilson);
    const int least = 900 - 4 * 10, most = 900 + 4 * 10; /* sqrt(1000 * 0.9 * 0.1) = 9.5 */
    for (size_t k = 0; k < 3; k++)
        assert_in_range(coverage.quantile[k], least, 960); /* whole ranks cover a little more */
    assert_in_range(coverage.mean, least, most);
    assert_in_range(coverage.wilson, least, most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_those_of_the_binomial),
        cmocka_unit_test(ranks_at_the_ends_have_no_far_bound),
        cmocka_unit_test(normal_and_student_match_scipy),
        cmocka_unit_test(wilson_matches_scipy),
        cmocka_unit_test(intervals_cover_as_often_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
