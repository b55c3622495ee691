/* Outcomes (MODEL section 8), per program and year.
 *
 *   L_t = (1 - q) G_t + q L_{t-1},  q = lag/(1 + lag),  L_{-1} = history G_0
 *   gross = lambda L (L/(P G_ref))^(returns - 1) exp(cyclicality y) LN(volatility, z^o); jobs
 * divided by P net = gross (1 - displacement) [(1 - l) alpha + l min(1, alpha lagging_multiplier)],
 * alpha alone if negative with G the driver dollars and l the lagging units' share of them.
 */
#include <string.h>

#include "model/evaluate.h"

/* Driver dollars of the year, into `dollars`. */
static void driver(const struct flc_pass *pass, int64_t kind, size_t t, double *restrict dollars)
{
    const double *restrict federal = flc_account(pass, FLC_ACCOUNT_FEDERAL, t);
    const double *restrict spending = flc_account(pass, FLC_ACCOUNT_SPENDING, t);
    const double *restrict appropriation = flc_account(pass, FLC_ACCOUNT_APPROPRIATION, t);
    const double *restrict rescinded = flc_account(pass, FLC_ACCOUNT_RESCINDED, t);
    FLC_FOR_LANES (i)
        dollars[i] = kind == FLC_DRIVER_APPROPRIATION ? appropriation[i] - rescinded[i]
                     : kind == FLC_DRIVER_FEDERAL     ? federal[i]
                                                      : spending[i];
}

/* Driver dollars the program was built for, into `reference`. */
static void driver_reference(const struct flc_pass *pass, int64_t kind, double *restrict reference)
{
    const struct flc_program_inputs *in = pass->program->inputs;
    const double *restrict money = pass->w->reference_money[0];
    const double *restrict admin = flc_lane(pass->w, in->budget.admin);
    bool costs = kind == FLC_DRIVER_SPENDING && pass->program->has_units;
    const double *restrict ratio = costs ? flc_lane(pass->w, in->cost.ratio) : money;
    FLC_FOR_LANES (i)
        reference[i] = kind == FLC_DRIVER_APPROPRIATION ? money[i] / (1.0 - admin[i])
                       : costs                          ? ratio[i] * money[i]
                                                        : money[i];
}

/* The lagging units' share of the driver, into `share`; 0 where undefined. */
static void lagging_share(const struct flc_pass *pass, int64_t kind, size_t t,
                          double *restrict share)
{
    bool spending = kind == FLC_DRIVER_SPENDING;
    const double *restrict part =
        flc_account(pass, spending ? FLC_ACCOUNT_LAGGING_SPENDING : FLC_ACCOUNT_LAGGING_FEDERAL, t);
    const double *restrict whole =
        flc_account(pass, spending ? FLC_ACCOUNT_SPENDING : FLC_ACCOUNT_FEDERAL, t);
    FLC_FOR_LANES (i)
        share[i] = whole[i] > 0.0 ? part[i] / whole[i] : 0.0;
}

/* L_t, in the outcome's state. */
static void lag(const struct flc_pass *pass, size_t o, size_t t, const double *restrict dollars)
{
    const struct flc_outcome_inputs *in = &pass->program->outcomes[o];
    const double *restrict years = flc_lane(pass->w, in->lag), *restrict history =
                                                                   flc_lane(pass->w, in->history);
    double *restrict state = pass->w->outcome_state[o];
    if (t == 0)
        FLC_FOR_LANES (i)
            state[i] = history[i] * dollars[i];
    FLC_FOR_LANES (i) {
        double q = years[i] / (1.0 + years[i]);
        state[i] = (1.0 - q) * dollars[i] + q * state[i];
    }
}

/* (L/(P G_ref))^(returns - 1), into `factor`. */
static void returns_to_scale(const struct flc_pass *pass, size_t o, size_t t,
                             double *restrict factor)
{
    const struct flc_outcome_inputs *in = &pass->program->outcomes[o];
    const double *restrict returns = flc_lane(pass->w, in->returns_to_scale);
    const double *restrict state = pass->w->outcome_state[o];
    const double *restrict price = flc_macro_lanes(pass, FLC_MACRO_PRICE_INDEX, t);
    double *restrict reference = pass->w->scratch[3];
    if (flc_is_constant(pass->model, in->returns_to_scale, 1.0)) {
        FLC_FOR_LANES (i)
            factor[i] = 1.0;
        return;
    }
    driver_reference(pass, in->driver, reference);
    FLC_FOR_LANES (i) {
        double size = state[i] > 0.0 ? state[i] : 0.0;
        double ratio = reference[i] > 0.0 ? size / (price[i] * reference[i]) : 1.0;
        double relative = ratio > 0.0 ? ratio : 1.0;
        factor[i] = flc_power(relative, returns[i] - 1.0);
    }
}

