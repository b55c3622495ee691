/* The portfolio model by hand in scalar C with GSL: what its files share.
 *
 * A peer to measure the engine against: the same model (MODEL.md, as inputs/baseline.yaml uses it),
 * written as a careful engineer writes C who evaluates one sample after the other. It takes GSL's
 * generators, ziggurat and statistics and the C library's exp and pow, and leaves out every unit
 * that is closed, every draw that nobody needs and everything that is the same for a cohort, a year
 * or a sample where it would be computed for each unit. It shares no code with the engine and no
 * draws; only distributions agree.
 *
 * Money in million US dollars, years counted from the base year. A `row` is the number of a
 * quantity in the table of values of a sample, constants included. */
#ifndef PORTFOLIO_GSL_H
#define PORTFOLIO_GSL_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    MOST_YEARS = 24,
    MOST_AGES = 64,
    MOST_PROGRAMS = 32,
    MOST_COHORTS = 24,
    MOST_UNITS = 160,
    MOST_MEMBERS = 12, /* sources, streams, outcomes, gates: of a program or of the portfolio */
    MOST_TIED = 64
};

enum row_kind { CONSTANT, UNIFORM, TRIANGULAR, TRUNCATED_NORMAL, LOGNORMAL, BETA, ROW_KINDS };

/* Quantiles of beta quantities are read off a table in z = Phi^-1(u), one node every 1/8 between -6
 * and 6 and one beyond at either end, with cubics through four nodes. */
enum { NODES_PER_SD = 8, TABLE_END = 6, TABLE_NODES = 2 * TABLE_END * NODES_PER_SD + 3 };

struct row {
    enum row_kind kind;
    double p[4]; /* as flatten.py gives them */
    double *table;
};

struct schedule {
    int count, rows[MOST_AGES];
};

struct source {
    int place; /* among the portfolio's sources */
    int ratio, volatility, cyclicality, stickiness, conversion, cash_share, lagging_multiplier,
        additionality;
    double ramp[MOST_AGES];
};

struct stream {
    int counts; /* as match */
    int ratio, volatility, cyclicality;
    double ramp[MOST_AGES];
};

enum driver { APPROPRIATION, FEDERAL, SPENDING };

struct outcome {
    int place, jobs, investment, driver;
    int multiplier, lag, history, volatility, cyclicality, returns, additionality,
        lagging_multiplier, displacement, value;
};

enum instrument { GRANT, PRIZE };
enum mode { AWARD, SHARE };
enum shape { FLAT, LINEAR, STEP };

struct program {
    int instrument, overlap;
    int mode, has_plan, reference_year, termination_year;
    int plan[MOST_YEARS], plan_growth[MOST_YEARS]; /* row or -1; years of growth behind it */
    int growth, volatility, persistence, admin, delay_probability, delay_share,
        rescission_probability, rescission_share, hazard;
    int cohorts, start[MOST_COHORTS], count[MOST_COHORTS];
    struct schedule award;
    int size_dispersion, lagging_share;
    int gates, gate_age[MOST_MEMBERS], gate_pass[MOST_MEMBERS];
    int shape, taper_start, taper_length, taper_floor;
    int common_share, response, waiver;
    struct schedule required;
    int sources;
    struct source source[MOST_MEMBERS];
    int revenue_persistence, streams;
    struct stream stream[MOST_MEMBERS];
    int cost_ratio, cost_volatility, adapt, in_kind_cap, minimum_service, reserve_target, credit,
        interest, opening;
    int advance, target;
    int outcomes;
    struct outcome outcome[MOST_MEMBERS];
    int started;   /* units that start within the horizon */
    size_t output; /* its first */
};

struct study {
    int years, base_year;
    int rows;
    struct row *row;
    int sampled, *sampled_row; /* rows that are sampled by themselves */
    int tied, tied_row[MOST_TIED];
    double factor[MOST_TIED][MOST_TIED]; /* lower Cholesky factor of the copula */
    int entry, exit, depth, activity_persistence, activity_volatility, inflation_mean,
        inflation_persistence, inflation_volatility, discount_rate, fiscal_common;
    int tax_rate, excess_burden, opportunity, coordination;
    int sources, outcomes, programs;
    struct program program[MOST_PROGRAMS];
    size_t portfolio_output, leverage_output, outputs;
    size_t unit_years; /* of one sample, units that have closed included */
};

/* Outputs of a program, then of the portfolio: the accounts by year, match by source, gross and net
 * outcomes by year, the metrics over the horizon, outcomes per dollar; behind all of them match and
 * own revenue per federal dollar, by year. NaN is undefined, +inf "never". */
enum account {
    BUDGET,
    APPROPRIATED,
    LAPSED,
    UNALLOCATED,
    ADMINISTRATION,
    RESCINDED,
    TERMINATED,
    DEFERRED,
    FEDERAL_MONEY,
    RECEIPTS,
    TREASURY_COST,
    COMMITTED_MATCH,
    MATCH,
    MATCH_CASH,
    MATCH_IN_KIND,
    OWN_REVENUE,
    SPENT,
    SHORTFALL,
    WRITTEN_OFF,
    BALANCE,
    ACTIVE,
    FUNDED,
    SELF_SUSTAINING,
    BENEFIT,
    TAX,
    SOCIAL_COST,
    ACCOUNTS
};
enum metric {
    LEVERAGE_RATIO,
    COFINANCING_RATIO,
    NET_LEVERAGE_RATIO,
    MULTIPLIER_EFFECT,
    COMMITMENT_RATIO,
    NPV,
    BENEFIT_COST_RATIO,
    FISCAL_RETURN,
    PAYBACK_YEAR,
    SURVIVAL_SHARE,
    SELF_SUSTAINING_SHARE,
    LAPSE_RATE,
    SHORTFALL_RATE,
    LAGGING_FEDERAL_SHARE,
    LEVERAGE_LAGGING,
    LEVERAGE_LEADING,
    METRICS
};

/* portfolio_gsl_study.c. Reads what flatten.py writes; says on standard error what is wrong. */
bool study_read(struct study *study, const char *path);
void study_clear(struct study *study);

/* portfolio_gsl_model.c. Quantities of one sample into value[study->rows], where the constants
 * already stand; then its outputs. */
void sample_quantities(const struct study *study, gsl_rng *rng, double *value);
void evaluate(const struct study *study, gsl_rng *rng, const double *value, double *output);

/* portfolio_gsl_tally.c: what is kept of all samples. */
enum tally_kind { TALLY_NONE, TALLY_SELECT, TALLY_SORT, TALLY_P2 };
enum { QUANTILES = 7 };
extern const double tally_probability[QUANTILES];

/* Moments and quantiles are of the defined samples; those that are infinite are left out of the
 * moments, and count as largest. */
struct reading {
    double defined, infinite, mean, sd, skewness, kurtosis, least, most;
    double quantile[QUANTILES];
};

struct tally;
struct tally *tally_create(enum tally_kind kind, size_t outputs, size_t samples);
void tally_free(struct tally *tally);
void tally_add(struct tally *tally, const double *output);
/* Once, after the last sample. */
void tally_read(struct tally *tally, struct reading *reading);

#endif
