#include "support/assertions.h"

#include <math.h>
#include <string.h>

static int64_t ordered_bits(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

double ulp_distance(double a, double b)
{
    if (isnan(a) || isnan(b))
        return INFINITY;
    return fabs((double)ordered_bits(a) - (double)ordered_bits(b));
}

static void fail_with(double got, double expected, const char *what, const char *file, int line)
{
    print_error("%s: got %.17g (%a), expected %.17g (%a)\n", what, got, got, expected, expected);
    _fail(file, line);
}

void assert_same_bits(double got, double expected, const char *what, const char *file, int line)
{
    if (memcmp(&got, &expected, sizeof got) != 0)
        fail_with(got, expected, what, file, line);
}

void assert_ulp(double got, double expected, double units, const char *what, const char *file,
                int line)
{
    if (!(ulp_distance(got, expected) <= units))
        fail_with(got, expected, what, file, line);
}

void assert_near(double got, double expected, double relative, double absolute, const char *what,
                 const char *file, int line)
{
    if (!(fabs(got - expected) <= absolute + relative * fabs(expected)))
        fail_with(got, expected, what, file, line);
}

void assert_is_nan(double got, const char *what, const char *file, int line)
{
    if (!isnan(got))
        fail_with(got, NAN, what, file, line);
}
