/* Award in lieu of subsidy (MODEL section 7, `prize`): paid when a target was met.
 *
 *   F = advance e in the first simulated year, later e 1[sum M + sum R >= target S - eps in year t
 * - 1]
 */
#include "model/evaluate.h"

static const double *drawn(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    const double *restrict e = unit->money->entitlement;
    const double *restrict won = unit->state->memory;
    double *restrict federal = unit->money->federal;
    const double *restrict advance =
        flc_part_lane(pass->w, pass->program->inputs->prize.advance, unit->part);
    const double *restrict share = (int)unit->t == unit->cohort->first_year ? advance : won;
    FLC_FOR_PART (i)
        federal[i] = share[i] * e[i];
    return federal;
}

/* Whether this year's money wins the award of the next. */
static void remember(const struct flc_unit_year *unit)
{
    const struct flc_pass *pass = unit->pass;
    const struct flc_unit_money *restrict money = unit->money;
    const double *restrict target =
        flc_part_lane(pass->w, pass->program->inputs->prize.target, unit->part);
    double *restrict won = unit->state->memory;
    FLC_FOR_PART (i) {
        double reached = money->match[i] + money->own[i];
        double goal = target[i] * money->scale[i] - 1e-9 * money->full_cost[i];
        won[i] = reached >= goal ? 1.0 : 0.0;
    }
}

const struct flc_instrument flc_prize = {
    .begin = flc_begin_units, .year = flc_evaluate_units, .drawn = drawn, .remember = remember};
