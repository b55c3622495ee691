/* Quantile functions without closed form, as tables of polynomials.
 *
 * Such a family writes its quantile as a smooth function y(z) of the standard normal quantile z
 * (for beta the logit of x, for gamma its logarithm, ...). Then y' = w with w = phi(z)/g(y), g the
 * density of y, and y obeys a differential equation with polynomial right-hand side, so that its
 * Taylor coefficients at any z follow from y there by products of series. The table is made by
 * stepping from both ends together, z = -+FLC_CURVE_REACH, where y is solved for once, inward to z
 * = 0: an error made at z is a fixed error of probability, which matters less and less the larger
 * the tail probability grows, so stepping inward is stable, outward is not.
 *
 * The Taylor series converges in a circle that reaches the zeros of Phi and 1 - Phi, the nearest of
 * which are 2.82 from the real axis; a step of 1/24 of a series of degree 12 errs by 1e-23
 * relative. For the table each series is economised (Lanczos 1938) on its cell, |zeta| <= 1/48, to
 * degree 5: 5e-15. Where y has a singularity of its own nearer than that, the cells must be
 * smaller.
 */
#ifndef FLC_DISTRIBUTION_CURVE_H
#define FLC_DISTRIBUTION_CURVE_H

#include <stddef.h>
#include <string.h>

#include "fulcrum/status.h"

enum {
    FLC_CURVE_USUAL = 24, /* cells per unit of z */
    FLC_CURVE_FINE = 40,  /* the same for laws with a singularity close by; 31 KiB */
    FLC_CURVE_DEGREE = 5,
    FLC_CURVE_STRIDE = FLC_CURVE_DEGREE + 1, /* doubles per cell */
    FLC_CURVE_TERMS = 13                     /* of a Taylor series while the table is made */
};
/* Ends of the table: beyond the normal quantiles of 2^-53 and 1 - 2^-53, which are -+8.21. */
#define FLC_CURVE_REACH 8.25
/* Cells on each side of the one around 0; cell k has its middle at k (1.0/per_unit), rounded. */
#define FLC_CURVE_SIDE(per_unit)    ((per_unit)*33 / 4)
#define FLC_CURVE_DOUBLES(per_unit) ((size_t)(2 * FLC_CURVE_SIDE(per_unit) + 1) * FLC_CURVE_STRIDE)

/* A family's y(z). */
typedef struct flc_curve_law {
    const void *numbers; /* the family's own */
    /* Taylor coefficients of y at each of two z, given y there: series[.][0] = y, ... */
    void (*expand)(double series[2][FLC_CURVE_TERMS], const double z[2], const double y[2],
                   const void *numbers);
    /* What the table holds of the series of y; NULL: y itself. */
    void (*present)(double series[FLC_CURVE_TERMS], double z, const void *numbers);
} flc_curve_law;

/* Fill a table of FLC_CURVE_DOUBLES(per_unit), given y at both ends. Returns how far y(0) from the
 * left and from the right are apart: a measure of the error of the whole. */
double flc_curve_tabulate(double *table, int per_unit, const flc_curve_law *law, double y_left,
                          double y_right);

/* log of the standard normal density */
double flc_curve_log_phi(double z);

/* product[n] of two series: the sum of a[i] b[n-i]. */
static inline double flc_series_product(const double *a, const double *b, int n)
{
    double sum = 0.0;
    for (int i = 0; i <= n; i++)
        sum += a[i] * b[n - i];
    return sum;
}

/* The same of two pairs of series at once, which takes as long as of one: each sum is a chain. */
static inline void flc_series_products(double product[2], double (*a)[2], double (*b)[2], int n)
{
    double sum[2] = {0.0, 0.0};
    for (int i = 0; i <= n; i++)
        for (int s = 0; s < 2; s++)
            sum[s] += a[i][s] * b[n - i][s];
    memcpy(product, sum, sizeof sum);
}

#endif
