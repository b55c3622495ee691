#include "study/factors.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

enum { NAME_ROOM = 600 };

/* What is never taken apart: a quantity, or the shocks of a program. */
struct atom {
    const char *name;
    size_t quantity;      /* its place among the sampled ones; FLC_NOT_GIVEN: shocks */
    size_t program;       /* whose input it is; the portfolio's number, or ALL_PROGRAMS */
    enum flc_stage stage; /* the first one it enters there */
    size_t factor;        /* it belongs to */
};
#define ALL_PROGRAMS (SIZE_MAX - 2)

struct making {
    flc_factors *made;
    flc_factor *items;
    const flc_study *study;
    flc_factors_by by;
    const char *const *groups;
    size_t group_count, programs;
    struct atom *atoms;
    size_t atom_count;
    size_t *atom_of; /* [names] */
    bool *matched;   /* [groups] */
};

static const char *const by_names[FLC_BY_COUNT] = {"quantity", "section", "program", "kind"};

const char *flc_factors_by_name(flc_factors_by by)
{
    return by_names[by];
}

flc_status flc_factors_find_by(flc_factors_by *by, const char *name, flc_error *error)
{
    size_t place;
    flc_status status = flc_suggest_place(&place, "way of grouping", name, by_names, FLC_BY_COUNT,
                                          "; there are quantity, section, program and kind",
                                          FLC_ERROR_USAGE, error);
    if (!status)
        *by = (flc_factors_by)place;
    return status;
}

bool flc_patterns_match(const char *patterns, const char *text)
{
    for (;;) {
        char pattern[NAME_ROOM];
        size_t length = strcspn(patterns, ",");
        snprintf(pattern, sizeof pattern, "%.*s", (int)length, patterns);
        if (fnmatch(pattern, text, 0) == 0)
            return true;
        if (patterns[length] == '\0')
            return false;
        patterns += length + 1;
    }
}

/* ---- atoms ----------------------------------------------------------------------------------- */

/* The program whose name stands in a path; the portfolio for its own quantities. */
static size_t program_of(const struct making *making, const char *path)
{
    const flc_model *model = making->study->model;
    if (strncmp(path, "portfolio/", 10) == 0)
        return making->programs;
    if (strncmp(path, "programs/", 9) != 0)
        return ALL_PROGRAMS;
    for (size_t p = 0; p < making->programs; p++) {
        const char *key = flc_model_program_key(model, p);
        size_t length = strlen(key);
        if (strncmp(path + 9, key, length) == 0 && path[9 + length] == '/')
            return p;
    }
    return ALL_PROGRAMS;
}

static const char *keep(const struct making *making, const char *text, flc_error *error)
{
    return flc_arena_copy(making->made->arena, text, strlen(text), error);
}

static flc_status add_atom(struct making *making, const char *name, size_t quantity, size_t program,
                           flc_error *error)
{
    name = keep(making, name, error);
    if (!name)
        return FLC_ERROR_MEMORY;
    making->atoms[making->atom_count++] =
        (struct atom){.name = name,
                      .quantity = quantity,
                      .program = program,
                      .stage = quantity == FLC_NOT_GIVEN ? FLC_STAGE_WHOLE : flc_stage_of(name)};
    return FLC_OK;
}

static flc_status add_quantities(struct making *making, flc_error *error)
{
    const flc_quantities *quantities = making->study->quantities;
    flc_status status = FLC_OK;
    for (size_t i = 0; i < flc_quantities_sampled_count(quantities) && !status; i++) {
        uint32_t row = flc_quantities_sampled_row(quantities, i);
        const char *path = flc_quantities_path(quantities, row);
        making->atom_of[flc_quantities_name(quantities, row)] = making->atom_count;
        status = add_atom(making, path, i, program_of(making, path), error);
    }
    return status;
}

