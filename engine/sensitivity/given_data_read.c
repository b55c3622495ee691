/* Estimates from what a collector of given data holds. */
#include <string.h>

#include "base/check.h"
#include "base/elementary.h"
#include "sensitivity/given_data_state.h"
#include "sensitivity/regression.h"
#include "statistics/intervals.h"
#include "statistics/replicated.h"

enum { RESAMPLES = 50 };

static flc_estimate nothing(void)
{
    const double none = (double)NAN;
    return (flc_estimate){none, none, none, none};
}

static flc_estimate around(double value, double error, double reach)
{
    return (flc_estimate){value, error, value - reach * error, value + reach * error};
}

/* Of what lies between `least` and `most`. */
static double within(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

static flc_estimate bounded(flc_estimate index, double least, double most)
{
    if (flc_is_nan(index.value))
        return index;
    return (flc_estimate){within(index.value, least, most), index.error,
                          within(index.low, least, most), within(index.high, least, most)};
}

/* ---- Tables -------------------------------------------------------------------------------------
 */

/* Columns of the defined samples in ascending order of y, without those never used in front of
 * +inf. */
static double order_columns(double *ordered, const struct flc_given_data *own, const double *table)
{
    const size_t columns = own->cells + 2;
    double samples = 0;
    for (size_t m = 0; m < own->classes; m++) {
        const double *from = table + m * own->columns;
        double *to = ordered + m * columns;
        to[0] = from[own->cells + FLC_GIVEN_MINUS];
        memcpy(to + 1, from, own->cells * sizeof *to);
        to[own->cells + 1] = from[own->cells + FLC_GIVEN_PLUS];
        for (size_t k = 0; k < columns; k++)
            samples += to[k];
    }
    return samples;
}

/* KS of n_m of n samples against all of them, without influence: (1 - w) times Smirnov's distance
 * of n_m and n - n_m samples, below sqrt(-log(miss/2)/2) sqrt(1/n_m + 1/(n - n_m)) but for a share
 * `miss` of times. */
static double critical(double samples, double classes, double miss)
{
    const double in_class = samples / classes;
    return sqrt(-flc_log(miss / 2) / 2 * (1 / in_class - 1 / samples));
}

/* 1 - level^(1/classes): that the largest of so many stays below. */
static double miss_of_largest(double level, double classes)
{
    return -flc_expm1(flc_log(level) / classes);
}

static void read_table(flc_given_data_row *row, const struct flc_given_data *own,
                       const double *counts, double *work, const flc_given_data_question *question)
{
    const size_t columns = own->cells + 2;
    double *ordered = work, *rest = work + own->classes * columns;
    const struct flc_given_table table = {own->classes, columns, ordered,
                                          order_columns(ordered, own, counts)};
    const double reach = flc_intervals_normal(question->level), classes = (double)own->classes;
    const struct flc_given_distances plain = flc_given_distances_of(&table, rest);
    struct flc_given_distances bias, error;
    row->delta = row->pawn_median = row->pawn_maximum = nothing();
    row->delta_partition = plain.delta;
    row->pawn_median_plain = plain.median;
    row->pawn_maximum_plain = plain.maximum;
    row->pawn_median_critical = critical(table.samples, classes, 1 - question->level);
    row->pawn_maximum_critical =
        critical(table.samples, classes, miss_of_largest(question->level, classes));
    if (!(table.samples > 0))
        return;
    flc_given_bootstrap(&bias, &error, &table,
                        question->resamples ? question->resamples : RESAMPLES, question->seed,
                        rest);
    row->delta = bounded(around(plain.delta - bias.delta, error.delta, reach), 0, 1);
    row->pawn_median = around(plain.median - bias.median, error.median, reach);
    row->pawn_maximum = around(plain.maximum - bias.maximum, error.maximum, reach);
    if (plain.median <= row->pawn_median_critical)
        row->pawn_median.low = 0;
    if (plain.maximum <= row->pawn_maximum_critical)
        row->pawn_maximum.low = 0;
    row->pawn_median = bounded(row->pawn_median, 0, 1);
    row->pawn_maximum = bounded(row->pawn_maximum, 0, 1);
}

/* ---- Regression ---------------------------------------------------------------------------------
 */

/* Where the products of columns i >= j of the inputs are. */
static const int64_t *gram_of(const struct flc_given_data *own, int kind, size_t i, size_t j)
{
    size_t low = own->pattern.start[i], high = own->pattern.start[i + 1];
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (own->pattern.with[middle] <= j)
            low = middle;
        else
            high = middle;
    }
    FLC_ASSERT(own->pattern.with[low] == j);
    return own->gram[kind][low];
}

/* Sums of inputs over the samples that the output has. Where squares have stopped, infinite. */
static void take_inputs(double (*to)[FLC_REPLICATES], const struct flc_given_data *own,
                        const struct flc_given_output *output, int kind)
{
    size_t at = 0;
    for (size_t i = 0; i <= output->pairs; i++)
        for (size_t j = 0; j <= i; j++, at++) {
            const size_t a = i ? 1 + output->quantities[i - 1] : 0;
            const size_t b = j ? 1 + output->quantities[j - 1] : 0;
            const int64_t *all = gram_of(own, kind, a, b);
            const flc_given_sums *missing = output->missing[kind];
            for (int r = 0; r < FLC_REPLICATES; r++) {
                const int64_t less = missing ? missing[at][r] : 0;
                const bool inside = i != j || all[r] < FLC_GIVEN_SUM_LIMIT;
                to[at][r] = inside ? (double)(int64_t)((uint64_t)all[r] - (uint64_t)less) *
                                         FLC_GIVEN_SUM_UNIT
                                   : (double)INFINITY;
            }
        }
}

