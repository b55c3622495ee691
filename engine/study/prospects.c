#include "study/prospects.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/suggest.h"
#include "study/difference.h"
#include "study/factors.h"

enum { NAME_ROOM = 256 };

/* An uncertain quantity: where its draws are. */
struct quantity {
    flc_prospect shown;
    size_t study, place; /* among the sampled quantities of that study */
};

struct group {
    flc_prospect shown;
    size_t *members; /* things */
};

struct flc_prospects {
    const flc_study *const *studies;
    size_t count;
    flc_isa isa;
    flc_arena *arena;
    flc_utility *utility;
    flc_scenarios *scenarios;
    struct quantity *quantities;
    size_t quantity_count;
    struct group *groups;
    size_t group_count, group_capacity;
    flc_draws **draws;          /* [count] of studies whose draws are asked for, else NULL */
    double *uniforms, *scratch; /* of one study at a time */
    size_t *levels;             /* [terms][count] rows of the scenarios */
    double *values;
    flc_voi_problem problem;
    flc_voi_group *problem_groups;
    const uint16_t **merged;
};

/* ---- quantities ------------------------------------------------------------------------------ */

static const char *path_of(const flc_study *study, size_t place)
{
    return flc_quantities_path(study->quantities,
                               flc_quantities_sampled_row(study->quantities, place));
}

static struct quantity *find_quantity(const flc_prospects *all, const char *path)
{
    for (size_t q = 0; q < all->quantity_count; q++)
        if (strcmp(all->quantities[q].shown.name, path) == 0)
            return &all->quantities[q];
    return NULL;
}

static flc_status list_quantities(flc_prospects *all, flc_error *error)
{
    size_t most = 0;
    for (size_t s = 0; s < all->count; s++)
        most += flc_quantities_sampled_count(all->studies[s]->quantities);
    all->quantities = flc_arena_take(all->arena, most, sizeof *all->quantities, error);
    if (!all->quantities)
        return FLC_ERROR_MEMORY;
    for (size_t s = 0; s < all->count; s++)
        for (size_t i = 0; i < flc_quantities_sampled_count(all->studies[s]->quantities); i++) {
            const char *path = path_of(all->studies[s], i);
            if (!find_quantity(all, path))
                all->quantities[all->quantity_count++] =
                    (struct quantity){.shown = {.name = path, .members = 1, .thing = FLC_NO_THING},
                                      .study = s,
                                      .place = i};
        }
    return FLC_OK;
}

/* ---- reach ----------------------------------------------------------------------------------- */

/* What the differences of utilities are made of. */
struct reach {
    bool *programs; /* [programs of the base] */
    bool common;    /* macro, accounts and the like; programs that only policies have */
};

/* Does a policy change how programs add up? */
static flc_status find_coordination(const flc_prospects *all, const char *const *names,
                                    bool *changed, flc_error *error)
{
    flc_status status = FLC_OK;
    *changed = false;
    for (size_t s = 1; s < all->count && !status; s++) {
        const char *texts[2] = {all->studies[0]->resolved, all->studies[s]->resolved};
        const char *pair[2] = {names[0], names[s]};
        const flc_study_change *changes = NULL;
        size_t count = 0;
        status = flc_study_differences(&changes, &count, all->arena, texts, pair, error);
        for (size_t i = 0; i < count && !status; i++)
            *changed = *changed || strncmp(changes[i].path, "portfolio", 9) == 0;
    }
    return status;
}

/* Is the portfolio's the sum of the programs'? */
static bool is_sum(const flc_output_label *label)
{
    return label->metric && (label->metric->by_year || strcmp(label->metric->name, "npv") == 0);
}

static void mark_term(const flc_prospects *all, struct reach *reach, const flc_output_label *label,
                      bool coordination)
{
    const size_t programs = flc_model_programs(all->studies[0]->model);
    const bool whole = label->program == programs;
    reach->common = reach->common || whole;
    for (size_t p = 0; p < programs; p++) {
        bool touched = whole && (coordination || !is_sum(label));
        for (size_t s = 1; s < all->count; s++)
            touched = touched || flc_scenarios_touches(all->scenarios, s, p);
        if ((whole || label->program == p) && touched)
            reach->programs[p] = reach->common = true;
    }
}

