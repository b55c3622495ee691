/* Sensitivity from a plain run ("given data"): no evaluation but those of the run itself.
 *
 * A collector (statistics/collector.h) that sees every block of outputs together with the inputs
 * they came from, and keeps for each pair of an analysed output y and a quantity x that reaches it
 *
 *   a table   counts of samples by class of x and cell of y. Classes: floor(u classes) of the
 *             quantity's probability u = F(x). Cells: intervals between quantiles of the pilot, of
 *             about equal probability; a value that has much of it (an atom) is a cell of its own;
 *             -inf and +inf are cells; undefined samples are counted apart
 *   by class  sums of z and z^2, z = y in units of the pilot's spread, of the finite values
 *   by replicate (design/design.h)   sums of x y and of u R(y), R the pilot's distribution function
 *
 * and for the inputs all sums of their products, by replicate. From these:
 *
 *   first order   Var(E[y|x])/Var(y), by the partition into classes (Plischke 2012, "How to compute
 *                 variance-based sensitivity indicators with your spreadsheet software"; Li and
 *                 Mahadevan 2016, "An efficient modularized sample-based method to estimate the
 *                 first-order Sobol' index"):
 *                   B = sum_m w_m (y_m - y)^2 - (1/n) sum_m (1 - w_m) s_m^2
 *                 with y_m, s_m^2, w_m = n_m/n mean, variance and share of class m; the second term
 *                 is what B would be of a quantity without influence (Kelley 1935). Classes hide
 *                 what happens within: for a smooth y the loss falls as 1/classes^2, so the value
 *                 is (4 B(classes) - B(classes/2))/3 over the sample variance. Can be a little
 *                 below 0 where the true one is 0.
 *   delta         Borgonovo (2007, "A new uncertainty importance measure"): half the mean distance
 *                 between the densities of y and of y given x, here between their shares of the
 *                 cells; with the bias reduced by the bootstrap (Plischke, Borgonovo and Smith
 * 2013, "Global sensitivity measures from given data") PAWN          Pianosi and Wagener (2015,
 * 2018): the largest distance between the distribution functions of y and of y given the class,
 * median and maximum over classes, the bias reduced likewise; with what a quantity without
 * influence reaches (Smirnov) regression    standardized regression coefficients, of values and of
 * ranks (regression.h)
 *
 * Delta and PAWN see y only by cell and x only by class, so both are at most the true ones; with 16
 * classes and 32 cells delta of a linear Gaussian by 0.5 to 1 % (tests/unit/test_given_data.c).
 * SRRC takes ranks from a pilot of 3072 samples: within 0.01 of those of all samples.
 *
 * A discrete quantity's u is its draw, not F(x): classes of u are then parts of an atom, or hold
 * neighbouring atoms in part, which loses a little as any coarse class does.
 *
 * Where quantities depend on each other all of it stays defined, but is no share of the variance:
 * first order and delta of x then hold what x tells of others.
 *
 * Errors. Intervals of first order are normal ones with the influence function's variance (delta
 * method; with skewness and kurtosis within classes from the table), the noise of the partition,
 * and half of what the extrapolation adds: between 16 classes and none a normal quantity of index S
 * is still short by 0.011 S, a lognormal one of sigma 0.6 by 0.07 S; 64 classes by 0.002 S and 0.02
 * S. Those of delta and PAWN are from the bootstrap, which draws the table again as independent
 * samples would give it, after a step towards independence that keeps the noise from counting
 * twice (given_data_tables.c), and a third of the bias taken off; PAWN's begin at 0 where the plain
 * distance could be that of a quantity without influence. Those of regression are from
 * replicates. With lhs or sobol points the first two are as of independent samples: too wide.
 * Regression's are right for any design.
 *
 * What it holds is a function of the set of blocks alone, as with statistics/summary.h; sums are
 * whole numbers. Memory: flc_given_data_bytes; about 3 kB a pair. At most 2^36 samples.
 */
