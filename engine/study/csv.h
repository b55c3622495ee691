/* Columns of a CSV file (RFC 4180: commas, quotes, a header line). */
#ifndef FLC_STUDY_CSV_H
#define FLC_STUDY_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "base/options.h"
#include "fulcrum/status.h"

enum { FLC_CSV_BYTES = 64 << 20 };

/* Chosen columns as texts, trimmed: fields[row * columns + column], and the line each row began on.
 */
typedef struct flc_csv {
    const char *name; /* of the file, borrowed */
    char *text;       /* what the fields point into */
    const char **fields;
    uint32_t *lines;
    size_t rows, columns;
} flc_csv;

enum { FLC_CSV_COLUMNS = 16 };

/* The columns with these headings, in any order among others, and at least one row, from `length`
 * bytes of text, allocated with room for a NUL behind; they belong to the table then, also after an
 * error. `name` stands for the file in messages. */
flc_status flc_csv_take(flc_csv *csv, char *text, size_t length, const char *name,
                        const char *const *headings, size_t columns, flc_error *error);
/* The headings alone, as a table of one row. */
flc_status flc_csv_header_take(flc_csv *csv, char *text, size_t length, const char *name,
                               flc_error *error);
void flc_csv_clear(flc_csv *csv);
/* The place of a row, for errors about what is in it. */
flc_mark flc_csv_mark(const flc_csv *csv, size_t row);
/* The field as a number; an empty or malformed one is an error with its place. */
flc_status flc_csv_number(const flc_csv *csv, size_t row, size_t column, double *value,
                          flc_error *error);

/* The numbers under the heading `column`, for flc_free. Every line must have as many fields as the
 * header and a finite number in the column; errors name file and line. */
flc_status flc_csv_column(double **values, size_t *count, const char *path, const char *column,
                          flc_error *error);
/* The same from `length` bytes of text with room for a NUL behind; the text is used up. `name`
 * stands for the file in messages. */
flc_status flc_csv_parse(double **values, size_t *count, char *text, size_t length,
                         const char *name, const char *column, flc_error *error);

#endif
