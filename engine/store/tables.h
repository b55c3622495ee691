/* The tables of a data file, found by its variables and dimensions alone, so that a file of a new
 * kind is read as the others are (inputs of store/table_csv.h).
 *
 * A row of a table is one combination of keys: the dimensions of the variables, but for the last
 * one where that is `quantile`, or `edge` or `bin` of a histogram, or the names along which samples
 * are kept; these go across, several values a row. What lies in a group of the file is one table
 * with the group's name. In the root, everything of outputs is the table "outputs" (a key that an
 * output does not have stays empty: over the horizon there is no fiscal year), what has no
 * dimension is "whole", and the rest goes by its keys: "target", "decision/scenario".
 *
 * An output is what <output>_mean and <output>_standard_error along `program` are of, or the
 * dimension `output`. Texts along one dimension alone describe its entries; so do whole numbers
 * where the dimension has no values of its own. Texts of several lines and bytes are left out.
 */
#ifndef FLC_STORE_TABLES_H
#define FLC_STORE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/datareader.h"

enum { FLC_TABLES_LABELS = 16 };

/* Texts or, where these are NULL, whole numbers that describe the entries of an axis. */
typedef struct flc_tables_label {
    const char *name;
    const char *const *texts;
    const int64_t *integers;
} flc_tables_label;

/* A dimension. One of texts, integers, doubles are its values; none: entries are counted from 0. */
typedef struct flc_tables_axis {
    const char *name, *path;
    size_t size;
    const char *const *texts;
    const int64_t *integers;
    const double *doubles;
    flc_tables_label labels[FLC_TABLES_LABELS];
    size_t label_count;
} flc_tables_axis;

/* A variable as a column, or as one along `across`. */
typedef struct flc_tables_field {
    const flc_data_object *variable;
    const char *statistic;         /* its name without that of the output */
    const flc_tables_axis *across; /* NULL: one value a row */
    const char *unit;              /* "" where there is none */
    const char *const *units;      /* where each entry of an axis has its own; or NULL */
    size_t unit_axis;              /* its place among the section's axes */
} flc_tables_field;

/* Fields with the same keys, of one output where they have one. */
typedef struct flc_tables_section {
    const char *group, *output; /* "" */
    const flc_tables_axis *axes[FLC_DATA_RANK_MAX];
    size_t rank;
    flc_tables_field **fields;
    size_t count, capacity;
} flc_tables_section;

typedef struct flc_table {
    const char *name;
    flc_tables_section **sections;
    size_t count, capacity;
    size_t numbers; /* in all its fields */
} flc_table;

typedef struct flc_tables flc_tables;

/* `reader` must outlive the tables. A file without any is FLC_ERROR_STUDY. */
flc_status flc_tables_create(flc_tables **tables, flc_datareader *reader, const char *path,
                             flc_error *error);
void flc_tables_free(flc_tables *tables);

flc_datareader *flc_tables_reader(const flc_tables *tables);
size_t flc_tables_count(const flc_tables *tables);
const flc_table *flc_tables_get(const flc_tables *tables, size_t i);
/* The table with most numbers: what the file is about. */
const flc_table *flc_tables_main(const flc_tables *tables);
/* NULL, with a message of FLC_ERROR_USAGE that names the tables, where there is none. */
const flc_table *flc_tables_find(const flc_tables *tables, const char *name, flc_error *error);

/* Rows that the table has before any are left out. */
size_t flc_tables_rows(const flc_table *table);
/* Do the entries of the axis need their labels to be told apart? */
bool flc_tables_is_bare(const flc_tables_axis *axis);

#endif
