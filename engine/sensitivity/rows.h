/* Rows of evaluations: one model on draws that share some of their factors.
 *
 * A factor is a set of named draws that is varied together: a quantity, a group of quantities, the
 * shocks of a program. Two independent sets of draws stand behind every sample, A and B; a row
 * releases some factors and freezes the others:
 *
 *   nothing released   the sample itself, from A
 *   u released         frozen factors as in A, those of u from B. Where quantities depend on each
 *                      other (a Gaussian copula), released ones are drawn from their distribution
 *                      given the frozen ones, with the noise of B, so that every row has the joint
 *                      distribution of the study
 *   all released       B, independent of A
 *
 * So with X a sample of A and X' a row, E[f(X) f(X')] - E[f]^2 = Var(E[f | frozen factors]), the
 * closed index of the frozen factors, dependent or not (pick-freeze; Sobol' 1993; Janon, Klein,
 * Lagnoux, Nodet and Prieur 2014). For independent factors a row and B also share the released
 * ones.
 *
 * A screening design (Morris) is the same interface: released factors are moved by a fixed step in
 * their own direction, all else being equal.
 *
 * Estimators ask for rows and know nothing of the model; whoever evaluates rows knows nothing of
 * estimators, and evaluates again only what a released factor reaches.
 */
#ifndef FLC_SENSITIVITY_ROWS_H
#define FLC_SENSITIVITY_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "random/draws.h"

/* Outputs that a factor can reach, ascending, as numbers of analysed outputs; it changes no other
 * one. */
typedef struct flc_reach {
    const size_t *outputs;
    size_t count;
} flc_reach;

typedef struct flc_rows {
    void *context;
    size_t outputs;         /* analysed ones */
    const size_t *place;    /* [outputs] row of each in the values below, ascending */
    size_t factors;         /* from 1 on */
    const flc_reach *reach; /* [factors] */
    const bool *dependent;  /* [factors] some quantity of it depends on one outside */
    /* values[..][FLC_BLOCK] of the block at hand with factors f of released[f] released; valid
     * until the next call. Those of the sample itself, which collectors get (collector.h), stay
     * valid. Cheapest where few factors differ from those of the call before. */
    const double *(*evaluate)(void *context, const bool *released);
    /* Of a screening, else NULL: lanes of +1 and -1, whether the factor's quantity goes up or down
     * by the step in the block at hand; NULL of a factor without a direction (groups, shocks,
     * dependent quantities). Valid until the next call. */
    const double *(*direction)(void *context, size_t factor);
} flc_rows;

static inline const double *flc_rows_lanes(const flc_rows *rows, const double *values,
                                           size_t output)
{
    return values + rows->place[output] * FLC_BLOCK;
}

#endif
