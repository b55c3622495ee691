/* The floor `random`: the generator against known answers, blocks against single outputs,
 * instruction sets against each other, the normal's bulk form against the scalar one, and a battery
 * of statistical tests on the streams as the model uses them. The battery's seeds are fixed, so it
 * is deterministic; its limits are at about one in a million for a good generator, and tests of the
 * tests plant bad ones. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"
#include "base/self_check.h"
#include "random/streams.h"
#include "support/assertions.h"

enum { NAMES = 5 };
static const char *const some_names[NAMES] = {"macro/recession",
                                              "programs/MEP/unit/1988.17/revenue",
                                              "programs/MEP/match/sources/state/ratio", "", "a"};

static flc_names *make_names(void)
{
    flc_names *names = flc_names_create(NULL);
    for (uint32_t i = 0; i < NAMES; i++) {
        uint32_t number;
        assert_int_equal(flc_names_add(names, &number, some_names[i], NULL), FLC_OK);
        assert_int_equal(number, i);
    }
    return names;
}

static flc_draws *make_draws(uint64_t seed, flc_isa isa)
{
    flc_draws *draws;
    flc_names *names = make_names();
    assert_int_equal(flc_streams_create(&draws, names, seed, isa, NULL), FLC_OK);
    flc_names_free(names);
    return draws;
}

static flc_u128 wide(uint64_t high, uint64_t low)
{
    return (flc_u128)high << 64 | low;
}

/* pcg64(42, 54) of libpcg-cpp, the demo of the reference; also numpy's PCG64 in that state. */
static void generator_gives_the_reference_outputs(void **unused)
{
    (void)unused;
    static const uint64_t expected[] = {UINT64_C(0x86b1da1d72062b68), UINT64_C(0x1304aa46c9853d39),
                                        UINT64_C(0xa3670e9e0dd50358), UINT64_C(0xf9090e529a7dae00),
                                        UINT64_C(0xc85b9fd837996f2c), UINT64_C(0x606121f8e3919196)};
    flc_pcg64 generator;
    flc_pcg64_seed(&generator, 42, 54);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_true(flc_pcg64_next(&generator) == expected[i]);
}

static void jump_equals_steps_and_jumps_back(void **unused)
{
    (void)unused;
    flc_pcg64 walker, jumper;
    flc_pcg64_seed(&walker, wide(1, 2), wide(3, 4));
    jumper = walker;
    const flc_pcg64 start = walker;
    for (int i = 0; i < 1000; i++) {
        flc_pcg64 there = start;
        flc_pcg64_advance(&there, (flc_u128)i);
        assert_true(there.state == walker.state);
        flc_pcg64_advance(&there, -(flc_u128)i);
        assert_true(there.state == start.state);
        flc_pcg64_next(&walker);
    }
    const flc_u128 far = wide(UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210));
    flc_pcg64_advance(&jumper, far);
    flc_pcg64_advance(&jumper, far);
    flc_pcg64_advance(&jumper, -2 * far);
    assert_true(jumper.state == start.state);
}

/* hashlib and numpy: tests/random/test_streams.py prints these when called with --pinned. */
static void stream_of_a_name_gives_pinned_outputs(void **unused)
{
    (void)unused;
    static const struct {
        uint64_t seed, number, output;
        const char *name;
    } pinned[] = {
        {UINT64_C(0), UINT64_C(0), UINT64_C(0x7f4ff4b27c40bfc4), "macro/recession"},
        {UINT64_C(0), UINT64_C(64000014), UINT64_C(0x27947925ce498484), "a"},
        {UINT64_C(1), UINT64_C(255), UINT64_C(0x8a905c64be11b015),
         "programs/MEP/match/sources/state/ratio"},
        {UINT64_C(20260101), UINT64_C(12288), UINT64_C(0x48368216d30cc520),
         "programs/MEP/unit/1988.17/revenue"},
        {UINT64_C(9223372036854775808), UINT64_C(1), UINT64_C(0x063e926f15639de6),
         "macro/recession"},
        {UINT64_C(9223372036854775808), UINT64_C(72057594037927943), UINT64_C(0x8b117b3498b7bb03),
         "a"},
        {UINT64_C(18446744073709551615), UINT64_C(12229), UINT64_C(0x1295b9ad2fa302d8),
         "programs/MEP/match/sources/state/ratio"},
    };
    for (size_t i = 0; i < sizeof pinned / sizeof *pinned; i++) {
        flc_stream stream;
        flc_stream_init(&stream, pinned[i].seed, pinned[i].name);
        assert_true(flc_stream_output(&stream, pinned[i].number) == pinned[i].output);
    }
}

