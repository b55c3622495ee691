#include "base/sha256.h"

#include <stdbool.h>
#include <string.h>

#ifdef FLC_HAVE_X86_LEVELS
#include <cpuid.h>
#include <immintrin.h>
#endif

/* The fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate_right(uint32_t x, unsigned count)
{
    return x >> count | x << (32 - count);
}

static uint32_t load_big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store_big_endian(unsigned char *bytes, uint64_t x, int count)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (unsigned char)(x >> 8 * (count - 1 - i));
}

static void expand(uint32_t words[64], const unsigned char *block)
{
    for (int t = 0; t < 16; t++)
        words[t] = load_big_endian(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        const uint32_t a = words[t - 15], b = words[t - 2];
        const uint32_t s0 = rotate_right(a, 7) ^ rotate_right(a, 18) ^ a >> 3;
        const uint32_t s1 = rotate_right(b, 17) ^ rotate_right(b, 19) ^ b >> 10;
        words[t] = words[t - 16] + s0 + words[t - 7] + s1;
    }
}

/* Eight rounds from number t on (FIPS 180-4, 6.2.2): after eight, each of a ... h is back in its
 * place, so that nothing is moved. */
#define ROUND(a, b, c, d, e, f, g, h, t)                                                           \
    do {                                                                                           \
        h += (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) +                    \
             ((e & f) ^ (~e & g)) + round_constants[t] + words[t];                                 \
        d += h;                                                                                    \
        h += (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) +                    \
             ((a & b) ^ (a & c) ^ (b & c));                                                        \
    } while (0)

static void compress(uint32_t hash[8], const unsigned char *block)
{
    uint32_t words[64];
    uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3];
    uint32_t e = hash[4], f = hash[5], g = hash[6], h = hash[7];
    expand(words, block);
    for (int t = 0; t < 64; t += 8) {
        ROUND(a, b, c, d, e, f, g, h, t);
        ROUND(h, a, b, c, d, e, f, g, t + 1);
        ROUND(g, h, a, b, c, d, e, f, t + 2);
        ROUND(f, g, h, a, b, c, d, e, t + 3);
        ROUND(e, f, g, h, a, b, c, d, t + 4);
        ROUND(d, e, f, g, h, a, b, c, t + 5);
        ROUND(c, d, e, f, g, h, a, b, t + 6);
        ROUND(b, c, d, e, f, g, h, a, t + 7);
    }
    const uint32_t sum[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++)
        hash[i] += sum[i];
}

/* ---- by the processor's own instructions ---------------------------------------------------- */

#ifdef FLC_HAVE_X86_LEVELS
/* To ask the processor takes as long as some KiB by the code above. */
enum { WORTH_ASKING = 1 << 14 };

static bool has_instructions(void)
{
    unsigned a, b, c, d;
    const bool shuffles = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3) && (c & bit_SSE4_1);
    return shuffles && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

/* Four rounds an instruction pair; the states are (f, e, b, a) and (h, g, d, c), lowest lane first.
 */
__attribute__((target("sha,sse4.1"))) static void
compress_many(uint32_t hash[8], const unsigned char *block, size_t count)
{
    const __m128i big_endian = _mm_set_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);
    const __m128i *constants = (const __m128i *)(const void *)round_constants;
    __m128i abef = _mm_set_epi32((int)hash[0], (int)hash[1], (int)hash[4], (int)hash[5]);
    __m128i cdgh = _mm_set_epi32((int)hash[2], (int)hash[3], (int)hash[6], (int)hash[7]);
    for (; count > 0; count--, block += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[16];
        for (int t = 0; t < 16; t++) {
            if (t < 4)
                w[t] = _mm_shuffle_epi8(
                    _mm_loadu_si128((const __m128i *)(const void *)(block + 16 * t)), big_endian);
            else
                w[t] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w[t - 4], w[t - 3]),
                                                          _mm_alignr_epi8(w[t - 1], w[t - 2], 4)),
                                            w[t - 1]);
            const __m128i sum = _mm_add_epi32(w[t], _mm_loadu_si128(constants + t));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    uint32_t words[8];
    _mm_storeu_si128((__m128i *)(void *)words, abef);
    _mm_storeu_si128((__m128i *)(void *)(words + 4), cdgh);
    const uint32_t sum[8] = {words[3], words[2], words[7], words[6],
                             words[1], words[0], words[5], words[4]};
    memcpy(hash, sum, sizeof sum);
}
#endif

/* Whole blocks of long data, where the processor can; returns the bytes done. */
static size_t compress_fast(uint32_t hash[8], const unsigned char *bytes, size_t length)
{
#ifdef FLC_HAVE_X86_LEVELS
    if (length >= WORTH_ASKING && has_instructions()) {
        compress_many(hash, bytes, length / 64);
        return length / 64 * 64;
    }
#endif
    (void)hash, (void)bytes, (void)length;
    return 0;
}

/* ---- the hash -------------------------------------------------------------------------------- */

void flc_sha256_init(flc_sha256_state *state)
{
    static const uint32_t square_roots[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(state, 0, sizeof *state);
    memcpy(state->hash, square_roots, sizeof square_roots);
}

static void absorb(flc_sha256_state *state, const unsigned char *from, size_t length)
{
    while (length > 0) {
        const size_t filled = (size_t)(state->length % sizeof state->block);
        const size_t room = sizeof state->block - filled;
        const size_t taken = length < room ? length : room;
        memcpy(state->block + filled, from, taken);
        state->length += taken;
        from += taken;
        length -= taken;
        if (taken == room)
            compress(state->hash, state->block);
    }
}

void flc_sha256_update(flc_sha256_state *state, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    const size_t block = sizeof state->block, head = (size_t)(-state->length % block);
    size_t fast = 0;
    if (length > head) {
        absorb(state, from, head);
        fast = compress_fast(state->hash, from + head, length - head);
        state->length += fast;
        from += head + fast;
        length -= head + fast;
    }
    absorb(state, from, length);
}

void flc_sha256_final(flc_sha256_state *state, unsigned char digest[FLC_SHA256_BYTES])
{
    static const unsigned char padding[64] = {0x80};
    unsigned char bits[8];
    store_big_endian(bits, state->length * 8, 8);
    const size_t filled = (size_t)(state->length % 64);
    flc_sha256_update(state, padding, (filled < 56 ? 56 : 120) - filled);
    flc_sha256_update(state, bits, sizeof bits);
    for (int i = 0; i < 8; i++)
        store_big_endian(digest + 4 * i, state->hash[i], 4);
}

void flc_sha256(const void *bytes, size_t length, unsigned char digest[FLC_SHA256_BYTES])
{
    flc_sha256_state state;
    flc_sha256_init(&state);
    flc_sha256_update(&state, bytes, length);
    flc_sha256_final(&state, digest);
}

void flc_sha256_hex(char text[FLC_SHA256_HEX], const unsigned char digest[FLC_SHA256_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < FLC_SHA256_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[2 * FLC_SHA256_BYTES] = '\0';
}
