/* Accounts of a year and metrics of the horizon (MODEL section 9), of a program or of the
 * portfolio.
 *
 *   treasury cost = federal + administration - receipts
 *   tax = tax_rate benefit
 *   social cost = (1 + excess_burden) treasury cost + opportunity match + written off
 *   PV(x) = sum_t D_t x_t; ratios are of sums; a ratio whose denominator is <= 0 is undefined (NaN)
 */
#include <math.h>
#include <string.h>

#include "model/evaluate.h"

void flc_evaluate_accounts(const struct flc_pass *pass, size_t t)
{
    const struct flc_accounts_inputs *in = &pass->model->inputs->accounts;
    const double *restrict tax_rate = flc_lane(pass->w, in->tax_rate);
    const double *restrict burden = flc_lane(pass->w, in->excess_burden);
    const double *restrict opportunity = flc_lane(pass->w, in->opportunity);
    const double *restrict federal = flc_account(pass, FLC_ACCOUNT_FEDERAL, t);
    const double *restrict administration = flc_account(pass, FLC_ACCOUNT_ADMINISTRATION, t);
    const double *restrict receipts = flc_account(pass, FLC_ACCOUNT_RECEIPTS, t);
    const double *restrict match = flc_account(pass, FLC_ACCOUNT_MATCH, t);
    const double *restrict written_off = flc_account(pass, FLC_ACCOUNT_WRITTEN_OFF, t);
    const double *restrict benefit = flc_account(pass, FLC_ACCOUNT_BENEFIT, t);
    double *restrict cost = flc_account(pass, FLC_ACCOUNT_TREASURY_COST, t);
    double *restrict tax = flc_account(pass, FLC_ACCOUNT_TAX, t);
    double *restrict social = flc_account(pass, FLC_ACCOUNT_SOCIAL_COST, t);
    FLC_FOR_LANES (i) {
        cost[i] = federal[i] + administration[i] - receipts[i];
        tax[i] = tax_rate[i] * benefit[i];
        social[i] = (1.0 + burden[i]) * cost[i] + opportunity[i] * match[i] + written_off[i];
    }
}

/* PV(account) into `sum`. */
static void present_value(const struct flc_pass *pass, enum flc_account account,
                          double *restrict sum)
{
    memset(sum, 0, sizeof(flc_lanes));
    for (size_t t = 0; t < pass->model->years; t++) {
        const double *restrict flow = flc_account(pass, account, t);
        const double *restrict discount = flc_macro_lanes(pass, FLC_MACRO_DISCOUNT_FACTOR, t);
        FLC_FOR_LANES (i)
            sum[i] += discount[i] * flow[i];
    }
}

static void total(const struct flc_pass *pass, enum flc_account account, double *restrict sum)
{
    memset(sum, 0, sizeof(flc_lanes));
    for (size_t t = 0; t < pass->model->years; t++) {
        const double *restrict flow = flc_account(pass, account, t);
        FLC_FOR_LANES (i)
            sum[i] += flow[i];
    }
}

static void add(double *restrict sum, const double *restrict other)
{
    FLC_FOR_LANES (i)
        sum[i] += other[i];
}

static void ratio(double *restrict out, const double *restrict above, const double *restrict below)
{
    FLC_FOR_LANES (i)
        out[i] = below[i] > 0.0 ? above[i] / below[i] : NAN;
}

/* Ratios to the present value of federal money. */
static void leverage(const struct flc_pass *pass)
{
    double *federal = pass->w->scratch[0], *money = pass->w->scratch[1], *sum = pass->w->scratch[2];
    present_value(pass, FLC_ACCOUNT_FEDERAL, federal);
    present_value(pass, FLC_ACCOUNT_MATCH, money);
    ratio(flc_horizon(pass, FLC_HORIZON_COFINANCING_RATIO), money, federal);
    present_value(pass, FLC_ACCOUNT_OWN_REVENUE, sum);
    add(sum, money);
    ratio(flc_horizon(pass, FLC_HORIZON_LEVERAGE_RATIO), sum, federal);
    present_value(pass, FLC_ACCOUNT_INVESTMENT, sum);
    add(sum, money);
    add(sum, federal);
    ratio(flc_horizon(pass, FLC_HORIZON_MULTIPLIER_EFFECT), sum, federal);
    present_value(pass, FLC_ACCOUNT_NET_MATCH, sum);
    ratio(flc_horizon(pass, FLC_HORIZON_NET_LEVERAGE_RATIO), sum, federal);
}

static void leverage_by_region(const struct flc_pass *pass)
{
    double *federal = pass->w->scratch[0], *money = pass->w->scratch[1];
    present_value(pass, FLC_ACCOUNT_LAGGING_FEDERAL, federal);
    present_value(pass, FLC_ACCOUNT_LAGGING_MONEY, money);
    ratio(flc_horizon(pass, FLC_HORIZON_LEVERAGE_RATIO_LAGGING), money, federal);
    present_value(pass, FLC_ACCOUNT_LEADING_FEDERAL, federal);
    present_value(pass, FLC_ACCOUNT_LEADING_MONEY, money);
    ratio(flc_horizon(pass, FLC_HORIZON_LEVERAGE_RATIO_LEADING), money, federal);
}

