/* What one block adds to the sums of sensitivity; computed once per instruction set, same bits.
 *
 * Lane l of a block belongs to replicate l mod FLC_REPLICATES (design/design.h). The terms of a
 * replicate's twelve lanes are added in their order and the partial sum, where it is below 2^18 in
 * size, is rounded to a multiple of 2^-32 and added to a whole number, which is exact.
 *
 * z are standardised values (analysed.h), NaN in lanes that do not count. Lanes where a row has no
 * finite value add nothing to its sums; `hits` are the lanes that count. */
#ifndef FLC_SENSITIVITY_SUMS_KERNEL_H
#define FLC_SENSITIVITY_SUMS_KERNEL_H

#include "base/isa.h"
#include "design/design.h"
#include "statistics/sketch.h"

enum { FLC_SUMS_MOST_KINDS = 5 };
enum {
    FLC_SUMS_OUT = 1,  /* partial sums are left in rest, which is 0 elsewhere */
    FLC_SUMS_FULL = 2, /* a sum has reached 2^62 units and must be emptied */
    FLC_SUMS_SHORT = 4 /* fewer lanes count than `of` */
};

/* Sums to add to, and what does not fit. */
struct flc_sums_target {
    int64_t (*sums)[FLC_REPLICATES]; /* in units of 2^-32, by kind */
    double rest[FLC_SUMS_MOST_KINDS][FLC_REPLICATES];
    double hits[FLC_REPLICATES];
};

struct flc_lanes_facts {
    double hits[FLC_REPLICATES];
    double low, high; /* of both over the lanes that count; infinite where there are none */
};

/* Each returns flags. */
struct flc_sensitivity_kernels {
    /* za, zb of xa, xb, NaN where one of them is not finite or `inside` is not 0; sums of a, b,
     * a^2, b^2, a b. */
    unsigned (*begin)(struct flc_sums_target *target, struct flc_lanes_facts *facts, double *za,
                      double *zb, const double *xa, const double *xb, const double *inside,
                      const struct flc_grid *grid);
    /* Sums of b (c - a), c - a, (c - a)^2 with c = z of x. */
    unsigned (*pick)(struct flc_sums_target *target, const double *x, const double *za,
                     const double *zb, const struct flc_grid *grid,
                     const double of[FLC_REPLICATES]);
    /* d = z of x - za. */
    void (*difference)(double *d, const double *x, const double *za, const struct flc_grid *grid);
    /* Sum of d e. */
    unsigned (*product)(struct flc_sums_target *target, const double *d, const double *e,
                        const double of[FLC_REPLICATES]);
    /* Sums of (a - (p + c)/2) (p - c) by replicate and, of a second kind, of the whole block at
     * place `batch`, with p the row before; then p becomes c, where that is finite. */
    unsigned (*step)(struct flc_sums_target *target, double *p, const double *x, const double *za,
                     const struct flc_grid *grid, size_t batch, const double of[FLC_REPLICATES]);
    /* Sums of s (c - a), |c - a|, (c - a)^2; s NULL: 0 for the first. */
    unsigned (*effect)(struct flc_sums_target *target, const double *x, const double *za,
                       const double *s, const struct flc_grid *grid,
                       const double of[FLC_REPLICATES]);
};

FLC_ISA_DECLARE(struct flc_sensitivity_kernels, flc_sensitivity_kernels);

#endif
