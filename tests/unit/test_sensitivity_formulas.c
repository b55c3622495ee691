/* What the methods of sensitivity read from their sums is what their formulas give of all kept
 * evaluations: plain loops here, without standardisation, blocks or fixed-point numbers. The model
 * has undefined and infinite values, values far out of the pilot's range, and a last block that is
 * not full. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sensitivity/screening.h"
#include "sensitivity/shapley.h"
#include "sensitivity/sobol_indices.h"
#include "support/assertions.h"
#include "support/lane_models.h"

enum { NUMBERS = 3, OUTPUTS = 4, BLOCKS = 40, SAMPLES = BLOCKS * FLC_BLOCK - 50, SEED = 11 };
enum { ROWS = 1 << NUMBERS, ALL = ROWS - 1 };

static void model(double *y, const double *u)
{
    y[0] = u[0] < 0.13 && u[1] < 0.4 ? (double)NAN : 50 + u[1] / (0.1 + u[0]) + u[2];
    y[1] = u[0] * u[1] < 0.3 && u[2] > 0.87 ? (double)INFINITY : u[0] - 1e6 * u[2] * u[1];
    y[2] = u[0] > 0.998 ? 1e9 * u[1] * u[2] : 0.0;
    y[3] = 700 + sin(7 * u[0]) + 4 * (u[1] - 0.4) * (u[1] - 0.4) + u[0] * u[1] * u[2];
}
static const struct lane_model plain = {
    .name = "plain", .numbers = NUMBERS, .outputs = OUTPUTS, .f = model};

/* All rows of all samples: bit f of the row's number says that factor f is released. */
struct kept {
    double y[ROWS][OUTPUTS][SAMPLES];
    double sign[NUMBERS][SAMPLES];
};

static struct kept *keep(struct lane_rows *rows)
{
    struct kept *kept = FLC_NEW(struct kept, 1, NULL);
    for (uint64_t first = 0; first < SAMPLES; first += FLC_BLOCK) {
        lane_rows_block(rows, first);
        for (size_t row = 0; row < ROWS; row++) {
            const bool released[NUMBERS] = {row & 1, row >> 1 & 1, row >> 2 & 1};
            const double *values = rows->rows.evaluate(rows, released);
            for (size_t o = 0; o < OUTPUTS; o++)
                for (size_t l = 0; l < FLC_BLOCK && first + l < SAMPLES; l++)
                    kept->y[row][o][first + l] = flc_rows_lanes(&rows->rows, values, o)[l];
        }
        for (size_t i = 0; i < NUMBERS; i++)
            for (size_t l = 0; l < FLC_BLOCK && first + l < SAMPLES; l++)
                kept->sign[i][first + l] = rows->sign[i][l];
    }
    return kept;
}

struct kit {
    struct lane_rows *rows;
    struct kept *kept;
    flc_collector *collector;
};

static struct kit begin(bool screening)
{
    struct kit kit = {lane_rows_create(&plain, FLC_DESIGN_MC, SEED, SAMPLES, screening), NULL,
                      NULL};
    kit.kept = keep(kit.rows);
    return kit;
}

static void end(struct kit *kit)
{
    flc_collector_free(kit->collector);
    flc_free(kit->kept);
    lane_rows_free(kit->rows);
}

/* Mean over the samples where none of the rows a, b, c, d is undefined or infinite. */
typedef double (*term)(double a, double b, double c, double d);
static const double middles[OUTPUTS] = {52, -2.5e5, 0, 701}; /* taken off first */
static double mean_of(term f, const double *a, const double *b, const double *c, const double *d,
                      double about, double *count)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < SAMPLES; i++)
        if (isfinite(a[i]) && isfinite(b[i]) && isfinite(c[i]) && isfinite(d[i])) {
            sum += f(a[i] - about, b[i] - about, c[i] - about, d[i] - about);
            n++;
        }
    if (count)
        *count = n;
    return sum / n;
}

/* ---- Sobol' indices -------------------------------------------------------------------------- */

