/* What the kernels of the model share: the program at work and where its accounts are.
 *
 * Only *_kernel.c files include this; everything here is compiled once per instruction set. */
#ifndef FLC_MODEL_EVALUATE_H
#define FLC_MODEL_EVALUATE_H

#include "base/elementary.h"
#include "model/model_priv.h"

/* One program, or the portfolio, under evaluation. */
struct flc_pass {
    const flc_model *model;
    flc_workspace *w;
    const flc_draws *draws;
    const struct flc_recorder *recorder;
    size_t number;                     /* of the program; the portfolio's is program_count */
    const struct flc_program *program; /* NULL for the portfolio, as the next */
    const struct flc_instrument *instrument;
    size_t sources, outcomes;
    double *outputs;  /* first output of the program */
    flc_lanes *inner; /* its inner accounts [account][year] */
};

/* A loop over the samples of a block. Samples never depend on each other, which compilers are told,
 * as they cannot see it through a dozen pointers. */
#ifdef __clang__
#define FLC_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define FLC_INDEPENDENT _Pragma("GCC ivdep")
#endif
#define FLC_FOR_LANES(i) FLC_INDEPENDENT for (size_t i = 0; i < FLC_BLOCK; i++)

static inline double *flc_account(const struct flc_pass *pass, enum flc_account account, size_t t)
{
    size_t years = pass->model->years;
    if (account < FLC_ACCOUNTS_PUBLIC)
        return pass->outputs + ((size_t)account * years + t) * FLC_BLOCK;
    return pass->inner[((size_t)account - FLC_ACCOUNTS_PUBLIC) * years + t];
}

/* Lanes of year t of the row-th series by year: accounts, sources, gross and net outcomes in turn.
 */
static inline double *flc_series(const struct flc_pass *pass, size_t row, size_t t)
{
    return pass->outputs + (row * pass->model->years + t) * FLC_BLOCK;
}
static inline double *flc_source_series(const struct flc_pass *pass, size_t source, size_t t)
{
    return flc_series(pass, FLC_ACCOUNTS_PUBLIC + source, t);
}
static inline double *flc_gross_series(const struct flc_pass *pass, size_t outcome, size_t t)
{
    return flc_series(pass, FLC_ACCOUNTS_PUBLIC + pass->sources + outcome, t);
}
static inline double *flc_net_series(const struct flc_pass *pass, size_t outcome, size_t t)
{
    return flc_series(pass, FLC_ACCOUNTS_PUBLIC + pass->sources + pass->outcomes + outcome, t);
}
static inline double *flc_horizon(const struct flc_pass *pass, size_t metric)
{
    size_t rows = FLC_ACCOUNTS_PUBLIC + pass->sources + 2 * pass->outcomes;
    return flc_series(pass, rows, 0) + metric * FLC_BLOCK;
}

static inline const double *flc_macro_lanes(const struct flc_pass *pass,
                                            enum flc_macro_series series, size_t t)
{
    return pass->w->macro[series][t];
}

static inline double flc_least(double a, double b)
{
    return a < b ? a : b;
}
static inline double flc_most(double a, double b)
{
    return a > b ? a : b;
}

/* Each fills what its section of MODEL.md defines, for the block the draws stand on. */
void flc_evaluate_macro(const flc_model *model, flc_workspace *w, const flc_draws *draws);

void flc_begin_budget(const struct flc_pass *pass);
void flc_evaluate_budget(const struct flc_pass *pass, size_t t);
/* Without a plan money comes as entitled: the year's accounts from the sum of entitlements. */
void flc_budget_as_entitled(const struct flc_pass *pass, size_t t, const double *entitled);

void flc_begin_units(const struct flc_pass *pass);
void flc_evaluate_units(const struct flc_pass *pass, size_t t);

/* One unit in a year: its money, before and after the instrument has spoken. */
struct flc_unit_year {
    const struct flc_pass *pass;
    size_t t, unit;
    const struct flc_cohort *cohort;
    int64_t age;
    double *open, *funded, *scale, *entitlement, *committed, *match, *cash, *net, *own, *counted,
        *federal, *required, *full_cost, *spent;
};

/* An instrument (MODEL section 7). Each is one *_kernel.c file that exports one of these;
 * portfolio_kernel.c lists them in the order of enum flc_instrument_kind. */
struct flc_instrument {
    void (*begin)(const struct flc_pass *pass);          /* before the first year of a block */
    void (*year)(const struct flc_pass *pass, size_t t); /* federal money, partners, spending */
    void (*drawn)(const struct flc_unit_year *unit); /* with units: what one draws, into federal */
    void (*remember)(const struct flc_unit_year *unit); /* what it asks for later; NULL: nothing */
};
extern const struct flc_instrument flc_grant, flc_reimbursement, flc_prize, flc_fund, flc_guarantee;

void flc_evaluate_match(const struct flc_unit_year *unit, const double *shock);
void flc_apply_response(const struct flc_unit_year *unit);
void flc_begin_match_year(const struct flc_pass *pass, size_t t);
void flc_begin_match_cohort(const struct flc_pass *pass, const struct flc_cohort *cohort, size_t t,
                            double *required);

void flc_begin_revenue_year(const struct flc_pass *pass, size_t t);
void flc_begin_revenue_cohort(const struct flc_pass *pass, const struct flc_cohort *cohort,
                              size_t t);
void flc_evaluate_revenue(const struct flc_unit_year *unit, const double *shock);

void flc_begin_outcomes(const struct flc_pass *pass);
void flc_evaluate_outcomes(const struct flc_pass *pass, size_t t);

/* Costs, benefits and taxes of a year, of a program. */
void flc_evaluate_accounts(const struct flc_pass *pass, size_t t);
/* The horizon's metrics from the accounts by year, of a program or of the portfolio. */
void flc_evaluate_horizon(const struct flc_pass *pass);

/* Logistic growth with age, 1/(1 + exp(-(a - half_age)/width)), times `level`; level alone if not
 * given. */
void flc_ramp(const flc_workspace *w, const struct flc_ramp_inputs *ramp, int64_t age,
              const double *level, double *out);

#endif
