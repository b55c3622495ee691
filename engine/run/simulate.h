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

typedef struct flc_run_options {
    uint64_t samples, seed;
    flc_isa isa;
    /* Called on rank 0 about every `interval` seconds and at the end of its blocks; may be NULL. */
    void (*progress)(void *context, const flc_progress *progress);
    void *context;
    double interval;
} flc_run_options;

/* Collective. On rank 0 *summary is the summary of all samples (flc_summary_free); elsewhere it is
 * NULL. An error on any rank is returned on every rank. */
flc_status flc_simulate(const flc_comm *comm, const flc_study *study,
                        const flc_run_options *options, flc_summary **summary, flc_error *error);

#endif
