#include "study/trace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

struct flc_trace {
    const flc_study *study;
    flc_points points;
    flc_arena *arena;
    uint64_t *samples;
    size_t count;
    flc_series *series;
    size_t series_count, series_room;
    double *quantities;    /* [count][sampled] */
    size_t *ledger;        /* first ledger series of each program */
    size_t now;            /* place of the sample at work */
    const double *outputs; /* of the block at work */
    const flc_evaluator *evaluator;
    double lanes[FLC_BLOCK];
};

/* ---- the list of series ---------------------------------------------------------------------- */

/* A group's text for a program, kept in the arena; NULL without memory. */
static const char *group_of(flc_trace *trace, size_t program, const char *suffix, flc_error *error)
{
    char text[160];
    snprintf(text, sizeof text, "programs/%s%s",
             flc_model_program_key(trace->study->model, program), suffix);
    return flc_arena_copy(trace->arena, text, strlen(text), error);
}

static size_t size_of(const flc_trace *trace, size_t program, const char *dimension, size_t length)
{
    const flc_model *model = trace->study->model;
    const struct {
        const char *name;
        size_t size;
    } sizes[] = {
        {"sample", 1},
        {"fiscal_year", flc_model_years(model)},
        {"unit", flc_model_units(model, program)},
        {"source", flc_model_sources(model, program)},
        {"outcome", flc_model_outcomes(model, program)},
        {"program", flc_model_programs(model) + 1},
        {"shock", flc_model_described(model)->shock_count},
        {"index", FLC_INDICES},
        {"gate", program < flc_model_programs(model)
                     ? flc_model_program_inputs(model, program)->units.gates.count
                     : 0},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strlen(sizes[i].name) == length && strncmp(sizes[i].name, dimension, length) == 0)
            return sizes[i].size;
    return 0;
}

static size_t per_sample(const flc_trace *trace, size_t program, const char *dimensions)
{
    size_t product = 1;
    for (const char *next = dimensions; *next;) {
        size_t length = strcspn(next, " ");
        product *= size_of(trace, program, next, length);
        next += length + (next[length] == ' ');
    }
    return product;
}

/* Append an empty series; one without values (no sources, say) is left out, which is no failure. */
static flc_status add(flc_trace *trace, size_t program, const char *group, const char *name,
                      const char *dimensions, const char *unit, const char *sentence,
                      flc_error *error)
{
    size_t each = per_sample(trace, program, dimensions);
    if (!group)
        return FLC_ERROR_MEMORY;
    if (each == 0)
        return FLC_OK;
    flc_status status = flc_reserve((void **)&trace->series, &trace->series_room,
                                    trace->series_count + 1, sizeof *trace->series, error);
    double *values =
        status ? NULL : flc_arena_take(trace->arena, each * trace->count, sizeof *values, error);
    if (!values)
        return FLC_ERROR_MEMORY;
    trace->series[trace->series_count++] =
        (flc_series){group, name, dimensions, unit, sentence, program, each, values};
    return FLC_OK;
}

/* A series of draws by year: name, its unit is that of a uniform or a normal. */
static flc_status add_draw(flc_trace *trace, size_t program, const char *group, const char *name,
                           const char *dimensions, flc_error *error)
{
    bool normal = name[strlen(name) - 1] == 'z';
    return add(trace, program, group, name, dimensions, "1",
               normal ? "Standard normal draw" : "Uniform draw in (0, 1)", error);
}

static flc_status list_macro(flc_trace *trace, flc_error *error)
{
    static const char *const draws[] = {"draw_recession_u", "draw_activity_z", "draw_inflation_z",
                                        "draw_fiscal_z"};
    static const struct flc_label series[FLC_MACRO_SERIES] = {
        {"recession", "1", "1 in a recession year"},
        {"activity", "1", "Activity gap, share of output"},
        {"inflation", "log change per year", "Inflation"},
        {"price_index", "1", "Price index, 1 in the base year"},
        {"discount_factor", "1", "Discount factor of nominal flows"}};
    size_t none = flc_model_programs(trace->study->model);
    flc_status status = FLC_OK;
    for (int i = 0; i < FLC_MACRO_DRAWS && !status; i++)
        status = add_draw(trace, none, "macro", draws[i], "sample fiscal_year", error);
    for (int i = 0; i < FLC_MACRO_SERIES && !status; i++)
        status = add(trace, none, "macro", series[i].name, "sample fiscal_year", series[i].unit,
                     series[i].sentence, error);
    return status;
}

