#include "command/sweep_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "command/cells.h"
#include "statistics/intervals.h"

enum { CELL = 10, LABEL = 34, LABEL_MOST = 44, ROWS_MOST = 60, COLUMNS_MOST = 12 };
#define LEVEL 0.95

struct printing {
    const flc_sweep *sweep;
    const flc_scenarios *scenarios;
    const flc_summary *summary;
    const flc_sweep_findings *findings;
    size_t points;
};

static void print_cell(double value)
{
    char text[CLI_NUMBER_ROOM];
    printf(" %*s", CELL, cli_number(text, value));
}

static flc_interval interval_of(flc_moments moments)
{
    return moments.mean_error == 0 || isnan(moments.mean)
               ? (flc_interval){moments.mean, moments.mean}
               : flc_intervals_mean(moments.mean, moments.mean_error, moments.degrees + 1, LEVEL);
}

static flc_moments moments_at(const struct printing *p, size_t o, size_t point)
{
    return flc_sweep_moments(p->sweep, p->scenarios, p->summary, o, point);
}

static flc_moments difference_at(const struct printing *p, size_t o, size_t point)
{
    return flc_sweep_difference(p->sweep, p->scenarios, p->summary, o, point);
}

/* ---- one output ------------------------------------------------------------------------------ */

static void print_heading(const struct printing *p, size_t o)
{
    char mean[CLI_NUMBER_ROOM], low[CLI_NUMBER_ROOM], high[CLI_NUMBER_ROOM];
    size_t row = flc_scenarios_level(p->scenarios, 0, p->sweep->outputs[o]);
    flc_moments base = flc_summary_moments(p->summary, row);
    flc_interval interval = interval_of(base);
    printf("\n%s, mean; the study as it stands: %s (%s to %s)\n", p->sweep->names[o],
           cli_number(mean, base.mean), cli_number(low, interval.low),
           cli_number(high, interval.high));
}

/* Of the interval, where it is widest. */
static double widest(const struct printing *p, size_t o, bool difference)
{
    double most = 0;
    for (size_t point = 0; point < p->points; point++) {
        flc_moments moments = difference ? difference_at(p, o, point) : moments_at(p, o, point);
        flc_interval interval = interval_of(moments);
        double half = 0.5 * (interval.high - interval.low);
        most = half > most ? half : most;
    }
    return most;
}

/* Two levers: the first down, the second across. */
static void print_matrix(const struct printing *p, size_t o)
{
    const flc_lever *down = flc_grid_lever(p->sweep->grid, 0);
    const flc_lever *across = flc_grid_lever(p->sweep->grid, 1);
    char mean[CLI_NUMBER_ROOM], paired[CLI_NUMBER_ROOM];
    cli_print_label("", LABEL);
    printf(" %s\n", across->path);
    cli_print_label(down->path, LABEL);
    for (size_t k = 0; k < across->count; k++)
        printf(" %*.*s", CELL, CELL, across->values[k]);
    printf("\n");
    for (size_t i = 0; i < down->count; i++) {
        printf("  ");
        cli_print_label(down->values[i], LABEL - 2);
        for (size_t k = 0; k < across->count; k++)
            print_cell(moments_at(p, o, i * across->count + k).mean);
        printf("\n");
    }
    printf("  95 %% intervals: +- %s or less; of differences to the study as it stands: +- %s or "
           "less\n",
           cli_number(mean, widest(p, o, false)), cli_number(paired, widest(p, o, true)));
}

static int label_width(const struct printing *p)
{
    return flc_grid_levers(p->sweep->grid) == 1 ? LABEL : LABEL_MOST;
}

/* Of one lever its path, else the last keys of all paths: "required; opening". */
static void print_levers(const struct printing *p)
{
    const flc_grid *grid = p->sweep->grid;
    char text[4 * LABEL_MOST] = "";
    size_t used = 0, levers = flc_grid_levers(grid);
    for (size_t l = 0; l < levers && used < sizeof text; l++) {
        const char *path = flc_grid_lever(grid, l)->path, *slash = strrchr(path, '/');
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", l ? "; " : "",
                                 levers == 1 || !slash ? path : slash + 1);
    }
    cli_print_label(text, label_width(p));
}

/* "2; 0.1" */
static void print_values(const struct printing *p, size_t point)
{
    const flc_grid *grid = p->sweep->grid;
    char text[4 * LABEL_MOST] = "";
    size_t used = 0;
    for (size_t l = 0; l < flc_grid_levers(grid) && used < sizeof text; l++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", l ? "; " : "",
                                 flc_grid_lever(grid, l)->values[flc_grid_value(grid, point, l)]);
    printf("  ");
    cli_print_label(text, label_width(p) - 2);
}

