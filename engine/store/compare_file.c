#include "store/compare_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "statistics/dominance.h"
#include "statistics/intervals.h"
#include "statistics/replicated.h"
#include "store/facts.h"
#include "store/labels.h"
#include "store/result.h"
#include "store/until_table.h"

enum { NAME_ROOM = 160, SENTENCE_ROOM = 512 };

/* A metric's cells: scenarios x programs x members x years, slowest first. Rows are those of the
 * summary; FLC_NO_OUTPUT where a cell is empty. */
struct table {
    const flc_scenarios *scenarios;
    const flc_summary *summary;
    const flc_compare_facts *facts;
    flc_datafile *file;
    const flc_metric *metric;
    size_t *base_level, *level, *difference; /* rows of each cell */
    size_t count;                            /* cells */
    double *numbers;                         /* room for most * FLC_RESULT_QUANTILES */
    const char **texts;
    struct flc_quantile_query query;
};

static const flc_study *base_of(const struct table *table)
{
    return flc_scenarios_study(table->scenarios, 0);
}

static void choose_metric(struct table *table, const flc_metric *metric)
{
    const flc_metrics *metrics = &base_of(table)->metrics;
    size_t programs = flc_model_programs(metrics->model) + 1;
    size_t years = metric->by_year ? flc_model_years(metrics->model) : 1;
    table->metric = metric;
    table->count = 0;
    for (size_t s = 0; s < flc_scenarios_count(table->scenarios); s++)
        for (size_t p = 0; p < programs; p++)
            for (size_t k = 0; k < flc_metrics_members(metrics, metric->member); k++)
                for (size_t t = 0; t < years; t++) {
                    size_t output = flc_metrics_output(metrics, metric, p, k, t);
                    size_t cell = table->count++;
                    bool empty = output == FLC_NO_OUTPUT;
                    table->base_level[cell] = output;
                    table->level[cell] =
                        empty ? output : flc_scenarios_level(table->scenarios, s, output);
                    table->difference[cell] =
                        empty ? output : flc_scenarios_difference(table->scenarios, s, output);
                }
}

/* ---- variables ------------------------------------------------------------------------------- */

struct statistic {
    const char *suffix, *meaning, *unit; /* NULL: the metric's */
    bool by_quantile;
};

static void write_variable(struct table *table, const struct statistic *statistic)
{
    char name[NAME_ROOM], sentence[SENTENCE_ROOM], dimensions[NAME_ROOM];
    const flc_metric *metric = table->metric;
    snprintf(name, sizeof name, "%s_%s", metric->name, statistic->suffix);
    snprintf(sentence, sizeof sentence, "%s: %s", metric->sentence, statistic->meaning);
    snprintf(dimensions, sizeof dimensions, "scenario %s%s", flc_labels_dimensions(metric),
             statistic->by_quantile ? " quantile" : "");
    flc_datafile_variable(table->file, "", name, FLC_DATA_DOUBLE, dimensions, table->numbers,
                          sentence, statistic->unit ? statistic->unit : metric->unit);
    flc_datafile_attribute_text(table->file, "", name, "better",
                                metric->better == FLC_BETTER_HIGHER  ? "higher"
                                : metric->better == FLC_BETTER_LOWER ? "lower"
                                                                     : "neither");
}

/* Is the difference 0 in every sample, the policy not touching this? */
static bool is_untouched(const struct table *table, size_t cell)
{
    return table->level[cell] != FLC_NO_OUTPUT && table->difference[cell] == FLC_NO_OUTPUT;
}

static void write_levels(struct table *table)
{
    static const struct statistic statistics[2] = {
        {"mean", "mean over samples", NULL, false},
        {"standard_error", "Monte Carlo standard error of the mean", NULL, false}};
    for (int v = 0; v < 2; v++) {
        for (size_t i = 0; i < table->count; i++) {
            table->numbers[i] = NAN;
            if (table->level[i] == FLC_NO_OUTPUT)
                continue;
            flc_moments moments = flc_summary_moments(table->summary, table->level[i]);
            table->numbers[i] = v ? moments.mean_error : moments.mean;
        }
        write_variable(table, &statistics[v]);
    }
}

/* Statistics of the difference, in this order. */
enum { MEAN, ERROR, SD, HIGHER, LOWER, REDUCTION, DEFINED, NUMBERS };

