/* The macro-economy (MODEL section 1), for one block of samples.
 *
 *   recession  s_t = 1[u_t < (s_{t-1} ? 1 - exit : entry)],  s_{-1} = 0
 *   activity   y_t = persistence y_{t-1} + volatility z_t - depth s_t,  y_{-1} = 0     (gap, share
 * of output) inflation  p_t = mean + persistence (p_{t-1} - mean) + volatility z_t,  p_{-1} = mean
 * (log change a year) price      P_0 = 1,  P_t = P_{t-1} exp(p_t) discount   D_t = 1/((1 + r)^t
 * P_t), so that sum x_t D_t is in base-year dollars
 */
#include "model/evaluate.h"

static void recession(const flc_model *model, flc_workspace *w, const flc_draws *draws, size_t t)
{
    const struct flc_recession_inputs *in = &model->inputs->macro.recession;
    const double *restrict entry = flc_lane(w, in->entry), *restrict leave = flc_lane(w, in->exit);
    const double *before = t ? w->macro[FLC_MACRO_RECESSION][t - 1] : NULL;
    double *restrict now = w->macro[FLC_MACRO_RECESSION][t];
    flc_draws_uniform(draws, model->macro_draws[FLC_DRAW_RECESSION], (unsigned)t, now);
    if (!before) {
        FLC_FOR_LANES (i)
            now[i] = now[i] < entry[i] ? 1.0 : 0.0;
        return;
    }
    FLC_FOR_LANES (i) {
        double stay = before[i] != 0.0 ? 1.0 - leave[i] : entry[i];
        now[i] = now[i] < stay ? 1.0 : 0.0;
    }
}

static void activity(const flc_model *model, flc_workspace *w, const flc_draws *draws, size_t t)
{
    const struct flc_activity_inputs *in = &model->inputs->macro.activity;
    const double *restrict persistence = flc_lane(w, in->persistence);
    const double *restrict volatility = flc_lane(w, in->volatility);
    const double *restrict depth = flc_lane(w, model->inputs->macro.recession.depth);
    const double *restrict slump = w->macro[FLC_MACRO_RECESSION][t];
    const double *before = t ? w->macro[FLC_MACRO_ACTIVITY][t - 1] : w->scratch[0];
    double *restrict now = w->macro[FLC_MACRO_ACTIVITY][t];
    flc_draws_normal(draws, model->macro_draws[FLC_DRAW_ACTIVITY], (unsigned)t, now);
    FLC_FOR_LANES (i)
        now[i] = persistence[i] * before[i] + volatility[i] * now[i] - depth[i] * slump[i];
}

static void inflation(const flc_model *model, flc_workspace *w, const flc_draws *draws, size_t t)
{
    const struct flc_inflation_inputs *in = &model->inputs->macro.inflation;
    const double *restrict mean = flc_lane(w, in->mean);
    const double *restrict persistence = flc_lane(w, in->persistence);
    const double *restrict volatility = flc_lane(w, in->volatility);
    const double *before = t ? w->macro[FLC_MACRO_INFLATION][t - 1] : mean;
    double *restrict now = w->macro[FLC_MACRO_INFLATION][t];
    flc_draws_normal(draws, model->macro_draws[FLC_DRAW_INFLATION], (unsigned)t, now);
    FLC_FOR_LANES (i)
        now[i] = mean[i] + persistence[i] * (before[i] - mean[i]) + volatility[i] * now[i];
}

/* P_t and D_t; scratch[1] holds (1 + r)^t. */
static void prices(const flc_model *model, flc_workspace *w, size_t t)
{
    const double *restrict rate = flc_lane(w, model->inputs->macro.discount_rate);
    const double *restrict growth = w->macro[FLC_MACRO_INFLATION][t];
    const double *before = t ? w->macro[FLC_MACRO_PRICE_INDEX][t - 1] : NULL;
    double *restrict price = w->macro[FLC_MACRO_PRICE_INDEX][t];
    double *restrict discount = w->macro[FLC_MACRO_DISCOUNT_FACTOR][t];
    double *restrict compound = w->scratch[1];
    FLC_FOR_LANES (i) {
        price[i] = before ? before[i] * flc_exp(growth[i]) : 1.0;
        compound[i] = before ? compound[i] * (1.0 + rate[i]) : 1.0;
        discount[i] = 1.0 / (compound[i] * price[i]);
    }
}

void flc_evaluate_macro(const flc_model *model, flc_workspace *w, const flc_draws *draws)
{
    bool fiscal = !flc_is_constant(model, model->inputs->macro.fiscal_common, 0.0);
    double *zero = w->scratch[0];
    FLC_FOR_LANES (i)
        zero[i] = 0.0;
    for (size_t t = 0; t < model->years; t++) {
        recession(model, w, draws, t);
        activity(model, w, draws, t);
        inflation(model, w, draws, t);
        prices(model, w, t);
        if (fiscal)
            flc_draws_normal(draws, model->macro_draws[FLC_DRAW_FISCAL], (unsigned)t, w->fiscal[t]);
    }
}
