/* Where the blocks of a run come from, and running some of them without any other rank: by rank 0
 * in a run over ranks (simulate.h), by whoever joins shards, and by sessions of the library. */
#ifndef FLC_RUN_SOURCE_H
#define FLC_RUN_SOURCE_H

#include "run/keeper.h"
#include "statistics/collector.h"
#include "study/study.h"

/* What is evaluated, block by block: a study's evaluator, or something made of one. */
typedef struct flc_source {
    void *context;
    /* Values of samples first ... first + FLC_BLOCK - 1, as the collector takes them. */
    const double *(*block)(void *context, uint64_t first);
    /* A new, empty collector of these values; NULL and *error. */
    flc_collector *(*collector)(void *context, flc_error *error);
    /* Whether some block could not be evaluated, and why; NULL: they always can. */
    flc_status (*failure)(void *context, flc_error *error);
} flc_source;

/* A study's own outputs and their distributions (statistics/distributions.h). */
flc_source flc_evaluator_source(flc_evaluator *evaluator);

/* *values of samples first ... ; nothing of a block that failed may go any further. */
flc_status flc_source_block(const flc_source *source, const double **values, uint64_t first,
                            flc_error *error);

/* Before flc_simulate with a keeper, by rank 0: where `*begin` lies in the midst of a stripe
 * that ends by `end`, run and keep all of that stripe, and move *begin behind it. Blocks before
 * *begin are in the collector already. */
flc_status flc_source_stripe(const flc_source *source, flc_isa isa, uint64_t *begin, uint64_t end,
                             const flc_keeper *keeper, flc_collector *collector, flc_error *error);

/* Samples that are left of the run of `samples` behind its last full block, into
 * `collector`; with a keeper, also the blocks of its last stripe again, which is then kept. */
flc_status flc_source_rest(const flc_source *source, flc_isa isa, uint64_t samples,
                           const flc_keeper *keeper, flc_collector *collector, flc_error *error);

#endif
