#include "store/sensitivity_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "sensitivity/sobol_indices.h"
#include "store/facts.h"
#include "store/labels.h"
#include "store/result.h"

enum { NAME_ROOM = 160, SENTENCE_ROOM = 400 };

/* Parts of an estimate that are written, in this order. */
enum { VALUE, ERROR, LOW, HIGH, BOUND_LOW, BOUND_HIGH, PARTS };
enum { PAIR_PARTS = BOUND_LOW }; /* of pairs */

/* The outputs of one kind, over the horizon or by fiscal year, that a group holds. */
struct grid {
    bool by_year;
    size_t rows;            /* distinct metrics and members */
    size_t programs, years; /* years: 1 over the horizon */
    const char **names;     /* [rows] */
    const char **units;     /* [rows] */
    const char **sentences; /* [rows] */
    size_t *cell_of;        /* [analysed outputs] place in [rows][programs][years], or none */
    size_t cells;
};

struct writing {
    const flc_analysis *analysis;
    const flc_collector *collector; /* of the method at work */
    const flc_method_reader *reader;
    const flc_factors *factors;
    flc_datafile *file;
    flc_arena *arena;
    const flc_study *study;
    const size_t *outputs;
    size_t output_count;
    struct grid grids[2];
    flc_error *error;
    flc_status status;
};

/* ---- which outputs there are ----------------------------------------------------------------- */

static bool is_of(const struct writing *w, size_t o, const struct grid *grid)
{
    const flc_metric *metric = flc_analysis_labels(w->analysis)[w->outputs[o]].metric;
    return grid->by_year == (metric && metric->by_year);
}

/* The metric with its member: match, outcome_gross/jobs. */
static const char *row_name(const struct writing *w, size_t o)
{
    const flc_output_label *label = &flc_analysis_labels(w->analysis)[w->outputs[o]];
    const flc_metric *metric = label->metric;
    char text[FLC_OUTPUT_NAME];
    bool member = metric && metric->member != FLC_MEMBER_NONE;
    snprintf(text, sizeof text, "%s%s%s", flc_metrics_label_metric(label), member ? "/" : "",
             member ? flc_metrics_member_key(&w->study->metrics, metric->member, label->member)
                    : "");
    return flc_arena_copy(w->arena, text, strlen(text), w->error);
}

static flc_status add_output(struct writing *w, struct grid *grid, size_t o)
{
    const flc_output_label *label = &flc_analysis_labels(w->analysis)[w->outputs[o]];
    const char *name = row_name(w, o);
    size_t row = 0;
    if (!name)
        return FLC_ERROR_MEMORY;
    while (row < grid->rows && strcmp(grid->names[row], name) != 0)
        row++;
    if (row == grid->rows) {
        grid->names[row] = name;
        grid->units[row] = flc_metrics_label_unit(&w->study->metrics, label);
        grid->sentences[row] = flc_metrics_label_sentence(label);
        grid->rows++;
    }
    grid->cell_of[o] = (row * grid->programs + label->program) * grid->years + label->year;
    return FLC_OK;
}

static flc_status make_grid(struct writing *w, struct grid *grid, bool by_year)
{
    size_t count = w->output_count;
    *grid = (struct grid){.by_year = by_year,
                          .programs = flc_model_programs(w->study->model) + 1,
                          .years = by_year ? flc_model_years(w->study->model) : 1};
    grid->names = flc_arena_take(w->arena, count + 1, sizeof *grid->names, w->error);
    grid->units = flc_arena_take(w->arena, count + 1, sizeof *grid->units, w->error);
    grid->sentences = flc_arena_take(w->arena, count + 1, sizeof *grid->sentences, w->error);
    grid->cell_of = flc_arena_take(w->arena, count + 1, sizeof *grid->cell_of, w->error);
    flc_status status =
        grid->names && grid->units && grid->sentences && grid->cell_of ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t o = 0; o < count && !status; o++) {
        grid->cell_of[o] = FLC_NO_OUTPUT;
        if (is_of(w, o, grid))
            status = add_output(w, grid, o);
    }
    grid->cells = grid->rows * grid->programs * grid->years;
    return status;
}

/* ---- axes ------------------------------------------------------------------------------------ */

