/* The collector of plain runs: the distribution of every output (summary.h), and a fingerprint of
 * every block (fingerprint.h). Records 0 ... outputs-1 are the summary's, the last one is the
 * fingerprints. Partial blocks have no fingerprint. */
#ifndef FLC_STATISTICS_DISTRIBUTIONS_H
#define FLC_STATISTICS_DISTRIBUTIONS_H

#include "statistics/collector.h"
#include "statistics/fingerprint.h"
#include "statistics/summary.h"

/* Takes the summary, which has its pilot (also after an error; then NULL and *error). A NULL
 * summary gives NULL, so that calls can be nested. */
flc_collector *flc_distributions_take(flc_summary *summary, flc_error *error);

/* What such a collector holds. */
const flc_summary *flc_distributions_summary(const flc_collector *collector);
const flc_fingerprints *flc_distributions_fingerprints(const flc_collector *collector);

#endif
