/* Factors of a study, and rows of evaluations that release some of them. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "study/row_evaluator.h"
#include "support/assertions.h"

/* Two programs, each with uncertain match and a multiplier, the multipliers tied; macro and
 * portfolio quantities; shocks everywhere. */
static const char text[] =
    "fulcrum: 1\ntitle: T\n"
    "horizon: {base_year: 2025, years: 3}\n"
    "macro: {activity: {persistence: 0.5, volatility: 0.02},\n"
    "        discount_rate: {uniform: {min: 0.01, max: 0.07}}}\n"
    "portfolio: {coordination: {uniform: {min: 0, max: 1}}}\n"
    "programs:\n"
    "  ONE:\n"
    "    instrument: grant\n"
    "    overlap: {uniform: {min: 0, max: 0.2}}\n"
    "    budget: {mode: share, plan: {2025: 100}, volatility: 0.1}\n"
    "    units: {cohorts: [{start: 2015, count: 3}], size_dispersion: 0.3}\n"
    "    match: {required: 1, sources: {state: {ratio: {uniform: {min: 0.6, max: 1.4}},\n"
    "            volatility: 0.2, cyclicality: 1.5}}}\n"
    "    cost: {ratio: 2, volatility: 0.1}\n"
    "    outcomes: {sales: {multiplier: {normal: {mean: 10, sd: 1}}, driver: federal,\n"
    "               value: 0.3}}\n"
    "  TWO:\n"
    "    instrument: grant\n"
    "    budget: {mode: share, plan: {2025: 50}, volatility: 0.1}\n"
    "    units: {cohorts: [{start: 2020, count: 2}]}\n"
    "    match: {required: 1, sources: {state: {ratio: {uniform: {min: 0.9, max: 1.6}}}}}\n"
    "    cost: {ratio: 2}\n"
    "    outcomes: {sales: {multiplier: {lognormal: {median: 5, p95: 9}}, driver: federal,\n"
    "               value: 0.2}}\n"
    "dependence:\n"
    "  - {pair: [programs/ONE/outcomes/sales/multiplier, programs/TWO/outcomes/sales/multiplier],\n"
    "     rank: 0.8}\n";

struct fixture {
    flc_study *study;
    flc_factors *atoms, *factors;
    flc_row_evaluator *rows;
    flc_row_view *view;
    size_t *outputs, output_count;
    flc_error error;
};

static void open_with(struct fixture *f, flc_factors_by by, const char *const *groups, size_t count,
                      bool screening)
{
    const flc_points points = {.design = FLC_DESIGN_MC, .seed = 7};
    *f = (struct fixture){.error = {FLC_OK, ""}};
    assert_int_equal(flc_study_parse(&f->study, text, strlen(text), "t.yaml", &f->error), FLC_OK);
    assert_int_equal(flc_factors_create(&f->factors, f->study, by, groups, count, &f->error),
                     FLC_OK);
    f->output_count = flc_metrics_outputs(&f->study->metrics);
    f->outputs = FLC_NEW(size_t, f->output_count, &f->error);
    for (size_t o = 0; o < f->output_count; o++)
        f->outputs[o] = o;
    assert_int_equal(flc_factors_create(&f->atoms, f->study, FLC_BY_QUANTITY, NULL, 0, &f->error),
                     FLC_OK);
    assert_int_equal(flc_row_evaluator_create(&f->rows, f->atoms, &points, screening,
                                              flc_isa_select(), &f->error),
                     FLC_OK);
    assert_int_equal(
        flc_row_view_create(&f->view, f->rows, f->factors, f->outputs, f->output_count, &f->error),
        FLC_OK);
}

static void close_all(struct fixture *f)
{
    flc_row_view_free(f->view);
    flc_row_evaluator_free(f->rows);
    flc_factors_free(f->factors);
    flc_factors_free(f->atoms);
    flc_study_free(f->study);
    flc_free(f->outputs);
}

static size_t factor_named(const struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->factors->count; i++)
        if (strcmp(f->factors->items[i].name, name) == 0)
            return i;
    fail_msg("no factor %s", name);
    return 0;
}

static size_t output_named(const struct fixture *f, const char *name, int64_t year)
{
    size_t output = 0;
    assert_int_equal(flc_metrics_find(&f->study->metrics, &output, name, year, NULL), FLC_OK);
    return output;
}

static double *copy_of(const struct fixture *f, const double *values)
{
    size_t bytes = f->output_count * FLC_BLOCK * sizeof(double);
    double *copy = flc_allocate(bytes, 1, NULL);
    memcpy(copy, values, bytes);
    return copy;
}

