/* Building a model from its inputs: structure resolved once, contradictions found, draws named. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/place.h"
#include "model/instance.h"

/* One error at the place of a section. */
#define CONTRADICTION(error, info, ...) contradiction((error), &(info), __VA_ARGS__)

static flc_status contradiction(flc_error *error, const flc_section_info *info, const char *what)
{
    return flc_place_error(error, FLC_ERROR_STUDY, info->mark, info->path, "%s", what);
}

static bool has_units(int64_t instrument)
{
    return instrument != FLC_INSTRUMENT_FUND && instrument != FLC_INSTRUMENT_GUARANTEE;
}

/* ---- contradictions -------------------------------------------------------------------------- */

static flc_status check_taper(const struct flc_taper_inputs *taper,
                              const flc_quantities *quantities, flc_error *error)
{
    bool needs_length = taper->shape == FLC_TAPER_LINEAR || taper->shape == FLC_TAPER_GEOMETRIC;
    if (needs_length && taper->length.row == FLC_NO_ROW)
        return CONTRADICTION(error, taper->info, "shapes linear and geometric need a 'length'");
    if (taper->shape == FLC_TAPER_SCHEDULE && taper->schedule.count == 0)
        return CONTRADICTION(error, taper->info, "shape schedule needs a 'schedule' by age");
    if (taper->shape != FLC_TAPER_SCHEDULE && taper->schedule.count > 0)
        return CONTRADICTION(error, taper->info,
                             "'schedule' is used by shape schedule only; set shape: schedule");
    if (taper->shape == FLC_TAPER_GEOMETRIC &&
        flc_quantities_low(quantities, taper->floor.row) <= 0)
        return CONTRADICTION(error, taper->info,
                             "shape geometric needs a 'floor' above 0, in every sample");
    return FLC_OK;
}

static bool anything_counts_as_match(const struct flc_program_inputs *inputs)
{
    const struct flc_stream_inputs *streams = inputs->revenue.streams.items;
    for (size_t j = 0; j < inputs->revenue.streams.count; j++)
        if (streams[j].counts_as_match)
            return true;
    return inputs->match.sources.count > 0;
}

static flc_status check_match(const struct flc_program_inputs *inputs,
                              const flc_quantities *quantities, flc_error *error)
{
    bool asks = false;
    for (size_t i = 0; i < inputs->match.required.count; i++)
        asks |= flc_quantities_high(quantities, inputs->match.required.value[i].row) > 0;
    if (asks && inputs->instrument != FLC_INSTRUMENT_GRANT)
        return CONTRADICTION(error, inputs->match.info,
                             "'required' is for instrument grant only; remove it");
    if (asks && !anything_counts_as_match(inputs))
        return CONTRADICTION(error, inputs->match.info,
                             "match is required, but no source and no revenue stream with "
                             "counts_as_match can provide it");
    return FLC_OK;
}

static flc_status check_cohorts(const struct flc_units_inputs *units, flc_error *error)
{
    const struct flc_cohort_inputs *cohorts = units->cohorts.items;
    if (units->cohorts.count == 0)
        return CONTRADICTION(error, units->info, "a program with units needs 'cohorts'");
    for (size_t i = 0; i < units->cohorts.count; i++)
        for (size_t k = 0; k < i; k++)
            if (cohorts[k].start == cohorts[i].start)
                return CONTRADICTION(
                    error, cohorts[i].info,
                    "a second cohort with this start; give the count of both in one");
    return FLC_OK;
}