/* The factor of the shocks of a program, or of those of none. */
static flc_status add_shocks(struct making *making, size_t program, flc_error *error)
{
    char name[NAME_ROOM] = "shocks";
    if (program < making->programs)
        snprintf(name, sizeof name, "programs/%s/shocks",
                 flc_model_program_key(making->study->model, program));
    else if (making->programs > 0)
        snprintf(name, sizeof name, "macro/shocks");
    return add_atom(making, name, FLC_NOT_GIVEN, program, error);
}

/* Names of draws that are no quantity's. */
static flc_status add_all_shocks(struct making *making, flc_error *error)
{
    const flc_names *names = making->study->names;
    flc_status status = FLC_OK;
    for (size_t k = 0; k < flc_names_count(names) && !status; k++) {
        if (making->atom_of[k] != FLC_NOT_GIVEN)
            continue;
        size_t program = program_of(making, flc_names_text(names, (uint32_t)k)), a = 0;
        while (a < making->atom_count &&
               (making->atoms[a].quantity != FLC_NOT_GIVEN || making->atoms[a].program != program))
            a++;
        if (a == making->atom_count)
            status = add_shocks(making, program, error);
        making->atom_of[k] = a;
    }
    return status;
}

static flc_status find_atoms(struct making *making, flc_error *error)
{
    flc_arena *arena = making->made->arena;
    size_t names = flc_names_count(making->study->names);
    size_t most = flc_quantities_sampled_count(making->study->quantities) + making->programs + 2;
    making->atoms = flc_arena_take(arena, most, sizeof *making->atoms, error);
    making->atom_of = flc_arena_take(arena, names + 1, sizeof *making->atom_of, error);
    if (!making->atoms || !making->atom_of)
        return FLC_ERROR_MEMORY;
    for (size_t k = 0; k < names; k++)
        making->atom_of[k] = FLC_NOT_GIVEN;
    flc_status status = add_quantities(making, error);
    if (!status)
        status = add_all_shocks(making, error);
    if (!status && making->atom_count == 0)
        status = flc_error_set(error, FLC_ERROR_STUDY,
                               "%.600s: nothing is uncertain, neither quantities nor shocks: there "
                               "is nothing to analyse",
                               making->study->file);
    return status;
}

/* ---- factors --------------------------------------------------------------------------------- */

/* programs/MEP/match/required is of section programs/MEP/match, of program programs/MEP, and of
 * kind match; macro/discount_rate of macro in each of them. */
static void name_common(const struct making *making, const struct atom *atom, char name[NAME_ROOM])
{
    const char *slash = strchr(atom->name, '/');
    bool in_program = atom->program < making->programs;
    snprintf(name, NAME_ROOM, "%s", atom->name);
    if (making->by == FLC_BY_QUANTITY ||
        (atom->quantity == FLC_NOT_GIVEN && making->by != FLC_BY_KIND))
        return;
    if (atom->quantity == FLC_NOT_GIVEN && in_program) {
        snprintf(name, NAME_ROOM, "program shocks");
        return;
    }
    if (atom->quantity == FLC_NOT_GIVEN)
        return;
    if (!in_program) {
        if (slash)
            name[slash - atom->name] = '\0';
        return;
    }
    const char *section = strchr(slash + 1, '/') + 1, *end = strchr(section, '/');
    size_t length = end ? (size_t)(end - section) : strlen(section);
    if (making->by == FLC_BY_KIND)
        snprintf(name, NAME_ROOM, "%.*s", (int)length, section);
    else
        name[(making->by == FLC_BY_PROGRAM ? section - 1 : section + length) - atom->name] = '\0';
}

static bool is_alone(const struct making *making, const char *name, const struct atom *atom)
{
    return strcmp(name, atom->name) == 0 && making->by != FLC_BY_KIND;
}

