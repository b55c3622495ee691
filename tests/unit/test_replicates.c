/* Errors from replicates. Reference answers come from the kept values, replicate by replicate; the
 * laws of merging and of records with replicates are in test_summary.c, numpy's answers in
 * tests/statistics/test_replicates.py. Run as `coverage DESIGN REPETITIONS SEED SAMPLES` it says
 * how often intervals hold the truth, for tests/soak.sh. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "statistics/intervals.h"
#include "statistics/replicated.h"
#include "statistics/summary.h"
#include "support/assertions.h"

/* ---- Estimators ------------------------------------------------------------------------------ */

static void equal_counts_give_the_error_of_the_mean_of_means(void **state)
{
    (void)state;
    double sums[FLC_REPLICATES], counts[FLC_REPLICATES], means[FLC_REPLICATES];
    for (int r = 0; r < FLC_REPLICATES; r++) {
        means[r] = sin(r) + 10;
        sums[r] = 12 * means[r];
        counts[r] = 12;
    }
    const double expected = flc_replicates_estimate(means).error;
    ASSERT_NEAR(flc_replicated_error(sums, counts), expected, 1e-14, 0);
    counts[7] = 0;
    ASSERT_NAN(flc_replicated_error(sums, counts));
}

/* s_r = 3 n_r whatever n_r: the ratio does not vary. */
static void a_constant_ratio_has_no_error(void **state)
{
    (void)state;
    double sums[FLC_REPLICATES], counts[FLC_REPLICATES];
    for (int r = 0; r < FLC_REPLICATES; r++) {
        counts[r] = 1 + r;
        sums[r] = 3 * counts[r];
    }
    ASSERT_SAME_BITS(flc_replicated_error(sums, counts), 0.0);
}

static void few_hits_count_as_independent(void **state)
{
    (void)state;
    uint64_t met[FLC_REPLICATES] = {0}, of[FLC_REPLICATES];
    for (int r = 0; r < FLC_REPLICATES; r++)
        of[r] = 1000;
    flc_replicated_share share = flc_replicated_share_of(met, of); /* none: (2/n) n^2/2 = n */
    ASSERT_NEAR(share.trials, 16000, 1e-3, 0);
    met[5] = 1; /* one: spread^2 = 1/n^2, (3/n) n^2/3 = n */
    share = flc_replicated_share_of(met, of);
    ASSERT_NEAR(share.trials, 16000, 1e-3, 0);
    ASSERT_NEAR(share.error, sqrt(3.0) / 16000, 1e-12, 0);
    met[5] = 16; /* all in one: spread^2 = 256/n^2, (18/n) n^2/258 */
    share = flc_replicated_share_of(met, of);
    ASSERT_NEAR(share.trials, 16000 * 18.0 / 258.0, 2e-3, 0);
}

static void equal_counts_reach_three_samples_either_side(void **state)
{
    (void)state;
    uint64_t met[FLC_REPLICATES], of[FLC_REPLICATES];
    for (int r = 0; r < FLC_REPLICATES; r++) {
        met[r] = 410;
        of[r] = 1000;
    }
    const flc_replicated_share share = flc_replicated_share_of(met, of);
    const flc_interval interval =
        flc_intervals_score(0.41, share.trials, flc_replicated_student(0.95));
    ASSERT_NEAR(interval.high - 0.41, 3.014 / 16000, 1e-2, 0); /* t sqrt(2)/n */
    ASSERT_NEAR(0.41 - interval.low, 3.014 / 16000, 1e-2, 0);
    const flc_interval same = flc_replicated_interval(6560, 16000, 0, 0.95);
    ASSERT_SAME_BITS(same.low, interval.low);
}

/* ---- Summaries ------------------------------------------------------------------------------- */

/* Value number i of a test output: some undefined, some infinite, others that differ by replicate.
 */
static double value_of(size_t i)
{
    const double x = sin((double)i * 1.7) + cos((double)i * i * 0.01) + 0.05 * (double)(i % 16);
    if (i % 37 == 5)
        return (double)NAN;
    return i % 41 == 7 ? (double)INFINITY : 1e3 + x;
}