static flc_status check_units(const struct flc_program_inputs *inputs,
                              const flc_quantities *quantities, flc_error *error)
{
    bool share = inputs->budget.mode == FLC_BUDGET_SHARE;
    flc_status status = check_cohorts(&inputs->units, error);
    if (status)
        return status;
    if (!inputs->cost.info.given)
        return CONTRADICTION(error, inputs->info, "a program with units needs a section 'cost'");
    if (!share && inputs->units.award.count == 0)
        return CONTRADICTION(error, inputs->units.info,
                             "budget mode award needs an 'award' (or set budget/mode: share)");
    if (share && inputs->units.award.count > 0)
        return CONTRADICTION(error, inputs->units.info,
                             "'award' is not used in budget mode share; remove one of them");
    if (share && inputs->budget.plan.count == 0)
        return CONTRADICTION(error, inputs->budget.info, "budget mode share needs a 'plan'");
    status = check_taper(&inputs->taper, quantities, error);
    return status ? status : check_match(inputs, quantities, error);
}

static flc_status check_without_units(const struct flc_program_inputs *inputs, flc_error *error)
{
    const flc_section_info *strangers[] = {&inputs->units.info, &inputs->taper.info,
                                           &inputs->match.info, &inputs->revenue.info,
                                           &inputs->cost.info};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        if (strangers[i]->given)
            return contradiction(
                error, strangers[i],
                "instruments fund and guarantee have no units; remove this section");
    if (inputs->budget.plan.count == 0)
        return CONTRADICTION(error, inputs->budget.info, "this instrument needs a 'plan'");
    return FLC_OK;
}

static flc_status check_instrument(const struct flc_program_inputs *inputs, flc_error *error)
{
    const flc_section_info *sections[] = {NULL, &inputs->reimbursement.info, &inputs->prize.info,
                                          &inputs->fund.info, &inputs->guarantee.info};
    for (int64_t kind = FLC_INSTRUMENT_REIMBURSEMENT; kind <= FLC_INSTRUMENT_GUARANTEE; kind++) {
        if (sections[kind]->given && kind != inputs->instrument)
            return contradiction(
                error, sections[kind],
                "this section belongs to another 'instrument'; remove it or change that");
        if (!sections[kind]->given && kind == inputs->instrument)
            return CONTRADICTION(error, inputs->info,
                                 "the section named like the instrument is missing");
    }
    return FLC_OK;
}

static flc_status check_program(const struct flc_program_inputs *inputs,
                                const flc_quantities *quantities, flc_error *error)
{
    if (strcmp(inputs->info.key, "portfolio") == 0)
        return CONTRADICTION(error, inputs->info,
                             "'portfolio' names the programs together; choose another key");
    flc_status status = check_instrument(inputs, error);
    if (status)
        return status;
    return has_units(inputs->instrument) ? check_units(inputs, quantities, error)
                                         : check_without_units(inputs, error);
}

static flc_status complete_macro(struct flc_macro_inputs *macro, flc_quantities *quantities,
                                 flc_error *error)
{
    struct flc_recession_inputs *recession = &macro->recession;
    if (recession->exit.row != FLC_NO_ROW)
        return FLC_OK;
    if (flc_quantities_high(quantities, recession->entry.row) > 0)
        return CONTRADICTION(error, recession->info, "'entry' is given, so 'exit' must be too");
    return flc_quantities_constant(quantities, &recession->exit, 0.0, error);
}

/* ---- structure ------------------------------------------------------------------------------- */

static flc_status resolve_cohorts(struct flc_model *model, struct flc_program *program,
                                  flc_error *error)
{
    const struct flc_units_inputs *units = &program->inputs->units;
    const struct flc_cohort_inputs *inputs = units->cohorts.items;
    program->cohort_count = units->cohorts.count;
    program->cohorts =
        flc_arena_take(model->arena, program->cohort_count + 1, sizeof *program->cohorts, error);
    if (!program->cohorts)
        return FLC_ERROR_MEMORY;
    for (size_t c = 0; c < program->cohort_count; c++) {
        int64_t age = model->inputs->horizon.base_year - inputs[c].start;
        program->cohorts[c] = (struct flc_cohort){.age = age,
                                                  .first = program->units,
                                                  .count = (size_t)inputs[c].count,
                                                  .first_year = age >= 0 ? 0 : (int)-age};
        program->units += (size_t)inputs[c].count;
        program->established |= age > 0;
    }
    return FLC_OK;
}

