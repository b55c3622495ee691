/* Fingerprints of evaluated blocks, so that a part of a result can be computed again and compared.
 *
 * The fingerprint of a block is 64 bits that depend on every output of every sample in it, bit by
 * bit (all NaN are one, -0 is 0). Blocks are counted in groups of 2^shift, group g being blocks
 * g 2^shift ... (g+1) 2^shift - 1, and a group has the sum of its blocks' fingerprints modulo 2^64:
 * merging adds. The shift is the smallest for which the highest block so far is in one of
 * FLC_FINGERPRINT_GROUPS groups, so the table is a function of the set of blocks, and no larger for
 * a longer run.
 *
 * One output's row x of a block is hashed by NH (Black, Halevi, Krawczyk, Krovetz and Rogaway 1999,
 * "UMAC"): sum over lanes of (low half + key) (high half + key'), then scrambled with the output's
 * number. It finds faults of machines and programs, chance 2^-32 or so to miss one; it is no
 * protection against forgery.
 */
#ifndef FLC_STATISTICS_FINGERPRINT_H
#define FLC_STATISTICS_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/isa.h"
#include "fulcrum/status.h"

enum { FLC_FINGERPRINT_GROUPS = 4096 };

typedef struct flc_fingerprints {
    unsigned shift;
    size_t used; /* groups up to the highest block's */
    uint64_t group[FLC_FINGERPRINT_GROUPS];
} flc_fingerprints;

/* Of block number `block` with values[outputs][FLC_BLOCK], all lanes. */
uint64_t flc_fingerprint(flc_isa isa, const double *values, size_t outputs, uint64_t block);

/* No blocks: all zero. */
void flc_fingerprints_clear(flc_fingerprints *fingerprints);
void flc_fingerprints_add(flc_fingerprints *fingerprints, uint64_t block, uint64_t fingerprint);
void flc_fingerprints_merge(flc_fingerprints *fingerprints, const flc_fingerprints *other);

/* As bytes, portable: shift, number of groups, groups; 8 bytes each, least first. */
size_t flc_fingerprints_bytes(const flc_fingerprints *fingerprints);
void flc_fingerprints_write(const flc_fingerprints *fingerprints, unsigned char *buffer);
/* FLC_ERROR_STUDY where the bytes are no such table. */
flc_status flc_fingerprints_read(flc_fingerprints *fingerprints, const unsigned char *buffer,
                                 size_t length, flc_error *error);

struct flc_fingerprint_kernels {
    /* NH of one row of FLC_BLOCK doubles. */
    uint64_t (*row)(const double *x);
};
FLC_ISA_DECLARE(struct flc_fingerprint_kernels, flc_fingerprint_kernels);

#endif
