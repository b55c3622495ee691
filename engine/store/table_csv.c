#include "store/table_csv.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/suggest.h"

enum {
    KEYS_MOST = 64,
    CHUNK_VALUES = 1 << 16, /* of a variable, in memory at a time, but at least */
    CHUNK_ROWS = 768,       /* and a multiple of these, as kept samples are stored */
    FLUSH_BYTES = 1 << 16,
    WHOLE_TEXT = 24
};
#define NOWHERE SIZE_MAX

/* A chosen field of the section being written. */
struct pick {
    const flc_tables_field *field;
    size_t low, width; /* entries low ... low + width - 1 across are read; 1 without */
    bool *chosen;      /* [entries across], NULL: all */
    size_t *column;    /* [width] in a wide table */
    bool whole;        /* int64_t, else double */
    void *values;      /* of a chunk */
};

struct cell {
    bool there, whole;
    double number;
    int64_t integer;
};

struct writer {
    const flc_tables *tables;
    const flc_table *table;
    const flc_table_csv_choice *choice;
    flc_table_csv_sink sink;
    flc_table_csv_extent *extent;
    flc_error *error;
    flc_buffer text, name; /* lines not yet put; the name of a row */
    const flc_tables_axis *keys[KEYS_MOST], *across[KEYS_MOST];
    size_t key_count, across_count;
    bool has_output, has_unit, has_fields;
    flc_arena *arena;
    const char **headings; /* of the cells of a wide table */
    size_t heading_count, heading_room;
    struct cell *cells; /* [heading_count] */
    struct pick *picks;
    size_t pick_count;
    bool *of_met; /* [of_count] */
    bool *used;   /* [sections] */
    bool begun;
};

/* ---- text ------------------------------------------------------------------------------------ */

static void put_field(struct writer *writer, const char *text)
{
    flc_buffer *out = &writer->text;
    if (!strpbrk(text, ",\"\r\n")) {
        flc_buffer_add(out, text);
        return;
    }
    flc_buffer_append(out, "\"", 1);
    for (const char *at = text; *at; at++)
        flc_buffer_append(out, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    flc_buffer_append(out, "\"", 1);
}

static void put_comma(struct writer *writer)
{
    flc_buffer_append(&writer->text, ",", 1);
}

/* The end of a line takes the comma behind its last field. */
static flc_status end_line(struct writer *writer)
{
    flc_buffer *out = &writer->text;
    if (out->status == FLC_OK)
        flc_buffer_cut(out, out->length - 1);
    flc_buffer_add(out, writer->choice->excel ? "\r\n" : "\n");
    if (out->status || out->length < FLUSH_BYTES)
        return out->status;
    flc_status status = writer->sink.put(writer->sink.to, out->text, out->length, writer->error);
    flc_buffer_cut(out, 0);
    return status;
}

static void put_number(struct writer *writer, double value)
{
    char text[FLC_NUMBER_TEXT];
    if (isinf(value))
        flc_buffer_add(&writer->text, value > 0 ? "Inf" : "-Inf");
    else if (!isnan(value))
        flc_buffer_add(&writer->text, flc_number_print(text, value));
}

static void put_integer(struct writer *writer, int64_t value)
{
    char text[WHOLE_TEXT];
    snprintf(text, sizeof text, "%" PRId64, value);
    flc_buffer_add(&writer->text, text);
}

static void put_cell(struct writer *writer, const struct cell *cell)
{
    if (cell->there && cell->whole)
        put_integer(writer, cell->integer);
    else if (cell->there)
        put_number(writer, cell->number);
    put_comma(writer);
}

static void put_entry(struct writer *writer, const flc_tables_axis *axis, size_t i)
{
    if (axis->texts)
        put_field(writer, axis->texts[i]);
    else if (axis->doubles)
        put_number(writer, axis->doubles[i]);
    else
        put_integer(writer, axis->integers ? axis->integers[i] : (int64_t)i);
}

/* ---- columns --------------------------------------------------------------------------------- */

static bool labels_shown(const struct writer *writer, const flc_tables_axis *axis)
{
    return writer->choice->names || !writer->has_fields || flc_tables_is_bare(axis);
}

static size_t place_of(const flc_tables_axis *const *axes, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(axes[i]->name, name) == 0)
            return i;
    return NOWHERE;
}