static void write_programs(struct writing *w, const char *group, size_t programs)
{
    const char **keys = flc_arena_take(w->arena, programs, sizeof *keys, w->error);
    for (size_t p = 0; keys && p < programs; p++)
        keys[p] = flc_model_program_key(w->study->model, p);
    if (keys)
        flc_datafile_coordinate(w->file, group, "program", FLC_DATA_TEXT, keys, programs,
                                "program; the last is all of them together", NULL);
}

static void write_years(struct writing *w, const char *group, size_t years)
{
    int32_t *numbers = flc_arena_take(w->arena, years, sizeof *numbers, w->error);
    for (size_t t = 0; numbers && t < years; t++)
        numbers[t] = (int32_t)(flc_model_base_year(w->study->model) + (int64_t)t);
    if (numbers)
        flc_datafile_coordinate(w->file, group, "fiscal_year", FLC_DATA_INT32, numbers, years,
                                "federal fiscal year", "1");
}

static const char *kind_name(const flc_factor *factor)
{
    static const char *const names[] = {[FLC_FACTOR_QUANTITY] = "quantity",
                                        [FLC_FACTOR_SHOCKS] = "shocks",
                                        [FLC_FACTOR_GROUP] = "group"};
    return names[factor->kind];
}

static void write_factors(struct writing *w, const char *group, size_t count)
{
    const char **names = flc_arena_take(w->arena, count, sizeof *names, w->error);
    const char **kinds = flc_arena_take(w->arena, count, sizeof *kinds, w->error);
    double *dependent = flc_arena_take(w->arena, count, sizeof *dependent, w->error);
    double *quantities = flc_arena_take(w->arena, count, sizeof *quantities, w->error);
    if (!names || !kinds || !dependent || !quantities)
        return;
    for (size_t f = 0; f < count; f++) {
        const flc_factor *factor = &w->factors->items[f];
        names[f] = factor->name;
        kinds[f] = kind_name(factor);
        dependent[f] = factor->dependent;
        quantities[f] = (double)factor->quantity_count;
    }
    flc_datafile_coordinate(w->file, group, "factor", FLC_DATA_TEXT, names, count,
                            "what is varied: a quantity, the shocks of a program, a group", NULL);
    flc_datafile_variable(w->file, group, "factor_kind", FLC_DATA_TEXT, "factor", kinds,
                          "quantity, shocks or group", NULL);
    flc_datafile_variable(w->file, group, "factor_quantities", FLC_DATA_DOUBLE, "factor",
                          quantities, "uncertain quantities in the factor", "1");
    flc_datafile_variable(w->file, group, "factor_dependent", FLC_DATA_DOUBLE, "factor", dependent,
                          "1 where a quantity of it depends on one outside", "1");
}

/* Factors of given_data are the quantities, which come first among the atoms. */
static size_t factor_count(const struct writing *w)
{
    return w->reader == flc_method_readers[FLC_METHOD_GIVEN_DATA]
               ? flc_quantities_sampled_count(w->study->quantities)
               : w->factors->count;
}

static void write_axes(struct writing *w, const char *group, const struct grid *grid)
{
    flc_datafile_coordinate(w->file, group, "output", FLC_DATA_TEXT, grid->names, grid->rows,
                            grid->by_year ? "output by fiscal year" : "output over the horizon",
                            NULL);
    flc_datafile_variable(w->file, group, "output_unit", FLC_DATA_TEXT, "output", grid->units,
                          "unit of the output", NULL);
    flc_datafile_variable(w->file, group, "output_meaning", FLC_DATA_TEXT, "output",
                          grid->sentences, "what the output is", NULL);
    write_programs(w, group, grid->programs);
    write_factors(w, group, factor_count(w));
    if (grid->by_year)
        write_years(w, group, grid->years);
}

/* ---- what is known of each output ------------------------------------------------------------ */

