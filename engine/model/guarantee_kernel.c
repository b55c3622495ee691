/* Risk compensation (MODEL section 7, `guarantee`): a pool that pays part of lenders' losses.
 *
 *   capital k_t = pool_{t-1} (1 + interest) + N_t
 *   book O_t = max(gearing k_t, (1 - 1/term) O_{t-1}),  O_{-1} = 0;  new loans O_t - (1 - 1/term)
 * O_{t-1} d_t = logistic(logit(default) - cyclicality y_t + volatility z^d_t),  payout_t = min(k_t,
 * cover d_t O_t) pool_t = k_t - payout_t receipts in the last year: max(0, pool - cover default
 * (term - 1) O)
 */
#include <string.h>

#include "model/evaluate.h"

static void begin(const struct flc_pass *pass)
{
    memset(pass->w->pool[0], 0, sizeof(flc_lanes));
    memset(pass->w->book[0], 0, sizeof(flc_lanes));
}

/* New loans of the year, and the pool's capital in `capital`. */
static void lend(const struct flc_pass *pass, size_t t, double *restrict capital)
{
    const struct flc_guarantee_inputs *in = &pass->program->inputs->guarantee;
    flc_workspace *w = pass->w;
    const double *restrict gearing = flc_lane(w, in->gearing), *restrict term =
                                                                   flc_lane(w, in->term);
    const double *restrict interest = flc_lane(w, in->interest);
    const double *restrict alpha = flc_lane(w, in->additionality);
    const double *restrict net = w->net_money[0], *restrict pool = w->pool[0];
    double *restrict book = w->book[0];
    double *restrict federal = flc_account(pass, FLC_ACCOUNT_FEDERAL, t);
    double *restrict match = flc_account(pass, FLC_ACCOUNT_MATCH, t);
    double *restrict net_match = flc_account(pass, FLC_ACCOUNT_NET_MATCH, t);
    double *restrict spending = flc_account(pass, FLC_ACCOUNT_SPENDING, t);
    FLC_FOR_LANES (i) {
        double running = (1.0 - 1.0 / term[i]) * book[i];
        capital[i] = pool[i] * (1.0 + interest[i]) + net[i];
        book[i] = flc_most(gearing[i] * capital[i], running);
        double loans = book[i] - running;
        federal[i] = net[i];
        match[i] = spending[i] = loans;
        net_match[i] = alpha[i] * loans;
    }
}

/* Losses of the year out of `capital`; what is left is the pool. */
static void pay_out(const struct flc_pass *pass, size_t t, const double *restrict capital)
{
    const struct flc_guarantee_inputs *in = &pass->program->inputs->guarantee;
    flc_workspace *w = pass->w;
    const double *restrict cover = flc_lane(w, in->cover), *restrict rate =
                                                               flc_lane(w, in->default_rate);
    const double *restrict beta = flc_lane(w, in->cyclicality), *restrict sigma =
                                                                    flc_lane(w, in->volatility);
    const double *restrict gap = flc_macro_lanes(pass, FLC_MACRO_ACTIVITY, t);
    const double *restrict book = w->book[0];
    double *restrict z = w->scratch[0], *restrict pool = w->pool[0];
    flc_draws_normal(pass->draws, pass->program->draws[FLC_DRAW_DEFAULT], (unsigned)t, z);
    FLC_FOR_LANES (i) {
        double logit = flc_log(rate[i] / (1.0 - rate[i]));
        double defaults = flc_logistic(logit - beta[i] * gap[i] + sigma[i] * z[i]);
        pool[i] = capital[i] - flc_least(capital[i], cover[i] * defaults * book[i]);
    }
}

static void year(const struct flc_pass *pass, size_t t)
{
    const struct flc_guarantee_inputs *in = &pass->program->inputs->guarantee;
    flc_workspace *w = pass->w;
    double *capital = w->scratch[1];
    lend(pass, t, capital);
    pay_out(pass, t, capital);
    if (t + 1 != pass->model->years)
        return;
    const double *restrict cover = flc_lane(w, in->cover), *restrict rate =
                                                               flc_lane(w, in->default_rate);
    const double *restrict term = flc_lane(w, in->term);
    const double *restrict pool = w->pool[0], *restrict book = w->book[0];
    double *restrict receipts = flc_account(pass, FLC_ACCOUNT_RECEIPTS, t);
    FLC_FOR_LANES (i)
        receipts[i] = flc_most(0.0, pool[i] - cover[i] * rate[i] * (term[i] - 1.0) * book[i]);
}

const struct flc_instrument flc_guarantee = {.begin = begin, .year = year};