static flc_status resolve_plan(struct flc_model *model, struct flc_program *program,
                               flc_error *error)
{
    const flc_schedule *plan = &program->inputs->budget.plan;
    const flc_schedule *hazard = &program->inputs->budget.termination.hazard;
    size_t years = model->years;
    program->has_plan = plan->count > 0;
    program->plan = flc_arena_take(model->arena, years, sizeof *program->plan, error);
    program->hazard = flc_arena_take(model->arena, years, sizeof *program->hazard, error);
    if (!program->plan || !program->hazard)
        return FLC_ERROR_MEMORY;
    for (size_t t = 0; t < years; t++) {
        int64_t year = model->inputs->horizon.base_year + (int64_t)t;
        program->plan[t].entry.row = program->hazard[t].row = FLC_NO_ROW;
        for (size_t i = 0; i < plan->count && plan->at[i] <= year; i++)
            program->plan[t].entry = plan->value[i];
        if (plan->count > 0 && year > plan->at[plan->count - 1])
            program->plan[t].years_after = year - plan->at[plan->count - 1];
        if (year < program->inputs->budget.termination.from_year)
            continue;
        for (size_t i = 0; i < hazard->count && hazard->at[i] <= year; i++)
            program->hazard[t] = hazard->value[i];
    }
    return FLC_OK;
}

/* r: the first year with a plan in force and, where the program has units, a started one. */
static int reference_year(const struct flc_model *model, const struct flc_program *program)
{
    for (size_t t = 0; t < model->years; t++) {
        bool started = !program->has_units;
        for (size_t c = 0; c < program->cohort_count; c++)
            started |= program->cohorts[c].age + (int64_t)t >= 0;
        if (started && (!program->has_plan || program->plan[t].entry.row != FLC_NO_ROW))
            return (int)t;
    }
    return FLC_NO_YEAR;
}

static flc_status derive_history(struct flc_program *program, flc_quantities *quantities,
                                 flc_error *error)
{
    struct flc_outcome_inputs *outcomes = program->inputs->outcomes.items;
    for (size_t o = 0; o < program->outcome_count; o++) {
        if (outcomes[o].history.row != FLC_NO_ROW)
            continue;
        flc_status status = flc_quantities_constant(quantities, &outcomes[o].history,
                                                    program->established ? 1.0 : 0.0, error);
        if (status)
            return status;
    }
    return FLC_OK;
}

/* ---- names of draws -------------------------------------------------------------------------- */

enum { NAME_ROOM = 512 };

static flc_status name_draw(flc_names *names, uint32_t *number, flc_error *error,
                            const char *program, const char *kind, const char *key)
{
    char name[NAME_ROOM];
    int length = snprintf(name, sizeof name, "programs/%s/%s%s%s", program, kind, key ? "/" : "",
                          key ? key : "");
    if (length >= NAME_ROOM)
        return flc_error_set(error, FLC_ERROR_STUDY, "programs/%.60s: the names are too long",
                             program);
    return flc_names_add(names, number, name, error);
}

static flc_status name_units(struct flc_model *model, struct flc_program *program, flc_names *names,
                             flc_error *error)
{
    static const char *const kinds[FLC_UNIT_DRAWS] = {"size",    "gate", "match",
                                                      "revenue", "cost", "verify"};
    const struct flc_cohort_inputs *inputs = program->inputs->units.cohorts.items;
    program->unit_draws =
        flc_arena_take(model->arena, program->units + 1, sizeof *program->unit_draws, error);
    if (!program->unit_draws)
        return FLC_ERROR_MEMORY;
    for (size_t c = 0, u = 0; c < program->cohort_count; c++)
        for (size_t j = 0; j < program->cohorts[c].count; j++, u++)
            for (int kind = 0; kind < FLC_UNIT_DRAWS; kind++) {
                char key[64];
                snprintf(key, sizeof key, "%lld.%zu/%s", (long long)inputs[c].start, j,
                         kinds[kind]);
                flc_status status = name_draw(names, &program->unit_draws[u][kind], error,
                                              program->key, "unit", key);
                if (status)
                    return status;
            }
    return FLC_OK;
}

