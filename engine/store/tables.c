#include "store/tables.h"

#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/suggest.h"

static const char MEAN[] = "_mean", ERROR[] = "_standard_error", DIFFERENCE[] = "_difference_mean";

/* Pointers to things in the arena. */
struct list {
    void **items;
    size_t count, capacity;
};

struct flc_tables {
    flc_datareader *reader;
    const char *path; /* of the file; borrowed */
    flc_arena *arena;
    struct list axes, outputs, tables; /* outputs: paths of their means without "_mean" */
    flc_error *error;                  /* while they are being found */
};

/* ---- pieces ---------------------------------------------------------------------------------- */

static void *take(flc_tables *tables, size_t bytes)
{
    return flc_arena_take(tables->arena, 1, bytes, tables->error);
}

static const char *copy(flc_tables *tables, const char *text, size_t length)
{
    return flc_arena_copy(tables->arena, text, length, tables->error);
}

static flc_status add(flc_tables *tables, struct list *list, void *item)
{
    void *items = list->items;
    flc_status status = item ? flc_reserve(&items, &list->capacity, list->count + 1,
                                           sizeof *list->items, tables->error)
                             : FLC_ERROR_MEMORY;
    list->items = items;
    if (status == FLC_OK)
        list->items[list->count++] = item;
    return status;
}

/* "a/b/c": "c", and the length of "a/b". */
static const char *last_part(size_t *front, const char *path)
{
    const char *slash = strrchr(path, '/');
    *front = slash ? (size_t)(slash - path) : 0;
    return slash ? slash + 1 : path;
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

/* The object group/name, its group being the first `front` bytes of `path`, or a group above. */
static const flc_data_object *find_above(flc_tables *tables, const char *path, size_t front,
                                         const char *name)
{
    const flc_data_object *object = NULL;
    flc_buffer full;
    flc_buffer_init(&full, tables->error);
    for (bool more = true; more && !object;) {
        flc_buffer_cut(&full, 0);
        flc_buffer_printf(&full, "%.*s%s%s", (int)front, path, front ? "/" : "", name);
        object = full.status ? NULL : flc_datareader_find(tables->reader, full.text);
        more = front > 0;
        while (front > 0 && path[--front] != '/')
            continue;
    }
    flc_buffer_clear(&full);
    return object;
}

/* ---- axes ------------------------------------------------------------------------------------ */

bool flc_tables_is_bare(const flc_tables_axis *axis)
{
    return !axis->texts && !axis->integers && !axis->doubles;
}

static flc_status read_values(flc_tables *tables, flc_tables_axis *axis,
                              const flc_data_object *values)
{
    const char *path = values->path;
    switch (values->type) {
    case FLC_DATA_TEXT:
        axis->texts = flc_datareader_texts(tables->reader, path, tables->error);
        break;
    case FLC_DATA_DOUBLE:
        axis->doubles = flc_datareader_doubles(tables->reader, path, tables->error);
        break;
    case FLC_DATA_INT32:
    case FLC_DATA_INT64:
        axis->integers = flc_datareader_integers(tables->reader, path, tables->error);
        break;
    default:
        return FLC_OK;
    }
    return flc_tables_is_bare(axis) ? FLC_ERROR_STUDY : FLC_OK;
}

/* Where the values of an axis stand or, without values, would stand beside the variable. */
static const char *axis_path(flc_tables *tables, const flc_data_object *values,
                             const flc_data_object *variable, size_t k)
{
    size_t front;
    flc_buffer text;
    const char *path;
    if (values)
        return values->path;
    last_part(&front, variable->path);
    flc_buffer_init(&text, tables->error);
    flc_buffer_printf(&text, "%.*s%s", (int)front, variable->path, front ? "/" : "");
    if (variable->dimension[k][0])
        flc_buffer_add(&text, variable->dimension[k]);
    else
        flc_buffer_printf(&text, "axis_%zu_of_%zu", k, variable->size[k]);
    path = text.status ? NULL : copy(tables, text.text, text.length);
    flc_buffer_clear(&text);
    return path;
}

static flc_tables_axis *new_axis(flc_tables *tables, const flc_data_object *values,
                                 const char *path, size_t size)
{
    size_t front;
    flc_tables_axis *axis = take(tables, sizeof *axis);
    if (!axis)
        return NULL;
    *axis = (flc_tables_axis){.path = path, .name = last_part(&front, path), .size = size};
    if (values && read_values(tables, axis, values))
        return NULL;
    return add(tables, &tables->axes, axis) ? NULL : axis;
}

/* The axis k of a variable; NULL on error. */
static flc_tables_axis *axis_of(flc_tables *tables, const flc_data_object *variable, size_t k)
{
    size_t front;
    last_part(&front, variable->path);
    const flc_data_object *values =
        variable->dimension[k][0]
            ? find_above(tables, variable->path, front, variable->dimension[k])
            : NULL;
    if (values &&
        (!values->is_coordinate || values->rank != 1 || values->size[0] != variable->size[k]))
        values = NULL;
    const char *path = axis_path(tables, values, variable, k);
    if (!path)
        return NULL;
    for (size_t i = 0; i < tables->axes.count; i++) {
        flc_tables_axis *axis = tables->axes.items[i];
        if (axis->size == variable->size[k] && strcmp(axis->path, path) == 0)
            return axis;
    }
    return new_axis(tables, values, path, variable->size[k]);
}

static bool has_lines(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strpbrk(texts[i], "\r\n"))
            return true;
    return false;
}

