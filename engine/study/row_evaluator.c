#include "study/row_evaluator.h"

#include <string.h>

#include "base/memory.h"
#include "design/mixed.h"
#include "design/once.h"
#include "design/screening.h"

/* Draws of A and of B that are kept of a block: up to so many bytes of each. */
static const size_t most_kept = (size_t)48 << 20;

struct program {
    bool stands;    /* its outputs are of the block at hand */
    bool *released; /* [factors] when it was last evaluated, or taken from A: none */
};

struct flc_row_evaluator {
    const flc_study *study;
    const flc_factors *factors; /* atoms */
    flc_isa isa;
    flc_arena *arena;
    size_t programs, names, sampled, tied;
    bool *stepping; /* [names] quantities, in a screening */
    flc_names *again;
    flc_draws *others;                /* B's draws, in a screening those it steps to for shocks */
    flc_draws *second;                /* B */
    bool *released_name;              /* [names] for the mixed draws */
    flc_evaluator *base, *row;        /* A, and whatever row is asked for */
    double *second_values, *scratch;  /* [rows of quantities][FLC_BLOCK] of B */
    double *normals, *weights, *work; /* of tied quantities */
    bool *tied_released;              /* [tied] */
    bool *now;                        /* [factors] released in the row evaluator's inputs */
    struct program *program;          /* [programs] */
    enum flc_stage *stage;            /* [programs] what a row computes again */
    bool *taken;                      /* [programs] of that, what is as in A */
    bool *needed;                     /* [programs + 1] a view looks at its outputs */
    unsigned char *asked;             /* [flc_model_series] a view looks at that of the portfolio */
    const double *last;               /* outputs of the last row */
    uint64_t first;
    bool screening;
    bool begun; /* the row evaluator's inputs are of the block at hand */
    flc_row_work done;
};

/* ---- making ---------------------------------------------------------------------------------- */

static void mark_stepping(flc_row_evaluator *own)
{
    const flc_quantities *quantities = own->study->quantities;
    for (size_t i = 0; i < own->sampled; i++)
        own->stepping[flc_quantities_name(quantities, flc_quantities_sampled_row(quantities, i))] =
            true;
}

/* A plug-in has no programs, and no portfolio that is made of them. */
static size_t series_of(const flc_row_evaluator *own)
{
    return own->programs ? flc_model_series(own->study->model) : 0;
}

static flc_status make_arrays(flc_row_evaluator *own, flc_error *error)
{
    flc_arena *arena = own->arena;
    size_t factors = own->factors->count, tied = own->tied;
    own->stepping = flc_arena_take(arena, own->names + 1, sizeof(bool), error);
    own->released_name = flc_arena_take(arena, own->names + 1, sizeof(bool), error);
    own->tied_released = flc_arena_take(arena, tied + 1, sizeof(bool), error);
    own->now = flc_arena_take(arena, factors, sizeof(bool), error);
    own->taken = flc_arena_take(arena, own->programs + 1, sizeof(bool), error);
    own->stage = flc_arena_take(arena, own->programs + 1, sizeof *own->stage, error);
    own->program = flc_arena_take(arena, own->programs + 1, sizeof *own->program, error);
    own->asked = flc_arena_take(arena, series_of(own), 1, error);
    own->needed = flc_arena_take(arena, own->programs + 1, sizeof(bool), error);
    own->weights = flc_arena_take(arena, 2 * tied * tied + 1, sizeof(double), error);
    own->work = flc_arena_take(arena, 4 * tied * tied + 1, sizeof(double), error);
    if (!own->stepping || !own->released_name || !own->tied_released || !own->now || !own->taken ||
        !own->stage || !own->program || !own->needed || !own->asked || !own->weights || !own->work)
        return FLC_ERROR_MEMORY;
    for (size_t p = 0; p < own->programs; p++)
        if (!(own->program[p].released = flc_arena_take(arena, factors, sizeof(bool), error)))
            return FLC_ERROR_MEMORY;
    own->normals = FLC_NEW(double, 2 * tied * FLC_BLOCK, error);
    own->second_values =
        FLC_NEW(double, flc_quantities_rows(own->study->quantities) * FLC_BLOCK, error);
    own->scratch = FLC_NEW(double, flc_quantities_scratch(own->study->quantities), error);
    return own->normals && own->second_values && own->scratch ? FLC_OK : FLC_ERROR_MEMORY;
}

