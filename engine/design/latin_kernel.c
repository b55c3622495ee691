/* Blocks of strata by keyed permutations, and their places in (0,1) (latin.c). */
#include "base/elementary.h"
#include "design/design_kernel.h"

/* A number below `count` <= 2^16 from a number below 2^16: a word mixed of it and the key (Wellons
 * 2018, "Prospecting for hash functions"), times count, upper half; in steps that stay in 32 bits.
 */
static inline uint32_t below(uint32_t count, uint32_t x, uint32_t key)
{
    x += key;
    x = (x ^ x >> 16) * UINT32_C(0x7feb352d);
    x = (x ^ x >> 15) * UINT32_C(0x846ca68b);
    return ((x >> 16) * count + ((x & 0xffffu) * count >> 16)) >> 16;
}

static inline uint32_t add_below(uint32_t count, uint32_t x, uint32_t y)
{
    const uint32_t sum = x + y;
    return sum >= count ? sum - count : sum;
}

/* Where cell (left, right) goes. */
static uint32_t permute(const flc_latin_grid *grid, uint32_t left, uint32_t right, uint32_t low,
                        uint32_t high)
{
    uint32_t key = low;
    for (unsigned round = 0; round < grid->rounds; round++, key += 2 * (high | 1u)) {
        left = add_below(grid->height, left, below(grid->height, right, key));
        right = add_below(grid->width, right, below(grid->width, left, key + (high | 1u)));
    }
    return left * grid->width + right;
}

/* The same for all lanes of `rows` points; keys->low moves on. */
static void permute_rows(uint32_t *restrict cells, const flc_latin_grid *restrict grid, size_t rows,
                         flc_design_keys *restrict keys)
{
    uint32_t left[FLC_DESIGN_LANES], right[FLC_DESIGN_LANES];
    const uint32_t height = grid->height, width = grid->width;
    for (size_t q = 0; q < rows; q++)
        for (size_t r = 0; r < FLC_REPLICATES; r++) {
            left[q * FLC_REPLICATES + r] = grid->left[q];
            right[q * FLC_REPLICATES + r] = grid->right[q];
        }
    for (unsigned round = 0; round < grid->rounds; round++) {
        for (size_t q = 0; q < rows; q++)
            for (size_t r = 0; r < FLC_REPLICATES; r++) {
                const size_t l = q * FLC_REPLICATES + r;
                const uint32_t key = keys->low[r], next = key + (keys->high[r] | 1u);
                left[l] = add_below(height, left[l], below(height, right[l], key));
                right[l] = add_below(width, right[l], below(width, left[l], next));
            }
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            keys->low[r] += 2 * (keys->high[r] | 1u);
    }
    for (size_t l = 0; l < rows * FLC_REPLICATES; l++)
        cells[l] = left[l] * width + right[l];
}

/* Cells beyond the last stratum go on until they are inside; fewer than one in sqrt(strata). */
static void walk(uint32_t *cells, const flc_latin_grid *grid, size_t lanes,
                 const flc_design_keys *keys)
{
    for (size_t l = 0; l < lanes; l++)
        while (cells[l] >= grid->strata)
            cells[l] = permute(grid, cells[l] / grid->width, cells[l] % grid->width,
                               keys->low[l % FLC_REPLICATES], keys->high[l % FLC_REPLICATES]);
}

static void strata(uint32_t *out, const flc_latin_grid *grid, size_t rows, uint64_t constant,
                   unsigned index)
{
    flc_design_keys keys, moving;
    uint32_t outside = 0;
    const uint32_t last = grid->strata - 1;
    const size_t lanes = rows * FLC_REPLICATES;
    flc_design_keys_init(&keys, constant, index);
    moving = keys;
    permute_rows(out, grid, rows, &moving);
    for (size_t l = 0; l < lanes; l++)
        outside |= out[l] > last ? 1u : 0u;
    if (outside)
        walk(out, grid, lanes, &keys);
}

static void place(double *u, const uint32_t *numbers, double count)
{
    for (size_t l = 0; l < FLC_BLOCK; l++) {
        const double number = flc_from_bits(UINT64_C(0x4330000000000000) | numbers[l]) - 0x1p52;
        const double x = (number + u[l]) / count;
        const double above = x < 0x1p-53 ? 0x1p-53 : x;
        u[l] = above > 1.0 - 0x1p-53 ? 1.0 - 0x1p-53 : above;
    }
}

FLC_API const struct flc_latin_kernels FLC_ISA_TABLE(flc_latin_kernels) = {strata, place};