static bool reaches(const flc_prospects *all, const struct reach *reach, const char *path)
{
    const flc_model *model = all->studies[0]->model;
    const char *rest = path + strlen("programs/");
    if (strncmp(path, "programs/", strlen("programs/")) != 0)
        return reach->common;
    for (size_t p = 0; p < flc_model_programs(model); p++) {
        const char *key = flc_model_program_key(model, p);
        const size_t length = strlen(key);
        if (strncmp(rest, key, length) == 0 && rest[length] == '/')
            return reach->programs[p];
    }
    return reach->common;
}

static struct quantity *tied_quantity(const flc_prospects *all, const flc_study *study, size_t i)
{
    const uint32_t row = flc_quantities_tied_row(study->quantities, i);
    return find_quantity(all, flc_quantities_path(study->quantities, row));
}

/* Of two quantities that depend on each other both reach what one does. Returns whether anything
 * was new. */
static bool spread_reach(flc_prospects *all)
{
    bool new = false;
    for (size_t s = 0; s < all->count; s++)
        for (size_t i = 0; i < flc_quantities_tied_count(all->studies[s]->quantities); i++) {
            flc_prospect *one = &tied_quantity(all, all->studies[s], i)->shown;
            for (size_t k = 0; k < flc_quantities_tied_count(all->studies[s]->quantities); k++) {
                if (k == i || !flc_quantities_tied_together(all->studies[s]->quantities, i, k))
                    continue;
                one->dependent = true;
                if (one->reaching == 0 && tied_quantity(all, all->studies[s], k)->shown.reaching) {
                    one->reaching = 1;
                    new = true;
                }
            }
        }
    return new;
}

static flc_status find_reach(flc_prospects *all, const char *const *names, flc_error *error)
{
    const flc_metrics *metrics = &all->studies[0]->metrics;
    struct reach reach = {NULL, false};
    bool coordination;
    flc_output_label *labels = FLC_NEW(flc_output_label, flc_metrics_outputs(metrics), error);
    flc_status status =
        labels ? find_coordination(all, names, &coordination, error) : FLC_ERROR_MEMORY;
    reach.programs = flc_arena_take(all->arena, flc_model_programs(metrics->model) + 1,
                                    sizeof *reach.programs, error);
    if (!status && !reach.programs)
        status = FLC_ERROR_MEMORY;
    if (!status) {
        flc_metrics_labels(metrics, labels);
        for (size_t i = 0; i < all->utility->count; i++)
            mark_term(all, &reach, &labels[all->utility->terms[i].output], coordination);
        for (size_t q = 0; q < all->quantity_count; q++)
            all->quantities[q].shown.reaching = reaches(all, &reach, all->quantities[q].shown.name);
        while (spread_reach(all))
            ;
    }
    flc_free(labels);
    return status;
}

/* ---- groups ---------------------------------------------------------------------------------- */

static bool has_name(const flc_prospects *all, const char *name)
{
    for (size_t g = 0; g < all->group_count; g++)
        if (strcmp(all->groups[g].shown.name, name) == 0)
            return true;
    return false;
}

/* A group by its patterns; its members are things already. */
static flc_status make_group(const flc_prospects *all, struct group *group, const char *name,
                             const char *patterns, flc_error *error)
{
    *group = (struct group){.shown = {.thing = FLC_NO_THING}};
    group->shown.name = flc_arena_copy(all->arena, name, strlen(name), error);
    group->shown.patterns = flc_arena_copy(all->arena, patterns, strlen(patterns), error);
    group->members =
        flc_arena_take(all->arena, all->quantity_count + 1, sizeof *group->members, error);
    if (!group->shown.name || !group->shown.patterns || !group->members)
        return FLC_ERROR_MEMORY;
    for (size_t q = 0; q < all->quantity_count; q++) {
        const flc_prospect *quantity = &all->quantities[q].shown;
        if (!flc_patterns_match(patterns, quantity->name))
            continue;
        group->shown.members++;
        group->shown.dependent = group->shown.dependent || quantity->dependent;
        if (quantity->reaching)
            group->members[group->shown.reaching++] = quantity->thing;
    }
    return FLC_OK;
}