static void stream_outputs_are_those_of_its_generator_in_turn(void **unused)
{
    (void)unused;
    flc_stream stream;
    flc_stream_init(&stream, 7, "x/y");
    flc_pcg64 generator = flc_stream_generator(7, "x/y");
    for (uint64_t k = 0; k < 300; k++)
        assert_true(flc_stream_output(&stream, k) == flc_pcg64_next(&generator));
}

/* Every lane, name and a few indices of the block at `first` against one output at a time. */
static void compare_block(flc_draws *draws, uint64_t seed, uint64_t first)
{
    static const unsigned indices[] = {0, 1, 31, 63};
    uint64_t x[FLC_BLOCK];
    double u[FLC_BLOCK], z[FLC_BLOCK];
    flc_draws_seek(draws, first);
    for (uint32_t name = 0; name < NAMES; name++) {
        flc_stream stream;
        flc_stream_init(&stream, seed, some_names[name]);
        for (size_t i = 0; i < 4; i++) {
            flc_streams_outputs(draws, name, indices[i], x);
            flc_draws_uniform(draws, name, indices[i], u);
            flc_draws_normal(draws, name, indices[i], z);
            for (uint64_t l = 0; l < FLC_BLOCK; l++) {
                assert_true(x[l] == flc_stream_output(&stream, 64 * (first + l) + indices[i]));
                ASSERT_SAME_BITS(u[l], flc_uniform_of(x[l]));
                ASSERT_SAME_BITS(z[l], flc_normal_quantile(u[l]));
            }
        }
    }
}

/* Rows of normals are the same however many are asked for at once. */
static void normals_of_many_names_are_those_of_each(void **unused)
{
    (void)unused;
    enum { MOST = 3 * FLC_NORMAL_ROWS + 1 };
    static double rows[MOST][FLC_BLOCK], own[FLC_BLOCK];
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++) {
        if (!flc_isa_available((flc_isa)isa))
            continue;
        flc_draws *draws = make_draws(3, (flc_isa)isa);
        flc_draws_seek(draws, 5 * FLC_BLOCK);
        for (size_t count = 0; count <= MOST; count++) {
            uint32_t names[MOST];
            for (size_t row = 0; row < count; row++)
                names[row] = (uint32_t)((7 * row + count) % NAMES);
            memset(rows, 0, sizeof rows);
            flc_draws_normals(draws, names, count, 11, rows[0]);
            for (size_t row = 0; row < count; row++) {
                flc_draws_normal(draws, names[row], 11, own);
                assert_memory_equal(rows[row], own, sizeof own);
            }
            for (size_t row = count; row < MOST; row++)
                ASSERT_SAME_BITS(rows[row][0], 0.0);
        }
        flc_draws_free(draws);
    }
}

static void block_anywhere_equals_single_outputs_on_every_isa(void **unused)
{
    (void)unused;
    static const uint64_t firsts[] = {
        0, 1, FLC_BLOCK, 1000003, (UINT64_C(1) << 50) - 5, (UINT64_C(1) << 58) - FLC_BLOCK};
    static const uint64_t seeds[] = {0, 1, UINT64_MAX};
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++)
        for (size_t s = 0; s < 3 && flc_isa_available((flc_isa)isa); s++) {
            flc_draws *draws = make_draws(seeds[s], (flc_isa)isa);
            for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++)
                compare_block(draws, seeds[s], firsts[f]);
            flc_draws_free(draws);
        }
}

static void bits_do_not_depend_on_the_isa(void **unused)
{
    (void)unused;
    double expected[FLC_BLOCK], got[FLC_BLOCK];
    for (int isa = 1; isa < FLC_ISA_COUNT; isa++) {
        if (!flc_isa_available((flc_isa)isa))
            continue;
        flc_draws *plain = make_draws(11, FLC_ISA_GENERIC), *other = make_draws(11, (flc_isa)isa);
        for (unsigned block = 0; block < 200; block++) {
            const uint64_t first = (uint64_t)block * block * FLC_BLOCK;
            flc_draws_seek(plain, first);
            flc_draws_seek(other, first);
            flc_draws_normal(plain, block % NAMES, block % FLC_INDICES, expected);
            flc_draws_normal(other, block % NAMES, block % FLC_INDICES, got);
            assert_memory_equal(got, expected, sizeof got);
        }
        flc_draws_free(plain);
        flc_draws_free(other);
    }
}

