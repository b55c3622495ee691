/* Grants, which may ask for match (MODEL section 4): how partners respond, and what a unit draws.
 *
 *   response: match times 1 + response max(0, m e - Q0)/sum M;  F = min(e, Q/m), or e where m = 0
 */
#include <math.h>

#include "model/evaluate.h"

static void respond(struct flc_unit_money *restrict money,
                    const struct flc_unit_common *restrict common)
{
    FLC_FOR_PART (i) {
        const double offered = money->match[i], counted = money->counted[i];
        const double required = common->required[i], entitled = money->entitlement[i];
        const double missing = flc_most(0.0, required * entitled - (offered + counted));
        /* nothing offered cannot grow: the quotient is 0 then */
        const double base = offered > 0.0 ? offered : (double)INFINITY;
        const double factor = 1.0 + common->response[i] * missing / base;
        const double match = offered * factor;
        const double backed = (match + counted) * common->per_required[i];
        const double limit = required > 0.0 ? backed : (double)INFINITY;
        money->match[i] = match;
        money->cash[i] = money->cash[i] * factor;
        money->federal[i] = flc_least(entitled, limit);
        money->factor[i] = factor;
    }
}

static const double *drawn(const struct flc_unit_year *unit)
{
    if (!unit->asked)
        return unit->money->entitlement;
    respond(unit->money, unit->common);
    flc_add_to_sources(unit);
    return unit->money->federal;
}

const struct flc_instrument flc_grant = {
    .begin = flc_begin_units, .year = flc_evaluate_units, .drawn = drawn, .matched = true};
