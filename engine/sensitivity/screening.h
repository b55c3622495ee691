/* Screening by elementary effects, streaming (Morris 1991, "Factorial sampling plans for
 * preliminary computational experiments", Technometrics 33).
 *
 * With a = f of a sample on a grid of probabilities and c = f after factor i has moved by `step` in
 * probability, up or down, the elementary effect is d = (c - a) / step, signed as if it had moved
 * up. Over samples
 *
 *   mu     the mean of d: the effect, and its sign
 *   mu*    the mean of |d| (Campolongo, Cariboni and Saltelli 2007, "An effective screening design
 *          for sensitivity analysis of large models", Environmental Modelling and Software 22):
 *          effects of both signs do not cancel; near 0 means that the factor may be fixed
 *   sigma  the standard deviation of d: 0 where the effect is the same everywhere, large where it
 *          is curved or depends on other factors
 *
 * all in the output's unit per unit of probability. Steps are radial (all from the same sample),
 * found better than Morris' trajectories by Campolongo, Saltelli and Cariboni 2011, "From screening
 * to quantitative sensitivity analysis", Computer Physics Communications 182; one row per factor.
 * A factor without direction (rows.h: a group, shocks) has mu* and, for sigma, the standard
 * deviation of |d|; its mu is NaN. Shocks do not step but are drawn anew: their |d| is the change
 * over `step` all the same, comparable in rank only.
 *
 * Samples whose row has no finite value are left out of that factor and counted. Memory as of
 * sobol_indices.h.
 */
#ifndef FLC_SENSITIVITY_SCREENING_H
#define FLC_SENSITIVITY_SCREENING_H

#include "sensitivity/analysed.h"
#include "sensitivity/rows.h"
#include "statistics/collector.h"

/* As flc_sobol_create (sobol_indices.h); step > 0, 1/2 on the grid (k + 1/2)/4. */
flc_collector *flc_screening_create(const flc_rows *rows, const double *pilot, double step,
                                    flc_error *error);
size_t flc_screening_bytes(const flc_rows *rows);
size_t flc_screening_rows(const flc_rows *rows);

/* ---- Reading: output < rows->outputs, level as 0.95 ---------------------------------------------
 */

flc_analysed flc_screening_output(const flc_collector *collector, size_t output);

typedef struct flc_screening_effect {
    size_t factor;
    bool directed; /* else mu is NaN */
    flc_estimate mu, mu_star, sigma;
    uint64_t left_out; /* with those left out of the output */
} flc_screening_effect;
/* How many factors reach an output; others have effects of exactly 0. */
size_t flc_screening_count(const flc_collector *collector, size_t output);
/* Fills effects[flc_screening_count] in the order of factors. */
void flc_screening_read(flc_screening_effect *effects, const flc_collector *collector,
                        size_t output, double level);

#endif
