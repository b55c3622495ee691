#include "study/grid.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/place.h"
#include "study/csv.h"

struct values {
    const char **texts, **assignments;
    size_t count;
};

struct flc_grid {
    flc_arena *arena;
    flc_lever levers[FLC_GRID_COLUMNS];
    struct values values[FLC_GRID_COLUMNS];
    size_t lever_count, points;
    bool full;
    const char **labels;
};

/* ---- values of a lever ----------------------------------------------------------------------- */

/* The end of a value: the next comma outside of brackets and quotes. Quotes open where a value or
 * an item begins, as in YAML. */
static const char *end_of_value(const char *at)
{
    int depth = 0;
    char quote = 0, before = ',';
    for (; *at; at++) {
        if (quote) {
            quote = *at == quote ? 0 : quote;
            continue;
        }
        if ((*at == '"' || *at == '\'') && strchr(",[{: ", before))
            quote = *at;
        else if (*at == '[' || *at == '{')
            depth++;
        else if (*at == ']' || *at == '}')
            depth--;
        else if (*at == ',' && depth <= 0)
            return at;
        before = *at;
    }
    return at;
}

static const char *trimmed(flc_grid *grid, const char *text, const char *end, flc_error *error)
{
    while (text < end && *text == ' ')
        text++;
    while (end > text && end[-1] == ' ')
        end--;
    return flc_arena_copy(grid->arena, text, (size_t)(end - text), error);
}

static flc_status add_value(struct values *values, const char *text, flc_error *error)
{
    if (!text)
        return FLC_ERROR_MEMORY;
    if (values->count == FLC_GRID_POINTS)
        return flc_error_set(error, FLC_ERROR_USAGE, "more than %d values", FLC_GRID_POINTS);
    values->texts[values->count++] = text;
    return FLC_OK;
}

/* "0.5:2:7", three numbers. */
static bool read_range(const char *text, double numbers[3])
{
    char part[3][64];
    for (int i = 0; i < 3; i++) {
        size_t length = strcspn(text, ":");
        if (length >= sizeof part[i] || (text[length] == ':') != (i < 2))
            return false;
        memcpy(part[i], text, length);
        part[i][length] = '\0';
        text += length + (i < 2);
        if (flc_number_parse(&numbers[i], part[i]))
            return false;
    }
    return true;
}

static flc_status fill_range(flc_grid *grid, struct values *values, const double range[3],
                             flc_error *error)
{
    const double from = range[0], to = range[1], last = range[2] - 1;
    if (!(range[2] >= 2 && range[2] <= FLC_GRID_POINTS && range[2] == (double)(size_t)range[2]) ||
        from == to)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "from:to:points are two different numbers and how many points, 2 to "
                             "%d, such as 0.5:2:7",
                             FLC_GRID_POINTS);
    flc_status status = FLC_OK;
    for (size_t i = 0; i < (size_t)range[2] && !status; i++) {
        char text[FLC_NUMBER_TEXT];
        double x = i == 0              ? from
                   : (double)i == last ? to
                                       : (from * (last - (double)i) + to * (double)i) / last;
        flc_number_print(text, x);
        status = add_value(values, flc_arena_copy(grid->arena, text, strlen(text), error), error);
    }
    return status;
}

static flc_status fill_values(flc_grid *grid, struct values *values, const char *text,
                              flc_error *error)
{
    double range[3];
    if (read_range(text, range))
        return fill_range(grid, values, range, error);
    for (const char *end;; text = end + 1) {
        end = end_of_value(text);
        const char *value = trimmed(grid, text, end, error);
        if (value && !*value)
            return flc_error_set(error, FLC_ERROR_USAGE,
                                 "an empty value; values are listed as 0.5,1,2 or given as "
                                 "from:to:points");
        flc_status status = add_value(values, value, error);
        if (status || !*end)
            return status;
    }
}

/* ---- levers ---------------------------------------------------------------------------------- */

