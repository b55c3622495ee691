/* What streams.c and its kernels share. */
#ifndef FLC_RANDOM_STREAMS_KERNEL_H
#define FLC_RANDOM_STREAMS_KERNEL_H

#include "base/isa.h"
#include "random/draws.h"
#include "random/streams.h"

/* G_(64 l) for every lane l, in halves. */
typedef struct flc_lanes {
    uint64_t high[FLC_BLOCK];
    uint64_t low[FLC_BLOCK];
} flc_lanes;

/* The state of lane l is start + step * G_(64 l). Arrays have FLC_BLOCK items, are aligned to 64
 * bytes where the caller can, and do not overlap unless said. */
struct flc_streams_kernels {
    void (*outputs)(uint64_t *out, const flc_lanes *lanes, flc_u128 start, flc_u128 step);
    void (*uniform)(double *out, const flc_lanes *lanes, flc_u128 start, flc_u128 step);
    /* `rows` of them, at most FLC_NORMAL_ROWS, one after the other in `out`. */
    void (*normal)(double *out, const flc_lanes *lanes, const flc_u128 *start, const flc_u128 *step,
                   size_t rows);
    void (*quantile)(double *x, const double *u, size_t count); /* any count; x may be u */
    /* Of u within [2^-53, 1 - 2^-53], not x: `lanes` a multiple of FLC_BLOCK, at most
     * FLC_NORMAL_ROWS of it. */
    void (*normals_of_draws)(double *x, const double *u, size_t lanes);
};
FLC_ISA_DECLARE(struct flc_streams_kernels, flc_streams_kernels);

#endif
