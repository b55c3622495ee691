/* Venture guidance (MODEL section 7, `fund`): no units; vintages of investment beside private
 * partners.
 *
 *   G_t = N_t + recycled_t,  partners put in mu G_t LN(volatility, z^co_t),  (1 - fee) of both is
 * invested at t + hold it returns invested multiple exp(return_cyclicality y) LN(return_volatility,
 * z^ret of the vintage), pro rata; recycled_{t+1} = recycle times public proceeds_t, receipts_t the
 * rest the last year adds what is still out, sum (1 - fee) G of unreturned vintages, and its
 * recycled proceeds
 */
#include <string.h>

#include "model/evaluate.h"

/* Lanes by vintage: public money invested, and the factor of its own return shock. */
enum { PUBLIC_INVESTED, VINTAGE_SHOCK };

static double *vintage(const struct flc_pass *pass, int row, size_t t)
{
    return pass->w->vintage[(size_t)row * pass->model->years + t];
}

static void begin(const struct flc_pass *pass)
{
    memset(pass->w->recycled[0], 0, sizeof(flc_lanes));
}

/* exp of the vintage's own shock, LN(return_volatility, z^ret). */
static void draw_vintage(const struct flc_pass *pass, size_t t)
{
    const struct flc_fund_inputs *in = &pass->program->inputs->fund;
    const double *restrict sigma = flc_lane(pass->w, in->return_volatility);
    double *restrict shock = vintage(pass, VINTAGE_SHOCK, t);
    flc_draws_normal(pass->draws, pass->program->draws[FLC_DRAW_RETURN], (unsigned)t, shock);
    FLC_FOR_LANES (i)
        shock[i] = flc_exp(sigma[i] * shock[i] - sigma[i] * sigma[i] / 2.0);
}

static void commit(const struct flc_pass *pass, size_t t)
{
    const struct flc_fund_inputs *in = &pass->program->inputs->fund;
    flc_workspace *w = pass->w;
    const double *restrict ratio = flc_lane(w, in->ratio), *restrict sigma =
                                                               flc_lane(w, in->volatility);
    const double *restrict fee = flc_lane(w, in->fee), *restrict alpha =
                                                           flc_lane(w, in->additionality);
    const double *restrict net = w->net_money[0], *restrict recycled = w->recycled[0];
    double *restrict z = w->scratch[0], *restrict public_money = vintage(pass, PUBLIC_INVESTED, t);
    double *restrict federal = flc_account(pass, FLC_ACCOUNT_FEDERAL, t);
    double *restrict match = flc_account(pass, FLC_ACCOUNT_MATCH, t);
    double *restrict net_match = flc_account(pass, FLC_ACCOUNT_NET_MATCH, t);
    double *restrict spending = flc_account(pass, FLC_ACCOUNT_SPENDING, t);
    flc_draws_normal(pass->draws, pass->program->draws[FLC_DRAW_COINVESTMENT], (unsigned)t, z);
    FLC_FOR_LANES (i) {
        double money = net[i] + recycled[i];
        double partners = ratio[i] * money * flc_exp(sigma[i] * z[i] - sigma[i] * sigma[i] / 2.0);
        federal[i] = net[i];
        match[i] = partners;
        net_match[i] = alpha[i] * partners;
        spending[i] = (1.0 - fee[i]) * (money + partners);
        public_money[i] = (1.0 - fee[i]) * money;
    }
}

/* Public proceeds of the vintages that exit in year t, into `proceeds`. */
static void collect(const struct flc_pass *pass, size_t t, double *restrict proceeds)
{
    const struct flc_fund_inputs *in = &pass->program->inputs->fund;
    const double *restrict hold = flc_lane(pass->w, in->hold), *restrict multiple =
                                                                   flc_lane(pass->w, in->multiple);
    const double *restrict beta = flc_lane(pass->w, in->return_cyclicality);
    const double *restrict gap = flc_macro_lanes(pass, FLC_MACRO_ACTIVITY, t);
    memset(proceeds, 0, sizeof(flc_lanes));
    for (size_t s = 0; s < t; s++) {
        const double *restrict invested = vintage(pass, PUBLIC_INVESTED, s);
        const double *restrict shock = vintage(pass, VINTAGE_SHOCK, s);
        double age = (double)(t - s);
        FLC_FOR_LANES (i) {
            double returned = invested[i] * multiple[i] * flc_exp(beta[i] * gap[i]) * shock[i];
            proceeds[i] += hold[i] == age ? returned : 0.0;
        }
    }
}

/* What is still out at the end of the horizon, at cost, into `receipts`. */
static void close_fund(const struct flc_pass *pass, size_t t, double *restrict receipts)
{
    const double *restrict hold = flc_lane(pass->w, pass->program->inputs->fund.hold);
    const double *restrict recycled = pass->w->recycled[0];
    FLC_FOR_LANES (i)
        receipts[i] += recycled[i];
    for (size_t s = 0; s <= t; s++) {
        const double *restrict invested = vintage(pass, PUBLIC_INVESTED, s);
        double age = (double)(t - s);
        FLC_FOR_LANES (i)
            receipts[i] += hold[i] > age ? invested[i] : 0.0;
    }
}

static void year(const struct flc_pass *pass, size_t t)
{
    const double *restrict share = flc_lane(pass->w, pass->program->inputs->fund.recycle);
    double *restrict proceeds = pass->w->scratch[1], *restrict recycled = pass->w->recycled[0];
    double *restrict receipts = flc_account(pass, FLC_ACCOUNT_RECEIPTS, t);
    draw_vintage(pass, t);
    commit(pass, t);
    collect(pass, t, proceeds);
    FLC_FOR_LANES (i) {
        recycled[i] = share[i] * proceeds[i];
        receipts[i] = proceeds[i] - recycled[i];
    }
    if (t + 1 == pass->model->years)
        close_fund(pass, t, receipts);
}

const struct flc_instrument flc_fund = {.begin = begin, .year = year};