static double ratio(double a, double b)
{
    return b > 0 ? a / b : (double)NAN;
}

static double number_of(const struct table *table, size_t cell, int which)
{
    if (is_untouched(table, cell)) {
        flc_counts counts = flc_summary_counts(table->summary, table->level[cell]);
        return which == REDUCTION ? (double)INFINITY
               : which == DEFINED ? (double)counts.defined
                                  : 0.0;
    }
    if (table->difference[cell] == FLC_NO_OUTPUT)
        return which == DEFINED ? 0.0 : (double)NAN;
    flc_moments moments = flc_summary_moments(table->summary, table->difference[cell]);
    flc_counts counts = flc_summary_counts(table->summary, table->difference[cell]);
    flc_moments own = flc_summary_moments(table->summary, table->level[cell]);
    flc_moments base = flc_summary_moments(table->summary, table->base_level[cell]);
    double defined = (double)counts.defined;
    double lower = (double)(counts.below_zero + counts.minus_infinite);
    double higher = defined - lower - (double)counts.zero;
    const double values[NUMBERS] = {
        [MEAN] = moments.mean,
        [ERROR] = moments.mean_error,
        [SD] = moments.sd,
        [HIGHER] = ratio(higher, defined),
        [LOWER] = ratio(lower, defined),
        [REDUCTION] = moments.sd == 0
                          ? (double)INFINITY
                          : (own.sd * own.sd + base.sd * base.sd) / (moments.sd * moments.sd),
        [DEFINED] = defined,
    };
    return values[which];
}

static void write_differences(struct table *table)
{
    static const struct statistic statistics[NUMBERS] = {
        [MEAN] = {"difference_mean", "scenario less base, mean over samples", NULL, false},
        [ERROR] = {"difference_standard_error",
                   "Monte Carlo standard error of the mean difference, from the pairs", NULL,
                   false},
        [SD] = {"difference_sd", "standard deviation of the difference", NULL, false},
        [HIGHER] = {"probability_higher", "share of samples in which the scenario has more", "1",
                    false},
        [LOWER] = {"probability_lower", "share of samples in which the scenario has less", "1",
                   false},
        [REDUCTION] = {"variance_reduction",
                       "variance of the difference of independent runs over that of the pairs", "1",
                       false},
        [DEFINED] = {"difference_defined", "samples in which both are defined", "1", false},
    };
    for (int v = 0; v < NUMBERS; v++) {
        for (size_t i = 0; i < table->count; i++)
            table->numbers[i] = number_of(table, i, v);
        write_variable(table, &statistics[v]);
    }
}

/* Value, low and high of a cell's quantiles, each into its table. */
static void fill_quantiles(struct table *table, size_t cell, bool difference)
{
    size_t row = difference ? table->difference[cell] : table->level[cell];
    size_t base = cell % (table->count / flc_scenarios_count(table->scenarios));
    size_t values = table->count * FLC_RESULT_QUANTILES;
    bool as_base = !difference && cell != base && row == table->level[base];
    flc_quantile_estimate estimates[FLC_RESULT_QUANTILES];
    if (!as_base && row != FLC_NO_OUTPUT)
        flc_summary_quantiles(table->summary, estimates, &table->query, row);
    for (size_t q = 0; q < FLC_RESULT_QUANTILES; q++) {
        double *to = table->numbers + cell * FLC_RESULT_QUANTILES + q;
        const double *from = table->numbers + base * FLC_RESULT_QUANTILES + q;
        double none = difference && is_untouched(table, cell) ? 0.0 : (double)NAN;
        flc_quantile_estimate estimate = {none, none, none, none};
        if (as_base)
            estimate = (flc_quantile_estimate){from[0], 0, from[values], from[2 * values]};
        else if (row != FLC_NO_OUTPUT)
            estimate = estimates[q];
        to[0] = estimate.value;
        to[values] = estimate.low;
        to[2 * values] = estimate.high;
    }
}