static void uniform_lies_strictly_inside(void **unused)
{
    (void)unused;
    ASSERT_SAME_BITS(flc_uniform_of(0), 0x1p-53);
    ASSERT_SAME_BITS(flc_uniform_of(UINT64_MAX), 1.0 - 0x1p-53);
    ASSERT_SAME_BITS(flc_uniform_of(UINT64_C(1) << 63), 0.5 + 0x1p-53);
    ASSERT_SAME_BITS(flc_uniform_of(4095), 0x1p-53);
}

/* Odd lengths, x on top of u, tails and arguments no uniform takes. */
static void quantile_block_equals_the_scalar_one(void **unused)
{
    (void)unused;
    static const double odd[] = {0.0,       1.0,          -0.25,  1.25,    NAN,     INFINITY,
                                 -INFINITY, 5e-324,       1e-300, 0x1p-53, 0x1p-54, 1 - 0x1p-53,
                                 0.075,     0.0749999999, 0.925,  0.5,     -0.0,    1e-17};
    enum { MOST = 3 * FLC_BLOCK + 5 };
    double u[MOST], x[MOST];
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++) {
        if (!flc_isa_available((flc_isa)isa))
            continue;
        for (size_t count = 0; count <= MOST; count += count < 12 ? 1 : 37) {
            for (size_t i = 0; i < count; i++)
                u[i] = i % 5 ? flc_uniform_of(i * UINT64_C(0x9e3779b97f4a7c15))
                             : odd[i / 5 % (sizeof odd / sizeof *odd)];
            memcpy(x, u, count * sizeof *x);
            flc_normal_quantile_block((flc_isa)isa, x, x, count);
            for (size_t i = 0; i < count; i++)
                ASSERT_SAME_BITS(x[i], flc_normal_quantile(u[i]));
        }
    }
}

static void names_keep_their_numbers_and_texts(void **unused)
{
    (void)unused;
    enum { COUNT = 3000 };
    flc_names *names = flc_names_create(NULL);
    char name[2000];
    uint32_t number;
    for (int again = 0; again < 2; again++)
        for (uint32_t i = 0; i < COUNT; i++) {
            snprintf(name, sizeof name, "programs/%u/%0*u", i, (int)(1 + i % 1500), i);
            assert_int_equal(flc_names_add(names, &number, name, NULL), FLC_OK);
            assert_int_equal(number, i);
            assert_string_equal(flc_names_text(names, number), name);
        }
    assert_int_equal(flc_names_count(names), COUNT);
    flc_names_free(names);
}

static void running_out_of_memory_leaves_names_usable(void **unused)
{
    (void)unused;
    for (long n = 1; n < 12; n++) {
        uint32_t number;
        flc_error error;
        flc_memory_fail_after(n);
        flc_names *names = flc_names_create(&error);
        if (names) {
            flc_draws *draws = NULL;
            const flc_status added = flc_names_add(names, &number, "one", &error);
            if (added == FLC_OK)
                flc_streams_create(&draws, names, 1, FLC_ISA_GENERIC, &error);
            flc_draws_free(draws);
            flc_memory_fail_after(0);
            assert_int_equal(flc_names_add(names, &number, "two", &error), FLC_OK);
            assert_string_equal(flc_names_text(names, number), "two");
        }
        flc_memory_fail_after(0);
        flc_names_free(names);
    }
}

static void self_checks_pass(void **unused)
{
    (void)unused;
    flc_error error = {FLC_OK, ""};
    if (flc_self_check(&error) != FLC_OK || flc_streams_self_check(&error) != FLC_OK)
        fail_msg("%s", error.text);
}

/* --------------------------------------------------------------------------------------------
 * battery */

enum { DRAWN = 1 << 17, CELLS = 256 };