/* "programs/MEP/match/required": MEP_match_required. */
static void name_lever(const flc_grid *grid, flc_lever *lever)
{
    const char *from = strncmp(lever->path, "programs/", 9) == 0 ? lever->path + 9 : lever->path;
    size_t length = strlen(from), most = FLC_GRID_NAME - 8;
    if (length > most)
        from += length - most;
    snprintf(lever->name, FLC_GRID_NAME, "%s", from);
    for (char *c = lever->name; *c; c++)
        if (*c == '/')
            *c = '_';
    length = strlen(lever->name);
    for (int number = 2;; number++) {
        bool taken = strcmp(lever->name, "output") == 0 || strcmp(lever->name, "quantile") == 0;
        for (const flc_lever *other = grid->levers; other < lever; other++)
            taken = taken || strcmp(other->name, lever->name) == 0;
        if (!taken)
            return;
        snprintf(lever->name + length, FLC_GRID_NAME - length, "_%d", number);
    }
}

static bool is_inside(const char *outer, const char *inner)
{
    size_t length = strlen(outer);
    return strncmp(outer, inner, length) == 0 && (inner[length] == '/' || inner[length] == '\0');
}

/* Of two levers neither is part of the other, or their order would matter. */
static flc_status add_lever(flc_grid *grid, const char *path, flc_error *error)
{
    if (!path)
        return FLC_ERROR_MEMORY;
    if (!*path)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "a lever is PATH=VALUES, such as programs/MEP/match/required=0.5:2:7");
    for (size_t i = 0; i < grid->lever_count; i++) {
        const char *other = grid->levers[i].path;
        if (is_inside(other, path) || is_inside(path, other))
            return flc_error_set(error, FLC_ERROR_USAGE,
                                 "%.300s and %.300s: one lever is part of the other", other, path);
    }
    flc_lever *lever = &grid->levers[grid->lever_count];
    lever->path = path;
    name_lever(grid, lever);
    grid->lever_count++;
    return FLC_OK;
}

/* What is asked of a lever's values once they are all there. */
static flc_status finish_lever(flc_grid *grid, size_t l, flc_error *error)
{
    flc_lever *lever = &grid->levers[l];
    struct values *values = &grid->values[l];
    double *numbers = flc_arena_take(grid->arena, values->count, sizeof *numbers, error);
    values->assignments =
        flc_arena_take(grid->arena, values->count, sizeof *values->assignments, error);
    if (!numbers || !values->assignments)
        return FLC_ERROR_MEMORY;
    bool numeric = true;
    for (size_t i = 0; i < values->count; i++) {
        size_t path = strlen(lever->path), length = path + 1 + strlen(values->texts[i]);
        char *text = flc_arena_take(grid->arena, length + 1, 1, error);
        if (!text)
            return FLC_ERROR_MEMORY;
        snprintf(text, length + 1, "%s=%s", lever->path, values->texts[i]);
        values->assignments[i] = text;
        numeric = numeric && !flc_number_parse(&numbers[i], values->texts[i]);
    }
    lever->values = values->texts;
    lever->numbers = numeric ? numbers : NULL;
    lever->count = values->count;
    return FLC_OK;
}

static flc_status refuse_twins(const flc_lever *lever, flc_error *error)
{
    for (size_t i = 0; i < lever->count; i++)
        for (size_t k = 0; k < i; k++)
            if (lever->numbers ? lever->numbers[i] == lever->numbers[k]
                               : strcmp(lever->values[i], lever->values[k]) == 0)
                return flc_error_set(error, FLC_ERROR_USAGE, "%.300s: the value %.300s twice",
                                     lever->path, lever->values[i]);
    return FLC_OK;
}

/* ---- points ---------------------------------------------------------------------------------- */

static flc_status too_many(double points, flc_error *error)
{
    return flc_error_set(error, FLC_ERROR_USAGE,
                         "%.0f points, more than %d; give fewer values, or list the points that "
                         "matter with --points",
                         points, FLC_GRID_POINTS);
}

