/* Rows of a study for the estimators of sensitivity (sensitivity/rows.h).
 *
 * A is the study's own sample, from the draws that a plain run has, so that its sample i is sample
 * i of fulcrum run. B is a second set of draws under the same seed: the name of a draw there is
 * "again/" and its name (design/mixed.h).
 *
 * A row evaluates the programs that a released factor reaches, and the portfolio; the others are
 * those of A or of the row before. A screening moves quantities by a step on a grid instead
 * (design/screening.h): A is then the grid's point next to the sample, and shocks are released as
 * before.
 */
#ifndef FLC_STUDY_ROW_EVALUATOR_H
#define FLC_STUDY_ROW_EVALUATOR_H

#include "sensitivity/rows.h"
#include "study/factors.h"

typedef struct flc_row_evaluator flc_row_evaluator;

/* `atoms` are the factors by quantity, without groups; they must outlive it. */
flc_status flc_row_evaluator_create(flc_row_evaluator **rows, const flc_factors *atoms,
                                    const flc_points *points, bool screening, flc_isa isa,
                                    flc_error *error);
void flc_row_evaluator_free(flc_row_evaluator *rows);

/* The sample itself, all outputs of the study [outputs][FLC_BLOCK], valid until the next block;
 * afterwards rows are of this block. */
const double *flc_row_evaluator_block(flc_row_evaluator *rows, uint64_t first);
/* Whether a block or a row could not be evaluated, and why (flc_evaluator_failure). */
flc_status flc_row_evaluator_failure(const flc_row_evaluator *rows, flc_error *error);
/* What evaluated it: values of quantities and draws of A. */
const flc_evaluator *flc_row_evaluator_base(const flc_row_evaluator *rows);

/* Rows in terms of other factors of the same study, and of chosen outputs of it, ascending: what
 * estimators ask. Views share the evaluator; all arguments must outlive them. */
typedef struct flc_row_view flc_row_view;
flc_status flc_row_view_create(flc_row_view **view, flc_row_evaluator *rows,
                               const flc_factors *factors, const size_t *outputs,
                               size_t output_count, flc_error *error);
void flc_row_view_free(flc_row_view *view);
const flc_rows *flc_row_view_rows(const flc_row_view *view);

/* Programs evaluated so far for rows alone, and rows. */
typedef struct flc_row_work {
    uint64_t programs, rows;
} flc_row_work;
flc_row_work flc_row_evaluator_work(const flc_row_evaluator *rows);

/* Memory of one in bytes, about. */
size_t flc_row_evaluator_bytes(const flc_row_evaluator *rows);

#endif
