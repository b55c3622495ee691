/* Match from partners (MODEL section 4) and ramps.
 *
 *   committed_k = mu_k g_k(a) (lagging multiplier) (theta_k S + (1 - theta_k) e) exp(beta_k y_t)
 *                 LN(sigma_k, sqrt(kappa) z^k_t + sqrt(1 - kappa) z^m_{u,t})
 *   M_k = conversion_k committed_k, both times the response (grant_kernel.c)
 *
 * Factored for speed: exp(beta y + sigma sqrt(kappa) z^k - sigma^2/2) is the same for the units of
 * a year, exp(sigma sqrt(1 - kappa) z^m) is their own. Match, match in cash and match net of what
 * would have come anyway are shares of what a source has announced, which is all that is summed
 * over units.
 */
#include <string.h>

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
        out[i] = level[i] / (1.0 + flc_exp_bounded(-(a - half[i]) / width[i]));
}

/* The weight of units' own shocks is 0 where sources are calm or their shocks all common. */
bool flc_match_has_unit_shock(const struct flc_pass *pass)
{
    if (flc_is_constant(pass->model, pass->program->inputs->match.common_share, 1.0))
        return false;
    bool any = false;
    for (size_t k = 0; k < pass->program->source_count; k++)
        any |= !flc_is_constant(pass->model, pass->program->sources[k].volatility, 0.0);
    return any;
}

/* Source k of a part. */
static struct flc_unit_source *source_of(const struct flc_pass *pass, size_t part, size_t k)
{
    return &pass->w->sources[part * pass->program->source_count + k];
}

static void begin_source(const struct flc_pass *pass, size_t part, size_t k)
{
    const struct flc_source_inputs *in = &pass->program->sources[k];
    struct flc_unit_source *restrict source = source_of(pass, part, k);
    const double *restrict sigma = flc_part_lane(pass->w, in->volatility, part);
    const double *restrict kappa =
        flc_part_lane(pass->w, pass->program->inputs->match.common_share, part);
    const double *restrict theta = flc_part_lane(pass->w, in->stickiness, part);
    const double *restrict conversion = flc_part_lane(pass->w, in->conversion, part);
    const double *restrict cash = flc_part_lane(pass->w, in->cash_share, part);
    const double *restrict lagging = flc_part_lane(pass->w, in->lagging_multiplier, part);
    FLC_FOR_PART (i) {
        source->stickiness[i] = theta[i];
        source->conversion[i] = conversion[i];
        source->cash_conversion[i] = cash[i] * conversion[i];
        source->lagging_multiplier[i] = lagging[i];
        source->spread[i] = sigma[i] * __builtin_sqrt(1.0 - kappa[i]);
    }
}

void flc_begin_match(const struct flc_pass *pass)
{
    FLC_FOR_PARTS (p)
        for (size_t k = 0; k < pass->program->source_count; k++)
            begin_source(pass, p, k);
}

/* The year's factor of source k from the shock z that units share. */
static void begin_source_year(const struct flc_pass *pass, size_t part, size_t k, size_t t,
                              const double *restrict z)
{
    const struct flc_source_inputs *in = &pass->program->sources[k];
    struct flc_unit_source *restrict source = source_of(pass, part, k);
    const double *restrict gap = flc_part_of(flc_macro_lanes(pass, FLC_MACRO_ACTIVITY, t), part);
    const double *restrict beta = flc_part_lane(pass->w, in->cyclicality, part);
    const double *restrict sigma = flc_part_lane(pass->w, in->volatility, part);
    const double *restrict kappa =
        flc_part_lane(pass->w, pass->program->inputs->match.common_share, part);
    FLC_FOR_PART (i) {
        source->common[i] =
            flc_exp_bounded(beta[i] * gap[i] + sigma[i] * __builtin_sqrt(kappa[i]) * z[i] -
                            sigma[i] * sigma[i] / 2.0);
        source->total[i] = 0.0;
    }
}

void flc_begin_match_year(const struct flc_pass *pass, size_t t)
{
    double *z = pass->w->scratch[0];
    for (size_t k = 0; k < pass->program->source_count; k++) {
        flc_draws_normal(pass->draws, pass->program->source_draws[k], (unsigned)t, z);
        FLC_FOR_PARTS (p)
            begin_source_year(pass, p, k, t, flc_part_of(z, p));
    }
}

static void level_source(struct flc_unit_source *restrict source, const double *restrict level)
{
    FLC_FOR_PART (i)
        source->level[i] = level[i] * source->common[i];
}

void flc_begin_match_cohort(const struct flc_pass *pass, int64_t age, size_t t)
{
    const struct flc_match_inputs *in = &pass->program->inputs->match;
    flc_workspace *w = pass->w;
    double *level = w->scratch[0];
    for (size_t k = 0; k < pass->program->source_count; k++) {
        const struct flc_source_inputs *source = &pass->program->sources[k];
        flc_ramp(w, &source->ramp, age, flc_lane(w, source->ratio), level);
        FLC_FOR_PARTS (p)
            level_source(source_of(pass, p, k), flc_part_of(level, p));
    }
    FLC_FOR_PARTS (p) {
        const double *restrict rule = flc_part_lane(w, flc_schedule_at_age(&in->required, age), p);
        const double *restrict waiver = flc_part_lane(w, in->recession_waiver, p);
        const double *restrict slump =
            flc_part_of(flc_macro_lanes(pass, FLC_MACRO_RECESSION, t), p);
        struct flc_unit_common *restrict common = &w->common[p];
        FLC_FOR_PART (i) {
            common->required[i] = rule[i] * (1.0 - waiver[i] * slump[i]);
            common->per_required[i] = 1.0 / common->required[i];
        }
    }
}