static double pooled(double a, double b, double c, double d)
{
    (void)c, (void)d;
    return (a + b) / 2;
}
static double pooled_square(double a, double b, double c, double d)
{
    (void)c, (void)d;
    return (a * a + b * b) / 2;
}
static double a_b(double a, double b, double c, double d)
{
    (void)c, (void)d;
    return a * b;
}
static double b_with_difference(double a, double b, double c, double d)
{
    (void)d;
    return b * (c - a);
}
static double difference(double a, double b, double c, double d)
{
    (void)b, (void)d;
    return c - a;
}
static double squared_difference(double a, double b, double c, double d)
{
    (void)b, (void)d;
    return (c - a) * (c - a);
}
static double product_of_differences(double a, double b, double c, double d)
{
    return (c - a) * (d - b);
}

struct moments {
    double count, mean, variance, chance;
};

static struct moments moments_of(const struct kept *kept, size_t o)
{
    const double *a = kept->y[0][o], *b = kept->y[ALL][o];
    struct moments m;
    m.mean = mean_of(pooled, a, b, a, b, middles[o], &m.count);
    m.variance = mean_of(pooled_square, a, b, a, b, middles[o], NULL) - m.mean * m.mean;
    m.chance = mean_of(a_b, a, b, a, b, middles[o], NULL) - m.mean * m.mean;
    return m;
}

struct index {
    double first, total, left_out;
};

static struct index index_of(const struct kept *kept, size_t o, size_t row, bool mirrored)
{
    const double *a = kept->y[mirrored ? ALL : 0][o], *b = kept->y[mirrored ? 0 : ALL][o];
    const double *c = kept->y[row][o];
    const struct moments m = moments_of(kept, o);
    struct index index;
    double count;
    index.total = mean_of(squared_difference, a, b, c, a, middles[o], &count) / (2 * m.variance);
    index.first =
        (mean_of(b_with_difference, a, b, c, a, middles[o], NULL) -
         m.mean * mean_of(difference, a, b, c, a, middles[o], NULL) + index.total * m.chance) /
        m.variance;
    index.left_out = SAMPLES - count;
    return index;
}

static void first_and_total_indices_are_those_of_the_formulas(void **state)
{
    (void)state;
    struct kit kit = begin(false);
    kit.collector = flc_sobol_create(&kit.rows->rows, lane_rows_block(kit.rows, 0), false, NULL);
    lane_rows_add(kit.rows, kit.collector, flc_isa_select(), 0, SAMPLES);
    for (size_t o = 0; o < OUTPUTS; o++) {
        flc_sobol_index indices[NUMBERS];
        flc_estimate sum;
        const struct moments m = moments_of(kit.kept, o);
        const flc_analysed analysed = flc_sobol_output(kit.collector, o);
        flc_sobol_read(indices, &sum, kit.collector, o, 0.95);
        assert_int_equal(analysed.samples, (uint64_t)m.count);
        assert_int_equal(analysed.left_out, SAMPLES - (uint64_t)m.count);
        ASSERT_NEAR(analysed.mean, m.mean + middles[o], 1e-9, 0);
        ASSERT_NEAR(analysed.variance, m.variance * 2 * m.count / (2 * m.count - 1), 1e-9, 0);
        double firsts = 0;
        for (size_t f = 0; f < NUMBERS; f++) {
            const struct index expected = index_of(kit.kept, o, (size_t)1 << f, false);
            ASSERT_NEAR(indices[f].first.value, expected.first, 0, 1e-8);
            ASSERT_NEAR(indices[f].total.value, expected.total, 0, 1e-8);
            assert_int_equal(indices[f].left_out, (uint64_t)expected.left_out);
            firsts += expected.first;
        }
        ASSERT_NEAR(sum.value, firsts, 0, 3e-8);
    }
    end(&kit);
}

