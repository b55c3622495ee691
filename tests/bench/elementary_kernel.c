/* Loops over the elementary functions, for parts_bench.c; compiled once per instruction set as the
 * engine's kernels are. */
#include "elementary_kernel.h"

#include "base/elementary.h"

static void exponentials(double *restrict y, const double *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = flc_exp(x[i]);
}

static void logarithms(double *restrict y, const double *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = flc_log(x[i]);
}

FLC_API const struct bench_elementary_kernels FLC_ISA_TABLE(bench_elementary_kernels) = {
    exponentials, logarithms};
