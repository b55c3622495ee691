/* Many exact sums by replicate in little memory: slots of up to FLC_SUMS_MOST_KINDS kinds of sums,
 * each for FLC_REPLICATES replicates (sums_kernel.h makes what is added).
 *
 * A sum is a whole number of units of 2^-32. What blocks add below 2^18 goes to 64 bits; the rest,
 * and what grows beyond 2^62 units, to 128 bits, which a slot gets when it needs them. A partial
 * sum of 2^71 or more, or none at all (NaN), makes the sums of its kind undefined for good. So the
 * state is a function of the set of blocks, in any order and any parts; 2^23 blocks of partial sums
 * all at the bound would be too many for 128 bits.
 *
 * Why 2^-32: terms are products of standardised values, of the size of 1. Rounding moves the mean
 * of a term by at most 1e-11 in all, which is also the least total index that is not 0; errors of
 * sampling are larger by far. Why 64 bits: an analysis of 8000 outputs and 360 factors has some
 * 400,000 pairs in reach, of 48 sums each.
 *
 * As bytes, for each slot: a mark (bit k: kind k is undefined, its sums written as 0; bit 7: counts
 * follow), the least width in bytes w that holds all sums in two's complement, 16 sums of each kind
 * in w bytes; with bit 7, 16 counts of 8 bytes. Least byte first. */
#ifndef FLC_SENSITIVITY_SUMS_H
#define FLC_SENSITIVITY_SUMS_H

#include "fulcrum/status.h"
#include "random/pcg64.h"
#include "sensitivity/sums_kernel.h"

__extension__ typedef __int128 flc_i128;

/* What few slots need. */
struct flc_sums_far {
    uint64_t missing[FLC_REPLICATES];
    flc_i128 sums[FLC_SUMS_MOST_KINDS][FLC_REPLICATES]; /* the slot's kinds */
};

typedef struct flc_sums {
    size_t slots, kinds;
    int64_t (*near)[FLC_REPLICATES]; /* [slots * kinds] */
    struct flc_sums_far **far;       /* [slots], NULL where not needed */
    unsigned char *marks;            /* [slots] undefined kinds */
} flc_sums;

/* All nothing; free what there is after an error, too. */
flc_status flc_sums_init(flc_sums *sums, size_t slots, size_t kinds, flc_error *error);
void flc_sums_free(flc_sums *sums);
void flc_sums_clear(flc_sums *sums);
/* Bytes a slot takes before it needs more. */
size_t flc_sums_slot_bytes(size_t kinds);

/* Before a kernel adds to a slot. */
static inline void flc_sums_aim(struct flc_sums_target *target, const flc_sums *sums, size_t slot)
{
    target->sums = sums->near + slot * sums->kinds;
}
/* After one that returned flags other than 0; `of` as given to it, or NULL. */
flc_status flc_sums_settle(flc_sums *sums, size_t slot, unsigned flags,
                           const struct flc_sums_target *target, const double *of,
                           flc_error *error);
/* Make the sums of a kind undefined. */
void flc_sums_undefine(flc_sums *sums, size_t slot, size_t kind);
bool flc_sums_is_defined(const flc_sums *sums, size_t slot, size_t kind);

/* The sums of a kind; NaN where undefined. */
void flc_sums_read(double values[FLC_REPLICATES], const flc_sums *sums, size_t slot, size_t kind);
/* Lanes that were short of those they are to be held against; false where there are none. */
bool flc_sums_missing(double missing[FLC_REPLICATES], const flc_sums *sums, size_t slot);
uint64_t flc_sums_missing_count(const flc_sums *sums, size_t slot);

/* Bytes of a slot; writing with `bytes` NULL counts them. */
size_t flc_sums_write(unsigned char *bytes, const flc_sums *sums, size_t slot);
/* The length of the slot at the head of `bytes`, 0 where that is none of this many kinds. Then room
 * is made, and what was read is added. */
size_t flc_sums_measure(const flc_sums *sums, const unsigned char *bytes, size_t length);
flc_status flc_sums_room(flc_sums *sums, size_t slot, const unsigned char *bytes, flc_error *error);
void flc_sums_merge(flc_sums *sums, size_t slot, const unsigned char *bytes);

#endif
