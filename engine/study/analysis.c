#include "study/analysis.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/suggest.h"
#include "design/screening.h"
#include "sensitivity/given_data.h"
#include "sensitivity/screening.h"
#include "sensitivity/shapley.h"
#include "sensitivity/sobol_indices.h"

enum { PAIRED_MOST = 60 }; /* factors whose pairs can be asked for */

struct flc_analysis {
    const flc_study *study;
    flc_points points;
    flc_isa isa;
    bool asked[FLC_METHODS], second_order;
    flc_output_label *labels;
    size_t *outputs, output_count;
    flc_factors *atoms, *parts, *origin;
    flc_row_evaluator *rows, *steps; /* of a screening; NULL: not needed */
    flc_row_view *views[FLC_METHODS];
    double *uniforms, *values, *scratch; /* of given_data */
};

/* Outputs of main interest by fiscal year. */
static const char *const usual_accounts[] = {"annual_leverage", "federal",     "treasury_cost",
                                             "match",           "own_revenue", "active",
                                             "self_sustaining", "benefit"};

flc_status flc_method_find(flc_method *method, const char *name, flc_error *error)
{
    const char *names[FLC_METHOD_ORIGIN];
    size_t place;
    for (size_t m = 0; m < FLC_METHOD_ORIGIN; m++)
        names[m] = flc_method_readers[m]->name;
    flc_status status = flc_suggest_place(&place, "method", name, names, FLC_METHOD_ORIGIN,
                                          "; there are sobol, shapley, screening and given_data",
                                          FLC_ERROR_USAGE, error);
    if (!status)
        *method = (flc_method)place;
    return status;
}

/* ---- outputs --------------------------------------------------------------------------------- */

static bool is_usual(const flc_output_label *label)
{
    if (!label->metric || !label->metric->by_year)
        return label->metric != NULL;
    for (size_t i = 0; i < sizeof usual_accounts / sizeof *usual_accounts; i++)
        if (strcmp(label->metric->name, usual_accounts[i]) == 0)
            return true;
    return false;
}

/* "MEP/match" is "MEP/match/2025" and all other years. */
static bool is_named(const flc_analysis *own, size_t output, const char *pattern)
{
    char name[FLC_OUTPUT_NAME];
    flc_metrics_label_name(&own->study->metrics, &own->labels[output], name, sizeof name);
    if (fnmatch(pattern, name, 0) == 0)
        return true;
    char *slash = strrchr(name, '/');
    if (!own->labels[output].metric || !own->labels[output].metric->by_year)
        return false;
    *slash = '\0';
    return fnmatch(pattern, name, 0) == 0;
}

static flc_status mark_named(const flc_analysis *own, bool *chosen, const char *pattern,
                             flc_error *error)
{
    size_t found = 0, all = flc_metrics_outputs(&own->study->metrics);
    for (size_t o = 0; o < all; o++)
        if (is_named(own, o, pattern)) {
            chosen[o] = true;
            found++;
        }
    if (found > 0)
        return FLC_OK;
    size_t unused;
    flc_error cause;
    bool plain = strpbrk(pattern, "*?[") == NULL;
    if (plain &&
        flc_metrics_find(&own->study->metrics, &unused, pattern, FLC_NO_FISCAL_YEAR, &cause))
        return flc_error_set(error, FLC_ERROR_USAGE, "--of %s", cause.text);
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "--of '%.200s': no output has such a name; outputs are named like "
                         "MEP/leverage_ratio, MEP/federal/2030, MEP/outcome_gross/jobs, and * "
                         "stands for anything",
                         pattern);
}

