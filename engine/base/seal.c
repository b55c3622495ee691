#include "base/seal.h"

#include <string.h>

static const char WORDS[] = "\nfulcrum-sha256 ";
enum { WORDS_BYTES = sizeof WORDS - 1, HEX_BYTES = FLC_SHA256_HEX - 1 };

void flc_seal_make(char seal[FLC_SEAL_BYTES], const char *bytes, size_t length)
{
    flc_sha256_state state;
    flc_sha256_init(&state);
    flc_sha256_update(&state, bytes, length);
    flc_seal_of(seal, &state);
}

void flc_seal_of(char seal[FLC_SEAL_BYTES], flc_sha256_state *state)
{
    unsigned char digest[FLC_SHA256_BYTES];
    char hex[FLC_SHA256_HEX];
    flc_sha256_final(state, digest);
    flc_sha256_hex(hex, digest);
    memcpy(seal, WORDS, WORDS_BYTES);
    memcpy(seal + WORDS_BYTES, hex, HEX_BYTES);
    seal[WORDS_BYTES + HEX_BYTES] = '\n';
}

flc_seal_state flc_seal_check(const char *bytes, size_t length)
{
    char expected[FLC_SEAL_BYTES];
    if (length < FLC_SEAL_BYTES)
        return FLC_SEAL_ABSENT;
    const char *seal = bytes + length - FLC_SEAL_BYTES;
    if (memcmp(seal, WORDS, WORDS_BYTES) != 0)
        return FLC_SEAL_ABSENT;
    flc_seal_make(expected, bytes, length - FLC_SEAL_BYTES);
    return memcmp(seal, expected, FLC_SEAL_BYTES) == 0 ? FLC_SEAL_INTACT : FLC_SEAL_BROKEN;
}
