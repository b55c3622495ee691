#include "random/streams.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/elementary.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "random/streams_kernel.h"

static flc_u128 load_big_endian(const unsigned char *bytes)
{
    flc_u128 x = 0;
    for (int i = 0; i < 16; i++)
        x = x << 8 | bytes[i];
    return x;
}

flc_pcg64 flc_stream_generator(uint64_t seed, const char *name)
{
    char prefix[24];
    unsigned char digest[FLC_SHA256_BYTES];
    flc_sha256_state hash;
    flc_pcg64 generator;
    const int length = snprintf(prefix, sizeof prefix, "%" PRIu64 "/", seed);
    flc_sha256_init(&hash);
    flc_sha256_update(&hash, prefix, (size_t)length);
    flc_sha256_update(&hash, name, strlen(name));
    flc_sha256_final(&hash, digest);
    flc_pcg64_seed(&generator, load_big_endian(digest), load_big_endian(digest + 16));
    return generator;
}

void flc_stream_init(flc_stream *stream, uint64_t seed, const char *name)
{
    const flc_pcg64 generator = flc_stream_generator(seed, name);
    stream->origin = generator.state;
    stream->difference = (FLC_PCG64_MULTIPLIER - 1) * generator.state + generator.increment;
}

uint64_t flc_stream_output(const flc_stream *stream, uint64_t number)
{
    const flc_u128 sum = flc_pcg64_sum((flc_u128)number + 1);
    const flc_u128 state = stream->origin + stream->difference * sum;
    return flc_pcg64_output((uint64_t)(state >> 64), (uint64_t)state);
}

double flc_uniform_of(uint64_t output)
{
    return ((double)(output >> 12) + 0.5) * 0x1p-52;
}

/* The source; `draws` first, so that the two pointers are one. */
struct streams {
    flc_draws draws;
    const struct flc_streams_kernels *kernels;
    size_t count;
    flc_stream *streams;         /* by number of the name */
    flc_u128 sum[FLC_INDICES];   /* G of the block's first sample, by index */
    flc_u128 power[FLC_INDICES]; /* a to the same */
    _Alignas(FLC_ALIGNMENT) flc_lanes lanes;
};

static void seek(flc_draws *draws, uint64_t first)
{
    struct streams *s = (struct streams *)draws;
    FLC_ASSERT(first <= (UINT64_C(1) << 58) - FLC_BLOCK);
    flc_u128 sum = flc_pcg64_sum((flc_u128)first * FLC_INDICES);
    for (int t = 0; t < FLC_INDICES; t++) {
        sum = FLC_PCG64_MULTIPLIER * sum + 1;
        s->sum[t] = sum;
        s->power[t] = (FLC_PCG64_MULTIPLIER - 1) * sum + 1;
    }
}

/* The state of lane 0 and what multiplies G_(64 l) in the others. */
static flc_u128 start_of(flc_u128 *step, const struct streams *s, uint32_t name, unsigned index)
{
    FLC_ASSERT(name < s->count && index < FLC_INDICES);
    const flc_stream *stream = &s->streams[name];
    *step = stream->difference * s->power[index];
    return stream->origin + stream->difference * s->sum[index];
}

static void uniform(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    const struct streams *s = (const struct streams *)draws;
    flc_u128 step;
    const flc_u128 start = start_of(&step, s, name, index);
    s->kernels->uniform(out, &s->lanes, start, step);
}

static void normals(const flc_draws *draws, const uint32_t *names, size_t count, unsigned index,
                    double *out)
{
    const struct streams *s = (const struct streams *)draws;
    flc_u128 start[FLC_NORMAL_ROWS], step[FLC_NORMAL_ROWS];
    for (size_t first = 0; first < count; first += FLC_NORMAL_ROWS) {
        size_t rows = count - first < FLC_NORMAL_ROWS ? count - first : FLC_NORMAL_ROWS;
        for (size_t row = 0; row < rows; row++)
            start[row] = start_of(&step[row], s, names[first + row], index);
        s->kernels->normal(out + first * FLC_BLOCK, &s->lanes, start, step, rows);
    }
}

static void normal(const flc_draws *draws, uint32_t name, unsigned index, double *out)
{
    normals(draws, &name, 1, index, out);
}

void flc_streams_outputs(const flc_draws *draws, uint32_t name, unsigned index, uint64_t *out)
{
    const struct streams *s = (const struct streams *)draws;
    flc_u128 step;
    const flc_u128 start = start_of(&step, s, name, index);
    s->kernels->outputs(out, &s->lanes, start, step);
}

