/* What two runs were asked for, and which variables of their files have other values. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "store/comparison_priv.h"

bool flc_comparison_same(const double *a, const double *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (a[i] != b[i] && !(isnan(a[i]) && isnan(b[i])))
            return false;
    return true;
}

/* ---- facts ----------------------------------------------------------------------------------- */

static void print_attribute(flc_buffer *buffer, const flc_data_attribute *attribute)
{
    if (!attribute || attribute->count != 1)
        flc_buffer_add(buffer, "(none)");
    else if (attribute->texts)
        flc_buffer_add(buffer, attribute->texts[0]);
    else if (attribute->integers)
        flc_buffer_printf(buffer, "%lld", (long long)attribute->integers[0]);
    else if (attribute->doubles)
        flc_buffer_number(buffer, attribute->doubles[0]);
}

static void print_years(flc_buffer *buffer, const flc_result_view *file)
{
    flc_buffer_printf(buffer, "%lld-%lld", (long long)file->year[0],
                      (long long)file->year[file->years - 1]);
}

static void print_quantiles(flc_buffer *buffer, const flc_result_view *file)
{
    for (size_t i = 0; i < file->quantiles; i++)
        flc_buffer_printf(buffer, "%s%g", i ? " " : "", file->quantile[i]);
}

static void print_programs(flc_buffer *buffer, const flc_result_view *file)
{
    for (size_t i = 0; i < file->programs; i++)
        flc_buffer_printf(buffer, "%s%s", i ? " " : "", file->program_key[i]);
}

/* A fact is an attribute of the root, or printed from the coordinates. */
static const struct fact_kind {
    const char *name, *attribute;
    void (*print)(flc_buffer *, const flc_result_view *);
} kinds[] = {
    {"title", "title", NULL},
    {"seed", "seed", NULL},
    {"samples", "samples", NULL},
    {"design", "design", NULL},
    {"version", "source", NULL},
    {"format", "fulcrum_result_format", NULL},
    {"level of intervals", "interval_level", NULL},
    {"programs", NULL, print_programs},
    {"fiscal years", NULL, print_years},
    {"quantiles", NULL, print_quantiles},
};
enum { KINDS = sizeof kinds / sizeof *kinds };
_Static_assert(sizeof kinds / sizeof *kinds <= (size_t)FLC_FACTS_MOST, "room for all facts");

static const char *fact_text(flc_comparison *comparison, const struct fact_kind *kind, int side,
                             flc_error *error)
{
    const flc_result_view *file = &comparison->file[side];
    flc_buffer buffer;
    flc_buffer_init(&buffer, error);
    if (kind->attribute)
        print_attribute(&buffer, flc_data_attribute_find(file->root, kind->attribute));
    else
        kind->print(&buffer, file);
    const char *text = buffer.status
                           ? NULL
                           : flc_arena_copy(comparison->arena, buffer.text ? buffer.text : "",
                                            buffer.length, error);
    flc_buffer_clear(&buffer);
    return text;
}

static flc_status find_changes(flc_comparison *comparison, flc_error *error)
{
    static const char path[] = "study/resolved";
    const char *text[2], *name[2];
    for (int side = 0; side < 2; side++) {
        const flc_result_view *file = &comparison->file[side];
        const char *const *texts = flc_datareader_texts(file->reader, path, error);
        if (!texts)
            return FLC_ERROR_STUDY;
        text[side] = flc_datareader_find(file->reader, path)->count ? texts[0] : "";
        name[side] = flc_comparison_text(comparison, error, "%s: %s", file->path, path);
        if (!name[side])
            return FLC_ERROR_MEMORY;
    }
    if (strcmp(text[0], text[1]) == 0)
        return FLC_OK;
    return flc_study_differences(&comparison->changes, &comparison->change_count, comparison->arena,
                                 text, name, error);
}

