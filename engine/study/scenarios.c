#include "study/scenarios.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/memory.h"
#include "study/difference.h"

/* An output that base and policy both have. */
struct pair {
    size_t base, own;         /* outputs */
    size_t level, difference; /* rows */
};

struct scenario {
    const flc_study *study;
    flc_evaluator *evaluator;
    bool *touched; /* [programs of the base + 1] */
    size_t *given; /* [programs here] number in the base, or FLC_NOT_GIVEN */
    struct pair *pairs;
    size_t pair_count, pair_capacity;
    size_t *place; /* [outputs of the base] number of its pair, FLC_NO_OUTPUT */
    const double *outputs;
};

struct flc_scenarios {
    flc_isa isa;
    struct scenario *items;
    size_t count, rows, base_outputs, programs; /* programs of the base */
    size_t *outputs, output_count;              /* those chosen, in the order of their rows */
    size_t *base_row;                           /* [base_outputs] or FLC_NO_OUTPUT */
    double *scratch;                            /* in which policies are evaluated */
    flc_decision *decisions;
    flc_margin *margins;
    flc_rivals *rivals;
    size_t decision_count, margin_count, rival_count;
    size_t first_decision_row, first_rival_row;
    bool chosen, means_only;
    flc_target *targets; /* the base's, then margins by policy */
    size_t target_count, *margin_target;
    double *values;
};

/* ---- what a policy touches ------------------------------------------------------------------- */