static flc_status choose_outputs(flc_analysis *own, const flc_analysis_question *question,
                                 flc_error *error)
{
    size_t all = flc_metrics_outputs(&own->study->metrics);
    bool *chosen = FLC_NEW(bool, all, error);
    own->labels = FLC_NEW(flc_output_label, all, error);
    own->outputs = FLC_NEW(size_t, all, error);
    flc_status status = chosen && own->labels && own->outputs ? FLC_OK : FLC_ERROR_MEMORY;
    if (!status)
        flc_metrics_labels(&own->study->metrics, own->labels);
    for (size_t i = 0; i < question->output_count && !status; i++)
        status = mark_named(own, chosen, question->outputs[i], error);
    for (size_t o = 0; o < all && !status; o++)
        if (chosen[o] || (question->output_count == 0 && is_usual(&own->labels[o])))
            own->outputs[own->output_count++] = o;
    flc_free(chosen);
    return status;
}

/* ---- factors --------------------------------------------------------------------------------- */

static bool is_any(const flc_factors *factors, bool shocks)
{
    for (size_t f = 0; f < factors->count; f++)
        if (factors->items[f].has_shocks == shocks)
            return true;
    return false;
}

/* Where there are both. */
static flc_status make_origin(flc_analysis *own, flc_error *error)
{
    static const char *const groups[] = {"shocks=macro/shocks,programs/*/shocks,shocks",
                                         "quantities=*"};
    own->asked[FLC_METHOD_ORIGIN] =
        (own->asked[FLC_METHOD_SOBOL] || own->asked[FLC_METHOD_SHAPLEY]) &&
        is_any(own->atoms, true) && is_any(own->atoms, false);
    if (!own->asked[FLC_METHOD_ORIGIN])
        return FLC_OK;
    return flc_factors_create(&own->origin, own->study, FLC_BY_QUANTITY, groups, 2, error);
}

static flc_status check_pairs(const flc_analysis *own, flc_error *error)
{
    const flc_factors *parts = own->parts;
    for (size_t f = 0; f < parts->count; f++)
        if (parts->items[f].dependent)
            return flc_error_set(error, FLC_ERROR_USAGE,
                                 "--second-order: %.200s depends on another factor, and "
                                 "interactions are defined for independent ones: put what depends "
                                 "on each other into one --group, or ask for Shapley effects",
                                 parts->items[f].name);
    if (parts->count <= PAIRED_MOST)
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "--second-order: %zu factors have too many pairs; put them together with "
                         "--by or --group, %d factors at most",
                         parts->count, PAIRED_MOST);
}

static flc_status make_factors(flc_analysis *own, const flc_analysis_question *question,
                               flc_error *error)
{
    flc_status status =
        flc_factors_create(&own->atoms, own->study, FLC_BY_QUANTITY, NULL, 0, error);
    if (!status)
        status = flc_factors_create(&own->parts, own->study, question->by, question->groups,
                                    question->group_count, error);
    if (!status)
        status = make_origin(own, error);
    if (!status && own->second_order)
        status = check_pairs(own, error);
    if (status || !own->asked[FLC_METHOD_GIVEN_DATA] || is_any(own->atoms, false))
        return status;
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%.600s: no quantity is uncertain, so method given_data has nothing to "
                         "look at; shocks are factors of sobol and shapley",
                         own->study->file);
}

/* ---- making ---------------------------------------------------------------------------------- */

static const flc_factors *factors_of(const flc_analysis *own, flc_method method)
{
    return method == FLC_METHOD_ORIGIN       ? own->origin
           : method == FLC_METHOD_GIVEN_DATA ? own->atoms
                                             : own->parts;
}

static flc_row_evaluator *rows_of(const flc_analysis *own, flc_method method)
{
    return method == FLC_METHOD_SCREENING ? own->steps : own->rows;
}

static flc_status make_rows(flc_analysis *own, flc_error *error)
{
    flc_status status = FLC_OK;
    for (int m = 0; m < FLC_METHODS && !status; m++)
        if (own->asked[m] && m != FLC_METHOD_SCREENING && !own->rows)
            status = flc_row_evaluator_create(&own->rows, own->atoms, &own->points, false, own->isa,
                                              error);
    if (!status && own->asked[FLC_METHOD_SCREENING])
        status =
            flc_row_evaluator_create(&own->steps, own->atoms, &own->points, true, own->isa, error);
    for (int m = 0; m < FLC_METHODS && !status; m++)
        if (own->asked[m])
            status = flc_row_view_create(&own->views[m], rows_of(own, (flc_method)m),
                                         factors_of(own, (flc_method)m), own->outputs,
                                         own->output_count, error);
    return status;
}