bool flc_match_is_asked(const struct flc_pass *pass, int64_t age)
{
    const flc_schedule *required = &pass->program->inputs->match.required;
    return pass->instrument->matched &&
           !flc_is_constant(pass->model, flc_schedule_at_age(required, age), 0.0);
}

/* `count` sources, a constant of each copy the compiler makes of this, so that what they sum up to
 * stays in registers; `more` adds to sources before them. Where no response is to come (`final`),
 * what is announced is added to the totals at once. */
FLC_INLINE void commit(struct flc_unit_source *restrict sources,
                       struct flc_unit_money *restrict money,
                       const struct flc_unit_state *restrict state, const int count,
                       const bool more, const bool final)
{
    FLC_FOR_PART (i) {
        const double entitlement = money->entitlement[i];
        const double above = money->scale[i] - entitlement;
        double match = more ? money->match[i] : 0.0, cash = more ? money->cash[i] : 0.0;
        for (int k = 0; k < count; k++) {
            struct flc_unit_source *source = &sources[k];
            const double base = entitlement + source->stickiness[i] * above;
            const double factor = state->lagging[i] != 0.0 ? source->lagging_multiplier[i] : 1.0;
            const double announced = source->announced[i] * base * factor;
            match += source->conversion[i] * announced;
            cash += source->cash_conversion[i] * announced;
            if (final)
                source->total[i] += announced;
            else
                source->announced[i] = announced;
        }
        money->match[i] = match;
        money->cash[i] = cash;
    }
}

FLC_INLINE void commit_all(const struct flc_unit_year *unit, const bool final)
{
    const size_t count = unit->pass->program->source_count;
    struct flc_unit_source *sources = unit->sources;
    switch (count) {
    case 0:
        commit(sources, unit->money, unit->state, 0, false, final);
        return;
    case 1:
        commit(sources, unit->money, unit->state, 1, false, final);
        return;
    case 2:
        commit(sources, unit->money, unit->state, 2, false, final);
        return;
    case 3:
        commit(sources, unit->money, unit->state, 3, false, final);
        return;
    default:
        commit(sources, unit->money, unit->state, 4, false, final);
    }
    for (size_t k = 4; k < count; k++)
        commit(sources + k, unit->money, unit->state, 1, true, final);
}

void flc_add_to_sources(const struct flc_unit_year *unit)
{
    const double *restrict factor = unit->money->factor;
    for (size_t k = 0; k < unit->pass->program->source_count; k++) {
        struct flc_unit_source *restrict source = &unit->sources[k];
        FLC_FOR_PART (i)
            source->total[i] += source->announced[i] * factor[i];
    }
}

/* As if there were a response, of factor 1: the same bits, and what is announced can be shown. */
static void commit_to_be_traced(const struct flc_unit_year *unit)
{
    commit_all(unit, false);
    FLC_FOR_PART (i)
        unit->money->factor[i] = 1.0;
    flc_add_to_sources(unit);
}

void flc_evaluate_match(const struct flc_unit_year *unit)
{
    for (size_t k = 0; k < unit->pass->program->source_count; k++) {
        struct flc_unit_source *source = &unit->sources[k];
        flc_shock_factor(source->announced, source->level, source->spread,
                         unit->shock[FLC_SHOCK_MATCH], FLC_PART);
    }
    if (unit->asked)
        commit_all(unit, false);
    else if (unit->traced)
        commit_to_be_traced(unit);
    else
        commit_all(unit, true);
}

void flc_trace_match(const struct flc_unit_year *unit)
{
    struct flc_unit_money *restrict money = unit->money;
    memset(money->committed, 0, sizeof money->committed);
    for (size_t k = 0; k < unit->pass->program->source_count; k++)
        FLC_FOR_PART (i)
            money->committed[i] += unit->sources[k].announced[i] * money->factor[i];
}

static void book_source(const struct flc_pass *pass, size_t part, size_t k, size_t t)
{
    const struct flc_unit_source *restrict source = source_of(pass, part, k);
    const double *restrict alpha =
        flc_part_lane(pass->w, pass->program->sources[k].additionality, part);
    const size_t first = part * FLC_PART;
    double *restrict series = flc_source_series(pass, k, t) + first;
    double *restrict committed = flc_account(pass, FLC_ACCOUNT_COMMITTED_MATCH, t) + first;
    double *restrict match = flc_account(pass, FLC_ACCOUNT_MATCH, t) + first;
    double *restrict cash = flc_account(pass, FLC_ACCOUNT_MATCH_CASH, t) + first;
    double *restrict net = flc_account(pass, FLC_ACCOUNT_NET_MATCH, t) + first;
    FLC_FOR_PART (i) {
        const double total = source->total[i], paid = source->conversion[i] * total;
        series[i] = paid;
        committed[i] += total;
        match[i] += paid;
        cash[i] += source->cash_conversion[i] * total;
        net[i] += alpha[i] * paid;
    }
}

void flc_book_match(const struct flc_pass *pass, size_t t)
{
    FLC_FOR_PARTS (p)
        for (size_t k = 0; k < pass->program->source_count; k++)
            book_source(pass, p, k, t);
    const double *restrict match = flc_account(pass, FLC_ACCOUNT_MATCH, t);
    const double *restrict cash = flc_account(pass, FLC_ACCOUNT_MATCH_CASH, t);
    double *restrict in_kind = flc_account(pass, FLC_ACCOUNT_MATCH_IN_KIND, t);
    FLC_FOR_LANES (i)
        in_kind[i] = match[i] - cash[i];
}