static const flc_target at_least = {0, 1000.5, FLC_AT_LEAST};

static flc_summary *summary_of(double (*value)(size_t), size_t n)
{
    const flc_resolution fine = FLC_RESOLUTION_FINE;
    double block[FLC_BLOCK];
    flc_summary *summary = flc_summary_create(&fine, 1, &at_least, 1, NULL);
    assert_int_equal(flc_summary_keep_replicates(summary, NULL), FLC_OK);
    for (size_t first = 0; first < n; first += FLC_BLOCK) {
        for (size_t l = 0; l < FLC_BLOCK; l++)
            block[l] = value(first + l);
        if (first == 0)
            assert_int_equal(flc_summary_set_pilot(summary, block, NULL), FLC_OK);
        const size_t count = n - first < FLC_BLOCK ? n - first : FLC_BLOCK;
        assert_int_equal(flc_summary_add(summary, flc_isa_select(), block, first, count, NULL),
                         FLC_OK);
    }
    return summary;
}

/* Sums over the values of each replicate of f(value), where it is not NaN, and how many these are.
 */
static void by_replicate(double sums[FLC_REPLICATES], double counts[FLC_REPLICATES],
                         double (*f)(double x, double about), double about, size_t n)
{
    memset(sums, 0, FLC_REPLICATES * sizeof *sums);
    memset(counts, 0, FLC_REPLICATES * sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        const double y = f(value_of(i), about);
        sums[i % FLC_REPLICATES] += isnan(y) ? 0 : y;
        counts[i % FLC_REPLICATES] += isnan(y) ? 0 : 1;
    }
}

/* Cochran's formula itself: sqrt(R/(R-1) sum (s_r - R n_r)^2) / n. */
static double ratio_error(double (*f)(double, double), double about, size_t n)
{
    double sums[FLC_REPLICATES], counts[FLC_REPLICATES], sum = 0, count = 0, squares = 0;
    by_replicate(sums, counts, f, about, n);
    for (int r = 0; r < FLC_REPLICATES; r++) {
        sum += sums[r];
        count += counts[r];
    }
    for (int r = 0; r < FLC_REPLICATES; r++)
        squares += pow(sums[r] - sum / count * counts[r], 2);
    return sqrt(squares * FLC_REPLICATES / (FLC_REPLICATES - 1)) / count;
}

static double finite_part(double x, double about)
{
    return isfinite(x) ? x - about : (double)NAN;
}

static double square(double x, double about)
{
    return isfinite(x) ? (x - about) * (x - about) : (double)NAN;
}

static double is_met(double x, double threshold)
{
    return isnan(x) ? x : x >= threshold;
}

static void errors_are_those_of_the_kept_values(void **state)
{
    (void)state;
    const size_t sizes[] = {192, 200, 20 * FLC_BLOCK + 71};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const size_t n = sizes[k];
        flc_summary *summary = summary_of(value_of, n);
        const flc_moments m = flc_summary_moments(summary, 0);
        assert_int_equal(m.degrees, 15);
        ASSERT_NEAR(m.mean_error, ratio_error(finite_part, 1e3, n), 5e-13, 0);
        const double variance_error = ratio_error(square, m.mean, n);
        const double sd = m.sd;
        ASSERT_NEAR(m.sd_error, variance_error / (2 * sd), 1e-9, 0);
        const flc_exceedance e = flc_summary_exceedance(summary, 0, 0.95);
        const double spread = ratio_error(is_met, at_least.threshold, n);
        const double defined = (double)e.defined;
        ASSERT_NEAR(e.standard_error, sqrt(spread * spread + 2 / (defined * defined)), 1e-12, 0);
        assert_true(e.low < e.probability && e.probability < e.high);
        flc_summary_free(summary);
    }
}

static double constant(size_t i)
{
    (void)i;
    return 0.1;
}

