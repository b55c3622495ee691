/* What rows share changes no bit: rows in odd orders against plain evaluations of the same draws,
 * for all instruments, with samples that are refused. */
#include <string.h>

#include "base/memory.h"
#include "design/mixed.h"
#include "design/once.h"
#include "study/row_evaluator.h"
#include "support/assertions.h"

enum { SEED = 11, MOST_FACTORS = 200 };
static const char study_file[] = "inputs/instruments/side_by_side.yaml";

/* Quantities of programs, of all programs and of the portfolio of which up to one sample in a
 * thousand is outside its domain, the most that a study may have. */
static const char *const assignments[] = {
    "portfolio={coordination: {normal: {mean: 0.97, sd: 0.0096}}}",
    "accounts/excess_burden={normal: {mean: 0.2, sd: 0.064}}",
    "programs/FUND/overlap={normal: {mean: 0.1, sd: 0.032}}",
    "programs/PRIZE/overlap={normal: {mean: 0.1, sd: 0.032}}",
    "programs/GRANT/outcomes/new_sales/displacement={normal: {mean: 0.1, sd: 0.032}}",
    "programs/FUND/outcomes/new_sales/displacement={normal: {mean: 0.1, sd: 0.032}}",
    "programs/FUND/outcomes/new_sales/returns_to_scale={uniform: {min: 0.8, max: 1.1}}",
    "programs/PRIZE/outcomes/investment={driver: federal, value: 1, "
    "multiplier: {uniform: {min: 0.5, max: 1.5}}}",
    "programs/PRIZE/budget/admin={normal: {mean: 0.1, sd: 0.032}}",
    "programs/GUARANTEE/budget/admin={normal: {mean: 0.1, sd: 0.032}}",
};

struct fixture {
    flc_study *study;
    flc_factors *atoms;
    flc_row_evaluator *rows;
    flc_row_view *view;
    flc_evaluator *plain; /* of a row's draws, from sources of its own */
    flc_names *again;
    flc_draws *sources[2], *mixed;
    bool *released_name;
    size_t *outputs, output_count;
};

static void open_plain(struct fixture *f, const flc_points *points)
{
    const flc_isa isa = flc_isa_select();
    const flc_names *names = f->study->names;
    f->again = flc_names_again(names, NULL);
    f->released_name = FLC_NEW(bool, flc_names_count(names), NULL);
    assert_int_equal(flc_design_create(&f->sources[0], names, points, isa, NULL), FLC_OK);
    assert_int_equal(flc_design_create(&f->sources[1], f->again, points, isa, NULL), FLC_OK);
    assert_int_equal(
        flc_mixed_create(&f->mixed, f->sources[0], f->sources[1], f->released_name, NULL), FLC_OK);
    f->plain = flc_evaluator_create_from(f->study, f->mixed, points, isa, NULL);
    assert_non_null(f->plain);
}

/* Outputs that rows are asked for. */
enum wanted { ALL, OF_A_PROGRAM, BY_YEAR, OVER_HORIZON, CHECKS, LEVERAGE, WANTED };

static bool is_wanted(const struct fixture *f, const flc_output_label *label, enum wanted wanted)
{
    const flc_metric *metric = label->metric;
    if (wanted == ALL || wanted == OF_A_PROGRAM)
        return wanted == ALL || label->program == 3;
    if (label->program != flc_model_programs(f->study->model) || !metric)
        return label->program == flc_model_programs(f->study->model) && wanted == CHECKS;
    if (!flc_metrics_is_modelled(&f->study->metrics, metric))
        return wanted == LEVERAGE;
    return metric->by_year ? wanted == BY_YEAR : wanted == OVER_HORIZON;
}

