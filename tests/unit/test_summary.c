/* Laws of summaries. Reference answers come from sorting the same values. Run as `summarise
 * fine|coarse P...` it reads raw doubles of one output from standard input and writes their summary
 * as JSON, for tests/statistics/test_summary_numpy.py. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "statistics/intervals.h"
#include "statistics/summary.h"
#include "support/assertions.h"

enum { OUTPUTS = 24, BLOCKS = 12, SAMPLES = BLOCKS * FLC_BLOCK };

/* splitmix64 (Steele, Lea and Flood 2014): enough for test data. */
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

static double normal(uint64_t *state)
{
    return sqrt(-2 * log(uniform(state))) * cos(6.283185307179586 * uniform(state));
}

/* One value of kind `kind`, number i of its stream. */
static double draw(size_t kind, uint64_t *state, size_t i)
{
    const double u = uniform(state), z = normal(state);
    switch (kind) {
    case 0:
        return z;
    case 1:
        return 1e9 + 0.5 * z;
    case 2:
        return exp(2.5 * z);
    case 3:
        return pow(u, -1 / 1.2); /* Pareto */
    case 4:
        return -pow(u, -2.0); /* Pareto without mean */
    case 5:
        return u < 0.3 ? 0 : z;
    case 6:
        return u < 0.3 ? -0.0 : u < 0.6 ? 0 : u < 0.8 ? 1 : u; /* atoms at 0 and 1 */
    case 7:
        return 0.1;
    case 8:
        return 0;
    case 9:
        return u < 0.9 ? floor(2 + 30 * u) : (double)INFINITY; /* payback years, never */
    case 10:
        return u < 0.05 ? (double)NAN : u < 0.1 ? (double)-INFINITY : 1e6 * z;
    case 11:
        return (double)NAN;
    case 12:
        return i < 2 * FLC_BLOCK ? 0 : 1e-3 * z; /* the pilot tells nothing */
    case 13:
        return (i % 2 ? 1e308 : -1e308) * u;
    case 14:
        return 1e-310 * z;
    case 15:
        return u - 0.5;
    case 16:
        return 1e-5 + 1e-7 * u;
    case 17:
        return z > 2 && i >= FLC_BLOCK ? 1e200 * z : z; /* squares overflow */
    case 18:
        return i == 5 ? 1e30 : z; /* one outlier in the pilot */
    case 19:
        return -exp(z);
    case 20:
        return 7 + floor(4 * u);
    case 21:
        return i % 2 ? 0.25 : 0.75;
    case 22:
        return i < 3 ? (double)NAN : (double)INFINITY;
    default:
        return 1e15 + floor(1000 * u);
    }
}

/* Blocks of OUTPUTS outputs: block b begins at values + b * OUTPUTS * FLC_BLOCK. */
static double *all_values(size_t blocks)
{
    double *values = FLC_NEW(double, blocks *OUTPUTS *FLC_BLOCK, NULL);
    for (size_t output = 0; output < OUTPUTS; output++) {
        uint64_t state = 77 + output;
        for (size_t i = 0; i < blocks * FLC_BLOCK; i++)
            values[(i / FLC_BLOCK * OUTPUTS + output) * FLC_BLOCK + i % FLC_BLOCK] =
                draw(output, &state, i);
    }
    return values;
}

static double value_at(const double *values, size_t output, size_t i)
{
    return values[(i / FLC_BLOCK * OUTPUTS + output) * FLC_BLOCK + i % FLC_BLOCK];
}

static const flc_target targets[] = {
    {0, 1.5, FLC_AT_LEAST}, {0, 1.5, FLC_AT_MOST}, {9, 20, FLC_AT_LEAST}, {9, 20, FLC_AT_MOST},
    {10, 0, FLC_AT_MOST},   {10, 0, FLC_AT_LEAST}, {11, 0, FLC_AT_LEAST}, {6, 1, FLC_AT_LEAST},
    {6, 0, FLC_AT_MOST},    {7, 0.1, FLC_AT_MOST}};
enum { TARGETS = sizeof targets / sizeof *targets };

/* The laws of merging and of records are tested without replicates and with them. */
static bool replicated;

static int with_replicates(void **state)
{
    (void)state;
    replicated = true;
    return 0;
}

static flc_summary *new_summary(const double *pilot)
{
    flc_resolution resolutions[OUTPUTS];
    for (size_t i = 0; i < OUTPUTS; i++)
        resolutions[i] = i % 2 ? FLC_RESOLUTION_COARSE : FLC_RESOLUTION_FINE;
    flc_summary *summary = flc_summary_create(resolutions, OUTPUTS, targets, TARGETS, NULL);
    assert_non_null(summary);
    if (replicated)
        assert_int_equal(flc_summary_keep_replicates(summary, NULL), FLC_OK);
    if (pilot)
        assert_int_equal(flc_summary_set_pilot(summary, pilot, NULL), FLC_OK);
    return summary;
}

static void add_samples(flc_summary *summary, flc_isa isa, const double *values, size_t block,
                        size_t count)
{
    assert_int_equal(flc_summary_add(summary, isa, values + block * OUTPUTS * FLC_BLOCK,
                                     block * FLC_BLOCK, count, NULL),
                     FLC_OK);
}

/* The first n samples, in blocks. */
static flc_summary *summary_of(flc_isa isa, const double *values, size_t n)
{
    flc_summary *summary = new_summary(values);
    for (size_t block = 0; block * FLC_BLOCK < n; block++) {
        const size_t left = n - block * FLC_BLOCK;
        add_samples(summary, isa, values, block, left < FLC_BLOCK ? left : FLC_BLOCK);
    }
    return summary;
}

struct bytes {
    unsigned char *bytes;
    size_t length;
};

static struct bytes record_of(const flc_summary *summary, size_t output)
{
    struct bytes record = {NULL, flc_summary_record_bytes(summary, output)};
    record.bytes = FLC_NEW(unsigned char, record.length, NULL);
    flc_summary_record_write(summary, output, record.bytes);
    return record;
}

static void assert_same_records(const flc_summary *a, const flc_summary *b)
{
    for (size_t output = 0; output < OUTPUTS; output++) {
        const struct bytes x = record_of(a, output), y = record_of(b, output);
        if (x.length != y.length || memcmp(x.bytes, y.bytes, x.length) != 0)
            fail_msg("records of output %zu differ", output);
        flc_free(x.bytes);
        flc_free(y.bytes);
    }
}

/* ---- Merging ------------------------------------------------------------------------------------
 */

static void merge_of_any_split_equals_whole(void **state)
{
    (void)state;
    double *values = all_values(BLOCKS);
    const size_t n = SAMPLES - 50; /* the last block is partial */
    flc_summary *whole = summary_of(FLC_ISA_GENERIC, values, n);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        uint64_t random = seed;
        flc_summary *parts[3] = {new_summary(values), new_summary(values), new_summary(values)};
        for (size_t block = BLOCKS; block-- > 0;) {
            const size_t left = n - block * FLC_BLOCK;
            add_samples(parts[next_bits(&random) % 3], FLC_ISA_GENERIC, values, block,
                        left < FLC_BLOCK ? left : FLC_BLOCK);
        }
        assert_int_equal(flc_summary_merge(parts[seed % 3], parts[(seed + 1) % 3], NULL), FLC_OK);
        assert_int_equal(flc_summary_merge(parts[(seed + 2) % 3], parts[seed % 3], NULL), FLC_OK);
        assert_same_records(parts[(seed + 2) % 3], whole);
        for (size_t i = 0; i < 3; i++)
            flc_summary_free(parts[i]);
    }
    flc_summary_free(whole);
    flc_free(values);
}