static flc_status keep_group(flc_prospects *all, const struct group *group, flc_error *error)
{
    void *groups = all->groups;
    flc_status status = flc_reserve(&groups, &all->group_capacity, all->group_count + 1,
                                    sizeof *all->groups, error);
    if (status)
        return status;
    all->groups = groups;
    all->groups[all->group_count] = *group;
    if (group->shown.reaching > 0)
        all->groups[all->group_count].shown.thing =
            all->problem.quantities + all->problem.group_count++;
    all->group_count++;
    return FLC_OK;
}

static flc_status ask_group(flc_prospects *all, const char *text, flc_error *error)
{
    const char *equals = strchr(text, '=');
    char name[NAME_ROOM] = "";
    struct group group;
    if (equals)
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    if (!name[0] || !equals[1])
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "--group %.200s: write NAME=PATTERN or NAME=PATTERN,PATTERN, as in "
                             "'multipliers=programs/*/outcomes/*/multiplier'",
                             text);
    if (has_name(all, name))
        return flc_error_set(error, FLC_ERROR_USAGE, "--group %.200s: there are two of this name",
                             name);
    flc_status status = make_group(all, &group, name, equals + 1, error);
    if (!status && group.shown.members == 0)
        status = flc_error_set(error, FLC_ERROR_USAGE,
                               "--group %.200s: matches no uncertain quantity; patterns are over "
                               "paths such as %.200s, * is any characters",
                               text,
                               all->quantity_count ? all->quantities[0].shown.name
                                                   : "programs/MEP/match/sources/state/ratio");
    return status ? status : keep_group(all, &group, error);
}

static bool is_known(const flc_prospects *all, const struct group *group)
{
    for (size_t g = 0; g < all->group_count; g++) {
        const struct group *other = &all->groups[g];
        if (other->shown.reaching == group->shown.reaching &&
            memcmp(other->members, group->members,
                   group->shown.reaching * sizeof *group->members) == 0)
            return true;
    }
    return false;
}

static flc_status offer_group(flc_prospects *all, const char *name, const char *patterns,
                              flc_error *error)
{
    struct group group;
    if (has_name(all, name))
        return FLC_OK;
    flc_status status = make_group(all, &group, name, patterns, error);
    if (status || group.shown.reaching < 2 || is_known(all, &group))
        return status;
    return keep_group(all, &group, error);
}

/* The part of a path between two of its slashes (0: before the first), "" where there is none. */
static void part_of(char part[NAME_ROOM], const char *path, int number)
{
    part[0] = '\0';
    for (int i = 0; path && i <= number; i++) {
        const char *slash = strchr(path, '/');
        if (i == number && slash)
            snprintf(part, NAME_ROOM, "%.*s", (int)(slash - path), path);
        path = slash ? slash + 1 : NULL;
    }
}

/* Groups by one part of the paths: of paths in programs/ (1: each program, 2: each kind), of others
 * 0. */
static flc_status offer_parts(flc_prospects *all, int number, flc_error *error)
{
    char part[NAME_ROOM], patterns[NAME_ROOM + 16];
    flc_status status = FLC_OK;
    for (size_t q = 0; q < all->quantity_count && !status; q++) {
        const char *path = all->quantities[q].shown.name;
        const bool inside = strncmp(path, "programs/", strlen("programs/")) == 0;
        part_of(part, path, number);
        if (!all->quantities[q].shown.reaching || !part[0] || inside != (number > 0))
            continue;
        snprintf(patterns, sizeof patterns, "%s%s/*",
                 number == 0   ? ""
                 : number == 1 ? "programs/"
                               : "programs/*/",
                 part);
        status = offer_group(all, part, patterns, error);
    }
    return status;
}