static void write_outputs(struct writing *w, const char *group, const struct grid *grid)
{
    static const struct {
        const char *name, *meaning, *unit;
    } facts[] = {{"mean", "mean of the output", "of the output"},
                 {"variance", "variance of the output", "square of the output's"},
                 {"samples", "samples compared", "1"},
                 {"left_out", "samples left out as undefined or infinite", "1"}};
    enum { FACTS = sizeof facts / sizeof *facts };
    double *numbers = FLC_NEW(double, FACTS * grid->cells, w->error);
    if (!numbers) {
        w->status = FLC_ERROR_MEMORY;
        return;
    }
    for (size_t i = 0; i < FACTS * grid->cells; i++)
        numbers[i] = (double)NAN;
    for (size_t o = 0; o < w->output_count; o++) {
        if (grid->cell_of[o] == FLC_NO_OUTPUT)
            continue;
        flc_analysed about = w->reader->output(w->collector, o);
        const double values[FACTS] = {about.mean, about.variance, (double)about.samples,
                                      (double)about.left_out};
        for (size_t v = 0; v < FACTS; v++)
            numbers[v * grid->cells + grid->cell_of[o]] = values[v];
    }
    for (size_t v = 0; v < FACTS; v++)
        flc_datafile_variable(w->file, group, facts[v].name, FLC_DATA_DOUBLE,
                              grid->by_year ? "output program fiscal_year" : "output program",
                              numbers + v * grid->cells, facts[v].meaning, facts[v].unit);
    flc_free(numbers);
}

/* ---- effects --------------------------------------------------------------------------------- */

/* Place in [output][program][factor][year] of a cell in [output][program][year]. */
static size_t effect_place(const struct grid *grid, size_t cell, size_t factor, size_t factors)
{
    return (cell / grid->years * factors + factor) * grid->years + cell % grid->years;
}

static void put_estimate(double *numbers, size_t part_size, size_t place, const void *effect,
                         const flc_effect_statistic *statistic)
{
    flc_estimate estimate;
    flc_interval bounds = {(double)NAN, (double)NAN};
    memcpy(&estimate, (const char *)effect + statistic->offset, sizeof estimate);
    if (statistic->bounds)
        memcpy(&bounds, (const char *)effect + statistic->bounds, sizeof bounds);
    const double parts[PARTS] = {estimate.value, estimate.error, estimate.low,
                                 estimate.high,  bounds.low,     bounds.high};
    for (int part = 0; part < PARTS; part++)
        numbers[(size_t)part * part_size + place] = parts[part];
}

/* numbers[statistics][PARTS][cells * factors]; 0 for factors that do not reach an output. */
static flc_status fill_effects(struct writing *w, const struct grid *grid, double *numbers,
                               double *left_out, void *effects)
{
    size_t factors = factor_count(w), size = grid->cells * factors;
    size_t total = w->reader->statistic_count * PARTS * size;
    for (size_t i = 0; i < total; i++)
        numbers[i] = (double)NAN;
    flc_status status = FLC_OK;
    for (size_t o = 0; o < w->output_count && !status; o++) {
        size_t cell = grid->cell_of[o];
        if (cell == FLC_NO_OUTPUT)
            continue;
        for (size_t f = 0; f < factors; f++)
            for (size_t k = 0; k < w->reader->statistic_count * PARTS; k++)
                numbers[k * size + effect_place(grid, cell, f, factors)] = 0.0;
        status = w->reader->read(w->collector, effects, o, FLC_RESULT_LEVEL, w->error);
        for (size_t i = 0; i < w->reader->count(w->collector, o) && !status; i++) {
            const char *effect = (const char *)effects + i * w->reader->size;
            size_t place = effect_place(grid, cell, flc_effect_factor(w->reader, effect), factors);
            left_out[place] = (double)flc_effect_left_out(w->reader, effect);
            for (size_t s = 0; s < w->reader->statistic_count; s++)
                put_estimate(numbers + s * PARTS * size, size, place, effect,
                             &w->reader->statistics[s]);
        }
    }
    return status;
}

static void write_statistic(struct writing *w, const char *group, const struct grid *grid,
                            const double *numbers, const flc_effect_statistic *statistic)
{
    static const char *const suffixes[PARTS] = {"",      "_standard_error", "_low",
                                                "_high", "_bound_low",      "_bound_high"};
    static const char *const prefixes[PARTS] = {
        "",
        "standard error of: ",
        "lower end of the 95 % interval of: ",
        "upper end of the 95 % interval of: ",
        "least it could be, wherever in the range seen the values left out lie: ",
        "most it could be, wherever in the range seen the values left out lie: "};
    for (int part = 0; part < (statistic->bounds ? PARTS : BOUND_LOW); part++) {
        char name[NAME_ROOM], sentence[SENTENCE_ROOM];
        snprintf(name, sizeof name, "%s%s", statistic->name, suffixes[part]);
        snprintf(sentence, sizeof sentence, "%s%s", prefixes[part], statistic->meaning);
        flc_datafile_variable(w->file, group, name, FLC_DATA_DOUBLE,
                              grid->by_year ? "output program factor fiscal_year"
                                            : "output program factor",
                              numbers + (size_t)part * grid->cells * factor_count(w), sentence,
                              statistic->in_unit ? "of the output" : "1");
    }
}

