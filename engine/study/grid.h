/* Levers and points: which studies a sweep is about.
 *
 * A lever is a path of the study (as --set takes them) and the values it gets. Of several levers
 * the points are the full grid, the first lever changing slowest; or a table lists the points one
 * by one. Values are YAML, so a lever may also be a schedule or a distribution:
 *
 *     programs/MEP/match/required=0.5,1,2              listed, by commas outside of brackets
 *     programs/MEP/match/required=0.5:2:7              from 0.5 to 2 in 7 points
 *     programs/MEP/match/required=[1,1,2],[1,2,2]      schedules by age
 *
 * In a table (CSV) a column is a lever, its heading the path, and a row is a point.
 */
#ifndef FLC_STUDY_GRID_H
#define FLC_STUDY_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "fulcrum/status.h"

enum {
    FLC_GRID_LEVERS = 6,     /* of a full grid: axes of a file beside output and quantile */
    FLC_GRID_COLUMNS = 16,   /* of a table */
    FLC_GRID_POINTS = 10000, /* in all */
    FLC_GRID_NAME = 120      /* room for a name */
};

typedef struct flc_lever {
    const char *path;
    char name[FLC_GRID_NAME]; /* for files, each once: MEP_match_required */
    size_t count;             /* values: of a full grid those of the lever, of a table all points */
    const char *const *values; /* texts */
    const double *numbers;     /* NULL where one is not a number */
} flc_lever;

typedef struct flc_grid flc_grid;

/* Errors are FLC_ERROR_USAGE for levers and FLC_ERROR_STUDY for tables. */
flc_status flc_grid_of_levers(flc_grid **grid, const char *const *levers, size_t count,
                              flc_error *error);
/* `name` stands for the file in messages. */
flc_status flc_grid_of_table(flc_grid **grid, const char *text, size_t length, const char *name,
                             flc_error *error);
void flc_grid_free(flc_grid *grid);

size_t flc_grid_points(const flc_grid *grid);
size_t flc_grid_levers(const flc_grid *grid);
const flc_lever *flc_grid_lever(const flc_grid *grid, size_t lever);
/* Do the levers span the points, or are they listed? One lever always spans. */
bool flc_grid_is_full(const flc_grid *grid);

/* Which of its values a lever has at a point; and the point at which it has value number `value`,
 * the other levers being as they are at `point` (of a full grid). */
size_t flc_grid_value(const flc_grid *grid, size_t point, size_t lever);
size_t flc_grid_moved(const flc_grid *grid, size_t point, size_t lever, size_t value);

/* "path=value" of a lever at a point, and of all levers, joined by ", ". */
const char *flc_grid_assignment(const flc_grid *grid, size_t point, size_t lever);
const char *flc_grid_label(const flc_grid *grid, size_t point);

#endif