static flc_status make_groups(flc_prospects *all, const char *const *asked, size_t count,
                              flc_error *error)
{
    flc_status status = FLC_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = ask_group(all, asked[i], error);
    if (!status)
        status = offer_group(all, "all", "*", error);
    for (int part = 0; part < 3 && !status; part++)
        status = offer_parts(all, part, error);
    return status;
}

/* ---- the problem ----------------------------------------------------------------------------- */

static flc_status merge_atoms(flc_prospects *all, const struct quantity *quantity, flc_error *error)
{
    const flc_quantities *quantities = all->studies[quantity->study]->quantities;
    const flc_distribution *distribution = flc_quantities_distribution(
        quantities, flc_quantities_sampled_row(quantities, quantity->place));
    double values[FLC_VOI_CELLS];
    if (!flc_distribution_atoms(distribution))
        return FLC_OK;
    uint16_t *merged = flc_arena_take(all->arena, FLC_VOI_CELLS, sizeof *merged, error);
    if (!merged)
        return FLC_ERROR_MEMORY;
    for (size_t c = 0; c < FLC_VOI_CELLS; c++)
        values[c] = flc_voi_middle(c);
    flc_distribution_quantile(distribution, all->isa, values, values, FLC_VOI_CELLS);
    flc_voi_merge_atoms(merged, values);
    all->merged[quantity->shown.thing] = merged;
    return FLC_OK;
}

static flc_status number_quantities(flc_prospects *all, flc_error *error)
{
    flc_status status = FLC_OK;
    all->merged = flc_arena_take(all->arena, all->quantity_count + 1, sizeof *all->merged, error);
    if (!all->merged)
        return FLC_ERROR_MEMORY;
    for (size_t q = 0; q < all->quantity_count && !status; q++)
        if (all->quantities[q].shown.reaching) {
            all->quantities[q].shown.thing = all->problem.quantities++;
            status = merge_atoms(all, &all->quantities[q], error);
        }
    return status;
}

static flc_status set_problem(flc_prospects *all, flc_error *error)
{
    all->problem_groups = flc_arena_take(all->arena, all->problem.group_count + 1,
                                         sizeof *all->problem_groups, error);
    if (!all->problem_groups)
        return FLC_ERROR_MEMORY;
    for (size_t g = 0; g < all->group_count; g++) {
        const struct group *group = &all->groups[g];
        if (group->shown.thing != FLC_NO_THING)
            all->problem_groups[group->shown.thing - all->problem.quantities] =
                (flc_voi_group){group->members, group->shown.reaching};
    }
    all->problem.alternatives = all->count;
    all->problem.merged = all->merged;
    all->problem.groups = all->problem_groups;
    return FLC_OK;
}

/* ---- scenarios ------------------------------------------------------------------------------- */

static flc_status make_scenarios(flc_prospects *all, const char *const *names,
                                 const flc_points *points, flc_error *error)
{
    size_t *outputs = flc_arena_take(all->arena, all->utility->count, sizeof *outputs, error),
           count = 0;
    if (!outputs)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < all->utility->count; i++) {
        bool known = false;
        for (size_t k = 0; k < count; k++)
            known = known || outputs[k] == all->utility->terms[i].output;
        if (!known)
            outputs[count++] = all->utility->terms[i].output;
    }
    const flc_questions questions = {.outputs = outputs, .output_count = count, .means_only = true};
    return flc_scenarios_create(&all->scenarios, all->studies, names, all->count, &questions,
                                points, all->isa, error);
}

