/* A result file opened for reading: its programs, years, quantiles and outputs by name.
 *
 * A file that another program has edited is read as well (datareader.h), so every shape is checked
 * against the file's own coordinates before a value is looked at: a variable of another size is an
 * error that names it, never a wrong number. Layout: analysis/formats/result.md. */
#ifndef FLC_STORE_RESULT_VIEW_H
#define FLC_STORE_RESULT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"
#include "store/datareader.h"

enum { FLC_RESULT_NAME = 192 }; /* room for the name of a metric */

/* Everything belongs to the view. Programs and quantiles are at least one each, years too but for a
 * plug-in model without any. */
typedef struct flc_result_view {
    flc_datareader *reader;
    const char *path;            /* as named by the user; borrowed */
    const flc_data_object *root; /* its attributes are the facts of the run */
    const char *model;           /* name of the plug-in model; NULL: the portfolio */
    size_t programs, years, quantiles;
    const char *const *program_key, *const *program_name;
    const int64_t *year;
    const double *quantile; /* probabilities */
} flc_result_view;

/* An output that every program has: its cells are programs x members x years, slowest first. */
typedef struct flc_result_metric {
    char name[FLC_RESULT_NAME];
    const flc_data_object *mean; /* the variable of its means; carries unit and sentence */
    const char *member;          /* dimension of the members, "source" or "outcome"; NULL: none */
    const char *const *member_key;
    size_t members, years, cells; /* members 1 where there are none, years 1 over the horizon */
    bool by_year;
} flc_result_metric;

typedef struct flc_result_targets {
    size_t count;
    const double *probability, *low, *high, *threshold;
    const char *const *output, *const *side, *const *name;
    const int64_t *year; /* 0: over the horizon, or in the output's name */
} flc_result_targets;

/* What a run was to know before it ended (study/goals.h). */
typedef struct flc_result_until {
    size_t count; /* 0: a plain run */
    int64_t looks;
    const char *const *target, *const *remark;
    const double *wanted, *reached, *estimate, *low, *high;
    const int64_t *values, *met, *relative, *satisfied;
} flc_result_until;

/* After an error the view is to be closed too. */
flc_status flc_result_view_open(flc_result_view *view, const char *path, flc_error *error);
void flc_result_view_close(flc_result_view *view);

/* Whether object number i of the reader holds a metric's means; its name. */
bool flc_result_view_is_metric(const flc_result_view *view, char name[FLC_RESULT_NAME], size_t i);
flc_status flc_result_view_metric(const flc_result_view *view, flc_result_metric *metric,
                                  const char *name, flc_error *error);

/* A statistic of a metric ("mean", "defined"), `per_cell` values a cell; NULL on error. */
const double *flc_result_view_statistic(const flc_result_view *view,
                                        const flc_result_metric *metric, const char *statistic,
                                        size_t per_cell, flc_error *error);
/* A count for each program ("refused_samples"); NULL on error. */
const int64_t *flc_result_view_counts(const flc_result_view *view, const char *variable,
                                      flc_error *error);

/* count 0 where the study has no targets. */
flc_status flc_result_view_targets(const flc_result_view *view, flc_result_targets *targets,
                                   flc_error *error);
flc_status flc_result_view_until(const flc_result_view *view, flc_result_until *until,
                                 flc_error *error);
/* The output of target i with its fiscal year ("MEP/federal/2030"). */
void flc_result_target_output(const flc_result_targets *targets, size_t i, char *text, size_t room);
/* What target i asks: "MEP/federal/2030 >= 100". */
void flc_result_target_condition(const flc_result_targets *targets, size_t i, char *text,
                                 size_t room);

#endif