/* Draws that are kept, by program: which instruments have them. */
static const struct {
    const char *name;
    enum flc_program_draw draw;
    bool by_year, normal;
} program_draws[] = {
    {"draw_budget_z", FLC_DRAW_BUDGET, true, true},
    {"draw_termination_u", FLC_DRAW_TERMINATION, true, false},
    {"draw_delay_u", FLC_DRAW_DELAY, true, false},
    {"draw_rescission_u", FLC_DRAW_RESCISSION, true, false},
    {"draw_coinvestment_z", FLC_DRAW_COINVESTMENT, true, true},
    {"draw_return_z", FLC_DRAW_RETURN, true, true},
    {"draw_default_z", FLC_DRAW_DEFAULT, true, true},
    {"draw_lagging_u", FLC_DRAW_LAGGING, false, false},
};
enum { PROGRAM_DRAWS = sizeof program_draws / sizeof *program_draws };

static const struct {
    const char *name;
    enum flc_unit_draw draw;
    const char *dimensions;
} unit_draws[] = {
    {"draw_size_z", FLC_DRAW_SIZE, "sample unit"},
    {"draw_gate_u", FLC_DRAW_GATE, "sample unit gate"},
    {"draw_match_z", FLC_DRAW_MATCH, "sample unit fiscal_year"},
    {"draw_revenue_z", FLC_DRAW_REVENUE, "sample unit fiscal_year"},
    {"draw_cost_z", FLC_DRAW_COST, "sample unit fiscal_year"},
    {"draw_verify_u", FLC_DRAW_VERIFY, "sample unit fiscal_year"},
};
enum { UNIT_DRAWS = sizeof unit_draws / sizeof *unit_draws };

static bool draw_applies(int64_t instrument, enum flc_program_draw draw)
{
    bool fund = instrument == FLC_INSTRUMENT_FUND, pool = instrument == FLC_INSTRUMENT_GUARANTEE;
    if (draw == FLC_DRAW_COINVESTMENT || draw == FLC_DRAW_RETURN)
        return fund;
    if (draw == FLC_DRAW_DEFAULT)
        return pool;
    return draw != FLC_DRAW_LAGGING || (!fund && !pool);
}

static int64_t instrument_of(const flc_trace *trace, size_t program)
{
    return flc_model_program_inputs(trace->study->model, program)->instrument;
}

static flc_status list_units(flc_trace *trace, size_t p, flc_error *error)
{
    const char *group = group_of(trace, p, "/units", error);
    flc_status status = group ? FLC_OK : FLC_ERROR_MEMORY;
    for (int i = 0; i < UNIT_DRAWS && !status; i++)
        if (unit_draws[i].draw != FLC_DRAW_VERIFY ||
            instrument_of(trace, p) == FLC_INSTRUMENT_REIMBURSEMENT)
            status = add_draw(trace, p, group, unit_draws[i].name, unit_draws[i].dimensions, error);
    trace->ledger[p] = trace->series_count;
    for (int f = 0; f < FLC_LEDGER_COUNT && !status; f++)
        status = add(trace, p, group, flc_ledger_labels[f].name, "sample unit fiscal_year",
                     flc_ledger_labels[f].unit, flc_ledger_labels[f].sentence, error);
    return status;
}

static flc_status list_program_draws(flc_trace *trace, size_t p, const char *group,
                                     flc_error *error)
{
    flc_status status = FLC_OK;
    for (int i = 0; i < PROGRAM_DRAWS && !status; i++)
        if (draw_applies(instrument_of(trace, p), program_draws[i].draw))
            status = add_draw(trace, p, group, program_draws[i].name,
                              program_draws[i].by_year ? "sample fiscal_year" : "sample", error);
    if (!status)
        status = add_draw(trace, p, group, "draw_source_z", "sample source fiscal_year", error);
    if (!status)
        status = add_draw(trace, p, group, "draw_outcome_z", "sample outcome fiscal_year", error);
    return status ? status : list_units(trace, p, error);
}