/* Keys in the order of the sections that have them: a new one stands before the first key of its
 * section that follows it and is there already. */
static flc_status add_keys(struct writer *writer, const flc_tables_section *section)
{
    for (size_t k = section->rank; k-- > 0;) {
        if (place_of(writer->keys, writer->key_count, section->axes[k]->name) != NOWHERE)
            continue;
        if (writer->key_count == KEYS_MOST)
            return flc_error_set(writer->error, FLC_ERROR_STUDY, "more than %d dimensions",
                                 KEYS_MOST);
        size_t at = writer->key_count;
        for (size_t later = k + 1; later < section->rank && at == writer->key_count; later++)
            at = place_of(writer->keys, writer->key_count, section->axes[later]->name);
        memmove(writer->keys + at + 1, writer->keys + at,
                (writer->key_count - at) * sizeof *writer->keys);
        writer->keys[at] = section->axes[k];
        writer->key_count++;
    }
    return FLC_OK;
}

static flc_status add_across(struct writer *writer, const flc_tables_axis *axis)
{
    if (place_of(writer->across, writer->across_count, axis->name) != NOWHERE)
        return FLC_OK;
    if (writer->across_count == KEYS_MOST)
        return flc_error_set(writer->error, FLC_ERROR_STUDY, "more than %d dimensions", KEYS_MOST);
    writer->across[writer->across_count++] = axis;
    return FLC_OK;
}

/* Does each entry across have a unit of its own? */
static bool has_unit_across(const flc_tables_field *field)
{
    return field->units && field->across && field->unit_axis + 1 == field->variable->rank;
}

static bool is_name(const flc_tables_axis *axis)
{
    return axis->texts != NULL;
}

/* The heading of entry j across: the name alone, or quantile_0.05. */
static const char *heading_of(struct writer *writer, const flc_tables_field *field, size_t j)
{
    const flc_tables_axis *across = field->across;
    char number[FLC_NUMBER_TEXT];
    if (!across)
        return field->statistic;
    if (is_name(across))
        return across->texts[j];
    if (across->doubles)
        flc_number_print(number, across->doubles[j]);
    else
        snprintf(number, sizeof number, "%" PRId64,
                 across->integers ? across->integers[j] : (int64_t)j);
    flc_buffer_cut(&writer->name, 0);
    flc_buffer_printf(&writer->name, "%s_%s", field->statistic, number);
    return writer->name.status ? NULL
                               : flc_arena_copy(writer->arena, writer->name.text,
                                                writer->name.length, writer->error);
}

static size_t place_heading(struct writer *writer, const char *heading)
{
    for (size_t i = 0; heading && i < writer->heading_count; i++)
        if (strcmp(writer->headings[i], heading) == 0)
            return i;
    void *headings = writer->headings;
    if (!heading || flc_reserve(&headings, &writer->heading_room, writer->heading_count + 1,
                                sizeof *writer->headings, writer->error))
        return NOWHERE;
    writer->headings = headings;
    writer->headings[writer->heading_count] = heading;
    return writer->heading_count++;
}

static void put_key_headings(struct writer *writer)
{
    if (writer->has_output) {
        flc_buffer_add(&writer->text, "output");
        put_comma(writer);
    }
    for (size_t k = 0; k < writer->key_count; k++) {
        const flc_tables_axis *axis = writer->keys[k];
        put_field(writer, axis->name);
        put_comma(writer);
        for (size_t l = 0; l < axis->label_count && labels_shown(writer, axis); l++) {
            put_field(writer, axis->labels[l].name);
            put_comma(writer);
        }
    }
}

