/* A collector that also counts, exactly, how often some questions are answered with yes (flc_target
 * of summary.h): for questions that come with a run and are no part of its study. What is inside is
 * the collector of the same run without them, state and all. Records: those inside, and one of the
 * counts. */
#ifndef FLC_STATISTICS_COUNTED_H
#define FLC_STATISTICS_COUNTED_H

#include "statistics/collector.h"
#include "statistics/summary.h"

/* Takes `inside`, whose blocks are values[outputs][FLC_BLOCK] (also after an error; then NULL and
 * *error). A NULL collector gives NULL. The targets are copied. */
flc_collector *flc_counted_take(flc_collector *inside, const flc_target *targets, size_t count,
                                flc_error *error);

const flc_collector *flc_counted_inside(const flc_collector *collector);
/* Yes to each question, in their order. */
const uint64_t *flc_counted_met(const flc_collector *collector);

#endif