/* The factor of this name, new at the end of the list. */
static flc_status take_factor(struct making *making, struct atom *atom, const char *name,
                              bool grouped, flc_error *error)
{
    flc_factors *made = making->made;
    size_t f = 0;
    while (f < made->count && strcmp(making->items[f].name, name) != 0)
        f++;
    atom->factor = f;
    if (f < made->count)
        return FLC_OK;
    flc_factor_kind alone =
        atom->quantity == FLC_NOT_GIVEN ? FLC_FACTOR_SHOCKS : FLC_FACTOR_QUANTITY;
    making->items[made->count++] =
        (flc_factor){.name = keep(making, name, error), .kind = grouped ? FLC_FACTOR_GROUP : alone};
    return making->items[f].name ? FLC_OK : FLC_ERROR_MEMORY;
}

static flc_status assign(struct making *making, struct atom *atom, flc_error *error)
{
    char name[NAME_ROOM];
    for (size_t g = 0; g < making->group_count; g++) {
        const char *equals = strchr(making->groups[g], '=');
        if (!flc_patterns_match(equals + 1, atom->name))
            continue;
        making->matched[g] = true;
        snprintf(name, sizeof name, "%.*s", (int)(equals - making->groups[g]), making->groups[g]);
        return take_factor(making, atom, name, true, error);
    }
    name_common(making, atom, name);
    return take_factor(making, atom, name, !is_alone(making, name, atom), error);
}

static flc_status check_groups(const struct making *making, flc_error *error)
{
    for (size_t g = 0; g < making->group_count; g++) {
        const char *group = making->groups[g], *equals = strchr(group, '=');
        if (!equals || equals == group || !equals[1] || equals - group >= NAME_ROOM)
            return flc_error_set(error, FLC_ERROR_USAGE,
                                 "--group %.200s: a name and patterns are needed, such as "
                                 "'match=programs/*/match/*'",
                                 group);
        for (size_t other = 0; other < g; other++)
            if (strncmp(making->groups[other], group, (size_t)(equals - group) + 1) == 0)
                return flc_error_set(error, FLC_ERROR_USAGE,
                                     "--group %.200s: a second group of this name; give all its "
                                     "patterns in one, separated by commas",
                                     group);
    }
    return FLC_OK;
}

static flc_status check_matched(const struct making *making, flc_error *error)
{
    for (size_t g = 0; g < making->group_count; g++)
        if (!making->matched[g])
            return flc_error_set(error, FLC_ERROR_USAGE,
                                 "--group %.200s: matches no uncertain quantity and no shocks that "
                                 "an earlier group has left; their names are as in "
                                 "programs/MEP/match/sources/state/ratio, programs/MEP/shocks and "
                                 "macro/shocks",
                                 making->groups[g]);
    return FLC_OK;
}

/* ---- what a factor consists of --------------------------------------------------------------- */

static void mark_program(const struct making *making, bool *marks, size_t program)
{
    if (program == ALL_PROGRAMS)
        memset(marks, 1, (making->programs + 1) * sizeof *marks);
    else
        marks[program] = true;
    marks[making->programs] = true;
}

static flc_status fill_members(struct making *making, size_t f, flc_error *error)
{
    flc_factor *factor = &making->items[f];
    flc_arena *arena = making->made->arena;
    size_t names = flc_names_count(making->study->names);
    size_t *quantities = flc_arena_take(arena, making->atom_count, sizeof *quantities, error);
    uint32_t *draws = flc_arena_take(arena, names, sizeof *draws, error);
    bool *touches = flc_arena_take(arena, making->programs + 1, sizeof *touches, error);
    if (!quantities || !draws || !touches)
        return FLC_ERROR_MEMORY;
    for (size_t a = 0; a < making->atom_count; a++) {
        const struct atom *atom = &making->atoms[a];
        if (atom->factor != f)
            continue;
        mark_program(making, touches, atom->program);
        factor->has_shocks |= atom->quantity == FLC_NOT_GIVEN;
        if (atom->quantity != FLC_NOT_GIVEN)
            quantities[factor->quantity_count++] = atom->quantity;
    }
    for (size_t k = 0; k < names; k++)
        if (making->atoms[making->atom_of[k]].factor == f)
            draws[factor->draw_count++] = (uint32_t)k;
    factor->quantities = quantities;
    factor->draws = draws;
    factor->touches = touches;
    return FLC_OK;
}

