/* The elementary functions as loops, one table per instruction set. */
#ifndef BENCH_ELEMENTARY_KERNEL_H
#define BENCH_ELEMENTARY_KERNEL_H

#include <stddef.h>

#include "base/isa.h"

struct bench_elementary_kernels {
    void (*exponentials)(double *restrict y, const double *restrict x, size_t count);
    void (*logarithms)(double *restrict y, const double *restrict x, size_t count);
};
FLC_ISA_DECLARE(struct bench_elementary_kernels, bench_elementary_kernels);

#endif
