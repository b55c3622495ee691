/* Named streams of PCG64 as a source of draws (random/draws.h).
 *
 * The stream of a name under a seed starts from SHA-256 of "<seed in decimal>/<name>": the first 16
 * bytes are the initial state, the last 16 the sequence, big-endian. Sample i and index t take
 * output number 64 i + t, output 0 being the first after seeding. A uniform is ((x >> 12) + 1/2)
 * 2^-52, a normal its quantile.
 *
 * By random/pcg64.h output number k of a stream with seeded state s and first difference d = (a-1)s
 * + c has state s + d G_(k+1): a stream is the pair (s, d), the G are common to all. For a block,
 * seek computes G and a power of a for each index; the state of sample `first + l` is then base + d
 * a^n G_(64 l), one 128-bit product per lane with a fixed table and no dependence between lanes.
 */
#ifndef FLC_RANDOM_STREAMS_H
#define FLC_RANDOM_STREAMS_H

#include "base/isa.h"
#include "random/draws.h"
#include "random/pcg64.h"

typedef struct flc_stream {
    flc_u128 origin;     /* the seeded state */
    flc_u128 difference; /* what the first step adds to it */
} flc_stream;

void flc_stream_init(flc_stream *stream, uint64_t seed, const char *name);
/* Output `number` = 64*sample + index, one at a time. */
uint64_t flc_stream_output(const flc_stream *stream, uint64_t number);
/* The same as a generator that gives output 0 next. */
flc_pcg64 flc_stream_generator(uint64_t seed, const char *name);

/* The uniform of a 64-bit output; exact. */
double flc_uniform_of(uint64_t output);

/* Plain Monte Carlo: a stream for every name in `names` (later additions are unknown to it).
 * Samples up to 2^58 - FLC_BLOCK. Free with flc_draws_free. */
flc_status flc_streams_create(flc_draws **draws, const flc_names *names, uint64_t seed, flc_isa isa,
                              flc_error *error);
/* The 64-bit outputs behind uniform and normal, for tests of the generator. `draws` must be from
 * flc_streams_create. */
void flc_streams_outputs(const flc_draws *draws, uint32_t name, unsigned index, uint64_t *out);

/* x[i] = flc_normal_quantile(u[i]) to the bit; x may be u. */
void flc_normal_quantile_block(flc_isa isa, double *x, const double *u, size_t count);

/* Normals of a source whose uniforms are all within [2^-53, 1 - 2^-53], through these: what
 * flc_draws_normals promises. */
void flc_normals_of_uniforms(flc_isa isa, const flc_draws *draws, const uint32_t *names,
                             size_t count, unsigned index, double *out);

/* Whether every instruction set this processor has gives the pinned first draws of a stream, to the
 * bit. */
flc_status flc_streams_self_check(flc_error *error);

#endif
