/* Federal money a unit draws, by instrument (MODEL sections 4 and 7).
 *
 *   grant          F = min(e, Q/m), or e where m = 0
 *   reimbursement  F = min(e, rate (X + I)_{t-lag} 1[u^v < pass]); before t = 0 established units
 * spent ratio S_0 prize          F = advance e in the first simulated year, later e 1[sum M + sum R
 * >= target S - eps at t-1]
 */
#include "model/evaluate.h"

static void grant(const struct flc_unit_year *unit)
{
    const double *restrict e = unit->entitlement, *restrict m = unit->required;
    const double *restrict match = unit->match, *restrict counted = unit->counted;
    double *restrict federal = unit->federal;
    FLC_FOR_LANES (i) {
        double backed = (match[i] + counted[i]) / m[i];
        federal[i] = m[i] > 0.0 ? flc_least(e[i], backed) : e[i];
    }
}

/* (X + I) of the year t - lag, lane by lane since lags are sampled. */
static void spent_before(const struct flc_unit_year *unit, double *restrict spent)
{
    const struct flc_pass *pass = unit->pass;
    const double *restrict lag = flc_lane(pass->w, pass->program->inputs->reimbursement.lag);
    const double *restrict opening = pass->w->unit_memory[unit->unit];
    const flc_lanes *history = pass->w->unit_spent + unit->unit * pass->model->years;
    FLC_FOR_LANES (i) {
        double year = (double)unit->t - lag[i];
        spent[i] = year < 0.0 ? opening[i] : history[(size_t)year][i];
    }
}

static void reimbursement(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    const struct flc_reimbursement_inputs *in = &pass->program->inputs->reimbursement;
    double *restrict spent = pass->w->scratch[0], *restrict u = pass->w->scratch[1];
    if (unit->t == 0) {
        const double *restrict ratio = flc_lane(pass->w, pass->program->inputs->cost.ratio);
        double *restrict opening = pass->w->unit_memory[unit->unit];
        double older = unit->cohort->age > 0 ? 1.0 : 0.0;
        FLC_FOR_LANES (i)
            opening[i] = older * ratio[i] * unit->scale[i];
    }
    spent_before(unit, spent);
    uint32_t draw = pass->program->unit_draws[unit->unit][FLC_DRAW_VERIFY];
    flc_draws_uniform(pass->draws, draw, (unsigned)unit->t, u);
    const double *restrict rate = flc_lane(pass->w, in->rate), *restrict pass_rate =
                                                                   flc_lane(pass->w, in->pass);
    const double *restrict e = unit->entitlement;
    double *restrict federal = unit->federal;
    FLC_FOR_LANES (i)
        federal[i] = flc_least(e[i], u[i] < pass_rate[i] ? rate[i] * spent[i] : 0.0);
}

static void prize(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    const double *restrict e = unit->entitlement;
    const double *restrict won = pass->w->unit_memory[unit->unit];
    double *restrict federal = unit->federal;
    if ((int)unit->t == unit->cohort->first_year) {
        const double *restrict advance = flc_lane(pass->w, pass->program->inputs->prize.advance);
        FLC_FOR_LANES (i)
            federal[i] = advance[i] * e[i];
        return;
    }
    FLC_FOR_LANES (i)
        federal[i] = won[i] * e[i];
}

void flc_federal_drawn(const struct flc_unit_year *unit)
{
    switch (unit->pass->program->inputs->instrument) {
    case FLC_INSTRUMENT_REIMBURSEMENT:
        reimbursement(unit);
        break;
    case FLC_INSTRUMENT_PRIZE:
        prize(unit);
        break;
    default:
        grant(unit);
    }
}

/* Keep of the year what an instrument asks for later. */
void flc_remember_unit(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    int64_t instrument = pass->program->inputs->instrument;
    if (instrument == FLC_INSTRUMENT_REIMBURSEMENT) {
        double *restrict kept = pass->w->unit_spent[unit->unit * pass->model->years + unit->t];
        FLC_FOR_LANES (i)
            kept[i] = unit->spent[i];
    }
    if (instrument == FLC_INSTRUMENT_PRIZE) {
        const double *restrict target = flc_lane(pass->w, pass->program->inputs->prize.target);
        double *restrict won = pass->w->unit_memory[unit->unit];
        FLC_FOR_LANES (i) {
            double reached = unit->match[i] + unit->own[i];
            double goal = target[i] * unit->scale[i] - 1e-9 * unit->full_cost[i];
            won[i] = reached >= goal ? 1.0 : 0.0;
        }
    }
}