static flc_status put_header(struct writer *writer)
{
    if (writer->choice->excel)
        flc_buffer_add(&writer->text, "\xEF\xBB\xBF");
    put_key_headings(writer);
    /* Of a table by unit, as a trace is, the last column is another thing. */
    const bool taken = place_of(writer->keys, writer->key_count, "unit") != NOWHERE;
    const char *unit = !writer->has_unit ? "" : taken ? "units," : "unit,";
    if (writer->choice->wide) {
        flc_buffer_add(&writer->text, unit);
        for (size_t i = 0; i < writer->heading_count; i++) {
            put_field(writer, writer->headings[i]);
            put_comma(writer);
        }
    } else if (writer->has_fields) {
        flc_buffer_add(&writer->text, "statistic,");
        for (size_t i = 0; i < writer->across_count; i++) {
            put_field(writer, writer->across[i]->name);
            put_comma(writer);
        }
        flc_buffer_add(&writer->text, "value,");
        flc_buffer_add(&writer->text, unit);
    }
    bool quoted = false;
    for (size_t i = 0; i < writer->text.length; i++) {
        quoted = quoted != (writer->text.text[i] == '"');
        writer->extent->columns += !quoted && writer->text.text[i] == ',';
    }
    writer->begun = true;
    return end_line(writer);
}

/* ---- names and choices ----------------------------------------------------------------------- */

static bool matches(const char *pattern, const char *name, flc_buffer *room)
{
    static const char *const front[] = {"", "", "*/", "*/"}, *const back[] = {"", "/*", "", "/*"};
    for (int i = 0; i < (strchr(pattern, '/') ? 2 : 4); i++) {
        flc_buffer_cut(room, 0);
        flc_buffer_printf(room, "%s%s%s", front[i], pattern, back[i]);
        if (room->status == FLC_OK && room->length > 0 && fnmatch(room->text, name, 0) == 0)
            return true;
    }
    return false;
}

/* Whether --of asks for this name; what was asked for is ticked off. */
static bool is_asked_for(struct writer *writer, const char *name)
{
    bool asked = writer->choice->of_count == 0;
    flc_buffer room;
    flc_buffer_init(&room, writer->error);
    for (size_t i = 0; i < writer->choice->of_count; i++)
        if (matches(writer->choice->of[i], name, &room))
            asked = writer->of_met[i] = true;
    flc_buffer_clear(&room);
    return asked;
}

static bool is_statistic_chosen(const flc_table_csv_choice *choice, const char *statistic)
{
    for (size_t i = 0; i < choice->statistic_count; i++)
        if (fnmatch(choice->statistics[i], statistic, 0) == 0)
            return true;
    return choice->statistic_count == 0 && fnmatch("*histogram_*", statistic, 0) != 0;
}

static flc_status check_statistic(const struct writer *writer, const char *pattern)
{
    flc_suggestion near;
    flc_suggestion_start(&near, pattern);
    for (size_t s = 0; s < writer->table->count; s++)
        for (size_t f = 0; f < writer->table->sections[s]->count; f++) {
            const char *statistic = writer->table->sections[s]->fields[f]->statistic;
            if (fnmatch(pattern, statistic, 0) == 0)
                return FLC_OK;
            flc_suggestion_offer(&near, statistic);
        }
    return flc_error_set(writer->error, FLC_ERROR_USAGE,
                         "no statistic '%.200s' in table '%s'%s%s%s", pattern, writer->table->name,
                         near.best ? "; did you mean '" : "; --list shows the tables",
                         near.best ? near.best : "", near.best ? "'?" : "");
}

/* The entry of a row along the axis of this name, or the text of a label that is called so or ends
 * so ("target_output"); NULL where the row has neither. */