/* ---- factors --------------------------------------------------------------------------------- */

static void every_draw_belongs_to_one_factor(void **state)
{
    (void)state;
    for (int by = 0; by < FLC_BY_COUNT; by++) {
        struct fixture f;
        open_with(&f, (flc_factors_by)by, NULL, 0, false);
        size_t names = flc_names_count(f.study->names), draws = 0, quantities = 0;
        for (size_t i = 0; i < f.factors->count; i++) {
            draws += f.factors->items[i].draw_count;
            quantities += f.factors->items[i].quantity_count;
        }
        assert_int_equal(draws, names);
        assert_int_equal(quantities, flc_quantities_sampled_count(f.study->quantities));
        close_all(&f);
    }
}

static void factors_are_quantities_and_the_shocks_of_each_program(void **state)
{
    (void)state;
    struct fixture f;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    assert_int_equal(f.factors->count, 7 + 3);
    const flc_factor *shocks = &f.factors->items[factor_named(&f, "programs/ONE/shocks")];
    assert_true(shocks->has_shocks && shocks->touches[0] && !shocks->touches[1]);
    const flc_factor *macro = &f.factors->items[factor_named(&f, "macro/shocks")];
    assert_true(macro->touches[0] && macro->touches[1] && macro->touches[2]);
    const flc_factor *alone = &f.factors->items[factor_named(&f, "portfolio/coordination")];
    assert_true(!alone->touches[0] && !alone->touches[1] && alone->touches[2]);
    const flc_factor *tied =
        &f.factors->items[factor_named(&f, "programs/ONE/outcomes/sales/multiplier")];
    assert_true(tied->dependent && !tied->touches[1] && tied->linked[1]);
    close_all(&f);
}

static void groups_take_what_they_match_and_the_rest_stays(void **state)
{
    (void)state;
    const char *const groups[] = {"tied=programs/*/outcomes/*", "all the rest=*"};
    struct fixture f;
    open_with(&f, FLC_BY_QUANTITY, groups, 2, false);
    assert_int_equal(f.factors->count, 2);
    const flc_factor *tied = &f.factors->items[factor_named(&f, "tied")];
    assert_int_equal(tied->quantity_count, 2);
    assert_true(!tied->dependent && !tied->has_shocks);
    close_all(&f);
    open_with(&f, FLC_BY_KIND, NULL, 0, false);
    factor_named(&f, "match");
    factor_named(&f, "outcomes");
    factor_named(&f, "program shocks");
    factor_named(&f, "macro/shocks");
    close_all(&f);
}

static void refuse(const char *const *groups, size_t count, const char *part)
{
    struct fixture f;
    flc_factors *factors;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    assert_int_equal(
        flc_factors_create(&factors, f.study, FLC_BY_QUANTITY, groups, count, &f.error),
        FLC_ERROR_USAGE);
    if (!strstr(f.error.text, part))
        fail_msg("no '%s' in: %s", part, f.error.text);
    close_all(&f);
}