static void ratio_of_totals(const struct flc_pass *pass, enum flc_horizon_metric metric,
                            enum flc_account above, enum flc_account below)
{
    double *numerator = pass->w->scratch[0], *denominator = pass->w->scratch[1];
    total(pass, above, numerator);
    total(pass, below, denominator);
    ratio(flc_horizon(pass, metric), numerator, denominator);
}

/* Shares of started units, from the last year. */
static void survival(const struct flc_pass *pass)
{
    size_t last = pass->model->years - 1;
    const double *started = flc_account(pass, FLC_ACCOUNT_STARTED, last);
    ratio(flc_horizon(pass, FLC_HORIZON_SURVIVAL_SHARE),
          flc_account(pass, FLC_ACCOUNT_SURVIVORS, last), started);
    ratio(flc_horizon(pass, FLC_HORIZON_SELF_SUSTAINING_SHARE),
          flc_account(pass, FLC_ACCOUNT_SELF_SUSTAINING, last), started);
}

static void welfare(const struct flc_pass *pass)
{
    double *benefit = pass->w->scratch[0], *cost = pass->w->scratch[1];
    double *npv = flc_horizon(pass, FLC_HORIZON_NPV);
    present_value(pass, FLC_ACCOUNT_BENEFIT, benefit);
    present_value(pass, FLC_ACCOUNT_SOCIAL_COST, cost);
    FLC_FOR_LANES (i)
        npv[i] = benefit[i] - cost[i];
    ratio(flc_horizon(pass, FLC_HORIZON_BENEFIT_COST_RATIO), benefit, cost);
    present_value(pass, FLC_ACCOUNT_TAX, benefit);
    present_value(pass, FLC_ACCOUNT_TREASURY_COST, cost);
    ratio(flc_horizon(pass, FLC_HORIZON_FISCAL_RETURN), benefit, cost);
}

/* payback_year: the first year, from the first with a positive cumulative cost on, in which
 * cumulative tax covers cumulative cost; +inf if none, NaN if the cost is never positive. */
static void payback(const struct flc_pass *pass)
{
    double *restrict cost = pass->w->scratch[0], *restrict tax = pass->w->scratch[1];
    double *restrict begun = pass->w->scratch[2];
    double *restrict year = flc_horizon(pass, FLC_HORIZON_PAYBACK_YEAR);
    FLC_FOR_LANES (i) {
        cost[i] = tax[i] = begun[i] = 0.0;
        year[i] = INFINITY;
    }
    for (size_t t = 0; t < pass->model->years; t++) {
        double now = (double)(pass->model->inputs->horizon.base_year + (int64_t)t);
        const double *restrict discount = flc_macro_lanes(pass, FLC_MACRO_DISCOUNT_FACTOR, t);
        const double *restrict spent = flc_account(pass, FLC_ACCOUNT_TREASURY_COST, t);
        const double *restrict taxed = flc_account(pass, FLC_ACCOUNT_TAX, t);
        FLC_FOR_LANES (i) {
            cost[i] += discount[i] * spent[i];
            tax[i] += discount[i] * taxed[i];
            begun[i] = cost[i] > 0.0 ? 1.0 : begun[i];
            double covered = tax[i] >= cost[i] ? begun[i] : 0.0;
            double first = year[i] < now ? year[i] : now;
            year[i] = covered != 0.0 ? first : year[i];
        }
    }
    FLC_FOR_LANES (i)
        year[i] = begun[i] != 0.0 ? year[i] : NAN;
}

static void per_dollar(const struct flc_pass *pass)
{
    bool portfolio = pass->program == NULL;
    const flc_lanes *gross = portfolio ? pass->w->portfolio_gross : pass->w->outcome_gross;
    const flc_lanes *dollars = portfolio ? pass->w->portfolio_dollars : pass->w->outcome_dollars;
    for (size_t o = 0; o < pass->outcomes; o++)
        ratio(flc_horizon(pass, FLC_HORIZON_COUNT + o), gross[o], dollars[o]);
}

void flc_evaluate_horizon(const struct flc_pass *pass)
{
    leverage(pass);
    leverage_by_region(pass);
    ratio_of_totals(pass, FLC_HORIZON_COMMITMENT_RATIO, FLC_ACCOUNT_COMMITTED_MATCH,
                    FLC_ACCOUNT_FEDERAL);
    ratio_of_totals(pass, FLC_HORIZON_LAPSE_RATE, FLC_ACCOUNT_LAPSED, FLC_ACCOUNT_ENTITLEMENT);
    ratio_of_totals(pass, FLC_HORIZON_SHORTFALL_RATE, FLC_ACCOUNT_SHORTFALL, FLC_ACCOUNT_CASH_NEED);
    ratio_of_totals(pass, FLC_HORIZON_LAGGING_FEDERAL_SHARE, FLC_ACCOUNT_LAGGING_FEDERAL,
                    FLC_ACCOUNT_FEDERAL);
    survival(pass);
    welfare(pass);
    payback(pass);
    per_dollar(pass);
}
