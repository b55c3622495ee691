/* A sweep: a study at many points of its levers, all on the same draws, and what is asked of them.
 *
 * The scenarios (study/scenarios.h) are the study as it stands, number 0, and point p as number
 * p + 1. A break-even is where the mean of an output crosses a level as one lever moves and all
 * others stay: a line of the grid for every value of the others (statistics/crossings.h).
 */
#ifndef FLC_STUDY_SWEEP_H
#define FLC_STUDY_SWEEP_H

#include "statistics/crossings.h"
#include "study/grid.h"
#include "study/scenarios.h"

/* Where does the mean of an output reach this level? */
typedef struct flc_sweep_level {
    size_t output; /* number among the sweep's outputs */
    double level;  /* its unit */
} flc_sweep_level;

/* On one line of the grid. */
typedef struct flc_break_even {
    size_t level, lever; /* numbers */
    size_t point;        /* the first on the line: the values of the other levers */
    bool crosses;        /* false: the means do not cross */
    flc_crossing crossing;
} flc_break_even;

typedef struct flc_sweep {
    const flc_grid *grid;
    size_t output_count;
    const size_t *outputs;    /* numbers of the base's */
    const char *const *names; /* as the user writes them */
    const flc_sweep_level *levels;
    size_t level_count;
    const size_t *goals; /* of the Pareto set: numbers among the outputs */
    const bool *higher;  /* [goals] more is better */
    size_t goal_count;
    struct flc_sweep_plan *plan; /* which pairs of points are compared; by flc_sweep_plan */
} flc_sweep;

/* Is the lever one along which break-evens are looked for? */
bool flc_sweep_has_lines(const flc_sweep *sweep, size_t lever);

/* The pairs of neighbours that break-evens need, for flc_questions; they live as long as the plan,
 * which flc_sweep_clear frees. Once all else is set. */
flc_status flc_sweep_plan(flc_sweep *sweep, const flc_rivals **rivals, size_t *count,
                          flc_error *error);
void flc_sweep_clear(flc_sweep *sweep);

/* The mean of output number `o` at a point, its error and number of samples; of its difference to
 * the study as it stands (0 in every sample where the point does not touch it). NaN: no such
 * output. */
flc_moments flc_sweep_moments(const flc_sweep *sweep, const flc_scenarios *scenarios,
                              const flc_summary *summary, size_t o, size_t point);
flc_moments flc_sweep_difference(const flc_sweep *sweep, const flc_scenarios *scenarios,
                                 const flc_summary *summary, size_t o, size_t point);

/* All break-evens, by level, lever and line; at least one for each line. *found for flc_free. */
flc_status flc_sweep_break_evens(const flc_sweep *sweep, const flc_scenarios *scenarios,
                                 const flc_summary *summary, double confidence,
                                 flc_break_even **found, size_t *count, flc_error *error);

/* on[points]: the Pareto set of the means of the goals. */
flc_status flc_sweep_pareto(const flc_sweep *sweep, const flc_scenarios *scenarios,
                            const flc_summary *summary, bool *on, flc_error *error);

#endif
