/* The Gaussian copula of tied quantities (MODEL section 10).
 *
 * A normal pair of correlation r has Spearman's rank correlation (6/pi) asin(r/2) (Kruskal 1958,
 * "Ordinal measures of association"), so r = 2 sin(pi rho/6).
 */
#ifndef FLC_DISTRIBUTION_COPULA_H
#define FLC_DISTRIBUTION_COPULA_H

#include <stddef.h>

#include "fulcrum/status.h"

/* 2 sin(pi rho/6), |rho| <= 1. */
double flc_copula_correlation(double rank);

/* The lower Cholesky factor of a symmetric count x count matrix with unit diagonal, rows one after
 * the other. FLC_ERROR_STUDY where it is not positive definite: the text names the smallest
 * eigenvalue and the pairs that weigh most in its eigenvector, by `names`. */
flc_status flc_copula_factor(double *factor, const double *matrix, size_t count,
                             const char *const *names, flc_error *error);

/* Smallest eigenvalue of a symmetric matrix and its eigenvector of length 1, by Jacobi's rotations;
 * `matrix` is destroyed, `vectors` is scratch of count x count. */
double flc_copula_smallest(double *vector, double *matrix, double *vectors, size_t count);

#endif
