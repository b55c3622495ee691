/* The table of quantities and its copula (distribution/quantities.h, copula.h). */
#include "distribution/quantities.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "distribution/copula.h"
#include "random/streams.h"
#include "support/assertions.h"
#include "support/families.h"

static const flc_domain any = FLC_ANY_NUMBER, share = FLC_SHARE, positive = FLC_POSITIVE,
                        not_negative = FLC_NOT_NEGATIVE, above_minus_one = FLC_ABOVE_MINUS_ONE,
                        whole = FLC_WHOLE_AT_LEAST_ONE, persistence = FLC_PERSISTENCE;

static flc_quantities *new_quantities(void)
{
    flc_quantities *quantities = flc_quantities_create(NULL);
    assert_non_null(quantities);
    return quantities;
}

static uint32_t sampled(flc_quantities *quantities, const char *path, const char *family,
                        const char *arguments, flc_domain domain)
{
    flc_quantity quantity = {FLC_NO_ROW};
    flc_error error = {0};
    if (flc_quantities_sampled_take(quantities, &quantity, path, must_make(family, arguments),
                                    domain, &error) != FLC_OK)
        fail_msg("%s: %s", path, error.text);
    return quantity.row;
}

static uint32_t constant(flc_quantities *quantities, double value)
{
    flc_quantity quantity = {FLC_NO_ROW};
    assert_int_equal(flc_quantities_constant(quantities, &quantity, value, NULL), FLC_OK);
    return quantity.row;
}

/* Draws of the finished table from block to block: out[sample] of each row asked for. */
static void draw(flc_quantities *quantities, uint64_t seed, size_t blocks, const uint32_t *rows,
                 double *const *out, size_t count)
{
    flc_error error = {0};
    flc_names *names = flc_names_create(&error);
    flc_draws *draws = NULL;
    if (flc_quantities_finish(quantities, names, &error) != FLC_OK)
        fail_msg("%s", error.text);
    assert_int_equal(flc_streams_create(&draws, names, seed, flc_isa_select(), &error), FLC_OK);
    double *values = FLC_NEW(double, flc_quantities_rows(quantities) * FLC_BLOCK, NULL);
    double *scratch = FLC_NEW(double, flc_quantities_scratch(quantities), NULL);
    flc_quantities_fill_constants(quantities, values);
    for (size_t block = 0; block < blocks; block++) {
        flc_draws_seek(draws, block * FLC_BLOCK);
        flc_quantities_sample(quantities, flc_isa_select(), values, scratch, draws);
        for (size_t i = 0; i < count; i++)
            memcpy(out[i] + block * FLC_BLOCK, values + (size_t)rows[i] * FLC_BLOCK,
                   FLC_BLOCK * sizeof(double));
    }
    flc_free(values);
    flc_free(scratch);
    flc_draws_free(draws);
    flc_names_free(names);
}

static void equal_constants_share_a_row(void **state)
{
    (void)state;
    flc_quantities *quantities = new_quantities();
    const uint32_t zero = constant(quantities, 0.0), half = constant(quantities, 0.5);
    const uint32_t row = sampled(quantities, "a", "uniform", "min=0 max=1", share);
    assert_int_equal(constant(quantities, 0.5), half);
    assert_int_equal(constant(quantities, -0.0), zero);
    assert_int_not_equal(constant(quantities, 0.25), half);
    assert_int_equal(flc_quantities_rows(quantities), 4);
    assert_int_equal(flc_quantities_sampled_count(quantities), 1);
    assert_int_equal(flc_quantities_sampled_row(quantities, 0), row);
    assert_true(flc_quantities_is_sampled(quantities, row));
    assert_false(flc_quantities_is_sampled(quantities, half));
    ASSERT_SAME_BITS(flc_quantities_value(quantities, zero), 0.0);
    ASSERT_SAME_BITS(flc_quantities_value(quantities, half), 0.5);
    ASSERT_NAN(flc_quantities_value(quantities, row));
    assert_string_equal(flc_quantities_path(quantities, row), "a");
    assert_null(flc_quantities_path(quantities, half));
    assert_null(flc_quantities_distribution(quantities, half));
    ASSERT_SAME_BITS(flc_quantities_low(quantities, half), 0.5);
    ASSERT_SAME_BITS(flc_quantities_high(quantities, row), 1.0);
    flc_quantities_free(quantities);
}