static flc_status name_members(struct flc_model *model, struct flc_program *program,
                               flc_names *names, flc_error *error)
{
    program->source_draws =
        flc_arena_take(model->arena, program->source_count + 1, sizeof(uint32_t), error);
    program->outcome_draws =
        flc_arena_take(model->arena, program->outcome_count + 1, sizeof(uint32_t), error);
    if (!program->source_draws || !program->outcome_draws)
        return FLC_ERROR_MEMORY;
    flc_status status = FLC_OK;
    for (size_t k = 0; k < program->source_count && !status; k++)
        status = name_draw(names, &program->source_draws[k], error, program->key, "source",
                           program->sources[k].info.key);
    for (size_t o = 0; o < program->outcome_count && !status; o++)
        status = name_draw(names, &program->outcome_draws[o], error, program->key, "outcome",
                           program->outcomes[o].info.key);
    return status;
}

static flc_status name_program(struct flc_model *model, struct flc_program *program,
                               flc_names *names, flc_error *error)
{
    static const char *const kinds[FLC_PROGRAM_DRAWS] = {"budget",     "termination",  "delay",
                                                         "rescission", "coinvestment", "return",
                                                         "default",    "lagging"};
    for (int kind = 0; kind < FLC_PROGRAM_DRAWS; kind++) {
        flc_status status =
            name_draw(names, &program->draws[kind], error, program->key, kinds[kind], NULL);
        if (status)
            return status;
    }
    flc_status status = name_members(model, program, names, error);
    return status ? status : name_units(model, program, names, error);
}

static flc_status name_macro(struct flc_model *model, flc_names *names, flc_error *error)
{
    static const char *const kinds[FLC_MACRO_DRAWS] = {"macro/recession", "macro/activity",
                                                       "macro/inflation", "macro/fiscal"};
    for (int kind = 0; kind < FLC_MACRO_DRAWS; kind++) {
        flc_status status = flc_names_add(names, &model->macro_draws[kind], kinds[kind], error);
        if (status)
            return status;
    }
    return FLC_OK;
}

/* ---- the portfolio --------------------------------------------------------------------------- */

/* The place of `key` in a list of distinct keys, added when new. */
static size_t place_of(const char **keys, size_t *count, const char *key)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(keys[i], key) == 0)
            return i;
    keys[*count] = key;
    return (*count)++;
}

static flc_status gather_members(struct flc_model *model, flc_error *error)
{
    size_t sources = 1, outcomes = 1;
    for (size_t p = 0; p < model->program_count; p++) {
        sources += model->programs[p].source_count;
        outcomes += model->programs[p].outcome_count;
    }
    model->portfolio_source_keys = flc_arena_take(model->arena, sources, sizeof(char *), error);
    model->portfolio_outcome_keys = flc_arena_take(model->arena, outcomes, sizeof(char *), error);
    size_t *places = flc_arena_take(model->arena, sources + outcomes, sizeof(size_t), error);
    if (!model->portfolio_source_keys || !model->portfolio_outcome_keys || !places)
        return FLC_ERROR_MEMORY;
    for (size_t p = 0; p < model->program_count; p++) {
        struct flc_program *program = &model->programs[p];
        program->portfolio_source = places;
        for (size_t k = 0; k < program->source_count; k++)
            *places++ = place_of(model->portfolio_source_keys, &model->portfolio_sources,
                                 program->sources[k].info.key);
        program->portfolio_outcome = places;
        for (size_t o = 0; o < program->outcome_count; o++)
            *places++ = place_of(model->portfolio_outcome_keys, &model->portfolio_outcomes,
                                 program->outcomes[o].info.key);
    }
    return FLC_OK;
}

