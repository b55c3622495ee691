/* The run: blocks of samples over ranks, collected exactly.
 *
 * Block b is samples b FLC_BLOCK ... ; only full blocks are run here, the last, partial block of a
 * study is the business of whoever finishes it (flc_source_rest). Ranks go through the blocks in
 * windows of about a tenth of a second, each taking every size-th block, so that at the end of a
 * window all blocks before it are done by somebody. What a collector holds does not depend on who
 * evaluated what (statistics/collector.h), so neither does the result.
 *
 * At the end of each window a pulse (comm.h) tells everybody whether somebody failed, was asked to
 * stop, or wants the state gathered; it is read a window later, so nobody waits for it. To gather
 * is to merge all collectors into rank 0's, up a binomial tree, record by record in messages of
 * about a mebibyte: log2(size) steps and no second collector's memory. Rank 0 then has the state of
 * all blocks so far, for a checkpoint or for the end, and the others go on from nothing.
 *
 * A run that may end before its end looks at fixed numbers of blocks: windows end there, all ranks
 * gather, rank 0 decides and shares the decision. A run that goes on from a look takes it (again)
 * first, so that neither ranks nor kills change where it ends.
 */
#ifndef FLC_RUN_SIMULATE_H
#define FLC_RUN_SIMULATE_H

#include <stdbool.h>

#include "run/comm.h"
#include "run/keeper.h"
#include "run/source.h"

/* How far the run is. */
typedef struct flc_progress {
    uint64_t next;                  /* all blocks from the first of the run up to here are done */
    double rate;                    /* blocks a second, of all ranks */
    double seconds;                 /* since the begin */
    const flc_collector *collector; /* rank 0's: all blocks gathered, and its own since */
} flc_progress;

typedef struct flc_run_options {
    flc_isa isa;
    uint64_t begin, end; /* full blocks to do */
    double interval;     /* seconds between calls of `progress` */
    /* Gather and call `save` after so many seconds, or blocks (0: not by this). */
    double save_seconds;
    uint64_t save_blocks;
    const char *stop_file;    /* stop where this file appears; NULL: none */
    const flc_keeper *keeper; /* keep samples; NULL: do not (flc_source_stripe first) */
    void *context;
    /* May the run end here? NULL: never before `end`. Asked on rank 0, which has gathered all
     * blocks, at looks (statistics/sequences.h) before `end`, whatever the number of ranks. */
    flc_status (*look)(void *context, const flc_collector *collector, uint64_t next, bool *enough,
                       flc_error *error);
    /* On rank 0; may be NULL. */
    void (*progress)(void *context, const flc_progress *progress);
    /* On rank 0, which has gathered all blocks up to `next`. Not called at the end. */
    void (*save)(void *context, const flc_collector *collector, uint64_t next);
} flc_run_options;

typedef struct flc_run_end {
    uint64_t next; /* blocks up to here are done and gathered on rank 0 */
    bool stopped;  /* by a signal or the stop file */
    bool enough;   /* by a look */
} flc_run_end;

/* Collective. `collector` is rank 0's, and on rank 0 may hold earlier blocks; elsewhere it is NULL.
 * Signals must have been caught (signals.h) to stop the run. The rank's usage (usage.h) is left
 * in the phase of merging. An error on any rank is returned on
 * every rank. */
flc_status flc_simulate(const flc_comm *comm, const flc_source *source,
                        const flc_run_options *options, flc_collector *collector, flc_run_end *end,
                        flc_error *error);

#endif