static void merged_records_equal_merged_summaries(void **state)
{
    (void)state;
    double *values = all_values(BLOCKS);
    flc_summary *whole = summary_of(FLC_ISA_GENERIC, values, SAMPLES);
    flc_summary *front = summary_of(FLC_ISA_GENERIC, values, 5 * FLC_BLOCK);
    flc_summary *back = new_summary(values), *fresh = new_summary(NULL);
    for (size_t block = 5; block < BLOCKS; block++)
        add_samples(back, FLC_ISA_GENERIC, values, block, FLC_BLOCK);
    for (size_t output = 0; output < OUTPUTS; output++) {
        const flc_summary *from[] = {back, front};
        for (size_t i = 0; i < 2; i++) {
            const struct bytes record = record_of(from[i], output);
            assert_int_equal(
                flc_summary_record_merge(fresh, output, record.bytes, record.length, NULL), FLC_OK);
            flc_free(record.bytes);
        }
    }
    assert_same_records(fresh, whole);
    flc_summary_free(whole);
    flc_summary_free(front);
    flc_summary_free(back);
    flc_summary_free(fresh);
    flc_free(values);
}

static void every_instruction_set_gives_the_same_records(void **state)
{
    (void)state;
    double *values = all_values(BLOCKS);
    flc_summary *expected = summary_of(FLC_ISA_GENERIC, values, SAMPLES - 11);
    for (flc_isa isa = FLC_ISA_GENERIC; isa < FLC_ISA_COUNT; isa++) {
        if (!flc_isa_available(isa))
            continue;
        flc_summary *summary = summary_of(isa, values, SAMPLES - 11);
        assert_same_records(summary, expected);
        flc_summary_free(summary);
    }
    flc_summary_free(expected);
    flc_free(values);
}

static void cleared_summaries_start_again(void **state)
{
    (void)state;
    double *values = all_values(2);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 2 * FLC_BLOCK);
    flc_summary *expected = summary_of(FLC_ISA_GENERIC, values, FLC_BLOCK);
    flc_summary_clear(summary);
    add_samples(summary, FLC_ISA_GENERIC, values, 0, FLC_BLOCK);
    assert_same_records(summary, expected);
    flc_summary_free(summary);
    flc_summary_free(expected);
    flc_free(values);
}

/* Sixty-four times over itself, 2^33 as many samples, is the same sample as far as shares go. */
static void counts_pass_two_to_the_32(void **state)
{
    (void)state;
    enum { DOUBLINGS = 33 };
    double *values = all_values(2);
    flc_summary *one = summary_of(FLC_ISA_GENERIC, values, 2 * FLC_BLOCK);
    flc_summary *many = summary_of(FLC_ISA_GENERIC, values, 2 * FLC_BLOCK);
    for (int i = 0; i < DOUBLINGS; i++)
        assert_int_equal(flc_summary_merge(many, many, NULL), FLC_OK);
    for (size_t output = 0; output < OUTPUTS; output++) {
        const flc_counts a = flc_summary_counts(one, output), b = flc_summary_counts(many, output);
        assert_int_equal(b.defined, a.defined << DOUBLINGS);
        assert_int_equal(b.undefined, a.undefined << DOUBLINGS);
        assert_int_equal(b.zero, a.zero << DOUBLINGS);
        if (a.finite < 2)
            continue;
        const flc_moments x = flc_summary_moments(one, output),
                          y = flc_summary_moments(many, output);
        ASSERT_SAME_BITS(y.mean, x.mean);
        const double n = (double)a.finite, times = ldexp(1, DOUBLINGS);
        if (isfinite(x.sd))
            ASSERT_NEAR(y.sd, x.sd * sqrt((n - 1) / (n - 1 / times)), 1e-14, 1e-320);
        for (double p = 0.05; p < 1; p += 0.15) {
            const flc_quantile_estimate q = flc_summary_quantile(one, output, p, 0.9);
            const flc_quantile_estimate r = flc_summary_quantile(many, output, p, 0.9);
            if (q.value != r.value)
                assert_true(fabs(q.value - r.value) <= q.bound + r.bound);
        }
    }
    flc_summary_free(one);
    flc_summary_free(many);
    flc_free(values);
}

/* One block, 2^`doublings` times. */
static flc_summary *doubled(const double *pilot, const double *values, int doublings)
{
    flc_summary *summary = new_summary(pilot);
    add_samples(summary, FLC_ISA_GENERIC, values, 0, FLC_BLOCK);
    for (int i = 0; i < doublings; i++)
        assert_int_equal(flc_summary_merge(summary, summary, NULL), FLC_OK);
    return summary;
}

/* The same read from its records. */
static flc_summary *read_again(const flc_summary *summary)
{
    flc_summary *again = new_summary(NULL);
    for (size_t output = 0; output < OUTPUTS; output++) {
        const struct bytes record = record_of(summary, output);
        assert_int_equal(flc_summary_record_merge(again, output, record.bytes, record.length, NULL),
                         FLC_OK);
        flc_free(record.bytes);
    }
    return again;
}

/* Blocks added until there are more values than a counter of 16 bits can hold, to some that were
 * merged or read, give what merging alone gives. */
static void counts_pass_two_to_the_16(void **state)
{
    (void)state;
    enum { DOUBLINGS = 9, BEYOND = 1 << DOUBLINGS };
    double *values = all_values(1);
    flc_summary *expected = doubled(values, values, DOUBLINGS);
    for (int merged = 0; merged <= DOUBLINGS; merged += 3) {
        flc_summary *part = doubled(values, values, merged), *again = read_again(part);
        for (size_t i = (size_t)1 << merged; i < BEYOND; i++) {
            add_samples(part, FLC_ISA_GENERIC, values, 0, FLC_BLOCK);
            add_samples(again, FLC_ISA_GENERIC, values, 0, FLC_BLOCK);
        }
        assert_same_records(part, expected);
        assert_same_records(again, expected);
        flc_summary_free(part);
        flc_summary_free(again);
    }
    flc_summary_free(expected);
    flc_free(values);
}

enum { OTHERS = 60 }; /* values of many kinds among fives */

/* The records have 5 where it is among the other values and one far above, and its cell has the
 * rest of them; records whose cells do not add up to their values would be refused. */
