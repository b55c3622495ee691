/* Grants that ask for match (MODEL section 4): F = min(e, Q/m), or e where m = 0. */
#include "model/evaluate.h"

static void drawn(const struct flc_unit_year *unit)
{
    const double *restrict e = unit->entitlement, *restrict m = unit->required;
    const double *restrict match = unit->match, *restrict counted = unit->counted;
    double *restrict federal = unit->federal;
    FLC_FOR_LANES (i) {
        double backed = (match[i] + counted[i]) / m[i];
        federal[i] = m[i] > 0.0 ? flc_least(e[i], backed) : e[i];
    }
}

const struct flc_instrument flc_grant = {flc_begin_units, flc_evaluate_units, drawn, NULL};
