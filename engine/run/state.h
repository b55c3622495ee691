/* The state of a run as bytes: what a checkpoint, a shard and a result keep, so that a run can go
 * on, be joined from parts, be extended and be verified. Layout: analysis/formats/state.md.
 *
 * A state is of a set of full blocks: the records of a collector (statistics/collector.h) and the
 * facts that say of what. The partial block at the end of a run is never in it, so the state of a
 * run is also the beginning of any longer one. Equal sets of blocks give equal bytes. The last line
 * is the SHA-256 of all before it (base/seal.h); bytes that do not fit it are refused.
 */
#ifndef FLC_RUN_STATE_H
#define FLC_RUN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"
#include "statistics/collector.h"
#include "study/study.h"

/* Blocks begin ... end-1. */
typedef struct flc_block_range {
    uint64_t begin, end;
} flc_block_range;

#define FLC_NOT_KEPT UINT64_MAX

/* Of what a state is. Texts are not NULL. */
typedef struct flc_state_facts {
    const char *version;      /* of the engine */
    const char *command;      /* "run", ... */
    const char *question;     /* what the command asks beyond the study; "" */
    const char *study_file;   /* name without folder */
    const char *study_sha256; /* of the resolved text */
    const char *resolved, *as_written;
    uint64_t seed, samples;
    uint64_t shards; /* parts the run is cut into; 1: not cut */
    uint64_t kept;   /* bytes of kept samples that belong to this state, or FLC_NOT_KEPT */
    const flc_block_range *ranges; /* ascending, not touching */
    size_t range_count;
} flc_state_facts;

/* Facts of a run of `samples` that is not cut, of which nothing is done. They borrow the study's
 * texts, `command` and `question`. */
flc_state_facts flc_state_facts_of(const flc_study *study, const char *command,
                                   const char *question, const flc_points *points);

/* Full blocks of shard k (1 ... K) of a run of `samples`: whole stripes (keeper.h), as equal as
 * possible; some are empty where there are more shards than stripes. */
flc_block_range flc_shard_range(uint64_t samples, uint64_t k, uint64_t K);
/* Full blocks of a run. */
uint64_t flc_full_blocks(uint64_t samples);

/* The state as bytes (flc_free), the collector being one of all the ranges and of nothing else. */
flc_status flc_state_image(char **bytes, size_t *length, const flc_state_facts *facts,
                           const flc_collector *collector, flc_error *error);

/* A state read back. */
typedef struct flc_state {
    flc_state_facts facts;
    const char *name; /* of the file, for errors */
    char *bytes;      /* all of it; facts and records point into it */
    flc_block_range *ranges;
    size_t record_count;
    const unsigned char *records, *records_end;
} flc_state;

/* Takes `bytes` (flc_allocate'd, one NUL behind `length`; also after an error). `name` must outlive
 * the state. FLC_ERROR_STUDY where it is damaged or no state. */
flc_status flc_state_parse(flc_state **state, char *bytes, size_t length, const char *name,
                           flc_error *error);
/* FLC_ERROR_INPUT where there is no such file or it cannot be read. */
flc_status flc_state_read(flc_state **state, const char *path, flc_error *error);
void flc_state_free(flc_state *state);

/* Add what the state holds to a collector of the same kind. */
flc_status flc_state_merge(const flc_state *state, flc_collector *collector, flc_error *error);

/* Nothing if the state is of the same version, command, question, study and seed as `facts`; else
 * FLC_ERROR_STUDY with the file, what differs, and both values. */
flc_status flc_state_require(const flc_state *state, const flc_state_facts *facts,
                             flc_error *error);

/* Blocks in all ranges. */
uint64_t flc_state_blocks(const flc_state_facts *facts);

#endif