static void write_effects(struct writing *w, const char *group, const struct grid *grid)
{
    const flc_method_reader *reader = w->reader;
    size_t size = grid->cells * factor_count(w);
    double *numbers = FLC_NEW(double, reader->statistic_count *PARTS *size, w->error);
    double *left_out = FLC_NEW(double, size, w->error);
    void *effects = flc_allocate(factor_count(w) + 1, reader->size, w->error);
    w->status = numbers && left_out && effects ? fill_effects(w, grid, numbers, left_out, effects)
                                               : FLC_ERROR_MEMORY;
    for (size_t s = 0; s < reader->statistic_count && !w->status; s++)
        write_statistic(w, group, grid, numbers + s * PARTS * size, &reader->statistics[s]);
    if (!w->status)
        flc_datafile_variable(
            w->file, group, "factor_left_out", FLC_DATA_DOUBLE,
            grid->by_year ? "output program factor fiscal_year" : "output program factor", left_out,
            "samples that could not be compared for this factor, those of the output included",
            "1");
    flc_free(effects);
    flc_free(left_out);
    flc_free(numbers);
}

/* ---- pairs of factors ------------------------------------------------------------------------ */

/* The number of a pair among all: (0,1), (0,2), ..., (1,2), ... */
static size_t pair_number(size_t first, size_t second, size_t factors)
{
    return first * (2 * factors - first - 1) / 2 + second - first - 1;
}

static void write_pair_axis(struct writing *w, const char *group, size_t pairs)
{
    size_t factors = w->factors->count;
    const char **names[2] = {flc_arena_take(w->arena, pairs, sizeof(char *), w->error),
                             flc_arena_take(w->arena, pairs, sizeof(char *), w->error)};
    static const char *const variables[2] = {"pair_factor_1", "pair_factor_2"};
    if (!names[0] || !names[1])
        return;
    flc_datafile_dimension(w->file, group, "pair", pairs);
    for (size_t i = 0; i < factors; i++)
        for (size_t j = i + 1; j < factors; j++) {
            names[0][pair_number(i, j, factors)] = w->factors->items[i].name;
            names[1][pair_number(i, j, factors)] = w->factors->items[j].name;
        }
    for (int v = 0; v < 2; v++)
        flc_datafile_variable(w->file, group, variables[v], FLC_DATA_TEXT, "pair", names[v],
                              v ? "second factor of the pair" : "first factor of the pair", NULL);
}

/* numbers[2][PARTS][cells * pairs], of which PAIR_PARTS are written */
static void fill_pairs(struct writing *w, const struct grid *grid, double *numbers,
                       flc_sobol_pair *read, size_t pairs)
{
    static const flc_effect_statistic statistics[2] = {
        {.offset = offsetof(flc_sobol_pair, interaction), .bounds = 0},
        {.offset = offsetof(flc_sobol_pair, closed)}};
    size_t size = grid->cells * pairs;
    for (size_t o = 0; o < w->output_count; o++) {
        if (grid->cell_of[o] == FLC_NO_OUTPUT)
            continue;
        flc_sobol_read_pairs(read, w->collector, o, FLC_RESULT_LEVEL);
        for (size_t i = 0; i < flc_sobol_pair_count(w->collector, o); i++) {
            size_t number = pair_number(read[i].factors[0], read[i].factors[1], w->factors->count);
            size_t place = effect_place(grid, grid->cell_of[o], number, pairs);
            for (size_t s = 0; s < 2; s++)
                put_estimate(numbers + s * PARTS * size, size, place, &read[i], &statistics[s]);
        }
    }
}