/* Texts along one axis, and whole numbers where nothing else tells its entries. */
static bool is_label(const flc_data_object *variable, const flc_tables_axis *axis)
{
    return variable->type == FLC_DATA_TEXT ||
           (variable->type == FLC_DATA_INT32 && flc_tables_is_bare(axis));
}

static flc_status add_label(flc_tables *tables, flc_tables_axis *axis,
                            const flc_data_object *variable)
{
    size_t front;
    flc_tables_label label = {.name = last_part(&front, variable->path)};
    if (variable->type == FLC_DATA_TEXT)
        label.texts = flc_datareader_texts(tables->reader, variable->path, tables->error);
    else
        label.integers = flc_datareader_integers(tables->reader, variable->path, tables->error);
    if (!label.texts && !label.integers)
        return FLC_ERROR_STUDY;
    if (axis->label_count < FLC_TABLES_LABELS &&
        (!label.texts || !has_lines(label.texts, axis->size)))
        axis->labels[axis->label_count++] = label;
    return FLC_OK;
}

/* ---- outputs --------------------------------------------------------------------------------- */

static bool lies_along(const flc_data_object *variable, const char *dimension)
{
    for (size_t k = 0; k < variable->rank; k++)
        if (strcmp(variable->dimension[k], dimension) == 0)
            return true;
    return false;
}

static flc_status find_outputs(flc_tables *tables)
{
    flc_status status = FLC_OK;
    for (size_t i = 0; i < flc_datareader_count(tables->reader) && status == FLC_OK; i++) {
        const flc_data_object *mean = flc_datareader_object(tables->reader, i);
        if (mean->is_group || !ends_in(mean->path, MEAN) || ends_in(mean->path, DIFFERENCE) ||
            !lies_along(mean, "program"))
            continue;
        flc_buffer error;
        const int length = (int)(strlen(mean->path) - strlen(MEAN));
        flc_buffer_init(&error, tables->error);
        flc_buffer_printf(&error, "%.*s%s", length, mean->path, ERROR);
        status = error.status;
        if (status == FLC_OK && flc_datareader_find(tables->reader, error.text))
            status = add(tables, &tables->outputs,
                         flc_arena_copy(tables->arena, mean->path, (size_t)length, tables->error));
        flc_buffer_clear(&error);
    }
    return status;
}

