/* What is it worth to know something before one chooses?
 *
 * Somebody chooses one of D alternatives. U_d is the utility of the d-th in a sample, x are
 * quantities that are uncertain now and could be learned. Without learning the best choice is the
 * one of the largest E[U_d]. With a = max_d E[U_d]:
 *
 *   EVPI      E[max_d U_d] - a: everything is known before the choice
 *   EVPPI(x)  E[max_d E[U_d | x]] - a: x alone is known (Raiffa and Schlaifer 1961, "Applied
 *             statistical decision theory"; a review of estimators: Heath, Manolopoulou and Baio
 *             2017, "A review of methods for analysis of the expected value of information",
 * Medical Decision Making 37:747)
 *
 * EVPPI is estimated in two stages on independent samples.
 *
 *   learning  From the first samples a rule is learned that says, for every value of x, which
 *             alternative to take: the one whose regression E[U_d - U_0 | x] is the largest
 *             (Strong, Oakley and Brennan 2014, "Estimating multiparameter partial expected value
 * of perfect information from a probabilistic sensitivity analysis sample: a nonparametric
 *             regression approach", Medical Decision Making 34:311).
 *   valuing   On the samples behind them the rule is used: mean U_rule(x) - max_d mean U_d. No rule
 *             gains more than EVPPI and the best one gains it, so this is a lower bound but for
 *             chance, however poor the regression; its interval is that of a mean. (That max_d is
 *             over means of the same samples can only lower it.)
 *
 * Beside it stands what the regression itself promises on the samples it was learned from, mean
 * max_d of the fitted values less max_d of their means: the usual estimator, which is too high
 * where the regression follows chance. The two are on either side of EVPPI, about.
 *
 * Regressions. A quantity is known by its probability u, cut into FLC_VOI_CELLS equal cells; z is
 * the normal quantile of a cell's middle. Where single values have a probability (discrete
 * quantities), all cells of a value are one.
 *
 *   one quantity   penalised cubic splines in z (Eilers and Marx 1996, "Flexible smoothing with
 *                  B-splines and penalties", Statistical Science 11:89), smoothness by generalised
 *                  cross-validation with freedom counted 1.4 times (Kim and Gu 2004, "Smoothing
 *                  spline Gaussian regression", JRSS B 66:337); constant where that does not
 *                  explain much less (voi_curves.c)
 *   a group        linear in its members' splines, and in products of two of them, or of their
 *                  scores z (whichever is more), that are correlated with what is left by more
 *                  than sqrt(2 log(number of products)) standard errors (Foster and George 1994,
 *                  "The risk inflation criterion for multiple regression", Annals of Statistics
 *                  22:1947): at most FLC_VOI_MEMBERS members, those that explain most, and
 *                  FLC_VOI_PRODUCTS products among the FLC_VOI_PAIRED most important members
 *
 * Dependent quantities need nothing more: to know one of them tells something of the others, and a
 * regression on it has that in it. A quantity that depends on none of those that reach U_d - U_0 is
 * worth exactly 0, and is not to be asked here.
 *
 * A sample in which some utility is not finite is left out, for all alternatives alike, and
 * counted.
 *
 * Everything is exact in the sense of statistics/collector.h: lessons are kept sample by sample and
 * the rule is a function of their set; values are exact sums over blocks, by replicate
 * (design/design.h). Errors are of the 16 replicates (statistics/replicated.h).
 *
 * Known limits. Regressions of a group know main effects and products of two: what only three
 * members tell together is missed, and the bound is then low. The rule is fixed once learned: more
 * samples of the second stage make the bound more certain, more of the first make it higher.
 */
#ifndef FLC_SENSITIVITY_VOI_H
#define FLC_SENSITIVITY_VOI_H

#include <stdbool.h>

#include "random/draws.h"
#include "statistics/collector.h"
#include "statistics/intervals.h"

enum {
    FLC_VOI_CELLS = 1024,
    FLC_VOI_ALTERNATIVES = 64, /* at most */
    FLC_VOI_MEMBERS = 64,
    FLC_VOI_PAIRED = 24,
    FLC_VOI_PRODUCTS = 32
};
#define FLC_VOI_LEVEL 0.95 /* of intervals */

/* Members are numbers of quantities, each once. */
typedef struct flc_voi_group {
    const size_t *members;
    size_t count;
} flc_voi_group;