static void constants_must_be_finite(void **state)
{
    (void)state;
    flc_quantities *quantities = new_quantities();
    flc_quantity quantity;
    assert_int_equal(flc_quantities_constant(quantities, &quantity, NAN, NULL), FLC_ERROR_STUDY);
    assert_int_equal(flc_quantities_constant(quantities, &quantity, INFINITY, NULL),
                     FLC_ERROR_STUDY);
    flc_quantities_free(quantities);
}

/* Distributions against domains; NULL: allowed, else what the message must say. */
static void domains_are_kept_or_refused_by_rule(void **state)
{
    (void)state;
    const struct {
        const char *family, *arguments;
        flc_domain domain;
        const char *message;
    } cases[] = {
        {"uniform", "min=0 max=1", share, NULL},
        {"uniform", "min=0 max=1.01", share,
         "uniform takes values from 0 to 1.01; they must be in [0, 1]"},
        {"pert", "min=-0.1 mode=0 max=1", share, "-0.1 to 1"},
        {"uniform", "min=0 max=2", positive, NULL}, /* 0 has no probability */
        {"uniform", "min=-1 max=1", persistence, NULL},
        {"discrete", "values=0,1 weights=1,1", positive, "> 0"},
        {"discrete", "values=-1,0 weights=1,1", persistence, "in (-1, 1)"},
        {"discrete", "values=0,1 weights=1,1", persistence, "in (-1, 1)"},
        {"discrete", "values=1,2 weights=1,1", positive, NULL},
        {"normal", "mean=0.02 sd=0.01", above_minus_one, NULL},
        {"normal", "mean=0 sd=1", any, NULL},
        {"normal", "mean=0.5 sd=0.1", share, NULL},
        {"normal", "mean=0.5 sd=0.2", share, "a share of 0.0124"},
        {"normal", "mean=0 sd=1", not_negative, "truncated_normal"},
        {"truncated_normal", "mean=0 sd=1 min=0", not_negative, NULL},
        {"truncated_normal", "mean=0 sd=1 min=-0.1 max=1", not_negative, "-0.1 to 1"},
        {"lognormal", "median=25 p95=36", positive, NULL},
        {"lognormal", "median=0.1 p95=0.2", share, NULL},
        {"lognormal", "median=0.5 p95=1", share, "a share of 0.05"},
        {"gamma", "shape=2 scale=1", not_negative, NULL},
        {"discrete", "values=1,2,5 weights=1,1,1", whole, NULL},
        {"discrete", "values=0,2 weights=1,1", whole, "a whole number >= 1"},
        {"discrete", "values=1,2.5 weights=1,1", whole, "not whole"},
        {"uniform", "min=1 max=3", whole, "not whole"},
        {"empirical", "values=3,1,2", whole, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flc_quantities *quantities = new_quantities();
        flc_quantity quantity = {FLC_NO_ROW};
        flc_error error = {0};
        const flc_status status = flc_quantities_sampled_take(
            quantities, &quantity, "path", must_make(cases[i].family, cases[i].arguments),
            cases[i].domain, &error);
        const int right = cases[i].message
                              ? status == FLC_ERROR_STUDY && strstr(error.text, cases[i].message)
                              : status == FLC_OK;
        if (!right)
            fail_msg("%s %s: %d %s", cases[i].family, cases[i].arguments, status, error.text);
        flc_quantities_free(quantities);
    }
}

static void draws_outside_the_domain_are_refused(void **state)
{
    (void)state;
    flc_quantities *quantities = new_quantities();
    const flc_domain near = {-2.5, 4.0, true, false, false};
    const flc_domain open_above = {-2.5, 4.0, false, true, false};
    const uint32_t row = sampled(quantities, "a", "normal", "mean=0.75 sd=0.9", near);
    const uint32_t other = sampled(quantities, "c", "normal", "mean=0.75 sd=0.9", open_above);
    const uint32_t safe = sampled(quantities, "b", "uniform", "min=0 max=1", share);
    double values[3 * FLC_BLOCK], refused[FLC_BLOCK] = {0};
    for (size_t i = 0; i < 3 * FLC_BLOCK; i++)
        values[i] = 0.0;
    values[row * FLC_BLOCK + 1] = -2.5;
    values[row * FLC_BLOCK + 2] = -2.6;
    values[row * FLC_BLOCK + 3] = 4.0;
    values[row * FLC_BLOCK + 4] = 4.1;
    values[row * FLC_BLOCK + 5] = NAN;
    values[other * FLC_BLOCK + 7] = 4.0;
    values[other * FLC_BLOCK + 8] = -2.5;
    values[safe * FLC_BLOCK + 6] = 7.0; /* cannot be drawn, so is not looked at */
    refused[9] = 1.0;                   /* from before */
    flc_quantities_refuse(quantities, row, values, refused);
    flc_quantities_refuse(quantities, other, values, refused);
    flc_quantities_refuse(quantities, safe, values, refused);
    for (size_t i = 0; i < FLC_BLOCK; i++)
        ASSERT_SAME_BITS(refused[i],
                         i == 1 || i == 2 || i == 4 || i == 5 || i == 7 || i == 9 ? 1.0 : 0.0);
    flc_quantities_free(quantities);
}

static void a_path_is_taken_once(void **state)
{
    (void)state;
    flc_quantities *quantities = new_quantities();
    flc_quantity quantity;
    flc_error error = {0};
    sampled(quantities, "macro/entry", "uniform", "min=0 max=1", share);
    assert_int_equal(flc_quantities_sampled_take(quantities, &quantity, "macro/entry",
                                                 must_make("uniform", "min=0 max=1"), share,
                                                 &error),
                     FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "macro/entry is given twice"));
    flc_quantities_free(quantities);
}

