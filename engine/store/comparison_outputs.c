/* The outputs of two results, paired by name: means, quantiles, and shares of samples. */
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/comparison_priv.h"
#include "store/result.h"

/* Statistics of a metric's cells. The first ones are compared one by one, all of them decide
 * whether two cells are equal. */
enum statistic {
    MEAN,
    STANDARD_ERROR,
    DEFINED,
    UNDEFINED,
    INFINITE,
    QUANTILE,
    QUANTILE_LOW,
    QUANTILE_HIGH,
    COMPARED
};
static const char *const statistics[] = {"mean",
                                         "standard_error",
                                         "defined",
                                         "undefined",
                                         "infinite",
                                         "quantile",
                                         "quantile_low",
                                         "quantile_high",
                                         "sd",
                                         "sd_standard_error",
                                         "skewness",
                                         "kurtosis",
                                         "quantile_bound",
                                         "minimum",
                                         "minimum_sample",
                                         "maximum",
                                         "maximum_sample",
                                         "histogram_edge",
                                         "histogram_count"};
enum { STATISTICS = sizeof statistics / sizeof *statistics };

enum { NAME_ROOM = 2 * FLC_RESULT_NAME };
#define NOWHERE SIZE_MAX

/* A metric in one of the files. */
struct side {
    bool has;
    flc_result_metric metric;
    const double *values[STATISTICS];
    size_t per_cell[STATISTICS];
};

/* Place in the other file of each program, year and member of this one; NOWHERE: it has none. */
struct places {
    const size_t *program, *year, *member;
};

struct pairing {
    flc_comparison *comparison;
    flc_comparison_choice choice;
    struct side side[2];
    bool alike; /* both have the metric, by the same dimensions */
    struct places places[2];
    const size_t *quantile; /* of the first file in the second */
    flc_result_targets targets[2];
    uint64_t *asked[2]; /* [targets] defined samples of the target's output */
    flc_error *error;
};

/* A cell of a metric. */
struct cell {
    size_t program, member, year;
};

static size_t index_of(const flc_result_metric *metric, struct cell cell)
{
    return (cell.program * metric->members + cell.member) * metric->years + cell.year;
}

/* A count that was read as a double; another program may have put anything there. */
static uint64_t count_at(const struct side *side, enum statistic statistic, size_t i)
{
    const double value = side->values[statistic][i];
    return value >= 1 && value < 0x1p62 ? (uint64_t)value : 0;
}

