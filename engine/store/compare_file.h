/* The file of fulcrum compare: levels and paired differences of every scenario, ready to plot.
 * Layout: analysis/formats/compare.md. */
#ifndef FLC_STORE_COMPARE_FILE_H
#define FLC_STORE_COMPARE_FILE_H

#include "fulcrum/status.h"
#include "study/goals.h"
#include "study/scenarios.h"

/* Version of the layout. */
enum { FLC_COMPARE_FORMAT = 1 };

/* What the file says beside the statistics. Names of outputs are as the user gave them. */
typedef struct flc_compare_facts {
    const char *const *keys; /* [scenarios] */
    const char *const *decisions;
    size_t decision_count;
    const char *const *margin_outputs;
    const double *margins;
    size_t margin_count;
    flc_points points;
    const flc_goals *goals; /* judged, what the run was to know; NULL: nothing */
} flc_compare_facts;

flc_status flc_compare_file_save(const char *path, const flc_scenarios *scenarios,
                                 const flc_summary *summary, const flc_compare_facts *facts,
                                 flc_error *error);

#endif