flc_status flc_comparison_facts(flc_comparison *comparison, flc_error *error)
{
    for (size_t i = 0; i < KINDS; i++) {
        const char *text[2];
        for (int side = 0; side < 2; side++)
            if (!(text[side] = fact_text(comparison, &kinds[i], side, error)))
                return FLC_ERROR_MEMORY;
        const bool same = strcmp(text[0], text[1]) == 0;
        if (!same)
            comparison->facts[comparison->fact_count++] =
                (flc_fact){kinds[i].name, {text[0], text[1]}};
        if (strcmp(kinds[i].name, "seed") == 0)
            comparison->same_seed = same;
        if (strcmp(kinds[i].name, "samples") == 0)
            comparison->same_samples = same;
    }
    return find_changes(comparison, error);
}

/* ---- variables ------------------------------------------------------------------------------- */

static bool is_whole(flc_data_type type)
{
    return type == FLC_DATA_INT32 || type == FLC_DATA_INT64 || type == FLC_DATA_BYTE;
}

static bool same_shape(const flc_data_object *a, const flc_data_object *b)
{
    return !b->is_group && a->rank == b->rank &&
           memcmp(a->size, b->size, a->rank * sizeof *a->size) == 0 &&
           (a->type == b->type || (is_whole(a->type) && is_whole(b->type)));
}

static bool same_texts(const char *const *a, const char *const *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

/* Values of a kind that cannot be read here are not the same. */
static flc_status compare_values(flc_comparison *comparison, bool *same,
                                 const flc_data_object *object, flc_error *error)
{
    const void *values[2];
    const bool texts = object->type == FLC_DATA_TEXT, whole = is_whole(object->type);
    *same = false;
    if (object->type == FLC_DATA_OTHER)
        return FLC_OK;
    for (int side = 0; side < 2; side++) {
        flc_datareader *reader = comparison->file[side].reader;
        values[side] = texts   ? (const void *)flc_datareader_texts(reader, object->path, error)
                       : whole ? (const void *)flc_datareader_integers(reader, object->path, error)
                               : (const void *)flc_datareader_doubles(reader, object->path, error);
        if (!values[side])
            return error ? error->status : FLC_ERROR_STUDY;
    }
    *same = texts   ? same_texts(values[0], values[1], object->count)
            : whole ? memcmp(values[0], values[1], object->count * sizeof(int64_t)) == 0
                    : flc_comparison_same(values[0], values[1], object->count);
    return FLC_OK;
}

/* The study with the comments of its authors decides nothing; its resolved text does. Nor does the
 * state, which has those comments in it, and otherwise only what the statistics are made from, nor
 * why a run ended where it did. */
static bool is_value(const flc_data_object *object)
{
    return !object->is_group && strcmp(object->path, "study/as_written") != 0 &&
           strncmp(object->path, "state/", 6) != 0 && strncmp(object->path, "until/", 6) != 0;
}

static flc_status visit(flc_comparison *comparison, const flc_data_object *object, int side,
                        flc_error *error)
{
    const flc_data_object *other =
        flc_datareader_find(comparison->file[1 - side].reader, object->path);
    bool same = false;
    if (side == 1 && other && !other->is_group)
        return FLC_OK; /* seen from the first file */
    comparison->variables_seen++;
    if (other && same_shape(object, other)) {
        flc_status status = compare_values(comparison, &same, object, error);
        if (status)
            return status;
    }
    if (!same)
        comparison->variables[comparison->variable_count++] = object->path;
    return FLC_OK;
}

flc_status flc_comparison_variables(flc_comparison *comparison, flc_error *error)
{
    size_t most = flc_datareader_count(comparison->file[0].reader) +
                  flc_datareader_count(comparison->file[1].reader);
    comparison->variables = flc_arena_take(comparison->arena, most, sizeof(char *), error);
    flc_status status = comparison->variables ? FLC_OK : FLC_ERROR_MEMORY;
    for (int side = 0; side < 2 && !status; side++) {
        const flc_datareader *reader = comparison->file[side].reader;
        for (size_t i = 0; i < flc_datareader_count(reader) && !status; i++) {
            const flc_data_object *object = flc_datareader_object(reader, i);
            if (is_value(object))
                status = visit(comparison, object, side, error);
        }
    }
    return status;
}