static void wrong_ties_are_refused_with_the_remedy(void **state)
{
    (void)state;
    flc_quantities *quantities = new_quantities();
    flc_error error = {0};
    sampled(quantities, "macro/inflation/mean", "normal", "mean=0 sd=1", any);
    sampled(quantities, "accounts/tax_rate", "uniform", "min=0 max=1", share);
    const struct {
        const char *a, *b;
        double rank;
        const char *message;
    } cases[] = {
        {"macro/infation/mean", "accounts/tax_rate", 0.5, "did you mean macro/inflation/mean?"},
        {"accounts/tax_rate", "tax_rate", 0.5, "did you mean accounts/tax_rate?"},
        {"accounts/tax_rate", "programs/MEP/cost/ratio", 0.5, "only distributions"},
        {"accounts/tax_rate", "accounts/tax_rate", 0.5, "with itself"},
        {"accounts/tax_rate", "macro/inflation/mean", 1.0, "rank must be in (-1, 1), not 1"},
        {"accounts/tax_rate", "macro/inflation/mean", -1.5, "rank must be in (-1, 1), not -1.5"},
        {"accounts/tax_rate", "macro/inflation/mean", NAN, "rank must be in (-1, 1)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (flc_quantities_tie(quantities, cases[i].a, cases[i].b, cases[i].rank, &error) !=
                FLC_ERROR_STUDY ||
            !strstr(error.text, cases[i].message))
            fail_msg("%s, %s: %s", cases[i].a, cases[i].b, error.text);
    assert_int_equal(
        flc_quantities_tie(quantities, "accounts/tax_rate", "macro/inflation/mean", 0.5, &error),
        FLC_OK);
    assert_int_equal(
        flc_quantities_tie(quantities, "macro/inflation/mean", "accounts/tax_rate", 0.1, &error),
        FLC_ERROR_STUDY);
    assert_non_null(strstr(error.text, "given twice"));
    flc_quantities_free(quantities);
}

static void contradicting_ranks_name_the_eigenvalue_and_the_pairs(void **state)
{
    (void)state;
    flc_quantities *quantities = new_quantities();
    flc_names *names = flc_names_create(NULL);
    flc_error error = {0};
    static const char *const paths[] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < 5; i++)
        sampled(quantities, paths[i], "uniform", "min=0 max=1", share);
    flc_quantities_tie(quantities, "a", "b", 0.9, NULL);
    flc_quantities_tie(quantities, "b", "c", 0.9, NULL);
    flc_quantities_tie(quantities, "c", "a", -0.9, NULL);
    flc_quantities_tie(quantities, "d", "e", 0.3, NULL);
    assert_int_equal(flc_quantities_finish(quantities, names, &error), FLC_ERROR_STUDY);
    /* numpy.linalg.eigvalsh of 2 sin(pi rho/6): -0.81596 */
    assert_non_null(strstr(error.text, "smallest eigenvalue is -0.816"));
    assert_non_null(strstr(error.text, "a and b"));
    assert_non_null(strstr(error.text, "b and c"));
    assert_non_null(strstr(error.text, "a and c"));
    assert_null(strstr(error.text, "d and e"));
    flc_names_free(names);
    flc_quantities_free(quantities);
}

