#include "command/compare_table.h"

#include <math.h>
#include <stdio.h>

#include "command/cells.h"
#include "statistics/dominance.h"
#include "statistics/intervals.h"

enum { LABEL = 34, CELL = 10 };
#define LEVEL 0.95

struct printing {
    const flc_scenarios *scenarios;
    const flc_summary *summary;
    const flc_compare_facts *facts;
};

static void print_cell(double value)
{
    char text[CLI_NUMBER_ROOM];
    printf(" %*s", CELL, cli_number(text, value));
}

static void print_percent(double share)
{
    if (isnan(share))
        printf(" %*s", CELL, "-");
    else
        printf(" %*.1f %%", CELL - 2, 100 * share);
}

/* ---- differences ----------------------------------------------------------------------------- */

static void print_difference(const struct printing *p, size_t s, size_t output, size_t row)
{
    flc_moments moments = flc_summary_moments(p->summary, row);
    flc_counts counts = flc_summary_counts(p->summary, row);
    flc_moments base = flc_summary_moments(p->summary, output);
    flc_moments own = flc_summary_moments(p->summary, flc_scenarios_level(p->scenarios, s, output));
    flc_interval interval =
        flc_intervals_mean(moments.mean, moments.mean_error, moments.degrees + 1, LEVEL);
    double lower = (double)(counts.below_zero + counts.minus_infinite);
    print_cell(own.mean);
    print_cell(moments.mean);
    print_cell(interval.low);
    print_cell(interval.high);
    print_cell(flc_summary_quantile(p->summary, row, 0.05, LEVEL).value);
    print_cell(flc_summary_quantile(p->summary, row, 0.95, LEVEL).value);
    print_percent(((double)counts.defined - lower - (double)counts.zero) / (double)counts.defined);
    print_percent(lower / (double)counts.defined);
    print_cell(moments.sd > 0 ? (own.sd * own.sd + base.sd * base.sd) / (moments.sd * moments.sd)
                              : (double)NAN);
    printf("\n");
}

static void print_output(const struct printing *p, size_t output, const char *name)
{
    flc_moments base = flc_summary_moments(p->summary, output);
    char text[CLI_NUMBER_ROOM];
    printf("\n%s, base %s\n", name, cli_number(text, base.mean));
    cli_print_label("  scenario", LABEL);
    static const char *const heads[] = {"mean", "difference", "95 % from", "to",        "5 %",
                                        "95 %", "P(more)",    "P(less)",   "variance /"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        printf(" %*s", CELL, heads[i]);
    printf("\n");
    for (size_t s = 1; s < flc_scenarios_count(p->scenarios); s++) {
        size_t row = flc_scenarios_difference(p->scenarios, s, output);
        printf("  ");
        cli_print_label(p->facts->keys[s], LABEL - 2);
        if (row != FLC_NO_OUTPUT)
            print_difference(p, s, output, row);
        else
            printf("   %s\n", flc_scenarios_level(p->scenarios, s, output) == FLC_NO_OUTPUT
                                  ? "has no such output"
                                  : "the same in every sample");
    }
}

/* ---- decisions and margins ------------------------------------------------------------------- */

/* How many scenarios this one dominates at first order, and at second. */
static void count_dominated(const struct printing *p, size_t d, size_t s, int *first, int *second)
{
    const flc_decision *decision = flc_scenarios_decision(p->scenarios, d);
    bool higher = decision->better == FLC_BETTER_HIGHER;
    size_t own = flc_scenarios_level(p->scenarios, s, decision->output);
    *first = *second = 0;
    for (size_t other = 0; other < flc_scenarios_count(p->scenarios); other++) {
        size_t row = flc_scenarios_level(p->scenarios, other, decision->output);
        if (own == FLC_NO_OUTPUT || row == FLC_NO_OUTPUT)
            continue;
        flc_dominance dominance = flc_dominance_of(p->summary, own, row, higher);
        *first += dominance.first;
        *second += dominance.second;
    }
}

static void print_decision(const struct printing *p, size_t d)
{
    const flc_decision *decision = flc_scenarios_decision(p->scenarios, d);
    printf("\nRegret in %s (%s is better)\n", p->facts->decisions[d],
           decision->better == FLC_BETTER_HIGHER ? "more" : "less");
    cli_print_label("  scenario", LABEL);
    printf(" %*s %*s %*s %*s %*s %*s\n", CELL, "expected", CELL, "error", CELL, "95 %", CELL,
           "is best", CELL, "dominates", CELL, "2nd order");
    for (size_t s = 0; s < flc_scenarios_count(p->scenarios); s++) {
        size_t row = flc_scenarios_regret(p->scenarios, d, s);
        flc_moments regret = flc_summary_moments(p->summary, row);
        flc_counts best = flc_summary_counts(p->summary, flc_scenarios_best(p->scenarios, d, s));
        printf("  ");
        cli_print_label(s ? p->facts->keys[s] : "(base)", LABEL - 2);
        print_cell(regret.mean);
        print_cell(regret.mean_error);
        print_cell(flc_summary_quantile(p->summary, row, 0.95, LEVEL).value);
        print_percent((double)(best.finite - best.zero) / (double)best.finite);
        int first, second;
        count_dominated(p, d, s, &first, &second);
        printf(" %*d %*d\n", CELL, first, CELL, second);
    }
}

static void print_margin(const struct printing *p, size_t m)
{
    printf("\nWorse than the base by more than %g in %s\n", p->facts->margins[m],
           p->facts->margin_outputs[m]);
    for (size_t s = 1; s < flc_scenarios_count(p->scenarios); s++) {
        size_t target = flc_scenarios_margin(p->scenarios, m, s);
        printf("  ");
        cli_print_label(p->facts->keys[s], LABEL - 2);
        if (target == FLC_NO_OUTPUT) {
            printf("   never: the same in every sample\n");
            continue;
        }
        flc_exceedance met = flc_summary_exceedance(p->summary, target, LEVEL);
        print_percent(met.probability);
        printf("   %.1f to %.1f %%\n", 100 * met.low, 100 * met.high);
    }
}

void cli_print_comparison(const flc_scenarios *scenarios, const flc_summary *summary,
                          const flc_compare_facts *facts, const size_t *outputs,
                          const char *const *names, size_t count)
{
    struct printing p = {scenarios, summary, facts};
    for (size_t i = 0; i < count; i++)
        print_output(&p, outputs[i], names[i]);
    printf(
        "\ndifference: scenario less base in the same sample, mean with its 95 %% interval, then "
        "quantiles over samples;\nvariance /: how many times more samples independent runs "
        "would need for the same precision;\ndominates: so many scenarios at first order, for "
        "everybody "
        "who prefers more; at second order, who also dislikes risk\n");
    for (size_t d = 0; d < facts->decision_count; d++)
        print_decision(&p, d);
    for (size_t m = 0; m < facts->margin_count; m++)
        print_margin(&p, m);
}
