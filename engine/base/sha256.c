#include "base/sha256.h"

#include <string.h>

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

void flc_sha256_init(flc_sha256_state *state)
{
    static const uint32_t square_roots[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(state, 0, sizeof *state);
    memcpy(state->hash, square_roots, sizeof square_roots);
}

void flc_sha256_update(flc_sha256_state *state, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
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
