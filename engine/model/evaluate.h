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
/* The same over the lanes of a part, and over parts. */
#define FLC_FOR_PART(i)  FLC_INDEPENDENT for (size_t i = 0; i < FLC_PART; i++)
#define FLC_FOR_PARTS(p) for (size_t p = 0; p < FLC_PARTS; p++)

/* Copied into each caller, whose constants choose what is left of it. */
#define FLC_INLINE static inline __attribute__((always_inline))

/* Lanes of a quantity, of a part of the block. */
static inline const double *flc_part_lane(const flc_workspace *w, flc_quantity quantity,
                                          size_t part)
{
    return flc_part_of(flc_lane(w, quantity), part);
}

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

/* level exp(spread shock) of `count` lanes, a multiple of FLC_ABREAST, into `out`. In a loop of its
 * own: with more around it the processor sees too little of it at once. */
static inline void flc_shock_factor(double *restrict out, const double *restrict level,
                                    const double *restrict spread, const double *restrict shock,
                                    size_t count)
{
    double x[FLC_ABREAST], y[FLC_ABREAST];
    for (size_t first = 0; first < count; first += FLC_ABREAST) {
        FLC_FOR_ABREAST (l)
            x[l] = spread[first + (size_t)l] * shock[first + (size_t)l];
        flc_exp_abreast(y, x);
        FLC_FOR_ABREAST (l)
            out[first + (size_t)l] = level[first + (size_t)l] * y[l];
    }
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

/* One unit in a year, for a part of the block's lanes: all pointers are to what belongs to it. */
struct flc_unit_year {
    const struct flc_pass *pass;
    size_t t, unit, part;
    const struct flc_cohort *cohort;
    int64_t age;
    struct flc_unit_state *state;
    struct flc_unit_common *common;
    struct flc_unit_source *sources;
    struct flc_unit_stream *streams;
    struct flc_unit_sums *sums;
    struct flc_unit_money *money;
    const double *shock[FLC_UNIT_SHOCKS];
    bool asked;  /* match may be required */
    bool traced; /* somebody looks at this part */
};

/* An instrument (MODEL section 7). Each is one *_kernel.c file that exports one of these;
 * portfolio_kernel.c lists them in the order of enum flc_instrument_kind. */
struct flc_instrument {
    void (*begin)(const struct flc_pass *pass);          /* before the first year of a block */
    void (*year)(const struct flc_pass *pass, size_t t); /* federal money, partners, spending */
    /* With units: the lanes of what one draws. */
    const double *(*drawn)(const struct flc_unit_year *unit);
    void (*remember)(const struct flc_unit_year *unit); /* what it asks for later; NULL: nothing */
    bool verifies; /* drawn takes a uniform of the unit and year */
    bool matched;  /* match may be required */
};
extern const struct flc_instrument flc_grant, flc_reimbursement, flc_prize, flc_fund, flc_guarantee;

/* Match and revenue: what the units of a program, of a year and of a cohort share, then one unit's.
 */
void flc_begin_match(const struct flc_pass *pass);
void flc_begin_match_year(const struct flc_pass *pass, size_t t);
void flc_begin_match_cohort(const struct flc_pass *pass, int64_t age, size_t t);
/* Whether units of an age may be asked for match. */
bool flc_match_is_asked(const struct flc_pass *pass, int64_t age);
void flc_evaluate_match(const struct flc_unit_year *unit);
/* Where match was asked for: what partners announced, times the response, to the year's totals. */
void flc_add_to_sources(const struct flc_unit_year *unit);
/* What is committed, for a trace. */
void flc_trace_match(const struct flc_unit_year *unit);
/* The sources' series of the year, and their sums in the accounts. */
void flc_book_match(const struct flc_pass *pass, size_t t);
bool flc_match_has_unit_shock(const struct flc_pass *pass);

void flc_begin_revenue(const struct flc_pass *pass);
void flc_begin_revenue_year(const struct flc_pass *pass, size_t t);
void flc_begin_revenue_cohort(const struct flc_pass *pass, int64_t age);
void flc_evaluate_revenue(const struct flc_unit_year *unit);
bool flc_revenue_has_shock(const struct flc_pass *pass);

/* Cost, cash, spending and survival of a unit. */
void flc_begin_cash(const struct flc_pass *pass);
void flc_settle_unit(const struct flc_unit_year *unit, const double *federal);
/* Sums over units into the accounts of the year. */
void flc_book_cash(const struct flc_pass *pass, size_t t);

void flc_begin_outcomes(const struct flc_pass *pass);
void flc_evaluate_outcomes(const struct flc_pass *pass, size_t t);

/* Costs, benefits and taxes of a year, of a program. */
void flc_evaluate_accounts(const struct flc_pass *pass, size_t t);
/* The horizon's metrics from the accounts by year, of a program or of the portfolio. */
void flc_evaluate_horizon(const struct flc_pass *pass);

/* ---- passes, and what is kept of programs ---------------------------------------------------- */

struct flc_pass flc_whole_pass(flc_workspace *w, const flc_draws *draws,
                               const struct flc_recorder *recorder, double *outputs);
/* Of program p; its outputs where they stand in those of all, its inner accounts not kept. */
struct flc_pass flc_program_pass(const struct flc_pass *whole, double *outputs, size_t p);

static inline size_t flc_output_rows(const struct flc_pass *pass)
{
    return (FLC_ACCOUNTS_PUBLIC + pass->sources + 2 * pass->outcomes) * pass->model->years +
           FLC_HORIZON_COUNT + pass->outcomes;
}
static inline size_t flc_inner_lanes(const flc_model *model)
{
    return (FLC_ACCOUNTS_ALL - FLC_ACCOUNTS_PUBLIC) * model->years;
}
static inline flc_lanes *flc_kept_of(const flc_workspace *w, size_t program)
{
    return w->kept.lanes + program * flc_kept_lanes(w->model);
}

/* Gross outcomes and dollars of the program at work, and its reference money, to where they are
 * kept; and back, of this workspace or another one. */
void flc_keep_outcomes(const struct flc_pass *pass);
void flc_take_outcomes(const struct flc_pass *pass, const flc_workspace *from, size_t number);

void flc_evaluate_program(const struct flc_pass *pass);
/* Samples with a quantity outside its domain, of every program and of all, into `refused`. */
void flc_find_refused(const flc_model *model, flc_workspace *w);
/* Outputs of refused samples are undefined, not wrong. */
void flc_blank_refused(const struct flc_pass *pass);
/* 1 - (1 - coordination) overlap, into `weight`. */
void flc_overlap_weight(const struct flc_pass *pass, double *restrict weight);
/* sum += weight part; weight NULL: 1. */
void flc_add_lanes(double *restrict sum, const double *restrict part,
                   const double *restrict weight);
/* A row (again_kernel.c): flc_model_evaluate_again. */
void flc_evaluate_again(const flc_model *model, flc_workspace *w, const flc_draws *draws,
                        const struct flc_again *again, double *outputs);

/* Logistic growth with age, 1/(1 + exp(-(a - half_age)/width)), times `level`; level alone if not
 * given. */
void flc_ramp(const flc_workspace *w, const struct flc_ramp_inputs *ramp, int64_t age,
              const double *level, double *out);

#endif
