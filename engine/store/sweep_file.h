/* The file of fulcrum sweep: response surfaces, break-evens and the Pareto set, ready to plot.
 * Layout: analysis/formats/sweep.md. */
#ifndef FLC_STORE_SWEEP_FILE_H
#define FLC_STORE_SWEEP_FILE_H

#include "study/sweep.h"

/* Version of the layout. */
enum { FLC_SWEEP_FORMAT = 1 };

typedef struct flc_sweep_findings {
    const flc_break_even *break_evens;
    size_t break_even_count;
    const bool *pareto; /* [points] */
} flc_sweep_findings;

flc_status flc_sweep_file_save(const char *path, const flc_sweep *sweep,
                               const flc_scenarios *scenarios, const flc_summary *summary,
                               const flc_sweep_findings *findings, const flc_points *points,
                               flc_error *error);

#endif