static flc_status make_inputs(flc_analysis *own, flc_error *error)
{
    size_t lanes = flc_quantities_sampled_count(own->study->quantities) * FLC_BLOCK;
    if (!own->asked[FLC_METHOD_GIVEN_DATA])
        return FLC_OK;
    own->uniforms = FLC_NEW(double, lanes, error);
    own->values = FLC_NEW(double, lanes, error);
    own->scratch = FLC_NEW(double, flc_quantities_scratch(own->study->quantities), error);
    return own->uniforms && own->values && own->scratch ? FLC_OK : FLC_ERROR_MEMORY;
}

flc_status flc_analysis_create(flc_analysis **analysis, const flc_study *study,
                               const flc_analysis_question *question, const flc_points *points,
                               flc_isa isa, flc_error *error)
{
    flc_analysis *own = FLC_NEW(flc_analysis, 1, error);
    if (!own)
        return FLC_ERROR_MEMORY;
    *own = (flc_analysis){
        .study = study, .points = *points, .isa = isa, .second_order = question->second_order};
    memcpy(own->asked, question->methods, sizeof own->asked);
    flc_status status;
    if ((status = choose_outputs(own, question, error)) ||
        (status = make_factors(own, question, error)) || (status = make_rows(own, error)) ||
        (status = make_inputs(own, error)))
        flc_analysis_free(own);
    else
        *analysis = own;
    return status;
}

void flc_analysis_free(flc_analysis *own)
{
    if (!own)
        return;
    for (int m = 0; m < FLC_METHODS; m++)
        flc_row_view_free(own->views[m]);
    flc_row_evaluator_free(own->steps);
    flc_row_evaluator_free(own->rows);
    flc_factors_free(own->origin);
    flc_factors_free(own->parts);
    flc_factors_free(own->atoms);
    flc_free(own->scratch);
    flc_free(own->values);
    flc_free(own->uniforms);
    flc_free(own->outputs);
    flc_free(own->labels);
    flc_free(own);
}

/* ---- asking ---------------------------------------------------------------------------------- */

const flc_study *flc_analysis_study(const flc_analysis *own)
{
    return own->study;
}

flc_points flc_analysis_points(const flc_analysis *own)
{
    return own->points;
}

const size_t *flc_analysis_outputs(const flc_analysis *own, size_t *count)
{
    *count = own->output_count;
    return own->outputs;
}

const flc_output_label *flc_analysis_labels(const flc_analysis *own)
{
    return own->labels;
}

const flc_factors *flc_analysis_factors(const flc_analysis *own, flc_method method)
{
    return own->asked[method] ? factors_of(own, method) : NULL;
}

bool flc_analysis_second_order(const flc_analysis *own)
{
    return own->second_order;
}

/* ---- collectors ------------------------------------------------------------------------------ */

/* One collector of all methods: its records are theirs, one method after the other. */
struct joint {
    flc_collector collector;
    flc_analysis *analysis;
    flc_collector *methods[FLC_METHODS];
};

static struct joint *self(flc_collector *collector)
{
    return (struct joint *)(void *)collector;
}

static const struct joint *constant_self(const flc_collector *collector)
{
    return (const struct joint *)(const void *)collector;
}

const flc_collector *flc_analysis_method(const flc_collector *collector, flc_method method)
{
    return constant_self(collector)->methods[method];
}

const double *flc_analysis_block(flc_analysis *own, uint64_t first)
{
    return flc_row_evaluator_block(own->rows ? own->rows : own->steps, first);
}

