/* Where the model's random numbers come from: draws addressed by name, sample and index.
 *
 * A table of names is made once (flc_names); a source of draws (plain PCG streams here, other
 * designs on the floor `design`) answers, for the block of samples it stands on, with one value per
 * sample. So the model never sees a generator, and a design can put any point set in its place.
 */
#ifndef FLC_RANDOM_DRAWS_H
#define FLC_RANDOM_DRAWS_H

#include <stddef.h>
#include <stdint.h>

#include "fulcrum/status.h"

/* Samples evaluated together: the lanes of all arrays of the model. A block is samples
 * first ... first + FLC_BLOCK - 1 with first a multiple of FLC_BLOCK in a run (any number in a
 * trace); all lanes are always computed, statistics take the ones they want. Not a power of two, so
 * that arrays do not fall on the same cache sets; a multiple of 64 (eight AVX-512 registers). */
enum { FLC_BLOCK = 192 };

/* Outputs of a stream per sample: a horizon has at most 64 years, a parameter takes index 0. */
enum { FLC_INDICES = 64 };

/* Rows of a block that normals are best drawn by. */
enum { FLC_NORMAL_ROWS = 4 };

/* Names to small numbers, in order of first mention. */
typedef struct flc_names flc_names;
flc_names *flc_names_create(flc_error *error);
void flc_names_free(flc_names *names);
/* The number of `name` (copied), added when new. */
flc_status flc_names_add(flc_names *names, uint32_t *number, const char *name, flc_error *error);
size_t flc_names_count(const flc_names *names);
const char *flc_names_text(const flc_names *names, uint32_t number);

typedef struct flc_draws flc_draws;

/* A source's functions. `out` has FLC_BLOCK doubles. */
struct flc_draws_operations {
    /* Stand on the block that begins with sample `first`. */
    void (*seek)(flc_draws *draws, uint64_t first);
    /* Uniforms strictly inside (0,1) for (name, index) of every sample of the block. */
    void (*uniform)(const flc_draws *draws, uint32_t name, unsigned index, double *out);
    /* Standard normals: the inverse CDF of the same uniforms. */
    void (*normal)(const flc_draws *draws, uint32_t name, unsigned index, double *out);
    void (*free)(flc_draws *draws);
    /* Normals for `count` names, one row of FLC_BLOCK each; NULL: one by one is as good. */
    void (*normals)(const flc_draws *draws, const uint32_t *names, size_t count, unsigned index,
                    double *out);
};

struct flc_draws {
    const struct flc_draws_operations *operations;
};

static inline void flc_draws_seek(flc_draws *draws, uint64_t first)
{
    draws->operations->seek(draws, first);
}
static inline void flc_draws_uniform(const flc_draws *draws, uint32_t name, unsigned index,
                                     double *out)
{
    draws->operations->uniform(draws, name, index, out);
}
static inline void flc_draws_normal(const flc_draws *draws, uint32_t name, unsigned index,
                                    double *out)
{
    draws->operations->normal(draws, name, index, out);
}
/* `out` has a row of FLC_BLOCK doubles for each name. */
static inline void flc_draws_normals(const flc_draws *draws, const uint32_t *names, size_t count,
                                     unsigned index, double *out)
{
    if (draws->operations->normals)
        draws->operations->normals(draws, names, count, index, out);
    else
        for (size_t row = 0; row < count; row++)
            draws->operations->normal(draws, names[row], index, out + row * FLC_BLOCK);
}
static inline void flc_draws_free(flc_draws *draws)
{
    if (draws)
        draws->operations->free(draws);
}

#endif
