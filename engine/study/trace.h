/* A trace: chosen samples as full ledgers (MODEL section 11): quantities, draws, macro-economy,
 * every unit and year, accounts, outputs. A list of named series that files, tables and tests read
 * alike. */
#ifndef FLC_STUDY_TRACE_H
#define FLC_STUDY_TRACE_H

#include "study/study.h"

/* One dataset. Dimensions are names separated by blanks, "sample" first; the rest of their sizes
 * come from the study: fiscal_year, unit, gate, source, outcome (of the group's program), program.
 */
typedef struct flc_series {
    const char *group; /* "macro", "programs/MEP/units", "outputs" */
    const char *name;
    const char *dimensions;
    const char *unit, *sentence;
    size_t program;    /* whose sizes hold; the portfolio's number where none */
    size_t per_sample; /* values of one sample */
    double *values;    /* [samples][per_sample] */
} flc_series;

/* Group of a plug-in model's draws, of dimensions sample, shock and index. */
#define FLC_TRACE_SHOCKS "shocks"

typedef struct flc_trace flc_trace;

/* Evaluate `count` samples of the study, in the order given. */
flc_status flc_trace_create(flc_trace **trace, const flc_study *study, const flc_points *points,
                            const uint64_t *samples, size_t count, flc_isa isa, flc_error *error);
void flc_trace_free(flc_trace *trace);

const flc_study *flc_trace_study(const flc_trace *trace);
flc_points flc_trace_points(const flc_trace *trace);
size_t flc_trace_samples(const flc_trace *trace, const uint64_t **samples);
size_t flc_trace_series(const flc_trace *trace, const flc_series **series);
/* The series of that name in a group, or NULL. */
const flc_series *flc_trace_find(const flc_trace *trace, const char *group, const char *name);
/* Value of sampled quantity q (order of flc_quantities_sampled_row) in the i-th sample. */
double flc_trace_quantity(const flc_trace *trace, size_t i, size_t q);

/* The sample in 0 ... points->samples - 1 whose value of `output` is nearest to its p-quantile, the
 * smallest number among equals; evaluates all of them. */
flc_status flc_trace_quantile_sample(const flc_study *study, const flc_points *points, flc_isa isa,
                                     size_t output, double p, uint64_t *sample, flc_error *error);

#endif