static void choose_outputs(struct fixture *f, enum wanted wanted)
{
    const size_t outputs = flc_metrics_outputs(&f->study->metrics);
    flc_output_label *labels = FLC_NEW(flc_output_label, outputs, NULL);
    f->outputs = FLC_NEW(size_t, outputs, NULL);
    flc_metrics_labels(&f->study->metrics, labels);
    for (size_t o = 0; o < outputs; o++)
        if (is_wanted(f, &labels[o], wanted))
            f->outputs[f->output_count++] = o;
    assert_true(f->output_count > 0);
    flc_free(labels);
}

static void open_fixture(struct fixture *f, enum wanted wanted)
{
    const flc_points points = {.design = FLC_DESIGN_MC, .seed = SEED};
    flc_error error = {FLC_OK, ""};
    *f = (struct fixture){0};
    if (flc_study_load(&f->study, study_file, assignments, sizeof assignments / sizeof *assignments,
                       &error))
        fail_msg("%s", error.text);
    choose_outputs(f, wanted);
    assert_int_equal(flc_factors_create(&f->atoms, f->study, FLC_BY_QUANTITY, NULL, 0, NULL),
                     FLC_OK);
    assert_true(f->atoms->count <= MOST_FACTORS);
    assert_int_equal(
        flc_row_evaluator_create(&f->rows, f->atoms, &points, false, flc_isa_select(), NULL),
        FLC_OK);
    assert_int_equal(
        flc_row_view_create(&f->view, f->rows, f->atoms, f->outputs, f->output_count, NULL),
        FLC_OK);
    open_plain(f, &points);
}

static void close_fixture(struct fixture *f)
{
    flc_evaluator_free(f->plain);
    flc_draws_free(f->sources[1]);
    flc_draws_free(f->sources[0]);
    flc_free(f->released_name);
    flc_names_free(f->again);
    flc_row_view_free(f->view);
    flc_row_evaluator_free(f->rows);
    flc_factors_free(f->atoms);
    flc_study_free(f->study);
    flc_free(f->outputs);
}

/* Tied quantities stay frozen: released ones are drawn given others, unlike in a plain run. */
static bool may_be_released(const struct fixture *f, size_t factor)
{
    return !f->atoms->items[factor].dependent;
}

static const double *evaluate_plainly(struct fixture *f, uint64_t first, const bool *released)
{
    for (size_t k = 0; k < f->atoms->count; k++)
        for (size_t d = 0; d < f->atoms->items[k].draw_count; d++)
            f->released_name[f->atoms->items[k].draws[d]] = released[k];
    flc_draws_seek(f->sources[0], first);
    flc_draws_seek(f->sources[1], first);
    return flc_evaluator_block(f->plain, first, NULL);
}

/* The two agree; returns how many samples are refused. */
static size_t check_row(struct fixture *f, uint64_t first, const bool *released)
{
    const flc_rows *rows = flc_row_view_rows(f->view);
    const double *row = rows->evaluate(rows->context, released);
    const double *plain = evaluate_plainly(f, first, released);
    const size_t refused = flc_metrics_check(
        &f->study->metrics, flc_model_programs(f->study->model), FLC_CHECK_REFUSED);
    size_t count = 0;
    for (size_t o = 0; o < f->output_count; o++)
        assert_memory_equal(row + f->outputs[o] * FLC_BLOCK, plain + f->outputs[o] * FLC_BLOCK,
                            FLC_BLOCK * sizeof *row);
    for (size_t l = 0; l < FLC_BLOCK; l++)
        count += plain[refused * FLC_BLOCK + l] != 0.0;
    return count;
}

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* The next row: a few factors change, or many, or there are all or none. */
static void vary(const struct fixture *f, bool *released, uint32_t *random)
{
    const uint32_t how = next(random) % 8;
    for (size_t k = 0; k < f->atoms->count; k++) {
        const bool few = next(random) % f->atoms->count < 2, half = next(random) % 2;
        const bool now = how < 5 ? released[k] != few : how == 5 ? half : how == 6;
        released[k] = now && may_be_released(f, k);
    }
}

