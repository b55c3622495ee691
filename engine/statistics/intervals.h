/* Intervals for proportions, ranks and means. `level` is the two-sided confidence, 0 < level < 1.
 * Nothing here uses the C library's own exp or log, so results are the same on every machine. */
#ifndef FLC_STATISTICS_INTERVALS_H
#define FLC_STATISTICS_INTERVALS_H

#include <stdint.h>

typedef struct flc_interval {
    double low, high;
} flc_interval;

/* z with P(|Z| <= z) = level for a standard normal Z. */
double flc_intervals_normal(double level);

/* t with P(|T| <= t) = level for Student's T with `degrees` of freedom, by the expansion in
 * 1/degrees around z (Abramowitz and Stegun 26.7.5, four terms): relative error < 1e-6 from 20
 * degrees on and < 1e-4 from 8 on, for levels up to 0.99; infinite below 8. */
double flc_intervals_student(double level, uint64_t degrees);

/* Wilson's score interval (1927) of a probability of which `met` of n >= 1 trials are seen. */
flc_interval flc_intervals_wilson(uint64_t met, uint64_t n, double level);
/* The same of a share seen in as much as `trials` > 0 trials, with quantile z for the level. */
flc_interval flc_intervals_score(double share, double trials, double z);

/* Mean +- t * error of n values (flc_moments: mean, mean_error, degrees + 1); infinite for n < 9.
 */
flc_interval flc_intervals_mean(double mean, double mean_error, uint64_t n, double level);

/* Ranks 0 <= low < high <= n + 1 such that the p-quantile lies between the order statistics low and
 * high of n values with probability >= level, each tail missed with at most (1-level)/2; 0 and n +
 * 1 mean no bound. With B ~ Binomial(n, p): P(B < low) and P(B >= high) are at most (1-level)/2.
 * Exact sums of the binomial where n p (1-p) <= 2500; else its Cornish-Fisher expansion with
 * continuity correction, one rank wider. */
typedef struct flc_ranks {
    uint64_t low, high;
} flc_ranks;
flc_ranks flc_intervals_ranks(uint64_t n, double p, double level);
/* The same for n values that tell as much as `trials` > 0 independent ones (Woodruff 1952): the
 * ranks among so many, up to 2^50 of them, carried over to n and rounded outwards. */
flc_ranks flc_intervals_ranks_of(uint64_t n, double p, double level, double trials);

#endif
