/* What one block of one output contributes to a summary; computed once per instruction set, same
 * bits. */
#ifndef FLC_STATISTICS_STATISTICS_KERNEL_H
#define FLC_STATISTICS_STATISTICS_KERNEL_H

#include "base/isa.h"
#include "random/draws.h"
#include "statistics/sketch.h"

enum { FLC_POWERS = 4 };

/* Of FLC_BLOCK lanes; NaN lanes are `undefined`. */
struct flc_block_facts {
    double sums[FLC_POWERS]; /* of z, z^2, z^3, z^4 over the finite lanes, in a fixed order */
    double min, max; /* of the finite lanes, in the output's unit; +inf, -inf if there is none */
    uint32_t finite, undefined, plus_infinite, minus_infinite;
    uint32_t below_zero, zero, center; /* of the finite; center 0 where c is 0 */
    bool whole;                        /* every finite lane is whole and below 2^51 in size */
    bool constant;             /* all finite lanes equal c: nothing to add to sums, no index */
    uint32_t index[FLC_BLOCK]; /* slots in the sketch, or dumps */
};

struct flc_statistics_kernels {
    /* `whole` is looked for only if `ask_whole`. */
    void (*examine)(struct flc_block_facts *facts, const double *x, const struct flc_grid *grid,
                    bool ask_whole);
    uint32_t (*count_equal)(const double *x, double value);
    uint32_t (*count_at_least)(const double *x, double value);
    uint32_t (*count_at_most)(const double *x, double value);
};

FLC_ISA_DECLARE(struct flc_statistics_kernels, flc_statistics_kernels);

#endif
