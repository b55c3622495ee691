/* Errors from replicates (design/design.h): from sums and counts of FLC_REPLICATES independent sets
 * of samples, whatever the design within a set.
 *
 *   ratio   R = sum s_r / sum n_r, a mean where n_r are counts. Its standard error is the spread of
 *           d_r = (s_r - R n_r) / mean n over the sets: the linearised ratio estimator (Cochran
 *           1977, "Sampling Techniques", 6.4), for equal n_r that of the mean of the s_r / n_r.
 *   share   a ratio of counts, with the pseudo counts of Agresti and Coull (1998, "Approximate is
 *           better than exact"): se^2 = spread^2 + 2/n^2, which is held against p~ (1 - p~)/n of
 *           independent samples, p~ = (met + 2)/(n + 4). So few hits, from which 16 sets tell
 * little of their spread, count as about independent; and balanced sets that all have the same
 *           count (within 1 of its expectation, where one number of the sample decides) do not
 *           pretend to an error of 0: intervals reach 3/n at least on either side.
 */
#ifndef FLC_STATISTICS_REPLICATED_H
#define FLC_STATISTICS_REPLICATED_H

#include <stdint.h>

#include "design/design.h"
#include "statistics/intervals.h"

/* NaN where a set has n_r = 0 or a sum is not finite. */
double flc_replicated_error(const double sums[FLC_REPLICATES], const double counts[FLC_REPLICATES]);

/* Standard error of met/of, and the number of independent samples that would have it ("effective
 * number", Kish 1965; Korn and Graubard 1998); both NaN where a set is empty. */
typedef struct flc_replicated_share {
    double error, trials;
} flc_replicated_share;
flc_replicated_share flc_replicated_share_of(const uint64_t met[FLC_REPLICATES],
                                             const uint64_t of[FLC_REPLICATES]);

/* The score interval (statistics/intervals.h) of a share met/n whose spread over replicates is the
 * standard error `spread`. */
flc_interval flc_replicated_interval(double met, double n, double spread, double level);

/* Student's t of `level`, 0 < level < 1, for an error from replicates. */
double flc_replicated_student(double level);

#endif
