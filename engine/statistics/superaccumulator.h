/* Exact sums of doubles, in any order (Kulisch 1971; carries deferred as in Neal 2015, "small
 * superaccumulator").
 *
 * A sum is a fixed-point number of 32-bit digits, each in a limb of int64: limb i stands for
 * limbs[i] * 2^(32 i + base). Adding a double adds its 53 bits, cut into three digits, to three
 * limbs; nothing is rounded, so sums form a commutative group and limbs of two sums add up one by
 * one. Each addition changes a limb by less than 2^32: FLC_SUPERACCUMULATOR_ADDS of them fit before
 * carries must be passed on.
 *
 *   wide    68 limbs from 2^-1088: every double, 2^64 times
 *   narrow   8 limbs from 2^-128 (one cache line): doubles in flc_superaccumulator_is_narrow,
 *            2^63 times. Limb i is limb FLC_SUPERACCUMULATOR_NARROW_AT + i of a wide sum.
 */
#ifndef FLC_STATISTICS_SUPERACCUMULATOR_H
#define FLC_STATISTICS_SUPERACCUMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FLC_SUPERACCUMULATOR_WIDE = 68,
    FLC_SUPERACCUMULATOR_NARROW = 8,
    FLC_SUPERACCUMULATOR_NARROW_AT = 30,
    FLC_SUPERACCUMULATOR_ADDS = 1 << 30
};

/* Whether a finite x can go to a narrow sum: 0, or 2^-76 <= |x| < 2^96. */
bool flc_superaccumulator_is_narrow(double x);
/* Add a finite x (for a narrow sum, one that is narrow). */
void flc_superaccumulator_add_narrow(int64_t limbs[FLC_SUPERACCUMULATOR_NARROW], double x);
void flc_superaccumulator_add_wide(int64_t limbs[FLC_SUPERACCUMULATOR_WIDE], double x);

/* Pass carries on: afterwards all limbs but the last are in 0 ... 2^32-1 (a unique form), and count
 * as one addition. */
void flc_superaccumulator_carry(int64_t *limbs, size_t count);

/* The sum as sign and magnitude: digits in 0 ... 2^32-1, unique. Returns whether it is negative. */
bool flc_superaccumulator_digits(uint32_t digits[FLC_SUPERACCUMULATOR_WIDE],
                                 const int64_t limbs[FLC_SUPERACCUMULATOR_WIDE]);

/* The sum rounded once to the nearest double, ties to even; infinite if too large. */
double flc_superaccumulator_round(const int64_t limbs[FLC_SUPERACCUMULATOR_WIDE]);

#endif