static void constants_have_no_error_and_their_value_as_interval(void **state)
{
    (void)state;
    flc_summary *summary = summary_of(constant, 1000);
    const flc_moments m = flc_summary_moments(summary, 0);
    ASSERT_SAME_BITS(m.mean_error, 0.0);
    const flc_quantile_estimate q = flc_summary_quantile(summary, 0, 0.5, 0.95);
    ASSERT_SAME_BITS(q.low, 0.1);
    ASSERT_SAME_BITS(q.high, 0.1);
    const flc_exceedance e = flc_summary_exceedance(summary, 0, 0.95); /* never met */
    ASSERT_SAME_BITS(e.low, 0.0);
    assert_true(e.high > 3.8 / 1000 && e.high < 5.0 / 1000);
    flc_summary_free(summary);
}

/* Only replicate 3 has samples with an answer: as of independent samples. */
static double in_one_replicate(size_t i)
{
    return i % 16 == 3 ? sin((double)i) + 1000 : (double)NAN;
}

static void a_replicate_without_answer_leaves_errors_as_independent(void **state)
{
    (void)state;
    flc_summary *summary = summary_of(in_one_replicate, 16 * FLC_BLOCK);
    const flc_moments m = flc_summary_moments(summary, 0);
    assert_int_equal(m.degrees, FLC_BLOCK - 1);
    ASSERT_NEAR(m.mean_error, m.sd / sqrt(FLC_BLOCK), 1e-14, 0);
    const flc_exceedance e = flc_summary_exceedance(summary, 0, 0.95);
    const flc_interval wilson = flc_intervals_wilson(e.met, e.defined, 0.95);
    ASSERT_SAME_BITS(e.low, wilson.low);
    const flc_ranks ranks = flc_intervals_ranks(FLC_BLOCK, 0.5, 0.95);
    const flc_quantile_estimate q = flc_summary_quantile(summary, 0, 0.5, 0.95);
    assert_true(q.low > 999 && q.high < 1001 && ranks.low > 60);
    flc_summary_free(summary);
}

/* Sums out of the narrow range, and sums that overflow. */
static double huge(size_t i)
{
    return i < FLC_BLOCK ? sin((double)i) : 1e150 * sin((double)i * (double)i);
}

static double overflowing(size_t i)
{
    return i < FLC_BLOCK ? sin((double)i) : 1.7e308;
}

static void wide_sums_count_and_overflow_is_undefined(void **state)
{
    (void)state;
    flc_summary *summary = summary_of(huge, 10 * FLC_BLOCK);
    flc_moments m = flc_summary_moments(summary, 0);
    ASSERT_NEAR(m.mean_error, m.sd / sqrt(10 * FLC_BLOCK), 0.6, 0);
    flc_summary_free(summary);
    summary = summary_of(overflowing, 10 * FLC_BLOCK);
    m = flc_summary_moments(summary, 0);
    ASSERT_NAN(m.mean_error);
    flc_summary_free(summary);
}

/* More blocks than stay recent, and more than 2^16 values at most a threshold: the same block again
 * and again has the error of one. */