static bool begins(const char *path, const char *key)
{
    size_t length = strlen(key);
    return strncmp(path, key, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Mark what a change at `path` touches; false where it is of no consequence for numbers. */
static void mark_change(const flc_scenarios *all, struct scenario *scenario, const char *path)
{
    static const char *const idle[] = {"title",  "title_zh", "name",       "name_zh",  "note",
                                       "source", "targets",  "references", "portfolio"};
    const flc_model *model = all->items[0].study->model;
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
        if (begins(path, idle[i]))
            return;
    bool common = !begins(path, "programs") || !strchr(path, '/');
    const char *rest = common ? "" : path + strlen("programs/");
    for (size_t p = 0; p < all->programs; p++)
        if (common || begins(rest, flc_model_program_key(model, p)))
            scenario->touched[p] = true;
}

/* The order of programs changes no number; a change of it is reported at "programs". */
static flc_status find_touched(const flc_scenarios *all, struct scenario *scenario,
                               const char *const names[2], flc_error *error)
{
    const char *texts[2] = {all->items[0].study->resolved, scenario->study->resolved};
    const flc_study_change *changes = NULL;
    size_t count = 0;
    flc_arena *arena = flc_arena_create(error);
    scenario->touched = FLC_NEW(bool, all->programs + 1, error);
    flc_status status = arena && scenario->touched ? FLC_OK : FLC_ERROR_MEMORY;
    if (!status)
        status = flc_study_differences(&changes, &count, arena, texts, names, error);
    for (size_t i = 0; i < count && !status; i++)
        mark_change(all, scenario, changes[i].path);
    if (!status)
        scenario->touched[all->programs] = true; /* the portfolio */
    flc_arena_free(arena);
    return status;
}

/* ---- pairs of outputs ------------------------------------------------------------------------ */

static size_t program_of_key(const flc_model *model, const char *key)
{
    for (size_t p = 0; p <= flc_model_programs(model); p++)
        if (strcmp(flc_model_program_key(model, p), key) == 0)
            return p;
    return FLC_NOT_GIVEN;
}

static flc_status find_given(const flc_scenarios *all, struct scenario *scenario, flc_error *error)
{
    const flc_model *base = all->items[0].study->model, *model = scenario->study->model;
    scenario->given = FLC_NEW(size_t, flc_model_programs(model), error);
    if (!scenario->given)
        return FLC_ERROR_MEMORY;
    for (size_t p = 0; p < flc_model_programs(model); p++) {
        size_t there = program_of_key(base, flc_model_program_key(model, p));
        bool same = there < all->programs && !scenario->touched[there];
        scenario->given[p] = same ? there : FLC_NOT_GIVEN;
    }
    return FLC_OK;
}

/* The metric of this name; NULL if the study has none (an outcome per dollar that is not there). */
static const flc_metric *same_metric(const flc_metrics *metrics, const flc_metric *like)
{
    for (size_t m = 0; m < metrics->count; m++)
        if (strcmp(metrics->metrics[m].name, like->name) == 0)
            return &metrics->metrics[m];
    return NULL;
}

static size_t same_member(const flc_metrics *metrics, flc_member member, const char *key)
{
    for (size_t k = 0; k < flc_metrics_members(metrics, member); k++)
        if (member == FLC_MEMBER_NONE ||
            strcmp(flc_metrics_member_key(metrics, member, k), key) == 0)
            return k;
    return FLC_NO_OUTPUT;
}

static flc_status add_pair(struct scenario *scenario, size_t base, size_t own, flc_error *error)
{
    void *pairs = scenario->pairs;
    flc_status status = flc_reserve(&pairs, &scenario->pair_capacity, scenario->pair_count + 1,
                                    sizeof *scenario->pairs, error);
    if (status)
        return status;
    scenario->pairs = pairs;
    scenario->place[base] = scenario->pair_count;
    scenario->pairs[scenario->pair_count++] = (struct pair){.base = base, .own = own};
    return FLC_OK;
}

/* All outputs of one metric and program. */
static flc_status pair_metric(const flc_scenarios *all, struct scenario *scenario, size_t program,
                              size_t own_program, const flc_metric *metric, flc_error *error)
{
    const flc_metrics *there = &all->items[0].study->metrics, *here = &scenario->study->metrics;
    const flc_metric *own_metric = same_metric(here, metric);
    size_t years = metric->by_year ? flc_model_years(there->model) : 1;
    flc_status status = FLC_OK;
    for (size_t k = 0; own_metric && k < flc_metrics_members(there, metric->member); k++) {
        const char *key = metric->member == FLC_MEMBER_NONE
                              ? ""
                              : flc_metrics_member_key(there, metric->member, k);
        size_t own_k = same_member(here, metric->member, key);
        for (size_t t = 0; own_k != FLC_NO_OUTPUT && t < years && !status; t++) {
            size_t base = flc_metrics_output(there, metric, program, k, t);
            size_t own = base == FLC_NO_OUTPUT
                             ? base
                             : flc_metrics_output(here, own_metric, own_program, own_k, t);
            if (own != FLC_NO_OUTPUT && all->base_row[base] != FLC_NO_OUTPUT)
                status = add_pair(scenario, base, own, error);
        }
    }
    return status;
}

static flc_status find_pairs(const flc_scenarios *all, struct scenario *scenario, flc_error *error)
{
    const flc_study *base = all->items[0].study;
    flc_status status = FLC_OK;
    scenario->place = FLC_NEW(size_t, all->base_outputs, error);
    if (!scenario->place)
        return FLC_ERROR_MEMORY;
    for (size_t o = 0; o < all->base_outputs; o++)
        scenario->place[o] = FLC_NO_OUTPUT;
    for (size_t p = 0; p <= all->programs; p++) {
        size_t own = program_of_key(scenario->study->model, flc_model_program_key(base->model, p));
        if (!scenario->touched[p] || own == FLC_NOT_GIVEN)
            continue;
        for (size_t m = 0; m < base->metrics.count && !status; m++)
            status = pair_metric(all, scenario, p, own, &base->metrics.metrics[m], error);
    }
    return status;
}

/* ---- rows and targets ------------------------------------------------------------------------ */

static void number_rows(flc_scenarios *all)
{
    all->rows = all->output_count;
    for (size_t s = 1; s < all->count; s++)
        for (size_t i = 0; i < all->items[s].pair_count; i++) {
            all->items[s].pairs[i].level = all->rows++;
            all->items[s].pairs[i].difference = all->rows++;
        }
    all->first_decision_row = all->rows;
    all->rows += 2 * all->decision_count * all->count;
    all->first_rival_row = all->rows;
    all->rows += all->rival_count;
}

/* The double next to a finite one, away from 0 in the direction of `up` (from 0: the smallest). */
static double beyond(double x, bool up)
{
    if (x == 0.0)
        return up ? 0x1p-1074 : -0x1p-1074;
    uint64_t bits = flc_bits(x);
    return flc_from_bits((x > 0) == up ? bits + 1 : bits - 1);
}

/* Worse by more than the margin: below -margin where higher is better. The next double beyond makes
 * "more than" of "at least". */
static flc_target margin_target(const flc_margin *margin, size_t row)
{
    bool higher = margin->better == FLC_BETTER_HIGHER;
    double edge = higher ? -margin->margin : margin->margin;
    return (flc_target){row, beyond(edge, !higher), higher ? FLC_AT_MOST : FLC_AT_LEAST};
}

static flc_status make_targets(flc_scenarios *all, flc_error *error)
{
    const flc_study *base = all->items[0].study;
    size_t own = all->chosen ? 0 : base->target_count;
    size_t most = own + all->margin_count * all->count;
    all->targets = FLC_NEW(flc_target, most, error);
    all->margin_target = FLC_NEW(size_t, all->margin_count * all->count, error);
    if (!all->targets || !all->margin_target)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < own; i++)
        all->targets[all->target_count++] = base->targets[i];
    for (size_t m = 0; m < all->margin_count; m++)
        for (size_t s = 0; s < all->count; s++) {
            size_t row =
                s ? flc_scenarios_difference(all, s, all->margins[m].output) : FLC_NO_OUTPUT;
            all->margin_target[m * all->count + s] =
                row == FLC_NO_OUTPUT ? FLC_NO_OUTPUT : all->target_count;
            if (row != FLC_NO_OUTPUT)
                all->targets[all->target_count++] = margin_target(&all->margins[m], row);
        }
    return FLC_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

static flc_status require_likeness(const flc_scenarios *all, size_t s, const char *const names[2],
                                   flc_error *error)
{
    const flc_model *base = all->items[0].study->model, *model = all->items[s].study->model;
    if (strcmp(flc_model_described(base)->name, flc_model_described(model)->name) != 0)
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "%.600s: for model %s, and %.600s is for %s; scenarios of one model "
                             "are compared",
                             names[1], flc_model_described(model)->name, names[0],
                             flc_model_described(base)->name);
    if (flc_model_years(base) == flc_model_years(model) &&
        flc_model_base_year(base) == flc_model_base_year(model))
        return FLC_OK;
    return flc_error_set(error, FLC_ERROR_STUDY,
                         "%.600s: another horizon than %.600s has; scenarios are compared fiscal "
                         "year by fiscal year",
                         names[1], names[0]);
}

/* The base keeps its programs for the others, which share one piece of memory for their work: what
 * they compute is copied into rows at once. */
static flc_status make_evaluator(flc_scenarios *all, size_t s, const flc_points *points,
                                 flc_error *error)
{
    struct scenario *scenario = &all->items[s];
    scenario->evaluator =
        s == 0 ? flc_evaluator_create_at(scenario->study, points, all->isa, error)
               : flc_evaluator_create_in(scenario->study, points, all->isa, all->scratch, error);
    return scenario->evaluator ? FLC_OK : flc_error_of_null(error);
}

static flc_status add_scenario(flc_scenarios *all, size_t s, const char *const *names,
                               const flc_points *points, flc_error *error)
{
    struct scenario *scenario = &all->items[s];
    const char *pair[2] = {names[0], names[s]};
    flc_status status = make_evaluator(all, s, points, error);
    if (status || s == 0)
        return status ? status : flc_evaluator_keep_programs(scenario->evaluator, error);
    if ((status = require_likeness(all, s, pair, error)) ||
        (status = find_touched(all, scenario, pair, error)) ||
        (status = find_given(all, scenario, error)))
        return status;
    return find_pairs(all, scenario, error);
}

static void *copy(const void *items, size_t count, size_t size, flc_error *error)
{
    void *made = flc_allocate(count, size, error);
    if (made && count > 0)
        memcpy(made, items, count * size);
    return made;
}

static flc_status copy_questions(flc_scenarios *all, const flc_questions *questions,
                                 flc_error *error)
{
    all->decision_count = questions->decision_count;
    all->margin_count = questions->margin_count;
    all->rival_count = questions->rival_count;
    all->means_only = questions->means_only;
    all->chosen = questions->outputs != NULL;
    all->decisions = copy(questions->decisions, all->decision_count, sizeof *all->decisions, error);
    all->margins = copy(questions->margins, all->margin_count, sizeof *all->margins, error);
    all->rivals = copy(questions->rivals, all->rival_count, sizeof *all->rivals, error);
    return all->decisions && all->margins && all->rivals ? FLC_OK : FLC_ERROR_MEMORY;
}

/* Rows of the base. */
static flc_status choose_outputs(flc_scenarios *all, const flc_questions *questions,
                                 flc_error *error)
{
    all->output_count = all->chosen ? questions->output_count : all->base_outputs;
    all->outputs = FLC_NEW(size_t, all->output_count, error);
    all->base_row = FLC_NEW(size_t, all->base_outputs, error);
    if (!all->outputs || !all->base_row)
        return FLC_ERROR_MEMORY;
    for (size_t o = 0; o < all->base_outputs; o++)
        all->base_row[o] = FLC_NO_OUTPUT;
    for (size_t i = 0; i < all->output_count; i++) {
        all->outputs[i] = all->chosen ? questions->outputs[i] : i;
        all->base_row[all->outputs[i]] = i;
    }
    return FLC_OK;
}

static flc_status make_scratch(flc_scenarios *all, flc_error *error)
{
    size_t most = 0;
    for (size_t s = 1; s < all->count; s++) {
        size_t own = flc_evaluator_scratch(all->items[s].study);
        most = own > most ? own : most;
    }
    all->scratch = FLC_NEW(double, most, error);
    return all->scratch ? FLC_OK : FLC_ERROR_MEMORY;
}

static flc_status build(flc_scenarios *all, const flc_study *const *studies,
                        const char *const *names, const flc_questions *questions,
                        const flc_points *points, flc_error *error)
{
    flc_status status;
    all->items = FLC_NEW(struct scenario, all->count, error);
    if (!all->items)
        return FLC_ERROR_MEMORY;
    for (size_t s = 0; s < all->count; s++)
        all->items[s].study = studies[s];
    all->base_outputs = flc_metrics_outputs(&studies[0]->metrics);
    all->programs = flc_model_programs(studies[0]->model);
    if ((status = copy_questions(all, questions, error)) ||
        (status = choose_outputs(all, questions, error)) || (status = make_scratch(all, error)))
        return status;
    for (size_t s = 0; s < all->count && !status; s++)
        status = add_scenario(all, s, names, points, error);
    if (status)
        return status;
    number_rows(all);
    if ((status = make_targets(all, error)))
        return status;
    all->values = FLC_NEW(double, all->rows *FLC_BLOCK, error);
    return all->values ? FLC_OK : FLC_ERROR_MEMORY;
}

flc_status flc_scenarios_create(flc_scenarios **scenarios, const flc_study *const *studies,
                                const char *const *names, size_t count,
                                const flc_questions *questions, const flc_points *points,
                                flc_isa isa, flc_error *error)
{
    flc_scenarios *all = FLC_NEW(flc_scenarios, 1, error);
    *scenarios = NULL;
    if (!all)
        return FLC_ERROR_MEMORY;
    *all = (flc_scenarios){.isa = isa, .count = count};
    flc_status status = build(all, studies, names, questions, points, error);
    if (status) {
        flc_scenarios_free(all);
        return status;
    }
    *scenarios = all;
    return FLC_OK;
}

void flc_scenarios_free(flc_scenarios *all)
{
    if (!all)
        return;
    for (size_t s = 0; all->items && s < all->count; s++) {
        struct scenario *scenario = &all->items[s];
        flc_evaluator_free(scenario->evaluator);
        flc_free(scenario->touched);
        flc_free(scenario->given);
        flc_free(scenario->pairs);
        flc_free(scenario->place);
    }
    flc_free(all->items);
    flc_free(all->outputs);
    flc_free(all->base_row);
    flc_free(all->scratch);
    flc_free(all->decisions);
    flc_free(all->margins);
    flc_free(all->rivals);
    flc_free(all->targets);
    flc_free(all->margin_target);
    flc_free(all->values);
    flc_free(all);
}

/* ---- asking ---------------------------------------------------------------------------------- */

size_t flc_scenarios_count(const flc_scenarios *all)
{
    return all->count;
}

const flc_study *flc_scenarios_study(const flc_scenarios *all, size_t scenario)
{
    return all->items[scenario].study;
}

const flc_decision *flc_scenarios_decision(const flc_scenarios *all, size_t decision)
{
    return &all->decisions[decision];
}

bool flc_scenarios_touches(const flc_scenarios *all, size_t scenario, size_t program)
{
    return scenario > 0 && all->items[scenario].touched[program];
}

size_t flc_scenarios_evaluated(const flc_scenarios *all, size_t scenario)
{
    const struct scenario *item = &all->items[scenario];
    size_t evaluated = 0;
    for (size_t p = 0; p < flc_model_programs(item->study->model); p++)
        evaluated += scenario == 0 || item->given[p] == FLC_NOT_GIVEN;
    return evaluated;
}

size_t flc_scenarios_level(const flc_scenarios *all, size_t scenario, size_t output)
{
    const struct scenario *item = &all->items[scenario];
    if (scenario == 0)
        return all->base_row[output];
    if (item->place[output] != FLC_NO_OUTPUT)
        return item->pairs[item->place[output]].level;
    return item->touched[flc_metrics_program(&all->items[0].study->metrics, output)]
               ? FLC_NO_OUTPUT
               : all->base_row[output];
}

size_t flc_scenarios_difference(const flc_scenarios *all, size_t scenario, size_t output)
{
    const struct scenario *item = &all->items[scenario];
    return scenario == 0 || item->place[output] == FLC_NO_OUTPUT
               ? FLC_NO_OUTPUT
               : item->pairs[item->place[output]].difference;
}

size_t flc_scenarios_regret(const flc_scenarios *all, size_t decision, size_t scenario)
{
    return all->first_decision_row + 2 * (decision * all->count + scenario);
}

size_t flc_scenarios_best(const flc_scenarios *all, size_t decision, size_t scenario)
{
    return flc_scenarios_regret(all, decision, scenario) + 1;
}

size_t flc_scenarios_rivals(const flc_scenarios *all, size_t number)
{
    return all->first_rival_row + number;
}

size_t flc_scenarios_margin(const flc_scenarios *all, size_t margin, size_t scenario)
{
    return all->margin_target[margin * all->count + scenario];
}

/* ---- evaluating ------------------------------------------------------------------------------ */

static double *row(const flc_scenarios *all, size_t number)
{
    return all->values + number * FLC_BLOCK;
}

/* a less b; 0 where they are the same, also never and never. */
static void subtract(double *difference, const double *a, const double *b)
{
    for (size_t l = 0; l < FLC_BLOCK; l++)
        difference[l] = a[l] == b[l] ? 0.0 : a[l] - b[l];
}

static void fill_pairs(const flc_scenarios *all, const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->pair_count; i++) {
        const struct pair *pair = &scenario->pairs[i];
        const double *own = scenario->outputs + pair->own * FLC_BLOCK;
        const double *base = all->items[0].outputs + pair->base * FLC_BLOCK;
        memcpy(row(all, pair->level), own, FLC_BLOCK * sizeof *own);
        subtract(row(all, pair->difference), own, base);
    }
}