static void groups_that_cannot_be_are_refused(void **state)
{
    (void)state;
    refuse((const char *const[]){"match"}, 1, "a name and patterns");
    refuse((const char *const[]){"=programs/*"}, 1, "a name and patterns");
    refuse((const char *const[]){"a=programs/*", "a=macro/*"}, 2, "a second group");
    refuse((const char *const[]){"a=*", "b=macro/*"}, 2, "matches no");
    refuse((const char *const[]){"a=programs/THREE/*"}, 1, "matches no");
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void the_sample_itself_is_that_of_a_plain_run(void **state)
{
    (void)state;
    struct fixture f;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    flc_evaluator *plain = flc_evaluator_create(f.study, 7, flc_isa_select(), &f.error);
    for (uint64_t block = 0; block < 3; block++) {
        const double *own = flc_row_evaluator_block(f.rows, block * FLC_BLOCK);
        const double *expected = flc_evaluator_block(plain, block * FLC_BLOCK, NULL);
        assert_memory_equal(own, expected, f.output_count * FLC_BLOCK * sizeof(double));
    }
    flc_evaluator_free(plain);
    close_all(&f);
}

/* Each row by itself, and in the course of many, in two blocks. */
static void rows_do_not_depend_on_the_rows_before(void **state)
{
    (void)state;
    struct fixture f, g;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    open_with(&g, FLC_BY_QUANTITY, NULL, 0, false);
    const flc_rows *many = flc_row_view_rows(f.view), *one = flc_row_view_rows(g.view);
    size_t bytes = f.output_count * FLC_BLOCK * sizeof(double);
    for (uint64_t block = 0; block < 2; block++) {
        flc_row_evaluator_block(f.rows, block * FLC_BLOCK);
        for (unsigned row = 0; row < 60; row++) {
            bool released[16] = {false};
            for (size_t k = 0; k < many->factors; k++)
                released[k] = (row * 2654435761u >> (k + 8)) & 1;
            const double *own = many->evaluate(many->context, released);
            flc_row_evaluator_block(g.rows, block * FLC_BLOCK);
            assert_memory_equal(own, one->evaluate(one->context, released), bytes);
        }
    }
    close_all(&f);
    close_all(&g);
}

/* When one of two tied quantities is released and then the other, the first one changes again. */
static void chains_follow_dependence(void **state)
{
    (void)state;
    struct fixture f, g;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    open_with(&g, FLC_BY_QUANTITY, NULL, 0, false);
    const flc_rows *chain = flc_row_view_rows(f.view), *alone = flc_row_view_rows(g.view);
    size_t bytes = f.output_count * FLC_BLOCK * sizeof(double);
    bool released[16] = {false};
    flc_row_evaluator_block(f.rows, 0);
    released[factor_named(&f, "programs/ONE/outcomes/sales/multiplier")] = true;
    double *before = copy_of(&f, chain->evaluate(chain->context, released));
    released[factor_named(&f, "programs/TWO/outcomes/sales/multiplier")] = true;
    const double *after = chain->evaluate(chain->context, released);
    size_t one = output_named(&f, "ONE/sales_per_dollar", 0);
    assert_memory_not_equal(before + one * FLC_BLOCK, after + one * FLC_BLOCK,
                            FLC_BLOCK * sizeof(double));
    flc_row_evaluator_block(g.rows, 0);
    assert_memory_equal(after, alone->evaluate(alone->context, released), bytes);
    flc_free(before);
    close_all(&f);
    close_all(&g);
}

static void a_row_with_nothing_released_is_the_sample(void **state)
{
    (void)state;
    struct fixture f;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    const flc_rows *rows = flc_row_view_rows(f.view);
    bool released[16] = {false};
    const double *base = flc_row_evaluator_block(f.rows, 0);
    size_t bytes = f.output_count * FLC_BLOCK * sizeof(double);
    assert_memory_equal(base, rows->evaluate(rows->context, released), bytes);
    released[3] = true;
    rows->evaluate(rows->context, released);
    released[3] = false;
    assert_memory_equal(base, rows->evaluate(rows->context, released), bytes);
    close_all(&f);
}

/* No output that a factor does not reach changes, and some that it reaches does. */
static void a_factor_changes_what_it_reaches_and_nothing_else(void **state)
{
    (void)state;
    struct fixture f;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    const flc_rows *rows = flc_row_view_rows(f.view);
    double *base = copy_of(&f, flc_row_evaluator_block(f.rows, 0));
    for (size_t k = 0; k < rows->factors; k++) {
        bool released[16] = {false};
        released[k] = true;
        const double *row = rows->evaluate(rows->context, released);
        size_t changed = 0, next = 0;
        for (size_t o = 0; o < f.output_count; o++) {
            bool reached = next < rows->reach[k].count && rows->reach[k].outputs[next] == o;
            next += reached;
            bool same =
                memcmp(base + o * FLC_BLOCK, row + o * FLC_BLOCK, FLC_BLOCK * sizeof(double)) == 0;
            changed += !same;
            if (!reached)
                assert_true(same);
        }
        assert_true(changed > 0);
    }
    flc_free(base);
    close_all(&f);
}

static void a_program_is_evaluated_only_for_its_own_factors(void **state)
{
    (void)state;
    struct fixture f;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    const flc_rows *rows = flc_row_view_rows(f.view);
    bool released[16] = {false};
    size_t own = factor_named(&f, "programs/ONE/match/sources/state/ratio");
    flc_row_evaluator_block(f.rows, 0);
    released[own] = true;
    rows->evaluate(rows->context, released);
    assert_int_equal(flc_row_evaluator_work(f.rows).programs, 1);
    released[factor_named(&f, "programs/TWO/shocks")] = true;
    rows->evaluate(rows->context, released);
    assert_int_equal(flc_row_evaluator_work(f.rows).programs, 2);
    released[own] = false;
    rows->evaluate(rows->context, released);
    assert_int_equal(flc_row_evaluator_work(f.rows).programs, 2);
    released[factor_named(&f, "macro/shocks")] = true;
    rows->evaluate(rows->context, released);
    assert_int_equal(flc_row_evaluator_work(f.rows).programs, 4);
    close_all(&f);
}

/* A group released is its members released. */
static void views_put_atoms_together(void **state)
{
    (void)state;
    struct fixture f, g;
    open_with(&f, FLC_BY_KIND, NULL, 0, false);
    open_with(&g, FLC_BY_QUANTITY, NULL, 0, false);
    const flc_rows *kinds = flc_row_view_rows(f.view), *atoms = flc_row_view_rows(g.view);
    bool kind[16] = {false}, atom[16] = {false};
    kind[factor_named(&f, "match")] = kind[factor_named(&f, "program shocks")] = true;
    atom[factor_named(&g, "programs/ONE/match/sources/state/ratio")] = true;
    atom[factor_named(&g, "programs/TWO/match/sources/state/ratio")] = true;
    atom[factor_named(&g, "programs/ONE/shocks")] = true;
    atom[factor_named(&g, "programs/TWO/shocks")] = true;
    flc_row_evaluator_block(f.rows, 0);
    flc_row_evaluator_block(g.rows, 0);
    assert_memory_equal(kinds->evaluate(kinds->context, kind),
                        atoms->evaluate(atoms->context, atom),
                        f.output_count * FLC_BLOCK * sizeof(double));
    close_all(&f);
    close_all(&g);
}

/* Of one program's outputs alone, with the same values. */
static void programs_that_no_view_looks_at_are_left_alone(void **state)
{
    (void)state;
    struct fixture f, g;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    open_with(&g, FLC_BY_QUANTITY, NULL, 0, false);
    flc_row_view_free(f.view);
    flc_row_evaluator_free(f.rows);
    const flc_points points = {.design = FLC_DESIGN_MC, .seed = 7};
    size_t output = output_named(&f, "TWO/leverage_ratio", 0);
    assert_int_equal(
        flc_row_evaluator_create(&f.rows, f.atoms, &points, false, flc_isa_select(), &f.error),
        FLC_OK);
    assert_int_equal(flc_row_view_create(&f.view, f.rows, f.factors, &output, 1, &f.error), FLC_OK);
    const flc_rows *few = flc_row_view_rows(f.view), *all = flc_row_view_rows(g.view);
    for (size_t block = 0; block < 2; block++) {
        bool released[16] = {false};
        flc_row_evaluator_block(f.rows, block * FLC_BLOCK);
        flc_row_evaluator_block(g.rows, block * FLC_BLOCK);
        for (size_t k = 0; k < few->factors; k++) {
            released[k] = true;
            const double *own = few->evaluate(few->context, released) + output * FLC_BLOCK;
            const double *expected = all->evaluate(all->context, released) + output * FLC_BLOCK;
            assert_memory_equal(own, expected, FLC_BLOCK * sizeof *own);
        }
    }
    assert_true(flc_row_evaluator_work(f.rows).programs < flc_row_evaluator_work(g.rows).programs);
    close_all(&f);
    close_all(&g);
}

/* ---- distributions of rows ------------------------------------------------------------------- */

static double correlation(const double *a, const double *b, size_t count)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        sa += a[i];
        sb += b[i];
        saa += a[i] * a[i];
        sbb += b[i] * b[i];
        sab += a[i] * b[i];
    }
    return (sab - sa * sb / n) / sqrt((saa - sa * sa / n) * (sbb - sb * sb / n));
}

