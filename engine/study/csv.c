#include "study/csv.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/place.h"
#include "base/suggest.h"

struct csv {
    char *at, *end;
    const char *name;
    uint32_t line, first_line; /* where the reader stands; where the record began */
    flc_error *error;
};

static flc_status fail(const struct csv *csv, const char *text)
{
    flc_mark mark = {csv->name, csv->first_line, 1};
    return flc_place_error(csv->error, FLC_ERROR_STUDY, mark, NULL, "%s", text);
}

/* A field in quotes: taken out of them in place, "" becoming one quote. */
static flc_status quoted_field(struct csv *csv, char **field)
{
    char *out = *field = ++csv->at;
    for (; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"' && (csv->at + 1 == csv->end || csv->at[1] != '"')) {
            csv->at++;
            *out = '\0';
            return FLC_OK;
        }
        csv->at += *csv->at == '"';
        csv->line += *csv->at == '\n';
        *out++ = *csv->at;
    }
    return fail(csv, "a quote is opened and never closed");
}

/* The next field, and whether it was the last of its record. The text has a NUL after its end. */
static flc_status next_field(struct csv *csv, char **field, bool *last)
{
    *field = csv->at;
    if (csv->at < csv->end && *csv->at == '"') {
        flc_status status = quoted_field(csv, field);
        if (status)
            return status;
    } else {
        while (csv->at < csv->end && !strchr(",\r\n", *csv->at))
            csv->at++;
    }
    char *stop = csv->at;
    *last = csv->at == csv->end || *csv->at != ',';
    if (csv->at < csv->end && *csv->at == '\r')
        csv->at++;
    if (csv->at < csv->end && !strchr(",\n", *csv->at))
        return fail(csv, "a comma or the end of the line is expected after a closing quote");
    if (csv->at < csv->end)
        csv->line += *csv->at++ == '\n';
    *stop = '\0';
    return FLC_OK;
}

static char *trim(char *field)
{
    field += strspn(field, " \t");
    size_t length = strlen(field);
    while (length > 0 && strchr(" \t", field[length - 1]))
        field[--length] = '\0';
    return field;
}

/* What is wanted of each record: the place of each heading in the header, and the number of fields.
 */
struct layout {
    const char *const *headings;
    size_t columns, places[FLC_CSV_COLUMNS], fields;
};

enum { NOT_THERE = SIZE_MAX };

