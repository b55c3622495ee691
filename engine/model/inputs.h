/* The inputs of the model: one struct per section of a study, filled through the option tables of
 * this floor (base/options.h). Money is in million US dollars; ages and lags are in years; shares
 * and probabilities lie in [0, 1]. The tables in macro.c, budget.c, unit.c,
 * match.c, revenue.c, outcome.c, accounts.c, instrument.c and program.c say unit, bounds, default
 * and meaning of every member.
 */
#ifndef FLC_MODEL_INPUTS_H
#define FLC_MODEL_INPUTS_H

#include "base/options.h"

/* MODEL section 0: the years simulated, federal fiscal years base_year ... base_year + years - 1.
 */
struct flc_horizon_inputs {
    flc_section_info info;
    int64_t base_year, years;
};

/* MODEL section 1. */
struct flc_recession_inputs {
    flc_section_info info;
    flc_quantity entry, exit, depth;
};
struct flc_activity_inputs {
    flc_section_info info;
    flc_quantity persistence, volatility;
};
struct flc_inflation_inputs {
    flc_section_info info;
    flc_quantity mean, persistence, volatility;
};
struct flc_macro_inputs {
    flc_section_info info;
    struct flc_recession_inputs recession;
    struct flc_activity_inputs activity;
    struct flc_inflation_inputs inflation;
    flc_quantity discount_rate, fiscal_common;
};

/* MODEL section 2. */
enum flc_budget_mode { FLC_BUDGET_AWARD, FLC_BUDGET_SHARE };
struct flc_delay_inputs {
    flc_section_info info;
    flc_quantity probability, share;
};
struct flc_termination_inputs {
    flc_section_info info;
    int64_t from_year;
    flc_schedule hazard; /* one entry at 0, or by fiscal year */
};
struct flc_rescission_inputs {
    flc_section_info info;
    flc_quantity probability, share;
};
struct flc_budget_inputs {
    flc_section_info info;
    int64_t mode; /* enum flc_budget_mode */
    flc_schedule plan;
    flc_quantity growth, volatility, persistence, admin;
    struct flc_delay_inputs delay;
    struct flc_termination_inputs termination;
    struct flc_rescission_inputs rescission;
};

/* MODEL section 3. */
struct flc_cohort_inputs {
    flc_section_info info;
    int64_t start, count;
};
struct flc_gate_inputs {
    flc_section_info info;
    int64_t age;
    flc_quantity pass;
};
struct flc_units_inputs {
    flc_section_info info;
    flc_items cohorts; /* struct flc_cohort_inputs */
    flc_schedule award;
    bool indexed;
    flc_quantity size_dispersion, lagging_share;
    flc_items gates; /* struct flc_gate_inputs */
};
enum flc_taper_shape {
    FLC_TAPER_CONSTANT,
    FLC_TAPER_LINEAR,
    FLC_TAPER_GEOMETRIC,
    FLC_TAPER_STEP,
    FLC_TAPER_SCHEDULE
};
struct flc_taper_inputs {
    flc_section_info info;
    int64_t shape; /* enum flc_taper_shape */
    flc_quantity start, length, floor;
    flc_schedule schedule;
};

/* Growth with age of a source or stream: 1/(1 + exp(-(a - half_age)/width)); 1 where not given. */
struct flc_ramp_inputs {
    flc_section_info info;
    flc_quantity half_age, width;
};

/* MODEL section 4. */
struct flc_source_inputs {
    flc_section_info info;
    flc_quantity ratio, volatility, cyclicality, stickiness, conversion, cash_share,
        lagging_multiplier, additionality;
    struct flc_ramp_inputs ramp;
};
struct flc_match_inputs {
    flc_section_info info;
    flc_schedule required; /* by age */
    flc_quantity recession_waiver, common_share, response;
    flc_items sources; /* struct flc_source_inputs */
};

/* MODEL section 5. */
struct flc_stream_inputs {
    flc_section_info info;
    flc_quantity ratio, volatility, cyclicality;
    bool counts_as_match;
    struct flc_ramp_inputs ramp;
};
struct flc_revenue_inputs {
    flc_section_info info;
    flc_quantity persistence;
    flc_items streams; /* struct flc_stream_inputs */
};

/* MODEL section 6. */
struct flc_cost_inputs {
    flc_section_info info;
    flc_quantity ratio, volatility, in_kind_cap, minimum_service, reserve_target, credit, interest,
        opening, adapt;
};

