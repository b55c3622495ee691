/* PCG XSL-RR 128/64 (O'Neill 2014): `pcg64` of libpcg-cpp, `PCG64` of numpy.
 *
 * A linear congruential state s' = a s + c mod 2^128, c odd, whose output is the exclusive or of
 * its halves rotated by its six top bits. One step is made before each output. Jumps use s_n = s_0
 * + G_n ((a - 1) s_0 + c),   G_n = 1 + a + ... + a^(n-1),   a^n = (a - 1) G_n + 1, where G_n does
 * not depend on the stream.
 */
#ifndef FLC_RANDOM_PCG64_H
#define FLC_RANDOM_PCG64_H

#include <stdint.h>

__extension__ typedef unsigned __int128 flc_u128;

#define FLC_PCG64_MULTIPLIER                                                                       \
    ((flc_u128)UINT64_C(2549297995355413924) << 64 | UINT64_C(4865540595714422341))

typedef struct flc_pcg64 {
    flc_u128 state;
    flc_u128 increment; /* odd */
} flc_pcg64;

/* As the reference's srandom: the sequence picks one of 2^127 increments. */
void flc_pcg64_seed(flc_pcg64 *generator, flc_u128 state, flc_u128 sequence);
uint64_t flc_pcg64_next(flc_pcg64 *generator);
/* Skip `steps` outputs; 2^128 - n goes back n. */
void flc_pcg64_advance(flc_pcg64 *generator, flc_u128 steps);

/* G_n above. */
flc_u128 flc_pcg64_sum(flc_u128 steps);

/* The output of a state. */
static inline uint64_t flc_pcg64_output(uint64_t state_high, uint64_t state_low)
{
    const uint64_t x = state_high ^ state_low;
    const unsigned turn = (unsigned)(state_high >> 58);
    return x >> turn | x << (-turn & 63);
}

#endif
