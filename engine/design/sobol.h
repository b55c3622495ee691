/* Sobol' points with nested uniform scrambling, dimensions by name.
 *
 * The points of a name. Its indices 0 ... 63 (years) are the first 64 dimensions of Sobol's
 * sequence (1967, "On the distribution of points in a cube"), with the primitive polynomials and
 * initial numbers of Joe and Kuo (2008, "Constructing Sobol' sequences with better two-dimensional
 * projections", set new-joe-kuo-6). Point p of a name is point U p of that sequence, U a unit upper
 * triangular matrix over GF(2) drawn from the name's stream: it permutes 0 ... 2^k - 1 for every k,
 * so each name keeps the balance of its Sobol' points, and two names meet like two sequences with
 * random generator matrices (Goda and L'Ecuyer 2022, "Construction-free median quasi-Monte Carlo
 * rules"; Pan and Owen 2023, "Super-polynomial accuracy of one dimensional randomized nets using
 * the median of means").
 *
 * Scrambling. In replicate r each of the 32 digits of the point is flipped by a function of (seed,
 * name, index, r) and the digits before it: Owen's (1995, "Randomly permuted (t,m,s)-nets and
 * (t,s)-sequences") in the form of a hash (Laine and Karras 2011; Burley 2020, "Practical
 * hash-based Owen scrambling"), whose variances could not be told from the exact one's (5 %). A
 * draw is the middle of one of 2^32 intervals: none is nearer to 0 or 1 than 2^-33. Of any 2^k
 * points of a replicate, from a multiple of 2^k on, each of the 2^k intervals of length 2^-k has
 * one, for every (name, index).
 *
 * Why a few dimensions per name, and not one of a table of thousands for each draw: the table must
 * be dealt out by name alone, or a new quantity reshuffles the others; so some of thousands of
 * draws would share a dimension, and such a pair is wholly dependent. What that costs, as variance
 * of Monte Carlo over variance of the design, n points in each replicate (median of 219 outputs, 4
 * and 3 seeds pooled; median of 24 and 16 seeds):
 *
 *                                               lhs   nested  matrix   here   one table by order
 *   baseline study,                 n = 2^10    4.1     3.6     4.5     5.4          5.2
 *   3011 names, 346 of quantities   n = 2^12    4.2     3.7     6.6     6.1          5.7
 *   ratio of sums of products,      n = 2^10     39      50     110     119          469
 *   60 quantities, 600 shocks       n = 2^12     41      46     115     210          921
 *
 * (nested: names meet after a nested uniform shuffle of p; matrix: a random matrix for every name
 * and index; by order: quantities, in the second study all draws, take the dimensions of one table
 * in turn, which reshuffles. Antithetic pairs of Monte Carlo draws: 1.7 on the baseline, so they
 * are left out.) Other seeds move a number by 15 %: of this code, 6 and 3 seeds of the baseline
 * give 4.7 and 6.5, and 3.7 and 4.0 for lhs. One output in twenty gains nothing from either.
 *
 * Limits. How well two names meet is a matter of luck, the same for all replicates of a seed. For a
 * product of four names, over 400 seeds, the median variance is 1/8, 1/30 and 1/190 of that of lhs
 * at n = 2^8, 2^10 and 2^12, yet the mean about 1.5 of it: one seed in 7, 11 and 29 does worse than
 * lhs. The replicates show it: their error is that of the seed at hand.
 *
 * What is left on the baseline are events (a program ends, a gate is missed) and products of a
 * program's scale with sizes of many units. Draws of `termination` made from the least of 16 years
 * and its place, so that two coordinates say whether and when, gain nothing: mean leverage ratio of
 * the portfolio 5.7 and 8.2 instead of 5.4 and 7.7 (24 seeds of n = 2^7, 16 of n = 2^10), of MEP
 * 1.9 and 2.7 instead of 2.2 and 1.9. Control variates for those years do
 * (tests/bench/controls.py).
 */
#ifndef FLC_DESIGN_SOBOL_H
#define FLC_DESIGN_SOBOL_H

#include <stdint.h>

#include "random/draws.h"

/* Direction numbers of dimension `index`: column c is what bit c of a point's number adds (without
 * carry); digit 1, of weight 1/2, in bit 0. */
void flc_sobol_directions(uint32_t columns[32], unsigned index);

#endif
