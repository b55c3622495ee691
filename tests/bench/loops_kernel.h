/* Parts of the work as loops in the first cache, one table per instruction set: the elementary
 * functions, and the arithmetic of a unit and year. */
#ifndef BENCH_LOOPS_KERNEL_H
#define BENCH_LOOPS_KERNEL_H

#include <stddef.h>

#include "base/isa.h"

enum { BENCH_LANES = 64, BENCH_SOURCES = 2, BENCH_SUMS = 14 };

typedef double bench_lanes[BENCH_LANES];

/* What one unit needs in one year: what is drawn stands in `shape`, what units share in `common`.
 */
struct bench_unit_year {
    bench_lanes size, open, passed, lagging, balance, served, carried, xi;
    bench_lanes shape[BENCH_SOURCES + 2]; /* exponentials of two sources, a stream and cost */
    bench_lanes shock;
    bench_lanes per_size, due, live, ration, required, per_required, response, rho, innovation;
    bench_lanes theta[BENCH_SOURCES], level[BENCH_SOURCES], conversion[BENCH_SOURCES],
        cash_share[BENCH_SOURCES], multiplier[BENCH_SOURCES], total[BENCH_SOURCES];
    bench_lanes earning, ratio, adapt, cap, interest, minimum, reserve, credit;
    bench_lanes sums[BENCH_SUMS];
};

struct bench_loops_kernels {
    void (*exponentials)(double *restrict y, const double *restrict x, size_t count);
    void (*bounded_exponentials)(double *restrict y, const double *restrict x, size_t count);
    void (*logarithms)(double *restrict y, const double *restrict x, size_t count);
    /* Everything of a unit and year (MODEL sections 3 to 6) but draws and exponentials. */
    void (*arithmetic)(struct bench_unit_year *year);
};
FLC_ISA_DECLARE(struct bench_loops_kernels, bench_loops_kernels);

#endif