/* Undefined where one has no such output. */
static void fill_rivals(const flc_scenarios *all, size_t number)
{
    const flc_rivals *rivals = &all->rivals[number];
    double *difference = row(all, flc_scenarios_rivals(all, number));
    size_t one = flc_scenarios_level(all, rivals->scenario, rivals->output);
    size_t other = flc_scenarios_level(all, rivals->less, rivals->output);
    if (one != FLC_NO_OUTPUT && other != FLC_NO_OUTPUT)
        subtract(difference, row(all, one), row(all, other));
    else
        for (size_t l = 0; l < FLC_BLOCK; l++)
            difference[l] = (double)NAN;
}

/* The best of all scenarios, lane by lane; undefined where one is. */
static void find_best(const flc_scenarios *all, const flc_decision *decision, double *best)
{
    bool higher = decision->better == FLC_BETTER_HIGHER;
    for (size_t l = 0; l < FLC_BLOCK; l++)
        best[l] = higher ? -(double)INFINITY : (double)INFINITY;
    for (size_t s = 0; s < all->count; s++) {
        size_t level = flc_scenarios_level(all, s, decision->output);
        for (size_t l = 0; l < FLC_BLOCK; l++) {
            double x = level == FLC_NO_OUTPUT ? (double)NAN : row(all, level)[l];
            bool better = higher ? x > best[l] : x < best[l];
            best[l] = isnan(x) || better ? x : best[l];
        }
    }
}

