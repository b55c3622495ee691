/* Nanoseconds per output, uniform and normal, and per elementary function, for each instruction
 * set. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "random/streams.h"

enum { BLOCKS = 4000, ROUNDS = 9 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void outputs_of_block(const flc_draws *draws, double *out)
{
    uint64_t x[FLC_BLOCK];
    flc_streams_outputs(draws, 0, 1, x);
    out[0] = (double)x[7];
}

static void uniforms_of_block(const flc_draws *draws, double *out)
{
    flc_draws_uniform(draws, 0, 1, out);
}

static void normals_of_block(const flc_draws *draws, double *out)
{
    flc_draws_normal(draws, 0, 1, out);
}

/* The least time of several rounds, per value. */
static double time_of(void (*fill)(const flc_draws *, double *), const flc_draws *draws)
{
    double out[FLC_BLOCK], least = 1e300;
    volatile double sink = 0.0;
    for (int round = 0; round < ROUNDS; round++) {
        const double begin = now();
        for (int block = 0; block < BLOCKS; block++) {
            fill(draws, out);
            sink = out[0];
        }
        const double spent = (now() - begin) / BLOCKS / FLC_BLOCK;
        least = spent < least ? spent : least;
    }
    (void)sink;
    return least;
}

static double time_of_seek(flc_draws *draws)
{
    const double begin = now();
    for (uint64_t block = 0; block < BLOCKS; block++)
        flc_draws_seek(draws, block * FLC_BLOCK);
    return (now() - begin) / BLOCKS;
}

int main(void)
{
    flc_error error;
    uint32_t number;
    flc_names *names = flc_names_create(&error);
    if (!names || flc_names_add(names, &number, "bench", &error) != FLC_OK)
        return EXIT_FAILURE;
    printf("%-8s %10s %10s %10s %12s\n", "isa", "output ns", "uniform ns", "normal ns", "seek ns");
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++) {
        flc_draws *draws;
        if (!flc_isa_available((flc_isa)isa))
            continue;
        if (flc_streams_create(&draws, names, 1, (flc_isa)isa, &error) != FLC_OK)
            return EXIT_FAILURE;
        printf("%-8s %10.3f %10.3f %10.3f %12.0f\n", flc_isa_name((flc_isa)isa),
               time_of(outputs_of_block, draws), time_of(uniforms_of_block, draws),
               time_of(normals_of_block, draws), time_of_seek(draws));
        flc_draws_free(draws);
    }
    flc_names_free(names);
    return EXIT_SUCCESS;
}