static void assert_fives_between(const flc_summary *summary, const double *others)
{
    flc_summary *again = read_again(summary);
    assert_same_records(summary, again);
    for (size_t output = 0; output < OUTPUTS; output++) {
        const uint64_t n = flc_summary_counts(again, output).defined;
        uint64_t below = 0, above = 1;
        for (size_t i = 0; i < OTHERS; i++) {
            below += value_at(others, output, i) < 5;
            above += value_at(others, output, i) > 5;
        }
        const flc_order first = flc_summary_order(again, output, below + 1);
        const flc_order last = flc_summary_order(again, output, n - above);
        assert_true(first.low <= 5 && 5 <= first.high && last.low <= 5 && 5 <= last.high);
    }
    flc_summary_free(again);
}

static double *filled(double x)
{
    double *values = FLC_NEW(double, OUTPUTS *FLC_BLOCK, NULL);
    for (size_t i = 0; i < (size_t)OUTPUTS * FLC_BLOCK; i++)
        values[i] = x;
    return values;
}

/* Merged with a block of fives and then with one value far away, or the other way round and added.
 */
static void assert_goes_on(const flc_summary *summary, const double *values, const double *fives,
                           const double *far)
{
    flc_summary *merged = read_again(summary), *added = read_again(summary);
    flc_summary *block = doubled(values, fives, 0);
    assert_same_records(merged, summary);
    assert_int_equal(flc_summary_merge(merged, block, NULL), FLC_OK);
    add_samples(merged, FLC_ISA_GENERIC, far, 0, 1);
    add_samples(added, FLC_ISA_GENERIC, far, 0, 1);
    add_samples(added, FLC_ISA_GENERIC, fives, 0, FLC_BLOCK);
    assert_same_records(merged, added);
    assert_fives_between(merged, values);
    flc_summary_free(merged);
    flc_summary_free(added);
    flc_summary_free(block);
}

/* One cell with all but 60 values, from 4 values below what a counter can hold on: 60 - 64 + 2^16
 * (2^32) values are 60 and 1 + 4 + 16 + ... + 2^`last` blocks. */
static void pass(int last)
{
    enum { MORE = 400, FEW = 4, SOME = 99 };
    double *values = all_values(1), *fives = filled(5), *far = filled(1e4);
    flc_summary *summary = new_summary(values);
    uint64_t n = OTHERS;
    add_samples(summary, FLC_ISA_GENERIC, values, 0, OTHERS);
    for (int k = last; k >= 0; k -= 2) {
        flc_summary *part = doubled(values, fives, k);
        assert_int_equal(flc_summary_merge(summary, part, NULL), FLC_OK);
        flc_summary_free(part);
        n += (uint64_t)FLC_BLOCK << k;
    }
    for (int i = 0; i < MORE; i++) {
        assert_true(flc_summary_counts(summary, 0).finite == n);
        if (i < FEW || i % SOME == 0)
            assert_goes_on(summary, values, fives, far);
        add_samples(summary, FLC_ISA_GENERIC, fives, 0, FLC_BLOCK);
        n += FLC_BLOCK;
    }
    flc_summary_free(summary);
    flc_free(values);
    flc_free(fives);
    flc_free(far);
}

static void one_cell_passes_two_to_the_16(void **state)
{
    (void)state;
    pass(8);
}

static void one_cell_passes_two_to_the_32(void **state)
{
    (void)state;
    pass(24);
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The defined ones of the first n values of an output, ascending. */
static size_t sorted_values(double *sorted, const double *values, size_t output, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = value_at(values, output, i);
        if (!isnan(x))
            sorted[count++] = x + 0.0;
    }
    qsort(sorted, count, sizeof *sorted, ascending);
    return count;
}

static double word_at(const struct bytes *record, size_t word)
{
    double x;
    memcpy(&x, record->bytes + 8 * word, sizeof x);
    return x;
}

static void quantiles_keep_their_bound(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 2, 7, 192, 1000, 60 * FLC_BLOCK};
    double *values = all_values(60), *sorted = FLC_NEW(double, 60 * FLC_BLOCK, NULL);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, sizes[k]);
        for (size_t output = 0; output < OUTPUTS; output++) {
            const size_t n = sorted_values(sorted, values, output, sizes[k]);
            const struct bytes record = record_of(summary, output);
            int64_t exponent;
            memcpy(&exponent, record.bytes + 8 * 5, sizeof exponent);
            const double center = word_at(&record, 4), unit = ldexp(1, (int)exponent);
            const double width = output % 2 ? 0x1p-5 : 0x1p-9;
            const double last = ldexp(unit, output % 2 ? 20 : 30);
            for (size_t rank = 1; rank <= n; rank += 1 + n / 300) {
                const double p = (double)rank / (double)n, exact = sorted[rank - 1];
                const flc_quantile_estimate q = flc_summary_quantile(summary, output, p, 0.95);
                if (isinf(exact)) {
                    ASSERT_SAME_BITS(q.value, exact);
                    continue;
                }
                if (!(fabs(q.value - exact) <= q.bound))
                    fail_msg("output %zu, n %zu, rank %zu: %.17g +- %g, not %.17g", output, n, rank,
                             q.value, q.bound, exact);
                assert_true(q.value >= sorted[0] && q.value <= sorted[n - 1]);
                assert_true(q.low <= q.value && q.value <= q.high);
                const double reach = fabs(exact - center) + q.bound;
                if (reach < last / 2) /* the declared width, and the rounding of bounds */
                    assert_true(q.bound <= width * (reach + unit) * (1 + 1e-9) + 1e-320);
            }
            flc_free(record.bytes);
        }
        flc_summary_free(summary);
    }
    flc_free(values);
    flc_free(sorted);
}

/* In any order; the question remembers what outputs of as many values share. */
static void several_quantiles_at_once_equal_each_alone(void **state)
{
    (void)state;
    static const double p[] = {0.5, 0.01, 0.99, 0.0, 1.0, 0.25, 0.25, 0.975, 0.1};
    enum { P = sizeof p / sizeof *p };
    double *values = all_values(20);
    for (size_t count = 1; count <= 20 * FLC_BLOCK; count *= 5) {
        flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, count);
        struct flc_quantile_query query = {.p = p, .count = P, .level = 0.9};
        for (size_t output = 0; output < OUTPUTS; output++) {
            flc_quantile_estimate together[P];
            flc_summary_quantiles(summary, together, &query, output);
            for (size_t i = 0; i < P; i++) {
                const flc_quantile_estimate alone =
                    flc_summary_quantile(summary, output, p[i], 0.9);
                ASSERT_SAME_BITS(together[i].value, alone.value);
                ASSERT_SAME_BITS(together[i].bound, alone.bound);
                ASSERT_SAME_BITS(together[i].low, alone.low);
                ASSERT_SAME_BITS(together[i].high, alone.high);
            }
        }
        flc_summary_free(summary);
    }
    flc_free(values);
}

