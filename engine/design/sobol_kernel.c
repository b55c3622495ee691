/* Blocks of scrambled Sobol' points (sobol.h). Points are 32 binary digits, the first (weight 1/2)
 * in bit 0, so that carries of sums and products run from coarse digits to fine ones. */
#include "base/elementary.h"
#include "design/design_kernel.h"

enum { BITS = FLC_DESIGN_COLUMNS, LOW = 16, LOW_BITS = 4 };

/* The sum of the columns of the set bits of x. */
static inline uint32_t combine(const uint32_t *columns, uint32_t x)
{
    uint32_t sum = 0;
    for (unsigned c = 0; c < BITS; c++)
        sum ^= x & UINT32_C(1) << c ? columns[c] : 0;
    return sum;
}

/* Points `first`, first + 1, ...: the sum of a part of the number above its last four bits, of
 * which there are two in a block, and one of the 16 below. */
static void fill_points(uint32_t points[FLC_DESIGN_ROWS], uint32_t first, const uint32_t *shuffle,
                        const uint32_t *generator)
{
    uint32_t below[LOW] = {0};
    const uint32_t base = first & ~(uint32_t)(LOW - 1);
    const uint32_t above[2] = {combine(generator, combine(shuffle, base)),
                               combine(generator, combine(shuffle, base + LOW))};
    for (unsigned b = 0; b < LOW_BITS; b++) {
        uint32_t column = 0;
        for (unsigned c = 0; c <= b; c++)
            column ^= shuffle[b] & 1u << c ? generator[c] : 0;
        for (unsigned k = 0; k < 1u << b; k++)
            below[k | 1u << b] = below[k] ^ column;
    }
    for (uint32_t q = 0; q < FLC_DESIGN_ROWS; q++) {
        const uint32_t at = first - base + q;
        points[q] = above[at / LOW] ^ below[at % LOW];
    }
}

/* Each bit is flipped by a function of the bits below it: additions, odd factors, and x ^= x * even
 * number are all of that kind (Laine and Karras 2011; this order and its constants: Vegdahl 2022),
 * and keyed by an addend and a factor. */
static inline uint32_t scramble(uint32_t x, uint32_t addend, uint32_t factor)
{
    x ^= x * UINT32_C(0x3d20adea);
    x += addend;
    x *= factor | 1u;
    x ^= x * UINT32_C(0x05526c56);
    return x ^ x * UINT32_C(0x53a22864);
}

static inline uint32_t reverse(uint32_t x)
{
    x = (x >> 1 & UINT32_C(0x55555555)) | (x & UINT32_C(0x55555555)) << 1;
    x = (x >> 2 & UINT32_C(0x33333333)) | (x & UINT32_C(0x33333333)) << 2;
    x = (x >> 4 & UINT32_C(0x0f0f0f0f)) | (x & UINT32_C(0x0f0f0f0f)) << 4;
    x = (x >> 8 & UINT32_C(0x00ff00ff)) | (x & UINT32_C(0x00ff00ff)) << 8;
    return x >> 16 | x << 16;
}

static void scramble_rows(uint32_t *restrict digits, const uint32_t *restrict points,
                          const flc_design_keys *restrict keys, size_t rows)
{
    for (size_t q = 0; q < rows; q++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            digits[q * FLC_REPLICATES + r] =
                reverse(scramble(points[q], keys->low[r], keys->high[r]));
}

/* 32 digits as the fraction of a number in [1, 2), less 1 - 2^-33; exact. */
static void uniform(double *out, const flc_point_rows *rows, const uint32_t *shuffle,
                    const uint32_t *generator, uint64_t constant, unsigned index)
{
    uint32_t points[FLC_DESIGN_ROWS], digits[FLC_DESIGN_LANES];
    flc_design_keys keys;
    fill_points(points, rows->first, shuffle, generator);
    flc_design_keys_init(&keys, constant, index);
    scramble_rows(digits, points, &keys, rows->count);
    for (size_t l = 0; l < rows->count * FLC_REPLICATES; l++)
        out[l] = flc_from_bits((uint64_t)digits[l] << 20 | UINT64_C(0x3ff0000000000000)) -
                 (1.0 - 0x1p-33);
}

FLC_API const struct flc_sobol_kernels FLC_ISA_TABLE(flc_sobol_kernels) = {uniform};