flc_status flc_analysis_failure(const flc_analysis *own, flc_error *error)
{
    flc_status status = own->rows ? flc_row_evaluator_failure(own->rows, error) : FLC_OK;
    return status || !own->steps ? status : flc_row_evaluator_failure(own->steps, error);
}

/* `values` is the block that the analysis evaluated last. */
static flc_status add(flc_collector *collector, flc_isa isa, const double *values, uint64_t first,
                      size_t count, flc_error *error)
{
    struct joint *joint = self(collector);
    const flc_analysis *own = joint->analysis;
    flc_status status = FLC_OK;
    for (int m = 0; m < FLC_METHODS && !status; m++) {
        if (!joint->methods[m])
            continue;
        bool stepping = m == FLC_METHOD_SCREENING && own->rows;
        const double *base = stepping ? flc_row_evaluator_block(own->steps, first) : values;
        status = flc_collector_add(joint->methods[m], isa, base, first, count, error);
    }
    return status;
}

static size_t records(const flc_collector *collector)
{
    size_t count = 0;
    for (int m = 0; m < FLC_METHODS; m++)
        if (constant_self(collector)->methods[m])
            count += flc_collector_records(constant_self(collector)->methods[m]);
    return count;
}

/* The method's collector that a record is of, and its number there. */
static flc_collector *owner_of(const flc_collector *collector, size_t *record)
{
    const struct joint *joint = constant_self(collector);
    for (int m = 0; m < FLC_METHODS; m++) {
        size_t own = joint->methods[m] ? flc_collector_records(joint->methods[m]) : 0;
        if (*record < own)
            return joint->methods[m];
        *record -= own;
    }
    return NULL;
}

static size_t record_bytes(const flc_collector *collector, size_t record)
{
    const flc_collector *owner = owner_of(collector, &record);
    return flc_collector_record_bytes(owner, record);
}

static void record_write(const flc_collector *collector, size_t record, unsigned char *buffer)
{
    const flc_collector *owner = owner_of(collector, &record);
    flc_collector_record_write(owner, record, buffer);
}

static flc_status record_merge(flc_collector *collector, size_t record, const unsigned char *buffer,
                               size_t length, flc_error *error)
{
    flc_collector *owner = owner_of(collector, &record);
    return flc_collector_record_merge(owner, record, buffer, length, error);
}

static void clear(flc_collector *collector)
{
    for (int m = 0; m < FLC_METHODS; m++)
        if (self(collector)->methods[m])
            flc_collector_clear(self(collector)->methods[m]);
}

static void free_all(flc_collector *collector)
{
    for (int m = 0; m < FLC_METHODS; m++)
        flc_collector_free(self(collector)->methods[m]);
    flc_free(self(collector));
}

static const struct flc_collector_operations operations = {
    add, records, record_bytes, record_write, record_merge, clear, free_all};

/* ---- given data ------------------------------------------------------------------------------ */

static const double *block_uniforms(void *context)
{
    flc_analysis *own = context;
    flc_quantities_uniforms(own->study->quantities, own->isa, own->uniforms, own->scratch,
                            flc_evaluator_draws(flc_row_evaluator_base(own->rows)));
    return own->uniforms;
}

static const double *block_values(void *context)
{
    flc_analysis *own = context;
    const flc_quantities *quantities = own->study->quantities;
    const double *table = flc_evaluator_values(flc_row_evaluator_base(own->rows));
    for (size_t i = 0; i < flc_quantities_sampled_count(quantities); i++)
        memcpy(own->values + i * FLC_BLOCK,
               table + (size_t)flc_quantities_sampled_row(quantities, i) * FLC_BLOCK,
               FLC_BLOCK * sizeof(double));
    return own->values;
}

/* Atoms begin with the quantities, in their order. */
static flc_given_data_plan given_data_plan(flc_analysis *own)
{
    const flc_rows *rows = flc_row_view_rows(own->views[FLC_METHOD_GIVEN_DATA]);
    return (flc_given_data_plan){
        .outputs = rows->outputs,
        .place = rows->place,
        .reach = rows->reach,
        .inputs = {.context = own,
                   .quantities = flc_quantities_sampled_count(own->study->quantities),
                   .uniforms = block_uniforms,
                   .values = block_values}};
}

