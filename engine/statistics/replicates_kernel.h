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

/* What up to FLC_REPLICATE_RECENT blocks gave, in few cache lines: thousands of outputs take turns.
 * A sum is high 2^-32 + low 2^-64. */
enum { FLC_REPLICATE_RECENT = 5000 }; /* 12 values a block are below 2^16 values in all */
struct flc_replicate_recent {
    int64_t high[FLC_REPLICATE_POWERS][FLC_REPLICATES], low[FLC_REPLICATE_POWERS][FLC_REPLICATES];
    uint16_t counts[FLC_REPLICATE_ROWS][FLC_REPLICATES];
    uint32_t blocks;
};

struct flc_replicate_kernels {
    /* x[FLC_BLOCK], NaN where there is no sample. The sums of z and z^2 over the finite values of
     * each replicate, in the order of the lanes, are added to the recent ones: rounded to 2^-64
     * where they are 0 or in [2^-24, 2^16); the others are left in `rest`, 0 in the other places,
     * and then it returns true. */
    bool (*add)(struct flc_replicate_recent *recent,
                double rest[FLC_REPLICATE_POWERS][FLC_REPLICATES], const double *x,
                const struct flc_grid *grid, const double thresholds[FLC_REPLICATE_THRESHOLDS]);
    /* Add how many values are >= (<=) the threshold. */
    void (*count_at_least)(uint64_t counts[FLC_REPLICATES], const double *x, double threshold);
    void (*count_at_most)(uint64_t counts[FLC_REPLICATES], const double *x, double threshold);
};

FLC_ISA_DECLARE(struct flc_replicate_kernels, flc_replicate_kernels);

#endif
