/* A table of a data file (store/tables.h) as CSV: RFC 4180 with a header line, UTF-8, lines ended
 * by a newline alone (`excel`: with RFC 4180's carriage return, and a byte order mark in front, by
 * which Excel knows UTF-8).
 *
 * Tidy: a line for each value,
 *     output, keys, statistic, what goes across (quantile ...), value, unit;
 * wide: a line for each row of the table,
 *     output, keys, unit, a column for each statistic and entry of what goes across.
 * Keys that are counted only (targets, observations, samples) are followed by the columns that
 * describe them, others with `names` and where there is nothing else. A unit beside several
 * statistics is that of the first of them.
 *
 * Numbers have the fewest digits that read back to the same double, in every locale. A number that
 * is not there (NaN) is an empty field, which R, pandas and spreadsheets take as missing; "never"
 * is Inf or -Inf, which R and pandas read as such and spreadsheets as a text that formulas pass
 * over. An output that a program does not have, where no number stands at all, has no line.
 */
#ifndef FLC_STORE_TABLE_CSV_H
#define FLC_STORE_TABLE_CSV_H

#include "store/tables.h"

typedef struct flc_table_csv_choice {
    /* Patterns of names such as MEP/federal/2030, in which * stands for any letters, ? for one,
     * [ab] for one of these; what stands below a match is chosen too, and one without '/' is that
     * of an output of any program. None: everything. */
    const char *const *of;
    size_t of_count;
    /* Patterns of statistics; none: all but histograms. */
    const char *const *statistics;
    size_t statistic_count;
    bool wide, names, excel;
} flc_table_csv_choice;

/* Where the bytes go. */
typedef struct flc_table_csv_sink {
    flc_status (*put)(void *to, const char *bytes, size_t length, flc_error *error);
    void *to;
} flc_table_csv_sink;

/* What was written. */
typedef struct flc_table_csv_extent {
    uint64_t lines; /* without the header */
    size_t columns;
} flc_table_csv_extent;

/* A pattern that chooses nothing is FLC_ERROR_USAGE, and what was put until then is not to be used.
 */
flc_status flc_table_csv_write(flc_table_csv_extent *extent, const flc_tables *tables,
                               const flc_table *table, const flc_table_csv_choice *choice,
                               flc_table_csv_sink sink, flc_error *error);

#endif