/* A sequence of outputs under test; `next` gives number i. */
struct sequence {
    uint64_t (*next)(const struct sequence *sequence, uint64_t i);
    uint64_t seed;
};

static uint64_t along(uint64_t seed, const char *name, uint64_t number)
{
    flc_stream stream;
    flc_stream_init(&stream, seed, name);
    return flc_stream_output(&stream, number);
}

/* One name's parameter over samples; one unit's years; many names at one address; seeds that
 * follow. */
static uint64_t over_samples(const struct sequence *s, uint64_t i)
{
    return along(s->seed, "macro/discount_rate", 64 * i);
}
static uint64_t over_years(const struct sequence *s, uint64_t i)
{
    return along(s->seed, "programs/MEP/budget", i / 15 * 64 + i % 15);
}
static uint64_t over_names(const struct sequence *s, uint64_t i)
{
    char name[64];
    snprintf(name, sizeof name, "programs/MEP/unit/%u.%u/match", 1900 + (unsigned)(i / 4096),
             (unsigned)(i % 4096));
    return along(s->seed, name, 64 * 12345 + 7);
}
static uint64_t over_seeds(const struct sequence *s, uint64_t i)
{
    return along(s->seed + i, "macro/inflation", 3);
}

/* Bad ones: states of a poor multiplier without the output function, a counter, names told apart by
 * 8 bits of their hash, years that fall on the same output. */
static uint64_t poor_multiplier(const struct sequence *s, uint64_t i)
{
    flc_u128 power = 1, base = 5;
    for (; i > 0; i >>= 1, base *= base)
        power *= i & 1 ? base : 1;
    return (uint64_t)(power * (wide(s->seed, 0) + 0x9e3779b97f4a7c15) >> 64);
}
static uint64_t plain_counter(const struct sequence *s, uint64_t i)
{
    return (s->seed + i) * UINT64_C(0x9e3779b97f4a7c15);
}
static uint64_t truncated_hash(const struct sequence *s, uint64_t i)
{
    const struct sequence names = {over_names, s->seed};
    return over_names(&names, over_names(&names, i) >> 56);
}
static uint64_t short_stride(const struct sequence *s, uint64_t i)
{
    return along(s->seed, "programs/MEP/budget", i / 15 * 14 + i % 15);
}

static uint64_t *draw(const struct sequence *s)
{
    uint64_t *x = malloc(DRAWN * sizeof *x);
    assert_non_null(x);
    for (uint64_t i = 0; i < DRAWN; i++)
        x[i] = s->next(s, i);
    return x;
}

/* Standard normal score of a chi-squared statistic (Wilson and Hilferty 1931). */
static double chi_squared_score(const long *counts, size_t cells, double expected)
{
    double sum = 0.0;
    for (size_t i = 0; i < cells; i++) {
        const double off = (double)counts[i] - expected;
        sum += off * off / expected;
    }
    const double freedom = (double)cells - 1.0, spread = 2.0 / (9.0 * freedom);
    return (cbrt(sum / freedom) - (1.0 - spread)) / sqrt(spread);
}

/* Each byte of the output, 256 cells. */
static double frequency_score(const uint64_t *x)
{
    double worst = 0.0;
    for (int byte = 0; byte < 8; byte++) {
        long counts[CELLS] = {0};
        for (size_t i = 0; i < DRAWN; i++)
            counts[x[i] >> 8 * byte & 255]++;
        worst = fmax(worst, fabs(chi_squared_score(counts, CELLS, DRAWN / (double)CELLS)));
    }
    return worst;
}

/* Pairs `lag` apart, four bits of each: the top, the middle, the bottom. */
static double serial_score(const uint64_t *x, size_t lag)
{
    double worst = 0.0;
    for (int shift = 0; shift <= 60; shift += 30) {
        long counts[CELLS] = {0};
        for (size_t i = 0; i + lag < DRAWN; i++)
            counts[(x[i] >> shift & 15) << 4 | (x[i + lag] >> shift & 15)]++;
        worst = fmax(worst, fabs(chi_squared_score(counts, CELLS, (double)(DRAWN - lag) / CELLS)));
    }
    return worst;
}