static void print_list(const struct printing *p, size_t o)
{
    static const char *const heads[] = {"mean",      "95 % from", "to",  "difference",
                                        "95 % from", "to",        "5 %", "95 %"};
    print_levers(p);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        printf(" %*s", CELL, heads[i]);
    printf("\n");
    for (size_t point = 0; point < p->points && point < ROWS_MOST; point++) {
        size_t row = flc_scenarios_level(p->scenarios, point + 1, p->sweep->outputs[o]);
        flc_moments own = moments_at(p, o, point), difference = difference_at(p, o, point);
        print_values(p, point);
        if (row == FLC_NO_OUTPUT) {
            printf("   has no such output\n");
            continue;
        }
        print_cell(own.mean);
        print_cell(interval_of(own).low);
        print_cell(interval_of(own).high);
        print_cell(difference.mean);
        print_cell(interval_of(difference).low);
        print_cell(interval_of(difference).high);
        print_cell(flc_summary_quantile(p->summary, row, 0.05, LEVEL).value);
        print_cell(flc_summary_quantile(p->summary, row, 0.95, LEVEL).value);
        printf("\n");
    }
    if (p->points > ROWS_MOST)
        printf("  ... %zu more points in the file\n", p->points - ROWS_MOST);
}

/* ---- break-evens ----------------------------------------------------------------------------- */

static void print_interval(const flc_crossing *crossing)
{
    char low[CLI_NUMBER_ROOM], high[CLI_NUMBER_ROOM];
    cli_number(low, crossing->low);
    cli_number(high, crossing->high);
    if (isinf(crossing->low) && isinf(crossing->high))
        printf("95 %%: anywhere");
    else if (isinf(crossing->low))
        printf("95 %%: below %s", high);
    else if (isinf(crossing->high))
        printf("95 %%: above %s", low);
    else
        printf("95 %%: %s to %s", low, high);
}

static void print_break_even(const struct printing *p, const flc_break_even *found)
{
    const flc_grid *grid = p->sweep->grid;
    const flc_crossing *crossing = &found->crossing;
    char at[CLI_NUMBER_ROOM];
    printf("  %s", flc_grid_lever(grid, found->lever)->path);
    if (found->crosses) {
        printf(" = %s (", cli_number(at, crossing->at));
        print_interval(crossing);
        printf("), %s", crossing->direction > 0   ? "the mean rises"
                        : crossing->direction < 0 ? "the mean falls"
                                                  : "the mean touches it");
    } else if (isnan(crossing->low)) {
        printf(": no crossing");
    } else {
        printf(": the means do not cross, but a crossing is not excluded (");
        print_interval(crossing);
        printf(")");
    }
    for (size_t l = 0; l < flc_grid_levers(grid); l++)
        if (l != found->lever)
            printf(", %s", flc_grid_assignment(grid, found->point, l));
    printf("\n");
}

static void print_break_evens(const struct printing *p)
{
    const flc_sweep_findings *findings = p->findings;
    for (size_t i = 0; i < findings->break_even_count && i < ROWS_MOST; i++) {
        const flc_break_even *found = &findings->break_evens[i];
        if (i == 0 || found->level != findings->break_evens[i - 1].level) {
            const flc_sweep_level *level = &p->sweep->levels[found->level];
            printf("\nBreak-even: the mean of %s is %g\n", p->sweep->names[level->output],
                   level->level);
        }
        print_break_even(p, found);
    }
    if (findings->break_even_count > ROWS_MOST)
        printf("  ... %zu more in the file\n", findings->break_even_count - ROWS_MOST);
}

/* ---- the Pareto set -------------------------------------------------------------------------- */

static void print_pareto(const struct printing *p)
{
    const flc_sweep *sweep = p->sweep;
    size_t on = 0;
    if (sweep->goal_count == 0)
        return;
    for (size_t point = 0; point < p->points; point++)
        on += p->findings->pareto[point];
    printf("\nPareto set: %zu of %zu points; no other point has means that are at least as good in "
           "all of these\n",
           on, p->points);
    print_levers(p);
    for (size_t g = 0; g < sweep->goal_count; g++)
        printf("  %s (%s)", sweep->names[sweep->goals[g]], sweep->higher[g] ? "more" : "less");
    printf("\n");
    for (size_t point = 0, shown = 0; point < p->points && shown < ROWS_MOST; point++) {
        if (!p->findings->pareto[point])
            continue;
        shown++;
        print_values(p, point);
        for (size_t g = 0; g < sweep->goal_count; g++)
            print_cell(moments_at(p, sweep->goals[g], point).mean);
        printf("\n");
    }
}

void cli_print_sweep(const flc_sweep *sweep, const flc_scenarios *scenarios,
                     const flc_summary *summary, const flc_sweep_findings *findings)
{
    struct printing p = {sweep, scenarios, summary, findings, flc_grid_points(sweep->grid)};
    bool matrix = flc_grid_is_full(sweep->grid) && flc_grid_levers(sweep->grid) == 2 &&
                  flc_grid_lever(sweep->grid, 1)->count <= COLUMNS_MOST;
    for (size_t o = 0; o < sweep->output_count; o++) {
        print_heading(&p, o);
        if (matrix)
            print_matrix(&p, o);
        else
            print_list(&p, o);
    }
    print_break_evens(&p);
    print_pareto(&p);
}
