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

/* (X + I) of the part in the unit's years. */
static double *spent_in(const struct flc_unit_year *unit, size_t year)
{
    const struct flc_pass *pass = unit->pass;
    return pass->w->unit_spent[unit->unit * pass->model->years + year] + unit->part * FLC_PART;
}

static void remember_opening(const struct flc_unit_year *unit)
{
    const double *restrict ratio = unit->common->cost_ratio, *restrict scale = unit->money->scale;
    double *restrict opening = unit->state->memory;
    double older = unit->cohort->age > 0 ? 1.0 : 0.0;
    FLC_FOR_PART (i)
        opening[i] = older * ratio[i] * scale[i];
}

static const double *drawn(const struct flc_unit_year *unit)
{
    const flc_workspace *w = unit->pass->w;
    const struct flc_reimbursement_inputs *in = &unit->pass->program->inputs->reimbursement;
    const double *restrict lag = flc_part_lane(w, in->lag, unit->part);
    const double *restrict rate = flc_part_lane(w, in->rate, unit->part);
    const double *restrict pass_rate = flc_part_lane(w, in->pass, unit->part);
    const double *restrict u = unit->shock[FLC_SHOCK_VERIFY];
    const double *restrict opening = unit->state->memory, *restrict e = unit->money->entitlement;
    double *restrict federal = unit->money->federal;
    if (unit->t == 0)
        remember_opening(unit);
    /* lane by lane, since lags are sampled */
    FLC_FOR_PART (i) {
        double year = (double)unit->t - lag[i];
        double spent = year < 0.0 ? opening[i] : spent_in(unit, (size_t)year)[i];
        federal[i] = flc_least(e[i], u[i] < pass_rate[i] ? rate[i] * spent : 0.0);
    }
    return federal;
}

/* Keep the year's spending, which is paid back later. */
static void remember(const struct flc_unit_year *unit)
{
    memcpy(spent_in(unit, unit->t), unit->money->spent, sizeof(flc_part));
}

static void begin(const struct flc_pass *pass)
{
    flc_begin_units(pass);
    clear_spent(pass);
}

const struct flc_instrument flc_reimbursement = {.begin = begin,
                                                 .year = flc_evaluate_units,
                                                 .drawn = drawn,
                                                 .remember = remember,
                                                 .verifies = true};