static void second_order_indices_are_those_of_the_formulas(void **state)
{
    (void)state;
    struct kit kit = begin(false);
    kit.collector = flc_sobol_create(&kit.rows->rows, lane_rows_block(kit.rows, 0), true, NULL);
    lane_rows_add(kit.rows, kit.collector, flc_isa_select(), 0, SAMPLES);
    for (size_t o = 0; o < OUTPUTS; o++) {
        flc_sobol_index indices[NUMBERS];
        flc_sobol_pair pairs[NUMBERS];
        const struct moments m = moments_of(kit.kept, o);
        const double *a = kit.kept->y[0][o], *b = kit.kept->y[ALL][o];
        flc_sobol_read(indices, NULL, kit.collector, o, 0.95);
        flc_sobol_read_pairs(pairs, kit.collector, o, 0.95);
        double first[NUMBERS];
        for (size_t f = 0; f < NUMBERS; f++) {
            const struct index one = index_of(kit.kept, o, (size_t)1 << f, false);
            const struct index two = index_of(kit.kept, o, ALL - ((size_t)1 << f), true);
            first[f] = (one.first + two.first) / 2;
            ASSERT_NEAR(indices[f].first.value, first[f], 0, 1e-8);
            ASSERT_NEAR(indices[f].total.value, (one.total + two.total) / 2, 0, 1e-8);
        }
        assert_int_equal(flc_sobol_pair_count(kit.collector, o), 3);
        for (size_t k = 0; k < 3; k++) {
            const size_t f = pairs[k].factors[0], g = pairs[k].factors[1];
            double count[2], product[2];
            for (int side = 0; side < 2; side++) {
                const size_t i = side ? g : f, j = side ? f : g;
                product[side] = mean_of(product_of_differences, a, b, kit.kept->y[1 << i][o],
                                        kit.kept->y[ALL - (1 << j)][o], middles[o], &count[side]);
            }
            const double expected = (product[0] * count[0] + product[1] * count[1]) /
                                    (count[0] + count[1]) / m.variance;
            assert_true(f < g);
            ASSERT_NEAR(pairs[k].interaction.value, expected, 0, 1e-8);
            ASSERT_NEAR(pairs[k].closed.value, expected + first[f] + first[g], 0, 3e-8);
        }
    }
    end(&kit);
}

/* ---- Shapley effects ------------------------------------------------------------------------- */

static void shapley_effects_are_those_of_the_chains(void **state)
{
    (void)state;
    struct kit kit = begin(false);
    kit.collector = flc_shapley_create(&kit.rows->rows, lane_rows_block(kit.rows, 0), SEED, NULL);
    lane_rows_add(kit.rows, kit.collector, flc_isa_select(), 0, SAMPLES);
    for (size_t o = 0; o < OUTPUTS; o++) {
        double phi[NUMBERS] = {0}, squares = 0, n = 0;
        uint64_t held[NUMBERS] = {0};
        for (size_t i = 0; i < SAMPLES; i++) {
            const double a = kit.kept->y[0][o][i], b = kit.kept->y[ALL][o][i];
            size_t order[NUMBERS], row = 0;
            double before = a;
            if (!isfinite(a) || !isfinite(b))
                continue;
            flc_shapley_order(order, NUMBERS, SEED, i / FLC_BLOCK);
            for (size_t k = 0; k < NUMBERS; k++) {
                row |= (size_t)1 << order[k];
                const double y = kit.kept->y[row][o][i], now = isfinite(y) ? y : before;
                held[order[k]] += !isfinite(y);
                phi[order[k]] += (a - (before + now) / 2) * (before - now);
                before = now;
            }
            squares += (a - b) * (a - b) / 2;
            n++;
        }
        flc_shapley_effect effects[NUMBERS];
        double sum = 0;
        flc_shapley_read(effects, kit.collector, o, 0.95);
        const flc_analysed analysed = flc_shapley_output(kit.collector, o);
        ASSERT_NEAR(analysed.variance, squares / n, 1e-8, 0);
        for (size_t f = 0; f < NUMBERS; f++) {
            ASSERT_NEAR(effects[f].effect.value, phi[f] / squares, 0, 1e-8);
            assert_int_equal(effects[f].held, held[f]);
            sum += effects[f].effect.value;
        }
        ASSERT_NEAR(sum, 1, 1e-14, 0);
        assert_true(o != 0 || held[0] > 10);
    }
    end(&kit);
}

static void orders_are_permutations_and_pairs_are_reversed(void **state)
{
    (void)state;
    enum { FACTORS = 5, TIMES = 4000 };
    unsigned first[FACTORS] = {0};
    for (uint64_t block = 0; block < TIMES; block += 2) {
        size_t order[FACTORS], other[FACTORS];
        bool seen[FACTORS] = {false};
        flc_shapley_order(order, FACTORS, SEED, block);
        flc_shapley_order(other, FACTORS, SEED, block + 1);
        for (size_t k = 0; k < FACTORS; k++) {
            assert_true(order[k] < FACTORS && !seen[order[k]]);
            seen[order[k]] = true;
            assert_int_equal(other[FACTORS - 1 - k], order[k]);
        }
        first[order[0]]++;
    }
    for (size_t f = 0; f < FACTORS; f++) /* of 2000: 400 each, 5 standard deviations of 18 */
        assert_in_range(first[f], 310, 490);
}