static void write_quantiles(struct table *table, bool difference)
{
    static const struct statistic statistics[2][3] = {
        {{"quantile", "quantile over samples", NULL, true},
         {"quantile_low", "lower end of the 95 % interval of the quantile", NULL, true},
         {"quantile_high", "upper end of the 95 % interval of the quantile", NULL, true}},
        {{"difference_quantile", "quantile of scenario less base", NULL, true},
         {"difference_quantile_low", "lower end of the quantile's 95 % interval", NULL, true},
         {"difference_quantile_high", "upper end of the quantile's 95 % interval", NULL, true}}};
    size_t values = table->count * FLC_RESULT_QUANTILES;
    for (size_t cell = 0; cell < table->count; cell++)
        fill_quantiles(table, cell, difference);
    double *first = table->numbers;
    for (int v = 0; v < 3; v++, table->numbers += values)
        write_variable(table, &statistics[difference][v]);
    table->numbers = first;
}

/* ---- decisions and margins ------------------------------------------------------------------- */

static void write_texts(struct table *table, const char *name, const char *dimension,
                        const char *const *texts, const char *sentence)
{
    flc_datafile_variable(table->file, "", name, FLC_DATA_TEXT, dimension, texts, sentence, NULL);
}

/* Of the share of ones in a row of ones and zeros. */
static flc_interval interval_of_best(const flc_summary *summary, size_t row, uint64_t times,
                                     uint64_t n)
{
    const double spread = flc_summary_moments(summary, row).mean_error;
    if (!flc_summary_keeps_replicates(summary) || isnan(spread))
        return flc_intervals_wilson(times, n, FLC_RESULT_LEVEL);
    return flc_replicated_interval((double)times, (double)n, spread, FLC_RESULT_LEVEL);
}

/* [decision][scenario] */
static void write_regrets(struct table *table)
{
    enum { REGRET, REGRET_ERROR, BEST, BEST_LOW, BEST_HIGH, VARIABLES };
    static const char *const names[VARIABLES] = {"regret_mean", "regret_standard_error",
                                                 "best_share", "best_share_low", "best_share_high"};
    static const char *const meanings[VARIABLES] = {
        "expected regret: how far the best scenario of a sample is ahead, mean over samples",
        "Monte Carlo standard error of the expected regret",
        "share of samples in which the scenario is the best (all of them, where several are)",
        "lower end of the 95 % interval (Wilson 1927)",
        "upper end of the 95 % interval (Wilson 1927)"};
    size_t count = flc_scenarios_count(table->scenarios);
    for (int v = 0; v < VARIABLES; v++) {
        for (size_t i = 0; i < table->facts->decision_count * count; i++) {
            size_t d = i / count, s = i % count;
            flc_moments regret =
                flc_summary_moments(table->summary, flc_scenarios_regret(table->scenarios, d, s));
            flc_counts best =
                flc_summary_counts(table->summary, flc_scenarios_best(table->scenarios, d, s));
            uint64_t times = best.finite - best.zero;
            flc_interval wilson = interval_of_best(
                table->summary, flc_scenarios_best(table->scenarios, d, s), times, best.finite);
            const double values[VARIABLES] = {regret.mean, regret.mean_error,
                                              ratio((double)times, (double)best.finite), wilson.low,
                                              wilson.high};
            table->numbers[i] = values[v];
        }
        flc_datafile_variable(table->file, "", names[v], FLC_DATA_DOUBLE, "decision scenario",
                              table->numbers, meanings[v], v < BEST ? "of the output" : "1");
    }
}

static void write_regret_quantiles(struct table *table)
{
    size_t count = flc_scenarios_count(table->scenarios);
    size_t cells = table->facts->decision_count * count * FLC_RESULT_QUANTILES;
    for (size_t i = 0; i < cells; i++) {
        size_t cell = i / FLC_RESULT_QUANTILES;
        size_t row = flc_scenarios_regret(table->scenarios, cell / count, cell % count);
        table->numbers[i] =
            flc_summary_quantile(table->summary, row,
                                 flc_result_quantiles[i % FLC_RESULT_QUANTILES], FLC_RESULT_LEVEL)
                .value;
    }
    flc_datafile_variable(table->file, "", "regret_quantile", FLC_DATA_DOUBLE,
                          "decision scenario quantile", table->numbers, "quantile of the regret",
                          "of the output");
}