static const char *member_dimensions(const flc_metric *metric)
{
    return metric->member == FLC_MEMBER_SOURCE    ? "sample source fiscal_year"
           : metric->member == FLC_MEMBER_OUTCOME ? "sample outcome fiscal_year"
                                                  : "sample fiscal_year";
}

static flc_status list_program(flc_trace *trace, size_t p, flc_error *error)
{
    const flc_metrics *metrics = &trace->study->metrics;
    const char *group = group_of(trace, p, "", error);
    flc_status status = group ? FLC_OK : FLC_ERROR_MEMORY;
    if (!status && p < flc_model_programs(trace->study->model))
        status = list_program_draws(trace, p, group, error);
    for (size_t m = 0; m < metrics->count && !status; m++)
        if (metrics->metrics[m].by_year && flc_metrics_is_modelled(metrics, &metrics->metrics[m]))
            status = add(trace, p, group, metrics->metrics[m].name,
                         member_dimensions(&metrics->metrics[m]), metrics->metrics[m].unit,
                         metrics->metrics[m].sentence, error);
    return status;
}

/* What a plug-in model has in place of a macro-economy and units. */
static flc_status list_shocks(flc_trace *trace, flc_error *error)
{
    flc_status status = add_draw(trace, 0, FLC_TRACE_SHOCKS, "draw_u", "sample shock index", error);
    return status ? status
                  : add_draw(trace, 0, FLC_TRACE_SHOCKS, "draw_z", "sample shock index", error);
}

static flc_status list_series(flc_trace *trace, flc_error *error)
{
    const flc_metrics *metrics = &trace->study->metrics;
    size_t portfolio = flc_model_programs(trace->study->model);
    bool plugged = flc_model_plugin(trace->study->model) != NULL;
    flc_status status = plugged ? list_shocks(trace, error) : list_macro(trace, error);
    for (size_t p = 0; p <= portfolio && !status; p++)
        status = list_program(trace, p, error);
    for (size_t m = 0; m < metrics->count && !status; m++)
        if (!metrics->metrics[m].by_year)
            status = add(trace, portfolio, "outputs", metrics->metrics[m].name, "sample program",
                         metrics->metrics[m].unit, metrics->metrics[m].sentence, error);
    return status;
}

/* ---- filling --------------------------------------------------------------------------------- */

const flc_series *flc_trace_find(const flc_trace *trace, const char *group, const char *name)
{
    for (size_t i = 0; i < trace->series_count; i++)
        if (strcmp(trace->series[i].name, name) == 0 && strcmp(trace->series[i].group, group) == 0)
            return &trace->series[i];
    return NULL;
}

/* Where the values of the sample at work go. */
static double *own_values(const flc_trace *trace, const flc_series *series)
{
    return series->values + trace->now * series->per_sample;
}

static void record(void *context, size_t program, size_t unit, size_t year,
                   enum flc_ledger_field field, const double *lanes)
{
    flc_trace *trace = context;
    const flc_series *series = &trace->series[trace->ledger[program] + (size_t)field];
    own_values(trace, series)[unit * flc_model_years(trace->study->model) + year] = lanes[0];
}

/* One draw at an index, of the sample at work (lane 0). */
static double draw(flc_trace *trace, uint32_t name, size_t index, bool normal)
{
    const flc_draws *draws = flc_evaluator_draws(trace->evaluator);
    if (normal)
        flc_draws_normal(draws, name, (unsigned)index, trace->lanes);
    else
        flc_draws_uniform(draws, name, (unsigned)index, trace->lanes);
    return trace->lanes[0];
}

/* Draws of several names, `indices` each, into a series. */
static void fill_draws(flc_trace *trace, const flc_series *series, const uint32_t *names,
                       size_t count, size_t indices, bool normal)
{
    double *values = own_values(trace, series);
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; i < indices; i++)
            values[n * indices + i] = draw(trace, names[n], i, normal);
}

