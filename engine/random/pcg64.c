#include "random/pcg64.h"

static void step(flc_pcg64 *generator)
{
    generator->state = generator->state * FLC_PCG64_MULTIPLIER + generator->increment;
}

void flc_pcg64_seed(flc_pcg64 *generator, flc_u128 state, flc_u128 sequence)
{
    generator->state = 0;
    generator->increment = sequence << 1 | 1;
    step(generator);
    generator->state += state;
    step(generator);
}

uint64_t flc_pcg64_next(flc_pcg64 *generator)
{
    step(generator);
    return flc_pcg64_output((uint64_t)(generator->state >> 64), (uint64_t)generator->state);
}

/* By the bits of n from the top: G_2n = G_n (a^n + 1), G_(n+1) = a G_n + 1. */
flc_u128 flc_pcg64_sum(flc_u128 steps)
{
    const flc_u128 a = FLC_PCG64_MULTIPLIER;
    flc_u128 sum = 0;
    int bit = 127;
    while (bit >= 0 && !(steps >> bit & 1))
        bit--;
    for (; bit >= 0; bit--) {
        sum *= (a - 1) * sum + 2;
        if (steps >> bit & 1)
            sum = a * sum + 1;
    }
    return sum;
}

void flc_pcg64_advance(flc_pcg64 *generator, flc_u128 steps)
{
    const flc_u128 difference =
        (FLC_PCG64_MULTIPLIER - 1) * generator->state + generator->increment;
    generator->state += flc_pcg64_sum(steps) * difference;
}
