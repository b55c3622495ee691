/* Keeping every sample of a run: what the run asks of whoever does it (store/samples.h).
 *
 * Blocks are kept in stripes of FLC_STRIPE blocks. Each rank packs the stripes it evaluates, which
 * is the costly part; rank 0 gets the packed bytes in the order of stripes, whatever the number of
 * ranks, and is the only one that writes. No parallel file system call is involved.
 */
#ifndef FLC_RUN_KEEPER_H
#define FLC_RUN_KEEPER_H

#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"

enum { FLC_STRIPE = 4 }; /* blocks */

typedef struct flc_keeper {
    void *context;
    /* On the rank that evaluates: the block just evaluated is part `part` (0 ... FLC_STRIPE - 1) of
     * its stripe, `count` samples of it count (FLC_BLOCK but for the last block of a run). Parts
     * come in order. */
    flc_status (*take)(void *context, const double *outputs, size_t part, size_t count,
                       flc_error *error);
    /* The bytes of the stripe whose parts were taken; valid until the next call. */
    flc_status (*pack)(void *context, const void **bytes, size_t *length, flc_error *error);
    /* On rank 0, in the order of stripes and without gaps: append the packed stripe. */
    flc_status (*append)(void *context, uint64_t stripe, const void *bytes, size_t length,
                         flc_error *error);
    /* On rank 0: what was appended is on disk when this returns; *length is what a checkpoint must
     * remember to go on from here (open again at that length after a kill). */
    flc_status (*sync)(void *context, uint64_t *length, flc_error *error);
} flc_keeper;

#endif