static void fill_decision(const flc_scenarios *all, size_t d)
{
    double best[FLC_BLOCK];
    const flc_decision *decision = &all->decisions[d];
    find_best(all, decision, best);
    for (size_t s = 0; s < all->count; s++) {
        size_t level = flc_scenarios_level(all, s, decision->output);
        double *regret = row(all, flc_scenarios_regret(all, d, s));
        double *is_best = row(all, flc_scenarios_best(all, d, s));
        for (size_t l = 0; l < FLC_BLOCK; l++) {
            double x = level == FLC_NO_OUTPUT ? (double)NAN : row(all, level)[l];
            bool undefined = isnan(best[l]) || isnan(x);
            regret[l] = undefined ? (double)NAN : x == best[l] ? 0.0 : fabs(best[l] - x);
            is_best[l] = undefined ? (double)NAN : (double)(x == best[l]);
        }
    }
}

const double *flc_scenarios_block(flc_scenarios *all, uint64_t first)
{
    struct scenario *base = &all->items[0];
    base->outputs = flc_evaluator_block(base->evaluator, first, NULL);
    for (size_t i = 0; i < all->output_count; i++)
        memcpy(row(all, i), base->outputs + all->outputs[i] * FLC_BLOCK,
               FLC_BLOCK * sizeof(double));
    for (size_t s = 1; s < all->count; s++) {
        struct scenario *scenario = &all->items[s];
        scenario->outputs =
            flc_evaluator_block_given(scenario->evaluator, first, base->evaluator, scenario->given);
        fill_pairs(all, scenario);
    }
    for (size_t d = 0; d < all->decision_count; d++)
        fill_decision(all, d);
    for (size_t i = 0; i < all->rival_count; i++)
        fill_rivals(all, i);
    return all->values;
}