static flc_collector *create_given_data(flc_analysis *own, flc_error *error)
{
    flc_given_data_plan plan = given_data_plan(own);
    flc_collector *collector = flc_given_data_create(&plan, error);
    flc_status status = collector ? FLC_OK : FLC_ERROR_MEMORY;
    for (uint64_t b = 0; b < FLC_GIVEN_DATA_PILOT && !status; b++)
        status = flc_given_data_pilot(collector, flc_row_evaluator_block(own->rows, b * FLC_BLOCK),
                                      error);
    if (!status)
        return collector;
    flc_collector_free(collector);
    return NULL;
}

/* ---- one of each ----------------------------------------------------------------------------- */

static flc_collector *create_method(flc_analysis *own, flc_method method, flc_error *error)
{
    const double step = 0.5;
    const flc_rows *rows = flc_row_view_rows(own->views[method]);
    const double *pilot = flc_row_evaluator_block(rows_of(own, method), 0);
    switch (method) {
    case FLC_METHOD_SHAPLEY:
        return flc_shapley_create(rows, pilot, own->points.seed, error);
    case FLC_METHOD_SCREENING:
        return flc_screening_create(rows, pilot, step, error);
    case FLC_METHOD_GIVEN_DATA:
        return create_given_data(own, error);
    default:
        return flc_sobol_create(rows, pilot, method == FLC_METHOD_SOBOL && own->second_order,
                                error);
    }
}

flc_collector *flc_analysis_collector(flc_analysis *own, flc_error *error)
{
    struct joint *joint = FLC_NEW(struct joint, 1, error);
    if (!joint)
        return NULL;
    joint->collector.operations = &operations;
    joint->analysis = own;
    for (int m = 0; m < FLC_METHODS; m++)
        if (own->asked[m] && !(joint->methods[m] = create_method(own, (flc_method)m, error))) {
            free_all(&joint->collector);
            return NULL;
        }
    return &joint->collector;
}

/* ---- what it costs --------------------------------------------------------------------------- */

size_t flc_analysis_rows(const flc_analysis *own)
{
    size_t rows = 0;
    for (int m = 0; m < FLC_METHODS; m++) {
        if (!own->asked[m])
            continue;
        const flc_rows *view = flc_row_view_rows(own->views[m]);
        rows += m == FLC_METHOD_SHAPLEY      ? flc_shapley_rows(view)
                : m == FLC_METHOD_SCREENING  ? flc_screening_rows(view)
                : m == FLC_METHOD_GIVEN_DATA ? 1
                                             : flc_sobol_rows(view, own->second_order);
    }
    return rows;
}

static size_t method_bytes(flc_analysis *own, flc_method method)
{
    const flc_rows *rows = flc_row_view_rows(own->views[method]);
    flc_given_data_plan plan;
    switch (method) {
    case FLC_METHOD_SHAPLEY:
        return flc_shapley_bytes(rows);
    case FLC_METHOD_SCREENING:
        return flc_screening_bytes(rows);
    case FLC_METHOD_GIVEN_DATA:
        plan = given_data_plan(own);
        return flc_given_data_bytes(&plan);
    default:
        return flc_sobol_bytes(rows, method == FLC_METHOD_SOBOL && own->second_order);
    }
}

size_t flc_analysis_bytes(flc_analysis *own)
{
    size_t bytes = flc_study_held(own->study);
    for (int m = 0; m < FLC_METHODS; m++)
        bytes += own->asked[m] ? method_bytes(own, (flc_method)m) : 0;
    if (own->rows)
        bytes += flc_row_evaluator_bytes(own->rows);
    return bytes + (own->steps ? flc_row_evaluator_bytes(own->steps) : 0);
}
