/* Blocks of strata by keyed permutations, and their places in (0,1) (latin.c). */
#include <stdbool.h>

#include "base/elementary.h"
#include "design/design_kernel.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

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

/* The same with vectors of WIDE lanes, MANY of them side by side, so that none waits for its own
 * products: twice as fast as what gcc 12 makes of plain loops, which has no upper halves of 32-bit
 * products either. */
#if defined(__AVX512F__)
enum { WIDE = 16, MANY = 6 };
typedef __m512i lanes;
#define LANES(name) _mm512_##name
#define WHOLE(name) _mm512_##name##_si512
#elif defined(__AVX2__)
enum { WIDE = 8, MANY = 6 };
typedef __m256i lanes;
#define LANES(name) _mm256_##name
#define WHOLE(name) _mm256_##name##_si256
#elif defined(__SSE2__)
enum { WIDE = 4, MANY = 4 };
typedef __m128i lanes;
#define LANES(name) _mm_##name
#define WHOLE(name) _mm_##name##_si128
#endif

#if defined(__SSE2__)
static inline lanes shift_into(lanes x, int by)
{
    return WHOLE(xor)(x, LANES(srli_epi32)(x, by));
}

#if defined(__AVX2__)
static inline lanes multiply(lanes x, lanes y)
{
    return LANES(mullo_epi32)(x, y);
}

static inline lanes many_below(lanes count, lanes x, lanes key)
{
    x = shift_into(LANES(add_epi32)(x, key), 16);
    x = shift_into(LANES(mullo_epi32)(x, LANES(set1_epi32)(0x7feb352d)), 15);
    x = LANES(mullo_epi32)(x, LANES(set1_epi32)((int)0x846ca68b));
    const lanes even = LANES(mul_epu32)(x, count);
    const lanes odd = LANES(mul_epu32)(LANES(srli_epi64)(x, 32), count);
#if defined(__AVX512F__)
    return _mm512_mask_shuffle_epi32(odd, 0x5555, even, (_MM_PERM_ENUM)0xf5);
#else
    return _mm256_blend_epi32(_mm256_shuffle_epi32(even, 0xf5), odd, 0xaa);
#endif
}

static inline lanes add_many_below(lanes count, lanes x, lanes y)
{
    const lanes sum = LANES(add_epi32)(x, y);
    return LANES(min_epu32)(sum, LANES(sub_epi32)(sum, count));
}
#else
static inline lanes multiply(lanes x, lanes y)
{
    const lanes even = _mm_mul_epu32(x, y), odd = _mm_mul_epu32(_mm_srli_epi64(x, 32), y);
    return _mm_or_si128(_mm_and_si128(even, _mm_set_epi32(0, -1, 0, -1)), _mm_slli_epi64(odd, 32));
}

/* Even and odd lanes apart: only the lower halves of theirs are factors. */
static inline lanes many_below(lanes count, lanes x, lanes key)
{
    const lanes first = _mm_set1_epi32(0x7feb352d), second = _mm_set1_epi32((int)0x846ca68b);
    x = shift_into(_mm_add_epi32(x, key), 16);
    lanes even = shift_into(_mm_mul_epu32(x, first), 15);
    lanes odd = shift_into(_mm_mul_epu32(_mm_srli_epi64(x, 32), first), 15);
    even = _mm_mul_epu32(_mm_mul_epu32(even, second), count);
    odd = _mm_mul_epu32(_mm_mul_epu32(odd, second), count);
    return _mm_or_si128(_mm_srli_epi64(even, 32), _mm_and_si128(odd, _mm_set_epi32(-1, 0, -1, 0)));
}

static inline lanes add_many_below(lanes count, lanes x, lanes y)
{
    const lanes rest = _mm_sub_epi32(_mm_add_epi32(x, y), count);
    return _mm_add_epi32(rest, _mm_and_si128(count, _mm_srai_epi32(rest, 31)));
}
#endif

