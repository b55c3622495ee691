/* The Pareto set: points that no other one beats.
 *
 * One point beats another if it is at least as good in every goal and better in one (Pareto 1906,
 * "Manuale di economia politica"). Points with equal values do not beat each other. */
#ifndef FLC_STATISTICS_PARETO_H
#define FLC_STATISTICS_PARETO_H

#include <stdbool.h>
#include <stddef.h>

/* on[i]: nothing beats point i. values[points][goals]; higher[goal]: more is better. A point with a
 * NaN is not on the set and beats nothing. */
void flc_pareto_find(bool *on, const double *values, size_t points, const bool *higher,
                     size_t goals);

#endif
