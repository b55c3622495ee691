#include "study/sweep.h"

#include <math.h>

#include "base/memory.h"
#include "statistics/pareto.h"

struct flc_sweep_plan {
    size_t *order[FLC_GRID_COLUMNS]; /* [values] of a lever, the smallest number first */
    size_t *pair;                    /* [levels][levers][points] number of the rivals that are the
                                        point and the one before it along the lever */
    flc_rivals *rivals;
    size_t rival_count;
};

bool flc_sweep_has_lines(const flc_sweep *sweep, size_t lever)
{
    const flc_lever *it = flc_grid_lever(sweep->grid, lever);
    return flc_grid_is_full(sweep->grid) && it->numbers && it->count > 1;
}

static size_t *pair_at(const flc_sweep *sweep, size_t level, size_t lever, size_t point)
{
    return &sweep->plan->pair[(level * flc_grid_levers(sweep->grid) + lever) *
                                  flc_grid_points(sweep->grid) +
                              point];
}

/* ---- planning -------------------------------------------------------------------------------- */

static flc_status sort_values(struct flc_sweep_plan *plan, const flc_sweep *sweep, size_t l,
                              flc_error *error)
{
    const flc_lever *lever = flc_grid_lever(sweep->grid, l);
    size_t *order = plan->order[l] = FLC_NEW(size_t, lever->count, error);
    if (!order)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < lever->count; i++) {
        size_t at = i;
        for (; at > 0 && lever->numbers[order[at - 1]] > lever->numbers[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return FLC_OK;
}

/* The same output may be asked for at several levels: its rivals are those of the first. */
static size_t first_level(const flc_sweep *sweep, size_t level)
{
    size_t first = 0;
    while (sweep->levels[first].output != sweep->levels[level].output)
        first++;
    return first;
}

static void pair_along(const flc_sweep *sweep, size_t level, size_t l)
{
    struct flc_sweep_plan *plan = sweep->plan;
    const flc_lever *lever = flc_grid_lever(sweep->grid, l);
    for (size_t p = 0; p < flc_grid_points(sweep->grid); p++) {
        if (flc_grid_value(sweep->grid, p, l) != 0)
            continue;
        for (size_t k = 1; k < lever->count; k++) {
            size_t own = flc_grid_moved(sweep->grid, p, l, plan->order[l][k]);
            size_t before = flc_grid_moved(sweep->grid, p, l, plan->order[l][k - 1]);
            *pair_at(sweep, level, l, own) = plan->rival_count;
            plan->rivals[plan->rival_count++] =
                (flc_rivals){sweep->outputs[sweep->levels[level].output], own + 1, before + 1};
        }
    }
}

static flc_status make_room(struct flc_sweep_plan *plan, const flc_sweep *sweep, flc_error *error)
{
    size_t levers = flc_grid_levers(sweep->grid);
    size_t most = sweep->level_count * levers * flc_grid_points(sweep->grid);
    plan->pair = FLC_NEW(size_t, most, error);
    plan->rivals = FLC_NEW(flc_rivals, most, error);
    flc_status status = plan->pair && plan->rivals ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t l = 0; l < levers && !status; l++)
        if (flc_sweep_has_lines(sweep, l))
            status = sort_values(plan, sweep, l, error);
    return status;
}

flc_status flc_sweep_plan(flc_sweep *sweep, const flc_rivals **rivals, size_t *count,
                          flc_error *error)
{
    struct flc_sweep_plan *plan = sweep->plan = FLC_NEW(struct flc_sweep_plan, 1, error);
    flc_status status = plan ? make_room(plan, sweep, error) : FLC_ERROR_MEMORY;
    if (status)
        return status;
    for (size_t level = 0; level < sweep->level_count; level++)
        for (size_t l = 0; l < flc_grid_levers(sweep->grid); l++)
            if (flc_sweep_has_lines(sweep, l) && first_level(sweep, level) == level)
                pair_along(sweep, level, l);
    *rivals = plan->rivals;
    *count = plan->rival_count;
    return FLC_OK;
}

void flc_sweep_clear(flc_sweep *sweep)
{
    struct flc_sweep_plan *plan = sweep->plan;
    if (!plan)
        return;
    for (size_t l = 0; l < FLC_GRID_COLUMNS; l++)
        flc_free(plan->order[l]);
    flc_free(plan->pair);
    flc_free(plan->rivals);
    flc_free(plan);
    sweep->plan = NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static flc_moments nothing(double value)
{
    return (flc_moments){.mean = value, .sd = value, .mean_error = value};
}

flc_moments flc_sweep_moments(const flc_sweep *sweep, const flc_scenarios *scenarios,
                              const flc_summary *summary, size_t o, size_t point)
{
    size_t row = flc_scenarios_level(scenarios, point + 1, sweep->outputs[o]);
    return row == FLC_NO_OUTPUT ? nothing((double)NAN) : flc_summary_moments(summary, row);
}

flc_moments flc_sweep_difference(const flc_sweep *sweep, const flc_scenarios *scenarios,
                                 const flc_summary *summary, size_t o, size_t point)
{
    size_t row = flc_scenarios_difference(scenarios, point + 1, sweep->outputs[o]);
    if (row != FLC_NO_OUTPUT)
        return flc_summary_moments(summary, row);
    bool level = flc_scenarios_level(scenarios, point + 1, sweep->outputs[o]) != FLC_NO_OUTPUT;
    return nothing(level ? 0.0 : (double)NAN);
}

/* ---- break-evens ----------------------------------------------------------------------------- */

/* What break-evens are found from, and where they go. */
struct search {
    const flc_sweep *sweep;
    const flc_scenarios *scenarios;
    const flc_summary *summary;
    double confidence;
    flc_line_point *line;
    flc_crossing *crossings;
    flc_break_even *found;
    size_t count, room;
};

static flc_line_point line_point(const struct search *search, size_t level, size_t lever,
                                 size_t point, bool first)
{
    const flc_sweep *sweep = search->sweep;
    const flc_lever *it = flc_grid_lever(sweep->grid, lever);
    flc_moments moments = flc_sweep_moments(sweep, search->scenarios, search->summary,
                                            sweep->levels[level].output, point);
    flc_moments before = nothing((double)NAN);
    if (!first) {
        size_t pair = *pair_at(sweep, first_level(sweep, level), lever, point);
        before =
            flc_summary_moments(search->summary, flc_scenarios_rivals(search->scenarios, pair));
    }
    return (flc_line_point){.at = it->numbers[flc_grid_value(sweep->grid, point, lever)],
                            .mean = moments.mean,
                            .error = moments.mean_error,
                            .n = moments.n,
                            .degrees = moments.degrees,
                            .error_before = before.mean_error,
                            .n_before = before.n};
}

static flc_status keep(struct search *search, flc_break_even found, flc_error *error)
{
    void *items = search->found;
    flc_status status = flc_reserve(&items, &search->room, search->count + 1, sizeof found, error);
    search->found = items;
    if (!status)
        search->found[search->count++] = found;
    return status;
}

static flc_status search_line(struct search *search, size_t level, size_t lever, size_t point,
                              flc_error *error)
{
    const flc_sweep *sweep = search->sweep;
    const size_t count = flc_grid_lever(sweep->grid, lever)->count;
    size_t found = 0;
    for (size_t k = 0; k < count; k++) {
        size_t own = flc_grid_moved(sweep->grid, point, lever, sweep->plan->order[lever][k]);
        search->line[k] = line_point(search, level, lever, own, k == 0);
    }
    flc_status status = flc_crossings_find(search->crossings, &found, search->line, count,
                                           sweep->levels[level].level, search->confidence, error);
    for (size_t i = 0; i < found && !status; i++)
        status = keep(search,
                      (flc_break_even){level, lever, point, !isnan(search->crossings[i].at),
                                       search->crossings[i]},
                      error);
    const double none = (double)NAN;
    if (!status && found == 0)
        status = keep(search, (flc_break_even){level, lever, point, false, {none, none, none, 0}},
                      error);
    return status;
}

static flc_status search_lever(struct search *search, size_t level, size_t lever, flc_error *error)
{
    const flc_grid *grid = search->sweep->grid;
    const size_t count = flc_grid_lever(grid, lever)->count;
    flc_status status = FLC_OK;
    search->line = FLC_NEW(flc_line_point, count, error);
    search->crossings = FLC_NEW(flc_crossing, 3 * count, error);
    if (!search->line || !search->crossings)
        status = FLC_ERROR_MEMORY;
    for (size_t p = 0; p < flc_grid_points(grid) && !status; p++)
        if (flc_grid_value(grid, p, lever) == 0)
            status = search_line(search, level, lever, p, error);
    flc_free(search->crossings);
    flc_free(search->line);
    return status;
}

flc_status flc_sweep_break_evens(const flc_sweep *sweep, const flc_scenarios *scenarios,
                                 const flc_summary *summary, double confidence,
                                 flc_break_even **found, size_t *count, flc_error *error)
{
    struct search search = {
        .sweep = sweep, .scenarios = scenarios, .summary = summary, .confidence = confidence};
    flc_status status = FLC_OK;
    for (size_t level = 0; level < sweep->level_count; level++)
        for (size_t l = 0; l < flc_grid_levers(sweep->grid) && !status; l++)
            if (flc_sweep_has_lines(sweep, l))
                status = search_lever(&search, level, l, error);
    *found = search.found;
    *count = search.count;
    return status;
}

/* ---- the Pareto set -------------------------------------------------------------------------- */

flc_status flc_sweep_pareto(const flc_sweep *sweep, const flc_scenarios *scenarios,
                            const flc_summary *summary, bool *on, flc_error *error)
{
    const size_t points = flc_grid_points(sweep->grid), goals = sweep->goal_count;
    double *values = FLC_NEW(double, points *goals, error);
    if (!values)
        return FLC_ERROR_MEMORY;
    for (size_t p = 0; p < points; p++)
        for (size_t g = 0; g < goals; g++)
            values[p * goals + g] =
                flc_sweep_moments(sweep, scenarios, summary, sweep->goals[g], p).mean;
    flc_pareto_find(on, values, points, sweep->higher, goals);
    flc_free(values);
    return FLC_OK;
}
