/* A sensitivity analysis of a study: which methods, over which factors and outputs, put together as
 * a source of blocks and a collector of them (run/simulate.h).
 *
 *   sobol        Sobol' indices of first, total and, on request, second order
 *   shapley      Shapley effects
 *   screening    Morris's elementary effects
 *   given_data   first order, delta, PAWN and regression from the samples themselves
 *   origin       Sobol' indices of two factors, all quantities and all shocks: what could be learnt
 *                and what could not. Kept beside sobol and shapley
 *
 * All methods but screening share the samples, which are those of a plain run. Factors of
 * given_data are the quantities, each by itself; the others' are those asked for (study/factors.h).
 */
#ifndef FLC_STUDY_ANALYSIS_H
#define FLC_STUDY_ANALYSIS_H

#include "sensitivity/analysed.h"
#include "statistics/collector.h"
#include "study/row_evaluator.h"

typedef enum flc_method {
    FLC_METHOD_SOBOL,
    FLC_METHOD_SHAPLEY,
    FLC_METHOD_SCREENING,
    FLC_METHOD_GIVEN_DATA,
    FLC_METHOD_ORIGIN, /* not to be asked for */
    FLC_METHODS
} flc_method;

/* One estimate of a method for a factor and an output, an flc_estimate in the method's effect. */
typedef struct flc_effect_statistic {
    const char *name, *meaning;
    size_t offset;
    bool in_unit;  /* of the output; else a share or distance of unit 1 */
    size_t bounds; /* offset of its bounds, an flc_interval (sensitivity/analysed.h); 0: none */
} flc_effect_statistic;

#define FLC_NOT_COUNTED SIZE_MAX

/* How a method is read. An effect is the method's own struct (sensitivity/...). */
typedef struct flc_method_reader {
    const char *name, *title, *papers;
    const flc_effect_statistic *statistics;
    size_t statistic_count, size;
    size_t factor;   /* offset of the number of its factor, or quantity (size_t) */
    size_t left_out; /* offset of the samples left out (uint64_t); FLC_NOT_COUNTED */
    size_t (*count)(const flc_collector *collector, size_t output);
    flc_status (*read)(const flc_collector *collector, void *effects, size_t output, double level,
                       flc_error *error);
    /* NULL: the method knows nothing of it. */
    flc_analysed (*output)(const flc_collector *collector, size_t output);
} flc_method_reader;
extern const flc_method_reader *const flc_method_readers[FLC_METHODS];
size_t flc_effect_factor(const flc_method_reader *reader, const void *effect);
uint64_t flc_effect_left_out(const flc_method_reader *reader, const void *effect);

/* The method of this name, but for origin; FLC_ERROR_USAGE. */
flc_status flc_method_find(flc_method *method, const char *name, flc_error *error);

/* What is asked. */
typedef struct flc_analysis_question {
    bool methods[FLC_METHODS];
    bool second_order;
    flc_factors_by by;
    const char *const *groups; /* study/factors.h */
    size_t group_count;
    const char *const *outputs; /* patterns over names of outputs; of one by year all its years */
    size_t output_count;        /* 0: the horizon's metrics and accounts of main interest */
} flc_analysis_question;

typedef struct flc_analysis flc_analysis;

/* Everything must outlive it, but the question. FLC_ERROR_USAGE where a pattern matches nothing or
 * second order is asked of dependent factors. */
flc_status flc_analysis_create(flc_analysis **analysis, const flc_study *study,
                               const flc_analysis_question *question, const flc_points *points,
                               flc_isa isa, flc_error *error);
void flc_analysis_free(flc_analysis *analysis);

const flc_study *flc_analysis_study(const flc_analysis *analysis);
flc_points flc_analysis_points(const flc_analysis *analysis);
/* Numbers of the outputs analysed, ascending, and labels of all outputs of the study. */
const size_t *flc_analysis_outputs(const flc_analysis *analysis, size_t *count);
const flc_output_label *flc_analysis_labels(const flc_analysis *analysis);
/* The factors of a method; NULL where it is not asked for. */
const flc_factors *flc_analysis_factors(const flc_analysis *analysis, flc_method method);

bool flc_analysis_second_order(const flc_analysis *analysis);

/* For flc_source: the sample itself, and an empty collector of all methods. */
const double *flc_analysis_block(flc_analysis *analysis, uint64_t first);
flc_collector *flc_analysis_collector(flc_analysis *analysis, flc_error *error);
flc_status flc_analysis_failure(const flc_analysis *analysis, flc_error *error);
/* The collector of one method in it, or NULL. */
const flc_collector *flc_analysis_method(const flc_collector *collector, flc_method method);

/* Rows for one sample, and memory of a rank in bytes, about. */
size_t flc_analysis_rows(const flc_analysis *analysis);
size_t flc_analysis_bytes(flc_analysis *analysis);

#endif