/* Does a scenario dominate another one in an output? */
static void write_dominance(struct table *table)
{
    size_t count = flc_scenarios_count(table->scenarios);
    for (int second = 0; second < 2; second++) {
        for (size_t i = 0; i < table->facts->decision_count * count * count; i++) {
            size_t d = i / (count * count), a = i / count % count, b = i % count;
            const flc_decision *decision = flc_scenarios_decision(table->scenarios, d);
            size_t row_a = flc_scenarios_level(table->scenarios, a, decision->output);
            size_t row_b = flc_scenarios_level(table->scenarios, b, decision->output);
            flc_dominance dominance = {false, false};
            if (row_a != FLC_NO_OUTPUT && row_b != FLC_NO_OUTPUT)
                dominance = flc_dominance_of(table->summary, row_a, row_b,
                                             decision->better == FLC_BETTER_HIGHER);
            table->numbers[i] = second ? dominance.second : dominance.first;
        }
        flc_datafile_variable(
            table->file, "", second ? "dominance_second_order" : "dominance_first_order",
            FLC_DATA_DOUBLE, "decision scenario scenario_2", table->numbers,
            second ? "1 where the scenario dominates scenario_2 at second order, in the sample"
                   : "1 where the scenario dominates scenario_2 at first order, in the sample",
            "1");
    }
}

static void write_decisions(struct table *table)
{
    const flc_compare_facts *facts = table->facts;
    if (facts->decision_count == 0)
        return;
    flc_datafile_coordinate(table->file, "", "decision", FLC_DATA_TEXT, facts->decisions,
                            facts->decision_count, "output by which scenarios are ranked", NULL);
    flc_datafile_coordinate(table->file, "", "scenario_2", FLC_DATA_TEXT, facts->keys,
                            flc_scenarios_count(table->scenarios), "the other scenario", NULL);
    write_regrets(table);
    write_regret_quantiles(table);
    write_dominance(table);
}

/* [margin][scenario] */
static void write_margins(struct table *table)
{
    static const char *const names[3] = {"margin_probability", "margin_low", "margin_high"};
    static const char *const meanings[3] = {
        "share of samples in which the scenario is worse than the base by more than the margin",
        "lower end of the 95 % interval (Wilson 1927)",
        "upper end of the 95 % interval (Wilson 1927)"};
    const flc_compare_facts *facts = table->facts;
    size_t count = flc_scenarios_count(table->scenarios);
    if (facts->margin_count == 0)
        return;
    flc_datafile_dimension(table->file, "", "margin", facts->margin_count);
    write_texts(table, "margin_output", "margin", facts->margin_outputs, "output of the margin");
    flc_datafile_variable(table->file, "", "margin_value", FLC_DATA_DOUBLE, "margin",
                          facts->margins, "margin, in the output's unit", "of the output");
    for (int v = 0; v < 3; v++) {
        for (size_t i = 0; i < facts->margin_count * count; i++) {
            size_t target = flc_scenarios_margin(table->scenarios, i / count, i % count);
            flc_exceedance met = {.probability = 0};
            if (target != FLC_NO_OUTPUT)
                met = flc_summary_exceedance(table->summary, target, FLC_RESULT_LEVEL);
            table->numbers[i] = v == 0 ? met.probability : v == 1 ? met.low : met.high;
        }
        flc_datafile_variable(table->file, "", names[v], FLC_DATA_DOUBLE, "margin scenario",
                              table->numbers, meanings[v], "1");
    }
}

/* ---- the scenarios --------------------------------------------------------------------------- */

static const char *scenario_text(const struct table *table, size_t s, int which)
{
    const flc_study *study = flc_scenarios_study(table->scenarios, s);
    const flc_section_info *info = &study->inputs->info;
    switch (which) {
    case 0:
        return info->name ? info->name : s == 0 ? "Base" : table->facts->keys[s];
    case 1:
        return info->name_zh ? info->name_zh : s == 0 ? "基准" : table->facts->keys[s];
    case 2:
        return info->note;
    case 3:
        return study->hash;
    default:
        return study->resolved;
    }
}

