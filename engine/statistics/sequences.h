/* Confidence sequences: intervals that all hold at once, however often one looks, and so also
 * where one stops because of what one saw. With probability at least 1 - alpha no look at any
 * number of samples has an interval that misses the truth (for means: asymptotically).
 *
 * Mean of n values (mean, sd): the Gaussian mixture of Waudby-Smith, Arbour, Sinha, Kennedy and
 * Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences" (Annals of
 * Statistics 2024; arXiv 2103.06476), Theorem 2.2,
 *
 *   mean +- sd sqrt(2 (n rho^2 + 1) / (n^2 rho^2) log(sqrt(n rho^2 + 1) / alpha)).        (1)
 *
 * Probability p of which `met` of n trials are seen: Robbins (1970, "Statistical methods related to
 * the law of the iterated logarithm", Annals of Mathematical Statistics 41:1397) mixes likelihood
 * ratios; with a beta distribution around p as the mixture (Howard, Ramdas, McAuliffe and Sekhon
 * 2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics
 * 49:1055, the two-sided beta-binomial mixture),
 *
 *   M = B(r p + met, r (1-p) + n - met) / (B(r p, r (1-p)) p^met (1-p)^(n-met))            (2)
 *
 * is a martingale of mean 1 under p, so that by Ville's inequality all p with M <= 1/alpha are an
 * exact confidence sequence. The set is an interval, as log M is convex in p: with its sums of
 * logarithms for the beta functions its derivative is
 * sum_j j/((1-p)(r (1-p) + j)) - sum_i i/(p (r p + i)), i < met, j < n - met, which rises with p.
 *
 * The p-quantile Q of any distribution: with a coin thrown where a value equals Q, the values on
 * the lower side of Q are met = n trials of probability p, between #{x < Q} and #{x <= Q}. All
 * counts with M <= 1/alpha are low ... high (log M is convex in met too), and Q lies between the
 * order statistics number low and high + 1 (Howard and Ramdas 2022, "Sequential estimation of
 * quantiles with applications to A/B testing and best-arm identification", Bernoulli 28:1704, the
 * beta-binomial confidence sequence for a fixed quantile). Exact for lumps and infinite values too.
 *
 * Tuning. rho and r make intervals narrowest at n* = 2^15 samples, where they are 1.5 times as wide
 * as those for one look (alpha = 0.05); 1.8 times at 4608, 1.7 at 10^6, 1.9 at 10^7 samples. With
 * m = -2 log alpha + log(1 - 2 log alpha) (Waudby-Smith et al., appendix on the choice of rho):
 * rho^2 = m/n*, and r + 1 = 1/rho^2.
 *
 * Looks at fixed numbers of blocks, whatever the run: the first at 24 blocks, each about an eighth
 * later than the one before, all at whole stripes of 4 blocks.
 *
 * Only + - * / sqrt and base/elementary.h: a stopping point is the same on every machine.
 *
 * Limits: (1) is asymptotic. Values that the first thousands of samples never show (an output that
 * is constant but for one sample in a million) are not in its interval; the other two know of them.
 */
#ifndef FLC_STATISTICS_SEQUENCES_H
#define FLC_STATISTICS_SEQUENCES_H

#include <stdint.h>

#include "statistics/intervals.h"

/* Interval (1) of the mean; infinite where n is below FLC_SEQUENCES_LEAST. */
enum { FLC_SEQUENCES_LEAST = 1000 };
flc_interval flc_sequences_mean(double mean, double sd, uint64_t n, double alpha);

/* All p that (2) does not exclude after `met` of n trials, a little widened for rounding; [0, 1]
 * for n = 0. */
flc_interval flc_sequences_probability(uint64_t met, uint64_t n, double alpha);

/* Ranks low < high such that the p-quantile, 0 < p < 1, lies between the order statistics low and
 * high of n values; 0 and n + 1 mean no bound. */
flc_ranks flc_sequences_ranks(uint64_t n, double p, double alpha);

/* log M of (2), 0 < p < 1. */
double flc_sequences_log_mixture(uint64_t met, uint64_t n, double p, double alpha);

/* The first look after more than `blocks` blocks; how many looks are at up to `blocks` blocks. */
uint64_t flc_sequences_next_look(uint64_t blocks);
uint64_t flc_sequences_looks(uint64_t blocks);

#endif
