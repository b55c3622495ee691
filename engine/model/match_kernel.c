/* Match from partners (MODEL section 4) and ramps.
 *
 *   committed_k = mu_k g_k(a) (lagging multiplier) (theta_k S + (1 - theta_k) e) exp(beta_k y_t)
 *                 LN(sigma_k, sqrt(kappa) z^k_t + sqrt(1 - kappa) z^m_{u,t}),   M_k = conversion_k
 * committed_k response: committed and M times 1 + response max(0, m e - Q0)/sum M
 *
 * Factored for speed: exp(beta y + sigma sqrt(kappa) z^k - sigma^2/2 + sigma sqrt(1 - kappa) z^m);
 * all but the last term is the same for the units of a year.
 */
#include "model/evaluate.h"

void flc_ramp(const flc_workspace *w, const struct flc_ramp_inputs *ramp, int64_t age,
              const double *restrict level, double *restrict out)
{
    if (!ramp->info.given) {
        FLC_FOR_LANES (i)
            out[i] = level[i];
        return;
    }
    const double *restrict half = flc_lane(w, ramp->half_age), *restrict width =
                                                                   flc_lane(w, ramp->width);
    double a = (double)age;
    FLC_FOR_LANES (i)
        out[i] = level[i] / (1.0 + flc_exp(-(a - half[i]) / width[i]));
}

/* Whether units have shocks of their own beside the year's common one. */
static bool has_unit_shock(const struct flc_pass *pass, const struct flc_source_inputs *source)
{
    return !flc_is_constant(pass->model, source->volatility, 0.0) &&
           !flc_is_constant(pass->model, pass->program->inputs->match.common_share, 1.0);
}

/* The year's exponent of source k (its exp where units have no shock of their own), and the weight
 * of a unit's own shock. */
static void begin_source(const struct flc_pass *pass, size_t k, size_t t)
{
    const struct flc_source_inputs *source = &pass->program->sources[k];
    flc_workspace *w = pass->w;
    const double *restrict gap = flc_macro_lanes(pass, FLC_MACRO_ACTIVITY, t);
    const double *restrict beta = flc_lane(w, source->cyclicality);
    const double *restrict sigma = flc_lane(w, source->volatility);
    const double *restrict kappa = flc_lane(w, pass->program->inputs->match.common_share);
    double *restrict exponent = w->source_shock[k], *restrict spread = w->source_spread[k];
    double *restrict z = w->scratch[0];
    flc_draws_normal(pass->draws, pass->program->source_draws[k], (unsigned)t, z);
    FLC_FOR_LANES (i) {
        exponent[i] = beta[i] * gap[i] + sigma[i] * __builtin_sqrt(kappa[i]) * z[i] -
                      sigma[i] * sigma[i] / 2.0;
        spread[i] = sigma[i] * __builtin_sqrt(1.0 - kappa[i]);
    }
    if (has_unit_shock(pass, source))
        return;
    FLC_FOR_LANES (i)
        exponent[i] = flc_exp(exponent[i]);
}

void flc_begin_match_year(const struct flc_pass *pass, size_t t)
{
    for (size_t k = 0; k < pass->program->source_count; k++) {
        double *restrict total = flc_source_series(pass, k, t);
        FLC_FOR_LANES (i)
            total[i] = 0.0;
        begin_source(pass, k, t);
    }
}

void flc_begin_match_cohort(const struct flc_pass *pass, const struct flc_cohort *cohort, size_t t,
                            double *restrict required)
{
    const struct flc_match_inputs *in = &pass->program->inputs->match;
    int64_t age = cohort->age + (int64_t)t;
    flc_workspace *w = pass->w;
    for (size_t k = 0; k < pass->program->source_count; k++) {
        const struct flc_source_inputs *source = &pass->program->sources[k];
        flc_ramp(w, &source->ramp, age, flc_lane(w, source->ratio), w->source_level[k]);
    }
    const double *restrict rule = flc_lane(w, flc_schedule_at_age(&in->required, age));
    const double *restrict waiver = flc_lane(w, in->recession_waiver);
    const double *restrict slump = flc_macro_lanes(pass, FLC_MACRO_RECESSION, t);
    FLC_FOR_LANES (i)
        required[i] = rule[i] * (1.0 - waiver[i] * slump[i]);
}