/* ---- Elementary effects ---------------------------------------------------------------------- */

static void elementary_effects_are_those_of_the_formulas(void **state)
{
    (void)state;
    struct kit kit = begin(true);
    kit.collector = flc_screening_create(&kit.rows->rows, lane_rows_block(kit.rows, 0), 0.5, NULL);
    lane_rows_add(kit.rows, kit.collector, flc_isa_select(), 0, SAMPLES);
    for (size_t o = 0; o < OUTPUTS; o++) {
        flc_screening_effect effects[NUMBERS];
        flc_screening_read(effects, kit.collector, o, 0.95);
        for (size_t f = 0; f < NUMBERS; f++) {
            double sum = 0, size = 0, squares = 0, n = 0;
            for (size_t i = 0; i < SAMPLES; i++) {
                const double d = (kit.kept->y[1 << f][o][i] - kit.kept->y[0][o][i]) / 0.5;
                if (!isfinite(d))
                    continue;
                sum += d * kit.kept->sign[f][i];
                size += fabs(d);
                squares += d * d;
                n++;
            }
            const double sigma = sqrt((squares - sum * sum / n) / (n - 1));
            assert_true(effects[f].directed);
            assert_int_equal(effects[f].left_out, SAMPLES - (uint64_t)n);
            ASSERT_NEAR(effects[f].mu.value, sum / n, 1e-8, 1e-9);
            ASSERT_NEAR(effects[f].mu_star.value, size / n, 1e-8, 1e-9);
            ASSERT_NEAR(effects[f].sigma.value, sigma, 1e-7, 1e-5);
        }
    }
    end(&kit);
}

/* Two numbers in one group, which has no direction. */
static const size_t groups[NUMBERS] = {0, 1, 1};
static const struct lane_model grouped = {.name = "grouped",
                                          .numbers = NUMBERS,
                                          .outputs = OUTPUTS,
                                          .f = model,
                                          .factors = 2,
                                          .factor_of = groups};

static void groups_have_no_sign(void **state)
{
    (void)state;
    struct lane_rows *rows = lane_rows_create(&grouped, FLC_DESIGN_MC, SEED, 960, true);
    flc_collector *collector =
        flc_screening_create(&rows->rows, lane_rows_block(rows, 0), 0.5, NULL);
    flc_screening_effect effects[2];
    lane_rows_add(rows, collector, flc_isa_select(), 0, 960);
    flc_screening_read(effects, collector, 3, 0.95);
    assert_false(effects[1].directed);
    ASSERT_NAN(effects[1].mu.value);
    assert_true(effects[1].mu_star.value > 0 && effects[1].sigma.value > 0);
    flc_collector_free(collector);
    lane_rows_free(rows);
}

/* ---- Undefined values ------------------------------------------------------------------------ */

/* The same twice, the second time undefined at places that are nothing special. */
static void with_gaps(double *y, const double *u)
{
    const double hidden = 1000 * (u[0] + u[1] + u[2]);
    y[0] = y[1] = sin(7 * u[0]) + u[1] * u[1] + u[0] * u[1] * u[2];
    if (hidden - floor(hidden) < 0.002)
        y[1] = (double)NAN;
}
static const struct lane_model gappy = {
    .name = "gappy", .numbers = NUMBERS, .outputs = 2, .f = with_gaps};

static void assert_within(flc_interval bounds, double value)
{
    assert_true(bounds.low <= value && value <= bounds.high);
    assert_true(bounds.low < bounds.high && bounds.high - bounds.low < 0.5);
}

