/* What one block of one output adds to each replicate; computed once per instruction set, same
 * bits. Lane l of a block belongs to replicate l mod FLC_REPLICATES (design/design.h). */
#ifndef FLC_STATISTICS_REPLICATES_KERNEL_H
#define FLC_STATISTICS_REPLICATES_KERNEL_H

#include "design/design.h"
#include "statistics/sketch.h"

enum {
    FLC_REPLICATE_POWERS = 2,     /* z, z^2 */
    FLC_REPLICATE_THRESHOLDS = 15 /* at which values are counted */
};

/* Counts by replicate: rows of an array. */
enum flc_replicate_row {
    FLC_REPLICATE_FINITE,
    FLC_REPLICATE_DEFINED, /* not NaN */
    FLC_REPLICATE_AT_MOST, /* the first threshold; the others follow */
    FLC_REPLICATE_ROWS = FLC_REPLICATE_AT_MOST + FLC_REPLICATE_THRESHOLDS
};

struct flc_replicate_kernels {
    /* x[FLC_BLOCK], NaN where there is no sample. sums: of z and z^2 over the finite values of each
     * replicate, in the order of the lanes; counts are added to. */
    void (*add)(double sums[FLC_REPLICATE_POWERS][FLC_REPLICATES],
                uint64_t counts[FLC_REPLICATE_ROWS][FLC_REPLICATES], const double *x,
                const struct flc_grid *grid, const double thresholds[FLC_REPLICATE_THRESHOLDS]);
    /* Add how many values are >= (<=) the threshold. */
    void (*count_at_least)(uint64_t counts[FLC_REPLICATES], const double *x, double threshold);
    void (*count_at_most)(uint64_t counts[FLC_REPLICATES], const double *x, double threshold);
};

FLC_ISA_DECLARE(struct flc_replicate_kernels, flc_replicate_kernels);

#endif
