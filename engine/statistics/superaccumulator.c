#include "statistics/superaccumulator.h"

#include <string.h>

#include "base/check.h"

enum {
    DIGIT_BITS = 32,
    WIDE_BASE = -1088,  /* exponent of bit 0 of a wide sum */
    NARROW_BASE = -128, /* WIDE_BASE + DIGIT_BITS * FLC_SUPERACCUMULATOR_NARROW_AT */
    NARROW_TOP = 96,    /* above it the last limb has only carries */
    MANTISSA_BITS = 52,
    EXPONENT_BIAS = 1075 /* of the last mantissa bit */
};
#define DIGIT_MASK    UINT64_C(0xffffffff)
#define MANTISSA_MASK ((UINT64_C(1) << MANTISSA_BITS) - 1)

/* |x| = mantissa * 2^exponent */
struct parts {
    uint64_t mantissa;
    int exponent;
    bool negative;
};

static struct parts parts_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int field = (int)(bits >> MANTISSA_BITS & 0x7ff);
    struct parts parts = {bits & MANTISSA_MASK, 1 - EXPONENT_BIAS, bits >> 63};
    FLC_ASSERT(field != 0x7ff);
    if (field) {
        parts.mantissa |= UINT64_C(1) << MANTISSA_BITS;
        parts.exponent = field - EXPONENT_BIAS;
    }
    return parts;
}

bool flc_superaccumulator_is_narrow(double x)
{
    const struct parts parts = parts_of(x);
    return parts.mantissa == 0 ||
           (parts.exponent >= NARROW_BASE && parts.exponent + MANTISSA_BITS < NARROW_TOP);
}

static void add(int64_t *limbs, int base, double x)
{
    const struct parts parts = parts_of(x);
    if (parts.mantissa == 0)
        return;
    const unsigned offset = (unsigned)(parts.exponent - base);
    const unsigned shift = offset % DIGIT_BITS;
    const uint64_t low = parts.mantissa << shift;
    const uint64_t high = shift ? parts.mantissa >> (64 - shift) : 0;
    const int64_t sign = parts.negative ? -1 : 1;
    int64_t *limb = limbs + offset / DIGIT_BITS;
    limb[0] += sign * (int64_t)(low & DIGIT_MASK);
    limb[1] += sign * (int64_t)(low >> DIGIT_BITS);
    limb[2] += sign * (int64_t)high;
}

void flc_superaccumulator_add_narrow(int64_t limbs[FLC_SUPERACCUMULATOR_NARROW], double x)
{
    FLC_ASSERT(flc_superaccumulator_is_narrow(x));
    add(limbs, NARROW_BASE, x);
}

void flc_superaccumulator_add_wide(int64_t limbs[FLC_SUPERACCUMULATOR_WIDE], double x)
{
    add(limbs, WIDE_BASE, x);
}

void flc_superaccumulator_carry(int64_t *limbs, size_t count)
{
    int64_t carry = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        const int64_t sum = limbs[i] + carry;
        const int64_t digit = (int64_t)((uint64_t)sum & DIGIT_MASK);
        limbs[i] = digit;
        carry = (sum - digit) / (INT64_C(1) << DIGIT_BITS);
    }
    limbs[count - 1] += carry;
}

bool flc_superaccumulator_digits(uint32_t digits[FLC_SUPERACCUMULATOR_WIDE],
                                 const int64_t limbs[FLC_SUPERACCUMULATOR_WIDE])
{
    int64_t work[FLC_SUPERACCUMULATOR_WIDE];
    memcpy(work, limbs, sizeof work);
    flc_superaccumulator_carry(work, FLC_SUPERACCUMULATOR_WIDE);
    const bool negative = work[FLC_SUPERACCUMULATOR_WIDE - 1] < 0;
    if (negative) {
        for (size_t i = 0; i < FLC_SUPERACCUMULATOR_WIDE; i++)
            work[i] = -work[i];
        flc_superaccumulator_carry(work, FLC_SUPERACCUMULATOR_WIDE);
    }
    for (size_t i = 0; i < FLC_SUPERACCUMULATOR_WIDE; i++)
        digits[i] = (uint32_t)work[i];
    return negative;
}

/* Bit number `at` (0 = 2^WIDE_BASE) of the digits; bits below 0 are 0. */
static uint64_t bit(const uint32_t *digits, int at)
{
    return at < 0 ? 0 : digits[at / DIGIT_BITS] >> (at % DIGIT_BITS) & 1;
}

static bool any_below(const uint32_t *digits, int at)
{
    for (int i = 0; i < at / DIGIT_BITS; i++)
        if (digits[i])
            return true;
    return at > 0 && (digits[at / DIGIT_BITS] & ((UINT32_C(1) << (at % DIGIT_BITS)) - 1));
}

static int highest_bit(const uint32_t *digits)
{
    for (int at = FLC_SUPERACCUMULATOR_WIDE * DIGIT_BITS - 1; at >= 0; at--) {
        if (digits[at / DIGIT_BITS] == 0)
            at -= at % DIGIT_BITS;
        else if (bit(digits, at))
            return at;
    }
    return -1;
}

double flc_superaccumulator_round(const int64_t limbs[FLC_SUPERACCUMULATOR_WIDE])
{
    uint32_t digits[FLC_SUPERACCUMULATOR_WIDE];
    const uint64_t sign = flc_superaccumulator_digits(digits, limbs);
    const int high = highest_bit(digits);
    if (high < 0)
        return 0.0;
    /* The last kept bit: 52 below the highest, or the last of the subnormal numbers. */
    const int smallest = 1 - EXPONENT_BIAS - WIDE_BASE;
    const int last = high - MANTISSA_BITS > smallest ? high - MANTISSA_BITS : smallest;
    uint64_t mantissa = 0;
    for (int at = high; at >= last; at--)
        mantissa = mantissa << 1 | bit(digits, at);
    if (bit(digits, last - 1) && (any_below(digits, last - 1) || (mantissa & 1)))
        mantissa++;
    /* Without the hidden bit the exponent field is one too small; the sum puts both right, and a
     * carry out of the mantissa goes on into the exponent. */
    uint64_t bits = mantissa + ((uint64_t)(last - smallest) << MANTISSA_BITS);
    const uint64_t infinity = UINT64_C(0x7ff) << MANTISSA_BITS;
    if (bits > infinity)
        bits = infinity;
    bits |= sign << 63;
    double rounded;
    memcpy(&rounded, &bits, sizeof rounded);
    return rounded;
}