static void rank_correlation_becomes_two_sines(void **state)
{
    (void)state;
    for (int i = -100; i <= 100; i++)
        ASSERT_NEAR(flc_copula_correlation(i / 100.0), 2.0 * sin(acos(-1.0) * (i / 100.0) / 6.0),
                    3e-16, 1e-17);
}

/* numpy.linalg.cholesky of 2 sin(pi R/6), R = [[1,.5,-.3],[.5,1,.2],[-.3,.2,1]] (unit diagonal). */
static void factor_is_that_of_numpy(void **state)
{
    (void)state;
    const double ranks[9] = {1.0, 0.5, -0.3, 0.5, 1.0, 0.2, -0.3, 0.2, 1.0};
    const double expected[9] = {0x1.0000000000000p+0,
                                0x0.0p+0,
                                0x0.0p+0,
                                0x1.0907dc1930691p-1,
                                0x1.b611292fcdca7p-1,
                                0x0.0p+0,
                                -0x1.4060b67a85375p-2,
                                0x1.bc084fe581c8dp-2,
                                0x1.b0a842a0f7c8bp-1};
    double matrix[9], factor[9];
    const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 9; i++)
        matrix[i] = i % 4 == 0 ? 1.0 : flc_copula_correlation(ranks[i]);
    assert_int_equal(flc_copula_factor(factor, matrix, 3, names, NULL), FLC_OK);
    for (int i = 0; i < 9; i++)
        ASSERT_NEAR(factor[i], expected[i], 4e-16, 0.0);
}