static flc_status find_levels(flc_prospects *all, const char *const *names, flc_error *error)
{
    const size_t terms = all->utility->count;
    all->levels = flc_arena_take(all->arena, terms * all->count, sizeof *all->levels, error);
    if (!all->levels)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < terms; i++)
        for (size_t s = 0; s < all->count; s++) {
            size_t *level = &all->levels[i * all->count + s];
            *level = flc_scenarios_level(all->scenarios, s, all->utility->terms[i].output);
            if (*level == FLC_NO_OUTPUT)
                return flc_error_set(error, FLC_ERROR_STUDY,
                                     "%.600s has not all outputs of the utility '%.500s'; choose "
                                     "outputs that every scenario has, such as portfolio/npv",
                                     names[s], all->utility->text);
        }
    return FLC_OK;
}

/* Draws of the studies that quantities are taken from, and room for those of one of them. */
static flc_status make_draws(flc_prospects *all, const flc_points *points, flc_error *error)
{
    size_t sampled = 0, scratch = 0;
    flc_status status = FLC_OK;
    all->draws = FLC_NEW(flc_draws *, all->count, error);
    if (!all->draws)
        return FLC_ERROR_MEMORY;
    for (size_t q = 0; q < all->quantity_count && !status; q++) {
        const size_t s = all->quantities[q].study;
        const flc_quantities *quantities = all->studies[s]->quantities;
        if (!all->quantities[q].shown.reaching || all->draws[s])
            continue;
        status = flc_design_create(&all->draws[s], all->studies[s]->names, points, all->isa, error);
        const size_t own = flc_quantities_sampled_count(quantities);
        sampled = own > sampled ? own : sampled;
        scratch = flc_quantities_scratch(quantities) > scratch ? flc_quantities_scratch(quantities)
                                                               : scratch;
    }
    if (status)
        return status;
    all->uniforms = FLC_NEW(double, sampled *FLC_BLOCK, error);
    all->scratch = FLC_NEW(double, scratch, error);
    all->values = FLC_NEW(double, (all->count + all->problem.quantities) * FLC_BLOCK, error);
    return all->uniforms && all->scratch && all->values ? FLC_OK : FLC_ERROR_MEMORY;
}

/* ---- making ---------------------------------------------------------------------------------- */

static flc_status build(flc_prospects *all, const char *const *names, const char *utility,
                        const char *const *groups, size_t group_count, const flc_points *points,
                        flc_error *error)
{
    flc_status status;
    if (all->count > FLC_VOI_ALTERNATIVES)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "%zu scenarios; at most %d can be chosen among", all->count,
                             FLC_VOI_ALTERNATIVES);
    all->arena = flc_arena_create(error);
    if (!all->arena)
        return FLC_ERROR_MEMORY;
    if ((status = flc_utility_create(&all->utility, &all->studies[0]->metrics, utility, error)))
        return flc_error_prefix(error, "--utility");
    if ((status = make_scenarios(all, names, points, error)) ||
        (status = find_levels(all, names, error)) || (status = list_quantities(all, error)) ||
        (status = find_reach(all, names, error)) || (status = number_quantities(all, error)) ||
        (status = make_groups(all, groups, group_count, error)) ||
        (status = set_problem(all, error)))
        return status;
    return make_draws(all, points, error);
}

flc_status flc_prospects_create(flc_prospects **prospects, const flc_study *const *studies,
                                const char *const *names, size_t count, const char *utility,
                                const char *const *groups, size_t group_count,
                                const flc_points *points, flc_isa isa, flc_error *error)
{
    flc_prospects *all = *prospects = FLC_NEW(flc_prospects, 1, error);
    if (!all)
        return FLC_ERROR_MEMORY;
    *all = (flc_prospects){.studies = studies, .count = count, .isa = isa};
    flc_status status = build(all, names, utility, groups, group_count, points, error);
    if (status) {
        flc_prospects_free(all);
        *prospects = NULL;
    }
    return status;
}

void flc_prospects_free(flc_prospects *all)
{
    if (!all)
        return;
    for (size_t s = 0; all->draws && s < all->count; s++)
        flc_draws_free(all->draws[s]);
    flc_free(all->draws);
    flc_free(all->groups);
    flc_free(all->uniforms);
    flc_free(all->scratch);
    flc_free(all->values);
    flc_scenarios_free(all->scenarios);
    flc_utility_free(all->utility);
    flc_arena_free(all->arena);
    flc_free(all);
}