/* What is asked; all of it must outlive what is made from it. Values of a block (collector.h) are
 * the utilities [alternatives][FLC_BLOCK], then the probabilities u [quantities][FLC_BLOCK].
 * Things that could be known are numbered: quantities, then groups. */
typedef struct flc_voi_problem {
    size_t alternatives; /* from 2 on */
    size_t quantities;
    const uint16_t *const
        *merged; /* [quantities] the cell that stands for each cell; NULL: itself */
    const flc_voi_group *groups;
    size_t group_count;
} flc_voi_problem;

static inline size_t flc_voi_things(const flc_voi_problem *problem)
{
    return problem->quantities + problem->group_count;
}

/* For a quantity with atoms: merged[FLC_VOI_CELLS] from its values at the cells' middles (rising).
 */
void flc_voi_merge_atoms(uint16_t *merged, const double *values);
/* The middle of a cell. */
double flc_voi_middle(size_t cell);

/* ---- learning -------------------------------------------------------------------------------- */

/* Keeps the samples of blocks 0 ... blocks-1: 8 bytes an alternative and 2 a quantity for each. */
flc_collector *flc_voi_lessons_create(const flc_voi_problem *problem, uint64_t blocks,
                                      flc_error *error);
/* Samples kept, and those of them in which some utility is not finite. */
void flc_voi_lessons_count(const flc_collector *lessons, uint64_t *kept, uint64_t *left_out);

typedef struct flc_voi_rule flc_voi_rule;

/* From the lessons of all blocks. FLC_ERROR_STUDY where fewer than 2 samples can be used. */
flc_status flc_voi_learn(flc_voi_rule **rule, const flc_collector *lessons, flc_error *error);
void flc_voi_rule_free(flc_voi_rule *rule);
/* A rule as bytes (flc_free), for ranks of one run, and back. */
flc_status flc_voi_rule_pack(char **bytes, size_t *length, const flc_voi_rule *rule,
                             flc_error *error);
flc_status flc_voi_rule_unpack(flc_voi_rule **rule, const flc_voi_problem *problem,
                               const char *bytes, size_t length, flc_error *error);

/* ---- valuing --------------------------------------------------------------------------------- */

/* Uses the rule on blocks that it was not learned from. */
flc_collector *flc_voi_values_create(const flc_voi_rule *rule, flc_error *error);

/* A mean with its standard error and interval, in the unit of utility; error and interval NaN where
 * a replicate is empty. */
typedef struct flc_voi_estimate {
    double value, error, low, high;
} flc_voi_estimate;

/* A share of samples with its interval (Wilson 1927). */
typedef struct flc_voi_share {
    double share, low, high;
} flc_voi_share;

/* Samples seen, those of them left out, and those in which one alternative is not a number, or
 * infinite. */
typedef struct flc_voi_counts {
    uint64_t seen, left_out, undefined, infinite;
} flc_voi_counts;
flc_voi_counts flc_voi_count(const flc_collector *values, size_t alternative);

/* The alternative of the largest mean utility, the first among equals. */
size_t flc_voi_best(const flc_collector *values);
flc_voi_estimate flc_voi_utility(const flc_collector *values, size_t alternative);
/* Utility of one alternative less that of another one. */
flc_voi_estimate flc_voi_advantage(const flc_collector *values, size_t alternative, size_t less);
/* E[max_d U_d] - E[U_alternative]. */
flc_voi_estimate flc_voi_regret(const flc_collector *values, size_t alternative);
/* Of a thing: mean utility by the rule less the best mean. Regret of the best: EVPI. */
flc_voi_estimate flc_voi_worth(const flc_collector *values, size_t thing);
/* What the regression promises where it was learned. */
flc_voi_estimate flc_voi_promise(const flc_collector *values, size_t thing);
/* Share of samples in which the alternative is the best (or one of several). */
flc_voi_share flc_voi_is_best(const flc_collector *values, size_t alternative);
/* The choice without knowledge where the rule was learned, which it keeps to where it knows no
 * better: the best one but for chance. */
size_t flc_voi_learned_best(const flc_collector *values);
/* Share of samples in which the rule of a thing takes the alternative. */
flc_voi_share flc_voi_taken(const flc_collector *values, size_t thing, size_t alternative);

#endif