static void fill_one_draw(flc_trace *trace, const char *group, const char *name, uint32_t stream,
                          size_t indices, bool normal)
{
    const flc_series *series = flc_trace_find(trace, group, name);
    if (series)
        fill_draws(trace, series, &stream, 1, indices, normal);
}

static void fill_macro(flc_trace *trace)
{
    static const char *const draws[] = {"draw_recession_u", "draw_activity_z", "draw_inflation_z",
                                        "draw_fiscal_z"};
    static const char *const names[] = {"recession", "activity", "inflation", "price_index",
                                        "discount_factor"};
    const flc_model *model = trace->study->model;
    size_t years = flc_model_years(model);
    for (int i = 0; i < FLC_MACRO_DRAWS; i++)
        fill_one_draw(trace, "macro", draws[i], flc_model_macro_draw(model, (enum flc_macro_draw)i),
                      years, i != FLC_DRAW_RECESSION);
    for (int i = 0; i < FLC_MACRO_SERIES; i++) {
        double *values = own_values(trace, flc_trace_find(trace, "macro", names[i]));
        for (size_t t = 0; t < years; t++)
            values[t] = flc_workspace_macro(flc_evaluator_workspace(trace->evaluator),
                                            (enum flc_macro_series)i, t)[0];
    }
}

/* The series that holds row `row` of a member's or unit's draws: its values at [row]. */
static void fill_row(flc_trace *trace, const char *group, const char *name, size_t row,
                     uint32_t stream, size_t indices, bool normal)
{
    const flc_series *series = flc_trace_find(trace, group, name);
    for (size_t i = 0; series && i < indices; i++)
        own_values(trace, series)[row * indices + i] = draw(trace, stream, i, normal);
}

static void fill_program_draws(flc_trace *trace, size_t p, const char *group)
{
    const flc_model *model = trace->study->model;
    size_t years = flc_model_years(model);
    for (int i = 0; i < PROGRAM_DRAWS; i++)
        fill_one_draw(trace, group, program_draws[i].name,
                      flc_model_program_draw(model, p, program_draws[i].draw),
                      program_draws[i].by_year ? years : 1, program_draws[i].normal);
    for (size_t k = 0; k < flc_model_sources(model, p); k++)
        fill_row(trace, group, "draw_source_z", k, flc_model_source_draw(model, p, k), years, true);
    for (size_t o = 0; o < flc_model_outcomes(model, p); o++)
        fill_row(trace, group, "draw_outcome_z", o, flc_model_outcome_draw(model, p, o), years,
                 true);
}

static void fill_unit_draws(flc_trace *trace, size_t p)
{
    const flc_model *model = trace->study->model;
    size_t years = flc_model_years(model);
    size_t gates = flc_model_program_inputs(model, p)->units.gates.count;
    char group[160];
    snprintf(group, sizeof group, "programs/%s/units", flc_model_program_key(model, p));
    for (size_t u = 0; u < flc_model_units(model, p); u++)
        for (int i = 0; i < UNIT_DRAWS; i++) {
            enum flc_unit_draw kind = unit_draws[i].draw;
            size_t indices = kind == FLC_DRAW_SIZE ? 1 : kind == FLC_DRAW_GATE ? gates : years;
            fill_row(trace, group, unit_draws[i].name, u, flc_model_unit_draw(model, p, u, kind),
                     indices, kind != FLC_DRAW_GATE && kind != FLC_DRAW_VERIFY);
        }
}

/* A series of one account by year. */
static void fill_account(flc_trace *trace, size_t program, const flc_metric *metric,
                         const flc_series *series)
{
    for (size_t t = 0; t < flc_model_years(trace->study->model); t++)
        own_values(trace, series)[t] =
            trace->outputs[flc_metrics_output(&trace->study->metrics, metric, program, 0, t) *
                           FLC_BLOCK];
}

/* Members of a program stand in the order of the program, which may differ from the portfolio's. */
static void fill_members(flc_trace *trace, size_t program, const flc_metric *metric,
                         const flc_series *series)
{
    const flc_model *model = trace->study->model;
    bool source = metric->member == FLC_MEMBER_SOURCE;
    size_t count = source ? flc_model_sources(model, program) : flc_model_outcomes(model, program);
    size_t years = flc_model_years(model);
    for (size_t k = 0; k < count; k++)
        for (size_t t = 0; t < years; t++) {
            size_t output = source                ? flc_model_source_output(model, program, k, t)
                            : metric->number == 0 ? flc_model_gross_output(model, program, k, t)
                                                  : flc_model_net_output(model, program, k, t);
            own_values(trace, series)[k * years + t] = trace->outputs[output * FLC_BLOCK];
        }
}