/* More than half of the values within 1e-12, the others spread over 1: both stay in the sketch. */
static void narrow_clusters_leave_room_for_the_rest(void **state)
{
    (void)state;
    const flc_resolution coarse = FLC_RESOLUTION_COARSE;
    flc_summary *summary = flc_summary_create(&coarse, 1, NULL, 0, NULL);
    double values[FLC_BLOCK];
    uint64_t random = 9;
    for (size_t i = 0; i < FLC_BLOCK; i++)
        values[i] = (i % 8 ? 1e-12 : 1.0) * normal(&random);
    flc_summary_set_pilot(summary, values, NULL);
    flc_summary_add(summary, FLC_ISA_GENERIC, values, 0, FLC_BLOCK, NULL);
    qsort(values, FLC_BLOCK, sizeof *values, ascending);
    for (size_t rank = FLC_BLOCK - 5; rank <= FLC_BLOCK; rank++) {
        const flc_quantile_estimate q =
            flc_summary_quantile(summary, 0, (double)rank / FLC_BLOCK, 0.95);
        ASSERT_NEAR(q.value, values[rank - 1], 0, q.bound);
        assert_true(q.bound <= 0.1 * fabs(values[rank - 1]));
    }
    flc_summary_free(summary);
}

/* Ranks of an interval's ends, from the definition. */
static void intervals_are_order_statistics(void **state)
{
    (void)state;
    double *values = all_values(10), *sorted = FLC_NEW(double, 10 * FLC_BLOCK, NULL);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 10 * FLC_BLOCK);
    for (size_t output = 0; output < OUTPUTS; output++) {
        const size_t n = sorted_values(sorted, values, output, 10 * FLC_BLOCK);
        for (double p = 0.001; n && p < 1; p += 0.037) {
            const flc_quantile_estimate q = flc_summary_quantile(summary, output, p, 0.9);
            const flc_ranks ranks = flc_intervals_ranks(n, p, 0.9);
            assert_true(ranks.low == 0 ? q.low == -INFINITY : q.low <= sorted[ranks.low - 1]);
            assert_true(ranks.high > n ? q.high == INFINITY : q.high >= sorted[ranks.high - 1]);
        }
    }
    flc_summary_free(summary);
    flc_free(values);
    flc_free(sorted);
}

/* Sums in long double (11 bits more) over the distances from x[0]. */
struct reference {
    long double mean, sd, skewness, kurtosis;
};

static struct reference reference_moments(const double *x, size_t n)
{
    struct reference r = {0, 0, 0, 0};
    long double mean = 0, m2 = 0, m3 = 0, m4 = 0;
    for (size_t i = 0; i < n; i++)
        mean += ((long double)x[i] - x[0]) / (long double)n;
    for (size_t i = 0; i < n; i++) {
        const long double d = ((long double)x[i] - x[0]) - mean;
        m2 += d * d;
        m3 += d * d * d;
        m4 += d * d * d * d;
    }
    r.mean = x[0] + mean;
    const long double share = m2 / (long double)n;
    r.sd = sqrtl(m2 / (long double)(n - 1));
    r.skewness = m3 / (long double)n / (share * sqrtl(share));
    r.kurtosis = m4 / (long double)n / (share * share) - 3;
    return r;
}

static void moments_match_two_pass_sums(void **state)
{
    (void)state;
    const size_t n = 20 * FLC_BLOCK - 77,
                 outputs[] = {0, 1, 2, 3, 5, 6, 15, 16, 18, 19, 20, 21, 23};
    double *values = all_values(20), *sorted = FLC_NEW(double, n, NULL);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, n);
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        assert_int_equal(sorted_values(sorted, values, outputs[i], n), n);
        const struct reference r = reference_moments(sorted, n);
        const flc_moments m = flc_summary_moments(summary, outputs[i]);
        assert_int_equal(m.n, n);
        ASSERT_NEAR(m.mean, (double)r.mean, 4e-16, 2e-15 * (double)r.sd);
        ASSERT_NEAR(m.sd, (double)r.sd, 1e-14, 0);
        ASSERT_NEAR(m.skewness, (double)r.skewness, 1e-12, 1e-13);
        ASSERT_NEAR(m.kurtosis, (double)r.kurtosis, 1e-12, 1e-12);
        ASSERT_NEAR(m.mean_error, (double)r.sd / sqrt((double)n), 1e-14, 0);
    }
    flc_summary_free(summary);
    flc_free(values);
    flc_free(sorted);
}

/* Values near 1e9 with variance 0.25, where sums of squares gave 9216. */
static void mean_far_from_zero_keeps_its_variance(void **state)
{
    (void)state;
    double *values = all_values(30);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 30 * FLC_BLOCK);
    const flc_moments m = flc_summary_moments(summary, 1);
    ASSERT_NEAR(m.mean, 1e9, 0, 5 * m.mean_error);
    ASSERT_NEAR(m.sd, 0.5, 0, 5 * m.sd_error);
    ASSERT_NEAR(m.sd_error, 0.5 / sqrt(2 * 30 * FLC_BLOCK), 0.1, 0);
    flc_summary_free(summary);
    flc_free(values);
}

static void constants_are_exact(void **state)
{
    (void)state;
    double *values = all_values(3);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 3 * FLC_BLOCK - 1);
    for (size_t output = 7; output <= 8; output++) {
        const double expected = output == 7 ? 0.1 : 0;
        const flc_moments m = flc_summary_moments(summary, output);
        ASSERT_SAME_BITS(m.mean, expected);
        ASSERT_SAME_BITS(m.sd, 0);
        ASSERT_SAME_BITS(m.mean_error, 0);
        ASSERT_NAN(m.skewness);
        const flc_quantile_estimate q = flc_summary_quantile(summary, output, 0.3, 0.95);
        ASSERT_SAME_BITS(q.value, expected);
        ASSERT_SAME_BITS(q.bound, 0);
        ASSERT_SAME_BITS(q.low, expected);
        ASSERT_SAME_BITS(q.high, expected);
        const flc_histogram h = flc_summary_histogram(summary, output);
        assert_int_equal(h.bins, 1);
        assert_int_equal(h.counts[0], 3 * FLC_BLOCK - 1);
        ASSERT_SAME_BITS(h.edges[0], expected);
        ASSERT_SAME_BITS(h.edges[1], expected);
    }
    flc_summary_free(summary);
    flc_free(values);
}

/* The mean of equal values, divided and rounded, is not always that value; the shift must be. */
static void any_constant_is_its_own_mean(void **state)
{
    (void)state;
    const flc_resolution fine = FLC_RESOLUTION_FINE;
    for (int k = 1; k <= 60; k++) {
        const double constant = (k % 2 ? k : -k) / 7.0;
        double values[FLC_BLOCK];
        for (size_t i = 0; i < FLC_BLOCK; i++)
            values[i] = constant;
        flc_summary *summary = flc_summary_create(&fine, 1, NULL, 0, NULL);
        flc_summary_set_pilot(summary, values, NULL);
        flc_summary_add(summary, FLC_ISA_GENERIC, values, 0, FLC_BLOCK, NULL);
        ASSERT_SAME_BITS(flc_summary_moments(summary, 0).mean, constant);
        ASSERT_SAME_BITS(flc_summary_moments(summary, 0).sd, 0);
        flc_summary_free(summary);
    }
}