/* A: the study's draws, on a grid for a screening. */
static flc_status make_base(flc_row_evaluator *own, const flc_points *points, bool screening,
                            flc_error *error)
{
    const flc_names *names = own->study->names;
    flc_draws *draws;
    flc_status status = flc_design_create(&draws, names, points, own->isa, error);
    if (!status && screening)
        status = flc_screening_base(&draws, draws, own->stepping, own->isa, error);
    if (status || (status = flc_once_create(&draws, draws, names, most_kept, error)))
        return status;
    own->base = flc_evaluator_create_from(own->study, draws, points, own->isa, error);
    return own->base ? FLC_OK : flc_error_of_null(error);
}

/* B. */
static flc_status make_second(flc_row_evaluator *own, const flc_points *points, bool screening,
                              flc_error *error)
{
    own->again = flc_names_again(own->study->names, error);
    if (!own->again)
        return FLC_ERROR_MEMORY;
    flc_draws *draws;
    flc_status status = flc_design_create(&draws, own->again, points, own->isa, error);
    if (!status && screening) {
        own->others = draws;
        status = flc_screening_step(&draws, flc_evaluator_draws(own->base), own->others,
                                    own->stepping, own->isa, error);
    }
    return status ? status
                  : flc_once_create(&own->second, draws, own->study->names, most_kept, error);
}

static flc_status make_row(flc_row_evaluator *own, const flc_points *points, flc_error *error)
{
    flc_draws *mixed;
    flc_status status = flc_mixed_create(&mixed, flc_evaluator_draws(own->base), own->second,
                                         own->released_name, error);
    if (status)
        return status;
    own->row = flc_evaluator_create_from(own->study, mixed, points, own->isa, error);
    return own->row ? FLC_OK : flc_error_of_null(error);
}

flc_status flc_row_evaluator_create(flc_row_evaluator **rows, const flc_factors *atoms,
                                    const flc_points *points, bool screening, flc_isa isa,
                                    flc_error *error)
{
    const flc_study *study = atoms->study;
    flc_row_evaluator *own = FLC_NEW(flc_row_evaluator, 1, error);
    if (!own)
        return FLC_ERROR_MEMORY;
    *own = (flc_row_evaluator){.study = study,
                               .factors = atoms,
                               .isa = isa,
                               .screening = screening,
                               .programs = flc_model_programs(study->model),
                               .names = flc_names_count(study->names),
                               .sampled = flc_quantities_sampled_count(study->quantities),
                               .tied = flc_quantities_tied_count(study->quantities)};
    own->arena = flc_arena_create(error);
    flc_status status = own->arena ? make_arrays(own, error) : FLC_ERROR_MEMORY;
    if (!status)
        mark_stepping(own);
    if (status || (status = make_base(own, points, screening, error)) ||
        (status = make_second(own, points, screening, error)) ||
        (status = make_row(own, points, error))) {
        flc_row_evaluator_free(own);
        return status;
    }
    *rows = own;
    return FLC_OK;
}

void flc_row_evaluator_free(flc_row_evaluator *own)
{
    if (!own)
        return;
    flc_evaluator_free(own->row);
    flc_draws_free(own->second);
    flc_draws_free(own->others);
    flc_evaluator_free(own->base);
    flc_names_free(own->again);
    flc_free(own->normals);
    flc_free(own->second_values);
    flc_free(own->scratch);
    flc_arena_free(own->arena);
    flc_free(own);
}

/* ---- a block --------------------------------------------------------------------------------- */

const double *flc_row_evaluator_block(flc_row_evaluator *own, uint64_t first)
{
    own->first = first;
    own->begun = false;
    return flc_evaluator_block(own->base, first, NULL);
}

