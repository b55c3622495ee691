/* The quantities of a study: numbers and distributions, one row each in a table of values.
 *
 * A row is constant or sampled; equal constants share one row. flc_quantities_sample fills the
 * sampled rows for a block of samples:
 *
 *   1. u = uniform draw of the quantity's name (its path), index 0
 *   2. for quantities tied by `dependence` (MODEL section 10): z = normal quantile of u, in order
 *      of path (byte by byte); z' = L z with L the lower Cholesky factor of the Gaussian copula's
 *      correlations 2 sin(pi rho/6), 0 where no pair is given; u = Phi(z'), within
 *      [2^-53, 1 - 2^-53] as the draws are
 *   3. x = inverse CDF at u; a value outside the quantity's domain is left as it is and shown by
 *      flc_quantities_refuse.
 *
 * Domains (MODEL section 12). Whether a distribution may stand for a quantity is decided when it is
 * made:
 *
 *   - bounded support: all of [low, high] must lie in the domain. Where the domain is open at an
 *     end that the support touches, a continuous family is allowed (that very value has
 *     probability 0, and a draw that hits it by rounding is refused), one with atoms (discrete,
 *     empirical) is not;
 *   - unbounded support (at one end or both): allowed while the probability of leaving the domain
 *     is at most 1e-3, as for growth > -1 drawn from normal(0.02, 0.01); such draws are refused
 *     at run time and counted. More is an error that names the probability and the remedy:
 *     truncate, or take another family;
 *   - a domain of whole numbers takes distributions of whole values only.
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
/* A sampled quantity; takes ownership of `distribution` (also on failure). `path` names its draws
 * and is copied. FLC_ERROR_STUDY where the distribution does not fit the domain (rule above) or the
 * path is taken; the text gives no place: the caller adds that. */
flc_status flc_quantities_sampled_take(flc_quantities *quantities, flc_quantity *quantity,
                                       const char *path, flc_distribution *distribution,
                                       flc_domain domain, flc_error *error);
/* Tie two sampled quantities by Spearman's rank correlation in (-1, 1). Errors: a path that is not
 * sampled (the nearest known one is suggested), a pair twice, a path with itself. */
flc_status flc_quantities_tie(flc_quantities *quantities, const char *path_a, const char *path_b,
                              double rank, flc_error *error);
/* Ready to sample: sorts tied quantities by path, factors the copula, names the draws. The error
 * for a matrix that is not positive definite names the smallest eigenvalue and the pairs in its
 * eigenvector. */
flc_status flc_quantities_finish(flc_quantities *quantities, flc_names *names, flc_error *error);

size_t flc_quantities_rows(const flc_quantities *quantities);
bool flc_quantities_is_sampled(const flc_quantities *quantities, uint32_t row);
/* The value of a constant row, NaN for a sampled one; the distribution and path of a sampled row,
 * NULL for a constant one. */
double flc_quantities_value(const flc_quantities *quantities, uint32_t row);
const flc_distribution *flc_quantities_distribution(const flc_quantities *quantities, uint32_t row);
const char *flc_quantities_path(const flc_quantities *quantities, uint32_t row);
/* Number of the name of its draws, once finished. */
uint32_t flc_quantities_name(const flc_quantities *quantities, uint32_t row);
/* Smallest and largest possible value of a row. */
double flc_quantities_low(const flc_quantities *quantities, uint32_t row);
double flc_quantities_high(const flc_quantities *quantities, uint32_t row);

/* Sampled rows in the order of their making: number of them, and the row of the i-th. */
size_t flc_quantities_sampled_count(const flc_quantities *quantities);
uint32_t flc_quantities_sampled_row(const flc_quantities *quantities, size_t i);

/* Fill the constant rows of values[rows][FLC_BLOCK]; once per table. */
void flc_quantities_fill_constants(const flc_quantities *quantities, double *values);
/* Fill the sampled rows for the block `draws` stands on. scratch: flc_quantities_scratch doubles.
 */
void flc_quantities_sample(const flc_quantities *quantities, flc_isa isa, double *values,
                           double *scratch, const flc_draws *draws);
size_t flc_quantities_scratch(const flc_quantities *quantities);
/* The same draws as probabilities, after the copula: u[flc_quantities_sampled_count][FLC_BLOCK], in
 * the order of flc_quantities_sampled_row; the sampled rows are their quantiles. */
void flc_quantities_uniforms(const flc_quantities *quantities, flc_isa isa, double *u,
                             double *scratch, const flc_draws *draws);
/* ---- part of it again, for designs that freeze some quantities and draw the others anew ---------
 *
 * A quantity that is not tied is a function of its own draw. Tied ones are functions of the
 * standard normals of all tied ones, z' = L z; with two independent sets of them, A and B, frozen
 * quantities keep z'_u = (L z_A)_u, and the others are drawn from their normal distribution given
 * these,
 *
 *   z'_v = R_vu R_uu^-1 z'_u + C z_B,  C C' = R_vv - R_vu R_uu^-1 R_uv,  R = L L',
 *
 * with C the lower Cholesky factor in the order of the paths. All of it is one matrix of weights on
 * the normals of A and B. With nothing frozen z' = L z_B; frozen rows are those of L to the bit.
 */

/* Tied quantities, in the order of their paths: number of them, and the row of the i-th. */
size_t flc_quantities_tied_count(const flc_quantities *quantities);
uint32_t flc_quantities_tied_row(const flc_quantities *quantities, size_t i);
/* Whether two of them depend on each other, directly or through others. */
bool flc_quantities_tied_together(const flc_quantities *quantities, size_t i, size_t k);
/* normals[tied][FLC_BLOCK] of the block `draws` stands on. */
void flc_quantities_tied_normals(const flc_quantities *quantities, double *normals,
                                 const flc_draws *draws);
/* weights[tied][2 tied] for released[tied]; scratch: 4 tied^2 doubles. */
void flc_quantities_condition(const flc_quantities *quantities, double *weights,
                              const bool *released, double *scratch);
/* Fill the tied rows of values[rows][FLC_BLOCK] from the weights and normals[2 tied][FLC_BLOCK] of
 * A, then B. */
void flc_quantities_fill_tied(const flc_quantities *quantities, flc_isa isa, double *values,
                              const double *normals, const double *weights);

/* 1.0 in refused[i] where sample i has a value of row `row` outside its domain (else left alone).
 */
void flc_quantities_refuse(const flc_quantities *quantities, uint32_t row, const double *values,
                           double *refused);

#endif