static flc_status missing_column(const struct csv *csv, const char *heading, const char *near)
{
    char text[256];
    snprintf(text, sizeof text, "no column '%.80s' in the header%s%.80s%s", heading,
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return fail(csv, text);
}

static flc_status place_heading(const struct csv *csv, struct layout *layout, const char *field)
{
    for (size_t c = 0; c < layout->columns; c++) {
        if (strcmp(field, layout->headings[c]) != 0)
            continue;
        if (layout->places[c] != NOT_THERE)
            return fail(csv, "the header has the column twice");
        layout->places[c] = layout->fields;
    }
    return FLC_OK;
}

static flc_status read_header(struct csv *csv, struct layout *layout)
{
    flc_suggestion near[FLC_CSV_COLUMNS];
    bool last = false;
    for (size_t c = 0; c < layout->columns; c++) {
        layout->places[c] = NOT_THERE;
        flc_suggestion_start(&near[c], layout->headings[c]);
    }
    for (layout->fields = 0; !last; layout->fields++) {
        char *field;
        flc_status status = next_field(csv, &field, &last);
        if (status)
            return status;
        field = trim(field);
        if ((status = place_heading(csv, layout, field)))
            return status;
        for (size_t c = 0; c < layout->columns; c++)
            flc_suggestion_offer(&near[c], field);
    }
    for (size_t c = 0; c < layout->columns; c++)
        if (layout->places[c] == NOT_THERE)
            return missing_column(csv, layout->headings[c], near[c].best);
    return FLC_OK;
}

static flc_status read_record(struct csv *csv, const struct layout *layout, const char **fields)
{
    bool last = false;
    size_t seen = 0;
    csv->first_line = csv->line;
    for (; !last; seen++) {
        char *field;
        flc_status status = next_field(csv, &field, &last);
        if (status)
            return status;
        for (size_t c = 0; c < layout->columns; c++)
            if (layout->places[c] == seen)
                fields[c] = trim(field);
    }
    if (seen == layout->fields)
        return FLC_OK;
    char text[128];
    snprintf(text, sizeof text, "%zu fields where the header has %zu", seen, layout->fields);
    return fail(csv, text);
}

static bool at_blank_end(const struct csv *csv)
{
    for (const char *at = csv->at; at < csv->end; at++)
        if (!strchr(" \t\r\n", *at))
            return false;
    return true;
}

static flc_status read_rows(flc_csv *table, struct csv *csv, const struct layout *layout)
{
    size_t field_room = 0, line_room = 0;
    flc_status status = FLC_OK;
    while (!status && !at_blank_end(csv)) {
        size_t used = table->rows * layout->columns;
        status = flc_reserve((void **)&table->fields, &field_room, used + layout->columns,
                             sizeof *table->fields, csv->error);
        if (!status)
            status = flc_reserve((void **)&table->lines, &line_room, table->rows + 1,
                                 sizeof *table->lines, csv->error);
        if (!status)
            status = read_record(csv, layout, table->fields + used);
        if (!status)
            table->lines[table->rows++] = csv->first_line;
    }
    return status || table->rows > 0 ? status : fail(csv, "no line after the header");
}

/* Stands behind the mark some programs put before UTF-8. */
static flc_status begin(struct csv *csv)
{
    size_t length = (size_t)(csv->end - csv->at);
    bool text = !memchr(csv->at, '\0', length);
    if (length >= 3 && memcmp(csv->at, "\xEF\xBB\xBF", 3) == 0)
        csv->at += 3;
    return !text               ? fail(csv, "not a text file")
           : at_blank_end(csv) ? fail(csv, "the file is empty")
                               : FLC_OK;
}

/* Fill the table from text, which it does not come to own. */
static flc_status parse_table(flc_csv *table, char *text, size_t length, const char *name,
                              const char *const *headings, size_t columns, flc_error *error)
{
    struct csv csv = {text, text + length, name, 1, 1, error};
    struct layout layout = {.headings = headings, .columns = columns};
    *table = (flc_csv){.name = name, .columns = columns};
    flc_status status = begin(&csv);
    if (!status)
        status = read_header(&csv, &layout);
    return status ? status : read_rows(table, &csv, &layout);
}

void flc_csv_clear(flc_csv *csv)
{
    flc_free(csv->fields);
    flc_free(csv->lines);
    flc_free(csv->text);
    *csv = (flc_csv){0};
}

flc_status flc_csv_take(flc_csv *csv, char *text, size_t length, const char *name,
                        const char *const *headings, size_t columns, flc_error *error)
{
    flc_status status = parse_table(csv, text, length, name, headings, columns, error);
    csv->text = text;
    if (status)
        flc_csv_clear(csv);
    return status;
}

static flc_status list_fields(flc_csv *table, struct csv *csv)
{
    size_t room = 0, line_room = 0;
    bool last = false;
    flc_status status =
        flc_reserve((void **)&table->lines, &line_room, 1, sizeof *table->lines, csv->error);
    while (!status && !last) {
        char *field = NULL;
        status = flc_reserve((void **)&table->fields, &room, table->columns + 1,
                             sizeof *table->fields, csv->error);
        if (!status)
            status = next_field(csv, &field, &last);
        if (!status)
            table->fields[table->columns++] = trim(field);
    }
    if (!status)
        table->lines[table->rows++] = 1;
    return status;
}

flc_status flc_csv_header_take(flc_csv *table, char *text, size_t length, const char *name,
                               flc_error *error)
{
    struct csv csv = {text, text + length, name, 1, 1, error};
    *table = (flc_csv){.name = name, .text = text};
    flc_status status = begin(&csv);
    if (!status)
        status = list_fields(table, &csv);
    if (status)
        flc_csv_clear(table);
    return status;
}

flc_mark flc_csv_mark(const flc_csv *csv, size_t row)
{
    return (flc_mark){csv->name, csv->lines[row], 1};
}

flc_status flc_csv_number(const flc_csv *csv, size_t row, size_t column, double *value,
                          flc_error *error)
{
    const char *field = csv->fields[row * csv->columns + column];
    const char *wrong = *field ? flc_number_parse(value, field) : "the value is missing";
    if (!wrong)
        return FLC_OK;
    if (!*field)
        return flc_place_error(error, FLC_ERROR_STUDY, flc_csv_mark(csv, row), NULL, "%s", wrong);
    return flc_place_error(error, FLC_ERROR_STUDY, flc_csv_mark(csv, row), NULL, "'%.60s' %s",
                           field, wrong);
}

flc_status flc_csv_parse(double **values, size_t *count, char *text, size_t length,
                         const char *name, const char *column, flc_error *error)
{
    flc_csv table;
    *values = NULL;
    *count = 0;
    flc_status status = parse_table(&table, text, length, name, &column, 1, error);
    if (!status && !(*values = FLC_NEW(double, table.rows, error)))
        status = FLC_ERROR_MEMORY;
    for (size_t row = 0; row < table.rows && !status; row++)
        status = flc_csv_number(&table, row, 0, &(*values)[row], error);
    if (!status)
        *count = table.rows;
    if (status) {
        flc_free(*values);
        *values = NULL;
    }
    flc_csv_clear(&table);
    return status;
}

flc_status flc_csv_column(double **values, size_t *count, const char *path, const char *column,
                          flc_error *error)
{
    char *text;
    size_t length;
    *values = NULL;
    flc_status status = flc_file_read(&text, &length, path, FLC_CSV_BYTES, error);
    if (!status)
        status = flc_csv_parse(values, count, text, length, path, column, error);
    flc_free(text);
    return status;
}