/* ---- evaluating ------------------------------------------------------------------------------ */

static void fill_utility(const flc_prospects *all, size_t s, const double *rows)
{
    double *own = all->values + s * FLC_BLOCK;
    for (size_t l = 0; l < FLC_BLOCK; l++)
        own[l] = 0;
    for (size_t i = 0; i < all->utility->count; i++) {
        const double factor = all->utility->terms[i].factor;
        const double *row = rows + all->levels[i * all->count + s] * FLC_BLOCK;
        for (size_t l = 0; l < FLC_BLOCK; l++)
            own[l] += factor * row[l];
    }
}

/* The draws that are taken from study s. */
static void fill_draws(const flc_prospects *all, size_t s, uint64_t first)
{
    flc_draws_seek(all->draws[s], first);
    flc_quantities_uniforms(all->studies[s]->quantities, all->isa, all->uniforms, all->scratch,
                            all->draws[s]);
    for (size_t q = 0; q < all->quantity_count; q++) {
        const struct quantity *quantity = &all->quantities[q];
        if (quantity->study == s && quantity->shown.thing != FLC_NO_THING)
            memcpy(all->values + (all->count + quantity->shown.thing) * FLC_BLOCK,
                   all->uniforms + quantity->place * FLC_BLOCK, FLC_BLOCK * sizeof *all->values);
    }
}

const double *flc_prospects_block(flc_prospects *all, uint64_t first)
{
    const double *rows = flc_scenarios_block(all->scenarios, first);
    for (size_t s = 0; s < all->count; s++) {
        fill_utility(all, s, rows);
        if (all->draws[s])
            fill_draws(all, s, first);
    }
    return all->values;
}

/* ---- asking ---------------------------------------------------------------------------------- */

const flc_scenarios *flc_prospects_scenarios(const flc_prospects *all)
{
    return all->scenarios;
}

const flc_utility *flc_prospects_utility(const flc_prospects *all)
{
    return all->utility;
}

const flc_voi_problem *flc_prospects_problem(const flc_prospects *all)
{
    return &all->problem;
}

size_t flc_prospects_quantities(const flc_prospects *all)
{
    return all->quantity_count;
}

const flc_prospect *flc_prospects_quantity(const flc_prospects *all, size_t i)
{
    return &all->quantities[i].shown;
}

size_t flc_prospects_groups(const flc_prospects *all)
{
    return all->group_count;
}

const flc_prospect *flc_prospects_group(const flc_prospects *all, size_t i)
{
    return &all->groups[i].shown;
}

size_t flc_prospects_bytes(const flc_prospects *all)
{
    return flc_scenarios_bytes(all->scenarios) + flc_arena_bytes(all->arena);
}

/* ---- worth ----------------------------------------------------------------------------------- */

static const flc_voi_estimate nothing = {0, 0, 0, 0};

flc_voi_estimate flc_prospect_worth(const flc_prospect *prospect, const flc_collector *values)
{
    return prospect->thing == FLC_NO_THING ? nothing : flc_voi_worth(values, prospect->thing);
}

flc_voi_estimate flc_prospect_promise(const flc_prospect *prospect, const flc_collector *values)
{
    return prospect->thing == FLC_NO_THING ? nothing : flc_voi_promise(values, prospect->thing);
}

double flc_prospect_taken(const flc_prospect *prospect, const flc_collector *values,
                          size_t alternative)
{
    if (prospect->thing == FLC_NO_THING)
        return alternative == flc_voi_learned_best(values) ? 1.0 : 0.0;
    return flc_voi_taken(values, prospect->thing, alternative).share;
}

double flc_prospect_change(const flc_prospect *prospect, const flc_collector *values)
{
    return 1 - flc_prospect_taken(prospect, values, flc_voi_learned_best(values));
}
