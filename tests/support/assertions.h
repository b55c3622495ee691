/* Assertions on numbers. cmocka 1.1.5 has none for doubles, and its float one lets NaN pass; these
 * fail on NaN unless both sides are NaN is asked for by name. */
#ifndef TESTS_SUPPORT_ASSERTIONS_H
#define TESTS_SUPPORT_ASSERTIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The same 64 bits (so NaN equals the same NaN, and 0 differs from -0). */
#define ASSERT_SAME_BITS(got, expected)                                                            \
    assert_same_bits((got), (expected), #got, __FILE__, __LINE__)
/* At most `units` units in the last place apart; NaN never passes. */
#define ASSERT_ULP(got, expected, units)                                                           \
    assert_ulp((got), (expected), (units), #got, __FILE__, __LINE__)
/* |got - expected| <= absolute + relative*|expected|; NaN never passes. */
#define ASSERT_NEAR(got, expected, relative, absolute)                                             \
    assert_near((got), (expected), (relative), (absolute), #got, __FILE__, __LINE__)
#define ASSERT_NAN(got) assert_is_nan((got), #got, __FILE__, __LINE__)

void assert_same_bits(double got, double expected, const char *what, const char *file, int line);
void assert_ulp(double got, double expected, double units, const char *what, const char *file,
                int line);
void assert_near(double got, double expected, double relative, double absolute, const char *what,
                 const char *file, int line);
void assert_is_nan(double got, const char *what, const char *file, int line);

/* Distance of two finite doubles in units in the last place; infinite if either is NaN. */
double ulp_distance(double a, double b);

#endif