#ifndef FLC_SENSITIVITY_GIVEN_DATA_H
#define FLC_SENSITIVITY_GIVEN_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensitivity/bootstrap.h"
#include "sensitivity/rows.h"
#include "statistics/collector.h"

enum {
    FLC_GIVEN_DATA_PILOT = 16, /* blocks */
    FLC_GIVEN_DATA_CLASSES = 16,
    FLC_GIVEN_DATA_CELLS = 32,
    FLC_GIVEN_DATA_MOST = 64 /* classes, and cells */
};

/* The inputs of the block that was evaluated last. */
typedef struct flc_given_data_inputs {
    void *context;
    size_t quantities;
    /* [quantities][FLC_BLOCK]; each valid until the other is called. u in (0,1)
     * (flc_quantities_uniforms); x in any unit, finite. */
    const double *(*uniforms)(void *context);
    const double *(*values)(void *context);
} flc_given_data_inputs;

/* All is copied but what the functions of `inputs` look at. */
typedef struct flc_given_data_plan {
    size_t outputs;         /* analysed ones */
    const size_t *place;    /* [outputs] row of each in the blocks of values */
    const flc_reach *reach; /* [quantities] analysed outputs that each can reach */
    flc_given_data_inputs inputs;
    size_t classes, cells; /* 0: as above; classes even, both at least 2 */
    /* Leave out the products of the inputs, whose number grows with the square of theirs: src, srrc
     * and the shares of linear models are then NaN. For 346 inputs that all reach one output they
     * take 15 MB, and 3 to 6 ms a block. */
    bool without_regression;
} flc_given_data_plan;

/* NULL and *error. It takes blocks only after the pilot, from samples that are a multiple of 16. */
flc_collector *flc_given_data_create(const flc_given_data_plan *plan, flc_error *error);
/* The pilot: the first FLC_GIVEN_DATA_PILOT full blocks of the design in their order, whatever the
 * number of samples of the run; values as in a block. They are not counted. */
flc_status flc_given_data_pilot(flc_collector *collector, const double *values, flc_error *error);
/* Memory in bytes that it will have where no output is undefined or infinite. */
size_t flc_given_data_bytes(const flc_given_data_plan *plan);

/* A pair. No unit; NaN where an estimate is not defined. */
typedef struct flc_given_data_row {
    size_t quantity;
    flc_estimate first, delta, pawn_median, pawn_maximum;
    double first_partition, delta_partition;      /* neither extrapolated nor bias reduced */
    double pawn_median_plain, pawn_maximum_plain; /* bias not reduced */
    /* What the plain ones of a quantity without influence stay below with probability `level`. */
    double pawn_median_critical, pawn_maximum_critical;
    flc_estimate src, srrc;
    bool redundant; /* constant, or a linear function of others: not in the regression */
} flc_given_data_row;

/* An output. samples = undefined + minus_infinite + plus_infinite + finite ones. */
typedef struct flc_given_data_output {
    uint64_t samples, undefined, minus_infinite, plus_infinite;
    /* Share of the variance of y (of R(y)) that the linear model of the values (ranks) has. */
    flc_estimate linear, rank_linear;
    bool outside; /* values too far from the pilot's for sums: first and src are NaN */
} flc_given_data_output;

typedef struct flc_given_data_question {
    double level;     /* of intervals, 0 < level < 1 */
    size_t resamples; /* of the bootstrap, 20 us each for a pair; 0: 50 */
    uint64_t seed;    /* of the bootstrap */
} flc_given_data_question;

/* How many quantities reach an output; rows are in their order. */
size_t flc_given_data_reaching(const flc_collector *collector, size_t output);
/* rows[flc_given_data_reaching]. First order uses finite values only, as do coefficients of values;
 * delta, PAWN and ranks all that are defined. */
flc_status flc_given_data_read(const flc_collector *collector, flc_given_data_output *about,
                               flc_given_data_row *rows, size_t output,
                               const flc_given_data_question *question, flc_error *error);

#endif