static size_t outputs_of(const struct flc_model *model, size_t sources, size_t outcomes)
{
    return (FLC_ACCOUNTS_PUBLIC + sources + 2 * outcomes) * model->years + FLC_HORIZON_COUNT +
           outcomes;
}

static void lay_out_outputs(struct flc_model *model)
{
    size_t next = 0;
    for (size_t p = 0; p < model->program_count; p++) {
        model->programs[p].first_output = next;
        next +=
            outputs_of(model, model->programs[p].source_count, model->programs[p].outcome_count);
    }
    model->portfolio_first_output = next;
    model->outputs = next + outputs_of(model, model->portfolio_sources, model->portfolio_outcomes);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void measure(struct flc_model *model)
{
    for (size_t p = 0; p < model->program_count; p++) {
        const struct flc_program *program = &model->programs[p];
        model->most_units = larger(model->most_units, program->units);
        model->most_cohorts = larger(model->most_cohorts, program->cohort_count);
        model->most_sources = larger(model->most_sources, program->source_count);
        model->most_streams = larger(model->most_streams, program->stream_count);
        model->most_outcomes = larger(model->most_outcomes, program->outcome_count);
        model->any_lagged_units |= program->inputs->instrument == FLC_INSTRUMENT_REIMBURSEMENT;
    }
}

static flc_status assign_quantities(struct flc_model *model, flc_error *error)
{
    const flc_quantities *quantities = model->quantities;
    model->sampled_count = flc_quantities_sampled_count(quantities);
    model->sampled_rows =
        flc_arena_take(model->arena, model->sampled_count + 1, sizeof(uint32_t), error);
    model->sampled_programs =
        flc_arena_take(model->arena, model->sampled_count + 1, sizeof(size_t), error);
    if (!model->sampled_rows || !model->sampled_programs)
        return FLC_ERROR_MEMORY;
    for (size_t i = 0; i < model->sampled_count; i++) {
        uint32_t row = flc_quantities_sampled_row(quantities, i);
        const char *path = flc_quantities_path(quantities, row);
        model->sampled_rows[i] = row;
        model->sampled_programs[i] = model->program_count;
        for (size_t p = 0; p < model->program_count; p++) {
            const char *prefix = model->programs[p].inputs->info.path;
            size_t length = strlen(prefix);
            if (strncmp(path, prefix, length) == 0 && path[length] == '/')
                model->sampled_programs[i] = p;
        }
    }
    return FLC_OK;
}

static flc_status resolve_program(struct flc_model *model, struct flc_program *program,
                                  struct flc_program_inputs *inputs, flc_quantities *quantities,
                                  flc_names *names, flc_error *error)
{
    flc_status status = check_program(inputs, quantities, error);
    if (status)
        return status;
    program->inputs = inputs;
    program->key = inputs->info.key;
    program->has_units = has_units(inputs->instrument);
    program->gate_count = inputs->units.gates.count;
    program->gates = inputs->units.gates.items;
    program->source_count = inputs->match.sources.count;
    program->sources = inputs->match.sources.items;
    program->stream_count = inputs->revenue.streams.count;
    program->streams = inputs->revenue.streams.items;
    program->outcome_count = inputs->outcomes.count;
    program->outcomes = inputs->outcomes.items;
    if (program->has_units && (status = resolve_cohorts(model, program, error)))
        return status;
    if ((status = resolve_plan(model, program, error)))
        return status;
    program->reference_year = reference_year(model, program);
    if ((status = derive_history(program, quantities, error)))
        return status;
    return name_program(model, program, names, error);
}

static flc_status resolve_programs(struct flc_model *model, struct flc_model_inputs *inputs,
                                   flc_quantities *quantities, flc_names *names, flc_error *error)
{
    struct flc_program_inputs *items = inputs->programs.items;
    model->program_count = inputs->programs.count;
    if (model->program_count == 0)
        return flc_error_set(error, FLC_ERROR_STUDY, "the study has no programs");
    model->programs =
        flc_arena_take(model->arena, model->program_count, sizeof *model->programs, error);
    if (!model->programs)
        return FLC_ERROR_MEMORY;
    for (size_t p = 0; p < model->program_count; p++) {
        flc_status status =
            resolve_program(model, &model->programs[p], &items[p], quantities, names, error);
        if (status)
            return status;
    }
    return gather_members(model, error);
}

flc_status flc_model_create(flc_model **model_out, struct flc_model_inputs *inputs,
                            flc_quantities *quantities, flc_names *names, flc_error *error)
{
    flc_model *model = FLC_NEW(flc_model, 1, error);
    flc_status status = FLC_ERROR_MEMORY;
    if (!model || !(model->arena = flc_arena_create(error)))
        goto done;
    model->inputs = inputs;
    model->quantities = quantities;
    model->years = (size_t)inputs->horizon.years;
    if ((status = complete_macro(&inputs->macro, quantities, error)) ||
        (status = name_macro(model, names, error)) ||
        (status = resolve_programs(model, inputs, quantities, names, error)) ||
        (status = assign_quantities(model, error)))
        goto done;
    lay_out_outputs(model);
    measure(model);
    if ((status = flc_portfolio_describe(model, names, error)))
        goto done;
    *model_out = model;
    return FLC_OK;
done:
    flc_model_free(model);
    return status;
}

void flc_model_free(flc_model *model)
{
    if (!model)
        return;
    flc_arena_free(model->arena);
    flc_free(model);
}

size_t flc_model_years(const flc_model *model)
{
    return model->years;
}

int64_t flc_model_base_year(const flc_model *model)
{
    return model->inputs ? model->inputs->horizon.base_year : model->description.base_year;
}

const flc_model_description *flc_model_described(const flc_model *model)
{
    return &model->description;
}

const flc_plugin *flc_model_plugin(const flc_model *model)
{
    return model->plugin;
}

size_t flc_model_programs(const flc_model *model)
{
    return model->program_count;
}

const char *flc_model_program_key(const flc_model *model, size_t program)
{
    return program < model->program_count ? model->programs[program].key : model->description.name;
}

const struct flc_program_inputs *flc_model_program_inputs(const flc_model *model, size_t program)
{
    return model->programs[program].inputs;
}

size_t flc_model_units(const flc_model *model, size_t program)
{
    return program < model->program_count ? model->programs[program].units : 0;
}

static const struct flc_cohort *cohort_of(const struct flc_program *program, size_t unit)
{
    const struct flc_cohort *cohort = program->cohorts;
    while (unit >= cohort->first + cohort->count)
        cohort++;
    return cohort;
}

void flc_model_unit_name(const flc_model *model, size_t program, size_t unit, char *text)
{
    const struct flc_cohort *cohort = cohort_of(&model->programs[program], unit);
    long long start = (long long)(model->inputs->horizon.base_year - cohort->age);
    snprintf(text, 32, "%lld.%zu", start, unit - cohort->first);
}

int64_t flc_model_unit_age(const flc_model *model, size_t program, size_t unit)
{
    return cohort_of(&model->programs[program], unit)->age;
}

uint32_t flc_model_macro_draw(const flc_model *model, enum flc_macro_draw draw)
{
    return model->macro_draws[draw];
}

uint32_t flc_model_program_draw(const flc_model *model, size_t program, enum flc_program_draw draw)
{
    return model->programs[program].draws[draw];
}

uint32_t flc_model_source_draw(const flc_model *model, size_t program, size_t source)
{
    return model->programs[program].source_draws[source];
}

uint32_t flc_model_outcome_draw(const flc_model *model, size_t program, size_t outcome)
{
    return model->programs[program].outcome_draws[outcome];
}

uint32_t flc_model_unit_draw(const flc_model *model, size_t program, size_t unit,
                             enum flc_unit_draw draw)
{
    return model->programs[program].unit_draws[unit][draw];
}