/* MANY vectors from number `begin` on. */
static inline void permute_many(uint32_t *cells, const flc_latin_grid *grid, size_t begin,
                                const flc_design_keys *keys, unsigned rounds)
{
    const lanes height = LANES(set1_epi32)((int)grid->height);
    const lanes width = LANES(set1_epi32)((int)grid->width);
    lanes left[MANY], right[MANY], key[MANY], step[MANY];
    for (size_t k = 0; k < MANY; k++) {
        const size_t lane = (begin + k) * WIDE, r = lane % FLC_REPLICATES;
        left[k] = LANES(set1_epi32)((int)grid->left[lane / FLC_REPLICATES]);
        right[k] = LANES(set1_epi32)((int)grid->right[lane / FLC_REPLICATES]);
        key[k] = WHOLE(loadu)((const void *)(keys->low + r));
        step[k] = WHOLE(or)(WHOLE(loadu)((const void *)(keys->high + r)), LANES(set1_epi32)(1));
    }
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t k = 0; k < MANY; k++) {
            left[k] = add_many_below(height, left[k], many_below(height, right[k], key[k]));
            key[k] = LANES(add_epi32)(key[k], step[k]);
        }
        for (size_t k = 0; k < MANY; k++) {
            right[k] = add_many_below(width, right[k], many_below(width, left[k], key[k]));
            key[k] = LANES(add_epi32)(key[k], step[k]);
        }
    }
    for (size_t k = 0; k < MANY; k++)
        WHOLE(storeu)
    ((void *)(cells + (begin + k) * WIDE), LANES(add_epi32)(multiply(left[k], width), right[k]));
}

static inline void permute_lanes(uint32_t *cells, const flc_latin_grid *grid, size_t rows,
                                 const flc_design_keys *keys, unsigned rounds)
{
    const size_t vectors = rows * FLC_REPLICATES / WIDE;
    for (size_t v = 0; v < vectors; v += MANY)
        permute_many(cells, grid, v + MANY <= vectors ? v : vectors - MANY, keys, rounds);
}
#else
static inline void permute_lanes(uint32_t *cells, const flc_latin_grid *grid, size_t rows,
                                 const flc_design_keys *keys, unsigned rounds)
{
    (void)rounds;
    for (size_t q = 0; q < rows; q++)
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            cells[q * FLC_REPLICATES + r] =
                permute(grid, grid->left[q], grid->right[q], keys->low[r], keys->high[r]);
}
#endif

static void permute_rows(uint32_t *cells, const flc_latin_grid *grid, size_t rows,
                         const flc_design_keys *keys)
{
    if (grid->rounds == 2)
        permute_lanes(cells, grid, rows, keys, 2);
    else if (grid->rounds == 3)
        permute_lanes(cells, grid, rows, keys, 3);
    else
        permute_lanes(cells, grid, rows, keys, grid->rounds);
}

/* Cells beyond the last stratum go on until they are inside; fewer than one in sqrt(strata). */
static void walk(uint32_t *cells, const flc_latin_grid *grid, size_t rows,
                 const flc_design_keys *keys)
{
    const uint32_t last = grid->strata - 1;
    for (size_t q = 0; q < rows; q++, cells += FLC_REPLICATES) {
        uint32_t outside = 0;
        for (size_t r = 0; r < FLC_REPLICATES; r++)
            outside |= cells[r] > last ? 1u : 0u;
        for (size_t r = 0; outside && r < FLC_REPLICATES; r++)
            while (cells[r] > last)
                cells[r] = permute(grid, cells[r] / grid->width, cells[r] % grid->width,
                                   keys->low[r], keys->high[r]);
    }
}

static void strata(uint32_t *out, const flc_latin_grid *grid, size_t rows, uint64_t constant,
                   unsigned index)
{
    flc_design_keys keys;
    flc_design_keys_init(&keys, constant, index);
    permute_rows(out, grid, rows, &keys);
    if (grid->height * grid->width > grid->strata)
        walk(out, grid, rows, &keys);
}

static inline double number_of(uint32_t stratum)
{
    return flc_from_bits(UINT64_C(0x4330000000000000) | stratum) - 0x1p52;
}

static inline double within(double x, double low, double high)
{
    const double above = x < low ? low : x;
    return above > high ? high : above;
}

/* Where 1/count is exact, a product is the quotient to the bit, and cheaper. */
static void place(double *restrict u, const uint32_t *restrict strata_of,
                  const flc_latin_places *places)
{
    const double count = places->count, low = places->low, high = places->high;
    const double share = 1.0 / count;
    if ((flc_bits(count) & UINT64_C(0x000fffffffffffff)) == 0)
        for (size_t l = 0; l < FLC_BLOCK; l++)
            u[l] = within((number_of(strata_of[l]) + u[l]) * share, low, high);
    else
        for (size_t l = 0; l < FLC_BLOCK; l++)
            u[l] = within((number_of(strata_of[l]) + u[l]) / count, low, high);
}

FLC_API const struct flc_latin_kernels FLC_ISA_TABLE(flc_latin_kernels) = {strata, place};
