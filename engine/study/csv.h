/* One column of numbers from a CSV file (RFC 4180: commas, quotes, a header line). */
#ifndef FLC_STUDY_CSV_H
#define FLC_STUDY_CSV_H

#include <stddef.h>

#include "fulcrum/status.h"

enum { FLC_CSV_BYTES = 64 << 20 };

/* The numbers under the heading `column`, for flc_free. Every line must have as many fields as the
 * header and a finite number in the column; errors name file and line. */
flc_status flc_csv_column(double **values, size_t *count, const char *path, const char *column,
                          flc_error *error);
/* The same from `length` bytes of text with room for a NUL behind; the text is used up. `name`
 * stands for the file in messages. */
flc_status flc_csv_parse(double **values, size_t *count, char *text, size_t length,
                         const char *name, const char *column, flc_error *error);

#endif