/* The output that a variable is of: the longest of those that its name goes on from. NULL: none. */
static const char *output_of(const flc_tables *tables, const flc_data_object *variable)
{
    const char *best = NULL;
    for (size_t i = 0; i < tables->outputs.count; i++) {
        const char *output = tables->outputs.items[i];
        const size_t length = strlen(output);
        if (strncmp(variable->path, output, length) == 0 && variable->path[length] == '_' &&
            (!best || length > strlen(best)))
            best = output;
    }
    return lies_along(variable, "program") ? best : NULL;
}

/* ---- fields ---------------------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Does the last axis of a variable go across? */
static bool goes_across(const flc_data_object *variable)
{
    static const char *const always[] = {"quantile", "edge", "bin"};
    static const char *const of_samples[] = {"quantity", "name"};
    if (variable->rank == 0)
        return false;
    const char *last = variable->dimension[variable->rank - 1];
    return is_one_of(last, always, sizeof always / sizeof *always) ||
           (variable->rank == 2 && strcmp(variable->dimension[0], "sample") == 0 &&
            is_one_of(last, of_samples, sizeof of_samples / sizeof *of_samples));
}

/* "as in output_unit", "of the output", "unit of the outcome": the text that follows `words`. */
static const char *behind(const char *unit, const char *words)
{
    const char *at = strstr(unit, words);
    return at ? at + strlen(words) : NULL;
}

/* The units of the entries of an axis, where the variable's unit points to them. */
static flc_status find_units(flc_tables *tables, flc_tables_field *field)
{
    const flc_data_object *variable = field->variable, *units = NULL;
    const char *as_in = behind(field->unit, "as in "), *of_the = behind(field->unit, "of the ");
    size_t front;
    flc_buffer name;
    if (!as_in && !of_the)
        return FLC_OK;
    last_part(&front, variable->path);
    flc_buffer_init(&name, tables->error);
    flc_buffer_printf(&name, "%s%s", as_in ? as_in : of_the, as_in ? "" : "_unit");
    if (name.status == FLC_OK)
        units = find_above(tables, variable->path, front, name.text);
    flc_buffer_clear(&name);
    for (size_t k = 0; units && units->rank == 1 && k < variable->rank; k++)
        if (units->type == FLC_DATA_TEXT && units->size[0] == variable->size[k] &&
            strcmp(units->dimension[0], variable->dimension[k]) == 0) {
            field->unit_axis = k;
            field->units = flc_datareader_texts(tables->reader, units->path, tables->error);
            return field->units ? FLC_OK : FLC_ERROR_STUDY;
        }
    return name.status;
}

static flc_tables_field *new_field(flc_tables *tables, const flc_data_object *variable,
                                   const char *output)
{
    size_t front;
    flc_tables_field *field = take(tables, sizeof *field);
    if (!field)
        return NULL;
    const char *unit = flc_data_attribute_text(variable, "units");
    const char *statistic =
        output ? variable->path + strlen(output) + 1 : last_part(&front, variable->path);
    *field =
        (flc_tables_field){.variable = variable, .statistic = statistic, .unit = unit ? unit : ""};
    if (goes_across(variable) && !(field->across = axis_of(tables, variable, variable->rank - 1)))
        return NULL;
    return find_units(tables, field) ? NULL : field;
}

/* ---- sections and tables --------------------------------------------------------------------- */

/* Where a variable belongs. */
static flc_tables_section *new_section(flc_tables *tables, const flc_data_object *variable,
                                       const char *output, size_t rank)
{
    size_t front;
    flc_tables_section *section = take(tables, sizeof *section);
    last_part(&front, variable->path);
    if (!section || !(section->group = copy(tables, variable->path, front)))
        return NULL;
    section->output = output ? last_part(&front, output) : "";
    section->rank = rank;
    for (size_t k = 0; k < rank; k++)
        if (!(section->axes[k] = axis_of(tables, variable, k)))
            return NULL;
    return section;
}

