/* Time of a row of a sensitivity analysis, which releases one factor of a block: against evaluating
 * the block, and against evaluating the factor's programs alone, with draws of their own, and
 * adding up the portfolio, as is done where nothing is shared between rows but whole programs.
 *
 *     rows_bench STUDY.yaml [ROUNDS]
 *
 * Every round evaluates the block, and takes the factors of each group in turn in both ways. Times
 * are medians of rounds on the processor's clock for the thread, ± half the distance of the
 * quartiles. Prints a table in Markdown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "design/mixed.h"
#include "study/row_evaluator.h"

enum { MOST_ROUNDS = 101, DEFAULT_ROUNDS = 5, SEED = 1, MOST_NAME = 64, MOST_GROUPS = 8 };

/* Factors whose paths match; of long lists every `step`-th. */
struct group {
    char name[MOST_NAME], pattern[MOST_NAME];
    size_t step, rows;
    double alone[MOST_ROUNDS], shared[MOST_ROUNDS]; /* milliseconds a row */
};

struct bench {
    const flc_study *study;
    flc_factors *atoms;
    flc_row_evaluator *rows;
    flc_row_view *view;
    flc_names *again;
    flc_draws *sources[2];
    bool *released_name, *released;
    size_t *outputs, *given;
    flc_evaluator *base, *alone; /* the sample, and rows by themselves */
    uint64_t block;
    double whole[MOST_ROUNDS];
    struct group groups[MOST_GROUPS];
    size_t group_count;
};

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The factor's programs are evaluated, the others taken from the sample. */
static void evaluate_alone(struct bench *bench, size_t factor)
{
    const flc_factor *item = &bench->atoms->items[factor];
    for (size_t k = 0; k < item->draw_count; k++)
        bench->released_name[item->draws[k]] = true;
    for (size_t p = 0; p < flc_model_programs(bench->study->model); p++)
        bench->given[p] = item->linked[p] ? FLC_NOT_GIVEN : p;
    flc_evaluator_block_given(bench->alone, bench->block * FLC_BLOCK, bench->base, bench->given);
    for (size_t k = 0; k < item->draw_count; k++)
        bench->released_name[item->draws[k]] = false;
}

static void evaluate_shared(struct bench *bench, size_t factor)
{
    const flc_rows *rows = flc_row_view_rows(bench->view);
    bench->released[factor] = true;
    rows->evaluate(rows->context, bench->released);
    bench->released[factor] = false;
}

static double time_rows(struct bench *bench, struct group *group,
                        void (*evaluate)(struct bench *bench, size_t factor))
{
    const double begin = milliseconds();
    size_t matching = 0;
    group->rows = 0;
    for (size_t f = 0; f < bench->atoms->count; f++)
        if (flc_patterns_match(group->pattern, bench->atoms->items[f].name) &&
            matching++ % group->step == 0) {
            evaluate(bench, f);
            group->rows++;
        }
    return (milliseconds() - begin) / (double)(group->rows ? group->rows : 1);
}

static void measure(struct bench *bench, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        const uint64_t first = ++bench->block * FLC_BLOCK;
        flc_row_evaluator_block(bench->rows, first);
        evaluate_shared(bench, 0); /* what a block's first row makes ready */
        flc_draws_seek(bench->sources[1], first);
        const double begin = milliseconds();
        flc_evaluator_block(bench->base, first, NULL);
        bench->whole[i] = milliseconds() - begin;
        for (size_t g = 0; g < bench->group_count; g++) {
            struct group *group = &bench->groups[g];
            group->alone[i] = time_rows(bench, group, evaluate_alone);
            group->shared[i] = time_rows(bench, group, evaluate_shared);
        }
    }
}

/* ---- printing -------------------------------------------------------------------------------- */

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

struct reading {
    double median, spread;
};

static struct reading read_times(double *times, int rounds)
{
    const size_t n = (size_t)rounds;
    qsort(times, n, sizeof *times, ascending);
    return (struct reading){times[n / 2], (times[n * 3 / 4] - times[n / 4]) / 2.0};
}

static void print(struct bench *bench, int rounds)
{
    const struct reading whole = read_times(bench->whole, rounds);
    printf(
        "| rows that release one factor of | rows | its programs alone | shared | alone/shared | "
        "block/shared |\n|---|---|---|---|---|---|\n");
    for (size_t g = 0; g < bench->group_count; g++) {
        struct group *group = &bench->groups[g];
        const struct reading alone = read_times(group->alone, rounds);
        const struct reading shared = read_times(group->shared, rounds);
        if (group->rows)
            printf("| %s | %zu | %.2f ± %.2f ms | %.2f ± %.2f ms | %.1f | %.1f |\n", group->name,
                   group->rows, alone.median, alone.spread, shared.median, shared.spread,
                   alone.median / shared.median, whole.median / shared.median);
    }
    printf("\nA block of %d samples: %.1f ± %.1f ms; %zu factors; medians of %d rounds.\n",
           FLC_BLOCK, whole.median, whole.spread, bench->atoms->count, rounds);
}