/* Runs above and below one half (Wald and Wolfowitz 1940). */
static double runs_score(const uint64_t *x)
{
    double above = 0.0, runs = 1.0;
    for (size_t i = 0; i < DRAWN; i++) {
        above += (double)(x[i] >> 63);
        runs += i > 0 && (x[i] ^ x[i - 1]) >> 63 ? 1.0 : 0.0;
    }
    const double below = DRAWN - above, product = 2.0 * above * below;
    const double mean = product / DRAWN + 1.0;
    const double variance = product * (product - DRAWN) / ((double)DRAWN * DRAWN * (DRAWN - 1.0));
    return fabs(runs - mean) / sqrt(variance);
}

/* Correlation of normals `lag` apart. */
static double correlation_score(const uint64_t *x, size_t lag)
{
    double sum = 0.0;
    for (size_t i = 0; i + lag < DRAWN; i++)
        sum += flc_normal_quantile(flc_uniform_of(x[i])) *
               flc_normal_quantile(flc_uniform_of(x[i + lag]));
    return fabs(sum) / sqrt((double)(DRAWN - lag));
}

/* The worst score of the battery: about 40 tests, so 5.6 is passed but once in a million. */
static double battery(const struct sequence *s)
{
    static const size_t lags[] = {1, 2, 15, 64, FLC_BLOCK, 4096};
    uint64_t *x = draw(s);
    double worst = fmax(frequency_score(x), runs_score(x));
    for (size_t i = 0; i < sizeof lags / sizeof *lags; i++)
        worst = fmax(worst, fmax(serial_score(x, lags[i]), correlation_score(x, lags[i])));
    free(x);
    print_message("worst score %.2f\n", worst);
    return worst;
}

static const double limit = 5.6;

static void streams_as_used_pass_the_battery(void **unused)
{
    (void)unused;
    static const struct sequence good[] = {
        {over_samples, 1}, {over_years, 2}, {over_names, 3}, {over_seeds, 4}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(battery(&good[i]) < limit);
}

static void battery_catches_bad_generators(void **unused)
{
    (void)unused;
    static const struct sequence bad[] = {
        {poor_multiplier, 1}, {plain_counter, 1}, {truncated_hash, 1}, {short_stride, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(battery(&bad[i]) > limit);
}

/* Correlations of normals between neighbouring names, samples, years and seeds, one pair at a time.
 */
static void neighbours_are_uncorrelated(void **unused)
{
    (void)unused;
    static const char *const pairs[][2] = {
        {"a", "b"}, {"programs/A/1", "programs/A/2"}, {"x", "x/"}};
    enum { COUNT = 1 << 15 };
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        double names = 0.0, years = 0.0, seeds = 0.0;
        for (uint64_t i = 0; i < COUNT; i++) {
            const uint64_t x = along(5, pairs[p][0], 64 * i);
            const double z = flc_normal_quantile(flc_uniform_of(x));
            names += z * flc_normal_quantile(flc_uniform_of(along(5, pairs[p][1], 64 * i)));
            years += z * flc_normal_quantile(flc_uniform_of(along(5, pairs[p][0], 64 * i + 1)));
            seeds += z * flc_normal_quantile(flc_uniform_of(along(6, pairs[p][0], 64 * i)));
        }
        assert_true(fabs(names) / sqrt(COUNT) < limit);
        assert_true(fabs(years) / sqrt(COUNT) < limit);
        assert_true(fabs(seeds) / sqrt(COUNT) < limit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_gives_the_reference_outputs),
        cmocka_unit_test(jump_equals_steps_and_jumps_back),
        cmocka_unit_test(stream_of_a_name_gives_pinned_outputs),
        cmocka_unit_test(stream_outputs_are_those_of_its_generator_in_turn),
        cmocka_unit_test(block_anywhere_equals_single_outputs_on_every_isa),
        cmocka_unit_test(normals_of_many_names_are_those_of_each),
        cmocka_unit_test(bits_do_not_depend_on_the_isa),
        cmocka_unit_test(uniform_lies_strictly_inside),
        cmocka_unit_test(quantile_block_equals_the_scalar_one),
        cmocka_unit_test(names_keep_their_numbers_and_texts),
        cmocka_unit_test(running_out_of_memory_leaves_names_usable),
        cmocka_unit_test(self_checks_pass),
        cmocka_unit_test(streams_as_used_pass_the_battery),
        cmocka_unit_test(battery_catches_bad_generators),
        cmocka_unit_test(neighbours_are_uncorrelated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
