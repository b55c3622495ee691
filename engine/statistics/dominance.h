/* Stochastic dominance of one distribution over another, from their quantiles.
 *
 * First order: at every probability the quantile is no lower, so everybody who prefers more prefers
 * it (Hadar and Russell 1969). Second order: the integral of the quantiles from 0 to every
 * probability is no lower, so everybody who also dislikes risk does (Rothschild and Stiglitz 1970;
 * Levy 1992, "Stochastic dominance and expected utility"). Judged at the FLC_DOMINANCE_POINTS
 * probabilities (i + 1/2)/points of the sample's quantiles, within the sketch's bounds; it is a
 * statement on the sample, not a test.
 */
#ifndef FLC_STATISTICS_DOMINANCE_H
#define FLC_STATISTICS_DOMINANCE_H

#include <stdbool.h>

#include "statistics/summary.h"

enum { FLC_DOMINANCE_POINTS = 200 };

typedef struct flc_dominance {
    bool first, second; /* the first output dominates the second one, somewhere strictly */
} flc_dominance;

/* Of output `a` over `b` of a summary; `higher` is whether more is better. Nothing dominates where
 * either has no defined sample. */
flc_dominance flc_dominance_of(const flc_summary *summary, size_t a, size_t b, bool higher);

#endif