static void atoms_are_exact(void **state)
{
    (void)state;
    double *values = all_values(20);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 20 * FLC_BLOCK);
    /* 6: 60 % zeros, 20 % ones, the rest between 0.8 and 1; 5: 30 % zeros inside a normal */
    const struct {
        size_t output;
        double p, value;
    } cases[] = {{6, 0.01, 0}, {6, 0.5, 0}, {6, 0.58, 0}, {6, 0.82, 1},
                 {6, 1, 1},    {5, 0.4, 0}, {5, 0.6, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const flc_quantile_estimate q =
            flc_summary_quantile(summary, cases[i].output, cases[i].p, 0.95);
        ASSERT_SAME_BITS(q.value, cases[i].value);
        ASSERT_SAME_BITS(q.bound, 0);
    }
    size_t zeros = 0, negative = 0;
    for (size_t i = 0; i < 20 * FLC_BLOCK; i++) {
        zeros += value_at(values, 5, i) == 0;
        negative += value_at(values, 5, i) < 0;
    }
    assert_int_equal(flc_summary_counts(summary, 5).zero, zeros);
    assert_int_equal(flc_summary_counts(summary, 5).below_zero, negative);
    flc_summary_free(summary);
    flc_free(values);
}

static void whole_numbers_have_whole_quantiles(void **state)
{
    (void)state;
    double *values = all_values(20), *sorted = FLC_NEW(double, 20 * FLC_BLOCK, NULL);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 20 * FLC_BLOCK);
    const size_t outputs[] = {9, 20, 23};
    for (size_t k = 0; k < 3; k++) {
        const size_t n = sorted_values(sorted, values, outputs[k], 20 * FLC_BLOCK);
        assert_true(flc_summary_extremes(summary, outputs[k]).whole);
        for (size_t rank = 1; rank <= n; rank += 13) {
            const flc_quantile_estimate q =
                flc_summary_quantile(summary, outputs[k], (double)rank / (double)n, 0.95);
            if (outputs[k] != 23) /* cells narrower than 1 */
                ASSERT_SAME_BITS(q.value, sorted[rank - 1]);
            else
                assert_true(q.value == floor(q.value));
        }
    }
    assert_false(flc_summary_extremes(summary, 0).whole);
    assert_false(flc_summary_extremes(summary, 6).whole);
    flc_summary_free(summary);
    flc_free(values);
    flc_free(sorted);
}

static void undefined_and_infinite_are_counted_apart(void **state)
{
    (void)state;
    const size_t n = 10 * FLC_BLOCK - 3;
    double *values = all_values(10);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, n);
    for (size_t output = 0; output < OUTPUTS; output++) {
        size_t undefined = 0, plus = 0, minus = 0;
        uint64_t first = UINT64_MAX;
        for (size_t i = n; i-- > 0;) {
            const double x = value_at(values, output, i);
            undefined += isnan(x);
            plus += x == INFINITY;
            minus += x == -INFINITY;
            first = isnan(x) ? i : first;
        }
        const flc_counts c = flc_summary_counts(summary, output);
        assert_int_equal(c.undefined, undefined);
        assert_int_equal(c.plus_infinite, plus);
        assert_int_equal(c.minus_infinite, minus);
        assert_int_equal(c.defined, n - undefined);
        assert_int_equal(c.finite, n - undefined - plus - minus);
        assert_int_equal(c.first_undefined, first);
    }
    const flc_quantile_estimate low = flc_summary_quantile(summary, 10, 0.01, 0.95);
    ASSERT_SAME_BITS(low.value, -INFINITY);
    const flc_quantile_estimate high = flc_summary_quantile(summary, 9, 0.99, 0.95);
    ASSERT_SAME_BITS(high.value, INFINITY);
    ASSERT_NAN(flc_summary_quantile(summary, 11, 0.5, 0.95).value);
    ASSERT_NAN(flc_summary_moments(summary, 11).mean);
    ASSERT_NAN(flc_summary_moments(summary, 22).mean);
    ASSERT_NAN(flc_summary_extremes(summary, 22).min);
    ASSERT_SAME_BITS(flc_summary_quantile(summary, 22, 0.5, 0.95).value, INFINITY);
    assert_int_equal(flc_summary_histogram(summary, 22).bins, 0);
    flc_summary_free(summary);
    flc_free(values);
}

static void one_and_two_samples(void **state)
{
    (void)state;
    double *values = all_values(1);
    flc_summary *one = summary_of(FLC_ISA_GENERIC, values, 1);
    flc_summary *two = summary_of(FLC_ISA_GENERIC, values, 2);
    const double a = value_at(values, 0, 0), b = value_at(values, 0, 1);
    ASSERT_SAME_BITS(flc_summary_moments(one, 0).mean, a);
    ASSERT_NAN(flc_summary_moments(one, 0).sd);
    ASSERT_SAME_BITS(flc_summary_quantile(one, 0, 0.5, 0.95).value, a);
    ASSERT_SAME_BITS(flc_summary_quantile(one, 0, 0.5, 0.95).low, -INFINITY);
    ASSERT_NEAR(flc_summary_moments(two, 0).mean, (a + b) / 2, 4e-16, 0);
    ASSERT_NEAR(flc_summary_moments(two, 0).sd, fabs(a - b) / sqrt(2), 1e-14, 0);
    ASSERT_NAN(flc_summary_moments(two, 0).sd_error);
    ASSERT_SAME_BITS(flc_summary_quantile(two, 0, 0.5, 0.95).value, a < b ? a : b);
    ASSERT_SAME_BITS(flc_summary_quantile(two, 0, 0.51, 0.95).value, a < b ? b : a);
    flc_summary_free(one);
    flc_summary_free(two);
    flc_free(values);
}

static void extremes_name_the_first_sample(void **state)
{
    (void)state;
    const size_t n = 15 * FLC_BLOCK;
    double *values = all_values(15);
    flc_summary *summary = new_summary(values);
    for (size_t block = 15; block-- > 0;) /* in reverse */
        add_samples(summary, FLC_ISA_GENERIC, values, block, FLC_BLOCK);
    for (size_t output = 0; output < OUTPUTS; output++) {
        flc_extremes e = {INFINITY, -INFINITY, UINT64_MAX, UINT64_MAX, 0, 0, false};
        for (size_t i = 0; i < n; i++) {
            const double x = value_at(values, output, i);
            if (isfinite(x) && x < e.min) {
                e.min = x;
                e.min_sample = i;
                e.min_count = 0;
            }
            if (isfinite(x) && x > e.max) {
                e.max = x;
                e.max_sample = i;
                e.max_count = 0;
            }
            e.min_count += x == e.min && isfinite(x);
            e.max_count += x == e.max && isfinite(x);
        }
        const flc_extremes got = flc_summary_extremes(summary, output);
        if (e.min_count)
            assert_true(got.min == e.min && got.max == e.max);
        assert_int_equal(got.min_sample, e.min_sample);
        assert_int_equal(got.max_sample, e.max_sample);
        assert_int_equal(got.min_count, e.min_count);
        assert_int_equal(got.max_count, e.max_count);
    }
    flc_summary_free(summary);
    flc_free(values);
}