static void fill_program(flc_trace *trace, size_t p)
{
    const flc_metrics *metrics = &trace->study->metrics;
    char group[160];
    snprintf(group, sizeof group, "programs/%s", flc_model_program_key(trace->study->model, p));
    if (p < flc_model_programs(trace->study->model)) {
        fill_program_draws(trace, p, group);
        fill_unit_draws(trace, p);
    }
    for (size_t m = 0; m < metrics->count; m++) {
        const flc_metric *metric = &metrics->metrics[m];
        const flc_series *series =
            metric->by_year ? flc_trace_find(trace, group, metric->name) : NULL;
        if (series && metric->member == FLC_MEMBER_NONE)
            fill_account(trace, p, metric, series);
        else if (series)
            fill_members(trace, p, metric, series);
    }
}

static void fill_horizon(flc_trace *trace)
{
    const flc_metrics *metrics = &trace->study->metrics;
    for (size_t m = 0; m < metrics->count; m++) {
        const flc_metric *metric = &metrics->metrics[m];
        if (metric->by_year)
            continue;
        double *values = own_values(trace, flc_trace_find(trace, "outputs", metric->name));
        for (size_t p = 0; p <= flc_model_programs(trace->study->model); p++) {
            size_t output = flc_metrics_output(metrics, metric, p, 0, 0);
            values[p] = output == FLC_NO_OUTPUT ? NAN : trace->outputs[output * FLC_BLOCK];
        }
    }
}

static void fill_shocks(flc_trace *trace)
{
    const flc_model *model = trace->study->model;
    for (size_t s = 0; s < flc_model_described(model)->shock_count; s++) {
        uint32_t name = flc_model_shock_name(model, s);
        fill_row(trace, FLC_TRACE_SHOCKS, "draw_u", s, name, FLC_INDICES, false);
        fill_row(trace, FLC_TRACE_SHOCKS, "draw_z", s, name, FLC_INDICES, true);
    }
}

static void fill_sample(flc_trace *trace, flc_evaluator *evaluator)
{
    const flc_study *study = trace->study;
    struct flc_recorder recorder = {record, trace};
    trace->outputs = flc_evaluator_block(evaluator, trace->samples[trace->now], &recorder);
    size_t sampled = flc_quantities_sampled_count(study->quantities);
    for (size_t q = 0; q < sampled; q++) {
        size_t row = flc_quantities_sampled_row(study->quantities, q);
        trace->quantities[trace->now * sampled + q] =
            flc_evaluator_values(evaluator)[row * FLC_BLOCK];
    }
    if (flc_model_plugin(study->model))
        fill_shocks(trace);
    else
        fill_macro(trace);
    for (size_t p = 0; p <= flc_model_programs(study->model); p++)
        fill_program(trace, p);
    fill_horizon(trace);
}

/* ---- making ---------------------------------------------------------------------------------- */

static flc_status prepare(flc_trace *trace, const uint64_t *samples, flc_error *error)
{
    size_t sampled = flc_quantities_sampled_count(trace->study->quantities);
    trace->arena = flc_arena_create(error);
    if (!trace->arena)
        return FLC_ERROR_MEMORY;
    trace->samples = flc_arena_take(trace->arena, trace->count, sizeof *trace->samples, error);
    trace->quantities =
        flc_arena_take(trace->arena, trace->count * sampled + 1, sizeof(double), error);
    trace->ledger = flc_arena_take(trace->arena, flc_model_programs(trace->study->model) + 1,
                                   sizeof *trace->ledger, error);
    if (!trace->samples || !trace->quantities || !trace->ledger)
        return FLC_ERROR_MEMORY;
    memcpy(trace->samples, samples, trace->count * sizeof *samples);
    return list_series(trace, error);
}