static const char *part_of(const flc_tables_section *section, const size_t *index, const char *name,
                           char number[WHOLE_TEXT])
{
    for (size_t k = 0; k < section->rank; k++) {
        const flc_tables_axis *axis = section->axes[k];
        const char *const *texts = axis->texts;
        const int64_t *integers = axis->integers;
        bool found = strcmp(axis->name, name) == 0;
        for (size_t l = 0; l < axis->label_count && !found && flc_tables_is_bare(axis); l++) {
            const char *label = axis->labels[l].name, *tail = strrchr(label, '_');
            found = strcmp(label, name) == 0 || (tail && strcmp(tail + 1, name) == 0);
            texts = axis->labels[l].texts;
            integers = axis->labels[l].integers;
        }
        if (found && texts)
            return texts[index[k]];
        if (found && integers && integers[index[k]]) {
            snprintf(number, WHOLE_TEXT, "%" PRId64, integers[index[k]]);
            return number;
        }
    }
    return NULL;
}

/* "MEP/outcome_gross/jobs/2030"; of what is no output the first text that describes it. */
static void name_row(struct writer *writer, const flc_tables_section *section, const size_t *index)
{
    static const char *const parts[] = {"program", "output", "source",
                                        "outcome", "factor", "fiscal_year"};
    flc_buffer *name = &writer->name;
    flc_buffer_cut(name, 0);
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        char number[WHOLE_TEXT];
        const char *part = p == 1 && section->output[0] ? section->output
                                                        : part_of(section, index, parts[p], number);
        /* A source of an observation is where its figure comes from. */
        if (part && (p != 2 || place_of(section->axes, section->rank, "source") != NOWHERE))
            flc_buffer_printf(name, "%s%s", name->length ? "/" : "", part);
    }
    for (size_t k = 0; k < section->rank && !name->length; k++) {
        const flc_tables_axis *axis = section->axes[k];
        const char *const *texts = axis->texts         ? axis->texts
                                   : axis->label_count ? axis->labels[0].texts
                                                       : NULL;
        if (texts)
            flc_buffer_add(name, texts[index[k]]);
    }
}

/* ---- what of a section is chosen ------------------------------------------------------------- */

static void drop_pick(struct writer *writer)
{
    struct pick *last = &writer->picks[--writer->pick_count];
    flc_free(last->chosen);
    flc_free(last->column);
    flc_free(last->values);
}

static void clear_picks(struct writer *writer)
{
    while (writer->pick_count > 0)
        drop_pick(writer);
    flc_free(writer->picks);
    writer->picks = NULL;
}

/* Of names that go across, those asked for: the range that holds them, and which of it. */
static flc_status choose_across(struct writer *writer, struct pick *pick)
{
    const flc_tables_axis *across = pick->field->across;
    size_t low = across->size, high = 0;
    pick->width = across->size;
    if (!is_name(across) || writer->choice->of_count == 0)
        return FLC_OK;
    pick->chosen = FLC_NEW(bool, across->size, writer->error);
    if (!pick->chosen)
        return FLC_ERROR_MEMORY;
    for (size_t j = 0; j < across->size; j++)
        if ((pick->chosen[j] = is_asked_for(writer, across->texts[j]))) {
            low = j < low ? j : low;
            high = j + 1;
        }
    pick->low = high ? low : 0;
    pick->width = high ? high - low : 0;
    return FLC_OK;
}

static bool is_chosen(const struct pick *pick, size_t j)
{
    return !pick->chosen || pick->chosen[pick->low + j];
}