static void overflowing_powers_are_undefined_not_wrong(void **state)
{
    (void)state;
    double *values = all_values(10);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 10 * FLC_BLOCK);
    const flc_moments m = flc_summary_moments(summary, 17);
    assert_true(isfinite(m.mean));
    ASSERT_NAN(m.sd); /* squares overflow too */
    ASSERT_NAN(m.skewness);
    ASSERT_NAN(m.kurtosis);
    ASSERT_NAN(m.sd_error);
    const flc_moments wide = flc_summary_moments(summary, 13); /* +-1e308 */
    assert_true(fabs(wide.mean) < 1e308);
    assert_true(wide.sd > 1e307 && wide.sd < 1e308);
    assert_true(isfinite(wide.kurtosis));
    flc_summary_free(summary);
    flc_free(values);
}

static void histograms_count_exactly(void **state)
{
    (void)state;
    const size_t n = 40 * FLC_BLOCK;
    double *values = all_values(40), *sorted = FLC_NEW(double, n, NULL);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, n);
    for (size_t output = 0; output < OUTPUTS; output++) {
        const flc_histogram h = flc_summary_histogram(summary, output);
        const size_t defined = sorted_values(sorted, values, output, n);
        uint64_t total = 0;
        for (size_t bin = 0; bin < h.bins; bin++) {
            uint64_t count = 0;
            for (size_t i = 0; i < defined; i++)
                count += sorted[i] >= h.edges[bin] &&
                         (sorted[i] < h.edges[bin + 1] ||
                          (bin + 1 == h.bins && sorted[i] == h.edges[h.bins]));
            if (h.counts[bin] != count)
                fail_msg("output %zu bin %zu [%g, %g): %lu, not %lu", output, bin, h.edges[bin],
                         h.edges[bin + 1], (unsigned long)h.counts[bin], (unsigned long)count);
            assert_true(h.bins == 1 || h.edges[bin] < h.edges[bin + 1]);
            total += count;
        }
        assert_int_equal(total, flc_summary_counts(summary, output).finite);
    }
    const flc_histogram four = flc_summary_histogram(summary, 20); /* 7, 8, 9, 10: one bin each */
    assert_int_equal(four.bins, 4);
    for (size_t bin = 1; bin < 4; bin++)
        ASSERT_NEAR(four.edges[bin], 6.5 + (double)bin, 0, 0.05);
    assert_in_range(flc_summary_histogram(summary, 0).bins, 40, FLC_HISTOGRAM_BINS);
    assert_in_range(flc_summary_histogram(summary, 1).bins, 35, FLC_HISTOGRAM_BINS);
    flc_summary_free(summary);
    flc_free(values);
    flc_free(sorted);
}

static void exceedances_are_exact_counts(void **state)
{
    (void)state;
    const size_t n = 8 * FLC_BLOCK - 100;
    double *values = all_values(8);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, n);
    assert_int_equal(flc_summary_targets(summary), TARGETS);
    for (size_t k = 0; k < TARGETS; k++) {
        uint64_t met = 0, defined = 0;
        for (size_t i = 0; i < n; i++) {
            const double x = value_at(values, targets[k].output, i);
            defined += !isnan(x);
            met += targets[k].side == FLC_AT_LEAST ? x >= targets[k].threshold
                                                   : x <= targets[k].threshold;
        }
        const flc_exceedance e = flc_summary_exceedance(summary, k, 0.95);
        assert_int_equal(e.met, met);
        assert_int_equal(e.defined, defined);
        if (defined == 0) {
            ASSERT_NAN(e.probability);
            continue;
        }
        const double p = (double)met / (double)defined;
        ASSERT_SAME_BITS(e.probability, p);
        ASSERT_NEAR(e.standard_error, sqrt(p * (1 - p) / (double)defined), 1e-15, 0);
        assert_true(e.low <= p && p <= e.high && e.low >= 0 && e.high <= 1);
    }
    flc_summary_free(summary);
    flc_free(values);
}

/* ---- Refusals -----------------------------------------------------------------------------------
 */

static void damaged_records_are_refused(void **state)
{
    (void)state;
    double *values = all_values(2);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 2 * FLC_BLOCK);
    flc_summary *target = summary_of(FLC_ISA_GENERIC, values, FLC_BLOCK);
    flc_summary *untouched = summary_of(FLC_ISA_GENERIC, values, FLC_BLOCK);
    const size_t outputs[] = {9, 7, 13, 11};
    flc_error error;
    for (size_t k = 0; k < 4; k++) {
        const struct bytes record = record_of(summary, outputs[k]);
        for (size_t i = 0; i < record.length; i++) {
            const unsigned char kept = record.bytes[i];
            for (unsigned change = 1; change < 256; change = change * 5 + 1) {
                record.bytes[i] = (unsigned char)(kept ^ change);
                assert_int_equal(flc_summary_record_merge(target, outputs[k], record.bytes,
                                                          record.length, &error),
                                 FLC_ERROR_STUDY);
            }
            record.bytes[i] = kept;
            unsigned char *cut = FLC_NEW(unsigned char, i, NULL); /* so that overruns show */
            memcpy(cut, record.bytes, i);
            assert_int_equal(flc_summary_record_merge(target, outputs[k], cut, i, &error),
                             FLC_ERROR_STUDY);
            flc_free(cut);
        }
        flc_free(record.bytes);
    }
    assert_same_records(target, untouched);
    flc_summary_free(summary);
    flc_summary_free(target);
    flc_summary_free(untouched);
    flc_free(values);
}

/* The hash that summary_record.c describes, so that only the checks behind it are left. */
static void put_hash(const struct bytes *record)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15), word;
    for (size_t at = 0; at + 8 < record->length; at += 8) {
        memcpy(&word, record->bytes + at, 8);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    memcpy(record->bytes + record->length - 8, &hash, 8);
}

/* Any word may be changed by someone who puts a fitting hash: most changes contradict the rest, all
 * are safe. */
static void contradictory_records_are_refused(void **state)
{
    (void)state;
    const uint64_t changes[] = {0,  1,    2,          0x7f,           0x80,
                                31, 1000, UINT64_MAX, UINT64_MAX - 1, 1u << 31};
    const size_t always[] = {0, 1, 2, 3, 4, 5, 6, 11, 12}; /* words tied to others */
    double *values = all_values(2);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 2 * FLC_BLOCK);
    for (size_t output = 9; output < 16; output++) {
        const struct bytes record = record_of(summary, output);
        for (size_t word = 0; word + 1 < record.length / 8; word++) {
            uint64_t kept;
            memcpy(&kept, record.bytes + 8 * word, 8);
            bool fixed = false;
            for (size_t i = 0; i < sizeof always / sizeof *always; i++)
                fixed = fixed || always[i] == word;
            for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
                flc_error error;
                const uint64_t changed = i % 2 ? kept ^ changes[i] : changes[i];
                memcpy(record.bytes + 8 * word, &changed, 8);
                put_hash(&record);
                flc_summary *target = new_summary(values);
                const flc_status status =
                    flc_summary_record_merge(target, output, record.bytes, record.length, &error);
                if (fixed && changed != kept && status != FLC_ERROR_STUDY)
                    fail_msg("output %zu: word %zu may be %lx instead of %lx", output, word,
                             (unsigned long)changed, (unsigned long)kept);
                flc_summary_free(target);
            }
            memcpy(record.bytes + 8 * word, &kept, 8);
        }
        flc_free(record.bytes);
    }
    const struct bytes record = record_of(summary, 9);
    struct bytes longer = {FLC_NEW(unsigned char, record.length + 8, NULL), record.length + 8};
    memcpy(longer.bytes, record.bytes, record.length - 8);
    memcpy(longer.bytes + 8, &longer.length, 8);
    put_hash(&longer);
    assert_int_equal(flc_summary_record_merge(summary, 9, longer.bytes, longer.length, NULL),
                     FLC_ERROR_STUDY);
    flc_free(record.bytes);
    flc_free(longer.bytes);
    flc_summary_free(summary);
    flc_free(values);
}