static void free_streams(flc_draws *draws)
{
    flc_free(((struct streams *)draws)->streams);
    flc_free(draws);
}

static void fill_lanes(flc_lanes *lanes)
{
    for (int l = 0; l < FLC_BLOCK; l++) {
        const flc_u128 sum = flc_pcg64_sum((flc_u128)l * FLC_INDICES);
        lanes->high[l] = (uint64_t)(sum >> 64);
        lanes->low[l] = (uint64_t)sum;
    }
}

flc_status flc_streams_create(flc_draws **draws, const flc_names *names, uint64_t seed, flc_isa isa,
                              flc_error *error)
{
    static const struct flc_draws_operations operations = {seek, uniform, normal, free_streams,
                                                           normals};
    struct streams *s = FLC_NEW(struct streams, 1, error);
    *draws = NULL;
    if (!s)
        return FLC_ERROR_MEMORY;
    s->draws.operations = &operations;
    s->kernels = FLC_ISA_PICK(flc_streams_kernels, isa);
    s->count = flc_names_count(names);
    s->streams = FLC_NEW(flc_stream, s->count, error);
    if (!s->streams) {
        flc_free(s);
        return FLC_ERROR_MEMORY;
    }
    for (size_t i = 0; i < s->count; i++)
        flc_stream_init(&s->streams[i], seed, flc_names_text(names, (uint32_t)i));
    fill_lanes(&s->lanes);
    seek(&s->draws, 0);
    *draws = &s->draws;
    return FLC_OK;
}

void flc_normal_quantile_block(flc_isa isa, double *x, const double *u, size_t count)
{
    FLC_ISA_PICK(flc_streams_kernels, isa)->quantile(x, u, count);
}

void flc_normals_of_uniforms(flc_isa isa, const flc_draws *draws, const uint32_t *names,
                             size_t count, unsigned index, double *out)
{
    double u[FLC_NORMAL_ROWS * FLC_BLOCK];
    for (size_t first = 0; first < count; first += FLC_NORMAL_ROWS) {
        const size_t rows = count - first < FLC_NORMAL_ROWS ? count - first : FLC_NORMAL_ROWS;
        for (size_t row = 0; row < rows; row++)
            flc_draws_uniform(draws, names[first + row], index, u + row * FLC_BLOCK);
        FLC_ISA_PICK(flc_streams_kernels, isa)
            ->normals_of_draws(out + first * FLC_BLOCK, u, rows * FLC_BLOCK);
    }
}

/* A stream's first block, and its quantiles pushed out to where the far piece is used, folded into
 * one number: every instruction set must give the number pinned here. */
static uint64_t fingerprint(flc_isa isa, const flc_lanes *lanes)
{
    const struct flc_streams_kernels *kernels = FLC_ISA_PICK(flc_streams_kernels, isa);
    double values[3][FLC_BLOCK];
    flc_stream stream;
    uint64_t hash = 0;
    flc_stream_init(&stream, 1, "self-check");
    kernels->uniform(values[0], lanes, stream.origin, stream.difference);
    kernels->normal(values[1], lanes, &stream.origin, &stream.difference, 1);
    for (int l = 0; l < FLC_BLOCK; l++)
        values[2][l] = values[0][l] * (l % 3 == 0 ? 0x1p-80 : 1.0);
    kernels->quantile(values[2], values[2], FLC_BLOCK);
    for (int row = 0; row < 3; row++)
        for (int l = 0; l < FLC_BLOCK; l++)
            hash = hash * UINT64_C(6364136223846793005) + flc_bits(values[row][l]);
    return hash;
}

flc_status flc_streams_self_check(flc_error *error)
{
    const uint64_t pinned = UINT64_C(0xde8327798a0e9a0c);
    flc_lanes lanes;
    fill_lanes(&lanes);
    for (int isa = 0; isa < FLC_ISA_COUNT; isa++)
        if (flc_isa_available((flc_isa)isa) && fingerprint((flc_isa)isa, &lanes) != pinned)
            return flc_error_set(error, FLC_ERROR_INTERNAL,
                                 "self-check: the random draws of instruction set %s differ from "
                                 "those of every other machine (compiler or processor fault); "
                                 "rebuild with the Makefile's flags, or avoid it: FULCRUM_ISA=%s",
                                 flc_isa_name((flc_isa)isa), isa ? "generic" : "v3");
    return FLC_OK;
}