static double *row_of(double *values, uint32_t row)
{
    return values + (size_t)row * FLC_BLOCK;
}

static void copy_row(double *values, const double *from, uint32_t row)
{
    memcpy(row_of(values, row), from + (size_t)row * FLC_BLOCK, FLC_BLOCK * sizeof(double));
}

/* Everything as in A; what B has is made ready. */
static void begin_rows(flc_row_evaluator *own)
{
    const flc_quantities *quantities = own->study->quantities;
    double *table = flc_evaluator_table(own->row);
    if (own->others)
        flc_draws_seek(own->others, own->first);
    flc_draws_seek(own->second, own->first);
    flc_quantities_sample(quantities, own->isa, own->second_values, own->scratch, own->second);
    flc_quantities_tied_normals(quantities, own->normals, flc_evaluator_draws(own->base));
    flc_quantities_tied_normals(quantities, own->normals + own->tied * FLC_BLOCK, own->second);
    for (size_t i = 0; i < own->sampled; i++)
        copy_row(table, flc_evaluator_values(own->base), flc_quantities_sampled_row(quantities, i));
    memset(own->now, 0, own->factors->count * sizeof *own->now);
    memset(own->released_name, 0, own->names * sizeof *own->released_name);
    memset(own->tied_released, 0, own->tied * sizeof *own->tied_released);
    for (size_t p = 0; p < own->programs; p++)
        own->program[p].stands = false;
    own->begun = true;
}

/* ---- inputs of a row ------------------------------------------------------------------------- */

/* The place of a row among the tied ones; own->tied if it is not tied. */
static size_t tied_place(const flc_row_evaluator *own, uint32_t row)
{
    size_t i = 0;
    while (i < own->tied && flc_quantities_tied_row(own->study->quantities, i) != row)
        i++;
    return i;
}

/* Returns whether a tied quantity is among what is switched. */
static bool switch_factor(flc_row_evaluator *own, const flc_factor *factor, bool released)
{
    const flc_quantities *quantities = own->study->quantities;
    const double *from = released ? own->second_values : flc_evaluator_values(own->base);
    bool tied = false;
    for (size_t k = 0; k < factor->draw_count; k++)
        own->released_name[factor->draws[k]] = released;
    for (size_t i = 0; i < factor->quantity_count; i++) {
        uint32_t row = flc_quantities_sampled_row(quantities, factor->quantities[i]);
        size_t place = tied_place(own, row);
        if (place == own->tied) {
            copy_row(flc_evaluator_table(own->row), from, row);
        } else {
            own->tied_released[place] = released;
            tied = true;
        }
    }
    return tied;
}

static void set_inputs(flc_row_evaluator *own, const bool *released)
{
    const flc_quantities *quantities = own->study->quantities;
    bool tied = false;
    for (size_t f = 0; f < own->factors->count; f++)
        if (released[f] != own->now[f]) {
            own->now[f] = released[f];
            tied |= switch_factor(own, &own->factors->items[f], released[f]);
        }
    if (!tied)
        return;
    flc_quantities_condition(quantities, own->weights, own->tied_released, own->work);
    flc_quantities_fill_tied(quantities, own->isa, flc_evaluator_table(own->row), own->normals,
                             own->weights);
}

/* ---- programs of a row ----------------------------------------------------------------------- */

/* Whether a released factor is an input of the program. */
static bool is_released(const flc_row_evaluator *own, size_t p)
{
    for (size_t f = 0; f < own->factors->count; f++) {
        const flc_factor *factor = &own->factors->items[f];
        if (own->now[f] && factor->touches[p] && factor->stage[p] != FLC_STAGE_NOTHING)
            return true;
    }
    return false;
}

/* The first stage whose inputs have changed since the program was evaluated. */
static enum flc_stage changed_stage(const flc_row_evaluator *own, size_t p)
{
    const struct program *program = &own->program[p];
    enum flc_stage stage = program->stands ? FLC_STAGE_NOTHING : FLC_STAGE_WHOLE;
    for (size_t f = 0; f < own->factors->count; f++) {
        const flc_factor *factor = &own->factors->items[f];
        if (own->now[f] != program->released[f] && factor->stage[p] > stage)
            stage = factor->stage[p];
    }
    return stage;
}