/* The atom of tied quantity number i. */
static const struct atom *tied_atom(const struct making *making, size_t i)
{
    const flc_quantities *quantities = making->study->quantities;
    uint32_t row = flc_quantities_tied_row(quantities, i);
    return &making->atoms[making->atom_of[flc_quantities_name(quantities, row)]];
}

/* Programs whose input the atom is are reached from its stage on. */
static void mark_stage(const struct making *making, enum flc_stage *stages, const struct atom *atom)
{
    for (size_t p = 0; p < making->programs; p++)
        if ((atom->program == ALL_PROGRAMS || atom->program == p) && stages[p] < atom->stage)
            stages[p] = atom->stage;
}

/* Programs that a factor reaches, also through ties of its quantities, from which stage on, and
 * whether a tie leads outside. */
static flc_status fill_links(struct making *making, size_t f, flc_error *error)
{
    const flc_quantities *quantities = making->study->quantities;
    flc_factor *factor = &making->items[f];
    size_t tied = flc_quantities_tied_count(quantities), size = making->programs + 1;
    bool *linked = flc_arena_take(making->made->arena, size, sizeof *linked, error);
    enum flc_stage *stages = flc_arena_take(making->made->arena, size, sizeof *stages, error);
    if (!linked || !stages)
        return FLC_ERROR_MEMORY;
    memcpy(linked, factor->touches, size * sizeof *linked);
    factor->linked = linked;
    factor->stage = stages;
    for (size_t a = 0; a < making->atom_count; a++)
        if (making->atoms[a].factor == f)
            mark_stage(making, stages, &making->atoms[a]);
    for (size_t i = 0; i < tied; i++)
        for (size_t k = 0; k < tied && tied_atom(making, i)->factor == f; k++)
            if (flc_quantities_tied_together(quantities, i, k)) {
                mark_program(making, linked, tied_atom(making, k)->program);
                mark_stage(making, stages, tied_atom(making, k));
                factor->dependent |= tied_atom(making, k)->factor != f;
            }
    return FLC_OK;
}

static flc_status make_factors(struct making *making, flc_error *error)
{
    flc_arena *arena = making->made->arena;
    making->items = flc_arena_take(arena, making->atom_count, sizeof *making->items, error);
    making->matched = flc_arena_take(arena, making->group_count + 1, sizeof(bool), error);
    if (!making->items || !making->matched)
        return FLC_ERROR_MEMORY;
    making->made->items = making->items;
    flc_status status = FLC_OK;
    for (size_t a = 0; a < making->atom_count && !status; a++)
        status = assign(making, &making->atoms[a], error);
    if (!status)
        status = check_matched(making, error);
    for (size_t f = 0; f < making->made->count && !status; f++)
        status = fill_members(making, f, error);
    for (size_t f = 0; f < making->made->count && !status; f++)
        status = fill_links(making, f, error);
    return status;
}

flc_status flc_factors_create(flc_factors **factors, const flc_study *study, flc_factors_by by,
                              const char *const *groups, size_t group_count, flc_error *error)
{
    flc_factors *made = FLC_NEW(flc_factors, 1, error);
    if (!made || !(made->arena = flc_arena_create(error))) {
        flc_factors_free(made);
        return FLC_ERROR_MEMORY;
    }
    made->study = study;
    struct making making = {.made = made,
                            .study = study,
                            .by = by,
                            .groups = groups,
                            .group_count = group_count,
                            .programs = flc_model_programs(study->model)};
    flc_status status = check_groups(&making, error);
    if (!status && !(status = find_atoms(&making, error)))
        status = make_factors(&making, error);
    if (status)
        flc_factors_free(made);
    else
        *factors = made;
    return status;
}

void flc_factors_free(flc_factors *factors)
{
    if (!factors)
        return;
    flc_arena_free(factors->arena);
    flc_free(factors);
}