static void write_scenarios(struct table *table)
{
    static const char *const names[5] = {"scenario_name", "scenario_name_zh", "scenario_note",
                                         "scenario_sha256", "scenario_resolved"};
    static const char *const meanings[5] = {
        "name of the scenario", "name of the scenario in Chinese", "remark on the scenario",
        "SHA-256 of its study", "its study with all defaults (YAML)"};
    size_t count = flc_scenarios_count(table->scenarios);
    size_t programs = flc_model_programs(base_of(table)->model) + 1;
    flc_datafile_coordinate(table->file, "", "scenario", FLC_DATA_TEXT, table->facts->keys, count,
                            "scenario; the first is the base", NULL);
    for (int v = 0; v < 5; v++) {
        for (size_t s = 0; s < count; s++)
            table->texts[s] = scenario_text(table, s, v);
        write_texts(table, names[v], "scenario", table->texts, meanings[v]);
    }
    for (size_t i = 0; i < count * programs; i++)
        table->numbers[i] = flc_scenarios_touches(table->scenarios, i / programs, i % programs);
    flc_datafile_variable(table->file, "", "touched", FLC_DATA_DOUBLE, "scenario program",
                          table->numbers, "1 where the scenario changes what concerns the program",
                          "1");
}

static void write_all(struct table *table, flc_error *error)
{
    const flc_study *base = base_of(table);
    flc_facts facts = {"Scenarios compared with a base on the same draws",
                       base->file,
                       "fulcrum_compare_format",
                       FLC_COMPARE_FORMAT,
                       table->facts->points,
                       table->facts->points.samples};
    flc_facts_write(base, &facts, table->file);
    flc_datafile_attribute_double(table->file, "", NULL, "interval_level", FLC_RESULT_LEVEL);
    flc_labels_write(base, table->file, error);
    write_scenarios(table);
    flc_datafile_coordinate(table->file, "", "quantile", FLC_DATA_DOUBLE, flc_result_quantiles,
                            FLC_RESULT_QUANTILES, "probability of the quantile", "1");
    write_decisions(table);
    write_margins(table);
    for (size_t m = 0; m < base->metrics.count; m++) {
        const flc_metric *metric = &base->metrics.metrics[m];
        if (flc_metrics_members(&base->metrics, metric->member) == 0)
            continue;
        choose_metric(table, metric);
        write_levels(table);
        write_quantiles(table, false);
        write_differences(table);
        write_quantiles(table, true);
    }
    if (table->facts->goals)
        flc_until_write(table->facts->goals, table->file, error);
}

/* Room for the largest table: cells of a metric, or scenarios by scenarios. */
static size_t most_cells(const struct table *table)
{
    const flc_study *base = base_of(table);
    size_t programs = flc_model_programs(base->model) + 1, members = 1;
    size_t count = flc_scenarios_count(table->scenarios);
    for (int m = FLC_MEMBER_NONE; m <= FLC_MEMBER_OUTCOME; m++) {
        size_t own = flc_metrics_members(&base->metrics, (flc_member)m);
        members = own > members ? own : members;
    }
    size_t years = flc_model_years(base->model);
    size_t cells = count * programs * members * (years > 0 ? years : 1);
    size_t questions = (table->facts->decision_count + table->facts->margin_count) * count * count;
    return cells > questions ? cells : questions;
}

flc_status flc_compare_file_save(const char *path, const flc_scenarios *scenarios,
                                 const flc_summary *summary, const flc_compare_facts *facts,
                                 flc_error *error)
{
    struct table table = {.scenarios = scenarios,
                          .summary = summary,
                          .facts = facts,
                          .query = {.p = flc_result_quantiles,
                                    .count = FLC_RESULT_QUANTILES,
                                    .level = FLC_RESULT_LEVEL}};
    size_t most = most_cells(&table);
    table.level = FLC_NEW(size_t, most, error);
    table.base_level = FLC_NEW(size_t, most, error);
    table.difference = FLC_NEW(size_t, most, error);
    table.numbers = FLC_NEW(double, most * 3 * FLC_RESULT_QUANTILES, error);
    table.texts = FLC_NEW(const char *, flc_scenarios_count(scenarios), error);
    flc_status status = FLC_ERROR_MEMORY;
    if (table.level && table.base_level && table.difference && table.numbers && table.texts)
        status = flc_datafile_create(&table.file, error);
    if (!status) {
        write_all(&table, error);
        status = flc_datafile_save(table.file, path, error);
    }
    flc_datafile_free(table.file);
    flc_free(table.texts);
    flc_free(table.numbers);
    flc_free(table.difference);
    flc_free(table.base_level);
    flc_free(table.level);
    return status;
}
