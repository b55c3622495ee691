/* Where the time of one rank went, and what it sent: kept while a run goes on, told at its end.
 *
 * A rank is in one phase at a time, and in each phase works or waits for other ranks, so that all
 * times add up to the whole. The processor's time is taken as well: it differs where more ranks
 * than cores are at work, and then only it says what a phase costs.
 *
 * All numbers are integers in one array, so that those of all ranks can be added and compared by
 * one operation (flc_comm_total).
 */
#ifndef FLC_RUN_USAGE_H
#define FLC_RUN_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum flc_phase {
    FLC_PHASE_START,      /* of MPI */
    FLC_PHASE_PREPARE,    /* the study read and checked, tables, the pilot */
    FLC_PHASE_BLOCKS,     /* samples evaluated and summed up */
    FLC_PHASE_KEEP,       /* every sample packed, sent to rank 0 and written */
    FLC_PHASE_MERGE,      /* what all ranks have summed up, brought to rank 0 */
    FLC_PHASE_CHECKPOINT, /* the same for a checkpoint, and it written */
    FLC_PHASE_WRITE,      /* the result made and written */
    FLC_PHASES
} flc_phase;

/* Numbers: nanoseconds of phase p at 3 p + flc_time; then the rest. */
typedef enum flc_time { FLC_TIME_WORK, FLC_TIME_WAIT, FLC_TIME_PROCESSOR, FLC_TIMES } flc_time;
enum {
    FLC_USAGE_BLOCKS = FLC_TIMES * FLC_PHASES, /* evaluated */
    FLC_USAGE_COLLECTIVES,                     /* operations of all ranks together */
    FLC_USAGE_SENT,                            /* messages to one rank */
    FLC_USAGE_SENT_BYTES,
    FLC_USAGE_RECEIVED,
    FLC_USAGE_RECEIVED_BYTES,
    FLC_USAGE_NUMBERS
};

typedef struct flc_usage {
    int64_t numbers[FLC_USAGE_NUMBERS];
    flc_phase phase;
    flc_time doing;          /* work or wait */
    int64_t wall, processor; /* since when */
} flc_usage;

/* Of all ranks: the largest of each number, and their sum. */
typedef struct flc_usage_total {
    int64_t most[FLC_USAGE_NUMBERS], sum[FLC_USAGE_NUMBERS];
} flc_usage_total;

const char *flc_phase_name(flc_phase phase);
/* "blocks", "messages_sent", ... of a number from FLC_USAGE_BLOCKS on. */
const char *flc_usage_name(size_t number);

/* All zero, and now at work in `phase`. A NULL usage keeps no numbers, here and below. */
void flc_usage_begin(flc_usage *usage, flc_phase phase);
/* From now on at work in `phase`; the one that was is returned. */
flc_phase flc_usage_enter(flc_usage *usage, flc_phase phase);
/* From now on waiting in the same phase, or at work again. */
void flc_usage_wait(flc_usage *usage, bool waiting);
void flc_usage_add(flc_usage *usage, size_t number, int64_t amount);

#endif