/* The last row: of the output with the constant, the inputs and itself. */
static void take_output(double (*to)[FLC_REPLICATES], const struct flc_given_output *output,
                        int kind)
{
    const int64_t *sums = output->own[kind == FLC_GIVEN_VALUES ? FLC_GIVEN_Z : FLC_GIVEN_R];
    const int64_t *squares = output->own[kind == FLC_GIVEN_VALUES ? FLC_GIVEN_ZZ : FLC_GIVEN_RR];
    for (int r = 0; r < FLC_REPLICATES; r++) {
        to[0][r] = (double)sums[r] * FLC_GIVEN_SUM_UNIT;
        for (size_t k = 0; k < output->pairs; k++)
            to[1 + k][r] = (double)output->products[k * FLC_GIVEN_KINDS + (size_t)kind][r] *
                           FLC_GIVEN_SUM_UNIT;
        to[1 + output->pairs][r] = squares[r] < FLC_GIVEN_SUM_LIMIT
                                       ? (double)squares[r] * FLC_GIVEN_SUM_UNIT
                                       : (double)INFINITY;
    }
}

static flc_status regress(flc_estimate *share, flc_regression_coefficient *coefficients,
                          const struct flc_given_data *own, const struct flc_given_output *output,
                          int kind, double level, flc_error *error)
{
    const size_t p = output->pairs;
    double(*products)[FLC_REPLICATES] =
        flc_allocate(flc_regression_products(p), sizeof *products, error);
    if (!products)
        return FLC_ERROR_MEMORY;
    take_inputs(products, own, output, kind);
    take_output(products + flc_given_triangle(1 + p), output, kind);
    const flc_regression_sums sums = {p, (const double(*)[FLC_REPLICATES])products};
    flc_regression_fit fit;
    const flc_status status = flc_regression_solve(&fit, coefficients, &sums, error);
    if (status == FLC_OK)
        *share = bounded(around(fit.adjusted, fit.error, flc_replicated_student(level)), 0, 1);
    flc_free(products);
    return status;
}

static flc_estimate index_of(const flc_regression_coefficient *coefficient, double level)
{
    return around(coefficient->value, coefficient->error, flc_replicated_student(level));
}

static flc_status read_regressions(flc_given_data_output *about, flc_given_data_row *rows,
                                   const struct flc_given_data *own,
                                   const struct flc_given_output *output, double level,
                                   flc_error *error)
{
    flc_regression_coefficient *coefficients =
        FLC_NEW(flc_regression_coefficient, output->pairs, error);
    flc_status status = coefficients ? FLC_OK : FLC_ERROR_MEMORY;
    if (status == FLC_OK)
        status = regress(&about->linear, coefficients, own, output, FLC_GIVEN_VALUES, level, error);
    for (size_t k = 0; status == FLC_OK && k < output->pairs; k++) {
        rows[k].src = index_of(&coefficients[k], level);
        rows[k].redundant = coefficients[k].redundant;
    }
    if (status == FLC_OK)
        status =
            regress(&about->rank_linear, coefficients, own, output, FLC_GIVEN_RANKS, level, error);
    for (size_t k = 0; status == FLC_OK && k < output->pairs; k++)
        rows[k].srrc = index_of(&coefficients[k], level);
    flc_free(coefficients);
    return status;
}

/* ---- An output ----------------------------------------------------------------------------------
 */

/* Samples that are not finite, from the sums of the constant. */
static void count_kinds(flc_given_data_output *about, const struct flc_given_data *own,
                        const struct flc_given_output *output)
{
    *about = (flc_given_data_output){.samples = output->samples,
                                     .undefined = output->special[FLC_GIVEN_UNDEFINED],
                                     .minus_infinite = output->special[FLC_GIVEN_MINUS],
                                     .plus_infinite = output->special[FLC_GIVEN_PLUS]};
    about->linear = about->rank_linear = nothing();
    for (int r = 0; r < FLC_REPLICATES; r++)
        if (output->own[FLC_GIVEN_ZZ][r] == FLC_GIVEN_SUM_LIMIT)
            about->outside = true;
    for (size_t i = 0; i < output->pairs * own->classes; i++)
        if (output->by_class[i][1] == FLC_GIVEN_SUM_LIMIT)
            about->outside = true;
}

static void read_first(flc_given_data_row *row, const struct flc_given_data *own,
                       const struct flc_given_output *output, size_t pair, const double *table,
                       double level)
{
    const struct flc_given_first first = flc_given_first_of(own, output, pair, table);
    row->first = around(first.value, first.error, flc_intervals_normal(level));
    row->first_partition = first.partition;
}

flc_status flc_given_data_read(const flc_collector *collector, flc_given_data_output *about,
                               flc_given_data_row *rows, size_t output,
                               const flc_given_data_question *question, flc_error *error)
{
    const struct flc_given_data *own = flc_given_constant_self(collector);
    const struct flc_given_output *at = &own->output[output];
    const size_t size = flc_given_table(own), columns = own->cells + 2;
    double *work = FLC_NEW(
        double, size + own->classes * columns + flc_given_tables_work(own->classes, columns),
        error);
    if (!work)
        return FLC_ERROR_MEMORY;
    count_kinds(about, own, at);
    for (size_t k = 0; k < at->pairs; k++) {
        rows[k] = (flc_given_data_row){.quantity = at->quantities[k]};
        flc_given_counts(work, own, at, k);
        read_first(&rows[k], own, at, k, work, question->level);
        read_table(&rows[k], own, work, work + size, question);
        rows[k].src = rows[k].srrc = nothing();
    }
    flc_status status = FLC_OK;
    if (!own->without_regression)
        status = read_regressions(about, rows, own, at, question->level, error);
    flc_free(work);
    return status;
}