flc_status flc_scenarios_failure(const flc_scenarios *all, flc_error *error)
{
    flc_status status = FLC_OK;
    for (size_t s = 0; s < all->count && !status; s++)
        status = flc_evaluator_failure(all->items[s].evaluator, error);
    return status;
}

/* Rows of horizon metrics and decisions are kept finely, as in plain runs. */
static void choose_resolutions(const flc_scenarios *all, flc_resolution *resolutions,
                               const flc_resolution *base)
{
    for (size_t i = 0; i < all->output_count; i++)
        resolutions[i] = base[all->outputs[i]];
    for (size_t s = 1; s < all->count; s++)
        for (size_t i = 0; i < all->items[s].pair_count; i++) {
            const struct pair *pair = &all->items[s].pairs[i];
            resolutions[pair->level] = base[pair->base];
            resolutions[pair->difference] =
                all->means_only ? FLC_RESOLUTION_COARSE : base[pair->base];
        }
    for (size_t r = all->first_decision_row; r < all->rows; r++)
        resolutions[r] = r < all->first_rival_row ? FLC_RESOLUTION_FINE : FLC_RESOLUTION_COARSE;
}

/* NULL and *error without memory. */
static flc_resolution *resolutions_of(const flc_scenarios *all, flc_error *error)
{
    flc_resolution *resolutions = FLC_NEW(flc_resolution, all->rows, error);
    flc_resolution *base = FLC_NEW(flc_resolution, all->base_outputs, error);
    if (resolutions && base) {
        flc_study_resolutions(all->items[0].study, base);
        choose_resolutions(all, resolutions, base);
    } else {
        flc_free(resolutions);
        resolutions = NULL;
    }
    flc_free(base);
    return resolutions;
}