/* What source k commits to the unit, into `committed`, still without the lagging multiplier. */
static void commit(const struct flc_unit_year *unit, size_t k, const double *restrict shock,
                   double *restrict committed)
{
    const flc_workspace *w = unit->pass->w;
    const struct flc_source_inputs *source = &unit->pass->program->sources[k];
    const double *restrict level = w->source_level[k], *restrict common = w->source_shock[k];
    const double *restrict spread = w->source_spread[k];
    const double *restrict theta = flc_lane(w, source->stickiness);
    const double *restrict scale = unit->scale, *restrict entitlement = unit->entitlement;
    if (has_unit_shock(unit->pass, source)) {
        FLC_FOR_LANES (i) {
            double base = theta[i] * scale[i] + (1.0 - theta[i]) * entitlement[i];
            committed[i] = level[i] * base * flc_exp(common[i] + spread[i] * shock[i]);
        }
        return;
    }
    FLC_FOR_LANES (i)
        committed[i] =
            level[i] * (theta[i] * scale[i] + (1.0 - theta[i]) * entitlement[i]) * common[i];
}

static void favor_lagging(const struct flc_unit_year *unit, size_t k, double *restrict committed)
{
    const struct flc_source_inputs *source = &unit->pass->program->sources[k];
    if (flc_is_constant(unit->pass->model, source->lagging_multiplier, 1.0))
        return;
    const double *restrict multiplier = flc_lane(unit->pass->w, source->lagging_multiplier);
    const double *restrict lagging = unit->pass->w->unit_lagging[unit->unit];
    FLC_FOR_LANES (i)
        committed[i] *= lagging[i] != 0.0 ? multiplier[i] : 1.0;
}

void flc_evaluate_match(const struct flc_unit_year *unit, const double *shock)
{
    flc_workspace *w = unit->pass->w;
    double *restrict total = unit->committed, *restrict match = unit->match;
    double *restrict cash = unit->cash, *restrict net = unit->net;
    FLC_FOR_LANES (i)
        total[i] = match[i] = cash[i] = net[i] = 0.0;
    for (size_t k = 0; k < unit->pass->program->source_count; k++) {
        const struct flc_source_inputs *source = &unit->pass->program->sources[k];
        double *restrict paid = w->source_match[k];
        commit(unit, k, shock, paid);
        favor_lagging(unit, k, paid);
        const double *restrict conversion = flc_lane(w, source->conversion);
        const double *restrict share = flc_lane(w, source->cash_share);
        const double *restrict alpha = flc_lane(w, source->additionality);
        FLC_FOR_LANES (i) {
            total[i] += paid[i];
            paid[i] *= conversion[i];
            match[i] += paid[i];
            cash[i] += share[i] * paid[i];
            net[i] += alpha[i] * paid[i];
        }
    }
}

static void add_to_sources(const struct flc_unit_year *unit)
{
    for (size_t k = 0; k < unit->pass->program->source_count; k++) {
        double *restrict total = flc_source_series(unit->pass, k, unit->t);
        const double *restrict paid = unit->pass->w->source_match[k];
        FLC_FOR_LANES (i)
            total[i] += paid[i];
    }
}

void flc_apply_response(const struct flc_unit_year *unit)
{
    const struct flc_match_inputs *in = &unit->pass->program->inputs->match;
    if (flc_is_constant(unit->pass->model, in->response, 0.0)) {
        add_to_sources(unit);
        return;
    }
    flc_workspace *w = unit->pass->w;
    const double *restrict response = flc_lane(w, in->response);
    const double *restrict required = unit->required, *restrict entitlement = unit->entitlement;
    const double *restrict counted = unit->counted;
    double *restrict committed = unit->committed, *restrict match = unit->match;
    double *restrict cash = unit->cash, *restrict net = unit->net, *restrict factor = w->scratch[0];
    FLC_FOR_LANES (i) {
        double missing = flc_most(0.0, required[i] * entitlement[i] - (match[i] + counted[i]));
        factor[i] = match[i] > 0.0 ? 1.0 + response[i] * missing / match[i] : 1.0;
        committed[i] *= factor[i];
        match[i] *= factor[i];
        cash[i] *= factor[i];
        net[i] *= factor[i];
    }
    for (size_t k = 0; k < unit->pass->program->source_count; k++) {
        double *restrict paid = w->source_match[k];
        FLC_FOR_LANES (i)
            paid[i] *= factor[i];
    }
    add_to_sources(unit);
}