static void smallest_eigenpair_solves_its_equation(void **state)
{
    (void)state;
    enum { N = 12 };
    double matrix[N * N], work[N * N], vectors[N * N], vector[N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            matrix[i * N + j] = i == j ? 1.0 : cos(1.0 + i * j + i + j) * 0.4;
    memcpy(work, matrix, sizeof work);
    const double smallest = flc_copula_smallest(vector, work, vectors, N);
    double length = 0.0;
    for (int i = 0; i < N; i++) {
        double product = 0.0;
        for (int j = 0; j < N; j++)
            product += matrix[i * N + j] * vector[j];
        ASSERT_NEAR(product, smallest * vector[i], 0.0, 1e-14);
        length += vector[i] * vector[i];
    }
    ASSERT_NEAR(length, 1.0, 1e-14, 0.0);
}

static int ascending(const void *a, const void *b)
{
    const double x = **(const double *const *)a, y = **(const double *const *)b;
    return (x > y) - (x < y);
}

/* Ranks of x, from 0. */
static void rank_of(double *rank, const double *x, size_t count)
{
    const double **order = FLC_NEW(const double *, count, NULL);
    for (size_t i = 0; i < count; i++)
        order[i] = &x[i];
    qsort(order, count, sizeof *order, ascending);
    for (size_t i = 0; i < count; i++)
        rank[order[i] - x] = (double)i;
    flc_free(order);
}

static double correlation(const double *x, const double *y, size_t count)
{
    double mx = 0.0, my = 0.0, xx = 0.0, yy = 0.0, xy = 0.0;
    for (size_t i = 0; i < count; i++) {
        mx += x[i] / (double)count;
        my += y[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

static double spearman(const double *x, const double *y, size_t count)
{
    double *ranks = FLC_NEW(double, 2 * count, NULL);
    rank_of(ranks, x, count);
    rank_of(ranks + count, y, count);
    const double result = correlation(ranks, ranks + count, count);
    flc_free(ranks);
    return result;
}

enum { BLOCKS = 521, SAMPLES = BLOCKS * FLC_BLOCK }; /* 1e5; error of a correlation 0.0032 */

static void ranks_are_tied_as_asked_and_others_left_alone(void **state)
{
    (void)state;
    flc_quantities *tied = new_quantities(), *free_ones = new_quantities();
    static const char *const families[4][3] = {{"z/lognormal", "lognormal", "mu=0 sigma=1"},
                                               {"b/uniform", "uniform", "min=-1 max=1"},
                                               {"a/normal", "normal", "mean=3 sd=2"},
                                               {"m/gamma", "gamma", "shape=0.5 scale=2"}};
    uint32_t rows[4];
    double *out[4], *before[4];
    for (int i = 0; i < 4; i++) {
        rows[i] = sampled(tied, families[i][0], families[i][1], families[i][2], any);
        sampled(free_ones, families[i][0], families[i][1], families[i][2], any);
        out[i] = FLC_NEW(double, SAMPLES, NULL);
        before[i] = FLC_NEW(double, SAMPLES, NULL);
    }
    flc_quantities_tie(tied, "z/lognormal", "a/normal", -0.6, NULL);
    flc_quantities_tie(tied, "b/uniform", "a/normal", 0.35, NULL);
    draw(tied, 20251, BLOCKS, rows, out, 4);
    draw(free_ones, 20251, BLOCKS, rows, before, 4);
    ASSERT_NEAR(spearman(out[0], out[2], SAMPLES), -0.6, 0.0, 0.015);
    ASSERT_NEAR(spearman(out[1], out[2], SAMPLES), 0.35, 0.0, 0.015);
    ASSERT_NEAR(spearman(out[0], out[1], SAMPLES), 0.0, 0.0, 0.015);
    ASSERT_NEAR(spearman(out[3], out[2], SAMPLES), 0.0, 0.0, 0.015);
    /* the first by path keeps its draws (L_11 = 1), up to the rounding of Phi(Phi^-1(u)) */
    for (size_t i = 0; i < SAMPLES; i++)
        ASSERT_NEAR(out[2][i], before[2][i], 1e-11, 1e-14);
    assert_memory_equal(out[3], before[3], SAMPLES * sizeof(double)); /* not tied: the same bits */
    assert_memory_not_equal(out[0], before[0], SAMPLES * sizeof(double));
    for (int i = 0; i < 4; i++) {
        flc_free(out[i]);
        flc_free(before[i]);
    }
    flc_quantities_free(tied);
    flc_quantities_free(free_ones);
}

static void normals_have_the_copulas_correlation_and_unchanged_marginals(void **state)
{
    (void)state;
    flc_quantities *quantities = new_quantities();
    const uint32_t rows[2] = {sampled(quantities, "x", "normal", "mean=0 sd=1", any),
                              sampled(quantities, "y", "normal", "mean=0 sd=1", any)};
    double *out[2] = {FLC_NEW(double, SAMPLES, NULL), FLC_NEW(double, SAMPLES, NULL)};
    flc_quantities_tie(quantities, "x", "y", 0.8, NULL);
    draw(quantities, 7, BLOCKS, rows, out, 2);
    ASSERT_NEAR(correlation(out[0], out[1], SAMPLES), 2.0 * sin(acos(-1.0) * 0.8 / 6.0), 0.0,
                0.008);
    for (int k = 0; k < 2;
         k++) { /* Kolmogorov-Smirnov against the normal, p = 1e-6 at 2.7/sqrt(n) */
        double *rank = FLC_NEW(double, SAMPLES, NULL), most = 0.0;
        rank_of(rank, out[k], SAMPLES);
        for (size_t i = 0; i < SAMPLES; i++) {
            const double gap = fabs((rank[i] + 0.5) / SAMPLES - 0.5 * erfc(-out[k][i] / sqrt(2.0)));
            most = gap > most ? gap : most;
        }
        assert_true(most < 2.7 / sqrt((double)SAMPLES));
        flc_free(rank);
        flc_free(out[k]);
    }
    flc_quantities_free(quantities);
}

/* The order in which quantities are made and tied does not matter, only their paths do. */
static void samples_depend_on_paths_not_on_order(void **state)
{
    (void)state;
    static const char *const paths[] = {"b", "a", "c"};
    double *out[2][3];
    for (int order = 0; order < 2; order++) {
        flc_quantities *quantities = new_quantities();
        uint32_t rows[3];
        for (int k = 0; k < 3; k++) {
            const int i = order ? 2 - k : k;
            rows[i] = sampled(quantities, paths[i], "normal", "mean=0 sd=1", any);
            out[order][i] = FLC_NEW(double, FLC_BLOCK, NULL);
        }
        flc_quantities_tie(quantities, order ? "a" : "c", order ? "c" : "a", 0.5, NULL);
        flc_quantities_tie(quantities, "a", "b", 0.4, NULL);
        draw(quantities, 1, 1, rows, out[order], 3);
        flc_quantities_free(quantities);
    }
    for (int i = 0; i < 3; i++) {
        assert_memory_equal(out[0][i], out[1][i], FLC_BLOCK * sizeof(double));
        flc_free(out[0][i]);
        flc_free(out[1][i]);
    }
}

/* MODEL section 10 in numpy: seed 11, paths "p" and "q", rank 0.5, samples 0, 1 and 191 of
 * uniforms. */
static void samples_are_those_of_numpy(void **state)
{
    (void)state;
    static const double expected[2][3] = {
        {0x1.46672bc94e345p-1, 0x1.8f12fee600168p-3, 0x1.794e4fcfb8c5ap-2},
        {0x1.1103a6b30cf5cp-1, 0x1.69c5c8b62982dp-2, 0x1.b5e2e080ba01ap-1}};
    static const size_t at[3] = {0, 1, 191};
    flc_quantities *quantities = new_quantities();
    const uint32_t rows[2] = {sampled(quantities, "p", "uniform", "min=0 max=1", share),
                              sampled(quantities, "q", "uniform", "min=0 max=1", share)};
    double p[FLC_BLOCK], q[FLC_BLOCK], *const out[2] = {p, q};
    flc_quantities_tie(quantities, "q", "p", 0.5, NULL);
    draw(quantities, 11, 1, rows, out, 2);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < 3; i++)
            ASSERT_NEAR(out[k][at[i]], expected[k][i], 4e-15, 0.0);
    flc_quantities_free(quantities);
}

/* Tied and untied, of families with and without atoms. */
static void uniforms_are_those_whose_quantiles_are_the_samples(void **state)
{
    (void)state;
    flc_quantities *quantities = new_quantities();
    flc_error error = {0};
    sampled(quantities, "z", "normal", "mean=0 sd=1", any);
    constant(quantities, 3.0);
    sampled(quantities, "d", "discrete", "values=1,2,5 weights=1,2,1", any);
    sampled(quantities, "b", "beta", "a=2 b=3", share);
    sampled(quantities, "free", "gamma", "shape=2 scale=3", positive);
    assert_int_equal(flc_quantities_tie(quantities, "z", "b", 0.6, &error), FLC_OK);
    assert_int_equal(flc_quantities_tie(quantities, "b", "d", -0.4, &error), FLC_OK);
    flc_names *names = flc_names_create(&error);
    flc_draws *draws = NULL;
    assert_int_equal(flc_quantities_finish(quantities, names, &error), FLC_OK);
    assert_int_equal(flc_streams_create(&draws, names, 7, FLC_ISA_GENERIC, &error), FLC_OK);
    const size_t count = flc_quantities_sampled_count(quantities);
    double *values = FLC_NEW(double, flc_quantities_rows(quantities) * FLC_BLOCK, NULL);
    double *scratch = FLC_NEW(double, flc_quantities_scratch(quantities), NULL);
    double *u = FLC_NEW(double, count *FLC_BLOCK, NULL), x[FLC_BLOCK];
    for (size_t block = 0; block < 4; block++) {
        flc_draws_seek(draws, block * FLC_BLOCK);
        flc_quantities_sample(quantities, FLC_ISA_GENERIC, values, scratch, draws);
        flc_quantities_uniforms(quantities, flc_isa_select(), u, scratch, draws);
        for (size_t i = 0; i < count; i++) {
            const uint32_t row = flc_quantities_sampled_row(quantities, i);
            flc_distribution_quantile(flc_quantities_distribution(quantities, row), FLC_ISA_GENERIC,
                                      x, u + i * FLC_BLOCK, FLC_BLOCK);
            assert_memory_equal(x, values + row * FLC_BLOCK, sizeof x);
            for (size_t l = 0; l < FLC_BLOCK; l++)
                assert_true(u[i * FLC_BLOCK + l] > 0.0 && u[i * FLC_BLOCK + l] < 1.0);
        }
    }
    flc_free(u);
    flc_free(values);
    flc_free(scratch);
    flc_draws_free(draws);
    flc_names_free(names);
    flc_quantities_free(quantities);
}

static void constants_fill_their_rows(void **state)
{
    (void)state;
    flc_quantities *quantities = new_quantities();
    const uint32_t first = constant(quantities, 4.5);
    const uint32_t row = sampled(quantities, "a", "uniform", "min=0 max=1", share);
    const uint32_t second = constant(quantities, -1.0);
    double values[3 * FLC_BLOCK];
    for (size_t i = 0; i < 3 * FLC_BLOCK; i++)
        values[i] = 99.0;
    flc_quantities_fill_constants(quantities, values);
    for (size_t i = 0; i < FLC_BLOCK; i++) {
        ASSERT_SAME_BITS(values[first * FLC_BLOCK + i], 4.5);
        ASSERT_SAME_BITS(values[row * FLC_BLOCK + i], 99.0);
        ASSERT_SAME_BITS(values[second * FLC_BLOCK + i], -1.0);
    }
    flc_quantities_free(quantities);
}

#ifdef FLC_TEST_HOOKS
/* With the n-th allocation failing. */
static flc_status build_and_finish(long n, flc_error *error)
{
    flc_quantity quantity;
    flc_names *names = NULL;
    flc_distribution *one = must_make("normal", "mean=0 sd=1");
    flc_distribution *other = must_make("normal", "mean=0 sd=1");
    flc_status status = FLC_ERROR_MEMORY;
    flc_memory_fail_after(n);
    flc_quantities *quantities = flc_quantities_create(error);
    if (!quantities) {
        flc_distribution_free(one);
        flc_distribution_free(other);
        goto done;
    }
    names = flc_names_create(error);
    status = flc_quantities_sampled_take(quantities, &quantity, "x", one, any, error);
    const flc_status second =
        flc_quantities_sampled_take(quantities, &quantity, "y", other, any, error);
    status = status == FLC_OK ? second : status;
    if (status == FLC_OK)
        status = flc_quantities_constant(quantities, &quantity, 2.0, error);
    if (status == FLC_OK)
        status = flc_quantities_tie(quantities, "x", "y", 0.5, error);
    if (status == FLC_OK)
        status = names ? flc_quantities_finish(quantities, names, error) : FLC_ERROR_MEMORY;
done:
    flc_memory_fail_after(0);
    flc_names_free(names);
    flc_quantities_free(quantities);
    return status;
}

static void running_out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    for (long n = 1;; n++) {
        flc_error error = {0};
        const flc_status status = build_and_finish(n, &error);
        if (status == FLC_OK)
            break;
        assert_int_equal(status, FLC_ERROR_MEMORY);
        assert_true(n < 1000);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_constants_share_a_row),
        cmocka_unit_test(constants_must_be_finite),
        cmocka_unit_test(domains_are_kept_or_refused_by_rule),
        cmocka_unit_test(draws_outside_the_domain_are_refused),
        cmocka_unit_test(a_path_is_taken_once),
        cmocka_unit_test(wrong_ties_are_refused_with_the_remedy),
        cmocka_unit_test(contradicting_ranks_name_the_eigenvalue_and_the_pairs),
        cmocka_unit_test(rank_correlation_becomes_two_sines),
        cmocka_unit_test(factor_is_that_of_numpy),
        cmocka_unit_test(smallest_eigenpair_solves_its_equation),
        cmocka_unit_test(ranks_are_tied_as_asked_and_others_left_alone),
        cmocka_unit_test(normals_have_the_copulas_correlation_and_unchanged_marginals),
        cmocka_unit_test(samples_depend_on_paths_not_on_order),
        cmocka_unit_test(samples_are_those_of_numpy),
        cmocka_unit_test(uniforms_are_those_whose_quantiles_are_the_samples),
        cmocka_unit_test(constants_fill_their_rows),
#ifdef FLC_TEST_HOOKS
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
#endif
    };
    return cmocka_run_group_tests_name("quantities", tests, NULL, NULL);
}
