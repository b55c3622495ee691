/* What one block adds to the tables and sums of given_data.h; computed once per instruction set,
 * same bits.
 *
 * Sums are whole multiples of 2^-22 in an int64: what a block adds is summed in a fixed order and
 * then rounded. Sums of squares stop at FLC_GIVEN_SUM_LIMIT; where none has stopped, no sum of
 * products can have left its range (Cauchy and Schwarz), so additions in between may wrap. */
#ifndef FLC_SENSITIVITY_GIVEN_DATA_KERNEL_H
#define FLC_SENSITIVITY_GIVEN_DATA_KERNEL_H

#include <stdint.h>

#include "base/isa.h"
#include "design/design.h"
#include "sensitivity/given_data.h"

#define FLC_GIVEN_SUM_LIMIT (INT64_C(1) << 62)
#define FLC_GIVEN_SUM_UNIT  0x1p-22

/* Columns of a table behind its cells. */
enum { FLC_GIVEN_MINUS, FLC_GIVEN_PLUS, FLC_GIVEN_UNDEFINED, FLC_GIVEN_EXTRA };

/* What an output's pilot has fixed. z = (y - center) factor. Cell k is [edges[k-1], edges[k]); in
 * it R(y) = rank[k] + (y - from[k]) slope[k], at most rank[k + 1]; R is 1/2 less than the
 * distribution function. */
struct flc_given_cells {
    double center, factor;             /* the output's unit, and per unit; finite */
    double edges[FLC_GIVEN_DATA_MOST]; /* ascending, then +inf from `used` on */
    double from[FLC_GIVEN_DATA_MOST], slope[FLC_GIVEN_DATA_MOST];
    double rank[FLC_GIVEN_DATA_MOST], rank_end[FLC_GIVEN_DATA_MOST];
    double rank_minus, rank_plus; /* of the infinite */
    uint32_t used, cells;         /* edges; cells of the table */
};

/* A block of an output. Lanes without a sample are 0 everywhere. */
struct flc_given_block {
    double z[FLC_BLOCK], rank[FLC_BLOCK];         /* 0 where not finite, where undefined */
    double squares[2 * FLC_BLOCK];                /* z, z^2 of each lane */
    double finite[FLC_BLOCK], defined[FLC_BLOCK]; /* 1 or 0 */
    uint32_t column[FLC_BLOCK];                   /* of the table */
};

/* A quantity's block. */
struct flc_given_lanes {
    const uint32_t *code; /* [FLC_BLOCK] class of each lane */
    const double *x, *u;  /* [FLC_BLOCK], scaled; 0 in lanes without a sample */
};

/* What is kept of a pair. */
struct flc_given_pair {
    uint32_t *counts;                    /* [classes][columns] */
    int64_t (*by_class)[2];              /* [classes]: of z and z^2 */
    int64_t (*products)[FLC_REPLICATES]; /* [2]: x z, u R */
};

struct flc_given_kernels {
    void (*examine)(struct flc_given_block *block, const double *y,
                    const struct flc_given_cells *cells, size_t count);
    void (*classify)(uint32_t code[FLC_BLOCK], const double *u, double classes);
    /* `last`: no table follows the pair's in memory. */
    void (*add)(const struct flc_given_pair *pair, const struct flc_given_block *block,
                const struct flc_given_lanes *lanes, size_t count, size_t classes, size_t columns,
                bool last);
    /* sums[k] += the sum of z in cell k. */
    void (*by_cell)(int64_t *sums, const struct flc_given_block *block, size_t count);
    /* sums[i] += products of a and row with[i] of b, by replicate. */
    void (*products)(int64_t (*sums)[FLC_REPLICATES], const double *a, const double *b,
                     const uint32_t *with, size_t count);
    /* The same of a with itself. */
    void (*squares)(int64_t sums[FLC_REPLICATES], const double *a);
};

FLC_ISA_DECLARE(struct flc_given_kernels, flc_given_kernels);

#endif
