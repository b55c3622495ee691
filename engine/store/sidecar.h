/* The sidecar of a result, <result>.json: what differs between two runs of one study (hosts, ranks,
 * times), kept out of the result so that equal runs give equal files. While the run goes on it is
 * the live status. */
#ifndef FLC_STORE_SIDECAR_H
#define FLC_STORE_SIDECAR_H

#include <stdint.h>
#include <time.h>

#include "fulcrum/status.h"
#include "run/usage.h"
#include "study/goals.h"

typedef struct flc_sidecar {
    const char *state; /* "running", "finished", "failed" */
    const char *study_file, *study_hash, *command;
    const char *hosts, *mpi, *isa, *message; /* message may be NULL */
    const flc_goals *goals;                  /* may be NULL */
    const flc_usage_total *usage;            /* of all ranks, at the end; may be NULL */
    uint64_t samples, done, seed;
    int ranks;
    double seconds; /* since the begin */
    time_t begin;
} flc_sidecar;

/* Write it beside the result file `result`, atomically. */
flc_status flc_sidecar_save(const char *result, const flc_sidecar *facts, flc_error *error);

#endif
