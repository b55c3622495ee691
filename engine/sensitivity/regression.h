/* Linear regression from sums of products by replicate (design/design.h).
 *
 * Columns: 0 is the constant 1, then the regressors x_1 ... x_p, last y. In units in which each
 * varies about as much as 1, around about 0. Ordinary least squares on the columns' centred and
 * scaled products, by Cholesky's factors; a regressor whose variance is 0, or of which the
 * regressors before it leave less than 1e-9, is redundant and left out.
 *
 *   standardized coefficient   b_j sd(x_j)/sd(y)
 *   linear share               R^2 = 1 - RSS/TSS, and the adjusted one, which is 0 in the mean
 * where there is no influence: 1 - (1 - R^2) (n - 1)/(n - p - 1) (Ezekiel 1930)
 *
 * Errors are those of independent replicates: each is given what it would change (the infinitesimal
 * jackknife over replicates: score of the replicate, and the changes of sd(x_j) and sd(y)), times
 * n/(n - p - 1), with Student's t of 15 degrees of freedom (statistics/replicated.h). So they hold
 * for any design and any distribution of the residuals. (One factorisation, where a bootstrap over
 * the replicates would take hundreds; to first order both are the same.)
 */
#ifndef FLC_SENSITIVITY_REGRESSION_H
#define FLC_SENSITIVITY_REGRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "design/design.h"
#include "fulcrum/status.h"

typedef struct flc_regression_sums {
    size_t regressors; /* p */
    /* Products of columns i >= j by replicate: [i (i + 1)/2 + j], (p + 2)(p + 3)/2 of them. */
    const double (*products)[FLC_REPLICATES];
} flc_regression_sums;

typedef struct flc_regression_coefficient {
    double value, error; /* standardized; NaN where redundant or y is constant */
    bool redundant;
} flc_regression_coefficient;

typedef struct flc_regression_fit {
    double plain, adjusted, error; /* R^2; NaN where y is constant or n <= p + 1 */
} flc_regression_fit;

static inline size_t flc_regression_products(size_t regressors)
{
    return (regressors + 2) * (regressors + 3) / 2;
}

/* coefficients[p]. An error only without memory. */
flc_status flc_regression_solve(flc_regression_fit *fit, flc_regression_coefficient *coefficients,
                                const flc_regression_sums *sums, flc_error *error);

#endif
