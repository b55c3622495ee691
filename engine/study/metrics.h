/* The outputs of a study as people name them: a metric, of a program, perhaps of a member (a match
 * source or an outcome), perhaps of a fiscal year. The same names serve targets, traces, tables and
 * files. */
#ifndef FLC_STUDY_METRICS_H
#define FLC_STUDY_METRICS_H

#include <stdbool.h>

#include "base/memory.h"
#include "fulcrum/status.h"
#include "model/model.h"

/* What a metric is broken down by, besides programs (and years). */
typedef enum flc_member { FLC_MEMBER_NONE, FLC_MEMBER_SOURCE, FLC_MEMBER_OUTCOME } flc_member;

/* Whether more of a metric is what a funder wants. Many are neither: more federal money is a
 * choice. */
typedef enum flc_better { FLC_BETTER_NEITHER, FLC_BETTER_HIGHER, FLC_BETTER_LOWER } flc_better;

typedef struct flc_metric {
    const char *name, *unit, *sentence;
    flc_better better;
    bool by_year;
    flc_member member;
    size_t number; /* of the account, horizon metric or outcome it stands for */
} flc_metric;

typedef struct flc_metrics {
    const flc_model *model;
    flc_metric *metrics; /* horizon metrics, outcomes per dollar, accounts, then by member */
    size_t count;
} flc_metrics;

enum { FLC_NO_FISCAL_YEAR = 0, FLC_OUTPUT_NAME = 512 };
#define FLC_NO_OUTPUT SIZE_MAX

/* Beside what a portfolio computes, the study makes of its accounts the leverage of each year:
 * match and own revenue per federal dollar, undefined without federal money. Its output of a
 * program (or the portfolio) and year: */
size_t flc_metrics_leverage(const flc_metrics *metrics, size_t program, size_t year);
/* Whether a metric is the model's own, as all are but that one. */
bool flc_metrics_is_modelled(const flc_metrics *metrics, const flc_metric *metric);

/* And two checks are counted for every program and the portfolio:
 * samples that were refused, and years in which the budget's identity (MODEL section 2) did not
 * hold. */
enum { FLC_CHECK_REFUSED, FLC_CHECK_IMBALANCE, FLC_CHECKS };
/* How many of them: all, or of a plug-in model the first. */
int flc_metrics_checks(const flc_metrics *metrics);
size_t flc_metrics_outputs(const flc_metrics *metrics);
size_t flc_metrics_check(const flc_metrics *metrics, size_t program, int check);

/* The program that an output belongs to; flc_model_programs: the portfolio. */
size_t flc_metrics_program(const flc_metrics *metrics, size_t output);

flc_status flc_metrics_init(flc_metrics *metrics, const flc_model *model, flc_arena *arena,
                            flc_error *error);

/* Members of a breakdown: those of the portfolio. */
size_t flc_metrics_members(const flc_metrics *metrics, flc_member member);
const char *flc_metrics_member_key(const flc_metrics *metrics, flc_member member, size_t i);

/* Number of the output; FLC_NO_OUTPUT where the program has no such member. member and year are
 * ignored where the metric has none. */
size_t flc_metrics_output(const flc_metrics *metrics, const flc_metric *metric, size_t program,
                          size_t member, size_t year);

/* Find "MEP/leverage_ratio", "MEP/federal" with its fiscal year (also as "MEP/federal/2030"), or
 * "MEP/outcome_gross/jobs". The error says what is known, and suggests. */
flc_status flc_metrics_find(const flc_metrics *metrics, size_t *output, const char *name,
                            int64_t fiscal_year, flc_error *error);

/* Names of up to `most` outputs that stand for all where none are asked for: leverage and net
 * present value of the portfolio; of a plug-in model the first ones over the horizon, and with
 * `judged` only those of which one wants more or less. Returns their number. */
size_t flc_metrics_defaults(const flc_metrics *metrics, bool judged, char (*names)[FLC_OUTPUT_NAME],
                            size_t most);

/* What an output is; the inverse of flc_metrics_find. */
typedef struct flc_output_label {
    const flc_metric *metric; /* NULL: the check `member` of the program */
    size_t program, member, year;
} flc_output_label;

/* Of every output: labels[flc_metrics_outputs]. */
void flc_metrics_labels(const flc_metrics *metrics, flc_output_label *labels);
/* Its name, MEP/outcome_gross/jobs/2030; MEP/refused, MEP/imbalanced_years for a check. `room` for
 * FLC_OUTPUT_NAME bytes is enough. */
void flc_metrics_label_name(const flc_metrics *metrics, const flc_output_label *label, char *text,
                            size_t room);
/* The metric's part of it. */
const char *flc_metrics_label_metric(const flc_output_label *label);
/* Its unit, of an outcome as the study gives it. */
const char *flc_metrics_label_unit(const flc_metrics *metrics, const flc_output_label *label);
const char *flc_metrics_label_sentence(const flc_output_label *label);

#endif