static void gross(const struct flc_pass *pass, size_t o, size_t t, double *restrict out)
{
    const struct flc_outcome_inputs *in = &pass->program->outcomes[o];
    flc_workspace *w = pass->w;
    double *restrict factor = w->scratch[1], *restrict z = w->scratch[2];
    returns_to_scale(pass, o, t, factor);
    memset(z, 0, sizeof(flc_lanes));
    if (!flc_is_constant(pass->model, in->volatility, 0.0))
        flc_draws_normal(pass->draws, pass->program->outcome_draws[o], (unsigned)t, z);
    const double *restrict multiplier = flc_lane(w, in->multiplier), *restrict beta = flc_lane(
                                                                         w, in->cyclicality);
    const double *restrict sigma = flc_lane(w, in->volatility), *restrict state =
                                                                    w->outcome_state[o];
    const double *restrict gap = flc_macro_lanes(pass, FLC_MACRO_ACTIVITY, t);
    const double *restrict price = flc_macro_lanes(pass, FLC_MACRO_PRICE_INDEX, t);
    bool jobs = strcmp(in->info.key, "jobs") == 0;
    FLC_FOR_LANES (i) {
        double level = multiplier[i] * state[i] * factor[i];
        double shaped =
            level * flc_exp(beta[i] * gap[i] + sigma[i] * z[i] - sigma[i] * sigma[i] / 2.0);
        double per_price = jobs ? shaped / price[i] : shaped;
        out[i] = state[i] > 0.0 ? per_price : 0.0;
    }
}

static void net(const struct flc_pass *pass, size_t o, size_t t, const double *restrict whole,
                double *restrict out)
{
    const struct flc_outcome_inputs *in = &pass->program->outcomes[o];
    const double *restrict alpha = flc_lane(pass->w, in->additionality);
    const double *restrict multiplier = flc_lane(pass->w, in->lagging_multiplier);
    const double *restrict displacement = flc_lane(pass->w, in->displacement);
    double *restrict share = pass->w->scratch[1];
    lagging_share(pass, in->driver, t, share);
    FLC_FOR_LANES (i) {
        double lagging = flc_least(1.0, alpha[i] * multiplier[i]);
        double mixed = (1.0 - share[i]) * alpha[i] + share[i] * lagging;
        double kept = alpha[i] < 0.0 ? alpha[i] : mixed;
        out[i] = whole[i] * (1.0 - displacement[i]) * kept;
    }
}

/* Driver dollars of each outcome are kept by year for the ratios per dollar. */
void flc_begin_outcomes(const struct flc_pass *pass)
{
    for (size_t o = 0; o < pass->program->outcome_count; o++) {
        memset(pass->w->outcome_dollars[o], 0, sizeof(flc_lanes));
        memset(pass->w->outcome_gross[o], 0, sizeof(flc_lanes));
    }
}

/* Benefit of an outcome: value times net, jobs at base-year prices. */
static void add_benefit(const struct flc_pass *pass, size_t o, size_t t,
                        const double *restrict result)
{
    const struct flc_outcome_inputs *in = &pass->program->outcomes[o];
    const double *restrict value = flc_lane(pass->w, in->value);
    const double *restrict price = flc_macro_lanes(pass, FLC_MACRO_PRICE_INDEX, t);
    double *restrict benefit = flc_account(pass, FLC_ACCOUNT_BENEFIT, t);
    bool jobs = strcmp(in->info.key, "jobs") == 0;
    FLC_FOR_LANES (i)
        benefit[i] += value[i] * result[i] * (jobs ? price[i] : 1.0);
}

void flc_evaluate_outcomes(const struct flc_pass *pass, size_t t)
{
    double *dollars = pass->w->scratch[0];
    for (size_t o = 0; o < pass->program->outcome_count; o++) {
        double *whole = flc_gross_series(pass, o, t), *result = flc_net_series(pass, o, t);
        driver(pass, pass->program->outcomes[o].driver, t, dollars);
        lag(pass, o, t, dollars);
        gross(pass, o, t, whole);
        net(pass, o, t, whole, result);
        add_benefit(pass, o, t, result);
        double *restrict sum_dollars = pass->w->outcome_dollars[o];
        double *restrict sum_gross = pass->w->outcome_gross[o];
        double *restrict investment = flc_account(pass, FLC_ACCOUNT_INVESTMENT, t);
        double counts = strcmp(pass->program->outcomes[o].info.key, "investment") == 0 ? 1.0 : 0.0;
        FLC_FOR_LANES (i) {
            sum_dollars[i] += dollars[i];
            sum_gross[i] += whole[i];
            investment[i] += counts * whole[i];
        }
    }
}
