/* The quantities of a study: numbers and distributions, one row each in a table of values.
 *
 * A row is constant or sampled. flc_quantities_sample fills the sampled rows for a block of samples:
 *   u = uniform draw of the quantity's name (its path), index 0
 *   for quantities tied by `dependence` (MODEL section 10): z = normal quantile of u, in order of path;
 *       z' = L z with L the lower Cholesky factor of the Gaussian copula's correlations 2 sin(pi rho/6);
 *       u = Phi(z')
 *   x = inverse CDF at u; a value outside the quantity's domain is left as it is and counted by
 *       flc_quantities_refused.
 * Equal constants share one row.
 */
#ifndef FLC_DISTRIBUTION_QUANTITIES_H
#define FLC_DISTRIBUTION_QUANTITIES_H

#include "base/isa.h"
#include "base/options.h"
#include "distribution/distribution.h"
#include "fulcrum/status.h"
#include "random/draws.h"

typedef struct flc_quantities flc_quantities;

flc_quantities *flc_quantities_create(flc_error *error);
void flc_quantities_free(flc_quantities *quantities);

/* The row of a constant. */
flc_status flc_quantities_constant(flc_quantities *quantities, flc_quantity *quantity, double value,
                                   flc_error *error);
/* A sampled quantity; takes ownership of `distribution` (also on failure). `path` names its draws; texts
 * are copied and may be NULL. FLC_ERROR_STUDY where the support shows that it can leave the domain
 * (MODEL section 12: an error where its support shows it; unbounded support with negligible mass outside is
 * still an error; truncate it). */
flc_status flc_quantities_sampled_take(flc_quantities *quantities, flc_quantity *quantity,
                                       const char *path, flc_distribution *distribution,
                                       flc_domain domain, flc_error *error);
/* Tie two sampled quantities by Spearman's rank correlation in (-1, 1). Errors: a path that is not sampled
 * (the nearest known one is suggested), a pair twice, a path with itself. */
flc_status flc_quantities_tie(flc_quantities *quantities, const char *path_a, const char *path_b,
                              double rank, flc_error *error);
/* Ready to sample: sorts tied quantities by path, factors the copula, names the draws. The error for a matrix
 * that is not positive definite names the smallest eigenvalue and the pairs in its eigenvector. */
flc_status flc_quantities_finish(flc_quantities *quantities, flc_names *names, flc_error *error);

size_t flc_quantities_rows(const flc_quantities *quantities);
bool flc_quantities_is_sampled(const flc_quantities *quantities, uint32_t row);
/* The value of a constant row, NaN for a sampled one. */
double flc_quantities_value(const flc_quantities *quantities, uint32_t row);
const flc_distribution *flc_quantities_distribution(const flc_quantities *quantities, uint32_t row);
const char *flc_quantities_path(const flc_quantities *quantities, uint32_t row);
/* Smallest and largest possible value of a row. */
double flc_quantities_low(const flc_quantities *quantities, uint32_t row);
double flc_quantities_high(const flc_quantities *quantities, uint32_t row);

/* Sampled rows in the order of their making: number of them, and the row of the i-th. */
size_t flc_quantities_sampled_count(const flc_quantities *quantities);
uint32_t flc_quantities_sampled_row(const flc_quantities *quantities, size_t i);

/* Fill the constant rows of values[rows][FLC_BLOCK]; once per table. */
void flc_quantities_fill_constants(const flc_quantities *quantities, double *values);
/* Fill the sampled rows for the block `draws` stands on. scratch: FLC_BLOCK * (2 + tied count) doubles
 * (flc_quantities_scratch). */
void flc_quantities_sample(const flc_quantities *quantities, flc_isa isa, double *values,
                           double *scratch, const flc_draws *draws);
size_t flc_quantities_scratch(const flc_quantities *quantities);
/* 1.0 in refused[i] where sample i has a value of row `row` outside its domain (else left alone). */
void flc_quantities_refuse(const flc_quantities *quantities, uint32_t row, const double *values,
                           double *refused);

#endif