static flc_status make_labels(flc_grid *grid, flc_error *error)
{
    grid->labels = flc_arena_take(grid->arena, grid->points, sizeof *grid->labels, error);
    flc_buffer text;
    flc_buffer_init(&text, error);
    flc_status status = grid->labels ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t p = 0; p < grid->points && !status; p++) {
        flc_buffer_cut(&text, 0);
        for (size_t l = 0; l < grid->lever_count; l++)
            flc_buffer_printf(&text, "%s%s", l ? ", " : "", flc_grid_assignment(grid, p, l));
        if (!(status = text.status) &&
            !(grid->labels[p] = flc_arena_copy(grid->arena, text.text, text.length, error)))
            status = FLC_ERROR_MEMORY;
    }
    flc_buffer_clear(&text);
    return status;
}

static flc_status count_points(flc_grid *grid, flc_error *error)
{
    double points = 1;
    for (size_t l = 0; l < grid->lever_count; l++)
        points *= (double)grid->levers[l].count;
    if (points > FLC_GRID_POINTS)
        return too_many(points, error);
    grid->points = (size_t)points;
    return FLC_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

static flc_grid *create_empty(flc_error *error)
{
    flc_grid *grid = FLC_NEW(flc_grid, 1, error);
    if (grid && !(grid->arena = flc_arena_create(error))) {
        flc_free(grid);
        return NULL;
    }
    return grid;
}

void flc_grid_free(flc_grid *grid)
{
    if (!grid)
        return;
    flc_arena_free(grid->arena);
    flc_free(grid);
}

static flc_status finish(flc_grid **made, flc_grid *grid, flc_status status)
{
    if (status)
        flc_grid_free(grid);
    else
        *made = grid;
    return status;
}

static flc_status read_lever(flc_grid *grid, const char *text, flc_error *error)
{
    const char *equals = strchr(text, '=');
    size_t l = grid->lever_count;
    flc_status status = add_lever(
        grid, flc_arena_copy(grid->arena, text, equals ? (size_t)(equals - text) : 0, error),
        error);
    if (status)
        return status;
    struct values *values = &grid->values[l];
    values->texts = flc_arena_take(grid->arena, FLC_GRID_POINTS, sizeof *values->texts, error);
    if (!values->texts)
        return FLC_ERROR_MEMORY;
    if ((status = fill_values(grid, values, equals + 1, error)) ||
        (status = finish_lever(grid, l, error)))
        return status;
    return refuse_twins(&grid->levers[l], error);
}

flc_status flc_grid_of_levers(flc_grid **made, const char *const *levers, size_t count,
                              flc_error *error)
{
    *made = NULL;
    if (count == 0 || count > FLC_GRID_LEVERS)
        return flc_error_set(error, FLC_ERROR_USAGE,
                             "1 to %d levers span a grid; list the points of more with --points",
                             FLC_GRID_LEVERS);
    flc_grid *grid = create_empty(error);
    flc_status status = grid ? FLC_OK : FLC_ERROR_MEMORY;
    for (size_t l = 0; l < count && !status; l++)
        if ((status = read_lever(grid, levers[l], error)) == FLC_ERROR_USAGE)
            flc_error_prefix(error, "--lever %.300s", levers[l]);
    if (!status && !(status = count_points(grid, error))) {
        grid->full = true;
        status = make_labels(grid, error);
    }
    return finish(made, grid, status);
}

/* A copy of the file, with room for a NUL behind. */
static char *copy_text(const char *text, size_t length, flc_error *error)
{
    char *copy = flc_allocate(length + 1, 1, error);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

/* Each heading is a lever. */
static flc_status read_headings(flc_grid *grid, const char *text, size_t length, const char *name,
                                flc_error *error)
{
    flc_csv header;
    char *copy = copy_text(text, length, error);
    flc_status status =
        copy ? flc_csv_header_take(&header, copy, length, name, error) : FLC_ERROR_MEMORY;
    if (status)
        return status;
    if (header.columns > FLC_GRID_COLUMNS)
        status = flc_place_error(error, FLC_ERROR_STUDY, flc_csv_mark(&header, 0), NULL,
                                 "%zu columns; a point has at most %d levers", header.columns,
                                 FLC_GRID_COLUMNS);
    for (size_t c = 0; c < header.columns && !status; c++) {
        const char *path = header.fields[c];
        status = add_lever(grid, flc_arena_copy(grid->arena, path, strlen(path), error), error);
        if (status == FLC_ERROR_USAGE) {
            flc_error why = *error;
            status =
                flc_place_error(error, FLC_ERROR_STUDY, flc_csv_mark(&header, 0), NULL, "%s",
                                *path ? why.text : "a column without heading, which is a path");
        }
    }
    flc_csv_clear(&header);
    return status;
}

static flc_status take_column(flc_grid *grid, size_t l, const flc_csv *table, flc_error *error)
{
    struct values *values = &grid->values[l];
    values->texts = flc_arena_take(grid->arena, table->rows, sizeof *values->texts, error);
    if (!values->texts)
        return FLC_ERROR_MEMORY;
    for (size_t row = 0; row < table->rows; row++) {
        const char *text = table->fields[row * table->columns + l];
        if (!*text)
            return flc_place_error(error, FLC_ERROR_STUDY, flc_csv_mark(table, row), NULL,
                                   "no value for %.300s", grid->levers[l].path);
        if (!(values->texts[row] = flc_arena_copy(grid->arena, text, strlen(text), error)))
            return FLC_ERROR_MEMORY;
    }
    values->count = table->rows;
    return finish_lever(grid, l, error);
}

static flc_status read_rows(flc_grid *grid, const char *text, size_t length, const char *name,
                            flc_error *error)
{
    const char *paths[FLC_GRID_COLUMNS];
    flc_csv table;
    for (size_t l = 0; l < grid->lever_count; l++)
        paths[l] = grid->levers[l].path;
    char *copy = copy_text(text, length, error);
    flc_status status =
        copy ? flc_csv_take(&table, copy, length, name, paths, grid->lever_count, error)
             : FLC_ERROR_MEMORY;
    if (status)
        return status;
    if (table.rows > FLC_GRID_POINTS)
        status = too_many((double)table.rows, error);
    for (size_t l = 0; l < grid->lever_count && !status; l++)
        status = take_column(grid, l, &table, error);
    grid->points = table.rows;
    flc_csv_clear(&table);
    return status;
}

flc_status flc_grid_of_table(flc_grid **made, const char *text, size_t length, const char *name,
                             flc_error *error)
{
    *made = NULL;
    flc_grid *grid = create_empty(error);
    flc_status status = grid ? FLC_OK : FLC_ERROR_MEMORY;
    if (!status && !(status = read_headings(grid, text, length, name, error)) &&
        !(status = read_rows(grid, text, length, name, error)))
        status = make_labels(grid, error);
    if (!status && (grid->full = grid->lever_count == 1))
        status = refuse_twins(&grid->levers[0], error);
    return finish(made, grid, status);
}

/* ---- asking ---------------------------------------------------------------------------------- */

size_t flc_grid_points(const flc_grid *grid)
{
    return grid->points;
}

size_t flc_grid_levers(const flc_grid *grid)
{
    return grid->lever_count;
}

const flc_lever *flc_grid_lever(const flc_grid *grid, size_t lever)
{
    return &grid->levers[lever];
}

bool flc_grid_is_full(const flc_grid *grid)
{
    return grid->full;
}

/* Points from one value of the lever to the next. */
static size_t stride_of(const flc_grid *grid, size_t lever)
{
    size_t stride = 1;
    for (size_t l = lever + 1; l < grid->lever_count; l++)
        stride *= grid->levers[l].count;
    return stride;
}

size_t flc_grid_value(const flc_grid *grid, size_t point, size_t lever)
{
    return grid->full ? point / stride_of(grid, lever) % grid->levers[lever].count : point;
}

size_t flc_grid_moved(const flc_grid *grid, size_t point, size_t lever, size_t value)
{
    return point - flc_grid_value(grid, point, lever) * stride_of(grid, lever) +
           value * stride_of(grid, lever);
}

const char *flc_grid_assignment(const flc_grid *grid, size_t point, size_t lever)
{
    return grid->values[lever].assignments[flc_grid_value(grid, point, lever)];
}

const char *flc_grid_label(const flc_grid *grid, size_t point)
{
    return grid->labels[point];
}