static void bounds_hold_what_would_have_been(void **state)
{
    (void)state;
    struct lane_rows *rows = lane_rows_create(&gappy, FLC_DESIGN_MC, SEED, 9600, false);
    const double *pilot = lane_rows_block(rows, 0);
    flc_collector *sobol = flc_sobol_create(&rows->rows, pilot, true, NULL);
    flc_collector *shapley = flc_shapley_create(&rows->rows, pilot, SEED, NULL);
    lane_rows_add(rows, sobol, flc_isa_select(), 0, 9600);
    lane_rows_add(rows, shapley, flc_isa_select(), 0, 9600);
    flc_sobol_index full[NUMBERS], gaps[NUMBERS];
    flc_sobol_pair full_pairs[NUMBERS], pairs[NUMBERS];
    flc_shapley_effect full_effects[NUMBERS], effects[NUMBERS];
    flc_sobol_read(full, NULL, sobol, 0, 0.95);
    flc_sobol_read(gaps, NULL, sobol, 1, 0.95);
    flc_sobol_read_pairs(full_pairs, sobol, 0, 0.95);
    flc_sobol_read_pairs(pairs, sobol, 1, 0.95);
    flc_shapley_read(full_effects, shapley, 0, 0.95);
    flc_shapley_read(effects, shapley, 1, 0.95);
    for (size_t f = 0; f < NUMBERS; f++) {
        assert_true(gaps[f].left_out > 20 && full[f].left_out == 0);
        assert_within(gaps[f].first_bounds, full[f].first.value);
        assert_within(gaps[f].total_bounds, full[f].total.value);
        assert_within(pairs[f].interaction_bounds, full_pairs[f].interaction.value);
        assert_within(effects[f].bounds, full_effects[f].effect.value);
        ASSERT_SAME_BITS(full[f].first_bounds.low, full[f].first.value);
        ASSERT_SAME_BITS(full[f].total_bounds.high, full[f].total.value);
    }
    flc_collector_free(sobol);
    flc_collector_free(shapley);
    lane_rows_free(rows);
}

/* A constant; nothing; a constant in the pilot that varies too little for its sums later. */
static void constant_output(double *y, const double *u)
{
    y[0] = 3.25;
    y[1] = (double)NAN;
    y[2] = u[0] > 0.9995 ? 3.25 + 1e-4 * u[1] : 3.25;
}
static const struct lane_model nothing = {
    .name = "nothing", .numbers = NUMBERS, .outputs = 3, .f = constant_output};

static void outputs_without_variance_have_no_indices(void **state)
{
    (void)state;
    struct lane_rows *rows = lane_rows_create(&nothing, FLC_DESIGN_MC, SEED, SAMPLES, false);
    flc_collector *sobol = flc_sobol_create(&rows->rows, lane_rows_block(rows, 0), false, NULL);
    flc_collector *shapley = flc_shapley_create(&rows->rows, lane_rows_block(rows, 0), SEED, NULL);
    lane_rows_add(rows, sobol, flc_isa_select(), 0, SAMPLES);
    lane_rows_add(rows, shapley, flc_isa_select(), 0, SAMPLES);
    for (size_t o = 0; o < 3; o++) {
        flc_sobol_index indices[NUMBERS];
        flc_shapley_effect effects[NUMBERS];
        flc_sobol_read(indices, NULL, sobol, o, 0.95);
        flc_shapley_read(effects, shapley, o, 0.95);
        for (size_t f = 0; f < NUMBERS; f++) {
            ASSERT_NAN(indices[f].first.value);
            ASSERT_NAN(indices[f].total.error);
            ASSERT_NAN(effects[f].effect.value);
            assert_true(flc_estimate_is_weak(indices[f].first));
        }
    }
    ASSERT_SAME_BITS(flc_sobol_output(sobol, 0).mean, 3.25);
    ASSERT_SAME_BITS(flc_sobol_output(sobol, 0).variance, 0.0);
    assert_true(flc_sobol_output(sobol, 2).largest > 3.25);
    assert_int_equal(flc_sobol_output(sobol, 1).left_out, SAMPLES);
    ASSERT_NAN(flc_sobol_output(sobol, 1).largest);
    flc_collector_free(sobol);
    flc_collector_free(shapley);
    lane_rows_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_and_total_indices_are_those_of_the_formulas),
        cmocka_unit_test(second_order_indices_are_those_of_the_formulas),
        cmocka_unit_test(shapley_effects_are_those_of_the_chains),
        cmocka_unit_test(orders_are_permutations_and_pairs_are_reversed),
        cmocka_unit_test(elementary_effects_are_those_of_the_formulas),
        cmocka_unit_test(groups_have_no_sign),
        cmocka_unit_test(bounds_hold_what_would_have_been),
        cmocka_unit_test(outputs_without_variance_have_no_indices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