static enum flc_stage choose(flc_row_evaluator *own, size_t p)
{
    struct program *program = &own->program[p];
    enum flc_stage stage = changed_stage(own, p);
    memcpy(program->released, own->now, own->factors->count * sizeof *own->now);
    program->stands = true;
    own->taken[p] = !is_released(own, p);
    own->done.programs += stage != FLC_STAGE_NOTHING && !own->taken[p];
    return stage;
}

/* Programs that no view looks at, not even as part of the portfolio, stay as they are. */
static const double *evaluate_row(flc_row_evaluator *own, const bool *released)
{
    if (!own->begun)
        begin_rows(own);
    set_inputs(own, released);
    bool portfolio = own->needed[own->programs], changed = portfolio;
    for (size_t p = 0; p < own->programs; p++) {
        own->stage[p] = own->needed[p] ? choose(own, p) : FLC_STAGE_NOTHING;
        changed |= own->stage[p] != FLC_STAGE_NOTHING;
    }
    own->done.rows++;
    if (changed)
        own->last = flc_evaluator_again(own->row, own->base, own->stage, own->taken,
                                        portfolio ? own->asked : NULL);
    return own->last;
}

/* ---- asking ---------------------------------------------------------------------------------- */

const flc_evaluator *flc_row_evaluator_base(const flc_row_evaluator *own)
{
    return own->base;
}

flc_status flc_row_evaluator_failure(const flc_row_evaluator *own, flc_error *error)
{
    flc_status status = flc_evaluator_failure(own->base, error);
    return status ? status : flc_evaluator_failure(own->row, error);
}

flc_row_work flc_row_evaluator_work(const flc_row_evaluator *own)
{
    return own->done;
}

/* Draws kept of a block by A or by B: of each name one a year, or none. */
static size_t kept_bytes(const flc_row_evaluator *own)
{
    const size_t years = flc_model_years(own->study->model);
    const size_t all = own->names * years * FLC_BLOCK * sizeof(double);
    return (all < most_kept ? all : most_kept) + flc_once_bytes(own->study->names);
}

size_t flc_row_evaluator_bytes(const flc_row_evaluator *own)
{
    const flc_quantities *quantities = own->study->quantities;
    size_t bytes = 2 * flc_study_bytes(own->study).evaluation + flc_arena_bytes(own->arena);
    return bytes + (flc_quantities_rows(quantities) + 2 * own->tied) * FLC_BLOCK * sizeof(double) +
           own->names * 64 + 2 * kept_bytes(own);
}

/* ---- views ----------------------------------------------------------------------------------- */

struct flc_row_view {
    flc_row_evaluator *own;
    const flc_factors *factors;
    flc_arena *arena;
    flc_rows rows;
    size_t *part_of; /* [atoms] factor of the view */
    bool *released;  /* [atoms] */
    double directions[FLC_BLOCK];
};

static const double *evaluate_view(void *context, const bool *released)
{
    flc_row_view *view = context;
    for (size_t a = 0; a < view->own->factors->count; a++)
        view->released[a] = released[view->part_of[a]];
    return evaluate_row(view->own, view->released);
}

static const double *direction_of(void *context, size_t factor)
{
    flc_row_view *view = context;
    const flc_factor *item = &view->factors->items[factor];
    if (item->kind != FLC_FACTOR_QUANTITY || item->dependent)
        return NULL;
    flc_draws_uniform(flc_evaluator_draws(view->own->base), item->draws[0], 0, view->directions);
    for (size_t l = 0; l < FLC_BLOCK; l++)
        view->directions[l] = view->directions[l] < 0.5 ? 1.0 : -1.0;
    return view->directions;
}

