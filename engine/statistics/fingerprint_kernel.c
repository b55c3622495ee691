/* NH over the bits of a row. Integer sums, so any order of lanes gives the same. */
#include <string.h>

#include "random/draws.h"
#include "statistics/fingerprint.h"

static uint64_t row(const double *restrict x)
{
    const uint64_t half = UINT64_C(0xffffffff), nan = UINT64_C(0x7ff8000000000000);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < FLC_BLOCK; i++) {
        double value = x[i] + 0.0; /* -0 becomes 0 */
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        bits = value == value ? bits : nan;
        uint32_t low = (uint32_t)bits + (2 * i + 1) * UINT32_C(0x9e3779b1);
        uint32_t high = (uint32_t)(bits >> 32) + (2 * i + 2) * UINT32_C(0x85ebca77);
        sum += (low & half) * (high & half);
    }
    return sum;
}

FLC_API const struct flc_fingerprint_kernels FLC_ISA_TABLE(flc_fingerprint_kernels) = {row};
