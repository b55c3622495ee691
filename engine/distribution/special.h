/* Special functions for setting up distributions: tail probabilities of gamma and beta variables,
 * in the logarithm and with relative accuracy in both tails. Not for hot loops. Bit-stable
 * (base/elementary.h only).
 *
 * Densities are written around their centre (Loader 2000, "Fast and accurate computation of
 * binomial probabilities"), so that large shapes do not cancel:
 *
 *   gamma, y = log(x/k), x in units of the scale:
 *     g(y) = sqrt(k/(2 pi)) exp(-delta(k) - k (e^y - 1 - y))
 *   beta, y = log(x/(1-x)) - log(a/b), n = a + b, m = a/n:
 *     g(y) = sqrt(a b/(2 pi n)) exp(delta(n) - delta(a) - delta(b) - n K(y)),
 *     K(y) = log(1 - m + m e^y) - m y
 *
 * with delta the remainder of Stirling's formula. Tails are g times a series (Abramowitz and Stegun
 * 1964, 6.5.29) or a continued fraction (gamma: 6.5.31; beta: DiDonato and Morris 1992,
 * "Significant digit computation of the incomplete beta function ratios", which is written in
 * (a + b) x - a and so does not cancel), evaluated after Thompson and Barnett (1986).
 */
#ifndef FLC_DISTRIBUTION_SPECIAL_H
#define FLC_DISTRIBUTION_SPECIAL_H

#include "fulcrum/status.h"

/* log Gamma(x) - ((x - 1/2) log x - x + log(2 pi)/2), x >= 1e-3. */
double flc_special_stirling(double x);
/* log Gamma(x), x >= 1e-3. */
double flc_special_log_gamma(double x);
/* e^y - 1 - y */
double flc_special_exp_rest(double y);

/* Tail probability in the logarithm, and the rate -+d(log tail)/dy = g(y)/tail. */
typedef struct flc_tail {
    double log, rate;
} flc_tail;

/* log g(y), and P(Y <= y) or P(Y > y), of a gamma variable of shape k. */
double flc_special_gamma_density(double k, double y);
double flc_special_gamma_peak(double k); /* log g(0) */
flc_tail flc_special_gamma_below(double k, double y);
flc_tail flc_special_gamma_above(double k, double y);

/* The same of a beta variable of shapes a and b; P(Y > y) is that of -Y <= -y with a and b
 * exchanged. */
double flc_special_beta_density(double a, double b, double y);
double flc_special_beta_peak(double a, double b); /* log g(0) */
/* log g(0) - log g(y) */
double flc_special_beta_drop(double a, double b, double y);
flc_tail flc_special_beta_below(double a, double b, double y);

/* x, 1 - x and (a + b) x - a at y, each with relative accuracy. */
void flc_special_beta_parts(double *x, double *rest, double *centred, double a, double b, double y);

/* y with log of the tail = target, by Newton's method from `y`; `direction` 1 for a lower tail, -1
 * for an upper one. Logarithms of tails of log-concave densities are concave, so that the steps
 * cannot cycle. */
typedef flc_tail flc_tail_function(const void *numbers, double y);
double flc_special_solve(flc_tail_function *tail, const void *numbers, int direction, double target,
                         double y);

#endif
