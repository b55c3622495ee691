/* Post-subsidy (MODEL section 7, `reimbursement`): units spend first and are paid back in part.
 *
 *   F = min(e, rate (X + I)_{t-lag} 1[u^v < pass]); before t = 0 established units spent ratio S_0,
 * others 0
 */
#include <string.h>

#include "model/evaluate.h"

/* Before its start a unit has spent nothing; the table still holds another program's or block's. */
static void clear_spent(const struct flc_pass *pass)
{
    const struct flc_program *program = pass->program;
    size_t years = pass->model->years;
    if (program->inputs->instrument != FLC_INSTRUMENT_REIMBURSEMENT)
        return;
    for (size_t c = 0; c < program->cohort_count; c++) {
        const struct flc_cohort *cohort = &program->cohorts[c];
        size_t before = (size_t)cohort->first_year < years ? (size_t)cohort->first_year : years;
        for (size_t u = cohort->first; u < cohort->first + cohort->count; u++)
            memset(pass->w->unit_spent[u * years], 0, before * sizeof(flc_lanes));
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

static void drawn(const struct flc_unit_year *unit)
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

/* Keep the year's spending, which is paid back later. */
static void remember(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    double *restrict kept = pass->w->unit_spent[unit->unit * pass->model->years + unit->t];
    FLC_FOR_LANES (i)
        kept[i] = unit->spent[i];
}

static void begin(const struct flc_pass *pass)
{
    flc_begin_units(pass);
    clear_spent(pass);
}

const struct flc_instrument flc_reimbursement = {begin, flc_evaluate_units, drawn, remember};