/* Two cells of output 21 have 192 values each: before its hash the record ends in runs of 64 zeros
 * and 1 count, of 31 zeros and 1 count, of 31 zeros, and padding. 2^16 more values in the first do
 * not fit the number of values, though 16 bits of the count do. */
static void counts_beyond_the_values_are_refused(void **state)
{
    (void)state;
    enum { SIZE = 16, HASH = 8 };
    const unsigned char fits[SIZE] = {64, 1, 0xc0, 0x01, 31, 1, 0xc0, 0x01, 31};
    const unsigned char beyond[SIZE] = {64, 1, 0xc0, 0x81, 0x04, 31, 1, 0xc0, 0x01, 31};
    double *values = all_values(2);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 2 * FLC_BLOCK);
    const struct bytes record = record_of(summary, 21);
    unsigned char *runs = record.bytes + record.length - HASH - SIZE;
    assert_memory_equal(runs, fits, SIZE);
    memcpy(runs, beyond, SIZE);
    put_hash(&record);
    assert_int_equal(flc_summary_record_merge(summary, 21, record.bytes, record.length, NULL),
                     FLC_ERROR_STUDY);
    flc_free(record.bytes);
    flc_summary_free(summary);
    flc_free(values);
}

/* Output 7 is constant, so that its record has no digits and no cells: 21 words, one target of 3
 * words and 16 counts, 4 sums of 3, no octave, 15 thresholds, flags; then counts of a byte each. */
static void replicates_that_do_not_add_up_are_refused(void **state)
{
    (void)state;
    enum { MET = 24, COUNTS = 69 };
    double *values = all_values(2);
    flc_summary *summary = summary_of(FLC_ISA_GENERIC, values, 2 * FLC_BLOCK);
    const struct bytes record = record_of(summary, 7);
    assert_int_equal(record.bytes[8 * MET], 24); /* all meet it */
    assert_int_equal(record.bytes[8 * COUNTS], 24);
    const size_t places[] = {8 * MET, 8 * COUNTS, 8 * COUNTS + 16 + 5, 8 * COUNTS + 32 + 7};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        record.bytes[places[i]]++;
        put_hash(&record);
        assert_int_equal(flc_summary_record_merge(summary, 7, record.bytes, record.length, NULL),
                         FLC_ERROR_STUDY);
        record.bytes[places[i]]--;
    }
    put_hash(&record);
    assert_int_equal(flc_summary_record_merge(summary, 7, record.bytes, record.length, NULL),
                     FLC_OK);
    flc_free(record.bytes);
    flc_summary_free(summary);
    flc_free(values);
}

static void other_pilots_targets_and_resolutions_are_refused(void **state)
{
    (void)state;
    double *values = all_values(2);
    flc_error error;
    flc_summary *a = new_summary(values), *b = new_summary(values + OUTPUTS * FLC_BLOCK);
    add_samples(b, FLC_ISA_GENERIC, values, 1, FLC_BLOCK);
    assert_int_equal(flc_summary_merge(a, b, &error), FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "pilot"));
    const struct bytes record = record_of(b, 0);
    assert_int_equal(flc_summary_record_merge(a, 0, record.bytes, record.length, &error),
                     FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "pilot"));
    assert_int_equal(flc_summary_record_merge(a, 1, record.bytes, record.length, &error),
                     FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "resolution"));
    const flc_resolution fine = FLC_RESOLUTION_FINE;
    const flc_target other = {0, 1.25, FLC_AT_LEAST};
    flc_summary *c = flc_summary_create(&fine, 1, &other, 1, &error);
    if (replicated)
        assert_int_equal(flc_summary_keep_replicates(c, NULL), FLC_OK);
    assert_int_equal(flc_summary_record_merge(c, 0, record.bytes, record.length, &error),
                     FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "targets"));
    assert_int_equal(flc_summary_merge(a, c, &error), FLC_ERROR_STUDY);
    assert_int_equal(flc_summary_set_pilot(a, values, &error), FLC_ERROR_INTERNAL);
    assert_int_equal(flc_summary_add(c, FLC_ISA_GENERIC, values, 0, 1, &error), FLC_ERROR_INTERNAL);
    assert_int_equal(flc_summary_add(a, FLC_ISA_GENERIC, values, 0, 0, &error), FLC_ERROR_INTERNAL);
    assert_int_equal(flc_summary_add(a, FLC_ISA_GENERIC, values, 0, FLC_BLOCK + 1, &error),
                     FLC_ERROR_INTERNAL);
    const flc_target bad[] = {{1, 0, FLC_AT_LEAST}, {0, NAN, FLC_AT_LEAST}, {0, 0, (flc_side)7}};
    for (size_t i = 0; i < 3; i++)
        assert_null(flc_summary_create(&fine, 1, &bad[i], 1, &error));
    flc_free(record.bytes);
    flc_summary_free(a);
    flc_summary_free(b);
    flc_summary_free(c);
    flc_free(values);
}

#ifdef FLC_TEST_HOOKS
/* Values of more than one block, merged, then added, so that counters of 16 bits are exceeded. */
static flc_status add_many(flc_summary *summary, const double *values, flc_error *error)
{
    flc_status status = FLC_OK;
    for (int i = 0; i < 8 && status == FLC_OK; i++)
        status = flc_summary_merge(summary, summary, error);
    for (int i = 0; i < 86 && status == FLC_OK; i++)
        status = flc_summary_add(summary, FLC_ISA_GENERIC, values, 0, FLC_BLOCK, error);
    return status == FLC_OK ? flc_summary_merge(summary, summary, error) : status;
}

static flc_status make_and_merge(const double *values, const struct bytes *record)
{
    flc_resolution resolutions[OUTPUTS] = {FLC_RESOLUTION_FINE};
    flc_error error = {FLC_OK, ""};
    flc_summary *summary = flc_summary_create(resolutions, OUTPUTS, targets, TARGETS, &error);
    if (summary && (!replicated || flc_summary_keep_replicates(summary, &error) == FLC_OK) &&
        flc_summary_set_pilot(summary, values, &error) == FLC_OK &&
        flc_summary_add(summary, FLC_ISA_GENERIC, values, 0, FLC_BLOCK, &error) == FLC_OK &&
        add_many(summary, values, &error) == FLC_OK)
        flc_summary_record_merge(summary, 0, record->bytes, record->length, &error);
    flc_summary_free(summary);
    return error.status;
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    double *values = all_values(1);
    flc_summary *whole = summary_of(FLC_ISA_GENERIC, values, FLC_BLOCK);
    const struct bytes record = record_of(whole, 0);
    long n = 1;
    for (flc_status status = FLC_ERROR_MEMORY; status != FLC_OK; n++) {
        flc_memory_fail_after(n);
        status = make_and_merge(values, &record);
        flc_memory_fail_after(0);
        assert_true(status == FLC_OK || status == FLC_ERROR_MEMORY);
    }
    assert_true(n > OUTPUTS);
    flc_free(record.bytes);
    flc_summary_free(whole);
    flc_free(values);
}
#endif