static bool is_replicated(const flc_scenarios *all)
{
    return flc_evaluator_points(all->items[0].evaluator).design != FLC_DESIGN_MC;
}

static flc_status set_pilot(flc_scenarios *all, flc_summary *summary, flc_error *error)
{
    const double *values = flc_scenarios_block(all, 0);
    flc_status status = flc_scenarios_failure(all, error);
    return status ? status : flc_summary_set_pilot(summary, values, error);
}

flc_summary *flc_scenarios_summary(flc_scenarios *all, flc_error *error)
{
    flc_resolution *resolutions = resolutions_of(all, error);
    if (!resolutions)
        return NULL;
    flc_summary *summary =
        flc_summary_create(resolutions, all->rows, all->targets, all->target_count, error);
    flc_free(resolutions);
    if (summary && ((is_replicated(all) && flc_summary_keep_replicates(summary, error)) ||
                    set_pilot(all, summary, error))) {
        flc_summary_free(summary);
        return NULL;
    }
    return summary;
}

/* Of one scenario, but for its rows. */
static size_t bytes_of(const flc_study *study)
{
    return flc_study_held(study) + flc_names_count(study->names) * 64 +
           flc_metrics_outputs(&study->metrics) * sizeof(size_t);
}

size_t flc_scenarios_bytes(const flc_scenarios *all)
{
    size_t bytes = all->rows * FLC_BLOCK * sizeof(double), scratch = 0;
    flc_resolution *resolutions = resolutions_of(all, NULL);
    if (!resolutions)
        return SIZE_MAX;
    bytes += flc_summary_bytes(resolutions, all->rows, all->target_count).expected;
    flc_free(resolutions);
    if (is_replicated(all))
        bytes += flc_summary_replicate_bytes(all->rows, all->target_count);
    for (size_t s = 0; s < all->count; s++) {
        size_t own = flc_study_bytes(all->items[s].study).evaluation;
        scratch = s > 0 && own > scratch ? own : scratch;
        bytes += bytes_of(all->items[s].study) + (s == 0 ? own : 0);
    }
    return bytes + scratch;
}

size_t flc_scenarios_forecast(const flc_study *study, size_t scenarios, size_t outputs,
                              flc_design design)
{
    const flc_resolution levels = FLC_RESOLUTION_FINE, differences = FLC_RESOLUTION_COARSE;
    size_t kept = flc_summary_bytes(&levels, 1, 0).expected +
                  flc_summary_bytes(&differences, 1, 0).expected + 2 * FLC_BLOCK * sizeof(double);
    if (design != FLC_DESIGN_MC)
        kept += flc_summary_replicate_bytes(2, 0);
    return 2 * flc_study_bytes(study).evaluation + scenarios * (bytes_of(study) + outputs * kept);
}
