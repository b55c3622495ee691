/* The result file: distributions of every output, for readers without any helper (inputs of a plot,
 * a table, a paper). Layout: analysis/formats/result.md. */
#ifndef FLC_STORE_RESULT_H
#define FLC_STORE_RESULT_H

#include <stdint.h>

#include "fulcrum/status.h"
#include "run/state.h"
#include "study/goals.h"
#include "study/study.h"

/* Probabilities of the quantiles kept, and the level of all intervals. */
enum { FLC_RESULT_QUANTILES = 11 };
extern const double flc_result_quantiles[FLC_RESULT_QUANTILES];
#define FLC_RESULT_LEVEL 0.95

/* Version of the layout; a reader refuses a higher one. */
enum { FLC_RESULT_FORMAT = 2 };

/* Write the result to `path`, aside and renamed. Nothing in it depends on ranks, hosts or time.
 * `state` is the state of its full blocks, of which `facts` are (run/state.h), and is kept in it.
 * `goals`, judged, are what the run was to know (study/goals.h), NULL for a plain run; they add a
 * group and change nothing else. */
flc_status flc_result_save(const char *path, const flc_study *study, const flc_summary *summary,
                           const flc_state_facts *facts, const flc_goals *goals, const char *state,
                           size_t state_length, flc_error *error);
/* The same as the bytes of the file, without writing it (flc_free). */
flc_status flc_result_image(char **bytes, size_t *length, const flc_study *study,
                            const flc_summary *summary, const flc_state_facts *facts,
                            const flc_goals *goals, const char *state, size_t state_length,
                            flc_error *error);

/* Memory that making and saving a result takes at most, beside the summary, in bytes; a checkpoint
 * takes less. */
size_t flc_result_bytes(const flc_study *study);

/* The state that a result keeps. `path` must outlive it. FLC_ERROR_STUDY where the file is no
 * result of this version or damaged. */
flc_status flc_result_state(flc_state **state, const char *path, flc_error *error);

#endif
