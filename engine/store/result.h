/* The result file: distributions of every output, for readers without any helper (inputs of a plot,
 * a table, a paper). Layout: analysis/formats/result.md. */
#ifndef FLC_STORE_RESULT_H
#define FLC_STORE_RESULT_H

#include <stdint.h>

#include "fulcrum/status.h"
#include "study/study.h"

/* Probabilities of the quantiles kept, and the level of all intervals. */
enum { FLC_RESULT_QUANTILES = 11 };
extern const double flc_result_quantiles[FLC_RESULT_QUANTILES];
#define FLC_RESULT_LEVEL 0.95

/* Version of the layout; a reader refuses a higher one. */
enum { FLC_RESULT_FORMAT = 1 };

typedef struct flc_result_facts {
    uint64_t samples, seed;
} flc_result_facts;

/* Write the result to `path`, aside and renamed. Nothing in it depends on ranks, hosts or time. */
flc_status flc_result_save(const char *path, const flc_study *study, const flc_summary *summary,
                           const flc_result_facts *facts, flc_error *error);

#endif