static flc_status place_columns(struct writer *writer, struct pick *pick)
{
    pick->column = FLC_NEW(size_t, pick->width, writer->error);
    if (!pick->column)
        return FLC_ERROR_MEMORY;
    for (size_t j = 0; j < pick->width; j++) {
        if (!is_chosen(pick, j))
            continue;
        pick->column[j] = place_heading(writer, heading_of(writer, pick->field, pick->low + j));
        if (pick->column[j] == NOWHERE)
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

/* The chosen fields of a section; those without a chosen entry are left out. */
static flc_status choose_fields(struct writer *writer, const flc_tables_section *section)
{
    flc_status status = FLC_OK;
    clear_picks(writer);
    writer->picks = FLC_NEW(struct pick, section->count, writer->error);
    if (!writer->picks)
        return FLC_ERROR_MEMORY;
    for (size_t f = 0; f < section->count && status == FLC_OK; f++) {
        const flc_tables_field *field = section->fields[f];
        struct pick *pick = &writer->picks[writer->pick_count];
        if (!is_statistic_chosen(writer->choice, field->statistic))
            continue;
        *pick = (struct pick){
            .field = field, .width = 1, .whole = field->variable->type != FLC_DATA_DOUBLE};
        writer->pick_count++;
        if (field->across)
            status = choose_across(writer, pick);
        if (status == FLC_OK && pick->width == 0)
            drop_pick(writer);
        else if (status == FLC_OK && writer->choice->wide)
            status = place_columns(writer, pick);
    }
    return status;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static struct cell cell_at(const struct pick *pick, size_t row, size_t j)
{
    struct cell cell = {.there = true, .whole = pick->whole};
    const size_t at = row * pick->width + j;
    if (pick->whole)
        cell.integer = ((const int64_t *)pick->values)[at];
    else
        cell.number = ((const double *)pick->values)[at];
    return cell;
}

/* "defined" is a number of samples, also where it is a double. */
static bool is_no_count(const struct pick *pick, double number)
{
    return number == 0 && fnmatch("*defined", pick->field->statistic, 0) == 0;
}

/* No number anywhere: the program has no such output. */
static bool is_absent(const struct writer *writer, const flc_tables_section *section, size_t row)
{
    if (!section->output[0])
        return false;
    for (size_t p = 0; p < writer->pick_count; p++)
        for (size_t j = 0; j < writer->picks[p].width; j++) {
            const struct cell cell = cell_at(&writer->picks[p], row, j);
            if (cell.whole ? cell.integer != 0
                           : !isnan(cell.number) && !is_no_count(&writer->picks[p], cell.number))
                return false;
        }
    return true;
}

static void put_keys(struct writer *writer, const flc_tables_section *section, const size_t *index)
{
    if (writer->has_output) {
        put_field(writer, section->output);
        put_comma(writer);
    }
    for (size_t c = 0; c < writer->key_count; c++) {
        const size_t k = place_of(section->axes, section->rank, writer->keys[c]->name);
        const flc_tables_axis *axis = k == NOWHERE ? writer->keys[c] : section->axes[k];
        if (k != NOWHERE)
            put_entry(writer, axis, index[k]);
        put_comma(writer);
        for (size_t l = 0; l < axis->label_count && labels_shown(writer, axis); l++) {
            const flc_tables_label *label = &axis->labels[l];
            if (k != NOWHERE && label->texts)
                put_field(writer, label->texts[index[k]]);
            else if (k != NOWHERE)
                put_integer(writer, label->integers[index[k]]);
            put_comma(writer);
        }
    }
}

static void put_unit(struct writer *writer, const struct pick *pick, const size_t *index, size_t j)
{
    const flc_tables_field *field = pick->field;
    if (field->units)
        put_field(writer,
                  field->units[has_unit_across(field) ? pick->low + j : index[field->unit_axis]]);
    else
        put_field(writer, field->unit);
    put_comma(writer);
}

static flc_status put_wide(struct writer *writer, const flc_tables_section *section,
                           const size_t *index, size_t row)
{
    memset(writer->cells, 0, writer->heading_count * sizeof *writer->cells);
    for (size_t p = 0; p < writer->pick_count; p++)
        for (size_t j = 0; j < writer->picks[p].width; j++)
            if (is_chosen(&writer->picks[p], j))
                writer->cells[writer->picks[p].column[j]] = cell_at(&writer->picks[p], row, j);
    put_keys(writer, section, index);
    if (writer->has_unit && writer->pick_count > 0 && !has_unit_across(writer->picks[0].field))
        put_unit(writer, &writer->picks[0], index, 0);
    else if (writer->has_unit)
        put_comma(writer);
    for (size_t i = 0; i < writer->heading_count; i++)
        put_cell(writer, &writer->cells[i]);
    writer->extent->lines++;
    return end_line(writer);
}

/* A line of a tidy table behind its keys. */
static flc_status put_value(struct writer *writer, const struct pick *pick, const size_t *index,
                            size_t row, size_t j)
{
    const flc_tables_axis *across = pick->field->across;
    const struct cell cell = cell_at(pick, row, j);
    put_field(writer, pick->field->statistic);
    put_comma(writer);
    for (size_t a = 0; a < writer->across_count; a++) {
        if (across && strcmp(writer->across[a]->name, across->name) == 0)
            put_entry(writer, across, pick->low + j);
        put_comma(writer);
    }
    put_cell(writer, &cell);
    if (writer->has_unit)
        put_unit(writer, pick, index, j);
    writer->extent->lines++;
    return end_line(writer);
}

static flc_status put_tidy(struct writer *writer, const flc_tables_section *section,
                           const size_t *index, size_t row)
{
    flc_buffer keys;
    const size_t begin = writer->text.length;
    flc_status status = FLC_OK;
    put_keys(writer, section, index);
    if (writer->pick_count == 0) {
        writer->extent->lines++;
        return end_line(writer);
    }
    flc_buffer_init(&keys, writer->error);
    if (writer->text.length > begin)
        flc_buffer_append(&keys, writer->text.text + begin, writer->text.length - begin);
    flc_buffer_cut(&writer->text, begin);
    for (size_t p = 0; p < writer->pick_count; p++)
        for (size_t j = 0; j < writer->picks[p].width && status == FLC_OK; j++) {
            if (!is_chosen(&writer->picks[p], j))
                continue;
            flc_buffer_append(&writer->text, keys.text, keys.length);
            status = put_value(writer, &writer->picks[p], index, row, j);
        }
    flc_buffer_clear(&keys);
    return status;
}

/* Are the names asked for those across, as of kept samples? */
static bool is_named_across(const struct writer *writer)
{
    return writer->pick_count > 0 && writer->picks[0].chosen;
}

static bool is_row_asked_for(struct writer *writer, const flc_tables_section *section,
                             const size_t *index)
{
    name_row(writer, section, index);
    return is_asked_for(writer, writer->name.length ? writer->name.text : "");
}

static flc_status put_row(struct writer *writer, const flc_tables_section *section,
                          const size_t *index, size_t row)
{
    flc_status status = FLC_OK;
    if ((writer->choice->of_count > 0 && !is_named_across(writer) &&
         !is_row_asked_for(writer, section, index)) ||
        is_absent(writer, section, row))
        return FLC_OK;
    if (!writer->begun)
        status = put_header(writer);
    if (status)
        return status;
    return writer->choice->wide ? put_wide(writer, section, index, row)
                                : put_tidy(writer, section, index, row);
}

/* ---- sections -------------------------------------------------------------------------------- */

/* Rows first ... first + count - 1 along the first axis of every chosen field. */
static flc_status read_chunk(struct writer *writer, const flc_tables_section *section, size_t first,
                             size_t count)
{
    flc_status status = FLC_OK;
    for (size_t p = 0; p < writer->pick_count && status == FLC_OK; p++) {
        const struct pick *pick = &writer->picks[p];
        const flc_data_object *variable = pick->field->variable;
        size_t offset[FLC_DATA_RANK_MAX] = {0}, size[FLC_DATA_RANK_MAX];
        memcpy(size, variable->size, sizeof size);
        if (section->rank > 0) {
            offset[0] = first;
            size[0] = count;
        }
        if (pick->field->across) {
            offset[variable->rank - 1] = pick->low;
            size[variable->rank - 1] = pick->width;
        }
        status = flc_datareader_part(flc_tables_reader(writer->tables), pick->values,
                                     variable->path, pick->whole ? FLC_DATA_INT64 : FLC_DATA_DOUBLE,
                                     offset, size, writer->error);
    }
    return status;
}

/* How many of the first axis to take at a time, and room for them. */
static flc_status make_room(struct writer *writer, size_t *count, size_t inner)
{
    size_t widest = 1;
    for (size_t p = 0; p < writer->pick_count; p++)
        widest = writer->picks[p].width > widest ? writer->picks[p].width : widest;
    size_t most = CHUNK_VALUES / (inner * widest);
    most = most > CHUNK_ROWS ? most / CHUNK_ROWS * CHUNK_ROWS : CHUNK_ROWS;
    *count = *count < most ? *count : most;
    for (size_t p = 0; p < writer->pick_count; p++) {
        struct pick *pick = &writer->picks[p];
        pick->values = flc_allocate(*count * inner, pick->width * sizeof(double), writer->error);
        if (!pick->values)
            return FLC_ERROR_MEMORY;
    }
    return FLC_OK;
}

/* Row number `row` of those that begin at `first` along the first axis. */
static void find_index(size_t *index, const flc_tables_section *section, size_t first, size_t row)
{
    for (size_t k = section->rank; k-- > 0;) {
        const size_t size = k > 0 ? section->axes[k]->size : SIZE_MAX;
        index[k] = row % size + (k == 0 ? first : 0);
        row /= size;
    }
}

static flc_status write_section(struct writer *writer, const flc_tables_section *section)
{
    size_t inner = 1, index[FLC_DATA_RANK_MAX] = {0};
    const size_t outer = section->rank > 0 ? section->axes[0]->size : 1;
    for (size_t k = 1; k < section->rank; k++)
        inner *= section->axes[k]->size;
    flc_status status = choose_fields(writer, section);
    if (status || (writer->pick_count == 0 && section->count > 0) || inner == 0)
        return status;
    size_t step = outer;
    status = make_room(writer, &step, inner);
    for (size_t first = 0; first < outer && status == FLC_OK; first += step) {
        const size_t count = outer - first < step ? outer - first : step;
        status = read_chunk(writer, section, first, count);
        for (size_t row = 0; row < count * inner && status == FLC_OK; row++) {
            find_index(index, section, first, row);
            status = put_row(writer, section, index, row);
        }
    }
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Whether any row of the section is asked for. */
static bool is_section_asked_for(struct writer *writer, const flc_tables_section *section)
{
    size_t index[FLC_DATA_RANK_MAX] = {0}, rows = 1;
    bool asked = writer->choice->of_count == 0 || is_named_across(writer);
    for (size_t k = 0; k < section->rank; k++)
        rows *= section->axes[k]->size;
    for (size_t row = 0; row < rows && !asked; row++) {
        find_index(index, section, 0, row);
        asked = is_row_asked_for(writer, section, index);
    }
    return asked;
}

/* Which columns there are, over all sections. */
static flc_status lay_out(struct writer *writer)
{
    flc_status status = FLC_OK;
    for (size_t s = 0; s < writer->table->count && status == FLC_OK; s++) {
        const flc_tables_section *section = writer->table->sections[s];
        status = choose_fields(writer, section);
        if (status || (writer->pick_count == 0 && section->count > 0) ||
            !is_section_asked_for(writer, section))
            continue;
        writer->used[s] = true;
        writer->has_output = writer->has_output || section->output[0];
        writer->has_fields = writer->has_fields || writer->pick_count > 0;
        for (size_t p = 0; p < writer->pick_count && status == FLC_OK; p++) {
            const flc_tables_field *field = writer->picks[p].field;
            writer->has_unit =
                writer->has_unit ||
                (field->unit[0] && !(writer->choice->wide && has_unit_across(field)));
            if (field->across)
                status = add_across(writer, field->across);
        }
    }
    /* Those of most keys first, which tell the order. */
    for (size_t rank = FLC_DATA_RANK_MAX + 1; rank-- > 0;)
        for (size_t s = 0; s < writer->table->count && status == FLC_OK; s++)
            if (writer->used[s] && writer->table->sections[s]->rank == rank)
                status = add_keys(writer, writer->table->sections[s]);
    if (status == FLC_OK &&
        !(writer->cells = FLC_NEW(struct cell, writer->heading_count, writer->error)))
        status = FLC_ERROR_MEMORY;
    return status;
}

/* Every pattern has chosen something. */
static flc_status check_choice(const struct writer *writer)
{
    const flc_table_csv_choice *choice = writer->choice;
    for (size_t i = 0; i < choice->of_count; i++) {
        flc_suggestion near;
        if (writer->of_met[i])
            continue;
        flc_suggestion_start(&near, choice->of[i]);
        for (size_t s = 0; s < writer->table->count; s++)
            if (writer->table->sections[s]->output[0])
                flc_suggestion_offer(&near, writer->table->sections[s]->output);
        return flc_error_set(writer->error, FLC_ERROR_USAGE,
                             "nothing in table '%s' is called '%.200s'%s%s%s", writer->table->name,
                             choice->of[i],
                             near.best ? "; did you mean '"
                                       : "; write PROGRAM/OUTPUT/YEAR, such as MEP/federal/2030 "
                                         "or '*/leverage_ratio'",
                             near.best ? near.best : "", near.best ? "'?" : "");
    }
    return FLC_OK;
}

static flc_status write_table(struct writer *writer)
{
    flc_status status = FLC_OK;
    for (size_t i = 0; i < writer->choice->statistic_count && status == FLC_OK; i++)
        status = check_statistic(writer, writer->choice->statistics[i]);
    if (status == FLC_OK)
        status = lay_out(writer);
    for (size_t s = 0; s < writer->table->count && status == FLC_OK; s++)
        if (writer->used[s])
            status = write_section(writer, writer->table->sections[s]);
    if (status == FLC_OK)
        status = check_choice(writer);
    if (status == FLC_OK && !writer->begun)
        status = put_header(writer);
    if (status == FLC_OK)
        status = writer->text.status;
    if (status == FLC_OK && writer->text.length > 0)
        status = writer->sink.put(writer->sink.to, writer->text.text, writer->text.length,
                                  writer->error);
    return status;
}

flc_status flc_table_csv_write(flc_table_csv_extent *extent, const flc_tables *tables,
                               const flc_table *table, const flc_table_csv_choice *choice,
                               flc_table_csv_sink sink, flc_error *error)
{
    struct writer writer = {.tables = tables,
                            .table = table,
                            .choice = choice,
                            .sink = sink,
                            .extent = extent,
                            .error = error};
    *extent = (flc_table_csv_extent){0, 0};
    flc_buffer_init(&writer.text, error);
    flc_buffer_init(&writer.name, error);
    writer.arena = flc_arena_create(error);
    writer.of_met = FLC_NEW(bool, choice->of_count, error);
    writer.used = FLC_NEW(bool, table->count, error);
    flc_status status =
        writer.arena && writer.of_met && writer.used ? write_table(&writer) : FLC_ERROR_MEMORY;
    clear_picks(&writer);
    flc_free(writer.used);
    flc_free(writer.of_met);
    flc_free(writer.cells);
    flc_free(writer.headings);
    flc_arena_free(writer.arena);
    flc_buffer_clear(&writer.name);
    flc_buffer_clear(&writer.text);
    return status;
}