enum { BLOCKS = 100, SAMPLES = BLOCKS * FLC_BLOCK };

/* With one of two tied quantities released, both keep their joint distribution: each other's
 * correlation is that of the study, in the row, though the released one was drawn anew. Sales per
 * dollar are the multipliers, as nothing else enters them. */
static void released_quantities_keep_their_dependence(void **state)
{
    (void)state;
    struct fixture f;
    static double a[SAMPLES], b[SAMPLES], c[SAMPLES], all_a[SAMPLES], all_b[SAMPLES];
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, false);
    const flc_rows *rows = flc_row_view_rows(f.view);
    size_t one = output_named(&f, "ONE/sales_per_dollar", 0);
    size_t two = output_named(&f, "TWO/sales_per_dollar", 0);
    for (size_t block = 0; block < BLOCKS; block++) {
        bool released[16] = {false};
        const double *base = flc_row_evaluator_block(f.rows, block * FLC_BLOCK);
        memcpy(c + block * FLC_BLOCK, base + one * FLC_BLOCK, FLC_BLOCK * sizeof *c);
        released[factor_named(&f, "programs/ONE/outcomes/sales/multiplier")] = true;
        const double *row = rows->evaluate(rows->context, released);
        assert_memory_equal(row + two * FLC_BLOCK, base + two * FLC_BLOCK,
                            FLC_BLOCK * sizeof(double));
        memcpy(a + block * FLC_BLOCK, row + one * FLC_BLOCK, FLC_BLOCK * sizeof *a);
        memcpy(b + block * FLC_BLOCK, row + two * FLC_BLOCK, FLC_BLOCK * sizeof *b);
        memset(released, 1, rows->factors * sizeof *released);
        row = rows->evaluate(rows->context, released);
        memcpy(all_a + block * FLC_BLOCK, row + one * FLC_BLOCK, FLC_BLOCK * sizeof *a);
        memcpy(all_b + block * FLC_BLOCK, row + two * FLC_BLOCK, FLC_BLOCK * sizeof *b);
    }
    for (size_t i = 0; i < SAMPLES; i++)
        b[i] = log(b[i]), all_b[i] = log(all_b[i]);
    double r = 2 * sin(acos(-1.0) * 0.8 / 6); /* of the normals; both are linear in them */
    double error = (1 - r * r) / sqrt(SAMPLES);
    ASSERT_NEAR(correlation(a, b, SAMPLES), r, 0, 4 * error);
    ASSERT_NEAR(correlation(all_a, all_b, SAMPLES), r, 0, 4 * error);
    ASSERT_NEAR(correlation(a, c, SAMPLES), r * r, 0, 4 / sqrt(SAMPLES));
    ASSERT_NEAR(correlation(all_a, c, SAMPLES), 0, 0, 4 / sqrt(SAMPLES));
    close_all(&f);
}

