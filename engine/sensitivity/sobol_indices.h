/* Sobol' indices of first, total and second order by pick-freeze, streaming.
 *
 * With a = f(A), b = f(B) and c = f(A with factor i as in B), V the variance of f and mu its mean:
 *
 *   total   T_i = E Var(f | all but X_i) / V = E (a - c)^2 / (2 V)
 *           Jansen 1999, "Analysis of variance designs for model output", Computer Physics
 *           Communications 117; Saltelli et al. 2010, ibid. 181, find it the best.
 *   first   S_i = Var E(f | X_i) / V = Cov(b, c) / V, with the mean pooled over a and b (Monod,
 *           Naud and Makowski 2006, "Uncertainty and sensitivity analysis for crop models"; Janon,
 *           Klein, Lagnoux, Nodet and Prieur 2014, "Asymptotic normality and efficiency of two
 *           Sobol index estimators", ESAIM P&S 18) and with the chance correlation of b and a,
 *           which in truth is 0, taken out as far as c goes with a, which is 1 - T_i (Glen and
 *           Isaacs 2012, "Estimating Sobol sensitivity indices using correlations", Environmental
 *           Modelling and Software 37):
 *               n V S_i = sum (b-mu)(c-mu) - (1 - T_i) sum (b-mu)(a-mu)
 *                       = sum b (c-a) - mu sum (c-a) + T_i (sum a b - n mu^2),
 *           for small T_i that of Saltelli et al. 2010 with a centered b.
 *   second  with c_i as c and d_j = f(B with factor j as in A), independent factors only:
 *               V_ij = E (c_i - a)(d_j - b),
 *           the interaction itself, symmetrised over i and j: by c_i d_j, of which the mean is that
 *           of the closed index of {i, j} (Saltelli 2002, "Making best use of model evaluations to
 *           compute sensitivity indices", Computer Physics Communications 145), less the terms
 *           that make the first indices; its noise is of the size of the two effects, not of f.
 *           The closed index is S_i + S_j + S_ij. As d_i is there, first and total indices are
 *           means of two estimates, the other one with the roles of A and B exchanged.
 *
 * A group is a factor: its first index is the closed index of its members, with all they do
 * together. Shocks are factors too: their total index is the share of the variance that knowing all
 * quantities would leave, their first what fixing the shocks alone would take away.
 *
 * Dependent factors (rows.h). The row with only i released tells what the other factors leave,
 * E Var(f | all but X_i): the total index, which may be smaller than the first. The first index
 * needs the row d with all but i released, which shares with A just X_i: Cov(a, d) / V, by the same
 * formula with a and b exchanged. Neither sums to 1 in a way that attributes the variance; Shapley
 * effects do (shapley.h). Second order is refused.
 *
 * Rows per sample: 2 and one per factor; one more for each dependent factor, or, with second order,
 * for each factor. Memory per pair of a factor and an output it reaches: 0.4 kB for each of its
 * rows, and a multiple where values leave 2^9 pilot spreads (sums.h).
 */
#ifndef FLC_SENSITIVITY_SOBOL_INDICES_H
#define FLC_SENSITIVITY_SOBOL_INDICES_H

#include "sensitivity/analysed.h"
#include "sensitivity/rows.h"
#include "statistics/collector.h"

/* A collector of blocks of the sample; `rows` (borrowed, as long as the collector lives) evaluates
 * the same block. `pilot`: values of one full block, the same for all that shall be merged. NULL
 * and *error without memory, or where second order is asked for with a dependent factor. */
flc_collector *flc_sobol_create(const flc_rows *rows, const double *pilot, bool second_order,
                                flc_error *error);
/* Memory it takes, sums in range; SIZE_MAX where that does not fit a size_t. */
size_t flc_sobol_bytes(const flc_rows *rows, bool second_order);
/* Rows evaluated for a sample, itself included. */
size_t flc_sobol_rows(const flc_rows *rows, bool second_order);

/* ---- Reading: output < rows->outputs, level as 0.95 ---------------------------------------------
 */

flc_analysed flc_sobol_output(const flc_collector *collector, size_t output);

typedef struct flc_sobol_index {
    size_t factor;
    flc_estimate first, total;
    flc_interval first_bounds, total_bounds; /* analysed.h */
    uint64_t left_out;                       /* with those left out of the output */
} flc_sobol_index;
/* How many factors reach an output; others have indices of exactly 0. */
size_t flc_sobol_count(const flc_collector *collector, size_t output);
/* Fills indices[flc_sobol_count] in the order of factors, and the sum of all first indices (NULL:
 * not wanted): for independent factors 1 less the share of interactions. */
void flc_sobol_read(flc_sobol_index *indices, flc_estimate *first_sum,
                    const flc_collector *collector, size_t output, double level);

typedef struct flc_sobol_pair {
    size_t factors[2]; /* ascending */
    flc_estimate interaction, closed;
    flc_interval interaction_bounds;
    uint64_t left_out;
} flc_sobol_pair;
/* Pairs of factors that both reach an output, 0 unless second order is kept; others interact by
 * exactly 0. */
size_t flc_sobol_pair_count(const flc_collector *collector, size_t output);
/* Fills pairs[flc_sobol_pair_count]: (0,1), (0,2), ..., (1,2), ... of the factors that reach it. */
void flc_sobol_read_pairs(flc_sobol_pair *pairs, const flc_collector *collector, size_t output,
                          double level);

#endif