static void rows_in_any_order_are_plain_evaluations_of_their_draws(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t random = 5;
    size_t least = FLC_BLOCK, most = 0;
    open_fixture(&f, ALL);
    for (uint64_t block = 0; block < 2; block++) {
        bool released[MOST_FACTORS] = {false};
        flc_row_evaluator_block(f.rows, block * FLC_BLOCK);
        for (size_t row = 0; row < 30; row++) {
            const size_t refused = check_row(&f, block * FLC_BLOCK, released);
            least = refused < least ? refused : least;
            most = refused > most ? refused : most;
            vary(&f, released, &random);
        }
    }
    assert_true(least < most);
    close_fixture(&f);
}

static void rows_of_one_factor_are_plain_evaluations_of_their_draws(void **state)
{
    (void)state;
    struct fixture f;
    bool released[MOST_FACTORS] = {false};
    open_fixture(&f, ALL);
    flc_row_evaluator_block(f.rows, 0);
    for (size_t k = 0; k < f.atoms->count; k++) {
        released[k] = may_be_released(&f, k);
        check_row(&f, 0, released);
        released[k] = false;
    }
    close_fixture(&f);
}

/* What nobody asks for is then left as it stands. */
static void rows_of_some_outputs_are_the_same(void **state)
{
    (void)state;
    for (int wanted = ALL + 1; wanted < WANTED; wanted++) {
        struct fixture f;
        bool released[MOST_FACTORS] = {false};
        open_fixture(&f, (enum wanted)wanted);
        flc_row_evaluator_block(f.rows, 0);
        for (size_t k = 0; k < f.atoms->count; k += 4) {
            released[k] = may_be_released(&f, k);
            check_row(&f, 0, released);
            released[k] = k % 8 && released[k];
        }
        close_fixture(&f);
    }
}

/* ---- draws made once ------------------------------------------------------------------------- */

/* Of all kinds, in odd order and again, with room for none, some and all of them. */
static void draws_made_once_are_those_of_their_source(void **state)
{
    (void)state;
    const flc_points points = {.design = FLC_DESIGN_MC, .seed = SEED};
    const size_t lanes = FLC_BLOCK * sizeof(double), room[] = {0, 7 * lanes, 300 * lanes, 1 << 20};
    flc_names *names = flc_names_create(NULL);
    uint32_t number, random = 3;
    for (int n = 0; n < 5; n++)
        flc_names_add(names, &number, (const char *[]){"a", "b", "c", "d", "e"}[n], NULL);
    for (size_t i = 0; i < sizeof room / sizeof *room; i++) {
        flc_draws *source, *of, *once;
        double expected[FLC_BLOCK], own[FLC_BLOCK];
        flc_design_create(&source, names, &points, flc_isa_select(), NULL);
        flc_design_create(&of, names, &points, flc_isa_select(), NULL);
        assert_int_equal(flc_once_create(&once, of, names, room[i], NULL), FLC_OK);
        for (size_t k = 0; k < 2000; k++) {
            const uint32_t name = next(&random) % 5, index = next(&random) % FLC_INDICES;
            if (k % 700 == 0) {
                flc_draws_seek(source, k * FLC_BLOCK);
                flc_draws_seek(once, k * FLC_BLOCK);
            }
            bool uniform = next(&random) % 2;
            (uniform ? flc_draws_uniform : flc_draws_normal)(source, name, index, expected);
            (uniform ? flc_draws_uniform : flc_draws_normal)(once, name, index, own);
            assert_memory_equal(own, expected, lanes);
        }
        flc_draws_free(once);
        flc_draws_free(source);
    }
    flc_names_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_any_order_are_plain_evaluations_of_their_draws),
        cmocka_unit_test(rows_of_one_factor_are_plain_evaluations_of_their_draws),
        cmocka_unit_test(rows_of_some_outputs_are_the_same),
        cmocka_unit_test(draws_made_once_are_those_of_their_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