/* MODEL section 7. */
enum flc_instrument_kind {
    FLC_INSTRUMENT_GRANT,
    FLC_INSTRUMENT_REIMBURSEMENT,
    FLC_INSTRUMENT_PRIZE,
    FLC_INSTRUMENT_FUND,
    FLC_INSTRUMENT_GUARANTEE
};
struct flc_reimbursement_inputs {
    flc_section_info info;
    flc_quantity rate, lag, pass;
};
struct flc_prize_inputs {
    flc_section_info info;
    flc_quantity advance, target;
};
struct flc_fund_inputs {
    flc_section_info info;
    flc_quantity ratio, volatility, fee, hold, multiple, return_volatility, return_cyclicality,
        recycle, additionality;
};
struct flc_guarantee_inputs {
    flc_section_info info;
    flc_quantity gearing, cover, default_rate, cyclicality, volatility, interest, term,
        additionality;
};

/* MODEL section 8. */
enum flc_driver { FLC_DRIVER_APPROPRIATION, FLC_DRIVER_FEDERAL, FLC_DRIVER_SPENDING };
struct flc_outcome_inputs {
    flc_section_info info;
    flc_quantity multiplier;
    int64_t driver; /* enum flc_driver */
    flc_quantity lag, history, returns_to_scale, cyclicality, volatility, additionality,
        lagging_multiplier, displacement, value;
};

struct flc_program_inputs {
    flc_section_info info;
    int64_t instrument; /* enum flc_instrument_kind */
    struct flc_budget_inputs budget;
    struct flc_units_inputs units;
    struct flc_taper_inputs taper;
    struct flc_match_inputs match;
    struct flc_revenue_inputs revenue;
    struct flc_cost_inputs cost;
    struct flc_reimbursement_inputs reimbursement;
    struct flc_prize_inputs prize;
    struct flc_fund_inputs fund;
    struct flc_guarantee_inputs guarantee;
    flc_items outcomes; /* struct flc_outcome_inputs */
    flc_quantity overlap;
};

/* MODEL section 9. */
struct flc_accounts_inputs {
    flc_section_info info;
    flc_quantity tax_rate, excess_burden, opportunity;
};
struct flc_portfolio_inputs {
    flc_section_info info;
    flc_quantity coordination;
};

/* All that the model reads of a study. */
struct flc_model_inputs {
    struct flc_horizon_inputs horizon;
    struct flc_macro_inputs macro;
    struct flc_accounts_inputs accounts;
    struct flc_portfolio_inputs portfolio;
    flc_items programs; /* struct flc_program_inputs */
};

extern const flc_section flc_horizon_section, flc_macro_section, flc_budget_section,
    flc_units_section, flc_taper_section, flc_ramp_section, flc_match_section, flc_revenue_section,
    flc_cost_section, flc_reimbursement_section, flc_prize_section, flc_fund_section,
    flc_guarantee_section, flc_outcome_section, flc_program_section, flc_accounts_section,
    flc_portfolio_section;

/* Rows of an option table. `member` is a member of `type`. */
#define FLC_QUANTITY(key, type, member, fallback, domain_, unit_, text)                            \
    {                                                                                              \
        key, FLC_OPTION_QUANTITY, offsetof(type, member), FLC_DEFAULT, fallback, NULL, domain_,    \
            false, unit_, NULL, NULL, text                                                         \
    }
#define FLC_QUANTITY_REQUIRED(key, type, member, domain_, unit_, text)                             \
    {                                                                                              \
        key, FLC_OPTION_QUANTITY, offsetof(type, member), FLC_REQUIRED, 0.0, NULL, domain_, false, \
            unit_, NULL, NULL, text                                                                \
    }
#define FLC_QUANTITY_DERIVED(key, type, member, phrase, domain_, unit_, text)                      \
    {                                                                                              \
        key, FLC_OPTION_QUANTITY, offsetof(type, member), FLC_DERIVED, 0.0, phrase, domain_,       \
            false, unit_, NULL, NULL, text                                                         \
    }
#define FLC_SUBSECTION(key, type, member, section_, text)                                          \
    {                                                                                              \
        key, FLC_OPTION_SECTION, offsetof(type, member), FLC_DEFAULT, 0.0, NULL, FLC_ANY_NUMBER,   \
            false, NULL, NULL, &section_, text                                                     \
    }

#endif
