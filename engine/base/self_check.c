#include "base/self_check.h"

#include <stddef.h>

#include "base/elementary.h"

/* Operands are volatile, so that the compiler cannot work out the answers by its own arithmetic. */

/* (1 + e)^2 - (1 + 2e) is 0 when the square is rounded first, e^2 when fused. */
static bool products_are_rounded(void)
{
    volatile double x = 1.0 + 0x1p-30, minus = -(1.0 + 0x1p-29);
    const double a = x;
    return a * a + minus == 0.0;
}

static bool rounds_to_nearest_even(void)
{
    volatile double one = 1.0, half_unit = 0x1p-53, more = 0x1.8p-53, third = 3.0;
    return one + half_unit == 1.0 && one + more == 1.0 + 0x1p-52 && -one - half_unit == -1.0 &&
           -one - more == -1.0 - 0x1p-52 && one / third == 0x1.5555555555555p-2;
}

static bool keeps_denormals(void)
{
    volatile double smallest_normal = 0x1p-1022, smallest = 0x1p-1074, two = 2.0;
    volatile double half = smallest_normal / two;
    return half > 0.0 && half * two == smallest_normal && smallest * two == 0x1p-1073;
}

bool flc_self_check_arithmetic(void)
{
    return rounds_to_nearest_even() && keeps_denormals();
}

struct pinned {
    double (*function)(double);
    double at, value;
};

static bool functions_give_pinned_bits(void)
{
    static const struct pinned pinned[] = {
        {sqrt, 2.0, 0x1.6a09e667f3bcdp+0},
        {flc_exp, 1.0, 0x1.5bf0a8b14576ap+1},
        {flc_exp, -700.3, 0x1.9a5615b10648ap-1011},
        {flc_exp, -740.2, 0x0.0000000000045p-1022},
        {flc_expm1, 0.4, 0x1.f7a0e4beeff8p-2},
        {flc_log, 3.7, 0x1.4eeee650ae55p+0},
        {flc_log, 0x1p-1070, -0x1.72d57016e7789p+9},
        {flc_log1p, -0.3, -0x1.6d3c324e13f4ep-2},
        {flc_logistic, -4.9, 0x1.e4697c57399e6p-8},
        {flc_normal_cdf, -1.3, 0x1.8c7eaa3883ae2p-4},
        {flc_normal_quantile, 0.3, -0x1.0c7e39582c5fbp-1},
        {flc_normal_quantile, 0.01, -0x1.29c5c4630ff0ep+1},
        {flc_normal_quantile, 1e-40, -0x1.a9f311603cc13p+3},
    };
    for (size_t i = 0; i < sizeof pinned / sizeof *pinned; i++) {
        volatile double at = pinned[i].at;
        if (flc_bits(pinned[i].function(at)) != flc_bits(pinned[i].value))
            return false;
    }
    volatile double base = 1.7, exponent = -23.25;
    return flc_bits(flc_power(base, exponent)) == flc_bits(0x1.2655db4e9fe0ap-18);
}

flc_status flc_self_check(flc_error *error)
{
    static const struct {
        bool (*holds)(void);
        const char *what;
    } checks[] = {
        {rounds_to_nearest_even, "does not round to nearest (something changed the rounding mode)"},
        {products_are_rounded, "fuses multiplications with additions (it was built without "
                               "-ffp-contract=off)"},
        {keeps_denormals,
         "flushes denormal numbers to zero (something linked in, such as a library "
         "built with -ffast-math, switched them off)"},
        {functions_give_pinned_bits, "gives other bits for elementary functions than every other "
                                     "machine (compiler or processor fault)"},
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!checks[i].holds())
            return flc_error_set(error, FLC_ERROR_INTERNAL,
                                 "self-check: this program %s; results would differ from those of "
                                 "other machines. Rebuild it with the Makefile's flags",
                                 checks[i].what);
    return FLC_OK;
}
