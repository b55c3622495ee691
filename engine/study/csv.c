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

/* Which field of the header is `column`, and how many there are. */
static flc_status read_header(struct csv *csv, size_t *place, size_t *fields, const char *column)
{
    flc_suggestion near;
    char *field;
    bool last = false, found = false;
    flc_suggestion_start(&near, column);
    for (*fields = 0; !last; ++*fields) {
        flc_status status = next_field(csv, &field, &last);
        if (status)
            return status;
        field = trim(field);
        if (strcmp(field, column) == 0 && found)
            return fail(csv, "the header has the column twice");
        if (strcmp(field, column) == 0) {
            *place = *fields;
            found = true;
        }
        flc_suggestion_offer(&near, field);
    }
    if (found)
        return FLC_OK;
    char text[256];
    snprintf(text, sizeof text, "no column '%.80s' in the header%s%.80s%s", column,
             near.best ? "; did you mean '" : "", near.best ? near.best : "",
             near.best ? "'?" : "");
    return fail(csv, text);
}

static flc_status read_value(const struct csv *csv, double *value, char *field)
{
    field = trim(field);
    if (!*field)
        return fail(csv, "the value is missing");
    const char *wrong = flc_number_parse(value, field);
    if (!wrong)
        return FLC_OK;
    char text[256];
    snprintf(text, sizeof text, "'%.60s' %s", field, wrong);
    return fail(csv, text);
}

static flc_status read_record(struct csv *csv, double *value, size_t place, size_t fields)
{
    bool last = false;
    size_t seen = 0;
    csv->first_line = csv->line;
    for (; !last; seen++) {
        char *field;
        flc_status status = next_field(csv, &field, &last);
        if (!status && seen == place)
            status = read_value(csv, value, field);
        if (status)
            return status;
    }
    if (seen == fields)
        return FLC_OK;
    char text[128];
    snprintf(text, sizeof text, "%zu fields where the header has %zu", seen, fields);
    return fail(csv, text);
}

static bool at_blank_end(const struct csv *csv)
{
    for (const char *at = csv->at; at < csv->end; at++)
        if (!strchr(" \t\r\n", *at))
            return false;
    return true;
}

flc_status flc_csv_parse(double **values, size_t *count, char *text, size_t length,
                         const char *name, const char *column, flc_error *error)
{
    struct csv csv = {text, text + length, name, 1, 1, error};
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        csv.at += 3;
    size_t place = 0, fields = 0, capacity = 0;
    *values = NULL;
    *count = 0;
    flc_status status = memchr(text, '\0', length) ? fail(&csv, "not a text file")
                        : at_blank_end(&csv)       ? fail(&csv, "the file is empty")
                                                   : read_header(&csv, &place, &fields, column);
    while (!status && !at_blank_end(&csv)) {
        status = flc_reserve((void **)values, &capacity, *count + 1, sizeof **values, error);
        if (!status)
            status = read_record(&csv, *values + *count, place, fields);
        if (!status)
            ++*count;
    }
    if (!status && *count == 0)
        status = fail(&csv, "no line after the header");
    if (status) {
        flc_free(*values);
        *values = NULL;
    }
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