static bool same_keys(const flc_tables_section *a, const flc_tables_section *b)
{
    bool same = a->rank == b->rank && strcmp(a->output, b->output) == 0;
    for (size_t k = 0; same && k < a->rank; k++)
        same = a->axes[k] == b->axes[k];
    return same;
}

/* The group; in the root what the rows are. */
static const char *table_name(flc_tables *tables, const flc_tables_section *section)
{
    flc_buffer name;
    const char *made = NULL;
    if (section->group[0])
        return section->group;
    if (section->rank == 0)
        return "whole";
    if (section->output[0])
        return "outputs";
    flc_buffer_init(&name, tables->error);
    for (size_t k = 0; k < section->rank && !made; k++) {
        flc_buffer_printf(&name, "%s%s", k ? "/" : "", section->axes[k]->name);
        if (strcmp(section->axes[k]->name, "output") == 0)
            made = "outputs";
    }
    if (!made && name.status == FLC_OK)
        made = copy(tables, name.text, name.length);
    flc_buffer_clear(&name);
    return made;
}

static flc_table *table_called(flc_tables *tables, const char *name)
{
    for (size_t i = 0; name && i < tables->tables.count; i++) {
        flc_table *table = tables->tables.items[i];
        if (strcmp(table->name, name) == 0)
            return table;
    }
    flc_table *table = name ? take(tables, sizeof *table) : NULL;
    if (table)
        table->name = name;
    return add(tables, &tables->tables, table) ? NULL : table;
}

/* The section of these keys, `made` itself where it is the first of them. */
static flc_tables_section *place_section(flc_tables *tables, flc_tables_section *made)
{
    flc_table *table = table_called(tables, table_name(tables, made));
    for (size_t i = 0; table && i < table->count; i++)
        if (same_keys(table->sections[i], made))
            return table->sections[i];
    void *sections = table ? table->sections : NULL;
    if (!table || flc_reserve(&sections, &table->capacity, table->count + 1,
                              sizeof *table->sections, tables->error))
        return NULL;
    table->sections = sections;
    return table->sections[table->count++] = made;
}

static flc_status add_field(flc_tables *tables, const flc_data_object *variable)
{
    const char *output = output_of(tables, variable);
    flc_tables_field *field = new_field(tables, variable, output);
    flc_tables_section *section =
        field ? new_section(tables, variable, output, variable->rank - (field->across ? 1 : 0))
              : NULL;
    section = section ? place_section(tables, section) : NULL;
    void *fields = section ? section->fields : NULL;
    if (!section || flc_reserve(&fields, &section->capacity, section->count + 1,
                                sizeof *section->fields, tables->error))
        return tables->error && tables->error->status ? tables->error->status : FLC_ERROR_MEMORY;
    section->fields = fields;
    section->fields[section->count++] = field;
    table_called(tables, table_name(tables, section))->numbers += variable->count;
    return FLC_OK;
}

static flc_status sort_variable(flc_tables *tables, const flc_data_object *variable)
{
    if (variable->is_group || variable->is_coordinate || variable->type == FLC_DATA_BYTE ||
        variable->type == FLC_DATA_OTHER || (variable->rank > 0 && variable->count == 0))
        return FLC_OK;
    if (variable->rank == 1) {
        flc_tables_axis *axis = axis_of(tables, variable, 0);
        if (!axis)
            return FLC_ERROR_MEMORY;
        if (is_label(variable, axis))
            return add_label(tables, axis, variable);
    }
    return variable->type == FLC_DATA_TEXT ? FLC_OK : add_field(tables, variable);
}

