/* The design of Morris's screening (1991, "Factorial sampling plans for preliminary computational
 * experiments"): quantities stand on a grid of levels and move by a fixed step.
 *
 * The grid is in probability, of FLC_LEVELS = 4 levels (k + 1/2)/4, so that quantities without
 * bounds stay finite; the step is 1/2, upwards from the lower two levels and downwards from the
 * upper two, which visits all levels equally (Morris's choice of p even and step p/(2(p-1)) on a
 * grid from 0 to 1). Each sample is a base point with one step of every factor from it: effects of
 * a factor are independent over samples, as over Morris's trajectories.
 */
#ifndef FLC_DESIGN_SCREENING_H
#define FLC_DESIGN_SCREENING_H

#include <stdbool.h>

#include "base/isa.h"
#include "random/draws.h"

enum { FLC_LEVELS = 4 };

/* Draws of name k on the grid where stepping[k], else as they are; takes `of`, which is sought with
 * it. */
flc_status flc_screening_base(flc_draws **draws, flc_draws *of, const bool *stepping, flc_isa isa,
                              flc_error *error);
/* One step from `base`, which stands on its block, where stepping[k]; else draws of `other`. Both
 * must outlive it; it is not sought. */
flc_status flc_screening_step(flc_draws **draws, const flc_draws *base, const flc_draws *other,
                              const bool *stepping, flc_isa isa, flc_error *error);

#endif