/* A screening moves a quantity from one level of the grid to another, two levels away. */
static void screening_moves_quantities_by_a_step(void **state)
{
    (void)state;
    struct fixture f;
    open_with(&f, FLC_BY_QUANTITY, NULL, 0, true);
    const flc_rows *rows = flc_row_view_rows(f.view);
    size_t output = output_named(&f, "ONE/committed_match", 2025), moved = 0;
    size_t factor = factor_named(&f, "programs/ONE/match/sources/state/ratio");
    bool released[16] = {false};
    double base[FLC_BLOCK];
    memcpy(base, flc_row_evaluator_block(f.rows, 0) + output * FLC_BLOCK, sizeof base);
    released[factor] = true;
    const double *row = rows->evaluate(rows->context, released) + output * FLC_BLOCK;
    const double *direction = rows->direction(rows->context, factor);
    assert_non_null(direction);
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        /* ratio = 0.6 + 0.8 u, u on (k + 1/2)/4 */
        double levels[] = {0.7, 0.9, 1.1, 1.3}, factor_of_row = row[l] / base[l];
        bool found = false;
        for (int k = 0; k < 2; k++) {
            double up = levels[k + 2] / levels[k];
            found |= fabs(factor_of_row / (direction[l] > 0 ? up : 1 / up) - 1) < 1e-12;
        }
        assert_true(found);
        moved += direction[l] > 0;
    }
    assert_true(moved > FLC_BLOCK / 4 && moved < 3 * FLC_BLOCK / 4);
    assert_null(rows->direction(rows->context, factor_named(&f, "macro/shocks")));
    assert_null(
        rows->direction(rows->context, factor_named(&f, "programs/ONE/outcomes/sales/multiplier")));
    close_all(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_draw_belongs_to_one_factor),
        cmocka_unit_test(factors_are_quantities_and_the_shocks_of_each_program),
        cmocka_unit_test(groups_take_what_they_match_and_the_rest_stays),
        cmocka_unit_test(groups_that_cannot_be_are_refused),
        cmocka_unit_test(the_sample_itself_is_that_of_a_plain_run),
        cmocka_unit_test(rows_do_not_depend_on_the_rows_before),
        cmocka_unit_test(chains_follow_dependence),
        cmocka_unit_test(a_row_with_nothing_released_is_the_sample),
        cmocka_unit_test(a_factor_changes_what_it_reaches_and_nothing_else),
        cmocka_unit_test(a_program_is_evaluated_only_for_its_own_factors),
        cmocka_unit_test(views_put_atoms_together),
        cmocka_unit_test(programs_that_no_view_looks_at_are_left_alone),
        cmocka_unit_test(released_quantities_keep_their_dependence),
        cmocka_unit_test(screening_moves_quantities_by_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