static void predicted_memory_grows_as_stated(void **state)
{
    (void)state;
    const flc_resolution fine[2] = {FLC_RESOLUTION_FINE, FLC_RESOLUTION_FINE};
    const flc_resolution coarse[2] = {FLC_RESOLUTION_COARSE, FLC_RESOLUTION_COARSE};
    const size_t f = flc_summary_bytes(fine, 2, 0).most - flc_summary_bytes(fine, 1, 0).most;
    const size_t c = flc_summary_bytes(coarse, 2, 0).most - flc_summary_bytes(coarse, 1, 0).most;
    assert_in_range(f, 30 * 1024 * 14, 30 * 1024 * 14 + 3000);
    assert_in_range(c, 20 * 64 * 14, 20 * 64 * 14 + 3000);
    assert_true(flc_summary_bytes(fine, 2, 0).expected < flc_summary_bytes(fine, 2, 0).most);
    assert_true(flc_summary_bytes(fine, 1, SIZE_MAX / 8).most == SIZE_MAX);
}

/* ---- Tool ---------------------------------------------------------------------------------------
 */

/* JSON has no infinities: null. */
static void print_number(double x)
{
    if (isfinite(x))
        printf("%.17g", x);
    else
        printf("null");
}

static void print_summary(const flc_summary *summary, char **probabilities, int count)
{
    const flc_moments m = flc_summary_moments(summary, 0);
    const flc_extremes e = flc_summary_extremes(summary, 0);
    const flc_histogram h = flc_summary_histogram(summary, 0);
    printf("{\"mean\": %.17g, \"sd\": %.17g, \"skewness\": %.17g, \"kurtosis\": %.17g, "
           "\"sd_error\": %.17g, \"min\": %.17g, \"max\": %.17g, \"min_sample\": %lu, "
           "\"max_sample\": %lu",
           m.mean, m.sd, m.skewness, m.kurtosis, m.sd_error, e.min, e.max,
           (unsigned long)e.min_sample, (unsigned long)e.max_sample);
    printf(", \"quantiles\": [");
    for (int i = 0; i < count; i++) {
        const flc_quantile_estimate q =
            flc_summary_quantile(summary, 0, strtod(probabilities[i], NULL), 0.95);
        printf("%s[%.17g, %.17g, ", i ? ", " : "", q.value, q.bound);
        print_number(q.low);
        printf(", ");
        print_number(q.high);
        printf("]");
    }
    printf("], \"counts\": [");
    for (size_t i = 0; i < h.bins; i++)
        printf("%s%lu", i ? ", " : "", (unsigned long)h.counts[i]);
    printf("], \"edges\": [");
    for (size_t i = 0; i <= h.bins; i++)
        printf("%s%.17g", i ? ", " : "", h.edges[i]);
    printf("]}\n");
}

static int summarise_input(const char *resolution, char **probabilities, int count)
{
    const flc_resolution chosen =
        strcmp(resolution, "fine") == 0 ? FLC_RESOLUTION_FINE : FLC_RESOLUTION_COARSE;
    flc_summary *summary = flc_summary_create(&chosen, 1, NULL, 0, NULL);
    double values[FLC_BLOCK];
    uint64_t first = 0;
    for (size_t n; (n = fread(values, sizeof *values, FLC_BLOCK, stdin)) > 0; first += n) {
        for (size_t i = n; i < FLC_BLOCK; i++)
            values[i] = (double)NAN;
        if (first == 0)
            flc_summary_set_pilot(summary, values, NULL);
        flc_summary_add(summary, flc_isa_select(), values, first, n, NULL);
    }
    print_summary(summary, probabilities, count);
    flc_summary_free(summary);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "summarise") == 0)
        return summarise_input(argv[2], argv + 3, argc - 3);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merge_of_any_split_equals_whole),
        cmocka_unit_test(merged_records_equal_merged_summaries),
        cmocka_unit_test(every_instruction_set_gives_the_same_records),
        cmocka_unit_test(cleared_summaries_start_again),
        cmocka_unit_test(counts_pass_two_to_the_16),
        cmocka_unit_test(one_cell_passes_two_to_the_16),
        cmocka_unit_test(one_cell_passes_two_to_the_32),
        cmocka_unit_test(counts_pass_two_to_the_32),
        cmocka_unit_test(quantiles_keep_their_bound),
        cmocka_unit_test(several_quantiles_at_once_equal_each_alone),
        cmocka_unit_test(narrow_clusters_leave_room_for_the_rest),
        cmocka_unit_test(intervals_are_order_statistics),
        cmocka_unit_test(moments_match_two_pass_sums),
        cmocka_unit_test(mean_far_from_zero_keeps_its_variance),
        cmocka_unit_test(constants_are_exact),
        cmocka_unit_test(any_constant_is_its_own_mean),
        cmocka_unit_test(atoms_are_exact),
        cmocka_unit_test(whole_numbers_have_whole_quantiles),
        cmocka_unit_test(undefined_and_infinite_are_counted_apart),
        cmocka_unit_test(one_and_two_samples),
        cmocka_unit_test(extremes_name_the_first_sample),
        cmocka_unit_test(overflowing_powers_are_undefined_not_wrong),
        cmocka_unit_test(histograms_count_exactly),
        cmocka_unit_test(exceedances_are_exact_counts),
        cmocka_unit_test(damaged_records_are_refused),
        cmocka_unit_test(contradictory_records_are_refused),
        cmocka_unit_test(counts_beyond_the_values_are_refused),
        cmocka_unit_test(other_pilots_targets_and_resolutions_are_refused),
#ifdef FLC_TEST_HOOKS
        cmocka_unit_test(every_failed_allocation_is_reported),
#endif
        cmocka_unit_test(predicted_memory_grows_as_stated),
    };
    const struct CMUnitTest both[] = {
        cmocka_unit_test(merge_of_any_split_equals_whole),
        cmocka_unit_test(merged_records_equal_merged_summaries),
        cmocka_unit_test(every_instruction_set_gives_the_same_records),
        cmocka_unit_test(cleared_summaries_start_again),
        cmocka_unit_test(damaged_records_are_refused),
        cmocka_unit_test(contradictory_records_are_refused),
        cmocka_unit_test(replicates_that_do_not_add_up_are_refused),
        cmocka_unit_test(other_pilots_targets_and_resolutions_are_refused),
#ifdef FLC_TEST_HOOKS
        cmocka_unit_test(every_failed_allocation_is_reported),
#endif
    };
    const int failed = cmocka_run_group_tests_name("without replicates", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("with replicates", both, with_replicates, NULL);
}