static flc_status find_reach(flc_row_view *view, flc_reach *reach, const flc_output_label *labels,
                             const flc_factor *factor, flc_error *error)
{
    size_t *list = flc_arena_take(view->arena, view->rows.outputs + 1, sizeof *list, error);
    if (!list)
        return FLC_ERROR_MEMORY;
    for (size_t o = 0; o < view->rows.outputs; o++)
        if (factor->linked[labels[view->rows.place[o]].program])
            list[reach->count++] = o;
    reach->outputs = list;
    return FLC_OK;
}

/* The portfolio needs all programs. */
static void mark_needed(flc_row_view *view)
{
    flc_row_evaluator *own = view->own;
    for (size_t o = 0; o < view->rows.outputs; o++) {
        const size_t p = flc_metrics_program(&own->study->metrics, view->rows.place[o]);
        own->needed[p] = true;
        if (p == own->programs && own->programs)
            flc_evaluator_ask(own->study, view->rows.place[o], own->asked);
    }
    for (size_t p = 0; p < own->programs && own->needed[own->programs]; p++)
        own->needed[p] = true;
}

static flc_status describe(flc_row_view *view, flc_error *error)
{
    const flc_metrics *metrics = &view->own->study->metrics;
    size_t count = view->factors->count;
    flc_reach *reach = flc_arena_take(view->arena, count, sizeof *reach, error);
    bool *dependent = flc_arena_take(view->arena, count, sizeof *dependent, error);
    flc_output_label *labels = FLC_NEW(flc_output_label, flc_metrics_outputs(metrics), error);
    flc_status status = reach && dependent && labels ? FLC_OK : FLC_ERROR_MEMORY;
    if (!status)
        flc_metrics_labels(metrics, labels);
    for (size_t f = 0; f < count && !status; f++) {
        dependent[f] = view->factors->items[f].dependent;
        status = find_reach(view, &reach[f], labels, &view->factors->items[f], error);
    }
    flc_free(labels);
    view->rows.reach = reach;
    view->rows.dependent = dependent;
    return status;
}

/* No atom is part of two factors: its first draw tells. */
static flc_status find_parts(flc_row_view *view, flc_error *error)
{
    const flc_factors *atoms = view->own->factors;
    size_t *part_of_draw = flc_arena_take(view->arena, view->own->names + 1, sizeof(size_t), error);
    view->part_of = flc_arena_take(view->arena, atoms->count, sizeof(size_t), error);
    view->released = flc_arena_take(view->arena, atoms->count, sizeof(bool), error);
    if (!part_of_draw || !view->part_of || !view->released)
        return FLC_ERROR_MEMORY;
    for (size_t f = 0; f < view->factors->count; f++)
        for (size_t k = 0; k < view->factors->items[f].draw_count; k++)
            part_of_draw[view->factors->items[f].draws[k]] = f;
    for (size_t a = 0; a < atoms->count; a++)
        view->part_of[a] = part_of_draw[atoms->items[a].draws[0]];
    return FLC_OK;
}

flc_status flc_row_view_create(flc_row_view **view_out, flc_row_evaluator *rows,
                               const flc_factors *factors, const size_t *outputs,
                               size_t output_count, flc_error *error)
{
    flc_row_view *view = FLC_NEW(flc_row_view, 1, error);
    if (!view)
        return FLC_ERROR_MEMORY;
    view->own = rows;
    view->factors = factors;
    view->rows = (flc_rows){.context = view,
                            .outputs = output_count,
                            .place = outputs,
                            .factors = factors->count,
                            .evaluate = evaluate_view,
                            .direction = rows->screening ? direction_of : NULL};
    view->arena = flc_arena_create(error);
    flc_status status = view->arena ? find_parts(view, error) : FLC_ERROR_MEMORY;
    if (!status && !(status = describe(view, error)))
        mark_needed(view);
    if (status)
        flc_row_view_free(view);
    else
        *view_out = view;
    return status;
}

void flc_row_view_free(flc_row_view *view)
{
    if (!view)
        return;
    flc_arena_free(view->arena);
    flc_free(view);
}

const flc_rows *flc_row_view_rows(const flc_row_view *view)
{
    return &view->rows;
}
