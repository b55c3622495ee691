/* What sobol.c, latin.c and their kernels share. */
#ifndef FLC_DESIGN_DESIGN_KERNEL_H
#define FLC_DESIGN_DESIGN_KERNEL_H

#include "base/isa.h"
#include "design/design_priv.h"

/* The keys of a (name, index): word r of the sequence SplitMix64 (Steele, Lea and Flood 2014, "Fast
 * splittable pseudorandom number generators") that begins at the name's constant, numbers
 * 16 index ... 16 index + 15 for the replicates. */
typedef struct flc_design_keys {
    uint32_t low[FLC_REPLICATES], high[FLC_REPLICATES];
} flc_design_keys;

static inline void flc_design_keys_init(flc_design_keys *keys, uint64_t constant, unsigned index)
{
    for (uint64_t r = 0; r < FLC_REPLICATES; r++) {
        const uint64_t number = (uint64_t)index * FLC_REPLICATES + r + 1;
        uint64_t x = constant + number * UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
        x ^= x >> 31;
        keys->low[r] = (uint32_t)x;
        keys->high[r] = (uint32_t)(x >> 32);
    }
}

/* All lanes of rows->count rows; `out` has FLC_DESIGN_LANES. */
struct flc_sobol_kernels {
    /* Columns as in sobol.h; `shuffle` is the name's, `generator` the index's. */
    void (*uniform)(double *out, const flc_point_rows *rows, const uint32_t *shuffle,
                    const uint32_t *generator, uint64_t constant, unsigned index);
};
FLC_ISA_DECLARE(struct flc_sobol_kernels, flc_sobol_kernels);

/* `strata` numbers 0 ... strata - 1 as cells of a grid: number = left * width + right, left <
 * height, right < width; height * width is at least `strata`, by less than width. */
typedef struct flc_latin_grid {
    uint32_t strata, height, width;
    unsigned rounds;
    uint32_t left[FLC_DESIGN_ROWS], right[FLC_DESIGN_ROWS]; /* of the block's points */
} flc_latin_grid;

/* Number of strata, and where draws end, 2^-53 and 1 - 2^-53: gcc 12 makes two instructions of
 * limits that it does not know, nine of constants. */
typedef struct flc_latin_places {
    double count, low, high;
} flc_latin_places;

struct flc_latin_kernels {
    void (*strata)(uint32_t *out, const flc_latin_grid *grid, size_t rows, uint64_t constant,
                   unsigned index);
    /* u = (stratum + u) / count within the ends; FLC_BLOCK lanes. */
    void (*place)(double *u, const uint32_t *strata, const flc_latin_places *places);
};
FLC_ISA_DECLARE(struct flc_latin_kernels, flc_latin_kernels);

#endif