static void many_blocks_equal_their_parts_merged(void **state)
{
    (void)state;
    enum { TIMES = 12000, PARTS = 3 };
    double block[FLC_BLOCK];
    for (size_t l = 0; l < FLC_BLOCK; l++)
        block[l] = value_of(l);
    flc_summary *one = summary_of(value_of, FLC_BLOCK), *whole = summary_of(value_of, FLC_BLOCK);
    flc_summary *part[PARTS];
    for (size_t i = 0; i < PARTS; i++) {
        part[i] = summary_of(value_of, FLC_BLOCK);
        if (i > 0)
            flc_summary_clear(part[i]);
    }
    for (uint64_t i = 1; i < TIMES; i++) {
        flc_summary_add(whole, flc_isa_select(), block, i * FLC_BLOCK, FLC_BLOCK, NULL);
        flc_summary_add(part[i * i % PARTS], flc_isa_select(), block, i * FLC_BLOCK, FLC_BLOCK,
                        NULL);
    }
    for (size_t i = 1; i < PARTS; i++)
        assert_int_equal(flc_summary_merge(part[0], part[i], NULL), FLC_OK);
    const size_t length = flc_summary_record_bytes(whole, 0);
    assert_int_equal(flc_summary_record_bytes(part[0], 0), length);
    unsigned char *records[2] = {FLC_NEW(unsigned char, length, NULL),
                                 FLC_NEW(unsigned char, length, NULL)};
    flc_summary_record_write(whole, 0, records[0]);
    flc_summary_record_write(part[0], 0, records[1]);
    assert_memory_equal(records[0], records[1], length);
    ASSERT_NEAR(flc_summary_moments(whole, 0).mean_error, flc_summary_moments(one, 0).mean_error,
                1e-13, 0);
    const flc_exceedance e = flc_summary_exceedance(whole, 0, 0.95);
    assert_true(e.low < e.probability && e.probability < e.high);
    for (size_t i = 0; i < PARTS; i++)
        flc_summary_free(part[i]);
    flc_free(records[0]);
    flc_free(records[1]);
    flc_summary_free(one);
    flc_summary_free(whole);
}

static void misuse_is_refused(void **state)
{
    (void)state;
    const flc_resolution fine = FLC_RESOLUTION_FINE;
    double values[FLC_BLOCK] = {0};
    flc_summary *summary = summary_of(constant, 192);
    assert_int_equal(flc_summary_keep_replicates(summary, NULL), FLC_ERROR_INTERNAL);
    assert_int_equal(flc_summary_add(summary, FLC_ISA_GENERIC, values, 200, 1, NULL),
                     FLC_ERROR_INTERNAL);
    flc_summary *plain = flc_summary_create(&fine, 1, &at_least, 1, NULL);
    assert_false(flc_summary_keeps_replicates(plain));
    assert_true(flc_summary_keeps_replicates(summary));
    flc_summary_set_pilot(plain, values, NULL);
    assert_int_equal(flc_summary_merge(plain, summary, NULL), FLC_ERROR_STUDY);
    assert_int_equal(flc_summary_merge(summary, plain, NULL), FLC_ERROR_STUDY);
    flc_summary *const pairs[2][2] = {{plain, summary}, {summary, plain}};
    for (int i = 0; i < 2; i++) {
        flc_error error;
        const size_t length = flc_summary_record_bytes(pairs[i][0], 0);
        unsigned char *record = FLC_NEW(unsigned char, length, NULL);
        flc_summary_record_write(pairs[i][0], 0, record);
        assert_int_equal(flc_summary_record_merge(pairs[i][1], 0, record, length, &error),
                         FLC_ERROR_STUDY);
        assert_non_null(
            strstr(error.text, i ? "have the sums of replicates" : "lack the sums of replicates"));
        flc_free(record);
    }
    flc_summary_free(plain);
    flc_summary_free(summary);
}

/* Pilots of equal mean and quartiles, but for their four smallest and largest values. */
static flc_summary *with_tails(double tail)
{
    const flc_resolution fine = FLC_RESOLUTION_FINE;
    double values[FLC_BLOCK];
    for (size_t l = 0; l < FLC_BLOCK; l++)
        values[l] = (l % 2 ? 1.0 : -1.0) * (l < 8 ? tail : 1.0);
    flc_summary *summary = flc_summary_create(&fine, 1, NULL, 0, NULL);
    flc_summary_keep_replicates(summary, NULL);
    flc_summary_set_pilot(summary, values, NULL);
    return summary;
}

static void other_thresholds_are_other_pilots(void **state)
{
    (void)state;
    flc_summary *a = with_tails(3), *b = with_tails(3.5), *c = with_tails(3);
    flc_error error;
    const size_t length = flc_summary_record_bytes(b, 0);
    unsigned char *record = FLC_NEW(unsigned char, length, NULL);
    flc_summary_record_write(b, 0, record);
    assert_int_equal(flc_summary_merge(a, c, &error), FLC_OK);
    assert_int_equal(flc_summary_merge(a, b, &error), FLC_ERROR_STUDY);
    assert_int_equal(flc_summary_record_merge(a, 0, record, length, &error), FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "pilot"));
    flc_free(record);
    flc_summary_free(a);
    flc_summary_free(b);
    flc_summary_free(c);
}

