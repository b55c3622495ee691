/* The run: blocks of samples over ranks, merged exactly.
 *
 * Block b is samples b FLC_BLOCK ... ; rank r of R evaluates blocks r, r + R, r + 2R, ... Summaries
 * do not depend on who evaluated what (statistics/summary.h), so the result is the same for any R.
 * Afterwards they are merged up a binomial tree, record by record in messages of about a mebibyte,
 * so that merging takes log2(R) steps and no second summary's memory.
 */
#ifndef FLC_RUN_SIMULATE_H
#define FLC_RUN_SIMULATE_H

#include "run/comm.h"
#include "study/study.h"

/* How far the run is, for a callback. Counts are of all ranks, estimated from this one's. */
typedef struct flc_progress {
    uint64_t done, samples;
    double seconds;             /* since the begin of the run */
    const flc_summary *summary; /* of this rank */
} flc_progress;

/* What is evaluated, block by block: a study's evaluator, or something made of one. */
typedef struct flc_source {
    void *context;
    /* Outputs of samples first ... first + FLC_BLOCK - 1, [outputs][FLC_BLOCK]. */
    const double *(*block)(void *context, uint64_t first);
    /* A new, empty summary of these outputs with its pilot set; NULL and *error. */
    flc_summary *(*summary)(void *context, flc_error *error);
} flc_source;

/* A study's own outputs. */
flc_source flc_evaluator_source(flc_evaluator *evaluator);

typedef struct flc_run_options {
    uint64_t samples;
    flc_isa isa;
    /* Called on rank 0 about every `interval` seconds and at the end of its blocks; may be NULL. */
    void (*progress)(void *context, const flc_progress *progress);
    void *context;
    double interval;
} flc_run_options;

/* Collective. On rank 0 *summary is the summary of all samples (flc_summary_free); elsewhere it is
 * NULL. An error on any rank is returned on every rank. */
flc_status flc_simulate(const flc_comm *comm, const flc_source *source,
                        const flc_run_options *options, flc_summary **summary, flc_error *error);

#endif