flc_status flc_trace_create(flc_trace **trace_out, const flc_study *study, const flc_points *points,
                            const uint64_t *samples, size_t count, flc_isa isa, flc_error *error)
{
    flc_evaluator *evaluator = NULL;
    flc_trace *trace = FLC_NEW(flc_trace, 1, error);
    flc_status status = FLC_ERROR_MEMORY;
    if (!trace)
        return status;
    trace->study = study;
    trace->points = *points;
    trace->count = count;
    status = prepare(trace, samples, error);
    if (!status && !(evaluator = flc_evaluator_create_at(study, points, isa, error)))
        status = flc_error_of_null(error);
    if (status) {
        flc_trace_free(trace);
        return status;
    }
    trace->evaluator = evaluator;
    for (trace->now = 0; trace->now < count; trace->now++)
        fill_sample(trace, evaluator);
    status = flc_evaluator_failure(evaluator, error);
    trace->evaluator = NULL;
    flc_evaluator_free(evaluator);
    if (status)
        flc_trace_free(trace);
    else
        *trace_out = trace;
    return status;
}

void flc_trace_free(flc_trace *trace)
{
    if (!trace)
        return;
    flc_free(trace->series);
    flc_arena_free(trace->arena);
    flc_free(trace);
}

const flc_study *flc_trace_study(const flc_trace *trace)
{
    return trace->study;
}

flc_points flc_trace_points(const flc_trace *trace)
{
    return trace->points;
}

size_t flc_trace_samples(const flc_trace *trace, const uint64_t **samples)
{
    *samples = trace->samples;
    return trace->count;
}

size_t flc_trace_series(const flc_trace *trace, const flc_series **series)
{
    *series = trace->series;
    return trace->series_count;
}

double flc_trace_quantity(const flc_trace *trace, size_t i, size_t q)
{
    return trace->quantities[i * flc_quantities_sampled_count(trace->study->quantities) + q];
}

/* ---- the sample at a quantile ---------------------------------------------------------------- */

/* The first sample whose output is nearest to `wanted`; UINT64_MAX where the output is never
 * defined. */
static uint64_t nearest_sample(flc_evaluator *evaluator, uint64_t samples, size_t output,
                               double wanted)
{
    double nearest = INFINITY;
    uint64_t best = UINT64_MAX;
    for (uint64_t first = 0; first < samples; first += FLC_BLOCK) {
        const double *lanes = flc_evaluator_block(evaluator, first, NULL) + output * FLC_BLOCK;
        for (uint64_t i = 0; i < FLC_BLOCK && first + i < samples; i++) {
            double distance = lanes[i] == wanted ? 0.0 : fabs(lanes[i] - wanted);
            if (distance < nearest) {
                nearest = distance;
                best = first + i;
            }
        }
    }
    return best;
}

flc_status flc_trace_quantile_sample(const flc_study *study, const flc_points *points, flc_isa isa,
                                     size_t output, double p, uint64_t *sample, flc_error *error)
{
    const uint64_t samples = points->samples;
    flc_summary *summary = NULL;
    flc_evaluator *evaluator = flc_evaluator_create_at(study, points, isa, error);
    flc_status status = FLC_OK;
    if (!evaluator || !(summary = flc_evaluator_summary(evaluator, error))) {
        status = flc_error_of_null(error);
        goto done;
    }
    for (uint64_t first = 0; first < samples; first += FLC_BLOCK) {
        size_t count = samples - first < FLC_BLOCK ? (size_t)(samples - first) : FLC_BLOCK;
        const double *outputs = flc_evaluator_block(evaluator, first, NULL);
        if ((status = flc_summary_add(summary, isa, outputs, first, count, error)))
            goto done;
    }
    if ((status = flc_evaluator_failure(evaluator, error)))
        goto done;
    *sample = nearest_sample(evaluator, samples, output,
                             flc_summary_quantile(summary, output, p, 0.95).value);
    status = *sample == UINT64_MAX ? flc_error_set(error, FLC_ERROR_STUDY,
                                                   "the output is undefined in all %llu samples",
                                                   (unsigned long long)samples)
                                   : FLC_OK;
done:
    flc_summary_free(summary);
    flc_evaluator_free(evaluator);
    return status;
}
