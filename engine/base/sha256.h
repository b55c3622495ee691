/* SHA-256 (FIPS 180-4), for the names of random streams and the identity of studies and
 * checkpoints. No secrets are hashed; time may depend on the data. */
#ifndef FLC_BASE_SHA256_H
#define FLC_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { FLC_SHA256_BYTES = 32, FLC_SHA256_HEX = 65 };

typedef struct flc_sha256_state {
    uint64_t length;         /* bytes so far */
    uint32_t hash[8];        /* H of the blocks so far */
    unsigned char block[64]; /* the bytes of an unfinished block */
} flc_sha256_state;

void flc_sha256_init(flc_sha256_state *state);
void flc_sha256_update(flc_sha256_state *state, const void *bytes, size_t length);
/* The digest; the state is spent. */
void flc_sha256_final(flc_sha256_state *state, unsigned char digest[FLC_SHA256_BYTES]);

/* All in one. */
void flc_sha256(const void *bytes, size_t length, unsigned char digest[FLC_SHA256_BYTES]);
/* A digest in lower-case hexadecimal with a NUL. */
void flc_sha256_hex(char text[FLC_SHA256_HEX], const unsigned char digest[FLC_SHA256_BYTES]);

#endif