/* Each of 0 ... 4095 once, each replicate having equally many of them in any 16 neighbours. */
static double even(size_t i)
{
    return (double)(i * 7919 % 4096);
}

/* The same, a replicate's number of steps to the right: sets that differ. */
static double uneven(size_t i)
{
    return even(i) + 100 * (double)(i % FLC_REPLICATES);
}

/* The interval of the median is that of the order statistics at n/2 -+ t n error(F), here within
 * `tolerance`. */
static void assert_median(double (*value)(size_t), double median, double per_rank, double tolerance)
{
    enum { N = 4096 };
    flc_summary *summary = summary_of(value, N);
    uint64_t met[FLC_REPLICATES] = {0}, of[FLC_REPLICATES] = {0};
    for (size_t i = 0; i < N; i++) {
        of[i % FLC_REPLICATES]++;
        met[i % FLC_REPLICATES] += value(i) < median;
    }
    const flc_quantile_estimate q = flc_summary_quantile(summary, 0, 0.5, 0.95);
    const double half = 2.131450 * N * flc_replicated_share_of(met, of).error * per_rank;
    ASSERT_NEAR(q.value, median, 0, 8);
    ASSERT_NEAR((q.high - q.low) / 2, half, 0, tolerance);
    flc_summary_free(summary);
}

static void medians_have_the_error_of_the_distribution_function(void **state)
{
    (void)state;
    assert_median(even, 2048, 1, 4);       /* 3 ranks on either side */
    assert_median(uneven, 2798, 1.02, 11); /* rounded outwards; with z for t 240 */
}

/* ---- Coverage -------------------------------------------------------------------------------- */

/* Functions of three standard normals, from draws by name:
 *   smooth   exp(0.5 z0 + 0.3 z1 + 0.2 z2), lognormal with sigma^2 = 0.38
 *   single   exp(z0): one number decides, so that balanced sets have nearly equal counts
 *   gaps     the smooth one where z2 > -0.5, else undefined: sets of unequal size
 * gaps has the law of exp(0.5 z0 + 0.3 z1), as its third number only decides whether it is. */
enum { FUNCTIONS = 3, NORMALS = 3, PROBABILITIES = 5, QUANTITIES = 2 + PROBABILITIES + 2 };
static const char *const function_names[FUNCTIONS] = {"smooth", "single", "gaps"};
static const double variances[FUNCTIONS] = {0.38, 1.0, 0.34};
static const double probabilities[PROBABILITIES] = {0.01, 0.1, 0.5, 0.9, 0.99};
static const char *const quantity_names[QUANTITIES] = {
    "mean",          "sd",        "quantile 0.01", "quantile 0.1", "quantile 0.5", "quantile 0.9",
    "quantile 0.99", "P(>= 1.3)", "P(>= 6)"};
static const double thresholds[2] = {1.3, 6};

static double function(int which, const double z[NORMALS])
{
    if (which == 1)
        return exp(z[0]);
    if (which == 2)
        return z[2] > -0.5 ? exp(0.5 * z[0] + 0.3 * z[1]) : (double)NAN;
    return exp(0.5 * z[0] + 0.3 * z[1] + 0.2 * z[2]);
}

static double normal_tail(double z)
{
    return erfc(z / sqrt(2.0)) / 2;
}

