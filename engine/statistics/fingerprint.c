#include "statistics/fingerprint.h"

#include <stdbool.h>
#include <string.h>

#include "random/draws.h"

enum { WORD = 8, HEAD = 2 };

/* Stafford's variant 13 of the finalizer of MurmurHash3, as in SplitMix64 (Steele, Lea and Flood
 * 2014): a bijection in which each bit in changes half of the bits out. */
static uint64_t scramble(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static const uint64_t GOLDEN = UINT64_C(0x9e3779b97f4a7c15);

uint64_t flc_fingerprint(flc_isa isa, const double *values, size_t outputs, uint64_t block)
{
    const struct flc_fingerprint_kernels *kernels = FLC_ISA_PICK(flc_fingerprint_kernels, isa);
    uint64_t sum = 0;
    for (size_t i = 0; i < outputs; i++)
        sum += scramble(kernels->row(values + i * FLC_BLOCK) + (i + 1) * GOLDEN);
    return scramble(sum + (block + 1) * GOLDEN);
}

void flc_fingerprints_clear(flc_fingerprints *fingerprints)
{
    memset(fingerprints, 0, sizeof *fingerprints);
}

/* Pairs of groups become one until the shift is at least `shift`. */
static void widen(flc_fingerprints *fingerprints, unsigned shift)
{
    uint64_t *group = fingerprints->group;
    for (; fingerprints->shift < shift; fingerprints->shift++) {
        size_t half = FLC_FINGERPRINT_GROUPS / 2;
        for (size_t g = 0; g < half; g++)
            group[g] = group[2 * g] + group[2 * g + 1];
        memset(group + half, 0, half * sizeof *group);
        fingerprints->used = (fingerprints->used + 1) / 2;
    }
}

void flc_fingerprints_add(flc_fingerprints *fingerprints, uint64_t block, uint64_t fingerprint)
{
    unsigned shift = fingerprints->shift;
    while (block >> shift >= FLC_FINGERPRINT_GROUPS)
        shift++;
    widen(fingerprints, shift);
    size_t g = (size_t)(block >> shift);
    fingerprints->group[g] += fingerprint;
    fingerprints->used = fingerprints->used > g + 1 ? fingerprints->used : g + 1;
}

void flc_fingerprints_merge(flc_fingerprints *fingerprints, const flc_fingerprints *other)
{
    flc_fingerprints copy = *other;
    widen(&copy, fingerprints->shift);
    widen(fingerprints, copy.shift);
    for (size_t g = 0; g < copy.used; g++)
        fingerprints->group[g] += copy.group[g];
    fingerprints->used = fingerprints->used > copy.used ? fingerprints->used : copy.used;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static void put(unsigned char *buffer, size_t word, uint64_t value)
{
    for (size_t i = 0; i < WORD; i++)
        buffer[word * WORD + i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get(const unsigned char *buffer, size_t word)
{
    uint64_t value = 0;
    for (size_t i = WORD; i-- > 0;)
        value = value << 8 | buffer[word * WORD + i];
    return value;
}

size_t flc_fingerprints_bytes(const flc_fingerprints *fingerprints)
{
    return (HEAD + fingerprints->used) * WORD;
}

void flc_fingerprints_write(const flc_fingerprints *fingerprints, unsigned char *buffer)
{
    put(buffer, 0, fingerprints->shift);
    put(buffer, 1, fingerprints->used);
    for (size_t g = 0; g < fingerprints->used; g++)
        put(buffer, HEAD + g, fingerprints->group[g]);
}

static bool is_table(const unsigned char *buffer, size_t length)
{
    return length >= HEAD * WORD && length % WORD == 0 && get(buffer, 0) < 64 &&
           length / WORD - HEAD <= FLC_FINGERPRINT_GROUPS && get(buffer, 1) == length / WORD - HEAD;
}

flc_status flc_fingerprints_read(flc_fingerprints *fingerprints, const unsigned char *buffer,
                                 size_t length, flc_error *error)
{
    if (!is_table(buffer, length))
        return flc_error_set(error, FLC_ERROR_STUDY,
                             "the saved fingerprints are damaged or from another version; use "
                             "another copy or run again");
    flc_fingerprints_clear(fingerprints);
    fingerprints->shift = (unsigned)get(buffer, 0);
    fingerprints->used = (size_t)get(buffer, 1);
    for (size_t g = 0; g < fingerprints->used; g++)
        fingerprints->group[g] = get(buffer, HEAD + g);
    return FLC_OK;
}