/* ---- setting up ------------------------------------------------------------------------------ */

static void add_group(struct bench *bench, const char *name, const char *pattern, size_t step)
{
    struct group *group = &bench->groups[bench->group_count++];
    group->step = step;
    snprintf(group->name, MOST_NAME, "%s", name);
    snprintf(group->pattern, MOST_NAME, "%s", pattern);
}

static void choose_groups(struct bench *bench)
{
    const flc_model *model = bench->study->model;
    char first[MOST_NAME], name[MOST_NAME];
    if (flc_model_programs(model) > 0) {
        snprintf(first, MOST_NAME, "programs/%.20s/*", flc_model_program_key(model, 0));
        snprintf(name, MOST_NAME, "%.20s", flc_model_program_key(model, 0));
        add_group(bench, name, first, 1);
        snprintf(first, MOST_NAME, "programs/%.20s/outcomes/*", flc_model_program_key(model, 0));
        snprintf(name, MOST_NAME, "of it: outcomes");
        add_group(bench, name, first, 1);
    }
    add_group(bench, "all programs, every 7th", "programs/*", 7);
    add_group(bench, "macro-economy", "macro/*", 2);
    add_group(bench, "accounts", "accounts/*", 1);
    add_group(bench, "the portfolio", "portfolio/*", 1);
}

static flc_status make_rows(struct bench *bench, const flc_points *points, flc_isa isa,
                            flc_error *error)
{
    const size_t outputs = flc_metrics_outputs(&bench->study->metrics);
    bench->outputs = FLC_NEW(size_t, outputs, error);
    if (!bench->outputs)
        return FLC_ERROR_MEMORY;
    for (size_t o = 0; o < outputs; o++)
        bench->outputs[o] = o;
    flc_status status =
        flc_factors_create(&bench->atoms, bench->study, FLC_BY_QUANTITY, NULL, 0, error);
    if (!status)
        status = flc_row_evaluator_create(&bench->rows, bench->atoms, points, false, isa, error);
    if (!status)
        status = flc_row_view_create(&bench->view, bench->rows, bench->atoms, bench->outputs,
                                     outputs, error);
    return status;
}

static flc_status make_alone(struct bench *bench, const flc_points *points, flc_isa isa,
                             flc_error *error)
{
    const flc_names *names = bench->study->names;
    flc_draws *mixed;
    bench->released_name = FLC_NEW(bool, flc_names_count(names), error);
    bench->released = FLC_NEW(bool, bench->atoms->count, error);
    bench->given = FLC_NEW(size_t, flc_model_programs(bench->study->model), error);
    bench->again = flc_names_again(names, error);
    if (!bench->released_name || !bench->released || !bench->given || !bench->again)
        return FLC_ERROR_MEMORY;
    flc_status status = flc_design_create(&bench->sources[0], names, points, isa, error);
    if (status || !(bench->base = flc_evaluator_create_from(bench->study, bench->sources[0], points,
                                                            isa, error)))
        return flc_error_of_null(error);
    if ((status = flc_design_create(&bench->sources[1], bench->again, points, isa, error)) ||
        (status = flc_mixed_create(&mixed, bench->sources[0], bench->sources[1],
                                   bench->released_name, error)))
        return status;
    bench->alone = flc_evaluator_create_from(bench->study, mixed, points, isa, error);
    return bench->alone ? FLC_OK : flc_error_of_null(error);
}

static void clear(struct bench *bench)
{
    flc_evaluator_free(bench->alone);
    flc_draws_free(bench->sources[1]);
    flc_evaluator_free(bench->base);
    flc_names_free(bench->again);
    flc_free(bench->given);
    flc_free(bench->released);
    flc_free(bench->released_name);
    flc_row_view_free(bench->view);
    flc_row_evaluator_free(bench->rows);
    flc_factors_free(bench->atoms);
    flc_free(bench->outputs);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    const flc_points points = {.design = FLC_DESIGN_MC, .seed = SEED};
    const flc_isa isa = flc_isa_select();
    flc_error error = {FLC_OK, ""};
    flc_study *study = NULL;
    int rounds = argc > 2 ? atoi(argv[2]) : DEFAULT_ROUNDS;
    if (argc < 2 || rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "rows_bench STUDY.yaml [ROUNDS], at most %d\n", MOST_ROUNDS);
        return FLC_ERROR_USAGE;
    }
    flc_status status = flc_study_load(&study, argv[1], NULL, 0, &error);
    bench.study = study;
    if (!status && !(status = make_rows(&bench, &points, isa, &error)) &&
        !(status = make_alone(&bench, &points, isa, &error))) {
        choose_groups(&bench);
        measure(&bench, rounds);
        print(&bench, rounds);
    } else {
        fprintf(stderr, "rows_bench: %s\n", error.text);
    }
    clear(&bench);
    flc_study_free(study);
    return status;
}
