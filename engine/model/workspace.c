/* Scratch memory of one evaluator: one allocation, cut into lanes. */
#include <string.h>

#include "base/memory.h"
#include "model/instance.h"

/* Cuts `count` lanes off; while measuring (memory NULL) only counts them. */
struct cutter {
    flc_lanes *memory;
    size_t used;
};

static flc_lanes *cut(struct cutter *cutter, size_t count)
{
    flc_lanes *piece = cutter->memory ? cutter->memory + cutter->used : NULL;
    cutter->used += count;
    return piece;
}

/* `count` structures made of parts. */
#define CUT(cutter, type, count)                                                                   \
    ((type *)(void *)cut((cutter),                                                                 \
                         ((count) * sizeof(type) + sizeof(flc_lanes) - 1) / sizeof(flc_lanes)))

static void cut_program(struct cutter *cutter, const flc_model *model, flc_workspace *w)
{
    size_t years = model->years, units = model->most_units;
    w->plan = cut(cutter, years);
    w->budget_state = cut(cutter, 6);
    w->net_money = cut(cutter, 1);
    w->live = cut(cutter, 1);
    w->reference_money = cut(cutter, 1);
    w->reference_weight = cut(cutter, 1);
    w->entitled = cut(cutter, 1);
    w->ration = cut(cutter, 1);
    w->units = CUT(cutter, struct flc_unit_state, units * FLC_PARTS);
    w->common = CUT(cutter, struct flc_unit_common, FLC_PARTS);
    w->sources = CUT(cutter, struct flc_unit_source, model->most_sources * FLC_PARTS);
    w->streams = CUT(cutter, struct flc_unit_stream, model->most_streams * FLC_PARTS);
    w->sums = CUT(cutter, struct flc_unit_sums, FLC_PARTS);
    w->money = CUT(cutter, struct flc_unit_money, 1);
    w->cost_level = cut(cutter, 1);
    w->shocks = cut(cutter, (size_t)FLC_UNITS_AHEAD * FLC_UNIT_SHOCKS);
    w->unit_spent = cut(cutter, model->any_lagged_units ? units * years : 0);
    w->cohort_scale = cut(cutter, model->most_cohorts);
    w->cohort_entitlement = cut(cutter, model->most_cohorts);
    w->outcome_state = cut(cutter, model->most_outcomes);
    w->outcome_dollars = cut(cutter, model->most_outcomes);
    w->outcome_gross = cut(cutter, model->most_outcomes);
    w->vintage = cut(cutter, 2 * years);
    w->recycled = cut(cutter, 1);
    w->pool = cut(cutter, 1);
    w->book = cut(cutter, 1);
}

static void cut_portfolio(struct cutter *cutter, const flc_model *model, flc_workspace *w)
{
    size_t years = model->years, inner = FLC_ACCOUNTS_ALL - FLC_ACCOUNTS_PUBLIC;
    for (int series = 0; series < FLC_MACRO_SERIES; series++)
        w->macro[series] = cut(cutter, years);
    w->fiscal = cut(cutter, years);
    w->inner = cut(cutter, inner * years);
    w->portfolio_inner = cut(cutter, inner * years);
    w->portfolio_dollars = cut(cutter, model->portfolio_outcomes);
    w->portfolio_gross = cut(cutter, model->portfolio_outcomes);
    w->ledger = cut(cutter, FLC_LEDGER_COUNT);
    w->scratch = cut(cutter, 4);
    cut_program(cutter, model, w);
}

static void cut_all(struct cutter *cutter, const flc_model *model, flc_workspace *w)
{
    w->values = (double *)cut(cutter, flc_quantities_rows(model->quantities));
    w->refused = cut(cutter, model->program_count + 1);
    if (model->plugin)
        w->handed = cut(cutter, model->description.quantity_count);
    else
        cut_portfolio(cutter, model, w);
}

size_t flc_workspace_lanes(const flc_model *model)
{
    flc_workspace unused;
    struct cutter cutter = {NULL, 0};
    cut_all(&cutter, model, &unused);
    return cutter.used;
}

size_t flc_workspace_bytes(const flc_model *model)
{
    size_t own = model->plugin ? model->description.workspace_bytes : 0;
    return flc_workspace_lanes(model) * sizeof(flc_lanes) + FLC_WORKSPACE_HEAD + own;
}

void flc_workspace_place(flc_workspace *w, const flc_model *model, flc_isa isa, double *lanes)
{
    struct cutter cutter = {(flc_lanes *)(void *)lanes, 0};
    w->model = model;
    w->isa = isa;
    w->state = w;
    cut_all(&cutter, model, w);
    flc_quantities_fill_constants(model->quantities, w->values);
}

flc_workspace *flc_workspace_create_in(const flc_model *model, flc_isa isa, double *memory,
                                       flc_error *error)
{
    flc_workspace *w = FLC_NEW(flc_workspace, 1, error);
    if (!w)
        return NULL;
    flc_workspace_place(w, model, isa, memory);
    if (flc_instance_begin(w, error) == FLC_OK)
        return w;
    flc_workspace_free(w);
    return NULL;
}

flc_workspace *flc_workspace_create(const flc_model *model, flc_isa isa, flc_error *error)
{
    double *memory = flc_allocate(flc_workspace_lanes(model), sizeof(flc_lanes), error);
    flc_workspace *w = memory ? flc_workspace_create_in(model, isa, memory, error) : NULL;
    if (w)
        w->memory = memory;
    else
        flc_free(memory);
    return w;
}

void flc_workspace_free(flc_workspace *workspace)
{
    if (!workspace)
        return;
    flc_instance_end(workspace);
    flc_free(workspace->kept.stale);
    flc_free(workspace->kept.lanes);
    flc_free(workspace->memory);
    flc_free(workspace);
}

/* Rows of the outputs of the program that has most. */
static size_t most_output_rows(const flc_model *model)
{
    size_t open = flc_yearly_rows(model->most_sources, model->most_outcomes) -
                  (FLC_ACCOUNTS_ALL - FLC_ACCOUNTS_PUBLIC);
    return open * model->years + FLC_HORIZON_COUNT + model->most_outcomes;
}

flc_status flc_workspace_keep_programs(flc_workspace *workspace, flc_error *error)
{
    const flc_model *model = workspace->model;
    struct flc_kept *kept = &workspace->kept;
    const size_t programs = model->program_count, lanes = programs * flc_kept_lanes(model);
    const size_t trial = most_output_rows(model), size = sizeof(flc_lanes);
    kept->lanes = flc_allocate(lanes + 2 * programs + 1 + trial, size, error);
    kept->stale = FLC_NEW(unsigned char, flc_model_series(model) * model->years, error);
    if (!kept->lanes || !kept->stale)
        return FLC_ERROR_MEMORY;
    kept->refused = kept->lanes + lanes;
    kept->weights = kept->refused + programs + 1;
    kept->trial = kept->weights + programs;
    memset(kept->stale, 1, flc_model_series(model) * model->years);
    return FLC_OK;
}

double *flc_workspace_values(flc_workspace *workspace)
{
    return workspace->values;
}

const double *flc_workspace_refused(const flc_workspace *workspace, size_t program)
{
    return workspace->refused[program];
}

const double *flc_workspace_macro(const flc_workspace *workspace, enum flc_macro_series series,
                                  size_t year)
{
    return workspace->macro[series][year];
}