/* z with P(Z <= z) = p, by bisection of erfc. */
static double normal_quantile(double p)
{
    double low = -10, high = 10;
    for (int i = 0; i < 100; i++) {
        const double middle = (low + high) / 2;
        if (normal_tail(-middle) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static flc_summary *run_of(flc_design design, uint64_t seed, uint64_t samples)
{
    const flc_resolution fine[FUNCTIONS] = {FLC_RESOLUTION_FINE};
    flc_target targets[2 * FUNCTIONS];
    for (size_t t = 0; t < 2 * FUNCTIONS; t++)
        targets[t] = (flc_target){t / 2, thresholds[t % 2], FLC_AT_LEAST};
    flc_summary *summary = flc_summary_create(fine, FUNCTIONS, targets, 2 * FUNCTIONS, NULL);
    flc_names *names = flc_names_create(NULL);
    uint32_t number[NORMALS];
    flc_names_add(names, &number[0], "a", NULL);
    flc_names_add(names, &number[1], "b", NULL);
    flc_names_add(names, &number[2], "c", NULL);
    const flc_points points = {design, seed, samples};
    flc_draws *draws;
    flc_design_create(&draws, names, &points, flc_isa_select(), NULL);
    flc_names_free(names);
    flc_summary_keep_replicates(summary, NULL);
    for (uint64_t first = 0; first < samples; first += FLC_BLOCK) {
        double normals[NORMALS][FLC_BLOCK], values[FUNCTIONS][FLC_BLOCK];
        flc_draws_seek(draws, first);
        for (size_t k = 0; k < NORMALS; k++)
            flc_draws_normal(draws, number[k], 0, normals[k]);
        for (int f = 0; f < FUNCTIONS; f++)
            for (size_t l = 0; l < FLC_BLOCK; l++)
                values[f][l] = function(f, (double[]){normals[0][l], normals[1][l], normals[2][l]});
        if (first == 0)
            flc_summary_set_pilot(summary, values[0], NULL);
        const uint64_t left = samples - first;
        flc_summary_add(summary, flc_isa_select(), values[0], first,
                        left < FLC_BLOCK ? left : FLC_BLOCK, NULL);
    }
    flc_draws_free(draws);
    return summary;
}

struct coverage {
    unsigned held[FUNCTIONS][QUANTITIES];
    double width[FUNCTIONS][QUANTITIES]; /* sums of the intervals' lengths */
};

static void count_one(struct coverage *coverage, int f, int quantity, flc_interval interval,
                      double truth)
{
    coverage->held[f][quantity] += interval.low <= truth && truth <= interval.high;
    coverage->width[f][quantity] += interval.high - interval.low;
}

static void count_function(struct coverage *coverage, const flc_summary *summary, int f)
{
    const double level = 0.95, s2 = variances[f], s = sqrt(s2);
    const flc_moments m = flc_summary_moments(summary, (size_t)f);
    count_one(coverage, f, 0, flc_intervals_mean(m.mean, m.mean_error, m.degrees + 1, level),
              exp(s2 / 2));
    count_one(coverage, f, 1, flc_intervals_mean(m.sd, m.sd_error, m.degrees + 1, level),
              exp(s2 / 2) * sqrt(expm1(s2)));
    for (int k = 0; k < PROBABILITIES; k++) {
        const flc_quantile_estimate q =
            flc_summary_quantile(summary, (size_t)f, probabilities[k], level);
        count_one(coverage, f, 2 + k, (flc_interval){q.low, q.high},
                  exp(s * normal_quantile(probabilities[k])));
    }
    for (int t = 0; t < 2; t++) {
        const flc_exceedance e = flc_summary_exceedance(summary, (size_t)(2 * f + t), level);
        count_one(coverage, f, 2 + PROBABILITIES + t, (flc_interval){e.low, e.high},
                  normal_tail(log(thresholds[t]) / s));
    }
}

static struct coverage coverage_of(flc_design design, unsigned repetitions, uint64_t seed,
                                   uint64_t samples)
{
    struct coverage coverage = {.width = {{0}}};
    for (unsigned i = 0; i < repetitions; i++) {
        flc_summary *summary = run_of(design, seed + i, samples);
        for (int f = 0; f < FUNCTIONS; f++)
            count_function(&coverage, summary, f);
        flc_summary_free(summary);
    }
    return coverage;
}

/* Of 400 repetitions 380 are expected, with a standard deviation of 4.4. Where one number decides
 * (single), what balanced sets leave of the error of a mean is their largest value, far from
 * normal: 88 % over 2000 repetitions, of any number of samples. The standard deviation of skewed
 * values is not judged: it is normal only for far more samples. */
static int least_of(flc_design design, int f, int quantity)
{
    if (quantity == 1)
        return 0;
    return quantity == 0 && f == 1 && design != FLC_DESIGN_MC ? 340 : 380 - 18;
}

static void intervals_from_replicates_cover(void **state)
{
    (void)state;
    enum { REPETITIONS = 400, SAMPLES = 2048 };
    for (int d = 0; d < FLC_DESIGN_COUNT; d++) {
        const struct coverage coverage = coverage_of((flc_design)d, REPETITIONS, 5000, SAMPLES);
        for (int f = 0; f < FUNCTIONS; f++)
            for (int q = 0; q < QUANTITIES; q++)
                if ((int)coverage.held[f][q] < least_of((flc_design)d, f, q))
                    fail_msg("%s, %s: %s covers %u of %d", flc_design_name((flc_design)d),
                             function_names[f], quantity_names[q], coverage.held[f][q],
                             REPETITIONS);
    }
}

static void balanced_points_have_the_narrower_intervals(void **state)
{
    (void)state;
    enum { REPETITIONS = 30, SAMPLES = 4096 };
    struct coverage coverage[FLC_DESIGN_COUNT];
    for (int d = 0; d < FLC_DESIGN_COUNT; d++)
        coverage[d] = coverage_of((flc_design)d, REPETITIONS, 1, SAMPLES);
    for (int d = FLC_DESIGN_LHS; d < FLC_DESIGN_COUNT; d++) {
        assert_true(coverage[d].width[0][0] < coverage[0].width[0][0] / 3); /* mean, smooth */
        assert_true(coverage[d].width[1][4] < coverage[0].width[1][4] / 5); /* median, single */
        assert_true(coverage[d].width[1][7] < coverage[0].width[1][7] / 5); /* P, single */
    }
}

/* ---- Tool ------------------------------------------------------------------------------------ */

static int print_coverage(char **words)
{
    flc_design design;
    const unsigned repetitions = (unsigned)strtoul(words[1], NULL, 10);
    if (flc_design_find(&design, words[0], NULL) != FLC_OK)
        return 1;
    const uint64_t samples = strtoull(words[3], NULL, 10);
    const struct coverage coverage =
        coverage_of(design, repetitions, strtoull(words[2], NULL, 10), samples);
    for (int f = 0; f < FUNCTIONS; f++)
        for (int q = 0; q < QUANTITIES; q++)
            printf("%-6s %8llu %-8s %-14s %.4f  mean width %.3g\n", words[0],
                   (unsigned long long)samples, function_names[f], quantity_names[q],
                   coverage.held[f][q] / (double)repetitions, coverage.width[f][q] / repetitions);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "coverage") == 0)
        return print_coverage(argv + 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_counts_give_the_error_of_the_mean_of_means),
        cmocka_unit_test(a_constant_ratio_has_no_error),
        cmocka_unit_test(few_hits_count_as_independent),
        cmocka_unit_test(equal_counts_reach_three_samples_either_side),
        cmocka_unit_test(errors_are_those_of_the_kept_values),
        cmocka_unit_test(constants_have_no_error_and_their_value_as_interval),
        cmocka_unit_test(a_replicate_without_answer_leaves_errors_as_independent),
        cmocka_unit_test(wide_sums_count_and_overflow_is_undefined),
        cmocka_unit_test(many_blocks_equal_their_parts_merged),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(other_thresholds_are_other_pilots),
        cmocka_unit_test(medians_have_the_error_of_the_distribution_function),
        cmocka_unit_test(intervals_from_replicates_cover),
        cmocka_unit_test(balanced_points_have_the_narrower_intervals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