/* Every output of a run has all its samples, defined or not. */
static bool exists(const struct side *side, size_t i)
{
    return count_at(side, DEFINED, i) + count_at(side, UNDEFINED, i) > 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

static void print_series(const struct pairing *pairing, int side, struct cell cell, char *text)
{
    const flc_result_view *file = &pairing->comparison->file[side];
    const flc_result_metric *metric = &pairing->side[side].metric;
    snprintf(text, NAME_ROOM, "%s/%s%s%s", file->program_key[cell.program], metric->name,
             metric->member ? "/" : "", metric->member ? metric->member_key[cell.member] : "");
}

static void print_name(const struct pairing *pairing, int side, struct cell cell, char *text)
{
    const flc_result_view *file = &pairing->comparison->file[side];
    print_series(pairing, side, cell, text);
    size_t length = strlen(text);
    if (pairing->side[side].metric.by_year)
        snprintf(text + length, NAME_ROOM - length, "/%lld", (long long)file->year[cell.year]);
}

static bool is_program_chosen(const struct pairing *pairing, const char *key)
{
    return !pairing->choice.program || fnmatch(pairing->choice.program, key, 0) == 0;
}

/* A pattern without '/' is that of a metric; what stands below a match matches too. */
static bool is_output_chosen(const struct pairing *pairing, const char *name)
{
    const char *pattern = pairing->choice.output;
    char below[NAME_ROOM];
    if (!pattern)
        return true;
    snprintf(below, sizeof below, "%s%s/*", strchr(pattern, '/') ? "" : "*/", pattern);
    if (fnmatch(below, name, 0) == 0)
        return true;
    below[strlen(below) - 2] = '\0';
    return fnmatch(below, name, 0) == 0;
}

/* ---- one cell of both ------------------------------------------------------------------------ */

static bool cells_equal(const struct pairing *pairing, const size_t i[2])
{
    const struct side *a = &pairing->side[0], *b = &pairing->side[1];
    for (int s = 0; s < STATISTICS; s++) {
        const size_t width = a->per_cell[s];
        if (width != b->per_cell[s] ||
            !flc_comparison_same(a->values[s] + i[0] * width, b->values[s] + i[1] * width, width))
            return false;
    }
    return true;
}

static flc_status compare_means(struct pairing *pairing, const char *name, const size_t i[2])
{
    double mean[2], error[2];
    uint64_t finite[2];
    for (int k = 0; k < 2; k++) {
        const struct side *side = &pairing->side[k];
        const uint64_t defined = count_at(side, DEFINED, i[k]);
        const uint64_t infinite = count_at(side, INFINITE, i[k]);
        mean[k] = side->values[MEAN][i[k]];
        error[k] = side->values[STANDARD_ERROR][i[k]];
        finite[k] = defined > infinite ? defined - infinite : 0;
    }
    const flc_contrast contrast = flc_contrast_means(mean, error, finite);
    return flc_comparison_add(&pairing->comparison->means, name, mean, contrast, pairing->error);
}

static flc_status compare_quantile(struct pairing *pairing, const char *name, const size_t i[2],
                                   size_t q)
{
    flc_comparison *comparison = pairing->comparison;
    double value[2], low[2], high[2];
    const size_t place[2] = {i[0] * comparison->file[0].quantiles + q,
                             i[1] * comparison->file[1].quantiles + pairing->quantile[q]};
    for (int k = 0; k < 2; k++) {
        value[k] = pairing->side[k].values[QUANTILE][place[k]];
        low[k] = pairing->side[k].values[QUANTILE_LOW][place[k]];
        high[k] = pairing->side[k].values[QUANTILE_HIGH][place[k]];
    }
    if (isnan(value[0]) && isnan(value[1]))
        return FLC_OK;
    const char *text = flc_comparison_text(comparison, pairing->error, "%s %g %%", name,
                                           100 * comparison->file[0].quantile[q]);
    return flc_comparison_add(&comparison->quantiles, text, value,
                              flc_contrast_quantiles(value, low, high, FLC_RESULT_LEVEL),
                              pairing->error);
}

static flc_status compare_quantiles(struct pairing *pairing, const char *name, const size_t i[2])
{
    flc_compared_list *list = &pairing->comparison->quantiles;
    const size_t first = list->count;
    flc_status status = FLC_OK;
    for (size_t q = 0; q < pairing->comparison->file[0].quantiles && !status; q++)
        if (pairing->quantile[q] != NOWHERE)
            status = compare_quantile(pairing, name, i, q);
    size_t furthest = first;
    for (size_t k = first; k < list->count; k++) {
        list->items[k].furthest = false;
        if (fabs(list->items[k].contrast.z) > fabs(list->items[furthest].contrast.z))
            furthest = k;
    }
    if (furthest < list->count)
        list->items[furthest].furthest = true;
    return status;
}

/* A share of the samples; where neither file has any of it there is nothing to say. */
static flc_status compare_share(struct pairing *pairing, const char *name, const char *what,
                                const uint64_t met[2], const uint64_t of[2])
{
    flc_comparison *comparison = pairing->comparison;
    double share[2];
    if (!met[0] && !met[1])
        return FLC_OK;
    for (int k = 0; k < 2; k++)
        share[k] = of[k] ? (double)met[k] / (double)of[k] : (double)NAN;
    const char *text = flc_comparison_text(comparison, pairing->error, "%s%s", name, what);
    return flc_comparison_add(&comparison->shares, text, share, flc_contrast_shares(met, of),
                              pairing->error);
}

static flc_status compare_counts(struct pairing *pairing, const char *name, const size_t i[2])
{
    uint64_t undefined[2], infinite[2], defined[2], samples[2];
    for (int k = 0; k < 2; k++) {
        const struct side *side = &pairing->side[k];
        undefined[k] = count_at(side, UNDEFINED, i[k]);
        infinite[k] = count_at(side, INFINITE, i[k]);
        defined[k] = count_at(side, DEFINED, i[k]);
        samples[k] = defined[k] + undefined[k];
    }
    flc_status status = compare_share(pairing, name, " undefined", undefined, samples);
    return status || !defined[0] || !defined[1]
               ? status
               : compare_share(pairing, name, " infinite", infinite, defined);
}

static flc_status compare_cells(struct pairing *pairing, const char *text, const size_t i[2])
{
    const char *name = flc_comparison_text(pairing->comparison, pairing->error, "%s", text);
    if (!name)
        return FLC_ERROR_MEMORY;
    pairing->comparison->outputs++;
    pairing->comparison->equal += cells_equal(pairing, i);
    flc_status status = compare_means(pairing, name, i);
    if (!status)
        status = compare_quantiles(pairing, name, i);
    return status ? status : compare_counts(pairing, name, i);
}

/* ---- pairing --------------------------------------------------------------------------------- */

/* Why a cell has no partner: the largest thing that the other file lacks. */
static flc_status add_lone(struct pairing *pairing, int side, struct cell cell)
{
    const flc_result_view *file = &pairing->comparison->file[side];
    const flc_result_metric *metric = &pairing->side[side].metric;
    const struct places *places = &pairing->places[side];
    char text[NAME_ROOM];
    if (places->program[cell.program] == NOWHERE)
        snprintf(text, sizeof text, "program %s", file->program_key[cell.program]);
    else if (metric->by_year && places->year[cell.year] == NOWHERE)
        snprintf(text, sizeof text, "fiscal year %lld", (long long)file->year[cell.year]);
    else if (!pairing->alike)
        snprintf(text, sizeof text, "output %s", metric->name);
    else if (metric->member && places->member[cell.member] == NOWHERE)
        snprintf(text, sizeof text, "%s %s", metric->member, metric->member_key[cell.member]);
    else
        print_series(pairing, side, cell, text);
    return flc_comparison_add_lone(pairing->comparison, side, text, 1, pairing->error);
}

/* The same cell in the other file; false where it has none. */
static bool find_partner(const struct pairing *pairing, int side, struct cell cell, size_t *partner)
{
    const struct side *other = &pairing->side[1 - side];
    const struct places *places = &pairing->places[side];
    const bool by_year = pairing->side[side].metric.by_year;
    if (!pairing->alike)
        return false;
    const struct cell there = {places->program[cell.program], places->member[cell.member],
                               by_year ? places->year[cell.year] : 0};
    if (there.program == NOWHERE || there.member == NOWHERE || there.year == NOWHERE)
        return false;
    *partner = index_of(&other->metric, there);
    return exists(other, *partner);
}

/* Targets of this output learn of how many samples they are a share. */
static void tell_targets(struct pairing *pairing, int side, const char *name, size_t i)
{
    const flc_result_targets *targets = &pairing->targets[side];
    for (size_t t = 0; t < targets->count; t++) {
        char output[FLC_RESULT_NAME];
        flc_result_target_output(targets, t, output, sizeof output);
        if (strcmp(output, name) == 0)
            pairing->asked[side][t] = count_at(&pairing->side[side], DEFINED, i);
    }
}

static flc_status visit_cell(struct pairing *pairing, int side, struct cell cell)
{
    const flc_result_view *file = &pairing->comparison->file[side];
    char name[NAME_ROOM];
    size_t i[2] = {index_of(&pairing->side[side].metric, cell), 0};
    if (!exists(&pairing->side[side], i[0]))
        return FLC_OK;
    print_name(pairing, side, cell, name);
    tell_targets(pairing, side, name, i[0]);
    if (!is_program_chosen(pairing, file->program_key[cell.program]) ||
        !is_output_chosen(pairing, name))
        return FLC_OK;
    if (!find_partner(pairing, side, cell, &i[1]))
        return add_lone(pairing, side, cell);
    return side == 0 ? compare_cells(pairing, name, i) : FLC_OK;
}

static flc_status visit_cells(struct pairing *pairing, int side)
{
    const flc_result_metric *metric = &pairing->side[side].metric;
    flc_status status = FLC_OK;
    struct cell cell;
    for (cell.program = 0; cell.program < pairing->comparison->file[side].programs; cell.program++)
        for (cell.member = 0; cell.member < metric->members; cell.member++)
            for (cell.year = 0; cell.year < metric->years && !status; cell.year++)
                status = visit_cell(pairing, side, cell);
    return status;
}

/* ---- places in the other file ---------------------------------------------------------------- */

/* Place of each of `count` words among `others`. */
static const size_t *match_words(struct pairing *pairing, const char *const *words, size_t count,
                                 const char *const *others, size_t other_count)
{
    size_t *places =
        flc_arena_take(pairing->comparison->arena, count, sizeof *places, pairing->error);
    for (size_t i = 0; places && i < count; i++) {
        places[i] = NOWHERE;
        for (size_t k = 0; k < other_count && places[i] == NOWHERE; k++)
            if (strcmp(words[i], others[k]) == 0)
                places[i] = k;
    }
    return places;
}

static const size_t *match_numbers(struct pairing *pairing, const double *numbers, size_t count,
                                   const double *others, size_t other_count)
{
    size_t *places =
        flc_arena_take(pairing->comparison->arena, count, sizeof *places, pairing->error);
    for (size_t i = 0; places && i < count; i++) {
        places[i] = NOWHERE;
        for (size_t k = 0; k < other_count && places[i] == NOWHERE; k++)
            if (numbers[i] == others[k])
                places[i] = k;
    }
    return places;
}

static const size_t *match_years(struct pairing *pairing, const flc_result_view *from,
                                 const flc_result_view *to)
{
    size_t *places =
        flc_arena_take(pairing->comparison->arena, from->years, sizeof *places, pairing->error);
    for (size_t i = 0; places && i < from->years; i++) {
        places[i] = NOWHERE;
        for (size_t k = 0; k < to->years && places[i] == NOWHERE; k++)
            if (from->year[i] == to->year[k])
                places[i] = k;
    }
    return places;
}

static flc_status match_files(struct pairing *pairing)
{
    for (int side = 0; side < 2; side++) {
        const flc_result_view *from = &pairing->comparison->file[side];
        const flc_result_view *to = &pairing->comparison->file[1 - side];
        struct places *places = &pairing->places[side];
        places->program =
            match_words(pairing, from->program_key, from->programs, to->program_key, to->programs);
        places->year = match_years(pairing, from, to);
        if (!places->program || !places->year)
            return FLC_ERROR_MEMORY;
    }
    const flc_result_view *file = pairing->comparison->file;
    pairing->quantile = match_numbers(pairing, file[0].quantile, file[0].quantiles,
                                      file[1].quantile, file[1].quantiles);
    return pairing->quantile ? FLC_OK : FLC_ERROR_MEMORY;
}

/* A metric without members has one, without a name. */
static flc_status match_members(struct pairing *pairing)
{
    static const size_t itself = 0;
    for (int side = 0; side < 2; side++) {
        const flc_result_metric *from = &pairing->side[side].metric;
        const flc_result_metric *to = &pairing->side[1 - side].metric;
        pairing->places[side].member = &itself;
        if (pairing->alike && from->member &&
            !(pairing->places[side].member = match_words(pairing, from->member_key, from->members,
                                                         to->member_key, to->members)))
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

/* ---- metrics --------------------------------------------------------------------------------- */

static flc_status read_statistics(struct pairing *pairing, int which)
{
    const flc_result_view *file = &pairing->comparison->file[which];
    struct side *side = &pairing->side[which];
    for (int s = 0; s < STATISTICS; s++) {
        char variable[NAME_ROOM];
        snprintf(variable, sizeof variable, "%s_%s", side->metric.name, statistics[s]);
        const flc_data_object *object =
            flc_datareader_require(file->reader, variable, pairing->error);
        if (!object)
            return FLC_ERROR_STUDY;
        side->per_cell[s] = s < QUANTILE   ? 1
                            : s < COMPARED ? file->quantiles
                                           : object->count / side->metric.cells;
        side->values[s] = flc_result_view_statistic(file, &side->metric, statistics[s],
                                                    side->per_cell[s], pairing->error);
        if (!side->values[s])
            return pairing->error ? pairing->error->status : FLC_ERROR_STUDY;
    }
    return FLC_OK;
}

static flc_status read_metric(struct pairing *pairing, int which, const char *name)
{
    const flc_result_view *file = &pairing->comparison->file[which];
    struct side *side = &pairing->side[which];
    char variable[NAME_ROOM];
    *side = (struct side){.has = false};
    snprintf(variable, sizeof variable, "%s_mean", name);
    if (!flc_datareader_find(file->reader, variable))
        return FLC_OK;
    side->has = true;
    flc_status status = flc_result_view_metric(file, &side->metric, name, pairing->error);
    return status ? status : read_statistics(pairing, which);
}

static bool is_alike(const struct side *a, const struct side *b)
{
    return a->has && b->has && a->metric.by_year == b->metric.by_year &&
           !a->metric.member == !b->metric.member &&
           (!a->metric.member || strcmp(a->metric.member, b->metric.member) == 0);
}

static flc_status compare_metric(struct pairing *pairing, const char *name)
{
    flc_status status = read_metric(pairing, 0, name);
    if (status || (status = read_metric(pairing, 1, name)))
        return status;
    pairing->alike = is_alike(&pairing->side[0], &pairing->side[1]);
    status = match_members(pairing);
    for (int side = 0; side < 2 && !status; side++)
        if (pairing->side[side].has)
            status = visit_cells(pairing, side);
    return status;
}

/* Those of the first file, then those that only the second has. */
static flc_status compare_metrics(struct pairing *pairing)
{
    const flc_result_view *file = pairing->comparison->file;
    flc_status status = FLC_OK;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < flc_datareader_count(file[side].reader) && !status; i++) {
            char name[FLC_RESULT_NAME];
            if (!flc_result_view_is_metric(&file[side], name, i))
                continue;
            const char *path = flc_datareader_object(file[side].reader, i)->path;
            if (side == 0 || !flc_datareader_find(file[0].reader, path))
                status = compare_metric(pairing, name);
        }
    return status;
}

/* ---- targets and checks ---------------------------------------------------------------------- */

static uint64_t samples_of(const flc_result_view *file)
{
    const flc_data_attribute *samples = flc_data_attribute_find(file->root, "samples");
    return samples && samples->integers && samples->count == 1 && samples->integers[0] > 0
               ? (uint64_t)samples->integers[0]
               : 0;
}

static flc_status read_targets(struct pairing *pairing)
{
    for (int side = 0; side < 2; side++) {
        const flc_result_view *file = &pairing->comparison->file[side];
        flc_result_targets *targets = &pairing->targets[side];
        flc_status status = flc_result_view_targets(file, targets, pairing->error);
        if (status)
            return status;
        pairing->asked[side] = flc_arena_take(pairing->comparison->arena, targets->count,
                                              sizeof(uint64_t), pairing->error);
        if (!pairing->asked[side])
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

static bool asks_the_same(const flc_result_targets *a, size_t i, const flc_result_targets *b,
                          size_t k)
{
    char first[FLC_RESULT_NAME], second[FLC_RESULT_NAME];
    flc_result_target_output(a, i, first, sizeof first);
    flc_result_target_output(b, k, second, sizeof second);
    return strcmp(first, second) == 0 && strcmp(a->side[i], b->side[k]) == 0 &&
           a->threshold[i] == b->threshold[k];
}

static bool is_target_chosen(const struct pairing *pairing, const flc_result_targets *targets,
                             size_t i)
{
    char output[FLC_RESULT_NAME], program[FLC_RESULT_NAME];
    flc_result_target_output(targets, i, output, sizeof output);
    snprintf(program, sizeof program, "%.*s", (int)strcspn(output, "/"), output);
    return is_program_chosen(pairing, program) && is_output_chosen(pairing, output);
}

static flc_status compare_target(struct pairing *pairing, size_t i, size_t k)
{
    const size_t place[2] = {i, k};
    uint64_t met[2], of[2];
    double share[2];
    char condition[NAME_ROOM];
    for (int side = 0; side < 2; side++) {
        share[side] = pairing->targets[side].probability[place[side]];
        of[side] = isnan(share[side]) ? 0 : pairing->asked[side][place[side]];
        met[side] = share[side] > 0 && share[side] <= 1
                        ? (uint64_t)(share[side] * (double)of[side] + 0.5)
                        : 0;
    }
    flc_result_target_condition(&pairing->targets[0], i, condition, sizeof condition);
    return flc_comparison_add(
        &pairing->comparison->shares,
        flc_comparison_text(pairing->comparison, pairing->error, "%s", condition), share,
        flc_contrast_shares(met, of), pairing->error);
}

static flc_status visit_target(struct pairing *pairing, int side, size_t i)
{
    const flc_result_targets *own = &pairing->targets[side], *others = &pairing->targets[1 - side];
    char condition[NAME_ROOM], text[NAME_ROOM + 8];
    if (!is_target_chosen(pairing, own, i))
        return FLC_OK;
    for (size_t k = 0; k < others->count; k++)
        if (asks_the_same(own, i, others, k))
            return side == 0 ? compare_target(pairing, i, k) : FLC_OK;
    flc_result_target_condition(own, i, condition, sizeof condition);
    snprintf(text, sizeof text, "target %s", condition);
    return flc_comparison_add_lone(pairing->comparison, side, text, 0, pairing->error);
}

static flc_status compare_targets(struct pairing *pairing)
{
    flc_status status = FLC_OK;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < pairing->targets[side].count && !status; i++)
            status = visit_target(pairing, side, i);
    return status;
}

static flc_status compare_check(struct pairing *pairing, const char *variable, const char *what)
{
    const flc_result_view *file = pairing->comparison->file;
    const int64_t *counts[2];
    const uint64_t of[2] = {samples_of(&file[0]), samples_of(&file[1])};
    for (int side = 0; side < 2; side++)
        if (!(counts[side] = flc_result_view_counts(&file[side], variable, pairing->error)))
            return pairing->error ? pairing->error->status : FLC_ERROR_STUDY;
    flc_status status = FLC_OK;
    for (size_t p = 0; p < file[0].programs && !status; p++) {
        const size_t other = pairing->places[0].program[p];
        if (other == NOWHERE || !is_program_chosen(pairing, file[0].program_key[p]))
            continue;
        const int64_t met[2] = {counts[0][p], counts[1][other]};
        const uint64_t both[2] = {met[0] > 0 ? (uint64_t)met[0] : 0,
                                  met[1] > 0 ? (uint64_t)met[1] : 0};
        status = compare_share(pairing, file[0].program_key[p], what, both, of);
    }
    return status;
}

flc_status flc_comparison_outputs(flc_comparison *comparison, flc_comparison_choice choice,
                                  flc_error *error)
{
    struct pairing pairing = {.comparison = comparison, .choice = choice, .error = error};
    flc_status status = match_files(&pairing);
    if (status || (status = read_targets(&pairing)) || (status = compare_metrics(&pairing)) ||
        (status = compare_targets(&pairing)) || choice.output)
        return status;
    status = compare_check(&pairing, "refused_samples", " refused");
    if (status || comparison->file[0].model || comparison->file[1].model)
        return status;
    return compare_check(&pairing, "imbalanced_samples", " imbalanced");
}