static void write_pairs(struct writing *w, const char *group, const struct grid *grid)
{
    static const char *const names[2 * PAIR_PARTS] = {
        "interaction", "interaction_standard_error", "interaction_low", "interaction_high",
        "closed",      "closed_standard_error",      "closed_low",      "closed_high"};
    static const char *const meanings[2 * PAIR_PARTS] = {
        "share of the variance that is of the pair together and of neither alone",
        "its standard error",
        "lower end of its 95 % interval",
        "upper end of its 95 % interval",
        "share of the variance that knowing the pair would take away on average",
        "its standard error",
        "lower end of its 95 % interval",
        "upper end of its 95 % interval"};
    size_t pairs = w->factors->count * (w->factors->count - 1) / 2, size = grid->cells * pairs;
    double *numbers = FLC_NEW(double, 2 * PARTS * size, w->error);
    flc_sobol_pair *read = FLC_NEW(flc_sobol_pair, pairs + 1, w->error);
    if (numbers && read) {
        write_pair_axis(w, group, pairs);
        fill_pairs(w, grid, numbers, read, pairs);
        for (size_t v = 0; v < 2 * PAIR_PARTS; v++)
            flc_datafile_variable(
                w->file, group, names[v], FLC_DATA_DOUBLE,
                grid->by_year ? "output program pair fiscal_year" : "output program pair",
                numbers + (v / PAIR_PARTS * PARTS + v % PAIR_PARTS) * size, meanings[v], "1");
    } else {
        w->status = FLC_ERROR_MEMORY;
    }
    flc_free(read);
    flc_free(numbers);
}

/* ---- the file -------------------------------------------------------------------------------- */

static void write_method(struct writing *w, flc_method method, const flc_collector *collector)
{
    static const char *const kinds[2] = {"horizon", "by_year"};
    char group[NAME_ROOM];
    w->reader = flc_method_readers[method];
    w->collector = flc_analysis_method(collector, method);
    w->factors = flc_analysis_factors(w->analysis, method);
    flc_datafile_group(w->file, w->reader->name);
    flc_datafile_attribute_text(w->file, w->reader->name, NULL, "title", w->reader->title);
    flc_datafile_attribute_text(w->file, w->reader->name, NULL, "references", w->reader->papers);
    for (int k = 0; k < 2 && !w->status; k++) {
        const struct grid *grid = &w->grids[k];
        if (grid->rows == 0)
            continue;
        snprintf(group, sizeof group, "%s/%s", w->reader->name, kinds[k]);
        flc_datafile_group(w->file, group);
        write_axes(w, group, grid);
        if (w->reader->output)
            write_outputs(w, group, grid);
        if (!w->status)
            write_effects(w, group, grid);
        if (!w->status && method == FLC_METHOD_SOBOL && flc_analysis_second_order(w->analysis))
            write_pairs(w, group, grid);
    }
}

static flc_status write_all(struct writing *w, const flc_collector *collector, uint64_t samples)
{
    const flc_facts facts = {"What drives the outputs of a study: sensitivity analysis",
                             w->study->file,
                             "fulcrum_sensitivity_format",
                             FLC_SENSITIVITY_FORMAT,
                             flc_analysis_points(w->analysis),
                             samples};
    for (int k = 0; k < 2; k++) {
        flc_status status = make_grid(w, &w->grids[k], k == 1);
        if (status)
            return status;
    }
    flc_facts_write(w->study, &facts, w->file);
    flc_datafile_attribute_double(w->file, "", NULL, "interval_level", FLC_RESULT_LEVEL);
    flc_labels_write(w->study, w->file, w->error);
    flc_datafile_variable(w->file, "study", "as_written", FLC_DATA_TEXT, "", &w->study->text,
                          "the study as written", NULL);
    flc_datafile_variable(w->file, "study", "resolved", FLC_DATA_TEXT, "", &w->study->resolved,
                          "the study with all defaults (YAML)", NULL);
    for (int m = 0; m < FLC_METHODS && !w->status; m++)
        if (flc_analysis_factors(w->analysis, (flc_method)m))
            write_method(w, (flc_method)m, collector);
    return w->status;
}

flc_status flc_sensitivity_file_save(const char *path, const flc_analysis *analysis,
                                     const flc_collector *collector, uint64_t samples,
                                     flc_error *error)
{
    struct writing w = {
        .analysis = analysis, .study = flc_analysis_study(analysis), .error = error};
    w.outputs = flc_analysis_outputs(analysis, &w.output_count);
    w.arena = flc_arena_create(error);
    flc_status status = w.arena ? flc_datafile_create(&w.file, error) : FLC_ERROR_MEMORY;
    if (!status && !(status = write_all(&w, collector, samples)))
        status = flc_datafile_save(w.file, path, error);
    flc_datafile_free(w.file);
    flc_arena_free(w.arena);
    return status;
}
