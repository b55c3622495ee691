/* Award in lieu of subsidy (MODEL section 7, `prize`): paid when a target was met.
 *
 *   F = advance e in the first simulated year, later e 1[sum M + sum R >= target S - eps in year t
 * - 1]
 */
#include "model/evaluate.h"

static void drawn(const struct flc_unit_year *unit)
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

/* Whether this year's money wins the award of the next. */
static void remember(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    const double *restrict target = flc_lane(pass->w, pass->program->inputs->prize.target);
    double *restrict won = pass->w->unit_memory[unit->unit];
    FLC_FOR_LANES (i) {
        double reached = unit->match[i] + unit->own[i];
        double goal = target[i] * unit->scale[i] - 1e-9 * unit->full_cost[i];
        won[i] = reached >= goal ? 1.0 : 0.0;
    }
}

const struct flc_instrument flc_prize = {flc_begin_units, flc_evaluate_units, drawn, remember};