/* What only describes an axis is a table too where its group has no other. */
static flc_status add_lone_labels(flc_tables *tables)
{
    const size_t before = tables->tables.count;
    for (size_t i = 0; i < flc_datareader_count(tables->reader); i++) {
        const flc_data_object *variable = flc_datareader_object(tables->reader, i);
        bool taken = false;
        if (variable->is_group || variable->is_coordinate || variable->rank != 1 ||
            variable->type != FLC_DATA_TEXT || variable->count == 0)
            continue;
        flc_tables_section *section = new_section(tables, variable, NULL, 1);
        const char *name = section ? table_name(tables, section) : NULL;
        if (!name)
            return FLC_ERROR_MEMORY;
        for (size_t t = 0; t < before && !taken; t++)
            taken = strcmp(((flc_table *)tables->tables.items[t])->name, name) == 0;
        if (!taken && section->axes[0]->label_count > 0 && !place_section(tables, section))
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

/* ---- the tables of a file -------------------------------------------------------------------- */

flc_status flc_tables_create(flc_tables **made, flc_datareader *reader, const char *path,
                             flc_error *error)
{
    flc_tables *tables = FLC_NEW(flc_tables, 1, error);
    *made = tables;
    if (!tables)
        return FLC_ERROR_MEMORY;
    *tables = (flc_tables){.reader = reader, .path = path, .error = error};
    tables->arena = flc_arena_create(error);
    flc_status status = tables->arena ? find_outputs(tables) : FLC_ERROR_MEMORY;
    for (size_t i = 0; i < flc_datareader_count(reader) && status == FLC_OK; i++)
        status = sort_variable(tables, flc_datareader_object(reader, i));
    if (status == FLC_OK)
        status = add_lone_labels(tables);
    if (status == FLC_OK && tables->tables.count == 0)
        status = flc_error_set(error, FLC_ERROR_STUDY,
                               "%s: holds no table; give a file that fulcrum wrote", path);
    tables->error = NULL;
    if (status) {
        flc_tables_free(tables);
        *made = NULL;
    }
    return status;
}

void flc_tables_free(flc_tables *tables)
{
    if (!tables)
        return;
    for (size_t t = 0; t < tables->tables.count; t++) {
        flc_table *table = tables->tables.items[t];
        for (size_t s = 0; s < table->count; s++)
            flc_free(table->sections[s]->fields);
        flc_free(table->sections);
    }
    flc_free(tables->axes.items);
    flc_free(tables->outputs.items);
    flc_free(tables->tables.items);
    flc_arena_free(tables->arena);
    flc_free(tables);
}

flc_datareader *flc_tables_reader(const flc_tables *tables)
{
    return tables->reader;
}

size_t flc_tables_count(const flc_tables *tables)
{
    return tables->tables.count;
}

const flc_table *flc_tables_get(const flc_tables *tables, size_t i)
{
    return tables->tables.items[i];
}

const flc_table *flc_tables_main(const flc_tables *tables)
{
    const flc_table *most = flc_tables_get(tables, 0);
    for (size_t i = 1; i < tables->tables.count; i++)
        if (flc_tables_get(tables, i)->numbers > most->numbers)
            most = flc_tables_get(tables, i);
    return most;
}

const flc_table *flc_tables_find(const flc_tables *tables, const char *name, flc_error *error)
{
    flc_buffer names;
    const flc_table *found = NULL;
    flc_buffer_init(&names, error);
    for (size_t i = 0; i < tables->tables.count && !found; i++) {
        const flc_table *table = flc_tables_get(tables, i);
        flc_buffer_printf(&names, "%s%s", i ? ", " : "", table->name);
        if (strcmp(table->name, name) == 0)
            found = table;
    }
    if (!found && names.status == FLC_OK)
        flc_error_set(error, FLC_ERROR_USAGE, "%s: no table '%.200s'; there are: %s", tables->path,
                      name, names.text);
    flc_buffer_clear(&names);
    return found;
}

size_t flc_tables_rows(const flc_table *table)
{
    size_t rows = 0;
    for (size_t s = 0; s < table->count; s++) {
        size_t own = 1;
        for (size_t k = 0; k < table->sections[s]->rank; k++)
            own *= table->sections[s]->axes[k]->size;
        rows += own;
    }
    return rows;
}
